/* formula_parse.c: from a source to a tree, by recursive descent; see formula_parts.h.
 *
 * What binds least stands first:
 *
 *     or     and     not     = <> < <= > >= (one, not a chain)     &     + -     * / %     - (sign)
 */
#include "text/formula_parts.h"
#include "text/near.h"

struct parser {
    struct lexer lx;
    struct formula *f;
    size_t names_n, nodes, depth;
    bool *read; /* by index of name */
};

static struct node *parse_or(struct parser *p);
static struct node *parse_chain(struct parser *p, int rank);

const char *const formula_signs[] = {
    [OP_OR] = "or",  [OP_AND] = "and", [OP_EQ] = "=",    [OP_NE] = "<>",
    [OP_LT] = "<",   [OP_LE] = "<=",   [OP_GT] = ">",    [OP_GE] = ">=",
    [OP_JOIN] = "&", [OP_ADD] = "+",   [OP_SUB] = "-",   [OP_MUL] = "*",
    [OP_DIV] = "/",  [OP_REST] = "%",  [OP_NOT] = "not", [OP_MINUS] = "-",
};

enum {
    RANK_OR,
    RANK_AND,
    RANK_NOT,
    RANK_COMPARE,
    RANK_JOIN,
    RANK_ADD,
    RANK_MUL,
    RANK_SIGN,
    RANK_ONE
};

static const unsigned char ranks[] = {
    [OP_OR] = RANK_OR,      [OP_AND] = RANK_AND,    [OP_NOT] = RANK_NOT,    [OP_EQ] = RANK_COMPARE,
    [OP_NE] = RANK_COMPARE, [OP_LT] = RANK_COMPARE, [OP_LE] = RANK_COMPARE, [OP_GT] = RANK_COMPARE,
    [OP_GE] = RANK_COMPARE, [OP_JOIN] = RANK_JOIN,  [OP_ADD] = RANK_ADD,    [OP_SUB] = RANK_ADD,
    [OP_MUL] = RANK_MUL,    [OP_DIV] = RANK_MUL,    [OP_REST] = RANK_MUL,   [OP_MINUS] = RANK_SIGN,
};

int formula_rank(const struct node *x)
{
    return x->kind == NODE_ONE || x->kind == NODE_TWO ? ranks[x->op] : RANK_ONE;
}

bool formula_reserved(struct str name)
{
    static const char *const words[] = {"and", "or", "not", "true", "false", "none"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(name, str_of(words[i])))
            return true;
    return false;
}

/* A value is complete, and what stands behind it cannot. */
static void fail_behind(struct parser *p)
{
    const struct token *t = &p->lx.token;
    if (t->op == OP_CLOSE)
        lexer_fail(&p->lx, t->at, S("This closing parenthesis has no opening one."));
    else if (t->op == OP_COMMA)
        lexer_fail(&p->lx, t->at,
                   S("A comma stands only between the values of a function; decimals have a "
                     "point: 12.5."));
    else if (t->op == OP_DOT)
        lexer_fail(&p->lx, t->at,
                   S("A point stands in numbers only: a formula reads fields of its own record."));
    else
        lexer_fail(&p->lx, t->at,
                   str_fmt(p->lx.arena, "A sign is missing before " STR_FMT ", such as + or &.",
                           STR_ARG(token_shown(p->lx.arena, t))));
}

struct formula *formula_tree(struct arena *a, struct str source, const struct formula_name *names,
                             size_t n, struct formula_error *error)
{
    struct parser p = {.names_n = n, .f = arena_make(a, struct formula)};
    p.read = arena_array(a, bool, n + 1);
    p.f->names = names;
    lexer_open(&p.lx, a, source, error);
    if (p.lx.token.kind == TOKEN_END)
        lexer_fail(&p.lx, 0, S("The formula is empty."));
    struct node *root = parse_or(&p);
    if (p.lx.token.kind != TOKEN_END)
        fail_behind(&p);
    if (p.lx.failed)
        return NULL;
    p.f->root = root;
    p.f->reads = arena_array(a, size_t, n + 1);
    for (size_t i = 0; i < n; i++)
        if (p.read[i])
            p.f->reads[p.f->reads_n++] = i;
    return p.f;
}

/* ---- nodes ---- */

