/* key_set.h: whether a key was put, by its hash of 64 bits. */
#ifndef DB_KEY_SET_H
#define DB_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_set {
    uint64_t *places; /* twice as many as there is room for, a power of two; 0: none */
    size_t n, room;
};

bool key_set_has(const struct key_set *set, uint64_t hash);
void key_set_put(struct key_set *set, uint64_t hash);
void key_set_clear(struct key_set *set); /* keeps its room */
void key_set_free(struct key_set *set);

#endif
