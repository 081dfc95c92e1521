/* select.h: lists of records of a type with fields: filtered and sorted by any of them, paged.
 *
 *     /deals?stage=won&amount.gte=1000&created_at.gte=-30d&owner=me&sort=-amount
 *
 * A field's name compares for equality; behind a point stands another comparison: not, gt, gte, lt,
 * lte, has (part of a text, one of several choices), in (any of a,b,c), empty (yes or no).
 * `match=any` joins by "or". Types with votes are found by author (handle), space (short name), tag
 * and show (mine, unanswered), too, and stand in the core's orders: sort=trending, votes, newest.
 * Days may be said as they lie from today: today, yesterday, tomorrow, -30d, +2w, -6m. Whoever asks
 * is "me"; "team" is everybody in a team with them, and they themselves.
 *
 * A list is read in one of two ways. Walking: in the sort's order out of an index, testing the rest
 * on the way. Or, when a condition leaves few (SELECT_FEW), all of those are read and sorted here.
 *
 * RULES
 *   1. Going through all pages gives every visible match once, in the sort's order; those without a
 *      value stand last. Choices stand in the order that their field gives them, links in that of
 *      the names that they lead to; what may not be seen has none.
 *   2. The access predicate is part of each query. A field that the viewer may not see is no field.
 *   3. A field, comparison or value that is not there is told in words; a broken cursor is the
 *      first page.
 */
#ifndef RECORD_SELECT_H
#define RECORD_SELECT_H

#include "record/fields.h"

enum { SELECT_LIMIT = 50, SELECT_MOST = 200, SELECT_FEW = 1000, CONDITIONS_MAX = 24 };

enum compare {
    COMPARE_IS,
    COMPARE_NOT,
    COMPARE_GT,
    COMPARE_GTE,
    COMPARE_LT,
    COMPARE_LTE,
    COMPARE_HAS,
    COMPARE_IN,
    COMPARE_EMPTY,
    COMPARES
};

/* Orders that the record core keeps for types with votes: list.h. */
enum list_sort { SORT_NEWEST, SORT_VOTES, SORT_TRENDING };

/* What every record has, besides the fields of its type. */
struct core_filter {
    int64_t space_id, author_id, tag_id; /* 0: any; -1: of none that is there */
    bool unanswered;
    struct str space; /* its name */
};

struct condition {
    const struct record_field *field;
    enum compare compare;
    struct str text;    /* as it was typed */
    struct value value; /* of all but HAS and IN */
    int64_t until;      /* of a relative day: the value is a range up to here; 0: it is not */
    bool team;          /* any of whoever asks and those in a team with them */
};

struct select {
    const struct record_type *type;
    struct condition conditions[CONDITIONS_MAX];
    size_t n;
    bool any;     /* one of them is enough */
    struct str q; /* words that are in it */
    struct core_filter core;
    bool ranked; /* in the order `rank`, not by `sort` */
    enum list_sort rank;
    const struct record_field *sort; /* NULL: by when it was made */
    bool falling;
    struct str after;
    int limit;               /* 0: SELECT_LIMIT */
    struct field_set fields; /* that are wanted of each */
};

struct list_row;

struct selected {
    const struct list_row *row; /* of a ranked list; NULL: it is none */
    int64_t id, created_at, updated_at, revision, author_id, space_id;
    struct str title, path;
    struct value *values; /* by the field's index */
};

struct selection {
    struct selected *rows;
    size_t n;
    struct str next; /* cursor; empty on the last page */
};

/* The conditions, sort, words and cursor of the request's query. NULL or words. Parameters that are
 * in `others` (ends with NULL) belong to somebody else. */
const char *select_parse(struct req *rq, const struct record_type *t, const char *const *others,
                         struct select *s);
/* The same of parameters from elsewhere. */
const char *select_take(struct req *rq, const struct record_type *t, const struct param *params,
                        size_t n, const char *const *others, struct select *s);
/* Conditions that are kept for whoever will ask (rights.h): "me" stays open. NULL or words. */
const char *select_stored(struct db *db, struct arena *a, const struct record_type *t,
                          struct str query, int64_t now, struct select *s);
/* Those as SQL on r and t, with values in the text and ?1 as who asks. NULL: they are too long. */
const char *select_literal(struct arena *a, const struct select *s);
#define SELECT_ME (INT64_MIN + 1) /* who will ask */

/* Names of what fields lead to are read, too. */
void select_run(struct req *rq, const struct select *s, struct selection *found);

/* ---- for what shows records otherwise than as a list: boards, calendars ---- */

struct
    select_way { /* a way of the caller's own through the records: r, and t of its type's table */
    const char *from;          /* " FROM ... WHERE ..."; the conditions follow */
    const char *order;         /* what follows them */
    const char *key;           /* of whole numbers, given with each row; NULL: none */
    const struct db_arg *args; /* from ?2 on */
    size_t args_n;
};

/* At most `max` that match; without names of what they lead to. keys may be NULL. */
size_t select_walk(struct req *rq, const struct select *s, const struct select_way *way,
                   struct selected *rows, int64_t *keys, size_t max);
/* These columns of all that match. */
struct rows select_query(struct req *rq, const struct select *s, const char *columns,
                         const struct select_way *way);
/* Ids of all that match, if a look shows that they are at most SELECT_FEW. -1: they are more. */
ptrdiff_t select_few(struct req *rq, const struct select *s, int64_t *ids);
void select_names(struct req *rq, const struct select *s, struct selection *found);

/* " AND ..." of all that is asked but the words, for a list with SQL of its own, whose table is `r`
 * and, if select_joins, `t`. Arguments go behind args[n]; gives how many there are then. */
size_t select_put(struct req *rq, const struct select *s, struct out *sql, struct db_arg *args,
                  size_t n);
size_t select_args(const struct select *s); /* how many these are at most */
bool select_joins(const struct select *s);

bool select_by_core(const struct select *s);
bool select_narrowed(const struct select *s); /* whether it leaves anything out */

const char *compare_name(enum compare compare); /* "gte"; COMPARE_IS: "" */
const char *compare_label(enum compare compare, const struct record_field *f); /* "is at least" */
bool compare_fits(enum compare compare, const struct record_field *f);
bool leads_to_people(const struct record_field *f);
/* Whether lists may stand in the field's order. */
bool field_sorts(const struct record_field *f);
/* ... which is that of the names of what it leads to. */
bool field_leads(const struct record_field *f);
/* The column of `records` of one that leads to people, for which there is an index by type and when
 * records were made; NULL: it is another field. */
const char *field_core(const struct record_field *f);

#endif
