/* search_words.h: what a word is to the search, in texts and in queries, on both engines.
 *
 * A word is a run of letters and digits, lower case, without accents, without one plural 's'.
 * Chinese and Japanese characters are a word each, so that any part of a sentence can be found.
 * SQLite's index asks this through a tokenizer (search_fts5.c), PostgreSQL's gets lexemes made
 * here, queries and snippets use the same: what one finds, the others find.
 *
 * RULES
 *   1. Folding a folded word changes nothing.
 *   2. "Mühle's", "MUHLES" and "muhle" are one word; "glass" keeps its s.
 *   3. A word is at most SEARCH_WORD_MAX bytes of whole characters; the rest of it is skipped.
 */
#ifndef RECORD_SEARCH_WORDS_H
#define RECORD_SEARCH_WORDS_H

#include "core/str.h"

/* A word of a title or tag stands in the index a second time behind this character, so that
 * matches in titles are found without reading all the matches in texts. */
#define SEARCH_MARK '\x01'

enum { SEARCH_WORD_MAX = 64 };

struct search_scan {
    struct str text; /* valid UTF-8 */
    size_t at;
    bool whole;         /* keep the plural: for prefixes */
    const bool *begins; /* [256]: pass over words that begin with other bytes; NULL: none */
    bool full;          /* the rest of an overlong word is being skipped */
    size_t from, to;    /* of the word found last, in text */
    struct str word;    /* good until the next call */
    char buffer[SEARCH_WORD_MAX + 8];
};

static inline struct search_scan search_scan(struct str text)
{
    return (struct search_scan){.text = text};
}

bool search_scan_next(struct search_scan *scan);

#endif
