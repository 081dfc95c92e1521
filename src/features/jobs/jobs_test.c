/* jobs_test.c: proves the RULES of jobs.c; bin/test runs it on both databases. */
#include "features/jobs/joblist.h"
#include "test/rooms.h"

static void insert(struct kit *kit, int64_t id, const char *state, const char *more)
{
    sql_run(kit, kit_path(kit,
                          "INSERT INTO jobs (id, kind, key, state, data, person_id, priority,"
                          " due_at, created_at, progress, total, words, lease_at) VALUES (%ld,"
                          " 'test-kind', '', '%s', 'a secret', 0, 0, %lld, %lld, %s, 3, 'Reading',"
                          " %lld)",
                          (long)id, state, (long long)kit->now, (long long)kit->now, more,
                          (long long)kit->now + CLOCK_DAY));
}

static void administrators_see_jobs(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    insert(kit, 1001, "running", "2");
    as(kit, kit_person(kit, "stan", ROLE_STAFF));
    assert_status(get(kit, "/jobs"), 403);
    assert_status(get(kit, "/jobs/1001"), 403);
    assert_status(del(kit, "/jobs/1001"), 403);
    as(kit, kit_person(kit, "root", ROLE_ADMINISTRATOR));
    struct res page = get(kit, "/jobs");
    assert_has(page, "Reading, 2 of 3");
    assert_has(page, "max=\"3\" value=\"2\"");
    assert_has_not(page, "a secret");
    struct res one = get_json(kit, "/jobs/1001");
    assert_json_str(one, "data.kind", "test-kind");
    assert_json_int(one, "data.progress", 2);
    assert_has_not(one, "a secret");
    assert_status(get(kit, "/jobs/999"), 404);
    assert_status(get(kit, "/jobs?state=odd"), 400);
}

static void jobs_are_cancelled_and_run_again(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    insert(kit, 1001, "waiting", "0");
    insert(kit, 1002, "running", "0");
    as(kit, kit_person(kit, "root", ROLE_ADMINISTRATOR));
    assert_status(del(kit, "/jobs/1001"), 303);
    assert_status(del(kit, "/jobs/1001"), 409);
    assert_status(del(kit, "/jobs/1002"), 303);
    assert_has(get(kit, "/jobs"), "stopping");
    assert_json_count(get_json(kit, "/jobs?state=cancelled"), "data", 1);
    assert_status(post(kit, "/jobs/1002/tries", ""), 409);
    assert_status(post(kit, "/jobs/1001/tries", ""), 303);
    assert_json_str(get_json(kit, "/jobs/1001"), "data.state", "waiting");
    kit_fail_sweep(kit, "DELETE", "/jobs/1001", "", NULL);
    kit_fail_sweep(kit, "POST", "/jobs/1001/tries", "", NULL);
}

static void ended_jobs_are_forgotten(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    insert(kit, 1001, "done", "0");
    insert(kit, 1002, "failed", "0");
    sql_run(kit, "UPDATE jobs SET finished_at = created_at WHERE id = 1001");
    sql_run(kit, "UPDATE jobs SET finished_at = created_at + 86400000000 WHERE id = 1002");
    kit_pass(kit, 7 * CLOCK_DAY + CLOCK_HOUR);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE id = 1001"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE id = 1002"), 1);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE kind = 'jobs-sweep'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(administrators_see_jobs),
        kit_test(jobs_are_cancelled_and_run_again),
        kit_test(ended_jobs_are_forgotten),
    };
    return kit_run(tests);
}
