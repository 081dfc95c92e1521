/* imap_kit.h: a mailbox of few letters behind IMAP, for tests.
 *
 * A header, so that the program carries none of it.
 */
#ifndef MAILS_IMAP_KIT_H
#define MAILS_IMAP_KIT_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/str.h"

enum { IMAP_KIT_LETTERS = 10 };

struct imap_kit {
    int listener;
    pthread_t thread;
    char url[100];
    pthread_mutex_t lock;
    /* Touch them only when nobody asks, and call imap_sync before and behind. */
    int validity, fetches;
    struct imap_kit_letter {
        struct str text; /* empty: none, or deleted */
        bool seen, deleted;
    } letters[IMAP_KIT_LETTERS]; /* the number is the place */
};

static inline void imap_search(struct imap_kit *kit, FILE *out, int from)
{
    fputs("* SEARCH", out);
    for (int i = IMAP_KIT_LETTERS - 1; i > 0; i--) /* in no order */
        if (kit->letters[i].text.n && i >= from)
            fprintf(out, " %d", i);
    fputs("\r\n", out);
}

static inline void imap_letter(struct imap_kit *kit, FILE *out, int uid)
{
    struct imap_kit_letter *l = &kit->letters[uid];
    if (!l->text.n)
        return;
    kit->fetches++;
    l->seen = true;
    fprintf(out, "* %d FETCH (UID %d BODY[] {%zu}\r\n" STR_FMT ")\r\n", uid, uid, l->text.n,
            STR_ARG(l->text));
}

static inline const char *imap_command(struct imap_kit *kit, FILE *out, const char *words)
{
    int uid = 0;
    if (sscanf(words, "UID SEARCH UID %d:", &uid) == 1) {
        if (uid < 1 || !strstr(words, " SINCE "))
            return "BAD what";
        imap_search(kit, out, uid);
    } else if (sscanf(words, "UID FETCH %d", &uid) == 1 && uid < IMAP_KIT_LETTERS) {
        imap_letter(kit, out, uid);
    } else if (sscanf(words, "UID STORE %d", &uid) == 1 && uid < IMAP_KIT_LETTERS) {
        if (strstr(words, "-FLAGS (\\Seen)"))
            kit->letters[uid].seen = false;
        kit->letters[uid].deleted = strstr(words, "+FLAGS (\\Deleted)") != NULL;
    } else if (sscanf(words, "UID EXPUNGE %d", &uid) == 1 && uid < IMAP_KIT_LETTERS) {
        if (kit->letters[uid].deleted)
            kit->letters[uid].text = S("");
    } else if (!strncmp(words, "SELECT", 6)) {
        fprintf(out, "* %d EXISTS\r\n* OK [UIDVALIDITY %d] as it was\r\n", IMAP_KIT_LETTERS,
                kit->validity);
    } else if (!strncmp(words, "LOGIN", 5)) {
        return strstr(words, "hub word") ? "OK hello" : "NO not you";
    } else if (!strncmp(words, "CAPABILITY", 10)) {
        fputs("* CAPABILITY IMAP4rev1 UIDPLUS\r\n", out);
    }
    return "OK done";
}

static inline void *imap_main(void *p)
{
    struct imap_kit *kit = p;
    for (int fd; (fd = accept(kit->listener, NULL, NULL)) >= 0;) {
        FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
        char line[2000], tag[20];
        int words = 0;
        fputs("* OK welcome\r\n", out);
        fflush(out);
        while (fgets(line, sizeof line, in) && sscanf(line, "%19s %n", tag, &words) == 1) {
            pthread_mutex_lock(&kit->lock);
            const char *end = imap_command(kit, out, line + words);
            pthread_mutex_unlock(&kit->lock);
            fprintf(out, "%s %s\r\n", tag, end);
            fflush(out);
        }
        fclose(in);
        fclose(out);
    }
    return NULL;
}

/* What each of the two threads has written is seen by the other. */
static inline void imap_sync(struct imap_kit *kit)
{
    pthread_mutex_lock(&kit->lock);
    pthread_mutex_unlock(&kit->lock);
}

static inline void imap_start(struct imap_kit *kit, const char *password)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    *kit = (struct imap_kit){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                             .validity = 7};
    pthread_mutex_init(&kit->lock, NULL);
    if (bind(kit->listener, (struct sockaddr *)&at, n) || listen(kit->listener, 8) ||
        getsockname(kit->listener, (struct sockaddr *)&at, &n) ||
        pthread_create(&kit->thread, NULL, imap_main, kit))
        die("the test's mailbox does not start");
    snprintf(kit->url, sizeof kit->url, "imap://hub:%s@127.0.0.1:%d?timeout=5", password,
             ntohs(at.sin_port));
}

static inline void imap_end(struct imap_kit *kit)
{
    shutdown(kit->listener, SHUT_RDWR);
    pthread_join(kit->thread, NULL);
    close(kit->listener);
}

#endif
