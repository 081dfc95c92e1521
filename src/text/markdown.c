/* markdown.c: the tree of a Markdown text to HTML; see markdown.h.
 *
 * The tree is walked once, with an event for the begin and one for the end of each node. Pieces of
 * text are gathered until something else comes, since the parser cuts a text wherever a mark might
 * have been.
 *
 * WHY cmark-gfm: docs/decisions says why not md4c.
 */
#include "text/markdown.h"

#include "text/commonmark.h"
#include "text/link.h"
#include "text/names.h"

struct render {
    struct arena *arena;
    const struct markdown_hooks *hooks;
    struct out *html;
    struct out run;             /* text that is not yet written */
    uint32_t before;            /* the code point before it */
    unsigned asked;             /* how often a hook was */
    unsigned depth, cut;        /* elements open; from which on they are left out, or 0 */
    unsigned links, link;       /* links open; the one that is written, or 0 */
    unsigned pictures, picture; /* the same of pictures */
    unsigned column;            /* of the table's next cell */
    bool body;                  /* the table's head is written */
};

static void node_enter(struct render *r, cmark_node *n);
static void node_leave(struct render *r, cmark_node *n);

static bool tree_html(struct arena *a, cmark_node *root, const struct markdown_hooks *hooks,
                      struct out *html)
{
    static const struct markdown_hooks none;
    struct render r = {.arena = a, .hooks = hooks ? hooks : &none, .html = html};
    out_init(&r.run, SIZE_MAX / 2);
    cmark_iter *walk = cmark_iter_new(root);
    for (cmark_event_type event; (event = cmark_iter_next(walk)) != CMARK_EVENT_DONE;) {
        if (event == CMARK_EVENT_ENTER)
            node_enter(&r, cmark_iter_get_node(walk));
        else
            node_leave(&r, cmark_iter_get_node(walk));
        if (out_failed(html))
            break;
    }
    cmark_iter_free(walk);
    out_free(&r.run);
    return !out_failed(html);
}

bool markdown_html(struct arena *a, struct str source, const struct markdown_hooks *hooks,
                   struct out *html)
{
    cmark_node *root = commonmark_parse(a, source);
    if (!root) {
        html->failed = true;
        return false;
    }
    bool made = tree_html(a, root, hooks, html);
    cmark_node_free(root);
    return made;
}

/* ---- text ---- */

static void run_write(struct render *r, struct str s);
static bool name_write(struct render *r, char sign, struct str name);

static struct str literal(struct render *r, const char *c)
{
    return commonmark_literal(r->arena, str_of(c));
}

static void text_html(struct render *r, struct str s)
{
    out_html(r->html, commonmark_literal(r->arena, s));
}

/* Writes what was gathered, before something else is written. */
static void run_flush(struct render *r)
{
    struct str s = out_text(&r->run);
    if (!s.n)
        return;
    if (r->links || r->picture || (!r->hooks->mention && !r->hooks->tag))
        text_html(r, s);
    else
        run_write(r, s);
    r->before = names_last(s);
    out_clear(&r->run);
}

static void run_write(struct render *r, struct str s)
{
    size_t from = 0;
    for (size_t at = names_next(s, 0); at < s.n; at = names_next(s, at)) {
        size_t n = names_length(s, at, r->before);
        if (n) {
            text_html(r, str_make(s.p + from, at - from));
            from = at;
            if (name_write(r, s.p[at], str_make(s.p + at + 1, n)))
                from = at + 1 + n;
        }
        at += 1 + n;
    }
    text_html(r, str_from(s, from));
}

static bool name_write(struct render *r, char sign, struct str name)
{
    bool (*hook)(void *, struct str, struct out *) =
        sign == '@' ? r->hooks->mention : r->hooks->tag;
    return hook && r->asked++ < MARKDOWN_HOOKS && hook(r->hooks->ctx, name, r->html);
}

/* ---- elements ---- */

#define TABLE_OPEN                                                                                 \
    "<div class=\"table-wrap\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table>\n"

