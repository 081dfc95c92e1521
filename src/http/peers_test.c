/* peers_test.c: what one address, and all together, may make the hub do; and what happens when the
 * system's clock is set. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "http/peers.h"
#include "test/serve.h"

enum { BIG = 8 * 1024 * 1024 };

static int hello_show(struct req *rq)
{
    rq->content_type = S("text/plain");
    out_lit(&rq->out, "hello");
    return rq->status = 200;
}

static int big_show(struct req *rq)
{
    for (size_t i = 0; i < BIG; i += 16)
        out_lit(&rq->out, "0123456789abcdef");
    rq->content_type = S("application/octet-stream");
    return rq->status = 200;
}

static int echo_create(struct req *rq)
{
    return hello_show(rq);
}

static int mine_show(struct req *rq)
{
    return hello_show(rq);
}

static const struct route routes[] = {
    {GET, "/hello", hello_show, ANYONE},
    {GET, "/big", big_show, ANYONE},
    {GET, "/mine", mine_show, MEMBER},
    {GET, "/rare", hello_show, ANYONE, .rate = PER_MINUTE(2)},
    {POST, "/echo", echo_create, ANYONE, .flags = ROUTE_BARE, .body_max = 3 << 20},
    {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

/* ---- rates ---- */

static struct str hello_from(struct served *s, const char *address)
{
    char text[200];
    int fd = client(s);
    snprintf(text, sizeof text,
             "GET /hello HTTP/1.1\r\nHost: hub\r\nX-Forwarded-For: %s\r\nConnection: close\r\n\r\n",
             address);
    say(fd, text);
    return hear_all(s, fd);
}

static void an_address_may_ask_so_often(void **state) /* peers RULE 1 */
{
    struct served *s =
        serve_with(state, (struct app_options){.trust_proxy = true, .requests_per_peer = 3});
    for (int i = 0; i < 3; i++)
        assert_starts(hello_from(s, "2001:db8::1"), "HTTP/1.1 200");
    struct str refused = hello_from(s, "2001:db8::2"); /* of the same /64 */
    assert_starts(refused, "HTTP/1.1 429");
    assert_in(refused, "\r\nRetry-After: 20\r\n");
    assert_in(refused, "\r\nConnection: close\r\n");
    assert_starts(hello_from(s, "2001:db8:1::1"), "HTTP/1.1 200");
    assert_starts(hello_from(s, "10.0.0.1"), "HTTP/1.1 200");
    clock_freeze(KIT_NOW + 20 * CLOCK_SECOND);
    assert_starts(hello_from(s, "2001:db8::1"), "HTTP/1.1 200");
    assert_starts(hello_from(s, "2001:db8::1"), "HTTP/1.1 429");
    serve_end(s);
}

