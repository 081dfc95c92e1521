/* imports_page.h: what the page of imports shows. */
#ifndef IMPORTS_IMPORTS_PAGE_H
#define IMPORTS_IMPORTS_PAGE_H

#include "http/feature.h"
#include "record/columns.h"
#include "record/form.h"
#include "view/components.h"

#define IMPORT_ROW(F, X)                                                                           \
    F(INT, id, "i.id")                                                                             \
    X(TEXT, kind, "i.kind")                                                                        \
    X(TEXT, source, "i.source")                                                                    \
    X(REF, space_id, "i.space_id")                                                                 \
    X(TEXT, space, "COALESCE(s.name, '')")                                                         \
    X(HIDDEN_TEXT, slug, "COALESCE(s.slug, '')")                                                   \
    X(TEXT, state, "i.state")                                                                      \
    X(TIME, started_at, "i.started_at")                                                            \
    X(TIME, finished_at, "i.finished_at")                                                          \
    X(TEXT, report, "i.report")
ROW_DEFINE(import, IMPORT_ROW)

#define IMPORT_JOB_ROW(F, X)                                                                       \
    F(INT, id, "j.id")                                                                             \
    X(TEXT, kind, "j.kind")                                                                        \
    X(TEXT, state, "j.state")                                                                      \
    X(FLAG, stop, "j.stop")                                                                        \
    X(INT, progress, "j.progress")                                                                 \
    X(INT, total, "j.total")                                                                       \
    X(TEXT, words, "j.words")                                                                      \
    X(TEXT, why, "j.why")
ROW_DEFINE(import_job, IMPORT_JOB_ROW)

struct imports_page {
    const struct import *imports;
    size_t n;
    const struct import_job *jobs;
    size_t jobs_n;
    const struct option *folders; /* that may be imported */
    size_t folders_n;
    struct str folder;        /* where they lie; empty: nowhere */
    struct form form, upload; /* of a folder of the server; of an archive */
    int64_t upload_max_mb;
    bool unpacks; /* archives can be unpacked here */
    bool live;
};

extern const struct route import_routes[];

#endif
