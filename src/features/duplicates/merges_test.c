/* merges_test.c: two records become one and two again: proves the RULES of record/merge.h and of
 * merges.c. */
#include "features/people/people.h"
#include "record/merge.h"
#include "record/record.h"
#include "test/kit.h"
#include "test/rooms.h"

static int64_t made(struct kit *kit, const char *path, const char *json)
{
    struct res r = post_json(kit, path, json);
    int64_t id = 0;
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.id"), &id));
    return id;
}

static void staff(struct kit *kit)
{
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
}

struct two {
    int64_t into, from, deal, branch;
};

/* Two organisations, one of which has nearly everything that a record can have. */
static struct two two_make(struct kit *kit)
{
    struct two two;
    staff(kit);
    two.into = made(kit, "/organisations",
                    "{\"title\": \"Nordlicht\", \"kinds\": [\"customer\"], \"tags\": \"north tea\","
                    " \"employees\": 12, \"body\": \"A roaster.\"}");
    kit_pass(kit, CLOCK_DAY);
    two.from = made(kit, "/organisations",
                    "{\"title\": \"Nordlicht Coffee AS\", \"kinds\": [\"partner\"],"
                    " \"tags\": \"tea coffee\", \"phone\": \"+47 55 12 34 56\","
                    " \"employees\": 13, \"email\": \"hello@nordlicht.example\"}");
    two.deal = made(kit, "/deals",
                    kit_path(kit,
                             "{\"title\": \"Grinders\", \"pipeline\": \"sales\", \"stage\": "
                             "\"new\", \"organisation\": %lld}",
                             (long long)two.from));
    two.branch = made(
        kit, "/organisations",
        kit_path(kit, "{\"title\": \"Nordlicht Oslo\", \"parent\": %lld}", (long long)two.from));
    assert_status(patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.into),
                             kit_path(kit, "{\"parent\": %lld}", (long long)two.from)),
                  200);
    kit_pass(kit, CLOCK_DAY);
    assert_status(patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.from),
                             "{\"employees\": 14}"),
                  200);
    int64_t comment = made(kit, kit_path(kit, "/organisations/%lld/comments", (long long)two.from),
                           "{\"body\": \"They called.\"}");
    made(kit, kit_path(kit, "/comments/%lld/comments", (long long)comment),
         "{\"body\": \"What about?\"}");
    made(kit, kit_path(kit, "/organisations/%lld/comments", (long long)two.into),
         "{\"body\": \"Nice people.\"}");
    sql_run(kit, kit_path(kit,
                          "INSERT INTO links (from_id, kind, to_id, at)"
                          " VALUES (%lld, 'related', %lld, 5)",
                          (long long)two.deal, (long long)two.from));
    as(kit, kit_person(kit, "otto", ROLE_STAFF));
    assert_status(put_json(kit, kit_path(kit, "/watches/%lld", (long long)two.from),
                           "{\"level\": \"everything\"}"),
                  200);
    staff(kit);
    return two;
}

static struct res merge_them(struct kit *kit, const struct two *two, const char *more)
{
    return post_json(kit, kit_path(kit, "/organisations/%lld/merges", (long long)two->into),
                     kit_path(kit, "{\"from\": %lld%s}", (long long)two->from, more));
}

static struct res undo_it(struct kit *kit, struct res merged)
{
    return kit_request(kit, "DELETE",
                       kit_path(kit, "/merges/" STR_FMT, STR_ARG(kit_json(merged, "data.id"))),
                       KIT_JSON, NULL, NULL);
}

/* Everything but the log, history and what follows them. */
static uint64_t state_of(struct kit *kit)
{
    static const char *const without[] = {"activities",
                                          "revisions",
                                          "merges",
                                          "merge_rows",
                                          "jobs",
                                          "cursors",
                                          "notifications",
                                          "inboxes",
                                          "duplicates",
                                          "duplicate_walks",
                                          "sessions",
                                          "mail_waiting",
                                          "mails",
                                          "live_cuts",
                                          "similar_keys",
                                          "search_roots_data",
                                          "search_roots_idx",
                                          "search_replies_data",
                                          "search_replies_idx",
                                          "records.revision",
                                          "records.updated_at",
                                          NULL};
    return kit_fingerprint_but(kit, without);
}

