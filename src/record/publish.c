/* publish.c: one reading job at a time; commits that come meanwhile are taken by the next one.
 * See publish.h. */
#include "record/publish.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/log.h"
#include "http/app.h"
#include "http/live.h"
#include "record/act.h"

enum { BATCH = 500, ARENA = 4 << 20 };

struct publisher {
    struct store_job job; /* first: the store hands it back */
    struct app *app;
    struct arena *arena;
    pthread_mutex_t lock;
    bool running, again;
    bool more; /* the batch was full */
};

/* The count for pages that show the record, in whatever place. */
static void send_count(struct publisher *p, int64_t activity, int64_t record, int64_t score,
                       const int64_t *topics, size_t n)
{
    struct str html = str_fmt(p->arena,
                              "<turbo-stream action=\"update\" targets=\"[data-score='%lld']\">"
                              "<template>%lld</template></turbo-stream>",
                              (long long)record, (long long)score);
    live_publish(p->app, topics, n, activity, html);
}

static void send_refresh(struct publisher *p, int64_t activity, struct str request,
                         const int64_t *topics, size_t n)
{
    struct out o;
    out_init(&o, 1024);
    out_lit(&o, "<turbo-stream action=\"refresh\"");
    if (request.n) {
        out_lit(&o, " request-id=\"");
        out_html(&o, request);
        out_char(&o, '"');
    }
    out_lit(&o, "></turbo-stream>");
    live_publish(p->app, topics, n, activity, out_take(&o, p->arena));
}

static bool publish_run(struct store_job *job, struct db *db)
{
    struct publisher *p = (struct publisher *)job;
    int n = 0;
    int64_t from = live_position(p->app);
    arena_reset(p->arena);
    struct rows q = db_query(db,
                             "SELECT a.id, a.verb, a.record_id, a.root_id, a.space_id, a.request,"
                             " COALESCE(r.score, 0), r.audience > t.audience OR"
                             " r.audience > COALESCE(s.audience, t.audience) FROM activities a"
                             " LEFT JOIN records r ON r.id = a.record_id"
                             " LEFT JOIN records t ON t.root_id = a.root_id AND t.path = ''"
                             " LEFT JOIN records s ON s.root_id = a.space_id AND s.path = ''"
                             " WHERE a.id > ?1 ORDER BY a.id LIMIT ?2",
                             I(from), I(BATCH));
    while (db_next(&q)) {
        int64_t id = db_int(&q, 0), record = db_int(&q, 2);
        int64_t topics[] = {db_int(&q, 3), db_int(&q, 4)};
        size_t topics_n = topics[1] && topics[1] != topics[0] ? 2 : 1;
        bool for_few = db_int(&q, 7) != 0;
        if (str_is(db_str(&q, 1), VERB_LIKE) && !for_few)
            send_count(p, id, record, db_int(&q, 6), topics, topics_n);
        else
            send_refresh(p, id, db_str(&q, 5), topics, topics_n);
        n++;
    }
    p->more = n == BATCH;
    return true;
}

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

static bool find_end(struct db *db, void *ctx)
{
    *(int64_t *)ctx = db_get_int(db, 0, "SELECT MAX(id) FROM activities");
    return true;
}

void publish_start(struct app *app)
{
    static struct publisher p; /* one program serves one hub's log */
    p = (struct publisher){.job = {.run = publish_run, .done = publish_done}, .app = app};
    p.arena = arena_new(ARENA);
    pthread_mutex_init(&p.lock, NULL);
    int64_t newest = 0;
    if (store_run(app->store, STORE_READ, find_end, &newest))
        live_since(app, newest);
    store_on_commit(app->store, on_commit, &p);
}
