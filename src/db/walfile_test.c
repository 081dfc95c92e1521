/* walfile_test.c: proves the RULES of walfile.h; store_test.c has the disk that fails. */
#include "db/hub_kit.h"

#include <sqlite3.h>

#include "db/walfile.h"

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
    sqlite3_finalize(st);
    return n;
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static sqlite3 *opened(const struct hub_kit *h, const char *vfs)
{
    char path[100];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/hub.db", h->data);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs),
                     SQLITE_OK);
    run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 10");
    return db;
}

#define FILL                                                                                       \
    "INSERT INTO t (a) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"             \
    " WHERE i < 3000) SELECT hex(zeroblob(300)) || i FROM n"

/* A transaction far larger than the cache is read from the log before it is committed. */
static void what_is_written_is_read(void **state) /* RULES 1 and 2 */
{
    sqlite3 *db = opened(*state, walfile_layer()), *other = opened(*state, NULL);
    run(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); BEGIN IMMEDIATE; " FILL);
    run(db, "UPDATE t SET a = a || 'x' WHERE id % 3 = 0");
    assert_int_equal(ask(db, "SELECT COUNT(*) FROM t WHERE length(a) > 600"), 3000);
    assert_int_equal(ask(other, "SELECT COUNT(*) FROM t"), 0);
    run(db, "COMMIT");
    assert_int_equal(ask(other, "SELECT COUNT(*) FROM t WHERE a LIKE '%x'"), 1000);
    run(db, "BEGIN; DELETE FROM t WHERE id > 10; ROLLBACK; PRAGMA wal_checkpoint(RESTART)");
    run(db, "DELETE FROM t WHERE id % 2 = 0");
    sqlite3_close(db);
    assert_int_equal(ask(other, "SELECT COUNT(*) FROM t"), 1500);
    assert_int_equal(ask(other, "SELECT COUNT(*) FROM pragma_integrity_check"
                                " WHERE integrity_check = 'ok'"),
                     1);
    sqlite3_close(other);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"what is written is read", what_is_written_is_read, 1 + DB_SQLITE},
    };
    return hub_kit_run("walfile", tests, sizeof tests / sizeof *tests);
}
