/* phone.c: see phone.h.
 *
 * WHY a table of our own: docs/decisions/0035. Lengths are of a number without its country's code
 * and trunk prefix, wide where a numbering plan is.
 */
#include "text/phone.h"

#include "core/arena.h"

struct plan {
    char country[3];
    short code;
    char trunk[3];             /* dialled before an area code */
    unsigned char least, most; /* digits */
    char groups[8];            /* for reading, of a number of just so many digits */
};

/* By their codes; of those that share one the largest stands first. */
static const struct plan plans[] = {
    {"US", 1, "1", 10, 10, "334"},
    {"CA", 1, "1", 10, 10, "334"},
    {"AG", 1, "1", 10, 10, "334"},
    {"AI", 1, "1", 10, 10, "334"},
    {"AS", 1, "1", 10, 10, "334"},
    {"BB", 1, "1", 10, 10, "334"},
    {"BM", 1, "1", 10, 10, "334"},
    {"BS", 1, "1", 10, 10, "334"},
    {"DM", 1, "1", 10, 10, "334"},
    {"DO", 1, "1", 10, 10, "334"},
    {"GD", 1, "1", 10, 10, "334"},
    {"GU", 1, "1", 10, 10, "334"},
    {"JM", 1, "1", 10, 10, "334"},
    {"KN", 1, "1", 10, 10, "334"},
    {"KY", 1, "1", 10, 10, "334"},
    {"LC", 1, "1", 10, 10, "334"},
    {"MP", 1, "1", 10, 10, "334"},
    {"MS", 1, "1", 10, 10, "334"},
    {"PR", 1, "1", 10, 10, "334"},
    {"SX", 1, "1", 10, 10, "334"},
    {"TC", 1, "1", 10, 10, "334"},
    {"TT", 1, "1", 10, 10, "334"},
    {"VC", 1, "1", 10, 10, "334"},
    {"VG", 1, "1", 10, 10, "334"},
    {"VI", 1, "1", 10, 10, "334"},
    {"RU", 7, "8", 10, 10, "3322"},
    {"KZ", 7, "8", 10, 10, "3322"},
    {"EG", 20, "0", 7, 10},
    {"ZA", 27, "0", 9, 9, "234"},
    {"GR", 30, "", 10, 12},
    {"NL", 31, "0", 7, 11, "234"},
    {"BE", 32, "0", 8, 9, "3222"},
    {"FR", 33, "0", 9, 9, "12222"},
    {"ES", 34, "", 9, 9, "333"},
    {"HU", 36, "06", 8, 9},
    {"IT", 39, "", 6, 12},
    {"VA", 39, "", 6, 12},
    {"RO", 40, "0", 9, 9, "333"},
    {"CH", 41, "0", 9, 9, "2322"},
    {"AT", 43, "0", 4, 13},
    {"GB", 44, "0", 7, 10, "244"},
    {"GG", 44, "0", 7, 10},
    {"IM", 44, "0", 7, 10},
    {"JE", 44, "0", 7, 10},
    {"DK", 45, "", 8, 8, "2222"},
    {"SE", 46, "0", 6, 13},
    {"NO", 47, "", 5, 12, "323"},
    {"SJ", 47, "", 5, 12},
    {"PL", 48, "", 9, 9, "333"},
    {"DE", 49, "0", 3, 13},
    {"PE", 51, "0", 8, 9},
    {"MX", 52, "", 10, 11, "244"},
    {"CU", 53, "0", 6, 10},
    {"AR", 54, "0", 10, 11},
    {"BR", 55, "0", 8, 12, "254"},
    {"CL", 56, "", 8, 11, "144"},
    {"CO", 57, "", 8, 11, "334"},
    {"VE", 58, "0", 10, 10},
    {"MY", 60, "0", 8, 10},
    {"AU", 61, "0", 5, 12, "333"},
    {"CX", 61, "0", 5, 12},
    {"CC", 61, "0", 5, 12},
    {"ID", 62, "0", 7, 12},
    {"PH", 63, "0", 6, 12},
    {"NZ", 64, "0", 5, 10},
    {"SG", 65, "", 8, 11, "44"},
    {"TH", 66, "0", 8, 10},
    {"JP", 81, "0", 8, 12, "144"},
    {"KR", 82, "0", 5, 12, "244"},
    {"VN", 84, "0", 7, 10},
    {"CN", 86, "0", 7, 12, "344"},
    {"TR", 90, "0", 7, 12, "3322"},
    {"IN", 91, "0", 8, 12, "55"},
    {"PK", 92, "0", 8, 12},
    {"AF", 93, "0", 9, 9},
    {"LK", 94, "0", 9, 9},
    {"MM", 95, "0", 6, 10},
    {"IR", 98, "0", 4, 10},
    {"SS", 211, "0", 9, 9},
    {"MA", 212, "0", 9, 9},
    {"EH", 212, "0", 9, 9},
    {"DZ", 213, "0", 8, 9},
    {"TN", 216, "", 8, 8},
    {"LY", 218, "0", 8, 9},
    {"GM", 220, "", 7, 7},
    {"SN", 221, "", 9, 9},
    {"MR", 222, "", 8, 8},
    {"ML", 223, "", 8, 8},
    {"GN", 224, "", 8, 9},
    {"CI", 225, "", 8, 10},
    {"BF", 226, "", 8, 8},
    {"NE", 227, "", 8, 8},
    {"TG", 228, "", 8, 8},
    {"BJ", 229, "", 8, 10},
    {"MU", 230, "", 7, 10},
    {"LR", 231, "0", 7, 9},
    {"SL", 232, "0", 8, 8},
    {"GH", 233, "0", 8, 9},
    {"NG", 234, "0", 7, 14},
    {"TD", 235, "", 8, 8},
    {"CF", 236, "", 8, 8},
    {"CM", 237, "", 8, 9},
    {"CV", 238, "", 7, 7},
    {"ST", 239, "", 7, 7},
    {"GQ", 240, "", 9, 9},
    {"GA", 241, "", 7, 8},
    {"CG", 242, "", 9, 9},
    {"CD", 243, "0", 7, 10},
    {"AO", 244, "", 9, 9},
    {"GW", 245, "", 7, 9},
    {"IO", 246, "", 7, 7},
    {"AC", 247, "", 4, 6},
    {"SC", 248, "", 6, 7},
    {"SD", 249, "0", 9, 9},
    {"RW", 250, "0", 8, 9},
    {"ET", 251, "0", 9, 9},
    {"SO", 252, "0", 6, 9},
    {"DJ", 253, "", 8, 8},
    {"KE", 254, "0", 7, 10},
    {"TZ", 255, "0", 9, 9},
    {"UG", 256, "0", 9, 9},
    {"BI", 257, "", 8, 8},
    {"MZ", 258, "", 8, 9},
    {"ZM", 260, "0", 9, 9},
    {"MG", 261, "0", 7, 9},
    {"RE", 262, "0", 9, 9},
    {"YT", 262, "0", 9, 9},
    {"ZW", 263, "0", 5, 10},
    {"NA", 264, "0", 8, 9},
    {"MW", 265, "0", 7, 9},
    {"LS", 266, "", 8, 8},
    {"BW", 267, "", 7, 10},
    {"SZ", 268, "", 8, 9},
    {"KM", 269, "", 7, 7},
    {"SH", 290, "", 4, 5},
    {"TA", 290, "", 4, 5},
    {"ER", 291, "0", 7, 7},
    {"AW", 297, "", 7, 7},
    {"FO", 298, "", 6, 6},
    {"GL", 299, "", 6, 6},
    {"GI", 350, "", 8, 8},
    {"PT", 351, "", 9, 9, "333"},
    {"LU", 352, "", 4, 11},
    {"IE", 353, "0", 7, 10},
    {"IS", 354, "", 7, 9, "34"},
    {"AL", 355, "0", 6, 9},
    {"MT", 356, "", 8, 8, "44"},
    {"CY", 357, "", 8, 8},
    {"FI", 358, "0", 5, 12},
    {"AX", 358, "0", 5, 12},
    {"BG", 359, "0", 6, 12},
    {"LT", 370, "0", 8, 8},
    {"LV", 371, "", 8, 8},
    {"EE", 372, "", 7, 10},
    {"MD", 373, "0", 8, 8},
    {"AM", 374, "0", 8, 8},
    {"BY", 375, "80", 6, 9},
    {"AD", 376, "", 6, 9},
    {"MC", 377, "0", 8, 9},
    {"SM", 378, "", 6, 10},
    {"UA", 380, "0", 9, 10},
    {"RS", 381, "0", 6, 12},
    {"ME", 382, "0", 6, 9},
    {"XK", 383, "0", 8, 12},
    {"HR", 385, "0", 6, 9},
    {"SI", 386, "0", 5, 8},
    {"BA", 387, "0", 8, 9},
    {"MK", 389, "0", 8, 8},
    {"CZ", 420, "", 9, 12, "333"},
    {"SK", 421, "0", 6, 9},
    {"LI", 423, "", 7, 9},
    {"FK", 500, "", 5, 5},
    {"BZ", 501, "", 7, 11},
    {"GT", 502, "", 8, 11},
    {"SV", 503, "", 7, 11},
    {"HN", 504, "", 8, 11},
    {"NI", 505, "", 8, 8},
    {"CR", 506, "", 8, 10},
    {"PA", 507, "", 7, 11},
    {"PM", 508, "0", 6, 9},
    {"HT", 509, "", 8, 8},
    {"GP", 590, "0", 9, 9},
    {"BL", 590, "0", 9, 9},
    {"MF", 590, "0", 9, 9},
    {"BO", 591, "0", 8, 9},
    {"GY", 592, "", 7, 7},
    {"EC", 593, "0", 8, 11},
    {"GF", 594, "0", 9, 9},
    {"PY", 595, "0", 6, 11},
    {"MQ", 596, "0", 9, 9},
    {"SR", 597, "", 6, 7},
    {"UY", 598, "0", 6, 13},
    {"CW", 599, "", 7, 8},
    {"BQ", 599, "", 7, 8},
    {"TL", 670, "", 7, 8},
    {"NF", 672, "", 5, 6},
    {"BN", 673, "", 7, 7},
    {"NR", 674, "", 7, 7},
    {"PG", 675, "", 7, 8},
    {"TO", 676, "", 5, 7},
    {"SB", 677, "", 5, 7},
    {"VU", 678, "", 5, 7},
    {"FJ", 679, "", 7, 11},
    {"PW", 680, "", 7, 7},
    {"WF", 681, "", 6, 9},
    {"CK", 682, "", 5, 5},
    {"NU", 683, "", 4, 7},
    {"WS", 685, "", 5, 10},
    {"KI", 686, "0", 5, 8},
    {"NC", 687, "", 6, 6},
    {"TV", 688, "", 5, 7},
    {"PF", 689, "", 6, 9},
    {"TK", 690, "", 4, 7},
    {"FM", 691, "", 7, 7},
    {"MH", 692, "1", 7, 7},
    {"KP", 850, "0", 6, 10},
    {"HK", 852, "", 5, 11, "44"},
    {"MO", 853, "", 7, 8},
    {"KH", 855, "0", 8, 10},
    {"LA", 856, "0", 8, 10},
    {"BD", 880, "0", 6, 10},
    {"TW", 886, "0", 7, 10},
    {"MV", 960, "", 7, 10},
    {"LB", 961, "0", 7, 8},
    {"JO", 962, "0", 8, 9},
    {"SY", 963, "0", 8, 9},
    {"IQ", 964, "0", 8, 10},
    {"KW", 965, "", 7, 8},
    {"SA", 966, "0", 8, 10},
    {"YE", 967, "0", 7, 9},
    {"OM", 968, "", 7, 9},
    {"PS", 970, "0", 8, 10},
    {"AE", 971, "0", 5, 12},
    {"IL", 972, "0", 7, 12},
    {"BH", 973, "", 8, 8},
    {"QA", 974, "", 7, 11},
    {"BT", 975, "", 7, 8},
    {"MN", 976, "0", 8, 10},
    {"NP", 977, "0", 8, 11},
    {"TJ", 992, "", 9, 9},
    {"TM", 993, "8", 8, 8},
    {"AZ", 994, "0", 9, 9},
    {"GE", 995, "0", 9, 9},
    {"KG", 996, "0", 9, 10},
    {"UZ", 998, "", 9, 9},
    /* of no country: free numbers, satellites, networks */
    {"", 800, "", 8, 8},
    {"", 808, "", 8, 8},
    {"", 870, "", 9, 12},
    {"", 878, "", 12, 12},
    {"", 881, "", 8, 12},
    {"", 882, "", 7, 12},
    {"", 883, "", 9, 12},
    {"", 888, "", 11, 11},
    {"", 979, "", 9, 9},
};

