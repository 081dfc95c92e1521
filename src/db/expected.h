/* expected.h: keys of which it is known, for a while, that no row in the database has them.
 *
 * For gather.c, which tells when rows come.
 */
#ifndef DB_EXPECTED_H
#define DB_EXPECTED_H

#include "db/db.h"

struct expected;

/* Asks for these, and knows no others of that column. *e NULL at first. */
void expected_ask(struct expected **e, struct db *db, const char *table, const char *column,
                  const struct db_arg *keys, size_t n);
bool expected_lacks(const struct expected *e, const char *table, const char *column,
                    const struct db_arg *key);

/* A row with that key comes: what was asked before does not say any more that nobody has it. */
void expected_comes(struct expected **e, const char *table, const char *column,
                    const struct db_arg *key);
void expected_row(struct expected *e, struct str table, const struct db_arg *key);
bool expected_has(const struct expected *e, const char *table, const char *column);
bool expected_of(const struct expected *e, struct str table); /* it was asked, or told of */

/* No row with that key has come so far; false also when nobody asked or told of the column. */
bool expected_new(const struct expected *e, const char *table, const char *column,
                  const struct db_arg *key);
void expected_free(struct expected *e);

#endif
