/* html.c: the writers behind {{ }}; see html.h.
 *
 * WHY html_url looks at every byte: browsers take tabs and line ends out of an address, and blanks
 * off its front, before they look for the scheme; so an address with any of them is not trusted.
 */
#define _GNU_SOURCE 1 /* mempcpy */
#include "view/html.h"

#include <math.h>
#include <stdatomic.h>

#include "core/clock.h"
#include "http/assets.h"
#include "http/request.h"

static const char *icons_url(void);
static struct str ago(char buf[32], int64_t count, const char *unit, bool ahead);

/* ---- text and attributes ---- */

void html_put_str(struct out *o, struct str s)
{
    out_html(o, s);
}

void html_put_int(struct out *o, long long n)
{
    out_int(o, n);
}

void html_put_real(struct out *o, double d)
{
    if (isfinite(d))
        out_fmt(o, "%.12g", d);
    else
        out_lit(o, "–");
}

void html_put_html(struct out *o, struct html h)
{
    out_str(o, h.s);
}

void html_put_attrs(struct out *o, struct attrs a)
{
    out_str(o, a.s);
}

void html_put_amount(struct out *o, struct amount a)
{
    if (a.n >= -999 && a.n <= 999) {
        out_int(o, a.n);
        return;
    }
    char buf[32];
    size_t at = sizeof buf;
    uint64_t u = a.n < 0 ? 0 - (uint64_t)a.n : (uint64_t)a.n;
    for (int digits = 0; u || !digits; u /= 10, digits++) {
        if (digits && digits % 3 == 0)
            buf[--at] = ',';
        buf[--at] = (char)('0' + u % 10);
    }
    if (a.n < 0)
        buf[--at] = '-';
    out_raw(o, buf + at, sizeof buf - at);
}

/* Both words are constants of the program. */
void html_put_icon(struct out *o, struct icon i)
{
    out_lit(o, "<svg class=\"");
    out_str(o, str_of(i.classes));
    out_lit(o, "\" aria-hidden=\"true\"><use href=\"");
    out_str(o, str_of(icons_url()));
    out_str(o, str_of(i.id));
    out_lit(o, "\"/></svg>");
}

/* A page has a hundred icons, and their file's address never changes while the program runs. */
static const char *icons_url(void)
{
    static const char *_Atomic known;
    const char *url = atomic_load_explicit(&known, memory_order_relaxed);
    if (!url) {
        url = asset_url("icons.svg");
        atomic_store_explicit(&known, url, memory_order_relaxed);
    }
    return url;
}

/* ---- URLs ---- */

static bool url_scheme_ok(struct str scheme, struct str rest)
{
    bool web = str_eq_nocase(scheme, S("https")) || str_eq_nocase(scheme, S("http"));
    return web ? str_starts(rest, S("//")) : str_eq_nocase(scheme, S("mailto"));
}

typedef unsigned char bytes16 __attribute__((vector_size(16)));

static inline bool control16(const char *p)
{
    bytes16 b, hit;
    uint64_t half[2];
    memcpy(&b, p, sizeof b);
    hit = (bytes16)(b < ' ') | (bytes16)(b == 0x7f);
    memcpy(half, &hit, sizeof half);
    return half[0] | half[1];
}

/* Most URLs are long paths: sixteen bytes at once, the last sixteen together with some before. */
static bool has_control(struct str s)
{
    if (s.n >= 16) {
        for (size_t i = 0; i + 16 < s.n; i += 16)
            if (control16(s.p + i))
                return true;
        return control16(s.p + s.n - 16);
    }
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return true;
    return false;
}

bool html_url_ok(struct str url)
{
    if (has_control(url) || (url.n && url.p[0] == ' '))
        return false;
    if (url.n && url.p[0] == '/')
        return url.n == 1 || (url.p[1] != '/' && url.p[1] != '\\');
    for (size_t i = 0; i < url.n; i++)
        switch (url.p[i]) {
        case '/':
        case '?':
        case '#': /* so there is no scheme */
            return true;
        case '\\':
            return false;
        case ':':
            return url_scheme_ok(str_first(url, i), str_from(url, i + 1));
        default:
            break;
        }
    return true;
}

void html_url_str(struct out *o, struct str s)
{
    if (html_url_ok(s))
        out_html(o, s);
    else
        out_char(o, '#');
}

void html_url_cstr(struct out *o, const char *s)
{
    html_url_str(o, str_of(s));
}

void html_urlpart_str(struct out *o, struct str s)
{
    out_url(o, s);
}

void html_urlpart_cstr(struct out *o, const char *s)
{
    out_url(o, str_of(s));
}

/* ---- times ---- */

enum { RELATIVE_DAYS = 30 }; /* as in the relative-time controller, which goes on from there */

struct str when_text(char buf[32], int64_t us, int64_t now)
{
    bool ahead = us > now;
    int64_t apart = ahead ? us - now : now - us;
    if (apart < CLOCK_MINUTE)
        return S("now");
    if (apart < CLOCK_HOUR)
        return ago(buf, apart / CLOCK_MINUTE, "minute", ahead);
    if (apart < CLOCK_DAY)
        return ago(buf, apart / CLOCK_HOUR, "hour", ahead);
    if (apart < 2 * CLOCK_DAY)
        return ahead ? S("tomorrow") : S("yesterday");
    if (apart < RELATIVE_DAYS * CLOCK_DAY)
        return ago(buf, apart / CLOCK_DAY, "day", ahead);
    return clock_date(buf, us);
}

static struct str ago(char buf[32], int64_t count, const char *unit, bool ahead)
{
    char *p = buf;
    if (ahead)
        p = mempcpy(p, "in ", 3);
    if (count >= 10)
        *p++ = (char)('0' + count / 10);
    *p++ = (char)('0' + count % 10);
    *p++ = ' ';
    p = mempcpy(p, unit, strlen(unit));
    if (count != 1)
        *p++ = 's';
    if (!ahead)
        p = mempcpy(p, " ago", 4);
    return str_make(buf, (size_t)(p - buf));
}

void html_put_when(struct out *o, struct when w)
{
    char machine[32], words[32];
    const struct req *rq = o->ctx;
    int64_t whole = w.us - (w.us % CLOCK_SECOND + CLOCK_SECOND) % CLOCK_SECOND;
    out_lit(o, "<time datetime=\"");
    out_str(o, clock_rfc3339(machine, whole));
    out_lit(o, "\">");
    out_str(o, when_text(words, w.us, rq ? rq->now : clock_now()));
    out_lit(o, "</time>");
}
