/* listen.c: see listen.h. */
#include "http/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PASSED_FIRST = 3 }; /* sd_listen_fds(3) */

static const char *address_open(struct address *at, const char *text, int loops);
static const char *listen_unix(struct address *at, const char *path, int loops);
static const char *listen_tcp(struct address *at, const char *text, int loops);
static int tcp_socket(const struct addrinfo *at, const struct sockaddr_storage *bound);
static const char *passed_open(struct address *at, int fd, struct str name, int loops);
static void address_write(struct address *at, const struct sockaddr *sa, socklen_t size);

static const char *const prefixes[] = {
    [LISTEN_PLAIN] = "http://",
    [LISTEN_TLS] = "https://",
    [LISTEN_REDIRECT] = "redirect://",
};

/* ---- all of them ---- */

bool listen_open(struct addresses *all, const char *spec, int loops, struct str *message)
{
    static __thread char words[LISTEN_TEXT + 128];
    const char *fault = NULL;
    char text[LISTEN_TEXT] = "(none)";
    struct str names = str_of(getenv("LISTEN_FDNAMES")), name = S("");
    int passed = listen_passed();
    *all = (struct addresses){0};
    for (int i = 0; i < passed && i < LISTEN_MAX && !fault; i++, all->n++) {
        snprintf(text, sizeof text, "socket %d", PASSED_FIRST + i);
        str_split(&names, ':', &name);
        fault = passed_open(&all->of[all->n], PASSED_FIRST + i, name, loops);
    }
    for (const char *p = passed ? "" : spec ? spec : ""; *p && !fault;) {
        size_t n = strcspn(p, " ,");
        snprintf(text, sizeof text, "%.*s", (int)n, p);
        if (n && all->n == LISTEN_MAX)
            fault = "that is one address too many";
        else if (n)
            fault = address_open(&all->of[all->n++], text, loops);
        p += n + (p[n] != 0);
    }
    if (!fault && all->n == 0)
        fault = "no address";
    if (!fault)
        return true;
    snprintf(words, sizeof words, "cannot listen on %s: %s", text, fault);
    *message = str_of(words);
    for (size_t i = 0; i < all->n; i++) /* the last one holds zeros where it has nothing */
        for (int k = 0; k < loops; k++)
            if (all->of[i].fds[k] > 0)
                close(all->of[i].fds[k]);
    listen_close(all);
    return false;
}

void listen_close(struct addresses *all)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->of[i].path)
            unlink(all->of[i].path);
        free(all->of[i].path);
    }
    all->n = 0;
}

void listen_text(const struct addresses *all, char *text, size_t size)
{
    size_t at = 0;
    *text = 0;
    for (size_t i = 0; i < all->n && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? " " : "", all->of[i].text);
}

/* Gives what is wrong, or NULL. */
static const char *address_open(struct address *at, const char *text, int loops)
{
    if (strncmp(text, "unix:", 5) == 0)
        return listen_unix(at, text + 5, loops);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i]);
        if (strncmp(text, prefixes[i], n) == 0) {
            at->kind = (enum listen_kind)i;
            text += n;
            break;
        }
    }
    return listen_tcp(at, text, loops);
}

/* ---- Unix sockets ---- */

static bool share(struct address *at, int fd, int loops)
{
    at->fds[0] = fd;
    for (int i = 1; i < loops; i++)
        if ((at->fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
            return false;
    return true;
}

static const char *listen_unix(struct address *at, const char *path, int loops)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof sa.sun_path || !*path)
        return "the path is too long, or empty";
    memcpy(sa.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0 && errno == ECONNREFUSED)
        unlink(path); /* left behind by a server that was killed */
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0) {
        const char *fault = strerror(errno);
        if (fd >= 0)
            close(fd);
        return fault;
    }
    at->local = true;
    at->path = strdup(path);
    snprintf(at->text, sizeof at->text, "unix:%s", path);
    return share(at, fd, loops) ? NULL : strerror(errno);
}

/* ---- TCP ---- */

static const char *listen_tcp(struct address *at, const char *text, int loops)
{
    char host[128];
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    int64_t asked = -1;
    if (!colon || !str_int(str_of(colon + 1), &asked) || asked < 0 || asked > 65535 ||
        n >= sizeof host)
        return "it must be ADDRESS:PORT, https://ADDRESS:PORT or unix:PATH";
    bool bracket = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(bracket ? n - 2 : n), text + bracket);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int e = getaddrinfo(*host && strcmp(host, "*") != 0 ? host : NULL, colon + 1, &hints, &found);
    if (e)
        return gai_strerror(e);
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof bound;
    const char *fault = NULL;
    for (int i = 0; i < loops && !fault; i++) {
        at->fds[i] = tcp_socket(found, i ? &bound : NULL);
        if (at->fds[i] < 0 || getsockname(at->fds[i], (struct sockaddr *)&bound, &size) < 0)
            fault = strerror(errno);
    }
    freeaddrinfo(found);
    if (!fault)
        address_write(at, (struct sockaddr *)&bound, size);
    return fault;
}

static void address_write(struct address *at, const struct sockaddr *sa, socklen_t size)
{
    char host[96], port[16];
    getnameinfo(sa, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(at->text, sizeof at->text, sa->sa_family == AF_INET6 ? "%s[%s]:%s" : "%s%s:%s",
             at->kind == LISTEN_PLAIN ? "" : prefixes[at->kind], host, port);
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

/* ---- sockets of the supervisor ---- */

int listen_passed(void)
{
    int64_t n = 0, pid = 0;
    if (!str_int(str_of(getenv("LISTEN_PID")), &pid) || pid != getpid() ||
        !str_int(str_of(getenv("LISTEN_FDS")), &n) || n < 0)
        return 0;
    return n > LISTEN_MAX ? LISTEN_MAX : (int)n;
}

static const char *passed_open(struct address *at, int fd, struct str name, int loops)
{
    struct sockaddr_storage sa = {0};
    socklen_t size = sizeof sa;
    int listens = 0, on = 1;
    socklen_t listens_size = sizeof listens;
    if (getsockname(fd, (struct sockaddr *)&sa, &size) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) < 0)
        return strerror(errno);
    if (!listens)
        return "it does not listen";
    at->passed = true;
    at->local = sa.ss_family == AF_UNIX;
    at->kind = str_eq(name, S("https"))      ? LISTEN_TLS
               : str_eq(name, S("redirect")) ? LISTEN_REDIRECT
                                             : LISTEN_PLAIN;
    if (at->local)
        snprintf(at->text, sizeof at->text, "unix:%s", ((struct sockaddr_un *)&sa)->sun_path);
    else
        address_write(at, (struct sockaddr *)&sa, size);
    if (!at->local)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return share(at, fd, loops) ? NULL : strerror(errno);
}
