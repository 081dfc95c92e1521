/* values_fuzz.c: any text as a number, an amount, a date, a time and a phone number. The first byte
 * chooses what is usual.
 *
 * What is read is in bounds and, printed, is read again as the same (numbers RULE 5, money RULE 3,
 * phone RULE 5); what is refused is refused in words.
 */
#include "test/fuzz/fuzz.h"
#include "text/dates.h"
#include "text/looks.h"
#include "text/money.h"
#include "text/numbers.h"
#include "text/phone.h"

static void check_numbers(struct arena *a, struct str s, unsigned with)
{
    char decimal = "\0.,"[with % 3];
    int scale = (int)(with / 3 % (NUMBER_SCALE_MAX + 1));
    int64_t value, again;
    if (!number_read(s, scale, decimal, &value)) {
        must(!number_read(number_plain(a, value, scale), scale, '.', &again) && again == value);
        must(!number_read(number_grouped(a, value, scale), scale, '.', &again) && again == value);
    }
    struct money money, same;
    size_t n;
    const struct currency *all = currencies(&n);
    if (!money_read(s, with & 1 ? &all[with % n] : NULL, decimal, &money)) {
        must(!money_read(money_plain(a, money), money.currency, '.', &same));
        must(same.minor == money.minor && same.currency == money.currency);
        must(!money_read(money_people(a, money), NULL, '.', &same));
        must(same.minor == money.minor && same.currency == money.currency);
    }
}

static void check_dates(struct str s, unsigned with)
{
    char buf[32];
    int64_t days, again, us;
    enum date_order order = (enum date_order)(with % 3);
    if (!date_read(s, order, &days)) {
        must(!date_read(date_plain(buf, days), DATE_UNKNOWN, &again) && again == days);
        must(!time_read(date_plain(buf, days), DATE_UNKNOWN, NULL, &us));
    }
    if (!time_read(s, order, NULL, &us))
        must(us > INT64_C(-62200000000000000) && us < INT64_C(253500000000000000));
    (void)date_order_of(&s, 1);
    (void)number_decimal(&s, 1);
}

static void check_phones(struct arena *a, struct str s, unsigned with)
{
    static const char *const countries[] = {"DE", "US", "IT", "RU", "HU", "BY", "JP", "", "XX"};
    struct phone phone, again;
    if (phone_read(s, countries[with % 9], &phone))
        return;
    must(phone.e164[0] == '+' && strlen(phone.e164) <= PHONE_DIGITS + 1);
    must(!phone_read(str_of(phone.e164), NULL, &again) && !strcmp(phone.e164, again.e164));
    struct str shown = phone_display(a, str_of(phone.e164));
    must(!phone_read(shown, "FR", &again) && !strcmp(phone.e164, again.e164));
    must(phone_country(str_of(phone.e164)).n == 2 || strlen(phone.e164) > 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str s = str_make((const char *)data, size);
    unsigned with = fuzz_byte(&s);
    check_numbers(a, s, with);
    check_dates(s, with);
    check_phones(a, s, with);
    must(looks_name(looks_like(s)));
    (void)phone_display(a, s);
    arena_free(a);
    return 0;
}
