/* devices_test.c: proves the RULES of devices.h. */
#include "features/accounts/devices.h"

#include "test/rooms.h"

#define FIREFOX "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

/* Of this moment: old ones are forgotten. */
static int64_t letters(struct kit *kit)
{
    return sql_int(kit, kit_path(kit,
                                 "SELECT COUNT(*) FROM mails WHERE kind = 'device'"
                                 " AND created_at = %lld",
                                 (long long)kit->now));
}

/* In the browser of `browser`, whoever it was before; gives how many letters that caused. */
static int64_t signs_in(struct kit *kit, struct person_kit *browser, const char *handle)
{
    int64_t before = letters(kit);
    as(kit, browser);
    kit_header(kit, "User-Agent: " FIREFOX);
    const char *form =
        kit_path(kit, "email=%s%%40example.org&password=password+of+%s", handle, handle);
    assert_status(post(kit, "/session", form), 303);
    return letters(kit) - before;
}

/* Signs in, and out again. */
static int64_t comes(struct kit *kit, struct person_kit *browser, const char *handle)
{
    int64_t told = signs_in(kit, browser, handle);
    assert_status(del(kit, "/session"), 303);
    return told;
}

static void a_new_device_is_told_of(void **state) /* devices RULE 1, RULE 3 */
{
    struct kit *kit = *state;
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    kit_person(kit, "ana", ROLE_MEMBER);
    kit_pass(kit, 2 * CLOCK_DAY);
    assert_int_equal(signs_in(kit, NULL, "ana"), 1);
    struct str body = sql_str(kit, "SELECT body FROM mails WHERE kind = 'device'");
    assert_true(str_has(body, S("Device: Firefox on Linux\nTime: Sun, 03 Jan 2027 00:00:00 GMT\n"
                                "Address: ")));
    assert_true(str_has(body, S("/account\n")));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'device'"
                                  " AND address = 'ana@example.org' AND headers NOT LIKE"
                                  " '%Unsubscribe%'"),
                     1);
    assert_status(del(kit, "/session"), 303);
    assert_int_equal(signs_in(kit, NULL, "ana"), 0); /* it is known, also signed out */
    assert_int_equal(signs_in(kit, ben, "ana"), 1);
    assert_int_equal(signs_in(kit, ben, "ben"), 1); /* known to Ana's account only */
    assert_int_equal(signs_in(kit, ben, "ana"), 0);
    assert_has_not(get(kit, "/account/letters"), "new device");
}

static void who_has_just_joined_is_not_written_to(void **state) /* devices RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    as(kit, NULL);
    assert_status(post(kit, "/accounts",
                       "name=Ana&email=ana%40example.org"
                       "&password=password+of+ana"),
                  303);
    assert_int_equal(signs_in(kit, NULL, "ana"), 0);
    assert_int_equal(signs_in(kit, ben, "ana"), 1);
}

static void a_new_password_forgets_them(void **state) /* devices RULE 4 */
{
    struct kit *kit = *state;
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    comes(kit, ben, "ana");
    signs_in(kit, ana, "ana");
    assert_status(kit_request(kit, "PUT", "/account/password", KIT_PAGE, KIT_FORM,
                              "current=password+of+ana&password=password+of+ana"),
                  303);
    assert_int_equal(signs_in(kit, ana, "ana"), 0);
    assert_int_equal(signs_in(kit, ben, "ana"), 1);
}

static struct cookie *cookie_of(struct kit *kit, const char *name)
{
    for (struct cookie *c = kit->viewer->cookies; c; c = c->next)
        if (str_is(c->name, name))
            return c;
    fail_msg("no cookie %s", name);
    return NULL;
}

static void a_cookie_holds_for_a_year_and_one_account(void **state) /* devices RULE 5 */
{
    struct kit *kit = *state;
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, ben);
    assert_status(del(kit, "/session"), 303);
    kit_pass(kit, 2 * CLOCK_DAY);
    comes(kit, NULL, "ana");
    struct cookie *cookie = cookie_of(kit, kit_path(kit, "skep_device_%lld", (long long)ana->id));
    struct str good = cookie->value;
    kit_pass(kit, 364 * CLOCK_DAY);
    assert_int_equal(comes(kit, NULL, "ana"), 0); /* and for another year */
    cookie->value = good;
    kit_pass(kit, 2 * CLOCK_DAY);
    assert_int_equal(comes(kit, NULL, "ana"), 1);
    good = cookie->value;
    cookie->value = str_fmt(kit->arena, "1" STR_FMT, STR_ARG(good));
    assert_int_equal(comes(kit, NULL, "ana"), 1);
    cookie->value = str_fmt(kit->arena, STR_FMT "0", STR_ARG(good));
    assert_int_equal(comes(kit, NULL, "ana"), 1);
    comes(kit, ben, "ana");
    struct str hers = cookie_of(kit, cookie->name.p)->value;
    comes(kit, ben, "ben");
    cookie_of(kit, kit_path(kit, "skep_device_%lld", (long long)ben->id))->value = hers;
    assert_int_equal(comes(kit, ben, "ben"), 1);
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    kit_pass(kit, 2 * CLOCK_DAY);
    as(kit, NULL);
    kit_fail_sweep(kit, "POST", "/session", "email=ana%40example.org&password=password+of+ana",
                   NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_new_device_is_told_of),
        kit_test(who_has_just_joined_is_not_written_to),
        kit_test(a_new_password_forgets_them),
        kit_test(a_cookie_holds_for_a_year_and_one_account),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
