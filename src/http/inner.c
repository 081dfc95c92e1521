/* inner.c: makes the text of a request and reads it as from a socket; see inner.h.
 *
 * WHY text: there is one place that knows what a request is (intake.c), and whatever it refuses
 * from a socket it refuses here.
 */
#include "http/inner.h"

#include <stdlib.h>

#include "core/log.h"
#include "http/http.h"

enum { HEAD_MAX = 24 * 1024 };

struct inner {
    struct home home; /* no thread's: nothing but `app` is looked at */
    struct http_request hr;
    struct arena *arena;
};

static void inner_free(void *p)
{
    struct inner *in = p;
    out_free(&in->hr.rq.out);
    out_free(&in->hr.in.body);
    arena_free(in->arena);
    free(in);
}

struct inner *inner_open(struct app *app, struct arena *owner)
{
    struct inner *in = calloc(1, sizeof *in);
    if (!in)
        die("out of memory: an inner request");
    in->home.app = app;
    in->arena = arena_new(HTTP_ARENA);
    out_init(&in->hr.rq.out, HTTP_ANSWER_MAX);
    arena_defer(owner, inner_free, in);
    return in;
}

static void request_begin(struct inner *in, const struct inner_ask *ask)
{
    struct http_request *hr = &in->hr;
    arena_reset(in->arena);
    out_clear(&hr->rq.out);
    *hr = (struct http_request){
        .home = &in->home, .rq = {.out = hr->rq.out}, .in = {.body = hr->in.body}, .inner = ask};
    hr->rq.app = in->home.app;
    hr->rq.arena = in->arena;
    hr->rq.http = hr;
    hr->rq.headers_out = hr->out_headers;
    hr->rq.peer = ask->outer ? ask->outer->peer : S("127.0.0.1");
    hr->rq.face = FACE_JSON; /* of what is refused before its head was read */
    intake_begin(&hr->in, in->arena);
}

/* RULE 4 */
static bool header_plain(struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
            return false;
    return true;
}

static void header_put(struct out *o, const char *name, struct str value)
{
    if (value.n && header_plain(value))
        out_fmt(o, "%s: " STR_FMT "\r\n", name, STR_ARG(value));
}

/* What says who asks, and what their addresses look like. */
static void outer_put(struct out *o, struct req *outer)
{
    static const char *const names[] = {"cookie", "authorization", "user-agent",
                                        "x-turbo-request-id"};
    const struct intake *in = &outer->http->in;
    for (size_t i = 0; i < in->headers_n; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (str_eq_nocase(in->headers[i].name, str_of(names[k])))
                header_put(o, names[k], in->headers[i].value);
}

static struct str head_make(struct inner *in, const struct inner_ask *ask)
{
    struct str host = ask->outer ? ask->outer->http->in.host : S("");
    struct out o;
    out_init(&o, HEAD_MAX);
    out_fmt(&o, STR_FMT " " STR_FMT " HTTP/1.1\r\n", STR_ARG(ask->method), STR_ARG(ask->target));
    header_put(&o, "host", host.n ? host : S("localhost"));
    header_put(&o, "accept", S("application/json"));
    if (ask->outer)
        outer_put(&o, ask->outer);
    header_put(&o, "if-match", ask->if_match);
    header_put(&o, "idempotency-key", ask->idempotency_key);
    if (ask->body.n)
        out_fmt(&o, "content-type: application/json\r\ncontent-length: %zu\r\n", ask->body.n);
    out_lit(&o, "\r\n");
    bool whole = !out_failed(&o);
    struct str head = out_take(&o, in->arena);
    return whole ? head : S("");
}

/* Method and address are one word each. */
static bool words_plain(const struct inner_ask *ask)
{
    bool plain = ask->method.n && ask->target.n && ask->target.p[0] == '/';
    for (size_t i = 0; i < ask->method.n; i++)
        plain = plain && ask->method.p[i] >= 'A' && ask->method.p[i] <= 'Z';
    for (size_t i = 0; i < ask->target.n; i++)
        plain = plain && ask->target.p[i] > ' ' && ask->target.p[i] < 0x7f;
    return plain && header_plain(ask->if_match) && header_plain(ask->idempotency_key);
}

static void text_feed(struct http_request *hr, struct str text)
{
    for (size_t at = 0; at < text.n && hr->in.state < INTAKE_WHOLE;) {
        at += intake_feed(&hr->in, text.p + at, text.n - at);
        if (hr->in.state == INTAKE_HEADED)
            dispatch_head(hr);
    }
}

void inner_ask(struct inner *in, struct db *db, const struct inner_ask *ask,
               struct inner_answer *answer)
{
    struct http_request *hr = &in->hr;
    request_begin(in, ask);
    if (words_plain(ask)) {
        text_feed(hr, head_make(in, ask));
        text_feed(hr, ask->body);
    }
    if (hr->in.state < INTAKE_WHOLE)
        intake_refuse(&hr->in, 400, "That is no request.");
    if (ask->outer) {
        hr->rq.now = ask->outer->now;
        hr->rq.id = ask->outer->id;
        hr->rq.peer = ask->outer->peer;
        hr->rq.secure = ask->outer->secure;
    }
    dispatch_inner(hr, db);
    *answer = (struct inner_answer){.status = hr->rq.status,
                                    .type = hr->rq.content_type,
                                    .body = out_text(&hr->rq.out),
                                    .headers = hr->out_headers,
                                    .headers_n = hr->out_n};
}
