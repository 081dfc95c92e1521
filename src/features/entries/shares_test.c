/* shares_test.c: records that are shared with customers, and all that is not. */
#include "http/feature.h"
#include "test/kit.h"
#include "test/rooms.h"

#include <jansson.h>

struct shop {
    struct person_kit *odile, *ada, *nkechi; /* staff, administrator, a customer */
    int64_t lids, cups;                      /* two deals */
    const char *path;                        /* of lids */
};

static int64_t id_of(struct res r)
{
    assert_status(r, 201);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    int64_t id = json_integer_value(json_object_get(json_object_get(root, "data"), "id"));
    json_decref(root);
    return id;
}

static int64_t deal(struct kit *kit, const char *title)
{
    return id_of(post_json(
        kit, "/deals",
        kit_path(kit,
                 "{\"title\": \"%s\", \"pipeline\": \"sales\", \"stage\": \"new\", \"amount\":"
                 " \"7777 EUR\", \"probability\": 61, \"next_step\": \"squeeze\"}",
                 title)));
}

static struct shop shop(struct kit *kit)
{
    struct shop s = {.odile = kit_person(kit, "odile", ROLE_STAFF),
                     .ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR),
                     .nkechi = kit_person(kit, "nkechi", ROLE_MEMBER)};
    as(kit, s.odile);
    s.lids = deal(kit, "Lids");
    s.cups = deal(kit, "Cups");
    s.path = kit_path(kit, "/deals/%lld", (long long)s.lids);
    return s;
}

static struct res share(struct kit *kit, const struct shop *s, const char *role)
{
    struct person_kit *was = kit->viewer;
    as(kit, s->odile);
    struct res r = post_json(
        kit, kit_path(kit, "%s/participants", s->path),
        kit_path(kit, "{\"person\": %lld, \"role\": \"%s\"}", (long long)s->nkechi->id, role));
    as(kit, was);
    return r;
}

static void a_customer_sees_what_is_shared(
    void **state) /* entries/shares RULES 1 and 2, access RULE 4 */
{
    struct kit *kit = *state;
    struct shop s = shop(kit);
    as(kit, s.nkechi);
    assert_status(get(kit, s.path), 404);
    assert_status(share(kit, &s, "takes part"), 201);
    as(kit, s.nkechi);
    struct res r = get_json(kit, s.path);
    assert_json_str(r, "data.title", "Lids");
    assert_json_str(r, "data.amount", "7777.00 EUR");
    static const char *const inner[] = {"data.probability", "data.expected", "data.next_step",
                                        "data.lost_reason"};
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
        assert_json_none(r, inner[i]);
    r = get(kit, kit_path(kit, "%s-lids", s.path));
    assert_status(r, 200);
    assert_has_not(r, "squeeze");
    assert_has_not(r, "Shared with"); /* RULE 1 */
    assert_status(get_json(kit, kit_path(kit, "%s/participants", s.path)), 403);
    r = get_json(kit, "/deals");
    assert_json_count(r, "data", 1);
    assert_has_not(r, "Cups");
    assert_has(get(kit, "/search?q=lids"), "Lids");
    assert_has_not(get(kit, "/search?q=cups"), "Cups");
    assert_status(patch_json(kit, s.path, "{\"stage\": \"won\"}"), 404);
    kit_settle(kit); /* shares RULE 2 */
    assert_has(get(kit, "/notifications"), "shared with you");
    assert_status(post_json(kit, kit_path(kit, "%s/comments", s.path), "{\"body\": \"When?\"}"),
                  201);
    as(kit, s.odile);
    assert_status(post_json(kit, kit_path(kit, "%s/comments", s.path), "{\"body\": \"Soon.\"}"),
                  201);
    kit_settle(kit);
    as(kit, s.nkechi);
    assert_has(get(kit, kit_path(kit, "%s-lids", s.path)), "Soon.");
    assert_has(get(kit, "/notifications"), "Lids");
    assert_status(share(kit, &s, "sees"), 201);
    assert_status(post_json(kit, kit_path(kit, "%s/comments", s.path), "{\"body\": \"Now?\"}"),
                  404);
    assert_status(get(kit, kit_path(kit, "%s-lids", s.path)), 200);
    as(kit, s.odile);
    r = get_json(kit, kit_path(kit, "%s/participants", s.path));
    assert_json_str(r, "data.audience", "staff");
    assert_json_str(r, "data.people.0.role", "sees");
    r = kit_request(kit, "DELETE",
                    kit_path(kit, "%s/participants/%lld", s.path, (long long)s.nkechi->id),
                    KIT_JSON, NULL, NULL);
    assert_status(r, 200);
    assert_json_count(r, "data.people", 0);
    as(kit, s.nkechi);
    assert_status(get(kit, s.path), 404);
    assert_json_count(get_json(kit, "/deals"), "data", 0);
    assert_has_not(get(kit, "/notifications"), "Lids");
}

