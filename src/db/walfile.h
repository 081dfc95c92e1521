/* walfile.h: SQLite's log, written in few large pieces.
 *
 * SQLite writes each page of a transaction with two calls, 24 bytes of head and the page. A commit
 * that carries thirty changes is some hundred pages, and the calls cost as much as the copying.
 * This layer gathers what follows on what, and hands it on when the log is synced, read or closed.
 *
 * RULES
 *   1. What is synced was handed on before; a failure of that is the sync's failure.
 *   2. What is read from the log is what was written to it.
 *
 * WHY that is safe: other connections see a page of the log only through the index, which SQLite
 * changes after the sync (synchronous=FULL syncs each commit).
 */
#ifndef DB_WALFILE_H
#define DB_WALFILE_H

/* The name of the layer, for sqlite3_open_v2; it stands on what is the default when a file is
 * opened. */
const char *walfile_layer(void);

#endif
