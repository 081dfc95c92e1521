/* bulk.h: one change of many records of a type, and taking it back.
 *
 * An act is a row of `bulk_acts` and a row of `bulk_rows` for each record. bulk_step does some of
 * them, each as an edit of its own: with its rights, its checks, its history and its activity.
 *
 * RULES
 *   1. A record that the person may not change, or that may not have the value, is left as it is,
 *      and the others are changed.
 *   2. Whatever was changed is kept with the revision that it had then, in the same transaction.
 *   3. Undo brings back what stood there before in each record that nobody has changed since; the
 *      others stay, and are counted.
 *   4. Only who did it undoes it, once, and it can be undone while it is still under way: what was
 *      not done yet is never done then.
 */
#ifndef RECORD_BULK_H
#define RECORD_BULK_H

#include "record/fields.h"

enum { BULK_AT_ONCE = 500, BULK_MOST = 20000, BULK_PIECE = 50 };

struct bulk_deed {
    int64_t id, person_id, at, total, done, changed, undone_at;
    struct str type, act, field, value; /* act: "set", "tag", "untag", "delete" */
};

/* Gives its id. */
int64_t bulk_begin(const struct act *act, const struct bulk_deed *b, const int64_t *ids, size_t n);
bool bulk_read(struct db *db, struct arena *a, int64_t id, struct bulk_deed *b);

/* At most `max` more of its records; how many are left. rq needs arena, db, viewer and now. */
int64_t bulk_step(struct req *rq, const struct bulk_deed *b, int64_t max);

/* From now on it is undone. False: it was already. */
bool bulk_undo_begin(struct db *db, const struct bulk_deed *b, int64_t at);
/* At most `max` more; how many are left. */
int64_t bulk_undo_step(struct req *rq, const struct bulk_deed *b, int64_t max);
/* Records that were changed by it and stay, since somebody has changed them afterwards. */
int64_t bulk_kept(struct db *db, int64_t id);

/* A request without a browser, for work that goes on behind one: as this person, whose rights are
 * read anew. */
void bulk_person(struct req *rq, struct db *db, struct arena *a, int64_t person_id, int64_t now);

#endif
