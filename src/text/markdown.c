/* markdown.c: md4c's events to HTML; see markdown.h.
 *
 * md4c calls back for each block, span and piece of text, and is done in one pass; nothing is
 * built in between. Pieces of text are gathered until something else comes, since md4c may cut a
 * word where a mark might have been.
 */
#include "text/markdown.h"

#include <md4c.h>

#include "core/log.h"
#include "text/entity.h"
#include "text/link.h"
#include "text/names.h"

enum {
    FLAGS = MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_TASKLISTS | MD_FLAG_STRIKETHROUGH |
            MD_FLAG_PERMISSIVEAUTOLINKS,
};

struct render {
    struct arena *arena;
    const struct markdown_hooks *hooks;
    struct str source;
    struct out *html;
    struct out run;  /* text that is not yet written */
    uint32_t before; /* the code point before it */
    unsigned asked;  /* how often a hook was */
    unsigned depth, cut;          /* blocks and spans open; from which on they are left out, or 0 */
    unsigned links, link;         /* links open; the one that is written, or 0 */
    unsigned pictures, picture;   /* the same of pictures */
};

static int block_enter(MD_BLOCKTYPE type, void *detail, void *p);
static int block_leave(MD_BLOCKTYPE type, void *detail, void *p);
static int span_enter(MD_SPANTYPE type, void *detail, void *p);
static int span_leave(MD_SPANTYPE type, void *detail, void *p);
static int text_piece(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *p);

bool markdown_html(struct arena *a, struct str source, const struct markdown_hooks *hooks,
                   struct out *html)
{
    static const struct markdown_hooks none;
    static const MD_PARSER parser = {
        .flags = FLAGS,
        .enter_block = block_enter,
        .leave_block = block_leave,
        .enter_span = span_enter,
        .leave_span = span_leave,
        .text = text_piece,
    };
    if (source.n > MARKDOWN_SOURCE) {
        html->failed = true;
        return false;
    }
    struct render r = {
        .arena = a,
        .hooks = hooks ? hooks : &none,
        .source = text_clean(a, source),
        .html = html,
    };
    out_init(&r.run, SIZE_MAX / 2);
    if (md_parse(r.source.p, (MD_SIZE)r.source.n, &parser, &r) < 0)
        die("out of memory: Markdown of %zu bytes", source.n);
    out_free(&r.run);
    return !out_failed(html);
}

/* ---- text ---- */

static void run_write(struct render *r, struct str s);
static bool name_write(struct render *r, char sign, struct str name);

/* Writes what was gathered, before something else is written. */
static void run_flush(struct render *r)
{
    struct str s = out_text(&r->run);
    if (!s.n)
        return;
    if (r->links || r->picture || (!r->hooks->mention && !r->hooks->tag))
        out_html(r->html, s);
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
            out_html(r->html, str_make(s.p + from, at - from));
            from = at;
            if (name_write(r, s.p[at], str_make(s.p + at + 1, n)))
                from = at + 1 + n;
        }
        at += 1 + n;
    }
    out_html(r->html, str_from(s, from));
}

static bool name_write(struct render *r, char sign, struct str name)
{
    bool (*hook)(void *, struct str, struct out *) =
        sign == '@' ? r->hooks->mention : r->hooks->tag;
    return hook && r->asked++ < MARKDOWN_HOOKS && hook(r->hooks->ctx, name, r->html);
}

/* Text that is no mention, whatever it looks like: what stood behind a backslash, for one. */
static void text_literal(struct render *r, struct str s)
{
    run_flush(r);
    out_html(r->html, s);
    r->before = '@';
}

static int text_piece(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *p)
{
    struct render *r = p;
    struct str s = str_make(text, n);
    if (type == MD_TEXT_ENTITY)
        s = entity_text(r->arena, s);
    bool sign = s.n == 1 && (s.p[0] == '@' || s.p[0] == '#');
    bool escaped = sign && type == MD_TEXT_NORMAL && text > r->source.p && text[-1] == '\\';
    switch (type) {
    case MD_TEXT_BR:
        run_flush(r);
        out_str(r->html, r->picture ? S(" ") : S("<br>\n"));
        r->before = ' ';
        break;
    case MD_TEXT_SOFTBR:
        out_str(&r->run, r->picture ? S(" ") : S("\n"));
        break;
    case MD_TEXT_CODE:
        run_flush(r);
        out_html(r->html, s);
        break;
    default:
        if (escaped || (sign && type == MD_TEXT_ENTITY))
            text_literal(r, s);
        else
            out_str(&r->run, s);
    }
    return out_failed(r->html);
}

/* A link's address or title, its references resolved. */
static struct str attribute(struct render *r, const MD_ATTRIBUTE *at)
{
    if (at->size == 0)
        return S("");
    if (at->substr_types[0] == MD_TEXT_NORMAL && at->substr_offsets[1] == at->size)
        return str_make(at->text, at->size);
    struct out o;
    out_init(&o, SIZE_MAX / 2);
    for (size_t i = 0; at->substr_offsets[i] < at->size; i++) {
        MD_OFFSET from = at->substr_offsets[i], to = at->substr_offsets[i + 1];
        struct str piece = str_make(at->text + from, to - from);
        out_str(&o, at->substr_types[i] == MD_TEXT_ENTITY ? entity_text(r->arena, piece) : piece);
    }
    return out_take(&o, r->arena);
}

