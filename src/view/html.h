/* html.h: what compiled views print with; escaping is chosen by the type and the place.
 *
 * RULES
 *   1. Text and numbers are escaped; only struct html goes out as it is, and only in text.
 *   2. A URL attribute takes http, https, mailto and local references; anything else becomes "#".
 *   3. Behind the first part of a URL attribute, text is percent-encoded.
 *   4. Where an attribute could stand, only struct attrs is taken.
 */
#ifndef VIEW_HTML_H
#define VIEW_HTML_H

#include "core/out.h"
#include "core/str.h"

struct html { /* trusted: made by our own writers or by src/text/ */
    struct str s;
};

struct attrs { /* trusted attributes, with a blank before each: ` checked` */
    struct str s;
};

struct when { /* microseconds; prints <time datetime="…" …>3 days ago</time> */
    int64_t us;
};

static inline struct html html_trusted(struct str s)
{
    return (struct html){s};
}

static inline struct when when(int64_t us)
{
    return (struct when){us};
}

/* ` name` if yes, else nothing: {{ attr_if(v->open, "open") }}. `name` is a literal. */
static inline struct attrs attr_if(bool yes, const char *name_with_blank)
{
    return (struct attrs){str_of(yes ? name_with_blank : "")};
}

void html_put_str(struct out *o, struct str s);
void html_put_cstr(struct out *o, const char *s);
void html_put_int(struct out *o, long long n);
void html_put_real(struct out *o, double d);
void html_put_html(struct out *o, struct html h);
void html_put_when(struct out *o, struct when w);
void html_url_str(struct out *o, struct str s);
void html_url_cstr(struct out *o, const char *s);
void html_urlpart_str(struct out *o, struct str s);
void html_urlpart_cstr(struct out *o, const char *s);
void html_put_attrs(struct out *o, struct attrs a);

#define HTML_NUMBERS_(put_int, put_real)                                                           \
    bool: put_int, char: put_int, signed char: put_int, unsigned char: put_int, short: put_int,    \
    unsigned short: put_int, int: put_int, unsigned: put_int, long: put_int,                       \
    unsigned long: put_int, long long: put_int, unsigned long long: put_int, float: put_real,      \
    double: put_real

#define html_put(o, x)                                                                             \
    _Generic((x), HTML_NUMBERS_(html_put_int, html_put_real), struct str: html_put_str,            \
             char *: html_put_cstr, const char *: html_put_cstr, struct html: html_put_html,       \
             struct when: html_put_when)((o), (x))
#define html_attr(o, x)                                                                            \
    _Generic((x), HTML_NUMBERS_(html_put_int, html_put_real), struct str: html_put_str,            \
             char *: html_put_cstr, const char *: html_put_cstr)((o), (x))
#define html_url(o, x)                                                                             \
    _Generic((x), struct str: html_url_str, char *: html_url_cstr,                                 \
             const char *: html_url_cstr)((o), (x))
#define html_urlpart(o, x)                                                                         \
    _Generic((x), HTML_NUMBERS_(html_put_int, html_put_real), struct str: html_urlpart_str,        \
             char *: html_urlpart_cstr, const char *: html_urlpart_cstr)((o), (x))
#define html_attrs(o, x) _Generic((x), struct attrs: html_put_attrs)((o), (x))

#endif
