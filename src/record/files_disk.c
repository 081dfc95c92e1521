/* files_disk.c: bytes into their place, and out of it; see files.h.
 *
 * WHY the sweep takes two transactions: the rows go first, and only what no committed row names is
 * unlinked, and only when it is old. Sealing the same bytes again renames them into place once
 * more, which makes them young; so between the look and the unlinking nothing can come back.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/rand.h"
#include "http/app.h"
#include "record/files.h"
#include "record/picture.h"
#include "record/types.h"

enum { CHECK_READ = 16 * 1024, FOLDERS = 256, SQL_MAX = 256 * 1024 };

static bool known(struct req *rq, struct file *f);
static bool picture_seal(struct req *rq, enum picture_kind kind, int fd, struct file *f);
static bool place(struct req *rq, const char *from, const unsigned char hash[FILES_HASH]);

/* ---- in ---- */

bool file_seal(struct req *rq, const struct upload *upload, struct file *f)
{
    char head[SNIFF_HEAD];
    *f = (struct file){.bytes = upload->bytes};
    memcpy(f->sent, upload->hash, FILES_HASH);
    memcpy(f->hash, upload->hash, FILES_HASH);
    if (known(rq, f))
        return true;
    int fd = open(upload->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    ssize_t n = pread(fd, head, sizeof head, 0);
    struct sniffed is = sniff_bytes(str_make(head, n > 0 ? (size_t)n : 0));
    f->type = is.type;
    bool done = is.picture && picture_seal(rq, is.picture, fd, f);
    if (!done)
        done = fsync(fd) == 0 && place(rq, upload->path, f->hash);
    close(fd);
    if (!done)
        log_error("a file cannot be stored: %s", strerror(errno));
    return done;
}

/* The same bytes have come before. */
static bool known(struct req *rq, struct file *f)
{
    struct rows q = db_query(rq->db, "SELECT id, type FROM files WHERE sent = ?1",
                             B(str_make((char *)f->sent, FILES_HASH)));
    if (db_next(&q)) {
        f->id = db_int(&q, 0);
        f->type = db_dup(&q, 1, rq->arena);
        db_done(&q);
    }
    return f->id != 0;
}

static bool folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Renames over what is there: the same bytes, only younger. */
static bool place(struct req *rq, const char *from, const unsigned char hash[FILES_HASH])
{
    const char *path = file_path(rq->app, rq->arena, str_make((const char *)hash, FILES_HASH));
    char *folder = str_cstr(rq->arena, str_of(path));
    *strrchr(folder, '/') = 0;
    bool made = mkdir(folder, 0700) == 0;
    if (!made && errno != EEXIST)
        return false;
    return rename(from, path) == 0 && folder_sync(folder) && (!made || folder_sync(rq->app->files));
}

static bool hash_file(int fd, unsigned char hash[FILES_HASH], int64_t *bytes)
{
    crypto_generichash_state state;
    unsigned char piece[CHECK_READ];
    ssize_t n;
    *bytes = 0;
    crypto_generichash_init(&state, NULL, 0, FILES_HASH);
    while ((n = pread(fd, piece, sizeof piece, *bytes)) > 0) {
        crypto_generichash_update(&state, piece, (size_t)n);
        *bytes += n;
    }
    crypto_generichash_final(&state, hash, FILES_HASH);
    return n == 0;
}

struct made { /* a picture that was made anew */
    struct picture picture;
    unsigned char hash[FILES_HASH];
    int64_t bytes;
};

/* Into a file of its own in tmp, which is taken away again unless it is smaller than `below`; then
 * into its place. */
static bool picture_place(struct req *rq, enum picture_kind kind, int fd, int edge, int64_t below,
                          struct made *made)
{
    struct str name = rand_hex(rq->arena, 16);
    const char *path = str_fmt(rq->arena, "%s/tmp/" STR_FMT, rq->app->files, STR_ARG(name)).p;
    int out = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool done = out >= 0 && picture_make(kind, fd, out, edge, &made->picture) &&
                hash_file(out, made->hash, &made->bytes) && made->bytes < below &&
                fsync(out) == 0 && place(rq, path, made->hash);
    if (!done && out >= 0)
        unlink(path);
    if (out >= 0)
        close(out);
    return done;
}

/* False: it is kept as a file like any other. */
static bool picture_seal(struct req *rq, enum picture_kind kind, int fd, struct file *f)
{
    struct made large, small;
    if (!picture_place(rq, kind, fd, PICTURE_LARGE, INT64_MAX, &large))
        return false;
    f->type = large.picture.type;
    f->bytes = large.bytes;
    f->width = large.picture.size.width;
    f->height = large.picture.size.height;
    memcpy(f->hash, large.hash, FILES_HASH);
    bool larger = f->width > PICTURE_SMALL || f->height > PICTURE_SMALL;
    if (kind == PICTURE_GIF || !larger ||
        !picture_place(rq, kind, fd, PICTURE_SMALL, large.bytes, &small))
        return true;
    f->preview_bytes = small.bytes;
    f->preview_width = small.picture.size.width;
    memcpy(f->preview, small.hash, FILES_HASH);
    return true;
}

/* ---- out ---- */

struct sweep {
    struct app *app;
    struct arena *arena;
    int64_t now;
};

static bool sweep_rows(struct db *db, void *ctx)
{
    const struct sweep *s = ctx;
    struct out sql;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "DELETE FROM uploads WHERE id IN (SELECT u.id FROM uploads u WHERE"
                  " u.created_at < ?1 AND NOT EXISTS"
                  " (SELECT 1 FROM attachments a WHERE a.upload_id = u.id)");
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++) /* also what is switched off holds its files */
        for (size_t k = 0; k < c->types[i]->fields_n; k++) {
            const struct record_field *f = &c->types[i]->fields[k];
            const char *index =
                f->result == KIND_FILE ? field_index(s->arena, c->types[i], f) : NULL;
            if (index)
                out_fmt(&sql, " AND NOT EXISTS (SELECT 1 FROM %s x WHERE x.v = u.id)", index);
        }
    out_lit(&sql, " ORDER BY u.id LIMIT ?2)");
    db_exec(db, str_cstr(s->arena, out_take(&sql, s->arena)), I(s->now - FILES_DRAFT),
            I(FILES_SWEPT));
    db_exec(db,
            "DELETE FROM files WHERE id IN (SELECT f.id FROM files f WHERE f.created_at < ?1"
            " AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.file_id = f.id)"
            " ORDER BY f.id LIMIT ?2)",
            I(s->now - FILES_GRACE), I(FILES_SWEPT));
    return !db_failed(db);
}

