/* gather.c: see gather.h. */
#include "db/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/out.h"
#include "db/ahead.h"
#include "db/batch.h"
#include "db/beside.h"
#include "db/engine.h"
#include "db/expected.h"
#include "db/kept.h"
#include "db/sqltext.h"

enum {
    TABLES = 1024,
    NAME = 100,
    PUT_SQL = NAME * 3,
    LONGEST = 100, /* of "INSERT OR FAIL INTO " and a name */
    ASKED = 256,
    NAMED_MOST = 12,
    IDS = 64,
    PUMPED = 64, /* rows */
    AHEAD = 100,
    AHEAD_FAR = 4000,
    BESIDE_FROM = 1000, /* rows: fewer are not worth a second connection */
    LARGE = 1 << 20,    /* bytes of a row */
};

/* Rows of one statement. */
struct waiting {
    char into[NAME * 2], name[NAME];
    const char *sql;          /* of one row; NULL: it is written with a function */
    const char *given;        /* the same, where db_new got it */
    bool fresh;               /* nobody can have such rows yet: they come before others */
    bool leads;               /* RULE 8 */
    bool keyed;               /* rows of db_put */
    bool beside;              /* some went beside, and are not committed yet */
    int64_t least[KEPT_KEYS]; /* ... and of their keys that are numbers the lowest */
    void (*write)(struct db *db, const struct db_arg *args); /* of db_put_with */
    struct kept rows;
};

/* A statement and the tables that it names: of the first `known` ones. */
struct asked {
    char *sql;
    size_t known, n;
    uint16_t tables[NAMED_MOST];
};

struct gather {
    struct arena *arena; /* what the rows hold */
    struct arena *texts; /* statements */
    struct waiting *tables[TABLES];
    size_t n, bytes;
    size_t room;                     /* bytes of all of them beside the arena's */
    int depth;                       /* savepoints around it */
    const char *excused, *expecting; /* tables: of the next statement; of those of db_expect */
    uint64_t named[16];              /* a filter: bits by the names' hashes */
    struct asked asked[ASKED];
    bool writing, batching; /* ... by a batch */
    uint64_t wrote;         /* of db->wrote: where values may have come that it knows nothing of */
    struct expected *expected;
    char sequence[NAME]; /* whose ids were taken in advance */
    int64_t id, ids_end;
    int64_t given, told; /* ids so far; when db_gather_next was last called */
    size_t put;
};

static bool is_name(const char *name, const struct waiting *t)
{
    return name && strcmp(name, t->name) == 0;
}

/* ---- RULE 8 ---- */

static struct beside *way_of(struct db *db, struct waiting *t)
{
    struct beside *way = t->leads && t->rows.n >= BESIDE_FROM ? beside_of(db) : NULL;
    for (size_t i = 0; way && !t->beside && i < KEPT_KEYS; i++)
        t->least[i] = INT64_MAX;
    t->beside = t->beside || way;
    return way;
}

/* `args`: of a row that goes beside, its keys. */
static void least_note(struct waiting *t, const struct db_arg *args)
{
    for (size_t i = 0; i < KEPT_KEYS; i++)
        if (args[i].kind == DB_INT && args[i].i < t->least[i])
            t->least[i] = args[i].i;
}

/* Some of that table went beside: all; else those which may have that key. */
static bool went(const struct gather *g, const char *table, const struct db_arg *key,
                 enum kept_key column)
{
    for (size_t i = 0; i < g->n; i++) {
        const struct waiting *t = g->tables[i];
        if (t->beside && is_name(table, t) &&
            !(key && key->kind == DB_INT && key->i < t->least[column]))
            return true;
    }
    return false;
}

static void beside_end(struct db *db, struct gather *g)
{
    for (size_t i = 0; i < g->n; i++)
        g->tables[i]->beside = false;
    if (db->beside)
        beside_finish(db->beside);
}

/* ---- writing ---- */

/* What others must be there for, then what keeps the server busy while the next is made. */
enum turn { TURN_FRESH, TURN_LEADS, TURN_OTHERS, TURNS };

static enum turn turn_of(const struct waiting *t)
{
    return t->leads ? TURN_LEADS : t->fresh ? TURN_FRESH : TURN_OTHERS;
}

