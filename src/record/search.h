/* search.h: full text over all records, one interface for FTS5 and tsvector.
 *
 * The index is kept in the transaction that changes the text. A query is words that must all
 * occur, "a phrase", word* (prefix; a last word that no text has is one by itself), -without, and
 * filters: type:idea tag:lids author:ana in:beta is:planned after:2026-01-01 before:2026-02-01.
 * Of words that are common beside a rare one only the rare one must occur.
 *
 * Ranking happens inside the query and the access predicate stands in it. Cost is bounded: the
 * newest matches of titles, roots and replies are ranked, some dozens of each, whatever the hub's
 * size; `bounded` tells when there were more.
 *
 * RULES
 *   1. What a viewer may not see neither shows up nor changes the order or number of results.
 *   2. A word that is in most records weighs next to nothing; it never hides a rare one.
 *   3. No query text is an error: what cannot be read as an operator is read as words.
 *   4. Accents and case do not matter; one plural 's' does not either.
 */
#ifndef RECORD_SEARCH_H
#define RECORD_SEARCH_H

#include "http/request.h"

enum { SEARCH_CANDIDATES = 400 };

/* Puts or replaces a record's text; `body` is plain text, tags are joined by blanks. */
void search_put(struct db *db, int64_t record_id, struct str title, struct str tags,
                struct str body);
/* The same for a record that was never in the index: cheaper. */
void search_add(struct db *db, int64_t record_id, struct str title, struct str tags,
                struct str body);
void search_remove(struct db *db, int64_t record_id);
/* Brings the index into fewer pieces, each of which a search looks into: a step of some
 * milliseconds, in a write transaction. False: there was nothing to do. */
bool search_tidy(struct db *db);
void search_clear(struct db *db); /* of everything: record_index_all (reindex.h) makes it again */

struct search_query {
    struct str text; /* what was typed, operators and filters included */
    struct str type; /* further filters, besides those in the text; empty or 0: any */
    struct str state;
    int64_t space_id, author_id, tag_id;
    struct str after; /* cursor of the page before */
    int limit;        /* 0: 20 */
    bool suggest;     /* titles only, for "similar ideas" while typing */
};

struct search_hit {
    int64_t id, root_id, created_at;
    int64_t space_id, author_id;
    struct str type, title, state; /* a comment's title is its root's */
    struct str author_name, author_handle, space_title, space_slug;
    struct str title_html, snippet_html; /* escaped text with <mark> */
    int64_t score, comments;
    double rank;
};

struct search_result {
    struct search_hit *hits;
    size_t n;
    struct str next; /* cursor; empty on the last page */
    bool bounded;    /* more matched than were ranked */
};

void search(struct req *rq, const struct search_query *query, struct search_result *result);

/* Ids of at most SEARCH_CANDIDATES newest roots of `type` that match, for a list's text filter;
 * visible or not (the list's own query has the predicate). Returns how many. */
size_t search_ids(struct db *db, struct arena *a, struct str text, struct str type, int64_t *ids,
                  size_t max);

#endif
