/* reach.h: several e-mail addresses, phone numbers or postal addresses of one record, as one value.
 *
 *     work: ada@example.org
 *     +49 711 12345 ext. 12
 *     home: Lange Gasse 1; 70173; Stuttgart; ; Germany
 *
 * A line each: what it is for, a colon, what it is; the first is the one to use. An address has
 * street, postcode, city, region and country, and where it has them what stands before the street
 * and a post office box. In an address "\;", "\\" and "\n" stand for what would end it.
 *
 * RULES
 *   1. What reach_parse gave, it reads as the same; nobody is told twice of the same number.
 *   2. A number is kept as E.164 with its extension; one that is of no country as it was written.
 *   3. What is no e-mail address or number is kept of a contact card, which may hold anything;
 *      people and programs that write one are told (reach_wrong).
 *
 * WHY one text: decision 0056.
 */
#ifndef RECORD_REACH_H
#define RECORD_REACH_H

#include "record/kinds.h"

enum { REACH_MANY = 40, REACH_LABEL = 40, REACH_PARTS = 7 };

enum reach_part {
    REACH_STREET,
    REACH_POSTCODE,
    REACH_CITY,
    REACH_REGION,
    REACH_COUNTRY,
    REACH_EXTENDED,
    REACH_POBOX
};

struct reach {
    struct str label; /* empty: it does not say */
    struct str value;
};

static inline bool kind_reaches(enum kind kind)
{
    return kind == KIND_EMAILS || kind == KIND_PHONES || kind == KIND_ADDRESSES;
}

/* `country`: of numbers without a country's code, as phone.h has it. NULL, or a sentence's end. */
const char *reach_parse(struct arena *a, enum kind kind, const char *country, struct str text,
                        struct str *value);
/* Of what reach_parse gave: whether who writes it is mistaken. NULL, or a sentence's end. */
const char *reach_wrong(enum kind kind, struct str value);
/* Takes the first line off what reach_parse gave; false: there is none left. */
bool reach_next(struct str *rest, struct reach *one);
/* A line, without its end. */
struct str reach_line(struct arena *a, struct str label, struct str value);
/* By which it is found: an address in lower case, a number without extension. */
struct str reach_key(struct arena *a, enum kind kind, struct str value);

void reach_address(struct arena *a, struct str value, struct str parts[REACH_PARTS]);
struct str reach_address_value(struct arena *a, const struct str parts[REACH_PARTS]);

/* A number as E.164, " ext. 12" behind it. NULL, or a sentence's end. */
const char *reach_phone(struct arena *a, const char *country, struct str text, struct str *value);
struct str phone_number(struct str value);    /* "+4971112345" */
struct str phone_extension(struct str value); /* "12"; empty: none */
/* "tel:+4971112345;ext=12" */
struct str phone_uri(struct arena *a, struct str value);

/* "ada@example.org (work), ..."; of one: as people read it. */
struct str reach_shown(struct arena *a, enum kind kind, struct str value);
struct str reach_shown_one(struct arena *a, enum kind kind, const struct reach *one);
void reach_json(struct json *j, struct arena *a, enum kind kind, struct str value);
/* What reach_json gives, as lines that a form could have sent. */
struct json_t;
struct str reach_unwrap(struct arena *a, enum kind kind, const struct json_t *root);

#endif
