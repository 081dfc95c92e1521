/* live_test.c: event streams on a real socket, and clients that do not read; see live.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/live.h"
#include "test/serve.h"

enum { SHORT_MS = 150 };

/* ---- the feature that is served ---- */

static int live_show(struct req *rq)
{
    int64_t topics[] = {0, 7};
    int64_t seen = live_seen(rq);
    return live_open(rq, topics, 2, 0, seen ? seen : -1, S(""));
}

static const struct route routes[] = {
    {GET, "/live", live_show, ANYONE, .flags = ROUTE_STREAM},
    {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

static int stream(struct served *s, const char *more_headers)
{
    char text[300];
    int fd = client(s);
    snprintf(text, sizeof text, "GET /live HTTP/1.1\r\nHost: hub\r\n%s\r\n", more_headers);
    say(fd, text);
    return fd;
}

static void publish(struct served *s, int64_t topic, int64_t id, const char *html)
{
    live_publish(s->app, &topic, 1, id, str_of(html));
}

static struct str metrics_of(struct served *s)
{
    return app_request(s->app, s->kit->arena, S("GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n"));
}

static void metrics_reach(struct served *s, const char *line)
{
    for (int64_t began = now_ms(); str_find_str(metrics_of(s), str_of(line)) < 0; usleep(2000))
        if (now_ms() - began > LONG_MS)
            fail_msg("no '%s' in " STR_FMT, line, STR_ARG(metrics_of(s)));
}

static void streams_carry_their_topics_in_order(void **state) /* wire RULE 1 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    int fds[20];
    for (int i = 0; i < 20; i++) {
        fds[i] = stream(s, "");
        struct str head = hear(s, fds[i], "retry: 2000\n\n");
        assert_in(head, "Content-Type: text/event-stream\r\n");
        assert_in(head, "Cache-Control: no-store\r\n");
        assert_int_equal(count(head, "Content-Length"), 0);
    }
    metrics_reach(s, "\nskep_streams 20\n");
    publish(s, 8, 1, "not for us");
    for (int i = 2; i < 100; i++) {
        char text[20];
        snprintf(text, sizeof text, "<p>%d\n</p>", i);
        publish(s, i % 2 ? 7 : 0, i, text);
    }
    for (int i = 0; i < 20; i++) {
        struct str all = hear(s, fds[i], "id: 99\n");
        assert_starts(all, "id: 2\ndata: <p>2\ndata: </p>\n\nid: 3\n");
        close(fds[i]);
    }
    metrics_reach(s, "\nskep_streams 0\n");
    serve_end(s);
}

static void a_stream_that_does_not_read_is_dropped(void **state) /* live RULE 1, wire RULE 2 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    char *text = arena_alloc(s->kit->arena, 60001);
    memset(text, 'x', 60000);
    int deaf = stream(s, ""), other = stream(s, "");
    hear(s, deaf, "retry");
    hear(s, other, "retry");
    metrics_reach(s, "\nskep_streams 2\n");
    int64_t id = 0;
    for (int64_t began = now_ms(); now_ms() - began < LONG_MS;) {
        char want[40];
        publish(s, 7, ++id, text);
        snprintf(want, sizeof want, "id: %lld\n", (long long)id);
        hear(s, other, want); /* who reads gets everything */
        if (str_find_str(metrics_of(s), S("\nskep_streams_dropped_total 1\n")) >= 0)
            break;
    }
    metrics_reach(s, "\nskep_streams_dropped_total 1\n");
    metrics_reach(s, "\nskep_streams 1\n");
    assert_true(hear_all(s, deaf).n < (size_t)id * 60000);
    close(other);
    serve_end(s);
}

