/* spaces.h: rooms with a purpose, members and rules of entry.
 *
 * Base feature.
 * RULES
 *   1. Openness decides who comes in: "anyone" at once, "request" when a moderator agrees,
 *      "invitation" only when invited. One's own role there is never lost by asking again.
 *   2. A space keeps at least one moderator, unless an administrator takes the last one away.
 *   3. What stands in a space is never seen by more people than the space's audience: changing the
 *      audience changes that of all its records, in the same transaction.
 */
#ifndef SPACES_SPACES_H
#define SPACES_SPACES_H

#include "record/form.h"
#include "record/list.h"
#include "record/record.h"
#include "record/timeline.h"

#define SPACE_ROW(F, X)                                                                            \
    F(INT, id, "s.id")                                                                             \
    X(TEXT, slug, "s.slug")                                                                        \
    X(TEXT, name, "s.name")                                                                        \
    X(TEXT, openness, "s.openness")                                                                \
    X(HIDDEN_INT, audience, "r.audience")                                                          \
    X(TEXT, excerpt, "r.excerpt")                                                                  \
    X(TIME, created_at, "r.created_at")                                                            \
    X(HIDDEN_INT, membership, "COALESCE(m.role, -1)")                                              \
    X(INT, members,                                                                                \
      "(SELECT COUNT(*) FROM (SELECT 1 FROM memberships c WHERE c.space_id = s.id"                 \
      " AND c.role >= 2 LIMIT 10000) AS t)")
ROW_DEFINE(space, SPACE_ROW)

#define MEMBER_ROW(F, X)                                                                           \
    F(INT, id, "p.id")                                                                             \
    X(TEXT, handle, "p.handle")                                                                    \
    X(TEXT, name, "p.name")                                                                        \
    X(HIDDEN_INT, role, "m.role")                                                                  \
    X(TIME, at, "m.at")
ROW_DEFINE(member, MEMBER_ROW)

/* A new space with its maker as moderator; `slug` empty: made of the name; `purpose` is
 * Markdown. */
int64_t space_create(const struct act *act, struct str name, struct str slug, struct str purpose,
                     const char *openness, enum audience audience);
/* Sets a role (enum membership), or takes it away (MEMBERSHIP_NONE). */
void membership_set(const struct act *act, int64_t space_id, int64_t person_id, int64_t role);
int64_t membership_get(struct db *db, int64_t space_id, int64_t person_id);
/* Somebody comes in as a member, and follows the space; who is in already stays as they are. */
void space_enter(const struct act *act, const struct record *space, int64_t person_id);

/* ---- what the views show ---- */

struct space_page {
    struct record *r;
    struct space space;
    struct str path;
    struct list ideas, topics;
    struct timeline timeline;
    const struct member *moderators;
    size_t moderators_n;
    bool moderates;
    int64_t level; /* enum level: what the viewer has chosen for it */
};

struct members_page {
    struct space_page *space;
    const struct member *members;
    size_t n;
    struct str next;
    struct form form; /* invite someone */
};

#endif
