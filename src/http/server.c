/* server.c: one loop per core on the sockets of listen.c, and the stop.
 *
 * RULES
 *   1. app_stop may be called in a signal handler, from any thread, and before the server runs.
 *   2. One address has at most connections_per_peer connections (not behind a trusted proxy,
 *      where all come from one); all together stay under the limit of file descriptors.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/log.h"
#include "core/rand.h"
#include "core/supervise.h"
#include "http/loop.h"
#include "http/tls.h"

enum { HELD_MB = 256, PER_PEER = 256, CONNS_MAX = 100000, FDS_KEPT = 128 };

static void server_limits(struct http_server *s);
static bool server_run(struct http_server *s, void (*ready)(void *, struct str), void *ctx);
static bool server_tls(struct http_server *s, struct str *message);
static void loop_thread(void *loop);

static int or_default(int option, int otherwise)
{
    return option > 0 ? option : otherwise;
}

bool app_serve(struct app *app, void (*ready)(void *ctx, struct str address), void *ctx,
               struct str *message)
{
    const struct app_options *o = &app->options;
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    struct http_server s = {
        .app = app,
        .n = or_default(o->loops, cores < 1 ? 1 : cores),
        .header_ms = or_default(o->header_timeout_ms, 10 * 1000),
        .body_ms = or_default(o->body_timeout_ms, 10 * 1000),
        .write_ms = or_default(o->write_timeout_ms, 30 * 1000),
        .idle_ms = or_default(o->idle_timeout_ms, 60 * 1000),
        .beat_ms = or_default(o->stream_beat_ms, STREAM_BEAT_MS),
        .life_ms = or_default(o->stream_life_ms, STREAM_LIFE_MS),
        .held_max = (size_t)or_default(o->held_max_mb, HELD_MB) << 20,
        .watchdog_us = supervise_watchdog(),
        .per_peer = o->trust_proxy ? 0 : or_default(o->connections_per_peer, PER_PEER),
    };
    s.n = s.n > LISTEN_LOOPS ? LISTEN_LOOPS : s.n;
    rand_bytes(s.peer_secret, sizeof s.peer_secret);
    server_limits(&s);
    if (!listen_open(&s.addresses, o->listen, s.n, message))
        return false;
    bool ok = server_tls(&s, message);
    if (ok) {
        consumers_start(app->consumers);
        jobs_start(app->jobs);
        ok = server_run(&s, ready, ctx);
        jobs_stop(app->jobs);
        consumers_stop(app->consumers);
        if (!ok)
            *message = S("cannot start the event loops");
    }
    tls_server_free(s.tls);
    listen_close(&s.addresses);
    return ok;
}

/* Certificates are read before the first connection: what is wrong with them stops the start. */
static bool server_tls(struct http_server *s, struct str *message)
{
    const struct app_options *o = &s->app->options;
    bool redirects = false;
    for (size_t i = 0; i < s->addresses.n; i++) {
        const struct address *at = &s->addresses.of[i];
        redirects = redirects || at->kind == LISTEN_REDIRECT;
        if (at->kind == LISTEN_TLS && s->tls_port == 0)
            s->tls_port = at->local ? 443 : (int)strtol(strrchr(at->text, ':') + 1, NULL, 10);
    }
    if (redirects && s->tls_port == 0) {
        *message = S("redirect:// needs an https:// address to redirect to");
        return false;
    }
    if (s->tls_port == 0)
        return true;
    s->tls = tls_server_new(o->tls_cert, o->tls_key, message);
    return s->tls != NULL;
}

void app_stop(struct app *app)
{
    uint64_t one = 1;
    app->stopping = true;
    if (write(app->stop_fd, &one, sizeof one) < 0)
        return; /* only when it has been rung 2^64 times */
}

void app_reload(struct app *app)
{
    uint64_t one = 1;
    if (write(app->reload_fd, &one, sizeof one) < 0)
        return;
}

static struct app *signalled;

static void on_signal(int number)
{
    int e = errno;
    (void)number;
    app_stop(signalled);
    errno = e;
}

static void on_reload_signal(int number)
{
    int e = errno;
    (void)number;
    app_reload(signalled);
    errno = e;
}

/* The second signal ends the process at once. */
void app_stop_on_signals(struct app *app)
{
    struct sigaction reload = {.sa_handler = on_reload_signal, .sa_flags = SA_RESTART};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    signalled = app;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &reload, NULL);
}

static void server_limits(struct http_server *s)
{
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    size_t fds = limit.rlim_cur > CONNS_MAX ? CONNS_MAX : (size_t)limit.rlim_cur;
    s->conns_per_loop = (fds > 2 * FDS_KEPT ? fds - FDS_KEPT : fds / 2) / (size_t)s->n;
    int least = s->header_ms;
    least = s->body_ms < least ? s->body_ms : least;
    least = s->write_ms < least ? s->write_ms : least;
    least = s->idle_ms < least ? s->idle_ms : least;
    least = s->beat_ms < least ? s->beat_ms : least;
    s->tick_ms = least / 8 < 5 ? 5 : least / 8 > 500 ? 500 : least / 8;
}

/* ---- running ---- */

static bool server_run(struct http_server *s, void (*ready)(void *, struct str), void *ctx)
{
    char text[LISTEN_MAX * LISTEN_TEXT];
    s->loops = calloc((size_t)s->n, sizeof *s->loops);
    if (!s->loops)
        die("out of memory: event loops");
    s->spare_fd = -1;
    uv_mutex_init(&s->spare_lock);
    int began = 0;
    while (began < s->n && loop_begin(&s->loops[began], s, began))
        began++;
    bool ok = began == s->n;
    if (!ok)
        app_stop(s->app);
    for (int i = 1; i < began; i++)
        if (uv_thread_create(&s->loops[i].thread, loop_thread, &s->loops[i]) != 0)
            die("cannot start a thread");
    listen_text(&s->addresses, text, sizeof text);
    if (ok && ready)
        ready(ctx, str_of(text));
    if (began)
        loop_run(&s->loops[0]);
    for (int i = 1; i < began; i++)
        uv_thread_join(&s->loops[i].thread);
    for (int i = 0; i < began; i++)
        loop_end(&s->loops[i]);
    if (s->spare_fd >= 0)
        close(s->spare_fd);
    uv_mutex_destroy(&s->spare_lock);
    free(s->loops);
    return ok;
}

static void loop_thread(void *loop)
{
    loop_run(loop);
}
