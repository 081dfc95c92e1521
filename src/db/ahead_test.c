/* ahead_test.c: proves the RULES of ahead.h on both engines. */
#include "db/ahead.h"

#include "db/engine.h"
#include "db/gather.h"
#include "db/hub_kit.h"

static const struct migration tables[] = {
    {1, "0001_tables",
     S("CREATE TABLE trees (id BIGINT NOT NULL PRIMARY KEY, name @text, bark @bytes,"
       " age BIGINT NOT NULL);"
       "CREATE TABLE finders (v @text NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (v, id))"
       " @clustered;"
       "CREATE TABLE nests (id BIGINT NOT NULL PRIMARY KEY, tree_id BIGINT NOT NULL)")},
    {0},
};

enum { TREES = 40 };

#define TREE "SELECT name, age FROM trees WHERE id = ?1 AND age > ?2"
#define FOUND "SELECT x.id FROM finders x WHERE x.v = ?1 AND x.id > ?2 ORDER BY x.id LIMIT ?3"
#define NESTS                                                                                      \
    "SELECT t.name, COUNT(n.id) FROM trees t LEFT JOIN nests n ON n.tree_id = t.id"                \
    " WHERE t.id = ?1 GROUP BY t.name"
#define BY "trees.id finders.v nests.tree_id"

static struct arena *a;

/* Every second tree has a name; "oak" is found three times, the others once. */
static struct db *hub(void **state)
{
    struct db *db = hub_kit_open(*state, &a, tables);
    assert_true(db_begin(db, true));
    for (int64_t i = 1; i <= TREES; i++) {
        db_exec(db, "INSERT INTO trees (id, name, bark, age) VALUES (?1, ?2, ?3, ?4)", I(i),
                i % 2 ? NIL_OF(DB_TEXT) : T(str_fmt(a, "tree %d", (int)i)),
                B(str_make("\0b\\x", 4)), I(i * 10));
        db_exec(db, "INSERT INTO finders (v, id) VALUES (?1, ?2)",
                i <= 3 ? T(S("oak")) : T(str_fmt(a, "tree %d", (int)i)), I(i));
    }
    return db;
}

static void ended(struct db *db)
{
    assert_string_equal(db_message(db), "");
    assert_true(db_commit(db));
    db_close(db);
}

/* name and age as one text; "-": there is none. */
static const char *tree(struct db *db, int64_t id)
{
    struct rows q = db_query(db, TREE, I(id), I(0));
    const char *text = "-";
    if (db_next(&q))
        text = str_fmt(a, "%s" STR_FMT " %d", db_is_null(&q, 0) ? "(none)" : "",
                       STR_ARG(db_str(&q, 0)), (int)db_int(&q, 1))
                   .p;
    assert_false(db_next(&q));
    return text;
}

static const char *found(struct db *db, const char *v)
{
    struct rows q = db_query(db, FOUND, Z(v), I(0), I(10));
    struct str text = S("");
    while (db_next(&q))
        text = str_fmt(a, STR_FMT "%d ", STR_ARG(text), (int)db_int(&q, 0));
    return text.n ? text.p : "";
}

static int64_t nests(struct db *db, int64_t id)
{
    struct rows q = db_query(db, NESTS, I(id));
    int64_t n = db_next(&q) ? db_int(&q, 1) : -1;
    db_done(&q);
    return n;
}

static void trees_ask(struct db *db)
{
    struct db_arg keys[TREES + 2];
    for (int i = 0; i < TREES + 2; i++)
        keys[i] = I(i % (TREES + 1) + 1); /* one that is not there, one twice */
    db_ahead(db, BY, keys, TREES + 2);
    (void)tree(db, 1);
    (void)nests(db, 1);
    db_ahead_done(db);
}

static void words_ask(struct db *db)
{
    const struct db_arg keys[] = {T(S("elm")), T(S("oak")), T(S("tree 9")), T(S("oak"))};
    db_ahead(db, BY, keys, 4);
    (void)found(db, "elm");
    db_ahead_done(db);
}

