/* feed.c: what feeds share: addresses, ids and texts; see feed.h.
 *
 * WHY ids are UUIDs made of the hub's secret and a number: an address changes with the title, and a
 * tag URI with the host. The secret moves with the hub.
 */
#include "view/feed.h"

#include <sodium.h>
#include <stdio.h>

#include "http/app.h"
#include "http/feed_key.h"
#include "view/page.h"

enum { UUID = 16, HTML_MAX = 2 << 20 };

static struct str uuid(struct req *rq, struct str text);
static struct str with_field(struct arena *a, struct str path, const char *name, struct str value);

const struct feed_form feed_forms[] = {
    {FACE_ATOM, "application/atom+xml", ".atom", "Atom"},
    {FACE_RSS, "application/rss+xml", ".rss", "RSS"},
    {FACE_JSON_FEED, "application/feed+json", ".feed.json", "JSON Feed"},
    {0},
};

struct feed *feed_new(struct req *rq, struct str title, struct str path, size_t n)
{
    struct feed *feed = arena_make(rq->arena, struct feed);
    *feed = (struct feed){.title = title, .path = path, .kind = "record"};
    if (face_feeds(rq->face)) {
        feed->n = n;
        feed->entries = arena_array(rq->arena, struct feed_entry, n ? n : 1);
    }
    return feed;
}

void feed_write(struct req *rq, const struct feed *feed)
{
    struct feed_head head = feed_head(rq, feed);
    if (rq->face == FACE_ATOM)
        atom_write(rq, feed, &head);
    else if (rq->face == FACE_RSS)
        rss_write(rq, feed, &head);
    else
        json_feed_write(rq, feed, &head);
}

/* ---- addresses ---- */

struct str feed_path(struct arena *a, struct str path, enum face face)
{
    const char *suffix = ".opml";
    for (const struct feed_form *f = feed_forms; f->type; f++)
        if (f->face == face)
            suffix = f->suffix;
    ptrdiff_t query = str_find(path, '?');
    struct str plain = query < 0 ? path : str_first(path, (size_t)query);
    struct str rest = query < 0 ? S("") : str_from(path, (size_t)query);
    if (str_eq(plain, S("/")))
        plain = S("/home"); /* the root has no name to put a suffix on */
    return str_join(a, (struct str[]){plain, str_of(suffix), rest}, 3, S(""));
}

static struct str with_field(struct arena *a, struct str path, const char *name, struct str value)
{
    if (!value.n)
        return path;
    return str_fmt(a, STR_FMT "%c%s=" STR_FMT, STR_ARG(path), str_find(path, '?') < 0 ? '?' : '&',
                   name, STR_ARG(str_url_encode(a, value)));
}

struct feed_head feed_head(struct req *rq, const struct feed *feed)
{
    struct arena *a = rq->arena;
    struct str site = site_url(rq), hub = hub_name(rq), key = feed_key_of(rq);
    struct str next = feed_path(a, with_field(a, feed->path, "after", feed->next), rq->face);
    struct str self = with_field(a, feed->path, "after", req_query(rq, "after"));
    self = feed_path(a, self, rq->face);
    struct feed_head head = {
        .title = str_fmt(a, STR_FMT " · " STR_FMT, STR_ARG(feed->title), STR_ARG(hub)),
        .hub = hub,
        .site = site,
        .self =
            str_fmt(a, STR_FMT STR_FMT, STR_ARG(site), STR_ARG(with_field(a, self, "key", key))),
        .page = str_fmt(a, STR_FMT STR_FMT, STR_ARG(site), STR_ARG(feed->path)),
        .id = uuid(rq, str_fmt(a, "feed " STR_FMT, STR_ARG(feed->path))),
        .icon = str_fmt(a, STR_FMT "%s", STR_ARG(site), asset("apple-touch-icon.png")),
    };
    if (feed->next.n)
        head.next =
            str_fmt(a, STR_FMT STR_FMT, STR_ARG(site), STR_ARG(with_field(a, next, "key", key)));
    for (size_t i = 0; i < feed->n; i++) {
        int64_t at = feed_updated(&feed->entries[i]);
        head.updated = at > head.updated ? at : head.updated;
    }
    return head;
}

/* ---- ids ---- */

struct str feed_id(struct req *rq, const struct feed *feed, const struct feed_entry *e)
{
    char text[80];
    int n = snprintf(text, sizeof text, "%.30s/%lld/%lld", feed->kind, (long long)e->id,
                     (long long)e->part);
    return uuid(rq, str_make(text, (size_t)n));
}

