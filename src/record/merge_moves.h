/* merge_moves.h: the rows that point to a record, of which merge.c makes rows of another; for
 * src/record/merge*.c alone.
 *
 * RULES
 *   1. A move changes one column that holds a number; the row's other keys find it again.
 */
#ifndef RECORD_MERGE_MOVES_H
#define RECORD_MERGE_MOVES_H

#include "record/merge.h"

enum move_kind {
    MOVE_ROW,
    MOVE_CHILD,  /* with all that stands below it */
    MOVE_VOTE,   /* from record to record: the scores change */
    MOVE_UNVOTE, /* the person merged away votes no more where the kept one does */
    MOVE_UNOWN,  /* the kept person votes no more for what becomes their own */
};

struct move {
    const char *name;                                    /* in merge_rows: "follows.record_id" */
    const char *label;                                   /* for people: "Followers" */
    const char *table, *column, *key1, *key2, *name_key; /* key2, name_key NULL: none */
    const char *guard; /* SQL on x, ?1 the one, ?2 the kept; NULL: all rows */
    const char *index; /* table of the field's index; NULL: none */
    enum move_kind kind;
    bool people; /* of persons only */
    bool own;    /* of the catalog: looked at again in each step, since fields come and go */
    const struct record_type *type; /* of the catalog's: what refers */
    const struct record_field *field;
};

enum { MOVES_MAX = 600 };

/* Those that the program knows, then those of the catalog's fields; ends with name NULL. */
struct move *moves_of(struct db *db, struct arena *a, const struct record_type *t);

struct merging {
    const struct act *act;
    const struct merge *m;
    int64_t n;     /* of the next row of the journal */
    int64_t moved; /* in this step */
};

struct journal_row {
    int64_t n, key1, key2, was, became;
    struct str move, name, text_was, text_is;
    double real_was, real_is;
};

void journal_put(struct merging *g, const struct journal_row *row);

/* At most so many rows of one move; gives how many. */
int moves_run(struct merging *g, const struct move *move, int rows);
/* One row as it was. False: something newer has changed it. */
bool move_back(struct merging *g, const struct move *move, const struct journal_row *row);
int64_t moves_count(struct db *db, struct arena *a, const struct move *move, int64_t from,
                    int64_t into);
/* Counters and places in lists of both, after rows of that move. */
void moves_settle(struct merging *g, const struct move *move);

/* One row of a plain move: from `was` to `becomes`; false: it is not there. */
bool move_row(const struct act *act, const struct move *move, const struct journal_row *row,
              int64_t was, int64_t becomes);

#endif
