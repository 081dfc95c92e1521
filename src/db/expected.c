/* expected.c: see expected.h. */
#include "db/expected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/out.h"
#include "db/arrays.h"
#include "db/engine.h"
#include "db/kept.h"

enum { EXPECT_MANY = 100, COLUMNS = 16, NAME = 100, SQL_MAX = 16 * 1024 };

struct lacking {
    char table[NAME], column[NAME];
    struct key_set keys, came; /* those that nobody had; of all rows that came */
};

struct expected {
    struct lacking columns[COLUMNS];
    size_t n;
};

static struct lacking *column_find(const struct expected *e, const char *table, const char *column)
{
    for (size_t i = 0; e && i < e->n; i++) {
        const struct lacking *l = &e->columns[i];
        if (strcmp(l->table, table) == 0 && strcmp(l->column, column) == 0)
            return (struct lacking *)l;
    }
    return NULL;
}

static struct lacking *column_of(struct expected **e, const char *table, const char *column)
{
    if (!*e && !(*e = calloc(1, sizeof **e)))
        die("out of memory: keys that are expected");
    struct lacking *l = column_find(*e, table, column);
    if (l || (*e)->n == COLUMNS)
        return l;
    l = &(*e)->columns[(*e)->n++];
    snprintf(l->table, sizeof l->table, "%s", table);
    snprintf(l->column, sizeof l->column, "%s", column);
    return l;
}

/* One row is read of a key that very many have. An EXISTS might be made a join with the whole table
 * by a planner without statistics; what is limited is not. Of `v = ANY (...)` each row is compared
 * with all keys, if the table was small when that was planned. */
static const char *there_sql(struct arena *a, const struct lacking *l, bool arrays)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_fmt(&o, "SELECT k.column1 FROM %s", arrays ? "unnest(?1) k (column1)" : "(VALUES ");
    for (size_t i = 0; !arrays && i < EXPECT_MANY; i++)
        out_fmt(&o, "%s(?%zu)", i ? ", " : "", i + 1);
    out_fmt(&o, "%s WHERE (SELECT 1 FROM %s x WHERE x.%s = k.column1 ORDER BY x.id LIMIT 1) = 1",
            arrays ? "" : ") k", l->table, l->column);
    return str_cstr(a, out_take(&o, a));
}

static void there_read(struct rows *q, enum db_kind kind, struct key_set *there)
{
    while (db_next(q)) {
        struct db_arg key = kind == DB_TEXT ? T(db_str(q, 0)) : I(db_int(q, 0));
        key_set_put(there, kept_hash(&key));
    }
    db_done(q);
}

/* Fewer are filled up with the last one. */
static void many_ask(struct lacking *l, struct db *db, struct arena *a, const struct db_arg *keys,
                     size_t n, struct key_set *there)
{
    struct db_arg args[EXPECT_MANY];
    for (size_t i = 0; i < EXPECT_MANY; i++)
        args[i] = keys[i < n ? i : n - 1];
    struct rows q = db_query_n(db, there_sql(a, l, false), args, EXPECT_MANY);
    there_read(&q, keys->kind, there);
}

static void array_ask(struct lacking *l, struct db *db, struct arena *a, const struct db_arg *keys,
                      size_t n, struct key_set *there)
{
    struct array all = {0};
    for (size_t i = 0; i < n; i++)
        array_put(&all, &keys[i]);
    struct rows q = db_query(db, there_sql(a, l, true), array_arg(&all));
    there_read(&q, keys->kind, there);
    array_free(&all);
}

void expected_ask(struct expected **e, struct db *db, const char *table, const char *column,
                  const struct db_arg *keys, size_t n)
{
    struct lacking *l = column_of(e, table, column);
    struct arena *a = arena_new(1 << 20);
    struct key_set there = {0};
    bool arrays = db->engine->arrays;
    if (l)
        key_set_clear(&l->keys);
    if (l && n && arrays)
        array_ask(l, db, a, keys, n, &there);
    for (size_t at = 0; l && !arrays && at < n; at += EXPECT_MANY)
        many_ask(l, db, a, keys + at, n - at < EXPECT_MANY ? n - at : EXPECT_MANY, &there);
    for (size_t i = 0; l && i < n && !db_failed(db); i++)
        if (!key_set_has(&there, kept_hash(&keys[i])))
            key_set_put(&l->keys, kept_hash(&keys[i]));
    key_set_free(&there);
    arena_free(a);
}

bool expected_lacks(const struct expected *e, const char *table, const char *column,
                    const struct db_arg *key)
{
    const struct lacking *l = column_find(e, table, column);
    uint64_t hash = kept_hash(key);
    return l && key_set_has(&l->keys, hash) && !key_set_has(&l->came, hash);
}

bool expected_new(const struct expected *e, const char *table, const char *column,
                  const struct db_arg *key)
{
    const struct lacking *l = column_find(e, table, column);
    return l && !key_set_has(&l->came, kept_hash(key));
}

void expected_comes(struct expected **e, const char *table, const char *column,
                    const struct db_arg *key)
{
    struct lacking *l = column_of(e, table, column);
    if (l)
        key_set_put(&l->came, kept_hash(key));
}

bool expected_has(const struct expected *e, const char *table, const char *column)
{
    return column_find(e, table, column) != NULL;
}

bool expected_of(const struct expected *e, struct str table)
{
    for (size_t i = 0; e && i < e->n; i++)
        if (str_is(table, e->columns[i].table))
            return true;
    return false;
}

void expected_row(struct expected *e, struct str table, const struct db_arg *key)
{
    for (size_t i = 0; e && i < e->n; i++)
        if (str_is(table, e->columns[i].table))
            key_set_put(&e->columns[i].came, kept_hash(key));
}

void expected_free(struct expected *e)
{
    for (size_t i = 0; e && i < e->n; i++) {
        key_set_free(&e->columns[i].keys);
        key_set_free(&e->columns[i].came);
    }
    free(e);
}
