/* formulas_test.c: computed fields over HTTP: right after each change, told when they are wrong. */
#include "db/store.h"
#include "record/check.h"
#include "record/formulas.h"
#include "test/kit.h"
#include "test/rooms.h"

static void ada(struct kit *kit)
{
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
}

static int64_t made(struct kit *kit, const char *path, const char *json)
{
    struct res r = post_json(kit, path, json);
    int64_t id = 0;
    assert_status(r, 201);
    struct str location = res_head(r, "Location"), number;
    ptrdiff_t slash = str_find(str_from(location, 1), '/');
    struct str rest = str_from(location, (size_t)slash + 2);
    assert_true(str_split(&rest, '-', &number) && str_int(number, &id));
    return id;
}

static int64_t organisation(struct kit *kit, const char *title)
{
    return made(kit, "/organisations", kit_path(kit, "{\"title\": \"%s\"}", title));
}

static int64_t deal(struct kit *kit, int64_t org, const char *stage, const char *more)
{
    return made(kit, "/deals",
                kit_path(kit,
                         "{\"title\": \"Deal\", \"pipeline\": \"sales\", \"stage\": \"%s\","
                         " \"organisation\": %lld%s}",
                         stage, (long long)org, more));
}

static void change(struct kit *kit, const char *type, int64_t id, const char *json)
{
    assert_status(patch_json(kit, kit_path(kit, "/%s/%lld", type, (long long)id), json), 200);
}

static struct res read_json(struct kit *kit, const char *type, int64_t id)
{
    return get_json(kit, kit_path(kit, "/%s/%lld", type, (long long)id));
}

static void field(struct kit *kit, const char *type, const char *json)
{
    assert_status(post_json(kit, kit_path(kit, "/types/%s/fields", type), json), 201);
}

static void boats(struct kit *kit)
{
    ada(kit);
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Boat\", \"label\": \"Boats\", \"audience\": \"public\","
                            " \"maker\": \"member\"}"),
                  201);
    field(kit, "boat", "{\"kind\": \"decimal\", \"label\": \"Length\", \"scale\": 1}");
    field(kit, "boat", "{\"kind\": \"money\", \"label\": \"Price\"}");
}

static void a_formula_follows_its_fields(void **state) /* formulas RULE 1 */
{
    struct kit *kit = *state;
    ada(kit);
    int64_t id = deal(kit, organisation(kit, "Nordlicht"), "new",
                      ", \"amount\": \"1234.55 EUR\", \"probability\": 50");
    struct res r = read_json(kit, "deals", id);
    assert_json_str(r, "data.expected", "617.28 EUR"); /* half away from zero */
    assert_int_equal(sql_int(kit, "SELECT expected FROM deals"), 61728);
    change(kit, "deals", id, "{\"probability\": 10}");
    assert_json_str(read_json(kit, "deals", id), "data.expected", "123.46 EUR");
    /* What is computed is no edit. */
    assert_true(
        str_is(sql_str(kit, "SELECT changes FROM revisions"), "{\"probability\":[\"50\",\"10\"]}"));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_deals_expected"), 1);
    assert_int_equal(sql_int(kit, "SELECT v FROM ix_deals_expected"), 12346);
    change(kit, "deals", id, "{\"probability\": null}");
    assert_json_none(read_json(kit, "deals", id), "data.expected");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_deals_expected"), 0);
    r = patch_json(kit, kit_path(kit, "/deals/%lld", (long long)id), "{\"expected\": \"1 EUR\"}");
    assert_status(r, 422);
    assert_has(r, "cannot be changed here");
}

static void lists_sort_and_filter_by_it(void **state)
{
    struct kit *kit = *state;
    ada(kit);
    int64_t org = organisation(kit, "Nordlicht");
    for (int i = 1; i <= 5; i++)
        deal(kit, org, "new",
             kit_path(kit, ", \"amount\": \"%d.00 EUR\", \"probability\": %d", i * 100,
                      60 - i * 10));
    struct res r = get_json(kit, "/deals?sort=-expected"); /* 50 80 90 80 50 */
    assert_json_str(r, "data.0.expected", "90.00 EUR");
    assert_json_str(r, "data.4.expected", "50.00 EUR");
    assert_json_count(get_json(kit, "/deals?expected.gte=80+EUR"), "data", 3);
    assert_has(get(kit, "/deals?columns=expected"), "90.00 EUR");
    r = get(kit, kit_path(kit, "/organisations/%lld-nordlicht", (long long)org));
    assert_has(r, "Open deals");
}

