/* multipart_fuzz.c: any bytes as the parts of an upload, cut in two ways.
 *
 * The first byte is the length of a piece; up to the first LF stands the Content-Type; the rest is
 * the body. What is checked besides memory: that the cuts change nothing, that no more data comes
 * out than went in, and that names are clean text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    uint64_t sum;
    size_t parts, bytes;
};

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void mix(struct heard *h, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h->sum = (h->sum ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
}

static void name_is_clean(struct str s)
{
    must(utf8_valid(s));
    for (size_t i = 0; i < s.n; i++)
        must((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f);
}

static void on_part(void *ctx, const struct multipart_part *part)
{
    struct heard *h = ctx;
    name_is_clean(part->name);
    name_is_clean(part->filename);
    must(part->name.n > 0);
    mix(h, "|", 1);
    mix(h, part->name.p, part->name.n);
    mix(h, part->filename.p ? "/" : ".", 1);
    mix(h, part->filename.p, part->filename.n);
    h->parts++;
}

static void on_data(void *ctx, const char *p, size_t n)
{
    struct heard *h = ctx;
    must(h->parts > 0 && n > 0);
    mix(h, p, n);
    h->bytes += n;
}

static struct heard feed(struct str type, struct str body, size_t cut, int *refusal)
{
    struct heard h = {0};
    struct multipart m;
    multipart_begin(&m, type, &(struct multipart_events){&h, on_part, on_data});
    for (size_t at = 0; at < body.n; at += cut)
        multipart_feed(&m, body.p + at, body.n - at < cut ? body.n - at : cut);
    multipart_end(&m);
    must(m.state == MULTIPART_OVER || (m.state == MULTIPART_REFUSED && m.refusal && m.why));
    must(h.parts <= MULTIPART_PARTS && h.bytes <= body.n);
    *refusal = m.refusal;
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct str rest = str_make((const char *)data + 1, size - 1), type = S("");
    str_split(&rest, '\n', &type);
    int whole_refusal, cut_refusal;
    struct heard whole = feed(type, rest, rest.n + 1, &whole_refusal);
    struct heard cut = feed(type, rest, data[0] + 1u, &cut_refusal);
    must(whole_refusal == cut_refusal);
    must(whole.sum == cut.sum && whole.parts == cut.parts && whole.bytes == cut.bytes);
    return 0;
}
