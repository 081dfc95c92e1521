/* sanitize_test.c: proves the RULES of sanitize.h and of tree.h; most from sanitize.cases. */
#include "text/sanitize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "core/cases.h"
#include "text/harmless.h"
#include "text/tree.h"

enum { HTML_MAX = 1 << 22 };

static struct str clean(struct arena *a, struct str html)
{
    struct out o;
    out_init(&o, HTML_MAX);
    assert_true(sanitize_html(a, html, &o));
    return out_take(&o, a);
}

static struct str repeated(struct arena *a, const char *piece, size_t bytes)
{
    struct out o;
    out_init(&o, SIZE_MAX / 2);
    while (o.n + strlen(piece) <= bytes)
        out_str(&o, str_of(piece));
    return out_take(&o, a);
}

/* Ours again as theirs: headings one step of demotion back. */
static struct str promoted(struct arena *a, struct str html)
{
    char *p = str_cstr(a, html);
    for (size_t i = 0; i + 4 < html.n; i++) {
        size_t at = i + 2 + (p[i + 1] == '/');
        if (p[i] == '<' && p[at - 1] == 'h' && p[at] >= '3' && p[at] <= '6')
            p[at] = (char)(p[at] - 2);
    }
    return str_make(p, html.n);
}

/* RULE 1, RULE 2, RULE 3, RULE 4, RULE 5 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str rest = cases_read(a, "src/text/sanitize.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        char why[256];
        struct str got = clean(a, c.part[0]);
        if (!str_eq(str_trim(got), str_trim(c.part[1])))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
        if (!harmless(got, why, sizeof why))
            fail_msg(STR_FMT ": harmful: %s", STR_ARG(c.title), why);
        struct str again = clean(a, promoted(a, got));
        if (!str_eq(again, got))
            fail_msg(STR_FMT ": the second time\n" STR_FMT, STR_ARG(c.title), STR_ARG(again));
    }
    assert_in_range(count, 50, 1000);
    arena_free(a);
}

/* RULE 1, RULE 2, RULE 5 */
static void what_attackers_write_is_harmless(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str rest = cases_read(a, "src/text/hostile.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        char why[256];
        struct str got = clean(a, cases_unescape(a, c.part[0]));
        if (!harmless(got, why, sizeof why))
            fail_msg(STR_FMT ": %s in\n" STR_FMT, STR_ARG(c.title), why, STR_ARG(got));
        assert_true(utf8_valid(got));
        struct str again = clean(a, promoted(a, got));
        if (!str_eq(again, got))
            fail_msg(STR_FMT ": once\n" STR_FMT "\ntwice\n" STR_FMT, STR_ARG(c.title), STR_ARG(got),
                     STR_ARG(again));
    }
    assert_in_range(count, 100, 1000);
    arena_free(a);
}

/* RULE 6: deeper than any post is, yet parsed: the text stays, the elements end. */
static void deep_nesting_leaves_its_text(void **state)
{
    (void)state;
    static const struct {
        const char *open, *close, *element;
    } nests[] = {
        {"<div>", "</div>", "<p>"},
        {"<blockquote>", "</blockquote>", "<blockquote>"},
        {"<ul><li>", "</li></ul>", "<ul>"},
        {"<table><tr><td>", "</table>", "<table>"},
        {"<b>", "</b>", "<b>"},
    };
    struct arena *a = arena_new(SIZE_MAX);
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        struct out in;
        char why[256];
        out_init(&in, HTML_MAX);
        for (int n = 0; n < 200; n++)
            out_str(&in, str_of(nests[i].open));
        out_lit(&in, "deep <i>text</i> <script>no</script>");
        for (int n = 0; n < 200; n++)
            out_str(&in, str_of(nests[i].close));
        out_lit(&in, "behind");
        struct str got = clean(a, out_take(&in, a));
        assert_true(str_has(got, S("deep")));
        assert_true(str_has(got, S("text")));
        assert_true(str_has(got, S("behind")));
        assert_true(str_has(got, str_of(nests[i].element)));
        assert_false(str_has(got, S("no")));
        assert_true(harmless(got, why, sizeof why));
    }
    arena_free(a);
}

