/* once.c: finds and keeps answers by their key; see once.h. */
#include "http/once.h"

#include <sodium.h>

#include "core/clock.h"
#include "http/http.h"
#include "http/response.h"

enum { REQUEST_HASH = 32, CLEARED = 20 };

#define KEPT_FOR CLOCK_DAY

static bool key_read(struct req *rq, struct str *key);
static void request_hash(const struct req *rq, unsigned char hash[REQUEST_HASH]);
static int answer_again(struct req *rq, const struct rows *q);

/* Why no answer of this route can be kept, for a refusal; NULL: it can. */
static const char *never_kept(const struct route *route)
{
    if (route->upload)
        return "Files are not sent twice: their bytes are stored once. Take no Idempotency-Key.";
    if (route->scope == SCOPE_NONE || (route->flags & ROUTE_SECRET))
        return "No answer is kept here, so no Idempotency-Key is taken.";
    return NULL;
}

bool once_takes(const struct route *route)
{
    return (route->method == POST || route->method == PATCH) && !never_kept(route);
}

int once_before(struct req *rq)
{
    struct str key;
    unsigned char hash[REQUEST_HASH];
    if (rq->method == GET || !rq->viewer.id || !req_header(rq, "idempotency-key").n)
        return 0;
    const char *why = never_kept(rq->route);
    if (why)
        return refuse(rq, 400, why);
    if (!once_takes(rq->route))
        return 0;
    if (!key_read(rq, &key))
        return refuse(rq, 400, "An Idempotency-Key has 1 to 255 visible ASCII characters.");
    request_hash(rq, hash);
    struct rows q = db_query(rq->db,
                             "SELECT request, status, location, etag, content_type, body FROM once"
                             " WHERE person_id = ?1 AND key = ?2 AND at > ?3",
                             I(rq->viewer.id), T(key), I(rq->now - KEPT_FOR));
    if (!db_next(&q))
        return 0;
    bool same = str_eq(db_blob(&q, 0), str_make((char *)hash, sizeof hash));
    int status = same ? answer_again(rq, &q)
                      : refuse(rq, 422, "This Idempotency-Key was used for another request.");
    db_done(&q);
    return status;
}

static int answer_again(struct req *rq, const struct rows *q)
{
    struct str location = db_str(q, 2), etag = db_str(q, 3);
    if (location.n)
        res_header(rq, "Location", location);
    if (etag.n)
        res_header(rq, "ETag", etag);
    res_header(rq, "Idempotent-Replayed", S("true"));
    rq->content_type = db_dup(q, 4, rq->arena);
    out_str(&rq->out, db_blob(q, 5));
    return rq->status = (int)db_int(q, 1);
}

void once_after(struct req *rq)
{
    struct str key;
    unsigned char hash[REQUEST_HASH];
    if (rq->status >= 400 || db_failed(rq->db) || out_failed(&rq->out) || !rq->viewer.id ||
        !once_takes(rq->route) || !key_read(rq, &key))
        return;
    request_hash(rq, hash);
    db_exec(rq->db,
            "DELETE FROM once WHERE (person_id, key) IN"
            " (SELECT person_id, key FROM once WHERE at <= ?1 ORDER BY at LIMIT ?2)",
            I(rq->now - KEPT_FOR), I(CLEARED));
    db_exec(rq->db,
            "INSERT INTO once"
            " (person_id, key, request, at, status, location, etag, content_type, body)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            " ON CONFLICT (person_id, key) DO UPDATE SET request = excluded.request,"
            " at = excluded.at, status = excluded.status, location = excluded.location,"
            " etag = excluded.etag, content_type = excluded.content_type, body = excluded.body",
            I(rq->viewer.id), T(key), B(str_make((char *)hash, sizeof hash)), I(rq->now),
            I(rq->status), T(response_header(rq->http, "Location")),
            T(response_header(rq->http, "ETag")), T(rq->content_type), B(out_text(&rq->out)));
}

/* The draft has it as a quoted string; most clients send it bare. False: it is none. */
static bool key_read(struct req *rq, struct str *key)
{
    struct str s = str_trim(req_header(rq, "idempotency-key"));
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        s = str_make(s.p + 1, s.n - 2);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    *key = s;
    return s.n && s.n <= ONCE_KEY_MAX;
}

static void request_hash(const struct req *rq, unsigned char hash[REQUEST_HASH])
{
    const unsigned char kind[2] = {(unsigned char)rq->method, (unsigned char)rq->face};
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, REQUEST_HASH);
    crypto_generichash_update(&state, kind, sizeof kind);
    crypto_generichash_update(&state, (const unsigned char *)rq->target.p, rq->target.n);
    crypto_generichash_update(&state, (const unsigned char *)"\n", 1);
    crypto_generichash_update(&state, (const unsigned char *)rq->body.p, rq->body.n);
    crypto_generichash_final(&state, hash, REQUEST_HASH);
}
