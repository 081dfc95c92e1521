/* hook_post.c: see hook_post.h.
 *
 * WHY the check stands where the socket is made: between a look at a name's addresses and the
 * connection the name may get others.
 */
#include "features/webhooks/hook_post.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/version.h"
#include "features/webhooks/webhooks.h"
#include "text/plain.h"

enum { ANSWER_READ = 64 * 1024, CONNECT_MS = 5000 };

struct hook_poster {
    CURL *curl;
    struct hook_poster_options options;
    char error[CURL_ERROR_SIZE];
    const char *refused; /* by us: words */
    bool plain;          /* the address is http */
    char text[DELIVERY_ANSWER];
    size_t text_n, read;
};

/* ---- RULE 2 ---- */

struct network {
    unsigned char prefix[16];
    int bits;
};

static bool within(const unsigned char *address, const struct network *net)
{
    int whole = net->bits / 8, rest = net->bits % 8;
    if (memcmp(address, net->prefix, (size_t)whole) != 0)
        return false;
    return !rest || (address[whole] ^ net->prefix[whole]) >> (8 - rest) == 0;
}

/* RFC 6890 and those after it: what is not globally reachable. */
static bool inside_v4(const unsigned char *ip)
{
    static const struct network nets[] = {
        {{0}, 8},
        {{10}, 8},
        {{100, 64}, 10},
        {{127}, 8},
        {{169, 254}, 16},
        {{172, 16}, 12},
        {{192, 0, 0}, 24},
        {{192, 0, 2}, 24},
        {{192, 88, 99}, 24},
        {{192, 168}, 16},
        {{198, 18}, 15},
        {{198, 51, 100}, 24},
        {{203, 0, 113}, 24},
        {{224}, 3},
    };
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (within(ip, &nets[i]))
            return true;
    return false;
}

static bool inside_v6(const unsigned char *ip)
{
    static const struct network global = {{0x20}, 3};
    static const struct network nets[] = {
        {{0x20, 0x01, 0x00}, 23},       /* IETF protocols: Teredo, ORCHID, benchmarks */
        {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
        {{0x3f, 0xff, 0x00}, 20},       /* documentation */
    };
    static const struct network six_to_four = {{0x20, 0x02}, 16};
    static const struct network nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};
    static const struct network mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
    if (within(ip, &mapped) || within(ip, &nat64))
        return inside_v4(ip + 12);
    if (within(ip, &six_to_four))
        return inside_v4(ip + 2);
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (within(ip, &nets[i]))
            return true;
    return !within(ip, &global); /* loopback, local, link-local, multicast, and what is not given */
}

bool hook_inside(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return inside_v4(
            (const unsigned char *)&((const struct sockaddr_in *)address)->sin_addr.s_addr);
    if (address->sa_family == AF_INET6)
        return inside_v6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return true;
}

/* libcurl asks for each address that it is about to connect to. */
static curl_socket_t socket_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct hook_poster *p = ctx;
    bool inside = hook_inside(&to->addr);
    (void)purpose;
    if (inside && !p->options.inside)
        p->refused = "The address leads to a place inside: see --webhook-private.";
    else if (!inside && p->plain)
        p->refused = "Only places inside are told by http.";
    else
        return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    return CURL_SOCKET_BAD;
}

/* ---- addresses ---- */

static void part_free(void *text)
{
    curl_free(text);
}

static void url_free(void *u)
{
    curl_url_cleanup(u);
}

static struct str part(struct arena *a, CURLU *u, CURLUPart which)
{
    char *text = NULL;
    if (curl_url_get(u, which, &text, 0) || !text)
        return S("");
    arena_defer(a, part_free, text);
    return str_of(text);
}

/* Of a host that is an address already. */
static bool host_inside(struct arena *a, struct str host)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    bool bracket = host.n > 2 && host.p[0] == '[';
    const char *text = str_cstr(a, bracket ? str_make(host.p + 1, host.n - 2) : host);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return hook_inside((const struct sockaddr *)&v4);
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        return hook_inside((const struct sockaddr *)&v6);
    return str_eq_nocase(host, S("localhost"));
}

const char *hook_url_wrong(struct arena *a, struct str url, bool inside)
{
    CURLU *u = curl_url();
    if (!u)
        die("out of memory: an address");
    arena_defer(a, url_free, u);
    if (url.n > HOOK_URL_MAX || curl_url_set(u, CURLUPART_URL, str_cstr(a, url), 0))
        return "This is no address.";
    struct str scheme = part(a, u, CURLUPART_SCHEME), host = part(a, u, CURLUPART_HOST);
    if (!host.n || (!str_is(scheme, "https") && !(inside && str_is(scheme, "http"))))
        return inside ? "The address begins with https:// or http://."
                      : "The address begins with https://.";
    if (part(a, u, CURLUPART_USER).n || part(a, u, CURLUPART_PASSWORD).n)
        return "No name and password in the address: receivers know us by the signature.";
    if (!inside && host_inside(a, host))
        return "This address is inside, where hooks may not go.";
    return NULL;
}

