/* types.c: the types, and one type's page; see types.h. */
#include "features/types/types.h"

#include "http/feature.h"
#include "view/answer.h"
#include "views/types/form.h"
#include "views/types/index.h"
#include "views/types/show.h"

enum { TYPES_MAX = 500, MENU_ORDER = 100 };

static int types_index(struct req *rq);
static int types_new(struct req *rq);
static int types_create(struct req *rq);
static int types_show(struct req *rq);
static int types_edit(struct req *rq);
static int types_update(struct req *rq);
static int types_destroy(struct req *rq);
static int type_restores_create(struct req *rq);
static void menu_more(struct req *rq, void (*add)(void *ctx, const struct menu_entry *entry),
                      void *ctx);

const char *const type_audiences[] = {"public", "members", "staff", "private", NULL};
const char *const type_makers[] = {"member", "staff", "administrator", NULL};
static const enum who maker_of[] = {MEMBER, STAFF, ADMINISTRATOR};

/* Written whole, so that the build takes them along. */
const char *const type_icons[] = {"#i-box",    "#i-package", "#i-car",
                                  "#i-ship",   "#i-plane",   "#i-truck",
                                  "#i-house",  "#i-factory", "#i-store",
                                  "#i-wrench", "#i-book",    "#i-file-text",
                                  "#i-folder", "#i-flag",    "#i-calendar",
                                  "#i-clock",  "#i-star",    "#i-heart",
                                  "#i-leaf",   "#i-coffee",  "#i-bug",
                                  "#i-ticket", "#i-key",     "#i-map-pin",
                                  "#i-phone",  "#i-mail",    "#i-globe",
                                  "#i-gift",   "#i-rocket",  "#i-briefcase",
                                  "#i-shapes", "#i-boxes",   "#i-graduation-cap",
                                  NULL};

static const char *const yes_no[] = {"no", "yes", "false", "true", NULL};

static const struct form_rule type_rules[] = {
    {"noun", .label = "Name of one", .required = true, .max = 40},
    {"label", .label = "Name of many", .required = true, .max = 40},
    {"lead", .label = "Sentence below it", .max = 200},
    {"icon", .label = "Icon", .choices = type_icons},
    {"audience", .label = "Who sees a new one", .required = true, .choices = type_audiences},
    {"maker", .label = "Who may make one", .required = true, .choices = type_makers},
    {"votes", .label = "People vote for it", .choices = yes_no},
    {"name", .label = "Internal name", .max = TYPE_NAME_MAX},
    {"plural", .label = "Address", .max = TYPE_NAME_MAX},
    {0},
};
static const struct form_rule type_edit_rules[] = {
    {"noun", .label = "Name of one", .required = true, .max = 40},
    {"label", .label = "Name of many", .required = true, .max = 40},
    {"lead", .label = "Sentence below it", .max = 200},
    {"icon", .label = "Icon", .choices = type_icons},
    {"audience", .label = "Who sees a new one", .required = true, .choices = type_audiences},
    {"maker", .label = "Who may make one", .required = true, .choices = type_makers},
    {"votes", .label = "People vote for it", .choices = yes_no},
    {0},
};

#define TYPE_PARTS                                                                                 \
    PART(TEXT, "name", struct type_shown, name), PART(TEXT, "plural", struct type_shown, plural),  \
        PART(TEXT, "noun", struct type_shown, noun),                                               \
        PART(TEXT, "label", struct type_shown, label),                                             \
        PART(TEXT, "lead", struct type_shown, lead), PART(TEXT, "icon", struct type_shown, icon),  \
        PART(TEXT, "audience", struct type_shown, audience),                                       \
        PART(TEXT, "maker", struct type_shown, maker),                                             \
        PART(FLAG, "votes", struct type_shown, votes), PART(FLAG, "own", struct type_shown, own),  \
        PART(FLAG, "off", struct type_shown, off),                                                 \
        PART(INT, "fields_n", struct type_shown, fields_n)

