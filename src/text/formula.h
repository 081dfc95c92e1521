/* formula.h: the small language of formula fields, and the texts of roll-ups.
 *
 *     if(amount > 10000, round(amount * 0.15), money(0, "EUR"))
 *
 * A formula is compiled once against the fields of a type, and run once for each record. Nothing
 * here reads a record or a clock: whoever runs it gives the values and the time. The language is
 * told to those who write it in docs/guide/formulas.md.
 *
 * RULES
 *   1. Numbers are exact decimals with six digits behind the point. A result is rounded half away
 *      from zero, once; one that is too large is an error, never another number.
 *   2. Without a value no value: what reads none gives none, as NULL does in SQL. The exceptions
 *      are and, or, if, coalesce, empty, min, max and join.
 *   3. A formula that compiles has one type, and gives that or none. What does not fit together is
 *      told when it is compiled, with its column and in words.
 *   4. A name that is not known is told with the nearest that is.
 *   5. Amounts of two currencies are never added, subtracted, divided or ordered.
 *   6. Length, depth, nodes and texts have limits, and beyond them an error; no input crashes.
 *   7. A printed formula that is not too long compiles again, to one that prints the same.
 *   8. What asks for the time is marked as changing with it.
 *   9. A loop of fields that read each other is found, and named in the order of reading.
 *  10. A roll-up names its type, its field and its condition, or tells what is wrong.
 */
#ifndef TEXT_FORMULA_H
#define TEXT_FORMULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

struct arena;
struct zone;

enum {
    FORMULA_SOURCE = 4000, /* bytes of a source */
    FORMULA_DEPTH = 50,    /* parentheses and functions within each other */
    FORMULA_NODES = 1000,
    FORMULA_TEXT_MAX = 65536,    /* bytes of a text that is made */
    FORMULA_TEXTS_MAX = 1 << 20, /* and of all that one run makes */
    FORMULA_UNIT = 1000000,      /* of a number: it counts millionths */
};

enum formula_type {
    FORMULA_NONE, /* of a value: there is none. Of a name: formulas cannot read that kind */
    FORMULA_NUMBER,
    FORMULA_TEXT,
    FORMULA_BOOL,
    FORMULA_DATE,
    FORMULA_TIME,
    FORMULA_MONEY,
};

struct formula_value {
    enum formula_type type;
    int64_t n;        /* millionths; 0 or 1; days since 1970; microseconds UTC; minor units */
    char currency[4]; /* money: "EUR" */
    struct str text;
};

struct formula_name {
    struct str name; /* [a-z][a-z0-9_]* and not formula_reserved() */
    enum formula_type type;
};

struct formula_error {
    size_t column; /* 1-based, in characters of the source */
    struct str words;
};

/* What a run may know of the world. */
struct formula_world {
    int64_t now;                           /* microseconds UTC */
    const struct zone *zone;               /* whose days are meant; NULL is UTC */
    int (*exponent)(const char *currency); /* digits of its minor unit, 0..4; NULL: always 2 */
};

struct formula;

/* NULL: *error says what is wrong. The formula lives in the arena, and keeps names and source. */
struct formula *formula_compile(struct arena *a, struct str source,
                                const struct formula_name *names, size_t n,
                                struct formula_error *error);
enum formula_type formula_type(const struct formula *f);
bool formula_changes(const struct formula *f); /* reads today() or now() */
/* Which names it reads, as their indexes, rising. */
size_t formula_reads(const struct formula *f, const size_t **indexes);
struct str formula_print(struct arena *a, const struct formula *f);

/* The same without types, for fields whose types are yet to be found: false when it does not even
 * read. */
bool formula_scan(struct arena *a, struct str source, const struct formula_name *names, size_t n,
                  const size_t **indexes, size_t *indexes_n, struct formula_error *error);

/* values[i] belongs to names[i]; texts in *out live as long as the arena and the values. */
bool formula_run(const struct formula *f, const struct formula_world *w,
                 const struct formula_value *values, struct arena *a, struct formula_value *out,
                 struct formula_error *error);

const char *formula_type_words(enum formula_type type); /* "a number", "yes or no" */
/* "12.5", "2026-11-23", "1234.50 EUR": what `&` makes of a value; none is empty. */
struct str formula_text(struct arena *a, const struct formula_world *w, struct formula_value v);
bool formula_decimal(struct str s, int64_t *millionths);  /* "-12.5"; at most six digits behind */
const char *formula_function(size_t i, const char **use); /* of a list; NULL behind the last */
bool formula_reserved(struct str name); /* no field may be called so: "and", "none", ... */

/* What each of n fields is computed from. */
struct formula_needs {
    const size_t *reads;
    size_t n;
};

/* Puts the fields into `order` such that each stands behind what it reads. When they go round in a
 * loop: false, and *loop names it, "margin -> cost -> margin". */
bool formula_order(struct arena *a, const struct formula_name *names,
                   const struct formula_needs *needs, size_t n, size_t *order, struct str *loop);

/* ---- roll-ups: sum(deals.amount where state = "won") ---- */

enum rollup_fn {
    ROLLUP_COUNT,
    ROLLUP_SUM,
    ROLLUP_MIN,
    ROLLUP_MAX,
    ROLLUP_AVERAGE,
    ROLLUP_FIRST,
    ROLLUP_LAST,
};

struct rollup {
    enum rollup_fn fn;
    struct str type, field;  /* field: empty when only records are counted */
    struct str condition;    /* a formula of the type's own fields that gives yes or no; or empty */
    size_t condition_column; /* where it begins: add its errors' columns, less one */
};

bool rollup_parse(struct arena *a, struct str source, struct rollup *r,
                  struct formula_error *error);
const char *rollup_name(enum rollup_fn fn); /* "sum" */
struct str rollup_print(struct arena *a, const struct rollup *r);
/* What it gives for a field of that type; FORMULA_NONE: it cannot, and *error says so. */
enum formula_type rollup_type(struct arena *a, const struct rollup *r, enum formula_type field,
                              struct formula_error *error);

#endif
