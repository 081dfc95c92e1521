/* shape.h: what the JSON of an answer holds: one table that prints it and that describes it.
 *
 *     static const struct part voter_parts[] = {
 *         PART_TITLE("Voter"), PART(INT, "id", struct voter, id), {0}};
 *     static const struct part voters_answer[] = {
 *         PART_LIST("data", struct voters, people, n, voter_parts),
 *         PART(CURSOR, "next", struct voters, next), {0}};
 *
 * A route names its table (`.answers = voters_answer`); the handler hands over a struct voters.
 * Tables of database rows come from their column lists: see ROW_ALL in record/columns.h.
 *
 * RULES
 *   1. What is printed is what is described: there is no second list.
 *
 * A part whose member has another type does not compile.
 */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include <stddef.h>

#include "core/json.h"

enum part_kind {
    PART_END,
    PART_SCHEMA,     /* first of a table, `name` is what its objects are called */
    PART_INT,        /* int64_t */
    PART_REF,        /* int64_t: an id, or null for 0 */
    PART_REAL,       /* double */
    PART_TEXT,       /* struct str */
    PART_HTML,       /* struct str or struct html: harmless HTML */
    PART_TIME,       /* int64_t, microseconds; null for 0 */
    PART_FLAG,       /* bool */
    PART_CURSOR,     /* struct str, null when empty: for `after` of the next page */
    PART_MAYBE,      /* struct str, left out when empty */
    PART_RAW,        /* struct str: JSON of any kind, as it stands; null when empty */
    PART_WORD,       /* int64_t, by its name */
    PART_GROUP,      /* an object */
    PART_ALL,        /* the parts of another table among ours */
    PART_LIST,       /* an array of objects */
    PART_OPEN,       /* any object; only described */
    PART_HIDDEN_INT, /* of a row: never printed */
    PART_HIDDEN_TEXT,
    PART_HIDDEN_BLOB,
};

struct part {
    const char *name;
    enum part_kind kind;
    bool behind;           /* a pointer to it stands there */
    size_t at;             /* where it stands in the struct */
    const struct part *of; /* of GROUP, ALL and LIST */
    size_t count_at, size; /* of a LIST: its size_t, and the size of one */
    struct str (*word)(int64_t value);
    void (*print)(struct json *j, const void *row); /* of a row's own columns */
};

/* Where member f of T stands; no array may have -1 elements, so a wrong type stops the build. */
#define PART_AT(T, f, type)                                                                        \
    (offsetof(T, f) +                                                                              \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((T *)0)->f), type) ? 1 : -1]))
#define PART_C_INT int64_t
#define PART_C_REF int64_t
#define PART_C_REAL double
#define PART_C_TEXT struct str
#define PART_C_HTML struct html
#define PART_C_TIME int64_t
#define PART_C_FLAG bool
#define PART_C_CURSOR struct str
#define PART_C_MAYBE struct str
#define PART_C_RAW struct str

/* clang-format off */
#define PART_TITLE(text) {.name = (text), .kind = PART_SCHEMA}
#define PART(is, key, T, f)                                                                        \
    {.name = (key), .kind = PART_##is, .at = PART_AT(T, f, PART_C_##is)}
#define PART_NAMED(key, T, f, fn)                                                                  \
    {.name = (key), .kind = PART_WORD, .at = PART_AT(T, f, int64_t), .word = (fn)}
/* An object with parts of the same struct, or of one inside it. */
#define PART_OBJECT(key, table) {.name = (key), .kind = PART_GROUP, .of = (table)}
#define PART_INNER(key, T, f, table)                                                               \
    {.name = (key), .kind = PART_GROUP, .at = offsetof(T, f), .of = (table)}
/* Another table's parts, of the same struct, of one inside it, or of one behind a pointer. */
#define PART_PARTS(table) {.kind = PART_ALL, .of = (table)}
#define PART_HERE(T, f, table) {.kind = PART_ALL, .at = offsetof(T, f), .of = (table)}
#define PART_THERE(T, f, table)                                                                    \
    {.kind = PART_ALL, .at = offsetof(T, f), .behind = true, .of = (table)}
#define PART_LIST(key, T, f, n, table)                                                             \
    {.name = (key), .kind = PART_LIST, .at = offsetof(T, f), .behind = true, .of = (table),        \
     .count_at = PART_AT(T, n, size_t), .size = sizeof(*((T *)0)->f)}
/* clang-format on */

/* The table's members into the object that is open. */
void parts_print(struct json *j, const struct part *parts, const void *from);

#endif
