/* home_test.c: what is new since one last looked, what concerns oneself, the live stream's door. */
#include "features/home/home.h"
#include "test/rooms.h"

static struct res put_seen(struct kit *kit, const char *path, const char *activity)
{
    return kit_request(kit, "PUT", path, KIT_JSON, KIT_FORM,
                       kit_path(kit, "activity=%s", activity));
}

static struct rooms joined(struct kit *kit)
{
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/spaces/%lld/membership", (long long)rooms.space), ""),
                  303);
    return rooms;
}

static void looking_marks_nothing(void **state) /* home RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = joined(kit);
    idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    as(kit, rooms.ben);
    uint64_t before = kit_fingerprint(kit);
    struct res r = {0};
    for (int i = 0; i < 3; i++) {
        assert_has(get(kit, "/"), "Pumpkin lid");
        r = get_json(kit, "/home");
        assert_json_str(r, "data.fresh.timeline.0.title", "Pumpkin lid");
        assert_has(get(kit, "/home.atom"), "Pumpkin lid");
        assert_has(get(kit, "/notifications"), "Pumpkin lid");
    }
    assert_true(before == kit_fingerprint(kit));
    int64_t newest = sql_int(kit, "SELECT MAX(id) FROM activities");
    assert_json_int(r, "data.newest", newest);
    assert_status(put_seen(kit, "/home/seen", kit_path(kit, "%lld", (long long)newest)), 200);
    r = get_json(kit, "/home");
    assert_json_count(r, "data.fresh.timeline", 0);
    assert_json_str(r, "data.earlier.timeline.0.title", "Pumpkin lid");
    idea_make(kit, &rooms, rooms.ana, "Turnip lid");
    assert_json_count(get_json(kit, "/home"), "data.fresh.timeline", 1);
    assert_status(put_seen(kit, "/home/seen", "1"), 200); /* it never goes back */
    assert_json_count(get_json(kit, "/home"), "data.fresh.timeline", 1);
    assert_status(put_seen(kit, "/home/seen", "9223372036854775807"), 200);
    idea_make(kit, &rooms, rooms.ana, "Carrot lid"); /* nor ahead of what has happened */
    assert_json_str(get_json(kit, "/home"), "data.fresh.timeline.0.title", "Carrot lid");
    assert_status(put_seen(kit, "/home/seen", "soon"), 422);
}

static void home_shows_ones_own_spaces(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = joined(kit);
    int64_t other = space_make(kit, &rooms, "Other room", "anyone", "public");
    idea_in(kit, other, rooms.ana, "Elsewhere");
    idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    as(kit, rooms.ben);
    struct res r = get_json(kit, "/home");
    assert_has(r, "Pumpkin lid");
    assert_has_not(r, "Elsewhere");
    as(kit, rooms.ana);
    assert_json_count(get_json(kit, "/home"), "data.fresh.timeline", 0);
}

