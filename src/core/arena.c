/* arena.c: chunks in a list, bumped from the newest; see arena.h. */
#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

enum { CHUNK = 16 * 1024, ALIGN = 16 };

struct chunk {
    struct chunk *older;
    size_t size;
    alignas(ALIGN) unsigned char bytes[];
};

struct deferred {
    struct deferred *older;
    void (*fn)(void *p);
    void *p;
};

struct arena {
    struct chunk *newest;
    size_t at; /* used bytes of the newest chunk */
    size_t used, ceiling;
    struct deferred *deferred;
    bool over;
};

static struct chunk *chunk_new(size_t size, struct chunk *older)
{
    struct chunk *c = malloc(sizeof *c + size);
    if (!c)
        die("out of memory: %zu bytes for an arena", size);
    c->older = older;
    c->size = size;
    return c;
}

struct arena *arena_new(size_t ceiling)
{
    struct arena *a = calloc(1, sizeof *a);
    if (!a)
        die("out of memory: arena");
    a->ceiling = ceiling;
    a->newest = chunk_new(CHUNK, NULL);
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    free(a->newest);
    free(a);
}

void arena_reset(struct arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->older;
        d->fn(d->p);
    }
    while (a->newest->older) {
        struct chunk *c = a->newest;
        a->newest = c->older;
        free(c);
    }
    a->at = 0;
    a->used = 0;
    a->over = false;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return memset(arena_bytes(a, n), 0, n);
}

void *arena_bytes(struct arena *a, size_t n)
{
    a->at = (a->at + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return arena_tight(a, n < SIZE_MAX / 2 ? (n + ALIGN - 1) & ~(size_t)(ALIGN - 1) : n);
}

void *arena_tight(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        die("arena: absurd size %zu", n);
    if (a->at > a->newest->size || n > a->newest->size - a->at) {
        a->newest = chunk_new(n > CHUNK ? n : CHUNK, a->newest);
        a->at = 0;
    }
    void *p = a->newest->bytes + a->at;
    a->at += n;
    a->used += n;
    if (a->used > a->ceiling)
        a->over = true;
    return p;
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        die("arena: %zu x %zu overflows", n, size);
    return arena_alloc(a, total);
}

void arena_defer(struct arena *a, void (*fn)(void *p), void *p)
{
    struct deferred *d = arena_make(a, struct deferred);
    *d = (struct deferred){a->deferred, fn, p};
    a->deferred = d;
}

bool arena_over(const struct arena *a)
{
    return a->over;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
