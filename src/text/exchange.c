/* exchange.c: see exchange.h. */
#include "text/exchange.h"

#include "core/out.h"

enum { HTML_MAX = 1 << 20 };

/* A piece of comment text on its way to HTML. */
struct inline_text {
    struct str s, site;
    size_t at;
    struct out *o;
};

static bool code_span(struct inline_text *t);
static bool link_text(struct inline_text *t);
static bool bare_address(struct inline_text *t);
static bool emphasis(struct inline_text *t, char mark);
static void text_put(struct str s, struct str site, struct out *o);

struct str comment_html(struct arena *a, struct str text, struct str site)
{
    struct out o;
    out_init(&o, HTML_MAX);
    out_lit(&o, "<p>");
    text_put(text, site, &o);
    out_lit(&o, "</p>");
    return out_take(&o, a);
}

static bool is_word(struct str s, size_t at)
{
    unsigned char c = at < s.n ? (unsigned char)s.p[at] : ' ';
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
}

static void text_put(struct str s, struct str site, struct out *o)
{
    struct inline_text t = {s, site, 0, o};
    while (t.at < s.n) {
        char c = s.p[t.at];
        if (c == '\\' && t.at + 1 < s.n && memchr("\\`*_[]", s.p[t.at + 1], 6)) {
            out_html(o, str_make(s.p + t.at + 1, 1));
            t.at += 2;
        } else if (!(c == '`' && code_span(&t)) && !(c == '[' && link_text(&t)) &&
                   !(c == 'h' && bare_address(&t)) &&
                   !((c == '*' || c == '_') && emphasis(&t, c))) {
            out_html(o, c == '\n' || c == '\r' ? S(" ") : str_make(s.p + t.at, 1));
            t.at++;
        }
    }
}

/* As many backquotes at the end as at the beginning. */
static bool code_span(struct inline_text *t)
{
    struct str s = str_from(t->s, t->at);
    size_t ticks = 0;
    while (ticks < s.n && s.p[ticks] == '`')
        ticks++;
    ptrdiff_t end = str_find_str(str_from(s, ticks), str_first(s, ticks));
    if (end <= 0)
        return false;
    out_lit(t->o, "<code>");
    out_html(t->o, str_trim(str_make(s.p + ticks, (size_t)end)));
    out_lit(t->o, "</code>");
    t->at += (size_t)end + 2 * ticks;
    return true;
}

static bool is_address(struct str s)
{
    return str_starts(s, S("http://")) || str_starts(s, S("https://"));
}

static void anchor_open(struct inline_text *t, struct str address)
{
    out_lit(t->o, "<a href=\"");
    if (str_starts(address, S("/")) && !str_starts(address, S("//"))) {
        out_lit(t->o, "https://");
        out_html(t->o, t->site);
    }
    out_html(t->o, address);
    out_lit(t->o, "\">");
}

/* Length of an address in parentheses, which may have pairs of them inside; 0: none. */
static size_t address_length(struct str s)
{
    int depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '(')
            depth++;
        if (s.p[i] == ')' && depth-- == 0)
            return i;
        if (s.p[i] == ' ' || s.p[i] == '\n')
            return 0;
    }
    return 0;
}

/* [tag:name], [meta-tag:name] or [text](address) */
static bool link_text(struct inline_text *t)
{
    struct str s = str_from(t->s, t->at + 1);
    ptrdiff_t end = str_find(s, ']');
    if (end <= 0)
        return false;
    struct str text = str_first(s, (size_t)end), after = str_from(s, (size_t)end + 1);
    struct str tag = text;
    if (str_starts(tag, S("meta-")))
        tag = str_from(tag, 5);
    if (str_starts(tag, S("tag:"))) {
        out_lit(t->o, "<code>");
        out_html(t->o, str_from(tag, 4));
        out_lit(t->o, "</code>");
        t->at += text.n + 2;
        return true;
    }
    size_t n = after.n && after.p[0] == '(' ? address_length(str_from(after, 1)) : 0;
    struct str address = str_first(str_from(after, 1), n);
    if (!n || !(is_address(address) || address.p[0] == '/'))
        return false;
    anchor_open(t, address);
    text_put(text, t->site, t->o);
    out_lit(t->o, "</a>");
    t->at += text.n + n + 4;
    return true;
}