static void who_missed_something_gets_it(void **state) /* live RULE 2 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    int early = stream(s, "Last-Event-ID: 3\r\n"); /* nothing is known of the time before */
    hear(s, early, "action=\"refresh\"");
    close(early);
    metrics_reach(s, "\nskep_streams 0\n");
    live_since(s->app, 99);
    publish(s, 7, 100, "one");
    publish(s, 8, 101, "not ours");
    static const struct {
        const char *header;
        int refreshes, ones;
    } cases[] = {
        {"", 0, 0},                       /* new: it has just fetched its page */
        {"Last-Event-ID: 100\r\n", 0, 0}, /* nothing of its topics since */
        {"Last-Event-ID: 99\r\n", 0, 1},  /* one event since */
        {"Last-Event-ID: 50\r\n", 1, 0},  /* from before this server started */
        {"Last-Event-ID: 1x\r\n", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[40];
        int fd = stream(s, cases[i].header);
        struct str head = hear(s, fd, "\n\n");
        metrics_reach(s, "\nskep_streams 1\n");
        snprintf(want, sizeof want, "the end of %zu\n", i);
        publish(s, 0, 102 + (int64_t)i, want);
        struct str all = hear(s, fd, want);
        assert_int_equal(count(head, "\"refresh\"") + count(all, "\"refresh\""),
                         cases[i].refreshes);
        assert_int_equal(count(head, "data: one\n") + count(all, "data: one\n"), cases[i].ones);
        close(fd);
        metrics_reach(s, "\nskep_streams 0\n");
    }
    serve_end(s);
}

enum { MANY = 3000 };

static void *publish_many(void *ctx)
{
    for (int64_t id = 1; id <= MANY; id++) {
        publish(ctx, 7, id, "x");
        if (id % 10 == 0)
            usleep(500);
    }
    return NULL;
}

/* The browser comes and goes while others write. What was cut off in the middle comes again. */
static void nothing_is_lost_or_doubled(void **state) /* live RULE 2 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    live_since(s->app, 0);
    pthread_t publisher;
    int64_t last = 0, rounds = 0;
    int keep = stream(s, ""); /* somebody always listens */
    hear(s, keep, "\n\n");
    assert_int_equal(pthread_create(&publisher, NULL, publish_many, s), 0);
    for (; last < MANY; rounds++) {
        char header[60];
        snprintf(header, sizeof header, "Last-Event-ID: %lld\r\n", (long long)last);
        int fd = stream(s, last ? header : "");
        struct str all = hear(s, fd, "data: ");
        close(fd);
        for (ptrdiff_t end; (end = str_find_str(all, S("\n\n"))) >= 0;) {
            struct str block = str_first(all, (size_t)end);
            all = str_from(all, (size_t)end + 2);
            ptrdiff_t at = str_find_str(block, S("\nid: "));
            struct str word = str_from(block, at >= 0 ? (size_t)at + 5 : 4);
            int64_t id = strtoll(str_cstr(s->kit->arena, word), NULL, 10);
            bool is_event = str_find_str(block, S("data: x")) >= 0;
            bool is_refresh = str_has(block, S(LIVE_REFRESH)); /* so many came that some are gone */
            if (is_event)
                assert_int_equal(id, last + 1);
            last = is_event || is_refresh || !last ? id : last;
        }
    }
    pthread_join(publisher, NULL);
    assert_true(rounds > 3);
    close(keep);
    serve_end(s);
}

/* More streams than a slice serves, some of which go in the middle of it. */
static void an_event_of_several_topics_comes_once(void **state) /* live RULE 2 */
{
    enum { STREAMS = 200 };
    struct served *s = serve_with(state, (struct app_options){0});
    int fds[STREAMS];
    live_since(s->app, 0);
    for (int i = 0; i < STREAMS; i++) {
        fds[i] = stream(s, "");
        hear(s, fds[i], "\n\n");
    }
    metrics_reach(s, "\nskep_streams 200\n");
    live_publish(s->app, (const int64_t[]){7, 1024, 0}, 3, 1, S("both"));
    for (int i = 0; i < STREAMS; i += 2)
        close(fds[i]);
    publish(s, 7 + 1024, 2, "nobody's");
    publish(s, 7, 3, "the end");
    for (int i = 1; i < STREAMS; i += 2) {
        struct str all = hear(s, fds[i], "the end\n");
        assert_int_equal(count(all, "data: both\n"), 1);
        assert_int_equal(count(all, "nobody's"), 0);
        close(fds[i]);
    }
    metrics_reach(s, "\nskep_streams 0\n");
    serve_end(s);
}

