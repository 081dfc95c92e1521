/* roles.c: lists, forms and people of roles and teams; see roles.h. */
#include "features/roles/roles.h"

#include "http/feature.h"
#include "view/answer.h"
#include "views/roles/form.h"
#include "views/roles/index.h"
#include "views/roles/show.h"

enum { GROUPS = 200, PEOPLE = 60, NAME_MAX_ = 60, TYPES = 500 };

static int groups_index(struct req *rq);
static int groups_new(struct req *rq);
static int groups_create(struct req *rq);
static int groups_show(struct req *rq);
static int groups_edit(struct req *rq);
static int groups_update(struct req *rq);
static int groups_destroy(struct req *rq);
static int group_people_create(struct req *rq);
static int group_people_destroy(struct req *rq);

static const struct form_rule group_rules[] = {
    {"name", .label = "Name", .required = true, .max = NAME_MAX_},
    {"about", .label = "What it is for", .max = 400},
    {0},
};
static const struct form_rule person_rules[] = {
    {"person", .label = "Person", .max = 200},
    {"person_text", .label = "Person", .max = 200},
    {0},
};
static const struct form_rule group_query[] = {
    {"after", .label = "number of the person to go on behind", .whole = true}, {0}};

static const struct part group_parts[] = {PART_TITLE("Group"), ROW_ALL(group), {0}};
static const struct part person_parts[] = {PART_TITLE("GroupPerson"), ROW_ALL(group_person), {0}};
static const struct part page_parts[] = {
    PART_TITLE("GroupWithPeople"),
    PART_HERE(struct group_page, group, group_parts),
    PART_LIST("types", struct group_page, rules, rules_n, type_rule_parts),
    PART_LIST("people", struct group_page, people, people_n, person_parts),
    PART(CURSOR, "next", struct group_page, next),
    {0},
};
static const struct part groups_answer[] = {
    PART_LIST("data", struct groups_page, list, n, group_parts), {0}};
static const struct part group_answer[] = {PART_OBJECT("data", page_parts), {0}};

#define CHANGE ADMINISTRATOR, .flags = ROUTE_ASIDE, .answers = group_answer
#define MAKE ADMINISTRATOR, .flags = ROUTE_ASIDE | ROUTE_CREATES, .answers = group_answer
#define GROUP_ROUTES(plural, who, what)                                                            \
    {GET,                                                                                          \
     "/" plural,                                                                                   \
     groups_index,                                                                                 \
     who,                                                                                          \
     .flags = ROUTE_UNFED,                                                                         \
     .answers = groups_answer,                                                                     \
     .help = plural " of this hub"},                                                               \
        {GET, "/" plural "/new", groups_new, ADMINISTRATOR, .help = "form for a new " what},       \
        {POST, "/" plural, groups_create, MAKE, .form = group_rules, .help = "make a " what},      \
        {GET,                                                                                      \
         "/" plural "/:id",                                                                        \
         groups_show,                                                                              \
         who,                                                                                      \
         .flags = ROUTE_UNFED,                                                                     \
         .answers = group_answer,                                                                  \
         .query = group_query,                                                                     \
         .help = "one " what " with its people"},                                                  \
        {GET, "/" plural "/:id/edit", groups_edit, ADMINISTRATOR,                                  \
         .help = "form to change a " what},                                                        \
        {PATCH,  "/" plural "/:id",   groups_update,                                               \
         CHANGE, .form = group_rules, .help = "change a " what "'s name"},                         \
        {DELETE, "/" plural "/:id", groups_destroy, CHANGE, .help = "take a " what " away"},       \
        {POST, "/" plural "/:id/people", group_people_create,                                      \
         MAKE, .form = person_rules,     .help = "put somebody into a " what},                     \
    {                                                                                              \
        DELETE, "/" plural "/:id/people/:person", group_people_destroy, CHANGE,                    \
            .help = "take somebody out of a " what                                                 \
    }

