/* session_test.c: cookies, tokens, and proofs that a change comes from a page of ours; see
 * session.h and csrf.c. */
#include "test/kit.h"

#include "http/feature.h"
#include "http/session.h"

static int whoami_show(struct req *rq)
{
    rq->content_type = S("text/plain");
    out_fmt(&rq->out, "id=%lld role=%d name=" STR_FMT " handle=" STR_FMT " token=%d",
            (long long)rq->viewer.id, (int)rq->viewer.role, STR_ARG(rq->viewer.name),
            STR_ARG(rq->viewer.handle), rq->viewer.by_token);
    return rq->status = 200;
}

static int token_show(struct req *rq)
{
    rq->content_type = S("text/plain");
    out_str(&rq->out, req_csrf(rq));
    return rq->status = 200;
}

static int session_start(struct req *rq)
{
    int64_t person = 0;
    str_int(req_field(rq, "person"), &person);
    session_create(rq, person);
    return redirect(rq, "/whoami");
}

static int session_stop(struct req *rq)
{
    session_end(rq);
    return redirect(rq, "/whoami");
}

static int sessions_stop(struct req *rq)
{
    sessions_end_all(rq, rq->viewer.id);
    return redirect(rq, "/whoami");
}

static int change(struct req *rq)
{
    return redirect(rq, "/whoami");
}

static const struct route routes[] = {
    {GET, "/whoami", whoami_show, ANYONE}, {GET, "/bare", whoami_show, ANYONE, .flags = ROUTE_BARE},
    {GET, "/token", token_show, ANYONE},   {POST, "/start", session_start, ANYONE},
    {POST, "/stop", session_stop, ANYONE}, {POST, "/stop_all", sessions_stop, MEMBER},
    {POST, "/change", change, ANYONE},     {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

static void assert_head(struct res r, const char *text, bool has)
{
    if (str_has(r.head, str_of(text)) != has)
        fail_msg("%s: '%s' in " STR_FMT, has ? "lacks" : "has", text, STR_ARG(r.head));
}

static struct str cookie_of(struct res r, const char *name)
{
    struct str lines = r.head, line, start = str_fmt(r.kit->arena, "Set-Cookie: %s=", name);
    while (str_split(&lines, '\n', &line))
        if (str_starts(line, start)) {
            line = str_from(line, start.n);
            return str_first(line, (size_t)str_find(line, ';'));
        }
    return S("");
}

static struct str sign_in(struct kit *kit, struct person_kit *who)
{
    struct str form = str_fmt(kit->arena, "person=%lld", (long long)who->id);
    struct res r = post(kit, "/start", form.p);
    assert_status(r, 303);
    return cookie_of(r, "skep_session");
}

/* A GET with this cookie and nothing else. */
static struct res get_with(struct kit *kit, const char *path, struct str cookie)
{
    return kit_raw(kit, str_fmt(kit->arena,
                                "GET %s HTTP/1.1\r\nHost: " KIT_HOST
                                "\r\nCookie: skep_session=" STR_FMT "\r\n\r\n",
                                path, STR_ARG(cookie)));
}

static void a_session_is_a_hashed_secret(void **state) /* session RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *mia = kit_person(kit, "mia", ROLE_MEMBER);
    sql_run(kit, "DELETE FROM sessions");
    struct str token = sign_in(kit, mia);
    assert_int_equal(token.n, 64);
    assert_int_equal(sql_int(kit, "SELECT length(token_hash) FROM sessions"), TOKEN_HASH);
    struct str expect =
        str_fmt(kit->arena, "SELECT count(*) FROM sessions WHERE token_hash = '" STR_FMT "'",
                STR_ARG(token));
    assert_int_equal(sql_int(kit, expect.p), 0);
    struct res r = get_with(kit, "/whoami", token);
    assert_has(
        r, str_fmt(kit->arena, "id=%lld role=1 name=mia handle=mia token=0", (long long)mia->id).p);
    assert_has(get_with(kit, "/bare", token), "id=0");
    r = post(kit, "/start", str_fmt(kit->arena, "person=%lld", (long long)mia->id).p);
    assert_head(r, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000", true);
}

static void secure_cookies_where_all_is_secure(void **state)
{
    struct kit *kit = *state;
    kit->app->options.trust_proxy = true;
    kit_header(kit, "X-Forwarded-Proto: https");
    struct res r = get(kit, "/token");
    assert_head(r, "; Secure", true);
    assert_header(r, "Strict-Transport-Security", "max-age=31536000");
    kit->app->options.trust_proxy = false; /* then anybody could say so */
    kit->viewer->cookies = NULL;
    kit_header(kit, "X-Forwarded-Proto: https");
    r = get(kit, "/token");
    assert_head(r, "; Secure", false);
    assert_header(r, "Strict-Transport-Security", NULL);
}

static void signing_in_changes_the_token(void **state) /* session RULE 2, csrf RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *mia = kit_person(kit, "mia", ROLE_MEMBER);
    sql_run(kit, "DELETE FROM sessions");
    struct str first = sign_in(kit, mia), second = sign_in(kit, mia);
    assert_false(str_eq(first, second));
    assert_int_equal(sql_int(kit, "SELECT count(*) FROM sessions"), 1); /* the old one has ended */
    assert_has(get_with(kit, "/whoami", first), "id=0");
    assert_has(get_with(kit, "/whoami", second), "handle=mia");
    /* What an attacker planted is not taken over. */
    kit->viewer->cookies = NULL;
    struct res page = get(kit, "/token");
    struct str guest = cookie_of(page, "skep_guest");
    struct str planted = S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    struct str form =
        str_fmt(kit->arena, "person=%lld&_csrf=" STR_FMT, (long long)mia->id, STR_ARG(page.body));
    struct str raw = str_fmt(kit->arena,
                             "POST /start HTTP/1.1\r\nHost: hub\r\nCookie: skep_guest=" STR_FMT
                             "; skep_session=" STR_FMT "\r\nContent-Type: " KIT_FORM
                             "\r\nContent-Length: %zu\r\n\r\n" STR_FMT,
                             STR_ARG(guest), STR_ARG(planted), form.n, STR_ARG(form));
    struct str third = cookie_of(kit_raw(kit, raw), "skep_session");
    assert_int_equal(third.n, 64);
    assert_false(str_eq(third, planted));
    assert_has(get_with(kit, "/whoami", third), "handle=mia");
    assert_has(get_with(kit, "/whoami", planted), "id=0");
}

