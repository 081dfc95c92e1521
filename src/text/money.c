/* money.c: see money.h. */
#include "text/money.h"

#include "core/arena.h"
#include "text/numbers.h"

/* ISO 4217, list one, without metals, funds and codes for tests. */
static const struct currency table[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"ANG", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2},
    {"AWG", 2}, {"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BGN", 2}, {"BHD", 3}, {"BIF", 0},
    {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2},
    {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHF", 2}, {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"CRC", 2},
    {"CUP", 2}, {"CVE", 2}, {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2}, {"DZD", 2}, {"EGP", 2},
    {"ERN", 2}, {"ETB", 2}, {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2},
    {"GIP", 2}, {"GMD", 2}, {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HTG", 2},
    {"HUF", 2}, {"IDR", 2}, {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2},
    {"JOD", 3}, {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0},
    {"KWD", 3}, {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2}, {"LSL", 2},
    {"LYD", 3}, {"MAD", 2}, {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2}, {"MOP", 2},
    {"MRU", 2}, {"MUR", 2}, {"MVR", 2}, {"MWK", 2}, {"MXN", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2},
    {"NGN", 2}, {"NIO", 2}, {"NOK", 2}, {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2},
    {"PGK", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2},
    {"RUB", 2}, {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2},
    {"SHP", 2}, {"SLE", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2},
    {"SZL", 2}, {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2},
    {"TWD", 2}, {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"UYU", 2}, {"UZS", 2}, {"VED", 2},
    {"VES", 2}, {"VND", 0}, {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2}, {"XOF", 0}, {"XPF", 0},
    {"YER", 2}, {"ZAR", 2}, {"ZMW", 2}, {"ZWG", 2},
};

/* Signs and what they may stand for, the largest first; "?": none is. Longer ones come first. */
static const struct {
    const char *sign, *codes;
} signs[] = {
    {"US$", "USD"},
    {"HK$", "HKD"},
    {"NT$", "TWD"},
    {"NZ$", "NZD"},
    {"Mex$", "MXN"},
    {"CA$", "CAD"},
    {"AU$", "AUD"},
    {"R$", "BRL"},
    {"A$", "AUD"},
    {"C$", "CAD"},
    {"S$", "SGD"},
    {"$", "USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP BBD BMD BND BSD BZD DOP FJD GYD JMD KYD LRD "
          "NAD SBD SRD TTD UYU XCD"},
    {"€", "EUR"},
    {"euros", "EUR"},
    {"euro", "EUR"},
    {"£", "GBP EGP FKP GIP LBP SHP SYP SSP"},
    {"¥", "JPY CNY"},
    {"￥", "JPY CNY"},
    {"SFr.", "CHF"},
    {"Fr.", "CHF"},
    {"Fr", "CHF"},
    {"kr.", "? SEK NOK DKK ISK"},
    {"kr", "? SEK NOK DKK ISK"},
    {"zł", "PLN"},
    {"Kč", "CZK"},
    {"Ft", "HUF"},
    {"лв", "BGN"},
    {"lei", "RON MDL"},
    {"₹", "INR"},
    {"Rs.", "INR PKR LKR NPR MUR SCR"},
    {"Rs", "INR PKR LKR NPR MUR SCR"},
    {"₺", "TRY"},
    {"₽", "RUB"},
    {"₴", "UAH"},
    {"₩", "KRW KPW"},
    {"₪", "ILS"},
    {"฿", "THB"},
    {"₫", "VND"},
    {"₦", "NGN"},
    {"₱", "PHP"},
    {"₡", "CRC"},
    {"₲", "PYG"},
    {"₵", "GHS"},
    {"₸", "KZT"},
    {"₾", "GEL"},
    {"R", "ZAR"},
};

const struct currency *currencies(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

const struct currency *currency_find(struct str code)
{
    size_t low = 0, high = sizeof table / sizeof *table;
    char upper[3];
    if (code.n != 3)
        return NULL;
    for (size_t i = 0; i < 3; i++)
        upper[i] = (char)(code.p[i] >= 'a' && code.p[i] <= 'z' ? code.p[i] - 32 : code.p[i]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(table[middle].code, upper, 3);
        if (order == 0)
            return &table[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- reading ---- */

struct found {
    const struct currency *currency, *usual;
    const char *wrong;
};

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)c >= 0x80;
}

/* RULE 1 */
static const struct currency *meant(const char *codes, const struct currency *usual)
{
    if (usual && str_has(str_of(codes), str_of(usual->code)))
        return usual;
    return currency_find(str_make(codes, strlen(codes) < 3 ? 0 : 3));
}

static void take_currency(struct found *f, const struct currency *c, const char *wrong)
{
    if (f->currency && c && f->currency != c)
        f->wrong = "names two currencies";
    f->currency = c ? c : f->currency;
    f->wrong = f->wrong ? f->wrong : wrong;
}

/* Takes the word or sign at one end, if it is a currency. */
static bool peel_currency(struct str *s, bool front, struct found *f)
{
    size_t n = 0;
    while (n < s->n && is_letter(front ? s->p[n] : s->p[s->n - 1 - n]))
        n++;
    struct str word = front ? str_first(*s, n) : str_from(*s, s->n - n);
    const struct currency *c = currency_find(word);
    if (c) {
        *s = front ? str_from(*s, n) : str_first(*s, s->n - n);
        take_currency(f, c, NULL);
        return true;
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        struct str sign = str_of(signs[i].sign);
        struct str end = front ? str_first(*s, sign.n) : str_from(*s, s->n - sign.n);
        if (sign.n > s->n || !str_eq_nocase(end, sign) || (is_letter(sign.p[0]) && n > sign.n))
            continue;
        *s = front ? str_from(*s, sign.n) : str_first(*s, s->n - sign.n);
        c = meant(signs[i].codes, f->usual);
        take_currency(f, c, c ? NULL : "has a sign of several currencies: write a code, as in SEK");
        return true;
    }
    return false;
}

const char *money_read(struct str s, const struct currency *usual, char decimal,
                       struct money *money)
{
    char clean[NUMBER_CLEAN];
    struct found f = {.usual = usual};
    int minuses = 0;
    struct str rest = str_make(clean, number_clean(clean, s));
    if (!rest.n)
        return str_trim(s).n ? "is too long" : "is empty";
    while (number_peel(&rest, &minuses) || peel_currency(&rest, true, &f) ||
           peel_currency(&rest, false, &f))
        rest = str_trim(rest);
    if (f.wrong)
        return f.wrong;
    if (minuses > 1)
        return "has more than one minus";
    money->currency = f.currency ? f.currency : usual;
    if (!money->currency)
        return "has no currency";
    return number_digits(rest, money->currency->digits, decimal, minuses > 0, &money->minor);
}

/* ---- printing ---- */

struct str money_plain(struct arena *a, struct money money)
{
    return number_plain(a, money.minor, money.currency->digits);
}

struct str money_people(struct arena *a, struct money money)
{
    struct str number = number_grouped(a, money.minor, money.currency->digits);
    return str_fmt(a, STR_FMT " %s", STR_ARG(number), money.currency->code);
}
