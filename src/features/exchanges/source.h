/* source.h: the rows of an uploaded file: a table as text, or contact cards as one.
 *
 * RULES
 *   1. A file is read in pieces: memory does not grow with it.
 *   2. Rows are numbered from 1, and a file has the same rows under the same numbers each time.
 *   3. A row that cannot be taken as it stands (a cell of megabytes, a quote that never closes)
 *      comes with a sentence why, and those behind it come whole.
 *   4. Bytes that are no UTF-8 are read as Windows-1252; U+FFFD stands only for what is broken.
 *   5. Cards as JSON or XML are made text before anything else, whole, up to 32 MB.
 */
#ifndef EXCHANGES_SOURCE_H
#define EXCHANGES_SOURCE_H

#include "text/csv.h"

enum { SOURCE_COLUMNS = 400 };

struct source_row {
    int64_t number;
    const struct str *cells; /* live during the callback */
    size_t n;
    struct str why; /* it cannot be taken; empty: it can */
};

struct source_file {
    const char *path;
    bool cards;
    struct csv_dialect dialect;                           /* of a table */
    int64_t bytes;                                        /* read so far */
    bool (*row)(void *ctx, const struct source_row *row); /* false: stop */
    void *ctx;
};

/* False: the file cannot be read. Stopping is no failure. */
bool source_read(struct source_file *s);

/* RULE 5, in its place. NULL, or what is wrong: a sentence. */
const char *source_made_text(const char *path);
/* What its first bytes tell: whether these are contact cards, and the dialect of a table. */
bool source_sniff(const char *path, bool *cards, struct csv_dialect *dialect);
/* The names of the columns that cards are read as. */
const struct str *source_card_columns(size_t *n);

#endif
