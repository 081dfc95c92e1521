/* live.h: event streams. One per browser tab carries Turbo Streams for the topics it may see.
 *
 * A topic is a record's id (0: everything public on the hub). The handler of the stream's route
 * has checked that the viewer may see each topic, then calls live_open. What is published reaches
 * the streams of all loops after the commit, in slices, and in the order of the activity log.
 *
 * RULES
 *   1. A stream that cannot keep up is closed; the browser comes back with Last-Event-ID.
 *   2. Coming back after missed events gives one refresh at once.
 *   3. A heartbeat goes out every 20 s.
 *   4. A stream lives 15 minutes; when the browser comes again, its rights are checked again.
 *   5. While nobody listens nothing is published, and nothing is lost by that.
 */
#ifndef HTTP_LIVE_H
#define HTTP_LIVE_H

#include "http/request.h"

/* A stream that gives Last-Event-ID, or ?after= with the activity its page was made at, is told to
 * refresh when one of its topics has changed since. `newest` is the newest activity that the
 * request's transaction sees: the first stream after a pause begins behind it. */
int live_open(struct req *rq, const int64_t *topics, size_t n, int64_t newest);

/* False while nobody listens or has just asked to: then nothing need be published. */
bool live_active(struct app *app);
/* Up to this activity all has been published, or nobody has listened. */
int64_t live_position(struct app *app);

/* All events up to `id` were before this start: who has seen that one has missed nothing. */
void live_since(struct app *app, int64_t id);

/* Sends `html` (Turbo Stream elements) as event `id` to every stream with one of the topics. */
void live_publish(struct app *app, const int64_t *topics, size_t n, int64_t id, struct str html);

#endif
