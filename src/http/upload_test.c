/* upload_test.c: bodies on their way to disk, and files on their way out, in-process and over
 * sockets with clients that are slow, rude or gone; see upload.h and loop.h. */
#include "test/kit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "core/rand.h"
#include "http/feature.h"
#include "http/upload.h"
#include "test/rooms.h"

enum { SHORT_MS = 200, BIG = 3 * 1024 * 1024, PATIENCE_S = 10 };

/* ---- the feature that is asked ---- */

static _Atomic int asked; /* how often an upload was let in */

static int drop_ask(struct req *rq)
{
    asked++;
    return req_has_query(rq, "no") ? refuse(rq, 422, "Not today.") : 0;
}

static int drop_create(struct req *rq)
{
    size_t n;
    const struct upload *u = req_uploads(rq, &n);
    rq->content_type = S("text/plain");
    out_fmt(&rq->out, "note=" STR_FMT, STR_ARG(req_field(rq, "note")));
    for (size_t i = 0; i < n; i++) {
        struct stat st = {0};
        bool whole = stat(u[i].path, &st) == 0 && st.st_size == u[i].bytes;
        struct str hash = str_hex(rq->arena, u[i].hash, sizeof u[i].hash);
        out_fmt(&rq->out, "; " STR_FMT " " STR_FMT " %lld %s " STR_FMT, STR_ARG(u[i].field),
                STR_ARG(u[i].name), (long long)u[i].bytes, whole ? "whole" : "broken",
                STR_ARG(str_first(hash, 8)));
    }
    return rq->status = 200;
}

static char big_path[300];

static int big_show(struct req *rq)
{
    struct file_answer f = {
        big_path,      BIG,         S("application/octet-stream"), S("big"), S("attachment"),
        S("no-cache"), S("sandbox")};
    return answer_file(rq, &f) ? rq->status : refuse(rq, 500, NULL);
}

