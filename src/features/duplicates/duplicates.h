/* duplicates.h: what the views of duplicates and merges show. */
#ifndef DUPLICATES_DUPLICATES_H
#define DUPLICATES_DUPLICATES_H

#include "http/feature.h"
#include "record/duplicates.h"
#include "record/form.h"
#include "record/merge.h"
#include "view/details.h"

/* ---- merges ---- */

struct merge_line {
    int64_t id, at, from_id, into_id, moved, lost, person_id;
    struct str type, state, from_title, into_title, path, person_name, told;
    bool undoable, running;
};

struct merges_page {
    const struct merge_line *rows;
    size_t n;
    struct str next;
};

struct merge_form { /* choose field by field; without `from` which one */
    const struct record_type *type;
    const struct record *into;
    struct merge_page page;
    const char *refused, *warning; /* NULL: nothing is said */
    struct str swap;               /* the same with the other one kept; empty: none */
    bool stuck;                    /* ... is refused, too */
    struct str path;               /* of the form that asks for the other one */
};

int merges_index(struct req *rq);
int merges_show(struct req *rq);
int merges_destroy(struct req *rq);
int merge_new(struct req *rq);
int merge_create(struct req *rq);
enum job_result merge_run(struct job *job);

extern const struct part merge_answer[], merges_answer[];
extern const struct form_rule merge_rules[];

/* ---- duplicates ---- */

struct pair {
    int64_t id, a_id, b_id, score, at;
    struct str type, a_title, b_title, a_path, b_path, merge_path;
    const struct alike_reason *why;
    size_t why_n;
};

struct pairs_page {
    const struct pair *rows;
    size_t n;
    struct str next;
};

struct near { /* what may be here already */
    int64_t id, score;
    struct str title, path, why;
};

struct near_page {
    const struct near *list;
    size_t n;
};

#endif
