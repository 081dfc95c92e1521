/* imports_page.c: administrators bring a community in, see how far it is, and take it back.
 *
 * RULES
 *   1. Only a folder right inside of the import folder is read, whatever name is sent.
 *   2. Importing and undoing are jobs: the page shows them, and an import is never begun twice.
 *   3. An uploaded dump is such a job, too; archives.h says what becomes of it.
 */
#include "features/imports/imports_page.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "features/imports/archives.h"
#include "features/imports/imports.h"
#include "http/app.h"
#include "view/answer.h"
#include "views/imports/index.h"

enum { SHOWN = 100, FOLDERS = 100, JOBS_SHOWN = 10 };

static int imports_index(struct req *rq);
static int imports_create(struct req *rq);
static int imports_destroy(struct req *rq);
static int archives_admit(struct req *rq);
static int archives_create(struct req *rq);

static const struct form_rule rules[] = {
    {"folder", .label = "Folder", .required = true},
    {"space", .label = "Space", .required = true, .max = 80},
    {"site", .label = "Site", .max = 250},
    {0},
};

static const struct form_rule upload_rules[] = {
    {"file", .label = "Files"},
    {"space", .label = "Space", .required = true, .max = 80},
    {"site", .label = "Site", .max = 100},
    {0},
};

static const struct form_rule upload_query[] = {
    {"name", .label = "the file's name, when it is the body"},
    {"space", .label = "into which space, when the file is the body"},
    {"site", .label = "of which site it is; else the archive is named after it"},
    {0},
};

static const struct part import_parts[] = {PART_TITLE("Import"), ROW_ALL(import), {0}};
static const struct part job_parts[] = {PART_TITLE("ImportJob"), ROW_ALL(import_job), {0}};
static const struct part folder_parts[] = {
    PART_TITLE("ImportFolder"), PART(TEXT, "name", struct option, value), {0}};
static const struct part imports_answer[] = {
    PART_LIST("data", struct imports_page, imports, n, import_parts),
    PART_LIST("jobs", struct imports_page, jobs, jobs_n, job_parts),
    PART_LIST("folders", struct imports_page, folders, folders_n, folder_parts),
    {0},
};

const struct route import_routes[] = {
    {GET, "/imports", imports_index, ADMINISTRATOR, .flags = ROUTE_UNFED, .answers = imports_answer,
     .help = "the imports of this hub, and those that run"},
    {POST, "/imports", imports_create, ADMINISTRATOR, .rate = PER_HOUR(60), .flags = ROUTE_CREATES,
     .form = rules, .answers = imports_answer,
     .help = "bring in `folder` of the import folder into `space`, as a job"},
    {POST, "/imports/archives", archives_create, ADMINISTRATOR, .rate = PER_HOUR(60),
     .flags = ROUTE_CREATES, .upload = archives_admit, .prepare = archives_prepare,
     .query = upload_query, .answers = imports_answer,
     .help = "bring in an archive, or the XML files of a dump: multipart/form-data with `space`, "
             "`site` and files, or one file as the body"},
    {DELETE, "/imports/:id", imports_destroy, ADMINISTRATOR, .answers = imports_answer,
     .help = "take away all that an import made, as a job"},
    {0},
};

/* ---- the folders ---- */

static struct str imports_folder(struct req *rq)
{
    const struct app_options *o = &rq->app->options;
    char real[PATH_MAX];
    const char *path = o->import_dir;
    if (!path && o->store.db.data)
        path = str_fmt(rq->arena, "%s/imports", o->store.db.data).p;
    return path && realpath(path, real) ? str_dup(rq->arena, str_of(real)) : S("");
}

/* RULE 1: letters, digits and "._-", and not a link to elsewhere. */
static bool folder_fits(struct req *rq, struct str in, struct str name)
{
    struct stat st;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-' || (c == '.' && i > 0);
        if (!fine)
            return false;
    }
    if (!in.n || !name.n || name.n > 100)
        return false;
    struct str path = str_fmt(rq->arena, STR_FMT "/" STR_FMT, STR_ARG(in), STR_ARG(name));
    return lstat(path.p, &st) == 0 && S_ISDIR(st.st_mode);
}

static int option_before(const void *a, const void *b)
{
    const struct option *x = a, *y = b;
    return str_cmp(x->value, y->value);
}

static void folders_read(struct req *rq, struct imports_page *v)
{
    struct option *folders = arena_array(rq->arena, struct option, FOLDERS);
    v->folder = imports_folder(rq);
    DIR *dir = v->folder.n ? opendir(v->folder.p) : NULL;
    for (struct dirent *e; dir && v->folders_n < FOLDERS && (e = readdir(dir));) {
        struct str name = str_of(e->d_name);
        if (!folder_fits(rq, v->folder, name))
            continue;
        name = str_dup(rq->arena, name);
        folders[v->folders_n++] = (struct option){.value = name, .label = name};
    }
    if (dir)
        closedir(dir);
    qsort(folders, v->folders_n, sizeof *folders, option_before);
    v->folders = folders;
}

