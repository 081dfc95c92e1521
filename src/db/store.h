/* store.h: who may touch the database when: readers, the writer queue, the executor pool.
 *
 * SQLite: every thread that reads has a read-only connection of its own (store_reader). All
 * writing goes through one writer thread: it takes all the jobs that wait, runs them in one
 * transaction, commits once, and only then reports them done. Batches form by themselves, there is
 * no artificial wait. When a job of the batch must be undone after it wrote, the batch is rolled
 * back and run again, each job under a savepoint of its own.
 * PostgreSQL: the same. Writing is one queue here too (docs/decisions/0001: why), across processes
 * by a lock in the database; reads run on a pool of threads, one connection each.
 * Slow work without the database (password hashing) or with long reads runs on a few job threads.
 *
 * RULES
 *   1. done() is called only after the commit that holds the job's writes, or after its rollback.
 *   2. A job that fails is undone alone; the others of its batch are kept.
 *   3. When the commit fails, every job of the batch is reported as failed.
 *   4. A full queue refuses at once; nothing waits without bound.
 *   5. store_stop (and so store_close) runs what is queued, then ends the threads.
 *   6. A failed SQLite disk never turns into an acknowledged write.
 *   7. Commits of other processes on the same hub ring the listeners too.
 *   8. What the seal writes is kept with the batch, and only when a job of it is not aside.
 */
#ifndef DB_STORE_H
#define DB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

struct migration;
struct store;

enum store_lane {
    STORE_READ,  /* a read transaction on a pool thread */
    STORE_WRITE, /* the write transaction */
    STORE_SLOW,  /* a job thread; db is a reader, in a read transaction that begins to see with
                    its first query */
    STORE_FILES, /* the same, on one thread of its own: files and pictures, which take long, so that
                    nobody waits behind them for a password */
    STORE_LANES,
};

/* Embedded in the caller's own structure; owned by the store from store_submit until done(). */
struct store_job {
    /* Runs inside the transaction. Returns true to keep the writes, false to undo them. May be
     * called again, after DB_CONFLICT or because another job of its batch had to be undone, so it
     * must start from the same state each time. */
    bool (*run)(struct store_job *job, struct db *db);
    /* After the commit or rollback, on the store's thread; must be quick, and hand the answer on.
     * The writes are kept when job->kept; failure is DB_OK also when run() itself undid them. */
    void (*done)(struct store_job *job, enum db_failure failure);
    bool aside;             /* set by the caller, or by run(): a job that asks for no seal */
    bool patient;           /* set by the caller: nobody waits for an answer; store_run's are */
    struct store_job *next; /* the store's own */
    enum db_failure failure;
    bool kept;
};

struct store_options {
    struct db_options db; /* time_limit_ms: for store_reader, ten times as long for STORE_READ, and
                             none for the other lanes; read_only is not looked at */
    const struct migration *migrations; /* NULL: those of this program */
    int pool;        /* executor threads; 0: 2 for SQLite (slow reads), 8 for PostgreSQL */
    int slow;        /* job threads; 0: 2 */
    int queue_limit; /* waiting jobs per lane; 0: 4096 */
    int batch_ms;    /* a transaction takes in no more writes after so long; 0: 20 */
};

struct store_stats {
    int64_t commits, writes, write_failures, refused; /* since start */
    int64_t batch[12]; /* commits that carried 1, 2, 3-4, 5-8, ... writes: powers of two */
    int64_t queued;    /* waiting now */
    int64_t waiting[STORE_LANES]; /* ... in each lane */
    int64_t commit_us;            /* microseconds spent in COMMIT */
};

/* Opens the hub; NULL and words when it cannot. The schema is brought up to date first. */
struct store *store_open(const struct store_options *options, struct arena *a, struct str *message);
/* RULE 5. Nothing may be asked of it after that. */
void store_stop(struct store *s);
void store_close(struct store *s);
enum db_engine store_engine(const struct store *s);

/* False: the lane's queue is full (answer 503 with Retry-After). */
bool store_submit(struct store *s, enum store_lane lane, struct store_job *job);

/* For a job's run() on the lane of writes: one that is not patient waits behind it. One with much
 * to do ends then, and does the rest in a transaction of its own. */
bool store_write_waits(struct store *s);

/* SQLite only: a read connection for the calling thread (an event loop), opened once by its owner;
 * NULL on PostgreSQL, where reads go to the pool. */
struct db *store_reader(struct store *s);
void store_reader_close(struct store *s, struct db *db);

/* Called on the writer thread after every commit that kept writes, before done(), and on the
 * keeper's thread when another process has committed (PostgreSQL: LISTEN/NOTIFY "activities", and a
 * look every second while that connection is lost): wakes the consumers of the activity log. It
 * must be quick, and may be called once too often. At most STORE_LISTENERS; store_off_commit takes
 * one away, and returns when it is not being called. */
enum { STORE_LISTENERS = 4 };
void store_on_commit(struct store *s, void (*fn)(void *ctx), void *ctx);
void store_off_commit(struct store *s, void (*fn)(void *ctx), void *ctx);

/* Called inside each write transaction that will be committed, behind its jobs: what follows from
 * the batch's activities and is to be committed with them. One, set before the first write. It
 * undoes its own failures (db_save): one that it leaves makes the whole batch fail. */
void store_before_commit(struct store *s, void (*fn)(void *ctx, struct db *db), void *ctx);

/* Runs as the last of a transaction that keeps writes of a job that is not aside. One, set before
 * the first write. */
void store_seal(struct store *s, void (*fn)(struct db *db));

void store_stats(struct store *s, struct store_stats *stats);

/* Runs fn on that lane on the calling thread's behalf and waits for its commit; true when kept. For
 * start-up, commands and jobs, never on an event loop or inside a job of the same lane. */
bool store_run(struct store *s, enum store_lane lane, bool (*fn)(struct db *db, void *ctx),
               void *ctx);
/* The same for a job that is aside. */
bool store_run_aside(struct store *s, enum store_lane lane, bool (*fn)(struct db *db, void *ctx),
                     void *ctx);

#endif
