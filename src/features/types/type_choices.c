/* type_choices.c: the choices of a field, one by one; see types.h.
 *
 * A change of one writes all of them anew as their text, which field_make checks: what is refused
 * there is refused here, and there is no second way to write them.
 */
#include "features/types/types.h"

#include "view/answer.h"
#include "view/tables.h"
#include "views/types/choices.h"

enum { LABEL_MAX = 60, SETS_MAX = 300, WITHIN_MAX = 3000 };

static const char *const outcomes[] = {"goes", "ends", "lost", NULL};
static const struct option outcome_options[] = {{S("goes"), S("Goes on"), NULL},
                                                {S("ends"), S("Ends well: won, done"), NULL},
                                                {S("lost"), S("Ends badly: lost"), NULL}};
static const char *const directions[] = {"up", "down", NULL};

const struct form_rule type_choice_rules[] = {
    {"label", .label = "Label", .required = true, .max = LABEL_MAX},
    {"tone", .label = "Colour", .choices = choice_tones},
    {"outcome", .label = "Outcome", .choices = outcomes},
    {"within", .label = "Goes with", .max = WITHIN_MAX, .many = true},
    {"sets", .label = "Other fields get", .max = SETS_MAX},
    {0},
};
const struct form_rule type_choice_moves[] = {
    {"to", .label = "Direction", .choices = directions},
    {"place", .label = "Place", .whole = true},
    {0},
};

static const struct part choice_parts[] = {
    PART_TITLE("Choice"),
    PART(TEXT, "name", struct choice_shown, name),
    PART(TEXT, "label", struct choice_shown, label),
    PART(TEXT, "tone", struct choice_shown, tone),
    PART(TEXT, "outcome", struct choice_shown, outcome),
    PART(TEXT, "within", struct choice_shown, within),
    PART(TEXT, "sets", struct choice_shown, sets),
    PART(FLAG, "off", struct choice_shown, off),
    PART(FLAG, "used", struct choice_shown, used),
    {0},
};
const struct part type_choices_answer[] = {
    PART_LIST("data", struct choices_page, list, n, choice_parts), {0}};

/* All choices of a field, while one of them changes. */
struct choosing {
    struct req *rq;
    const struct record_type *type;
    const struct record_field *field;
    struct field_choice *list; /* copies, with room for one more */
    size_t n, at;              /* at: the one of the address; n: there is none */
};

static struct str text_of(struct arena *a, const char *text)
{
    return str_dup(a, str_of(text ? text : ""));
}

/* "probability=50" as people write it, and back. */
static struct str sets_turn(struct arena *a, struct str text, char from, char to)
{
    struct str parts[16], one;
    size_t n = 0;
    while (n < 16 && str_split(&text, ',', &one)) {
        one = str_trim(one);
        ptrdiff_t is = str_find(one, from);
        if (!one.n)
            continue;
        if (is < 0)
            return (struct str){0};
        parts[n++] = str_fmt(a, STR_FMT "%c" STR_FMT, (int)is, one.p, to,
                             STR_ARG(str_trim(str_from(one, (size_t)is + 1))));
    }
    return str_join(a, parts, n, to == ' ' ? S(", ") : S(","));
}

static struct choice_shown choice_show(const struct choosing *g, const struct field_choice *c,
                                       struct str path)
{
    struct arena *a = g->rq->arena;
    return (struct choice_shown){
        .name = text_of(a, c->name),
        .label = text_of(a, c->label),
        .tone = text_of(a, c->tone && c->tone[0] ? c->tone : "grey"),
        .outcome = c->lost   ? S("lost")
                   : c->ends ? S("ends")
                             : S("goes"),
        .within = text_of(a, c->within),
        .sets = sets_turn(a, text_of(a, c->sets), '=', ' '),
        .path = str_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(path),
                        STR_ARG(str_url_encode(a, str_of(c->name)))),
        .off = c->off,
        .used = choice_used(g->rq->db, a, g->type, g->field, c->name),
    };
}

