/* watches_test.c: proves the RULES of watches.c, and of notices.h what a level tells. */
#include "features/watches/watches.h"
#include "record/follows.h"
#include "test/rooms.h"

/* Ben watches, Ana and Sam of the staff write. */

static void watch(struct kit *kit, struct person_kit *p, const char *what, const char *level)
{
    as(kit, p);
    struct res r = put_json(kit, kit_path(kit, "/watches/%s", what),
                            kit_path(kit, "{\"level\":\"%s\"}", level));
    assert_status(r, 200);
    assert_json_str(r, "data.level", level);
    kit_pass(kit, CLOCK_SECOND);
}

static const char *num(struct kit *kit, int64_t id)
{
    return kit_path(kit, "%lld", (long long)id);
}

static int64_t told_of(struct kit *kit, struct person_kit *p)
{
    return sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM notifications WHERE person_id = %lld",
                                 (long long)p->id));
}

static struct str newest_reason(struct kit *kit, struct person_kit *p)
{
    return sql_str(kit, kit_path(kit,
                                 "SELECT reason FROM notifications WHERE person_id = %lld"
                                 " ORDER BY activity_id DESC LIMIT 1",
                                 (long long)p->id));
}

static void status_set(struct kit *kit, struct rooms *rooms, int64_t idea, const char *status)
{
    as(kit, rooms->staff);
    struct res r = post_json(kit, kit_path(kit, "/ideas/%lld/answers", (long long)idea),
                             kit_path(kit, "{\"status\":\"%s\",\"reason\":\"So.\"}", status));
    assert_status(r, 200);
}

/* How many notices Ben has of: a new idea, a comment on it, its new state. */
struct heard {
    int64_t idea, comment, status;
};

static struct heard happen(struct kit *kit, struct rooms *rooms)
{
    int64_t at = told_of(kit, rooms->ben);
    int64_t idea = idea_make(kit, rooms, rooms->ana, "A lid");
    int64_t one = told_of(kit, rooms->ben);
    comment_make(kit, rooms->ana, idea, "More of it");
    int64_t two = told_of(kit, rooms->ben);
    status_set(kit, rooms, idea, "planned");
    return (struct heard){one - at, two - one, told_of(kit, rooms->ben) - two};
}

static void assert_heard(struct heard h, int64_t idea, int64_t comment, int64_t status)
{
    assert_int_equal(h.idea, idea);
    assert_int_equal(h.comment, comment);
    assert_int_equal(h.status, status);
}

static void a_level_tells_what_it_says(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *space = num(kit, rooms.space), *ana = num(kit, rooms.ana->id);
    assert_heard(happen(kit, &rooms), 0, 0, 0);
    watch(kit, rooms.ben, space, "highlights");
    assert_heard(happen(kit, &rooms), 1, 0, 1);
    watch(kit, rooms.ben, space, "everything");
    assert_heard(happen(kit, &rooms), 1, 1, 1);
    watch(kit, rooms.ben, space, "normal");
    assert_heard(happen(kit, &rooms), 0, 0, 0);
    watch(kit, rooms.ben, "tags/lid", "highlights");
    assert_heard(happen(kit, &rooms), 1, 0, 1);
    watch(kit, rooms.ben, "tags/lid", "everything");
    assert_heard(happen(kit, &rooms), 1, 1, 1);
    watch(kit, rooms.ben, "tags/lid", "normal");
    watch(kit, rooms.ben, ana, "highlights");
    assert_heard(happen(kit, &rooms), 1, 0, 0);
    watch(kit, rooms.ben, ana, "everything");
    assert_heard(happen(kit, &rooms), 1, 1, 0);
    watch(kit, rooms.ben, space, "everything"); /* by three ways at once: told once */
    watch(kit, rooms.ben, "tags/lid", "everything");
    assert_heard(happen(kit, &rooms), 1, 1, 1);
}

