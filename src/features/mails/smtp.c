/* smtp.c: see smtp.h.
 *
 * WHY libcurl: TLS, the ways of signing in, pipelining and time-outs, in a library that is kept.
 */
#include "features/mails/smtp.h"

#include <stdio.h>

#include "core/arena.h"
#include "core/log.h"
#include "features/mails/mailserver.h"

enum { ANSWER_MAX = 500 };

struct smtp {
    struct mailserver *server;
    struct str left;         /* of the message, for libcurl to read */
    int64_t said;            /* the code of what the server said last */
    char answer[ANSWER_MAX]; /* and its line */
};

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

struct smtp *smtp_open(struct arena *a, const struct smtp_options *options, struct str *wrong)
{
    struct mailserver_options to = {options->url, "smtp", "smtps", options->go_on, options->ctx};
    struct mailserver *server = mailserver_open(a, &to, wrong);
    if (!server)
        return NULL;
    struct smtp *s = arena_make(a, struct smtp);
    CURL *curl = server->curl;
    s->server = server;
    /* libcurl says the path as EHLO's word */
    curl_easy_setopt(curl, CURLOPT_URL,
                     str_fmt(a, "%s/" STR_FMT, server->base, STR_ARG(options->hello)).p);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, message_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, s);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, answer_line);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, s);
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
        return str_starts(str_of(s->server->error), S("RCPT")) ? SMTP_NO_ADDRESS : SMTP_REFUSED;
    return s->said == 354 ? SMTP_LATER : SMTP_AWAY;
}

enum smtp_result smtp_send(struct smtp *s, const char *from, const char *to, struct str message,
                           struct str *answer)
{
    struct curl_slist *list = curl_slist_append(NULL, to);
    if (!list)
        die("out of memory: a letter's address");
    s->left = message;
    s->said = s->answer[0] = s->server->error[0] = 0;
    curl_easy_setopt(s->server->curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(s->server->curl, CURLOPT_MAIL_RCPT, list);
    CURLcode code = curl_easy_perform(s->server->curl);
    enum smtp_result result = result_of(s, code);
    curl_easy_setopt(s->server->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(list);
    bool ours = result != SMTP_SENT && s->said < 400;
    *answer = str_of(!ours                 ? s->answer
                     : s->server->error[0] ? s->server->error
                                           : curl_easy_strerror(code));
    return result;
}
