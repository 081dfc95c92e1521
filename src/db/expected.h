/* expected.h: keys of which it is known, for a while, that no row in the database has them.
 *
 * For gather.c, which tells when rows come.
 */
#ifndef DB_EXPECTED_H
#define DB_EXPECTED_H

#include "db/db.h"

struct expected;

/* Asks for these, EXPECT_MANY in a statement, and knows no others of that column. *e NULL at
 * first. */
void expected_ask(struct expected **e, struct db *db, const char *table, const char *column,
                  const struct db_arg *keys, size_t n);
bool expected_lacks(const struct expected *e, const char *table, const char *column,
                    const struct db_arg *key);
void expected_comes(struct expected *e, const char *table, const char *column,
                    const struct db_arg *key);              /* a row with that key */
void expected_clear(struct expected *e, const char *table); /* any rows */
void expected_free(struct expected *e);

uint64_t db_arg_hash(const struct db_arg *arg); /* of an integer or a text */

#endif
