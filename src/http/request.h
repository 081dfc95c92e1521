/* request.h: what a handler sees: the request, who asks, and the ways to answer.
 *
 * A handler is a plain synchronous function that returns the status it answered with:
 *
 *     static int ideas_show(struct req *rq)
 *     {
 *         struct record *r = record_access(rq, req_id(rq, "id"), RIGHT_READ);
 *         if (!r)
 *             return not_found(rq);
 *         ...
 *         return answer(rq, &(struct answer){.title = r->title, .page = page, .data = &v});
 *     }
 *
 * GET runs in a read transaction that sees one state; everything else runs in the write
 * transaction, which is kept only when the handler answered below 400, no statement failed, and
 * the arena stayed under its ceiling. Effects (live updates, mail) follow the commit.
 *
 * RULES
 *   1. A route without a declared `who` stops the program at start.
 *   2. An unsafe request of a browser session needs the session's token and our own origin.
 *   3. A redirect never leaves this site.
 *   4. A handler may run again (a conflict on PostgreSQL): it must not change `rq`'s input.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/out.h"
#include "core/shape.h"
#include "core/str.h"
#include "db/db.h"

enum method { GET = 1, POST, PUT, PATCH, DELETE };

/* How the answer is to look; chosen by the path's suffix (.json .atom .rss .feed.json .opml .ics
 * .csv .vcf),
 * else by Accept. */
enum face {
    FACE_PAGE,
    FACE_STREAM,
    FACE_JSON,
    FACE_ATOM,
    FACE_RSS,
    FACE_JSON_FEED,
    FACE_OPML,
    FACE_CALENDAR,
    FACE_CSV,
    FACE_CARDS,
};

enum role { ROLE_GUEST, ROLE_MEMBER, ROLE_STAFF, ROLE_ADMINISTRATOR, ROLE_OWNER };

/* Who may call a route. There is no default: 0 stops the start. */
enum who { WHO_MISSING = 0, ANYONE, MEMBER, STAFF, ADMINISTRATOR, OWNER };

struct viewer {
    int64_t id; /* person; 0: a guest */
    enum role role;
    uint64_t roles; /* of the hub's own making, a bit each: record/rights.h */
    struct str name, handle;
    int64_t session_id; /* 0: guest or bearer token */
    bool by_token;      /* API client: no cookie, so no CSRF check */
    int64_t feed_key;   /* a feed reader with this key; 0: none */
};

struct req;
struct app;

/* Whether the answer shows what a page shows: as a page, or as a change of the one that is open. */
static inline bool face_shows(enum face face)
{
    return face == FACE_PAGE || face == FACE_STREAM;
}

/* Whether it is for feed readers: they may show a feed key, and ask again and again. */
static inline bool face_feeds(enum face face)
{
    return face >= FACE_ATOM && face <= FACE_CALENDAR;
}

struct rate { /* at most `times` in `seconds` for one person (a guest: one address); 0: no limit */
    int times, seconds;
};
#define PER_MINUTE(n) ((struct rate){(n), 60})
#define PER_HOUR(n) ((struct rate){(n), 3600})

/* What a bearer token must be good for. By default: an administrator's routes "admin", other reads
 * "read", other changes "write". */
enum scope { SCOPE_DEFAULT = 0, SCOPE_READ, SCOPE_WRITE, SCOPE_ADMIN, SCOPE_NONE /* no token */ };

struct form_rule; /* record/form.h */

enum route_flag {
    ROUTE_HEAVY = 1,  /* a GET that may read long: runs on the pool, not on a loop */
    ROUTE_STREAM = 2, /* answers with an event stream (live_open) */
    ROUTE_BARE = 4,   /* serves machines (/metrics): no session is looked up, refusals are plain */
    ROUTE_ALONE = 8,  /* a GET without rq->db: answers also when the database does not */
    ROUTE_ASIDE = 16, /* a change that shows in no feed (signing in): readers keep what they have */
    ROUTE_UNFED = 32, /* a list that makes no sense as a feed */
    ROUTE_CREATES = 64, /* as JSON answers 201 with Location */
    ROUTE_NAMED = 128,  /* ":id" may be a short name, too */
    ROUTE_LEADS = 256,  /* may lead elsewhere (303), as JSON too */
    ROUTE_SECRET = 512, /* a credential is in its answer: none is kept (once.h) */
    ROUTE_OUTER = 1024, /* holds other requests, and is never inside of one (inner.h) */
};

struct route {
    enum method method;
    const char *path; /* "/ideas/:id/votes"; ":id" takes "12" and "12-better-lids" */
    int (*handler)(struct req *rq);
    enum who who;
    struct rate rate;
    /* Runs first, on a job thread, with a read transaction: slow work such as password hashing.
     * Returns 0 to go on to the handler, else the status it answered with. What it found goes into
     * rq->prepared. */
    int (*prepare)(struct req *rq);
    size_t body_max; /* bytes; 0: 256 kB */
    /* Of a POST that takes files (upload.h): they go to disk as they come. It runs at the end of
     * the head, when who, rate and origin are settled, in a read transaction, and returns 0 to take
     * the body, else the status it answered with. body_max is not looked at. */
    int (*upload)(struct req *rq);
    unsigned flags;
    const char *help; /* one line for `skep routes` and the API's documentation */
    enum scope scope;
    const struct form_rule *form;  /* the fields that it reads, by form_read */
    const struct form_rule *query; /* the parameters behind "?" */
    const struct part *answers;    /* its JSON, printed of answer.data; NULL: none of its own */
};

