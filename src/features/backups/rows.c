/* rows.c: reads by key in pieces; see rows.h.
 *
 * WHY in pieces on SQLite too: one code path. And a piece is measured in bytes, because PostgreSQL
 * hands over a whole result: rows of texts come some dozens at a time, small ones by the thousand.
 */
#include "features/backups/rows.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

enum {
    PIECE_BYTES = 1 << 20,
    PIECE_FIRST = 32,
    PIECE_MOST = 2000,
    ROW_MAX = 400 << 20,
    STATEMENTS = 1 << 20
};

static void value_put(struct out *o, const struct rows *q, int col)
{
    enum db_kind kind = db_kind(q, col);
    out_char(o, (char)kind);
    if (kind == DB_INT || kind == DB_REAL) {
        int64_t i = db_int(q, col);
        double d = kind == DB_REAL ? db_real(q, col) : 0;
        uint64_t bits;
        memcpy(&bits, kind == DB_INT ? (const void *)&i : &d, 8);
        bits = htole64(bits);
        out_raw(o, (const char *)&bits, 8);
    } else if (kind != DB_NULL) {
        struct str s = kind == DB_TEXT ? db_str(q, col) : db_blob(q, col);
        uint32_t n = htole32((uint32_t)s.n);
        out_raw(o, (const char *)&n, 4);
        out_str(o, s);
    }
}

static struct db_arg value_of(const struct rows *q, int col, struct arena *a)
{
    switch (db_kind(q, col)) {
    case DB_INT:
        return I(db_int(q, col));
    case DB_REAL:
        return R(db_real(q, col));
    case DB_BLOB:
        return B(str_dup(a, db_blob(q, col)));
    case DB_TEXT:
        return T(db_dup(q, col, a));
    case DB_NULL:
        break;
    }
    return NIL();
}

struct walk {
    struct db *db;
    const struct db_table *table;
    struct arena *arena;        /* of the statements */
    struct arena *now, *before; /* of the last keys of this piece, and of the one before */
    const char *first, *next;   /* statements: the key of the last row comes as ?1 ... */
    struct db_arg *last;        /* that key, and the length of a piece */
    struct out row;
    bool (*each)(void *ctx, struct str row);
    void *ctx;
};

static void statements_make(struct walk *w)
{
    const struct db_table *t = w->table;
    struct str columns = db_quoted_list(w->arena, t->columns, t->columns_n);
    struct str key = db_quoted_list(w->arena, t->key, t->key_n);
    struct str name = db_quoted(w->arena, t->name);
    struct out marks;
    out_init(&marks, STATEMENTS);
    for (size_t i = 0; i < t->key_n; i++)
        out_fmt(&marks, "%s?%d", i ? ", " : "", (int)i + 1);
    struct str after = out_take(&marks, w->arena);
    w->first =
        str_fmt(w->arena,
                "SELECT " STR_FMT ", " STR_FMT " FROM " STR_FMT " ORDER BY " STR_FMT " LIMIT ?1",
                STR_ARG(columns), STR_ARG(key), STR_ARG(name), STR_ARG(key))
            .p;
    w->next = str_fmt(w->arena,
                      "SELECT " STR_FMT ", " STR_FMT " FROM " STR_FMT " WHERE (" STR_FMT
                      ") > (" STR_FMT ") ORDER BY " STR_FMT " LIMIT ?%d",
                      STR_ARG(columns), STR_ARG(key), STR_ARG(name), STR_ARG(key), STR_ARG(after),
                      STR_ARG(key), (int)t->key_n + 1)
                  .p;
}

