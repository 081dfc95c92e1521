/* spaces_test.c: who comes in, who keeps order, who sees what stands in a space. */
#include "features/spaces/spaces.h"
#include "test/rooms.h"

static int64_t role_in(struct kit *kit, int64_t space, const struct person_kit *p)
{
    return sql_int(kit, kit_path(kit,
                                 "SELECT COALESCE(MAX(role), -1) FROM memberships"
                                 " WHERE space_id = %lld AND person_id = %lld",
                                 (long long)space, (long long)p->id));
}

static struct res join(struct kit *kit, struct person_kit *p, int64_t space)
{
    as(kit, p);
    return post(kit, kit_path(kit, "/spaces/%lld/membership", (long long)space), "");
}

static struct res leave(struct kit *kit, struct person_kit *p, int64_t space)
{
    as(kit, p);
    return del(kit, kit_path(kit, "/spaces/%lld/membership", (long long)space));
}

static struct res invite(struct kit *kit, struct person_kit *by, int64_t space, const char *handle)
{
    as(kit, by);
    return post(kit, kit_path(kit, "/spaces/%lld/members", (long long)space),
                kit_path(kit, "handle=%s", handle));
}

static struct res role_set(struct kit *kit, struct person_kit *by, int64_t space,
                           const struct person_kit *p, const char *role)
{
    as(kit, by);
    return kit_request(
        kit, "PUT", kit_path(kit, "/spaces/%lld/members/%lld", (long long)space, (long long)p->id),
        KIT_PAGE, KIT_FORM, kit_path(kit, "role=%s", role));
}

static void openness_decides_who_comes_in(void **state) /* spaces RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t request = space_make(kit, &rooms, "On request", "request", "public");
    int64_t closed = space_make(kit, &rooms, "Closed", "invitation", "public");
    assert_status(join(kit, rooms.ana, rooms.space), 303);
    assert_int_equal(role_in(kit, rooms.space, rooms.ana), MEMBERSHIP_MEMBER);
    assert_status(join(kit, rooms.ana, request), 303);
    assert_int_equal(role_in(kit, request, rooms.ana), MEMBERSHIP_ASKED);
    assert_status(role_set(kit, rooms.staff, request, rooms.ana, "reader"), 303);
    assert_int_equal(role_in(kit, request, rooms.ana), MEMBERSHIP_READER);
    assert_status(join(kit, rooms.ana, request), 303); /* asking again loses nothing */
    assert_int_equal(role_in(kit, request, rooms.ana), MEMBERSHIP_READER);
    assert_status(join(kit, rooms.ana, closed), 403);
    assert_int_equal(role_in(kit, closed, rooms.ana), MEMBERSHIP_NONE);
    assert_status(invite(kit, rooms.staff, closed, "ana"), 303);
    assert_int_equal(role_in(kit, closed, rooms.ana), MEMBERSHIP_INVITED);
    assert_status(invite(kit, rooms.staff, closed, "ana"), 422); /* once is enough */
    assert_status(join(kit, rooms.ana, closed), 303);
    assert_int_equal(role_in(kit, closed, rooms.ana), MEMBERSHIP_MEMBER);
    assert_status(join(kit, rooms.staff, closed), 303);
    assert_int_equal(role_in(kit, closed, rooms.staff), MEMBERSHIP_MODERATOR);
    assert_status(join(kit, rooms.ben, request), 303);
    assert_status(invite(kit, rooms.staff, request, "@Ben"), 303); /* who asked is let in */
    assert_int_equal(role_in(kit, request, rooms.ben), MEMBERSHIP_MEMBER);
    assert_status(invite(kit, rooms.staff, request, "nobody-here"), 422);
}

static void only_moderators_let_people_in(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "On request", "request", "public");
    join(kit, rooms.ana, space);
    join(kit, rooms.ben, space);
    role_set(kit, rooms.staff, space, rooms.ben, "member");
    assert_status(role_set(kit, rooms.ben, space, rooms.ana, "member"), 404);
    assert_status(role_set(kit, rooms.ana, space, rooms.ana, "moderator"), 404);
    assert_status(invite(kit, rooms.ben, space, "sam"), 404);
    assert_int_equal(role_in(kit, space, rooms.ana), MEMBERSHIP_ASKED);
    assert_status(role_set(kit, rooms.staff, space, rooms.ana, "king"), 422);
    as(kit, rooms.ben);
    struct res members = get_json(kit, kit_path(kit, "/spaces/%lld/members", (long long)space));
    assert_has(members, "\"ben\"");
    assert_has_not(members, "\"ana\""); /* who asked only moderators see */
    as(kit, rooms.staff);
    members = get_json(kit, kit_path(kit, "/spaces/%lld/members", (long long)space));
    assert_has(members, "\"ana\"");
    as(kit, rooms.ben);
    assert_status(get(kit, kit_path(kit, "/spaces/%lld/edit", (long long)space)), 404);
    role_set(kit, rooms.staff, space, rooms.ben, "moderator");
    assert_status(role_set(kit, rooms.ben, space, rooms.ana, "member"), 303);
    as(kit, rooms.ben);
    assert_status(get(kit, kit_path(kit, "/spaces/%lld/edit", (long long)space)), 200);
}

