/* serve.c: see serve.h. */
#include "test/serve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"

enum { HEARD_MAX = 32 * 1024 * 1024 };

static void on_ready(void *ctx, struct str address)
{
    struct served *s = ctx;
    pthread_mutex_lock(&s->lock);
    snprintf(s->address, sizeof s->address, STR_FMT, STR_ARG(address));
    s->ready = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void *serve(void *ctx)
{
    struct served *s = ctx;
    struct str message = S("");
    s->ok = app_serve(s->app, on_ready, s, &message);
    if (!s->ok)
        on_ready(s, message);
    return NULL;
}

struct served *serve_with(void **state, struct app_options more)
{
    struct served *s = calloc(1, sizeof *s);
    struct str message = S("");
    if (!s)
        die("out of memory");
    s->kit = *state;
    more.store.db = s->kit->app->options.store.db;
    more.listen = more.listen ? more.listen : "127.0.0.1:0";
    more.loops = more.loops ? more.loops : 2;
    s->app = app_open(&more, features, s->kit->arena, &message);
    assert_non_null(s->app);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    pthread_create(&s->thread, NULL, serve, s);
    pthread_mutex_lock(&s->lock);
    while (!s->ready)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    return s;
}

void serve_again(struct served *s)
{
    pthread_join(s->thread, NULL);
    pthread_create(&s->thread, NULL, serve, s);
}

void serve_end(struct served *s)
{
    app_stop(s->app);
    pthread_join(s->thread, NULL);
    assert_true(s->ok);
    app_close(s->app);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}

/* ---- clients ---- */

int client(struct served *s)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = LONG_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    sa.sin_port = htons((uint16_t)strtol(strrchr(s->address, ':') + 1, NULL, 10));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    return fd;
}

void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All until the server closes; fails the test when it does not. */
struct str hear_all(struct served *s, int fd)
{
    struct out o;
    char buf[65536];
    ssize_t n;
    out_init(&o, HEARD_MAX);
    while ((n = recv(fd, buf, sizeof buf, 0)) > 0)
        out_raw(&o, buf, (size_t)n);
    if (n < 0 && errno != ECONNRESET)
        fail_msg("the server did not close: " STR_FMT, STR_ARG(str_first(out_text(&o), 300)));
    close(fd);
    return out_take(&o, s->kit->arena);
}

/* Reads until `text` has come. */
struct str hear(struct served *s, int fd, const char *text)
{
    struct out o;
    char buf[4096];
    ssize_t n;
    out_init(&o, HEARD_MAX);
    while (str_find_str(out_text(&o), str_of(text)) < 0 && (n = recv(fd, buf, sizeof buf, 0)) > 0)
        out_raw(&o, buf, (size_t)n);
    if (str_find_str(out_text(&o), str_of(text)) < 0)
        fail_msg("no '%s' in " STR_FMT, text, STR_ARG(out_text(&o)));
    return out_take(&o, s->kit->arena);
}

void assert_starts(struct str s, const char *text)
{
    if (!str_starts(s, str_of(text)))
        fail_msg("not '%s': " STR_FMT, text, STR_ARG(str_first(s, 200)));
}

void assert_in(struct str s, const char *text)
{
    if (str_find_str(s, str_of(text)) < 0)
        fail_msg("no '%s' in: " STR_FMT, text, STR_ARG(str_first(s, 2000)));
}

int count(struct str s, const char *text)
{
    int n = 0;
    ptrdiff_t at;
    for (; (at = str_find_str(s, str_of(text))) >= 0; n++)
        s = str_from(s, (size_t)at + strlen(text));
    return n;
}

int64_t now_ms(void)
{
    return clock_monotonic() / 1000;
}
