/* exchanges.h: files that people bring in as records of a type; shared by pages and jobs. */
#ifndef EXCHANGES_EXCHANGES_H
#define EXCHANGES_EXCHANGES_H

#include "features/exchanges/plan.h"
#include "http/feature.h"
#include "view/tables.h"

/* clang-format off */
#define EXCHANGE_ROW(F, X)                                                                         \
    F(INT, id, "e.id")                                                                             \
    X(TEXT, type, "e.type")                                                                        \
    X(REF, person_id, "e.person_id")                                                               \
    X(TEXT, name, "e.name")                                                                        \
    X(HIDDEN_TEXT, file, "e.file")                                                                 \
    X(INT, bytes, "e.bytes")                                                                       \
    X(TEXT, state, "e.state")                                                                      \
    X(HIDDEN_TEXT, plan, "e.plan")                                                                 \
    X(HIDDEN_TEXT, report, "e.report")                                                             \
    X(TEXT, why, "e.why")                                                                          \
    X(INT, rows, "e.rows_done")                                                                    \
    X(INT, created, "e.created")                                                                   \
    X(INT, updated, "e.updated")                                                                   \
    X(INT, same, "e.same")                                                                         \
    X(INT, skipped, "e.skipped")                                                                   \
    X(INT, rejected, "e.rejected")                                                                 \
    X(INT, deleted, "e.deleted")                                                                   \
    X(INT, reverted, "e.reverted")                                                                 \
    X(INT, kept, "e.kept")                                                                         \
    X(TIME, made_at, "e.made_at")                                                                  \
    X(TIME, finished_at, "e.finished_at")
/* clang-format on */
ROW_DEFINE(exchange_file, EXCHANGE_ROW)

bool exchange_file_read(struct db *db, struct arena *a, int64_t id, struct exchange_file *file);
/* Where it lies. */
struct str exchange_path(struct app *app, struct arena *a, struct str file);
struct str exchange_note(struct arena *a, int64_t id); /* in histories: "Import 12" */

extern const struct command exchange_commands[];
extern const struct job_kind exchange_jobs[];
/* due 0: now. */
int64_t exchange_job_put(struct db *db, struct arena *a, const char *kind, int64_t id,
                         int64_t person_id, int64_t due);

#define EXCHANGE_TRY "exchange-try"
#define EXCHANGE_RUN "exchange-run"
#define EXCHANGE_UNDO "exchange-undo"

#endif
