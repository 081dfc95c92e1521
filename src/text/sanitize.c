/* sanitize.c: the tree of foreign HTML, written anew; see sanitize.h.
 *
 * The writer does not mirror the tree, it opens what the text needs. Inline content in a place for
 * blocks opens a paragraph; inline elements are wanted from where they begin, opened before the
 * next piece of text, closed before each block and opened again behind it. So a paragraph never
 * holds a block, nothing crosses, empty elements vanish, and <div>s come out as paragraphs.
 *
 * WHY not copy and filter: what browsers make of HTML that nests as it must not is not what the
 * filter saw, and most holes in sanitisers are of that kind.
 */
#include "text/sanitize.h"

#include "text/link.h"
#include "text/tree.h"

enum { WANTED = 16, SIZE_LIMIT = 10000, SPAN_LIMIT = 100, LIST_DEPTH = 4 };

/* ---- the allow-list ---- */

enum act {
    UNWRAP, /* leaves its content: also what is not in the table */
    PARA,   /* the same, but a paragraph of its own */
    DROP,   /* goes with its content */
    INLINE,
    BLOCK,
    BREAK,
    RULER,
    PICTURE,
};

/* What a place holds. PHRASE: inline only. FLOW: anything. The others: only what needs them. */
enum place { ANYWHERE, FLOW, QUOTE, PHRASE, LIST, DEFINITIONS, FOLD, TABLE, SECTION, ROW };

struct element {
    enum act act;
    enum place inside, needs;
    struct str name;
};

