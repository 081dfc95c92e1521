/* response_test.c: what handlers read and answer: fields, headers, cookies, redirects, refusals,
 * messages, compression, and the server's own figures; see request.h, response.c, form.c. */
#include "test/kit.h"

#include <stdlib.h>
#include <zlib.h>

#include "http/feature.h"
#include "http/gzip.h"
#include "http/mailbox.h"
#include "http/response.h"

static int fields_create(struct req *rq)
{
    size_t n;
    const struct param *fields = req_fields(rq, &n);
    rq->content_type = S("text/plain");
    for (size_t i = 0; i < n; i++)
        out_fmt(&rq->out, STR_FMT "=" STR_FMT ";", STR_ARG(fields[i].name),
                STR_ARG(fields[i].value));
    out_fmt(&rq->out, " has=%d a=" STR_FMT, req_has_field(rq, "a"), STR_ARG(req_field(rq, "a")));
    return rq->status = 200;
}

static int input_show(struct req *rq)
{
    size_t n;
    req_queries(rq, &n);
    rq->content_type = S("text/plain");
    out_fmt(&rq->out, "n=%zu a=" STR_FMT " has=%d%d cookie=" STR_FMT " header=" STR_FMT, n,
            STR_ARG(req_query(rq, "a")), req_has_query(rq, "flag"), req_has_query(rq, "none"),
            STR_ARG(req_cookie(rq, "c")), STR_ARG(req_header(rq, "X-Thing")));
    return rq->status = 200;
}

static int headers_show(struct req *rq)
{
    res_header(rq, "X-Good", S("one"));
    res_header(rq, "x-good", S("two"));
    res_header(rq, "X-Bad", S("a\r\nSet-Cookie: evil=1"));
    res_header(rq, "X-Null", str_make("a\0b", 3));
    res_cookie(rq, "good", S("yes"), 60);
    res_cookie(rq, "bad", S("a; Domain=evil"), 60);
    res_cookie(rq, "gone", S(""), -1);
    res_cookie(rq, "while", S("open"), 0);
    return rq->status = 204;
}

static int redirect_show(struct req *rq)
{
    return redirect(rq, STR_FMT, STR_ARG(req_query(rq, "to")));
}

static int back_show(struct req *rq)
{
    return redirect_back(rq, S("/fallback"));
}

static int flash_create(struct req *rq)
{
    flash(rq, "Saved <%s>; \"100 %%\", \xe2\x9c\x93", "it");
    return redirect(rq, "/flash");
}

static int flash_show(struct req *rq)
{
    if (req_has_query(rq, "now"))
        flash(rq, "At once");
    struct str message = flash_take(rq);
    rq->content_type = S("text/plain");
    out_fmt(&rq->out, "[" STR_FMT "]", STR_ARG(message));
    return rq->status = 200;
}

static int prose_show(struct req *rq)
{
    for (int i = 0; i < 200; i++)
        out_fmt(&rq->out, "<li>Line %d of a page that is long enough</li>\n", i);
    res_header(rq, "ETag", S("\"v1\""));
    return rq->status = 200;
}

static int runs;

static int again_show(struct req *rq)
{
    res_header(rq, "X-Run", S("yes"));
    out_lit(&rq->out, "half ");
    int64_t n = db_get_int(rq->db, -1,
                           "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c"
                           " WHERE x < ?1) SELECT count(*) FROM c",
                           I(runs++ ? 10 : INT64_MAX));
    out_fmt(&rq->out, "counted %lld", (long long)n);
    return rq->status = 200;
}

