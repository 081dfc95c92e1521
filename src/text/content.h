/* content.h: content lines, which vCards (RFC 6350) and calendars (RFC 5545) are made of.
 *
 * RULES
 *   1. A written line has at most 75 octets before its CRLF, the rest is folded; no character of
 *      UTF-8 is cut.
 *   2. A text is written with backslashes before backslash, comma and semicolon, and with \n for
 *      line ends; other control characters are left out. So nobody's text makes a second line.
 *   3. base64_decode passes blanks over, and takes what has no padding. Of what was cut off it
 *      gives the bytes that are whole, and says so.
 */
#ifndef TEXT_CONTENT_H
#define TEXT_CONTENT_H

#include "core/arena.h"
#include "core/out.h"

void content_line(struct out *o, struct str line); /* folds it and ends it */
void content_escape(struct out *o, struct str text);
struct str content_escaped(struct arena *a, struct str text);

struct str base64_encode(struct arena *a, struct str bytes);
bool base64_decode(struct arena *a, struct str text,
                   struct str *bytes); /* false: it is none, or cut */

#endif
