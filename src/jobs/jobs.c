/* jobs.c: the threads that run jobs, and what a running one may call; see jobs.h.
 *
 * Owns the foreman, a thread that looks for what is due, takes it for the workers that are free and
 * renews leases, and the workers, each with a slot for one job.
 *
 * WHY a look every second and not at each commit: a read of an index costs nothing beside waking at
 * thousands of commits. Where nothing was committed, by whatever process, and nothing is due, there
 * is nothing to look for; the store tells of other processes' commits, and should it not, a look
 * that is made anyway finds what they put.
 */
#include "jobs/jobs.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/rand.h"
#include "http/app.h"
#include "jobs/rows.h"

#define LOOK (1 * CLOCK_SECOND)
#define LOOK_ANYWAY (30 * CLOCK_SECOND)
#define RENEW (JOB_LEASE / 3)
#define STEP_EVERY (300 * INT64_C(1000))

enum {
    ARENA = 256 << 20,
    AT_ONCE_MAX = JOB_THREADS,
    END_TRIES = 5,
    RUN_DUE_MAX = 100000,
    LOST_MAX = 200
};

enum slot { SLOT_FREE, SLOT_READY, SLOT_BUSY };

struct job {
    struct jobs *all;
    struct arena *arena;
    struct job_row row;
    char worker[JOB_WORKER];
    char why[JOB_WHY];
    int64_t later, stepped_at; /* stepped_at: monotonic */
    bool told, stopped;        /* to end; because the program does */
    enum slot slot;            /* under the lock */
    pthread_t thread;
};

struct jobs {
    struct app *app;
    const struct job_kind **kinds;
    size_t kinds_n;
    char place[64]; /* machine and process */
    struct job slots[JOB_THREADS];
    pthread_t foreman;
    pthread_mutex_t lock;
    pthread_cond_t woken; /* the foreman: a slot is free, or something was put */
    pthread_cond_t ready; /* the workers */
    bool running;
    _Atomic bool stopping;
    _Atomic int64_t seen; /* job_rows_put at the last look */
    _Atomic bool stirred; /* something may have changed since the last look */
    int64_t next;         /* under the lock: when something is due, or a lease ends */
    int64_t anyway;       /* the foreman's: monotonic, of the next look whatever happens */
    struct jobs_stats stats;
};

static void *foreman_main(void *p);
static void *worker_main(void *p);
static void on_commit(void *ctx);
static void job_perform(struct job *job);

/* ---- opening ---- */

static void kinds_find(struct jobs *all, const struct feature *const *list)
{
    size_t n = 0;
    for (const struct feature *const *f = list; *f; f++)
        for (const struct job_kind *k = (*f)->jobs; k && k->name; k++)
            n++;
    all->kinds = calloc(n + 1, sizeof *all->kinds);
    if (!all->kinds)
        die("out of memory: jobs");
    for (const struct feature *const *f = list; *f; f++)
        for (const struct job_kind *k = (*f)->jobs; k && k->name; k++) {
            for (size_t i = 0; i < all->kinds_n; i++)
                if (strcmp(all->kinds[i]->name, k->name) == 0)
                    die("two kinds of job are named %s", k->name);
            all->kinds[all->kinds_n++] = k;
        }
}

static bool schedule_missing(struct db *db, void *ctx)
{
    const struct jobs *all = ctx;
    bool missing = false;
    for (size_t i = 0; i < all->kinds_n; i++)
        missing = missing || (all->kinds[i]->every_s > 0 && !job_row_scheduled(db, all->kinds[i]));
    return missing;
}

static bool schedule_put(struct db *db, void *ctx)
{
    const struct jobs *all = ctx;
    for (size_t i = 0; i < all->kinds_n; i++)
        if (all->kinds[i]->every_s > 0)
            job_row_schedule(db, all->kinds[i], clock_now());
    return !db_failed(db);
}

static void job_make(struct jobs *all, struct job *job)
{
    *job = (struct job){.all = all, .arena = arena_new(ARENA)};
}

struct jobs *jobs_open(struct app *app)
{
    struct jobs *all = calloc(1, sizeof *all);
    char host[40] = "";
    if (!all)
        die("out of memory: jobs");
    gethostname(host, sizeof host - 1);
    snprintf(all->place, sizeof all->place, "%s/%d", host, (int)getpid());
    all->app = app;
    kinds_find(all, app->features);
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&all->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&all->ready, NULL);
    for (int i = 0; i < JOB_THREADS; i++)
        job_make(all, &all->slots[i]);
    if (store_run(app->store, STORE_READ, schedule_missing, all))
        store_run_aside(app->store, STORE_WRITE, schedule_put, all);
    return all;
}

