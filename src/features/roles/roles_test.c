/* roles_test.c: roles, what they say of types and fields, and teams: in every surface. */
#include "test/kit.h"
#include "test/rooms.h"

#include <jansson.h>

struct office {
    struct person_kit *ada, *odile, *sven, *tova,
        *nkechi;               /* administrator, three of the staff, one member */
    int64_t sales;             /* a role */
    int64_t mills, lids, cups; /* deals: of odile, of sven, of nobody */
};

static struct res delete_json(struct kit *kit, const char *path)
{
    return kit_request(kit, "DELETE", path, KIT_JSON, NULL, NULL);
}

static int64_t id_of(struct res r)
{
    assert_status(r, 201);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    int64_t id = json_integer_value(json_object_get(json_object_get(root, "data"), "id"));
    json_decref(root);
    assert_true(id > 0);
    return id;
}

static int64_t deal(struct kit *kit, const char *title, const char *stage, int64_t owner)
{
    return id_of(post_json(
        kit, "/deals",
        kit_path(kit,
                 "{\"title\": \"%s\", \"pipeline\": \"sales\", \"stage\": \"%s\","
                 " \"amount\": \"100 EUR\", \"next_step\": \"call %s\", \"owner\": \"%s\"}",
                 title, stage, title, owner ? kit_path(kit, "%lld", (long long)owner) : "")));
}

static void rule_put(struct kit *kit, int64_t role, const char *type, const char *json)
{
    struct person_kit *was = kit->viewer;
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(put_json(kit, kit_path(kit, "/roles/%lld/types/%s", (long long)role, type), json),
                  200);
    as(kit, was);
}

static void field_put(struct kit *kit, int64_t role, const char *type, const char *field,
                      const char *may)
{
    struct person_kit *was = kit->viewer;
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(
        put_json(kit, kit_path(kit, "/roles/%lld/types/%s/fields/%s", (long long)role, type, field),
                 kit_path(kit, "{\"may\": \"%s\"}", may)),
        200);
    as(kit, was);
}

static void give(struct kit *kit, const char *what, int64_t id, const struct person_kit *who)
{
    struct person_kit *was = kit->viewer;
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(post_json(kit, kit_path(kit, "/%s/%lld/people", what, (long long)id),
                            kit_path(kit, "{\"person\": %lld}", (long long)who->id)),
                  201);
    as(kit, was);
}

static int64_t group(struct kit *kit, const char *what, const char *name)
{
    struct person_kit *was = kit->viewer;
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    int64_t id = id_of(
        post_json(kit, kit_path(kit, "/%s", what), kit_path(kit, "{\"name\": \"%s\"}", name)));
    as(kit, was);
    return id;
}

static struct office office(struct kit *kit)
{
    struct office o = {.ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR),
                       .odile = kit_person(kit, "odile", ROLE_STAFF),
                       .sven = kit_person(kit, "sven", ROLE_STAFF),
                       .tova = kit_person(kit, "tova", ROLE_STAFF),
                       .nkechi = kit_person(kit, "nkechi", ROLE_MEMBER)};
    as(kit, o.ada);
    o.sales = group(kit, "roles", "Sales");
    o.mills = deal(kit, "Mills", "new", o.odile->id);
    o.lids = deal(kit, "Lids", "won", o.sven->id);
    o.cups = deal(kit, "Cups", "won", 0);
    return o;
}

static void sees(struct kit *kit, struct person_kit *who, const char *titles)
{
    as(kit, who);
    struct res r = get_json(kit, "/deals?sort=created_at");
    assert_status(r, 200);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL), *row;
    struct str all = S("");
    size_t i;
    json_array_foreach(json_object_get(root, "data"), i, row) all =
        str_fmt(kit->arena, STR_FMT "%s%s", STR_ARG(all), i ? " " : "",
                json_string_value(json_object_get(row, "title")));
    json_decref(root);
    assert_string_equal(str_cstr(kit->arena, all), titles);
}

#define RULE(sees) "{\"sees\": \"" sees "\", \"changes\": \"" sees "\"}"

