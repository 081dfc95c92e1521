/*
 * viewc: compiles a view (HTML with C in it) to a C function that writes the page.
 *
 *     viewc [--extern] -n NAME -o OUT IN.html     IN.html becomes OUT
 *     viewc --declare -n NAME IN.html             only the prototypes, to stdout
 *
 * A view knows three constructs, %% and % and {{ }}:
 *
 *     % #include "ideas/ideas.h"          lines before the %% line stand at file level
 *     %% const struct ideas_show *v       the one typed argument, or: %% void
 *     % for (size_t i = 0; i < v->n; i++) {      a line whose first mark is % is C
 *     <li title="{{ v->tip }}">{{ v->title }}    {{ }} prints one expression
 *     % }
 *     %# a remark, for the reader of the view only
 *
 * The result is NAME_html(struct out *o, const struct ideas_show *v) and, for tables of views,
 * NAME_view(struct out *o, const void *v), both static: a feature's handler may be called NAME.
 * With --extern, for partials that all share, they are NAME and NAME_view, and not static.
 *
 * Owns: the language of views, and which writer of view/html.h prints in which place.
 *
 * RULES
 *  1. The place decides the writer: html_put in text, html_attr where text is all that can stand
 *     (quoted values, <textarea>, <title>), html_url where a URL begins, html_urlpart later in a
 *     URL, html_attrs where an attribute could stand.
 *  2. In every other place {{ }} is an error: script, style, on*, srcdoc, unquoted values, names,
 *     comments. So is what the Content-Security-Policy forbids: on*, inline script, <style>.
 *  3. A URL's literal beginning names no scheme but those listed, and no {{ }} can complete one.
 *  4. A block of C ends in the place where it began, so that each branch of an `if` was judged in
 *     the place where it will really stand. Nothing jumps out of the middle of a tag.
 *  5. Every C line and expression carries the view's own path and line: a misspelt field is an
 *     error there, in gcc and in clang.
 *  6. Indentation, blank lines, C lines and HTML comments do not reach the page; inside <pre>,
 *     <textarea> and quoted values every blank does.
 *  7. The first error ends the work with `path:line: error: ...` and exit code 1; OUT is then left
 *     as it was. Wrong usage is exit code 2.
 *
 * WHY a compiler of our own: a template read at run time cannot know that a field is gone, and HTML
 * written as C strings cannot be read. WHY it is strict about HTML: what a browser repairs by
 * guessing (`a < b`, a missing quote) is where the place would be misjudged.
 */
#include <errno.h>

#include "viewc_html.h"

#define INPUT_MAX (1 << 20)
#define OUTPUT_MAX (64 << 20)
#define LITERAL_MAX 4000 /* C promises 4095 characters in one string literal */
#define BLOCKS_MAX 64

struct block {
    struct place place;
    int line;
};

struct buf {
    char *p;
    size_t n, cap;
};

struct viewc {
    const char *name;
    bool is_extern, only_declare;
    char *src;
    size_t len;
    struct html h;           /* the cursor, its line and its place */
    const char *line_start;
    char type[128], arg[64]; /* what the %% line says; empty for void */
    int type_line;
    bool line_out;           /* this line has put something on the page */

    struct block block[BLOCKS_MAX];
    int blocks;
    int dangling;            /* line of C that needs a statement after it, or 0 */
    bool c_comment, c_directive, c_backslash;

    struct buf out, lit;
    int lit_line, out_line;  /* view's line of the literal; line that C believes comes next */
};

static void read_input(struct viewc *vc);
static void check_bytes(struct viewc *vc);
static size_t utf8_length(const unsigned char *s, size_t n);
static void parse_head(struct viewc *vc);
static size_t next_line(struct viewc *vc, const char **line, const char **mark);
static void parse_type(struct viewc *vc, const char *s, size_t n);
static void check_type(const struct viewc *vc, const char *s, size_t n);
static const char *typed_suffix(const struct viewc *vc);
static void declare(struct viewc *vc);
static void compile(struct viewc *vc);
static void check_end(struct viewc *vc);
static int write_output(struct viewc *vc, const char *path);

