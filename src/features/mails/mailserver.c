/* mailserver.c: see mailserver.h. */
#include "features/mails/mailserver.h"

#include <pthread.h>

#include "core/arena.h"
#include "core/log.h"

enum { CONNECT_MS = 10000, LETTER_S = 60 };

struct url {
    char *scheme, *host, *user, *password, *query, *path, *base;
};

static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void begin(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        die("libcurl does not start");
}

static void close_server(void *p)
{
    struct mailserver *s = p;
    curl_easy_cleanup(s->curl);
}

/* ---- the address ---- */

static void free_with_curl(void *p)
{
    curl_free(p);
}

static void close_url(void *p)
{
    curl_url_cleanup(p);
}

static char *part(struct arena *a, CURLU *u, CURLUPart which, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(u, which, &text, flags) || !text)
        return NULL;
    arena_defer(a, free_with_curl, text);
    return text;
}

static bool url_read(struct arena *a, const struct mailserver_options *o, struct url *it)
{
    CURLU *u = curl_url();
    if (!u)
        die("out of memory: an address");
    arena_defer(a, close_url, u);
    if (curl_url_set(u, CURLUPART_URL, str_cstr(a, o->url), 0))
        return false;
    it->scheme = part(a, u, CURLUPART_SCHEME, 0);
    it->host = part(a, u, CURLUPART_HOST, 0);
    it->user = part(a, u, CURLUPART_USER, CURLU_URLDECODE);
    it->password = part(a, u, CURLUPART_PASSWORD, CURLU_URLDECODE);
    it->query = part(a, u, CURLUPART_QUERY, 0);
    curl_url_set(u, CURLUPART_USER, NULL, 0);
    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(u, CURLUPART_QUERY, NULL, 0);
    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    it->path = part(a, u, CURLUPART_PATH, 0);
    curl_url_set(u, CURLUPART_PATH, NULL, 0);
    it->base = part(a, u, CURLUPART_URL, 0);
    return it->base && it->path && it->scheme && it->host &&
           (!strcmp(it->scheme, o->plain) || !strcmp(it->scheme, o->tls));
}

static bool is_here(const char *host)
{
    return !strcmp(host, "localhost") || !strcmp(host, "[::1]") || !strncmp(host, "127.", 4);
}

/* NULL, or what is wrong with it. */
static const char *query_set(struct mailserver *s, struct arena *a, const struct url *it,
                             bool *starttls)
{
    struct str query = str_of(it->query), one, name;
    while (str_split(&query, '&', &one)) {
        str_split(&one, '=', &name);
        struct str value = str_url_decode(a, one, false);
        int64_t seconds = 0;
        if (str_is(name, "tls") && (str_is(value, "none") || str_is(value, "starttls")))
            *starttls = str_is(value, "starttls");
        else if (str_is(name, "ca") && value.n)
            curl_easy_setopt(s->curl, CURLOPT_CAINFO, str_cstr(a, value));
        else if (str_is(name, "timeout") && str_int(value, &seconds) && seconds > 0 &&
                 seconds <= 600)
            curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, (long)seconds);
        else
            return "behind the '?' stand tls=none or starttls, ca=FILE, timeout=SECONDS";
    }
    return NULL;
}

/* ---- the connection ---- */

static int still(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct mailserver *s = ctx;
    (void)a, (void)b, (void)c, (void)d;
    return s->options.go_on && !s->options.go_on(s->options.ctx);
}

static void options_set(struct mailserver *s, const struct url *it, bool starttls)
{
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, it->scheme);
    curl_easy_setopt(s->curl, CURLOPT_URL, it->base);
    curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(s->curl, CURLOPT_USE_SSL, (long)(starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (it->user) {
        curl_easy_setopt(s->curl, CURLOPT_USERNAME, it->user);
        curl_easy_setopt(s->curl, CURLOPT_PASSWORD, it->password ? it->password : "");
    }
    curl_easy_setopt(s->curl, CURLOPT_XFERINFOFUNCTION, still);
    curl_easy_setopt(s->curl, CURLOPT_XFERINFODATA, s);
    curl_easy_setopt(s->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->error);
}

struct mailserver *mailserver_open(struct arena *a, const struct mailserver_options *options,
                                   struct str *wrong)
{
    struct url it = {0};
    pthread_once(&begun, begin);
    *wrong =
        str_fmt(a, "takes %s://user:password@host:port or %s://...", options->plain, options->tls);
    if (!url_read(a, options, &it))
        return NULL;
    struct mailserver *s = arena_make(a, struct mailserver);
    s->curl = curl_easy_init();
    if (!s->curl)
        die("out of memory: a connection for mail");
    arena_defer(a, close_server, s);
    s->options = *options;
    s->base = it.base;
    s->path = str_of(it.path);
    while (s->base[0] && str_ends(str_of(s->base), S("/")))
        s->base = str_dup(a, str_first(str_of(s->base), strlen(s->base) - 1)).p;
    bool plain = !strcmp(it.scheme, options->plain), starttls = plain && !is_here(it.host);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, (long)LETTER_S);
    const char *no = query_set(s, a, &it, &starttls);
    if (!no && it.user && !starttls && plain && !is_here(it.host))
        no = "sends no password without TLS"; /* RULE 1 */
    if (no) {
        *wrong = str_of(no);
        return NULL;
    }
    options_set(s, &it, starttls);
    return s;
}
