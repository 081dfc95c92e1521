/* numbers.h: numbers as people write them, with a fixed scale, and back.
 *
 * A value of scale 2 counts hundredths: "1.234,50" is 123450. Which of '.' and ',' parts the
 * decimals is read from the text where it can be ("1.234,50", "1,5"), and asked of the caller where
 * it cannot ("1,234"): see number_decimal.
 *
 * RULES
 *   1. Groups are parted by '.', ',', apostrophes or blanks, by one kind only, and are of three
 *      digits (or, as in India, of two before the last three); other groups are refused.
 *   2. A minus stands before or behind, as one of several dashes or as parentheses, once.
 *   3. "1,234" and "1.234" follow `decimal`; without it they are refused.
 *   4. Nothing is lost: more decimals than the scale, unless zeros, and what is over 64 bits are
 *      refused.
 *   5. What is printed plain is read back, whatever `decimal` says of it for scales other than 3.
 */
#ifndef TEXT_NUMBERS_H
#define TEXT_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct arena;

enum { NUMBER_SCALE_MAX = 9, NUMBER_TEXT = 32 }; /* bytes that a printed number fits into */

/* These give NULL, or what is wrong in words that fit behind the value: "has too many decimals". */
const char *number_read(struct str s, int scale, char decimal, int64_t *value);
const char *whole_read(struct str s, char decimal, int64_t *value);

/* '.' or ',': what parts the decimals in a column of numbers, by those that leave no doubt; 0: none
 * does, or they do not agree. */
char number_decimal(const struct str *cells, size_t n);

/* "1234.50"; `p` holds NUMBER_TEXT bytes; gives the length. */
size_t number_put(char *p, int64_t value, int scale);
struct str number_plain(struct arena *a, int64_t value, int scale);
struct str number_grouped(struct arena *a, int64_t value, int scale); /* "1,234.50" */

/* ---- for who takes apart what stands around a number (money.c) ---- */

enum { NUMBER_CLEAN = 96 };
/* Rare blanks, dashes and apostrophes made common, and no blanks at the ends; gives the length, 0:
 * it does not fit. */
size_t number_clean(char p[NUMBER_CLEAN], struct str s);
/* Takes a sign or parentheses off the ends; false: there is none. */
bool number_peel(struct str *s, int *minuses);
/* Digits with their separators, of a text that is clean. */
const char *number_digits(struct str s, int scale, char decimal, bool minus, int64_t *value);

#endif
