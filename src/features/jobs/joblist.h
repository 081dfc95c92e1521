/* joblist.h: what the page of jobs shows. */
#ifndef JOBS_JOBLIST_H
#define JOBS_JOBLIST_H

#include "record/columns.h"

/* Never `data`: it is the kind's own, and may hold what is nobody else's business. */
#define JOBLIST_ROW(F, X)                                                                          \
    F(INT, id, "j.id")                                                                             \
    X(TEXT, kind, "j.kind")                                                                        \
    X(TEXT, state, "j.state")                                                                      \
    X(REF, person_id, "j.person_id")                                                               \
    X(HIDDEN_TEXT, person, "COALESCE(p.name, '')")                                                 \
    X(INT, priority, "j.priority")                                                                 \
    X(INT, tries, "j.tries")                                                                       \
    X(INT, progress, "j.progress")                                                                 \
    X(INT, total, "j.total")                                                                       \
    X(TEXT, words, "j.words")                                                                      \
    X(TEXT, why, "j.why")                                                                          \
    X(TEXT, worker, "j.worker")                                                                    \
    X(FLAG, stop, "j.stop")                                                                        \
    X(FLAG, scheduled, "CASE WHEN j.key = ':every' THEN 1 ELSE 0 END")                             \
    X(TIME, due_at, "j.due_at")                                                                    \
    X(TIME, created_at, "j.created_at")                                                            \
    X(TIME, started_at, "j.started_at")                                                            \
    X(TIME, finished_at, "j.finished_at")
ROW_DEFINE(joblist, JOBLIST_ROW)

struct joblist_page {
    const struct joblist *rows;
    size_t n;
    struct str state; /* empty: what waits and runs */
    struct str back;  /* the address of this page */
    struct str next;
    bool live; /* something here may move by itself */
};

#endif
