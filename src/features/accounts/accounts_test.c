/* accounts_test.c: joining, signing in and out, devices, passwords, the owner's link; and what
 * strangers try. */
#include "features/accounts/accounts.h"

#include <pthread.h>

#include "core/clock.h"
#include "http/session.h"
#include "test/rooms.h"

#define ANA "email=ana%40example.org&password=password+of+ana"

static struct str session_of(const struct person_kit *p)
{
    for (const struct cookie *c = p->cookies; c; c = c->next)
        if (str_is(c->name, "skep_session"))
            return c->value;
    return S("");
}

static int64_t sessions(struct kit *kit)
{
    return sql_int(kit, "SELECT COUNT(*) FROM sessions");
}

/* Another browser, that nobody has signed in with. */
static struct person_kit *browser(struct kit *kit)
{
    struct person_kit *p = arena_make(kit->arena, struct person_kit);
    as(kit, p);
    return p;
}

/* As a browser does whose old cookie may be worth nothing: with the token of the page. */
static struct res sign_in(struct kit *kit, const char *form)
{
    struct res page = get(kit, "/session/new");
    ptrdiff_t at = str_find_str(page.body, S("name=\"_csrf\" value=\""));
    assert_true(at >= 0);
    struct str token = str_first(str_from(page.body, (size_t)at + 20), 64);
    return post(kit, "/session",
                str_fmt(kit->arena, "_csrf=" STR_FMT "&%s", STR_ARG(token), form).p);
}

static void one_joins_and_signs_in(void **state) /* accounts RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *new = browser(kit);
    struct res r = post(kit, "/accounts",
                        "name=Nora+Field&email=Nora%40Example.org"
                        "&password=a+short+sentence");
    assert_status(r, 303);
    assert_header(r, "Location", "/session/new?email=nora%40example.org");
    assert_int_equal(sql_int(kit, "SELECT role FROM accounts"), ROLE_MEMBER);
    assert_true(str_starts(sql_str(kit, "SELECT password FROM accounts"), S("$argon2id$")));
    assert_true(str_is(sql_str(kit, "SELECT handle FROM people"), "nora-field"));
    assert_status(get(kit, "/account"), 303);
    r = post(kit, "/session", "email=+NORA%40example.org&password=a+short+sentence&back=/ideas");
    assert_status(r, 303);
    assert_header(r, "Location", "/ideas");
    assert_int_equal(session_of(new).n, 64);
    assert_has(get(kit, "/account"), "nora@example.org");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM sessions WHERE LENGTH(token_hash) = 32"),
                     1);
    assert_status(del(kit, "/session"), 303);
    assert_int_equal(session_of(new).n, 0);
    assert_int_equal(sessions(kit), 0);
}

static void hashing_is_off_the_writer(void **state) /* accounts RULE 1 */
{
    (void)state;
    int hashing = 0;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *r = (*f)->routes; r && r->method; r++)
            if (str_is(str_of((*f)->name), "accounts") && r->method != GET && r->prepare)
                hashing++;
    assert_int_equal(hashing, 6); /* sign in, join, password, forgotten one, address, owner */
}

static struct str without_email(struct kit *kit, struct res r, const char *email)
{
    struct out o;
    out_init(&o, 1 << 20);
    struct str rest = r.body;
    ptrdiff_t at;
    while ((at = str_find_str(rest, str_of(email))) >= 0) {
        out_str(&o, str_first(rest, (size_t)at));
        rest = str_from(rest, (size_t)at + strlen(email));
    }
    out_str(&o, rest);
    return out_take(&o, kit->arena);
}

static void a_wrong_address_is_as_a_wrong_password(void **state) /* accounts RULE 2 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    struct person_kit *off = kit_person(kit, "off", ROLE_MEMBER);
    sql_run(kit, kit_path(kit, "UPDATE accounts SET disabled_at = 1 WHERE person_id = %lld",
                          (long long)off->id));
    browser(kit);
    const char *const forms[] = {
        "{\"email\":\"ana@example.org\",\"password\":\"not the password\"}",
        "{\"email\":\"eve@example.org\",\"password\":\"not the password\"}",
        "{\"email\":\"off@example.org\",\"password\":\"password of off\"}",
        "{\"email\":\"not an address\",\"password\":\"not the password\"}",
    };
    struct res first = post_json(kit, "/session", forms[0]);
    assert_status(first, 422);
    for (size_t i = 1; i < sizeof forms / sizeof *forms; i++) {
        struct res r = post_json(kit, "/session", forms[i]);
        assert_status(r, 422);
        assert_true(str_eq(r.body, first.body));
    }
    /* An unknown address costs a hash as well: of a decoy with the same parameters. */
    assert_false(password_matches(S(""), S("nobody")));
    assert_true(password_matches(password_hash(kit->arena, S("x")), S("x")));
}

