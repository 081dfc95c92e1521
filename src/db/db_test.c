/* db_test.c: proves the rules of db.h, sqlite.c and postgres.c, on the engines they speak of. */
#include "db/hub_kit.h"

#include <pthread.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/clock.h"
#include "db/migrate.h"

static const struct migration things[] = {
    {1, "0001_things",
     S("--@sequence things\n"
       "CREATE TABLE things (id @id, name @text, size BIGINT CHECK (size <> 13), part DOUBLE "
       "PRECISION,"
       " raw @blob, UNIQUE (name));"
       "CREATE TABLE owners (thing_id BIGINT NOT NULL REFERENCES things (id), who @text NOT NULL,"
       " PRIMARY KEY (who, thing_id)) @clustered;"
       "CREATE TABLE counters (name @text PRIMARY KEY, n BIGINT NOT NULL)")},
    {0},
};

static struct arena *a;

static struct db *opened(const struct db_options *o)
{
    struct str message = S("");
    struct db *db = db_open(o, a, &message);
    if (!db)
        fail_msg(STR_FMT, STR_ARG(message));
    return db;
}

static struct db *hub(void **state)
{
    struct db *db = hub_kit_open(*state, &a, things);
    assert_true(db_begin(db, true));
    return db;
}

static int64_t count(struct db *db)
{
    return db_get_int(db, -1, "SELECT count(*) FROM things");
}

static void ended(struct db *db)
{
    assert_string_equal(db_message(db), "");
    assert_true(db_commit(db));
    db_close(db);
}

#define assert_str(s, text) assert_true(str_is((s), (text)))

/* db.h RULE 1 */
static void failure_sticks(void **state)
{
    struct db *db = hub(state);
    db_exec(db, "INSERT INTO things (name) VALUES (?1)", T(S("kept?")));
    assert_int_equal(db_exec(db, "INSERT INTO nowhere VALUES (1)"), 0);
    assert_int_equal(db_failed(db), DB_FAILED);
    int64_t before = db_statements(db);
    struct rows q = db_query(db, "SELECT 1");
    assert_false(db_next(&q));
    assert_int_equal(db_int(&q, 0), 0);
    assert_int_equal(db_exec(db, "INSERT INTO things (name) VALUES ('x')"), 0);
    assert_int_equal(db_get_int(db, 7, "SELECT 1"), 7);
    assert_null(db_get_str(db, a, "SELECT 'x'").p);
    assert_int_equal(db_statements(db), before);
    db_rollback(db);
    assert_int_equal(db_failed(db), DB_FAILED); /* still told, until the next transaction */
    assert_true(db_begin(db, true));
    assert_int_equal(count(db), 0);
    ended(db);
}

/* db.h RULE 2 */
static void failed_commit(void **state)
{
    struct db *db = hub(state);
    db_exec(db, "INSERT INTO things (name) VALUES ('a')");
    db_fail(db, DB_INVALID, "the caller's veto");
    assert_false(db_commit(db));
    assert_int_equal(db_failed(db), DB_INVALID);
    db_begin(db, true);
    assert_int_equal(count(db), 0);
    ended(db);
}

static int64_t prepared(struct db *db, const char *like)
{
    return db_engine(db) == DB_SQLITE
               ? db_get_int(db, -1, "SELECT count(*) FROM sqlite_stmt WHERE sql LIKE ?1", Z(like))
               : db_get_int(db, -1,
                            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE ?1",
                            Z(like));
}

/* db.h RULE 3 */
static void prepared_once(void **state)
{
    struct db *db = hub(state);
    char first[] = "SELECT 'once' || CAST(?1 AS TEXT)", second[sizeof first];
    memcpy(second, first, sizeof first);
    assert_str(db_get_str(db, a, first, I(1)), "once1");
    assert_str(db_get_str(db, a, second, I(2)), "once2");
    assert_str(db_get_str(db, a, "SELECT 'once' || CAST(?1 AS TEXT)", I(3)), "once3");
    assert_int_equal(prepared(db, "SELECT 'once%"), 1);

    memcpy(first, "SELECT 'else'", 13); /* another text at an address already seen */
    assert_str(db_get_str(db, a, first, I(1)), "else1");
    ended(db);
}

/* cache.h RULE 2, through the front */
static void dynamic_statements(void **state)
{
    struct db *db = hub(state);
    for (int i = 0; i < 1500; i++) {
        char sql[60];
        snprintf(sql, sizeof sql, "SELECT %d + ?1", i);
        assert_int_equal(db_get_int(db, -1, sql, I(1)), i + 1);
    }
    assert_in_range(prepared(db, "SELECT %"), 300, 513);
    ended(db);
}

