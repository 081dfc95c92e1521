/* depends.c: see depends.h. */
#include "record/depends.h"

#include "core/clock.h"

const struct record_field *field_depends(const struct record_type *t, const struct record_field *f)
{
    const struct record_field *other = f->depends ? type_field(t, f->depends) : NULL;
    return other && other != f && !other->off && other->result == KIND_CHOICE ? other : NULL;
}

static bool names_has(const char *names, struct str name)
{
    struct str rest = str_of(names), one;
    while (str_split(&rest, ',', &one))
        if (str_eq(str_trim(one), name))
            return true;
    return false;
}

bool choice_fits(const struct field_choice *c, struct str other)
{
    return !c->within || (other.n && names_has(c->within, other));
}

const struct field_choice *choice_first(const struct record_field *f, struct str other)
{
    for (const struct field_choice *c = f->choices; c && c->name; c++)
        if (!c->off && choice_fits(c, other))
            return c;
    return NULL;
}

static struct str chosen_name(const struct value *v)
{
    return v->none ? S("") : v->s;
}

/* ---- before a change ---- */

static const struct field_choice *same_label(const struct record_field *f,
                                             const struct field_choice *as, struct str other)
{
    for (const struct field_choice *c = f->choices; c->name; c++)
        if (strcmp(c->label, as->label) == 0 && !c->off && choice_fits(c, other))
            return c;
    return NULL;
}

/* "belongs to Sales; with Renewals go Due, Quoted, Won" */
static const char *refusal(struct arena *a, const struct record_field *f,
                           const struct record_field *on, struct str other)
{
    enum { WORDS = 2000 };
    struct out o;
    const struct field_choice *with = field_choice(on, other);
    size_t n = 0;
    if (!with)
        return str_fmt(a, "goes with another \"%s\": choose that first", on->label).p;
    out_init(&o, WORDS);
    for (const struct field_choice *c = f->choices; c->name && o.n < WORDS / 2; c++)
        if (!c->off && choice_fits(c, other))
            out_fmt(&o, "%s%s", n++ ? ", " : "", c->label);
    struct str list = out_take(&o, a);
    return str_fmt(a, "does not go with %s, which has: " STR_FMT, with->label, STR_ARG(list)).p;
}

static bool chosen_has(const struct value *v, const char *name)
{
    struct str rest = v->none ? S("") : v->s, one;
    while (str_split(&rest, ',', &one))
        if (str_is(one, name))
            return true;
    return false;
}

const struct field_choice *choice_off(const struct record_field *f, const struct value *v,
                                      const struct value *was)
{
    if (!f->choices || (f->result != KIND_CHOICE && f->result != KIND_CHOICES))
        return NULL;
    for (const struct field_choice *c = f->choices; c->name; c++)
        if (c->off && chosen_has(v, c->name) && !(was && chosen_has(was, c->name)))
            return c;
    return NULL;
}

const char *depends_check(struct arena *a, const struct record_values *e,
                          const struct record_field *f, const struct value *was)
{
    const struct record_field *on = field_depends(e->type, f);
    struct value *v = &e->values[f->index];
    const struct field_choice *off =
        e->given[f->index] ? choice_off(f, v, was ? &was[f->index] : NULL) : NULL;
    if (off)
        return str_fmt(a, "\"%s\" is switched off", off->label).p;
    if (!on || f->result != KIND_CHOICE || !e->given[f->index] || v->none)
        return NULL;
    const struct value *with =
        e->given[on->index] || !was ? &e->values[on->index] : &was[on->index];
    if (was && value_eq(f, v, &was[f->index]) && value_eq(on, with, &was[on->index]))
        return NULL;
    const struct field_choice *c = field_choice(f, v->s);
    if (!c || choice_fits(c, chosen_name(with)))
        return NULL;
    c = same_label(f, c, chosen_name(with));
    if (!c)
        return refusal(a, f, on, chosen_name(with));
    v->s = str_of(c->name);
    return NULL;
}

/* ---- as it begins ---- */

bool field_begins(const struct record_field *f)
{
    return f->kind == KIND_CHOICE && (f->flags & FIELD_REQUIRED) && !(f->flags & FIELD_FIXED) &&
           !f->off;
}

/* What the record says of those that depend on the field goes with that choice. */
static bool suits(const struct record_values *e, const struct record_field *f, const char *name)
{
    for (size_t i = 0; i < e->type->fields_n; i++) {
        const struct record_field *by = &e->type->fields[i];
        const struct field_choice *said =
            e->given[i] && by->result == KIND_CHOICE && field_depends(e->type, by) == f
                ? field_choice(by, chosen_name(&e->values[i]))
                : NULL;
        if (said && !choice_fits(said, str_of(name)))
            return false;
    }
    return true;
}

