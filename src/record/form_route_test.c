/* form_route_test.c: forms and what their route declares, on a feature of its own. */
#include "record/form.h"
#include "test/kit.h"

static const char *const colours[] = {"red", "green", "blue", NULL};

static const struct form_rule declared[] = {
    {"name", .label = "Name", .required = true},
    {"colours", .label = "Colours", .choices = colours, .many = true},
    {0},
};
static const struct form_rule other[] = {{"name", .label = "Name"}, {0}};
static const struct form_rule query[] = {
    {"colour", .choices = colours},
    {"n", .whole = true},
    {0},
};

struct thing {
    struct str name, colours;
};

static const struct part thing_parts[] = {
    PART(TEXT, "name", struct thing, name),
    PART(TEXT, "colours", struct thing, colours),
    {0},
};

static int read_with(struct req *rq, const struct form_rule *rules)
{
    struct form form;
    if (!form_read(rq, rules, &form))
        return form_refuse(rq, &form);
    struct thing thing = {form_get(&form, "name"), form_get(&form, "colours")};
    return answer_updated(rq, S("/"), &(struct answer){.data = &thing});
}

static int things_change(struct req *rq)
{
    return read_with(rq, declared);
}

static int things_mistake(struct req *rq)
{
    return read_with(rq, other);
}

static int things_index(struct req *rq)
{
    const char *wrong = query_wrong(rq);
    if (wrong)
        return refuse(rq, 400, wrong);
    return rq->status = 204;
}

static const struct route routes[] = {
    {GET, "/things", things_index, ANYONE, .query = query},
    {POST, "/things", things_change, MEMBER, .form = declared, .answers = thing_parts},
    {PATCH, "/things", things_change, MEMBER, .form = declared, .answers = thing_parts},
    {POST, "/mistakes", things_mistake, MEMBER, .form = declared, .answers = thing_parts},
    {0},
};
static const struct feature things_feature = {.name = "things", .routes = routes};
const struct feature *const features[] = {&things_feature, NULL};

static void a_route_reads_the_form_that_it_declares(void **state) /* form RULE 4 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_status(post_json(kit, "/things", "{\"name\":\"A\"}"), 200);
    assert_status(post_json(kit, "/mistakes", "{\"name\":\"A\"}"), 500);
}

static void a_patch_has_what_is_to_change(void **state) /* form RULE 5 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_json_str(post_json(kit, "/things", "{}"), "errors.name", "Name is missing.");
    assert_status(patch_json(kit, "/things", "{}"), 200);
    assert_status(patch_json(kit, "/things", "{\"name\":\"\"}"), 422);
    assert_status(patch_json(kit, "/things", "{\"nope\":\"\"}"), 422);
    assert_status(patch(kit, "/things", ""), 422); /* a page's form has them all */
}

static void many_choices_are_one_field(void **state) /* form RULE 1 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    struct res r =
        kit_request(kit, "POST", "/things", KIT_JSON, KIT_FORM, "name=A&colours=red&colours=blue");
    assert_json_str(r, "colours", "red,blue");
    r = post_json(kit, "/things", "{\"name\":\"A\",\"colours\":[\"green\",\"red\"]}");
    assert_json_str(r, "colours", "green,red");
    r = post_json(kit, "/things", "{\"name\":\"A\",\"colours\":[\"green\",\"pink\"]}");
    assert_json_str(r, "errors.colours", "Colours has no such choice.");
}

static void a_query_is_as_its_table_says(void **state)
{
    struct kit *kit = *state;
    assert_status(get(kit, "/things?colour=red&n=-7&else=1"), 204);
    assert_status(get(kit, "/things?colour=&n="), 204);
    assert_status(get(kit, "/things?colour=pink"), 400);
    assert_status(get(kit, "/things?n=7.5"), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_route_reads_the_form_that_it_declares),
        kit_test(a_patch_has_what_is_to_change),
        kit_test(many_choices_are_one_field),
        kit_test(a_query_is_as_its_table_says),
    };
    return kit_run(tests);
}
