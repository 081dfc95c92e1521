/* dispatch_test.c: the life of a request: faces, who may, what is kept, what fails; see
 * dispatch.c. */
#include "test/kit.h"

#include <pthread.h>
#include <stdio.h>

#include "http/assets.h"
#include "http/feature.h"
#include "http/router.h"

/* ---- the feature that is asked ---- */

static int face_show(struct req *rq)
{
    static const char *const names[] = {"page",      "stream", "json",     "atom", "rss",
                                        "json feed", "opml",   "calendar", "csv",  "cards"};
    rq->content_type = S("text/plain");
    out_fmt(&rq->out, "face=%s id=%lld name=" STR_FMT " viewer=%lld", names[rq->face],
            (long long)req_id(rq, "id"), STR_ARG(req_param(rq, "name")), (long long)rq->viewer.id);
    return rq->status = 200;
}

static int settings_change(struct req *rq)
{
    int64_t status = 0;
    str_int(req_field(rq, "status"), &status);
    db_exec(rq->db, "INSERT INTO settings (name, value) VALUES (?1, ?2)", T(req_field(rq, "name")),
            T(str_of(method_name(rq->method))));
    if (status >= 400)
        return refuse(rq, (int)status, "Because.");
    return redirect(rq, "/things/1");
}

static int counted_create(struct req *rq)
{
    db_exec(rq->db, "INSERT INTO settings (name, value) VALUES ('x', '1')");
    if (db_failed(rq->db) == DB_DUPLICATE)
        return refuse(rq, 422, "That name is taken.");
    return redirect(rq, "/");
}

static int greedy_create(struct req *rq)
{
    db_exec(rq->db, "INSERT INTO settings (name, value) VALUES ('greedy', '1')");
    for (int i = 0; i < 20; i++)
        arena_alloc(rq->arena, 1 << 20);
    return redirect(rq, "/");
}

static int wordy_show(struct req *rq)
{
    char block[4096] = {0};
    for (int i = 0; i < 10000; i++)
        out_raw(&rq->out, block, sizeof block);
    return rq->status = 200;
}

static int silent_show(struct req *rq)
{
    (void)rq;
    return 0;
}

static int password_prepare(struct req *rq)
{
    if (str_is(req_field(rq, "name"), "wrong"))
        return refuse(rq, 422, "No.");
    rq->prepared = arena_make(rq->arena, int);
    return 0;
}

static int prepared_create(struct req *rq)
{
    return rq->prepared ? settings_change(rq) : refuse(rq, 500, "prepare did not run");
}

static int slow_runs;

/* Takes for ever the first time, and nothing after that. */
static int slow_show(struct req *rq)
{
    int64_t n = db_get_int(rq->db, -1,
                           "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c"
                           " WHERE x < ?1) SELECT count(*) FROM c",
                           I(slow_runs++ ? 10 : INT64_MAX));
    rq->content_type = S("text/plain");
    out_fmt(&rq->out, "counted %lld", (long long)n);
    return rq->status = 200;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int gate_create(struct req *rq)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return redirect(rq, "/");
}

