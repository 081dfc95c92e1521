/* upload.c: from the bytes of a body to files of their own; see upload.h. */
#include "http/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/rand.h"
#include "http/multipart.h"
#include "http/session.h"

enum { PATH = 512, FIELDS = 32, NAME_BYTES = 16 };

struct stretch { /* of the buffer, for one file */
    size_t file, n;
};

struct uploads {
    crypto_generichash_state hash; /* of the file that is written; aligned: stands first */
    struct http_request *hr;
    struct multipart multipart;
    bool parts;             /* multipart; else the body is one file */
    bool is_file;           /* the part that comes is a file */
    bool passed;            /* the part that comes is nothing: a file input without a file */
    bool whole;             /* nothing more comes */
    _Atomic int64_t *place; /* in app->uploading */
    struct out text;        /* the fields' bytes, in order */
    size_t field_at;        /* where the last one begins */
    struct param fields[FIELDS];
    size_t fields_n, n;
    struct upload files[UPLOAD_FILES];
    char paths[UPLOAD_FILES][PATH];
    struct stretch stretches[UPLOAD_FILES];
    size_t stretches_n, used;
    size_t writing; /* the file that is written + 1; 0: none */
    int fd, error;
    char buffer[UPLOAD_BUFFER];
};

static void on_body(void *ctx, const char *p, size_t n);
static void on_part(void *ctx, const struct multipart_part *part);
static void on_data(void *ctx, const char *p, size_t n);
static void file_begin(struct uploads *u, struct str field, struct str name);
static void field_end(struct uploads *u);
static bool file_open(struct uploads *u, size_t file);
static void file_close(struct uploads *u);

int64_t upload_max(const struct app *app)
{
    return app_upload_max_mb(app) * 1024 * 1024;
}

size_t upload_body_max(const struct app *app)
{
    return (size_t)upload_max(app) + UPLOAD_AROUND;
}

const struct upload *req_uploads(struct req *rq, size_t *n)
{
    struct uploads *u = rq->http->uploads;
    *n = u ? u->n : 0;
    return u ? u->files : NULL;
}

int64_t req_length(struct req *rq)
{
    return rq->http->in.length;
}

/* A place among those that are under way; NULL: refused. Two that come at the same moment may
 * both be counted too few, which does no harm. */
static _Atomic int64_t *place_take(struct http_request *hr)
{
    struct app *app = hr->rq.app;
    int64_t person = hr->rq.viewer.id ? hr->rq.viewer.id : -1;
    int own = 0;
    for (int i = 0; i < APP_UPLOADS; i++)
        own += app->uploading[i] == person;
    if (own >= UPLOAD_EACH) {
        intake_refuse(&hr->in, 429, "You are uploading several files already. Wait a little.");
        return NULL;
    }
    for (int i = 0; i < APP_UPLOADS; i++) {
        int64_t nobody = 0;
        if (atomic_compare_exchange_strong(&app->uploading[i], &nobody, person))
            return &app->uploading[i];
    }
    intake_refuse(&hr->in, 503, "Many files are coming in just now. Try again in a moment.");
    return NULL;
}

void uploads_begin(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (req_header(rq, "content-encoding").n) {
        intake_refuse(&hr->in, 415, "Send the file as it is, not packed.");
        return;
    }
    _Atomic int64_t *place = place_take(hr);
    if (!place)
        return;
    struct uploads *u = aligned_alloc(64, (sizeof *u + 63) / 64 * 64);
    if (!u)
        die("out of memory: an upload");
    memset(u, 0, offsetof(struct uploads, buffer));
    u->hr = hr;
    u->place = place;
    u->fd = -1;
    out_init(&u->text, UPLOAD_FIELDS);
    hr->uploads = u;
    intake_divert(&hr->in, (struct intake_sink){on_body, u});
    struct str type = req_header(rq, "content-type"), kind = S("");
    struct str words = type;
    str_split(&words, ';', &kind);
    u->parts = str_eq_nocase(str_trim(kind), S("multipart/form-data"));
    if (u->parts)
        multipart_begin(&u->multipart, type, &(struct multipart_events){u, on_part, on_data});
    else if (str_eq_nocase(str_trim(kind), S("application/x-www-form-urlencoded")))
        intake_refuse(&hr->in, 415, "The form must be sent as multipart/form-data.");
    else if (hr->in.state == INTAKE_BODY)
        file_begin(u, S("file"), req_query(rq, "name"));
    if (u->parts && u->multipart.state == MULTIPART_REFUSED)
        intake_refuse(&hr->in, u->multipart.refusal, u->multipart.why);
}