static void a_roll_up_follows_its_children(void **state) /* formulas RULE 2 */
{
    struct kit *kit = *state;
    ada(kit);
    int64_t a = organisation(kit, "Aurora"), b = organisation(kit, "Borealis");
    assert_json_int(read_json(kit, "organisations", a), "data.open_deals", 0);
    int64_t d = deal(kit, a, "new", ", \"amount\": \"10.00 EUR\"");
    int64_t e = deal(kit, a, "won", ", \"amount\": \"20.00 EUR\"");
    assert_json_int(read_json(kit, "organisations", a), "data.open_deals", 1);
    assert_json_str(read_json(kit, "organisations", a), "data.won_amount", "20.00 EUR");
    change(kit, "deals", d, "{\"stage\": \"won\"}");
    assert_json_int(read_json(kit, "organisations", a), "data.open_deals", 0);
    assert_json_str(read_json(kit, "organisations", a), "data.won_amount", "30.00 EUR");
    change(kit, "deals", e, kit_path(kit, "{\"organisation\": %lld}", (long long)b));
    assert_json_str(read_json(kit, "organisations", a), "data.won_amount", "10.00 EUR");
    assert_json_str(read_json(kit, "organisations", b), "data.won_amount", "20.00 EUR");
    assert_status(del(kit, kit_path(kit, "/deals/%lld", (long long)e)), 303);
    assert_json_none(read_json(kit, "organisations", b), "data.won_amount");
    assert_status(post(kit, kit_path(kit, "/deals/%lld/restore", (long long)e), ""), 303);
    assert_json_str(read_json(kit, "organisations", b), "data.won_amount", "20.00 EUR");
    assert_json_count(get_json(kit, "/organisations?won_amount.gte=15+EUR"), "data", 1);
    struct res r = get_json(kit, "/organisations?sort=-won_amount");
    assert_json_str(r, "data.0.title", "Borealis");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions r JOIN records x"
                                  " ON x.id = r.record_id WHERE x.type = 'organisation'"),
                     0);
}

static void two_currencies_are_told(void **state) /* formulas RULE 5 */
{
    struct kit *kit = *state;
    ada(kit);
    int64_t org = organisation(kit, "Aurora");
    const char *path = kit_path(kit, "/organisations/%lld-aurora", (long long)org);
    deal(kit, org, "won", ", \"amount\": \"20.00 EUR\"");
    int64_t d = deal(kit, org, "won", ", \"amount\": \"20.00 USD\"");
    assert_json_none(read_json(kit, "organisations", org), "data.won_amount");
    assert_has(get(kit, path), "EUR and USD cannot be taken together.");
    change(kit, "deals", d, "{\"amount\": \"5.00 EUR\"}");
    assert_has(get(kit, path), "25.00 EUR");
    boats(kit);
    field(kit, "boat",
          "{\"kind\": \"formula\", \"label\": \"Per metre\", \"formula\": \"price / length\"}");
    int64_t boat =
        made(kit, "/boats", "{\"title\": \"Heron\", \"price\": \"12.00 EUR\", \"length\": \"0\"}");
    assert_json_none(read_json(kit, "boats", boat), "data.per_metre");
    assert_has(get(kit, kit_path(kit, "/boats/%lld-heron", (long long)boat)),
               "Nothing can be divided by zero.");
    change(kit, "boats", boat, "{\"length\": \"0.5\"}");
    assert_json_str(read_json(kit, "boats", boat), "data.per_metre", "24.00 EUR");
}

