/* ahead.h: one question, asked for many keys at a time.
 *
 * On PostgreSQL each question is a way to the server and back. Who goes through many records asks
 * about the first one between db_ahead and db_ahead_done; each query in which its key is one
 * argument is then asked for all keys by one statement, and what comes is held for when the others
 * ask.
 *
 *     db_ahead(db, "records.id texts.record_id", ids, n);
 *     (void)record_text(db, a, ids[0]);
 *     db_ahead_done(db);
 *
 * SQLite, which answers at once, is asked as ever.
 *
 * RULES
 *   1. Whoever asks gets what the database would answer. A statement of this connection that may
 *      have changed an answer has it forgotten: by its key, where the statement says it for the
 *      column that stands for its table in `by`; else all answers that the table has a part in.
 *   2. Nothing is held beyond the transaction, or what was undone.
 */
#ifndef DB_AHEAD_H
#define DB_AHEAD_H

#include "db/db.h"

/* How many keys are best asked for at a time; 0: it is of no use. */
size_t db_ahead_most(const struct db *db);

/* `by`: in which column of a table the key stands, "table.column ...", in each of its rows that may
 * have a part in an answer. Keys are numbers, or texts; the same one may come twice. */
void db_ahead(struct db *db, const char *by, const struct db_arg *keys, size_t n);
void db_ahead_done(struct db *db);
void db_ahead_forget(struct db *db); /* what is held; RULE 2 */

/* ---- for db.c and gather.c ---- */

struct ahead;

/* The answer, if it is held or asked for ahead. */
bool ahead_query(struct db *db, const char *sql, const struct db_arg *args, size_t n,
                 struct rows *q);
/* RULE 1: the statement, or INSERT INTO `into`, "titles (type, key)", writes. */
void ahead_write(struct db *db, const char *sql, const struct db_arg *args, size_t n);
void ahead_put(struct db *db, const char *into, const struct db_arg *args, size_t n);

#endif