static const struct part type_parts[] = {PART_TITLE("Type"), TYPE_PARTS, {0}};
static const struct part field_parts[] = {
    PART_TITLE("Field"),
    PART(TEXT, "name", struct field_shown, name),
    PART(TEXT, "label", struct field_shown, label),
    PART(TEXT, "kind", struct field_shown, kind),
    PART(TEXT, "help", struct field_shown, help),
    PART(TEXT, "section", struct field_shown, section),
    PART(TEXT, "choices", struct field_shown, choices),
    PART(TEXT, "depends", struct field_shown, depends),
    PART(TEXT, "target", struct field_shown, target),
    PART(TEXT, "roles", struct field_shown, roles),
    PART(TEXT, "currency", struct field_shown, currency),
    PART(TEXT, "country", struct field_shown, country),
    PART(INT, "scale", struct field_shown, scale),
    PART(FLAG, "required", struct field_shown, required),
    PART(FLAG, "listed", struct field_shown, listed),
    PART(FLAG, "card", struct field_shown, card),
    PART(FLAG, "searched", struct field_shown, searched),
    PART(FLAG, "staff", struct field_shown, staff),
    PART(FLAG, "lets", struct field_shown, lets),
    PART(FLAG, "own", struct field_shown, own),
    PART(FLAG, "off", struct field_shown, off),
    {0},
};
static const struct part whole_parts[] = {
    PART_TITLE("TypeWithFields"),
    PART_HERE(struct type_page, type, type_parts),
    PART_LIST("fields", struct type_page, fields, fields_n, field_parts),
    {0},
};
static const struct part types_answer[] = {
    PART_LIST("data", struct types_page, list, n, type_parts), {0}};
static const struct part whole_answer[] = {PART_OBJECT("data", whole_parts), {0}};

#define CHOICE ADMINISTRATOR, .flags = ROUTE_NAMED, .answers = type_choices_answer
#define CHANGE ADMINISTRATOR, .flags = ROUTE_NAMED, .answers = whole_answer

/* clang-format off */
static const struct route routes[] = {
    {GET, "/types", types_index, ADMINISTRATOR, .flags = ROUTE_UNFED, .answers = types_answer,
     .help = "types of records that have fields"},
    {GET, "/types/new", types_new, ADMINISTRATOR, .help = "form for a new type"},
    {POST, "/types", types_create, ADMINISTRATOR, .flags = ROUTE_CREATES, .form = type_rules,
     .answers = whole_answer, .help = "make a type"},
    {GET, "/types/:id", types_show, ADMINISTRATOR, .flags = ROUTE_UNFED | ROUTE_NAMED,
     .answers = whole_answer, .help = "one type with its fields"},
    {GET, "/types/:id/edit", types_edit, ADMINISTRATOR, .flags = ROUTE_NAMED,
     .help = "form to change a type"},
    {PATCH, "/types/:id", types_update, CHANGE, .form = type_edit_rules,
     .help = "change a type that was made in the hub"},
    {DELETE, "/types/:id", types_destroy, CHANGE, .help = "switch a type off"},
    {POST, "/types/:id/restore", type_restores_create, CHANGE, .help = "switch it on again"},
    {GET, "/types/:id/fields/new", type_fields_new, ADMINISTRATOR, .flags = ROUTE_NAMED,
     .help = "form for a new field"},
    {POST, "/types/:id/fields", type_fields_create, ADMINISTRATOR,
     .flags = ROUTE_CREATES | ROUTE_NAMED, .form = field_rules, .answers = whole_answer,
     .help = "make a field"},
    {GET, "/types/:id/fields/:field/edit", type_fields_edit, ADMINISTRATOR, .flags = ROUTE_NAMED,
     .help = "form to change a field"},
    {PATCH, "/types/:id/fields/:field", type_fields_update, CHANGE, .form = field_edit_rules,
     .help = "change a field: its name and kind stay"},
    {DELETE, "/types/:id/fields/:field", type_fields_destroy, CHANGE, .help = "switch a field off"},
    {POST, "/types/:id/fields/:field/restore", field_restores_create, CHANGE,
     .help = "switch it on again"},
    {GET, "/types/:id/fields/:field/change", field_changes_show, ADMINISTRATOR,
     .flags = ROUTE_UNFED | ROUTE_NAMED, .answers = change_answer,
     .help = "how far a change of its kind has come, and the form to begin one"},
    {POST, "/types/:id/fields/:field/change", field_changes_create, ADMINISTRATOR,
     .flags = ROUTE_CREATES | ROUTE_NAMED, .form = change_rules, .answers = change_answer,
     .help = "make it of another kind: a job copies the values"},
    {DELETE, "/types/:id/fields/:field/change", field_changes_destroy, ADMINISTRATOR,
     .flags = ROUTE_NAMED, .answers = change_answer, .help = "undo that: the old kind and values"},
    {POST, "/types/:id/fields/:field/change/keep", change_keeps_create, ADMINISTRATOR,
     .flags = ROUTE_NAMED, .answers = change_answer, .help = "the old values may go"},
    {GET, "/types/:id/fields/:field/change/misfits", change_misfits_index, ADMINISTRATOR,
     .flags = ROUTE_UNFED | ROUTE_NAMED, .answers = misfits_answer,
     .help = "values that could not become of the new kind; also as .csv"},
    {POST, "/types/:id/fields/:field/moves", field_moves_create, CHANGE, .form = field_move_rules,
     .help = "move a field up or down in its section"},
    {GET, "/types/:id/fields/:field/choices", type_choices_index, ADMINISTRATOR,
     .flags = ROUTE_UNFED | ROUTE_NAMED, .answers = type_choices_answer,
     .help = "the choices of a field, in their order"},
    {POST, "/types/:id/fields/:field/choices", type_choices_create, ADMINISTRATOR,
     .flags = ROUTE_CREATES | ROUTE_NAMED, .form = type_choice_rules,
     .answers = type_choices_answer,
     .help = "add a choice behind the others"},
    {PATCH, "/types/:id/fields/:field/choices/:choice", type_choices_update, CHOICE,
     .form = type_choice_rules, .help = "change a choice: its name stays"},
    {DELETE, "/types/:id/fields/:field/choices/:choice", type_choices_destroy, CHOICE,
     .help = "take a choice away; one that records have is switched off instead"},
    {POST, "/types/:id/fields/:field/choices/:choice/restore", choice_restores_create, CHOICE,
     .help = "offer it again"},
    {POST, "/types/:id/fields/:field/choices/:choice/moves", choice_moves_create, CHOICE,
     .form = type_choice_moves, .help = "move a choice up, down or to a place"},
    {0},
};
/* clang-format on */