static void who_loses_a_right_loses_the_stream(void **state) /* live RULE 6 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    live_since(s->app, 0);
    int fd = stream(s, ""), other = stream(s, "");
    hear(s, fd, "\n\n");
    hear(s, other, "\n\n");
    metrics_reach(s, "\nskep_streams 2\n");
    live_cut(s->app, 1, &(struct live_cut){.topic_id = 8});
    live_cut(s->app, 2, &(struct live_cut){.person_id = 8});
    live_cut(s->app, 3, &(struct live_cut){.session_id = 8});
    publish(s, 7, 1, "one");
    hear(s, fd, "data: one\n");
    live_cut(s->app, 4, &(struct live_cut){.topic_id = 7});
    publish(s, 7, 2, "two");
    assert_int_equal(count(hear_all(s, fd), "two"), 0);
    hear(s, other, "data: one\n");
    assert_int_equal(count(hear_all(s, other), "two"), 0);
    metrics_reach(s, "\nskep_streams 0\n");
    fd = stream(s, ""); /* as if its rights had been looked at before: closed at once */
    assert_int_equal(count(hear_all(s, fd), "two"), 0);
    serve_end(s);
}

/* The newest activity that the handler of /live sees is 0 here, so `seen` plays the page's part. */
static void what_happens_while_nobody_listens_is_not_sent(void **state) /* live RULE 5 */
{
    struct served *s = serve_with(state, (struct app_options){0});
    assert_false(live_active(s->app));
    live_since(s->app, 40);
    int fd = stream(s, "Last-Event-ID: 40\r\n");
    assert_int_equal(count(hear(s, fd, "\n\n"), "action=\"refresh\""), 0);
    metrics_reach(s, "\nskep_streams 1\n");
    assert_true(live_active(s->app));
    assert_int_equal(live_position(s->app), 40);
    publish(s, 7, 41, "one");
    hear(s, fd, "id: 41\n");
    assert_int_equal(live_position(s->app), 41);
    close(fd);
    serve_end(s);
}

static void streams_have_a_heartbeat(void **state) /* live RULE 3 */
{
    struct served *s = serve_with(state, (struct app_options){.stream_beat_ms = SHORT_MS / 3});
    int fd = stream(s, "");
    assert_in(hear(s, fd, "\n\n:\n\n:\n\n"), "retry: 2000\n\n:\n\n");
    close(fd);
    serve_end(s);
}

static void a_stream_ends_and_comes_again(void **state) /* live RULE 4 */
{
    struct served *s = serve_with(
        state, (struct app_options){.stream_beat_ms = SHORT_MS / 3, .stream_life_ms = SHORT_MS});
    int fd = stream(s, "");
    assert_true(str_ends(hear_all(s, fd), S(":\n\n")));
    assert_in(metrics_of(s), "\nskep_streams_dropped_total 0\n");
    serve_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(streams_carry_their_topics_in_order),
        kit_test(a_stream_that_does_not_read_is_dropped),
        kit_test(who_missed_something_gets_it),
        kit_test(nothing_is_lost_or_doubled),
        kit_test(an_event_of_several_topics_comes_once),
        kit_test(who_loses_a_right_loses_the_stream),
        kit_test(what_happens_while_nobody_listens_is_not_sent),
        kit_test(streams_have_a_heartbeat),
        kit_test(a_stream_ends_and_comes_again),
    };
    return kit_run(tests);
}
