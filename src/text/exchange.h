/* exchange.h: texts as Stack Exchange writes them, as HTML (to be cleaned by sanitize.h).
 *
 * RULES
 *   1. A comment's marks (*em*, **strong**, _em_, __strong__, `code`, [text](address), [tag:name])
 *      and bare addresses become HTML; everything else in it is text, line ends are blanks.
 *   2. Addresses that are relative to the site become absolute.
 *   3. Tags are read in both spellings, <a><b> and |a|b|.
 */
#ifndef TEXT_EXCHANGE_H
#define TEXT_EXCHANGE_H

#include "core/arena.h"
#include "core/str.h"

struct str comment_html(struct arena *a, struct str text, struct str site);
struct str post_html(struct arena *a, struct str body, struct str site);
struct str post_tags(struct arena *a, struct str tags); /* joined by blanks */

#endif
