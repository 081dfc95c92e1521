/* beside_test.c: proves the RULES of beside.h. SQLite has no such way. */
#include "db/beside.h"

#include "core/clock.h"
#include "db/hub_kit.h"

static const struct migration tables[] = {
    {1, "0001_tables", S("CREATE TABLE rows (id BIGINT NOT NULL PRIMARY KEY, text @text)")},
    {0},
};

#define ROW "INSERT INTO rows (id, text) VALUES (?1, ?2)"

static struct arena *a;

static struct db *hub(void **state)
{
    struct db *db = hub_kit_open(*state, &a, tables);
    assert_true(db_begin(db, true));
    return db;
}

static void row(struct beside *b, int64_t id, struct str text)
{
    const struct db_arg args[] = {I(id), T(text)};
    beside_send(b, ROW, args, 2);
}

static int64_t count(struct db *db)
{
    return db_get_int(db, -1, "SELECT COUNT(*) FROM rows");
}

static void counted(struct db *db, void *ctx)
{
    *(int64_t *)ctx = count(db);
}

/* Of those who have the hub open: the first one, its twin, and whoever counts. */
static int64_t connections(struct hub_kit *h, struct db *db)
{
    return db_get_int(db, 0, "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = ?1",
                      Z(h->data));
}

static void there_is_one_on_postgresql(void **state)
{
    struct db *db = hub(state);
    assert_int_equal(beside_of(db) != NULL, db_engine(db) == DB_POSTGRES);
    assert_true(db_commit(db));
    db_close(db);
}

static void it_is_seen_when_finished(void **state) /* RULE 1; postgres RULE 8 */
{
    struct db *db = hub(state);
    struct beside *b = beside_of(db);
    int64_t n = 0;
    for (int i = 0; i < 500; i++)
        row(b, i, S("text"));
    beside_run(b, counted, &n);
    assert_int_equal(n, 500);
    assert_int_equal(count(db), 0);
    beside_finish(b);
    assert_int_equal(count(db), 500); /* in the transaction that goes on */
    db_exec(db, ROW, I(500), T(S("here")));
    beside_run(b, counted, &n);
    assert_int_equal(n, 500); /* not there */
    row(b, 501, S("more"));
    beside_undo(b);
    row(b, 502, S("and more"));
    beside_finish(b);
    beside_finish(b);
    db_rollback(db);
    assert_true(db_begin(db, true));
    assert_int_equal(count(db), 501);
    db_rollback(db);
    db_close(db);
}

static void forced(struct db *db, void *ctx)
{
    *(struct str *)ctx = db_get_str(db, a, "SELECT current_setting('synchronous_commit')");
}

static void it_is_forced_with_whoever_gave_it(void **state) /* RULE 2; postgres RULE 8 */
{
    struct db *db = hub(state);
    struct beside *b = beside_of(db);
    struct str by = {0};
    beside_run(b, forced, &by);
    assert_true(str_is(by, "off"));
    assert_true(str_is(db_get_str(db, a, "SELECT current_setting('synchronous_commit')"), "on"));
    beside_finish(b);
    db_rollback(db);
    db_close(db);
}

static void a_failure_is_that_of_both(void **state) /* RULE 3 */
{
    struct db *db = hub(state);
    struct beside *b = beside_of(db);
    int64_t n = 0;
    db_exec(db, ROW, I(1), T(S("here")));
    row(b, 7, S("once"));
    row(b, 7, S("twice"));
    row(b, 8, S("passed over"));
    beside_finish(b);
    assert_int_equal(db_failed(db), DB_DUPLICATE);
    beside_finish(b);
    row(b, 9, S("too late"));
    assert_false(db_commit(db));
    assert_true(db_begin(db, true));
    row(b, 7, S("once"));
    row(b, 7, S("twice"));
    beside_run(b, counted, &n);
    assert_int_equal(db_failed(db), DB_DUPLICATE);
    db_rollback(db);
    beside_undo(b);
    assert_true(db_begin(db, true));
    row(b, 7, S("again"));
    beside_finish(b);
    assert_int_equal(count(db), 1);
    assert_true(db_commit(db));
    db_close(db);
}

static void a_lost_connection_is_a_failure(void **state) /* RULE 3 */
{
    struct hub_kit *h = *state;
    struct db *db = hub(state);
    struct beside *b = beside_of(db);
    row(b, 1, S("text"));
    int64_t n;
    beside_run(b, counted, &n);
    hub_kit_sql(h, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                   " WHERE application_name = '%s' AND query LIKE '%%COUNT(%%'");
    row(b, 2, S("text"));
    beside_finish(b);
    assert_int_equal(db_failed(db), DB_GONE);
    assert_false(db_commit(db));
    assert_true(db_begin(db, true));
    row(b, 3, S("text"));
    beside_finish(b);
    assert_int_equal(count(db), 1);
    assert_true(db_commit(db));
    db_close(db);
}

static void what_waits_is_bounded(void **state) /* RULE 4 */
{
    enum { LARGE = 3 << 20, ALL = 12 };
    struct db *db = hub(state);
    struct beside *b = beside_of(db);
    char *text = arena_bytes(a, LARGE);
    memset(text, 'x', LARGE);
    for (int i = 0; i < ALL; i++)
        row(b, i, str_make(text, i == ALL / 2 ? LARGE : LARGE / 2));
    row(b, ALL, S(""));
    beside_finish(b);
    assert_int_equal(count(db), ALL + 1);
    assert_int_equal(db_get_int(db, 0, "SELECT SUM(length(text)) FROM rows"),
                     (int64_t)LARGE / 2 * (ALL + 1));
    assert_true(db_commit(db));
    db_close(db);
}

static void it_is_closed_when_nobody_uses_it(void **state)
{
    struct hub_kit *h = *state;
    struct db *db = hub(state);
    struct beside *b = beside_of(db);
    row(b, 1, S("text"));
    beside_finish(b);
    assert_int_equal(connections(h, db), 2);
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    assert_int_equal(connections(h, db), 2);
    assert_true(db_commit(db));
    clock_freeze(clock_monotonic() + CLOCK_MINUTE);
    assert_true(db_begin(db, true));
    clock_freeze(0);
    for (int tries = 0; connections(h, db) > 1 && tries < 20000; tries++)
        db_get_int(db, 0, "SELECT 1 FROM pg_stat_clear_snapshot()");
    assert_int_equal(connections(h, db), 1);
    row(beside_of(db), 2, S("text"));
    beside_finish(b);
    assert_int_equal(count(db), 2);
    assert_true(db_commit(db));
    db_close(db);
}

int main(void)
{
    enum { ONLY = 1 + DB_POSTGRES };
    const struct hub_kit_test tests[] = {
        {"there is one on PostgreSQL", there_is_one_on_postgresql, 0},
        {"it is seen when finished", it_is_seen_when_finished, ONLY},
        {"it is forced with whoever gave it", it_is_forced_with_whoever_gave_it, ONLY},
        {"a failure is that of both", a_failure_is_that_of_both, ONLY},
        {"a lost connection is a failure", a_lost_connection_is_a_failure, ONLY},
        {"what waits is bounded", what_waits_is_bounded, ONLY},
        {"it is closed when nobody uses it", it_is_closed_when_nobody_uses_it, ONLY},
    };
    int failed = hub_kit_run("beside", tests, sizeof tests / sizeof *tests);
    arena_free(a);
    return failed;
}
