/* server.c: sockets, one loop per core, and the stop.
 *
 * RULES
 *   1. Every loop has a TCP listener of its own on the same port (SO_REUSEPORT), so the kernel
 *      spreads connections; a Unix socket is one, shared by the loops.
 *   2. An address that is taken is said in words; nothing is half served.
 *   3. app_stop may be called in a signal handler, from any thread, and before the server runs.
 *   4. One address has at most connections_per_peer connections (not behind a trusted proxy,
 *      where all come from one); all together stay under the limit of file descriptors.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "core/rand.h"
#include "http/loop.h"

enum { PER_PEER = 256, CONNS_MAX = 100000, FDS_KEPT = 128, LOOPS_MAX = 64 };

static void server_limits(struct http_server *s);
static bool server_listen(struct http_server *s, int *fds, char address[160], const char **fault);
static bool listen_unix(struct http_server *s, int *fds, const char *path, const char **fault);
static bool listen_tcp(struct http_server *s, int *fds, const char *listen, char address[160],
                       const char **fault);
static int tcp_socket(const struct addrinfo *at, const struct sockaddr_storage *bound);
static bool server_run(struct http_server *s, const int *fds, void (*ready)(void *, struct str),
                       void *ctx, const char *address);
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
        .per_peer = o->trust_proxy ? 0 : or_default(o->connections_per_peer, PER_PEER),
    };
    s.n = s.n > LOOPS_MAX ? LOOPS_MAX : s.n;
    rand_bytes(s.peer_secret, sizeof s.peer_secret);
    server_limits(&s);
    int fds[LOOPS_MAX];
    static __thread char words[256];
    char address[160];
    const char *fault = "out of memory";
    if (!server_listen(&s, fds, address, &fault)) {
        snprintf(words, sizeof words, "cannot listen on %s: %s", o->listen ? o->listen : "(none)",
                 fault);
        *message = str_of(words);
        return false;
    }
    consumers_start(app->consumers);
    jobs_start(app->jobs);
    bool ok = server_run(&s, fds, ready, ctx, address);
    jobs_stop(app->jobs);
    consumers_stop(app->consumers);
    if (!ok)
        *message = S("cannot start the event loops");
    if (s.unix_path)
        unlink(s.unix_path);
    free(s.unix_path);
    return ok;
}

void app_stop(struct app *app)
{
    uint64_t one = 1;
    if (write(app->stop_fd, &one, sizeof one) < 0)
        return; /* only when it has been rung 2^64 times */
}

static struct app *signalled;

static void on_signal(int number)
{
    int e = errno;
    (void)number;
    app_stop(signalled);
    errno = e;
}

/* The second signal ends the process at once. */
void app_stop_on_signals(struct app *app)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    signalled = app;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
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

/* ---- listening ---- */

static bool server_listen(struct http_server *s, int *fds, char address[160], const char **fault)
{
    const char *listen = s->app->options.listen;
    if (!listen || !*listen) {
        *fault = "no address";
        return false;
    }
    if (strncmp(listen, "unix:", 5) != 0)
        return listen_tcp(s, fds, listen, address, fault);
    snprintf(address, 160, "%s", listen);
    return listen_unix(s, fds, listen + 5, fault);
}

static bool listen_unix(struct http_server *s, int *fds, const char *path, const char **fault)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof sa.sun_path || !*path) {
        *fault = "the path is too long, or empty";
        return false;
    }
    memcpy(sa.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0 && errno == ECONNREFUSED)
        unlink(path); /* left behind by a server that was killed */
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0) {
        *fault = strerror(errno);
        close(fd);
        return false;
    }
    s->unix_socket = true;
    s->unix_path = strdup(path);
    fds[0] = fd;
    for (int i = 1; i < s->n; i++)
        fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return true;
}

static bool listen_tcp(struct http_server *s, int *fds, const char *listen, char address[160],
                       const char **fault)
{
    char host[128];
    const char *colon = strrchr(listen, ':');
    size_t n = colon ? (size_t)(colon - listen) : 0;
    int64_t asked = -1;
    if (!colon || !str_int(str_of(colon + 1), &asked) || asked < 0 || asked > 65535 ||
        n >= sizeof host) {
        *fault = "it must be ADDRESS:PORT or unix:PATH";
        return false;
    }
    bool bracket = n >= 2 && listen[0] == '[' && listen[n - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(bracket ? n - 2 : n), listen + bracket);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int e = getaddrinfo(*host && strcmp(host, "*") != 0 ? host : NULL, colon + 1, &hints, &found);
    if (e) {
        *fault = gai_strerror(e);
        return false;
    }
    struct sockaddr_storage bound = {0};
    int i = 0;
    for (; i < s->n; i++) {
        fds[i] = tcp_socket(found, i ? &bound : NULL);
        socklen_t size = sizeof bound;
        if (fds[i] < 0 || getsockname(fds[i], (struct sockaddr *)&bound, &size) < 0)
            break;
    }
    freeaddrinfo(found);
    if (i < s->n) {
        *fault = strerror(errno);
        while (i-- > 0)
            close(fds[i]);
        return false;
    }
    char port[16];
    getnameinfo((struct sockaddr *)&bound, sizeof bound, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(address, 160, bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}

/* `bound`: where the first one got its port. Accepted sockets inherit TCP_NODELAY. */
static int tcp_socket(const struct addrinfo *at, const struct sockaddr_storage *bound)
{
    int on = 1;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* The first socket is bound without SO_REUSEPORT, so that two servers do not share a port
     * by mistake; then the option is set for the other loops. */
    if (bound)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    const struct sockaddr *sa = bound ? (const struct sockaddr *)bound : at->ai_addr;
    if (bind(fd, sa, at->ai_addrlen) == 0) {
        if (!bound)
            setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        return fd;
    }
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

/* ---- running ---- */

static bool server_run(struct http_server *s, const int *fds, void (*ready)(void *, struct str),
                       void *ctx, const char *address)
{
    s->loops = calloc((size_t)s->n, sizeof *s->loops);
    if (!s->loops)
        die("out of memory: event loops");
    int began = 0;
    while (began < s->n && loop_begin(&s->loops[began], s, fds[began]))
        began++;
    bool ok = began == s->n;
    if (!ok)
        app_stop(s->app);
    for (int i = 1; i < began; i++)
        if (uv_thread_create(&s->loops[i].thread, loop_thread, &s->loops[i]) != 0)
            die("cannot start a thread");
    if (ok && ready)
        ready(ctx, str_of(address));
    if (began)
        loop_run(&s->loops[0]);
    for (int i = 1; i < began; i++)
        uv_thread_join(&s->loops[i].thread);
    for (int i = 0; i < began; i++)
        loop_end(&s->loops[i]);
    free(s->loops);
    return ok;
}

static void loop_thread(void *loop)
{
    loop_run(loop);
}