void jobs_close(struct jobs *all)
{
    if (!all)
        return;
    jobs_stop(all);
    for (int i = 0; i < JOB_THREADS; i++)
        arena_free(all->slots[i].arena);
    pthread_cond_destroy(&all->ready);
    pthread_cond_destroy(&all->woken);
    pthread_mutex_destroy(&all->lock);
    free(all->kinds);
    free(all);
}

void jobs_start(struct jobs *all)
{
    if (all->running || !all->kinds_n)
        return;
    all->stopping = false;
    all->running = true;
    atomic_store(&all->stirred, true);
    bool ok = pthread_create(&all->foreman, NULL, foreman_main, all) == 0;
    for (int i = 0; i < JOB_THREADS && ok; i++)
        ok = pthread_create(&all->slots[i].thread, NULL, worker_main, &all->slots[i]) == 0;
    if (!ok)
        die("cannot start the threads of jobs");
    store_on_commit(all->app->store, on_commit, all);
}

void jobs_stop(struct jobs *all)
{
    if (!all->running)
        return;
    store_off_commit(all->app->store, on_commit, all);
    pthread_mutex_lock(&all->lock);
    all->stopping = true;
    pthread_cond_signal(&all->woken);
    pthread_cond_broadcast(&all->ready);
    pthread_mutex_unlock(&all->lock);
    for (int i = 0; i < JOB_THREADS; i++)
        pthread_join(all->slots[i].thread, NULL);
    pthread_mutex_lock(&all->lock);
    all->running = false;
    pthread_cond_signal(&all->woken);
    pthread_mutex_unlock(&all->lock);
    pthread_join(all->foreman, NULL);
}

void jobs_stats(struct jobs *all, struct jobs_stats *stats)
{
    pthread_mutex_lock(&all->lock);
    *stats = all->stats;
    pthread_mutex_unlock(&all->lock);
}

/* ---- looking and taking ---- */

struct look {
    struct jobs *all;
    int64_t now;
    struct job_row *due; /* the first to run first */
    size_t due_n;
    int64_t next;      /* when something else is due, or a lease runs out */
    bool dead;         /* a lease has run out */
    struct job **free; /* slots to fill */
    size_t free_n, taken;
    int64_t recovered;
};

