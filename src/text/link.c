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
    size_t n = 0;
    while (n < url.n && str_find(S(":/?#\\"), url.p[n]) < 0)
        n++;
    if (n == url.n || url.p[n] != ':') { /* no scheme: `//host`, or a path of this hub */
        bool host = url.n > 1 && n == 0 && str_find(S("/\\"), url.p[0]) >= 0 &&
                    str_find(S("/\\"), url.p[1]) >= 0;
        return host ? LINK_OUTSIDE : LINK_INSIDE;
    }
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
