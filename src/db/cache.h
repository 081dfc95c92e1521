/* cache.h: the prepared statements of one connection, found by their SQL text.
 *
 * Most SQL is a literal, so the same pointer comes again and again: a table by address finds the
 * statement without hashing the text. The text is compared all the same, because an arena gives one
 * address to different texts in turn.
 *
 * RULES
 *   1. A statement is found by its text, wherever the text stands.
 *   2. At most `limit` statements are kept; the one not used for longest goes first, and one in
 *      use never.
 */
#ifndef DB_CACHE_H
#define DB_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first member of an engine's own statement; made with calloc. */
struct statement {
    struct statement *chain;         /* same bucket */
    struct statement *newer, *older; /* by last use */
    uint64_t hash;
    char *sql;
    bool busy;
};

enum { CACHE_BUCKETS = 512, CACHE_LIMIT = 512 };

struct cache {
    struct statement *near[CACHE_BUCKETS];   /* by address, a guess */
    struct statement *bucket[CACHE_BUCKETS]; /* by hash of the text */
    struct statement *newest, *oldest;
    int count, limit;
    void (*drop)(struct cache *c, struct statement *st); /* frees the engine's part, not *st */
};

void cache_init(struct cache *c, int limit, void (*drop)(struct cache *c, struct statement *st));
void cache_clear(struct cache *c);

/* An idle statement of this text for which fits() holds (NULL: any), or NULL. */
struct statement *cache_find(struct cache *c, const char *sql,
                             bool (*fits)(const struct statement *st, const void *want),
                             const void *want);
void cache_add(struct cache *c, struct statement *st, const char *sql);

#endif
