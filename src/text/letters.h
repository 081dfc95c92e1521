/* letters.h: small and capital letters beyond ASCII: Latin, Greek and Cyrillic, one code point to
 * one. The few letters whose other case is two (a sharp s) stay as they are.
 */
#ifndef TEXT_LETTERS_H
#define TEXT_LETTERS_H

#include <stdint.h>

uint32_t letter_lower(uint32_t cp);
uint32_t letter_upper(uint32_t cp);

#endif
