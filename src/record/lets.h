/* lets.h: people whom a field names, and who see the record for that: the contact of a deal, the
 * customer of a case.
 *
 * A field that leads to persons may say so (FIELD_LETS); none does by itself. Who stands there is a
 * participant of the record, and so the one predicate of access.h lets them in, with its lists,
 * searches, feeds and news; they only see it, until somebody shares it with them for more.
 *
 * RULES
 *   1. At every commit those in the fields are participants, and who is one as "named" stands in a
 *      field that is not switched off.
 *   2. Who no longer stands there sees it no more at once, with their streams.
 *   3. Whom it was shared with stays so, whatever the fields say.
 */
#ifndef RECORD_LETS_H
#define RECORD_LETS_H

#include "record/types.h"

#define LETS_NAMED "named" /* participants.role */

/* Whether the field is of a kind that can say so. */
bool lets_possible(enum kind kind, struct str target);
bool lets_any(const struct record_type *t);
/* After a record was written; nothing for types without such a field. */
void lets_put(struct db *db, struct arena *a, const struct record_type *t, int64_t id);
/* The same of whatever record it is. */
void lets_follow(struct db *db, struct arena *a, int64_t id);
/* All of the type anew: the field says so from now on, or no more. */
void lets_recount(struct db *db, struct arena *a, const struct record_type *t);

/* "SELECT id, 0, 0" of records of the type whose rows are not as RULE 1 says. */
struct str lets_wrong(struct arena *a, const struct record_type *t);
void lets_mend(struct db *db, struct arena *a, int64_t id);

#endif