/* db.h RULE 4; sqlite.c RULE 5 */
static void rows_hold(void **state)
{
    struct db *db = hub(state);
    db_exec(db, "INSERT INTO things (name, raw) VALUES ('a', ?1), ('b', ?2), ('c', NULL)",
            B(str_make("\0\xff\n", 3)), B(S("")));
    const char *sql = "SELECT name, raw FROM things ORDER BY name";
    struct rows q = db_query(db, sql);
    assert_true(db_next(&q));
    struct str name = db_str(&q, 0), raw = db_blob(&q, 1);
    struct rows inner = db_query(db, sql); /* the same text, while it is in use */
    assert_true(db_next(&inner) && db_next(&inner));
    assert_str(db_str(&inner, 0), "b");
    assert_int_equal(db_blob(&inner, 1).n, 0);
    assert_false(db_is_null(&inner, 1));
    assert_str(name, "a");
    assert_true(str_eq(raw, str_make("\0\xff\n", 3)));
    assert_true(str_eq(db_blob(&q, 1), raw)); /* twice the same */
    assert_true(db_next(&q) && db_next(&q));
    assert_true(db_is_null(&q, 1));
    assert_false(db_next(&q));
    assert_false(db_next(&q)); /* past the end it stays at the end */
    assert_true(db_next(&inner));
    db_done(&inner);
    db_done(&inner);

    struct rows left = db_query(db, sql); /* left open: ends with the transaction */
    assert_true(db_next(&left));
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    assert_int_equal(count(db), 3);
    ended(db);
}

/* db.h RULE 5: one list of questions with their answers. */
static void same_answers(void **state)
{
    static const struct {
        const char *sql, *answer;
    } table[] = {
        {"SELECT 7 / 2", "3"},
        {"SELECT -7 % 3", "-1"},
        {"SELECT 'a' || 'b' || 3", "ab3"},
        {"SELECT CASE WHEN 'abc' LIKE 'A%' THEN 'folds' ELSE 'exact' END", "exact"},
        {"SELECT CASE WHEN 'a' < 'B' THEN 'folds' ELSE 'bytes' END", "bytes"},
        {"SELECT coalesce(sum(size), 0) FROM things", "9223372036854775806"},
        {"SELECT max(size) FROM things", "9223372036854775807"},
        {"SELECT min(size) FROM things", "-9223372036854775808"},
        {"SELECT length(name) FROM things WHERE name LIKE 'Z%'", "6"},
        {"SELECT lower(name) FROM things WHERE name LIKE 'Z%'", "z\u00fcrich"},
        {"SELECT upper(substr(name, 1, 2)) FROM things WHERE name LIKE 'Z%'", "Z\u00fc"},
        {"SELECT replace(name, '\u00fc', 'ue') FROM things WHERE name LIKE 'Z%'", "Zuerich"},
        {"SELECT count(size) FROM things", "4"},
        {"SELECT name FROM things ORDER BY size NULLS FIRST, name LIMIT 1", ""},
        {"SELECT name FROM things ORDER BY size DESC NULLS LAST, name LIMIT 1", "A"},
        {"SELECT count(*) FROM things WHERE (size, name) > (0, 'a')", "2"},
        {"SELECT count(*) FROM things WHERE name IN ('zz', 'A')", "2"},
        {"SELECT count(*) FROM things WHERE name IS NOT DISTINCT FROM 'zz'", "1"},
        {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)"
         " SELECT sum(i) FROM n",
         "45"},
        {"SELECT 'it''s -- ?1 /* ?2 */' || '\"?3\"' -- ?4\n", "it's -- ?1 /* ?2 */\"?3\""},
    };
    struct db *db = hub(state);
    const struct db_arg rows[][2] = {
        {T(S("A")), I(INT64_MAX)},    {T(S("b")), I(INT64_MIN)},
        {T(S("zz")), I(INT64_MAX)},   {T(S("Z\u00fcrich")), I(0)},
        {T(S("\u00e9clair")), NIL()}, {T(S("\U0001F41D bee")), NIL()},
        {T(S("\uFFFD")), NIL()},      {T(S("")), NIL()},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(
            db_exec_n(db, "INSERT INTO things (name, size) VALUES (?1, ?2)", rows[i], 2), 1);
    struct rows q = db_query(db, "SELECT name FROM things ORDER BY name");
    static const char *const order[] = {
        "", "A", "Z\u00fcrich", "b", "zz", "\u00e9clair", "\uFFFD", "\U0001F41D bee",
    };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        assert_true(db_next(&q));
        assert_str(db_str(&q, 0), order[i]);
    }
    assert_false(db_next(&q));
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct str got = db_get_str(db, a, table[i].sql);
        if (!str_is(got, table[i].answer))
            fail_msg("%s: %s, not %s (%s)", table[i].sql, got.p, table[i].answer, db_message(db));
    }
    ended(db);
}

/* db.h RULE 5, postgres.c RULE 5: every 64-bit number and double comes back as it went. */
static void numbers_hold(void **state)
{
    struct db *db = hub(state);
    static const int64_t ints[] = {0, -1, INT32_MAX, INT64_C(4294967296), INT64_MAX, INT64_MIN};
    static const double reals[] = {0, -0.5, 1e300, 5e-324, 0.1, 123456789.987654321};
    for (size_t i = 0; i < 6; i++) {
        struct rows q = db_query(db,
                                 "INSERT INTO things (size, part) VALUES (?1, ?2)"
                                 " RETURNING size, part, ?1 + 0",
                                 I(ints[i]), R(reals[i]));
        assert_true(db_next(&q));
        assert_true(db_int(&q, 0) == ints[i]);
        assert_true(db_real(&q, 1) == reals[i]);
        assert_true(db_int(&q, 2) == ints[i]);
        assert_false(db_next(&q));
    }
    assert_int_equal(db_get_int(db, 0, "SELECT ?1 < 4", I(3)), 1); /* a yes is 1 */
    assert_int_equal(db_get_int(db, 5, "SELECT size FROM things WHERE part IS NULL"), 5);
    assert_int_equal(db_get_int(db, 5, "SELECT NULL"), 0);
    ended(db);
}

