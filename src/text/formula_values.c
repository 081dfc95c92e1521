/* formula_values.c: exact arithmetic on numbers, money, dates and times; see formula_parts.h.
 *
 * WHY 128 bits in between: a product or quotient is computed whole and rounded once, so that
 * 0.1 * 3 is 0.3 and a share of a sum is right to its last cent.
 */
#include "text/formula_parts.h"

#include "core/clock.h"

struct formula_value value_number(int64_t millionths)
{
    return (struct formula_value){.type = FORMULA_NUMBER, .n = millionths};
}

struct formula_value value_bool(bool b)
{
    return (struct formula_value){.type = FORMULA_BOOL, .n = b};
}

struct formula_value value_text(struct str s)
{
    return (struct formula_value){.type = FORMULA_TEXT, .text = s};
}

struct formula_value value_day(int64_t days)
{
    return (struct formula_value){.type = FORMULA_DATE, .n = days};
}

int64_t power_of_ten(int n)
{
    int64_t p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

bool rounded(__int128 top, __int128 bottom, int64_t *out)
{
    bool minus = (top < 0) != (bottom < 0);
    top = top < 0 ? -top : top;
    bottom = bottom < 0 ? -bottom : bottom;
    __int128 whole = top / bottom, rest = top % bottom;
    whole += rest >= bottom - rest;
    whole = minus ? -whole : whole;
    *out = (int64_t)whole;
    return whole >= INT64_MIN && whole <= INT64_MAX;
}

/* ---- the world ---- */

enum { FIRST_DAY = -719162, LAST_DAY = 2932896 }; /* 0001-01-01, 9999-12-31 */

struct zone_time world_time(const struct formula_world *w, int64_t us)
{
    int64_t first = (FIRST_DAY + 1) * CLOCK_DAY, last = LAST_DAY * CLOCK_DAY - 1;
    return zone_time(w->zone, us < first ? first : us > last ? last : us);
}

int world_exponent(const struct formula_world *w, const char *currency)
{
    int digits = w->exponent ? w->exponent(currency) : 2;
    return digits < 0 || digits > 4 ? 2 : digits;
}

/* A number as it is, money in whole units of its currency. */
bool value_amount(const struct formula_world *w, struct formula_value v, int64_t *millionths)
{
    *millionths = v.n;
    if (v.type != FORMULA_MONEY)
        return true;
    int64_t minor = power_of_ten(world_exponent(w, v.currency));
    return rounded((__int128)v.n * FORMULA_UNIT, minor, millionths);
}

/* ---- text ---- */

bool formula_decimal(struct str s, int64_t *millionths)
{
    bool minus = s.n && s.p[0] == '-', any = false;
    s = str_from(s, minus);
    int behind = -1; /* digits behind the point; -1: none yet */
    int64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';
        if (s.p[i] == '.' && behind < 0 && any) {
            behind = 0;
            any = false;
            continue;
        }
        if (digit > 9 || behind == 6 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, (int64_t)digit, &value))
            return false;
        any = true;
        behind += behind >= 0;
    }
    if (!any || __builtin_mul_overflow(value, power_of_ten(6 - (behind < 0 ? 0 : behind)), &value))
        return false;
    return minus ? (*millionths = value, true)
                 : !__builtin_sub_overflow((int64_t)0, value, millionths);
}

/* "-12.50": `digits` of them behind the point; of six, ending zeros are left out. */
static struct str decimal_text(struct arena *a, int64_t n, int digits, bool trim)
{
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n, unit = (uint64_t)power_of_ten(digits);
    struct str s = str_fmt(a, "%s%llu", n < 0 ? "-" : "", (unsigned long long)(u / unit));
    if (digits == 0 || (trim && u % unit == 0))
        return s;
    s = str_fmt(a, STR_FMT ".%0*llu", STR_ARG(s), digits, (unsigned long long)(u % unit));
    while (trim && s.p[s.n - 1] == '0')
        s.n--;
    return s;
}

static struct str day_text(struct arena *a, int64_t days)
{
    struct clock_date d = clock_date_of(days);
    return str_fmt(a, "%04d-%02d-%02d", d.year, d.month, d.day);
}

struct str formula_text(struct arena *a, const struct formula_world *w, struct formula_value v)
{
    switch (v.type) {
    case FORMULA_NUMBER:
        return decimal_text(a, v.n, 6, true);
    case FORMULA_TEXT:
        return v.text;
    case FORMULA_BOOL:
        return v.n ? S("yes") : S("no");
    case FORMULA_DATE:
        return day_text(a, v.n);
    case FORMULA_TIME: {
        struct zone_time t = world_time(w, v.n);
        return str_fmt(a, STR_FMT " %02d:%02d", STR_ARG(day_text(a, t.day)), t.hour, t.minute);
    }
    case FORMULA_MONEY: {
        struct str n = decimal_text(a, v.n, world_exponent(w, v.currency), false);
        return str_fmt(a, STR_FMT " %.3s", STR_ARG(n), v.currency);
    }
    case FORMULA_NONE:
        break;
    }
    return S("");
}

/* ---- comparing ---- */

/* Numbers and money are compared in whole units; that fits into 128 bits whatever they are. */
static __int128 comparable(const struct formula_world *w, struct formula_value v, int digits)
{
    int has = v.type == FORMULA_MONEY ? world_exponent(w, v.currency) : 6;
    return (__int128)v.n * power_of_ten(digits - has);
}

int value_order(const struct formula_world *w, struct formula_value a, struct formula_value b)
{
    if (a.type == FORMULA_TEXT)
        return str_cmp(a.text, b.text);
    if (a.type == b.type)
        return (a.n > b.n) - (a.n < b.n);
    __int128 left = comparable(w, a, 6), right = comparable(w, b, 6);
    return (left > right) - (left < right);
}

