/* markdown_test.c: proves the RULES of markdown.h and of commonmark.h; most from markdown.cases. */
#include "text/markdown.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "core/cases.h"
#include "text/commonmark.h"
#include "text/harmless.h"

enum { HTML_MAX = 1 << 20 };

static void assert_str(struct str got, struct str want)
{
    if (!str_eq(got, want))
        fail_msg("got '" STR_FMT "', want '" STR_FMT "'", STR_ARG(got), STR_ARG(want));
}

static bool mention(void *ctx, struct str handle, struct out *o)
{
    (void)ctx;
    if (str_is(handle, "nobody"))
        return false;
    markdown_link(o, S("mention"), S("/people/"), handle, S("@"), handle);
    return true;
}

static bool tag(void *ctx, struct str name, struct out *o)
{
    (void)ctx;
    markdown_link(o, S("tag"), S("/tags/"), name, S("#"), name);
    return true;
}

static const struct markdown_hooks hooks = {NULL, mention, tag};

static struct str html_of(struct arena *a, struct str source)
{
    struct out o;
    out_init(&o, HTML_MAX);
    assert_true(markdown_html(a, source, &hooks, &o));
    return out_take(&o, a);
}

/* Parsed once for both, it is the same as parsed for each. */
static void assert_both(struct arena *a, struct str source, struct str html)
{
    struct out o;
    out_init(&o, HTML_MAX);
    struct str text = markdown_both(a, source, &hooks, &o);
    assert_str(out_take(&o, a), html);
    assert_str(text, markdown_text(a, source));
}

static struct str repeated(struct arena *a, const char *piece, size_t bytes)
{
    struct out o;
    out_init(&o, SIZE_MAX / 2);
    while (o.n + strlen(piece) <= bytes)
        out_str(&o, str_of(piece));
    return out_take(&o, a);
}

/* RULE 1, RULE 2, RULE 3, RULE 4 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str rest = cases_read(a, "src/text/markdown.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        char why[256];
        struct str got = html_of(a, c.part[0]);
        if (!str_eq(str_trim(got), str_trim(c.part[1])))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
        if (!harmless(got, why, sizeof why))
            fail_msg(STR_FMT ": harmful: %s", STR_ARG(c.title), why);
        assert_both(a, c.part[0], got);
    }
    assert_in_range(count, 80, 1000);
    arena_free(a);
}

/* RULE 1, RULE 2 */
static void what_attackers_write_is_harmless(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str rest = cases_read(a, "src/text/hostile.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        char why[256];
        struct str got = html_of(a, cases_unescape(a, c.part[0]));
        if (!harmless(got, why, sizeof why))
            fail_msg(STR_FMT ": %s in\n" STR_FMT, STR_ARG(c.title), why, STR_ARG(got));
        assert_true(utf8_valid(got));
    }
    assert_in_range(count, 100, 1000);
    arena_free(a);
}

static void without_hooks_names_are_text(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct out o;
    out_init(&o, HTML_MAX);
    assert_true(markdown_html(a, S("@alice #lid"), NULL, &o));
    assert_str(out_text(&o), S("<p>@alice #lid</p>\n"));
    out_free(&o);
    out_init(&o, HTML_MAX);
    struct markdown_hooks tags_only = {.tag = tag};
    assert_true(markdown_html(a, S("@alice #lid"), &tags_only, &o));
    assert_str(out_text(&o), S("<p>@alice <a class=\"tag\" href=\"/tags/lid\">#lid</a></p>\n"));
    out_free(&o);
    arena_free(a);
}

static bool counted(void *ctx, struct str name, struct out *o)
{
    (void)name;
    (void)o;
    ++*(unsigned *)ctx;
    return false;
}

static void hooks_are_asked_so_often_and_no_more(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    unsigned count = 0;
    struct markdown_hooks counting = {&count, counted, counted};
    struct out o;
    out_init(&o, HTML_MAX);
    assert_true(markdown_html(a, repeated(a, "@a #b ", 20000), &counting, &o));
    assert_int_equal(count, MARKDOWN_HOOKS);
    out_free(&o);
    arena_free(a);
}

