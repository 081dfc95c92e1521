/* dispatch.c: the life of a request between its last byte and its answer.
 *
 *     head --> route known --> body --> admit --> (prepare) --> handler --> commit --> answer
 *
 * admit: who asks (one query), may they, how often, and does the change come from our page.
 * On SQLite a GET runs on its loop, and so does the admission of a change; the handler of a change
 * runs on the writer. On PostgreSQL all of it runs on the pool, in the handler's transaction.
 *
 * RULES
 *   1. A change is answered after its commit, and with the handler's answer only if it was kept.
 *   2. A failed statement gives 500 (busy, or the database away or full: 503; lost race or
 *      duplicate: 409) and nothing is kept;
 *      but a handler that saw the failure and answered 409 or 422 is believed.
 *   3. An answer of 400 and above keeps nothing.
 *   4. A full queue gives 503 with Retry-After: 1.
 *   5. A guest where a member is wanted gets the way to sign in (page) or 401 (JSON, feeds).
 *   6. A path with a slash behind leads to the one without (308).
 *   7. A form's `_method` may make a POST a PUT, PATCH or DELETE, and nothing else.
 *   8. A read that takes too long on its loop runs again on the pool.
 *   9. What came in at a redirecting address goes to the same one over https (308), unread.
 *  10. An upload is admitted before its body is read; one that is refused is not read.
 *
 * A request inside of another one or of a job (inner.h) takes the same way, but for the threads.
 */
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "http/feed_key.h"
#include "http/http.h"
#include "http/inner.h"
#include "http/once.h"
#include "http/peers.h"
#include "http/rate.h"
#include "http/response.h"
#include "http/session.h"
#include "http/upload.h"

enum { REQUEST_ID_MAX = 64 };

static void id_choose(struct http_request *hr);
static void peer_trusted(struct req *rq);
static void tests_want(struct http_request *hr);
static void faults_on(struct http_request *hr);
static void faults_off(struct http_request *hr);
static bool upload_route(struct http_request *hr);
static void upload_admit(struct http_request *hr);
static void upload_admitted(struct http_request *hr, enum db_failure failure);
static int upload_whole(struct http_request *hr);
static int upload_ask(struct http_request *hr);
static void run_alone(struct http_request *hr);
static void run_here(struct http_request *hr);
static bool admit_here(struct http_request *hr);
static void submit(struct http_request *hr, enum stage stage);
static bool job_run(struct store_job *job, struct db *db);
static void job_done(struct store_job *job, enum db_failure failure);
static int admit(struct http_request *hr);
static int admit_who(struct req *rq);
static int handler_call(struct http_request *hr);
static void settle(struct http_request *hr, enum db_failure failure);
static void finish(struct http_request *hr);

/* ---- head and route ---- */

void dispatch_head(struct http_request *hr)
{
    struct intake *in = &hr->in;
    struct req *rq = &hr->rq;
    rq->now = clock_now();
    hr->began = clock_monotonic();
    rq->head = in->verb == VERB_HEAD;
    id_choose(hr);
    rq->request_id = req_header(rq, "x-turbo-request-id");
    peer_trusted(rq);
    if (rq->app->testing)
        tests_want(hr);
    rq->target = in->target;
    static const enum method methods[] = {
        [VERB_NONE] = GET, [VERB_GET] = GET,     [VERB_HEAD] = GET,      [VERB_POST] = POST,
        [VERB_PUT] = PUT,  [VERB_PATCH] = PATCH, [VERB_DELETE] = DELETE, [VERB_OPTIONS] = GET,
    };
    rq->method = methods[in->verb];
    struct str target = str_eq(in->target, S("*")) ? S("/") : in->target;
    if (!target_parse(&hr->target, rq->arena, target) ||
        !target_fields(rq->arena, hr->target.query, &hr->queries, &hr->queries_n)) {
        intake_refuse(in, 400, "The address cannot be read.");
        return;
    }
    rq->path = hr->target.decoded;
    rq->query_string = hr->target.query;
    feed_key_take(hr);
    size_t n = hr->target.n;
    /* The suffix goes first: a parameter would take it for a part of its value. */
    if (!hr->target.deep && target_take_suffix(&hr->target, &rq->face)) {
        rq->path = hr->target.decoded;
        hr->suffixed = true;
    }
    if (!hr->target.deep && !hr->target.slash_behind)
        hr->placed = router_find(rq->app->router, hr->target.segments, n, &hr->place);
    face_choose(hr);
    hr->wait = hr->inner && hr->inner->paid ? 0 : peer_take(rq->app, PEER_REQUESTS, rq->peer);
    if (hr->wait) {
        intake_refuse(in, 429, "That is more than this address may ask. Wait a little.");
        return;
    }
    bool takes = !hr->tls_port && !hr->inner && upload_route(hr);
    intake_accept(in, takes        ? upload_body_max(rq->app)
                      : hr->placed ? hr->place.body_max
                                   : HTTP_LOST_BODY);
    if (takes && in->state != INTAKE_REFUSED)
        upload_admit(hr);
}

