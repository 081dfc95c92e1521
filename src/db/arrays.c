/* arrays.c: see arrays.h. The form is that of array_recv (PostgreSQL's arrayfuncs.c): the number of
 * dimensions, whether there are NULLs, the elements' type; of the one dimension its length and its
 * first index; of each element its length, -1: NULL, and its bytes. */
#include "db/arrays.h"

#include <endian.h>
#include <stddef.h>

#include "db/engine.h"

struct head {
    uint32_t dimensions, nulls, type, length, first;
};

enum { ARRAY_MAX = 1 << 30 };

/* The fixed numbers of pg_type. */
static const struct {
    uint32_t type, array;
} types[] = {
    [DB_NULL] = {0, 0},     [DB_INT] = {20, 1016},  [DB_REAL] = {701, 1022},
    [DB_TEXT] = {25, 1009}, [DB_BLOB] = {17, 1001},
};

uint32_t array_type(enum db_kind kind)
{
    return types[kind].type;
}

uint32_t arrays_type(enum db_kind kind)
{
    return types[kind].array;
}

bool array_takes(const struct array *array, const struct db_arg *arg)
{
    return !array->n || db_arg_kind(arg) == array->kind;
}

static void word_put(struct out *o, uint32_t word)
{
    word = htobe32(word);
    out_raw(o, (const char *)&word, sizeof word);
}

void array_put(struct array *array, const struct db_arg *arg)
{
    struct out *o = &array->o;
    if (!o->max)
        out_init(o, ARRAY_MAX);
    if (!array->n++) {
        array->kind = db_arg_kind(arg);
        out_raw(o, (const char *)&(struct head){0}, sizeof(struct head));
    }
    if (arg->kind == DB_NULL) {
        array->nulls = true;
        word_put(o, UINT32_MAX);
        return;
    }
    uint64_t number;
    bool text = arg->kind == DB_TEXT || arg->kind == DB_BLOB;
    memcpy(&number, arg->kind == DB_REAL ? (const void *)&arg->d : &arg->i, sizeof number);
    number = htobe64(number);
    struct str bytes = text ? arg->s : str_make((const char *)&number, sizeof number);
    word_put(o, (uint32_t)bytes.n);
    out_str(o, bytes);
}

struct db_arg array_arg(struct array *array)
{
    struct head head = {htobe32(1), htobe32(array->nulls), htobe32(array_type(array->kind)),
                        htobe32((uint32_t)array->n), htobe32(1)};
    if (!out_failed(&array->o))
        memcpy(array->o.p, &head, sizeof head);
    return (struct db_arg){.kind = (enum db_kind)(DB_ARRAY | (int)array->kind),
                           .s = out_text(&array->o)};
}

void array_clear(struct array *array)
{
    out_clear(&array->o);
    array->n = 0;
    array->nulls = false;
}

void array_free(struct array *array)
{
    out_free(&array->o);
    *array = (struct array){0};
}
