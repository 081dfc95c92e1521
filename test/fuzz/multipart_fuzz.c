/* multipart_fuzz.c: any bytes as the parts of an upload, cut in two ways.
 *
 * The first byte is the length of a piece; up to the first LF stands the Content-Type; the rest is
 * the body. What is checked besides memory: that the cuts change nothing, that no more data comes
 * out than went in, that names are clean text, and that the parts, written anew as a browser would,
 * read as the same parts.
 */
#include "http/multipart.h"
#include "test/fuzz/fuzz.h"

#define BOUNDARY "written-anew-4711"

struct heard {
    uint64_t sum;
    size_t parts, bytes;
    struct out *anew; /* where the parts are written; NULL: nowhere */
};

static void write_name(struct out *o, const char *what, struct str name)
{
    out_fmt(o, "; %s=\"", what);
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            out_char(o, '\\');
        out_char(o, name.p[i]);
    }
    out_char(o, '"');
}

static void write_part(struct out *o, const struct multipart_part *part)
{
    out_lit(o, "\r\n--" BOUNDARY "\r\nContent-Disposition: form-data");
    write_name(o, "name", part->name);
    if (part->filename.p)
        write_name(o, "filename", part->filename);
    out_lit(o, "\r\n\r\n");
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
    if (h->anew)
        write_part(h->anew, part);
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
    if (h->anew)
        out_raw(h->anew, p, n);
    mix(h, p, n);
    h->bytes += n;
}

static struct heard feed(struct str type, struct str body, size_t cut, struct out *anew,
                         int *refusal)
{
    struct heard h = {.anew = anew};
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

static void same(const struct heard *one, const struct heard *other)
{
    must(one->sum == other->sum && one->parts == other->parts && one->bytes == other->bytes);
}

static void check_anew(const struct heard *first, struct out *anew)
{
    int refusal;
    out_lit(anew, "\r\n--" BOUNDARY "--\r\n");
    struct heard again =
        feed(S("multipart/form-data; boundary=\"" BOUNDARY "\""),
             str_from(out_text(anew), first->parts ? 2 : 0), anew->n, NULL, &refusal);
    if (refusal != 413) /* escapes have made a name longer than a head may be */
        same(first, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_make((const char *)data, size);
    size_t cut = fuzz_byte(&rest) + 1u;
    struct str type = fuzz_line(&rest);
    int whole_refusal, cut_refusal;
    struct out anew;
    out_init(&anew, 1 << 24);
    struct heard whole = feed(type, rest, rest.n + 1, &anew, &whole_refusal);
    struct heard parts = feed(type, rest, cut, NULL, &cut_refusal);
    must(whole_refusal == cut_refusal);
    same(&whole, &parts);
    if (!whole_refusal && !str_has(rest, S(BOUNDARY)) && !out_failed(&anew))
        check_anew(&whole, &anew);
    out_free(&anew);
    return 0;
}