/* ---- blocks ---- */

static const struct {
    struct str open, close;
    bool container; /* may hold its like: left out, with what it holds, when too deep */
} blocks[] = {
    [MD_BLOCK_DOC] = {S(""), S(""), false},
    [MD_BLOCK_QUOTE] = {S("<blockquote>\n"), S("</blockquote>\n"), true},
    [MD_BLOCK_UL] = {S("<ul>\n"), S("</ul>\n"), true},
    [MD_BLOCK_OL] = {S("<ol"), S("</ol>\n"), true},
    [MD_BLOCK_LI] = {S("<li>"), S("</li>\n"), false},
    [MD_BLOCK_HR] = {S("<hr>\n"), S(""), false},
    [MD_BLOCK_H] = {S("<h"), S("</h"), false},
    [MD_BLOCK_CODE] = {S("<pre tabindex=\"0\"><code"), S("</code></pre>\n"), false},
    [MD_BLOCK_HTML] = {S(""), S(""), false},
    [MD_BLOCK_P] = {S("<p>"), S("</p>\n"), false},
    [MD_BLOCK_TABLE] = {S("<div class=\"table-wrap\" tabindex=\"0\" role=\"region\""
                          " aria-label=\"Table\"><table>\n"),
                        S("</table></div>\n"), true},
    [MD_BLOCK_THEAD] = {S("<thead>\n"), S("</thead>\n"), false},
    [MD_BLOCK_TBODY] = {S("<tbody>\n"), S("</tbody>\n"), false},
    [MD_BLOCK_TR] = {S("<tr>\n"), S("</tr>\n"), false},
    [MD_BLOCK_TH] = {S("<th"), S("</th>\n"), false},
    [MD_BLOCK_TD] = {S("<td"), S("</td>\n"), false},
};

static void list_start(struct render *r, const MD_BLOCK_OL_DETAIL *d)
{
    if (d->start != 1)
        out_fmt(r->html, " start=\"%u\"", d->start);
    out_lit(r->html, ">\n");
}

static void item_start(struct render *r, const MD_BLOCK_LI_DETAIL *d)
{
    if (!d->is_task)
        return;
    out_str(r->html, d->task_mark == ' '
                         ? S("<input type=\"checkbox\" disabled aria-label=\"To do\"> ")
                         : S("<input type=\"checkbox\" checked disabled aria-label=\"Done\"> "));
}

static unsigned heading_level(const MD_BLOCK_H_DETAIL *d)
{
    return d->level < 4 ? d->level + 2 : 6;
}

static void code_start(struct render *r, const MD_BLOCK_CODE_DETAIL *d)
{
    if (d->lang.size) {
        out_lit(r->html, " class=\"language-");
        out_html(r->html, attribute(r, &d->lang));
        out_char(r->html, '"');
    }
    out_char(r->html, '>');
}

static void cell_start(struct render *r, const MD_BLOCK_TD_DETAIL *d)
{
    static const struct str rest[] = {
        [MD_ALIGN_DEFAULT] = S(">"),
        [MD_ALIGN_LEFT] = S(">"),
        [MD_ALIGN_CENTER] = S(" class=\"align-center\">"),
        [MD_ALIGN_RIGHT] = S(" class=\"align-right\">"),
    };
    out_str(r->html, rest[d->align]);
}

static int block_enter(MD_BLOCKTYPE type, void *detail, void *p)
{
    struct render *r = p;
    run_flush(r);
    r->before = 0;
    r->depth++;
    if (!r->cut && blocks[type].container && r->depth > MARKDOWN_DEPTH)
        r->cut = r->depth;
    if (r->cut) {
        out_char(r->html, '\n'); /* keeps the words apart */
        return out_failed(r->html);
    }
    out_str(r->html, blocks[type].open);
    if (type == MD_BLOCK_OL)
        list_start(r, detail);
    else if (type == MD_BLOCK_LI)
        item_start(r, detail);
    else if (type == MD_BLOCK_H)
        out_fmt(r->html, "%u>", heading_level(detail));
    else if (type == MD_BLOCK_CODE)
        code_start(r, detail);
    else if (type == MD_BLOCK_TH || type == MD_BLOCK_TD)
        cell_start(r, detail);
    return out_failed(r->html);
}

static int block_leave(MD_BLOCKTYPE type, void *detail, void *p)
{
    struct render *r = p;
    run_flush(r);
    if (!r->cut) {
        out_str(r->html, blocks[type].close);
        if (type == MD_BLOCK_H)
            out_fmt(r->html, "%u>\n", heading_level(detail));
    }
    if (r->cut == r->depth)
        r->cut = 0;
    r->depth--;
    return out_failed(r->html);
}

