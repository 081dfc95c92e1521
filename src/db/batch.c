/* batch.c: see batch.h. */
#include "db/batch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/out.h"
#include "db/arrays.h"
#include "db/beside.h"
#include "db/engine.h"

enum {
    MANY = 100,
    SOME = 10,
    ARRAY_ROWS = 5000,
    ARRAY_BYTES = 4 << 20,
    SQL_MAX = 64 * 1024,
};

/* A statement around the values of its row. */
struct parts {
    struct str head, row, tail;
};

struct batch {
    struct db *db;
    struct beside *beside;
    struct arena *arena;
    const char *sql, *many; /* for one row, and for `step` */
    struct parts parts;
    size_t columns, left, step, n; /* n: rows that wait */
    struct db_arg *args;           /* VALUES */
    struct array *arrays;
};

/* ---- texts ---- */

/* VALUES, and its brackets that are closed first where they are opened. */
static struct parts parts_of(const char *sql)
{
    static const char values[] = " VALUES (";
    const char *at = strstr(sql, values), *end = at ? at + sizeof values - 1 : NULL;
    for (int depth = 1; end && depth; end++)
        depth += *end == '(' ? 1 : *end == ')' ? -1 : *end ? 0 : -depth;
    if (!end || end[-1] != ')')
        die("no row of values: %s", sql);
    const char *row = at + sizeof values - 1;
    return (struct parts){str_make(sql, (size_t)(at - sql)), str_make(row, (size_t)(end - 1 - row)),
                          str_of(end)};
}

/* The row's values with other arguments, from `from` on. */
static void row_put(struct out *o, struct str row, const char *before, size_t from,
                    const char *behind)
{
    while (row.n) {
        if (row.p[0] != '?') {
            out_char(o, row.p[0]);
            row = str_from(row, 1);
            continue;
        }
        size_t number = 0, n = 1;
        for (; n < row.n && isdigit((unsigned char)row.p[n]); n++)
            number = number * 10 + (size_t)(row.p[n] - '0');
        out_fmt(o, "%s%zu%s", before, from + number, behind);
        row = str_from(row, n);
    }
}

static const char *values_sql(struct batch *b, size_t rows)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_str(&o, b->parts.head);
    for (size_t i = 0; i < rows; i++) {
        out_str(&o, i ? S(", (") : S(" VALUES ("));
        row_put(&o, b->parts.row, "?", i * b->columns, "");
        out_lit(&o, ")");
    }
    out_str(&o, b->parts.tail);
    return str_cstr(b->arena, out_take(&o, b->arena));
}

/* Elements in the list of values come side by side, without a table in between as in FROM. */
static const char *arrays_sql(struct batch *b)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_str(&o, b->parts.head);
    out_lit(&o, " SELECT ");
    row_put(&o, b->parts.row, "unnest(?", 0, ")");
    out_str(&o, b->parts.tail);
    return str_cstr(b->arena, out_take(&o, b->arena));
}

/* ---- sending ---- */

static void send(struct batch *b, const char *sql, const struct db_arg *args, size_t n)
{
    if (b->beside)
        beside_send(b->beside, sql, args, n);
    else
        db_send_n(b->db, sql, args, n);
}

static void values_send(struct batch *b)
{
    if (b->n)
        send(b, b->many, b->args, b->n * b->columns);
    b->n = 0;
}

static void values_row(struct batch *b, const struct db_arg *args)
{
    if (!b->n) {
        size_t step = b->left >= MANY ? MANY : b->left >= SOME ? SOME : 1;
        b->many = step == b->step ? b->many : step == 1 ? b->sql : values_sql(b, step);
        b->step = step;
    }
    memcpy(b->args + b->n * b->columns, args, b->columns * sizeof *args);
    b->left--;
    if (++b->n == b->step)
        values_send(b);
}

static void arrays_send(struct batch *b)
{
    for (size_t c = 0; c < b->columns; c++) {
        b->args[c] = b->n ? array_arg(&b->arrays[c]) : NIL();
        if (b->n && out_failed(&b->arrays[c].o))
            db_set_failure(b->db, DB_INVALID, "rows are too long", b->sql);
    }
    if (b->n)
        send(b, b->many, b->args, b->columns);
    for (size_t c = 0; c < b->columns; c++)
        array_clear(&b->arrays[c]);
    b->n = 0;
}

static void arrays_row(struct batch *b, const struct db_arg *args)
{
    bool fits = true, alone = false;
    size_t bytes = 0;
    for (size_t c = 0; c < b->columns; c++) {
        fits = fits && array_takes(&b->arrays[c], &args[c]);
        alone = alone || db_arg_kind(&args[c]) == DB_NULL;
    }
    if (!fits || alone)
        arrays_send(b);
    if (alone) { /* of a NULL's array the type is not known */
        send(b, b->sql, args, b->columns);
        return;
    }
    for (size_t c = 0; c < b->columns; c++) {
        array_put(&b->arrays[c], &args[c]);
        bytes += b->arrays[c].o.n;
    }
    if (++b->n == ARRAY_ROWS || bytes > ARRAY_BYTES)
        arrays_send(b);
}

/* ---- */

struct batch *batch_begin(struct db *db, struct beside *beside, const char *sql, size_t columns,
                          size_t rows)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct batch *b = arena_make(a, struct batch);
    *b = (struct batch){.db = db,
                        .beside = beside,
                        .arena = a,
                        .sql = sql,
                        .parts = parts_of(sql),
                        .columns = columns,
                        .left = rows};
    if (db->engine->arrays) {
        b->args = arena_array(a, struct db_arg, columns);
        b->arrays = arena_array(a, struct array, columns);
        b->many = arrays_sql(b);
    } else {
        b->args = arena_array(a, struct db_arg, MANY * columns);
    }
    return b;
}

void batch_row(struct batch *b, const struct db_arg *args)
{
    if (b->arrays)
        arrays_row(b, args);
    else
        values_row(b, args);
}

void batch_end(struct batch *b)
{
    if (b->arrays)
        arrays_send(b);
    else
        values_send(b);
    for (size_t c = 0; b->arrays && c < b->columns; c++)
        array_free(&b->arrays[c]);
    arena_free(b->arena);
}
