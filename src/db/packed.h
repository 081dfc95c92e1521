/* packed.h: a statement's arguments in few bytes, while they wait.
 *
 * An argument is as large as the largest kind; rows of keys wait in hundreds of thousands. */
#ifndef DB_PACKED_H
#define DB_PACKED_H

#include "db/db.h"

enum { PACKED_MOST = 255 }; /* arguments */

/* The last `sums` of them are integers that are added to. */
unsigned char *packed_make(struct arena *a, const struct db_arg *args, size_t n, size_t sums);

/* Into `args`, as many as were packed, whose number it gives; texts stay where they are. */
size_t packed_read(const unsigned char *packed, struct db_arg *args);

/* To its sums, which are as many. */
void packed_add(unsigned char *packed, const struct db_arg *sums, size_t n);

#endif