static int row_before(const void *x, const void *y)
{
    const struct job_row *a = x, *b = y;
    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    if (a->due != b->due)
        return a->due < b->due ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* Under the lock. */
static size_t room_for(const struct jobs *all, const struct job_kind *kind)
{
    size_t at_once = kind->at_once > 0 ? (size_t)kind->at_once : 1, busy = 0;
    for (int i = 0; i < JOB_THREADS; i++)
        busy += all->slots[i].slot != SLOT_FREE && all->slots[i].row.kind == kind;
    at_once = at_once < AT_ONCE_MAX ? at_once : AT_ONCE_MAX;
    return busy < at_once ? at_once - busy : 0;
}

/* RULE 5, over all kinds that may run now. */
static bool look_run(struct db *db, void *ctx)
{
    struct look *look = ctx;
    struct jobs *all = look->all;
    int64_t lease = job_rows_lease(db);
    look->due_n = 0;
    look->dead = lease && lease < look->now;
    for (size_t i = 0; i < all->kinds_n; i++) {
        pthread_mutex_lock(&all->lock);
        size_t room = room_for(all, all->kinds[i]);
        pthread_mutex_unlock(&all->lock);
        if (room)
            look->due_n +=
                job_rows_due(db, all->kinds[i], look->now, look->due + look->due_n, room);
    }
    look->next = look->due_n ? look->now : job_rows_next(db, look->now);
    if (lease && lease < look->next)
        look->next = lease;
    qsort(look->due, look->due_n, sizeof *look->due, row_before);
    return !db_failed(db);
}

static bool take_one(struct db *db, struct look *look, struct job *job, const struct job_row *row)
{
    struct jobs *all = look->all;
    unsigned char one[8];
    arena_reset(job->arena);
    rand_bytes(one, sizeof one);
    snprintf(job->worker, sizeof job->worker, "%s/%02x%02x%02x%02x%02x%02x", all->place, one[0],
             one[1], one[2], one[3], one[4], one[5]);
    job->row = *row;
    job->why[0] = 0;
    job->later = job->stepped_at = 0;
    job->told = job->stopped = false;
    return job_row_take(db, job->arena, &job->row, job->worker, look->now);
}

static bool take_run(struct db *db, void *ctx)
{
    struct look *look = ctx;
    look->recovered = 0;
    if (look->dead)
        look->recovered = job_rows_recover(db, look->all->kinds, look->all->kinds_n, look->now);
    look->taken = 0;
    for (size_t i = 0; i < look->due_n && look->taken < look->free_n; i++)
        if (take_one(db, look, look->free[look->taken], &look->due[i]))
            look->taken++;
    return !db_failed(db) && (look->recovered || look->taken);
}

/* Whether something was taken, or a dead worker's job put back. */
static bool look_and_take(struct look *look)
{
    struct jobs *all = look->all;
    struct store *store = all->app->store;
    look->now = clock_now();
    look->taken = 0;
    look->recovered = 0;
    look->due = calloc(all->kinds_n * AT_ONCE_MAX + 1, sizeof *look->due);
    if (!look->due)
        die("out of memory: jobs");
    bool looked = store_run(store, STORE_READ, look_run, look), found = look->due_n || look->dead;
    bool kept = looked && found && store_run_aside(store, STORE_WRITE, take_run, look);
    if (!looked || (found && !kept))
        atomic_store(&all->stirred, true); /* again, then */
    int64_t overdue = 0;
    for (size_t i = 0; i < look->due_n; i++)
        overdue = overdue > look->now - look->due[i].due ? overdue : look->now - look->due[i].due;
    free(look->due);
    pthread_mutex_lock(&all->lock);
    all->next = look->next;
    all->stats.overdue_us = overdue;
    all->stats.taken += kept ? look->recovered : 0;
    pthread_mutex_unlock(&all->lock);
    if (kept && look->recovered)
        log_warn("jobs: %lld of workers that died wait again", (long long)look->recovered);
    return kept;
}

/* ---- the foreman ---- */

static void on_commit(void *ctx)
{
    struct jobs *all = ctx;
    atomic_store(&all->stirred, true);
    if (atomic_load(&job_rows_put) == atomic_load(&all->seen))
        return;
    pthread_mutex_lock(&all->lock);
    pthread_cond_signal(&all->woken);
    pthread_mutex_unlock(&all->lock);
}

struct renewal {
    struct {
        int64_t id;
        char worker[JOB_WORKER];
    } of[JOB_THREADS];
    int n;
};

static bool renew_run(struct db *db, void *ctx)
{
    const struct renewal *r = ctx;
    for (int i = 0; i < r->n; i++)
        db_exec(db,
                "UPDATE jobs SET lease_at = ?3 WHERE id = ?1 AND worker = ?2"
                " AND state = 'running'",
                I(r->of[i].id), Z(r->of[i].worker), I(clock_now() + JOB_LEASE));
    return !db_failed(db);
}

/* Under the lock, which is given away meanwhile. */
static void renew(struct jobs *all)
{
    struct renewal r = {.n = 0};
    for (int i = 0; i < JOB_THREADS; i++)
        if (all->slots[i].slot != SLOT_FREE) {
            r.of[r.n].id = all->slots[i].row.id;
            memcpy(r.of[r.n++].worker, all->slots[i].worker, JOB_WORKER);
        }
    pthread_mutex_unlock(&all->lock);
    if (r.n && !store_run_aside(all->app->store, STORE_WRITE, renew_run, &r))
        log_warn("jobs: leases could not be renewed");
    pthread_mutex_lock(&all->lock);
}

/* A commit during the look asks for another one. */
static bool look_needed(struct jobs *all)
{
    int64_t now = clock_monotonic();
    bool needed =
        atomic_exchange(&all->stirred, false) || clock_now() >= all->next || now >= all->anyway;
    if (needed)
        all->anyway = now + LOOK_ANYWAY;
    return needed;
}

/* Under the lock, which is given away meanwhile. */
static bool hand_out(struct jobs *all)
{
    struct job *free[JOB_THREADS];
    struct look look = {.all = all, .free = free};
    for (int i = 0; i < JOB_THREADS; i++)
        if (all->slots[i].slot == SLOT_FREE)
            free[look.free_n++] = &all->slots[i];
    if (!look.free_n || all->stopping || !look_needed(all))
        return false;
    all->seen = atomic_load(&job_rows_put);
    pthread_mutex_unlock(&all->lock);
    bool kept = look_and_take(&look);
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; kept && i < look.taken; i++)
        free[i]->slot = SLOT_READY;
    if (kept && look.taken)
        pthread_cond_broadcast(&all->ready);
    return kept;
}