/* Up to a blank or a quote; without what ends a sentence, or closes an earlier parenthesis. */
static bool bare_address(struct inline_text *t)
{
    struct str s = str_from(t->s, t->at);
    if (!is_address(s) || (t->at && is_word(t->s, t->at - 1)))
        return false;
    size_t n = 0;
    int depth = 0;
    for (; n < s.n && !memchr(" \t\r\n<>\"", s.p[n], 7); n++) {
        depth += s.p[n] == '(';
        depth -= s.p[n] == ')';
        if (depth < 0)
            break;
    }
    while (n && memchr(".,:;!?*'", s.p[n - 1], 8))
        n--;
    if (s.p[n - 1] == '/' && n <= sizeof "https://" - 1)
        return false;
    anchor_open(t, str_first(s, n));
    out_html(t->o, str_first(s, n));
    out_lit(t->o, "</a>");
    t->at += n;
    return true;
}

/* Where `marks` marks that close stand in s, which begins with as many that open; 0: nowhere. '_'
 * does not close inside of a word, and a double mark does not close a single one. */
static size_t closing(struct str s, size_t marks)
{
    char mark = s.p[0];
    for (size_t i = marks + 1; i + marks <= s.n && s.p[i] != '\n'; i++) {
        bool two = s.p[i] == mark && i + 1 < s.n && s.p[i + 1] == mark;
        if (marks == 1 && two)
            i++;
        else if (s.p[i] == mark && (marks == 1 || two) && s.p[i - 1] != ' ' &&
                 (mark == '*' || !is_word(s, i + marks)))
            return i;
    }
    return 0;
}

/* One mark or two; they open before a letter or sign, '_' not inside of a word. */
static bool emphasis(struct inline_text *t, char mark)
{
    struct str s = str_from(t->s, t->at);
    size_t marks = s.n > 1 && s.p[1] == mark ? 2 : 1;
    if (s.n <= 2 * marks || s.p[marks] == ' ' || s.p[marks] == mark)
        return false;
    if (mark == '_' && t->at && is_word(t->s, t->at - 1))
        return false;
    size_t end = closing(s, marks);
    if (!end)
        return false;
    out_str(t->o, marks == 2 ? S("<strong>") : S("<em>"));
    text_put(str_make(s.p + marks, end - marks), t->site, t->o);
    out_str(t->o, marks == 2 ? S("</strong>") : S("</em>"));
    t->at += end + marks;
    return true;
}

/* ---- posts ---- */

/* Stack Exchange writes attributes in one way only, with a blank before and in double quotes. */
struct str post_html(struct arena *a, struct str body, struct str site)
{
    static const struct str attributes[] = {S(" href=\"/"), S(" src=\"/")};
    struct out o;
    out_init(&o, 4 * HTML_MAX);
    size_t done = 0;
    for (size_t i = 0; i < body.n; i++) {
        if (body.p[i] != ' ')
            continue;
        for (size_t k = 0; k < 2; k++) {
            struct str attribute = attributes[k];
            if (!str_starts(str_from(body, i), attribute))
                continue;
            size_t slash = i + attribute.n - 1;
            out_raw(&o, body.p + done, slash - done);
            out_lit(&o, "https:");
            if (slash + 1 >= body.n || body.p[slash + 1] != '/') {
                out_lit(&o, "//");
                out_str(&o, site);
            }
            done = slash;
        }
    }
    if (!done)
        return body;
    out_raw(&o, body.p + done, body.n - done);
    return out_take(&o, a);
}

struct str post_tags(struct arena *a, struct str tags)
{
    char *p = str_cstr(a, tags);
    for (size_t i = 0; i < tags.n; i++)
        if (p[i] == '<' || p[i] == '>' || p[i] == '|')
            p[i] = ' ';
    return str_trim(str_make(p, tags.n));
}
