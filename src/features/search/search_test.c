/* search_test.c: proves the RULES of search.c. */
#include <stdio.h>

#include "test/kit.h"
#include "test/rooms.h"

/* An idea of alice's with a comment, in a space, made as people would. */
static void write_some(struct kit *kit)
{
    as(kit, kit_person(kit, "alice", ROLE_ADMINISTRATOR));
    assert_status(post(kit, "/spaces", "title=Lab&openness=anyone&audience=public&body=x"), 303);
    char form[300];
    snprintf(form, sizeof form,
             "space=%lld&title=Better+lids+%%3Cfor%%3E+mugs&body=The+lid+of+the+travel+mug+leaks."
             "&tags=kitchen",
             (long long)sql_int(kit, "SELECT id FROM spaces WHERE slug = 'lab'"));
    assert_status(post(kit, "/ideas", form), 303);
    char path[100];
    snprintf(path, sizeof path, "/ideas/%lld/comments",
             (long long)sql_int(kit, "SELECT id FROM records WHERE type = 'idea'"));
    assert_status(post(kit, path, "body=A+gasket+would+help"), 303);
    as(kit, NULL);
}

/* RULE 1 */
static void hits_lead_to_their_place(void **state)
{
    struct kit *kit = *state;
    write_some(kit);
    struct res r = get(kit, "/search?q=leaks");
    assert_status(r, 200);
    assert_has(r, "Better lids &lt;for&gt; mugs");
    assert_has(r, "<mark>leaks</mark>");
    assert_has(r, "/ideas/");
    r = get(kit, "/search?q=gasket");
    assert_has(r, "Comment on Better lids &lt;for&gt; mugs");
    assert_has(r, "/r/");
}

/* RULE 2 */
static void the_form_keeps_what_was_typed(void **state)
{
    struct kit *kit = *state;
    write_some(kit);
    struct res r = get(kit, "/search?q=lid+tag%3Akitchen+%22travel+mug%22");
    assert_status(r, 200);
    assert_has(r, "value=\"lid tag:kitchen &quot;travel mug&quot;\"");
    assert_has(r, "tag: kitchen");
    assert_has(r, "/search?q=lid%20%22travel%20mug%22\"");
    assert_has(r, "type=idea");
    r = get(kit, "/search?q=lid&type=comment");
    assert_has(r, "Nothing found");
    assert_status(get(kit, "/search?q=lid&type=nonsense"), 400);
    assert_has(get(kit, "/search"), "What are you looking for?");
    assert_status(get(kit, "/search?q=%22%28%3A*-NEAR"), 200);
}

/* RULE 3 */
static void every_face_has_the_same_hits(void **state)
{
    struct kit *kit = *state;
    write_some(kit);
    struct res r = get_json(kit, "/search?q=lids");
    assert_status(r, 200);
    assert_json_str(r, "data.0.title", "Better lids <for> mugs");
    assert_json_str(r, "data.0.author_handle", "alice");
    assert_json_count(r, "data", 1);
    assert_json_none(r, "next");
    r = get(kit, "/search.atom?q=lids");
    assert_status(r, 200);
    assert_has(r, "Better lids &lt;for&gt; mugs");
    assert_has(r, "<entry>");
}

static void who_left_finds_no_titles_of_the_room(void **state) /* search RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t den = space_make(kit, &rooms, "Den", "request", "members");
    sql_run(kit, kit_path(kit,
                          "INSERT INTO memberships (space_id, person_id, role, at)"
                          " VALUES (%ld, %ld, 3, 0)",
                          den, rooms.ben->id));
    int64_t idea = idea_in(kit, den, rooms.ben, "Plans of the den");
    as(kit, rooms.staff);
    post_json(kit, kit_path(kit, "/ideas/%ld/comments", idea), "{\"body\":\"quokka of sam\"}");
    as(kit, rooms.ben);
    assert_json_count(get_json(kit, "/search?q=quokka"), "data", 1);
    sql_run(kit, "UPDATE records SET audience = 4 WHERE space_id IS NOT NULL AND title <> ''"
                 " AND type = 'idea'");
    sql_run(kit, "UPDATE records SET author_id = (SELECT id FROM people WHERE handle = 'ana')"
                 " WHERE type = 'idea'");
    sql_run(kit, "UPDATE records SET audience = 4, author_id = (SELECT id FROM people"
                 " WHERE handle = 'ben') WHERE type = 'comment'");
    kit->unsound = true; /* done behind the program's back */
    assert_json_count(get_json(kit, "/search?q=quokka"), "data", 0);
}

static void the_index_is_tidied_by_the_clock(void **state) /* search RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    for (int i = 0; i < 12; i++)
        idea_make(kit, &rooms, rooms.ana, "A lid of steel");
    static const char due[] = "SELECT due_at FROM jobs WHERE kind = 'search-tidy'"
                              " AND state = 'waiting'";
    int64_t first = sql_int(kit, due);
    kit_pass(kit, 601 * CLOCK_SECOND);
    kit_settle(kit);
    assert_true(first <= kit->now && sql_int(kit, due) > kit->now); /* it has run */
    assert_json_count(get_json(kit, "/search?q=lid"), "data", 12);
}

/* RULE 5 */
static void types_have_tabs(void **state)
{
    struct kit *kit = *state;
    struct person_kit *alice = kit_person(kit, "alice", ROLE_ADMINISTRATOR);
    as(kit, alice);
    assert_status(post(kit, "/types", "noun=Boat&label=Boats&audience=staff&maker=staff"), 303);
    struct res r = get(kit, "/search?q=lid");
    assert_has(r, "type=boat\"");
    assert_has(r, ">Boats<");
    assert_has(r, "type=deal\"");
    as(kit, kit_person(kit, "bob", ROLE_MEMBER));
    r = get(kit, "/search?q=lid");
    assert_has(r, "type=idea\"");
    assert_has(r, "type=person\"");
    assert_has_not(r, "type=boat\"");
    assert_has_not(r, "type=deal\"");
    assert_has(get(kit, "/search?q=lid&type=deal"), "type=deal\"");
    as(kit, alice);
    assert_status(del(kit, "/types/boat"), 303);
    assert_has_not(get(kit, "/search?q=lid"), "type=boat\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(hits_lead_to_their_place),         kit_test(the_form_keeps_what_was_typed),
        kit_test(every_face_has_the_same_hits),     kit_test(who_left_finds_no_titles_of_the_room),
        kit_test(the_index_is_tidied_by_the_clock), kit_test(types_have_tabs),
    };
    return kit_run(tests);
}