static void a_threads_own_level_counts_first(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    const char *thread = num(kit, idea);
    watch(kit, rooms.ben, num(kit, rooms.space), "everything");
    int64_t at = told_of(kit, rooms.ben);
    comment_make(kit, rooms.ana, idea, "One");
    assert_int_equal(told_of(kit, rooms.ben), at + 1);
    watch(kit, rooms.ben, thread, "normal");
    comment_make(kit, rooms.ana, idea, "Two");
    assert_int_equal(told_of(kit, rooms.ben), at + 1);
    watch(kit, rooms.ben, thread, "highlights");
    comment_make(kit, rooms.ana, idea, "Three");
    assert_int_equal(told_of(kit, rooms.ben), at + 1);
    status_set(kit, &rooms, idea, "planned");
    assert_int_equal(told_of(kit, rooms.ben), at + 2);
    as(kit, rooms.ben);
    assert_status(del(kit, kit_path(kit, "/watches/%s", thread)), 303);
    comment_make(kit, rooms.ana, idea, "Four");
    assert_int_equal(told_of(kit, rooms.ben), at + 3);
}

static void an_accepted_answer_is_a_highlight(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t topic = topic_make(kit, &rooms, rooms.ana, "Which lid?");
    watch(kit, rooms.ben, num(kit, topic), "highlights");
    as(kit, rooms.staff);
    struct res r = post_json(kit, kit_path(kit, "/topics/%lld/answers", (long long)topic),
                             "{\"body\":\"The round one\"}");
    assert_status(r, 201);
    int64_t answer = sql_int(kit, "SELECT MAX(id) FROM records WHERE type = 'answer'");
    assert_int_equal(told_of(kit, rooms.ben), 0);
    as(kit, rooms.ana);
    r = post_json(kit, kit_path(kit, "/answers/%lld/accept", (long long)answer), "{}");
    assert_status(r, 200);
    assert_int_equal(told_of(kit, rooms.ben), 1);
    as(kit, rooms.ben);
    assert_has(get(kit, "/notifications"), "accepted an answer to");
}

/* ---- muting ---- */

static void what_is_muted_is_silent_but_for_mentions(void **state) /* notices RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ben, "My lid"); /* which he follows */
    kit_pass(kit, CLOCK_SECOND);
    const char *const muted[] = {num(kit, idea), num(kit, rooms.space), "tags/brewer"};
    for (size_t i = 0; i < 3; i++) {
        int64_t at = told_of(kit, rooms.ben);
        comment_make(kit, rooms.ana, idea, "Heard, as a reply");
        assert_int_equal(told_of(kit, rooms.ben), ++at);
        watch(kit, rooms.ben, muted[i], "muted");
        comment_make(kit, rooms.ana, idea, "Not heard");
        status_set(kit, &rooms, idea, "planned");
        idea_make(kit, &rooms, rooms.ana, "Another");
        assert_int_equal(told_of(kit, rooms.ben), at);
        comment_make(kit, rooms.ana, idea, "But you, @ben?");
        assert_int_equal(told_of(kit, rooms.ben), ++at);
        assert_true(str_is(newest_reason(kit, rooms.ben), "mention"));
        if (i == 0) { /* as it was before */
            watch(kit, rooms.ben, muted[i], "everything");
            continue;
        }
        watch(kit, rooms.ben, num(kit, idea), "normal"); /* chosen since, and counts */
        watch(kit, rooms.ben, num(kit, idea), "everything");
        comment_make(kit, rooms.ana, idea, "Heard again");
        assert_int_equal(told_of(kit, rooms.ben), ++at);
        watch(kit, rooms.ben, muted[i], "normal");
    }
}

static void muting_wins_over_wider_ways(void **state) /* notices RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    watch(kit, rooms.ben, num(kit, rooms.space), "everything");
    watch(kit, rooms.ben, num(kit, rooms.ana->id), "everything");
    watch(kit, rooms.ben, "tags/lid", "muted");
    assert_heard(happen(kit, &rooms), 0, 0, 0);
    watch(kit, rooms.ben, "tags/lid", "normal");
    assert_heard(happen(kit, &rooms), 1, 1, 1);
}

static void a_muted_person_is_not_heard_at_all(void **state) /* notices RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ben, "My lid");
    watch(kit, rooms.ben, num(kit, rooms.space), "everything");
    watch(kit, rooms.ben, num(kit, rooms.ana->id), "muted");
    comment_make(kit, rooms.ana, idea, "You there, @ben!");
    idea_make(kit, &rooms, rooms.ana, "Another");
    assert_int_equal(told_of(kit, rooms.ben), 0);
    comment_make(kit, rooms.staff, idea, "Calm");
    assert_int_equal(told_of(kit, rooms.ben), 1);
}

/* ---- who may see ---- */

