/* consumers.c: reads the log for each consumer and keeps the cursors; see consumers.h.
 *
 * Owns the follower's thread and, of table cursors, the rows of consumers. All steps run on the
 * store's writer, so what is remembered of a consumer needs no lock.
 *
 * WHY steps inside the changes' transaction for some: a notification is on disk when the comment
 * is, and some thirty changes share the reading of the log and one commit.
 * WHY the follower sleeps out its time instead of waking at each commit: under load it would wake
 * thousands of times a second to find that it is not due.
 */
#include "jobs/consumers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/out.h"
#include "db/store.h"
#include "http/feature.h"

enum {
    BATCH = 500,         /* activities handed over at a time, unless the consumer says */
    STRETCH = 20000,     /* of the log looked through at a time, for verbs that are rare in it */
    AT_COMMIT = 64,      /* steps of one consumer inside a change's transaction, at most */
    CAREFUL = 4 * BATCH, /* activities taken one by one after a failure */
    ARENA = 64 << 20,
    SQL_MAX = 4096,
    IDLE_MS = 1000, /* other processes' changes are looked for at least so often */
};

struct follower {
    const struct consumer *c;
    const char *sql; /* ?1 cursor, ?2 end of the stretch, ?3 how many */
    int careful;
    /* Of the follower's thread: */
    int64_t due; /* monotonic */
    bool behind; /* the log may have something for it */
};

struct consumers {
    struct store *store;
    struct arena *arena, *work;
    struct follower *list;
    size_t n;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool running, stopping;
    bool rung;   /* something was committed since the last look */
    bool asleep; /* until that */
};

enum step {
    STEP_DONE,
    STEP_MORE,
    STEP_PART,  /* more, but not in this transaction */
    STEP_WAITS, /* it takes nothing of what there is: another consumer goes first */
    STEP_FAILED
};

static const char *sql_make(struct arena *a, const struct consumer *c);
static void before_commit(void *ctx, struct db *db);
static void on_commit(void *ctx);
static enum step step_run(struct consumers *all, struct follower *f, struct db *db);

/* ---- opening ---- */

static size_t consumers_count(const struct feature *const *list)
{
    size_t n = 0;
    for (const struct feature *const *f = list; *f; f++)
        for (const struct consumer *c = (*f)->consumers; c && c->name; c++)
            n++;
    return n;
}

struct consumers *consumers_open(struct store *store, const struct feature *const *list)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct consumers *all = arena_make(a, struct consumers);
    pthread_condattr_t monotonic;
    all->store = store;
    all->arena = a;
    all->work = arena_new(ARENA);
    all->list = arena_array(a, struct follower, consumers_count(list) + 1);
    for (const struct feature *const *f = list; *f; f++)
        for (const struct consumer *c = (*f)->consumers; c && c->name; c++)
            all->list[all->n++] = (struct follower){.c = c, .sql = sql_make(a, c)};
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&all->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (all->n)
        store_before_commit(store, before_commit, all);
    return all;
}

void consumers_close(struct consumers *all)
{
    if (!all)
        return;
    consumers_stop(all);
    store_before_commit(all->store, NULL, NULL);
    pthread_cond_destroy(&all->woken);
    pthread_mutex_destroy(&all->lock);
    arena_free(all->work);
    arena_free(all->arena);
}

/* WHY not IN: SQLite would fill a table with its list for every commit, to look at a few rows. */
static void among_put(struct out *o, const char *column, const char *list)
{
    struct str rest = str_of(list ? list : ""), literal;
    if (!rest.n)
        return;
    out_fmt(o, " AND CASE %s", column);
    while (str_split(&rest, ',', &literal))
        out_fmt(o, " WHEN " STR_FMT " THEN 1", STR_ARG(str_trim(literal)));
    out_lit(o, " ELSE 0 END = 1");
}

