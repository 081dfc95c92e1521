/* rows.c: the life of a row of table jobs; see rows.h and jobs.h.
 *
 * WHY leases by the civil clock: processes on several machines share them, and a test moves it. A
 * clock that jumps ahead costs a job that is begun twice, whose first worker can write no more.
 */
#include "jobs/rows.h"

#include "core/arena.h"
#include "core/clock.h"
#include "db/db.h"

#define SCHEDULED ":every"

enum { RECOVER = 100 };

_Atomic int64_t job_rows_put;

/* ---- putting ---- */

/* The one that waits under that key; 0: none. */
static int64_t twin_find(struct db *db, struct str kind, struct str key)
{
    if (!key.n)
        return 0;
    return db_get_int(db, 0,
                      "SELECT id FROM jobs WHERE kind = ?1 AND key = ?2 AND key <> ''"
                      " AND state = 'waiting'",
                      T(kind), T(key));
}

int64_t job_put(struct db *db, const struct job_order *order)
{
    int64_t now = clock_now(), due = order->due ? order->due : now;
    int64_t id = twin_find(db, str_of(order->kind), order->key);
    if (id)
        db_exec(db,
                "UPDATE jobs SET due_at = CASE WHEN due_at < ?2 THEN due_at ELSE ?2 END,"
                " priority = CASE WHEN priority > ?3 THEN priority ELSE ?3 END WHERE id = ?1",
                I(id), I(due), I(order->priority));
    else
        id = db_insert(db,
                       "INSERT INTO jobs (kind, key, state, data, person_id, priority, due_at,"
                       " created_at) VALUES (?1, ?2, 'waiting', ?3, ?4, ?5, ?6, ?7)",
                       Z(order->kind), T(order->key), T(order->data), I(order->person_id),
                       I(order->priority), I(due), I(now));
    atomic_fetch_add(&job_rows_put, 1);
    return id;
}

bool job_cancel(struct db *db, int64_t id)
{
    int64_t now = clock_now();
    if (db_exec(db,
                "UPDATE jobs SET state = 'cancelled', finished_at = ?2"
                " WHERE id = ?1 AND state = 'waiting' AND key <> '" SCHEDULED "'",
                I(id), I(now)))
        return true;
    return db_exec(db, "UPDATE jobs SET stop = 1 WHERE id = ?1 AND state = 'running'", I(id)) > 0;
}

bool job_again(struct db *db, int64_t id)
{
    int64_t n = db_exec(db,
                        "UPDATE jobs SET state = 'waiting', tries = 0, stop = 0, due_at = ?2,"
                        " finished_at = NULL, progress = 0, total = 0, words = ''"
                        " WHERE id = ?1 AND state IN ('failed', 'cancelled') AND NOT EXISTS ("
                        "SELECT 1 FROM jobs w WHERE w.kind = jobs.kind AND w.key = jobs.key"
                        " AND w.key <> '' AND w.state = 'waiting')",
                        I(id), I(clock_now()));
    atomic_fetch_add(&job_rows_put, 1);
    return n > 0;
}

int64_t jobs_forget(struct db *db, int64_t then, int most)
{
    return db_exec(db,
                   "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at < ?1"
                   " AND state IN ('done', 'failed', 'cancelled') ORDER BY finished_at LIMIT ?2)",
                   I(then), I(most));
}

/* ---- RULE 7 ---- */

bool job_row_scheduled(struct db *db, const struct job_kind *kind)
{
    return db_get_int(db, 0,
                      "SELECT id FROM jobs WHERE kind = ?1 AND key = '" SCHEDULED "' AND state IN"
                      " ('waiting', 'running') LIMIT 1",
                      Z(kind->name)) > 0;
}

void job_row_schedule(struct db *db, const struct job_kind *kind, int64_t now)
{
    if (!job_row_scheduled(db, kind))
        job_put(db, &(struct job_order){.kind = kind->name,
                                        .key = S(SCHEDULED),
                                        .due = now + kind->every_s * CLOCK_SECOND});
}

