/* rate.c: the generic cell rate algorithm (ITU-T I.371): one number per key; see rate.h.
 *
 * WHY not a count per window: a window lets twice the rate pass around its edge, and needs more
 * state. Here `free_at` is the time at which the bucket would be full again.
 */
#include "http/rate.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/rand.h"

enum { SHARDS = 64, SETS = 64, WAYS = 8 }; /* 32,768 entries, 512 kB */

struct entry {
    uint64_t key;
    int64_t free_at;
};

struct shard {
    pthread_mutex_t lock;
    struct entry sets[SETS][WAYS];
};

struct rates {
    unsigned char secret[crypto_shorthash_KEYBYTES];
    struct shard shards[SHARDS];
};

static struct entry *entry_for(struct shard *s, uint64_t key);
static size_t address_bytes(struct str address, unsigned char out[16]);

struct rates *rates_new(void)
{
    struct rates *r = calloc(1, sizeof *r);
    if (!r)
        die("out of memory: table of rates");
    rand_bytes(r->secret, sizeof r->secret);
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_init(&r->shards[i].lock, NULL);
    return r;
}

void rates_free(struct rates *r)
{
    if (!r)
        return;
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_destroy(&r->shards[i].lock);
    free(r);
}

uint64_t rates_key(const struct rates *r, const void *what, int64_t person, struct str address)
{
    struct {
        uintptr_t what;
        int64_t person;
        unsigned char address[16];
    } text = {.what = (uintptr_t)what, .person = person};
    if (person == 0)
        address_bytes(address, text.address);
    unsigned char hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const unsigned char *)&text, sizeof text, r->secret);
    uint64_t key;
    memcpy(&key, hash, sizeof key);
    return key ? key : 1;
}

int rates_take(struct rates *r, uint64_t key, struct rate rate, int64_t now)
{
    if (rate.times <= 0)
        return 0;
    struct shard *s = &r->shards[key % SHARDS];
    int64_t span = (int64_t)rate.seconds * CLOCK_SECOND, step = span / rate.times;
    int wait = 0;
    pthread_mutex_lock(&s->lock);
    struct entry *e = entry_for(s, key);
    if (e->free_at < now || e->free_at > now + span) /* rested; or the clock was set back */
        e->free_at = now;
    if (e->free_at + step > now + span)
        wait = (int)((e->free_at + step - now - span + CLOCK_SECOND - 1) / CLOCK_SECOND);
    else
        e->free_at += step;
    pthread_mutex_unlock(&s->lock);
    return wait;
}

struct rate_left rates_left(struct rates *r, uint64_t key, struct rate rate, int64_t now)
{
    struct shard *s = &r->shards[key % SHARDS];
    int64_t span = (int64_t)rate.seconds * CLOCK_SECOND, step = span / rate.times;
    pthread_mutex_lock(&s->lock);
    int64_t used = entry_for(s, key)->free_at - now;
    pthread_mutex_unlock(&s->lock);
    if (used < 0 || used > span)
        used = 0;
    return (struct rate_left){.times = (int)((span - used) / step),
                              .seconds = (int)((used + CLOCK_SECOND - 1) / CLOCK_SECOND)};
}

static struct entry *entry_for(struct shard *s, uint64_t key)
{
    struct entry *set = s->sets[key / SHARDS % SETS], *rested = set;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].free_at < rested->free_at)
            rested = &set[i];
    }
    *rested = (struct entry){.key = key};
    return rested;
}

static size_t address_bytes(struct str address, unsigned char out[16])
{
    char text[INET6_ADDRSTRLEN];
    if (address.n >= sizeof text)
        return 0;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    if (inet_pton(AF_INET6, text, out) != 1)
        return 0;
    memset(out + 8, 0, 8);
    return 8;
}
