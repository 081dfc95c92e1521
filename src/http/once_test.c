/* once_test.c: proves the RULES of once.h, through comments and ideas. */
#include "http/once.h"

#include <pthread.h>

#include "test/rooms.h"

struct place {
    struct rooms rooms;
    int64_t idea;
    const char *comments; /* its address */
    struct str token;     /* Ben's */
};

static struct place place_make(struct kit *kit)
{
    struct place p = {.rooms = rooms_make(kit)};
    p.idea = idea_make(kit, &p.rooms, p.rooms.ana, "A lid");
    p.comments = kit_path(kit, "/ideas/%lld/comments", (long long)p.idea);
    p.token = kit_token(kit, p.rooms.ben, "read write");
    as(kit, NULL);
    return p;
}

static struct res send_key(struct kit *kit, const struct place *p, const char *key,
                           const char *path, const char *json)
{
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(p->token));
    kit_header(kit, "Idempotency-Key: %s", key);
    return post_json(kit, path, json);
}

static int64_t comments(struct kit *kit)
{
    return sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'comment'");
}

static void what_is_sent_twice_is_made_once(void **state) /* once RULE 1 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    struct res first = send_key(kit, &p, "\"a-1\"", p.comments, "{\"body\":\"Yes\"}");
    assert_status(first, 201);
    assert_header(first, "Idempotent-Replayed", NULL);
    uint64_t before = kit_fingerprint(kit);
    struct res again = send_key(kit, &p, "a-1", p.comments, "{\"body\":\"Yes\"}"); /* bare */
    assert_status(again, 201);
    assert_header(again, "Idempotent-Replayed", "true");
    assert_header(again, "Content-Type", "application/json");
    assert_true(str_eq(res_head(first, "Location"), res_head(again, "Location")));
    assert_true(str_eq(first.body, again.body));
    assert_int_equal(comments(kit), 1);
    assert_true(before == kit_fingerprint(kit));
    kit_reopen(kit);
    again = send_key(kit, &p, "a-1", p.comments, "{\"body\":\"Yes\"}");
    assert_true(str_eq(first.body, again.body));
    assert_status(send_key(kit, &p, "a-2", p.comments, "{\"body\":\"Yes\"}"), 201);
    assert_int_equal(comments(kit), 2);
}

static void a_key_is_its_persons_alone(void **state) /* once RULE 1 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    assert_status(send_key(kit, &p, "a", p.comments, "{\"body\":\"Yes\"}"), 201);
    p.token = kit_token(kit, p.rooms.ana, "write");
    struct res r = send_key(kit, &p, "a", p.comments, "{\"body\":\"Yes\"}");
    assert_status(r, 201);
    assert_header(r, "Idempotent-Replayed", NULL);
    assert_int_equal(comments(kit), 2);
}

/* ---- at the same time ---- */

enum { AT_ONCE = 8 };

struct sender {
    pthread_t thread;
    struct app *app;
    struct str raw, answer;
    struct arena *arena;
};

static void *sender_run(void *ctx)
{
    struct sender *s = ctx;
    s->answer = app_request(s->app, s->arena, s->raw);
    return NULL;
}

static void two_that_come_at_once_are_one(void **state) /* once RULE 1 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    static const char body[] = "{\"body\":\"All at once\"}";
    struct str raw =
        str_fmt(kit->arena,
                "POST %s HTTP/1.1\r\nHost: " KIT_HOST "\r\nAuthorization: Bearer " STR_FMT
                "\r\nIdempotency-Key: same\r\nContent-Type: application/json\r\n"
                "Content-Length: %zu\r\n\r\n%s",
                p.comments, STR_ARG(p.token), strlen(body), body);
    struct sender senders[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++) {
        senders[i] = (struct sender){.app = kit->app, .raw = raw, .arena = arena_new(1 << 20)};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, sender_run, &senders[i]), 0);
    }
    int made = 0, replayed = 0;
    for (int i = 0; i < AT_ONCE; i++) {
        pthread_join(senders[i].thread, NULL);
        made += str_starts(senders[i].answer, S("HTTP/1.1 201"));
        replayed += str_has(senders[i].answer, S("Idempotent-Replayed: true"));
        arena_free(senders[i].arena);
    }
    assert_int_equal(made, AT_ONCE);
    assert_int_equal(replayed, AT_ONCE - 1);
    assert_int_equal(comments(kit), 1);
}

/* ---- what is not the same ---- */

