/* work.c: the jobs of imports: what a file would do, doing it, and taking it back.
 *
 * Owns    tables exchanges, exchange_records, exchange_rejects; files/exchanges/
 * RULES
 *   1. A run is made of steps, each a transaction of up to some thousand rows that also says how
 *      far it is: one that was cut off goes on behind its last step, and no row is taken twice.
 *   2. It acts with the rights of who has started it, as they are at each step; without an account
 *      it ends.
 *   3. A row that the database refuses is rejected alone.
 *   4. Undoing takes records in the opposite order, each once; what is newer than the import stays,
 *      and is counted.
 *   5. Files that no import names are removed after a day.
 *   6. A step ends as soon as a request waits to write, and after STEP_US; the next ones are short,
 *      and grow while none waits.
 *   7. Behind an import that made very many records comes a job by which the database's planner
 *      learns of them: lists do not wait for PostgreSQL to notice by itself.
 *
 * WHY steps are long when nobody waits: each writes the pages of all the indexes that its rows come
 * into, and rows that are written in the order of an index share them the more, the more there are.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "db/ahead.h"
#include "db/catalog.h"
#include "db/gather.h"
#include "features/exchanges/exchanges.h"
#include "http/app.h"
#include "record/bulk.h"

#define SURVEY "exchange-survey"

enum {
    STEP_ROWS = 40000,
    STEP_FIRST = 500,
    STEP_BYTES = 16 << 20,
    STEP_US = 2 * 1000 * 1000,
    STEP_GATHERED = 27 << 20,
    LOOK_EVERY = 16, /* rows */
    UNDO_STEP = 200,
    WORK_ARENA = 512 << 20,
    BATCH_ARENA = 64 << 20,
    EXAMPLES = 3,
    REJECTS_TOLD = 20,
    REPORT_MAX = 1 << 20,
    SWEEP_AGE_S = 86400,
    MANY_MADE = 10000,
};

static enum job_result try_run(struct job *job);
static enum job_result run_run(struct job *job);
static enum job_result undo_run(struct job *job);
static enum job_result survey_run(struct job *job);
static enum job_result files_sweep(struct job *job);

const struct job_kind exchange_jobs[] = {
    {EXCHANGE_TRY, try_run},
    {EXCHANGE_RUN, run_run},
    {EXCHANGE_UNDO, undo_run},
    {SURVEY, survey_run},
    {"exchange-sweep", files_sweep, .every_s = 86400},
    {0},
};

int64_t exchange_job_put(struct db *db, struct arena *a, const char *kind, int64_t id,
                         int64_t person_id, int64_t due)
{
    struct str data = str_of_id(a, S(""), id);
    return job_put(
        db, &(struct job_order){
                .kind = kind, .data = data, .key = data, .due = due, .person_id = person_id});
}

bool exchange_file_read(struct db *db, struct arena *a, int64_t id, struct exchange_file *file)
{
    struct rows q = db_query(
        db, "SELECT " ROW_COLUMNS(EXCHANGE_ROW) " FROM exchanges e WHERE e.id = ?1", I(id));
    bool there = db_next(&q);
    if (there)
        exchange_file_decode(file, &q, 0, a);
    db_done(&q);
    return there;
}

struct str exchange_path(struct app *app, struct arena *a, struct str file)
{
    return str_fmt(a, "%s/exchanges/" STR_FMT, app->files, STR_ARG(file));
}

struct str exchange_note(struct arena *a, int64_t id)
{
    return str_fmt(a, "Import %lld", (long long)id);
}

/* ---- a job at work ---- */

struct kept_row {
    int64_t number;
    struct str *cells, why;
    size_t n;
};

struct example {
    int64_t number;
    struct str title, why;
};

struct work {
    struct job *job;
    int64_t id, now;
    struct arena *batch, *spare, *step, *row, *own; /* rows that wait, twice; of one transaction,
                                                       one row, and of the whole job */
    struct exchange_file file;
    struct kept_row rows[STEP_ROWS];
    size_t n, most;   /* rows that wait; so many are a step */
    size_t at, bound; /* the next step begins with that row, and ends before this at the latest */
    size_t taken;     /* the last one ended before that */
    int64_t from;     /* rows up to this one are in */
    bool gave_way;    /* the last step did: RULE 6 */
    bool careful;     /* each row under a savepoint */
    bool matching;    /* some of the rows that were asked for last may be of records */
    bool stopped;     /* the job is to end soon */
    struct str why;   /* the import is to end for good */
    int64_t counts[DIDS];
    /* Of a dry run. */
    bool dry;
    struct key_set seen;
    struct example examples[DIDS][REJECTS_TOLD];
    size_t examples_n[DIDS];
    struct source_file *source;
};