/* What one dials for abroad where it is not 00; the plan with code 1 has 011. */
static const struct {
    char country[3], prefix[5];
} abroad[] = {
    {"AU", "0011"}, {"BY", "810"}, {"CU", "119"}, {"FI", "990"}, {"GY", "001"},
    {"HK", "001"},  {"ID", "001"}, {"JP", "010"}, {"KE", "000"}, {"KH", "001"},
    {"KR", "001"},  {"KR", "002"}, {"KZ", "810"}, {"MN", "001"}, {"NG", "009"},
    {"RU", "810"},  {"SG", "001"}, {"SG", "002"}, {"TH", "001"}, {"TJ", "810"},
    {"TM", "810"},  {"TW", "002"}, {"TZ", "000"}, {"UG", "000"}, {"UZ", "810"},
};

/* ---- the table ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const struct plan *plan_of(const char *country)
{
    if (!country || !country[0])
        return NULL;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (str_eq_nocase(str_of(plans[i].country), str_of(country)))
            return &plans[i];
    return NULL;
}

/* Codes are of one to three digits, none the beginning of another. */
static const struct plan *plan_at(struct str digits, size_t *n)
{
    int code = 0;
    for (*n = 0; *n < 3 && *n < digits.n;) {
        code = 10 * code + (digits.p[(*n)++] - '0');
        for (size_t i = 0; i < sizeof plans / sizeof *plans && plans[i].code <= code; i++)
            if (plans[i].code == code)
                return &plans[i];
    }
    return NULL;
}

