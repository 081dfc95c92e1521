/* rate.h: how often one person, or one address, may call a route.
 *
 * RULES
 *   1. `times` calls pass at once; after that, one passes every seconds/times.
 *   2. A refusal says after how many seconds the next call will pass.
 *   3. The table has a fixed size; when it is full, the entry that has rested longest goes.
 *   4. All addresses of one IPv6 /64 count as one.
 *   5. Setting the system's clock changes nothing: callers give clock_steady().
 */
#ifndef HTTP_RATE_H
#define HTTP_RATE_H

#include <stdint.h>

#include "http/request.h"

struct rates;

struct rates *rates_new(void);
void rates_free(struct rates *r);

/* A key that nobody outside can aim at: of a person, or of an address when person is 0. */
uint64_t rates_key(const struct rates *r, const void *what, int64_t person, struct str address);

/* 0: go on; else whole seconds to wait. */
int rates_take(struct rates *r, uint64_t key, struct rate rate, int64_t steady);

struct rate_left {
    int times;   /* calls that would pass at once */
    int seconds; /* until all of them would again */
};
struct rate_left rates_left(struct rates *r, uint64_t key, struct rate rate, int64_t now);

#endif
