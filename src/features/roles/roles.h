/* roles.h: roles that the hub makes itself, and teams, in the browser and as JSON.
 *
 *     /roles, /roles/3, /roles/3/types/deal, /teams, /teams/2
 *
 * What roles mean is in record/rights.h. A team is a number of people: a rule or a filter may name
 * the teams of whoever asks.
 *
 * Owns    nothing: tables roles, role_types, role_fields, teams, team_members are the record core's
 * RULES
 *   1. Only administrators make and change roles and teams; staff see teams and who is in them.
 *   2. What a role says holds with its commit.
 *   3. A rule by a filter is refused when its conditions cannot be read; one that cannot be read
 *      any more is told on its page.
 *   4. Names and text of a record cannot be hidden by themselves, nor what searches find it by.
 */
#ifndef ROLES_ROLES_H
#define ROLES_ROLES_H

#include "features/entries/entries.h"
#include "record/columns.h"
#include "record/form.h"
#include "record/rights_make.h"

#define GROUP_PERSON_ROW(F, X)                                                                     \
    F(INT, id, "p.id")                                                                             \
    X(TEXT, name, "p.name")                                                                        \
    X(TEXT, handle, "p.handle")
ROW_DEFINE(group_person, GROUP_PERSON_ROW)

#define GROUP_ROW(F, X)                                                                            \
    F(INT, id, "g.id")                                                                             \
    X(TEXT, name, "g.name")                                                                        \
    X(TEXT, about, "g.about")

struct group { /* a role or a team */
    ROW_MEMBERS(GROUP_ROW)
    struct str path;
    size_t types_n;
};
ROW_FUNCTIONS(group, GROUP_ROW)

struct type_rule { /* what a role says of a type */
    const struct record_type *t;
    struct role_rule rule;
    struct str type, label, path, sees, changes;
    const char *wrong; /* a filter that cannot be read any more */
};

struct field_may {
    const struct record_field *f;
    struct str name, label, path, may;
    const char *fixed; /* why no role may speak of it alone; NULL: it may */
};

struct groups_page {
    bool team, may_change;
    const struct group *list;
    size_t n;
};

struct group_page {
    bool team, may_change;
    struct group group;
    const struct group_person *people;
    size_t people_n;
    struct str next;
    const struct type_rule *rules;
    size_t rules_n;
    const struct option *others; /* types that the role says nothing of */
    size_t others_n;
    struct form form;
    const char *error; /* of the person that is added */
    struct str typed;
};

struct group_form {
    bool team;
    const struct group *group; /* NULL: a new one */
    struct form form;
};

struct rule_page {
    struct group group;
    struct type_rule rule;
    const struct field_may *fields;
    size_t fields_n;
    struct form form;
};

extern const struct form_rule type_rule_rules[], field_may_rules[];
extern const struct part rule_answer[], type_rule_parts[];

bool is_team(struct req *rq);
bool group_read(struct req *rq, struct group *g); /* that the address names */
size_t type_rules_read(struct req *rq, const struct group *role, struct type_rule *out);

int role_types_show(struct req *rq);
int role_types_update(struct req *rq);
int role_types_destroy(struct req *rq);
int role_fields_update(struct req *rq);

#endif
