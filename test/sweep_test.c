/* sweep_test.c: every route of the program as everybody, in every face; and with each of its
 * statements failing in turn. Routes are not named here: those of features[] are gone through.
 */
#include <stdio.h>
#include <string.h>

#include "test/everyone.h"

enum { STATEMENTS_MAX = 1000 };

static const enum face faces_read[] = {FACE_PAGE, FACE_JSON,      FACE_STREAM, FACE_ATOM,
                                       FACE_RSS,  FACE_JSON_FEED, FACE_OPML,   FACE_CSV};
static const enum face faces_change[] = {FACE_PAGE, FACE_JSON, FACE_STREAM};

static size_t faces_of(const struct route *route, const enum face **faces)
{
    *faces = route->method == GET ? faces_read : faces_change;
    return route->method == GET ? sizeof faces_read / sizeof *faces_read
                                : sizeof faces_change / sizeof *faces_change;
}

static void wrong(const struct question_kit *q, struct res r, const char *what)
{
    kit_wrong(r, __FILE__, __LINE__, "%s %s as %s%s%s, face %d: %s: %d",
              method_name(q->route->method), q->path, q->caller->name,
              q->caller->scopes ? " with a token to " : "",
              q->caller->scopes ? q->caller->scopes : "", (int)q->face, what, r.status);
}

/* A refusal in the face that was asked for. Feed readers are told in words, or in the face that
 * the route has instead of a feed; machines in words. */
static bool plain(const struct question_kit *q, struct res r)
{
    struct str type = res_head(r, "Content-Type");
    bool feed = !face_shows(q->face) && q->face != FACE_JSON;
    if (str_starts(type, S("text/plain")))
        return feed || (q->route->flags & ROUTE_BARE);
    if (str_starts(type, S("text/html")))
        return (feed || face_shows(q->face)) && str_has(r.body, S("</html>"));
    return (feed || q->face == FACE_JSON) && str_is(type, "application/problem+json") &&
           str_has(r.body, S("\"status\":")) && str_ends(r.body, S("}"));
}

/* ---- who ---- */

enum { LET_IN = 0 };

/* What the declaration promises this caller: a refusal's status, or LET_IN. */
static int promised(const struct question_kit *q)
{
    const struct route *route = q->route;
    const struct caller *c = q->caller;
    static const char *const needs[] = {
        [SCOPE_READ] = "read", [SCOPE_WRITE] = "write", [SCOPE_ADMIN] = "admin"};
    enum scope scope = route_scope(route);
    if (route->flags & ROUTE_BARE)
        return LET_IN;
    if (c->scopes && (scope == SCOPE_NONE || !strstr(c->scopes, needs[scope])))
        return 403;
    if (c->role >= who_least(route->who))
        return LET_IN;
    return c->role != ROLE_GUEST ? 403 : face_shows(q->face) ? 303 : 401;
}

static void check_refused(const struct question_kit *q, struct res r, int status)
{
    if (r.status != status)
        wrong(q, r, "is not refused as declared");
    if (status == 303 && !str_starts(res_head(r, "Location"), S("/session/new?back=")))
        wrong(q, r, "does not lead to the form to sign in");
    if (status == 303)
        return;
    if (!plain(q, r))
        wrong(q, r, "is refused in another face");
    bool scoped = q->caller->scopes && route_scope(q->route) != SCOPE_NONE;
    if ((status == 401 || scoped) && !str_starts(res_head(r, "WWW-Authenticate"), S("Bearer")))
        wrong(q, r, "does not say what is wanted");
}

/* True when nothing but a right to this very thing may be lacking. */
static bool check_let_in(const struct question_kit *q, struct res r)
{
    if (r.status == 401 || r.status >= 500)
        wrong(q, r, "is declared for them");
    if (r.status == 303 && q->caller->role > ROLE_GUEST && !everyone_content(r))
        wrong(q, r, "leads to the form to sign in");
    return everyone_content(r);
}

/* In every face; true when the least role that is declared was enough for somebody. */
static bool ask_everybody(struct everyone *e, const struct route *route, const char *path)
{
    const enum face *faces;
    size_t n = faces_of(route, &faces);
    bool enough = false;
    for (const struct caller *c = callers; c->name; c++)
        for (size_t i = 0; i < n; i++) {
            struct question_kit q = {route, c, path, faces[i], 0, false};
            int refusal = promised(&q);
            q.undone = !refusal;
            struct res r = everyone_ask(e, &q);
            if (refusal)
                check_refused(&q, r, refusal);
            else if (check_let_in(&q, r) && c->role == who_least(route->who))
                enough = true;
        }
    return enough;
}

