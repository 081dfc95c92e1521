/* mime.h: writes a letter as the text that a mail server takes (RFC 5322, 2045 to 2047).
 *
 * The letter has a plain and an HTML part (multipart/alternative); one without HTML is text/plain.
 *
 * RULES
 *   1. All of it is ASCII, with CRLF, and no line is longer than 78 characters but for a single
 *      word that cannot be parted, such as an address.
 *   2. Control characters in a header's value become blanks: a value never makes a second header.
 *   3. What is not ASCII in a subject or a name becomes encoded words (RFC 2047), none longer than
 *      75, none ending in the midst of a character.
 *   4. Texts are quoted-printable (RFC 2045, 6.7): whoever undoes it has them again, byte by byte.
 */
#ifndef TEXT_MIME_H
#define TEXT_MIME_H

#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"

struct mime_header {
    struct str name, value; /* the value in ASCII; more lines than one are one */
};

struct mime_letter {
    struct str message_id; /* without < and > */
    struct str from_name, from_address, to_address, subject;
    int64_t date;                      /* microseconds */
    const struct mime_header *headers; /* further ones */
    size_t headers_n;
    struct str text, html; /* lines end with \n; html empty: no such part */
};

struct str mime_write(struct arena *a, const struct mime_letter *letter);

/* The value of a header as it is sent, without its name: for subjects and names. `used`: columns
 * that the line has already. */
struct str mime_words(struct arena *a, struct str text, size_t used);
struct str mime_quoted_printable(struct arena *a, struct str text);

#endif
