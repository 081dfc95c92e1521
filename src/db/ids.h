/* ids.h: records that are known by their ids, read by one statement.
 *
 *     "SELECT x.column2, r.title FROM " ids_put(...) " CROSS JOIN records r WHERE r.id = x.column1"
 *
 * column1 is an id, column2 its position: rows come in no order, and say whose they are.
 *
 * WHY not IN (...): SQLite builds a table in memory for each such list, which costs as much as
 * reading the records; a list of rows, (VALUES (?2, 0), (?3, 1)) x, it walks through. Behind the
 * last id stand so many that are 0 that few different statements come about. PostgreSQL gets one
 * array, and of any number of ids the same statement.
 */
#ifndef DB_IDS_H
#define DB_IDS_H

#include "core/out.h"
#include "db/db.h"

/* How many arguments n ids have at most: at least 1. */
size_t ids_room(size_t n);
/* The rows, called x; arguments go to args[from] and on, what they hold into the arena. Gives how
 * many they are. */
size_t ids_put(struct db *db, struct arena *a, struct out *sql, struct db_arg *args, size_t from,
               const int64_t *ids, size_t n);

#endif
