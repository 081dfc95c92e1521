/* sanitize.h: foreign HTML to ours: imported posts, mail, pasted text.
 *
 * The text is parsed as HTML5 (tree.h) and written anew from the tree, by an allow-list of elements
 * and, for each, of attributes. What comes out may stand on a page as it is.
 *
 * RULES
 *   1. Only elements and attributes of the allow-list come out, and what we add ourselves
 *      (table-wrap, rel, loading, tabindex); no id, class, style or handler ever does.
 *   2. Links and pictures keep to link.h; of a refused one its text stays.
 *   3. Elements that are not listed leave their content; script, style, iframe, object, embed,
 *      form controls that hold text, svg, math, template, noscript and title go with theirs.
 *   4. Headings are demoted by two, as in markdown.h.
 *   5. What comes out is well-formed and nests as HTML asks: sanitised again it comes out the same
 *      (headings aside, which are demoted again, and what nests too deep).
 *   6. Beyond SANITIZE_DEPTH only text comes out. What tree.h cannot parse within its limits comes
 *      out as one escaped text, and false is returned; nothing is lost.
 */
#ifndef TEXT_SANITIZE_H
#define TEXT_SANITIZE_H

#include "core/arena.h"
#include "core/out.h"
#include "text/plain.h"

enum { SANITIZE_DEPTH = 128 };

bool sanitize_html(struct arena *a, struct str html, struct out *clean);

/* One line for search and excerpts. */
struct str sanitize_text(struct arena *a, struct str html);

#endif
