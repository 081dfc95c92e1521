/* search_query.h: reads what was typed into the search box. Knows nothing of any database.
 *
 * Words that must all occur, "a phrase", word* (prefix), -without, and filters: type:idea tag:lids
 * author:ana in:beta is:planned after:2026-01-01 before:2026-02-01.
 *
 * RULES
 *   1. Every text is a query. What cannot be read as an operator is read as words.
 *   2. A query of nothing but -words and no filter searches for those words.
 *   3. Length is bounded: what stands behind the first 1,000 bytes or beyond SEARCH_TERMS terms is
 *      left out.
 */
#ifndef RECORD_SEARCH_QUERY_H
#define RECORD_SEARCH_QUERY_H

#include <stdint.h>

#include "core/str.h"

struct arena;

enum { SEARCH_TERMS = 12, SEARCH_TEXT_MAX = 1000 };

struct search_term {
    struct str words; /* folded, joined by blanks: more than one is a phrase */
    int n;
    struct str prefix; /* not empty: the beginning of a word, folded, its plural kept */
    bool without;
    bool open; /* the query's last word: may still be growing */
};

struct search_terms {
    struct search_term term[SEARCH_TERMS];
    int n;
    int wanted; /* of them those that are not `without` */
    /* filters; empty or 0: none */
    struct str type, tag, author, space, state;
    int64_t after, before; /* microseconds; 0: none */
};

void search_parse(struct arena *a, struct str text, struct search_terms *terms);

#endif
