/* accounts_tokens_test.c: proves the RULES of accounts_tokens.h, and what session.h says of
 * tokens. */
#include "features/accounts/accounts_tokens.h"

#include "http/session.h"
#include "test/rooms.h"

#define A_TOKEN "{\"name\":\"reports\",\"scopes\":[\"%s\"],\"days\":\"30\"}"

static struct res make(struct kit *kit, struct person_kit *who, const char *scope)
{
    as(kit, who);
    return post_json(kit, "/account/tokens", kit_path(kit, A_TOKEN, scope));
}

/* The member "token" of the answer. */
static struct str text_of(struct res r)
{
    assert_status(r, 201);
    ptrdiff_t from = str_find_str(r.body, S("\"token\":\""));
    assert_true(from > 0);
    struct str rest = str_from(r.body, (size_t)from + 9);
    return str_first(rest, (size_t)str_find(rest, '"'));
}

static struct res with(struct kit *kit, struct str token, const char *method, const char *path,
                       const char *json)
{
    as(kit, NULL);
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(token));
    return kit_request(kit, method, path, KIT_JSON, json ? KIT_JSON : NULL, json);
}

static void a_token_is_shown_once(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct res made = make(kit, ana, "write");
    struct str token = text_of(made);
    assert_true(str_starts(token, S(TOKEN_PREFIX)));
    assert_int_equal(token.n, 5 + 64);
    assert_header(made, "Location", "/account/tokens");
    assert_header(made, "Cache-Control", "no-store");
    assert_json_str(made, "data.scopes", "read write");
    const char *text = str_cstr(kit->arena, token);
    struct res list = get_json(kit, "/account/tokens");
    assert_json_str(list, "data.0.name", "reports");
    assert_has_not(list, text);
    assert_has_not(get(kit, "/account/tokens"), text);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM tokens"), 1);
    struct res page = post(kit, "/account/tokens", "name=On+a+page&scopes=read&days=never");
    assert_status(page, 201);
    assert_has(page, "skep_");
    page = post_stream(kit, "/account/tokens", "name=By+Turbo&scopes=read&scopes=write");
    assert_status(page, 201);
    assert_has(page, "skep_");
    assert_has(page, "target=\"main\"");
    assert_int_equal(
        sql_int(kit, "SELECT COUNT(*) FROM tokens WHERE expires_at IS NULL AND scopes = 'read'"),
        1);
}

static void what_a_new_token_needs(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    struct res r = post_json(kit, "/account/tokens", "{}");
    assert_json_str(r, "errors.name", "What it is for is missing.");
    assert_json_str(r, "errors.scopes", "What it may do is missing.");
    assert_status(make(kit, kit->viewer, "everything"), 422);
    assert_status(post_json(kit, "/account/tokens",
                            "{\"name\":\"x\",\"scopes\":[\"read\"],\"days\":\"1000000\"}"),
                  422);
    r = post(kit, "/account/tokens", "name=Kept&days=30");
    assert_status(r, 422);
    assert_has(r, "value=\"Kept\"");
    for (int i = 0; i < TOKENS_MAX; i++)
        sql_run(kit, kit_path(kit,
                              "INSERT INTO tokens (token_hash, person_id, scopes, created_at)"
                              " SELECT '%d', person_id, 'read', 1 FROM accounts",
                              i));
    assert_status(make(kit, kit->viewer, "read"), 422);
}

static void tokens_are_their_owners_alone(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    struct str token = text_of(make(kit, ana, "read"));
    const char *path =
        kit_path(kit, "/account/tokens/%lld", (long long)sql_int(kit, "SELECT id FROM tokens"));
    as(kit, ben);
    assert_json_count(get_json(kit, "/account/tokens"), "data", 0);
    assert_status(del(kit, path), 404);
    assert_status(del(kit, "/account/tokens"), 303);
    assert_status(with(kit, token, "GET", "/account", NULL), 200);
    as(kit, ana);
    assert_status(del(kit, path), 303);
    assert_status(with(kit, token, "GET", "/account", NULL), 401);
}