/* False: there is no such field, or it has no choices; or not the one of the address. */
static bool choosing_here(struct req *rq, bool one, struct choosing *g)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    if (!f || !f->choices || (f->kind != KIND_CHOICE && f->kind != KIND_CHOICES))
        return false;
    *g = (struct choosing){.rq = rq, .type = t, .field = f};
    g->list = arena_array(rq->arena, struct field_choice, CHOICES_MAX + 2);
    for (const struct field_choice *c = f->choices; c->name && g->n < CHOICES_MAX; c++)
        g->list[g->n++] = *c;
    while (one && g->at < g->n && !str_is(req_param(rq, "choice"), g->list[g->at].name))
        g->at++;
    return !one || g->at < g->n;
}

static struct choices_page *page_of(const struct choosing *g)
{
    struct arena *a = g->rq->arena;
    struct choices_page *v = arena_make(a, struct choices_page);
    struct field_shown *shown = arena_make(a, struct field_shown);
    *shown = field_show(a, g->field);
    v->page = type_page(g->rq);
    v->field = shown;
    v->path = str_fmt(a, STR_FMT "/fields/%s/choices", STR_ARG(v->page->path), g->field->name);
    v->list = arena_array(a, struct choice_shown, g->n + 1);
    for (const struct field_choice *c = g->field->choices; c->name; c++)
        v->list[v->n++] = choice_show(g, c, v->path);
    v->outcomes = outcome_options;
    v->on = g->field->depends ? type_field(g->type, g->field->depends) : NULL;
    struct option *withins = arena_array(a, struct option, CHOICES_MAX + 1);
    for (const struct field_choice *c = v->on ? v->on->choices : NULL; c && c->name; c++)
        withins[v->withins_n++] = (struct option){text_of(a, c->name), text_of(a, c->label), NULL};
    v->withins = withins;
    return v;
}

static struct answer page_answer(const struct choices_page *v)
{
    return (struct answer){.title = v->field->label,
                           .page = types_choices_view,
                           .section = "/types",
                           .width = PAGE_NARROW,
                           .data = v};
}

int type_choices_index(struct req *rq)
{
    struct choosing g;
    if (!choosing_here(rq, false, &g))
        return not_found(rq);
    struct answer page = page_answer(page_of(&g));
    return answer(rq, &page);
}

/* ---- changing ---- */

static const char *choices_write(struct choosing *g)
{
    struct arena *a = g->rq->arena;
    const struct field_shown was = field_show(a, g->field);
    g->list[g->n] = (struct field_choice){0};
    const struct record_field now = {.choices = g->list};
    const struct field_draft d = {
        .name = was.name,
        .label = was.label,
        .help = was.help,
        .section = was.section,
        .flags = g->field->flags,
        .depends = was.depends,
        .roles = was.roles,
        .currency = was.currency,
        .country = was.country,
        .choices = choices_text(a, &now),
    };
    return field_make(g->rq->db, a, g->type, &d, g->rq->now);
}

/* What it is after a change: the catalog is another one. */
static int written_answer(struct req *rq, bool created)
{
    struct choosing g;
    if (!choosing_here(rq, false, &g))
        return refuse(rq, 500, NULL);
    struct choices_page *v = page_of(&g);
    struct answer page = page_answer(v);
    return created ? answer_created(rq, v->path, &page) : answer_updated(rq, v->path, &page);
}

static int write_answer(struct choosing *g)
{
    const char *why = choices_write(g);
    return why ? refuse(g->rq, 409, why) : written_answer(g->rq, false);
}

/* A browser sends nothing for boxes that are not checked; a program leaves out what stays. */
static bool has(struct req *rq, const struct form *form, const char *name)
{
    return rq->face != FACE_JSON || form_given(form, name);
}