static void what_pointed_to_either_points_to_the_kept_one(void **state) /* merge RULES 1, 2, 4 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    struct res r = merge_them(kit, &two, "");
    assert_status(r, 201);
    assert_json_str(r, "data.state", "done");
    r = get_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.into));
    assert_json_str(r, "data.title", "Nordlicht Coffee AS");
    assert_json_str(r, "data.phone.0.value", "+4755123456");
    assert_json_int(r, "data.employees", 14);
    assert_json_str(r, "data.kinds.1", "partner");
    assert_json_none(r, "data.parent");
    assert_json_int(get_json(kit, kit_path(kit, "/deals/%lld", (long long)two.deal)),
                    "data.organisation", two.into);
    assert_json_count(get_json(kit, kit_path(kit, "/deals?organisation=%lld", (long long)two.into)),
                      "data", 1);
    assert_json_int(get_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.branch)),
                    "data.parent", two.into);
    assert_has(
        get(kit, kit_path(kit, "/organisations/%lld-nordlicht-coffee-as", (long long)two.into)),
        "They called.");
    assert_int_equal(sql_int(kit, kit_path(kit, "SELECT thread FROM records WHERE id = %lld",
                                           (long long)two.into)),
                     3);
    assert_int_equal(sql_int(kit, kit_path(kit, "SELECT to_id FROM links WHERE kind = 'related'")),
                     two.into);
    assert_int_equal(
        sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM follows WHERE record_id = %lld",
                              (long long)two.into)),
        2);
}

static void the_other_leads_to_it_and_is_found_by_nothing(void **state)
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    merge_them(kit, &two, ", \"title\": \"left\"");
    struct res r =
        get(kit, kit_path(kit, "/organisations/%lld-nordlicht-coffee-as", (long long)two.from));
    assert_status(r, 303);
    assert_header(r, "Location",
                  kit_path(kit, "/organisations/%lld-nordlicht", (long long)two.into));
    assert_status(get_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.from)), 303);
    assert_has_not(get(kit, "/search?q=coffee"), "-nordlicht-coffee-as");
    assert_has_not(get(kit, "/organisations"), "Nordlicht Coffee AS");
    assert_status(get(kit, kit_path(kit, "/organisations/%lld/edit", (long long)two.from)), 404);
    assert_status(post(kit, kit_path(kit, "/organisations/%lld/restore", (long long)two.from), ""),
                  404);
    as(kit, NULL);
    assert_status(get(kit, kit_path(kit, "/organisations/%lld", (long long)two.from)), 404);
}

static void undo_puts_back_what_was(void **state) /* merge RULE 3 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    uint64_t before = state_of(kit);
    struct res r = merge_them(kit, &two, "");
    assert_true(before != state_of(kit));
    struct res undone = undo_it(kit, r);
    assert_status(undone, 200);
    assert_json_str(undone, "data.state", "undone");
    assert_json_int(undone, "data.lost", 0);
    assert_true(before == state_of(kit));
    assert_status(undo_it(kit, r), 409);
    assert_has(get(kit, "/search?q=coffee"),
               kit_path(kit, "/organisations/%lld-nordlicht-coffee-as", (long long)two.from));
}

/* ---- who, and at what moment ---- */

static void only_who_may_edit_both_merges(void **state) /* merges RULE 1 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    as(kit, ben);
    assert_status(merge_them(kit, &two, ""), 404);
    sql_run(kit, "UPDATE records SET audience = 1 WHERE type = 'organisation'");
    sql_run(kit, "UPDATE activities SET audience = 1 WHERE type = 'organisation'");
    assert_status(merge_them(kit, &two, ""), 404);
    staff(kit);
    struct res r = merge_them(kit, &two, "");
    assert_status(r, 201);
    as(kit, ben);
    assert_status(undo_it(kit, r), 404);
    assert_status(get(kit, "/merges/1"), 404);
    as(kit, kit_person(kit, "otto", ROLE_STAFF));
    assert_has(get(kit, "/merges"), "Nordlicht Coffee AS into");
    assert_status(undo_it(kit, r), 200);
    kit->unsound = true; /* counts of tags know nothing of the audience set above */
}

