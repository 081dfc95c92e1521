/* openapi_test.c: proves RULE 1 of openapi.c; RULE 2 is test/outside/openapi.mjs's. */
#include <jansson.h>

#include "http/router.h"
#include "test/kit.h"

static json_t *description(struct kit *kit)
{
    struct res r = get(kit, "/openapi.json");
    assert_status(r, 200);
    assert_header(r, "Content-Type", "application/json");
    json_error_t error;
    json_t *root = json_loadb(r.body.p, r.body.n, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s at %d", error.text, error.position);
    return root;
}

static const json_t *at(const json_t *root, const char *const *keys)
{
    for (; *keys && root; keys++)
        root = json_object_get(root, *keys);
    return root;
}
#define AT(root, ...) at((root), (const char *const[]){__VA_ARGS__, NULL})

/* "/ideas/:id/votes" as "/ideas/{id}/votes". */
static const char *described_path(struct kit *kit, const char *path)
{
    struct str rest = str_from(str_of(path), 1), one, made = S("");
    while (str_split(&rest, '/', &one))
        made = one.n && one.p[0] == ':'
                   ? str_fmt(kit->arena, STR_FMT "/{" STR_FMT "}", STR_ARG(made),
                             STR_ARG(str_from(one, 1)))
                   : str_fmt(kit->arena, STR_FMT "/" STR_FMT, STR_ARG(made), STR_ARG(one));
    return made.n ? made.p : "/";
}

static void every_route_is_described(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    json_t *root = description(kit);
    size_t n, operations = 0;
    const struct router_route *all = router_routes(kit->app->router, &n);
    for (size_t i = 0; i < n; i++) {
        const struct route *r = all[i].route;
        if (str_starts(str_of(r->path), S("/:type")))
            continue;
        struct str method = str_lower(kit->arena, str_of(method_name(r->method)));
        if (!AT(root, "paths", described_path(kit, r->path), str_cstr(kit->arena, method)))
            fail_msg("%s %s is not described", method_name(r->method), r->path);
        operations++;
    }
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach(json_object_get(root, "paths"), path, item)
    {
        assert_null(strchr(path, ':'));
        assert_int_not_equal(strncmp(path, "/{type}", 7), 0); /* each type's own */
        json_object_foreach(item, method, operation)
        {
            assert_non_null(json_object_get(operation, "operationId"));
        }
    }
    assert_true(operations > 100);
    json_decref(root);
}

static void what_a_route_declares_is_there(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    json_t *root = description(kit);
    const json_t *propose = AT(root, "paths", "/ideas", "post");
    const json_t *form = AT(propose, "requestBody", "content", "application/json", "schema");
    assert_int_equal(json_integer_value(AT(form, "properties", "title", "maxLength")), 500);
    assert_string_equal(json_string_value(AT(form, "properties", "space", "type")), "integer");
    assert_true(json_is_false(AT(form, "additionalProperties")));
    assert_int_equal(json_array_size(AT(form, "required")), 3);
    assert_int_equal(json_integer_value(AT(propose, "x-rate", "times")), 20);
    assert_non_null(AT(propose, "responses", "201"));
    assert_non_null(AT(propose, "responses", "429"));
    assert_null(AT(root, "paths", "/ideas", "get", "responses", "429"));
    const json_t *role = AT(root, "paths", "/people/{id}/role", "put");
    const json_t *scopes = json_object_get(json_array_get(AT(role, "security"), 0), "token");
    assert_string_equal(json_string_value(json_array_get(scopes, 0)), "admin");
    const json_t *record = AT(root, "components", "schemas", "Record");
    assert_string_equal(json_string_value(AT(record, "properties", "created_at", "format")),
                        "date-time");
    assert_null(AT(record, "properties", "audience")); /* hidden */
    json_decref(root);
}

/* Fields whose names a table cannot list: by their beginning, or any. */
static void open_forms_are_there(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
    json_t *root = description(kit);
    const json_t *plan = AT(root, "paths", "/deals/imports/{id}", "patch", "requestBody", "content",
                            "application/json", "schema");
    assert_string_equal(json_string_value(AT(plan, "patternProperties", "^map\\.", "type")),
                        "string");
    assert_true(json_is_false(AT(plan, "additionalProperties")));
    assert_null(AT(plan, "properties", "map."));
    const json_t *merge = AT(root, "paths", "/deals/{id}/merges", "post", "requestBody", "content",
                             "application/json", "schema");
    assert_int_equal(json_array_size(AT(merge, "additionalProperties", "enum")), 3);
    assert_string_equal(json_string_value(AT(merge, "properties", "from", "type")), "integer");
    json_decref(root);
}

static void it_is_read_once(void **state)
{
    struct kit *kit = *state;
    struct res r = get_json(kit, "/openapi");
    assert_status(r, 200);
    kit_header(kit, "If-None-Match: " STR_FMT, STR_ARG(res_head(r, "ETag")));
    assert_status(get_json(kit, "/openapi"), 304);
}

/* Of its records: what the schema says of a field, or NULL. */
static const json_t *property(const json_t *root, const char *type, const char *field)
{
    return AT(root, "components", "schemas", type, "properties", field);
}

static bool has_parameter(const json_t *root, const char *path, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(AT(root, "paths", path, "get", "parameters"), i,
                       one) if (json_is_string(json_object_get(one, "name")) &&
                                strcmp(json_string_value(json_object_get(one, "name")), name) ==
                                    0) return true;
    return false;
}

static void types_are_described_as_they_are(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    as(kit, ada);
    json_t *root = description(kit);
    assert_null(AT(root, "paths", "/boats"));
    assert_null(AT(root, "paths", "/{type}"));
    assert_non_null(AT(root, "paths", "/deals/{id}/comments", "post"));
    json_decref(root);
    assert_status(post_json(kit, "/types",
                            "{\"noun\": \"Boat\", \"label\": \"Boats\", \"audience\": \"public\","
                            " \"maker\": \"member\"}"),
                  201);
    assert_status(
        post_json(kit, "/types/boat/fields",
                  "{\"kind\": \"choice\", \"label\": \"State\", \"flags\": [\"required\"],"
                  " \"choices\": \"afloat = Afloat\\nsunk = Sunk\"}"),
        201);
    assert_status(post_json(kit, "/types/boat/fields",
                            "{\"kind\": \"money\", \"label\": \"Price\", \"flags\": [\"staff\"]}"),
                  201);
    root = description(kit);
    const json_t *form =
        AT(root, "paths", "/boats", "post", "requestBody", "content", "application/json", "schema");
    assert_int_equal(json_array_size(AT(form, "properties", "state", "enum")), 2);
    assert_int_equal(json_array_size(AT(form, "required")), 1);
    assert_string_equal(json_string_value(AT(form, "properties", "state", "default")), "afloat");
    assert_non_null(AT(form, "properties", "price"));
    assert_null(AT(form, "properties", "created_at"));
    assert_int_equal(json_array_size(AT(root, "paths", "/boats/{id}", "patch", "requestBody",
                                        "content", "application/json", "schema", "required")),
                     0);
    assert_true(json_is_true(json_object_get(property(root, "boat", "created_at"), "readOnly")));
    assert_true(has_parameter(root, "/boats", "state.in"));
    assert_true(has_parameter(root, "/boats", "price.gte"));
    json_decref(root);
    as(kit, NULL); /* what is for staff is not described to others, */
    root = description(kit);
    assert_non_null(property(root, "boat", "state"));
    assert_null(property(root, "boat", "price"));
    assert_false(has_parameter(root, "/boats", "price.gte"));
    assert_null(AT(root, "paths", "/deals"));
    json_decref(root);
    as(kit, ada); /* nor what is switched off to anybody */
    assert_status(del(kit, "/types/boat/fields/state"), 303);
    root = description(kit);
    assert_null(property(root, "boat", "state"));
    json_decref(root);
    assert_status(del(kit, "/types/boat"), 303);
    root = description(kit);
    assert_null(AT(root, "paths", "/boats"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(every_route_is_described),
        kit_test(what_a_route_declares_is_there),
        kit_test(open_forms_are_there),
        kit_test(it_is_read_once),
        kit_test(types_are_described_as_they_are),
    };
    return kit_run(tests);
}