/* db.h RULE 5: what a statement says of its changes. */
static void changes_counted(void **state)
{
    struct db *db = hub(state);
    assert_int_equal(db_exec(db, "INSERT INTO things (name) VALUES ('a'), ('b'), ('c')"), 3);
    assert_int_equal(db_exec(db, "INSERT INTO things (name) VALUES ('a') ON CONFLICT DO NOTHING"),
                     0);
    assert_int_equal(db_exec(db, "UPDATE things SET size = 1 WHERE name > ?1", Z("a")), 2);
    assert_int_equal(db_exec(db, "UPDATE things SET size = 2 WHERE name = 'q'"), 0);
    assert_int_equal(db_exec(db, "SELECT name FROM things"), 0);
    assert_int_equal(db_exec(db, "INSERT INTO things (name) VALUES ('d'), ('e') RETURNING id"), 2);
    assert_int_equal(db_exec(db, "CREATE TABLE more (id @id)"), 0); /* not translated: fails */
    assert_int_equal(db_failed(db), DB_FAILED);
    db_rollback(db);
    db_close(db);
}

/* db.h RULE 5: NULL where a statement first came with a value, and the other way round. */
static void null_arguments(void **state)
{
    struct db *db = hub(state);
    const char *sql = "INSERT INTO things (name, size, part, raw) VALUES (?1, ?2, ?3, ?4)";
    db_exec(db, sql, NIL(), NIL(), NIL(), NIL());
    db_exec(db, sql, Z("a"), I(1), R(1), B(S("x")));
    db_exec(db, sql, Z(NULL), REF(0), NIL(), NIL());
    assert_int_equal(count(db), 3);
    sql = "SELECT count(*) FROM things WHERE size = ?1 OR (?1 IS NULL AND size IS NULL)";
    assert_int_equal(db_get_int(db, -1, sql, NIL()), 2);
    assert_int_equal(db_get_int(db, -1, sql, I(1)), 1);
    ended(db);
}

/* db.h RULE 6 */
static void text_is_text(void **state)
{
    static const struct {
        struct str s;
        bool fits;
    } table[] = {
        {S(""), true},
        {{NULL, 0}, true},
        {S("plain ASCII that is longer than a word or two"), true},
        {S("12345678\U0001F41D and on"), true},
        {S("1234567\0"), false},
        {S("a\0b"), false},
        {S("\xff"), false},
        {S("12345678\xc3"), false},
        {S("12345678\xed\xa0\x80"), false},
        {S("\xc0\xaf"), false},
    };
    struct db *db = hub(state);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        db_save(db);
        struct str got = db_get_str(db, a, "SELECT ?1", T(table[i].s));
        assert_int_equal(db_failed(db), table[i].fits ? DB_OK : DB_INVALID);
        assert_int_equal(got.p != NULL, table[i].fits);
        assert_true(!got.p || str_eq(got, table[i].s));
        db_save_end(db, true);
        db_get_int(db, 0, "SELECT length(?1)", B(table[i].s)); /* bytes may be anything */
    }
    ended(db);
}

/* db.h RULE 7 */
static void refusals(void **state)
{
    struct db *db = hub(state);
    db_exec(db, "INSERT INTO things (name) VALUES (?1)", Z("a"), Z("b"));
    assert_int_equal(db_failed(db), DB_FAILED);
    db_rollback(db);
    db_begin(db, true);
    db_exec(db, "INSERT INTO things (name) VALUES (?1)");
    assert_int_equal(db_failed(db), DB_FAILED);
    db_rollback(db);
    db_begin(db, true);
    db_exec(db, "SELECT 1; SELECT 2");
    assert_int_equal(db_failed(db), DB_FAILED);
    db_rollback(db);

    assert_true(db_begin(db, false));
    assert_int_equal(count(db), 0);
    db_exec(db, "INSERT INTO things (name) VALUES ('a')");
    assert_int_equal(db_failed(db), DB_FAILED);
    assert_false(db_commit(db));

    assert_int_equal(db_exec(db, "INSERT INTO things (name) VALUES ('a')"), 0);
    assert_int_equal(db_failed(db), DB_FAILED);
    db_begin(db, true);
    assert_int_equal(count(db), 0);
    ended(db);
}

