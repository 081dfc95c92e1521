/* response.c: what handlers answer with, and the head that goes out before the body.
 *
 * RULES
 *   1. Every answer carries the security headers, whoever made it; a policy that its handler wrote
 *      stands instead of the one of pages.
 *   2. A header with CR, LF or NUL in it is not sent.
 *   3. HEAD is answered as GET, with the length of the body that is not sent.
 *   4. If-None-Match that names the answer's ETag gives 304 without a body.
 *   5. A flash message is shown once, and only when this hub has written it.
 *   6. Every answer names its request (X-Request-Id): by the id that a trusted proxy gave, if it
 *      is 1 to 64 letters, digits, ".", "_" and "-", else by one of our own.
 *   7. A problem document has type, title, status, detail and instance.
 *   8. Where calls are counted, the answer says how many are left, a refusal too.
 *
 * WHY answers are compressed here at all, and what that means for secrets: docs/decisions.
 */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "http/accesslog.h"
#include "http/gzip.h"
#include "http/http.h"
#include "http/response.h"

enum { FLASH_MAX = 400, FLASH_SECONDS = 60, FLASH_MAC = 16, GZIP_LEAST = 1000 };

static const char policy[] = "Content-Security-Policy: " POLICY_PAGE "\r\n";
static const char security_headers[] = "X-Content-Type-Options: nosniff\r\n"
                                       "Cross-Origin-Opener-Policy: same-origin\r\n";

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const struct str face_types[] = {
    [FACE_PAGE] = {"text/html; charset=utf-8", 24},
    [FACE_STREAM] = {"text/vnd.turbo-stream.html; charset=utf-8", 41},
    [FACE_JSON] = {"application/json", 16},
    [FACE_ATOM] = {"application/atom+xml; charset=utf-8", 35},
    [FACE_RSS] = {"application/rss+xml; charset=utf-8", 34},
    [FACE_JSON_FEED] = {"application/feed+json", 21},
    [FACE_OPML] = {"text/x-opml; charset=utf-8", 26},
    [FACE_CSV] = {"text/csv; charset=utf-8", 23},
    [FACE_CARDS] = {"text/vcard; charset=utf-8", 25},
    [FACE_CALENDAR] = {"text/calendar; charset=utf-8", 28},
};

static void (*refusal_page)(struct req *rq, int status, const char *why);

static const char *says_of(int status);
static struct str target_path(struct str target);
static struct str flash_mac(struct req *rq, struct str text);
static void head_write(struct http_request *hr, bool keep, bool bodyless);
static bool not_modified(struct http_request *hr);
static void payload_choose(struct http_request *hr);
static struct str date_header(struct home *home, int64_t now);

const char *response_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

void response_reset(struct http_request *hr)
{
    out_clear(&hr->rq.out);
    hr->rq.out.ctx = &hr->rq;
    hr->rq.status = 0;
    hr->rq.content_type = S("");
    hr->out_n = 0;
    hr->still = S("");
    file_forget(hr);
    hr->flash = S("");
    hr->guest = S(""); /* made again with its cookie, if need be */
    hr->streams = false;
}

/* ---- headers ---- */