static bool other_currency(struct formula_value a, struct formula_value b)
{
    return a.type == FORMULA_MONEY && b.type == FORMULA_MONEY && memcmp(a.currency, b.currency, 3);
}

static struct formula_value compare(struct run *r, const struct node *x, struct formula_value a,
                                    struct formula_value b)
{
    if (other_currency(a, b)) {
        if (x->op == OP_EQ || x->op == OP_NE)
            return value_bool(x->op == OP_NE);
        return run_fail(r, x,
                        str_fmt(r->arena,
                                "%.3s and %.3s cannot be compared: they are different currencies.",
                                a.currency, b.currency));
    }
    int order = value_order(r->world, a, b);
    bool truth = x->op == OP_EQ   ? order == 0
                 : x->op == OP_NE ? order != 0
                 : x->op == OP_LT ? order < 0
                 : x->op == OP_LE ? order <= 0
                 : x->op == OP_GT ? order > 0
                                  : order >= 0;
    return value_bool(truth);
}

/* ---- arithmetic ---- */

static struct formula_value join(struct run *r, const struct node *x, struct formula_value a,
                                 struct formula_value b)
{
    struct str left = formula_text(r->arena, r->world, a);
    struct str right = formula_text(r->arena, r->world, b);
    char *p = run_text(r, x, left.n + right.n);
    if (!p)
        return (struct formula_value){0};
    if (left.n)
        memcpy(p, left.p, left.n);
    if (right.n)
        memcpy(p + left.n, right.p, right.n);
    return value_text(str_make(p, left.n + right.n));
}

static struct formula_value too_large(struct run *r, const struct node *x)
{
    return run_fail(r, x, S("The result is too large."));
}

static struct formula_value multiply(struct run *r, const struct node *x, struct formula_value a,
                                     struct formula_value b)
{
    struct formula_value out = a.type == FORMULA_MONEY ? a : b;
    return rounded((__int128)a.n * b.n, FORMULA_UNIT, &out.n) ? out : too_large(r, x);
}

static struct formula_value divide(struct run *r, const struct node *x, struct formula_value a,
                                   struct formula_value b)
{
    if (b.n == 0)
        return run_fail(r, x, S("Nothing can be divided by zero."));
    struct formula_value out = a;
    if (x->op == OP_REST) {
        out.n = b.n == -1 ? 0 : a.n % b.n; /* INT64_MIN % -1 traps */
        return out;
    }
    if (b.type == FORMULA_MONEY)
        out = value_number(0);
    return rounded((__int128)a.n * FORMULA_UNIT, b.n, &out.n) ? out : too_large(r, x);
}

/* A date and a number of days, which is whole; a time and a number of days. */
static struct formula_value move(struct run *r, const struct node *x, struct formula_value at,
                                 struct formula_value by, int sign)
{
    __int128 to, unit = at.type == FORMULA_DATE ? 1 : CLOCK_DAY;
    if (at.type == FORMULA_DATE && by.n % FORMULA_UNIT)
        return run_fail(r, x,
                        str_fmt(r->arena, "A date moves by whole days, not by " STR_FMT ".",
                                STR_ARG(formula_text(r->arena, r->world, by))));
    to = at.n + sign * ((__int128)by.n * unit / FORMULA_UNIT);
    if (to < FIRST_DAY * unit || to >= (LAST_DAY + 1) * unit)
        return run_fail(r, x, S("The result lies outside of the years 1 to 9999."));
    at.n = (int64_t)to;
    return at;
}

static struct formula_value add(struct run *r, const struct node *x, struct formula_value a,
                                struct formula_value b)
{
    int sign = x->op == OP_ADD ? 1 : -1;
    if (other_currency(a, b))
        return run_fail(r, x,
                        str_fmt(r->arena,
                                "%.3s and %.3s cannot be %s: they are different "
                                "currencies.",
                                a.currency, b.currency, sign > 0 ? "added" : "subtracted"));
    if (a.type == FORMULA_NUMBER && b.type != FORMULA_NUMBER)
        return move(r, x, b, a, 1);
    if (a.type != b.type)
        return move(r, x, a, b, sign);
    __int128 sum = (__int128)a.n + sign * (__int128)b.n;
    struct formula_value out = a;
    bool fits = true;
    if (a.type == FORMULA_TIME) /* days, with their fraction */
        fits = rounded(sum * FORMULA_UNIT, CLOCK_DAY, &out.n);
    else if (a.type == FORMULA_DATE)
        fits = rounded(sum * FORMULA_UNIT, 1, &out.n);
    else
        fits = rounded(sum, 1, &out.n);
    if (a.type == FORMULA_TIME || a.type == FORMULA_DATE)
        out.type = FORMULA_NUMBER;
    return fits ? out : too_large(r, x);
}

struct formula_value value_two(struct run *r, const struct node *x, struct formula_value a,
                               struct formula_value b)
{
    if (x->op == OP_JOIN)
        return join(r, x, a, b);
    if (x->op <= OP_GE)
        return compare(r, x, a, b);
    if (x->op == OP_MUL)
        return multiply(r, x, a, b);
    if (x->op == OP_ADD || x->op == OP_SUB)
        return add(r, x, a, b);
    if (other_currency(a, b))
        return run_fail(r, x,
                        str_fmt(r->arena,
                                "%.3s cannot be divided by %.3s: they are different "
                                "currencies.",
                                a.currency, b.currency));
    return divide(r, x, a, b);
}