int phone_country_code(const char *country)
{
    const struct plan *plan = plan_of(country);
    return plan ? plan->code : 0;
}

struct str phone_country(struct str e164)
{
    size_t n;
    const struct plan *plan = e164.n && e164.p[0] == '+' ? plan_at(str_from(e164, 1), &n) : NULL;
    return str_of(plan ? plan->country : "");
}

/* ---- from text to digits ---- */

enum { TEXT_MAX = 80 };

struct dialled {
    char digit[TEXT_MAX];
    size_t n;
    bool plus;
    bool zero; /* digits[0..n) had "(0)" among them, which is left out here */
    size_t zero_at;
};

/* Digits of other scripts; '+', '-' and blanks in their wide forms. 0: nothing of the kind. */
static char plain_char(uint32_t cp)
{
    static const uint32_t zeros[] = {0xFF10, 0x660, 0x6F0, 0x966};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        if (cp >= zeros[i] && cp < zeros[i] + 10)
            return (char)('0' + (cp - zeros[i]));
    if (cp == 0xFF0B)
        return '+';
    if (cp == 0xA0 || (cp >= 0x2000 && cp <= 0x200F) || cp == 0x202F || cp == 0x2060 ||
        cp == 0x3000 || cp == 0xFEFF || (cp >= 0x202A && cp <= 0x202E))
        return ' '; /* also the marks of direction that address books put around a number */
    if ((cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212 || cp == 0xFF0D)
        return '-';
    return cp < 0x80 ? (char)cp : 0;
}

static const char *take_char(struct dialled *d, struct str s, size_t *next)
{
    size_t at = *next;
    char c = plain_char(utf8_next(s, next));
    if (c == '(' && str_starts(str_from(s, at), S("(0)")) && !d->zero && d->n) {
        d->zero = true;
        d->zero_at = d->n;
        *next = at + 3;
        return NULL;
    }
    if (is_digit(c)) {
        d->digit[d->n++] = c;
        return NULL;
    }
    if (c == '+' && d->n == 0 && !d->plus) {
        d->plus = true;
        return NULL;
    }
    if (c && strchr(" -./()[]~,\t", c))
        return NULL;
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? "holds letters" : "holds what is no digit";
}

static const char *take_digits(struct dialled *d, struct str s)
{
    *d = (struct dialled){.n = 0};
    if (s.n > TEXT_MAX)
        return "is too long";
    for (size_t at = 0; at < s.n;) {
        const char *wrong = take_char(d, s, &at);
        if (wrong)
            return wrong;
    }
    return d->n ? NULL : "has no digits";
}

/* RULE 4. The text without its extension; the extension is digits at the end, behind a word. */
static struct str take_extension(struct str s, char extension[PHONE_EXTENSION + 1])
{
    static const char *const words[] = {";ext=", "extension", "ext.", "ext", "durchwahl", "dw.",
                                        "dw",    "poste",     "x.",   "x",   "#"};
    size_t from = s.n;
    extension[0] = '\0';
    while (from > 0 && is_digit(s.p[from - 1]))
        from--;
    size_t digits = s.n - from, end = from;
    while (end > 0 && (s.p[end - 1] == ' ' || s.p[end - 1] == ':'))
        end--;
    if (!digits || digits > PHONE_EXTENSION)
        return s;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct str word = str_of(words[i]);
        if (end <= word.n || !str_eq_nocase(str_make(s.p + end - word.n, word.n), word))
            continue;
        memcpy(extension, s.p + from, digits);
        extension[digits] = '\0';
        struct str rest = str_trim(str_first(s, end - word.n));
        return str_ends(rest, S(",")) ? str_first(rest, rest.n - 1) : rest;
    }
    return s;
}

