/* check.h: counts again everything that is kept as a count or a copy, and finds rows whose other
 * half is missing.
 *
 * What the record core promises holds in every committed state; this reads a whole hub and says
 * where it does not. `skep doctor` prints it, and the tests' kit asks at the end of every test.
 *
 * RULES
 *   1. Each kept count, copy and path that differs from its rows is said once, with its record.
 *   2. Each row that points to a row that is not there is said once.
 *   3. Looking changes nothing.
 *   4. A finding is mended from the rows that it was counted from, and may be mended at any later
 *      time, also when it is no longer so. What only a person can decide has no mend.
 */
#ifndef RECORD_CHECK_H
#define RECORD_CHECK_H

#include "core/arena.h"
#include "db/db.h"

enum { CHECK_STATEMENTS = 4 };

struct check_mend {
    const char *sql[CHECK_STATEMENTS]; /* ?1: the id that was found */
    void (*run)(struct db *db, struct arena *a, int64_t id);
};

struct check_finding {
    const char *what;              /* a sentence's beginning: "score is not the sum of its votes" */
    int64_t id;                    /* of the record, tag, person, ... that it is about */
    int64_t kept, counted;         /* the same number: there is nothing to compare */
    const struct check_mend *mend; /* NULL: it has none */
};

/* In any transaction; how many findings there were. `say` may be NULL. */
int64_t check_hub(struct db *db, struct arena *a,
                  void (*say)(void *ctx, const struct check_finding *finding), void *ctx);

/* In a write transaction; whether it has changed anything. Some mends bring others to light (votes,
 * then their sum): look again. */
bool check_mend(struct db *db, struct arena *a, const struct check_finding *finding);

#endif
