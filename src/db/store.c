/* store.c: the threads around the database; see store.h.
 *
 * Owns one writer thread, the pool and job threads, and the keeper, which does the housekeeping of
 * the engine and hears of other processes.
 *
 * WHY a batch ends after BATCH_MS: a client's wait is the batch before it and its own. A queue full
 * of slow writes must not become one endless transaction.
 */
#include "db/store.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/heap.h"
#include "core/log.h"
#include "db/engine.h"
#include "db/lane.h"
#include "db/migrate.h"

enum {
    BATCH_MS = 20,
    CONFLICT_TRIES = 4,
    KEEPER_MS = 1000,
    QUIET_TURNS = 8, /* of the keeper, each of KEEPER_MS at most */
    QUIET_EVERY = 120,
    QUEUE_LIMIT = 4096,
    POOL_LIMIT_FACTOR = 10,
    THREADS_MAX = 64,
};

struct worker {
    struct store *store;
    struct lane *lane;
    struct db *db;
    pthread_t thread;
    bool started;
};

struct store {
    struct db_options options;
    char *data, *database; /* copies behind options */
    enum db_engine engine;
    struct lane lanes[STORE_LANES];
    int64_t batch_us;
    struct worker writer, keeper, readers[2 * THREADS_MAX + 1];
    int reader_count;
    int wake; /* eventfd: the keeper has something to do */
    atomic_bool closing;
    const struct store_job *running; /* the writer's: the job of the batch that runs */

    void (*before_commit)(void *ctx, struct db *db);
    void *before_commit_ctx;
    void (*seal)(struct db *db);
    pthread_mutex_t listen_lock;
    struct listener {
        void (*fn)(void *ctx);
        void *ctx;
    } listeners[STORE_LISTENERS];
    int listeners_n;

    pthread_mutex_t stats_lock;
    struct store_stats stats;
};

static bool open_all(struct store *s, const struct store_options *o, struct arena *a,
                     struct str *message);
static bool start_all(struct store *s);
static void *writer_main(void *p);
static void *reader_main(void *p);
static void *keeper_main(void *p);
static void poke_keeper(void *ctx);

/* ---- opening and closing ---- */

static char *copy(const char *c)
{
    char *p = c ? strdup(c) : NULL;
    if (c && !p)
        die("out of memory: store");
    return p;
}

struct store *store_open(const struct store_options *options, struct arena *a, struct str *message)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        die("out of memory: store");
    s->data = copy(options->db.data);
    s->database = copy(options->db.database);
    s->options = options->db;
    s->options.data = s->data;
    s->options.database = s->database;
    pthread_mutex_init(&s->stats_lock, NULL);
    pthread_mutex_init(&s->listen_lock, NULL);
    for (int i = 0; i < STORE_LANES; i++)
        lane_init(&s->lanes[i], options->queue_limit ? options->queue_limit : QUEUE_LIMIT);
    s->batch_us = (options->batch_ms ? options->batch_ms : BATCH_MS) * INT64_C(1000);
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake < 0)
        die("eventfd fails");

    if (open_all(s, options, a, message)) {
        if (start_all(s))
            return s;
        *message = S("cannot start the database threads");
    }
    store_close(s);
    return NULL;
}

static struct db *open_with(struct store *s, struct db_options o, struct arena *a,
                            struct str *message)
{
    o.data = s->data;
    o.database = s->database;
    return db_open(&o, a, message);
}

static bool add_readers(struct store *s, enum store_lane lane, int count, int time_limit_ms,
                        struct arena *a, struct str *message)
{
    count = count < THREADS_MAX ? count : THREADS_MAX;
    for (int i = 0; i < count; i++) {
        struct worker *w = &s->readers[s->reader_count++];
        *w = (struct worker){.store = s, .lane = &s->lanes[lane]};
        w->db = open_with(s, (struct db_options){.read_only = true, .time_limit_ms = time_limit_ms},
                          a, message);
        if (!w->db)
            return false;
    }
    return true;
}

