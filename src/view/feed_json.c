/* feed_json.c: JSON Feed 1.1 (jsonfeed.org). */
#include "view/feed.h"

static void item_put(struct json *j, struct req *rq, const struct feed *feed,
                     const struct feed_head *head, const struct feed_entry *e);
static void author_put(struct json *j, struct req *rq, const struct feed_head *head,
                       const struct feed_entry *e);

void json_feed_write(struct req *rq, const struct feed *feed, const struct feed_head *head)
{
    struct json j = json_to(&rq->out);
    json_open(&j, '{');
    json_kstr(&j, "version", S("https://jsonfeed.org/version/1.1"));
    json_kstr(&j, "title", head->title);
    json_kstr(&j, "home_page_url", head->page);
    json_kstr(&j, "feed_url", head->self);
    if (head->next.n)
        json_kstr(&j, "next_url", head->next);
    json_kstr(&j, "icon", head->icon);
    json_kstr(&j, "language", S(HUB_LANGUAGE));
    json_key(&j, "items");
    json_open(&j, '[');
    for (size_t i = 0; i < feed->n; i++)
        item_put(&j, rq, feed, head, &feed->entries[i]);
    json_close(&j, ']');
    json_close(&j, '}');
}

static void item_put(struct json *j, struct req *rq, const struct feed *feed,
                     const struct feed_head *head, const struct feed_entry *e)
{
    json_open(j, '{');
    json_kstr(j, "id", feed_id(rq, feed, e));
    json_kstr(j, "url", str_fmt(rq->arena, STR_FMT STR_FMT, STR_ARG(head->site), STR_ARG(e->path)));
    json_kstr(j, "title", feed_title(e));
    json_ktime(j, "date_published", e->published);
    json_ktime(j, "date_modified", feed_updated(e));
    if (e->author.n)
        author_put(j, rq, head, e);
    struct str tags = e->tags, tag;
    if (tags.n) {
        json_key(j, "tags");
        json_open(j, '[');
        while (str_split(&tags, ' ', &tag))
            json_str(j, tag);
        json_close(j, ']');
    }
    if (e->html.s.n)
        json_kstr(j, "content_html", feed_html(rq, head->site, e));
    else
        json_kstr(j, "content_text", e->text);
    json_close(j, '}');
}

static void author_put(struct json *j, struct req *rq, const struct feed_head *head,
                       const struct feed_entry *e)
{
    json_key(j, "authors");
    json_open(j, '[');
    json_open(j, '{');
    json_kstr(j, "name", e->author);
    if (e->author_handle.n)
        json_kstr(j, "url",
                  str_fmt(rq->arena, STR_FMT "/people/" STR_FMT, STR_ARG(head->site),
                          STR_ARG(e->author_handle)));
    json_close(j, '}');
    json_close(j, ']');
}