static void one_moderator_stays(void **state) /* spaces RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    assert_status(leave(kit, rooms.staff, rooms.space), 409);
    assert_status(role_set(kit, rooms.staff, rooms.space, rooms.staff, "member"), 409);
    as(kit, rooms.staff);
    const char *staffs = kit_path(kit, "/spaces/%lld/members/%lld", (long long)rooms.space,
                                  (long long)rooms.staff->id);
    assert_status(del(kit, staffs), 409);
    join(kit, rooms.ana, rooms.space);
    assert_status(role_set(kit, rooms.staff, rooms.space, rooms.ana, "moderator"), 303);
    assert_status(leave(kit, rooms.staff, rooms.space), 303);
    assert_status(leave(kit, rooms.ana, rooms.space), 409);
    as(kit, ada);
    assert_status(del(kit, kit_path(kit, "/spaces/%lld/members/%lld", (long long)rooms.space,
                                    (long long)rooms.ana->id)),
                  303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM memberships WHERE role = 4"), 0);
}

static void what_it_holds_follows_its_audience(void **state) /* spaces RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "Quince lid");
    comment_make(kit, rooms.ben, idea, "Medlar");
    static const char form[] = "title=Product+ideas&body=Same&openness=anyone&audience=%s";
    const char *path = kit_path(kit, "/spaces/%lld", (long long)rooms.space);
    static const char *const names[] = {"space", "members", "public"};
    for (int i = 0; i < 3; i++) {
        as(kit, rooms.staff);
        assert_status(patch(kit, path, str_fmt(kit->arena, form, names[i]).p), 303);
        int want = audience_of(str_of(names[i]));
        const char *sql = "SELECT %s(audience) FROM %s WHERE space_id = %lld";
        for (int k = 0; k < 4; k++)
            assert_int_equal(
                sql_int(kit, str_fmt(kit->arena, sql, k % 2 ? "MIN" : "MAX",
                                     k < 2 ? "records" : "activities", (long long)rooms.space)
                                 .p),
                want);
        as(kit, NULL);
        assert_status(get_json(kit, kit_path(kit, "/ideas/%lld", idea)), want ? 404 : 200);
        assert_int_equal(str_has(get(kit, "/search?q=medlar").body, S("Quince lid")), !want);
        assert_status(get_json(kit, path), want ? 404 : 200);
    }
}

static void a_door_is_all_that_invited_people_see(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "Back room", "invitation", "space");
    idea_in(kit, space, rooms.staff, "Hush");
    as(kit, rooms.ana);
    assert_status(get(kit, "/spaces/back-room"), 404);
    assert_has_not(get(kit, "/spaces"), "Back room");
    invite(kit, rooms.staff, space, "ana");
    as(kit, rooms.ana);
    struct res door = get(kit, "/spaces/back-room");
    assert_status(door, 200);
    assert_has_not(door, "Hush");
    assert_has_not(get_json(kit, "/spaces/back-room"), "Hush");
    assert_status(get(kit, "/spaces/back-room/members"), 404);
    assert_has(get(kit, "/spaces"), "Back room");
    assert_has(get(kit, "/notifications"), "Back room");
    struct res r = kit_request(kit, "DELETE", "/spaces/back-room/membership", KIT_JSON, NULL, NULL);
    assert_status(r, 200); /* who declines is not told who is in */
    assert_has_not(r, "sam");
    assert_json_str(r, "data.membership", "");
    assert_status(get(kit, "/spaces/back-room"), 404);
    assert_has_not(get(kit, "/notifications"), "Back room");
    invite(kit, rooms.staff, space, "ana");
    assert_status(join(kit, rooms.ana, space), 303);
    assert_has(get(kit, "/spaces/back-room"), "Hush");
    assert_has(get(kit, "/ideas"), "Hush");
    assert_status(leave(kit, rooms.ana, space), 303);
    assert_has_not(get(kit, "/ideas"), "Hush");
}