static const struct route routes[] = {
    {POST, "/fields", fields_create, ANYONE, .flags = ROUTE_BARE},
    {GET, "/input", input_show, ANYONE},
    {GET, "/headers", headers_show, ANYONE},
    {GET, "/redirect", redirect_show, ANYONE},
    {GET, "/back", back_show, ANYONE},
    {POST, "/flash", flash_create, ANYONE},
    {GET, "/flash", flash_show, ANYONE},
    {GET, "/prose", prose_show, ANYONE},
    {GET, "/again", again_show, ANYONE},
    {GET, "/rated", prose_show, ANYONE, .rate = PER_MINUTE(3)},
    {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

/* ---- input ---- */

static void bodies_give_fields_or_are_refused(
    void **state) /* form RULE 1, form RULE 2, form RULE 3 */
{
    static const struct {
        const char *type, *body;
        int status;
        const char *want;
    } cases[] = {
        {KIT_FORM, "a=1&b=two+words", 200, "a=1;b=two words; has=1 a=1"},
        {KIT_FORM "; charset=UTF-8", "b=%C3%A9", 200, "b=\xc3\xa9; has=0 a="},
        {KIT_FORM, "a=%ff", 400, NULL},
        {KIT_FORM, "a=\xff", 400, NULL},
        {KIT_FORM, "a=%00", 400, NULL},
        {KIT_FORM, "a=%4", 400, NULL},
        {KIT_JSON, "{\"a\":\"x\",\"b\":12,\"c\":true,\"d\":null,\"e\":[\"x\",3,false],\"f\":1.5}",
         200, "a=x;b=12;c=true;d=;e=x,3,false;f=1.5;"},
        {KIT_JSON, "{\"a\":{\"b\":[1,{}]}}", 200, "a={\"b\":[1,{}]};"},
        {KIT_JSON, "{\"a\":\"\\u00e9\\ud83d\\ude00\"}", 200, "a=\xc3\xa9\xf0\x9f\x98\x80;"},
        {KIT_JSON, "{}", 200, " has=0 a="},
        {KIT_JSON "; charset=utf-8", "{\"a\":1}", 200, "a=1;"},
        {KIT_JSON, "{\"a\":1,\"a\":2}", 400, NULL},
        {KIT_JSON, "{\"a\":1}x", 400, NULL},
        {KIT_JSON, "[1]", 400, NULL},
        {KIT_JSON, "\"a\"", 400, NULL},
        {KIT_JSON, "{\"a\":\"\\u0000\"}", 400, NULL},
        {KIT_JSON, "{\"a\":\"\\ud800\"}", 400, NULL},
        {KIT_JSON, "{\"a\":\"\xff\"}", 400, NULL},
        {KIT_JSON, "{\"a\":123456789012345678901234567890}", 400, NULL},
        {"text/plain", "a=1", 415, NULL},
        {"multipart/form-data; boundary=x", "--x--", 415, NULL},
        {KIT_FORM "x", "a=1", 415, NULL},
        {"application/jsonx", "{}", 415, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct res r = kit_request(*state, "POST", "/fields", "*/*", cases[i].type, cases[i].body);
        assert_status(r, cases[i].status);
        if (cases[i].want)
            assert_has(r, cases[i].want);
    }
    kit_header(*state, "Content-Encoding: gzip");
    assert_status(post(*state, "/fields", "a=1"), 415);
    assert_status(post(*state, "/fields", ""), 200);
}

static void deep_json_is_refused(void **state) /* form RULE 2 */
{
    struct kit *kit = *state;
    char text[300] = "{\"a\":";
    size_t n = strlen(text);
    memset(text + n, '[', 31);
    memset(text + n + 31, ']', 31);
    memcpy(text + n + 62, "}", 2);
    assert_status(post_json(kit, "/fields", text), 200);
    memset(text + n, '[', 32);
    memset(text + n + 32, ']', 32);
    memcpy(text + n + 64, "}", 2);
    assert_status(post_json(kit, "/fields", text), 400);
    assert_status(post_json(kit, "/fields", "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"}"),
                  200);
}

static void handlers_read_what_was_sent(void **state)
{
    struct kit *kit = *state;
    kit_header(kit, "Cookie: cc=3; c=first; c=second");
    kit_header(kit, "x-thing:  value with blanks \t");
    struct res r = get(kit, "/input?a=1+2&a=9&flag");
    assert_has(r, "n=3 a=1 2 has=10 cookie=first header=value with blanks");
    assert_status(get(kit, "/input?a=%ff"), 400);
}

/* ---- output ---- */

static void assert_head(struct res r, const char *text, bool has)
{
    if (str_has(r.head, str_of(text)) != has)
        fail_msg("%s: '%s' in " STR_FMT, has ? "lacks" : "has", text, STR_ARG(r.head));
}

static void headers_cannot_be_split(void **state) /* response RULE 1, RULE 2 */
{
    struct res r = get(*state, "/headers");
    assert_header(r, "X-Good", "two");
    assert_header(r, "X-Bad", NULL);
    assert_header(r, "X-Null", NULL);
    assert_head(r, "Set-Cookie: evil", false);
    assert_head(r, "Domain", false);
    assert_head(r, "bad=", false);
    assert_head(r, "Set-Cookie: good=yes; Path=/; HttpOnly; SameSite=Lax; Max-Age=60", true);
    assert_head(r, "Set-Cookie: gone=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", true);
    assert_head(r, "Set-Cookie: while=open; Path=/; HttpOnly; SameSite=Lax", true);
    assert_header(r, "Content-Length", NULL);
}

static void every_answer_is_guarded(void **state) /* response RULE 1 */
{
    static const char *const paths[] = {"/input",         "/nowhere", "/nowhere.json",
                                        "/redirect?to=/", "/a/",      "/%00"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct res r = get(*state, paths[i]);
        assert_header(r, "Content-Security-Policy",
                      "default-src 'none'; script-src 'self'; style-src 'self'; "
                      "img-src 'self' data: https:; font-src 'self'; connect-src 'self'; "
                      "manifest-src 'self'; form-action 'self'; base-uri 'none'; "
                      "frame-ancestors 'none'");
        assert_header(r, "X-Content-Type-Options", "nosniff");
        assert_header(r, "Referrer-Policy", "same-origin");
        assert_header(r, "Cross-Origin-Opener-Policy", "same-origin");
        assert_header(r, "Date", "Fri, 01 Jan 2027 00:00:00 GMT");
        assert_true(res_head(r, "Cache-Control").n > 0);
    }
}

static void redirects_stay_here(void **state) /* request RULE 3 */
{
    static const char *const cases[][2] = {
        {"/ideas/12", "/ideas/12"},
        {"/ideas?a=b%26c", "/ideas?a=b&c"},
        {"/a%20%C3%A9%22%3C", "/a%20%C3%A9%22%3C"},
        {"//evil.example", "/"},
        {"/%5Cevil.example", "/"},
        {"https://evil.example", "/"},
        {"javascript:alert(1)", "/"},
        {"", "/"},
        {"%09//evil.example", "/"},
        {"/%0d%0aSet-Cookie:a=b", "/"},
        {"/%09/evil.example", "/"},
    };
    struct kit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct res r = get(kit, str_fmt(kit->arena, "/redirect?to=%s", cases[i][0]).p);
        assert_status(r, 303);
        assert_header(r, "Location", cases[i][1]);
        r = get(kit, str_fmt(kit->arena, "/back?back=%s", cases[i][0]).p);
        assert_header(r, "Location", strcmp(cases[i][1], "/") == 0 ? "/fallback" : cases[i][1]);
    }
    assert_header(get(kit, "/back"), "Location", "/fallback");
    static const char *const pages[][2] = {
        {"http://" KIT_HOST "/ideas?sort=votes", "/ideas?sort=votes"},
        {"https://" KIT_HOST "/", "/"},
        {"http://" KIT_HOST, "/fallback"},
        {"http://" KIT_HOST ".example/ideas", "/fallback"},
        {"http://" KIT_HOST "//example/ideas", "/fallback"},
        {"http://example/" KIT_HOST "/ideas", "/fallback"},
        {"", "/fallback"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        kit_header(kit, "Referer: %s", pages[i][0]);
        assert_header(get(kit, "/back?back=."), "Location", pages[i][1]);
        kit_header(kit, "Referer: %s", pages[i][0]);
        assert_header(get(kit, "/back"), "Location", "/fallback");
    }
    assert_header(get(kit, "/back?back=."), "Location", "/fallback");
}

static void a_problem_is_told_in_full(void **state) /* response RULE 7 */
{
    struct kit *kit = *state;
    struct res r = get_json(kit, "/nowhere/x?secret=1");
    assert_json_str(r, "type", "about:blank");
    assert_json_str(r, "title", "Not Found");
    assert_json_int(r, "status", 404);
    assert_json_str(r, "detail", "There is nothing at this address that you may see.");
    assert_json_str(r, "instance", "/nowhere/x");
    r = kit_request(kit, "POST", "/input", KIT_JSON, NULL, NULL);
    assert_json_str(r, "detail", "The address exists, but not for this method.");
}

static void calls_that_are_left_are_told(void **state) /* response RULE 8 */
{
    struct kit *kit = *state;
    static const char *const left[] = {"\"route\";r=2;t=20", "\"route\";r=1;t=40",
                                       "\"route\";r=0;t=60", "\"route\";r=0;t=60"};
    for (int i = 0; i < 4; i++) {
        struct res r = get_json(kit, "/rated");
        assert_status(r, i < 3 ? 200 : 429);
        assert_header(r, "RateLimit-Policy", "\"route\";q=3;w=60");
        assert_header(r, "RateLimit", left[i]);
        assert_header(r, "Retry-After", i < 3 ? NULL : "20");
    }
    kit_pass(kit, 30 * CLOCK_SECOND);
    assert_header(get_json(kit, "/rated"), "RateLimit", "\"route\";r=0;t=50");
    assert_header(get_json(kit, "/input"), "RateLimit", NULL);
}

static void refusals_take_the_face_asked_for(void **state)
{
    struct kit *kit = *state;
    struct res r = get_json(kit, "/nowhere");
    assert_header(r, "Content-Type", "application/problem+json");
    assert_header(r, "Cache-Control", "no-store");
    assert_json_str(r, "type", "about:blank");
    assert_json_str(r, "title", "Not Found");
    assert_json_int(r, "status", 404);
    r = get(kit, "/nowhere.atom");
    assert_header(r, "Content-Type", "text/plain; charset=utf-8");
    assert_has(r, "404 Not Found");
    refuse_with(NULL); /* without the view layer */
    r = get(kit, "/nowhere");
    assert_header(r, "Content-Type", "text/plain; charset=utf-8");
}

static void a_message_is_shown_once(void **state) /* response RULE 5 */
{
    struct kit *kit = *state;
    assert_has(get(kit, "/flash"), "[]");
    struct res r = kit_follow(post(kit, "/flash", ""));
    assert_has(r, "[Saved <it>; \"100 %\", \xe2\x9c\x93]");
    assert_has(get(kit, "/flash"), "[]");
    r = get(kit, "/flash?now");
    assert_has(r, "[At once]");
    assert_head(r, "skep_flash=", false);
    /* A message that somebody else has put into the cookie is not ours. */
    kit_header(kit, "Cookie: skep_flash=0123456789abcdefYou%%20have%%20won");
    assert_has(get(kit, "/flash"), "[]");
    kit_header(kit, "Cookie: skep_flash=You");
    assert_has(get(kit, "/flash"), "[]");
}

static void head_says_what_get_would(void **state) /* response RULE 3 */
{
    struct res r = get(*state, "/prose");
    struct str length = res_head(r, "Content-Length");
    assert_int_equal(r.body.n, strtol(length.p, NULL, 10));
    r = kit_request(*state, "HEAD", "/prose", KIT_PAGE, NULL, NULL);
    assert_status(r, 200);
    assert_true(str_eq(res_head(r, "Content-Length"), length));
    assert_int_equal(r.body.n, 0);
}

static void what_the_client_has_is_not_sent_again(void **state) /* response RULE 4 */
{
    static const struct {
        const char *tags;
        int status;
    } cases[] = {
        {"\"v1\"", 304}, {"W/\"v1\"", 304}, {"\"v0\", \"v1\"", 304}, {"*", 304}, {"\"v2\"", 200},
        {"v1", 200},     {"", 200},
    };
    struct kit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kit_header(kit, "If-None-Match: %s", cases[i].tags);
        struct res r = get(kit, "/prose");
        assert_status(r, cases[i].status);
        assert_header(r, "ETag", "\"v1\"");
        assert_int_equal(r.body.n == 0, cases[i].status == 304);
    }
}

static void long_answers_are_compressed(void **state)
{
    struct kit *kit = *state;
    struct str plain = get(kit, "/prose").body;
    for (int i = 0; i < 3; i++) { /* the state is used again */
        kit_header(kit, "Accept-Encoding: br, gzip");
        struct res r = get(kit, "/prose");
        assert_header(r, "Content-Encoding", "gzip");
        assert_header(r, "ETag", "W/\"v1\"");
        assert_true(r.body.n < plain.n / 4);
        char *back = arena_alloc(kit->arena, plain.n);
        z_stream z = {.next_in = (unsigned char *)(uintptr_t)r.body.p,
                      .avail_in = (unsigned)r.body.n,
                      .next_out = (unsigned char *)back,
                      .avail_out = (unsigned)plain.n};
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        inflateEnd(&z);
        assert_memory_equal(back, plain.p, plain.n);
    }
    kit_header(kit, "Accept-Encoding: gzip");
    assert_header(get(kit, "/input"), "Content-Encoding", NULL);
    static const struct {
        const char *header;
        bool gzip;
    } cases[] = {
        {"gzip", true},
        {"GZIP", true},
        {"deflate, gzip;q=1.0", true},
        {"gzip;q=0", false},
        {"gzip; q=0", false},
        {"gzip;q=0.000", false},
        {"gzip;q=0.001", true},
        {"identity", false},
        {"xgzip", false},
        {"", false},
        {"br", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (accepts_gzip(str_of(cases[i].header)) != cases[i].gzip)
            fail_msg("%s", cases[i].header);
}

static void a_handler_that_runs_again_starts_afresh(void **state) /* request RULE 4 */
{
    struct kit *kit = *state;
    kit->app->options.store.db.time_limit_ms = 30;
    struct app_options options = kit->app->options;
    struct str message = S("");
    app_close(kit->app);
    kit->app = app_open(&options, features, kit->arena, &message);
    assert_non_null(kit->app);
    runs = kit->data[0] ? 0 : 1;
    struct res r = get(kit, "/again?a=1");
    assert_status(r, 200);
    assert_true(str_eq(r.body, S("half counted 10")));
    struct str after = str_from(r.head, (size_t)str_find_str(r.head, S("X-Run")) + 1);
    assert_int_equal(str_find_str(after, S("X-Run")), -1);
    assert_int_equal(runs, 2); /* on its loop, and then on the pool */
}

/* ---- metrics ---- */

static void figures_are_for_this_machine_and_administrators(void **state) /* metrics RULE 1 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/metrics");
    assert_status(r, 200);
    assert_has(r, "\nskep_requests_in_flight 1\n");
    assert_has(r, "\nprocess_resident_memory_bytes ");
    assert_has(r, "\nprocess_open_fds ");
    assert_has(r, "\nskep_lane_queued{lane=\"write\"} 0\n");
    assert_has(r, "\nskep_lane_queued{lane=\"files\"} 0\n");
    static const char *const proxied[] = {"X-Forwarded-For: 127.0.0.1", "Forwarded: for=x",
                                          "X-Real-IP: 10.0.0.1", "Via: 1.1 proxy"};
    for (size_t i = 0; i < sizeof proxied / sizeof *proxied; i++) {
        kit_header(kit, "%s", proxied[i]);
        assert_status(get(kit, "/metrics"), 403);
    }
    as(kit, kit_person(kit, "stan", ROLE_STAFF));
    kit_header(kit, "Via: 1.1 proxy");
    assert_status(get(kit, "/metrics"), 403);
    as(kit, kit_person(kit, "adam", ROLE_ADMINISTRATOR));
    kit_header(kit, "Via: 1.1 proxy");
    assert_status(get(kit, "/metrics"), 200);
}

/* ---- mailboxes ---- */

struct numbered {
    struct mail mail;
    int number;
};

static int rung, opened[4], opened_n;

static void on_ring(void *bell)
{
    (void)bell;
    rung++;
}

static void on_open(struct mail *m, void *owner)
{
    (void)owner;
    opened[opened_n++] = ((struct numbered *)m)->number;
}

static void mail_keeps_its_order_and_rings_once(void **state) /* mailbox RULE 1, mailbox RULE 2 */
{
    (void)state;
    struct mailbox box;
    struct numbered mails[4];
    mailbox_init(&box, on_ring, NULL);
    for (int i = 0; i < 3; i++) {
        mails[i] = (struct numbered){.mail = {.open = on_open}, .number = i};
        mailbox_post(&box, &mails[i].mail);
    }
    assert_int_equal(rung, 1);
    mailbox_open(&box, NULL);
    mails[3] = (struct numbered){.mail = {.open = on_open}, .number = 3};
    mailbox_post(&box, &mails[3].mail);
    assert_int_equal(rung, 2);
    mailbox_open(&box, NULL);
    mailbox_open(&box, NULL);
    assert_int_equal(opened_n, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(opened[i], i);
    mailbox_end(&box);
}

static void answers_are_timed_by_route(void **state) /* metrics RULE 3 */
{
    struct kit *kit = *state;
    get(kit, "/metrics?secret=abc");
    struct res r = get(kit, "/metrics");
    assert_has(r, "\nskep_request_seconds_count{method=\"GET\",route=\"/metrics\"} 1\n");
    assert_has(r, "skep_request_seconds_bucket{method=\"GET\",route=\"/metrics\",le=\"5\"} 1\n");
    assert_has_not(r, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(bodies_give_fields_or_are_refused),
        kit_test(deep_json_is_refused),
        kit_test(handlers_read_what_was_sent),
        kit_test(headers_cannot_be_split),
        kit_test(every_answer_is_guarded),
        kit_test(redirects_stay_here),
        kit_test(a_problem_is_told_in_full),
        kit_test(calls_that_are_left_are_told),
        kit_test(refusals_take_the_face_asked_for),
        kit_test(a_message_is_shown_once),
        kit_test(head_says_what_get_would),
        kit_test(what_the_client_has_is_not_sent_again),
        kit_test(long_answers_are_compressed),
        kit_test(a_handler_that_runs_again_starts_afresh),
        kit_test(figures_are_for_this_machine_and_administrators),
        kit_test(answers_are_timed_by_route),
        cmocka_unit_test(mail_keeps_its_order_and_rings_once),
    };
    return kit_run(tests);
}
