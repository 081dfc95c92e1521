/* mentions.h: which texts lead to a record: "mentioned in". A text mentions a record by its
 * address, "/deals/12-kettles" or "/r/12", alone or in a link.
 *
 * RULES
 *   1. At every commit links of kind "mention" are what the texts say that were written since the
 *      hub keeps them; a text that mentions nothing costs no statement.
 *   2. Nobody is told of a text that they may not read.
 */
#ifndef RECORD_MENTIONS_H
#define RECORD_MENTIONS_H

#include "record/record.h"

enum { MENTIONED = 20 }; /* of one text; and told of one record */

/* The text of a record was `was` and is `is`. */
void mentions_put(const struct act *act, int64_t id, struct str was, struct str is);

struct mention { /* of a comment: that of its thread */
    int64_t id, at;
    struct str type, title, path;
};
/* Newest first; gives how many. */
size_t mentions_read(struct req *rq, int64_t id, struct mention out[MENTIONED]);

#endif
