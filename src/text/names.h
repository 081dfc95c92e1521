/* names.h: mentions and tags in running text; the grammar is markdown.h RULE 4. */
#ifndef TEXT_NAMES_H
#define TEXT_NAMES_H

#include <stdint.h>

#include "core/str.h"

/* The next '@' or '#' from `at` on; s.n when there is none. */
size_t names_next(struct str s, size_t at);

/* The length of the name behind the sign at `at`, 0 when it is none. `before` is the code point
 * before the text, 0 at the start of a block. */
size_t names_length(struct str s, size_t at, uint32_t before);

/* The last code point of a text that is not empty. */
uint32_t names_last(struct str s);

#endif