static void wrong_sources_are_told_with_their_place(void **state) /* formulas RULES 6 and 7 */
{
    struct kit *kit = *state;
    boats(kit);
    static const struct {
        const char *kind, *source, *why;
    } wrong[] = {
        {"formula", "", "A formula is missing."},
        {"formula", "lenght * 2", "Column 1: There is no field \\\"lenght\\\"."},
        {"formula", "length * 2 +", "Column 1"},
        {"formula", "price + length", "Column 7"},
        {"formula", "author", "cannot read"},
        {"formula", "title & body", "cannot read"},
        {"formula", "loop * 2", "in a loop: loop -> loop"},
        {"rollup", "total(deals.amount)", "A roll-up begins with"},
        {"rollup", "count(ships)", "There is no type \\\"ships\\\""},
        {"rollup", "count(deals)", "deals have no field that leads to boats."},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct res r = post_json(kit, "/types/boat/fields",
                                 kit_path(kit,
                                          "{\"kind\": \"%s\", \"label\": \"Loop\","
                                          " \"formula\": \"%s\"}",
                                          wrong[i].kind, wrong[i].source));
        assert_status(r, 422);
        assert_has(r, wrong[i].why);
        assert_true(kit_json(r, "errors.formula").n > 0);
    }
    struct res r = post_json(kit, "/types/organisation/fields",
                             "{\"kind\": \"rollup\", \"label\": \"X\","
                             " \"formula\": \"sum(deals.amonut)\"}");
    assert_has(r, "Column 11: There is no field \\\"amonut\\\". Did you mean \\\"amount\\\"?");
    r = post_json(kit, "/types/organisation/fields",
                  "{\"kind\": \"rollup\", \"label\": \"X\","
                  " \"formula\": \"count(deals where amount)\"}");
    assert_has(r, "Column 19: The condition must give yes or no.");
    r = post_json(kit, "/types/organisation/fields",
                  "{\"kind\": \"rollup\", \"label\": \"X\", \"formula\": \"sum(deals.stage)\"}");
    assert_has(r, "it has no sum");
    char *big = arena_bytes(kit->arena, 5000);
    memset(big, '1', 4999);
    big[4999] = 0;
    r = post_json(
        kit, "/types/boat/fields",
        str_fmt(kit->arena, "{\"kind\": \"formula\", \"label\": \"X\", \"formula\": \"%s\"}", big)
            .p);
    assert_status(r, 422);
    r = post_json(kit, "/types/boat/fields", "{\"kind\": \"text\", \"label\": \"And\"}");
    assert_status(r, 422);
    assert_has(r, "meaning of its own in formulas");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM fields"), 2);
}

static void loops_are_refused_across_types(void **state) /* formulas RULE 6 */
{
    struct kit *kit = *state;
    ada(kit);
    field(kit, "deal",
          "{\"kind\": \"formula\", \"label\": \"Twice\", \"formula\": \"expected * 2\"}");
    field(kit, "organisation",
          "{\"kind\": \"rollup\", \"label\": \"Total\", \"formula\": \"sum(deals.twice)\"}");
    field(kit, "organisation",
          "{\"kind\": \"formula\", \"label\": \"Half\", \"formula\": \"total / 2\"}");
    struct res r = patch_json(kit, "/types/deal/fields/twice", "{\"formula\": \"twice + amount\"}");
    assert_status(r, 422);
    assert_has(r, "twice -> twice");
    field(kit, "organisation",
          "{\"kind\": \"rollup\", \"label\": \"Below\", \"formula\": \"count(organisations)\"}");
    r = patch_json(kit, "/types/organisation/fields/below",
                   "{\"formula\": \"count(organisations where half > 1 and below > 1)\"}");
    assert_status(r, 422);
    assert_has(r, "in a loop: below -> below");
    /* All of the chain follows one change. */
    int64_t org = organisation(kit, "Aurora");
    deal(kit, org, "new", ", \"amount\": \"100.00 EUR\", \"probability\": 50");
    assert_json_str(read_json(kit, "organisations", org), "data.half", "50.00 EUR");
    made(kit, "/organisations",
         kit_path(kit, "{\"title\": \"Sub\", \"parent\": %lld}", (long long)org));
    assert_json_int(read_json(kit, "organisations", org), "data.below", 1);
    r = patch_json(kit, "/types/deal/fields/twice", "{\"formula\": \"title\"}");
    assert_status(r, 422);
    assert_has(r, "make a new field");
}

static void a_new_source_fills_the_column(void **state) /* formulas RULE 8 */
{
    struct kit *kit = *state;
    boats(kit);
    for (int i = 0; i < 3; i++)
        made(kit, "/boats", kit_path(kit, "{\"title\": \"B\", \"length\": \"%d.5\"}", i));
    kit->quiet = true;
    field(kit, "boat",
          "{\"kind\": \"formula\", \"label\": \"Feet\", \"scale\": 2, \"flags\": [\"listed\"],"
          " \"formula\": \"length * 3.2808\"}");
    assert_has(get(kit, "/boats"), "is being computed");
    as(kit, NULL); /* until then it is for staff only */
    assert_json_none(get_json(kit, "/boats"), "data.0.feet");
    assert_has_not(get(kit, "/boats"), "Feet");
    kit->quiet = false;
    kit_settle(kit);
    struct res r = get_json(kit, "/boats?sort=feet");
    assert_has(r, "\"feet\":1.64");
    assert_has(r, "\"feet\":8.20");
    assert_has_not(get(kit, "/boats"), "is being computed");
    ada(kit);
    assert_status(patch_json(kit, "/types/boat/fields/feet", "{\"formula\": \"length * 3\"}"), 200);
    assert_has(get_json(kit, "/boats?sort=feet"), "\"feet\":7.50");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_own_boats_own_feet"), 3);
}

