/* shape.c: prints a struct by its table; see shape.h. */
#include "core/shape.h"

static void part_print(struct json *j, const struct part *p, const char *at);
static void value_print(struct json *j, const struct part *p, const char *at);
static void list_print(struct json *j, const struct part *p, const char *from);

void parts_print(struct json *j, const struct part *parts, const void *from)
{
    for (const struct part *p = parts; p->kind; p++)
        part_print(j, p, from);
}

static void part_print(struct json *j, const struct part *p, const char *from)
{
    const char *at = from + p->at;
    if (p->behind)
        memcpy(&at, from + p->at, sizeof at);
    switch (p->kind) {
    case PART_SCHEMA:
    case PART_OPEN:
    case PART_HIDDEN_INT:
    case PART_HIDDEN_TEXT:
    case PART_HIDDEN_BLOB:
        break;
    case PART_ALL:
        if (p->print)
            p->print(j, at);
        else
            parts_print(j, p->of, at);
        break;
    case PART_GROUP:
        json_key(j, p->name);
        json_open(j, '{');
        parts_print(j, p->of, at);
        json_close(j, '}');
        break;
    case PART_LIST:
        list_print(j, p, from);
        break;
    case PART_MAYBE:
        if (((const struct str *)at)->n)
            json_kstr(j, p->name, *(const struct str *)at);
        break;
    default:
        json_key(j, p->name);
        value_print(j, p, at);
    }
}

static void list_print(struct json *j, const struct part *p, const char *from)
{
    const char *at = NULL;
    size_t n = *(const size_t *)(from + p->count_at);
    memcpy(&at, from + p->at, sizeof at);
    json_key(j, p->name);
    json_open(j, '[');
    for (size_t i = 0; i < n; i++) {
        json_open(j, '{');
        parts_print(j, p->of, at + i * p->size);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void value_print(struct json *j, const struct part *p, const char *at)
{
    const int64_t *whole = (const int64_t *)at;
    const struct str *text = (const struct str *)at; /* struct html begins with one */
    switch (p->kind) {
    case PART_INT:
        json_int(j, *whole);
        break;
    case PART_REAL:
        json_double(j, *(const double *)at);
        break;
    case PART_TIME:
        json_time(j, *whole);
        break;
    case PART_FLAG:
        json_bool(j, *(const bool *)at);
        break;
    case PART_WORD:
        json_str(j, p->word(*whole));
        break;
    case PART_REF:
        *whole ? json_int(j, *whole) : json_nil(j);
        break;
    case PART_RAW:
        text->n ? json_raw(j, *text) : json_nil(j);
        break;
    case PART_CURSOR:
        text->n ? json_str(j, *text) : json_nil(j);
        break;
    default:
        json_str(j, *text);
    }
}
