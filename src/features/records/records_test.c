/* records_test.c: what every record can do, through HTTP, on ideas and topics. */
#include "test/kit.h"
#include "test/rooms.h"

static void answers_only_under_its_own_plural(void **state) /* records RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    as(kit, rooms.ana);
    assert_status(get(kit, kit_path(kit, "/ideas/%ld/votes", idea)), 200);
    assert_status(get(kit, kit_path(kit, "/topics/%ld/votes", idea)), 404);
    assert_status(get(kit, kit_path(kit, "/comments/%ld/edit", idea)), 404);
}

static void a_stale_edit_is_kept_and_changes_nothing(
    void **state) /* records RULE 2, record RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    const char *path = kit_path(kit, "/ideas/%ld", idea);
    as(kit, rooms.ana);
    assert_status(patch(kit, path, "title=A+lid&body=First+edit&tags=&note=&revision=1"), 303);
    struct res stale = patch(kit, path, "title=A+lid&body=Second+edit&tags=&note=&revision=1");
    assert_status(stale, 412);
    assert_has(stale, "First edit");
    assert_has(stale, "Second edit");
    assert_has(stale, "name=\"revision\" value=\"2\"");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM texts WHERE source = 'First edit'"), 1);
    kit_header(kit, "If-Match: \"1\"");
    assert_status(patch_json(kit, path, "{\"body\":\"Third\"}"), 412);
    kit_header(kit, "If-Match: \"2\"");
    struct res done = patch_json(kit, path, "{\"body\":\"Third\"}");
    assert_status(done, 200);
    assert_json_int(done, "data.revision", 3);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions"), 2);
}

static void history_shows_what_changed(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    as(kit, rooms.ana);
    patch(kit, kit_path(kit, "/ideas/%ld", idea),
          "title=A+lid+with+a+rim&body=The+spoon+rests+elsewhere.&tags=&note=shorter&revision=1");
    as(kit, NULL);
    struct res page = get(kit, kit_path(kit, "/ideas/%ld/revisions", idea));
    assert_status(page, 200);
    assert_has(page, "shorter");
    assert_has(page, "<ins>");
    assert_has(page, "<del>");
    assert_json_int(get_json(kit, kit_path(kit, "/ideas/%ld/revisions", idea)), "data.0.number", 1);
}

static void what_is_deleted_can_come_back(void **state) /* records RULE 3, record RULE 3 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    int64_t comment = comment_make(kit, rooms.ben, idea, "Zanzibar spoon");
    as(kit, rooms.ben);
    assert_status(del(kit, kit_path(kit, "/comments/%ld", comment)), 303);
    as(kit, NULL);
    assert_has_not(get(kit, kit_path(kit, "/ideas/%ld-a-lid-that-is-a-tray", idea)), "Zanzibar");
    assert_has_not(get(kit, "/search?q=zanzibar"), "Zanzibar spoon");
    assert_int_equal(sql_int(kit, "SELECT thread FROM records WHERE type = 'idea'"), 0);
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/comments/%ld/restore", comment), ""), 303);
    as(kit, NULL);
    assert_has(get(kit, kit_path(kit, "/ideas/%ld-a-lid-that-is-a-tray", idea)), "Zanzibar");
    assert_has(get(kit, "/search?q=zanzibar"), "<mark>Zanzibar</mark>");
    assert_int_equal(sql_int(kit, "SELECT thread FROM records WHERE type = 'idea'"), 1);
    as(kit, rooms.ana);
    assert_status(del(kit, kit_path(kit, "/comments/%ld", comment)), 404); /* not hers */
}

