/* people_test.c: handles, profiles with privacy per field, roles. */
#include "features/people/people.h"
#include "test/rooms.h"

static void handles_are_plain(void **state) /* people RULE 1 */
{
    (void)state;
    static const char *const good[] = {"a", "ana", "ana-2", "a_b", "z9"};
    static const char *const bad[] = {"",         "9a",
                                      "-a",       "a-",
                                      "Ana",      "a b",
                                      "a.b",      "caf\xc3\xa9",
                                      "new",      "me",
                                      "admin",    "skep",
                                      "everyone", "a123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(handle_valid(str_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(handle_valid(str_of(bad[i])));
}

static bool ask_handles(struct db *db, void *ctx)
{
    struct arena *a = ctx;
    assert_true(str_is(handle_free(db, a, S("Ana")), "ana-2"));
    assert_true(str_is(handle_free(db, a, S("Jos\xc3\xa9 Mu\xc3\xb1oz")), "jose-munoz"));
    assert_true(str_is(handle_free(db, a, S("Admin")), "admin-2"));
    assert_true(handle_valid(handle_free(db, a, S("42"))));
    assert_true(handle_valid(handle_free(db, a, S("\xe8\x9c\x82"))));
    assert_true(handle_valid(handle_free(db, a, S(""))));
    return true;
}

static void a_free_handle_is_found(void **state) /* people RULE 1 */
{
    struct kit *kit = *state;
    rooms_make(kit);
    assert_true(store_run(kit->app->store, STORE_READ, ask_handles, kit->arena));
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    const char *path = "/people/ana";
    assert_status(patch(kit, path, "handle=ben"), 422);
    assert_status(patch(kit, path, "handle=Ana"), 422);
    assert_status(patch(kit, path, "handle=new"), 422);
    assert_status(patch(kit, path, "name="), 422);
    assert_status(patch(kit, path, "website=javascript%3Aalert(1)"), 422);
    struct res r = patch(kit, path, "handle=ana-b&website=https%3A%2F%2Fana.example");
    assert_header(r, "Location", "/people/ana-b");
    assert_status(get(kit, "/people/ana"), 404);
    assert_header(get(kit, "/people/Ana-B"), "Location", "/people/ana-b");
}

/* What every type has leads to people and spaces, too, where they have no route of their own. */
static void only_contacts_are_taken_away(void **state) /* records RULE 4, record/bulk RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.staff);
    struct res r = post_json(kit, "/people", "{\"title\": \"Carla Contact\"}");
    assert_status(r, 201);
    const char *contact = kit_path(kit, "/people/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
    const char *ana = kit_path(kit, "/people/%lld", (long long)rooms.ana->id);
    struct str space = sql_str(kit, "SELECT MIN(id) || '' FROM spaces");
    assert_status(kit_request(kit, "DELETE", ana, KIT_JSON, NULL, NULL), 409);
    assert_status(kit_request(kit, "DELETE", kit_path(kit, "/spaces/" STR_FMT, STR_ARG(space)),
                              KIT_JSON, NULL, NULL),
                  409);
    assert_json_int(post_json(kit, "/people/bulk",
                              kit_path(kit, "{\"ids\": \"%lld\", \"do\": \"delete\"}",
                                       (long long)rooms.ana->id)),
                    "data.changed", 0);
    assert_json_int(
        post_json(kit, "/spaces/bulk",
                  kit_path(kit, "{\"ids\": \"" STR_FMT "\", \"do\": \"delete\"}", STR_ARG(space))),
        "data.changed", 0);
    as(kit, rooms.ben);
    assert_status(kit_request(kit, "DELETE", contact, KIT_JSON, NULL, NULL), 404);
    as(kit, rooms.staff);
    assert_status(kit_request(kit, "DELETE", contact, KIT_JSON, NULL, NULL), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE deleted_at IS NOT NULL"), 1);
}

/* ---- privacy ---- */

enum { FIELDS = 5 };

static const char *const fields[FIELDS] = {"about", "place", "organisation", "website", "email"};

static const char *const values[FIELDS] = {"Walnutty", "Walnutburg", "Walnut Works",
                                           "https://walnut.example", "wanda@example.org"};

/* What one does not see is in no list, file or feed, and finds nobody. */
static void lists_tell(struct kit *kit, bool see)
{
    static const char *const lists[] = {"/people?as=table&columns=place,organisation,website",
                                        "/people.json",
                                        "/people.csv",
                                        "/people.atom?columns=place&as=table",
                                        "/people",
                                        "/cards?path=/people/wanda"};
    static const char *const filters[] = {"place=walnutburg", "place.has=alnut",
                                          "organisation.empty=no", "website.has=walnut",
                                          "account_email=wanda@example.org"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct res r = get(kit, lists[i]);
        assert_status(r, 200);
        if (str_has(r.body, S("Walnutburg")) != see)
            kit_wrong(r, __FILE__, __LINE__, "%s", lists[i]);
    }
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct res r = get_json(kit, kit_path(kit, "/people?%s", filters[i]));
        assert_json_count(r, "data", see);
    }
    assert_status(get_json(kit, "/people?sort=place"), 400);
    assert_status(get_json(kit, "/people?about.has=alnut"), 400);
    assert_has_not(get(kit, "/people"), "Walnutty");
}

