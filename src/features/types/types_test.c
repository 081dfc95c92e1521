/* types_test.c: types and fields made in the browser: they work at once, and what is refused is
 * refused in words. */
#include "http/feature.h"
#include "record/types.h"
#include "test/kit.h"
#include "test/rooms.h"

static void ada(struct kit *kit)
{
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
}

static void boats(struct kit *kit)
{
    ada(kit);
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Boat\", \"label\": \"Boats\", \"audience\": \"members\","
                            " \"maker\": \"member\", \"icon\": \"#i-ship\"}"),
                  201);
}

static struct res field(struct kit *kit, const char *type, const char *json)
{
    return post_json(kit, kit_path(kit, "/types/%s/fields", type), json);
}

static void field_is_made(struct kit *kit, const char *type, const char *json)
{
    assert_status(field(kit, type, json), 201);
}

static void a_type_works_in_the_next_request(void **state) /* types RULES 1 and 3 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_status(get(kit, "/boats"), 404);
    assert_has_not(get(kit, "/"), "href=\"/boats\"");
    boats(kit);
    field_is_made(kit, "boat",
                  "{\"kind\": \"decimal\", \"label\": \"Length in m\", \"flags\": [\"listed\"]}");
    field_is_made(kit, "boat",
                  "{\"kind\": \"choice\", \"label\": \"State\", \"flags\": [\"listed\", \"card\"],"
                  " \"choices\": \"afloat = Afloat (green)\\nSunk (red, ends)\"}");
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_has(get(kit, "/"), "href=\"/boats\"");
    struct res r = post_json(kit, "/boats",
                             "{\"title\": \"Heron\", \"length_in_m\": \"7.25\","
                             " \"state\": \"sunk\"}");
    assert_status(r, 201);
    r = get_json(kit, "/boats?state=sunk&length_in_m.gte=7");
    assert_json_count(r, "data", 1);
    assert_json_str(r, "data.0.title", "Heron");
    assert_has(get(kit, "/boats"), "7.25");
    assert_has(get(kit, "/search?q=heron"), "Heron");
    as(kit, NULL);
    assert_has_not(get(kit, "/"), "href=\"/boats\"");
    assert_json_count(get_json(kit, "/boats"), "data", 0);
}

/* What nobody may vote for has no place in lists by votes; once they may, it gets one. */
static void votes_begin_later(void **state)
{
    struct kit *kit = *state;
    boats(kit);
    assert_status(post_json(kit, "/boats", "{\"title\": \"Heron\"}"), 201);
    assert_status(post_json(kit, "/boats", "{\"title\": \"Bittern\", \"tags\": \"reed\"}"), 201);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'boat'"
                                  " AND hot = 0 AND rank_hot = 0"),
                     2);
    assert_status(patch_json(kit, "/types/boat", "{\"votes\": true}"), 200);
    assert_status(post_json(kit, "/boats", "{\"title\": \"Egret\"}"), 201);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'boat'"
                                  " AND hot > 0 AND rank_hot = hot"),
                     3);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM taggings g JOIN records r"
                                  " ON r.id = g.record_id WHERE g.hot = r.rank_hot"),
                     1);
    struct res r = get_json(kit, "/boats?sort=trending");
    assert_json_count(r, "data", 3);
    assert_json_str(r, "data.0.title", "Egret");
    assert_json_count(get_json(kit, "/boats?sort=votes"), "data", 3);
    assert_json_count(get_json(kit, "/boats?sort=votes&show=unanswered"), "data", 3);
}

