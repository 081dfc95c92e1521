/* sniff.h: what a file is, from its first bytes; never from its name or what a client says of it.
 *
 * RULES
 *   1. What no signature fits is text/plain when it is clean UTF-8, else application/octet-stream.
 *   2. Markup (HTML, SVG, XML) is text/plain: nobody shall render it as ours.
 *   3. Of pictures the size is read from their own header, without decoding them; a header that
 *      cannot be read, or lies outside of what was given, gives 0 by 0.
 */
#ifndef TEXT_SNIFF_H
#define TEXT_SNIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

enum { SNIFF_HEAD = 4096 };

/* Pictures that we know how to make anew. */
enum picture_kind {
    PICTURE_NONE,
    PICTURE_JPEG,
    PICTURE_PNG,
    PICTURE_GIF,
    PICTURE_WEBP,
    PICTURE_HEIF /* and AVIF */
};

struct sniffed {
    struct str type; /* "image/png" */
    enum picture_kind picture;
};

/* `head`: the first SNIFF_HEAD bytes, or all there are. */
struct sniffed sniff_bytes(struct str head);

struct picture_size {
    int64_t width, height;
};

/* `read` gives up to n bytes from `at`; fewer at the end. */
struct picture_size sniff_size(enum picture_kind kind, struct str head,
                               size_t (*read)(void *ctx, int64_t at, void *to, size_t n),
                               void *ctx);

#endif
