/* key_set.c: see key_set.h. */
#include "db/key_set.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"

enum { FIRST_ROOM = 64 };

/* Where it stands, or may. */
static uint64_t *place_of(const struct key_set *set, uint64_t hash)
{
    size_t mask = 2 * set->room - 1;
    size_t at = (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
    while (set->places[at] && set->places[at] != hash)
        at = (at + 1) & mask;
    return &set->places[at];
}

static uint64_t never_none(uint64_t hash)
{
    return hash ? hash : 1;
}

bool key_set_has(const struct key_set *set, uint64_t hash)
{
    return set->n && *place_of(set, never_none(hash));
}

static void grow(struct key_set *set)
{
    struct key_set larger = {.n = set->n, .room = set->room ? set->room * 2 : FIRST_ROOM};
    larger.places = calloc(2 * larger.room, sizeof *larger.places);
    if (!larger.places)
        die("out of memory: keys of rows that wait");
    for (size_t i = 0; i < 2 * set->room; i++)
        if (set->places[i])
            *place_of(&larger, set->places[i]) = set->places[i];
    free(set->places);
    *set = larger;
}

void key_set_put(struct key_set *set, uint64_t hash)
{
    if (set->n == set->room)
        grow(set);
    hash = never_none(hash);
    uint64_t *place = place_of(set, hash);
    set->n += !*place;
    *place = hash;
}

void key_set_clear(struct key_set *set)
{
    if (set->n)
        memset(set->places, 0, 2 * set->room * sizeof *set->places);
    set->n = 0;
}

void key_set_free(struct key_set *set)
{
    free(set->places);
    *set = (struct key_set){0};
}
