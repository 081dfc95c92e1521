/* field_changes_test.c: proves the RULES of record/field_change.h. */
#include "record/field_change.h"

#include "test/rooms.h"

enum { BOATS = 230 };

static const char change[] = "/types/boat/fields/size/change";

static void boats(struct kit *kit, const char *field)
{
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Boat\", \"label\": \"Boats\", \"audience\": \"staff\","
                            " \"maker\": \"staff\"}"),
                  201);
    assert_status(post_json(kit, "/types/boat/fields", field), 201);
}

static int64_t boat(struct kit *kit, const char *size)
{
    assert_status(
        post_json(kit, "/boats", kit_path(kit, "{\"title\": \"Heron\", \"size\": %s}", size)), 201);
    return sql_int(kit, "SELECT MAX(id) FROM records");
}

static struct res resize(struct kit *kit, int64_t id, const char *size)
{
    return patch_json(kit, kit_path(kit, "/boats/%lld", (long long)id),
                      kit_path(kit, "{\"size\": %s}", size));
}

static void assert_size(struct kit *kit, int64_t id, const char *size)
{
    struct res r = get_json(kit, kit_path(kit, "/boats/%lld", (long long)id));
    assert_status(r, 200);
    assert_has(r, kit_path(kit, "\"size\":%s,", size));
}

static void starts(struct kit *kit, const char *json)
{
    struct res r = post_json(kit, change, json);
    assert_status(r, 201);
}

static void a_text_becomes_a_number(void **state) /* field_change RULE 2 */
{
    struct kit *kit = *state;
    boats(kit, "{\"kind\": \"text\", \"label\": \"Size\", \"flags\": [\"listed\"]}");
    int64_t seven = boat(kit, "\"7\""), big = boat(kit, "\"big\""), none = boat(kit, "\"\"");
    starts(kit, "{\"kind\": \"integer\"}");
    struct res r = get_json(kit, change);
    assert_json_str(r, "data.state", "done");
    assert_json_str(r, "data.to", "Whole number");
    assert_json_int(r, "data.copied", 3);
    assert_json_int(r, "data.misfits", 1);
    assert_size(kit, seven, "7");
    assert_size(kit, big, "null");
    assert_size(kit, none, "null");
    assert_json_count(get_json(kit, "/boats?size.gte=6"), "data", 1);
    assert_has(get(kit, change), "The old values are kept");
    r = get_json(kit, kit_path(kit, "%s/misfits", change));
    assert_json_int(r, "data.0.id", big);
    assert_json_str(r, "data.0.value", "big");
    assert_json_str(r, "data.0.why", "must be a number");
    r = get(kit, kit_path(kit, "%s/misfits.csv", change));
    assert_header(r, "Content-Type", "text/csv; charset=utf-8");
    assert_has(r, kit_path(kit, "%lld,\"big\",\"must be a number\"\r\n", (long long)big));
    assert_has(get(kit, kit_path(kit, "%s/misfits", change)), "must be a number");
    assert_status(resize(kit, big, "12"), 200); /* what is put right fits */
    assert_json_int(get_json(kit, change), "data.misfits", 0);
    assert_status(post(kit, kit_path(kit, "%s/keep", change), ""), 303);
    assert_json_str(get_json(kit, change), "data.state", "none");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM own_boats WHERE own_size IS NOT NULL"), 0);
    assert_size(kit, big, "12");
    starts(kit, "{\"kind\": \"text\"}"); /* and once more */
    assert_size(kit, big, "\"12\"");
}

static void undone_it_is_as_it_was(void **state) /* field_change RULE 3 */
{
    struct kit *kit = *state;
    boats(kit, "{\"kind\": \"text\", \"label\": \"Size\"}");
    int64_t seven = boat(kit, "\"7\""), big = boat(kit, "\"big\""), small = boat(kit, "\"small\"");
    starts(kit, "{\"kind\": \"integer\"}");
    assert_status(resize(kit, seven, "8"), 200);
    assert_status(resize(kit, small, "1"), 200);
    int64_t late = boat(kit, "99");
    assert_status(del(kit, change), 303);
    assert_size(kit, seven, "\"8\"");
    assert_size(kit, big, "\"big\"");
    assert_size(kit, small, "\"1\"");
    assert_size(kit, late, "\"99\"");
    assert_json_count(get_json(kit, "/boats?size=big"), "data", 1);
    assert_json_str(get_json(kit, change), "data.state", "none");
    assert_status(del(kit, change), 409);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM own_boats WHERE own_size__1 IS NOT NULL"),
                     0);
}

