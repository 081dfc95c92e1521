/* feeds_test.c: every list of the program has a feed, in each form, which is well-formed and shows
 * nothing that its reader may not see.
 *
 * Lists are not named here: the routes of features[] are gone through, and a route whose JSON is an
 * array is one. What makes no sense as a feed says so (ROUTE_UNFED).
 */
#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "record/access.h"
#include "record/record.h"
#include "test/rooms.h"
#include "view/answer.h"

enum { IDS_MAX = 400, LISTS_MAX = 200 };

static const enum audience audiences[] = {AUDIENCE_PUBLIC, AUDIENCE_MEMBERS,
                                          AUDIENCE_SPACE,  AUDIENCE_PARTICIPANTS,
                                          AUDIENCE_STAFF,  AUDIENCE_PRIVATE};

static const char *word_of(struct kit *kit, enum audience a)
{
    return kit_path(kit, "for%s", audience_name(a).p);
}

static bool may_see(const struct person_kit *who, enum audience a)
{
    return a == AUDIENCE_PUBLIC || (who && a == AUDIENCE_MEMBERS) ||
           (who && who->role >= ROLE_STAFF && a == AUDIENCE_STAFF);
}

/* An idea with all that can stand around one, for each audience. */
static void hub_fill(struct kit *kit, struct rooms *rooms)
{
    for (size_t i = 0; i < sizeof audiences / sizeof *audiences; i++) {
        const char *word = word_of(kit, audiences[i]);
        int64_t idea = idea_make(kit, rooms, rooms->ana, word);
        int64_t topic = topic_make(kit, rooms, rooms->ana, word);
        comment_make(kit, rooms->ana, idea, word);
        as(kit, rooms->ana);
        const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
        const char *edit = kit_path(kit, "{\"body\":\"Better %s.\",\"note\":\"%s\"}", word, word);
        assert_status(patch_json(kit, path, edit), 200);
        as(kit, rooms->ben);
        assert_status(post_json(kit, kit_path(kit, "%s/votes", path), "{}"), 200);
        assert_status(put_json(kit, kit_path(kit, "/watches/%lld", (long long)idea),
                               "{\"level\":\"everything\"}"),
                      200);
        assert_status(post_json(kit, kit_path(kit, "/topics/%lld/answers", (long long)topic),
                                kit_path(kit, "{\"body\":\"%s\"}", word)),
                      201);
        sql_run(kit, kit_path(kit, "UPDATE records SET audience = %d WHERE root_id IN (%lld, %lld)",
                              audiences[i], (long long)idea, (long long)topic));
    }
    kit->unsound = true; /* audiences were changed behind its back */
}

/* ---- reading feeds ---- */

struct ids {
    const char *id[IDS_MAX];
    size_t n;
};

static void id_add(struct kit *kit, struct res r, struct ids *ids, const char *id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (strcmp(ids->id[i], id) == 0)
            kit_wrong(r, __FILE__, __LINE__, "an id stands there twice: %s", id);
    assert_true(ids->n < IDS_MAX);
    ids->id[ids->n++] = str_cstr(kit->arena, str_of(id));
}

static void assert_absolute(struct res r, const char *address)
{
    if (!address || strncmp(address, "http://" KIT_HOST "/", 8 + strlen(KIT_HOST)) != 0)
        kit_wrong(r, __FILE__, __LINE__, "no absolute address: %s", address ? address : "none");
}

static int count(const xmlXPathObject *found)
{
    return found->nodesetval ? found->nodesetval->nodeNr : 0;
}

static void xml_ids(struct kit *kit, struct res r, const char *path, const char *ids_at,
                    const char *links_at, struct ids *ids)
{
    xmlDoc *doc = xmlReadMemory(r.body.p, (int)r.body.n, "feed", NULL, XML_PARSE_NONET);
    if (!doc)
        kit_wrong(r, __FILE__, __LINE__, "%s is not well-formed", path);
    xmlXPathContext *x = xmlXPathNewContext(doc);
    xmlXPathRegisterNs(x, (const xmlChar *)"a", (const xmlChar *)"http://www.w3.org/2005/Atom");
    xmlXPathObject *found = xmlXPathEval((const xmlChar *)ids_at, x);
    for (int i = 0; i < count(found); i++) {
        xmlChar *id = xmlNodeGetContent(found->nodesetval->nodeTab[i]);
        id_add(kit, r, ids, (const char *)id);
        xmlFree(id);
    }
    xmlXPathFreeObject(found);
    found = xmlXPathEval((const xmlChar *)links_at, x);
    assert_true(count(found) > (int)ids->n);
    for (int i = 0; i < count(found); i++) {
        xmlChar *link = xmlNodeGetContent(found->nodesetval->nodeTab[i]);
        assert_absolute(r, (const char *)link);
        xmlFree(link);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(x);
    xmlFreeDoc(doc);
}

static void json_ids(struct kit *kit, struct res r, const char *path, struct ids *ids)
{
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL), *items = json_object_get(root, "items");
    if (!json_is_array(items))
        kit_wrong(r, __FILE__, __LINE__, "%s is no JSON Feed", path);
    assert_absolute(r, json_string_value(json_object_get(root, "feed_url")));
    assert_absolute(r, json_string_value(json_object_get(root, "home_page_url")));
    for (size_t i = 0; i < json_array_size(items); i++) {
        json_t *item = json_array_get(items, i);
        id_add(kit, r, ids, json_string_value(json_object_get(item, "id")));
        assert_absolute(r, json_string_value(json_object_get(item, "url")));
        assert_true(json_object_get(item, "content_html") || json_object_get(item, "content_text"));
    }
    json_decref(root);
}

