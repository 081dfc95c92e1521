/* feed_opml.c: OPML 2.0: a list of feeds, as readers take it in. */
#include "http/feed_key.h"
#include "view/feed.h"

static void attribute(struct out *o, const char *name, struct str first, struct str second,
                      struct str third);

void opml_write(struct req *rq, const struct outline *outline)
{
    struct out *o = &rq->out;
    struct str site = site_url(rq), key = feed_key_of(rq);
    if (key.n)
        key = str_fmt(rq->arena, "?key=" STR_FMT, STR_ARG(key));
    out_lit(o, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">\n<head>\n");
    xml_element(o, "title", outline->title, S(" · "), hub_name(rq));
    out_lit(o, "</head>\n<body>\n");
    for (size_t i = 0; i < outline->n; i++) {
        const struct outline_item *item = &outline->items[i];
        struct str atom = feed_path(rq->arena, item->path, FACE_ATOM);
        out_lit(o, "<outline type=\"rss\"");
        attribute(o, "text", item->title, S(""), S(""));
        attribute(o, "title", item->title, S(""), S(""));
        attribute(o, "xmlUrl", site, atom, key);
        attribute(o, "htmlUrl", site, item->path, S(""));
        out_lit(o, "/>\n");
    }
    out_lit(o, "</body>\n</opml>\n");
}

static void attribute(struct out *o, const char *name, struct str first, struct str second,
                      struct str third)
{
    out_fmt(o, " %s=\"", name);
    xml_put(o, first);
    xml_put(o, second);
    xml_put(o, third);
    out_char(o, '"');
}