static void code_line(struct viewc *vc, const char *line, const char *mark, size_t n);
static void code_scan(struct viewc *vc, const char *s, size_t n);
static size_t code_token(struct viewc *vc, const char *s, size_t n, char *last);
static size_t code_comment(struct viewc *vc, const char *s, size_t n);
static void code_brace(struct viewc *vc, char c);
static size_t code_word(struct viewc *vc, const char *s, size_t n);
static size_t code_quoted(const char *s, size_t n);
static void code_close(struct viewc *vc, const char *what);
static void text_line(struct viewc *vc, const char *line, size_t n);
static void print(struct viewc *vc, const char *end);
static size_t print_length(struct viewc *vc, const char *s, size_t n);
static void print_refuse(const struct viewc *vc, const char *s, size_t n);
static int print_bracket(const struct viewc *vc, char c, char *awaited, int depth);

static void literal(struct viewc *vc, char c);
static void literal_flush(struct viewc *vc);
static void literal_piece(struct viewc *vc, const char *s, size_t n);
static void need_statement(struct viewc *vc);
static void emit_at(struct viewc *vc, int line);
static void emit(struct viewc *vc, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void buf_add(struct buf *b, const char *s, size_t n, size_t max);
static bool begins(const char *s, size_t n, const char *with);
static void trim(const char **s, size_t *n);
static void usage(int code) __attribute__((noreturn));

static struct viewc view; /* static, so that an early exit leaks nothing */

int main(int argc, char **argv)
{
    struct viewc *vc = &view;
    const char *out = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            usage(0);
        } else if (strcmp(argv[i], "--extern") == 0) {
            vc->is_extern = true;
        } else if (strcmp(argv[i], "--declare") == 0) {
            vc->is_extern = vc->only_declare = true;
        } else if (strcmp(argv[i], "-n") == 0 && i + 1 < argc) {
            vc->name = argv[++i];
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            out = argv[++i];
        } else if (argv[i][0] != '-' && !vc->h.path) {
            vc->h.path = argv[i];
        } else {
            usage(2);
        }
    }
    if (!vc->h.path || !vc->name || !out == !vc->only_declare)
        usage(2);
    if (strspn(vc->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(vc->name) ||
        !isalpha((unsigned char)vc->name[0]))
        usage(2);
    read_input(vc);
    check_bytes(vc);
    if (!vc->only_declare) {
        compile(vc);
        return write_output(vc, out);
    }
    parse_head(vc);
    vc->out.n = 0; /* the head's lines of C are the view's own matter */
    declare(vc);
    return write_output(vc, NULL);
}

static void compile(struct viewc *vc)
{
    emit(vc, "/* Made by viewc from a view; edit that. */\n%s#include \"view/html.h\"\n",
         vc->is_extern ? "" : "#pragma once\n");
    parse_head(vc);
    declare(vc);
    const char *linkage = vc->is_extern ? "" : "static ";
    const char *type = vc->type, *arg = vc->arg, *suffix = typed_suffix(vc);
    if (*type) {
        emit(vc, "%svoid %s_view(struct out *o, const void *v) { %s%s(o, (%s)v); }\n", linkage,
             vc->name, vc->name, suffix, type);
        emit_at(vc, vc->type_line);
        emit(vc, "%svoid %s%s(struct out *o, %s%s) { (void)o; (void)%s;\n", linkage, vc->name,
             suffix, type, arg, arg);
    } else {
        emit(vc, "%svoid %s_view(struct out *o, const void *v) { (void)v; %s%s(o); }\n", linkage,
             vc->name, vc->name, suffix);
        emit_at(vc, vc->type_line);
        emit(vc, "%svoid %s%s(struct out *o) { (void)o;\n", linkage, vc->name, suffix);
    }
    const char *line, *mark;
    for (size_t n; (n = next_line(vc, &line, &mark)) > 0; vc->h.line++) {
        vc->line_out = vc->line_out && vc->h.at.state == COMMENT;
        if (mark)
            code_line(vc, line, mark, n);
        else
            text_line(vc, line, n);
    }
    check_end(vc);
    literal_flush(vc);
    emit(vc, "}\n");
}

