/* gather.c: see gather.h. */
#include "db/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/out.h"
#include "db/engine.h"
#include "db/expected.h"
#include "db/key_set.h"
#include "db/packed.h"

enum {
    TABLES = 1024,
    NAME = 100,
    SQL_MAX = 64 * 1024,
    MANY = 100,
    SOME = 10,
    LONGEST = 100, /* of "INSERT OR FAIL INTO " and a name */
    ASKED = 256,
    NAMED_MOST = 6,
    SUMS = 2,
    IDS = 64
};

struct kept_row {
    uint64_t first; /* of its order: bytes of the key */
    unsigned char *packed;
};

enum key_column { LAST_BUT_ONE, LAST, KEY_COLUMNS };

struct kept_table {
    char into[NAME * 2], name[NAME];
    size_t columns, n, room;
    struct kept_row *rows;
    void (*write)(struct db *db, const struct db_arg *args); /* of db_put_with */
    struct key_set keys[KEY_COLUMNS];
    bool asked[KEY_COLUMNS]; /* somebody asks by that column: its keys are kept */
    const char *sums;        /* of db_add; NULL: rows of db_put */
    uint32_t *places;        /* of sums: a table of hashes, twice as many as there is room; 0: none,
                                else the row's number, from 1 */
};

/* A statement and the tables that it names: of the first `known` ones. */
struct asked {
    char *sql;
    size_t known, n;
    uint16_t tables[NAMED_MOST];
};

struct gather {
    struct arena *arena; /* what the rows hold */
    struct kept_table *tables[TABLES];
    size_t n, rows; /* rows of all tables that there is room for */
    size_t bytes;
    int depth; /* savepoints around it */
    struct kept_table *excused, *expecting; /* of the next statement; of those of db_expect */
    uint64_t named[16]; /* a filter: bits by the names' hashes */
    struct asked asked[ASKED];
    bool writing;
    struct expected *expected;
    char sequence[NAME]; /* whose ids were taken in advance */
    int64_t id, ids_end;
};

/* ---- keys ---- */

static int arg_order(const struct db_arg *a, const struct db_arg *b)
{
    if (a->kind != DB_TEXT || b->kind != DB_TEXT)
        return a->i < b->i ? -1 : a->i > b->i;
    size_t n = a->s.n < b->s.n ? a->s.n : b->s.n;
    int order = n ? memcmp(a->s.p, b->s.p, n) : 0;
    return order ? order : a->s.n < b->s.n ? -1 : a->s.n > b->s.n;
}

static int by_key(const void *x, const void *y)
{
    const struct kept_row *one = x, *other = y;
    struct db_arg a[GATHER_SUM_COLUMNS], b[GATHER_SUM_COLUMNS];
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    size_t n = packed_read(one->packed, a);
    packed_read(other->packed, b);
    int order = 0;
    for (size_t i = 0; i < n && !order; i++)
        order = arg_order(&a[i], &b[i]);
    return order;
}

/* Bytes in the order of their number: what most comparisons need. Of a type and a key one byte is
 * the type's. */
static uint64_t first_of(const struct db_arg *args, size_t n)
{
    const struct db_arg *key = n > 2 && args->kind == DB_TEXT ? &args[1] : args;
    uint64_t first = 0;
    size_t at = 0;
    if (key->kind != DB_TEXT)
        return (uint64_t)key->i ^ UINT64_C(1) << 63;
    if (key != args && args->kind == DB_TEXT)
        first = args->s.n ? (unsigned char)args->s.p[0] : 0, at = 1;
    for (size_t i = 0; at < sizeof first; at++, i++)
        first = first << 8 | (i < key->s.n ? (unsigned char)key->s.p[i] : 0);
    return first;
}

/* ---- writing ---- */

/* What fails undoes its transaction: SQLite need not keep what pages were before the statement. */
static const char *insert_sql(struct arena *a, enum db_engine engine, const char *into,
                              size_t columns, size_t rows)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_fmt(&o, "INSERT%s INTO %s VALUES ", engine == DB_SQLITE ? " OR FAIL" : "", into);
    for (size_t i = 0; i < rows; i++) {
        for (size_t c = 0; c < columns; c++)
            out_fmt(&o, "%s?%zu", c ? ", " : i ? ", (" : "(", i * columns + c + 1);
        out_lit(&o, ")");
    }
    out_lit(&o, " ON CONFLICT DO NOTHING");
    return str_cstr(a, out_take(&o, a));
}

static size_t step_of(size_t left)
{
    return left >= MANY ? MANY : left >= SOME ? SOME : 1;
}

