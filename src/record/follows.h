/* follows.h: who wants to hear how much of a record (a thread, a space, a person) or of a tag.
 *
 * RULES
 *   1. Choosing the same twice changes nothing.
 *   2. What follows by itself (one's own thread, a space that one joins) never changes a level that
 *      somebody has chosen.
 */
#ifndef RECORD_FOLLOWS_H
#define RECORD_FOLLOWS_H

#include "record/record.h"

/* As table follows has them: those who hear more have the greater number. */
enum level {
    LEVEL_NONE = -1, /* nothing chosen: as normal, unless something wider says otherwise */
    LEVEL_MUTED,
    LEVEL_NORMAL,
    LEVEL_HIGHLIGHTS,
    LEVEL_EVERYTHING,
};

struct str level_name(int64_t level); /* "everything", ...; LEVEL_NONE: "" */
enum level level_of(struct str name); /* LEVEL_NONE: no such level */

enum level follow_level(struct db *db, int64_t record_id, int64_t person_id);
/* False: it was so. */
bool follow_set(const struct act *act, int64_t record_id, int64_t person_id, enum level level);
bool follow_add(const struct act *act, int64_t record_id, int64_t person_id); /* everything */
bool follow_begin(const struct act *act, int64_t record_id, int64_t person_id, enum level level);
bool follow_remove(const struct act *act, int64_t record_id, int64_t person_id);
/* Who goes out of a space hears no more of it, nor of what in it only those inside may see. */
void follow_leave(const struct act *act, int64_t space_id, int64_t person_id);

enum level tag_follow_level(struct db *db, int64_t tag_id, int64_t person_id);
bool tag_follow_set(const struct act *act, int64_t tag_id, int64_t person_id, enum level level);
bool tag_follow_remove(const struct act *act, int64_t tag_id, int64_t person_id);

#endif