static void pages_make_and_change_them(void **state)
{
    struct kit *kit = *state;
    ada(kit);
    assert_has(get(kit, "/types"), "Deals");
    assert_status(get(kit, "/types/new"), 200);
    struct res r = post(kit, "/types",
                        "noun=Boat&label=Boats&audience=staff&maker=staff&icon=%23i-ship&lead=");
    assert_status(r, 303);
    assert_header(r, "Location", "/types/boat");
    assert_has(kit_follow(r), "Description");
    assert_has(get(kit, "/types/boat/fields/new"), "Several choices");
    assert_has(get(kit, "/types/boat/fields/new?kind=ref"), "Leads to");
    r = post(kit, "/types/boat/fields",
             "kind=ref&label=Home+port&target=organisation&flags=listed&flags=required");
    assert_status(r, 303);
    assert_has(kit_follow(r), "Home port");
    assert_has(get(kit, "/types/boat/fields/home_port/edit"), "value=\"Home port\"");
    r = patch(kit, "/types/boat/fields/home_port", "label=Port&help=Where+it+lies&section=Place");
    assert_status(r, 303);
    r = get_json(kit, "/types/boat");
    assert_has(r, "\"label\":\"Port\"");
    assert_has(r, "\"help\":\"Where it lies\"");
    assert_has_not(r, "\"name\":\"home_port\",\"label\":\"Home");
    assert_int_equal(sql_int(kit, "SELECT flags FROM fields WHERE name = 'home_port'") &
                         (FIELD_LISTED | FIELD_REQUIRED),
                     0); /* a browser sends nothing for what is not checked, */
    patch_json(kit, "/types/boat/fields/home_port", "{\"flags\": [\"card\"]}");
    assert_status(patch_json(kit, "/types/boat/fields/home_port", "{\"label\": \"Harbour\"}"), 200);
    assert_true(sql_int(kit, "SELECT flags FROM fields WHERE name = 'home_port'") & FIELD_CARD);
    assert_status(patch(kit, "/types/boat",
                        "noun=Ship&label=Ships&audience=members&maker=member&icon=%23i-car&lead="),
                  303);
    assert_has(get(kit, "/types/boat"), "Ships");
    assert_status(get(kit, "/boats"), 200); /* names stay: types RULE 2 */
}

static void what_is_switched_off_is_hidden_and_comes_back(void **state) /* types RULE 5 */
{
    struct kit *kit = *state;
    boats(kit);
    field_is_made(kit, "boat", "{\"kind\": \"integer\", \"label\": \"Sails\"}");
    struct res r = post_json(kit, "/boats", "{\"title\": \"Heron\", \"sails\": 2}");
    assert_status(r, 201);
    assert_status(del(kit, "/types/boat/fields/sails"), 303);
    assert_has_not(get_json(kit, "/boats"), "sails");
    assert_status(get_json(kit, "/boats?sails=2"), 400);
    assert_status(post_json(kit, "/boats", "{\"title\": \"X\", \"sails\": 2}"), 422);
    assert_status(field(kit, "boat", "{\"kind\": \"text\", \"label\": \"x\", \"name\": \"sails\"}"),
                  422);
    assert_status(post(kit, "/types/boat/fields/sails/restore", ""), 303);
    assert_json_count(get_json(kit, "/boats?sails=2"), "data", 1);
    assert_status(del(kit, "/types/boat"), 303);
    assert_status(get(kit, "/boats"), 404);
    assert_has_not(get(kit, "/"), "href=\"/boats\"");
    assert_has(get(kit, "/types"), "Switched off");
    assert_status(post(kit, "/types/boat/restore", ""), 303);
    assert_json_count(get_json(kit, "/boats?sails=2"), "data", 1);
    /* Built-in ones can lose their fields, not themselves. */
    assert_status(del(kit, "/types/deal"), 409);
    assert_status(del(kit, "/types/deal/fields/title"), 409);
    assert_status(del(kit, "/types/deal/fields/next_step"), 303);
    assert_has_not(get(kit, "/deals/new"), "Next step");
    assert_status(post(kit, "/types/deal/fields/next_step/restore", ""), 303);
    assert_has(get(kit, "/deals/new"), "Next step");
}

static struct res stage(struct kit *kit, const char *rest)
{
    return get_json(kit, kit_path(kit, "/types/boat/fields/stage/choices%s", rest));
}

