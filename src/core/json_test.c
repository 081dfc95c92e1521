/* json_test.c: proves the RULE of json.h, with jansson as the judge. */
#include "core/json.h"

#include <float.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/rand.h"

static void assert_text(struct out *o, struct str want)
{
    struct str got = out_text(o);
    if (!str_eq(got, want))
        fail_msg("got '" STR_FMT "', want '" STR_FMT "'", STR_ARG(got), STR_ARG(want));
    out_clear(o);
}

static void commas_are_placed(void **state)
{
    (void)state;
    struct out o;
    out_init(&o, 1 << 16);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kint(&j, "id", 12);
    json_kstr(&j, "title", S("Better \"lids\""));
    json_key(&j, "tags");
    json_open(&j, '[');
    json_str(&j, S("a"));
    json_open(&j, '[');
    json_close(&j, ']');
    json_int(&j, -1);
    json_open(&j, '{');
    json_close(&j, '}');
    json_nil(&j);
    json_close(&j, ']');
    json_kbool(&j, "open", true);
    json_ktime(&j, "at", CLOCK_SECOND);
    json_ktime(&j, "done_at", 0);
    json_close(&j, '}');
    assert_text(&o, S("{\"id\":12,\"title\":\"Better \\\"lids\\\"\",\"tags\":[\"a\",[],-1,{},null],"
                      "\"open\":true,\"at\":\"1970-01-01T00:00:01Z\",\"done_at\":null}"));
    out_free(&o);
}

/* json.h RULE 1 */
static void any_text_is_valid_json(void **state)
{
    (void)state;
    static const char edges[] = "\xe2\x80\xa8\xed\xa0\"\\<\0\xf4";
    struct rand_seq r = {1};
    struct out o;
    out_init(&o, 1 << 16);
    for (int round = 0; round < 2000; round++) {
        char text[48];
        size_t n = rand_below(&r, sizeof text);
        for (size_t i = 0; i < n; i++) /* half of it at the edges of UTF-8 and JSON */
            text[i] = rand_next(&r) & 1 ? (char)rand_next(&r) : edges[rand_below(&r, 10)];
        struct json j = json_to(&o);
        json_open(&j, '[');
        json_str(&j, str_make(text, n));
        json_close(&j, ']');
        json_error_t error;
        json_t *read = json_loadb(o.p, o.n, JSON_ALLOW_NUL, &error);
        if (!read)
            fail_msg("round %d: %s in " STR_FMT, round, error.text, STR_ARG(out_text(&o)));
        struct str back = str_make(json_string_value(json_array_get(read, 0)),
                                   json_string_length(json_array_get(read, 0)));
        assert_true(!utf8_valid(str_make(text, n)) || str_eq(back, str_make(text, n)));
        json_decref(read);
        out_clear(&o);
    }
    out_free(&o);
}

/* json.h RULE 1 */
static void reals_read_back(void **state)
{
    (void)state;
    static const double reals[] = {0,       0.1,     -2.5,    1.0 / 3, 1e300,     5e-324,
                                   DBL_MAX, DBL_MIN, 1234567, 1e21,    123456.789};
    struct out o;
    out_init(&o, 1 << 16);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        struct json j = json_to(&o);
        json_double(&j, reals[i]);
        json_t *read = json_loadb(o.p, o.n, JSON_DECODE_ANY, NULL);
        assert_non_null(read);
        assert_true(json_number_value(read) == reals[i]);
        json_decref(read);
        out_clear(&o);
    }
    struct json j = json_to(&o);
    json_double(&j, 0.1);
    assert_text(&o, S("0.1"));
    j = json_to(&o);
    json_double(&j, __builtin_nan(""));
    assert_text(&o, S("null"));
    j = json_to(&o);
    json_double(&j, -__builtin_inf());
    assert_text(&o, S("null"));
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8")) { /* where it is installed: a comma there, not here */
        j = json_to(&o);
        json_double(&j, 2.5);
        assert_text(&o, S("2.5"));
        setlocale(LC_NUMERIC, "C");
    }
    out_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_are_placed),
        cmocka_unit_test(any_text_is_valid_json),
        cmocka_unit_test(reals_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
