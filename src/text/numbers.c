/* numbers.c: see numbers.h. */
#include "text/numbers.h"

#include "core/arena.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- making clean ---- */

static char common(uint32_t cp)
{
    switch (cp) {
    case 0xA0: /* blanks that do not break a line, thin ones */
    case 0x2007:
    case 0x2008:
    case 0x2009:
    case 0x202F:
    case '\t':
        return ' ';
    case 0x2010: /* hyphens, dashes, the minus sign */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return '-';
    case 0x2019:
    case 0x2018:
    case '`':
        return '\'';
    default:
        return 0;
    }
}

size_t number_clean(char p[NUMBER_CLEAN], struct str s)
{
    size_t n = 0;
    s = str_trim(s);
    if (s.n > NUMBER_CLEAN)
        return 0;
    for (size_t at = 0, next = 0; at < s.n; at = next) {
        char c = common(utf8_next(s, &next));
        if (c)
            p[n++] = c;
        else
            for (size_t i = at; i < next; i++)
                p[n++] = s.p[i];
    }
    struct str kept = str_trim(str_make(p, n));
    memmove(p, kept.p, kept.n);
    return kept.n;
}

/* RULE 2; "12.-" is Swiss for "12.00". */
bool number_peel(struct str *s, int *minuses)
{
    struct str was = *s = str_trim(*s);
    if (s->n > 1 && s->p[0] == '(' && s->p[s->n - 1] == ')') {
        *s = str_make(s->p + 1, s->n - 2);
        ++*minuses;
        return true;
    }
    if (s->n > 1 && (s->p[0] == '-' || s->p[0] == '+')) {
        *minuses += s->p[0] == '-';
        *s = str_from(*s, 1);
        return s->n > 0 && s->p[0] != '-' && s->p[0] != '+';
    }
    while (s->n && s->p[s->n - 1] == '-')
        s->n--;
    if (s->n == was.n || s->n == 0)
        return false;
    char last = s->p[s->n - 1];
    if (last == '.' || last == ',')
        s->n--;
    else
        ++*minuses;
    return was.n - s->n <= 3;
}

/* ---- reading ---- */

/* What parts the digits of a number: how often, and where the last one stands. */
struct parted {
    size_t dots, commas, blanks, apostrophes, last, digits;
    char kind; /* of the last */
};

static bool part_digits(struct str s, struct parted *f)
{
    *f = (struct parted){0};
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        f->digits += is_digit(c);
        f->dots += c == '.';
        f->commas += c == ',';
        f->blanks += c == ' ';
        f->apostrophes += c == '\'';
        if (is_digit(c))
            continue;
        if (c != '.' && c != ',' && c != ' ' && c != '\'')
            return false;
        f->last = i;
        f->kind = c;
    }
    return f->digits > 0;
}

/* RULE 1: from right to left three digits, then threes or twos alike, then one to three. */
static bool groups_are_sound(struct str s, char separator)
{
    size_t groups = 0, width = 3;
    for (size_t end = s.n, at = s.n;; end = at) {
        size_t n = 0;
        while (at > 0 && is_digit(s.p[at - 1])) {
            at--;
            n++;
        }
        if (at == 0)
            return n >= 1 && n <= width && end > 0;
        if (s.p[--at] != separator)
            return false;
        groups++;
        if (groups == 2 && n == 2)
            width = 2;
        if (n != (groups == 1 ? 3 : width))
            return false;
    }
}

/* How a text with one separator, once, is to be read: '.' or ',' parts decimals; 0: groups; '?'. */
static char single(struct str s, const struct parted *f, char decimal)
{
    size_t behind = s.n - f->last - 1;
    bool may_group = behind == 3 && f->last >= 1 && f->last <= 3 && s.p[0] != '0';
    if (!may_group)
        return f->kind;
    return decimal == 0 ? '?' : decimal == f->kind ? decimal : 0;
}

static bool holds_letters(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]) && !strchr(".,' -+()", s.p[i]))
            return true;
    return false;
}

/* Where the decimals begin (s.n: there are none), and what parts the groups before them. */
static const char *split_decimals(struct str s, char decimal, size_t *point, char *groups)
{
    struct parted f;
    if (!part_digits(s, &f))
        return holds_letters(s) ? "holds what is no digit" : "is no number";
    char point_is = 0;
    if (f.dots && f.commas)
        point_is = f.kind;
    else if (f.dots + f.commas == 1)
        point_is = f.blanks || f.apostrophes ? (f.dots ? '.' : ',') : single(s, &f, decimal);
    if (point_is == '?')
        return "could be read in two ways: say whether '.' or ',' parts the decimals";
    *point = s.n;
    if (point_is) {
        *point = (size_t)str_find(s, point_is);
        f.dots -= point_is == '.' && f.dots;
        f.commas -= point_is == ',' && f.commas;
    }
    bool kinds = (f.dots > 0) + (f.commas > 0) + (f.blanks > 0) + (f.apostrophes > 0) > 1;
    if (kinds)
        return "mixes ways to part thousands";
    *groups = f.dots ? '.' : f.commas ? ',' : f.blanks ? ' ' : f.apostrophes ? '\'' : 0;
    return NULL;
}

