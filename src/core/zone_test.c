/* zone_test.c: proves the RULES of zone.h. */
#include "core/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"

static int64_t at(const char *text)
{
    int64_t us = 0;
    assert_true(clock_parse(str_of(text), &us));
    return us;
}

static void a_name_stays_in_its_folder(void **state) /* RULE 1 */
{
    (void)state;
    static const char *const wrong[] = {"",           "/etc/passwd",     "../../../etc/passwd",
                                        "Nowhere/At", "Europe/",         "Europe",
                                        "zone.tab",   "Europe/Berlin\n", "tzdata_zi"};
    struct arena *a = arena_new(16 << 20);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_null(zone_open(a, str_of(wrong[i])));
    assert_non_null(zone_open(a, S("Europe/Berlin")));
    arena_free(a);
}

static void clocks_go_as_they_do_there(void **state) /* RULE 2 */
{
    (void)state;
    static const struct {
        const char *zone, *at;
        int hour, minute, weekday;
    } cases[] = {
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 1, 59, 0},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 3, 0, 0},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 2, 0, 0},
        {"America/New_York", "2027-01-01T02:00:00Z", 21, 0, 4},
        {"Asia/Kolkata", "2027-01-01T00:00:00Z", 5, 30, 5},
        {"Australia/Sydney", "2027-01-01T00:00:00Z", 11, 0, 5},
        {"", "1969-12-31T23:30:00Z", 23, 30, 3},
    };
    struct arena *a = arena_new(16 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zone_time t = zone_time(zone_open(a, str_of(cases[i].zone)), at(cases[i].at));
        assert_int_equal(t.hour, cases[i].hour);
        assert_int_equal(t.minute, cases[i].minute);
        assert_int_equal(t.weekday, cases[i].weekday);
    }
    arena_free(a);
}

static void the_next_morning_comes(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    const struct zone *berlin = zone_open(a, S("Europe/Berlin"));
    assert_true(zone_next(berlin, at("2027-01-01T00:00:00Z"), 8, -1) == at("2027-01-01T07:00:00Z"));
    assert_true(zone_next(berlin, at("2027-01-01T07:00:00Z"), 8, -1) == at("2027-01-02T07:00:00Z"));
    assert_true(zone_next(berlin, at("2026-03-28T12:00:00Z"), 8, -1) == at("2026-03-29T06:00:00Z"));
    assert_true(zone_next(berlin, at("2026-03-28T12:00:00Z"), 2, -1) == at("2026-03-29T01:00:00Z"));
    assert_true(zone_next(berlin, at("2027-01-01T00:00:00Z"), 8, 1) == at("2027-01-04T07:00:00Z"));
    assert_true(zone_next(NULL, at("2027-01-01T08:00:00Z"), 8, 5) == at("2027-01-08T08:00:00Z"));
    for (int64_t us = at("2026-03-27T00:00:00Z"); us < at("2026-03-31T00:00:00Z");
         us += CLOCK_HOUR / 2)
        for (int hour = 0; hour < 24; hour++) {
            int64_t next = zone_next(berlin, us, hour, -1);
            assert_true(next > us && next <= us + 25 * CLOCK_HOUR);
        }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_stays_in_its_folder),
        cmocka_unit_test(clocks_go_as_they_do_there),
        cmocka_unit_test(the_next_morning_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
