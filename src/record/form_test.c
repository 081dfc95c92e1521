/* form_test.c: what a form takes, refuses and keeps; seen through the forms that people fill in. */
#include "record/form.h"
#include "test/rooms.h"

static void unknown_and_doubled_fields_are_refused(void **state) /* form RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct res r = patch(kit, "/people/ana", "name=Kept&about=Text&colour=red");
    assert_status(r, 422);
    assert_has(r, "There is no field");
    r = kit_request(kit, "PATCH", "/people/ana", KIT_JSON, KIT_FORM,
                    "name=Kept&about=Text&name=Again");
    assert_status(r, 422);
    assert_json_str(r, "errors.name", "This field was sent twice.");
    as(kit, rooms.staff);
    r = post_json(kit, "/invitations", "{\"email\":\"\",\"space\":\"x\"}");
    assert_json_str(r, "errors.space", "To must be a whole number.");
    assert_json_str(r, "errors.email", "E-mail address is missing.");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM people WHERE name = 'Kept'"), 0);
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
    as(kit, rooms.ana);
    assert_status(
        patch(kit, "/people/ana", "name=++A%0D%0Alid%07%7F++&about=%0D%0AOne%0D%0ATwo%0DThree%1B"),
        303);
    struct res r = get_json(kit, "/people/ana");
    assert_json_str(r, "data.title", "A lid");
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
    as(kit, rooms.ana);
    const char *form = "about=b&name=%s%s";
    assert_status(patch(kit, "/people/ana", str_fmt(kit->arena, form, bees, "x").p), 422);
    assert_status(patch(kit, "/people/ana", str_fmt(kit->arena, form, bees, "").p), 303);
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
