/* kit_hub.c: a hub for each test; see kit.h.
 *
 * A hub is made once a program. With SQLite each test has a copy of its file, which takes a few
 * milliseconds. With PostgreSQL the tests follow each other in one database, which is emptied to
 * what it first held: a copy by CREATE DATABASE takes ten times as long, and is made for the
 * program, and when a test has changed the schema. All migrations would take ten times as long
 * again, so on the server of pg.sh, which serves one run, the programs share what they copy.
 */
#define _GNU_SOURCE 1 /* nftw */
#include "test/kit.h"

#include <fcntl.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "record/check.h"
#include "record/types.h"

enum { KIT_ARENA = 256 << 20 };

static struct {
    char data[64];       /* SQLite: its folder */
    char database[1024]; /* PostgreSQL: its URL */
    char name[64];
    PGconn *cleaner;    /* into it, as long as it is there: a new connection knows */
    struct db *watcher; /* no table and no plan, and most of its time goes into those */
} template;

/* Keeps aside what an empty hub holds: rows of the tables that have any, and the sequences. */
static const char database_save[] =
    "CREATE SCHEMA kit;"
    "CREATE TABLE kit.tables AS SELECT tablename AS name, false AS used FROM pg_tables"
    " WHERE schemaname = 'public';"
    "CREATE TABLE kit.sequences AS SELECT sequencename AS name, last_value FROM pg_sequences"
    " WHERE schemaname = 'public';"
    "DO $$ DECLARE t record; BEGIN"
    " FOR t IN SELECT name FROM kit.tables LOOP"
    "  EXECUTE format('UPDATE kit.tables SET used = EXISTS (SELECT 1 FROM public.%I)"
    " WHERE name = %L', t.name, t.name);"
    " END LOOP;"
    " FOR t IN SELECT name FROM kit.tables WHERE used LOOP"
    "  EXECUTE format('CREATE TABLE kit.%I AS TABLE public.%I', 'saved_' || t.name, t.name);"
    " END LOOP; END $$";

/* A table without a page never had a row. */
static const char database_reset[] =
    "SET session_replication_role = replica;" /* rows may be deleted in any order */
    "DO $$ DECLARE t record; BEGIN"
    " IF EXISTS (SELECT 1 FROM (SELECT tablename FROM pg_tables WHERE schemaname = 'public') p"
    "  FULL JOIN kit.tables k ON k.name = p.tablename"
    "  WHERE k.name IS NULL OR p.tablename IS NULL) THEN"
    "  RAISE 'other tables';"
    " END IF;"
    " FOR t IN SELECT name, used FROM kit.tables"
    "  WHERE pg_relation_size(format('public.%I', name)) > 0 LOOP"
    "  EXECUTE format('DELETE FROM public.%I', t.name);"
    "  IF t.used THEN"
    "   EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM kit.%I',"
    "    t.name, 'saved_' || t.name);"
    "  END IF;"
    " END LOOP;"
    " PERFORM setval(format('public.%I', name), COALESCE(last_value, 1), last_value IS NOT NULL)"
    "  FROM kit.sequences;"
    " END $$";