static const struct route routes[] = {
    {POST, "/drops", drop_create, MEMBER, .upload = drop_ask},
    {GET, "/big", big_show, ANYONE},
    {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

/* ---- bodies ---- */

#define TYPE "multipart/form-data; boundary=x"
#define FIELD(name, value)                                                                         \
    "--x\r\nContent-Disposition: form-data; name=" name "\r\n\r\n" value "\r\n"
#define FILE_PART(name, bytes)                                                                     \
    "--x\r\nContent-Disposition: form-data; name=f; filename=" name "\r\n\r\n" bytes "\r\n"
#define END "--x--\r\n"

static struct res drop(struct kit *kit, struct str body)
{
    return kit_send(kit, "POST", "/drops", KIT_PAGE, TYPE, body);
}

static int files_in(const char *folder)
{
    DIR *d = opendir(folder);
    int n = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

static int waiting(struct kit *kit)
{
    return files_in(kit_path(kit, "%s/tmp", kit->app->files));
}

static const char *hash_of(struct kit *kit, struct str bytes)
{
    unsigned char hash[32];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes.p, bytes.n, NULL, 0);
    return str_cstr(kit->arena, str_hex(kit->arena, hash, 4));
}

static struct str noise(struct kit *kit, size_t n)
{
    char *p = arena_alloc(kit->arena, n);
    rand_bytes(p, n);
    return str_make(p, n);
}

/* ---- in-process ---- */

static void files_and_fields_reach_the_handler(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    struct res r = drop(kit, S(FIELD("note", "hello") FILE_PART("a.txt", "one")
                                   FILE_PART("\"\"", "") FILE_PART("b.txt", "") END));
    assert_status(r, 200);
    assert_has(r, kit_path(kit, "note=hello; f a.txt 3 whole %s; f b.txt 0 whole ",
                           hash_of(kit, S("one"))));
}

static void a_body_may_be_one_file(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    struct str bytes = noise(kit, BIG);
    struct res r = kit_send(kit, "POST", "/drops?name=b.bin", KIT_PAGE, "image/png", bytes);
    assert_has(r, kit_path(kit, "file b.bin %d whole %s", BIG, hash_of(kit, bytes)));
    r = kit_send(kit, "POST", "/drops", KIT_PAGE, KIT_FORM, S("a=b"));
    assert_status(r, 415);
    kit_header(kit, "Content-Encoding: gzip");
    r = kit_send(kit, "POST", "/drops", KIT_PAGE, "image/png", S("x"));
    assert_status(r, 415);
}

static void nothing_is_left_behind(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_status(drop(kit, S(FILE_PART("a", "one") END)), 200);
    assert_int_equal(waiting(kit), 0);
    assert_status(drop(kit, S(FILE_PART("a", "one") "--x\r\n\r\n")), 400);
    assert_status(drop(kit, S(FILE_PART("a", "one"))), 400); /* cut short */
    assert_int_equal(waiting(kit), 0);
}

/* Without what the kit adds: the token. */
static struct res drop_plainly(struct kit *kit, struct person_kit *p, const char *headers,
                               struct str body)
{
    struct str cookie = p ? p->cookies->value : S("");
    return kit_raw(kit, str_fmt(kit->arena,
                                "POST /drops HTTP/1.1\r\nHost: hub.test\r\nAccept: text/html\r\n"
                                "%sCookie: skep_session=" STR_FMT "\r\nContent-Type: " TYPE
                                "\r\nContent-Length: %zu\r\n\r\n" STR_FMT,
                                headers, STR_ARG(cookie), body.n, STR_ARG(body)));
}

static void the_token_stands_before_the_file(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, ana);
    struct str token = kit_csrf(kit, ana);
    struct str field = str_fmt(kit->arena, FIELD("_csrf", STR_FMT), STR_ARG(token));
    const char *f = str_cstr(kit->arena, field);
    struct str before = str_fmt(kit->arena, "%s" FILE_PART("a", "one") END, f);
    struct str behind = str_fmt(kit->arena, FILE_PART("a", "one") "%s" END, f);
    assert_status(drop_plainly(kit, ana, "", before), 200);
    assert_status(drop_plainly(kit, ana, "", behind), 403);
    assert_status(drop_plainly(kit, ana, "", S(FILE_PART("a", "one") END)), 403);
    assert_status(drop_plainly(kit, ana, "", S(FIELD("_csrf", "no") FILE_PART("a", "1") END)), 403);
    assert_status(drop_plainly(kit, ana, "", S(FIELD("note", "no file") END)), 403);
    assert_status(drop_plainly(kit, ana, "Origin: http://evil.test\r\n", before), 403);
    assert_status(drop_plainly(kit, ana, "X-CSRF-Token: no\r\n", before), 403);
    assert_int_equal(files_in(kit->app->files), 1); /* tmp, of the first */
    assert_int_equal(waiting(kit), 0);
}

static void who_may_not_is_refused_before_the_body(void **state) /* RULE 1, dispatch RULE 10 */
{
    struct kit *kit = *state;
    int before = asked;
    struct str body = S(FILE_PART("a", "one") END);
    struct res r = drop_plainly(kit, NULL, "", body);
    assert_status(r, 303);
    assert_header(r, "Connection", "close");
    assert_int_equal(asked, before);
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    r = kit_send(kit, "POST", "/drops?no", KIT_PAGE, TYPE, body);
    assert_status(r, 422);
    assert_header(r, "Connection", "close");
    assert_int_equal(asked, before + 1);
    assert_int_equal(access(kit->app->files, F_OK), -1); /* no file was ever begun */
}

static void limits_are_kept(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    kit->app->options.upload_max_mb = 1;
    struct str fits = noise(kit, 1024 * 1024), over = noise(kit, 1024 * 1024 + 1);
    const char *path = "/drops?name=x";
    assert_status(kit_send(kit, "POST", path, KIT_PAGE, "image/png", fits), 200);
    assert_status(kit_send(kit, "POST", path, KIT_PAGE, "image/png", over), 413);
    assert_status(kit_send(kit, "POST", path, KIT_PAGE, "image/png", noise(kit, BIG)), 413);
    struct out o;
    out_init(&o, 1 << 20);
    for (int i = 0; i < UPLOAD_FILES; i++)
        out_lit(&o, FILE_PART("a", "1"));
    size_t n = o.n;
    out_lit(&o, END);
    assert_status(drop(kit, out_text(&o)), 200);
    o.n = n;
    out_lit(&o, FILE_PART("a", "1") END);
    assert_status(drop(kit, out_text(&o)), 413);
    out_clear(&o);
    out_lit(&o, "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n");
    while (o.n < UPLOAD_FIELDS + 1000)
        out_lit(&o, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    out_lit(&o, "\r\n" END);
    assert_status(drop(kit, out_text(&o)), 413);
    out_free(&o);
    assert_int_equal(waiting(kit), 0);
}

static void a_disk_that_takes_nothing_is_said(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    snprintf(kit->app->files, sizeof kit->app->files, "/dev/null/files");
    assert_status(drop(kit, S(FILE_PART("a", "one") END)), 503);
    snprintf(kit->app->files, sizeof kit->app->files, "/dev/full");
    assert_status(drop(kit, S(FILE_PART("a", "one") END)), 503);
}

static void a_crash_is_cleaned_away(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_status(drop(kit, S(FILE_PART("a", "one") END)), 200);
    const char *old = kit_path(kit, "%s/tmp/old", kit->app->files);
    const char *young = kit_path(kit, "%s/tmp/young", kit->app->files);
    fclose(fopen(old, "w"));
    fclose(fopen(young, "w"));
    utime(old, &(struct utimbuf){time(NULL) - 7200, time(NULL) - 7200});
    app_clean_uploads(kit->app, 3600);
    assert_int_equal(access(old, F_OK), -1);
    assert_int_equal(access(young, F_OK), 0);
    app_clean_uploads(kit->app, 0);
    assert_int_equal(waiting(kit), 0);
}

/* ---- over sockets ---- */

struct served {
    struct app *app;
    pthread_t thread;
    int port[2]; /* a pipe through which it comes */
    int number;
    DIR *tmp; /* where uploads wait */
};

static void on_ready(void *ctx, struct str address)
{
    struct served *s = ctx;
    int64_t port = 0;
    while (str_find(address, ':') >= 0)
        address = str_from(address, (size_t)str_find(address, ':') + 1);
    str_int(address, &port);
    int number = (int)port;
    if (write(s->port[1], &number, sizeof number) < 0)
        number = 0;
}

static void *serve(void *ctx)
{
    struct served *s = ctx;
    struct str message = S("");
    if (!app_serve(s->app, on_ready, s, &message))
        on_ready(s, S(":0"));
    return NULL;
}

static void served_begin(struct served *s, struct kit *kit, int patience_ms)
{
    const char *tmp = kit_path(kit, "%s/tmp", kit->files);
    mkdir(kit->files, 0700);
    mkdir(tmp, 0700);
    s->tmp = opendir(tmp);
    assert_non_null(s->tmp);
    struct str message = S("");
    struct app_options o = kit->app->options;
    o.listen = "127.0.0.1:0";
    o.loops = 1;
    o.header_timeout_ms = o.body_timeout_ms = o.write_timeout_ms = patience_ms;
    s->app = app_open(&o, features, kit->arena, &message);
    assert_non_null(s->app);
    assert_int_equal(pipe(s->port), 0);
    pthread_create(&s->thread, NULL, serve, s);
    assert_int_equal(read(s->port[0], &s->number, sizeof s->number), sizeof s->number);
    assert_true(s->number > 0);
}

static void served_end(struct served *s)
{
    app_stop(s->app);
    pthread_join(s->thread, NULL);
    app_close(s->app);
    close(s->port[0]);
    close(s->port[1]);
    closedir(s->tmp);
}

static int client(struct served *s)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->number)};
    struct timeval limit = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    return fd;
}

