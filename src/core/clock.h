/* clock.h: time as 64-bit microseconds since 1970 UTC, and its spellings.
 *
 * Tests set the clock; nothing else in the program asks the system for the date.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

int64_t clock_now(void);       /* UTC, microseconds */
int64_t clock_monotonic(void); /* for deadlines, microseconds */
/* For waits and rates: runs on evenly while somebody sets the system's clock. */
int64_t clock_steady(void);

void clock_freeze(int64_t us); /* tests: time stands still there; 0 lets it run */
void clock_step(int64_t us);   /* tests: the system's clock is set forward or back by so much */

/* "2026-11-23T04:05:06.123456Z" (fraction left out when zero); buf holds 32 bytes. */
struct str clock_rfc3339(char buf[32], int64_t us);
/* "Mon, 23 Nov 2026 04:05:06 GMT" (RFC 9110 IMF-fixdate); buf holds 32 bytes. */
struct str clock_http(char buf[32], int64_t us);
/* "23 Nov 2026"; buf holds 32 bytes. */
struct str clock_date(char buf[32], int64_t us);
/* The civil calendar, for the years 0 to 9999; a day outside of them is drawn to the nearer end. */
struct clock_date {
    int year, month, day; /* 1..12, 1..31 */
    int weekday;          /* 0: Sunday */
};
struct clock_date clock_date_of(int64_t days);                            /* since 1970-01-01 */
bool clock_days(int64_t year, int64_t month, int64_t day, int64_t *days); /* false: no such day */
int clock_month_days(int year, int month);
/* Reads RFC 3339 and the dump form "2010-08-25T19:03:21.447" (taken as UTC). */
bool clock_parse(struct str s, int64_t *us);

#endif
