/* sniff_fuzz.c: any bytes as a file that somebody uploads, and any line as a Range of it.
 *
 * The first line is the Range, the rest the file. The type is one of a few, never one that a
 * browser would run as ours (sniff RULE 2); what is said to be text has no NUL; a picture's size is
 * one. A range lies in the file (range RULE 1, 2).
 */
#include "http/range.h"
#include "test/fuzz/fuzz.h"
#include "text/sniff.h"

static size_t file_read(void *ctx, int64_t at, void *to, size_t n)
{
    const struct str *file = ctx;
    must(at >= 0);
    struct str rest = (size_t)at < file->n ? str_from(*file, (size_t)at) : S("");
    n = n < rest.n ? n : rest.n;
    if (n)
        memcpy(to, rest.p, n);
    return n;
}

static void check_type(struct sniffed s, struct str head)
{
    static const char *const pictures[] = {
        [PICTURE_JPEG] = "image/jpeg",
        [PICTURE_PNG] = "image/png",
        [PICTURE_GIF] = "image/gif",
        [PICTURE_WEBP] = "image/webp",
    };
    must(s.type.n > 2 && str_find(s.type, '/') > 0 && !fuzz_has_controls(s.type));
    must(!str_has(s.type, S("html")) && !str_has(s.type, S("svg")) &&
         !str_has(s.type, S("script")));
    must(!str_has(s.type, S("/xml")) && !str_has(s.type, S("+xml")));
    if (s.picture != PICTURE_NONE && s.picture != PICTURE_HEIF)
        must(str_is(s.type, pictures[s.picture]));
    if (str_starts(s.type, S("text/plain")))
        must(!memchr(head.p, 0, head.n));
}

static void check_range(struct str header, int64_t bytes)
{
    int64_t from = -1, n = -1;
    enum range range = range_read(header, bytes, &from, &n);
    must(range == RANGE_WHOLE || range == RANGE_PART || range == RANGE_BEYOND);
    if (range != RANGE_WHOLE)
        must(str_eq_nocase(str_first(header, 5), S("bytes")) && str_has(header, S("-")));
    if (range == RANGE_PART)
        must(from >= 0 && n > 0 && from < bytes && n <= bytes - from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = str_make((const char *)data, size), range = fuzz_line(&file);
    struct str head = str_first(file, SNIFF_HEAD);
    check_type(sniff_bytes(head), head);
    for (int kind = PICTURE_NONE; kind <= PICTURE_HEIF; kind++) {
        struct picture_size picture = sniff_size(kind, head, file_read, &file);
        must(picture.width >= 0 && picture.height >= 0);
    }
    check_range(range, (int64_t)file.n);
    check_range(range, INT64_MAX);
    check_range(range, 0);
    return 0;
}
