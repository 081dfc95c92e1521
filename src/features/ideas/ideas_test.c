/* ideas_test.c: official answers, merging, and votes that come at the same moment. */
#include <pthread.h>

#include "record/access.h"
#include "test/rooms.h"

static struct res answer_give(struct kit *kit, struct person_kit *by, int64_t idea,
                              const char *form)
{
    as(kit, by);
    return post(kit, kit_path(kit, "/ideas/%lld/answers", (long long)idea), form);
}

static struct res merge(struct kit *kit, struct person_kit *by, int64_t idea, int64_t into)
{
    as(kit, by);
    return post(kit, kit_path(kit, "/ideas/%lld/merge", (long long)idea),
                kit_path(kit, "into=%lld&reason=The+same+wish", (long long)into));
}

static struct res vote(struct kit *kit, struct person_kit *by, int64_t idea)
{
    as(kit, by);
    return post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), "");
}

static int64_t score(struct kit *kit, int64_t id)
{
    return sql_int(kit, kit_path(kit, "SELECT score FROM records WHERE id = %lld", (long long)id));
}

static struct str state_of(struct kit *kit, int64_t id)
{
    return sql_str(kit, kit_path(kit, "SELECT state FROM records WHERE id = %lld", (long long)id));
}

static void one_vote_a_person(void **state) /* ideas RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    for (int i = 0; i < 3; i++)
        assert_status(vote(kit, rooms.ben, idea), 303);
    assert_int_equal(score(kit, idea), 1);
    assert_status(vote(kit, rooms.staff, idea), 303);
    assert_int_equal(score(kit, idea), 2);
    assert_status(vote(kit, rooms.ana, idea), 403);
}

static void a_status_comes_with_a_reason(void **state) /* ideas RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_status(answer_give(kit, rooms.staff, idea, "status=planned"), 422);
    assert_status(answer_give(kit, rooms.staff, idea, "status=planned&reason=++"), 422);
    assert_status(answer_give(kit, rooms.staff, idea, "status=merged&reason=x"), 422);
    assert_status(answer_give(kit, rooms.staff, idea, "status=maybe&reason=x"), 422);
    assert_true(str_is(state_of(kit, idea), "open"));
    assert_status(answer_give(kit, rooms.staff, idea, "status=planned&reason=For+*spring*"), 303);
    assert_true(str_is(state_of(kit, idea), "planned"));
    as(kit, NULL);
    struct res page = get(kit, kit_path(kit, "/ideas/%lld-a-lid", (long long)idea));
    assert_has(page, "For <em>spring</em>");
    assert_json_count(get_json(kit, "/ideas?status=planned"), "data", 1);
    as(kit, rooms.ana);
    assert_status(
        patch(kit, kit_path(kit, "/ideas/%lld", (long long)idea), "title=A&body=B&state=done"),
        422); /* by no other way */
}

static void an_official_answer_stays(void **state) /* records RULE 4, ideas RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    answer_give(kit, rooms.staff, idea, "status=planned&reason=Spring");
    long long answer = sql_int(kit, "SELECT answer_id FROM ideas");
    assert_status(del(kit, kit_path(kit, "/answers/%lld", answer)), 409);
    assert_status(patch(kit, kit_path(kit, "/answers/%lld", answer), "body=Summer"), 303);
    assert_status(answer_give(kit, rooms.staff, idea, "status=done&reason=Here"), 303);
    as(kit, NULL);
    struct res page = get(kit, kit_path(kit, "/ideas/%lld-a-lid", (long long)idea));
    assert_has(page, "Summer"); /* the older one is part of the discussion */
    assert_has(page, "Here");
    assert_json_int(get_json(kit, kit_path(kit, "/ideas/%lld", (long long)idea)), "data.answers",
                    2);
}

static void only_who_moderates_answers_and_merges(void **state) /* ideas RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t other = idea_make(kit, &rooms, rooms.ben, "Another lid");
    assert_status(answer_give(kit, rooms.ana, idea, "status=done&reason=Please"), 403);
    assert_status(merge(kit, rooms.ana, idea, other), 403);
    sql_run(kit, kit_path(kit,
                          "INSERT INTO memberships (space_id, person_id, role, at)"
                          " VALUES (%lld, %lld, 4, 0)",
                          (long long)rooms.space, (long long)rooms.ben->id));
    assert_status(answer_give(kit, rooms.ben, idea, "status=done&reason=Made"), 303);
    int64_t elsewhere = idea_in(kit, space_make(kit, &rooms, "Other room", "anyone", "public"),
                                rooms.ana, "Far lid");
    assert_status(merge(kit, rooms.ben, idea, elsewhere), 422); /* he moderates only the one */
    assert_status(merge(kit, rooms.ben, idea, other), 303);
}