/* ---- what tests want ---- */

static void tests_want(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    int64_t nth;
    hr->faulty = str_int(req_header(rq, "x-skep-fail-nth"), &nth) && nth > 0 && nth < INT32_MAX;
    if (hr->faulty)
        hr->fail_nth = hr->fail_left = (int)nth;
    hr->undone = req_header(rq, "x-skep-undo").n > 0;
}

/* Statements are counted through all stages: what one leaves is for the next. */
static void faults_on(struct http_request *hr)
{
    if (hr->faulty)
        db_fail_nth(hr->rq.db, hr->fail_nth);
}

static void faults_off(struct http_request *hr)
{
    if (!hr->faulty)
        return;
    hr->fail_left = db_fail_left(hr->rq.db);
    db_fail_nth(hr->rq.db, 0);
}

/* ---- uploads ---- */

static bool upload_route(struct http_request *hr)
{
    const struct router_route *m = hr->place.by_method[POST];
    if (hr->in.verb != VERB_POST || !m || !m->route->upload)
        return false;
    hr->match = m;
    hr->rq.route = m->route;
    return true;
}

/* Who, how often, from where, and what the route itself says: before the body. */
static int upload_ask(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    int status = admit(hr);
    if (status == 0)
        status = rq->route->upload(rq);
    return rq->status = status;
}

static void upload_admit(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    response_reset(hr);
    if (!hr->home->reader) {
        submit(hr, STAGE_ADMIT);
        return;
    }
    rq->db = hr->home->reader;
    enum db_failure failure = DB_FAILED;
    if (db_begin(rq->db, false)) {
        faults_on(hr);
        upload_ask(hr);
        faults_off(hr);
        failure = db_failed(rq->db);
        db_rollback(rq->db);
    }
    upload_admitted(hr, failure);
}

static void upload_admitted(struct http_request *hr, enum db_failure failure)
{
    hr->rq.db = NULL;
    hr->fail_nth = hr->fail_left;
    if (!failure && hr->rq.status == 0) {
        uploads_begin(hr);
        return;
    }
    hr->close = hr->in.state == INTAKE_BODY; /* nobody reads the body */
    settle(hr, failure);
}

/* Unlike any other: a secret start and a count, mixed so that they do not look like one. */
static void id_choose(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    struct str given = rq->app->options.trust_proxy ? req_header(rq, "x-request-id") : S("");
    bool plain = given.n > 0 && given.n <= REQUEST_ID_MAX;
    for (size_t i = 0; plain && i < given.n; i++) {
        unsigned char c = (unsigned char)given.p[i], letter = c | 0x20;
        bool mark = c == '.' || c == '_' || c == '-';
        plain = mark || (c >= '0' && c <= '9') || (letter >= 'a' && letter <= 'z');
    }
    if (plain) {
        rq->id = given;
        return;
    }
    uint64_t id = (hr->home->id_seed + ++hr->home->ids) * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < 16; i++, id <<= 4)
        hr->id[i] = "0123456789abcdef"[id >> 60];
    rq->id = str_make(hr->id, 16);
}

/* Behind a proxy that we trust: its client's address, and whether it came over TLS. */
static void peer_trusted(struct req *rq)
{
    const struct app_options *o = &rq->app->options;
    if (o->base_url && str_starts(str_of(o->base_url), S("https://")))
        rq->secure = true;
    if (!o->trust_proxy)
        return;
    if (str_eq_nocase(req_header(rq, "x-forwarded-proto"), S("https")))
        rq->secure = true;
    struct str list = req_header(rq, "x-forwarded-for"), last = S("");
    while (str_split(&list, ',', &last)) {
    }
    last = str_trim(last);
    bool address = last.n > 0 && last.n < 46;
    for (size_t i = 0; i < last.n; i++)
        address = address && last.p[i] && strchr("0123456789abcdefABCDEF.:", last.p[i]);
    if (address)
        rq->peer = last;
}

