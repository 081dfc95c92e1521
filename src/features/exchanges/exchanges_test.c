/* exchanges_test.c: proves the RULES of exchanges.c, work.c, plan.c, source.c and of
 * record/exchange.h; bin/test runs it on both databases. */
#include "test/rooms.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/out.h"

static void staff(struct kit *kit)
{
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
}

static struct res sent(struct kit *kit, const char *type, const char *name, const char *bytes)
{
    return kit_send(kit, "POST", kit_path(kit, "/%s/imports?name=%s", type, name), KIT_JSON,
                    "application/octet-stream", str_of(bytes));
}

/* Sends it and gives the import's address. */
static const char *import_of(struct kit *kit, const char *type, const char *bytes)
{
    struct res r = sent(kit, type, "table.csv", bytes);
    assert_status(r, 201);
    return kit_path(kit, "/%s/imports/" STR_FMT, type, STR_ARG(kit_json(r, "data.id")));
}

/* With what was guessed, and further fields of the plan. */
static struct res tried(struct kit *kit, const char *path, const char *json)
{
    assert_status(patch_json(kit, path, json), 200);
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.state", "tried");
    return r;
}

static struct res run(struct kit *kit, const char *path)
{
    assert_status(post_json(kit, kit_path(kit, "%s/runs", path), "{}"), 200);
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.state", "done");
    return r;
}

static struct res imported(struct kit *kit, const char *type, const char *bytes, const char *json)
{
    const char *path = import_of(kit, type, bytes);
    tried(kit, path, json);
    return run(kit, path);
}

#define ORGANISATIONS                                                                              \
    "Company,Relationship,E-mail,Phone,Street,ZIP,City,Country,Employees\r\n"                      \
    "Nordlicht Coffee,\"Customer, Partner\",hello@nordlicht.example,+47 55 12 34 56,"              \
    "Strandgaten 1,5013,Bergen,Norway,12\r\n"                                                      \
    "Café Oerwoud,supplier,info@oerwoud.example,,,,Utrecht,,\"1,200\"\r\n"                        \
    "Broken,enemy,nobody,,,,,,many\r\n"                                                            \
    ",customer,,,,,,,\r\n"

static void a_table_becomes_records(void **state) /* exchange RULES 1 and 6, exchanges RULE 4 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(kit, "organisations", ORGANISATIONS);
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.plan.columns.0.to", "title");
    assert_json_str(r, "data.plan.columns.1.to", "kinds");
    assert_json_str(r, "data.plan.columns.6.to", "addresses.city");
    assert_has(get(kit, path), "Guessed");
    r = tried(kit, path, "{\"decimal\": \".\"}");
    assert_json_int(r, "data.report.created.n", 2);
    assert_json_int(r, "data.report.rejected.n", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 0); /* exchange RULE 3 */
    assert_has(get(kit, path), "Relationship has no choice");
    r = run(kit, path);
    assert_json_int(r, "data.created", 2);
    assert_json_int(r, "data.rejected", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 2);
    assert_int_equal(sql_int(kit, "SELECT SUM(employees) FROM organisations"), 1212);
    assert_true(str_is(sql_str(kit, "SELECT addresses FROM organisations WHERE employees = 12"),
                       "Strandgaten 1; 5013; Bergen; ; Norway"));
    assert_true(str_is(sql_str(kit, "SELECT phone FROM organisations WHERE employees = 12"),
                       "+4755123456"));
    assert_true(str_is(sql_str(kit, "SELECT kinds FROM organisations WHERE employees = 12"),
                       "customer,partner"));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities WHERE quiet = 1"), 2);
    r = kit_request(kit, "GET", kit_path(kit, "%s/rejects.csv", path), "text/csv", NULL, NULL);
    assert_status(r, 200);
    assert_has(r, "Company,Relationship,E-mail,Phone,Street,ZIP,City,Country,Employees,Row,Why");
    assert_has(r, "Broken,enemy,nobody,,,,,,many,3,");
    assert_has(r, "E-mail must be an e-mail address.");
    assert_has(r, "Name is missing.");
    assert_has(get(kit, kit_path(kit, "%s/rejects", path)), "Row 4");
    assert_has(get(kit, "/search?q=oerwoud"), "Oerwoud");
}

