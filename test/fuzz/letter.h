/* letter.h: application/x-www-form-urlencoded as its definition has it, written once more for the
 * targets to compare with: it shares no line with what it judges. */
#ifndef FUZZ_LETTER_H
#define FUZZ_LETTER_H

#include "http/target.h"
#include "test/fuzz/fuzz.h"

/* One name or value; false: a '%' without its digits, NUL, or no UTF-8. */
static inline bool letter_decode(struct arena *a, struct str s, struct str *text)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i] == '+' ? ' ' : s.p[i];
        if (c == '%') {
            const char *high = i + 2 < s.n && s.p[i + 1] ? strchr(digits, s.p[i + 1]) : NULL;
            const char *low = i + 2 < s.n && s.p[i + 2] ? strchr(digits, s.p[i + 2]) : NULL;
            if (!high || !low)
                return false;
            c = (char)((high - digits) % 16 * 16 + (low - digits) % 16);
            i += 2;
        }
        if (c == 0)
            return false;
        p[n++] = c;
    }
    *text = str_make(p, n);
    return utf8_valid(*text);
}

/* False: they must be refused. */
static inline bool letter_fields(struct arena *a, struct str text, struct param **fields, size_t *n)
{
    size_t pieces = 1;
    for (size_t i = 0; i < text.n; i++)
        pieces += text.p[i] == '&';
    *n = 0;
    *fields = arena_array(a, struct param, pieces);
    if (pieces > TARGET_FIELDS)
        return false;
    while (text.n) {
        const char *end = memchr(text.p, '&', text.n);
        struct str field = str_first(text, end ? (size_t)(end - text.p) : text.n);
        text = str_from(text, field.n + 1);
        const char *equals = field.n ? memchr(field.p, '=', field.n) : NULL;
        size_t name_n = equals ? (size_t)(equals - field.p) : field.n;
        if (field.n == 0)
            continue;
        struct param *to = &(*fields)[(*n)++];
        if (!letter_decode(a, str_first(field, name_n), &to->name) ||
            !letter_decode(a, str_from(field, name_n + 1), &to->value))
            return false;
    }
    return true;
}

static inline void letter_same(const struct param *got, size_t got_n, const struct param *want,
                               size_t n)
{
    must(got_n == n);
    for (size_t i = 0; i < n; i++)
        must(str_eq(got[i].name, want[i].name) && str_eq(got[i].value, want[i].value));
}

#endif
