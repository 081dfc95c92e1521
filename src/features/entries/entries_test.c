/* entries_test.c: records of types with fields, over HTTP: made, changed, listed, refused. */
#include "test/kit.h"
#include "test/rooms.h"

static struct person_kit *staff(struct kit *kit)
{
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    as(kit, odile);
    return odile;
}

static int64_t made(struct kit *kit, const char *path, const char *json)
{
    struct res r = post_json(kit, path, json);
    int64_t id;
    assert_status(r, 201);
    struct str location = res_head(r, "Location");
    ptrdiff_t slash = str_find(str_from(location, 1), '/');
    struct str number = str_from(location, (size_t)slash + 2);
    size_t n = 0;
    while (n < number.n && number.p[n] >= '0' && number.p[n] <= '9')
        n++;
    assert_true(str_int(str_first(number, n), &id));
    return id;
}

static int64_t deal(struct kit *kit, const char *title, const char *stage, const char *amount)
{
    return made(kit, "/deals",
                kit_path(kit,
                         "{\"title\": \"%s\", \"pipeline\": \"sales\", \"stage\": \"%s\","
                         " \"amount\": \"%s\"}",
                         title, stage, amount));
}

static void what_is_made_is_read_again(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    int64_t org = made(kit, "/organisations",
                       "{\"title\": \"Nordlicht Coffee\", \"kinds\": [\"customer\", \"partner\"],"
                       " \"email\": \"hello@nordlicht.example\", \"phone\": \"+47 55 12 34 56\","
                       " \"website\": \"nordlicht.example\", \"employees\": 12,"
                       " \"addresses\": \"Strandgaten 1; 5013; Bergen; ; Norway\"}");
    int64_t id = made(kit, "/deals",
                      kit_path(kit,
                               "{\"title\": \"Grinders\", \"pipeline\": \"sales\","
                               " \"stage\": \"new\", \"amount\": \"1200.50 NOK\","
                               " \"organisation\": %lld, \"close_on\": \"2027-03-01\"}",
                               (long long)org));
    struct res r = get_json(kit, kit_path(kit, "/deals/%lld-grinders", (long long)id));
    assert_status(r, 200);
    assert_json_str(r, "data.title", "Grinders");
    assert_json_str(r, "data.amount", "1200.50 NOK");
    assert_json_int(r, "data.organisation", org);
    assert_json_str(r, "data.close_on", "2027-03-01");
    assert_int_equal(sql_int(kit, "SELECT amount FROM deals"), 120050);
    r = get_json(kit, kit_path(kit, "/organisations/%lld", (long long)org));
    assert_json_str(r, "data.phone.0.value", "+4755123456");
    assert_json_str(r, "data.website", "https://nordlicht.example");
    assert_json_str(r, "data.addresses.0.city", "Bergen");
    assert_json_str(r, "data.kinds.1", "partner");
    assert_json_int(r, "data.employees", 12);
    assert_has(get(kit, kit_path(kit, "/deals/%lld-grinders", (long long)id)), "Nordlicht Coffee");
    assert_has(get(kit, "/deals"), "1,200.50 NOK");
    assert_has(get(kit, kit_path(kit, "/organisations/%lld-nordlicht-coffee", (long long)org)),
               "Grinders");
}

