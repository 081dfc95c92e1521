/* archives.c: see archives.h.
 *
 * WHY a tool and not libarchive itself: readers of some twenty formats, fed by strangers, would
 * stand in the server's own memory. In its cage the tool can give wrong bytes, and nothing else.
 * WHY it runs once for each file: it is then told by us which one, and writes to one descriptor.
 */
#include "features/imports/archives.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cage.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/rand.h"
#include "http/app.h"
#include "record/form.h"

enum { SECONDS = 3600, SITE_MAX = 100, SWEEP_AGE_S = 86400 };

#define MEMORY (1 << 30)
#define FILE_MAX_BYTES (INT64_C(64) << 30)

static const char *const names[] = {"Posts", "Users",     "Comments",    "Votes",
                                    "Tags",  "PostLinks", "PostHistory", "Badges"};
enum { NAMES = sizeof names / sizeof *names };

bool archives_possible(void)
{
    return access(APP_ARCHIVE_TOOL, X_OK) == 0;
}

/* ---- receiving ---- */

/* "Posts.xml" in any case: the place in names; -1: none of them. */
static int xml_place(struct str name)
{
    for (int i = 0; i < NAMES; i++) {
        size_t n = strlen(names[i]);
        if (name.n == n + 4 && str_eq_nocase(str_first(name, n), str_of(names[i])) &&
            str_eq_nocase(str_from(name, n), S(".xml")))
            return i;
    }
    return -1;
}

/* What stands before an archive's ending; empty: it is none. */
static struct str archive_stem(struct str name)
{
    static const char *const ends[] = {".7z",     ".zip", ".tar",     ".tar.gz", ".tgz",
                                       ".tar.xz", ".txz", ".tar.bz2", ".tar.zst"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        if (name.n > n && str_eq_nocase(str_from(name, name.n - n), str_of(ends[i])))
            return str_first(name, name.n - n);
    }
    return S("");
}

static bool site_fits(struct str site)
{
    bool fine = site.n > 0 && site.n <= SITE_MAX && site.p[0] != '.';
    for (size_t i = 0; fine && i < site.n; i++) {
        char c = site.p[i];
        fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    }
    return fine;
}

/* Which file each upload becomes; NULL, or what is wrong. */
static const char *uploads_sort(const struct upload *uploads, size_t n, const char **becomes,
                                struct str *site)
{
    if (!n)
        return "Choose an archive, or the XML files of a dump.";
    for (size_t i = 0; i < n; i++) {
        int xml = xml_place(uploads[i].name);
        struct str stem = archive_stem(uploads[i].name);
        if (xml >= 0)
            becomes[i] = names[xml];
        else if (!stem.n)
            return "These are neither an archive (.7z, .zip, .tar.gz) nor the XML files of a dump.";
        else if (n > 1)
            return "One archive, or XML files: not both, and not two archives.";
        else if (!archives_possible())
            return "This server cannot unpack archives: send the XML files, or have Debian's"
                   " package libarchive-tools installed.";
        else if (!site->n)
            *site = stem;
        for (size_t k = 0; k < i; k++)
            if (xml >= 0 && becomes[k] == becomes[i])
                return "The same file is there twice.";
    }
    if (!becomes[0])
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (becomes[i] == names[0])
            return NULL;
    return "Posts.xml is missing.";
}

