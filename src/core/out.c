/* out.c: growth, numbers and the escapers; see out.h.
 *
 * WHY the escapers copy runs: nearly all text has nothing to escape, so they look for the next
 * byte that matters and copy all before it at once.
 */
#include "core/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/log.h"

enum { OUT_FIRST = 1024 };

void out_init(struct out *o, size_t max)
{
    *o = (struct out){.max = max};
}

void out_free(struct out *o)
{
    free(o->p);
    o->p = NULL;
    o->n = o->cap = 0;
}

void out_clear(struct out *o)
{
    o->n = 0;
    o->failed = false;
}

bool out_grow(struct out *o, size_t more)
{
    if (o->failed)
        return false;
    if (more > o->max - o->n) {
        o->failed = true;
        return false;
    }
    size_t cap = o->cap ? o->cap : OUT_FIRST;
    while (cap - o->n < more && cap <= o->max / 2)
        cap *= 2;
    if (cap > o->max || cap - o->n < more)
        cap = o->max;
    char *p = realloc(o->p, cap ? cap : 1);
    if (!p)
        die("out of memory: %zu bytes of text", cap);
    o->p = p;
    o->cap = cap;
    return true;
}

/* ---- numbers and formats ---- */

void out_int(struct out *o, int64_t n)
{
    char buf[STR_INT];
    if (!o->failed && o->cap - o->n >= STR_INT)
        o->n += str_put_int(o->p + o->n, n);
    else
        out_raw(o, buf, str_put_int(buf, n));
}

void out_fmt(struct out *o, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0)
        die("out_fmt: bad format '%s'", fmt);
    if ((size_t)n < sizeof small) {
        out_raw(o, small, (size_t)n);
        return;
    }
    char *p = malloc((size_t)n + 1); /* rare; keeps the NUL from counting against the maximum */
    if (!p)
        die("out of memory: %d bytes of text", n);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    out_raw(o, p, (size_t)n);
    free(p);
}

/* ---- HTML ---- */

static struct str html_name(char c)
{
    switch (c) {
    case '&':
        return S("&amp;");
    case '<':
        return S("&lt;");
    case '>':
        return S("&gt;");
    case '"':
        return S("&quot;");
    default:
        return S("&#39;");
    }
}

static const bool html_special[256] = {
    ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true,
};

typedef unsigned char bytes16 __attribute__((vector_size(16)));

/* Sixteen bytes at once: '&' and ''' differ in bit 0 only, '<' and '>' in bit 1 only. */
static inline bool html_plain16(uint64_t first, uint64_t second)
{
    uint64_t half[2] = {first, second};
    bytes16 b;
    memcpy(&b, half, sizeof b);
    bytes16 hit =
        (bytes16)((b & 0xFE) == 0x26) | (bytes16)((b & 0xFD) == 0x3C) | (bytes16)(b == 0x22);
    memcpy(half, &hit, sizeof half);
    return !(half[0] | half[1]);
}