static size_t times(struct str s, struct str part)
{
    size_t n = 0;
    for (ptrdiff_t at; (at = str_find_str(s, part)) >= 0; n++)
        s = str_from(s, (size_t)at + part.n);
    return n;
}

/* RULE 5 */
static void deep_nesting_leaves_its_text(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str source = str_fmt(a, STR_FMT " deep @alice\n", STR_ARG(repeated(a, ">", 500)));
    struct str html = html_of(a, source);
    assert_in_range(times(html, S("<blockquote>")), 10, MARKDOWN_DEPTH);
    assert_int_equal(times(html, S("</blockquote>")), times(html, S("<blockquote>")));
    assert_int_equal(times(html, S("deep")), 1);

    source = str_fmt(a, STR_FMT "x" STR_FMT, STR_ARG(repeated(a, "*a ", 2000)),
                     STR_ARG(repeated(a, " b*", 2000)));
    html = html_of(a, source);
    assert_int_equal(times(html, S("<em>")), times(html, S("</em>")));
    assert_in_range(times(html, S("<em>")), 10, MARKDOWN_DEPTH);
    arena_free(a);
}

/* RULE 6, commonmark RULE 1 */
static void too_much_is_refused(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct out o;
    out_init(&o, HTML_MAX);
    assert_true(markdown_html(a, repeated(a, "a", MARKDOWN_SOURCE), NULL, &o));
    out_clear(&o);
    assert_false(markdown_html(a, repeated(a, "a", MARKDOWN_SOURCE + 1), NULL, &o));
    assert_true(out_failed(&o));
    out_free(&o);
    out_init(&o, HTML_MAX);
    struct str text = markdown_both(a, repeated(a, "é", MARKDOWN_SOURCE + 7), NULL, &o);
    assert_true(out_failed(&o) && text.n == MARKDOWN_SOURCE);
    out_free(&o);
    out_init(&o, 100);
    assert_false(markdown_html(a, repeated(a, "&", 99), NULL, &o));
    assert_true(out_failed(&o));
    assert_in_range(o.n, 0, 100);
    out_free(&o);

    assert_int_equal(markdown_text(a, repeated(a, "é", MARKDOWN_SOURCE + 7)).n, MARKDOWN_SOURCE);
    assert_true(markdown_text(a, repeated(a, "\xff", MARKDOWN_SOURCE)).n <= MARKDOWN_SOURCE);
    arena_free(a);
}

/* commonmark RULE 2 */
static void tables_out_of_proportion_stay_text(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str cells = repeated(a, "a|", 2000), rule = repeated(a, "-|", 2000);
    struct str rows = repeated(a, "x\n", 2000);
    struct str wide = str_fmt(a, "|" STR_FMT "\n|" STR_FMT "\n" STR_FMT "\n~~gone~~\n",
                              STR_ARG(cells), STR_ARG(rule), STR_ARG(rows));
    assert_int_equal(times(html_of(a, wide), S("<table>")), 0);
    assert_int_equal(times(html_of(a, wide), S("<del>")), 1);
    struct str many = repeated(a, "a|b\n-|-\n1|2\n\n", MARKDOWN_SOURCE);
    assert_int_equal(times(html_of(a, many), S("<table>")), 0);
    struct str good = repeated(a, "a|b\n-|-\n1|2\n\n", 13 * COMMONMARK_TABLES);
    assert_int_equal(times(html_of(a, good), S("<table>")), COMMONMARK_TABLES);
    arena_free(a);
}

#define MIXED S("~~a~~ www.example.org\n\na|b\n-|-\n1|2\n\n- [x] d\n")

static void *parse_again_and_again(void *want)
{
    struct arena *a = arena_new(SIZE_MAX);
    bool same = true;
    for (int i = 0; i < 300; i++) {
        struct out o;
        out_init(&o, HTML_MAX);
        markdown_html(a, MIXED, NULL, &o);
        same &= str_eq(out_take(&o, a), *(struct str *)want);
    }
    arena_free(a);
    return same ? want : NULL;
}

/* commonmark RULE 3 */
static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct out o;
    out_init(&o, HTML_MAX);
    markdown_html(a, MIXED, NULL, &o);
    struct str want = out_take(&o, a);
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, parse_again_and_again, &want), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(thread[i], &result);
        assert_ptr_equal(result, &want);
    }
    arena_free(a);
}

