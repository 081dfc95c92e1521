/* router.h: the routes of all features as one tree, made once at start.
 *
 * RULES
 *   1. A route without `who`, without a handler, with a path that is not plain, or that stands
 *      there twice, stops the start, in words.
 *   2. A literal segment goes before ":name"; where it leads not to the method, ":name" is tried.
 *   3. A path that exists only for other methods gives 405 with the names of all of them.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/feature.h"

enum { ROUTER_PARAMS = 8, ROUTER_BODY_MAX = 256 * 1024 };

struct router;

struct router_route {
    const struct route *route;
    const struct feature *feature;
    struct str names[ROUTER_PARAMS]; /* of its path parameters */
    uint8_t at[ROUTER_PARAMS];       /* which segments of a path they stand for */
    size_t names_n;
};

struct router_place { /* what a path leads to: of each method the route that goes first */
    const struct router_route *by_method[DELETE + 1];
    size_t body_max; /* the largest of its routes */
};

/* NULL and words when a route cannot be had. */
struct router *router_new(const struct feature *const *all, struct arena *a, struct str *message);
void router_free(struct router *r);

/* False: no such path. */
bool router_find(const struct router *r, const struct str *segments, size_t n,
                 struct router_place *place);
struct str router_allow(struct arena *a,
                        const struct router_place *place); /* "GET, HEAD, OPTIONS" */

/* All routes, in the order of their features. */
const struct router_route *router_routes(const struct router *r, size_t *n);

size_t router_number(const struct router *r, const struct router_route *route); /* among them */

const char *method_name(enum method m); /* "GET" */

#endif