/* The writer first: it makes the file and its schema. */
static bool open_all(struct store *s, const struct store_options *o, struct arena *a,
                     struct str *message)
{
    s->writer = (struct worker){.store = s, .lane = &s->lanes[STORE_WRITE]};
    s->writer.db = open_with(
        s, (struct db_options){.server = o->db.server, .existing = o->db.existing}, a, message);
    if (!s->writer.db)
        return false;
    s->engine = db_engine(s->writer.db);
    s->writer.db->poke = poke_keeper;
    s->writer.db->poke_ctx = s;
    if (!migrate(s->writer.db, o->migrations ? o->migrations : migrations, a, message))
        return false;

    s->keeper = (struct worker){.store = s};
    s->keeper.db = open_with(s, (struct db_options){0}, a, message);
    int pool = o->pool > 0 ? o->pool : s->engine == DB_SQLITE ? 2 : 8;
    return s->keeper.db &&
           add_readers(s, STORE_READ, pool, o->db.time_limit_ms * POOL_LIMIT_FACTOR, a, message) &&
           add_readers(s, STORE_SLOW, o->slow > 0 ? o->slow : 2, 0, a, message) &&
           add_readers(s, STORE_FILES, 1, 0, a, message);
}

static bool start(struct worker *w, void *(*fn)(void *p))
{
    w->started = pthread_create(&w->thread, NULL, fn, w) == 0;
    return w->started;
}

static bool start_all(struct store *s)
{
    if (!start(&s->writer, writer_main) || !start(&s->keeper, keeper_main))
        return false;
    for (int i = 0; i < s->reader_count; i++)
        if (!start(&s->readers[i], reader_main))
            return false;
    return true;
}

static void stop(struct worker *w)
{
    if (w->started)
        pthread_join(w->thread, NULL);
    w->started = false;
    db_close(w->db);
    w->db = NULL;
}

/* RULE 5. The writer's connection is closed last and leaves the folder in one tidy file. */
void store_stop(struct store *s)
{
    if (atomic_load(&s->closing))
        return;
    for (int i = 0; i < STORE_LANES; i++)
        lane_close(&s->lanes[i]);
    for (int i = 0; i < s->reader_count; i++)
        stop(&s->readers[i]);
    if (s->writer.started)
        pthread_join(s->writer.thread, NULL);
    s->writer.started = false;
    atomic_store(&s->closing, true);
    poke_keeper(s);
    stop(&s->keeper);
    stop(&s->writer);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    store_stop(s);
    for (int i = 0; i < STORE_LANES; i++)
        lane_destroy(&s->lanes[i]);
    pthread_mutex_destroy(&s->listen_lock);
    pthread_mutex_destroy(&s->stats_lock);
    close(s->wake);
    free(s->data);
    free(s->database);
    free(s);
}

enum db_engine store_engine(const struct store *s)
{
    return s->engine;
}

struct db *store_reader(struct store *s)
{
    if (s->engine != DB_SQLITE)
        return NULL;
    struct arena *a = arena_new(SIZE_MAX);
    struct str message;
    /* SQLite maps 2 GB at most: what lies behind that, the newest pages of a large hub, is read
     * into this. */
    struct db_options o = {
        .read_only = true, .time_limit_ms = s->options.time_limit_ms, .cache_kb = 8192};
    struct db *db = open_with(s, o, a, &message);
    if (!db)
        die("a reader: " STR_FMT, STR_ARG(message));
    arena_free(a);
    return db;
}

void store_reader_close(struct store *s, struct db *db)
{
    (void)s;
    db_close(db);
}

void store_on_commit(struct store *s, void (*fn)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&s->listen_lock);
    if (s->listeners_n == STORE_LISTENERS)
        die("too many listeners of commits");
    s->listeners[s->listeners_n++] = (struct listener){fn, ctx};
    pthread_mutex_unlock(&s->listen_lock);
}

