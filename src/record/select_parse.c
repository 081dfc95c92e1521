/* select_parse.c: a list's conditions out of a request's query; see select.h. */
#include "core/clock.h"
#include "http/target.h"
#include "record/list.h"
#include "record/reach.h"
#include "record/select.h"
#include "record/tags.h"

static const struct {
    const char *name, *label;
} compares[COMPARES] = {
    [COMPARE_IS] = {"", "is"},
    [COMPARE_NOT] = {"not", "is not"},
    [COMPARE_GT] = {"gt", "is more than"},
    [COMPARE_GTE] = {"gte", "is at least"},
    [COMPARE_LT] = {"lt", "is less than"},
    [COMPARE_LTE] = {"lte", "is at most"},
    [COMPARE_HAS] = {"has", "contains"},
    [COMPARE_IN] = {"in", "is one of"},
    [COMPARE_EMPTY] = {"empty", "is empty"},
};

const char *compare_name(enum compare compare)
{
    return compares[compare].name;
}

static bool is_day(const struct record_field *f)
{
    return f->result == KIND_DATE || f->result == KIND_TIME;
}

const char *compare_label(enum compare compare, const struct record_field *f)
{
    if (is_day(f) && compare == COMPARE_GT)
        return "is after";
    if (is_day(f) && compare == COMPARE_GTE)
        return "is from";
    if (is_day(f) && compare == COMPARE_LT)
        return "is before";
    if (is_day(f) && compare == COMPARE_LTE)
        return "is up to";
    return compares[compare].label;
}

/* Which kinds may be compared how, as sets of kinds. */
#define SET(kind) (UINT32_C(1) << (kind))

bool compare_fits(enum compare compare, const struct record_field *f)
{
    static const uint32_t never = SET(KIND_LONGTEXT) | SET(KIND_ADDRESS) | SET(KIND_CHOICES) |
                                  SET(KIND_TAGS) | SET(KIND_FILE) | SET(KIND_PHOTO);
    static const uint32_t in =
        SET(KIND_CHOICE) | SET(KIND_REF) | SET(KIND_PERSON) | SET(KIND_RATING) | SET(KIND_INTEGER);
    static const uint32_t lists = SET(KIND_CHOICES) | SET(KIND_TAGS);
    unsigned can = kind_info(f->result)->can;
    uint32_t kind = SET(f->result);
    switch (compare) {
    case COMPARE_IS:
    case COMPARE_NOT:
        return kind_reaches(f->result) ? (f->flags & FIELD_INDEXED) && !f->off : !(kind & never);
    case COMPARE_HAS:
        return f->sql[0] && ((can & KIND_HOLDS) || (kind & lists));
    case COMPARE_IN:
        return kind & in;
    case COMPARE_EMPTY:
        return f->sql[0] || f->result == KIND_REFS;
    default:
        return can & KIND_RANGES;
    }
}

bool field_sorts(const struct record_field *f)
{
    return ((kind_info(f->result)->can & KIND_SORTS) && (f->flags & FIELD_INDEXED)) ||
           field_leads(f);
}

bool field_leads(const struct record_field *f)
{
    bool one = f->result == KIND_PERSON || (f->result == KIND_REF && f->target);
    bool indexed = (f->flags & FIELD_INDEXED) && strncmp(f->sql, "t.", 2) == 0;
    return one && (indexed || field_core(f));
}

/* Not the author: a hub may have very many, of whom few made any record of this type. */
const char *field_core(const struct record_field *f)
{
    return strcmp(f->sql, "r.owner_id") == 0 ? "owner_id" : NULL;
}

/* ---- days as they lie from today ---- */

static bool relative_day(struct str text, int64_t today, int64_t *from, int64_t *until)
{
    static const struct {
        const char *word;
        int64_t from, days;
    } words[] = {{"today", 0, 1}, {"yesterday", -1, 1}, {"tomorrow", 1, 1}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(text, words[i].word)) {
            *from = today + words[i].from;
            *until = *from + words[i].days;
            return true;
        }
    int64_t n;
    if (text.n < 3 || !strchr("+-", text.p[0]) || !strchr("dwmy", text.p[text.n - 1]) ||
        !str_int(str_make(text.p + 1, text.n - 2), &n) || n > 40000)
        return false;
    char unit = text.p[text.n - 1];
    n *= unit == 'd' ? 1 : unit == 'w' ? 7 : unit == 'm' ? 30 : 365;
    *from = text.p[0] == '-' ? today - n : today + n;
    *until = *from + 1;
    return true;
}

