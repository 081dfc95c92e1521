/* catalog.h: what a hub's schema holds, as the database itself tells it: for whatever must reach
 * every table, also those that are added tomorrow (backups).
 *
 * Indexes for full text are left out: they differ on the two engines and are made from the other
 * tables. On SQLite they are virtual tables, on PostgreSQL tables with a column of type tsvector.
 *
 * RULES
 *   1. Both engines give the same tables with the same columns in the same order, for equal
 *      migrations.
 *   2. A sequence that is set gives no number below the one it was set to.
 *   3. Rows are loaded all or not at all, as the transaction is.
 *   4. Whoever wants a table alone holds others up for DB_ALONE_TRIES * DB_ALONE_MS at most.
 */
#ifndef DB_CATALOG_H
#define DB_CATALOG_H

#include "core/arena.h"
#include "db/db.h"

struct db_table {
    struct str name;
    struct str *columns; /* those that are stored, in the order of the schema */
    enum db_kind *kinds; /* what each holds */
    size_t columns_n;
    struct str *key; /* the primary key, in its order; a table without one has none */
    size_t key_n;
};

/* Sorted by name. */
size_t db_tables(struct db *db, struct arena *a, struct db_table **tables);
const struct db_table *db_table_find(const struct db_table *tables, size_t n, struct str name);

/* What gives ids: a sequence of db_next_id, or a table whose key is an @id. */
struct db_sequence {
    struct str name;
    bool table;
    int64_t next;
};

size_t db_sequences(struct db *db, struct arena *a, struct db_sequence **sequences);
void db_sequence_set(struct db *db, struct arena *a, const struct db_sequence *sequence);

/* In a write transaction: from now on nobody else reads or writes the table, until it ends. Before
 * an ALTER, which on PostgreSQL waits for all who read the table, while all who come later wait for
 * it: so it is tried DB_ALONE_TRIES times for DB_ALONE_MS, and then the transaction fails with
 * DB_BUSY. On SQLite readers keep what they have read, and nobody waits. */
enum { DB_ALONE_TRIES = 4, DB_ALONE_MS = 20 };
bool db_table_alone(struct db *db, struct arena *a, struct str table);

/* The name as it may stand in a statement, whatever it holds. */
struct str db_quoted(struct arena *a, struct str name);
/* Quoted, with commas between them. */
struct str db_quoted_list(struct arena *a, const struct str *names, size_t n);

/* Many rows into one table by the engine's fastest way: begin, then rows with one argument for each
 * column, then end. Nothing else may be asked in between. */
struct db_load {
    struct db *db;
    const char *sql;
    size_t n;
};
struct db_load db_load_begin(struct db *db, struct arena *a, struct str table,
                             const struct str *columns, size_t n);
void db_load_row(struct db_load *load, const struct db_arg *args);
bool db_load_end(struct db_load *load);

#endif
