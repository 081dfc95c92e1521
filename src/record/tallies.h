/* tallies.h: how many records of a type have each value of a choice, and what they add up to.
 *
 * A board's columns say how many cards they hold and what those are worth. Counting 300,000 deals
 * takes a tenth of a second; so the transaction that changes a record changes the counts. They are
 * kept by audience: a viewer's number is the sum of those audiences that the viewer sees all of.
 *
 * Kept are choices that lists or cards show, each with the numbers that lists or cards show; of a
 * choice that depends on another field also by both: "pipeline,stage" has "sales,won".
 *
 * RULES
 *   1. At every commit each tally is what counting its records gives.
 *   2. What a viewer may not see is in no number that the viewer is told. Where some of an audience
 *      may be seen and some not, there is no exact number: tallies_read says so.
 *   3. Numbers beyond TALLY_MOST are counted as records and left out of sums.
 */
#ifndef RECORD_TALLIES_H
#define RECORD_TALLIES_H

#include "record/record.h"
#include "record/types.h"

#define TALLY_MOST INT64_C(10000000000000) /* 10^13: a hundred billion in cents */

enum { TALLY_MONEYS = 8 }; /* currencies of one column that are told */

struct tally_money {
    struct str currency;
    int64_t amount;
};

struct tally { /* of one value */
    int64_t n;
    bool more; /* there are more than n, or may be: what could be seen at a glance */
    struct tally_money sums[TALLY_MONEYS];
    size_t sums_n;
};

/* Whether counts by this field are kept, and sums of that one. */
bool tallied(const struct record_field *by);
bool tally_sums(const struct record_field *sum);

/* A record that comes (by 1) or goes (by -1) with all of these values. */
void tallies_put(const struct act *act, const struct record_type *t, int64_t audience,
                 const struct value *values, int by);
/* One that stays and has other values. */
void tallies_change(const struct act *act, const struct record_type *t, int64_t audience,
                    const struct value *was, const struct value *is);
/* One that is taken away or brought back: its values are read. */
void tallies_record(const struct act *act, const struct record *r, int by);

/* Into out[] by the place of each choice; sum may be NULL. `within`: only of records whose field
 * that `by` depends on has this choice; empty: all. False: RULE 2, or they are not kept. */
bool tallies_read(struct req *rq, const struct record_type *t, const struct record_field *by,
                  const struct record_field *sum, struct str within, struct tally *out);
void tally_add(struct arena *a, struct tally *tally, struct str currency, int64_t amount);

/* Counts the type's anew. */
void tallies_recount(struct db *db, struct arena *a, const struct record_type *t);
/* Of all types whose records stand in spaces: their audience has changed. */
void tallies_recount_spaced(struct db *db, struct arena *a);
void tallies_recount_all(struct db *db, struct arena *a);

/* Those that differ from what counting gives: calls say() for each, with the number of its type in
 * the catalog, what is kept and what was counted. */
void tallies_check(struct db *db,
                   void (*say)(void *ctx, int64_t type, int64_t kept, int64_t counted), void *ctx);

#endif