/* The scope that a token needs for it, by its default. */
enum scope route_scope(const struct route *route);
const char *scope_name(enum scope scope); /* "read"; SCOPE_NONE: "" */

struct param {
    struct str name, value;
};

struct req {
    struct app *app;
    struct arena *arena;
    struct db *db;
    const struct route *route;
    enum method method;
    enum face face;
    bool head;         /* HEAD: the body is counted, not sent */
    struct str path;   /* decoded, without the face's suffix */
    struct str target; /* as sent: path and query */
    struct str query_string;
    struct str body;       /* raw */
    struct str id;         /* X-Request-Id: of the trusted proxy, else our own */
    struct str request_id; /* X-Turbo-Request-Id of the browser's own change, for live refresh */
    struct str peer;       /* address of the client (of the last trusted proxy's client) */
    bool secure;           /* over TLS, here or at a trusted proxy */
    struct viewer viewer;
    int64_t now; /* microseconds; one time for the whole request */
    void *prepared;
    void *view;     /* what the view layer keeps for this request */
    int status;     /* of the answer; 0 until there is one */
    struct out out; /* the answer's body; its ctx is this request */
    struct str content_type;
    struct param *headers_out; /* list of the answer, see res_header */
    struct http_request *http; /* the layer's own: headers, parameters, fields */
};

/* ---- input ---- */

struct str req_param(struct req *rq, const char *name); /* path parameter, decoded; empty: none */
int64_t req_id(struct req *rq, const char *name);       /* leading number of it; 0: none */
struct str req_query(struct req *rq, const char *name); /* of the query, decoded; empty: none */
bool req_has_query(struct req *rq, const char *name);
const struct param *req_queries(struct req *rq, size_t *n); /* all, in order */
struct str req_header(struct req *rq, const char *name);    /* empty: none */
struct str req_cookie(struct req *rq, const char *name);

/* Fields of the body: a form (urlencoded) or the members of one JSON object; numbers and booleans
 * as their text, arrays of strings joined by ','. Broken UTF-8 was refused before. */
struct str req_field(struct req *rq, const char *name);
bool req_has_field(struct req *rq, const char *name);
const struct param *req_fields(struct req *rq, size_t *n);

/* What a route with `upload` was sent: each lies in a file of its own, which is gone when the
 * request ends; who wants to keep it moves it away. */
struct upload {
    struct str field, name; /* name: as the client gave it, any text without controls */
    const char *path;
    int64_t bytes;
    unsigned char hash[32]; /* BLAKE2b-256 */
};
const struct upload *req_uploads(struct req *rq, size_t *n);
int64_t req_length(struct req *rq); /* of the body, as its head says; -1: it does not */

/* ---- output ---- */

/* What a page may load and do; a handler that needs another says so with res_header. */
#define POLICY_PAGE                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "       \
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "               \
    "base-uri 'none'; frame-ancestors 'none'"

/* Copies. A later one of the same name replaces the earlier; CR and LF are refused. */
void res_header(struct req *rq, const char *name, struct str value);
/* HttpOnly, SameSite=Lax, Path=/; max_age_s 0: until the browser closes, below 0: deletes it. */
void res_cookie(struct req *rq, const char *name, struct str value, int64_t max_age_s);

/* 303 to a path of this site: anything else becomes "/". */
int redirect(struct req *rq, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Where the field "back" says, or the query's: a local path, or "." for the page it came from. */
int redirect_back(struct req *rq, struct str fallback);
struct str req_referer(struct req *rq); /* the path of the page of ours it came from; empty: none */
bool url_is_local(struct str url); /* "/x" but not "//x", "/\x", nor with controls */

/* Refusals: a page, or an RFC 9457 problem document, by face. `why` is a sentence for people, or
 * NULL. */
int refuse(struct req *rq, int status, const char *why);
/* The beginning of a problem document, for refusals that say more: add members, close '}'. */
struct json problem_open(struct req *rq, int status, const char *why);
static inline int not_found(struct req *rq)
{
    return refuse(rq, 404, NULL);
}
static inline int forbidden(struct req *rq)
{
    return refuse(rq, 403, NULL);
}

/* A file of the hub's own as the answer (range.h): `hash` becomes the ETag, the client's Range is
 * heeded, and the bytes go from disk to the connection piece by piece. False: it cannot be read. */
struct file_answer {
    const char *path;
    int64_t bytes;
    struct str type, etag;    /* etag: plain characters, without quotes */
    struct str disposition;   /* header value */
    struct str cache, policy; /* Cache-Control, Content-Security-Policy */
};
bool answer_file(struct req *rq, const struct file_answer *f);

/* A message shown on the page that follows a redirect (a short-lived cookie). A second line is the
 * path that the button "Undo" posts to. */
void flash(struct req *rq, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The token that an unsafe request of this browser must send as field "_csrf" or X-CSRF-Token. */
struct str req_csrf(struct req *rq);

#endif
