/* choose.h: what somebody says of a plan: the names and values that a form sends, and that the
 * command is told as options.
 *
 * RULES
 *   1. A plan is taken only whole: with a field, an owner, a space or a country that is not there
 *      it is refused, in words.
 *   2. Something must go somewhere.
 */
#ifndef EXCHANGES_CHOOSE_H
#define EXCHANGES_CHOOSE_H

#include "features/exchanges/plan.h"

struct chosen { /* "map.0": "title", "keys": "email,title", "order": "day", ... */
    const struct param *list;
    size_t n;
};

/* How the file is to be read: `encoding`, `separator`, `header`. */
void plan_choose_dialect(const struct chosen *c, struct csv_dialect *d);
/* The rest; columns and keys only where they are those that were chosen from. NULL, or a sentence.
 */
const char *plan_choose(struct req *rq, const struct record_type *t, const struct chosen *c,
                        bool columns, struct plan *plan);

#endif
