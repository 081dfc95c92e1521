/* changes_test.c: proves the RULES of changes.c. */
#include <jansson.h>

#include "test/rooms.h"

/* Goes through all of it, a few at a time; gives how many there were, each behind the last. */
static int walk(struct kit *kit, const char *query, int limit)
{
    int64_t last = 0;
    int n = 0;
    struct str next = S("0");
    for (bool more = true; more;) {
        struct res r = get_json(kit, kit_path(kit, "/changes?limit=%d&after=" STR_FMT "%s", limit,
                                              STR_ARG(next), query));
        assert_status(r, 200);
        json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL), *one;
        size_t i;
        json_array_foreach(json_object_get(root, "data"), i, one)
        {
            int64_t id = json_integer_value(json_object_get(one, "id"));
            assert_true(id > last);
            last = id;
            n++;
        }
        assert_true(i <= (size_t)limit);
        next = str_dup(kit->arena, str_of(json_string_value(json_object_get(root, "next"))));
        more = json_is_true(json_object_get(root, "more"));
        json_decref(root);
    }
    return n;
}

static void everything_seen_comes_once_and_in_order(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid"),
            hidden = space_make(kit, &rooms, "Back room", "request", "space");
    idea_in(kit, hidden, rooms.staff, "A secret lid");
    comment_make(kit, rooms.ben, idea, "Why?");
    for (int i = 0; i < 3; i++) {
        as(kit, i == 0 ? NULL : i == 1 ? rooms.ben : rooms.staff);
        int visible = walk(kit, "", 1000);
        assert_int_equal(walk(kit, "", 1), visible);
        assert_int_equal(walk(kit, "", 2), visible);
        assert_int_equal(walk(kit, "&types=idea.create", 1), i == 2 ? 2 : 1);
        assert_int_equal(walk(kit, "&types=comment,idea", 1), i == 2 ? 3 : 2);
    }
    as(kit, NULL);
    struct res r = get(kit, "/changes?types=idea,comment");
    assert_header(r, "Content-Type", "application/x-ndjson");
    assert_has(r, "{\"event\":\"idea.create\",\"id\":");
    assert_has(r, kit_path(kit, "\"path\":\"/ideas/%lld-a-lid\"}\n{\"event\":\"comment.create\"",
                           (long long)idea));
    assert_has_not(r, "secret");
    as(kit, rooms.staff);
    sql_run(kit, kit_path(kit, "DELETE FROM memberships WHERE space_id = %lld", (long long)hidden));
    sql_run(kit, "UPDATE records SET author_id = NULL WHERE title = 'A secret lid'");
    kit->unsound = true;                                      /* done behind the program's back */
    assert_int_equal(walk(kit, "&types=idea.create", 10), 1); /* whoever may not any more */
}

static void there_is_always_a_way_on(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t hidden = space_make(kit, &rooms, "Back room", "request", "space");
    idea_in(kit, hidden, rooms.staff, "A secret lid");
    sql_run(kit, "INSERT INTO activities (at, actor_id, verb, type, record_id, root_id, space_id,"
                 " audience) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                 " WHERE i < 6000) SELECT a.at, a.actor_id, 'Update', a.type, a.record_id,"
                 " a.root_id, a.space_id, a.audience FROM n, activities a WHERE a.id ="
                 " (SELECT MAX(id) FROM activities)");
    idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t newest = sql_int(kit, "SELECT MAX(id) FROM activities");
    as(kit, NULL);
    struct res r = get_json(kit, "/changes?types=idea");
    assert_json_count(r, "data", 0);
    assert_json_str(r, "next", "5000");
    assert_header(r, "Link", "</changes.json?after=5000&limit=100&types=idea>; rel=\"next\"");
    r = get_json(kit, "/changes?types=idea&after=5000");
    assert_json_count(r, "data", 1);
    assert_json_str(r, "next", kit_path(kit, "%lld", (long long)newest));
    r = get(kit, kit_path(kit, "/changes?after=%lld", (long long)newest));
    assert_status(r, 200);
    assert_true(r.body.n == 0);
    assert_header(
        r, "Link",
        kit_path(kit, "</changes?after=%lld&limit=100>; rel=\"next\"", (long long)newest));
    r = get_json(kit, "/changes?after=end");
    assert_json_str(r, "next", kit_path(kit, "%lld", (long long)newest));
    static const char *const broken[] = {"after=x",    "after=-1",   "limit=0",       "limit=1001",
                                         "limit=many", "types=moon", "types=idea.eat"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_status(get_json(kit, kit_path(kit, "/changes?%s", broken[i])), 400);
}

static void what_is_gone_is_told(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ana);
    assert_status(del(kit, kit_path(kit, "/ideas/%lld", (long long)idea)), 303);
    as(kit, NULL);
    struct res r = get_json(kit, "/changes?types=idea");
    assert_json_count(r, "data", 2);
    assert_json_str(r, "data.1.event", "idea.delete");
    assert_json_int(r, "data.1.record_id", idea);
    assert_has(r, "\"gone\":true");
    assert_has_not(r, "\"gone\":false");
    assert_has_not(r, "lid");
}

static void who_voted_is_not_told(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), ""), 303);
    struct res r = get_json(kit, "/changes?types=idea.vote");
    assert_json_count(r, "data", 1);
    assert_json_none(r, "data.0.actor_id");
    assert_json_str(r, "data.0.detail", "");
    as(kit, rooms.staff);
    assert_status(post_json(kit, "/invitations",
                            kit_path(kit, "{\"email\":\"nora@example.net\",\"space\":%lld}",
                                     (long long)rooms.space)),
                  201);
    sql_run(kit,
            kit_path(kit,
                     "INSERT INTO activities (at, actor_id, verb, type, record_id, root_id,"
                     " space_id, audience, detail) VALUES (1, 1, 'Invite', 'space', %lld, %lld,"
                     " %lld, 0, 'Nora Nobody')",
                     (long long)rooms.space, (long long)rooms.space, (long long)rooms.space));
    r = get_json(kit, "/changes?types=space.invite");
    assert_json_count(r, "data", 1);
    assert_has_not(r, "Nora");
}

static void into_what_it_was_merged(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid"),
            into = idea_make(kit, &rooms, rooms.ana, "Another lid");
    as(kit, rooms.staff);
    struct res r =
        post_json(kit, kit_path(kit, "/ideas/%lld/merge", (long long)idea),
                  kit_path(kit, "{\"into\":%lld,\"reason\":\"The same\"}", (long long)into));
    assert_status(r, 200);
    as(kit, rooms.ben);
    r = get_json(kit, "/changes?types=*.merge");
    assert_json_count(r, "data", 1);
    assert_json_int(r, "data.0.record_id", idea);
    assert_json_int(r, "data.0.into_id", into);
    sql_run(kit, kit_path(kit, "UPDATE records SET audience = 4 WHERE id = %lld", (long long)into));
    kit->unsound = true; /* done behind the program's back */
    assert_json_none(get_json(kit, "/changes?types=*.merge"), "data.0.into_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(everything_seen_comes_once_and_in_order),
        kit_test(there_is_always_a_way_on),
        kit_test(what_is_gone_is_told),
        kit_test(who_voted_is_not_told),
        kit_test(into_what_it_was_merged),
    };
    return kit_run(tests);
}