static bool header_text_ok(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

static struct param *header_find(struct http_request *hr, const char *name)
{
    for (size_t i = 0; i < hr->out_n; i++)
        if (str_eq_nocase(hr->out_headers[i].name, str_of(name)))
            return &hr->out_headers[i];
    return NULL;
}

struct str response_header(struct http_request *hr, const char *name)
{
    const struct param *h = header_find(hr, name);
    return h ? h->value : S("");
}

static struct param *cookie_find(struct http_request *hr, struct str name)
{
    for (size_t i = 0; i < hr->out_n; i++) {
        struct param *h = &hr->out_headers[i];
        if (str_eq_nocase(h->name, S("Set-Cookie")) && str_starts(h->value, name) &&
            h->value.p[name.n] == '=')
            return h;
    }
    return NULL;
}

/* The one that says the same thing already: it is replaced. */
static struct param *header_same(struct http_request *hr, const char *name, struct str value)
{
    ptrdiff_t equals = str_find(value, '=');
    if (str_eq_nocase(str_of(name), S("Set-Cookie")))
        return equals < 0 ? NULL : cookie_find(hr, str_first(value, (size_t)equals));
    return str_eq_nocase(str_of(name), S("Link")) ? NULL : header_find(hr, name);
}

void res_header(struct req *rq, const char *name, struct str value)
{
    struct http_request *hr = rq->http;
    if (!header_text_ok(value)) {
        log_warn("header %s not sent: it holds a control character", name);
        return;
    }
    struct param *there = header_same(hr, name, value);
    if (!there && hr->out_n == HTTP_OUT_HEADERS)
        die("more than %d headers in one answer", HTTP_OUT_HEADERS);
    if (!there)
        there = &hr->out_headers[hr->out_n++];
    *there = (struct param){str_dup(rq->arena, str_of(name)), str_dup(rq->arena, value)};
}

void res_cookie(struct req *rq, const char *name, struct str value, int64_t max_age_s)
{
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] <= ' ' || (unsigned char)value.p[i] >= 0x7f ||
            strchr("\",;\\", value.p[i])) {
            log_warn("cookie %s not sent: it holds a byte that cookies cannot", name);
            return;
        }
    struct str age =
        max_age_s ? str_fmt(rq->arena, "; Max-Age=%lld", (long long)(max_age_s < 0 ? 0 : max_age_s))
                  : S("");
    res_header(rq, "Set-Cookie",
               str_fmt(rq->arena, "%s=" STR_FMT "; Path=/; HttpOnly; SameSite=Lax" STR_FMT "%s",
                       name, STR_ARG(value), STR_ARG(age), rq->secure ? "; Secure" : ""));
}

/* ---- redirects ---- */

int redirect(struct req *rq, const char *fmt, ...)
{
    char text[INTAKE_TARGET_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct str url = str_make(text, n > 0 ? (size_t)n : 0);
    if (url.n >= sizeof text || !url_is_local(url))
        url = S("/");
    struct out location;
    out_init(&location, 3 * INTAKE_TARGET_MAX);
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c))
            out_fmt(&location, "%%%02X", c);
        else
            out_char(&location, (char)c);
    }
    res_header(rq, "Location", out_failed(&location) ? S("/") : out_text(&location));
    out_free(&location);
    out_clear(&rq->out);
    return rq->status = 303;
}

struct str req_referer(struct req *rq)
{
    struct str referer = req_header(rq, "referer"), host = rq->http->in.host;
    ptrdiff_t at = host.n ? str_find_str(referer, host) : -1;
    if (at != 7 && at != 8) /* behind "http://" or "https://" */
        return S("");
    referer = str_from(referer, (size_t)at + host.n);
    return url_is_local(referer) ? referer : S("");
}

int redirect_back(struct req *rq, struct str fallback)
{
    struct str back = req_field(rq, "back");
    if (back.n == 0)
        back = req_query(rq, "back");
    if (str_eq(back, S(".")))
        back = req_referer(rq);
    if (!url_is_local(back))
        back = fallback;
    return redirect(rq, STR_FMT, STR_ARG(back));
}

/* ---- refusals ---- */

void refuse_with(void (*page)(struct req *rq, int status, const char *why))
{
    refusal_page = page;
}

int refuse(struct req *rq, int status, const char *why)
{
    out_clear(&rq->out);
    rq->http->still = S("");
    file_forget(rq->http);
    rq->status = status;
    rq->content_type = S("");
    bool bare = rq->route && rq->route->flags & ROUTE_BARE;
    if (status != 304)
        res_header(rq, "Cache-Control", S("no-store"));
    if (rq->face == FACE_JSON) {
        struct json j = problem_open(rq, status, why);
        json_close(&j, '}');
    } else if (refusal_page && face_shows(rq->face) && !bare) {
        rq->content_type = face_types[FACE_PAGE];
        refusal_page(rq, status, why);
    } else {
        rq->content_type = S("text/plain; charset=utf-8");
        out_fmt(&rq->out, "%d %s\n", status, response_reason(status));
        if (why)
            out_fmt(&rq->out, "%s\n", why);
    }
    return rq->status = status;
}

/* RULE 7. RFC 9457: a type of about:blank says that the title is the status's own words. */
struct json problem_open(struct req *rq, int status, const char *why)
{
    struct json j = json_to(&rq->out);
    rq->status = status;
    rq->content_type = S("application/problem+json");
    if (!why)
        why = status >= 500 ? "It is not your fault, and nothing was changed." : says_of(status);
    json_open(&j, '{');
    json_kstr(&j, "type", S("about:blank"));
    json_kstr(&j, "title", str_of(response_reason(status)));
    json_kint(&j, "status", status);
    json_kstr(&j, "detail", str_of(why));
    if (rq->target.n && rq->target.p[0] == '/')
        json_kstr(&j, "instance", target_path(rq->target));
    return j;
}

