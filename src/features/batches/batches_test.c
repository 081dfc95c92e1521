/* batches_test.c: proves the RULES of batches.c, and those of http/inner.h. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>

#include "core/out.h"
#include "db/store.h"
#include "test/rooms.h"

/* {"operations":[...]} of what stands between. */
static struct res batch(struct kit *kit, const char *operations)
{
    struct str json =
        str_fmt(kit->arena, "{\"operations\":[" STR_FMT "]}", STR_ARG(str_of(operations)));
    return post_json(kit, "/batch", json.p);
}

static struct res atomic(struct kit *kit, const char *operations)
{
    return post_json(kit, "/batch",
                     kit_path(kit, "{\"atomic\":true,\"operations\":[%s]}", operations));
}

static const char *make_idea(struct kit *kit, const struct rooms *rooms, const char *title)
{
    return kit_path(kit,
                    "{\"method\":\"POST\",\"path\":\"/ideas\",\"body\":"
                    "{\"space\":%lld,\"title\":\"%s\",\"body\":\"Lids\"}}",
                    (long long)rooms->space, title);
}

static int64_t ideas(struct kit *kit)
{
    return sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'idea'");
}

static void each_is_answered_as_by_itself(void **state) /* RULE 1, inner RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    as(kit, rooms.ana);
    struct res r = batch(
        kit,
        kit_path(kit,
                 "{\"method\":\"GET\",\"path\":\"%s\"},"
                 "{\"method\":\"PATCH\",\"path\":\"%s\",\"headers\":{\"If-Match\":\"\\\"1\\\"\"},"
                 "\"body\":{\"title\":\"A better lid\"}},"
                 "{\"method\":\"GET\",\"path\":\"%s\"},"
                 "{\"method\":\"GET\",\"path\":\"/ideas/999999\"},%s",
                 path, path, path, make_idea(kit, &rooms, "Another")));
    assert_status(r, 200);
    assert_json_count(r, "data", 5);
    assert_json_str(r, "data.0.body.data.title", "A lid");
    assert_json_int(r, "data.1.status", 200);
    assert_json_str(r, "data.1.headers.ETag", "\"2\"");
    assert_json_str(r, "data.2.body.data.title", "A better lid");
    assert_json_int(r, "data.3.status", 404);
    assert_json_str(r, "data.3.headers.Content-Type", "application/problem+json");
    assert_json_int(r, "data.4.status", 201);
    assert_true(str_has(r.body, S("\"Location\":\"/ideas/")));
    assert_false(str_has(r.body, S("Set-Cookie")));
    struct res alone = get_json(kit, path);
    assert_true(str_has(r.body, alone.body)); /* the very same bytes */
}

static void who_may_not_by_itself_may_not_inside(void **state) /* inner RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *jobs = "{\"method\":\"GET\",\"path\":\"/jobs\"}";
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    assert_json_int(batch(kit, jobs), "data.0.status", 403);
    struct res r = batch(kit, kit_path(kit,
                                       "{\"method\":\"PATCH\",\"path\":\"/ideas/%lld\",\"body\":"
                                       "{\"title\":\"Mine\"}}",
                                       (long long)idea));
    assert_json_int(r, "data.0.status", 404);
    struct person_kit *olga = kit_person(kit, "olga", ROLE_OWNER);
    struct str token = kit_token(kit, olga, "read write");
    as(kit, NULL);
    assert_status(batch(kit, jobs), 401);
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(token));
    r = batch(kit, jobs);
    assert_json_int(r, "data.0.status", 403); /* the token lacks "admin" */
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(token));
    r = batch(kit, make_idea(kit, &rooms, "By a program"));
    assert_json_int(r, "data.0.status", 201);
    token = kit_token(kit, olga, "read");
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(token));
    assert_status(batch(kit, jobs), 403);
    as(kit, rooms.ana);
    kit_header(kit, "Sec-Fetch-Site: cross-site");
    assert_status(batch(kit, make_idea(kit, &rooms, "Forged")), 403);
    assert_int_equal(ideas(kit), 2);
}

static void one_that_is_refused_keeps_nothing(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    struct res r =
        batch(kit, kit_path(kit, "%s,{\"method\":\"POST\",\"path\":\"/ideas\",\"body\":{}},%s",
                            make_idea(kit, &rooms, "One"), make_idea(kit, &rooms, "Two")));
    assert_json_int(r, "data.0.status", 201);
    assert_json_int(r, "data.1.status", 422);
    assert_json_str(r, "data.1.body.errors.title", "Title is missing.");
    assert_json_int(r, "data.2.status", 201);
    assert_int_equal(ideas(kit), 2);
}

