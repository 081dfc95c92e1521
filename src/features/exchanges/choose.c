/* choose.c: see choose.h. */
#include "features/exchanges/choose.h"

#include "record/tags.h"
#include "text/phone.h"

static bool has(const struct chosen *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_is(c->list[i].name, name))
            return true;
    return false;
}

static struct str word(const struct chosen *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_is(c->list[i].name, name))
            return c->list[i].value;
    return S("");
}

static bool yes(const struct chosen *c, const char *name)
{
    struct str value = word(c, name);
    return str_eq(value, S("1")) || str_eq(value, S("true")) || str_eq(value, S("yes")) ||
           str_eq(value, S("on"));
}

void plan_choose_dialect(const struct chosen *c, struct csv_dialect *d)
{
    int encoding = plan_choice(csv_encodings, word(c, "encoding"));
    int separator = plan_choice(plan_separators, word(c, "separator"));
    if (encoding >= 0)
        d->encoding = (enum csv_encoding)encoding;
    if (separator >= 0)
        d->separator = plan_sign(plan_separators[separator]);
    if (has(c, "header"))
        d->header = yes(c, "header") || str_is(word(c, "header"), "first");
}

/* NULL, or a sentence. */
static const char *columns_take(struct req *rq, const struct record_type *t, const struct chosen *c,
                                struct plan *plan)
{
    for (size_t i = 0; i < plan->columns_n; i++) {
        const char *name = str_fmt(rq->arena, "map.%zu", i).p;
        struct str to = word(c, name), part;
        if (!has(c, name))
            continue;
        const struct record_field *f = plan_field(t, to, &part);
        if (to.n && !str_is(to, PLAN_NUMBER) && (!f || !exchange_takes(f, &rq->viewer)))
            return "There is no such field to import into.";
        plan->columns[i].guessed = plan->columns[i].guessed && str_eq(plan->columns[i].to, to);
        plan->columns[i].to = to;
    }
    return NULL;
}

static void keys_take(struct req *rq, const struct record_type *t, const struct chosen *c,
                      struct plan *plan)
{
    struct out o;
    bool given = has(c, "keys_shown"); /* a form may have none checked */
    out_init(&o, 1 << 16);
    for (size_t i = 0; i < c->n; i++) {
        struct str rest = c->list[i].value, name;
        if (!str_is(c->list[i].name, "keys"))
            continue;
        given = true;
        while (str_split(&rest, ',', &name)) {
            const struct record_field *f = type_field_str(t, name);
            if (f && exchange_matches(f))
                out_fmt(&o, "%s%s", o.n ? "," : "", f->name);
        }
    }
    struct str keys = out_take(&o, rq->arena);
    if (given)
        plan->keys = keys;
}

static const char *owner_take(struct req *rq, const struct chosen *c, struct plan *plan)
{
    struct str text = str_trim(word(c, "owner"));
    static const struct record_field owner = {"owner", "", KIND_PERSON, .result = KIND_PERSON};
    struct exchange none = {.type = NULL};
    struct value v;
    struct str missing;
    if (!has(c, "owner"))
        return NULL;
    plan->owner_id = 0;
    if (!text.n)
        return NULL;
    const char *why = exchange_cell(rq, &none, &owner, text, &v, &missing);
    if (why || v.none || !record_access_type(rq, v.i, "person", RIGHT_READ))
        return "There is no one person of that name to look after them.";
    plan->owner_id = v.i;
    return NULL;
}

static const char *space_take(struct req *rq, const struct record_type *t, const struct chosen *c,
                              struct plan *plan)
{
    int64_t id = 0;
    if (!t->spaced || (plan->space_id && !has(c, "space")))
        return NULL;
    struct record *space =
        str_int(word(c, "space"), &id) ? record_access_type(rq, id, "space", RIGHT_REPLY) : NULL;
    if (!space)
        return "Choose a space that you may write in.";
    plan->space_id = space->id;
    return NULL;
}

static const char *rest_take(struct req *rq, const struct record_type *t, const struct chosen *c,
                             struct plan *plan)
{
    struct str country = str_trim(word(c, "country"));
    int matched = plan_choice(plan_matched, word(c, "matched"));
    int order = has(c, "order") ? plan_choice(plan_orders, word(c, "order")) : -1;
    int decimal = has(c, "decimal") ? plan_choice(plan_decimals, word(c, "decimal")) : -1;
    if (matched >= 0)
        plan->matched = (enum exchange_matched)matched;
    if (order >= 0)
        plan->order = (enum date_order)order;
    if (decimal >= 0)
        plan->decimal = plan_sign(plan_decimals[decimal]);
    if (has(c, "country")) {
        char upper[2] = {0};
        for (size_t i = 0; i < 2 && i < country.n; i++)
            upper[i] = (char)(country.p[i] & ~32);
        plan->country = str_dup(rq->arena, str_make(upper, country.n == 2 ? 2 : 0));
        if (country.n && !phone_country_code(str_cstr(rq->arena, plan->country)))
            return "The country of phone numbers is two letters, such as DE.";
    }
    if (has(c, "missing"))
        plan->make_missing = yes(c, "missing");
    if (has(c, "lenient"))
        plan->lenient = yes(c, "lenient");
    if (has(c, "tags"))
        plan->tags = tags_clean(rq->arena, word(c, "tags"), RECORD_TAGS_MAX);
    const char *why = owner_take(rq, c, plan);
    return why ? why : space_take(rq, t, c, plan);
}

static bool any_mapped(const struct plan *plan)
{
    for (size_t c = 0; c < plan->columns_n; c++)
        if (plan->columns[c].to.n)
            return true;
    return false;
}

const char *plan_choose(struct req *rq, const struct record_type *t, const struct chosen *c,
                        bool columns, struct plan *plan)
{
    const char *why = columns ? columns_take(rq, t, c, plan) : NULL;
    if (columns)
        keys_take(rq, t, c, plan);
    if (!why)
        why = rest_take(rq, t, c, plan);
    if (!why && columns && !any_mapped(plan))
        why = "No column goes anywhere: choose a field for at least one.";
    return why;
}
