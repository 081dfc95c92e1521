/* packed.c: see packed.h. The number of arguments; of each a byte, its kind and the width of what
 * follows: a number, the lowest byte first. Of a text it is the length, and the bytes follow. */
#include "db/packed.h"

#include <string.h>

#include "core/arena.h"

enum { WORD = 8, KIND_BITS = 4, KIND_MASK = 15 };

static bool is_text(const struct db_arg *arg)
{
    return arg->kind == DB_TEXT || arg->kind == DB_BLOB;
}

static uint64_t word_of(const struct db_arg *arg)
{
    uint64_t word = is_text(arg) ? arg->s.n : (uint64_t)arg->i;
    if (arg->kind == DB_REAL)
        memcpy(&word, &arg->d, WORD);
    return word;
}

static size_t width_of(uint64_t word)
{
    return word ? (size_t)(64 + 7 - __builtin_clzll(word)) / 8 : 0;
}

static unsigned char *word_put(unsigned char *p, uint64_t word, size_t width)
{
    for (size_t i = 0; i < width; i++)
        *p++ = (unsigned char)(word >> 8 * i);
    return p;
}

static unsigned char *arg_put(unsigned char *p, const struct db_arg *arg, size_t width)
{
    *p++ = (unsigned char)((size_t)arg->kind | width << KIND_BITS);
    p = word_put(p, word_of(arg), width);
    if (!is_text(arg) || !arg->s.n)
        return p;
    memcpy(p, arg->s.p, arg->s.n);
    return p + arg->s.n;
}

unsigned char *packed_make(struct arena *a, const struct db_arg *args, size_t n, size_t sums)
{
    size_t size = 1, widths[PACKED_MOST];
    for (size_t i = 0; i < n; i++) {
        widths[i] = i + sums < n ? width_of(word_of(&args[i])) : WORD;
        size += 1 + widths[i] + (is_text(&args[i]) ? args[i].s.n : 0);
    }
    unsigned char *packed = arena_tight(a, size), *p = packed;
    *p++ = (unsigned char)n;
    for (size_t i = 0; i < n; i++)
        p = arg_put(p, &args[i], widths[i]);
    return packed;
}

static const unsigned char *arg_read(const unsigned char *p, struct db_arg *arg)
{
    uint64_t word = 0;
    size_t width = *p >> KIND_BITS;
    *arg = (struct db_arg){.kind = (enum db_kind)(*p++ & KIND_MASK)};
    for (size_t i = 0; i < width; i++)
        word |= (uint64_t)*p++ << 8 * i;
    if (is_text(arg)) {
        arg->s = str_make((const char *)p, word);
        return p + word;
    }
    if (arg->kind == DB_REAL)
        memcpy(&arg->d, &word, WORD);
    else
        arg->i = (int64_t)word;
    return p;
}

size_t packed_read(const unsigned char *packed, struct db_arg *args)
{
    size_t n = *packed++;
    for (size_t i = 0; i < n; i++)
        packed = arg_read(packed, &args[i]);
    return n;
}

void packed_add(unsigned char *packed, const struct db_arg *sums, size_t n)
{
    struct db_arg was;
    const unsigned char *p = packed + 1;
    for (size_t i = *packed; i > n; i--)
        p = arg_read(p, &was);
    unsigned char *at = packed + (p - packed);
    for (size_t i = 0; i < n; i++) {
        arg_read(at, &was);
        was.i += sums[i].i;
        at = arg_put(at, &was, WORD);
    }
}
