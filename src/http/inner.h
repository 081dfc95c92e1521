/* inner.h: a request inside of another one, or of a job: the same routes, in a transaction that is
 * open already.
 *
 *     struct inner *in = inner_open(rq->app, rq->arena);
 *     struct inner_answer got;
 *     inner_ask(in, rq->db, &(struct inner_ask){.outer = rq, .method = S("GET"),
 *                                               .target = S("/ideas/12")}, &got);
 *
 * Its body is JSON, and so is its answer, unless its address asks for another face.
 *
 * RULES
 *   1. It is routed, admitted (who, scope of the token, rate) and handled as if it had come by
 *      itself; only the token against forged forms was the outer one's business.
 *   2. What has a thread, a stream, a file or a credential of its own, and what holds requests
 *      itself, is refused (422), in words.
 *   3. What it wrote is not undone here: that is its caller's, who has a savepoint (db_save). A
 *      failure of the database stays in db.
 *   4. Bytes that are no request are refused as from a socket (400), and can add no header.
 */
#ifndef HTTP_INNER_H
#define HTTP_INNER_H

#include "http/request.h"

struct inner;

struct inner_ask {
    struct req *outer;                    /* who asks; NULL: `as` does */
    const struct viewer *as;              /* of a job that reads: as whom it asks */
    struct str method, target, body;      /* body: JSON; empty: none */
    struct str if_match, idempotency_key; /* header values; empty: none */
    bool paid; /* its rates were counted before: this is the same request again */
};

struct inner_answer { /* good until the next one, or the end of the owner's arena */
    int status;
    struct str type, body;
    const struct param *headers;
    size_t headers_n;
};

/* Ends with the arena. */
struct inner *inner_open(struct app *app, struct arena *owner);
void inner_ask(struct inner *in, struct db *db, const struct inner_ask *ask,
               struct inner_answer *answer);

#endif
