/* type_fields.c: the fields of a type; see types.h. */
#include "features/types/types.h"

#include "record/formulas.h"
#include "text/money.h"
#include "text/phone.h"
#include "view/answer.h"
#include "views/types/field_form.h"

enum { LABEL_MAX = 60, HELP_MAX = 300, CHOICES_TEXT = 12000, TARGETS_MAX = 500 };

const char *const field_flags[] = {"required", "listed", "card", "searched", "staff", "lets", NULL};
static const unsigned flag_of[] = {FIELD_REQUIRED, FIELD_LISTED, FIELD_CARD,
                                   FIELD_SEARCHED, FIELD_STAFF,  FIELD_LETS};

/* Those that kind_info knows, but tags, which every record has; what is computed stands last. */
#define TYPED_KINDS                                                                                \
    "text", "longtext", "integer", "decimal", "money", "date", "time", "bool", "choice",           \
        "choices", "ref", "refs", "email", "phone", "url", "address", "person", "rating", "file",  \
        "emails", "phones", "addresses"
const char *const field_kinds[] = {TYPED_KINDS, "formula", "rollup", NULL};
const char *const field_typed_kinds[] = {TYPED_KINDS, NULL};
static const char *const directions[] = {"up", "down", NULL};

#define COMMON_RULES                                                                               \
    {"label", .label = "Label", .required = true, .max = LABEL_MAX},                               \
        {"help", .label = "Help", .max = HELP_MAX},                                                \
        {"section", .label = "Section", .max = LABEL_MAX},                                         \
        {"flags", .label = "How it is used", .choices = field_flags, .many = true},                \
        {"choices", .label = "Choices", .lines = true, .max = CHOICES_TEXT},                       \
        {"depends", .label = "Depends on", .max = FIELD_NAME_MAX},                                 \
        {"roles", .label = "Roles", .max = HELP_MAX},                                              \
        {"formula", .label = "Formula", .lines = true, .max = FORMULA_SOURCE},                     \
        {"currency", .label = "Currency", .max = 3},                                               \
    {                                                                                              \
        "country", .label = "Country", .max = 2                                                    \
    }

const struct form_rule field_rules[] = {
    {"kind", .label = "Kind", .required = true, .choices = field_kinds},
    COMMON_RULES,
    {"name", .label = "Internal name", .max = FIELD_NAME_MAX},
    {"target", .label = "Leads to", .max = FIELD_NAME_MAX},
    {"scale", .label = "Digits behind the point", .whole = true, .max = 1},
    {0},
};
const struct form_rule field_edit_rules[] = {COMMON_RULES, {0}};
const struct form_rule field_move_rules[] = {
    {"to", .label = "Direction", .required = true, .choices = directions}, {0}};

/* ---- forms ---- */

static struct field_form *form_make(struct req *rq, const struct type_page *page)
{
    struct field_form *v = arena_make(rq->arena, struct field_form);
    const struct catalog *c = catalog_of(rq->db);
    struct option *targets = arena_array(rq->arena, struct option, c->n + 1);
    v->page = page;
    targets[v->targets_n++] = (struct option){S(""), S("–"), NULL};
    for (size_t i = 0; i < c->n; i++)
        if (!c->types[i]->child && !c->types[i]->off)
            targets[v->targets_n++] =
                (struct option){str_dup(rq->arena, str_of(c->types[i]->name)),
                                str_dup(rq->arena, str_of(c->types[i]->noun)), NULL};
    v->targets = targets;
    return v;
}

static struct answer form_page(const struct field_form *v)
{
    return (struct answer){.title = v->field ? v->field->label : S("New field"),
                           .page = types_field_form_view,
                           .section = "/types",
                           .width = PAGE_NARROW,
                           .data = v};
}

static unsigned flags_read(const struct form *form)
{
    struct str given = form_get(form, "flags"), one;
    unsigned flags = 0;
    while (str_split(&given, ',', &one))
        for (size_t i = 0; field_flags[i]; i++)
            if (str_is(one, field_flags[i]))
                flags |= flag_of[i];
    return flags;
}