static void rows_that_match_change(void **state) /* exchange RULE 2, exchanges RULE 3 */
{
    struct kit *kit = *state;
    staff(kit);
    imported(kit, "organisations", "Name,E-mail,Employees\nAmsel,a@amsel.example,5\nBeo,,7\n",
             "{}");
    struct res r = imported(kit, "organisations",
                            "Name,E-mail,Employees,Industry\nAmsel GmbH,a@amsel.example,,Tea\n"
                            "Beo,,8,\nBeo,,8,\nNew,,1,\n",
                            "{}");
    assert_json_int(r, "data.updated", 2);
    assert_json_int(r, "data.same", 1);
    assert_json_int(r, "data.created", 1);
    assert_true(str_is(sql_str(kit, "SELECT r.title FROM records r JOIN organisations o"
                                    " ON o.id = r.id WHERE o.industry = 'Tea'"),
                       "Amsel GmbH"));
    assert_int_equal(sql_int(kit, "SELECT employees FROM organisations WHERE industry = 'Tea'"), 5);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions WHERE note LIKE 'Import%'"), 2);
    r = imported(kit, "organisations", "Name,Employees\nNew,9\n", "{\"matched\": \"skip\"}");
    assert_json_int(r, "data.skipped", 1);
    r = imported(kit, "organisations", "Name,Employees\nNew,9\nNew,9\n",
                 "{\"matched\": \"create\"}");
    assert_json_int(r, "data.created", 2);
    const char *path = import_of(kit, "organisations", "Name,Employees\nNew,10\n");
    r = tried(kit, path, "{}");
    assert_json_int(r, "data.report.rejected.n", 1); /* there are two of them */
    assert_has(get(kit, path), "Several records have this");
}

/* Rows are read ahead where that is faster: what a row has changed the next ones see. */
static void rows_see_what_rows_before_did(void **state) /* exchange RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    imported(kit, "people", "Name,Job title\nAda,One\nBo,One\nCy,One\n", "{}");
    int64_t ada = sql_int(kit, "SELECT id FROM people WHERE name = 'Ada'"),
            bo = sql_int(kit, "SELECT id FROM people WHERE name = 'Bo'");
    struct res r =
        imported(kit, "people",
                 kit_path(kit,
                          "Number,Name,E-mail,Job title\n"
                          ",Ada,,Two\n,Ada,,Two\n" /* changed, then the same */
                          "%lld,Lady,,\n"          /* goes on with another name */
                          ",Ada,,Four\n"           /* so this is somebody else */
                          ",Lady,,Five\n"
                          "%lld,Bo,bo@y.example,\n,Somebody,bo@y.example,Six\n,Somebody,,Six\n"
                          ",Cy,,Seven\n,Cy,,One\n",
                          (long long)ada, (long long)bo),
                 "{\"map.0\": \"#\"}");
    assert_json_int(r, "data.rejected", 0);
    assert_json_int(r, "data.created", 1);
    assert_json_int(r, "data.same", 2);
    assert_json_int(r, "data.updated", 7);
    assert_true(str_is(sql_str(kit, "SELECT job FROM people WHERE name = 'Lady'"), "Five"));
    assert_true(str_is(sql_str(kit, "SELECT job FROM people WHERE name = 'Ada'"), "Four"));
    assert_true(str_is(sql_str(kit, "SELECT job FROM people WHERE name = 'Somebody'"), "Six"));
    assert_true(str_is(sql_str(kit, "SELECT job FROM people WHERE name = 'Cy'"), "One"));
    assert_int_equal(
        sql_int(kit, kit_path(kit,
                              "SELECT COUNT(*) FROM revisions v JOIN activities a"
                              " ON a.id = v.activity_id AND a.verb = 'Update'"
                              " WHERE v.record_id = %lld AND a.record_id = v.record_id",
                              (long long)ada)),
        3);
}