/* RULE 1 */
static void answers_are_those_of_the_database(void **state)
{
    struct db *db = hub(state);
    trees_ask(db);
    words_ask(db);
    assert_string_equal(tree(db, 1), "(none) 10");
    assert_string_equal(tree(db, 2), "tree 2 20");
    assert_string_equal(tree(db, TREES), "tree 40 400");
    assert_string_equal(tree(db, TREES + 1), "-");
    assert_string_equal(tree(db, TREES + 2), "-"); /* nobody asked ahead for it */
    assert_string_equal(found(db, "oak"), "1 2 3 ");
    assert_string_equal(found(db, "elm"), "");
    assert_string_equal(found(db, "tree 9"), "9 ");
    assert_int_equal(nests(db, 7), 0);
    assert_int_equal(nests(db, TREES + 1), -1);
    struct rows one = db_query(db, TREE, I(2), I(0)), two = db_query(db, TREE, I(4), I(0));
    assert_true(db_next(&one) && db_next(&two));
    db_ahead_forget(db); /* who reads goes on reading */
    assert_string_equal(db_dup(&one, 0, a).p, "tree 2");
    assert_string_equal(db_dup(&two, 0, a).p, "tree 4");
    db_done(&one);
    assert_string_equal(db_dup(&two, 0, a).p, "tree 4");
    db_done(&two);
    ended(db);
}

/* RULE 1: another connection's change, which a transaction that asks anew would see. */
static void answers_are_held(void **state)
{
    struct db *db = hub(state);
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    if (!db_ahead_most(db)) {
        ended(db);
        return;
    }
    trees_ask(db);
    hub_kit_sql(*state, "UPDATE %s.trees SET age = 5");
    assert_string_equal(tree(db, 2), "tree 2 20");
    db_ahead_forget(db);
    assert_string_equal(tree(db, 2), "tree 2 5");
    ended(db);
}

/* RULE 1 */
static void what_is_written_is_seen(void **state)
{
    struct db *db = hub(state);
    static const struct {
        const char *sql, *then;
    } writes[] = {
        {"UPDATE trees SET age = ?2 WHERE id = ?1", "tree 2 100"},
        {"UPDATE trees SET age = ?2 WHERE name = 'tree 2' AND id = ?1", "tree 2 101"},
        {"UPDATE trees SET age = ?2 WHERE id = ?1 OR id = -1", "tree 2 102"},
        {"UPDATE trees SET age = ?2 WHERE id IN (SELECT id FROM trees WHERE id = ?1)",
         "tree 2 103"},
        {"UPDATE trees SET age = ?2 WHERE name = 'tree 2' AND ?1 = 2", "tree 2 104"},
        {"DELETE FROM trees WHERE id = ?1 AND age <> ?2", "-"},
        {"INSERT INTO trees (age, id) VALUES (?2, ?1)", "(none) 106"},
        {"UPDATE trees SET id = ?2 WHERE id = ?1", "-"},
        {"INSERT INTO trees (id, age) SELECT ?1, CAST(?2 AS BIGINT)", "(none) 108"},
        {"UPDATE trees SET age = ?2 WHERE NOT (id <> ?1)", "(none) 109"},
        {"DELETE FROM trees WHERE id = ?1 AND NOT age = ?2", "-"},
        {"INSERT INTO trees (age, id) VALUES (abs(?2), ?1)", "(none) 111"},
        {"DELETE FROM trees WHERE age < ?2 AND trees.id = ?1", "-"},
        {"INSERT INTO trees (name, id, age) VALUES ('a, (b', ?1, ?2)", "a, (b 113"},
    };
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        trees_ask(db);
        db_exec(db, writes[i].sql, I(2), I((int64_t)i + 100));
        assert_string_equal(tree(db, 2), writes[i].then);
        assert_string_equal(tree(db, 4), "tree 4 40");
        db_ahead_forget(db);
    }
    assert_string_equal(tree(db, 107), "(none) 106"); /* that had been 2 */
    trees_ask(db);
    db_exec(db, "INSERT INTO nests (id, tree_id) VALUES (?1, ?2)", I(1), I(7));
    assert_int_equal(nests(db, 7), 1);
    db_exec(db, "UPDATE nests SET tree_id = ?2 WHERE id = ?1", I(1), I(9));
    assert_int_equal(nests(db, 7), 0);
    assert_int_equal(nests(db, 9), 1);
    trees_ask(db);
    db_exec(db, "UPDATE trees SET age = ?2 FROM nests n WHERE n.id = ?1 AND trees.id = n.tree_id",
            I(1), I(77));
    assert_string_equal(tree(db, 9), "(none) 77");
    ended(db);
}

