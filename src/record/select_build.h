/* select_build.h: parts that the ways of reading a list are made of; for src/record/ alone.
 *
 * In each statement ?1 is whoever asks; arguments are numbered as they are added.
 */
#ifndef RECORD_SELECT_BUILD_H
#define RECORD_SELECT_BUILD_H

#include "record/select.h"

struct build {
    struct req *rq;
    const struct select *s;
    struct out sql;
    struct db_arg *args;
    size_t n, max;
};

/* `more`: arguments besides those of the conditions. */
void build_begin(struct build *b, struct req *rq, const struct select *s, size_t more);
size_t build_arg(struct build *b, struct db_arg value); /* its number */
struct rows build_run(struct build *b);
/* What each query ends with: of which records, who sees them, what else is asked. */
void build_where(struct build *b);
/* What build_decode takes, from a column on. */
void build_columns(struct build *b);
void build_decode(struct build *b, const struct rows *q, int col, struct selected *row);

bool select_by_creation(const struct select *s);

/* The keys that the sort's index has, `most` of them: a look into it for each. */
struct rows build_had(struct req *rq, const struct select *s, int64_t most);

/* A key of the index, and what it stands by. */
struct had {
    struct str key;
    struct db_arg v;
};

/* Compares as lists stand: choices in the order that they have, others behind them. */
struct db_arg sort_key(struct arena *a, const struct record_field *f, const struct value *v);
struct str choice_key(struct arena *a, const struct record_field *f, struct str name);
/* The sort's key of a row whose field is among those read. */
struct db_arg select_key(struct arena *a, const struct select *s, const struct selected *row);

/* ---- what may stand on a page, before it is read ---- */

struct candidate {
    int64_t id, created_at, target; /* target: of links_rank */
    bool empty;
    struct db_arg key;
};

/* Of a row whose field of the sort was read. */
struct candidate candidate_of(struct arena *a, const struct select *s, const struct selected *row);
/* Before they are compared, where the sort's key is no place yet. */
void candidates_rank(struct req *rq, const struct select *s, struct candidate *all, size_t n);
/* The `want` first ones in their order before all others, which stay in none. */
void candidates_first(struct candidate *all, size_t n, size_t want, bool falling);
/* Those of them that match and may be seen, behind what was found. */
void candidates_page(struct req *rq, const struct select *s, const struct candidate *page, size_t n,
                     struct selection *found);

/* ---- cursors ---- */

/* Behind what the page stands. */
struct at {
    bool there, text, empty;
    int64_t key, id;
    struct str words;
    int64_t made; /* of links_at */
};

/* ---- walking ---- */

/* The narrow table of a condition, which is asked before wide rows are read, for FROM and WHERE;
 * `id` is the number that is known by then. */
void build_pass_by(struct build *b, const char *id, const char **from, const char **where);
/* At most `max` rows; gives how many. */
size_t build_read(struct build *b, struct selected *rows, size_t max);

/* ---- select_links.c ---- */

bool select_by_link(const struct select *s);
/* What the cursor's number stands for. */
void links_at(struct req *rq, const struct select *s, struct at *at);
/* ... as the key of a candidate. */
struct db_arg links_place(struct arena *a, const struct at *at);
/* Keys of candidates that have numbers so far. */
void links_rank(struct req *rq, const struct select *s, struct candidate *all, size_t n);
/* All that records lead to and may be seen, if they are few. */
bool links_had(struct req *rq, const struct select *s, struct had **list, size_t *n);
/* Those that lead to one; NULL: to all, in the order of their names. */
size_t links_walk(struct req *rq, const struct select *s, const struct at *at, bool common,
                  const struct db_arg *alone, struct selected *rows, size_t max);
/* That what the column leads to may be seen, as SQL. */
void links_seen(struct build *b, const char *column);

#endif
