/* link.h: which addresses a text may point at, and how they are written.
 *
 * The address is judged as a browser will read it: entities are resolved by the caller, blanks at
 * the ends and control characters anywhere are taken out here, and what was judged is what is
 * written.
 *
 * RULES
 *   1. Only http, https, mailto and relative addresses pass, whatever the case of the letters and
 *      whatever control characters stand between them.
 *   2. What is written holds no blank, quote, angle bracket or byte outside ASCII; a `%` stays.
 *   3. Links to elsewhere carry rel="nofollow ugc".
 */
#ifndef TEXT_LINK_H
#define TEXT_LINK_H

#include "core/arena.h"
#include "core/out.h"

enum link_kind { LINK_REFUSED, LINK_INSIDE, LINK_OUTSIDE, LINK_MAIL };

struct link {
    enum link_kind kind;
    struct str url; /* cleaned, not yet escaped */
};

struct link link_judge(struct arena *a, struct str url);

/* A picture may come from here or by http(s), so not from mailto. */
static inline bool link_shows(struct link l)
{
    return l.kind == LINK_INSIDE || l.kind == LINK_OUTSIDE;
}

void link_url(struct out *o, struct link l);                    /* an attribute's value */
void link_open(struct out *o, struct link l, struct str title); /* <a href title rel> */

#endif