static void of_two_at_once_one_is_told(void **state) /* merges RULE 2 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    assert_status(merge_them(kit, &two, ", \"revision\": 99"), 412);
    assert_status(merge_them(kit, &two, ", \"from_revision\": 1"), 412);
    struct res r = merge_them(kit, &two, "");
    assert_status(r, 201);
    struct two other = {.into = two.from, .from = two.into};
    as(kit, kit_person(kit, "otto", ROLE_STAFF));
    assert_status(merge_them(kit, &two, ""), 409);
    assert_status(merge_them(kit, &other, ""), 409);
    struct two third = {.into = two.branch, .from = two.into};
    assert_status(merge_them(kit, &third, ""), 201);
    assert_status(undo_it(kit, r), 409); /* where it went is gone itself */
    struct res old = get(kit, kit_path(kit, "/organisations/%lld", (long long)two.from));
    assert_true(str_starts(res_head(old, "Location"),
                           str_of(kit_path(kit, "/organisations/%lld-", (long long)two.branch))));
}

static void what_cannot_be_merged_is_told(void **state)
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    struct two self = {.into = two.into, .from = two.into};
    struct two kinds = {.into = two.into, .from = two.deal};
    assert_status(merge_them(kit, &self, ""), 409);
    assert_status(merge_them(kit, &kinds, ""), 422);
    assert_status(merge_them(kit, &two, ", \"website\": \"both\""), 422);
    assert_status(merge_them(kit, &two, ", \"colour\": \"left\""), 422);
    assert_status(merge_them(kit, &two, ", \"author\": \"right\""), 422);
    assert_status(
        post_json(kit, kit_path(kit, "/organisations/%lld/merges", (long long)two.into), "{}"),
        422);
    struct rooms rooms = rooms_make(kit);
    int64_t lid = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t cup = idea_make(kit, &rooms, rooms.ana, "A cup");
    staff(kit);
    struct res r = post_json(kit, kit_path(kit, "/ideas/%lld/merges", (long long)lid),
                             kit_path(kit, "{\"from\": %lld}", (long long)cup));
    assert_status(r, 409);
    assert_has(r, "not merged field by field");
    assert_status(post_json(kit, kit_path(kit, "/nothings/%lld/merges", (long long)two.into), "{}"),
                  404);
}

static void comments_are_never_read_by_more(void **state) /* merge RULE 7 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    sql_run(kit, kit_path(kit, "UPDATE records SET audience = 1 WHERE root_id = %lld",
                          (long long)two.from));
    sql_run(kit, kit_path(kit,
                          "UPDATE activities SET audience = 1 WHERE record_id IN (SELECT id FROM"
                          " records WHERE root_id = %lld)",
                          (long long)two.from));
    struct res r = merge_them(kit, &two, "");
    assert_status(r, 409);
    assert_has(r, "seen by fewer people");
    struct two other = {.into = two.from, .from = two.into};
    assert_has(get(kit, kit_path(kit, "/organisations/%lld/merges/new?with=%lld",
                                 (long long)two.from, (long long)two.into)),
               "More people see the one that is kept");
    r = merge_them(kit, &other, "");
    assert_status(r, 201);
    assert_json_none(get_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.from)),
                     "data.body"); /* nothing of the hidden one is taken over by itself */
    assert_int_equal(sql_int(kit, "SELECT audience FROM records WHERE type = 'comment'"
                                  " AND excerpt = 'Nice people.'"),
                     4);
    sql_run(kit, "DELETE FROM tallies"); /* changed behind the program's back */
    kit->unsound = true;
}

