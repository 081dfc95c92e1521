/* server_test.c: a server on a real socket and clients that behave badly; see server.c and
 * loop.h; event streams have live_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "core/rand.h"
#include "test/serve.h"

enum { SHORT_MS = 150, BIG = 8 * 1024 * 1024 };

/* ---- the feature that is served ---- */

static int hello_show(struct req *rq)
{
    rq->content_type = S("text/plain");
    out_lit(&rq->out, "hello ");
    out_str(&rq->out, req_query(rq, "n"));
    return rq->status = 200;
}

static int echo_create(struct req *rq)
{
    rq->content_type = S("text/plain");
    out_str(&rq->out, rq->body);
    db_exec(rq->db, "INSERT INTO settings (name, value) VALUES (?1, '')",
            T(rand_hex(rq->arena, 8)));
    return rq->status = 200;
}

static int big_show(struct req *rq)
{
    for (size_t i = 0; i < BIG; i += 16)
        out_lit(&rq->out, "0123456789abcdef");
    rq->content_type = S("application/octet-stream");
    return rq->status = 200;
}

static int slow_create(struct req *rq)
{
    usleep(SHORT_MS * 1000);
    return echo_create(rq);
}

static const struct route routes[] = {
    {GET, "/hello", hello_show, ANYONE},
    {GET, "/big", big_show, ANYONE},
    {POST, "/echo", echo_create, ANYONE, .flags = ROUTE_BARE, .body_max = 1000},
    {POST, "/slow", slow_create, ANYONE, .flags = ROUTE_BARE},
    {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

static struct served *serve_short(void **state)
{
    return serve_with(state, (struct app_options){.header_timeout_ms = SHORT_MS,
                                                  .body_timeout_ms = SHORT_MS,
                                                  .write_timeout_ms = SHORT_MS,
                                                  .idle_timeout_ms = SHORT_MS});
}

#define GET_HELLO "GET /hello?n=%d HTTP/1.1\r\nHost: hub\r\n\r\n"
#define LAST_HELLO "GET /hello?n=last HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
#define BODY(n)                                                                                    \
    "POST /echo HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: " n

/* ---- requests and answers ---- */

static void requests_follow_one_another(void **state)
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s);
    for (int i = 0; i < 3; i++) {
        char text[100], want[40];
        snprintf(text, sizeof text, GET_HELLO, i);
        snprintf(want, sizeof want, "\r\n\r\nhello %d", i);
        say(fd, text);
        assert_starts(hear(s, fd, want), "HTTP/1.1 200 OK\r\nDate: ");
    }
    say(fd, LAST_HELLO);
    struct str all = hear_all(s, fd);
    assert_in(all, "Connection: close\r\n");
    assert_true(str_ends(all, S("hello last")));
    serve_end(s);
}

/* Reads (on the loop) and changes (on the writer) in turns, in one packet. */
static void pipelined_requests_are_answered_in_order(void **state) /* loop RULE 1 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s);
    struct out o;
    out_init(&o, 1 << 20);
    for (int i = 10; i < 60; i++)
        if (i % 2)
            out_fmt(&o, GET_HELLO, i);
        else
            out_fmt(&o, BODY("8") "\r\n\r\n{\"a\":%d}", i);
    out_lit(&o, LAST_HELLO "GET /behind");
    assert_int_equal(send(fd, o.p, o.n, 0), o.n);
    struct str all = hear_all(s, fd);
    for (int i = 10; i < 60; i++) {
        char want[40];
        snprintf(want, sizeof want, i % 2 ? "hello %d" : "{\"a\":%d}", i);
        ptrdiff_t at = str_find_str(all, str_of(want));
        assert_true(at > 0);
        all = str_from(all, (size_t)at);
    }
    assert_true(str_ends(all, S("hello last")));
    assert_int_equal(count(all, "behind"), 0);
    out_free(&o);
    serve_end(s);
}

struct flood {
    int fd;
    struct str text;
};

static void *flood_send(void *ctx)
{
    struct flood *f = ctx;
    for (size_t at = 0; at < f->text.n;) {
        ssize_t n = send(f->fd, f->text.p + at, f->text.n - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    return NULL;
}

/* More than may be held, and behind a slow request. */
static void a_flood_behind_a_slow_request_waits(void **state) /* loop RULE 4 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s);
    struct out o;
    out_init(&o, 4 << 20);
    out_lit(&o, "POST /slow HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n");
    for (int i = 0; i < 6000; i++)
        out_fmt(&o, GET_HELLO, i);
    out_lit(&o, LAST_HELLO);
    struct flood f = {.fd = fd, .text = out_text(&o)};
    pthread_t thread; /* answers must be read while requests are sent */
    pthread_create(&thread, NULL, flood_send, &f);
    assert_int_equal(count(hear_all(s, fd), "HTTP/1.1 200 OK"), 6002);
    pthread_join(thread, NULL);
    out_free(&o);
    serve_end(s);
}

