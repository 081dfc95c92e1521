/* entity.h: what a character reference stands for.
 *
 * RULES
 *   1. Named and numeric references come out as HTML5 has them; unknown names stay as they are.
 *   2. None gives a control character but tab, newline and return.
 */
#ifndef TEXT_ENTITY_H
#define TEXT_ENTITY_H

#include "core/arena.h"
#include "core/str.h"

/* `entity` is the whole of it, from '&' to ';'. */
struct str entity_text(struct arena *a, struct str entity);

#endif