static void merging_moves_each_vote_once(void **state) /* ideas RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct person_kit *cleo = kit_person(kit, "cleo", ROLE_MEMBER);
    int64_t from = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t into = idea_make(kit, &rooms, rooms.ben, "Another lid");
    vote(kit, rooms.ben, from); /* the target's author: not for his own */
    vote(kit, cleo, from);
    vote(kit, rooms.staff, from);
    vote(kit, cleo, into); /* both: once */
    assert_status(merge(kit, rooms.staff, from, from), 422);
    assert_status(merge(kit, rooms.staff, from, 999999), 422);
    assert_status(merge(kit, rooms.staff, from, into), 303);
    assert_int_equal(score(kit, into), 3); /* cleo, sam, and ana who had the idea */
    assert_int_equal(score(kit, from), 3);
    assert_true(str_is(state_of(kit, from), "merged"));
    as(kit, NULL);
    struct res page = get(kit, kit_path(kit, "/ideas/%lld-a-lid", (long long)from));
    assert_has(page, "Another lid");
    assert_json_int(get_json(kit, kit_path(kit, "/ideas/%lld", (long long)from)), "data.merged_id",
                    into);
    assert_status(merge(kit, rooms.staff, from, into), 422);
    assert_status(merge(kit, rooms.staff, into, from), 422);
    assert_status(answer_give(kit, rooms.staff, from, "status=open&reason=Again"), 409);
    as(kit, rooms.ana);
    const char *path = kit_path(kit, "/ideas/%lld", (long long)from);
    assert_status(patch(kit, path, "title=A&body=B"), 404);
    assert_status(post(kit, kit_path(kit, "%s/comments", path), "body=Late"), 404);
    assert_status(del(kit, path), 404);
    assert_status(vote(kit, kit_person(kit, "dora", ROLE_MEMBER), from), 404);
    as(kit, rooms.ana); /* she hears of the other one from now on */
    comment_make(kit, cleo, into, "Moved in");
    assert_has(get(kit, "/notifications"), "Moved in");
}

static void a_hidden_target_is_not_named(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t back = space_make(kit, &rooms, "Back room", "invitation", "space");
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t hidden = idea_in(kit, back, rooms.staff, "Secret lid");
    assert_status(merge(kit, rooms.staff, idea, hidden), 303);
    as(kit, rooms.ana);
    assert_has_not(get(kit, kit_path(kit, "/ideas/%lld-a-lid", (long long)idea)), "Secret lid");
    assert_json_none(get_json(kit, kit_path(kit, "/ideas/%lld", (long long)idea)),
                     "data.merged_id");
    assert_has_not(get(kit, "/notifications"), "Secret lid");
    as(kit, rooms.staff);
    assert_has(get(kit, kit_path(kit, "/ideas/%lld-a-lid", (long long)idea)), "Secret lid");
}

static void what_is_taken_away_is_neither_answered_nor_merged(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t other = idea_make(kit, &rooms, rooms.ana, "Another lid");
    as(kit, rooms.ana);
    del(kit, kit_path(kit, "/ideas/%lld", (long long)idea));
    assert_status(answer_give(kit, rooms.staff, idea, "status=done&reason=x"), 404);
    assert_status(merge(kit, rooms.staff, idea, other), 404);
    assert_status(merge(kit, rooms.staff, other, idea), 422);
}

/* ---- at the same moment ---- */

enum { THREADS = 8, TIMES = 6 };

struct crowd {
    struct kit *kit;
    struct str raw[2]; /* vote, take back */
    int times;
    int failed;
};

static void *crowd_run(void *ctx)
{
    struct crowd *c = ctx;
    struct arena *a = arena_new(64 << 20);
    for (int i = 0; i < c->times; i++) {
        struct str r = app_request(c->kit->app, a, c->raw[i % 2]);
        c->failed += !str_starts(r, S("HTTP/1.1 303"));
    }
    arena_free(a);
    return NULL;
}

