/* exchanges.c: people bring records of any type in from a file: send it, say what its columns are
 * for, see what it would do, do it, take it back.
 *
 *     /deals/imports, /deals/imports/12, /deals/imports/12/rejects.csv
 *
 * RULES
 *   1. Only staff imports, and only records that they may make; an import is seen by whoever
 *      started it and by administrators.
 *   2. Nothing is imported before a dry run of that very plan has ended.
 *   3. An import runs once, and is undone once; both are jobs, which the page follows.
 *   4. Rejected rows come as a table with the file's own columns, the row's number and why.
 *   5. An import is deleted with its file and what is known of its rows, never while it works; what
 *      it did stays as it is.
 *   6. A file that is no table or holds no row is refused, in words.
 */
#include "features/exchanges/exchanges.h"

#include <errno.h>
#include <stdio.h>

#include "core/log.h"
#include "features/exchanges/begin.h"
#include "features/exchanges/choose.h"
#include "features/exchanges/page.h"
#include "http/app.h"

static int imports_index(struct req *rq);
static int imports_admit(struct req *rq);
static int imports_prepare(struct req *rq);
static int imports_create(struct req *rq);
static int imports_show(struct req *rq);
static int imports_replan(struct req *rq);
static int imports_update(struct req *rq);
static int imports_destroy(struct req *rq);
static int import_runs_create(struct req *rq);
static int import_undos_create(struct req *rq);
static int import_rejects_index(struct req *rq);

static const struct form_rule upload_query[] = {
    {"name", .label = "the file's name, when it is the body"},
    {0},
};

/* As choose.c reads them. */
static const struct form_rule plan_rules[] = {
    {"encoding", "Encoding", .choices = csv_encodings},
    {"separator", "What parts the columns", .choices = plan_separators},
    {"header", "The first row: first, its names; none, a record"},
    {"keys", "Fields by which rows match records", .many = true, .max = 2000},
    {"keys_shown", "Without keys none is meant"},
    {"matched", "Records that are there", .choices = plan_matched},
    {"order", "Dates: which comes first", .choices = plan_orders},
    {"decimal", "Numbers: their decimal sign", .choices = plan_decimals},
    {"country", "Country of phone numbers without one", .max = 2},
    {"missing", "Records that a name leads to and that are not there: yes, they are made"},
    {"lenient", "Rows without what is required: yes, they are taken"},
    {"space", "Space", .whole = true},
    {"owner", "Looked after by: a name, @handle or e-mail address"},
    {"tags", "Tags of those that are made"},
    {"map.", "By the column's number, from 0: the field that it is for", .begins = true},
    {0},
};

/* clang-format off */
#define IMPORTS_INDEX(plural)                                                                      \
    {GET, "/" plural "/imports", imports_index, STAFF, .flags = ROUTE_UNFED,                       \
     .answers = imports_answer, .help = "what was imported as records of the type"}

static const struct route routes[] = {
    IMPORTS_INDEX(":type"),
    IMPORTS_INDEX("ideas"),
    IMPORTS_INDEX("people"), /* "/people/:id" would take the word for a handle, */
    IMPORTS_INDEX("topics"), /* and "/ideas/:id" for a number */
    {POST, "/:type/imports", imports_create, STAFF, .rate = PER_MINUTE(30),
     .flags = ROUTE_CREATES, .upload = imports_admit, .prepare = imports_prepare,
     .query = upload_query, .answers = import_answer,
     .help = "send a CSV or vCard file to import: multipart/form-data, or the file as the body"},
    {GET, "/:type/imports/:id", imports_show, STAFF, .answers = import_answer,
     .help = "one import: its columns and what they are for, what it would do, what it has done"},
    {PATCH, "/:type/imports/:id", imports_update, STAFF, .rate = PER_MINUTE(60),
     .prepare = imports_replan, .form = plan_rules, .answers = import_answer,
     .help = "change what its columns are for (`map.0` and so on) and how it is read; tries it"},
    {DELETE, "/:type/imports/:id", imports_destroy, STAFF, .answers = imports_answer,
     .help = "forget an import and its file; what it did stays, and can be taken back no more"},
    {POST, "/:type/imports/:id/runs", import_runs_create, STAFF, .rate = PER_MINUTE(30),
     .answers = import_answer, .help = "import what was tried"},
    {POST, "/:type/imports/:id/undo", import_undos_create, STAFF, .rate = PER_MINUTE(30),
     .answers = import_answer, .help = "take back all that an import did"},
    {GET, "/:type/imports/:id/rejects", import_rejects_index, STAFF, .flags = ROUTE_UNFED,
     .answers = rejects_answer,
     .help = "rows that were rejected, with reasons; as .csv with the file's own columns"},
    {0},
};
/* clang-format on */

