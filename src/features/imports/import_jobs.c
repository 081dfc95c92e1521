/* import_jobs.c: an import and its undoing as jobs, and the report that is kept of them.
 *
 * WHY a command runs its job itself, also beside a server: the folder is the caller's, on the
 * caller's machine, and the server may not be allowed to read it (docs/decisions/0025).
 */
#include <stdio.h>

#include "core/arena.h"
#include "core/clock.h"
#include "features/imports/archives.h"
#include "features/imports/imports.h"
#include "http/app.h"

enum { REPORT_MAX = 1 << 20, PROBLEMS_SHOWN = 100 };

static enum job_result import_run(struct job *job);
static enum job_result undo_run(struct job *job);

const struct job_kind import_jobs[] = {
    {"import-stackexchange", import_run},
    {"import-undo", undo_run},
    {"archives-sweep", archives_sweep, .every_s = 86400},
    {0},
};

_Thread_local struct import_console *import_console;

int64_t import_put(struct db *db, struct arena *a, const struct import_order *order)
{
    struct str data = str_fmt(a, STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(order->folder),
                              STR_ARG(order->space), STR_ARG(order->site));
    return job_put(db, &(struct job_order){.kind = "import-stackexchange",
                                           .data = data,
                                           .key = data,
                                           .due = order->due,
                                           .person_id = order->person_id});
}

int64_t import_undo_put(struct db *db, struct arena *a, int64_t import_id, int64_t person_id,
                        int64_t due)
{
    struct str data = str_fmt(a, "%lld", (long long)import_id);
    return job_put(
        db,
        &(struct job_order){
            .kind = "import-undo", .data = data, .key = data, .due = due, .person_id = person_id});
}

/* ---- the report ---- */

static void count_put(struct out *o, const char *name, int64_t n)
{
    if (!n)
        return;
    out_fmt(o, "%9lld ", (long long)n);
    for (; *name; name++)
        out_char(o, *name == '_' ? ' ' : *name);
    out_char(o, '\n');
}

static void checks_put(struct out *o, const struct import_result *r)
{
    int64_t wrong = 0, checked = 0;
    for (int i = 0; i < CHECKED_KINDS; i++) {
        checked += r->checked[i];
        wrong += r->wrong[i];
        if (r->checked[i])
            out_fmt(o, "%9lld %-17s compared, %lld differ\n", (long long)r->checked[i],
                    checked_names[i], (long long)r->wrong[i]);
    }
    if (r->tags_edited)
        out_lit(o, "          tag counts were not compared: posts have been edited here since\n");
    if (checked && !wrong)
        out_lit(o, "All counts of the source come out of the imported rows.\n");
    if (r->truncated)
        out_lit(o, "A file ends too early: get it whole and run this again.\n");
}

void import_report(struct out *o, const struct import_result *r, struct str space, int64_t us)
{
    out_fmt(o, "Import %lld: https://%s into the space " STR_FMT ", %.1f s\n", (long long)r->id,
            r->site, STR_ARG(space), (double)us / 1e6);
    for (int i = 0; i < TAKEN_KINDS; i++)
        count_put(o, taken_names[i], r->taken[i]);
    count_put(o, "rows were taken before", r->before);
    count_put(o, "badges have no place here", r->badges);
    for (int i = 0; i < VOTE_TYPES; i++)
        if (r->vote_types[i])
            out_fmt(o, "%9lld votes of kind %d (%s) have no place here\n",
                    (long long)r->vote_types[i], i,
                    vote_type_name(i) ? vote_type_name(i) : "not known");
    count_put(o, "rows could not be taken", r->problems);
    checks_put(o, r);
}

void undo_report(struct out *o, const struct undo_result *r)
{
    out_fmt(o, "Taken away: %lld people, %lld posts and comments, %lld votes.\n",
            (long long)r->people, (long long)r->records, (long long)r->votes);
    if (r->kept_records)
        out_fmt(o, "Kept: %lld posts and comments, in threads that others have written in since.\n",
                (long long)r->kept_records);
    if (r->kept_people)
        out_fmt(o, "Kept: %lld people who have an account or wrote what is kept.\n",
                (long long)r->kept_people);
    if (r->kept_space)
        out_lit(o, "Kept: the space, which is in use.\n");
}

struct report {
    int64_t import_id;
    struct str text;
};