/* Gives how many rows there were, -1 when each() has had enough. */
static int64_t piece_read(struct walk *w, bool first, int64_t length, int64_t *bytes)
{
    const struct db_table *t = w->table;
    w->last[t->key_n] = I(length);
    struct rows q = first ? db_query(w->db, w->first, I(length))
                          : db_query_n(w->db, w->next, w->last, t->key_n + 1);
    struct arena *spare = w->before;
    w->before = w->now;
    w->now = spare;
    arena_reset(w->now);
    struct db_arg *keys = arena_array(w->now, struct db_arg, t->key_n + 1);
    int64_t n = 0;
    *bytes = 0;
    while (db_next(&q)) {
        out_clear(&w->row);
        for (size_t i = 0; i < t->columns_n; i++)
            value_put(&w->row, &q, (int)i);
        if (out_failed(&w->row))
            db_fail(w->db, DB_INVALID, "a row is too long for a backup");
        if (db_failed(w->db) || !w->each(w->ctx, out_text(&w->row))) {
            db_done(&q);
            return -1;
        }
        *bytes += (int64_t)w->row.n;
        if (++n == length)
            for (size_t i = 0; i < t->key_n; i++)
                keys[i] = value_of(&q, (int)(t->columns_n + i), w->now);
    }
    w->last = keys;
    return n;
}

bool rows_each(struct db *db, const struct db_table *table, bool (*each)(void *ctx, struct str row),
               void *ctx)
{
    if (!table->key_n) {
        db_fail(db, DB_INVALID, "a table has no primary key, so it cannot be read by it");
        return false;
    }
    struct walk w = {.db = db, .table = table, .each = each, .ctx = ctx};
    w.arena = arena_new(STATEMENTS);
    w.now = arena_new(ROW_MAX);
    w.before = arena_new(ROW_MAX);
    w.last = arena_array(w.now, struct db_arg, table->key_n + 1);
    out_init(&w.row, ROW_MAX);
    statements_make(&w);
    int64_t length = PIECE_FIRST, n = length, bytes = 0;
    for (bool first = true; n == length || first; first = false) {
        if (!first && bytes) {
            int64_t fits = PIECE_BYTES / (bytes / n + 1) + 1;
            length = fits < PIECE_MOST ? fits : PIECE_MOST;
        }
        n = piece_read(&w, first, length, &bytes);
    }
    out_free(&w.row);
    arena_free(w.arena);
    arena_free(w.now);
    arena_free(w.before);
    return n >= 0 && !db_failed(db);
}

/* ---- sums ---- */

void sum_add(struct backup_sum *sum, struct str row)
{
    uint64_t hash[2];
    crypto_generichash((unsigned char *)hash, sizeof hash, (const unsigned char *)row.p, row.n,
                       NULL, 0);
    sum->rows++;
    sum->low += le64toh(hash[0]);
    sum->high += le64toh(hash[1]);
}

bool sum_eq(const struct backup_sum *a, const struct backup_sum *b)
{
    return a->rows == b->rows && a->low == b->low && a->high == b->high;
}

/* ---- back ---- */

static bool value_read(struct str *row, struct db_arg *arg)
{
    if (!row->n)
        return false;
    enum db_kind kind = (enum db_kind)(unsigned char)row->p[0];
    *row = str_from(*row, 1);
    *arg = (struct db_arg){.kind = kind};
    if (kind == DB_NULL)
        return true;
    if (kind == DB_INT || kind == DB_REAL) {
        uint64_t bits;
        if (row->n < 8)
            return false;
        memcpy(&bits, row->p, 8);
        bits = le64toh(bits);
        memcpy(kind == DB_INT ? (void *)&arg->i : &arg->d, &bits, 8);
        *row = str_from(*row, 8);
        return true;
    }
    uint32_t n;
    if ((kind != DB_TEXT && kind != DB_BLOB) || row->n < 4)
        return false;
    memcpy(&n, row->p, 4);
    *row = str_from(*row, 4);
    n = le32toh(n);
    if (row->n < n)
        return false;
    arg->s = str_first(*row, n);
    *row = str_from(*row, n);
    return true;
}

bool row_read(struct str row, struct db_arg *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!value_read(&row, &args[i]))
            return false;
    return row.n == 0;
}
