/* request.c: what handlers read: parameters, query, headers, cookies, fields; see request.h. */
#include "http/request.h"

#include "core/log.h"
#include "http/http.h"

static struct str param_find(const struct param *params, size_t n, const char *name, bool *there);

struct str req_param(struct req *rq, const char *name)
{
    const struct router_route *m = rq->http->match;
    for (size_t i = 0; m && i < m->names_n; i++)
        if (str_is(m->names[i], name))
            return rq->http->target.segments[m->at[i]];
    return S("");
}

/* "12" and "12-better-lids"; "12x" names nothing. */
int64_t req_id(struct req *rq, const char *name)
{
    struct str s = req_param(rq, name);
    ptrdiff_t dash = str_find(s, '-');
    int64_t id;
    if (dash >= 0)
        s = str_first(s, (size_t)dash);
    return s.n && s.p[0] != '0' && str_int(s, &id) && id > 0 ? id : 0;
}

struct str req_query(struct req *rq, const char *name)
{
    return param_find(rq->http->queries, rq->http->queries_n, name, NULL);
}

bool req_has_query(struct req *rq, const char *name)
{
    bool there;
    param_find(rq->http->queries, rq->http->queries_n, name, &there);
    return there;
}

const struct param *req_queries(struct req *rq, size_t *n)
{
    *n = rq->http->queries_n;
    return rq->http->queries;
}

struct str req_header(struct req *rq, const char *name)
{
    return intake_header(&rq->http->in, name);
}

struct str req_cookie(struct req *rq, const char *name)
{
    struct str wanted = str_of(name);
    const struct intake *in = &rq->http->in;
    for (size_t i = 0; i < in->headers_n; i++) {
        if (in->headers[i].name.n != 6 || !str_eq_nocase(in->headers[i].name, S("cookie")))
            continue;
        struct str rest = in->headers[i].value, pair;
        while (str_split(&rest, ';', &pair)) {
            pair = str_trim(pair);
            if (pair.n > wanted.n && pair.p[wanted.n] == '=' && str_starts(pair, wanted))
                return str_from(pair, wanted.n + 1);
        }
    }
    return S("");
}

struct str req_field(struct req *rq, const char *name)
{
    return param_find(rq->http->fields, rq->http->fields_n, name, NULL);
}

bool req_has_field(struct req *rq, const char *name)
{
    bool there;
    param_find(rq->http->fields, rq->http->fields_n, name, &there);
    return there;
}

const struct param *req_fields(struct req *rq, size_t *n)
{
    *n = rq->http->fields_n;
    return rq->http->fields;
}

static struct str param_find(const struct param *params, size_t n, const char *name, bool *there)
{
    struct str wanted = str_of(name);
    for (size_t i = 0; i < n; i++)
        if (str_eq(params[i].name, wanted)) {
            if (there)
                *there = true;
            return params[i].value;
        }
    if (there)
        *there = false;
    return S("");
}

bool url_is_local(struct str url)
{
    if (url.n == 0 || url.p[0] != '/' || (url.n > 1 && (url.p[1] == '/' || url.p[1] == '\\')))
        return false;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] < ' ' || url.p[i] == 0x7f)
            return false;
    return true;
}