static void a_field_is_for_whom_its_owner_says(void **state) /* people RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *wanda = kit_person(kit, "wanda", ROLE_MEMBER);
    struct person_kit *viewers[] = {NULL, kit_person(kit, "mia", ROLE_MEMBER),
                                    kit_person(kit, "sam", ROLE_STAFF),
                                    kit_person(kit, "ada", ROLE_ADMINISTRATOR), wanda};
    static const char *const audiences[] = {"public", "members", "staff", "private"};
    static const int first[] = {0, 1, 2, 3}; /* the first of viewers[] who sees it */
    as(kit, wanda);
    assert_status(patch(kit, "/people/wanda",
                        "about=Walnutty&place=Walnutburg"
                        "&organisation=Walnut+Works"
                        "&website=https%3A%2F%2Fwalnut.example"),
                  303);
    for (int a = 0; a < 4; a++) {
        for (int f = 0; f < FIELDS; f++) {
            as(kit, wanda);
            assert_status(
                patch(kit, "/people/wanda", kit_path(kit, "%s_for=%s", fields[f], audiences[a])),
                303);
        }
        for (int v = 0; v < 5; v++) {
            as(kit, viewers[v]);
            struct res json = get_json(kit, "/people/wanda"), page = get(kit, "/people/wanda");
            for (int f = 0; f < FIELDS; f++) {
                bool see = v >= first[a];
                if (str_has(json.body, str_of(values[f])) != see)
                    kit_wrong(json, __FILE__, __LINE__, "%s for %s, viewer %d", fields[f],
                              audiences[a], v);
                if (str_has(page.body, str_of(values[f])) != see)
                    kit_wrong(page, __FILE__, __LINE__, "%s for %s, viewer %d", fields[f],
                              audiences[a], v);
            }
            lists_tell(kit, v >= first[a]);
        }
    }
}

