/* publish_test.c: what an open page hears, over a real connection. */
#include "record/publish.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http/live.h"
#include "record/access.h"
#include "test/rooms.h"

enum { WAIT_S = 10 };

struct served {
    struct kit *kit;
    pthread_t thread;
    int ready[2]; /* a pipe: the port, once there is one */
    int port;
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

static struct served *serve_begin(struct kit *kit)
{
    struct served *s = arena_make(kit->arena, struct served);
    s->kit = kit;
    assert_int_equal(pipe(s->ready), 0);
    kit->app->options.listen = "127.0.0.1:0";
    publish_start(kit->app);
    pthread_create(&s->thread, NULL, serve, s);
    assert_int_equal(read(s->ready[0], &s->port, sizeof s->port), sizeof s->port);
    return s;
}

static void serve_end(struct served *s)
{
    void *ended = NULL;
    app_stop(s->kit->app);
    pthread_join(s->thread, &ended);
    assert_ptr_equal(ended, s);
    close(s->ready[0]);
    close(s->ready[1]);
}

static int connected(struct served *s)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = WAIT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    sa.sin_port = htons((uint16_t)s->port);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    return fd;
}

/* `by`: the header that says who listens; `seen` 0: from now on. */
static int stream_by(struct served *s, const char *topics, int64_t seen, const char *by)
{
    struct kit *kit = s->kit;
    const char *last = seen ? kit_path(kit, "Last-Event-ID: %lld\r\n", (long long)seen) : "";
    const char *ask = kit_path(kit,
                               "GET /live?topics=%s HTTP/1.1\r\nHost: hub\r\n%s"
                               "%s\r\n\r\n",
                               topics, last, by);
    int fd = connected(s);
    assert_int_equal(send(fd, ask, strlen(ask), MSG_NOSIGNAL), strlen(ask));
    return fd;
}

/* Of who speaks, with the session's cookie. */
static int stream(struct served *s, const char *topics, int64_t seen)
{
    struct str token = S("none");
    for (const struct cookie *c = s->kit->viewer->cookies; c; c = c->next)
        if (str_is(c->name, "skep_session"))
            token = c->value;
    return stream_by(s, topics, seen,
                     kit_path(s->kit, "Cookie: skep_session=" STR_FMT, STR_ARG(token)));
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
    audience_put(kit, secret, AUDIENCE_STAFF);
    struct served *s = serve_begin(kit);
    as(kit, NULL);
    int fd = stream(s, kit_path(kit, "%lld,%lld", idea, (long long)rooms.space), 0);
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
    serve_end(s);
}

static struct str hear_end(struct kit *kit, int fd)
{
    struct out o;
    char buf[4096];
    ssize_t n;
    out_init(&o, 1 << 20);
    while ((n = recv(fd, buf, sizeof buf, 0)) > 0)
        out_str(&o, str_make(buf, (size_t)n));
    assert_int_equal(n, 0);
    close(fd);
    return out_take(&o, kit->arena);
}

/* Opens a stream, lets somebody change something, and proves that it ends with nothing sent. */
static void ends_by(struct served *s, const char *topics, struct person_kit *listener,
                    struct person_kit *doer, const char *method, const char *path, const char *form)
{
    struct kit *kit = s->kit;
    as(kit, listener);
    int fd = stream(s, topics, 0);
    hear(kit, fd, "retry: 2000\nid: ");
    as(kit, doer);
    struct res r = kit_request(kit, method, path, KIT_PAGE, form ? KIT_FORM : NULL, form);
    assert_status(r, 303);
    assert_false(str_has(hear_end(kit, fd), S("turbo-stream")));
}

/* One of two browsers is signed out by the other, and the last one everywhere. */
static void devices_end(struct served *s, const char *topics, struct person_kit *who)
{
    struct kit *kit = s->kit;
    as(kit, who);
    int one = stream(s, topics, 0);
    hear(kit, one, "retry: 2000\nid: ");
    long long session = sql_int(
        kit, kit_path(kit, "SELECT id FROM sessions WHERE person_id = %lld", (long long)who->id));
    as(kit, NULL);
    const char *form = kit_path(kit, "email=" STR_FMT "&password=" STR_FMT, STR_ARG(who->email),
                                STR_ARG(who->password));
    assert_status(post(kit, "/session", form), 303);
    int two = stream(s, topics, 0);
    hear(kit, two, "retry: 2000\nid: ");
    assert_status(del(kit, kit_path(kit, "/sessions/%lld", session)), 303);
    assert_false(str_has(hear_end(kit, one), S("turbo-stream")));
    assert_status(del(kit, "/sessions"), 303);
    assert_false(str_has(hear_end(kit, two), S("turbo-stream")));
}