static void what_changes_with_time_is_computed_each_hour(void **state)
{
    struct kit *kit = *state;
    boats(kit);
    field(kit, "boat", "{\"kind\": \"date\", \"label\": \"Built on\"}");
    field(kit, "boat",
          "{\"kind\": \"formula\", \"label\": \"Age\", \"scale\": 0,"
          " \"formula\": \"days(today(), built_on)\"}");
    made(kit, "/boats", "{\"title\": \"Heron\", \"built_on\": \"2026-12-31\"}");
    assert_has(get_json(kit, "/boats"), "\"age\":1");
    kit_pass(kit, CLOCK_DAY * 2);
    kit_settle(kit);
    assert_has(get_json(kit, "/boats"), "\"age\":3");
}

static void audience_set(struct kit *kit, int64_t id, int audience)
{
    sql_run(kit, kit_path(kit, "UPDATE records SET audience = %d WHERE id = %lld", audience,
                          (long long)id));
    sql_run(kit, kit_path(kit, "UPDATE activities SET audience = %d WHERE record_id = %lld",
                          audience, (long long)id));
}

static void a_roll_up_tells_nobody_of_hidden_records(void **state) /* formulas RULES 3 and 4 */
{
    struct kit *kit = *state;
    boats(kit);
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Trip\", \"label\": \"Trips\", \"audience\": \"public\","
                            " \"maker\": \"member\"}"),
                  201);
    field(kit, "trip", "{\"kind\": \"ref\", \"label\": \"Boat\", \"target\": \"boat\"}");
    field(kit, "trip",
          "{\"kind\": \"integer\", \"label\": \"Cost\", \"flags\": [\"card\", \"staff\"]}");
    field(kit, "trip",
          "{\"kind\": \"formula\", \"label\": \"Twice\", \"flags\": [\"card\", \"listed\"],"
          " \"formula\": \"cost * 2\"}");
    field(kit, "boat",
          "{\"kind\": \"rollup\", \"label\": \"Open\", \"formula\": \"count(trips)\"}");
    field(kit, "boat",
          "{\"kind\": \"rollup\", \"label\": \"Every\", \"formula\": \"count(trips)\","
          " \"flags\": [\"staff\"]}");
    field(kit, "boat", "{\"kind\": \"formula\", \"label\": \"Known\", \"formula\": \"every\"}");
    int64_t boat = made(kit, "/boats", "{\"title\": \"Heron\"}");
    int64_t trip = 0;
    for (int i = 0; i < 6; i++) {
        trip = made(kit, "/trips",
                    kit_path(kit, "{\"title\": \"T\", \"boat\": %lld, \"cost\": 777777777}",
                             (long long)boat));
        audience_set(kit, trip, i);
    }
    change(kit, "trips", trip, "{\"boat\": null}");
    change(kit, "trips", trip, kit_path(kit, "{\"boat\": %lld}", (long long)boat));
    struct res r = read_json(kit, "boats", boat);
    assert_json_int(r, "data.open", 1);
    assert_json_int(r, "data.every", 3);
    as(kit, NULL);
    r = read_json(kit, "boats", boat);
    assert_json_int(r, "data.open", 1);
    assert_json_none(r, "data.every");
    assert_json_none(r, "data.known");
    assert_status(get_json(kit, "/boats?known.gte=1"), 400);
    /* Nor do the cards of children tell what only staff sees, or what that is computed to. */
    r = get(kit, kit_path(kit, "/boats/%lld-heron", (long long)boat));
    assert_has(r, "Trips");
    assert_has_not(r, "777777777");
    assert_has_not(r, "777,777,777");
    assert_has_not(r, "1,555,555,554");
    assert_has_not(get(kit, "/trips"), "1,555,555,554");
    assert_status(get_json(kit, "/boats?sort=every"), 400);
    ada(kit);
    audience_set(kit, boat, 1);
    change(kit, "trips", trip, "{\"boat\": null}");
    change(kit, "trips", trip, kit_path(kit, "{\"boat\": %lld}", (long long)boat));
    assert_json_int(read_json(kit, "boats", boat), "data.open", 2);
    /* A field that ceases to be for staff only is counted anew before others see it. */
    assert_status(patch_json(kit, "/types/boat/fields/every", "{\"flags\": []}"), 200);
    as(kit, kit_person(kit, "mia", ROLE_MEMBER));
    assert_json_int(read_json(kit, "boats", boat), "data.every", 2);
}