static void all_or_none(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    uint64_t before = kit_fingerprint(kit);
    struct res r =
        atomic(kit, kit_path(kit, "%s,%s,{\"method\":\"GET\",\"path\":\"/ideas/999999\"},%s",
                             make_idea(kit, &rooms, "One"), make_idea(kit, &rooms, "Two"),
                             make_idea(kit, &rooms, "Three")));
    assert_status(r, 422);
    assert_header(r, "Content-Type", "application/problem+json");
    assert_json_int(r, "operation", 2);
    assert_json_int(r, "answer.status", 404);
    assert_true(kit_fingerprint(kit) == before);
    r = atomic(
        kit, kit_path(kit, "%s,%s", make_idea(kit, &rooms, "One"), make_idea(kit, &rooms, "Two")));
    assert_status(r, 200);
    assert_json_int(r, "data.1.status", 201);
    assert_int_equal(ideas(kit), 2);
}

static void a_failing_database_keeps_nothing(void **state) /* RULE 4, inner RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    int64_t idea = idea_make(kit, &rooms, rooms.ben, "A lid");
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    const char *operations = kit_path(kit,
                                      "[{\"method\":\"POST\",\"path\":\"%s/votes\"},"
                                      "{\"method\":\"GET\",\"path\":\"%s\"}]",
                                      path, path);
    struct str form = str_url_encode(kit->arena, str_of(operations));
    struct res r = kit_fail_sweep(kit, "POST", "/batch",
                                  kit_path(kit, "operations=" STR_FMT, STR_ARG(form)), NULL);
    assert_status(r, 200);
    assert_json_int(r, "data.1.body.data.score", 1);
}

static void what_is_no_plain_request_is_refused(void **state) /* inner RULE 2 */
{
    struct kit *kit = *state;
    static const struct {
        const char *method, *path;
    } cases[] = {
        {"POST", "/batch"},   {"POST", "/files?name=a.txt"}, {"GET", "/live"},
        {"POST", "/session"}, {"GET", "/healthz"},           {"POST", "/account/tokens"},
    };
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.staff);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct res r = batch(kit, kit_path(kit, "{\"method\":\"%s\",\"path\":\"%s\"}",
                                           cases[i].method, cases[i].path));
        assert_status(r, 200);
        assert_json_int(r, "data.0.status", 422);
    }
    as(kit, rooms.ana);
    assert_status(kit_upload(kit, "note.txt", S("A note")), 201);
    struct res r =
        batch(kit, kit_path(kit, "{\"method\":\"GET\",\"path\":\"/files/%lld/note.txt\"}",
                            (long long)sql_int(kit, "SELECT MAX(id) FROM uploads")));
    assert_json_int(r, "data.0.status", 422);
    assert_json_str(r, "data.0.body.detail", "Files are fetched by themselves.");
}

static void no_bytes_smuggle_a_request(void **state) /* inner RULE 4 */
{
    struct kit *kit = *state;
    static const char *const paths[] = {
        "/ideas HTTP/1.1\\r\\nCookie: skep_session=x\\r\\nX: ",
        "/ideas\\r\\n\\r\\nGET /jobs HTTP/1.1",
        "ideas",
        "http://elsewhere.test/ideas",
        "/ideas?q=\\u00e4",
        "/i deas",
    };
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct res r = batch(kit, kit_path(kit, "{\"method\":\"GET\",\"path\":\"%s\"}", paths[i]));
        assert_status(r, 200);
        assert_json_int(r, "data.0.status", 400);
    }
    struct res r = batch(kit, "{\"method\":\"GET\\r\\nX: y\",\"path\":\"/ideas\"}");
    assert_json_int(r, "data.0.status", 400);
    r = batch(kit, "{\"method\":\"GET\",\"path\":\"/ideas\",\"headers\":"
                   "{\"If-Match\":\"1\\r\\nCookie: a=b\"}}");
    assert_json_int(r, "data.0.status", 400);
    r = batch(kit, "{\"method\":\"GET\",\"path\":\"/ideas\",\"headers\":{\"Cookie\":\"a\"}}");
    assert_status(r, 422);
}

