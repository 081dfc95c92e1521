/* upgrade_test.c: hubs as older programs have left them, brought to today's schema on both engines.
 *
 * Each test/fixtures/hubs/NNNN.sql is a hub as it was when migration NNNN was the newest, the older
 * ones without their tables; see test/outside/fixture.mjs. A new migration needs no word here:
 * every hub is taken to the newest.
 */
#include <glob.h>
#include <stdlib.h>

#include "core/out.h"
#include "db/catalog.h"
#include "db/hub_kit.h"
#include "db/migrate.h"
#include "http/app.h"
#include "record/check.h"

enum { FIXTURE_MAX = 8 << 20, TABLES_MAX = 400 };

struct counted {
    struct str table;
    int64_t rows;
};

static struct arena *a;

static struct str fixture_read(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(a, FIXTURE_MAX);
    size_t n = file ? fread(text, 1, FIXTURE_MAX, file) : 0;
    assert_true(n > 0 && n < FIXTURE_MAX);
    fclose(file);
    return str_make(text, n);
}

/* How many rows this engine's part of the fixture puts into each table. */
static size_t fixture_count(struct str sql, struct counted *counted)
{
    struct str line, word = S("\nINSERT INTO ");
    size_t n = 0;
    for (ptrdiff_t at; (at = str_find_str(sql, word)) >= 0;) {
        sql = str_from(sql, (size_t)at + word.n);
        line = str_first(sql, (size_t)str_find(sql, ' '));
        size_t i = 0;
        while (i < n && !str_eq(counted[i].table, line))
            i++;
        if (i == n) {
            assert_true(n < TABLES_MAX);
            counted[n++] = (struct counted){line, 0};
        }
        counted[i].rows++;
    }
    return n;
}

static void hub_make(const struct hub_kit *hub, int number, struct str sql)
{
    struct db_options options = hub_kit_options(hub);
    struct str message = S("");
    struct db *db = db_open(&options, a, &message);
    bool whole = str_has(sql, S("\nCREATE TABLE "));
    if (!db || !db_begin(db, true) || (!whole && !migrate_to(db, migrations, number, a, &message)))
        fail_msg("schema %d: " STR_FMT, number, STR_ARG(message));
    struct db_table *tables; /* what migrations put there is in the fixture, too */
    for (size_t i = 0, n = whole ? 0 : db_tables(db, a, &tables); i < n; i++)
        if (!str_is(tables[i].name, "migrations"))
            db_exec(db, str_fmt(a, "DELETE FROM " STR_FMT, STR_ARG(tables[i].name)).p);
    if (!db_script(db, sql) || !db_commit(db))
        fail_msg("the fixture of schema %d: %s", number, db_message(db));
    db_close(db);
}

static void hear(void *ctx, const struct check_finding *f)
{
    (void)ctx;
    print_error("%lld: %s: %lld, counted %lld\n", (long long)f->id, f->what, (long long)f->kept,
                (long long)f->counted);
}

struct look {
    const struct counted *counted;
    size_t n;
    int64_t found, newest;
};

static bool hub_look(struct db *db, void *ctx)
{
    struct look *look = ctx;
    struct db_table *tables;
    size_t n = db_tables(db, a, &tables);
    look->found = check_hub(db, a, hear, NULL);
    if (db_failed(db))
        fail_msg("the hub cannot be checked: %s", db_message(db));
    look->newest = db_get_int(db, 0, "SELECT MAX(number) FROM migrations");
    for (size_t i = 0; i < look->n; i++) {
        struct str name = look->counted[i].table;
        if (!db_table_find(tables, n, name))
            continue; /* a later migration took it away, or it is an index */
        struct str sql = str_fmt(a, "SELECT COUNT(*) FROM " STR_FMT, STR_ARG(name));
        int64_t rows = db_get_int(db, -1, sql.p);
        if (rows < look->counted[i].rows)
            fail_msg("%s: %lld rows of %lld are there", sql.p, (long long)rows,
                     (long long)look->counted[i].rows);
    }
    return !db_failed(db);
}

static void asks(struct app *app, const char *path, const char *words)
{
    struct str answer = app_request(
        app, a, str_fmt(a, "GET %s HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n", path));
    if (!str_starts(answer, S("HTTP/1.1 200 ")) || !str_has(answer, str_of(words)))
        fail_msg("%s without \"%s\": " STR_FMT, path, words, STR_ARG(str_first(answer, 600)));
}

static void old_hubs_are_brought_up_to_date(void **state)
{
    const char *root = getenv("SKEP_SRC");
    glob_t found;
    a = arena_new(512 << 20);
    struct str pattern = str_fmt(a, "%s/test/fixtures/hubs/*.sql", root ? root : ".");
    assert_int_equal(glob(pattern.p, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct hub_kit hub = *(struct hub_kit *)*state;
        hub_kit_make(&hub, hub.engine);
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        struct str sql = migrate_translate(hub.engine, fixture_read(found.gl_pathv[i]), a);
        struct counted counted[TABLES_MAX];
        struct look look = {counted, fixture_count(sql, counted), 0, 0};
        assert_true(look.n > 20);
        hub_make(&hub, (int)strtol(name, NULL, 10), sql);

        struct app_options options = {.store = {.db = hub_kit_options(&hub)}, .loops = 1};
        struct str message = S("");
        struct app *app = app_open(&options, features, a, &message);
        if (!app)
            fail_msg("%s: " STR_FMT, name, STR_ARG(message));
        assert_true(store_run(app->store, STORE_SLOW, hub_look, &look));
        assert_int_equal(look.found, 0);
        int64_t known = 0;
        while (migrations[known].number)
            known++;
        assert_int_equal(look.newest, known);
        asks(app, "/ideas", "A lid, a tray");
        asks(app, "/search?q=rims", "A lid, a tray");
        asks(app, "/topics", "Sencha, how long");
        app_close(app);
        hub_kit_drop(&hub);
    }
    globfree(&found);
    arena_free(a);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"old hubs are brought up to date", old_hubs_are_brought_up_to_date, 0},
    };
    return hub_kit_run("upgrade", tests, sizeof tests / sizeof *tests);
}
