/* backups_test.c: proves the RULES of backups.h from inside; test/backup_test.sh does so from
 * outside, with a server, kills and full disks. */
#include "features/backups/backups.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/hub_kit.h"
#include "db/migrate.h"
#include "record/check.h"
#include "test/rooms.h"

struct bench { /* where a test works */
    struct arena *a;
    char folder[64];
    struct backup_report report;
};

static struct bench bench_make(struct kit *kit)
{
    struct bench b = {.a = kit->arena};
    snprintf(b.folder, sizeof b.folder, "/tmp/backups_test.XXXXXX");
    assert_non_null(mkdtemp(b.folder));
    return b;
}

static struct str in(struct bench *b, const char *name)
{
    return str_fmt(b->a, "%s/%s", b->folder, name);
}

static struct backup_place place_of(struct kit *kit)
{
    return (struct backup_place){.db = kit->app->options.store.db};
}

static struct backup_place folder_of(struct bench *b, const char *name)
{
    return (struct backup_place){.db = {.data = in(b, name).p},
                                 .files = in(b, str_fmt(b->a, "%s/files", name).p).p};
}

static void wrong(const struct bench *b)
{
    fail_msg(STR_FMT, STR_ARG(b->report.why));
}

static void make(struct bench *b, const struct backup_place *from, const char *name)
{
    if (!backup_make(from, in(b, name), b->a, &b->report))
        wrong(b);
}

static void restore(struct bench *b, const struct backup_place *to, const char *name)
{
    if (!backup_restore(to, in(b, name), b->a, &b->report))
        wrong(b);
    assert_int_equal(b->report.unsound, 0);
}

static void refuses(struct bench *b, const struct backup_place *to, const char *name,
                    const char *words)
{
    if (backup_restore(to, in(b, name), b->a, &b->report))
        fail_msg("restored, where it should be: %s", words);
    if (!str_has(b->report.why, str_of(words)))
        wrong(b);
}

/* A hub with something in most tables. */
static int64_t community(struct kit *kit)
{
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid that is a tray");
    topic_make(kit, &rooms, rooms.ben, "How do I open it?");
    comment_make(kit, rooms.ben, idea, "It is hot: 50\xC2\xB0\\tor more\\\\n");
    as(kit, rooms.ben);
    assert_status(post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), ""), 303);
    as(kit, rooms.ana);
    assert_status(patch(kit, kit_path(kit, "/ideas/%lld", (long long)idea),
                        "title=A+lid+that+is+two&body=Or+three&revision=1"),
                  303);
    kit_token(kit, rooms.ana, "read write");
    return idea;
}

/* Of all tables but the search's sample of words, which is made anew. */
static struct str sums_of(struct bench *b)
{
    struct str told = S("");
    for (size_t i = 0; i < b->report.head.tables_n; i++)
        if (!str_is(b->report.head.tables[i].name, "search_words"))
            told = str_fmt(b->a, STR_FMT STR_FMT " %lld %llx %llx\n", STR_ARG(told),
                           STR_ARG(b->report.head.tables[i].name),
                           (long long)b->report.end.tables[i].rows,
                           (unsigned long long)b->report.end.tables[i].high,
                           (unsigned long long)b->report.end.tables[i].low);
    return told;
}

static void assert_sums(struct bench *b, struct str sums)
{
    if (!str_eq(sums, sums_of(b)))
        fail_msg(STR_FMT "are now\n" STR_FMT, STR_ARG(sums), STR_ARG(sums_of(b)));
}

static int64_t asked(struct bench *b, const struct backup_place *hub, const char *sql)
{
    struct db_options options = hub->db;
    struct str why = S("");
    options.existing = true;
    struct db *db = db_open(&options, b->a, &why);
    if (!db || !db_begin(db, false))
        fail_msg(STR_FMT, STR_ARG(why));
    int64_t n = db_get_int(db, -1, sql);
    db_close(db);
    return n;
}

/* From this engine to a folder, from there to PostgreSQL if there is one, and back to a folder,
 * beginning with the backup named 1. */
