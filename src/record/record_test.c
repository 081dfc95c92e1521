/* record_test.c: the record core itself, without HTTP: making, counting, paths, tags, votes,
 * threads, follows. */
#include "record/record.h"

#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "http/session.h"
#include "record/follows.h"
#include "record/form.h"
#include "record/path.h"
#include "record/tags.h"
#include "record/thread.h"
#include "record/votes.h"
#include "test/rooms.h"

/* ---- one transaction of a test ---- */

struct change {
    struct kit *kit;
    void (*fn)(struct act *act, struct change *change);
    struct person_kit *by;
    int64_t id, other, out;
};

static bool change_run(struct db *db, void *ctx)
{
    struct change *c = ctx;
    struct act act = {db, c->kit->arena, c->by->id, c->kit->now, false, S("")};
    c->fn(&act, c);
    return !db_failed(db);
}

static int64_t change(struct kit *kit, struct person_kit *by, int64_t id, int64_t other,
                      void (*fn)(struct act *act, struct change *change))
{
    struct change c = {kit, fn, by, id, other, 0};
    assert_true(store_run(kit->app->store, STORE_WRITE, change_run, &c));
    kit_settle(kit);
    return c.out;
}

/* ---- paths ---- */

static void paths_sort_as_they_read(void **state) /* path RULE 1 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str root = S(""), one = path_child(a, root, 9), two = path_child(a, root, 10);
    struct str big = path_child(a, root, 0x7fffffffffffffff),
               below = path_child(a, one, 4000000000);
    assert_true(str_cmp(root, one) < 0);
    assert_true(str_cmp(one, below) < 0);
    assert_true(str_cmp(below, two) < 0);
    assert_true(str_cmp(two, big) < 0);
    assert_true(str_cmp(path_child(a, root, 255), path_child(a, root, 256)) < 0);
    assert_int_equal(path_depth(root), 0);
    assert_int_equal(path_depth(below), 2);
    assert_int_equal(path_last(below), 4000000000);
    assert_int_equal(path_last(big), 0x7fffffffffffffff);
    assert_true(str_eq(path_parent(below), one));
    arena_free(a);
}

static void depth_is_bounded(void **state) /* path RULE 2 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str path = S("");
    for (int i = 1; i <= PATH_DEPTH_MAX; i++)
        path = path_child(a, path, i);
    struct str deeper = path_child(a, path, 100);
    assert_int_equal(path_depth(deeper), PATH_DEPTH_MAX);
    assert_true(str_eq(path_parent(deeper), path_parent(path)));
    arena_free(a);
}

static void a_deep_thread_keeps_its_counts(void **state) /* record RULE 3, path RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid"), parent = 0;
    as(kit, rooms.ben);
    for (int i = 0; i < PATH_DEPTH_MAX + 4; i++) {
        struct res r = post_json(kit, kit_path(kit, "/ideas/%lld/comments", (long long)idea),
                                 kit_path(kit, "{\"body\":\"Deeper %d\",\"parent\":\"%s\"}", i,
                                          parent ? kit_path(kit, "%lld", (long long)parent) : ""));
        assert_status(r, 201);
        parent = sql_int(kit, "SELECT MAX(id) FROM records");
    }
    assert_int_equal(sql_int(kit, "SELECT thread FROM records WHERE type = 'idea'"),
                     PATH_DEPTH_MAX + 4);
    as(kit, NULL);
    assert_has(get(kit, kit_path(kit, "/ideas/%lld-a-lid", (long long)idea)),
               kit_path(kit, "Deeper %d", PATH_DEPTH_MAX + 3));
}

/* ---- tags ---- */

static void tags_are_folded(void **state) /* tags RULE 1 */
{
    (void)state;
    static const char *const cases[][2] = {
        {"Lid, LID  lid", "lid"},
        {"c++ c# .net", "c++ c# net"},
        {"#lid ,brewer\ttray", "lid brewer tray"},
        {"caf\xc3\xa9", "cafe"},
        {"   ", ""},
        {"a/b", "a-b"},
        {"-x- .y.", "x y"},
        {"!!! ok", "ok"},
        {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee",
         "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"},
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str clean = tags_clean(a, str_of(cases[i][0]), 8);
        if (!str_is(clean, cases[i][1]))
            fail_msg("\"%s\" is \"" STR_FMT "\"", cases[i][0], STR_ARG(clean));
        assert_true(str_eq(tags_clean(a, clean, 8), clean));
    }
    assert_true(str_eq(tags_clean(a, S("a b c d"), 2), S("a b")));
    arena_free(a);
}