static void rows_begin_as_records_do(void **state) /* depends RULE 6 */
{
    struct kit *kit = *state;
    staff(kit);
    struct res r = imported(kit, "tasks", "Task,Status\nCall,\nWrite,Done\n", "{}");
    assert_json_int(r, "data.created", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM tasks WHERE status = 'open'"), 1);
    imported(kit, "tasks", "Task,Status\nWrite,\n", "{}"); /* an empty cell changes nothing */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM tasks WHERE status = 'done'"), 1);
    r = imported(kit, "deals", "Deal\nKettles\n", "{}");
    assert_json_int(r, "data.created", 1);
    assert_int_equal(sql_int(kit, "SELECT probability FROM deals WHERE stage = 'new'"), 10);
}

static void names_lead_to_records(void **state) /* exchange RULES 1 and 3, plan RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    imported(kit, "organisations", "Name\nNordlicht Coffee\n", "{}");
    static const char deals[] = "Title;Pipeline;Stage;Amount;Organisation;Closes on\n"
                                "Grinders;sales;New;1.200,50;nordlicht coffee;31.12.2026\n"
                                "Mills;Sales;won;NOK 300;Nobody;01.02.2027\n";
    const char *path = import_of(kit, "deals", deals);
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.plan.columns.4.to", "organisation");
    r = tried(kit, path, "{\"map.5\": \"close_on\", \"decimal\": \",\"}");
    assert_json_int(r, "data.report.created.n", 1);
    assert_has(get(kit, path), "has none named");
    r = tried(kit, path, "{\"missing\": \"yes\", \"owner\": \"@sam\", \"tags\": \"fair\"}");
    assert_json_int(r, "data.report.created.n", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 1);
    r = run(kit, path);
    assert_json_int(r, "data.created", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 2);
    assert_int_equal(sql_int(kit, "SELECT amount FROM deals WHERE stage = 'new'"), 120050);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'deal' AND"
                                  " tags = 'fair' AND owner_id IS NOT NULL"),
                     2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals d JOIN records r"
                                  " ON r.id = d.organisation WHERE r.title = 'Nobody'"),
                     1);
    assert_int_equal(sql_int(kit, "SELECT close_on FROM deals WHERE stage = 'won'"), 20850);
    assert_status(post_json(kit, kit_path(kit, "%s/undo", path), "{}"), 200);
    r = get_json(kit, path);
    assert_json_int(r, "data.deleted", 3);
}

static void what_an_import_did_is_taken_back(void **state) /* work RULE 4 */
{
    struct kit *kit = *state;
    staff(kit);
    imported(kit, "organisations", "Name,Industry,Employees\nAmsel,Tea,5\nBeo,Rum,7\nStar,Gin,9\n",
             "{}");
    const char *path =
        import_of(kit, "organisations",
                  "Name,Industry,Employees\nAmsel,Coffee,6\nBeo,Ale,8\nFinch,Oats,1\nWren,Rye,2\n"
                  "Finch,Oats,3\n");
    tried(kit, path, "{}");
    run(kit, path);
    int64_t beo = sql_int(kit, "SELECT id FROM records WHERE title = 'Beo'");
    int64_t wren = sql_int(kit, "SELECT id FROM records WHERE title = 'Wren'");
    patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)beo),
               "{\"industry\": \"Wine\"}");
    patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)wren),
               "{\"industry\": \"Barley\"}");
    assert_status(post_json(kit, kit_path(kit, "%s/undo", path), "{}"), 200);
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.state", "undone");
    assert_json_int(r, "data.deleted", 1);
    assert_json_int(r, "data.reverted", 2);
    assert_json_int(r, "data.kept", 2); /* Wren, and a field of Beo */
    assert_has(get(kit, path), "something newer stands there");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations WHERE employees = 5 AND"
                                  " industry = 'Tea'"),
                     1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations WHERE employees = 7 AND"
                                  " industry = 'Wine'"),
                     1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE title = 'Finch' AND"
                                  " deleted_at IS NOT NULL"),
                     1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM exchange_records WHERE exchange_id = 2"),
                     0);
    assert_status(post_json(kit, kit_path(kit, "%s/undo", path), "{}"), 409);
}

static void what_did_nothing_is_not_taken_back(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(kit, "deals", "Title,Organisation\nMills,Nobody\n");
    tried(kit, path, "{}");
    assert_has(get(kit, path), "<li>Row 1: Mills");
    run(kit, path);
    struct res r = get(kit, path);
    assert_has(r, "Download rejected rows");
    assert_has_not(r, "Take back");
    imported(kit, "organisations", "Name\nAmsel\n", "{}");
    assert_has(get(kit, "/organisations/imports/2"), "Take back");
}

