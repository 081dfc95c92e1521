/* cache.c: two small tables and a list by last use; see cache.h. */
#include "db/cache.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/str.h"

static void cache_evict(struct cache *c);
static void cache_remove(struct cache *c, struct statement *st);

static size_t near_slot(const char *sql)
{
    uintptr_t at = (uintptr_t)sql;
    return (at >> 3 ^ at >> 12) % CACHE_BUCKETS;
}

static void list_push(struct cache *c, struct statement *st)
{
    st->newer = NULL;
    st->older = c->newest;
    if (c->newest)
        c->newest->newer = st;
    else
        c->oldest = st;
    c->newest = st;
}

static void list_cut(struct cache *c, struct statement *st)
{
    if (st->newer)
        st->newer->older = st->older;
    else
        c->newest = st->older;
    if (st->older)
        st->older->newer = st->newer;
    else
        c->oldest = st->newer;
}

void cache_init(struct cache *c, int limit, void (*drop)(struct cache *c, struct statement *st))
{
    *c = (struct cache){.limit = limit, .drop = drop};
}

void cache_clear(struct cache *c)
{
    while (c->oldest)
        cache_remove(c, c->oldest);
}

static struct statement *cache_use(struct cache *c, struct statement *st)
{
    if (c->newest != st) {
        list_cut(c, st);
        list_push(c, st);
    }
    return st;
}

struct statement *cache_find(struct cache *c, const char *sql,
                             bool (*fits)(const struct statement *st, const void *want),
                             const void *want)
{
    struct statement **near = &c->near[near_slot(sql)];
    struct statement *st = *near;
    if (st && !st->busy && strcmp(st->sql, sql) == 0 && (!fits || fits(st, want)))
        return cache_use(c, st);

    uint64_t hash = str_hash(str_of(sql));
    for (st = c->bucket[hash % CACHE_BUCKETS]; st; st = st->chain)
        if (st->hash == hash && !st->busy && strcmp(st->sql, sql) == 0 &&
            (!fits || fits(st, want))) {
            *near = st;
            return cache_use(c, st);
        }
    return NULL;
}

void cache_add(struct cache *c, struct statement *st, const char *sql)
{
    if (c->count >= c->limit)
        cache_evict(c);
    st->sql = strdup(sql);
    if (!st->sql)
        die("out of memory: statement");
    st->hash = str_hash(str_of(sql));
    struct statement **bucket = &c->bucket[st->hash % CACHE_BUCKETS];
    st->chain = *bucket;
    *bucket = st;
    list_push(c, st);
    c->near[near_slot(sql)] = st;
    c->count++;
}

static void cache_evict(struct cache *c)
{
    for (struct statement *st = c->oldest; st; st = st->newer)
        if (!st->busy) {
            cache_remove(c, st);
            return;
        }
}

static void cache_remove(struct cache *c, struct statement *st)
{
    for (size_t i = 0; i < CACHE_BUCKETS; i++)
        if (c->near[i] == st)
            c->near[i] = NULL;
    struct statement **at = &c->bucket[st->hash % CACHE_BUCKETS];
    while (*at != st)
        at = &(*at)->chain;
    *at = st->chain;
    list_cut(c, st);
    c->count--;
    c->drop(c, st);
    free(st->sql);
    free(st);
}
