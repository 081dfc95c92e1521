/* sqlite.c: a hub in one SQLite file, DIR/hub.db.
 *
 * Owns the data folder: hub.db with its -wal and -shm, and `lock`, which a server holds.
 *
 * RULES
 *   1. A folder is served by one server at a time; a second one is refused, in words.
 *   2. What is committed is on disk (WAL, synchronous=FULL).
 *   3. A query past its time limit fails with DB_BUSY, and its connection stays usable.
 *   4. LIKE, quotes and types of failure are as on PostgreSQL (see db.h RULE 5).
 *   5. A statement that is in use is prepared a second time, never disturbed.
 *
 * WHY pages of 4 KiB: a small write touches many pages once (a vote some twenty), and each goes
 * into the log and the file as a whole. Measured on a hub of 100,000 ideas against pages of 8 KiB:
 * votes cost a third less, comments as well, and a page with 30 comments the same, though longer
 * texts spill into overflow pages.
 * WHY no ANALYZE: without statistics the plan of a statement depends on the schema only. It cannot
 * turn bad one night in a running community; indexes are made for the statements that need them.
 * WHY secure_delete=FAST: what people delete is overwritten where that costs no extra write.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/cache.h"
#include "db/engine.h"
#include "db/walfile.h"

enum {
    BUSY_MS = 5000,
    READER_CACHE_KB = 2048,
    PROGRESS_OPS = 2000,   /* virtual machine steps between looks at the clock: some 20 us */
    WAL_POKE = 8192,       /* pages (32 MiB) in the log that wake the keeper: a page that changed
                              often since is copied once */
    WAL_BACKSTOP = 16384,  /* pages (64 MiB) at which the writer itself empties the log, */
    WAL_COMMITS = 4,       /* ... but not before it holds as much as so many of the last commit, */
    WAL_LONGEST = 65536,   /* ... unless it has so many pages (256 MiB) */
    BACKSTOP_WAIT_MS = 100 /* ... waiting so long for readers of the old log */
};

enum fixed { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, SAVE, RELEASE, UNDO, FIXED };

static const char *const fixed_sql[FIXED] = {
    [BEGIN_READ] = "BEGIN",      [BEGIN_WRITE] = "BEGIN IMMEDIATE", [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",     [SAVE] = "SAVEPOINT part",         [RELEASE] = "RELEASE part",
    [UNDO] = "ROLLBACK TO part",
};

struct lite_statement {
    struct statement cached;
    struct cursor cursor; /* linked while busy */
    struct sqlite *db;
    sqlite3_stmt *h;
    int params;
    bool writes;
};

struct sqlite {
    struct db db;
    sqlite3 *h;
    struct cache cache;
    sqlite3_stmt *fixed[FIXED];
    int lock;
    int time_limit_ms;
    int64_t deadline; /* of the running query; 0: not looked yet */
    int64_t version;  /* keeper: what PRAGMA data_version said last */
    bool behind;      /* keeper: the log holds pages that the file has not */
    int logged;       /* writer: pages in the log behind the last commit */
    int poked;        /* writer: pages in the log when the keeper was woken last */
    int backstop;     /* writer: pages at which it empties the log itself */
    bool read_only, bulk;
    int cache_kb;
};

static const struct engine sqlite_engine;
static void (*extensions[8])(void *sqlite3_db);
static int extension_count;

static bool folder_ready(const struct db_options *options, struct arena *a, struct str *message);
static bool folder_lock(struct sqlite *s, const char *data, struct arena *a, struct str *message);
static bool connect_file(struct sqlite *s, const struct db_options *options, struct arena *a,
                         struct str *message);
static bool configure(struct sqlite *s);
static bool fixed_prepare(struct sqlite *s);
static int past_deadline(void *ctx);
static int log_grown(void *ctx, sqlite3 *h, const char *name, int pages);
static void sqlite_close(struct db *db);
static void lite_fail(struct sqlite *s, const char *sql);
static void drop_statement(struct cache *c, struct statement *st);

/* ---- opening ---- */

void db_sqlite_extend(void (*fn)(void *sqlite3_db))
{
    for (int i = 0; i < extension_count; i++)
        if (extensions[i] == fn)
            return;
    if (extension_count == (int)(sizeof extensions / sizeof *extensions))
        die("too many SQLite extensions");
    extensions[extension_count++] = fn;
}

/* Connections are never shared by threads at one time, so they need no locks; and the allocator's
 * statistics would be one lock for all of them. */
static void library_start(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    /* Savepoints stay in memory. No large number instead: what is spilled is written in pieces of
     * that size, and one of 128 KiB or more fails (SQLITE_FULL, seekAndWriteFd of os_unix.c). */
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
    if (sqlite3_initialize() != SQLITE_OK)
        die("SQLite does not start");
}

struct db *sqlite_open(const struct db_options *options, struct arena *a, struct str *message)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, library_start);
    if (!folder_ready(options, a, message))
        return NULL;

    struct sqlite *s = calloc(1, sizeof *s);
    if (!s)
        die("out of memory: database connection");
    s->db.engine = &sqlite_engine;
    s->lock = -1;
    s->backstop = WAL_BACKSTOP;
    s->time_limit_ms = options->time_limit_ms;
    s->read_only = options->read_only;
    s->bulk = options->bulk;
    s->cache_kb = options->cache_kb ? options->cache_kb : READER_CACHE_KB;
    if ((!options->server || folder_lock(s, options->data, a, message)) &&
        connect_file(s, options, a, message))
        return &s->db;
    sqlite_close(&s->db);
    return NULL;
}

