/* role_types.c: what one role says of one type and of its fields; see roles.h. */
#include "features/roles/roles.h"
#include "view/answer.h"
#include "views/roles/rule.h"

enum { FILTER_MAX = 2000 };

static const char *const rule_names[] = {"none",         "all",      "owner",  "team",
                                         "participants", "audience", "filter", NULL};
static const char *const yes_no[] = {"no", "yes", "false", "true", NULL};
static const char *const mays[] = {"default", "hidden", "read", "write", NULL};

const struct form_rule type_rule_rules[] = {
    {"sees", .label = "Sees", .required = true, .choices = rule_names},
    {"sees_filter", .label = "Conditions of what it sees", .max = FILTER_MAX},
    {"changes", .label = "Changes", .required = true, .choices = rule_names},
    {"changes_filter", .label = "Conditions of what it changes", .max = FILTER_MAX},
    {"makes", .label = "Makes new ones", .choices = yes_no},
    {"deletes", .label = "Takes away", .choices = yes_no},
    {0},
};
const struct form_rule field_may_rules[] = {
    {"may", .label = "May", .required = true, .choices = mays}, {0}};

#define RULE_PARTS                                                                                 \
    PART(TEXT, "type", struct type_rule, type), PART(TEXT, "sees", struct type_rule, sees),        \
        PART(TEXT, "sees_filter", struct type_rule, rule.sees_filter),                             \
        PART(TEXT, "changes", struct type_rule, changes),                                          \
        PART(TEXT, "changes_filter", struct type_rule, rule.changes_filter),                       \
        PART(FLAG, "makes", struct type_rule, rule.makes),                                         \
        PART(FLAG, "deletes", struct type_rule, rule.deletes)

const struct part type_rule_parts[] = {PART_TITLE("TypeRule"), RULE_PARTS, {0}};
static const struct part may_parts[] = {
    PART_TITLE("FieldRight"),
    PART(TEXT, "name", struct field_may, name),
    PART(TEXT, "label", struct field_may, label),
    PART(TEXT, "may", struct field_may, may),
    {0},
};
static const struct part rule_parts[] = {
    PART_TITLE("TypeRuleWithFields"),
    PART_HERE(struct rule_page, rule, type_rule_parts),
    PART_LIST("fields", struct rule_page, fields, fields_n, may_parts),
    {0},
};
const struct part rule_answer[] = {PART_OBJECT("data", rule_parts), {0}};

/* ---- reading ---- */

static struct type_rule shown(struct req *rq, const struct group *role, const struct record_type *t,
                              const struct role_rule *rule)
{
    const char *wrong = rule_wrong(rq->db, rq->arena, t, rule->sees, rule->sees_filter);
    if (!wrong)
        wrong = rule_wrong(rq->db, rq->arena, t, rule->changes, rule->changes_filter);
    return (struct type_rule){
        .t = t,
        .rule = *rule,
        .type = str_of(t->name),
        .label = str_of(t->label ? t->label : t->noun),
        .path = str_fmt(rq->arena, STR_FMT "/types/%s", STR_ARG(role->path), t->name),
        .sees = str_of(rule_name(rule->sees)),
        .changes = str_of(rule_name(rule->changes)),
        .wrong = wrong,
    };
}

static const struct role_rule *rule_find(const struct record_type *t, int64_t role_id)
{
    for (size_t i = 0; t->rights && i < t->rights->n; i++)
        if (t->rights->rules[i].role_id == role_id)
            return &t->rights->rules[i];
    return NULL;
}

size_t type_rules_read(struct req *rq, const struct group *role, struct type_rule *out)
{
    const struct catalog *c = catalog_of(rq->db);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct role_rule *rule = rule_find(c->types[i], role->id);
        if (rule)
            out[n++] = shown(rq, role, c->types[i], rule);
    }
    return n;
}

static void fields_read(struct req *rq, struct rule_page *v)
{
    const struct record_type *t = v->rule.t;
    struct field_may *fields = arena_array(rq->arena, struct field_may, t->fields_n + 1);
    uint64_t role = role_bit(v->group.id);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        const struct field_rights *of = f->rights;
        const char *may = !of                 ? "default"
                          : of->writes & role ? "write"
                          : of->sees & role   ? "read"
                          : of->hides & role  ? "hidden"
                                              : "default";
        if (!f->off)
            fields[v->fields_n++] = (struct field_may){
                .f = f,
                .name = str_of(f->name),
                .label = str_of(f->label),
                .may = str_of(may),
                .path = str_fmt(rq->arena, STR_FMT "/fields/%s", STR_ARG(v->rule.path), f->name),
                .fixed = role_field_wrong(f)};
    }
    v->fields = fields;
}

/* NULL: there is no such role or type. A type of which the role says nothing yet has what the base
 * roles have, to begin with. */
