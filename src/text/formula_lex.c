/* formula_lex.c: the words, numbers, texts and signs of a formula; see formula_parts.h. */
#include "text/formula_parts.h"

static bool letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static void skip_blanks(struct lexer *lx)
{
    while (lx->at < lx->source.n && memchr(" \t\r\n", lx->source.p[lx->at], 4))
        lx->at++;
}

void lexer_open(struct lexer *lx, struct arena *a, struct str source, struct formula_error *error)
{
    *lx = (struct lexer){.arena = a, .source = source, .error = error};
    *error = (struct formula_error){.column = 1, .words = S("")};
    if (source.n > FORMULA_SOURCE)
        lexer_fail(lx, 0, str_fmt(a, "A formula has at most %d characters.", FORMULA_SOURCE));
    else if (!utf8_valid(source))
        lexer_fail(lx, 0, S("The formula is not valid UTF-8 text."));
    else if (str_find(source, '\0') >= 0)
        lexer_fail(lx, (size_t)str_find(source, '\0'),
                   S("There is a character here that cannot be seen."));
    if (lx->failed)
        return;
    skip_blanks(lx);
    if (lx->at < source.n && source.p[lx->at] == '=') /* as in a cell of a spreadsheet */
        lx->at++;
    lexer_next(lx);
}

void lexer_fail(struct lexer *lx, size_t at, struct str words)
{
    lx->token = (struct token){.kind = TOKEN_END, .at = lx->source.n, .text = S("")};
    if (lx->failed)
        return;
    lx->failed = true;
    lx->error->column = utf8_len(str_first(lx->source, at)) + 1;
    lx->error->words = words;
}

static void lex_word(struct lexer *lx)
{
    size_t from = lx->at;
    while (lx->at < lx->source.n && (letter(lx->source.p[lx->at]) || digit(lx->source.p[lx->at]) ||
                                     lx->source.p[lx->at] == '_'))
        lx->at++;
    struct str word = str_make(lx->source.p + from, lx->at - from);
    word = str_lower(lx->arena, word);
    enum op op = str_is(word, "and")   ? OP_AND
                 : str_is(word, "or")  ? OP_OR
                 : str_is(word, "not") ? OP_NOT
                                       : OP_NO;
    enum token_kind kind = op ? TOKEN_SIGN : TOKEN_WORD;
    lx->token = (struct token){.kind = kind, .op = op, .at = from, .text = word};
}

static void lex_number(struct lexer *lx)
{
    struct str rest = str_from(lx->source, lx->at);
    size_t n = 0;
    while (n < rest.n &&
           (digit(rest.p[n]) || (rest.p[n] == '.' && n + 1 < rest.n && digit(rest.p[n + 1]))))
        n++;
    struct str text = str_first(rest, n);
    int64_t value;
    if (!formula_decimal(text, &value)) {
        ptrdiff_t point = str_find(text, '.');
        bool fine = point >= 0 && text.n - (size_t)point > 7;
        lexer_fail(lx, lx->at,
                   str_fmt(lx->arena, STR_FMT "%s", STR_ARG(text),
                           fine ? " has more than six digits behind its point."
                                : " is no number that formulas can hold."));
        return;
    }
    if (n < rest.n && (letter(rest.p[n]) || rest.p[n] == '_')) {
        lexer_fail(lx, lx->at + n,
                   str_fmt(lx->arena, "A sign is missing behind " STR_FMT ", such as * or +.",
                           STR_ARG(text)));
        return;
    }
    lx->token = (struct token){.kind = TOKEN_NUMBER, .at = lx->at, .text = text};
    lx->at += n;
}

/* "..." or '...', in which the quote itself is written twice. */
static void lex_text(struct lexer *lx)
{
    size_t from = lx->at, n = 0;
    char quote = lx->source.p[from];
    char *p = arena_bytes(lx->arena, lx->source.n - from);
    for (lx->at++; lx->at < lx->source.n; lx->at++) {
        if (lx->source.p[lx->at] == quote) {
            lx->at++;
            if (lx->at == lx->source.n || lx->source.p[lx->at] != quote) {
                lx->token = (struct token){.kind = TOKEN_TEXT, .at = from, .text = str_make(p, n)};
                return;
            }
        }
        p[n++] = lx->source.p[lx->at];
    }
    lexer_fail(lx, from, str_fmt(lx->arena, "The text that begins here has no closing %c.", quote));
}

