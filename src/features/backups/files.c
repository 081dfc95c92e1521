/* files.c: walks a folder; see files.h.
 *
 * WHY a file that is gone when it should be read is left out: the tables were read before the
 * folder, so whatever they name was there; what went meanwhile went because nothing named it.
 */
#include "features/backups/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 6, NAME_MAX_BYTES = 1000 };

struct walk {
    struct pack *pack;
    struct backup_end *end;
    int64_t *wrong; /* whose bytes are not what their names say */
    struct arena *arena;
    char *bytes; /* PACK_BLOCK of them */
};

bool files_there(const char *folder)
{
    struct stat st;
    return folder && stat(folder, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool failed(struct pack *p, const char *what, struct str path)
{
    pack_fail(p,
              str_fmt(p->arena, "cannot %s " STR_FMT ": %s", what, STR_ARG(path), strerror(errno)));
    return false;
}

/* "ab/cdef...": whether it is the name of other bytes than these. */
static bool name_differs(struct walk *w, struct str name, const unsigned char sum[PACK_SUM])
{
    enum { HEX = 2 * PACK_SUM };
    if (name.n != HEX + 1 || name.p[2] != '/')
        return false;
    struct str hex = str_hex(w->arena, sum, PACK_SUM);
    for (size_t i = 0; i < name.n; i++)
        if (i != 2 && !strchr("0123456789abcdef", name.p[i]))
            return false;
    return memcmp(name.p, hex.p, 2) != 0 || memcmp(name.p + 3, hex.p + 2, HEX - 2) != 0;
}

static bool file_write(struct walk *w, struct str path, struct str name)
{
    int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT || failed(w->pack, "open", path);
    crypto_generichash_state state;
    unsigned char sum[PACK_SUM];
    crypto_generichash_init(&state, NULL, 0, PACK_SUM);
    pack_put(w->pack, BLOCK_FILE, name, false);
    ssize_t n;
    while ((n = read(fd, w->bytes, PACK_BLOCK)) != 0 && !w->pack->why.n) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            failed(w->pack, "read", path);
            break;
        }
        crypto_generichash_update(&state, (unsigned char *)w->bytes, (size_t)n);
        pack_put(w->pack, BLOCK_DATA, str_make(w->bytes, (size_t)n), false);
        w->end->file_bytes += n;
    }
    close(fd);
    crypto_generichash_final(&state, sum, sizeof sum);
    pack_put(w->pack, BLOCK_SEAL, str_make((char *)sum, sizeof sum), false);
    w->end->files++;
    *w->wrong += name_differs(w, name, sum);
    return !w->pack->why.n;
}

static bool one_write(struct walk *w, struct str folder, struct str within, struct str name,
                      int depth);

static bool folder_write(struct walk *w, struct str folder, struct str within, int depth)
{
    DIR *d = opendir(folder.p);
    if (!d)
        return (depth && errno == ENOENT) || failed(w->pack, "open", folder);
    bool done = true;
    for (struct dirent *e; done && (e = readdir(d));) {
        struct str name = str_of(e->d_name);
        bool coming = str_ends(name, S(".part")) || (!depth && str_is(name, "tmp"));
        if (name.p[0] != '.' && !coming)
            done = one_write(w, folder, within, str_dup(w->arena, name), depth);
    }
    closedir(d);
    return done;
}

static bool one_write(struct walk *w, struct str folder, struct str within, struct str name,
                      int depth)
{
    struct arena *outer = w->arena;
    w->arena = arena_new(1 << 20); /* names of this one only: a folder may hold any number */
    struct str path = str_fmt(w->arena, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(name));
    struct str inner = str_fmt(w->arena, STR_FMT "%s" STR_FMT, STR_ARG(within), within.n ? "/" : "",
                               STR_ARG(name));
    struct stat st;
    bool done = true;
    if (lstat(path.p, &st) != 0)
        done = errno == ENOENT || failed(w->pack, "look at", path);
    else if (S_ISDIR(st.st_mode) && depth < DEPTH)
        done = folder_write(w, path, inner, depth + 1);
    else if (S_ISREG(st.st_mode) && files_name_fits(inner))
        done = file_write(w, path, inner);
    arena_free(w->arena);
    w->arena = outer;
    return done;
}

bool files_write(struct pack *p, const char *folder, struct backup_end *end, int64_t *wrong)
{
    if (!files_there(folder) || p->why.n)
        return !p->why.n;
    struct walk w = {p, end, wrong, p->arena, arena_alloc(p->arena, PACK_BLOCK)};
    return folder_write(&w, str_of(folder), S(""), 0);
}

/* ---- and out of it ---- */

bool files_name_fits(struct str name)
{
    struct str rest = name, part;
    int parts = 0;
    if (!name.n || name.n > NAME_MAX_BYTES || memchr(name.p, 0, name.n) ||
        name.p[name.n - 1] == '/')
        return false;
    while (str_split(&rest, '/', &part))
        if (!part.n || part.p[0] == '.' || ++parts > DEPTH + 1)
            return false;
    return true;
}

static bool out_failed_at(struct file_out *f, const char *what)
{
    if (!f->why.n)
        f->why =
            str_fmt(f->arena, "cannot %s " STR_FMT ": %s", what, STR_ARG(f->path), strerror(errno));
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    return false;
}

bool file_out_begin(struct file_out *f, struct str name)
{
    arena_reset(f->arena);
    f->fd = -1;
    f->path = str_fmt(f->arena, STR_FMT "/" STR_FMT, STR_ARG(f->root), STR_ARG(name));
    char *path = str_cstr(f->arena, f->path);
    for (size_t i = f->root.n; i < f->path.n; i++) {
        if (path[i] != '/')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return out_failed_at(f, "make a folder for");
        path[i] = '/';
    }
    f->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return f->fd >= 0 || out_failed_at(f, "make");
}

bool file_out_write(struct file_out *f, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(f->fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR)
            return out_failed_at(f, "write");
        bytes = str_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool file_out_end(struct file_out *f)
{
    if (fsync(f->fd) != 0)
        return out_failed_at(f, "write");
    close(f->fd);
    f->fd = -1;
    return true;
}
