/* mime_test.c: proves the RULES of mime.h, from mime.cases and whole letters. */
#include "text/mime.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/out.h"
#include "core/rand.h"

static void cases_come_out_as_written(void **state) /* RULE 2, RULE 3, RULE 4 */
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct str rest = cases_read(a, "src/text/mime.cases"), what;
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct str title = c.title, in = cases_unescape(a, c.part[0]);
        str_split(&title, ' ', &what);
        struct str got = str_is(what, "qp") ? mime_quoted_printable(a, in) : mime_words(a, in, 9);
        if (!str_eq(got, cases_unescape(a, c.part[1])))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    arena_free(a);
}

/* Undoes quoted-printable, by the words of RFC 2045. */
static struct str undone(struct arena *a, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r')
            continue;
        if (s.p[i] != '=') {
            p[n++] = s.p[i];
        } else if (s.p[i + 1] == '\r') {
            i += 2;
        } else {
            p[n++] = (char)((strchr(hex, s.p[i + 1]) - hex) * 16 + strchr(hex, s.p[i + 2]) - hex);
            i += 2;
        }
    }
    return str_make(p, n);
}

static void assert_lines(struct str s) /* RULE 1 */
{
    struct str line;
    while (str_split(&s, '\n', &line)) {
        assert_true(line.n <= 79); /* with its return */
        assert_true(!s.n || (line.n && line.p[line.n - 1] == '\r'));
        for (size_t i = 0; i < line.n; i++)
            assert_true((unsigned char)line.p[i] < 127);
    }
}

static void any_bytes_come_back(void **state) /* RULE 1, RULE 4 */
{
    (void)state;
    struct arena *a = arena_new(64 << 20);
    struct rand_seq dice = {7};
    for (int round = 0; round < 300; round++) {
        size_t n = rand_below(&dice, 400);
        char *p = arena_alloc(a, n + 1);
        for (size_t i = 0; i < n; i++)
            p[i] = (char)(rand_below(&dice, 4) ? " abc=\n.-"[rand_below(&dice, 8)]
                                               : (char)rand_below(&dice, 256));
        struct str got = mime_quoted_printable(a, str_make(p, n));
        assert_lines(got);
        assert_true(str_eq(undone(a, got), str_make(p, n)));
        struct str words = mime_words(a, str_make(p, n), 9), line;
        assert_lines(words);
        while (str_split(&words, '\n', &line)) /* RULE 2: what goes on begins with a blank */
            assert_true(!words.n || words.p[0] == ' ');
    }
    arena_free(a);
}

static void a_letter_is_whole(void **state) /* RULE 1, RULE 2 */
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    static const struct mime_header more[] = {
        {{"Auto-Submitted", 14}, {"auto-generated\r\nBcc: x@example.org", 34}}};
    struct str got = mime_write(a, &(struct mime_letter){
                                       .message_id = S("s1.ab@hub.example"),
                                       .from_name = S("Kaffee \"Köln\""),
                                       .from_address = S("hub@hub.example"),
                                       .to_address = S("ana@example.org"),
                                       .subject = S("Grüße"),
                                       .date = INT64_C(1798761600000000),
                                       .headers = more,
                                       .headers_n = 1,
                                       .text = S("Hello\n"),
                                       .html = S("<p>Hello</p>\n"),
                                   });
    static const char want[] = "Date: Fri, 01 Jan 2027 00:00:00 +0000\r\n"
                               "Message-ID: <s1.ab@hub.example>\r\n"
                               "From: =?UTF-8?Q?Kaffee_=22K=C3=B6ln=22?=\r\n"
                               " <hub@hub.example>\r\n"
                               "To: ana@example.org\r\n"
                               "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"
                               "Auto-Submitted: auto-generated Bcc: x@example.org\r\n"
                               "MIME-Version: 1.0\r\n"
                               "Content-Type: multipart/alternative;\r\n";
    assert_true(str_starts(got, str_of(want)));
    assert_true(str_has(got, S("\r\n\r\nHello\r\n\r\n--=_")));
    assert_true(str_ends(got, S("--\r\n")));
    assert_lines(got);
    arena_free(a);
}

static void a_long_name_keeps_to_the_lines(void **state) /* RULE 1 */
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct mime_letter letter = {
        .message_id = S("s1.ab@hub.example"),
        .from_name = S("Everybody who makes, mends, \"keeps\" or only likes lids, at Heron & Sons"),
        .from_address = S("hub@hub.example"),
        .to_address = S("ana@example.org"),
        .text = S("Hello\n"),
    };
    struct str got = mime_write(a, &letter);
    assert_lines(got);
    assert_true(str_has(got, S("From: =?UTF-8?Q?Everybody_who_makes=2C_")));
    letter.from_name = str_first(letter.from_name, 65); /* with its quotes just a line */
    got = mime_write(a, &letter);
    assert_lines(got);
    assert_true(str_has(got, S("From: \"Everybody who makes, mends, \\\"keeps\\\" or")));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(any_bytes_come_back),
        cmocka_unit_test(a_letter_is_whole),
        cmocka_unit_test(a_long_name_keeps_to_the_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
