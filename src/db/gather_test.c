/* gather_test.c: proves the RULES of gather.h on both engines. */
#include "db/gather.h"

#include "db/hub_kit.h"

static const struct migration tables[] = {
    {1, "0001_tables",
     S("CREATE TABLE finders (v @text NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (v, id))"
       " @clustered;"
       "CREATE TABLE finders_too (v BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (v, id))"
       " @clustered;"
       "CREATE TABLE wide (v BIGINT NOT NULL, id BIGINT NOT NULL, a BIGINT NOT NULL,"
       " b @text NOT NULL, PRIMARY KEY (v, id)) @clustered;"
       "CREATE TABLE sums (k @text NOT NULL, of BIGINT NOT NULL, n BIGINT NOT NULL,"
       " amount BIGINT NOT NULL, PRIMARY KEY (k, of)) @clustered;"
       "\n--@sequence deeds\n"
       "CREATE TABLE deeds (id @key PRIMARY KEY, note @text, mark DOUBLE PRECISION NOT NULL,"
       " bytes @bytes, twice BIGINT NOT NULL)")},
    {0},
};

#define FINDERS "finders (v, id)"
#define TOO "finders_too (v, id)"

static struct arena *a;

static struct db *hub(void **state)
{
    struct db *db = hub_kit_open(*state, &a, tables);
    assert_true(db_begin(db, true));
    return db;
}

static int64_t count(struct db *db, const char *table)
{
    return db_get_int(db, -1, str_fmt(a, "SELECT COUNT(*) FROM %s", table).p);
}

static void ended(struct db *db)
{
    assert_string_equal(db_message(db), "");
    assert_true(db_commit(db));
    db_close(db);
}

/* RULES 1 and 3 */
static void whoever_asks_sees_them(void **state)
{
    struct db *db = hub(state);
    db_put(db, FINDERS, T(S("ash")), I(1));
    db_gather(db, 0);
    int64_t before = db_statements(db);
    for (int i = 0; i < 250; i++)
        db_put(db, FINDERS, T(i % 2 ? S("elm") : S("ash")), I(i / 2));
    db_put(db, TOO, I(7), I(7));
    assert_int_equal(db_statements(db), before);
    assert_int_equal(count(db, "finders_too"), 1);
    assert_true(db_statements(db) == before + 2); /* the other table waits */
    assert_int_equal(count(db, "finders"), 250);
    assert_int_equal(db_get_int(db, -1, "SELECT MAX(id) FROM finders WHERE v = 'elm'"), 124);
    db_gather_end(db);
    ended(db);
}

static void rows_of_four_columns_wait_too(void **state) /* RULES 1 and 3 */
{
    enum { ROWS = 237 }; /* some in hundreds, some in tens, some alone */
    struct db *db = hub(state);
    db_put(db, "wide (v, id, a, b)", I(1), I(0), I(7), T(S("first")));
    db_gather(db, 0);
    for (int i = ROWS; i-- > 0;)
        db_put(db, "wide (v, id, a, b)", I(1), I(i), I(i % 5), T(S("later")));
    int64_t before = db_statements(db);
    assert_int_equal(count(db, "wide"), ROWS);
    assert_true(db_statements(db) - before < 20); /* many rows in one */
    assert_int_equal(db_get_int(db, -1, "SELECT a FROM wide WHERE id = 0 AND b = 'first'"), 7);
    assert_int_equal(db_get_int(db, -1, "SELECT SUM(id) FROM wide"), ROWS * (ROWS - 1) / 2);
    db_gather_by(db, "wide", I(3)); /* the last column but one */
    db_gather_end(db);
    ended(db);
}

static void add(struct db *db, struct str k, int64_t of, int64_t amount)
{
    db_add(db, "sums",
           "INSERT INTO sums (k, of, n, amount) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (k, of)"
           " DO UPDATE SET n = sums.n + excluded.n, amount = sums.amount + excluded.amount",
           T(k), I(of), I(1), I(amount));
}

