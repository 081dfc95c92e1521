/* migrate.h: brings a hub's schema up to what this program knows.
 *
 * Migrations are the files of db/migrate in the order of their numbers, embedded in the program.
 * They are written once for both engines; these words differ and are replaced:
 *
 *     @id            a 64-bit key from the database that is never reused
 *     @clustered     WITHOUT ROWID on SQLite, nothing on PostgreSQL
 *     @text          TEXT that compares by bytes on both engines
 *     --@sqlite / --@postgres / --@end   lines for one engine only
 *
 * RULES
 *   1. All missing migrations run in one transaction: all or none.
 *   2. A landed migration is frozen: its checksum is kept, and a changed one is refused.
 *   3. A hub with migrations that this program does not know is refused, in words.
 *   4. Two programs that start at once on one hub run each migration once.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

struct arena;
struct db;

struct migration {
    int number;
    const char *name; /* "0001_records" */
    struct str sql;
};

extern const struct migration migrations[]; /* generated from db/migrate/, ends with number 0 */

/* False and words for the operator when the hub must not be used. */
bool migrate(struct db *db, const struct migration *all, struct arena *a, struct str *message);

#endif