static void table_write(struct db *db, struct kept_table *t)
{
    struct arena *a = arena_new(1 << 20);
    struct db_arg args[MANY * GATHER_COLUMNS];
    const char *sql = NULL;
    if (t->n)
        qsort(t->rows, t->n, sizeof *t->rows, by_key);
    for (size_t i = 0, step, was = 0; i < t->n && !db->failure; i += step) {
        step = step_of(t->n - i);
        if (step != was)
            sql = insert_sql(a, db_engine(db), t->into, t->columns, step);
        was = step;
        for (size_t k = 0; k < step; k++)
            packed_read(t->rows[i + k].packed, &args[k * t->columns]);
        db_send_n(db, sql, args, step * t->columns);
    }
    t->n = 0;
    for (int c = 0; c < KEY_COLUMNS; c++)
        key_set_clear(&t->keys[c]);
    arena_free(a);
}

static void sums_write(struct db *db, struct kept_table *t)
{
    struct db_arg args[GATHER_SUM_COLUMNS];
    if (t->n)
        qsort(t->rows, t->n, sizeof *t->rows, by_key);
    for (size_t i = 0; i < t->n && !db->failure; i++)
        db_send_n(db, t->sums, args, packed_read(t->rows[i].packed, args));
    if (t->places)
        memset(t->places, 0, 2 * t->room * sizeof *t->places);
    t->n = 0;
}

/* The last one says how many came before it. */
static int by_coming(const void *x, const void *y)
{
    const struct kept_row *one = x, *other = y;
    struct db_arg a[GATHER_SUM_COLUMNS], b[GATHER_SUM_COLUMNS];
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    size_t n = packed_read(one->packed, a), m = packed_read(other->packed, b);
    return arg_order(&a[n - 1], &b[m - 1]);
}

static void each_write(struct db *db, struct kept_table *t)
{
    struct db_arg args[GATHER_SUM_COLUMNS];
    if (t->n)
        qsort(t->rows, t->n, sizeof *t->rows, by_coming);
    for (size_t i = 0; i < t->n && !db->failure; i++) {
        packed_read(t->rows[i].packed, args);
        t->write(db, args);
    }
    t->n = 0;
}

static void kept_write(struct db *db, struct kept_table *t)
{
    expected_clear(db->gather->expected, t->name);
    if (t->write)
        each_write(db, t);
    else if (t->sums)
        sums_write(db, t);
    else
        table_write(db, t);
}

static void room_drop(struct gather *g, struct kept_table *t)
{
    free(t->rows);
    free(t->places);
    t->rows = NULL;
    t->places = NULL;
    g->rows -= t->room;
    t->room = 0;
}

void gather_settle(struct db *db)
{
    struct gather *g = db->gather;
    if (!g || g->writing)
        return;
    g->writing = true;
    for (size_t i = 0; i < g->n; i++) {
        if (g->tables[i]->n)
            kept_write(db, g->tables[i]);
        room_drop(g, g->tables[i]);
    }
    arena_reset(g->arena);
    g->writing = false;
}

void gather_undone(struct db *db, int depth)
{
    struct gather *g = db->gather;
    if (!g || g->depth <= depth)
        return;
    for (size_t i = 0; i < g->n; i++) {
        room_drop(g, g->tables[i]);
        for (int c = 0; c < KEY_COLUMNS; c++)
            key_set_free(&g->tables[i]->keys[c]);
        free(g->tables[i]);
    }
    for (size_t i = 0; i < ASKED; i++)
        free(g->asked[i].sql);
    arena_free(g->arena);
    expected_free(g->expected);
    free(g);
    db->gather = NULL;
}

/* ---- RULE 1 ---- */

static bool of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

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
        const char *from = p;
        while (of_name(*p))
            p++;
        struct str word = str_make(from, (size_t)(p - from));
        uint64_t bit;
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

static void named_write(struct db *db, struct gather *g, struct kept_table *t)
{
    if (!t->n || t == g->excused || t == g->expecting)
        return;
    g->writing = true;
    kept_write(db, t);
    g->writing = false;
}

void gather_named(struct db *db, const char *sql)
{
    struct gather *g = db->gather;
    if (g->writing)
        return;
    const struct asked *asked = asked_find(g, sql);
    bool all = asked->n > NAMED_MOST;
    for (size_t i = 0; i < (all ? g->n : asked->n); i++)
        named_write(db, g, g->tables[all ? i : asked->tables[i]]);
    g->excused = NULL;
}

static void key_put(struct kept_table *t, enum key_column c, const struct db_arg *args, size_t n)
{
    key_set_put(&t->keys[c], db_arg_hash(&args[n - KEY_COLUMNS + c]));
}

