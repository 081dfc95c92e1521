/* router.c: builds the tree from the features' tables and walks it; see router.h. */
#include "http/router.h"

#include <stdio.h>

#include "core/arena.h"

enum { ROUTER_ARENA = 4 * 1024 * 1024 };

struct node {
    struct str segment;
    struct node *literals, *next; /* children with a literal segment, as a list by `next` */
    struct node *named;           /* the child that takes any segment */
    bool used;                    /* a route ends here */
    struct router_place place;
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
static const struct node *node_walk(const struct node *at, const struct str *segments, size_t n,
                                    struct str *values);
static void place_finish(struct router *r, struct node *n);

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
    place_finish(r, &r->root);
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
    while (rest.n && str_split(&rest, '/', &segment)) {
        at = node_child(r, at, segment);
        if (segment.p[0] != ':')
            continue;
        if (rr->names_n == ROUTER_PARAMS) {
            *fault = "has too many parameters";
            return false;
        }
        rr->names[rr->names_n++] = str_from(segment, 1);
    }
    if (at->place.by_method[route->method]) {
        *fault = "stands there twice";
        return false;
    }
    size_t body_max = route->body_max ? route->body_max : ROUTER_BODY_MAX;
    if (at->place.body_max < body_max)
        at->place.body_max = body_max;
    at->place.by_method[route->method] = rr;
    at->used = true;
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

static void place_finish(struct router *r, struct node *n)
{
    char text[64] = "";
    size_t at = 0;
    for (enum method m = GET; m <= DELETE; m++)
        if (n->place.by_method[m])
            at += (size_t)snprintf(text + at, sizeof text - at, "%s, ",
                                   m == GET ? "GET, HEAD" : method_name(m));
    n->place.allow = str_cstr(r->arena, str_fmt(r->arena, "%sOPTIONS", text));
    for (struct node *child = n->literals; child; child = child->next)
        place_finish(r, child);
    if (n->named)
        place_finish(r, n->named);
}

const struct router_place *router_find(const struct router *r, const struct str *segments, size_t n,
                                       struct str values[ROUTER_PARAMS])
{
    const struct node *found = node_walk(&r->root, segments, n, values);
    return found ? &found->place : NULL;
}

static const struct node *node_walk(const struct node *at, const struct str *segments, size_t n,
                                    struct str *values)
{
    if (n == 0)
        return at->used ? at : NULL;
    for (const struct node *child = at->literals; child; child = child->next)
        if (str_eq(child->segment, segments[0])) {
            const struct node *found = node_walk(child, segments + 1, n - 1, values);
            if (found)
                return found;
            break;
        }
    if (!at->named)
        return NULL;
    values[0] = segments[0];
    return node_walk(at->named, segments + 1, n - 1, values + 1);
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