static void choices_are_changed_one_by_one(void **state) /* types RULE 5 */
{
    struct kit *kit = *state;
    const char *at = "/types/boat/fields/stage/choices";
    boats(kit);
    field_is_made(kit, "boat",
                  "{\"kind\": \"choice\", \"label\": \"Yard\", \"choices\": \"North\\nSouth\"}");
    field_is_made(
        kit, "boat",
        "{\"kind\": \"choice\", \"label\": \"Stage\", \"flags\": [\"listed\"],"
        " \"depends\": \"yard\", \"choices\": \"New (blue)\\nAfloat\\nSunk (red, lost)\"}");
    struct res r = stage(kit, "");
    assert_json_count(r, "data", 3);
    assert_json_str(r, "data.0.tone", "blue");
    assert_json_str(r, "data.2.outcome", "lost");
    r = post_json(kit, at, "{\"label\": \"Lead (cold)\", \"tone\": \"teal\"}");
    assert_status(r, 201);
    assert_json_str(r, "data.3.name", "lead-cold");
    assert_json_str(r, "data.3.label", "Lead (cold)");
    r = post_json(kit, at, "{\"label\": \"New\"}"); /* the same label, another name */
    assert_json_str(r, "data.4.name", "new-2");
    r = patch_json(kit, kit_path(kit, "%s/lead-cold", at),
                   "{\"within\": [\"north\"], \"sets\": \"yard north\"}");
    assert_status(r, 200);
    assert_json_str(r, "data.3.within", "north");
    assert_json_str(r, "data.3.tone", "teal");
    assert_json_str(r, "data.0.tone", "blue");
    r = post_json(kit, kit_path(kit, "%s/lead-cold/moves", at), "{\"place\": 1}");
    assert_json_str(r, "data.0.name", "lead-cold");
    r = post_json(kit, kit_path(kit, "%s/lead-cold/moves", at), "{\"to\": \"down\"}");
    assert_json_str(r, "data.0.name", "new");
    assert_json_str(r, "data.1.name", "lead-cold");
    assert_status(post_json(kit, kit_path(kit, "%s/lead-cold/moves", at), "{}"), 422);
    assert_status(patch_json(kit, kit_path(kit, "%s/new", at), "{\"within\": [\"west\"]}"), 422);
    assert_status(patch_json(kit, kit_path(kit, "%s/new", at), "{\"sets\": \"speed\"}"), 422);
    assert_status(patch_json(kit, kit_path(kit, "%s/new", at), "{\"tone\": \"pink\"}"), 422);
    assert_status(patch_json(kit, kit_path(kit, "%s/none", at), "{}"), 404);
    assert_status(get(kit, "/types/boat/fields/title/choices"), 404);
    assert_json_str(stage(kit, ""), "data.0.label", "New");
}

static void a_choice_in_use_is_switched_off(void **state) /* types RULE 5 */
{                                                         /* depends RULE 5 */
    struct kit *kit = *state;
    const char *at = "/types/boat/fields/stage/choices";
    boats(kit);
    field_is_made(kit, "boat",
                  "{\"kind\": \"choice\", \"label\": \"Stage\", \"flags\": [\"listed\"],"
                  " \"choices\": \"New\\nAfloat\\nSunk\"}");
    struct res r = post_json(kit, "/boats", "{\"title\": \"Heron\", \"stage\": \"afloat\"}");
    assert_status(r, 201);
    const char *heron =
        kit_path(kit, "/boats/%lld",
                 (long long)sql_int(kit, "SELECT id FROM records WHERE title = 'Heron'"));
    assert_status(del(kit, kit_path(kit, "%s/afloat", at)), 303);
    assert_status(del(kit, kit_path(kit, "%s/sunk", at)), 303);
    r = stage(kit, "");
    assert_json_count(r, "data", 2);
    assert_json_str(r, "data.1.name", "afloat");
    assert_has(r, "\"off\":true");
    assert_has_not(get(kit, "/boats/new"), "value=\"afloat\"");
    assert_has(get(kit, kit_path(kit, "%s/edit", heron)), "value=\"afloat\"");
    assert_status(patch_json(kit, heron, "{\"title\": \"Heron II\", \"stage\": \"afloat\"}"), 200);
    r = post_json(kit, "/boats", "{\"title\": \"Gull\", \"stage\": \"afloat\"}");
    assert_status(r, 422);
    assert_has(r, "switched off");
    assert_has(get(kit, "/boats?as=board"),
               "Heron II"); /* its column is there while it has cards */
    assert_json_count(get_json(kit, "/boats?stage=afloat"), "data", 1);
    assert_status(post(kit, kit_path(kit, "%s/afloat/restore", at), ""), 303);
    assert_has(get(kit, "/boats/new"), "value=\"afloat\"");
    assert_status(del(kit, kit_path(kit, "%s/new", at)), 303);
    assert_status(patch_json(kit, heron, "{\"stage\": \"\"}"), 200);
    assert_status(del(kit, kit_path(kit, "%s/afloat", at)), 409); /* the last one */
}