static const struct {
    struct str open, close;
    bool container; /* may hold its like: left out, with what it holds, when too deep */
} elements[] = {
    [P_DOCUMENT] = {S(""), S(""), false},
    [P_QUOTE] = {S("<blockquote>\n"), S("</blockquote>\n"), true},
    [P_BULLETS] = {S("<ul>\n"), S("</ul>\n"), true},
    [P_NUMBERS] = {S("<ol"), S("</ol>\n"), true},
    [P_ITEM] = {S("<li>"), S("</li>\n"), false},
    [P_CODE_BLOCK] = {S("<pre tabindex=\"0\"><code"), S("</code></pre>\n"), false},
    [P_HTML_BLOCK] = {S("<p>"), S("</p>\n"), false},
    [P_PARAGRAPH] = {S("<p>"), S("</p>\n"), false},
    [P_HEADING] = {S("<h"), S("</h"), false},
    [P_RULE] = {S("<hr>\n"), S(""), false},
    [P_TABLE] = {S(TABLE_OPEN), S("</table></div>\n"), true},
    [P_ROW] = {S("<tr>\n"), S("</tr>\n"), false},
    [P_CELL] = {S("<t"), S("</t"), false},
    [P_TEXT] = {S(""), S(""), false},
    [P_SOFT_BREAK] = {S(""), S(""), false},
    [P_BREAK] = {S("<br>\n"), S(""), false},
    [P_CODE] = {S("<code>"), S("</code>"), false},
    [P_HTML] = {S(""), S(""), false},
    [P_EM] = {S("<em>"), S("</em>"), true},
    [P_STRONG] = {S("<strong>"), S("</strong>"), true},
    [P_DEL] = {S("<del>"), S("</del>"), true},
    [P_LINK] = {S(""), S("</a>"), true},
    [P_PICTURE] = {S(""), S(""), true},
    [P_OTHER] = {S(""), S(""), false},
};

static unsigned heading_level(cmark_node *n)
{
    int level = cmark_node_get_heading_level(n);
    return level < 4 ? (unsigned)level + 2 : 6;
}

static void numbers_open(struct render *r, cmark_node *n)
{
    int start = cmark_node_get_list_start(n);
    if (start != 1)
        out_fmt(r->html, " start=\"%d\"", start);
    out_lit(r->html, ">\n");
}

/* The box of a task goes into the item's first paragraph, where there is one. */
static void task_box(struct render *r, cmark_node *item)
{
    if (!str_is(S("tasklist"), cmark_node_get_type_string(item)))
        return;
    out_str(r->html, cmark_gfm_extensions_get_tasklist_item_checked(item)
                         ? S("<input type=\"checkbox\" checked disabled aria-label=\"Done\"> ")
                         : S("<input type=\"checkbox\" disabled aria-label=\"To do\"> "));
}

static void item_open(struct render *r, cmark_node *n)
{
    cmark_node *first = cmark_node_first_child(n);
    bool loose = first && commonmark_piece(first) == P_PARAGRAPH && !commonmark_tight(first);
    if (!loose)
        task_box(r, n);
}

static void paragraph_open(struct render *r, cmark_node *n)
{
    if (!cmark_node_previous(n))
        task_box(r, cmark_node_parent(n));
}

/* The first word behind the fence is the language. */
static void code_block_write(struct render *r, cmark_node *n)
{
    struct str info = literal(r, cmark_node_get_fence_info(n)), language = S("");
    str_split(&info, ' ', &language);
    if (language.n) {
        out_lit(r->html, " class=\"language-");
        out_html(r->html, language);
        out_char(r->html, '"');
    }
    out_char(r->html, '>');
    out_html(r->html, literal(r, cmark_node_get_literal(n)));
}

static bool in_head(cmark_node *row)
{
    return cmark_gfm_extensions_get_table_row_is_header(row);
}

static void row_open(struct render *r, cmark_node *n)
{
    r->column = 0;
    if (in_head(n))
        out_lit(r->html, "<thead>\n");
    else if (!r->body)
        out_lit(r->html, "<tbody>\n");
    r->body = !in_head(n);
}

static void cell_open(struct render *r, cmark_node *n)
{
    cmark_node *row = cmark_node_parent(n), *table = cmark_node_parent(row);
    const uint8_t *align = cmark_gfm_extensions_get_table_alignments(table);
    unsigned columns = cmark_gfm_extensions_get_table_columns(table);
    char way = align && r->column < columns ? (char)align[r->column] : 0;
    r->column++;
    out_char(r->html, in_head(row) ? 'h' : 'd');
    out_str(r->html, way == 'c'   ? S(" class=\"align-center\">")
                     : way == 'r' ? S(" class=\"align-right\">")
                                  : S(">"));
}

static void link_enter(struct render *r, cmark_node *n)
{
    r->links++;
    struct link l = link_judge(r->arena, literal(r, cmark_node_get_url(n)));
    if (r->link || l.kind == LINK_REFUSED)
        return;
    link_open(r->html, l, literal(r, cmark_node_get_title(n)));
    r->link = r->links;
}

