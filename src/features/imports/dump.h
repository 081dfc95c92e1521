/* dump.h: reads the rows of one file of a Stack Exchange dump, whatever state the file is in.
 *
 * Such a file is one element that holds `<row Id="1" .../>` elements and nothing else. It is read
 * in pieces; each row is cut out of the text and parsed by libxml2 as a document of its own, so
 * that a row which is not XML fails alone and neither a document type nor an entity of the file's
 * own can do harm. An unescaped '<' cannot stand inside a tag: that is where reading goes on after
 * a row that has no end.
 *
 * RULES
 *   1. Every row is given once, in order, with the line on which it begins.
 *   2. What is broken is told with its line and a reason, and the next row is read all the same.
 *   3. A file that ends too early gives what came before, and says so.
 *   4. Memory does not grow with the file.
 */
#ifndef IMPORTS_DUMP_H
#define IMPORTS_DUMP_H

#include "core/arena.h"
#include "core/str.h"

enum { DUMP_ROW_MAX = 1 << 20, DUMP_ATTRIBUTES = 48 };

struct dump;

struct dump_attribute {
    struct str name, value;
};

struct dump_row {
    int64_t line;
    struct dump_attribute *attributes;
    size_t n;
    struct str why; /* of DUMP_BROKEN: words */
};

enum dump_result { DUMP_ROW, DUMP_BROKEN, DUMP_END };

/* NULL when it cannot be read: errno says why. Ends with the arena. */
struct dump *dump_open(struct arena *a, const char *path);
/* Copies the row's text into `a`. */
enum dump_result dump_next(struct dump *d, struct arena *a, struct dump_row *row);
int64_t dump_bytes(const struct dump *d); /* read so far */
/* After DUMP_END: the file did not end too early. */
bool dump_whole(const struct dump *d);

struct str row_text(const struct dump_row *row, const char *name); /* empty: not there */
bool row_has(const struct dump_row *row, const char *name);
bool row_int(const struct dump_row *row, const char *name, int64_t *out);
bool row_time(const struct dump_row *row, const char *name, int64_t *out);

#endif
