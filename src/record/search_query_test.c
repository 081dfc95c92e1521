/* search_query_test.c: proves the RULES of search_query.h, search_words.h and search_snippet.h. */
#include "record/search_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/clock.h"
#include "core/out.h"
#include "core/rand.h"
#include "record/search_snippet.h"
#include "record/search_words.h"

static void put(struct out *o, const char *before, struct str s)
{
    if (o->n)
        out_char(o, ' ');
    out_str(o, str_of(before));
    out_str(o, s);
}

static void put_filter(struct out *o, const char *name, struct str value)
{
    if (value.n)
        put(o, name, value);
}

static void put_date(struct out *o, const char *name, int64_t us)
{
    char buf[32];
    if (us)
        put(o, name, clock_rfc3339(buf, us));
}

static struct str describe(struct arena *a, const struct search_terms *t)
{
    struct out o;
    out_init(&o, 1 << 16);
    for (int i = 0; i < t->n; i++) {
        const struct search_term *term = &t->term[i];
        put(&o, term->without ? "-" : "", S(""));
        if (term->n > 1)
            out_fmt(&o, "[" STR_FMT "]", STR_ARG(term->words));
        else
            out_str(&o, term->prefix.n ? term->prefix : term->words);
        out_str(&o, term->prefix.n ? S("*") : term->open ? S("~") : S(""));
    }
    put_filter(&o, "type=", t->type);
    put_filter(&o, "tag=", t->tag);
    put_filter(&o, "author=", t->author);
    put_filter(&o, "space=", t->space);
    put_filter(&o, "state=", t->state);
    put_date(&o, "after=", t->after);
    put_date(&o, "before=", t->before);
    if (!o.n)
        out_lit(&o, "nothing");
    return out_take(&o, a);
}

/* search_query.h RULES 1, 2; search_words.h RULE 2 */
static void cases_hold(void **state)
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct str rest = cases_read(a, "src/record/search_query.cases");
    struct test_case c;
    int n = 0;
    for (; cases_next(&rest, &c); n++) {
        struct search_terms terms;
        search_parse(a, cases_unescape(a, c.part[0]), &terms);
        struct str got = describe(a, &terms);
        if (c.parts != 2 || !str_eq(got, c.part[1]))
            fail_msg("'" STR_FMT "': got '" STR_FMT "', want '" STR_FMT "'", STR_ARG(c.title),
                     STR_ARG(got), STR_ARG(c.part[1]));
    }
    assert_true(n > 30);
    arena_free(a);
}

/* search_query.h RULE 3 */
static void length_is_bounded(void **state)
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct out o;
    out_init(&o, 1 << 20);
    for (int i = 0; i < 5000; i++)
        out_lit(&o, "é\" ");
    struct search_terms terms;
    search_parse(a, out_text(&o), &terms);
    assert_true(terms.n >= 1 && terms.n <= SEARCH_TERMS);
    out_free(&o);
    arena_free(a);
}

/* search_words.h RULES 1, 3 */
static void folding_is_stable(void **state)
{
    (void)state;
    struct rand_seq r = {7};
    for (int round = 0; round < 3000; round++) {
        char text[400];
        size_t n = 0;
        int points = 1 + (int)(rand_next(&r) % 90);
        for (int i = 0; i < points; i++) {
            uint32_t cp = (uint32_t)(rand_next(&r) % (round % 2 ? 0x600 : 0x3000));
            n += utf8_put(text + n, cp ? cp : 's');
        }
        struct search_scan scan = search_scan(str_make(text, n));
        while (search_scan_next(&scan)) {
            assert_true(scan.word.n <= SEARCH_WORD_MAX && utf8_valid(scan.word));
            assert_true(scan.from < scan.to && scan.to <= n);
            char kept[SEARCH_WORD_MAX];
            memcpy(kept, scan.word.p, scan.word.n);
            struct str word = str_make(kept, scan.word.n);
            struct search_scan again = search_scan(word);
            if (!search_scan_next(&again) || !str_eq(again.word, word))
                fail_msg("'" STR_FMT "' does not stay", STR_ARG(word));
        }
    }
}