static void sums_are_written_once(void **state) /* RULE 5 */
{
    struct db *db = hub(state);
    add(db, S("ash"), 1, 5);
    db_gather(db, 0);
    int64_t before = db_statements(db);
    for (int i = 0; i < 1000; i++) /* more than there is room for at first */
        add(db, i % 2 ? S("elm") : S("ash"), i % 200, i);
    assert_int_equal(db_statements(db), before);
    assert_int_equal(count(db, "sums"), 201);
    assert_in_range(db_statements(db) - before, 2, 4); /* many in one */
    assert_int_equal(db_get_int(db, 0, "SELECT SUM(n) FROM sums"), 1001);
    assert_int_equal(db_get_int(db, 0, "SELECT SUM(amount) FROM sums"), 999 * 500 + 5);
    add(db, S("ash"), 1, 7);
    add(db, S("ash"), 1, -2);
    assert_int_equal(db_get_int(db, 0, "SELECT amount FROM sums WHERE k = 'ash' AND of = 1"), 10);
    db_gather_end(db);
    ended(db);
}

static int64_t last;

static void in_order(struct db *db, const struct db_arg *args)
{
    assert_true(args[0].i >= last);
    last = args[0].i;
    db_exec(db, "DELETE FROM finders WHERE id = ?1", args[0]);
    db_exec(db, "INSERT INTO finders (v, id) VALUES (?1, ?2)", args[1], args[0]);
}

static void what_is_put_with_a_function_comes_in_order(void **state) /* RULES 1 and 2 */
{
    struct db *db = hub(state);
    db_gather(db, 0);
    db_put_with(db, "finders", in_order, I(7), T(S("yew")));
    db_put_with(db, "finders", in_order, I(-3), T(S("ash")));
    db_put_with(db, "finders", in_order, I(7), T(S("elm"))); /* the later one counts */
    last = INT64_MIN;
    assert_int_equal(count(db, "finders"), 2);
    assert_int_equal(db_get_int(db, 0, "SELECT id FROM finders WHERE v = 'elm'"), 7);
    db_put_with(db, "finders", in_order, I(9), T(S("fir")));
    db_gather_end(db);
    assert_int_equal(count(db, "finders"), 3);
    ended(db);
}

/* RULE 1 */
static void a_key_that_is_not_kept_is_asked_for_straight(void **state)
{
    static const char by_key[] = "SELECT COUNT(*) FROM finders WHERE v = ?1";
    struct db *db = hub(state);
    db_gather(db, 0);
    db_put(db, FINDERS, T(S("ash")), I(1));
    int64_t before = db_statements(db);
    db_gather_by(db, "finders", T(S("beech")));
    assert_int_equal(db_get_int(db, -1, by_key, T(S("beech"))), 0);
    assert_int_equal(db_statements(db), before + 1);
    db_gather_by(db, "finders", T(S("ash")));
    assert_int_equal(db_get_int(db, -1, by_key, T(S("ash"))), 1);
    db_put(db, FINDERS, T(S("oak")), I(2));
    db_gather_by(db, "finders", T(S("beech")));
    assert_int_equal(db_get_int(db, -1, by_key, T(S("beech"))), 0);
    assert_int_equal(db_get_int(db, -1, by_key, T(S("oak"))), 1); /* the word was for one */
    db_put(db, FINDERS, T(S("oak")), I(3));
    before = db_statements(db);
    db_gather_of(db, "finders", I(4));
    db_exec(db, "DELETE FROM finders WHERE v = 'oak' AND id = 4");
    assert_int_equal(db_statements(db), before + 1);
    db_gather_of(db, "finders", I(3));
    assert_int_equal(db_exec(db, "DELETE FROM finders WHERE v = 'oak'"), 2);
    db_gather_end(db);
    ended(db);
}

/* RULE 1 */
static void very_many_keys_are_told_apart(void **state)
{
    enum { ALL = 20000 };
    struct db *db = hub(state);
    db_gather(db, 0);
    db_put(db, TOO, I(1), I(1));
    db_gather_by(db, "finders_too", I(0)); /* from here on they are kept */
    assert_int_equal(db_get_int(db, -1, "SELECT COUNT(*) FROM finders_too WHERE v = 0"), 0);
    int64_t before = db_statements(db);
    for (int i = 1; i <= ALL; i++)
        db_put(db, TOO, I(2 * i), I(i));
    for (int i = 1; i <= ALL; i += 50) {
        db_gather_by(db, "finders_too", I(2 * i + 1));
        assert_int_equal(
            db_get_int(db, -1, "SELECT COUNT(*) FROM finders_too WHERE v = ?1", I(2 * i + 1)), 0);
    }
    assert_int_equal(db_statements(db), before + ALL / 50);
    db_gather_by(db, "finders_too", I(ALL));
    assert_int_equal(db_get_int(db, -1, "SELECT id FROM finders_too WHERE v = ?1", I(ALL)),
                     ALL / 2);
    db_gather_end(db);
    assert_int_equal(count(db, "finders_too"), ALL + 1);
    ended(db);
}

