/* out_test.c: proves the RULES of out.h. */
#include "core/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/arena.h"

static void assert_text(struct out *o, struct str want)
{
    struct str got = out_text(o);
    if (!str_eq(got, want))
        fail_msg("got '" STR_FMT "', want '" STR_FMT "'", STR_ARG(got), STR_ARG(want));
    out_clear(o);
}

/* out.h RULE 1 */
static void past_the_maximum_nothing_changes(void **state)
{
    (void)state;
    struct out o;
    out_init(&o, 10);
    out_lit(&o, "12345678");
    out_lit(&o, "abc");
    assert_true(out_failed(&o));
    out_lit(&o, "x"); /* would fit, but the text is spoilt */
    out_int(&o, 1);
    out_fmt(&o, "%d", 1);
    out_html(&o, S("y"));
    assert_true(out_failed(&o));
    assert_text(&o, S("12345678"));
    assert_false(out_failed(&o));
    out_lit(&o, "1234567890");
    assert_false(out_failed(&o));
    assert_text(&o, S("1234567890"));
    out_free(&o);

    out_init(&o, 0);
    out_lit(&o, "");
    assert_false(out_failed(&o));
    out_lit(&o, "x");
    assert_true(out_failed(&o));
    assert_text(&o, S(""));
    out_free(&o);
}

static void growth_loses_nothing(void **state)
{
    (void)state;
    struct out o;
    out_init(&o, 1 << 20);
    for (int i = 0; i < 100000; i++)
        out_fmt(&o, "%07d,", i);
    assert_false(out_failed(&o));
    assert_int_equal(o.n, 800000);
    for (int i = 0; i < 100000; i += 997) {
        char want[16];
        snprintf(want, sizeof want, "%07d,", i);
        assert_memory_equal(o.p + 8 * i, want, 8);
    }
    out_clear(&o);
    out_fmt(&o, "%500d", 7); /* longer than the first try */
    assert_int_equal(o.n, 500);
    out_free(&o);
}

/* out.h RULE 2 */
static void html_escapes_five_and_nothing_else(void **state)
{
    (void)state;
    struct out o;
    out_init(&o, 1 << 16);
    for (int c = 0; c < 256;
         c++) { /* at every place of texts of many lengths: see html_short and html_plain_end */
        for (size_t i = 0; i < 40 + 7 + 12 + 20 + 16 + 4 + 3; i++) {
            size_t lengths[] = {40, 7, 12, 20, 16, 4, 3}, at = i, which = 0;
            while (at >= lengths[which])
                at -= lengths[which++];
            char text[40];
            memset(text, 'a', sizeof text);
            text[at] = (char)c;
            const char *name = c == '&'    ? "&amp;"
                               : c == '<'  ? "&lt;"
                               : c == '>'  ? "&gt;"
                               : c == '"'  ? "&quot;"
                               : c == '\'' ? "&#39;"
                                           : NULL;
            char want[60];
            memset(want, 'a', sizeof want);
            size_t n = name ? strlen(name) : 1;
            memcpy(want + at, name ? name : &text[at], n);
            out_html(&o, str_make(text, lengths[which]));
            assert_text(&o, str_make(want, lengths[which] - 1 + n));
        }
    }
    out_html(&o, S("<a href='x'>\"&amp;\"</a>"));
    assert_text(&o, S("&lt;a href=&#39;x&#39;&gt;&quot;&amp;amp;&quot;&lt;/a&gt;"));
    out_html(&o, (struct str){NULL, 0});
    assert_text(&o, S(""));
    out_free(&o);
}

/* out.h RULE 3 */
static void json_text_is_safe(void **state)
{
    (void)state;
    struct out o;
    out_init(&o, 1 << 16);
    out_json_str(&o, S("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f"));
    assert_text(&o, S("\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""));
    out_json_str(&o, S("</script><!--"));
    assert_text(&o, S("\"\\u003c/script>\\u003c!--\""));
    out_json_str(&o, S("\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xaa")); /* U+2028, U+2029, U+202A */
    assert_text(&o, S("\"\\u2028|\\u2029|\xe2\x80\xaa\""));
    out_json_str(&o, S("\xc3\xa9\xff\xe2\x82z\xed\xa0\x80")); /* broken UTF-8 */
    assert_text(&o, S("\"\xc3\xa9\\ufffd\\ufffd\\ufffdz\\ufffd\\ufffd\\ufffd\""));
    out_json_str(&o, S("\0"));
    assert_text(&o, S("\"\\u0000\""));
    out_json_str(&o, (struct str){NULL, 0});
    assert_text(&o, S("\"\""));
    out_free(&o);
}

static void numbers_and_urls(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0,  1,   9,   10,   99,     100,       101,      12345,
                                      -1, -10, -99, -100, 999999, INT64_MIN, INT64_MAX};
    struct out o;
    out_init(&o, 1 << 16);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char want[32];
        snprintf(want, sizeof want, "%lld", (long long)numbers[i]);
        out_int(&o, numbers[i]);
        assert_text(&o, str_of(want));
    }
    out_url(&o, S("a b/é?&=+%~-._"));
    assert_text(&o, S("a%20b%2F%C3%A9%3F%26%3D%2B%25~-._"));
    out_free(&o);
}

static void taking_moves_into_the_arena(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct out o;
    out_init(&o, 100);
    out_lit(&o, "kept");
    struct str kept = out_take(&o, a);
    assert_null(o.p);
    assert_true(str_is(kept, "kept"));
    assert_int_equal(out_take(&o, a).n, 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(past_the_maximum_nothing_changes),
        cmocka_unit_test(growth_loses_nothing),
        cmocka_unit_test(html_escapes_five_and_nothing_else),
        cmocka_unit_test(json_text_is_safe),
        cmocka_unit_test(numbers_and_urls),
        cmocka_unit_test(taking_moves_into_the_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
