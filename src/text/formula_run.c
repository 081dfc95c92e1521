/* formula_run.c: computes a tree for one record; see formula_parts.h.
 *
 * WHY errors are remembered instead of handed up: every step looks like arithmetic, and what comes
 * after the first error is none and is thrown away.
 */
#include "text/formula_parts.h"

#include "core/clock.h"

static const struct formula_value none;

static void text_too_long(struct run *r, const struct node *x);

bool formula_run(const struct formula *f, const struct formula_world *w,
                 const struct formula_value *values, struct arena *a, struct formula_value *out,
                 struct formula_error *error)
{
    struct run r = {.f = f, .world = w, .values = values, .arena = a, .error = error};
    *out = run_node(&r, f->root);
    if (out->type == FORMULA_TEXT && out->text.n > FORMULA_TEXT_MAX)
        text_too_long(&r, f->root);
    if (r.failed)
        *out = none;
    return !r.failed;
}

struct formula_value run_fail(struct run *r, const struct node *x, struct str words)
{
    if (!r->failed)
        *r->error = (struct formula_error){.column = x->column, .words = words};
    r->failed = true;
    return none;
}

static void text_too_long(struct run *r, const struct node *x)
{
    run_fail(r, x, str_fmt(r->arena, "The text becomes longer than %d bytes.", FORMULA_TEXT_MAX));
}

char *run_text(struct run *r, const struct node *x, size_t n)
{
    r->made += n < FORMULA_TEXTS_MAX ? n : FORMULA_TEXTS_MAX;
    if (n <= FORMULA_TEXT_MAX && r->made <= FORMULA_TEXTS_MAX)
        return arena_bytes(r->arena, n + 1);
    text_too_long(r, x);
    return NULL;
}

/* Three-valued: what is known of one side may decide it, whatever the other one is. */
static struct formula_value run_logic(struct run *r, const struct node *x)
{
    bool decides = x->op == OP_OR;
    struct formula_value a = run_node(r, x->args[0]);
    if (a.type == FORMULA_BOOL && (a.n != 0) == decides)
        return a;
    struct formula_value b = run_node(r, x->args[1]);
    if (b.type == FORMULA_BOOL && (b.n != 0) == decides)
        return b;
    return a.type == FORMULA_NONE ? a : b;
}

static struct formula_value run_one(struct run *r, const struct node *x)
{
    struct formula_value v = run_node(r, x->args[0]);
    if (v.type == FORMULA_NONE)
        return v;
    if (x->op == OP_NOT)
        return value_bool(!v.n);
    if (__builtin_sub_overflow((int64_t)0, v.n, &v.n))
        return run_fail(r, x, S("The result is too large."));
    return v;
}

static struct formula_value run_two(struct run *r, const struct node *x)
{
    if (x->op == OP_AND || x->op == OP_OR)
        return run_logic(r, x);
    struct formula_value a = run_node(r, x->args[0]);
    struct formula_value b = run_node(r, x->args[1]);
    if (a.type == FORMULA_NONE || b.type == FORMULA_NONE)
        return none;
    return value_two(r, x, a, b);
}

static struct formula_value run_field(struct run *r, const struct node *x)
{
    struct formula_value v = r->values[x->field];
    if (v.type != FORMULA_NONE && v.type != x->type)
        return run_fail(r, x,
                        str_fmt(r->arena, "\"" STR_FMT "\" holds %s instead of %s.",
                                STR_ARG(r->f->names[x->field].name), formula_type_words(v.type),
                                formula_type_words(x->type)));
    return v;
}

/* if(condition, value, ..., otherwise): what is none does not hold. */
static struct formula_value run_if(struct run *r, const struct node *x)
{
    size_t i = 0;
    for (; i + 1 < x->n; i += 2) {
        struct formula_value condition = run_node(r, x->args[i]);
        if (condition.type == FORMULA_BOOL && condition.n)
            return run_node(r, x->args[i + 1]);
    }
    return i < x->n ? run_node(r, x->args[i]) : none;
}

static struct formula_value run_coalesce(struct run *r, const struct node *x)
{
    struct formula_value v = none;
    for (size_t i = 0; i < x->n && v.type == FORMULA_NONE; i++)
        v = run_node(r, x->args[i]);
    return v;
}

static struct formula_value run_call(struct run *r, const struct node *x)
{
    if (!x->call->run)
        return str_is(str_of(x->call->name), "if") ? run_if(r, x) : run_coalesce(r, x);
    struct formula_value *args = arena_array(r->arena, struct formula_value, x->n + 1);
    for (size_t i = 0; i < x->n; i++) {
        args[i] = run_node(r, x->args[i]);
        if (args[i].type == FORMULA_NONE && !x->call->with_none)
            return none;
    }
    return r->failed ? none : x->call->run(r, x, args);
}

struct formula_value run_node(struct run *r, const struct node *x)
{
    if (r->failed)
        return none;
    switch (x->kind) {
    case NODE_VALUE:
        return x->value;
    case NODE_FIELD:
        return run_field(r, x);
    case NODE_ONE:
        return run_one(r, x);
    case NODE_TWO:
        return run_two(r, x);
    case NODE_CALL:
        return run_call(r, x);
    }
    return none;
}