static void rows_write(struct db *db, struct waiting *t)
{
    struct db_arg args[PACKED_MOST], *keys = &args[t->rows.columns - KEPT_KEYS];
    struct expected *expected = db->gather->expected;
    bool asked = t->keyed && expected_of(expected, str_of(t->name));
    struct beside *way = way_of(db, t);
    if (!t->fresh && went(db->gather, t->name, NULL, 0))
        beside_end(db, db->gather);
    kept_sort(&t->rows);
    struct batch *b = t->write ? NULL : batch_begin(db, way, t->sql, t->rows.columns, t->rows.n);
    db->gather->batching = b != NULL;
    for (size_t i = 0; i < t->rows.n && !db->failure; i++) {
        kept_read(&t->rows, i, args);
        if (b)
            batch_row(b, args);
        else
            t->write(db, args);
        if (asked)
            expected_row(expected, str_of(t->name), keys);
        if (way)
            least_note(t, keys);
    }
    if (b)
        batch_end(b);
    db->gather->batching = false;
    kept_clear(&t->rows);
}

void gather_settle(struct db *db)
{
    struct gather *g = db->gather;
    if (!g || g->writing)
        return;
    g->writing = true;
    for (enum turn turn = 0; turn < TURNS; turn++)
        for (size_t i = 0; i < g->n; i++)
            if (g->tables[i]->rows.n && turn_of(g->tables[i]) == turn)
                rows_write(db, g->tables[i]);
    for (size_t i = 0; i < g->n; i++)
        kept_drop(&g->tables[i]->rows);
    g->room = 0;
    arena_reset(g->arena);
    g->writing = false;
}

void gather_undone(struct db *db, int depth)
{
    struct gather *g = db->gather;
    if (!g || g->depth <= depth)
        return;
    if (db->beside)
        beside_undo(db->beside);
    for (size_t i = 0; i < g->n; i++) {
        kept_free(&g->tables[i]->rows);
        free(g->tables[i]);
    }
    for (size_t i = 0; i < ASKED; i++)
        free(g->asked[i].sql);
    arena_free(g->arena);
    arena_free(g->texts);
    expected_free(g->expected);
    free(g);
    db->gather = NULL;
}

/* ---- RULE 1 ---- */

static uint64_t *name_bit(struct gather *g, struct str name, uint64_t *bit)
{
    uint64_t hash = str_hash(name);
    *bit = UINT64_C(1) << (hash & 63);
    return &g->named[hash >> 6 & 15];
}

/* Where the names of tables end: an INSERT or UPDATE may go on with very many columns. */
static const char *tables_end(const char *sql)
{
    bool one = strncmp(sql, "INSERT", 6) == 0 || strncmp(sql, "UPDATE", 6) == 0;
    size_t n = strlen(sql);
    return one && n > LONGEST && !strstr(sql, "SELECT") ? sql + LONGEST : sql + n;
}

/* Words in the statement are looked up, not tables in the statement: there may be hundreds. */
static void names_read(struct gather *g, const char *sql, struct asked *out)
{
    const char *end = tables_end(sql);
    out->n = 0;
    for (const char *p = sql; p < end;) {
        struct str word = sqltext_name(p);
        uint64_t bit;
        p += word.n;
        p += *p != 0;
        if (word.n < 4 || !(*name_bit(g, word, &bit) & bit))
            continue;
        for (size_t i = 0; i < g->n; i++) {
            if (!str_is(word, g->tables[i]->name))
                continue;
            if (out->n < NAMED_MOST)
                out->tables[out->n] = (uint16_t)i;
            out->n++;
        }
    }
    out->known = g->n;
}

/* By the length and a few bytes of the text, which is then compared as a whole. */
static struct asked *asked_find(struct gather *g, const char *sql)
{
    size_t n = strlen(sql);
    uint64_t some[3] = {0};
    for (size_t i = 0; n >= sizeof some && i < 3; i++)
        memcpy(&some[i], sql + (n - sizeof some[0]) * i / 2, sizeof some[0]);
    uint64_t hash = (some[0] ^ some[1] * 3 ^ some[2] * 7 ^ n) * UINT64_C(0x9E3779B97F4A7C15);
    struct asked *asked = &g->asked[hash >> 56];
    if (asked->sql && strcmp(asked->sql, sql) == 0 && asked->known == g->n)
        return asked;
    free(asked->sql);
    asked->sql = strdup(sql);
    if (!asked->sql)
        die("out of memory: rows that wait");
    names_read(g, sql, asked);
    return asked;
}