static void keys_begin(struct kept_table *t, enum key_column c)
{
    t->asked[c] = true;
    for (size_t i = 0; i < t->n; i++) {
        struct db_arg args[GATHER_SUM_COLUMNS];
        key_put(t, c, args, packed_read(t->rows[i].packed, args));
    }
}

/* The rows of db_put. */
static struct kept_table *table_named(struct gather *g, const char *table)
{
    for (size_t i = 0; g && i < g->n; i++)
        if (strcmp(g->tables[i]->name, table) == 0 && !g->tables[i]->sums && !g->tables[i]->write)
            return g->tables[i];
    return NULL;
}

static bool has_key(struct kept_table *t, const struct db_arg *key, enum key_column c)
{
    if (!t->asked[c])
        keys_begin(t, c);
    return key_set_has(&t->keys[c], db_arg_hash(key));
}

static void excuse(struct db *db, const char *table, const struct db_arg *key, enum key_column c)
{
    struct kept_table *t = table_named(db->gather, table);
    if (t && !has_key(t, key, c))
        db->gather->excused = t;
}

void db_gather_by(struct db *db, const char *table, struct db_arg key)
{
    excuse(db, table, &key, LAST_BUT_ONE);
}

void db_gather_of(struct db *db, const char *table, struct db_arg last)
{
    excuse(db, table, &last, LAST);
}

/* ---- RULE 6 ---- */

void db_expect(struct db *db, const char *table, const char *column, const struct db_arg *keys,
               size_t n)
{
    struct gather *g = db->gather;
    if (!g || g->depth != db->depth || g->writing)
        return;
    g->expecting = table_named(g, table); /* of its rows db_lacks knows */
    expected_ask(&g->expected, db, table, column, keys, n);
    g->expecting = NULL;
}

bool db_lacks(struct db *db, const char *table, const char *column, struct db_arg key)
{
    struct gather *g = db->gather;
    if (!g || g->depth != db->depth || !expected_lacks(g->expected, table, column, &key))
        return false;
    struct kept_table *t = table_named(g, table);
    return !t || !has_key(t, &key, LAST_BUT_ONE);
}

void db_comes(struct db *db, const char *table, const char *column, struct db_arg key)
{
    if (db->gather)
        expected_comes(db->gather->expected, table, column, &key);
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
    g->depth = db->depth;
    db->gather = g;
}

void db_gather_end(struct db *db)
{
    gather_settle(db);
    gather_undone(db, -1);
}

static struct kept_table *table_of(struct gather *g, const char *into)
{
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->tables[i]->into, into) == 0)
            return g->tables[i];
    if (g->n == TABLES)
        return NULL;
    struct kept_table *t = calloc(1, sizeof *t);
    if (!t)
        die("out of memory: rows that wait");
    struct str rest = str_of(into), name = S("");
    str_split(&rest, ' ', &name);
    snprintf(t->into, sizeof t->into, "%s", into);
    snprintf(t->name, sizeof t->name, STR_FMT, STR_ARG(name));
    uint64_t bit, *bits = name_bit(g, str_of(t->name), &bit);
    *bits |= bit;
    g->tables[g->n++] = t;
    return t;
}

static void room_grow(struct gather *g, struct kept_table *t)
{
    size_t more = !t->room ? 64 : t->sums ? t->room : t->room / 2;
    t->rows = realloc(t->rows, (t->room + more) * sizeof *t->rows);
    if (!t->rows)
        die("out of memory: rows that wait");
    t->room += more;
    g->rows += more;
}

size_t db_gathered(const struct db *db)
{
    const struct gather *g = db->gather;
    return g ? arena_used(g->arena) + g->rows * sizeof(struct kept_row) : 0;
}

/* RULE 4 */
static void full_settle(struct db *db)
{
    if (db_gathered(db) > db->gather->bytes)
        gather_settle(db);
}

static void row_keep(struct gather *g, struct kept_table *t, const struct db_arg *args, size_t n,
                     uint64_t first)
{
    if (t->n == t->room)
        room_grow(g, t);
    t->columns = n;
    t->rows[t->n++] = (struct kept_row){first, packed_make(g->arena, args, n, t->sums ? SUMS : 0)};
}

static void keep(struct gather *g, struct kept_table *t, const struct db_arg *args, size_t n)
{
    row_keep(g, t, args, n, first_of(args, n));
    for (int c = 0; c < KEY_COLUMNS; c++)
        if (t->asked[c])
            key_put(t, (enum key_column)c, args, n);
}

