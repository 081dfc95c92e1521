/* bench_listen.c: `skep bench listen`, many event streams in one thread, for bench/live.mjs.
 *
 *     skep bench listen PORT TOPIC STREAMS WORD
 *
 * Opens the streams to a server on 127.0.0.1 and says `open`. Each time all of them have had one
 * more event with the word in it, it says `all` and the monotonic clock in microseconds. It ends
 * with its input, and with 1 when a stream is refused or cut.
 *
 * WHY not by the script that measures: what it spends on an event is taken from the same cores as
 * what the server spends.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/str.h"
#include "features/bench/bench.h"

enum { READY_MAX = 512, OPEN_WAIT_S = 20 };

struct crowd {
    int epoll;
    int64_t port, topic, streams, heard;
    struct str word;
};

static bool stream_open(const struct crowd *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->port)};
    struct timeval limit = {.tv_sec = OPEN_WAIT_S};
    char text[4096];
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int n = snprintf(text, sizeof text,
                     "GET /live?topics=%" PRId64 " HTTP/1.1\r\nHost: hub\r\n\r\n", c->topic);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) ||
        connect(fd, (struct sockaddr *)&to, sizeof to) || send(fd, text, (size_t)n, 0) != n)
        return false;
    struct str got = S("");
    while (got.n < sizeof text && !str_has(got, S("retry:"))) {
        ssize_t more = recv(fd, text + got.n, sizeof text - got.n, 0);
        if (more <= 0)
            return false;
        got = str_make(text, got.n + (size_t)more);
    }
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
    return str_has(got, S("retry:")) && !epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &wanted);
}

static int64_t events_in(struct str text, struct str word)
{
    int64_t n = 0;
    for (ptrdiff_t at; (at = str_find_str(text, word)) >= 0; n++)
        text = str_from(text, (size_t)at + word.n);
    return n;
}

/* One reading of one stream; false: it has been cut. */
static bool stream_read(struct crowd *c, int fd)
{
    char text[4096];
    ssize_t n = recv(fd, text, sizeof text, MSG_DONTWAIT);
    if (n <= 0)
        return false;
    int64_t before = c->heard / c->streams;
    c->heard += events_in(str_make(text, (size_t)n), c->word);
    if (c->heard / c->streams > before)
        printf("all %" PRId64 "\n", clock_monotonic());
    return true;
}

static bool listen_on(struct crowd *c)
{
    struct epoll_event ready[READY_MAX], input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input))
        return false;
    for (;;) {
        int n = epoll_wait(c->epoll, ready, READY_MAX, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd == STDIN_FILENO)
                return true;
            if (!stream_read(c, ready[i].data.fd))
                return false;
        }
    }
}

int bench_listen(int64_t port, int64_t topic, int64_t streams, struct str word)
{
    struct crowd c = {epoll_create1(EPOLL_CLOEXEC), port, topic, streams, 0, word};
    struct rlimit files = {0};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    bool fine = c.epoll >= 0 && !setrlimit(RLIMIT_NOFILE, &files);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (int64_t i = 0; fine && i < streams; i++)
        fine = stream_open(&c);
    if (fine)
        puts("open");
    fine = fine && listen_on(&c);
    if (!fine)
        perror("skep: a stream was refused or cut");
    return fine ? EXIT_SUCCESS : EXIT_FAILURE; /* and so all of them are closed */
}