static void named_write(struct db *db, struct gather *g, struct waiting *t)
{
    if (!t->rows.n || is_name(g->excused, t) || is_name(g->expecting, t))
        return;
    g->writing = true;
    rows_write(db, t);
    g->writing = false;
}

void gather_named(struct db *db, const char *sql)
{
    struct gather *g = db->gather;
    if (g->writing)
        return;
    const struct asked *asked = asked_find(g, sql);
    bool all = asked->n > NAMED_MOST;
    for (size_t i = 0; i < (all ? g->n : asked->n); i++) {
        struct waiting *t = g->tables[all ? i : asked->tables[i]];
        if (t->beside && !is_name(g->excused, t))
            beside_end(db, g);
    }
    for (enum turn turn = 0; turn < TURNS; turn++)
        for (size_t i = 0; i < (all ? g->n : asked->n); i++) {
            struct waiting *t = g->tables[all ? i : asked->tables[i]];
            if (turn_of(t) == turn)
                named_write(db, g, t);
        }
    g->excused = NULL;
}

void gather_asked(struct db *db)
{
    if (db->gather)
        db->gather->excused = NULL;
}

void gather_wrote(struct db *db, const char *sql, uint64_t table)
{
    if (db->gather && !db->gather->batching && sql[0] != 'D') /* a DELETE brings none */
        db->gather->wrote |= table;
}

bool gather_writes(const struct db *db)
{
    return db->gather && db->gather->batching;
}

/* Rows of db_put in that table have the key; of those of db_new db_gather_on knows. */
static bool waits(struct gather *g, const char *table, enum kept_key column,
                  const struct db_arg *key)
{
    for (size_t i = 0; i < g->n; i++) {
        struct waiting *t = g->tables[i];
        if (t->keyed && is_name(table, t) && kept_has(&t->rows, column, key))
            return true;
    }
    return false;
}

/* Rows of another sort wait for that table: of their keys nothing is known. */
static bool others_wait(struct gather *g, const char *table)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->tables[i]->rows.n && !g->tables[i]->keyed && is_name(table, g->tables[i]))
            return true;
    return false;
}

static void excuse(struct db *db, const char *table, enum kept_key column, const struct db_arg *key)
{
    struct gather *g = db->gather;
    if (g && !waits(g, table, column, key) && !others_wait(g, table) &&
        !went(g, table, key, column))
        g->excused = table;
}

void db_gather_by(struct db *db, const char *table, struct db_arg key)
{
    excuse(db, table, KEPT_LAST_BUT_ONE, &key);
}

void db_gather_of(struct db *db, const char *table, struct db_arg last)
{
    excuse(db, table, KEPT_LAST, &last);
}

void db_gather_on(struct db *db, const char *table, const char *column, struct db_arg key)
{
    if (db->gather && expected_new(db->gather->expected, table, column, &key))
        db->gather->excused = table;
}

/* ---- RULE 6 ---- */

/* Where each question is a way to the server, and what waits is written in between: many. */
size_t db_gather_ahead(const struct db *db)
{
    return db->engine->arrays ? AHEAD_FAR : AHEAD;
}

struct asking {
    struct gather *g;
    const char *table, *column;
    const struct db_arg *keys;
    size_t n;
};

static void expecting_run(struct db *db, void *ctx)
{
    const struct asking *of = ctx;
    expected_ask(&of->g->expected, db, of->table, of->column, of->keys, of->n);
}

/* A column that was asked for before is asked for beside, so that nobody waits for what is on its
 * way: of rows that this transaction has since it is known which came. */
void db_expect(struct db *db, const char *table, const char *column, const struct db_arg *keys,
               size_t n)
{
    struct gather *g = db->gather;
    if (!g || g->depth != db->depth || g->writing)
        return;
    g->expecting = table; /* of its rows db_lacks knows */
    bool known = expected_has(g->expected, table, column);
    g->wrote |= known ? 0 : db->wrote & db_table_bit(str_of(table));
    bool aside = known && !(g->wrote & db_table_bit(str_of(table)));
    struct beside *way = aside ? beside_of(db) : NULL;
    struct asking asking = {g, table, column, keys, n};
    if (way)
        beside_run(way, expecting_run, &asking);
    else
        expecting_run(db, &asking);
    g->expecting = NULL;
}

