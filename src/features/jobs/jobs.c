/* jobs.c: the administrators' page of jobs: what waits, runs, has failed; and the broom.
 *
 * Uses    table jobs by src/jobs/jobs.h
 * RULES
 *   1. Only administrators see jobs, and nobody their data.
 *   2. One that waits or runs can be cancelled, one that failed or was cancelled run again.
 *   3. A week after their end jobs are forgotten.
 *   4. The doctor tells of those that failed, or wait after an error: how many of a kind, and the
 *      last one's error.
 *
 * WHY the page fetches its list again each second while something runs: progress is no activity of
 * the hub, so the log has nothing to send.
 */
#include "jobs/jobs.h"

#include "core/clock.h"
#include "features/jobs/joblist.h"
#include "http/app.h"
#include "http/live.h"
#include "record/form.h"
#include "view/answer.h"
#include "views/jobs/index.h"

enum { SHOWN = 50, SWEEP = 1000, KEEP_DAYS = 7, SWEEP_EVERY_S = 3600 };

static int jobs_index(struct req *rq);
static int jobs_show(struct req *rq);
static int jobs_destroy(struct req *rq);
static int job_tries_create(struct req *rq);
static enum job_result sweep_run(struct job *job);
static void jobs_failures(struct db *db, struct arena *a,
                          void (*tell)(void *ctx, const struct failure *f), void *ctx);

static const struct part job_parts[] = {PART_TITLE("Job"), ROW_ALL(joblist), {0}};
static const struct part jobs_answer[] = {
    PART_LIST("data", struct joblist_page, rows, n, job_parts),
    PART(CURSOR, "next", struct joblist_page, next),
    {0},
};
static const struct part row_parts[] = {
    PART_TITLE("Job"), ROW_THERE(joblist, struct joblist_page, rows), {0}};
static const struct part job_answer[] = {PART_OBJECT("data", row_parts), {0}};

static const char *const states[] = {"done", "failed", "cancelled", NULL};
static const struct form_rule query[] = {
    {"state", "how they ended; none: what waits and runs", .choices = states},
    {"after", "the `next` of the page before"},
    {0},
};

