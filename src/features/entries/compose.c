/* compose.c: the short forms on a record's page that add to its timeline: a note, a call, a mail, a
 * task, a file. Which fields they have says the type's declaration (`composed`).
 *
 * RULES
 *   1. What is sent is an entry as any other, which leads to the record; what the record leads to
 *      itself (a deal's organisation) it leads to as well, if it has a field for that.
 *   2. Without a title of its own it has its text's first line, else its type's name.
 *   3. Only who may make such an entry has the form, and one address each.
 */
#include "core/clock.h"
#include "features/entries/entries.h"
#include "record/depends.h"
#include "record/reach.h"
#include "text/markdown.h"
#include "text/plain.h"

enum { CONTROLS = 12, KEPT = 16, TITLE_CHARS = 80 };

static const struct {
    const char *sort, *tab, *act;
} sorts[] = {
    {"note", "Note", "Add note"}, {"call", "Call", "Log call"}, {"mail", "Mail", "Save mail"},
    {"task", "Task", "Add task"}, {"file", "File", "Add file"},
};
enum { SORTS = sizeof sorts / sizeof *sorts };

/* The field of t by which one leads to a record of this type. */
static const struct record_field *lead_to(const struct req *rq, const struct record_type *t,
                                          const char *type)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        const char *target = f->result == KIND_PERSON ? "person" : f->target;
        if ((kind_info(f->result)->can & KIND_LEADS) && target && strcmp(target, type) == 0 &&
            f->sql[0] != 'r' && field_written(f, &rq->viewer))
            return f;
    }
    return NULL;
}

static const struct record_type *type_of_sort(const struct req *rq, const struct catalog *c,
                                              const char *sort, const char *about)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct record_type *t = c->types[i];
        if (t->timeline && t->composed && !t->off && strcmp(t->timeline, sort) == 0 &&
            entry_maker(t, &rq->viewer) && lead_to(rq, t, about))
            return t;
    }
    return NULL;
}

/* ---- what is sent along ---- */

static void kept_add(struct compose *c, struct option *kept, const char *name, struct str value)
{
    if (c->kept_n < KEPT)
        kept[c->kept_n++] = (struct option){str_of(name), value, NULL};
}

static bool kept_has(const struct compose *c, const char *name)
{
    for (size_t i = 0; i < c->kept_n; i++)
        if (str_is(c->kept[i].value, name))
            return true;
    return false;
}

/* RULE 1 */
static void leads_keep(struct req *rq, const struct entry_page *v, struct compose *c,
                       struct option *kept)
{
    const struct record_field *to = lead_to(rq, c->type, v->type->name);
    kept_add(c, kept, to->name, str_of_id(rq->arena, S(""), v->r->id));
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        const struct record_field *as =
            f->result == KIND_REF && !v->values[i].none && v->values[i].leads_n &&
                    v->values[i].leads[0].title.n && strcmp(f->target, v->type->name) != 0
                ? lead_to(rq, c->type, f->target)
                : NULL;
        if (as && as != to && !kept_has(c, as->name))
            kept_add(c, kept, as->name, str_of_id(rq->arena, S(""), v->values[i].i));
    }
}

/* ---- its fields ---- */

/* The first address of the record, which the viewer may see. */
static struct str address_of(const struct entry_page *v, const struct viewer *viewer)
{
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        struct str rest = v->values[i].s;
        struct reach one;
        if (v->values[i].none || !field_seen(f, viewer))
            continue;
        if (f->result == KIND_EMAIL)
            return rest;
        if (f->result == KIND_EMAILS && reach_next(&rest, &one))
            return one.value;
    }
    return S("");
}

/* What stands in a field as it begins. */
static struct str begin_with(struct req *rq, const struct entry_page *v,
                             const struct record_field *f)
{
    char buf[32];
    if (f->result == KIND_TIME)
        return str_dup(rq->arena, str_first(clock_rfc3339(buf, rq->now), 16));
    if (f->result == KIND_PERSON && f->sql[0] == 'r')
        return str_fmt(rq->arena, STR_FMT " (#%lld)", STR_ARG(rq->viewer.name),
                       (long long)rq->viewer.id);
    if (field_begins(f) && choice_first(f, S("")))
        return str_of(choice_first(f, S(""))->name);
    return f->result == KIND_EMAIL ? address_of(v, &rq->viewer) : S("");
}