bool db_lacks(struct db *db, const char *table, const char *column, struct db_arg key)
{
    struct gather *g = db->gather;
    return g && g->depth == db->depth && expected_lacks(g->expected, table, column, &key) &&
           !waits(g, table, KEPT_LAST_BUT_ONE, &key);
}

void db_comes(struct db *db, const char *table, const char *column, struct db_arg key)
{
    if (db->gather)
        expected_comes(&db->gather->expected, table, column, &key);
}

/* ---- keeping ---- */

void db_gather(struct db *db, size_t bytes)
{
    if (db->gather)
        return;
    struct gather *g = calloc(1, sizeof *g);
    if (!g)
        die("out of memory: rows that wait");
    g->bytes = bytes ? bytes : GATHER_BYTES;
    g->arena = arena_new(g->bytes * 2);
    g->texts = arena_new(SIZE_MAX);
    g->depth = db->depth;
    g->wrote = db->wrote;
    db->gather = g;
}

void db_gather_end(struct db *db)
{
    gather_settle(db);
    if (db->gather && db->beside) {
        (void)db_sent(db); /* the transaction's end is near then */
        beside_end(db, db->gather);
    }
    gather_undone(db, -1);
}

static struct waiting *table_add(struct gather *g, struct str name)
{
    if (g->n == TABLES)
        return NULL;
    struct waiting *t = calloc(1, sizeof *t);
    if (!t)
        die("out of memory: rows that wait");
    snprintf(t->name, sizeof t->name, STR_FMT, STR_ARG(name));
    uint64_t bit, *bits = name_bit(g, str_of(t->name), &bit);
    *bits |= bit;
    g->tables[g->n++] = t;
    return t;
}

static struct waiting *table_of(struct gather *g, const char *into, enum put how)
{
    bool fresh = how != PUT_ANY;
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->tables[i]->into, into) == 0 && g->tables[i]->fresh == fresh)
            return g->tables[i];
    struct waiting *t = table_add(g, sqltext_name(into));
    if (t) {
        snprintf(t->into, sizeof t->into, "%s", into);
        t->fresh = fresh;
        t->leads = how == PUT_LEAD;
    }
    return t;
}

/* Of db_new. */
static struct waiting *table_with(struct gather *g, const char *insert)
{
    static const char begins[] = "INSERT INTO ";
    for (size_t i = 0; i < g->n; i++)
        if (g->tables[i]->given == insert && strcmp(g->tables[i]->sql, insert) == 0)
            return g->tables[i];
    struct waiting *t = table_add(g, sqltext_name(insert + sizeof begins - 1));
    if (t) {
        t->sql = str_cstr(g->texts, str_of(insert));
        t->given = insert;
        t->fresh = true;
    }
    return t;
}

size_t db_gathered(const struct db *db)
{
    const struct gather *g = db->gather;
    return g ? arena_used(g->arena) + g->room : 0;
}

/* Where this row may wait: not a large one. */
static struct gather *gathering(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct gather *g = db->gather;
    size_t bytes = 0;
    for (size_t i = 0; g && i < n; i++)
        bytes += args[i].s.n;
    bool may = g && g->depth == db->depth && !g->writing && bytes < LARGE;
    return may && db_args_fit(db, sql, args, n) ? g : NULL;
}

static void row_keep(struct db *db, struct waiting *t, const struct db_arg *args, size_t n,
                     bool sum)
{
    struct gather *g = db->gather;
    g->room -= kept_bytes(&t->rows);
    (sum ? kept_add : kept_put)(&t->rows, g->arena, args, n);
    g->room += kept_bytes(&t->rows);
    if (db->engine->pump && ++g->put % PUMPED == 0)
        db->engine->pump(db);
    if (db_gathered(db) > g->bytes) /* RULE 4 */
        gather_settle(db);
}

static void put_sql(char sql[PUT_SQL], const char *insert, const char *into, size_t columns,
                    bool fresh)
{
    static const char marks[] = "?1, ?2, ?3, ?4";
    snprintf(sql, PUT_SQL, "%s INTO %s VALUES (%.*s)%s", insert, into, (int)(columns * 4 - 2),
             marks, fresh ? "" : " ON CONFLICT DO NOTHING");
}