static void check_end(struct viewc *vc)
{
    html_end(&vc->h);
    if (vc->blocks)
        fail(&vc->h, vc->block[vc->blocks - 1].line, "this { is never closed");
    if (vc->dangling)
        fail(&vc->h, vc->dangling, "this line of C is not a whole statement");
    if (vc->c_comment || vc->c_backslash)
        fail(&vc->h, vc->h.line - 1, "the view ends inside a comment or a continued line of C");
}

/* --- the head: lines of C at file level, then %% ------------------------------------------ */

static void parse_head(struct viewc *vc)
{
    const char *line, *mark;
    vc->h.line = 1;
    for (size_t n; (n = next_line(vc, &line, &mark)) > 0; vc->h.line++) {
        size_t left = mark ? n - (size_t)(mark + 1 - line) : 0;
        if (left && mark[1] == '%') {
            parse_type(vc, mark + 2, left - 1 - (line[n - 1] == '\n'));
            vc->type_line = vc->h.line++;
            return;
        }
        if (mark)
            code_line(vc, line, mark, n);
        else if (n > strspn(line, " \t\n"))
            break;
    }
    fail(&vc->h, vc->h.line, "no %%%% line before the HTML; a view begins with %%%% and its "
         "argument, as in: %%%% const struct ideas_show *v");
}

/* The next line with its newline; its length, 0 at the end. *mark: % of a line of C, or NULL. */
static size_t next_line(struct viewc *vc, const char **line, const char **mark)
{
    const char *s = vc->h.p;
    size_t left = (size_t)(vc->h.end - s);
    const char *newline = left ? memchr(s, '\n', left) : NULL;
    size_t n = newline ? (size_t)(newline + 1 - s) : left;
    size_t i = 0;
    while (i < n && is_blank(s[i]))
        i++;
    *mark = i < n && s[i] == '%' ? s + i : NULL;
    *line = vc->line_start = s;
    vc->h.p += n;
    return n;
}

static void parse_type(struct viewc *vc, const char *s, size_t n)
{
    trim(&s, &n);
    if (n == 4 && memcmp(s, "void", 4) == 0)
        return;
    size_t name = n;
    while (name && is_word(s[name - 1]))
        name--;
    size_t type = name;
    while (type && is_blank(s[type - 1]))
        type--;
    if (name == n || !type || s[type - 1] != '*' || isdigit((unsigned char)s[name]))
        fail(&vc->h, vc->h.line, "the argument is one pointer, as in: "
             "%%%% const struct ideas_show *v");
    check_type(vc, s, type);
    if (name + 1 >= sizeof vc->type || n - name >= sizeof vc->arg)
        fail(&vc->h, vc->h.line, "the argument's type or name is too long");
    memcpy(vc->type, s, name);
    memcpy(vc->arg, s + name, n - name);
    if (strcmp(vc->arg, "o") == 0)
        fail(&vc->h, vc->h.line, "the argument cannot be called o: that is the output");
}

static void check_type(const struct viewc *vc, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_word(s[i]) && !is_blank(s[i]) && s[i] != '*')
            fail(&vc->h, vc->h.line, "'%c' in the argument; it is one pointer, or void", s[i]);
}

static const char *typed_suffix(const struct viewc *vc)
{
    return vc->is_extern ? "" : "_html";
}

