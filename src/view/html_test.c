/* html_test.c: proves the RULES of html.h, with what attackers put in each place. */
#include "view/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock.h"
#include "http/request.h"

static struct out out;

static void assert_out(const char *want)
{
    struct str got = out_text(&out);
    if (!str_is(got, want))
        fail_msg("got '" STR_FMT "', want '%s'", STR_ARG(got), want);
    out_clear(&out);
}

static int start(void **state)
{
    (void)state;
    out_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    out_free(&out);
    return 0;
}

static void text_and_attributes_are_escaped(void **state) /* RULE 1 */
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onmouseover=\"alert(1)", "&quot; onmouseover=&quot;alert(1)"},
        {"' onfocus='alert(1)", "&#39; onfocus=&#39;alert(1)"},
        {"</textarea><img src=x onerror=alert(1)>",
         "&lt;/textarea&gt;&lt;img src=x onerror=alert(1)&gt;"},
        {"&lt;script&gt; &#60;", "&amp;lt;script&amp;gt; &amp;#60;"},
        {"{{ 7 * 7 }} ${7}", "{{ 7 * 7 }} ${7}"},
        {"Sólveig Þorbjarnardóttir", "Sólveig Þorbjarnardóttir"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        html_put(&out, str_of(cases[i].in));
        assert_out(cases[i].want);
        html_put(&out, cases[i].in);
        assert_out(cases[i].want);
        html_attr(&out, str_of(cases[i].in));
        assert_out(cases[i].want);
        html_attr(&out, cases[i].in);
        assert_out(cases[i].want);
    }
}

static void numbers_print_as_numbers(void **state) /* RULE 1 */
{
    (void)state;
    html_put(&out, true);
    html_put(&out, (char)7);
    html_put(&out, (size_t)30);
    html_put(&out, INT64_MIN);
    assert_out("1730-9223372036854775808");
    html_put(&out, 0.1);
    html_put(&out, 1.0f);
    html_put(&out, 1.0 / 0.0);
    assert_out("0.11–");
    html_attr(&out, -3);
    assert_out("-3");
}

static void amounts_have_groups_of_three(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        const char *want;
    } cases[] = {
        {0, "0"},          {999, "999"},           {1000, "1,000"},
        {-1000, "-1,000"}, {1204567, "1,204,567"}, {INT64_MIN, "-9,223,372,036,854,775,808"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        html_put(&out, amount(cases[i].n));
        assert_out(cases[i].want);
    }
}

static void only_trusted_html_goes_out_as_it_is(void **state) /* RULE 1 */
{
    (void)state;
    html_put(&out, html_trusted(S("<b>&amp;</b>")));
    assert_out("<b>&amp;</b>");
}

static void attributes_are_taken_whole(void **state) /* RULE 4 */
{
    (void)state;
    html_attrs(&out, attr_if(true, " checked"));
    html_attrs(&out, attr_if(false, " disabled"));
    assert_out(" checked");
}

static void good_addresses_stay(void **state) /* RULE 2 */
{
    (void)state;
    static const char *const good[] = {
        "",
        "/",
        "/ideas/12-better-lids?tag=kettle#c7",
        "ideas/12",
        "./a",
        "../a",
        "?after=x",
        "#main",
        "#javascript:",
        "/path:with:colons",
        "?q=javascript:alert(1)",
        "http://example.org",
        "https://example.org/a?b=c#d",
        "HTTPS://example.org",
        "mailto:a@example.org",
        "/ideas/12 with blanks",
        "/größe",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        html_url(&out, str_of(good[i]));
        assert_out(good[i]);
        html_url(&out, good[i]);
        assert_out(good[i]);
    }
    html_url(&out, "/?a=1&b=\"2\"");
    assert_out("/?a=1&amp;b=&quot;2&quot;");
}