static void joining_twice_tells_nothing(void **state) /* accounts RULE 3 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct str before = sql_str(kit, "SELECT password FROM accounts");
    browser(kit);
    struct res new =
        post(kit, "/accounts", "name=A&email=new%40example.org&password=long+enough+1");
    struct res page_new = kit_follow(new);
    browser(kit);
    struct res old =
        post(kit, "/accounts", "name=A&email=ana%40example.org&password=long+enough+1");
    assert_status(new, 303);
    assert_status(old, 303);
    assert_header(old, "Location", "/session/new?email=ana%40example.org");
    struct res page_old = kit_follow(old);
    assert_int_equal(without_email(kit, page_new, "new@example.org").n,
                     without_email(kit, page_old, "ana@example.org").n);
    assert_true(
        str_eq(sql_str(kit, kit_path(kit, "SELECT password FROM accounts WHERE person_id = %lld",
                                     (long long)ana->id)),
               before));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM accounts"), 2);
}

static void what_is_no_address_or_password_is_refused(void **state)
{
    struct kit *kit = *state;
    static const char *const wrong[] = {"",
                                        "x",
                                        "@",
                                        "a@b",
                                        "a@@b.example",
                                        "a b@c.example",
                                        "a@b.example.",
                                        "a@b.example\r\nBcc: x@y.example",
                                        "a,b@c.de"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(email_valid(str_of(wrong[i])));
    assert_true(email_valid(S("a.b+c@d-e.example")));
    browser(kit);
    assert_status(post(kit, "/accounts", "name=A&email=a%40b.example&password=short"), 422);
    assert_status(post(kit, "/accounts", "name=&email=a%40b.example&password=long+enough+1"), 422);
    assert_status(post(kit, "/accounts", "name=A&email=a%40b&password=long+enough+1"), 422);
    struct res r =
        post(kit, "/accounts", "name=A&email=a%40b.example&password=long+enough+1&role=4");
    assert_status(r, 422);
    assert_has_not(r, "long enough 1"); /* a password is never shown again */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM accounts"), 0);
}

static void long_passwords_of_any_script_work(void **state)
{
    struct kit *kit = *state;
    browser(kit);
    struct out o;
    out_init(&o, 8192);
    for (int i = 0; i < 150; i++)
        out_lit(&o, "%E8%9C%82"); /* 150 characters, 450 bytes */
    struct str bees = out_take(&o, kit->arena);
    assert_status(
        post(kit, "/accounts",
             str_fmt(kit->arena, "name=B&email=b%%40example.org&password=" STR_FMT, STR_ARG(bees))
                 .p),
        303);
    assert_status(
        post(kit, "/session",
             str_fmt(kit->arena, "email=b%%40example.org&password=" STR_FMT, STR_ARG(bees)).p),
        303);
    assert_status(post(kit, "/session",
                       str_fmt(kit->arena, "email=b%%40example.org&password=" STR_FMT,
                               STR_ARG(str_first(bees, bees.n - 9)))
                           .p),
                  422);
}

static void devices_are_listed_and_signed_out(void **state)
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct person_kit *phone = browser(kit);
    kit_header(kit, "User-Agent: A phone");
    assert_status(post(kit, "/session", ANA), 303);
    as(kit, ana);
    struct res r = get_json(kit, "/account");
    assert_json_count(r, "data.sessions", 2);
    assert_has(r, "A phone");
    int64_t own = sql_int(kit, "SELECT MIN(id) FROM sessions"), other = own + 1;
    assert_has(r, kit_path(kit, "\"id\":%lld", (long long)other));
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    as(kit, ben); /* not his */
    assert_status(del(kit, kit_path(kit, "/sessions/%lld", (long long)other)), 404);
    as(kit, ana);
    assert_status(del(kit, kit_path(kit, "/sessions/%lld", (long long)other)), 303);
    as(kit, phone);
    assert_status(get(kit, "/account"), 303);
    assert_status(sign_in(kit, ANA), 303);
    assert_status(get(kit, "/account"), 200);
    as(kit, ana);
    assert_status(del(kit, "/sessions"), 303);
    assert_status(get(kit, "/account"), 303);
    as(kit, phone);
    assert_status(get(kit, "/account"), 303);
    as(kit, ben);
    assert_status(get(kit, "/account"), 200);
}

