/* live.c: fan-out of events to the streams of all loops; see live.h.
 *
 * An event is written once, as it goes over the wire, and posted to each loop. A loop walks its
 * streams in slices, and between two slices it serves whoever else waits.
 *
 * WHY a ring of what was sent and not of its text: who comes back after missing something gets
 * one "refresh", and the page fetches its present state, which is right whatever was missed.
 */
#include "http/live.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "http/loop.h"

#define PATIENCE (60 * CLOCK_SECOND) /* between the asking for a stream and its first event */

enum { SLICE = 256, SCAN = 8 * SLICE, RING = 1024, RING_TOPICS = 4, TOPICS_MAX = 64 };

struct sent { /* what the ring remembers of an event; more topics than fit match everybody */
    int64_t id;
    size_t n;
    int64_t topics[RING_TOPICS];
};

struct live {
    pthread_mutex_t lock;
    struct loop **loops;
    size_t loops_n;
    struct sent ring[RING];
    size_t at;
    int64_t floor; /* events up to this one may be missing in the ring */
    int64_t last;
    int streams;        /* of all loops */
    int64_t asked_until; /* monotonic: until then somebody may be about to listen */
};

struct event { /* shared by the loops, freed by the last one */
    int references;
    int64_t *topics;
    size_t topics_n, n;
    char *text;
};

struct letter { /* an event on its way to one loop */
    struct mail mail;
    struct event *event;
};

static struct event *event_new(const int64_t *topics, size_t n, int64_t id, struct str html);
static void event_drop(struct event *e);
static void on_letter(struct mail *m, void *owner);
static void on_slice(uv_idle_t *idle);
static bool topics_meet(const int64_t *a, size_t a_n, const int64_t *b, size_t b_n);
static bool live_missed(struct live *live, const int64_t *topics, size_t n, int64_t seen);

struct live *live_new(void)
{
    struct live *live = calloc(1, sizeof *live);
    if (!live)
        die("out of memory: live streams");
    pthread_mutex_init(&live->lock, NULL);
    live->floor = INT64_MAX; /* nothing is known of the time before this start */
    return live;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    pthread_mutex_destroy(&live->lock);
    free(live->loops);
    free(live);
}

/* ---- opening ---- */

static int64_t last_seen(struct req *rq)
{
    int64_t id = 0;
    struct str header = req_header(rq, "last-event-id");
    if (!str_int(header.n ? header : req_query(rq, "after"), &id) || id < 0)
        return 0;
    return id;
}

/* Under the lock. */
static bool listened(const struct live *live)
{
    return live->streams > 0 || clock_monotonic() < live->asked_until;
}

bool live_active(struct app *app)
{
    struct live *live = app->live;
    pthread_mutex_lock(&live->lock);
    bool active = listened(live);
    pthread_mutex_unlock(&live->lock);
    return active;
}

int64_t live_position(struct app *app)
{
    struct live *live = app->live;
    pthread_mutex_lock(&live->lock);
    int64_t last = live->last;
    pthread_mutex_unlock(&live->lock);
    return last;
}

/* RULE 5. The first after a pause: what its transaction sees is past, and what comes later is
 * published, since from here on somebody listens. */
static void resume(struct live *live, int64_t newest)
{
    if (!listened(live) && newest > live->last)
        live->floor = live->last = newest;
    live->asked_until = clock_monotonic() + PATIENCE;
}