static struct rule_page *rule_page(struct req *rq)
{
    struct rule_page *v = arena_make(rq->arena, struct rule_page);
    const struct record_type *t = catalog_type(rq->db, req_param(rq, "name"));
    if (!group_read(rq, &v->group) || !t || !t->fields || t->off || t->child)
        return NULL;
    const struct role_rule *rule = rule_find(t, v->group.id);
    struct role_rule first = {.role_id = v->group.id,
                              .sees = RULE_AUDIENCE,
                              .changes = RULE_AUDIENCE,
                              .sees_filter = S(""),
                              .changes_filter = S(""),
                              .makes = true,
                              .deletes = true};
    v->rule = shown(rq, &v->group, t, rule ? rule : &first);
    fields_read(rq, v);
    form_init(type_rule_rules, &v->form);
    return v;
}

static struct answer page_of(struct req *rq, const struct rule_page *v)
{
    return (struct answer){.title = str_fmt(rq->arena, STR_FMT ": " STR_FMT, STR_ARG(v->group.name),
                                            STR_ARG(v->rule.label)),
                           .page = roles_rule_view,
                           .section = "/roles",
                           .width = PAGE_NARROW,
                           .data = v};
}

static struct str yes(bool on)
{
    return on ? S("yes") : S("no");
}

int role_types_show(struct req *rq)
{
    struct rule_page *v = rule_page(rq);
    if (!v)
        return not_found(rq);
    form_set(&v->form, "sees", v->rule.sees);
    form_set(&v->form, "sees_filter", v->rule.rule.sees_filter);
    form_set(&v->form, "changes", v->rule.changes);
    form_set(&v->form, "changes_filter", v->rule.rule.changes_filter);
    form_set(&v->form, "makes", yes(v->rule.rule.makes));
    form_set(&v->form, "deletes", yes(v->rule.rule.deletes));
    struct answer page = page_of(rq, v);
    return answer(rq, &page);
}

/* ---- changing ---- */

/* The address of a list may be pasted as it is. */
static struct str conditions(struct str text)
{
    ptrdiff_t at = str_find(text, '?');
    return at < 0 ? text : str_from(text, (size_t)at + 1);
}

static bool said(const struct form *form, const char *name)
{
    struct str text = form_get(form, name);
    return str_is(text, "yes") || str_is(text, "true");
}

int role_types_update(struct req *rq)
{
    struct rule_page *v = rule_page(rq);
    if (!v)
        return not_found(rq);
    const struct record_type *t = v->rule.t;
    form_read(rq, type_rule_rules, &v->form);
    struct role_rule rule = {
        .role_id = v->group.id,
        .sees = rule_of(form_get(&v->form, "sees")),
        .sees_filter = conditions(form_get(&v->form, "sees_filter")),
        .changes = rule_of(form_get(&v->form, "changes")),
        .changes_filter = conditions(form_get(&v->form, "changes_filter")),
        .makes = said(&v->form, "makes"),
        .deletes = said(&v->form, "deletes"),
    };
    const char *sees = rule_wrong(rq->db, rq->arena, t, rule.sees, rule.sees_filter);
    const char *changes = rule_wrong(rq->db, rq->arena, t, rule.changes, rule.changes_filter);
    if (v->form.ok && sees) /* RULE 3 */
        form_fail(&v->form, "sees_filter", sees);
    if (v->form.ok && changes)
        form_fail(&v->form, "changes_filter", changes);
    struct answer page = page_of(rq, v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    role_rule_put(rq->db, t, &rule);
    flash(rq, "That holds from here on.");
    v = rule_page(rq);
    if (!v)
        return not_found(rq);
    page = page_of(rq, v);
    return answer_updated(rq, v->rule.path, &page);
}

int role_types_destroy(struct req *rq)
{
    struct rule_page *v = rule_page(rq);
    if (!v || !rule_find(v->rule.t, v->group.id))
        return not_found(rq);
    role_rule_drop(rq->db, v->group.id, v->rule.t);
    flash(rq, "The role says nothing of this type any more.");
    return answer_updated(rq, v->group.path, NULL);
}

int role_fields_update(struct req *rq)
{
    struct rule_page *v = rule_page(rq);
    const struct record_field *f = v ? type_field_str(v->rule.t, req_param(rq, "field")) : NULL;
    struct form form;
    if (!f || f->off || !rule_find(v->rule.t, v->group.id))
        return not_found(rq);
    if (!form_read(rq, field_may_rules, &form))
        return form_refuse(rq, &form);
    struct str may = form_get(&form, "may");
    bool whole = str_is(may, "default");
    const char *why = role_field_wrong(f);
    if (!whole && why) /* RULE 4 */
        return refuse(rq, 409, why);
    role_field_put(rq->db, v->group.id, v->rule.t, f, whole ? S("") : may);
    v = rule_page(rq);
    if (!v)
        return not_found(rq);
    struct answer page = page_of(rq, v);
    return answer_updated(rq, v->rule.path, &page);
}
