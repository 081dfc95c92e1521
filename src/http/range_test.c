/* range_test.c: ranges as clients write them, and answers from a file; see range.h. */
#include "test/kit.h"

#include <stdio.h>

#include "core/cases.h"
#include "http/feature.h"
#include "http/range.h"

static char path[300];

static int file_show(struct req *rq)
{
    struct file_answer f = {path,          10,          S("text/plain"), S("abc"), S("attachment"),
                            S("no-cache"), S("sandbox")};
    return answer_file(rq, &f) ? rq->status : refuse(rq, 500, NULL);
}

static const struct route routes[] = {{GET, "/file", file_show, ANYONE}, {0}};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

static void ranges_mean_what_is_written(void **state) /* RULE 1, RULE 2, RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str rest = cases_read(a, "src/http/range.cases");
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct str length = c.part[0], header = S(""), got = S("whole");
        int64_t bytes = 0, from = 0, n = 0;
        str_split(&length, '\n', &header);
        assert_true(str_int(length, &bytes));
        enum range range = range_read(header, bytes, &from, &n);
        if (range == RANGE_BEYOND)
            got = S("beyond");
        else if (range == RANGE_PART)
            got = str_fmt(a, "%lld %lld", (long long)from, (long long)n);
        if (!str_eq(got, c.part[1]))
            fail_msg("'" STR_FMT "': " STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    arena_free(a);
}

static struct res ask(struct kit *kit, const char *method, const char *headers)
{
    snprintf(path, sizeof path, "%s/file", kit->folder);
    FILE *f = fopen(path, "w");
    fputs("0123456789", f);
    fclose(f);
    return kit_raw(kit,
                   str_fmt(kit->arena, "%s /file HTTP/1.1\r\nHost: h\r\n%s\r\n", method, headers));
}

static void assert_body(struct res r, int status, const char *body)
{
    assert_status(r, status);
    if (!str_is(r.body, body))
        kit_wrong(r, __FILE__, __LINE__, "the body is not \"%s\"", body);
}

static void a_file_is_an_answer(void **state) /* RULE 1, RULE 2, RULE 5 */
{
    struct kit *kit = *state;
    struct res r = ask(kit, "GET", "");
    assert_body(r, 200, "0123456789");
    assert_header(r, "ETag", "\"abc\"");
    assert_header(r, "Accept-Ranges", "bytes");
    assert_header(r, "Content-Security-Policy", "sandbox");
    assert_header(r, "X-Content-Type-Options", "nosniff");
    r = ask(kit, "GET", "Range: bytes=2-4\r\n");
    assert_body(r, 206, "234");
    assert_header(r, "Content-Range", "bytes 2-4/10");
    assert_header(r, "Content-Length", "3");
    r = ask(kit, "GET", "Range: bytes=10-\r\n");
    assert_body(r, 416, "");
    assert_header(r, "Content-Range", "bytes */10");
    r = ask(kit, "HEAD", "");
    assert_body(r, 200, "");
    assert_header(r, "Content-Length", "10");
    assert_body(ask(kit, "HEAD", "Range: bytes=2-4\r\n"), 200, "");
}

static void conditions_go_first(void **state) /* RULE 4, RULE 5 */
{
    struct kit *kit = *state;
    assert_body(ask(kit, "GET", "If-None-Match: \"abc\"\r\n"), 304, "");
    assert_body(ask(kit, "GET", "If-None-Match: \"abc\"\r\nRange: bytes=2-4\r\n"), 304, "");
    assert_body(ask(kit, "GET", "If-None-Match: \"x\"\r\nRange: bytes=2-4\r\n"), 206, "234");
    assert_body(ask(kit, "GET", "If-Range: \"abc\"\r\nRange: bytes=2-4\r\n"), 206, "234");
    assert_body(ask(kit, "GET", "If-Range: \"x\"\r\nRange: bytes=2-4\r\n"), 200, "0123456789");
    assert_body(ask(kit, "GET", "If-Range: W/\"abc\"\r\nRange: bytes=2-4\r\n"), 200, "0123456789");
}

static void a_file_that_is_not_there_is_no_answer(void **state)
{
    struct kit *kit = *state;
    snprintf(path, sizeof path, "%s", kit->folder); /* a folder */
    assert_status(kit_raw(kit, S("GET /file HTTP/1.1\r\nHost: h\r\n\r\n")), 500);
    snprintf(path, sizeof path, "%s/none", kit->folder);
    assert_status(kit_raw(kit, S("GET /file HTTP/1.1\r\nHost: h\r\n\r\n")), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_mean_what_is_written),
        kit_test(a_file_is_an_answer),
        kit_test(conditions_go_first),
        kit_test(a_file_that_is_not_there_is_no_answer),
    };
    return kit_run(tests);
}