static void choice_begin(const struct record_values *e, const struct record_field *f)
{
    const struct record_field *on = field_depends(e->type, f);
    struct str other = on ? chosen_name(&e->values[on->index]) : S("");
    const struct field_choice *first = choice_first(f, other);
    for (const struct field_choice *c = first; c && c->name; c++)
        if (!c->off && choice_fits(c, other) && suits(e, f, c->name)) {
            first = c;
            break;
        }
    if (!first)
        return;
    e->values[f->index] = (struct value){.s = str_of(first->name)};
    e->given[f->index] = true;
}

void choices_begin(struct arena *a, struct record_values *e)
{
    const struct record_type *t = e->type;
    struct str usual = str_of(t->usual ? t->usual : ""), one, name;
    while (str_split(&usual, '&', &one)) {
        const struct record_field *f = str_split(&one, '=', &name) ? type_field_str(t, name) : NULL;
        if (f && !e->given[f->index])
            e->given[f->index] = !kind_parse(a, f, one, &e->values[f->index]);
    }
    for (int dependent = 0; dependent < 2; dependent++) /* those that others depend on come first */
        for (size_t i = 0; i < t->fields_n; i++)
            if (field_begins(&t->fields[i]) && !e->given[i] &&
                (field_depends(t, &t->fields[i]) != NULL) == (dependent == 1))
                choice_begin(e, &t->fields[i]);
}

/* ---- within it ---- */

/* RULE 2 */
static void choice_settle(const struct record_values *e, const struct record_field *f,
                          const struct record_field *on, const struct value *was)
{
    struct value *v = &e->values[f->index];
    struct str other = chosen_name(&e->values[on->index]);
    const struct field_choice *c = v->none ? NULL : field_choice(f, v->s);
    bool moved = was && !value_eq(on, &was[on->index], &e->values[on->index]) &&
                 value_eq(f, &was[f->index], v);
    if (!moved || !c || choice_fits(c, other))
        return;
    c = choice_first(f, other);
    *v = c ? (struct value){.s = str_of(c->name)} : (struct value){.none = true};
}

/* "probability=20": what the choice gives to other fields. A form sends all of them, so what is
 * empty in a new record was not given. */
static void choice_sets(const struct act *act, const struct record_values *e, const char *sets,
                        bool fresh)
{
    struct str rest = str_of(sets), one;
    while (str_split(&rest, ',', &one)) {
        ptrdiff_t is = str_find(one, '=');
        const struct record_field *f =
            is < 0 ? NULL : type_field_str(e->type, str_trim(str_first(one, (size_t)is)));
        struct value v;
        if (f && !f->off && !f->computed &&
            (!e->given[f->index] || (fresh && e->values[f->index].none)) &&
            !kind_parse(act->arena, f, str_trim(str_from(one, (size_t)is + 1)), &v))
            e->values[f->index] = v;
    }
}

static bool ended(const struct record_field *f, const struct value *v)
{
    const struct field_choice *c = v->none ? NULL : field_choice(f, v->s);
    return c && c->ends;
}

/* RULE 3 */
static void mark_settle(const struct act *act, const struct record_values *e,
                        const struct record_field *f, const struct record_field *on,
                        const struct value *was)
{
    const struct value *now = &e->values[on->index];
    bool changed = !was || !value_eq(on, &was[on->index], now);
    if (e->given[f->index] || !changed)
        return;
    int64_t at = f->result == KIND_DATE ? act->at / CLOCK_DAY : act->at;
    e->values[f->index] = ended(on, now) ? (struct value){.i = at} : (struct value){.none = true};
}

void depends_settle(const struct act *act, const struct record_values *e, const struct value *was)
{
    const struct record_type *t = e->type;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i], *on = field_depends(t, f);
        if (on && f->result == KIND_CHOICE)
            choice_settle(e, f, on, was);
    }
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i], *on = field_depends(t, f);
        const struct value *v = &e->values[i];
        const struct field_choice *c =
            f->result == KIND_CHOICE && !v->none ? field_choice(f, v->s) : NULL;
        if (c && c->sets && (!was || !value_eq(f, &was[i], v)))
            choice_sets(act, e, c->sets, !was);
        if (on && (f->result == KIND_DATE || f->result == KIND_TIME))
            mark_settle(act, e, f, on, was);
    }
}
