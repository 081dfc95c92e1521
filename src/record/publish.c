/* publish.c: one reading job at a time; commits that come meanwhile are taken by the next one.
 * See publish.h. */
#include "record/publish.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/log.h"
#include "http/app.h"
#include "http/live.h"
#include "record/abouts.h"
#include "record/act.h"

enum {
    BATCH = 500,
    ARENA = 4 << 20,
    MISSED = 50,        /* changes of its topics that a stream is sent one by one */
    MISSED_SPAN = 5000, /* of the log, that is looked through for them */
    MISSED_MAX = 64 << 10,
    RUNG = 5000, /* people whose bells ring at once; more: everybody's */
};

struct publisher {
    struct store_job job; /* first: the store hands it back */
    struct app *app;
    struct arena *arena;
    pthread_mutex_t lock;
    bool running, again;
    bool more;          /* the batch was full */
    int64_t cut;        /* of table live_cuts: up to here all have been sent */
    int64_t told, look; /* of notifications, by activity, and of looks: the bells have rung */
};

/* What lists that everybody sees may show otherwise: public roots, and counts. */
#define IN_LISTS "a.audience = 0 AND (a.verb = 'Like' OR a.record_id = a.root_id)"

/* What lists of a type show staff otherwise. */
#define IN_TYPE                                                                                    \
    "CASE WHEN a.audience IN (0, 1, 4) AND a.record_id = a.root_id THEN a.type ELSE '' END"

#define CHANGES                                                                                    \
    "SELECT a.id, a.verb, a.record_id, a.root_id, a.space_id, a.request,"                          \
    " COALESCE(r.score, 0), r.audience > t.audience OR"                                            \
    " r.audience > COALESCE(s.audience, t.audience), " IN_LISTS ", " IN_TYPE " FROM activities a"  \
    " LEFT JOIN records r ON r.id = a.record_id"                                                   \
    " LEFT JOIN records t ON t.id = a.root_id"                                                     \
    " LEFT JOIN records s ON s.id = a.space_id"

/* A row of CHANGES as Turbo Streams: the count for pages that show the record, in whatever place;
 * or a word to those that show its thread or space to look again. */
static struct str change_html(struct arena *a, const struct rows *q, bool *counts)
{
    bool for_few = db_int(q, 7) != 0;
    *counts = str_is(db_str(q, 1), VERB_LIKE) && !for_few;
    if (*counts)
        return str_fmt(a,
                       "<turbo-stream action=\"update\" targets=\"[data-score='%lld']\">"
                       "<template>%lld</template></turbo-stream>",
                       (long long)db_int(q, 2), (long long)db_int(q, 6));
    struct str request = db_str(q, 5);
    struct out o;
    out_init(&o, 1024);
    out_lit(&o, "<turbo-stream action=\"refresh\"");
    if (request.n) {
        out_lit(&o, " request-id=\"");
        out_html(&o, request);
        out_char(&o, '"');
    }
    out_lit(&o, "></turbo-stream>");
    return out_take(&o, a);
}

/* RULE 4. Before the changes of the same transaction. */
static void cuts_send(struct publisher *p, struct db *db)
{
    struct rows q = db_query(db,
                             "SELECT id, person_id, session_id, topic_id FROM live_cuts"
                             " WHERE id > ?1 ORDER BY id",
                             I(p->cut));
    while (db_next(&q)) {
        struct live_cut cut = {db_int(&q, 1), db_int(&q, 2), db_int(&q, 3)};
        p->cut = db_int(&q, 0);
        live_cut(p->app, p->cut, &cut);
    }
    db_done(&q);
}

/* ---- bells ---- */

static size_t people_read(struct rows q, int64_t *people, size_t n)
{
    while (n <= RUNG && db_next(&q))
        people[n++] = db_int(&q, 0);
    db_done(&q);
    return n;
}

/* RULE 6. Notifications are there up to their consumer's cursor, be it ahead of what is published
 * here or, when very many are told, behind. */
static void bells_ring(struct publisher *p, struct db *db)
{
    int64_t *people = arena_array(p->arena, int64_t, RUNG + 1),
            told = db_get_int(db, 0,
                              "SELECT activity_id FROM cursors WHERE consumer = 'notifications'"),
            look = live_look_newest(db);
    size_t n = 0;
    if (told > p->told)
        n = people_read(db_query(db,
                                 "SELECT person_id FROM notifications WHERE activity_id > ?1"
                                 " AND activity_id <= ?2 AND reason <> '' LIMIT ?3",
                                 I(p->told), I(told), I(RUNG + 1)),
                        people, n);
    if (look > p->look)
        n = people_read(db_query(db,
                                 "SELECT person_id FROM looks WHERE id > ?1 AND id <= ?2 LIMIT ?3",
                                 I(p->look), I(look), I(RUNG + 1)),
                        people, n);
    if (db_failed(db))
        return;
    p->told = told; /* less than it was after the log has been read anew */
    p->look = look;
    if (n)
        live_ring(p->app, people, n > RUNG ? 0 : n);
}

/* Records in whose timeline a note, a call or the like stands are shown otherwise, too. */
static size_t timelines_of(struct db *db, const struct rows *q, int64_t ids[ABOUTS_TOLD])
{
    const struct record_type *t = db_str(q, 9).n ? record_type_find(db_str(q, 9)) : NULL;
    return t && t->timeline ? abouts_of(db, db_int(q, 2), ids) : 0;
}

