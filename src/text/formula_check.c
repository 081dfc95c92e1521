/* formula_check.c: the type of every part of a formula, or words that say what does not fit.
 *
 * The words are for whoever wrote the formula: they name the two sides as they stand in it.
 */
#include "text/formula_parts.h"

struct check {
    struct arena *arena;
    struct formula *f;
    struct formula_error *error;
    bool failed;
};

static const char *const type_words[] = {
    [FORMULA_NONE] = "none",      [FORMULA_NUMBER] = "a number", [FORMULA_TEXT] = "text",
    [FORMULA_BOOL] = "yes or no", [FORMULA_DATE] = "a date",     [FORMULA_TIME] = "a time",
    [FORMULA_MONEY] = "money",
};

const char *formula_type_words(enum formula_type type)
{
    return type_words[type];
}

static void check_node(struct check *c, struct node *x);

bool formula_check(struct arena *a, struct formula *f, struct formula_error *error)
{
    struct check c = {.arena = a, .f = f, .error = error};
    check_node(&c, f->root);
    if (!c.failed && f->root->type == FORMULA_NONE) {
        *error = (struct formula_error){1, S("This formula never gives a value.")};
        return false;
    }
    return !c.failed;
}

static void check_fail(struct check *c, const struct node *x, struct str words)
{
    if (c->failed)
        return;
    c->failed = true;
    c->error->column = x->column;
    c->error->words = words;
}

/* How a part is called in an error: as it is written, if that is short. */
static struct str shown(struct check *c, const struct node *x, const char *side)
{
    enum { SHORT = 40 };
    if (x->kind == NODE_FIELD)
        return str_fmt(c->arena, "\"" STR_FMT "\"", STR_ARG(c->f->names[x->field].name));
    struct str text;
    formula_print_node(c->arena, c->f, x, &text);
    return utf8_len(text) <= SHORT ? text : str_of(side);
}

static void check_args(struct check *c, struct node *x)
{
    for (size_t i = 0; i < x->n; i++)
        check_node(c, x->args[i]);
}

static void check_field(struct check *c, struct node *x)
{
    const struct formula_name *name = &c->f->names[x->field];
    x->type = name->type;
    if (name->type == FORMULA_NONE)
        check_fail(c, x,
                   str_fmt(c->arena, "\"" STR_FMT "\" is of a kind that formulas cannot read.",
                           STR_ARG(name->name)));
}

static void check_one(struct check *c, struct node *x);
static void check_two(struct check *c, struct node *x);
static void check_call(struct check *c, struct node *x);

static void check_node(struct check *c, struct node *x)
{
    if (c->failed)
        return;
    check_args(c, x);
    if (c->failed)
        return;
    if (x->kind == NODE_VALUE)
        x->type = x->value.type;
    else if (x->kind == NODE_FIELD)
        check_field(c, x);
    else if (x->kind == NODE_ONE)
        check_one(c, x);
    else if (x->kind == NODE_TWO)
        check_two(c, x);
    else
        check_call(c, x);
}

static void check_one(struct check *c, struct node *x)
{
    const struct node *a = x->args[0];
    x->type = a->type;
    if (x->op == OP_NOT && a->type != FORMULA_BOOL)
        check_fail(c, x,
                   str_fmt(c->arena, STR_FMT " is %s: not wants yes or no.",
                           STR_ARG(shown(c, a, "What follows")), type_words[a->type]));
    if (x->op == OP_MINUS && a->type != FORMULA_NUMBER && a->type != FORMULA_MONEY)
        check_fail(c, x,
                   str_fmt(c->arena, STR_FMT " is %s: it has no sign.",
                           STR_ARG(shown(c, a, "What follows")), type_words[a->type]));
}

