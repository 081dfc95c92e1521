/* request.h: a request that never came in by a socket, for targets that look behind the intake. */
#ifndef FUZZ_REQUEST_H
#define FUZZ_REQUEST_H

#include "http/http.h"

/* `type`: what its Content-Type says of the body. */
static inline struct http_request *fuzz_request(struct arena *a, const struct route *route,
                                                struct str type, struct str body)
{
    struct http_request *hr = arena_make(a, struct http_request);
    hr->rq.arena = a;
    hr->rq.http = hr;
    hr->rq.route = route;
    hr->rq.method = route->method;
    hr->in.arena = a;
    hr->in.headers = arena_make(a, struct param);
    hr->in.headers[0] = (struct param){S("Content-Type"), type};
    hr->in.headers_n = 1;
    char *copy = arena_alloc(a, body.n + 1);
    memcpy(copy, body.p, body.n);
    hr->in.body = (struct out){.p = copy, .n = body.n, .cap = body.n + 1, .max = body.n};
    return hr;
}

#endif