/* ---- the page ---- */

static void jobs_read(struct req *rq, struct imports_page *v)
{
    struct import_job *jobs = arena_array(rq->arena, struct import_job, JOBS_SHOWN);
    struct rows q = db_query(
        rq->db,
        "SELECT " ROW_COLUMNS(
            IMPORT_JOB_ROW) " FROM jobs j WHERE j.state IN"
                            " ('waiting', 'running', 'failed', 'cancelled') AND j.kind IN"
                            " ('import-stackexchange', 'import-undo') ORDER BY j.id DESC LIMIT ?1",
        I(JOBS_SHOWN));
    while (v->jobs_n < JOBS_SHOWN && db_next(&q)) {
        struct import_job *job = &jobs[v->jobs_n++];
        import_job_decode(job, &q, 0, rq->arena);
        v->live = v->live || str_is(job->state, "waiting") || str_is(job->state, "running");
    }
    db_done(&q);
    v->jobs = jobs;
}

static struct imports_page *page_read(struct req *rq)
{
    struct imports_page *v = arena_make(rq->arena, struct imports_page);
    struct import *imports = arena_array(rq->arena, struct import, SHOWN);
    form_init(rules, &v->form);
    form_init(upload_rules, &v->upload);
    v->upload_max_mb = app_upload_max_mb(rq->app);
    v->unpacks = archives_possible();
    folders_read(rq, v);
    jobs_read(rq, v);
    struct rows q = db_query(
        rq->db,
        "SELECT " ROW_COLUMNS(IMPORT_ROW) " FROM imports i LEFT JOIN spaces s"
                                          " ON s.id = i.space_id ORDER BY i.id DESC LIMIT ?1",
        I(SHOWN));
    while (v->n < SHOWN && db_next(&q))
        import_decode(&imports[v->n++], &q, 0, rq->arena);
    db_done(&q);
    v->imports = imports;
    return v;
}

static struct answer page_answer(struct req *rq, struct imports_page **v)
{
    *v = page_read(rq);
    return (struct answer){.title = S("Imports"),
                           .page = imports_index_view,
                           .width = PAGE_NARROW,
                           .section = "/imports",
                           .data = *v};
}

static int imports_index(struct req *rq)
{
    struct imports_page *v;
    struct answer page = page_answer(rq, &v);
    return answer(rq, &page);
}

/* ---- changes ---- */

static int imports_create(struct req *rq)
{
    struct imports_page *v;
    struct answer page = page_answer(rq, &v);
    bool ok = form_read(rq, rules, &v->form);
    struct str folder = form_get(&v->form, "folder");
    if (ok && !folder_fits(rq, v->folder, folder))
        form_fail(&v->form, "folder", "There is no such folder in the import folder.");
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct import_order order = {
        .folder = str_fmt(rq->arena, STR_FMT "/" STR_FMT, STR_ARG(v->folder), STR_ARG(folder)),
        .space = form_get(&v->form, "space"),
        .site = form_get(&v->form, "site"),
        .person_id = rq->viewer.id};
    import_put(rq->db, rq->arena, &order);
    flash(rq, "The import begins.");
    page = page_answer(rq, &v);
    return answer_created(rq, S("/imports"), &page);
}

/* Each is at most as large as the hub lets a file be, and gone when it is in. */
static int archives_admit(struct req *rq)
{
    (void)rq;
    return 0;
}

static int archives_create(struct req *rq)
{
    const struct received *r = rq->prepared;
    struct imports_page *v;
    struct answer page = page_answer(rq, &v);
    form_set(&v->upload, "space", r->space);
    form_set(&v->upload, "site", r->site);
    if (r->wrong)
        form_fail(&v->upload, "file", r->wrong);
    if (r->space_wrong)
        form_fail(&v->upload, "space", r->space_wrong);
    if (!v->upload.ok)
        return form_answer(rq, &v->upload, &page);
    struct import_order order = {
        .folder = r->folder, .space = r->space, .site = r->site, .person_id = rq->viewer.id};
    import_put(rq->db, rq->arena, &order);
    flash(rq, "The import begins.");
    page = page_answer(rq, &v);
    return answer_created(rq, S("/imports"), &page);
}

static int imports_destroy(struct req *rq)
{
    int64_t id = req_id(rq, "id");
    if (!db_get_int(rq->db, 0, "SELECT id FROM imports WHERE id = ?1", I(id)))
        return not_found(rq);
    import_undo_put(rq->db, rq->arena, id, rq->viewer.id, 0);
    flash(rq, "The undoing begins.");
    struct imports_page *v;
    struct answer page = page_answer(rq, &v);
    return answer_updated(rq, S("/imports"), &page);
}