static bool report_keep(struct db *db, void *ctx)
{
    const struct report *r = ctx;
    db_exec(db, "UPDATE imports SET report = ?2 WHERE id = ?1", I(r->import_id), T(r->text));
    return !db_failed(db);
}

/* ---- running ---- */

struct watch {
    struct job *job;
    struct out problems; /* the first ones */
    int shown;
    bool ended, by_hand;
};

static void watch_problem(void *ctx, const char *file, int64_t line, struct str why, bool wrong)
{
    struct watch *w = ctx;
    if (import_console && import_console->problem)
        import_console->problem(import_console->ctx, file, line, why, wrong);
    if (w->shown++ < PROBLEMS_SHOWN)
        out_fmt(&w->problems, "%s:%lld: %s" STR_FMT "\n", file, (long long)line,
                wrong ? "differs: " : "", STR_ARG(why));
}

static bool watch_progress(void *ctx, const char *file, int64_t rows, int64_t done, int64_t of)
{
    struct watch *w = ctx;
    if (import_console && import_console->progress)
        import_console->progress(import_console->ctx, file, rows);
    w->by_hand = import_console && import_console->stopped && import_console->stopped();
    struct str words = str_fmt(job_arena(w->job), "%s, %lld rows", file, (long long)rows);
    w->ended = w->by_hand || !job_step(w->job, done, of, words);
    return !w->ended;
}

static void console_tell(const struct import_result *result, bool done, struct str message)
{
    struct import_console *c = import_console;
    if (!c)
        return;
    c->ran = true;
    c->done = done;
    if (result)
        c->result = *result;
    snprintf(c->message, sizeof c->message, STR_FMT, STR_ARG(message));
}

static enum job_result import_run(struct job *job)
{
    struct arena *a = job_arena(job);
    struct str data = job_data(job), folder = S(""), space = S(""), message = S("");
    str_split(&data, '\n', &folder);
    str_split(&data, '\n', &space);
    struct watch w = {.job = job};
    struct import_result result;
    out_init(&w.problems, REPORT_MAX);
    struct import_options options = {.folder = str_cstr(a, folder),
                                     .space = space,
                                     .site = data,
                                     .ctx = &w,
                                     .problem = watch_problem,
                                     .progress = watch_progress,
                                     .job = job};
    int64_t began = clock_monotonic();
    bool stopped;
    folder = str_of(options.folder);
    if (!archive_unpack(job, folder, &stopped, &message)) {
        job_why(job, STR_FMT, STR_ARG(message));
        return stopped ? JOB_LATER : JOB_FAILED;
    }
    bool done = import_stackexchange(job_app(job)->store, &options, &result, a, &message);
    if (w.ended)
        message = w.by_hand ? S("stopped by hand; run it again to go on")
                            : S("stopped; what was taken is kept");
    console_tell(&result, done, message);
    struct str problems = out_take(&w.problems, a);
    if (!done) {
        job_why(job, STR_FMT, STR_ARG(message));
        return w.by_hand || !result.id ? JOB_FAILED : JOB_LATER;
    }
    struct out o;
    out_init(&o, 2 * REPORT_MAX);
    import_report(&o, &result, space, clock_monotonic() - began);
    out_str(&o, problems);
    if (w.shown > PROBLEMS_SHOWN)
        out_fmt(&o, "... and %d more\n", w.shown - PROBLEMS_SHOWN);
    struct report report = {result.id, out_take(&o, a)};
    job_why(job, "Import %lld, " STR_FMT, (long long)result.id, STR_ARG(space));
    if (!job_write(job, report_keep, &report))
        return JOB_LATER;
    archive_remove(job, folder);
    return JOB_DONE;
}

static enum job_result undo_run(struct job *job)
{
    struct arena *a = job_arena(job);
    struct str message = S("");
    struct undo_result result;
    int64_t id = 0;
    str_int(job_data(job), &id);
    bool done = import_undo(job_app(job)->store, job, id, &result, a, &message);
    console_tell(NULL, done, message);
    if (import_console)
        import_console->undone = result;
    struct out o;
    out_init(&o, REPORT_MAX);
    undo_report(&o, &result);
    struct report report = {id, out_take(&o, a)};
    bool gone = str_starts(message, S("there is no import"));
    job_why(job, STR_FMT, STR_ARG(done ? report.text : message));
    if (done)
        job_write(job, report_keep, &report); /* of what is left of it */
    return done ? JOB_DONE : gone ? JOB_FAILED : JOB_LATER;
}