/* The hash in a path, or false: it is none of ours. */
static bool path_hash(const char *folder, const char *name, unsigned char hash[FILES_HASH])
{
    char hex[2 * FILES_HASH + 1];
    size_t n = 0;
    int wrote = snprintf(hex, sizeof hex, "%s%s", folder, name);
    return wrote == 2 * FILES_HASH && strlen(folder) == 2 &&
           sodium_hex2bin(hash, FILES_HASH, hex, (size_t)wrote, NULL, &n, NULL) == 0 &&
           n == FILES_HASH;
}

static bool has_row(struct db *db, const unsigned char hash[FILES_HASH])
{
    struct db_arg arg = B(str_make((const char *)hash, FILES_HASH));
    return db_get_int(db, 0, "SELECT 1 FROM files WHERE hash = ?1", arg) ||
           db_get_int(db, 0, "SELECT 1 FROM files WHERE preview = ?1", arg);
}

/* Calls fn for each file in its place; a call may unlink it. */
static void files_walk(struct app *app, struct arena *a,
                       void (*fn)(void *ctx, const char *path, const struct stat *st,
                                  const unsigned char hash[FILES_HASH]),
                       void *ctx)
{
    for (int i = 0; i < FOLDERS; i++) {
        char name[3];
        snprintf(name, sizeof name, "%02x", i);
        const char *path = str_fmt(a, "%s/%s", app->files, name).p;
        DIR *folder = opendir(path);
        for (struct dirent *e; folder && (e = readdir(folder));) {
            unsigned char hash[FILES_HASH];
            struct stat st;
            const char *file = str_fmt(a, "%s/%s", path, e->d_name).p;
            if (path_hash(name, e->d_name, hash) && lstat(file, &st) == 0 && S_ISREG(st.st_mode))
                fn(ctx, file, &st, hash);
        }
        if (folder)
            closedir(folder);
    }
}