static const struct element elements[GUMBO_TAG_LAST + 1] = {
    [GUMBO_TAG_P] = {.act = PARA},
    [GUMBO_TAG_DIV] = {.act = PARA},
    [GUMBO_TAG_ARTICLE] = {.act = PARA},
    [GUMBO_TAG_SECTION] = {.act = PARA},
    [GUMBO_TAG_NAV] = {.act = PARA},
    [GUMBO_TAG_ASIDE] = {.act = PARA},
    [GUMBO_TAG_HGROUP] = {.act = PARA},
    [GUMBO_TAG_HEADER] = {.act = PARA},
    [GUMBO_TAG_FOOTER] = {.act = PARA},
    [GUMBO_TAG_ADDRESS] = {.act = PARA},
    [GUMBO_TAG_FIGURE] = {.act = PARA},
    [GUMBO_TAG_FIGCAPTION] = {.act = PARA},
    [GUMBO_TAG_MAIN] = {.act = PARA},
    [GUMBO_TAG_FIELDSET] = {.act = PARA},
    [GUMBO_TAG_LEGEND] = {.act = PARA},
    [GUMBO_TAG_CENTER] = {.act = PARA},
    [GUMBO_TAG_FORM] = {.act = PARA}, /* gumbo leaves what is in it behind it, so it stays */
    [GUMBO_TAG_MENU] = {.act = PARA},
    [GUMBO_TAG_DIR] = {.act = PARA},
    [GUMBO_TAG_XMP] = {.act = PARA},
    [GUMBO_TAG_LISTING] = {.act = PARA},
    [GUMBO_TAG_PLAINTEXT] = {.act = PARA},

    [GUMBO_TAG_SCRIPT] = {.act = DROP},
    [GUMBO_TAG_STYLE] = {.act = DROP},
    [GUMBO_TAG_IFRAME] = {.act = DROP},
    [GUMBO_TAG_OBJECT] = {.act = DROP},
    [GUMBO_TAG_EMBED] = {.act = DROP},
    [GUMBO_TAG_APPLET] = {.act = DROP},
    [GUMBO_TAG_SVG] = {.act = DROP},
    [GUMBO_TAG_MATH] = {.act = DROP},
    [GUMBO_TAG_TEMPLATE] = {.act = DROP},
    [GUMBO_TAG_NOSCRIPT] = {.act = DROP},
    [GUMBO_TAG_NOEMBED] = {.act = DROP},
    [GUMBO_TAG_NOFRAMES] = {.act = DROP},
    [GUMBO_TAG_TEXTAREA] = {.act = DROP},
    [GUMBO_TAG_SELECT] = {.act = DROP},
    [GUMBO_TAG_DATALIST] = {.act = DROP},
    [GUMBO_TAG_TITLE] = {.act = DROP},

    [GUMBO_TAG_A] = {.act = INLINE, .name = S("a")},
    [GUMBO_TAG_ABBR] = {.act = INLINE, .name = S("abbr")},
    [GUMBO_TAG_ACRONYM] = {.act = INLINE, .name = S("abbr")},
    [GUMBO_TAG_B] = {.act = INLINE, .name = S("b")},
    [GUMBO_TAG_CODE] = {.act = INLINE, .name = S("code")},
    [GUMBO_TAG_DEL] = {.act = INLINE, .name = S("del")},
    [GUMBO_TAG_EM] = {.act = INLINE, .name = S("em")},
    [GUMBO_TAG_I] = {.act = INLINE, .name = S("i")},
    [GUMBO_TAG_INS] = {.act = INLINE, .name = S("ins")},
    [GUMBO_TAG_KBD] = {.act = INLINE, .name = S("kbd")},
    [GUMBO_TAG_S] = {.act = INLINE, .name = S("s")},
    [GUMBO_TAG_SAMP] = {.act = INLINE, .name = S("samp")},
    [GUMBO_TAG_STRIKE] = {.act = INLINE, .name = S("s")},
    [GUMBO_TAG_STRONG] = {.act = INLINE, .name = S("strong")},
    [GUMBO_TAG_SUB] = {.act = INLINE, .name = S("sub")},
    [GUMBO_TAG_SUP] = {.act = INLINE, .name = S("sup")},
    [GUMBO_TAG_TT] = {.act = INLINE, .name = S("code")},
    [GUMBO_TAG_U] = {.act = INLINE, .name = S("u")},

    [GUMBO_TAG_BR] = {.act = BREAK},
    [GUMBO_TAG_HR] = {.act = RULER},
    [GUMBO_TAG_IMG] = {.act = PICTURE},

    [GUMBO_TAG_H1] = {BLOCK, PHRASE, FLOW, S("h3")},
    [GUMBO_TAG_H2] = {BLOCK, PHRASE, FLOW, S("h4")},
    [GUMBO_TAG_H3] = {BLOCK, PHRASE, FLOW, S("h5")},
    [GUMBO_TAG_H4] = {BLOCK, PHRASE, FLOW, S("h6")},
    [GUMBO_TAG_H5] = {BLOCK, PHRASE, FLOW, S("h6")},
    [GUMBO_TAG_H6] = {BLOCK, PHRASE, FLOW, S("h6")},
    [GUMBO_TAG_PRE] = {BLOCK, PHRASE, FLOW, S("pre")},
    [GUMBO_TAG_BLOCKQUOTE] = {BLOCK, QUOTE, FLOW, S("blockquote")},
    [GUMBO_TAG_UL] = {BLOCK, LIST, FLOW, S("ul")},
    [GUMBO_TAG_OL] = {BLOCK, LIST, FLOW, S("ol")},
    [GUMBO_TAG_LI] = {BLOCK, FLOW, LIST, S("li")},
    [GUMBO_TAG_DL] = {BLOCK, DEFINITIONS, FLOW, S("dl")},
    [GUMBO_TAG_DT] = {BLOCK, PHRASE, DEFINITIONS, S("dt")},
    [GUMBO_TAG_DD] = {BLOCK, FLOW, DEFINITIONS, S("dd")},
    [GUMBO_TAG_DETAILS] = {BLOCK, FOLD, FLOW, S("details")},
    [GUMBO_TAG_SUMMARY] = {BLOCK, PHRASE, FOLD, S("summary")},
    [GUMBO_TAG_TABLE] = {BLOCK, TABLE, FLOW, S("table")},
    [GUMBO_TAG_CAPTION] = {BLOCK, PHRASE, TABLE, S("caption")},
    [GUMBO_TAG_THEAD] = {BLOCK, SECTION, TABLE, S("thead")},
    [GUMBO_TAG_TBODY] = {BLOCK, SECTION, TABLE, S("tbody")},
    [GUMBO_TAG_TFOOT] = {BLOCK, SECTION, TABLE, S("tbody")},
    [GUMBO_TAG_TR] = {BLOCK, ROW, SECTION, S("tr")},
    [GUMBO_TAG_TH] = {BLOCK, FLOW, ROW, S("th")},
    [GUMBO_TAG_TD] = {BLOCK, FLOW, ROW, S("td")},
};