static void signing_out_here_and_everywhere(void **state) /* session RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *mia = kit_person(kit, "mia", ROLE_MEMBER);
    as(kit, mia);
    assert_has(get(kit, "/whoami"), "handle=mia");
    assert_status(post(kit, "/stop", ""), 303);
    assert_has(get(kit, "/whoami"), "id=0");
    as(kit, NULL);
    struct str one = sign_in(kit, mia);
    kit->viewer->cookies = NULL;
    struct str two = sign_in(kit, mia);
    assert_status(post(kit, "/stop_all", ""), 303);
    assert_has(get_with(kit, "/whoami", one), "id=0");
    assert_has(get_with(kit, "/whoami", two), "id=0");
}

static void what_is_not_valid_is_a_guest(void **state) /* session RULE 4 */
{
    struct kit *kit = *state;
    struct person_kit *mia = kit_person(kit, "mia", ROLE_MEMBER);
    as(kit, mia);
    assert_has(get(kit, "/whoami"), "handle=mia");
    assert_has(get_with(kit, "/whoami", S("short")), "id=0");
    assert_has(get_with(kit, "/whoami", S("zz")), "id=0");
    sql_run(kit, "UPDATE accounts SET disabled_at = 1");
    assert_has(get(kit, "/whoami"), "id=0");
    sql_run(kit, "UPDATE accounts SET disabled_at = NULL");
    assert_has(get(kit, "/whoami"), "handle=mia");
    kit_pass(kit, 31 * CLOCK_DAY);
    assert_has(get(kit, "/whoami"), "id=0");
    as(kit, NULL);
    kit_header(kit, "Authorization: Bearer nonsense");
    struct res r = get_json(kit, "/whoami");
    assert_status(r, 401);
    assert_header(r, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
}

static int64_t seen_at(struct kit *kit)
{
    kit_written(kit);
    return sql_int(kit, "SELECT seen_at FROM sessions");
}

static void being_seen_is_noted_now_and_then(void **state) /* session RULE 5 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "mia", ROLE_MEMBER));
    kit_pass(kit, 9 * CLOCK_MINUTE);
    get(kit, "/whoami");
    assert_int_equal(seen_at(kit), KIT_NOW);
    kit_pass(kit, 2 * CLOCK_MINUTE);
    get(kit, "/whoami");
    get(kit, "/whoami");
    assert_int_equal(seen_at(kit), kit->now);
    assert_int_equal(sql_int(kit, "SELECT expires_at FROM sessions"), kit->now + 30 * CLOCK_DAY);
    kit_pass(kit, 29 * CLOCK_DAY); /* longer than 30 days since the start, but it was used */
    assert_has(get(kit, "/whoami"), "handle=mia");
}