static void all_functions_follow(void **state) /* formulas RULE 2 */
{
    struct kit *kit = *state;
    static const char *const fields[] = {"min(deals.amount)",          "max(deals.amount)",
                                         "average(deals.probability)", "first(deals.stage)",
                                         "last(deals.stage)",          "count(deals.close_on)",
                                         "max(deals.close_on)",        "sum(deals.expected)"};
    ada(kit);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        field(kit, "organisation",
              kit_path(kit,
                       "{\"kind\": \"rollup\", \"label\": \"R%zu\", \"formula\": \"%s\","
                       " \"scale\": 1}",
                       i, fields[i]));
    int64_t org = organisation(kit, "Aurora");
    deal(kit, org, "new",
         ", \"amount\": \"10.00 EUR\", \"probability\": 50, \"close_on\": \"2027-02-01\"");
    int64_t d = deal(kit, org, "won", ", \"amount\": \"30.00 EUR\", \"probability\": 25");
    struct res r = read_json(kit, "organisations", org);
    assert_json_str(r, "data.r0", "10.00 EUR");
    assert_json_str(r, "data.r1", "30.00 EUR");
    assert_has(r, "\"r2\":37.5");
    assert_json_str(r, "data.r3", "new");
    assert_json_str(r, "data.r4", "won");
    assert_json_int(r, "data.r5", 1);
    assert_json_str(r, "data.r6", "2027-02-01");
    assert_json_str(r, "data.r7", "12.50 EUR");
    assert_has(get(kit, "/organisations?columns=r4"), "Won");
    assert_status(del(kit, kit_path(kit, "/deals/%lld", (long long)d)), 303);
    r = read_json(kit, "organisations", org);
    assert_json_str(r, "data.r1", "10.00 EUR");
    assert_json_str(r, "data.r4", "new");
    assert_json_str(r, "data.r7", "5.00 EUR");
}

/* Between the two ways of counting: any order of changes gives what counting anew gives, which the
 * kit asks at the end. */
static void many_children_are_counted_right(void **state) /* formulas RULE 2 */
{
    struct kit *kit = *state;
    enum { CHILDREN = 70 };
    int64_t ids[CHILDREN];
    ada(kit);
    int64_t org = organisation(kit, "Aurora");
    kit->quiet = true;
    for (int i = 0; i < CHILDREN; i++)
        ids[i] = deal(kit, org, i % 3 ? "won" : "new", ", \"amount\": \"1.00 EUR\"");
    struct res r = read_json(kit, "organisations", org);
    assert_json_int(r, "data.open_deals", (CHILDREN + 2) / 3);
    assert_json_str(r, "data.won_amount", "46.00 EUR");
    change(kit, "deals", ids[1], "{\"amount\": \"5.00 USD\"}");
    assert_json_none(read_json(kit, "organisations", org), "data.won_amount");
    change(kit, "deals", ids[1], "{\"stage\": \"lost\"}");
    assert_json_str(read_json(kit, "organisations", org), "data.won_amount", "45.00 EUR");
    change(kit, "deals", ids[0], "{\"stage\": \"won\"}");
    change(kit, "deals", ids[2], "{\"organisation\": null}");
    assert_status(del(kit, kit_path(kit, "/deals/%lld", (long long)ids[4])), 303);
    r = read_json(kit, "organisations", org);
    assert_json_str(r, "data.won_amount", "44.00 EUR");
    assert_json_int(r, "data.open_deals", (CHILDREN + 2) / 3 - 1);
    kit->quiet = false;
    kit_settle(kit);
}

static void a_wide_parent_changes_by_the_difference(void **state) /* formulas RULE 2 */
{
    struct kit *kit = *state;
    enum { CHILDREN = 600 };
    ada(kit);
    field(kit, "organisation",
          "{\"kind\": \"rollup\", \"label\": \"Most\", \"formula\": \"max(deals.amount)\"}");
    int64_t org = organisation(kit, "Aurora");
    int64_t d = deal(kit, org, "won", ", \"amount\": \"10.00 EUR\"");
    for (int i = 0; i < CHILDREN; i++) /* straight into the tables */
        sql_run(kit, kit_path(kit, "INSERT INTO ix_deals_organisation (v, id) VALUES (%lld, %d)",
                              (long long)org, 100000 + i));
    kit->unsound = true;
    change(kit, "deals", d, "{\"amount\": \"15.00 EUR\"}");
    struct res r = read_json(kit, "organisations", org);
    assert_json_str(r, "data.won_amount", "15.00 EUR");
    assert_json_str(r, "data.most", "15.00 EUR"); /* by a job, which has run */
    change(kit, "deals", d, "{\"stage\": \"new\"}");
    r = read_json(kit, "organisations", org);
    assert_json_int(r, "data.open_deals", 1);
    assert_json_none(r, "data.won_amount");
    assert_status(del(kit, kit_path(kit, "/deals/%lld", (long long)d)), 303);
    r = read_json(kit, "organisations", org);
    assert_json_int(r, "data.open_deals", 0);
    assert_json_none(r, "data.most");
}