/* What an operator makes of its sides, besides comparing, joining, and and or. */
static const struct {
    enum op op;
    enum formula_type left, right, gives;
} arithmetic[] = {
    {OP_ADD, FORMULA_NUMBER, FORMULA_NUMBER, FORMULA_NUMBER},
    {OP_ADD, FORMULA_MONEY, FORMULA_MONEY, FORMULA_MONEY},
    {OP_ADD, FORMULA_DATE, FORMULA_NUMBER, FORMULA_DATE},
    {OP_ADD, FORMULA_NUMBER, FORMULA_DATE, FORMULA_DATE},
    {OP_ADD, FORMULA_TIME, FORMULA_NUMBER, FORMULA_TIME},
    {OP_ADD, FORMULA_NUMBER, FORMULA_TIME, FORMULA_TIME},
    {OP_SUB, FORMULA_NUMBER, FORMULA_NUMBER, FORMULA_NUMBER},
    {OP_SUB, FORMULA_MONEY, FORMULA_MONEY, FORMULA_MONEY},
    {OP_SUB, FORMULA_DATE, FORMULA_NUMBER, FORMULA_DATE},
    {OP_SUB, FORMULA_TIME, FORMULA_NUMBER, FORMULA_TIME},
    {OP_SUB, FORMULA_DATE, FORMULA_DATE, FORMULA_NUMBER},
    {OP_SUB, FORMULA_TIME, FORMULA_TIME, FORMULA_NUMBER},
    {OP_MUL, FORMULA_NUMBER, FORMULA_NUMBER, FORMULA_NUMBER},
    {OP_MUL, FORMULA_MONEY, FORMULA_NUMBER, FORMULA_MONEY},
    {OP_MUL, FORMULA_NUMBER, FORMULA_MONEY, FORMULA_MONEY},
    {OP_DIV, FORMULA_NUMBER, FORMULA_NUMBER, FORMULA_NUMBER},
    {OP_DIV, FORMULA_MONEY, FORMULA_NUMBER, FORMULA_MONEY},
    {OP_DIV, FORMULA_MONEY, FORMULA_MONEY, FORMULA_NUMBER},
    {OP_REST, FORMULA_NUMBER, FORMULA_NUMBER, FORMULA_NUMBER},
};

static const char *const done[] = {
    [OP_ADD] = "they cannot be added",
    [OP_SUB] = "the one cannot be subtracted from the other",
    [OP_MUL] = "they cannot be multiplied",
    [OP_DIV] = "the one cannot be divided by the other",
    [OP_REST] = "they have no remainder",
};

/* What is meant instead, where that can be guessed. */
static struct str advice(enum op op, enum formula_type a, enum formula_type b)
{
    bool texts = a == FORMULA_TEXT || b == FORMULA_TEXT;
    if (op == OP_ADD && a == FORMULA_TEXT && b == FORMULA_TEXT)
        return S(" Texts are joined with &.");
    if (op == OP_ADD && texts)
        return S(" To join texts write &.");
    if ((op == OP_ADD || op == OP_SUB) && ((a == FORMULA_MONEY && b == FORMULA_NUMBER) ||
                                           (a == FORMULA_NUMBER && b == FORMULA_MONEY)))
        return S(" Write money(12.5, \"EUR\") for an amount of money.");
    bool mixed =
        (a == FORMULA_DATE && b == FORMULA_TIME) || (a == FORMULA_TIME && b == FORMULA_DATE);
    if (mixed)
        return S(" Write date(...) around the time.");
    return S("");
}

static void check_sides(struct check *c, struct node *x, const char *cannot)
{
    const struct node *a = x->args[0], *b = x->args[1];
    struct str left = shown(c, a, "The left side"), right = shown(c, b, "the right side");
    struct str more = advice(x->op, a->type, b->type);
    if (a->type == b->type)
        check_fail(c, x,
                   str_fmt(c->arena, STR_FMT " and " STR_FMT " are both %s: %s." STR_FMT,
                           STR_ARG(left), STR_ARG(right), type_words[a->type], cannot,
                           STR_ARG(more)));
    else
        check_fail(c, x,
                   str_fmt(c->arena, STR_FMT " is %s and " STR_FMT " is %s: %s." STR_FMT,
                           STR_ARG(left), type_words[a->type], STR_ARG(right), type_words[b->type],
                           cannot, STR_ARG(more)));
}

static void check_logic(struct check *c, struct node *x)
{
    x->type = FORMULA_BOOL;
    for (size_t i = 0; i < 2; i++) {
        const struct node *side = x->args[i];
        if (side->type != FORMULA_BOOL)
            check_fail(c, side,
                       str_fmt(c->arena, STR_FMT " is %s: %s wants yes or no on both sides.",
                               STR_ARG(shown(c, side, "This side")), type_words[side->type],
                               formula_signs[x->op]));
    }
}

static void check_compare(struct check *c, struct node *x)
{
    enum formula_type a = x->args[0]->type, b = x->args[1]->type;
    x->type = FORMULA_BOOL;
    bool amounts = (TYPE(NUMBER) == 1u << a && TYPE(MONEY) == 1u << b) ||
                   (TYPE(MONEY) == 1u << a && TYPE(NUMBER) == 1u << b);
    bool order = x->op != OP_EQ && x->op != OP_NE;
    if (a != b && !amounts)
        check_sides(c, x, "they cannot be compared");
    else if (order && a == FORMULA_BOOL)
        check_sides(c, x, "neither is the larger");
}

