/* multipart.h: the parts of a multipart/form-data body, as its bytes come in.
 *
 * Knows nothing of files or requests: bytes in, in pieces of any size; out come the head of each
 * part and its bytes. Nothing but the head of one part is ever kept here.
 *
 * RULES
 *   1. The result does not depend on how the bytes were cut into pieces.
 *   2. Refused with 400: a boundary that is not 1 to 70 plain characters, a delimiter with anything
 *      behind it, a part without a name, names that are not UTF-8 or hold controls, heads that are
 *      not lines, a body that ends before its last delimiter.
 *   3. Refused with 413: more than MULTIPART_PARTS parts, a head of a part over MULTIPART_HEAD.
 *   4. What comes behind the last delimiter is passed over.
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stdbool.h>

#include "core/str.h"

enum { MULTIPART_PARTS = 64, MULTIPART_HEAD = 2 * 1024, MULTIPART_BOUNDARY = 70 };

struct multipart_part { /* borrowed: good during the call */
    struct str name;
    struct str filename; /* as sent, without quotes and escapes; .p NULL: a field, not a file */
};

struct multipart_events {
    void *ctx;
    void (*part)(void *ctx, const struct multipart_part *part); /* a part begins */
    void (*data)(void *ctx, const char *p, size_t n);
};

enum multipart_state {
    MULTIPART_PREAMBLE, /* before the first delimiter */
    MULTIPART_LINE,     /* behind a delimiter: its end, or "--" */
    MULTIPART_PART,     /* in a part's head */
    MULTIPART_DATA,
    MULTIPART_OVER,
    MULTIPART_REFUSED,
};

struct multipart {
    enum multipart_state state;
    int refusal;
    const char *why;
    struct multipart_events events;
    char delimiter[4 + MULTIPART_BOUNDARY + 1]; /* "\r\n--boundary" */
    size_t delimiter_n, matched, parts, head_n;
    char line[2]; /* behind a delimiter */
    size_t line_n;
    char head[MULTIPART_HEAD];
};

/* `type` is the Content-Type with its parameters; what is wrong with it shows in the state. */
void multipart_begin(struct multipart *m, struct str type, const struct multipart_events *events);
void multipart_feed(struct multipart *m, const char *p, size_t n);
void multipart_end(struct multipart *m); /* refuses what is cut short */
/* From a callback, or by the reader of the heads: nothing more is read. */
void multipart_refuse(struct multipart *m, int status, const char *why);

/* The value of a header's parameter: name="a \"b\"" or name=a. .p NULL: it is not there. `to` has
 * room for the whole header. */
struct str multipart_parameter(struct str header, const char *name, char *to);

#endif
