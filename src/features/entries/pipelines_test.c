/* pipelines_test.c: choices that go with another choice: proves the RULES of record/depends.h, of
 * board.c on them, and that their numbers stay right (record/tallies.h RULE 1). */
#include "test/kit.h"
#include "test/rooms.h"

#include <stdlib.h>

static void staff(struct kit *kit)
{
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
}

static struct res sent(struct kit *kit, const char *title, const char *pipeline, const char *stage)
{
    return post_json(kit, "/deals",
                     kit_path(kit,
                              "{\"title\": \"%s\", \"pipeline\": \"%s\", \"stage\": \"%s\","
                              " \"amount\": \"10 EUR\"}",
                              title, pipeline, stage));
}

static const char *deal(struct kit *kit, const char *title, const char *pipeline, const char *stage)
{
    struct res r = sent(kit, title, pipeline, stage);
    assert_status(r, 201);
    return kit_path(kit, "/deals/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
}

static void a_stage_goes_with_its_pipeline(void **state) /* depends RULE 1 */
{
    struct kit *kit = *state;
    staff(kit);
    struct res r = sent(kit, "Filters", "renewal", "qualified");
    assert_status(r, 422);
    assert_has(r, "Stage does not go with Renewals, which has: Due, Contacted, Quoted, Won, Lost.");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals"), 0);
    const char *path = deal(kit, "Filters", "renewal", "due");
    assert_status(patch_json(kit, path, "{\"stage\": \"proposal\"}"), 422);
    assert_status(patch_json(kit, path, "{\"pipeline\": \"sales\", \"stage\": \"quoted\"}"), 422);
    r = patch_json(kit, path, "{\"pipeline\": \"sales\", \"stage\": \"proposal\"}");
    assert_status(r, 200);
    assert_json_str(r, "data.stage", "proposal");
    /* A page without a script sends both, and shows why not. */
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
    r = kit_request(kit, "PATCH", path, KIT_PAGE, KIT_FORM, "pipeline=partner&stage=proposal");
    assert_status(r, 422);
    assert_has(r, "which has: Approached, Evaluating, Agreement, Won, Lost.");
    assert_has(r, "<optgroup label=\"Partners\" data-group=\"partner\">");
}

static void what_stood_there_before_stays(void **state) /* depends RULE 1 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = deal(kit, "Old", "renewal", "due");
    sql_run(kit, "UPDATE deals SET stage = 'negotiation'"); /* of a hub that knew no better */
    sql_run(kit, "UPDATE ix_deals_stage SET v = 'negotiation'");
    sql_run(kit, "UPDATE tallies SET value = 'negotiation' WHERE field = 'stage'");
    sql_run(kit, "UPDATE tallies SET value = 'renewal,negotiation' WHERE field = 'pipeline,stage'");
    struct res r = patch_json(
        kit, path,
        "{\"pipeline\": \"renewal\", \"stage\": \"negotiation\", \"amount\": \"7 EUR\"}");
    assert_status(r, 200);
    assert_json_str(r, "data.stage", "negotiation");
    r = get_json(kit, "/deals?as=board&pipeline=renewal"); /* board: after those that fit */
    assert_json_count(r, "data", 6);
    assert_json_str(r, "data.5.value", "negotiation");
    assert_json_int(r, "data.5.count", 1);
    assert_has(get(kit, kit_path(kit, "%s/fields/stage", path)), "Negotiation</option>");
    assert_status(patch_json(kit, path, "{\"stage\": \"quoted\"}"), 200);
    assert_json_count(get_json(kit, "/deals?as=board&pipeline=renewal"), "data", 5);
}