static void a_tags_count_is_exact(void **state) /* tags RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "One");
    idea_make(kit, &rooms, rooms.ben, "Two");
    assert_int_equal(sql_int(kit, "SELECT uses FROM tags WHERE name = 'lid'"), 2);
    as(kit, rooms.ana);
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    assert_status(patch_json(kit, path, "{\"tags\":\"brewer\",\"body\":\"With a #spoon\"}"), 200);
    assert_int_equal(sql_int(kit, "SELECT uses FROM tags WHERE name = 'lid'"), 1);
    assert_int_equal(sql_int(kit, "SELECT uses FROM tags WHERE name = 'spoon'"), 1);
    assert_status(del(kit, path), 303);
    assert_int_equal(sql_int(kit, "SELECT uses FROM tags WHERE name = 'spoon'"), 0);
    assert_int_equal(sql_int(kit, "SELECT uses FROM tags WHERE name = 'brewer'"), 1);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/restore", (long long)idea), ""), 303);
    assert_int_equal(sql_int(kit, "SELECT uses FROM tags WHERE name = 'brewer'"), 2);
}

/* What the list of ideas shows of a tag: its number, 0 without one, -1 without the tag. */
static int shown_uses(struct kit *kit, const char *tag)
{
    const char *at = strstr(str_cstr(kit->arena, get(kit, "/ideas").body), "<h2>Tags</h2>");
    at = at ? strstr(at, kit_path(kit, "href=\"/ideas?tag=%s\">", tag)) : NULL;
    if (!at)
        return -1;
    const char *number = strstr(at, "<span class=\"n\">");
    return number && number < strstr(at, "</a>") ? (int)strtol(number + 16, NULL, 10) : 0;
}

static void audience_set(struct kit *kit, struct rooms *rooms, int64_t space, const char *audience)
{
    as(kit, rooms->staff);
    assert_status(patch_json(kit, kit_path(kit, "/spaces/%lld", (long long)space),
                             kit_path(kit, "{\"audience\":\"%s\"}", audience)),
                  200);
}

static void nobody_learns_of_a_tag_they_may_not_see(void **state) /* tags RULE 2 3 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t members = space_make(kit, &rooms, "For members", "anyone", "members");
    int64_t hidden = space_make(kit, &rooms, "Hidden", "anyone", "space");
    idea_make(kit, &rooms, rooms.ana, "Open");
    idea_in(kit, members, rooms.staff, "For those who are here");
    int64_t idea = idea_in(kit, hidden, rooms.staff, "Hidden");
    as(kit, rooms.staff);
    assert_status(
        patch_json(kit, kit_path(kit, "/ideas/%lld", (long long)idea), "{\"tags\":\"lid plan\"}"),
        200);
    as(kit, NULL);
    assert_int_equal(shown_uses(kit, "lid"), 1);
    assert_int_equal(shown_uses(kit, "plan"), -1);
    as(kit, rooms.ben);
    assert_int_equal(shown_uses(kit, "lid"), 2);
    assert_int_equal(shown_uses(kit, "plan"), -1);
    as(kit, rooms.staff); /* its author */
    assert_int_equal(shown_uses(kit, "lid"), 2);
    assert_int_equal(shown_uses(kit, "plan"), 0);

    audience_set(kit, &rooms, hidden, "members");
    as(kit, NULL);
    assert_int_equal(shown_uses(kit, "plan"), -1);
    as(kit, rooms.ben);
    assert_int_equal(shown_uses(kit, "lid"), 3);
    assert_int_equal(shown_uses(kit, "plan"), 1);
    audience_set(kit, &rooms, hidden, "public");
    as(kit, NULL);
    assert_int_equal(shown_uses(kit, "lid"), 2);
    assert_int_equal(shown_uses(kit, "plan"), 1);
    as(kit, rooms.staff);
    assert_status(del(kit, kit_path(kit, "/ideas/%lld", (long long)idea)), 303);
    as(kit, NULL);
    assert_int_equal(shown_uses(kit, "lid"), 1);
    assert_int_equal(shown_uses(kit, "plan"), -1);
}

/* ---- votes ---- */

static void hot_ranks_recent_votes(void **state)
{
    (void)state;
    int64_t t = KIT_NOW;
    double old =
        hot_add(hot_add(hot_first(t - 70 * CLOCK_DAY), t - 60 * CLOCK_DAY), t - 50 * CLOCK_DAY);
    double fresh = hot_add(hot_first(t - CLOCK_DAY), t);
    assert_true(fresh > old);
    double one = hot_first(t), two = hot_add(one, t + CLOCK_HOUR);
    assert_true(two > one);
    assert_true(fabs(hot_take(two, t + CLOCK_HOUR, t) - one) < 1e-6);
    assert_true(hot_take(one, t, t) == hot_first(t));
    assert_true(isfinite(hot_take(one, t + CLOCK_DAY, t)));
}

