/* once.h: Idempotency-Key: a change that a client sends twice is made once.
 *
 * A client that got no answer does not know whether its change was made. It sends it again with the
 * same key, and gets the answer of the first time. The answer is a row of the transaction that made
 * the change: both are there or neither, also after a crash, and since there is one writer, the
 * second of two that come at once finds the first one's row.
 *
 * RULES
 *   1. The same key of the same person with the same request, within a day, is made once, and
 *      answered with the same status, Location, ETag and body.
 *   2. The same key with another request is 422.
 *   3. Refusals are not kept: what was refused may be sent again.
 *   4. What is older than a day is forgotten; each new answer clears a few old ones away.
 *   5. No answer with a credential in it is kept: such routes refuse the header.
 */
#ifndef HTTP_ONCE_H
#define HTTP_ONCE_H

#include "http/request.h"

enum { ONCE_KEY_MAX = 255 };

/* Whether the route looks at Idempotency-Key: POST and PATCH do, unless they handle credentials. */
bool once_takes(const struct route *route);

/* ---- for the dispatcher, inside the write transaction ---- */

/* 0: go on; else the status of the answer that was kept, or of a refusal. */
int once_before(struct req *rq);
void once_after(struct req *rq);

#endif
