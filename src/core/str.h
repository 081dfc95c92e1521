/* str.h: text as pointer and length, UTF-8 by convention.
 *
 * A struct str borrows its bytes; whoever made them (an arena, a literal, a row) decides how long
 * they live. It may hold NUL bytes and need not end with one; str_cstr makes a C string.
 *
 * RULES
 *   1. str_int takes the whole text or fails: no blanks, no sign but '-', no overflow.
 *   2. utf8_valid refuses overlong forms, surrogates and what lies above U+10FFFF.
 *   3. str_url_decode leaves a '%' that is not followed by two hex digits as it is.
 *   4. str_slug gives [a-z0-9-] only, never empty ends, folding Latin letters with accents.
 */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct str {
    const char *p;
    size_t n;
};

#define S(lit) ((struct str){"" lit, sizeof(lit) - 1})
#define STR_FMT "%.*s" /* printf(STR_FMT, STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *c)
{
    return c ? (struct str){c, strlen(c)} : (struct str){"", 0};
}

static inline struct str str_make(const char *p, size_t n)
{
    return (struct str){p, n};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *c)
{
    return str_eq(a, str_of(c));
}

static inline struct str str_from(struct str s, size_t at) /* the rest, empty past the end */
{
    return at >= s.n ? (struct str){"", 0} : (struct str){s.p + at, s.n - at};
}

static inline struct str str_first(struct str s, size_t n)
{
    return (struct str){s.p, n < s.n ? n : s.n};
}

bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* byte order */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has(struct str s, struct str part);
ptrdiff_t str_find(struct str s, char c);              /* -1: nowhere */
ptrdiff_t str_find_str(struct str s, struct str part); /* -1: nowhere */
struct str str_trim(struct str s);                     /* ASCII white space at both ends */

/* Takes the next field up to `sep` off *rest; false when nothing is left. "a,,b" has three fields,
 * "a," one. */
bool str_split(struct str *rest, char sep, struct str *field);

struct str str_dup(struct arena *a, struct str s); /* NUL behind it, not counted */
char *str_cstr(struct arena *a, struct str s);
struct str str_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str str_join(struct arena *a, const struct str *parts, size_t n, struct str between);
struct str str_lower(struct arena *a, struct str s); /* ASCII letters only */
struct str str_slug(struct arena *a, struct str s, size_t max);
/* Written to p, without a NUL; these give how many bytes. */
enum { STR_INT = 20 }; /* bytes of the longest number */
size_t str_put_slug(char *p, struct str s, size_t max);
size_t str_put_int(char *p, int64_t n);
struct str str_of_id(struct arena *a, struct str before, int64_t id); /* "/r/" and 7: "/r/7" */

/* The ASCII letter under a Latin letter beyond ASCII ('e' for e with an accent), 0 where there is
 * none; *second is the second letter of those that are two, else 0. */
char str_fold_latin(uint32_t cp, char *second);

bool str_int(struct str s, int64_t *out);

bool utf8_valid(struct str s);
size_t utf8_len(struct str s);                      /* code points of valid UTF-8 */
struct str utf8_first(struct str s, size_t points); /* so many code points, none cut */
/* Decodes one code point at *at and steps over it; a malformed byte counts as one U+FFFD. */
uint32_t utf8_next(struct str s, size_t *at);
/* Writes one code point, gives its length in bytes (1..4). */
size_t utf8_put(char out[4], uint32_t cp);

struct str str_url_decode(struct arena *a, struct str s, bool plus_is_blank);
struct str str_url_encode(struct arena *a, struct str s); /* all but RFC 3986 "unreserved" */

struct str str_hex(struct arena *a, const void *bytes, size_t n);
uint64_t str_hash(struct str s); /* FNV-1a, for tables of our own making; not against attackers */
uint64_t str_hash_on(uint64_t hash, struct str s); /* of what was hashed, and s behind it */

#endif