static void votes_count_once_and_come_back(
    void **state) /* records_votes RULE 1 2, votes RULE 1 2 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    const char *votes = kit_path(kit, "/ideas/%ld/votes", idea);
    as(kit, rooms.ben);
    assert_status(post(kit, votes, ""), 303);
    struct res again = post_json(kit, votes, "{}");
    assert_status(again, 200);
    assert_json_int(again, "data.score", 1);
    struct res stream = post_stream(kit, votes, "");
    assert_status(stream, 200);
    assert_has(stream, "<turbo-stream action=\"replace\"");
    assert_has(stream, "aria-pressed=\"true\"");
    assert_json_int(get_json(kit, votes), "data.people.0.id", rooms.ben->id);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM votes"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities WHERE verb = 'Like'"), 1);
    assert_int_equal(sql_int(kit, "SELECT MIN(score) FROM taggings"), 1);
    assert_status(del(kit, votes), 303);
    assert_status(del(kit, votes), 303);
    assert_int_equal(sql_int(kit, "SELECT SUM(delta) FROM votes"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM votes"), 2);
    assert_int_equal(sql_int(kit, "SELECT score FROM records WHERE type = 'idea'"), 0);
    as(kit, rooms.ana);
    assert_status(post(kit, votes, ""), 403);
    as(kit, NULL);
    assert_status(post_json(kit, votes, "{}"), 401);
}

static void own_votes_are_pressed_in_a_thread(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    int64_t other = comment_make(kit, rooms.ana, idea, "So it is"),
            second = comment_make(kit, rooms.ana, idea, "And so it was");
    const char *votes = kit_path(kit, "/comments/%ld/votes", second);
    const char *page = kit_path(kit, "/ideas/%ld-a-lid-that-is-a-tray", idea);
    const char *pressed = kit_path(
        kit, "formaction=\"%s?size=2\"\nname=\"_method\" value=\"DELETE\" aria-pressed=\"true\"",
        votes);
    as(kit, rooms.ben);
    assert_status(post(kit, votes, ""), 303);
    struct res mine = get(kit, page);
    assert_has(mine, pressed);
    assert_has(mine, kit_path(kit, "/comments/%ld/votes?size=2\"\naria-pressed=\"false\"", other));
    as(kit, rooms.staff);
    assert_has_not(get(kit, page), pressed);
    as(kit, rooms.ben);
    assert_status(del(kit, votes), 303);
    assert_has_not(get(kit, page), pressed);
}

static void replies_stand_in_their_thread(void **state) /* records_comments RULE 1 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    int64_t other = idea_make(kit, &rooms, rooms.ana, "Another thing");
    int64_t comment = comment_make(kit, rooms.ben, idea, "First");
    as(kit, rooms.ana);
    struct res reply = post_json(kit, kit_path(kit, "/ideas/%ld/comments", idea),
                                 kit_path(kit, "{\"body\":\"Second\",\"parent\":%ld}", comment));
    assert_status(reply, 201);
    assert_json_int(reply, "data.parent_id", comment);
    assert_status(post_json(kit, kit_path(kit, "/ideas/%ld/comments", other),
                            kit_path(kit, "{\"body\":\"Lost\",\"parent\":%ld}", comment)),
                  422);
    assert_status(post(kit, kit_path(kit, "/ideas/%ld/comments", idea), "body=+"), 422);
    assert_int_equal(
        sql_int(kit, kit_path(kit, "SELECT comments FROM records WHERE id = %ld", comment)), 1);
    assert_int_equal(sql_int(kit, kit_path(kit, "SELECT thread FROM records WHERE id = %ld", idea)),
                     2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM notifications WHERE reason = 'reply'"), 2);
    struct res link = get(kit, kit_path(kit, "/r/%ld", comment));
    assert_status(link, 303);
    assert_true(str_has(res_head(link, "Location"), str_of(kit_path(kit, "#r%ld", comment))));
}

static void a_new_one_needs_a_space_to_stand_in(void **state) /* records_roots RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct res page = post(kit, "/ideas", "space=999&title=Lost&body=Nowhere");
    assert_status(page, 422);
    assert_has(page, "You cannot write in this space.");
    assert_has(page, "Nowhere");
    struct res json = post_json(kit, "/ideas", "{\"title\":\"\",\"colour\":\"red\"}");
    assert_status(json, 422);
    assert_has(json, "There is no field");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ideas"), 0);
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    as(kit, rooms.ben);
    kit_fail_sweep(kit, "POST", kit_path(kit, "/ideas/%ld/votes", idea), "", NULL);
    kit_fail_sweep(kit, "POST", kit_path(kit, "/ideas/%ld/comments", idea), "body=Hello", NULL);
    kit_fail_sweep(kit, "GET", kit_path(kit, "/ideas/%ld-a-lid-that-is-a-tray", idea), NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(answers_only_under_its_own_plural),
        kit_test(a_stale_edit_is_kept_and_changes_nothing),
        kit_test(history_shows_what_changed),
        kit_test(what_is_deleted_can_come_back),
        kit_test(votes_count_once_and_come_back),
        kit_test(own_votes_are_pressed_in_a_thread),
        kit_test(replies_stand_in_their_thread),
        kit_test(a_new_one_needs_a_space_to_stand_in),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