static void mentions_reach_whoever_may_see(void **state) /* notices RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t back = space_make(kit, &rooms, "Back room", "invitation", "space");
    int64_t open = idea_make(kit, &rooms, rooms.staff, "A lid");
    int64_t hidden = idea_in(kit, back, rooms.staff, "Hush");
    comment_make(kit, rooms.staff, hidden, "What would @ben say?");
    assert_int_equal(told_of(kit, rooms.ben), 0);
    comment_make(kit, rooms.staff, open, "What would @ben say?");
    assert_int_equal(told_of(kit, rooms.ben), 1);
}

static void what_one_may_not_see_is_neither_watched_nor_told(void **state) /* RULE 1 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t back = space_make(kit, &rooms, "Back room", "anyone", "space");
    as(kit, rooms.ben);
    const char *path = kit_path(kit, "/watches/%lld", (long long)back);
    assert_status(put_json(kit, path, "{\"level\":\"everything\"}"), 404);
    sql_run(kit, kit_path(kit,
                          "INSERT INTO memberships (space_id, person_id, role, at)"
                          " VALUES (%lld, %lld, 3, 0)",
                          (long long)back, (long long)rooms.ben->id));
    int64_t idea = idea_in(kit, back, rooms.staff, "Hush");
    watch(kit, rooms.ben, num(kit, back), "everything");
    watch(kit, rooms.ben, num(kit, idea), "everything");
    watch(kit, rooms.ben, num(kit, rooms.staff->id), "everything");
    watch(kit, rooms.ben, "tags/lid", "everything");
    assert_json_count(get_json(kit, "/watches"), "data", 4);
    comment_make(kit, rooms.staff, idea, "Inside");
    assert_int_equal(told_of(kit, rooms.ben), 1);
    as(kit, rooms.ben); /* who leaves hears no more, by whatever way */
    assert_status(del(kit, kit_path(kit, "/spaces/%lld/membership", (long long)back)), 303);
    assert_json_count(get_json(kit, "/watches"), "data", 2);
    assert_int_equal(
        sql_int(kit, kit_path(kit,
                              "SELECT COUNT(*) FROM follows WHERE record_id IN"
                              " (%lld, %lld) AND person_id = %lld",
                              (long long)back, (long long)idea, (long long)rooms.ben->id)),
        0);
    comment_make(kit, rooms.staff, idea, "Among us, @ben");
    idea_in(kit, back, rooms.staff, "Hush too");
    assert_int_equal(told_of(kit, rooms.ben), 1);
}

static void nobody_learns_what_others_mute(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t before = sql_int(kit, "SELECT COUNT(*) FROM activities");
    watch(kit, rooms.ben, num(kit, rooms.ana->id), "muted");
    watch(kit, rooms.ben, num(kit, rooms.space), "muted");
    watch(kit, rooms.ben, num(kit, idea), "muted");
    watch(kit, rooms.ben, "tags/lid", "muted");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities"), before);
    watch(kit, rooms.ben, num(kit, idea), "everything"); /* that one follows it may be told */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities"), before + 1);
    as(kit, rooms.ana);
    assert_json_count(get_json(kit, "/watches"), "data", 1); /* her own idea */
    as(kit, NULL);
    assert_status(get_json(kit, "/watches"), 401);
    assert_status(put_json(kit, "/watches/1", "{\"level\":\"muted\"}"), 401);
}

/* ---- the control and the list ---- */