static void bad_addresses_become_a_hash(void **state) /* RULE 2 */
{
    (void)state;
    static const char *const bad[] = {
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "java\rscript:alert(1)",
        "\x01javascript:alert(1)",
        "javascript\t:alert(1)",
        "\tjavascript:alert(1)",
        "vbscript:msgbox(1)",
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHN2Zz4=",
        "blob:https://example.org/1",
        "file:///etc/passwd",
        "ftp://example.org",
        "view-source:https://example.org",
        ":javascript:alert(1)",
        "x\\y:z",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:\\\\evil.example",
        "\x7f//evil.example",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        html_url(&out, str_of(bad[i]));
        assert_out("#");
        html_url(&out, bad[i]);
        assert_out("#");
    }
    html_url(&out, str_make("java\0script:alert(1)", 20));
    assert_out("#");
    for (int c = 0; c < 256; c++) /* at every place of those that are judged at once */
        for (size_t at = 1; at < 21; at++) {
            char path[] = "/abcdefghijklmnopqrst";
            path[at] = (char)c;
            bool first = at == 1 && (c == '/' || c == '\\');
            assert_int_equal(html_url_ok(str_make(path, 21)), c >= ' ' && c != 0x7f && !first);
        }
}

static void the_rest_of_an_address_is_encoded(void **state) /* RULE 3 */
{
    (void)state;
    html_urlpart(&out, S("a b&c=d/../e?f#g\"<'"));
    assert_out("a%20b%26c%3Dd%2F..%2Fe%3Ff%23g%22%3C%27");
    html_urlpart(&out, "javascript:alert(1)");
    assert_out("javascript%3Aalert%281%29");
    html_urlpart(&out, 12);
    assert_out("12");
    html_urlpart(&out, "é");
    assert_out("%C3%A9");
}

#define NOW (INT64_C(1795406400) * CLOCK_SECOND) /* 2026-11-23T04:00:00Z */

static void times_read_as_people_say_them(void **state) /* RULE 5 */
{
    (void)state;
    static const struct {
        int64_t before;
        const char *want;
    } cases[] = {
        {0, "now"},
        {59 * CLOCK_SECOND, "now"},
        {-59 * CLOCK_SECOND, "now"},
        {CLOCK_MINUTE, "1 minute ago"},
        {59 * CLOCK_MINUTE, "59 minutes ago"},
        {CLOCK_HOUR, "1 hour ago"},
        {CLOCK_DAY - 1, "23 hours ago"},
        {CLOCK_DAY, "yesterday"},
        {3 * CLOCK_DAY, "3 days ago"},
        {30 * CLOCK_DAY - 1, "29 days ago"},
        {30 * CLOCK_DAY, "24 Oct 2026"},
        {-5 * CLOCK_MINUTE, "in 5 minutes"},
        {-CLOCK_DAY, "tomorrow"},
        {-12 * CLOCK_DAY, "in 12 days"},
        {-40 * CLOCK_DAY, "2 Jan 2027"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buf[32];
        html_put(&out, when_text(buf, NOW - cases[i].before, NOW));
        assert_out(cases[i].want);
    }
    struct req rq = {.now = NOW};
    out.ctx = &rq;
    html_put(&out, when(NOW - 2 * CLOCK_HOUR - 1));
    assert_out("<time datetime=\"2026-11-23T01:59:59Z\">2 hours ago</time>");
    html_put(&out, when(-1));
    assert_out("<time datetime=\"1969-12-31T23:59:59Z\">31 Dec 1969</time>");
    out.ctx = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_attributes_are_escaped),
        cmocka_unit_test(numbers_print_as_numbers),
        cmocka_unit_test(amounts_have_groups_of_three),
        cmocka_unit_test(only_trusted_html_goes_out_as_it_is),
        cmocka_unit_test(attributes_are_taken_whole),
        cmocka_unit_test(good_addresses_stay),
        cmocka_unit_test(bad_addresses_become_a_hash),
        cmocka_unit_test(the_rest_of_an_address_is_encoded),
        cmocka_unit_test(times_read_as_people_say_them),
    };
    return cmocka_run_group_tests_name("view/html", tests, start, end);
}
