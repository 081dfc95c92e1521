/* live.c: fan-out of events to the streams of all loops; see live.h.
 *
 * An event is written once, as it goes over the wire, and posted to each loop. A loop walks those
 * of its streams that listen to one of the topics, in slices, and between two slices it serves
 * whoever else waits. The last ones are kept in
 * a ring: between the handler that opens a stream and the loop that attaches it others are sent.
 *
 * WHY a number in order of sending beside the activity's: what the ring gave to a stream may still
 * stand in its loop's queue, and must not come twice.
 * WHY a stream that lost a right is closed, and not only its topic dropped: the page that listens
 * shows what may not be seen any more, and asks anew when it comes again.
 */
#include "http/live.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "http/loop.h"

#define PATIENCE (60 * CLOCK_SECOND) /* between the asking for a stream and its first event */

/* A slice is about a millisecond: so long a request that comes meanwhile waits. Who is sent nothing
 * costs a SKIPS-th of who is. */
enum { SLICE = 64, SKIPS = 16, RING = 1024, TOPICS_MAX = 64 };

struct event { /* shared by the loops and the ring, freed by the last one */
    int references;
    bool cuts, rings;
    int64_t id, seq; /* of the activity, or of the cut; in order of sending */
    int64_t at;      /* of one that rings: when it was sent; its bells are sorted, none: all */
    struct live_cut cut;
    int64_t *topics;
    size_t topics_n, n;
    char *text;
};

struct live {
    pthread_mutex_t lock;
    struct loop **loops;
    size_t loops_n;
    struct event *ring[RING];
    size_t at;
    int64_t floor, cut_floor; /* up to these some may be missing in the ring */
    int64_t last, seq;
    int streams;         /* of all loops */
    int64_t asked_until; /* monotonic: until then somebody may be about to listen */
};

struct letter { /* an event on its way to one loop */
    struct mail mail;
    struct event *event;
};

static struct event *event_new(const int64_t *topics, size_t n, int64_t id, struct str html);
static void event_drop(struct event *e);
static void on_letter(struct mail *m, void *owner);
static void on_slice(uv_idle_t *idle);
static bool listens(const struct conn *c, const int64_t *topics, size_t n);

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
    for (size_t i = 0; i < RING; i++)
        event_drop(live->ring[i]);
    pthread_mutex_destroy(&live->lock);
    free(live->loops);
    free(live);
}

/* ---- opening ---- */

int64_t live_seen(struct req *rq)
{
    int64_t id = 0;
    struct str header = req_header(rq, "last-event-id");
    if (!str_int(header.n ? header : req_query(rq, "last-event-id"), &id) || id < 0)
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

int live_open(struct req *rq, const int64_t *topics, size_t n, int64_t newest, int64_t from,
              struct str missed)
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
    hr->live_cut = live_cut_newest(rq->db);
    pthread_mutex_lock(&live->lock);
    resume(live, newest);
    if (from < 0 && live->floor == INT64_MAX)
        live->floor = live->last; /* from here on all is known */
    hr->live_from = from < 0 ? live->last : from;
    pthread_mutex_unlock(&live->lock);
    rq->content_type = S("text/event-stream");
    res_header(rq, "Cache-Control", S("no-store"));
    res_header(rq, "X-Accel-Buffering", S("no"));
    out_clear(&rq->out);
    out_lit(&rq->out, "retry: 2000\n");
    if (hr->live_from)
        out_fmt(&rq->out, "id: %lld\n", (long long)hr->live_from);
    out_lit(&rq->out, "\n");
    out_str(&rq->out, missed);
    return rq->status = 200;
}

static bool listens(const struct conn *c, const int64_t *topics, size_t n)
{
    for (size_t i = 0; i < c->topics_n; i++)
        for (size_t k = 0; k < n; k++)
            if (c->topics[i].topic == topics[k])
                return true;
    return false;
}

static void streams_add(struct live *live, int by)
{
    pthread_mutex_lock(&live->lock);
    live->streams += by;
    pthread_mutex_unlock(&live->lock);
}

