/* roles_test.c: roles, what they say of types and fields, and teams: over HTTP, in every surface. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(each_kind_of_rule_lets_in_its_own),
        kit_test(several_roles_are_a_union),
    };
    return kit_run(tests);
}
