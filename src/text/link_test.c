/* link_test.c: proves the RULES of link.h. */
#include "text/link.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    struct str url;
    enum link_kind kind;
    struct str written;
} urls[] = {
    {S("http://example.org/"), LINK_OUTSIDE, S("http://example.org/")},
    {S("HTTPS://example.org"), LINK_OUTSIDE, S("HTTPS://example.org")},
    {S("mailto:a@example.org"), LINK_MAIL, S("mailto:a@example.org")},
    {S("//example.org/x"), LINK_OUTSIDE, S("//example.org/x")},
    {S("/ideas/1?a=1&b='2'#c"), LINK_INSIDE, S("/ideas/1?a=1&amp;b=&#39;2&#39;#c")},
    {S("ideas:1"), LINK_REFUSED, S("ideas:1")},
    {S("./ideas:1"), LINK_INSIDE, S("./ideas:1")},
    {S("?q=a:b"), LINK_INSIDE, S("?q=a:b")},
    {S("#a:b"), LINK_INSIDE, S("#a:b")},
    {S("1:2"), LINK_INSIDE, S("1:2")},
    {S(""), LINK_INSIDE, S("")},
    {S("  /x y  "), LINK_INSIDE, S("/x%20y")},
    {S("/\\example.org"), LINK_INSIDE, S("/%5Cexample.org")},
    {S("/a\"b<c>d`e{f}"), LINK_INSIDE, S("/a%22b%3Cc%3Ed%60e%7Bf%7D")},
    {S("/100%25/\xc3\xb6"), LINK_INSIDE, S("/100%25/%C3%B6")},
    {S("javascript:x"), LINK_REFUSED, S("")},
    {S("JavaScript:x"), LINK_REFUSED, S("")},
    {S(" \t\x01javascript:x"), LINK_REFUSED, S("")},
    {S("java\nscript:x"), LINK_REFUSED, S("")},
    {S("java\0script\r\n\t:x"), LINK_REFUSED, S("")},
    {S("\x7fvbscript:x"), LINK_REFUSED, S("")},
    {S("data:text/html,x"), LINK_REFUSED, S("")},
    {S("file:///x"), LINK_REFUSED, S("")},
    {S("httpx://x"), LINK_REFUSED, S("")},
    {S("ht\ttp://x/"), LINK_OUTSIDE, S("http://x/")},
};

/* RULE 1, RULE 2 */
static void addresses_are_judged_and_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct link l = link_judge(a, urls[i].url);
        if (l.kind != urls[i].kind)
            fail_msg("'" STR_FMT "' is of kind %d", STR_ARG(urls[i].url), l.kind);
        struct out o;
        out_init(&o, 1000);
        link_url(&o, l);
        if (urls[i].written.n && !str_eq(out_text(&o), urls[i].written))
            fail_msg("'" STR_FMT "' is written '" STR_FMT "'", STR_ARG(urls[i].url),
                     STR_ARG(out_text(&o)));
        out_free(&o);
    }
    assert_true(link_shows(link_judge(a, S("/a.png"))));
    assert_false(link_shows(link_judge(a, S("mailto:a@example.org"))));
    arena_free(a);
}

/* RULE 3 */
static void links_to_elsewhere_are_marked(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct out o;
    out_init(&o, 1000);
    link_open(&o, link_judge(a, S("//x/")), S("a \"b\""));
    link_open(&o, link_judge(a, S("/x")), S(""));
    link_open(&o, link_judge(a, S("mailto:x@y")), S(""));
    assert_true(
        str_eq(out_text(&o), S("<a href=\"//x/\" title=\"a &quot;b&quot;\" rel=\"nofollow ugc\">"
                               "<a href=\"/x\"><a href=\"mailto:x@y\">")));
    out_free(&o);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_judged_and_written),
        cmocka_unit_test(links_to_elsewhere_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
