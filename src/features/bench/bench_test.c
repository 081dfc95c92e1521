/* bench_test.c: a generated hub is one that people could have made. */
#include "features/bench/bench.h"
#include "test/kit.h"

enum { IDEAS = 120, VOTES = 1500, COMMENTS = 900 };

static struct str fill(struct kit *kit)
{
    struct fill_options options = {.ideas = IDEAS, .votes = VOTES, .comments = COMMENTS, .seed = 7};
    struct out facts;
    struct str why = S("");
    out_init(&facts, 1 << 20);
    assert_true(bench_fill(kit->app->store, &options, &facts, &why));
    return out_take(&facts, kit->arena);
}

static void counters_equal_rows(void **state) /* bench RULE 1 */
{
    struct kit *kit = *state;
    fill(kit);
    static const char *const wrong[] = {
        "SELECT COUNT(*) FROM records r WHERE score <> (SELECT COALESCE(SUM(delta), 0) FROM votes v"
        " WHERE v.record_id = r.id)",
        "SELECT COUNT(*) FROM records r WHERE comments <> (SELECT COUNT(*) FROM records c"
        " WHERE c.parent_id = r.id AND c.type = 'comment')",
        "SELECT COUNT(*) FROM records r WHERE answers <> (SELECT COUNT(*) FROM records c"
        " WHERE c.parent_id = r.id AND c.type = 'answer')",
        "SELECT COUNT(*) FROM records r WHERE parent_id IS NULL AND thread <>"
        " (SELECT COUNT(*) FROM records c WHERE c.root_id = r.id AND c.parent_id IS NOT NULL)",
        "SELECT COUNT(*) FROM tags t WHERE uses <> (SELECT COUNT(*) FROM taggings g WHERE g.tag_id "
        "= t.id)",
        "SELECT COUNT(*) FROM taggings g JOIN records r ON r.id = g.record_id"
        " WHERE g.score <> r.score OR g.hot <> r.hot",
        "SELECT COUNT(*) FROM votes v JOIN records r ON r.id = v.record_id WHERE v.person_id = "
        "r.author_id",
        "SELECT COUNT(*) FROM records r JOIN ideas i ON i.id = r.id"
        " WHERE (r.state <> 'open') <> (i.answer_id IS NOT NULL)",
        "SELECT COUNT(*) FROM records r WHERE NOT EXISTS (SELECT 1 FROM activities a"
        " WHERE a.record_id = r.id AND a.verb = 'Create' AND a.audience = r.audience)",
        "SELECT COUNT(*) FROM records r WHERE r.html <> ''"
        " AND NOT EXISTS (SELECT 1 FROM texts t WHERE t.record_id = r.id)",
        "SELECT COUNT(*) FROM records c JOIN records r ON r.id = c.root_id WHERE c.audience < "
        "r.audience",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (sql_int(kit, wrong[i]) != 0)
            fail_msg("%s", wrong[i]);
    as(kit, NULL);
    assert_has(get(kit, "/search?q=coffee"), "<mark>");
}

static void as_many_as_asked(void **state) /* bench RULE 2 */
{
    struct kit *kit = *state;
    fill(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ideas"), IDEAS);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM votes"), VOTES);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'comment'"), COMMENTS);
}

static void same_seed_same_hub(void **state) /* bench RULE 3 */
{
    static const char *const sums[] = {
        "SELECT SUM(score * id) FROM records",
        "SELECT SUM(comments * id) FROM records",
        "SELECT SUM(LENGTH(html)) FROM records",
        "SELECT SUM(person_id * record_id) FROM votes",
    };
    enum { SUMS = sizeof sums / sizeof *sums };
    int64_t once[SUMS];
    fill(*state);
    for (int i = 0; i < SUMS; i++)
        once[i] = sql_int(*state, sums[i]);
    kit_teardown(state);
    kit_setup(state);
    fill(*state);
    for (int i = 0; i < SUMS; i++)
        assert_int_equal(sql_int(*state, sums[i]), once[i]);
}

static void nobody_signs_in(void **state) /* bench RULE 4 */
{
    struct kit *kit = *state;
    fill(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM accounts WHERE password <> '!'"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM sessions"), 0);
    as(kit, NULL);
    struct res r = post(kit, "/session", "email=1@bench.invalid&password=!");
    assert_status(r, 422);
}

static void filled_once(void **state) /* bench RULE 5 */
{
    struct kit *kit = *state;
    fill(kit);
    struct fill_options options = {.ideas = 1, .votes = 0, .comments = 0, .seed = 1};
    struct out facts;
    struct str why = S("");
    out_init(&facts, 65536);
    assert_false(bench_fill(kit->app->store, &options, &facts, &why));
    assert_true(str_has(why, S("filled before")));
    out_free(&facts);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ideas"), IDEAS);
}

/* Everything that finds or counts a record is compared with the records when the hub is left. */
static void a_customer_desk_is_as_people_make_it(void **state) /* bench RULE 6 */
{
    struct kit *kit = *state;
    struct crm_options options = {.people = 60, .organisations = 20, .deals = 40, .seed = 3};
    struct out facts;
    struct str why = S("");
    out_init(&facts, 1 << 20);
    assert_true(bench_crm(kit->app->store, &options, &facts, &why));
    out_free(&facts);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM organisations"), 20);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals"), 40);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM people WHERE works_for IS NOT NULL"
                                  " OR email IS NOT NULL"),
                     60);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM fields WHERE type = 'deal'"), CRM_FIELDS);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_deals_own_usage_score"), 40);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM notes"), 20);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM tasks"), 10);
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
    assert_json_count(get_json(kit, "/deals?sort=-usage_score&usage_score.gte=1"), "data", 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(counters_equal_rows), kit_test(as_many_as_asked),
        kit_test(same_seed_same_hub),  kit_test(nobody_signs_in),
        kit_test(filled_once),         kit_test(a_customer_desk_is_as_people_make_it),
    };
    return kit_run(tests);
}