static void an_import_is_forgotten(void **state) /* exchanges RULE 5 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(kit, "organisations", "Name,Employees\nAmsel,1\nBeo,many\n");
    tried(kit, path, "{}");
    run(kit, path);
    assert_has(get(kit, path), "take it back first");
    sql_run(kit, "UPDATE exchanges SET state = 'undoing'");
    assert_status(del(kit, path), 409);
    sql_run(kit, "UPDATE exchanges SET state = 'done'");
    assert_status(del(kit, path), 303);
    assert_status(get(kit, path), 404);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 1);
    assert_int_equal(sql_int(kit, "SELECT (SELECT COUNT(*) FROM exchange_rejects)"
                                  " + (SELECT COUNT(*) FROM exchange_records)"
                                  " + (SELECT COUNT(*) FROM exchanges)"),
                     0);
}

static void only_staff_imports(void **state) /* exchanges RULES 1, 2 and 6 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(kit, "organisations", "Name\nAmsel\n");
    assert_status(post_json(kit, kit_path(kit, "%s/runs", path), "{}"), 409);
    assert_status(sent(kit, "organisations", "x.csv", ""), 422);
    assert_status(sent(kit, "nothings", "x.csv", "Name\nA\n"), 404);
    assert_status(patch_json(kit, path, "{\"map.0\": \"created_at\"}"), 422);
    assert_status(patch_json(kit, path, "{\"map.0\": \"\"}"), 422);
    struct res r = patch_json(kit, path, "{\"map.0\": \"title\", \"order\": \"year\"}");
    assert_status(r, 422);
    assert_has(r, "Dates: which comes first has no such choice.");
    r = patch_json(kit, path, "{\"map.0\": \"title\", \"colour\": \"red\"}");
    assert_status(r, 422);
    assert_has(r, "There is no field \\\"colour\\\" here.");
    assert_status(get(kit, kit_path(kit, "/deals/imports/1")), 404);
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    assert_status(get_json(kit, path), 403);
    assert_status(sent(kit, "organisations", "x.csv", "Name\nA\n"), 403);
    as(kit, kit_person(kit, "ines", ROLE_STAFF));
    assert_status(get_json(kit, path), 404);
    as(kit, kit_person(kit, "root", ROLE_ADMINISTRATOR));
    assert_status(get_json(kit, path), 200);
    assert_has(get(kit, "/organisations/imports"), "table.csv");
}

/* Two writes that put one another: always one of them waits. */
struct others {
    struct beat {
        struct store_job job;
        struct others *all;
        bool waits;
    } beats[2];
    struct store *store;
    int64_t kept;
    atomic_bool over;
    sem_t ended;
};

static void beat_put(struct others *o, struct beat *b)
{
    b->waits = true;
    if (!store_submit(o->store, STORE_WRITE, &b->job))
        abort();
}

static bool beat_run(struct store_job *job, struct db *db)
{
    struct others *o = ((struct beat *)job)->all;
    struct beat *other = &o->beats[job == &o->beats[0].job];
    db_exec(db, "UPDATE exchanges SET why = why");
    if (!atomic_load(&o->over) && !other->waits)
        beat_put(o, other);
    return true;
}

static void beat_done(struct store_job *job, enum db_failure failure)
{
    struct beat *b = (struct beat *)job;
    struct others *o = b->all;
    o->kept += job->kept && failure == DB_OK;
    b->waits = false;
    if (!o->beats[0].waits && !o->beats[1].waits)
        sem_post(&o->ended);
}

static void others_begin(struct others *o, struct kit *kit)
{
    *o = (struct others){.store = kit->app->store};
    sem_init(&o->ended, 0, 0);
    for (int i = 0; i < 2; i++)
        o->beats[i] = (struct beat){.job = {.run = beat_run, .done = beat_done}, .all = o};
    beat_put(o, &o->beats[0]);
}

static void others_end(struct others *o)
{
    atomic_store(&o->over, true);
    sem_wait(&o->ended);
    sem_destroy(&o->ended);
}

/* Rows of many steps, since others write, cut off once: none is lost or doubled. */
static void a_run_goes_on_where_it_was_cut_off(void **state) /* work RULES 1, 6, source 1, 2 */
{
    struct kit *kit = *state;
    struct out o;
    struct others others;
    enum { ROWS = 500, LOOKS = 16 };
    staff(kit);
    out_init(&o, 1 << 20);
    out_lit(&o, "Name,Employees\n");
    for (int i = 0; i < ROWS; i++)
        out_fmt(&o, "Company %d,%d\n", i, i);
    const char *path = import_of(kit, "organisations", str_cstr(kit->arena, out_text(&o)));
    out_free(&o);
    tried(kit, path, "{}");
    others_begin(&others, kit);
    run(kit, path);
    others_end(&others);
    assert_true(others.kept >= ROWS / LOOKS);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), ROWS);
    /* As if the process had died behind the second step: the rest is taken again. */
    sql_run(kit, "DELETE FROM exchange_records WHERE record_id IN"
                 " (SELECT id FROM organisations WHERE employees >= 300)");
    sql_run(kit, "UPDATE exchanges SET state = 'running', rows_done = 300, created = 300");
    sql_run(kit, "UPDATE records SET deleted_at = 1 WHERE id IN"
                 " (SELECT id FROM organisations WHERE employees >= 300)");
    kit->unsound = true; /* done behind the program's back */
    sql_run(kit, "UPDATE jobs SET state = 'waiting', due_at = 0 WHERE kind = 'exchange-run'");
    kit_settle(kit);
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.state", "done");
    assert_json_int(r, "data.created", ROWS);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'organisation' AND"
                                  " deleted_at IS NULL"),
                     ROWS);
}

