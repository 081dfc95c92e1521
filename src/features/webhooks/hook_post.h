/* hook_post.h: one request to a receiver, and its answer (libcurl).
 *
 * RULES
 *   1. An address must be https. With `inside` it may be http, too, but only to a place inside.
 *   2. No connection is made to a place inside (loopback, private, link-local, shared and reserved
 *      networks, and whatever holds one of their addresses), unless `inside`: what is looked at is
 *      the very address that is connected to, so that no name can lead there.
 *   3. No redirect is followed, no proxy asked, no cookie kept, no password sent.
 *   4. Every wait ends, and of an answer at most ANSWER_READ bytes are read.
 */
#ifndef WEBHOOKS_HOOK_POST_H
#define WEBHOOKS_HOOK_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct arena;
struct hook_poster;
struct sockaddr;

/* What is wrong with the address, for people; NULL: nothing that can be seen by looking at it. */
const char *hook_url_wrong(struct arena *a, struct str url, bool inside);
/* RULE 2. What is neither IPv4 nor IPv6 is inside. */
bool hook_inside(const struct sockaddr *address);

struct hook_poster_options {
    bool inside;
    int timeout_ms;           /* of all of one request */
    bool (*go_on)(void *ctx); /* asked every second; NULL: yes */
    void *ctx;
};

struct hook_request {
    struct str url, body, id, signatures;
    int64_t seconds; /* webhook-timestamp */
};

struct hook_answer { /* in the arena of the request */
    int status;      /* 0: none came */
    int retry_after; /* seconds; 0: not said */
    struct str text; /* its beginning, or what went wrong */
    int64_t took;    /* microseconds */
};

/* Keeps a connection for the next request. Closed with the arena. */
struct hook_poster *hook_poster_open(struct arena *a, const struct hook_poster_options *options);
void hook_post(struct hook_poster *poster, struct arena *a, const struct hook_request *request,
               struct hook_answer *answer);

#endif
