/* fields.h: the values of a record's fields: read and written together, with all that follows.
 *
 * A record of a type with fields has a row in its type's table; fields_create and fields_update
 * write it with the record itself, its links, indexes, history and activity.
 *
 * RULES
 *   1. Whatever a value stands in (column, index, link, title, search) changes in one transaction.
 *   2. An edit tells in its revision what each changed field was and is.
 *   3. Names of records that the viewer may not see are never shown where a field leads to them.
 *   4. What a list shows costs one query for the page and one for all names on it.
 */
#ifndef RECORD_FIELDS_H
#define RECORD_FIELDS_H

#include "record/record.h"

/* Which of a type's fields: by their index. */
struct field_set {
    uint64_t bits[(FIELDS_MAX + 63) / 64];
};

static inline void field_set_add(struct field_set *set, const struct record_field *f)
{
    set->bits[f->index / 64] |= UINT64_C(1) << f->index % 64;
}

static inline struct field_set field_set_all(void)
{
    struct field_set all;
    memset(&all, 0xff, sizeof all);
    return all;
}

static inline bool field_set_has(const struct field_set *set, const struct record_field *f)
{
    return set->bits[f->index / 64] >> f->index % 64 & 1;
}

/* ", t.amount, t.amount_currency": what values_decode takes, as the viewer may see it, who is ?1.
 * NULL: as everybody. */
void values_select(struct out *sql, const struct record_type *t, const struct field_set *set,
                   const struct viewer *viewer);
/* Into values[fields_n]; those that are not in the set are nothing. */
void values_decode(const struct record_type *t, const struct field_set *set, const struct rows *q,
                   int *col, struct arena *a, struct value *values);

/* All of them of one record, text and links too. NULL: it has no row. */
struct value *values_read(struct db *db, struct arena *a, const struct record_type *t, int64_t id);
/* The same with what the one who asks may see of what is told by class. */
struct value *values_seen(struct req *rq, const struct record_type *t, int64_t id);
/* Of some fields; those that are not in the set are nothing. */
struct value *values_seen_of(struct req *rq, const struct record_type *t,
                             const struct field_set *set, int64_t id);
/* Fields with several links, of n records in one query. */
void values_link(struct db *db, struct arena *a, const struct record_type *t,
                 const struct field_set *set, const int64_t *ids, struct value *const *rows,
                 size_t n);
/* Of those that whoever asks may see: the place in the list, type, title. */
struct rows titles_query(struct req *rq, const int64_t *ids, size_t n);
/* RULES 3 and 4: title and path of everything that the values lead to. */
void values_name(struct req *rq, const struct record_type *t, const struct field_set *set,
                 struct value *const *rows, size_t n);

/* The same for one value of one field. */
void value_name(struct req *rq, const struct record_field *f, struct value *v);

struct record_values { /* a new one, or an edit: fields that are not given stay */
    const struct record_type *type;
    struct value *values; /* of each field */
    bool *given;
    const bool *sure;       /* by field: the caller has seen that what it leads to may be named;
                               NULL: of none */
    int64_t space_id;       /* of a new one */
    enum audience audience; /* of a new one */
    struct str note;        /* of an edit */
    int64_t revision;       /* of an edit: the one the editor saw; 0: do not check */
};

struct record_values *fields_new(struct arena *a, const struct record_type *t);

/* Whether the values may stand: required ones are there, what they lead to is there and may be
 * seen, unique ones are free. Words by field into errors[fields_n]; false if there are any. `id` 0:
 * a new one. */
bool fields_check(struct req *rq, const struct record_values *e, int64_t id, const char **errors);

struct record *fields_create(const struct act *act,
                             const struct record_values *e); /* NULL: failed */
enum record_result fields_update(const struct act *act, struct record *r,
                                 const struct record_values *e);

/* What of the fields is found by a search: plain text. */
struct str values_plain(struct arena *a, const struct record_type *t, const struct value *values);

/* Fills the field's index from the table; of a title also `titles`. */
void field_reindex(struct db *db, struct arena *a, const struct record_type *t,
                   const struct record_field *f);
/* Writes the links of a field (KIND_REFS), or its index: `was` NULL for a new record. */
void field_links_put(const struct act *act, const struct record_type *t,
                     const struct record_field *f, int64_t id, const struct value *is);
void field_index_put(const struct act *act, const struct record_type *t,
                     const struct record_field *f, int64_t id, const struct value *was,
                     const struct value *is);
/* What the field's index has of a value: at most CHOICES_MAX of them. */
size_t field_keys(struct arena *a, const struct record_field *f, const struct value *v,
                  struct db_arg *keys);
/* What `titles` has of a title; each once. */
enum { TITLE_KEYS = 4 };
size_t title_keys(struct arena *a, struct str title, struct str keys[TITLE_KEYS]);
/* Makes anew all that finds one record by its values; a record without a row is found by none. */
void record_reindex(struct db *db, struct arena *a, const struct record_type *t, int64_t id);
/* Records of the type whose title begins like that, or goes on like that from one of its words, as
 * far as the viewer may see them; each once, by their title. */
size_t titles_find(struct req *rq, const char *type, struct str text, struct lead *out, size_t max);
/* What holds the title besides the record: `titles`, the field's index, the type's own; of a new
 * record, and of one that had another. Nothing for types without fields. */
void title_begin(const struct act *act, const struct record *r);
void title_follow(const struct act *act, const struct record *r, struct str was);
/* Before a record goes for good: out of the indexes, the titles and its type's table. */
void fields_forget(const struct act *act, int64_t id);
/* The rows of `titles` for a record: `was` empty for a new one, `is` empty for one that goes. */
void titles_put(struct db *db, struct arena *a, struct str type, int64_t id, struct str was,
                struct str is);

#endif
