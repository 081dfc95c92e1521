/* answer_test.c: proves the RULES of answer.h, page.c and feed.c, on a feature of its own. */
#include "view/answer.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <unistd.h>

#include "test/kit.h"

#define SITE "http://" KIT_HOST
#define PICTURE(at) "<img src=\"" at "/f\" srcset=\"" at "/f?w=2 2w, " at "/f 4w\">"

/* ---- the feature: things ---- */

static void things_page(struct out *o, const void *data)
{
    (void)data;
    out_lit(o, "<h1>Things</h1>");
    html_put(o, csrf_field(o));
}

static void things_stream(struct out *o, const void *data)
{
    (void)data;
    out_lit(o, "<turbo-stream action=\"refresh\"></turbo-stream>");
}

static void things_json(struct json *j, const void *data)
{
    (void)data;
    json_key(j, "data");
    json_open(j, '[');
    json_close(j, ']');
}

static int things_index(struct req *rq)
{
    static const struct feed_entry entries[] = {
        {.id = 7,
         .published = INT64_C(1500000000000000),
         .updated = INT64_C(1600000000000000),
         .title = {"<b>Lids & \"trays\"</b>\x01\xEF\xBF\xBF", 25},
         .path = {"/things/7-lids", 14},
         .author = {"Alice <alice>", 13},
         .author_handle = {"alice", 5},
         .tags = {"lid a&b", 7},
         .html = {{"<p>One</p></content><evil/>]]>\x0b<a href=\"/b\">" PICTURE(""), 84}}},
        {.id = 9,
         .published = INT64_C(1590000000000000),
         .path = {"/things/9", 9},
         .text = {"5 < 6", 5}},
    };
    struct feed *feed = feed_new(rq, S("Things"), S("/things?tag=a&b"), 2);
    if (feed->n)
        memcpy(feed->entries, entries, sizeof entries);
    feed->next = S("2 0");
    return answer(rq, &(struct answer){.title = S("Things <1>"),
                                       .description = S("All \"things\""),
                                       .page = things_page,
                                       .json = things_json,
                                       .feed = feed});
}

static int things_bare(struct req *rq)
{
    return answer(rq, &(struct answer){.json = things_json});
}

static int things_plain(struct req *rq)
{
    return answer(rq, &(struct answer){.title = S("Plain"), .page = things_page});
}

static int things_create(struct req *rq)
{
    flash(rq, "Made <it>.");
    return answer_created(rq, S("/things/7"), &(struct answer){.json = things_json});
}

static int things_update(struct req *rq)
{
    return answer_updated(rq, S("/things/7"),
                          &(struct answer){.json = things_json, .stream = things_stream});
}

static int things_destroy(struct req *rq)
{
    return answer_updated(rq, S("/things"), NULL);
}

static int broken(struct req *rq)
{
    db_exec(rq->db, "SELECT nothing FROM nowhere");
    return things_plain(rq);
}

static int64_t waiting(struct req *rq)
{
    (void)rq;
    return 1204;
}

static const struct route routes[] = {
    {GET, "/things", things_index, ANYONE},          {GET, "/bare", things_bare, ANYONE},
    {GET, "/plain/:id", things_plain, ANYONE},       {GET, "/broken", broken, ANYONE},
    {POST, "/things", things_create, ANYONE},        {PATCH, "/things/:id", things_update, ANYONE},
    {DELETE, "/things/:id", things_destroy, ANYONE}, {0},
};

static const struct menu_entry menu[] = {
    {"Last", "/last", "#i-x", 30, ANYONE},
    {"Things", "/things", "#i-lightbulb", 20, ANYONE},
    {"Theirs", "/plain", "#i-users", 10, MEMBER},
    {"Reports", "/reports", "#i-x", 40, STAFF},
    {"Make a thing", "/things/new", "#i-plus", 10, MEMBER, MENU_ACT},
    {"Waiting", "/waiting", "#i-bell", 10, MEMBER, MENU_BELL, waiting},
    {"Your page", "/people/:me/page", "#i-user-round", 10, MEMBER, MENU_USER},
    {"About", "/about", "#i-info", 10, ANYONE, MENU_FOOT},
    {0},
};

static const struct feature things_feature = {.name = "things", .routes = routes, .menu = menu};
const struct feature *const features[] = {&things_feature, NULL};

