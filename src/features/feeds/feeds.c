/* feeds.c: which feeds there are, on a page and as OPML for a reader to take in.
 *
 * RULES
 *   1. The feeds of what the viewer may see, no others: by a feed key, of what its owner may see.
 *   2. In an OPML that was asked for by key, each address has the key; in others none has.
 */
#include "features/feeds/feeds.h"

#include "http/feature.h"
#include "record/record.h"
#include "views/feeds/index.h"

enum { SPACES = 200, ITEMS = 32 };

static int feeds_index(struct req *rq);

static const struct part item_parts[] = {
    PART_TITLE("FeedOf"),
    PART(TEXT, "title", struct outline_item, title),
    PART(TEXT, "path", struct outline_item, path),
    {0},
};

static const struct part feeds_parts[] = {
    PART_TITLE("Feeds"),
    PART_LIST("own", struct feeds_page, own.items, own.n, item_parts),
    PART_LIST("hub", struct feeds_page, hub.items, hub.n, item_parts),
    PART_LIST("spaces", struct feeds_page, spaces.items, spaces.n, item_parts),
    {0},
};

static const struct part feeds_answer[] = {PART_OBJECT("data", feeds_parts), {0}};

static const struct route routes[] = {
    {GET, "/feeds", feeds_index, ANYONE, .answers = feeds_answer,
     .help = "the feeds there are; /feeds.opml for readers"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Feeds", "/feeds", "#i-rss", 70, ANYONE, MENU_FOOT},
    {0},
};

const struct feature feeds_feature = {.name = "feeds", .routes = routes, .menu = menu};

/* What the menu calls a list, for every type of record that has one. */
static struct outline hub_lists(struct req *rq)
{
    struct outline_item *items = arena_array(rq->arena, struct outline_item, ITEMS);
    size_t n = 0;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct menu_entry *e = (*f)->menu; e && e->label; e++)
            for (const struct record_type *const *t = (*f)->types; t && *t; t++)
                if (e->place == MENU_BAR && str_is(str_from(str_of(e->path), 1), (*t)->plural) &&
                    n < ITEMS)
                    items[n++] = (struct outline_item){str_of(e->label), str_of(e->path)};
    return (struct outline){.title = S("Everything"), .items = items, .n = n};
}

/* One's own first. */
static struct outline spaces_seen(struct req *rq)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT s.name, s.slug FROM spaces s JOIN records r ON r.id = s.id"
                    " LEFT JOIN memberships m ON m.space_id = s.id AND m.person_id = ?1"
                    " WHERE r.deleted_at IS NULL AND ",
                    " ORDER BY CASE WHEN COALESCE(m.role, -1) >= 2 THEN 0 ELSE 1 END, s.name, s.id"
                    " LIMIT ?2");
    struct outline_item *items = arena_array(rq->arena, struct outline_item, SPACES);
    size_t n = 0;
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I(SPACES));
    while (n < SPACES && db_next(&q))
        items[n++] = (struct outline_item){
            db_dup(&q, 0, rq->arena),
            str_fmt(rq->arena, "/spaces/" STR_FMT, STR_ARG(db_str(&q, 1))),
        };
    db_done(&q);
    return (struct outline){.title = S("Spaces"), .items = items, .n = n};
}

static const struct outline *joined(struct req *rq, const struct feeds_page *v)
{
    const struct outline parts[] = {v->own, v->hub, v->spaces};
    struct outline_item *items =
        arena_array(rq->arena, struct outline_item, v->own.n + v->hub.n + v->spaces.n + 1);
    struct outline *all = arena_make(rq->arena, struct outline);
    *all = (struct outline){.title = S("Feeds"), .items = items};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < parts[i].n; k++)
            items[all->n++] = parts[i].items[k];
    return all;
}

static int feeds_index(struct req *rq)
{
    static const struct outline_item own[] = {{{"Home", 4}, {"/", 1}},
                                              {{"Notifications", 13}, {"/notifications", 14}}};
    struct feeds_page *v = arena_make(rq->arena, struct feeds_page);
    v->hub = hub_lists(rq);
    v->spaces = spaces_seen(rq);
    if (rq->viewer.id)
        v->own = (struct outline){.title = S("Yours: with a key only"), .items = own, .n = 2};
    return answer(rq, &(struct answer){.title = S("Feeds"),
                                       .page = feeds_index_view,
                                       .outline = joined(rq, v),
                                       .width = PAGE_NARROW,
                                       .data = v});
}