const struct feature exchanges_feature = {
    .name = "exchanges", .routes = routes, .commands = exchange_commands, .jobs = exchange_jobs};

/* ---- who ---- */

static const struct record_type *type_here(struct req *rq)
{
    struct str path = str_from(rq->path, 1), plural = S("");
    str_split(&path, '/', &plural);
    const struct record_type *t = catalog_plural(rq->db, plural);
    return t && exchange_may(t, &rq->viewer) ? t : NULL;
}

static struct import_page *page_here(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    struct import_page *v = arena_make(rq->arena, struct import_page);
    if (!t || !exchange_file_read(rq->db, rq->arena, req_id(rq, "id"), &v->file) ||
        !str_is(v->file.type, t->name) ||
        (v->file.person_id != rq->viewer.id && rq->viewer.role < ROLE_ADMINISTRATOR))
        return NULL;
    v->type = t;
    plan_load(rq->arena, v->file.plan, &v->plan);
    return v;
}

static struct str import_path(struct req *rq, const struct record_type *t, int64_t id)
{
    return str_fmt(rq->arena, "/%s/imports/%lld", t->plural, (long long)id);
}

/* ---- sending a file ---- */

static int imports_admit(struct req *rq)
{
    return type_here(rq) ? 0 : not_found(rq);
}

struct sent {
    struct str name, file;
    int64_t bytes;
    struct plan plan;
    const char *wrong;
};

static bool file_keep(struct req *rq, const struct upload *u, struct sent *s)
{
    const char *path = exchange_place(rq->app, rq->arena, &s->file);
    bool done = path && rename(u->path, path) == 0;
    if (!done)
        log_error("a file to import cannot be stored: %s", strerror(errno));
    return done;
}

static int imports_prepare(struct req *rq)
{
    size_t n;
    const struct upload *uploads = req_uploads(rq, &n);
    const struct record_type *t = type_here(rq);
    struct sent *s = arena_make(rq->arena, struct sent);
    rq->prepared = s;
    if (!t)
        return not_found(rq);
    if (n != 1 || !uploads->bytes) { /* RULE 6 */
        s->wrong = n > 1 ? "One file at a time." : "Choose a file that is not empty.";
        return 0;
    }
    s->name = utf8_first(uploads->name, FORM_MAX);
    s->bytes = uploads->bytes;
    s->wrong = exchange_look(rq, t, uploads->path, &s->plan);
    if (s->wrong || file_keep(rq, uploads, s))
        return 0;
    return refuse(rq, 503, "The file could not be stored. Try again later.");
}

static int imports_create(struct req *rq)
{
    const struct sent *s = rq->prepared;
    const struct record_type *t = type_here(rq);
    if (!t)
        return not_found(rq);
    if (s->wrong)
        return rq->face == FACE_JSON ? refuse(rq, 422, s->wrong)
                                     : imports_answer_list(rq, t, s->wrong);
    int64_t id = exchange_put(
        rq, t, &(struct exchange_file){.name = s->name, .file = s->file, .bytes = s->bytes},
        &s->plan);
    struct import_page *v = arena_make(rq->arena, struct import_page);
    v->type = t;
    v->plan = s->plan;
    if (!exchange_file_read(rq->db, rq->arena, id, &v->file))
        return refuse(rq, 500, NULL);
    struct answer page = import_answer_page(rq, v);
    return answer_created(rq, import_path(rq, t, id), &page);
}

/* ---- looking ---- */

static int imports_index(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    return t ? imports_answer_list(rq, t, NULL) : not_found(rq);
}

static int imports_show(struct req *rq)
{
    struct import_page *v = page_here(rq);
    if (!v)
        return not_found(rq);
    struct answer page = import_answer_page(rq, v);
    return answer(rq, &page);
}

/* ---- the plan ---- */

static bool same_dialect(const struct csv_dialect *a, const struct csv_dialect *b)
{
    return a->encoding == b->encoding && a->header == b->header &&
           (a->separator ? a->separator : ',') == (b->separator ? b->separator : ',');
}

/* Reads the file anew where it is to be read otherwise; before the transaction that keeps it. */
static int imports_replan(struct req *rq)
{
    struct import_page *v = page_here(rq);
    struct sent *s = arena_make(rq->arena, struct sent);
    rq->prepared = s;
    if (!v)
        return not_found(rq);
    s->plan = v->plan;
    size_t n;
    const struct param *fields = req_fields(rq, &n);
    plan_choose_dialect(&(struct chosen){fields, n}, &s->plan.dialect);
    if (v->plan.cards || same_dialect(&s->plan.dialect, &v->plan.dialect))
        return 0;
    s->plan.order = DATE_UNKNOWN;
    s->plan.decimal = 0;
    s->wrong = plan_read(rq, v->type, exchange_path(rq->app, rq->arena, v->file.file).p, &s->plan);
    s->bytes = 1; /* was read */
    return 0;
}