static void choice_fill(struct req *rq, struct form *form, struct field_choice *c)
{
    struct arena *a = rq->arena;
    if (form_given(form, "label"))
        c->label = str_cstr(a, form_get(form, "label"));
    if (form_given(form, "tone"))
        c->tone =
            str_is(form_get(form, "tone"), "grey") ? NULL : str_cstr(a, form_get(form, "tone"));
    if (form_given(form, "outcome")) {
        c->lost = str_is(form_get(form, "outcome"), "lost");
        c->ends = c->lost || str_is(form_get(form, "outcome"), "ends");
    }
    if (has(rq, form, "within"))
        c->within = str_cstr(a, form_get(form, "within"));
    if (form_given(form, "sets")) {
        struct str sets = sets_turn(a, form_get(form, "sets"), ' ', '=');
        if (!sets.p)
            form_fail(form, "sets", "A field and the value that it gets: probability 50");
        c->sets = sets.n ? str_cstr(a, sets) : NULL;
    }
    if (c->within && !c->within[0])
        c->within = NULL;
}

/* Reads the form into the choice `at`, and writes all of them. */
static int choice_take(struct choosing *g, bool created)
{
    struct req *rq = g->rq;
    struct choices_page *v = page_of(g);
    struct field_choice *c = &g->list[g->at];
    form_read(rq, type_choice_rules, &v->form);
    choice_fill(rq, &v->form, c);
    if (created && v->form.ok) {
        struct str first = str_slug(rq->arena, str_of(c->label), FIELD_NAME_MAX - 4), name = first;
        for (int i = first.n ? 1 : 0; !name.n || field_choice(g->field, name);)
            name = first.n ? str_fmt(rq->arena, STR_FMT "-%d", STR_ARG(first), ++i)
                           : str_fmt(rq->arena, "choice-%d", ++i);
        c->name = str_cstr(rq->arena, name);
    }
    v->at = created ? S("+") : text_of(rq->arena, c->name);
    const char *why = v->form.ok ? choices_write(g) : NULL;
    if (why)
        form_fail(&v->form, NULL, why);
    struct answer page = page_answer(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    return written_answer(rq, created);
}

int type_choices_create(struct req *rq)
{
    struct choosing g;
    if (!choosing_here(rq, false, &g))
        return not_found(rq);
    if (g.n == CHOICES_MAX)
        return refuse(rq, 409, "A field has at most 100 choices.");
    g.at = g.n++;
    g.list[g.at] = (struct field_choice){.name = "", .label = ""};
    return choice_take(&g, true);
}

int type_choices_update(struct req *rq)
{
    struct choosing g;
    return choosing_here(rq, true, &g) ? choice_take(&g, false) : not_found(rq);
}

/* types RULE 5 */
int type_choices_destroy(struct req *rq)
{
    struct choosing g;
    if (!choosing_here(rq, true, &g))
        return not_found(rq);
    if (choice_used(rq->db, rq->arena, g.type, g.field, g.list[g.at].name))
        g.list[g.at].off = true;
    else
        memmove(&g.list[g.at], &g.list[g.at + 1], (--g.n - g.at) * sizeof *g.list);
    return write_answer(&g);
}

int choice_restores_create(struct req *rq)
{
    struct choosing g;
    if (!choosing_here(rq, true, &g))
        return not_found(rq);
    g.list[g.at].off = false;
    return write_answer(&g);
}

int choice_moves_create(struct req *rq)
{
    struct choosing g;
    struct form form;
    if (!choosing_here(rq, true, &g))
        return not_found(rq);
    form_read(rq, type_choice_moves, &form);
    bool placed = form_given(&form, "place");
    int64_t to = form_int(&form, "place") - 1;
    if (form.ok && placed == form_given(&form, "to"))
        form_fail(&form, NULL, "Say where it goes: up, down, or its place.");
    if (form.ok && !placed)
        to = (int64_t)g.at + (str_is(form_get(&form, "to"), "up") ? -1 : 1);
    if (!form.ok)
        return form_refuse(rq, &form);
    size_t last = g.n - 1, place = to < 0 ? 0 : (size_t)to > last ? last : (size_t)to;
    struct field_choice one = g.list[g.at];
    if (place > g.at)
        memmove(&g.list[g.at], &g.list[g.at + 1], (place - g.at) * sizeof one);
    else
        memmove(&g.list[place + 1], &g.list[place], (g.at - place) * sizeof one);
    g.list[place] = one;
    return write_answer(&g);
}