static void bytes_may_come_one_by_one(void **state)
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s), on = 1;
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    const char *text = "POST /echo HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                       "3\r\n{\"a\r\n4;x\r\n\":1}\r\n0\r\n\r\n";
    for (const char *c = text; *c; c++)
        assert_int_equal(send(fd, c, 1, MSG_NOSIGNAL), 1);
    assert_true(str_ends(hear_all(s, fd), S("\r\n\r\n{\"a\":1}")));
    serve_end(s);
}

static void a_client_may_ask_before_it_sends_the_body(void **state)
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s);
    say(fd, BODY("7") "\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
    assert_starts(hear(s, fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    say(fd, "{\"a\":1}");
    assert_true(str_ends(hear_all(s, fd), S("\r\n\r\n{\"a\":1}")));
    fd = client(s);
    say(fd, BODY("1001") "\r\nExpect: 100-continue\r\n\r\n");
    assert_starts(hear_all(s, fd), "HTTP/1.1 413 ");
    serve_end(s);
}

static void the_end_of_sending_is_not_the_end_of_waiting(void **state)
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s);
    say(fd, BODY("7") "\r\n\r\n{\"a\":1}");
    shutdown(fd, SHUT_WR);
    assert_true(str_ends(hear_all(s, fd), S("\r\n\r\n{\"a\":1}")));
    serve_end(s);
}

static void head_and_http10(void **state)
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s);
    say(fd, "HEAD /hello?n=1 HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
    struct str all = hear_all(s, fd);
    assert_in(all, "Content-Length: 7\r\n");
    assert_true(str_ends(all, S("\r\n\r\n")));
    fd = client(s);
    say(fd, "GET /hello?n=1 HTTP/1.0\r\n\r\n");
    assert_true(str_ends(hear_all(s, fd), S("hello 1")));
    fd = client(s);
    say(fd, "GET /hello?n=1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_in(hear(s, fd, "hello 1"), "Connection: keep-alive\r\n");
    say(fd, "GET /hello?n=2 HTTP/1.0\r\n\r\n");
    assert_true(str_ends(hear_all(s, fd), S("hello 2")));
    serve_end(s);
}

/* ---- what is refused ---- */

static void refusals_close_the_connection(void **state) /* loop RULE 3 */
{
    static const struct {
        const char *text, *answer;
    } cases[] = {
        {BODY("7") "\r\nContent-Length: 8\r\n\r\n{\"a\":1}", "HTTP/1.1 400 "},
        {BODY("7") "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400 "},
        {BODY("+7") "\r\n\r\n{\"a\":1}", "HTTP/1.1 400 "},
        {"POST /echo HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
         "HTTP/1.1 400 "},
        {"GET /hello HTTP/1.1\r\nHost : hub\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /hello HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /hello HTTP/1.1\r\nHost: hub\r\nHost: hub\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /hello HTTP/1.1\r\nHost: hub\r\nX: a\r\n b\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /hello HTTP/1.1\r\nHost: hub\r\nX: a\rb\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /hello HTTP/1.1\nHost: hub\n\n", "HTTP/1.1 400 "},
        {"GET /%00 HTTP/1.1\r\nHost: hub\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /%ff HTTP/1.1\r\nHost: hub\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /a/../hello HTTP/1.1\r\nHost: hub\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /%2e%2e/hello HTTP/1.1\r\nHost: hub\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /hello?n=%zz HTTP/1.1\r\nHost: hub\r\n\r\n", "HTTP/1.1 400 "},
        {BODY("1001") "\r\n\r\n", "HTTP/1.1 413 "},
        {"POST /echo HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n",
         "HTTP/1.1 413 "},
        {"POST /echo HTTP/1.0\r\n\r\n{}", "HTTP/1.1 411 "},
        {"BREW /hello HTTP/1.1\r\nHost: hub\r\n\r\n", "HTTP/1.1 501 "},
        {"GET /hello HTTP/3.0\r\nHost: hub\r\n\r\n", "HTTP/1.1 505 "},
        {BODY("7") "\r\nExpect: tea\r\n\r\n{\"a\":1}", "HTTP/1.1 417 "},
        {BODY("7") "\r\n\r\n{\"a\":x}", "HTTP/1.1 400 "},
    };
    struct served *s = serve_with(state, (struct app_options){0});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = client(s);
        say(fd, cases[i].text);
        say(fd, "GET /hello?n=smuggled HTTP/1.1\r\nHost: hub\r\n\r\n");
        shutdown(fd, SHUT_WR); /* spares the wait for stragglers */
        struct str all = hear_all(s, fd);
        assert_starts(all, cases[i].answer);
        assert_in(all, "Connection: close\r\n");
        assert_in(all, "X-Content-Type-Options: nosniff\r\n");
        assert_int_equal(count(all, "HTTP/1.1 "), 1);
        assert_int_equal(count(all, "smuggled"), 0);
    }
    serve_end(s);
}

