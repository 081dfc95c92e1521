/* list.h: the one list of root records: filters, sorts, keyset paging, the viewer's own votes.
 *
 * Each sort with each single filter of the core is read in order from an index of its own; further
 * filters, and conditions of fields (select.h), are tested on the way. A page costs the same on
 * every page and on every size of hub.
 *
 * RULES
 *   1. Going through all pages gives every visible record once, in the sort's order.
 *   2. The predicate is part of the query: a list never shows, counts or pages over hidden rows.
 *   3. A broken cursor is the first page, not an error.
 */
#ifndef RECORD_LIST_H
#define RECORD_LIST_H

#include "record/form.h"
#include "record/select.h"
#include "view/answer.h"

struct list_query {
    const char *type;
    enum list_sort sort;
    int64_t space_id;            /* 0: any */
    const struct select *select; /* what else is asked, and which fields; NULL: nothing */
    struct str after;            /* cursor */
    int limit;                   /* 0: 30 */
    bool texts;                  /* with html and updated_at: for feeds */
};

#define LIST_ROW(F, X)                                                                             \
    F(INT, id, "r.id")                                                                             \
    X(TEXT, type, "r.type")                                                                        \
    X(TEXT, title, "r.title")                                                                      \
    X(TEXT, state, "r.state")                                                                      \
    X(INT, score, "r.score")                                                                       \
    X(INT, comments, "r.thread")                                                                   \
    X(INT, answers, "r.answers")                                                                   \
    X(TEXT, tags, "r.tags")                                                                        \
    X(TEXT, excerpt, "r.excerpt")                                                                  \
    X(TIME, created_at, "r.created_at")                                                            \
    X(TIME, active_at, "r.active_at")                                                              \
    X(REF, space_id, "r.space_id")                                                                 \
    X(REF, author_id, "r.author_id")                                                               \
    X(TEXT, author_name, "p.name")                                                                 \
    X(TEXT, author_handle, "p.handle")                                                             \
    X(HIDDEN_INT, audience, "r.audience")                                                          \
    X(HIDDEN_INT, rank_score, "r.rank_score")                                                      \
    X(REAL, hot, "r.rank_hot")
struct list_row {
    ROW_MEMBERS(LIST_ROW)
    bool voted;       /* by the viewer */
    struct html html; /* these two when the query asks for texts */
    int64_t updated_at;
    int64_t revision; /* these two when the query asks for fields */
    struct value *values;
};
ROW_FUNCTIONS(list_row, LIST_ROW)

/* Said of types that people vote for, it lets a query use the indexes that hold only those: by
 * votes, by status, unanswered. Of other types rank_hot is 0. */
#define RANKED "r.rank_hot <> 0"

extern const struct part list_row_parts[]; /* the columns */

extern const char *const list_sorts[]; /* their names */
#define PAGE_QUERY                                                                                 \
    {                                                                                              \
        "after", .label = "where to go on: `next` of the page before"                              \
    }
extern const struct form_rule page_query[]; /* of a list that takes nothing else */

struct list {
    struct list_row *rows;
    size_t n;
    struct str next; /* cursor; empty on the last page */
};

void list_read(struct req *rq, const struct list_query *query, struct list *list);
/* The same rows as select_run gives them. */
struct selection list_selection(struct arena *a, const struct list *list);

/* A row as an entry of a feed. */
struct feed_entry list_entry(struct req *rq, const struct list_row *row);

#endif
