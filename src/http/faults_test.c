/* faults_test.c: requests while the disk or the other side of the database misbehaves: what was
 * acknowledged is there, what was not is not, reads go on, and it is over when the fault is. */
#define _GNU_SOURCE
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "http/app.h"
#include "http/health.h"
#include "test/kit.h"

static int tries;

static int mark_create(struct req *rq)
{
    tries++;
    db_exec(rq->db, "INSERT INTO settings (name, value) VALUES (?1, 'mark')",
            T(req_field(rq, "name")));
    rq->content_type = S("text/plain");
    out_lit(&rq->out, "kept");
    return rq->status = 200;
}

static int marks_index(struct req *rq)
{
    rq->content_type = S("text/plain");
    out_int(&rq->out, db_get_int(rq->db, 0, "SELECT count(*) FROM settings WHERE value = 'mark'"));
    return rq->status = 200;
}

static const struct route routes[] = {
    {POST, "/marks", mark_create, ANYONE, .flags = ROUTE_BARE},
    {GET, "/marks", marks_index, ANYONE},
    {0},
};
static const struct feature test_feature = {.name = "test", .routes = routes};
const struct feature *const features[] = {&test_feature, NULL};

/* ---- a disk that fails: a layer under SQLite ---- */

enum disk { WORKS, FULL, READ_ONLY, BROKEN };

static _Atomic enum disk disk;
static sqlite3_vfs *real, shim;
static sqlite3_io_methods methods[2], failing[2]; /* of the log, and of the rest */

static int disk_says(void)
{
    static const int codes[] = {
        [FULL] = SQLITE_FULL, [READ_ONLY] = SQLITE_READONLY, [BROKEN] = SQLITE_IOERR_WRITE};
    return codes[disk];
}

static int log_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    return disk == WORKS ? methods[0].xWrite(f, p, n, at) : disk_says();
}

static int file_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    return disk == WORKS ? methods[1].xWrite(f, p, n, at) : disk_says();
}

static int log_sync(sqlite3_file *f, int flags)
{
    return disk == BROKEN ? SQLITE_IOERR_FSYNC : methods[0].xSync(f, flags);
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    (void)vfs;
    bool log = flags & SQLITE_OPEN_WAL, file = flags & SQLITE_OPEN_MAIN_DB;
    int rc = real->xOpen(real, name, f, flags, out);
    if (rc != SQLITE_OK || (!log && !file))
        return rc;
    int i = log ? 0 : 1;
    if (!methods[i].xWrite) {
        methods[i] = failing[i] = *f->pMethods;
        failing[i].xWrite = log ? log_write : file_write;
        if (log)
            failing[i].xSync = log_sync;
    }
    /* SQLite chooses its methods by how a file is locked: ours stand for the usual ones only. */
    if (memcmp(f->pMethods, &methods[i], sizeof methods[i]) == 0)
        f->pMethods = &failing[i];
    return rc;
}

static void disk_begin(void)
{
    sqlite3_initialize();
    real = sqlite3_vfs_find(NULL);
    shim = *real;
    shim.zName = "faults";
    shim.xOpen = shim_open;
    shim.pNext = NULL;
    sqlite3_vfs_register(&shim, 1);
}

/* ---- what a request sees ---- */

static int marks; /* acknowledged */

static struct res mark(struct kit *kit)
{
    static int n;
    char form[40];
    snprintf(form, sizeof form, "name=mark%d", ++n);
    struct res r = post(kit, "/marks", form);
    marks += r.status == 200;
    return r;
}

static void assert_marks(struct kit *kit)
{
    char text[24];
    struct res r = get(kit, "/marks");
    assert_status(r, 200);
    snprintf(text, sizeof text, "%d", marks);
    assert_true(str_eq(r.body, str_of(text)));
}

static void a_disk_fails_and_comes_back(void **state) /* health RULE 2, dispatch RULE 2 */
{
    struct kit *kit = *state;
    if (!kit->data[0])
        skip(); /* PostgreSQL has a disk of its own */
    marks = 0;
    for (enum disk fault = FULL; fault <= BROKEN; fault++) {
        for (int i = 0; i < 5; i++)
            assert_status(mark(kit), 200);
        kit_pass(kit, CLOCK_MINUTE);
        assert_status(get(kit, "/readyz"), 200);
        disk = fault;
        kit_pass(kit, CLOCK_MINUTE);
        for (int i = 0; i < 5; i++) {
            struct res r = mark(kit);
            assert_status(r, 503);
            assert_header(r, "Retry-After", "5");
        }
        assert_marks(kit); /* reads go on */
        struct res r = get(kit, "/readyz");
        assert_status(r, 503);
        assert_has(r, "cannot be written");
        assert_status(get(kit, "/healthz"), 200);
        disk = WORKS;
        kit_pass(kit, CLOCK_MINUTE);
        assert_status(mark(kit), 200);
        assert_status(get(kit, "/readyz"), 200);
        assert_marks(kit);
    }
    kit_reopen(kit);
    assert_marks(kit);
}

/* ---- conflicts ---- */

/* As PostgreSQL says it: the count is kept in a sequence, which no rollback takes back. */
static void conflicts_are_tried_again(void **state)
{
    struct kit *kit = *state;
    if (kit->data[0])
        skip(); /* SQLite has one writer: nobody wins against it */
    marks = 0;
    sql_run(kit, "CREATE SEQUENCE lost");
    sql_run(kit, "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " IF nextval('lost') % 4 IN (1, 2) THEN"
                 "  RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';"
                 " ELSIF nextval('lost') % 4 = 3 THEN"
                 "  RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';"
                 " END IF; RETURN NEW; END $$");
    sql_run(kit, "CREATE TRIGGER lose BEFORE INSERT ON settings"
                 " FOR EACH ROW WHEN (NEW.value = 'mark') EXECUTE FUNCTION lose()");
    tries = 0;
    for (int i = 0; i < 10; i++)
        assert_status(mark(kit), 200);
    assert_true(tries > 15);
    assert_int_equal(marks, 10);
    assert_marks(kit);
    sql_run(kit, "CREATE OR REPLACE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';"
                 " END $$");
    tries = 0;
    struct res r = mark(kit);
    assert_status(r, 409); /* in the end it is said, and nothing is kept */
    assert_true(tries > 1);
    assert_marks(kit);
    sql_run(kit, "DROP TRIGGER lose ON settings");
    assert_status(mark(kit), 200);
    assert_marks(kit);
}

/* The server's connections are cut, again and again: each time the next request is served. */
static void connections_are_cut(void **state)
{
    struct kit *kit = *state;
    if (kit->data[0])
        skip();
    marks = 0;
    for (int round = 0; round < 3; round++) {
        assert_status(mark(kit), 200);
        sql_run(kit, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                     " AND backend_type = 'client backend'");
        struct res r = mark(kit); /* tried again, or refused: never half */
        if (r.status != 200)
            assert_status(r, 503);
        assert_status(mark(kit), 200);
        for (int i = 0; i < 20; i++) { /* each reader notices once */
            r = get(kit, "/marks");
            if (r.status != 200)
                assert_status(r, 503);
        }
        assert_marks(kit);
        kit_pass(kit, CLOCK_MINUTE);
        assert_status(get(kit, "/readyz"), 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_disk_fails_and_comes_back),
        kit_test(conflicts_are_tried_again),
        kit_test(connections_are_cut),
    };
    disk_begin();
    return kit_run(tests);
}
