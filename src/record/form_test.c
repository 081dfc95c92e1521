/* form_test.c: what a form takes, refuses and keeps; seen through the forms that people fill in. */
#include "record/form.h"
#include "test/rooms.h"

#define SPACE "&openness=anyone&audience=public"

static void unknown_and_doubled_fields_are_refused(void **state) /* form RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.staff);
    int64_t before = sql_int(kit, "SELECT COUNT(*) FROM spaces");
    struct res r = post(kit, "/spaces", "name=Kept&purpose=Text&colour=red" SPACE);
    assert_status(r, 422);
    assert_has(r, "There is no field");
    r = kit_request(kit, "POST", "/spaces", KIT_JSON, KIT_FORM,
                    "name=Kept&purpose=Text&name=Again" SPACE);
    assert_status(r, 422);
    assert_json_str(r, "errors.name", "This field was sent twice.");
    r = post_json(kit, "/invitations", "{\"email\":\"\",\"space\":\"x\"}");
    assert_json_str(r, "errors.space", "To must be a whole number.");
    assert_json_str(r, "errors.email", "E-mail address is missing.");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM spaces"), before);
}

static void what_was_typed_is_kept(void **state) /* form RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct res r = post(kit, "/ideas", "space=&title=Kept+%3Cb%3E&body=Every+%22word%22&tags=a+b");
    assert_status(r, 422);
    assert_has(r, "Kept &lt;b&gt;");
    assert_has(r, "Every &quot;word&quot;");
    assert_has(r, "value=\"a b\"");
}

static void texts_are_cleaned(void **state) /* form RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.staff);
    assert_status(post(kit, "/spaces",
                       "name=++A%0D%0Alid%07%7F++&purpose=%0D%0AOne%0D%0ATwo%0DThree%1B" SPACE),
                  303);
    struct res r = get_json(kit, "/spaces/a-lid");
    assert_json_str(r, "data.name", "A lid");
    assert_has(r, "\\u003cp>One\\nTwo\\nThree\\u003c/p>");
}

static void length_is_counted_in_characters(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct out o;
    out_init(&o, 8192);
    for (int i = 0; i < 80; i++)
        out_lit(&o, "%E8%9C%82");
    const char *bees = out_take(&o, kit->arena).p;
    as(kit, rooms.staff);
    const char *form = "purpose=b" SPACE "&name=%s%s";
    assert_status(post(kit, "/spaces", str_fmt(kit->arena, form, bees, "x").p), 422);
    assert_status(post(kit, "/spaces", str_fmt(kit->arena, form, bees, "").p), 303);
    assert_status(get(kit, str_fmt(kit->arena, "/ideas/new?title=%s%s", bees, bees).p), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(unknown_and_doubled_fields_are_refused),
        kit_test(what_was_typed_is_kept),
        kit_test(texts_are_cleaned),
        kit_test(length_is_counted_in_characters),
    };
    return kit_run(tests);
}