static void *foreman_main(void *p)
{
    struct jobs *all = p;
    int64_t renewed = clock_monotonic();
    pthread_mutex_lock(&all->lock);
    while (all->running) {
        if (clock_monotonic() - renewed >= RENEW) {
            renewed = clock_monotonic();
            renew(all);
        }
        if (hand_out(all))
            continue;
        int64_t until = clock_monotonic() + LOOK;
        struct timespec at = {until / CLOCK_SECOND, until % CLOCK_SECOND * 1000};
        if (all->running && (all->stopping || all->seen == atomic_load(&job_rows_put)))
            pthread_cond_timedwait(&all->woken, &all->lock, &at);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

/* ---- the workers ---- */

static void *worker_main(void *p)
{
    struct job *job = p;
    struct jobs *all = job->all;
    pthread_mutex_lock(&all->lock);
    for (;;) {
        while (job->slot != SLOT_READY && !all->stopping)
            pthread_cond_wait(&all->ready, &all->lock);
        if (job->slot != SLOT_READY) /* the foreman takes nothing more */
            break;
        job->slot = SLOT_BUSY;
        pthread_mutex_unlock(&all->lock);
        job_perform(job);
        pthread_mutex_lock(&all->lock);
        job->slot = SLOT_FREE;
        atomic_store(&all->stirred, true); /* there is room for another of its kind */
        pthread_cond_signal(&all->woken);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

struct ending {
    struct job *job;
    struct job_end end;
    bool lost;
};

static bool end_run(struct db *db, void *ctx)
{
    struct ending *e = ctx;
    e->lost =
        !job_row_end(db, &e->job->row, e->job->worker, &e->end, clock_now()) && !db_failed(db);
    return !db_failed(db) && !e->lost;
}

static void job_count(struct jobs *all, int running, const struct ending *e)
{
    pthread_mutex_lock(&all->lock);
    all->stats.running += running;
    if (e) {
        all->stats.done += e->end.result == JOB_DONE;
        all->stats.later += e->end.result == JOB_LATER;
        all->stats.failed += e->end.result == JOB_FAILED;
    }
    pthread_mutex_unlock(&all->lock);
}

/* A job whose end cannot be written is taken up again when its lease is over. */
static void job_perform(struct job *job)
{
    struct jobs *all = job->all;
    job_count(all, 1, NULL);
    enum job_result result = all->stopping ? JOB_LATER : job->row.kind->run(job);
    job->stopped = job->stopped || (all->stopping && result == JOB_LATER);
    struct ending e = {job, {result, job->stopped, job->later, str_of(job->why)}, false};
    if (result != JOB_DONE && !job->stopped && job->slot == SLOT_BUSY) /* else told by who called */
        log_warn("job %lld, %s, try %lld: %s", (long long)job->row.id, job->row.kind->name,
                 (long long)job->row.tries, job->why[0] ? job->why : "failed");
    for (int i = 1; !store_run_aside(all->app->store, STORE_WRITE, end_run, &e) && !e.lost; i++) {
        if (i == END_TRIES || all->stopping) {
            log_error("job %lld, %s: its end cannot be written", (long long)job->row.id,
                      job->row.kind->name);
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = 200 * 1000 * 1000}, NULL);
    }
    job_count(all, -1, &e);
    arena_reset(job->arena);
}

/* ---- on the calling thread ---- */

static bool run_here(struct look *look, struct job *job)
{
    if (!look_and_take(look))
        return false;
    if (look->taken)
        job_perform(job);
    return true;
}

bool jobs_run_due(struct app *app)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        die("out of memory: a job");
    job_make(app->jobs, job);
    struct look look = {.all = app->jobs, .free = &job, .free_n = 1};
    int left = RUN_DUE_MAX, lost = LOST_MAX; /* to threads that work on the same rows */
    while (left-- > 0 && (run_here(&look, job) || (look.due_n && lost-- > 0)))
        ;
    arena_free(job->arena);
    free(job);
    return look.due_n == 0;
}

struct one {
    struct look look;
    struct job *job;
    int64_t id;
};

static bool one_run(struct db *db, void *ctx)
{
    struct one *one = ctx;
    struct jobs *all = one->look.all;
    struct job_row row = {.id = one->id};
    struct arena *a = one->job->arena;
    arena_reset(a);
    struct str kind = db_get_str(db, a, "SELECT kind FROM jobs WHERE id = ?1", I(one->id));
    for (size_t i = 0; i < all->kinds_n; i++)
        if (kind.p && str_is(kind, all->kinds[i]->name))
            row.kind = all->kinds[i];
    return row.kind && take_one(db, &one->look, one->job, &row) && !db_failed(db);
}

bool jobs_run_one(struct app *app, int64_t id)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        die("out of memory: a job");
    job_make(app->jobs, job);
    struct one one = {{.all = app->jobs, .now = clock_now()}, job, id};
    bool taken = store_run_aside(app->store, STORE_WRITE, one_run, &one);
    if (taken)
        job_perform(job);
    arena_free(job->arena);
    free(job);
    return taken;
}

/* ---- what a running job calls ---- */

struct app *job_app(struct job *job)
{
    return job->all->app;
}

struct arena *job_arena(struct job *job)
{
    return job->arena;
}

struct str job_data(struct job *job)
{
    return job->row.data;
}

int64_t job_id(const struct job *job)
{
    return job->row.id;
}

int64_t job_person(const struct job *job)
{
    return job->row.person_id;
}

int job_try(const struct job *job)
{
    return (int)job->row.tries;
}

struct call {
    const struct job *job;
    bool (*fn)(struct db *db, void *ctx);
    void *ctx;
};

static bool call_run(struct db *db, void *ctx) /* RULE 2 */
{
    const struct call *call = ctx;
    return job_row_is(db, call->job->row.id, call->job->worker) && call->fn(db, call->ctx);
}

bool job_write(struct job *job, bool (*fn)(struct db *db, void *ctx), void *ctx)
{
    struct call call = {job, fn, ctx};
    return store_run(job->all->app->store, STORE_WRITE, call_run, &call);
}

bool job_write_aside(struct job *job, bool (*fn)(struct db *db, void *ctx), void *ctx)
{
    struct call call = {job, fn, ctx};
    return store_run_aside(job->all->app->store, STORE_WRITE, call_run, &call);
}

bool job_write_waits(const struct job *job)
{
    return store_write_waits(job->all->app->store);
}

bool job_read(struct job *job, bool (*fn)(struct db *db, void *ctx), void *ctx)
{
    return store_run(job->all->app->store, STORE_SLOW, fn, ctx);
}

struct step {
    struct job *job;
    int64_t done, of;
    struct str words;
    bool mine, stop;
};

/* The lease is renewed with it: a job on the calling thread has no foreman. */
static bool step_run(struct db *db, void *ctx)
{
    struct step *step = ctx;
    const struct job *job = step->job;
    step->mine = db_exec(db,
                         "UPDATE jobs SET progress = ?3, total = ?4, words = ?5, lease_at = ?6"
                         " WHERE id = ?1 AND worker = ?2 AND state = 'running'",
                         I(job->row.id), Z(job->worker), I(step->done), I(step->of), T(step->words),
                         I(clock_now() + JOB_LEASE)) > 0;
    step->stop = db_get_int(db, 0, "SELECT stop FROM jobs WHERE id = ?1", I(job->row.id)) > 0;
    return step->mine && !db_failed(db);
}

bool job_step(struct job *job, int64_t done, int64_t of, struct str words)
{
    struct jobs *all = job->all;
    if (all->stopping)
        job->stopped = job->told = true;
    int64_t now = clock_monotonic();
    if (job->told || (job->stepped_at && now - job->stepped_at < STEP_EVERY))
        return !job->told;
    job->stepped_at = now;
    struct step step = {job, done, of, words, true, false};
    store_run_aside(all->app->store, STORE_WRITE, step_run, &step);
    job->told = step.stop || !step.mine;
    return !job->told;
}

void job_why(struct job *job, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(job->why, sizeof job->why, fmt, ap);
    va_end(ap);
    size_t n = strlen(job->why); /* a character cut in two is no text */
    while (n && n == sizeof job->why - 1 && ((unsigned char)job->why[n - 1] & 0x80))
        job->why[--n] = 0;
}

void job_later(struct job *job, int64_t due)
{
    job->later = due;
}
