/* follows.h: who wants to hear of a record, and the notifications that follow from an activity.
 *
 * RULES
 *   1. Following twice changes nothing.
 *   2. Nobody is notified of what they did themselves, nor twice of one activity.
 *   3. Nobody is notified of what they may not see.
 */
#ifndef RECORD_FOLLOWS_H
#define RECORD_FOLLOWS_H

#include "record/record.h"

bool follow_is(struct db *db, int64_t record_id, int64_t person_id);
bool follow_add(const struct act *act, int64_t record_id, int64_t person_id); /* false: was so */
bool follow_remove(const struct act *act, int64_t record_id, int64_t person_id);

/* Notifies one person. */
void notify(const struct act *act, int64_t person_id, const struct record *r, int64_t activity_id,
            const char *reason);
/* Notifies all who follow r's root (and r's space when r is a root itself). */
void notify_followers(const struct act *act, const struct record *r, int64_t activity_id,
                      const char *reason);

#endif
