/* latin.h: text that says it is UTF-8 and is not: bytes of Windows-1252 among it.
 *
 * RULES
 *   1. What is valid UTF-8 stays as it is; each other byte is a character of Windows-1252.
 */
#ifndef TEXT_LATIN_H
#define TEXT_LATIN_H

#include "core/arena.h"
#include "core/out.h"

void latin_put(struct out *o, unsigned char c); /* one byte of Windows-1252 */
void latin_mend(struct out *o, struct str s);
struct str latin_mended(struct arena *a, struct str s); /* `s` itself when it is UTF-8 */

#endif
