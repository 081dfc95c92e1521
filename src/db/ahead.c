/* ahead.c: see ahead.h. A question becomes
 *
 *     SELECT y.n, x.* FROM unnest(?2) WITH ORDINALITY AS y (key, n) CROSS JOIN LATERAL (...) x
 *
 * with y.key where it had ?2. Rows of a key come side by side; those of one are then given as an
 * answer of their own, without the first column. */
#define _GNU_SOURCE /* memmem */
#include "db/ahead.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/out.h"
#include "db/arrays.h"
#include "db/engine.h"
#include "db/gather.h"
#include "db/kept.h"
#include "db/sqltext.h"

enum { MOST = 500, HELD = 24, SQL_MAX = 256 * 1024 };

/* What one key's answer is; rows 0: there is none. */
struct answer {
    struct db_arg key; /* kind 0: a free place */
    int first, rows;
    bool stale;
};

struct held {
    const char *sql, *by;
    struct db_arg *args; /* but the key's */
    size_t n, key;       /* which of them that is */
    bool stale;
    struct rows whole;
    struct answer *answers; /* by their hashes; a power of two */
    size_t room;
};

struct ahead {
    struct arena *arena;
    struct held held[HELD];
    size_t n;
    const char *by; /* NULL: nothing is asked for ahead */
    struct db_arg *keys;
    size_t keys_n;
};

static bool same(const struct db_arg *a, const struct db_arg *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == DB_INT)
        return a->i == b->i;
    return a->kind == DB_NULL || (a->kind == DB_TEXT && str_eq(a->s, b->s));
}

static struct db_arg copied(struct arena *a, const struct db_arg *arg)
{
    struct db_arg copy = *arg;
    if (arg->kind == DB_TEXT)
        copy.s = str_dup(a, arg->s);
    return copy;
}

/* The key's place, or the one where it would stand. */
static struct answer *answer_of(const struct held *h, const struct db_arg *key)
{
    size_t at = kept_hash(key) & (h->room - 1);
    while (h->answers[at].key.kind != DB_NULL && !same(&h->answers[at].key, key))
        at = (at + 1) & (h->room - 1);
    return &h->answers[at];
}

/* ---- asking ---- */

size_t db_ahead_most(const struct db *db)
{
    return db->engine->part ? MOST : 0;
}

void db_ahead(struct db *db, const char *by, const struct db_arg *keys, size_t n)
{
    if (!db->engine->part || !n || db->failure)
        return;
    struct ahead *h = db->ahead;
    if (!h) {
        struct arena *arena = arena_new(SIZE_MAX);
        db->ahead = h = arena_make(arena, struct ahead);
        h->arena = arena;
    }
    h->by = str_cstr(h->arena, str_of(by));
    h->keys = arena_array(h->arena, struct db_arg, n);
    h->keys_n = n;
    for (size_t i = 0; i < n; i++)
        h->keys[i] = copied(h->arena, &keys[i]);
}

void db_ahead_done(struct db *db)
{
    if (db->ahead)
        db->ahead->by = NULL;
}

static const char *many_sql(struct arena *a, const char *sql, size_t key)
{
    struct out o;
    struct str rest = str_of(sql), name = str_fmt(a, "?%zu", key + 1);
    out_init(&o, SQL_MAX);
    out_fmt(&o,
            "SELECT y.n, x.* FROM unnest(" STR_FMT ") WITH ORDINALITY AS y (key, n)"
            " CROSS JOIN LATERAL (",
            STR_ARG(name));
    while (rest.n) {
        size_t n = sqltext_opaque(rest);
        bool here = n == 0 && str_starts(rest, name) &&
                    (rest.n == name.n || !isdigit((unsigned char)rest.p[name.n]));
        n = here ? name.n : n ? n : 1;
        out_str(&o, here ? S("y.key") : str_first(rest, n));
        rest = str_from(rest, n);
    }
    out_lit(&o, ") x");
    return str_cstr(a, out_take(&o, a));
}

/* A place for each key; gives each once, in the order of its first. */
static size_t answers_make(struct arena *a, struct held *h, const struct db_arg *keys, size_t n,
                           struct db_arg *once)
{
    size_t found = 0;
    for (h->room = 4; h->room < 2 * n; h->room *= 2)
        ;
    h->answers = arena_array(a, struct answer, h->room);
    for (size_t i = 0; i < n; i++) {
        struct answer *answer = answer_of(h, &keys[i]);
        if (answer->key.kind == DB_NULL)
            answer->key = once[found++] = keys[i];
    }
    return found;
}

