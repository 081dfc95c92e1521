/* range.h: which bytes of a file a client asks for (RFC 9110 section 14).
 *
 * RULES
 *   1. One range of bytes gives 206 with just these: "0-99", "100-", "-100" (the last hundred).
 *   2. A range that begins behind the end gives 416 with the length; a last byte behind the end is
 *      taken for the end.
 *   3. Several ranges, other units and what cannot be read are as good as no Range: 200.
 *   4. If-Range that is not this file's strong ETag gives the whole.
 *   5. A Range counts with GET only, and where the answer would be 200.
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdint.h>

#include "core/str.h"

enum range { RANGE_WHOLE, RANGE_PART, RANGE_BEYOND };

/* The header's value; of RANGE_PART the first byte and how many. */
enum range range_read(struct str header, int64_t bytes, int64_t *from, int64_t *n);

#endif
