/* beside.c: see beside.h. */
#include "db/beside.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/engine.h"

enum { LOOK_NS = 1000 * 1000 };

#define IDLE (30 * CLOCK_SECOND)

/* A statement, or something that is called. */
struct errand {
    struct errand *next;
    void (*run)(struct db *db, void *ctx);
    void *ctx;
    const char *sql;
    size_t n, bytes;
    struct db_arg args[];
};

/* `twin` is the thread's while there are errands, and nobody else's. */
struct beside {
    struct db *db, *twin;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t came, went;
    struct errand *first, **last;
    size_t bytes;
    bool runs, busy, closed;
    int64_t used;
};

/* ---- opening ---- */

static struct beside *beside_new(struct db *db)
{
    pthread_condattr_t steady;
    struct beside *b = calloc(1, sizeof *b);
    if (!b)
        die("out of memory: a second connection");
    b->db = db;
    b->last = &b->first;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&b->came, NULL);
    pthread_cond_init(&b->went, &steady);
    pthread_condattr_destroy(&steady);
    return b;
}

struct beside *beside_of(struct db *db)
{
    if (!db->engine->twin)
        return NULL;
    if (!db->beside)
        db->beside = beside_new(db);
    struct beside *b = db->beside;
    if (!b->twin)
        b->twin = db->engine->twin(db);
    return b->twin ? b : NULL;
}

/* ---- the thread ---- */

static struct errand *errand_take(struct beside *b)
{
    pthread_mutex_lock(&b->lock);
    while (!b->first && !b->closed)
        pthread_cond_wait(&b->came, &b->lock);
    struct errand *e = b->first;
    if (e) {
        b->first = e->next;
        b->last = b->first ? b->last : &b->first;
    }
    b->busy = e != NULL;
    pthread_mutex_unlock(&b->lock);
    return e;
}

static void errand_done(struct beside *b, struct errand *e)
{
    pthread_mutex_lock(&b->lock);
    b->bytes -= e->bytes;
    b->busy = false;
    pthread_cond_signal(&b->went);
    pthread_mutex_unlock(&b->lock);
    free(e);
}

/* After a failure what comes is passed over (db.h). */
static void *beside_main(void *of)
{
    struct beside *b = of;
    for (struct errand *e; (e = errand_take(b)); errand_done(b, e))
        if (b->twin->open || db_begin(b->twin, true)) {
            if (e->run)
                e->run(b->twin, e->ctx);
            else
                db_exec_n(b->twin, e->sql, e->args, e->n);
        }
    return NULL;
}

static bool started(struct beside *b)
{
    b->runs = b->runs || pthread_create(&b->thread, NULL, beside_main, b) == 0;
    if (!b->runs)
        db_set_failure(b->db, DB_FAILED, "no thread for a second connection", NULL);
    return b->runs;
}

/* ---- errands ---- */

/* Under the lock: until no more than so many bytes wait, and with 0 nothing is being done either.
 * Meanwhile what the other connection has to send goes on. */
static void wait_until(struct beside *b, size_t bytes)
{
    while (bytes ? b->first && b->bytes > bytes : b->first || b->busy) {
        struct timespec at;
        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_nsec += LOOK_NS;
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&b->went, &b->lock, &at) && b->db->engine->pump)
            b->db->engine->pump(b->db);
    }
}

static struct errand *errand_make(const char *sql, const struct db_arg *args, size_t n)
{
    size_t length = strlen(sql) + 1, bytes = sizeof(struct errand) + n * sizeof *args + length;
    for (size_t i = 0; i < n; i++)
        bytes += args[i].s.n;
    struct errand *e = malloc(bytes);
    if (!e)
        die("out of memory: rows for a second connection");
    *e = (struct errand){.n = n, .bytes = bytes};
    char *at = (char *)(e->args + n);
    e->sql = memcpy(at, sql, length);
    at += length;
    for (size_t i = 0; i < n; i++) {
        e->args[i] = args[i];
        if (!args[i].s.n)
            continue;
        e->args[i].s.p = memcpy(at, args[i].s.p, args[i].s.n);
        at += args[i].s.n;
    }
    return e;
}

static void errand_put(struct beside *b, struct errand *e, bool wait)
{
    pthread_mutex_lock(&b->lock);
    wait_until(b, BESIDE_BYTES);
    *b->last = e;
    b->last = &e->next;
    b->bytes += e->bytes;
    pthread_cond_signal(&b->came);
    if (wait)
        wait_until(b, 0);
    pthread_mutex_unlock(&b->lock);
}

void beside_send(struct beside *b, const char *sql, const struct db_arg *args, size_t n)
{
    if (!b->db->failure && started(b))
        errand_put(b, errand_make(sql, args, n), false);
}

static void failed(struct beside *b)
{
    db_set_failure(b->db, b->twin->failure, b->twin->message, NULL);
}

void beside_run(struct beside *b, void (*run)(struct db *db, void *ctx), void *ctx)
{
    if (b->db->failure || !started(b))
        return;
    struct errand *e = errand_make("", NULL, 0);
    e->run = run;
    e->ctx = ctx;
    errand_put(b, e, true);
    if (b->twin->failure)
        failed(b);
}

/* ---- ends ---- */

static void wait_all(struct beside *b)
{
    pthread_mutex_lock(&b->lock);
    wait_until(b, 0);
    pthread_mutex_unlock(&b->lock);
}

void beside_finish(struct beside *b)
{
    wait_all(b);
    if (!b->twin || (!b->twin->open && !b->twin->failure))
        return;
    b->used = clock_steady();
    if (!db_commit(b->twin))
        failed(b);
}

void beside_undo(struct beside *b)
{
    wait_all(b);
    if (!b->twin)
        return;
    b->used = clock_steady();
    db_rollback(b->twin);
    b->twin->failure = DB_OK;
}

static void thread_end(struct beside *b)
{
    if (!b->runs)
        return;
    pthread_mutex_lock(&b->lock);
    b->closed = true;
    pthread_cond_signal(&b->came);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    b->runs = b->closed = false;
}

static void twin_close(struct beside *b)
{
    thread_end(b);
    db_close(b->twin);
    b->twin = NULL;
}

void beside_rest(struct beside *b)
{
    if (b->twin && clock_steady() - b->used > IDLE)
        twin_close(b);
}

void beside_close(struct beside *b)
{
    if (!b)
        return;
    beside_undo(b);
    twin_close(b);
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->came);
    pthread_cond_destroy(&b->went);
    free(b);
}