/* Of each key its rows. False: those of one do not stand side by side. */
static bool answers_read(struct db *db, struct held *h, const struct db_arg *keys, size_t n)
{
    int64_t last = 0;
    for (int row = 0; db->engine->next(&h->whole); row++) {
        int64_t at = db_int(&h->whole, 0);
        if (at < 1 || (size_t)at > n)
            return false;
        struct answer *answer = answer_of(h, &keys[at - 1]);
        if (at != last && answer->rows)
            return false;
        if (at != last)
            answer->first = row;
        answer->rows++;
        last = at;
    }
    return true;
}

static struct held *ask(struct db *db, const char *sql, const struct db_arg *args, size_t n,
                        size_t key)
{
    struct ahead *a = db->ahead;
    struct held *h = &a->held[a->n];
    struct array all = {0};
    *h = (struct held){.sql = str_cstr(a->arena, str_of(sql)),
                       .by = a->by,
                       .args = arena_array(a->arena, struct db_arg, n),
                       .n = n,
                       .key = key};
    struct db_arg *keys = arena_array(a->arena, struct db_arg, a->keys_n);
    size_t keys_n = answers_make(a->arena, h, a->keys, a->keys_n, keys);
    for (size_t i = 0; i < keys_n; i++)
        array_put(&all, &keys[i]);
    for (size_t i = 0; i < n; i++)
        h->args[i] = i == key ? array_arg(&all) : copied(a->arena, &args[i]);
    gather_asked(db); /* what was said of one key holds for that one only */
    if (db->gather)
        gather_named(db, sql);
    h->whole = db->engine->query(db, many_sql(a->arena, sql, key), h->args, n);
    array_free(&all);
    if (db->failure || !h->whole.stmt || !answers_read(db, h, keys, keys_n)) {
        db_done(&h->whole);
        return NULL;
    }
    a->n++;
    return h;
}

static struct held *held_find(struct ahead *a, const char *sql, const struct db_arg *args, size_t n)
{
    for (size_t i = 0; i < a->n; i++) {
        struct held *h = &a->held[i];
        bool is = !h->stale && h->n == n && strcmp(h->sql, sql) == 0;
        for (size_t k = 0; is && k < n; k++)
            is = k == h->key || same(&h->args[k], &args[k]);
        if (is)
            return h;
    }
    return NULL;
}

/* Which argument is the first key; n: none, or it cannot be told. */
static size_t key_place(const struct ahead *a, const struct db_arg *args, size_t n)
{
    size_t found = n;
    for (size_t i = 0; i < n; i++)
        if (same(&args[i], &a->keys[0])) {
            if (found < n)
                return n;
            found = i;
        }
    return found;
}

bool ahead_query(struct db *db, const char *sql, const struct db_arg *args, size_t n,
                 struct rows *q)
{
    struct ahead *a = db->ahead;
    struct held *h = held_find(a, sql, args, n);
    if (!h && a->by && a->n < HELD) {
        size_t key = key_place(a, args, n);
        h = key < n ? ask(db, sql, args, n, key) : NULL;
    }
    struct answer *answer = h ? answer_of(h, &args[h->key]) : NULL;
    if (!answer || answer->key.kind == DB_NULL || answer->stale)
        return false;
    gather_asked(db);
    *q = db->engine->part(&h->whole, answer->first, answer->rows);
    return true;
}

/* ---- RULE 1 ---- */

static bool named(const char *text, struct str word)
{
    for (const char *p = text; (p = memmem(p, strlen(p), word.p, word.n)); p += word.n)
        if ((p == text || !sqltext_word(p[-1])) && !sqltext_word(p[word.n]))
            return true;
    return false;
}

/* The column of `by` for the table. */
static struct str column_of(const struct held *h, struct str table)
{
    struct str rest = str_of(h->by), one, name;
    while (str_split(&rest, ' ', &one))
        if (str_split(&one, '.', &name) && str_eq(name, table))
            return one;
    return S("");
}

static const struct db_arg *arg_at(const char *mark, const struct db_arg *args, size_t n)
{
    size_t number = mark[0] == '?' ? strtoul(mark + 1, NULL, 10) : 0;
    return number >= 1 && number <= n ? &args[number - 1] : NULL;
}