/* A list as a file is all of it. */
static bool is_heavy(const struct req *rq)
{
    return (rq->route->flags & ROUTE_HEAVY) || rq->face >= FACE_CALENDAR;
}

void dispatch_whole(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (rq->now == 0)
        rq->now = clock_now();
    if (rq->id.n == 0)
        id_choose(hr);
    response_reset(hr);
    if (hr->in.state == INTAKE_REFUSED) {
        hr->close = true;
        if (hr->in.refusal == 429 || hr->in.refusal == 503)
            res_header(rq, "Retry-After", str_fmt(rq->arena, "%d", hr->wait ? hr->wait : 1));
        refuse(rq, hr->in.refusal, hr->in.why);
        finish(hr);
        return;
    }
    if (hr->tls_port) {
        tls_redirect(hr);
        finish(hr);
        return;
    }
    if (asset_answer(hr) || (hr->uploads ? upload_whole(hr) : route_find(hr)) != 0) {
        finish(hr);
        return;
    }
    bool reads = rq->method == GET;
    if (rq->route->flags & ROUTE_ALONE) {
        run_alone(hr);
        return;
    }
    bool here = hr->home->reader && reads && !is_heavy(rq);
    if (here && !rq->route->prepare)
        run_here(hr);
    else if (hr->home->reader && !admit_here(hr))
        finish(hr);
    else if (rq->route->prepare)
        submit(hr, STAGE_PREPARE);
    else
        submit(hr, reads ? STAGE_READ : STAGE_WRITE);
}

static int upload_whole(struct http_request *hr)
{
    const char *why = NULL;
    int status = uploads_whole(hr, &why);
    return status ? refuse(&hr->rq, status, why) : 0;
}

/* ---- running ---- */

static void run_alone(struct http_request *hr)
{
    int status = hr->rq.route->handler(&hr->rq);
    hr->rq.status = hr->rq.status ? hr->rq.status : status;
    settle(hr, DB_OK);
}

static void run_here(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    rq->db = hr->home->reader;
    if (!db_begin(rq->db, false)) {
        settle(hr, db_failed(rq->db));
        return;
    }
    faults_on(hr);
    if (admit(hr) == 0)
        handler_call(hr);
    faults_off(hr);
    enum db_failure failure = db_failed(rq->db);
    db_rollback(rq->db);
    if (failure == DB_BUSY)
        submit(hr, STAGE_READ);
    else
        settle(hr, failure);
}

/* False: refused. */
static bool admit_here(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    rq->db = hr->home->reader;
    int status = 0;
    if (db_begin(rq->db, false)) {
        faults_on(hr);
        status = admit(hr);
        faults_off(hr);
    }
    enum db_failure failure = db_failed(rq->db);
    db_rollback(rq->db);
    rq->db = NULL;
    if (failure)
        settle(hr, failure);
    return !failure && status == 0;
}

static void submit(struct http_request *hr, enum stage stage)
{
    static const enum store_lane lanes[] = {
        [STAGE_ADMIT] = STORE_READ,
        [STAGE_PREPARE] = STORE_SLOW,
        [STAGE_READ] = STORE_READ,
        [STAGE_WRITE] = STORE_WRITE,
    };
    hr->stage = stage;
    bool files = stage == STAGE_PREPARE && hr->uploads;
    hr->job = (struct store_job){
        .run = job_run, .done = job_done, .aside = (hr->rq.route->flags & ROUTE_ASIDE) != 0};
    if (store_submit(hr->rq.app->store, files ? STORE_FILES : lanes[stage], &hr->job))
        return;
    hr->close = hr->close || stage == STAGE_ADMIT; /* nobody reads the body */
    hr->stage = STAGE_HERE;
    hr->rq.db = NULL;
    response_reset(hr);
    res_header(&hr->rq, "Retry-After", S("1"));
    refuse(&hr->rq, 503, "The hub is busy. Try again in a moment.");
    finish(hr);
}

