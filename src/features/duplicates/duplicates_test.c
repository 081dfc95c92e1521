/* duplicates_test.c: proves the RULES of record/duplicates.h, duplicates.c and walk.c. */
#include "record/duplicates.h"

#include <stdlib.h>

#include "test/kit.h"
#include "test/rooms.h"

static int64_t org(struct kit *kit, const char *json)
{
    struct res r = post_json(kit, "/organisations", json);
    int64_t id = 0;
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.id"), &id));
    return id;
}

static void staff(struct kit *kit)
{
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
}

static void walk(struct kit *kit)
{
    kit_settle(kit);
}

#define ONE                                                                                        \
    "{\"title\": \"Nordlicht Coffee AS\", \"email\": \"hello@nordlicht.example\","                 \
    " \"phone\": \"+47 55 12 34 56\"}"
#define TWO "{\"title\": \"Nordlicht Coffee\", \"website\": \"https://nordlicht.example\"}"
#define OTHER "{\"title\": \"Sunrise Bakery\", \"email\": \"info@sunrise.example\"}"

static void pairs_are_found_with_their_reasons(void **state) /* RULE 1, walk RULE 1 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t one = org(kit, ONE);
    org(kit, OTHER);
    walk(kit);
    assert_json_count(get_json(kit, "/duplicates"), "data", 0);
    int64_t two = org(kit, TWO);
    walk(kit);
    struct res r = get_json(kit, "/duplicates");
    assert_json_count(r, "data", 1);
    assert_json_int(r, "data.0.a_id", one);
    assert_json_int(r, "data.0.b_id", two);
    assert_true(kit_json(r, "data.0.reasons.0.words").n > 0);
    assert_has(get(kit, "/duplicates"), "Nordlicht Coffee AS");
    assert_has(get(kit, "/duplicates"), "merges/new?with=");
    as(kit, kit_person(kit, "ben", ROLE_MEMBER));
    assert_status(get(kit, "/duplicates"), 403);
}

static void what_is_no_longer_near_is_not_proposed(void **state) /* walk RULE 3 */
{
    struct kit *kit = *state;
    staff(kit);
    org(kit, ONE);
    int64_t two = org(kit, TWO);
    walk(kit);
    assert_json_count(get_json(kit, "/duplicates"), "data", 1);
    assert_status(patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)two),
                             "{\"title\": \"Tidewater Boats\", \"website\": \"\"}"),
                  200);
    walk(kit);
    assert_json_count(get_json(kit, "/duplicates"), "data", 0);
}

static void what_was_called_different_stays_different(void **state) /* RULES 2 and 3 */
{
    struct kit *kit = *state;
    staff(kit);
    org(kit, ONE);
    int64_t two = org(kit, TWO);
    walk(kit);
    struct res r = get_json(kit, "/duplicates");
    assert_status(
        del(kit, kit_path(kit, "/duplicates/" STR_FMT, STR_ARG(kit_json(r, "data.0.id")))), 303);
    assert_status(patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)two),
                             "{\"title\": \"Nordlicht Coffee AS\"}"),
                  200);
    walk(kit);
    assert_json_count(get_json(kit, "/duplicates"), "data", 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM duplicates WHERE state = 'different'"), 1);
    static const char *const names[] = {"Tidewater Boats", "Nordlicht Coffee AS"};
    for (size_t i = 0; i < 2; i++) { /* it goes away, and comes near again */
        assert_status(patch_json(kit, kit_path(kit, "/organisations/%lld", (long long)two),
                                 kit_path(kit, "{\"title\": \"%s\", \"website\": \"\"}", names[i])),
                      200);
        walk(kit);
    }
    assert_json_count(get_json(kit, "/duplicates"), "data", 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM duplicates WHERE state = 'different'"), 1);
}

static void pairs_show_nothing_hidden(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    staff(kit);
    org(kit, ONE);
    int64_t two = org(kit, TWO);
    walk(kit);
    sql_run(kit, kit_path(kit, "UPDATE records SET audience = 5, author_id = NULL WHERE id = %lld",
                          (long long)two));
    kit->unsound = true;
    assert_json_count(get_json(kit, "/duplicates"), "data", 0);
}

static void one_is_told_while_typing(void **state) /* RULES 2 and 3, of duplicates.h RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t one = org(kit, ONE);
    struct res r = get_json(
        kit, "/duplicates/near?type=organisation&title=nordlicht&email=hello%40nordlicht.example");
    assert_json_int(r, "data.0.id", one);
    assert_has(get(kit, "/duplicates/near?type=organisation&title=Nordlicht+Coffee"),
               "Perhaps already here");
    assert_has_not(get(kit, "/duplicates/near?type=organisation&title=Nowhere"), "Perhaps");
    assert_status(get(kit, "/duplicates/near?type=nothing&title=Nowhere"), 400);
    as(kit, kit_person(kit, "ben", ROLE_MEMBER));
    assert_json_count(get_json(kit, "/duplicates/near?type=organisation&title=Nordlicht+Coffee"),
                      "data", 0);
}

static void a_form_is_sent_back_once(void **state) /* entries RULE 6 */
{
    struct kit *kit = *state;
    staff(kit);
    org(kit, ONE);
    assert_has(get(kit, "/organisations/new"), "data-near-fields-value=\"title email phone\"");
    struct res r = post(kit, "/organisations", "title=Nordlicht+Coffee+AS");
    assert_status(r, 409);
    assert_has(r, "Perhaps already here");
    assert_has(r, "Make it anyway");
    assert_has(r, "value=\"Nordlicht Coffee AS\"");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 1);
    assert_status(post(kit, "/organisations", "title=Nordlicht+Coffee+AS&anyway=1"), 303);
    assert_status(post(kit, "/organisations", "title=Tidewater+Boats"), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 3);
}

