/* formulas.h: fields that are computed: formulas over a record's own fields, and roll-ups over the
 * records that lead to it.
 *
 * Both are stored like any value, in a typed column with an index, and are right in each committed
 * state: whoever writes a record computes its formulas, then the roll-ups that count it, then what
 * is computed from those, in one transaction. What is computed is no edit: it has no revision and
 * no activity. The language is text/formula.h; people read docs/guide/formulas.md.
 *
 * A column that is new, or whose source has changed, is filled by a job in steps; until then it is
 * for staff only. What changes with time (today(), now()) is computed anew each hour.
 *
 * RULES
 *   1. A computed value equals what its source gives for the record's values, after each change.
 *   2. A roll-up equals what is counted anew, after each child that is made, changed, deleted or
 *      restored, however many there are.
 *   3. A roll-up tells nobody of a record that they may not see: it counts public children; those
 *      for members where its own record is not public; and, when the field is for staff only, those
 *      for members and staff. Children of a space, of participants or private never count.
 *   4. What reads a field for staff only is for staff only.
 *   5. What cannot be computed is nothing, and the record's page says why.
 *   6. Fields that read each other in a loop are refused, also across types, and the loop is named.
 *   7. What a source is computed to stays of its kind.
 *   8. A change of a source fills the column in the background; others can write meanwhile.
 *
 * WHY a stored number and not a query: lists sort and filter by it, in the order of an index.
 */
#ifndef RECORD_FORMULAS_H
#define RECORD_FORMULAS_H

#include "record/fields.h"
#include "text/formula.h"

/* Of a computed field, made with the catalog. */
struct computed {
    const char *why;               /* its source does not work (any more): words; else NULL */
    const struct formula *formula; /* of a roll-up its condition; NULL: it has none */
    struct formula_name *names;    /* of the fields that the formula reads, by their index */
    struct rollup rollup;
    const struct record_type *child;  /* of a roll-up */
    const struct record_field *value; /* NULL: records are counted */
    const struct record_field *by;    /* the child's field that leads here */
    bool changes;                     /* with time */
    bool pending;                     /* a job is filling its column */
};

struct rolled { /* a roll-up that counts records of this type */
    const struct record_type *type;
    const struct record_field *field;
};

/* Of a type; NULL: nothing of it is computed or counted. */
struct type_computed {
    const struct record_field **formulas; /* each behind what it reads */
    size_t formulas_n;
    const struct record_field **rollups;
    size_t rollups_n;
    const struct record_field **broken; /* of both kinds: they hold nothing */
    size_t broken_n;
    struct rolled *counted; /* by roll-ups of any type */
    size_t counted_n;
};

/* ---- sources (formulas.c) ---- */

/* For the catalog, behind all its types: compiles all sources and fills in what follows of them. */
void formulas_load(struct arena *a, struct record_type *const *types, size_t n);
/* What is pending, by table computations; before formulas_load. */
void formulas_pending(struct db *db, struct record_type *const *types, size_t n);
/* NULL, or why a field cannot have this source: "Column 12: There is no field ...". Else result and
 * scale of *d are what it is stored as, and one that counts records for staff is for staff. `was`
 * NULL: a new field. */
const char *formula_refused(struct db *db, struct arena *a, const struct record_type *t,
                            struct field_draft *d, const struct record_field *was);
/* In a write transaction: has the column filled when its source is another than that it was filled
 * by, or is new; `anew`: in any case. */
void formula_ask(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *f, int64_t at, bool anew);
/* The same for all that read this field, however far the way: its values were written by another
 * way than fields.h, or it did not work. */
void formulas_again(struct db *db, struct arena *a, const struct record_type *t,
                    const struct record_field *f);
/* And for what is counted where records stand in spaces: their audience has changed. */
void rollups_again_spaced(struct db *db, struct arena *a);

/* ---- values (formulas_run.c) ---- */

/* Computes values[] of all formulas from the others. why[fields_n], or NULL: RULE 5. */
void formulas_compute(struct arena *a, const struct record_type *t, int64_t now,
                      struct value *values, const char **why);
/* Whether the values of a child fulfil the roll-up's condition. NULL or words in *why. */
bool formula_holds(struct arena *a, const struct record_field *rollup, int64_t now,
                   const struct value *values, const char **why);

/* ---- roll-ups (rollups.c) ---- */

/* Those of a record that nothing leads to yet. */
void rollups_begin(const struct record_type *t, struct value *values);
/* What is counted for the record anew. */
struct value rollup_compute(struct db *db, struct arena *a, const struct record_type *t,
                            const struct record_field *f, int64_t id, const char **why);
/* Whether so few lead to it that they are counted at once. */
bool rollup_narrow(struct db *db, struct arena *a, const struct record_field *f, int64_t id);
/* Brings the roll-ups that count this record up to date: its values have changed. `was` NULL: it is
 * new or came back; `is` NULL: it is gone. */
void rollups_follow(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                    const struct value *was, const struct value *is);
/* Rows that lead to this record, or those of its own, went over to another one or came from there:
 * it and those it leads to are counted anew. */
void rollups_moved(struct db *db, struct arena *a, struct str type, int64_t id);
/* The same for a record that was deleted or restored. */
void rollups_gone(struct db *db, struct arena *a, struct str type, int64_t id, bool gone);

/* ---- whole records (formulas_all.c) ---- */

/* Its values but for its text and the links that no roll-up counts by; NULL: it has no row. */
struct value *computed_read(struct db *db, struct arena *a, const struct record_type *t,
                            int64_t id);
/* Writes the computed ones among them that are others, with all that follows (fields_write.c).
 * False: there is none. */
bool fields_recomputed(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                       const struct value *was, struct value *is);

enum { COMPUTE_FORMULAS, COMPUTE_ONE, COMPUTE_EMPTY, COMPUTE_ALL };
/* Computes anew what of the next `max` records behind `after` is not as it should be: formulas, and
 * the roll-up `f` (COMPUTE_ONE) or all; fewer when that takes long, since others wait meanwhile.
 * Gives the last one's id, 0: there was none. */
int64_t records_compute(struct db *db, struct arena *a, const struct record_type *t,
                        const struct record_field *f, int what, int64_t after, int64_t max,
                        int64_t *n);
void record_compute(struct db *db, struct arena *a, int64_t id); /* all of this one */
/* Its title has changed by another way than fields.h, and was this. */
void title_compute(struct db *db, struct arena *a, struct str type, int64_t id, struct str was);
/* Asks say(ctx, what, id) for each record whose values are not what is computed. */
void computed_check(struct db *db, struct arena *a,
                    void (*say)(void *ctx, const char *what, int64_t id), void *ctx);
/* Why each empty computed field of a record is empty, for its page: why[fields_n]. NULL: nothing is
 * wrong, or it would take long to say. */
void computed_why(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                  const struct value *values, const char **why);

/* ---- the jobs that features/formulas declares ---- */

#define FORMULAS_JOB "formulas" /* data: "deal.expected"; or "organisation.won 12" */

/* The field that a job's data names, and its record, or 0 for all; NULL: it is not computed (any
 * more). */
const struct record_field *formula_named(struct db *db, struct str data,
                                         const struct record_type **t, int64_t *id);
int64_t formula_stamp(struct db *db, const struct record_type *t, const struct record_field *f);
/* The column holds what the source of that stamp gives; false: it has another one by now. */
bool formula_done(struct db *db, const struct record_type *t, const struct record_field *f,
                  int64_t stamp, int64_t at);

#endif