/* ---- from digits to a number ---- */

static const char *finish(const struct plan *plan, struct str national, struct phone *phone)
{
    size_t code = plan->code > 99 ? 3 : plan->code > 9 ? 2 : 1;
    if (national.n < plan->least)
        return "is too short";
    if (national.n > plan->most || national.n + code > PHONE_DIGITS)
        return "is too long";
    bool none_begins = national.p[0] == '0' && plan->trunk[0] == '0';
    if (none_begins || (plan->code == 1 && national.p[0] < '2'))
        return "has no such area code";
    phone->e164[0] = '+';
    size_t n = 1 + str_put_int(phone->e164 + 1, plan->code);
    memcpy(phone->e164 + n, national.p, national.n);
    phone->e164[n + national.n] = '\0';
    return NULL;
}

/* The digits behind what one dials for abroad; empty: these are not for abroad. */
static struct str behind_prefix(const struct dialled *d, const char *country)
{
    struct str digits = str_make(d->digit, d->n);
    const struct plan *plan = plan_of(country);
    if (d->plus)
        return digits;
    for (size_t i = 0; plan && i < sizeof abroad / sizeof *abroad; i++)
        if (!strcmp(abroad[i].country, plan->country) &&
            str_starts(digits, str_of(abroad[i].prefix)))
            return str_from(digits, strlen(abroad[i].prefix));
    if (plan && plan->code == 1)
        return str_starts(digits, S("011")) ? str_from(digits, 3) : S("");
    return str_starts(digits, S("00")) ? str_from(digits, 2) : S("");
}

