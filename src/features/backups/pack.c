/* pack.c: blocks with sums, zlib at level 1; see pack.h. */
#include "features/backups/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

enum { HEAD = 12, SQUEEZE = 1 };

static const char magic[8] = "SKEPBAK1";

void pack_fail(struct pack *p, struct str why)
{
    if (!p->why.n)
        p->why = why;
}

static void failed(struct pack *p, const char *what, struct str path)
{
    pack_fail(p,
              str_fmt(p->arena, "cannot %s " STR_FMT ": %s", what, STR_ARG(path), strerror(errno)));
}

static void begin(struct pack *p, struct arena *a, struct str path)
{
    *p = (struct pack){.arena = a, .fd = -1};
    p->path = str_dup(a, path);
    p->part = str_fmt(a, STR_FMT ".part", STR_ARG(path));
    out_init(&p->block, PACK_BLOCK_MAX);
    out_init(&p->packed, PACK_BLOCK_MAX);
}

static void number_put(unsigned char *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(n >> (8 * i));
}

static uint32_t number_of(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void chain(struct pack *p, const unsigned char head[HEAD], struct str bytes)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, PACK_SUM);
    crypto_generichash_update(&state, p->sum, PACK_SUM);
    crypto_generichash_update(&state, head, HEAD);
    crypto_generichash_update(&state, (const unsigned char *)bytes.p, bytes.n);
    crypto_generichash_final(&state, p->sum, PACK_SUM);
}

/* ---- writing ---- */

static void write_all(struct pack *p, const void *bytes, size_t n)
{
    for (const char *at = bytes; n && !p->why.n;) {
        ssize_t done = write(p->fd, at, n);
        if (done < 0 && errno != EINTR) {
            failed(p, "write", p->part);
        } else if (done > 0) {
            at += done;
            n -= (size_t)done;
            p->at += done;
        }
    }
}