struct unlinking {
    struct db *db;
    time_t before;
};

static void unlink_orphan(void *ctx, const char *path, const struct stat *st,
                          const unsigned char hash[FILES_HASH])
{
    const struct unlinking *u = ctx;
    if (st->st_mtime < u->before && !has_row(u->db, hash) && !db_failed(u->db))
        unlink(path);
}

/* Changes no row; runs where rows are written, so that nobody writes one meanwhile. */
static bool sweep_files(struct db *db, void *ctx)
{
    const struct sweep *s = ctx;
    struct unlinking u = {db, time(NULL) - FILES_GRACE / CLOCK_SECOND};
    files_walk(s->app, s->arena, unlink_orphan, &u);
    return !db_failed(db);
}

void files_sweep(struct app *app, int64_t now)
{
    struct sweep s = {app, arena_new(SIZE_MAX), now};
    if (store_run(app->store, STORE_WRITE, sweep_rows, &s))
        store_run(app->store, STORE_WRITE, sweep_files, &s);
    arena_free(s.arena);
}

/* ---- check ---- */

struct checking {
    struct app *app;
    struct db *db;
    struct arena *arena;
    bool deep;
    void (*say)(void *ctx, const struct files_finding *f);
    void *ctx;
    int64_t found, id;
};

static void found(struct checking *c, const char *what, const char *path)
{
    c->found++;
    if (c->say)
        c->say(c->ctx, &(struct files_finding){what, c->id, str_of(path)});
}

static void check_one(struct checking *c, struct str hash, int64_t bytes)
{
    unsigned char now[FILES_HASH];
    int64_t n = 0;
    struct stat st;
    const char *path = file_path(c->app, c->arena, hash);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0)
        found(c, "a file is missing", path);
    else if (st.st_size != bytes)
        found(c, "a file has another size than its row says", path);
    else if (c->deep && (!hash_file(fd, now, &n) || memcmp(now, hash.p, FILES_HASH) != 0))
        found(c, "a file holds other bytes than its name says", path);
    if (fd >= 0)
        close(fd);
}

static void check_orphan(void *ctx, const char *path, const struct stat *st,
                         const unsigned char hash[FILES_HASH])
{
    struct checking *c = ctx;
    if (time(NULL) - st->st_mtime > 2 * FILES_GRACE / CLOCK_SECOND && !has_row(c->db, hash))
        found(c, "a file is left over: the next start of the server removes it", path);
}

int64_t files_check(struct app *app, struct db *db, bool deep,
                    void (*say)(void *ctx, const struct files_finding *f), void *ctx)
{
    enum { STRETCH = 1000 };
    struct checking c = {app, db, arena_new(SIZE_MAX), deep, say, ctx, 0, 0};
    int64_t last = 0;
    for (int n = STRETCH; n == STRETCH;) {
        struct rows q = db_query(db,
                                 "SELECT id, hash, bytes, preview, preview_bytes FROM files"
                                 " WHERE id > ?1 ORDER BY id LIMIT ?2",
                                 I(last), I(STRETCH));
        for (n = 0; db_next(&q); n++) {
            last = c.id = db_int(&q, 0);
            check_one(&c, db_blob(&q, 1), db_int(&q, 2));
            if (!db_is_null(&q, 3))
                check_one(&c, db_blob(&q, 3), db_int(&q, 4));
        }
    }
    c.id = 0;
    files_walk(app, c.arena, check_orphan, &c);
    arena_free(c.arena);
    return c.found;
}