static bool cut_meets(const struct event *e, const struct conn *c)
{
    const struct live_cut *cut = &e->cut;
    if (e->id <= c->live_cut) /* the stream's rights were looked at behind it */
        return false;
    return (!cut->person_id && !cut->session_id && !cut->topic_id) ||
           (cut->person_id && cut->person_id == c->person_id) ||
           (cut->session_id && cut->session_id == c->session_id) ||
           (cut->topic_id && listens(c, &cut->topic_id, 1));
}

static int topic_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool event_meets(const struct event *e, const struct conn *c)
{
    if (!e->rings)
        return e->id > c->live_from && listens(c, e->topics, e->topics_n);
    int64_t bell = LIVE_BELL(c->person_id);
    return c->person_id && listens(c, &bell, 1) &&
           (!e->topics_n || bsearch(&bell, e->topics, e->topics_n, sizeof bell, topic_order));
}

/* RULE 2. What was sent since the handler looked: the events, counted; *broken: the stream must
 * end, *gap: not all of it is kept. */
static size_t sent_since(struct live *live, struct conn *c, struct event **list, bool *broken,
                         bool *gap)
{
    size_t n = 0;
    pthread_mutex_lock(&live->lock);
    *broken = c->live_cut < live->cut_floor;
    *gap = c->live_from < live->floor;
    for (size_t i = 0; i < RING; i++) {
        struct event *e = live->ring[(live->at + i) % RING];
        if (!e)
            continue;
        if (e->cuts)
            *broken = *broken || cut_meets(e, c);
        else if (event_meets(e, c) && (!e->rings || e->at >= c->hr->rq.now)) {
            __atomic_add_fetch(&e->references, 1, __ATOMIC_ACQ_REL);
            list[n++] = e;
        }
    }
    c->live_seq = live->seq;
    if (*gap)
        c->live_from =
            live->last > c->live_from && live->floor < INT64_MAX ? live->last : c->live_from;
    pthread_mutex_unlock(&live->lock);
    return n;
}

static void catch_up(struct conn *c)
{
    struct event *list[RING];
    bool broken, gap, open = true;
    size_t n = sent_since(c->loop->server->app->live, c, list, &broken, &gap);
    if (gap && !broken) {
        struct out o;
        out_init(&o, 1024);
        live_event(&o, c->live_from, S(LIVE_REFRESH));
        open = conn_send(c, str_make(o.p, o.n));
        out_free(&o);
    }
    for (size_t i = 0; i < n; i++) {
        if (open && !gap && !broken)
            open = conn_send(c, str_make(list[i]->text, list[i]->n));
        event_drop(list[i]);
    }
    if (broken && open)
        conn_close(c);
}

static struct topic_sub **list_of(struct loop *l, int64_t topic)
{
    uint64_t mixed = (uint64_t)topic * UINT64_C(0x9e3779b97f4a7c15);
    return &l->listeners_of[mixed >> 32 & (TOPIC_LISTS - 1)];
}

static void subs_add(struct conn *c, const int64_t *topics, size_t n)
{
    c->topics_n = n;
    c->topics = malloc((n + 1) * sizeof *c->topics);
    if (!c->topics)
        die("out of memory: a stream");
    for (size_t i = 0; i < n; i++) {
        struct topic_sub *sub = &c->topics[i], **list = list_of(c->loop, topics[i]);
        *sub = (struct topic_sub){.conn = c, .topic = topics[i], .next = *list};
        if (*list)
            (*list)->prev = sub;
        *list = sub;
    }
}

static void subs_remove(struct conn *c)
{
    struct loop *l = c->loop;
    for (size_t i = 0; i < c->topics_n; i++) {
        struct topic_sub *sub = &c->topics[i];
        if (l->sub == sub)
            l->sub = sub->next;
        if (sub->prev)
            sub->prev->next = sub->next;
        else
            *list_of(l, sub->topic) = sub->next;
        if (sub->next)
            sub->next->prev = sub->prev;
    }
}

