/* arrays.h: what stands in one column of many rows, as an array of PostgreSQL in its binary form.
 *
 * Zero-initialised it is empty, and takes the kind of the first value that is put. */
#ifndef DB_ARRAYS_H
#define DB_ARRAYS_H

#include "core/out.h"
#include "db/db.h"

/* Of an argument that is an array, with the kind of what stands in it. */
enum { DB_ARRAY = 8 };

struct array {
    struct out o;
    enum db_kind kind;
    int32_t n;
    bool nulls;
};

/* Of its kind. NULLs of which nobody said the kind (NIL) have no array. */
bool array_takes(const struct array *array, const struct db_arg *arg);
void array_put(struct array *array, const struct db_arg *arg);

/* Good until something more is put. */
struct db_arg array_arg(struct array *array);

void array_clear(struct array *array); /* keeps its memory */
void array_free(struct array *array);

uint32_t array_type(enum db_kind kind);  /* of PostgreSQL, by its number in pg_type */
uint32_t arrays_type(enum db_kind kind); /* of an array of such */

#endif
