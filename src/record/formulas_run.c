/* formulas_run.c: computes the formulas of one record; see formulas.h. */
#include "record/formulas.h"

enum { SCALE = 6 };

static const int64_t tens[SCALE + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};

/* ---- values in and out ---- */

/* False: it is beyond what formulas hold. */
static bool value_in(const struct record_field *f, enum formula_type type, const struct value *v,
                     struct formula_value *out)
{
    *out = (struct formula_value){.type = FORMULA_NONE};
    if (v->none || type == FORMULA_NONE)
        return true;
    int64_t n = v->i;
    int scale = f->result == KIND_DECIMAL ? f->scale : 0;
    if (type == FORMULA_NUMBER && __builtin_mul_overflow(n, tens[SCALE - scale], &n))
        return false;
    *out = (struct formula_value){.type = type, .n = n};
    if (type == FORMULA_TEXT)
        out->text = v->s;
    if (type == FORMULA_MONEY)
        memcpy(out->currency, v->s.p, v->s.n < 3 ? v->s.n : 3);
    return true;
}

/* Half away from zero. */
static int64_t rounded(int64_t n, int64_t unit)
{
    int64_t whole = n / unit, rest = n % unit;
    if (rest >= unit - rest && rest > 0)
        return whole + 1;
    if (-rest >= unit + rest && rest < 0)
        return whole - 1;
    return whole;
}

static const char *value_out(struct arena *a, const struct record_field *f,
                             const struct formula_value *v, struct value *out)
{
    *out = (struct value){.none = true};
    if (v->type == FORMULA_NONE || (v->type == FORMULA_TEXT && !v->text.n))
        return NULL;
    if (v->type == FORMULA_TEXT && utf8_len(v->text) > TEXT_MAX)
        return "The text becomes longer than 500 characters.";
    *out = (struct value){.i = v->n};
    if (v->type == FORMULA_TEXT)
        *out = (struct value){.s = str_dup(a, v->text)};
    if (v->type == FORMULA_NUMBER)
        out->i = rounded(v->n, tens[SCALE - f->scale]);
    if (v->type == FORMULA_MONEY)
        out->s = str_dup(a, str_of(v->currency));
    return NULL;
}

/* ---- running ---- */

struct running {
    struct arena *a;
    const struct record_type *t;
    const struct formula_name *names;
    struct formula_value *values; /* by the fields' index */
    bool *over;                   /* too large to be read */
    struct formula_world world;
};

static void running_begin(struct running *r, struct arena *a, const struct record_type *t,
                          const struct formula_name *names, int64_t now)
{
    *r = (struct running){.a = a,
                          .t = t,
                          .names = names,
                          .values = arena_array(a, struct formula_value, t->fields_n + 1),
                          .over = arena_array(a, bool, t->fields_n + 1),
                          .world = {.now = now}};
}

static void running_take(struct running *r, const struct formula *f, const struct value *values)
{
    const size_t *reads;
    for (size_t i = formula_reads(f, &reads); i-- > 0;) {
        size_t at = reads[i];
        r->over[at] = !value_in(&r->t->fields[at], r->names[at].type, &values[at], &r->values[at]);
    }
}

/* NULL, or words. */
static const char *run(struct running *r, const struct formula *f, struct formula_value *out)
{
    const size_t *reads;
    struct formula_error e;
    *out = (struct formula_value){.type = FORMULA_NONE};
    for (size_t i = formula_reads(f, &reads); i-- > 0;)
        if (r->over[reads[i]])
            return str_fmt(r->a, "\"%s\" is too large for a formula.", r->t->fields[reads[i]].label)
                .p;
    return formula_run(f, &r->world, r->values, r->a, out, &e) ? NULL : str_cstr(r->a, e.words);
}

void formulas_compute(struct arena *a, const struct record_type *t, int64_t now,
                      struct value *values, const char **why)
{
    const struct type_computed *of = t->computed;
    struct running r;
    for (size_t i = 0; of && i < of->broken_n; i++)
        values[of->broken[i]->index] = (struct value){.none = true};
    for (size_t i = 0; of && i < of->formulas_n; i++) {
        const struct record_field *f = of->formulas[i];
        struct formula_value v;
        if (!i)
            running_begin(&r, a, t, f->computed->names, now);
        r.names = f->computed->names;
        running_take(&r, f->computed->formula, values);
        const char *wrong = run(&r, f->computed->formula, &v);
        const char *unfit = wrong ? wrong : value_out(a, f, &v, &values[f->index]);
        if (unfit)
            values[f->index] = (struct value){.none = true};
        if (why)
            why[f->index] = unfit;
    }
}

bool formula_holds(struct arena *a, const struct record_field *rollup, int64_t now,
                   const struct value *values, const char **why)
{
    const struct computed *c = rollup->computed;
    struct running r;
    struct formula_value v;
    if (!c->formula)
        return true;
    running_begin(&r, a, c->child, c->names, now);
    running_take(&r, c->formula, values);
    const char *wrong = run(&r, c->formula, &v);
    if (wrong)
        *why = str_fmt(a, "Its condition cannot be computed for one of them: %s", wrong).p;
    return !wrong && v.type == FORMULA_BOOL && v.n;
}
