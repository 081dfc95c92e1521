/* looks.c: see looks.h. */
#include "text/looks.h"

#include "core/arena.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)c >= 0x80;
}

static bool is_email(struct str s)
{
    ptrdiff_t at = str_find(s, '@');
    if (at < 1 || str_find(s, ' ') >= 0 || str_find(s, '/') >= 0)
        return false;
    struct str host = str_from(s, (size_t)at + 1);
    ptrdiff_t dot = str_find(host, '.');
    return dot > 0 && (size_t)dot + 1 < host.n && str_find(host, '@') < 0;
}

static bool is_url(struct str s)
{
    return str_find(s, ' ') < 0 &&
           (str_has(s, S("://")) || (s.n > 4 && str_eq_nocase(str_first(s, 4), S("www."))));
}

struct shape {
    size_t digits, letters, small, seps, signs, blanks,
        runs; /* seps: . , '  signs: / - :  runs: of digits */
    bool other;
};

static struct shape shape_of(struct str s)
{
    struct shape f = {0};
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_digit(c)) {
            f.runs += i == 0 || !is_digit(s.p[i - 1]);
            f.digits++;
        } else if (is_letter(c)) {
            f.letters++;
            f.small += c >= 'a' && c <= 'z';
        } else if (c == '.' || c == ',' || c == '\'')
            f.seps++;
        else if (c == '/' || c == '-' || c == ':')
            f.signs++;
        else if (c == ' ')
            f.blanks++;
        else
            f.other = f.other || !strchr("+()%$", c);
    }
    return f;
}

/* "2026-12-31", "31.12.2026", "12/31/26", with a time behind it. */
static bool is_date_of_digits(struct str s, const struct shape *f)
{
    if (f->runs < 3 || f->digits < 4 || (f->seps < 2 && f->signs < 2))
        return false;
    if (str_find(s, '+') >= 0 || str_find(s, '(') >= 0)
        return false;
    return (f->signs == 0 || f->seps == 0 || f->runs > 3) && f->digits <= 8 + 3 * (f->runs - 3);
}

/* "12 Mar 2025", "Mar 12, 2025", "2026-12-31T12:30:00Z". */
static bool is_date(struct str s, const struct shape *f)
{
    if (f->other || f->digits < 3 || f->digits > 20 || s.n < 6 || s.n > 35)
        return false;
    if (f->letters == 0)
        return is_date_of_digits(s, f);
    if (f->signs >= 4 && f->runs >= 6 && (s.p[10] == 'T' || s.p[10] == 't'))
        return true;
    return f->letters >= 3 && f->letters <= 12 && f->blanks + f->signs >= 2 && f->runs >= 2 &&
           f->runs <= 5;
}

static bool is_number(struct str s, const struct shape *f)
{
    if (!f->digits || (f->signs && s.p[0] != '-' && s.p[s.n - 1] != '-') || f->signs > 1)
        return false;
    bool grouped = f->blanks == 0 || f->letters || f->other;
    return f->letters <= 3 && !f->small && f->blanks <= 2 && (grouped || f->digits <= 9) &&
           s.p[0] != '+' && !(s.p[0] == '0' && f->seps == 0 && f->digits > 1) && f->runs <= 5;
}

static bool is_phone(struct str s, const struct shape *f)
{
    return !f->other && f->letters == 0 && f->digits >= 6 && f->digits <= 17 && s.n <= 30;
}

enum looks looks_like(struct str s)
{
    s = str_trim(s);
    if (!s.n)
        return LOOKS_EMPTY;
    if (is_email(s))
        return LOOKS_EMAIL;
    if (is_url(s))
        return LOOKS_URL;
    struct shape f = shape_of(s);
    if (is_date(s, &f))
        return LOOKS_DATE;
    if (is_number(s, &f))
        return LOOKS_NUMBER;
    return is_phone(s, &f) ? LOOKS_PHONE : LOOKS_TEXT;
}

const char *looks_name(enum looks looks)
{
    static const char *const names[] = {
        [LOOKS_EMPTY] = "empty", [LOOKS_TEXT] = "text",   [LOOKS_NUMBER] = "number",
        [LOOKS_DATE] = "date",   [LOOKS_EMAIL] = "email", [LOOKS_PHONE] = "phone",
        [LOOKS_URL] = "url"};
    return names[looks];
}