static void each_kind_of_rule_lets_in_its_own(void **state) /* rights RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    give(kit, "roles", o.sales, o.odile);
    sees(kit, o.odile, "Mills Lids Cups"); /* it says nothing yet */
    rule_put(kit, o.sales, "deal", RULE("none"));
    sees(kit, o.odile, "");
    sees(kit, o.sven, "Mills Lids Cups");
    rule_put(kit, o.sales, "deal", RULE("owner"));
    sees(kit, o.odile, "Mills");
    rule_put(kit, o.sales, "deal", RULE("team"));
    sees(kit, o.odile, "Mills");
    int64_t north = group(kit, "teams", "North");
    give(kit, "teams", north, o.odile);
    sees(kit, o.odile, "Mills");
    give(kit, "teams", north, o.sven);
    sees(kit, o.odile, "Mills Lids");
    as(kit, o.ada);
    assert_status(delete_json(kit, kit_path(kit, "/teams/%lld/people/%lld", (long long)north,
                                            (long long)o.sven->id)),
                  200);
    sees(kit, o.odile, "Mills");
    rule_put(kit, o.sales, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"stage=won\", \"changes\": \"none\"}");
    sees(kit, o.odile, "Lids Cups");
    rule_put(kit, o.sales, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"/deals?owner=me&match=any&title.has=it's"
             " cup\", \"changes\": \"none\"}");
    sees(kit, o.odile, "Mills");
    rule_put(kit, o.sales, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"created_at.gte=-1d&owner=team\","
             " \"changes\": \"none\"}");
    sees(kit, o.odile, "Mills");
    kit_pass(kit, 3 * CLOCK_DAY); /* days move on also where a text was kept */
    sees(kit, o.odile, "");
    rule_put(kit, o.sales, "deal", RULE("audience"));
    sees(kit, o.odile, "Mills Lids Cups");
    sees(kit, o.nkechi, "");
    give(kit, "roles", o.sales, o.nkechi); /* as her base role says: nothing */
    sees(kit, o.nkechi, "");
    rule_put(kit, o.sales, "deal", RULE("all"));
    sees(kit, o.nkechi, "Mills Lids Cups");
    sql_run(kit,
            kit_path(kit, "UPDATE records SET audience = 5 WHERE id = %lld", (long long)o.lids));
    sees(kit, o.odile, "Mills Cups"); /* rights RULE 4 */
    sql_run(kit,
            kit_path(kit, "UPDATE records SET audience = 4 WHERE id = %lld", (long long)o.lids));
    as(kit, o.ada);
    assert_status(delete_json(kit, kit_path(kit, "/roles/%lld", (long long)o.sales)), 200);
    sees(kit, o.nkechi, "");
    assert_int_equal(sql_int(kit, "SELECT SUM(roles) FROM accounts"), 0);
}

static void what_one_makes_one_looks_after(void **state) /* entries RULE 7 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    give(kit, "roles", o.sales, o.sven);
    rule_put(kit, o.sales, "deal",
             "{\"sees\": \"owner\", \"changes\": \"owner\", \"makes\": \"yes\"}");
    as(kit, o.sven);
    struct res r = post_json(kit, "/deals", "{\"title\": \"Own\"}");
    assert_status(r, 201);
    assert_int_equal(sql_int(kit, "SELECT owner_id FROM records WHERE title = 'Own'"), o.sven->id);
    r = get_json(kit, kit_path(kit, "/deals/" STR_FMT, STR_ARG(kit_json(r, "data.id"))));
    assert_json_str(r, "data.title", "Own");
    assert_has(get(kit, "/deals/new"), kit_path(kit, "value=\"%lld\"", (long long)o.sven->id));
    assert_status(post_json(kit, "/deals", "{\"title\": \"Nobody's\", \"owner\": null}"), 201);
    assert_int_equal(sql_int(kit, "SELECT COUNT(owner_id) FROM records WHERE title LIKE 'Nobody%'"),
                     0);
    /* Not what a customer begins. */
    as(kit, o.ada);
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Case\", \"label\": \"Cases\","
                            " \"audience\": \"staff\", \"maker\": \"member\"}"),
                  201);
    as(kit, o.nkechi);
    assert_status(post_json(kit, "/cases", "{\"title\": \"It leaks\"}"), 201);
    assert_int_equal(sql_int(kit, "SELECT COUNT(owner_id) FROM records WHERE type = 'case'"), 0);
}

