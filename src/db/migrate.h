/* migrate.h: brings a hub's schema up to what this program knows.
 *
 * Migrations are the files of db/migrate in the order of their numbers, embedded in the program.
 * They are written once for both engines; these words differ and are replaced:
 *
 *     @id            a 64-bit key from the database that is never reused
 *     @key           the type of a PRIMARY KEY of one 64-bit number that the program gives
 *     @clustered     WITHOUT ROWID on SQLite, nothing on PostgreSQL
 *     @text          TEXT that compares by bytes on both engines
 *     @blob          bytes
 *     --@sequence records            a line of its own: makes a sequence for db_next_id
 *     @bytes         BLOB on SQLite, BYTEA on PostgreSQL
 *     --@sqlite / --@postgres / --@end   lines for one engine only
 *
 * Numbers are BIGINT and DOUBLE PRECISION, which both engines read as 64 bits; a yes or no is a
 * BIGINT of 0 or 1. Quoted text and comments are left as they are.
 *
 * RULES
 *   1. All missing migrations run in one transaction: all or none.
 *   2. A landed migration is frozen: its checksum is kept, and a changed one is refused.
 *   3. A hub with migrations that this program does not know is refused, in words.
 *   4. Two programs that start at once on one hub run each migration once.
 *   5. Migrations are numbered 1, 2, 3 ... without a gap.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"
#include "db/db.h"

struct arena;

struct migration {
    int number;
    const char *name; /* "0001_records" */
    struct str sql;
};

extern const struct migration migrations[]; /* generated from db/migrate/, ends with number 0 */

/* The SQL of a migration in the words of one engine; for migrate() and its tests. */
struct str migrate_translate(enum db_engine engine, struct str sql, struct arena *a);

/* The same up to this number inside the caller's transaction, for an old backup's rows. */
bool migrate_to(struct db *db, const struct migration *all, int number, struct arena *a,
                struct str *message);

/* False and words for the operator when the hub must not be used. */
bool migrate(struct db *db, const struct migration *all, struct arena *a, struct str *message);

/* Whether the hub has exactly this program's migrations, by a cheap look. */
bool migrate_current(struct db *db);

#endif