static bool add_digit(int64_t *value, char c, bool minus)
{
    int64_t digit = c - '0';
    return !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_add_overflow(*value, minus ? -digit : digit, value);
}

const char *number_digits(struct str s, int scale, char decimal, bool minus, int64_t *value)
{
    size_t point;
    char groups = 0;
    const char *wrong = split_decimals(s, decimal, &point, &groups);
    if (wrong)
        return wrong;
    struct str whole = str_first(s, point), part = str_from(s, point + 1);
    if (groups && !groups_are_sound(whole, groups))
        return "has thousands that are not parted by threes";
    *value = 0;
    for (size_t i = 0; i < whole.n; i++)
        if (is_digit(whole.p[i]) && !add_digit(value, whole.p[i], minus))
            return "is too large";
    for (size_t i = 0; i < part.n; i++) {
        if (!is_digit(part.p[i]))
            return "has separators behind its decimals";
        if (i >= (size_t)scale && part.p[i] != '0')
            return scale ? "has too many decimals" : "is not whole";
    }
    for (size_t i = 0; i < (size_t)scale; i++)
        if (!add_digit(value, i < part.n ? part.p[i] : '0', minus))
            return "is too large";
    return NULL;
}

const char *number_read(struct str s, int scale, char decimal, int64_t *value)
{
    char clean[NUMBER_CLEAN];
    int minuses = 0;
    struct str rest = str_make(clean, number_clean(clean, s));
    if (!rest.n)
        return str_trim(s).n ? "is too long" : "is empty";
    while (number_peel(&rest, &minuses))
        ;
    if (minuses > 1)
        return "has more than one minus";
    return number_digits(str_trim(rest), scale, decimal, minuses > 0, value);
}

const char *whole_read(struct str s, char decimal, int64_t *value)
{
    return number_read(s, 0, decimal, value);
}

/* Only digits and what parts them: what stands around, a sign or a currency, does not matter. */
static char cell_decimal(struct str cell)
{
    char clean[NUMBER_CLEAN];
    struct parted f;
    struct str s = str_make(clean, number_clean(clean, cell));
    while (s.n && !is_digit(s.p[0]))
        s = str_from(s, 1);
    while (s.n && !is_digit(s.p[s.n - 1]))
        s.n--;
    if (!part_digits(s, &f) || f.dots + f.commas == 0)
        return 0;
    if (f.dots && f.commas)
        return f.kind;
    if (f.dots + f.commas > 1)
        return f.dots ? ',' : '.'; /* these part groups */
    char point = f.blanks || f.apostrophes ? f.kind : single(s, &f, 0);
    return point == '.' || point == ',' ? point : 0;
}

char number_decimal(const struct str *cells, size_t n)
{
    char found = 0;
    for (size_t i = 0; i < n; i++) {
        char c = cell_decimal(cells[i]);
        if (c && found && c != found)
            return 0;
        found = c ? c : found;
    }
    return found;
}

/* ---- printing ---- */

size_t number_put(char *p, int64_t value, int scale)
{
    char digits[STR_INT + NUMBER_SCALE_MAX + 1];
    size_t n = str_put_int(digits, value), minus = value < 0, at = 0, whole;
    size_t places = (size_t)scale;
    if (n - minus <= places) { /* zeros before it */
        size_t zeros = places + 1 - (n - minus);
        memmove(digits + minus + zeros, digits + minus, n - minus);
        memset(digits + minus, '0', zeros);
        n += zeros;
    }
    whole = n - places;
    memcpy(p, digits, whole);
    at = whole;
    if (places) {
        p[at++] = '.';
        memcpy(p + at, digits + whole, places);
        at += places;
    }
    return at;
}

struct str number_plain(struct arena *a, int64_t value, int scale)
{
    char p[NUMBER_TEXT];
    return str_dup(a, str_make(p, number_put(p, value, scale)));
}

struct str number_grouped(struct arena *a, int64_t value, int scale)
{
    char p[NUMBER_TEXT], q[2 * NUMBER_TEXT];
    struct str s = str_make(p, number_put(p, value, scale));
    size_t whole = scale ? s.n - (size_t)scale - 1 : s.n, n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (i > (size_t)(value < 0) && i < whole && (whole - i) % 3 == 0)
            q[n++] = ',';
        q[n++] = s.p[i];
    }
    return str_dup(a, str_make(q, n));
}