static void check_two(struct check *c, struct node *x)
{
    enum formula_type a = x->args[0]->type, b = x->args[1]->type;
    if (a == FORMULA_NONE || b == FORMULA_NONE) {
        const struct node *other = x->args[a == FORMULA_NONE];
        struct str name = shown(c, other, "...");
        bool equal = x->op == OP_EQ || x->op == OP_NE;
        check_fail(c, x,
                   equal ? str_fmt(c->arena, "Nothing equals none. Write %sempty(" STR_FMT ").",
                                   x->op == OP_EQ ? "" : "not ", STR_ARG(name))
                         : S("One side is none, and so would be the result, always."));
        return;
    }
    if (x->op == OP_AND || x->op == OP_OR) {
        check_logic(c, x);
    } else if (x->op == OP_JOIN) {
        x->type = FORMULA_TEXT;
    } else if (x->op <= OP_GE) {
        check_compare(c, x);
    } else {
        for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++)
            if (arithmetic[i].op == x->op && arithmetic[i].left == a && arithmetic[i].right == b)
                x->type = arithmetic[i].gives;
        if (x->type == FORMULA_NONE)
            check_sides(c, x, done[x->op]);
    }
}

/* ---- functions ---- */

/* "a number, money or a date" */
static struct str type_list(struct arena *a, unsigned set)
{
    struct str out = S("");
    for (int t = FORMULA_NUMBER; t <= FORMULA_MONEY; t++) {
        if (!(set & 1u << t))
            continue;
        set &= ~(1u << t);
        const char *between = !out.n ? "" : set ? ", " : " or ";
        out = str_fmt(a, STR_FMT "%s%s", STR_ARG(out), between, type_words[t]);
    }
    return out;
}

static void check_arg(struct check *c, const struct node *x, size_t i)
{
    unsigned set = x->call->takes[i < 2 ? i : 2];
    const struct node *arg = x->args[i];
    if (arg->type == FORMULA_NONE && x->call->with_none)
        return;
    if (!(set & 1u << arg->type) || arg->type == FORMULA_NONE)
        check_fail(c, arg,
                   str_fmt(c->arena, STR_FMT " is %s: %s wants " STR_FMT " there. Write %s.",
                           STR_ARG(shown(c, arg, "This")), type_words[arg->type], x->call->name,
                           STR_ARG(type_list(c->arena, set)), x->call->use));
}

/* The results of if and coalesce are of one type; where they are not, the later one is told. */
static void check_alike(struct check *c, struct node *x)
{
    const struct node *one = NULL;
    for (size_t i = 0; i < x->n; i++) {
        const struct node *arg = x->args[i];
        if (arg->type == FORMULA_NONE)
            continue;
        if (!one)
            one = arg;
        else if (one->type != arg->type)
            check_fail(c, arg,
                       str_fmt(c->arena,
                               STR_FMT " is %s and " STR_FMT " is %s: %s gives one kind of value.",
                               STR_ARG(shown(c, one, "One result")), type_words[one->type],
                               STR_ARG(shown(c, arg, "this one")), type_words[arg->type],
                               x->call->name));
    }
    if (one)
        x->type = one->type;
}

/* if(condition, value, condition, value, ..., otherwise) */
static void check_if(struct check *c, struct node *x)
{
    for (size_t i = 0; i + 1 < x->n; i += 2)
        if (x->args[i]->type != FORMULA_BOOL)
            check_fail(c, x->args[i],
                       str_fmt(c->arena, STR_FMT " is %s: if wants a condition there, such as %s.",
                               STR_ARG(shown(c, x->args[i], "This")), type_words[x->args[i]->type],
                               "amount > 100"));
    struct node *results = arena_make(c->arena, struct node);
    *results = *x;
    results->n = 0;
    results->args = arena_array(c->arena, struct node *, x->n + 1);
    for (size_t i = 0; i < x->n; i++)
        if (i % 2 == 1 || i + 1 == x->n)
            results->args[results->n++] = x->args[i];
    check_alike(c, results);
    x->type = results->type;
}

static void check_call(struct check *c, struct node *x)
{
    const struct formula_call *call = x->call;
    c->f->changes = c->f->changes || call->changes;
    if (str_is(str_of(call->name), "if")) {
        check_if(c, x);
        return;
    }
    for (size_t i = 0; i < x->n; i++)
        check_arg(c, x, i);
    if (call->alike)
        check_alike(c, x);
    else if (call->gives == FORMULA_NONE && x->n)
        x->type = x->args[0]->type;
    if (call->gives != FORMULA_NONE)
        x->type = call->gives;
}