static void wrong_values_are_told(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    static const struct {
        const char *field, *value, *why;
    } wrong[] = {
        {"email", "nobody", "E-mail must be an e-mail address."},
        {"phone", "call me", "Phone must be a phone number such as"},
        {"website", "a b", "Website must be a web address"},
        {"employees", "many", "Employees must be a number."},
        {"employees", "99999999999999999999", "Employees is too large."},
        {"kinds", "enemy", "Relationship has no such choice."},
        {"parent", "77", "Part of leads to a record that is not there"},
        {"title", "", "Name is missing."},
        {"colour", "red", "There is no field"},
        {"created_at", "2026-01-01", "cannot be changed here"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct str body = str_fmt(kit->arena, "{\"%s\": \"%s\"%s}", wrong[i].field, wrong[i].value,
                                  strcmp(wrong[i].field, "title") == 0 ? "" : ", \"title\": \"X\"");
        struct res r = post_json(kit, "/organisations", body.p);
        assert_status(r, 422);
        assert_has(r, wrong[i].why);
    }
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'organisation'"), 0);
}

static void only_staff_sees_and_makes(void **state) /* entries RULE 4, select RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t id = deal(kit, "Secret", "new", "1 EUR");
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    assert_status(get(kit, kit_path(kit, "/deals/%lld", (long long)id)), 404);
    assert_json_count(get_json(kit, "/deals"), "data", 0);
    assert_has(get(kit, "/deals"), "No deals here yet");
    assert_has(get(kit, "/deals"), "What somebody shares with you will stand here.");
    assert_status(post_json(kit, "/deals", "{\"title\": \"x\"}"), 403);
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)id), "{\"stage\": \"won\"}"), 404);
    /* A field for staff is no field to others. */
    assert_status(get_json(kit, "/organisations?tax_id=7"), 400);
    as(kit, NULL);
    assert_has_not(get(kit, "/deals"), "Secret");
    assert_has_not(get(kit, "/search?q=secret"), "Secret");
}

static void an_edit_changes_what_it_names(void **state) /* entries RULE 2, fields RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t id = deal(kit, "Grinders", "new", "100 EUR");
    const char *path = kit_path(kit, "/deals/%lld", (long long)id);
    struct res r = patch_json(kit, path, "{\"stage\": \"won\", \"next_step\": \"Send it\"}");
    assert_status(r, 200);
    assert_json_str(r, "data.stage", "won");
    assert_json_str(r, "data.amount", "100.00 EUR");
    assert_header(r, "ETag", "\"2\"");
    assert_true(str_starts(sql_str(kit, "SELECT changes FROM revisions"),
                           S("{\"stage\":[\"new\",\"won\"],\"probability\":[\"10\",\"100\"],"
                             "\"next_step\":[\"\",\"Send it\"],\"closed_at\":")));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_deals_stage WHERE v = 'won'"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_deals_stage"), 1);
    assert_status(patch_json(kit, path, "{\"stage\": \"won\"}"), 200); /* nothing changes */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions"), 1);
    assert_status(patch_json(kit, path, "{\"title\": \"Mills\", \"body\": \"**Two** of them\"}"),
                  200);
    assert_has(get(kit, kit_path(kit, "/deals/%lld-mills", (long long)id)),
               "<strong>Two</strong> of them");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM titles WHERE key = 'mills'"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM titles WHERE key = 'grinders'"), 0);
    assert_has(get(kit, "/search?q=mills"), "Mills");
}

static void a_stale_edit_changes_nothing(void **state) /* entries RULE 3 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t id = deal(kit, "Grinders", "new", "100 EUR");
    const char *path = kit_path(kit, "/deals/%lld", (long long)id);
    assert_status(patch_json(kit, path, "{\"stage\": \"won\"}"), 200);
    kit_header(kit, "If-Match: \"1\"");
    assert_status(patch_json(kit, path, "{\"stage\": \"lost\"}"), 412);
    struct res r = patch(kit, path, "stage=lost&next_step=Call+again&revision=1");
    assert_status(r, 412);
    assert_has(r, "Call again"); /* what was typed is kept, */
    assert_has(r, "Somebody was faster");
    assert_has(r, "<td>won</td><td>lost</td>"); /* and stands beside what is there */
    assert_true(str_is(sql_str(kit, "SELECT stage FROM deals"), "won"));
    assert_status(patch(kit, path, "stage=lost&next_step=Call+again&revision=2"), 303);
    assert_true(str_is(sql_str(kit, "SELECT stage FROM deals"), "lost"));
}

