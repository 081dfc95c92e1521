/* csv.h: tables as text: reads what spreadsheets and address books write, and writes RFC 4180.
 *
 *     struct csv_reader r;
 *     csv_open(&r, &(struct csv_options){.dialect = csv_sniff(head)}, take_row, ctx);
 *     while (more) csv_feed(&r, bytes);
 *     csv_end(&r); csv_close(&r);
 *
 * Bytes come in pieces of any size; rows go out by a callback, their cells as UTF-8. Memory is
 * bounded by row_max, whatever the file's size.
 *
 * RULES
 *   1. Rows do not depend on how the bytes were cut into pieces.
 *   2. A row is told by its number (blank lines do not count) and the line that it begins in; one
 *      with more or fewer cells than the first is flagged CSV_RAGGED and given as it is.
 *   3. A cell over cell_max is given empty and its row flagged CSV_CELL_LONG; a row over row_max
 *      has no cells and is flagged CSV_ROW_LONG; both with their line, and the next row is read.
 *   4. A quote that never closes is flagged CSV_UNCLOSED with the line that it opens in. Its row
 *      ends with that line, its quote is kept as text, and the lines behind it are rows again;
 *      where they could not be kept, `lost` says how many there were.
 *   5. Quotes inside of a quoted cell that are not doubled stay as they are, flagged CSV_QUOTE.
 *   6. Cells are valid UTF-8. Bytes that are none are taken as Windows-1252, flagged CSV_RECODED;
 *      U+FFFD stands only for what is broken in UTF-16, and is flagged so, too.
 *   7. NUL stays in its cell, flagged CSV_NUL.
 *   8. What csv_write_row writes, guarded or not, is read back byte by byte, given valid UTF-8 and
 *      the reader's `unguard` as the writer's `guard`.
 *   9. A guarded cell does not begin with what a spreadsheet takes for a formula, but for numbers.
 *  10. csv_sniff finds encoding, separator, the rows before the table, and whether it has a header.
 */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/out.h"

enum csv_encoding { CSV_UTF8, CSV_UTF16LE, CSV_UTF16BE, CSV_WINDOWS_1252 };

struct csv_dialect {
    enum csv_encoding encoding;
    char separator; /* ASCII; 0: a comma */
    bool header;    /* the first row names the columns */
    int before;     /* rows before the table, such as LinkedIn's notes; they are not given */
};

enum { CSV_HEAD = 64 << 10 };
/* `head`: the first CSV_HEAD bytes of a file, or all of it. */
struct csv_dialect csv_sniff(struct str head);
/* Names by enum csv_encoding: "UTF-8" to "Windows-1252", then NULL. */
extern const char *const csv_encodings[];

enum csv_flag {
    CSV_RAGGED = 1 << 0,
    CSV_CELL_LONG = 1 << 1,
    CSV_ROW_LONG = 1 << 2,
    CSV_UNCLOSED = 1 << 3,
    CSV_QUOTE = 1 << 4,
    CSV_RECODED = 1 << 5,
    CSV_NUL = 1 << 6,
};
/* Rows that cannot be taken as they stand. */
#define CSV_BROKEN (CSV_CELL_LONG | CSV_ROW_LONG | CSV_UNCLOSED)

struct csv_row {
    int64_t number;         /* from 1; the header is a row, too */
    int64_t line;           /* from 1 */
    const struct str *cell; /* live during the callback */
    size_t n;
    unsigned flags;     /* enum csv_flag */
    size_t expected;    /* cells of the first row */
    size_t column;      /* from 1: the cell that is too long, or whose quote is wrong; 0: none */
    int64_t quote_line; /* where that quote opens */
    int64_t lost;       /* lines that were not kept */
};

struct csv_options {
    struct csv_dialect dialect;
    bool unguard;     /* takes off what a guarded writer put on */
    size_t cell_max;  /* bytes as they stand in the file; 0: 1 MiB */
    size_t row_max;   /* 0: 4 MiB */
    size_t cells_max; /* of a row; 0: 4,096 */
};

struct csv_reader { /* its members are csv.c's own */
    struct csv_options o;
    bool (*row)(void *ctx, const struct csv_row *row);
    void *ctx;
    struct out text, recoded; /* decoded and not yet given; a row that had to be decoded anew */
    struct str *cell;
    size_t cell_cap, expected;
    size_t row_at, cell_at, at; /* in text */
    size_t columns, long_column;
    int64_t number, before, row_line, row_lines, skipped, quote_line;
    unsigned flags, state;
    bool begun, stopped, skipping, skipped_cr, lf_follows;
    unsigned char carry[4]; /* what is not yet a character, or not yet known to be a mark */
    size_t carry_n;
    uint32_t high; /* surrogate */
};

/* `row` gives false to stop. */
void csv_open(struct csv_reader *r, const struct csv_options *options,
              bool (*row)(void *ctx, const struct csv_row *row), void *ctx);
bool csv_feed(struct csv_reader *r, struct str bytes); /* false: stopped */
bool csv_end(struct csv_reader *r);                    /* gives the last row */
void csv_close(struct csv_reader *r);

/* What is wrong with a row, for people: "row 3, line 7: ..."; empty: nothing. */
struct str csv_problem(struct arena *a, const struct csv_row *row);

/* ---- writing ---- */

struct csv_writer {
    struct out *o;
    char separator; /* 0: a comma */
    bool guard;     /* for spreadsheets: RULE 9 */
};

void csv_write_row(const struct csv_writer *w, const struct str *cell, size_t n);
void csv_write_bom(const struct csv_writer *w); /* Excel reads UTF-8 only behind one */
struct str csv_unguarded(struct str cell);

#endif