/* ---- faces ---- */

static void each_face_comes_as_asked_for(void **state) /* answer RULE 1 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/things");
    assert_status(r, 200);
    assert_header(r, "Content-Type", "text/html; charset=utf-8");
    assert_has(r, "<h1>Things</h1>");
    r = get_json(kit, "/things");
    assert_header(r, "Content-Type", "application/json");
    assert_json_count(r, "data", 0);
    r = get(kit, "/things.json");
    assert_header(r, "Content-Type", "application/json");
    r = get(kit, "/things.atom");
    assert_header(r, "Content-Type", "application/atom+xml; charset=utf-8");
}

static void a_face_that_is_not_there_is_406(void **state) /* answer RULE 1 */
{
    struct kit *kit = *state;
    assert_status(get(kit, "/bare"), 406);
    assert_status(get(kit, "/bare.atom"), 406);
    assert_status(get(kit, "/bare.csv"), 406);
    assert_status(get_json(kit, "/plain/1"), 406);
    assert_header(get_json(kit, "/plain/1"), "Content-Type", "application/problem+json");
    assert_status(get_json(kit, "/bare"), 200);
}

static void what_has_no_stream_changes_the_main_part(void **state) /* answer RULE 1 */
{
    struct kit *kit = *state;
    struct res r = kit_request(kit, "GET", "/things", KIT_STREAM, NULL, NULL);
    assert_status(r, 200);
    assert_header(r, "Content-Type", "text/vnd.turbo-stream.html; charset=utf-8");
    assert_has(r, "<turbo-stream action=\"update\" target=\"main\">");
    assert_has_not(r, "<html");
    r = kit_request(kit, "GET", "/things", KIT_STREAM ", text/html", NULL, NULL);
    assert_header(r, "Content-Type", "text/html; charset=utf-8");
}

static void a_change_leads_on_or_gives_the_data(void **state) /* answer RULE 2 */
{
    struct kit *kit = *state;
    struct res r = post(kit, "/things", "a=1");
    assert_status(r, 303);
    assert_header(r, "Location", "/things/7");
    r = post_json(kit, "/things", "{}");
    assert_status(r, 201);
    assert_header(r, "Location", "/things/7");
    assert_json_count(r, "data", 0);
    r = patch_json(kit, "/things/7", "{}");
    assert_status(r, 200);
    assert_header(r, "Location", NULL);
    r = patch(kit, "/things/7", "a=1");
    assert_header(r, "Location", "/things/7");
    r = kit_request(kit, "PATCH", "/things/7", KIT_STREAM, KIT_FORM, "a=1");
    assert_status(r, 200);
    assert_header(r, "Content-Type", "text/vnd.turbo-stream.html; charset=utf-8");
    assert_has(r, "<turbo-stream action=\"refresh\">");
    assert_status(kit_request(kit, "DELETE", "/things/7", KIT_JSON, NULL, NULL), 204);
}

static void a_form_leads_back_only_within_this_site(void **state) /* answer RULE 2 */
{
    struct kit *kit = *state;
    struct res r = patch(kit, "/things/7", "back=%2Fthings%3Fq%3D1");
    assert_header(r, "Location", "/things?q=1");
    r = patch(kit, "/things/7", "back=%2F%2Fevil.example");
    assert_header(r, "Location", "/things/7");
}

/* ---- feeds ---- */

static xmlNode *child(xmlNode *of, const char *name)
{
    for (xmlNode *n = of->children; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name))
            return n;
    fail_msg("no <%s>", name);
    return NULL;
}

static void assert_text(xmlNode *of, const char *name, const char *want)
{
    xmlChar *got = xmlNodeGetContent(child(of, name));
    assert_string_equal((const char *)got, want);
    xmlFree(got);
}

static void assert_href(xmlNode *link, const char *want)
{
    xmlChar *got = xmlGetProp(link, (const xmlChar *)"href");
    assert_string_equal((const char *)got, want);
    xmlFree(got);
}

static xmlDoc *xml_of(struct res r)
{
    assert_status(r, 200);
    xmlDoc *doc = xmlReadMemory(r.body.p, (int)r.body.n, "feed", NULL, XML_PARSE_NONET);
    if (!doc)
        kit_wrong(r, __FILE__, __LINE__, "not well-formed");
    return doc;
}