static void vote_it(struct act *act, struct change *c)
{
    struct record *r = record_load(act->db, act->arena, c->id);
    c->out = vote_set(act, r, (int)c->other);
}

static void one_vote_each(void **state) /* votes RULE 1 2 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_int_equal(change(kit, rooms.ben, idea, 0, vote_it), 0);
    assert_int_equal(change(kit, rooms.ben, idea, 1, vote_it), 1);
    assert_int_equal(change(kit, rooms.ben, idea, 1, vote_it), 0);
    assert_int_equal(change(kit, rooms.staff, idea, 1, vote_it), 1);
    assert_int_equal(change(kit, rooms.ben, idea, 0, vote_it), 1);
    assert_int_equal(change(kit, rooms.ben, idea, 0, vote_it), 0);
    assert_int_equal(sql_int(kit, "SELECT score FROM records WHERE type = 'idea'"), 1);
    assert_int_equal(sql_int(kit, "SELECT MIN(score) FROM taggings"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM votes"), 3);
}

/* ---- the log ---- */

static int64_t activities(struct kit *kit)
{
    return sql_int(kit, "SELECT COUNT(*) FROM activities");
}

static void set_state(struct act *act, struct change *c)
{
    record_set_state(act, record_load(act->db, act->arena, c->id), NULL, S("planned"));
}

static void every_change_is_logged_once(void **state) /* act RULE 1 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t before = activities(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_int_equal(activities(kit), before + 1);
    comment_make(kit, rooms.ben, idea, "Good");
    assert_int_equal(activities(kit), before + 2);
    as(kit, rooms.ana);
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    patch_json(kit, path, "{\"body\":\"Other\"}");
    assert_int_equal(activities(kit), before + 3);
    patch_json(kit, path, "{\"body\":\"Other\"}"); /* nothing changed */
    assert_int_equal(activities(kit), before + 3);
    assert_int_equal(change(kit, rooms.ben, idea, 1, vote_it), 1);
    assert_int_equal(activities(kit), before + 4);
    change(kit, rooms.staff, idea, 0, set_state);
    assert_int_equal(activities(kit), before + 5);
    del(kit, path);
    assert_int_equal(activities(kit), before + 6);
    post(kit, kit_path(kit, "/ideas/%lld/restore", (long long)idea), "");
    assert_int_equal(activities(kit), before + 7);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities a JOIN records r"
                                  " ON r.id = a.record_id WHERE a.audience <> r.audience"),
                     0);
}

/* ---- following ---- */

static int64_t told(struct kit *kit, const struct person_kit *p, const char *reason)
{
    return sql_int(kit, kit_path(kit,
                                 "SELECT COUNT(*) FROM notifications WHERE person_id = %lld"
                                 " AND reason = '%s'",
                                 (long long)p->id, reason));
}

static void following_twice_changes_nothing(void **state) /* follows RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *path =
        kit_path(kit, "/watches/%lld", (long long)idea_make(kit, &rooms, rooms.ana, "A lid"));
    as(kit, rooms.ben);
    assert_status(put_json(kit, path, "{\"level\":\"everything\"}"), 200);
    uint64_t once = kit_fingerprint(kit);
    kit_pass(kit, CLOCK_SECOND);
    assert_status(put_json(kit, path, "{\"level\":\"everything\"}"), 200);
    assert_true(once == kit_fingerprint(kit));
    assert_status(del(kit, path), 303);
    once = kit_fingerprint(kit);
    assert_status(del(kit, path), 303);
    assert_true(once == kit_fingerprint(kit));
}

static void one_act_tells_once(void **state) /* notices RULE 1 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ana); /* follows the idea, the space, is replied to and mentioned: one line */
    post(kit, kit_path(kit, "/spaces/%lld/membership", (long long)rooms.space), "");
    comment_make(kit, rooms.ben, idea, "Look, @ana and @ben and @ANA!");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM notifications"), 2); /* and staff's space */
    assert_int_equal(told(kit, rooms.ben, "mention"), 0);
    assert_int_equal(told(kit, rooms.ana, "mention"), 1);
    comment_make(kit, rooms.ana, idea, "My own words, @ana");
    assert_int_equal(told(kit, rooms.ana, "mention"), 1);
    assert_int_equal(told(kit, rooms.ana, "follow"), 0);
    assert_int_equal(told(kit, rooms.ben, "follow"), 1);
}