static struct backup_place around(struct bench *b)
{
    struct backup_place first = folder_of(b, "first"), last = folder_of(b, "last");
    struct str sums = sums_of(b);
    restore(b, &first, "1");
    make(b, &first, "2");
    assert_sums(b, sums);
    if (hub_kit_has(DB_POSTGRES)) {
        struct hub_kit schema;
        hub_kit_make(&schema, DB_POSTGRES);
        struct backup_place there = {.db = hub_kit_options(&schema)};
        restore(b, &there, "2");
        refuses(b, &there, "2", "there is a hub in the database already"); /* RULE 5 */
        make(b, &there, "3");
        hub_kit_drop(&schema);
    } else {
        make(b, &first, "3");
    }
    assert_sums(b, sums);
    restore(b, &last, "3");
    make(b, &last, "4");
    assert_sums(b, sums);
    return last;
}

static void the_rows_are_the_same_everywhere(void **state) /* RULES 4 and 6 */
{
    struct kit *kit = *state;
    struct bench b = bench_make(kit);
    community(kit);
    sql_run(kit, "INSERT INTO cursors (consumer, activity_id) VALUES ('one', 9223372036854775807)");
    sql_run(kit, "UPDATE records SET hot = 20641.123456789012,"
                 " rank_hot = 20641.123456789012 WHERE type = 'idea'");
    sql_run(kit, "UPDATE taggings SET hot = 20641.123456789012 WHERE type = 'idea'");
    sql_run(kit, "DELETE FROM sessions"); /* their numbers do not come again */
    struct backup_place from = place_of(kit);
    make(&b, &from, "1");
    int64_t next = 0;
    for (size_t i = 0; i < b.report.head.sequences_n; i++)
        next = str_is(b.report.head.sequences[i].name, "sessions") ? b.report.head.sequences[i].next
                                                                   : next;
    assert_true(next > 3);
    struct backup_place last = around(&b);
    for (size_t i = 0; i < b.report.head.sequences_n; i++)
        if (str_is(b.report.head.sequences[i].name, "sessions"))
            assert_int_equal(b.report.head.sequences[i].next, next);
    assert_int_equal(asked(&b, &last, "SELECT activity_id FROM cursors WHERE consumer = 'one'"),
                     INT64_MAX);
    assert_int_equal(asked(&b, &last, "SELECT COUNT(*) FROM search_roots"),
                     sql_int(kit, "SELECT COUNT(*) FROM search_roots"));
    assert_int_equal(asked(&b, &last, "SELECT COUNT(*) FROM search_replies"),
                     sql_int(kit, "SELECT COUNT(*) FROM search_replies"));
    hub_kit_remove(b.folder);
}

static int64_t made(struct kit *kit, const char *path, const char *json)
{
    struct res r = post_json(kit, path, json);
    assert_status(r, 201);
    return sql_int(kit, "SELECT MAX(id) FROM records");
}

