/* link.c: judging and writing addresses; see link.h. */
#include "text/link.h"

static bool control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static struct str without_controls(struct arena *a, struct str url)
{
    size_t first = 0, n = 0;
    while (first < url.n && !control(url.p[first]))
        first++;
    if (first == url.n)
        return str_trim(url);
    char *p = arena_alloc(a, url.n);
    for (size_t i = 0; i < url.n; i++)
        if (!control(url.p[i]))
            p[n++] = url.p[i];
    return str_trim(str_make(p, n));
}

/* RFC 3986: a letter, then letters, digits, '+', '-' and '.', then the colon; 0 without one. */
static size_t scheme_length(struct str url)
{
    for (size_t n = 0; n < url.n; n++) {
        unsigned char c = (unsigned char)url.p[n];
        bool letter = (c | 0x20u) - 'a' < 26, digit = (unsigned)c - 48u < 10u;
        if (c == ':')
            return n;
        if (!letter && !(n && (digit || str_find(S("+-."), url.p[n]) >= 0)))
            return 0;
    }
    return 0;
}

static enum link_kind kind_of(struct str url)
{
    static const struct {
        struct str scheme;
        enum link_kind kind;
    } schemes[] = {
        {S("http"), LINK_OUTSIDE},
        {S("https"), LINK_OUTSIDE},
        {S("mailto"), LINK_MAIL},
    };
    size_t n = scheme_length(url);
    if (!n) /* backslashes, which browsers take for slashes, are written as %5C */
        return str_starts(url, S("//")) ? LINK_OUTSIDE : LINK_INSIDE;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (str_eq_nocase(str_first(url, n), schemes[i].scheme))
            return schemes[i].kind;
    return LINK_REFUSED;
}

struct link link_judge(struct arena *a, struct str url)
{
    url = without_controls(a, url);
    return (struct link){kind_of(url), url};
}

/* What CommonMark's reference writes as it is. */
static const bool url_plain[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true, ['_'] = true,
    ['.'] = true,         ['+'] = true,         ['!'] = true,         ['*'] = true, ['('] = true,
    [')'] = true,         [','] = true,         ['%'] = true,         ['#'] = true, ['@'] = true,
    ['?'] = true,         ['='] = true,         [';'] = true,         [':'] = true, ['/'] = true,
    ['$'] = true,         ['~'] = true,
};

void link_url(struct out *o, struct link l)
{
    for (size_t at = 0; at < l.url.n;) {
        size_t from = at;
        while (at < l.url.n && url_plain[(unsigned char)l.url.p[at]])
            at++;
        out_raw(o, l.url.p + from, at - from);
        if (at == l.url.n)
            return;
        char c = l.url.p[at];
        if (c == '&' || c == '\'')
            out_html(o, str_make(&c, 1));
        else
            out_url(o, str_make(&c, 1));
        at++;
    }
}

void link_open(struct out *o, struct link l, struct str title)
{
    out_lit(o, "<a href=\"");
    link_url(o, l);
    if (title.n) {
        out_lit(o, "\" title=\"");
        out_html(o, title);
    }
    out_str(o, l.kind == LINK_OUTSIDE ? S("\" rel=\"nofollow ugc\">") : S("\">"));
}