static void lists_are_filtered_and_sorted(void **state) /* select RULES 1 and 3 */
{
    struct kit *kit = *state;
    staff(kit);
    deal(kit, "Beta", "new", "300 EUR");
    deal(kit, "alpha", "won", "100 EUR");
    deal(kit, "Gamma", "won", "200 EUR");
    made(kit, "/deals", "{\"title\": \"Delta\", \"pipeline\": \"renewal\", \"stage\": \"lost\"}");
    struct res r = get_json(kit, "/deals?sort=title");
    assert_json_count(r, "data", 4);
    assert_json_str(r, "data.0.title", "alpha");
    assert_json_str(r, "data.1.title", "Beta");
    assert_json_str(r, "data.3.title", "Gamma");
    r = get_json(kit, "/deals?sort=-amount");
    assert_json_str(r, "data.0.title", "Beta");
    assert_json_str(r, "data.2.title", "alpha");
    assert_json_str(r, "data.3.title", "Delta"); /* without a value: last */
    r = get_json(kit, "/deals?stage=won&sort=amount");
    assert_json_count(r, "data", 2);
    assert_json_str(r, "data.0.title", "alpha");
    assert_json_count(get_json(kit, "/deals?stage.in=won,lost"), "data", 3);
    assert_json_count(get_json(kit, "/deals?stage.not=won"), "data", 2);
    assert_json_count(get_json(kit, "/deals?stage=won&amount.gte=150+EUR"), "data", 1);
    assert_json_count(get_json(kit, "/deals?stage=lost&amount.gte=250+EUR&match=any"), "data", 2);
    assert_json_count(get_json(kit, "/deals?amount.empty=yes"), "data", 1);
    assert_json_count(get_json(kit, "/deals?title.has=ALPH"), "data", 1);
    assert_json_count(get_json(kit, "/deals?created_at=today"), "data", 4);
    assert_json_count(get_json(kit, "/deals?created_at.lt=-1d"), "data", 0);
    assert_json_count(get_json(kit, "/deals?author=me"), "data", 4);
    assert_json_count(get_json(kit, "/deals?q=gamma"), "data", 1);
    static const char *const wrong[][2] = {
        {"/deals?colour=red", "There is no field"},
        {"/deals?sort=colour", "There is no field"},
        {"/deals?sort=body", "cannot stand in the order"},
        {"/deals?stage.gte=won", "cannot be compared"},
        {"/deals?stage=nowhere", "has no such choice"},
        {"/deals?amount.gte=much", "Amount holds"},
        {"/deals?created_at.gte=someday", "must be a date"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        r = get_json(kit, wrong[i][0]);
        assert_status(r, 400);
        assert_has(r, wrong[i][1]);
    }
}

/* Every way to sort, all pages: each once, in order. */
static void paging_gives_each_once(void **state) /* select RULE 1 */
{
    struct kit *kit = *state;
    static const char *const sorts[] = {"title",      "-title",      "amount",   "-amount",
                                        "created_at", "-created_at", "close_on", "stage",
                                        "-stage",     "owner",       "-owner",   "-organisation"};
    enum { DEALS = 120 };
    staff(kit);
    for (int i = 0; i < DEALS; i++)
        if (i % 3)
            deal(kit, kit_path(kit, "Deal %d", i * 37 % 100), i % 2 ? "won" : "new",
                 kit_path(kit, "%d EUR", i * 53 % 70));
        else
            made(kit, "/deals",
                 kit_path(kit,
                          "{\"title\": \"Bare %d\", \"pipeline\": \"sales\","
                          " \"stage\": \"won\"}",
                          i));
    for (size_t s = 0; s < sizeof sorts / sizeof *sorts; s++)
        for (int filtered = 0; filtered < 2; filtered++) {
            bool seen[2000] = {false};
            int n = 0;
            struct str after = S("");
            do {
                struct res r =
                    get_json(kit, kit_path(kit, "/deals?sort=%s%s&after=" STR_FMT, sorts[s],
                                           filtered ? "&stage=won" : "", STR_ARG(after)));
                assert_status(r, 200);
                for (size_t i = 0; i < 50; i++) {
                    struct str id = kit_json(r, str_fmt(kit->arena, "data.%zu.id", i).p);
                    int64_t number;
                    if (!id.n)
                        break;
                    assert_true(str_int(id, &number) && number < 2000);
                    assert_false(seen[number]);
                    seen[number] = true;
                    n++;
                }
                after = kit_json(r, "next");
            } while (after.n);
            assert_int_equal(n, filtered ? DEALS / 3 + 40 : DEALS);
        }
}

/* ---- lists in the order of what a field leads to ---- */

#define LEADS                                                                                      \
    "(SELECT d.id, d.organisation, r.owner_id AS owner FROM deals d"                               \
    " JOIN records r ON r.id = d.id) x"

enum { ORGS = 108, LED = 104, LOOSE = 4 };

/* All pages of the list. */
static size_t ids_listed(struct kit *kit, const char *list, int64_t *ids, size_t most)
{
    struct str after = S("");
    size_t n = 0;
    do {
        struct res r = get_json(kit, kit_path(kit, "%s&after=" STR_FMT, list, STR_ARG(after)));
        assert_status(r, 200);
        for (size_t i = 0; i < 50; i++) {
            struct str id = kit_json(r, str_fmt(kit->arena, "data.%zu.id", i).p);
            if (!id.n)
                break;
            assert_true(n < most && str_int(id, &ids[n++]));
        }
        after = kit_json(r, "next");
    } while (after.n);
    return n;
}

/* The deals in this order: of those whose field leads to one of the targets, target by target; then
 * the others, newest first. */
static void links_stand(struct kit *kit, const char *field, const char *more, int64_t *targets,
                        size_t n)
{
    int64_t ids[LED + LOOSE], want[LED + LOOSE];
    for (int falling = 0; falling < 2; falling++) {
        struct str placed = S("0");
        size_t found = 0;
        for (size_t i = 0; i < n; i++) {
            int64_t target = targets[falling ? n - 1 - i : i];
            placed = str_fmt(kit->arena, STR_FMT ", %lld", STR_ARG(placed), (long long)target);
            for (int64_t id = 0;
                 (id = sql_int(kit,
                               kit_path(kit,
                                        falling ? "SELECT MAX(id) FROM " LEADS " WHERE %s = %lld"
                                                  " AND (%lld = 0 OR id < %lld)"
                                                : "SELECT MIN(id) FROM " LEADS " WHERE %s = %lld"
                                                  " AND (%lld = 0 OR id > %lld)",
                                        field, (long long)target, (long long)id, (long long)id)));)
                want[found++] = id;
        }
        for (int64_t id = INT32_MAX;
             (id = sql_int(kit, kit_path(kit,
                                         "SELECT MAX(id) FROM " LEADS " WHERE id < %lld AND"
                                         " COALESCE(%s, -1) NOT IN (%s)",
                                         (long long)id, field, placed.p)));)
            want[found++] = id;
        assert_int_equal(found, LED + LOOSE);
        assert_int_equal(
            ids_listed(kit, kit_path(kit, "/deals?sort=%s%s%s", falling ? "-" : "", field, more),
                       ids, LED + LOOSE),
            LED + LOOSE);
        assert_memory_equal(ids, want, sizeof ids);
    }
}

static void organisations_index(struct kit *kit)
{
    sql_run(kit, "DELETE FROM ix_deals_organisation");
    sql_run(kit, "INSERT INTO ix_deals_organisation (v, id) SELECT organisation, id FROM deals"
                 " WHERE organisation IS NOT NULL");
}

/* Each deal has another owner. */
static void owners_many(struct kit *kit, const char *const *more, size_t n)
{
    int64_t people[ORGS];
    as(kit, kit_person(kit, "eve", ROLE_STAFF));
    for (int i = 0; i < LED; i++)
        made(kit, "/people", kit_path(kit, "{\"title\": \"Owner %d\"}", i * 37 % LED));
    assert_int_equal(ids_listed(kit, "/people?sort=title&title.has=owner", people, ORGS), LED);
    sql_run(kit, "CREATE TABLE before AS SELECT id, owner_id FROM records WHERE type = 'deal'");
    for (int i = 0; i < LED + LOOSE; i++)
        sql_run(kit, kit_path(kit,
                              "UPDATE records SET owner_id = %lld WHERE id ="
                              " (SELECT MIN(id) + %d FROM deals)",
                              (long long)people[(i * 7 + 5) % LED], i));
    for (size_t i = 0; i < n; i++)
        links_stand(kit, "owner", more[i], people, LED);
    sql_run(kit, "UPDATE records SET owner_id ="
                 " (SELECT b.owner_id FROM before b WHERE b.id = records.id) WHERE type = 'deal'");
    sql_run(kit, "DROP TABLE before");
}

/* Of many targets and of few; by an index of the condition, by walking, and where each is asked. */
static void links_stand_by_their_names(void **state) /* select RULES 1 and 2 */
{
    static const char *const more[] = {"", "&pipeline=sales", "&title.has=deal"};
    struct kit *kit = *state;
    int64_t orgs[ORGS], owners[4];
    for (int i = 0; i < 4; i++)
        owners[i] =
            kit_person(kit, (const char *[]){"ben", "mia", "odile", "zoe"}[i], ROLE_STAFF)->id;
    struct person_kit *nkechi = kit_person(kit, "nkechi", ROLE_MEMBER);
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    as(kit, ada);
    for (int i = 0; i < ORGS; i++)
        made(kit, "/organisations",
             kit_path(kit, "{\"title\": \"%s %d\"}", i % 2 ? "\xC3\x84hre" : "ahorn",
                      i % 7 ? i * 37 % 100 : 5));
    assert_int_equal(ids_listed(kit, "/organisations?sort=title", orgs, ORGS), ORGS);
    struct person_kit *odile = staff(kit);
    for (int i = 0; i < LED; i++)
        made(kit, "/deals",
             kit_path(kit,
                      "{\"title\": \"Deal %d\", \"pipeline\": \"sales\", \"stage\": \"new\","
                      " \"organisation\": %lld, \"owner\": %lld}",
                      i, (long long)orgs[i * 61 % (ORGS - 2)], (long long)owners[i * 5 % 4]));
    for (int i = 0; i < LOOSE; i++)
        made(kit, "/deals", "{\"title\": \"Deal\", \"pipeline\": \"sales\", \"stage\": \"new\"}");
    assert_status(del(kit, kit_path(kit, "/organisations/%lld", (long long)orgs[3])), 303);
    memmove(orgs + 3, orgs + 4, (ORGS - 4) * sizeof *orgs);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        links_stand(kit, "organisation", more[i], orgs, ORGS - 1);
        links_stand(kit, "owner", more[i], owners, 4);
    }
    sql_run(kit, "CREATE TABLE before AS SELECT id, organisation FROM deals");
    for (int i = 0; i < LED; i++)
        sql_run(kit, kit_path(kit, "UPDATE deals SET organisation = %lld WHERE organisation = %lld",
                              (long long)orgs[30 + i % 4], (long long)orgs[i]));
    organisations_index(kit);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        links_stand(kit, "organisation", more[i], orgs, ORGS - 1);
    sql_run(kit, "UPDATE deals SET organisation ="
                 " (SELECT b.organisation FROM before b WHERE b.id = deals.id)");
    sql_run(kit, "DROP TABLE before");
    organisations_index(kit);
    owners_many(kit, more, sizeof more / sizeof *more);
    struct str title = sql_str(
        kit, kit_path(kit, "SELECT title FROM records WHERE id = %lld", (long long)orgs[7]));
    sql_run(kit,
            kit_path(kit, "UPDATE records SET title = '' WHERE id = %lld", (long long)orgs[7]));
    int64_t named[ORGS];
    memcpy(named, orgs, sizeof named);
    memmove(named + 7, named + 8, (ORGS - 9) * sizeof *named);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        links_stand(kit, "organisation", more[i], named, ORGS - 2);
    sql_run(kit, kit_path(kit, "UPDATE records SET title = '" STR_FMT "' WHERE id = %lld",
                          STR_ARG(title), (long long)orgs[7]));
    for (int i = 0; i < LED + LOOSE; i++) {
        as(kit, i % 2 ? ada : odile);
        int64_t id = sql_int(kit, kit_path(kit, "SELECT MIN(id) + %d FROM deals", i));
        assert_status(post_json(kit, kit_path(kit, "/deals/%lld/participants", (long long)id),
                                kit_path(kit, "{\"person\": %lld, \"role\": \"sees\"}",
                                         (long long)nkechi->id)),
                      201);
    }
    as(kit, nkechi); /* who sees deals, and no organisations */
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        links_stand(kit, "organisation", more[i], NULL, 0);
}

