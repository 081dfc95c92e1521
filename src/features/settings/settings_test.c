/* settings_test.c: proves the RULES of settings.c. */
#include "test/kit.h"

static struct res person_put(struct kit *kit, const char *json)
{
    struct res r = post_json(kit, "/people", json);
    assert_status(r, 201);
    return r;
}

static void what_is_usual_stands_in(void **state) /* RULES 1 and 2 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    person_put(kit, "{\"title\": \"Before\", \"phone\": \"0711 1234567\"}");
    struct res r = patch(kit, "/settings", "name=Brindle&country=de&currency=chf");
    assert_status(r, 303);
    assert_has(get(kit, "/settings"), "value=\"DE\"");
    assert_has(get_json(kit, "/settings"), "\"currency\":\"CHF\"");
    person_put(kit, "{\"title\": \"After\", \"phone\": \"0711 1234567\"}");
    assert_true(
        str_is(sql_str(kit, "SELECT phone FROM people WHERE name = 'Before'"), "0711 1234567"));
    assert_true(
        str_is(sql_str(kit, "SELECT phone FROM people WHERE name = 'After'"), "+497111234567"));
    assert_status(post_json(kit, "/types/deal/fields",
                            "{\"kind\": \"money\", \"label\": \"Fee\", \"currency\": \"NOK\"}"),
                  201);
    assert_status(post_json(kit, "/deals",
                            "{\"title\": \"Ten\", \"pipeline\": \"sales\", \"stage\": \"new\", "
                            "\"amount\": \"10.50\", \"fee\": \"2\"}"),
                  201);
    assert_true(str_is(sql_str(kit, "SELECT amount_currency FROM deals"), "CHF"));
    assert_true(str_is(sql_str(kit, "SELECT own_fee_currency FROM deals"), "NOK"));
}

static void what_is_none_is_refused(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(patch(kit, "/settings", "name=&country=XX&currency="), 422);
    assert_status(patch(kit, "/settings", "name=&country=&currency=XYZ"), 422);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM settings WHERE name = 'country'"), 0);
    as(kit, kit_person(kit, "stan", ROLE_STAFF));
    assert_status(get(kit, "/settings"), 403);
    assert_status(patch(kit, "/settings", "name=Mine"), 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_is_usual_stands_in),
        kit_test(what_is_none_is_refused),
    };
    return kit_run(tests);
}
