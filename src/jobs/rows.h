/* rows.h: what the engine of jobs does to table jobs; each in a write transaction, unless it says
 * otherwise. For src/jobs/ alone. */
#ifndef JOBS_ROWS_H
#define JOBS_ROWS_H

#include <stdatomic.h>

#include "jobs/jobs.h"

#define JOB_LEASE (JOB_LEASE_S * INT64_C(1000000))
enum { JOB_TRIES = 8, JOB_WORKER = 100, JOB_WHY = 500 };

/* Rings with each job_put of this process: whoever waits for jobs looks when it has changed. */
extern _Atomic int64_t job_rows_put;

struct job_row {
    const struct job_kind *kind;
    int64_t id, priority, due, tries, person_id;
    struct str data;
};

/* Of a kind: those that are due, the first to run first; also in a read transaction. */
size_t job_rows_due(struct db *db, const struct job_kind *kind, int64_t now, struct job_row *out,
                    size_t max);
/* When the first of those that are not yet due will be; INT64_MAX: there is none. */
int64_t job_rows_next(struct db *db, int64_t now);
/* Makes it `worker`'s, and reads it. False: it does not wait. */
bool job_row_take(struct db *db, struct arena *a, struct job_row *row, const char *worker,
                  int64_t now);
bool job_row_is(struct db *db, int64_t id, const char *worker); /* still its; any transaction */

struct job_end {
    enum job_result result;
    bool stopped;  /* by the program's end */
    int64_t later; /* 0: back-off */
    struct str why;
};
/* False: it is another worker's by now. */
bool job_row_end(struct db *db, const struct job_row *row, const char *worker,
                 const struct job_end *end, int64_t now);

/* RULE 2: those of dead workers wait again, or have failed. Gives how many. */
int64_t job_rows_recover(struct db *db, const struct job_kind *const *kinds, size_t n, int64_t now);
/* When the first lease runs out; 0: nothing runs. Any transaction. */
int64_t job_rows_lease(struct db *db);
/* The kind's scheduled row, if it has none. */
void job_row_schedule(struct db *db, const struct job_kind *kind, int64_t now);
bool job_row_scheduled(struct db *db, const struct job_kind *kind); /* any transaction */

#endif