static struct str flags_text(struct arena *a, const struct record_field *f)
{
    struct str names[8];
    size_t n = 0;
    for (size_t i = 0; field_flags[i]; i++)
        if (f->flags & flag_of[i])
            names[n++] = str_of(field_flags[i]);
    return str_join(a, names, n, S(","));
}

static struct field_draft draft_of(const struct form *form)
{
    return (struct field_draft){
        .label = form_get(form, "label"),
        .help = form_get(form, "help"),
        .section = form_get(form, "section"),
        .flags = flags_read(form),
        .choices = form_get(form, "choices"),
        .depends = form_get(form, "depends"),
        .roles = form_get(form, "roles"),
        .currency = form_get(form, "currency"),
        .country = form_get(form, "country"),
        .formula = form_get(form, "formula"),
    };
}

/* What is wrong with a source is told where it was typed. */
static void source_check(struct req *rq, struct form *form, const struct record_type *t,
                         const struct field_draft *d, const struct record_field *was)
{
    struct field_draft draft = *d;
    if (was) {
        draft.kind = was->kind;
        draft.target = str_of(was->target ? was->target : "");
    }
    if (!(kind_info(draft.kind)->can & KIND_MADE) || (was && !was->own) || !form->ok)
        return;
    const char *why = formula_refused(rq->db, rq->arena, t, &draft, was);
    if (why)
        form_fail(form, "formula", why);
}

/* ---- making ---- */

int type_fields_new(struct req *rq)
{
    const struct type_page *page = type_page(rq);
    if (!page)
        return not_found(rq);
    struct field_form *v = form_make(rq, page);
    form_init(field_rules, &v->form);
    for (size_t i = 0; field_kinds[i]; i++) /* none yet: the page offers them */
        if (str_is(req_query(rq, "kind"), field_kinds[i]))
            form_set(&v->form, "kind", str_of(field_kinds[i]));
    form_set(&v->form, "flags", S("searched"));
    struct answer answered = form_page(v);
    return answer(rq, &answered);
}

/* types RULE 2 */
static struct str name_suggest(struct arena *a, const struct record_type *t, struct str label)
{
    struct str first = name_of_label(a, label, FIELD_NAME_MAX - 4), name = first;
    for (int i = 2; name.n && i < 1000 && type_field_str(t, name); i++)
        name = str_fmt(a, STR_FMT "_%d", STR_ARG(first), i);
    return name;
}

/* What stands in for what people leave out. */
static void usual_check(struct form *form)
{
    struct str code = form_get(form, "currency"), country = form_get(form, "country");
    const struct currency *currency = currency_find(code);
    if (code.n && (!currency || !str_is(code, currency->code)))
        form_fail(form, "currency", "A currency is three capital letters, such as EUR.");
    if (country.n && (country.n != 2 || !phone_country_code((char[3]){country.p[0], country.p[1]})))
        form_fail(form, "country", "A country is two capital letters, such as NO.");
}

int type_fields_create(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    if (!t)
        return not_found(rq);
    struct field_form *v = form_make(rq, type_page(rq));
    form_read(rq, field_rules, &v->form);
    struct field_draft d = draft_of(&v->form);
    int64_t scale = form_int(&v->form, "scale");
    d.kind = kind_of(form_get(&v->form, "kind"));
    d.target = form_get(&v->form, "target");
    d.scale = (int)(scale ? scale : form_given(&v->form, "scale") ? 0 : 2);
    d.name = form_get(&v->form, "name");
    if (scale < 0 || scale > 6)
        form_fail(&v->form, "scale", "Digits behind the point are 0 to 6.");
    usual_check(&v->form);
    if (d.name.n && type_field_str(t, d.name))
        form_fail(&v->form, "name",
                  type_field_str(t, d.name)->off
                      ? "A field of this name is there, and switched off: switch it on again."
                      : "There is a field of this name already.");
    if (!d.name.n)
        d.name = name_suggest(rq->arena, t, d.label);
    source_check(rq, &v->form, t, &d, NULL);
    const char *name = str_cstr(rq->arena, str_of(t->name));
    const char *why = v->form.ok ? field_make(rq->db, rq->arena, t, &d, rq->now) : NULL;
    if (why)
        form_fail(&v->form, NULL, why);
    struct answer answered = form_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &answered);
    flash(rq, "The field is there.");
    return type_answer(rq, name, true);
}

