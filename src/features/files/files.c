/* files.c: uploading files, and giving them back.
 *
 * Uses    record/files.h, which owns the tables
 * RULES
 *   1. Only members upload; each file has its limit, and each person one for 24 hours.
 *   2. A file is sent as an attachment, whatever it is; only pictures that were made anew here are
 *      shown. No answer can run a script, and none is guessed to be another type.
 *   3. A file that the viewer may not see answers 404, as one that is not there.
 *   4. Answers carry the hash as ETag and may be kept by the browser for good; Range is heeded.
 *   5. Without a script /files/new takes the same files, and shows what to write into a text.
 *   6. The doctor is told of each file that is missing, damaged or left over.
 */
#include "features/files/files.h"

#include <stdatomic.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "db/store.h"
#include "http/app.h"
#include "http/feature.h"
#include "record/form.h"
#include "record/picture.h"
#include "view/answer.h"
#include "view/html.h"
#include "views/files/new.h"

enum { SHOWN = 20 };

static int files_new(struct req *rq);
static int files_show(struct req *rq);
static int files_create(struct req *rq);
static int files_admit(struct req *rq);
static int files_prepare(struct req *rq);
static void files_start(struct app *app);
static void files_examine(struct app *app, struct db *db,
                          void (*say)(void *ctx, const char *what, int64_t id), void *ctx);
static void sweep_if_due(struct req *rq);

static const struct part stored_parts[] = {
    PART_TITLE("File"),
    ROW_HERE(stored, struct stored_view, s),
    PART(TEXT, "path", struct stored_view, path),
    PART(TEXT, "markdown", struct stored_view, markdown),
    {0},
};
static const struct part files_answer[] = {
    PART_LIST("data", struct files_page, rows, n, stored_parts), {0}};

static const struct form_rule name_query[] = {{"name", "the file's name, when it is the body"},
                                              {0}};
static const struct form_rule width_query[] = {
    {"w", "a picture as wide as that, if there is one", .whole = true}, {0}};

static const struct route routes[] = {
    {GET, "/files/new", files_new, MEMBER, .flags = ROUTE_UNFED, .answers = files_answer,
     .help = "choose files to upload, and one's latest ones"},
    {GET, "/files/:id/:name", files_show, ANYONE, .query = width_query,
     .help = "a file; `w`: a picture as wide as that"},
    {POST, "/files", files_create, MEMBER, .rate = PER_HOUR(240),
     .flags = ROUTE_ASIDE | ROUTE_CREATES, .upload = files_admit, .prepare = files_prepare,
     .query = name_query, .answers = files_answer,
     .help = "upload files: multipart/form-data, or one file as the body and its `name` in the "
             "query"},
    {0},
};

const struct feature files_feature = {
    .name = "files", .routes = routes, .start = files_start, .examine = files_examine};

/* ---- in ---- */

static int64_t day_limit(const struct app *app)
{
    return app_upload_day_mb(app) * 1024 * 1024;
}

static int too_much(struct req *rq)
{
    res_header(rq, "Retry-After", S("3600"));
    return refuse(rq, 429, "You have uploaded as much as one may in a day. Come back tomorrow.");
}

static bool within_day(struct req *rq, int64_t more)
{
    int64_t sent = files_sent(rq->db, rq->viewer.id, rq->now - CLOCK_DAY);
    return sent + more <= day_limit(rq->app);
}

static int files_admit(struct req *rq)
{
    int64_t more = req_length(rq);
    return within_day(rq, more > 0 ? more : 0) ? 0 : too_much(rq);
}

static int files_prepare(struct req *rq)
{
    size_t n;
    const struct upload *uploads = req_uploads(rq, &n);
    struct file *files = arena_array(rq->arena, struct file, n);
    rq->prepared = files;
    if (!n)
        return refuse(rq, 422, "Choose a file first.");
    for (size_t i = 0; i < n; i++)
        if (!uploads[i].bytes)
            return refuse(rq, 422, "A file is empty.");
    for (size_t i = 0; i < n; i++)
        if (!file_seal(rq, &uploads[i], &files[i]))
            return refuse(rq, 503, "The file could not be stored. Try again later.");
    return 0;
}

/* ---- what is shown ---- */

static struct stored_view *row_read(struct req *rq, struct rows *q)
{
    struct stored_view *v = arena_make(rq->arena, struct stored_view);
    stored_decode(&v->s, q, 0, rq->arena);
    return v;
}

static void row_finish(struct req *rq, struct stored_view *v)
{
    struct arena *a = rq->arena;
    struct str size = file_size_words(a, v->s.bytes);
    v->path = file_url(a, &v->s);
    v->markdown = file_markdown(a, &v->s);
    v->about = v->s.width ? str_fmt(a, "%lld \303\227 %lld, " STR_FMT, (long long)v->s.width,
                                    (long long)v->s.height, STR_ARG(size))
                          : size;
}

#define UPLOADS                                                                                    \
    "SELECT " ROW_COLUMNS(UPLOAD_ROW) " FROM uploads u JOIN files f ON f.id = u.file_id"           \
                                      " WHERE u.person_id = ?1 AND u.id >= ?2"