static void declare(struct viewc *vc)
{
    const char *start = vc->is_extern ? "" : "static __attribute__((unused)) ";
    emit_at(vc, vc->type_line);
    emit(vc, "struct out;");
    const char *tag = vc->type;
    if (strncmp(tag, "const ", 6) == 0)
        tag += 6;
    if (strncmp(tag, "struct ", 7) == 0 || strncmp(tag, "union ", 6) == 0)
        emit(vc, " %.*s;", (int)strcspn(tag, "*"), tag);
    emit(vc, "\n");
    emit_at(vc, vc->type_line);
    emit(vc, "%svoid %s%s(struct out *o%s%s%s);\n", start, vc->name, typed_suffix(vc),
         *vc->type ? ", " : "", vc->type, vc->arg);
    emit_at(vc, vc->type_line);
    emit(vc, "%svoid %s_view(struct out *o, const void *v);\n", start, vc->name);
    emit_at(vc, vc->type_line);
}

/* --- lines of C ---------------------------------------------------------------------------- */

/* Blanks stand for the mark, so that the C compiler's caret is under the right column. */
static void code_line(struct viewc *vc, const char *line, const char *mark, size_t n)
{
    static const char *const directives[] = {"include", "define", "undef", "if", "else", "elif",
                                             "endif", "pragma", "error", "warning", "line"};
    const char *c = mark + 1;
    size_t left = n - (size_t)(c - line);
    left -= left && c[left - 1] == '\n';
    if (left && *c == '#' && !vc->c_backslash) {
        size_t word = 1;
        while (word < left && isalpha((unsigned char)c[word]))
            word++;
        for (size_t i = 0; i < sizeof directives / sizeof *directives; i++)
            if (strlen(directives[i]) == word - 1 && !strncmp(c + 1, directives[i], word - 1))
                fail(&vc->h, vc->h.line, "%%#%s is a remark; a directive needs a blank: %% #%s",
                     directives[i], directives[i]);
        return;
    }
    if (left && *c == '%')
        fail(&vc->h, vc->h.line, "a second %%%% line");
    if (vc->h.at.state == COMMENT)
        fail(&vc->h, vc->h.line, "C inside an HTML comment; make each line a remark with %%#");
    literal_flush(vc);
    emit_at(vc, vc->h.line);
    emit(vc, "%.*s %.*s\n", (int)(mark - line), line, (int)left, c);
    if (vc->type_line)
        code_scan(vc, c, left);
}

/* Follows braces, jumps and the line's last mark; the rest of C is the C compiler's to judge. */
static void code_scan(struct viewc *vc, const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && is_blank(s[i]))
        i++;
    vc->c_directive = vc->c_backslash ? vc->c_directive : i < n && s[i] == '#';
    vc->c_backslash = n && s[n - 1] == '\\';
    if (vc->c_directive)
        return;
    char last = 0;
    while (i < n)
        i += code_token(vc, s + i, n - i, &last);
    if (last)
        vc->dangling = strchr("{};:", last) ? 0 : vc->h.line;
}

/* Takes one token; *last becomes its mark, if it counts as C. */
static size_t code_token(struct viewc *vc, const char *s, size_t n, char *last)
{
    if (vc->c_comment || begins(s, n, "/*"))
        return code_comment(vc, s, n);
    if (begins(s, n, "//"))
        return n;
    if (is_blank(*s))
        return 1;
    *last = is_word(*s) ? 'w' : *s;
    if (is_word(*s))
        return code_word(vc, s, n);
    if (*s == '"' || *s == '\'')
        return code_quoted(s, n);
    code_brace(vc, *s);
    return 1;
}

/* Takes the marks that begin and end a comment, and one character at a time between them. */
static size_t code_comment(struct viewc *vc, const char *s, size_t n)
{
    bool begin = !vc->c_comment;
    bool end = !begin && begins(s, n, "*/");
    vc->c_comment = !end;
    return begin || end ? 2 : 1;
}

