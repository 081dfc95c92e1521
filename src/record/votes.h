/* votes.h: a vote is a row; taking it back is another one; the score is their sum.
 *
 * `hot` ranks by recent votes: a sum in which a vote counts half after HOT_HALF_LIFE, kept as the
 * base-2 logarithm of sum(2^(t/h)) ("forward decay": Cormode, Shkapenyuk, Srivastava, Xu, ICDE
 * 2009), so that it changes only when somebody votes and any two records compare at any time.
 *
 * RULES
 *   1. One vote per person and record; voting again, or taking back nothing, changes nothing.
 *   2. records.score is the sum of votes.delta.
 *   3. Nobody votes for what is their own.
 *   4. Lists are sorted by rank_score and rank_hot, on the record and its taggings, which a
 *      consumer of the log sets to score and hot, many votes at a time, about a second later.
 */
#ifndef RECORD_VOTES_H
#define RECORD_VOTES_H

#include "jobs/consumers.h"
#include "record/record.h"

#define HOT_HALF_LIFE (7 * CLOCK_DAY)

double hot_first(int64_t at);                     /* of a record made at that time */
double hot_add(double hot, int64_t at);           /* a vote came */
double hot_take(double hot, int64_t at, int64_t created_at); /* the vote of that time went */

int64_t vote_of(struct db *db, int64_t record_id, int64_t person_id); /* 1, 0 (or -1: imported) */
/* own[i]: the person's vote for ids[i] stands; n ids, in any order. Nobody (0) has none. */
void votes_own(struct db *db, struct arena *a, int64_t person_id, const int64_t *ids, size_t n,
               bool *own);
/* Sets the person's vote to 1 or 0. False: it was so already. r->score and r->hot follow. */
bool vote_set(const struct act *act, struct record *r, int value);
/* Imports: one row with a delta of its own, by person (0: unnamed). */
void vote_append(const struct act *act, struct record *r, int delta);

/* Of one record, at once: where votes change without an activity of their own. */
void vote_rank(struct db *db, int64_t record_id);
/* The consumer's part of RULE 4. */
size_t votes_rank(struct db *db, struct arena *a, struct activity *list, size_t n);

/* People may vote for records of that type from here on: they get their places in lists. */
void votes_begin(struct db *db, const char *type);

struct voter {
    int64_t id, at;
    struct str name, handle;
};
/* Who votes for it now, newest first. */
size_t vote_people(struct db *db, struct arena *a, int64_t record_id, struct voter *out,
                   size_t max);

#endif