static const struct route routes[] = {
    {GET, "/jobs", jobs_index, ADMINISTRATOR, .flags = ROUTE_UNFED, .query = query,
     .answers = jobs_answer,
     .help = "jobs that wait and run, or in `state`: done, failed, cancelled"},
    {GET, "/jobs/:id", jobs_show, ADMINISTRATOR, .flags = ROUTE_UNFED, .answers = job_answer,
     .help = "one job, with its progress"},
    {DELETE, "/jobs/:id", jobs_destroy, ADMINISTRATOR, .flags = ROUTE_ASIDE, .answers = job_answer,
     .help = "cancel a job that waits or runs"},
    {POST, "/jobs/:id/tries", job_tries_create, ADMINISTRATOR, .flags = ROUTE_ASIDE,
     .answers = job_answer, .help = "run a failed or cancelled job again"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Jobs", "/jobs", "#i-list-checks", 60, ADMINISTRATOR, MENU_USER},
    {0},
};

static const struct job_kind kinds[] = {
    {"jobs-sweep", sweep_run, .every_s = SWEEP_EVERY_S},
    {0},
};

const struct feature jobs_feature = {
    .name = "jobs", .routes = routes, .menu = menu, .jobs = kinds, .failures = jobs_failures};

/* ---- the page ---- */

#define JOBS_SELECT                                                                                \
    "SELECT " ROW_COLUMNS(JOBLIST_ROW) " FROM jobs j LEFT JOIN people p ON p.id = j.person_id"

static void rows_take(struct req *rq, struct rows *q, struct joblist_page *v)
{
    struct joblist *rows = arena_array(rq->arena, struct joblist, SHOWN + 1);
    while (v->n < SHOWN + 1 && db_next(q)) {
        struct joblist *row = &rows[v->n++];
        joblist_decode(row, q, 0, rq->arena);
        v->live = v->live || str_is(row->state, "running") ||
                  (str_is(row->state, "waiting") && row->due_at <= rq->now);
    }
    db_done(q);
    v->rows = rows;
}

static bool state_known(struct str state)
{
    return str_is(state, "done") || str_is(state, "failed") || str_is(state, "cancelled");
}

static void jobs_read(struct req *rq, struct joblist_page *v)
{
    int64_t before = 0;
    if (!str_int(req_query(rq, "after"), &before) || before <= 0)
        before = INT64_MAX;
    struct rows q;
    if (state_known(v->state))
        q = db_query(rq->db,
                     JOBS_SELECT " WHERE j.state = ?1 AND j.id < ?2 ORDER BY j.id DESC LIMIT ?3",
                     T(v->state), I(before), I(SHOWN + 1));
    else
        q = db_query(rq->db,
                     JOBS_SELECT " WHERE j.state IN ('waiting', 'running') AND j.id < ?1"
                                 " ORDER BY j.id DESC LIMIT ?2",
                     I(before), I(SHOWN + 1));
    rows_take(rq, &q, v);
    if (v->n > SHOWN) {
        v->n = SHOWN;
        v->next = str_fmt(rq->arena, "%lld", (long long)v->rows[SHOWN - 1].id);
    }
}

static int jobs_index(struct req *rq)
{
    struct joblist_page *v = arena_make(rq->arena, struct joblist_page);
    v->state = req_query(rq, "state");
    if (v->state.n && !state_known(v->state))
        return refuse(rq, 400,
                      "The state is done, failed or cancelled; without it are those that "
                      "wait and run.");
    v->back = rq->target;
    jobs_read(rq, v);
    return answer(rq, &(struct answer){.title = S("Jobs"),
                                       .page = jobs_index_view,
                                       .width = PAGE_NARROW,
                                       .section = "/jobs",
                                       .data = v});
}

static struct answer one_answer(struct req *rq)
{
    struct joblist_page *v = arena_make(rq->arena, struct joblist_page);
    struct rows q = db_query(rq->db, JOBS_SELECT " WHERE j.id = ?1", I(req_id(rq, "id")));
    rows_take(rq, &q, v);
    if (v->n)
        v->state = state_known(v->rows[0].state) ? v->rows[0].state : S("");
    v->back = str_fmt(rq->arena, "/jobs/%lld", (long long)req_id(rq, "id"));
    return (struct answer){.title = S("Jobs"),
                           .page = jobs_index_view,
                           .width = PAGE_NARROW,
                           .section = "/jobs",
                           .data = v->n ? v : NULL};
}

static int jobs_show(struct req *rq)
{
    struct answer one = one_answer(rq);
    return one.data ? answer(rq, &one) : not_found(rq);
}

/* ---- changes ---- */

static int jobs_destroy(struct req *rq) /* RULE 2 */
{
    struct answer one = one_answer(rq);
    if (!one.data)
        return not_found(rq);
    if (!job_cancel(rq->db, req_id(rq, "id")))
        return refuse(rq, 409, "It is over already, or it is part of a schedule.");
    one = one_answer(rq);
    return answer_updated(rq, S("/jobs"), &one);
}

static int job_tries_create(struct req *rq)
{
    struct answer one = one_answer(rq);
    if (!one.data)
        return not_found(rq);
    if (!job_again(rq->db, req_id(rq, "id")))
        return refuse(rq, 409, "Only what has failed or was cancelled can run again.");
    one = one_answer(rq);
    return answer_updated(rq, S("/jobs"), &one);
}

/* ---- RULE 3 ---- */

struct sweep {
    int64_t then, n;
};

static bool sweep_some(struct db *db, void *ctx)
{
    struct sweep *s = ctx;
    s->n = jobs_forget(db, s->then, SWEEP);
    return s->n > 0;
}

/* Who opened a stream before then has come again since. */
static bool sweep_cuts(struct db *db, void *ctx)
{
    (void)ctx;
    live_forget(db, clock_now() - CLOCK_DAY);
    return !db_failed(db);
}

static enum job_result sweep_run(struct job *job)
{
    struct sweep s = {clock_now() - KEEP_DAYS * CLOCK_DAY, 0};
    store_run_aside(job_app(job)->store, STORE_WRITE, sweep_cuts, &s);
    while (store_run_aside(job_app(job)->store, STORE_WRITE, sweep_some, &s) && s.n == SWEEP)
        if (!job_step(job, 0, 0, S("")))
            return JOB_LATER;
    return JOB_DONE;
}

/* ---- RULE 4 ---- */

static void jobs_failures(struct db *db, struct arena *a,
                          void (*tell)(void *ctx, const struct failure *f), void *ctx)
{
    struct rows q = db_query(
        db, "SELECT j.kind, f.n, COALESCE(j.finished_at, j.started_at, j.created_at), j.why,"
            " j.state FROM jobs j JOIN (SELECT MAX(id) AS id, COUNT(*) AS n FROM jobs"
            " WHERE state = 'failed' OR (state = 'waiting' AND why <> '') GROUP BY state, kind) f"
            " ON f.id = j.id ORDER BY j.state, j.kind");
    while (db_next(&q)) {
        bool failed = str_is(db_str(&q, 4), "failed");
        tell(ctx,
             &(struct failure){
                 .what = failed ? "jobs failed" : "jobs that are tried again",
                 .kind = db_dup(&q, 0, a),
                 .count = db_int(&q, 1),
                 .last_at = db_int(&q, 2),
                 .why = db_dup(&q, 3, a),
                 .advice = failed ? "Mend the cause; then run them again at /jobs?state=failed."
                                  : "They go on by themselves once the cause is gone."});
    }
    db_done(&q);
}
