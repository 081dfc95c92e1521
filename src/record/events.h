/* events.h: activities by the names that programs know them by: "idea.create", "comment.delete".
 *
 * RULES
 *   1. A name is the record's type and a word for the verb; every verb has one.
 *   2. A list of names matches what one of them matches: "idea.create", "idea" (whatever happens to
 *      one), "*.delete" (of whatever type), "*"; an empty list matches everything.
 *   3. What no type or verb is called is refused, in words.
 */
#ifndef RECORD_EVENTS_H
#define RECORD_EVENTS_H

#include "core/str.h"

struct arena;
struct db;

enum { EVENTS_MAX = 500 }; /* characters of a list */

struct str event_name(struct arena *a, struct str type, struct str verb);

/* Names stand with blanks or commas between them. */
bool events_match(struct str list, struct str type, struct str verb);
/* What is wrong with the list, for people; NULL: nothing. */
const char *events_wrong(struct db *db, struct arena *a, struct str list);

#endif