static void a_new_password_signs_others_out(void **state) /* accounts RULE 4 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER), *phone = browser(kit);
    assert_status(post(kit, "/session", ANA), 303);
    as(kit, ana);
    struct str before = session_of(ana);
    struct res r = kit_request(kit, "PUT", "/account/password", KIT_PAGE, KIT_FORM,
                               "current=wrong&password=another+sentence");
    assert_status(r, 422);
    r = kit_request(kit, "PUT", "/account/password", KIT_PAGE, KIT_FORM,
                    "current=password+of+ana&password=another+sentence");
    assert_status(r, 303);
    assert_false(str_eq(before, session_of(ana)));
    assert_status(get(kit, "/account"), 200);
    assert_int_equal(sessions(kit), 1);
    as(kit, phone);
    assert_status(get(kit, "/account"), 303);
    assert_status(sign_in(kit, ANA), 422);
    assert_status(sign_in(kit, "email=ana%40example.org&password=another+sentence"), 303);
}

static void a_planted_session_is_not_taken_over(void **state) /* session RULE 2 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    struct person_kit *eve = kit_person(kit, "eve", ROLE_MEMBER), *victim = browser(kit);
    struct str planted = session_of(eve);
    victim->cookies = arena_make(kit->arena, struct cookie);
    *victim->cookies = (struct cookie){S("skep_session"), planted, NULL};
    assert_status(post(kit, "/session", ANA), 303);
    assert_false(str_eq(session_of(victim), planted));
    as(kit, eve); /* her own ended with it, and is nobody's now */
    assert_status(get(kit, "/account"), 303);
    struct person_kit *other = browser(kit);
    other->cookies = arena_make(kit->arena, struct cookie);
    *other->cookies = (struct cookie){S("skep_session"),
                                      S("00000000000000000000000000000000"
                                        "00000000000000000000000000000000"),
                                      NULL};
    assert_status(sign_in(kit, ANA), 303);
    assert_int_equal(session_of(other).n, 64);
    assert_false(str_starts(session_of(other), S("0000")));
}

static void nobody_is_sent_elsewhere(void **state) /* request RULE 3 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    static const char *const evil[] = {
        "//evil.example",      "/%5Cevil.example",
        "http://evil.example", "https:evil.example",
        "javascript:alert(1)", "%2F%2Fevil.example",
        "/%09/evil.example",   "/%0d%0aSet-Cookie:%20a=b",
        "evil.example",        "",
        "%5C%5Cevil.example",  "///evil.example",
    };
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
        browser(kit);
        kit_reopen(kit); /* forget the rate */
        struct res r = post(kit, "/session", kit_path(kit, "%s&back=%s", ANA, evil[i]));
        assert_status(r, 303);
        if (!str_is(res_head(r, "Location"), "/"))
            kit_wrong(r, __FILE__, __LINE__, "back=%s is followed", evil[i]);
        r = get(kit, kit_path(kit, "/session/new?back=%s", evil[i]));
        assert_header(r, "Location", "/");
    }
}

static void too_often_is_refused(void **state)
{
    struct kit *kit = *state;
    browser(kit);
    struct res r = {0};
    for (int i = 0; i < 11; i++)
        r = post(kit, "/session", "email=ana%40example.org&password=guess+number+1");
    assert_status(r, 429);
    assert_true(res_head(r, "Retry-After").n > 0);
    kit_pass(kit, CLOCK_MINUTE);
    assert_status(post(kit, "/session", "email=ana%40example.org&password=guess+again"), 422);
    for (int i = 0; i < 11; i++)
        r = post(kit, "/accounts", "name=A&email=a%40b.example&password=short");
    assert_status(r, 429);
}