/* Version 8 (RFC 9562): bits of our own making. */
static struct str uuid(struct req *rq, struct str text)
{
    static const unsigned char dashes[] = {4, 6, 8, 10};
    unsigned char b[UUID];
    char *p = arena_alloc(rq->arena, 45), *at = p + 9;
    crypto_generichash(b, sizeof b, (const unsigned char *)text.p, text.n, rq->app->secret,
                       sizeof rq->app->secret);
    b[6] = (unsigned char)(0x80 | (b[6] & 0x0f));
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
    memcpy(p, "urn:uuid:", 9);
    for (size_t i = 0, dash = 0; i < UUID; i++) {
        if (dash < sizeof dashes && i == dashes[dash]) {
            *at++ = '-';
            dash++;
        }
        *at++ = "0123456789abcdef"[b[i] >> 4];
        *at++ = "0123456789abcdef"[b[i] & 15];
    }
    return str_make(p, (size_t)(at - p));
}

/* ---- texts ---- */

struct str feed_title(const struct feed_entry *e)
{
    return e->title.n ? e->title : S("Untitled");
}

/* RULE 3. Our own writers of HTML put addresses in double quotes. */
struct str feed_html(struct req *rq, struct str site, const struct feed_entry *e)
{
    static const struct str marks[] = {{" href=\"/", 8}, {" src=\"/", 7}, {" srcset=\"/", 10}};
    struct str html = e->html.s;
    struct out o;
    out_init(&o, HTML_MAX);
    if (!html.n) {
        out_html(&o, e->text);
        return out_take(&o, rq->arena);
    }
    size_t done = 0;
    const char *p = html.p, *end = html.p + html.n;
    while ((p = memchr(p, '=', (size_t)(end - p)))) {
        size_t at = (size_t)(p++ - html.p) + 3; /* behind the slash of ="/ */
        for (size_t i = 0; i < 3; i++)
            if (at >= marks[i].n && at < html.n && html.p[at] != '/' &&
                memcmp(html.p + at - marks[i].n, marks[i].p, marks[i].n) == 0) {
                out_raw(&o, html.p + done, at - 1 - done);
                out_str(&o, site);
                done = at - 1;
                for (; i == 2 && at + 2 < html.n && html.p[at] != '"'; at++)
                    if (memcmp(html.p + at, ", /", 3) == 0) { /* one more picture */
                        out_raw(&o, html.p + done, at + 2 - done);
                        out_str(&o, site);
                        done = at + 2;
                    }
            }
    }
    if (!done)
        return html;
    out_str(&o, str_from(html, done));
    return out_take(&o, rq->arena);
}

/* ---- XML ---- */

typedef unsigned char bytes16 __attribute__((vector_size(16)));

/* Controls but blanks, and the byte with which U+FFFE and U+FFFF begin. */
static bool may_be_bad(const char *p)
{
    bytes16 b;
    uint64_t found[2];
    memcpy(&b, p, sizeof b);
    bytes16 odd = (bytes16)(((b < ' ') & (b != '\n') & (b != '\t') & (b != '\r')) | (b == 0xEF));
    memcpy(found, &odd, sizeof found);
    return (found[0] | found[1]) != 0;
}

/* How many bytes at s.p must be left out. */
static size_t bad_at(struct str s)
{
    unsigned char c = (unsigned char)s.p[0];
    if (c == 0xEF)
        return s.n > 2 && (unsigned char)s.p[1] == 0xBF && (unsigned char)s.p[2] >= 0xBE ? 3 : 0;
    return c < ' ' && c != '\t' && c != '\n' && c != '\r';
}

void xml_put(struct out *o, struct str s)
{
    size_t run = 0;
    for (size_t i = 0; i < s.n;) {
        if (s.n - i >= sizeof(bytes16) && !may_be_bad(s.p + i)) {
            i += sizeof(bytes16);
            continue;
        }
        size_t stop = s.n - i < sizeof(bytes16) ? s.n : i + sizeof(bytes16);
        while (i < stop) {
            size_t bad = bad_at(str_from(s, i));
            if (bad) {
                out_html(o, str_make(s.p + run, i - run));
                run = i + bad;
            }
            i += bad ? bad : 1;
        }
    }
    out_html(o, str_from(s, run));
}

void xml_element_n(struct out *o, const char *name, const struct str *parts, size_t n)
{
    struct str tag = str_of(name);
    out_char(o, '<');
    out_str(o, tag);
    out_char(o, '>');
    for (size_t i = 0; i < n; i++)
        xml_put(o, parts[i]);
    out_lit(o, "</");
    out_str(o, tag);
    out_lit(o, ">\n");
}