static void a_NUL_is_refused(void **state) /* loop RULE 3 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    static const char text[] = "GET /hello HTTP/1.1\r\nHost: hub\r\nX: a\0b\r\n\r\n";
    int fd = client(s);
    assert_int_equal(send(fd, text, sizeof text - 1, 0), sizeof text - 1);
    assert_starts(hear_all(s, fd), "HTTP/1.1 400 ");
    serve_end(s);
}

static void long_heads_are_refused(void **state)
{
    struct served *s = serve_with(state, (struct app_options){0});
    struct out o;
    out_init(&o, 1 << 20);
    out_lit(&o, "GET /hello?n=");
    for (int i = 0; i < 9000; i++)
        out_char(&o, 'n');
    int fd = client(s);
    assert_int_equal(send(fd, o.p, o.n, 0), o.n); /* no line end ever comes */
    assert_starts(hear_all(s, fd), "HTTP/1.1 414 ");
    out_clear(&o);
    out_lit(&o, "GET /hello HTTP/1.1\r\nHost: hub\r\n");
    for (int i = 0; i < 101; i++)
        out_fmt(&o, "X-%d: y\r\n", i);
    fd = client(s);
    assert_int_equal(send(fd, o.p, o.n, 0), o.n);
    assert_starts(hear_all(s, fd), "HTTP/1.1 431 ");
    out_free(&o);
    serve_end(s);
}

/* ---- slow clients ---- */

