/* migrate_test.c: proves the rules of migrate.h on both engines. */
#include "db/hub_kit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/arena.h"
#include "db/migrate.h"

static struct arena *a;
static struct str message;

static const struct migration one[] = {
    {1, "0001_one", S("CREATE TABLE one (id @id, name @text)")},
    {0},
};

static const struct migration three[] = {
    {1, "0001_one", S("CREATE TABLE one (id @id, name @text)")},
    {2, "0002_two", S("CREATE TABLE two (id @id); INSERT INTO one (name) VALUES ('by two')")},
    {3, "0003_three", S("--@sequence threes\nCREATE TABLE three (k @blob PRIMARY KEY) @clustered")},
    {0},
};

static struct db *opened(void **state)
{
    a = a ? a : arena_new(1 << 26);
    struct db_options o = hub_kit_options(*state);
    struct db *db = db_open(&o, a, &message);
    if (!db)
        fail_msg(STR_FMT, STR_ARG(message));
    return db;
}

static bool migrated(struct db *db, const struct migration *all)
{
    message = S("");
    return migrate(db, all, a, &message);
}

static int64_t asked(struct db *db, const char *sql)
{
    db_begin(db, false);
    int64_t n = db_get_int(db, -1, sql);
    db_rollback(db);
    return n;
}

static void step_by_step(void **state)
{
    struct db *db = opened(state);
    assert_true(migrated(db, one));
    assert_int_equal(asked(db, "SELECT count(*) FROM one"), 0);
    assert_true(migrated(db, three));
    assert_true(migrated(db, three)); /* again: nothing to do */
    assert_int_equal(asked(db, "SELECT count(*) FROM one"), 1);
    assert_int_equal(asked(db, "SELECT count(*) FROM migrations WHERE applied_at > 0"), 3);
    db_begin(db, true);
    assert_int_equal(db_next_id(db, "threes"), 1);
    assert_true(db_commit(db));
    db_close(db);
}

/* RULE 1 */
static void all_or_none(void **state)
{
    static const struct migration broken[] = {
        {1, "0001_one", S("CREATE TABLE one (id @id, name @text)")},
        {2, "0002_two", S("INSERT INTO one (name) VALUES ('x'); CREATE TABBLE")},
        {0},
    };
    struct db *db = opened(state);
    assert_false(migrated(db, broken));
    assert_true(str_has(message, S("0002_two")));
    assert_int_equal(asked(db, "SELECT count(*) FROM one"), -1);
    assert_int_equal(asked(db, "SELECT count(*) FROM migrations"), -1);
    assert_true(migrated(db, one)); /* the hub is as good as before */
    assert_false(migrated(db, broken));
    assert_int_equal(asked(db, "SELECT count(*) FROM one"), 0);
    assert_int_equal(asked(db, "SELECT count(*) FROM migrations"), 1);
    db_close(db);
}

/* RULE 2 */
static void frozen(void **state)
{
    static const struct migration edited[] = {
        {1, "0001_one", S("CREATE TABLE one (id @id, name @text, more @text)")},
        {0},
    };
    struct db *db = opened(state);
    assert_true(migrated(db, one));
    assert_false(migrated(db, edited));
    assert_true(str_has(message, S("0001_one")) && str_has(message, S("must not change")));
    assert_true(migrated(db, one));
    db_close(db);
}

/* RULE 3 */
static void newer_hub(void **state)
{
    struct db *db = opened(state);
    assert_true(migrated(db, three));
    assert_false(migrated(db, one));
    assert_true(str_has(message, S("made by a newer Skep")));
    assert_true(str_has(message, S("0002_two")));
    assert_true(migrated(db, three));
    db_close(db);
}

static void *migrate_thread(void *p)
{
    struct arena *mine = arena_new(1 << 20);
    struct str words = S("");
    if (!migrate(p, three, mine, &words))
        die("%s", words.p);
    arena_free(mine);
    return NULL;
}

/* RULE 4 */
static void two_at_once(void **state)
{
    for (int round = 0; round < 3; round++) {
        enum { N = 3 };
        struct db *db[N];
        pthread_t threads[N];
        for (int i = 0; i < N; i++)
            db[i] = opened(state);
        for (int i = 0; i < N; i++)
            pthread_create(&threads[i], NULL, migrate_thread, db[i]);
        for (int i = 0; i < N; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(asked(db[0], "SELECT count(*) FROM one"), 1);
        assert_int_equal(asked(db[0], "SELECT count(*) FROM migrations"), 3);
        for (int i = 0; i < N; i++)
            db_close(db[i]);
    }
}

/* RULE 5: whoever builds such a program sees it at its first start. */
static void no_gap(void **state)
{
    static const struct migration gap[] = {{1, "0001_one", S("")}, {3, "0003_three", S("")}, {0}};
    struct db *db = opened(state);
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        migrated(db, gap);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    db_close(db);
}

static void words(void **state)
{
    (void)state;
    a = a ? a : arena_new(1 << 26);
    struct str sql = S("CREATE TABLE t (id @id, a @text, b @blob, c @texts, -- it's @text\n"
                       "  d TEXT DEFAULT '@id') @clustered; /* @id */\n"
                       "--@sqlite\nlite\n--@sequence lites\n--@postgres\npost\n--@end\n"
                       "  --@sequence both\n-- @sequence none");
    struct str lite = migrate_translate(DB_SQLITE, sql, a);
    assert_string_equal(
        str_cstr(a, lite),
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b BLOB, c @texts,"
        " -- it's @text\n  d TEXT DEFAULT '@id') WITHOUT ROWID; /* @id */\n"
        "lite\nINSERT INTO sequences (name, next) VALUES ('lites', 1);\n"
        "INSERT INTO sequences (name, next) VALUES ('both', 1);\n-- @sequence none\n");
    struct str post = migrate_translate(DB_POSTGRES, sql, a);
    assert_string_equal(str_cstr(a, post),
                        "CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
                        " a TEXT COLLATE \"C\", b BYTEA, c @texts, -- it's @text\n"
                        "  d TEXT DEFAULT '@id') ; /* @id */\n"
                        "post\nCREATE SEQUENCE both_ids;\n-- @sequence none\n");
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"step by step", step_by_step, 0},    {"all or none", all_or_none, 0},
        {"what landed is frozen", frozen, 0}, {"a newer hub is refused", newer_hub, 0},
        {"two at once", two_at_once, 0},      {"no gap", no_gap, 1 + DB_SQLITE},
        {"words", words, 1 + DB_SQLITE},
    };
    int failed = hub_kit_run("migrate", tests, sizeof tests / sizeof *tests);
    arena_free(a);
    return failed;
}