static bool is_scheduled(struct db *db, const struct job_row *row)
{
    return row->kind->every_s > 0 &&
           db_get_int(db, 0, "SELECT 1 FROM jobs WHERE id = ?1 AND key = '" SCHEDULED "'",
                      I(row->id)) > 0;
}

/* The first of its times that is to come. */
static int64_t schedule_next(const struct job_row *row, int64_t now)
{
    int64_t every = row->kind->every_s * CLOCK_SECOND, due = row->due;
    return due > now ? due : due + ((now - due) / every + 1) * every;
}

/* ---- taking ---- */

size_t job_rows_due(struct db *db, const struct job_kind *kind, int64_t now, struct job_row *out,
                    size_t max)
{
    struct rows q = db_query(db,
                             "SELECT id, priority, due_at FROM jobs WHERE kind = ?1"
                             " AND state = 'waiting' AND due_at <= ?2"
                             " ORDER BY priority DESC, due_at, id LIMIT ?3",
                             Z(kind->name), I(now), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        out[n++] = (struct job_row){
            .kind = kind, .id = db_int(&q, 0), .priority = db_int(&q, 1), .due = db_int(&q, 2)};
    db_done(&q);
    return n;
}

int64_t job_rows_next(struct db *db, int64_t now)
{
    return db_get_int(db, INT64_MAX,
                      "SELECT COALESCE(MIN(due_at), 9223372036854775807) FROM jobs"
                      " WHERE state = 'waiting' AND due_at > ?1",
                      I(now));
}

bool job_row_take(struct db *db, struct arena *a, struct job_row *row, const char *worker,
                  int64_t now)
{
    if (!db_exec(db,
                 "UPDATE jobs SET state = 'running', worker = ?2, lease_at = ?3, started_at = ?4,"
                 " tries = tries + 1, stop = 0, progress = 0, total = 0, words = ''"
                 " WHERE id = ?1 AND state = 'waiting'",
                 I(row->id), Z(worker), I(now + JOB_LEASE), I(now)))
        return false;
    struct rows q = db_query(
        db, "SELECT data, tries, person_id, priority, due_at FROM jobs WHERE id = ?1", I(row->id));
    if (!db_next(&q))
        return false;
    row->data = db_dup(&q, 0, a);
    row->tries = db_int(&q, 1);
    row->person_id = db_int(&q, 2);
    row->priority = db_int(&q, 3);
    row->due = db_int(&q, 4);
    db_done(&q);
    return true;
}

bool job_row_is(struct db *db, int64_t id, const char *worker)
{
    return db_get_int(db, 0,
                      "SELECT 1 FROM jobs WHERE id = ?1 AND worker = ?2 AND state = 'running'",
                      I(id), Z(worker)) > 0;
}

/* ---- ending ---- */

/* 15 s, 45 s, 2 min, 7 min, 20 min, 1 h, 3 h, then 6 h each. */
static int64_t back_off(int64_t tries)
{
    int64_t wait = 15 * CLOCK_SECOND;
    for (int64_t i = 1; i < tries && wait < 6 * CLOCK_HOUR; i++)
        wait *= 3;
    return wait < 6 * CLOCK_HOUR ? wait : 6 * CLOCK_HOUR;
}

static int64_t tries_of(const struct job_kind *kind)
{
    return kind->tries > 0 ? kind->tries : JOB_TRIES;
}

static void row_over(struct db *db, int64_t id, const char *state, struct str why, int64_t now)
{
    db_exec(db,
            "UPDATE jobs SET state = ?2, worker = '', lease_at = 0, finished_at = ?3, why = ?4"
            " WHERE id = ?1",
            I(id), Z(state), I(now), T(why));
}

/* RULE 4: where another one waits under its key, that one does its work. */
static void row_wait(struct db *db, int64_t id, int64_t tries, int64_t due, struct str why,
                     int64_t now)
{
    int64_t twin = db_get_int(db, 0,
                              "SELECT w.id FROM jobs j JOIN jobs w ON w.kind = j.kind"
                              " AND w.key = j.key AND w.key <> '' AND w.state = 'waiting'"
                              " WHERE j.id = ?1",
                              I(id));
    if (twin) {
        row_over(db, id, "cancelled", S("A newer one does the same."), now);
        return;
    }
    db_exec(db,
            "UPDATE jobs SET state = 'waiting', worker = '', lease_at = 0, stop = 0, tries = ?2,"
            " due_at = ?3, why = ?4 WHERE id = ?1",
            I(id), I(tries), I(due), T(why));
    atomic_fetch_add(&job_rows_put, 1);
}

static void scheduled_end(struct db *db, const struct job_row *row, const struct job_end *end,
                          int64_t now)
{
    int64_t next = schedule_next(row, now), later = now + back_off(row->tries);
    bool again = end->result == JOB_LATER && row->tries < tries_of(row->kind) && later < next;
    row_wait(db, row->id, again ? row->tries : 0, again ? later : next, end->why, now);
}

bool job_row_end(struct db *db, const struct job_row *row, const char *worker,
                 const struct job_end *end, int64_t now)
{
    if (!job_row_is(db, row->id, worker))
        return false;
    bool stop = db_get_int(db, 0, "SELECT stop FROM jobs WHERE id = ?1", I(row->id)) > 0;
    if (end->stopped && end->result == JOB_LATER && !stop) /* RULE 8 */
        row_wait(db, row->id, row->tries - 1, row->due, S(""), now);
    else if (is_scheduled(db, row))
        scheduled_end(db, row, end, now);
    else if (end->result == JOB_DONE)
        row_over(db, row->id, "done", end->why, now);
    else if (stop)
        row_over(db, row->id, "cancelled", end->why, now);
    else if (end->result == JOB_FAILED || row->tries >= tries_of(row->kind))
        row_over(db, row->id, "failed", end->why, now);
    else
        row_wait(db, row->id, row->tries, end->later ? end->later : now + back_off(row->tries),
                 end->why, now);
    return !db_failed(db);
}

/* ---- RULE 2 ---- */

int64_t job_rows_lease(struct db *db)
{
    return db_get_int(db, 0, "SELECT MIN(lease_at) FROM jobs WHERE state = 'running'");
}

static const struct job_kind *kind_among(const struct job_kind *const *kinds, size_t n,
                                         struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(name, kinds[i]->name))
            return kinds[i];
    return NULL;
}