static void no_token_may_more_than_its_owner(void **state) /* RULE 2, session RULE 3 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    static const char role[] = "{\"role\":\"staff\"}";
    assert_status(make(kit, ana, "admin"), 422);
    struct str planted = kit_token(kit, ana, "admin");
    assert_status(with(kit, planted, "PUT", "/people/ana/role", role), 403);
    struct res r = with(kit, text_of(make(kit, ada, "write")), "PUT", "/people/ana/role", role);
    assert_status(r, 403);
    assert_header(r, "WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"admin\"");
    struct str token = text_of(make(kit, ada, "admin"));
    assert_status(with(kit, token, "PUT", "/people/ana/role", role), 200);
    assert_status(with(kit, token, "GET", "/people", NULL), 200);
    sql_run(kit, "UPDATE accounts SET role = 1 WHERE email = 'ada@example.org'");
    assert_status(with(kit, token, "PUT", "/people/ana/role", role), 403);
    sql_run(kit, "UPDATE accounts SET disabled_at = 1 WHERE email = 'ada@example.org'");
    assert_status(with(kit, token, "GET", "/people", NULL), 401);
}

static void no_token_touches_credentials(void **state) /* RULE 3, session RULE 3 */
{
    struct kit *kit = *state;
    struct person_kit *ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    struct str token = text_of(make(kit, ada, "admin"));
    static const struct {
        const char *method, *path, *json;
    } calls[] = {
        {"GET", "/account/tokens", NULL},
        {"POST", "/account/tokens", "{\"name\":\"x\",\"scopes\":[\"admin\"]}"},
        {"DELETE", "/account/tokens", NULL},
        {"DELETE", "/account/tokens/1", NULL},
        {"DELETE", "/sessions", NULL},
        {"DELETE", "/sessions/1", NULL},
        {"PUT", "/account/password", "{\"current\":\"password of ada\",\"password\":\"x\"}"},
        {"POST", "/session", "{\"email\":\"ada@example.org\",\"password\":\"password of ada\"}"},
    };
    uint64_t before = kit_fingerprint(kit);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        assert_status(with(kit, token, calls[i].method, calls[i].path, calls[i].json), 403);
    assert_true(before == kit_fingerprint(kit));
}

static void tokens_expire_and_say_when_they_were_used(void **state) /* session RULE 4 5 */
{
    struct kit *kit = *state;
    struct str token = text_of(make(kit, kit_person(kit, "ana", ROLE_MEMBER), "read"));
    assert_int_equal(sql_int(kit, "SELECT COALESCE(used_at, 0) FROM tokens"), 0);
    assert_status(with(kit, token, "GET", "/account", NULL), 200);
    kit_reopen(kit); /* what was submitted is done */
    assert_int_equal(sql_int(kit, "SELECT used_at FROM tokens"), kit->now);
    int64_t first = kit->now;
    kit_pass(kit, 9 * CLOCK_MINUTE);
    assert_status(with(kit, token, "GET", "/account", NULL), 200);
    kit_reopen(kit);
    assert_int_equal(sql_int(kit, "SELECT used_at FROM tokens"), first);
    kit_pass(kit, 2 * CLOCK_MINUTE);
    assert_status(with(kit, token, "GET", "/account", NULL), 200);
    kit_reopen(kit);
    assert_int_equal(sql_int(kit, "SELECT used_at FROM tokens"), kit->now);
    kit_pass(kit, 30 * CLOCK_DAY);
    assert_status(with(kit, token, "GET", "/account", NULL), 401);
}

static void who_leaves_takes_the_tokens_along(void **state) /* accounts RULE 4 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct str token = text_of(make(kit, ana, "read"));
    assert_has(get(kit, "/account"), "Revoke my access tokens, too");
    assert_status(kit_request(kit, "PUT", "/account/password", KIT_PAGE, KIT_FORM,
                              "current=password+of+ana&password=another+sentence"),
                  303);
    assert_status(with(kit, token, "GET", "/account", NULL), 200);
    as(kit, ana);
    assert_status(kit_request(kit, "PUT", "/account/password", KIT_PAGE, KIT_FORM,
                              "current=another+sentence&password=a+third+sentence&tokens=revoke"),
                  303);
    assert_status(with(kit, token, "GET", "/account", NULL), 401);
    token = text_of(make(kit, ana, "read"));
    assert_status(post(kit, "/sessions", "_method=DELETE&tokens=revoke"), 303);
    assert_status(with(kit, token, "GET", "/account", NULL), 401);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM tokens"), 0);
}

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    kit_fail_sweep(kit, "GET", "/account/tokens", NULL, NULL);
    kit_fail_sweep(kit, "POST", "/account/tokens", "name=x&scopes=read", NULL);
    kit_fail_sweep(kit, "POST", "/account/tokens", "_method=DELETE", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_token_is_shown_once),
        kit_test(what_a_new_token_needs),
        kit_test(tokens_are_their_owners_alone),
        kit_test(no_token_may_more_than_its_owner),
        kit_test(no_token_touches_credentials),
        kit_test(tokens_expire_and_say_when_they_were_used),
        kit_test(who_leaves_takes_the_tokens_along),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
