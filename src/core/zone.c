/* zone.c: reads TZif files (RFC 8536); see zone.h.
 *
 * WHY not the C library's: it knows one zone a process, set for all threads at once.
 * WHY no rule behind the table: Debian's files list every change up to 2037.
 */
#include "core/zone.h"

#include <stdio.h>

#include "core/arena.h"
#include "core/clock.h"

enum { ZONE_MAX = 64 * 1024, HEAD = 44, CHANGES_MAX = 4000, NAME_MAX = 64 };

#define FOLDER "/usr/share/zoneinfo/"

struct zone {
    int64_t *at;     /* microseconds, rising */
    int64_t *offset; /* from then on */
    size_t n;
    int64_t first; /* before the first change */
};

static int64_t big_endian(const unsigned char *p, size_t bytes)
{
    uint64_t v = bytes == 4 && p[0] & 0x80 ? ~UINT64_C(0) : 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

struct counts {
    size_t utc, std, leap, times, types, chars;
};

static bool counts_read(const unsigned char *p, size_t left, struct counts *c)
{
    if (left < HEAD || memcmp(p, "TZif", 4) != 0)
        return false;
    size_t *const all[] = {&c->utc, &c->std, &c->leap, &c->times, &c->types, &c->chars};
    for (size_t i = 0; i < 6; i++) {
        *all[i] = (size_t)big_endian(p + 20 + 4 * i, 4);
        if (*all[i] > CHANGES_MAX)
            return false;
    }
    return c->types > 0;
}

static size_t block_size(const struct counts *c, size_t time)
{
    return c->times * time + c->times + c->types * 6 + c->chars + c->leap * (time + 4) + c->std +
           c->utc;
}

/* The second block has times of 64 bits. */
static struct zone *zone_parse(struct arena *a, const unsigned char *p, size_t n)
{
    struct counts c;
    if (!counts_read(p, n, &c) || p[4] < '2')
        return NULL;
    size_t first = HEAD + block_size(&c, 4);
    if (first > n || !counts_read(p + first, n - first, &c) || block_size(&c, 8) > n - first - HEAD)
        return NULL;
    const unsigned char *times = p + first + HEAD, *kinds = times + 8 * c.times;
    const unsigned char *types = kinds + c.times;
    struct zone *z = arena_make(a, struct zone);
    z->at = arena_array(a, int64_t, c.times + 1);
    z->offset = arena_array(a, int64_t, c.times + 1);
    z->first = big_endian(types, 4) * CLOCK_SECOND;
    for (; z->n < c.times; z->n++) {
        if (kinds[z->n] >= c.types)
            return NULL;
        int64_t at = big_endian(times + 8 * z->n, 8);
        if (at < -INT64_C(100000000000)) /* "the beginning of time" */
            at = -INT64_C(100000000000);
        z->at[z->n] = at * CLOCK_SECOND;
        z->offset[z->n] = big_endian(types + 6 * kinds[z->n], 4) * CLOCK_SECOND;
    }
    return z;
}

static bool name_ok(struct str name) /* RULE 1 */
{
    if (!name.n || name.n > NAME_MAX || name.p[0] == '/' || name.p[name.n - 1] == '/')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !strchr("/_+-", c))
            return false;
    }
    return true;
}

const struct zone *zone_open(struct arena *a, struct str name)
{
    if (!name_ok(name))
        return NULL;
    struct str path = str_fmt(a, FOLDER STR_FMT, STR_ARG(name));
    FILE *f = fopen(path.p, "rb");
    if (!f)
        return NULL;
    unsigned char *p = arena_alloc(a, ZONE_MAX);
    size_t n = fread(p, 1, ZONE_MAX, f);
    fclose(f);
    return zone_parse(a, p, n);
}

int64_t zone_offset(const struct zone *z, int64_t us)
{
    size_t low = 0, high = z ? z->n : 0; /* the first change behind us */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at[middle] <= us)
            low = middle + 1;
        else
            high = middle;
    }
    return !z ? 0 : low ? z->offset[low - 1] : z->first;
}

struct zone_time zone_time(const struct zone *z, int64_t us)
{
    int64_t local = us + zone_offset(z, us);
    int64_t day = local / CLOCK_DAY - (local % CLOCK_DAY < 0);
    int64_t rest = local - day * CLOCK_DAY;
    return (struct zone_time){day, (int)(rest / CLOCK_HOUR),
                              (int)(rest % CLOCK_HOUR / CLOCK_MINUTE),
                              (int)(((day + 4) % 7 + 7) % 7)};
}

int64_t zone_next(const struct zone *z, int64_t us, int hour, int weekday)
{
    int64_t day = zone_time(z, us).day, at = us;
    for (int i = 0; i < 9; i++, day++) {
        int64_t local = day * CLOCK_DAY + hour * CLOCK_HOUR;
        at = local - zone_offset(z, local - zone_offset(z, local));
        bool fits = weekday < 0 || ((day + 4) % 7 + 7) % 7 == weekday;
        if (fits && at > us)
            return at;
    }
    return at;
}