/* Never NULL: after an error the callers go on with what they got, and the lexer is at its end. */
static struct node *node_new(struct parser *p, enum node_kind kind, size_t at)
{
    struct node *x = arena_make(p->lx.arena, struct node);
    x->kind = kind;
    x->column = utf8_len(str_first(p->lx.source, at)) + 1;
    if (++p->nodes > FORMULA_NODES)
        lexer_fail(&p->lx, at,
                   str_fmt(p->lx.arena,
                           "The formula is too long: it has more than %d parts. Take some of it "
                           "into a formula field of its own.",
                           FORMULA_NODES));
    return x;
}

static struct node *node_op(struct parser *p, size_t at, enum op op, struct node *a, struct node *b)
{
    struct node *x = node_new(p, b ? NODE_TWO : NODE_ONE, at);
    x->op = op;
    x->n = b ? 2 : 1;
    x->args = arena_array(p->lx.arena, struct node *, 2);
    x->args[0] = a;
    x->args[1] = b;
    return x;
}

static bool deeper(struct parser *p)
{
    if (p->depth == FORMULA_DEPTH)
        lexer_fail(&p->lx, p->lx.token.at,
                   str_fmt(p->lx.arena,
                           "Parentheses and functions stand more than %d deep in each other.",
                           FORMULA_DEPTH));
    p->depth++;
    return !p->lx.failed;
}

/* ---- by rank ---- */

static struct node *parse_or(struct parser *p)
{
    return parse_chain(p, RANK_OR);
}

static struct node *parse_not(struct parser *p)
{
    size_t at = p->lx.token.at;
    if (p->lx.token.op != OP_NOT)
        return parse_chain(p, RANK_COMPARE);
    if (!deeper(p))
        return node_new(p, NODE_VALUE, at);
    lexer_next(&p->lx);
    struct node *x = node_op(p, at, OP_NOT, parse_not(p), NULL);
    p->depth--;
    return x;
}

static struct node *parse_sign(struct parser *p);

static struct node *parse_tighter(struct parser *p, int rank)
{
    if (rank == RANK_AND)
        return parse_not(p);
    return rank == RANK_MUL ? parse_sign(p) : parse_chain(p, rank + 1);
}

/* a - b - c is (a - b) - c. */
static struct node *parse_chain(struct parser *p, int rank)
{
    struct node *x = parse_tighter(p, rank);
    int links = 0;
    while (p->lx.token.op >= OP_OR && p->lx.token.op <= OP_REST && ranks[p->lx.token.op] == rank) {
        struct token t = p->lx.token;
        if (rank == RANK_COMPARE && links++)
            lexer_fail(&p->lx, t.at, S("Comparisons cannot be chained: write a < b and b < c."));
        lexer_next(&p->lx);
        x = node_op(p, t.at, t.op, x, parse_tighter(p, rank));
    }
    return x;
}

static struct node *parse_one(struct parser *p);

static struct node *parse_sign(struct parser *p)
{
    size_t at = p->lx.token.at;
    if (p->lx.token.op != OP_SUB)
        return parse_one(p);
    if (!deeper(p))
        return node_new(p, NODE_VALUE, at);
    lexer_next(&p->lx);
    struct node *x = node_op(p, at, OP_MINUS, parse_sign(p), NULL);
    p->depth--;
    return x;
}

static struct node *parse_value(struct parser *p, const struct token *t)
{
    struct node *x = node_new(p, NODE_VALUE, t->at);
    int64_t n = 0;
    if (t->kind == TOKEN_TEXT)
        x->value = value_text(t->text);
    else if (t->kind == TOKEN_NUMBER && formula_decimal(t->text, &n))
        x->value = value_number(n);
    else if (!str_is(t->text, "none"))
        x->value = value_bool(str_is(t->text, "true"));
    return x;
}

static void parse_close(struct parser *p, const struct token *open)
{
    if (p->lx.token.kind == TOKEN_END)
        lexer_fail(&p->lx, open->at, S("This opening parenthesis is not closed."));
    else if (p->lx.token.op != OP_CLOSE)
        fail_behind(p);
    lexer_next(&p->lx);
    p->depth--;
}

static struct node *parse_group(struct parser *p, const struct token *open)
{
    if (!deeper(p))
        return node_new(p, NODE_VALUE, open->at);
    struct node *x = parse_or(p);
    parse_close(p, open);
    return x;
}

static struct node *parse_field(struct parser *p, const struct token *t);
static struct node *parse_call(struct parser *p, const struct token *t);