static void every_face_of_the_control(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    comment_make(kit, rooms.ana, idea, "More");
    as(kit, rooms.ben);
    const char *page = kit_path(kit, "/ideas/%lld-a-lid", (long long)idea);
    const char *path = kit_path(kit, "/watches/%lld", (long long)idea);
    assert_has(get(kit, page), kit_path(kit, "id=\"watch-%lld\"", (long long)idea));
    struct res r = post(kit, path, "_method=PUT&level=muted"); /* without a script */
    assert_status(r, 303);
    assert_has(kit_follow(r), "Muted");
    uint64_t once = kit_fingerprint(kit);
    kit_pass(kit, CLOCK_SECOND);
    r = post_stream(kit, path, "_method=PUT&level=muted");
    assert_has(r, kit_path(kit, "target=\"watch-%lld\"", (long long)idea));
    assert_has(r, "value=\"muted\" aria-pressed=\"true\"");
    assert_true(once == kit_fingerprint(kit));
    assert_json_str(get_json(kit, page), "data.watch", "muted");
    assert_status(put_json(kit, path, "{\"level\":\"loud\"}"), 422);
    assert_status(put_json(kit, kit_path(kit, "/watches/%lld", (long long)rooms.ben->id),
                           "{\"level\":\"muted\"}"),
                  409);
    assert_status(put_json(kit, "/watches/999999", "{\"level\":\"muted\"}"), 404);
    int64_t comment = sql_int(kit, "SELECT MAX(id) FROM records WHERE type = 'comment'");
    watch(kit, rooms.ben, num(kit, comment), "highlights"); /* of its thread */
    assert_json_str(get_json(kit, page), "data.watch", "highlights");
    assert_has(get(kit, "/spaces/product-ideas"), "/watches/");
    assert_has(get(kit, "/people/ana"), "/watches/");
    assert_has_not(get(kit, "/people/ben"), "action=\"/watches/");
    assert_has(get(kit, "/ideas?tag=lid"), "action=\"/watches/tags/lid\"");
    assert_has_not(get(kit, "/ideas"), "/watches/tags/");
    as(kit, NULL);
    assert_has_not(get(kit, page), "/watches/");
}

static void the_list_holds_all_and_forgets_what_is_removed(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    enum { IDEAS = 35, SHOWN = 30 };
    for (int i = 0; i < IDEAS; i++) {
        idea_make(kit, &rooms, rooms.ben, "Mine"); /* which he follows */
        kit_pass(kit, CLOCK_HOUR / 10);
    }
    watch(kit, rooms.ben, num(kit, rooms.space), "muted");
    watch(kit, rooms.ben, "tags/kettle", "highlights"); /* that nothing has yet */
    struct res r = get_json(kit, "/watches");
    assert_json_count(r, "data", SHOWN + 1);
    assert_json_str(r, "data.0.type", "tag");
    assert_json_str(r, "data.0.title", "kettle");
    r = get_json(kit, kit_path(kit, "/watches?after=%lld",
                               (long long)sql_int(kit, "SELECT id FROM records WHERE type = 'idea'"
                                                       " ORDER BY id DESC LIMIT 1 OFFSET 29")));
    assert_json_count(r, "data", IDEAS - SHOWN + 1);
    assert_json_none(r, "next");
    r = get_json(kit, "/watches?level=muted");
    assert_json_count(r, "data", 1);
    assert_json_str(r, "data.0.title", "Product ideas");
    assert_has(get(kit, "/watches?level=muted"), "Product ideas");
    assert_has(get(kit, "/watches?level=normal"), "Nothing at this level");
    assert_has(get(kit, "/watches"), "kettle");
    assert_status(del(kit, "/watches/tags/kettle"), 303);
    assert_status(del(kit, kit_path(kit, "/watches/%lld", (long long)rooms.space)), 303);
    assert_json_count(get_json(kit, "/watches?level=muted"), "data", 0);
    assert_has_not(get(kit, "/watches"), "kettle");
}

static void joining_does_not_undo_a_choice(void **state) /* follows RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    watch(kit, rooms.ben, num(kit, rooms.space), "muted");
    watch(kit, rooms.ben, num(kit, idea), "muted");
    assert_status(post(kit, kit_path(kit, "/spaces/%lld/membership", (long long)rooms.space), ""),
                  303);
    comment_make(kit, rooms.ben, idea, "My word");
    as(kit, rooms.ben);
    assert_json_count(get_json(kit, "/watches?level=muted"), "data", 2);
    assert_json_count(get_json(kit, "/watches"), "data", 2);
}

static void a_choice_is_made_whole_or_not(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    kit_fail_sweep(kit, "POST", kit_path(kit, "/watches/%lld", (long long)idea),
                   "_method=PUT&level=everything", NULL);
    kit_fail_sweep(kit, "POST", "/watches/tags/lid", "_method=PUT&level=muted", NULL);
    kit_fail_sweep(kit, "GET", "/watches", NULL, NULL);
}

/* ---- very many ---- */

enum { CROWD = 900 };

