/* beside.h: a second way to the server, on which rows go while a transaction does other things.
 *
 * For gather.c, on PostgreSQL, where each connection is a process of the server with a core of its
 * own. A thread sends what it is given, in the order of its coming, in a transaction of its own:
 * it takes no lock of the hub, because whoever gave the rows holds that.
 *
 * RULES
 *   1. What is given is committed by beside_finish, and seen from then on; before, nobody sees it.
 *   2. It is on disk no later than the transaction of whoever gave it: its commit is not forced,
 *      that one's is, behind it in the same log.
 *   3. A failure becomes that of the connection it was opened for, and all of it is undone.
 *   4. What waits is bounded: BESIDE_BYTES.
 */
#ifndef DB_BESIDE_H
#define DB_BESIDE_H

#include "db/db.h"

enum { BESIDE_BYTES = 8 << 20 };

struct beside;

/* The one of that connection, which keeps it for a while; NULL: there is none to be had. */
struct beside *beside_of(struct db *db);

/* Copies. The statement begins a transaction if none is open. */
void beside_send(struct beside *b, const char *sql, const struct db_arg *args, size_t n);
/* Calls it with the connection, which sees what was committed before and what was sent, nothing of
 * the other transaction; returns when it is done. */
void beside_run(struct beside *b, void (*run)(struct db *db, void *ctx), void *ctx);
/* Waits for what was sent, then RULE 1. */
void beside_finish(struct beside *b);
void beside_undo(struct beside *b);

void beside_rest(struct beside *b);  /* closes its connection if nobody has used it for long */
void beside_close(struct beside *b); /* NULL may be given */

#endif
