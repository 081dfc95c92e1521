/* str.c: searching, copying and converting text, UTF-8; see str.h. */
#define _GNU_SOURCE 1 /* memmem, memrchr */
#include "core/str.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/log.h"

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF"; /* RFC 3986 wants these in URLs */

static inline unsigned char ascii_lower(unsigned char c)
{
    return (unsigned char)(c - 'A') < 26 ? c | 0x20 : c;
}

static inline bool ascii_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- comparing and finding ---- */

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower((unsigned char)a.p[i]) != ascii_lower((unsigned char)b.p[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order)
        return order;
    return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

bool str_has(struct str s, struct str part)
{
    return str_find_str(s, part) >= 0;
}

ptrdiff_t str_find(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? at - s.p : -1;
}

ptrdiff_t str_find_str(struct str s, struct str part)
{
    if (part.n == 0)
        return 0;
    const char *at = s.n ? memmem(s.p, s.n, part.p, part.n) : NULL;
    return at ? at - s.p : -1;
}

struct str str_trim(struct str s)
{
    while (s.n && ascii_blank(s.p[s.n - 1]))
        s.n--;
    while (s.n && ascii_blank(s.p[0]))
        s = str_make(s.p + 1, s.n - 1);
    return s;
}

/* A separator at the very end closes the last field and opens no new one, as with lines. */
bool str_split(struct str *rest, char sep, struct str *field)
{
    if (rest->n == 0)
        return false;
    ptrdiff_t at = str_find(*rest, sep);
    size_t n = at < 0 ? rest->n : (size_t)at;
    *field = str_first(*rest, n);
    *rest = str_from(*rest, n + 1);
    return true;
}

/* ---- making text ---- */

struct str str_dup(struct arena *a, struct str s)
{
    return (struct str){str_cstr(a, s), s.n};
}

char *str_cstr(struct arena *a, struct str s)
{
    char *p = arena_bytes(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0)
        die("str_fmt: bad format '%s'", fmt);
    if ((size_t)n < sizeof small)
        return str_dup(a, str_make(small, (size_t)n));
    char *p = arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return str_make(p, (size_t)n);
}

struct str str_join(struct arena *a, const struct str *parts, size_t n, struct str between)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += parts[i].n + (i ? between.n : 0);
    char *p = arena_alloc(a, total + 1), *at = p;
    for (size_t i = 0; i < n; i++) {
        if (i && between.n)
            at = mempcpy(at, between.p, between.n);
        if (parts[i].n)
            at = mempcpy(at, parts[i].p, parts[i].n);
    }
    return str_make(p, total);
}

struct str str_lower(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)ascii_lower((unsigned char)s.p[i]);
    return str_make(p, s.n);
}

/* The ASCII letter under each accented Latin letter; '-' where there is none. */
static const char fold_00c0[] = /* U+00C0..U+017F */
    "aaaaaaaceeeeiiiidnooooo-ouuuuytsaaaaaaaceeeeiiiidnooooo-ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static const char fold_1e00[] = /* U+1E00..U+1EFF */
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwyas--s-aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy------";

/* Letters that are two: the second one. */
static char slug_second(uint32_t cp)
{
    if (cp == 0xDF || cp == 0x1E9E) /* sharp s */
        return 's';
    if (cp == 0xC6 || cp == 0xE6 || cp == 0x152 || cp == 0x153) /* ae, oe */
        return 'e';
    if (cp == 0xDE || cp == 0xFE) /* thorn */
        return 'h';
    return cp == 0x132 || cp == 0x133 ? 'j' : 0; /* ij */
}

char str_fold_latin(uint32_t cp, char *second)
{
    char c = 0;
    if (cp >= 0xC0 && cp < 0x180)
        c = fold_00c0[cp - 0xC0];
    else if (cp >= 0x1E00 && cp < 0x1F00)
        c = fold_1e00[cp - 0x1E00];
    *second = slug_second(cp);
    return c == '-' ? 0 : c;
}

