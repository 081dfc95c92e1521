/* feed_atom.c: Atom (RFC 4287), with pages of feeds (RFC 5005). */
#include "core/clock.h"
#include "view/feed.h"

static void link_put(struct out *o, const char *rel, const char *type, struct str href);
static void entry_put(struct req *rq, const struct feed *feed, const struct feed_head *head,
                      const struct feed_entry *e);
static void time_put(struct out *o, const char *name, int64_t at);

void atom_write(struct req *rq, const struct feed *feed, const struct feed_head *head)
{
    struct out *o = &rq->out;
    out_lit(o, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
               "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"" HUB_LANGUAGE "\">\n");
    xml_element(o, "id", head->id);
    xml_element(o, "title", head->title);
    time_put(o, "updated", head->updated);
    link_put(o, "self", "application/atom+xml", head->self);
    link_put(o, "alternate", "text/html", head->page);
    if (head->next.n)
        link_put(o, "next", "application/atom+xml", head->next);
    out_lit(o, "<author>");
    xml_element(o, "name", head->hub);
    out_lit(o, "</author>\n<generator>Skep</generator>\n");
    xml_element(o, "icon", head->icon);
    for (size_t i = 0; i < feed->n; i++)
        entry_put(rq, feed, head, &feed->entries[i]);
    out_lit(o, "</feed>\n");
}

static void entry_put(struct req *rq, const struct feed *feed, const struct feed_head *head,
                      const struct feed_entry *e)
{
    struct out *o = &rq->out;
    out_lit(o, "<entry>\n");
    xml_element(o, "id", feed_id(rq, feed, e));
    xml_element(o, "title", feed_title(e));
    time_put(o, "published", e->published);
    time_put(o, "updated", feed_updated(e));
    out_lit(o, "<link rel=\"alternate\" type=\"text/html\" href=\"");
    xml_put(o, head->site);
    xml_put(o, e->path);
    out_lit(o, "\"/>\n");
    if (e->author.n) {
        out_lit(o, "<author>");
        xml_element(o, "name", e->author);
        if (e->author_handle.n)
            xml_element(o, "uri", head->site, S("/people/"), e->author_handle);
        out_lit(o, "</author>\n");
    }
    struct str tags = e->tags, tag;
    while (str_split(&tags, ' ', &tag)) {
        out_lit(o, "<category term=\"");
        xml_put(o, tag);
        out_lit(o, "\"/>\n");
    }
    out_lit(o, "<content type=\"html\">");
    xml_put(o, feed_html(rq, head->site, e));
    out_lit(o, "</content>\n</entry>\n");
}

static void link_put(struct out *o, const char *rel, const char *type, struct str href)
{
    out_fmt(o, "<link rel=\"%s\" type=\"%s\" href=\"", rel, type);
    xml_put(o, href);
    out_lit(o, "\"/>\n");
}

static void time_put(struct out *o, const char *name, int64_t at)
{
    char text[32];
    xml_element(o, name, clock_rfc3339(text, at));
}
