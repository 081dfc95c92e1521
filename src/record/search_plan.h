/* search_plan.h: from what was typed to what the index is asked. Internal to the search.
 *
 * A plan has one match expression for each of three sources: titles and tags (heads), all of roots,
 * and replies. Words are weighed by how rare they are, and so are costs: a word that is common
 * beside a rare one is not looked for, and where all are common only the newest stretch is read.
 */
#ifndef RECORD_SEARCH_PLAN_H
#define RECORD_SEARCH_PLAN_H

#include "db/db.h"
#include "record/search_query.h"

enum search_source { SEARCH_HEADS, SEARCH_ROOTS, SEARCH_REPLIES, SEARCH_SOURCES };

struct search_ask {
    struct str match;   /* FTS5 expression, or tsquery; empty: nothing to ask */
    struct str weights; /* SQLite: a double for each of its phrases; PostgreSQL: numbers with ',' */
    struct str parts; /* PostgreSQL: the tsqueries that the weights are for, with SEARCH_MARK + 1 */
    int64_t matches;  /* of its rarest word, estimated */
    double share;     /* of its records, those that have all words, were they independent */
};

struct search_plan {
    struct search_ask ask[SEARCH_SOURCES];
    int64_t newest; /* id */
    int64_t roots, replies;
};

enum search_style {
    SEARCH_ALL, /* every word must occur */
    SEARCH_ANY, /* any of them: for titles that are like one */
};

void search_plan(struct db *db, struct arena *a, const struct search_terms *terms,
                 enum search_style style, struct search_plan *plan);

/* The id above which about `scan` matches of the rarest word lie; 0: there are not that many. */
int64_t search_floor(const struct search_plan *plan, enum search_source source, int64_t scan);

/* PostgreSQL: whether to walk along the ids, newest first, until `limit` matches are found: where
 * so many match that fetching them all from the index of words would read more rows. */
bool search_walks(const struct search_plan *plan, enum search_source source, int64_t limit);

/* How many records a word counts for in search_words; 0: this one is not in the sample. */
static inline int64_t search_sampled(int64_t record_id)
{
    enum { ALL_UP_TO = 2048, RATE_BITS = 4 };
    if (record_id <= ALL_UP_TO)
        return 1;
    return ((uint32_t)record_id * 2654435761u) >> (32 - RATE_BITS) ? 0 : 1 << RATE_BITS;
}

#endif