static void link_leave(struct render *r)
{
    if (r->link == r->links) {
        out_str(r->html, elements[P_LINK].close);
        r->link = 0;
    }
    r->links--;
}

static void picture_enter(struct render *r, cmark_node *n)
{
    r->pictures++;
    struct link l = link_judge(r->arena, literal(r, cmark_node_get_url(n)));
    if (r->picture || !link_shows(l))
        return;
    out_lit(r->html, "<img src=\"");
    link_url(r->html, l);
    out_char(r->html, '"');
    if (l.kind == LINK_INSIDE && r->hooks->picture && r->asked++ < MARKDOWN_HOOKS)
        r->hooks->picture(r->hooks->ctx, l.url, r->html);
    out_lit(r->html, " alt=\"");
    r->picture = r->pictures;
}

static void picture_leave(struct render *r, cmark_node *n)
{
    if (r->picture == r->pictures) {
        struct str title = literal(r, cmark_node_get_title(n));
        if (title.n) {
            out_lit(r->html, "\" title=\"");
            out_html(r->html, title);
        }
        out_lit(r->html, "\" loading=\"lazy\">");
        r->picture = 0;
        r->before = ' ';
    }
    r->pictures--;
}

/* ---- events ---- */

/* What begins and ends at once. */
static void leaf_write(struct render *r, cmark_node *n, enum piece piece)
{
    bool bare = r->cut || r->picture; /* a picture's text has no marks */
    if (piece == P_TEXT) {
        out_str(&r->run, str_of(cmark_node_get_literal(n)));
        return;
    }
    if (piece == P_SOFT_BREAK || (piece == P_BREAK && bare)) {
        out_str(&r->run, r->picture ? S(" ") : S("\n"));
        return;
    }
    run_flush(r);
    struct str s = literal(r, cmark_node_get_literal(n));
    if (piece == P_HTML_BLOCK)
        s = str_trim(s);
    if (!bare)
        out_str(r->html, elements[piece].open);
    if (piece == P_CODE_BLOCK && !bare)
        code_block_write(r, n);
    else
        out_html(r->html, s);
    if (!bare)
        out_str(r->html, elements[piece].close);
    r->before = piece <= P_CELL || !s.n ? ' ' : names_last(s);
}

static bool is_leaf(enum piece piece)
{
    return piece == P_CODE_BLOCK || piece == P_HTML_BLOCK || piece == P_RULE ||
           (piece >= P_TEXT && piece <= P_HTML);
}

static void element_open(struct render *r, cmark_node *n, enum piece piece)
{
    if (piece == P_ROW)
        row_open(r, n);
    if (piece == P_PARAGRAPH && commonmark_tight(n))
        return;
    out_str(r->html, elements[piece].open);
    if (piece == P_NUMBERS)
        numbers_open(r, n);
    else if (piece == P_ITEM)
        item_open(r, n);
    else if (piece == P_PARAGRAPH)
        paragraph_open(r, n);
    else if (piece == P_HEADING)
        out_fmt(r->html, "%u>", heading_level(n));
    else if (piece == P_CELL)
        cell_open(r, n);
    else if (piece == P_TABLE)
        r->body = false;
}

static void element_close(struct render *r, cmark_node *n, enum piece piece)
{
    if (piece == P_TABLE && r->body)
        out_lit(r->html, "</tbody>\n");
    if (piece == P_PARAGRAPH && commonmark_tight(n)) {
        if (cmark_node_next(n))
            out_char(r->html, '\n');
        return;
    }
    out_str(r->html, elements[piece].close);
    if (piece == P_HEADING)
        out_fmt(r->html, "%u>\n", heading_level(n));
    else if (piece == P_CELL)
        out_str(r->html, in_head(cmark_node_parent(n)) ? S("h>\n") : S("d>\n"));
    else if (piece == P_ROW && in_head(n))
        out_lit(r->html, "</thead>\n");
}

static void node_enter(struct render *r, cmark_node *n)
{
    enum piece piece = commonmark_piece(n);
    if (is_leaf(piece)) {
        leaf_write(r, n, piece);
        return;
    }
    run_flush(r);
    if (piece <= P_CELL)
        r->before = 0;
    r->depth++;
    if (!r->cut && elements[piece].container && r->depth > MARKDOWN_DEPTH)
        r->cut = r->depth;
    if (r->cut) {
        if (piece <= P_CELL)
            out_char(r->html, '\n'); /* keeps the words apart */
    } else if (piece == P_PICTURE) {
        picture_enter(r, n);
    } else if (r->picture) {
        return; /* only its text */
    } else if (piece == P_LINK) {
        link_enter(r, n);
    } else {
        element_open(r, n, piece);
    }
}