static struct node *parse_one(struct parser *p)
{
    struct token t = p->lx.token;
    lexer_next(&p->lx);
    if (t.kind == TOKEN_NUMBER || t.kind == TOKEN_TEXT)
        return parse_value(p, &t);
    if (t.op == OP_OPEN)
        return parse_group(p, &t);
    if (t.kind == TOKEN_WORD && p->lx.token.op == OP_OPEN)
        return parse_call(p, &t);
    if (t.kind == TOKEN_WORD)
        return formula_reserved(t.text) ? parse_value(p, &t) : parse_field(p, &t);
    if (t.op == OP_NOT)
        lexer_fail(&p->lx, t.at, S("Put not and what follows it in parentheses here."));
    if (t.op == OP_DOT)
        lexer_fail(&p->lx, t.at, S("A number begins with a digit: 0.5."));
    lexer_fail(&p->lx, t.at,
               str_fmt(p->lx.arena, "A value is missing before " STR_FMT ".",
                       STR_ARG(token_shown(p->lx.arena, &t))));
    return node_new(p, NODE_VALUE, t.at);
}

/* ---- names ---- */

static struct str near_name(struct parser *p, struct str word)
{
    struct str best = S("");
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < p->names_n; i++) {
        struct str name = p->f->names[i].name;
        size_t far = near_words(name, word);
        if (formula_near(name, word) && far < least) {
            least = far;
            best = name;
        }
    }
    return best;
}

static struct node *parse_field(struct parser *p, const struct token *t)
{
    struct arena *a = p->lx.arena;
    struct node *x = node_new(p, NODE_FIELD, t->at);
    for (size_t i = 0; i < p->names_n && !p->lx.failed; i++)
        if (str_eq(p->f->names[i].name, t->text)) {
            x->field = i;
            p->read[i] = true;
            return x;
        }
    struct str near = near_name(p, t->text);
    struct str words = str_fmt(a, "There is no field \"" STR_FMT "\".", STR_ARG(t->text));
    if (formula_call_find(t->text))
        words = str_fmt(a, "\"" STR_FMT "\" is a function: write " STR_FMT "(...).",
                        STR_ARG(t->text), STR_ARG(t->text));
    else if (near.n)
        words = str_fmt(a, STR_FMT " Did you mean \"" STR_FMT "\"?", STR_ARG(words), STR_ARG(near));
    else
        words = str_fmt(a, STR_FMT " A text is written in quotes: \"" STR_FMT "\".", STR_ARG(words),
                        STR_ARG(t->text));
    lexer_fail(&p->lx, t->at, words);
    return x;
}

static struct str no_such_call(struct parser *p, struct str name)
{
    struct arena *a = p->lx.arena;
    for (size_t i = 0; i < p->names_n; i++)
        if (str_eq(p->f->names[i].name, name))
            return str_fmt(a,
                           "\"" STR_FMT "\" is a field, no function: a sign is missing before "
                           "the parenthesis.",
                           STR_ARG(name));
    struct str near = formula_call_near(name);
    return near.n
               ? str_fmt(a, "There is no function \"" STR_FMT "\". Did you mean \"" STR_FMT "\"?",
                         STR_ARG(name), STR_ARG(near))
               : str_fmt(a, "There is no function \"" STR_FMT "\".", STR_ARG(name));
}

enum { ARGS_MAX = 100 };

static struct node *parse_call(struct parser *p, const struct token *t)
{
    struct arena *a = p->lx.arena;
    struct node *x = node_new(p, NODE_CALL, t->at), *args[ARGS_MAX];
    struct token open = p->lx.token;
    x->call = formula_call_find(t->text);
    if (!x->call)
        lexer_fail(&p->lx, t->at, no_such_call(p, t->text));
    if (!deeper(p))
        return x;
    lexer_next(&p->lx);
    bool more = p->lx.token.op != OP_CLOSE;
    while (more && x->n < ARGS_MAX) {
        args[x->n++] = parse_or(p);
        more = p->lx.token.op == OP_COMMA;
        if (more)
            lexer_next(&p->lx);
    }
    if (more)
        lexer_fail(&p->lx, t->at, S("A function takes at most 100 values."));
    parse_close(p, &open);
    while (x->call && x->n != x->call->least && x->call[1].name &&
           str_eq(str_of(x->call[1].name), t->text))
        x->call++; /* of that name there is one more, with another number of values */
    if (x->call && (x->n < x->call->least || x->n > x->call->most))
        lexer_fail(&p->lx, t->at,
                   str_fmt(a, "%s takes other values: write %s.", x->call->name, x->call->use));
    x->args = arena_array(a, struct node *, x->n + 1);
    memcpy(x->args, args, x->n * sizeof *args);
    return x;
}