/* Sends `text` and then one byte at a time, until the server has enough. */
static int64_t drip(struct served *s, const char *text, const char *more, struct str *answer)
{
    int64_t began = now_ms();
    int fd = client(s);
    say(fd, text);
    for (int i = 0; now_ms() - began < LONG_MS; i++) {
        char buf[1];
        usleep(SHORT_MS * 100);
        if (recv(fd, buf, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
            send(fd, &more[i % strlen(more)], 1, MSG_NOSIGNAL) < 0)
            break;
    }
    int64_t took = now_ms() - began;
    shutdown(fd, SHUT_WR);
    *answer = hear_all(s, fd);
    return took;
}

static void slow_drips_are_cut(void **state) /* loop RULE 2 */
{
    struct served *s = serve_short(state);
    struct str answer;
    assert_in_range(drip(s, "GET /hello HTTP/1.1\r\nHost: hub\r\n", "X: y\r\n", &answer),
                    SHORT_MS / 2, 6 * SHORT_MS);
    assert_starts(answer, "HTTP/1.1 408 ");
    assert_in_range(drip(s, "GE", "T", &answer), SHORT_MS / 2, 6 * SHORT_MS);
    assert_starts(answer, "HTTP/1.1 408 ");
    assert_in_range(drip(s, BODY("900") "\r\n\r\n", "{", &answer), SHORT_MS / 2, 8 * SHORT_MS);
    assert_starts(answer, "HTTP/1.1 408 ");
    assert_in_range(drip(s,
                         "POST /echo HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n",
                         "1;xxxxxxxxxxxxxxxxxxxxxxxx", &answer),
                    SHORT_MS / 2, 8 * SHORT_MS);
    assert_starts(answer, "HTTP/1.1 408 ");
    serve_end(s);
}

static void silence_is_cut_without_a_word(void **state) /* loop RULE 2 */
{
    struct served *s = serve_short(state);
    int64_t began = now_ms();
    assert_int_equal(hear_all(s, client(s)).n, 0);
    assert_in_range(now_ms() - began, SHORT_MS / 2, 6 * SHORT_MS);
    int fd = client(s);
    char text[100];
    snprintf(text, sizeof text, GET_HELLO, 1);
    say(fd, text);
    began = now_ms();
    assert_true(str_ends(hear_all(s, fd), S("hello 1"))); /* one answer, then idle, then closed */
    assert_in_range(now_ms() - began, SHORT_MS / 2, 6 * SHORT_MS);
    serve_end(s);
}

static void who_does_not_read_is_cut(void **state) /* loop RULE 2 */
{
    struct served *s = serve_short(state);
    int fd = client(s), small = 64 * 1024; /* with less, what is on its way comes for minutes */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    say(fd, "GET /big HTTP/1.1\r\nHost: hub\r\n\r\n");
    struct res r = {0};
    for (int64_t began = now_ms(); now_ms() - began < LONG_MS; usleep(SHORT_MS * 200)) {
        r.body =
            app_request(s->app, s->kit->arena, S("GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n"));
        if (str_find_str(r.body, S("\nskep_timeouts_total 1\n")) >= 0)
            break;
    }
    assert_in(r.body, "\nskep_timeouts_total 1\n");
    assert_true(hear_all(s, fd).n < BIG);
    serve_end(s);
}

static void who_reads_slowly_but_steadily_gets_all(void **state)
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fd = client(s);
    say(fd, "GET /big HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
    struct str all = hear_all(s, fd);
    assert_true(all.n > BIG && str_ends(all, S("0123456789abcdef")));
    serve_end(s);
}

/* ---- caps ---- */

static void one_address_has_a_cap(void **state) /* server RULE 2 */
{
    struct served *s = serve_with(state, (struct app_options){.connections_per_peer = 3});
    int fds[3];
    char text[100];
    snprintf(text, sizeof text, GET_HELLO, 1);
    for (int i = 0; i < 3; i++) {
        fds[i] = client(s);
        say(fds[i], text);
        hear(s, fds[i], "hello 1");
    }
    assert_int_equal(hear_all(s, client(s)).n, 0);
    shutdown(fds[0], SHUT_WR);
    hear_all(s, fds[0]);
    int fd = client(s); /* a place is free again */
    say(fd, LAST_HELLO);
    assert_true(str_ends(hear_all(s, fd), S("hello last")));
    for (int i = 1; i < 3; i++)
        close(fds[i]);
    serve_end(s);
}

static void a_taken_address_is_said_in_words(void **state) /* listen RULE 2 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    struct app *other = s->kit->app;
    struct str message = S("");
    other->options.listen = s->address;
    assert_false(app_serve(other, NULL, NULL, &message));
    assert_in(message, "cannot listen on 127.0.0.1:");
    assert_in(message, "in use");
    serve_end(s);
}

static void every_loop_listens(void **state) /* listen RULE 1 */
{
    struct served *s = serve_with(state, (struct app_options){.loops = 3});
    for (int i = 0; i < 40; i++) {
        int fd = client(s);
        say(fd, LAST_HELLO);
        assert_true(str_ends(hear_all(s, fd), S("hello last")));
    }
    serve_end(s);
    char path[100];
    struct kit *kit = *state;
    snprintf(path, sizeof path, "unix:%s/socket", kit->data[0] ? kit->data : "/tmp");
    s = serve_with(state, (struct app_options){.listen = path, .loops = 2});
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path + 5);
    for (int i = 0; i < 10; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
        say(fd, LAST_HELLO);
        assert_true(str_ends(hear_all(s, fd), S("hello last")));
    }
    serve_end(s);
    assert_int_equal(access(path + 5, F_OK), -1);
}

/* ---- many writers ---- */

struct writer {
    struct served *s;
    int answered;
};

static void *write_much(void *ctx)
{
    struct writer *w = ctx;
    int fd = client(w->s);
    for (int i = 0; i < 10; i++) {
        char buf[4096];
        size_t n = 0;
        say(fd, BODY("7") "\r\n\r\n{\"a\":1}");
        do {
            ssize_t got = recv(fd, buf + n, sizeof buf - n, 0);
            if (got <= 0)
                return NULL;
            n += (size_t)got;
        } while (!str_ends(str_make(buf, n), S("{\"a\":1}")));
        w->answered += str_starts(str_make(buf, n), S("HTTP/1.1 200 "));
    }
    close(fd);
    return NULL;
}

