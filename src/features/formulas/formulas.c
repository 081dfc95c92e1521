/* formulas.c: the jobs that fill the columns of computed fields, and bring what changes with time
 * up to date; see src/record/formulas.h.
 *
 * WHY by the hour: today() turns over at midnight and now() all the time; lists sort and filter by
 * what stands in the column, so that is computed anew, and only what differs is written.
 */
#include "record/formulas.h"
#include "core/clock.h"
#include "http/feature.h"

enum { FORMULA_PIECE = 400, ROLLUP_PIECE = 50, HOUR_S = 3600 };

static enum job_result run_fill(struct job *job);
static enum job_result run_hourly(struct job *job);

static const struct job_kind jobs[] = {
    {FORMULAS_JOB, run_fill},
    {"formulas-hourly", run_hourly, .every_s = HOUR_S},
    {0},
};

const struct feature formulas_feature = {.name = "formulas", .jobs = jobs};

struct filling {
    struct job *job;
    int64_t stamp, of, done, last;
    int64_t next; /* of this piece, once it is kept */
    int64_t n;
    struct str words;
    bool over;
};

static bool fill_begin(struct db *db, void *ctx)
{
    struct filling *w = ctx;
    const struct record_type *t;
    int64_t id;
    const struct record_field *f = formula_named(db, job_data(w->job), &t, &id);
    w->over = !f;
    if (!f)
        return true;
    w->stamp = formula_stamp(db, t, f);
    w->words = str_fmt(job_arena(w->job), "%s of %s", f->label, t->label ? t->label : t->noun);
    w->of =
        id ? 1
           : db_get_int(db, 0, str_fmt(job_arena(w->job), "SELECT COUNT(*) FROM %s", t->table).p);
    return !db_failed(db);
}

/* May be called again, and then begins where it began. */
static bool fill_piece(struct db *db, void *ctx)
{
    struct filling *w = ctx;
    const struct record_type *t;
    int64_t id;
    struct arena *a = arena_new(64 << 20);
    const struct record_field *f = formula_named(db, job_data(w->job), &t, &id);
    bool rollup = f && f->kind == KIND_ROLLUP;
    w->n = w->next = 0;
    if (f && id)
        record_compute(db, a, id);
    else if (f)
        w->next = records_compute(db, a, t, f, rollup ? COMPUTE_ONE : COMPUTE_FORMULAS, w->last,
                                  rollup ? ROLLUP_PIECE : FORMULA_PIECE, &w->n);
    w->over = !w->next;
    if (f && !id && w->over)
        formula_done(db, t, f, w->stamp, clock_now());
    arena_free(a);
    return !db_failed(db);
}

static enum job_result run_fill(struct job *job)
{
    struct filling w = {.job = job};
    if (!job_read(job, fill_begin, &w))
        return JOB_LATER;
    while (!w.over) {
        if (!job_step(job, w.done, w.of, w.words))
            return JOB_LATER;
        if (!job_write(job, fill_piece, &w))
            return JOB_LATER;
        w.done += w.n;
        w.last = w.next;
    }
    return JOB_DONE;
}

static bool ask_all(struct db *db, void *ctx)
{
    struct job *job = ctx;
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n; k++) {
            const struct record_field *f = &c->types[i]->fields[k];
            struct str data = str_fmt(job_arena(job), "%s.%s", c->types[i]->name, f->name);
            if (f->computed && !f->computed->why && f->computed->changes)
                job_put(db, &(struct job_order){.kind = FORMULAS_JOB, .data = data, .key = data});
        }
    return !db_failed(db);
}

static enum job_result run_hourly(struct job *job)
{
    /* It only asks for jobs; what they change shows. */
    return job_write_aside(job, ask_all, job) ? JOB_DONE : JOB_LATER;
}
