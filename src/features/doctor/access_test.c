/* access_test.c: what `skep doctor access` says of everybody and every audience. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "features/doctor/access.h"
#include "record/access.h"
#include "test/rooms.h"

/* What it prints; asserts that it found no fault of its own. */
static struct str explained(struct kit *kit, const char *person, int64_t record, int want)
{
    char path[] = "/tmp/access_test.XXXXXX";
    static char text[65536];
    char *argv[] = {str_cstr(kit->arena, str_of(person)),
                    str_cstr(kit->arena, str_fmt(kit->arena, "%lld", (long long)record)), NULL};
    int file = mkstemp(path), out;
    fflush(stdout);
    out = dup(STDOUT_FILENO);
    dup2(file, STDOUT_FILENO);
    int code = command_access(kit->app, 2, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    ssize_t n = pread(file, text, sizeof text, 0);
    close(file);
    unlink(path);
    assert_int_equal(code, want);
    return str_make(text, n > 0 ? (size_t)n : 0);
}

static void it_says_what_the_predicate_does(void **state) /* access RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    kit_person(kit, "zoe", ROLE_MEMBER);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    static const char *const people[] = {"ana", "ben", "zoe", "ada", "guest"};
    static const bool sees[][5] = {
        [AUDIENCE_PUBLIC] = {true, true, true, true, true},
        [AUDIENCE_MEMBERS] = {true, true, true, true, false},
        [AUDIENCE_SPACE] = {true, false, false, true, false},
        [AUDIENCE_PARTICIPANTS] = {true, false, true, true, false},
        [AUDIENCE_STAFF] = {true, false, true, true, false},
        [AUDIENCE_PRIVATE] = {true, false, false, false, false},
    };
    kit->unsound = true; /* audiences are set by hand */
    sql_run(kit,
            kit_path(kit, "INSERT INTO participants (record_id, person_id) VALUES (%lld, %lld)",
                     (long long)idea, (long long)kit_person(kit, "zoe", ROLE_MEMBER)->id));
    for (int64_t audience = AUDIENCE_PUBLIC; audience <= AUDIENCE_PRIVATE; audience++) {
        sql_run(kit, kit_path(kit, "UPDATE records SET audience = %lld WHERE id = %lld",
                              (long long)audience, (long long)idea));
        uint64_t before = kit_fingerprint(kit);
        for (size_t p = 0; p < 5; p++) {
            struct str said = explained(kit, people[p], idea, 0);
            assert_int_equal(!str_has(said, S("does not see")), sees[audience][p]);
            assert_int_equal(str_has(said, S("  yes  ")), sees[audience][p]);
        }
        assert_int_equal(before, kit_fingerprint(kit));
    }
    sql_run(kit, "UPDATE records SET audience = 4 WHERE type = 'idea'");
    sql_run(kit, "UPDATE participants SET role = 'named'");
    assert_true(str_has(explained(kit, "zoe", idea, 0), S("yes  a field of it names them")));
    assert_true(str_has(explained(kit, "ana", idea, 0), S("they are its author")));
    assert_true(str_has(explained(kit, "ana", idea, 0), S("may read")));
    explained(kit, "nobody", idea, 1);
    explained(kit, "ana", 999999, 1);
}

static void it_tells_which_rule_of_which_role(void **state) /* access RULE 1 */
{
    struct kit *kit = *state;
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    struct person_kit *sven = kit_person(kit, "sven", ROLE_STAFF);
    as(kit, odile);
    assert_status(post_json(kit, "/deals",
                            kit_path(kit,
                                     "{\"title\": \"Lids\", \"pipeline\": \"sales\","
                                     " \"stage\": \"new\", \"owner\": %lld}",
                                     (long long)odile->id)),
                  201);
    int64_t deal = sql_int(kit, "SELECT id FROM records WHERE type = 'deal'");
    assert_true(str_has(explained(kit, "sven", deal, 0), S("yes  it is for staff")));
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    assert_status(post_json(kit, "/roles", "{\"name\": \"Sales\"}"), 201);
    assert_status(put_json(kit, "/roles/1/types/deal",
                           "{\"sees\": \"filter\", \"sees_filter\": \"stage=new\","
                           " \"changes\": \"owner\"}"),
                  200);
    assert_status(put_json(kit, "/roles/1/types/deal/fields/amount", "{\"may\": \"hidden\"}"), 200);
    assert_status(
        post_json(kit, "/roles/1/people", kit_path(kit, "{\"person\": %lld}", (long long)sven->id)),
        201);
    struct str said = explained(kit, "sven", deal, 0);
    assert_true(str_has(said, S("yes  sees those that match stage=new")));
    assert_true(str_has(said, S("no   changes those that they look after")));
    assert_true(str_has(said, S("may read reply\n")));
    assert_true(str_has(said, S("does not see field amount: their roles name it")));
    assert_true(str_has(said, S("field expected: what it is computed from is hidden")) ||
                str_has(said, S("field expected: it is for staff")));
    sql_run(kit, "UPDATE deals SET stage = 'won'");
    kit->unsound = true; /* by hand */
    said = explained(kit, "sven", deal, 0);
    assert_true(str_has(said, S("does not see")) && str_has(said, S("role \"Sales\"")));
    sql_run(kit, "UPDATE role_types SET sees_filter = 'colour=red'");
    sql_run(kit, "UPDATE catalogs SET version = version + 1");
    assert_true(str_has(explained(kit, "sven", deal, 0), S("cannot be read any more")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {kit_test(it_says_what_the_predicate_does),
                                       kit_test(it_tells_which_rule_of_which_role)};
    return kit_run(tests);
}
