/* target.h: the address of a request: path segments, the face's suffix, and the query's fields.
 *
 * RULES
 *   1. A path is refused (400) that holds "." or ".." as a segment, an empty segment, a '%' without
 *      two hex digits, NUL or another control, or broken UTF-8, encoded or not.
 *   2. An encoded slash is part of its segment and never divides.
 *   3. A query is refused (400) for a '%' without two hex digits, for NUL, and for broken UTF-8.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"

enum { TARGET_SEGMENTS = 24, TARGET_FIELDS = 256 };

struct target {
    struct str path, query;               /* as sent */
    struct str decoded;                   /* the path */
    struct str whole;                     /* the same, with its suffix */
    struct str segments[TARGET_SEGMENTS]; /* decoded */
    size_t n;                             /* 0: "/" */
    bool slash_behind;                    /* "/ideas/" */
    bool deep;                            /* more segments than any route has */
};

/* False: refuse with 400. */
bool target_parse(struct target *t, struct arena *a, struct str target);

/* Takes the face's suffix (".json", ".atom", ".feed.json", ...) off the last segment; false when
 * there is none. */
bool target_take_suffix(struct target *t, enum face *face);

/* Fields of a query or of a form: "a=1&b=2". False: refuse with 400. */
bool target_fields(struct arena *a, struct str text, struct param **fields, size_t *n);

#endif