static bool work_read(struct db *db, void *ctx)
{
    struct work *w = ctx;
    if (!exchange_file_read(db, w->own, w->id, &w->file))
        w->why = S("The import is not there any more.");
    w->from = w->file.rows;
    return !db_failed(db);
}

static void work_open(struct work *w, struct job *job)
{
    w->job = job;
    w->why = S("");
    w->now = clock_now();
    w->own = job_arena(job);
    w->most = STEP_FIRST;
    w->batch = arena_new(BATCH_ARENA);
    w->spare = arena_new(BATCH_ARENA);
    w->step = arena_new(WORK_ARENA);
    w->row = arena_new(WORK_ARENA);
    (void)str_int(job_data(job), &w->id);
}

static void work_close(struct work *w)
{
    key_set_free(&w->seen);
    arena_free(w->batch);
    arena_free(w->spare);
    arena_free(w->step);
    arena_free(w->row);
}

/* RULE 2. Type, plan and rights as they are in this transaction. */
static const struct record_type *act_begin(struct work *w, struct db *db, struct req *rq)
{
    arena_reset(w->step);
    *rq = (struct req){.app = job_app(w->job)};
    bulk_person(rq, db, w->step, w->file.person_id, w->now);
    const struct record_type *t = catalog_type(db, w->file.type);
    if (rq->viewer.role < ROLE_STAFF)
        w->why = S("Who started it may not bring records in any more.");
    else if (!t || !t->fields || t->off)
        w->why = S("There is no such type of records any more.");
    return w->why.n ? NULL : t;
}

struct state {
    struct work *w;
    const char *state;
    struct str report;
};

static bool state_write(struct db *db, void *ctx)
{
    const struct state *s = ctx;
    db_exec(db,
            "UPDATE exchanges SET state = ?2, report = CASE WHEN ?3 = '' THEN report ELSE ?3 END,"
            " why = ?4, finished_at = ?5 WHERE id = ?1",
            I(s->w->id), Z(s->state), T(s->report), T(s->w->why), I(clock_now()));
    if (db_get_int(db, 0, "SELECT created FROM exchanges WHERE id = ?1 AND state = 'done'",
                   I(s->w->id)) >= MANY_MADE) /* RULE 7 */
        job_put(db, &(struct job_order){.kind = SURVEY, .key = S("all"), .data = S("")});
    return !db_failed(db);
}

static enum job_result work_end(struct work *w, const char *state, struct str report)
{
    struct state s = {w, w->why.n ? "failed" : state, report};
    enum job_result result = JOB_LATER;
    if (w->why.n)
        job_why(w->job, STR_FMT, STR_ARG(w->why));
    if (!w->stopped && job_write_aside(w->job, state_write, &s))
        result = w->why.n ? JOB_FAILED : JOB_DONE;
    work_close(w);
    return result;
}

/* ---- rows in steps ---- */

static void cells_json(struct out *o, const struct kept_row *row)
{
    struct json j = json_to(o);
    json_open(&j, '[');
    for (size_t i = 0; i < row->n; i++)
        json_str(&j, row->cells[i]);
    json_close(&j, ']');
}

static void reject_write(struct work *w, struct db *db, const struct kept_row *row, struct str why)
{
    struct out cells;
    out_init(&cells, 2 * BATCH_ARENA);
    cells_json(&cells, row);
    db_send(db,
            "INSERT INTO exchange_rejects (exchange_id, number, why, cells)"
            " VALUES (?1, ?2, ?3, ?4)",
            I(w->id), I(row->number), T(why), T(out_take(&cells, w->row)));
}

