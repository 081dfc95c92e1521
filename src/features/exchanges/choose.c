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
    struct str encoding = word(c, "encoding"), separator = word(c, "separator");
    for (int i = CSV_UTF8; i <= CSV_WINDOWS_1252; i++)
        if (str_is(encoding, csv_encoding_name((enum csv_encoding)i)))
            d->encoding = (enum csv_encoding)i;
    if (str_is(separator, "tab"))
        d->separator = '\t';
    else if (separator.n == 1 && strchr(",;|:", separator.p[0]))
        d->separator = separator.p[0];
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
    static const char *const orders[] = {
        [DATE_UNKNOWN] = "", [DATE_DAY_FIRST] = "day", [DATE_MONTH_FIRST] = "month"};
    struct str matched = word(c, "matched"), order = word(c, "order");
    struct str decimal = word(c, "decimal"), country = str_trim(word(c, "country"));
    for (int i = 0; plan_matched[i]; i++)
        if (str_is(matched, plan_matched[i]))
            plan->matched = (enum exchange_matched)i;
    for (int i = 0; has(c, "order") && i <= DATE_MONTH_FIRST; i++)
        if (str_is(order, orders[i]))
            plan->order = (enum date_order)i;
    if (has(c, "decimal"))
        plan->decimal = decimal.n == 1 && strchr(".,", decimal.p[0]) ? decimal.p[0] : '\0';
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