static void it_ends(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    static const char *const broken[] = {
        "{\"operations\":[]}",
        "{\"operations\":{}}",
        "{\"operations\":\"[\"}",
        "{\"operations\":[1]}",
        "{\"operations\":[{\"method\":\"GET\"}]}",
        "{\"operations\":[{\"method\":\"GET\",\"path\":\"/ideas\",\"more\":1}]}",
        "{\"operations\":[{\"method\":\"POST\",\"path\":\"/ideas\",\"body\":[1]}]}",
        "{\"operations\":[{\"method\":\"GET\",\"path\":\"/ideas\",\"headers\":[]}]}",
        "{\"atomic\":\"perhaps\",\"operations\":[{\"method\":\"GET\",\"path\":\"/ideas\"}]}",
        "{}",
    };
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ana);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_status(post_json(kit, "/batch", broken[i]), 422);
    struct out o;
    out_init(&o, 1 << 20);
    for (int i = 0; i < 100; i++)
        out_fmt(&o, "%s{\"method\":\"GET\",\"path\":\"/ideas/%d\"}", i ? "," : "", i + 1000);
    const char *most = str_cstr(kit->arena, out_take(&o, kit->arena));
    assert_json_count(batch(kit, most), "data", 100);
    struct str more = str_fmt(kit->arena, "%s,{\"method\":\"GET\",\"path\":\"/ideas\"}", most);
    assert_status(batch(kit, more.p), 422);
    kit->app->options.batch_ms = -1;
    struct res late = batch(kit, make_idea(kit, &rooms, "Late"));
    assert_json_int(late, "data.0.status", 503);
    assert_json_str(late, "data.0.headers.Retry-After", "1");
    late = atomic(kit, make_idea(kit, &rooms, "Late"));
    assert_status(late, 422);
    assert_json_int(late, "answer.body.status", 503);
    assert_int_equal(ideas(kit), 0);
}

/* Each quote of a text is six bytes as HTML. */
static void so_do_its_answers(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct out o;
    out_init(&o, 1 << 20);
    out_fmt(&o, "{\"space\":%lld,\"title\":\"Quotes\",\"body\":\"", (long long)rooms.space);
    for (int i = 0; i < 30000; i++)
        out_lit(&o, "\\\"");
    out_lit(&o, "\"}");
    as(kit, rooms.ana);
    struct res made = post_json(kit, "/ideas", str_cstr(kit->arena, out_take(&o, kit->arena)));
    assert_status(made, 201);
    const char *path = str_cstr(kit->arena, res_head(made, "Location"));
    kit->app->options.batch_ms = 60000;
    out_init(&o, 1 << 20);
    out_fmt(&o, "%s", make_idea(kit, &rooms, "Not kept"));
    for (int i = 0; i < 60; i++)
        out_fmt(&o, ",{\"method\":\"GET\",\"path\":\"%s\"}", path);
    const char *much = str_cstr(kit->arena, out_take(&o, kit->arena));
    assert_status(batch(kit, much), 422);
    assert_int_equal(ideas(kit), 1);
}

static int64_t votes_left(struct kit *kit, struct res r)
{
    int64_t left = -1;
    struct str limit = res_head(r, "RateLimit");
    ptrdiff_t at = str_find_str(limit, S("r="));
    struct str number = at < 0 ? S("") : str_from(limit, (size_t)at + 2);
    struct str first = S("");
    str_split(&number, ';', &first);
    (void)kit;
    assert_true(str_int(first, &left));
    return left;
}

/* The writer is held until a request waits for it; behind that one stands a job that is undone
 * after it wrote: so the request is run twice. */
struct twice {
    struct store *store;
    struct store_job hold, undone;
    sem_t held, go, over;
    int runs;
    pthread_t thread;
};

static bool hold_run(struct store_job *job, struct db *db)
{
    struct twice *t = (struct twice *)((char *)job - offsetof(struct twice, hold));
    (void)db;
    sem_post(&t->held);
    while (sem_wait(&t->go) != 0) {
    }
    return false;
}

static bool undone_run(struct store_job *job, struct db *db)
{
    struct twice *t = (struct twice *)((char *)job - offsetof(struct twice, undone));
    t->runs++;
    db_exec(db, "UPDATE settings SET value = value WHERE name = 'secret'");
    return false;
}