/* Of a record below, the rule speaks of its root: the words of the filter stay as they are. */
static void words_of_a_filter_are_no_sql(void **state)
{
    struct kit *kit = *state;
    struct office o = office(kit);
    int64_t toys = deal(kit, "Toys r.us ?1 @access@", "new", 0);
    int64_t said = id_of(post_json(kit, kit_path(kit, "/deals/%lld/comments", (long long)toys),
                                   "{\"body\": \"Fine\"}"));
    const char *path = kit_path(kit, "/comments/%lld/votes", (long long)said);
    give(kit, "roles", o.sales, o.odile);
    rule_put(kit, o.sales, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"title.has=toys+r.us+%3F1+@access@\","
             " \"changes\": \"none\"}");
    sees(kit, o.odile, "Toys r.us ?1 @access@");
    assert_status(get_json(kit, path), 200);
    rule_put(kit, o.sales, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"title.has=rr.us\", \"changes\": \"none\"}");
    sees(kit, o.odile, "");
    assert_status(get_json(kit, path), 404);
}

static void several_roles_are_a_union(void **state) /* rights RULE 1 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    int64_t support = group(kit, "roles", "Support"), press = group(kit, "roles", "Press");
    rule_put(kit, o.sales, "deal", RULE("owner"));
    rule_put(kit, support, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"owner.empty=yes\", \"changes\": \"none\"}");
    rule_put(kit, press, "organisation", RULE("none"));
    give(kit, "roles", o.sales, o.sven);
    give(kit, "roles", press, o.sven);
    sees(kit, o.sven, "Lids");
    give(kit, "roles", support, o.sven);
    sees(kit, o.sven, "Lids Cups");
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)o.lids), "{\"stage\": \"new\"}"),
        200);
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)o.cups), "{\"stage\": \"new\"}"),
        404);
    assert_status(delete_json(kit, kit_path(kit, "/deals/%lld", (long long)o.lids)), 404);
    assert_status(post_json(kit, "/deals", "{\"title\": \"x\"}"), 403);
    field_put(kit, o.sales, "deal", "amount", "hidden");
    assert_has(get_json(kit, kit_path(kit, "/deals/%lld", (long long)o.lids)), "100.00 EUR");
    field_put(kit, support, "deal", "amount", "hidden");
    assert_has_not(get_json(kit, kit_path(kit, "/deals/%lld", (long long)o.lids)), "100.00 EUR");
    rule_put(kit, support, "deal",
             "{\"sees\": \"none\", \"changes\": \"all\", \"makes\": true, \"deletes\": true}");
    sees(kit, o.sven, "Lids");
    assert_status(delete_json(kit, kit_path(kit, "/deals/%lld", (long long)o.lids)), 200);
    assert_status(
        post_json(kit, "/deals", "{\"title\": \"x\", \"pipeline\": \"sales\", \"stage\": \"new\"}"),
        201);
}

/* ---- every surface ---- */

struct surface {
    const char *path; /* %lld: the deal */
    int status;       /* to whom it is hidden; 0: it answers, without the word */
    bool json;
};