/* By several links, by the one of two fields that is named, and on cards of choices. */
static void links_of_all_kinds_are_counted(void **state) /* formulas RULE 2 */
{
    struct kit *kit = *state;
    boats(kit);
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Trip\", \"label\": \"Trips\", \"audience\": \"public\","
                            " \"maker\": \"member\"}"),
                  201);
    field(kit, "trip", "{\"kind\": \"refs\", \"label\": \"Boats\", \"target\": \"boat\"}");
    field(kit, "trip", "{\"kind\": \"ref\", \"label\": \"Spare\", \"target\": \"boat\"}");
    field(kit, "trip", "{\"kind\": \"integer\", \"label\": \"Miles\"}");
    field(kit, "trip",
          "{\"kind\": \"formula\", \"label\": \"Kilometres\", \"formula\": \"miles * 1.852\"}");
    struct res r = post_json(kit, "/types/boat/fields",
                             "{\"kind\": \"rollup\", \"label\": \"X\","
                             " \"formula\": \"count(trips)\"}");
    assert_status(r, 422);
    assert_has(r, "trips lead here by several fields: say by which, boats, spare.");
    field(kit, "boat",
          "{\"kind\": \"rollup\", \"label\": \"Sailed\", \"target\": \"boats\","
          " \"formula\": \"sum(trips.kilometres where miles > 0)\"}");
    field(kit, "boat",
          "{\"kind\": \"rollup\", \"label\": \"Spared\", \"target\": \"spare\","
          " \"formula\": \"count(trips)\"}");
    int64_t a = made(kit, "/boats", "{\"title\": \"A\"}");
    int64_t b = made(kit, "/boats", "{\"title\": \"B\"}");
    int64_t trip = made(kit, "/trips",
                        kit_path(kit,
                                 "{\"title\": \"T\", \"boats\": \"%lld,%lld\", \"miles\": 10,"
                                 " \"spare\": %lld}",
                                 (long long)a, (long long)b, (long long)b));
    assert_has(read_json(kit, "boats", a), "\"sailed\":18.52");
    assert_has(read_json(kit, "boats", b), "\"sailed\":18.52");
    assert_json_int(read_json(kit, "boats", b), "data.spared", 1);
    change(kit, "trips", trip,
           kit_path(kit, "{\"boats\": \"%lld\", \"spare\": null}", (long long)a));
    assert_json_none(read_json(kit, "boats", b), "data.sailed");
    assert_json_int(read_json(kit, "boats", b), "data.spared", 0);
    change(kit, "trips", trip, "{\"miles\": 20}");
    assert_has(read_json(kit, "boats", a), "\"sailed\":37.04");
    /* Also when a formula between them gets another source. */
    assert_status(patch_json(kit, "/types/trip/fields/kilometres", "{\"formula\": \"miles * 2\"}"),
                  200);
    assert_has(read_json(kit, "boats", a), "\"sailed\":40.00");
}