static bool lacks(struct db *db, int64_t key)
{
    return db_lacks(db, "finders_too", "v", I(key));
}

static void expected_keys_are_asked_together(void **state) /* RULE 6 */
{
    enum { ALL = 250 };
    struct db *db = hub(state);
    struct db_arg keys[ALL];
    for (int i = 0; i < ALL; i++)
        keys[i] = I(i);
    db_put(db, TOO, I(3), I(1));
    db_put(db, TOO, I(249), I(1));
    db_expect(db, "finders_too", "v", keys, ALL);
    assert_false(lacks(db, 4)); /* nothing gathers */
    db_gather(db, 0);
    db_put(db, TOO, I(5), I(2));
    int64_t before = db_statements(db);
    db_expect(db, "finders_too", "v", keys, ALL);
    int64_t asked = db_engine(db) == DB_POSTGRES ? 1 : 3;
    assert_int_equal(db_statements(db), before + asked);
    for (int i = 0; i < ALL + 10; i++) /* there, waiting, or not asked for */
        assert_int_equal(lacks(db, i), i != 3 && i != 249 && i != 5 && i < ALL);
    db_put(db, TOO, I(6), I(2));
    assert_false(lacks(db, 6));
    assert_int_equal(db_statements(db), before + asked);
    db_comes(db, "finders_too", "v", I(7));
    assert_false(lacks(db, 7));
    assert_true(lacks(db, 8));
    db_save(db);
    assert_false(lacks(db, 8)); /* rows are written at once here */
    db_put(db, TOO, I(10), I(2));
    assert_true(db_save_end(db, true));
    assert_false(lacks(db, 10));
    db_put(db, TOO, I(9), I(2));
    assert_int_equal(count(db, "finders_too"), 6); /* written: it stays known that they came */
    assert_false(lacks(db, 9));
    assert_true(lacks(db, 8));
    db_put(db, TOO, I(11), I(2));
    db_expect(db, "finders_too", "v", keys, ALL); /* nobody in the database has 11 yet */
    assert_false(lacks(db, 11));
    assert_int_equal(count(db, "finders_too"), 7);
    assert_false(lacks(db, 11));
    assert_true(lacks(db, 8));
    db_gather_end(db);
    ended(db);
}

static void expected_texts_are_asked_too(void **state) /* RULE 6 */
{
    const struct db_arg keys[] = {T(S("ash")), T(S("elm")), T(S("elm"))};
    struct db *db = hub(state);
    db_gather(db, 0);
    db_put(db, FINDERS, T(S("ash")), I(1));
    assert_int_equal(count(db, "finders"), 1);
    db_expect(db, "finders", "v", keys, 3);
    assert_false(db_lacks(db, "finders", "v", T(S("ash"))));
    assert_true(db_lacks(db, "finders", "v", T(S("elm"))));
    assert_false(db_lacks(db, "finders_too", "v", T(S("elm"))));
    db_gather_end(db);
    ended(db);
}

#define DEED                                                                                       \
    "INSERT INTO deeds (id, note, mark, bytes, twice)"                                             \
    " VALUES (?1, CAST(?2 AS TEXT), ?3, ?4, ?5 + ?5)"

static void deed(struct db *db, int64_t id, struct db_arg note, struct db_arg bytes)
{
    db_new(db, DEED, I(id), note, R((double)id / 4), bytes, I(id));
}

