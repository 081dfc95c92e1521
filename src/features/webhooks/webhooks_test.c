/* webhooks_test.c: proves the RULES of webhooks.h, hook_post.h and hook_sign.h against a receiver
 * of few words on the loopback. */
#include "features/webhooks/webhooks.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "features/webhooks/hook_kit.h"
#include "features/webhooks/hook_post.h"
#include "features/webhooks/hook_sign.h"
#include "test/rooms.h"

static struct hook_kit receiver;

static struct rooms begin(struct kit *kit)
{
    struct rooms rooms = rooms_make(kit);
    hook_kit_start(&receiver);
    kit->app->options.webhook_private = true;
    kit->app->options.webhook_timeout_ms = 1000;
    kit->app->options.base_url = "http://hub.test";
    as(kit, rooms.staff);
    return rooms;
}

/* Of who speaks; gives its id. `events` and the path as JSON text. */
static int64_t hook_make(struct kit *kit, const char *path, const char *events, struct str *secret)
{
    struct res r = post_json(kit, "/webhooks",
                             kit_path(kit,
                                      "{\"name\":\"A program\",\"url\":\"%s%s\","
                                      "\"events\":\"%s\"}",
                                      receiver.url, path, events));
    assert_status(r, 201);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL), *data = json_object_get(root, "data");
    int64_t id = json_integer_value(json_object_get(data, "id"));
    struct str made =
        str_dup(kit->arena, str_of(json_string_value(json_object_get(data, "secret"))));
    json_decref(root);
    assert_true(id > 0 && str_starts(made, S("whsec_")));
    if (secret)
        *secret = made;
    return id;
}

static void pass(struct kit *kit, int64_t us)
{
    kit_pass(kit, us);
    kit_settle(kit);
}

static struct str column(struct kit *kit, const char *what)
{
    return sql_str(kit, kit_path(kit, "SELECT %s FROM deliveries ORDER BY id DESC LIMIT 1", what));
}

static int64_t number(struct kit *kit, const char *what)
{
    return sql_int(kit, kit_path(kit, "SELECT %s FROM deliveries ORDER BY id DESC LIMIT 1", what));
}

static void assert_state(struct kit *kit, const char *want)
{
    struct str got = column(kit, "state");
    if (!str_is(got, want))
        fail_msg("the delivery is " STR_FMT " instead of %s: " STR_FMT, STR_ARG(got), want,
                 STR_ARG(column(kit, "answer")));
}

/* ---- signatures ---- */

