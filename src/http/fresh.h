/* fresh.h: whether a feed reader has already what it asks for: 304 without making the feed.
 *
 * Owns    table marks (one row)
 *
 * A feed's ETag is "STATE-BODY". STATE says what the feed was made of: the hub's mark, who asked,
 * for which address, in which form. The mark is new after each commit that may show in a feed, so
 * an equal STATE is an equal feed, and one row tells it. BODY is a hash of the bytes: when
 * something else in the hub has changed, the feed is made, but not sent again.
 *
 * RULES
 *   1. A 304 is never stale: whatever a commit changes (a text, a vote, a right, a name), feeds
 *      that were sent before are made anew.
 *   2. A change that declares itself to show in no feed (ROUTE_ASIDE, store_job.aside) keeps them.
 *   3. A STATE holds for one viewer, address and form only, and cannot be made up.
 *   4. A feed that came out the same is answered with 304, and with the ETag that the reader has.
 *   5. Last-Modified is sent once the mark has rested for a minute, to guests and by feed keys
 *      only; If-Modified-Since counts when it is that very time and there is no If-None-Match.
 *
 * WHY one mark for the whole hub: what a feed shows hangs on texts, names, rights and memberships
 * all over it; docs/decisions/0013 says what finer marks would cost.
 */
#ifndef HTTP_FRESH_H
#define HTTP_FRESH_H

#include "http/request.h"

enum { FRESH_STATE = 16 }; /* hex digits */

struct fresh {  /* of one request for a feed */
    bool known; /* the mark was read */
    int64_t at; /* its time */
    char state[FRESH_STATE + 1];
    struct str body;
};

/* In the transaction of every commit that may show in a feed, as its last statement. */
void fresh_mark(struct db *db);

/* Between admission and handler, in the handler's transaction: 0, or 304 when the reader has it. */
int fresh_look(struct req *rq);

/* When the feed stands in rq->out: the headers, or 304 when the reader has the same bytes. */
int fresh_tell(struct req *rq);

#endif