/* clang-format off */
static const struct route routes[] = {
    GROUP_ROUTES("roles", ADMINISTRATOR, "role"),
    {GET, "/roles/:id/types/:name", role_types_show, ADMINISTRATOR, .flags = ROUTE_UNFED,
     .answers = rule_answer, .help = "what a role may with records of a type, and its fields"},
    {PUT, "/roles/:id/types/:name", role_types_update, ADMINISTRATOR, .flags = ROUTE_ASIDE,
     .form = type_rule_rules, .answers = rule_answer,
     .help = "say what a role may with records of a type"},
    {DELETE, "/roles/:id/types/:name", role_types_destroy, CHANGE,
     .help = "a role says nothing of a type any more"},
    {PUT, "/roles/:id/types/:name/fields/:field", role_fields_update, ADMINISTRATOR,
     .flags = ROUTE_ASIDE, .form = field_may_rules, .answers = rule_answer,
     .help = "say what a role may with a field"},
    GROUP_ROUTES("teams", STAFF, "team"),
    {0},
};
/* clang-format on */

static const struct menu_entry menu[] = {
    {"Roles", "/roles", "#i-key", 56, ADMINISTRATOR, MENU_USER},
    {"Teams", "/teams", "#i-users", 57, STAFF, MENU_USER},
    {0}};

const struct feature roles_feature = {.name = "roles", .routes = routes, .menu = menu};

/* ---- reading ---- */

bool is_team(struct req *rq)
{
    return str_starts(rq->path, S("/teams"));
}

static const char *plural(bool team)
{
    return team ? "/teams" : "/roles";
}

static void path_set(struct req *rq, bool team, struct group *g)
{
    g->path = str_fmt(rq->arena, "%s/%lld", plural(team), (long long)g->id);
}

bool group_read(struct req *rq, struct group *g)
{
    static const char *const sql[] = {
        "SELECT " ROW_COLUMNS(GROUP_ROW) " FROM roles g WHERE g.id = ?1",
        "SELECT " ROW_COLUMNS(GROUP_ROW) " FROM teams g WHERE g.id = ?1"};
    bool team = is_team(rq);
    struct rows q = db_query(rq->db, sql[team], I(req_id(rq, "id")));
    bool there = db_next(&q);
    if (there)
        group_decode(g, &q, 0, rq->arena);
    db_done(&q);
    path_set(rq, team, g);
    return there;
}

/* Who has a role is a bit of their account. */
static void people_read(struct req *rq, struct group_page *v)
{
    static const char *const sql[] = {
        "SELECT " ROW_COLUMNS(
            GROUP_PERSON_ROW) " FROM accounts c JOIN people p ON p.id = c.person_id"
                              " WHERE c.roles <> 0 AND (c.roles & ?1) <> 0 AND c.person_id > ?2"
                              " ORDER BY c.person_id LIMIT ?3",
        "SELECT " ROW_COLUMNS(
            GROUP_PERSON_ROW) " FROM team_members m JOIN people p ON p.id = m.person_id"
                              " WHERE m.team_id = ?1 AND m.person_id > ?2"
                              " ORDER BY m.person_id LIMIT ?3"};
    struct group_person *people = arena_array(rq->arena, struct group_person, PEOPLE + 1);
    int64_t after = 0;
    str_int(req_query(rq, "after"), &after);
    struct rows q =
        db_query(rq->db, sql[v->team], I(v->team ? v->group.id : (int64_t)role_bit(v->group.id)),
                 I(after), I(PEOPLE + 1));
    while (v->people_n <= PEOPLE && db_next(&q))
        group_person_decode(&people[v->people_n++], &q, 0, rq->arena);
    db_done(&q);
    if (v->people_n > PEOPLE) {
        v->people_n = PEOPLE;
        v->next = str_fmt(rq->arena, "%lld", (long long)people[PEOPLE - 1].id);
    }
    v->people = people;
}

