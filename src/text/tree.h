/* tree.h: HTML5 parsing by gumbo, within limits.
 *
 * RULES
 *   1. Whatever the input, parsing ends within a bound of memory and of nesting, or gives NULL.
 *
 * WHY limits: the HTML5 rules let a small text make a large tree (unclosed formatting elements are
 * opened again in every paragraph), and make deep nesting cost its square in time. gumbo takes all
 * its memory from the caller, so it is given an arena and left by longjmp when that has had enough;
 * nesting is estimated before it starts.
 */
#ifndef TEXT_TREE_H
#define TEXT_TREE_H

#include <gumbo.h>

#include "core/arena.h"
#include "core/str.h"

enum {
    TREE_SOURCE = 1 << 18,  /* bytes of HTML, at most */
    TREE_MEMORY = 64 << 20, /* bytes of its tree, at most */
    TREE_OPEN = 400,        /* elements open at a time, as estimated */
};

/* The children of a <body>, under one node; all of it lives in the arena. NULL: over a limit. */
const GumboNode *tree_parse(struct arena *a, struct str html);

/* The value of an attribute; empty when it is not there. */
struct str tree_attribute(const GumboNode *element, const char *name);

/* Children of an element; none for text. */
static inline unsigned tree_count(const GumboNode *n)
{
    return n->type == GUMBO_NODE_ELEMENT ? n->v.element.children.length : 0;
}

static inline const GumboNode *tree_child(const GumboNode *n, unsigned i)
{
    return n->v.element.children.data[i];
}

#endif
