/* clock.c: the civil calendar by arithmetic, without locale or time zone; see clock.h.
 *
 * The day count is Howard Hinnant's ("chrono-compatible low-level date algorithms"): years begin
 * in March, so that the leap day is the last of its year.
 */
#include "core/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t frozen, stepped;

static int64_t clock_read(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}

int64_t clock_now(void)
{
    int64_t still = atomic_load_explicit(&frozen, memory_order_relaxed);
    int64_t step = atomic_load_explicit(&stepped, memory_order_relaxed);
    return (still ? still : clock_read(CLOCK_REALTIME)) + step;
}

int64_t clock_steady(void)
{
    int64_t still = atomic_load_explicit(&frozen, memory_order_relaxed);
    return still ? still : clock_read(CLOCK_MONOTONIC);
}

int64_t clock_monotonic(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

void clock_step(int64_t us)
{
    atomic_fetch_add_explicit(&stepped, us, memory_order_relaxed);
}

void clock_freeze(int64_t us)
{
    atomic_store_explicit(&frozen, us, memory_order_relaxed);
}

/* ---- writing ---- */

struct civil {
    int year, month, day; /* month 1..12, day 1..31 */
    int hour, minute, second, micro;
    int weekday; /* 0 is Sunday */
};

/* The years that four digits can say; anything else is drawn to the nearer end. */
#define CIVIL_FIRST (INT64_C(-719528) * CLOCK_DAY)    /* 0000-01-01 */
#define CIVIL_LAST (INT64_C(2932897) * CLOCK_DAY - 1) /* 9999-12-31T23:59:59.999999 */

static struct clock_date date_of(int64_t days)
{
    int64_t z = days + 719468 + 146097; /* from 1 March of year -400: never negative */
    int64_t era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct clock_date){
        .year = (int)(yoe + (era - 1) * 400 + (month <= 2)),
        .month = month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .weekday = (int)((days + 719530 + 4) % 7), /* 719530 is a multiple of 7 */
    };
}

static struct civil civil_of(int64_t us)
{
    if (us < CIVIL_FIRST)
        us = CIVIL_FIRST;
    if (us > CIVIL_LAST)
        us = CIVIL_LAST;
    int64_t days = us / CLOCK_DAY, rest = us % CLOCK_DAY;
    if (rest < 0) {
        rest += CLOCK_DAY;
        days--;
    }
    /* A time is mostly written twice: for machines and for people. */
    static _Thread_local struct clock_date date = {1970, 1, 1, 4};
    static _Thread_local int64_t dated;
    if (days != dated) {
        date = date_of(days);
        dated = days;
    }
    return (struct civil){
        .year = date.year,
        .month = date.month,
        .day = date.day,
        .hour = (int)(rest / CLOCK_HOUR),
        .minute = (int)(rest / CLOCK_MINUTE % 60),
        .second = (int)(rest / CLOCK_SECOND % 60),
        .micro = (int)(rest % CLOCK_SECOND),
        .weekday = date.weekday,
    };
}

static const char month_names[12][4] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};
static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/* Of an even width. */
static inline char *put_digits(char *p, int n, int width)
{
    for (int i = width - 2; i >= 0; i -= 2, n /= 100) {
        p[i] = (char)('0' + n % 100 / 10);
        p[i + 1] = (char)('0' + n % 10);
    }
    return p + width;
}

static char *put_name(char *p, const char name[4])
{
    memcpy(p, name, 3);
    return p + 3;
}

static char *put_char(char *p, char c)
{
    *p = c;
    return p + 1;
}

static char *put_time(char *p, const struct civil *c)
{
    p = put_char(put_digits(p, c->hour, 2), ':');
    p = put_char(put_digits(p, c->minute, 2), ':');
    return put_digits(p, c->second, 2);
}

struct str clock_rfc3339(char buf[32], int64_t us)
{
    struct civil c = civil_of(us);
    char *p = put_char(put_digits(buf, c.year, 4), '-');
    p = put_char(put_digits(p, c.month, 2), '-');
    p = put_char(put_digits(p, c.day, 2), 'T');
    p = put_time(p, &c);
    if (c.micro)
        p = put_digits(put_char(p, '.'), c.micro, 6);
    p = put_char(p, 'Z');
    *p = 0;
    return str_make(buf, (size_t)(p - buf));
}