/* Rows that match each other, broken ones, bytes of two encodings. */
/* More than wait at once, and than their indexes may hold: steps end early, and the rest is taken
 * with what comes. */
static void large_rows_take_shorter_steps(void **state) /* work RULES 1 and 6 */
{
    enum { ROWS = 1300, LONG = 24000 };
    struct kit *kit = *state;
    struct out o;
    char text[LONG + 1];
    memset(text, 'x', LONG);
    text[LONG] = 0;
    staff(kit);
    out_init(&o, 64 << 20);
    out_lit(&o, "Name,Description\n");
    for (int i = 0; i < ROWS; i++)
        out_fmt(&o, "Company %d,%d %s\n", i, i, text);
    const char *path = import_of(kit, "organisations", str_cstr(kit->arena, out_text(&o)));
    out_free(&o);
    tried(kit, path, "{}");
    assert_json_int(run(kit, path), "data.created", ROWS);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), ROWS);
    assert_int_equal(sql_int(kit,
                             "SELECT COUNT(*) FROM records r JOIN texts x ON x.record_id = r.id"
                             " WHERE r.title LIKE 'Company %'"
                             " AND x.source LIKE substr(r.title, 9) || ' x%'"),
                     ROWS);
}

static void a_large_run_is_surveyed(void **state) /* work RULE 7 */
{
    enum { MANY = 10000 };
    static const char surveys[] = "SELECT COUNT(*) FROM jobs WHERE kind = 'exchange-survey'"
                                  " AND state = 'done'";
    struct kit *kit = *state;
    struct out o;
    staff(kit);
    imported(kit, "organisations", "Name\nOne\n", "{}");
    assert_int_equal(sql_int(kit, surveys), 0);
    out_init(&o, 1 << 20);
    out_lit(&o, "Name\n");
    for (int i = 0; i < MANY; i++)
        out_fmt(&o, "Company %d\n", i);
    struct res r = imported(kit, "organisations", str_cstr(kit->arena, out_text(&o)),
                            "{\"matched\": \"create\"}");
    out_free(&o);
    assert_json_int(r, "data.created", MANY);
    assert_int_equal(sql_int(kit, surveys), 1);
}