static void another_pipeline_begins_with_its_first_stage(void **state) /* depends RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = deal(kit, "Kettles", "sales", "proposal");
    struct res r = patch_json(kit, path, "{\"pipeline\": \"partner\"}");
    assert_status(r, 200);
    assert_json_str(r, "data.stage", "approached");
    assert_json_int(r, "data.probability", 10); /* which the stage gives */
    assert_has(kit_follow(get(kit, path)), "Approached");
    assert_status(patch_json(kit, path, "{\"stage\": \"won\"}"), 200);
    r = patch_json(kit, path, "{\"pipeline\": \"renewal\"}"); /* it goes with both */
    assert_json_str(r, "data.stage", "won");
    /* Taking the change back takes both back. */
    assert_status(post(kit, kit_path(kit, "%s/revisions/1/undo", path), ""), 409);
    assert_status(patch_json(kit, path, "{\"pipeline\": \"sales\", \"stage\": \"new\"}"), 200);
    assert_status(patch_json(kit, path, "{\"pipeline\": \"partner\"}"), 200);
    assert_status(post(kit, kit_path(kit, "%s/revisions/5/undo", path), ""), 303);
    assert_json_str(get_json(kit, path), "data.stage", "new");
    assert_json_str(get_json(kit, path), "data.pipeline", "sales");
}