/* Of every sixth deal. */
static void stages_renamed(struct kit *kit, const char *from, const char *to)
{
    sql_run(kit, kit_path(kit,
                          "UPDATE deals SET stage = '%s' WHERE stage = '%s' AND id %% 6 ="
                          " (SELECT MAX(id) %% 6 FROM deals)",
                          to, from));
    sql_run(kit, "DELETE FROM ix_deals_stage");
    sql_run(kit, "INSERT INTO ix_deals_stage (v, id) SELECT stage, id FROM deals");
}

/* Choices stand as they are declared, or as an administrator has put them, however they are read;
 * one that is no longer declared stands behind them. */
static void choices_stand_in_their_order(void **state) /* select RULE 1 */
{
    struct kit *kit = *state;
    static const char *const rising[] = {"new",         "qualified", "proposal",
                                         "negotiation", "lost",      "gone"};
    enum { STAGES = 6, EACH = 19 };
    staff(kit);
    for (int i = 0; i < STAGES * EACH; i++)
        deal(kit, kit_path(kit, "Deal %d", i), i % STAGES == 5 ? "new" : rising[i % STAGES],
             "1 EUR");
    stages_renamed(kit, "new", "gone");
    for (int way = 0; way < 4; way++) {
        bool falling = way & 1;
        int n = 0;
        struct str after = S("");
        do {
            struct res r = get_json(
                kit, kit_path(kit, "/deals?sort=%sstage%s&after=" STR_FMT, falling ? "-" : "",
                              way & 2 ? "&pipeline=sales" : "", STR_ARG(after)));
            assert_status(r, 200);
            for (int i = 0; i < 50; i++, n++) {
                struct str stage = kit_json(r, str_fmt(kit->arena, "data.%d.stage", i).p);
                if (!stage.n)
                    break;
                assert_true(n < STAGES * EACH);
                assert_string_equal(str_cstr(kit->arena, stage),
                                    rising[falling ? STAGES - 1 - n / EACH : n / EACH]);
            }
            after = kit_json(r, "next");
        } while (after.n);
        assert_int_equal(n, STAGES * EACH);
    }
    stages_renamed(kit, "gone", "new");
}

