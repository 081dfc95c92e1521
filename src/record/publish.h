/* publish.h: follows the activity log after every commit and tells the open pages.
 *
 * RULES
 *   1. Nothing is sent before the commit that holds its activity, and everything in log order.
 *   2. A vote sends the new count; any other activity asks pages of its thread or space to refresh.
 *      What goes out is the same for everybody: a page fetches itself again under its own rights.
 *   3. A count goes out only where all who may see the page may see what was voted for.
 *   4. Who loses a right loses the stream before anything later is sent.
 *   5. A stream that comes again gets what its topics have missed, from the log: counts one by one,
 *      and one refresh for the rest. So it does from another process too.
 *   6. Whose notifications were written or looked at hears the bell, after the commit that did it.
 */
#ifndef RECORD_PUBLISH_H
#define RECORD_PUBLISH_H

#include "http/request.h"

/* Begins to follow the log at its present end. Once, when the program starts to serve. */
void publish_start(struct app *app);

/* RULE 5: the events behind live_seen(rq) up to `newest`, for live_open. */
struct str publish_missed(struct req *rq, const int64_t *topics, size_t n, int64_t newest);

#endif