static int imports_update(struct req *rq)
{
    struct form form;
    size_t n;
    const struct param *fields = req_fields(rq, &n);
    const struct sent *s = rq->prepared;
    struct import_page *v = page_here(rq);
    if (!v)
        return not_found(rq);
    bool open = str_is(v->file.state, "new") || str_is(v->file.state, "tried");
    if (!open && !(str_is(v->file.state, "failed") && !v->file.rows)) /* RULE 3 */
        return refuse(rq, 409, "It runs already, or has.");
    v->plan = s->plan;
    v->wrong = form_read(rq, plan_rules, &form) ? s->wrong : form_why(&form);
    if (!v->wrong)
        v->wrong = plan_choose(rq, v->type, &(struct chosen){fields, n}, !s->bytes, &v->plan);
    if (v->wrong)
        return import_answer_wrong(rq, v);
    db_exec(rq->db,
            "UPDATE exchanges SET plan = ?2, state = ?3, report = '', why = '' WHERE id = ?1",
            I(v->file.id), T(plan_text(rq->arena, &v->plan)), Z(s->bytes ? "new" : "trying"));
    if (!s->bytes)
        exchange_job_put(rq->db, rq->arena, EXCHANGE_TRY, v->file.id, rq->viewer.id, 0);
    exchange_file_read(rq->db, rq->arena, v->file.id, &v->file);
    struct answer page = import_answer_page(rq, v);
    return answer_updated(rq, import_path(rq, v->type, v->file.id), &page);
}

/* ---- doing, and taking back ---- */

static int begin(struct req *rq, const char *from, const char *also, const char *to,
                 const char *kind, const char *why)
{
    struct import_page *v = page_here(rq);
    if (!v)
        return not_found(rq);
    if (!str_is(v->file.state, from) && !(also && str_is(v->file.state, also)))
        return refuse(rq, 409, why);
    db_exec(rq->db, "UPDATE exchanges SET state = ?2, why = '' WHERE id = ?1", I(v->file.id),
            Z(to));
    exchange_job_put(rq->db, rq->arena, kind, v->file.id, v->file.person_id, 0);
    exchange_file_read(rq->db, rq->arena, v->file.id, &v->file);
    struct answer page = import_answer_page(rq, v);
    return answer_updated(rq, import_path(rq, v->type, v->file.id), &page);
}

static int import_runs_create(struct req *rq) /* RULES 2 and 3 */
{
    return begin(rq, "tried", NULL, "running", EXCHANGE_RUN,
                 "Try it first: then you see what it would do.");
}

static int import_undos_create(struct req *rq)
{
    return begin(rq, "done", "failed", "undoing", EXCHANGE_UNDO,
                 "There is nothing to take back, or it is being taken back.");
}

/* RULE 5: the file, which nothing names any more, goes with the sweep. */
static int imports_destroy(struct req *rq)
{
    struct import_page *v = page_here(rq);
    if (!v)
        return not_found(rq);
    if (str_is(v->file.state, "trying") || str_is(v->file.state, "running") ||
        str_is(v->file.state, "undoing"))
        return refuse(rq, 409, "It is at work. Wait until it has ended.");
    db_exec(rq->db, "DELETE FROM exchange_rejects WHERE exchange_id = ?1", I(v->file.id));
    db_exec(rq->db, "DELETE FROM exchange_records WHERE exchange_id = ?1", I(v->file.id));
    db_exec(rq->db, "DELETE FROM exchanges WHERE id = ?1", I(v->file.id));
    flash(rq, "The import is forgotten. What it did stays as it is.");
    if (rq->face == FACE_JSON)
        return imports_answer_list(rq, v->type, NULL);
    return redirect(rq, "/%s/imports", v->type->plural);
}

/* ---- rejected rows ---- */

static int rejects_csv(struct req *rq, const struct import_page *v, const struct reject *rejects,
                       size_t n)
{
    out_clear(&rq->out);
    rejects_write(&rq->out, rq->arena, &v->plan, rejects, n, true);
    rq->content_type = S("text/csv; charset=utf-8");
    res_header(rq, "Content-Disposition",
               str_fmt(rq->arena, "attachment; filename=\"%s-rejected.csv\"", v->type->plural));
    return rq->status = 200;
}

static int import_rejects_index(struct req *rq)
{
    struct import_page *v = page_here(rq);
    int64_t after = 0;
    (void)str_int(req_query(rq, "after"), &after);
    if (!v)
        return not_found(rq);
    size_t n;
    const struct reject *rejects = rejects_read(rq, v->file.id, after, &n);
    if (rq->face == FACE_CSV)
        return rejects_csv(rq, v, rejects, n);
    return rejects_answer_list(rq, v, rejects, n);
}