#define TITLE "<b>Lids & \"trays\"</b>"
#define TEXT "<p>One</p></content><evil/>]]>\x0b<a href=\"" SITE "/b\">" PICTURE(SITE)
#define XML_TEXT "<p>One</p></content><evil/>]]><a href=\"" SITE "/b\">" PICTURE(SITE)
#define NEXT "?tag=a&b&after=2%200"

static void a_feed_is_valid_atom(void **state) /* answer RULE 3, feed RULES 1 3 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/things.atom");
    assert_header(r, "Content-Type", "application/atom+xml; charset=utf-8");
    xmlDoc *doc = xml_of(r);
    xmlNode *feed = xmlDocGetRootElement(doc);
    assert_string_equal((const char *)feed->name, "feed");
    assert_string_equal((const char *)feed->ns->href, "http://www.w3.org/2005/Atom");
    assert_text(feed, "title", "Things · Skep");
    assert_text(feed, "updated", "2020-09-13T12:26:40Z");
    assert_href(child(feed, "link"), "http://" KIT_HOST "/things.atom?tag=a&b");
    assert_has(r, "rel=\"next\" type=\"application/atom+xml\" href=\"http://" KIT_HOST
                  "/things.atom?tag=a&amp;b&amp;after=2%200\"");
    xmlNode *entry = child(feed, "entry");
    assert_text(entry, "title", TITLE);
    assert_text(entry, "published", "2017-07-14T02:40:00Z");
    assert_text(entry, "updated", "2020-09-13T12:26:40Z");
    assert_text(child(entry, "author"), "name", "Alice <alice>");
    assert_text(child(entry, "author"), "uri", "http://" KIT_HOST "/people/alice");
    assert_text(entry, "content", XML_TEXT);
    assert_href(child(entry, "link"), "http://" KIT_HOST "/things/7-lids");
    assert_has(r, "<category term=\"lid\"/>\n<category term=\"a&amp;b\"/>");
    assert_has(r, "<content type=\"html\">5 &amp;lt; 6</content>");
    xmlFreeDoc(doc);
}

static void the_same_as_rss(void **state) /* answer RULE 3, feed RULES 1 3 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/things.rss");
    assert_header(r, "Content-Type", "application/rss+xml; charset=utf-8");
    xmlDoc *doc = xml_of(r);
    xmlNode *channel = child(xmlDocGetRootElement(doc), "channel");
    assert_text(channel, "title", "Things · Skep");
    assert_text(channel, "description", "Things on Skep");
    assert_text(channel, "language", "en");
    assert_text(channel, "lastBuildDate", "Sun, 13 Sep 2020 12:26:40 GMT");
    assert_has(r, "<link>http://" KIT_HOST "/things?tag=a&amp;b</link>");
    assert_has(r, "rel=\"self\" type=\"application/rss+xml\" href=\"http://" KIT_HOST
                  "/things.rss?tag=a&amp;b\"");
    assert_has(r, "<url>http://" KIT_HOST "/assets/apple-touch-icon");
    xmlNode *item = child(channel, "item");
    assert_text(item, "title", TITLE);
    assert_text(item, "link", "http://" KIT_HOST "/things/7-lids");
    assert_text(item, "pubDate", "Fri, 14 Jul 2017 02:40:00 GMT");
    assert_text(item, "creator", "Alice <alice>");
    assert_text(item, "category", "lid");
    assert_text(item, "encoded", XML_TEXT);
    assert_string_equal((const char *)child(item, "encoded")->ns->href,
                        "http://purl.org/rss/1.0/modules/content/");
    xmlFreeDoc(doc);
}

static void the_same_as_json_feed(void **state) /* answer RULE 3, feed RULE 3 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/things.feed.json");
    assert_header(r, "Content-Type", "application/feed+json");
    assert_json_str(r, "version", "https://jsonfeed.org/version/1.1");
    assert_json_str(r, "title", "Things · Skep");
    assert_json_str(r, "home_page_url", "http://" KIT_HOST "/things?tag=a&b");
    assert_json_str(r, "feed_url", "http://" KIT_HOST "/things.feed.json?tag=a&b");
    assert_json_str(r, "next_url", "http://" KIT_HOST "/things.feed.json" NEXT);
    assert_json_str(r, "language", "en");
    assert_json_count(r, "items", 2);
    assert_json_str(r, "items.0.url", "http://" KIT_HOST "/things/7-lids");
    assert_json_str(r, "items.0.content_html", TEXT);
    assert_json_str(r, "items.0.date_published", "2017-07-14T02:40:00Z");
    assert_json_str(r, "items.0.date_modified", "2020-09-13T12:26:40Z");
    assert_json_str(r, "items.0.authors.0.name", "Alice <alice>");
    assert_json_str(r, "items.0.authors.0.url", "http://" KIT_HOST "/people/alice");
    assert_json_str(r, "items.0.tags.1", "a&b");
    assert_json_str(r, "items.1.title", "Untitled");
    assert_json_str(r, "items.1.content_text", "5 < 6");
    assert_json_none(r, "items.1.content_html");
}

static void json_feed_comes_as_asked_for(void **state) /* answer RULE 1 */
{
    struct kit *kit = *state;
    static const char *const paths[] = {"/things", "/things.json"};
    for (int i = 0; i < 2; i++) {
        struct res r = kit_request(kit, "GET", paths[i],
                                   "application/feed+json, application/json;q=0.9", NULL, NULL);
        assert_header(r, "Content-Type", "application/feed+json");
    }
    struct res r = kit_request(kit, "GET", "/things", "application/rss+xml", NULL, NULL);
    assert_header(r, "Content-Type", "application/rss+xml; charset=utf-8");
    assert_header(get_json(kit, "/things.json"), "Content-Type", "application/json");
    assert_status(get(kit, "/bare.feed.json"), 406);
    assert_status(get(kit, "/things.opml"), 406);
}

