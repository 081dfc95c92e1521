/* postgres_rows.c: see postgres_rows.h. */
#include "db/postgres_rows.h"

#include <stdlib.h>

#include "core/log.h"

enum { DROPPED = -2 }; /* in the place of a row */

/* Types by their fixed numbers in pg_type. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_NUMERIC = 1700
};

struct pg_cursor {
    struct cursor cursor;
    struct pg_cursor **spare; /* where it goes in the end */
    PGresult *result;
    int row, rows;
    int first;            /* column */
    struct pg_cursor *of; /* whose result it is; NULL: its own */
    int parts;            /* of its result, that are open */
};

int64_t pg_number(const char *text)
{
    if (text[0] == 't' || text[0] == 'f')
        return text[0] == 't';
    char *end;
    int64_t n = strtoll(text, &end, 10);
    return *end == '.' || *end == 'e' ? (int64_t)strtod(text, NULL) : n;
}

static struct pg_cursor *cursor_open(struct db *db, struct pg_cursor **spare)
{
    struct pg_cursor *c = *spare;
    if (c)
        *spare = (struct pg_cursor *)c->cursor.next;
    else if (!(c = malloc(sizeof *c)))
        die("out of memory: cursor");
    *c = (struct pg_cursor){.spare = spare};
    db_cursor_open(db, &c->cursor);
    return c;
}

struct rows pg_rows(struct db *db, struct pg_cursor **spare, PGresult *r)
{
    struct pg_cursor *c = cursor_open(db, spare);
    c->result = r;
    c->row = -1;
    c->rows = PQntuples(r);
    return (struct rows){.db = db, .stmt = c};
}

void pg_rows_free(struct pg_cursor **spare)
{
    while (*spare) {
        struct pg_cursor *c = *spare;
        *spare = (struct pg_cursor *)c->cursor.next;
        free(c);
    }
}

struct rows pg_part(const struct rows *whole, int first, int rows)
{
    struct pg_cursor *of = whole->stmt, *c = cursor_open(whole->db, of->spare);
    of->parts++;
    c->of = of;
    c->result = of->result;
    c->row = first - 1;
    c->rows = first + rows;
    c->first = 1;
    return (struct rows){.db = whole->db, .stmt = c};
}

bool pg_next(struct rows *q)
{
    struct pg_cursor *c = q->stmt;
    q->row++;
    return ++c->row < c->rows;
}

static void recycle(struct pg_cursor *c)
{
    c->cursor.next = (struct cursor *)*c->spare;
    *c->spare = c;
}

/* A result goes with the last that reads it. */
void pg_drop(struct cursor *cursor)
{
    struct pg_cursor *c = (struct pg_cursor *)cursor, *of = c->of ? c->of : c;
    db_cursor_close(cursor);
    if (c->of)
        recycle(c);
    else
        c->row = DROPPED;
    of->parts -= of != c;
    if (of->row != DROPPED || of->parts)
        return;
    PQclear(of->result);
    recycle(of);
}

static bool there(const struct pg_cursor *c, int col)
{
    return c->row >= 0 && c->row < c->rows && c->first + col < PQnfields(c->result) &&
           !PQgetisnull(c->result, c->row, c->first + col);
}

static char *value(const struct pg_cursor *c, int col)
{
    return PQgetvalue(c->result, c->row, c->first + col);
}

static size_t length(const struct pg_cursor *c, int col)
{
    return (size_t)PQgetlength(c->result, c->row, c->first + col);
}

static Oid type(const struct pg_cursor *c, int col)
{
    return PQftype(c->result, c->first + col);
}

int64_t pg_column_int(const struct rows *q, int col)
{
    struct pg_cursor *c = q->stmt;
    return there(c, col) ? pg_number(value(c, col)) : 0;
}

double pg_column_real(const struct rows *q, int col)
{
    struct pg_cursor *c = q->stmt;
    return there(c, col) ? strtod(value(c, col), NULL) : 0;
}

struct str pg_column_str(const struct rows *q, int col)
{
    struct pg_cursor *c = q->stmt;
    if (!there(c, col))
        return S("");
    return (struct str){value(c, col), length(c, col)};
}

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Bytes come as \x and hex digits; they shrink to half behind the \x, which becomes \b. */
struct str pg_column_blob(const struct rows *q, int col)
{
    struct pg_cursor *c = q->stmt;
    if (!there(c, col) || type(c, col) != OID_BYTEA)
        return pg_column_str(q, col);
    char *p = value(c, col);
    size_t n = (length(c, col) - 2) / 2;
    for (size_t i = 0; i < n && p[1] == 'x'; i++)
        p[2 + i] = (char)(nibble(p[2 + 2 * i]) << 4 | nibble(p[3 + 2 * i]));
    p[1] = 'b';
    return (struct str){p + 2, n};
}

bool pg_column_null(const struct rows *q, int col)
{
    return !there(q->stmt, col);
}

enum db_kind pg_column_kind(const struct rows *q, int col)
{
    struct pg_cursor *c = q->stmt;
    if (!there(c, col))
        return DB_NULL;
    switch (type(c, col)) {
    case OID_BOOL:
    case OID_INT8:
    case OID_INT2:
    case OID_INT4:
        return DB_INT;
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC:
        return DB_REAL;
    case OID_BYTEA:
        return DB_BLOB;
    default:
        return DB_TEXT;
    }
}