static void constraints(void **state)
{
    static const struct {
        const char *sql;
        enum db_failure why;
    } table[] = {
        {"INSERT INTO things (name) VALUES ('a')", DB_DUPLICATE},
        {"INSERT INTO things (id) VALUES (1)", DB_DUPLICATE},
        {"INSERT INTO owners VALUES (1, 'me')", DB_DUPLICATE},
        {"INSERT INTO owners VALUES (99, 'me')", DB_INVALID},
        {"INSERT INTO owners VALUES (1, NULL)", DB_INVALID},
        {"INSERT INTO things (size) VALUES (13)", DB_INVALID},
        {"DELETE FROM things WHERE id = 1", DB_INVALID},
        {"SELECT nothing", DB_FAILED},
        {"SELECT \"nothing\"", DB_FAILED},
        {"SELEC", DB_FAILED},
    };
    struct db *db = hub(state);
    db_exec(db, "INSERT INTO things (id, name) VALUES (1, 'a')");
    db_exec(db, "INSERT INTO owners VALUES (1, 'me')");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        db_save(db);
        db_exec(db, table[i].sql);
        if (db_failed(db) != table[i].why)
            fail_msg("%s: %d, not %d", table[i].sql, db_failed(db), table[i].why);
        assert_false(db_save_end(db, true));
        assert_int_equal(db_failed(db), DB_OK);
    }
    ended(db);
}

static void parts(void **state)
{
    struct db *db = hub(state);
    db_exec(db, "INSERT INTO things (name) VALUES ('outer'), ('outer 2')");
    struct rows q = db_query(db, "SELECT name FROM things ORDER BY name");
    assert_true(db_next(&q));
    db_save(db);
    db_exec(db, "INSERT INTO things (name) VALUES ('undone by wish')");
    assert_false(db_save_end(db, false));
    db_save(db);
    db_exec(db, "INSERT INTO things (name) VALUES ('kept')");
    db_save(db);
    db_exec(db, "INSERT INTO things (name) VALUES ('undone by failure')");
    struct rows inner = db_query(db, "SELECT name FROM things");
    assert_true(db_next(&inner)); /* left open inside the part */
    db_exec(db, "INSERT INTO things (name) VALUES ('kept')");
    assert_int_equal(db_failed(db), DB_DUPLICATE);
    db_save(db); /* begins after the failure: it never was */
    assert_false(db_save_end(db, true));
    assert_int_equal(db_failed(db), DB_DUPLICATE);
    assert_false(db_save_end(db, true));
    assert_int_equal(db_failed(db), DB_OK);
    assert_true(db_save_end(db, true));
    assert_true(db_next(&q)); /* a loop outside goes on */
    assert_str(db_str(&q, 0), "outer 2");
    assert_int_equal(count(db), 3);
    ended(db);
}

/* db.h RULE 8 */
static void turns(void **state)
{
    struct db *db = hub(state);
    int64_t before = db_turn(db), then = before;
    db_save(db);
    db_exec(db, "INSERT INTO things (name) VALUES ('one')");
    assert_int_equal(count(db), 1);
    assert_int_equal(db_turn(db), then);
    assert_false(db_save_end(db, false));
    assert_int_not_equal(db_turn(db), then);
    then = db_turn(db);
    assert_true(db_commit(db));
    assert_true(db_begin(db, false));
    assert_int_not_equal(db_turn(db), then); /* others may have written between */
    assert_int_not_equal(db_turn(db), before);
    ended(db);
}

static void what_is_sent_arrives_or_fails(void **state) /* db_send */
{
    struct db *db = hub(state);
    for (int i = 0; i < 600; i++)
        db_send(db, "INSERT INTO things (name) VALUES (?1)", T(str_fmt(a, "t%d", i)));
    assert_int_equal(count(db), 600);
    db_save(db);
    db_send(db, "INSERT INTO things (name) VALUES (?1)", T(S("t600")));
    db_send(db, "INSERT INTO things (id, name) VALUES (?1, ?2)", I(1), T(S("one")));
    db_send(db, "INSERT INTO things (id, name) VALUES (?1, ?2)", I(1), T(S("again")));
    db_send(db, "INSERT INTO things (name) VALUES (?1)", T(S("t601")));
    assert_false(db_save_end(db, true)); /* the part fails, and only that */
    assert_int_equal(db_failed(db), DB_OK);
    assert_int_equal(count(db), 600);
    db_send(db, "INSERT INTO things (name) VALUES (?1)", T(S("t602")));
    assert_true(db_sent(db));
    db_send(db, "INSERT INTO things (id, name) SELECT id, 'twice' FROM things");
    assert_false(db_sent(db));
    assert_int_equal(db_failed(db), DB_DUPLICATE);
    assert_false(db_commit(db));
    assert_true(db_begin(db, true));
    assert_int_equal(count(db), 0);
    ended(db);
}

static void ids(void **state)
{
    struct db *db = hub(state);
    int64_t first = db_next_id(db, "things");
    assert_true(first > 0);
    assert_int_equal(db_next_id(db, "things"), first + 1);
    assert_int_equal(db_next_ids(db, "things", 100), first + 2);
    assert_int_equal(db_next_id(db, "things"), first + 102);
    assert_true(db_commit(db));
    db_begin(db, true);
    assert_int_equal(db_next_id(db, "things"), first + 103);
    assert_int_equal(db_next_id(db, "nothing"), 0);
    assert_int_equal(db_failed(db), DB_FAILED);
    db_rollback(db);

    /* @id: a key that was deleted does not come back */
    db_begin(db, true);
    int64_t key = db_get_int(db, 0, "INSERT INTO things (name) VALUES ('a') RETURNING id");
    assert_int_equal(db_exec(db, "DELETE FROM things"), 1);
    assert_int_equal(db_get_int(db, 0, "INSERT INTO things (name) VALUES ('a') RETURNING id"),
                     key + 1);
    ended(db);
}

