/* numbers_test.c: proves the RULES of numbers.h, money.h and dates.h, from numbers.cases. */
#include "text/numbers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/clock.h"
#include "core/rand.h"
#include "core/zone.h"
#include "text/dates.h"
#include "text/money.h"

struct options {
    struct str what;
    int scale;
    char decimal;
    const struct currency *usual;
    enum date_order order;
    const struct zone *zone;
};

static struct options options_of(struct arena *a, struct str title)
{
    struct options o = {.order = DATE_UNKNOWN};
    struct str word;
    str_split(&title, ' ', &o.what);
    while (str_split(&title, ' ', &word)) {
        if (str_starts(word, S("scale=")))
            o.scale = word.p[6] - '0';
        else if (word.n == 1)
            o.decimal = word.p[0] == '.' || word.p[0] == ',' ? word.p[0] : 0;
        else if (str_is(word, "day"))
            o.order = DATE_DAY_FIRST;
        else if (str_is(word, "month"))
            o.order = DATE_MONTH_FIRST;
        else if (str_has(word, S("/")))
            assert_non_null(o.zone = zone_open(a, word));
        else if (word.p[0] >= 'A' && word.p[0] <= 'Z')
            o.usual = currency_find(word);
    }
    return o;
}

static struct str read_money(struct arena *a, const struct options *o, struct str s,
                             const char **wrong)
{
    struct money m;
    if ((*wrong = money_read(s, o->usual, o->decimal, &m)))
        return S("");
    if (str_is(o->what, "people"))
        return money_people(a, m);
    struct str plain = money_plain(a, m);
    struct money again;
    assert_null(money_read(plain, m.currency, '.', &again)); /* money RULE 3 */
    assert_true(again.minor == m.minor && again.currency == m.currency);
    return str_fmt(a, STR_FMT " %s", STR_ARG(plain), m.currency->code);
}

static struct str read_one(struct arena *a, const struct options *o, struct str s)
{
    const char *wrong = NULL;
    char *buf = arena_alloc(a, 32);
    int64_t n = 0;
    struct str got = S("");
    if (str_is(o->what, "number") && !(wrong = number_read(s, o->scale, o->decimal, &n)))
        got = number_plain(a, n, o->scale);
    else if (str_is(o->what, "whole") && !(wrong = whole_read(s, o->decimal, &n)))
        got = number_plain(a, n, 0);
    else if (str_is(o->what, "money") || str_is(o->what, "people"))
        got = read_money(a, o, s, &wrong);
    else if (str_is(o->what, "date") && !(wrong = date_read(s, o->order, &n)))
        got = date_plain(buf, n);
    else if (str_is(o->what, "time") && !(wrong = time_read(s, o->order, o->zone, &n)))
        got = clock_rfc3339(buf, n);
    return wrong ? str_fmt(a, "! %s", wrong) : got;
}

/* RULE 1-4; money RULE 1-2; dates RULE 1-5 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 24);
    struct str rest = cases_read(a, "src/text/numbers.cases");
    struct test_case c;
    size_t lines = 0;
    while (cases_next(&rest, &c)) {
        struct options o = options_of(a, c.title);
        struct str in, want;
        for (; str_split(&c.part[0], '\n', &in); lines++) {
            if (!str_split(&c.part[1], '\n', &want))
                fail_msg(STR_FMT ": no answer for " STR_FMT, STR_ARG(c.title), STR_ARG(in));
            struct str got = read_one(a, &o, in);
            if (!str_eq(got, want))
                fail_msg(STR_FMT ": " STR_FMT " is read as " STR_FMT, STR_ARG(c.title), STR_ARG(in),
                         STR_ARG(got));
        }
        assert_int_equal(c.part[1].n, 0);
    }
    assert_in_range(lines, 150, 10000);
    arena_free(a);
}

/* RULE 5 */
static void what_is_printed_is_read_back(void **state)
{
    (void)state;
    struct rand_seq r = {5};
    struct arena *a = arena_new(1 << 24);
    for (int i = 0; i < 20000; i++) {
        int scale = (int)rand_below(&r, NUMBER_SCALE_MAX + 1);
        int64_t value = (int64_t)(rand_next(&r) >> rand_below(&r, 63)), again;
        value = i == 0 ? INT64_MIN : i == 1 ? INT64_MAX : i % 2 ? -value : value;
        struct str plain = number_plain(a, value, scale);
        assert_null(number_read(plain, scale, '.', &again));
        assert_true(again == value);
        if (scale != 3) {
            assert_null(number_read(plain, scale, ',', &again));
            assert_true(again == value);
        }
        struct str grouped = number_grouped(a, value, scale);
        assert_null(number_read(grouped, scale, '.', &again));
        assert_true(again == value);
        arena_reset(a);
    }
    arena_free(a);
}

static void columns_tell_their_decimals_and_order(void **state)
{
    (void)state;
    const struct str german[] = {S("1.234"), S("5"), S("1,5"), S("")};
    const struct str english[] = {S("1,234"), S("1,234,567 EUR")};
    const struct str both[] = {S("1,5"), S("1.5")};
    const struct str neither[] = {S("1,234"), S("12")};
    assert_int_equal(number_decimal(german, 4), ',');
    assert_int_equal(number_decimal(english, 2), '.');
    assert_int_equal(number_decimal(both, 2), 0);
    assert_int_equal(number_decimal(neither, 2), 0);
    const struct str days[] = {S("3/4/2026"), S("31/4/2026 12:30"), S("x")};
    const struct str months[] = {S("3/4/2026"), S("4/31/26")};
    const struct str none[] = {S("3/4/2026"), S("2026-04-03"), S("3 Apr 2026")};
    assert_int_equal(date_order_of(days, 3), DATE_DAY_FIRST);
    assert_int_equal(date_order_of(months, 2), DATE_MONTH_FIRST);
    assert_int_equal(date_order_of(none, 3), DATE_UNKNOWN);
}

static void currencies_are_in_order(void **state)
{
    (void)state;
    size_t n;
    const struct currency *c = currencies(&n);
    assert_in_range(n, 150, 200);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || strcmp(c[i - 1].code, c[i].code) < 0);
        assert_ptr_equal(currency_find(str_of(c[i].code)), &c[i]);
    }
    assert_null(currency_find(S("EU")));
    assert_null(currency_find(S("QQQ")));
    assert_int_equal(currency_find(S("jpy"))->digits, 0);
    assert_int_equal(currency_find(S("TND"))->digits, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(what_is_printed_is_read_back),
        cmocka_unit_test(columns_tell_their_decimals_and_order),
        cmocka_unit_test(currencies_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
