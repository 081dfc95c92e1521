/* bulk_test.c: proves the RULES of entries/bulk.c and of record/bulk.h. */
#include "test/kit.h"
#include "test/rooms.h"

static struct person_kit *staff(struct kit *kit)
{
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    as(kit, odile);
    return odile;
}

static int64_t deal(struct kit *kit, const char *title, const char *stage)
{
    struct res r = post_json(kit, "/deals",
                             kit_path(kit,
                                      "{\"title\": \"%s\", \"pipeline\": \"sales\","
                                      " \"stage\": \"%s\", \"amount\": \"10 EUR\","
                                      " \"tags\": \"first\"}",
                                      title, stage));
    int64_t id;
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.id"), &id));
    return id;
}

static int64_t in_stage(struct kit *kit, const char *stage)
{
    return sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM deals WHERE stage = '%s'", stage));
}

static void many_are_changed_and_undone(void **state) /* bulk RULES 2 and 3, of both files */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new"), b = deal(kit, "B", "qualified"), c = deal(kit, "C", "won");
    assert_has(get(kit, "/deals?sort=title"), "name=\"back\" value=\"/deals?sort=title\"");
    struct res r = post(kit, "/deals/bulk",
                        kit_path(kit, "id=%lld&id=%lld&id=%lld&do=set&set=stage%%3Dwon",
                                 (long long)a, (long long)b, (long long)c));
    assert_status(r, 303);
    assert_int_equal(in_stage(kit, "won"), 3);
    r = kit_follow(r);
    assert_has(r, "2 Deals changed: Stage is Won. 1 stayed as they were.");
    assert_has(r, "action=\"/deals/bulk/1/undo\"");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions"), 2);
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)b), "{\"next_step\": \"Call\"}"),
        200);
    r = post(kit, "/deals/bulk/1/undo", "");
    assert_status(r, 303);
    assert_has(kit_follow(r), "but for 1 that somebody has changed since");
    assert_int_equal(in_stage(kit, "new"), 1);
    assert_int_equal(in_stage(kit, "qualified"), 0);
    assert_int_equal(in_stage(kit, "won"), 2);
    assert_status(post(kit, "/deals/bulk/1/undo", ""), 409);
    r = get_json(kit, "/deals/bulk/1");
    assert_json_int(r, "data.changed", 2);
    assert_json_int(r, "data.kept", 1);
}