void pack_create(struct pack *p, struct arena *a, struct str path)
{
    begin(p, a, path);
    p->fd = open(p->part.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (p->fd < 0) {
        failed(p, "make", p->part);
        return;
    }
    if (flock(p->fd, LOCK_EX | LOCK_NB) != 0) {
        pack_fail(p, str_fmt(a, STR_FMT " is being written by another process", STR_ARG(p->part)));
        close(p->fd); /* it is theirs */
        p->fd = -1;
        return;
    }
    if (ftruncate(p->fd, 0) != 0)
        failed(p, "empty", p->part);
    write_all(p, magic, sizeof magic);
}

void pack_put(struct pack *p, char type, struct str bytes, bool squeeze)
{
    if (p->why.n)
        return;
    struct str stored = bytes;
    uLongf length = compressBound(bytes.n);
    out_clear(&p->packed);
    if (squeeze && out_room(&p->packed, length) &&
        compress2((Bytef *)p->packed.p, &length, (const Bytef *)bytes.p, bytes.n, SQUEEZE) ==
            Z_OK &&
        length < bytes.n)
        stored = str_make(p->packed.p, length);
    unsigned char head[HEAD] = {(unsigned char)type, stored.p != bytes.p};
    number_put(head + 4, (uint32_t)stored.n);
    number_put(head + 8, (uint32_t)bytes.n);
    chain(p, head, stored);
    write_all(p, head, HEAD);
    write_all(p, p->sum, PACK_SUM);
    write_all(p, stored.p, stored.n);
    p->blocks++;
}

/* What is read back afterwards comes from the disk, as far as the system lets us say so. */
void pack_sync(struct pack *p)
{
    if (p->why.n)
        return;
    if (fsync(p->fd) != 0)
        failed(p, "write", p->part);
    posix_fadvise(p->fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void folder_sync(struct pack *p)
{
    ptrdiff_t slash = -1;
    for (size_t i = 0; i < p->path.n; i++)
        if (p->path.p[i] == '/')
            slash = (ptrdiff_t)i;
    char *folder = str_cstr(p->arena, slash < 0 ? S(".") : str_first(p->path, (size_t)slash + 1));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        failed(p, "write the folder of", p->path);
    if (fd >= 0)
        close(fd);
}

bool pack_keep(struct pack *p)
{
    if (!p->why.n && rename(p->part.p, p->path.p) != 0)
        failed(p, "make", p->path);
    p->ended = !p->why.n;
    if (p->ended)
        folder_sync(p);
    return !p->why.n;
}

void pack_drop(struct pack *p)
{
    if (!p->ended && p->fd >= 0)
        unlink(p->part.p);
    pack_close(p);
}

/* ---- reading ---- */

/* Exactly n bytes; false at the end of the file when `may_end`, and after a failure. */
static bool read_all(struct pack *p, void *to, size_t n, bool may_end)
{
    for (char *at = to; n && !p->why.n;) {
        ssize_t got = read(p->fd, at, n);
        if (got > 0) {
            at += got;
            n -= (size_t)got;
            p->at += got;
            may_end = false;
        } else if (got == 0) {
            if (!may_end)
                pack_fail(p, str_fmt(p->arena, STR_FMT " is cut off at byte %lld", STR_ARG(p->path),
                                     (long long)p->at));
            return false;
        } else if (errno != EINTR) {
            failed(p, "read", p->path);
        }
    }
    return !p->why.n;
}

void pack_open(struct pack *p, struct arena *a, struct str path)
{
    begin(p, a, path);
    p->fd = open(p->path.p, O_RDONLY | O_CLOEXEC);
    if (p->fd < 0) {
        failed(p, "open", p->path);
        return;
    }
    posix_fadvise(p->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    char begins[sizeof magic] = "";
    ssize_t n = read(p->fd, begins, sizeof begins);
    p->at = n > 0 ? n : 0;
    if (n != sizeof begins || memcmp(begins, magic, sizeof magic) != 0)
        pack_fail(p, str_fmt(a, STR_FMT " is no backup of Skep", STR_ARG(p->path)));
}

static bool damaged(struct pack *p, int64_t at)
{
    pack_fail(p, str_fmt(p->arena,
                         STR_FMT " is damaged: block %lld, at byte %lld, is not as it was"
                                 " written",
                         STR_ARG(p->path), (long long)p->blocks + 1, (long long)at));
    return false;
}

bool pack_next(struct pack *p, char *type, struct str *bytes)
{
    unsigned char head[HEAD], sum[PACK_SUM];
    int64_t at = p->at;
    if (p->why.n || !read_all(p, head, HEAD, true) || !read_all(p, sum, PACK_SUM, false))
        return false;
    uint32_t stored = number_of(head + 4), length = number_of(head + 8);
    if (head[1] > 1 || head[2] || head[3] || stored > PACK_BLOCK_MAX || length > PACK_BLOCK_MAX ||
        (!head[1] && stored != length))
        return damaged(p, at);
    struct out *raw = head[1] ? &p->packed : &p->block;
    out_clear(raw);
    if (!out_room(raw, stored + 1u) || !read_all(p, raw->p, stored, false))
        return false;
    raw->n = stored;
    chain(p, head, out_text(raw));
    if (memcmp(sum, p->sum, PACK_SUM) != 0)
        return damaged(p, at);
    if (head[1]) {
        uLongf n = length;
        out_clear(&p->block);
        if (!out_room(&p->block, length + 1u) ||
            uncompress((Bytef *)p->block.p, &n, (const Bytef *)raw->p, stored) != Z_OK ||
            n != length)
            return damaged(p, at);
        p->block.n = length;
    }
    p->blocks++;
    *type = (char)head[0];
    *bytes = out_text(&p->block);
    return true;
}

void pack_close(struct pack *p)
{
    out_free(&p->block);
    out_free(&p->packed);
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}
