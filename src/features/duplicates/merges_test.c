/* merges_test.c: two records become one and two again: proves the RULES of record/merge.h and of
 * merges.c. */
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
    assert_json_str(r, "data.phone", "+4755123456");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_pointed_to_either_points_to_the_kept_one),
        kit_test(the_other_leads_to_it_and_is_found_by_nothing),
        kit_test(undo_puts_back_what_was),
    };
    return kit_run(tests);
}