static void what_is_new_begins_somewhere(void **state) /* depends RULE 6 */
{
    struct kit *kit = *state;
    staff(kit);
    static const char *const said[][4] = {
        {"{\"title\": \"Kettles\"}", "sales", "new", "10"},
        {"{\"title\": \"Lids\", \"pipeline\": \"renewal\"}", "renewal", "due", "60"},
        {"{\"title\": \"Cups\", \"stage\": \"quoted\"}", "renewal", "quoted", "85"},
        {"{\"title\": \"Pots\", \"stage\": \"won\"}", "sales", "won", "100"},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct res r = post_json(kit, "/deals", said[i][0]);
        assert_status(r, 201);
        assert_json_str(r, "data.pipeline", said[i][1]);
        assert_json_str(r, "data.stage", said[i][2]);
        assert_json_int(r, "data.probability", atoi(said[i][3]));
    }
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
    struct res r = kit_request(kit, "POST", "/deals", KIT_PAGE, KIT_FORM,
                               "title=Trays&pipeline=sales&stage=new&probability=");
    assert_status(r, 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals WHERE probability = 10"), 2);
    /* Who says that there is none is asked for one. */
    r = post_json(kit, "/deals", "{\"title\": \"Jars\", \"stage\": \"\"}");
    assert_status(r, 422);
    assert_has(r, "Stage is missing");
    r = get(kit, "/deals/new");
    assert_has(r, "<option value=\"sales\"  selected>Sales</option>");
    assert_has(r, "<option value=\"new\"  selected>New</option>");
    assert_has(get(kit, "/deals/new?stage=quoted"), "<option value=\"renewal\"  selected>");
    assert_status(post_json(kit, "/tasks", "{\"title\": \"Call\"}"), 201);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM tasks WHERE status = 'open'"), 1);
    /* The first that is not switched off. */
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(
        kit_request(kit, "DELETE", "/types/task/fields/status/choices/open", KIT_JSON, NULL, NULL),
        200);
    staff(kit);
    r = post_json(kit, "/tasks", "{\"title\": \"Write\"}");
    assert_status(r, 201);
    assert_json_str(r, "data.status", "doing");
}

static void what_ends_is_marked_with_its_time(void **state) /* depends RULE 3 */
{
    struct kit *kit = *state;
    staff(kit);
    const char *path = deal(kit, "Kettles", "sales", "new");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals WHERE closed_at IS NULL"), 1);
    assert_status(patch_json(kit, path, "{\"closed_at\": \"2026-01-01T00:00:00Z\"}"), 422);
    struct res r = patch_json(kit, path, "{\"stage\": \"won\", \"probability\": \"99\"}");
    assert_json_int(r, "data.probability", 99); /* what is given along stays */
    int64_t won = sql_int(kit, "SELECT closed_at FROM deals");
    assert_true(won > 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_deals_closed_at"), 1);
    assert_status(patch_json(kit, path, "{\"next_step\": \"Deliver\"}"), 200);
    assert_int_equal(sql_int(kit, "SELECT closed_at FROM deals"), won);
    kit_pass(kit, 60 * CLOCK_SECOND);
    assert_status(patch_json(kit, path, "{\"stage\": \"lost\"}"), 200);
    assert_true(sql_int(kit, "SELECT closed_at FROM deals") > won);
    assert_status(patch_json(kit, path, "{\"stage\": \"new\"}"), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals WHERE closed_at IS NULL"), 1);
    deal(kit, "Won at once", "sales", "won");
    assert_json_count(get_json(kit, "/deals?closed_at.empty=no"), "data", 1);
}

static void ships(struct kit *kit)
{
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Ship\", \"label\": \"Ships\", \"audience\": \"members\","
                            " \"maker\": \"member\"}"),
                  201);
    static const char *const fields[] = {
        "{\"kind\": \"choice\", \"label\": \"Yard\", \"choices\": \"north = North\\nsouth ="
        " South\"}",
        "{\"kind\": \"choice\", \"label\": \"Phase\", \"depends\": \"yard\", \"flags\":"
        " [\"listed\"], \"choices\": \"n_plan = Planned (grey, in north)\\n"
        "n_keel = Keel laid (in north)\\ns_plan = Planned (in south)\\n"
        "afloat = Afloat (green, won)\\nsunk = Sunk (red, lost)\"}",
        "{\"kind\": \"date\", \"label\": \"Over on\", \"depends\": \"phase\"}",
    };
    for (size_t i = 0; i < 3; i++)
        assert_status(post_json(kit, "/types/ship/fields", fields[i]), 201);
}

/* depends RULES 1 to 4, of what administrators make */
static void types_of_the_hub_depend_too(void **state)
{
    struct kit *kit = *state;
    ships(kit);
    struct res r = get_json(kit, "/types/ship");
    assert_has(r, "sunk = Sunk (red, lost)");
    assert_has(r, "n_plan = Planned (grey, in north)");
    r = post_json(kit, "/ships",
                  "{\"title\": \"Heron\", \"yard\": \"south\", \"phase\": \"n_plan\"}");
    assert_status(r, 201); /* RULE 4: of the same label */
    assert_json_str(r, "data.phase", "s_plan");
    const char *path = kit_path(kit, "/ships/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    assert_status(patch_json(kit, path, "{\"phase\": \"n_keel\"}"), 422);
    assert_status(patch_json(kit, path, "{\"yard\": \"north\"}"), 200);
    assert_json_str(get_json(kit, path), "data.phase", "n_plan");
    assert_status(patch_json(kit, path, "{\"phase\": \"sunk\"}"), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM own_ships WHERE own_over_on > 20000"), 1);
    r = post_json(kit, "/ships", "{\"title\": \"Teal\", \"phase\": \"n_keel\"}");
    assert_has(r, "Phase goes with another");
    assert_has(get(kit, "/ships?as=board&yard=north&by=phase"), "aria-label=\"Yard\"");
    assert_json_count(get_json(kit, "/ships?yard=north&phase=sunk"), "data", 1);
}

static void a_dependence_that_cannot_be_is_refused(void **state)
{
    struct kit *kit = *state;
    ships(kit);
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"{\"kind\": \"choice\", \"label\": \"Aa\", \"choices\": \"x = X (in north)\"}",
         "needs a field that this one depends on"},
        {"{\"kind\": \"choice\", \"label\": \"Aa\", \"depends\": \"yard\", \"choices\":"
         " \"x = X (in west)\"}",
         "There is no choice"},
        {"{\"kind\": \"choice\", \"label\": \"Aa\", \"depends\": \"phase\", \"choices\":"
         " \"x = X\"}",
         "does not itself depend"},
        {"{\"kind\": \"choice\", \"label\": \"Aa\", \"depends\": \"title\", \"choices\":"
         " \"x = X\"}",
         "It can depend on a choice"},
        {"{\"kind\": \"text\", \"label\": \"Aa\", \"depends\": \"yard\"}", "Only a choice"},
        {"{\"kind\": \"choice\", \"label\": \"Aa\", \"choices\": \"x = X (mauve)\"}",
         "There is no colour"},
        {"{\"kind\": \"choice\", \"label\": \"Aa\", \"choices\": \"x = X (over_on soon)\"}",
         "Over on"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct res r = post_json(kit, "/types/ship/fields", cases[i].json);
        assert_status(r, 422);
        assert_has(r, cases[i].why);
    }
}

static void a_board_is_of_one_pipeline(void **state) /* board RULE 4 */
{
    struct kit *kit = *state;
    staff(kit);
    deal(kit, "A", "sales", "new");
    deal(kit, "B", "sales", "won");
    const char *c = deal(kit, "C", "renewal", "won");
    struct res r = get_json(kit, "/deals?as=board");
    assert_json_count(r, "data", 6);
    assert_json_str(r, "data.4.value", "won");
    assert_json_int(r, "data.4.count", 1);
    assert_json_str(r, "data.4.sums.0", "10.00 EUR");
    r = get_json(kit, "/deals?as=board&pipeline=renewal");
    assert_json_str(r, "data.0.value", "due");
    assert_json_int(r, "data.0.count", 0);
    assert_json_int(r, "data.3.count", 1);
    assert_json_str(r, "data.3.cards.0.title", "C");
    r = get(kit, "/deals?as=board&pipeline=renewal");
    assert_has(r, "aria-current=\"page\"");
    assert_has(r, "href=\"/deals?as=board&amp;pipeline=partner\"");
    assert_has(r, "/deals/new?stage=due&amp;pipeline=renewal");
    assert_has_not(r, "Negotiation");
    /* Its numbers follow a move to another pipeline. */
    assert_status(patch_json(kit, c, "{\"pipeline\": \"sales\"}"), 200);
    assert_json_int(get_json(kit, "/deals?as=board"), "data.4.count", 2);
    assert_json_int(get_json(kit, "/deals?as=board&pipeline=renewal"), "data.3.count", 0);
    assert_json_count(get_json(kit, "/deals?pipeline=sales&stage=won"), "data", 2);
}

static void a_table_names_stages_of_its_pipeline(void **state) /* depends RULE 4 */
{
    struct kit *kit = *state;
    ships(kit);
    struct res r =
        kit_send(kit, "POST", "/ships/imports?name=ships.csv", KIT_JSON, "application/octet-stream",
                 S("Name,Yard,Phase\nHeron,North,Planned\nTeal,South,Planned\n"
                   "Wren,South,Keel laid\n"));
    assert_status(r, 201);
    const char *path = kit_path(kit, "/ships/imports/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    assert_status(patch_json(kit, path, "{}"), 200);
    assert_status(post_json(kit, kit_path(kit, "%s/runs", path), "{}"), 200);
    r = get_json(kit, path);
    assert_json_int(r, "data.created", 2);
    assert_json_int(r, "data.rejected", 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM own_ships WHERE own_yard || own_phase IN"
                                  " ('northn_plan', 'souths_plan')"),
                     2);
    r = kit_request(kit, "GET", kit_path(kit, "%s/rejects.csv", path), "text/csv", NULL, NULL);
    assert_has(r, "Phase does not go with South");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_stage_goes_with_its_pipeline),
        kit_test(what_stood_there_before_stays),
        kit_test(another_pipeline_begins_with_its_first_stage),
        kit_test(what_is_new_begins_somewhere),
        kit_test(what_ends_is_marked_with_its_time),
        kit_test(types_of_the_hub_depend_too),
        kit_test(a_dependence_that_cannot_be_is_refused),
        kit_test(a_board_is_of_one_pipeline),
        kit_test(a_table_names_stages_of_its_pipeline),
    };
    return kit_run(tests);
}
