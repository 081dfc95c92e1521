/* kept.h: rows of one table, which wait in few bytes until they are read in their order.
 *
 * For gather.c. Zero-initialised there are none. Bytes of rows are of the caller's arena.
 */
#ifndef DB_KEPT_H
#define DB_KEPT_H

#include "db/db.h"
#include "db/key_set.h"
#include "db/packed.h"

enum { KEPT_SUMS = 2, KEPT_KEYED = 8 }; /* of kept_add; columns of rows that have an order */

enum kept_order {
    KEPT_AS_PUT,
    KEPT_BY_COLUMNS,
    KEPT_BY_FIRST, /* column, a number; of equal ones as they were put. A row has its own number
                      behind the others */
};

enum kept_key { KEPT_LAST_BUT_ONE, KEPT_LAST, KEPT_KEYS };

struct kept_row;

struct kept {
    enum kept_order order;
    struct kept_row *rows;
    size_t columns, n, room;
    struct key_set keys[KEPT_KEYS];
    bool asked[KEPT_KEYS]; /* somebody asks by that column: its keys are known */
    uint32_t *places;      /* of kept_add: a table of hashes, twice as many as there is room; 0:
                              none, else the row's number, from 1 */
};

size_t kept_bytes(const struct kept *k); /* beside the arena's */

void kept_put(struct kept *k, struct arena *a, const struct db_arg *args, size_t n);

/* Adds the last KEPT_SUMS arguments to those of the row whose others are the same. */
void kept_add(struct kept *k, struct arena *a, const struct db_arg *args, size_t n);

/* A row has that in the column. */
bool kept_has(struct kept *k, enum kept_key column, const struct db_arg *key);

void kept_sort(struct kept *k);
void kept_read(const struct kept *k, size_t row, struct db_arg *args); /* k->columns of them */

void kept_clear(struct kept *k); /* keeps its room */
void kept_drop(struct kept *k);  /* the room too, but what was asked for */
void kept_free(struct kept *k);

uint64_t kept_hash(const struct db_arg *arg); /* of an integer or a text */

#endif