static void fields_are_chosen_on_the_page(void **state) /* merges RULE 3 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    const char *path = kit_path(kit, "/organisations/%lld/merges", (long long)two.into);
    struct res r = get(kit, kit_path(kit, "%s/new?with=%lld", path, (long long)two.from));
    assert_has(r, "name=\"from_revision\"");
    assert_has(r, "Deals: Organisation");
    assert_has(r, "Keep Nordlicht Coffee AS instead");
    assert_has(get(kit, kit_path(kit, "%s/new", path)), "Number of the other one");
    r = post(kit, path,
             kit_path(kit, "from=%lld&title=left&employees=left&tags=right&phone=left&body=left",
                      (long long)two.from));
    assert_status(r, 303);
    assert_has(kit_follow(r), "Undo: make them two again");
    r = get_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.into));
    assert_json_str(r, "data.title", "Nordlicht");
    assert_json_int(r, "data.employees", 12);
    assert_json_count(r, "data.phone", 0);
    assert_json_str(r, "data.tags", "tea coffee");
    assert_json_str(r, "data.email.0.value", "hello@nordlicht.example");
}

/* ---- undo ---- */

static void what_is_newer_stays_and_is_told(void **state) /* merge RULE 3 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    struct res r = merge_them(kit, &two, "");
    patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.into),
               "{\"phone\": \"+47 99 99 99 99\"}");
    patch_json(kit, kit_path(kit, "/deals/%lld", (long long)two.deal), "{\"organisation\": \"\"}");
    int64_t moved = sql_int(kit, "SELECT id FROM records WHERE excerpt = 'They called.'");
    made(kit, kit_path(kit, "/comments/%lld/comments", (long long)moved),
         "{\"body\": \"A new one below it.\"}");
    r = undo_it(kit, r);
    assert_status(r, 200);
    assert_json_int(r, "data.lost", 2);
    assert_has(get(kit, "/merges/1"), "Phone was changed since");
    assert_has(get(kit, "/merges/1"), "Deals: Organisation");
    r = get_json(kit, kit_path(kit, "/organisations/%lld", (long long)two.into));
    assert_json_str(r, "data.phone.0.value", "+4799999999");
    assert_json_str(r, "data.title", "Nordlicht");
    assert_json_none(get_json(kit, kit_path(kit, "/deals/%lld", (long long)two.deal)),
                     "data.organisation");
    assert_has(
        get(kit, kit_path(kit, "/organisations/%lld-nordlicht-coffee-as", (long long)two.from)),
        "A new one below it.");
}

static void what_is_computed_follows(void **state) /* merge RULES 1 and 4 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(post_json(kit, "/types/organisation/fields",
                            "{\"kind\": \"rollup\", \"label\": \"How many\","
                            " \"formula\": \"count(deals)\", \"flags\": [\"staff\"]}"),
                  201);
    struct two two = two_make(kit);
    kit_settle(kit);
    const char *into = kit_path(kit, "/organisations/%lld", (long long)two.into);
    assert_json_int(get_json(kit, into), "data.how_many", 0);
    uint64_t before = state_of(kit);
    struct res r = merge_them(kit, &two, "");
    assert_status(r, 201);
    assert_json_int(get_json(kit, into), "data.how_many", 1);
    assert_status(undo_it(kit, r), 200);
    assert_json_int(get_json(kit, into), "data.how_many", 0);
    assert_true(before == state_of(kit));
}

static bool boats_run(struct db *db, void *ctx)
{
    struct kit *kit = ctx;
    return !type_make(db, kit->arena,
                      &(struct type_draft){.name = S("boat"),
                                           .plural = S("boats"),
                                           .noun = S("Boat"),
                                           .label = S("Boats"),
                                           .audience = AUDIENCE_MEMBERS,
                                           .maker = MEMBER,
                                           .votes = true},
                      kit->now);
}

static void vote(struct kit *kit, const char *who, int64_t boat, bool there)
{
    as(kit, kit_person(kit, who, ROLE_MEMBER));
    const char *path = kit_path(kit, "/boats/%lld/votes", (long long)boat);
    assert_true(kit_request(kit, there ? "POST" : "DELETE", path, KIT_JSON, KIT_JSON, "{}").status <
                300);
}

static void everybody_votes_once(void **state) /* merge RULES 2, 3 and 4 */
{
    struct kit *kit = *state;
    assert_true(store_run(kit->app->store, STORE_WRITE, boats_run, kit));
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    int64_t heron = made(kit, "/boats", "{\"title\": \"Heron\"}");
    kit_pass(kit, CLOCK_DAY);
    int64_t gull = made(kit, "/boats", "{\"title\": \"Gull\"}");
    vote(kit, "ben", heron, true);
    vote(kit, "ben", gull, true);
    vote(kit, "cleo", gull, true);
    vote(kit, "dora", gull, true);
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    uint64_t before = state_of(kit);
    const char *path = kit_path(kit, "/boats/%lld/merges", (long long)heron);
    const char *from = kit_path(kit, "{\"from\": %lld}", (long long)gull);
    struct res r = post_json(kit, path, from);
    assert_status(r, 201);
    const char *score =
        kit_path(kit, "SELECT score FROM records WHERE id = %lld", (long long)heron);
    assert_int_equal(sql_int(kit, score), 3);
    assert_status(undo_it(kit, r), 200);
    assert_true(before == state_of(kit));
    r = post_json(kit, path, from);
    vote(kit, "dora", heron, false); /* she means the one that was kept */
    vote(kit, "emil", heron, true);
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    r = undo_it(kit, r);
    assert_json_int(r, "data.lost", 1);
    assert_int_equal(sql_int(kit, score), 2);
}

