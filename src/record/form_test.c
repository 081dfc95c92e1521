/* form_test.c: what a form takes, refuses and keeps; seen through the forms that people fill in. */
#include "record/form.h"
#include "test/rooms.h"

static void unknown_and_doubled_fields_are_refused(void **state) /* form RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    const char *start = kit_path(kit, "space=%lld&title=Kept&body=Text", (long long)rooms.space);
    struct res r = post(kit, "/ideas", kit_path(kit, "%s&colour=red", start));
    assert_status(r, 422);
    assert_has(r, "There is no field");
    r = kit_request(kit, "POST", "/ideas", KIT_JSON, KIT_FORM,
                    kit_path(kit, "%s&title=Again", start));
    assert_status(r, 422);
    assert_json_str(r, "errors.title", "This field was sent twice.");
    r = post_json(kit, "/ideas", "{\"space\":\"x\",\"title\":\"\",\"body\":\"b\"}");
    assert_json_str(r, "errors.space", "Space must be a whole number.");
    assert_json_str(r, "errors.title", "Title is missing.");
    assert_json_none(r, "errors.body");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ideas"), 0);
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
    const char *form =
        "space=%lld&title=++A%%0D%%0Alid%%07%%7F++&body=%%0D%%0AOne%%0D%%0ATwo%%0DThree%%1B";
    assert_status(post(kit, "/ideas", str_fmt(kit->arena, form, (long long)rooms.space).p), 303);
    assert_true(str_is(sql_str(kit, "SELECT title FROM records WHERE type = 'idea'"), "A lid"));
    assert_true(
        str_is(sql_str(kit, "SELECT source FROM texts t JOIN ideas i ON i.id = t.record_id"),
               "One\nTwo\nThree"));
}

static void length_is_counted_in_characters(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct out o;
    out_init(&o, 8192);
    for (int i = 0; i < 200; i++)
        out_lit(&o, "%E8%9C%82");
    const char *bees = out_take(&o, kit->arena).p;
    as(kit, rooms.ana);
    const char *form = "space=%lld&body=b&title=%s%s";
    assert_status(
        post(kit, "/ideas", str_fmt(kit->arena, form, (long long)rooms.space, bees, "x").p), 422);
    assert_status(
        post(kit, "/ideas", str_fmt(kit->arena, form, (long long)rooms.space, bees, "").p), 303);
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