struct str clock_http(char buf[32], int64_t us)
{
    struct civil c = civil_of(us);
    char *p = put_name(buf, day_names[c.weekday]);
    p = put_char(put_char(p, ','), ' ');
    p = put_char(put_digits(p, c.day, 2), ' ');
    p = put_char(put_name(p, month_names[c.month - 1]), ' ');
    p = put_char(put_digits(p, c.year, 4), ' ');
    p = put_time(p, &c);
    memcpy(p, " GMT", 5);
    return str_make(buf, (size_t)(p + 4 - buf));
}

struct str clock_date(char buf[32], int64_t us)
{
    struct civil c = civil_of(us);
    char *p = c.day < 10 ? put_char(buf, (char)('0' + c.day)) : put_digits(buf, c.day, 2);
    p = put_char(p, ' ');
    p = put_char(put_name(p, month_names[c.month - 1]), ' ');
    p = put_digits(p, c.year, 4);
    *p = 0;
    return str_make(buf, (size_t)(p - buf));
}

/* ---- reading ---- */

static bool take_digits(struct str *s, size_t width, int *n)
{
    if (s->n < width)
        return false;
    *n = 0;
    for (size_t i = 0; i < width; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        *n = *n * 10 + (s->p[i] - '0');
    }
    *s = str_from(*s, width);
    return true;
}

static bool take_char(struct str *s, const char *any)
{
    if (!s->n || !s->p[0] || !strchr(any, s->p[0]))
        return false;
    *s = str_from(*s, 1);
    return true;
}

/* ".447" and the like: what is finer than a microsecond is cut off. */
static bool take_fraction(struct str *s, int *micro)
{
    *micro = 0;
    if (!take_char(s, "."))
        return true;
    int digit, unit = 100000;
    if (!take_digits(s, 1, &digit))
        return false;
    do {
        *micro += digit * unit;
        unit /= 10;
    } while (take_digits(s, 1, &digit));
    return true;
}

/* "Z", "+02:00" or nothing (UTC); minutes east. */
static bool take_zone(struct str *s, int *east)
{
    *east = 0;
    if (!s->n || take_char(s, "Zz"))
        return true;
    bool west = s->p[0] == '-';
    int hour, minute;
    if (!take_char(s, "+-") || !take_digits(s, 2, &hour) || !take_char(s, ":") ||
        !take_digits(s, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *east = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

int clock_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int64_t civil_days(int year, int month, int day)
{
    int64_t y = year + 400 - (month <= 2); /* four centuries up: never negative */
    int64_t era = y / 400, yoe = y % 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (era - 1) * 146097 + doe - 719468;
}

static bool take_date(struct str *s, struct civil *c)
{
    return take_digits(s, 4, &c->year) && take_char(s, "-") && take_digits(s, 2, &c->month) &&
           take_char(s, "-") && take_digits(s, 2, &c->day) && c->month >= 1 && c->month <= 12 &&
           c->day >= 1 && c->day <= clock_month_days(c->year, c->month);
}

/* A leap second is the next second. */
static bool take_time(struct str *s, struct civil *c)
{
    return take_digits(s, 2, &c->hour) && take_char(s, ":") && take_digits(s, 2, &c->minute) &&
           take_char(s, ":") && take_digits(s, 2, &c->second) && take_fraction(s, &c->micro) &&
           c->hour < 24 && c->minute < 60 && c->second <= 60;
}

bool clock_parse(struct str s, int64_t *us)
{
    struct civil c;
    int east;
    if (!take_date(&s, &c) || !take_char(&s, "Tt ") || !take_time(&s, &c) || !take_zone(&s, &east))
        return false;
    if (s.n)
        return false;
    *us = civil_days(c.year, c.month, c.day) * CLOCK_DAY + c.hour * CLOCK_HOUR +
          (c.minute - east) * CLOCK_MINUTE + c.second * CLOCK_SECOND + c.micro;
    return true;
}

/* ---- days ---- */

struct clock_date clock_date_of(int64_t days)
{
    if (days < CIVIL_FIRST / CLOCK_DAY)
        days = CIVIL_FIRST / CLOCK_DAY;
    if (days > CIVIL_LAST / CLOCK_DAY)
        days = CIVIL_LAST / CLOCK_DAY;
    return date_of(days);
}

bool clock_days(int64_t year, int64_t month, int64_t day, int64_t *days)
{
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > clock_month_days((int)year, (int)month))
        return false;
    *days = civil_days((int)year, (int)month, (int)day);
    return true;
}