void db_put_n(struct db *db, const char *into, const struct db_arg *args, size_t n)
{
    struct gather *g = db->gather;
    bool fine = g && g->depth == db->depth && !g->writing && db_args_fit(db, into, args, n);
    struct kept_table *t = fine ? table_of(g, into) : NULL;
    if (n < 2 || n > GATHER_COLUMNS)
        die("a row of %zu columns cannot be kept", n);
    if (t) {
        keep(g, t, args, n);
        full_settle(db);
        return;
    }
    static const char marks[] = "?1, ?2, ?3, ?4";
    char sql[NAME * 3];
    snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (%.*s) ON CONFLICT DO NOTHING", into,
             (int)(n * 4 - 2), marks);
    db_send_n(db, sql, args, n);
}

void db_put_with_n(struct db *db, const char *table,
                   void (*write)(struct db *db, const struct db_arg *args),
                   const struct db_arg *args, size_t n)
{
    struct gather *g = db->gather;
    bool fine = g && g->depth == db->depth && !g->writing && db_args_fit(db, table, args, n);
    struct kept_table *t = fine ? table_of(g, table) : NULL;
    if (n >= GATHER_SUM_COLUMNS)
        die("a row of %zu columns cannot be kept", n);
    if (!t) {
        write(db, args);
        return;
    }
    struct db_arg row[GATHER_SUM_COLUMNS];
    memcpy(row, args, n * sizeof *args);
    row[n] = I((int64_t)t->n);
    t->write = write;
    row_keep(g, t, row, n + 1, first_of(args, 1));
    full_settle(db);
}

/* ---- ids ---- */

int64_t gather_id(struct db *db, const char *sequence)
{
    struct gather *g = db->gather;
    if (!g || g->depth != db->depth)
        return 0;
    if (g->id == g->ids_end || strcmp(g->sequence, sequence) != 0) {
        snprintf(g->sequence, sizeof g->sequence, "%s", sequence);
        g->id = db->engine->next_ids(db, sequence, IDS);
        g->ids_end = g->id ? g->id + IDS : 0;
    }
    return g->id == g->ids_end ? 0 : g->id++;
}

/* ---- sums ---- */

static uint64_t sum_hash(const struct db_arg *args, size_t n)
{
    uint64_t hash = n;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ db_arg_hash(&args[i])) * UINT64_C(0x9E3779B97F4A7C15);
    return hash >> 32;
}

static bool same_sum(const struct kept_row *row, const struct db_arg *b, size_t n)
{
    struct db_arg a[GATHER_SUM_COLUMNS];
    packed_read(row->packed, a);
    for (size_t i = 0; i < n; i++)
        if (a[i].kind != b[i].kind || arg_order(&a[i], &b[i]))
            return false;
    return true;
}

/* Where the row of that key stands, or may. */
static uint32_t *sum_place(struct kept_table *t, const struct db_arg *args, size_t keys)
{
    size_t mask = 2 * t->room - 1, at = sum_hash(args, keys) & mask;
    while (t->places[at] && !same_sum(&t->rows[t->places[at] - 1], args, keys))
        at = (at + 1) & mask;
    return &t->places[at];
}

static void sums_grow(struct gather *g, struct kept_table *t, size_t keys)
{
    room_grow(g, t);
    free(t->places);
    t->places = calloc(2 * t->room, sizeof *t->places);
    if (!t->places)
        die("out of memory: rows that wait");
    for (size_t i = 0; i < t->n; i++) {
        struct db_arg args[GATHER_SUM_COLUMNS];
        packed_read(t->rows[i].packed, args);
        *sum_place(t, args, keys) = (uint32_t)i + 1;
    }
}

void db_add_n(struct db *db, const char *table, const char *sql, const struct db_arg *args,
              size_t n)
{
    struct gather *g = db->gather;
    bool fine = g && g->depth == db->depth && !g->writing && db_args_fit(db, sql, args, n);
    struct kept_table *t = fine ? table_of(g, table) : NULL;
    size_t keys = n - SUMS;
    if (n <= SUMS || n > GATHER_SUM_COLUMNS)
        die("a sum of %zu columns cannot be kept", n);
    if (!t) {
        db_send_n(db, sql, args, n);
        return;
    }
    t->sums = sql;
    if (t->n == t->room)
        sums_grow(g, t, keys);
    uint32_t *place = sum_place(t, args, keys);
    if (!*place) {
        row_keep(g, t, args, n, first_of(args, n));
        *place = (uint32_t)t->n;
    } else {
        packed_add(t->rows[*place - 1].packed, args + keys, SUMS);
    }
    full_settle(db);
}
