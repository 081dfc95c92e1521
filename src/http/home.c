/* home.c: requests that are kept and used again; see http.h. */
#include <stdlib.h>

#include "core/log.h"
#include "core/rand.h"
#include "http/accesslog.h"
#include "http/gzip.h"
#include "http/http.h"
#include "http/upload.h"

enum { HEAD_MAX = 64 * 1024 };

static void buffer_keep(struct out *o);
static void request_free(struct http_request *hr);

void home_begin(struct home *home, struct app *app, void (*ring)(void *bell), void *bell)
{
    *home = (struct home){.app = app, .date_second = -1};
    mailbox_init(&home->box, ring, bell);
    out_init(&home->lines, 4 * ACCESSLOG_FULL);
    home->line_second = -1;
    rand_bytes(&home->id_seed, sizeof home->id_seed);
    home->reader = store_reader(app->store);
    size_t routes;
    router_routes(app->router, &routes);
    metrics_join(app->metrics, &home->counts, routes);
}

void home_end(struct home *home)
{
    while (home->spare) {
        struct http_request *hr = home->spare;
        home->spare = hr->next;
        request_free(hr);
    }
    if (home->reader)
        store_reader_close(home->app->store, home->reader);
    gzip_free(home->gzip);
    accesslog_flush(home);
    out_free(&home->lines);
    metrics_leave(home->app->metrics, &home->counts);
    mailbox_end(&home->box);
}

struct http_request *http_request_take(struct home *home, struct str peer)
{
    struct http_request *hr = home->spare;
    if (hr) {
        home->spare = hr->next;
        home->spare_n--;
    } else {
        hr = calloc(1, sizeof *hr);
        if (!hr)
            die("out of memory: a request");
        hr->home = home;
        hr->rq.arena = arena_new(HTTP_ARENA);
        out_init(&hr->rq.out, HTTP_ANSWER_MAX);
        out_init(&hr->head, HEAD_MAX);
        out_init(&hr->packed, HTTP_ANSWER_MAX);
    }
    hr->rq.app = home->app;
    hr->rq.http = hr;
    hr->rq.peer = str_dup(hr->rq.arena, peer);
    hr->rq.headers_out = hr->out_headers;
    intake_begin(&hr->in, hr->rq.arena);
    metrics_add(&home->counts, METRIC_IN_FLIGHT, 1);
    return hr;
}

/* Everything but the memory is forgotten, so that no request sees another's remains. */
void http_request_give(struct http_request *hr)
{
    struct home *home = hr->home;
    metrics_add(&home->counts, METRIC_IN_FLIGHT, -1);
    uploads_end(hr);
    file_forget(hr);
    if (home->spare_n == HTTP_KEEP_REQUESTS) {
        request_free(hr);
        return;
    }
    arena_reset(hr->rq.arena);
    buffer_keep(&hr->rq.out);
    buffer_keep(&hr->in.body);
    buffer_keep(&hr->packed);
    buffer_keep(&hr->head);
    struct http_request kept = {
        .home = home,
        .rq = {.arena = hr->rq.arena, .out = hr->rq.out},
        .in = {.body = hr->in.body},
        .packed = hr->packed,
        .head = hr->head,
        .next = home->spare,
    };
    *hr = kept;
    home->spare = hr;
    home->spare_n++;
}

static void buffer_keep(struct out *o)
{
    out_clear(o);
    if (o->cap > HTTP_KEEP_BUFFER)
        out_free(o);
}

static void request_free(struct http_request *hr)
{
    arena_free(hr->rq.arena);
    out_free(&hr->rq.out);
    out_free(&hr->in.body);
    out_free(&hr->packed);
    out_free(&hr->head);
    free(hr);
}