/* The first id in the answer: what follows the mark, up to its end. */
static struct str id_in(struct res r, const char *mark)
{
    ptrdiff_t at = str_find_str(r.body, str_of(mark));
    assert_true(at > 0);
    struct str id = str_from(r.body, (size_t)at + strlen(mark));
    id = str_first(id, 45);
    assert_true(str_starts(id, S("urn:uuid:")) && id.p[23] == '8');
    return id;
}

static void an_entry_keeps_its_id(void **state) /* feed RULE 2 */
{
    struct kit *kit = *state;
    struct str id = id_in(get(kit, "/things.atom"), "<entry>\n<id>");
    assert_true(str_eq(id, id_in(get(kit, "/things.rss"), "isPermaLink=\"false\">")));
    assert_true(str_eq(id, id_in(get(kit, "/things.feed.json"), "\"items\":[{\"id\":\"")));
    kit_reopen(kit);
    struct res r = kit_raw(kit, S("GET /things.atom HTTP/1.1\r\nHost: another.test\r\n\r\n"));
    assert_true(str_eq(id, id_in(r, "<entry>\n<id>")));
}

static void a_page_tells_of_its_feeds(void **state)
{
    struct kit *kit = *state;
    struct res r = get(kit, "/things");
    assert_has(r, "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Things (Atom)\""
                  " href=\"/things.atom?tag=a&amp;b\">");
    assert_has(r, "type=\"application/rss+xml\" title=\"Things (RSS)\""
                  " href=\"/things.rss?tag=a&amp;b\">");
    assert_has(r, "type=\"application/feed+json\" title=\"Things (JSON Feed)\""
                  " href=\"/things.feed.json?tag=a&amp;b\">");
    assert_has_not(get(kit, "/plain/1"), "rel=\"alternate\"");
}

/* ---- pages ---- */

static void the_layout_escapes_what_it_shows(void **state)
{
    struct kit *kit = *state;
    sql_run(kit, "INSERT INTO settings (name, value) VALUES ('hub_name', 'A <script> & Co')");
    struct res r = get(kit, "/things?x=%22%3E%3Cscript%3E");
    assert_has(r, "<title>Things &lt;1&gt; · A &lt;script&gt; &amp; Co</title>");
    assert_has(r, "<meta name=\"description\" content=\"All &quot;things&quot;\">");
    assert_has_not(r, "\"><script>");
}

