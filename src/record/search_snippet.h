/* search_snippet.h: the passage of a text that shows best why it was found, and titles marked.
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

/* The words to look for, made ready once for all texts of a page; `terms` must live as long. */
const struct search_marks *search_marks(struct arena *a, const struct search_terms *terms);

struct str search_snippet(struct arena *a, const struct search_marks *marks, struct str text);

/* All of a short text, a title, with its matches marked. */
struct str search_marked(struct arena *a, const struct search_marks *marks, struct str text);

#endif
