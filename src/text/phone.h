/* phone.h: phone numbers as people write them, as E.164 ("+4971112345").
 *
 * RULES
 *   1. A number with '+', or with what one dials for abroad in the given country (00, 011 ...), has
 *      its own country's code; any other is one of the given country, or refused without one.
 *   2. The digit that is dialled before an area code within a country is left out, also where it
 *      stands in parentheses behind a country's code; where it belongs to the number (Italy) it
 *      stays.
 *   3. A number too short or too long for its country (E.164: 15 digits), or of no country's code,
 *      is refused, and so are letters.
 *   4. An extension is kept apart.
 *   5. What phone_read gave is read again as the same; so is what phone_display makes of it.
 */
#ifndef TEXT_PHONE_H
#define TEXT_PHONE_H

#include "core/str.h"

struct arena;

enum { PHONE_DIGITS = 15, PHONE_EXTENSION = 11 };

struct phone {
    char e164[PHONE_DIGITS + 2]; /* with '+' and NUL */
    char extension[PHONE_EXTENSION + 1];
};

/* `country`: of numbers without a country's code, as in "DE"; NULL or "": these are refused. Gives
 * NULL, or what is wrong: "holds letters". */
const char *phone_read(struct str s, const char *country, struct phone *phone);

/* "+49 711 123 45"; what is no E.164 is returned as it is. */
struct str phone_display(struct arena *a, struct str e164);

int phone_country_code(const char *country); /* 49 of "DE"; 0: no such country */
/* "DE" of "+4971112345"; of a code that many share (+1) the largest; empty: none. */
struct str phone_country(struct str e164);

#endif