void uploads_end(struct http_request *hr)
{
    struct uploads *u = hr->uploads;
    if (!u)
        return;
    hr->uploads = NULL;
    if (u->fd >= 0)
        close(u->fd);
    for (size_t i = 0; i < u->n; i++)
        if (u->paths[i][0])
            unlink(u->paths[i]);
    *u->place = 0;
    out_free(&u->text);
    free(u);
}

/* ---- what comes in ---- */

static void on_body(void *ctx, const char *p, size_t n)
{
    struct uploads *u = ctx;
    struct intake *in = &u->hr->in;
    if (!u->parts) {
        on_data(u, p, n);
    } else {
        multipart_feed(&u->multipart, p, n);
        if (u->multipart.state == MULTIPART_REFUSED)
            intake_refuse(in, u->multipart.refusal, u->multipart.why);
    }
}

static void refuse_body(struct uploads *u, int status, const char *why)
{
    if (u->parts)
        multipart_refuse(&u->multipart, status, why);
    else
        intake_refuse(&u->hr->in, status, why);
}

static void on_part(void *ctx, const struct multipart_part *part)
{
    struct uploads *u = ctx;
    field_end(u);
    u->is_file = part->filename.p != NULL;
    u->passed = u->is_file && part->filename.n == 0;
    if (u->passed)
        return;
    if (u->is_file) {
        file_begin(u, part->name, part->filename);
    } else if (u->fields_n == FIELDS) {
        refuse_body(u, 413, "Too many fields.");
    } else {
        u->field_at = u->text.n;
        u->fields[u->fields_n++].name = str_dup(u->hr->rq.arena, part->name);
    }
}

/* The last field is whole; what was written of it so far may have moved. */
static void field_end(struct uploads *u)
{
    struct http_request *hr = u->hr;
    if (!u->parts || u->is_file || u->fields_n == 0 || u->fields[u->fields_n - 1].value.p)
        return;
    struct str value = str_from(out_text(&u->text), u->field_at);
    if (!utf8_valid(value) || memchr(value.p, 0, value.n))
        refuse_body(u, 400, "A field is not text in UTF-8.");
    u->fields[u->fields_n - 1].value = str_dup(hr->rq.arena, value);
    hr->fields = u->fields;
    hr->fields_n = u->fields_n;
}

static void file_begin(struct uploads *u, struct str field, struct str name)
{
    struct http_request *hr = u->hr;
    u->is_file = true;
    if (hr->unproven && !csrf_ok(&hr->rq)) {
        refuse_body(u, 403, "This form is out of date. Load the page again and repeat it.");
        return;
    }
    hr->unproven = false;
    if (u->n == UPLOAD_FILES) {
        refuse_body(u, 413, "Too many files at once.");
        return;
    }
    struct arena *a = hr->rq.arena;
    u->files[u->n] = (struct upload){
        .field = str_dup(a, field), .name = str_dup(a, name), .path = u->paths[u->n]};
    u->stretches[u->stretches_n++] = (struct stretch){u->n++, 0};
}

/* Never overruns: at most UPLOAD_SLICE bytes are fed while the buffer is less than half full. */
static void on_data(void *ctx, const char *p, size_t n)
{
    struct uploads *u = ctx;
    if (u->passed)
        return;
    if (!u->is_file) {
        out_raw(&u->text, p, n);
        if (out_failed(&u->text))
            refuse_body(u, 413, "The fields beside the files are too long.");
        return;
    }
    struct upload *file = &u->files[u->n - 1];
    file->bytes += (int64_t)n;
    if (file->bytes > upload_max(u->hr->rq.app)) {
        refuse_body(u, 413, "The file is larger than this hub takes.");
        return;
    }
    if (u->stretches_n == 0 || u->stretches[u->stretches_n - 1].file != u->n - 1)
        u->stretches[u->stretches_n++] = (struct stretch){u->n - 1, 0};
    u->stretches[u->stretches_n - 1].n += n;
    memcpy(u->buffer + u->used, p, n);
    u->used += n;
}

