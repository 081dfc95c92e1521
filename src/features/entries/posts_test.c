/* posts_test.c: proves the RULES of posts.c, and that a type that begins as posts has all of the
 * engine: fields, tables, views, CSV, forms. */
#include "record/votes.h"
#include "test/rooms.h"

static void answered(struct kit *kit, struct rooms *rooms, int64_t idea)
{
    as(kit, rooms->staff);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/answers", (long long)idea),
                       "status=planned&reason=Spring"),
                  303);
}

static struct str title_at(struct kit *kit, const char *path, int i)
{
    struct res r = get_json(kit, path);
    assert_status(r, 200);
    return kit_json(r, kit_path(kit, "data.%d.title", i));
}

static void a_list_begins_as_posts(void **state) /* posts RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t lid = idea_make(kit, &rooms, rooms.ana, "A lid");
    idea_make(kit, &rooms, rooms.ana, "A tray");
    answered(kit, &rooms, lid);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)lid), ""), 303);
    as(kit, rooms.ben);
    struct res r = get(kit, "/ideas?status=planned&tag=lid");
    assert_has(r, "<ol class=\"rows\">");
    assert_has(r, "A lid");
    assert_has_not(r, "A tray");
    assert_has(r, "href=\"/ideas?status=planned&amp;tag=lid&amp;sort=votes\"");
    assert_has(r, "href=\"/ideas?status=planned&amp;tag=lid&amp;as=table\"");
    assert_has(r, "href=\"/ideas?status=planned\""); /* without the tag */
    r = get(kit, "/ideas?sort=votes&tag=lid");
    assert_has(r, "<input type=\"hidden\" name=\"sort\" value=\"votes\">");
    assert_has(r, "<input type=\"hidden\" name=\"tag\" value=\"lid\">");
    assert_has(get(kit, "/ideas?status=declined"), "Nothing like that here");
    assert_true(str_is(title_at(kit, "/ideas?sort=votes", 0), "A lid"));
    assert_true(str_is(title_at(kit, "/ideas?sort=newest", 0), "A tray"));
    assert_true(str_is(title_at(kit, "/ideas?sort=-title", 0), "A tray")); /* a field's */
    assert_json_count(get_json(kit, "/ideas?author=me"), "data", 0);
    assert_json_count(get_json(kit, "/ideas?author=ana&status.not=planned"), "data", 1);
    assert_status(get(kit, "/ideas?show=everything"), 400);
    assert_status(get(kit, "/ideas?as=posts&sort=title"), 400);
    assert_status(get(kit, "/deals?as=posts"), 400); /* nobody votes for those */
}

static void its_table_is_one_click_away(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t lid = idea_make(kit, &rooms, rooms.ana, "A lid");
    idea_make(kit, &rooms, rooms.ana, "A tray");
    answered(kit, &rooms, lid);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)lid), ""), 303);
    as(kit, rooms.ben);
    struct res r = get(kit, "/ideas?as=table&sort=votes&space=product-ideas");
    assert_has(r, "<table");
    assert_has(r, "Planned");
    assert_has(r, "in Product ideas");
    ptrdiff_t first = str_find_str(r.body, S(">A lid<")),
              last = str_find_str(r.body, S(">A tray<"));
    assert_true(first > 0 && last > first); /* by votes */
    r = get(kit, "/ideas.csv?status=planned&columns=status,votes");
    assert_has(r, "ID,Title,Status,Votes");
    assert_has(r, ",A lid,planned,1");
    assert_has_not(r, "A tray");
    assert_has(get(kit, "/topics.csv"), "ID,Title");
    assert_has(get(kit, "/ideas?as=gallery"), "A tray");
    r = post_json(kit, "/ideas/views", "{\"name\":\"To come\",\"query\":\"status=planned\"}");
    assert_status(r, 201);
    r = get(kit, str_cstr(kit->arena, kit_json(r, "path")));
    assert_has(r, "<h1>To come</h1>");
    assert_has(r, "<ol class=\"rows\">");
    assert_has_not(r, "A tray");
}

static void the_hubs_fields_narrow_it(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, kit_person(kit, "maren", ROLE_ADMINISTRATOR));
    assert_status(
        post_json(kit, "/types/idea/fields",
                  "{\"kind\":\"choice\",\"label\":\"Effort\",\"choices\":\"Small\\nLarge\","
                  "\"flags\":[\"listed\"]}"),
        201);
    int64_t lid = idea_make(kit, &rooms, rooms.ana, "A lid");
    idea_make(kit, &rooms, rooms.ana, "A tray");
    const char *path = kit_path(kit, "/ideas/%lld", (long long)lid);
    as(kit, rooms.ana);
    struct res r = patch_json(kit, path, "{\"effort\":\"small\"}");
    assert_status(r, 200);
    assert_json_str(r, "data.effort", "small");
    assert_json_str(r, "data.tags", "lid brewer"); /* nothing else was changed */
    assert_json_str(r, "data.status", "open");
    r = get_json(kit, "/ideas?effort=small&sort=trending");
    assert_json_count(r, "data", 1);
    assert_json_str(r, "data.0.effort", "small");
    assert_json_str(r, "data.0.author_handle", "ana");
    r = get(kit, "/ideas?effort=small");
    assert_has(r, "<ol class=\"rows\">");
    assert_has(r, "Effort is Small");
    assert_has_not(r, "A tray");
    r = get(kit, "/ideas?as=board&by=effort");
    assert_has(r, "Large");
    assert_has(r, "A tray");
    r = get(kit, kit_path(kit, "%s/edit", path));
    assert_has(r, "name=\"effort\"");
    assert_has_not(r, "name=\"owner\""); /* for staff to say */
    assert_has(get(kit, "/ideas/new?space=product-ideas"),
               kit_path(kit, "value=\"%lld\"  selected", (long long)rooms.space));
}

static void who_can_write_nowhere_is_told(void **state)
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, ana);
    struct res r = get(kit, "/ideas/new");
    assert_has(r, "You cannot write in any space yet");
    assert_has_not(r, "name=\"title\"");
    as(kit, NULL);
    assert_has(get(kit, "/topics"), "href=\"/topics/new\""); /* by way of signing in */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_list_begins_as_posts),
        kit_test(its_table_is_one_click_away),
        kit_test(the_hubs_fields_narrow_it),
        kit_test(who_can_write_nowhere_is_told),
    };
    return kit_run(tests);
}
