/* feed_rss.c: RSS 2.0, with the modules that readers know: content, Dublin Core, Atom's links. */
#include "core/clock.h"
#include "view/feed.h"

static void link_put(struct out *o, const char *rel, struct str href);
static void item_put(struct req *rq, const struct feed *feed, const struct feed_head *head,
                     const struct feed_entry *e);
static void time_put(struct out *o, const char *name, int64_t at);

void rss_write(struct req *rq, const struct feed *feed, const struct feed_head *head)
{
    struct out *o = &rq->out;
    out_lit(o, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
               "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\""
               " xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""
               " xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n");
    xml_element(o, "title", head->title);
    xml_element(o, "link", head->page);
    xml_element(o, "description", feed->title, S(" on "), head->hub);
    xml_element(o, "language", S(HUB_LANGUAGE));
    if (head->updated)
        time_put(o, "lastBuildDate", head->updated);
    xml_element(o, "generator", S("Skep"));
    link_put(o, "self", head->self);
    if (head->next.n)
        link_put(o, "next", head->next);
    out_lit(o, "<image>\n");
    xml_element(o, "url", head->icon);
    xml_element(o, "title", head->title);
    xml_element(o, "link", head->page);
    out_lit(o, "</image>\n");
    for (size_t i = 0; i < feed->n; i++)
        item_put(rq, feed, head, &feed->entries[i]);
    out_lit(o, "</channel>\n</rss>\n");
}

static void item_put(struct req *rq, const struct feed *feed, const struct feed_head *head,
                     const struct feed_entry *e)
{
    struct out *o = &rq->out;
    out_lit(o, "<item>\n");
    xml_element(o, "title", feed_title(e));
    xml_element(o, "link", head->site, e->path);
    out_lit(o, "<guid isPermaLink=\"false\">");
    xml_put(o, feed_id(rq, feed, e));
    out_lit(o, "</guid>\n");
    time_put(o, "pubDate", e->published);
    if (feed_updated(e) != e->published) {
        char text[32];
        xml_element(o, "atom:updated", clock_rfc3339(text, feed_updated(e)));
    }
    if (e->author.n)
        xml_element(o, "dc:creator", e->author);
    struct str tags = e->tags, tag;
    while (str_split(&tags, ' ', &tag))
        xml_element(o, "category", tag);
    xml_element(o, "content:encoded", feed_html(rq, head->site, e));
    out_lit(o, "</item>\n");
}

static void link_put(struct out *o, const char *rel, struct str href)
{
    out_fmt(o, "<atom:link rel=\"%s\" type=\"application/rss+xml\" href=\"", rel);
    xml_put(o, href);
    out_lit(o, "\"/>\n");
}

static void time_put(struct out *o, const char *name, int64_t at)
{
    char text[32];
    xml_element(o, name, clock_http(text, at));
}
