/* choose.c: what a request is for, before anybody asks who sends it: which face of which route, a
 * file of the program, or the same at another address. See dispatch.c, RULES 6, 7 and 9.
 */
#include "http/assets.h"
#include "http/gzip.h"
#include "http/http.h"
#include "http/response.h"

static int route_missing(struct http_request *hr);
static int slash_redirect(struct http_request *hr);
static int method_choose(struct http_request *hr);
static enum face face_accepted(struct str accept, enum face otherwise);

/* ---- the route ---- */

int route_find(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (hr->target.slash_behind)
        return slash_redirect(hr);
    if (hr->in.verb == VERB_OPTIONS || !hr->placed)
        return route_missing(hr);
    int status = body_read(hr);
    if (status == 400)
        return refuse(rq, 400, "The body of the request cannot be read.");
    if (status)
        return refuse(rq, status, "Send a form (urlencoded) or one JSON object, in UTF-8.");
    if (method_choose(hr))
        return rq->status;
    hr->match = hr->place.by_method[rq->method];
    if (!hr->match)
        return route_missing(hr);
    rq->route = hr->match->route;
    if (hr->in.body.n > (rq->route->body_max ? rq->route->body_max : ROUTER_BODY_MAX))
        return refuse(rq, 413, "That is more than this address takes.");
    return 0;
}

static int route_missing(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (!hr->placed && !(hr->in.verb == VERB_OPTIONS && str_eq(hr->in.target, S("*"))))
        return not_found(rq);
    res_header(rq, "Allow",
               hr->placed ? router_allow(rq->arena, &hr->place)
                          : S("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    if (hr->in.verb != VERB_OPTIONS)
        return refuse(rq, 405, NULL);
    return rq->status = 204;
}

static int slash_redirect(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    struct str path = str_first(hr->target.path, hr->target.path.n - 1);
    if (!url_is_local(path))
        return not_found(rq);
    struct str query = hr->target.query;
    res_header(rq, "Location",
               str_fmt(rq->arena, STR_FMT "%s" STR_FMT, STR_ARG(path), query.n ? "?" : "",
                       STR_ARG(query)));
    return rq->status = 308;
}

void tls_redirect(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    struct str base = str_of(rq->app->options.base_url), host = hr->in.host, port = S("");
    bool local = url_is_local(hr->in.target);
    ptrdiff_t colon = str_find(host, ':');
    if (host.n && host.p[0] == '[')
        host = str_first(host, (size_t)str_find(host, ']') + 1);
    else if (colon >= 0)
        host = str_first(host, (size_t)colon);
    if (hr->tls_port != 443)
        port = str_fmt(rq->arena, ":%d", hr->tls_port);
    if (base.n == 0 || !str_starts(base, S("https://")))
        base = str_fmt(rq->arena, "https://" STR_FMT STR_FMT, STR_ARG(host), STR_ARG(port));
    else if (str_ends(base, S("/")))
        base = str_first(base, base.n - 1);
    if (host.n == 0 || !local) {
        refuse(rq, 400, "This hub is reached over https.");
        return;
    }
    res_header(rq, "Location",
               str_fmt(rq->arena, STR_FMT STR_FMT, STR_ARG(base), STR_ARG(hr->in.target)));
    rq->secure = false;
    rq->status = 308;
}

static int method_choose(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    struct str wanted = rq->method == POST ? req_field(rq, "_method") : S("");
    if (wanted.n == 0 || str_eq_nocase(wanted, S("post")))
        return 0;
    for (enum method m = PUT; m <= DELETE; m++)
        if (str_eq_nocase(wanted, str_of(method_name(m)))) {
            rq->method = m;
            return 0;
        }
    return refuse(rq, 400, "The form asks for a method that it may not ask for.");
}

/* ---- assets ---- */

bool asset_answer(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    bool immutable = false;
    if (rq->method != GET || hr->in.verb == VERB_OPTIONS)
        return false;
    const struct asset *a = asset_find(hr->target.whole, &immutable);
    if (!a)
        return false;
    struct str accept = req_header(rq, "accept-encoding");
    bool brotli = a->brotli.n && accepts_brotli(accept);
    bool packed = brotli || (a->gzip.n && accepts_gzip(accept));
    rq->status = 200;
    rq->content_type = a->type;
    hr->still = brotli ? a->brotli : packed ? a->gzip : a->body;
    if (packed)
        res_header(rq, "Content-Encoding", brotli ? S("br") : S("gzip"));
    res_header(rq, "ETag",
               str_fmt(rq->arena, "\"" STR_FMT "%s\"", STR_ARG(a->hash),
                       brotli   ? "-br"
                       : packed ? "-gz"
                                : ""));
    res_header(rq, "Cache-Control",
               immutable ? S("public, max-age=31536000, immutable") : S("public, max-age=300"));
    res_header(rq, "Vary", S("Accept-Encoding"));
    return true;
}

/* ---- the face ---- */

void face_choose(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (hr->suffixed) { /* a JSON Feed is JSON, too */
        bool json = rq->face == FACE_JSON;
        if (json && face_accepted(req_header(rq, "accept"), FACE_JSON) == FACE_JSON_FEED)
            rq->face = FACE_JSON_FEED;
        return;
    }
    struct str type = req_header(rq, "content-type");
    bool json = str_starts(type, S("application/json")); /* who sends JSON reads JSON */
    struct str accept = req_header(rq, "accept");
    rq->face = face_accepted(accept, json ? FACE_JSON : FACE_PAGE);
    if (rq->face == FACE_STREAM && rq->method == GET && str_has(accept, S("text/html")))
        rq->face = FACE_PAGE; /* a browser that follows the redirect of a form it sent */
}

static double quality(struct str params)
{
    struct str p;
    while (str_split(&params, ';', &p)) {
        p = str_trim(p);
        if (p.n > 2 && (p.p[0] | 0x20) == 'q' && p.p[1] == '=') {
            bool one = p.p[2] == '1';
            double q = one, digit = 0.1;
            for (size_t i = 4; !one && i < p.n && i < 7; i++, digit /= 10)
                q += digit * (p.p[i] >= '0' && p.p[i] <= '9' ? p.p[i] - '0' : 0);
            return q;
        }
    }
    return 1;
}

/* The kind that the client likes best; of equals, the first. */
static enum face face_accepted(struct str accept, enum face otherwise)
{
    static const struct {
        struct str type;
        enum face face;
    } kinds[] = {
        {{"text/html", 9}, FACE_PAGE},
        {{"text/vnd.turbo-stream.html", 26}, FACE_STREAM},
        {{"application/json", 16}, FACE_JSON},
        {{"application/problem+json", 24}, FACE_JSON},
        {{"application/atom+xml", 20}, FACE_ATOM},
        {{"application/rss+xml", 19}, FACE_RSS},
        {{"application/feed+json", 21}, FACE_JSON_FEED},
        {{"text/x-opml", 11}, FACE_OPML},
        {{"text/csv", 8}, FACE_CSV},
        {{"text/vcard", 10}, FACE_CARDS},
        {{"text/calendar", 13}, FACE_CALENDAR},
    };
    double best = 0;
    struct str item;
    while (str_split(&accept, ',', &item)) {
        struct str type = S("");
        str_split(&item, ';', &type);
        type = str_trim(type);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            if (kinds[i].type.n != type.n || !str_eq_nocase(kinds[i].type, type))
                continue;
            double q = quality(item);
            if (q > best) {
                best = q;
                otherwise = kinds[i].face;
            }
        }
    }
    return otherwise;
}