static void odd_files_are_told(void **state) /* exchange RULE 3, source RULES 3 and 4 */
{
    struct kit *kit = *state;
    struct out o;
    staff(kit);
    const char *path = import_of(kit, "organisations",
                                 "Name,Industry\nCaf\xe9,Tea\nCafé,Rum\n\"A\nB\",x\nNul,y\n");
    struct res r = tried(kit, path, "{}");
    assert_json_int(r, "data.report.created.n", 3);
    assert_json_int(r, "data.report.updated.n", 1);
    r = run(kit, path);
    assert_json_int(r, "data.created", 3);
    assert_json_int(r, "data.updated", 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE title = 'A B'"), 1);
    out_init(&o, 16 << 20);
    out_lit(&o, "Name,Industry\nBig,\"");
    for (int i = 0; i < 10 << 20; i++)
        out_char(&o, 'x');
    out_lit(&o, "\"\nSmall,Tea\nOpen,\"Rum\nLast,Gin\n");
    struct res s = kit_send(kit, "POST", "/organisations/imports?name=x.csv", KIT_JSON,
                            "application/octet-stream", out_text(&o));
    out_free(&o);
    assert_status(s, 201);
    path = kit_path(kit, "/organisations/imports/" STR_FMT, STR_ARG(kit_json(s, "data.id")));
    tried(kit, path, "{}");
    r = run(kit, path);
    assert_json_int(r, "data.created", 2);
    assert_json_int(r, "data.rejected", 2);
    r = get_json(kit, kit_path(kit, "%s/rejects", path));
    assert_has(r, "too long");
}

/* What a list writes as CSV is read as the same records. */
static void a_list_comes_back_as_it_was(void **state) /* exchange RULE 4 */
{
    struct kit *kit = *state;
    staff(kit);
    imported(kit, "organisations", "Name\nNordlicht\n", "{}");
    imported(kit, "deals",
             "Title,Pipeline,Stage,Amount,Organisation,Close,Next step,Tags\n"
             "Grinders,sales,won,1200.50 NOK,Nordlicht,2027-03-01,=1+1,a b\nMills,sales,new,,,,,\n",
             "{\"map.5\": \"close_on\"}");
    int64_t first = sql_int(kit, "SELECT MIN(id) FROM deals"), last = first + 1;
    static const char list[] =
        "id,Title,Pipeline,Stage,Amount,Organisation,Expected close,Next step,Tags\r\n"
        "%lld,Grinders,sales,won,1200.50 NOK,Nordlicht,2027-03-01,'=1+1,a b\r\n"
        "%lld,Mills,sales,new,,,,,\r\n";
    const char *path =
        import_of(kit, "deals", kit_path(kit, list, (long long)first, (long long)last));
    struct res r = tried(kit, path, "{\"map.6\": \"close_on\"}");
    assert_json_str(r, "data.plan.columns.0.to", "#");
    assert_json_int(r, "data.report.same.n", 2);
    r = run(kit, path);
    assert_json_int(r, "data.same", 2);
    imported(kit, "organisations",
             "Name,Relationship,E-mail,Phone,City,Country,Employees,Website,Industry\n"
             "Amsel,\"customer, press\",a@amsel.example,+49 711 12345,Bergen,Norway,7,"
             "amsel.example,\"Tea, \"\"fine\"\"\"\nBeo,,,,,,,,\n",
             "{}");
    struct str written = get(kit, "/organisations.csv").body;
    path = import_of(kit, "organisations", str_cstr(kit->arena, written));
    r = tried(kit, path, "{}");
    assert_json_int(r, "data.report.same.n", 3);
    written = get(kit, "/deals.csv").body;
    path = import_of(kit, "deals", str_cstr(kit->arena, written));
    r = tried(kit, path, "{}");
    assert_json_int(r, "data.report.same.n", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions"), 0);
}

/* As Decide Madrid publishes its proposals: supports are no votes of this hub. */
static void ideas_bring_their_votes_along(void **state) /* exchange RULES 1 and 4, plan RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    staff(kit);
    const char *path = import_of(
        kit, "ideas",
        "\"id\";\"title\";\"description\";\"cached_votes_up\";\"created_at\";\"retired_at\"\n"
        "\"35573\";\"Parada del camión de reciclaje \";\"<p>Más <b>cerca</b> del "
        "metro.</p>\";\"15\";"
        "\"13/01/2024\";\"\"\n"
        "\"35575\";\"Sin texto\";\"\";\"2\";\"14/01/2024\";\"\"\n"
        "\"35574\";\"Más fuentes\";\"En los parques; también\";\"0\";\"14/01/2024\";\"\"\n");
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.plan.columns.0.to", ""); /* not a number of ours */
    assert_json_str(r, "data.plan.columns.2.to", "body");
    assert_json_str(r, "data.plan.columns.3.to", "opening_votes");
    assert_status(patch_json(kit, path, "{}"), 422); /* into which space? */
    tried(kit, path, kit_path(kit, "{\"space\": %lld}", (long long)rooms.space));
    assert_json_int(get_json(kit, path), "data.report.rejected.n", 1);
    tried(kit, path, "{\"lenient\": \"yes\"}");
    r = run(kit, path);
    assert_json_int(r, "data.created", 3);
    assert_int_equal(sql_int(kit, "SELECT SUM(opening_votes) FROM ideas"), 17);
    assert_int_equal(sql_int(kit, "SELECT SUM(score) FROM records WHERE type = 'idea'"), 0);
    assert_true(str_is(sql_str(kit, "SELECT t.source FROM texts t JOIN ideas i ON i.id ="
                                    " t.record_id WHERE i.opening_votes = 15"),
                       "Más cerca del metro."));
    assert_has(get(kit, "/search?q=camion"), "Parada del");
    int64_t id = sql_int(kit, "SELECT id FROM ideas WHERE opening_votes = 15");
    assert_has(kit_follow(get(kit, kit_path(kit, "/ideas/%lld", (long long)id))),
               "Votes brought along");
    assert_has(get(kit, "/ideas"), "Parada del");
}

static void persons_come_from_cards(void **state) /* exchange RULES 1 and 2, source RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    imported(kit, "organisations", "Name\nNordlicht Coffee\n", "{}");
    static const char cards[] = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ferrand;Odile;;;\r\n"
                                "FN:Odile Ferrand\r\nORG:Nordlicht Coffee\r\n"
                                "EMAIL;TYPE=work:odile@nordlicht.example\r\n"
                                "TEL;TYPE=cell:+33 1 42 68 53 00\r\nBDAY:1980-03-22\r\n"
                                "ADR;TYPE=home:;;1 rue Haute;Lyon;;69001;France\r\nEND:VCARD\r\n"
                                "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:宮本 さくら\r\nEND:VCARD\r\n";
    struct res r = sent(kit, "people", "cards.vcf", cards);
    assert_status(r, 201);
    const char *path = kit_path(kit, "/people/imports/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    tried(kit, path, "{}");
    r = run(kit, path);
    assert_json_int(r, "data.created", 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM people p JOIN records o"
                                  " ON o.id = p.works_for WHERE o.title = 'Nordlicht Coffee' AND"
                                  " p.email = 'work: odile@nordlicht.example' AND"
                                  " p.phone = 'mobile: +33142685300' AND"
                                  " p.addresses = 'home: 1 rue Haute; 69001; Lyon; ; France'"),
                     1);
    r = sent(kit, "people", "cards.vcf", cards);
    path = kit_path(kit, "/people/imports/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    tried(kit, path, "{}");
    r = run(kit, path);
    assert_json_int(r, "data.same", 2); /* the same cards again */
    r = imported(kit, "people",
                 "Name,E-mail,Home Phone,Phone 1 - Type,Phone 1 - Value\n"
                 "Odile Ferrand,odile@nordlicht.example,+33 1 42 68 53 01,* Work Fax,"
                 "+33 1 42 68 53 00 ext. 5 ::: +33 1 42 68 53 02\n",
                 "{}");
    assert_json_int(r, "data.updated", 1); /* exchange RULE 5 */
    assert_true(str_is(sql_str(kit, "SELECT phone FROM people WHERE addresses <> ''"),
                       "mobile: +33142685300\nhome: +33142685301\n"
                       "work fax: +33142685300 ext. 5\nwork fax: +33142685302"));
}

