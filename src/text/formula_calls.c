/* formula_calls.c: the functions of the formula language, one row each; see formula_parts.h. */
#define _GNU_SOURCE 1 /* memmem */
#include "text/formula_parts.h"

#include "core/clock.h"
#include "text/letters.h"
#include "text/near.h"

static formula_fn call_abs, call_round, call_floor, call_ceil, call_min, call_max, call_empty,
    call_len, call_lower, call_upper, call_trim, call_left, call_right, call_mid, call_contains,
    call_starts, call_ends, call_replace, call_join, call_text, call_number, call_money,
    call_currency, call_year, call_quarter, call_month, call_day, call_weekday, call_hour,
    call_date, call_date_of, call_days, call_addmonths, call_today, call_now;

#define NUMBER FORMULA_NUMBER
#define TEXT FORMULA_TEXT
#define BOOL FORMULA_BOOL
#define DATE FORMULA_DATE
enum { N = TYPE(NUMBER), T = TYPE(TEXT) };

/* Two rows of one name, one behind the other, take different numbers of values. */
static const struct formula_call calls[] = {
    {"if",
     "if(condition, value, otherwise)",
     2,
     100,
     {ANY_TYPE, ANY_TYPE, ANY_TYPE},
     FORMULA_NONE,
     .with_none = true},
    {"coalesce",
     "coalesce(value, value, ...)",
     1,
     100,
     {ANY_TYPE, ANY_TYPE, ANY_TYPE},
     FORMULA_NONE,
     .alike = true,
     .with_none = true},
    {"empty", "empty(value)", 1, 1, {ANY_TYPE}, BOOL, .with_none = true, .run = call_empty},
    {"min",
     "min(value, value, ...)",
     1,
     100,
     {ORDERED, ORDERED, ORDERED},
     FORMULA_NONE,
     .alike = true,
     .with_none = true,
     .run = call_min},
    {"max",
     "max(value, value, ...)",
     1,
     100,
     {ORDERED, ORDERED, ORDERED},
     FORMULA_NONE,
     .alike = true,
     .with_none = true,
     .run = call_max},
    {"abs", "abs(number)", 1, 1, {AN_AMOUNT}, FORMULA_NONE, .run = call_abs},
    {"round",
     "round(number) or round(number, digits)",
     1,
     2,
     {AN_AMOUNT, N},
     FORMULA_NONE,
     .run = call_round},
    {"floor", "floor(number)", 1, 1, {AN_AMOUNT}, FORMULA_NONE, .run = call_floor},
    {"ceil", "ceil(number)", 1, 1, {AN_AMOUNT}, FORMULA_NONE, .run = call_ceil},
    {"number",
     "number(value)",
     1,
     1,
     {N | T | TYPE(BOOL) | TYPE(MONEY)},
     NUMBER,
     .run = call_number},
    {"money", "money(number, \"EUR\")", 2, 2, {N, T}, FORMULA_MONEY, .run = call_money},
    {"currency", "currency(money)", 1, 1, {TYPE(MONEY)}, TEXT, .run = call_currency},
    {"len", "len(text)", 1, 1, {T}, NUMBER, .run = call_len},
    {"lower", "lower(text)", 1, 1, {T}, TEXT, .run = call_lower},
    {"upper", "upper(text)", 1, 1, {T}, TEXT, .run = call_upper},
    {"trim", "trim(text)", 1, 1, {T}, TEXT, .run = call_trim},
    {"left", "left(text, characters)", 2, 2, {T, N}, TEXT, .run = call_left},
    {"right", "right(text, characters)", 2, 2, {T, N}, TEXT, .run = call_right},
    {"mid", "mid(text, first, characters)", 3, 3, {T, N, N}, TEXT, .run = call_mid},
    {"contains", "contains(text, part)", 2, 2, {T, T}, BOOL, .run = call_contains},
    {"starts", "starts(text, beginning)", 2, 2, {T, T}, BOOL, .run = call_starts},
    {"ends", "ends(text, ending)", 2, 2, {T, T}, BOOL, .run = call_ends},
    {"replace", "replace(text, part, by)", 3, 3, {T, T, T}, TEXT, .run = call_replace},
    {"join",
     "join(separator, value, value, ...)",
     2,
     100,
     {T, ANY_TYPE, ANY_TYPE},
     TEXT,
     .with_none = true,
     .run = call_join},
    {"text", "text(value)", 1, 1, {ANY_TYPE}, TEXT, .run = call_text},
    {"year", "year(date)", 1, 1, {A_DAY}, NUMBER, .run = call_year},
    {"quarter", "quarter(date)", 1, 1, {A_DAY}, NUMBER, .run = call_quarter},
    {"month", "month(date)", 1, 1, {A_DAY}, NUMBER, .run = call_month},
    {"day", "day(date)", 1, 1, {A_DAY}, NUMBER, .run = call_day},
    {"weekday", "weekday(date)", 1, 1, {A_DAY}, NUMBER, .run = call_weekday},
    {"hour", "hour(time)", 1, 1, {TYPE(TIME)}, NUMBER, .run = call_hour},
    {"date", "date(time) or date(year, month, day)", 1, 1, {A_DAY}, DATE, .run = call_date_of},
    {"date", "date(time) or date(year, month, day)", 3, 3, {N, N, N}, DATE, .run = call_date},
    {"days", "days(end, start)", 2, 2, {A_DAY, A_DAY}, NUMBER, .run = call_days},
    {"addmonths", "addmonths(date, months)", 2, 2, {A_DAY, N}, DATE, .run = call_addmonths},
    {"today", "today()", 0, 0, {0}, DATE, .changes = true, .run = call_today},
    {"now", "now()", 0, 0, {0}, FORMULA_TIME, .changes = true, .run = call_now},
    {0},
};

