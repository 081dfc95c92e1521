/* feed.c: writes an Atom feed (RFC 4287).
 *
 * RULES
 *   1. What XML cannot hold (most control characters, U+FFFE, U+FFFF) is left out.
 *   2. An entry keeps its id when its title, and so its address, changes.
 *
 * WHY tag URIs (RFC 4151): a permalink would do as an id, but one record can stand in a feed
 * twice, by two of its activities.
 */
#include "core/clock.h"
#include "view/page.h"

static void entry_write(struct req *rq, struct str site, const struct feed *feed,
                        const struct feed_entry *e);
static int64_t feed_updated(const struct req *rq, const struct feed *feed);
static void xml_put(struct out *o, struct str s);
static void xml_element(struct out *o, const char *name, struct str text);
static void xml_time(struct out *o, const char *name, int64_t us);
static struct str host_of(struct str site);

void feed_write(struct req *rq, const struct feed *feed)
{
    struct out *o = &rq->out;
    struct str site = site_url(rq);
    out_lit(o, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
               "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\" xml:base=\"");
    xml_put(o, site);
    out_lit(o, "/\">\n<id>");
    xml_put(o, site);
    xml_put(o, feed->path);
    out_lit(o, "</id>\n");
    struct str hub = hub_name(rq);
    out_lit(o, "<title>");
    xml_put(o, feed->title);
    out_lit(o, " · ");
    xml_put(o, hub);
    out_lit(o, "</title>\n");
    xml_time(o, "updated", feed_updated(rq, feed));
    out_lit(o, "<link rel=\"self\" type=\"application/atom+xml\" href=\"");
    xml_put(o, site);
    xml_put(o, feed_path(rq->arena, feed->path));
    out_lit(o, "\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"");
    xml_put(o, site);
    xml_put(o, feed->path);
    out_lit(o, "\"/>\n<author>");
    xml_element(o, "name", hub);
    out_lit(o, "</author>\n<generator>Skep</generator>\n");
    for (size_t i = 0; i < feed->n; i++)
        entry_write(rq, site, feed, &feed->entries[i]);
    out_lit(o, "</feed>\n");
}

static void entry_write(struct req *rq, struct str site, const struct feed *feed,
                        const struct feed_entry *e)
{
    struct out *o = &rq->out;
    out_lit(o, "<entry>\n<id>tag:");
    xml_put(o, host_of(site));
    out_lit(o, ",2026:");
    xml_put(o, str_of(feed->kind ? feed->kind : "record"));
    out_char(o, '/');
    out_int(o, e->id);
    out_lit(o, "</id>\n");
    xml_element(o, "title", e->title.n ? e->title : S("Untitled"));
    xml_time(o, "published", e->published);
    xml_time(o, "updated", e->updated ? e->updated : e->published);
    out_lit(o, "<link rel=\"alternate\" type=\"text/html\" href=\"");
    xml_put(o, site);
    xml_put(o, e->path);
    out_lit(o, "\"/>\n");
    if (e->author.n) {
        out_lit(o, "<author>");
        xml_element(o, "name", e->author);
        out_lit(o, "</author>\n");
    }
    out_lit(o, "<content type=\"html\">");
    xml_put(o, e->html.s);
    out_lit(o, "</content>\n</entry>\n");
}

/* An empty feed is as old as the day: its ETag then holds for a while. */
static int64_t feed_updated(const struct req *rq, const struct feed *feed)
{
    int64_t latest = 0;
    for (size_t i = 0; i < feed->n; i++) {
        const struct feed_entry *e = &feed->entries[i];
        int64_t at = e->updated ? e->updated : e->published;
        latest = at > latest ? at : latest;
    }
    return feed->n ? latest : rq->now - rq->now % CLOCK_DAY;
}

struct str feed_path(struct arena *a, struct str path)
{
    ptrdiff_t query = str_find(path, '?');
    struct str plain = query < 0 ? path : str_first(path, (size_t)query);
    struct str rest = query < 0 ? S("") : str_from(path, (size_t)query);
    if (str_eq(plain, S("/")))
        plain = S("/home"); /* the root has no name to put a suffix on */
    return str_fmt(a, STR_FMT ".atom" STR_FMT, STR_ARG(plain), STR_ARG(rest));
}

/* The host alone, which is all that a tag URI takes of it. */
static struct str host_of(struct str site)
{
    ptrdiff_t slashes = str_find_str(site, S("://"));
    struct str host = slashes < 0 ? site : str_from(site, (size_t)slashes + 3);
    for (size_t i = 0; i < host.n; i++) {
        bool port = host.p[i] == ':' && (host.p[0] != '[' || (i && host.p[i - 1] == ']'));
        if (host.p[i] == '/' || port)
            return str_first(host, i);
    }
    return host;
}

/* ---- XML ---- */

static void xml_put(struct out *o, struct str s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        size_t bad = c < ' ' && c != '\t' && c != '\n' && c != '\r';
        bool last_two = c == 0xEF && s.n - i > 2 && (unsigned char)s.p[i + 1] == 0xBF &&
                        (unsigned char)s.p[i + 2] >= 0xBE;
        if (last_two)
            bad = 3;
        if (!bad)
            continue;
        out_html(o, str_make(s.p + run, i - run));
        i += bad - 1;
        run = i + 1;
    }
    out_html(o, str_from(s, run));
}

static void xml_element(struct out *o, const char *name, struct str text)
{
    out_fmt(o, "<%s>", name);
    xml_put(o, text);
    out_fmt(o, "</%s>\n", name);
}

static void xml_time(struct out *o, const char *name, int64_t us)
{
    char buf[32];
    xml_element(o, name, clock_rfc3339(buf, us));
}
