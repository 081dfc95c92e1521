/* router_test.c: which route a path leads to, and which tables stop the start; see router.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "http/router.h"

static int nothing(struct req *rq)
{
    (void)rq;
    return 200;
}

static const struct route routes[] = {
    {GET, "/", nothing, ANYONE},
    {GET, "/ideas", nothing, ANYONE},
    {POST, "/ideas", nothing, MEMBER, .body_max = 5 * 1024 * 1024},
    {GET, "/ideas/new", nothing, MEMBER},
    {GET, "/ideas/:id", nothing, ANYONE},
    {PATCH, "/ideas/:id", nothing, MEMBER},
    {DELETE, "/ideas/:name", nothing, STAFF},
    {POST, "/ideas/:id/votes", nothing, MEMBER},
    {GET, "/people/:person/notes/:note", nothing, ANYONE},
    {GET, "/robots.txt", nothing, ANYONE},
    {GET, "/:type", nothing, ANYONE},
    {POST, "/:type", nothing, MEMBER},
    {PATCH, "/:type/:number", nothing, MEMBER},
    {GET, "/:type/:number/notes/:note", nothing, MEMBER},
    {GET, "/:type/new", nothing, MEMBER},
    {0},
};
static const struct feature feature = {.name = "ideas", .routes = routes};

struct found {
    struct router_place place;
    struct str segments[16];
    bool there;
};

static struct found find(const struct router *r, const char *path)
{
    struct found found = {0};
    struct str rest = str_from(str_of(path), 1);
    size_t n = 0;
    while (rest.n && str_split(&rest, '/', &found.segments[n]))
        n++;
    found.there = router_find(r, found.segments, n, &found.place);
    return found;
}

static void paths_lead_to_routes(void **state) /* RULE 2 */
{
    static const struct {
        const char *path;
        enum method method;
        int route; /* -1: no such path; -2: not with this method */
        const char *values[2];
    } cases[] = {
        {"/", GET, 0, {0}},
        {"/ideas", GET, 1, {0}},
        {"/ideas", POST, 2, {0}},
        {"/ideas", PUT, -2, {0}},
        {"/ideas/new", GET, 3, {0}},
        {"/ideas/new", PATCH, 5, {"new"}}, /* the word leads to GET alone */
        {"/ideas/new", POST, -2, {0}},
        {"/ideas/12-lids", GET, 4, {"12-lids"}},
        {"/ideas/12", PATCH, 5, {"12"}},
        {"/ideas/12", DELETE, 6, {"12"}},
        {"/ideas/new/votes", POST, 7, {"new"}}, /* "new" leads nowhere, ":id" does */
        {"/people/eve/notes/3", GET, 8, {"eve", "3"}},
        {"/robots.txt", GET, 9, {0}},
        {"/robots.txt", POST, 11, {"robots.txt"}},
        {"/deals", GET, 10, {"deals"}},
        {"/people", POST, 11, {"people"}},
        {"/people/12", PATCH, 12, {"people", "12"}},
        {"/ideas/12/notes/3", GET, 13, {"ideas", "12"}}, /* back out of a branch that ends */
        {"/deals/new", GET, 14, {"deals"}},
        {"/deals/new", PATCH, 12, {"deals", "new"}},
        {"/Ideas", PATCH, -2, {0}},
        {"/ideas/12/votes/1", POST, -1, {0}},
        {"/people/eve/notes", GET, -1, {0}},
    };
    (void)state;
    struct arena *a = arena_new(1 << 20);
    const struct feature *const all[] = {&feature, NULL};
    struct str message = S("");
    struct router *r = router_new(all, a, &message);
    assert_non_null(r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct found f = find(r, cases[i].path);
        const struct router_route *found = f.place.by_method[cases[i].method];
        assert_int_equal(!f.there ? -1 : !found ? -2 : found->route - routes, cases[i].route);
        for (int k = 0; k < 2 && cases[i].values[k]; k++)
            assert_true(str_is(f.segments[found->at[k]], cases[i].values[k]));
    }
    router_free(r);
    arena_free(a);
}

static void a_path_knows_its_methods(void **state) /* RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    const struct feature *const all[] = {&feature, NULL};
    struct str message = S("");
    struct router *r = router_new(all, a, &message);
    static const char *const allowed[][2] = {
        {"/ideas", "GET, HEAD, POST, OPTIONS"},
        {"/ideas/1", "GET, HEAD, PATCH, DELETE, OPTIONS"},
        {"/ideas/new", "GET, HEAD, PATCH, DELETE, OPTIONS"},
        {"/ideas/1/votes", "POST, OPTIONS"},
        {"/people/1", "PATCH, OPTIONS"},
        {"/robots.txt", "GET, HEAD, POST, OPTIONS"}, /* its own, and those of ":type" */
    };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        struct router_place place = find(r, allowed[i][0]).place;
        assert_true(str_is(router_allow(a, &place), allowed[i][1]));
    }
    assert_int_equal(find(r, "/ideas").place.body_max, 5 * 1024 * 1024);
    assert_int_equal(find(r, "/ideas/1").place.body_max, ROUTER_BODY_MAX);
    size_t n;
    assert_ptr_equal(router_routes(r, &n)[8].route, &routes[8]);
    assert_int_equal(n, 15);
    assert_true(str_is(router_routes(r, &n)[8].names[1], "note"));
    router_free(r);
    arena_free(a);
}

static void wrong_tables_stop_the_start(void **state) /* RULE 1, request RULE 1 */
{
    static const struct {
        struct route routes[3];
        const char *words;
    } cases[] = {
        {{{GET, "/a", nothing, WHO_MISSING}}, "GET /a: does not say who may call it"},
        {{{GET, "/a", nothing, (enum who)9}}, "does not say who may call it"},
        {{{GET, "/a", NULL, ANYONE}}, "has no handler"},
        {{{(enum method)7, "/a", nothing, ANYONE}}, "no such method"},
        {{{GET, NULL, nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "a", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "/a/", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "/a//b", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "/A", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "/a/:", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "/a/x:y", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "/a?b", nothing, ANYONE}}, "the path is not plain"},
        {{{GET, "/:a/:b/:c/:d/:e/:f/:g/:h/:i", nothing, ANYONE}}, "too many parameters"},
        {{{GET, "/a", nothing, ANYONE}, {GET, "/a", nothing, MEMBER}}, "stands there twice"},
        {{{GET, "/a/:b", nothing, ANYONE}, {GET, "/a/:c", nothing, ANYONE}}, "stands there twice"},
        {{{GET, "/a", nothing, ANYONE, .rate = {5, 0}}}, "its rate is not a rate"},
        {{{POST, "/a", nothing, ANYONE, .flags = ROUTE_STREAM}}, "a stream must be a GET"},
    };
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feature wrong = {.name = "wrong", .routes = cases[i].routes};
        const struct feature *const all[] = {&wrong, NULL};
        struct str message = S("");
        assert_null(router_new(all, a, &message));
        assert_true(str_starts(message, S("feature wrong: ")));
        if (!str_has(message, str_of(cases[i].words)))
            fail_msg(STR_FMT ", not %s", STR_ARG(message), cases[i].words);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_routes),
        cmocka_unit_test(a_path_knows_its_methods),
        cmocka_unit_test(wrong_tables_stop_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