/* "(a, b) ...": the part at the place; NULL: something else than marks stands before it. */
static const char *part_at(const char *list, size_t place)
{
    const char *p = strchr(list, '(');
    for (size_t i = 0; p && i < place; i++) {
        p = strpbrk(p + 1, ",()'");
        if (p && *p != ',')
            return NULL;
    }
    return p ? p + 1 + (p[1] == ' ') : NULL;
}

static bool column_place(struct str list, struct str column, size_t *place)
{
    struct str one;
    list = str_from(list, list.p && list.n && list.p[0] == '(');
    for (*place = 0; str_split(&list, ',', &one); ++*place)
        if (str_eq(str_trim(one), column))
            return true;
    return false;
}

/* A row's key; NULL: the statement does not say it so that it would be understood here. */
static const struct db_arg *inserted_key(const char *sql, struct str column,
                                         const struct db_arg *args, size_t n)
{
    const char *open = strchr(sql, '('), *close = open ? strchr(open, ')') : NULL;
    size_t place;
    if (!close || strncmp(close, ") VALUES (", 10) != 0 || strstr(close, "DO UPDATE") ||
        !column_place(str_make(open, (size_t)(close - open)), column, &place))
        return NULL;
    const char *mark = part_at(close + 1, place);
    return mark ? arg_at(mark, args, n) : NULL;
}

/* What stands behind " column = ", between the two. */
static const char *equals(const char *from, const char *end, struct str column)
{
    static const char sign[] = " = ";
    const char *p = from;
    while ((p = memmem(p, (size_t)(end - p), column.p, column.n))) {
        const char *behind = p + column.n;
        if (p > from && strchr(" (", p[-1]) && strncmp(behind, sign, sizeof sign - 1) == 0)
            return behind + sizeof sign - 1;
        p = behind;
    }
    return NULL;
}

/* `rest` begins with the table's name. */
static const struct db_arg *changed_key(const char *rest, struct str column,
                                        const struct db_arg *args, size_t n)
{
    static const char *const otherwise[] = {"SELECT", " FROM ", " USING ", " OR ", "NOT "};
    const char *where = strstr(rest, " WHERE ");
    if (!where || equals(rest, where, column))
        return NULL;
    for (size_t i = 0; i < sizeof otherwise / sizeof *otherwise; i++)
        if (strstr(rest, otherwise[i]))
            return NULL;
    const char *mark = equals(where, where + strlen(where), column);
    return mark ? arg_at(mark, args, n) : NULL;
}

/* key NULL: whose answers change is not known. */
static void forget(struct held *h, const struct db_arg *key)
{
    if (!key || (key->kind != DB_INT && key->kind != DB_TEXT))
        h->stale = true;
    else
        answer_of(h, key)->stale = true;
}

void ahead_write(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct ahead *a = db->ahead;
    const char *known = sqltext_written(sql);
    bool inserts = known && sql[0] == 'I';
    struct str table = known ? sqltext_name(known) : S("");
    for (size_t i = 0; i < a->n; i++) {
        struct held *h = &a->held[i];
        if (h->stale || (known && !named(h->sql, table)))
            continue;
        struct str column = known ? column_of(h, table) : S("");
        forget(h, !column.n ? NULL
                  : inserts ? inserted_key(sql, column, args, n)
                            : changed_key(known, column, args, n));
    }
}

void ahead_put(struct db *db, const char *into, const struct db_arg *args, size_t n)
{
    struct ahead *a = db->ahead;
    struct str table = sqltext_name(into);
    const char *open = strchr(into, '('), *close = open ? strchr(open, ')') : NULL;
    for (size_t i = 0; i < a->n; i++) {
        struct held *h = &a->held[i];
        size_t place = n;
        if (h->stale || !named(h->sql, table))
            continue;
        struct str column = column_of(h, table);
        bool said = close && column.n &&
                    column_place(str_make(open, (size_t)(close - open)), column, &place);
        forget(h, said && place < n ? &args[place] : NULL);
    }
}

/* ---- RULE 2 ---- */

void db_ahead_forget(struct db *db)
{
    struct ahead *a = db->ahead;
    for (size_t i = 0; a && i < a->n; i++)
        db_done(&a->held[i].whole);
    if (a)
        arena_free(a->arena);
    db->ahead = NULL;
}