static void tokens_have_scopes(void **state) /* session RULE 3, request RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *mia = kit_person(kit, "mia", ROLE_MEMBER);
    struct str reads = kit_token(kit, mia, "read"), writes = kit_token(kit, mia, "read write");
    static const char raw[] = "%s /%s HTTP/1.1\r\nHost: hub\r\nAccept: application/json\r\n"
                              "Authorization: %s " STR_FMT "\r\n%s\r\n";
    static const struct {
        const char *method, *path, *kind, *more;
        bool writer;
        int status;
    } cases[] = {
        {"GET", "whoami", "Bearer", "", false, 200},
        {"POST", "change", "Bearer", "", false, 403},
        {"POST", "change", "Bearer", "", true, 303},
        {"GET", "whoami", "bearer", "", true, 200},
        {"POST", "change", "Basic", "", true, 403},
        {"POST", "change", "Bearer", "Origin: https://elsewhere.example\r\n", true, 303},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str token = cases[i].writer ? writes : reads;
        struct res r = kit_raw(kit, str_fmt(kit->arena, raw, cases[i].method, cases[i].path,
                                            cases[i].kind, STR_ARG(token), cases[i].more));
        assert_status(r, cases[i].status);
        if (cases[i].status == 200)
            assert_has(r, "handle=mia token=1");
    }
    sql_run(kit, "UPDATE tokens SET expires_at = 1");
    assert_status(
        kit_raw(kit, str_fmt(kit->arena, raw, "GET", "whoami", "Bearer", STR_ARG(reads), "")), 401);
}

/* ---- changes from elsewhere ---- */

static struct res change_with(struct kit *kit, const char *headers, struct str form)
{
    return kit_raw(kit, str_fmt(kit->arena,
                                "POST /change HTTP/1.1\r\nHost: " KIT_HOST
                                "\r\n%sContent-Type: " KIT_FORM
                                "\r\nContent-Length: %zu\r\n\r\n" STR_FMT,
                                headers, form.n, STR_ARG(form)));
}

static const char *cookies(struct kit *kit, struct str guest, struct str session)
{
    return str_fmt(kit->arena, "Cookie: skep_guest=" STR_FMT "; skep_session=" STR_FMT "\r\n",
                   STR_ARG(guest), STR_ARG(session))
        .p;
}

static void a_change_needs_the_token_of_its_session(void **state) /* csrf RULE 1, request RULE 2 */
{
    struct kit *kit = *state;
    struct res page = get(kit, "/token");
    struct str guest = cookie_of(page, "skep_guest"), token = page.body, none = S("");
    struct str form = str_fmt(kit->arena, "_csrf=" STR_FMT, STR_ARG(token));
    assert_int_equal(guest.n, 32);
    assert_status(change_with(kit, cookies(kit, guest, none), form), 303);
    assert_status(change_with(kit, "", form), 403);
    assert_status(change_with(kit, cookies(kit, guest, none), S("_csrf=")), 403);
    assert_status(change_with(kit, cookies(kit, guest, none), S("a=b")), 403);
    struct str zeros = S("00000000000000000000000000000000");
    assert_status(change_with(kit, cookies(kit, zeros, none), form), 403);
    /* After signing in the guest's token is worth nothing, and another's never was. */
    struct str mia = sign_in(kit, kit_person(kit, "mia", ROLE_MEMBER));
    kit->viewer->cookies = NULL;
    struct str bob = sign_in(kit, kit_person(kit, "bob", ROLE_MEMBER));
    assert_status(change_with(kit, cookies(kit, guest, mia), form), 403);
    struct str his = get_with(kit, "/token", bob).body;
    form = str_fmt(kit->arena, "_csrf=" STR_FMT, STR_ARG(his));
    assert_status(change_with(kit, cookies(kit, guest, mia), form), 403);
    assert_status(change_with(kit, cookies(kit, guest, bob), form), 303);
    const char *headers = str_fmt(kit->arena, "%sX-CSRF-Token: " STR_FMT "\r\n",
                                  cookies(kit, guest, bob), STR_ARG(his))
                              .p;
    assert_status(change_with(kit, headers, S("a=b")), 303);
    assert_status(change_with(kit, headers, form), 303);
}