/* What fails undoes its transaction: SQLite need not keep what pages were before the statement. */
static const char *many_sql(struct gather *g, enum db_engine engine, const char *into,
                            size_t columns, bool fresh)
{
    char sql[PUT_SQL];
    put_sql(sql, engine == DB_SQLITE ? "INSERT OR FAIL" : "INSERT", into, columns, fresh);
    return str_cstr(g->texts, str_of(sql));
}

void db_put_n(struct db *db, const char *into, enum put how, const struct db_arg *args, size_t n)
{
    if (n < 2 || n > GATHER_COLUMNS)
        die("a row of %zu columns cannot be kept", n);
    struct gather *g = gathering(db, into, args, n);
    how = db->engine->arrays ? how : PUT_ANY; /* SQLite looks for the row's place once anyway */
    struct waiting *t = g ? table_of(g, into, how) : NULL;
    if (!t) {
        char sql[PUT_SQL];
        if (db->gather)
            expected_row(db->gather->expected, sqltext_name(into), &args[n - KEPT_KEYS]);
        put_sql(sql, "INSERT", into, n, false);
        db_send_n(db, sql, args, n);
        return;
    }
    if (db->ahead)
        ahead_put(db, into, args, n);
    if (!t->sql) {
        t->sql = many_sql(g, db_engine(db), into, n, t->fresh);
        t->keyed = true;
        t->rows.order = KEPT_BY_COLUMNS;
    }
    row_keep(db, t, args, n, false);
}

void db_new_n(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct gather *g = db->engine->arrays && n <= PACKED_MOST ? gathering(db, sql, args, n) : NULL;
    struct waiting *t = g ? table_with(g, sql) : NULL;
    if (t && db->ahead)
        ahead_write(db, sql, args, n);
    if (t)
        row_keep(db, t, args, n, false);
    else
        db_send_n(db, sql, args, n);
}

void db_put_with_n(struct db *db, const char *table,
                   void (*write)(struct db *db, const struct db_arg *args),
                   const struct db_arg *args, size_t n)
{
    if (n > KEPT_KEYED)
        die("a row of %zu columns cannot be kept", n);
    struct gather *g = gathering(db, table, args, n);
    struct waiting *t = g ? table_of(g, table, PUT_ANY) : NULL;
    if (!t) {
        write(db, args);
        return;
    }
    if (db->ahead)
        ahead_put(db, table, args, n);
    t->write = write;
    t->rows.order = KEPT_BY_FIRST;
    row_keep(db, t, args, n, false);
}

void db_add_n(struct db *db, const char *table, const char *sql, const struct db_arg *args,
              size_t n)
{
    if (n <= KEPT_SUMS || n > KEPT_KEYED)
        die("a sum of %zu columns cannot be kept", n);
    struct gather *g = gathering(db, sql, args, n);
    struct waiting *t = g ? table_of(g, table, PUT_ANY) : NULL;
    if (!t) {
        db_send_n(db, sql, args, n);
        return;
    }
    if (db->ahead)
        ahead_put(db, table, args, n);
    t->sql = sql;
    t->rows.order = KEPT_BY_COLUMNS;
    row_keep(db, t, args, n, true);
}

/* ---- ids ---- */

/* They go on where the last ones end, because one transaction writes at a time. */
static void ids_take(struct db *db, struct gather *g, int64_t n)
{
    int64_t first = db->engine->next_ids(db, g->sequence, n);
    if (!first || first != g->ids_end)
        g->id = first;
    g->ids_end = first ? first + n : g->id;
}

int64_t gather_id(struct db *db, const char *sequence)
{
    struct gather *g = db->gather;
    if (!g || g->depth != db->depth)
        return 0;
    if (strcmp(g->sequence, sequence) != 0) {
        snprintf(g->sequence, sizeof g->sequence, "%s", sequence);
        g->id = g->ids_end = 0;
    }
    if (g->id == g->ids_end)
        ids_take(db, g, IDS);
    g->given++;
    return g->id == g->ids_end ? 0 : g->id++;
}

void db_gather_next(struct db *db)
{
    struct gather *g = db->gather;
    if (!g || g->depth != db->depth || !db->engine->arrays)
        return;
    int64_t as_before = g->given - g->told;
    if (as_before > g->ids_end - g->id)
        ids_take(db, g, as_before - (g->ids_end - g->id));
    g->told = g->given;
    gather_settle(db);
}
