/* check_test.c: a hub that is broken on purpose, one promise at a time. */
#include "record/check.h"
#include "test/rooms.h"

struct heard {
    struct arena *arena;
    struct str what; /* the last one */
    int64_t n, id, kept, counted;
};

static void hear(void *ctx, const struct check_finding *f)
{
    struct heard *heard = ctx;
    heard->what = str_dup(heard->arena, str_of(f->what));
    heard->id = f->id;
    heard->kept = f->kept;
    heard->counted = f->counted;
    heard->n++;
}

static bool look(struct db *db, void *ctx)
{
    struct heard *heard = ctx;
    check_hub(db, heard->arena, hear, heard);
    return !db_failed(db);
}

static struct heard hub_look(struct kit *kit)
{
    struct heard heard = {.arena = kit->arena, .what = S("")};
    assert_true(store_run(kit->app->store, STORE_READ, look, &heard));
    return heard;
}

/* Breaks it, is told so once, and mends it. */
#define assert_said(kit, break_it, mend_it, words)                                                 \
    do {                                                                                           \
        sql_run((kit), (break_it));                                                                \
        struct heard heard_ = hub_look(kit);                                                       \
        if (heard_.n != 1 || !str_has(heard_.what, str_of(words)))                                 \
            fail_msg("%s: %lld findings, the last: " STR_FMT, (break_it), (long long)heard_.n,     \
                     STR_ARG(heard_.what));                                                        \
        sql_run((kit), (mend_it));                                                                 \
    } while (0)

static void what_differs_is_said_once(void **state) /* kit RULE 5, check RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    int64_t comment = comment_make(kit, rooms.ben, idea, "Good");
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), ""), 303);
    assert_int_equal(hub_look(kit).n, 0);
    sql_run(kit, "UPDATE records SET score = 7, rank_score = 7 WHERE type = 'idea'");
    sql_run(kit, "UPDATE taggings SET score = 7");
    struct heard heard = hub_look(kit);
    assert_int_equal(heard.n, 1);
    assert_int_equal(heard.id, idea);
    assert_int_equal(heard.kept, 7);
    assert_int_equal(heard.counted, 1);
    sql_run(kit, "UPDATE records SET score = 1, rank_score = 1 WHERE type = 'idea'");
    sql_run(kit, "UPDATE taggings SET score = 1");
    assert_said(kit, "UPDATE records SET rank_hot = 1 WHERE type = 'comment'",
                "UPDATE records SET rank_hot = hot WHERE type = 'comment'",
                "is not where its votes");
    assert_said(kit,
                "UPDATE notifications SET before_id = before_id + 1"
                " WHERE activity_id = (SELECT MIN(activity_id) FROM notifications)",
                "UPDATE notifications SET before_id = before_id - 1"
                " WHERE activity_id = (SELECT MIN(activity_id) FROM notifications)",
                "does not name the one before");
    assert_said(kit,
                "UPDATE inboxes SET last_id = last_id + 1"
                " WHERE person_id = (SELECT MIN(person_id) FROM inboxes)",
                "UPDATE inboxes SET last_id = last_id - 1"
                " WHERE person_id = (SELECT MIN(person_id) FROM inboxes)",
                "does not name its newest");
    assert_said(kit, "UPDATE records SET comments = 2 WHERE type = 'idea'",
                "UPDATE records SET comments = 1 WHERE type = 'idea'", "comments is not");
    assert_said(kit, "UPDATE records SET thread = 0 WHERE type = 'idea'",
                "UPDATE records SET thread = 1 WHERE type = 'idea'", "thread is not");
    assert_said(kit, "UPDATE records SET answers = 1 WHERE type = 'comment'",
                "UPDATE records SET answers = 0 WHERE type = 'comment'", "answers is not");
    assert_said(kit, "UPDATE tags SET uses = 9 WHERE name = 'lid'",
                "UPDATE tags SET uses = 1 WHERE name = 'lid'", "a tag's uses is not");
    assert_said(kit, "UPDATE records SET path = 'a1' || path WHERE type = 'comment'",
                "UPDATE records SET path = substr(path, 3) WHERE type = 'comment'",
                "path does not lead");
    sql_run(kit,
            kit_path(kit, "DELETE FROM search_replies WHERE rowid = %lld", (long long)comment));
    assert_true(str_is(hub_look(kit).what, "is not in the search index"));
    kit->unsound = true;
}

static void what_points_nowhere_is_said_once(void **state) /* check RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    assert_said(kit, "INSERT INTO follows (record_id, person_id, at) VALUES (999, 1, 0)",
                "DELETE FROM follows WHERE record_id = 999", "follows.record_id names a row");
    assert_said(kit,
                "INSERT INTO memberships (space_id, person_id, role, at)"
                " SELECT id, 999, 2, 0 FROM spaces",
                "DELETE FROM memberships WHERE person_id = 999", "memberships.person_id names");
    assert_said(kit, "UPDATE ideas SET answer_id = 999", "UPDATE ideas SET answer_id = NULL",
                "ideas.answer_id names");
}

static void looking_changes_nothing(void **state) /* check RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    uint64_t before = kit_fingerprint(kit);
    assert_int_equal(hub_look(kit).n, 0);
    assert_true(before == kit_fingerprint(kit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_differs_is_said_once),
        kit_test(what_points_nowhere_is_said_once),
        kit_test(looking_changes_nothing),
    };
    return kit_run(tests);
}