/* ---- persons: not by an address yet that all types share, so as a program does it ---- */

struct persons {
    struct kit *kit;
    int64_t into, from, merge;
    const char *why;
};

static bool persons_merge(struct db *db, void *ctx)
{
    struct persons *p = ctx;
    struct arena *a = p->kit->arena;
    struct act act = {.db = db, .arena = a, .at = p->kit->now};
    struct record *into = record_load(db, a, p->into), *from = record_load(db, a, p->from);
    p->why = merge_refused(db, into, from);
    if (p->why)
        return true;
    struct merge_plan *plan = merge_plan_new(db, a, catalog_type(db, S("person")), into, from);
    p->merge = plan ? merge_begin(&act, plan) : 0;
    while (p->merge && merge_step(&act, p->merge, 1) == MERGE_MORE)
        ;
    return p->merge && !db_failed(db);
}

static bool persons_undo(struct db *db, void *ctx)
{
    struct persons *p = ctx;
    struct act act = {.db = db, .arena = p->kit->arena, .at = p->kit->now};
    if (!merge_undo(&act, p->merge))
        return false;
    while (merge_step(&act, p->merge, 1) == MERGE_MORE)
        ;
    return !db_failed(db);
}

static bool person_run(struct db *db, void *ctx)
{
    struct persons *p = ctx;
    struct act act = {.db = db, .arena = p->kit->arena, .at = p->kit->now};
    p->from = person_create(&act, S("Ana Muller"), S("ana-m"), S("Known from mails"));
    return p->from != 0;
}