/* Into a new folder; empty: the disk refused. */
static struct str uploads_place(struct req *rq, const struct upload *uploads, size_t n,
                                const char *const *becomes, struct str site)
{
    struct arena *a = rq->arena;
    char all[PATH_MAX];
    const char *imports = str_fmt(a, "%s/imports", rq->app->files).p;
    if ((mkdir(imports, 0700) && errno != EEXIST) || !realpath(imports, all))
        return S("");
    struct str outer = str_fmt(a, "%s/" STR_FMT, all, STR_ARG(rand_hex(a, 16)));
    struct str folder = str_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(outer), STR_ARG(site));
    bool done = mkdir(outer.p, 0700) == 0 && mkdir(folder.p, 0700) == 0;
    for (size_t i = 0; done && i < n; i++) {
        struct str to = becomes[i] ? str_fmt(a, STR_FMT "/%s.xml", STR_ARG(folder), becomes[i])
                                   : str_fmt(a, STR_FMT "/" ARCHIVE_NAME, STR_ARG(folder));
        done = rename(uploads[i].path, to.p) == 0;
    }
    if (!done)
        log_error("an uploaded dump cannot be stored: %s", strerror(errno));
    return done ? folder : S("");
}

/* Of the form, or behind "?" when the file is the body. */
static struct str word(struct req *rq, const char *name)
{
    return str_trim(req_has_field(rq, name) ? req_field(rq, name) : req_query(rq, name));
}

int archives_prepare(struct req *rq) /* RULE 1 */
{
    size_t n;
    const struct upload *uploads = req_uploads(rq, &n);
    struct received *r = arena_make(rq->arena, struct received);
    const char **becomes = arena_array(rq->arena, const char *, n + 1);
    struct str site = word(rq, "site");
    rq->prepared = r;
    r->space = word(rq, "space");
    if (!r->space.n || !utf8_valid(r->space) || utf8_len(r->space) > 80)
        r->space_wrong = "The space has a name of 1 to 80 characters.";
    r->wrong = uploads_sort(uploads, n, becomes, &site);
    r->site = str_lower(rq->arena, site);
    if (!r->wrong && !site_fits(r->site))
        r->wrong = "Say which site it is, such as bicycles.stackexchange.com.";
    if (r->wrong || r->space_wrong)
        return 0;
    r->folder = uploads_place(rq, uploads, n, becomes, r->site);
    return r->folder.n ? 0 : refuse(rq, 503, "The files could not be stored. Try again later.");
}

/* ---- unpacking ---- */

/* The folder of uploads; empty: there is none. */
static struct str uploaded_folder(struct job *job)
{
    char real[PATH_MAX];
    struct str path = str_fmt(job_arena(job), "%s/imports", job_app(job)->files);
    if (!realpath(path.p, real))
        return S("");
    return str_fmt(job_arena(job), "%s/", real);
}

static bool was_uploaded(struct job *job, struct str folder)
{
    struct str in = uploaded_folder(job);
    return in.n && str_starts(folder, in);
}

