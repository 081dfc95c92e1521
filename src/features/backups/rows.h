/* rows.h: a table's rows as bytes that are the same on both engines, and their sum.
 *
 * A row is its values in the order of the columns: one byte that says what it is (enum db_kind),
 * then nothing for NULL, eight bytes for a number (low byte first; a real one as IEEE 754 has it),
 * and for text and bytes a length of four bytes and what follows.
 */
#ifndef BACKUPS_ROWS_H
#define BACKUPS_ROWS_H

#include "features/backups/backups.h"

/* Calls each(ctx, row) for all rows of the table by its key, some at a time. False after a failure
 * of the database, or when each() says so. */
bool rows_each(struct db *db, const struct db_table *table, bool (*each)(void *ctx, struct str row),
               void *ctx);

void sum_add(struct backup_sum *sum, struct str row);
bool sum_eq(const struct backup_sum *a, const struct backup_sum *b);

/* A row's values, which point into it; false: these bytes are no row of n columns. */
bool row_read(struct str row, struct db_arg *args, size_t n);

#endif
