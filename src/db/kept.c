/* kept.c: see kept.h. */
#include "db/kept.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"

struct kept_row {
    uint64_t first; /* of its order: bytes of the key */
    unsigned char *packed;
};

uint64_t kept_hash(const struct db_arg *arg)
{
    uint64_t hash =
        arg->kind == DB_TEXT ? str_hash(arg->s) : (uint64_t)arg->i * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

/* ---- order ---- */

static int arg_order(const struct db_arg *a, const struct db_arg *b)
{
    if (a->kind != DB_TEXT || b->kind != DB_TEXT)
        return a->i < b->i ? -1 : a->i > b->i;
    size_t n = a->s.n < b->s.n ? a->s.n : b->s.n;
    int order = n ? memcmp(a->s.p, b->s.p, n) : 0;
    return order ? order : a->s.n < b->s.n ? -1 : a->s.n > b->s.n;
}

static int by_columns(const void *x, const void *y)
{
    const struct kept_row *one = x, *other = y;
    struct db_arg a[KEPT_KEYED], b[KEPT_KEYED];
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    size_t n = packed_read(one->packed, a);
    packed_read(other->packed, b);
    int order = 0;
    for (size_t i = 0; i < n && !order; i++)
        order = arg_order(&a[i], &b[i]);
    return order;
}

static int by_first(const void *x, const void *y)
{
    const struct kept_row *one = x, *other = y;
    struct db_arg a[KEPT_KEYED + 1], b[KEPT_KEYED + 1];
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    size_t n = packed_read(one->packed, a), m = packed_read(other->packed, b);
    return arg_order(&a[n - 1], &b[m - 1]); /* how many came before it */
}

/* Bytes in the order of their number: what most comparisons need. Of a type and a key one byte is
 * the type's. */
static uint64_t first_of(const struct db_arg *args, size_t n)
{
    const struct db_arg *key = n > 2 && args->kind == DB_TEXT ? &args[1] : args;
    uint64_t first = 0;
    size_t at = 0;
    if (key->kind != DB_TEXT)
        return (uint64_t)key->i ^ UINT64_C(1) << 63;
    if (key != args && args->kind == DB_TEXT)
        first = args->s.n ? (unsigned char)args->s.p[0] : 0, at = 1;
    for (size_t i = 0; at < sizeof first; at++, i++)
        first = first << 8 | (i < key->s.n ? (unsigned char)key->s.p[i] : 0);
    return first;
}

void kept_sort(struct kept *k)
{
    if (k->n && k->order != KEPT_AS_PUT)
        qsort(k->rows, k->n, sizeof *k->rows, k->order == KEPT_BY_FIRST ? by_first : by_columns);
}

void kept_read(const struct kept *k, size_t row, struct db_arg *args)
{
    packed_read(k->rows[row].packed, args);
}

/* ---- keys ---- */

static void key_put(struct kept *k, enum kept_key column, const struct db_arg *args)
{
    key_set_put(&k->keys[column], kept_hash(&args[k->columns - KEPT_KEYS + column]));
}

bool kept_has(struct kept *k, enum kept_key column, const struct db_arg *key)
{
    for (size_t i = 0; !k->asked[column] && i < k->n; i++) {
        struct db_arg args[KEPT_KEYED];
        kept_read(k, i, args);
        key_put(k, column, args);
    }
    k->asked[column] = true;
    return key_set_has(&k->keys[column], kept_hash(key));
}

/* ---- room ---- */

size_t kept_bytes(const struct kept *k)
{
    return k->room * sizeof *k->rows;
}

static void room_grow(struct kept *k, size_t more)
{
    k->rows = realloc(k->rows, (k->room + more) * sizeof *k->rows);
    if (!k->rows)
        die("out of memory: rows that wait");
    k->room += more;
}

void kept_clear(struct kept *k)
{
    k->n = 0;
    for (int c = 0; c < KEPT_KEYS; c++)
        key_set_clear(&k->keys[c]);
    if (k->places)
        memset(k->places, 0, 2 * k->room * sizeof *k->places);
}

void kept_drop(struct kept *k)
{
    kept_clear(k);
    free(k->rows);
    free(k->places);
    k->rows = NULL;
    k->places = NULL;
    k->room = 0;
}

void kept_free(struct kept *k)
{
    kept_drop(k);
    for (int c = 0; c < KEPT_KEYS; c++)
        key_set_free(&k->keys[c]);
}

/* ---- rows ---- */

enum { ROOM_FIRST = 64 };

static void row_put(struct kept *k, struct arena *a, const struct db_arg *args, size_t n,
                    size_t sums)
{
    uint64_t first = k->order == KEPT_AS_PUT ? 0 : first_of(args, n);
    k->columns = n;
    k->rows[k->n++] = (struct kept_row){first, packed_make(a, args, n, sums)};
}

static void numbered_put(struct kept *k, struct arena *a, const struct db_arg *args, size_t n)
{
    struct db_arg numbered[KEPT_KEYED + 1];
    memcpy(numbered, args, n * sizeof *args);
    numbered[n] = I((int64_t)k->n);
    k->columns = n + 1;
    k->rows[k->n++] = (struct kept_row){first_of(args, 1), packed_make(a, numbered, n + 1, 0)};
}

void kept_put(struct kept *k, struct arena *a, const struct db_arg *args, size_t n)
{
    if (k->n == k->room)
        room_grow(k, k->room ? k->room / 2 : ROOM_FIRST);
    if (k->order == KEPT_BY_FIRST)
        numbered_put(k, a, args, n);
    else
        row_put(k, a, args, n, 0);
    for (int c = 0; c < KEPT_KEYS; c++)
        if (k->asked[c])
            key_put(k, (enum kept_key)c, args);
}

/* ---- sums ---- */

static uint64_t sum_hash(const struct db_arg *args, size_t n)
{
    uint64_t hash = n;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ kept_hash(&args[i])) * UINT64_C(0x9E3779B97F4A7C15);
    return hash >> 32;
}