static void sessions_end(void **state) /* session RULE 4 5 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, ana);
    assert_status(get(kit, "/account"), 200);
    kit_pass(kit, 31 * CLOCK_DAY);
    assert_status(get(kit, "/account"), 303);
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    as(kit, ben);
    assert_status(get(kit, "/account"), 200);
    sql_run(kit, "UPDATE accounts SET disabled_at = 1");
    assert_status(get(kit, "/account"), 303);
}

static void tokens_do_what_their_scope_says(void **state) /* session RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct str read = kit_token(kit, rooms.ana, "read");
    struct str write = kit_token(kit, rooms.ana, "read write");
    const char *idea = kit_path(kit, "{\"space\":%lld,\"title\":\"By token\",\"body\":\"Text\"}",
                                (long long)rooms.space);
    as(kit, NULL);
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(read));
    assert_status(get_json(kit, "/account"), 200);
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(read));
    assert_status(post_json(kit, "/ideas", idea), 403);
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(write));
    assert_status(post_json(kit, "/ideas", idea), 201);
    kit_header(kit, "Authorization: Bearer 0000");
    assert_status(get_json(kit, "/ideas"), 401);
    sql_run(kit, "UPDATE accounts SET disabled_at = 1 WHERE email = 'ana@example.org'");
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(write));
    assert_status(get_json(kit, "/account"), 401);
}

/* ---- the owner ---- */

static void owner_link(struct kit *kit, const char *token, int64_t until)
{
    unsigned char hash[TOKEN_HASH];
    token_hash(str_of(token), hash);
    struct str hex = str_hex(kit->arena, hash, sizeof hash);
    sql_run(kit, "DELETE FROM settings WHERE name LIKE 'owner_link%'");
    sql_run(kit, kit_path(kit,
                          "INSERT INTO settings (name, value) VALUES ('owner_link', '" STR_FMT
                          "'), ('owner_link_until', '%lld')",
                          STR_ARG(hex), (long long)until));
}

static void the_owners_link_works_once(void **state) /* accounts RULE 5 */
{
    struct kit *kit = *state;
    static const char form[] = "name=Olga&email=olga%40example.org&password=the+owner+of+it";
    owner_link(kit, "abc", KIT_NOW + CLOCK_DAY);
    struct person_kit *olga = browser(kit);
    assert_status(get(kit, "/owner/abd"), 404);
    assert_status(post(kit, "/owner/abd", form), 404);
    assert_status(get(kit, "/owner/abc"), 200);
    assert_status(post(kit, "/owner/abc", "name=Olga&email=olga%40example.org&password=x"), 422);
    kit_pass(kit, CLOCK_DAY);
    assert_status(get(kit, "/owner/abc"), 404);
    assert_status(post(kit, "/owner/abc", form), 404);
    owner_link(kit, "abc", kit->now + CLOCK_DAY);
    assert_status(post(kit, "/owner/abc", form), 303);
    assert_int_equal(session_of(olga).n, 64);
    assert_int_equal(sql_int(kit, "SELECT role FROM accounts"), ROLE_OWNER);
    assert_status(get(kit, "/spaces/new"), 200);
    browser(kit);
    assert_status(get(kit, "/owner/abc"), 404);
    owner_link(kit, "abd", kit->now + CLOCK_DAY); /* even a good one: there is an owner */
    assert_status(post(kit, "/owner/abd", "name=Eve&email=e%40example.org&password=me+too+please"),
                  404);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM accounts"), 1);
}

/* ---- failures ---- */

static void a_failing_statement_leaves_nothing(void **state)
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    browser(kit);
    kit_fail_sweep(kit, "POST", "/accounts", "name=N&email=n%40example.org&password=long+enough+1",
                   NULL);
    kit_fail_sweep(kit, "POST", "/session", ANA, NULL);
    as(kit, ana);
    kit_fail_sweep(kit, "GET", "/account", NULL, NULL);
    kit_fail_sweep(kit, "POST", "/account/password",
                   "_method=PUT&current=password+of+ana&password=another+sentence", NULL);
    kit_fail_sweep(kit, "POST", "/sessions", "_method=DELETE", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(one_joins_and_signs_in),
        kit_test(hashing_is_off_the_writer),
        kit_test(a_wrong_address_is_as_a_wrong_password),
        kit_test(joining_twice_tells_nothing),
        kit_test(what_is_no_address_or_password_is_refused),
        kit_test(long_passwords_of_any_script_work),
        kit_test(devices_are_listed_and_signed_out),
        kit_test(a_new_password_signs_others_out),
        kit_test(a_planted_session_is_not_taken_over),
        kit_test(nobody_is_sent_elsewhere),
        kit_test(too_often_is_refused),
        kit_test(sessions_end),
        kit_test(tokens_do_what_their_scope_says),
        kit_test(the_owners_link_works_once),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
