/* search_snippet.h: the passage of a text that shows best why it was found.
 *
 * RULES
 *   1. All of the text is escaped; only <mark> and </mark> are markup.
 *   2. A passage is about SEARCH_SNIPPET characters, cut between words, with an ellipsis where it
 *      was cut.
 */
#ifndef RECORD_SEARCH_SNIPPET_H
#define RECORD_SEARCH_SNIPPET_H

#include "record/search_query.h"

enum { SEARCH_SNIPPET = 160 };

struct str search_snippet(struct arena *a, const struct search_terms *terms, struct str text);

#endif