static int64_t keys(struct kit *kit, int64_t id)
{
    return sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM similar_keys WHERE record_id = %lld",
                                 (long long)id));
}

/* Keys of duplicates are those of both kinds while both are kept. That they are the right ones is
 * asked at the test's end. */
static void what_becomes_an_address_finds_duplicates(void **state) /* duplicates RULE 1 */
{
    struct kit *kit = *state;
    boats(kit, "{\"kind\": \"text\", \"label\": \"Size\"}");
    int64_t one = boat(kit, "\"crew@heron.example\""), none = boat(kit, "\"7\"");
    assert_int_equal(keys(kit, one), 0); /* boats are compared by nothing */
    starts(kit, "{\"kind\": \"email\"}");
    int64_t all = keys(kit, one);
    assert_true(keys(kit, none) > 0 && all == keys(kit, none) + 2); /* mailbox and host */
    assert_json_int(get_json(kit, "/duplicates/near?type=boat&title=Heron"
                                  "&size=crew%40heron.example"),
                    "data.0.id", one);
    assert_status(post(kit, kit_path(kit, "%s/keep", change), ""), 303);
    assert_int_equal(keys(kit, one), all);
    starts(kit, "{\"kind\": \"text\"}");
    assert_int_equal(keys(kit, one), all);
    assert_status(resize(kit, none, "\"mate@heron.example\""), 200);
    assert_int_equal(keys(kit, none), all);
    assert_status(post(kit, kit_path(kit, "%s/keep", change), ""), 303);
    assert_int_equal(keys(kit, one), 0);
    assert_int_equal(keys(kit, none), 0);
    starts(kit, "{\"kind\": \"email\"}");
    assert_status(del(kit, change), 303); /* as it was */
    assert_int_equal(keys(kit, one), 0);
}

/* What the new kind cannot hold stays in the old column, and its keys with it for as long; the
 * test's end asks whether they are the right ones. */
static void what_does_not_fit_is_found_until_it_goes(void **state) /* duplicates RULE 1 */
{
    struct kit *kit = *state;
    boats(kit, "{\"kind\": \"email\", \"label\": \"Size\"}");
    int64_t kept = boat(kit, "\"crew@heron.example\""), put = boat(kit, "\"mate@heron.example\""),
            gone = boat(kit, "\"cook@heron.example\""), none = boat(kit, "null");
    int64_t all = keys(kit, kept), few = keys(kit, none);
    assert_int_equal(all, few + 2); /* mailbox and host */
    starts(kit, "{\"kind\": \"phone\"}");
    assert_json_int(get_json(kit, change), "data.misfits", 3);
    assert_int_equal(keys(kit, kept), all);
    assert_status(resize(kit, put, "\"+47 55 12 34 56\""), 200);
    assert_int_equal(keys(kit, put), few + 1);
    assert_status(del(kit, kit_path(kit, "/boats/%lld", (long long)gone)), 303);
    assert_status(post(kit, kit_path(kit, "%s/keep", change), ""), 303);
    assert_int_equal(keys(kit, kept), few);
    assert_int_equal(keys(kit, put), few + 1);
}

struct one_step {
    struct kit *kit;
    bool more;
};

static bool step(struct db *db, void *ctx)
{
    struct one_step *s = ctx;
    int64_t done;
    int64_t id = db_get_int(db, 0, "SELECT id FROM field_changes");
    s->more = field_change_step(db, s->kit->arena, id, BOATS, &done);
    return !db_failed(db);
}