static void who_is_invited_is_not_told(void **state) /* timeline RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "On request", "request", "public");
    invite(kit, rooms.staff, space, "ana");
    as(kit, rooms.ben);
    struct res r = get_json(kit, "/spaces/on-request");
    assert_has(r, "\"Invite\"");
    assert_has_not(r, kit_path(kit, "\"detail\":\"%lld\"", (long long)rooms.ana->id));
    assert_has_not(r, "ana");
}

static void coming_in_is_told_by_who_let_in(void **state) /* notices RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "On request", "request", "space");
    assert_status(join(kit, rooms.ana, space), 404); /* hidden: nobody asks */
    invite(kit, rooms.staff, space, "ana");
    role_set(kit, rooms.staff, space, rooms.ana, "member");
    as(kit, rooms.ana);
    assert_json_str(get_json(kit, "/notifications"), "data.0.actor_handle", "sam");
    idea_in(kit, space, rooms.staff, "Told to members");
    assert_has(get_json(kit, "/notifications"), "Told to members");
    as(kit, rooms.staff);
    del(kit,
        kit_path(kit, "/spaces/%lld/members/%lld", (long long)space, (long long)rooms.ana->id));
    int64_t before = sql_int(kit, "SELECT COUNT(*) FROM notifications");
    idea_in(kit, space, rooms.staff, "Not told to who is out");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM notifications"), before);
    assert_int_equal(invite(kit, rooms.staff, space, "sam").status, 422); /* is in already */
}

static void only_readers_of_a_space_write_in_it(void **state) /* records_roots RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "On request", "request", "public");
    const char *form = kit_path(kit, "space=%lld&title=Mine&body=Text", (long long)space);
    as(kit, rooms.ana);
    assert_status(post(kit, "/ideas", form), 422);
    join(kit, rooms.ana, space);
    assert_status(post(kit, "/ideas", form), 422);
    role_set(kit, rooms.staff, space, rooms.ana, "reader");
    as(kit, rooms.ana);
    assert_status(post(kit, "/ideas", form), 422);
    assert_has_not(get(kit, "/ideas/new"), "On request");
    role_set(kit, rooms.staff, space, rooms.ana, "member");
    as(kit, rooms.ana);
    assert_has(get(kit, "/ideas/new"), "On request");
    assert_status(post(kit, "/ideas", form), 303);
}

static void names_and_slugs(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    space_make(kit, &rooms, "New", "anyone", "public");
    space_make(kit, &rooms, "New", "anyone", "public");
    space_make(kit, &rooms, "42", "anyone", "public");
    space_make(kit, &rooms, "***", "anyone", "public");
    as(kit, NULL);
    assert_status(get(kit, "/spaces/new-2"), 200);
    assert_status(get(kit, "/spaces/new-3"), 200);
    assert_status(get(kit, "/spaces/space-42"), 200);
    struct res r = get(kit, kit_path(kit, "/spaces/%lld", (long long)rooms.space));
    assert_header(r, "Location", "/spaces/product-ideas");
    as(kit, rooms.staff);
    assert_status(post(kit, "/spaces", "title=X&body=Y&openness=maybe&audience=public"), 422);
    assert_status(post(kit, "/spaces", "title=X&body=Y&openness=anyone&audience=staff"), 422);
}

/* Their list and form are those of every type; whoever asks is told of themselves only. */
static void spaces_are_a_list_like_others(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t room = space_make(kit, &rooms, "A back room", "invitation", "space");
    assert_status(join(kit, rooms.ana, rooms.space), 303);
    as(kit, rooms.ana);
    struct res r = get_json(kit, "/spaces?membership=member");
    assert_json_count(r, "data", 1);
    assert_json_str(r, "data.0.slug", "product-ideas");
    assert_json_int(r, "data.0.members", 2);
    assert_json_count(get_json(kit, "/spaces?members.gte=3"), "data", 0);
    assert_json_count(get_json(kit, "/spaces?audience=space"), "data", 0);
    assert_has(get(kit, "/spaces.csv?columns=openness,membership"), "Product ideas,anyone,member");
    assert_status(get(kit, "/spaces/views"), 200);
    const char *field = kit_path(kit, "/spaces/%lld", (long long)rooms.space);
    assert_status(patch(kit, field, "openness=request"), 404);
    as(kit, rooms.ben);
    assert_json_count(get_json(kit, "/spaces?membership.empty=no"), "data", 0);
    invite(kit, rooms.staff, room, "ben");
    as(kit, rooms.ben);
    assert_json_str(get_json(kit, "/spaces"), "data.0.membership", "invited"); /* by name */
    as(kit, NULL);
    assert_json_count(get_json(kit, "/spaces?membership.empty=no"), "data", 0);
    as(kit, rooms.staff);
    assert_has(get(kit, kit_path(kit, "%s/fields/openness", field)), "On request");
    assert_status(patch(kit, field, "openness=request"), 303);
    assert_json_str(get_json(kit, field), "data.openness", "request");
    assert_status(patch(kit, field, "members=9"), 422);
    assert_status(
        post(kit, "/spaces/bulk",
             kit_path(kit, "ids=%lld&do=set&set=audience%%3Dmembers", (long long)rooms.space)),
        303);
    as(kit, NULL);
    assert_status(get(kit, "/spaces/product-ideas"), 404); /* RULE 3 */
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t space = space_make(kit, &rooms, "Back room", "invitation", "space");
    as(kit, rooms.staff);
    const char *path = kit_path(kit, "/spaces/%lld", (long long)space);
    kit_fail_sweep(kit, "POST", "/spaces", "title=X&body=Y&openness=anyone&audience=public", NULL);
    kit_fail_sweep(kit, "PATCH", path, "title=X&body=Z&openness=request&audience=members", NULL);
    kit_fail_sweep(kit, "POST", kit_path(kit, "%s/members", path), "handle=ana", NULL);
    as(kit, rooms.ana);
    kit_fail_sweep(kit, "GET", "/spaces/back-room", NULL, NULL);
    kit_fail_sweep(kit, "POST", kit_path(kit, "%s/membership", path), "", NULL);
    kit_fail_sweep(kit, "GET", "/spaces", NULL, NULL);
    kit_fail_sweep(kit, "GET", "/spaces/back-room", NULL, NULL);
    kit_fail_sweep(kit, "GET", "/spaces/back-room/members", NULL, NULL);
    kit_fail_sweep(kit, "POST", kit_path(kit, "%s/membership", path), "_method=DELETE", NULL);
}