static const struct element *element_of(const GumboNode *n)
{
    static const struct element dropped = {.act = DROP};
    if (n->type != GUMBO_NODE_ELEMENT || n->v.element.tag_namespace != GUMBO_NAMESPACE_HTML)
        return &dropped; /* templates, comments, svg and math */
    return &elements[n->v.element.tag];
}

static bool is_text(const GumboNode *n)
{
    return n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_WHITESPACE ||
           n->type == GUMBO_NODE_CDATA;
}

/* ---- writing ---- */

/* A place in what is written. */
struct place_open {
    enum place kind;
    bool bare;  /* inline content stands here as it is: in a list item that is no paragraph */
    bool run;   /* inline content has begun and is not closed by a block */
    bool begun; /* something was written here */
};

struct wanted {
    const struct element *element;
    struct link link;
    struct str title;
};

struct writer {
    struct arena *arena;
    struct out *o;
    struct place_open *place;
    struct wanted wanted[WANTED]; /* inline elements, the outermost first */
    size_t n_wanted, n_open;      /* so many of them are open */
    bool gap;                     /* a blank before the next inline content */
    unsigned pre;
};

static void children_write(struct writer *w, const GumboNode *n, unsigned depth);
static void node_write(struct writer *w, const GumboNode *n, unsigned depth);
static void flat_write(struct writer *w, const GumboNode *root);
static void text_write(struct writer *w, struct str s);

static bool refuse(struct arena *a, struct str html, struct out *clean)
{
    out_lit(clean, "<p>");
    out_html(clean, text_clean(a, html));
    out_lit(clean, "</p>\n");
    return false;
}

static void run_end(struct writer *w);

bool sanitize_html(struct arena *a, struct str html, struct out *clean)
{
    struct arena *scratch = arena_new(SIZE_MAX);
    const GumboNode *root = tree_parse(scratch, text_clean(scratch, html));
    struct place_open page = {.kind = QUOTE};
    struct writer w = {.arena = scratch, .o = clean, .place = &page};
    if (root) {
        children_write(&w, root, 0);
        run_end(&w);
    }
    arena_free(scratch);
    return root ? !out_failed(clean) : refuse(a, html, clean);
}

/* ---- runs of inline content ---- */