static const struct surface surfaces[] = {
    {"/deals", 0, false},
    {"/deals", 0, true},
    {"/deals.csv", 0, false},
    {"/deals.atom", 0, false},
    {"/deals?q=lids", 0, true},
    {"/deals?stage=won", 0, true},
    {"/deals?as=board", 0, false},
    {"/deals?as=board", 0, true},
    {"/deals?as=calendar", 0, false},
    {"/deals?as=gallery", 0, false},
    {"/deals?group=stage", 0, false},
    {"/deals/%lld", 404, false},
    {"/deals/%lld", 404, true},
    {"/deals/%lld/edit", 404, false},
    {"/deals/%lld/fields/stage", 404, false},
    {"/deals/%lld/revisions", 404, true},
    {"/deals/%lld/participants", 404, true},
    {"/deals/%lld/merges/new", 404, false},
    {"/r/%lld", 404, false},
    {"/cards/%lld", 404, false},
    {"/cards/%lld", 404, true},
    {"/names?type=deal&q=lid", 0, false},
    {"/search?q=lids", 0, false},
    {"/search?q=lids", 0, true},
    {"/search?q=type:deal", 0, true},
    {"/changes", 0, true},
    {"/organisations/%lld-nordlicht", 0, false},
    {"/duplicates/near?type=deal&title=Lids", 0, false},
    {"/watches", 0, true},
    {"/", 0, false},
    {"/notifications", 0, true},
    {"/people/sven", 0, false},
};

static void never_shown(struct kit *kit, struct person_kit *who, int64_t deal, int64_t org)
{
    as(kit, who);
    for (size_t i = 0; i < sizeof surfaces / sizeof *surfaces; i++) {
        const struct surface *s = &surfaces[i];
        bool of_org = strncmp(s->path, "/organisations", 14) == 0;
        char path[200];
        snprintf(path, sizeof path, s->path, (long long)(of_org ? org : deal));
        struct res r = s->json ? get_json(kit, path) : get(kit, path);
        if (s->status)
            assert_status(r, who->role < ROLE_STAFF && r.status == 403 ? 403 : s->status);
        else if (r.status >= 400 && who->role >= ROLE_STAFF)
            kit_wrong(r, __FILE__, __LINE__, "%s", path);
        assert_has_not(r, "Lids");
        assert_has_not(r, "-lids");
        assert_has_not(r, "777,777,777");
        assert_has_not(r, "777777777"); /* more than a token holds by chance */
    }
}

static void what_a_role_does_not_show_is_nowhere(void **state) /* access RULE 7, rights RULE 6 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    as(kit, o.ada);
    int64_t org = id_of(post_json(kit, "/organisations", "{\"title\": \"Nordlicht\"}"));
    assert_status(patch_json(kit, kit_path(kit, "/deals/%lld", (long long)o.lids),
                             kit_path(kit,
                                      "{\"organisation\": %lld, \"amount\": \"777777777 EUR\","
                                      " \"close_on\": \"2027-01-01\"}",
                                      (long long)org)),
                  200);
    assert_status(post_json(kit, kit_path(kit, "/deals/%lld/comments", (long long)o.lids),
                            "{\"body\": \"Lids and @tova\"}"),
                  201);
    kit_settle(kit);
    as(kit, o.tova);
    assert_has(get(kit, kit_path(kit, "/organisations/%lld-nordlicht", (long long)org)),
               "777,777,777");
    assert_has(get(kit, "/notifications"), "Lids");
    assert_has(get_json(kit, "/changes"), "-lids");
    as(kit, o.ada);
    deal(kit, "Trays", "new", o.tova->id);
    give(kit, "roles", o.sales, o.tova);
    rule_put(kit, o.sales, "deal", RULE("owner"));
    sees(kit, o.tova, "Trays");
    never_shown(kit, o.tova, o.lids, org);
    never_shown(kit, o.nkechi, o.lids, org); /* and by default */
    as(kit, o.tova);
    const char *path = kit_path(kit, "/deals/%lld", (long long)o.lids);
    assert_status(patch_json(kit, path, "{\"stage\": \"new\"}"), 404);
    assert_status(delete_json(kit, path), 404);
    assert_status(post_json(kit, kit_path(kit, "%s/comments", path), "{\"body\": \"x\"}"), 404);
    assert_status(post_json(kit, kit_path(kit, "%s/merges", path),
                            kit_path(kit, "{\"from\": %lld}", (long long)o.mills)),
                  404);
    assert_status(post_json(kit, "/notes",
                            kit_path(kit, "{\"title\": \"x\", \"deal\": %lld}", (long long)o.lids)),
                  422);
    assert_status(get_json(kit, "/organisations?won_amount.gt=1"), 400);
    struct res r = get_json(kit, "/deals?as=board&by=stage");
    assert_has_not(r, "\"n\":2"); /* columns count what is seen */
    /* What is changed in bulk is only what is seen. */
    assert_status(
        post(kit, "/deals/bulk", "all=1&query=stage.in%3Dnew%2Cwon&do=set&set=stage%3Dlost"), 303);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals WHERE stage = 'lost'"), 1);
    rule_put(kit, o.sales, "deal", RULE("all"));
    as(kit, o.tova);
    assert_has(get(kit, kit_path(kit, "/organisations/%lld-nordlicht", (long long)org)),
               "777,777,777");
    assert_has(get(kit, "/notifications"), "Lids");
}

