/* health_test.c: see health.h. */
#include "core/clock.h"
#include "db/migrate.h"
#include "http/app.h"
#include "http/health.h"
#include "test/kit.h"

static void the_program_lives_and_the_hub_is_ready(void **state) /* health RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct res r = get(kit, "/healthz");
    assert_status(r, 200);
    assert_header(r, "Content-Type", "text/plain; charset=utf-8");
    assert_header(r, "Cache-Control", "no-store");
    r = get(kit, "/readyz");
    assert_status(r, 200);
    assert_header(r, "Content-Type", "text/plain; charset=utf-8");
}

static void another_schema_is_not_ready(void **state) /* health RULE 2 */
{
    struct kit *kit = *state;
    sql_run(kit, "INSERT INTO migrations (number, name, checksum, applied_at)"
                 " VALUES (9999, '9999_later', '', 0)");
    struct res r = get(kit, "/readyz");
    assert_status(r, 503);
    assert_has(r, "schema of another program");
    assert_has_not(r, "<html");
    assert_header(r, "Retry-After", "5");
    assert_status(get(kit, "/healthz"), 200);
    sql_run(kit, "DELETE FROM migrations WHERE number = 9999");
}

static void it_writes_seldom(void **state) /* health RULE 3 */
{
    struct kit *kit = *state;
    const char *at = "SELECT value FROM settings WHERE name = 'ready_at'";
    assert_status(get(kit, "/readyz"), 200);
    struct str first = sql_str(kit, at);
    kit_pass(kit, READY_MS * 1000 - 1);
    for (int i = 0; i < 20; i++)
        assert_status(get(kit, "/readyz"), 200);
    assert_true(str_eq(sql_str(kit, at), first));
    kit_pass(kit, 1);
    assert_status(get(kit, "/readyz"), 200);
    assert_false(str_eq(sql_str(kit, at), first));
}

static void a_stop_begins_with_not_being_ready(void **state) /* health RULE 2 */
{
    struct kit *kit = *state;
    app_stop(kit->app);
    struct res r = get(kit, "/readyz");
    assert_status(r, 503);
    assert_has(r, "shutting down");
    assert_status(get(kit, "/healthz"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(the_program_lives_and_the_hub_is_ready),
        kit_test(another_schema_is_not_ready),
        kit_test(it_writes_seldom),
        kit_test(a_stop_begins_with_not_being_ready),
    };
    return kit_run(tests);
}