/* What stands where one may not look is not there; whatever is asked of it is not done. */
static int ask_for_hidden(struct everyone *e, const struct route *route, const char *path)
{
    const enum face *faces;
    size_t n = faces_of(route, &faces);
    int asked = 0;
    for (const struct caller *c = callers; c->name; c++)
        for (size_t i = 0; i < n; i++) {
            struct question_kit q = {route, c, path, faces[i], 0, false};
            if (promised(&q) || c->in != MEMBERSHIP_NONE || c->role >= ROLE_ADMINISTRATOR ||
                c->disabled)
                continue;
            struct res r = everyone_ask(e, &q);
            if (r.status != 404 || !plain(&q, r))
                wrong(&q, r, "is hidden from them");
            asked++;
        }
    return asked;
}

static void every_route_as_everybody(
    void **state) /* request RULE 1, dispatch RULE 5, access RULE 6 */
{
    struct everyone e = everyone_make(*state);
    int routes = 0, worked = 0, hidden = 0;
    EACH_ROUTE(route)
    {
        const char *path = everyone_sample(&e, route).path, *secret = everyone_hidden(&e, route);
        uint64_t before = kit_fingerprint(e.kit);
        bool enough = ask_everybody(&e, route, path);
        if (secret)
            hidden += ask_for_hidden(&e, route, secret);
        if (before != kit_fingerprint(e.kit))
            fail_msg("%s %s: a refused request has changed something", method_name(route->method),
                     path);
        if (!enough)
            print_message("%s %s: nobody for whom it is declared was let in; an address that works"
                          " may be missing in test/everyone.c\n",
                          method_name(route->method), route->path);
        routes++;
        worked += enough;
    }
    assert_true(worked * 20 >= routes * 19);
    assert_true(hidden > 500);
}

/* ---- every statement ---- */

/* Gives the number of statements. */
static int fail_each(struct everyone *e, struct question_kit *q)
{
    q->undone = true;
    int status = everyone_ask(e, q).status;
    for (int nth = 1; nth < STATEMENTS_MAX; nth++) {
        int64_t left = -1;
        q->fail_nth = nth;
        struct res r = everyone_ask(e, q);
        if (!str_int(res_head(r, "X-Skep-Fail-Left"), &left))
            wrong(q, r, "counts no statements");
        if (left > 0) {
            if (r.status != status)
                wrong(q, r, "is answered in another way when nothing fails");
            return nth - 1;
        }
        if (r.status < 500)
            wrong(q, r, kit_path(e->kit, "statement %d fails", nth));
        if (str_has(r.body, S("injected")) || str_has(r.body, S("SELECT ")) || !plain(q, r))
            wrong(q, r, kit_path(e->kit, "statement %d fails, and the answer is not plain", nth));
    }
    fail_msg("%s never succeeds", q->path);
    return 0;
}

static int fail_route(struct everyone *e, const struct route *route, const char *path,
                      const struct caller *caller)
{
    static const enum face reads[] = {FACE_PAGE, FACE_JSON, FACE_ATOM};
    uint64_t before = kit_fingerprint(e->kit);
    int statements = 0;
    for (size_t i = 0; i < 3; i++)
        statements += fail_each(
            e, &(struct question_kit){route, caller, path,
                                      route->method == GET ? reads[i] : faces_change[i], 0, true});
    if (before != kit_fingerprint(e->kit))
        fail_msg("%s %s: a failed statement has changed something", method_name(route->method),
                 path);
    return statements;
}

static void every_statement_of_every_route_fails(void **state) /* dispatch RULES 2 and 3 */
{
    struct everyone e = everyone_make(*state);
    int statements = 0, routes = 0;
    EACH_ROUTE(route)
    {
        struct sample sample = everyone_sample(&e, route);
        if (route->flags & ROUTE_ALONE)
            continue;
        statements += fail_route(&e, route, sample.path, sample.caller ? sample.caller : callers);
        routes++;
    }
    assert_true(statements > 10 * routes);
}

/* A hub that nobody owns yet. */
static void the_link_that_makes_an_owner_fails(void **state) /* dispatch RULES 2 and 3 */
{
    struct everyone e = everyone_make(*state);
    const char *path = everyone_orphan(&e);
    int statements = 0;
    EACH_ROUTE(route)
    {
        if (strncmp(route->path, "/owner/", 7) != 0)
            continue;
        struct question_kit q = {route, callers, path, FACE_PAGE, 0, true};
        if (!everyone_content(everyone_ask(&e, &q)))
            wrong(&q, everyone_ask(&e, &q), "does not work");
        statements += fail_route(&e, route, path, callers);
    }
    assert_true(statements > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(every_route_as_everybody),
        kit_test(every_statement_of_every_route_fails),
        kit_test(the_link_that_makes_an_owner_fails),
    };
    return kit_run(tests);
}