static const struct route routes[] = {
    {GET, "/things/:id", face_show, ANYONE},
    {POST, "/faces/:id", face_show, ANYONE},
    {POST, "/things", settings_change, ANYONE},
    {PUT, "/things/:id", settings_change, ANYONE},
    {PATCH, "/things/:id", settings_change, ANYONE},
    {DELETE, "/things/:id", settings_change, ANYONE},
    {GET, "/tags/:name", face_show, ANYONE},
    {GET, "/heavy/:id", face_show, ANYONE, .flags = ROUTE_HEAVY},
    {GET, "/members/:id", face_show, MEMBER},
    {GET, "/staff/:id", face_show, STAFF},
    {GET, "/administrators/:id", face_show, ADMINISTRATOR},
    {GET, "/owners/:id", face_show, OWNER},
    {POST, "/members", settings_change, MEMBER},
    {POST, "/counted", counted_create, ANYONE},
    {POST, "/greedy", greedy_create, ANYONE},
    {GET, "/wordy", wordy_show, ANYONE},
    {GET, "/silent", silent_show, ANYONE},
    {POST, "/prepared", prepared_create, ANYONE, .prepare = password_prepare},
    {POST, "/limited", settings_change, ANYONE, .rate = {2, 60}},
    {GET, "/slow", slow_show, ANYONE},
    {POST, "/gate", gate_create, ANYONE, .flags = ROUTE_BARE},
    {POST, "/small", settings_change, ANYONE, .body_max = 40},
    {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

static int64_t things(struct kit *kit)
{
    return sql_int(kit, "SELECT count(*) FROM settings WHERE name <> 'secret'");
}

/* ---- faces, paths, methods ---- */

static void the_face_follows_the_suffix_then_accept(void **state)
{
    static const struct {
        const char *path, *accept, *want;
    } cases[] = {
        {"/things/12", "text/html", "face=page id=12"},
        {"/things/12-better-lids", "*/*", "face=page id=12"},
        {"/things/12x", "", "face=page id=0"},
        {"/things/012", "", "face=page id=0"},
        {"/things/-12", "", "face=page id=0"},
        {"/things/12.json", "text/html", "face=json id=12"},
        {"/things/12.atom", "text/html", "face=atom id=12"},
        {"/things/12.csv", "text/html", "face=csv id=12"},
        {"/things/12", "application/json", "face=json"},
        {"/things/12", "application/json;q=0.5, text/html", "face=page"},
        {"/things/12", "text/html;q=0.1, application/json;q=0.9", "face=json"},
        {"/things/12", "application/json;q=0", "face=page"},
        {"/things/12", "text/vnd.turbo-stream.html, text/html, application/xhtml+xml",
         "face=page"}, /* it follows the redirect of a form that it sent */
        {"/things/12", "application/atom+xml", "face=atom"},
        {"/things/12", "image/png", "face=page"},
        {"/tags/c%2Fc++", "", "name=c/c++"},
        {"/heavy/3", "", "face=page id=3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct res r = kit_request(*state, "GET", cases[i].path, cases[i].accept, NULL, NULL);
        assert_status(r, 200);
        assert_has(r, cases[i].want);
    }
    assert_has(post_stream(*state, "/faces/1", ""), "face=stream id=1");
    assert_has(post_json(*state, "/faces/1", "{}"), "face=json id=1");
    struct res r = kit_request(*state, "POST", "/faces/1", "*/*", KIT_JSON, "{}");
    assert_has(r, "face=json"); /* who sends JSON reads JSON */
}

static void a_slash_behind_leads_to_the_path_without(void **state) /* dispatch RULE 6 */
{
    struct res r = get(*state, "/things/1/?a=b&c=%20");
    assert_status(r, 308);
    assert_header(r, "Location", "/things/1?a=b&c=%20");
    assert_status(get(*state, "//evil.example/"), 400);
    assert_status(get(*state, "/%5cevil.example/"), 308);
    assert_header(get(*state, "/%5cevil.example/"), "Location", "/%5cevil.example");
    assert_status(get(*state, "/\\evil.example/"), 404);
    assert_status(post(*state, "/things/", "name=a"), 308);
    assert_int_equal(things(*state), 0);
}

static void methods_that_are_not_there(void **state)
{
    struct kit *kit = *state;
    struct res r = kit_request(kit, "DELETE", "/things", KIT_PAGE, NULL, NULL);
    assert_status(r, 405);
    assert_header(r, "Allow", "POST, OPTIONS");
    r = get(kit, "/things");
    assert_status(r, 405);
    r = kit_request(kit, "OPTIONS", "/things/1", KIT_PAGE, NULL, NULL);
    assert_status(r, 204);
    assert_header(r, "Allow", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    assert_header(r, "Content-Length", NULL);
    r = kit_request(kit, "OPTIONS", "*", KIT_PAGE, NULL, NULL);
    assert_status(r, 204);
    assert_status(kit_request(kit, "OPTIONS", "/nowhere", KIT_PAGE, NULL, NULL), 404);
    assert_status(get(kit, "/nowhere"), 404);
    assert_status(post(kit, "/nowhere", "a=b"), 404);
}

static void a_form_may_be_another_method(void **state) /* dispatch RULE 7 */
{
    struct kit *kit = *state;
    assert_status(post(kit, "/things/1", "_method=PATCH&name=a"), 303);
    assert_status(post(kit, "/things/1", "_method=put&name=b"), 303);
    assert_status(post(kit, "/things/1", "_method=delete&name=c"), 303);
    assert_true(str_is(sql_str(kit, "SELECT value FROM settings WHERE name = 'a'"), "PATCH"));
    assert_true(str_is(sql_str(kit, "SELECT value FROM settings WHERE name = 'b'"), "PUT"));
    assert_true(str_is(sql_str(kit, "SELECT value FROM settings WHERE name = 'c'"), "DELETE"));
    assert_status(post(kit, "/things/1", "_method=GET&name=d"), 400);
    assert_status(post(kit, "/things/1", "_method=TRACE&name=d"), 400);
    assert_status(post(kit, "/things/1", "name=d"), 405);
    assert_status(kit_request(kit, "PUT", "/things/1", KIT_PAGE, KIT_FORM, "_method=DELETE&name=e"),
                  303);
    assert_true(str_is(sql_str(kit, "SELECT value FROM settings WHERE name = 'e'"), "PUT"));
    assert_status(get(kit, "/things/1?_method=DELETE"), 200);
}

/* ---- who ---- */

static void who_may_call_what(void **state) /* dispatch RULE 5 */
{
    static const char *const paths[] = {"/things/1", "/members/1", "/staff/1", "/administrators/1",
                                        "/owners/1"};
    static const char *const handles[] = {"guest", "mia", "stan", "adam", "olga"};
    struct kit *kit = *state;
    for (enum role role = ROLE_GUEST; role <= ROLE_OWNER; role++) {
        as(kit, role ? kit_person(kit, handles[role], role) : NULL);
        for (int least = 0; least <= ROLE_OWNER; least++) {
            struct res r = get(kit, paths[least]);
            assert_status(r, (int)role >= least ? 200 : role ? 403 : 303);
            r = get_json(kit, paths[least]);
            assert_status(r, (int)role >= least ? 200 : role ? 403 : 401);
        }
    }
}

static void guests_are_shown_the_way_in(void **state) /* dispatch RULE 5 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/members/1?tab=two%20words");
    assert_header(r, "Location", "/session/new?back=%2Fmembers%2F1%3Ftab%3Dtwo%2520words");
    kit_header(kit, "Referer: http://" KIT_HOST "/ideas/3?page=2");
    assert_header(post(kit, "/members", "name=a"), "Location",
                  "/session/new?back=%2Fideas%2F3%3Fpage%3D2");
    kit_header(kit, "Referer: http://" KIT_HOST ".evil.example/ideas");
    assert_header(post(kit, "/members", "name=a"), "Location", "/session/new?back=%2F");
    kit_header(kit, "Referer: http://" KIT_HOST "//evil.example/");
    assert_header(post(kit, "/members", "name=a"), "Location", "/session/new?back=%2F");
    r = get_json(kit, "/members/1");
    assert_header(r, "WWW-Authenticate", "Bearer");
    assert_header(r, "Content-Type", "application/problem+json");
    assert_json_int(r, "status", 401);
    assert_json_str(r, "title", "Unauthorized");
    assert_status(get(kit, "/members/1.atom"), 401);
    assert_status(post_stream(kit, "/members", "name=a"), 303);
    assert_int_equal(things(kit), 0);
}

static void too_often_is_refused(void **state)
{
    struct kit *kit = *state;
    assert_status(post(kit, "/limited", "name=a"), 303);
    assert_status(post(kit, "/limited", "name=b"), 303);
    struct res r = post(kit, "/limited", "name=c");
    assert_status(r, 429);
    assert_header(r, "Retry-After", "30");
    assert_int_equal(things(kit), 2);
    as(kit, kit_person(kit, "mia", ROLE_MEMBER)); /* her own bucket */
    assert_status(post(kit, "/limited", "name=d"), 303);
    as(kit, NULL);
    kit_pass(kit, 30 * CLOCK_SECOND);
    assert_status(post(kit, "/limited", "name=e"), 303);
}

/* ---- what is kept ---- */

static void refusals_keep_nothing(void **state) /* dispatch RULE 1, RULE 3 */
{
    struct kit *kit = *state;
    assert_status(post(kit, "/things", "name=a&status=404"), 404);
    assert_status(post(kit, "/things", "name=a&status=422"), 422);
    assert_status(post_json(kit, "/things", "{\"name\":\"a\",\"status\":500}"), 500);
    assert_int_equal(things(kit), 0);
    assert_status(post(kit, "/things", "name=a"), 303);
    assert_int_equal(things(kit), 1);
}

static void failed_statements_keep_nothing(void **state) /* dispatch RULE 2 */
{
    struct kit *kit = *state;
    struct res r = kit_fail_sweep(kit, "POST", "/things", "name=a", NULL);
    assert_status(r, 303);
    assert_int_equal(things(kit), 1);
    r = post(kit, "/things", "name=a");
    assert_status(r, 409);
    assert_has(r, "That exists already.");
    assert_status(post(kit, "/counted", ""), 303);
    r = post(kit, "/counted", ""); /* this handler looked at the failure itself */
    assert_status(r, 422);
    assert_has(r, "That name is taken.");
    assert_int_equal(things(kit), 2);
}

static void greed_is_refused(void **state) /* dispatch RULE 3 */
{
    struct kit *kit = *state;
    struct res r = post(kit, "/greedy", "");
    assert_status(r, 503);
    assert_header(r, "Retry-After", "1");
    assert_int_equal(things(kit), 0);
    assert_status(get(kit, "/wordy"), 500);
    assert_status(get(kit, "/silent"), 500);
    assert_status(get(kit, "/things/1"), 200);
}

static void slow_work_is_prepared_first(void **state)
{
    struct kit *kit = *state;
    assert_status(post(kit, "/prepared", "name=wrong"), 422);
    assert_int_equal(things(kit), 0);
    assert_status(post(kit, "/prepared", "name=right"), 303);
    assert_int_equal(things(kit), 1);
    kit_header(kit, "Origin: http://evil.example");
    assert_status(kit_raw(kit, S("POST /prepared HTTP/1.1\r\nHost: hub\r\n\r\n")), 403);
}

static void open_with(struct kit *kit, struct app_options options)
{
    struct str message = S("");
    app_close(kit->app);
    kit->app = app_open(&options, features, kit->arena, &message);
    assert_non_null(kit->app);
}

static void a_slow_read_goes_to_the_pool(void **state) /* dispatch RULE 8 */
{
    struct kit *kit = *state;
    struct app_options options = kit->app->options;
    options.store.db.time_limit_ms = 30;
    open_with(kit, options);
    slow_runs = kit->data[0] ? 0 : 1; /* PostgreSQL reads on the pool from the first */
    struct res r = get(kit, "/slow");
    assert_status(r, 200);
    assert_has(r, "counted 10");
    assert_int_equal(slow_runs, 2);
}

struct queued {
    struct kit *kit;
    int status[3]; /* by 303, 503, other */
    bool retry;
};

static void *ask_at_the_gate(void *ctx)
{
    struct queued *q = ctx;
    struct arena *a = arena_new(1 << 20);
    struct str s = app_request(q->kit->app, a, S("POST /gate HTTP/1.1\r\nHost: hub\r\n\r\n"));
    int64_t status = 0;
    str_int(str_first(str_from(s, 9), 3), &status);
    q->status[status == 303 ? 0 : status == 503 ? 1 : 2]++;
    q->retry = str_has(s, S("Retry-After: 1\r\n"));
    arena_free(a);
    return NULL;
}

static void a_full_queue_refuses(void **state) /* dispatch RULE 4 */
{
    struct kit *kit = *state;
    struct app_options options = kit->app->options;
    options.store.queue_limit = 2;
    open_with(kit, options);
    enum { N = 24 }; /* more than eight connections and two places in the queue */
    struct queued queued[N] = {{0}};
    pthread_t threads[N];
    pthread_mutex_lock(&gate);
    for (int i = 0; i < N; i++) {
        queued[i].kit = kit;
        pthread_create(&threads[i], NULL, ask_at_the_gate, &queued[i]);
    }
    struct store_stats stats;
    do
        store_stats(kit->app->store, &stats);
    while (stats.refused == 0);
    pthread_mutex_unlock(&gate);
    int done = 0, refused = 0;
    for (int i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        done += queued[i].status[0];
        refused += queued[i].status[1];
        assert_int_equal(queued[i].status[1], queued[i].retry);
    }
    assert_int_equal(done + refused, N);
    assert_true(done > 0 && refused > 0);
}

static void bodies_are_bounded_by_route(void **state)
{
    struct kit *kit = *state;
    assert_status(post(kit, "/small", "name=a"), 303);
    struct res r = post(kit, "/small", "name=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
    assert_status(r, 413);
    assert_header(r, "Connection", "close");
    assert_int_equal(things(kit), 1);
}

/* ---- assets ---- */

static void assets_are_cached_by_their_hash(void **state)
{
    struct kit *kit = *state;
    if (skep_assets_count == 0)
        skip();
    const struct asset *asset = &skep_assets[0];
    struct res r = get(kit, asset->path.p);
    assert_status(r, 200);
    assert_true(str_eq(r.body, asset->body));
    assert_header(r, "Cache-Control", "public, max-age=31536000, immutable");
    struct str tag = res_head(r, "ETag");
    kit_header(kit, "If-None-Match: " STR_FMT, STR_ARG(tag));
    r = get(kit, asset->path.p);
    assert_status(r, 304);
    assert_int_equal(r.body.n, 0);
    assert_header(r, "Content-Length", NULL);
    r = kit_request(kit, "HEAD", asset->path.p, "*/*", NULL, NULL);
    assert_status(r, 200);
    assert_int_equal(r.body.n, 0);
    assert_header(r, "Content-Length", str_fmt(kit->arena, "%zu", asset->body.n).p);
    if (asset->gzip.n) {
        kit_header(kit, "Accept-Encoding: gzip");
        r = get(kit, asset->path.p);
        assert_header(r, "Content-Encoding", "gzip");
        assert_true(str_eq(r.body, asset->gzip));
        assert_false(str_eq(res_head(r, "ETag"), tag));
    }
    assert_status(get(kit, "/assets/none.css"), 404);
    assert_status(post(kit, asset->path.p, ""), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(the_face_follows_the_suffix_then_accept),
        kit_test(a_slash_behind_leads_to_the_path_without),
        kit_test(methods_that_are_not_there),
        kit_test(a_form_may_be_another_method),
        kit_test(who_may_call_what),
        kit_test(guests_are_shown_the_way_in),
        kit_test(too_often_is_refused),
        kit_test(refusals_keep_nothing),
        kit_test(failed_statements_keep_nothing),
        kit_test(greed_is_refused),
        kit_test(slow_work_is_prepared_first),
        kit_test(a_slow_read_goes_to_the_pool),
        kit_test(a_full_queue_refuses),
        kit_test(bodies_are_bounded_by_route),
        kit_test(assets_are_cached_by_their_hash),
    };
    return kit_run(tests);
}
