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
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/log.h"
#include "core/rand.h"
#include "features/exchanges/page.h"
#include "http/app.h"
#include "record/tags.h"
#include "text/phone.h"

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
     .prepare = imports_replan, .answers = import_answer,
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
    .name = "exchanges", .routes = routes, .jobs = exchange_jobs};

/* ---- who ---- */

/* RULE 1. */
static bool may_import(const struct record_type *t, const struct viewer *viewer)
{
    enum role least = t->maker == OWNER           ? ROLE_OWNER
                      : t->maker == ADMINISTRATOR ? ROLE_ADMINISTRATOR
                                                  : ROLE_STAFF;
    return viewer->id && type_made(t, viewer, viewer->role >= least);
}

static const struct record_type *type_here(struct req *rq)
{
    struct str path = str_from(rq->path, 1), plural = S("");
    str_split(&path, '/', &plural);
    const struct record_type *t = catalog_plural(rq->db, plural);
    return t && may_import(t, &rq->viewer) ? t : NULL;
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

/* Under a name of its own in the folder of files. False: the disk refused. */
static bool file_keep(struct req *rq, const struct upload *u, struct sent *s)
{
    struct str folder = str_fmt(rq->arena, "%s/exchanges", rq->app->files);
    s->file = rand_hex(rq->arena, 16);
    bool done = (mkdir(folder.p, 0700) == 0 || errno == EEXIST) &&
                rename(u->path, exchange_path(rq->app, rq->arena, s->file).p) == 0;
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
    s->plan = (struct plan){.keys = S(""), .country = S(""), .tags = S("")};
    s->wrong = source_made_text(uploads->path);
    if (s->wrong)
        return 0;
    if (!source_sniff(uploads->path, &s->plan.cards, &s->plan.dialect))
        s->wrong = "The file cannot be read.";
    else
        s->wrong = plan_read(rq, t, uploads->path, &s->plan);
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
    int64_t id = db_insert(rq->db,
                           "INSERT INTO exchanges (type, person_id, name, file, bytes, state, plan,"
                           " made_at) VALUES (?1, ?2, ?3, ?4, ?5, 'new', ?6, ?7)",
                           Z(t->name), I(rq->viewer.id), T(s->name), T(s->file), I(s->bytes),
                           T(plan_text(rq->arena, &s->plan)), I(rq->now));
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

static bool chosen(struct req *rq, const char *name)
{
    struct str value = req_field(rq, name);
    return str_eq(value, S("1")) || str_eq(value, S("true")) || str_eq(value, S("yes")) ||
           str_eq(value, S("on"));
}

static void dialect_take(struct req *rq, struct csv_dialect *d)
{
    struct str encoding = req_field(rq, "encoding"), separator = req_field(rq, "separator");
    for (int i = CSV_UTF8; i <= CSV_WINDOWS_1252; i++)
        if (str_is(encoding, csv_encoding_name((enum csv_encoding)i)))
            d->encoding = (enum csv_encoding)i;
    if (str_is(separator, "tab"))
        d->separator = '\t';
    else if (separator.n == 1 && strchr(",;|:", separator.p[0]))
        d->separator = separator.p[0];
    if (req_has_field(rq, "header"))
        d->header = chosen(rq, "header") || str_is(req_field(rq, "header"), "first");
}

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
    dialect_take(rq, &s->plan.dialect);
    if (v->plan.cards || same_dialect(&s->plan.dialect, &v->plan.dialect))
        return 0;
    s->plan.order = DATE_UNKNOWN;
    s->plan.decimal = 0;
    s->wrong = plan_read(rq, v->type, exchange_path(rq->app, rq->arena, v->file.file).p, &s->plan);
    s->bytes = 1; /* was read */
    return 0;
}

/* NULL, or a sentence. */
static const char *columns_take(struct req *rq, const struct record_type *t, struct plan *plan)
{
    for (size_t c = 0; c < plan->columns_n; c++) {
        const char *name = str_fmt(rq->arena, "map.%zu", c).p;
        struct str to = req_field(rq, name), part;
        if (!req_has_field(rq, name))
            continue;
        const struct record_field *f = plan_field(t, to, &part);
        if (to.n && !str_is(to, PLAN_NUMBER) && (!f || !exchange_takes(f, &rq->viewer)))
            return "There is no such field to import into.";
        plan->columns[c].guessed = plan->columns[c].guessed && str_eq(plan->columns[c].to, to);
        plan->columns[c].to = to;
    }
    return NULL;
}

static void keys_take(struct req *rq, const struct record_type *t, struct plan *plan)
{
    size_t n;
    const struct param *fields = req_fields(rq, &n);
    struct out o;
    bool given = req_has_field(rq, "keys_shown"); /* a form may have none checked */
    out_init(&o, 1 << 16);
    for (size_t i = 0; i < n; i++) {
        struct str rest = fields[i].value, name;
        if (!str_is(fields[i].name, "keys"))
            continue;
        given = true;
        while (str_split(&rest, ',', &name)) {
            const struct record_field *f = type_field_str(t, name);
            if (f && exchange_matches(f))
                out_fmt(&o, "%s%s", o.n ? "," : "", f->name);
        }
    }
    struct str keys = out_take(&o, rq->arena);
    if (given)
        plan->keys = keys;
}

static const char *owner_take(struct req *rq, struct plan *plan)
{
    struct str text = str_trim(req_field(rq, "owner"));
    static const struct record_field owner = {"owner", "", KIND_PERSON, .result = KIND_PERSON};
    struct exchange none = {.type = NULL};
    struct value v;
    struct str missing;
    if (!req_has_field(rq, "owner"))
        return NULL;
    plan->owner_id = 0;
    if (!text.n)
        return NULL;
    const char *why = exchange_cell(rq, &none, &owner, text, &v, &missing);
    if (why || v.none || !record_access_type(rq, v.i, "person", RIGHT_READ))
        return "There is no one person of that name to look after them.";
    plan->owner_id = v.i;
    return NULL;
}

static const char *space_take(struct req *rq, const struct record_type *t, struct plan *plan)
{
    int64_t id = 0;
    if (!t->spaced || (plan->space_id && !req_has_field(rq, "space")))
        return NULL;
    struct record *space = str_int(req_field(rq, "space"), &id)
                               ? record_access_type(rq, id, "space", RIGHT_REPLY)
                               : NULL;
    if (!space)
        return "Choose a space that you may write in.";
    plan->space_id = space->id;
    return NULL;
}

static const char *rest_take(struct req *rq, const struct record_type *t, struct plan *plan)
{
    static const char *const orders[] = {
        [DATE_UNKNOWN] = "", [DATE_DAY_FIRST] = "day", [DATE_MONTH_FIRST] = "month"};
    struct str matched = req_field(rq, "matched"), order = req_field(rq, "order");
    struct str decimal = req_field(rq, "decimal"), country = str_trim(req_field(rq, "country"));
    for (int i = 0; plan_matched[i]; i++)
        if (str_is(matched, plan_matched[i]))
            plan->matched = (enum exchange_matched)i;
    for (int i = 0; req_has_field(rq, "order") && i <= DATE_MONTH_FIRST; i++)
        if (str_is(order, orders[i]))
            plan->order = (enum date_order)i;
    if (req_has_field(rq, "decimal"))
        plan->decimal = decimal.n == 1 && strchr(".,", decimal.p[0]) ? decimal.p[0] : '\0';
    if (req_has_field(rq, "country")) {
        char upper[2] = {0};
        for (size_t i = 0; i < 2 && i < country.n; i++)
            upper[i] = (char)(country.p[i] & ~32);
        plan->country = str_dup(rq->arena, str_make(upper, country.n == 2 ? 2 : 0));
        if (country.n && !phone_country_code(str_cstr(rq->arena, plan->country)))
            return "The country of phone numbers is two letters, such as DE.";
    }
    if (req_has_field(rq, "missing"))
        plan->make_missing = chosen(rq, "missing");
    if (req_has_field(rq, "lenient"))
        plan->lenient = chosen(rq, "lenient");
    if (req_has_field(rq, "tags"))
        plan->tags = tags_clean(rq->arena, req_field(rq, "tags"), RECORD_TAGS_MAX);
    const char *why = owner_take(rq, plan);
    return why ? why : space_take(rq, t, plan);
}

static bool any_mapped(const struct plan *plan)
{
    for (size_t c = 0; c < plan->columns_n; c++)
        if (plan->columns[c].to.n)
            return true;
    return false;
}

static int imports_update(struct req *rq)
{
    const struct sent *s = rq->prepared;
    struct import_page *v = page_here(rq);
    if (!v)
        return not_found(rq);
    bool open = str_is(v->file.state, "new") || str_is(v->file.state, "tried");
    if (!open && !(str_is(v->file.state, "failed") && !v->file.rows)) /* RULE 3 */
        return refuse(rq, 409, "It runs already, or has.");
    v->plan = s->plan;
    v->wrong = s->wrong;
    if (!s->bytes && !v->wrong)
        v->wrong = columns_take(rq, v->type, &v->plan);
    if (!s->bytes)
        keys_take(rq, v->type, &v->plan);
    if (!v->wrong)
        v->wrong = rest_take(rq, v->type, &v->plan);
    if (!s->bytes && !v->wrong && !any_mapped(&v->plan))
        v->wrong = "No column goes anywhere: choose a field for at least one.";
    if (v->wrong)
        return import_answer_wrong(rq, v);
    db_exec(rq->db,
            "UPDATE exchanges SET plan = ?2, state = ?3, report = '', why = '' WHERE id = ?1",
            I(v->file.id), T(plan_text(rq->arena, &v->plan)), Z(s->bytes ? "new" : "trying"));
    if (!s->bytes)
        exchange_job_put(rq->db, rq->arena, EXCHANGE_TRY, v->file.id, rq->viewer.id);
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
    exchange_job_put(rq->db, rq->arena, kind, v->file.id, v->file.person_id);
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

static size_t cells_load(struct arena *a, struct str text, struct str *cells, size_t max)
{
    json_t *list = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
    size_t n = json_array_size(list) < max ? json_array_size(list) : max;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        cells[i] = str_dup(a, str_make(json_string_value(one), json_string_length(one)));
    }
    json_decref(list);
    return n;
}

/* RULE 4. */
static int rejects_csv(struct req *rq, const struct import_page *v, const struct reject *rejects,
                       size_t n)
{
    const struct csv_writer w = {.o = &rq->out, .guard = true};
    struct str *cells = arena_array(rq->arena, struct str, SOURCE_COLUMNS + 2);
    size_t columns = v->plan.columns_n;
    out_clear(&rq->out);
    for (size_t c = 0; c < columns; c++)
        cells[c] = v->plan.columns[c].name;
    cells[columns] = S("Row");
    cells[columns + 1] = S("Why");
    csv_write_row(&w, cells, columns + 2);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < columns; c++)
            cells[c] = S("");
        cells_load(rq->arena, rejects[i].cells, cells, columns);
        cells[columns] = str_of_id(rq->arena, S(""), rejects[i].row);
        cells[columns + 1] = rejects[i].why;
        csv_write_row(&w, cells, columns + 2);
    }
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