int64_t job_rows_recover(struct db *db, const struct job_kind *const *kinds, size_t n, int64_t now)
{
    struct {
        int64_t id, tries, due, stop;
        const struct job_kind *kind;
        bool scheduled;
    } dead[RECOVER];
    size_t found = 0;
    struct rows q =
        db_query(db,
                 "SELECT id, tries, due_at, stop, kind, key = '" SCHEDULED "' FROM jobs"
                 " WHERE state = 'running' AND lease_at < ?1 ORDER BY lease_at LIMIT ?2",
                 I(now), I(RECOVER));
    for (; found < RECOVER && db_next(&q); found++) {
        dead[found].id = db_int(&q, 0);
        dead[found].tries = db_int(&q, 1);
        dead[found].due = db_int(&q, 2);
        dead[found].stop = db_int(&q, 3);
        dead[found].kind = kind_among(kinds, n, db_str(&q, 4));
        dead[found].scheduled = db_int(&q, 5) != 0;
    }
    db_done(&q);
    for (size_t i = 0; i < found; i++) {
        int64_t tries = dead[i].kind ? tries_of(dead[i].kind) : JOB_TRIES;
        bool last = dead[i].tries >= tries && !dead[i].scheduled;
        if (dead[i].stop || last)
            row_over(db, dead[i].id, last ? "failed" : "cancelled", S("Its worker died."), now);
        else
            row_wait(db, dead[i].id, dead[i].tries, dead[i].due, S("Its worker died."), now);
    }
    return (int64_t)found;
}