static const char *day_parse(struct req *rq, struct condition *c)
{
    int64_t from, until;
    if (!relative_day(c->text, rq->now / CLOCK_DAY, &from, &until)) {
        const char *why = kind_parse(rq->arena, c->field, c->text, &c->value);
        bool whole = !why && c->field->result == KIND_TIME && c->text.n == 10;
        if (whole) /* a day where a moment could stand */
            c->until = c->value.i + CLOCK_DAY;
        return why;
    }
    int64_t unit = c->field->result == KIND_TIME ? CLOCK_DAY : 1;
    c->value = (struct value){.i = from * unit};
    c->until = until * unit;
    return NULL;
}

/* ---- one condition ---- */

bool leads_to_people(const struct record_field *f)
{
    return f->result == KIND_PERSON || (f->target && strcmp(f->target, "person") == 0);
}

static const char *leads_parse(struct req *rq, struct condition *c)
{
    if (str_eq(c->text, S("me")) && (c->field->result == KIND_PERSON || c->field->target)) {
        c->value = (struct value){.i = rq->viewer.id};
        return NULL;
    }
    c->value = (struct value){0};
    c->team = str_eq(c->text, S("team")) && leads_to_people(c->field) && c->compare <= COMPARE_NOT;
    return c->team || str_int(c->text, &c->value.i)
               ? NULL
               : "must be the number of a record, \"me\" or \"team\"";
}

static const char *value_parse(struct req *rq, struct condition *c)
{
    if (c->compare == COMPARE_EMPTY) {
        c->value = (struct value){.i = !str_eq(c->text, S("no"))};
        return NULL;
    }
    if (c->compare == COMPARE_HAS)
        return NULL;
    if (is_day(c->field))
        return day_parse(rq, c);
    if (kind_info(c->field->result)->can & KIND_LEADS)
        return c->compare == COMPARE_IN ? NULL : leads_parse(rq, c);
    if (c->compare == COMPARE_IN) {
        struct str rest = c->text, one;
        const char *why = NULL;
        while (!why && str_split(&rest, ',', &one))
            why = kind_parse(rq->arena, c->field, one, &c->value);
        return why;
    }
    return kind_typed(rq->arena, c->field, c->text, &c->value);
}

static const char *condition_parse(struct req *rq, const struct record_type *t,
                                   const struct param *p, struct select *s)
{
    ptrdiff_t point = str_find(p->name, '.');
    struct str name = point < 0 ? p->name : str_first(p->name, (size_t)point);
    struct str how = point < 0 ? S("") : str_from(p->name, (size_t)point + 1);
    const struct record_field *f = type_field_str(t, name);
    struct condition c = {.field = f, .compare = COMPARES, .text = str_trim(p->value)};
    if (!f || !field_seen(f, &rq->viewer)) /* RULE 2 */
        return c.text.n ? str_fmt(rq->arena, "There is no field \"" STR_FMT "\" here.",
                                  STR_ARG(str_first(name, 60)))
                              .p
                        : NULL;
    for (enum compare k = 0; k < COMPARES; k++)
        if (str_is(how, compares[k].name))
            c.compare = k;
    if (c.compare == COMPARE_IS && !compare_fits(COMPARE_IS, f) && compare_fits(COMPARE_HAS, f))
        c.compare = COMPARE_HAS;
    if (c.compare == COMPARES || !compare_fits(c.compare, f))
        return str_fmt(rq->arena, "%s cannot be compared by \"" STR_FMT "\".", f->label,
                       STR_ARG(str_first(how, 20)))
            .p;
    if (!c.text.n) /* a form's control that was left alone */
        return NULL;
    if (s->n == CONDITIONS_MAX)
        return "A list has at most 24 conditions.";
    const char *why = value_parse(rq, &c);
    if (why)
        return str_fmt(rq->arena, "%s %s.", f->label, why).p;
    s->conditions[s->n++] = c;
    return NULL;
}

/* ---- what every record has ---- */

static const char *const core_names[] = {"author", "space", "tag", "show", NULL};

/* A field of that name goes before; but of "author" the core knows the handle, too. What is stored
 * has conditions on fields only. */
static bool is_core(const struct req *rq, const struct record_type *t, struct str name)
{
    bool asked = t->votes && rq->viewer.id != SELECT_ME;
    for (const char *const *c = core_names; asked && *c; c++)
        if (str_is(name, *c))
            return c == core_names || !type_field_str(t, name);
    return false;
}

static int64_t author_find(struct req *rq, struct str text)
{
    int64_t id = 0;
    if (str_eq(text, S("me")))
        return rq->viewer.id ? rq->viewer.id : -1;
    id = db_get_int(rq->db, 0, "SELECT id FROM people WHERE handle = ?1", T(text));
    return id || str_int(text, &id) ? id : -1;
}