static void a_change_comes_from_our_own_origin(void **state) /* csrf RULE 2, request RULE 2 */
{
    static const struct {
        const char *header;
        int status;
    } cases[] = {
        {"", 303},
        {"Origin: http://hub.test", 303},
        {"Origin: https://hub.test", 303},
        {"Origin: http://HUB.test", 303},
        {"Origin: null", 403},
        {"Origin: http://evil.example", 403},
        {"Origin: http://hub.test.evil.example", 403},
        {"Origin: http://hub.test:81", 403},
        {"Origin: ftp://hub.test", 403},
        {"Sec-Fetch-Site: same-origin", 303},
        {"Sec-Fetch-Site: same-site", 403},
        {"Sec-Fetch-Site: cross-site", 403},
        {"Sec-Fetch-Site: none", 403},
        {"Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example", 403},
    };
    struct kit *kit = *state;
    struct res page = get(kit, "/token");
    struct str form = str_fmt(kit->arena, "_csrf=" STR_FMT, STR_ARG(page.body));
    const char *cookie = cookies(kit, cookie_of(page, "skep_guest"), S(""));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *headers =
            str_fmt(kit->arena, "%s%s%s", cookie, cases[i].header, *cases[i].header ? "\r\n" : "")
                .p;
        struct res r = change_with(kit, headers, form);
        if (r.status != cases[i].status)
            fail_msg("%s: %d", cases[i].header, r.status);
    }
    kit->app->options.base_url = "https://public.example/";
    struct str base = str_fmt(kit->arena, "%sOrigin: https://public.example\r\n", cookie);
    assert_status(change_with(kit, base.p, form), 303);
    base = str_fmt(kit->arena, "%sOrigin: http://hub.test\r\n", cookie);
    assert_status(change_with(kit, base.p, form), 403); /* all of ours is over TLS */
}

static void tokens_never_look_the_same_twice(void **state) /* csrf RULE 3 */
{
    struct kit *kit = *state;
    struct res one = get(kit, "/token"), two = get(kit, "/token");
    assert_int_equal(one.body.n, 64);
    assert_false(str_eq(one.body, two.body));
    assert_false(str_eq(str_from(one.body, 32), str_from(two.body, 32)));
    assert_int_equal(cookie_of(two, "skep_guest").n, 0); /* the cookie stays */
    const char *cookie = cookies(kit, cookie_of(one, "skep_guest"), S(""));
    assert_status(
        change_with(kit, cookie, str_fmt(kit->arena, "_csrf=" STR_FMT, STR_ARG(one.body))), 303);
    assert_status(
        change_with(kit, cookie, str_fmt(kit->arena, "_csrf=" STR_FMT, STR_ARG(two.body))), 303);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_session_is_a_hashed_secret),
        kit_test(secure_cookies_where_all_is_secure),
        kit_test(signing_in_changes_the_token),
        kit_test(signing_out_here_and_everywhere),
        kit_test(what_is_not_valid_is_a_guest),
        kit_test(being_seen_is_noted_now_and_then),
        kit_test(tokens_have_scopes),
        kit_test(a_change_needs_the_token_of_its_session),
        kit_test(a_change_comes_from_our_own_origin),
        kit_test(tokens_never_look_the_same_twice),
    };
    return kit_run(tests);
}