void store_off_commit(struct store *s, void (*fn)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&s->listen_lock);
    for (int i = 0; i < s->listeners_n; i++)
        if (s->listeners[i].fn == fn && s->listeners[i].ctx == ctx)
            s->listeners[i--] = s->listeners[--s->listeners_n];
    pthread_mutex_unlock(&s->listen_lock);
}

void store_before_commit(struct store *s, void (*fn)(void *ctx, struct db *db), void *ctx)
{
    s->before_commit = fn;
    s->before_commit_ctx = ctx;
}

void store_seal(struct store *s, void (*fn)(struct db *db))
{
    s->seal = fn;
}

static void ring(struct store *s)
{
    pthread_mutex_lock(&s->listen_lock);
    for (int i = 0; i < s->listeners_n; i++)
        s->listeners[i].fn(s->listeners[i].ctx);
    pthread_mutex_unlock(&s->listen_lock);
}

/* ---- the writer ---- */

struct batch {
    struct store *store;
    struct store_job *first, *end; /* from the first up to, not with, the end */
    int n;
    int64_t kept;
};

static bool batch_run(struct store *s, struct db *db, struct store_job *first,
                      struct store_job **end);
static bool batch_counts(const struct batch *b);
static void job_alone(struct batch *b, struct db *db);
static bool jobs_together(struct batch *b, struct db *db);
static void jobs_apart(struct batch *b, struct db *db);
static void job_part(struct store_job *job, struct db *db);
static void batch_fail(struct store_job *job, struct store_job *end, enum db_failure why);
static void batch_count(struct store *s, const struct store_job *job, const struct store_job *end,
                        int64_t us);

static void batch_done(struct store_job *job, const struct store_job *end)
{
    while (job != end) {
        struct store_job *next = job->next; /* done() may free the job */
        job->next = NULL;
        job->done(job, job->failure);
        job = next;
    }
}

static void *writer_main(void *p)
{
    struct worker *w = p;
    struct store_job *jobs;
    while ((jobs = lane_take_all(w->lane)))
        while (jobs) {
            struct store_job *end;
            if (batch_run(w->store, w->db, jobs, &end))
                ring(w->store);
            batch_done(jobs, end);
            jobs = end;
        }
    return NULL;
}

/* Runs jobs from `first` on in one transaction, to the end of the list or of the batch's share, and
 * sets *end behind the last one. True when something was committed. */
static bool batch_run(struct store *s, struct db *db, struct store_job *first,
                      struct store_job **end)
{
    struct batch b = {.store = s, .first = first};
    if (!db_begin(db, true)) { /* nothing would go better for the next one */
        log_error("begin: %s", db_message(db));
        *end = NULL;
        batch_fail(first, NULL, db_failed(db));
        batch_count(s, first, NULL, -1);
        return false;
    }
    if (!first->next) {
        job_alone(&b, db);
    } else if (!jobs_together(&b, db)) {
        db_rollback(db);
        if (db_begin(db, true))
            jobs_apart(&b, db);
        else
            b.end = NULL;
    }
    if (b.kept > 0 && s->before_commit)
        s->before_commit(s->before_commit_ctx, db);
    if (s->seal && batch_counts(&b))
        s->seal(db);

    int64_t began = clock_monotonic();
    bool committed = b.kept > 0 && db_commit(db);
    int64_t us = clock_monotonic() - began;
    if (!committed)
        db_rollback(db);
    if (!committed && (b.kept > 0 || b.n == 0)) { /* RULES 3 and 6 */
        log_error("commit of %d writes: %s", b.n, db_message(db));
        batch_fail(first, b.end, db_failed(db));
    }
    *end = b.end;
    batch_count(s, first, b.end, committed ? us : -1);
    return committed;
}

/* Whether a job that is kept is not aside. */
static bool batch_counts(const struct batch *b)
{
    for (const struct store_job *job = b->first; job != b->end; job = job->next)
        if (job->kept && !job->aside)
            return true;
    return false;
}

static bool batch_goes_on(const struct batch *b, const struct db *db, int64_t until)
{
    int max = db->engine->batch_max;
    return b->end && !db_failed(db) && (max == 0 || b->n < max) && clock_monotonic() < until;
}