static void fields_are_read_and_written_as_roles_say(void **state) /* rights RULES 3 and 6 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    const char *path = kit_path(kit, "/deals/%lld", (long long)o.mills);
    give(kit, "roles", o.sales, o.odile);
    rule_put(kit, o.sales, "deal", RULE("all"));
    field_put(kit, o.sales, "deal", "amount", "hidden");
    field_put(kit, o.sales, "deal", "stage", "read");
    as(kit, o.odile);
    assert_json_none(get_json(kit, path), "data.amount");
    assert_json_none(get_json(kit, path), "data.expected"); /* it is computed from the amount */
    assert_has_not(get(kit, path), "100.00 EUR");
    assert_has_not(get(kit, "/deals.csv"), "100.00");
    assert_has_not(get(kit, "/cards/1"), "100.00");
    assert_status(get_json(kit, "/deals?amount.gt=1"), 400);
    assert_status(get_json(kit, "/deals?sort=amount"), 400);
    assert_status(patch_json(kit, path, "{\"amount\": \"1 EUR\"}"), 422);
    assert_status(patch_json(kit, path, "{\"stage\": \"won\"}"), 422);
    assert_status(patch_json(kit, path, "{\"close_on\": \"2027-02-01\"}"), 200);
    assert_json_str(get_json(kit, path), "data.stage", "new");
    as(kit, o.sven); /* without the role all is as it was: rights RULE 3 */
    assert_json_str(get_json(kit, path), "data.amount", "100.00 EUR");
    assert_status(patch_json(kit, path, "{\"amount\": \"2 EUR\", \"stage\": \"won\"}"), 200);
    as(kit, o.odile); /* nor in what happened */
    assert_has_not(get(kit, path), "2.00 EUR");
    give(kit, "roles", o.sales, o.nkechi); /* a member may be shown what is for staff */
    as(kit, o.nkechi);
    assert_json_none(get_json(kit, path), "data.next_step");
    field_put(kit, o.sales, "deal", "next_step", "write");
    assert_json_str(get_json(kit, path), "data.next_step", "call Mills");
    assert_status(patch_json(kit, path, "{\"next_step\": \"wait\"}"), 200);
    as(kit, o.ada);
    assert_status(put_json(kit,
                           kit_path(kit, "/roles/%lld/types/deal/fields/title", (long long)o.sales),
                           "{\"may\": \"hidden\"}"),
                  409); /* roles RULE 4 */
}

