/* feed.h: what the writers of feeds share: the src/view folder's own.
 *
 * RULES
 *   1. What XML cannot hold (most control characters, U+FFFE, U+FFFF) is left out.
 *   2. An entry keeps its id when its title, its address or the hub's address changes, and has the
 *      same one in each form and in each feed.
 *   3. Addresses in an entry's text are absolute.
 *   4. The key of a reader stands in the addresses of the feed itself and of its next page, and
 *      nowhere else.
 */
#ifndef VIEW_FEED_H
#define VIEW_FEED_H

#include "view/answer.h"

struct feed_form {
    enum face face;
    const char *type, *suffix, *label;
};
extern const struct feed_form feed_forms[]; /* ends with type NULL */

/* What stands in a feed whatever its form; addresses are absolute. */
struct feed_head {
    struct str title, hub, site, self, page, next, id, icon;
    int64_t updated; /* of its newest entry; 0: there is none */
};

struct feed_head feed_head(struct req *rq, const struct feed *feed);
/* "urn:uuid:..." */
struct str feed_id(struct req *rq, const struct feed *feed, const struct feed_entry *e);
struct str feed_title(const struct feed_entry *e);
static inline int64_t feed_updated(const struct feed_entry *e)
{
    return e->updated ? e->updated : e->published;
}
/* The entry's text with absolute addresses; or its plain text as HTML. */
struct str feed_html(struct req *rq, struct str site, const struct feed_entry *e);

/* By rq->face. */
void feed_write(struct req *rq, const struct feed *feed);
void atom_write(struct req *rq, const struct feed *feed, const struct feed_head *head);
void rss_write(struct req *rq, const struct feed *feed, const struct feed_head *head);
void json_feed_write(struct req *rq, const struct feed *feed, const struct feed_head *head);
void opml_write(struct req *rq, const struct outline *outline);

/* ---- XML ---- */

void xml_put(struct out *o, struct str s); /* as text or in an attribute */
/* Text in parts: <name>, parts, </name>. */
#define xml_element(o, name, ...)                                                                  \
    xml_element_n((o), (name), (const struct str[]){__VA_ARGS__},                                  \
                  sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
void xml_element_n(struct out *o, const char *name, const struct str *parts, size_t n);

#endif