static void another_request_is_refused(void **state) /* once RULE 2 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    assert_status(send_key(kit, &p, "a", p.comments, "{\"body\":\"Yes\"}"), 201);
    struct res r = send_key(kit, &p, "a", p.comments, "{\"body\":\"No\"}");
    assert_status(r, 422);
    assert_header(r, "Content-Type", "application/problem+json");
    const char *votes = kit_path(kit, "/ideas/%lld/votes", (long long)p.idea);
    assert_status(send_key(kit, &p, "a", votes, "{\"body\":\"Yes\"}"), 422);
    assert_int_equal(comments(kit), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM votes"), 0);
}

static void what_was_refused_may_be_sent_again(void **state) /* once RULE 3 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    sql_run(kit, "UPDATE records SET deleted_at = 1 WHERE type = 'idea'");
    assert_status(send_key(kit, &p, "a", p.comments, "{\"body\":\"Yes\"}"), 404);
    assert_status(send_key(kit, &p, "b", p.comments, "{}"), 404);
    sql_run(kit, "UPDATE records SET deleted_at = NULL WHERE type = 'idea'");
    assert_status(send_key(kit, &p, "a", p.comments, "{\"body\":\"Yes\"}"), 201);
    assert_status(send_key(kit, &p, "b", p.comments, "{}"), 422);
    assert_status(send_key(kit, &p, "b", p.comments, "{\"body\":\"Yes\"}"), 201);
}

static void after_a_day_it_is_forgotten(void **state) /* once RULE 4 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    for (int i = 0; i < 5; i++)
        assert_status(send_key(kit, &p, kit_path(kit, "k%d", i), p.comments, "{\"body\":\"Yes\"}"),
                      201);
    kit_pass(kit, CLOCK_DAY - 1);
    assert_header(send_key(kit, &p, "k0", p.comments, "{\"body\":\"Yes\"}"), "Idempotent-Replayed",
                  "true");
    kit_pass(kit, 2);
    struct res r = send_key(kit, &p, "k0", p.comments, "{\"body\":\"Other\"}");
    assert_status(r, 201);
    assert_header(r, "Idempotent-Replayed", NULL);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM once"), 1);
}

static void credentials_are_not_kept(void **state) /* once RULE 5 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    as(kit, p.rooms.ben);
    kit_header(kit, "Idempotency-Key: a");
    struct res r = post_json(kit, "/account/tokens", "{\"name\":\"x\",\"scopes\":[\"read\"]}");
    assert_status(r, 400);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM once"), 0);
    r = post_json(kit, "/account/tokens", "{\"name\":\"x\",\"scopes\":[\"read\"]}");
    assert_status(r, 201);
}

static void keys_that_are_none(void **state)
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    char longest[ONCE_KEY_MAX + 2];
    memset(longest, 'k', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    const char *const keys[] = {"\"\"", "two words", longest, "\xc3\xa9"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_status(send_key(kit, &p, keys[i], p.comments, "{\"body\":\"Yes\"}"), 400);
    assert_int_equal(comments(kit), 0);
    assert_status(send_key(kit, &p, longest + 1, p.comments, "{\"body\":\"Yes\"}"), 201);
}

/* The answer is there if and only if the change is. */
static void a_failing_statement_leaves_nothing(void **state) /* once RULE 1 */
{
    struct kit *kit = *state;
    struct place p = place_make(kit);
    as(kit, p.rooms.ben);
    kit_fail_sweep(kit, "POST", p.comments, "body=Yes", "Idempotency-Key: a");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM once"), 1);
    assert_int_equal(comments(kit), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_is_sent_twice_is_made_once),    kit_test(a_key_is_its_persons_alone),
        kit_test(two_that_come_at_once_are_one),      kit_test(another_request_is_refused),
        kit_test(what_was_refused_may_be_sent_again), kit_test(after_a_day_it_is_forgotten),
        kit_test(credentials_are_not_kept),           kit_test(keys_that_are_none),
        kit_test(a_failing_statement_leaves_nothing),
    };
    return kit_run(tests);
}