static void new_rows_wait_where_that_is_faster(void **state) /* RULES 1 and 7 */
{
    enum { ALL = 300 };
    struct db *db = hub(state);
    bool waits = db_engine(db) == DB_POSTGRES;
    deed(db, 0, T(S("before")), B(S("")));
    db_gather(db, 0);
    int64_t before = db_statements(db);
    for (int i = 1; i < ALL; i++)
        deed(db, i, i % 3 ? T(S("m\xC3\xAEn \"{},\\ ")) : NIL_OF(DB_TEXT),
             i % 5 ? B(str_make("\0\xFF\"", 3)) : NIL_OF(DB_BLOB));
    assert_int_equal(db_statements(db) - before, waits ? 0 : ALL - 1);
    assert_int_equal(count(db, "deeds"), ALL);
    assert_int_equal(db_statements(db) - before, waits ? 2 : ALL);
    assert_int_equal(db_get_int(db, 0, "SELECT SUM(twice) FROM deeds"), ALL * (ALL - 1));
    assert_int_equal(db_get_int(db, 0, "SELECT COUNT(*) FROM deeds WHERE note IS NULL"), 99);
    assert_int_equal(db_get_int(db, 0, "SELECT COUNT(*) FROM deeds WHERE bytes IS NULL"), 59);
    struct rows q = db_query(db, "SELECT note, mark, bytes FROM deeds WHERE id = 7");
    assert_true(db_next(&q));
    assert_true(str_is(db_str(&q, 0), "m\xC3\xAEn \"{},\\ "));
    assert_true(db_real(&q, 1) == 1.75);
    assert_true(str_eq(db_blob(&q, 2), str_make("\0\xFF\"", 3)));
    db_done(&q);
    db_gather_end(db);
    ended(db);
}

static void rows_of_other_kinds_are_new_too(void **state) /* RULE 7 */
{
    struct db *db = hub(state);
    db_gather(db, 0);
    deed(db, 1, NIL(), B(S("a"))); /* of which kind, nobody says */
    deed(db, 2, T(S("elm")), NIL());
    deed(db, 3, T(S("elm")), B(S("b")));
    db_new(db, DEED, I(4), T(S("oak")), I(4), B(S("c")), I(4)); /* a number without a fraction */
    deed(db, 5, T(S("ash")), B(S("d")));
    assert_int_equal(count(db, "deeds"), 5);
    assert_true(db_get_int(db, 0, "SELECT 1 FROM deeds WHERE id = 4 AND mark = 4 AND twice = 8"));
    deed(db, 6, T(S("\xFF")), B(S("")));
    assert_int_equal(db_failed(db), DB_INVALID); /* no text: at once */
    db_rollback(db);
    assert_true(db_begin(db, true));
    deed(db, 7, T(S("yew")), B(S("e"))); /* nothing gathers */
    assert_int_equal(count(db, "deeds"), 1);
    db_gather(db, 0);
    deed(db, 7, T(S("yew")), B(S("f")));
    assert_int_equal(count(db, "deeds"), -1); /* two of them: known at the latest here */
    assert_int_equal(db_failed(db), DB_DUPLICATE);
    db_rollback(db);
    db_close(db);
}

static void what_is_new_comes_before_others(void **state) /* RULES 3 and 7 */
{
    struct db *db = hub(state);
    db_gather(db, 0);
    db_put(db, FINDERS, T(S("oak")), I(9)); /* others wait first */
    db_put_new(db, FINDERS, T(S("ash")), I(1));
    db_put(db, FINDERS, T(S("ash")), I(1));
    db_put_new(db, FINDERS, T(S("elm")), I(1));
    assert_int_equal(count(db, "finders"), 3);
    db_put_new(db, FINDERS, T(S("fir")), I(1));
    db_put(db, FINDERS, T(S("fir")), I(1));
    db_gather_by(db, "finders", T(S("fir"))); /* both kinds are asked for their keys */
    assert_int_equal(db_get_int(db, 0, "SELECT COUNT(*) FROM finders WHERE v = 'fir'"), 1);
    db_put_new(db, FINDERS, T(S("yew")), I(1));
    db_gather_end(db);
    assert_int_equal(count(db, "finders"), 5);
    ended(db);
}