/* RULE 6, tree RULE 1 */
static void what_cannot_be_parsed_is_escaped(void **state)
{
    (void)state;
    struct arena *a = arena_new(SIZE_MAX);
    struct str html = str_fmt(a, STR_FMT "text & more", STR_ARG(repeated(a, "<div>", 5000)));
    struct out o;
    char why[256];
    out_init(&o, HTML_MAX);
    assert_false(sanitize_html(a, html, &o));
    assert_false(out_failed(&o));
    assert_true(str_starts(out_text(&o), S("<p>&lt;div&gt;")));
    assert_true(str_ends(out_text(&o), S("text &amp; more</p>\n")));
    assert_true(harmless(out_text(&o), why, sizeof why));
    out_free(&o);
    assert_true(str_ends(sanitize_text(a, html), S("text & more")));
    assert_null(tree_parse(a, html));
    assert_null(tree_parse(a, repeated(a, "a", TREE_SOURCE + 1)));
    assert_non_null(tree_parse(a, repeated(a, "a", TREE_SOURCE)));

    out_init(&o, 100);
    assert_false(sanitize_html(a, repeated(a, "<p>a", 1000), &o));
    assert_true(out_failed(&o));
    out_free(&o);
    arena_free(a);
}

/* tree RULE 1: small sources of large trees, and of much work. */
static void no_html_takes_long(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "<p>",
        "<div>",
        "<div></x>",
        "<div><object></div></object>",
        "<b><p></b>",
        "<a><b><i><p>x",
        "<font size=1><font size=2><font color=3><p>",
        "<table>",
        "<table><tr><td></table>",
        "<table><b>",
        "<table><tr><td><table><tr><td></div></table>",
        "<a href=/x>",
        "<li>",
        "<ul><li></ul>",
        "<option>",
        "<svg><desc>",
        "<math><mi>",
        "<template>",
        "<select><option>",
        "<",
        "<!--",
        "&",
        "&hearts;",
        "<a a=1 b=2 c=3 d=4 e=5 f=6>",
        "<x ",
        "<x a=\"",
        "\n",
        "</p>",
        "</br>",
        "<nobr>x",
        "<button><p>",
        "<ruby><rt>",
        "<h1></h2>",
        "\xff",
    };
    struct arena *a = arena_new(SIZE_MAX);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        clock_t start = clock(); /* of this process: others may be busy */
        struct out o;
        out_init(&o, HTML_MAX);
        struct str html = repeated(a, pieces[i], 1 << 16);
        sanitize_html(a, html, &o);
        sanitize_text(a, html);
        out_free(&o);
        if (clock() - start > 5 * CLOCKS_PER_SEC) /* a tenth of that, unsanitized */
            fail_msg("'%s' takes too long", pieces[i]);
        arena_reset(a);
    }
    struct out many; /* a formatting element that differs each time is opened again each time */
    out_init(&many, HTML_MAX);
    out_lit(&many, "<p>");
    for (int i = 0; i < 300; i++)
        out_fmt(&many, "<font size=%d>", i);
    for (int i = 0; i < 20000; i++)
        out_lit(&many, "<p>x");
    clock_t start = clock(); /* of this process: others may be busy */
    assert_null(tree_parse(a, out_text(&many)));
    assert_true(arena_used(a) <= TREE_MEMORY);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
    out_free(&many);
    arena_free(a);
}

static void plain_text_has_no_marks(void **state)
{
    (void)state;
    static const struct str texts[][2] = {
        {S("<h1>Lids</h1><p>A <b>bet</b>ter\n\n lid&nbsp;x</p><p>two<br>three</p>"),
         S("Lids A better lid\xc2\xa0x two three")},
        {S("<ul><li>one</li><li>two</li></ul><table><tr><td>a</td><td>b</td></tr></table>"),
         S("one two a b")},
        {S("<pre><code>a &lt; b\n</code></pre>after"), S("a < b after")},
        {S("x<img src=/a.png alt='A lid'>y<script>no</script><style>no</style><!-- no -->z"),
         S("xA lidyz")},
        {S("a<span>b</span>c &amp; &lt;b&gt;"), S("abc & <b>")},
        {S(""), S("")},
    };
    struct arena *a = arena_new(SIZE_MAX);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str got = sanitize_text(a, texts[i][0]);
        if (!str_eq(got, texts[i][1]))
            fail_msg("got '" STR_FMT "'", STR_ARG(got));
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(what_attackers_write_is_harmless),
        cmocka_unit_test(deep_nesting_leaves_its_text),
        cmocka_unit_test(what_cannot_be_parsed_is_escaped),
        cmocka_unit_test(no_html_takes_long),
        cmocka_unit_test(plain_text_has_no_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