const struct formula_call *formula_call_find(struct str name)
{
    for (const struct formula_call *c = calls; c->name; c++)
        if (str_is(name, c->name))
            return c;
    return NULL;
}

const char *formula_function(size_t i, const char **use)
{
    if (i >= sizeof calls / sizeof *calls)
        return NULL;
    *use = calls[i].use;
    return calls[i].name;
}

struct str formula_call_near(struct str name)
{
    static const struct {
        const char *other, *here;
    } known[] = {
        {"concat", "join"},        {"concatenate", "join"},
        {"textjoin", "join"},      {"ifs", "if"},
        {"isnull", "empty"},       {"isblank", "empty"},
        {"ifnull", "coalesce"},    {"nvl", "coalesce"},
        {"length", "len"},         {"substr", "mid"},
        {"substring", "mid"},      {"search", "contains"},
        {"find", "contains"},      {"ceiling", "ceil"},
        {"edate", "addmonths"},    {"datediff", "days"},
        {"least", "min"},          {"greatest", "max"},
        {"substitute", "replace"}, {"value", "number"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(name, known[i].other))
            return str_of(known[i].here);
    struct str best = S("");
    size_t least = SIZE_MAX;
    for (const struct formula_call *c = calls; c->name; c++) {
        size_t far = near_words(str_of(c->name), name);
        if (formula_near(str_of(c->name), name) && far < least) {
            least = far;
            best = str_of(c->name);
        }
    }
    return best;
}

/* ---- numbers ---- */

static struct formula_value too_large(struct run *r, const struct node *x)
{
    return run_fail(r, x, S("The result is too large."));
}

static struct formula_value call_abs(struct run *r, const struct node *x,
                                     const struct formula_value *args)
{
    struct formula_value v = args[0];
    if (v.n == INT64_MIN)
        return too_large(r, x);
    v.n = v.n < 0 ? -v.n : v.n;
    return v;
}

static int unit_digits(struct run *r, struct formula_value v)
{
    return v.type == FORMULA_MONEY ? world_exponent(r->world, v.currency) : 6;
}

static struct formula_value call_round(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    struct formula_value v = args[0];
    int64_t digits = x->n > 1 ? args[1].n / FORMULA_UNIT : 0;
    int has = unit_digits(r, v);
    if (x->n > 1 && (args[1].n % FORMULA_UNIT || digits < -12 || digits > 6))
        return run_fail(r, x, S("round wants a whole number of digits from -12 to 6."));
    if (digits >= has)
        return v;
    int64_t unit = power_of_ten(has - (int)digits);
    bool fits = rounded(v.n, unit, &v.n) && !__builtin_mul_overflow(v.n, unit, &v.n);
    return fits ? v : too_large(r, x);
}

static struct formula_value to_whole(struct run *r, const struct node *x, struct formula_value v,
                                     bool up)
{
    int64_t unit = power_of_ten(unit_digits(r, v)), rest = v.n % unit;
    int64_t by = up && rest > 0 ? unit - rest : !up && rest < 0 ? -unit - rest : -rest;
    return __builtin_add_overflow(v.n, by, &v.n) ? too_large(r, x) : v;
}

static struct formula_value call_floor(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    return to_whole(r, x, args[0], false);
}

static struct formula_value call_ceil(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    return to_whole(r, x, args[0], true);
}

static struct formula_value extreme(struct run *r, const struct node *x,
                                    const struct formula_value *args, int sign)
{
    struct formula_value best = {0};
    for (size_t i = 0; i < x->n; i++) {
        if (args[i].type == FORMULA_NONE)
            continue;
        bool first = best.type == FORMULA_NONE;
        if (!first && best.type == FORMULA_MONEY && memcmp(best.currency, args[i].currency, 3))
            return run_fail(r, x,
                            str_fmt(r->arena,
                                    "%.3s and %.3s cannot be compared: they are different "
                                    "currencies.",
                                    best.currency, args[i].currency));
        if (first || sign * value_order(r->world, args[i], best) > 0)
            best = args[i];
    }
    return best;
}

static struct formula_value call_min(struct run *r, const struct node *x,
                                     const struct formula_value *args)
{
    return extreme(r, x, args, -1);
}

static struct formula_value call_max(struct run *r, const struct node *x,
                                     const struct formula_value *args)
{
    return extreme(r, x, args, 1);
}

static struct formula_value call_number(struct run *r, const struct node *x,
                                        const struct formula_value *args)
{
    struct formula_value v = args[0], out = value_number(v.n);
    if (v.type == FORMULA_BOOL)
        return value_number(v.n ? FORMULA_UNIT : 0);
    if (v.type == FORMULA_TEXT)
        return formula_decimal(str_trim(v.text), &out.n) ? out : (struct formula_value){0};
    return value_amount(r->world, v, &out.n) ? out : too_large(r, x);
}

static struct formula_value call_money(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    struct formula_value out = {.type = FORMULA_MONEY};
    struct str code = args[1].text;
    bool good = code.n == 3;
    for (size_t i = 0; i < code.n && good; i++)
        good = code.p[i] >= 'A' && code.p[i] <= 'Z';
    if (!good)
        return run_fail(r, x,
                        str_fmt(r->arena,
                                "\"" STR_FMT "\" is no currency: write three letters, "
                                "such as \"EUR\".",
                                STR_ARG(utf8_first(code, 20))));
    memcpy(out.currency, code.p, 3);
    int64_t minor = power_of_ten(world_exponent(r->world, out.currency));
    return rounded((__int128)args[0].n * minor, FORMULA_UNIT, &out.n) ? out : too_large(r, x);
}

static struct formula_value call_currency(struct run *r, const struct node *x,
                                          const struct formula_value *args)
{
    (void)x;
    return value_text(str_fmt(r->arena, "%.3s", args[0].currency));
}

/* ---- texts ---- */

static struct formula_value call_empty(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    (void)r, (void)x;
    return value_bool(args[0].type == FORMULA_NONE ||
                      (args[0].type == FORMULA_TEXT && args[0].text.n == 0));
}

static struct formula_value call_len(struct run *r, const struct node *x,
                                     const struct formula_value *args)
{
    (void)r, (void)x;
    return value_number((int64_t)utf8_len(args[0].text) * FORMULA_UNIT);
}

static struct formula_value map_letters(struct run *r, const struct node *x, struct str s,
                                        uint32_t (*map)(uint32_t))
{
    char *p = run_text(r, x, s.n + 2 * (s.n / 2)), one[4]; /* none grows by more than a byte */
    size_t n = 0;
    for (size_t at = 0; p && at < s.n;) {
        size_t from = at;
        uint32_t cp = utf8_next(s, &at), other = map(cp);
        if (other == cp) {
            memcpy(p + n, s.p + from, at - from);
            n += at - from;
        } else {
            size_t len = utf8_put(one, other);
            memcpy(p + n, one, len);
            n += len;
        }
    }
    return p ? value_text(str_make(p, n)) : (struct formula_value){0};
}

static struct formula_value call_lower(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    return map_letters(r, x, args[0].text, letter_lower);
}

static struct formula_value call_upper(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    return map_letters(r, x, args[0].text, letter_upper);
}

static struct formula_value call_trim(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    (void)r, (void)x;
    return value_text(str_trim(args[0].text));
}

/* A number of characters: what is less than none is none. */
static size_t characters(int64_t millionths)
{
    return millionths < 0 ? 0 : (size_t)(millionths / FORMULA_UNIT);
}

static struct str skip_characters(struct str s, size_t n)
{
    return str_from(s, utf8_first(s, n).n);
}

static struct formula_value call_left(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    (void)r, (void)x;
    return value_text(utf8_first(args[0].text, characters(args[1].n)));
}

static struct formula_value call_right(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    (void)r, (void)x;
    size_t all = utf8_len(args[0].text), want = characters(args[1].n);
    return value_text(skip_characters(args[0].text, want < all ? all - want : 0));
}

static struct formula_value call_mid(struct run *r, const struct node *x,
                                     const struct formula_value *args)
{
    size_t first = characters(args[1].n);
    if (first == 0)
        return run_fail(r, x, S("mid counts characters from 1."));
    return value_text(utf8_first(skip_characters(args[0].text, first - 1), characters(args[2].n)));
}

static struct formula_value call_contains(struct run *r, const struct node *x,
                                          const struct formula_value *args)
{
    (void)r, (void)x;
    return value_bool(str_has(args[0].text, args[1].text));
}

static struct formula_value call_starts(struct run *r, const struct node *x,
                                        const struct formula_value *args)
{
    (void)r, (void)x;
    return value_bool(str_starts(args[0].text, args[1].text));
}

static struct formula_value call_ends(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    (void)r, (void)x;
    return value_bool(str_ends(args[0].text, args[1].text));
}

static struct formula_value call_replace(struct run *r, const struct node *x,
                                         const struct formula_value *args)
{
    struct str s = args[0].text, part = args[1].text, by = args[2].text;
    size_t times = 0, n = 0;
    ptrdiff_t at = -1;
    if (part.n == 0)
        return args[0];
    for (struct str rest = s; (at = str_find_str(rest, part)) >= 0; times++)
        rest = str_from(rest, (size_t)at + part.n);
    if (times == 0)
        return args[0];
    size_t size = by.n > FORMULA_TEXT_MAX ? by.n : s.n - times * part.n + times * by.n;
    char *p = run_text(r, x, size);
    if (!p)
        return (struct formula_value){0};
    while ((at = str_find_str(s, part)) >= 0) {
        memcpy(p + n, s.p, (size_t)at);
        n += (size_t)at;
        if (by.n)
            memcpy(p + n, by.p, by.n);
        n += by.n;
        s = str_from(s, (size_t)at + part.n);
    }
    if (s.n)
        memcpy(p + n, s.p, s.n);
    return value_text(str_make(p, n + s.n));
}

/* What is none or empty is left out, and its separator with it. */
static struct formula_value call_join(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    struct str *parts = arena_array(r->arena, struct str, x->n);
    struct str between = args[0].text;
    size_t count = 0, size = 0;
    if (args[0].type == FORMULA_NONE)
        return args[0];
    for (size_t i = 1; i < x->n; i++) {
        struct str part = formula_text(r->arena, r->world, args[i]);
        if (part.n)
            parts[count++] = part;
        size += part.n ? part.n + between.n : 0;
    }
    if (!run_text(r, x, size))
        return (struct formula_value){0};
    return value_text(str_join(r->arena, parts, count, between));
}

static struct formula_value call_text(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    (void)x;
    return value_text(formula_text(r->arena, r->world, args[0]));
}

/* ---- dates ---- */

static int64_t day_of(struct run *r, struct formula_value v)
{
    return v.type == FORMULA_TIME ? world_time(r->world, v.n).day : v.n;
}

static struct clock_date date_parts(struct run *r, struct formula_value v)
{
    return clock_date_of(day_of(r, v));
}

static struct formula_value whole(int64_t n)
{
    return value_number(n * FORMULA_UNIT);
}

static struct formula_value call_year(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    (void)x;
    return whole(date_parts(r, args[0]).year);
}

static struct formula_value call_quarter(struct run *r, const struct node *x,
                                         const struct formula_value *args)
{
    (void)x;
    return whole((date_parts(r, args[0]).month + 2) / 3);
}

static struct formula_value call_month(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    (void)x;
    return whole(date_parts(r, args[0]).month);
}

static struct formula_value call_day(struct run *r, const struct node *x,
                                     const struct formula_value *args)
{
    (void)x;
    return whole(date_parts(r, args[0]).day);
}

/* ISO 8601: Monday is 1, Sunday 7. */
static struct formula_value call_weekday(struct run *r, const struct node *x,
                                         const struct formula_value *args)
{
    (void)x;
    return whole((date_parts(r, args[0]).weekday + 6) % 7 + 1);
}

static struct formula_value call_hour(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    (void)x;
    return whole(world_time(r->world, args[0].n).hour);
}

static struct formula_value call_date_of(struct run *r, const struct node *x,
                                         const struct formula_value *args)
{
    (void)x;
    return value_day(day_of(r, args[0]));
}

static struct formula_value call_date(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    int64_t days, unit = FORMULA_UNIT;
    bool fraction = args[0].n % unit || args[1].n % unit || args[2].n % unit;
    if (!fraction && args[0].n >= unit &&
        clock_days(args[0].n / unit, args[1].n / unit, args[2].n / unit, &days))
        return value_day(days);
    struct str parts[3];
    for (size_t i = 0; i < 3; i++)
        parts[i] = formula_text(r->arena, r->world, args[i]);
    return run_fail(r, x,
                    str_fmt(r->arena, "There is no date (" STR_FMT ").",
                            STR_ARG(str_join(r->arena, parts, 3, S(", ")))));
}

static struct formula_value call_days(struct run *r, const struct node *x,
                                      const struct formula_value *args)
{
    int64_t n;
    __int128 days = (__int128)day_of(r, args[0]) - day_of(r, args[1]);
    return rounded(days * FORMULA_UNIT, 1, &n) ? value_number(n) : too_large(r, x);
}

/* The 31st of a month that is shorter is its last day. */
static struct formula_value call_addmonths(struct run *r, const struct node *x,
                                           const struct formula_value *args)
{
    struct clock_date d = date_parts(r, args[0]);
    int64_t by = args[1].n / FORMULA_UNIT, days;
    if (args[1].n % FORMULA_UNIT)
        return run_fail(r, x, S("addmonths wants a whole number of months."));
    int64_t months = (int64_t)d.year * 12 + d.month - 1 + by;
    int year = (int)(months / 12), month = (int)(months % 12) + 1;
    if (months < 12 || months >= 120000)
        return run_fail(r, x, S("The result lies outside of the years 1 to 9999."));
    int last = clock_month_days(year, month);
    clock_days(year, month, d.day < last ? d.day : last, &days);
    return value_day(days);
}

static struct formula_value call_today(struct run *r, const struct node *x,
                                       const struct formula_value *args)
{
    (void)x, (void)args;
    return value_day(world_time(r->world, r->world->now).day);
}

static struct formula_value call_now(struct run *r, const struct node *x,
                                     const struct formula_value *args)
{
    (void)x, (void)args;
    return (struct formula_value){.type = FORMULA_TIME, .n = r->world->now};
}