/* ---- the crawl ---- */

/* The address that the page's head gives for this type; NULL: none. */
static const char *alternate_in(struct kit *kit, struct res page, const char *type)
{
    const char *link = kit_path(kit, "<link rel=\"alternate\" type=\"%s\"", type);
    ptrdiff_t at = str_find_str(page.body, str_of(link));
    if (at < 0)
        return NULL;
    struct str rest = str_from(page.body, (size_t)at);
    ptrdiff_t href = str_find_str(rest, S("href=\""));
    assert_true(href > 0);
    rest = str_from(rest, (size_t)href + 6);
    rest = str_first(rest, (size_t)str_find(rest, '"'));
    char *path = str_cstr(kit->arena, rest);
    for (char *amp; (amp = strstr(path, "&amp;"));)
        memmove(amp + 1, amp + 5, strlen(amp + 5) + 1);
    return path;
}

static struct res feed_get(struct kit *kit, const struct person_kit *who, const char *path)
{
    struct res r = get(kit, path);
    if (r.status != 200)
        kit_wrong(r, __FILE__, __LINE__, "%s: %d", path, r.status);
    for (size_t i = 0; i < sizeof audiences / sizeof *audiences; i++)
        if (!may_see(who, audiences[i]) && str_has(r.body, str_of(word_of(kit, audiences[i]))))
            kit_wrong(r, __FILE__, __LINE__, "%s shows what is %s", path,
                      word_of(kit, audiences[i]));
    kit_header(kit, "If-None-Match: " STR_FMT, STR_ARG(res_head(r, "ETag")));
    assert_status(get(kit, path), 304);
    return r;
}

/* False: the page tells of no feeds. */
static bool feeds_of(struct kit *kit, const struct person_kit *who, const char *path, bool must)
{
    struct res page = get(kit, path);
    static const char *const types[] = {"application/atom+xml", "application/rss+xml",
                                        "application/feed+json"};
    struct ids ids[3] = {0};
    for (int i = 0; i < 3; i++) {
        const char *at = alternate_in(kit, page, types[i]);
        if (!at && (must || i))
            kit_wrong(page, __FILE__, __LINE__, "%s tells of no %s", path, types[i]);
        if (!at)
            return false;
        struct res r = feed_get(kit, who, at);
        assert_true(str_starts(res_head(r, "Content-Type"), str_of(types[i])));
        if (i == 2)
            json_ids(kit, r, at, &ids[i]);
        else
            xml_ids(kit, r, at, i ? "/rss/channel/item/guid" : "/a:feed/a:entry/a:id",
                    i ? "//link | //url | //a:link/@href" : "//a:link/@href | //a:icon", &ids[i]);
        if (ids[i].n != ids[0].n)
            kit_wrong(r, __FILE__, __LINE__, "%s has %zu entries, not %zu", at, ids[i].n, ids[0].n);
        for (size_t k = 0; k < ids[0].n; k++)
            assert_string_equal(ids[i].id[k], ids[0].id[k]);
    }
    return true;
}

/* With ids that are there: of the type whose plural begins the path. */
static const char *example_of(struct kit *kit, const char *path)
{
    int64_t id = 1;
    const char *colon = strchr(path, ':');
    for (const struct feature *const *f = features; colon && *f; f++)
        for (const struct record_type *const *t = (*f)->types; t && *t; t++)
            if (strncmp(path + 1, (*t)->plural, strlen((*t)->plural)) == 0)
                id = sql_int(kit, kit_path(kit, "SELECT MIN(id) FROM records WHERE type = '%s'",
                                           (*t)->name));
    if (!colon)
        return path;
    const char *rest = strchr(colon, '/');
    return kit_path(kit, "%.*s%lld%s", (int)(colon - path), path, (long long)id, rest ? rest : "");
}

static bool is_list(struct res r)
{
    json_t *root = r.status == 200 ? json_loadb(r.body.p, r.body.n, 0, NULL) : NULL;
    bool list = json_is_array(json_object_get(root, "data"));
    json_decref(root);
    return list;
}