static void record_write(struct work *w, struct db *db, int64_t id, int64_t revision, bool made)
{
    if (made) {
        db_put_new(db, "exchange_records (exchange_id, made, record_id, revision)", I(w->id),
                   I(true), I(id), I(revision));
        return;
    }
    db_gather_by(db, "exchange_records", I(id));
    db_send(db,
            "INSERT INTO exchange_records (exchange_id, record_id, revision, made)"
            " VALUES (?1, ?2, ?3, 0) ON CONFLICT (exchange_id, record_id) DO UPDATE"
            " SET revision = excluded.revision",
            I(w->id), I(id), I(revision));
}

static void done_write(struct work *w, struct db *db, const struct kept_row *row,
                       const struct exchange_done *done)
{
    for (size_t i = 0; i < done->also_n; i++)
        record_write(w, db, done->also[i], 1, true);
    if (done->did == DID_REJECT)
        reject_write(w, db, row, done->why);
    else if ((done->did == DID_CREATE || done->did == DID_UPDATE) && done->id)
        record_write(w, db, done->id, done->revision, done->did == DID_CREATE);
}

static void row_take(struct work *w, struct req *rq, const struct exchange *x,
                     const struct kept_row *row, struct exchange_done *done)
{
    *done = (struct exchange_done){.did = DID_REJECT, .why = row->why};
    arena_reset(w->row);
    rq->arena = w->row;
    if (row->why.n) {
        if (!w->dry)
            done_write(w, rq->db, row, done);
        return;
    }
    if (w->careful)
        db_save(rq->db);
    exchange_row(rq, x, row->cells, row->n, done);
    if (!w->dry)
        done_write(w, rq->db, row, done);
    if (!w->careful || db_save_end(rq->db, true))
        return;
    *done = (struct exchange_done){.did = DID_REJECT,
                                   .why = S("The database refuses this row.")}; /* RULE 3 */
    reject_write(w, rq->db, row, done->why);
}

static void counts_write(const struct work *w, struct db *db, const int64_t counts[DIDS])
{
    db_exec(db,
            "UPDATE exchanges SET rows_done = ?2, created = created + ?3, updated = updated + ?4,"
            " same = same + ?5, skipped = skipped + ?6, rejected = rejected + ?7 WHERE id = ?1",
            I(w->id), I(w->rows[w->taken - 1].number), I(counts[DID_CREATE]), I(counts[DID_UPDATE]),
            I(counts[DID_SAME]), I(counts[DID_SKIP]), I(counts[DID_REJECT]));
}

/* RULE 6 */
static bool step_over(struct work *w, struct db *db, int64_t began)
{
    if ((w->taken - w->at) % LOOK_EVERY)
        return false;
    w->gave_way = job_write_waits(w->job);
    return w->gave_way || clock_monotonic() - began > STEP_US || db_gathered(db) > STEP_GATHERED;
}

/* Those that come next in the step, if it is their turn; 0: it is not. They are of the row's arena,
 * as is what is read of them. */
static size_t rows_next(struct work *w, size_t most, struct exchange_cells **rows)
{
    size_t n = 0, end = w->taken + most < w->bound ? w->taken + most : w->bound;
    if (w->careful || !most || (w->taken - w->at) % most)
        return 0;
    arena_reset(w->row);
    *rows = arena_array(w->row, struct exchange_cells, most);
    for (size_t i = w->taken; i < end; i++)
        if (!w->rows[i].why.n)
            (*rows)[n++] = (struct exchange_cells){w->rows[i].cells, w->rows[i].n};
    return n;
}

static void rows_expect(struct work *w, struct req *rq, const struct exchange *x)
{
    struct exchange_cells *rows;
    rq->arena = w->row;
    size_t n = rows_next(w, db_gather_ahead(rq->db), &rows);
    if (n) {
        w->matching = exchange_expect(rq, x, rows, n);
        db_gather_next(rq->db);
    }
    n = w->matching ? rows_next(w, db_ahead_most(rq->db), &rows) : 0;
    if (n)
        exchange_ahead(rq, x, rows, n);
}

