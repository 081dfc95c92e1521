/* html.h: what compiled views print with; escaping is chosen by the type and the place.
 *
 * RULES
 *   1. Text and numbers are escaped; only struct html goes out as it is, and only in text.
 *   2. A URL attribute takes http, https, mailto and local references; anything else becomes "#".
 *   3. Behind the first part of a URL attribute, text is percent-encoded.
 *   4. Where an attribute could stand, only struct attrs is taken.
 *   5. A time reads as people say it, seen from the request's one time; older than 30 days, as a
 *      date. The machine's spelling stands beside it.
 *
 * WHY RULE 2 refuses "//host" too: what is printed there was meant as a path of ours, or names its
 * scheme; a browser would take it for another site.
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

struct when { /* microseconds; prints <time datetime="…">3 days ago</time> */
    int64_t us;
};

struct amount { /* prints 1204 as 1,204 */
    int64_t n;
};

struct icon { /* a symbol of icons.svg; prints <svg class="icon" …><use href="…#i-eye"/></svg> */
    const char *id, *classes;
};

static inline struct html html_trusted(struct str s)
{
    return (struct html){s};
}

static inline struct when when(int64_t us)
{
    return (struct when){us};
}

static inline struct amount amount(int64_t n)
{
    return (struct amount){n};
}

/* `id` is written whole, "#i-eye": the build finds the icons it must carry by that. */
static inline struct icon icon(const char *id)
{
    return (struct icon){id, "icon"};
}

static inline struct icon icon_s(const char *id)
{
    return (struct icon){id, "icon icon--s"};
}

static inline struct icon icon_l(const char *id)
{
    return (struct icon){id, "icon icon--l"};
}

/* Drawings of empty and broken places: art("#i-art-hive"). */
static inline struct icon art(const char *id)
{
    return (struct icon){id, "art"};
}

/* ` name` if yes, else nothing: {{ attr_if(v->open, " open") }}. `name` is a literal. */
static inline struct attrs attr_if(bool yes, const char *name_with_blank)
{
    return (struct attrs){str_of(yes ? name_with_blank : "")};
}

/* Whether a browser that follows it stays on http, https or mail: RULE 2. */
bool html_url_ok(struct str url);

void html_put_str(struct out *o, struct str s);
/* Here, so that the length of a word of the view's own is known when it is compiled. */
static inline void html_put_cstr(struct out *o, const char *s)
{
    out_html(o, str_of(s));
}
void html_put_int(struct out *o, long long n);
void html_put_real(struct out *o, double d);
void html_put_html(struct out *o, struct html h);
void html_put_when(struct out *o, struct when w);
void html_put_amount(struct out *o, struct amount a);
void html_put_icon(struct out *o, struct icon i);
void html_url_str(struct out *o, struct str s);
void html_url_cstr(struct out *o, const char *s);
void html_urlpart_str(struct out *o, struct str s);
void html_urlpart_cstr(struct out *o, const char *s);
void html_put_attrs(struct out *o, struct attrs a);

/* "3 days ago", "23 Nov 2026": what html_put_when shows. buf holds 32 bytes. */
struct str when_text(char buf[32], int64_t us, int64_t now);

#define HTML_NUMBERS_(put_int, put_real)                                                           \
    bool : put_int,                                                                                \
           char : put_int,                                                                         \
                  signed char : put_int,                                                           \
                                unsigned char : put_int,                                           \
                                                short : put_int,                                   \
                                                        unsigned short : put_int,                  \
                                                                         int : put_int,            \
                                                                               unsigned : put_int, \
                                                                                          long     \
        : put_int,                                                                                 \
          unsigned long : put_int,                                                                 \
                          long long : put_int,                                                     \
                                      unsigned long long : put_int,                                \
                                                           float : put_real,                       \
                                                                   double : put_real

#define html_put(o, x)                                                                             \
    _Generic((x), HTML_NUMBERS_(html_put_int, html_put_real), struct str: html_put_str,            \
             char *: html_put_cstr, const char *: html_put_cstr, struct html: html_put_html,       \
             struct when: html_put_when, struct amount: html_put_amount,                           \
             struct icon: html_put_icon)((o), (x))
#define html_attr(o, x)                                                                            \
    _Generic((x), HTML_NUMBERS_(html_put_int, html_put_real), struct str: html_put_str,            \
             char *: html_put_cstr, const char *: html_put_cstr,                                   \
             struct amount: html_put_amount)((o), (x))
#define html_url(o, x)                                                                             \
    _Generic((x), struct str: html_url_str, char *: html_url_cstr,                                 \
             const char *: html_url_cstr)((o), (x))
#define html_urlpart(o, x)                                                                         \
    _Generic((x), HTML_NUMBERS_(html_put_int, html_put_real), struct str: html_urlpart_str,        \
             char *: html_urlpart_cstr, const char *: html_urlpart_cstr)((o), (x))
#define html_attrs(o, x) _Generic((x), struct attrs : html_put_attrs)((o), (x))

#endif