/* ---- changing ---- */

const struct record_field *type_field_here(struct req *rq, const struct record_type *t)
{
    return t ? type_field_str(t, req_param(rq, "field")) : NULL;
}

static struct field_form *edit_form(struct req *rq, const struct record_field *f)
{
    struct field_form *v = form_make(rq, type_page(rq));
    struct field_shown *shown = arena_make(rq->arena, struct field_shown);
    *shown = field_show(rq->arena, f);
    v->field = shown;
    return v;
}

static void form_fill(struct arena *a, struct form *form, const struct record_field *f)
{
    struct field_shown shown = field_show(a, f);
    form_keep(form, "label", shown.label);
    form_keep(form, "help", shown.help);
    form_keep(form, "section", shown.section);
    form_keep(form, "flags", flags_text(a, f));
    form_keep(form, "choices", shown.choices);
    form_keep(form, "depends", str_of(f->depends ? f->depends : ""));
    form_keep(form, "roles", shown.roles);
    form_keep(form, "currency", shown.currency);
    form_keep(form, "country", shown.country);
    form_keep(form, "formula", shown.formula);
}

int type_fields_edit(struct req *rq)
{
    const struct record_field *f = type_field_here(rq, type_here(rq));
    if (!f)
        return not_found(rq);
    struct field_form *v = edit_form(rq, f);
    form_init(field_edit_rules, &v->form);
    form_fill(rq->arena, &v->form, f);
    struct answer answered = form_page(v);
    return answer(rq, &answered);
}

int type_fields_update(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    if (!f)
        return not_found(rq);
    struct field_form *v = edit_form(rq, f);
    form_read(rq, field_edit_rules, &v->form);
    /* A browser sends nothing for what is not checked. */
    bool none = rq->face != FACE_JSON && !form_given(&v->form, "flags");
    form_fill(rq->arena, &v->form, f);
    if (none)
        form_set(&v->form, "flags", S(""));
    struct field_draft d = draft_of(&v->form);
    d.name = v->field->name;
    source_check(rq, &v->form, t, &d, f);
    usual_check(&v->form);
    const char *name = str_cstr(rq->arena, str_of(t->name));
    const char *why = v->form.ok ? field_make(rq->db, rq->arena, t, &d, rq->now) : NULL;
    if (why)
        form_fail(&v->form, NULL, why);
    struct answer answered = form_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &answered);
    return type_answer(rq, name, false);
}

static int field_switched(struct req *rq, bool on)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    if (!f)
        return not_found(rq);
    if (!on && (f->flags & FIELD_TITLE))
        return refuse(rq, 409, "A record needs its title: this field cannot be switched off.");
    const char *name = str_cstr(rq->arena, str_of(t->name));
    field_switch(rq->db, t, f, on, rq->now);
    return type_answer(rq, name, false);
}

int type_fields_destroy(struct req *rq)
{
    return field_switched(rq, false);
}

int field_restores_create(struct req *rq)
{
    return field_switched(rq, true);
}

int field_moves_create(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    struct form form;
    if (!f)
        return not_found(rq);
    if (!form_read(rq, field_move_rules, &form))
        return form_refuse(rq, &form);
    const char *name = str_cstr(rq->arena, str_of(t->name));
    field_move(rq->db, t, f, str_is(form_get(&form, "to"), "up"), rq->now);
    return type_answer(rq, name, false);
}