/* Words that begin with what is sought are found at the same places, whatever is passed over. */
static void nothing_sought_is_passed_over(void **state)
{
    (void)state;
    static const char letters[] = "abs' .-\x01S\xc3\xa9\xc3\x9f\xe5\x92\x96";
    static const size_t at[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16};
    enum { LETTERS = sizeof at / sizeof *at - 1 };
    bool begins[256] = {['b'] = true, ['e'] = true, ['s'] = true};
    struct rand_seq r = {11};
    for (int round = 0; round < 3000; round++) {
        char text[400];
        size_t n = 0;
        for (int i = 0; i < 60; i++) {
            size_t k = rand_next(&r) % LETTERS, bytes = at[k + 1] - at[k];
            memcpy(text + n, letters + at[k], bytes);
            n += bytes;
        }
        struct search_scan all = search_scan(str_make(text, n)), some = all;
        some.begins = begins;
        while (search_scan_next(&all)) {
            if (!begins[(unsigned char)all.word.p[0]])
                continue;
            while (search_scan_next(&some) && some.from < all.from)
                assert_false(begins[(unsigned char)some.word.p[0]]);
            assert_true(some.from == all.from && some.to == all.to);
            assert_true(str_eq(some.word, all.word));
        }
    }
}

static void assert_snippet(const char *query, const char *text, const char *want)
{
    struct arena *a = arena_new(1 << 20);
    struct search_terms terms;
    search_parse(a, str_of(query), &terms);
    struct str got = search_snippet(a, search_marks(a, &terms), str_of(text));
    if (!str_is(got, want))
        fail_msg("got '" STR_FMT "', want '%s'", STR_ARG(got), want);
    arena_free(a);
}

/* search_snippet.h RULE 1 */
static void snippets_are_escaped_and_marked(void **state)
{
    (void)state;
    assert_snippet("lid", "A <b>lid</b> & two\n\nLids' \"fit\"",
                   "A &lt;b&gt;<mark>lid</mark>&lt;/b&gt; &amp; two <mark>Lids</mark>&#39; "
                   "&quot;fit&quot;");
    assert_snippet("crem*", "Une crème brûlée", "Une <mark>crème</mark> brûlée");
    assert_snippet("cup -lid", "a lid, a cup", "a lid, a <mark>cup</mark>");
    assert_snippet("cup", "", "");
}

/* search_snippet.h RULE 2 */
static void snippets_show_where_the_words_meet(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct out o;
    out_init(&o, 1 << 16);
    out_lit(&o, "A lid. ");
    for (int i = 0; i < 60; i++)
        out_lit(&o, "Wörter ");
    out_lit(&o, "the lid of this travel mug leaks ");
    for (int i = 0; i < 60; i++)
        out_lit(&o, "more ");
    struct search_terms terms;
    search_parse(a, S("lid mug"), &terms);
    struct str got = search_snippet(a, search_marks(a, &terms), out_text(&o));
    assert_true(str_has(got, S("<mark>lid</mark> of this travel <mark>mug</mark> leaks")));
    assert_true(str_starts(got, S("… ")) && str_ends(got, S(" …")));
    assert_true(utf8_valid(got) && utf8_len(got) < 240);
    out_free(&o);

    char solid[3000];
    memset(solid, 'x', sizeof solid);
    got = search_snippet(a, search_marks(a, &terms), str_make(solid, sizeof solid));
    assert_true(got.n < 400);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_hold),
        cmocka_unit_test(length_is_bounded),
        cmocka_unit_test(folding_is_stable),
        cmocka_unit_test(nothing_sought_is_passed_over),
        cmocka_unit_test(snippets_are_escaped_and_marked),
        cmocka_unit_test(snippets_show_where_the_words_meet),
    };
    return cmocka_run_group_tests_name("record/search_query", tests, NULL, NULL);
}