/* People are made and renamed by doors of their own, and led to by fields for persons. */
static void people_have_them_too(void **state) /* formulas RULES 1 and 2 */
{
    struct kit *kit = *state;
    ada(kit);
    field(kit, "person",
          "{\"kind\": \"formula\", \"label\": \"Loud\", \"formula\": \"upper(title)\"}");
    field(kit, "person",
          "{\"kind\": \"rollup\", \"label\": \"Wins\","
          " \"formula\": \"count(deals where stage = \\\"won\\\")\"}");
    field(kit, "organisation",
          "{\"kind\": \"rollup\", \"label\": \"Known\", \"formula\":"
          " \"last(people.title where starts(title, \\\"M\\\"))\"}");
    struct person_kit *mia = kit_person(kit, "mia", ROLE_MEMBER);
    int64_t org = organisation(kit, "Aurora");
    const char *wins =
        kit_path(kit, "SELECT own_wins FROM people WHERE id = %lld", (long long)mia->id);
    as(kit, NULL);
    assert_status(
        post(kit, "/accounts", "name=Nora&email=nora%40example.org&password=long+enough+1"), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM people WHERE own_loud = 'NORA'"
                                  " AND own_wins = 0"),
                     1);
    ada(kit);
    deal(kit, org, "won", kit_path(kit, ", \"contacts\": \"%lld\"", (long long)mia->id));
    change(kit, "people", mia->id, kit_path(kit, "{\"works_for\": %lld}", (long long)org));
    assert_int_equal(sql_int(kit, wins), 1);
    as(kit, mia);
    assert_status(patch(kit, kit_path(kit, "/people/%lld", (long long)mia->id),
                        "name=Maia&handle=mia&about=&place=&organisation=&website="),
                  303);
    ada(kit);
    assert_true(str_is(sql_str(kit, kit_path(kit, "SELECT own_loud FROM people WHERE id = %lld",
                                             (long long)mia->id)),
                       "MAIA"));
    assert_json_str(read_json(kit, "organisations", org), "data.known", "Maia");
}

static void merged_records_are_counted_where_they_went(void **state) /* formulas RULE 2 */
{
    struct kit *kit = *state;
    ada(kit);
    field(kit, "organisation",
          "{\"kind\": \"rollup\", \"label\": \"Parts\", \"formula\": \"count(organisations)\"}");
    int64_t top = organisation(kit, "Top"), a = organisation(kit, "Aurora");
    int64_t b = organisation(kit, "Aurora AS");
    change(kit, "organisations", a, kit_path(kit, "{\"parent\": %lld}", (long long)top));
    change(kit, "organisations", b, kit_path(kit, "{\"parent\": %lld}", (long long)top));
    deal(kit, a, "won", ", \"amount\": \"1.00 EUR\"");
    deal(kit, b, "won", ", \"amount\": \"2.00 EUR\"");
    deal(kit, b, "new", "");
    assert_json_int(read_json(kit, "organisations", top), "data.parts", 2);
    struct res r = post_json(kit, kit_path(kit, "/organisations/%lld/merges", (long long)a),
                             kit_path(kit, "{\"from\": %lld}", (long long)b));
    assert_status(r, 201);
    kit_settle(kit);
    assert_json_str(read_json(kit, "organisations", a), "data.won_amount", "3.00 EUR");
    assert_json_int(read_json(kit, "organisations", a), "data.open_deals", 1);
    assert_json_int(read_json(kit, "organisations", top), "data.parts", 1);
    kit_request(kit, "DELETE", kit_path(kit, "/merges/" STR_FMT, STR_ARG(kit_json(r, "data.id"))),
                KIT_JSON, NULL, NULL);
    kit_settle(kit);
    assert_json_str(read_json(kit, "organisations", a), "data.won_amount", "1.00 EUR");
    assert_json_str(read_json(kit, "organisations", b), "data.won_amount", "2.00 EUR");
    assert_json_int(read_json(kit, "organisations", b), "data.open_deals", 1);
    assert_json_int(read_json(kit, "organisations", top), "data.parts", 2);
}

static void a_field_of_another_kind_is_read_as_that(void **state) /* formulas RULES 5 and 7 */
{
    struct kit *kit = *state;
    boats(kit);
    field(kit, "boat", "{\"kind\": \"integer\", \"label\": \"Masts\"}");
    field(kit, "boat",
          "{\"kind\": \"formula\", \"label\": \"Sails\", \"formula\": \"masts * 1.5\"}");
    field(kit, "boat",
          "{\"kind\": \"formula\", \"label\": \"Cloth\", \"formula\": \"sails * 10\"}");
    int64_t boat = made(kit, "/boats", "{\"title\": \"Heron\", \"masts\": 3}");
    assert_has(read_json(kit, "boats", boat), "\"cloth\":45.00");
    const char *path = "/types/boat/fields/masts/change";
    assert_status(post_json(kit, path, "{\"kind\": \"text\"}"), 201);
    struct res r = read_json(kit, "boats", boat);
    assert_json_str(r, "data.masts", "3");
    assert_json_none(r, "data.sails");
    assert_json_none(r, "data.cloth");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ix_own_boats_own_cloth"), 0);
    assert_status(get(kit, "/boats?sort=cloth&cloth.gte=1"), 200);
    assert_has(get(kit, kit_path(kit, "/boats/%lld-heron", (long long)boat)), "has to be mended");
    kit_request(kit, "DELETE", path, KIT_JSON, NULL, NULL);
    r = read_json(kit, "boats", boat);
    assert_has(r, "\"sails\":4.50");
    assert_has(r, "\"cloth\":45.00");
}