static void node_leave(struct render *r, cmark_node *n)
{
    enum piece piece = commonmark_piece(n);
    run_flush(r);
    if (r->cut)
        r->cut = r->cut == r->depth ? 0 : r->cut;
    else if (piece == P_PICTURE)
        picture_leave(r, n);
    else if (!r->picture && piece == P_LINK)
        link_leave(r);
    else if (!r->picture)
        element_close(r, n, piece);
    r->depth--;
}

void markdown_link(struct out *o, struct str class, struct str prefix, struct str key,
                   struct str sign, struct str text)
{
    out_lit(o, "<a class=\"");
    out_html(o, class);
    out_lit(o, "\" href=\"");
    out_html(o, prefix);
    out_url(o, key);
    out_lit(o, "\">");
    out_html(o, sign);
    out_html(o, text);
    out_lit(o, "</a>");
}

/* ---- the names in a text ---- */

struct scan {
    struct arena *arena;
    struct markdown_names *mentions, *tags;
};

static bool names_keep(struct scan *s, struct markdown_names *names, struct str name)
{
    if (!names || names->n == names->most)
        return false;
    for (size_t i = 0; i < names->n; i++)
        if (str_eq_nocase(names->name[i], name))
            return false;
    names->name[names->n++] = str_dup(s->arena, name); /* the text it stands in is only gathered */
    return false;
}

static bool scan_mention(void *ctx, struct str handle, struct out *o)
{
    (void)o;
    struct scan *s = ctx;
    return names_keep(s, s->mentions, handle);
}

static bool scan_tag(void *ctx, struct str tag, struct out *o)
{
    (void)o;
    struct scan *s = ctx;
    return names_keep(s, s->tags, tag);
}

void markdown_scan(struct arena *a, struct str source, struct markdown_names *mentions,
                   struct markdown_names *tags)
{
    if (names_next(source, 0) == source.n)
        return; /* most texts have none */
    struct scan s = {a, mentions, tags};
    struct markdown_hooks hooks = {&s, mentions ? scan_mention : NULL, tags ? scan_tag : NULL};
    struct out html; /* thrown away; its maximum ends the work on a text that is out to make some */
    out_init(&html, 32 * MARKDOWN_SOURCE);
    markdown_html(a, source, &hooks, &html);
    out_free(&html);
}

size_t markdown_mentions(struct arena *a, struct str source, struct str *handles, size_t most)
{
    struct markdown_names names = {handles, 0, most};
    markdown_scan(a, source, &names, NULL);
    return names.n;
}

size_t markdown_tags(struct arena *a, struct str source, struct str *tags, size_t most)
{
    struct markdown_names names = {tags, 0, most};
    markdown_scan(a, source, NULL, &names);
    return names.n;
}

/* ---- plain text ---- */

static struct str tree_text(struct arena *a, cmark_node *root)
{
    struct out o;
    out_init(&o, SIZE_MAX / 2);
    struct plain plain = {&o, false};
    cmark_iter *walk = cmark_iter_new(root);
    while (cmark_iter_next(walk) != CMARK_EVENT_DONE) {
        cmark_node *n = cmark_iter_get_node(walk);
        enum piece piece = commonmark_piece(n);
        if (piece <= P_CELL || piece == P_SOFT_BREAK || piece == P_BREAK)
            plain_gap(&plain);
        if (is_leaf(piece))
            plain_add(&plain, commonmark_literal(a, str_of(cmark_node_get_literal(n))));
    }
    cmark_iter_free(walk);
    return out_take(&o, a);
}

struct str markdown_text(struct arena *a, struct str source)
{
    source = text_clean(a, source);
    if (source.n > MARKDOWN_SOURCE) { /* what may be longer is cut between two characters */
        source.n = MARKDOWN_SOURCE;
        while (source.n && ((unsigned char)source.p[source.n] & 0xC0) == 0x80)
            source.n--;
    }
    cmark_node *root = commonmark_parse(a, source);
    struct str text = tree_text(a, root);
    cmark_node_free(root);
    return text;
}

struct str markdown_both(struct arena *a, struct str source, const struct markdown_hooks *hooks,
                         struct out *html)
{
    cmark_node *root = commonmark_parse(a, source);
    if (!root) {
        html->failed = true;
        return markdown_text(a, source);
    }
    tree_html(a, root, hooks, html);
    struct str text = tree_text(a, root);
    cmark_node_free(root);
    return text;
}
