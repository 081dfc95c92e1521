/* http.h: what the layer keeps of one request behind struct req. For src/http/ alone.
 *
 * A request belongs to its home, which is a loop or the thread that waits in app_request. While
 * the store runs it, it is away; it comes back by the home's mailbox, and finds its connection by
 * slot and generation, never by a pointer: the client may be gone.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "db/store.h"
#include "http/app.h"
#include "http/fresh.h"
#include "http/intake.h"
#include "http/mailbox.h"
#include "http/metrics.h"
#include "http/rate.h"
#include "http/request.h"
#include "http/router.h"
#include "http/target.h"

enum {
    HTTP_ARENA = 8 * 1024 * 1024,
    HTTP_ANSWER_MAX = 32 * 1024 * 1024,
    HTTP_OUT_HEADERS = 24,
    HTTP_LOST_BODY = 64 * 1024,    /* of a request to a path that does not exist */
    HTTP_KEEP_BUFFER = 256 * 1024, /* a larger one is given back to the system */
    HTTP_KEEP_REQUESTS = 64,       /* per home */
};

struct gzip;
struct inner_ask;
struct uploads;

/* Who owns requests and answers them: one thread at a time. */
struct home {
    struct app *app;
    struct mailbox box;
    struct db *reader; /* NULL on PostgreSQL */
    struct metrics counts;
    struct gzip *gzip;
    struct http_request *spare;
    int spare_n;
    int64_t date_second; /* the second that `date` spells */
    char date[32];
    struct out lines; /* accesslog.c */
    int64_t line_second;
    char line_time[32];
    size_t line_time_n;
    uint64_t id_seed, ids; /* of requests that bring no id */
};

enum stage {
    STAGE_HERE,    /* on the home's thread */
    STAGE_ADMIT,   /* away: admission of an upload, before its body is read */
    STAGE_PREPARE, /* away: route->prepare */
    STAGE_READ,    /* away: the handler of a GET */
    STAGE_WRITE,   /* away: the handler of a change */
};

struct http_request {
    struct req rq; /* what handlers see */
    struct home *home;
    struct intake in;
    struct target target;
    struct router_place place; /* if `placed` */
    const struct router_route *match;
    struct param *queries, *fields;
    size_t queries_n, fields_n;

    char id[17];
    int64_t began; /* clock_monotonic at the end of the head; 0: none came */
    int64_t bytes; /* of the answer; set by response_finish */
    enum stage stage;
    int wait;      /* seconds that a refusal tells */
    int tls_port;  /* not 0: it came in where everybody is sent there */
    bool finished; /* the answer is complete */
    bool admitted; /* viewer, who, rate and CSRF are settled */
    bool placed;   /* the path leads to routes */
    bool suffixed; /* the path's suffix chose the face */
    bool close;    /* the connection, after the answer */
    bool streams;  /* live_open was called */
    bool unproven; /* an upload whose CSRF token is still to come, in a field before the files */
    struct uploads *uploads;       /* NULL: the body is no upload */
    const struct inner_ask *inner; /* NULL: it came by itself */
    bool rated;                    /* `left` is known */
    struct rate_left left;
    struct store_job job;
    struct mail mail;
    enum db_failure failure;
    bool faulty;   /* tests: a statement of the request is to fail, counted through all stages */
    int fail_nth;  /* which one from here */
    int fail_left; /* at the end: how many more it would have taken; 0: it did fail */
    bool undone;   /* tests: nothing is kept of a change, however it is answered */
    uint32_t slot, generation;
    struct http_request *next; /* spare */

    struct param out_headers[HTTP_OUT_HEADERS];
    size_t out_n;
    struct str session;  /* token of the cookie, as sent; empty: none */
    struct str guest;    /* token of a guest's cookie, as sent or as just made */
    struct str flash;    /* set by this request */
    struct str feed_key; /* parameter `key` of the query, which nothing else sees */
    struct fresh fresh;
    const int64_t *topics;
    size_t topics_n;
    int64_t live_from, live_cut; /* of a stream: what it has, up to here */

    struct str still; /* a body that is not in rq.out: an asset */
    int file;         /* a body that is read from here, behind the head, + 1; 0: none */
    int64_t file_at, file_left;
    struct out head, packed;
    struct str payload; /* what follows the head */
};

static inline struct http_request *http_of(struct req *rq)
{
    return rq->http;
}

void home_begin(struct home *home, struct app *app, void (*ring)(void *bell), void *bell);
void home_end(struct home *home);

struct http_request *http_request_take(struct home *home, struct str peer);
void http_request_give(struct http_request *hr);

/* ---- choose.c: what it is for ---- */

void face_choose(struct http_request *hr);
int route_find(struct http_request *hr);    /* 0, or the status it answered with */
bool asset_answer(struct http_request *hr); /* false: it is none */
/* To the same address over TLS: of the hub if that is known, else of the host that was asked. */
void tls_redirect(struct http_request *hr);

/* ---- dispatch.c: the life of a request ---- */

/* At INTAKE_HEADED: finds the route and accepts its body. */
void dispatch_head(struct http_request *hr);
/* At INTAKE_WHOLE or INTAKE_REFUSED. After it the request is finished, or away in the store. */
void dispatch_whole(struct http_request *hr);
/* It came back by mail. */
void dispatch_back(struct http_request *hr);
/* At INTAKE_WHOLE or INTAKE_REFUSED of one that is inside another: here, in the transaction of db.
 * After it the request is answered. */
void dispatch_inner(struct http_request *hr, struct db *db);

/* An upload that was admitted: its body may come. */
static inline bool dispatch_reads(const struct http_request *hr)
{
    return hr->stage == STAGE_HERE && !hr->finished;
}

/* ---- response.c ---- */

void response_reset(struct http_request *hr); /* nothing answered yet */
/* Makes head and payload. `keep`: the connection stays open. */
void response_finish(struct http_request *hr, bool keep);
const char *response_reason(int status);
/* A header of the answer as it is by now; empty: none. */
struct str response_header(struct http_request *hr, const char *name);

/* ---- range.c ---- */

void file_forget(struct http_request *hr); /* closes what answer_file opened */

/* ---- form.c ---- */

int body_read(struct http_request *hr); /* 0, or the status to refuse with */

/* ---- live.c ---- */

struct live *live_new(void);
void live_free(struct live *live);

#endif