static void comment_quietly(struct act *act, struct change *c)
{
    act->quiet = true;
    c->out =
        record_create(act, &(struct record_draft){.type = "comment",
                                                  .parent = record_load(act->db, act->arena, c->id),
                                                  .source = S("From elsewhere, @ana")});
}

static void what_was_imported_tells_nobody(void **state) /* notices RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t before = sql_int(kit, "SELECT COUNT(*) FROM notifications");
    assert_true(change(kit, rooms.ben, idea, 0, comment_quietly) > 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM notifications"), before);
}

static void an_edit_tells_only_the_newly_mentioned(void **state) /* notices RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ana);
    const char *path = kit_path(kit, "/ideas/%lld", idea);
    assert_status(patch_json(kit, path, "{\"body\":\"With @ben\"}"), 200);
    assert_int_equal(told(kit, rooms.ben, "mention"), 1);
    assert_status(patch_json(kit, path, "{\"body\":\"With @Ben and @sam\"}"), 200);
    assert_int_equal(told(kit, rooms.ben, "mention"), 1);
    assert_int_equal(told(kit, rooms.staff, "mention"), 1);
}

static void a_new_status_reaches_followers(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    put_json(kit, kit_path(kit, "/watches/%lld", (long long)idea), "{\"level\":\"highlights\"}");
    change(kit, rooms.staff, idea, 0, set_state);
    assert_int_equal(told(kit, rooms.ana, "status"), 1);
    assert_int_equal(told(kit, rooms.ben, "status"), 1);
    assert_int_equal(told(kit, rooms.staff, "status"), 0);
}

/* ---- below a record ---- */

static void a_child_is_no_wider_than_its_parent(void **state) /* record RULE 5, access RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "Back room", "invitation", "space");
    int64_t idea = idea_in(kit, space, rooms.staff, "Ours");
    comment_make(kit, rooms.staff, idea, "Among us");
    assert_int_equal(sql_int(kit, "SELECT MIN(audience) FROM records"
                                  " WHERE type IN ('idea', 'comment')"),
                     AUDIENCE_SPACE);
}

static void below_the_deleted_and_the_merged_nothing_happens(void **state) /* record RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t other = idea_make(kit, &rooms, rooms.staff, "A better lid");
    long long comment = comment_make(kit, rooms.ben, idea, "Good");
    as(kit, rooms.ana);
    del(kit, kit_path(kit, "/ideas/%lld", (long long)idea));
    as(kit, rooms.ben);
    assert_status(get(kit, kit_path(kit, "/comments/%lld/votes", comment)), 404);
    assert_status(get(kit, kit_path(kit, "/r/%lld", comment)), 404);
    assert_status(post(kit, kit_path(kit, "/comments/%lld/comments", comment), "body=Still+here"),
                  404);
    assert_has_not(get(kit, "/search?q=good"), "A lid");
    as(kit, rooms.ana);
    post(kit, kit_path(kit, "/ideas/%lld/restore", (long long)idea), "");
    as(kit, rooms.staff);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/merge", (long long)idea),
                       kit_path(kit, "into=%lld&reason=The+same", (long long)other)),
                  303);
    as(kit, rooms.ben);
    assert_status(get(kit, kit_path(kit, "/r/%lld", comment)), 303);
    assert_status(post(kit, kit_path(kit, "/comments/%lld/comments", comment), "body=Late"), 404);
    assert_status(post(kit, kit_path(kit, "/comments/%lld/votes", comment), ""), 404);
    assert_status(patch(kit, kit_path(kit, "/comments/%lld", comment), "body=Other"), 404);
}

static void an_empty_text_gets_its_row_when_it_is_written(void **state) /* record RULE 7 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.staff);
    assert_status(post_json(kit, "/deals",
                            "{\"title\":\"Oat mill\",\"pipeline\":\"sales\",\"stage\":\"new\"}"),
                  201);
    long long deal = sql_int(kit, "SELECT MAX(id) FROM deals");
    const char *path = kit_path(kit, "/deals/%lld", deal),
               *page = kit_path(kit, "/deals/%lld-rye-mill", deal),
               *rows = kit_path(kit, "SELECT COUNT(*) FROM texts WHERE record_id = %lld", deal);
    assert_int_equal(sql_int(kit, rows), 0);
    assert_status(patch_json(kit, path, "{\"title\":\"Rye mill\"}"), 200);
    assert_int_equal(sql_int(kit, rows), 0);
    assert_status(patch_json(kit, path, "{\"body\":\"Grinds *slowly*\"}"), 200);
    assert_has(get(kit, page), "Grinds <em>slowly</em>");
    assert_has(get(kit, "/search?q=slowly"), "Rye mill");
    assert_status(patch_json(kit, path, "{\"body\":\"\"}"), 200);
    assert_has_not(get(kit, page), "<em>slowly</em>");
    assert_has_not(get(kit, "/search?q=slowly"), "Rye mill");
    assert_status(patch_json(kit, path, "{\"body\":\"Grinds oats\"}"), 200);
    assert_has(get(kit, page), "Grinds oats");
    assert_int_equal(sql_int(kit, rows), 1);
}

static void a_gone_comment_with_replies_keeps_its_place(void **state) /* thread RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    long long first = comment_make(kit, rooms.ben, idea, "Mulberry");
    as(kit, rooms.ana);
    assert_status(post_json(kit, kit_path(kit, "/ideas/%lld/comments", (long long)idea),
                            kit_path(kit, "{\"body\":\"Rhubarb\",\"parent\":%lld}", first)),
                  201);
    as(kit, rooms.ben);
    del(kit, kit_path(kit, "/comments/%lld", first));
    as(kit, NULL);
    struct res r = get_json(kit, kit_path(kit, "/ideas/%lld", (long long)idea));
    assert_json_count(r, "data.thread_entries", 2);
    assert_json_none(r, "data.thread_entries.0.author_id");
    assert_json_str(r, "data.thread_entries.0.html", "");
    assert_has_not(r, "Mulberry");
    assert_has(r, "Rhubarb");
    as(kit, rooms.ana);
    del(kit, kit_path(kit, "/comments/%lld", first + 1));
    as(kit, NULL);
    assert_json_count(get_json(kit, kit_path(kit, "/ideas/%lld", (long long)idea)),
                      "data.thread_entries", 0);
}

static void add_many(struct act *act, struct change *c)
{
    struct record *root = record_load(act->db, act->arena, c->id), *parent = root;
    for (int i = 0; i < 75; i++) {
        int64_t id = record_create(
            act, &(struct record_draft){.type = "comment",
                                        .parent = parent,
                                        .source = str_fmt(act->arena, "Number %d.", i)});
        parent = i % 4 == 3 ? root : record_load(act->db, act->arena, id);
    }
    /* The last of the first page goes; what answers it stands on the next page. */
    int64_t last = db_get_int(act->db, 0,
                              "SELECT MAX(id) FROM (SELECT id FROM records"
                              " WHERE root_id = ?1 AND path > '' ORDER BY path LIMIT 30)"
                              " AS t",
                              I(c->id));
    record_delete(act, record_load(act->db, act->arena, last));
    c->out = last;
}

