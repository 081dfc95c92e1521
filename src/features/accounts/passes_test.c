/* passes_test.c: proves the RULES of passes.h. */
#include "test/rooms.h"

static struct str secret(struct kit *kit, const char *kind) /* of the newest letter of that kind */
{
    return sql_str(kit, kit_path(kit,
                                 "SELECT secret FROM mails WHERE kind = '%s'"
                                 " ORDER BY id DESC LIMIT 1",
                                 kind));
}

static const char *link_to(struct kit *kit, const char *where, struct str token)
{
    return kit_path(kit, "/%s/" STR_FMT, where, STR_ARG(token));
}

static const char *ask_reset(struct kit *kit, const char *address)
{
    as(kit, NULL);
    get(kit, "/resets/new");
    assert_status(post(kit, "/resets", kit_path(kit, "email=%s", address)), 303);
    return link_to(kit, "resets", secret(kit, "reset"));
}

static void asking_tells_nothing(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, NULL);
    get(kit, "/resets/new");
    struct res known = post(kit, "/resets", "email=Ana@example.org");
    struct res unknown = post(kit, "/resets", "email=nobody@example.org");
    assert_status(known, 303);
    assert_status(unknown, 303);
    assert_true(str_eq(res_head(known, "Location"), res_head(unknown, "Location")));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'reset'"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE state = 'held'"), 1);
    assert_status(post(kit, "/resets", "email=not+one"), 422);
}

static void a_link_works_once(void **state) /* RULE 1, RULE 4, RULE 6 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    const char *path = ask_reset(kit, "ana@example.org");
    const char *form = "password=a+sentence+of+its+own&_method=PUT";
    assert_status(get(kit, path), 200);
    assert_status(get(kit, path), 200);
    assert_status(post(kit, path, "password=short&_method=PUT"), 422);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM sessions"), 1);
    assert_status(post(kit, path, form), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM sessions"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'changed'"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM identities WHERE verified_at IS NOT NULL"),
                     1);
    assert_status(post(kit, path, form), 404);
    assert_status(get(kit, path), 404);
    assert_status(post(kit, "/session", "email=ana@example.org&password=password+of+ana"), 422);
    assert_status(post(kit, "/session", "email=ana@example.org&password=a+sentence+of+its+own"),
                  303);
    as(kit, ana);
    assert_status(get(kit, "/account"), 303); /* is signed out */
}

static void a_link_expires_and_gives_way_to_a_newer_one(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    const char *first = ask_reset(kit, "ana@example.org");
    ask_reset(kit, "ana@example.org"); /* within a minute: none is written */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 1);
    kit_pass(kit, 2 * CLOCK_MINUTE);
    const char *second = ask_reset(kit, "ana@example.org");
    assert_status(get(kit, first), 404);
    assert_status(get(kit, second), 200);
    kit_pass(kit, CLOCK_HOUR);
    assert_status(get(kit, second), 404);
    assert_status(get(kit, "/resets/0123456789abcdef0123456789abcdef0123456789abcdef"), 404);
    assert_status(get(kit, "/resets/x"), 404);
    kit_pass(kit, 2 * CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM passes"), 0);
}

static void a_link_is_of_no_use_for_another_address(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    const char *path = ask_reset(kit, "ana@example.org");
    sql_run(kit, "UPDATE accounts SET email = 'other@example.org'");
    assert_status(get(kit, path), 404);
    sql_run(kit, "UPDATE accounts SET email = 'ana@example.org', disabled_at = 1");
    assert_status(get(kit, path), 404);
}

static void joining_confirms_the_address(void **state) /* RULE 2, RULE 6 */
{
    struct kit *kit = *state;
    as(kit, NULL);
    get(kit, "/accounts/new");
    const char *form = "name=Ana&email=ana@example.org&password=a+sentence+of+its+own";
    struct res fresh = post(kit, "/accounts", form), known = post(kit, "/accounts", form);
    assert_true(str_eq(res_head(fresh, "Location"), res_head(known, "Location")));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'confirm'"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'known'"), 1);
    const char *path = link_to(kit, "confirmations", secret(kit, "confirm"));
    assert_has(get(kit, path), "ana@example.org");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM identities WHERE verified_at > 0"), 0);
    assert_status(post(kit, path, ""), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM identities WHERE verified_at > 0"), 1);
    assert_status(post(kit, path, ""), 404);
}

static void a_new_address_is_confirmed_and_the_old_one_told(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    kit_person(kit, "ben", ROLE_MEMBER);
    as(kit, ana);
    const char *ask = "email=%s&current=%s&_method=PUT";
    assert_status(post(kit, "/account/email", kit_path(kit, ask, "a@new.example", "wrong+one")),
                  422);
    assert_status(
        post(kit, "/account/email", kit_path(kit, ask, "ben@example.org", "password+of+ana")), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'known'"), 1);
    assert_status(
        post(kit, "/account/email", kit_path(kit, ask, "A@new.example", "password+of+ana")), 303);
    assert_true(str_is(sql_str(kit, "SELECT email FROM accounts ORDER BY person_id LIMIT 1"),
                       "ana@example.org"));
    const char *path = link_to(kit, "confirmations", secret(kit, "address"));
    assert_status(post(kit, path, ""), 303);
    assert_true(str_is(sql_str(kit, "SELECT email FROM accounts ORDER BY person_id LIMIT 1"),
                       "a@new.example"));
    assert_true(
        str_is(sql_str(kit, "SELECT address FROM mails WHERE kind = 'moved'"), "ana@example.org"));
    assert_int_equal(
        sql_int(kit, "SELECT COUNT(*) FROM identities WHERE address = 'ana@example.org'"), 0);
    assert_json_str(get_json(kit, "/account"), "data.email", "a@new.example");
}

static void what_fails_leaves_nothing(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    const char *path = ask_reset(kit, "ana@example.org");
    struct res r =
        kit_fail_sweep(kit, "POST", path, "password=a+sentence+of+its+own&_method=PUT", NULL);
    assert_status(r, 303);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(asking_tells_nothing),
        kit_test(a_link_works_once),
        kit_test(a_link_expires_and_gives_way_to_a_newer_one),
        kit_test(a_link_is_of_no_use_for_another_address),
        kit_test(joining_confirms_the_address),
        kit_test(a_new_address_is_confirmed_and_the_old_one_told),
        kit_test(what_fails_leaves_nothing),
    };
    return kit_run(tests);
}
