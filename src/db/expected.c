/* expected.c: see expected.h. */
#include "db/expected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/out.h"
#include "db/key_set.h"

enum { EXPECT_MANY = 100, COLUMNS = 16, NAME = 100, SQL_MAX = 16 * 1024 };

struct lacking {
    char table[NAME], column[NAME];
    struct key_set keys, came; /* those that nobody had; and has since */
};

struct expected {
    struct lacking columns[COLUMNS];
    size_t n;
};

uint64_t db_arg_hash(const struct db_arg *arg)
{
    uint64_t hash =
        arg->kind == DB_TEXT ? str_hash(arg->s) : (uint64_t)arg->i * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

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

static void lacking_each(struct expected *e, const char *table, void (*act)(struct key_set *set))
{
    for (size_t i = 0; e && i < e->n; i++) {
        if (table && strcmp(e->columns[i].table, table) != 0)
            continue;
        act(&e->columns[i].keys);
        act(&e->columns[i].came);
    }
}

/* One row is read of a key that very many have. An EXISTS might be made a join with the whole table
 * by a planner without statistics; what is limited is not. */
static const char *there_sql(struct arena *a, const struct lacking *l)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_lit(&o, "SELECT k.column1 FROM (VALUES ");
    for (size_t i = 0; i < EXPECT_MANY; i++)
        out_fmt(&o, "%s(?%zu)", i ? ", " : "", i + 1);
    out_fmt(&o, ") k WHERE (SELECT 1 FROM %s x WHERE x.%s = k.column1 ORDER BY x.id LIMIT 1) = 1",
            l->table, l->column);
    return str_cstr(a, out_take(&o, a));
}

/* Fewer are filled up with the last one. */
static void many_ask(struct lacking *l, struct db *db, struct arena *a, const struct db_arg *keys,
                     size_t n)
{
    struct db_arg args[EXPECT_MANY];
    struct key_set there = {0};
    for (size_t i = 0; i < EXPECT_MANY; i++)
        args[i] = keys[i < n ? i : n - 1];
    struct rows q = db_query_n(db, there_sql(a, l), args, EXPECT_MANY);
    while (db_next(&q)) {
        struct db_arg key = keys->kind == DB_TEXT ? T(db_str(&q, 0)) : I(db_int(&q, 0));
        key_set_put(&there, db_arg_hash(&key));
    }
    db_done(&q);
    for (size_t i = 0; i < n && !db_failed(db); i++)
        if (!key_set_has(&there, db_arg_hash(&keys[i])))
            key_set_put(&l->keys, db_arg_hash(&keys[i]));
    key_set_free(&there);
}

void expected_ask(struct expected **e, struct db *db, const char *table, const char *column,
                  const struct db_arg *keys, size_t n)
{
    struct lacking *l = column_of(e, table, column);
    struct arena *a = arena_new(1 << 20);
    if (l) {
        key_set_clear(&l->keys);
        key_set_clear(&l->came);
    }
    for (size_t at = 0; l && at < n; at += EXPECT_MANY)
        many_ask(l, db, a, keys + at, n - at < EXPECT_MANY ? n - at : EXPECT_MANY);
    arena_free(a);
}

bool expected_lacks(const struct expected *e, const char *table, const char *column,
                    const struct db_arg *key)
{
    const struct lacking *l = column_find(e, table, column);
    uint64_t hash = db_arg_hash(key);
    return l && key_set_has(&l->keys, hash) && !key_set_has(&l->came, hash);
}

void expected_comes(struct expected *e, const char *table, const char *column,
                    const struct db_arg *key)
{
    struct lacking *l = column_find(e, table, column);
    if (l)
        key_set_put(&l->came, db_arg_hash(key));
}

void expected_clear(struct expected *e, const char *table)
{
    lacking_each(e, table, key_set_clear);
}

void expected_free(struct expected *e)
{
    lacking_each(e, NULL, key_set_free);
    free(e);
}