static void one_change_is_taken_back(void **state) /* history RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t id = deal(kit, "Grinders", "new", "100 EUR");
    const char *path = kit_path(kit, "/deals/%lld", (long long)id);
    const char *undo = kit_path(kit, "/deals/%lld/revisions/1/undo", (long long)id);
    patch_json(kit, path, "{\"stage\": \"won\", \"amount\": \"90 EUR\"}");
    patch_json(kit, path, "{\"next_step\": \"Send it\"}");
    struct res page = get(kit, kit_path(kit, "/deals/%lld-grinders", (long long)id));
    assert_has(page, "Undo this change");
    struct res r = post_json(kit, undo, "{}");
    assert_status(r, 200);
    assert_json_str(r, "data.stage", "new");
    assert_json_str(r, "data.amount", "100.00 EUR");
    assert_json_str(r, "data.next_step", "Send it"); /* what came later stays */
    assert_status(post_json(kit, undo, "{}"), 409);  /* it does not stand there any more */
    assert_status(post_json(kit, kit_path(kit, "%s0", undo), "{}"), 404);
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    assert_status(post_json(kit, undo, "{}"), 404);
}

static void everything_has_a_card(void **state) /* cards RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    staff(kit);
    int64_t id = deal(kit, "Grinders", "new", "1200 EUR");
    struct res r = get(kit, kit_path(kit, "/cards/%lld", (long long)id));
    assert_status(r, 200);
    assert_has(r, "1,200.00 EUR");
    assert_has(r, "New");
    assert_has(get(kit, kit_path(kit, "/cards/%lld", (long long)idea)), "A lid");
    assert_has(get(kit, kit_path(kit, "/cards/%lld", (long long)rooms.ana->id)), "ana");
    assert_has(get(kit, "/cards?path=/people/ana"), "Person");
    assert_status(get(kit, "/cards?path=/people/nobody"), 404);
    const char *idea_card = kit_path(kit, "/cards/%lld", (long long)idea);
    const char *space_card = kit_path(kit, "/cards/%lld", (long long)rooms.space);
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    assert_has(get(kit, idea_card), kit_path(kit, "/ideas/%lld-a-lid#comments", (long long)idea));
    assert_has(get(kit, space_card),
               kit_path(kit, "/spaces/%lld/membership", (long long)rooms.space));
    as(kit, NULL);
    assert_has_not(get(kit, idea_card), "btn");
    assert_has_not(get(kit, space_card), "btn");
    as(kit, rooms.ana);
    assert_has(get(kit, idea_card), kit_path(kit, "/ideas/%lld-a-lid/edit", (long long)idea));
    assert_status(get(kit, kit_path(kit, "/cards/%lld", (long long)id)), 404);
    assert_json_count(get_json(kit, "/names?type=deal&q=gri"), "data", 0);
    staff(kit);
    deal(kit, "Old Grinders", "new", "1 EUR");
    assert_json_count(get_json(kit, "/names?type=deal&q=GR%C3%8DN"), "data",
                      2); /* any of its words */
    assert_json_count(get_json(kit, "/names?type=deal&q=old+gr"), "data", 1);
    assert_status(get_json(kit, "/names?type=nothing&q=a"), 400);
}