static void this_machine_is_not_counted(void **state) /* peers RULE 3 */
{
    struct served *s = serve_with(state, (struct app_options){.requests_per_peer = 1});
    for (int i = 0; i < 5; i++) {
        int fd = client(s);
        say(fd, "GET /hello HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
        assert_starts(hear_all(s, fd), "HTTP/1.1 200");
    }
    serve_end(s);
}

/* A flood of addresses pushes out the addresses, never the people. */
static void addresses_have_a_table_of_their_own(void **state) /* peers RULE 2 */
{
    struct kit *kit = *state;
    struct app *app = kit->app;
    char text[40];
    for (int i = 0; i < 2; i++)
        assert_status(get(kit, "/rare"), 200);
    for (int i = 0; i < 100000; i++) {
        snprintf(text, sizeof text, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        assert_int_equal(peer_take(app, PEER_REQUESTS, str_of(text)), 0);
    }
    assert_status(get(kit, "/rare"), 429);
}

static int refusals(struct app *app, const char *address)
{
    int n = 0;
    for (int i = 0; i < 10; i++)
        n += peer_take(app, PEER_HANDSHAKES, str_of(address)) > 0;
    return n;
}

static void handshakes_are_counted_apart(void **state) /* peers RULE 1 */
{
    struct kit *kit = *state;
    kit->app->options.handshakes_per_peer = 4;
    kit->app->options.requests_per_peer = 1;
    assert_int_equal(peer_take(kit->app, PEER_REQUESTS, S("10.0.0.1")), 0);
    assert_int_equal(refusals(kit->app, "10.0.0.1"), 6);
    kit->app->options.handshakes_per_peer = -1;
    assert_int_equal(refusals(kit->app, "10.0.0.1"), 0);
}

/* ---- bytes held ---- */

static void what_is_held_has_an_end(void **state) /* loop RULE 6 */
{
    enum { DEAF = 6 };
    struct served *s = serve_with(
        state, (struct app_options){.held_max_mb = 8, .write_timeout_ms = 600, .loops = 1});
    int fds[DEAF];
    for (int i = 0; i < DEAF; i++) { /* each wants 8 MiB and reads nothing */
        fds[i] = client(s);
        say(fds[i], "GET /big HTTP/1.1\r\nHost: hub\r\n\r\n");
    }
    struct str figures;
    int64_t began = now_ms();
    do { /* of those that the sockets' buffers do not hold, one has a place, or two */
        figures = app_request(s->app, s->kit->arena, S("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_true(now_ms() - began < LONG_MS);
        usleep(2000);
    } while (str_find_str(figures, S("\nskep_shed_total 0\n")) >= 0);
    int fd = client(s);
    say(fd, "GET /hello HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
    assert_starts(hear_all(s, fd), "HTTP/1.1 200");
    for (int i = 0; i < DEAF; i++)
        close(fds[i]);
    serve_end(s);
}

static void bodies_are_held_too(void **state) /* loop RULE 6 */
{
    struct served *s = serve_with(state, (struct app_options){.held_max_mb = 1, .loops = 1});
    static char body[1 << 16];
    int fd = client(s);
    say(fd, "POST /echo HTTP/1.1\r\nHost: hub\r\nContent-Type: text/x\r\n"
            "Content-Length: 2097152\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 20; i++) /* of 32 */
        send(fd, body, sizeof body, MSG_NOSIGNAL);
    struct str refused = hear(s, fd, "\r\n\r\n");
    assert_starts(refused, "HTTP/1.1 503");
    assert_in(refused, "\r\nRetry-After: 1\r\n");
    close(fd);
    serve_end(s);
}

/* ---- the clock ---- */

static void a_clock_that_is_set_locks_nobody_out(void **state) /* rate RULE 5 */
{
    struct kit *kit = *state;
    static const int64_t steps[] = {CLOCK_DAY, -3 * CLOCK_DAY, 400 * CLOCK_DAY, -30 * CLOCK_SECOND};
    int64_t all = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_status(get(kit, "/rare"), 200);
        assert_status(get(kit, "/rare"), 200);
        clock_step(steps[i]); /* neither lets more pass, nor keeps anybody waiting for long */
        all += steps[i];
        struct res r = get(kit, "/rare");
        assert_status(r, 429);
        assert_header(r, "Retry-After", "30");
        kit_pass(kit, CLOCK_MINUTE);
    }
    clock_step(-all);
}

static void sessions_outlive_a_wrong_clock(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_status(get(kit, "/mine"), 200);
    clock_step(-2 * 365 * CLOCK_DAY); /* a machine whose battery is empty */
    assert_status(get(kit, "/mine"), 200);
    clock_step(4 * 365 * CLOCK_DAY);
    assert_status(get_json(kit, "/mine"), 401); /* it has ended, as far as anybody can know */
    clock_step(-2 * 365 * CLOCK_DAY);
    assert_status(get(kit, "/mine"), 200);
}

/* Deadlines run by the loop's own clock: a step neither cuts nor keeps a connection. */
static void deadlines_do_not_hear_of_steps(void **state)
{
    struct served *s = serve_with(state, (struct app_options){.header_timeout_ms = 400});
    int fd = client(s), silent = client(s);
    say(fd, "GET /hello HTTP/1.1\r\nHost: hub\r\n");
    clock_step(CLOCK_DAY);
    say(fd, "Connection: close\r\n\r\n");
    assert_starts(hear_all(s, fd), "HTTP/1.1 200");
    clock_step(-2 * CLOCK_DAY);
    assert_int_equal(hear_all(s, silent).n, 0);
    clock_step(CLOCK_DAY);
    serve_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(an_address_may_ask_so_often),
        kit_test(this_machine_is_not_counted),
        kit_test(addresses_have_a_table_of_their_own),
        kit_test(handshakes_are_counted_apart),
        kit_test(what_is_held_has_an_end),
        kit_test(bodies_are_held_too),
        kit_test(a_clock_that_is_set_locks_nobody_out),
        kit_test(sessions_outlive_a_wrong_clock),
        kit_test(deadlines_do_not_hear_of_steps),
    };
    return kit_run(tests);
}
