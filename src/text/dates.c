/* dates.c: see dates.h.
 *
 * A date is read from its slug ("31. März 2026" is "31-marz-2026"), which knows no case, accents
 * and punctuation; only the sign between the first two numbers is asked of the text itself.
 */
#include "text/dates.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/zone.h"

enum { DATE_TEXT = 64 };

/* Months by the beginnings of their names, as slugs have them. Longer ones stand first where one
 * begins another. */
static const struct {
    const char *begins;
    int month;
} months[] = {
    {"jan", 1},  {"jaen", 1}, {"ene", 1},  {"gen", 1},  {"feb", 2},  {"fev", 2},  {"mar", 3},
    {"maer", 3}, {"mrz", 3},  {"maa", 3},  {"mrt", 3},  {"apr", 4},  {"avr", 4},  {"abr", 4},
    {"may", 5},  {"mai", 5},  {"mei", 5},  {"mag", 5},  {"jun", 6},  {"juin", 6}, {"giu", 6},
    {"jul", 7},  {"juil", 7}, {"lug", 7},  {"aug", 8},  {"aou", 8},  {"ago", 8},  {"sep", 9},
    {"set", 9},  {"oct", 10}, {"okt", 10}, {"ott", 10}, {"out", 10}, {"nov", 11}, {"dec", 12},
    {"dez", 12}, {"dic", 12},
};

/* The other words of a date: weekdays and what stands between. */
static const char fillers[] =
    " de del d di of the le el den der am on um at mon monday tue tues tuesday wed weds wednesday "
    "thu thur thurs thursday fri friday sat saturday sun sunday mo montag di dienstag mi mittwoch "
    "do donnerstag fr freitag sa samstag sonnabend so sonntag lun lundi lunes lunedi mar mardi "
    "martes martedi mer mercredi miercoles mercoledi mie jeu jeudi jueves jue giovedi gio ven "
    "vendredi viernes vie venerdi sam samedi sabado sab sabato dim dimanche domingo dom domenica "
    "ma "
    "maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag ";

/* ---- words of a slug ---- */

