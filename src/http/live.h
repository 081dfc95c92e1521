/* live.h: event streams. One per browser tab carries Turbo Streams for the topics it may see.
 *
 * A topic is a record's id, LIVE_LISTS, a type's (live_type), or the viewer's own LIVE_BELL. The
 * handler of the stream's route has checked that the viewer may see each topic, then calls
 * live_open. What is published reaches the streams of all loops after the commit, in slices, and
 * in the log's order.
 *
 * RULES
 *   1. A stream that cannot keep up is closed; the browser comes back with Last-Event-ID.
 *   2. A stream gets each event of its topics behind the one it begins at, once, in order; when
 *      what lies between is not kept any more, one refresh stands for it.
 *   3. A heartbeat goes out every 20 s.
 *   4. A stream lives 15 minutes; when the browser comes again, its rights are checked again.
 *   5. While nobody listens nothing is published, and nothing is lost by that.
 *   6. Who loses a right (live_cut_put) loses the stream before anything later is sent on it, in
 *      each process; the browser comes again, and its rights are checked.
 *   7. A bell rings on the streams of its person only, on those that asked for it, and says nothing
 *      but that: the page then asks for its number. To ring too often harms nothing.
 */
#ifndef HTTP_LIVE_H
#define HTTP_LIVE_H

#include "http/request.h"

#define LIVE_LISTS INT64_C(0) /* a topic for everybody: what lists show of public records */
/* What staff sees of one type's roots: a topic for staff. */
static inline int64_t live_type(struct str type)
{
    return -(INT64_C(1) << 62) - (int64_t)(str_hash(type) & 0xffffffff);
}

static inline bool live_is_type(int64_t topic)
{
    return topic <= -(INT64_C(1) << 62);
}

#define LIVE_BELL(person_id) (-(person_id)) /* that number of notifications has changed */

/* The event that the browser has seen last, by Last-Event-ID or by the query; 0: it says none. */
int64_t live_seen(struct req *rq);

/* `from`: all up to this activity the browser has seen, or gets with `missed`, which is written by
 * live_event; -1: it begins now. `newest` is the newest activity that the request's transaction
 * sees: the first stream after a pause begins behind it. */
int live_open(struct req *rq, const int64_t *topics, size_t n, int64_t newest, int64_t from,
              struct str missed);
/* Writes one event as it goes over the wire; id 0: it is none of the log. */
void live_event(struct out *o, int64_t id, struct str html);
#define LIVE_REFRESH "<turbo-stream action=\"refresh\"></turbo-stream>"

/* False while nobody listens or has just asked to: then nothing need be published. */
bool live_active(struct app *app);
/* Up to this activity all has been published, or nobody has listened. */
int64_t live_position(struct app *app);

/* All events up to `id` were before this start: who has seen that one has missed nothing. */
void live_since(struct app *app, int64_t id);

/* Sends `html` (Turbo Stream elements) as event `id` to every stream with one of the topics. */
void live_publish(struct app *app, const int64_t *topics, size_t n, int64_t id, struct str html);

/* ---- RULE 7 ---- */

#define LIVE_RING "<turbo-stream action=\"ring\"></turbo-stream>"
/* Of these people; none: of everybody. */
void live_ring(struct app *app, const int64_t *people, size_t n);
/* In the transaction in which somebody looks at their notifications: rings on their other pages. */
void live_look_put(struct db *db, int64_t person_id);
int64_t live_look_newest(struct db *db);

/* ---- RULE 6 ---- */

struct live_cut { /* all streams that one of these names; all 0: everybody's */
    int64_t person_id, session_id, topic_id;
};
/* In the transaction that takes the right away. */
void live_cut_put(struct db *db, const struct live_cut *cut);
int64_t live_cut_newest(struct db *db);
/* Closes those streams that were opened before row `id` was. For the publisher. */
void live_cut(struct app *app, int64_t id, const struct live_cut *cut);
/* The rows of both tables that are older. */
void live_forget(struct db *db, int64_t then);

#endif