static void whatever_a_person_has_follows(
    void **state) /* merge RULES 1, 2, 5; merge_moves RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct persons p = {.kit = kit, .into = rooms.ana->id};
    assert_true(store_run(kit->app->store, STORE_WRITE, person_run, &p));
    int64_t idea = idea_make(kit, &rooms, rooms.ben, "A lid");
    int64_t other = idea_make(kit, &rooms, rooms.ben, "A cup");
    long long from = (long long)p.from;
    as(kit, rooms.ana);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), ""), 303);
    sql_run(kit, kit_path(kit,
                          "INSERT INTO identities (person_id, kind, address, verified_at)"
                          " VALUES (%lld, 'email', 'ana@work.example', 7)",
                          from));
    /* As an import gives them: a vote for each idea, and one of her own making. */
    for (int i = 0; i < 2; i++) {
        long long id = i ? other : idea;
        sql_run(kit, kit_path(kit,
                              "INSERT INTO votes (record_id, person_id, activity_id, delta, at)"
                              " SELECT %lld, %lld, MIN(id), 1, at FROM activities"
                              " WHERE record_id = %lld GROUP BY at ORDER BY at LIMIT 1",
                              id, from, id));
        sql_run(kit, kit_path(kit,
                              "UPDATE records SET score = score + 1, rank_score = score + 1"
                              " WHERE id = %lld",
                              id));
    }
    kit_settle(kit);
    sql_run(kit, kit_path(kit,
                          "UPDATE records SET author_id = %lld WHERE id = (SELECT MAX(id)"
                          " FROM records WHERE type = 'space')",
                          from));
    sql_run(kit, kit_path(kit, "UPDATE records SET owner_id = %lld WHERE id = %lld", from,
                          (long long)other));
    sql_run(kit, "UPDATE records SET rank_score = score WHERE type = 'idea'");
    sql_run(kit, "UPDATE taggings SET score = (SELECT r.score FROM records r"
                 " WHERE r.id = taggings.record_id)");
    uint64_t before = state_of(kit);
    assert_true(store_run(kit->app->store, STORE_WRITE, persons_merge, &p));
    assert_null(p.why);
    long long ana = (long long)rooms.ana->id;
    assert_int_equal(sql_int(kit, "SELECT person_id FROM identities"
                                  " WHERE address = 'ana@work.example' AND verified_at = 7"),
                     ana);
    const char *score = "SELECT score FROM records WHERE id = %lld";
    assert_int_equal(sql_int(kit, kit_path(kit, score, (long long)idea)), 1);
    assert_int_equal(sql_int(kit, kit_path(kit, score, (long long)other)), 1);
    assert_int_equal(sql_int(kit, kit_path(kit, "SELECT owner_id FROM records WHERE id = %lld",
                                           (long long)other)),
                     ana);
    assert_int_equal(
        sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM records WHERE author_id = %lld", from)),
        1); /* itself */
    assert_status(get(kit, "/people/ana-m"), 303);
    assert_has_not(get(kit, "/people"), "@ana-m");
    assert_true(store_run(kit->app->store, STORE_WRITE, persons_undo, &p));
    assert_true(before == state_of(kit));
}

static void contacts_are_found_and_merged(void **state) /* merge RULE 1, duplicates RULE 1 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t org = made(kit, "/organisations", "{\"title\": \"Nordlicht\"}");
    int64_t liz = made(kit, "/people",
                       kit_path(kit,
                                "{\"title\": \"Elizabeth Okafor\", \"works_for\": %lld,"
                                " \"email\": \"liz@okafor.example\"}",
                                (long long)org));
    kit_pass(kit, CLOCK_DAY);
    int64_t other = made(kit, "/people",
                         kit_path(kit,
                                  "{\"title\": \"Liz Okafor\", \"works_for\": %lld,"
                                  " \"email\": \"LIZ@okafor.example\","
                                  " \"phone\": \"mobile: +47 99 88 77 66\"}",
                                  (long long)org));
    int64_t deal = made(kit, "/deals",
                        kit_path(kit,
                                 "{\"title\": \"Grinders\", \"pipeline\": \"sales\","
                                 " \"stage\": \"new\", \"contacts\": \"%lld:user\"}",
                                 (long long)other));
    kit_settle(kit);
    struct res r = get_json(kit, "/duplicates");
    assert_json_int(r, "data.0.a_id", liz);
    assert_json_int(r, "data.0.b_id", other);
    assert_has_not(r, "okafor.example"); /* addresses of persons are left out of reasons */
    uint64_t before = state_of(kit);
    r = post_json(kit, kit_path(kit, "/people/%lld/merges", (long long)liz),
                  kit_path(kit, "{\"from\": %lld}", (long long)other));
    assert_status(r, 201);
    assert_json_count(get_json(kit, "/duplicates"), "data", 0);
    assert_int_equal(sql_int(kit, kit_path(kit, "SELECT to_id FROM links WHERE from_id = %lld",
                                           (long long)deal)),
                     liz);
    assert_has(get_json(kit, "/people?as=table&phone=%2B4799887766"), "Elizabeth Okafor");
    assert_status(get(kit, "/people/liz-okafor"), 303);
    assert_status(undo_it(kit, r), 200);
    assert_true(before == state_of(kit));
    assert_json_count(get_json(kit, "/duplicates"), "data", 1);
}