/* Every single statement fails in turn, the commit too: nothing is left behind. */
static void injected_failures(void **state)
{
    struct db *db = hub(state);
    db_commit(db);
    for (int n = 1;; n++) {
        db_begin(db, true);
        db_fail_nth(db, n);
        db_exec(db, "INSERT INTO things (name) VALUES ('a')");
        db_get_int(db, 0, "SELECT count(*) FROM things");
        db_exec(db, "INSERT INTO things (name) VALUES ('b')");
        bool kept = db_commit(db);
        db_fail_nth(db, 0);
        assert_int_equal(kept, n > 4);
        db_begin(db, false);
        assert_int_equal(count(db), kept ? 2 : 0);
        db_commit(db);
        if (kept)
            break;
    }
    db_close(db);
}

/* sqlite.c RULE 3; db.h: time_limit_ms */
static void time_limit(void **state)
{
    struct db *db = hub(state);
    db_commit(db);
    struct db_options o = hub_kit_options(*state);
    o.time_limit_ms = 60;
    o.read_only = true;
    struct db *reader = opened(&o);
    for (int i = 0; i < 2; i++) {
        db_begin(reader, false);
        int64_t began = clock_monotonic();
        db_get_int(reader, 0,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                   " WHERE i < 2000000000) SELECT count(*) FROM n");
        assert_in_range((clock_monotonic() - began) / 1000, 40, 2000);
        assert_int_equal(db_failed(reader), DB_BUSY);
        db_rollback(reader);
        db_begin(reader, false);
        assert_int_equal(count(reader), 0);
        assert_true(db_commit(reader));
    }
    db_close(reader);
    db_close(db);
}

/* postgres.c RULE 2, and the same of SQLite: one state from the first query on. */
static void snapshots(void **state)
{
    struct db *db = hub(state);
    db_commit(db);
    struct db_options o = hub_kit_options(*state);
    o.read_only = true;
    struct db *reader = opened(&o);
    db_begin(reader, false);
    assert_int_equal(count(reader), 0);
    db_begin(db, true);
    db_exec(db, "INSERT INTO things (name) VALUES ('a')");
    assert_true(db_commit(db));
    assert_int_equal(count(reader), 0);
    db_commit(reader);
    db_begin(reader, false);
    assert_int_equal(count(reader), 1);
    db_commit(reader);
    db_close(reader);
    db_close(db);
}

static void *count_up(void *p)
{
    struct db *db = p;
    for (int i = 0; i < 50; i++) {
        db_begin(db, true);
        int64_t n = db_get_int(db, -1, "SELECT n FROM counters WHERE name = 'c'");
        db_exec(db, "UPDATE counters SET n = ?1 WHERE name = 'c'", I(n + 1));
        if (!db_commit(db))
            die("count_up: %s", db_message(db));
    }
    return NULL;
}

/* postgres.c RULE 1: reading and then writing what was read needs no lock of the handler's own. */
static void writers_queue(void **state)
{
    struct db *db = hub(state);
    db_exec(db, "INSERT INTO counters VALUES ('c', 0)");
    db_commit(db);
    enum { N = 4 };
    struct db *each[N];
    pthread_t threads[N];
    struct db_options o = hub_kit_options(*state);
    for (int i = 0; i < N; i++)
        each[i] = opened(&o);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, count_up, each[i]);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < N; i++)
        db_close(each[i]);
    db_begin(db, false);
    assert_int_equal(db_get_int(db, -1, "SELECT n FROM counters"), N * 50);
    ended(db);
}

/* A table changes while statements on it are prepared, here and on another connection. */
static void schema_changes(void **state)
{
    struct db *db = hub(state);
    struct db_options o = hub_kit_options(*state);
    db_exec(db, "INSERT INTO things (name) VALUES ('a')");
    db_commit(db);
    struct db *other = opened(&o);
    const char *sql = "SELECT * FROM things";
    db_begin(other, false);
    assert_int_equal(db_get_int(other, -1, sql), 1);
    db_commit(other);
    db_begin(db, true);
    assert_true(db_script(db, S("ALTER TABLE things ADD COLUMN more BIGINT; DELETE FROM things")));
    assert_true(db_commit(db));
    db_begin(other, false);
    db_get_int(other, -1, sql); /* at worst a conflict, once */
    assert_true(db_failed(other) == DB_OK || db_failed(other) == DB_CONFLICT);
    db_rollback(other);
    db_begin(other, false);
    assert_int_equal(db_get_int(other, -1, sql), -1);
    assert_true(db_commit(other));
    db_close(other);
    db_close(db);
}

static int64_t backend(struct db *db)
{
    return db_get_int(db, 0, "SELECT pg_backend_pid()");
}

