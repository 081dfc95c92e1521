/* accesslog.h: one line for each request that was answered.
 *
 *     access: 2026-11-27T15:30:00Z GET /ideas?q=tea 200 1.234 ms 5321 B person=12
 *         request=6f1c... peer=127.0.0.1                       (on one line)
 *
 * or, with --log-format json, one object with the same.
 *
 * RULES
 *   1. What may be a secret is not written: in the query and in the path, what is named key, token,
 *      code, secret, signature or password, and what holds a mail address or looks like a token.
 *   2. A line stays one line, and an object one object, whatever the address held.
 *   3. Lines leave together, at the latest with the loop's next tick, and none is lost at a stop.
 */
#ifndef HTTP_ACCESSLOG_H
#define HTTP_ACCESSLOG_H

#include "core/out.h"

struct http_request;
struct home;

enum { ACCESSLOG_FULL = 16 * 1024 };

void accesslog_add(struct http_request *hr); /* its answer is made */
void accesslog_flush(struct home *home);

#endif