static bool step_run(struct db *db, void *ctx)
{
    struct work *w = ctx;
    struct req rq;
    struct plan plan;
    struct exchange x;
    int64_t counts[DIDS] = {0};
    const struct record_type *t = act_begin(w, db, &rq);
    if (!t)
        return false;
    plan_load(w->step, w->file.plan, &plan);
    plan_exchange(&rq, t, &plan, &x);
    x.note = exchange_note(w->step, w->id);
    x.memo = exchange_memo(w->step);
    if (!w->careful)
        db_gather(db, STEP_GATHERED + GATHER_BYTES);
    int64_t began = clock_monotonic();
    w->taken = w->at;
    do {
        struct exchange_done done;
        rows_expect(w, &rq, &x);
        row_take(w, &rq, &x, &w->rows[w->taken++], &done);
        counts[done.did]++;
    } while (w->taken < w->bound && !db_failed(db) && !step_over(w, db, began));
    counts_write(w, db, counts);
    db_gather_end(db);
    return !db_failed(db);
}

static void example_keep(struct work *w, const struct exchange *x, const struct kept_row *row,
                         const struct exchange_done *done)
{
    size_t most = done->did == DID_REJECT ? REJECTS_TOLD : EXAMPLES;
    if (w->examples_n[done->did] >= most)
        return;
    const struct record_field *title = type_title(x->type);
    const struct value *v = title && done->values ? &done->values->values[title->index] : NULL;
    w->examples[done->did][w->examples_n[done->did]++] =
        (struct example){row->number, str_dup(w->own, v && !v->none ? v->s : S("")),
                         str_dup(w->own, done->why.p ? done->why : S(""))};
}

/* Of a dry run: nothing is written. */
static bool step_try(struct db *db, void *ctx)
{
    struct work *w = ctx;
    struct req rq;
    struct plan plan;
    struct exchange x;
    const struct record_type *t = act_begin(w, db, &rq);
    if (!t)
        return false;
    plan_load(w->step, w->file.plan, &plan);
    plan_exchange(&rq, t, &plan, &x);
    x.seen = &w->seen;
    x.memo = exchange_memo(w->step);
    db_gather(db, 0); /* for what is expected */
    for (w->taken = w->at; w->taken < w->bound && !db_failed(db); w->taken++) {
        struct exchange_done done;
        const struct kept_row *row = &w->rows[w->taken];
        rows_expect(w, &rq, &x);
        row_take(w, &rq, &x, row, &done);
        w->counts[done.did]++;
        example_keep(w, &x, row, &done);
    }
    db_gather_end(db);
    return !db_failed(db);
}

static bool step_end(struct work *w, size_t bound)
{
    w->bound = bound;
    w->gave_way = false;
    bool done = w->dry ? job_read(w->job, step_try, w) : job_write(w->job, step_run, w);
    if (!done && !w->dry && !w->why.n) {
        w->careful = true;
        done = job_write(w->job, step_run, w);
        w->careful = false;
    }
    if (!done) {
        w->stopped = !w->why.n;
        return false;
    }
    w->at = w->taken;
    struct str words = str_fmt(w->step, "%lld rows", (long long)w->rows[w->at - 1].number);
    w->stopped = !job_step(w->job, w->source->bytes, w->file.bytes, words);
    return !w->stopped;
}

/* RULE 6 */
static void pace(struct work *w, size_t took, bool cut)
{
    if (w->gave_way)
        w->most = STEP_FIRST;
    else if (cut)
        w->most = took > STEP_FIRST ? took : STEP_FIRST;
    else if (took == w->most)
        w->most = w->most < STEP_ROWS / 2 ? w->most * 2 : STEP_ROWS;
}

/* Its texts behind each other: many thousands wait. */
static void row_keep(struct work *w, const struct source_row *row)
{
    struct kept_row *k = &w->rows[w->n++];
    size_t bytes = row->why.n, at = 0;
    *k = (struct kept_row){.number = row->number,
                           .n = row->n < SOURCE_COLUMNS ? row->n : SOURCE_COLUMNS};
    for (size_t i = 0; i < k->n; i++)
        bytes += row->cells[i].n;
    k->cells = arena_bytes(w->batch, k->n * sizeof *k->cells + bytes);
    char *texts = (char *)(k->cells + k->n);
    for (size_t i = 0; i <= k->n; i++) {
        struct str text = i < k->n ? row->cells[i] : row->why;
        *(i < k->n ? &k->cells[i] : &k->why) = str_make(texts + at, text.n);
        if (text.n)
            memcpy(texts + at, text.p, text.n);
        at += text.n;
    }
}

