/* phone_test.c: proves the RULES of phone.h, from phone.cases. */
#include "text/phone.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/rand.h"

/* RULE 5 */
static void assert_stays(struct arena *a, const struct phone *phone)
{
    struct phone again;
    assert_null(phone_read(str_of(phone->e164), NULL, &again));
    assert_string_equal(again.e164, phone->e164);
    assert_null(phone_read(phone_display(a, str_of(phone->e164)), "DE", &again));
    assert_string_equal(again.e164, phone->e164);
}

/* RULE 1-4 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 24);
    struct str rest = cases_read(a, "src/text/phone.cases");
    struct test_case c;
    size_t lines = 0;
    while (cases_next(&rest, &c)) {
        struct str in, want, country;
        str_split(&c.title, ' ', &country);
        for (; str_split(&c.part[0], '\n', &in); lines++) {
            struct phone phone;
            const char *wrong = phone_read(in, str_cstr(a, country), &phone);
            struct str shown = wrong ? S("") : phone_display(a, str_of(phone.e164));
            struct str got =
                wrong ? str_fmt(a, "! %s", wrong)
                      : str_fmt(a, "%s%s%s " STR_FMT, phone.e164, phone.extension[0] ? " x" : "",
                                phone.extension, STR_ARG(shown));
            if (!str_split(&c.part[1], '\n', &want) || !str_eq(got, want))
                fail_msg("in " STR_FMT ": " STR_FMT " is read as " STR_FMT, STR_ARG(country),
                         STR_ARG(in), STR_ARG(got));
            if (!wrong)
                assert_stays(a, &phone);
        }
        assert_int_equal(c.part[1].n, 0);
    }
    assert_in_range(lines, 50, 1000);
    arena_free(a);
}

/* RULE 3, RULE 5 */
static void any_digits_stay_or_are_refused(void **state)
{
    (void)state;
    static const char *const countries[] = {"DE", "US", "IT", "RU", "GB", "HU", "BY", "", "JP"};
    struct rand_seq r = {9};
    struct arena *a = arena_new(1 << 24);
    size_t read = 0;
    for (int i = 0; i < 50000; i++) {
        char text[24];
        struct phone phone;
        size_t n = 1 + rand_below(&r, 16);
        for (size_t j = 0; j < n; j++)
            text[j] = "00123456789+ ("[rand_below(&r, j ? 13 : 12)];
        const char *country = countries[rand_below(&r, 9)];
        if (phone_read(str_make(text, n), country, &phone))
            continue;
        assert_in_range(strlen(phone.e164), 5, PHONE_DIGITS + 1);
        assert_stays(a, &phone);
        read++;
        arena_reset(a);
    }
    assert_in_range(read, 5000, 50000);
    arena_free(a);
}

static void countries_have_codes(void **state)
{
    (void)state;
    assert_int_equal(phone_country_code("de"), 49);
    assert_int_equal(phone_country_code("XX"), 0);
    assert_int_equal(phone_country_code(NULL), 0);
    assert_true(str_is(phone_country(S("+4971112345")), "DE"));
    assert_true(str_is(phone_country(S("+15550109999")), "US"));
    assert_true(str_is(phone_country(S("+0")), ""));
    assert_true(str_is(phone_country(S("")), ""));
    struct arena *a = arena_new(1 << 16);
    assert_true(str_is(phone_display(a, S("0711 1")), "0711 1"));
    assert_true(str_is(phone_display(a, S("")), ""));
    assert_true(str_is(phone_display(a, S("+999123456")), "+999123456"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(any_digits_stay_or_are_refused),
        cmocka_unit_test(countries_have_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