/* Letters and digits as they stand in a slug; 0 for all other bytes. */
/* clang-format off */
static const char slug_plain[256] = {
    ['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q',
            'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    ['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q',
            'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};
/* clang-format on */

/* What a code point is in a slug: a letter or digit, '-' for a gap, 0 for nothing at all. */
static char slug_char(uint32_t cp)
{
    if (cp >= 0xC0 && cp < 0x180)
        return fold_00c0[cp - 0xC0];
    if (cp >= 0x1E00 && cp < 0x1F00)
        return fold_1e00[cp - 0x1E00];
    bool vanishes = cp == 0x2019 || cp == 0xAD || (cp >= 0x300 && cp < 0x370);
    return vanishes ? 0 : '-'; /* apostrophe, soft hyphen, combining accent */
}

size_t str_put_slug(char *p, struct str s, size_t max)
{
    size_t n = 0;
    bool gap = false;
    for (size_t at = 0; at < s.n && n < max;) {
        unsigned char byte = (unsigned char)s.p[at];
        char c = slug_plain[byte], second = 0;
        if (c || byte < 0x80) {
            at++;
        } else {
            uint32_t cp = utf8_next(s, &at);
            c = slug_char(cp);
            second = slug_second(cp);
        }
        if (c == '-' || (byte < 0x80 && !c && byte != '\''))
            gap = n > 0;
        if (!c || c == '-')
            continue;
        if (n + 1 + gap + (second != 0) > max)
            break;
        if (gap)
            p[n++] = '-';
        p[n++] = c;
        if (second)
            p[n++] = second;
        gap = false;
        while (at < s.n && n < max && (c = slug_plain[(unsigned char)s.p[at]])) {
            p[n++] = c; /* most bytes are letters of a word */
            at++;
        }
    }
    return n;
}

struct str str_slug(struct arena *a, struct str s, size_t max)
{
    size_t room = s.n * 2 < max ? s.n * 2 : max;
    char *p = arena_alloc(a, room + 2);
    size_t n = str_put_slug(p, s, max);
    p[n] = 0;
    return str_make(p, n);
}

/* ---- numbers ---- */

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

static inline size_t digits_of(uint64_t u)
{
    size_t n = 1;
    for (; u >= 1000; u /= 1000)
        n += 3;
    return n + (u >= 10) + (u >= 100);
}

size_t str_put_int(char *p, int64_t n)
{
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    size_t size = (n < 0) + digits_of(u), at = size;
    for (; u >= 100; u /= 100)
        memcpy(p + (at -= 2), digit_pairs + 2 * (u % 100), 2);
    if (u >= 10)
        memcpy(p + (at -= 2), digit_pairs + 2 * u, 2);
    else
        p[--at] = (char)('0' + u);
    if (n < 0)
        p[0] = '-';
    return size;
}

struct str str_of_id(struct arena *a, struct str before, int64_t id)
{
    char *p = arena_bytes(a, before.n + STR_INT + 1);
    memcpy(p, before.p, before.n);
    size_t n = before.n + str_put_int(p + before.n, id);
    p[n] = '\0';
    return str_make(p, n);
}

bool str_int(struct str s, int64_t *out)
{
    bool minus = s.n && s.p[0] == '-';
    size_t at = minus;
    if (at == s.n)
        return false;
    int64_t value = 0; /* kept negative: INT64_MIN has no positive */
    for (; at < s.n; at++) {
        unsigned digit = (unsigned char)s.p[at] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, (int64_t)digit, &value))
            return false;
    }
    if (!minus && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    *out = value;
    return true;
}

/* ---- UTF-8 ---- */

/* The length and value of the sequence at p (n bytes are there), or 0 when it is malformed. */
static size_t utf8_decode(const unsigned char *p, size_t n, uint32_t *cp)
{
    static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
    unsigned char lead = p[0];
    if (lead < 0x80) {
        *cp = lead;
        return 1;
    }
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || len > n)
        return 0;
    uint32_t value = lead & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3F);
    }
    bool surrogate = value >= 0xD800 && value < 0xE000;
    if (value < least[len] || value > 0x10FFFF || surrogate)
        return 0;
    *cp = value;
    return len;
}

bool utf8_valid(struct str s)
{
    if (!s.n)
        return true;
    const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
    while (p < end) {
        uint64_t word;
        while (end - p >= 8 && (memcpy(&word, p, 8), !(word & UINT64_C(0x8080808080808080))))
            p += 8; /* most text is ASCII */
        if (p == end)
            return true;
        uint32_t cp;
        size_t len = utf8_decode(p, (size_t)(end - p), &cp);
        if (!len)
            return false;
        p += len;
    }
    return true;
}

size_t utf8_len(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

struct str utf8_first(struct str s, size_t points)
{
    if (s.n <= points)
        return s;
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] & 0xC0) != 0x80 && points-- == 0)
            return str_first(s, i);
    return s;
}

/* A malformed byte counts as one U+FFFD, so that no caller can be led past the end. */
uint32_t utf8_next(struct str s, size_t *at)
{
    uint32_t cp = 0xFFFD;
    size_t len = utf8_decode((const unsigned char *)s.p + *at, s.n - *at, &cp);
    *at += len ? len : 1;
    return cp;
}

size_t utf8_put(char out[4], uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t len = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3F));
    out[0] = (char)((0xF00u >> len) | cp);
    return len;
}

/* ---- URLs and hex ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)ascii_lower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct str str_url_decode(struct arena *a, struct str s, bool plus_is_blank)
{
    if (str_find(s, '%') < 0 && !(plus_is_blank && str_find(s, '+') >= 0))
        return s;
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '+' && plus_is_blank)
            c = ' ';
        if (c == '%' && s.n - i > 2) {
            int high = hex_value(s.p[i + 1]), low = hex_value(s.p[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            }
        }
        p[n++] = c;
    }
    return str_make(p, n);
}

static bool url_unreserved(unsigned char c)
{
    unsigned char l = ascii_lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

struct str str_url_encode(struct arena *a, struct str s)
{
    size_t coded = 0;
    for (size_t i = 0; i < s.n; i++)
        coded += !url_unreserved((unsigned char)s.p[i]);
    if (!coded)
        return s;
    char *p = arena_alloc(a, s.n + 2 * coded + 1), *at = p;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (url_unreserved(c)) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = hex_upper[c >> 4];
        *at++ = hex_upper[c & 15];
    }
    return str_make(p, (size_t)(at - p));
}

struct str str_hex(struct arena *a, const void *bytes, size_t n)
{
    char *p = arena_alloc(a, 2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = ((const unsigned char *)bytes)[i];
        p[2 * i] = hex_lower[c >> 4];
        p[2 * i + 1] = hex_lower[c & 15];
    }
    return str_make(p, 2 * n);
}

uint64_t str_hash(struct str s)
{
    return str_hash_on(UINT64_C(0xCBF29CE484222325), s);
}

uint64_t str_hash_on(uint64_t h, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001B3);
    return h;
}
