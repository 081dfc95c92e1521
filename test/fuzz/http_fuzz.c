/* http_fuzz.c: bytes from the network, cut in many ways, into the reader of requests.
 *
 * The first two bytes choose the cuts and the largest body; the rest is what a client sends, one
 * request after another. What is checked besides memory: that the cuts change nothing (intake RULE
 * 1), that a body keeps to its limit, that addresses and forms come out as clean text or not at
 * all, and that what was read, written anew without chunks, reads as the same request: nothing was
 * taken in a way that another reader might take differently.
 */
#include "http/head.h"
#include "http/intake.h"
#include "http/target.h"
#include "test/fuzz/fuzz.h"

enum { ARENA = 64 * 1024 * 1024 };

struct outcome {
    int refusal;
    enum verb verb;
    size_t used, headers_n, body_n;
    uint64_t sum;
};

static void text_is_clean(struct str s)
{
    must(utf8_valid(s));
    for (size_t i = 0; i < s.n; i++)
        must(s.p[i] != 0);
}

static void request_is_clean(const struct intake *in, struct arena *a)
{
    struct target t;
    struct param *fields;
    size_t n;
    enum face face;
    if (target_parse(&t, a, in->target)) {
        text_is_clean(t.decoded);
        for (size_t i = 0; i < t.n; i++)
            must(t.segments[i].n > 0 && !str_eq(t.segments[i], S("..")));
        target_take_suffix(&t, &face);
        if (target_fields(a, t.query, &fields, &n))
            for (size_t i = 0; i < n; i++)
                text_is_clean(fields[i].name), text_is_clean(fields[i].value);
    }
    if (target_fields(a, out_text(&in->body), &fields, &n))
        for (size_t i = 0; i < n; i++)
            text_is_clean(fields[i].name), text_is_clean(fields[i].value);
    must(in->host.n > 0 || in->http10);
    for (size_t i = 0; i < in->headers_n; i++) {
        struct str name = in->headers[i].name, value = in->headers[i].value;
        must(name.n > 0);
        for (size_t k = 0; k < name.n; k++)
            must(head_is_token((unsigned char)name.p[k]));
        for (size_t k = 0; k < value.n; k++)
            must(value.p[k] != '\r' && value.p[k] != '\n' && value.p[k] != 0);
    }
}

static void write_anew(struct out *o, const struct intake *in)
{
    static const char *const verbs[] = {
        [VERB_GET] = "GET",         [VERB_HEAD] = "HEAD",   [VERB_POST] = "POST",
        [VERB_PUT] = "PUT",         [VERB_PATCH] = "PATCH", [VERB_DELETE] = "DELETE",
        [VERB_OPTIONS] = "OPTIONS",
    };
    out_fmt(o, "%s %s", verbs[in->verb], in->authority.n ? "http://" : "");
    out_str(o, in->authority);
    out_str(o, in->target);
    out_fmt(o, " HTTP/1.%d\r\n", !in->http10);
    for (size_t i = 0; i < in->headers_n; i++) {
        struct str name = in->headers[i].name;
        if (str_eq_nocase(name, S("content-length")) || str_eq_nocase(name, S("transfer-encoding")))
            continue;
        out_str(o, name);
        out_lit(o, ": ");
        out_str(o, in->headers[i].value);
        out_lit(o, "\r\n");
    }
    if (in->chunked || in->length >= 0)
        out_fmt(o, "Content-Length: %zu\r\n", in->body.n);
    out_lit(o, "\r\n");
    out_str(o, out_text(&in->body));
}

/* Names that only begin so: http-parser takes them for the header itself when it looks whether
 * Content-Length stands beside it, and refuses. It errs to the safe side. */
static bool nearly_an_encoding(const struct intake *in)
{
    struct str encoding = S("transfer-encoding");
    for (size_t i = 0; i < in->headers_n; i++)
        if (in->headers[i].name.n > encoding.n &&
            str_eq_nocase(str_first(in->headers[i].name, encoding.n), encoding))
            return true;
    return false;
}