/* Forty ideas of which the newest are gone: they must not use up the page. */
static void what_is_hidden_takes_no_room(void **state) /* timeline RULE 1 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = joined(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    long long gone = idea_make(kit, &rooms, rooms.ana, "Gone");
    for (int i = 0; i < 5; i++) {
        struct person_kit *p = kit_person(kit, kit_path(kit, "p%d", i), ROLE_MEMBER);
        for (int k = 0; k < 9; k++)
            comment_make(kit, p, gone, "More");
    }
    as(kit, rooms.ana);
    del(kit, kit_path(kit, "/ideas/%lld", gone));
    as(kit, rooms.ben);
    struct res r = get_json(kit, "/home");
    assert_json_int(r, "data.fresh.timeline.0.record_id", idea);
    assert_has_not(r, "Gone");
    r = get_json(kit, "/spaces/product-ideas");
    assert_json_int(r, "data.timeline.0.record_id", idea);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 7; k++)
            comment_make(kit, kit_person(kit, kit_path(kit, "p%d", i), ROLE_MEMBER), idea,
                         kit_path(kit, "Words %d", i * 7 + k));
    r = get_json(kit, "/home");
    assert_json_count(r, "data.fresh.timeline", 30);
    assert_json_str(r, "data.fresh.timeline.0.excerpt", "Words 34");
    struct str next = sql_str(kit, "SELECT id FROM activities ORDER BY id DESC LIMIT 1 OFFSET 29");
    assert_json_str(r, "data.fresh.next", next.p);
    r = get_json(kit, kit_path(kit, "/home?after=%s", next.p));
    assert_json_str(r, "data.fresh.timeline.0.excerpt", "Words 4");
}

static void leavers_see_no_titles(void **state) /* timeline RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "Back room", "anyone", "space");
    sql_run(kit, kit_path(kit,
                          "INSERT INTO memberships (space_id, person_id, role, at)"
                          " VALUES (%lld, %lld, 3, 0)",
                          (long long)space, (long long)rooms.ana->id));
    int64_t idea = idea_in(kit, space, rooms.staff, "Hush");
    comment_make(kit, rooms.ana, idea, "Mine");
    as(kit, rooms.ana);
    assert_has(get_json(kit, "/people/ana"), "Hush");
    assert_status(del(kit, kit_path(kit, "/spaces/%lld/membership", (long long)space)), 303);
    assert_has_not(get_json(kit, "/people/ana"), "Hush");
    assert_has_not(get(kit, "/people/ana"), "Hush");
    assert_has_not(get(kit, "/notifications"), "Hush");
}

/* ---- notifications ---- */

static void what_is_hidden_is_not_told_any_more(void **state) /* home RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    long long comment = comment_make(kit, rooms.ben, idea, "Soup");
    as(kit, rooms.ana);
    struct res r = get(kit, "/notifications");
    assert_has(r, "Soup");
    assert_has(r, "badge--count");
    as(kit, rooms.ben);
    del(kit, kit_path(kit, "/comments/%lld", comment));
    as(kit, rooms.ana);
    r = get(kit, "/notifications");
    assert_has_not(r, "Soup");
    assert_has_not(r, "badge--count"); /* nor counted */
    as(kit, rooms.ben);
    post(kit, kit_path(kit, "/comments/%lld/restore", comment), "");
    as(kit, rooms.ana);
    assert_has(get(kit, "/"), "badge--count");
    del(kit, kit_path(kit, "/ideas/%lld", idea));
    assert_json_count(get_json(kit, "/notifications"), "data", 0);
    post(kit, kit_path(kit, "/ideas/%lld/restore", idea), "");
    sql_run(kit, "UPDATE records SET audience = 5, author_id = (SELECT id FROM people"
                 " WHERE handle = 'sam') WHERE type IN ('idea', 'comment')");
    assert_json_count(get_json(kit, "/notifications"), "data", 0);
    assert_has_not(get(kit, "/"), "badge--count");
    kit->unsound = true;
}

static void notifications_are_marked_as_read(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    comment_make(kit, rooms.ben, idea, "One");
    int64_t first = sql_int(kit, "SELECT MAX(id) FROM activities");
    comment_make(kit, rooms.ben, idea, "Two");
    as(kit, rooms.ben);
    assert_status(put_seen(kit, "/notifications/seen", "999999"), 200); /* only his own */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM inboxes i JOIN people p"
                                  " ON p.id = i.person_id WHERE p.handle = 'ana' AND seen_id > 0"),
                     0);
    as(kit, rooms.ana);
    assert_json_count(get_json(kit, "/notifications"), "data", 2);
    assert_status(put_seen(kit, "/notifications/seen", kit_path(kit, "%lld", (long long)first)),
                  200);
    struct res r = get_json(kit, "/notifications");
    ptrdiff_t fresh = str_find_str(r.body, S("\"seen\":false"));
    assert_true(fresh >= 0 && fresh < str_find_str(r.body, S("\"seen\":true")));
    assert_status(put_seen(kit, "/notifications/seen", "-1"), 422);
    assert_status(put_seen(kit, "/notifications/seen", "999999"), 200);
    assert_has_not(get(kit, "/"), "badge--count");
}