static void types_go_along(void **state) /* RULE 4 */
{
    static const char *const fields[] = {
        "{\"kind\": \"decimal\", \"label\": \"Length\"}",
        "{\"kind\": \"choices\", \"label\": \"Sails\", \"choices\": \"Main\\nJib\"}",
        "{\"kind\": \"money\", \"label\": \"Price\"}",
        "{\"kind\": \"address\", \"label\": \"Berth\"}",
        "{\"kind\": \"date\", \"label\": \"Built on\"}",
        "{\"kind\": \"refs\", \"label\": \"Deals\", \"target\": \"deal\", \"roles\": \"prize\"}",
    };
    struct kit *kit = *state;
    struct bench b = bench_make(kit);
    struct backup_place from = place_of(kit);
    as(kit, kit_person(kit, "ada", ROLE_ADMINISTRATOR));
    made(kit, "/types",
         "{\"noun\": \"Sail boat\", \"label\": \"Sail boats\", \"audience\": \"staff\","
         " \"maker\": \"staff\"}");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        made(kit, "/types/sail_boat/fields", fields[i]);
    made(kit, "/types/deal/fields", "{\"kind\": \"text\", \"label\": \"Colour\"}");
    int64_t deal = made(kit, "/deals",
                        "{\"title\": \"Grinders\", \"pipeline\": \"sales\", \"stage\": \"new\","
                        " \"colour\": \"Teal\"}");
    made(kit, "/sail-boats",
         kit_path(kit,
                  "{\"title\": \"Heron\", \"length\": \"7.25\", \"sails\": \"jib,main\","
                  " \"price\": \"100 NOK\", \"berth\": \"Kai 1\\n5013\\nBergen\","
                  " \"built_on\": \"1980-05-01\", \"deals\": \"%lld:prize\"}",
                  (long long)deal));
    assert_status(del(kit, "/types/sail_boat/fields/built_on"), 303);
    sql_run(kit, "DELETE FROM sessions");
    make(&b, &from, "1");
    struct backup_place last = around(&b);
    static const char *const same[] = {
        ("SELECT COUNT(*) FROM own_sail_boats WHERE own_length = 725 AND own_price = 10000"
         " AND own_price_currency = 'NOK' AND own_berth_city = 'Bergen' AND own_built_on = 3773"),
        "SELECT COUNT(*) FROM links WHERE kind = 'sail_boat.deals' AND role = 'prize'",
        "SELECT COUNT(*) FROM ix_own_sail_boats_own_sails WHERE v = 'jib'",
        "SELECT COUNT(*) FROM deals WHERE own_colour = 'Teal'",
        "SELECT COUNT(*) FROM ix_deals_own_colour WHERE v = 'teal'",
        "SELECT COUNT(*) FROM fields WHERE name = 'built_on' AND off_at IS NOT NULL",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (sql_int(kit, same[i]) != 1 || asked(&b, &last, same[i]) != 1)
            fail_msg("%s", same[i]);
    hub_kit_remove(b.folder);
}

static void file_put(struct bench *b, const char *name, struct str bytes)
{
    int fd = open(in(b, name).p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    close(fd);
}

static struct str file_get(struct bench *b, const char *name)
{
    char *p = arena_alloc(b->a, 1 << 20);
    int fd = open(in(b, name).p, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, p, 1 << 20);
    close(fd);
    return n < 0 ? (struct str){NULL, 0} : str_make(p, (size_t)n);
}

#define ABC "dd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"

static void files_go_along(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    struct bench b = bench_make(kit);
    struct backup_place from = place_of(kit), to = folder_of(&b, "to"), bare = to;
    char *big = arena_alloc(b.a, 700000);
    memset(big, 7, 700000);
    mkdir(in(&b, "files").p, 0700);
    mkdir(in(&b, "files/ab").p, 0700);
    mkdir(in(&b, "files/.incoming").p, 0700);
    mkdir(in(&b, "files/tmp").p, 0700);
    file_put(&b, "files/tmp/x", S("not yet"));
    /* BLAKE2b-256 of "abc", and the name of something else */
    mkdir(in(&b, "files/bd").p, 0700);
    file_put(&b, "files/bd/" ABC, S("abc"));
    file_put(&b, "files/ab/big", str_make(big, 700000));
    file_put(&b, "files/empty", S(""));
    file_put(&b, "files/late.part", S("not yet"));
    file_put(&b, "files/.incoming/x", S("not yet"));
    from.files = in(&b, "files").p;
    make(&b, &from, "1");
    assert_int_equal(b.report.end.files, 3);
    assert_int_equal(b.report.wrong_files, 0);
    file_put(&b, "files/bd/" ABC, S("abd"));
    make(&b, &from, "1");
    assert_int_equal(b.report.wrong_files, 1);
    bare.files = NULL;
    refuses(&b, &bare, "1", "say with --files DIR");
    restore(&b, &to, "1");
    assert_true(str_eq(file_get(&b, "to/files/ab/big"), str_make(big, 700000)));
    assert_int_equal(file_get(&b, "to/files/empty").n, 0);
    assert_null(file_get(&b, "to/files/late.part").p);
    assert_null(file_get(&b, "to/files/tmp/x").p);
    assert_null(file_get(&b, "to/restoring/hub.db").p);
    hub_kit_remove(b.folder);
}

static void a_hub_is_made_only_where_none_is(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct bench b = bench_make(kit);
    struct backup_place from = place_of(kit), to = folder_of(&b, "to");
    make(&b, &from, "1");
    mkdir(in(&b, "to").p, 0700);
    mkdir(in(&b, "to/files").p, 0700);
    file_put(&b, "to/files/x", S("somebody's"));
    refuses(&b, &to, "1", "there are files in ");
    unlink(in(&b, "to/files/x").p);
    mkdir(in(&b, "to/restoring").p, 0700); /* of one that was killed */
    file_put(&b, "to/restoring/hub.db", S("half"));
    restore(&b, &to, "1");
    struct str hub = file_get(&b, "to/hub.db");
    refuses(&b, &to, "1", "there is a hub in ");
    assert_true(str_eq(hub, file_get(&b, "to/hub.db")));
    refuses(&b, &from, "1", "there is a hub in ");
    hub_kit_remove(b.folder);
}

/* The blocks' sums are pack_test's; here all bytes of a real backup are tried at random. */
static void nothing_comes_of_a_damaged_file(void **state) /* RULES 2 and 3 */
{
    enum { TRIES = 60 };
    struct kit *kit = *state;
    struct bench b = bench_make(kit);
    struct backup_place from = place_of(kit), to = folder_of(&b, "to");
    community(kit);
    mkdir(in(&b, "files").p, 0700);
    file_put(&b, "files/x", S("a file"));
    from.files = in(&b, "files").p;
    make(&b, &from, "1");
    assert_null(file_get(&b, "1.part").p);
    struct str whole = file_get(&b, "1");
    for (size_t i = 0; i < TRIES; i++) {
        size_t at = whole.n * i / TRIES + i;
        char *turned = str_cstr(b.a, whole);
        turned[at < whole.n ? at : whole.n - 1] ^= 16;
        file_put(&b, "2", i % 2 ? str_first(whole, at) : str_make(turned, whole.n));
        refuses(&b, &to, "2", "");
        assert_true(b.report.why.n > 0);
        assert_null(file_get(&b, "to/hub.db").p);
        assert_null(file_get(&b, "to/files/x").p);
    }
    refuses(&b, &to, "none", "cannot open ");
    file_put(&b, "2", S("SQLite format 3"));
    refuses(&b, &to, "2", "is no backup of Skep");
    restore(&b, &to, "1");
    hub_kit_remove(b.folder);
}

/* A hub of an older program, which its backup leaves as it is. */
static void old_schemas_are_brought_up_to_date(void **state) /* RULE 7 */
{
    struct kit *kit = *state;
    struct bench b = bench_make(kit);
    struct backup_place old = folder_of(&b, "old"), to = folder_of(&b, "to");
    struct str why = S("");
    struct db *db = db_open(&old.db, b.a, &why);
    assert_true(db && db_begin(db, true));
    assert_true(migrate_to(db, migrations, 4, b.a, &why));
    db_exec(db, "INSERT INTO settings (name, value) VALUES ('hub', 'An old one')");
    assert_true(db_commit(db));
    db_close(db);
    make(&b, &old, "1");
    assert_int_equal(b.report.head.migrations, 4);
    assert_int_equal(asked(&b, &old, "SELECT COUNT(*) FROM migrations"), 4);
    restore(&b, &to, "1");
    assert_true(asked(&b, &to, "SELECT COUNT(*) FROM migrations") > 4);
    assert_int_equal(asked(&b, &to, "SELECT COUNT(*) FROM settings WHERE value = 'An old one'"), 1);

    struct backup_place from = place_of(kit), none = folder_of(&b, "none");
    sql_run(kit, "INSERT INTO migrations (number, name, checksum, applied_at)"
                 " VALUES (9999, '9999_from_the_future', '00', 0)");
    make(&b, &from, "2");
    refuses(&b, &none, "2", "the backup is of a newer Skep");
    sql_run(kit, "DELETE FROM migrations WHERE number = 9999");
    sql_run(kit, "UPDATE migrations SET checksum = 'other' WHERE number = 1");
    make(&b, &from, "3");
    refuses(&b, &none, "3", "must not change");
    sql_run(kit, "CREATE TABLE stray (id BIGINT PRIMARY KEY)");
    make(&b, &from, "4");
    refuses(&b, &none, "4", "is not as this program's migrations make it");
    sql_run(kit, "DROP TABLE stray");
    sql_run(kit, "CREATE TABLE stray (id BIGINT)");
    assert_false(backup_make(&from, in(&b, "5"), b.a, &b.report));
    assert_true(str_has(b.report.why, S("has no primary key")));
    assert_null(file_get(&b, "5").p);
    sql_run(kit, "DROP TABLE stray");
    kit->unsound = true; /* a migration's checksum */
    hub_kit_remove(b.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(the_rows_are_the_same_everywhere),
        kit_test(files_go_along),
        kit_test(types_go_along),
        kit_test(a_hub_is_made_only_where_none_is),
        kit_test(nothing_comes_of_a_damaged_file),
        kit_test(old_schemas_are_brought_up_to_date),
    };
    return kit_run(tests);
}