static void reads_the_same_anew(const struct intake *in, struct arena *a, size_t body_max)
{
    struct out wire;
    struct intake again = {0};
    out_init(&wire, 1 << 20);
    write_anew(&wire, in);
    out_init(&again.body, 0);
    intake_begin(&again, a);
    size_t used = intake_feed(&again, wire.p, wire.n);
    must(again.state == INTAKE_HEADED);
    intake_accept(&again, body_max);
    used += intake_feed(&again, wire.p + used, wire.n - used);
    must(again.state == INTAKE_WHOLE && used == wire.n && again.verb == in->verb);
    must(str_eq(again.target, in->target) && str_eq(again.host, in->host));
    must(str_eq(out_text(&again.body), out_text(&in->body)));
    must(again.keep_alive == in->keep_alive && again.expects == in->expects);
    must(again.headers_n == in->headers_n);
    out_free(&again.body);
    out_free(&wire);
}

/* A line without its CR LF; false: there is no whole one. */
static bool take_line(struct str *rest, struct str *line)
{
    ptrdiff_t end = str_find_str(*rest, S("\r\n"));
    if (end < 0)
        return false;
    *line = str_first(*rest, (size_t)end);
    *rest = str_from(*rest, (size_t)end + 2);
    return true;
}

/* RFC 9112 section 7.1 by the letter: what was taken for chunks is that, to its last byte. */
static void chunks_are_chunks(struct str wire, struct str body)
{
    struct str line = S("x");
    while (take_line(&wire, &line) && line.n == 0) /* blank lines before the request */
        continue;
    while (take_line(&wire, &line) && line.n) /* its head */
        continue;
    for (;;) {
        size_t size = 0, digits = 0;
        must(take_line(&wire, &line));
        while (digits < line.n && memchr("0123456789abcdefABCDEF", line.p[digits], 22)) {
            char c = line.p[digits++];
            size = size * 16 + (size_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        must(digits > 0 && (digits == line.n || line.p[digits] == ';'));
        if (size == 0)
            break;
        must(size <= body.n && str_eq(str_first(body, size), str_first(wire, size)));
        body = str_from(body, size);
        wire = str_from(wire, size);
        must(take_line(&wire, &line) && line.n == 0);
    }
    while (take_line(&wire, &line) && line.n) /* trailers */
        continue;
    must(line.n == 0 && wire.n == 0 && body.n == 0);
}

/* `cut`: bytes at a time, or 0 for all at once. */
static struct outcome feed(const uint8_t *data, size_t size, size_t cut, size_t body_max)
{
    struct arena *a = arena_new(ARENA);
    struct intake in = {0};
    struct outcome o = {0};
    out_init(&in.body, 0);
    intake_begin(&in, a);
    while (o.used < size && in.state < INTAKE_WHOLE) {
        size_t n = size - o.used;
        if (cut && n > cut)
            n = cut;
        o.used += intake_feed(&in, (const char *)data + o.used, n);
        if (in.state == INTAKE_HEADED)
            intake_accept(&in, body_max);
    }
    must(in.body.n <= body_max && in.headers_n <= INTAKE_HEADERS_COUNT);
    o.refusal = in.state == INTAKE_REFUSED ? in.refusal : (int)in.state;
    if (in.state == INTAKE_WHOLE) {
        o.verb = in.verb;
        o.headers_n = in.headers_n;
        o.body_n = in.body.n;
        o.sum = str_hash(in.target) ^ str_hash(out_text(&in.body)) ^ str_hash(in.host);
        request_is_clean(&in, a);
        if (in.chunked)
            chunks_are_chunks(str_make((const char *)data, o.used), out_text(&in.body));
        if (cut == 0 && !nearly_an_encoding(&in))
            reads_the_same_anew(&in, a, body_max);
    } else {
        o.used = 0; /* how far a refused request was read may differ */
    }
    out_free(&in.body);
    arena_free(a);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t cut = data[0] + 1u, body_max = (size_t)data[1] * 4;
    data += 2;
    size -= 2;
    for (int requests = 0; size && requests < 16; requests++) {
        struct outcome whole = feed(data, size, 0, body_max);
        struct outcome parts = feed(data, size, cut, body_max);
        must(whole.refusal == parts.refusal && whole.verb == parts.verb);
        must(whole.used == parts.used && whole.sum == parts.sum);
        must(whole.headers_n == parts.headers_n && whole.body_n == parts.body_n);
        if (whole.used == 0)
            break;
        data += whole.used;
        size -= whole.used;
    }
    return 0;
}
