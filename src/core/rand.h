/* rand.h: randomness from the system, or from a seed in tests. */
#ifndef CORE_RAND_H
#define CORE_RAND_H

#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

void rand_bytes(void *p, size_t n); /* for secrets; dies when the system gives none */
/* A secret of `n` random bytes as lower-case hex, in the arena. */
struct str rand_hex(struct arena *a, size_t n);

/* A small, fast, repeatable generator (splitmix64) for demo and bench data. */
struct rand_seq {
    uint64_t state;
};
uint64_t rand_next(struct rand_seq *r);
uint64_t rand_below(struct rand_seq *r, uint64_t n);
double rand_unit(struct rand_seq *r); /* [0,1) */

#endif
