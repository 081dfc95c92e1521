/* smtp.c: see smtp.h.
 *
 * WHY libcurl: TLS, the ways of signing in, pipelining and time-outs, in a library that is kept.
 */
#include "features/mails/smtp.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/log.h"

enum { ANSWER_MAX = 500, CONNECT_MS = 10000, LETTER_S = 60 };

struct smtp {
    CURL *curl;
    struct smtp_options options;
    struct str left;         /* of the message, for libcurl to read */
    int64_t said;            /* the code of what the server said last */
    char answer[ANSWER_MAX]; /* and its line */
    char error[CURL_ERROR_SIZE];
};

struct smtp_url {
    char *scheme, *host, *port, *user, *password, *query, *whole;
};

static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void begin(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        die("libcurl does not start");
}

static void smtp_close(void *p)
{
    struct smtp *s = p;
    curl_easy_cleanup(s->curl);
}

/* ---- the server's address ---- */

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

static bool url_read(struct arena *a, struct str url, struct str hello, struct smtp_url *it)
{
    CURLU *u = curl_url();
    if (!u)
        die("out of memory: an address");
    arena_defer(a, close_url, u);
    if (curl_url_set(u, CURLUPART_URL, str_cstr(a, url), 0))
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
    /* libcurl says the path as EHLO's word */
    curl_url_set(u, CURLUPART_PATH, str_fmt(a, "/" STR_FMT, STR_ARG(hello)).p, 0);
    it->whole = part(a, u, CURLUPART_URL, 0);
    return it->whole && it->scheme && it->host &&
           (!strcmp(it->scheme, "smtp") || !strcmp(it->scheme, "smtps"));
}

static bool is_here(const char *host)
{
    return !strcmp(host, "localhost") || !strcmp(host, "[::1]") || !strncmp(host, "127.", 4);
}

/* NULL, or what is wrong with it. */
static const char *query_set(struct smtp *s, struct arena *a, const struct smtp_url *it,
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

static size_t message_read(char *to, size_t size, size_t n, void *ctx)
{
    struct smtp *s = ctx;
    struct str now = str_first(s->left, size * n);
    memcpy(to, now.p, now.n);
    s->left = str_from(s->left, now.n);
    return now.n;
}

static size_t answer_line(char *line, size_t size, size_t n, void *ctx)
{
    struct smtp *s = ctx;
    struct str text = str_trim(str_make(line, size * n));
    int64_t code = 0;
    if (s->said >= 400 || !str_int(str_first(text, 3), &code))
        return size * n; /* a farewell follows a refusal */
    s->said = code;
    snprintf(s->answer, sizeof s->answer, STR_FMT, STR_ARG(text));
    return size * n;
}

static int still(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct smtp *s = ctx;
    (void)a, (void)b, (void)c, (void)d;
    return s->options.go_on && !s->options.go_on(s->options.ctx);
}

static void options_set(struct smtp *s, const struct smtp_url *it, bool starttls)
{
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(s->curl, CURLOPT_URL, it->whole);
    curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(s->curl, CURLOPT_USE_SSL, (long)(starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (it->user) {
        curl_easy_setopt(s->curl, CURLOPT_USERNAME, it->user);
        curl_easy_setopt(s->curl, CURLOPT_PASSWORD, it->password ? it->password : "");
    }
    curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, message_read);
    curl_easy_setopt(s->curl, CURLOPT_READDATA, s);
    curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, answer_line);
    curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(s->curl, CURLOPT_XFERINFOFUNCTION, still);
    curl_easy_setopt(s->curl, CURLOPT_XFERINFODATA, s);
    curl_easy_setopt(s->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->error);
}

struct smtp *smtp_open(struct arena *a, const struct smtp_options *options, struct str *wrong)
{
    struct smtp_url it = {0};
    pthread_once(&begun, begin);
    *wrong = S("takes smtp://user:password@host:port or smtps://...");
    if (!url_read(a, options->url, options->hello, &it))
        return NULL;
    struct smtp *s = arena_make(a, struct smtp);
    s->curl = curl_easy_init();
    if (!s->curl)
        die("out of memory: a connection for mail");
    arena_defer(a, smtp_close, s);
    s->options = *options;
    bool starttls = !strcmp(it.scheme, "smtp") && !is_here(it.host);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, (long)LETTER_S);
    const char *no = query_set(s, a, &it, &starttls);
    if (!no && it.user && !starttls && !strcmp(it.scheme, "smtp") && !is_here(it.host))
        no = "sends no password without TLS"; /* RULE 1 */
    if (no) {
        *wrong = str_of(no);
        return NULL;
    }
    options_set(s, &it, starttls);
    return s;
}

/* ---- one letter ---- */

/* RULE 2 and 3. libcurl says in words which command was refused. */
static enum smtp_result result_of(const struct smtp *s, CURLcode code)
{
    if (code == CURLE_OK)
        return SMTP_SENT;
    bool refusal = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY;
    if (refusal && s->said >= 400 && s->said < 500)
        return SMTP_LATER;
    if (refusal && s->said >= 500)
        return str_starts(str_of(s->error), S("RCPT")) ? SMTP_NO_ADDRESS : SMTP_REFUSED;
    return s->said == 354 ? SMTP_LATER : SMTP_AWAY;
}

enum smtp_result smtp_send(struct smtp *s, const char *from, const char *to, struct str message,
                           struct str *answer)
{
    struct curl_slist *list = curl_slist_append(NULL, to);
    if (!list)
        die("out of memory: a letter's address");
    s->left = message;
    s->said = s->answer[0] = s->error[0] = 0;
    curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, list);
    CURLcode code = curl_easy_perform(s->curl);
    enum smtp_result result = result_of(s, code);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(list);
    bool ours = result != SMTP_SENT && s->said < 400;
    *answer = str_of(!ours ? s->answer : s->error[0] ? s->error : curl_easy_strerror(code));
    return result;
}