static void a_hundred_writers_share_commits(void **state) /* dispatch RULE 1, metrics RULE 2 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    struct writer writers[100];
    pthread_t threads[100];
    for (int i = 0; i < 100; i++) {
        writers[i] = (struct writer){.s = s};
        pthread_create(&threads[i], NULL, write_much, &writers[i]);
    }
    int answered = 0;
    for (int i = 0; i < 100; i++) {
        pthread_join(threads[i], NULL);
        answered += writers[i].answered;
    }
    assert_int_equal(answered, 1000);
    assert_int_equal(sql_int(s->kit, "SELECT count(*) FROM settings WHERE name <> 'secret'"), 1000);
    int fd = client(s);
    say(fd, "GET /metrics HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
    struct str all = hear_all(s, fd);
    assert_in(all, "skep_commit_writes_bucket{le=\"+Inf\"}");
    ptrdiff_t sum = str_find_str(all, S("skep_commit_writes_sum "));
    ptrdiff_t commits = str_find_str(all, S("skep_commit_writes_count "));
    assert_true(strtol(all.p + sum + 23, NULL, 10) >= 1000);
    if (s->kit->data[0]) /* SQLite: batches form by themselves */
        assert_true(strtol(all.p + commits + 25, NULL, 10) < 900);
    serve_end(s);
}

/* ---- the stop ---- */

static void a_stop_finishes_what_was_begun(void **state) /* loop RULE 5, server RULE 1 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    char text[100];
    snprintf(text, sizeof text, GET_HELLO, 1);
    int idle = client(s), busy = client(s), half = client(s);
    say(idle, text);
    hear(s, idle, "hello 1");
    say(half, "GET /hello?n=half HTTP/1.1\r\nHost:");
    say(busy, "POST /slow HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
              "Content-Length: 7\r\n\r\n{\"a\":1}");
    usleep(SHORT_MS * 500);
    app_stop_on_signals(s->app);
    kill(getpid(), SIGTERM);
    assert_int_equal(hear_all(s, idle).n, 0);
    say(half, " hub\r\n\r\n");
    struct str all = hear_all(s, half);
    assert_in(all, "Connection: close\r\n");
    assert_true(str_ends(all, S("hello half")));
    all = hear_all(s, busy);
    assert_starts(all, "HTTP/1.1 200 OK");
    assert_in(all, "Connection: close\r\n");
    serve_again(s); /* it was told to stop: it does so again */
    serve_end(s);
}

/* The lines of one loop come in the order of its answers, whole, and all are there at the end. */
static void the_access_log_is_complete(void **state) /* accesslog RULE 3 */
{
    struct served *s = serve_with(state, (struct app_options){.access_log = true, .loops = 1});
    FILE *caught = tmpfile();
    int before = dup(STDERR_FILENO), fd = client(s);
    char line[512], want[40], text[100];
    dup2(fileno(caught), STDERR_FILENO);
    log_set_level(LOG_INFO);
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof text, GET_HELLO, i);
        snprintf(want, sizeof want, "hello %d", i);
        say(fd, text);
        hear(s, fd, want);
    }
    serve_end(s);
    log_set_level(LOG_ERROR);
    dup2(before, STDERR_FILENO);
    close(before);
    close(fd);
    rewind(caught);
    for (int i = 0; i < 300; i++) {
        snprintf(want, sizeof want, "GET /hello?n=%d 200 ", i);
        assert_non_null(fgets(line, sizeof line, caught));
        assert_non_null(strstr(line, want));
    }
    assert_null(fgets(line, sizeof line, caught));
    fclose(caught);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(requests_follow_one_another),
        kit_test(pipelined_requests_are_answered_in_order),
        kit_test(a_flood_behind_a_slow_request_waits),
        kit_test(bytes_may_come_one_by_one),
        kit_test(a_client_may_ask_before_it_sends_the_body),
        kit_test(the_end_of_sending_is_not_the_end_of_waiting),
        kit_test(head_and_http10),
        kit_test(refusals_close_the_connection),
        kit_test(a_NUL_is_refused),
        kit_test(long_heads_are_refused),
        kit_test(slow_drips_are_cut),
        kit_test(silence_is_cut_without_a_word),
        kit_test(who_does_not_read_is_cut),
        kit_test(who_reads_slowly_but_steadily_gets_all),
        kit_test(one_address_has_a_cap),
        kit_test(a_taken_address_is_said_in_words),
        kit_test(every_loop_listens),
        kit_test(a_hundred_writers_share_commits),
        kit_test(a_stop_finishes_what_was_begun),
        kit_test(the_access_log_is_complete),
    };
    return kit_run(tests);
}