static void say(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* it was closed: what it answered is looked at */
        s = str_from(s, (size_t)n);
    }
}

static void say_head(struct kit *kit, int fd, struct person_kit *p, size_t length, const char *more)
{
    say(fd, str_fmt(kit->arena,
                    "POST /drops?name=n HTTP/1.1\r\nHost: hub.test\r\nAccept: text/html\r\n"
                    "X-CSRF-Token: " STR_FMT "\r\nCookie: skep_session=" STR_FMT
                    "\r\nContent-Type: image/png\r\nContent-Length: %zu\r\n%s\r\n",
                    STR_ARG(kit_csrf(kit, p)), STR_ARG(p->cookies->value), length, more));
}

/* Until the text has come, or the end. */
static struct str hear(struct kit *kit, int fd, const char *text)
{
    struct out o;
    char buf[16384];
    ssize_t n;
    out_init(&o, 8 * BIG);
    while ((!text || str_find_str(out_text(&o), str_of(text)) < 0) &&
           (n = recv(fd, buf, sizeof buf, 0)) > 0)
        out_raw(&o, buf, (size_t)n);
    return out_take(&o, kit->arena);
}

static void assert_heard(struct str s, const char *text)
{
    if (str_find_str(s, str_of(text)) < 0)
        fail_msg("no '%s' in: " STR_FMT, text, STR_ARG(str_first(s, 1000)));
}