static void every_list_has_a_feed(void **state) /* answer RULE 3, fresh RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct person_kit *people[] = {NULL, kit_person(kit, "mia", ROLE_MEMBER),
                                   kit_person(kit, "sally", ROLE_STAFF)};
    hub_fill(kit, &rooms);
    int lists = 0, others = 0;
    for (int p = 0; p < 3; p++) {
        as(kit, people[p]);
        for (const struct feature *const *f = features; *f; f++)
            for (const struct route *r = (*f)->routes; r && r->method; r++) {
                if (r->method != GET || r->flags & (ROUTE_STREAM | ROUTE_BARE) ||
                    r->who > (people[p] ? MEMBER : ANYONE) ||
                    strchr(r->path, ':') != strrchr(r->path, ':'))
                    continue;
                const char *path = example_of(kit, r->path);
                bool list = is_list(get_json(kit, path)) && !(r->flags & ROUTE_UNFED);
                struct res page = get(kit, path);
                if (page.status == 303)
                    page = kit_follow(page);
                lists += list;
                if (list || page.status == 200)
                    others += feeds_of(kit, people[p], path, list);
            }
    }
    assert_true(lists >= 14 && others > lists);
}

static void these_have_feeds(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    hub_fill(kit, &rooms);
    static const char *const paths[] = {
        "/",
        "/home",
        "/ideas",
        "/ideas?sort=votes&tag=lid&space=product-ideas",
        "/ideas?status=open&sort=newest",
        "/topics?show=unanswered",
        "/spaces",
        "/spaces/product-ideas",
        "/spaces/product-ideas/members",
        "/people",
        "/people?q=a",
        "/people/ana",
        "/search?q=forpublic&type=idea",
        "/notifications",
    };
    struct person_kit *sally = kit_person(kit, "sally", ROLE_STAFF);
    as(kit, sally);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        feeds_of(kit, sally, paths[i], true);
    const char *idea = example_of(kit, "/ideas/:id");
    feeds_of(kit, sally, kit_path(kit, "%s/revisions", idea), true);
    feeds_of(kit, sally, kit_path(kit, "%s/votes", idea), true);
    feeds_of(kit, sally, example_of(kit, "/comments/:id/votes"), true);
}

static void a_feed_is_narrowed_as_its_page(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ana);
    assert_status(patch_json(kit, example_of(kit, "/ideas/:id"), "{\"tags\":\"odd\"}"), 200);
    idea_make(kit, &rooms, rooms.ana, "A cap");
    struct res page = get(kit, "/ideas?tag=odd&sort=newest");
    struct res r = get(kit, alternate_in(kit, page, "application/rss+xml"));
    assert_has(r, "A lid");
    assert_has_not(r, "A cap");
    assert_has(r, "<category>odd</category>");
    assert_has(r, "&lt;strong&gt;nowhere&lt;/strong&gt;"); /* the whole text */
}

static void home_is_a_feed_of_ones_spaces(void **state) /* home RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t other = space_make(kit, &rooms, "Elsewhere", "anyone", "public");
    idea_in(kit, other, rooms.ana, "A cap");
    as(kit, rooms.ben);
    assert_has_not(get(kit, "/home.atom"), "A lid");
    assert_status(
        post_json(kit, kit_path(kit, "/spaces/%lld/membership", (long long)rooms.space), "{}"),
        200);
    struct res r = get(kit, "/home.atom");
    assert_has(r, "proposed A lid");
    assert_has_not(r, "A cap");
    assert_status(put_json(kit, "/home/seen", "{\"activity\":1000}"), 200);
    assert_has(get(kit, "/home.feed.json"), "proposed A lid"); /* read or not */
    as(kit, NULL);
    assert_has(get(kit, "/home.rss"), "A cap"); /* guests: what Home shows them */
}

static void opml_has_the_feeds_that_one_sees(void **state) /* feeds RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    space_make(kit, &rooms, "Back & <room>", "request", "space");
    as(kit, NULL);
    struct res r = get(kit, "/feeds.opml");
    assert_header(r, "Content-Type", "text/x-opml; charset=utf-8");
    assert_has_not(r, "Back");
    assert_has_not(r, "/notifications");
    assert_has(r, "xmlUrl=\"http://" KIT_HOST "/spaces/product-ideas.atom\"");
    as(kit, rooms.staff);
    r = get(kit, "/feeds.opml");
    assert_has(r, "text=\"Back &amp; &lt;room&gt;\"");
    xmlDoc *doc = xmlReadMemory(r.body.p, (int)r.body.n, "opml", NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    assert_string_equal((const char *)xmlDocGetRootElement(doc)->name, "opml");
    xmlXPathContext *x = xmlXPathNewContext(doc);
    xmlXPathObject *found = xmlXPathEval((const xmlChar *)"/opml/body/outline/@xmlUrl", x);
    assert_true(count(found) >= 8);
    for (int i = 0; i < count(found); i++) {
        xmlChar *at = xmlNodeGetContent(found->nodesetval->nodeTab[i]);
        feed_get(kit, rooms.staff, (const char *)at + strlen("http://" KIT_HOST));
        xmlFree(at);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(x);
    xmlFreeDoc(doc);
    assert_has(get(kit, "/feeds"), "href=\"/spaces/back-room.rss\"");
    assert_json_str(get_json(kit, "/feeds"), "data.own.0.title", "Home");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(every_list_has_a_feed),
        kit_test(these_have_feeds),
        kit_test(a_feed_is_narrowed_as_its_page),
        kit_test(home_is_a_feed_of_ones_spaces),
        kit_test(opml_has_the_feeds_that_one_sees),
    };
    return kit_run(tests);
}