static bool same_sum(const struct kept_row *row, const struct db_arg *b, size_t n)
{
    struct db_arg a[KEPT_KEYED];
    packed_read(row->packed, a);
    for (size_t i = 0; i < n; i++)
        if (a[i].kind != b[i].kind || arg_order(&a[i], &b[i]))
            return false;
    return true;
}

/* Where the row of that key stands, or may. */
static uint32_t *sum_place(struct kept *k, const struct db_arg *args, size_t keys)
{
    size_t mask = 2 * k->room - 1, at = sum_hash(args, keys) & mask;
    while (k->places[at] && !same_sum(&k->rows[k->places[at] - 1], args, keys))
        at = (at + 1) & mask;
    return &k->places[at];
}

static void sums_grow(struct kept *k, size_t keys)
{
    room_grow(k, k->room ? k->room : ROOM_FIRST);
    free(k->places);
    k->places = calloc(2 * k->room, sizeof *k->places);
    if (!k->places)
        die("out of memory: rows that wait");
    for (size_t i = 0; i < k->n; i++) {
        struct db_arg args[KEPT_KEYED];
        kept_read(k, i, args);
        *sum_place(k, args, keys) = (uint32_t)i + 1;
    }
}

void kept_add(struct kept *k, struct arena *a, const struct db_arg *args, size_t n)
{
    size_t keys = n - KEPT_SUMS;
    if (k->n == k->room)
        sums_grow(k, keys);
    uint32_t *place = sum_place(k, args, keys);
    if (*place) {
        packed_add(k->rows[*place - 1].packed, args + keys, KEPT_SUMS);
        return;
    }
    row_put(k, a, args, n, KEPT_SUMS);
    *place = (uint32_t)k->n;
}
