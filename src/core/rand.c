/* rand.c: the system's randomness, and splitmix64 (Steele, Lea and Flood, 2014); see rand.h. */
#include "core/rand.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "core/arena.h"
#include "core/log.h"

/* Small amounts come from a store of the thread's own: a call of the system for each form's token
 * would cost as much as the token. What was given out is wiped, so that no dump holds it. The
 * children of cage.c, which have a copy, ask for none. */
static _Thread_local struct {
    unsigned char bytes[512];
    size_t left;
} store;

static void from_system(void *p, size_t n)
{
    for (unsigned char *at = p; n;) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            die("the system gives no randomness: %s", strerror(errno));
        at += got;
        n -= (size_t)got;
    }
}

void rand_bytes(void *p, size_t n)
{
    if (n > sizeof store.bytes / 4) {
        from_system(p, n);
        return;
    }
    if (store.left < n) {
        from_system(store.bytes, sizeof store.bytes);
        store.left = sizeof store.bytes;
    }
    unsigned char *at = store.bytes + store.left - n;
    memcpy(p, at, n);
    explicit_bzero(at, n);
    store.left -= n;
}

struct str rand_hex(struct arena *a, size_t n)
{
    unsigned char *bytes = arena_alloc(a, n);
    rand_bytes(bytes, n);
    struct str hex = str_hex(a, bytes, n);
    explicit_bzero(bytes, n);
    return hex;
}

uint64_t rand_next(struct rand_seq *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Lemire's multiply and shift ("Fast random integer generation in an interval", 2019): no bias. */
uint64_t rand_below(struct rand_seq *r, uint64_t n)
{
    if (n == 0)
        return 0;
    unsigned __int128 wide = (unsigned __int128)rand_next(r) * n;
    if ((uint64_t)wide < n) {
        uint64_t refuse = -n % n;
        while ((uint64_t)wide < refuse)
            wide = (unsigned __int128)rand_next(r) * n;
    }
    return (uint64_t)(wide >> 64);
}

double rand_unit(struct rand_seq *r)
{
    return (double)(rand_next(r) >> 11) * 0x1p-53;
}