/* The request as a browser would send it, without sending it. */
static struct str vote_raw(struct kit *kit, struct person_kit *p, int64_t idea, const char *form)
{
    as(kit, p);
    struct res page = get(kit, "/account");
    ptrdiff_t at = str_find_str(page.body, S("name=\"_csrf\" value=\""));
    assert_true(at >= 0);
    struct str token = str_first(str_from(page.body, (size_t)at + 20), 64), session = S("");
    for (const struct cookie *c = p->cookies; c; c = c->next)
        if (str_is(c->name, "skep_session"))
            session = c->value;
    struct str body = str_fmt(kit->arena, "_csrf=" STR_FMT "%s", STR_ARG(token), form);
    return str_fmt(kit->arena,
                   "POST /ideas/%lld/votes HTTP/1.1\r\nHost: " KIT_HOST "\r\nAccept: text/html\r\n"
                   "Cookie: skep_session=" STR_FMT "\r\nContent-Type: " KIT_FORM
                   "\r\nContent-Length: %zu\r\n\r\n" STR_FMT,
                   (long long)idea, STR_ARG(session), body.n, STR_ARG(body));
}

static void crowd_votes(struct kit *kit, struct person_kit **people, int n, int64_t idea, int times)
{
    pthread_t threads[THREADS];
    struct crowd crowd[THREADS];
    for (int i = 0; i < THREADS; i++)
        crowd[i] = (struct crowd){.kit = kit,
                                  .times = times,
                                  .raw = {vote_raw(kit, people[i % n], idea, ""),
                                          vote_raw(kit, people[i % n], idea, "&_method=DELETE")}};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_run, &crowd[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(crowd[i].failed, 0);
    }
}

static void many_vote_at_the_same_moment(void **state) /* ideas RULE 1, votes RULE 1 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    struct person_kit *people[THREADS];
    for (int i = 0; i < THREADS; i++)
        people[i] = kit_person(kit, kit_path(kit, "p%d", i), ROLE_MEMBER);
    crowd_votes(kit, people, THREADS, idea, 1);
    assert_int_equal(score(kit, idea), THREADS);
    crowd_votes(kit, people, THREADS, idea, TIMES); /* ends with taking back */
    assert_int_equal(score(kit, idea), 0);
    assert_int_equal(sql_int(kit, "SELECT SUM(delta) FROM votes"), 0);
}

static void the_same_person_votes_twice_at_once(void **state) /* ideas RULE 1, votes RULE 1 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    crowd_votes(kit, &rooms.ben, 1, idea, 1);
    assert_int_equal(score(kit, idea), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM votes"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities WHERE verb = 'Like'"), 1);
    crowd_votes(kit, &rooms.ben, 1, idea, TIMES);
    assert_int_equal(sql_int(kit, "SELECT SUM(delta) FROM votes"), score(kit, idea));
    assert_in_range(score(kit, idea), 0, 1);
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    int64_t into = idea_make(kit, &rooms, rooms.ben, "Another lid");
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    vote(kit, rooms.staff, into);
    vote(kit, rooms.ben, idea);
    as(kit, rooms.ana);
    kit_fail_sweep(
        kit, "POST", "/ideas",
        kit_path(kit, "space=%lld&title=T&body=B+%%40ben&tags=x", (long long)rooms.space), NULL);
    kit_fail_sweep(kit, "PATCH", path, "title=A+rim&body=B&tags=rim&note=&revision=1", NULL);
    kit_fail_sweep(kit, "GET", "/ideas?tag=rim&sort=votes&q=rim", NULL, NULL);
    as(kit, rooms.staff);
    kit_fail_sweep(kit, "POST", kit_path(kit, "%s/answers", path), "status=planned&reason=x", NULL);
    kit_fail_sweep(kit, "POST", kit_path(kit, "%s/merge", path),
                   kit_path(kit, "into=%lld&reason=x", (long long)into), NULL);
    kit_fail_sweep(kit, "GET", kit_path(kit, "%s-a-rim", path), NULL, NULL);
    kit_fail_sweep(kit, "DELETE", kit_path(kit, "/ideas/%lld", (long long)into), "", NULL);
    kit_fail_sweep(kit, "POST", kit_path(kit, "/ideas/%lld/restore", (long long)into), "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(one_vote_a_person),
        kit_test(a_status_comes_with_a_reason),
        kit_test(an_official_answer_stays),
        kit_test(only_who_moderates_answers_and_merges),
        kit_test(merging_moves_each_vote_once),
        kit_test(a_hidden_target_is_not_named),
        kit_test(what_is_taken_away_is_neither_answered_nor_merged),
        kit_test(many_vote_at_the_same_moment),
        kit_test(the_same_person_votes_twice_at_once),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
