/* emails_test.c: proves the RULES of emails.c. */
#include "test/kit.h"
#include "test/rooms.h"

static struct res sent(struct kit *kit, const char *more)
{
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
    return post_json(
        kit, "/emails",
        kit_path(kit, "{\"title\": \"Your offer\", \"body\": \"Here it is.\", %s}", more));
}

static void assert_states(struct kit *kit, const char *want)
{
    assert_string_equal(str_cstr(kit->arena, sql_str(kit, "SELECT status FROM emails")), want);
    assert_int_equal(
        sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM ix_emails_status WHERE v = '%s'", want)),
        1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_emails_status"), 1);
}

static void one_that_says_so_is_sent_once(void **state) /* emails RULES 1 and 3 */
{
    struct kit *kit = *state;
    assert_status(sent(kit, "\"direction\": \"out\", \"send\": true, \"address\":"
                            " \"hello@nordlicht.example\""),
                  201);
    assert_states(kit, "held"); /* there is no mail server */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 1);
    assert_true(str_is(sql_str(kit, "SELECT address FROM mails"), "hello@nordlicht.example"));
    assert_true(str_is(sql_str(kit, "SELECT subject FROM mails"), "Your offer"));
    assert_true(str_has(sql_str(kit, "SELECT body FROM mails"), S("Here it is.")));
    assert_true(str_has(sql_str(kit, "SELECT body FROM mails"), S("odile@example.org")));
    assert_status(
        patch_json(kit,
                   kit_path(kit, "/emails/%lld", (long long)sql_int(kit, "SELECT id FROM emails")),
                   "{\"title\": \"Your second offer\"}"),
        200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 1);
}

static void others_are_only_kept(void **state) /* emails RULES 1 and 2 */
{
    struct kit *kit = *state;
    assert_status(sent(kit, "\"direction\": \"in\", \"address\": \"hello@nordlicht.example\""),
                  201);
    assert_states(kit, "logged");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 0);
}

static void without_an_address_it_stays(void **state) /* emails RULE 2 */
{
    struct kit *kit = *state;
    assert_status(sent(kit, "\"direction\": \"out\", \"send\": true"), 201);
    assert_states(kit, "unsent");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 0);
}

static void each_statement_may_fail(void **state) /* emails RULE 1 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
    kit_fail_sweep(kit, "POST", "/emails",
                   "direction=out&title=Offer&send=yes&address=hello%40nordlicht.example", NULL);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(one_that_says_so_is_sent_once),
        kit_test(others_are_only_kept),
        kit_test(without_an_address_it_stays),
        kit_test(each_statement_may_fail),
    };
    return kit_run(tests);
}