/* What a refusal says when nobody knows better. */
static const char *says_of(int status)
{
    switch (status) {
    case 401:
        return "Sign in, or send a token.";
    case 403:
        return "This is not yours to see or to change.";
    case 404:
        return "There is nothing at this address that you may see.";
    case 405:
        return "The address exists, but not for this method.";
    default:
        return "Nothing was changed.";
    }
}

/* The query is left out: it may hold what its sender would not see kept. */
static struct str target_path(struct str target)
{
    ptrdiff_t end = str_find(target, '?');
    return end < 0 ? target : str_first(target, (size_t)end);
}

/* ---- flash ---- */

void flash(struct req *rq, const char *fmt, ...)
{
    char text[FLASH_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct str s = str_make(text, n < 0 ? 0 : n < FLASH_MAX ? (size_t)n : FLASH_MAX - 1);
    while (s.n && !utf8_valid(s)) /* cut inside a character */
        s.n--;
    rq->http->flash = str_dup(rq->arena, s);
    struct str coded = str_url_encode(rq->arena, s);
    res_cookie(rq, "skep_flash",
               str_fmt(rq->arena, STR_FMT STR_FMT, STR_ARG(flash_mac(rq, coded)), STR_ARG(coded)),
               FLASH_SECONDS);
}

struct str flash_take(struct req *rq)
{
    struct http_request *hr = rq->http;
    struct str cookie = req_cookie(rq, "skep_flash"), text = hr->flash;
    if (text.n) { /* set by this very request: it goes no further */
        hr->flash = S("");
        struct param *there = cookie_find(hr, S("skep_flash"));
        if (there)
            *there = hr->out_headers[--hr->out_n];
    }
    if (cookie.n)
        res_cookie(rq, "skep_flash", S(""), -1);
    if (text.n || cookie.n <= FLASH_MAC)
        return text;
    struct str coded = str_from(cookie, FLASH_MAC);
    if (sodium_memcmp(flash_mac(rq, coded).p, cookie.p, FLASH_MAC) != 0)
        return S("");
    text = str_url_decode(rq->arena, coded, false);
    return utf8_valid(text) ? text : S("");
}

static struct str flash_mac(struct req *rq, struct str text)
{
    unsigned char mac[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    crypto_generichash_init(&state, rq->app->secret, sizeof rq->app->secret, sizeof mac);
    crypto_generichash_update(&state, (const unsigned char *)"flash", 5);
    crypto_generichash_update(&state, (const unsigned char *)text.p, text.n);
    crypto_generichash_final(&state, mac, sizeof mac);
    return str_hex(rq->arena, mac, FLASH_MAC / 2);
}

/* ---- the whole answer ---- */

void response_finish(struct http_request *hr, bool keep)
{
    struct req *rq = &hr->rq;
    if (rq->content_type.n == 0 && rq->status != 303 && rq->status != 204)
        rq->content_type = face_types[rq->face];
    if (rq->status == 200 && not_modified(hr))
        rq->status = 304;
    bool bodyless = rq->status == 204 || rq->status == 304 || rq->status < 200;
    if (bodyless)
        hr->payload = S("");
    else
        payload_choose(hr);
    head_write(hr, keep, bodyless);
    if (rq->head)
        hr->payload = S("");
    if (rq->head || bodyless)
        hr->file_left = 0;
    int class = rq->status / 100;
    metrics_add(&hr->home->counts, METRIC_ANSWERS_1XX + (class >= 1 && class <= 5 ? class : 5) - 1,
                1);
    if (hr->match)
        metrics_time(&hr->home->counts, router_number(rq->app->router, hr->match),
                     clock_monotonic() - hr->began);
    hr->bytes = (int64_t)(hr->head.n + hr->payload.n) + hr->file_left;
    metrics_add(&hr->home->counts, METRIC_BYTES_SENT, hr->bytes);
    accesslog_add(hr);
}

static bool not_modified(struct http_request *hr)
{
    struct str wanted = req_header(&hr->rq, "if-none-match"), tag;
    struct param *etag = wanted.n ? header_find(hr, "ETag") : NULL;
    if (!etag || hr->rq.method != GET)
        return false;
    if (str_eq(wanted, S("*")))
        return true;
    struct str ours = str_starts(etag->value, S("W/")) ? str_from(etag->value, 2) : etag->value;
    while (str_split(&wanted, ',', &tag)) {
        tag = str_trim(tag);
        if (str_starts(tag, S("W/")))
            tag = str_from(tag, 2);
        if (str_eq(tag, ours))
            return true;
    }
    return false;
}

static bool type_compresses(struct str type)
{
    return str_starts(type, S("text/")) || str_starts(type, S("application/json")) ||
           str_starts(type, S("application/atom+xml")) ||
           str_starts(type, S("application/rss+xml")) ||
           str_starts(type, S("application/feed+json")) ||
           str_starts(type, S("application/problem+json"));
}

static void payload_choose(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    hr->payload = hr->still.n ? hr->still : out_text(&rq->out);
    if (hr->still.n || hr->payload.n < GZIP_LEAST || hr->streams ||
        !type_compresses(rq->content_type) || header_find(hr, "Content-Encoding") ||
        !accepts_gzip(req_header(rq, "accept-encoding")))
        return;
    if (!hr->home->gzip)
        hr->home->gzip = gzip_new();
    if (!gzip_pack(hr->home->gzip, hr->payload, &hr->packed))
        return;
    hr->payload = out_text(&hr->packed);
    res_header(rq, "Content-Encoding", S("gzip"));
    struct param *etag = header_find(hr, "ETag");
    if (etag && !str_starts(etag->value, S("W/")))
        etag->value = str_fmt(rq->arena, "W/" STR_FMT, STR_ARG(etag->value));
}

static void head_write(struct http_request *hr, bool keep, bool bodyless)
{
    struct req *rq = &hr->rq;
    struct out *o = &hr->head;
    out_clear(o);
    out_lit(o, "HTTP/1.1 ");
    out_int(o, rq->status);
    out_char(o, ' ');
    out_str(o, str_of(response_reason(rq->status)));
    out_lit(o, "\r\nDate: ");
    out_str(o, date_header(hr->home, rq->now));
    if (rq->content_type.n && !bodyless) {
        out_lit(o, "\r\nContent-Type: ");
        out_str(o, rq->content_type);
    }
    if (!bodyless && !hr->streams) {
        out_lit(o, "\r\nContent-Length: ");
        out_int(o, (int64_t)hr->payload.n + hr->file_left);
    }
    if (!keep)
        out_lit(o, "\r\nConnection: close");
    else if (hr->in.http10)
        out_lit(o, "\r\nConnection: keep-alive");
    out_lit(o, "\r\n");
    if (!header_find(hr, "Content-Security-Policy"))
        out_raw(o, policy, sizeof policy - 1);
    out_raw(o, security_headers, sizeof security_headers - 1);
    out_lit(o, "X-Request-Id: ");
    out_str(o, rq->id);
    out_lit(o, "\r\n");
    if (rq->secure)
        out_lit(o, "Strict-Transport-Security: max-age=31536000\r\n");
    if (!header_find(hr, "Referrer-Policy"))
        out_lit(o, "Referrer-Policy: same-origin\r\n");
    if (!header_find(hr, "Cache-Control"))
        out_lit(o, "Cache-Control: private, no-cache\r\n");
    if (hr->rated) { /* draft-ietf-httpapi-ratelimit-headers */
        const struct rate *rate = &rq->route->rate;
        out_fmt(o, "RateLimit-Policy: \"route\";q=%d;w=%d\r\n", rate->times, rate->seconds);
        out_fmt(o, "RateLimit: \"route\";r=%d;t=%d\r\n", hr->left.times, hr->left.seconds);
    }
    if (!header_find(hr, "Vary"))
        out_lit(o, "Vary: Accept, Accept-Encoding, Cookie\r\n");
    for (size_t i = 0; i < hr->out_n; i++) {
        out_str(o, hr->out_headers[i].name);
        out_lit(o, ": ");
        out_str(o, hr->out_headers[i].value);
        out_lit(o, "\r\n");
    }
    out_lit(o, "\r\n");
}

static struct str date_header(struct home *home, int64_t now)
{
    int64_t second = now / CLOCK_SECOND;
    if (home->date_second != second) {
        home->date_second = second;
        clock_http(home->date, now);
    }
    return str_of(home->date);
}