static bool folder_ready(const struct db_options *options, struct arena *a, struct str *message)
{
    if (options->existing && access(str_fmt(a, "%s/hub.db", options->data).p, F_OK) != 0) {
        *message = errno == ENOENT || errno == ENOTDIR
                       ? str_fmt(a, "there is no hub in %s; `skep init` or `skep serve` makes one",
                                 options->data)
                       : str_fmt(a, "cannot look into %s: %s", options->data, strerror(errno));
        return false;
    }
    if (options->read_only || mkdir(options->data, 0700) == 0 || errno == EEXIST)
        return true;
    *message = str_fmt(a, "cannot make the data folder %s: %s", options->data, strerror(errno));
    return false;
}

/* RULE 1. The lock ends with the process, whatever ends it; the file itself stays. */
static bool folder_lock(struct sqlite *s, const char *data, struct arena *a, struct str *message)
{
    struct str path = str_fmt(a, "%s/lock", data);
    s->lock = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0) {
        *message = str_fmt(a, "cannot open %s: %s", path.p, strerror(errno));
        return false;
    }
    char pid[24] = "";
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(s->lock, pid, sizeof pid - 1, 0);
        *message = str_fmt(a, "the hub in %s is already served by another process%s%.*s", data,
                           n > 0 ? ", number " : "", n > 0 ? (int)n : 0, pid);
        return false;
    }
    int n = snprintf(pid, sizeof pid, "%d", (int)getpid());
    if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, pid, (size_t)n, 0) != n) {
        *message = str_fmt(a, "cannot write %s: %s", path.p, strerror(errno));
        return false;
    }
    return true;
}