static const struct menu_entry menu[] = {
    {"Types and fields", "/types", "#i-shapes", 55, ADMINISTRATOR, MENU_USER}, {0}};

const struct feature types_feature = {.name = "types",
                                      .routes = routes,
                                      .menu = menu,
                                      .menu_more = menu_more,
                                      .jobs = change_jobs,
                                      .schema = types_sync};

/* ---- the menu ---- */

/* RULE 3. Icons that the program does not have would stop at nothing, so the names are ours. */
static void menu_more(struct req *rq, void (*add)(void *ctx, const struct menu_entry *entry),
                      void *ctx)
{
    const struct catalog *c = rq->db ? catalog_of(rq->db) : NULL;
    for (size_t i = 0; c && i < c->n; i++) {
        const struct record_type *t = c->types[i];
        if (!t->id || t->off)
            continue;
        struct menu_entry *entry = arena_make(rq->arena, struct menu_entry);
        *entry = (struct menu_entry){
            .label = str_cstr(rq->arena, str_of(t->label)),
            .path = str_fmt(rq->arena, "/%s", t->plural).p,
            .icon = str_cstr(rq->arena, str_of(t->icon)),
            .order = MENU_ORDER + (int)i,
            .who = t->audience == AUDIENCE_PUBLIC  ? ANYONE
                   : t->audience == AUDIENCE_STAFF ? STAFF
                                                   : MEMBER,
        };
        add(ctx, entry);
    }
}

/* ---- reading ---- */

static struct str word(struct arena *a, const char *text)
{
    return text ? str_dup(a, str_of(text)) : S("");
}

static struct type_shown type_show(struct arena *a, const struct record_type *t)
{
    const char *maker = "staff";
    for (size_t i = 0; type_makers[i]; i++)
        if (maker_of[i] == t->maker)
            maker = type_makers[i];
    struct type_shown v = {
        .name = word(a, t->name),
        .plural = word(a, t->plural),
        .noun = word(a, t->noun),
        .label = word(a, t->label ? t->label : t->noun),
        .lead = word(a, t->lead),
        .icon = word(a, t->icon),
        .audience = audience_name(t->audience),
        .maker = str_of(maker),
        .votes = t->votes,
        .own = t->id != 0,
        .off = t->off,
    };
    for (size_t i = 0; i < t->fields_n; i++)
        v.fields_n += !t->fields[i].off;
    return v;
}

