/* commonmark.c: cmark-gfm behind a lock; see commonmark.h. */
#include "text/commonmark.h"

#include <pthread.h>

#include "core/log.h"
#include "text/markdown.h"

/* The name is that of the parser's extension. */
static struct {
    const char *name;
    cmark_syntax_extension *extension;
} extensions[] = {{"table", NULL}, {"strikethrough", NULL}, {"autolink", NULL}, {"tasklist", NULL}};

enum { TABLE_EXTENSION, EXTENSIONS = sizeof extensions / sizeof *extensions };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void extensions_find(void)
{
    cmark_gfm_core_extensions_ensure_registered();
    for (size_t i = 0; i < EXTENSIONS; i++) {
        extensions[i].extension = cmark_find_syntax_extension(extensions[i].name);
        if (!extensions[i].extension)
            die("cmark-gfm has no extension '%s'", extensions[i].name);
    }
}

/* A line that may stand under a table's head: of nothing but "|:->" and blanks, quotes included. */
static bool rules_columns(struct str line, size_t *columns)
{
    bool dash = false;
    *columns = 0;
    for (size_t i = 0; i < line.n; i++) {
        if (str_find(S(" \t\r\v\f>|:-"), line.p[i]) < 0)
            return false;
        dash |= line.p[i] == '-';
        *columns += line.p[i] == '|' || line.p[i] == ':';
    }
    return dash && *columns;
}

static bool tables_fit(struct str source)
{
    size_t lines = 0, tables = 0, widest = 0, columns;
    struct str line;
    while (str_split(&source, '\n', &line)) {
        struct str part; /* a lone return ends a line, too */
        while (str_split(&line, '\r', &part)) {
            lines++;
            if (rules_columns(part, &columns)) {
                tables++;
                widest = columns + 1 > widest ? columns + 1 : widest;
            }
        }
    }
    return tables <= COMMONMARK_TABLES && widest * lines <= COMMONMARK_CELLS;
}

/* The parser unescapes before anyone can look: what was escaped gets a mark behind it. */
static struct str with_marks(struct arena *a, struct str source)
{
    if (str_find(source, '\\') < 0)
        return source;
    struct str mark = COMMONMARK_ESCAPED;
    char *p = arena_alloc(a, source.n / 2 * (2 + mark.n) + 1), *at = p;
    for (size_t i = 0; i < source.n; i++) {
        *at++ = source.p[i];
        if (source.p[i] != '\\' || i + 1 == source.n)
            continue;
        *at++ = source.p[++i];
        if (source.p[i] == '@' || source.p[i] == '#') {
            memcpy(at, mark.p, mark.n);
            at += mark.n;
        }
    }
    return str_make(p, (size_t)(at - p));
}

struct str commonmark_literal(struct arena *a, struct str literal)
{
    struct str mark = COMMONMARK_ESCAPED;
    ptrdiff_t found = str_find_str(literal, mark);
    if (found < 0)
        return text_clean(a, literal);
    char *p = arena_alloc(a, literal.n), *at = p;
    for (; found >= 0; found = str_find_str(literal, mark)) {
        memcpy(at, literal.p, (size_t)found);
        at += found;
        literal = str_from(literal, (size_t)found + mark.n);
    }
    memcpy(at, literal.p, literal.n);
    return text_clean(a, str_make(p, (size_t)(at - p) + literal.n));
}

cmark_node *commonmark_parse(struct arena *a, struct str source)
{
    source = text_clean(a, source);
    if (source.n > MARKDOWN_SOURCE)
        return NULL;
    source = with_marks(a, source);
    pthread_once(&once, extensions_find);
    pthread_mutex_lock(&lock);
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    for (size_t i = 0; i < EXTENSIONS; i++)
        if (i != TABLE_EXTENSION || tables_fit(source))
            cmark_parser_attach_syntax_extension(parser, extensions[i].extension);
    cmark_parser_feed(parser, source.n ? source.p : "", source.n);
    cmark_node *root = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    pthread_mutex_unlock(&lock);
    return root;
}

/* Of nodes that extensions made, only the names are public. */
static enum piece extension_piece(cmark_node *n)
{
    static const struct {
        const char *name;
        enum piece piece;
    } pieces[] = {
        {"table", P_TABLE},     {"table_header", P_ROW},  {"table_row", P_ROW},
        {"table_cell", P_CELL}, {"strikethrough", P_DEL},
    };
    struct str name = str_of(cmark_node_get_type_string(n));
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        if (str_is(name, pieces[i].name))
            return pieces[i].piece;
    return P_OTHER;
}

static enum piece block_piece(cmark_node *n, cmark_node_type type)
{
    switch (type) {
    case CMARK_NODE_DOCUMENT:
        return P_DOCUMENT;
    case CMARK_NODE_BLOCK_QUOTE:
        return P_QUOTE;
    case CMARK_NODE_LIST:
        return cmark_node_get_list_type(n) == CMARK_ORDERED_LIST ? P_NUMBERS : P_BULLETS;
    case CMARK_NODE_ITEM:
        return P_ITEM;
    case CMARK_NODE_CODE_BLOCK:
        return P_CODE_BLOCK;
    case CMARK_NODE_HTML_BLOCK:
        return P_HTML_BLOCK;
    case CMARK_NODE_PARAGRAPH:
        return P_PARAGRAPH;
    case CMARK_NODE_HEADING:
        return P_HEADING;
    case CMARK_NODE_THEMATIC_BREAK:
        return P_RULE;
    default:
        return extension_piece(n);
    }
}

enum piece commonmark_piece(cmark_node *n)
{
    cmark_node_type type = cmark_node_get_type(n);
    switch (type) {
    case CMARK_NODE_TEXT:
        return P_TEXT;
    case CMARK_NODE_SOFTBREAK:
        return P_SOFT_BREAK;
    case CMARK_NODE_LINEBREAK:
        return P_BREAK;
    case CMARK_NODE_CODE:
        return P_CODE;
    case CMARK_NODE_HTML_INLINE:
        return P_HTML;
    case CMARK_NODE_EMPH:
        return P_EM;
    case CMARK_NODE_STRONG:
        return P_STRONG;
    case CMARK_NODE_LINK:
        return P_LINK;
    case CMARK_NODE_IMAGE:
        return P_PICTURE;
    default:
        return block_piece(n, type);
    }
}

bool commonmark_tight(cmark_node *paragraph)
{
    cmark_node *item = cmark_node_parent(paragraph);
    cmark_node *list = item ? cmark_node_parent(item) : NULL;
    return list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
}
