/* jobs.h: work that is done behind a request: mails, imports, what is due every hour.
 *
 * A job is a row of table jobs. It is put in the write transaction that wants it, so it is there
 * exactly when the change is, and runs on a job thread: never on a loop or on the writer. A feature
 * declares its kinds:
 *
 *     static const struct job_kind kinds[] = {{"mail-send", mail_send, .at_once = 4}, {0}};
 *     const struct feature mail_feature = {.name = "mail", .jobs = kinds};
 *
 * and anybody puts one: job_put(db, &(struct job_order){.kind = "mail-send", .data = letter}).
 *
 * RULES
 *   1. A job runs until it is done, has failed for good or is cancelled, whatever ends the process.
 *   2. It is run by one worker at a time, however many processes share the database. A worker that
 *      does not renew its lease counts as dead: the job is taken up again, once, and the dead one,
 *      should it live after all, can write nothing more.
 *   3. What fails is tried again, later each time; after its last try it stays, as failed.
 *   4. Of a kind and a key at most one job waits. A running one does not count, since it may have
 *      looked already.
 *   5. What has a greater priority runs first, then what was due first.
 *   6. A cancelled job that waits never runs; one that runs is told at its next job_step.
 *   7. What is scheduled runs once per interval on all processes together; intervals that were
 *      missed are not made up for.
 *   8. When the program stops, a job ends at its next job_step and waits again, with no try spent.
 *
 * A job may run again from its beginning at any time, so it writes by job_write what it has done
 * together with the note that it was done.
 */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct app;
struct arena;
struct db;
struct feature;
struct job; /* one that runs */
struct jobs;

/* LATER: try again with back-off; FAILED: never again. */
enum job_result { JOB_DONE, JOB_LATER, JOB_FAILED };

struct job_kind {
    const char *name;                        /* "mail-send", in table jobs */
    enum job_result (*run)(struct job *job); /* on a job thread, outside of any transaction */
    int tries;                               /* 0: 8, which is over some five hours */
    int at_once;                             /* at the same time in this process; 0: 1 */
    int every_s;                             /* > 0: a schedule, RULE 7 */
};

struct job_order {
    const char *kind;
    struct str data, key;
    int64_t due; /* microseconds; 0: now */
    int priority;
    int64_t person_id; /* who wants it; 0: the hub */
};

/* ---- in a write transaction ---- */

/* Gives its id. With a key that waits already that one's id: it keeps its data, and takes the
 * sooner time and the greater priority of both. */
int64_t job_put(struct db *db, const struct job_order *order);
/* False: it is over already, or there is none. */
bool job_cancel(struct db *db, int64_t id);
/* Failed and cancelled ones wait again, as if new. False: it is neither. */
bool job_again(struct db *db, int64_t id);
/* Of those that ended before `then` at most `most` are forgotten; gives how many. */
int64_t jobs_forget(struct db *db, int64_t then, int most);

/* ---- for run() ---- */

struct app *job_app(struct job *job);
struct arena *job_arena(struct job *job); /* emptied when run() ends */
struct str job_data(struct job *job);
int64_t job_id(const struct job *job);
int64_t job_person(const struct job *job);
int job_try(const struct job *job); /* 1 for the first */

/* A transaction of its own, as store_run; true when kept. The write is not kept when the job has
 * become another worker's (RULE 2). fn may be called again and must start from the same state. */
bool job_write(struct job *job, bool (*fn)(struct db *db, void *ctx), void *ctx);
/* The same for what no page of members shows: feeds keep their marks. */
bool job_write_aside(struct job *job, bool (*fn)(struct db *db, void *ctx), void *ctx);
/* Within fn of job_write: a request waits to write, it ends soon and does the rest in another. */
bool job_write_waits(const struct job *job);
bool job_read(struct job *job, bool (*fn)(struct db *db, void *ctx), void *ctx);

/* Call it often: it is written a few times a second. of 0: not known. False: cancelled, or the
 * program stops, or the job is another's by now: end soon, with JOB_LATER. */
bool job_step(struct job *job, int64_t done, int64_t of, struct str words);
/* What went wrong, or what came out of it, for the operator and the page. */
void job_why(struct job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* With JOB_LATER: not before then, instead of the usual back-off. */
void job_later(struct job *job, int64_t due);

/* ---- for app and commands ---- */

enum { JOB_LEASE_S = 30, JOB_THREADS = 8 };

/* Of all features. Puts what is scheduled and new. */
struct jobs *jobs_open(struct app *app);
void jobs_close(struct jobs *jobs);
void jobs_start(struct jobs *jobs);
void jobs_stop(struct jobs *jobs); /* RULE 8; returns when all have ended */

/* Runs all that are due, one after another on the calling thread, until none is: for tests and
 * commands. False: the database failed. */
bool jobs_run_due(struct app *app);
/* Runs this one here and now, due or not. False: it does not wait (any more). */
bool jobs_run_one(struct app *app, int64_t id);

struct jobs_stats {
    int64_t running;                    /* here, now */
    int64_t done, later, failed, taken; /* here, since the start; taken: over from dead workers */
    int64_t overdue_us;                 /* how long the first of those due has waited */
};
void jobs_stats(struct jobs *jobs, struct jobs_stats *stats);

#endif
