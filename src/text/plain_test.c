/* plain_test.c: proves the RULES of plain.h. */
#include "text/plain.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_str(struct str got, struct str want)
{
    if (!str_eq(got, want))
        fail_msg("got '" STR_FMT "', want '" STR_FMT "'", STR_ARG(got), STR_ARG(want));
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

/* RULE 1 */
static void cleaning(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str good = S("a\tb\r\nc \xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d " BAD);
    assert_ptr_equal(text_clean(a, good).p, good.p);
    assert_int_equal(text_clean(a, (struct str){NULL, 0}).n, 0);
    assert_str(text_clean(a, S("a\0b\x01\x1b\x7f")), S("a" BAD "b" BAD BAD BAD));
    assert_str(text_clean(a, S("\xc2\x85x")), S(BAD "x"));                /* U+0085 */
    assert_str(text_clean(a, S("\xef\xbf\xbe\xef\xb7\x90")), S(BAD BAD)); /* no characters */
    assert_str(text_clean(a, S("\xff\xe2\x82")), S(BAD BAD BAD));
    assert_str(text_clean(a, S("\xed\xa0\x80")), S(BAD BAD BAD)); /* a surrogate */
    arena_free(a);
}

/* RULE 2 */
static void blanks(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct out o;
    out_init(&o, 1000);
    struct plain p = {&o, false};
    plain_gap(&p);
    plain_add(&p, S("  a \n\t b"));
    plain_add(&p, S("c "));
    plain_add(&p, S(""));
    plain_gap(&p);
    plain_add(&p, S(" d"));
    plain_add(&p, S(" \n"));
    assert_str(out_take(&o, a), S("a bc d"));
    arena_free(a);
}

/* RULE 3 */
static void excerpts(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        size_t chars;
        struct str want;
    } cuts[] = {
        {S("short"), 10, S("short")},
        {S("exactly ten"), 11, S("exactly ten")},
        {S("one two three"), 12, S("one two\xe2\x80\xa6")},
        {S("one two three"), 9, S("one two\xe2\x80\xa6")},
        {S("one two three"), 8, S("one two\xe2\x80\xa6")},
        {S("one two three"), 7, S("one\xe2\x80\xa6")},
        {S("one, two"), 6, S("one\xe2\x80\xa6")},
        {S("averylongwordindeed"), 6, S("avery\xe2\x80\xa6")},
        {S("ab averylongwordindeed"), 12, S("ab averylon\xe2\x80\xa6")},
        {S("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"), 3, S("\xc3\xa9\xc3\xa9\xe2\x80\xa6")},
        {S("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"), 4, S("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9")},
        {S("x y"), 1, S("\xe2\x80\xa6")},
        {S("x"), 0, S("")},
        {S(""), 5, S("")},
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct str got = text_excerpt(a, cuts[i].text, cuts[i].chars);
        assert_str(got, cuts[i].want);
        assert_true(utf8_len(got) <= cuts[i].chars);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleaning),
        cmocka_unit_test(blanks),
        cmocka_unit_test(excerpts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