static void a_thread_is_read_in_pages(void **state) /* thread RULE 1 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    long long gone = change(kit, rooms.ben, idea, 0, add_many);
    as(kit, NULL);
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    struct res first = get_json(kit, path);
    assert_json_count(first, "data.thread_entries", 30);
    assert_json_int(first, "data.thread_entries.29.id", gone);
    assert_json_str(first, "data.thread_entries.29.html", "");
    struct str after =
        sql_str(kit, kit_path(kit, "SELECT path FROM records WHERE id = %lld", gone));
    assert_json_str(first, "next", after.p);
    struct res second = get_json(kit, kit_path(kit, "%s?after=%s", path, after.p));
    assert_json_count(second, "data.thread_entries", 30);
    assert_json_int(second, "data.thread_entries.0.parent_id", gone);
    struct res link = get(kit, kit_path(kit, "/r/%lld", gone + 1));
    assert_status(link, 303);
    assert_has(kit_follow(link), "Number 30.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_sort_as_they_read),
        cmocka_unit_test(depth_is_bounded),
        kit_test(a_deep_thread_keeps_its_counts),
        cmocka_unit_test(tags_are_folded),
        kit_test(a_tags_count_is_exact),
        kit_test(nobody_learns_of_a_tag_they_may_not_see),
        cmocka_unit_test(hot_ranks_recent_votes),
        kit_test(one_vote_each),
        kit_test(an_empty_text_gets_its_row_when_it_is_written),
        kit_test(every_change_is_logged_once),
        kit_test(following_twice_changes_nothing),
        kit_test(one_act_tells_once),
        kit_test(what_was_imported_tells_nobody),
        kit_test(an_edit_tells_only_the_newly_mentioned),
        kit_test(a_new_status_reaches_followers),
        kit_test(a_child_is_no_wider_than_its_parent),
        kit_test(below_the_deleted_and_the_merged_nothing_happens),
        kit_test(a_gone_comment_with_replies_keeps_its_place),
        kit_test(a_thread_is_read_in_pages),
    };
    return kit_run(tests);
}
