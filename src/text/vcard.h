/* vcard.h: contact cards: reads vCard 2.1, 3.0 and 4.0 as programs write them, writes 3.0 and 4.0.
 *
 *     struct vcard_reader r = vcard_open(bytes);
 *     while (vcard_next(a, &r, &card)) { vcard_contact(a, &card, &contact); ... arena_reset(a); }
 *
 * What is read lives in the arena and in the bytes.
 *
 * RULES
 *   1. Lines are unfolded, quoted-printable, base64 and CHARSET undone, parameters are read in the
 *      forms of all three versions.
 *   2. What can be read of a broken card is read, what cannot is told with its line; the card that
 *      follows is whole.
 *   3. Texts are valid UTF-8: bytes that are none are taken as Windows-1252.
 *   4. Cards within cards (AGENT) belong to their property, at most four deep.
 *   5. A contact that is written as 3.0 or 4.0 and read again is the same: names, phones, mails,
 *      addresses, web pages, dates, notes, tags, and the bytes of its photo.
 *   6. Written lines are as content.h says; no value makes a further property.
 *   7. Cards that come in pieces are the same as those that come at once, with the same lines, in
 *      memory for the largest of them. A card of more than VCARD_MOST bytes is told as broken.
 */
#ifndef TEXT_VCARD_H
#define TEXT_VCARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/out.h"
#include "core/str.h"

/* ---- properties ---- */

enum vcard_version { VCARD_21, VCARD_30, VCARD_40 };

struct vcard_param {
    struct str name, value; /* name in upper case; one for each of "TYPE=home,work" */
};

struct vcard_prop {
    struct str group, name; /* "ITEM1", "TEL": in upper case */
    const struct vcard_param *param;
    size_t params;
    struct str value; /* with its escapes; bytes, if it was base64 */
    bool bytes;
    struct vcard *agent; /* a card within the card */
    int64_t line;
};

struct vcard_problem {
    int64_t line;
    const char *what; /* "has no colon" */
};

struct vcard {
    enum vcard_version version;
    int64_t line;
    struct vcard_prop *prop;
    size_t n, cap;
    struct vcard_problem *problem;
    size_t problems, problem_cap;
};

struct vcard_reader {
    struct str rest;
    int64_t line; /* of rest */
};

struct vcard_reader vcard_open(struct str bytes);
/* The next card; false: there is none. A card without properties tells only of problems. */
bool vcard_next(struct arena *a, struct vcard_reader *r, struct vcard *card);

/* A file in pieces: each gives a reader of the cards that are whole by then, which live until the
 * next piece.
 *
 *     do { n = read(...); struct vcard_reader r = vcard_feed(&f, str_make(buf, n), n == 0); ... }
 */
enum { VCARD_MOST = 32 << 20 };

struct vcard_feeder { /* its members are vcard.c's own */
    struct out text;
    size_t given, seen;      /* bytes of text: of whole cards; of whole lines */
    int64_t line, line_seen; /* of text; of what is seen */
    size_t most, depth;
    bool agent;
};

void vcard_feed_open(struct vcard_feeder *f, size_t most); /* 0: VCARD_MOST */
struct vcard_reader vcard_feed(struct vcard_feeder *f, struct str bytes, bool last);
void vcard_feed_close(struct vcard_feeder *f);

struct str vcard_param(const struct vcard_prop *prop,
                       const char *name); /* the first; empty: none */
/* The text of a value without its escapes. */
struct str vcard_text(struct arena *a, const struct vcard *card, struct str value);
/* Takes the next part up to an unescaped `separator` off *rest; false: there is none left. */
bool vcard_part(struct str *rest, char separator, struct str *part);

/* ---- contacts ---- */

enum contact_type {
    CONTACT_HOME = 1 << 0,
    CONTACT_WORK = 1 << 1,
    CONTACT_CELL = 1 << 2,
    CONTACT_FAX = 1 << 3,
    CONTACT_PAGER = 1 << 4,
    CONTACT_VOICE = 1 << 5,
    CONTACT_OTHER = 1 << 6,
    CONTACT_PREFERRED = 1 << 7,
};

struct contact_value {
    struct str value, label; /* the label is the person's own: "GRAND_CENTRAL" */
    unsigned types;          /* enum contact_type */
};

struct contact_address {
    struct str pobox, extended, street, city, region, postcode, country, label;
    unsigned types;
};

struct contact {
    struct str name; /* for display; empty only if the card names nobody */
    struct str family, given, additional, prefix, suffix, nickname;
    struct str organisation, department, title, role;
    struct contact_value *phone, *email, *url;
    size_t phones, emails, urls;
    struct contact_address *address;
    size_t addresses;
    struct str birthday; /* "1980-03-22", "--03-22" without a year, else what was written */
    struct str note, uid;
    int64_t revised;                         /* microseconds; 0: not said */
    struct str photo, photo_type, photo_url; /* bytes and "image/jpeg", or where it lies */
    struct str *tag;
    size_t tags;
};

void vcard_contact(struct arena *a, const struct vcard *card, struct contact *contact);
/* VCARD_30 or VCARD_40. */
struct str vcard_write(struct arena *a, const struct contact *contact, enum vcard_version version);

#endif