static void names_lead_to_records(void **state) /* entries RULE 5, fields RULES 3 and 4 */
{
    struct kit *kit = *state;
    staff(kit);
    made(kit, "/organisations", "{\"title\": \"Nordlicht Coffee\"}");
    made(kit, "/organisations", "{\"title\": \"Amsel\"}");
    made(kit, "/organisations", "{\"title\": \"Amsel\"}");
    static const char form[] = "{\"title\": \"x\", \"pipeline\": \"sales\", \"stage\": \"new\","
                               " \"organisation\": \"%s\"}";
    struct res r = post_json(kit, "/deals", kit_path(kit, form, "nordlicht"));
    assert_status(r, 201);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals d JOIN records r ON"
                                  " r.id = d.organisation WHERE r.title = 'Nordlicht Coffee'"),
                     1);
    r = post_json(kit, "/deals", kit_path(kit, form, "Amsel"));
    assert_status(r, 422);
    assert_has(r, "several of that name");
    r = post_json(kit, "/deals", kit_path(kit, form, "Nobody"));
    assert_has(r, "none of that name");
    /* What the viewer may not see has no name where a field leads to it. */
    kit->unsound = true;
    sql_run(kit, "UPDATE records SET audience = 5, author_id = NULL WHERE title ="
                 " 'Nordlicht Coffee'");
    assert_has_not(get(kit, "/deals"), "Nordlicht");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_is_made_is_read_again),   kit_test(wrong_values_are_told),
        kit_test(only_staff_sees_and_makes),    kit_test(an_edit_changes_what_it_names),
        kit_test(a_stale_edit_changes_nothing), kit_test(lists_are_filtered_and_sorted),
        kit_test(choices_stand_in_their_order), kit_test(links_stand_by_their_names),
        kit_test(paging_gives_each_once),       kit_test(one_change_is_taken_back),
        kit_test(everything_has_a_card),        kit_test(names_lead_to_records),
    };
    return kit_run(tests);
}
