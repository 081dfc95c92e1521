/* accesslog.c: see accesslog.h.
 *
 * WHY a buffer for each home: a write(2) for each request costs as much as the parser. The buffer
 * is the loop's own, so that no lock is taken.
 */
#include "http/accesslog.h"

#include "core/clock.h"
#include "core/log.h"
#include "http/http.h"

enum { SECRET_RUN = 24 }; /* letters and digits, as a token has them */

static void line_text(struct out *o, struct http_request *hr, int64_t us);
static void line_json(struct out *o, struct http_request *hr, int64_t us);
static struct str path_harmless(struct http_request *hr);
static void query_harmless(struct out *o, struct str query);

void accesslog_add(struct http_request *hr)
{
    struct out *o = &hr->home->lines;
    if (!hr->rq.app->options.access_log || !log_takes(LOG_INFO))
        return;
    int64_t us = hr->began ? clock_monotonic() - hr->began : 0;
    if (log_style() == LOG_JSON)
        line_json(o, hr, us);
    else
        line_text(o, hr, us);
    if (o->n >= ACCESSLOG_FULL || out_failed(o))
        accesslog_flush(hr->home);
}

void accesslog_flush(struct home *home)
{
    if (home->lines.n)
        log_raw(out_text(&home->lines));
    out_clear(&home->lines);
}

/* ---- lines ---- */

/* The second is spelled once. */
static struct str line_time(struct home *home, int64_t now)
{
    int64_t second = now / CLOCK_SECOND;
    if (second != home->line_second) {
        struct str text = clock_rfc3339(home->line_time, second * CLOCK_SECOND);
        home->line_second = second;
        home->line_time_n = text.n;
        memmove(home->line_time, text.p, text.n);
    }
    return str_make(home->line_time, home->line_time_n);
}

static void milliseconds(struct out *o, int64_t us)
{
    char fraction[4] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10),
                        (char)('0' + us % 10)};
    out_int(o, us / 1000);
    out_raw(o, fraction, sizeof fraction);
}

static struct str verb_name(struct http_request *hr)
{
    static const char *const names[] = {"-",   "GET",   "HEAD",   "POST",
                                        "PUT", "PATCH", "DELETE", "OPTIONS"};
    return str_of(names[hr->in.verb]);
}

static void line_text(struct out *o, struct http_request *hr, int64_t us)
{
    struct req *rq = &hr->rq;
    out_lit(o, "access: ");
    out_str(o, line_time(hr->home, rq->now));
    out_char(o, ' ');
    out_str(o, verb_name(hr));
    out_char(o, ' ');
    out_str(o, path_harmless(hr)); /* the layer has refused blanks and controls in a target */
    out_char(o, ' ');
    out_int(o, rq->status);
    out_char(o, ' ');
    milliseconds(o, us);
    out_lit(o, " ms ");
    out_int(o, hr->bytes);
    out_lit(o, " B person=");
    out_int(o, rq->viewer.id);
    out_lit(o, " request=");
    out_str(o, rq->id);
    out_lit(o, " peer=");
    out_str(o, rq->peer.n ? rq->peer : S("-"));
    out_char(o, '\n');
}

static void line_json(struct out *o, struct http_request *hr, int64_t us)
{
    struct req *rq = &hr->rq;
    struct json j = json_to(o);
    json_open(&j, '{');
    json_kstr(&j, "time", line_time(hr->home, rq->now));
    json_kstr(&j, "level", S("info"));
    json_kstr(&j, "event", S("access"));
    json_kstr(&j, "method", verb_name(hr));
    json_kstr(&j, "path", path_harmless(hr));
    json_kint(&j, "status", rq->status);
    json_key(&j, "ms");
    milliseconds(o, us);
    j.comma = true;
    json_kint(&j, "bytes", hr->bytes);
    json_kint(&j, "person", rq->viewer.id);
    json_kstr(&j, "request", rq->id);
    json_kstr(&j, "peer", rq->peer);
    json_close(&j, '}');
    out_char(o, '\n');
}

/* ---- what may be written of an address ---- */

static bool secret_name(struct str name)
{
    static const char *const names[] = {"key",       "token",    "code",      "secret",
                                        "signature", "password", "passphrase"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(name, str_of(names[i])))
            return true;
    return false;
}

/* What looks like a token or a mail address, wherever it stands. */
static bool looks_secret(struct str text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.n && run < SECRET_RUN; i++) {
        unsigned char c = (unsigned char)text.p[i], letter = c | 0x20;
        run = (c >= '0' && c <= '9') || (letter >= 'a' && letter <= 'z') ? run + 1 : 0;
    }
    return run >= SECRET_RUN || str_find(text, '@') >= 0 || str_find_str(text, S("%40")) >= 0;
}

/* Of those of other methods one whose first word is its own: it knows what is a secret. */
static const struct route *route_of(const struct http_request *hr)
{
    const struct route *found = hr->match ? hr->match->route : NULL;
    for (int m = GET; !hr->match && m <= DELETE; m++)
        if (hr->place.by_method[m] && (!found || found->path[1] == ':'))
            found = hr->place.by_method[m]->route;
    return found;
}

static struct str path_harmless(struct http_request *hr)
{
    struct str rest = hr->in.target, query, path, segment;
    const struct route *route = route_of(hr);
    bool asks = str_find(rest, '?') >= 0;
    if (!asks && route && !strchr(route->path, ':'))
        return rest;
    struct str pattern = str_of(route ? route->path : ""), word;
    struct out o;
    out_init(&o, 2 * INTAKE_TARGET_MAX);
    str_split(&rest, '?', &path);
    query = rest;
    for (bool first = true; path.n && str_split(&path, '/', &segment); first = false) {
        word = S("");
        if (pattern.n)
            str_split(&pattern, '/', &word); /* the route's own word for it */
        if (!first)
            out_char(&o, '/');
        bool named = word.n && word.p[0] == ':' && secret_name(str_from(word, 1));
        out_str(&o, named || looks_secret(segment) ? S("*") : segment);
    }
    if (o.n == 0)
        out_char(&o, '/');
    if (asks)
        query_harmless(&o, query);
    return out_take(&o, hr->rq.arena);
}

static void query_harmless(struct out *o, struct str query)
{
    struct str pair, name;
    char before = '?';
    while (query.n && str_split(&query, '&', &pair)) {
        bool valued = str_find(pair, '=') >= 0;
        out_char(o, before);
        before = '&';
        str_split(&pair, '=', &name);
        out_str(o, looks_secret(name) ? S("*") : name);
        if (valued)
            out_char(o, '=');
        out_str(o, secret_name(name) || looks_secret(pair) ? S("*") : pair);
    }
}
