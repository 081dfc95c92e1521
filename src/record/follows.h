/* follows.h: who wants to hear of a record.
 *
 * RULES
 *   1. Following twice changes nothing.
 */
#ifndef RECORD_FOLLOWS_H
#define RECORD_FOLLOWS_H

#include "record/record.h"

bool follow_is(struct db *db, int64_t record_id, int64_t person_id);
bool follow_add(const struct act *act, int64_t record_id, int64_t person_id); /* false: was so */
bool follow_remove(const struct act *act, int64_t record_id, int64_t person_id);

#endif