/* Of a space that the viewer may not see there is nothing to tell. */
static void space_find(struct req *rq, struct str slug, struct core_filter *core)
{
    int64_t id = db_get_int(rq->db, -1, "SELECT id FROM spaces WHERE slug = ?1", T(slug));
    const struct record *r = id > 0 ? record_access_bare(rq, id, RIGHT_READ) : NULL;
    core->space_id = r ? id : -1;
    core->space = r ? r->title : slug;
}

static const char *core_parse(struct req *rq, const struct param *p, struct core_filter *core)
{
    struct str text = str_trim(p->value);
    if (!text.n)
        return NULL;
    switch (p->name.p[0]) {
    case 'a':
        core->author_id = author_find(rq, text);
        break;
    case 't':
        core->tag_id = tag_find(rq->db, text);
        core->tag_id = core->tag_id ? core->tag_id : -1;
        break;
    default:
        if (str_eq(p->name, S("space")))
            space_find(rq, text, core);
        else if (str_eq(text, S("mine")))
            core->author_id = author_find(rq, S("me"));
        else if (str_eq(text, S("unanswered")))
            core->unanswered = true;
        else
            return "Lists show \"mine\" or \"unanswered\", else all.";
    }
    return NULL;
}

static bool rank_parse(const struct record_type *t, struct str sort, struct select *s)
{
    struct str name = sort.n || !t->begins ? sort : str_of(t->begins);
    for (int i = 0; t->votes && name.n && list_sorts[i]; i++)
        if (str_is(name, list_sorts[i])) {
            s->rank = (enum list_sort)i;
            s->ranked = true;
        }
    return s->ranked;
}

/* ---- the whole of it ---- */

static const char *sort_parse(struct req *rq, const struct record_type *t, struct str sort,
                              struct select *s)
{
    s->falling = str_starts(sort, S("-"));
    struct str name = str_from(sort, s->falling);
    const struct record_field *f = type_field_str(t, name);
    if (!f || !field_seen(f, &rq->viewer))
        return str_fmt(rq->arena, "There is no field \"" STR_FMT "\" here.",
                       STR_ARG(str_first(name, 60)))
            .p;
    if (!field_sorts(f))
        return str_fmt(rq->arena, "Lists cannot stand in the order of %s.", f->label).p;
    s->sort = f;
    return NULL;
}

static bool is_other(struct str name, const char *const *others)
{
    static const char *const own[] = {"q", "sort", "after", "match", NULL};
    for (const char *const *o = own; *o; o++)
        if (str_is(name, *o))
            return true;
    if (str_starts(name, S("utm_"))) /* put there by letters and advertisements */
        return true;
    for (; others && *others; others++)
        if (str_is(name, *others))
            return true;
    return false;
}

static struct str param_value(const struct param *params, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(params[i].name, name))
            return params[i].value;
    return S("");
}

const char *select_take(struct req *rq, const struct record_type *t, const struct param *params,
                        size_t n, const char *const *others, struct select *s)
{
    *s = (struct select){.type = t,
                         .falling = true,
                         .q = str_trim(param_value(params, n, "q")),
                         .after = param_value(params, n, "after"),
                         .any = str_eq(param_value(params, n, "match"), S("any"))};
    const char *why = NULL;
    for (size_t i = 0; i < n && !why; i++)
        if (is_core(rq, t, params[i].name))
            why = core_parse(rq, &params[i], &s->core);
        else if (!is_other(params[i].name, others))
            why = condition_parse(rq, t, &params[i], s);
    struct str sort = param_value(params, n, "sort");
    bool asked = rq->viewer.id != SELECT_ME;
    if (!sort.n && t->begins && !t->votes && asked)
        sort = str_of(t->begins);
    if (!why && !rank_parse(t, sort, s) && sort.n)
        why = sort_parse(rq, t, sort, s);
    return why;
}

const char *select_parse(struct req *rq, const struct record_type *t, const char *const *others,
                         struct select *s)
{
    size_t n;
    const struct param *params = req_queries(rq, &n);
    return select_take(rq, t, params, n, others, s);
}

const char *select_stored(struct db *db, struct arena *a, const struct record_type *t,
                          struct str query, int64_t now, struct select *s)
{
    struct req rq = {
        .db = db, .arena = a, .now = now, .viewer = {.id = SELECT_ME, .role = ROLE_OWNER}};
    struct param *params;
    size_t n;
    if (!target_fields(a, query, &params, &n))
        return "That is not how conditions are written.";
    const char *why = select_take(&rq, t, params, n, NULL, s);
    if (!why && (s->q.n || s->sort || s->after.n))
        why = "Only conditions on fields count here.";
    return why || s->n ? why : "It needs a condition, as \"stage=new\".";
}