static void what_is_for_few_is_not_found(void **state) /* people RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *wanda = kit_person(kit, "wanda", ROLE_MEMBER);
    as(kit, wanda);
    patch(kit, "/people/wanda", "about=Walnutty+hazel");
    as(kit, NULL);
    assert_has(get_json(kit, "/search?q=hazel"), "\"title\":\"wanda\"");
    assert_has(get_json(kit, "/people/wanda"), "\"excerpt\":\"Walnutty hazel\"");
    as(kit, wanda);
    patch(kit, "/people/wanda", "about_for=staff");
    as(kit, NULL);
    assert_has_not(get_json(kit, "/search?q=hazel"), "\"title\":\"wanda\"");
    assert_has(get_json(kit, "/search?q=wanda"), "\"title\":\"wanda\"");
    assert_has_not(get_json(kit, "/people/wanda"), "hazel");
    assert_has_not(get(kit, "/people/wanda.atom"), "hazel");
    as(kit, wanda);
    patch(kit, "/people/wanda", "about=Walnutty+pecan");
    as(kit, NULL);
    assert_has_not(get_json(kit, "/search?q=pecan"), "\"title\":\"wanda\"");
    as(kit, wanda);
    patch(kit, "/people/wanda", "about_for=public");
    as(kit, NULL);
    assert_has(get_json(kit, "/search?q=pecan"), "\"title\":\"wanda\"");
}

static void the_address_is_never_shown_unasked(void **state) /* people RULE 2 */
{
    struct kit *kit = *state;
    kit_person(kit, "wanda", ROLE_MEMBER);
    static const char *const paths[] = {"/people/wanda", "/people/wanda.json", "/people",
                                        "/people.json",  "/people/wanda.atom", "/search?q=wanda"};
    as(kit, kit_person(kit, "mia", ROLE_MEMBER));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_has_not(get(kit, paths[i]), "wanda@");
}

static void profiles_are_changed_by_their_owner(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ben);
    assert_status(patch(kit, "/people/ana", "name=Eve"), 404);
    assert_status(get(kit, "/people/ana/edit"), 404);
    as(kit, rooms.staff);
    assert_status(patch(kit, "/people/ana", "name=Eve"), 404);
    as(kit, rooms.ana);
    assert_status(get(kit, "/people/ana/edit"), 200);
    assert_status(patch(kit, "/people/ana", "name=Ana+B&role=4"), 422);
    assert_status(patch(kit, "/people/ana", "name=Ana+B"), 303);
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(patch(kit, "/people/ana", "name=Ana+C"), 303);
    assert_true(str_is(sql_str(kit, "SELECT name FROM people WHERE handle = 'ana'"), "Ana C"));
}

static struct res role_set(struct kit *kit, const char *handle, const char *role)
{
    return kit_request(kit, "PUT", kit_path(kit, "/people/%s/role", handle), KIT_PAGE, KIT_FORM,
                       kit_path(kit, "role=%s", role));
}

static void roles_are_given_by_administrators(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    kit_person(kit, "olga", ROLE_OWNER);
    as(kit, rooms.staff);
    assert_status(role_set(kit, "sam", "administrator"), 403);
    as(kit, ada);
    assert_status(role_set(kit, "ada", "member"), 403);
    assert_status(role_set(kit, "olga", "member"), 403);
    assert_status(role_set(kit, "ana", "owner"), 422);
    assert_status(role_set(kit, "nobody", "staff"), 404);
    assert_status(role_set(kit, "ana", "staff"), 303);
    assert_int_equal(sql_int(kit, "SELECT role FROM accounts WHERE email = 'ana@example.org'"),
                     ROLE_STAFF);
    as(kit, rooms.ana); /* at once, with the session that she has */
    assert_status(get(kit, "/spaces/new"), 200);
    as(kit, ada);
    assert_status(role_set(kit, "ana", "member"), 303);
    as(kit, rooms.ana);
    assert_status(get(kit, "/spaces/new"), 403);
}

