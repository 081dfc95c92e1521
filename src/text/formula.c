/* formula.c: compiling, printing, near names, and the order of fields that read each other; see
 * formula.h.
 */
#include "text/formula.h"

#include "text/formula_parts.h"
#include "text/near.h"

struct formula *formula_compile(struct arena *a, struct str source,
                                const struct formula_name *names, size_t n,
                                struct formula_error *error)
{
    struct formula *f = formula_tree(a, source, names, n, error);
    return f && formula_check(a, f, error) ? f : NULL;
}

bool formula_scan(struct arena *a, struct str source, const struct formula_name *names, size_t n,
                  const size_t **indexes, size_t *indexes_n, struct formula_error *error)
{
    struct formula *f = formula_tree(a, source, names, n, error);
    *indexes = f ? f->reads : NULL;
    *indexes_n = f ? f->reads_n : 0;
    return f != NULL;
}

enum formula_type formula_type(const struct formula *f)
{
    return f->root->type;
}

bool formula_changes(const struct formula *f)
{
    return f->changes;
}

size_t formula_reads(const struct formula *f, const size_t **indexes)
{
    *indexes = f->reads;
    return f->reads_n;
}

/* ---- printing ---- */

/* Whole and without a sign; the longest has 20 characters. */
static void print_number(struct out *o, int64_t n)
{
    out_fmt(o, "%lld", (long long)(n / FORMULA_UNIT));
    int rest = (int)(n % FORMULA_UNIT), digits = 6;
    if (!rest)
        return;
    for (; rest % 10 == 0; rest /= 10)
        digits--;
    out_fmt(o, ".%0*d", digits, rest);
}

static void print_value(struct out *o, const struct formula_value *v)
{
    if (v->type == FORMULA_NUMBER) {
        print_number(o, v->n);
    } else if (v->type == FORMULA_TEXT) {
        out_char(o, '"');
        for (size_t i = 0; i < v->text.n; i++) {
            if (v->text.p[i] == '"')
                out_char(o, '"');
            out_char(o, v->text.p[i]);
        }
        out_char(o, '"');
    } else {
        out_str(o, v->type == FORMULA_NONE ? S("none") : v->n ? S("true") : S("false"));
    }
}

static void print_node(struct out *o, const struct formula *f, const struct node *x);

static void print_side(struct out *o, const struct formula *f, const struct node *x, int least)
{
    bool parens = formula_rank(x) < least;
    if (parens)
        out_char(o, '(');
    print_node(o, f, x);
    if (parens)
        out_char(o, ')');
}

static void print_two(struct out *o, const struct formula *f, const struct node *x)
{
    int rank = formula_rank(x);
    bool chain = x->op < OP_EQ || x->op > OP_GE;
    print_side(o, f, x->args[0], chain ? rank : rank + 1);
    out_fmt(o, " %s ", formula_signs[x->op]);
    print_side(o, f, x->args[1], rank + 1);
}

static void print_node(struct out *o, const struct formula *f, const struct node *x)
{
    switch (x->kind) {
    case NODE_VALUE:
        print_value(o, &x->value);
        break;
    case NODE_FIELD:
        out_str(o, f->names[x->field].name);
        break;
    case NODE_ONE:
        out_str(o, x->op == OP_NOT ? S("not ") : S("-"));
        print_side(o, f, x->args[0], formula_rank(x));
        break;
    case NODE_TWO:
        print_two(o, f, x);
        break;
    case NODE_CALL:
        out_fmt(o, "%s(", x->call->name);
        for (size_t i = 0; i < x->n; i++) {
            if (i)
                out_lit(o, ", ");
            print_node(o, f, x->args[i]);
        }
        out_char(o, ')');
        break;
    }
}

void formula_print_node(struct arena *a, const struct formula *f, const struct node *x,
                        struct str *out)
{
    struct out o;
    out_init(&o, 16 * FORMULA_SOURCE); /* blanks and parentheses at most multiply a source */
    print_node(&o, f, x);
    *out = out_take(&o, a);
}

struct str formula_print(struct arena *a, const struct formula *f)
{
    struct str s;
    formula_print_node(a, f, f->root, &s);
    return s;
}

/* ---- near names ---- */

bool formula_near(struct str a, struct str b)
{
    size_t far = near_words(a, b), longer = a.n > b.n ? a.n : b.n;
    return far <= (longer < 6 ? 1u : longer < 9 ? 2u : 3u) && far < longer;
}

/* ---- the order of fields ---- */

enum visit { UNSEEN, OPEN, DONE };

struct walk {
    const struct formula_needs *needs;
    unsigned char *state;
    size_t *path, *next; /* the fields on the way, and which of its reads each looks at */
    size_t depth;
};

static struct str loop_words(struct arena *a, const struct formula_name *names,
                             const struct walk *w, size_t to)
{
    size_t from = 0, n = 0;
    while (w->path[from] != to)
        from++;
    struct str *parts = arena_array(a, struct str, w->depth - from + 1);
    for (; from < w->depth; from++)
        parts[n++] = names[w->path[from]].name;
    parts[n++] = names[to].name;
    return str_join(a, parts, n, S(" -> "));
}

bool formula_order(struct arena *a, const struct formula_name *names,
                   const struct formula_needs *needs, size_t n, size_t *order, struct str *loop)
{
    struct walk w = {.needs = needs};
    w.state = arena_array(a, unsigned char, n + 1);
    w.path = arena_array(a, size_t, n + 1);
    w.next = arena_array(a, size_t, n + 1);
    size_t put = 0;
    for (size_t start = 0; start < n; start++) {
        if (w.state[start] == UNSEEN)
            w.path[w.depth++] = start;
        while (w.depth) {
            size_t here = w.path[w.depth - 1];
            w.state[here] = OPEN;
            if (w.next[here] == needs[here].n) {
                w.state[here] = DONE;
                order[put++] = here;
                w.depth--;
                continue;
            }
            size_t to = needs[here].reads[w.next[here]++];
            if (w.state[to] == OPEN) {
                *loop = loop_words(a, names, &w, to);
                return false;
            }
            if (w.state[to] == UNSEEN)
                w.path[w.depth++] = to;
        }
    }
    return true;
}
