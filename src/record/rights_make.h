/* rights_make.h: making and changing roles, what they say, and who has them; in write transactions.
 *
 * RULES
 *   1. Roles and rules change in one transaction with the catalog's version: no process goes on
 *      with what was before (rights.h RULE 7).
 *   2. Who loses or gets a right loses the streams that stood on it, and opens them again.
 */
#ifndef RECORD_RIGHTS_MAKE_H
#define RECORD_RIGHTS_MAKE_H

#include "record/rights.h"

/* 0: the hub has ROLES_MAX of them. */
int64_t role_make(struct db *db, struct str name, struct str about, int64_t at);
void role_drop(struct db *db, int64_t id);
void role_rule_put(struct db *db, const struct record_type *t, const struct role_rule *rule);
void role_rule_drop(struct db *db, int64_t role_id, const struct record_type *t);
/* may: "hidden", "read", "write"; empty: as the type says. */
void role_field_put(struct db *db, int64_t role_id, const struct record_type *t,
                    const struct record_field *f, struct str may);
/* NULL, or words why no role can speak of the field on its own. */
const char *role_field_wrong(const struct record_field *f);
/* False: they have no account. */
bool role_give(struct db *db, int64_t role_id, int64_t person_id, bool has);

int64_t team_make(struct db *db, struct str name, struct str about, int64_t at);
void team_drop(struct db *db, int64_t id);
void team_put(struct db *db, int64_t team_id, int64_t person_id, bool in, int64_t at);

#endif