static bool mended(struct db *db, void *ctx)
{
    record_compute(db, ctx, db_get_int(db, 0, "SELECT id FROM organisations"));
    return !db_failed(db);
}

struct heard {
    struct arena *arena;
    int64_t n;
};

static bool looked(struct db *db, void *ctx)
{
    struct heard *heard = ctx;
    heard->n = check_hub(db, heard->arena, NULL, NULL);
    return true;
}

static void the_doctor_finds_and_mends(void **state) /* formulas RULE 1 */
{
    struct kit *kit = *state;
    struct heard heard = {.arena = kit->arena};
    ada(kit);
    int64_t org = organisation(kit, "Aurora");
    deal(kit, org, "new", "");
    sql_run(kit, "UPDATE organisations SET open_deals = 7");
    sql_run(kit, "UPDATE ix_organisations_open_deals SET v = 7");
    assert_true(store_run(kit->app->store, STORE_READ, looked, &heard));
    assert_int_equal(heard.n, 1);
    assert_true(store_run(kit->app->store, STORE_WRITE, mended, kit->arena));
    assert_json_int(read_json(kit, "organisations", org), "data.open_deals", 1);
}

static void a_source_that_fails_later_is_told(void **state) /* formulas RULES 5 and 7 */
{
    struct kit *kit = *state;
    boats(kit);
    field(kit, "boat", "{\"kind\": \"formula\", \"label\": \"Feet\", \"formula\": \"length * 3\"}");
    int64_t boat = made(kit, "/boats", "{\"title\": \"Heron\"}");
    sql_run(kit, "UPDATE fields SET config = REPLACE(config, 'length * 3', 'title')"
                 " WHERE name = 'feet'");
    sql_run(kit, "UPDATE catalogs SET version = version + 1");
    assert_has(get(kit, "/types/boat"), "make a new field");
    assert_has(get(kit, kit_path(kit, "/boats/%lld-heron", (long long)boat)),
               "its formula has to be mended");
    change(kit, "boats", boat, "{\"length\": \"2\"}");
    assert_status(patch_json(kit, "/types/boat/fields/feet", "{\"formula\": \"length * 3\"}"), 200);
    assert_has(read_json(kit, "boats", boat), "\"feet\":6.00");
}

static void a_write_that_fails_changes_nothing(void **state) /* formulas RULES 1 and 2 */
{
    struct kit *kit = *state;
    ada(kit);
    int64_t org = organisation(kit, "Aurora");
    kit_fail_sweep(kit, "POST", "/deals",
                   kit_path(kit,
                            "title=Mill&pipeline=sales&stage=won&amount=10+EUR&organisation=%lld",
                            (long long)org),
                   NULL);
    assert_json_str(read_json(kit, "organisations", org), "data.won_amount", "10.00 EUR");
    int64_t d = sql_int(kit, "SELECT id FROM deals");
    kit_fail_sweep(kit, "PATCH", kit_path(kit, "/deals/%lld", (long long)d), "amount=12+EUR", NULL);
    assert_json_str(read_json(kit, "organisations", org), "data.won_amount", "12.00 EUR");
    kit_fail_sweep(kit, "DELETE", kit_path(kit, "/deals/%lld", (long long)d), "", NULL);
    assert_json_none(read_json(kit, "organisations", org), "data.won_amount");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_formula_follows_its_fields),
        kit_test(lists_sort_and_filter_by_it),
        kit_test(a_roll_up_follows_its_children),
        kit_test(two_currencies_are_told),
        kit_test(wrong_sources_are_told_with_their_place),
        kit_test(loops_are_refused_across_types),
        kit_test(a_new_source_fills_the_column),
        kit_test(what_changes_with_time_is_computed_each_hour),
        kit_test(a_roll_up_tells_nobody_of_hidden_records),
        kit_test(all_functions_follow),
        kit_test(many_children_are_counted_right),
        kit_test(a_wide_parent_changes_by_the_difference),
        kit_test(links_of_all_kinds_are_counted),
        kit_test(people_have_them_too),
        kit_test(merged_records_are_counted_where_they_went),
        kit_test(a_field_of_another_kind_is_read_as_that),
        kit_test(the_doctor_finds_and_mends),
        kit_test(a_source_that_fails_later_is_told),
        kit_test(a_write_that_fails_changes_nothing),
    };
    return kit_run(tests);
}