static void a_rule_that_cannot_be_read_lets_nobody_in(
    void **state) /* rights RULE 5, roles RULE 3 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    as(kit, o.ada);
    assert_status(
        post_json(kit, "/types/deal/fields", "{\"label\": \"Region\", \"kind\": \"text\"}"), 201);
    give(kit, "roles", o.sales, o.odile);
    rule_put(kit, o.sales, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"region.empty=yes\","
             " \"changes\": \"none\"}");
    sees(kit, o.odile, "Mills Lids Cups");
    as(kit, o.ada);
    assert_status(delete_json(kit, "/types/deal/fields/region"), 200);
    sees(kit, o.odile, "");
    as(kit, o.ada);
    assert_has(get(kit, kit_path(kit, "/roles/%lld", (long long)o.sales)), "lets nobody in");
    assert_status(post_json(kit, "/types/deal/fields/region/restore", "{}"), 200);
    sees(kit, o.odile, "Mills Lids Cups");
    sql_run(kit, "UPDATE role_types SET sees = 'everything'");
    sql_run(kit, "UPDATE catalogs SET version = version + 1");
    sees(kit, o.odile, "");
    static const char *const wrong[] = {
        "{\"sees\": \"filter\", \"sees_filter\": \"colour=red\", \"changes\": \"none\"}",
        "{\"sees\": \"filter\", \"sees_filter\": \"\", \"changes\": \"none\"}",
        "{\"sees\": \"filter\", \"sees_filter\": \"sort=amount\", \"changes\": \"none\"}",
        "{\"sees\": \"filter\", \"sees_filter\": \"q=lids\", \"changes\": \"none\"}",
        "{\"sees\": \"some\", \"changes\": \"none\"}",
        "{\"changes\": \"none\"}",
    };
    as(kit, o.ada);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_status(
            put_json(kit, kit_path(kit, "/roles/%lld/types/deal", (long long)o.sales), wrong[i]),
            422);
}

static void changes_of_roles_hold_at_once(
    void **state) /* rights RULE 7, rights_make RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    give(kit, "roles", o.sales, o.odile);
    int64_t version = sql_int(kit, "SELECT version FROM catalogs");
    int64_t cuts = sql_int(kit, "SELECT COUNT(*) FROM live_cuts");
    for (int i = 0; i < 6; i++) { /* readers and the writer have connections of their own */
        rule_put(kit, o.sales, "deal", i % 2 ? RULE("all") : RULE("none"));
        sees(kit, o.odile, i % 2 ? "Mills Lids Cups" : "");
        as(kit, o.odile);
        assert_status(patch_json(kit, kit_path(kit, "/deals/%lld", (long long)o.lids),
                                 "{\"stage\": \"new\"}"),
                      i % 2 ? 200 : 404);
    }
    assert_true(sql_int(kit, "SELECT version FROM catalogs") > version);
    assert_true(sql_int(kit, "SELECT COUNT(*) FROM live_cuts") > cuts);
    kit_reopen(kit);
    sees(kit, o.odile, "Mills Lids Cups");
    assert_status(post(kit, "/roles", "name=Mine"), 403); /* roles RULE 1 */
    assert_status(get(kit, "/roles"), 403);
    assert_status(get(kit, "/teams"), 200);
    assert_status(post(kit, "/teams", "name=Mine"), 403);
    rule_put(kit, o.sales, "deal", RULE("none")); /* roles RULE 2 */
    sees(kit, o.odile, "");
}

static void lists_know_ones_team(void **state) /* select RULE 3 */
{
    struct kit *kit = *state;
    struct office o = office(kit);
    as(kit, o.odile);
    assert_json_count(get_json(kit, "/deals?owner=team"), "data", 1); /* oneself */
    int64_t north = group(kit, "teams", "North");
    give(kit, "teams", north, o.odile);
    give(kit, "teams", north, o.sven);
    as(kit, o.odile);
    assert_json_count(get_json(kit, "/deals?owner=team"), "data", 2);
    assert_json_count(get_json(kit, "/deals?owner.not=team"), "data", 1);
    assert_json_count(get_json(kit, "/deals?owner=team&stage=won"), "data", 1);
    assert_has(get(kit, "/deals?owner=team"), "my team");
    assert_header(get(kit, "/deals?add=owner&op=&to_text=My+team"), "Location",
                  "/deals?owner=team");
    assert_status(get_json(kit, "/deals?title=team"), 200);
    assert_status(get_json(kit, "/deals?organisation=team"), 400); /* no people */
    as(kit, o.tova);
    assert_json_count(get_json(kit, "/deals?owner=team"), "data", 0);
}

/* Sven, whose role shows new deals only. */
static struct person_kit *new_deals_seller(struct kit *kit)
{
    struct person_kit *sven = kit_person(kit, "sven", ROLE_STAFF);
    int64_t role = group(kit, "roles", "Sales");
    give(kit, "roles", role, sven);
    rule_put(kit, role, "deal",
             "{\"sees\": \"filter\", \"sees_filter\": \"stage=new\", \"changes\": \"none\"}");
    return sven;
}

