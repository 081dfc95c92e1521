/* topics_test.c: questions, their answers, and the one that was accepted. */
#include "test/rooms.h"

static long long answer_make(struct kit *kit, struct person_kit *by, int64_t topic,
                             const char *body)
{
    as(kit, by);
    assert_status(post_json(kit, kit_path(kit, "/topics/%lld/answers", (long long)topic),
                            kit_path(kit, "{\"body\":\"%s\"}", body)),
                  201);
    return sql_int(kit, "SELECT MAX(id) FROM records");
}

static struct res accept(struct kit *kit, struct person_kit *by, long long answer, bool yes)
{
    as(kit, by);
    const char *path = kit_path(kit, "/answers/%lld/accept", answer);
    return yes ? post(kit, path, "") : del(kit, path);
}

static int64_t accepted(struct kit *kit)
{
    return sql_int(kit, "SELECT COALESCE(MAX(accepted_id), 0) FROM topics");
}

static void at_most_one_is_accepted(void **state) /* topics RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t topic = topic_make(kit, &rooms, rooms.ana, "How to descale");
    long long one = answer_make(kit, rooms.ben, topic, "Vinegar");
    long long two = answer_make(kit, rooms.staff, topic, "Citric acid");
    assert_status(accept(kit, rooms.ben, one, true), 403);
    assert_status(accept(kit, rooms.ana, one, true), 303);
    assert_int_equal(accepted(kit), one);
    assert_status(accept(kit, rooms.ana, two, true), 303);
    assert_int_equal(accepted(kit), two);
    assert_status(accept(kit, rooms.ana, one, false), 303); /* which is not the one */
    assert_int_equal(accepted(kit), two);
    assert_status(accept(kit, rooms.ben, two, false), 403);
    assert_status(accept(kit, rooms.staff, two, false), 303); /* who moderates, too */
    assert_int_equal(accepted(kit), 0);
    uint64_t before = kit_fingerprint(kit);
    assert_status(accept(kit, rooms.ana, two, false), 303);
    assert_true(before == kit_fingerprint(kit));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM notifications WHERE reason = 'answer'"), 2);
}

static void only_answers_of_topics_are_accepted(void **state) /* topics RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t topic = topic_make(kit, &rooms, rooms.ana, "How to descale");
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    assert_status(post_json(kit, kit_path(kit, "/topics/%lld/comments", (long long)topic),
                            "{\"body\":\"Hm\"}"),
                  201);
    long long comment = sql_int(kit, "SELECT MAX(id) FROM records");
    assert_status(accept(kit, rooms.ana, comment, true), 404);
    assert_status(accept(kit, rooms.ana, topic, true), 404);
    as(kit, rooms.staff);
    post(kit, kit_path(kit, "/ideas/%lld/answers", (long long)idea), "status=planned&reason=Good");
    long long official = sql_int(kit, "SELECT MAX(id) FROM records");
    assert_status(accept(kit, rooms.ana, official, true), 404);
    assert_status(
        post_json(kit, kit_path(kit, "/topics/%lld/answers", (long long)idea), "{\"body\":\"x\"}"),
        404);
    assert_status(post(kit, kit_path(kit, "/topics/%lld/answers", (long long)topic), "body=+"),
                  422);
}

static void answers_stand_by_score(void **state) /* topics RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t topic = topic_make(kit, &rooms, rooms.ana, "How to descale");
    const char *path = kit_path(kit, "/topics/%lld", (long long)topic);
    long long one = answer_make(kit, rooms.ben, topic, "Vinegar");
    long long two = answer_make(kit, rooms.ben, topic, "Citric acid");
    long long three = answer_make(kit, rooms.ben, topic, "Baking soda");
    as(kit, rooms.ana);
    assert_status(post(kit, kit_path(kit, "/answers/%lld/votes", two), ""), 303);
    as(kit, NULL);
    struct res r = get_json(kit, path);
    assert_json_int(r, "data.answer_entries.0.id", two);
    assert_json_int(r, "data.answer_entries.1.id", one);
    assert_json_int(r, "data.answer_entries.2.id", three);
    accept(kit, rooms.ana, three, true);
    as(kit, NULL);
    r = get_json(kit, path);
    assert_json_int(r, "data.accepted_id", three);
    assert_json_int(r, "data.answer_entries.0.id", three);
    assert_json_int(r, "data.answer_entries.1.id", two);
    assert_has(get(kit, kit_path(kit, "%s-how-to-descale", path)), "Accepted answer");
    assert_json_int(get_json(kit, "/topics"), "data.0.answers", 3);
    assert_json_count(get_json(kit, "/topics?show=unanswered"), "data", 0);
}

static void a_deleted_answer_is_accepted_no_longer(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t topic = topic_make(kit, &rooms, rooms.ana, "How to descale");
    const char *path = kit_path(kit, "/topics/%lld", (long long)topic);
    long long one = answer_make(kit, rooms.ben, topic, "Vinegar");
    accept(kit, rooms.ana, one, true);
    as(kit, rooms.ben);
    assert_status(del(kit, kit_path(kit, "/answers/%lld", one)), 303);
    assert_json_none(get_json(kit, path), "data.accepted_id");
    assert_json_count(get_json(kit, "/topics?show=unanswered"), "data", 1);
    assert_status(accept(kit, rooms.ana, one, true), 404);
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/answers/%lld/restore", one), ""), 303);
    assert_json_int(get_json(kit, path), "data.accepted_id", one);
}

static void comments_stand_below_their_answer(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t topic = topic_make(kit, &rooms, rooms.ana, "How to descale");
    long long one = answer_make(kit, rooms.ben, topic, "Vinegar");
    as(kit, rooms.ana);
    assert_status(post(kit, kit_path(kit, "/answers/%lld/comments", one), "body=Thanks"), 303);
    assert_status(
        post(kit, kit_path(kit, "/topics/%lld/comments", (long long)topic), "body=Anyone"), 303);
    struct res r = get_json(kit, kit_path(kit, "/topics/%lld", (long long)topic));
    assert_json_str(r, "data.answer_entries.0.comment_entries.0.html", "<p>Thanks</p>\n");
    assert_json_str(r, "data.comment_entries.0.html", "<p>Anyone</p>\n");
    assert_json_int(r, "data.comments", 3);
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t topic = topic_make(kit, &rooms, rooms.ana, "How to descale");
    long long one = answer_make(kit, rooms.ben, topic, "Vinegar");
    kit_fail_sweep(kit, "POST", kit_path(kit, "/topics/%lld/answers", (long long)topic),
                   "body=Soda", NULL);
    as(kit, rooms.ana);
    kit_fail_sweep(kit, "POST", kit_path(kit, "/answers/%lld/accept", one), "", NULL);
    kit_fail_sweep(kit, "GET", kit_path(kit, "/topics/%lld-how-to-descale", (long long)topic), NULL,
                   NULL);
    kit_fail_sweep(kit, "POST", "/topics",
                   kit_path(kit, "space=%lld&title=T&body=B&tags=x", (long long)rooms.space), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(at_most_one_is_accepted),
        kit_test(only_answers_of_topics_are_accepted),
        kit_test(answers_stand_by_score),
        kit_test(a_deleted_answer_is_accepted_no_longer),
        kit_test(comments_stand_below_their_answer),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
