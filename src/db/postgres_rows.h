/* postgres_rows.h: what PostgreSQL answered, row by row; for postgres.c.
 *
 * Values come as text. A result is in memory as a whole, so that a part of it can be read as if it
 * were one itself (engine.h). */
#ifndef DB_POSTGRES_ROWS_H
#define DB_POSTGRES_ROWS_H

#include <libpq-fe.h>

#include "db/engine.h"

struct pg_cursor;

/* The result's rows, which go with it. `spare`: cursors of that connection that are free. */
struct rows pg_rows(struct db *db, struct pg_cursor **spare, PGresult *r);
void pg_rows_free(struct pg_cursor **spare);

int64_t pg_number(const char *text); /* t and f, too; without what stands behind the point */

/* As engine.h says. */
struct rows pg_part(const struct rows *whole, int first, int rows);
bool pg_next(struct rows *q);
void pg_drop(struct cursor *cursor);
int64_t pg_column_int(const struct rows *q, int col);
double pg_column_real(const struct rows *q, int col);
struct str pg_column_str(const struct rows *q, int col);
struct str pg_column_blob(const struct rows *q, int col);
bool pg_column_null(const struct rows *q, int col);
enum db_kind pg_column_kind(const struct rows *q, int col);

#endif
