/* smtp_kit.h: a mail server of few words, for tests: what it answers depends on who gets the
 * letter.
 *
 *     later@...  451 to RCPT          gone@...  550 to RCPT
 *     spam@...   554 to the letter    busy@...  421 to the letter
 *     drop@...   breaks off in the midst of the letter
 *     slow@...   says nothing any more
 *
 * A header, so that the program carries none of it.
 */
#ifndef MAILS_SMTP_KIT_H
#define MAILS_SMTP_KIT_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/out.h"

struct smtp_kit {
    int listener;
    pthread_t thread;
    char url[80];
    pthread_mutex_t lock;
    /* Read them by smtp_seen, and only when nothing is on its way. */
    int connections, letters;
    struct out envelopes, text; /* "from to\n" of each; the letters, one after another */
};

/* All that the server has taken before. */
static inline const struct smtp_kit *smtp_seen(struct smtp_kit *kit)
{
    pthread_mutex_lock(&kit->lock);
    pthread_mutex_unlock(&kit->lock);
    return kit;
}

struct smtp_talk {
    struct smtp_kit *kit;
    FILE *in;
    int fd;
    char from[300], to[300];
};

static inline void smtp_say(const struct smtp_talk *t, const char *line)
{
    dprintf(t->fd, "%s\r\n", line);
}

static inline bool smtp_to(const struct smtp_talk *t, const char *name)
{
    return strncmp(t->to, name, strlen(name)) == 0;
}

/* False: the talk is over. */
static inline bool smtp_take(struct smtp_talk *t)
{
    char line[2000];
    struct smtp_kit *kit = t->kit;
    smtp_say(t, "354 go on");
    while (fgets(line, sizeof line, t->in)) {
        if (smtp_to(t, "drop@") && strncmp(line, "From", 4) == 0)
            return false;
        if (strcmp(line, ".\r\n") == 0) {
            if (smtp_to(t, "spam@") || smtp_to(t, "busy@")) {
                smtp_say(t, smtp_to(t, "spam@") ? "554 5.7.1 not wanted" : "421 4.3.2 too busy");
                return true;
            }
            pthread_mutex_lock(&kit->lock);
            out_fmt(&kit->envelopes, "%s %s\n", t->from, t->to);
            kit->letters++;
            pthread_mutex_unlock(&kit->lock);
            smtp_say(t, "250 2.0.0 taken");
            return true;
        }
        pthread_mutex_lock(&kit->lock);
        out_str(&kit->text, str_of(line[0] == '.' ? line + 1 : line));
        pthread_mutex_unlock(&kit->lock);
    }
    return false;
}

/* "MAIL FROM:<a@b> SIZE=1": what stands between the brackets. */
static inline void smtp_address(const char *line, char to[300])
{
    const char *from = strchr(line, '<');
    snprintf(to, 300, "%.*s", from ? (int)strcspn(from + 1, ">") : 0, from ? from + 1 : "");
}

static inline bool smtp_rcpt(struct smtp_talk *t, const char *line)
{
    char rest[64];
    smtp_address(line, t->to);
    if (smtp_to(t, "slow@")) {
        while (fgets(rest, sizeof rest, t->in)) {
        }
        return false;
    }
    smtp_say(t, smtp_to(t, "later@")  ? "451 4.2.1 come again"
                : smtp_to(t, "gone@") ? "550 5.1.1 nobody here"
                                      : "250 OK");
    return true;
}

static inline void smtp_serve(struct smtp_kit *kit, int fd)
{
    struct smtp_talk t = {.kit = kit, .fd = fd, .in = fdopen(fd, "r")};
    char line[2000];
    pthread_mutex_lock(&kit->lock);
    kit->connections++;
    pthread_mutex_unlock(&kit->lock);
    smtp_say(&t, "220 test.example");
    while (fgets(line, sizeof line, t.in)) {
        if (strncmp(line, "EHLO", 4) == 0) {
            smtp_say(&t, "250-test.example\r\n250 8BITMIME");
        } else if (strncmp(line, "MAIL", 4) == 0) {
            smtp_address(line, t.from);
            smtp_say(&t, "250 OK");
        } else if (strncmp(line, "RCPT", 4) == 0) {
            if (!smtp_rcpt(&t, line))
                break;
        } else if (strncmp(line, "DATA", 4) == 0) {
            if (!smtp_take(&t))
                break;
        } else if (strncmp(line, "QUIT", 4) == 0) {
            smtp_say(&t, "221 bye");
            break;
        } else {
            smtp_say(&t, "250 OK");
        }
    }
    fclose(t.in);
}

static inline void *smtp_main(void *p)
{
    struct smtp_kit *kit = p;
    for (;;) {
        int fd = accept(kit->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        smtp_serve(kit, fd);
    }
}

static inline void smtp_start(struct smtp_kit *kit)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    *kit = (struct smtp_kit){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    pthread_mutex_init(&kit->lock, NULL);
    out_init(&kit->envelopes, 1 << 20);
    out_init(&kit->text, 64 << 20);
    if (bind(kit->listener, (struct sockaddr *)&at, n) || listen(kit->listener, 8) ||
        getsockname(kit->listener, (struct sockaddr *)&at, &n) ||
        pthread_create(&kit->thread, NULL, smtp_main, kit))
        die("the test's mail server does not start");
    snprintf(kit->url, sizeof kit->url, "smtp://127.0.0.1:%d?timeout=1", ntohs(at.sin_port));
}

static inline void smtp_end(struct smtp_kit *kit)
{
    shutdown(kit->listener, SHUT_RDWR);
    pthread_join(kit->thread, NULL);
    close(kit->listener);
    pthread_mutex_destroy(&kit->lock);
    out_free(&kit->envelopes);
    out_free(&kit->text);
}

#endif
