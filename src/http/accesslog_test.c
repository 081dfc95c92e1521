/* accesslog_test.c: see accesslog.h. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/log.h"
#include "http/app.h"
#include "test/kit.h"

static int before;
static FILE *caught;

static void catch_begin(struct kit *kit, enum log_style style)
{
    kit->app->options.access_log = true;
    log_set_level(LOG_INFO);
    log_set_style(style);
    caught = tmpfile();
    before = dup(STDERR_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
}

static struct str catch_end(struct kit *kit)
{
    static char buf[64 * 1024];
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(caught);
    struct str text = str_make(buf, fread(buf, 1, sizeof buf, caught));
    fclose(caught);
    kit->app->options.access_log = false;
    log_set_level(LOG_ERROR);
    log_set_style(LOG_TEXT);
    return text;
}

static struct str line_of(struct kit *kit, enum log_style style, const char *path)
{
    catch_begin(kit, style);
    get(kit, path);
    return catch_end(kit);
}

static void a_request_is_a_line(void **state) /* accesslog RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, ana);
    struct str line = line_of(kit, LOG_TEXT, "/ideas?q=tea");
    char want[100];
    assert_true(str_starts(line, S("access: 2027-01-01T00:00:0")));
    assert_non_null(strstr(str_cstr(kit->arena, line), "Z GET /ideas?q=tea 200 "));
    snprintf(want, sizeof want, " B person=%lld request=", (long long)ana->id);
    assert_true(str_find_str(line, str_of(want)) > 0);
    assert_true(str_ends(line, S(" peer=127.0.0.1\n")));
    assert_int_equal(str_find(line, '\n'), line.n - 1);
}

static void an_object_holds_the_same(void **state) /* accesslog RULE 2 */
{
    struct kit *kit = *state;
    struct str line = line_of(kit, LOG_JSON, "/ideas/\"<\\'999?a=\"b\\");
    assert_int_equal(str_find(line, '\n'), line.n - 1);
    json_t *read = json_loadb(line.p, line.n, 0, NULL);
    assert_non_null(read);
    const char *path;
    int status, bytes, person;
    double ms;
    assert_int_equal(json_unpack(read, "{s:s,s:i,s:f,s:i,s:i}", "path", &path, "status", &status,
                                 "ms", &ms, "bytes", &bytes, "person", &person),
                     0);
    assert_string_equal(path, "/ideas/\"<\\'999?a=\"b\\");
    assert_int_equal(status, 404);
    assert_true(ms >= 0 && bytes > 100 && person == 0);
    json_decref(read);
}

static void secrets_are_not_written(void **state) /* accesslog RULE 1 */
{
    struct kit *kit = *state;
    static const struct {
        const char *asked, *written;
    } of[] = {
        {"/", "/"},
        {"/ideas?q=tea&key=abc", "/ideas?q=tea&key=*"},
        {"/ideas?Token=abc&x", "/ideas?Token=*&x"},
        {"/ideas?q=me@example.org", "/ideas?q=*"},
        {"/ideas?q=me%40example.org&me@example.org=1", "/ideas?q=*&*=1"},
        {"/owner/0123abcd", "/owner/*"},
        {"/owner/0123456789abcdef0123456789abcdef", "/owner/*"},
        {"/session/new?back=%2Fowner%2F0123456789abcdef0123456789abcdef", "/session/new?back=*"},
        {"/nowhere/0123456789abcdef0123456789abcdef/x", "/nowhere/*/x"},
        {"/ideas/12-a-longer-title-for-a-lid-that-fits",
         "/ideas/12-a-longer-title-for-a-lid-that-fits"},
        {"/ideas?x", "/ideas?x"},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char want[200];
        struct str line = line_of(kit, LOG_TEXT, of[i].asked);
        snprintf(want, sizeof want, " GET %s ", of[i].written);
        if (str_find_str(line, str_of(want)) < 0)
            fail_msg("no '%s' in " STR_FMT, want, STR_ARG(line));
    }
}

static void bodies_and_cookies_are_not_written(void **state) /* accesslog RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, ana);
    catch_begin(kit, LOG_TEXT);
    post(kit, "/session", "email=ana@example.org&password=wrong+words");
    kit_header(kit, "Authorization: Bearer sekrit");
    get_json(kit, "/account");
    struct str text = catch_end(kit);
    assert_int_equal(str_find_str(text, S("@")), -1);
    assert_int_equal(str_find_str(text, S("wrong")), -1);
    assert_int_equal(str_find_str(text, S("sekrit")), -1);
    assert_int_equal(str_find_str(text, ana->cookies->value), -1);
}

static void requests_have_ids(void **state) /* response RULE 6 */
{
    struct kit *kit = *state;
    struct str one = res_head(get(kit, "/ideas"), "X-Request-Id");
    kit_header(kit, "X-Request-Id: from-outside");
    struct str two = res_head(get(kit, "/ideas"), "X-Request-Id");
    assert_int_equal(one.n, 16);
    assert_int_equal(two.n, 16); /* no proxy is trusted here */
    assert_false(str_eq(one, two));
    kit->app->options.trust_proxy = true;
    kit_header(kit, "X-Request-Id: from-outside_1.2");
    assert_header(get(kit, "/ideas"), "X-Request-Id", "from-outside_1.2");
    kit_header(kit, "X-Request-Id: from outside");
    assert_int_equal(res_head(get(kit, "/ideas"), "X-Request-Id").n, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_request_is_a_line),     kit_test(an_object_holds_the_same),
        kit_test(secrets_are_not_written), kit_test(bodies_and_cookies_are_not_written),
        kit_test(requests_have_ids),
    };
    return kit_run(tests);
}