/* On the page of all spaces one's own stand first, and one comes into the others from there. */
static void the_list_leads_in(void **state) /* spaces RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    space_make(kit, &rooms, "Attic", "anyone", "public");
    space_make(kit, &rooms, "Barn", "request", "public");
    space_make(kit, &rooms, "Cellar", "invitation", "public");
    int64_t attic = sql_int(kit, "SELECT id FROM spaces WHERE name = 'Attic'");
    as(kit, rooms.ben);
    assert_status(post(kit, "/spaces/cellar/membership", ""), 403);
    assert_status(post(kit, kit_path(kit, "/spaces/%lld/membership", (long long)rooms.space), ""),
                  303);
    struct res r = get(kit, "/spaces");
    assert_true(str_find_str(r.body, S(">Product ideas<")) < str_find_str(r.body, S(">Attic<")));
    assert_true(str_find_str(r.body, S(">Attic<")) < str_find_str(r.body, S(">Barn<")));
    assert_has(r, "Ask to join");
    assert_has(r, kit_path(kit, "action=\"/spaces/%lld/membership\"", (long long)attic));
    assert_has_not(r, kit_path(kit, "action=\"/spaces/%lld/membership\"", (long long)rooms.space));
    assert_has_not(r, kit_path(kit, "action=\"/spaces/%lld/membership\"",
                               (long long)sql_int(kit, "SELECT id FROM spaces"
                                                       " WHERE name = 'Cellar'")));
    as(kit, NULL);
    assert_has_not(get(kit, "/spaces"), "/membership");
    as(kit, rooms.staff);
    r = get(kit, "/spaces/new");
    assert_has(r, "value=\"anyone\"  selected");
    assert_has(r, "value=\"public\"  selected");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(the_list_leads_in),
        kit_test(openness_decides_who_comes_in),
        kit_test(only_moderators_let_people_in),
        kit_test(one_moderator_stays),
        kit_test(what_it_holds_follows_its_audience),
        kit_test(a_door_is_all_that_invited_people_see),
        kit_test(who_is_invited_is_not_told),
        kit_test(coming_in_is_told_by_who_let_in),
        kit_test(only_readers_of_a_space_write_in_it),
        kit_test(names_and_slugs),
        kit_test(spaces_are_a_list_like_others),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
