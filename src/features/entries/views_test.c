/* views_test.c: proves the RULES of views.c. */
#include "test/kit.h"
#include "test/rooms.h"

static struct person_kit *staff(struct kit *kit, const char *handle)
{
    struct person_kit *who = kit_person(kit, handle, ROLE_STAFF);
    as(kit, who);
    return who;
}

static void deal(struct kit *kit, const char *title, const char *stage)
{
    assert_status(post_json(kit, "/deals",
                            kit_path(kit,
                                     "{\"title\": \"%s\", \"pipeline\": \"sales\","
                                     " \"stage\": \"%s\", \"amount\": \"10 EUR\"}",
                                     title, stage)),
                  201);
}

static int64_t saved(struct kit *kit, const char *name, const char *query, const char *shared)
{
    struct res r = post_json(
        kit, "/deals/views",
        kit_path(kit, "{\"name\":\"%s\",\"query\":\"%s\",\"shared\":\"%s\"}", name, query, shared));
    int64_t id;
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "id"), &id));
    return id;
}

static const char *of(struct kit *kit, const char *fmt, int64_t id)
{
    return str_fmt(kit->arena, fmt, (long long)id).p;
}

static void a_view_shows_what_was_saved(void **state)
{
    struct kit *kit = *state;
    staff(kit, "odile");
    deal(kit, "Won one", "won");
    deal(kit, "New one", "new");
    int64_t id = saved(kit, "What we won", "stage=won&sort=-amount", "");
    struct res r = get(kit, of(kit, "/deals?view=%lld-what-we-won", id));
    assert_status(r, 200);
    assert_has(r, "<h1>What we won</h1>");
    assert_has(r, "Won one");
    assert_has_not(r, "New one");
    assert_has(r, "aria-sort=\"descending\"");
    assert_json_count(get_json(kit, of(kit, "/deals.json?view=%lld", id)), "data", 1);
    r = get(kit, of(kit, "/deals.atom?view=%lld-what-we-won", id));
    assert_has(r, "<title>What we won · Skep</title>");
    assert_has(r, "Won one");
    assert_has_not(r, "New one");
    r = get_json(kit, of(kit, "/deals?view=%lld&stage=new", id)); /* otherwise in part */
    assert_json_str(r, "data.0.title", "New one");
    assert_status(get(kit, "/deals?view=99"), 404);
    assert_has(get(kit, "/deals?stage=new"), "name=\"query\" value=\"stage=new\"");
    assert_status(post_json(kit, "/deals/views", "{\"name\":\"x\",\"query\":\"\"}"), 422);
    assert_status(post_json(kit, "/deals/views", "{\"name\":\"\",\"query\":\"q=a\"}"), 422);
}

static void a_view_is_seen_by_those_it_is_for(void **state) /* RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct person_kit *odile = staff(kit, "odile");
    int64_t own = saved(kit, "Mine", "owner=me", ""),
            team = saved(kit, "Team", "stage=new", "staff"),
            all = saved(kit, "All of us", "stage=won", "everyone");
    static const struct {
        const char *handle;
        enum role role;
        int sees;
    } who[] = {
        {"ruth", ROLE_STAFF, 2}, {"adam", ROLE_ADMINISTRATOR, 2}, {"nkechi", ROLE_MEMBER, 1}};
    for (size_t i = 0; i < 3; i++) {
        as(kit, kit_person(kit, who[i].handle, who[i].role));
        assert_status(get(kit, of(kit, "/deals?view=%lld", own)), 404);
        assert_status(get(kit, of(kit, "/deals/views/%lld", own)), 404);
        assert_status(get(kit, of(kit, "/deals?view=%lld", team)), who[i].sees > 1 ? 200 : 404);
        assert_status(get(kit, of(kit, "/deals?view=%lld", all)), 200);
        assert_json_count(get_json(kit, "/deals/views"), "data", (size_t)who[i].sees);
        assert_has_not(get(kit, "/deals"), "Mine");
        assert_status(patch_json(kit, of(kit, "/deals/views/%lld", own), "{\"name\":\"x\"}"), 404);
        assert_status(patch_json(kit, of(kit, "/deals/views/%lld", all), "{\"name\":\"x\"}"), 403);
        assert_status(del(kit, of(kit, "/deals/views/%lld", all)), 403);
    }
    int64_t theirs = saved(kit, "Shared by a member", "stage=new", "everyone");
    assert_int_equal(sql_int(kit, of(kit, "SELECT shared FROM views WHERE id = %lld", theirs)), 0);
    as(kit, NULL);
    assert_status(get(kit, of(kit, "/deals?view=%lld", own)), 404);
    assert_json_count(get_json(kit, "/deals/views"), "data", 1);
    as(kit, odile);
    assert_status(get(kit, of(kit, "/organisations?view=%lld", own)), 404); /* of another type */
}