int uploads_whole(struct http_request *hr, const char **why)
{
    struct uploads *u = hr->uploads;
    if (u->parts) {
        field_end(u);
        multipart_end(&u->multipart);
    }
    *why = u->multipart.why;
    if (u->parts && u->multipart.state == MULTIPART_REFUSED)
        return u->multipart.refusal;
    *why = "This form is out of date. Load the page again and repeat it.";
    return hr->unproven && !csrf_ok(&hr->rq) ? 403 : 0;
}

/* ---- writing ---- */

bool uploads_due(const struct http_request *hr)
{
    const struct uploads *u = hr->uploads;
    if (!u || hr->in.state == INTAKE_REFUSED)
        return false;
    return u->used >= UPLOAD_SLICE || (hr->in.state == INTAKE_WHOLE && u->n && !u->whole);
}

void uploads_write(struct uploads *u)
{
    size_t at = 0;
    for (size_t i = 0; i < u->stretches_n && !u->error; i++) {
        struct stretch s = u->stretches[i];
        if (u->writing != s.file + 1) {
            file_close(u);
            if (!file_open(u, s.file))
                u->error = errno;
        }
        crypto_generichash_update(&u->hash, (unsigned char *)u->buffer + at, s.n);
        for (size_t done = 0; done < s.n && !u->error;) {
            ssize_t n = write(u->fd, u->buffer + at + done, s.n - done);
            if (n < 0 && errno != EINTR)
                u->error = errno;
            done += n > 0 ? (size_t)n : 0;
        }
        at += s.n;
    }
    u->used = u->stretches_n = 0;
    if (u->hr->in.state == INTAKE_WHOLE)
        file_close(u);
}

void uploads_written(struct http_request *hr)
{
    struct uploads *u = hr->uploads;
    if (hr->in.state == INTAKE_WHOLE)
        u->whole = true;
    if (!u->error)
        return;
    log_error("an upload cannot be stored: %s", strerror(u->error));
    intake_refuse(&hr->in, 503,
                  u->error == ENOSPC || u->error == EDQUOT
                      ? "The hub's disk is full. Nothing was stored."
                      : "The file could not be stored. Try again later.");
}

/* The folder is made when it is first needed. */
static bool file_open(struct uploads *u, size_t file)
{
    const char *folder = u->hr->rq.app->files;
    unsigned char bytes[NAME_BYTES];
    char name[2 * NAME_BYTES + 1];
    rand_bytes(bytes, sizeof bytes);
    sodium_bin2hex(name, sizeof name, bytes, sizeof bytes);
    char *path = u->paths[file];
    snprintf(path, PATH, "%s/tmp", folder);
    if (mkdir(path, 0700) != 0 && errno == ENOENT && (mkdir(folder, 0700) == 0 || errno == EEXIST))
        mkdir(path, 0700);
    snprintf(path, PATH, "%s/tmp/%s", folder, name);
    u->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (u->fd < 0) {
        path[0] = 0;
        return false;
    }
    u->writing = file + 1;
    crypto_generichash_init(&u->hash, NULL, 0, sizeof u->files[0].hash);
    return true;
}

static void file_close(struct uploads *u)
{
    if (!u->writing)
        return;
    crypto_generichash_final(&u->hash, u->files[u->writing - 1].hash, sizeof u->files[0].hash);
    if (close(u->fd) != 0 && !u->error)
        u->error = errno;
    u->fd = -1;
    u->writing = 0;
}

void app_clean_uploads(struct app *app, int64_t seconds)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/tmp", app->files);
    DIR *folder = opendir(path);
    time_t now = time(NULL);
    for (struct dirent *e; folder && (e = readdir(folder));) {
        struct stat st;
        snprintf(path, sizeof path, "%s/tmp/%.200s", app->files, e->d_name);
        if (e->d_name[0] != '.' && lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            (!seconds || now - st.st_mtime >= seconds)) /* a file's clock may be ahead of time() */
            unlink(path);
    }
    if (folder)
        closedir(folder);
}