static bool connect_file(struct sqlite *s, const struct db_options *options, struct arena *a,
                         struct str *message)
{
    struct str path = str_fmt(a, "%s/hub.db", options->data);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (options->read_only  ? SQLITE_OPEN_READONLY
                 : options->existing ? SQLITE_OPEN_READWRITE
                                     : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    int rc = sqlite3_open_v2(path.p, &s->h, flags, walfile_layer());
    if (rc == SQLITE_OK && configure(s) && fixed_prepare(s))
        return true;
    *message =
        str_fmt(a, "cannot open %s: %s", path.p, s->h ? sqlite3_errmsg(s->h) : sqlite3_errstr(rc));
    return false;
}

static bool lite_run(struct sqlite *s, const char *sql)
{
    return sqlite3_exec(s->h, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The switch to WAL needs the file alone for a moment, and does not call the busy handler. */
static bool wal_mode(struct sqlite *s)
{
    for (int tries = 0;; tries++) {
        if (lite_run(s, "PRAGMA journal_mode = WAL"))
            return true;
        if ((sqlite3_errcode(s->h) & 0xff) != SQLITE_BUSY || tries == BUSY_MS / 10)
            return false;
        usleep(10 * 1000);
    }
}

static bool configure(struct sqlite *s)
{
    cache_init(&s->cache, CACHE_LIMIT, drop_statement);
    sqlite3_busy_timeout(s->h, BUSY_MS);
    sqlite3_db_config(s->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(s->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (s->time_limit_ms > 0)
        sqlite3_progress_handler(s->h, PROGRESS_OPS, past_deadline, s);
    for (int i = 0; i < extension_count; i++)
        extensions[i](s->h);

    if (!lite_run(s, "PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON") ||
        (!s->bulk && !lite_run(s, "PRAGMA mmap_size = 2147418112")))
        return false;
    if (s->read_only) {
        char sql[48];
        snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", s->cache_kb);
        return lite_run(s, sql);
    }
    if (!lite_run(s, "PRAGMA page_size = 4096"))
        return false;
    if (s->bulk) /* what a new file's transaction spills is not in a journal: it had no page */
        return lite_run(s, "PRAGMA synchronous = FULL; PRAGMA cache_size = -32768");
    if (!wal_mode(s))
        return false;
    sqlite3_wal_hook(s->h, log_grown, s);
    return lite_run(s, "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;"
                       "PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864");
}

static bool fixed_prepare(struct sqlite *s)
{
    for (int i = 0; i < FIXED; i++)
        if (sqlite3_prepare_v3(s->h, fixed_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->fixed[i],
                               NULL) != SQLITE_OK)
            return false;
    return true;
}

static void sqlite_close(struct db *db)
{
    struct sqlite *s = (struct sqlite *)db;
    if (s->cache.drop)
        cache_clear(&s->cache);
    for (int i = 0; i < FIXED; i++)
        sqlite3_finalize(s->fixed[i]);
    if (s->h && sqlite3_close(s->h) != SQLITE_OK)
        die("SQLite connection closed in use: %s", sqlite3_errmsg(s->h));
    if (s->lock >= 0)
        close(s->lock);
    free(s);
}

/* ---- limits and the log ---- */

/* RULE 3. The clock starts at the first look, so that short queries never read it. */
static int past_deadline(void *ctx)
{
    struct sqlite *s = ctx;
    int64_t now = clock_monotonic();
    if (s->deadline == 0)
        s->deadline = now + (int64_t)s->time_limit_ms * 1000;
    return now > s->deadline;
}

/* Large commits come behind each other, an import's: the keeper gets the time to copy one while the
 * writer is at the next. */
static int log_enough(const struct sqlite *s, int commit)
{
    int64_t several = (int64_t)commit * WAL_COMMITS;
    int enough = several < WAL_LONGEST ? (int)several : WAL_LONGEST;
    return enough > s->backstop ? enough : s->backstop;
}

/* After each commit. The keeper copies the log into the file while the writer goes on; under
 * unbroken load it never quite catches up, so the writer empties a long log itself. When a long
 * reader prevents that, it tries again later and does not wait at every commit. */
static int log_grown(void *ctx, sqlite3 *h, const char *name, int pages)
{
    struct sqlite *s = ctx;
    if (pages < s->logged)
        s->poked = s->logged = 0; /* the log began anew */
    int enough = log_enough(s, pages - s->logged);
    s->logged = pages;
    if (pages >= enough) {
        sqlite3_busy_timeout(h, BACKSTOP_WAIT_MS);
        int rc = sqlite3_wal_checkpoint_v2(h, name, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        sqlite3_busy_timeout(h, BUSY_MS);
        s->backstop = rc == SQLITE_OK ? WAL_BACKSTOP : pages + WAL_BACKSTOP / 4;
    } else if (pages >= s->poked + WAL_POKE && s->db.poke) {
        s->poked = pages;
        s->db.poke(s->db.poke_ctx);
    }
    return SQLITE_OK;
}

static int64_t data_version(struct sqlite *s)
{
    sqlite3_stmt *h = NULL;
    int64_t version = s->version;
    if (sqlite3_prepare_v2(s->h, "PRAGMA data_version", -1, &h, NULL) == SQLITE_OK &&
        sqlite3_step(h) == SQLITE_ROW)
        version = sqlite3_column_int64(h, 0);
    sqlite3_finalize(h);
    return version;
}

/* The keeper's own connection copies the log into the file when the writer asks for it, or after
 * a quiet turn; and it sees by the file's version that another process (an import from the command
 * line) has committed. This process's writer changes it too; a needless ring only makes a consumer
 * look once. */
static bool lite_watch(struct db *db, int wake, int timeout_ms)
{
    struct sqlite *s = (struct sqlite *)db;
    struct pollfd fd = {.fd = wake, .events = POLLIN};
    uint64_t rings;
    bool asked = poll(&fd, 1, timeout_ms) > 0 && read(wake, &rings, sizeof rings) > 0;

    int64_t version = data_version(s);
    bool changed = version != s->version;
    s->version = version;
    if (asked || (s->behind && !changed)) {
        int logged = 0, copied = 0;
        int rc = sqlite3_wal_checkpoint_v2(s->h, NULL, SQLITE_CHECKPOINT_PASSIVE, &logged, &copied);
        s->behind = rc != SQLITE_OK || copied < logged;
    }
    s->behind = s->behind || changed;
    return changed;
}

/* ---- statements ---- */

static void drop_statement(struct cache *c, struct statement *st)
{
    (void)c;
    sqlite3_finalize(((struct lite_statement *)st)->h);
}

static struct lite_statement *lite_prepare(struct sqlite *s, const char *sql)
{
    struct lite_statement *st = (struct lite_statement *)cache_find(&s->cache, sql, NULL, NULL);
    if (st)
        return st;
    sqlite3_stmt *h = NULL;
    const char *rest = NULL;
    s->deadline = 0;
    if (sqlite3_prepare_v3(s->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &h, &rest) != SQLITE_OK) {
        lite_fail(s, sql);
        return NULL;
    }
    if (!h || rest[strspn(rest, " \n\t;")]) {
        sqlite3_finalize(h);
        db_set_failure(&s->db, DB_FAILED, "not exactly one statement", sql);
        return NULL;
    }
    st = calloc(1, sizeof *st);
    if (!st)
        die("out of memory: statement");
    st->db = s;
    st->h = h;
    st->params = sqlite3_bind_parameter_count(h);
    st->writes = !sqlite3_stmt_readonly(h);
    cache_add(&s->cache, &st->cached, sql);
    return st;
}

static int lite_bind(sqlite3_stmt *h, int at, const struct db_arg *arg)
{
    switch (arg->kind) {
    case DB_INT:
        return sqlite3_bind_int64(h, at, arg->i);
    case DB_REAL:
        return sqlite3_bind_double(h, at, arg->d);
    case DB_TEXT:
        return sqlite3_bind_text64(h, at, arg->s.p ? arg->s.p : "", arg->s.n, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(h, at, arg->s.p ? arg->s.p : "", arg->s.n, SQLITE_STATIC);
    case DB_NULL:
        break;
    }
    return sqlite3_bind_null(h, at);
}

/* A statement ready to step, on the list of open cursors; NULL after a failure. */
static struct lite_statement *lite_start(struct sqlite *s, const char *sql,
                                         const struct db_arg *args, size_t n)
{
    struct lite_statement *st = lite_prepare(s, sql);
    if (!st)
        return NULL;
    if ((size_t)st->params != n) {
        db_set_failure(&s->db, DB_FAILED, "wrong number of arguments", sql);
        return NULL;
    }
    if (st->writes && !s->db.write) {
        db_set_failure(&s->db, DB_FAILED, "write in a read transaction", sql);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        if (lite_bind(st->h, (int)i + 1, &args[i]) != SQLITE_OK) {
            lite_fail(s, sql);
            return NULL;
        }
    s->deadline = 0;
    st->cached.busy = true;
    db_cursor_open(&s->db, &st->cursor);
    return st;
}

static struct rows lite_query(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct lite_statement *st = lite_start((struct sqlite *)db, sql, args, n);
    return (struct rows){.db = db, .stmt = st ? &st->cursor : NULL};
}

static struct lite_statement *statement_of(const struct cursor *c)
{
    return (struct lite_statement *)((char *)c - offsetof(struct lite_statement, cursor));
}

static sqlite3_stmt *handle_of(const struct rows *q)
{
    return statement_of(q->stmt)->h;
}

static void lite_drop(struct cursor *c)
{
    struct lite_statement *st = statement_of(c);
    sqlite3_reset(st->h);
    db_cursor_close(c);
    st->cached.busy = false;
}

static bool lite_next(struct rows *q)
{
    struct lite_statement *st = statement_of(q->stmt);
    int rc = sqlite3_step(st->h);
    if (rc == SQLITE_ROW) {
        q->row++;
        return true;
    }
    if (rc != SQLITE_DONE)
        lite_fail(st->db, st->cached.sql);
    return false;
}

static int64_t lite_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct sqlite *s = (struct sqlite *)db;
    struct lite_statement *st = lite_start(s, sql, args, n);
    if (!st)
        return 0;
    int64_t before = st->writes ? sqlite3_total_changes64(s->h) : 0;
    int rc;
    do
        rc = sqlite3_step(st->h);
    while (rc == SQLITE_ROW);
    int64_t changed = 0;
    if (rc != SQLITE_DONE)
        lite_fail(s, sql);
    else if (st->writes && sqlite3_total_changes64(s->h) != before)
        changed = sqlite3_changes64(s->h);
    lite_drop(&st->cursor);
    return changed;
}

static int64_t lite_column_int(const struct rows *q, int col)
{
    return sqlite3_column_int64(handle_of(q), col);
}

static double lite_column_real(const struct rows *q, int col)
{
    return sqlite3_column_double(handle_of(q), col);
}

static struct str lite_column_str(const struct rows *q, int col)
{
    sqlite3_stmt *h = handle_of(q);
    const char *p = (const char *)sqlite3_column_text(h, col);
    return p ? (struct str){p, (size_t)sqlite3_column_bytes(h, col)} : S("");
}

static struct str lite_column_blob(const struct rows *q, int col)
{
    sqlite3_stmt *h = handle_of(q);
    const char *p = sqlite3_column_blob(h, col);
    return p ? (struct str){p, (size_t)sqlite3_column_bytes(h, col)} : S("");
}

static bool lite_column_null(const struct rows *q, int col)
{
    return sqlite3_column_type(handle_of(q), col) == SQLITE_NULL;
}

static int64_t lite_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(((struct sqlite *)db)->h);
}

static enum db_kind lite_column_kind(const struct rows *q, int col)
{
    static const enum db_kind kinds[] = {
        [SQLITE_INTEGER] = DB_INT, [SQLITE_FLOAT] = DB_REAL, [SQLITE_TEXT] = DB_TEXT,
        [SQLITE_BLOB] = DB_BLOB,   [SQLITE_NULL] = DB_NULL,
    };
    return kinds[sqlite3_column_type(handle_of(q), col)];
}

/* Two statements: RETURNING would make a table for its one row. */
static int64_t lite_next_ids(struct db *db, const char *sequence, int64_t n)
{
    if (!db_exec(db, "UPDATE sequences SET next = next + ?2 WHERE name = ?1", Z(sequence), I(n)))
        return 0;
    return db_get_int(db, n, "SELECT next FROM sequences WHERE name = ?1", Z(sequence)) - n;
}

/* ---- transactions ---- */

static bool lite_fixed(struct sqlite *s, enum fixed which)
{
    int rc = sqlite3_step(s->fixed[which]);
    if (rc != SQLITE_DONE)
        lite_fail(s, fixed_sql[which]);
    sqlite3_reset(s->fixed[which]);
    return rc == SQLITE_DONE;
}

static bool lite_begin(struct db *db, bool write)
{
    struct sqlite *s = (struct sqlite *)db;
    s->deadline = 0;
    return lite_fixed(s, write ? BEGIN_WRITE : BEGIN_READ);
}

static bool lite_commit(struct db *db)
{
    return lite_fixed((struct sqlite *)db, COMMIT);
}

static void lite_rollback(struct db *db)
{
    struct sqlite *s = (struct sqlite *)db;
    if (!sqlite3_get_autocommit(s->h) && !lite_fixed(s, ROLLBACK))
        die("SQLite cannot roll back: %s", sqlite3_errmsg(s->h));
}

static bool lite_save(struct db *db)
{
    return lite_fixed((struct sqlite *)db, SAVE);
}

static bool lite_release(struct db *db)
{
    return lite_fixed((struct sqlite *)db, RELEASE);
}

static bool lite_undo(struct db *db)
{
    struct sqlite *s = (struct sqlite *)db;
    return lite_fixed(s, UNDO) && lite_fixed(s, RELEASE);
}

static bool lite_script(struct db *db, const char *sql)
{
    struct sqlite *s = (struct sqlite *)db;
    s->deadline = 0;
    if (lite_run(s, sql))
        return true;
    lite_fail(s, NULL);
    return false;
}

/* ---- failures ---- */

static enum db_failure failure_of(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return DB_DUPLICATE;
    case SQLITE_BUSY_SNAPSHOT:
        return DB_CONFLICT;
    }
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return DB_INVALID;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
        return DB_BUSY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return DB_GONE;
    }
    return DB_FAILED;
}

/* A full disk or an I/O error makes SQLite give up the whole transaction, savepoints and all. */
static void lite_fail(struct sqlite *s, const char *sql)
{
    int code = sqlite3_extended_errcode(s->h);
    char message[300];
    snprintf(message, sizeof message, "SQLite %d: %.250s", code, sqlite3_errmsg(s->h));
    db_set_failure(&s->db, failure_of(code), message, sql);
    if (s->db.open && sqlite3_get_autocommit(s->h))
        s->db.lost = true;
}

static const struct engine sqlite_engine = {
    .id = DB_SQLITE,
    .close = sqlite_close,
    .query = lite_query,
    .exec = lite_exec,
    .last_id = lite_last_id,
    .next = lite_next,
    .drop = lite_drop,
    .column_int = lite_column_int,
    .column_real = lite_column_real,
    .column_str = lite_column_str,
    .column_blob = lite_column_blob,
    .column_null = lite_column_null,
    .column_kind = lite_column_kind,
    .next_ids = lite_next_ids,
    .begin = lite_begin,
    .commit = lite_commit,
    .rollback = lite_rollback,
    .save = lite_save,
    .release = lite_release,
    .undo = lite_undo,
    .script = lite_script,
    .watch = lite_watch,
};