static void backend_end(struct db *other, int64_t pid)
{
    int64_t there = 1;
    assert_true(db_begin(other, false));
    db_exec(other, "SELECT pg_terminate_backend(CAST(?1 AS integer))", I(pid));
    assert_true(db_commit(other));
    while (there) {
        assert_true(db_begin(other, false));
        there =
            db_get_int(other, 0, "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = ?1", I(pid));
        assert_true(db_commit(other));
    }
}

static void divided(struct db *db, int64_t by, enum db_failure failure)
{
    assert_true(db_begin(db, false));
    assert_int_equal(db_get_int(db, -1, "SELECT 6 / CAST(?1 AS bigint)", I(by)), by ? 6 / by : -1);
    assert_int_equal(db_failed(db), failure);
    db_rollback(db);
}

static int64_t counted(struct db *db)
{
    assert_true(db_begin(db, false));
    int64_t n = count(db);
    assert_string_equal(db_message(db), "");
    db_rollback(db);
    return n;
}

/* postgres.c RULE 6: the first time it begins alone, with a statement that is prepared together. */
static void reads_begin_with_their_first_statement(void **state)
{
    struct db *db = hub(state);
    struct db_options o = hub_kit_options(*state);
    struct db *other = opened(&o);
    db_exec(db, "DELETE FROM owners"); /* prepared */
    assert_true(db_commit(db));
    for (int i = 0; i < 3; i++) {
        assert_true(db_begin(db, false));
        assert_int_equal(count(db), i);
        assert_true(db_begin(other, true));
        db_exec(other, "INSERT INTO things (name) VALUES (?1)", T(str_fmt(a, "thing %d", i)));
        assert_true(db_commit(other));
        assert_int_equal(count(db), i); /* RULE 2 */
        if (i == 1)
            assert_true(db_commit(db));
        else
            db_rollback(db);
    }
    assert_true(db_begin(db, false)); /* nothing is asked */
    db_rollback(db);
    assert_true(db_begin(db, false));
    assert_true(db_commit(db));
    assert_true(db_begin(db, false));
    db_send(db, "SELECT 1");
    assert_true(db_commit(db));
    divided(db, 2, DB_OK);
    divided(db, 0, DB_INVALID);
    divided(db, 3, DB_OK);
    assert_true(db_begin(db, false));
    db_exec(db, "DELETE FROM owners");
    assert_int_equal(db_failed(db), DB_FAILED); /* it is not to write */
    db_rollback(db);
    assert_int_equal(counted(db), 3);

    assert_true(db_begin(db, false));
    int64_t pid = backend(db);
    db_rollback(db);
    backend_end(other, pid); /* lost while idle: nobody notices */
    assert_int_equal(counted(db), 3);
    assert_true(db_begin(db, false));
    assert_int_equal(count(db), 3);
    pid = backend(db);
    backend_end(other, pid); /* RULE 3 */
    assert_int_equal(count(db), -1);
    assert_int_equal(db_failed(db), DB_GONE);
    db_rollback(db);
    assert_int_equal(counted(db), 3);
    db_close(other);
    db_close(db);
}

/* What the connection was told last, as `other` sees it. */
static bool told_last(struct db *other, int64_t pid, const char *sql)
{
    assert_true(db_begin(other, false));
    struct str last =
        db_get_str(other, a, "SELECT query FROM pg_stat_activity WHERE pid = ?1", I(pid));
    assert_true(db_commit(other));
    return str_is(last, sql);
}

/* postgres.c RULE 9 */
static void what_is_always_asked_comes_with_the_first(void **state)
{
    static const char first[] = "SELECT 6 / CAST(?1 AS bigint)",
                      always[] = "SELECT count(*) FROM things";
    struct db *db = hub(state);
    struct db_options o = hub_kit_options(*state);
    struct db *other = opened(&o);
    assert_true(db_commit(db));
    assert_true(db_begin(db, false));
    int64_t pid = backend(db);
    db_rollback(db);
    for (int i = 0; i < 3; i++) {
        assert_true(db_begin(db, false));
        assert_int_equal(db_get_int(db, -1, first, I(2)), 3);
        if (i > 0) /* it was, the time before */
            assert_true(told_last(other, pid, always));
        assert_true(db_begin(other, true));
        db_exec(other, "INSERT INTO things (name) VALUES (?1)", T(str_fmt(a, "thing %d", i)));
        assert_true(db_commit(other));
        assert_int_equal(db_get_int(db, -1, first, I(3)), 2);
        assert_int_equal(count(db), i); /* RULE 2 */
        assert_int_equal(count(db), i);
        db_rollback(db);
    }
    divided(db, 0, DB_INVALID); /* the first one fails; and nobody wants the other */
    assert_true(db_begin(db, false));
    assert_int_equal(db_get_int(db, -1, first, I(3)), 2);
    assert_false(told_last(other, pid, always));
    assert_int_equal(count(db), 3);
    assert_int_equal(db_get_int(db, -1, "SELECT 5"), 5);
    db_rollback(db);
    backend_end(other, pid); /* RULE 3 */
    assert_true(db_begin(db, false));
    assert_int_equal(db_get_int(db, -1, first, I(1)), 6);
    assert_int_equal(count(db), 3);
    db_rollback(db);
    assert_true(db_begin(db, true)); /* who writes asks when it wants to know */
    assert_int_equal(db_get_int(db, -1, first, I(1)), 6);
    db_exec(db, "INSERT INTO things (name) VALUES ('mine')");
    assert_int_equal(count(db), 4);
    assert_true(db_commit(db));
    db_close(other);
    db_close(db);
}

