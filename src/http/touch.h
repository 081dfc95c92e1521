/* touch.h: notes that a session or a key was used, on their way to the database while the request
 * that brought it is answered. When the writer's queue is full a note is lost: the next request
 * makes it again.
 *
 * RULES
 *   1. Of many requests that find the same stale time, one writes it.
 *   2. Notes show in no feed.
 */
#ifndef HTTP_TOUCH_H
#define HTTP_TOUCH_H

#include "http/request.h"

struct touch_kind {
    const char *sql; /* ?1 the id, ?2 now */
    int64_t every;   /* microseconds between two notes */
};

/* `kind` must live as long as the program. */
void touch(struct req *rq, const struct touch_kind *kind, int64_t id);

#endif
