/* router.c: builds the tree from the features' tables and walks it; see router.h. */
#include "http/router.h"

#include <stdio.h>

#include "core/arena.h"

enum { ROUTER_ARENA = 4 * 1024 * 1024 };

struct node {
    struct str segment;
    struct node *literals, *next; /* children with a literal segment, as a list by `next` */
    struct node *named;           /* the child that takes any segment */
    struct router_place own;      /* of the routes that end here */
};

struct router {
    struct arena *arena;
    struct node root;
    struct router_route *routes;
    size_t n;
};

static bool route_check(const struct route *route, const char **fault);
static bool router_add(struct router *r, const struct feature *f, const struct route *route,
                       const char **fault);
static struct node *node_child(struct router *r, struct node *parent, struct str segment);
static bool node_walk(const struct node *at, const struct str *segments, size_t n,
                      struct router_place *place);

static const char *const method_names[] = {
    [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE",
};

const char *method_name(enum method m)
{
    return m >= GET && m <= DELETE ? method_names[m] : "?";
}

struct router *router_new(const struct feature *const *all, struct arena *a, struct str *message)
{
    size_t n = 0;
    for (const struct feature *const *f = all; *f; f++)
        for (const struct route *route = (*f)->routes; route && route->method; route++)
            n++;
    struct arena *own = arena_new(ROUTER_ARENA);
    struct router *r = arena_make(own, struct router);
    r->arena = own;
    r->routes = arena_array(own, struct router_route, n);
    for (const struct feature *const *f = all; *f; f++)
        for (const struct route *route = (*f)->routes; route && route->method; route++) {
            const char *fault = NULL;
            if (route_check(route, &fault) && router_add(r, *f, route, &fault))
                continue;
            *message = str_fmt(a, "feature %s: %s %s: %s", (*f)->name, method_name(route->method),
                               route->path ? route->path : "(no path)", fault);
            arena_free(own);
            return NULL;
        }
    return r;
}

void router_free(struct router *r)
{
    if (r)
        arena_free(r->arena);
}

static bool path_plain(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *c = path; *c; c++) {
        bool literal =
            (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || (*c && strchr("-_.", *c));
        bool starts = *c == '/' && c[1] != '/' && (c[1] || c == path);
        bool name = *c == ':' && c > path && c[-1] == '/' && c[1] >= 'a' && c[1] <= 'z';
        if (!literal && !starts && !name)
            return false;
    }
    return true;
}

static bool route_check(const struct route *route, const char **fault)
{
    *fault = route->method < GET || route->method > DELETE     ? "has no such method"
             : !route->path || !path_plain(route->path)        ? "the path is not plain"
             : !route->handler                                 ? "has no handler"
             : route->who <= WHO_MISSING || route->who > OWNER ? "does not say who may call it"
             : route->rate.times < 0 || (route->rate.times > 0 && route->rate.seconds <= 0)
                 ? "its rate is not a rate"
             : (route->flags & ROUTE_STREAM) && route->method != GET ? "a stream must be a GET"
             : (route->flags & ROUTE_ALONE) && (route->method != GET || route->who != ANYONE)
                 ? "needs the database to know who calls"
                 : NULL;
    return !*fault;
}

static bool router_add(struct router *r, const struct feature *f, const struct route *route,
                       const char **fault)
{
    struct router_route *rr = &r->routes[r->n];
    *rr = (struct router_route){.route = route, .feature = f};
    struct node *at = &r->root;
    struct str rest = str_from(str_of(route->path), 1), segment;
    for (uint8_t i = 0; rest.n && str_split(&rest, '/', &segment); i++) {
        at = node_child(r, at, segment);
        if (segment.p[0] != ':')
            continue;
        if (rr->names_n == ROUTER_PARAMS) {
            *fault = "has too many parameters";
            return false;
        }
        rr->at[rr->names_n] = i;
        rr->names[rr->names_n++] = str_from(segment, 1);
    }
    if (at->own.by_method[route->method]) {
        *fault = "stands there twice";
        return false;
    }
    size_t body_max = route->body_max ? route->body_max : ROUTER_BODY_MAX;
    if (at->own.body_max < body_max)
        at->own.body_max = body_max;
    at->own.by_method[route->method] = rr;
    r->n++;
    return true;
}

static struct node *node_child(struct router *r, struct node *parent, struct str segment)
{
    if (segment.p[0] == ':') {
        if (!parent->named)
            parent->named = arena_make(r->arena, struct node);
        return parent->named;
    }
    for (struct node *n = parent->literals; n; n = n->next)
        if (str_eq(n->segment, segment))
            return n;
    struct node *n = arena_make(r->arena, struct node);
    n->segment = segment;
    n->next = parent->literals;
    parent->literals = n;
    return n;
}

bool router_find(const struct router *r, const struct str *segments, size_t n,
                 struct router_place *place)
{
    *place = (struct router_place){0};
    return node_walk(&r->root, segments, n, place);
}

/* RULE 2: the nodes that the path leads to, literal ones first; whether it leads to any route. */
static bool node_walk(const struct node *at, const struct str *segments, size_t n,
                      struct router_place *place)
{
    bool found = false;
    if (n == 0) {
        for (enum method m = GET; m <= DELETE; m++) {
            found = found || at->own.by_method[m];
            if (!place->by_method[m])
                place->by_method[m] = at->own.by_method[m];
        }
        if (place->body_max < at->own.body_max)
            place->body_max = at->own.body_max;
        return found;
    }
    for (const struct node *child = at->literals; child && !found; child = child->next)
        found = str_eq(child->segment, segments[0]) && node_walk(child, segments + 1, n - 1, place);
    return (at->named && node_walk(at->named, segments + 1, n - 1, place)) || found;
}

struct str router_allow(struct arena *a, const struct router_place *place)
{
    char text[64] = "";
    size_t at = 0;
    for (enum method m = GET; m <= DELETE; m++)
        if (place->by_method[m])
            at += (size_t)snprintf(text + at, sizeof text - at, "%s, ",
                                   m == GET ? "GET, HEAD" : method_name(m));
    return str_fmt(a, "%sOPTIONS", text);
}

size_t router_number(const struct router *r, const struct router_route *route)
{
    return (size_t)(route - r->routes);
}

const struct router_route *router_routes(const struct router *r, size_t *n)
{
    *n = r->n;
    return r->routes;
}
