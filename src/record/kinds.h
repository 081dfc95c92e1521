/* kinds.h: the kinds of fields: how a value of each is stored, read, written and compared.
 *
 * A value in text (KIND.parse, kind_text) is what forms send and CSV holds. Dates are days since
 * 1970-01-01, times microseconds UTC, money hundredths of its currency, decimals units of the
 * field's scale. What has several columns (money, addresses) is one value here.
 *
 * RULES
 *   1. What kind_text writes, kind_parse reads as the same value.
 *   2. What kind_parse refuses, it refuses with a sentence's end ("must be a whole number"), and
 *      the value stays as it was.
 *   3. Keys (kind_key) sort as the values do.
 */
#ifndef RECORD_KINDS_H
#define RECORD_KINDS_H

#include "core/arena.h"
#include "core/json.h"
#include "core/str.h"
#include "db/db.h"

enum kind {
    KIND_NONE,
    KIND_TEXT,
    KIND_LONGTEXT, /* Markdown */
    KIND_INTEGER,
    KIND_DECIMAL,
    KIND_MONEY,
    KIND_DATE,
    KIND_TIME,
    KIND_BOOL,
    KIND_CHOICE,
    KIND_CHOICES,
    KIND_REF,  /* to one record */
    KIND_REFS, /* to any number, each with a role or none */
    KIND_EMAIL,
    KIND_PHONE, /* E.164 */
    KIND_URL,
    KIND_ADDRESS,
    KIND_FILE, /* an upload */
    KIND_PERSON,
    KIND_RATING, /* 1 to 5 */
    KIND_TAGS,   /* of the record core */
    KIND_FORMULA,
    KIND_ROLLUP,
    KIND_EMAILS, /* several, each with a label: reach.h */
    KIND_PHONES,
    KIND_ADDRESSES,
    KIND_PHOTO, /* a hash: photos.h */
    KINDS
};

enum kind_can {
    KIND_SORTS = 1,  /* lists may stand in its order */
    KIND_RANGES = 2, /* from, up to */
    KIND_HOLDS = 4,  /* part of the text */
    KIND_SUMS = 8,
    KIND_LEADS = 16,    /* refers to records */
    KIND_MANY = 32,     /* several at once */
    KIND_LINES = 64,    /* text of several lines */
    KIND_MADE = 128,    /* computed, never typed */
    KIND_OUTSIDE = 256, /* stored in a table of its own, not in columns */
};

enum { KIND_COLUMNS = 5, TEXT_MAX = 500, LINES_MAX = 60000, ADDRESS_LINES = 5 };

struct kind_column {
    const char *suffix; /* behind the field's column: "_currency" */
    const char *type;   /* "BIGINT", "@text" */
    const char *label;  /* of its own control; NULL: of the field */
};

struct kind_info {
    const char *name, *label, *hint;
    unsigned can; /* enum kind_can, or'ed */
    struct kind_column columns[KIND_COLUMNS + 1];
};

const struct kind_info *kind_info(enum kind kind);
enum kind kind_of(struct str name); /* KIND_NONE: no such kind */

struct lead {
    int64_t id;
    struct str role;
    struct str title, path; /* by values_name (fields.h); title empty: not for the viewer */
    struct str picture;     /* of a file: the address of a small one; its role is its size */
};

struct value {
    bool none; /* nothing there */
    int64_t i;
    struct str s;             /* text, choice, currency; of an address five lines */
    const struct lead *leads; /* of what leads to records */
    size_t leads_n;
};

struct record_field;

/* NULL: *v is what the text says; empty text is nothing. Else why not. */
const char *kind_parse(struct arena *a, const struct record_field *f, struct str text,
                       struct value *v);
/* The same of what somebody types: mails and numbers as only contact cards have them are wrong. */
const char *kind_typed(struct arena *a, const struct record_field *f, struct str text,
                       struct value *v);
struct str kind_text(struct arena *a, const struct record_field *f, const struct value *v);
/* What kind_json gives for an address or for links, sent again: as kind_parse takes it. Other text
 * stays as it is. */
struct str kind_unwrap(struct arena *a, const struct record_field *f, struct str text);
/* For people: "1,200.00 EUR", "12 Dec 2026", "Won". */
struct str kind_shown(struct arena *a, const struct record_field *f, const struct value *v);
void kind_json(struct json *j, struct arena *a, const struct record_field *f,
               const struct value *v);
bool value_eq(const struct record_field *f, const struct value *a, const struct value *b);

/* From columns beginning at *col, which moves behind them; and into arguments. */
void kind_decode(const struct record_field *f, const struct rows *q, int *col, struct arena *a,
                 struct value *v);
size_t kind_args(const struct record_field *f, const struct value *v,
                 struct db_arg args[KIND_COLUMNS]);

/* What the field's index holds: a number, or folded text. */
bool kind_key_is_text(const struct record_field *f);
struct db_arg kind_key(struct arena *a, const struct record_field *f, const struct value *v);

/* Words in lower case without accents, joined by blanks, at most `max` bytes. */
struct str words_folded(struct arena *a, struct str text, size_t max);

/* "-1234.5" with so many digits behind the point as an integer of its smallest units. */
const char *scaled_parse(struct str text, int scale, int64_t *out);
struct str scaled_text(struct arena *a, int64_t n, int scale);
const char *email_wrong(struct str text);       /* NULL: it is one e-mail address */
bool date_parse(struct str text, int64_t *day); /* 2026-12-31 */
struct str date_text(struct arena *a, int64_t day);

#endif
