/* touch.c: see touch.h. Many requests find the same stale time before the first note is committed:
 * the app remembers what it noted lately, in a small table where the last one wins. */
#include "http/touch.h"

#include <stdlib.h>

#include "core/log.h"
#include "http/app.h"

struct note {
    struct store_job job; /* first: the store hands it back */
    const struct touch_kind *kind;
    int64_t id, now;
};

static bool note_run(struct store_job *job, struct db *db)
{
    struct note *n = (struct note *)job;
    db_exec(db, n->kind->sql, I(n->id), I(n->now));
    return !db_failed(db);
}

static void note_done(struct store_job *job, enum db_failure failure)
{
    (void)failure; /* the next request tries again */
    free(job);
}

void touch(struct req *rq, const struct touch_kind *kind, int64_t id)
{
    uint64_t place = (uint64_t)id ^ (uintptr_t)kind / sizeof *kind;
    _Atomic int64_t *noted = &rq->app->touched[place % APP_TOUCHED];
    int64_t mark = (int64_t)place ^ (rq->now / kind->every) << 32;
    if (atomic_exchange_explicit(noted, mark, memory_order_relaxed) == mark)
        return;
    struct note *n = calloc(1, sizeof *n);
    if (!n)
        die("out of memory: a note");
    *n = (struct note){.job = {.run = note_run, .done = note_done, .aside = true},
                       .kind = kind,
                       .id = id,
                       .now = rq->now};
    if (!store_submit(rq->app->store, STORE_WRITE, &n->job))
        free(n);
}