int live_open(struct req *rq, const int64_t *topics, size_t n, int64_t newest)
{
    struct http_request *hr = rq->http;
    struct live *live = rq->app->live;
    if (n > TOPICS_MAX)
        return refuse(rq, 400, "That is too many topics for one stream.");
    int64_t *own = arena_array(rq->arena, int64_t, n);
    if (n)
        memcpy(own, topics, n * sizeof *own);
    hr->topics = own;
    hr->topics_n = n;
    hr->streams = true;
    int64_t seen = last_seen(rq);
    pthread_mutex_lock(&live->lock);
    resume(live, newest);
    bool missed = seen && live_missed(live, own, n, seen);
    int64_t last = live->last > seen ? live->last : seen;
    pthread_mutex_unlock(&live->lock);
    rq->content_type = S("text/event-stream");
    res_header(rq, "Cache-Control", S("no-store"));
    res_header(rq, "X-Accel-Buffering", S("no"));
    out_clear(&rq->out);
    out_lit(&rq->out, "retry: 2000\n");
    if (last)
        out_fmt(&rq->out, "id: %lld\n", (long long)last);
    if (missed)
        out_lit(&rq->out, "data: <turbo-stream action=\"refresh\"></turbo-stream>\n");
    out_lit(&rq->out, "\n");
    return rq->status = 200;
}

static bool live_missed(struct live *live, const int64_t *topics, size_t n, int64_t seen)
{
    if (seen < live->floor)
        return true;
    for (size_t i = 0; i < RING; i++) {
        const struct sent *s = &live->ring[i];
        if (s->id > seen && (s->n > RING_TOPICS || topics_meet(s->topics, s->n, topics, n)))
            return true;
    }
    return false;
}

static bool topics_meet(const int64_t *a, size_t a_n, const int64_t *b, size_t b_n)
{
    for (size_t i = 0; i < a_n; i++)
        for (size_t k = 0; k < b_n; k++)
            if (a[i] == b[k])
                return true;
    return false;
}

static void streams_add(struct live *live, int by)
{
    pthread_mutex_lock(&live->lock);
    live->streams += by;
    pthread_mutex_unlock(&live->lock);
}

/* The head has been sent; from here on the connection listens. */
void live_attach(struct conn *c)
{
    struct loop *l = c->loop;
    c->topics_n = c->hr->topics_n;
    c->topics = malloc((c->topics_n + 1) * sizeof *c->topics);
    if (!c->topics)
        die("out of memory: a stream");
    if (c->topics_n)
        memcpy(c->topics, c->hr->topics, c->topics_n * sizeof *c->topics);
    c->stream_prev = NULL;
    c->stream_next = l->streams;
    if (l->streams)
        l->streams->stream_prev = c;
    l->streams = c;
    c->began = uv_now(&l->uv);
    loop_deadline(c, (uint64_t)l->server->beat_ms);
    metrics_add(&l->home.counts, METRIC_STREAMS, 1);
    streams_add(l->server->app->live, 1);
}

void live_detach(struct conn *c)
{
    struct loop *l = c->loop;
    if (l->cursor == c)
        l->cursor = c->stream_next;
    if (c->stream_prev)
        c->stream_prev->stream_next = c->stream_next;
    else
        l->streams = c->stream_next;
    if (c->stream_next)
        c->stream_next->stream_prev = c->stream_prev;
    metrics_add(&l->home.counts, METRIC_STREAMS, -1);
    streams_add(l->server->app->live, -1);
}

void live_beat(struct conn *c)
{
    bool stuck = c->wire.backlog > 0; /* nothing of the last 20 s has been read */
    bool old = uv_now(&c->loop->uv) - c->began > (uint64_t)c->loop->server->life_ms;
    if (stuck || old) {
        metrics_add(&c->loop->home.counts, METRIC_STREAMS_DROPPED, stuck);
        conn_close(c);
    } else if (conn_send(c, S(":\n\n"))) {
        loop_deadline(c, (uint64_t)c->loop->server->beat_ms);
    }
}

/* ---- publishing ---- */

void live_since(struct app *app, int64_t id)
{
    struct live *live = app->live;
    pthread_mutex_lock(&live->lock);
    if (live->floor == INT64_MAX)
        live->floor = live->last = id;
    pthread_mutex_unlock(&live->lock);
}

