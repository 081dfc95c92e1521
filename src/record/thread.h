/* thread.h: what stands below a record: comments and answers, in reading order or by score.
 *
 * RULES
 *   1. A page of a thread is one stretch of the table, whatever the hub's size.
 *   2. A deleted entry that has replies keeps its place without text and author.
 */
#ifndef RECORD_THREAD_H
#define RECORD_THREAD_H

#include "record/record.h"

#define THREAD_ROW(F, X)                                                                           \
    F(INT, id, "r.id")                                                                             \
    X(TEXT, type, "r.type")                                                                        \
    X(HIDDEN_TEXT, path, "r.path")                                                                 \
    X(REF, parent_id, "r.parent_id")                                                               \
    X(REF, author_id, "r.author_id")                                                               \
    X(TEXT, state, "r.state")                                                                      \
    X(INT, score, "r.score")                                                                       \
    X(INT, comments, "r.comments")                                                                 \
    X(INT, revision, "r.revision")                                                                 \
    X(TIME, created_at, "r.created_at")                                                            \
    X(TIME, updated_at, "r.updated_at")                                                            \
    X(HIDDEN_INT, deleted_at, "r.deleted_at")                                                      \
    X(HTML, html, "r.html")                                                                        \
    X(TEXT, author_name, "p.name")                                                                 \
    X(TEXT, author_handle, "p.handle")                                                             \
    X(FLAG, staff, "p.staff")
struct entry {
    ROW_MEMBERS(THREAD_ROW)
    int depth;  /* 1: directly below the root */
    bool voted; /* by the viewer */
};
ROW_FUNCTIONS(entry, THREAD_ROW)

extern const struct part entry_parts[];

struct thread {
    struct entry *entries;
    size_t n;
    struct str next; /* path to go on after; empty at the end */
};

/* In reading order, from behind path `after` (empty: from the start). */
void thread_read(struct req *rq, const struct record *root, struct str after, int limit,
                 struct thread *thread);

#endif