/* One job alone needs no savepoint: all is undone with it. After a conflict it runs again. */
static void job_alone(struct batch *b, struct db *db)
{
    struct store_job *job = b->first;
    b->n = 1;
    b->store->running = job;
    for (int tries = 1;; tries++) {
        job->kept = job->run(job, db) && db_sent(db);
        job->failure = db_failed(db);
        if (job->failure)
            log_warn("write: %s", db_message(db));
        if (job->failure != DB_CONFLICT || tries == CONFLICT_TRIES)
            break;
        db_rollback(db);
        if (!db_begin(db, true))
            break;
    }
    b->kept = job->kept;
}

/* The usual case: all jobs want to be kept, or end without having written, so none needs a
 * savepoint. False: one of them must be undone alone, and so far nothing has been settled. */
static bool jobs_together(struct batch *b, struct db *db)
{
    int64_t until = clock_monotonic() + b->store->batch_us;
    b->end = b->first;
    do {
        struct store_job *job = b->end;
        int64_t before = db_writes(db);
        b->store->running = job;
        job->kept = job->run(job, db);
        db_cursors_end(db, 0);
        (void)db_sent(db);
        if (db_failed(db) || (!job->kept && db_writes(db) != before))
            return false;
        job->failure = DB_OK;
        b->kept += job->kept;
        b->end = job->next;
        b->n++;
    } while (batch_goes_on(b, db, until));
    return true;
}

/* RULE 2: each job's savepoint undoes it alone. */
static void jobs_apart(struct batch *b, struct db *db)
{
    int64_t until = clock_monotonic() + b->store->batch_us;
    *b = (struct batch){.store = b->store, .first = b->first, .end = b->first};
    do {
        b->store->running = b->end;
        job_part(b->end, db);
        b->kept += b->end->kept;
        b->end = b->end->next;
        b->n++;
    } while (batch_goes_on(b, db, until));
}

static void job_part(struct store_job *job, struct db *db)
{
    for (int tries = 1;; tries++) {
        db_save(db);
        bool keep = !db_failed(db) && job->run(job, db) && db_sent(db);
        job->failure = db_failed(db);
        if (job->failure)
            log_warn("write: %s", db_message(db));
        job->kept = db_save_end(db, keep);
        if (keep && !job->kept)
            job->failure = db_failed(db); /* even to keep the part has failed */
        if (job->failure != DB_CONFLICT || tries == CONFLICT_TRIES || db->lost)
            return;
    }
}

static void batch_fail(struct store_job *job, struct store_job *end, enum db_failure why)
{
    for (; job != end; job = job->next) {
        job->kept = false;
        job->failure = why;
    }
}

static int bucket_of(int64_t writes)
{
    int b = 0;
    while (b < 11 && INT64_C(1) << b < writes)
        b++;
    return b;
}

/* `us` is the time of the commit, -1 when there was none. */
static void batch_count(struct store *s, const struct store_job *job, const struct store_job *end,
                        int64_t us)
{
    int64_t kept = 0, failed = 0;
    for (; job != end; job = job->next) {
        kept += job->kept;
        failed += job->failure != DB_OK;
    }
    pthread_mutex_lock(&s->stats_lock);
    s->stats.writes += kept;
    s->stats.write_failures += failed;
    if (us >= 0) {
        s->stats.commits++;
        s->stats.commit_us += us;
        s->stats.batch[bucket_of(kept)]++;
    }
    pthread_mutex_unlock(&s->stats_lock);
}

/* ---- readers ---- */

static void *reader_main(void *p)
{
    struct worker *w = p;
    struct store_job *job;
    while ((job = lane_take(w->lane))) {
        for (int tries = 1;; tries++) {
            db_begin(w->db, false);
            job->kept = !db_failed(w->db) && job->run(job, w->db) && !db_failed(w->db);
            if (job->kept)
                job->kept = db_commit(w->db);
            else
                db_rollback(w->db);
            job->failure = db_failed(w->db);
            if (job->failure != DB_CONFLICT || tries == CONFLICT_TRIES)
                break;
        }
        if (job->failure)
            log_warn("read: %s", db_message(w->db));
        job->done(job, job->failure);
    }
    return NULL;
}

