/* field_change.h: a field that becomes of another kind, while everybody works.
 *
 * The new kind has a column of its own. A job copies to it, some records at a time; whoever writes
 * a value meanwhile writes it into both. When all are copied the field is of the new kind, in one
 * transaction, and the old column is kept: it is written along, too, until somebody says that it
 * may go, or that the field shall be as it was.
 *
 * RULES
 *   1. No write is lost, whenever it falls: before, during or behind the copying.
 *   2. A value that the new kind cannot hold is told with its record and why, and kept as it was.
 *   3. Undone, the field is of the old kind, with the old values and those written since, as far as
 *      the old kind can hold them.
 *   4. A step holds the writer for some records only, and a job that was killed goes on.
 *
 * WHY both columns are written instead of a log that is replayed at the end: the end would wait for
 * as long as others write.
 */
#ifndef RECORD_FIELD_CHANGE_H
#define RECORD_FIELD_CHANGE_H

#include "record/fields.h"

struct job;

/* Whether values of one kind can become values of another one at all. */
bool kind_converts(const struct record_field *from, const struct record_field *to);
/* NULL, or why not. */
const char *value_convert(struct arena *a, const struct record_field *from,
                          const struct record_field *to, const struct value *v, struct value *out);

/* In write transactions. NULL, or words. Of the draft counts what a kind needs: choices, target,
 * roles, currency, scale. */
const char *field_change_start(struct db *db, struct arena *a, const struct record_type *t,
                               const struct record_field *f, const struct field_draft *d,
                               int64_t person_id, int64_t at);
/* The old kind again (RULE 3), or the old values go. */
void field_change_undo(struct db *db, struct arena *a, const struct record_type *t,
                       const struct record_field *f);
void field_change_keep(struct db *db, struct arena *a, const struct record_type *t,
                       const struct record_field *f);

/* What a record has in a field's other column: of links nothing. */
void field_other(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *other, int64_t id, struct value *v);

/* RULE 1: a value of a field with another column was written. */
void field_follow(const struct act *act, const struct record_type *t, const struct record_field *f,
                  int64_t id, const struct value *v);

/* The record goes for good: before its row does. */
void field_forget(const struct act *act, const struct record_type *t, const struct record_field *f,
                  int64_t id);

/* How many records there are to copy: for a read transaction, since it reads all of them. */
int64_t field_change_count(struct db *db, struct arena *a, int64_t change_id);
/* One step of the work on a change, of so many records: false when it is over. */
bool field_change_step(struct db *db, struct arena *a, int64_t change_id, int64_t total,
                       int64_t *done);

#endif
