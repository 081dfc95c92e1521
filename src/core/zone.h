/* zone.h: what the clock says in a place ("Europe/Berlin"), from the system's time zone files.
 *
 * RULES
 *   1. A name that leads out of the folder of zones, or to no zone file, is no zone.
 *   2. Local time follows the zone's changes, in summer and winter; without a zone it is UTC.
 *   3. zone_next gives a moment that lies ahead, at that hour of the place's clock, also on the
 *      days when the clock is put forward or back; a hour that a day leaves out is taken an hour
 *      later.
 */
#ifndef CORE_ZONE_H
#define CORE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct arena;
struct zone; /* NULL is UTC */

/* NULL: there is no such zone. Lives as long as the arena. */
const struct zone *zone_open(struct arena *a, struct str name);
int64_t zone_offset(const struct zone *z, int64_t us); /* microseconds ahead of UTC */

struct zone_time {
    int64_t day; /* since 1970-01-01, a Thursday */
    int hour, minute;
    int weekday; /* 0: Sunday */
};
struct zone_time zone_time(const struct zone *z, int64_t us);
/* The next time after `us` at which it is `hour` there; weekday -1: on whatever day. */
int64_t zone_next(const struct zone *z, int64_t us, int hour, int weekday);

#endif
