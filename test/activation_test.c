/* activation_test.c: the program under a supervisor that hands it sockets and wants to be told: a
 * parent as systemd is one. See listen.h and supervise.h. */
#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/supervise.h"

enum { PATIENCE_S = 20, SOCKETS = 2 };

static char dir[] = "/tmp/skep-activation.XXXXXX";
static char notify_path[100], hub_path[100];
static int notified = -1;

/* ---- the supervisor ---- */

static void patience(int fd)
{
    struct timeval limit = {.tv_sec = PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

static int listening(struct sockaddr_in *at)
{
    socklen_t size = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof *at), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &size), 0);
    return fd;
}

/* `fds` become 3, 4, ... */
static pid_t start(const int *fds, int n, const char *names)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child)
        return child;
    char text[24];
    int high[SOCKETS];
    for (int i = 0; i < n; i++)
        high[i] = dup2(fds[i], 40 + i);
    for (int i = 0; i < n; i++)
        dup2(high[i], 3 + i); /* without FD_CLOEXEC, as systemd passes them */
    snprintf(text, sizeof text, "%d", n);
    setenv("LISTEN_FDS", text, 1);
    snprintf(text, sizeof text, "%d", (int)getpid());
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDNAMES", names, 1);
    setenv("WATCHDOG_USEC", "400000", 1);
    setenv("NOTIFY_SOCKET", notify_path, 1);
    setenv("SKEP_NO_ACCESS_LOG", "1", 1);
    execl(getenv("SKEP"), "skep", "--data", hub_path, "--log-level", "error", "serve", NULL);
    _exit(127);
}

/* Waits for that state; others may come before it. */
static void told(const char *state)
{
    char text[200] = "";
    for (int i = 0; i < 1000 && strcmp(text, state) != 0; i++) {
        ssize_t n = recv(notified, text, sizeof text - 1, 0);
        if (n < 0)
            fail_msg("never told: %s", state);
        text[n] = 0;
    }
}

static int stop(pid_t child)
{
    int status = -1;
    kill(child, SIGTERM);
    told("STOPPING=1");
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- clients ---- */

static int ask(const struct sockaddr_in *at, const char *path)
{
    char text[200];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    patience(fd);
    assert_int_equal(connect(fd, (const struct sockaddr *)at, sizeof *at), 0);
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n", path);
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
    return fd;
}

static void answered(int fd, const char *begin, const char *holds)
{
    static char text[65536];
    size_t n = 0;
    ssize_t got;
    while (n < sizeof text - 1 && (got = recv(fd, text + n, sizeof text - 1 - n, 0)) > 0)
        n += (size_t)got;
    text[n] = 0;
    close(fd);
    if (strncmp(text, begin, strlen(begin)) != 0 || !strstr(text, holds))
        fail_msg("not '%s' and '%s': %.300s", begin, holds, text);
}

/* ---- tests ---- */

static void sockets_that_are_handed_over(void **state) /* listen RULE 3 */
{
    struct sockaddr_in at;
    int fd = listening(&at), early = ask(&at, "/healthz"); /* before there is a program */
    (void)state;
    pid_t child = start(&fd, 1, "http");
    told("READY=1");
    answered(early, "HTTP/1.1 200", "It lives.");
    answered(ask(&at, "/readyz"), "HTTP/1.1 200", "It is ready.");
    told("WATCHDOG=1");
    told("WATCHDOG=1");
    assert_int_equal(stop(child), 0);
    int between = ask(&at, "/healthz"); /* while it restarts */
    child = start(&fd, 1, "http");
    answered(between, "HTTP/1.1 200", "It lives.");
    told("READY=1");
    assert_int_equal(stop(child), 0);
    close(fd);
}

static void names_say_what_a_socket_speaks(void **state) /* listen RULE 3 */
{
    struct sockaddr_in plain, redirecting;
    int fds[SOCKETS] = {listening(&plain), listening(&redirecting)}, status;
    (void)state;
    /* "redirect" needs an https address, and this one has none: it is refused, in words. */
    pid_t child = start(fds, 2, "http:redirect");
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 1);
    child = start(fds, 2, "http:other");
    told("READY=1");
    answered(ask(&redirecting, "/healthz"), "HTTP/1.1 200", "It lives.");
    assert_int_equal(stop(child), 0);
    close(fds[0]);
    close(fds[1]);
}

static void a_state_is_a_datagram(void **state) /* supervise RULE 1 */
{
    char text[100] = "";
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_false(supervise_tell("READY=1"));
    setenv("NOTIFY_SOCKET", notify_path, 1);
    assert_true(supervise_tell("STATUS=one\nREADY=1"));
    assert_int_equal(recv(notified, text, sizeof text - 1, 0), 18);
    assert_string_equal(text, "STATUS=one\nREADY=1");
    setenv("NOTIFY_SOCKET", "relative", 1);
    assert_false(supervise_tell("READY=1"));
    unsetenv("NOTIFY_SOCKET");
}

static void the_watchdog_is_for_one_process(void **state) /* supervise RULE 2 */
{
    char pid[24];
    (void)state;
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(supervise_watchdog(), 30000000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(supervise_watchdog(), 0);
    setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(supervise_watchdog(), 30000000);
    setenv("WATCHDOG_USEC", "soon", 1);
    assert_int_equal(supervise_watchdog(), 0);
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

static int setup(void **state)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    (void)state;
    if (!getenv("SKEP") || !mkdtemp(dir))
        return -1;
    snprintf(notify_path, sizeof notify_path, "%s/notify", dir);
    snprintf(hub_path, sizeof hub_path, "%s/hub", dir);
    memcpy(sa.sun_path, notify_path, strlen(notify_path) + 1);
    notified = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    patience(notified);
    return bind(notified, (struct sockaddr *)&sa, sizeof sa);
}

static int forget(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    close(notified);
    return nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_a_datagram),
        cmocka_unit_test(the_watchdog_is_for_one_process),
        cmocka_unit_test(sockets_that_are_handed_over),
        cmocka_unit_test(names_say_what_a_socket_speaks),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
