/* everyone.h: a hub that holds something of everything, everybody who may ask, and for each route
 * an address and a body that work.
 *
 * Routes are never named one by one: addresses are found by asking. What stands for ":id" in
 * /jobs/:id comes from the JSON of /jobs, or is one of the hub's records, or a secret that stands
 * in a letter; fields come from the route's own table. So a new route is taken in by itself. What
 * none of this can guess stands in two short tables in everyone.c.
 */
#ifndef TEST_EVERYONE_H
#define TEST_EVERYONE_H

#include "http/router.h"
#include "record/access.h"
#include "test/rooms.h"

/* Somebody who asks. */
struct caller {
    const char *name;
    enum role role;     /* what the routes must see */
    enum membership in; /* of both spaces */
    bool author;        /* of all records */
    bool disabled;      /* has a session of an account that is closed */
    const char *scopes; /* comes with the owner's token for these instead of a cookie */
};
extern const struct caller callers[]; /* ends with name NULL */
enum { CALLERS_MAX = 16 };

struct everyone {
    struct kit *kit;
    int64_t space, hidden;        /* everybody's space, and one that only its members see */
    int64_t idea, other, deleted; /* in the first, by the author */
    int64_t boat;                 /* of a type that the hub has made */
    struct person_kit *people[CALLERS_MAX];
    struct str tokens[CALLERS_MAX];
    struct arena *scratch; /* of one question */
};

struct everyone everyone_make(struct kit *kit);

/* The hub loses its owner; gives the path of the link that makes another. */
const char *everyone_orphan(struct everyone *e);

struct question_kit {
    const struct route *route;
    const struct caller *caller;
    const char *path;
    enum face face;
    int fail_nth; /* 0: none */
    bool undone;  /* the hub is to keep nothing of it */
};

/* The answer lives until the next question. */
struct res everyone_ask(struct everyone *e, const struct question_kit *q);

/* An address for the route that works, and for whom: first tried by those who are just enough for
 * it. caller NULL: there is none, and the path is a guess. */
struct sample {
    const char *path;
    const struct caller *caller;
};
struct sample everyone_sample(struct everyone *e, const struct route *route);
/* The same address of what stands in the hidden space; NULL: nothing of the kind does. */
const char *everyone_hidden(struct everyone *e, const struct route *route);

/* Answered with what was asked for: below 400, and not sent to sign in. */
bool everyone_content(struct res r);
enum role who_least(enum who who);

#define EACH_ROUTE(route)                                                                          \
    for (const struct feature *const *f_ = features; *f_; f_++)                                    \
        for (const struct route *route = (*f_)->routes; route && route->method; route++)

#endif