static void control_add(struct req *rq, const struct entry_page *v, struct compose *c,
                        const struct record_field *f)
{
    struct control *controls = (struct control *)c->controls;
    const char *id = str_fmt(rq->arena, "c-%s", f->name).p;
    if (c->controls_n == CONTROLS || kept_has(c, f->name) || !field_written(f, &rq->viewer))
        return;
    struct control control = field_control(rq, f, begin_with(rq, v, f), NULL);
    if (control.combo) {
        ((struct combobox *)control.combo)->id = id;
    } else {
        struct field *field = (struct field *)control.field;
        field->id = id;
        field->big = false;
        field->plain = true;
        field->hint = NULL;
        field->rows = 3;
    }
    if (f->flags & FIELD_BODY)
        c->body = control.field;
    else
        controls[c->controls_n++] = control;
}

/* ---- the form ---- */

static void tabs_make(struct req *rq, const struct entry_page *v, struct compose *c)
{
    struct link_item *items = arena_array(rq->arena, struct link_item, SORTS);
    const struct catalog *all = catalog_of(rq->db);
    size_t n = 0;
    for (size_t i = 0; i < SORTS; i++) {
        const struct record_type *t = type_of_sort(rq, all, sorts[i].sort, v->type->name);
        bool asked = str_is(req_query(rq, "compose"), sorts[i].sort);
        if (!t)
            continue;
        if (!c->type || asked) {
            c->type = t;
            c->label = str_of(sorts[i].act);
        }
        items[n++] = (struct link_item){
            .label = sorts[i].tab,
            .icon = t->icon,
            .path = str_fmt(rq->arena, STR_FMT "?compose=%s", STR_ARG(rq->path), sorts[i].sort)};
        items[n - 1].current = c->type == t;
        for (size_t k = 0; k + 1 < n && c->type == t; k++)
            items[k].current = false;
    }
    c->tabs = (struct link_bar){.label = "Add", .items = items, .n = n, .frame = "compose"};
}

void compose_make(struct req *rq, struct entry_page *v)
{
    struct compose *c = arena_make(rq->arena, struct compose);
    struct option *kept = arena_array(rq->arena, struct option, KEPT);
    struct str rest, one;
    if (!rq->viewer.id || v->r->deleted_at)
        return;
    tabs_make(rq, v, c);
    if (!c->type)
        return;
    c->controls = arena_array(rq->arena, struct control, CONTROLS);
    c->kept = kept;
    leads_keep(rq, v, c, kept);
    rest = str_of(c->type->composed);
    while (str_split(&rest, ' ', &one)) {
        const struct record_field *f = type_field_str(c->type, one);
        if (f)
            control_add(rq, v, c, f);
    }
    c->action = str_fmt(rq->arena, "/%s", c->type->plural);
    c->whole = str_fmt(rq->arena, "/%s/new?" STR_FMT "=" STR_FMT, c->type->plural,
                       STR_ARG(kept[0].value), STR_ARG(kept[0].label));
    kept_add(c, kept, "back", rq->path);
    v->compose = c;
}

/* RULE 2 */
void compose_title(struct req *rq, struct entry_form *v, struct record_values *e)
{
    const struct record_field *title = type_title(v->type), *body = type_body(v->type);
    if (!title || !e->values[title->index].none || v->errors[title->index])
        return;
    struct str text = body ? str_trim(v->texts[body->index]) : S(""), line = S("");
    (void)str_split(&text, '\n', &line);
    line = text_excerpt(rq->arena, markdown_text(rq->arena, line), TITLE_CHARS);
    if (!line.n)
        line = str_of(v->type->noun);
    e->values[title->index] = (struct value){.s = line};
    e->given[title->index] = true;
}