struct field_shown field_show(struct arena *a, const struct record_field *f)
{
    return (struct field_shown){
        .name = word(a, f->name),
        .label = word(a, f->label),
        .kind = str_of(kind_info(f->kind)->name),
        .help = word(a, f->help),
        .section = word(a, f->section),
        .choices = choices_text(a, f),
        .target = word(a, f->target),
        .depends = word(a, f->depends),
        .roles = word(a, f->roles),
        .currency = word(a, f->currency),
        .country = word(a, f->country),
        .formula = word(a, f->formula),
        .scale = f->scale,
        .required = f->flags & FIELD_REQUIRED,
        .listed = f->flags & FIELD_LISTED,
        .card = f->flags & FIELD_CARD,
        .searched = f->flags & FIELD_SEARCHED,
        .staff = f->flags & FIELD_STAFF,
        .lets = f->flags & FIELD_LETS,
        .own = f->own,
        .off = f->off,
        .f = f,
    };
}

const struct record_type *type_here(struct req *rq)
{
    const struct record_type *t = catalog_type(rq->db, req_param(rq, "id"));
    return t && t->fields ? t : NULL;
}

static struct type_page *page_of(struct req *rq, const struct record_type *t)
{
    struct type_page *v = arena_make(rq->arena, struct type_page);
    v->type = type_show(rq->arena, t);
    v->path = str_fmt(rq->arena, "/types/%s", t->name);
    v->fields = arena_array(rq->arena, struct field_shown, t->fields_n);
    v->fields_n = t->fields_n;
    /* By section, in the order of the sections' first ones. */
    size_t n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        struct field_shown one = field_show(rq->arena, &t->fields[i]);
        size_t at = n;
        while (at > 0 && !str_eq(v->fields[at - 1].section, one.section))
            at--;
        at = at ? at : n;
        memmove(v->fields + at + 1, v->fields + at, (n - at) * sizeof one);
        v->fields[at] = one;
        n++;
    }
    return v;
}

struct type_page *type_page(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    return t ? page_of(rq, t) : NULL;
}

static int types_index(struct req *rq)
{
    const struct catalog *c = catalog_of(rq->db);
    struct types_page *v = arena_make(rq->arena, struct types_page);
    v->list = arena_array(rq->arena, struct type_shown, c->n + 1);
    for (int off = 0; off < 2; off++)
        for (size_t i = 0; i < c->n; i++)
            if (c->types[i]->fields && c->types[i]->off == (off == 1))
                v->list[v->n++] = type_show(rq->arena, c->types[i]);
    return answer(rq, &(struct answer){.title = S("Types and fields"),
                                       .page = types_index_view,
                                       .section = "/types",
                                       .data = v});
}

static struct answer show_answer(const struct type_page *v)
{
    return (struct answer){
        .title = v->type.label, .page = types_show_view, .section = "/types", .data = v};
}

static int types_show(struct req *rq)
{
    struct type_page *v = type_page(rq);
    if (!v)
        return not_found(rq);
    struct answer page = show_answer(v);
    return answer(rq, &page);
}

int type_answer(struct req *rq, const char *name, bool created)
{
    const struct record_type *t = catalog_type(rq->db, str_of(name));
    if (!t)
        return refuse(rq, 500, NULL);
    struct type_page *v = page_of(rq, t);
    struct answer page = show_answer(v);
    return created ? answer_created(rq, v->path, &page) : answer_updated(rq, v->path, &page);
}

/* ---- making and changing ---- */

static struct answer form_page(const struct type_form *v)
{
    return (struct answer){.title = v->page ? v->page->type.label : S("New type"),
                           .page = types_form_view,
                           .section = "/types",
                           .width = PAGE_NARROW,
                           .data = v};
}

static int types_new(struct req *rq)
{
    struct type_form *v = arena_make(rq->arena, struct type_form);
    form_init(type_rules, &v->form);
    form_set(&v->form, "audience", S("staff"));
    form_set(&v->form, "maker", S("staff"));
    form_set(&v->form, "icon", str_of(type_icons[0]));
    struct answer page = form_page(v);
    return answer(rq, &page);
}

