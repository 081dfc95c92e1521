/* columns.h: one column list a table; from it come the struct, the SELECT list, decoder and JSON.
 *
 *     #define TAG_ROW(F, X) F(INT, id, "t.id") X(TEXT, name, "t.name") X(INT, uses, "t.uses")
 *     ROW_DEFINE(tag, TAG_ROW)
 *
 *     struct rows q = db_query(db, "SELECT " ROW_COLUMNS(TAG_ROW) " FROM tags t WHERE ...", ...);
 *     while (db_next(&q))
 *         tag_decode(&tags[n++], &q, 0, arena);
 *
 * F stands for the first column, X for every other one. Kinds: INT, REF (an id or nothing), REAL,
 * TEXT, HTML (trusted), TIME, FLAG; HIDDEN_INT, HIDDEN_TEXT and HIDDEN_BLOB are read but never
 * written as JSON.
 *
 * RULES
 *   1. A column stands in one list only; struct, SQL, decoder, JSON and its description cannot
 *      disagree.
 */
#ifndef RECORD_COLUMNS_H
#define RECORD_COLUMNS_H

#include "core/arena.h"
#include "core/json.h"
#include "core/shape.h"
#include "db/db.h"
#include "view/html.h"

#define ROW_TYPE_INT int64_t
#define ROW_TYPE_REF int64_t
#define ROW_TYPE_REAL double
#define ROW_TYPE_TEXT struct str
#define ROW_TYPE_HTML struct html
#define ROW_TYPE_TIME int64_t
#define ROW_TYPE_FLAG bool
#define ROW_TYPE_HIDDEN_INT int64_t
#define ROW_TYPE_HIDDEN_TEXT struct str
#define ROW_TYPE_HIDDEN_BLOB struct str

#define ROW_READ_INT(q, col, a) db_int((q), (col))
#define ROW_READ_REF(q, col, a) db_int((q), (col))
#define ROW_READ_REAL(q, col, a) db_real((q), (col))
#define ROW_READ_TEXT(q, col, a) db_dup((q), (col), (a))
#define ROW_READ_HTML(q, col, a) html_trusted(db_dup((q), (col), (a)))
#define ROW_READ_TIME(q, col, a) db_int((q), (col))
#define ROW_READ_FLAG(q, col, a) (db_int((q), (col)) != 0)
#define ROW_READ_HIDDEN_INT(q, col, a) db_int((q), (col))
#define ROW_READ_HIDDEN_TEXT(q, col, a) db_dup((q), (col), (a))
#define ROW_READ_HIDDEN_BLOB(q, col, a) str_dup((a), db_blob((q), (col)))

#define ROW_JSON_INT(j, name, v) json_kint((j), name, (v))
#define ROW_JSON_REF(j, name, v) (json_key((j), name), (v) ? json_int((j), (v)) : json_nil(j))
#define ROW_JSON_REAL(j, name, v) (json_key((j), name), json_double((j), (v)))
#define ROW_JSON_TEXT(j, name, v) json_kstr((j), name, (v))
#define ROW_JSON_HTML(j, name, v) json_kstr((j), name, (v).s)
#define ROW_JSON_TIME(j, name, v) json_ktime((j), name, (v))
#define ROW_JSON_FLAG(j, name, v) json_kbool((j), name, (v))
#define ROW_JSON_HIDDEN_INT(j, name, v) ((void)0)
#define ROW_JSON_HIDDEN_TEXT(j, name, v) ((void)0)
#define ROW_JSON_HIDDEN_BLOB(j, name, v) ((void)0)

#define ROW_MEMBER_(kind, name, sql) ROW_TYPE_##kind name;
#define ROW_SQL_FIRST_(kind, name, sql) sql
#define ROW_SQL_NEXT_(kind, name, sql) ", " sql
#define ROW_DECODE_(kind, name, sql) row->name = ROW_READ_##kind(q, col, a), col++;
#define ROW_PRINT_(kind, name, sql) ROW_JSON_##kind(j, #name, row->name);
#define ROW_COUNT_(kind, name, sql) +1
#define ROW_PART_(is, key, sql) {.name = #key, .kind = PART_##is},

/* The SELECT list, a string literal. */
#define ROW_COLUMNS(LIST) LIST(ROW_SQL_FIRST_, ROW_SQL_NEXT_)
/* How many columns it has: where the columns after it begin. */
#define ROW_WIDTH(LIST) (0 LIST(ROW_COUNT_, ROW_COUNT_))

/* The members of a struct, for a struct that has more than its columns. */
#define ROW_MEMBERS(LIST) LIST(ROW_MEMBER_, ROW_MEMBER_)

/* <name>_decode and <name>_json for a struct <name> that has the list's members. */
#define ROW_FUNCTIONS(name, LIST)                                                                  \
    __attribute__((unused)) static inline void name##_decode(                                      \
        struct name *row, const struct rows *q, int col, struct arena *a)                          \
    {                                                                                              \
        (void)a;                                                                                   \
        LIST(ROW_DECODE_, ROW_DECODE_)                                                             \
    }                                                                                              \
    /* the members only: the caller opens and closes the object */                                 \
    __attribute__((unused)) static inline void name##_json(struct json *j, const struct name *row) \
    {                                                                                              \
        LIST(ROW_PRINT_, ROW_PRINT_)                                                               \
    }                                                                                              \
    __attribute__((unused)) static void name##_columns_print(struct json *j, const void *row)      \
    {                                                                                              \
        name##_json(j, row);                                                                       \
    }                                                                                              \
    __attribute__((unused)) static const struct part name##_columns[] = {                          \
        LIST(ROW_PART_, ROW_PART_){0}};

/* In a table of parts (core/shape.h): all columns of the row. In the struct itself, in member f of
 * T, or behind the pointer f. */
/* clang-format off */
#define ROW_ALL(name)                                                                              \
    {.kind = PART_ALL, .of = name##_columns, .print = name##_columns_print}
#define ROW_HERE(name, T, f)                                                                       \
    {.kind = PART_ALL, .of = name##_columns, .print = name##_columns_print, .at = offsetof(T, f)}
#define ROW_THERE(name, T, f)                                                                      \
    {.kind = PART_ALL, .of = name##_columns, .print = name##_columns_print, .at = offsetof(T, f),  \
     .behind = true}
/* clang-format on */

#define ROW_DEFINE(name, LIST)                                                                     \
    struct name {                                                                                  \
        ROW_MEMBERS(LIST)                                                                          \
    };                                                                                             \
    ROW_FUNCTIONS(name, LIST)

#endif