/* RULE 2. Bytes of the file, 0: the archive has none of that name; -1: it failed. */
static int64_t file_unpack(int dir, int archive, const char *name)
{
    char part[40], whole[40], pattern[60];
    struct stat st = {0};
    snprintf(part, sizeof part, "%s.part", name);
    snprintf(whole, sizeof whole, "%s.xml", name);
    snprintf(pattern, sizeof pattern, "--include=*%s.xml", name);
    int out = openat(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const char *const words[] = {"bsdtar", "-xOf", "-", pattern, NULL};
    static const char *const environment[] = {"LC_ALL=C", NULL};
    struct cage cage = {.program = APP_ARCHIVE_TOOL,
                        .words = words,
                        .environment = environment,
                        .in = archive,
                        .out = out,
                        .seconds = SECONDS,
                        .memory = MEMORY,
                        .output = FILE_MAX_BYTES};
    int code = out >= 0 && lseek(archive, 0, SEEK_SET) == 0 ? cage_run(&cage) : -1;
    bool sized = out >= 0 && fstat(out, &st) == 0;
    if (out >= 0)
        close(out);
    /* The tool ends with 1 when there is no such file, and when the archive is broken. */
    bool good = sized && (code == 0 || (code == 1 && st.st_size == 0));
    if (good && st.st_size > 0)
        good = renameat(dir, part, dir, whole) == 0;
    else
        unlinkat(dir, part, 0);
    return good ? st.st_size : -1;
}

static bool files_unpack(struct job *job, int dir, int archive, bool *stopped, struct str *message)
{
    int64_t posts = 0;
    for (int i = 0; i < NAMES; i++) {
        if (!job_step(job, i, NAMES, str_fmt(job_arena(job), "Unpacking %s.xml", names[i]))) {
            *stopped = true;
            return false;
        }
        int64_t bytes = file_unpack(dir, archive, names[i]);
        posts = i == 0 ? bytes : posts;
        if (bytes < 0) {
            *message = str_fmt(job_arena(job),
                               "The archive is damaged or cannot be read, at %s.xml.", names[i]);
            return false;
        }
    }
    if (posts == 0)
        *message = S("There is no Posts.xml in the archive, or it is damaged.");
    return posts > 0;
}

bool archive_unpack(struct job *job, struct str folder, bool *stopped, struct str *message)
{
    *stopped = false;
    if (!was_uploaded(job, folder))
        return true;
    int dir = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int archive = openat(dir, ARCHIVE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool done = dir >= 0;
    if (!done)
        *message = S("The uploaded files are not there any more.");
    if (archive >= 0) {
        done = files_unpack(job, dir, archive, stopped, message);
        close(archive);
        if (done)
            unlinkat(dir, ARCHIVE_NAME, 0); /* RULE 4: only now */
    }
    if (dir >= 0)
        close(dir);
    return done;
}

/* ---- away with it ---- */

/* NUMBER/, with SITE/ and the files in it. */
static void upload_remove(struct arena *a, struct str outer)
{
    DIR *sites = opendir(outer.p);
    for (struct dirent *s; sites && (s = readdir(sites));) {
        if (s->d_name[0] == '.')
            continue;
        struct str inner = str_fmt(a, STR_FMT "/%s", STR_ARG(outer), s->d_name);
        DIR *files = opendir(inner.p);
        for (struct dirent *f; files && (f = readdir(files));)
            if (strcmp(f->d_name, ".") && strcmp(f->d_name, ".."))
                unlinkat(dirfd(files), f->d_name, 0);
        if (files)
            closedir(files);
        rmdir(inner.p);
    }
    if (sites)
        closedir(sites);
    rmdir(outer.p);
}

void archive_remove(struct job *job, struct str folder)
{
    size_t n = folder.n;
    if (!was_uploaded(job, folder))
        return;
    while (n && folder.p[n - 1] != '/')
        n--;
    upload_remove(job_arena(job), str_dup(job_arena(job), str_first(folder, n - 1)));
}

struct named {
    const char *number;
    bool is;
};

static bool named_read(struct db *db, void *ctx)
{
    struct named *named = ctx;
    char like[80];
    snprintf(like, sizeof like, "%%/imports/%s/%%", named->number);
    named->is = db_get_int(db, 0,
                           "SELECT 1 FROM jobs WHERE kind = 'import-stackexchange'"
                           " AND state <> 'done' AND data LIKE ?1 LIMIT 1",
                           Z(like)) > 0;
    return !db_failed(db);
}

enum job_result archives_sweep(struct job *job)
{
    struct str all = uploaded_folder(job);
    struct stat st;
    DIR *dir = all.n ? opendir(all.p) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir)) && job_step(job, 0, 0, S(""));) {
        struct named named = {.number = e->d_name};
        struct str path = str_fmt(job_arena(job), STR_FMT "%s", STR_ARG(all), e->d_name);
        bool old = e->d_name[0] != '.' && strlen(e->d_name) < 40 && lstat(path.p, &st) == 0 &&
                   S_ISDIR(st.st_mode) && clock_now() / CLOCK_SECOND - st.st_mtime > SWEEP_AGE_S;
        if (old && job_read(job, named_read, &named) && !named.is)
            upload_remove(job_arena(job), path);
    }
    if (dir)
        closedir(dir);
    return JOB_DONE;
}