static void a_new_row_is_asked_for_by_what_was_said_of_it(void **state) /* RULES 1 and 7 */
{
    static const char by_note[] = "SELECT COUNT(*) FROM deeds WHERE note = ?1";
    struct db *db = hub(state);
    bool waits = db_engine(db) == DB_POSTGRES;
    db_gather(db, 0);
    db_comes(db, "deeds", "note", T(S("ash")));
    deed(db, 1, T(S("ash")), B(S("")));
    int64_t before = db_statements(db);
    db_gather_on(db, "deeds", "note", T(S("elm")));
    assert_int_equal(db_get_int(db, -1, by_note, T(S("elm"))), 0);
    assert_int_equal(db_statements(db), before + 1);
    db_gather_on(db, "deeds", "note", T(S("ash")));
    assert_int_equal(db_get_int(db, -1, by_note, T(S("ash"))), 1);
    assert_int_equal(db_statements(db), before + (waits ? 3 : 2));
    db_comes(db, "deeds", "note", T(S("elm")));
    deed(db, 2, T(S("elm")), B(S("")));
    db_gather_by(db, "deeds", I(7)); /* of their keys nothing is known */
    assert_int_equal(db_get_int(db, -1, "SELECT COUNT(*) FROM deeds"), 2);
    deed(db, 3, T(S("oak")), B(S("")));
    db_gather_on(db, "deeds", "mark", R(7)); /* of that nobody said anything */
    assert_int_equal(db_get_int(db, -1, "SELECT COUNT(*) FROM deeds"), 3);
    db_gather_end(db);
    ended(db);
}

static void rows_go_while_the_next_are_made(void **state) /* db_gather_next */
{
    enum { ALL = 6000, STRETCH = 1000 }; /* more than one statement takes */
    struct db *db = hub(state);
    bool waits = db_engine(db) == DB_POSTGRES;
    int64_t id = 0;
    db_gather(db, 0);
    for (int i = 0; i < ALL; i++) {
        int64_t next = db_next_id(db, "deeds");
        assert_true(next > id);
        id = next;
        db_put_new(db, TOO, I(i % 7), I(id));
        deed(db, id, T(S("ash")), B(S("bytes")));
        if (i % STRETCH == STRETCH - 1) {
            db_gather_next(db);
            assert_int_equal(db_gathered(db) > 0, !waits);
        }
    }
    int64_t before = db_statements(db);
    for (int i = 0; i < STRETCH; i++)
        id = db_next_id(db, "deeds");
    if (waits) /* as many as came before were taken */
        assert_int_equal(db_statements(db), before);
    assert_int_equal(count(db, "deeds"), ALL);
    assert_int_equal(count(db, "finders_too"), ALL);
    db_gather_end(db);
    ended(db);
}

/* RULE 2 */
static void ends_find_nothing_waiting(void **state)
{
    struct db *db = hub(state);
    db_gather(db, 0);
    db_put(db, FINDERS, T(S("ash")), I(1));
    db_save(db);
    db_put(db, FINDERS, T(S("elm")), I(2));
    assert_false(db_save_end(db, false));
    assert_int_equal(count(db, "finders"), 1);
    db_put(db, FINDERS, T(S("fir")), I(3));
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    assert_int_equal(count(db, "finders"), 2);
    db_save(db);
    db_gather(db, 0);
    db_put(db, FINDERS, T(S("yew")), I(4));
    assert_false(db_save_end(db, false)); /* what was begun in it is forgotten with it */
    assert_int_equal(count(db, "finders"), 2);
    db_gather(db, 0);
    db_put(db, FINDERS, T(S("yew")), I(5));
    db_rollback(db);
    assert_true(db_begin(db, true));
    assert_int_equal(count(db, "finders"), 2);
    ended(db);
}

static void a_large_row_does_not_wait(void **state) /* RULES 1 and 4 */
{
    enum { LARGE = 3 << 20 };
    struct db *db = hub(state);
    char *text = arena_bytes(a, LARGE);
    memset(text, 'x', LARGE);
    db_gather(db, 0);
    for (int i = 0; i < 12; i++) { /* more than there is memory for */
        deed(db, 2 * i, T(S("small")), B(S("")));
        deed(db, 2 * i + 1, T(str_make(text, LARGE)), B(S("")));
        db_put(db, FINDERS, T(str_make(text, i)), I(i));
    }
    assert_true(db_gathered(db) < LARGE);
    assert_int_equal(count(db, "deeds"), 24);
    db_gather_end(db);
    assert_int_equal(count(db, "finders"), 12);
    ended(db);
}

