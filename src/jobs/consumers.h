/* consumers.h: who follows the log of activities, and how far they have come.
 *
 * A feature declares its consumers in const tables. The engine reads the activities behind a
 * consumer's cursor, hands them over some at a time, and moves the cursor in the same transaction:
 * what a consumer writes is there exactly once for each activity, whatever ends the process, and
 * however many processes serve the hub (they write one at a time, see docs/decisions/0001).
 *
 *     static const struct consumer consumers[] = {
 *         {"ranks", rank_records, .verbs = "'Like'", .every_ms = 1000},
 *         {0},
 *     };
 *
 * One with every_ms 0 runs inside each write transaction, behind the changes: what it writes is
 * committed with them. The others follow, at most so long after. What falls behind (after a long
 * import, or when it is new) is made up for in pieces by the follower's thread.
 *
 * RULES
 *   1. A consumer takes each activity of its verbs and types once, in the log's order, also over
 *      crashes.
 *   2. What a consumer does and its cursor are committed together, or not at all.
 *   3. A consumer that fails never harms the change that it follows: it is undone alone, and tries
 *      again; an activity that it can never take is passed over, and the operator is told.
 *   4. A new consumer begins at the log's first activity, or with `from_end` behind its last.
 *   5. To rebuild a consumer throws away what it made and reads the log from the beginning.
 *   6. What is much for one transaction a consumer takes in parts, each committed on its own with
 *      the number that says how far it came; later activities wait until it is whole.
 *   7. Who has read all of the log asks for nothing until something is committed.
 *   8. The cursor of one that is idle moves to the log's end, and nobody reads the log for it.
 */
#ifndef JOBS_CONSUMERS_H
#define JOBS_CONSUMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct app;
struct arena;
struct consumers;
struct db;
struct feature;
struct store;

struct activity {
    int64_t id, at;
    int64_t actor_id, record_id, root_id, space_id; /* 0: none */
    int64_t audience;
    struct str verb, type, detail;
    bool quiet;   /* imported: nobody is told */
    int64_t part; /* RULE 6; 0: none of it has been taken */
};

struct consumer {
    const char *name; /* in table cursors */
    /* Takes the n activities, the oldest first, or fewer; gives how many. Runs in a write
     * transaction; the arena is emptied behind it. The first that it leaves may have been taken in
     * part: list[0].part says what an earlier call has noted there. */
    size_t (*take)(struct db *db, struct arena *a, struct activity *list, size_t n);
    const char *verbs;             /* SQL literals, "'Create', 'Update'"; NULL: all */
    const char *types;             /* of records, in the same way */
    bool loud;                     /* none that are quiet */
    int every_ms;                  /* 0: inside the change's own transaction */
    int at_once;                   /* handed over at a time, at most; 0: 500 */
    bool from_end;                 /* RULE 4 */
    void (*forget)(struct db *db); /* RULE 5: deletes all that it made; NULL: nothing to delete */
    bool once;                     /* cannot be rebuilt: what it does leaves the hub (mail) */
    bool (*idle)(struct db *db);   /* true: it wants nothing of all there is, RULE 8 */
};

/* Those of all features; hooks itself into the store's commits. */
struct consumers *consumers_open(struct store *store, const struct feature *const *list);
void consumers_close(struct consumers *all); /* before the store */

/* The thread that follows; from here until consumers_stop. */
void consumers_start(struct consumers *all);
void consumers_stop(struct consumers *all);

/* Until nobody lags, on the calling thread: for commands and tests. False: a write failed. */
bool consumers_catch_up(struct consumers *all);

struct consumer_lag {
    const char *name;
    int64_t at, behind; /* its cursor; activities of the log behind it, of whatever verb */
    bool once;
};
/* At most `max`; gives how many there are. */
size_t consumers_lag(struct consumers *all, struct db *db, struct consumer_lag *out, size_t max);

/* RULE 5, in the transaction of db; the follower or consumers_catch_up then reads on. False: there
 * is no consumer of that name, or it can never be rebuilt. */
bool consumers_rebuild(struct consumers *all, struct db *db, struct str name);

#endif
