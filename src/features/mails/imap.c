/* imap.c: see imap.h.
 *
 * WHY by the lines of the server's answers: libcurl knows how to sign in, choose a folder and take
 * a letter; what else is asked is given to it as a command, and it hands over the lines.
 */
#include "features/mails/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/out.h"
#include "features/mails/mailserver.h"

enum { URL_MAX = 1000 };

struct imap {
    struct mailserver *server;
    char folder[URL_MAX]; /* the address with the folder, as in an URL */
    struct imap_list *list;
    int64_t validity, from;
    struct out *letter;
};

static size_t on_line(char *p, size_t size, size_t n, void *ctx);
static size_t on_letter(char *p, size_t size, size_t n, void *ctx);

struct imap *imap_open(struct arena *a, const struct imap_options *options, struct str *wrong)
{
    struct mailserver_options to = {options->url, "imap", "imaps", options->go_on, options->ctx};
    struct mailserver *server = mailserver_open(a, &to, wrong);
    if (!server)
        return NULL;
    struct imap *m = arena_make(a, struct imap);
    m->server = server;
    bool inbox = server->path.n < 2;
    int n = snprintf(m->folder, sizeof m->folder, "%s" STR_FMT, server->base,
                     STR_ARG(inbox ? S("/INBOX") : server->path));
    if (n < 0 || (size_t)n >= sizeof m->folder || strchr(m->folder, ';')) {
        *wrong = S("has a folder that cannot be one");
        return NULL;
    }
    curl_easy_setopt(server->curl, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(server->curl, CURLOPT_HEADERDATA, m);
    curl_easy_setopt(server->curl, CURLOPT_WRITEFUNCTION, on_letter);
    curl_easy_setopt(server->curl, CURLOPT_WRITEDATA, m);
    return m;
}

const char *imap_error(const struct imap *m)
{
    return m->server->error;
}

/* ---- what the server says ---- */

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void numbers_take(struct imap *m, struct str words)
{
    struct str word;
    int64_t uid;
    while (words.n && str_split(&words, ' ', &word))
        if (m->list->n < IMAP_LIST && str_int(word, &uid) && uid >= m->from)
            m->list->uids[m->list->n++] = uid;
}

static size_t on_line(char *p, size_t size, size_t n, void *ctx)
{
    struct imap *m = ctx;
    struct str line = str_trim(str_make(p, size * n)), mark = S("[UIDVALIDITY ");
    ptrdiff_t at = str_find_str(line, mark);
    if (str_starts(line, S("* OK")) && at >= 0) {
        struct str rest = str_from(line, (size_t)at + mark.n);
        ptrdiff_t end = str_find(rest, ']');
        str_int(str_first(rest, end < 0 ? 0 : (size_t)end), &m->validity);
    } else if (m->list && str_starts(line, S("* SEARCH "))) {
        numbers_take(m, str_from(line, 9));
    }
    return size * n;
}

static size_t on_letter(char *p, size_t size, size_t n, void *ctx)
{
    struct imap *m = ctx;
    if (m->letter)
        out_str(m->letter, str_first(str_make(p, size * n), IMAP_LETTER_MAX - m->letter->n));
    return size * n;
}

/* ---- asking ---- */

/* `command` NULL: takes the letter that the rest of the address names. */
static bool ask(struct imap *m, const char *rest, const char *command)
{
    char url[URL_MAX + 60];
    CURL *curl = m->server->curl;
    snprintf(url, sizeof url, "%s%s", m->folder, rest);
    m->server->error[0] = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, command);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK && !m->server->error[0])
        snprintf(m->server->error, sizeof m->server->error, "%s", curl_easy_strerror(code));
    return code == CURLE_OK;
}

bool imap_list(struct imap *m, int64_t from, int64_t since, struct imap_list *list)
{
    char command[120], date[32], *p;
    clock_date(date, since);
    for (p = date; *p; p++) /* 3-Jan-2027 */
        *p = *p == ' ' ? '-' : *p;
    snprintf(command, sizeof command, "UID SEARCH UID %lld:* SINCE %s", (long long)from, date);
    *list = (struct imap_list){0};
    m->list = list;
    m->from = from;
    bool done = ask(m, "", command);
    m->list = NULL;
    qsort(list->uids, list->n, sizeof *list->uids, by_number);
    list->validity = m->validity;
    return done;
}

bool imap_fetch(struct imap *m, struct arena *a, int64_t uid, struct str *letter)
{
    char rest[60];
    struct out o;
    out_init(&o, IMAP_LETTER_MAX + 1);
    snprintf(rest, sizeof rest, "/;UID=%lld", (long long)uid);
    m->letter = &o;
    bool done = ask(m, rest, NULL);
    m->letter = NULL;
    *letter = out_take(&o, a);
    return done;
}

bool imap_leave(struct imap *m, int64_t uid)
{
    char command[60];
    snprintf(command, sizeof command, "UID STORE %lld -FLAGS (\\Seen)", (long long)uid);
    return ask(m, "", command);
}

/* A server that cannot take away one letter alone keeps it, marked as deleted. */
bool imap_delete(struct imap *m, int64_t uid)
{
    char command[60];
    snprintf(command, sizeof command, "UID STORE %lld +FLAGS (\\Deleted)", (long long)uid);
    if (!ask(m, "", command))
        return false;
    snprintf(command, sizeof command, "UID EXPUNGE %lld", (long long)uid);
    ask(m, "", command);
    return true;
}