/* RULE 4 */
static void memory_has_an_end(void **state)
{
    enum { ALL = 3000 };
    struct db *db = hub(state);
    db_gather(db, 1 << 16);
    int64_t before = db_statements(db);
    for (int i = 0; i < ALL; i++)
        db_put(db, TOO, I(ALL - i), I(i));
    assert_true(db_statements(db) > before);
    assert_int_equal(count(db, "finders_too"), ALL);
    db_gather_end(db);
    ended(db);
}

/* ---- RULE 8 ---- */

enum { LEADS = 1500 };

static void lead(struct db *db, int64_t v, int64_t id)
{
    const struct db_arg row[] = {I(v), I(id)};
    db_put_n(db, TOO, PUT_LEAD, row, 2);
}

static void leads(struct db *db, int64_t from)
{
    for (int64_t i = 0; i < LEADS; i++)
        lead(db, i % 7, from + i);
    db_gather_next(db);
}

/* Whoever else has the hub open. */
static int64_t others_see(struct db *other)
{
    assert_true(db_begin(other, false));
    int64_t n = count(other, "finders_too");
    db_rollback(other);
    return n;
}

static void leads_are_committed_before_the_rest(void **state) /* RULE 8 */
{
    struct db *other = hub_kit_open(*state, &a, tables), *db = hub(state);
    bool beside = db_engine(db) == DB_POSTGRES;
    db_gather(db, 0);
    leads(db, 1000);
    deed(db, 1, T(S("ash")), B(S("")));
    assert_int_equal(others_see(other), 0);
    assert_int_equal(count(db, "deeds"), 1);
    assert_int_equal(others_see(other), 0);  /* nobody has asked for them */
    db_gather_of(db, "finders_too", I(999)); /* of a record that was there before */
    assert_int_equal(db_exec(db, "DELETE FROM finders_too WHERE v = 1 AND id = 999"), 0);
    assert_int_equal(others_see(other), 0);
    db_gather_of(db, "finders_too", I(1001));
    assert_int_equal(db_exec(db, "DELETE FROM finders_too WHERE v = 1 AND id = 1001"), 1);
    assert_int_equal(others_see(other), beside ? LEADS : 0);
    leads(db, 1000 + LEADS);
    db_put(db, TOO, I(1 % 7), I(1001)); /* one that was taken, and one that is there */
    db_put(db, TOO, I(0), I(1000 + LEADS));
    assert_int_equal(count(db, "finders_too"), 2 * LEADS);
    leads(db, 1000 + 2 * LEADS);
    db_gather_end(db);
    assert_int_equal(others_see(other), beside ? 3 * LEADS : 0);
    assert_int_equal(count(db, "finders_too"), 3 * LEADS);
    assert_true(db_commit(db));
    assert_int_equal(others_see(other), 3 * LEADS);
    db_close(other);
    db_close(db);
}

static void what_is_undone_has_no_leads(void **state) /* RULE 8 */
{
    struct db *db = hub(state);
    db_gather(db, 0);
    leads(db, 1);
    db_rollback(db);
    assert_true(db_begin(db, true));
    db_save(db);
    db_gather(db, 0);
    leads(db, 1);
    assert_false(db_save_end(db, false));
    assert_int_equal(count(db, "finders_too"), 0);
    db_gather(db, 0);
    leads(db, 1);
    db_save(db);
    lead(db, 1, 0);
    assert_false(db_save_end(db, false)); /* begun before it */
    db_gather_end(db);
    assert_int_equal(count(db, "finders_too"), LEADS);
    ended(db);
}

static void a_lead_that_fails_fails_all(void **state) /* RULE 8 */
{
    struct db *db = hub(state);
    db_gather(db, 0);
    deed(db, 1, T(S("ash")), B(S("")));
    leads(db, 1);
    leads(db, 1);
    db_gather_end(db);
    assert_int_equal(db_failed(db), DB_DUPLICATE);
    db_rollback(db);
    assert_true(db_begin(db, true));
    assert_int_equal(count(db, "finders_too"), 0);
    assert_int_equal(count(db, "deeds"), 0);
    ended(db);
}