static void locked_accounts_are_out(void **state) /* people RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    struct person_kit *olga = kit_person(kit, "olga", ROLE_OWNER);
    struct str token = kit_token(kit, rooms.ben, "read");
    as(kit, rooms.staff);
    assert_status(post(kit, "/people/ben/lock", ""), 403);
    as(kit, ada);
    assert_status(post(kit, "/people/ada/lock", ""), 403);
    assert_status(post(kit, "/people/olga/lock", ""), 403);
    assert_status(post(kit, "/people/nobody/lock", ""), 404);
    assert_has(get(kit, "/people/ben"), "Lock this account");
    assert_status(post(kit, "/people/ben/lock", ""), 303);
    assert_status(post(kit, "/people/ben/lock", ""), 303); /* twice is once */
    assert_has(get(kit, "/people/ben"), "Let them in again");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities WHERE detail = 'locked'"), 1);
    as(kit, rooms.ben);
    assert_status(get(kit, "/account"), 303); /* to sign in */
    as(kit, NULL);
    assert_has_not(get(kit, "/people/ben"), "Locked");
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(token));
    assert_status(get_json(kit, "/account"), 401);
    static const char sign_in[] = "email=ben%40example.org&password=password+of+ben";
    assert_status(post(kit, "/session", sign_in), 422);
    as(kit, olga);
    assert_status(del(kit, "/people/ben/lock"), 303);
    as(kit, NULL);
    assert_status(post(kit, "/session", sign_in), 303);
}

/* Their list is that of every type; what staff know of them is not there for others. */
static void people_are_a_list_like_others(void **state)
{
    struct kit *kit = *state;
    for (int i = 0; i < 53; i++)
        kit_person(kit, kit_path(kit, "p%02d", i), ROLE_MEMBER);
    struct person_kit *sam = kit_person(kit, "sam", ROLE_STAFF);
    as(kit, sam);
    patch(kit, "/people/p01", "stage=customer&tags=vip");
    post_json(kit, "/people", "{\"title\": \"Carla Contact\", \"stage\": \"lead\"}");
    assert_json_count(get_json(kit, "/people?stage=customer"), "data", 1);
    assert_has(get(kit, "/people.csv?stage.in=lead,customer&columns=stage"), "Carla Contact,lead");
    assert_has(get(kit, "/people?as=board&by=stage"), "Carla Contact");
    assert_status(post(kit, "/people/views", "name=Leads&query=stage%3Dlead"), 303);
    assert_has(get(kit, "/people?as=table"), "name=\"do\"");
    struct person_kit *viewers[] = {NULL, kit_person(kit, "mia", ROLE_MEMBER)};
    for (int v = 0; v < 2; v++) {
        as(kit, viewers[v]);
        struct res first = get_json(kit, "/people");
        assert_json_count(first, "data", 50);
        const char *next =
            kit_path(kit, "/people?after=" STR_FMT, STR_ARG(kit_json(first, "next")));
        assert_json_count(get_json(kit, next), "data", 5);
        assert_status(get_json(kit, "/people?stage=customer"), 400);
        assert_status(get_json(kit, "/people?tags.has=vip"), 400);
        assert_status(get_json(kit, "/people?owner.empty=no"), 400);
        assert_has_not(get(kit, "/people.csv"), "vip");
        assert_has_not(get(kit, "/people.csv"), "Carla");
        assert_has(get(kit, "/people"), "@p52");
        assert_json_count(get_json(kit, "/people?handle=p07"), "data", 1);
        assert_json_count(get_json(kit, "/people?q=p07"), "data", 1);
        assert_json_count(get_json(kit, "/people?q=%2A%2A"), "data", 0);
    }
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    kit_fail_sweep(kit, "PATCH", "/people/ana", "name=Ana+B&about=New&about_for=staff", NULL);
    kit_fail_sweep(kit, "GET", "/people/ana", NULL, NULL);
    kit_fail_sweep(kit, "GET", "/people", NULL, NULL);
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    kit_fail_sweep(kit, "POST", "/people/ana/role", "_method=PUT&role=staff", NULL);
    kit_fail_sweep(kit, "POST", "/people/ana/lock", "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handles_are_plain),
        kit_test(a_free_handle_is_found),
        kit_test(only_contacts_are_taken_away),
        kit_test(a_field_is_for_whom_its_owner_says),
        kit_test(what_is_for_few_is_not_found),
        kit_test(the_address_is_never_shown_unasked),
        kit_test(profiles_are_changed_by_their_owner),
        kit_test(roles_are_given_by_administrators),
        kit_test(locked_accounts_are_out),
        kit_test(people_are_a_list_like_others),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