/* Looks through one descriptor that was opened before there were threads: ThreadSanitizer cannot
 * see libuv close sockets, and would take a number that comes again for a race. */
static int watched(struct served *s)
{
    int n = 0;
    rewinddir(s->tmp);
    for (struct dirent *e; (e = readdir(s->tmp));)
        n += e->d_name[0] != '.';
    return n;
}

/* Gives the disk time, but not for ever. */
static void until_waiting(struct served *s, int n)
{
    int seen = watched(s);
    for (int i = 0; i < PATIENCE_S * 200 && seen != n; i++, seen = watched(s))
        usleep(5000);
    assert_int_equal(seen, n);
}

/* Until nothing is under way any more. */
static void until_idle(struct served *s)
{
    for (int i = 0; i < APP_UPLOADS; i++)
        for (int k = 0; k < PATIENCE_S * 200 && s->app->uploading[i]; k++)
            usleep(5000);
    until_waiting(s, 0);
}

static void uploads_follow_one_another(void **state) /* RULE 2, loop RULE 1, loop RULE 8 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct served s;
    served_begin(&s, kit, PATIENCE_S * 1000);
    struct str bytes = noise(kit, BIG);
    int fd = client(&s);
    for (int i = 0; i < 2; i++) { /* on one connection, without waiting for answers */
        say_head(kit, fd, ana, bytes.n, "");
        say(fd, bytes);
    }
    const char *want = kit_path(kit, "file n %d whole %s", BIG, hash_of(kit, bytes));
    struct str first = hear(kit, fd, want), rest;
    ptrdiff_t at = str_find_str(first, str_of(want));
    rest = str_from(first, at < 0 ? first.n : (size_t)at + 1);
    if (str_find_str(rest, str_of(want)) < 0) /* they may come together */
        rest = hear(kit, fd, want);
    assert_heard(first, "200 OK");
    assert_heard(rest, want);
    close(fd);
    until_waiting(&s, 0);
    served_end(&s);
}

static void a_client_may_ask_first(void **state) /* dispatch RULE 10 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct served s;
    served_begin(&s, kit, PATIENCE_S * 1000);
    int fd = client(&s);
    say_head(kit, fd, ana, 3, "Expect: 100-continue\r\n");
    assert_heard(hear(kit, fd, "\r\n\r\n"), "HTTP/1.1 100 Continue");
    say(fd, S("one"));
    assert_heard(hear(kit, fd, "whole"), "file n 3 whole");
    close(fd);
    fd = client(&s);
    say(fd, S("POST /drops HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nContent-Length: "
              "99999999\r\nContent-Type: image/png\r\nExpect: 100-continue\r\n\r\n"));
    struct str all = hear(kit, fd, NULL);
    assert_true(str_starts(all, S("HTTP/1.1 401")));
    close(fd);
    served_end(&s);
}

static void nobody_takes_all_the_room(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER);
    struct served s;
    served_begin(&s, kit, PATIENCE_S * 1000);
    int fds[UPLOAD_EACH], more;
    for (int i = 0; i < UPLOAD_EACH; i++) {
        fds[i] = client(&s);
        say_head(kit, fds[i], ana, BIG, "Expect: 100-continue\r\n");
        assert_heard(hear(kit, fds[i], "\r\n\r\n"), "100 Continue");
    }
    more = client(&s);
    say_head(kit, more, ana, 3, "");
    struct str refusal = hear(kit, more, NULL);
    assert_heard(refusal, "HTTP/1.1 429");
    assert_heard(refusal, "Retry-After: ");
    close(more);
    more = client(&s);
    say_head(kit, more, ben, 3, "");
    say(more, S("one"));
    assert_heard(hear(kit, more, "whole"), "200 OK");
    for (int i = 0; i < APP_UPLOADS; i++) { /* as if others had the rest */
        for (int k = 0; k < PATIENCE_S * 200 && s.app->uploading[i] == ben->id; k++)
            usleep(5000); /* his last one is about to end */
        int64_t nobody = 0;
        atomic_compare_exchange_strong(&s.app->uploading[i], &nobody, INT64_MAX);
    }
    say_head(kit, more, ben, 3, "");
    say(more, S("one"));
    assert_heard(hear(kit, more, NULL), "HTTP/1.1 503");
    close(more);
    for (int i = 0; i < UPLOAD_EACH; i++)
        close(fds[i]);
    served_end(&s);
}