static bool publish_run(struct store_job *job, struct db *db)
{
    struct publisher *p = (struct publisher *)job;
    int n = 0;
    int64_t from = live_position(p->app);
    arena_reset(p->arena);
    cuts_send(p, db);
    struct rows q =
        db_query(db, CHANGES " WHERE a.id > ?1 ORDER BY a.id LIMIT ?2", I(from), I(BATCH));
    while (db_next(&q)) {
        bool counts;
        struct str html = change_html(p->arena, &q, &counts);
        int64_t topics[4 + ABOUTS_TOLD] = {db_int(&q, 3), db_int(&q, 4)};
        size_t topics_n = topics[1] && topics[1] != topics[0] ? 2 : 1;
        if (db_int(&q, 8) != 0)
            topics[topics_n++] = LIVE_LISTS;
        if (db_str(&q, 9).n)
            topics[topics_n++] = live_type(db_str(&q, 9));
        topics_n += timelines_of(db, &q, topics + topics_n);
        live_publish(p->app, topics, topics_n, db_int(&q, 0), html);
        n++;
    }
    p->more = n == BATCH;
    bells_ring(p, db);
    return true;
}

/* ---- what a stream that comes again has missed ---- */

static bool among(int64_t id, const int64_t *topics, size_t n)
{
    for (size_t i = 0; id && i < n; i++)
        if (topics[i] == id)
            return true;
    return false;
}

/* Those of the topics behind `seen`; more than fit: MISSED. */
static size_t missed_find(struct req *rq, const int64_t *topics, size_t n, int64_t seen,
                          int64_t newest, int64_t *ids)
{
    size_t found = 0;
    struct rows q = db_query(rq->db,
                             "SELECT a.id, a.root_id, a.space_id, " IN_LISTS ", " IN_TYPE
                             ", a.record_id FROM activities a"
                             " WHERE a.id > ?1 AND a.id <= ?2 ORDER BY a.id",
                             I(seen), I(newest));
    bool lists = false;
    for (size_t i = 0; i < n; i++)
        lists = lists || topics[i] == LIVE_LISTS;
    while (found < MISSED && db_next(&q)) {
        const struct record_type *t = db_str(&q, 4).n ? record_type_find(db_str(&q, 4)) : NULL;
        int64_t abouts[ABOUTS_TOLD];
        size_t abouts_n = t && t->timeline ? abouts_of(rq->db, db_int(&q, 5), abouts) : 0;
        bool told = among(db_int(&q, 1), topics, n) || among(db_int(&q, 2), topics, n) ||
                    (lists && db_int(&q, 3)) || (t && among(live_type(db_str(&q, 4)), topics, n));
        for (size_t i = 0; i < abouts_n; i++)
            told = told || among(abouts[i], topics, n);
        if (told)
            ids[found++] = db_int(&q, 0);
    }
    db_done(&q);
    return found;
}

/* RULE 5: a refresh fetches the page as it is at its end, so that one stands for them all. */
struct str publish_missed(struct req *rq, const int64_t *topics, size_t n, int64_t newest)
{
    int64_t ids[MISSED], seen = live_seen(rq);
    struct out o;
    if (!seen || seen >= newest)
        return S("");
    out_init(&o, MISSED_MAX);
    size_t found =
        newest - seen > MISSED_SPAN ? MISSED : missed_find(rq, topics, n, seen, newest, ids);
    bool refresh = found == MISSED;
    for (size_t i = 0; i < found && !refresh; i++) {
        bool counts = false;
        struct rows q = db_query(rq->db, CHANGES " WHERE a.id = ?1", I(ids[i]));
        struct str html = db_next(&q) ? change_html(rq->arena, &q, &counts) : S("");
        db_done(&q);
        if (counts)
            live_event(&o, ids[i], html);
        refresh = !counts;
    }
    if (refresh)
        live_event(&o, newest, S(LIVE_REFRESH));
    return out_take(&o, rq->arena);
}

/* ---- the thread ---- */

static void publish_submit(struct publisher *p)
{
    if (store_submit(p->app->store, STORE_READ, &p->job))
        return;
    pthread_mutex_lock(&p->lock); /* the queue is full: the next commit tries again */
    p->running = false;
    pthread_mutex_unlock(&p->lock);
}

static void publish_done(struct store_job *job, enum db_failure failure)
{
    struct publisher *p = (struct publisher *)job;
    pthread_mutex_lock(&p->lock);
    bool on = p->again || (p->more && failure == DB_OK);
    p->again = false;
    p->running = on;
    pthread_mutex_unlock(&p->lock);
    if (failure != DB_OK)
        log_warn("live: the activity log could not be read (%d)", (int)failure);
    if (on)
        publish_submit(p);
}

static void on_commit(void *ctx)
{
    struct publisher *p = ctx;
    if (!live_active(p->app))
        return;
    pthread_mutex_lock(&p->lock);
    bool start = !p->running;
    p->again = p->again || !start;
    p->running = true;
    pthread_mutex_unlock(&p->lock);
    if (start)
        publish_submit(p);
}

struct end {
    int64_t activity, cut, told, look;
};

static bool find_end(struct db *db, void *ctx)
{
    struct end *end = ctx;
    end->activity = db_get_int(db, 0, "SELECT MAX(id) FROM activities");
    end->cut = live_cut_newest(db);
    end->told =
        db_get_int(db, 0, "SELECT activity_id FROM cursors WHERE consumer = 'notifications'");
    end->look = live_look_newest(db);
    return true;
}

void publish_start(struct app *app)
{
    static struct publisher p; /* one program serves one hub's log */
    struct arena *arena = p.arena ? p.arena : arena_new(ARENA);
    p = (struct publisher){
        .job = {.run = publish_run, .done = publish_done}, .app = app, .arena = arena};
    pthread_mutex_init(&p.lock, NULL);
    struct end end = {0};
    if (store_run(app->store, STORE_READ, find_end, &end))
        live_since(app, end.activity);
    p.cut = end.cut;
    p.told = end.told;
    p.look = end.look;
    store_on_commit(app->store, on_commit, &p);
}