/* Members with accounts, as many as stand in no other test. */
static void crowd_make(struct kit *kit, int64_t space)
{
    for (int i = 0; i < CROWD; i++) {
        long long id = 100000 + i;
        sql_run(kit,
                kit_path(kit, "INSERT INTO people (id, handle, name) VALUES (%lld, 'c%d', 'C')", id,
                         i));
        sql_run(kit, kit_path(kit,
                              "INSERT INTO accounts (person_id, email, password, role, created_at)"
                              " VALUES (%lld, 'c%d@example.org', '', 1, 0)",
                              id, i));
        sql_run(kit, kit_path(kit,
                              "INSERT INTO identities (person_id, kind, address, verified_at)"
                              " VALUES (%lld, 'email', 'c%d@example.org', 1)",
                              id, i));
        sql_run(kit, kit_path(kit,
                              "INSERT INTO follows (record_id, level, person_id, at)"
                              " VALUES (%lld, %d, %lld, 0)",
                              (long long)space, i % 3 ? 3 : 2, id));
    }
    kit->unsound = true; /* people without records */
}

struct saying {
    struct kit *kit;
    int64_t by, on;
};

/* As a handler would, but nothing is settled behind it. */
static bool say(struct db *db, void *ctx)
{
    struct saying *s = ctx;
    struct act act = {db, s->kit->arena, s->by, s->kit->now, false, S("")};
    return record_create(&act,
                         &(struct record_draft){.type = "comment",
                                                .parent = record_load(db, s->kit->arena, s->on),
                                                .source = S("To all, and to @ben")}) > 0;
}

static void very_many_are_told_in_parts(void **state) /* notices RULE 5 7, consumers RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    crowd_make(kit, rooms.space);
    sql_run(kit, "DELETE FROM notifications");
    sql_run(kit, "UPDATE inboxes SET last_id = 0, unseen = 0");
    struct saying s = {kit, rooms.staff->id, idea};
    const char *count = "SELECT COUNT(*) FROM notifications";
    const int64_t all = CROWD / 3 * 2 + 2; /* at everything; Ana and Ben, too */
    assert_true(store_run(kit->app->store, STORE_WRITE, say, &s));
    int64_t first = sql_int(kit, count);
    assert_true(first > 100 && first < 350);
    assert_true(sql_int(kit, "SELECT part FROM cursors WHERE consumer = 'notifications'") > 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM inboxes WHERE unseen = 1"), first);
    s.by = rooms.ana->id; /* who writes next takes a part of it along */
    assert_true(store_run(kit->app->store, STORE_WRITE, say, &s));
    int64_t second = sql_int(kit, count);
    assert_true(second > first && second < first + 350);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT part FROM cursors WHERE consumer = 'notifications'"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM notifications WHERE activity_id ="
                                  " (SELECT MIN(activity_id) FROM notifications)"),
                     all);
    /* Nobody is told twice, or out of order. */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM (SELECT before_id, LAG(activity_id, 1,"
                                  " CAST(0 AS BIGINT)) OVER (PARTITION BY person_id ORDER BY"
                                  " activity_id) AS really FROM notifications) n"
                                  " WHERE before_id <> really"),
                     0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM inboxes i WHERE unseen <> (SELECT COUNT(*)"
                                  " FROM notifications n WHERE n.person_id = i.person_id)"),
                     0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE person_id >= 100000"),
                     2 * (all - 2)); /* letters to them are marked in parts, too */
    assert_int_equal(sql_int(kit, count), all + all); /* Sam for Ana, who follows it by writing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_level_tells_what_it_says),
        kit_test(a_threads_own_level_counts_first),
        kit_test(an_accepted_answer_is_a_highlight),
        kit_test(what_is_muted_is_silent_but_for_mentions),
        kit_test(muting_wins_over_wider_ways),
        kit_test(a_muted_person_is_not_heard_at_all),
        kit_test(mentions_reach_whoever_may_see),
        kit_test(what_one_may_not_see_is_neither_watched_nor_told),
        kit_test(nobody_learns_what_others_mute),
        kit_test(every_face_of_the_control),
        kit_test(the_list_holds_all_and_forgets_what_is_removed),
        kit_test(joining_does_not_undo_a_choice),
        kit_test(a_choice_is_made_whole_or_not),
        kit_test(very_many_are_told_in_parts),
    };
    return kit_run(tests);
}