static struct res put_read(struct kit *kit, const char *form)
{
    return kit_request(kit, "PUT", "/notifications/read", KIT_JSON, KIT_FORM, form);
}

/* How many lines of the page are marked as new. */
static int new_lines(struct kit *kit)
{
    struct str rest = get(kit, "/notifications").body, mark = S("event notices--new");
    int n = 0;
    for (ptrdiff_t at; (at = str_find_str(rest, mark)) >= 0; n++)
        rest = str_from(rest, (size_t)at + mark.n);
    return n;
}

static void what_belongs_together_is_one_line(void **state) /* home_notices RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t lid = idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    int64_t cup = idea_make(kit, &rooms, rooms.ana, "Beetroot cup");
    as(kit, rooms.staff);
    put_json(kit, kit_path(kit, "/watches/%lld", (long long)lid), "{\"level\":\"everything\"}");
    put_json(kit, kit_path(kit, "/watches/%lld", (long long)cup), "{\"level\":\"everything\"}");
    put_read(kit, "up_to=999999");
    comment_make(kit, rooms.ben, lid, "One");
    as(kit, rooms.staff);
    assert_has(get(kit, "/notifications"), "<b>ben</b> commented on <a href=\"/r/");
    comment_make(kit, rooms.ana, lid, "Two");
    as(kit, rooms.staff);
    assert_has(get(kit, "/notifications"), "<b>ana and ben</b> commented on <a href=\"/r/");
    comment_make(kit, kit_person(kit, "cai", ROLE_MEMBER), lid, "Three");
    comment_make(kit, rooms.ben, lid, "Four");
    int64_t other = comment_make(kit, rooms.ben, cup, "On the cup");
    as(kit, rooms.staff);
    struct res r = get(kit, "/notifications");
    assert_has(r, "<b>ben, cai and 1 other</b> commented on <a href=\"/r/");
    assert_has(r, kit_path(kit, "<b>ben</b> commented on <a href=\"/r/%lld\"", (long long)other));
    assert_int_equal(new_lines(kit), 2);
    assert_json_count(get_json(kit, "/notifications"), "data", 7); /* each, and two ideas */
    /* One line is read, all of it; another day is another line. */
    int64_t cups = sql_int(kit, "SELECT MAX(activity_id) FROM notifications");
    r = put_read(kit, kit_path(kit, "activities=%lld", (long long)cups));
    assert_status(r, 200);
    assert_int_equal(new_lines(kit), 1);
    assert_json_int(r, "data.unseen", 0); /* what was read was seen, and what came before it */
    assert_has(get(kit, "/notifications"), "Today");
    kit_pass(kit, CLOCK_DAY);
    comment_make(kit, rooms.ben, lid, "Five");
    as(kit, rooms.staff);
    r = get(kit, "/notifications");
    assert_has(r, "Yesterday");
    assert_int_equal(new_lines(kit), 2);
    assert_status(put_read(kit, "up_to=999999"), 200);
    assert_int_equal(new_lines(kit), 0);
    assert_has_not(get(kit, "/notifications"), "Mark all as read");
    assert_status(put_read(kit, "activities=1,x"), 422);
    assert_status(put_read(kit, "up_to=-3"), 422);
    as(kit, rooms.ana); /* hers are hers */
    assert_true(new_lines(kit) > 0);
}