static void a_view_is_changed_and_goes(void **state) /* RULES 2 and 3 */
{
    struct kit *kit = *state;
    staff(kit, "odile");
    deal(kit, "Won one", "won");
    int64_t id = saved(kit, "Mine", "stage=new", ""), other = saved(kit, "Other", "stage=lost", "");
    assert_int_equal(saved(kit, "Mine", "stage=won", ""), id);
    assert_has(get(kit, of(kit, "/deals?view=%lld", id)), "Won one");
    struct res r = patch(kit, of(kit, "/deals/views/%lld", id), "name=Other&shared=staff");
    assert_status(r, 422);
    assert_has(r, "You have a view of that name already.");
    assert_status(patch(kit, of(kit, "/deals/views/%lld", id), "name=Wins&shared=staff"), 303);
    assert_has(get(kit, "/deals"), "Wins");
    r = kit_request(kit, "PUT", "/deals/default-view", KIT_PAGE, KIT_FORM,
                    of(kit, "view=%lld", id));
    assert_status(r, 303);
    assert_header(get(kit, "/deals"), "Location", of(kit, "/deals?view=%lld-wins", id));
    assert_status(get(kit, "/deals?view=all"), 200);
    assert_status(get_json(kit, "/deals"), 200);
    as(kit, kit_person(kit, "ruth", ROLE_STAFF));
    assert_status(get(kit, "/deals"), 200); /* one's own default is nobody else's */
    assert_status(put_json(kit, "/deals/default-view", of(kit, "{\"view\":%lld}", other)), 422);
    staff(kit, "odile");
    assert_status(del(kit, of(kit, "/deals/views/%lld", id)), 303);
    assert_status(get(kit, "/deals"), 200);
    assert_status(get(kit, of(kit, "/deals?view=%lld", id)), 404);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM view_defaults"), 0);
}

static void what_is_switched_off_is_told(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    staff(kit, "odile");
    deal(kit, "Won one", "won");
    deal(kit, "New one", "new");
    int64_t id = saved(kit, "Mine", "stage=won&probability.gte=50", ""),
            board = saved(kit, "Board", "as=board&by=pipeline", "");
    sql_run(kit,
            "INSERT INTO fields (type, name, label, help, section, kind, flags, position,"
            " config, made_at, off_at) VALUES ('deal', 'probability', 'P', '', '', 'integer',"
            " 256, 1, '{}', 1, 1), ('deal', 'pipeline', 'P', '', '', 'choice', 256, 1, '{}', 1,"
            " 1)");
    sql_run(kit, "UPDATE catalogs SET version = version + 1");
    struct res r = get(kit, of(kit, "/deals?view=%lld", id));
    assert_status(r, 200);
    assert_has(r, "is not there any more");
    assert_has(r, "There is no field &quot;probability&quot; here.");
    assert_has(r, "Won one");
    assert_has_not(r, "New one");
    r = get_json(kit, of(kit, "/deals?view=%lld", id));
    assert_status(r, 400);
    assert_has(r, "probability");
    r = get(kit, of(kit, "/deals?view=%lld", board));
    assert_status(r, 200);
    assert_has(r, "is not there any more");
    assert_has(r, "New one");
}

/* A filter is added by plain forms. */
static void filters_are_added(void **state)
{
    struct kit *kit = *state;
    staff(kit, "odile");
    deal(kit, "Won one", "won");
    struct res r = get(kit, "/deals?stage=won&add=amount");
    assert_has(r, "name=\"to\"");
    assert_has(r, "name=\"add\" value=\"amount\"");
    r = get(kit, "/deals?stage=won&add=amount&op=gte&to=5+EUR");
    assert_status(r, 303);
    assert_header(r, "Location", "/deals?stage=won&amount.gte=5%20EUR");
    assert_has(get(kit, "/deals?stage=won&amount.gte=5%20EUR"), "Amount is at least 5 EUR");
    r = get(kit, "/deals?add=owner&op=&to_text=%40odile");
    assert_status(r, 303);
    r = get(kit, "/deals?columns=stage&columns=pipeline&q=won");
    assert_header(r, "Location", "/deals?q=won&columns=stage%2Cpipeline");
    assert_has(kit_follow(r), "columns-menu");
}

/* tables RULE 5 */
static void what_is_chosen_stands_on_a_page_of_its_own(void **state)
{
    struct kit *kit = *state;
    staff(kit, "odile");
    deal(kit, "Won one", "won");
    struct res r = get(kit, "/deals?stage=won&columns=stage");
    assert_has(r, "src=\"/deals/filters?stage=won&amp;columns=stage\"");
    assert_has(r, "src=\"/deals/columns?stage=won&amp;columns=stage\"");
    assert_has_not(r, "value=\"probability\"");
    r = get(kit, "/deals/filters?stage=won&columns=stage");
    assert_has(r, "<turbo-frame class=\"builder__row\" id=\"filter-add\">");
    assert_has(r, "<option value=\"probability\"");
    assert_has(r, "name=\"stage\" value=\"won\"");
    assert_has_not(r, "name=\"to\"");
    r = get(kit, "/deals/filters?stage=won&add=amount");
    assert_has(r, "name=\"to\"");
    assert_has(r, "action=\"/deals\"");
    r = get(kit, "/deals/columns?stage=won&columns=stage");
    assert_has(r, "id=\"choose-columns\"");
    assert_has(r, "name=\"columns\" value=\"stage\"  checked");
    assert_has(r, "name=\"columns\" value=\"amount\" >");
    assert_status(get(kit, "/deals/filters?stage=lottery"), 400);
    assert_status(get(kit, "/boats/columns"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_view_shows_what_was_saved), kit_test(a_view_is_seen_by_those_it_is_for),
        kit_test(a_view_is_changed_and_goes),  kit_test(what_is_switched_off_is_told),
        kit_test(filters_are_added),           kit_test(what_is_chosen_stands_on_a_page_of_its_own),
    };
    return kit_run(tests);
}
