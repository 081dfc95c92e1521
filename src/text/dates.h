/* dates.h: dates and times as people write them, to days since 1970-01-01 and microseconds UTC.
 *
 * RULES
 *   1. Read are 2026-12-31 (also with / or . or without signs), 31.12.2026, 31/12/2026 and
 *      12/31/2026, and months by their names in English, German, French, Spanish, Dutch, Italian
 *      and Portuguese, with a weekday before or behind.
 *   2. Which of day and month comes first is seen where one is over 12 or dots part them; else the
 *      caller says, or the text is refused.
 *   3. Two digits of a year are 1970 to 2069.
 *   4. A day that its month does not have is refused.
 *   5. A time without a zone is one of the given zone's clock; a date without a time is its
 *      midnight, and a date with a time that is not midnight is refused where a date is asked for.
 */
#ifndef TEXT_DATES_H
#define TEXT_DATES_H

#include <stdint.h>

#include "core/str.h"

struct arena;
struct zone; /* core/zone.h; NULL is UTC */

enum date_order { DATE_UNKNOWN, DATE_DAY_FIRST, DATE_MONTH_FIRST };

/* These give NULL, or what is wrong in words that fit behind the value: "has no year". */
const char *date_read(struct str s, enum date_order order, int64_t *days);
const char *time_read(struct str s, enum date_order order, const struct zone *zone, int64_t *us);

/* The order in a column of dates, by those that leave no doubt; DATE_UNKNOWN: none does, or they do
 * not agree. */
enum date_order date_order_of(const struct str *cells, size_t n);

struct str date_plain(char buf[32], int64_t days); /* "2026-12-31"; years 0 to 9999 */

#endif
