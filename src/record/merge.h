/* merge.h: two records of one type become one, and two again.
 *
 * One is kept. The other stays as a row in state "merged": deleted, so that nothing finds it, and
 * its addresses lead to the one that is kept. What pointed to it follows, row by row, and each row
 * is written down with what it was, so that the merge can be taken back.
 *
 *     const char *why = merge_refused(db, t, into, from, &status);
 *     int64_t id = merge_begin(&act, &plan);   // fields, links of fields; the other is gone
 *     while (merge_step(&act, id, MERGE_PIECE) == MERGE_MORE) ...   // in several transactions
 *
 * RULES
 *   1. Everything that pointed to either points to the one that is kept: links both ways, columns
 *      of all types by the catalog, comments, votes, followers, participants, files; of a person
 *      also what they wrote, look after, belong to and are reached by.
 *   2. What would stand there twice (both follow, both voted) counts once; the second row stays
 *      with the other record.
 *   3. Taking a merge back puts exactly what it changed back, but for what something newer has
 *      changed: that is counted, and told.
 *   4. Kept counts and copies are right at the end of every step.
 *   5. An identity keeps its address and where it came from; only whose it is changes.
 *   6. A person with an account is never merged away: no merge changes who may sign in as whom.
 *   7. Who reads from either afterwards reads no more than before: comments stand in the same
 *      space, and the kept record's audience is not narrower than theirs.
 *
 * WHY the second row stays: deleted, it would have to be remembered whole; where it is, nobody
 * sees it, and undo finds it.
 */
#ifndef RECORD_MERGE_H
#define RECORD_MERGE_H

#include "record/fields.h"

enum { MERGE_PIECE = 500, MERGE_AT_ONCE = 2000 };

enum merge_choice { MERGE_LEFT, MERGE_RIGHT, MERGE_BOTH }; /* left: of the one that is kept */

struct merge_plan {
    const struct record_type *type;
    struct record *into, *from;
    struct value *left, *right; /* of each field */
    enum merge_choice *choices; /* of each field */
};

/* Reads the values of both, and proposes for each field: what only one of them has; the newer
 * value; of links, tags and several choices those of both. NULL: one has no row. */
struct merge_plan *merge_plan_new(struct db *db, struct arena *a, const struct record_type *t,
                                  struct record *into, struct record *from);
/* Whether there is anything to choose. */
bool merge_same(const struct merge_plan *plan, const struct record_field *f);
/* Whether both values can be kept. */
bool merge_both(const struct record_field *f);

/* NULL: they may be merged; else a sentence why not. */
const char *merge_refused(struct db *db, const struct record *into, const struct record *from);

/* About how many rows will follow, by kind, for people; ends with label NULL. */
struct merge_count {
    const char *label;
    int64_t n; /* MERGE_COUNTED: so many or more */
};
enum { MERGE_COUNTED = 5000, MERGE_COUNTS = 24 };
int64_t merge_counts(struct db *db, struct arena *a, const struct merge_plan *plan,
                     struct merge_count out[MERGE_COUNTS]); /* gives the sum */

/* Its id; 0: failed. */
int64_t merge_begin(const struct act *act, struct merge_plan *plan);
/* Begins to take it back. False: it is not there, or not done. */
bool merge_undo(const struct act *act, int64_t id);

enum merge_progress { MERGE_MORE, MERGE_OVER };
/* Goes on with what runs or is being undone, about `rows` rows. */
enum merge_progress merge_step(const struct act *act, int64_t id, int rows);

struct merge {
    int64_t id, from_id, into_id, person_id, at, stage, activity_id, moved, lost, undone_at;
    struct str type, state, from_state, told;
};
struct merge *merge_load(struct db *db, struct arena *a, int64_t id); /* NULL: there is none */
/* Of the merge by which the record went; NULL: it did not. */
struct merge *merge_of(struct db *db, struct arena *a, int64_t from_id);

/* Where the record went: 303 to the one that was kept, if the viewer may see both, else 404. */
int merge_redirect(struct req *rq, int64_t id);

#endif