static void the_page_of_choices_works_by_forms(void **state)
{
    struct kit *kit = *state;
    const char *at = "/types/deal/fields/stage/choices";
    ada(kit);
    assert_has(get(kit, "/types/deal/fields/stage/edit"), at);
    struct res r = get(kit, at);
    assert_has(r, "Goes with Pipeline");
    assert_has(r, "Ends well");
    r = post(kit, at, "label=&tone=red&outcome=goes");
    assert_status(r, 422);
    assert_has(r, "Label is missing");
    r = post(kit, at, "label=On+hold&tone=violet&outcome=goes&within=sales&within=renewal&sets=");
    assert_status(r, 303);
    r = kit_follow(r);
    assert_has(r, "On hold");
    r = patch(kit, kit_path(kit, "%s/on-hold", at), "label=Waiting&tone=rose&outcome=lost&sets=");
    assert_status(r, 303); /* no box was checked: with any */
    r = get_json(kit, at);
    assert_has(r, "\"label\":\"Waiting\",\"tone\":\"rose\",\"outcome\":\"lost\",\"within\":\"\"");
    assert_has(r, "\"sets\":\"probability ");
}

/* What is sent as JSON to /types and to the fields of the boats, and what the answer says. */
static const struct {
    const char *path, *json, *why;
} wrong[] = {
    {"/types", "{\"noun\": \"Deal\", \"label\": \"Bargains\", \"name\": \"deal\"", "named"},
    {"/types", "{\"noun\": \"Bargain\", \"label\": \"Deals\"", "There is a type named"},
    {"/types", "{\"noun\": \"Idea\", \"label\": \"Thoughts\", \"name\": \"idea\"", "named"},
    {"/types", "{\"noun\": \"Boat\", \"label\": \"Boats\"", "There is a type named"},
    {"/types", "{\"noun\": \"Seek\", \"label\": \"Search\"", "taken by a part of the program"},
    {"/types", "{\"noun\": \"Kind\", \"label\": \"Types\"", "taken by a part of the program"},
    {"/types", "{\"noun\": \"Asset\", \"label\": \"Assets\"", "taken by a part of the program"},
    {"/types", "{\"noun\": \"\xE8\x88\xB9\", \"label\": \"\xE8\x88\xB9\"", "internal name"},
    {"/types", "{\"noun\": \"Car\", \"label\": \"Cars\", \"name\": \"Car; DROP\"", "internal name"},
    {"/types", "{\"label\": \"Cars\"", "Name of one is missing"},
    {"/types", "{\"noun\": \"Car\", \"label\": \"Cars\", \"icon\": \"nothing\"", "no such choice"},
    {"", "{\"kind\": \"text\", \"label\": \"Title\", \"name\": \"title\"", "already"},
    {"", "{\"kind\": \"text\", \"label\": \"Owner\", \"name\": \"owner\"", "already"},
    {"", "{\"kind\": \"text\", \"label\": \"Sort\"", "meaning of its own"},
    {"", "{\"kind\": \"text\", \"label\": \"Home text\"", "meaning of its own"},
    {"", "{\"kind\": \"text\", \"label\": \"Price currency\"", "part of another field"},
    {"", "{\"kind\": \"tags\", \"label\": \"Words\"", "no such choice"},
    {"", "{\"kind\": \"text\", \"label\": \" \"", "Label is missing"},
    {"", "{\"kind\": \"text\", \"label\": \"X\", \"name\": \"9lives\"", "internal name"},
    {"", "{\"kind\": \"text\", \"label\": \"X\", \"name\": \"a\"", "internal name"},
    {"", "{\"kind\": \"choice\", \"label\": \"State\"", "needs choices"},
    {"", "{\"kind\": \"choice\", \"label\": \"State\", \"choices\": \"a = A\\na = B\"", "twice"},
    {"", "{\"kind\": \"choice\", \"label\": \"State\", \"choices\": \"a,b = A\"", "commas"},
    {"", "{\"kind\": \"choice\", \"label\": \"State\", \"choices\": \"a = A (pink)\"", "colour"},
    {"", "{\"kind\": \"ref\", \"label\": \"Harbour\"", "needs the type"},
    {"", "{\"kind\": \"ref\", \"label\": \"Harbour\", \"target\": \"harbour\"", "needs the type"},
    {"", "{\"kind\": \"ref\", \"label\": \"Harbour\", \"target\": \"comment\"", "needs the type"},
    {"", "{\"kind\": \"money\", \"label\": \"Fee\", \"currency\": \"eur\"", "three capital"},
    {"", "{\"kind\": \"decimal\", \"label\": \"Draught\", \"scale\": 9", "0 to 6"},
    {"", "{\"kind\": \"text\", \"label\": \"X\", \"colour\": \"red\"", "There is no field"},
};

