/* str_test.c: proves the RULES of str.h; most from str.cases. */
#include "core/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/cases.h"

#define assert_str(got, want)                                                                      \
    do {                                                                                           \
        struct str got_ = (got), want_ = (want);                                                   \
        if (!str_eq(got_, want_))                                                                  \
            fail_msg("got '" STR_FMT "', want '" STR_FMT "'", STR_ARG(got_), STR_ARG(want_));      \
    } while (0)

static struct str int_text(struct arena *a, struct str s)
{
    int64_t n;
    return str_int(s, &n) ? str_fmt(a, "%lld", (long long)n) : S("refused");
}

static struct str case_run(struct arena *a, struct str what, struct str s)
{
    if (str_is(what, "int"))
        return int_text(a, s);
    if (str_is(what, "utf8"))
        return utf8_valid(s) ? S("valid") : S("refused");
    if (str_is(what, "decode"))
        return str_url_decode(a, s, false);
    if (str_is(what, "form"))
        return str_url_decode(a, s, true);
    if (str_is(what, "encode"))
        return str_url_encode(a, s);
    if (str_is(what, "slug"))
        return str_slug(a, s, 200);
    if (str_is(what, "slug40"))
        return str_slug(a, s, 40);
    if (str_is(what, "trim"))
        return str_trim(s);
    fail_msg("no such kind of case: " STR_FMT, STR_ARG(what));
    return s;
}

/* str.h RULE 1, RULE 2, RULE 3, RULE 4 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str rest = cases_read(a, "src/core/str.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        struct str title = c.title, what = title;
        str_split(&title, ' ', &what);
        struct str want = cases_unescape(a, c.part[1]);
        struct str got = case_run(a, what, cases_unescape(a, c.part[0]));
        if (!str_eq(got, want))
            fail_msg(STR_FMT ": got '" STR_FMT "'", STR_ARG(c.title), STR_ARG(got));
    }
    assert_in_range(count, 50, 1000);
    arena_free(a);
}

static void splitting_gives_every_field(void **state)
{
    (void)state;
    struct str rest = S("a,,b"), field;
    assert_true(str_split(&rest, ',', &field));
    assert_str(field, S("a"));
    assert_true(str_split(&rest, ',', &field));
    assert_str(field, S(""));
    assert_true(str_split(&rest, ',', &field));
    assert_str(field, S("b"));
    assert_false(str_split(&rest, ',', &field));
    rest = S("");
    assert_false(str_split(&rest, ',', &field));
}

static void comparing_and_finding(void **state)
{
    (void)state;
    assert_true(str_eq(S(""), (struct str){NULL, 0}));
    assert_true(str_eq_nocase(S("Content-LENGTH"), S("content-length")));
    assert_false(str_eq_nocase(S("a[b"), S("a{b"))); /* one bit apart, but no letters */
    assert_true(str_cmp(S("a"), S("ab")) < 0);
    assert_true(str_cmp(S("\xff"), S("a")) > 0);
    assert_int_equal(str_cmp(S("ab"), S("ab")), 0);
    assert_true(str_starts(S("abc"), S("ab")));
    assert_false(str_starts(S("a"), S("ab")));
    assert_true(str_ends(S("abc"), S("bc")));
    assert_false(str_ends(S("c"), S("bc")));
    assert_int_equal(str_find(S("a=b"), '='), 1);
    assert_int_equal(str_find(S(""), '='), -1);
    assert_int_equal(str_find_str(S("one two"), S("two")), 4);
    assert_int_equal(str_find_str(S("one"), S("")), 0);
    assert_true(str_has(S("one two"), S("e t")));
    assert_false(str_has(S("one"), S("one two")));
}

static void making_text(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str copy = str_dup(a, S("a\0b"));
    assert_str(copy, S("a\0b"));
    assert_int_equal(copy.p[copy.n], 0);
    assert_str(str_fmt(a, "%d-%s", 7, "x"), S("7-x"));
    struct str wide = str_fmt(a, "%1000d", 7); /* longer than the first try */
    assert_int_equal(wide.n, 1000);
    assert_int_equal(wide.p[999], '7');
    struct str parts[] = {S("a"), S(""), S("c")};
    assert_str(str_join(a, parts, 3, S(", ")), S("a, , c"));
    assert_str(str_join(a, parts, 0, S(", ")), S(""));
    assert_str(str_lower(a, S("ÀBC[Z")), S("Àbc[z"));
    assert_str(str_hex(a, "\x00\xfe\x10", 3), S("00fe10"));
    assert_true(str_hash(S("")) == UINT64_C(0xcbf29ce484222325)); /* FNV-1a's own test vectors */
    assert_true(str_hash(S("foobar")) == UINT64_C(0x85944171f73967e8));
    arena_free(a);
}

static void code_points(void **state)
{
    (void)state;
    struct str s = S("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9dz"); /* a, e acute, euro, bee, z */
    static const uint32_t want[] = {'a', 0xE9, 0x20AC, 0x1F41D, 'z'};
    size_t at = 0;
    for (size_t i = 0; i < 5; i++) {
        size_t from = at;
        assert_int_equal(utf8_next(s, &at), want[i]);
        char put[4];
        assert_str(str_make(put, utf8_put(put, want[i])), str_first(str_from(s, from), at - from));
    }
    assert_int_equal(at, s.n);
    assert_int_equal(utf8_len(s), 5);
    assert_int_equal(utf8_first(s, 3).n, 6);
    assert_int_equal(utf8_first(s, 0).n, 0);
    assert_int_equal(utf8_first(s, 99).n, s.n);
    at = 0;
    assert_int_equal(utf8_next(S("\xe2\x82"), &at), 0xFFFD); /* cut off: never past the end */
    assert_int_equal(at, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(splitting_gives_every_field),
        cmocka_unit_test(comparing_and_finding),
        cmocka_unit_test(making_text),
        cmocka_unit_test(code_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
