/* catalog_test.c: proves the rules of catalog.h on both engines. */
#include "db/catalog.h"

#include "core/clock.h"
#include "db/hub_kit.h"
#include "db/migrate.h"

static struct arena *a;

static const struct migration some[] = {
    {1, "0001_some",
     S("--@sequence things\n"
       "CREATE TABLE b (id @id, name @text, n BIGINT);\n"
       "CREATE TABLE a (k @text NOT NULL, at BIGINT NOT NULL, r DOUBLE PRECISION, bytes @bytes,\n"
       " small INTEGER, PRIMARY KEY (at, k)) @clustered;\n"
       "CREATE TABLE \"odd \"\"name\" (id BIGINT NOT NULL PRIMARY KEY, \"order\" @text);\n"
       "CREATE INDEX a_r ON a (r);\n"
       "CREATE VIEW seen AS SELECT id FROM b;\n"
       "--@sqlite\n"
       "CREATE VIRTUAL TABLE words USING fts5 (body);\n"
       "--@end\n"
       "--@postgres\n"
       "CREATE TABLE words (rowid BIGINT PRIMARY KEY, body TEXT, words TSVECTOR NOT NULL);\n"
       "--@end\n")},
    {0},
};

static struct str tables_told(struct db *db)
{
    struct db_table *tables;
    struct str told = S("");
    size_t n = db_tables(db, a, &tables);
    for (size_t i = 0; i < n; i++)
        told = str_fmt(a, STR_FMT STR_FMT "(" STR_FMT ")/" STR_FMT "; ", STR_ARG(told),
                       STR_ARG(tables[i].name),
                       STR_ARG(str_join(a, tables[i].columns, tables[i].columns_n, S(" "))),
                       STR_ARG(str_join(a, tables[i].key, tables[i].key_n, S(" "))));
    return told;
}

static void tables_are_listed(void **state) /* RULE 1 */
{
    struct db *db = hub_kit_open(*state, &a, some);
    db_begin(db, false);
    struct str told = tables_told(db);
    if (!str_is(told, "a(k at r bytes small)/at k; b(id name n)/id;"
                      " migrations(number name checksum applied_at)/number;"
                      " odd \"name(id order)/id; "))
        fail_msg(STR_FMT, STR_ARG(told));
    db_rollback(db);
    db_close(db);
}

/* What is in the program: a migration that comes out otherwise on one engine is found here. */
static void both_engines_list_the_same(void **state) /* RULE 1 */
{
    struct hub_kit other;
    struct str told[2];
    if (!hub_kit_has(DB_POSTGRES))
        return;
    hub_kit_make(&other, DB_POSTGRES);
    const struct hub_kit *hubs[] = {*state, &other};
    for (int i = 0; i < 2; i++) {
        struct db *db = hub_kit_open(hubs[i], &a, migrations);
        struct db_sequence *sequences;
        db_begin(db, false);
        told[i] = tables_told(db);
        size_t n = db_sequences(db, a, &sequences);
        for (size_t k = 0; k < n; k++)
            told[i] = str_fmt(a, STR_FMT STR_FMT " %d %lld; ", STR_ARG(told[i]),
                              STR_ARG(sequences[k].name), sequences[k].table,
                              (long long)sequences[k].next);
        db_rollback(db);
        db_close(db);
    }
    hub_kit_drop(&other);
    assert_true(str_has(told[0], S("records(id type root_id path ")));
    assert_true(str_has(told[0], S("records 0 1; activities 1 1; ")));
    if (!str_eq(told[0], told[1]))
        fail_msg(STR_FMT "\n" STR_FMT, STR_ARG(told[0]), STR_ARG(told[1]));
}

static int64_t next_of(struct db *db, const char *name, bool table)
{
    struct db_sequence *list;
    size_t n = db_sequences(db, a, &list);
    for (size_t i = 0; i < n; i++)
        if (str_is(list[i].name, name) && list[i].table == table)
            return list[i].next;
    return -1;
}

