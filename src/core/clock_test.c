/* clock_test.c: what clock.h says of reading and writing times; clock.cases holds the texts. */
#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "core/cases.h"

static void texts_are_read_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str rest = cases_read(a, "src/core/clock.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        int64_t us;
        char buf[32];
        struct str got = clock_parse(c.part[0], &us) ? clock_rfc3339(buf, us) : S("refused");
        if (!str_eq(got, c.part[1]))
            fail_msg(STR_FMT ": got " STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    assert_in_range(count, 25, 1000);
    arena_free(a);
}

/* Against the C library, on days all over its range; each text reads back as the same time. */
static void the_calendar_is_right(void **state)
{
    (void)state;
    for (int64_t day = -719528; day < 2932897; day += 61) {
        int64_t us = day * CLOCK_DAY + day % 1000 * 86 * CLOCK_SECOND, back;
        if (us < -719528 * CLOCK_DAY)
            continue;
        time_t seconds = us / CLOCK_SECOND;
        struct tm tm;
        char buf[32], want[64];
        gmtime_r(&seconds, &tm);
        strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        if (tm.tm_year + 1900 >= 1000)
            assert_string_equal(clock_http(buf, us).p, want);
        assert_true(clock_parse(clock_rfc3339(buf, us), &back));
        assert_true(back == us);
    }
}

static void spellings(void **state)
{
    (void)state;
    int64_t us;
    char buf[32];
    assert_true(clock_parse(S("2026-11-03T04:05:06Z"), &us));
    assert_string_equal(clock_date(buf, us).p, "3 Nov 2026");
    assert_string_equal(clock_http(buf, us).p, "Tue, 03 Nov 2026 04:05:06 GMT");
    assert_string_equal(clock_http(buf, INT64_MAX).p, "Fri, 31 Dec 9999 23:59:59 GMT");
    assert_string_equal(clock_rfc3339(buf, INT64_MIN).p, "0000-01-01T00:00:00Z");
}

static void tests_stop_the_clock(void **state)
{
    (void)state;
    clock_freeze(CLOCK_DAY);
    assert_true(clock_now() == CLOCK_DAY);
    clock_freeze(0);
    int64_t now = clock_now();
    assert_true(now / CLOCK_SECOND - time(NULL) <= 1);
    assert_true(clock_monotonic() <= clock_monotonic());
}

static void days_are_those_of_the_calendar(void **state)
{
    (void)state;
    int64_t days, expected = -719528; /* 0000-01-01, a Saturday */
    for (int year = 0; year <= 9999; year++)
        for (int month = 1; month <= 12; month++) {
            int last = clock_month_days(year, month);
            assert_true(clock_days(year, month, last, &days));
            expected += last;
            assert_int_equal(days, expected - 1);
            struct clock_date d = clock_date_of(days);
            assert_true(d.year == year && d.month == month && d.day == last);
            assert_int_equal(d.weekday, ((days + 4) % 7 + 7) % 7); /* 1970-01-01: a Thursday */
            assert_false(clock_days(year, month, last + 1, &days));
        }
    assert_false(clock_days(2026, 0, 1, &days));
    assert_false(clock_days(2026, 13, 1, &days));
    assert_false(clock_days(2026, 1, 0, &days));
    assert_false(clock_days(10000, 1, 1, &days));
    assert_false(clock_days(-1, 1, 1, &days));
    assert_int_equal(clock_date_of(INT64_MAX).year, 9999);
    assert_int_equal(clock_date_of(INT64_MIN).year, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_as_written),
        cmocka_unit_test(the_calendar_is_right),
        cmocka_unit_test(spellings),
        cmocka_unit_test(tests_stop_the_clock),
        cmocka_unit_test(days_are_those_of_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
