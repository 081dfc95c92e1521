/* bunches.h: a list in groups by what a field leads to: the first rows of each, and what all in it
 * add up to.
 *
 * RULES
 *   1. A group's rows stand in the list's order, and its numbers are of all that the list lets
 *      through and the viewer may see.
 *   2. One that more than COLUMN_LOOK records belong to is not looked at here: it is not `whole`.
 *
 * WHY one statement for each group and one for all rows: the numbers need a look at each record of
 * a group, which tells its place in the order as well; what the rows show is read for those alone.
 */
#ifndef RECORD_BUNCHES_H
#define RECORD_BUNCHES_H

#include "record/places.h"

struct bunch {
    int64_t key; /* given: what the field leads to */
    bool whole;
    const struct selected *rows; /* with the names of what they lead to */
    size_t rows_n;
    int64_t n;           /* of all */
    struct tally *sums; /* of each of the sums that were asked for */
};

struct bunching {
    const struct select *select; /* without words */
    const struct record_field *by, *const *sums;
    size_t sums_n, most; /* rows of each */
};

void bunches_read(struct req *rq, const struct bunching *b, struct bunch *list, size_t n);

#endif
