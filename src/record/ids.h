/* ids.h: records that are known by their ids, read by one statement.
 *
 *     SELECT x.column2, r.title FROM (VALUES (?2, 0), (?3, 1)) x
 *         CROSS JOIN records r WHERE r.id = x.column1
 *
 * column1 is an id, column2 its position: rows come in no order, and say whose they are.
 *
 * RULES
 *   1. So many ids that few different statements come about: those behind the last one are 0.
 *
 * WHY not IN (...): SQLite builds a table in memory for each such list, which costs as much as
 * reading the records; a list of rows it walks through.
 */
#ifndef RECORD_IDS_H
#define RECORD_IDS_H

#include "core/out.h"
#include "db/db.h"

/* How many arguments n ids have: at least 1. */
size_t ids_room(size_t n);
/* "(VALUES (?2, 0), ...) x"; arguments go into args[from ... from + ids_room(n)]. Gives that room. */
size_t ids_put(struct out *sql, struct db_arg *args, size_t from, const int64_t *ids, size_t n);

#endif