static void how_a_file_is_read_can_be_changed(void **state) /* plan RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path =
        import_of(kit, "organisations", "Name;Employees;Industry\nAmsel;1.200;Tea, black\n");
    assert_json_int(get_json(kit, path), "data.plan.separator", ';');
    assert_status(patch_json(kit, path, "{\"separator\": \",\"}"), 200);
    struct res r = get_json(kit, path);
    assert_json_str(r, "data.state", "new"); /* to be looked at before it is tried */
    assert_json_count(r, "data.plan.columns", 2);
    patch_json(kit, path, "{\"separator\": \";\", \"header\": \"none\"}");
    r = get_json(kit, path);
    assert_json_str(r, "data.plan.columns.1.name", "Column 2");
    patch_json(kit, path, "{\"header\": \"first\"}");
    r = tried(kit, path, "{}"); /* 1.2 thousand, or 1.2? */
    assert_json_int(r, "data.report.rejected.n", 1);
    r = tried(kit, path, "{\"decimal\": \",\"}");
    assert_json_int(r, "data.report.created.n", 1);
    run(kit, path);
    assert_int_equal(sql_int(kit, "SELECT employees FROM organisations"), 1200);
}

static void a_row_that_the_database_refuses_is_rejected_alone(void **state) /* work RULE 3 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(kit, "organisations", "Name,Tags\nAmsel,\nBeo,\nWren,\n");
    tried(kit, path, "{}");
    sql_run(kit, "CREATE UNIQUE INDEX one_only ON records (title)");
    int64_t other = sql_int(kit, "SELECT MIN(id) FROM records");
    sql_run(kit,
            kit_path(kit, "UPDATE records SET title = 'Beo' WHERE id = %lld", (long long)other));
    kit->unsound = true; /* done behind the program's back */
    struct res r = run(kit, path);
    assert_json_int(r, "data.created", 2);
    assert_json_int(r, "data.rejected", 1);
    assert_has(get_json(kit, kit_path(kit, "%s/rejects", path)), "The database refuses this row.");
}

