/* act.h: who changes what, when, in which transaction; and the log that remembers it.
 *
 * Every change of the record core takes a struct act. A handler makes it from its request; an
 * import makes it with the dump's authors and dates. The same transaction appends to activities;
 * timelines, notifications, feeds and live updates follow from there.
 *
 * RULES
 *   1. Every change appends exactly one activity, in its own transaction.
 *   2. An activity carries the audience of its record.
 */
#ifndef RECORD_ACT_H
#define RECORD_ACT_H

#include "http/request.h"

struct act {
    struct db *db;
    struct arena *arena;
    int64_t person_id;  /* who; 0: not known */
    int64_t at;         /* when, microseconds */
    bool quiet;         /* an import: nobody is notified */
    struct str request; /* the browser's id of this change: its own page need not be refreshed */
};

static inline struct act act_of(const struct req *rq)
{
    return (struct act){rq->db, rq->arena, rq->viewer.id, rq->now, false, rq->request_id};
}

struct record;

/* Verbs, from ActivityStreams 2.0 where it has the word. */
#define VERB_CREATE "Create"
#define VERB_UPDATE "Update"
#define VERB_DELETE "Delete"
#define VERB_UNDO "Undo" /* a deletion taken back */
#define VERB_LIKE "Like" /* a vote; detail "1", "-1" */
#define VERB_FOLLOW "Follow"
#define VERB_JOIN "Join"
#define VERB_LEAVE "Leave"
#define VERB_INVITE "Invite"
#define VERB_ACCEPT "Accept" /* an answer was accepted */
#define VERB_STATUS "Status" /* ours: detail is the new state */
#define VERB_MOVE "Move"     /* of a card among others; detail is the field of the columns */
#define VERB_SHARE "Add"     /* somebody to those whom it is shared with; detail: the person */
#define VERB_MERGE "Merge"   /* ours: into which one stands in links, which not all may see */

/* Appends one activity about `r`; gives its id. */
int64_t act_log(const struct act *act, const char *verb, const struct record *r, struct str detail);
/* The same, where nobody asks for its number. */
void act_note(const struct act *act, const char *verb, const struct record *r, struct str detail);

#endif
