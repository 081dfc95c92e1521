/* hook_kit.h: a receiver of webhooks, for tests: a real listener on the loopback that keeps what it
 * is sent, and answers by path.
 *
 *     /ok        200 "taken"            /gone      410
 *     /fail      500 "no"               /later     503, Retry-After: 7200
 *     /moved     302 to /ok             /slow      nothing at all
 *     /long      200, 200 kB            /status    as `status` says
 *     /broken    no HTTP
 *
 * A header, so that the program carries none of it.
 */
#ifndef WEBHOOKS_HOOK_KIT_H
#define WEBHOOKS_HOOK_KIT_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/out.h"

enum { HOOK_KIT_MAX = 100, HOOK_KIT_BODY = 1 << 20 };

struct hook_kit_request {
    char head[4000];
    struct out body;
};

struct hook_kit {
    int listener, n;
    _Atomic int status; /* a test changes it while the receiver answers */
    pthread_t thread;
    char url[80]; /* without a slash behind */
    pthread_mutex_t lock;
    struct hook_kit_request requests[HOOK_KIT_MAX];
};

/* Touch it only when nothing is on its way; what the other thread wrote is seen after it. */
static inline int hooks_received(struct hook_kit *kit)
{
    pthread_mutex_lock(&kit->lock);
    int n = kit->n;
    pthread_mutex_unlock(&kit->lock);
    return n;
}

/* A header's value of that request; empty: it has none. */
static inline struct str hook_header(struct hook_kit *kit, int i, const char *name)
{
    struct str rest = str_of(kit->requests[i].head), line, key;
    hooks_received(kit);
    while (str_split(&rest, '\n', &line))
        if (str_split(&line, ':', &key) && str_eq_nocase(key, str_of(name)))
            return str_trim(line);
    return S("");
}

static inline struct str hook_body(struct hook_kit *kit, int i)
{
    hooks_received(kit);
    return out_text(&kit->requests[i].body);
}

static inline void hook_kit_answer(struct hook_kit *kit, FILE *out, const char *path)
{
    int status = !strcmp(path, "/gone")     ? 410
                 : !strcmp(path, "/fail")   ? 500
                 : !strcmp(path, "/later")  ? 503
                 : !strcmp(path, "/moved")  ? 302
                 : !strcmp(path, "/status") ? kit->status
                                            : 200;
    if (!strcmp(path, "/broken")) {
        fputs("hello?\r\n", out);
        return;
    }
    fprintf(out, "HTTP/1.1 %d Words\r\nConnection: close\r\n", status);
    if (status == 503)
        fputs("Retry-After: 7200\r\n", out);
    if (status == 302)
        fprintf(out, "Location: %s/ok\r\n", kit->url);
    fputs("\r\n", out);
    for (int i = 0; !strcmp(path, "/long") && i < 20000; i++)
        fputs("0123456789", out);
    fputs(status == 200 ? "taken" : "no", out);
}

static inline void hook_kit_read(struct hook_kit *kit, FILE *in, FILE *out)
{
    char line[2000], path[200] = "";
    struct hook_kit_request r = {0};
    size_t length = 0, at = 0;
    int c;
    out_init(&r.body, HOOK_KIT_BODY);
    while (fgets(line, sizeof line, in) && strcmp(line, "\r\n") != 0) {
        if (!path[0])
            sscanf(line, "POST %199s", path);
        if (strncasecmp(line, "content-length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
        at += (size_t)snprintf(r.head + at, sizeof r.head - at, "%s", line);
    }
    while (r.body.n < length && (c = fgetc(in)) != EOF)
        out_char(&r.body, (char)c);
    pthread_mutex_lock(&kit->lock);
    if (kit->n < HOOK_KIT_MAX)
        kit->requests[kit->n++] = r;
    else
        out_free(&r.body);
    pthread_mutex_unlock(&kit->lock);
    if (!strcmp(path, "/slow"))
        while (fgets(line, sizeof line, in)) {
        }
    else
        hook_kit_answer(kit, out, path);
}

static inline void *hook_kit_main(void *p)
{
    struct hook_kit *kit = p;
    for (int fd; (fd = accept(kit->listener, NULL, NULL)) >= 0;) {
        FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
        hook_kit_read(kit, in, out);
        fclose(out);
        shutdown(fd, SHUT_WR);
        fclose(in);
    }
    return NULL;
}

static inline void hook_kit_start(struct hook_kit *kit)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    *kit = (struct hook_kit){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                             .status = 500};
    pthread_mutex_init(&kit->lock, NULL);
    if (bind(kit->listener, (struct sockaddr *)&at, n) || listen(kit->listener, 8) ||
        getsockname(kit->listener, (struct sockaddr *)&at, &n) ||
        pthread_create(&kit->thread, NULL, hook_kit_main, kit))
        die("the test's receiver does not start");
    snprintf(kit->url, sizeof kit->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
}

static inline void hook_kit_end(struct hook_kit *kit)
{
    shutdown(kit->listener, SHUT_RDWR);
    pthread_join(kit->thread, NULL);
    close(kit->listener);
    pthread_mutex_destroy(&kit->lock);
    for (int i = 0; i < kit->n; i++)
        out_free(&kit->requests[i].body);
}

#endif
