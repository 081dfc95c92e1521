/* rate_test.c: how often one may, and what a full table does; see rate.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "http/rate.h"

enum { NOW = 1000000 };

static uint64_t key_of(struct rates *r, int64_t person)
{
    return rates_key(r, "route", person, S(""));
}

static void a_burst_then_one_at_a_time(void **state) /* RULE 1 */
{
    (void)state;
    struct rates *r = rates_new();
    uint64_t key = key_of(r, 1);
    int64_t now = NOW * CLOCK_SECOND;
    for (int i = 0; i < 5; i++)
        assert_int_equal(rates_take(r, key, PER_MINUTE(5), now), 0);
    assert_int_equal(rates_take(r, key, PER_MINUTE(5), now), 12);
    assert_int_equal(rates_take(r, key, PER_MINUTE(5), now + 11 * CLOCK_SECOND), 1);
    assert_int_equal(rates_take(r, key, PER_MINUTE(5), now + 12 * CLOCK_SECOND), 0);
    assert_int_not_equal(rates_take(r, key, PER_MINUTE(5), now + 12 * CLOCK_SECOND), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(rates_take(r, key, PER_MINUTE(5), now + 600 * CLOCK_SECOND), 0);
    assert_int_not_equal(rates_take(r, key, PER_MINUTE(5), now + 600 * CLOCK_SECOND), 0);
    rates_free(r);
}

static void a_refusal_says_how_long(void **state) /* RULE 2 */
{
    (void)state;
    struct rates *r = rates_new();
    uint64_t key = key_of(r, 1);
    int64_t now = NOW * CLOCK_SECOND;
    assert_int_equal(rates_take(r, key, PER_HOUR(1), now), 0);
    int wait = rates_take(r, key, PER_HOUR(1), now + CLOCK_SECOND);
    assert_int_equal(wait, 3599);
    assert_int_equal(rates_take(r, key, PER_HOUR(1), now + (1 + wait) * CLOCK_SECOND), 0);
    assert_int_equal(rates_take(r, key, (struct rate){0, 0}, now), 0); /* no limit */
    /* A clock that was set back must not lock anybody out for long. */
    assert_int_equal(rates_take(r, key, PER_HOUR(1), now - CLOCK_DAY), 0);
    rates_free(r);
}

static void a_full_table_forgets_who_rested_longest(void **state) /* RULE 3 */
{
    (void)state;
    struct rates *r = rates_new();
    int64_t now = NOW * CLOCK_SECOND;
    for (int64_t person = 1; person < 200000; person++)
        rates_take(r, key_of(r, person), PER_HOUR(1), now + person);
    int remembered = 0;
    for (int64_t person = 199000; person < 200000; person++)
        remembered += rates_take(r, key_of(r, person), PER_HOUR(1), now + CLOCK_SECOND) > 0;
    assert_true(remembered > 950); /* the newest thousand of 200,000 in 32,768 places */
    rates_free(r);
}

static void keys_tell_people_routes_and_networks_apart(void **state) /* RULE 4 */
{
    (void)state;
    struct rates *r = rates_new(), *other = rates_new();
    uint64_t key = rates_key(r, "route", 0, S("192.0.2.1"));
    assert_true(key == rates_key(r, "route", 0, S("192.0.2.1")));
    assert_true(key != rates_key(r, "route", 0, S("192.0.2.2")));
    assert_true(key != rates_key(r, "other", 0, S("192.0.2.1")));
    assert_true(key != rates_key(r, "route", 7, S("192.0.2.1")));
    assert_true(key != rates_key(other, "route", 0, S("192.0.2.1"))); /* nobody can aim */
    assert_true(rates_key(r, "route", 7, S("192.0.2.1")) == rates_key(r, "route", 7, S("x")));
    key = rates_key(r, "route", 0, S("2001:db8:1:2::1"));
    assert_true(key == rates_key(r, "route", 0, S("2001:db8:1:2:3:4:5:6")));
    assert_true(key != rates_key(r, "route", 0, S("2001:db8:1:3::1")));
    rates_free(r);
    rates_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_one_at_a_time),
        cmocka_unit_test(a_refusal_says_how_long),
        cmocka_unit_test(a_full_table_forgets_who_rested_longest),
        cmocka_unit_test(keys_tell_people_routes_and_networks_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