static void hold_done(struct store_job *job, enum db_failure failure)
{
    (void)job, (void)failure;
}

static void undone_done(struct store_job *job, enum db_failure failure)
{
    (void)failure;
    sem_post(&((struct twice *)((char *)job - offsetof(struct twice, undone)))->over);
}

static void *twice_main(void *p)
{
    struct twice *t = p;
    struct store_stats stats = {0};
    while (stats.waiting[STORE_WRITE] == 0) {
        sched_yield();
        store_stats(t->store, &stats);
    }
    store_submit(t->store, STORE_WRITE, &t->undone);
    sem_post(&t->go);
    return NULL;
}

static void twice_begin(struct twice *t, struct store *store)
{
    *t = (struct twice){.store = store,
                        .hold = {.run = hold_run, .done = hold_done},
                        .undone = {.run = undone_run, .done = undone_done}};
    sem_init(&t->held, 0, 0);
    sem_init(&t->go, 0, 0);
    sem_init(&t->over, 0, 0);
    assert_true(store_submit(store, STORE_WRITE, &t->hold));
    while (sem_wait(&t->held) != 0) {
    }
    assert_int_equal(pthread_create(&t->thread, NULL, twice_main, t), 0);
}

static void twice_end(struct twice *t)
{
    pthread_join(t->thread, NULL);
    while (sem_wait(&t->over) != 0) {
    }
    assert_int_equal(t->runs, 2);
}

static void rates_hold_and_are_counted_once(void **state) /* RULE 6, inner RULE 1 */
{
    struct kit *kit = *state;
    kit->app->options.batch_ms = 60000; /* sanitizers are slow */
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    const char *path = kit_path(kit, "/ideas/%lld/votes", (long long)idea);
    const char *vote = kit_path(kit, "{\"method\":\"POST\",\"path\":\"%s\",\"body\":{}}", path);
    as(kit, rooms.ben);
    int64_t first = votes_left(kit, post_json(kit, path, "{}"));
    struct twice twice;
    twice_begin(&twice, kit->app->store);
    assert_json_int(batch(kit, vote), "data.0.status", 200);
    twice_end(&twice);
    assert_int_equal(votes_left(kit, post_json(kit, path, "{}")), first - 2);
    struct out o;
    out_init(&o, 1 << 20);
    for (int i = 0; i < 100; i++)
        out_fmt(&o, "%s%s", i ? "," : "", vote);
    const char *many = str_cstr(kit->arena, out_take(&o, kit->arena));
    assert_json_int(batch(kit, many), "data.99.status", 200);
    struct res r = batch(kit, many);
    assert_json_int(r, "data.99.status", 429);
    assert_true(str_has(r.body, S("\"Retry-After\":\"")));
}

static void what_is_sent_twice_is_made_once(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *one =
        kit_path(kit,
                 "{\"method\":\"POST\",\"path\":\"/ideas\",\"headers\":{\"Idempotency-Key\":\"k\"},"
                 "\"body\":{\"space\":%lld,\"title\":\"One\",\"body\":\"Lids\"}}",
                 (long long)rooms.space);
    as(kit, rooms.ana);
    struct res r = batch(kit, kit_path(kit, "%s,%s", one, one));
    assert_json_int(r, "data.1.status", 201);
    assert_json_str(r, "data.1.headers.Idempotent-Replayed", "true");
    assert_int_equal(ideas(kit), 1);
    kit_header(kit, "Idempotency-Key: whole");
    struct res first = batch(kit, make_idea(kit, &rooms, "Two"));
    kit_header(kit, "Idempotency-Key: whole");
    struct res second = batch(kit, make_idea(kit, &rooms, "Two"));
    assert_true(str_eq(first.body, second.body));
    assert_int_equal(ideas(kit), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(each_is_answered_as_by_itself),
        kit_test(who_may_not_by_itself_may_not_inside),
        kit_test(one_that_is_refused_keeps_nothing),
        kit_test(all_or_none),
        kit_test(a_failing_database_keeps_nothing),
        kit_test(what_is_no_plain_request_is_refused),
        kit_test(no_bytes_smuggle_a_request),
        kit_test(it_ends),
        kit_test(so_do_its_answers),
        kit_test(rates_hold_and_are_counted_once),
        kit_test(what_is_sent_twice_is_made_once),
    };
    return kit_run(tests);
}
