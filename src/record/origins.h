/* origins.h: where an imported text comes from: its address, author and licence, shown under it.
 *
 * Rows stand together by thread, so that a page reads those of its whole thread in one stretch.
 * The author's name is kept as the source wrote it: it is what the licence asks to be shown, also
 * where the person is not known here.
 *
 * RULES
 *   1. An origin is read as it was put; putting it again replaces it.
 *   2. origins_find finds every origin of the thread, and nothing else.
 */
#ifndef RECORD_ORIGINS_H
#define RECORD_ORIGINS_H

#include "record/columns.h"

#define ORIGIN_ROW(F, X)                                                                           \
    F(INT, record_id, "o.record_id")                                                               \
    X(TEXT, url, "o.url")                                                                          \
    X(TEXT, author, "o.author")                                                                    \
    X(TEXT, author_url, "o.author_url")                                                            \
    X(TEXT, licence, "o.licence")
ROW_DEFINE(origin, ORIGIN_ROW)

/* False: written here. */
bool origin_read(struct db *db, struct arena *a, int64_t record_id, struct origin *origin);
void origin_put(struct db *db, int64_t root_id, const struct origin *origin);

struct origins { /* of one thread, by record_id */
    struct origin *all;
    size_t n;
};

void origins_read(struct db *db, struct arena *a, int64_t root_id, struct origins *origins);
const struct origin *origins_find(const struct origins *origins, int64_t record_id); /* or NULL */

/* The address of a Creative Commons licence, "CC BY-SA 4.0" say; empty for any other text. */
struct str licence_url(struct arena *a, struct str licence);

#endif
