/* money.h: currencies (ISO 4217), and amounts of money as people write them.
 *
 * Money is minor units with a currency: 123450 of EUR are 1,234.50 euros, 1234 of JPY 1,234 yen.
 *
 * RULES
 *   1. A currency stands before or behind as its code in any case or as a sign; what the text says
 *      wins over the one that is usual. A sign of several currencies is the usual one where that is
 *      among them, else the largest of them, or refused where none is the largest.
 *   2. Numbers are read as numbers.h says, with the currency's own number of decimals.
 *   3. What money_plain prints is read back, given its currency and '.'.
 */
#ifndef TEXT_MONEY_H
#define TEXT_MONEY_H

#include <stdint.h>

#include "core/str.h"

struct arena;

struct currency {
    char code[4];
    int8_t digits; /* of minor units */
};

/* In order of their codes. */
const struct currency *currencies(size_t *n);
const struct currency *currency_find(struct str code); /* any case; NULL: there is none */

struct money {
    int64_t minor;
    const struct currency *currency;
};

/* `usual`: for amounts without a currency; NULL: these are refused. `decimal`: see numbers.h.
 * Gives NULL, or what is wrong: "has too many decimals". */
const char *money_read(struct str s, const struct currency *usual, char decimal,
                       struct money *money);

struct str money_plain(struct arena *a, struct money money);  /* "1234.50" */
struct str money_people(struct arena *a, struct money money); /* "1,234.50 EUR" */

#endif