static void what_is_wrong_is_told_and_changes_nothing(void **state) /* types RULES 2 and 4 */
{
    struct kit *kit = *state;
    boats(kit);
    field_is_made(kit, "boat", "{\"kind\": \"money\", \"label\": \"Price\"}");
    uint64_t before = kit_fingerprint(kit);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bool type = wrong[i].path[0];
        struct res r =
            post_json(kit, type ? wrong[i].path : "/types/boat/fields",
                      kit_path(kit, "%s%s}", wrong[i].json,
                               type ? ", \"audience\": \"staff\", \"maker\": \"staff\"" : ""));
        assert_status(r, 422);
        assert_has(r, wrong[i].why);
    }
    assert_true(before == kit_fingerprint(kit));
    assert_status(post_json(kit, "/types/nothing/fields", "{}"), 404);
    assert_status(post_json(kit, "/types/comment/fields", "{}"), 404);
}

static void two_of_one_label_have_two_names(void **state) /* types.h RULE 2 */
{
    struct kit *kit = *state;
    boats(kit);
    field_is_made(kit, "boat", "{\"kind\": \"text\", \"label\": \"Port\"}");
    field_is_made(kit, "boat", "{\"kind\": \"text\", \"label\": \"Port\"}");
    field_is_made(kit, "boat", "{\"kind\": \"text\", \"label\": \"2nd mast\"}");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM fields WHERE name IN ('port', 'port_2',"
                                  " 'nd_mast')"),
                     3);
    assert_status(post_json(kit, "/boats", "{\"title\": \"Heron\", \"port_2\": \"Bergen\"}"), 201);
    assert_has(get_json(kit, "/boats"), "\"port_2\":\"Bergen\"");
}

static void a_choice_that_records_have_stays(void **state)
{
    struct kit *kit = *state;
    boats(kit);
    field_is_made(kit, "boat",
                  "{\"kind\": \"choice\", \"label\": \"State\", \"choices\": \"Afloat\\nSunk\"}");
    assert_status(post_json(kit, "/boats", "{\"title\": \"Heron\", \"state\": \"sunk\"}"), 201);
    struct res r = patch_json(kit, "/types/boat/fields/state", "{\"choices\": \"Afloat\"}");
    assert_status(r, 422);
    assert_has(r, "Records have the choice");
    r = patch_json(kit, "/types/boat/fields/state", "{\"choices\": \"sunk = Gone\\nAshore\"}");
    assert_status(r, 200);
    assert_has(get(kit, "/boats/new"), "Gone");
    /* Those of the program, too. */
    r = get_json(kit, "/types/deal");
    assert_has(r, "won = Won (green, ends, probability 100)");
    r = patch_json(kit, "/types/deal/fields/stage",
                   "{\"choices\": \"new = Fresh (grey)\\nwon = Won (green, ends)\"}");
    assert_status(r, 200);
    assert_has(get(kit, "/deals/new"), "Fresh");
    assert_has_not(get(kit, "/deals/new"), "Negotiation");
}

