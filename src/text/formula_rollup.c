/* formula_rollup.c: the text of a roll-up, taken apart; see formula.h.
 *
 *     function ( type [. field] [where condition] )
 */
#include "text/formula_parts.h"

static const char *const names[] = {
    [ROLLUP_COUNT] = "count", [ROLLUP_SUM] = "sum",         [ROLLUP_MIN] = "min",
    [ROLLUP_MAX] = "max",     [ROLLUP_AVERAGE] = "average", [ROLLUP_FIRST] = "first",
    [ROLLUP_LAST] = "last",
};

enum { FNS = sizeof names / sizeof *names };

const char *rollup_name(enum rollup_fn fn)
{
    return names[fn];
}

static void rollup_fn(struct lexer *lx, struct rollup *r)
{
    struct token t = lx->token;
    bool found = false;
    for (int i = 0; i < FNS && !found; i++) {
        found = t.kind == TOKEN_WORD && str_is(t.text, names[i]);
        r->fn = (enum rollup_fn)i;
    }
    if (!found && t.kind == TOKEN_WORD && (str_is(t.text, "avg") || str_is(t.text, "mean"))) {
        r->fn = ROLLUP_AVERAGE;
        found = true;
    }
    if (!found)
        lexer_fail(lx, t.at,
                   S("A roll-up begins with count, sum, min, max, average, first or last."));
    lexer_next(lx);
}

static struct str take_word(struct lexer *lx, const char *what)
{
    struct token t = lx->token;
    if (t.kind != TOKEN_WORD)
        lexer_fail(lx, t.at,
                   str_fmt(lx->arena, "%s is missing before " STR_FMT ".", what,
                           STR_ARG(token_shown(lx->arena, &t))));
    lexer_next(lx);
    return t.text;
}

/* From behind "where" to the parenthesis that closes the roll-up. */
static void take_condition(struct lexer *lx, struct rollup *r)
{
    size_t from = lx->token.at, depth = 0;
    while (lx->token.kind != TOKEN_END && (depth || lx->token.op != OP_CLOSE)) {
        depth += lx->token.op == OP_OPEN;
        depth -= lx->token.op == OP_CLOSE;
        lexer_next(lx);
    }
    r->condition = str_trim(str_make(lx->source.p + from, lx->token.at - from));
    r->condition_column = utf8_len(str_first(lx->source, from)) + 1;
    if (!r->condition.n)
        lexer_fail(lx, from, S("A condition is missing behind \"where\"."));
}

bool rollup_parse(struct arena *a, struct str source, struct rollup *r, struct formula_error *error)
{
    struct lexer lx;
    *r = (struct rollup){.field = S(""), .condition = S("")};
    lexer_open(&lx, a, source, error);
    rollup_fn(&lx, r);
    struct token open = lx.token;
    if (open.op != OP_OPEN)
        lexer_fail(&lx, open.at,
                   str_fmt(a, "A parenthesis is missing: write %s(deals%s).", names[r->fn],
                           r->fn == ROLLUP_COUNT ? "" : ".amount"));
    lexer_next(&lx);
    r->type = take_word(&lx, "The name of a type");
    if (lx.token.op == OP_DOT) {
        lexer_next(&lx);
        r->field = take_word(&lx, "The name of a field");
    } else if (r->fn != ROLLUP_COUNT) {
        lexer_fail(&lx, lx.token.at,
                   str_fmt(a, "%s needs a field: write %s(" STR_FMT ".amount).", names[r->fn],
                           names[r->fn], STR_ARG(r->type)));
    }
    if (lx.token.kind == TOKEN_WORD && str_is(lx.token.text, "where")) {
        lexer_next(&lx);
        take_condition(&lx, r);
    }
    if (lx.token.kind == TOKEN_END)
        lexer_fail(&lx, open.at, S("This opening parenthesis is not closed."));
    else if (lx.token.op != OP_CLOSE)
        lexer_fail(&lx, lx.token.at,
                   str_fmt(a, STR_FMT " does not belong here: a condition begins with \"where\".",
                           STR_ARG(token_shown(a, &lx.token))));
    lexer_next(&lx);
    if (lx.token.kind != TOKEN_END)
        lexer_fail(&lx, lx.token.at,
                   S("A roll-up stands alone: make it a field, and use that in a formula."));
    return !lx.failed;
}

struct str rollup_print(struct arena *a, const struct rollup *r)
{
    return str_fmt(a, "%s(" STR_FMT "%s" STR_FMT "%s" STR_FMT ")", names[r->fn], STR_ARG(r->type),
                   r->field.n ? "." : "", STR_ARG(r->field), r->condition.n ? " where " : "",
                   STR_ARG(r->condition));
}

enum formula_type rollup_type(struct arena *a, const struct rollup *r, enum formula_type field,
                              struct formula_error *error)
{
    static const unsigned takes[] = {
        [ROLLUP_COUNT] = ANY_TYPE, [ROLLUP_SUM] = AN_AMOUNT,     [ROLLUP_MIN] = ORDERED,
        [ROLLUP_MAX] = ORDERED,    [ROLLUP_AVERAGE] = AN_AMOUNT, [ROLLUP_FIRST] = ANY_TYPE,
        [ROLLUP_LAST] = ANY_TYPE,
    };
    if (r->fn == ROLLUP_COUNT)
        return FORMULA_NUMBER;
    if (takes[r->fn] & 1u << field && field != FORMULA_NONE)
        return field;
    *error = (struct formula_error){
        .column = 1,
        .words = field == FORMULA_NONE
                     ? str_fmt(a, "\"" STR_FMT "\" is of a kind that roll-ups cannot read.",
                               STR_ARG(r->field))
                     : str_fmt(a, "\"" STR_FMT "\" is %s: it has no %s.", STR_ARG(r->field),
                               formula_type_words(field), names[r->fn])};
    return FORMULA_NONE;
}