static struct type_draft draft_of(const struct form *form)
{
    struct type_draft d = {
        .noun = form_get(form, "noun"),
        .label = form_get(form, "label"),
        .lead = form_get(form, "lead"),
        .icon = form_get(form, "icon"),
        .audience = AUDIENCE_STAFF,
        .maker = STAFF,
        .votes = str_is(form_get(form, "votes"), "yes") || str_is(form_get(form, "votes"), "true"),
    };
    int audience = audience_of(form_get(form, "audience"));
    if (audience >= 0)
        d.audience = (enum audience)audience;
    for (size_t i = 0; type_makers[i]; i++)
        if (str_is(form_get(form, "maker"), type_makers[i]))
            d.maker = maker_of[i];
    return d;
}

static bool name_is_free(struct req *rq, struct str name)
{
    const struct catalog *c = catalog_of(rq->db);
    for (size_t i = 0; i < c->n; i++)
        if (str_is(name, c->types[i]->name) || str_is(name, c->types[i]->plural))
            return false;
    return true;
}

/* RULE 2 */
static struct str name_suggest(struct req *rq, struct str label)
{
    struct str first = name_of_label(rq->arena, label, TYPE_NAME_MAX - 3), name = first;
    for (int i = 2; name.n && i < 100 && !name_is_free(rq, name); i++)
        name = str_fmt(rq->arena, STR_FMT "_%d", STR_ARG(first), i);
    return name;
}

static struct str address_suggest(struct req *rq, struct str label)
{
    char *p = str_cstr(rq->arena, name_of_label(rq->arena, label, TYPE_NAME_MAX));
    for (char *c = p; *c; c++)
        if (*c == '_')
            *c = '-';
    return str_of(p);
}

static int types_create(struct req *rq)
{
    struct type_form *v = arena_make(rq->arena, struct type_form);
    form_read(rq, type_rules, &v->form);
    struct type_draft d = draft_of(&v->form);
    d.name = form_get(&v->form, "name");
    d.plural = form_get(&v->form, "plural");
    if (!d.name.n)
        d.name = name_suggest(rq, d.noun);
    if (!d.plural.n)
        d.plural = address_suggest(rq, d.label);
    const char *why = v->form.ok ? type_make(rq->db, rq->arena, &d, rq->now) : NULL;
    if (why)
        form_fail(&v->form, NULL, why);
    struct answer page = form_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    flash(rq, "The type is there. Now give it fields.");
    return type_answer(rq, str_cstr(rq->arena, d.name), true);
}

static void form_fill(struct form *form, const struct type_shown *t)
{
    form_keep(form, "noun", t->noun);
    form_keep(form, "label", t->label);
    form_keep(form, "lead", t->lead);
    form_keep(form, "icon", t->icon);
    form_keep(form, "audience", t->audience);
    form_keep(form, "maker", t->maker);
    form_keep(form, "votes", t->votes ? S("yes") : S("no"));
}

/* RULE 4 */
static const char *own_only(const struct record_type *t)
{
    return t->id ? NULL : "This type is a part of the program: only its fields can be changed.";
}

static int types_edit(struct req *rq)
{
    struct type_form *v = arena_make(rq->arena, struct type_form);
    v->page = type_page(rq);
    if (!v->page)
        return not_found(rq);
    form_init(type_edit_rules, &v->form);
    form_fill(&v->form, &v->page->type);
    struct answer page = form_page(v);
    return answer(rq, &page);
}

static int types_update(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    if (!t)
        return not_found(rq);
    struct type_form *v = arena_make(rq->arena, struct type_form);
    v->page = type_page(rq);
    form_read(rq, type_edit_rules, &v->form);
    form_fill(&v->form, &v->page->type);
    struct type_draft d = draft_of(&v->form);
    const char *why = own_only(t);
    if (!why && v->form.ok)
        why = type_change(rq->db, rq->arena, t, &d);
    if (why)
        form_fail(&v->form, NULL, why);
    struct answer page = form_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    return type_answer(rq, str_cstr(rq->arena, v->page->type.name), false);
}

static int type_switched(struct req *rq, bool on)
{
    const struct record_type *t = type_here(rq);
    const char *why = t ? own_only(t) : NULL;
    if (!t)
        return not_found(rq);
    if (why)
        return refuse(rq, 409, why);
    const char *name = str_cstr(rq->arena, str_of(t->name));
    type_switch(rq->db, t, on, rq->now);
    return type_answer(rq, name, false);
}

static int types_destroy(struct req *rq)
{
    return type_switched(rq, false);
}

static int type_restores_create(struct req *rq)
{
    return type_switched(rq, true);
}