/* session RULE 6: one token is revoked, then all. */
static void tokens_end(struct served *s, const char *topics, struct person_kit *who)
{
    struct kit *kit = s->kit;
    static const char sql[] = "SELECT MAX(id) FROM tokens";
    for (int all = 0; all < 2; all++) {
        struct str token = kit_token(kit, who, "read");
        const char *by = kit_path(kit, "Authorization: Bearer " STR_FMT, STR_ARG(token));
        int fd = stream_by(s, topics, 0, by);
        hear(kit, fd, "retry: 2000\nid: ");
        as(kit, who);
        const char *one = kit_path(kit, "/account/tokens/%lld", (long long)sql_int(kit, sql));
        assert_status(del(kit, all ? "/account/tokens" : one), 303);
        assert_false(str_has(hear_end(kit, fd), S("turbo-stream")));
        hear(kit, stream_by(s, topics, 0, by), "401 Unauthorized");
    }
}

static void who_loses_a_right_loses_the_stream(void **state) /* publish RULE 4, live RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct person_kit *root = kit_person(kit, "root", ROLE_ADMINISTRATOR);
    int64_t club = space_make(kit, &rooms, "Club", "anyone", "space");
    as(kit, rooms.ben);
    sql_run(kit, kit_path(kit,
                          "INSERT INTO memberships (space_id, person_id, role, at)"
                          " VALUES (%lld, %lld, 3, 0)",
                          (long long)club, (long long)rooms.ben->id));
    int64_t idea = idea_in(kit, club, rooms.staff, "Inside");
    int64_t open = idea_make(kit, &rooms, rooms.ana, "A lid");
    const char *of_idea = kit_path(kit, "%lld", (long long)idea);
    struct served *s = serve_begin(kit);

    ends_by(s, of_idea, rooms.ben, rooms.staff, "DELETE",
            kit_path(kit, "/spaces/%lld/members/%lld", (long long)club, (long long)rooms.ben->id),
            NULL); /* a membership ends */
    as(kit, rooms.ben);
    hear(kit, stream(s, of_idea, 0), "404 Not Found");
    const char *of_open = kit_path(kit, "%lld", (long long)open);
    devices_end(s, of_open, kit_person(kit, "dora", ROLE_MEMBER));
    tokens_end(s, of_open, kit_person(kit, "tom", ROLE_MEMBER));
    ends_by(s, of_open, kit_person(kit, "lena", ROLE_MEMBER), root, "POST", "/people/lena/lock",
            ""); /* an account */
    ends_by(s, of_open, rooms.ben, rooms.staff, "PATCH",
            kit_path(kit, "/spaces/%lld", (long long)rooms.space),
            "title=Product+ideas&body=x&openness=anyone&audience=space"); /* an audience narrows */
    ends_by(s, of_open, rooms.ana, root, "PUT", "/people/ana/role", "role=staff");
    ends_by(s, of_open, rooms.ana, rooms.ana, "DELETE", "/session", NULL); /* a session ends */
    ends_by(s, of_open, root, rooms.staff, "DELETE", kit_path(kit, "/ideas/%lld", (long long)open),
            NULL);
    serve_end(s);
}