static void code_brace(struct viewc *vc, char c)
{
    if (c == '{') {
        if (vc->blocks == BLOCKS_MAX)
            fail(&vc->h, vc->h.line, "blocks are more than %d deep", BLOCKS_MAX);
        vc->block[vc->blocks++] = (struct block){vc->h.at, vc->h.line};
    } else if (c == '}') {
        if (!vc->blocks)
            fail(&vc->h, vc->h.line, "this } closes nothing");
        code_close(vc, "block");
        vc->blocks--;
    }
}

/* Takes one word; RULE 4 for the words that leave a block or begin a branch of a switch. */
static size_t code_word(struct viewc *vc, const char *s, size_t n)
{
    static const char *const jumps[] = {"return", "break", "continue", "goto"};
    size_t word = 0;
    while (word < n && is_word(s[word]))
        word++;
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        if (strlen(jumps[i]) != word || strncmp(s, jumps[i], word) != 0)
            continue;
        bool in_text = vc->h.at.state == TEXT;
        for (int b = 0; b < vc->blocks; b++)
            in_text = in_text && vc->block[b].place.state == TEXT;
        if (!in_text)
            fail(&vc->h, vc->h.line, "%s in the middle of a tag or element", jumps[i]);
    }
    if ((word == 4 && strncmp(s, "case", 4) == 0) || (word == 7 && !strncmp(s, "default", 7)))
        code_close(vc, "branch");
    return word;
}

static void code_close(struct viewc *vc, const char *what)
{
    if (!vc->blocks)
        return;
    const struct block *b = &vc->block[vc->blocks - 1];
    if (!same_place(&b->place, &vc->h.at))
        fail(&vc->h, vc->h.line, "the %s that began on line %d ends in another place of the HTML "
             "than where it began (tag, quote or start of URL)", what, b->line);
}

static size_t code_quoted(const char *s, size_t n)
{
    size_t i = 1;
    while (i < n && s[i] != s[0])
        i += s[i] == '\\' ? 2 : 1;
    return i < n ? i + 1 : n;
}

/* --- lines of text ------------------------------------------------------------------------- */

static void text_line(struct viewc *vc, const char *line, size_t n)
{
    if (vc->c_comment || vc->c_backslash)
        fail(&vc->h, vc->h.line - 1, "a comment or line of C goes on into the HTML");
    vc->h.p = line;
    while (vc->h.p < line + n) {
        char c = *vc->h.p;
        if (ahead(&vc->h, "{{"))
            print(vc, line + n);
        else if (html_step(&vc->h))
            literal(vc, c);
    }
}

/* One {{ }}. The blanks before the call put the expression in its own column. */
static void print(struct viewc *vc, const char *end)
{
    const char *writer = html_writer(&vc->h);
    const char *s = vc->h.p + 2;
    size_t n = print_length(vc, s, (size_t)(end - s));
    vc->h.p = s + n + 2;
    trim(&s, &n);
    if (!n)
        fail(&vc->h, vc->h.line, "nothing inside {{ }}");
    need_statement(vc);
    if (vc->h.body_start) /* a browser drops the first newline there: let it drop this one */
        literal(vc, '\n');
    vc->h.body_start = false;
    literal_flush(vc);
    emit_at(vc, vc->h.line);
    int column = (int)(s - vc->line_start);
    int indent = column - (int)strlen(writer) - (int)strlen("(o, (");
    emit(vc, "%*s%s(o, (%.*s));\n", indent > 0 ? indent : 0, "", writer, (int)n, s);
    vc->line_out = true;
}