/* Those that are left, too few for a step, come before what is read next. */
static void left_keep(struct work *w)
{
    size_t n = w->n;
    struct arena *batch = w->batch;
    w->batch = w->spare;
    w->n = 0;
    for (size_t i = w->at; i < n; i++) {
        const struct kept_row *k = &w->rows[i];
        row_keep(w, &(struct source_row){
                        .number = k->number, .cells = k->cells, .n = k->n, .why = k->why});
    }
    w->at = 0;
    w->spare = batch;
    arena_reset(batch);
}

/* Rows that wait, as long as there are enough for a step; to the last: all of them. */
static bool rows_take(struct work *w, bool last)
{
    bool go = true;
    while (go && w->at < w->n && (last || w->n - w->at >= w->most || !w->at)) {
        size_t from = w->at, bound = from + w->most < w->n ? from + w->most : w->n;
        go = step_end(w, bound);
        pace(w, w->at - from, w->at < bound);
    }
    left_keep(w);
    return go;
}

static bool row_wait(void *ctx, const struct source_row *row)
{
    struct work *w = ctx;
    if (row->number <= w->from && !w->dry) /* RULE 1 */
        return true;
    row_keep(w, row);
    return w->n < w->most && arena_used(w->batch) < STEP_BYTES ? true : rows_take(w, false);
}

static void file_take(struct work *w)
{
    struct plan plan;
    struct str path = exchange_path(job_app(w->job), w->own, w->file.file);
    plan_load(w->own, w->file.plan, &plan);
    struct source_file source = {
        .path = path.p, .cards = plan.cards, .dialect = plan.dialect, .row = row_wait, .ctx = w};
    w->source = &source;
    if (!source_read(&source))
        w->why = S("The file is not there any more.");
    else if (!w->stopped && !w->why.n)
        rows_take(w, true);
    w->source = NULL;
}

struct survey {
    struct arena *arena;
    struct db_table *tables;
    size_t n, at;
    bool learns;
};

static bool tables_read(struct db *db, void *ctx)
{
    struct survey *s = ctx;
    s->n = db_tables(db, s->arena, &s->tables);
    return !db_failed(db);
}

static bool table_survey(struct db *db, void *ctx)
{
    struct survey *s = ctx;
    s->learns = db_survey(db, s->tables[s->at].name);
    return !db_failed(db);
}

/* Each table in a transaction of its own: all of them take seconds, and others wait to write. */
static enum job_result survey_run(struct job *job)
{
    struct survey s = {.arena = job_arena(job), .learns = true};
    bool going = job_read(job, tables_read, &s);
    for (; going && s.learns && s.at < s.n; s.at++)
        going = job_write_aside(job, table_survey, &s) &&
                job_step(job, (int64_t)s.at, (int64_t)s.n, S("Counting"));
    return going ? JOB_DONE : JOB_LATER;
}

static enum job_result run_run(struct job *job)
{
    struct work *w = arena_make(job_arena(job), struct work);
    work_open(w, job);
    if (!job_read(job, work_read, w))
        w->stopped = true;
    else if (!w->why.n)
        file_take(w);
    return work_end(w, "done", S(""));
}

/* ---- dry runs ---- */

