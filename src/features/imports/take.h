/* take.h: what the parts of the Stack Exchange import share: one run, and one batch of its rows. */
#ifndef IMPORTS_TAKE_H
#define IMPORTS_TAKE_H

#include "features/imports/dump.h"
#include "features/imports/imports.h"
#include "record/record.h"

struct tag_text { /* Tags.xml tells which posts describe which tag */
    int64_t post;
    struct str name;
    bool excerpt;
};

struct import {
    const struct import_options *options;
    struct import_result *result;
    struct store *store;
    struct arena *arena; /* as long as the run */
    struct arena *rows;  /* of the batch that is read */
    struct arena *work;  /* of one attempt at a batch */
    struct str site;
    int64_t id, space_id, now;
    struct tag_text *tag_texts; /* by post */
    size_t tag_texts_n;
    bool votes_known;    /* Votes.xml is there: scores are its rows */
    bool comments_known; /* Comments.xml is there */
    bool second_pass;    /* through the posts, for answers that stood before their question */
    int64_t orphans;
    bool scores_left; /* sums that still stand in for votes */
    struct str failure;
    int64_t bytes, bytes_all; /* of the files before this one; of all */
};

struct problem {
    struct problem *next;
    int64_t line;
    struct str why;
};

/* One attempt at a batch: counted only when it is committed, since it may be run again. */
struct take {
    struct import *im;
    struct db *db;
    struct arena *arena;
    int64_t taken[TAKEN_KINDS], before, orphans, vote_types[VOTE_TYPES], badges;
    struct problem *problems, **last;
};

void take_user(struct take *t, const struct dump_row *row);
void take_post(struct take *t, const struct dump_row *row);
void take_comment(struct take *t, const struct dump_row *row);
void take_vote(struct take *t, const struct dump_row *row);
void take_link(struct take *t, const struct dump_row *row);
void take_badge(struct take *t, const struct dump_row *row);

/* The row cannot be taken. */
void refuse_row(struct take *t, const struct dump_row *row, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for an answer whose question may still come: told by the second pass. */
void refuse_orphan(struct take *t, const struct dump_row *row, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- the notes ---- */

int64_t note_find(struct take *t, const char *kind, struct str key); /* record id; 0: not taken */
void note_put(struct take *t, const char *kind, struct str key, int64_t record_id);
void note_remove(struct take *t, const char *kind, struct str key);

/* ---- people ---- */

/* The person of that number there; made, as missing, when not known. 0 for an empty number. */
int64_t person_of(struct take *t, struct str number, int64_t at);

/* ---- records ---- */

struct act act_at(struct take *t, int64_t person_id, int64_t at);
/* What is needed to write below a record or to vote for it; NULL: there is none. */
struct record *record_place(struct take *t, int64_t id);
struct str origin_url(struct take *t, const char *what, struct str key);
void origin_note(struct take *t, const struct dump_row *row, int64_t root_id, int64_t id,
                 struct str url, const char *user, const char *name, int64_t at);
/* A score without its votes: one vote of nobody's with all of it. False: there is none. */
bool score_put(struct take *t, int64_t record_id, const struct dump_row *row, int64_t at);

/* ---- after the last row ---- */

bool import_check(struct import *im);

#endif
