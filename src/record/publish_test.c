/* publish_test.c: what an open page hears, over a real connection. */
#include "record/publish.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "record/access.h"
#include "test/rooms.h"

enum { WAIT_S = 10 };

struct served {
    struct kit *kit;
    pthread_t thread;
    int ready[2]; /* a pipe: the port, once there is one */
};

static void on_ready(void *ctx, struct str address)
{
    struct served *s = ctx;
    int port = (int)strtol(strrchr(str_cstr(s->kit->arena, address), ':') + 1, NULL, 10);
    assert_int_equal(write(s->ready[1], &port, sizeof port), sizeof port);
}

static void *serve(void *ctx)
{
    struct served *s = ctx;
    struct str message;
    return app_serve(s->kit->app, on_ready, s, &message) ? s : NULL;
}

static int connected(struct served *s)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = WAIT_S};
    int port, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(read(s->ready[0], &port, sizeof port), sizeof port);
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    sa.sin_port = htons((uint16_t)port);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    return fd;
}

/* Reads on until the words came; gives all that came with them. */
static struct str hear(struct kit *kit, int fd, const char *words)
{
    struct out o;
    char buf[4096];
    out_init(&o, 1 << 20);
    while (!str_has(out_text(&o), str_of(words))) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        if (n <= 0)
            fail_msg("no \"%s\" in: " STR_FMT, words, STR_ARG(out_text(&o)));
        out_str(&o, str_make(buf, (size_t)n));
    }
    return out_take(&o, kit->arena);
}

static const char *event(struct kit *kit, const char *more)
{
    int64_t id = sql_int(kit, "SELECT MAX(id) FROM activities");
    return kit_path(kit, "id: %lld\ndata: <turbo-stream action=\"%s", (long long)id, more);
}

static void pages_hear_what_was_committed(void **state) /* publish RULE 1 2 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    long long secret = idea_make(kit, &rooms, rooms.ana, "For staff");
    sql_run(kit, kit_path(kit, "UPDATE records SET audience = 4 WHERE id = %lld", secret));
    sql_run(kit,
            kit_path(kit, "UPDATE activities SET audience = 4 WHERE record_id = %lld", secret));
    struct served s = {.kit = kit};
    assert_int_equal(pipe(s.ready), 0);
    kit->app->options.listen = "127.0.0.1:0";
    publish_start(kit->app);
    pthread_create(&s.thread, NULL, serve, &s);
    int fd = connected(&s);
    const char *ask = kit_path(kit, "GET /live?topics=%lld,%lld HTTP/1.1\r\nHost: hub\r\n\r\n",
                               idea, (long long)rooms.space);
    assert_int_equal(send(fd, ask, strlen(ask), MSG_NOSIGNAL), strlen(ask));
    hear(kit, fd, "\r\n\r\n");
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", idea), ""), 303);
    struct str heard = hear(kit, fd, event(kit, "update"));
    assert_true(str_has(heard, str_of(kit_path(kit, "[data-score='%lld']", idea))));
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", idea), ""), 303); /* nothing new */
    kit_header(kit, "X-Turbo-Request-Id: mine\"<");
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/comments", idea), "body=Good"), 303);
    heard = hear(kit, fd, event(kit, "refresh"));
    assert_false(str_has(heard, S("action=\"update\"")));
    assert_true(str_has(heard, S("request-id=\"mine&quot;&lt;\"")));
    assert_false(str_has(heard, S("Good"))); /* the page asks for it, with its own rights */
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/comments", idea), "body=+"), 422);
    as(kit, rooms.staff); /* a vote that the listener may not know of */
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", secret), ""), 303);
    heard = hear(kit, fd, event(kit, "refresh"));
    assert_false(str_has(heard, S("data-score")));
    close(fd);
    app_stop(kit->app);
    void *ended = NULL;
    pthread_join(s.thread, &ended);
    assert_ptr_equal(ended, &s);
    close(s.ready[0]);
    close(s.ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {kit_test(pages_hear_what_was_committed)};
    return kit_run(tests);
}