static void no_sign_in_changes_hands(void **state) /* merge RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct persons p = {.kit = kit, .into = rooms.ana->id, .from = rooms.ben->id};
    assert_true(store_run(kit->app->store, STORE_WRITE, persons_merge, &p));
    assert_string_equal(p.why, "Both can sign in, and a merge never gives somebody's sign-in to"
                               " another one.");
    const char *form =
        kit_path(kit, "/people/%lld/merges/new?with=%lld", (long long)p.into, (long long)p.from);
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
    assert_has_not(get(kit, form), "Keep the other one"); /* which would be refused, too */
    assert_true(store_run(kit->app->store, STORE_WRITE, person_run, &p));
    p.into = p.from;
    p.from = rooms.ben->id;
    assert_true(store_run(kit->app->store, STORE_WRITE, persons_merge, &p));
    assert_string_equal(p.why, "The one that would go can sign in. Keep that one.");
    assert_has(get(kit, kit_path(kit, "/people/%lld/merges/new?with=%lld", (long long)p.into,
                                 (long long)p.from)),
               "Keep the other one");
}

/* ---- much, and failures ---- */

static void very_many_rows_go_as_a_job(void **state) /* merges RULE 4 */
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    sql_run(kit, kit_path(kit,
                          "INSERT INTO links (from_id, kind, to_id, at) WITH RECURSIVE k(n) AS"
                          " (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 2600)"
                          " SELECT %lld, 'k' || n, %lld, 0 FROM k",
                          (long long)two.deal, (long long)two.from));
    uint64_t before = state_of(kit);
    struct res r = merge_them(kit, &two, "");
    assert_json_str(r, "data.state", "running");
    const char *path = "/merges/1";
    kit_settle(kit);
    r = get_json(kit, path);
    assert_json_str(r, "data.state", "done");
    assert_int_equal(sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM links WHERE to_id = %lld",
                                           (long long)two.from)),
                     0);
    assert_status(undo_it(kit, r), 200);
    kit_settle(kit);
    assert_json_str(get_json(kit, path), "data.state", "undone");
    assert_true(before == state_of(kit));
}

static void a_failure_leaves_all_as_it_was(void **state)
{
    struct kit *kit = *state;
    struct two two = two_make(kit);
    struct res r = kit_fail_sweep(kit, "POST",
                                  kit_path(kit, "/organisations/%lld/merges", (long long)two.into),
                                  kit_path(kit, "from=%lld", (long long)two.from), NULL);
    assert_status(r, 303);
    const char *path = str_cstr(kit->arena, res_head(r, "Location"));
    assert_status(kit_fail_sweep(kit, "POST", path, "_method=DELETE", NULL), 303);
    assert_json_str(get_json(kit, path), "data.state", "undone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_pointed_to_either_points_to_the_kept_one),
        kit_test(the_other_leads_to_it_and_is_found_by_nothing),
        kit_test(undo_puts_back_what_was),
        kit_test(only_who_may_edit_both_merges),
        kit_test(of_two_at_once_one_is_told),
        kit_test(what_cannot_be_merged_is_told),
        kit_test(comments_are_never_read_by_more),
        kit_test(fields_are_chosen_on_the_page),
        kit_test(what_is_newer_stays_and_is_told),
        kit_test(what_is_computed_follows),
        kit_test(everybody_votes_once),
        kit_test(whatever_a_person_has_follows),
        kit_test(contacts_are_found_and_merged),
        kit_test(no_sign_in_changes_hands),
        kit_test(very_many_rows_go_as_a_job),
        kit_test(a_failure_leaves_all_as_it_was),
    };
    return kit_run(tests);
}
