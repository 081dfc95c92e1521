/* looks.h: what a short text looks like: a number, a date, an address.
 *
 * For guesses about columns, which a person confirms; whether a value may be taken is decided by
 * who takes it.
 *
 * RULES
 *   1. Blank text is empty; what fits none of the others is text.
 *   2. What looks like several is the narrower one: a date before a phone, a number before one too,
 *      unless it begins with '+' or '0'.
 */
#ifndef TEXT_LOOKS_H
#define TEXT_LOOKS_H

#include "core/str.h"

enum looks {
    LOOKS_EMPTY,
    LOOKS_TEXT,
    LOOKS_NUMBER, /* with a currency, a percent sign or separators, too */
    LOOKS_DATE,
    LOOKS_EMAIL,
    LOOKS_PHONE,
    LOOKS_URL,
};

enum looks looks_like(struct str s);
const char *looks_name(enum looks looks); /* "empty", "text", "number" ... */

#endif