struct date_parts {
    int64_t number[3];
    size_t digits[3], numbers;
    int month;
    size_t month_at; /* how many numbers stand before it */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int month_of(struct str word)
{
    for (size_t i = 0; i < sizeof months / sizeof *months; i++)
        if (str_starts(word, str_of(months[i].begins)))
            return months[i].month;
    return 0;
}

static bool is_filler(struct str word)
{
    char spaced[16];
    if (word.n > sizeof spaced - 2)
        return false;
    spaced[0] = ' ';
    memcpy(spaced + 1, word.p, word.n);
    spaced[word.n + 1] = ' ';
    return str_has(str_of(fillers), str_make(spaced, word.n + 2));
}

/* "1st", "2nd", "3rd", "4th", "1er", "1o". */
static bool is_ordinal(struct str ending)
{
    return str_is(ending, "st") || str_is(ending, "nd") || str_is(ending, "rd") ||
           str_is(ending, "th") || str_is(ending, "er") || str_is(ending, "o");
}

/* "31dec2026" is three words: letters and digits part. */
static struct str next_word(struct str *rest)
{
    while (rest->n && rest->p[0] == '-')
        *rest = str_from(*rest, 1);
    size_t n = 0;
    while (n < rest->n && rest->p[n] != '-' && is_digit(rest->p[n]) == is_digit(rest->p[0]))
        n++;
    struct str word = str_first(*rest, n);
    *rest = str_from(*rest, n);
    return word;
}

static const char *take_word(struct date_parts *d, struct str word, bool behind_digits)
{
    if (is_digit(word.p[0])) {
        if (d->numbers == 3)
            return "has too many numbers for a date";
        d->digits[d->numbers] = word.n;
        return str_int(word, &d->number[d->numbers++]) ? NULL : "is no date";
    }
    if (behind_digits && is_ordinal(word))
        return NULL;
    int month = is_filler(word) && word.n > 3 ? 0 : month_of(word);
    if (month && d->month == month)
        return NULL; /* "mar" is a Tuesday, too */
    if (month && !d->month) {
        d->month = month;
        d->month_at = d->numbers;
        return NULL;
    }
    return is_filler(word) ? NULL : "has a word that is no month";
}

static const char *take_words(struct date_parts *d, struct str s)
{
    char slug[DATE_TEXT + 1];
    if (s.n > DATE_TEXT)
        return "is too long for a date";
    *d = (struct date_parts){.month = 0};
    struct str rest = str_make(slug, str_put_slug(slug, s, DATE_TEXT));
    if (!rest.n)
        return str_trim(s).n ? "is no date" : "is empty";
    while (rest.n) {
        const char *before = rest.p;
        struct str word = next_word(&rest);
        bool behind = before == word.p && word.p > slug && is_digit(word.p[-1]);
        const char *wrong = word.n ? take_word(d, word, behind) : NULL;
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* ---- which number is what ---- */

static int64_t year_of(int64_t n, size_t digits)
{
    return digits > 2 ? n : n + (n < 70 ? 2000 : 1900); /* RULE 3 */
}

static const char *to_days(int64_t year, int64_t month, int64_t day, int64_t *days)
{
    char text[64];
    int64_t us;
    if (year < 1 || year > 9999)
        return "has no year that we know";
    if (month < 1 || month > 12)
        return "has no such month";
    int n = snprintf(text, sizeof text, "%04d-%02d-%02dT00:00:00Z", (int)year, (int)month,
                     (int)(day < 0 || day > 99 ? 0 : day));
    if (!clock_parse(str_make(text, (size_t)n), &us)) /* RULE 4 */
        return "has no such day";
    *days = us / CLOCK_DAY;
    return NULL;
}

static const char *read_named(const struct date_parts *d, int64_t *days)
{
    if (d->numbers < 2)
        return d->numbers && d->digits[0] > 2 ? "has no day" : "has no year";
    if (d->numbers > 2)
        return "has too many numbers for a date";
    size_t year = d->digits[0] > 2 ? 0 : 1;
    if (d->digits[1 - year] > 2 || d->digits[year] > 4 || d->digits[year] == 3)
        return "is no date";
    return to_days(year_of(d->number[year], d->digits[year]), d->month, d->number[1 - year], days);
}

/* The sign between the first two numbers. */
static char sign_of(struct str s)
{
    size_t at = 0;
    while (at < s.n && !is_digit(s.p[at]))
        at++;
    while (at < s.n && is_digit(s.p[at]))
        at++;
    return at < s.n ? s.p[at] : 0;
}

/* RULE 2. The first two of three numbers; DATE_UNKNOWN: either may be the month. */
static enum date_order seen_order(const struct date_parts *d, struct str s)
{
    int64_t first = d->number[0], second = d->number[1];
    if (first > 12 || (sign_of(s) == '.' && second <= 12))
        return DATE_DAY_FIRST;
    return second > 12 ? DATE_MONTH_FIRST : DATE_UNKNOWN;
}

static const char *read_numbers(const struct date_parts *d, struct str s, enum date_order order,
                                int64_t *days)
{
    const int64_t *n = d->number;
    if (d->numbers == 1 && d->digits[0] == 8)
        return to_days(n[0] / 10000, n[0] / 100 % 100, n[0] % 100, days);
    if (d->numbers < 3)
        return d->numbers == 2 ? "has no year" : "is no date";
    if (d->digits[0] == 4)
        return to_days(n[0], n[1], n[2], days);
    if (d->digits[0] > 2 || d->digits[1] > 2 || (d->digits[2] != 2 && d->digits[2] != 4))
        return "is no date";
    enum date_order seen = seen_order(d, s);
    order = seen == DATE_UNKNOWN ? order : seen;
    if (order == DATE_UNKNOWN && n[0] != n[1])
        return "could be read in two ways: say whether the day or the month comes first";
    bool day_first = order == DATE_DAY_FIRST;
    return to_days(year_of(n[2], d->digits[2]), n[day_first], n[!day_first], days);
}

static const char *read_date(struct str s, enum date_order order, int64_t *days)
{
    struct date_parts d;
    const char *wrong = take_words(&d, s);
    if (wrong)
        return wrong;
    return d.month ? read_named(&d, days) : read_numbers(&d, s, order, days);
}

enum date_order date_order_of(const struct str *cells, size_t n)
{
    enum date_order found = DATE_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
        struct date_parts d;
        ptrdiff_t colon = str_find(cells[i], ':'), blank = str_find(cells[i], ' ');
        struct str date = colon > 0 && blank > 0 ? str_first(cells[i], (size_t)blank) : cells[i];
        if (take_words(&d, date) || d.month || d.numbers != 3 || d.digits[0] > 2)
            continue;
        enum date_order seen = seen_order(&d, date);
        if (seen && found && seen != found)
            return DATE_UNKNOWN;
        found = seen ? seen : found;
    }
    return found;
}

struct str date_plain(char buf[32], int64_t days)
{
    return str_first(clock_rfc3339(buf, days * CLOCK_DAY), 10);
}

/* ---- times ---- */

struct time_of_day {
    int64_t us;
    int64_t east; /* of UTC */
    bool zoned;
};

static bool take_number(struct str *s, size_t most, int64_t *n)
{
    size_t digits = 0;
    while (digits < s->n && digits < most && is_digit(s->p[digits]))
        digits++;
    bool ok = digits && str_int(str_first(*s, digits), n);
    *s = str_from(*s, digits);
    return ok;
}

static void take_blanks(struct str *s)
{
    while (s->n && s->p[0] == ' ')
        *s = str_from(*s, 1);
}

static bool take_sign(struct str *s, const char *signs)
{
    bool is = s->n && s->p[0] && strchr(signs, s->p[0]);
    if (is)
        *s = str_from(*s, 1);
    return is;
}

/* Microseconds; further digits are cut off. */
static int64_t take_fraction(struct str *s)
{
    int64_t us = 0, unit = CLOCK_SECOND / 10;
    for (; s->n && is_digit(s->p[0]); *s = str_from(*s, 1), unit /= 10)
        us += unit * (s->p[0] - '0');
    return us;
}

/* "am", "p.m." */
static bool take_half(struct str *s, int64_t *hour)
{
    char c = (char)(s->n ? s->p[0] | 0x20 : 0);
    size_t n = s->n > 1 && s->p[1] == '.' ? 2 : 1;
    if ((c != 'a' && c != 'p') || s->n <= n || (s->p[n] | 0x20) != 'm')
        return true;
    if (*hour < 1 || *hour > 12)
        return false;
    *hour = *hour % 12 + (c == 'p' ? 12 : 0);
    *s = str_from(*s, n + 1);
    take_sign(s, ".");
    return true;
}

/* "Z", "UTC", "GMT", "+01:00", "+0100", "+01", and those behind UTC or GMT. */
static bool take_zone(struct str *s, struct time_of_day *t)
{
    int64_t hours = 0, minutes = 0;
    take_blanks(s);
    if (s->n && (s->p[0] | 0x20) == 'z') {
        t->zoned = true;
        *s = str_from(*s, 1);
        return true;
    }
    if (s->n >= 3 &&
        (str_eq_nocase(str_first(*s, 3), S("UTC")) || str_eq_nocase(str_first(*s, 3), S("GMT")))) {
        t->zoned = true;
        *s = str_from(*s, 3);
    }
    if (!s->n || (s->p[0] != '+' && s->p[0] != '-'))
        return true;
    bool west = s->p[0] == '-';
    *s = str_from(*s, 1);
    if (!take_number(s, 2, &hours))
        return false;
    take_sign(s, ":");
    if (s->n && is_digit(s->p[0]) && !take_number(s, 2, &minutes))
        return false;
    t->zoned = true;
    t->east = (west ? -1 : 1) * (hours * CLOCK_HOUR + minutes * CLOCK_MINUTE);
    return hours <= 14 && minutes < 60;
}

static const char *read_time_of_day(struct str s, struct time_of_day *t)
{
    int64_t hour = 0, minute = 0, second = 0;
    *t = (struct time_of_day){.us = 0};
    if (!take_number(&s, 2, &hour) || !take_sign(&s, ":") || !take_number(&s, 2, &minute))
        return "has no time that we can read";
    if (take_sign(&s, ":") && !take_number(&s, 2, &second))
        return "has no time that we can read";
    if (take_sign(&s, ".,"))
        t->us = take_fraction(&s);
    take_blanks(&s);
    if (!take_half(&s, &hour) || hour > 23 || minute > 59 || second > 60)
        return "has no such hour";
    if (!take_zone(&s, t))
        return "has no such zone";
    take_blanks(&s);
    if (s.n && !str_eq_nocase(s, S("Uhr")) && !str_is(s, "h"))
        return "has words behind its time";
    t->us += hour * CLOCK_HOUR + minute * CLOCK_MINUTE + second * CLOCK_SECOND;
    return NULL;
}

/* Takes the time of day off *s, if there is one. */
static const char *split_time(struct str *s, struct time_of_day *t)
{
    struct str all = *s = str_trim(*s);
    ptrdiff_t colon = str_find(all, ':');
    *t = (struct time_of_day){.us = 0};
    if (colon < 0)
        return NULL;
    size_t at = (size_t)colon;
    while (at > 0 && is_digit(all.p[at - 1]))
        at--;
    bool mark = at > 0 && (all.p[at - 1] == 'T' || all.p[at - 1] == 't');
    *s = str_first(all, at - mark);
    return read_time_of_day(str_from(all, at), t);
}

const char *date_read(struct str s, enum date_order order, int64_t *days)
{
    struct time_of_day t;
    const char *wrong = split_time(&s, &t);
    if (wrong)
        return wrong;
    return t.us || t.east ? "has a time of day" : read_date(s, order, days);
}

const char *time_read(struct str s, enum date_order order, const struct zone *zone, int64_t *us)
{
    struct time_of_day t;
    int64_t days;
    const char *wrong = split_time(&s, &t);
    if (wrong || (wrong = read_date(s, order, &days)))
        return wrong;
    *us = days * CLOCK_DAY + t.us - t.east;
    if (!t.zoned && zone) /* RULE 5; twice, because the offset is asked of a moment */
        *us -= zone_offset(zone, *us - zone_offset(zone, *us));
    return NULL;
}