static void a_run_has_the_rights_of_who_started_it(void **state) /* work RULES 2 and 5 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = import_of(kit, "organisations", "Name\nAmsel\n");
    tried(kit, path, "{}");
    sql_run(kit, "UPDATE accounts SET disabled_at = 1 WHERE email = 'sam@example.org'");
    sql_run(kit, "INSERT INTO jobs (kind, key, state, data, person_id, priority, due_at,"
                 " created_at) VALUES ('exchange-run', '', 'waiting', '1', 0, 0, 0, 0)");
    kit_settle(kit);
    assert_true(str_is(sql_str(kit, "SELECT state FROM exchanges"), "failed"));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 0);
}

static void a_role_says_what_rows_may_change(void **state) /* exchange RULE 2, exchanges RULE 6 */
{
    struct kit *kit = *state;
    struct person_kit *sam = kit_person(kit, "sam", ROLE_STAFF);
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    imported(kit, "organisations", "Name,Employees,Industry\nAmsel,5,Wood\n", "{}");
    struct str id = kit_json(post_json(kit, "/roles", "{\"name\": \"Desk\"}"), "data.id");
    const char *role = kit_path(kit, "/roles/" STR_FMT, STR_ARG(id));
    const char *const rights[][2] = {
        {"/types/organisation", "{\"sees\": \"all\", \"changes\": \"all\", \"makes\": \"yes\"}"},
        {"/types/organisation/fields/employees", "{\"may\": \"read\"}"},
        {"/types/organisation/fields/industry", "{\"may\": \"hidden\"}"},
    };
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++)
        assert_status(put_json(kit, kit_path(kit, "%s%s", role, rights[i][0]), rights[i][1]), 200);
    assert_status(post_json(kit, kit_path(kit, "%s/people", role),
                            kit_path(kit, "{\"person\": %lld}", (long long)sam->id)),
                  201);
    as(kit, sam);
    static const char table[] = "Name,Employees,Industry,Phone\nAmsel,9,Tea,+47 55 12 34 56\n"
                                "Beo,7,Tea,+47 55 12 34 57\n";
    struct res r = imported(kit, "organisations", table, "{}");
    assert_json_int(r, "data.created", 1);
    assert_json_int(r, "data.updated", 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations WHERE phone IS NULL"), 0);
    const char *path = import_of(kit, "organisations", table);
    assert_status(patch_json(kit, path, "{\"map.1\": \"employees\"}"), 422);
    assert_status(patch_json(kit, path, "{\"map.2\": \"industry\"}"), 422);
    /* What was tried before is not done with rights that are gone since. */
    path = import_of(kit, "organisations", "Name,Relationship\nAmsel,partner\n");
    assert_json_int(tried(kit, path, "{}"), "data.report.updated.n", 1);
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(put_json(kit, kit_path(kit, "%s/types/organisation/fields/kinds", role),
                           "{\"may\": \"read\"}"),
                  200);
    as(kit, sam);
    assert_status(post_json(kit, kit_path(kit, "%s/runs", path), "{}"), 200);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations WHERE kinds <> ''"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations WHERE employees <> 5"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations WHERE industry = 'Tea'"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_table_becomes_records),
        kit_test(rows_that_match_change),
        kit_test(rows_see_what_rows_before_did),
        kit_test(rows_begin_as_records_do),
        kit_test(names_lead_to_records),
        kit_test(what_an_import_did_is_taken_back),
        kit_test(what_did_nothing_is_not_taken_back),
        kit_test(an_import_is_forgotten),
        kit_test(only_staff_imports),
        kit_test(a_run_goes_on_where_it_was_cut_off),
        kit_test(large_rows_take_shorter_steps),
        kit_test(a_large_run_is_surveyed),
        kit_test(odd_files_are_told),
        kit_test(a_list_comes_back_as_it_was),
        kit_test(ideas_bring_their_votes_along),
        kit_test(persons_come_from_cards),
        kit_test(how_a_file_is_read_can_be_changed),
        kit_test(a_row_that_the_database_refuses_is_rejected_alone),
        kit_test(a_run_has_the_rights_of_who_started_it),
        kit_test(a_role_says_what_rows_may_change),
    };
    return kit_run(tests);
}
