/* intake_test.c: what smugglers and others send, as bytes; see intake.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cases.h"
#include "http/intake.h"

enum { BODY_MAX = 32, ARENA = 64 * 1024 * 1024 };

static const char *const verb_names[] = {
    [VERB_GET] = "GET",         [VERB_HEAD] = "HEAD",   [VERB_POST] = "POST",
    [VERB_PUT] = "PUT",         [VERB_PATCH] = "PATCH", [VERB_DELETE] = "DELETE",
    [VERB_OPTIONS] = "OPTIONS",
};

/* Feeds the text cut after `cut` bytes, or in single bytes when cut is 0. */
static struct str verdict(struct arena *a, struct str bytes, size_t cut)
{
    struct intake in = {0};
    out_init(&in.body, 0);
    intake_begin(&in, a);
    size_t used = 0;
    while (used < bytes.n && in.state < INTAKE_WHOLE) {
        size_t end = cut == 0 ? used + 1 : used < cut ? cut : bytes.n;
        used += intake_feed(&in, bytes.p + used, end - used);
        if (in.state == INTAKE_HEADED)
            intake_accept(&in, BODY_MAX);
    }
    struct str s;
    if (in.state == INTAKE_REFUSED)
        s = str_fmt(a, "%d", in.refusal);
    else if (in.state != INTAKE_WHOLE)
        s = S("waits");
    else
        s = str_fmt(a, "%s " STR_FMT " " STR_FMT "%s [" STR_FMT "]%s%s", verb_names[in.verb],
                    STR_ARG(in.target), STR_ARG(in.host.n ? in.host : S("-")),
                    in.keep_alive ? "" : " close", STR_ARG(out_text(&in.body)),
                    used < bytes.n ? str_fmt(a, " %zu", bytes.n - used).p : "",
                    used < bytes.n ? " left" : "");
    out_free(&in.body);
    return s;
}

static void same(struct str title, struct str got, struct str want, size_t cut)
{
    if (!str_eq(got, want))
        fail_msg("'" STR_FMT "' cut at %zu: " STR_FMT ", not " STR_FMT, STR_ARG(title), cut,
                 STR_ARG(got), STR_ARG(want));
}

/* RULES 1, 2, 3 and 5: RULE 1, RULE 2, RULE 3, RULE 5. */
static void cases_come_out_as_written_however_cut(void **state)
{
    (void)state;
    struct arena *a = arena_new(ARENA), *scratch = arena_new(ARENA);
    struct str rest = cases_read(a, "src/http/intake.cases");
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct str bytes = cases_joined(a, c.part[0]);
        for (size_t cut = 0; cut <= bytes.n; cut++) {
            same(c.title, verdict(scratch, bytes, cut), c.part[1], cut);
            arena_reset(scratch);
        }
    }
    arena_free(scratch);
    arena_free(a);
}

static struct str long_request(struct arena *a, size_t target, size_t headers, size_t size)
{
    struct out o;
    out_init(&o, 1 << 20);
    out_lit(&o, "GET /");
    for (size_t i = 1; i < target; i++)
        out_char(&o, 'a');
    out_lit(&o, " HTTP/1.1\r\nHost: hub\r\n");
    for (size_t i = 1; i < headers; i++) {
        out_fmt(&o, "X-%zu: ", i);
        for (size_t k = 0; k < size; k++)
            out_char(&o, 'v');
        out_lit(&o, "\r\n");
    }
    out_lit(&o, "\r\n");
    return out_take(&o, a);
}

static void assert_refusal(struct arena *a, struct str bytes, const char *want)
{
    size_t cuts[] = {0, 1, bytes.n / 2, bytes.n};
    for (size_t i = 0; i < 4; i++) {
        struct str got = verdict(a, bytes, cuts[i]);
        assert_string_equal(str_cstr(a, str_first(got, 3)), want);
    }
}

static void limits_of_the_head(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(ARENA);
    assert_refusal(a, long_request(a, 8192, 1, 0), "GET");
    assert_refusal(a, long_request(a, 8193, 1, 0), "414");
    assert_refusal(a, long_request(a, 80000, 1, 0), "414");
    assert_refusal(a, long_request(a, 1, 100, 8), "GET");
    assert_refusal(a, long_request(a, 1, 101, 8), "431");
    assert_refusal(a, long_request(a, 1, 3, 8000), "GET");
    assert_refusal(a, long_request(a, 1, 3, 9000), "431");
    assert_refusal(a, long_request(a, 8000, 3, 9000), "431");
    arena_free(a);
}

/* Nothing on the line says that it is a target at all; it must not be waited for. */
static void a_line_without_end_is_refused(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(ARENA);
    char *p = arena_alloc(a, 100000);
    memset(p, 'a', 100000);
    assert_refusal(a, str_make(p, 100000), "414");
    arena_free(a);
}

static void a_length_takes_no_memory(void **state) /* RULE 4 */
{
    (void)state;
    struct arena *a = arena_new(ARENA);
    struct intake in = {0};
    out_init(&in.body, 0);
    intake_begin(&in, a);
    struct str head = S("POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 999999999999\r\n\r\nab");
    size_t used = intake_feed(&in, head.p, head.n);
    intake_accept(&in, SIZE_MAX / 2);
    assert_int_equal(in.state, INTAKE_BODY);
    intake_feed(&in, head.p + used, head.n - used);
    assert_int_equal(in.body.n, 2);
    assert_true(in.body.cap <= 4096);
    out_free(&in.body);
    arena_free(a);
}

static void sink_count(void *ctx, const char *p, size_t n)
{
    (void)p;
    *(size_t *)ctx += n;
}

static void a_diverted_body_is_not_kept(void **state) /* RULE 6 */
{
    (void)state;
    struct arena *a = arena_new(ARENA);
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 5\r\n\r\nabcde",
        "POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < 2; i++) {
        struct intake in = {0};
        struct str s = str_of(requests[i]);
        size_t sunk = 0;
        out_init(&in.body, 0);
        intake_begin(&in, a);
        size_t used = intake_feed(&in, s.p, s.n);
        intake_accept(&in, 5);
        intake_divert(&in, (struct intake_sink){sink_count, &sunk});
        intake_feed(&in, s.p + used, s.n - used);
        assert_int_equal(in.state, INTAKE_WHOLE);
        assert_int_equal(sunk, 5);
        assert_int_equal(in.body.n, 0);
        out_free(&in.body);
    }
    arena_free(a);
}

static void extensions_do_not_go_on_for_ever(void **state) /* RULE 2 */
{
    (void)state;
    struct arena *a = arena_new(ARENA);
    struct out o;
    out_init(&o, 1 << 20);
    out_lit(&o, "POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        out_lit(&o, "1;");
        for (int k = 0; k < 200; k++)
            out_char(&o, 'x');
        out_lit(&o, "\r\na\r\n");
    }
    out_lit(&o, "0\r\n\r\n");
    assert_refusal(a, out_text(&o), "POS"); /* 20 chunks of 200 bytes are odd, not an attack */
    out_clear(&o);
    out_lit(&o, "POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    for (int k = 0; k < 300; k++)
        out_char(&o, 'x');
    assert_refusal(a, out_text(&o), "400");
    out_free(&o);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written_however_cut),
        cmocka_unit_test(limits_of_the_head),
        cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(a_length_takes_no_memory),
        cmocka_unit_test(a_diverted_body_is_not_kept),
        cmocka_unit_test(extensions_do_not_go_on_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