/* A return that was written as &#13; is the end of a line, as it is where it is read again. */
static struct str text_read(struct writer *w, struct str s)
{
    s = text_clean(w->arena, s);
    if (str_find(s, '\r') < 0)
        return s;
    char *p = arena_bytes(w->arena, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\r')
            p[n++] = s.p[i];
        else if (i + 1 == s.n || s.p[i + 1] != '\n')
            p[n++] = '\n';
    return str_make(p, n);
}

static void wanted_open(struct writer *w, const struct wanted *e)
{
    if (e->element == &elements[GUMBO_TAG_A]) {
        link_open(w->o, e->link, e->title);
        return;
    }
    out_char(w->o, '<');
    out_str(w->o, e->element->name);
    if (e->title.n) {
        out_lit(w->o, " title=\"");
        out_html(w->o, e->title);
        out_char(w->o, '"');
    }
    out_char(w->o, '>');
}

static void element_close(struct writer *w, const struct element *e)
{
    out_lit(w->o, "</");
    out_str(w->o, e->name);
    out_char(w->o, '>');
}

/* Before inline content: the paragraph, the blank and the elements it needs. */
static void run_begin(struct writer *w)
{
    struct place_open *p = w->place;
    if (!p->run && !p->bare)
        out_lit(w->o, "<p>");
    else if (p->run && w->gap)
        out_char(w->o, w->pre ? '\n' : ' ');
    w->gap = false;
    p->run = p->begun = true;
    while (w->n_open < w->n_wanted)
        wanted_open(w, &w->wanted[w->n_open++]);
}

static void run_end(struct writer *w)
{
    while (w->n_open > 0)
        element_close(w, w->wanted[--w->n_open].element);
    if (w->place->run && !w->place->bare)
        out_lit(w->o, "</p>\n");
    w->place->run = false;
    w->gap = false;
}

static bool place_is_structure(const struct place_open *p)
{
    return p->kind == LIST || p->kind == DEFINITIONS || p->kind >= TABLE;
}

static void inline_write(struct writer *w, const GumboNode *n, const struct element *e,
                         unsigned depth)
{
    struct wanted wanted = {.element = e, .title = S("")};
    bool link = e == &elements[GUMBO_TAG_A], nested = false;
    for (size_t i = 0; i < w->n_wanted; i++)
        nested |= link && w->wanted[i].element == e;
    if (link)
        wanted.link = link_judge(w->arena, tree_attribute(n, "href"));
    if (link || str_eq(e->name, S("abbr")))
        wanted.title = text_read(w, tree_attribute(n, "title"));
    bool anchor = link && !gumbo_get_attribute(&n->v.element.attributes, "href");
    bool refused = nested || anchor || (link && wanted.link.kind == LINK_REFUSED);
    if (refused || w->n_wanted == WANTED) {
        children_write(w, n, depth + 1);
        return;
    }
    w->wanted[w->n_wanted++] = wanted;
    children_write(w, n, depth + 1);
    w->n_wanted--;
    if (w->n_open > w->n_wanted) {
        element_close(w, e);
        w->n_open--;
    }
}

static void number_write(struct writer *w, const GumboNode *n, const char *name, int64_t limit)
{
    int64_t value;
    if (!str_int(tree_attribute(n, name), &value) || value < 1 || value > limit)
        return;
    out_fmt(w->o, " %s=\"", name);
    out_int(w->o, value);
    out_char(w->o, '"');
}

static void picture_write(struct writer *w, const GumboNode *n)
{
    struct link l = link_judge(w->arena, tree_attribute(n, "src"));
    struct str alt = text_read(w, tree_attribute(n, "alt"));
    struct str title = text_read(w, tree_attribute(n, "title"));
    if (!link_shows(l) || !l.url.n) {
        text_write(w, alt);
        return;
    }
    run_begin(w);
    out_lit(w->o, "<img src=\"");
    link_url(w->o, l);
    out_lit(w->o, "\" alt=\"");
    out_html(w->o, alt);
    if (title.n) {
        out_lit(w->o, "\" title=\"");
        out_html(w->o, title);
    }
    out_char(w->o, '"');
    number_write(w, n, "width", SIZE_LIMIT);
    number_write(w, n, "height", SIZE_LIMIT);
    out_lit(w->o, " loading=\"lazy\">");
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void pre_write(struct writer *w, struct str s)
{
    bool first = !w->place->run && !w->n_wanted;
    run_begin(w);
    if (first && s.p[0] == '\n')
        out_char(w->o, '\n'); /* parsers drop the one right behind <pre> */
    out_html(w->o, s);
}

static void text_write(struct writer *w, struct str s)
{
    s = text_read(w, s);
    if (!s.n || (place_is_structure(w->place) && !str_trim(s).n))
        return;
    if (w->pre) {
        pre_write(w, s);
        return;
    }
    struct str core = str_trim(s);
    w->gap |= blank(s.p[0]);
    if (!core.n)
        return;
    run_begin(w);
    out_html(w->o, core);
    w->gap = blank(s.p[s.n - 1]);
}

/* ---- blocks ---- */

static void block_attributes(struct writer *w, const GumboNode *n, const struct element *e)
{
    int64_t start;
    if (e == &elements[GUMBO_TAG_TD] || e == &elements[GUMBO_TAG_TH]) {
        number_write(w, n, "colspan", SPAN_LIMIT);
        number_write(w, n, "rowspan", SPAN_LIMIT);
    } else if (e == &elements[GUMBO_TAG_OL] && str_int(tree_attribute(n, "start"), &start) &&
               start == (int32_t)start && start != 1) {
        out_fmt(w->o, " start=\"%d\"", (int)start);
    } else if (e == &elements[GUMBO_TAG_PRE]) {
        out_lit(w->o, " tabindex=\"0\"");
    }
}

/* An empty one is taken back, but for the pieces of lists and tables, whose number matters. */
static void block_write(struct writer *w, const GumboNode *n, const struct element *e,
                        unsigned depth)
{
    bool table = e->inside == TABLE, pre = e == &elements[GUMBO_TAG_PRE];
    bool stays = e->needs != FLOW && e->inside == FLOW;
    run_end(w);
    size_t before = w->o->n;
    if (table)
        out_lit(w->o, "<div class=\"table-wrap\" tabindex=\"0\" role=\"group\""
                      " aria-label=\"Table\">");
    out_char(w->o, '<');
    out_str(w->o, e->name);
    block_attributes(w, n, e);
    out_str(w->o, e->inside == PHRASE || e->inside == FLOW ? S(">") : S(">\n"));

    struct place_open inside = {.kind = e->inside}, *outside = w->place;
    inside.bare = e->inside == PHRASE || e->inside == FLOW;
    w->place = &inside;
    w->pre += pre;
    children_write(w, n, depth + 1);
    run_end(w);
    w->pre -= pre;
    w->place = outside;
    if (!inside.begun && !stays) {
        if (!out_failed(w->o))
            w->o->n = before;
        return;
    }
    outside->begun = true;
    element_close(w, e);
    out_str(w->o, table ? S("</div>\n") : S("\n"));
}

/* A paragraph where blocks may stand; elsewhere at least no word runs into the next. */
static void para_write(struct writer *w, const GumboNode *n, unsigned depth)
{
    struct place_open *p = w->place;
    if (p->kind == PHRASE) {
        w->gap = true;
        children_write(w, n, depth + 1);
        w->gap = true;
        return;
    }
    bool bare = p->bare;
    run_end(w);
    p->bare = false;
    children_write(w, n, depth + 1);
    run_end(w);
    p->bare = bare;
}

static bool fits(const struct writer *w, const struct element *e, unsigned depth)
{
    enum place here = w->place->kind;
    bool flow = here == FLOW || here == QUOTE || here == FOLD;
    if (e->inside >= LIST && depth + LIST_DEPTH > SANITIZE_DEPTH)
        return false; /* its pieces would not all find room */
    if (e->needs == FOLD)
        return here == FOLD && !w->place->begun;
    return e->needs == FLOW ? flow : here == e->needs;
}

/* What stands in a list and is no item becomes one, together with what stands next to it. */
static void items_write(struct writer *w, const GumboNode *n, unsigned depth)
{
    enum place kind = w->place->kind;
    const struct element *item = &elements[kind == LIST ? GUMBO_TAG_LI : GUMBO_TAG_DD];
    struct place_open stray = {.kind = FLOW, .bare = true}, *list = w->place;
    bool open = false;
    for (unsigned i = 0; i <= tree_count(n); i++) {
        const GumboNode *child = i < tree_count(n) ? tree_child(n, i) : NULL;
        bool fit = !child || element_of(child)->needs == kind;
        bool nothing = child && (is_text(child) ? !str_trim(str_of(child->v.text.text)).n
                                                : element_of(child)->act == DROP);
        if (nothing && !open)
            continue;
        if (fit && open) {
            run_end(w);
            w->place = list;
            element_close(w, item);
            out_char(w->o, '\n');
            open = false;
        } else if (!fit && !open) {
            out_char(w->o, '<');
            out_str(w->o, item->name);
            out_char(w->o, '>');
            list->begun = open = true;
            stray.run = stray.begun = false;
            w->place = &stray;
        }
        if (child)
            node_write(w, child, depth);
    }
}

/* ---- the tree ---- */

static void children_write(struct writer *w, const GumboNode *n, unsigned depth)
{
    bool list = w->place->kind == LIST || w->place->kind == DEFINITIONS;
    if (list && depth <= SANITIZE_DEPTH) {
        items_write(w, n, depth);
        return;
    }
    for (unsigned i = 0; i < tree_count(n) && !out_failed(w->o); i++)
        node_write(w, tree_child(n, i), depth);
}

static void node_write(struct writer *w, const GumboNode *n, unsigned depth)
{
    if (is_text(n)) {
        text_write(w, str_of(n->v.text.text));
        return;
    }
    if (depth > SANITIZE_DEPTH) {
        flat_write(w, n);
        return;
    }
    const struct element *e = element_of(n);
    switch (e->act) {
    case UNWRAP:
        children_write(w, n, depth + 1);
        break;
    case PARA:
        para_write(w, n, depth);
        break;
    case DROP:
        break;
    case INLINE:
        inline_write(w, n, e, depth);
        break;
    case BLOCK:
        if (fits(w, e, depth))
            block_write(w, n, e, depth);
        else
            para_write(w, n, depth);
        break;
    case BREAK:
        if (w->pre) {
            pre_write(w, S("\n"));
        } else if (w->place->run) {
            run_begin(w);
            out_lit(w->o, "<br>");
        }
        break;
    case RULER:
        if (w->place->kind == PHRASE) {
            w->gap = true;
            break;
        }
        run_end(w);
        out_lit(w->o, "<hr>\n");
        w->place->begun = true;
        break;
    case PICTURE:
        picture_write(w, n);
        break;
    }
}

/* ---- text alone ---- */

/* The node behind `n` in reading order, within root; *up tells of each element that ends. */
static const GumboNode *next_node(const GumboNode *n, const GumboNode *root, bool *block_ended)
{
    *block_ended = false;
    if (element_of(n)->act != DROP && tree_count(n))
        return tree_child(n, 0);
    while (n != root) {
        enum act act = element_of(n)->act;
        *block_ended |= act == PARA || act == BLOCK;
        const GumboNode *up = n->parent;
        if (n->index_within_parent + 1 < tree_count(up))
            return tree_child(up, (unsigned)n->index_within_parent + 1);
        n = up;
    }
    return NULL;
}

static bool parts_words(const GumboNode *n)
{
    enum act act = element_of(n)->act;
    return act == PARA || act == BLOCK || act == BREAK || act == RULER;
}

static void flat_write(struct writer *w, const GumboNode *root)
{
    bool ended;
    for (const GumboNode *n = root; n && !out_failed(w->o); n = next_node(n, root, &ended)) {
        if (is_text(n))
            text_write(w, str_of(n->v.text.text));
        else if (parts_words(n))
            w->gap = true;
    }
    w->gap = true;
}

struct str sanitize_text(struct arena *a, struct str html)
{
    struct arena *scratch = arena_new(SIZE_MAX);
    struct out o;
    out_init(&o, SIZE_MAX / 2);
    struct plain plain = {&o, false};
    html = text_clean(scratch, html);
    const GumboNode *root = tree_parse(scratch, html);
    bool ended = false;
    for (const GumboNode *n = root; n; n = next_node(n, root, &ended)) {
        if (ended || parts_words(n))
            plain_gap(&plain);
        if (is_text(n))
            plain_add(&plain, text_clean(scratch, str_of(n->v.text.text)));
        else if (element_of(n)->act == PICTURE)
            plain_add(&plain, text_clean(scratch, tree_attribute(n, "alt")));
    }
    if (!root)
        plain_add(&plain, html);
    arena_free(scratch);
    return out_take(&o, a);
}