static void types_read(struct req *rq, struct group_page *v)
{
    const struct catalog *c = catalog_of(rq->db);
    struct type_rule *rules = arena_array(rq->arena, struct type_rule, c->n + 1);
    struct option *others = arena_array(rq->arena, struct option, c->n + 1);
    v->rules_n = type_rules_read(rq, &v->group, rules);
    v->rules = rules;
    v->others = others;
    for (size_t i = 0; i < c->n; i++) {
        const struct record_type *t = c->types[i];
        bool spoken = !t->fields || t->off || t->child;
        for (size_t k = 0; k < v->rules_n; k++)
            spoken = spoken || rules[k].t == t;
        if (!spoken)
            others[v->others_n++] =
                (struct option){str_of(t->name), str_of(t->label ? t->label : t->noun), NULL};
    }
}

static struct group_page *group_page(struct req *rq)
{
    struct group_page *v = arena_make(rq->arena, struct group_page);
    if (!group_read(rq, &v->group))
        return NULL;
    v->team = is_team(rq);
    v->may_change = rq->viewer.role >= ROLE_ADMINISTRATOR;
    people_read(rq, v);
    if (!v->team)
        types_read(rq, v);
    form_init(person_rules, &v->form);
    return v;
}

static struct answer page_of(const struct group_page *v)
{
    return (struct answer){
        .title = v->group.name, .page = roles_show_view, .section = plural(v->team), .data = v};
}

static int groups_show(struct req *rq)
{
    struct group_page *v = group_page(rq);
    if (!v)
        return not_found(rq);
    struct answer page = page_of(v);
    return answer(rq, &page);
}

static int groups_index(struct req *rq)
{
    static const char *const sql[] = {
        "SELECT " ROW_COLUMNS(GROUP_ROW) " FROM roles g WHERE ?1 > 0 ORDER BY g.name LIMIT ?1",
        "SELECT " ROW_COLUMNS(GROUP_ROW) " FROM teams g WHERE ?1 > 0 ORDER BY g.name LIMIT ?1"};
    struct groups_page *v = arena_make(rq->arena, struct groups_page);
    struct group *list = arena_array(rq->arena, struct group, GROUPS);
    v->team = is_team(rq);
    v->may_change = rq->viewer.role >= ROLE_ADMINISTRATOR;
    struct rows q = db_query(rq->db, sql[v->team], I(GROUPS));
    while (v->n < GROUPS && db_next(&q)) {
        group_decode(&list[v->n], &q, 0, rq->arena);
        path_set(rq, v->team, &list[v->n++]);
    }
    db_done(&q);
    v->list = list;
    return answer(rq, &(struct answer){.title = v->team ? S("Teams") : S("Roles"),
                                       .page = roles_index_view,
                                       .section = plural(v->team),
                                       .data = v});
}

/* ---- making and changing ---- */

static struct answer form_page(const struct group_form *v)
{
    struct str fresh = v->team ? S("New team") : S("New role");
    return (struct answer){.title = v->group ? v->group->name : fresh,
                           .page = roles_form_view,
                           .section = plural(v->team),
                           .width = PAGE_NARROW,
                           .data = v};
}

static int groups_new(struct req *rq)
{
    struct group_form *v = arena_make(rq->arena, struct group_form);
    v->team = is_team(rq);
    form_init(group_rules, &v->form);
    struct answer page = form_page(v);
    return answer(rq, &page);
}

static void name_check(struct req *rq, struct group_form *v)
{
    static const char *const sql[] = {"SELECT 1 FROM roles WHERE name = ?1 AND id <> ?2",
                                      "SELECT 1 FROM teams WHERE name = ?1 AND id <> ?2"};
    if (v->form.ok && db_get_int(rq->db, 0, sql[v->team], T(form_get(&v->form, "name")),
                                 I(v->group ? v->group->id : 0)))
        form_fail(&v->form, "name", "There is one with this name.");
}

static int group_changed(struct req *rq, const struct group *g, bool created)
{
    struct group_page *v = arena_make(rq->arena, struct group_page);
    v->team = is_team(rq);
    v->group = *g;
    v->may_change = true;
    people_read(rq, v);
    if (!v->team)
        types_read(rq, v);
    struct answer page = page_of(v);
    return created ? answer_created(rq, g->path, &page) : answer_updated(rq, g->path, &page);
}