/* RULE 2: within a country, and by mistake behind its code. */
static struct str without_trunk(const struct plan *plan, struct str national, bool home)
{
    struct str trunk = str_of(plan->trunk);
    if (!trunk.n || !str_starts(national, trunk))
        return national;
    bool digit_may_begin = trunk.p[0] != '0'; /* 8 of Russia, 1 of America */
    if (digit_may_begin && (!home || national.n <= plan->most))
        return national;
    return str_from(national, trunk.n);
}

static const char *read_abroad(struct str digits, struct phone *phone)
{
    size_t n = 0;
    const struct plan *plan = plan_at(digits, &n);
    if (!plan)
        return "begins with no country's code";
    return finish(plan, without_trunk(plan, str_from(digits, n), false), phone);
}

static const char *read_home(const struct dialled *d, const char *country, struct phone *phone)
{
    const struct plan *plan = plan_of(country);
    char digits[TEXT_MAX + 1];
    if (!plan)
        return "has no country's code";
    size_t n = d->zero ? d->zero_at : d->n; /* "(0)" within a number of this country is its zero */
    memcpy(digits, d->digit, n);
    if (d->zero)
        digits[n] = '0';
    memcpy(digits + n + d->zero, d->digit + n, d->n - n);
    return finish(plan, without_trunk(plan, str_make(digits, d->n + d->zero), true), phone);
}