static const struct {
    char text[3];
    enum op op;
} signs[] = {
    {"<>", OP_NE},  {"!=", OP_NE},  {"<=", OP_LE},   {">=", OP_GE},   {"==", OP_EQ}, {"=", OP_EQ},
    {"<", OP_LT},   {">", OP_GT},   {"+", OP_ADD},   {"-", OP_SUB},   {"*", OP_MUL}, {"/", OP_DIV},
    {"%", OP_REST}, {"(", OP_OPEN}, {")", OP_CLOSE}, {",", OP_COMMA}, {".", OP_DOT}, {"&", OP_JOIN},
};

/* What people write who know other languages, and what it is called here. */
static const struct {
    const char *text, *words;
} foreign[] = {
    {"&&", "Write \"and\" for &&."},
    {"||", "Write \"or\" for ||; & joins texts."},
    {"!", "Write \"not\" for !."},
    {"^", "There is no ^ here; write a * a for a square."},
    {";", "Write a comma between values, no semicolon."},
    {"\xe2\x80\x9c", "Write texts between straight quotes: \"...\"."},
    {"\xe2\x80\x9d", "Write texts between straight quotes: \"...\"."},
    {"\xe2\x80\x9e", "Write texts between straight quotes: \"...\"."},
    {"\xe2\x80\x98", "Write texts between straight quotes: '...'."},
    {"\xe2\x80\x99", "Write texts between straight quotes: '...'."},
    {"[", "Write the names of fields as they are, without [ ]."},
    {"{", "Write the names of fields as they are, without { }."},
    {"\xc3\x97", "Write * to multiply."},
    {"\xc3\xb7", "Write / to divide."},
};

static void lex_sign(struct lexer *lx)
{
    struct str rest = str_from(lx->source, lx->at);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (str_starts(rest, str_of(foreign[i].text)) && !str_starts(rest, S("!="))) {
            lexer_fail(lx, lx->at, str_of(foreign[i].words));
            return;
        }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        struct str sign = str_of(signs[i].text);
        if (str_starts(rest, sign)) {
            lx->token =
                (struct token){.kind = TOKEN_SIGN, .op = signs[i].op, .at = lx->at, .text = sign};
            lx->at += sign.n;
            return;
        }
    }
    struct str one = utf8_first(rest, 1);
    bool plain = (unsigned char)one.p[0] > ' ' && one.p[0] != 0x7f;
    lexer_fail(lx, lx->at,
               plain ? str_fmt(lx->arena, STR_FMT " means nothing in a formula.", STR_ARG(one))
                     : S("There is a character here that cannot be seen."));
}

void lexer_next(struct lexer *lx)
{
    if (lx->failed)
        return;
    skip_blanks(lx);
    if (lx->at == lx->source.n) {
        lx->token = (struct token){.kind = TOKEN_END, .at = lx->at, .text = S("")};
        return;
    }
    char c = lx->source.p[lx->at];
    if (letter(c))
        lex_word(lx);
    else if (digit(c))
        lex_number(lx);
    else if (c == '"' || c == '\'')
        lex_text(lx);
    else
        lex_sign(lx);
}

struct str token_shown(struct arena *a, const struct token *t)
{
    if (t->kind == TOKEN_END)
        return S("the end");
    if (t->kind == TOKEN_TEXT)
        return str_fmt(a, "the text \"" STR_FMT "%s\"", STR_ARG(utf8_first(t->text, 20)),
                       utf8_len(t->text) > 20 ? "..." : "");
    if (t->kind == TOKEN_WORD)
        return str_fmt(a, "\"" STR_FMT "\"", STR_ARG(t->text));
    return t->text;
}