static struct str order(struct kit *kit)
{
    struct res r = get_json(kit, "/types/boat");
    struct out o;
    out_init(&o, 4096);
    for (int i = 0; i < 4; i++)
        out_fmt(&o, STR_FMT " ", STR_ARG(kit_json(r, kit_path(kit, "data.fields.%d.name", i))));
    return out_take(&o, kit->arena);
}

static void fields_move_up_and_down(void **state)
{
    struct kit *kit = *state;
    boats(kit);
    field_is_made(kit, "boat", "{\"kind\": \"text\", \"label\": \"One\"}");
    field_is_made(kit, "boat", "{\"kind\": \"text\", \"label\": \"Two\"}");
    assert_true(str_is(order(kit), "title body one two "));
    assert_status(post(kit, "/types/boat/fields/two/moves", "to=up"), 303);
    assert_true(str_is(order(kit), "title body two one "));
    assert_status(post(kit, "/types/boat/fields/two/moves", "to=up"), 303);
    assert_true(str_is(order(kit), "title two body one "));
    assert_status(post(kit, "/types/boat/fields/title/moves", "to=up"), 303); /* the first one */
    assert_status(post(kit, "/types/boat/fields/title/moves", "to=down"), 303);
    assert_true(str_is(order(kit), "two title body one "));
    assert_status(post(kit, "/types/boat/fields/title/moves", "to=left"), 422);
    assert_status(post_json(kit, "/boats", "{\"title\": \"Heron\", \"two\": \"2\"}"), 201);
    assert_has(get(kit, "/types/boat"), "Name");
    assert_has(get(kit, "/boats"), "Heron");
}

static void a_type_is_made_whole_or_not_at_all(void **state) /* types RULE 3 */
{
    struct kit *kit = *state;
    ada(kit);
    kit_fail_sweep(kit, "POST", "/types", "noun=Boat&label=Boats&audience=staff&maker=staff", NULL);
    kit_fail_sweep(kit, "POST", "/types/boat/fields", "kind=money&label=Price", NULL);
    assert_status(post_json(kit, "/boats", "{\"title\": \"Heron\", \"price\": \"12.50 EUR\"}"),
                  201);
    assert_int_equal(sql_int(kit, "SELECT own_price FROM own_boats"), 1250);
    kit_fail_sweep(kit, "DELETE", "/types/boat/fields/price", "", NULL);
    kit_fail_sweep(kit, "POST", "/types/boat/fields/title/moves", "to=down", NULL);
}

static void a_type_has_four_hundred_fields(void **state)
{
    struct kit *kit = *state;
    boats(kit);
    kit->quiet = true;
    sql_run(kit, "UPDATE catalogs SET version = version + 1");
    for (int i = 7; i < FIELDS_MAX; i++)
        sql_run(kit, kit_path(kit,
                              "INSERT INTO fields (type, name, label, help, section, kind, flags,"
                              " position, config, made_at) VALUES ('boat', 'f%d', 'F', '', '',"
                              " 'refs', 0, 0, '{\"target\": \"boat\"}', 0)",
                              i));
    struct res r = field(kit, "boat", "{\"kind\": \"text\", \"label\": \"One more\"}");
    assert_status(r, 422);
    assert_has(r, "at most 400 fields");
    assert_status(patch_json(kit, "/types/boat/fields/f8", "{\"label\": \"Eight\"}"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_type_works_in_the_next_request),
        kit_test(votes_begin_later),
        kit_test(pages_make_and_change_them),
        kit_test(what_is_switched_off_is_hidden_and_comes_back),
        kit_test(choices_are_changed_one_by_one),
        kit_test(a_choice_in_use_is_switched_off),
        kit_test(the_page_of_choices_works_by_forms),
        kit_test(what_is_wrong_is_told_and_changes_nothing),
        kit_test(two_of_one_label_have_two_names),
        kit_test(a_choice_that_records_have_stays),
        kit_test(fields_move_up_and_down),
        kit_test(a_type_is_made_whole_or_not_at_all),
        kit_test(a_type_has_four_hundred_fields),
    };
    return kit_run(tests);
}