/* postgres.c RULE 3 */
static void lost_connection(void **state)
{
    struct db *db = hub(state);
    struct db_options o = hub_kit_options(*state);
    struct db *other = opened(&o);
    int64_t pid = backend(db);
    db_exec(db, "INSERT INTO things (name) VALUES ('lost')");
    db_save(db);
    backend_end(other, pid);
    db_exec(db, "INSERT INTO things (name) VALUES ('lost 2')");
    assert_int_equal(db_failed(db), DB_GONE);
    assert_false(db_save_end(db, true));
    assert_int_equal(db_failed(db), DB_GONE); /* not the part alone: all of it */
    assert_false(db_commit(db));

    assert_true(db_begin(db, true));
    assert_int_equal(count(db), 0);
    pid = backend(db);
    db_commit(db);
    backend_end(other, pid); /* lost while idle: nobody notices */
    assert_true(db_begin(db, true));
    assert_int_equal(count(db), 0);
    db_close(other);
    ended(db);
}

/* sqlite.c RULE 1 */
static void one_server(void **state)
{
    struct hub_kit *h = *state;
    struct db_options o = hub_kit_options(h);
    struct str message = S("");
    a = a ? a : arena_new(1 << 26);
    o.server = true;
    struct db *first = opened(&o);
    assert_null(db_open(&o, a, &message));
    assert_true(str_has(message, S("already served by another process")));
    o.server = false;
    db_close(opened(&o)); /* a command beside the server */
    db_close(first);
    o.server = true;
    db_close(opened(&o));
}