static void no_number_comes_again(void **state) /* RULE 2 */
{
    struct db *db = hub_kit_open(*state, &a, some);
    db_begin(db, true);
    for (int i = 0; i < 2; i++) { /* unused, and set to what it says of itself */
        assert_int_equal(next_of(db, "things", false), 1);
        assert_int_equal(next_of(db, "b", true), 1);
        db_sequence_set(db, a, &(struct db_sequence){S("things"), false, 1});
        db_sequence_set(db, a, &(struct db_sequence){S("b"), true, 1});
    }
    assert_int_equal(db_next_id(db, "things"), 1);
    db_sequence_set(db, a, &(struct db_sequence){S("things"), false, 50});
    db_sequence_set(db, a, &(struct db_sequence){S("b"), true, 70});
    assert_int_equal(next_of(db, "things", false), 50);
    assert_int_equal(next_of(db, "b", true), 70);
    assert_int_equal(db_next_id(db, "things"), 50);
    assert_int_equal(db_get_int(db, 0, "INSERT INTO b (name) VALUES ('x') RETURNING id"), 70);
    db_exec(db, "DELETE FROM b");
    assert_int_equal(next_of(db, "things", false), 51);
    assert_int_equal(next_of(db, "b", true), 71);
    assert_true(db_commit(db));
    db_close(db);
}

static void load_hostile(struct db *db, bool well)
{
    static const struct str names[] = {S("at"), S("k"), S("r"), S("bytes"), S("small")};
    struct db_load load = db_load_begin(db, a, S("a"), names, 5);
    db_load_row(&load, (struct db_arg[]){I(-7), T(S("\\N\t\r\n\\.\\\xC3\xBC")), R(0.1),
                                         B(S("\0\\\xff\n")), NIL()});
    db_load_row(&load, (struct db_arg[]){I(INT64_MAX), T(S("")), NIL(), B(S("")), I(3)});
    if (!well)
        db_load_row(&load, (struct db_arg[]){NIL(), T(S("no key")), NIL(), NIL(), NIL()});
    assert_true(db_load_end(&load) == well);
}

static void rows_are_loaded_all_or_none(void **state) /* RULE 3 */
{
    struct db *db = hub_kit_open(*state, &a, some);
    db_begin(db, true);
    load_hostile(db, false);
    assert_false(db_commit(db));
    db_begin(db, true);
    assert_int_equal(db_get_int(db, -1, "SELECT count(*) FROM a"), 0);
    load_hostile(db, true);
    struct rows q = db_query(db, "SELECT at, k, r, bytes, small FROM a ORDER BY at");
    assert_true(db_next(&q));
    static const enum db_kind kinds[] = {DB_INT, DB_TEXT, DB_REAL, DB_BLOB, DB_NULL};
    for (int i = 0; i < 5; i++)
        assert_int_equal(db_kind(&q, i), kinds[i]);
    assert_int_equal(db_int(&q, 0), -7);
    assert_true(str_eq(db_str(&q, 1), S("\\N\t\r\n\\.\\\xC3\xBC")));
    assert_true(db_real(&q, 2) == 0.1);
    assert_true(str_eq(db_blob(&q, 3), S("\0\\\xff\n")));
    assert_true(db_next(&q));
    assert_int_equal(db_int(&q, 0), INT64_MAX);
    assert_true(db_kind(&q, 1) == DB_TEXT && db_kind(&q, 3) == DB_BLOB);
    assert_int_equal(db_int(&q, 4), 3);
    assert_false(db_next(&q));
    db_rollback(db);
    db_close(db);
}

/* Somebody reads the table in a transaction that does not end. */
static void a_table_is_had_alone_or_not_at_all(void **state) /* RULE 4 */
{
    const struct hub_kit *hub = *state;
    struct db *db = hub_kit_open(hub, &a, some), *reader = hub_kit_open(hub, &a, some);
    db_begin(reader, false);
    db_get_int(reader, 0, "SELECT count(*) FROM b");
    db_begin(db, true);
    int64_t began = clock_monotonic();
    bool alone = db_table_alone(db, a, S("b"));
    assert_true(alone == (hub->engine == DB_SQLITE));
    assert_int_equal(db_failed(db), alone ? DB_OK : DB_BUSY);
    assert_true(clock_monotonic() - began < CLOCK_SECOND);
    db_rollback(db);
    db_rollback(reader);
    db_begin(db, true);
    assert_true(db_table_alone(db, a, S("b")));
    assert_true(db_script(db, S("ALTER TABLE b ADD COLUMN more BIGINT;")));
    assert_true(db_commit(db));
    db_close(reader);
    db_close(db);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"tables are listed", tables_are_listed, 0},
        {"both engines list the same", both_engines_list_the_same, 1 + DB_SQLITE},
        {"no number comes again", no_number_comes_again, 0},
        {"rows are loaded all or none", rows_are_loaded_all_or_none, 0},
        {"a table is had alone or not at all", a_table_is_had_alone_or_not_at_all, 0},
    };
    int failed = hub_kit_run("catalog", tests, sizeof tests / sizeof *tests);
    if (a)
        arena_free(a);
    return failed;
}