static int groups_create(struct req *rq)
{
    struct group_form *v = arena_make(rq->arena, struct group_form);
    v->team = is_team(rq);
    form_read(rq, group_rules, &v->form);
    name_check(rq, v);
    struct group g = {.name = form_get(&v->form, "name"), .about = form_get(&v->form, "about")};
    if (v->form.ok)
        g.id = v->team ? team_make(rq->db, g.name, g.about, rq->now)
                       : role_make(rq->db, g.name, g.about, rq->now);
    if (v->form.ok && !g.id)
        form_fail(&v->form, NULL, "A hub has at most 60 roles.");
    struct answer page = form_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    path_set(rq, v->team, &g);
    flash(rq, v->team ? "The team is there. Now say who is in it."
                      : "The role is there. Now say what it may, and who has it.");
    return group_changed(rq, &g, true);
}

static struct group_form *form_here(struct req *rq)
{
    struct group_form *v = arena_make(rq->arena, struct group_form);
    struct group *g = arena_make(rq->arena, struct group);
    if (!group_read(rq, g))
        return NULL;
    v->team = is_team(rq);
    v->group = g;
    form_init(group_rules, &v->form);
    return v;
}

static int groups_edit(struct req *rq)
{
    struct group_form *v = form_here(rq);
    if (!v)
        return not_found(rq);
    form_set(&v->form, "name", v->group->name);
    form_set(&v->form, "about", v->group->about);
    struct answer page = form_page(v);
    return answer(rq, &page);
}

static int groups_update(struct req *rq)
{
    static const char *const sql[] = {"UPDATE roles SET name = ?2, about = ?3 WHERE id = ?1",
                                      "UPDATE teams SET name = ?2, about = ?3 WHERE id = ?1"};
    struct group_form *v = form_here(rq);
    if (!v)
        return not_found(rq);
    form_read(rq, group_rules, &v->form);
    form_keep(&v->form, "name", v->group->name);
    form_keep(&v->form, "about", v->group->about);
    name_check(rq, v);
    struct answer page = form_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct group g = *v->group;
    g.name = form_get(&v->form, "name");
    g.about = form_get(&v->form, "about");
    db_exec(rq->db, sql[v->team], I(g.id), T(g.name), T(g.about));
    return group_changed(rq, &g, false);
}

static int groups_destroy(struct req *rq)
{
    struct group_page *v = group_page(rq);
    if (!v)
        return not_found(rq);
    v->team ? team_drop(rq->db, v->group.id) : role_drop(rq->db, v->group.id);
    flash(rq, v->team ? "The team is taken away." : "The role is taken away.");
    struct answer page = page_of(v);
    return answer_updated(rq, str_of(plural(v->team)), &page);
}

/* ---- people ---- */

static int group_people_create(struct req *rq)
{
    struct group_page *v = group_page(rq);
    if (!v)
        return not_found(rq);
    const char *why = NULL;
    form_read(rq, person_rules, &v->form);
    v->typed = form_get(&v->form, "person_text");
    int64_t person = v->form.ok ? person_asked(rq, &v->form, &why) : 0;
    if (!why && person && v->team)
        team_put(rq->db, v->group.id, person, true, rq->now);
    else if (!why && person && !role_give(rq->db, v->group.id, person, true))
        why = "They have no account here: nothing to give a role to.";
    if (why)
        form_fail(&v->form, "person", why);
    v->error = form_error(&v->form, "person");
    struct answer page = page_of(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    return group_changed(rq, &v->group, true);
}

static int group_people_destroy(struct req *rq)
{
    struct group g;
    int64_t person = req_id(rq, "person");
    if (!group_read(rq, &g))
        return not_found(rq);
    if (is_team(rq))
        team_put(rq->db, g.id, person, false, rq->now);
    else
        role_give(rq->db, g.id, person, false);
    return group_changed(rq, &g, false);
}
