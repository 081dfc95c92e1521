/* out.h: a growing text buffer that remembers its first failure.
 *
 * Pages, JSON, SQL and header blocks are written through it. It states its maximum when made;
 * writing past it, or a failure set by a caller, makes every later call do nothing, and whoever
 * asked for the text looks once, at the end, with out_failed().
 *
 * RULES
 *   1. After the maximum is passed the text stays as it was and out_failed() is true.
 *   2. out_html escapes & < > " ' and nothing else.
 *   3. out_json_str gives ASCII-safe JSON: quotes, backslash, controls, U+2028/9 and '<' escaped.
 */
#ifndef CORE_OUT_H
#define CORE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct out {
    char *p;
    size_t n, cap, max;
    bool failed;
    void *ctx; /* what views need besides their argument: the request (see view/html.h) */
};

void out_init(struct out *o, size_t max); /* allocates nothing yet */
void out_free(struct out *o);
void out_clear(struct out *o); /* keeps the memory */
bool out_grow(struct out *o, size_t more); /* the slow path of out_room */

static inline bool out_room(struct out *o, size_t more)
{
    if (!o->failed && o->cap - o->n >= more)
        return true;
    return out_grow(o, more);
}

static inline void out_raw(struct out *o, const char *p, size_t n)
{
    if (n && out_room(o, n)) {
        memcpy(o->p + o->n, p, n);
        o->n += n;
    }
}

#define out_lit(o, lit) out_raw((o), "" lit, sizeof(lit) - 1)

static inline void out_str(struct out *o, struct str s)
{
    out_raw(o, s.p, s.n);
}

static inline void out_char(struct out *o, char c)
{
    out_raw(o, &c, 1);
}

static inline struct str out_text(const struct out *o)
{
    return (struct str){o->p ? o->p : "", o->n};
}

static inline bool out_failed(const struct out *o)
{
    return o->failed;
}

void out_int(struct out *o, int64_t n);
void out_fmt(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_html(struct out *o, struct str s);
void out_url(struct out *o, struct str s); /* percent-encodes all but RFC 3986 "unreserved" */
void out_json_str(struct out *o, struct str s); /* with its quotes */

/* Copies what was written into an arena and frees the buffer. */
struct str out_take(struct out *o, struct arena *a);

#endif
