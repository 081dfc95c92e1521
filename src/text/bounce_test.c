/* bounce_test.c: proves the RULES of bounce.h: its cases, mails cut off anywhere, and returned
 * mails of real servers where SKEP_MAIL_SAMPLES names a folder of them. */
#include "text/bounce.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"

static void cases_read_as_written(void **state) /* RULE 1, RULE 2, RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct str rest = cases_read(a, "src/text/bounce.cases");
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct bounce b = bounce_read(a, c.part[0]);
        struct str got = str_trim(str_fmt(a, "%s " STR_FMT " " STR_FMT, bounce_name(b.kind),
                                          STR_ARG(b.status), STR_ARG(b.why)));
        if (!str_eq(got, c.part[1]))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    arena_free(a);
}

static void cut_off(struct arena *a, struct str mail)
{
    for (size_t n = 0; n <= mail.n; n++) {
        char *exact = malloc(n ? n : 1); /* so that the sanitizer sees a byte too many */
        assert_non_null(exact);
        memcpy(exact, mail.p, n);
        bounce_read(a, str_make(exact, n));
        free(exact);
    }
}

static void cut_off_anywhere_it_is_read_within_its_bounds(void **state) /* RULE 4 */
{
    (void)state;
    struct arena *a = arena_new(256 << 20);
    struct str rest = cases_read(a, "src/text/bounce.cases");
    struct test_case c;
    while (cases_next(&rest, &c))
        cut_off(a, c.part[0]);
    cut_off(a, S("From: MAILER-DAEMON@mx.example\nSubject: Returned\n\nRe5.151.12"));
    arena_free(a);
}

static void a_nul_is_no_status(void **state) /* RULE 2 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    static const char mail[] = "From: MAILER-DAEMON@mx.example\n"
                               "Content-Type: multipart/report; boundary=abc\n\n"
                               "--abc\nContent-Type: message/delivery-status\n\n"
                               "Action: failed\nStatus: \0.1.1\n\n--abc--\n";
    struct bounce b = bounce_read(a, str_make(mail, sizeof mail - 1));
    assert_int_equal(b.kind, BOUNCE_SOFT);
    assert_int_equal(b.status.n, 0);
    arena_free(a);
}

static void mails_of_real_servers(void **state) /* RULE 1, RULE 3 */
{
    (void)state;
    static const struct {
        const char *file;
        enum bounce_kind kind;
        const char *status;
    } samples[] = {
        {"multi_address_bounce1.eml", BOUNCE_HARD, "5.1.1"},
        {"multi_address_bounce2.eml", BOUNCE_HARD, "5.1.1"},
        {"report_422.eml", BOUNCE_DELAYED, "4.2.2"},
        {"report_530.eml", BOUNCE_HARD, "5.3.0"},
        {"multipart_report_multiple_status.eml", BOUNCE_HARD, "5.3.0"},
    };
    const char *folder = getenv("SKEP_MAIL_SAMPLES");
    if (!folder)
        skip();
    struct arena *a = arena_new(16 << 20);
    setenv("SKEP_SRC", folder, 1);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct bounce b = bounce_read(a, cases_read(a, samples[i].file));
        print_message("%s: %s " STR_FMT " " STR_FMT "\n", samples[i].file, bounce_name(b.kind),
                      STR_ARG(b.status), STR_ARG(b.why));
        assert_int_equal(b.kind, samples[i].kind);
        assert_true(str_is(b.status, samples[i].status));
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_read_as_written),
        cmocka_unit_test(cut_off_anywhere_it_is_read_within_its_bounds),
        cmocka_unit_test(a_nul_is_no_status),
        cmocka_unit_test(mails_of_real_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