/* RULE 1, with gather.h */
static void rows_that_wait_are_seen(void **state)
{
    struct db *db = hub(state);
    db_gather(db, 0);
    db_put(db, "finders (v, id)", T(S("oak")), I(20));
    words_ask(db);
    assert_string_equal(found(db, "oak"), "1 2 3 20 ");
    db_put(db, "finders (v, id)", T(S("oak")), I(30));
    db_put_new(db, "finders (v, id)", T(S("elm")), I(31));
    assert_string_equal(found(db, "oak"), "1 2 3 20 30 ");
    assert_string_equal(found(db, "elm"), "31 ");
    assert_string_equal(found(db, "tree 9"), "9 ");
    db_send(db, "DELETE FROM finders WHERE v = ?1 AND id = ?2", T(S("tree 9")), I(9));
    assert_string_equal(found(db, "tree 9"), "");
    trees_ask(db);
    db_new(db, "INSERT INTO trees (id, name, age) VALUES (?1, ?2, ?3)", I(TREES + 1), T(S("new")),
           I(1));
    assert_string_equal(tree(db, TREES + 1), "new 1");
    db_gather_end(db);
    ended(db);
}

/* RULE 2 */
static void what_is_undone_is_not_held(void **state)
{
    struct db *db = hub(state);
    db_save(db);
    db_exec(db, "UPDATE trees SET age = 1 WHERE id = 2");
    trees_ask(db);
    assert_string_equal(tree(db, 2), "tree 2 1");
    (void)db_save_end(db, false);
    assert_string_equal(tree(db, 2), "tree 2 20");
    trees_ask(db);
    db_cursors_end(db, 0);
    assert_string_equal(tree(db, 2), "tree 2 20");
    trees_ask(db);
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    assert_string_equal(tree(db, 2), "tree 2 20");
    ended(db);
}

static void name_write(struct db *db, const struct db_arg *args)
{
    db_exec(db, "UPDATE trees SET name = ?2 WHERE id = ?1", args[0],
            T(str_fmt(a, "%s!", tree(db, 4))));
}

/* RULE 2: what waits is written at the end, and may ask. */
static void the_end_asks_anew(void **state)
{
    struct db *db = hub(state);
    db_gather(db, 0);
    trees_ask(db);
    db_put_with(db, "names", name_write, I(2));
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    assert_string_equal(tree(db, 2), "tree 4 40! 20");
    ended(db);
}

/* Bytes are as they are however often they are read. */
static void bytes_are_read_again(void **state)
{
    struct db *db = hub(state);
    const struct db_arg keys[] = {I(1), I(2)};
    const struct str bark = str_make("\0b\\x", 4);
    db_ahead(db, BY, keys, 2);
    for (int i = 0; i < 4; i++) {
        struct rows q = db_query(db, "SELECT age, bark FROM trees WHERE id = ?1", I(1 + i % 2));
        assert_true(db_next(&q));
        assert_true(str_eq(db_blob(&q, 1), bark));
        assert_true(str_eq(db_blob(&q, 1), bark));
        db_done(&q);
    }
    db_ahead_done(db);
    ended(db);
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"answers are those of the database", answers_are_those_of_the_database, 0},
        {"answers are held", answers_are_held, 0},
        {"what is written is seen", what_is_written_is_seen, 0},
        {"rows that wait are seen", rows_that_wait_are_seen, 0},
        {"what is undone is not held", what_is_undone_is_not_held, 0},
        {"the end asks anew", the_end_asks_anew, 0},
        {"bytes are read again", bytes_are_read_again, 0},
    };
    int failed = hub_kit_run("ahead", tests, sizeof tests / sizeof *tests);
    arena_free(a);
    return failed;
}