static void template_make(void);
static void template_fill(void);
static void template_remove(void);
static void app_start(struct kit *kit);
static void folder_make(char path[64]);
static void folder_remove(const char *path);
static void file_copy(const char *from_folder, const char *to_folder, const char *name);
static void database_make(void);
static bool database_empty(void);
static bool database_run(const char *url, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- a hub for each test ---- */

int kit_run_n(const char *name, const struct CMUnitTest *tests, size_t n)
{
    if (sodium_init() < 0)
        die("libsodium does not start");
    setenv("SKEP_TEST", "1", 1);
    log_set_level(LOG_ERROR);
    template_make();
    int failed = _cmocka_run_group_tests(name, tests, n, NULL, NULL);
    template_remove();
    return failed;
}

static void template_make(void)
{
    clock_freeze(KIT_NOW);
    if (getenv("SKEP_TEST_DATABASE")) {
        database_make();
    } else {
        folder_make(template.data);
        template_fill();
    }
}

static void template_fill(void)
{
    struct kit kit = {.arena = arena_new(KIT_ARENA)};
    memcpy(kit.database, template.database, sizeof kit.database);
    memcpy(kit.data, template.data, sizeof kit.data);
    app_start(&kit);
    app_close(kit.app);
    arena_free(kit.arena);
    if (template.database[0] && !database_run(template.database, "%s", database_save))
        die("kit: the empty database cannot be saved");
}

static void template_remove(void)
{
    PQfinish(template.cleaner);
    template.cleaner = NULL;
    if (template.watcher)
        db_close(template.watcher);
    template.watcher = NULL;
    if (template.database[0])
        database_run(NULL, "DROP DATABASE %s", template.name);
    else
        folder_remove(template.data);
}

int kit_setup(void **state)
{
    struct arena *a = arena_new(KIT_ARENA);
    struct kit *kit = arena_make(a, struct kit);
    kit->arena = a;
    kit->now = KIT_NOW;
    clock_freeze(kit->now);
    folder_make(kit->folder);
    snprintf(kit->files, sizeof kit->files, "%s/files", kit->folder);
    if (template.database[0]) {
        memcpy(kit->database, template.database, sizeof kit->database);
    } else {
        memcpy(kit->data, kit->folder, sizeof kit->data);
        file_copy(template.data, kit->data, "hub.db");
    }
    app_start(kit);
    as(kit, NULL);
    *state = kit;
    return 0;
}

static void hub_say(void *ctx, const struct check_finding *f)
{
    (void)ctx;
    print_error("the hub is not sound: %lld: %s: %lld, counted %lld\n", (long long)f->id, f->what,
                (long long)f->kept, (long long)f->counted);
}

struct check_ask {
    struct kit *kit;
    bool sound;
};

static bool hub_check(struct db *db, void *ctx)
{
    struct check_ask *ask = ctx;
    ask->sound = check_hub(db, ask->kit->arena, hub_say, NULL) == 0 && !db_failed(db);
    if (db_failed(db))
        print_error("the hub cannot be checked: %s\n", db_message(db));
    return true;
}

static void hub_watch(struct kit *kit, struct check_ask *ask)
{
    struct db_options options = {.database = template.database, .read_only = true};
    struct str message = S("");
    if (!kit->database[0]) {
        store_run(kit->app->store, STORE_READ, hub_check, ask);
        return;
    }
    if (!template.watcher && !(template.watcher = db_open(&options, kit->arena, &message)))
        die("kit: the hub cannot be watched: " STR_FMT, STR_ARG(message));
    db_keep(template.watcher, NULL, NULL);    /* of another test's hub */
    if (!db_begin(template.watcher, false)) { /* the server was away meanwhile */
        db_rollback(template.watcher);
        db_begin(template.watcher, false);
    }
    hub_check(template.watcher, ask);
    db_rollback(template.watcher);
}

int kit_teardown(void **state)
{
    struct kit *kit = *state;
    struct check_ask ask = {kit, false};
    consumers_catch_up(kit->app->consumers);
    if (!kit->unsound)
        hub_watch(kit, &ask);
    app_close(kit->app);
    folder_remove(kit->folder);
    if (kit->database[0] && !database_empty()) {
        template_remove(); /* the test changed the schema */
        template_make();
    }
    bool sound = kit->unsound || ask.sound;
    arena_free(kit->arena);
    return sound ? 0 : -1;
}

static void app_start(struct kit *kit)
{
    struct app_options options = {
        .store = {.db = {.data = kit->data[0] ? kit->data : NULL,
                         .database = kit->database[0] ? kit->database : NULL},
                  .pool = 1,
                  .slow = 1},
        .loops = 1,
        .files = kit->files[0] ? kit->files : NULL,
    };
    struct str message = S("");
    kit->app = app_open(&options, features, kit->arena, &message);
    if (!kit->app)
        die("kit: the hub does not open: " STR_FMT, STR_ARG(message));
}

void kit_reopen(struct kit *kit)
{
    app_close(kit->app);
    app_start(kit);
}

void kit_pass(struct kit *kit, int64_t us)
{
    kit->now += us;
    clock_freeze(kit->now);
}

/* Memory, if there is some: a disk would make every commit wait. */
static void folder_make(char path[64])
{
    const char *base = getenv("TMPDIR");
    if (!base || strlen(base) > 40)
        base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, 64, "%s/skep-kit.XXXXXX", base);
    if (!mkdtemp(path))
        die("kit: no temporary folder in %s", base);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void folder_remove(const char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void file_copy(const char *from_folder, const char *to_folder, const char *name)
{
    char path[256], buf[65536];
    snprintf(path, sizeof path, "%s/%s", from_folder, name);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "%s/%s", to_folder, name);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t n = -1;
    while (from >= 0 && to >= 0 && (n = read(from, buf, sizeof buf)) > 0)
        if (write(to, buf, (size_t)n) != n)
            die("kit: cannot write %s", path);
    if (n != 0)
        die("kit: cannot copy %s", path);
    close(from);
    close(to);
}

/* The test server's URL with another database: postgres://HOST/NAME?OPTIONS. */
static void database_name(void)
{
    const char *base = getenv("SKEP_TEST_DATABASE");
    const char *host = strstr(base, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    if (!path)
        die("kit: SKEP_TEST_DATABASE is no URL with a database: %s", base);
    const char *options = strchr(path, '?');
    snprintf(template.name, sizeof template.name, "kit_%d", (int)getpid());
    snprintf(template.database, sizeof template.database, "%.*s/%s%s", (int)(path - base), base,
             template.name, options ? options : "");
}

/* Over what decides on an empty hub's tables within one build of the program. */
static uint64_t declared_hash(void)
{
    uint64_t hash = 0;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct record_type *const *t = (*f)->types; t && *t; t++)
            hash = str_hash_on(hash, str_of((*t)->name));
    return hash;
}

static void database_make(void)
{
    database_name();
    if (!getenv("SKEP_PG_DIR")) {
        database_run(NULL, "CREATE DATABASE %s", template.name);
        template_fill();
        return;
    }
    unsigned long long hash = declared_hash();
    PGconn *turn =
        PQconnectdb(getenv("SKEP_TEST_DATABASE")); /* one program makes it, others wait */
    PQclear(PQexec(turn, "SELECT pg_advisory_lock(1)"));
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT 1 FROM pg_database WHERE datname = 'kit_of_%016llx'", hash);
    PGresult *r = PQexec(turn, sql);
    if (PQntuples(r) == 0) {
        database_run(NULL, "CREATE DATABASE %s", template.name);
        template_fill();
        database_run(NULL, "ALTER DATABASE %s RENAME TO kit_of_%016llx", template.name, hash);
    }
    PQclear(r);
    PQfinish(turn);
    database_run(NULL, "CREATE DATABASE %s TEMPLATE kit_of_%016llx STRATEGY file_copy",
                 template.name, hash);
}

/* False for what the statements RAISE; anything else that fails ends the program. */
static bool database_tell(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    const char *code = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    bool raised = code && strcmp(code, "P0001") == 0;
    if (PQresultStatus(r) != PGRES_COMMAND_OK && !raised)
        die("kit: %s: %s", sql, PQerrorMessage(c));
    PQclear(r);
    return !raised;
}

/* url NULL: the test server's own database. */
static bool database_run(const char *url, const char *fmt, ...)
{
    char sql[4000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(sql, sizeof sql, fmt, ap);
    va_end(ap);
    PGconn *c = PQconnectdb(url ? url : getenv("SKEP_TEST_DATABASE"));
    bool done = database_tell(c, sql);
    PQfinish(c);
    return done;
}

/* To what it held at first; false: the test has changed the schema. */
static bool database_empty(void)
{
    if (!template.cleaner)
        template.cleaner = PQconnectdb(template.database);
    PQclear(PQexec(template.cleaner, "SELECT 1"));
    if (PQstatus(template.cleaner) != CONNECTION_OK) /* the server was away meanwhile */
        PQreset(template.cleaner);
    return database_tell(template.cleaner, database_reset);
}
