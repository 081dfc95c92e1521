/* kit_test.c: the test kit itself, on a feature that exists only here. */
#include <stdio.h>
#include <unistd.h>

#include "test/kit.h"

/* ---- the feature: notes in table settings ---- */

static int say(struct req *rq, int status, struct str text)
{
    rq->content_type = S("text/html; charset=utf-8");
    out_str(&rq->out, text);
    return rq->status = status;
}

static int notes_show(struct req *rq)
{
    struct str note = db_get_str(rq->db, rq->arena, "SELECT value FROM settings WHERE name = ?1",
                                 T(req_param(rq, "name")));
    if (!note.p)
        return not_found(rq);
    if (rq->face != FACE_JSON)
        return say(rq, 200, note);
    rq->content_type = S("application/json");
    struct json j = json_to(&rq->out);
    json_open(&j, '{');
    json_key(&j, "data");
    json_open(&j, '[');
    json_str(&j, note);
    json_int(&j, rq->viewer.id);
    json_nil(&j);
    json_close(&j, ']');
    json_close(&j, '}');
    return rq->status = 200;
}

static int notes_create(struct req *rq)
{
    struct str name = req_field(rq, "name");
    db_exec(rq->db, "DELETE FROM settings WHERE name = ?1", T(name));
    db_exec(rq->db, "INSERT INTO settings (name, value) VALUES (?1, ?2)", T(name),
            T(req_field(rq, "value")));
    db_exec(rq->db, "INSERT INTO tags (name) VALUES (?1)",
            T(str_fmt(rq->arena, "tag of %.*s", (int)name.n, name.p)));
    return redirect(rq, "/notes/" STR_FMT, STR_ARG(name));
}

static int whoami(struct req *rq)
{
    return say(rq, 200, rq->viewer.id ? rq->viewer.handle : S("guest"));
}

static const struct route routes[] = {{GET, "/notes/:name", notes_show, ANYONE},
                                      {POST, "/notes", notes_create, ANYONE, .rate = PER_HOUR(3)},
                                      {GET, "/whoami", whoami, ANYONE},
                                      {GET, "/staff", whoami, STAFF},
                                      {0}};

static const struct feature notes_feature = {.name = "notes", .routes = routes};
const struct feature *const features[] = {&notes_feature, NULL};

/* ---- the promises ---- */

static char earlier[64];

static void a_hub_is_left_full(void **state) /* RULE 1, with the next one */
{
    struct kit *kit = *state;
    assert_int_equal(clock_now(), KIT_NOW);
    snprintf(earlier, sizeof earlier, "%s", kit->data);
    kit_pass(kit, CLOCK_HOUR);
    assert_int_equal(clock_now(), KIT_NOW + CLOCK_HOUR);
    sql_run(kit, "INSERT INTO settings (name, value) VALUES ('left', 'over')");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM settings WHERE name = 'left'"), 1);
}

static void a_hub_is_found_empty(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    assert_int_equal(clock_now(), KIT_NOW);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM settings WHERE name = 'left'"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM people"), 0);
    assert_int_equal(sql_int(kit, "SELECT id FROM people"), -1);
}

static void people_are_themselves(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *alice = kit_person(kit, "alice", ROLE_MEMBER);
    assert_ptr_equal(kit_person(kit, "alice", ROLE_MEMBER), alice);
    struct person_kit *sam = kit_person(kit, "sam", ROLE_STAFF);
    assert_int_not_equal(alice->id, sam->id);

    assert_has(get(kit, "/whoami"), "guest");
    as(kit, alice);
    assert_has(get(kit, "/whoami"), "alice");
    assert_status(get(kit, "/staff"), 403);
    as(kit, sam);
    assert_has_not(get(kit, "/staff"), "alice");
    assert_status(get(kit, "/staff"), 200);
    as(kit, NULL);
    kit_header(kit, "Authorization: Bearer %s", kit_token(kit, sam, "read").p);
    assert_has(get(kit, "/whoami"), "sam");
    assert_has(get(kit, "/whoami"), "guest");
}

static void changes_carry_the_token(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "alice", ROLE_MEMBER));
    struct res r = post(kit, "/notes", "name=a&value=1+%3C+2");
    assert_status(r, 303);
    assert_header(r, "Location", "/notes/a");
    assert_has(kit_follow(r), "1 < 2");
    as(kit, NULL);
    assert_status(post(kit, "/notes", "name=b&value="), 303);
    assert_status(kit_raw(kit, S("POST /notes HTTP/1.1\r\nHost: hub.test\r\nContent-Length: 6\r\n"
                                 "Content-Type: " KIT_FORM "\r\n\r\nname=c")),
                  403);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM tags"), 2);
    assert_true(str_is(sql_str(kit, "SELECT name FROM tags ORDER BY id"), "tag of a"));
}

static void json_is_looked_into(void **state)
{
    struct kit *kit = *state;
    struct person_kit *alice = kit_person(kit, "alice", ROLE_MEMBER);
    as(kit, alice);
    post(kit, "/notes", "name=a&value=one");
    struct res r = get_json(kit, "/notes/a");
    assert_status(r, 200);
    assert_header(r, "content-type", "application/json");
    assert_header(r, "X-None", NULL);
    assert_json_str(r, "data.0", "one");
    assert_json_int(r, "data.1", alice->id);
    assert_json_none(r, "data.2");
    assert_json_none(r, "data.3");
    assert_json_none(r, "next");
    assert_json_count(r, "data", 3);
    assert_json_count(r, "", 1);
}

static void each_statement_can_fail(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "alice", ROLE_MEMBER));
    uint64_t before = kit_fingerprint(kit);
    assert_true(before == kit_fingerprint(kit));
    struct res r = kit_fail_sweep(kit, "POST", "/notes", "name=a&value=1", NULL);
    assert_status(r, 303);
    assert_false(before == kit_fingerprint(kit));
    assert_has(kit_fail_sweep(kit, "GET", "/notes/a", NULL, "X-More: 1"), "1");
}

static void a_hub_survives_a_restart(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "alice", ROLE_MEMBER));
    post(kit, "/notes", "name=a&value=1");
    uint64_t before = kit_fingerprint(kit);
    kit_reopen(kit);
    assert_true(before == kit_fingerprint(kit));
    assert_has(get(kit, "/whoami"), "alice");
}

static void nothing_stays_behind(void **state) /* RULE 4: of the tests before this one */
{
    struct kit *kit = *state;
    if (kit->database[0]) {
        char sql[100];
        snprintf(sql, sizeof sql,
                 "SELECT COUNT(*) FROM pg_database WHERE datname LIKE 'kit!_%d%%'"
                 " ESCAPE '!'",
                 (int)getpid());
        assert_int_equal(sql_int(kit, sql), 1);
    } else {
        assert_int_not_equal(access(earlier, F_OK), 0);
        assert_int_equal(access(kit->data, F_OK), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_hub_is_left_full),       kit_test(a_hub_is_found_empty),
        kit_test(people_are_themselves),    kit_test(changes_carry_the_token),
        kit_test(json_is_looked_into),      kit_test(each_statement_can_fail),
        kit_test(a_hub_survives_a_restart), kit_test(nothing_stays_behind),
    };
    return kit_run(tests);
}
