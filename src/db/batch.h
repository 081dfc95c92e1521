/* batch.h: rows of one INSERT, sent in statements of many.
 *
 * On PostgreSQL a statement has an array for each column; SQLite gets up to a hundred times its
 * VALUES. `sql` puts one row: "INSERT INTO t (a, b) VALUES (?1, ?2)", with more behind it if need
 * be; its arguments are numbered in the order of a row's.
 */
#ifndef DB_BATCH_H
#define DB_BATCH_H

#include "db/db.h"

struct batch;
struct beside;

/* beside: the way they go; NULL: the connection's own. */
struct batch *batch_begin(struct db *db, struct beside *beside, const char *sql, size_t columns,
                          size_t rows);
void batch_row(struct batch *b, const struct db_arg *args); /* borrowed until the end */
void batch_end(struct batch *b);

#endif