static const char *sql_make(struct arena *a, const struct consumer *c)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_lit(&o, "SELECT id, at, actor_id, verb, type, record_id, root_id, space_id, audience,"
                " detail, quiet FROM activities WHERE id > ?1 AND id <= ?2");
    if (c->loud)
        out_lit(&o, " AND quiet = 0");
    among_put(&o, "type", c->types);
    among_put(&o, "verb", c->verbs);
    out_lit(&o, " ORDER BY id LIMIT ?3");
    return str_cstr(a, out_take(&o, a));
}

/* ---- one step of one consumer, in a write transaction ---- */

/* RULE 4 */
static int64_t cursor_read(struct db *db, const struct consumer *c, int64_t newest)
{
    int64_t at =
        db_get_int(db, -1, "SELECT activity_id FROM cursors WHERE consumer = ?1", Z(c->name));
    if (at >= 0 || db_failed(db))
        return at;
    at = c->from_end ? newest : 0;
    db_exec(db, "INSERT INTO cursors (consumer, activity_id) VALUES (?1, ?2)", Z(c->name), I(at));
    return at;
}

static size_t activities_read(struct consumers *all, const struct follower *f, struct db *db,
                              int64_t at, struct activity *list, size_t max)
{
    struct arena *a = all->work;
    struct rows q = db_query(db, f->sql, I(at), I(at + STRETCH), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        list[n++] = (struct activity){.id = db_int(&q, 0),
                                      .at = db_int(&q, 1),
                                      .actor_id = db_int(&q, 2),
                                      .verb = db_dup(&q, 3, a),
                                      .type = db_dup(&q, 4, a),
                                      .record_id = db_int(&q, 5),
                                      .root_id = db_int(&q, 6),
                                      .space_id = db_int(&q, 7),
                                      .audience = db_int(&q, 8),
                                      .detail = db_dup(&q, 9, a),
                                      .quiet = db_int(&q, 10) != 0};
    db_done(&q);
    return n;
}

static int64_t part_read(struct db *db, const struct consumer *c)
{
    return db_get_int(db, 0, "SELECT part FROM cursors WHERE consumer = ?1", Z(c->name));
}

static void cursor_move(struct db *db, const struct consumer *c, int64_t to, int64_t part)
{
    db_exec(db, "UPDATE cursors SET activity_id = ?2, part = ?3 WHERE consumer = ?1", Z(c->name),
            I(to), I(part));
}

static size_t batch(const struct follower *f)
{
    return f->careful > 0 ? 1 : f->c->at_once ? (size_t)f->c->at_once : BATCH;
}

/* RULES 1, 2, 6 and 8. */
static enum step step_try(struct consumers *all, struct follower *f, struct db *db, size_t *asked)
{
    const struct consumer *c = f->c;
    int64_t newest = db_get_int(db, 0, "SELECT MAX(id) FROM activities");
    int64_t at = cursor_read(db, c, newest);
    if (at >= newest || db_failed(db))
        return STEP_DONE;
    if (c->idle && c->idle(db)) {
        cursor_move(db, c, newest, 0);
        return STEP_DONE;
    }
    size_t most = batch(f);
    struct activity *list = arena_bytes(all->work, most * sizeof *list); /* filled as it is read */
    size_t n = *asked = activities_read(all, f, db, at, list, most);
    int64_t before = n ? part_read(db, c) : 0;
    if (n)
        list[0].part = before;
    size_t taken = n && !db_failed(db) ? c->take(db, all->work, list, n) : n;
    int64_t end = at + STRETCH < newest ? at + STRETCH : newest, part = 0;
    if (taken < n) {
        end = taken ? list[taken - 1].id : at;
        part = list[taken].part;
    } else if (n == most) {
        end = list[n - 1].id;
    }
    cursor_move(db, c, end, part);
    if (part && (end > at || part != before))
        return STEP_PART;
    return end == newest ? STEP_DONE : end > at ? STEP_MORE : STEP_WAITS;
}

static bool hopeless(enum db_failure failure)
{
    return failure == DB_INVALID || failure == DB_DUPLICATE;
}

static void pass_over(struct consumers *all, struct follower *f, struct db *db)
{
    struct activity one;
    int64_t at =
        db_get_int(db, 0, "SELECT activity_id FROM cursors WHERE consumer = ?1", Z(f->c->name));
    if (!activities_read(all, f, db, at, &one, 1))
        return;
    log_error("consumer %s cannot take activity %lld, and goes on behind it", f->c->name,
              (long long)one.id);
    cursor_move(db, f->c, one.id, 0);
}

/* RULE 3 */
static enum step step_run(struct consumers *all, struct follower *f, struct db *db)
{
    size_t asked = 0;
    db_save(db);
    enum step step = step_try(all, f, db, &asked);
    enum db_failure failure = db_failed(db);
    if (failure)
        log_warn("consumer %s: %s", f->c->name, db_message(db));
    bool kept = db_save_end(db, true);
    arena_reset(all->work);
    if (kept) {
        f->careful -= f->careful > 0;
        return step;
    }
    if (!failure || db_failed(db))
        return STEP_FAILED;
    if (asked > 1) {
        f->careful = CAREFUL;
        return STEP_MORE;
    }
    if (asked == 1 && hopeless(failure)) {
        pass_over(all, f, db);
        arena_reset(all->work);
        return STEP_MORE;
    }
    return STEP_FAILED;
}

/* ---- inside the changes' transactions ---- */

static void before_commit(void *ctx, struct db *db)
{
    struct consumers *all = ctx;
    for (size_t i = 0; i < all->n; i++)
        for (int k = 0; !all->list[i].c->every_ms && k < AT_COMMIT && !db_failed(db); k++)
            if (step_run(all, &all->list[i], db) != STEP_MORE)
                break;
}

/* ---- behind them ---- */

struct turn {
    struct consumers *all;
    struct follower *f;
    enum step step;
};

static bool turn_run(struct db *db, void *ctx)
{
    struct turn *turn = ctx;
    const struct consumer *c = turn->f->c;
    int64_t at = db_get_int(db, -1, "SELECT activity_id FROM cursors WHERE consumer = ?1",
                            Z(c->name)),
            part = part_read(db, c);
    turn->step = step_run(turn->all, turn->f, db);
    /* Nothing to keep is no commit: no page is written when nothing happens. */
    return !db_failed(db) &&
           (db_get_int(db, -1, "SELECT activity_id FROM cursors WHERE consumer = ?1", Z(c->name)) !=
                at ||
            part_read(db, c) != part);
}

/* In pieces, so that other changes come between them. Done, waiting or failed. */
static enum step follow(struct consumers *all, struct follower *f)
{
    int idle = 0; /* a batch that is to be taken one by one keeps nothing; twice is a failed disk */
    for (;;) {
        struct turn turn = {all, f, STEP_FAILED};
        bool kept = store_run(all->store, STORE_WRITE, turn_run, &turn);
        idle = kept ? 0 : idle + 1;
        if (turn.step == STEP_DONE || turn.step == STEP_WAITS)
            return turn.step;
        if (turn.step == STEP_FAILED || idle == 2)
            return STEP_FAILED;
    }
}

bool consumers_catch_up(struct consumers *all)
{
    bool done = true;
    for (size_t i = 0; i < all->n; i++)
        done = follow(all, &all->list[i]) != STEP_FAILED && done;
    return done;
}

static void on_commit(void *ctx)
{
    struct consumers *all = ctx;
    pthread_mutex_lock(&all->lock);
    if (all->asleep)
        pthread_cond_signal(&all->woken);
    all->rung = true;
    pthread_mutex_unlock(&all->lock);
}

/* Those of the changes' transactions lag only after a long one, or behind another program. */
static int every_ms(const struct follower *f)
{
    return f->c->every_ms ? f->c->every_ms : IDLE_MS;
}

/* Under the lock. Commits meanwhile wake nobody: the log is read afterwards in any case. */
static void sleep_until(struct consumers *all, int64_t us)
{
    struct timespec at = {us / CLOCK_SECOND, us % CLOCK_SECOND * 1000};
    while (!all->stopping && clock_monotonic() < us)
        pthread_cond_timedwait(&all->woken, &all->lock, &at);
}

/* Work that takes long is done the more seldom: it leaves nine tenths of the writer to others. */
static int64_t pause_end(const struct follower *f, int64_t took)
{
    int64_t least = (int64_t)every_ms(f) * 1000, longer = took * 9;
    return clock_monotonic() + (longer > least ? longer : least);
}

/* Under the lock. Those that are behind and due; gives when the next one is, 0 when none is left
 * behind: who has failed or waits tries again, also when nothing else happens. */
static int64_t follow_due(struct consumers *all)
{
    int64_t next = 0;
    for (size_t i = 0; i < all->n && !all->stopping; i++) {
        struct follower *f = &all->list[i];
        int64_t began = clock_monotonic();
        if (f->behind && f->due <= began) {
            pthread_mutex_unlock(&all->lock);
            f->behind = follow(all, f) != STEP_DONE;
            pthread_mutex_lock(&all->lock);
            f->due = pause_end(f, clock_monotonic() - began);
        }
        if (f->behind)
            next = next && next < f->due ? next : f->due;
    }
    return next;
}

static void *follow_main(void *p)
{
    struct consumers *all = p;
    pthread_mutex_lock(&all->lock);
    while (!all->stopping) {
        for (size_t i = 0; i < all->n && all->rung; i++)
            all->list[i].behind = true;
        all->rung = false;
        int64_t next = follow_due(all);
        if (next)
            sleep_until(all, next);
        all->asleep = !next;
        while (all->asleep && !all->rung && !all->stopping)
            pthread_cond_wait(&all->woken, &all->lock);
        all->asleep = false;
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

void consumers_start(struct consumers *all)
{
    if (all->running || !all->n)
        return;
    all->stopping = false;
    all->rung = true; /* commands and other programs may have left something */
    all->running = pthread_create(&all->thread, NULL, follow_main, all) == 0;
    if (!all->running)
        die("cannot start the thread that follows the log");
    store_on_commit(all->store, on_commit, all);
}

void consumers_stop(struct consumers *all)
{
    if (!all->running)
        return;
    store_off_commit(all->store, on_commit, all);
    pthread_mutex_lock(&all->lock);
    all->stopping = true;
    pthread_cond_signal(&all->woken);
    pthread_mutex_unlock(&all->lock);
    pthread_join(all->thread, NULL);
    all->running = false;
}

/* ---- for the operator ---- */

size_t consumers_lag(struct consumers *all, struct db *db, struct consumer_lag *out, size_t max)
{
    int64_t newest = db_get_int(db, 0, "SELECT MAX(id) FROM activities");
    for (size_t i = 0; i < all->n && i < max; i++) {
        const struct consumer *c = all->list[i].c;
        int64_t at =
            db_get_int(db, 0, "SELECT activity_id FROM cursors WHERE consumer = ?1", Z(c->name));
        int64_t behind = 0;
        if (at < newest)
            behind = db_get_int(db, 0, "SELECT COUNT(*) FROM activities WHERE id > ?1", I(at));
        out[i] = (struct consumer_lag){c->name, at, behind, c->once};
    }
    return all->n;
}

bool consumers_rebuild(struct consumers *all, struct db *db, struct str name)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct consumer *c = all->list[i].c;
        if (!str_is(name, c->name) || c->once)
            continue;
        if (c->forget)
            c->forget(db);
        db_exec(db, "UPDATE cursors SET activity_id = 0, part = 0 WHERE consumer = ?1", Z(c->name));
        return true;
    }
    return false;
}