/* RULES 6 and 8: what is asked beside, and what that cannot see */
static void keys_are_asked_for_beside(void **state)
{
    const struct db_arg keys[] = {I(1), I(2), I(3), I(4), I(5)};
    struct db *db = hub(state);
    db_put(db, TOO, I(1), I(1));
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    db_put(db, FINDERS, T(S("2")), I(2)); /* into another table */
    db_gather(db, 0);
    db_expect(db, "finders_too", "v", keys, 5);
    db_put(db, TOO, I(2), I(2));
    db_gather_next(db);
    lead(db, 3, 3);
    db_put_new(db, TOO, I(4), I(4));
    int64_t before = db_statements(db);
    for (int times = 0; times < 3; times++) {
        db_expect(db, "finders_too", "v", keys, 5);
        if (db_engine(db) == DB_POSTGRES)
            assert_int_equal(db_statements(db), before);
        for (int i = 1; i <= 5; i++)
            assert_int_equal(lacks(db, i), i == 5);
    }
    db_put(db, TOO, I(5), I(5));
    db_gather_end(db);
    assert_true(db_commit(db));

    assert_true(db_begin(db, true)); /* into the same one, before it: it is asked itself */
    db_exec(db, "UPDATE finders_too SET v = 6 WHERE v = 5");
    db_gather(db, 0);
    const struct db_arg later[] = {I(5), I(6), I(7)};
    for (int times = 0; times < 2; times++) {
        db_expect(db, "finders_too", "v", later, 3);
        for (int i = 5; i <= 7; i++)
            assert_int_equal(lacks(db, i), i != 6);
    }
    db_gather_end(db);

    const struct db_arg last_ones[] = {I(7), I(8)};
    db_gather(db, 0); /* what was written before anybody asked */
    db_put(db, FINDERS, T(S("8")), I(8));
    assert_true(db_commit(db));
    assert_true(db_begin(db, true));
    db_gather(db, 0);
    db_put(db, TOO, I(8), I(8));
    assert_int_equal(count(db, "finders_too"), 6);
    for (int times = 0; times < 2; times++) {
        db_expect(db, "finders_too", "v", last_ones, 2);
        assert_true(lacks(db, 7));
        assert_false(lacks(db, 8));
    }
    db_exec(db, "UPDATE finders_too SET v = 7 WHERE v = 8"); /* of which nothing was told */
    for (int times = 0; times < 2; times++) {
        db_expect(db, "finders_too", "v", last_ones, 2);
        assert_false(lacks(db, 7));
    }
    ended(db);
}

int main(void)
{
    const struct hub_kit_test tests[] = {
        {"whoever asks sees them", whoever_asks_sees_them, 0},
        {"rows of four columns wait too", rows_of_four_columns_wait_too, 0},
        {"a key that is not kept is asked for straight",
         a_key_that_is_not_kept_is_asked_for_straight, 0},
        {"very many keys are told apart", very_many_keys_are_told_apart, 0},
        {"expected keys are asked together", expected_keys_are_asked_together, 0},
        {"expected texts are asked too", expected_texts_are_asked_too, 0},
        {"sums are written once", sums_are_written_once, 0},
        {"what is put with a function comes in order", what_is_put_with_a_function_comes_in_order,
         0},
        {"new rows wait where that is faster", new_rows_wait_where_that_is_faster, 0},
        {"rows of other kinds are new too", rows_of_other_kinds_are_new_too, 0},
        {"what is new comes before others", what_is_new_comes_before_others, 0},
        {"a new row is asked for by what was said of it",
         a_new_row_is_asked_for_by_what_was_said_of_it, 0},
        {"rows go while the next are made", rows_go_while_the_next_are_made, 0},
        {"ends find nothing waiting", ends_find_nothing_waiting, 0},
        {"a large row does not wait", a_large_row_does_not_wait, 0},
        {"memory has an end", memory_has_an_end, 0},
        {"leads are committed before the rest", leads_are_committed_before_the_rest, 0},
        {"what is undone has no leads", what_is_undone_has_no_leads, 0},
        {"a lead that fails fails all", a_lead_that_fails_fails_all, 1 + DB_POSTGRES},
        {"keys are asked for beside", keys_are_asked_for_beside, 0},
    };
    int failed = hub_kit_run("gather", tests, sizeof tests / sizeof *tests);
    arena_free(a);
    return failed;
}