/* On a thread of the store. May run again after a conflict, so it starts from nothing. */
static bool job_run(struct store_job *job, struct db *db)
{
    struct http_request *hr =
        (struct http_request *)((char *)job - offsetof(struct http_request, job));
    response_reset(hr);
    hr->rq.db = db;
    faults_on(hr);
    int status = hr->stage == STAGE_ADMIT ? upload_ask(hr) : admit(hr);
    if (status == 0 && hr->stage == STAGE_PREPARE)
        hr->rq.status = status = hr->rq.route->prepare(&hr->rq);
    else if (status == 0 && hr->stage != STAGE_ADMIT)
        status = handler_call(hr);
    faults_off(hr);
    hr->failure = db_failed(db);
    hr->rq.db = NULL;
    return hr->stage == STAGE_WRITE && status < 400 && !hr->failure && !hr->undone &&
           !arena_over(hr->rq.arena) && !out_failed(&hr->rq.out);
}

static void job_done(struct store_job *job, enum db_failure failure)
{
    struct http_request *hr =
        (struct http_request *)((char *)job - offsetof(struct http_request, job));
    if (failure)
        hr->failure = failure;
    mailbox_post(&hr->home->box, &hr->mail);
}

void dispatch_back(struct http_request *hr)
{
    enum stage stage = hr->stage;
    hr->stage = STAGE_HERE;
    hr->fail_nth = hr->fail_left;
    if (stage == STAGE_ADMIT)
        upload_admitted(hr, hr->failure);
    else if (stage == STAGE_PREPARE && !hr->failure && hr->rq.status == 0 &&
             !arena_over(hr->rq.arena))
        submit(hr, hr->rq.method == GET ? STAGE_READ : STAGE_WRITE);
    else
        settle(hr, hr->failure);
}

static int handler_call(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (rq->method == GET && face_feeds(rq->face)) {
        feed_key_hide(rq); /* again: what was answered at admission may be gone */
        if (fresh_look(rq) != 0)
            return rq->status;
    }
    int status = once_before(rq);
    if (status == 0) {
        status = rq->route->handler(rq);
        if (rq->status == 0)
            rq->status = status;
        if (req_header(rq, "idempotency-key").n)
            once_after(rq);
    }
    if (db_failed(rq->db))
        log_warn("%s %s: %s (request " STR_FMT ")", method_name(rq->method), rq->route->path,
                 db_message(rq->db), STR_ARG(rq->id));
    return rq->status;
}

/* ---- inside ---- */

/* Why a route cannot run in somebody else's transaction; NULL: it can. */
static const char *outside_only(const struct route *route)
{
    const unsigned not = ROUTE_STREAM | ROUTE_BARE | ROUTE_ALONE | ROUTE_HEAVY | ROUTE_OUTER;
    if (route->upload)
        return "Files are sent by themselves.";
    if (route->prepare)
        return "What takes long is asked for by itself.";
    if (route->scope == SCOPE_NONE || (route->flags & ROUTE_SECRET))
        return "What handles credentials is asked for by itself.";
    return route->flags & not ? "This is asked for by itself." : NULL;
}

void dispatch_inner(struct http_request *hr, struct db *db)
{
    struct req *rq = &hr->rq;
    response_reset(hr);
    if (hr->in.state == INTAKE_REFUSED) {
        if (hr->wait)
            res_header(rq, "Retry-After", str_fmt(rq->arena, "%d", hr->wait));
        refuse(rq, hr->in.refusal, hr->in.why);
        return;
    }
    if (route_find(hr) != 0)
        return;
    const char *why = outside_only(rq->route);
    if (why) {
        refuse(rq, 422, why);
        return;
    }
    rq->db = db;
    if (admit(hr) == 0)
        handler_call(hr);
    settle(hr, db_failed(db));
    if (!hr->file)
        return;
    response_reset(hr);
    refuse(rq, 422, "Files are fetched by themselves.");
}

/* ---- admission ---- */

/* Whoever asks outside asks inside; a job says for whom. */
static int viewer_find(struct req *rq)
{
    const struct inner_ask *inner = rq->http->inner;
    if (!inner || !inner->as)
        return session_find(rq);
    rq->viewer = *inner->as;
    return 0;
}

static int admit_rate(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (!rq->route->rate.times || (hr->inner && hr->inner->paid))
        return 0;
    uint64_t key = rates_key(rq->app->rates, rq->route, rq->viewer.id, rq->peer);
    int64_t now = clock_steady();
    int wait = rates_take(rq->app->rates, key, rq->route->rate, now);
    hr->left = rates_left(rq->app->rates, key, rq->route->rate, now);
    hr->rated = true;
    if (!wait)
        return 0;
    res_header(rq, "Retry-After", str_fmt(rq->arena, "%d", wait));
    return refuse(rq, 429, "That was too often. Wait a little.");
}