void live_publish(struct app *app, const int64_t *topics, size_t n, int64_t id, struct str html)
{
    struct live *live = app->live;
    pthread_mutex_lock(&live->lock);
    if (live->floor == INT64_MAX)
        live->floor = id - 1;
    struct sent *s = &live->ring[live->at++ % RING];
    if (s->id > live->floor)
        live->floor = s->id;
    *s = (struct sent){.id = id, .n = n};
    for (size_t i = 0; i < n && i < RING_TOPICS; i++)
        s->topics[i] = topics[i];
    if (id > live->last)
        live->last = id;
    if (live->loops_n) {
        struct event *e = event_new(topics, n, id, html);
        e->references = (int)live->loops_n;
        for (size_t i = 0; i < live->loops_n; i++) {
            struct letter *letter = malloc(sizeof *letter);
            if (!letter)
                die("out of memory: an event");
            *letter = (struct letter){.mail = {.open = on_letter}, .event = e};
            mailbox_post(&live->loops[i]->home.box, &letter->mail);
        }
    }
    pthread_mutex_unlock(&live->lock);
}

static struct event *event_new(const int64_t *topics, size_t n, int64_t id, struct str html)
{
    struct event *e = calloc(1, sizeof *e);
    struct out o;
    struct str line;
    out_init(&o, CONN_BACKLOG_MAX + html.n * 2);
    out_fmt(&o, "id: %lld\n", (long long)id);
    while (str_split(&html, '\n', &line)) {
        out_lit(&o, "data: ");
        for (size_t i = 0; i < line.n; i++)
            if (line.p[i] != '\r') /* would end the line in an event stream */
                out_char(&o, line.p[i]);
        out_lit(&o, "\n");
    }
    out_lit(&o, "\n");
    if (!e || !(e->topics = malloc((n + 1) * sizeof *topics)))
        die("out of memory: an event");
    if (n)
        memcpy(e->topics, topics, n * sizeof *topics);
    e->topics_n = n;
    e->text = o.p;
    e->n = o.n;
    return e;
}

static void event_drop(struct event *e)
{
    if (__atomic_sub_fetch(&e->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    free(e->topics);
    free(e->text);
    free(e);
}

/* ---- the loop's side ---- */

void live_loop_begin(struct loop *l)
{
    struct live *live = l->server->app->live;
    l->events_last = &l->events;
    pthread_mutex_lock(&live->lock);
    struct loop **loops = realloc(live->loops, (live->loops_n + 1) * sizeof *loops);
    if (!loops)
        die("out of memory: live streams");
    live->loops = loops;
    live->loops[live->loops_n++] = l;
    pthread_mutex_unlock(&live->lock);
}

/* May be called twice. */
void live_loop_end(struct loop *l)
{
    struct live *live = l->server->app->live;
    pthread_mutex_lock(&live->lock);
    for (size_t i = 0; i < live->loops_n; i++)
        if (live->loops[i] == l) {
            live->loops[i] = live->loops[--live->loops_n];
            break;
        }
    pthread_mutex_unlock(&live->lock);
    mailbox_open(&l->home.box, l);
    while (l->events) {
        struct letter *letter = (struct letter *)l->events;
        l->events = letter->mail.next;
        event_drop(letter->event);
        free(letter);
    }
    l->events_last = &l->events;
}

static void on_letter(struct mail *m, void *owner)
{
    struct loop *l = owner;
    m->next = NULL;
    *l->events_last = m;
    l->events_last = &m->next;
    if (l->events == m) {
        l->cursor = l->streams;
        uv_idle_start(&l->slices, on_slice);
    }
}

static void on_slice(uv_idle_t *idle)
{
    struct loop *l = idle->data;
    struct letter *letter = (struct letter *)l->events;
    struct event *e = letter->event;
    int writes = 0, seen = 0;
    while (l->cursor && writes < SLICE && seen < SCAN) {
        struct conn *c = l->cursor;
        l->cursor = c->stream_next;
        seen++;
        if (!topics_meet(e->topics, e->topics_n, c->topics, c->topics_n))
            continue;
        conn_send(c, str_make(e->text, e->n));
        writes++;
    }
    if (l->cursor)
        return;
    l->events = letter->mail.next;
    if (!l->events) {
        l->events_last = &l->events;
        uv_idle_stop(&l->slices);
    }
    l->cursor = l->streams;
    event_drop(e);
    free(letter);
}