static void each_kind_of_act(void **state)
{
    struct kit *kit = *state;
    struct person_kit *odile = staff(kit);
    int64_t a = deal(kit, "A", "new"), b = deal(kit, "B", "new");
    const char *ids = kit_path(kit, "ids=%lld,%lld", (long long)a, (long long)b);
    assert_status(post(kit, "/deals/bulk", kit_path(kit, "%s&do=tag&value=Hot", ids)), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE tags = 'first hot'"), 2);
    assert_status(post(kit, "/deals/bulk", kit_path(kit, "%s&do=untag&value=first", ids)), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE tags = 'hot'"), 2);
    assert_status(post(kit, "/deals/bulk/2/undo", ""), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE tags = 'first hot'"), 2);
    assert_status(post(kit, "/deals/bulk",
                       kit_path(kit, "%s&do=assign&owner=%lld", ids, (long long)odile->id)),
                  303);
    assert_int_equal(
        sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM records WHERE owner_id = %lld",
                              (long long)odile->id)),
        2);
    assert_status(post(kit, "/deals/bulk", kit_path(kit, "%s&do=assign&owner=", ids)), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE owner_id > 0"), 0);
    assert_status(
        post(kit, "/deals/bulk", kit_path(kit, "%s&do=set&field=amount&value=7+NOK", ids)), 303);
    assert_int_equal(sql_int(kit, "SELECT SUM(amount) FROM deals"), 1400);
    assert_status(post(kit, "/deals/bulk", kit_path(kit, "%s&do=delete", ids)), 303);
    assert_json_count(get_json(kit, "/deals"), "data", 0);
    assert_status(post(kit, "/deals/bulk/6/undo", ""), 303);
    assert_json_count(get_json(kit, "/deals"), "data", 2);
    static const char *const wrong[] = {
        "do=set&set=stage%3Dgone",
        "do=set&field=title&value=x",
        "do=set&field=colour&value=x",
        "do=set&field=amount&value=much",
        "do=explode",
        "do=tag&value=",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_status(post(kit, "/deals/bulk", kit_path(kit, "%s&%s", ids, wrong[i])), 422);
    assert_status(post(kit, "/deals/bulk", "do=delete"), 422);
    struct res r = post(kit, "/deals/bulk", kit_path(kit, "%s&do=edit", ids));
    assert_status(r, 303);
    assert_has(kit_follow(r), "Change 2 at once");
    assert_has(get(kit, kit_path(kit, "/deals/bulk?%s&field=organisation", ids)), "value_text");
    r = get(kit, kit_path(kit, "/deals/bulk?%s", ids)); /* what is chosen has its control */
    assert_has(r, "name=\"field\" value=\"organisation\"");
    assert_has(r, ">Set</button>");
    assert_has(get(kit, kit_path(kit, "/deals/bulk?%s&field=title", ids)),
               "value=\"organisation\"");
}

static void what_one_may_not_change_stays(void **state) /* record/bulk RULES 1 and 4 */
{
    struct kit *kit = *state;
    struct person_kit *odile = staff(kit);
    int64_t a = deal(kit, "A", "new");
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    struct res r = post_json(
        kit, "/deals/bulk", kit_path(kit, "{\"ids\": \"%lld\", \"do\": \"delete\"}", (long long)a));
    assert_status(r, 201);
    assert_json_int(r, "data.changed", 0);
    assert_json_int(r, "data.left", 1);
    assert_int_equal(in_stage(kit, "new"), 1);
    assert_has_not(get(kit, "/deals"), "deals-bulk");
    as(kit, odile);
    assert_status(get(kit, "/deals/bulk/1"), 404);
    assert_status(post(kit, "/deals/bulk/1/undo", ""), 404);
    assert_has(get(kit, "/deals"), "id=\"deals-bulk\"");
}

/* Those that match, and more than one answer should do. */
static void all_that_match(void **state) /* bulk RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    deal(kit, "Won", "won");
    deal(kit, "New", "new");
    struct res r = post(kit, "/deals/bulk",
                        "all=1&query=stage%3Dnew%26sort%3Dtitle"
                        "&do=set&set=stage%3Dlost");
    assert_status(r, 303);
    assert_int_equal(in_stage(kit, "lost"), 1);
    assert_int_equal(in_stage(kit, "won"), 1);
    assert_status(post(kit, "/deals/bulk", "all=1&query=colour%3Dred&do=delete"), 422);
    for (int i = 0; i < 520; i++) {
        if (i % 100 == 0) /* so often may one make them */
            kit_pass(kit, CLOCK_MINUTE);
        deal(kit, "Many", "qualified");
    }
    r = post(kit, "/deals/bulk", "all=1&query=stage%3Dqualified&do=set&set=stage%3Dproposal");
    assert_status(r, 303);
    assert_header(r, "Location", "/deals/bulk/2");
    kit_settle(kit);
    assert_int_equal(in_stage(kit, "proposal"), 520);
    assert_has(get(kit, "/deals/bulk/2"), "520");
    r = post(kit, "/deals/bulk/2/undo", "");
    assert_status(r, 303);
    assert_has(kit_follow(r), "It is being taken back, in the background.");
    kit_settle(kit);
    assert_int_equal(in_stage(kit, "proposal"), 0);
    assert_int_equal(in_stage(kit, "qualified"), 520);
}

static void an_act_is_whole_or_not(void **state) /* bulk RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new");
    kit_fail_sweep(kit, "POST", "/deals/bulk",
                   kit_path(kit, "ids=%lld&do=set&set=stage%%3Dwon", (long long)a), NULL);
    assert_int_equal(in_stage(kit, "won"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(many_are_changed_and_undone),   kit_test(each_kind_of_act),
        kit_test(what_one_may_not_change_stays), kit_test(all_that_match),
        kit_test(an_act_is_whole_or_not),
    };
    return kit_run(tests);
}