/* Writes in front of, in and behind what is copied already. */
static void no_write_is_lost_meanwhile(void **state) /* field_change RULES 1 and 4 */
{
    struct kit *kit = *state;
    int64_t ids[BOATS];
    boats(kit, "{\"kind\": \"text\", \"label\": \"Size\", \"flags\": [\"listed\"]}");
    kit->quiet = true;
    for (int i = 0; i < BOATS; i++, kit_pass(kit, CLOCK_SECOND))
        ids[i] = boat(kit, kit_path(kit, "\"%d\"", i));
    starts(kit, "{\"kind\": \"integer\"}");
    struct one_step s = {kit, false};
    assert_true(store_run(kit->app->store, STORE_WRITE, step, &s));
    assert_true(s.more);
    struct res r = get_json(kit, change);
    assert_json_str(r, "data.state", "copying");
    assert_json_int(r, "data.copied", 100);
    assert_json_int(r, "data.total", BOATS);
    assert_has(get(kit, change), "Copying values, 100 of 230");
    assert_status(resize(kit, ids[5], "\"1005\""), 200);
    assert_status(resize(kit, ids[6], "\"huge\""), 200);
    assert_status(resize(kit, ids[220], "\"1220\""), 200);
    int64_t late = boat(kit, "\"77777\"");
    assert_status(post(kit, kit_path(kit, "%s/keep", change), ""), 409);
    assert_status(post_json(kit, change, "{\"kind\": \"integer\"}"), 422);
    kit_settle(kit);
    assert_json_str(get_json(kit, change), "data.state", "done");
    assert_json_int(get_json(kit, change), "data.misfits", 1);
    assert_size(kit, ids[5], "1005");
    assert_size(kit, ids[6], "null");
    assert_size(kit, ids[220], "1220");
    assert_size(kit, late, "77777");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM own_boats WHERE own_size__1 IS NULL"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_own_boats_own_size__1"), BOATS);
    /* Taken back while it is copied: nothing has happened. */
    assert_status(post(kit, kit_path(kit, "%s/keep", change), ""), 303);
    kit_settle(kit);
    starts(kit, "{\"kind\": \"text\"}");
    assert_true(store_run(kit->app->store, STORE_WRITE, step, &s));
    assert_status(del(kit, change), 303);
    kit_settle(kit);
    assert_size(kit, ids[5], "1005");
}

/* Each pair: the first field, a value of it, what it becomes, and what JSON has then. */
static const struct {
    const char *field, *value, *becomes, *then;
} pairs[] = {
    {"\"choice\", \"choices\": \"won = Won it\"", "\"won\"", "\"text\"", "\"Won it\""},
    {"\"text\"", "\"won it\"", "\"choice\", \"choices\": \"won = Won it\"", "\"won\""},
    {"\"text\"", "\"lost\"", "\"choice\", \"choices\": \"won = Won it\"", "null"},
    {"\"choice\", \"choices\": \"a = A\\nb = B\"", "\"b\"", "\"choices\"", "[\"b\"]"},
    {"\"choices\", \"choices\": \"a = A\\nb = B\"", "\"b\"", "\"choice\"", "\"b\""},
    {"\"choices\", \"choices\": \"a = A\\nb = B\"", "\"a,b\"", "\"choice\"", "null"},
    {"\"decimal\"", "\"12.00\"", "\"integer\"", "12"},
    {"\"decimal\"", "\"12.50\"", "\"integer\"", "null"},
    {"\"decimal\"", "\"12.50\"", "\"decimal\", \"scale\": 1", "12.5"},
    {"\"integer\"", "12", "\"money\", \"currency\": \"NOK\"", "\"12.00 NOK\""},
    {"\"money\"", "\"12.50 EUR\"", "\"decimal\"", "12.50"},
    {"\"text\"", "\"2026-12-31\"", "\"date\"", "\"2026-12-31\""},
    {"\"text\"", "\"soon\"", "\"date\"", "null"},
    {"\"time\"", "\"2026-12-31T23:59\"", "\"date\"", "\"2026-12-31\""},
    {"\"bool\"", "true", "\"integer\"", "1"},
    {"\"text\"", "\"ada@example.org\"", "\"email\"", "\"ada@example.org\""},
    {"\"ref\", \"target\": \"person\"", "1", "\"refs\"", "[{\"id\":1,\"role\":\"\"}]"},
    {"\"refs\", \"target\": \"person\"", "\"1:owner\"", "\"ref\"", "1"},
    {"\"person\"", "1", "\"refs\", \"target\": \"person\"", "[{\"id\":1,\"role\":\"\"}]"},
};

