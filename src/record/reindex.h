/* reindex.h: makes entries of the search index of what the records say; see search.h.
 *
 * Who changes a record's text puts it there at once (record.c). This is for the rest: a record that
 * came back or may be quoted again, and a hub whose index is lost, or was made by another version.
 */
#ifndef RECORD_REINDEX_H
#define RECORD_REINDEX_H

#include "core/str.h"

struct arena;
struct db;

/* Makes its entry anew, as it should be: none for what is gone. */
void record_index(struct db *db, struct arena *a, int64_t id);

/* The whole index, in the transaction; memory does not grow with the hub. */
void record_index_all(struct db *db);

/* What is indexed as a record's text: its text, and what its fields say. */
struct str record_words(struct arena *a, struct str plain, struct str fields);

#endif