/* The latest ones first; those that were just sent (from the first of them), as they were sent. */
static struct files_page *page_of(struct req *rq, int64_t from)
{
    struct files_page *page = arena_make(rq->arena, struct files_page);
    struct stored_view *rows = arena_array(rq->arena, struct stored_view, SHOWN);
    const char *sql = from ? UPLOADS " ORDER BY u.id LIMIT ?3"
                           : UPLOADS " ORDER BY u.created_at DESC, u.id DESC LIMIT ?3";
    struct rows q = db_query(rq->db, sql, I(rq->viewer.id), I(from), I(SHOWN));
    while (page->n < SHOWN && db_next(&q))
        rows[page->n++] = *row_read(rq, &q);
    db_done(&q);
    for (size_t i = 0; i < page->n; i++)
        row_finish(rq, &rows[i]);
    page->rows = rows;
    page->max_mb = app_upload_max_mb(rq->app);
    return page;
}

static int files_new(struct req *rq)
{
    return answer(rq, &(struct answer){.title = S("Add files"),
                                       .page = files_new_view,
                                       .width = PAGE_NARROW,
                                       .data = page_of(rq, 0)});
}

static int files_create(struct req *rq)
{
    size_t n;
    const struct upload *uploads = req_uploads(rq, &n);
    const struct file *files = rq->prepared;
    int64_t first = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t id = file_add(rq, &files[i], uploads[i].name);
        if (!id && !db_failed(rq->db)) {
            res_header(rq, "Retry-After", S("1"));
            return refuse(rq, 503, "The file went away meanwhile. Send it again.");
        }
        first = first ? first : id;
    }
    if (!within_day(rq, 0))
        return too_much(rq);
    sweep_if_due(rq);
    return answer_created(rq, S("/files/new"), &(struct answer){.data = page_of(rq, first)});
}

/* ---- out ---- */

/* Both forms of the name: the plain one for old programs. */
static struct str disposition(struct arena *a, bool shown, struct str name)
{
    char *plain = str_cstr(a, name);
    for (char *c = plain; *c; c++)
        if ((unsigned char)*c >= 0x7f || *c < ' ' || strchr("\"\\%;", *c))
            *c = '_';
    return str_fmt(a, "%s; filename=\"%s\"; filename*=UTF-8''" STR_FMT,
                   shown ? "inline" : "attachment", plain, STR_ARG(str_url_encode(a, name)));
}

static int files_show(struct req *rq)
{
    struct stored *s = file_access(rq, req_id(rq, "id"));
    int64_t width = 0;
    if (!s)
        return not_found(rq);
    bool small =
        s->preview_bytes && str_int(req_query(rq, "w"), &width) && width <= s->preview_width;
    struct str hash = small ? s->preview : s->hash;
    struct file_answer f = {
        .path = file_path(rq->app, rq->arena, hash),
        .bytes = small ? s->preview_bytes : s->bytes,
        .type = s->type,
        .etag = str_hex(rq->arena, hash.p, hash.n),
        .disposition = disposition(rq->arena, s->width > 0, s->name),
        .cache = S("private, max-age=31536000, immutable"),
        .policy = S("default-src 'none'; sandbox"),
    };
    res_header(rq, "Cross-Origin-Resource-Policy", S("same-origin"));
    if (!answer_file(rq, &f))
        return refuse(rq, 500, "The file cannot be read.");
    return rq->status;
}

/* ---- the sweep ---- */

static struct {
    struct store_job job;
    struct app *app;
    _Atomic int64_t last; /* when it began; 0: this program does not serve */
    int64_t now;
} sweep;

static bool sweep_run(struct store_job *job, struct db *db)
{
    (void)job, (void)db;
    files_sweep(sweep.app, sweep.now);
    return true;
}

static void sweep_done(struct store_job *job, enum db_failure failure)
{
    (void)job, (void)failure; /* the next one tries again */
}

static void sweep_begin(struct app *app, int64_t now)
{
    sweep.job = (struct store_job){.run = sweep_run, .done = sweep_done};
    sweep.app = app;
    sweep.now = now;
    store_submit(app->store, STORE_FILES, &sweep.job);
}

static void sweep_if_due(struct req *rq)
{
    int64_t last = sweep.last;
    if (last && rq->now - last > CLOCK_DAY &&
        atomic_compare_exchange_strong(&sweep.last, &last, rq->now))
        sweep_begin(rq->app, rq->now);
}

/* One server alone has an SQLite hub; of others on PostgreSQL uploads may be on their way. */
static void files_start(struct app *app)
{
    if (!picture_possible())
        log_warn(
            "no vipsthumbnail (Debian: libvips-tools): pictures are kept as they come, unshown");
    bool alone = store_engine(app->store) == DB_SQLITE;
    app_clean_uploads(app, alone ? 0 : CLOCK_HOUR / CLOCK_SECOND);
    sweep.last = clock_now();
    sweep_begin(app, sweep.last);
}

/* ---- the doctor ---- */

struct examination {
    void (*say)(void *ctx, const char *what, int64_t id);
    void *ctx;
};

static void examine_say(void *ctx, const struct files_finding *f)
{
    const struct examination *e = ctx;
    char what[APP_FILES_PATH + 200];
    snprintf(what, sizeof what, "%s (" STR_FMT ")", f->what, STR_ARG(f->path));
    e->say(e->ctx, what, f->id);
}

static void files_examine(struct app *app, struct db *db,
                          void (*say)(void *ctx, const char *what, int64_t id), void *ctx)
{
    struct examination e = {say, ctx};
    files_check(app, db, true, examine_say, &e);
}