/* ---- one request ---- */

static size_t answer_take(char *from, size_t size, size_t n, void *ctx)
{
    struct hook_poster *p = ctx;
    size_t more = size * n, room = sizeof p->text - p->text_n;
    size_t kept = more < room ? more : room;
    memcpy(p->text + p->text_n, from, kept);
    p->text_n += kept;
    p->read += more;
    return p->read > ANSWER_READ ? 0 : more; /* RULE 4: enough */
}

static int still(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct hook_poster *p = ctx;
    (void)a, (void)b, (void)c, (void)d;
    return p->options.go_on && !p->options.go_on(p->options.ctx);
}

static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void begin(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        die("libcurl does not start");
}

static void poster_close(void *p)
{
    curl_easy_cleanup(((struct hook_poster *)p)->curl);
}

struct hook_poster *hook_poster_open(struct arena *a, const struct hook_poster_options *options)
{
    struct hook_poster *p = arena_make(a, struct hook_poster);
    pthread_once(&begun, begin);
    p->curl = curl_easy_init();
    if (!p->curl)
        die("out of memory: a connection for webhooks");
    arena_defer(a, poster_close, p);
    p->options = *options;
    curl_easy_setopt(p->curl, CURLOPT_PROTOCOLS_STR, options->inside ? "https,http" : "https");
    curl_easy_setopt(p->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(p->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(p->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(p->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(p->curl, CURLOPT_USERAGENT, "Skep/" SKEP_VERSION " (webhooks)");
    curl_easy_setopt(p->curl, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    curl_easy_setopt(p->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(p->curl, CURLOPT_OPENSOCKETFUNCTION, socket_open);
    curl_easy_setopt(p->curl, CURLOPT_OPENSOCKETDATA, p);
    curl_easy_setopt(p->curl, CURLOPT_WRITEFUNCTION, answer_take);
    curl_easy_setopt(p->curl, CURLOPT_WRITEDATA, p);
    curl_easy_setopt(p->curl, CURLOPT_XFERINFOFUNCTION, still);
    curl_easy_setopt(p->curl, CURLOPT_XFERINFODATA, p);
    curl_easy_setopt(p->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(p->curl, CURLOPT_ERRORBUFFER, p->error);
    return p;
}

static struct curl_slist *header_add(struct curl_slist *list, struct str line)
{
    struct curl_slist *more = curl_slist_append(list, line.p);
    if (!more)
        die("out of memory: a header");
    return more;
}

static struct curl_slist *headers_make(struct arena *a, const struct hook_request *r)
{
    struct curl_slist *list = header_add(NULL, S("Content-Type: application/json"));
    list = header_add(list, S("Expect:"));
    list = header_add(list, str_fmt(a, "webhook-id: " STR_FMT, STR_ARG(r->id)));
    list = header_add(list, str_fmt(a, "webhook-timestamp: %lld", (long long)r->seconds));
    return header_add(list, str_fmt(a, "webhook-signature: " STR_FMT, STR_ARG(r->signatures)));
}

void hook_post(struct hook_poster *p, struct arena *a, const struct hook_request *r,
               struct hook_answer *answer)
{
    struct curl_slist *headers = headers_make(a, r);
    long status = 0;
    curl_off_t after = 0, took = 0;
    p->refused = NULL;
    p->text_n = p->read = 0;
    p->error[0] = 0;
    p->plain = str_starts(r->url, S("http:"));
    curl_easy_setopt(p->curl, CURLOPT_URL, str_cstr(a, r->url));
    curl_easy_setopt(p->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(p->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
    curl_easy_setopt(p->curl, CURLOPT_POSTFIELDS, r->body.p);
    CURLcode code = curl_easy_perform(p->curl);
    curl_easy_setopt(p->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    curl_easy_getinfo(p->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(p->curl, CURLINFO_RETRY_AFTER, &after);
    curl_easy_getinfo(p->curl, CURLINFO_TOTAL_TIME_T, &took);
    bool whole = code == CURLE_OK || (code == CURLE_WRITE_ERROR && p->read > ANSWER_READ);
    struct str text = whole         ? str_make(p->text, p->text_n)
                      : p->refused  ? str_of(p->refused)
                      : p->error[0] ? str_of(p->error)
                                    : str_of(curl_easy_strerror(code));
    *answer = (struct hook_answer){
        .status = whole ? (int)status : 0,
        .retry_after = after > 0 && after < CLOCK_DAY / CLOCK_SECOND ? (int)after
                       : after > 0                                   ? CLOCK_DAY / CLOCK_SECOND
                                                                     : 0,
        .text = str_dup(a, text_clean(a, text)),
        .took = took,
    };
}
