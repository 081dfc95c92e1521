/* target_test.c: paths and queries as sent, and what is made of them; see target.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "http/target.h"

/* Segments in brackets, then the decoded path; "400" when refused. */
static struct str parsed(struct arena *a, const char *target)
{
    struct target t;
    if (!target_parse(&t, a, str_of(target)))
        return S("400");
    struct str s = S("");
    for (size_t i = 0; i < t.n; i++)
        s = str_fmt(a, STR_FMT "[" STR_FMT "]", STR_ARG(s), STR_ARG(t.segments[i]));
    return str_fmt(a, STR_FMT "%s%s", STR_ARG(s), t.slash_behind ? " slash" : "",
                   t.deep ? " deep" : "");
}

static void paths_are_cut_before_they_are_decoded(void **state) /* RULE 1, RULE 2 */
{
    static const char *const cases[][2] = {
        {"/", ""},
        {"/ideas", "[ideas]"},
        {"/ideas/12-lids?q=1", "[ideas][12-lids]"},
        {"/ideas/", "[ideas] slash"},
        {"/tags/c%2Fc++", "[tags][c/c++]"},
        {"/people/%C3%A9ve", "[people][\xc3\xa9ve]"},
        {"/a%20b", "[a b]"},
        {"/...", "[...]"},
        {"/a/b%2e", "[a][b.]"},
        {"/%5c", "[\\]"},
        {"//", "400"},
        {"//evil.example", "400"},
        {"/a//b", "400"},
        {"/a//", "400"},
        {"/.", "400"},
        {"/..", "400"},
        {"/a/../b", "400"},
        {"/a/./b", "400"},
        {"/%2e", "400"},
        {"/%2e%2E/etc", "400"},
        {"/.%2e/etc", "400"},
        {"/%00", "400"},
        {"/a%00.json", "400"},
        {"/%0d%0aSet-Cookie:x", "400"},
        {"/%7f", "400"},
        {"/%", "400"},
        {"/%4", "400"},
        {"/%zz", "400"},
        {"/%u0041", "400"},
        {"/%ff", "400"},
        {"/%c0%af", "400"},
        {"/%ed%a0%80", "400"},
        {"/%C3/%A9", "400"}, /* valid only when joined across the slash: still broken */
        {"x", "400"},
    };
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str got = parsed(a, cases[i][0]);
        if (!str_is(got, cases[i][1]))
            fail_msg("%s: " STR_FMT ", not %s", cases[i][0], STR_ARG(got), cases[i][1]);
    }
    arena_free(a);
}

static void a_path_of_many_segments_leads_nowhere(void **state) /* RULE 1 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str s = S("");
    for (int i = 0; i < 100; i++)
        s = str_fmt(a, STR_FMT "/a", STR_ARG(s));
    assert_true(str_ends(parsed(a, s.p), S(" deep")));
    arena_free(a);
}

static void suffixes_choose_the_face(void **state)
{
    static const struct {
        const char *path, *left;
        enum face face;
        bool has;
    } cases[] = {
        {"/ideas.json", "/ideas", FACE_JSON, true},
        {"/ideas/12.atom", "/ideas/12", FACE_ATOM, true},
        {"/ideas.rss", "/ideas", FACE_RSS, true},
        {"/ideas.feed.json?a=b", "/ideas", FACE_JSON_FEED, true},
        {"/.feed.json", "/.feed", FACE_JSON, true},
        {"/feeds.opml", "/feeds", FACE_OPML, true},
        {"/ideas.csv?a=b", "/ideas", FACE_CSV, true},
        {"/people/12.vcf?version=3.0", "/people/12", FACE_CARDS, true},
        {"/tasks.ics", "/tasks", FACE_CALENDAR, true},
        {"/ideas", "/ideas", FACE_PAGE, false},
        {"/.json", "/.json", FACE_PAGE, false},
        {"/ideas.xml", "/ideas.xml", FACE_PAGE, false},
        {"/", "/", FACE_PAGE, false},
    };
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct target t;
        enum face face = FACE_PAGE;
        assert_true(target_parse(&t, a, str_of(cases[i].path)));
        assert_int_equal(target_take_suffix(&t, &face), cases[i].has);
        assert_int_equal(face, cases[i].face);
        assert_true(str_is(t.decoded, cases[i].left));
    }
    arena_free(a);
}

static void queries_give_their_fields_or_nothing(void **state) /* RULE 3 */
{
    static const char *const cases[][2] = {
        {"", ""},
        {"a=1&b=2", "a=1;b=2;"},
        {"q=two+words&x=%26%3D", "q=two words;x=&=;"},
        {"flag", "flag=;"},
        {"=v", "=v;"},
        {"&&a=1&", "a=1;"},
        {"a=b=c", "a=b=c;"},
        {"a=%C3%A9", "a=\xc3\xa9;"},
        {"a=line%0D%0Aline", "a=line\r\nline;"},
        {"a=%", "400"},
        {"a=%4x", "400"},
        {"a=%00", "400"},
        {"%00=a", "400"},
        {"a=%ff", "400"},
    };
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct param *fields;
        size_t n;
        struct str got = S("400");
        if (target_fields(a, str_of(cases[i][0]), &fields, &n)) {
            got = S("");
            for (size_t k = 0; k < n; k++)
                got = str_fmt(a, STR_FMT STR_FMT "=" STR_FMT ";", STR_ARG(got),
                              STR_ARG(fields[k].name), STR_ARG(fields[k].value));
        }
        if (!str_is(got, cases[i][1]))
            fail_msg("%s: " STR_FMT ", not %s", cases[i][0], STR_ARG(got), cases[i][1]);
    }
    arena_free(a);
}

static void too_many_fields_are_refused(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    char text[2 * TARGET_FIELDS + 2];
    struct param *fields;
    size_t n;
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "a&", 2);
    assert_true(target_fields(a, str_make(text, 2 * TARGET_FIELDS - 1), &fields, &n));
    assert_int_equal(n, TARGET_FIELDS);
    assert_false(target_fields(a, str_make(text, 2 * TARGET_FIELDS + 1), &fields, &n));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_cut_before_they_are_decoded),
        cmocka_unit_test(a_path_of_many_segments_leads_nowhere),
        cmocka_unit_test(suffixes_choose_the_face),
        cmocka_unit_test(queries_give_their_fields_or_nothing),
        cmocka_unit_test(too_many_fields_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
