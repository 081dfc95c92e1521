/* rights.h: roles that a hub makes itself, and what they let their people see and change.
 *
 * A person has a base role (guest to owner) and any number of the hub's own ones. A role speaks of
 * types: which of their records it sees and changes, by a rule each; whether it makes new ones and
 * takes away; and of single fields. What all roles of a viewer say together is compiled to the one
 * predicate of access.h, in a text that is made once for each set of roles and kept with the
 * connection's catalog.
 *
 * RULES
 *   1. Several roles are a union: what one of them lets in, is in.
 *   2. Where a role speaks of a type, it takes the place of what the base role gives beyond a
 *      member: everybody keeps what is public, for members, in their spaces, their own, shared
 *      with them.
 *   3. Where no role of the viewer speaks of a type, the base role holds, in the same SQL text.
 *   4. Private records no role sees but their author.
 *   5. A rule that cannot be read any more lets nobody in.
 *   6. What a viewer may not see of a type is in no number either: roll-ups over records of a type
 *      that they see in part, and formulas over fields that they do not see, are no fields for
 *      them.
 *   7. A change of roles holds with its commit, in every process.
 */
#ifndef RECORD_RIGHTS_H
#define RECORD_RIGHTS_H

#include "record/types.h"

enum { ROLES_MAX = 60, ROLE_RULES_MAX = 2000 };

enum rule {
    RULE_NONE,
    RULE_ALL,          /* but private ones */
    RULE_OWNER,        /* whom they look after */
    RULE_TEAM,         /* somebody of one of their teams does */
    RULE_PARTICIPANTS, /* shared with them, whatever its audience */
    RULE_AUDIENCE,     /* as the base role says */
    RULE_FILTER,       /* that match conditions, as in a list's address */
    RULES
};
const char *rule_name(enum rule rule); /* "team" */
enum rule rule_of(struct str name);    /* RULES: no such rule */

enum grant { GRANT_CHANGE = 1, GRANT_DELETE = 2 };

struct role_rule {
    int64_t role_id;
    uint64_t role; /* its bit */
    enum rule sees, changes;
    struct str sees_filter, changes_filter;
    bool makes, deletes;
};

struct type_rights {
    /* Sets of roles: which speak of it, see all, make new ones, change any. */
    uint64_t speaks, all, makes, changes;
    const struct role_rule *rules;
    size_t n;
};

struct field_rights {
    uint64_t speaks;                         /* roles that speak of its type */
    uint64_t sees, writes, hides;            /* of those: which name the field */
    const struct record_field *const *needs; /* what it is computed from; ends with NULL */
    const struct record_type *counts;        /* a roll-up: of which type */
};

struct rights; /* the catalog's: what is compiled */
struct rights *rights_load(struct db *db, struct arena *a, struct record_type *const *types,
                           size_t n);

static inline uint64_t role_bit(int64_t role_id)
{
    return UINT64_C(1) << role_id;
}

/* Whether roles of the viewer speak of the type, and do not show all of it. */
bool type_ruled(const struct record_type *t, const struct viewer *viewer);
/* Whether the viewer may change records of others at all, for offering it. */
bool type_changed(const struct record_type *t, const struct viewer *viewer);
/* Whether the viewer may make one, where `base` is what the base role says. */
bool type_made(const struct record_type *t, const struct viewer *viewer, bool base);
/* Of a field that roles speak of; `base`: what the base role says. */
bool field_right(const struct record_field *f, const struct viewer *viewer, bool base, bool write);

/* One rule as SQL on alias r with ?1 = viewer->id, for telling which one let somebody in. NULL and
 * words: it cannot be read (RULE 5). */
struct str rule_sql(struct db *db, struct arena *a, const struct record_type *t,
                    const struct viewer *viewer, enum rule rule, struct str filter,
                    const char **why);
/* NULL, or words why the filter is none. */
const char *rule_wrong(struct db *db, struct arena *a, const struct record_type *t, enum rule rule,
                       struct str filter);

#endif