/* sqlite.c RULES 2 and 4: how the file is set up. */
static void file_set_up(void **state)
{
    struct hub_kit *h = *state;
    char folder[100];
    snprintf(folder, sizeof folder, "%s/inner", h->data);
    struct db_options o = {.data = folder};
    a = a ? a : arena_new(1 << 26);
    struct db *db = opened(&o);
    struct stat st;
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    db_begin(db, true);
    static const struct {
        const char *pragma;
        int64_t value;
    } table[] = {
        {"PRAGMA page_size", 4096},   {"PRAGMA synchronous", 2},   {"PRAGMA foreign_keys", 1},
        {"PRAGMA trusted_schema", 0}, {"PRAGMA secure_delete", 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(db_get_int(db, -1, table[i].pragma), table[i].value);
    assert_str(db_get_str(db, a, "PRAGMA journal_mode"), "wal");
    ended(db);
}

static void not_opened(void **state)
{
    struct hub_kit *h = *state;
    struct str message = S("");
    a = a ? a : arena_new(1 << 26);
    struct db_options neither = {0}, both = {.data = "x", .database = "y"};
    assert_null(db_open(&neither, a, &message));
    assert_null(db_open(&both, a, &message));
    assert_true(message.n > 0);

    char path[100];
    snprintf(path, sizeof path, "%s/hub.db", h->data);
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", f);
    fclose(f);
    struct db_options o = {.data = h->data};
    assert_null(db_open(&o, a, &message));
    assert_true(str_has(message, S("not a database")));
    o.data = "/proc/none/hub";
    assert_null(db_open(&o, a, &message));
    assert_true(str_has(message, S("cannot make the data folder")));
    o = (struct db_options){.database = "postgres://nobody@127.0.0.1:1/none"};
    assert_null(db_open(&o, a, &message));
    assert_true(str_has(message, S("cannot use the database")));
}

static void no_schema(void **state)
{
    struct hub_kit h = *(struct hub_kit *)*state;
    a = a ? a : arena_new(1 << 26);
    struct str message = S("");
    strstr(h.url, "search_path%3Dhub")[14] = 'g';
    struct db_options o = hub_kit_options(&h);
    assert_null(db_open(&o, a, &message));
    assert_true(str_has(message, S("does not exist")));
}

/* The plan of a statement, in one text. */
static struct str plan_of(const struct db_options *o, bool write, bool whole, const char *sql)
{
    struct db *db = opened(o);
    struct str plan = S("");
    assert_true(db_begin(db, write));
    if (whole)
        db_whole(db);
    struct rows q = db_query(db, str_fmt(a, "EXPLAIN %s", sql).p);
    while (db_next(&q)) {
        struct str line = db_str(&q, 0);
        plan = str_fmt(a, STR_FMT STR_FMT "\n", STR_ARG(plan), STR_ARG(line));
    }
    assert_string_equal(db_message(db), "");
    db_rollback(db);
    db_close(db);
    return plan;
}

static void few_rows_are_walked_too(void **state) /* postgres RULE 7 */
{
    static const char some[] = "SELECT note FROM few WHERE id > 2 AND id <= 8 ORDER BY id LIMIT 5",
                      named[] = "SELECT f.note FROM (VALUES (3), (4), (5)) x"
                                " CROSS JOIN few f WHERE f.id = x.column1",
                      all[] = "SELECT f.id, g.id FROM few f JOIN few g ON g.note = f.note";
    struct db_options o = hub_kit_options(*state), answers = o, unhurried = o;
    struct db *db = opened(&o);
    assert_true(db_begin(db, true));
    assert_true(db_script(db, S("CREATE TABLE few (id BIGINT PRIMARY KEY, note TEXT);"
                                "INSERT INTO few SELECT i, 'ash' FROM generate_series(1, 9) i")));
    assert_true(db_commit(db));
    db_close(db);
    unhurried.read_only = answers.read_only = true;
    answers.time_limit_ms = 1000;
    static const char workers[] =
        "SELECT CAST(current_setting('max_parallel_workers_per_gather') AS INT)";
    struct db *reader = opened(&answers);
    assert_true(db_begin(reader, false));
    assert_int_equal(db_get_int(reader, -1, workers), 0);
    db_whole(reader);
    assert_true(db_get_int(reader, -1, workers) > 0);
    db_rollback(reader);
    db_close(reader);
    struct str plan = plan_of(&o, true, false, some);
    assert_true(str_has(plan, S("Index Scan using few_pkey")) && !str_has(plan, S("Sort")));
    plan = plan_of(&answers, false, false, named);
    assert_true(str_has(plan, S("Nested Loop")) && str_has(plan, S("using few_pkey")));
    assert_true(str_has(plan_of(&answers, false, false, all), S("Nested Loop")));
    assert_false(str_has(plan_of(&unhurried, false, false, all), S("Nested Loop")));
    assert_false(str_has(plan_of(&answers, false, true, all), S("Nested Loop")));
    assert_true(str_has(plan_of(&o, true, true, all), S("Seq Scan on few")));
}

static int extended;

static void extend(void *sqlite3_db)
{
    assert_non_null(sqlite3_db);
    extended++;
}

static void extensions_added(void **state)
{
    struct db_options o = hub_kit_options(*state);
    a = a ? a : arena_new(1 << 26);
    db_sqlite_extend(extend);
    db_sqlite_extend(extend);
    extended = 0;
    db_close(opened(&o));
    assert_int_equal(extended, 1);
}

/* As PostgreSQL's planner has it. */
static int64_t known_rows(struct db *db)
{
    return db_get_int(db, -1,
                      "SELECT CAST(reltuples AS BIGINT) FROM pg_class"
                      " WHERE oid = CAST('counters' AS regclass)");
}

static void the_planner_learns_how_many(void **state)
{
    struct db *db = hub(state);
    for (int i = 0; i < 200; i++)
        db_exec(db, "INSERT INTO counters (name, n) VALUES (?1, 1)", T(str_fmt(a, "%d", i)));
    assert_int_equal(db_survey(db, S("counters")), db_engine(db) == DB_POSTGRES);
    if (db_engine(db) == DB_POSTGRES)
        assert_int_equal(known_rows(db), 200);
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    db_exec(db, "DELETE FROM counters WHERE name = '7'");
    (void)db_survey(db, S(""));
    if (db_engine(db) == DB_POSTGRES)
        assert_int_equal(known_rows(db), 199);
    assert_true(db_commit(db));
    assert_false(db_survey(db, S(""))); /* outside of a transaction: nothing */
    db_close(db);
}

int main(void)
{
    enum { LITE = 1 + DB_SQLITE, PG = 1 + DB_POSTGRES };
    static const struct hub_kit_test tests[] = {
        {"a failure sticks", failure_sticks, 0},
        {"a failed transaction is not committed", failed_commit, 0},
        {"a statement is prepared once", prepared_once, 0},
        {"dynamic statements are bounded", dynamic_statements, 0},
        {"rows hold what they gave", rows_hold, 0},
        {"same answers", same_answers, 0},
        {"numbers hold", numbers_hold, 0},
        {"changes are counted", changes_counted, 0},
        {"null arguments", null_arguments, 0},
        {"text is text", text_is_text, 0},
        {"refusals", refusals, 0},
        {"constraints", constraints, 0},
        {"parts", parts, 0},
        {"what is sent arrives or fails", what_is_sent_arrives_or_fails, 0},
        {"turns", turns, 0},
        {"ids", ids, 0},
        {"injected failures", injected_failures, 0},
        {"time limit", time_limit, 0},
        {"snapshots", snapshots, 0},
        {"writers queue", writers_queue, 0},
        {"the schema changes", schema_changes, 0},
        {"a lost connection", lost_connection, PG},
        {"reads begin with their first statement", reads_begin_with_their_first_statement, PG},
        {"what is always asked comes with the first", what_is_always_asked_comes_with_the_first,
         PG},
        {"few rows are walked too", few_rows_are_walked_too, PG},
        {"the planner learns how many", the_planner_learns_how_many, 0},
        {"a schema that is not there", no_schema, PG},
        {"one server", one_server, LITE},
        {"how the file is set up", file_set_up, LITE},
        {"what cannot be opened", not_opened, LITE},
        {"extensions", extensions_added, LITE},
    };
    int failed = hub_kit_run("db", tests, sizeof tests / sizeof *tests);
    arena_free(a);
    return failed;
}