/* commonmark RULE 4 */
static void escaped_signs_begin_no_name(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    assert_str(html_of(a, S("\\@a \\\\@b `\\@c` [\\#d](/\\#e \"\\@f\")")),
               S("<p>@a \\<a class=\"mention\" href=\"/people/b\">@b</a> <code>\\@c</code> "
                 "<a href=\"/#e\" title=\"@f\">#d</a></p>\n"));
    assert_str(html_of(a, S("\xef\xb7\x90@a\tb\x01")), /* nobody can write the mark himself */
               S("<p>\xef\xbf\xbd<a class=\"mention\" href=\"/people/a\">@a</a>\tb\xef\xbf\xbd</p>"
                 "\n"));
    arena_free(a);
}

static void scanning_finds_each_name_once(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str source = S("@Alice and @bob, @ALICE `@carol` #Lid #lid #pot [@dave](/x) \\@eve");
    struct str names[3];
    assert_int_equal(markdown_mentions(a, source, names, 3), 2);
    assert_str(names[0], S("Alice"));
    assert_str(names[1], S("bob"));
    assert_int_equal(markdown_tags(a, source, names, 3), 2);
    assert_str(names[0], S("Lid"));
    assert_str(names[1], S("pot"));
    assert_int_equal(markdown_mentions(a, source, names, 1), 1);

    struct str many[2], more[2];
    struct markdown_names mentions = {many, 0, 2}, tags = {more, 0, 2};
    markdown_scan(a, source, &mentions, &tags);
    assert_int_equal(mentions.n, 2);
    assert_int_equal(tags.n, 2);
    markdown_scan(a, S("nothing"), &mentions, NULL);
    assert_int_equal(mentions.n, 2);
    arena_free(a);
}

static void plain_text_has_no_marks(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    assert_str(
        markdown_text(a, S("# Lids\n\nA **better**\nlid[^1], [see](/x \"t\")  \nhere:\n\n"
                           "- [x] one\n- two\n\n```c\nif (a < b)\n```\n\n"
                           "a|b\n-|-\n1|`2`\n\n![A lid](/l.png) &amp; \\@x <b>y</b>\n")),
        S("Lids A better lid[^1], see here: one two if (a < b) a b 1 2 A lid & @x <b>y</b>"));
    assert_str(markdown_text(a, S("")), S(""));
    arena_free(a);
}

/* Sources that some parsers take a square, or worse, of their length for. */
static void no_text_takes_long(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        ">",    "> - ",    "- ",      "*a **a ",     "a**b",
        "[",    "[a](b",   "![[]()",  "[a] ",        "_",
        "*_",   "`a``",    "<",       "<?",          "&",
        "\\",   "|",       "a|b\n",   "http://",     "www.",
        "a@",   "a.a@b.c", "~",       "[|]\n---|\n", "&hearts;",
        "\\@",  "@a ",     "- a\n\n", "a\n> ",       "[^1]",
        "]",    "<a",      "1. ",     "{",           "\n",
        "-|\n", ":-\n",    "|-\n",    "a\r-|-\r",    "\xf0\x9f\x90\x9d",
        "\xff",
    };
    struct arena *a = arena_new(SIZE_MAX);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        clock_t start = clock(); /* of this process: others may be busy */
        struct out o;
        out_init(&o, HTML_MAX);
        markdown_html(a, repeated(a, pieces[i], MARKDOWN_SOURCE), &hooks, &o);
        out_free(&o);
        if (clock() - start > 5 * CLOCKS_PER_SEC) /* a tenth of that, unsanitized */
            fail_msg("'%s' takes too long", pieces[i]);
        arena_reset(a);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(what_attackers_write_is_harmless),
        cmocka_unit_test(without_hooks_names_are_text),
        cmocka_unit_test(hooks_are_asked_so_often_and_no_more),
        cmocka_unit_test(deep_nesting_leaves_its_text),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(tables_out_of_proportion_stay_text),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(escaped_signs_begin_no_name),
        cmocka_unit_test(scanning_finds_each_name_once),
        cmocka_unit_test(plain_text_has_no_marks),
        cmocka_unit_test(no_text_takes_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