static void shares_stand_in_the_history(void **state) /* shares RULES 1 and 3 */
{
    struct kit *kit = *state;
    struct shop s = shop(kit);
    const char *page = kit_path(kit, "%s-lids", s.path);
    assert_status(share(kit, &s, "sees"), 201);
    assert_status(share(kit, &s, "sees"), 201); /* it is so already */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions"), 1);
    as(kit, s.odile);
    assert_has(get(kit, page), "(sees)");
    assert_status(post_json(kit, kit_path(kit, "%s/revisions/1/undo", s.path), "{}"), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM participants"), 0);
    assert_status(post_json(kit, kit_path(kit, "%s/revisions/1/undo", s.path), "{}"), 409);
    assert_status(post_json(kit, kit_path(kit, "%s/revisions/2/undo", s.path), "{}"), 200);
    assert_true(str_is(sql_str(kit, "SELECT role FROM participants"), "sees"));
    /* For these alone. */
    assert_status(
        put_json(kit, kit_path(kit, "%s/audience", s.path), "{\"audience\": \"participants\"}"),
        200);
    assert_status(get(kit, page), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities a JOIN records r ON r.id ="
                                  " a.record_id WHERE a.audience <> r.audience"),
                     0);
    as(kit, kit_person(kit, "sven", ROLE_STAFF));
    assert_status(get(kit, page), 404);
    as(kit, s.nkechi);
    assert_status(get(kit, page), 200);
    as(kit, s.ada);
    assert_status(get(kit, page), 200);
    as(kit, s.odile);
    assert_status(post_json(kit, kit_path(kit, "%s/revisions/4/undo", s.path), "{}"), 200);
    as(kit, kit_person(kit, "sven", ROLE_STAFF));
    assert_status(get(kit, page), 200);
    assert_status(put_json(kit, kit_path(kit, "%s/audience", s.path), "{\"audience\": \"public\"}"),
                  422);
    assert_status(post_json(kit, kit_path(kit, "%s/participants", s.path), "{\"person\": 99999}"),
                  422);
    assert_status(post_json(kit, kit_path(kit, "%s/participants", s.path), "{}"), 422);
}

/* "/:type/:id/comments" as "/deals/12/comments"; empty: not about one record. */
static struct str of_deal(struct kit *kit, const char *path, int64_t id)
{
    struct str rest = str_of(path), part, out = S("");
    bool about = false;
    while (str_split(&rest, '/', &part)) {
        if (!part.n)
            continue;
        bool is_type = str_is(part, ":type"), is_id = str_is(part, ":id");
        about = about || is_id;
        part = is_type                      ? S("deals")
               : part.n && part.p[0] == ':' ? str_fmt(kit->arena, "%lld", (long long)id)
                                            : part;
        out = str_fmt(kit->arena, STR_FMT "/" STR_FMT, STR_ARG(out), STR_ARG(part));
    }
    return about ? out : S("");
}

static void every_route_denies_by_default(void **state) /* access RULES 4 and 6 */
{
    static const char *const methods[] = {
        [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE"};
    struct kit *kit = *state;
    struct shop s = shop(kit);
    size_t asked = 0;
    as(kit, s.nkechi);
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *r = (*f)->routes; r && r->path; r++) {
            bool ours = strncmp(r->path, "/:type/", 7) == 0 || strncmp(r->path, "/r/", 3) == 0 ||
                        strncmp(r->path, "/cards/", 7) == 0;
            struct str path = of_deal(kit, r->path, s.lids);
            if (!ours || !path.n || (r->flags & ROUTE_STREAM))
                continue;
            bool reads = r->method == GET;
            struct res answers[] = {
                kit_request(kit, methods[r->method], str_cstr(kit->arena, path), KIT_JSON,
                            reads ? NULL : KIT_JSON, reads ? NULL : "{}"),
                kit_request(kit, methods[r->method], str_cstr(kit->arena, path), KIT_PAGE,
                            reads ? NULL : KIT_FORM, reads ? NULL : "stage=won")};
            for (size_t i = 0; i < 2; i++) {
                if (answers[i].status < 400)
                    kit_wrong(answers[i], __FILE__, __LINE__, "%s %s", methods[r->method], r->path);
                assert_has_not(answers[i], "Lids");
                assert_has_not(answers[i], "7,777");
            }
            asked++;
        }
    assert_true(asked > 20);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'comment'"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deals WHERE stage = 'new'"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_customer_sees_what_is_shared),
        kit_test(shares_stand_in_the_history),
        kit_test(every_route_denies_by_default),
    };
    return kit_run(tests);
}
