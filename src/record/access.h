/* access.h: who sees a record, and who may change it.
 *
 * `audience` on a record and the viewer's roles compile to one SQL predicate on records r, with ?1
 * as the viewer's person id. Every list, page, search, count, feed and live stream has it in its
 * query; nothing is filtered afterwards.
 *
 * RULES
 *   1. A guest sees public records only.
 *   2. "space" records are seen by the space's readers, members and moderators, not by those who
 *      only asked or were only invited.
 *   3. Authors see their own records; "private" ones nobody else sees, administrators included.
 *   4. Staff see "staff" records, and so do those whom they were shared with; administrators see
 *      all but private ones.
 *   5. What stands below a record is never seen by more people than the record itself.
 *   6. A record that the viewer may not see answers 404, the same as one that does not exist.
 *   7. Where a role that the hub has made speaks of a type, it takes the place of what the viewer's
 *      base role gives beyond a member: see rights.h.
 */
#ifndef RECORD_ACCESS_H
#define RECORD_ACCESS_H

#include "http/request.h"

enum audience {
    AUDIENCE_PUBLIC,
    AUDIENCE_MEMBERS,      /* everyone who is signed in */
    AUDIENCE_SPACE,        /* readers, members and moderators of its space */
    AUDIENCE_PARTICIPANTS, /* those named in `participants` of its root */
    AUDIENCE_STAFF,        /* and the root's participants */
    AUDIENCE_PRIVATE,      /* its author */
};

/* memberships.role */
enum membership {
    MEMBERSHIP_NONE = -1,
    MEMBERSHIP_ASKED = 0,
    MEMBERSHIP_INVITED = 1,
    MEMBERSHIP_READER = 2,
    MEMBERSHIP_MEMBER = 3,
    MEMBERSHIP_MODERATOR = 4,
};

enum right {
    RIGHT_READ = 1,
    RIGHT_REPLY = 2,    /* comment, answer, vote, follow */
    RIGHT_EDIT = 4,     /* change its text: its author, and who moderates */
    RIGHT_MODERATE = 8, /* the space's moderators, staff and above */
    RIGHT_DELETE = 16,  /* who may edit it, unless roles say otherwise */
};

/* The predicate as SQL text on alias r, with ?1 = viewer->id; for use at once. */
const char *access_sql(struct db *db, const struct viewer *viewer);
struct record_type;
/* The same for queries that find records of that type only. */
const char *access_sql_of(struct db *db, const struct viewer *viewer, const struct record_type *t);

/* For queries that are string literals, one for each class of viewers: 0 guest, 1 member, 2 staff,
 * 3 administrator, 4 who has roles of the hub's own. See ACCESS_EACH in record.c. */
int access_class(const struct viewer *viewer);
int access_base(const struct viewer *viewer); /* the same without roles of the hub's own */
#define ACCESS_CLASSES 5

#define ACCESS_GUEST "r.audience = 0"
#define ACCESS_SHARED_                                                                             \
    "r.author_id = ?1"                                                                             \
    " OR (r.audience = 2 AND EXISTS (SELECT 1 FROM memberships am"                                 \
    " WHERE am.space_id = r.space_id AND am.person_id = ?1 AND am.role >= 2))"                     \
    " OR (r.audience IN (3, 4) AND EXISTS (SELECT 1 FROM participants ap"                          \
    " WHERE ap.record_id = r.root_id AND ap.person_id = ?1))"
#define ACCESS_MEMBER "(r.audience <= 1 OR " ACCESS_SHARED_ ")"
#define ACCESS_STAFF "(r.audience <= 1 OR r.audience = 4 OR " ACCESS_SHARED_ ")"
#define ACCESS_ADMINISTRATOR "(r.audience <= 4 OR r.author_id = ?1)"

/* Where rights.h puts what roles say. A text that did not go through access_text is no SQL: it
 * fails, and shows nothing. */
#define ACCESS_ROLES "@access@"
#define ACCESS_GRANTS                                                                              \
    "@grants@" /* what roles let one do with r: enum grant; -1: they say nothing */

/* An array of SQL texts, one a class: static const char *const sql[] = ACCESS_EACH("SELECT ...
 * WHERE ", " ORDER BY ..."); run access_text(db, arena, viewer, sql) with I(viewer->id) as ?1. A
 * guest's text has ?1 only where the rest of the query uses it. */
#define ACCESS_EACH(before, after)                                                                 \
    {                                                                                              \
        before ACCESS_GUEST after, before ACCESS_MEMBER after, before ACCESS_STAFF after,          \
            before ACCESS_ADMINISTRATOR after, before ACCESS_ROLES after                           \
    }

/* The viewer's one of them. */
const char *access_text(struct db *db, struct arena *a, const struct viewer *viewer,
                        const char *const sql[ACCESS_CLASSES]);

/* Who that is, for work that is done behind a request with a person's rights as they are by then.
 * False: there is no such account, or it is disabled. */
bool viewer_load(struct db *db, struct arena *a, int64_t person_id, struct viewer *viewer);

struct str audience_name(int64_t audience); /* "public", "members", ... */
int audience_of(struct str name);           /* -1: no such audience */
struct str membership_name(int64_t role);
int membership_of(struct str name);

#endif