/* Independent of the program: OpenSSL's HMAC and base64. */
static struct str expected(struct kit *kit, struct str secret, int i)
{
    unsigned char key[64], mac[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
    unsigned mac_n = 0;
    struct str coded = str_from(secret, 6);
    int key_n = EVP_DecodeBlock(key, (const unsigned char *)coded.p, (int)coded.n);
    while (coded.n && coded.p[coded.n - 1] == '=')
        coded.n--, key_n--;
    struct str body = hook_body(&receiver, i), id = hook_header(&receiver, i, "webhook-id"),
               at = hook_header(&receiver, i, "webhook-timestamp");
    struct str message = str_fmt(kit->arena, STR_FMT "." STR_FMT "." STR_FMT, STR_ARG(id),
                                 STR_ARG(at), STR_ARG(body));
    HMAC(EVP_sha256(), key, key_n, (const unsigned char *)message.p, message.n, mac, &mac_n);
    EVP_EncodeBlock(text, mac, (int)mac_n);
    return str_fmt(kit->arena, "v1,%s", (char *)text);
}

static void signatures_are_those_of_the_standard(void **state) /* hook_sign RULE 1 */
{
    struct kit *kit = *state;
    struct str secret = S("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
               sign = hook_sign(kit->arena, secret, S("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                                S("{\"test\": 2432232314}"));
    assert_true(str_is(sign, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    assert_false(str_eq(hook_secret_make(kit->arena), hook_secret_make(kit->arena)));
    assert_true(hook_sign(kit->arena, S(""), S("a"), 1, S("b")).n == 0);
}

static void each_secret_that_is_good_signs(void **state) /* RULE 4, RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    struct str first, second, both;
    int64_t hook = hook_make(kit, "/ok", "idea.create", &first);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_int_equal(hooks_received(&receiver), 1);
    assert_true(str_eq(hook_header(&receiver, 0, "webhook-signature"), expected(kit, first, 0)));
    int64_t seconds = 0;
    assert_true(str_int(hook_header(&receiver, 0, "webhook-timestamp"), &seconds));
    assert_true(seconds == kit->now / CLOCK_SECOND);
    struct res r = post_json(kit, kit_path(kit, "/webhooks/%lld/secrets", (long long)hook), "{}");
    assert_status(r, 201);
    second = sql_str(kit, "SELECT secret FROM hooks");
    assert_json_str(r, "data.secret", str_cstr(kit->arena, second));
    assert_false(str_eq(first, second));
    idea_make(kit, &rooms, rooms.ana, "Another");
    both = str_fmt(kit->arena, STR_FMT " " STR_FMT, STR_ARG(expected(kit, second, 1)),
                   STR_ARG(expected(kit, first, 1)));
    assert_true(str_eq(hook_header(&receiver, 1, "webhook-signature"), both));
    kit_pass(kit, CLOCK_DAY + 1);
    idea_make(kit, &rooms, rooms.ana, "A third");
    assert_true(str_eq(hook_header(&receiver, 2, "webhook-signature"), expected(kit, second, 2)));
    assert_has_not(get_json(kit, kit_path(kit, "/webhooks/%lld", (long long)hook)), "whsec_");
    assert_has_not(get(kit, kit_path(kit, "/webhooks/%lld", (long long)hook)), "whsec_");
    assert_has_not(get_json(kit, "/webhooks"), "whsec_");
    kit_header(kit, "Idempotency-Key: k"); /* no answer with a secret is kept */
    assert_status(post_json(kit, kit_path(kit, "/webhooks/%lld/secrets", (long long)hook), "{}"),
                  400);
    hook_kit_end(&receiver);
}

/* ---- who, and what ---- */

static void a_hook_is_its_owners(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    const char *made = kit_path(kit, "/webhooks/%lld", (long long)hook_make(kit, "/ok", "", NULL));
    idea_make(kit, &rooms, rooms.ana, "A lid");
    const char *log = kit_path(kit, "%s/deliveries", made);
    const char *one = kit_path(kit, "%s/%lld", log, (long long)number(kit, "id"));
    assert_json_str(get_json(kit, log), "data.0.event", "idea.create");
    assert_has(get(kit, one), "A lid");
    assert_has(get_json(kit, kit_path(kit, "%s?state=failed", log)), "\"data\":[]");
    assert_has(get_json(kit, kit_path(kit, "%s?event=idea.update", log)), "\"data\":[]");
    assert_status(get_json(kit, kit_path(kit, "%s?state=lost", log)), 400);
    struct person_kit *others[] = {kit_person(kit, "stan", ROLE_STAFF),
                                   kit_person(kit, "ada", ROLE_ADMINISTRATOR)};
    for (size_t i = 0; i < 2; i++) {
        as(kit, others[i]);
        assert_json_count(get_json(kit, "/webhooks"), "data", i);
        const char *paths[] = {made, log, one};
        for (size_t k = 0; k < 3; k++)
            assert_status(get_json(kit, paths[k]), 404);
        assert_status(patch_json(kit, made, "{\"active\":\"no\"}"), 404);
        assert_status(post_json(kit, kit_path(kit, "%s/secrets", made), "{}"), 404);
        assert_status(post_json(kit, kit_path(kit, "%s/pings", made), "{}"), 404);
        assert_status(post_json(kit, kit_path(kit, "%s/resendings", one), "{}"), 404);
    }
    as(kit, rooms.ana);
    assert_status(get_json(kit, "/webhooks"), 403);
    as(kit, others[0]);
    assert_status(del(kit, made), 404);
    as(kit, others[1]);
    assert_has(get(kit, "/webhooks"), "A program");
    assert_status(del(kit, made), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deliveries"), 0);
    hook_kit_end(&receiver);
}

static json_t *member(struct str text, const char *name)
{
    json_t *root = json_loadb(text.p, text.n, 0, NULL), *one = json_object_get(root, name);
    json_incref(one);
    json_decref(root);
    return one;
}

static void data_is_what_the_api_gives(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    hook_make(kit, "/ok", "idea comment topic space person deal", NULL);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    const char *path = kit_path(kit, "/ideas/%lld", (long long)idea);
    json_t *told = member(hook_body(&receiver, 0), "data"),
           *api = member(get_json(kit, path).body, "data");
    assert_non_null(api);
    assert_true(json_equal(told, api));
    json_decref(told);
    json_decref(api);
    struct res head = {.body = hook_body(&receiver, 0), .kit = kit};
    assert_json_str(head, "type", "idea.create");
    assert_json_str(head, "timestamp", "2027-01-01T00:00:00Z");
    assert_json_int(head, "actor_id", rooms.ana->id);
    assert_true(str_is(hook_header(&receiver, 0, "content-type"), "application/json"));
    as(kit, rooms.ben);
    struct res made =
        post_json(kit, kit_path(kit, "%s/comments", path), "{\"body\":\"Why *that*?\"}");
    told = member(hook_body(&receiver, 1), "data");
    api = member(made.body, "data");
    assert_true(json_equal(told, api));
    json_decref(told);
    json_decref(api);
    topic_make(kit, &rooms, rooms.ana, "Which lid?");
    head.body = hook_body(&receiver, 2);
    assert_json_str(head, "data.title", "Which lid?");
    as(kit, rooms.ana);
    assert_status(del(kit, path), 303);
    head.body = hook_body(&receiver, 3);
    assert_json_str(head, "type", "idea.delete");
    assert_json_int(head, "data.id", idea);
    assert_has(head, "\"deleted\":true}");
    assert_has_not(head, "lid");
    int n = hooks_received(&receiver);
    as(kit, rooms.staff);
    space_make(kit, &rooms, "Garden", "anyone", "public");
    head.body = hook_body(&receiver, n);
    assert_json_str(head, "type", "space.create");
    assert_json_str(head, "data.title", "Garden");
    as(kit, rooms.staff); /* a type of fields */
    made = post_json(kit, "/deals",
                     "{\"title\":\"Grinders\",\"pipeline\":\"sales\","
                     "\"stage\":\"new\",\"amount\":\"1200.50 NOK\"}");
    assert_status(made, 201);
    n = hooks_received(&receiver) - 1;
    told = member(hook_body(&receiver, n), "data");
    api = member(get_json(kit, str_cstr(kit->arena, res_head(made, "Location"))).body, "data");
    assert_true(api && json_equal(told, api));
    json_decref(told);
    json_decref(api);
    hook_kit_end(&receiver);
}

static void only_what_is_wanted(void **state) /* RULE 10 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    int64_t garden = space_make(kit, &rooms, "Garden", "anyone", "public"),
            hook = hook_make(kit, "/ok", "idea.create *.delete", NULL);
    const char *path = kit_path(kit, "/webhooks/%lld", (long long)hook);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    comment_make(kit, rooms.ben, idea, "Why?");
    assert_int_equal(hooks_received(&receiver), 1);
    as(kit, rooms.staff);
    assert_status(patch_json(kit, path, kit_path(kit, "{\"space\":%lld}", (long long)garden)), 200);
    idea_make(kit, &rooms, rooms.ana, "Elsewhere");
    idea_in(kit, garden, rooms.staff, "Here");
    assert_int_equal(hooks_received(&receiver), 2);
    assert_true(str_has(hook_body(&receiver, 1), S("Here")));
    as(kit, rooms.staff);
    assert_status(patch_json(kit, path, "{\"active\":\"no\"}"), 200);
    idea_in(kit, garden, rooms.staff, "While it is off");
    as(kit, rooms.staff);
    assert_status(patch_json(kit, path, "{\"active\":\"yes\"}"), 200);
    assert_int_equal(hooks_received(&receiver), 2);
    sql_run(kit, kit_path(kit,
                          "INSERT INTO activities (at, actor_id, verb, type, record_id, root_id,"
                          " space_id, audience, quiet) SELECT at, actor_id, verb, type, record_id,"
                          " root_id, space_id, audience, 1 FROM activities WHERE record_id = %lld",
                          (long long)idea));
    kit_reopen(kit);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deliveries"), 2);
    static const char *const broken[][2] = {
        {"{\"name\":\"\"}", "errors.name"},
        {"{\"events\":\"moon\"}", "errors.events"},
        {"{\"url\":\"ftp://127.0.0.1/\"}", "errors.url"},
        {"{\"url\":\"http://a:b@127.0.0.1/\"}", "errors.url"},
        {"{\"space\":999999}", "errors.space"},
        {"{\"active\":\"perhaps\"}", "errors.active"},
    };
    as(kit, rooms.staff);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct res r = patch_json(kit, path, broken[i][0]);
        assert_status(r, 422);
        assert_has(r, strchr(broken[i][1], '.') + 1);
    }
    hook_kit_end(&receiver);
}

static void it_tells_what_its_owner_may_see(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    int64_t hidden = space_make(kit, &rooms, "Back room", "request", "space");
    struct person_kit *stan = kit_person(kit, "stan", ROLE_STAFF);
    as(kit, stan);
    hook_make(kit, "/status", "idea comment", NULL);
    idea_in(kit, hidden, rooms.staff, "A secret lid");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deliveries"), 0);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_int_equal(hooks_received(&receiver), 1);
    assert_state(kit, "waiting");
    sql_run(kit, kit_path(kit, "UPDATE records SET audience = 5 WHERE id = %lld", (long long)idea));
    kit->unsound = true; /* done behind the program's back */
    receiver.status = 200;
    pass(kit, CLOCK_MINUTE);
    assert_int_equal(hooks_received(&receiver), 1);
    assert_state(kit, "withheld");
    assert_true(column(kit, "body").n == 0);
    receiver.status = 500;
    idea = idea_make(kit, &rooms, rooms.ana, "Another lid");
    assert_int_equal(hooks_received(&receiver), 2);
    sql_run(kit, kit_path(kit, "UPDATE accounts SET role = 1 WHERE person_id = %lld",
                          (long long)stan->id));
    receiver.status = 200;
    pass(kit, CLOCK_MINUTE);
    assert_state(kit, "withheld");
    idea_make(kit, &rooms, rooms.ana, "A third lid");
    assert_int_equal(hooks_received(&receiver), 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deliveries"), 2);
    hook_kit_end(&receiver);
}

static void what_a_role_hides_no_hook_tells(void **state) /* RULE 2, RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    struct person_kit *stan = kit_person(kit, "stan", ROLE_STAFF);
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    struct str id = kit_json(post_json(kit, "/roles", "{\"name\":\"Sales\"}"), "data.id");
    const char *role = kit_path(kit, "/roles/" STR_FMT, STR_ARG(id));
    assert_status(put_json(kit, kit_path(kit, "%s/types/deal", role),
                           "{\"sees\":\"owner\",\"changes\":\"owner\"}"),
                  200);
    assert_status(
        put_json(kit, kit_path(kit, "%s/types/deal/fields/amount", role), "{\"may\":\"hidden\"}"),
        200);
    assert_status(post_json(kit, kit_path(kit, "%s/people", role),
                            kit_path(kit, "{\"person\":%lld}", (long long)stan->id)),
                  201);
    as(kit, stan);
    hook_make(kit, "/ok", "deal", NULL);
    as(kit, rooms.staff);
    static const char deal[] = "{\"title\":\"%s\",\"pipeline\":\"sales\",\"stage\":\"new\","
                               "\"amount\":\"1200.50 NOK\",\"owner\":%s}";
    assert_status(post_json(kit, "/deals", kit_path(kit, deal, "Theirs", "null")), 201);
    assert_int_equal(hooks_received(&receiver), 0);
    const char *owner = kit_path(kit, "%lld", (long long)stan->id);
    assert_status(post_json(kit, "/deals", kit_path(kit, deal, "Mine", owner)), 201);
    assert_true(hooks_received(&receiver) > 0);
    for (int i = 0; i < hooks_received(&receiver); i++) {
        struct res told = {.body = hook_body(&receiver, i), .kit = kit};
        assert_json_str(told, "data.title", "Mine");
        assert_has_not(told, "amount");
        assert_has_not(told, "1200");
    }
    hook_kit_end(&receiver);
}

/* ---- failing ---- */

static void what_fails_is_tried_again(void **state) /* RULE 7 */
{
    struct kit *kit = *state;
    static const int64_t pauses[] = {5 * CLOCK_SECOND, CLOCK_MINUTE,   10 * CLOCK_MINUTE,
                                     CLOCK_HOUR,       6 * CLOCK_HOUR, CLOCK_DAY};
    struct rooms rooms = begin(kit);
    hook_make(kit, "/fail", "idea.create", NULL);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    for (int i = 0; i < 6; i++) {
        assert_int_equal(hooks_received(&receiver), i + 1);
        assert_state(kit, "waiting");
        assert_true(number(kit, "due_at") == kit->now + pauses[i]);
        pass(kit, pauses[i] - 1);
        assert_int_equal(hooks_received(&receiver), i + 1);
        pass(kit, 1);
    }
    assert_int_equal(hooks_received(&receiver), 7);
    assert_state(kit, "failed");
    assert_int_equal(number(kit, "tries"), 7);
    assert_int_equal(number(kit, "status"), 500);
    assert_true(str_is(column(kit, "answer"), "no"));
    for (int i = 1; i < 7; i++)
        assert_true(str_eq(hook_header(&receiver, 0, "webhook-id"),
                           hook_header(&receiver, i, "webhook-id")));
    pass(kit, 2 * CLOCK_DAY);
    assert_int_equal(hooks_received(&receiver), 7);
    hook_kit_end(&receiver);
}

static void every_answer_is_understood(
    void **state) /* RULE 7, hook_post RULE 3, hook_post RULE 4 */
{
    struct kit *kit = *state;
    static const struct {
        const char *path, *state, *answer;
        int64_t status, pause;
    } cases[] = {
        {"/ok", "delivered", "taken", 200, 0},
        {"/later", "waiting", "no", 503, 2 * CLOCK_HOUR},
        {"/moved", "waiting", "no", 302, 5 * CLOCK_SECOND},
        {"/broken", "waiting", "", 0, 5 * CLOCK_SECOND},
        {"/slow", "waiting", "", 0, 5 * CLOCK_SECOND},
        {"/long", "delivered", "0123456789", 200, 0},
    };
    struct rooms rooms = begin(kit);
    int64_t hook = hook_make(kit, "/ok", "idea.create", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        as(kit, rooms.staff);
        assert_status(patch_json(kit, kit_path(kit, "/webhooks/%lld", (long long)hook),
                                 kit_path(kit, "{\"url\":\"%s%s\"}", receiver.url, cases[i].path)),
                      200);
        idea_make(kit, &rooms, rooms.ana, kit_path(kit, "Lid %d", (int)i));
        assert_int_equal(hooks_received(&receiver), i + 1); /* no redirect is followed */
        assert_state(kit, cases[i].state);
        assert_int_equal(number(kit, "status"), cases[i].status);
        struct str answer = column(kit, "answer");
        assert_true(answer.n > 0 && answer.n <= DELIVERY_ANSWER &&
                    str_starts(answer, str_of(cases[i].answer)));
        if (cases[i].pause)
            assert_true(number(kit, "due_at") == kit->now + cases[i].pause);
        sql_run(kit, "UPDATE deliveries SET state = 'failed' WHERE state = 'waiting'");
    }
    hook_kit_end(&receiver);
}

static void what_keeps_failing_is_switched_off(void **state) /* RULE 8, RULE 12 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    int64_t hook = hook_make(kit, "/gone", "idea.create", NULL);
    const char *path = kit_path(kit, "/webhooks/%lld", (long long)hook);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_state(kit, "failed");
    assert_int_equal(sql_int(kit, "SELECT active FROM hooks"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'webhook-off'"
                                  " AND address = 'sam@example.org' AND body LIKE '%410 Gone%'"),
                     1);
    assert_has(get(kit, path), "410 Gone");
    idea_make(kit, &rooms, rooms.ana, "Another");
    assert_int_equal(hooks_received(&receiver), 1);
    assert_status(
        patch_json(kit, path,
                   kit_path(kit, "{\"active\":\"yes\",\"url\":\"%s/status\"}", receiver.url)),
        200);
    assert_json_str(get_json(kit, path), "data.why", "");
    for (int day = 0; day < 3; day++) { /* a success in between begins anew */
        receiver.status = day == 1 ? 200 : 500;
        idea_make(kit, &rooms, rooms.ana, kit_path(kit, "Day %d", day));
        sql_run(kit, "UPDATE deliveries SET state = 'failed' WHERE state = 'waiting'");
        assert_int_equal(sql_int(kit, "SELECT active FROM hooks"), 1);
        pass(kit, 2 * CLOCK_DAY);
    }
    idea_make(kit, &rooms, rooms.ana, "Two days later");
    assert_int_equal(sql_int(kit, "SELECT active FROM hooks"), 1);
    sql_run(kit, "UPDATE deliveries SET state = 'failed' WHERE state = 'waiting'");
    pass(kit, CLOCK_DAY);
    idea_make(kit, &rooms, rooms.ana, "Three days later");
    assert_int_equal(sql_int(kit, "SELECT active FROM hooks"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE kind = 'webhook-off'"
                                  " AND body LIKE '%three days%'"),
                     1);
    hook_kit_end(&receiver);
}

struct heard {
    struct arena *arena;
    int off, failed;
};

static void hear(void *ctx, const struct failure *f)
{
    struct heard *h = ctx;
    assert_true(str_is(f->kind, "A program") && f->why.n && f->advice);
    h->off += strcmp(f->what, "webhooks switched off") == 0;
    h->failed += strcmp(f->what, "webhook deliveries failed") == 0 ? (int)f->count : 0;
}

static bool hear_run(struct db *db, void *ctx)
{
    hooks_failures(db, ((struct heard *)ctx)->arena, hear, ctx);
    return true;
}

static void the_doctor_is_told_and_all_is_forgotten(void **state) /* RULE 11, RULE 12 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    struct heard heard = {.arena = kit->arena};
    hook_make(kit, "/gone", "idea.create", NULL);
    store_run(kit->app->store, STORE_READ, hear_run, &heard);
    assert_int_equal(heard.off + heard.failed, 0);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    store_run(kit->app->store, STORE_READ, hear_run, &heard);
    assert_int_equal(heard.off, 1);
    assert_int_equal(heard.failed, 1);
    pass(kit, 30 * CLOCK_DAY - CLOCK_HOUR);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deliveries"), 1);
    pass(kit, CLOCK_HOUR);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM deliveries"), 0);
    hook_kit_end(&receiver);
}

/* ---- again ---- */

static void sent_again_on_demand(void **state) /* RULE 9 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    idea_make(kit, &rooms, rooms.ana, "Long before");
    kit_pass(kit, CLOCK_DAY);
    idea_make(kit, &rooms, rooms.ana, "Before");
    int64_t hook = hook_make(kit, "/ok", "idea.create", NULL);
    const char *path = kit_path(kit, "/webhooks/%lld", (long long)hook);
    idea_make(kit, &rooms, rooms.ana, "After");
    assert_int_equal(hooks_received(&receiver), 1);
    const char *one =
        kit_path(kit, "%s/deliveries/%lld/resendings", path, (long long)number(kit, "id"));
    assert_status(post_json(kit, one, "{}"), 200);
    assert_int_equal(hooks_received(&receiver), 2);
    assert_true(
        str_eq(hook_header(&receiver, 0, "webhook-id"), hook_header(&receiver, 1, "webhook-id")));
    assert_int_equal(number(kit, "tries"), 1);
    const char *again = kit_path(kit, "%s/replays", path);
    assert_status(post_json(kit, again, "{\"since\":\"2027-01-02\"}"), 200);
    assert_int_equal(hooks_received(&receiver), 4); /* "Before" and "After" */
    assert_true(str_has(hook_body(&receiver, 2), S("Before")));
    assert_true(
        str_eq(hook_header(&receiver, 0, "webhook-id"), hook_header(&receiver, 3, "webhook-id")));
    assert_int_equal(sql_int(kit, "SELECT replay_to FROM hooks"), 0);
    assert_status(post(kit, again, "since=2026-12-31T12:00"), 303);
    assert_int_equal(hooks_received(&receiver), 7);
    static const char *const broken[] = {"yesterday", "2020-01-01", "2030-01-01", ""};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_status(post_json(kit, again, kit_path(kit, "{\"since\":\"%s\"}", broken[i])), 422);
    assert_status(patch_json(kit, path, "{\"active\":\"no\"}"), 200);
    assert_status(post_json(kit, kit_path(kit, "%s/pings", path), "{}"), 200);
    assert_int_equal(hooks_received(&receiver), 8);
    assert_true(str_has(hook_body(&receiver, 7), S("{\"type\":\"ping\",")));
    assert_state(kit, "delivered");
    assert_status(patch_json(kit, path, kit_path(kit, "{\"url\":\"%s/gone\"}", receiver.url)), 200);
    assert_status(post_json(kit, kit_path(kit, "%s/pings", path), "{}"), 200);
    assert_state(kit, "failed"); /* at once */
    assert_int_equal(sql_int(kit, "SELECT failing_since FROM hooks"), 0);
    hook_kit_end(&receiver);
}

/* ---- places inside ---- */

static void places_inside_are_known(void **state) /* hook_post RULE 2 */
{
    static const struct {
        const char *address;
        bool inside;
    } cases[] = {
        {"127.0.0.1", true},
        {"127.255.0.9", true},
        {"10.1.2.3", true},
        {"172.16.0.1", true},
        {"172.31.255.255", true},
        {"172.32.0.1", false},
        {"192.168.0.1", true},
        {"169.254.169.254", true},
        {"100.64.0.1", true},
        {"100.128.0.1", false},
        {"0.0.0.0", true},
        {"224.0.0.1", true},
        {"255.255.255.255", true},
        {"198.18.0.1", true},
        {"8.8.8.8", false},
        {"93.184.216.34", false},
        {"::1", true},
        {"::", true},
        {"fe80::1", true},
        {"fd00:ec2::254", true},
        {"fc00::1", true},
        {"ff02::1", true},
        {"::ffff:127.0.0.1", true},
        {"::ffff:8.8.8.8", false},
        {"64:ff9b::10.0.0.1", true},
        {"64:ff9b::8.8.8.8", false},
        {"64:ff9b:1::1", true},
        {"2002:7f00:1::1", true},
        {"2002:808:808::1", false},
        {"2001:db8::1", true},
        {"2001::1", true},
        {"2606:4700::1111", false},
        {"::127.0.0.1", true},
        {"fec0::1", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        bool is4 = inet_pton(AF_INET, cases[i].address, &v4.sin_addr) == 1;
        assert_true(is4 || inet_pton(AF_INET6, cases[i].address, &v6.sin6_addr) == 1);
        if (hook_inside(is4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6) != cases[i].inside)
            fail_msg("%s", cases[i].address);
    }
    struct sockaddr other = {.sa_family = AF_UNIX};
    assert_true(hook_inside(&other));
}

static void no_hook_leads_inside(void **state) /* RULE 6, hook_post RULE 1, hook_post RULE 2 */
{
    struct kit *kit = *state;
    static const char *const refused[] = {
        "http://hooks.example.net/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/x",
        "https://169.254.169.254/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://a@example.net/",
        "ftp://example.net/",
        "https://",
        "file:///etc/passwd",
        "//example.net",
    };
    struct rooms rooms = begin(kit);
    kit->app->options.webhook_private = false;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct res r = post_json(kit, "/webhooks",
                                 kit_path(kit, "{\"name\":\"x\",\"url\":\"%s\"}", refused[i]));
        if (r.status != 422)
            kit_wrong(r, __FILE__, __LINE__, "%s", refused[i]);
    }
    /* A name that leads inside is found out when it is used. */
    assert_status(post_json(kit, "/webhooks",
                            "{\"name\":\"x\",\"url\":\"https://hub.localhost:1/\","
                            "\"events\":\"idea.create\"}"),
                  201);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_state(kit, "waiting");
    assert_true(str_starts(column(kit, "answer"), S("The address leads to a place inside")));
    sql_run(kit, kit_path(kit, "UPDATE hooks SET url = '%s/ok'", receiver.url));
    pass(kit, CLOCK_MINUTE);
    assert_int_equal(hooks_received(&receiver), 0); /* http is not even spoken */
    /* Where places inside are allowed, http goes nowhere else. */
    struct hook_poster_options options = {.inside = true, .timeout_ms = 1000};
    struct hook_request request = {
        .url = S("http://8.8.8.8/"), .body = S("{}"), .id = S("a"), .signatures = S("b")};
    struct hook_answer answer;
    hook_post(hook_poster_open(kit->arena, &options), kit->arena, &request, &answer);
    assert_int_equal(answer.status, 0);
    assert_true(str_is(answer.text, "Only places inside are told by http."));
    hook_kit_end(&receiver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(signatures_are_those_of_the_standard),
        kit_test(each_secret_that_is_good_signs),
        kit_test(a_hook_is_its_owners),
        kit_test(data_is_what_the_api_gives),
        kit_test(only_what_is_wanted),
        kit_test(it_tells_what_its_owner_may_see),
        kit_test(what_a_role_hides_no_hook_tells),
        kit_test(what_fails_is_tried_again),
        kit_test(every_answer_is_understood),
        kit_test(what_keeps_failing_is_switched_off),
        kit_test(the_doctor_is_told_and_all_is_forgotten),
        kit_test(sent_again_on_demand),
        kit_test(places_inside_are_known),
        kit_test(no_hook_leads_inside),
    };
    return kit_run(tests);
}