/* The head has been sent; from here on the connection listens. */
void live_attach(struct conn *c)
{
    struct loop *l = c->loop;
    subs_add(c, c->hr->topics, c->hr->topics_n);
    c->person_id = c->hr->rq.viewer.id;
    c->session_id = c->hr->rq.viewer.session_id;
    c->live_from = c->hr->live_from;
    c->live_cut = c->hr->live_cut;
    c->stream_prev = NULL;
    c->stream_next = l->streams;
    if (l->streams)
        l->streams->stream_prev = c;
    l->streams = c;
    c->began = uv_now(&l->uv);
    loop_deadline(c, (uint64_t)l->server->beat_ms);
    metrics_add(&l->home.counts, METRIC_STREAMS, 1);
    streams_add(l->server->app->live, 1);
    catch_up(c);
}

void live_detach(struct conn *c)
{
    struct loop *l = c->loop;
    subs_remove(c);
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

/* Under the lock. Into the ring, and to each loop. */
static void event_send(struct live *live, struct event *e)
{
    struct event **place = &live->ring[live->at++ % RING];
    if (*place && (*place)->cuts)
        live->cut_floor = (*place)->id > live->cut_floor ? (*place)->id : live->cut_floor;
    else if (*place && (*place)->id > live->floor)
        live->floor = (*place)->id;
    event_drop(*place);
    *place = e;
    e->seq = ++live->seq;
    e->references = 1 + (int)live->loops_n;
    for (size_t i = 0; i < live->loops_n; i++) {
        struct letter *letter = malloc(sizeof *letter);
        if (!letter)
            die("out of memory: an event");
        *letter = (struct letter){.mail = {.open = on_letter}, .event = e};
        mailbox_post(&live->loops[i]->home.box, &letter->mail);
    }
}

void live_publish(struct app *app, const int64_t *topics, size_t n, int64_t id, struct str html)
{
    struct live *live = app->live;
    struct event *e = event_new(topics, n, id, html);
    pthread_mutex_lock(&live->lock);
    if (live->floor == INT64_MAX)
        live->floor = id - 1;
    if (id > live->last)
        live->last = id;
    event_send(live, e);
    pthread_mutex_unlock(&live->lock);
}

void live_ring(struct app *app, const int64_t *people, size_t n)
{
    struct live *live = app->live;
    struct event *e = event_new(people, n, 0, S(LIVE_RING));
    e->rings = true;
    e->at = clock_now();
    for (size_t i = 0; i < n; i++)
        e->topics[i] = LIVE_BELL(people[i]);
    qsort(e->topics, n, sizeof *e->topics, topic_order);
    pthread_mutex_lock(&live->lock);
    event_send(live, e);
    pthread_mutex_unlock(&live->lock);
}

void live_cut(struct app *app, int64_t id, const struct live_cut *cut)
{
    struct live *live = app->live;
    struct event *e = event_new(NULL, 0, id, S(""));
    e->cuts = true;
    e->cut = *cut;
    pthread_mutex_lock(&live->lock);
    event_send(live, e);
    pthread_mutex_unlock(&live->lock);
}

/* ---- tables live_cuts and looks ---- */

void live_cut_put(struct db *db, const struct live_cut *cut)
{
    db_exec(db,
            "INSERT INTO live_cuts (at, person_id, session_id, topic_id) VALUES (?1, ?2, ?3, ?4)",
            I(clock_now()), I(cut->person_id), I(cut->session_id), I(cut->topic_id));
}

int64_t live_cut_newest(struct db *db)
{
    return db ? db_get_int(db, 0, "SELECT MAX(id) FROM live_cuts") : 0;
}

void live_look_put(struct db *db, int64_t person_id)
{
    db_exec(db, "INSERT INTO looks (at, person_id) VALUES (?1, ?2)", I(clock_now()), I(person_id));
}

int64_t live_look_newest(struct db *db)
{
    return db_get_int(db, 0, "SELECT MAX(id) FROM looks");
}

/* The newest stay: streams are told apart by one, and the publisher looks behind the other. */
void live_forget(struct db *db, int64_t then)
{
    db_exec(db, "DELETE FROM live_cuts WHERE at < ?1 AND id < (SELECT MAX(id) FROM live_cuts)",
            I(then));
    db_exec(db, "DELETE FROM looks WHERE at < ?1 AND id < (SELECT MAX(id) FROM looks)", I(then));
}

/* ---- events ---- */

void live_event(struct out *o, int64_t id, struct str html)
{
    struct str line;
    if (id)
        out_fmt(o, "id: %lld\n", (long long)id);
    while (str_split(&html, '\n', &line)) {
        out_lit(o, "data: ");
        for (size_t i = 0; i < line.n; i++)
            if (line.p[i] != '\r') /* would end the line in an event stream */
                out_char(o, line.p[i]);
        out_lit(o, "\n");
    }
    out_lit(o, "\n");
}

static struct event *event_new(const int64_t *topics, size_t n, int64_t id, struct str html)
{
    struct event *e = calloc(1, sizeof *e);
    struct out o;
    out_init(&o, CONN_BACKLOG_MAX + html.n * 2);
    live_event(&o, id, html);
    if (!e || !(e->topics = malloc((n + 1) * sizeof *topics)))
        die("out of memory: an event");
    if (n)
        memcpy(e->topics, topics, n * sizeof *topics);
    e->topics_n = n;
    e->id = id;
    e->text = o.p;
    e->n = o.n;
    return e;
}

static void event_drop(struct event *e)
{
    if (!e || __atomic_sub_fetch(&e->references, 1, __ATOMIC_ACQ_REL) > 0)
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

/* Not for those who listen to one of its topics. */
static bool for_all(const struct event *e)
{
    return e->cuts || (e->rings && !e->topics_n);
}

/* At the first of the streams that the next event may be for. */
static void event_begin(struct loop *l)
{
    const struct event *e = ((struct letter *)l->events)->event;
    l->cursor = for_all(e) ? l->streams : NULL;
    l->topic_at = 0;
    l->sub = e->topics_n ? *list_of(l, e->topics[0]) : NULL;
}

static void on_letter(struct mail *m, void *owner)
{
    struct loop *l = owner;
    m->next = NULL;
    *l->events_last = m;
    l->events_last = &m->next;
    if (l->events == m) {
        event_begin(l);
        uv_idle_start(&l->slices, on_slice);
    }
}

/* RULE 6. Whether it has come to the end within the budget. */
static bool walk_some(struct loop *l, const struct event *e, int *budget)
{
    while (l->cursor && *budget > 0) {
        struct conn *c = l->cursor;
        bool due = e->seq > c->live_seq && (e->cuts ? cut_meets(e, c) : event_meets(e, c));
        l->cursor = c->stream_next;
        if (due && e->cuts)
            conn_close(c);
        else if (due)
            conn_send(c, str_make(e->text, e->n));
        *budget -= due ? SKIPS : 1;
    }
    return !l->cursor;
}

/* A stream that has got it is marked by its number: it may listen to another of the topics, too;
 * and what came with the attaching is not sent again. */
static bool send_some(struct loop *l, const struct event *e, int *budget)
{
    for (;;) {
        while (l->sub && *budget > 0) {
            struct topic_sub *sub = l->sub;
            struct conn *c = sub->conn;
            bool due = sub->topic == e->topics[l->topic_at] && e->seq > c->live_seq &&
                       (e->rings || e->id > c->live_from);
            l->sub = sub->next;
            if (due) {
                c->live_seq = e->seq;
                conn_send(c, str_make(e->text, e->n));
            }
            *budget -= due ? SKIPS : 1;
        }
        if (l->sub)
            return false;
        if (++l->topic_at >= e->topics_n)
            return true;
        l->sub = *list_of(l, e->topics[l->topic_at]);
    }
}

static void on_slice(uv_idle_t *idle)
{
    struct loop *l = idle->data;
    for (int budget = SLICE * SKIPS; budget > 0; budget--) {
        struct letter *letter = (struct letter *)l->events;
        struct event *e = letter->event;
        if (!(for_all(e) ? walk_some(l, e, &budget) : send_some(l, e, &budget)))
            return;
        l->events = letter->mail.next;
        event_drop(e);
        free(letter);
        if (!l->events) {
            l->events_last = &l->events;
            uv_idle_stop(idle);
            return;
        }
        event_begin(l);
    }
}