static void kinds_become_others_and_come_back(void **state) /* field_change RULES 2 and 3 */
{
    struct kit *kit = *state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!i)
            boats(kit, kit_path(kit, "{\"kind\": %s, \"label\": \"Size\"}", pairs[i].field));
        const char *name = i ? kit_path(kit, "size_%zu", i + 1) : "size";
        if (i)
            assert_status(
                post_json(kit, "/types/boat/fields",
                          kit_path(kit, "{\"kind\": %s, \"label\": \"Size\"}", pairs[i].field)),
                201);
        const char *path = kit_path(kit, "/types/boat/fields/%s/change", name);
        assert_status(
            post_json(kit, "/boats",
                      kit_path(kit, "{\"title\": \"H\", \"%s\": %s}", name, pairs[i].value)),
            201);
        const char *at =
            kit_path(kit, "/boats/%lld-h", (long long)sql_int(kit, "SELECT MAX(id) FROM records"));
        struct str before = get_json(kit, at).body;
        struct res r = post_json(kit, path, kit_path(kit, "{\"kind\": %s}", pairs[i].becomes));
        assert_status(r, 201);
        assert_has(get_json(kit, at), kit_path(kit, "\"%s\":%s", name, pairs[i].then));
        assert_status(get(kit, at), 200);
        assert_status(get(kit, "/boats"), 200);
        assert_status(del(kit, path), 303);
        if (!str_eq(before, get_json(kit, at).body))
            fail_msg("%s -> %s: not as it was: " STR_FMT, pairs[i].field, pairs[i].becomes,
                     STR_ARG(get_json(kit, at).body));
    }
}

static void what_cannot_be_is_told(void **state)
{
    struct kit *kit = *state;
    boats(kit, "{\"kind\": \"text\", \"label\": \"Size\"}");
    static const struct {
        const char *path, *json, *why;
    } wrong[] = {
        {"size", "{\"kind\": \"text\"}", "cannot become"},
        {"size", "{\"kind\": \"ref\", \"target\": \"person\"}", "cannot become"},
        {"size", "{\"kind\": \"file\"}", "cannot become"},
        {"size", "{\"kind\": \"choice\"}", "needs choices"},
        {"size", "{\"kind\": \"formula\"}", "no such choice"},
        {"size", "{}", "Kind is missing"},
        {"title", "{\"kind\": \"integer\"}", "of the program"},
    };
    uint64_t before = kit_fingerprint(kit);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct res r = post_json(kit, kit_path(kit, "/types/boat/fields/%s/change", wrong[i].path),
                                 wrong[i].json);
        assert_status(r, 422);
        assert_has(r, wrong[i].why);
    }
    assert_true(before == kit_fingerprint(kit));
}

static void a_change_begins_whole_or_not_at_all(void **state) /* types.h RULE 3 */
{
    struct kit *kit = *state;
    boats(kit, "{\"kind\": \"text\", \"label\": \"Size\"}");
    boat(kit, "\"7\"");
    kit_fail_sweep(kit, "POST", change, "kind=integer", NULL);
    kit_settle(kit);
    kit_fail_sweep(kit, "DELETE", change, "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_text_becomes_a_number),
        kit_test(undone_it_is_as_it_was),
        kit_test(what_becomes_an_address_finds_duplicates),
        kit_test(what_does_not_fit_is_found_until_it_goes),
        kit_test(no_write_is_lost_meanwhile),
        kit_test(kinds_become_others_and_come_back),
        kit_test(what_cannot_be_is_told),
        kit_test(a_change_begins_whole_or_not_at_all),
    };
    return kit_run(tests);
}
