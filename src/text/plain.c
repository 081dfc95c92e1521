/* plain.c: cleaning, blanks and excerpts; see plain.h. */
#include "text/plain.h"

static inline bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- cleaning ---- */

static bool control_byte(unsigned char c)
{
    return c < 0x20 ? c != '\t' && c != '\n' && c != '\r' : c == 0x7F;
}

static bool may_stay(uint32_t cp, size_t len)
{
    bool c1 = cp >= 0x80 && cp < 0xA0, nonchar = (cp & 0xFFFE) == 0xFFFE || (cp - 0xFDD0) < 32;
    bool malformed = cp == 0xFFFD && len == 1;
    return !malformed && !c1 && !nonchar && !(cp < 0x80 && control_byte((unsigned char)cp));
}

/* Where the first character stands that may not stay; s.n when there is none. */
static size_t first_dirt(struct str s, size_t at)
{
    while (at < s.n) {
        unsigned char c = (unsigned char)s.p[at];
        if (c >= 0x20 && c < 0x7F) {
            at++;
            continue;
        }
        size_t next = at;
        uint32_t cp = utf8_next(s, &next);
        if (!may_stay(cp, next - at))
            return at;
        at = next;
    }
    return s.n;
}

struct str text_clean(struct arena *a, struct str s)
{
    size_t at = first_dirt(s, 0), n = 0;
    if (at == s.n)
        return s;
    char *p = arena_alloc(a, s.n * 3 + 1); /* U+FFFD takes three bytes */
    for (size_t from = 0;;) {
        memcpy(p + n, s.p + from, at - from);
        n += at - from;
        if (at == s.n)
            return str_make(p, n);
        n += utf8_put(p + n, 0xFFFD);
        utf8_next(s, &at);
        from = at;
        at = first_dirt(s, at);
    }
}

/* ---- blanks ---- */

void plain_add(struct plain *p, struct str s)
{
    for (size_t at = 0; at < s.n;) {
        if (blank(s.p[at])) {
            p->gap = true;
            at++;
            continue;
        }
        size_t from = at;
        while (at < s.n && !blank(s.p[at]))
            at++;
        if (p->gap && p->o->n)
            out_char(p->o, ' ');
        p->gap = false;
        out_raw(p->o, s.p + from, at - from);
    }
}

/* ---- excerpts ---- */

struct str text_excerpt(struct arena *a, struct str plain, size_t chars)
{
    struct str cut = utf8_first(plain, chars);
    if (cut.n == plain.n || chars == 0)
        return cut;
    cut = utf8_first(plain, chars - 1); /* the mark counts as one */
    size_t end = cut.n;
    if (!blank(plain.p[end])) { /* inside a word: back to where it begins, unless that is far */
        while (end > 0 && !blank(cut.p[end - 1]))
            end--;
        if (end < cut.n / 2)
            end = cut.n;
    }
    while (end > 0 && (blank(cut.p[end - 1]) || str_find(S(",;:-("), cut.p[end - 1]) >= 0))
        end--;
    struct str parts[] = {str_first(cut, end), S("\xe2\x80\xa6")};
    return str_join(a, parts, 2, S(""));
}