/* 0, or the status it refused with. */
static int admit(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (hr->admitted)
        return 0;
    int status = 0;
    if (!(rq->route->flags & ROUTE_BARE))
        status = viewer_find(rq);
    if (db_failed(rq->db))
        return rq->status = 500; /* settled by the failure */
    if (status == 0)
        status = admit_who(rq);
    if (status == 0)
        status = admit_rate(hr);
    bool by_cookie = !rq->viewer.by_token && !(rq->route->flags & ROUTE_BARE) && !hr->inner;
    hr->unproven = by_cookie && rq->route->upload && !req_header(rq, "x-csrf-token").n &&
                   str_starts(req_header(rq, "content-type"), S("multipart/form-data"));
    if (status == 0 && rq->method != GET && by_cookie &&
        !(hr->unproven ? csrf_origin_ok(rq) : csrf_ok(rq)))
        status = refuse(rq, 403, "This form is out of date. Load the page again and repeat it.");
    hr->admitted = status == 0;
    if (hr->admitted && hr->faulty)
        hr->fail_nth = db_fail_left(rq->db); /* if it runs again, then from here */
    return status;
}

/* Where a guest goes back to after signing in: the page, or the page that held the form. */
static struct str way_back(struct req *rq)
{
    if (rq->method == GET)
        return rq->target;
    struct str referer = req_referer(rq);
    return referer.n ? referer : S("/");
}

static int admit_who(struct req *rq)
{
    static const enum role least[] = {
        [ANYONE] = ROLE_GUEST, [MEMBER] = ROLE_MEMBER,
        [STAFF] = ROLE_STAFF,  [ADMINISTRATOR] = ROLE_ADMINISTRATOR,
        [OWNER] = ROLE_OWNER,
    };
    if (rq->viewer.role >= least[rq->route->who])
        return 0;
    if (rq->viewer.id)
        return refuse(rq, 403, NULL);
    if (rq->face == FACE_PAGE || rq->face == FACE_STREAM) {
        struct str back = str_url_encode(rq->arena, way_back(rq));
        return redirect(rq, "/session/new?back=" STR_FMT, STR_ARG(back));
    }
    res_header(rq, "WWW-Authenticate", S("Bearer"));
    return refuse(rq, 401, "Sign in, or send a token.");
}

/* ---- the end ---- */

/* The answer that the handler made, unless something behind it failed. */
static void settle(struct http_request *hr, enum db_failure failure)
{
    struct req *rq = &hr->rq;
    static const struct {
        int status;
        const char *why;
    } of[] = {
        [DB_CONFLICT] = {409, "Somebody else changed this at the same moment. Try again."},
        [DB_BUSY] = {503, "The hub is busy. Try again in a moment."},
        [DB_DUPLICATE] = {409, "That exists already."},
        [DB_GONE] = {503, "The hub cannot reach its database. Try again in a moment."},
        [DB_INVALID] = {500, NULL},
        [DB_FAILED] = {500, NULL},
    };
    rq->db = NULL;
    int status = 0;
    const char *why = NULL;
    bool believed = rq->status == 409 || rq->status == 422;
    if (failure && !(believed && (failure == DB_DUPLICATE || failure == DB_INVALID))) {
        status = of[failure].status;
        why = of[failure].why;
    } else if (arena_over(rq->arena)) {
        status = 503;
        why = "That needs more memory than one request may have.";
    } else if (out_failed(&rq->out) || rq->status < 200 || rq->status > 599) {
        status = 500;
    }
    if (status) {
        if (!failure)
            log_warn("%s %s: answered with %d instead of %d (request " STR_FMT ")",
                     method_name(rq->method), rq->route->path, status, rq->status, STR_ARG(rq->id));
        response_reset(hr);
        if (status == 503)
            res_header(rq, "Retry-After", failure == DB_GONE ? S("5") : S("1"));
        refuse(rq, status, why);
    }
    finish(hr);
}

static void finish(struct http_request *hr)
{
    hr->rq.db = NULL;
    hr->finished = true;
    if (hr->faulty)
        res_header(&hr->rq, "X-Skep-Fail-Left", str_fmt(hr->rq.arena, "%d", hr->fail_left));
    if (hr->rq.status == 400)
        hr->close = true;
}