static struct str report_text(const struct work *w)
{
    static const char *const names[DIDS] = {[DID_CREATE] = "created",
                                            [DID_UPDATE] = "updated",
                                            [DID_SAME] = "same",
                                            [DID_SKIP] = "skipped",
                                            [DID_REJECT] = "rejected"};
    struct out o;
    out_init(&o, REPORT_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    for (int i = 0; i < DIDS; i++) {
        json_key(&j, names[i]);
        json_open(&j, '{');
        json_kint(&j, "n", w->counts[i]);
        json_key(&j, "first");
        json_open(&j, '[');
        for (size_t k = 0; k < w->examples_n[i]; k++) {
            const struct example *e = &w->examples[i][k];
            json_open(&j, '{');
            json_kint(&j, "row", e->number);
            json_kstr(&j, "title", e->title);
            json_kstr(&j, "why", e->why);
            json_close(&j, '}');
        }
        json_close(&j, ']');
        json_close(&j, '}');
    }
    json_close(&j, '}');
    return out_take(&o, w->own);
}

static enum job_result try_run(struct job *job)
{
    struct work *w = arena_make(job_arena(job), struct work);
    work_open(w, job);
    w->dry = true;
    if (!job_read(job, work_read, w))
        w->stopped = true;
    else if (!w->why.n)
        file_take(w);
    return work_end(w, "tried", report_text(w));
}

/* ---- undoing ---- */

struct undoing {
    struct work *w;
    bool more;
};

static bool undo_step(struct db *db, void *ctx)
{
    struct undoing *u = ctx;
    struct work *w = u->w;
    struct req rq;
    int64_t ids[UNDO_STEP], revisions[UNDO_STEP], counts[4] = {0}, parts = 0;
    bool made[UNDO_STEP];
    size_t n = 0;
    if (!act_begin(w, db, &rq))
        return false;
    struct rows q = db_query(db,
                             "SELECT record_id, revision, made FROM exchange_records"
                             " WHERE exchange_id = ?1 ORDER BY record_id DESC LIMIT ?2",
                             I(w->id), I(UNDO_STEP));
    for (; n < UNDO_STEP && db_next(&q); n++) {
        ids[n] = db_int(&q, 0);
        revisions[n] = db_int(&q, 1);
        made[n] = db_int(&q, 2) != 0;
    }
    db_done(&q);
    for (size_t i = 0; i < n && !db_failed(db); i++) {
        struct str type =
            db_get_str(db, w->step, "SELECT type FROM records WHERE id = ?1", I(ids[i]));
        const struct record_type *t = type.p ? catalog_type(db, type) : NULL;
        bool part = false;
        enum exchange_undone did = t ? exchange_undo(&rq, t, ids[i], revisions[i], made[i],
                                                     exchange_note(w->step, w->id), &part)
                                     : UNDONE_GONE;
        counts[did]++;
        parts += part && did != UNDONE_KEPT;
        db_exec(db, "DELETE FROM exchange_records WHERE exchange_id = ?1 AND record_id = ?2",
                I(w->id), I(ids[i]));
    }
    db_exec(db,
            "UPDATE exchanges SET deleted = deleted + ?2, reverted = reverted + ?3,"
            " kept = kept + ?4 WHERE id = ?1",
            I(w->id), I(counts[UNDONE_DELETED]), I(counts[UNDONE_REVERTED]),
            I(counts[UNDONE_KEPT] + parts));
    u->more = n == UNDO_STEP;
    return !db_failed(db);
}

static enum job_result undo_run(struct job *job)
{
    struct work *w = arena_make(job_arena(job), struct work);
    struct undoing u = {w, true};
    work_open(w, job);
    if (!job_read(job, work_read, w))
        w->stopped = true;
    for (int64_t done = 0; u.more && !w->stopped && !w->why.n;) {
        bool kept = job_write(job, undo_step, &u);
        done += UNDO_STEP;
        w->stopped = (!kept && !w->why.n) ||
                     !job_step(job, done, w->file.created + w->file.updated, S("Taking back"));
    }
    return work_end(w, "undone", S(""));
}

/* ---- files ---- */

struct named {
    const char *name;
    bool is;
};

static bool named_read(struct db *db, void *ctx)
{
    struct named *n = ctx;
    n->is = db_get_int(db, 0, "SELECT 1 FROM exchanges WHERE file = ?1 LIMIT 1", Z(n->name)) != 0;
    return !db_failed(db);
}

static enum job_result files_sweep(struct job *job) /* RULE 5 */
{
    struct str folder = exchange_path(job_app(job), job_arena(job), S(""));
    DIR *dir = opendir(folder.p);
    for (struct dirent *e; dir && (e = readdir(dir)) && job_step(job, 0, 0, S(""));) {
        struct named named = {.name = e->d_name};
        struct stat st;
        bool old = e->d_name[0] != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0 &&
                   clock_now() / CLOCK_SECOND - st.st_mtime > SWEEP_AGE_S;
        if (old && job_read(job, named_read, &named) && !named.is)
            unlinkat(dirfd(dir), e->d_name, 0);
    }
    if (dir)
        closedir(dir);
    return JOB_DONE;
}
