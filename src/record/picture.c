/* picture.c: how vipsthumbnail is asked for a picture; see picture.h.
 *
 * WHY a tool and not the library: libvips brings eighty libraries (PDF, fonts, ImageMagick). Linked
 * with us they would be in the server's own memory, and cost its start and its size; docs/decisions
 * says more.
 */
#include "record/picture.h"

#include <stdio.h>
#include <unistd.h>

#include "core/cage.h"
#include "http/app.h"

static const struct {
    const char *in, *out;
    struct str type;
    enum picture_kind made;
} formats[] = {
    [PICTURE_JPEG] = {"stdin", ".jpg[Q=82,strip,optimize-coding]", S("image/jpeg"), PICTURE_JPEG},
    [PICTURE_PNG] = {"stdin", ".png[strip]", S("image/png"), PICTURE_PNG},
    [PICTURE_GIF] = {"stdin[n=-1]", ".gif[strip]", S("image/gif"), PICTURE_GIF},
    [PICTURE_WEBP] = {"stdin[n=-1]", ".webp[Q=80,strip]", S("image/webp"), PICTURE_WEBP},
    [PICTURE_HEIF] = {"stdin", ".jpg[Q=82,strip,optimize-coding]", S("image/jpeg"), PICTURE_JPEG},
};

static size_t read_at(void *ctx, int64_t at, void *to, size_t n)
{
    ssize_t got = pread(*(int *)ctx, to, n, at);
    return got > 0 ? (size_t)got : 0;
}

struct picture_size picture_size(enum picture_kind kind, int fd)
{
    char head[SNIFF_HEAD];
    size_t n = read_at(&fd, 0, head, sizeof head);
    return sniff_size(kind, str_make(head, n), read_at, &fd);
}

bool picture_possible(void)
{
    return access(APP_PICTURE_TOOL, X_OK) == 0;
}

bool picture_make(enum picture_kind kind, int in, int out, int edge, struct picture *made)
{
    char size[32];
    struct picture_size was = picture_size(kind, in);
    if (kind == PICTURE_NONE || was.width < 1 || was.height < 1 ||
        was.width > PICTURE_PIXELS / was.height || !picture_possible())
        return false;
    snprintf(size, sizeof size, "%dx%d>", edge, edge);
    const char *const words[] = {
        "vipsthumbnail", formats[kind].in, "--size",          size, "--export-profile",
        "srgb",          "--output",       formats[kind].out, NULL};
    static const char *const environment[] = {"LC_ALL=C", "VIPS_BLOCK_UNTRUSTED=1",
                                              "VIPS_CONCURRENCY=1", "VIPS_DISC_THRESHOLD=2g", NULL};
    struct cage cage = {
        .program = APP_PICTURE_TOOL,
        .words = words,
        .environment = environment,
        .in = in,
        .out = out,
        .seconds = PICTURE_SECONDS,
        .memory = 1 << 30,
        .output = 64 << 20,
    };
    if (lseek(in, 0, SEEK_SET) != 0 || cage_run(&cage) != 0)
        return false;
    made->type = formats[kind].type;
    made->size = picture_size(formats[kind].made, out);
    return made->size.width > 0 && made->size.height > 0;
}