static void what_was_missed_is_sent_from_the_log(void **state) /* publish RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    long long other = idea_make(kit, &rooms, rooms.ana, "Another");
    const char *topics = kit_path(kit, "%lld", idea);
    int64_t seen = sql_int(kit, "SELECT MAX(id) FROM activities");
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", other), ""), 303);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", idea), ""), 303);
    int64_t vote = sql_int(kit, "SELECT MAX(id) FROM activities");
    struct served *s = serve_begin(kit); /* as after a restart, or in another process */
    int fd = stream(s, topics, seen);
    struct str heard = hear(kit, fd, event(kit, "update"));
    assert_false(str_has(heard, str_of(kit_path(kit, "data-score='%lld'", other))));
    close(fd);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/comments", idea), "body=Good"), 303);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/comments", idea), "body=Better"), 303);
    fd = stream(s, topics, vote);
    heard = hear(kit, fd, event(kit, "refresh"));
    assert_false(str_has(heard, S("action=\"update\""))); /* that was before */
    int64_t last = sql_int(kit, "SELECT MAX(id) FROM activities");
    close(fd);
    fd = stream(s, topics, last);
    hear(kit, fd, "\n\n");
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/comments", idea), "body=Best"), 303);
    heard = hear(kit, fd, event(kit, "refresh"));
    assert_int_equal(str_find_str(heard, S("refresh")),
                     (ptrdiff_t)str_find_str(heard, str_of(event(kit, "refresh"))) +
                         str_find_str(str_of(event(kit, "refresh")), S("refresh")));
    close(fd);
    serve_end(s);
}

/* What is heard up to the next new score, which pages of everybody hear. */
static bool rung(struct served *s, int fd, struct person_kit *voter, int64_t idea)
{
    struct kit *kit = s->kit;
    struct person_kit *before = kit->viewer;
    as(kit, voter);
    const char *path = kit_path(kit, "/ideas/%lld/votes", (long long)idea);
    bool voted = sql_int(kit, kit_path(kit, "SELECT score FROM records WHERE id = %lld",
                                       (long long)idea)) > 0;
    assert_status(voted ? del(kit, path) : post(kit, path, ""), 303);
    as(kit, before);
    return str_has(hear(kit, fd, event(kit, "update")), S("action=\"ring\""));
}

static void a_bell_rings_for_its_person_alone(void **state) /* publish RULE 6, live RULE 7 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    struct served *s = serve_begin(kit);
    as(kit, rooms.ben);
    int bens = stream(s, "0&bell=0", 0);
    as(kit, NULL);
    int guests = stream(s, "0&bell=0", 0);
    as(kit, rooms.ana);
    int one = stream(s, "&bell=0", 0), two = stream(s, "0&bell=0", 0);
    hear(kit, bens, "retry: 2000\nid: ");
    hear(kit, guests, "retry: 2000\nid: ");
    assert_false(str_has(hear(kit, one, "retry: 2000\nid: "), S("action=\"ring\"")));
    hear(kit, two, "retry: 2000\nid: ");
    as(kit, rooms.staff);
    comment_make(kit, rooms.staff, idea, "Look");
    assert_false(str_has(hear(kit, one, "data: " LIVE_RING "\n\n"), S("id:"))); /* no change */
    assert_true(rung(s, two, rooms.ben, idea));
    assert_false(rung(s, bens, rooms.ben, idea));
    assert_false(rung(s, guests, rooms.ben, idea));
    as(kit, rooms.ana);
    struct res r = get_json(kit, "/notifications/bell");
    assert_json_int(r, "data.unseen", 1);
    r = kit_request(kit, "GET", "/notifications/bell", KIT_STREAM, NULL, NULL);
    assert_has(r, "<turbo-stream action=\"replace\" targets=\"[data-controller=bell]");
    assert_has(r, "1 new notification");
    /* Who comes late hears it when the page shows another number. */
    kit_pass(kit, CLOCK_SECOND); /* what rang before is past */
    int late = stream(s, "0&bell=0", 0), up_to_date = stream(s, "0&bell=1", 0);
    hear(kit, late, "action=\"ring\"");
    hear(kit, up_to_date, "retry: 2000\nid: ");
    assert_false(rung(s, up_to_date, rooms.ben, idea));
    /* Looked at in one tab, gone in all. */
    r = put_json(kit, "/notifications/seen", "{\"activity\":999999}");
    assert_status(r, 200);
    hear(kit, one, "action=\"ring\"");
    hear(kit, up_to_date, "action=\"ring\"");
    assert_json_int(get_json(kit, "/notifications/bell"), "data.unseen", 0);
    const int all[] = {bens, guests, one, two, late, up_to_date};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        close(all[i]);
    serve_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(pages_hear_what_was_committed),
        kit_test(who_loses_a_right_loses_the_stream),
        kit_test(what_was_missed_is_sent_from_the_log),
        kit_test(a_bell_rings_for_its_person_alone),
    };
    return kit_run(tests);
}