/* The length up to the }} that closes: not one inside quotes or brackets of the expression. */
static size_t print_length(struct viewc *vc, const char *s, size_t n)
{
    char awaited[BLOCKS_MAX];
    int depth = 0;
    for (size_t i = 0; i < n && s[i] != '\n';) {
        if (!depth && begins(s + i, n - i, "}}"))
            return i;
        if (s[i] == '"' || s[i] == '\'') {
            i += code_quoted(s + i, n - i);
            continue;
        }
        print_refuse(vc, s + i, n - i);
        depth = print_bracket(vc, s[i], awaited, depth);
        i++;
    }
    fail(&vc->h, vc->h.line, "this {{ is not closed on its line");
}

static void print_refuse(const struct viewc *vc, const char *s, size_t n)
{
    if (begins(s, n, "//") || begins(s, n, "/*"))
        fail(&vc->h, vc->h.line, "a comment inside {{ }}");
    if (*s == ';' || *s == '\\')
        fail(&vc->h, vc->h.line, "'%c' inside {{ }}; it holds one expression", *s);
}

/* The depth after c. awaited: what has to close each bracket that is open. */
static int print_bracket(const struct viewc *vc, char c, char *awaited, int depth)
{
    static const char opening[] = "([{", closing[] = ")]}";
    const char *at = strchr(opening, c);
    if (at) {
        if (depth == BLOCKS_MAX)
            fail(&vc->h, vc->h.line, "brackets are more than %d deep", BLOCKS_MAX);
        awaited[depth] = closing[at - opening];
        return depth + 1;
    }
    if (!strchr(closing, c))
        return depth;
    if (!depth || awaited[depth - 1] != c)
        fail(&vc->h, vc->h.line, "'%c' inside {{ }} closes nothing", c);
    return depth - 1;
}

/* --- what the page gets -------------------------------------------------------------------- */

/* RULE 6. A newline ends a line of the page only if the line put something there. */
static void literal(struct viewc *vc, char c)
{
    bool blank = is_blank(c) || c == '\n';
    if (blank && !vc->line_out && !html_verbatim(&vc->h))
        return;
    need_statement(vc);
    if (!vc->lit.n)
        vc->lit_line = vc->h.line;
    vc->line_out = true;
    buf_add(&vc->lit, &c, 1, INPUT_MAX * 2);
}

static void literal_flush(struct viewc *vc)
{
    const char *s = vc->lit.p;
    size_t left = vc->lit.n;
    while (left) {
        size_t n = left < LITERAL_MAX ? left : LITERAL_MAX;
        literal_piece(vc, s, n);
        s += n;
        left -= n;
    }
    vc->lit.n = 0;
}

/* Octal escapes have three digits always, so that a digit after one cannot join it. */
static void literal_piece(struct viewc *vc, const char *s, size_t n)
{
    emit_at(vc, vc->lit_line);
    emit(vc, "    out_raw(o, \"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\n') {
            emit(vc, "\\n");
            vc->lit_line++;
            if (i + 1 < n)
                emit(vc, "\"\n        \"");
        } else if (c == '"' || c == '\\' || c == '?') {
            emit(vc, "\\%c", c);
        } else if (c < ' ' || c > '~') {
            emit(vc, "\\%03o", c);
        } else {
            emit(vc, "%c", c);
        }
    }
    emit(vc, "\", %zu);\n", n);
}

/* A brace-less `if` would guard only a part of the text after it. */
static void need_statement(struct viewc *vc)
{
    if (vc->dangling)
        fail(&vc->h, vc->dangling, "text follows this line of C: it needs a brace or semicolon");
}

/* --- small things -------------------------------------------------------------------------- */