/* ---- the keeper ---- */

static void poke_keeper(void *ctx)
{
    struct store *s = ctx;
    uint64_t one = 1;
    if (write(s->wake, &one, sizeof one) < 0)
        log_debug("the keeper is awake already");
}

/* What a busy hour needed goes back to the system when the hub has been quiet for some seconds, and
 * then now and then: reading alone is not seen here. */
static void memory_return(int quiet)
{
    if (quiet == QUIET_TURNS || (quiet > 0 && quiet % QUIET_EVERY == 0))
        heap_return();
}

static void *keeper_main(void *p)
{
    struct worker *w = p;
    struct store *s = w->store;
    for (int quiet = 0; !atomic_load(&s->closing); quiet++) {
        if (w->db->engine->watch(w->db, s->wake, KEEPER_MS) && !atomic_load(&s->closing)) {
            ring(s);
            quiet = -1;
        }
        memory_return(quiet);
    }
    return NULL;
}

/* ---- the front ---- */

bool store_submit(struct store *s, enum store_lane lane, struct store_job *job)
{
    return lane_put(&s->lanes[lane], job, false);
}

static bool hurried(const struct store_job *job)
{
    while (job && job->patient)
        job = job->next;
    return job != NULL;
}

bool store_write_waits(struct store *s)
{
    struct lane *l = &s->lanes[STORE_WRITE];
    pthread_mutex_lock(&l->lock);
    bool waits = hurried(s->running->next) || hurried(l->first);
    pthread_mutex_unlock(&l->lock);
    return waits;
}

void store_stats(struct store *s, struct store_stats *stats)
{
    pthread_mutex_lock(&s->stats_lock);
    *stats = s->stats;
    pthread_mutex_unlock(&s->stats_lock);
    for (int i = 0; i < STORE_LANES; i++) {
        struct lane *l = &s->lanes[i];
        pthread_mutex_lock(&l->lock);
        stats->waiting[i] = l->waiting;
        stats->queued += l->waiting;
        stats->refused += l->refused;
        pthread_mutex_unlock(&l->lock);
    }
}

struct waiting {
    struct store_job job;
    bool (*fn)(struct db *db, void *ctx);
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool done;
};

static bool waiting_run(struct store_job *job, struct db *db)
{
    struct waiting *w = (struct waiting *)job;
    return w->fn(db, w->ctx);
}

static void waiting_done(struct store_job *job, enum db_failure failure)
{
    struct waiting *w = (struct waiting *)job;
    (void)failure;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->over);
    pthread_mutex_unlock(&w->lock);
}

/* Past a full queue, too: only as many can wait here as there are threads that call. */
static bool run_waiting(struct store *s, enum store_lane lane, bool (*fn)(struct db *db, void *ctx),
                        void *ctx, bool aside)
{
    struct waiting w = {
        .job = {.run = waiting_run, .done = waiting_done, .aside = aside, .patient = true},
        .fn = fn,
        .ctx = ctx};
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.over, NULL);
    if (lane_put(&s->lanes[lane], &w.job, true)) {
        pthread_mutex_lock(&w.lock);
        while (!w.done)
            pthread_cond_wait(&w.over, &w.lock);
        pthread_mutex_unlock(&w.lock);
    }
    pthread_cond_destroy(&w.over);
    pthread_mutex_destroy(&w.lock);
    return w.job.kept;
}

bool store_run(struct store *s, enum store_lane lane, bool (*fn)(struct db *db, void *ctx),
               void *ctx)
{
    return run_waiting(s, lane, fn, ctx, false);
}

bool store_run_aside(struct store *s, enum store_lane lane, bool (*fn)(struct db *db, void *ctx),
                     void *ctx)
{
    return run_waiting(s, lane, fn, ctx, true);
}