/* Who is told of a deal sees nothing of it when their role shows it no more: no notice, no number
 * at the bell, and no letter was ordered of what they never saw. */
static void the_bell_counts_what_one_sees(void **state) /* rights RULE 2, access RULE 6 */
{
    struct kit *kit = *state;
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    struct person_kit *sven = new_deals_seller(kit);
    as(kit, odile);
    int64_t lids = deal(kit, "Lids", "new", 0), cups = deal(kit, "Cups", "won", 0);
    const int64_t deals[] = {lids, cups};
    for (size_t i = 0; i < 2; i++)
        assert_status(post_json(kit, kit_path(kit, "/deals/%lld/comments", (long long)deals[i]),
                                "{\"body\": \"@sven look\"}"),
                      201);
    kit_settle(kit);
    as(kit, sven);
    assert_json_int(get_json(kit, "/notifications/bell"), "data.unseen", 1);
    struct res r = get(kit, "/notifications");
    assert_has(r, "Lids");
    assert_has_not(r, "Cups");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE subject LIKE '%Cups%'"), 0);
    as(kit, odile);
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)lids), "{\"stage\": \"won\"}"),
        200);
    kit_settle(kit);
    as(kit, sven);
    assert_json_int(get_json(kit, "/notifications/bell"), "data.unseen", 0);
    assert_has_not(get(kit, "/notifications"), "Lids");
}

static void mention_sven(struct kit *kit, struct person_kit *by, int64_t deal)
{
    as(kit, by);
    assert_status(post_json(kit, kit_path(kit, "/deals/%lld/comments", (long long)deal),
                            "{\"body\": \"@sven look\"}"),
                  201);
    kit_settle(kit);
}

static int64_t letters_with(struct kit *kit, const char *words)
{
    return sql_int(kit, kit_path(kit,
                                 "SELECT COUNT(*) FROM mails WHERE address = 'sven@example.org'"
                                 " AND body LIKE '%%%s%%'",
                                 words));
}

/* At once, and of what a role shows no more when it is time for the letter: news RULE 2. */
static void letters_tell_what_one_sees(void **state) /* rights RULE 2, access RULE 6 */
{
    struct kit *kit = *state;
    kit_settle(kit); /* the consumer begins here */
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    struct person_kit *sven = new_deals_seller(kit);
    sql_run(kit, "UPDATE identities SET verified_at = 1");
    kit->app->options.base_url = "http://hub.test";
    as(kit, odile);
    int64_t lids = deal(kit, "Lids", "new", 0), cups = deal(kit, "Cups", "won", 0);
    mention_sven(kit, odile, lids);
    mention_sven(kit, odile, cups);
    assert_int_equal(letters_with(kit, "Lids"), 1);
    assert_int_equal(letters_with(kit, "Cups"), 0);
    as(kit, sven);
    assert_status(post(kit, "/account/letters", "_method=PUT&mention=daily"), 303);
    mention_sven(kit, odile, lids);
    as(kit, odile);
    int64_t mugs = deal(kit, "Mugs", "new", 0);
    mention_sven(kit, odile, mugs);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE reason = 'mention'"), 2);
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)lids), "{\"stage\": \"won\"}"),
        200);
    kit_pass(kit, CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(letters_with(kit, "Lids"), 1);
    assert_int_equal(letters_with(kit, "Mugs"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE reason = 'mention'"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(the_bell_counts_what_one_sees),
        kit_test(letters_tell_what_one_sees),
        kit_test(each_kind_of_rule_lets_in_its_own),
        kit_test(what_one_makes_one_looks_after),
        kit_test(words_of_a_filter_are_no_sql),
        kit_test(several_roles_are_a_union),
        kit_test(what_a_role_does_not_show_is_nowhere),
        kit_test(fields_are_read_and_written_as_roles_say),
        kit_test(a_rule_that_cannot_be_read_lets_nobody_in),
        kit_test(changes_of_roles_hold_at_once),
        kit_test(lists_know_ones_team),
    };
    return kit_run(tests);
}