static void keys_follow_the_values(void **state) /* RULE 1 of duplicates.h */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t one = org(kit, ONE);
    const char *path = kit_path(kit, "/organisations/%lld", (long long)one);
    struct str sum =
        sql_str(kit, "SELECT COUNT(*) || ' ' || SUM(hash / 1000000 + letters) FROM similar_keys");
    patch_json(kit, path, "{\"title\": \"Tidewater Boats\", \"phone\": \"\"}");
    assert_false(str_eq(sum, sql_str(kit, "SELECT COUNT(*) || ' ' || SUM(hash / 1000000 + letters)"
                                          " FROM similar_keys")));
    patch_json(kit, path, "{\"title\": \"Nordlicht Coffee AS\", \"phone\": \"+47 55 12 34 56\"}");
    assert_true(str_eq(sum, sql_str(kit, "SELECT COUNT(*) || ' ' || SUM(hash / 1000000 + letters)"
                                         " FROM similar_keys")));
    assert_has(get(kit, "/duplicates/near?type=organisation&phone=%2B4755123456"
                        "&title=Nordlicht"),
               "Nordlicht Coffee AS");
}

/* Of the program's types those that say so, of a hub's own those that have an address. */
static void mails_to_one_address_are_no_duplicates(void **state) /* alike_type */
{
    struct kit *kit = *state;
    static const char *const mails[] = {
        "direction=in&title=Your+drawing&address=ana%40nordlicht.example",
        "direction=in&title=Re:+Your+drawing&address=ana%40nordlicht.example"};
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    int64_t keys = sql_int(kit, "SELECT COUNT(*) FROM similar_keys");
    const char *phone = "{\"label\": \"Phone\", \"kind\": \"phone\"}";
    assert_status(post_json(kit, "/types/deal/fields", phone), 201);
    for (int i = 0; i < 2; i++) {
        assert_has_not(get(kit, "/emails/new"), "data-controller=\"near\"");
        assert_status(post(kit, "/emails", mails[i]), 303);
        assert_status(
            post(kit, "/deals", "title=Grinders&pipeline=sales&stage=new&phone=%2B4755123456"),
            303);
    }
    walk(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM similar_keys"), keys);
    assert_json_count(get_json(kit, "/duplicates"), "data", 0);
    assert_status(
        post_json(kit, "/types",
                  "{\"name\": \"lead\", \"plural\": \"leads\", \"noun\": \"Lead\","
                  " \"label\": \"Leads\", \"audience\": \"staff\", \"maker\": \"staff\"}"),
        201);
    assert_status(post_json(kit, "/types/lead/fields", phone), 201);
    assert_status(post(kit, "/leads", "title=Grinders&phone=%2B4755123456"), 303);
    assert_status(post(kit, "/leads", "title=Grinders&phone=%2B4755123456"), 409);
    assert_true(sql_int(kit, "SELECT COUNT(*) FROM similar_keys") > keys);
}

/* That they are the right ones is asked at each test's end (record/check.h); those of a person
 * whose address changes, by accounts/passes_test.c. */
static void keys_stay_when_a_field_is_switched_off(void **state) /* RULE 1 of duplicates.h */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = kit_path(kit, "/organisations/%lld", (long long)org(kit, ONE));
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    int64_t keys = sql_int(kit, "SELECT COUNT(*) FROM similar_keys");
    assert_status(del(kit, "/types/organisation/fields/email"), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM similar_keys"), keys);
    assert_status(patch_json(kit, path, "{\"title\": \"Nordlicht Tea AS\"}"), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM similar_keys"), keys);
    assert_status(post(kit, "/types/organisation/fields/email/restore", ""), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM similar_keys"), keys);
}

/* Of a key that all share a look reads the newest only: as many statements as with few. */
static void a_frequent_key_costs_no_more(void **state) /* RULE 4 of duplicates.h, walk RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    for (int i = 0; i < 60; i++)
        org(kit,
            kit_path(kit, "{\"title\": \"Hotel %c%c\", \"website\": \"https://hotel.example\"}",
                     'A' + i % 26, 'A' + i / 26));
    walk(kit);
    assert_true(sql_int(kit, "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM similar_keys"
                             " GROUP BY hash) AS k") > ALIKE_OF_KEY);
    assert_true(sql_int(kit, "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM duplicates"
                             " GROUP BY b_id) AS k") <= ALIKE_OF_KEY);
    struct res r = get_json(kit, "/duplicates/near?type=organisation&title=Hotel+AA"
                                 "&website=https%3A%2F%2Fhotel.example");
    assert_true(kit_json(r, "data.0.id").n > 0);
}

/* Records get numbers from there on. */
static void numbers_from(struct kit *kit, int64_t id)
{
    sql_run(kit, kit_path(kit,
                          getenv("SKEP_TEST_DATABASE")
                              ? "ALTER SEQUENCE records_ids RESTART WITH %lld"
                              : "UPDATE sequences SET next = %lld WHERE name = 'records'",
                          (long long)id));
}

/* More eras than one statement asks. */
static void eras_do_not_part_them(void **state) /* RULE 5 of duplicates.h */
{
    enum { ERA = 1 << 18 };
    struct kit *kit = *state;
    staff(kit);
    int64_t first = org(kit, ONE);
    numbers_from(kit, 3 * ERA);
    int64_t one = org(kit, TWO);
    numbers_from(kit, 40 * ERA);
    int64_t other = org(kit, ONE);
    walk(kit);
    assert_true(first < ERA && one >= 3 * ERA && other >= 40 * ERA);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM duplicates"), 3);
    assert_json_count(get_json(kit, "/duplicates/near?type=organisation&title=Nordlicht+Coffee"),
                      "data", 3);
    const char *path = kit_path(kit, "/organisations/%lld", (long long)other);
    assert_status(
        patch_json(kit, path, "{\"title\": \"Tidewater\", \"email\": \"\", \"phone\": \"\"}"), 200);
    walk(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM duplicates"), 1);
}

/* A hundred of them beside forty others each are more than the walk has room for at once. */
static void the_walk_gets_on_with_large_records(void **state) /* walk RULE 4 */
{
    enum { ALL = 100, DOUBLINGS = 6, LETTERS = 400 };
    struct kit *kit = *state;
    char *text = arena_alloc(kit->arena, LETTERS + 1);
    memset(text, 'x', LETTERS);
    staff(kit);
    for (int i = 0; i < ALL; i++)
        org(kit, kit_path(kit,
                          "{\"title\": \"Hotel %c%c\","
                          " \"website\": \"https://hotel.example/%s\"}",
                          'A' + i % 26, 'A' + i / 26, text));
    for (int i = 0; i < DOUBLINGS; i++) /* its index holds the beginning */
        sql_run(kit, "UPDATE organisations SET website = website || website");
    sql_run(kit, "UPDATE duplicate_walks SET activity_id = 0");
    org(kit, OTHER); /* calls for a walk */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM duplicate_walks WHERE activity_id <"
                                  " (SELECT MAX(id) FROM activities)"),
                     0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE kind = 'duplicates'"
                                  " AND (tries > 1 OR state = 'failed')"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(pairs_are_found_with_their_reasons),
        kit_test(what_is_no_longer_near_is_not_proposed),
        kit_test(what_was_called_different_stays_different),
        kit_test(pairs_show_nothing_hidden),
        kit_test(one_is_told_while_typing),
        kit_test(a_form_is_sent_back_once),
        kit_test(keys_follow_the_values),
        kit_test(mails_to_one_address_are_no_duplicates),
        kit_test(keys_stay_when_a_field_is_switched_off),
        kit_test(a_frequent_key_costs_no_more),
        kit_test(eras_do_not_part_them),
        kit_test(the_walk_gets_on_with_large_records),
    };
    return kit_run(tests);
}
