/* http_fuzz.c: bytes from the network, cut in many ways, into the reader of requests.
 *
 * The first two bytes choose the cuts and the largest body; the rest is what a client sends, one
 * request after another. What is checked besides memory: that the cuts change nothing, that a body
 * keeps to its limit, and that addresses and forms come out as clean text or not at all.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "http/intake.h"
#include "http/target.h"

enum { ARENA = 64 * 1024 * 1024 };

struct outcome {
    int refusal;
    enum verb verb;
    size_t used, headers_n, body_n;
    uint64_t sum;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth)
        abort();
}

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