static void who_goes_away_leaves_nothing(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct person_kit *ben = kit_person(kit, "ben", ROLE_MEMBER); /* whose places are free */
    struct served s;
    served_begin(&s, kit, PATIENCE_S * 1000);
    for (int i = 0; i < 20; i++) { /* at many moments of its way */
        int fd = client(&s);
        struct str bytes = noise(kit, (size_t)i * 20000);
        if (i % 5 == 0)
            until_idle(&s); /* one person has so many places */
        say_head(kit, fd, i == 10 ? ben : ana, BIG, "");
        say(fd, bytes);
        if (i == 10)
            until_waiting(&s, 1);
        close(fd);
        if (i == 10)
            until_waiting(&s, 0);
    }
    until_waiting(&s, 0);
    served_end(&s);
}

static void a_slow_upload_is_cut(void **state) /* RULE 3, loop RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *ana = kit_person(kit, "ana", ROLE_MEMBER);
    struct served s;
    served_begin(&s, kit, SHORT_MS);
    int fd = client(&s);
    say_head(kit, fd, ana, BIG, "");
    say(fd, noise(kit, 200000)); /* quick at first is no credit */
    struct str all = hear(kit, fd, NULL);
    assert_true(str_starts(all, S("HTTP/1.1 408")));
    close(fd);
    until_waiting(&s, 0);
    served_end(&s);
}

static void big_make(struct kit *kit)
{
    snprintf(big_path, sizeof big_path, "%s/big", kit->folder);
    FILE *f = fopen(big_path, "w");
    for (int i = 0; i < BIG / 16; i++)
        fprintf(f, "%015d\n", i);
    fclose(f);
}

static void a_file_goes_out_piece_by_piece(void **state) /* loop RULE 8 */
{
    struct kit *kit = *state;
    struct served s;
    big_make(kit);
    served_begin(&s, kit, PATIENCE_S * 1000);
    int fd = client(&s);
    say(fd, S("GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /big HTTP/1.1\r\nHost: h\r\nRange: "
              "bytes=-16\r\nConnection: close\r\n\r\n"));
    struct str all = hear(kit, fd, NULL);
    close(fd);
    ptrdiff_t body = str_find_str(all, S("\r\n\r\n"));
    assert_true(body > 0 && all.n > BIG + 4 + (size_t)body);
    struct str first = str_first(str_from(all, (size_t)body + 4), BIG);
    for (int i = 0; i < BIG / 16; i++) {
        char line[17];
        snprintf(line, sizeof line, "%015d\n", i);
        assert_memory_equal(first.p + 16 * i, line, 16);
    }
    struct str second = str_from(all, (size_t)body + 4 + BIG);
    assert_heard(second, "HTTP/1.1 206");
    assert_heard(second,
                 kit_path(kit, "Content-Range: bytes %d-%d/%d\r\n", BIG - 16, BIG - 1, BIG));
    assert_true(str_ends(second, S("\n")));
    served_end(&s);
}

static void who_does_not_read_a_file_is_cut(void **state) /* loop RULE 2 */
{
    struct kit *kit = *state;
    struct served s;
    big_make(kit);
    served_begin(&s, kit, SHORT_MS);
    int fds[8];
    for (int i = 0; i < 8; i++) {
        fds[i] = client(&s);
        for (int k = 0; k < 8; k++) /* more than the system's buffers hold */
            say(fds[i], S("GET /big HTTP/1.1\r\nHost: h\r\n\r\n"));
        if (i < 4)
            close(fds[i]); /* while a piece is read or written */
    }
    usleep(3 * SHORT_MS * 1000);
    for (int i = 4; i < 8; i++) {
        assert_true(hear(kit, fds[i], NULL).n < 8 * (size_t)BIG);
        close(fds[i]);
    }
    served_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(files_and_fields_reach_the_handler),
        kit_test(a_body_may_be_one_file),
        kit_test(nothing_is_left_behind),
        kit_test(the_token_stands_before_the_file),
        kit_test(who_may_not_is_refused_before_the_body),
        kit_test(limits_are_kept),
        kit_test(a_disk_that_takes_nothing_is_said),
        kit_test(a_crash_is_cleaned_away),
        kit_test(uploads_follow_one_another),
        kit_test(a_client_may_ask_first),
        kit_test(nobody_takes_all_the_room),
        kit_test(who_goes_away_leaves_nothing),
        kit_test(a_slow_upload_is_cut),
        kit_test(a_file_goes_out_piece_by_piece),
        kit_test(who_does_not_read_a_file_is_cut),
    };
    return kit_run(tests);
}
