/* gather.h: rows that wait for a while, and are written table by table, many in one statement.
 *
 * An import writes some twenty index rows for each record, each to another place of another tree.
 * Between db_gather and db_gather_end, db_put keeps such rows of tables that only find others; they
 * are then written in the order of their keys. Outside of that all is written at once.
 *
 * RULES
 *   1. Whoever asks sees them: a statement that names a table with kept rows has them written
 *      first, unless it was said which key it asks for and no kept row has that.
 *   2. What is kept is never in the way of an end: it is written before a commit or a savepoint,
 *      and forgotten with what is undone.
 *   3. A row that is there already stays as it is.
 *   4. Memory: GATHER_BYTES; when they are full, all is written. A large row does not wait.
 *   5. What is added to a row of sums (db_add) is added up, and written once.
 *   6. Keys of rows that are about to come may be asked for together (db_expect). db_lacks says of
 *      one that nobody has it, also of what waits and of what has come since.
 *   7. A row that is new with its record is put without a look for one that is there. PostgreSQL
 *      gets it with many others; there, rows of whole records wait too.
 *   8. Such rows that only lead to a record (PUT_LEAD) go to PostgreSQL beside the transaction, and
 *      are committed just before it, many at a time: a crash in between leaves some that lead to
 *      none. Whoever reads the table goes on to the record; the doctor takes them away.
 */
#ifndef DB_GATHER_H
#define DB_GATHER_H

#include "db/db.h"

enum { GATHER_BYTES = 8 << 20, GATHER_COLUMNS = 4 };

/* PUT_NEW: RULE 7, a row that nobody can have yet. PUT_LEAD: RULE 8. */
enum put { PUT_ANY, PUT_NEW, PUT_LEAD };

/* `into` is "titles (type, key, record_id)"; the last column but one is the key of RULE 1. */
#define db_put(db, into, ...)                                                                      \
    db_put_n((db), (into), PUT_ANY, DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
#define db_put_new(db, into, ...)                                                                  \
    db_put_n((db), (into), PUT_NEW, DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
void db_put_n(struct db *db, const char *into, enum put how, const struct db_arg *args, size_t n);

/* RULE 7: `sql` puts such a row. They come as they came here, before others of their table. */
#define db_new(db, sql, ...) db_new_n((db), (sql), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
void db_new_n(struct db *db, const char *sql, const struct db_arg *args, size_t n);

/* `sql` puts a row with those arguments, or adds the last two of them to the row that is there. */
#define db_add(db, table, sql, ...)                                                                \
    db_add_n((db), (table), (sql), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
void db_add_n(struct db *db, const char *table, const char *sql, const struct db_arg *args,
              size_t n);

/* `write` is called with the arguments, later: in the order of the first one, of equal ones in that
 * of their coming. */
#define db_put_with(db, table, write, ...)                                                         \
    db_put_with_n((db), (table), (write), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
void db_put_with_n(struct db *db, const char *table,
                   void (*write)(struct db *db, const struct db_arg *args),
                   const struct db_arg *args, size_t n);

void db_gather(struct db *db, size_t bytes); /* 0: GATHER_BYTES */
void db_gather_end(struct db *db);           /* writes them */
size_t db_gathered(const struct db *db);     /* bytes that they take */

/* A good moment: what comes next was asked for (db_expect). PostgreSQL writes what waits while the
 * next rows are made; SQLite, which writes better the more there is, goes on waiting. */
void db_gather_next(struct db *db);

/* The next statement asks the table for this key only; for rows whose last column is this only. */
void db_gather_by(struct db *db, const char *table, struct db_arg key);
void db_gather_of(struct db *db, const char *table, struct db_arg last);
/* The same for rows of db_new: whoever writes one says its key (db_comes). */
void db_gather_on(struct db *db, const char *table, const char *column, struct db_arg key);

/* How many rows are best expected at a time. */
size_t db_gather_ahead(const struct db *db);

/* RULE 6. A table of db_put has one such column, its last but one; of any other whoever writes a
 * row says so (db_comes). */
void db_expect(struct db *db, const char *table, const char *column, const struct db_arg *keys,
               size_t n);
bool db_lacks(struct db *db, const char *table, const char *column, struct db_arg key);
void db_comes(struct db *db, const char *table, const char *column, struct db_arg key);

/* ---- for db.c ---- */

struct gather;
void gather_named(struct db *db, const char *sql); /* RULE 1 */
void gather_asked(struct db *db);                  /* a statement was answered from elsewhere */
void gather_wrote(struct db *db, const char *sql, uint64_t table); /* db_table_bit */
bool gather_writes(const struct db *db); /* rows that were told of as they came: ahead.h */
void gather_settle(struct db *db);
int64_t gather_id(struct db *db, const char *sequence); /* 0: none is taken in advance */
void gather_undone(struct db *db, int depth); /* forgets what was begun at a greater depth */

#endif