static void mentions_have_a_list_of_their_own(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    enum { CALLS = 45 };
    int64_t lid = idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    as(kit, rooms.ana);
    assert_has(get(kit, "/notifications?show=mentions"), "Nobody has called you yet");
    for (int i = 0; i < CALLS; i++) {
        comment_make(kit, rooms.ben, lid, "Nothing to anybody");
        comment_make(kit, rooms.ben, lid, kit_path(kit, "Call %d to @ana", i));
        kit_pass(kit, CLOCK_MINUTE);
    }
    as(kit, rooms.ana);
    struct res r = get_json(kit, "/notifications?show=mentions");
    assert_json_count(r, "data", 30);
    assert_json_str(r, "data.0.excerpt", "Call 44 to @ana");
    assert_has_not(r, "Nothing to anybody");
    int64_t rest = sql_int(kit, "SELECT activity_id FROM notifications WHERE reason = 'mention'"
                                " ORDER BY activity_id LIMIT 1 OFFSET 14");
    r = get_json(kit, kit_path(kit, "/notifications?show=mentions&after=%lld", (long long)rest));
    assert_json_count(r, "data", 15);
    assert_json_str(r, "data.14.excerpt", "Call 0 to @ana");
    assert_json_none(r, "next");
    assert_has(get(kit, "/notifications.atom?show=mentions"), "Call 44");
    assert_has_not(get(kit, "/notifications.atom?show=mentions"), "Nothing to anybody");
    assert_has(get(kit, "/notifications?show=mentions"), "<span class=\"badge\">30<span");
}

static void looking_at_the_page_tells_nothing_by_itself(void **state) /* home_notices RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t lid = idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    comment_make(kit, rooms.ben, lid, "One");
    as(kit, rooms.ana);
    uint64_t before = kit_fingerprint(kit);
    assert_has(get(kit, "/notifications"), "data-notices-newest-value");
    assert_has(get(kit, "/notifications"), "badge--count");
    assert_true(before == kit_fingerprint(kit));
    assert_status(put_seen(kit, "/notifications/seen", "999999"), 200);
    struct res r = get(kit, "/notifications");
    assert_has_not(r, "data-notices-newest-value"); /* nothing is left to tell */
    assert_has_not(r, "badge--count");
    assert_int_equal(new_lines(kit), 1); /* and it is still marked */
}

static void the_stream_opens_for_what_is_seen(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "Back room", "invitation", "space");
    as(kit, rooms.ana);
    assert_status(get(kit, "/live"), 404);
    assert_status(get(kit, "/live?topics=x"), 404);
    assert_status(get(kit, "/live?topics=999999"), 404);
    assert_status(
        get(kit, kit_path(kit, "/live?topics=%lld,%lld", (long long)rooms.space, (long long)space)),
        404);
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = joined(kit);
    idea_make(kit, &rooms, rooms.ana, "Pumpkin lid");
    as(kit, rooms.ben);
    kit_fail_sweep(kit, "GET", "/", NULL, NULL);
    kit_fail_sweep(kit, "GET", "/notifications", NULL, NULL);
    kit_fail_sweep(kit, "POST", "/home/seen", "_method=PUT&activity=3", NULL);
    kit_fail_sweep(kit, "GET", "/notifications?show=mentions", NULL, NULL);
    kit_fail_sweep(kit, "POST", "/notifications/seen", "_method=PUT&activity=3", NULL);
    kit_fail_sweep(kit, "POST", "/notifications/read", "_method=PUT&activities=3&up_to=3", NULL);
    as(kit, NULL);
    kit_fail_sweep(kit, "GET", "/", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(looking_marks_nothing),
        kit_test(home_shows_ones_own_spaces),
        kit_test(what_is_hidden_takes_no_room),
        kit_test(leavers_see_no_titles),
        kit_test(what_is_hidden_is_not_told_any_more),
        kit_test(notifications_are_marked_as_read),
        kit_test(what_belongs_together_is_one_line),
        kit_test(mentions_have_a_list_of_their_own),
        kit_test(looking_at_the_page_tells_nothing_by_itself),
        kit_test(the_stream_opens_for_what_is_seen),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