static inline uint64_t eight(const char *p)
{
    uint64_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

/* Whether the last bytes of a text of n bytes, less than 16 of them, are plain: looked at together
 * with some before them, when there are any. */
static inline bool html_plain_end(const char *p, const char *end, size_t n)
{
    if (n >= 16)
        return html_plain16(eight(end - 16), eight(end - 8));
    if (n >= 8)
        return html_plain16(eight(end - n), eight(end - 8));
    for (; p < end; p++)
        if (html_special[(unsigned char)*p])
            return false;
    return true;
}

/* A short text with nothing to escape, as most are: looked at and copied in one. False: it is not,
 * or there is no room yet. */
static inline bool html_short(struct out *o, struct str s)
{
    if (s.n > 16 || o->failed || o->cap - o->n < s.n)
        return false;
    char *to = o->p + o->n;
    const char *end = s.p + s.n;
    if (s.n >= 8) {
        uint64_t first = eight(s.p), last = eight(end - 8);
        if (!html_plain16(first, last))
            return false;
        memcpy(to, &first, sizeof first);
        memcpy(to + s.n - sizeof last, &last, sizeof last);
    } else if (s.n >= 4) {
        uint32_t first, last;
        memcpy(&first, s.p, sizeof first);
        memcpy(&last, end - sizeof last, sizeof last);
        if (!html_plain16((uint64_t)last << 32 | first, 0))
            return false;
        memcpy(to, &first, sizeof first);
        memcpy(to + s.n - sizeof last, &last, sizeof last);
    } else {
        for (size_t i = 0; i < s.n; i++) {
            if (html_special[(unsigned char)s.p[i]])
                return false;
            to[i] = s.p[i];
        }
    }
    o->n += s.n;
    return true;
}

static void html_long(struct out *o, struct str s);

void out_html(struct out *o, struct str s)
{
    if (s.n && !html_short(o, s))
        html_long(o, s);
}

static __attribute__((noinline)) void html_long(struct out *o, struct str s)
{
    const char *run = s.p, *p = s.p, *end = s.p + s.n;
    while (p < end) {
        bool whole = end - p >= 16;
        const char *stop = whole ? p + 16 : end;
        if (whole ? html_plain16(eight(p), eight(p + 8)) : html_plain_end(p, end, s.n)) {
            p = stop;
            continue;
        }
        for (; p < stop; p++) {
            if (!html_special[(unsigned char)*p])
                continue;
            out_raw(o, run, (size_t)(p - run));
            out_str(o, html_name(*p));
            run = p + 1;
        }
    }
    out_raw(o, run, (size_t)(end - run));
}

/* ---- URLs ---- */

static const bool url_plain[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true,
    ['.'] = true,         ['_'] = true,         ['~'] = true,
};

void out_url(struct out *o, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    if (!s.n)
        return;
    size_t run = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (url_plain[c])
            continue;
        out_raw(o, s.p + run, i - run);
        out_raw(o, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
        run = i + 1;
    }
    out_raw(o, s.p + run, s.n - run);
}

/* ---- JSON ---- */

static const bool json_plain[256] = {
    [' '] = true, ['!'] = true, ['#' ... ';'] = true, ['=' ... '['] = true, [']' ... 0x7F] = true,
};

static void json_escape(struct out *o, uint32_t cp)
{
    static const char hex[] = "0123456789abcdef";
    static const char letter[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    if (cp < sizeof letter && letter[cp])
        out_raw(o, (char[]){'\\', letter[cp]}, 2);
    else
        out_raw(o,
                (char[]){'\\', 'u', hex[cp >> 12 & 15], hex[cp >> 8 & 15], hex[cp >> 4 & 15],
                         hex[cp & 15]},
                6);
}

/* The end of the bytes from `at` that stand as they are; malformed UTF-8 and U+2028/9 do not. */
static size_t json_run(struct str s, size_t at)
{
    while (at < s.n) {
        unsigned char c = (unsigned char)s.p[at];
        size_t next = at;
        if (c < 0x80) {
            if (!json_plain[c])
                return at;
            at++;
            continue;
        }
        uint32_t cp = utf8_next(s, &next);
        if (next == at + 1 || cp == 0x2028 || cp == 0x2029)
            return at;
        at = next;
    }
    return at;
}

void out_json_str(struct out *o, struct str s)
{
    out_char(o, '"');
    for (size_t at = 0; at < s.n;) {
        size_t stop = json_run(s, at);
        out_raw(o, s.p + at, stop - at);
        at = stop;
        if (at < s.n)
            json_escape(o, utf8_next(s, &at)); /* a malformed byte comes as U+FFFD */
    }
    out_char(o, '"');
}

/* ---- the end ---- */

struct str out_take(struct out *o, struct arena *a)
{
    struct str s = str_dup(a, out_text(o));
    out_free(o);
    return s;
}