/* ---- spans ---- */

static const struct {
    struct str open, close;
} spans[] = {
    [MD_SPAN_EM] = {S("<em>"), S("</em>")},
    [MD_SPAN_STRONG] = {S("<strong>"), S("</strong>")},
    [MD_SPAN_A] = {S(""), S("</a>")},
    [MD_SPAN_IMG] = {S(""), S("")},
    [MD_SPAN_CODE] = {S("<code>"), S("</code>")},
    [MD_SPAN_DEL] = {S("<del>"), S("</del>")},
    [MD_SPAN_LATEXMATH] = {S(""), S("")},
    [MD_SPAN_LATEXMATH_DISPLAY] = {S(""), S("")},
    [MD_SPAN_WIKILINK] = {S(""), S("")},
    [MD_SPAN_U] = {S(""), S("")},
};

static void link_start(struct render *r, const MD_SPAN_A_DETAIL *d)
{
    r->links++;
    struct link l = link_judge(r->arena, attribute(r, &d->href));
    if (r->link || l.kind == LINK_REFUSED)
        return;
    link_open(r->html, l, attribute(r, &d->title));
    r->link = r->links;
}

static void picture_start(struct render *r, const MD_SPAN_IMG_DETAIL *d)
{
    r->pictures++;
    struct link l = link_judge(r->arena, attribute(r, &d->src));
    if (!link_shows(l))
        return;
    out_lit(r->html, "<img src=\"");
    link_url(r->html, l);
    out_lit(r->html, "\" alt=\"");
    r->picture = r->pictures;
}

static void picture_end(struct render *r, const MD_SPAN_IMG_DETAIL *d)
{
    struct str title = attribute(r, &d->title);
    if (title.n) {
        out_lit(r->html, "\" title=\"");
        out_html(r->html, title);
    }
    out_lit(r->html, "\" loading=\"lazy\">");
    r->before = ' ';
}

static int span_enter(MD_SPANTYPE type, void *detail, void *p)
{
    struct render *r = p;
    run_flush(r);
    r->depth++;
    if (!r->cut && r->depth > MARKDOWN_DEPTH)
        r->cut = r->depth;
    if (r->cut || r->picture) /* a picture's text has no marks */
        r->pictures += r->picture && type == MD_SPAN_IMG;
    else if (type == MD_SPAN_A)
        link_start(r, detail);
    else if (type == MD_SPAN_IMG)
        picture_start(r, detail);
    else
        out_str(r->html, spans[type].open);
    return out_failed(r->html);
}

static int span_leave(MD_SPANTYPE type, void *detail, void *p)
{
    struct render *r = p;
    run_flush(r);
    bool silent = r->cut || (r->picture && !(type == MD_SPAN_IMG && r->picture == r->pictures));
    if (!silent && type == MD_SPAN_A) {
        if (r->link == r->links) {
            out_str(r->html, spans[type].close);
            r->link = 0;
        }
        r->links--;
    } else if (!silent && type == MD_SPAN_IMG) {
        if (r->picture)
            picture_end(r, detail);
        r->picture = 0;
        r->pictures--;
    } else if (!silent) {
        out_str(r->html, spans[type].close);
    } else if (!r->cut && type == MD_SPAN_IMG) {
        r->pictures--;
    }
    if (r->cut == r->depth)
        r->cut = 0;
    r->depth--;
    return out_failed(r->html);
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

struct stripped {
    struct arena *arena;
    struct plain plain;
    unsigned blocks; /* how many may still come: a wide table makes up cells that are not there */
};

static int strip_block(MD_BLOCKTYPE type, void *detail, void *p)
{
    (void)type;
    (void)detail;
    struct stripped *s = p;
    plain_gap(&s->plain);
    return s->blocks-- == 0;
}

static int strip_span(MD_SPANTYPE type, void *detail, void *p)
{
    (void)type;
    (void)detail;
    (void)p;
    return 0;
}

static int strip_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *p)
{
    struct stripped *s = p;
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        plain_gap(&s->plain);
    else if (type == MD_TEXT_ENTITY)
        plain_add(&s->plain, entity_text(s->arena, str_make(text, n)));
    else
        plain_add(&s->plain, str_make(text, n));
    return 0;
}

struct str markdown_text(struct arena *a, struct str source)
{
    static const MD_PARSER parser = {
        .flags = FLAGS,
        .enter_block = strip_block,
        .leave_block = strip_block,
        .enter_span = strip_span,
        .leave_span = strip_span,
        .text = strip_text,
    };
    struct out o;
    out_init(&o, SIZE_MAX / 2);
    source = text_clean(a, str_first(source, MARKDOWN_SOURCE));
    struct stripped s = {a, {&o, false}, 4 * MARKDOWN_SOURCE};
    if (md_parse(source.p, (MD_SIZE)source.n, &parser, &s) < 0)
        die("out of memory: Markdown of %zu bytes", source.n);
    return out_take(&o, a);
}
