/* plain.h: plain text out of marked-up text, for search and excerpts.
 *
 * RULES
 *   1. text_clean leaves valid UTF-8 without control characters but tab, newline and return; each
 *      byte or character that may not stay becomes U+FFFD. Clean text is returned as it is.
 *   2. What goes through a struct plain has no two blanks in a row and none at its ends.
 *   3. An excerpt has at most the code points asked for, ends at a word where one ends near, and
 *      with U+2026 when something was left out.
 */
#ifndef TEXT_PLAIN_H
#define TEXT_PLAIN_H

#include "core/arena.h"
#include "core/out.h"

struct str text_clean(struct arena *a, struct str s);

struct str text_excerpt(struct arena *a, struct str plain, size_t chars);

/* Writes text with each run of white space as one blank; plain_gap asks for one before the next. */
struct plain {
    struct out *o;
    bool gap;
};

void plain_add(struct plain *p, struct str s);

static inline void plain_gap(struct plain *p)
{
    p->gap = true;
}

#endif