const char *phone_read(struct str s, const char *country, struct phone *phone)
{
    struct dialled d;
    *phone = (struct phone){.e164 = ""};
    s = str_trim(s);
    if (s.n > 4 && str_eq_nocase(str_first(s, 4), S("tel:")))
        s = str_from(s, 4);
    if (!s.n)
        return "is empty";
    s = take_extension(s, phone->extension);
    const char *wrong = take_digits(&d, s);
    if (wrong)
        return wrong;
    struct str far = behind_prefix(&d, country);
    if (far.n)
        return read_abroad(far, phone);
    return d.plus ? "is too short" : read_home(&d, country, phone);
}

/* ---- for people ---- */

/* By threes; what is left over is a last group of two or four. */
static size_t group_width(const struct plan *plan, struct str national, size_t at, size_t group)
{
    size_t sum = 0;
    for (const char *g = plan->groups; *g; g++)
        sum += (size_t)(*g - '0');
    if (sum == national.n)
        return (size_t)(plan->groups[group] - '0');
    size_t left = national.n - at;
    return left <= 4 ? left : 3;
}

struct str phone_display(struct arena *a, struct str e164)
{
    size_t code = 0, n = 0;
    struct str digits = str_from(e164, 1);
    const struct plan *plan = NULL;
    for (size_t i = 0; i < digits.n; i++)
        if (!is_digit(digits.p[i]))
            return e164;
    if (e164.n > 4 && e164.n <= PHONE_DIGITS + 1 && e164.p[0] == '+')
        plan = plan_at(digits, &code);
    if (!plan || digits.n <= code)
        return e164;
    char *p = arena_alloc(a, 2 * e164.n + 2);
    p[n++] = '+';
    memcpy(p + n, digits.p, code);
    n += code;
    struct str national = str_from(digits, code);
    for (size_t at = 0, group = 0; at < national.n; group++) {
        size_t width = group_width(plan, national, at, group);
        p[n++] = ' ';
        memcpy(p + n, national.p + at, width);
        n += width;
        at += width;
    }
    return str_make(p, n);
}