static void a_new_name_shows_within_ten_seconds(void **state)
{
    struct kit *kit = *state;
    assert_has(get(kit, "/things"), " · Skep</title>");
    sql_run(kit, "INSERT INTO settings (name, value) VALUES ('hub_name', 'Brindlemoor')");
    kit_pass(kit, 11 * CLOCK_SECOND);
    assert_has(get(kit, "/things"), " · Brindlemoor</title>");
}

static void a_menu_shows_what_its_viewer_may_call(void **state) /* page RULE 1 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/things");
    assert_has(r, "href=\"/things\"\naria-current=\"page\"");
    assert_has(r, "href=\"/about\"");
    assert_has_not(r, "href=\"/plain\"");
    assert_has_not(r, "href=\"/things/new\"");
    assert_has(r, "href=\"/session/new?back=%2Fthings\"");
    assert_true(str_find_str(r.body, S(">Things")) < str_find_str(r.body, S(">Last")));

    struct person_kit *alice = kit_person(kit, "alice", ROLE_MEMBER);
    as(kit, alice);
    r = get(kit, "/plain/1");
    assert_has(r, "href=\"/plain\"\naria-current=\"page\"");
    assert_has(r, "href=\"/things/new\"");
    assert_has(r, "<span class=\"badge badge--count\">99+</span>");
    assert_has(r, str_fmt(kit->arena, "href=\"/people/%lld/page\"", (long long)alice->id).p);
    assert_has(r, "<meta name=\"csrf-token\"");
    assert_has_not(r, "href=\"/reports\"");

    as(kit, kit_person(kit, "sam", ROLE_STAFF));
    assert_has(get(kit, "/plain/1"), "href=\"/reports\"");
}

static void the_token_is_the_same_all_over_a_page(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "alice", ROLE_MEMBER));
    struct res r = get(kit, "/plain/1");
    struct str mark = S("csrf-token\" content=\"");
    ptrdiff_t at = str_find_str(r.body, mark);
    assert_true(at > 0);
    struct str token = str_first(str_from(r.body, (size_t)at + mark.n), 64);
    assert_has(r, str_fmt(kit->arena, "name=\"_csrf\" value=\"" STR_FMT "\"", STR_ARG(token)).p);
}

static void a_message_shows_once(void **state)
{
    struct kit *kit = *state;
    post(kit, "/things", "a=1");
    assert_has(get(kit, "/things"), "<p>Made &lt;it&gt;.</p>");
    assert_has_not(get(kit, "/things"), "Made &lt;");
}

/* ---- refusals ---- */

static void a_refusal_is_a_page(void **state) /* answer RULE 4, page RULE 2 */
{
    struct kit *kit = *state;
    sql_run(kit, "INSERT INTO settings (name, value) VALUES ('hub_name', 'Brindlemoor')");
    struct res r = get(kit, "/nowhere?a=1");
    assert_status(r, 404);
    assert_has(r, "<h1>There is nothing at this address</h1>");
    assert_has(r, "href=\"/session/new?back=%2Fnowhere%3Fa%3D1\"");
    r = get(kit, "/broken");
    assert_status(r, 500);
    assert_has(r, "<h1>Something broke</h1>");
    assert_has_not(r, "nowhere");
    r = kit_raw(kit, S("GET / HTTP/1.1\r\n\r\n"));
    assert_status(r, 400);
    assert_has(r, "<p class=\"oops__code\">400</p>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(each_face_comes_as_asked_for),
        kit_test(a_face_that_is_not_there_is_406),
        kit_test(what_has_no_stream_changes_the_main_part),
        kit_test(a_change_leads_on_or_gives_the_data),
        kit_test(a_form_leads_back_only_within_this_site),
        kit_test(a_feed_is_valid_atom),
        kit_test(the_same_as_rss),
        kit_test(the_same_as_json_feed),
        kit_test(json_feed_comes_as_asked_for),
        kit_test(an_entry_keeps_its_id),
        kit_test(a_page_tells_of_its_feeds),
        kit_test(the_layout_escapes_what_it_shows),
        kit_test(a_new_name_shows_within_ten_seconds),
        kit_test(a_menu_shows_what_its_viewer_may_call),
        kit_test(the_token_is_the_same_all_over_a_page),
        kit_test(a_message_shows_once),
        kit_test(a_refusal_is_a_page),
    };
    return kit_run(tests);
}
