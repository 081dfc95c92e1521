/* abouts.h: which notes, calls, mails, files and tasks are about a record, by when they happened.
 *
 * A type whose declaration has a `timeline` stands in the timelines of all that its declared fields
 * lead to. Table abouts has a row for each; a page of a timeline is one stretch of its index.
 * A page costs that query, and one for each type on it.
 *
 * RULES
 *   1. At every commit the rows are what the fields say.
 *   2. What the viewer may not see is not read; a page ends where the next begins.
 *   3. With those that lead to the record, too, an entry stands once, and each of them costs one
 *      stretch of the index, no longer than the page; what it leads from must be seen as well.
 */
#ifndef RECORD_ABOUTS_H
#define RECORD_ABOUTS_H

#include "record/select.h"

/* After a record of such a type was written; nothing for others. */
void abouts_put(struct db *db, struct arena *a, const struct record_type *t, int64_t id);
/* Before a record goes for good. */
void abouts_forget(struct db *db, int64_t id);
/* All of the type anew. */
void abouts_recount(struct db *db, struct arena *a, const struct record_type *t);

struct about {
    int64_t at;
    struct selected row; /* title, path, values of cards */
    const struct record_type *type;
    struct str author_name, excerpt, html; /* html: of short ones */
    size_t whose;                          /* 0: the record's own; n: of query->also[n - 1] */
};

struct kindred { /* a record that leads here by a field: a deal, to its organisation */
    int64_t id;
    struct str title;
};
enum { KINDRED_MAX = 20 };
/* Whether records of any type may lead to one of the type, but those that are timelines. */
bool kindred_possible(struct req *rq, const struct record_type *t);
/* The newest of them that the viewer sees, in one query; gives how many. */
size_t kindred_read(struct req *rq, const struct record_type *t, int64_t id,
                    struct kindred out[KINDRED_MAX]);

struct about_query {
    int64_t about_id;
    struct str sort;           /* empty: all */
    int64_t before, before_id; /* key of the entry above; 0: from the newest */
    size_t limit;
    const struct kindred *also; /* at most KINDRED_MAX */
    size_t also_n;
};

/* Into out[limit]; gives how many. */
size_t abouts_read(struct req *rq, const struct about_query *query, struct about *out);

enum { ABOUTS_TOLD = 8 };
/* Ids of what a record is about, at most ABOUTS_TOLD. */
size_t abouts_of(struct db *db, int64_t record_id, int64_t ids[ABOUTS_TOLD]);

/* "SELECT id, 0, 0" of records of the type whose rows are not as RULE 1 says. */
struct str abouts_wrong(struct arena *a, const struct record_type *t);
/* The statements that make the rows of record ?1 again: ends with NULL. */
enum { ABOUTS_MEND = 2 };
void abouts_mend(struct arena *a, const struct record_type *t, const char *sql[ABOUTS_MEND]);

#endif