/* RULE 5: makes the C compiler believe that the next line of output is the view's line. */
static void emit_at(struct viewc *vc, int line)
{
    if (vc->out_line == line || vc->only_declare)
        return;
    emit(vc, "#line %d \"", line);
    for (const char *p = vc->h.path; *p; p++)
        emit(vc, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
    emit(vc, "\"\n");
    vc->out_line = line;
}

static void emit(struct viewc *vc, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char small[256];
    char *text = (size_t)n < sizeof small ? small : malloc((size_t)n + 1);
    if (n < 0 || !text)
        fail(&vc->h, vc->h.line, "out of memory");
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    buf_add(&vc->out, text, (size_t)n, OUTPUT_MAX);
    for (int i = 0; i < n; i++)
        vc->out_line += text[i] == '\n';
    if (text != small)
        free(text);
}

static void buf_add(struct buf *b, const char *s, size_t n, size_t max)
{
    if (n > max - b->n)
        fail(&view.h, view.h.line, "the view is too large");
    if (b->n + n > b->cap) {
        size_t cap = (b->n + n) * 2 + 1024;
        char *p = realloc(b->p, cap);
        if (!p)
            fail(&view.h, view.h.line, "out of memory");
        b->p = p;
        b->cap = cap;
    }
    memcpy(b->p + b->n, s, n);
    b->n += n;
}

static bool begins(const char *s, size_t n, const char *with)
{
    size_t length = strlen(with);
    return n >= length && memcmp(s, with, length) == 0;
}

static void trim(const char **s, size_t *n)
{
    while (*n && is_blank(**s))
        ++*s, --*n;
    while (*n && is_blank((*s)[*n - 1]))
        --*n;
}

/* Reads the file whole; a newline of two characters becomes one. */
static void read_input(struct viewc *vc)
{
    FILE *f = fopen(vc->h.path, "rb");
    vc->src = malloc(INPUT_MAX + 1);
    if (!f || !vc->src)
        fail(&vc->h, 1, "cannot read: %s", strerror(errno));
    size_t n = fread(vc->src, 1, INPUT_MAX + 1, f);
    if (ferror(f))
        fail(&vc->h, 1, "cannot read: %s", strerror(errno));
    fclose(f);
    if (n > INPUT_MAX)
        fail(&vc->h, 1, "the view is larger than %d bytes", INPUT_MAX);
    for (size_t i = 0; i < n; i++)
        if (vc->src[i] != '\r' || i + 1 == n || vc->src[i + 1] != '\n')
            vc->src[vc->len++] = vc->src[i];
    vc->src[vc->len] = 0; /* so that what counts blanks stops at the end */
    vc->h.p = vc->src;
    vc->h.end = vc->src + vc->len;
}

static void check_bytes(struct viewc *vc)
{
    const unsigned char *s = (const unsigned char *)vc->src;
    int line = 1;
    for (size_t i = 0; i < vc->len;) {
        size_t n = utf8_length(s + i, vc->len - i);
        if (!n)
            fail(&vc->h, line, "the view is not UTF-8");
        if ((s[i] < ' ' && s[i] != '\t' && s[i] != '\n') || s[i] == 127)
            fail(&vc->h, line, "control character %d", s[i]);
        if (vc->len - i >= 3 && memcmp(s + i, "\xef\xbb\xbf", 3) == 0)
            fail(&vc->h, line, "a byte order mark");
        line += s[i] == '\n';
        i += n;
    }
}

/* Length of the well-formed character at s (RFC 3629), or 0. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
    if (s[0] < 0x80)
        return 1;
    size_t want = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    if (!want || want > n)
        return 0;
    for (size_t i = 1; i < want; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return want;
}

static int write_output(struct viewc *vc, const char *path)
{
    FILE *f = path ? fopen(path, "wb") : stdout;
    if (!f || fwrite(vc->out.p, 1, vc->out.n, f) != vc->out.n || fflush(f) != 0) {
        fprintf(stderr, "viewc: cannot write %s: %s\n", path ? path : "stdout", strerror(errno));
        if (path && f)
            remove(path);
        return 1;
    }
    return 0;
}

static void usage(int code)
{
    fputs("usage: viewc [--extern] -n NAME -o OUT IN.html\n"
          "       viewc --declare -n NAME IN.html\n"
          "Compiles a view to C. NAME is a C name in lower case.\n",
          code ? stderr : stdout);
    exit(code);
}
