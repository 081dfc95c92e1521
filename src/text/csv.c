/* csv.c: reads tables as text; see csv.h. How a file is made out is in csv_sniff.c, writing in
 * csv_write.c.
 *
 * Bytes are decoded into `text`. A scan looks for the end of the row and remembers where it stands
 * when the bytes run out; a row that is whole is parted into cells in its place and given.
 *
 * A quoted cell goes wrong when its quote is followed by what may not follow, when the file ends
 * in it, or when it is longer than a cell may be and looks like rows. Then its row is taken to end
 * with the line that the quote opens in, and what was scanned behind is scanned again: nothing is
 * lost. Between such a quote and the next that is not doubled there is no other, so that each byte
 * is scanned twice at most. A cell that is too long and does not look like rows is dropped as it
 * comes.
 */
#include "text/csv.h"

#include <stdlib.h>

#include "core/log.h"
#include "text/latin.h"

enum {
    CELL_MAX = 1 << 20,
    ROW_MAX = 4 << 20,
    CELLS_MAX = 4096,
    SLICE = 64 << 10,
    LOOKED_AT = 20, /* lines of a cell that is too long */
};

/* Where the scan stands. */
enum { CELL_BEGINS, CELL_PLAIN, CELL_QUOTED, QUOTE_SEEN, BLANK_SEEN, LINE_ONLY };

void csv_open(struct csv_reader *r, const struct csv_options *options,
              bool (*row)(void *ctx, const struct csv_row *row), void *ctx)
{
    *r = (struct csv_reader){.o = *options, .row = row, .ctx = ctx, .row_line = 1};
    struct csv_options *o = &r->o;
    o->cell_max = o->cell_max ? o->cell_max : CELL_MAX;
    o->row_max = o->row_max ? o->row_max : ROW_MAX;
    o->row_max = o->row_max > o->cell_max ? o->row_max : o->cell_max;
    o->cells_max = o->cells_max ? o->cells_max : CELLS_MAX;
    o->dialect.separator = o->dialect.separator ? o->dialect.separator : ',';
    r->before = o->dialect.before;
    out_init(&r->text, o->row_max + 8 * (size_t)SLICE);
    out_init(&r->recoded, 3 * (o->row_max + 8 * (size_t)SLICE));
}

void csv_close(struct csv_reader *r)
{
    out_free(&r->text);
    out_free(&r->recoded);
    free(r->cell);
    r->cell = NULL;
}

/* ---- giving a row ---- */

static int64_t lines_in(struct str s)
{
    int64_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n' || (s.p[i] == '\r' && !(i + 1 < s.n && s.p[i + 1] == '\n'));
    return n;
}

static struct str *next_cell(struct csv_reader *r, size_t n)
{
    if (n == r->cell_cap) {
        r->cell_cap = r->cell_cap ? 2 * r->cell_cap : 64;
        r->cell = realloc(r->cell, r->cell_cap * sizeof *r->cell);
        if (!r->cell)
            die("out of memory: %zu cells of a row", r->cell_cap);
    }
    return &r->cell[n];
}

/* The quote that ends the quoted cell at `at`: a separator or nothing is behind it, but for
 * blanks. s.n: there is none. */
static size_t closing_quote(struct str s, size_t at, char separator, size_t *behind)
{
    for (size_t i = at + 1; i < s.n; i++) {
        if (s.p[i] != '"')
            continue;
        if (i + 1 < s.n && s.p[i + 1] == '"') {
            i++;
            continue;
        }
        size_t end = i + 1;
        while (end < s.n && s.p[end] != separator && (s.p[end] == ' ' || s.p[end] == '\t'))
            end++;
        if (end == s.n || s.p[end] == separator) {
            *behind = end;
            return i;
        }
    }
    return s.n;
}

/* Doubled quotes become one, in place. */
static size_t undouble(char *p, size_t n)
{
    char *quote = memchr(p, '"', n);
    if (!quote)
        return n;
    size_t to = (size_t)(quote - p);
    for (size_t i = to; i < n; i++) {
        p[to++] = p[i];
        i += p[i] == '"' && i + 1 < n && p[i + 1] == '"';
    }
    return to;
}

/* `line`: of the row's, from 0. */
static void wrong_quote(struct csv_reader *r, struct csv_row *row, int64_t line, unsigned flag)
{
    if (!(row->flags & (CSV_UNCLOSED | CSV_QUOTE))) {
        row->column = row->n + 1;
        row->quote_line = r->row_line + line;
    }
    row->flags |= flag;
}

/* RULE 5: a quote of a pair leaves one byte out; one that stays alone does not. */
static bool has_single_quotes(struct str cell, size_t raw)
{
    size_t quotes = 0;
    for (size_t i = 0; i < cell.n; i++)
        quotes += cell.p[i] == '"';
    return quotes && cell.n + quotes != raw;
}

/* Reads the cell at `at`, gives where the next begins; s.n + 1: it was the last. */
static size_t read_cell(struct csv_reader *r, struct csv_row *row, struct str s, size_t at,
                        int64_t *line)
{
    char separator = r->o.dialect.separator;
    struct str *cell = next_cell(r, row->n);
    size_t end = s.n;
    int64_t begins = *line;
    if (at < s.n && s.p[at] == '"') {
        size_t quote = closing_quote(s, at, separator, &end);
        if (quote < s.n) {
            size_t raw = quote - at - 1;
            if (r->row_lines)
                *line += lines_in(str_make(s.p + at + 1, raw));
            *cell = str_make(s.p + at + 1, undouble((char *)s.p + at + 1, raw));
            if (has_single_quotes(*cell, raw))
                wrong_quote(r, row, begins, CSV_QUOTE);
            return end + 1;
        }
    }
    ptrdiff_t to = str_find(str_from(s, at), separator);
    end = to < 0 ? s.n : at + (size_t)to;
    *cell = str_make(s.p + at, end - at);
    if (cell->n && cell->p[0] == '"') {
        bool again = memchr(cell->p + 1, '"', cell->n - 1) != NULL;
        wrong_quote(r, row, begins, again ? CSV_QUOTE : CSV_UNCLOSED);
    }
    return end + 1;
}

static void read_cells(struct csv_reader *r, struct csv_row *row, struct str s)
{
    int64_t line = 0;
    for (size_t at = 0; at <= s.n; row->n++) {
        if (row->n == r->o.cells_max) {
            row->flags |= CSV_ROW_LONG;
            return;
        }
        at = read_cell(r, row, s, at, &line);
        if (r->o.unguard)
            r->cell[row->n] = csv_unguarded(r->cell[row->n]);
    }
}

/* Gives text[row_at..end). */
static void give_row(struct csv_reader *r, size_t end)
{
    struct str raw = str_make(r->text.p + r->row_at, end - r->row_at);
    struct csv_row row = {.line = r->row_line, .flags = r->flags, .lost = r->skipped};
    bool utf16 = r->o.dialect.encoding == CSV_UTF16LE || r->o.dialect.encoding == CSV_UTF16BE;
    if (raw.n == 0 && !r->flags)
        return;
    row.number = ++r->number;
    if (r->before > 0) {
        r->before--;
        r->number = 0;
        return;
    }
    if (!utf8_valid(raw)) {
        out_clear(&r->recoded); /* RULE 6 */
        latin_mend(&r->recoded, raw);
        raw = out_text(&r->recoded);
        row.flags |= CSV_RECODED;
    } else if (utf16 && str_has(raw, S("\xef\xbf\xbd"))) {
        row.flags |= CSV_RECODED;
    }
    if (memchr(raw.p, 0, raw.n))
        row.flags |= CSV_NUL;
    if (!(row.flags & CSV_ROW_LONG))
        read_cells(r, &row, raw);
    if (row.flags & CSV_ROW_LONG)
        row.n = 0;
    if (r->long_column)
        row.column = r->long_column;
    if (r->flags & (CSV_CELL_LONG | CSV_UNCLOSED))
        row.quote_line = r->quote_line;
    row.cell = r->cell;
    if (!r->expected)
        r->expected = row.n;
    row.expected = r->expected;
    if (row.n != row.expected && !(row.flags & CSV_ROW_LONG))
        row.flags |= CSV_RAGGED;
    r->stopped = !r->row(r->ctx, &row);
}

/* The row ends at `end`; the next begins behind the line end that stands there, if one does. */
static void end_row(struct csv_reader *r, size_t end, bool line_end)
{
    r->row_lines = lines_in(str_make(r->text.p + r->row_at, end - r->row_at));
    give_row(r, end);
    r->row_line += r->row_lines + r->skipped + line_end;
    size_t next = end + line_end;
    if (line_end && r->text.p[end] == '\r') {
        if (next < r->text.n)
            next += r->text.p[next] == '\n';
        else
            r->lf_follows = true;
    }
    r->row_at = r->cell_at = r->at = next;
    r->flags = 0;
    r->skipped = 0;
    r->columns = r->long_column = 0;
    r->skipping = r->skipped_cr = false;
    r->state = CELL_BEGINS;
}

/* ---- where a row ends ---- */

static size_t line_end(struct str s, size_t at)
{
    while (at < s.n && s.p[at] != '\n' && s.p[at] != '\r')
        at++;
    return at;
}

/* While skipping, bytes go as they have been scanned. */
static void drop_scanned(struct csv_reader *r)
{
    size_t from = r->flags & CSV_ROW_LONG ? r->row_at : r->cell_at;
    struct str gone = str_make(r->text.p + from, r->at - from);
    if (!gone.n)
        return;
    r->skipped += lines_in(gone) - (r->skipped_cr && gone.p[0] == '\n');
    r->skipped_cr = gone.p[gone.n - 1] == '\r';
    memmove(r->text.p + from, r->text.p + r->at, r->text.n - r->at);
    r->text.n -= gone.n;
    r->at = r->cell_at = from;
}

/* RULE 4: the row ends with the line that its wrong quote opens in. */
static void end_with_line(struct csv_reader *r)
{
    if (r->skipping)
        r->flags |= CSV_UNCLOSED;
    else
        r->at = r->cell_at;
    r->state = LINE_ONLY;
}

/* Whether the lines of a cell that is too long have as many cells as the file's rows, or, in the
 * file's first row, as each other. */
static bool looks_like_rows(const struct csv_reader *r)
{
    struct str s = str_make(r->text.p + r->cell_at, r->at - r->cell_at);
    size_t lines = 0, alike = 0, at = line_end(s, 0), usual = r->expected;
    while (lines < LOOKED_AT && at < s.n) {
        size_t cells = 1, from = ++at;
        at = line_end(s, at);
        if (at == s.n || at == from)
            continue;
        for (size_t i = from; i < at; i++)
            cells += s.p[i] == r->o.dialect.separator;
        usual = usual ? usual : cells;
        alike += cells == usual;
        lines++;
    }
    return lines && 2 * alike >= lines;
}

/* The line that this cell begins in. */
static int64_t line_here(const struct csv_reader *r)
{
    struct str before = str_make(r->text.p + r->row_at, r->cell_at - r->row_at);
    return r->row_line + r->skipped + lines_in(before);
}

/* RULE 3 */
static void begin_skipping(struct csv_reader *r, unsigned flag)
{
    r->flags |= flag;
    if (flag == CSV_CELL_LONG && !r->long_column)
        r->long_column = r->columns + 1;
    r->quote_line = line_here(r);
    r->skipping = true;
    drop_scanned(r);
}

static void end_cell(struct csv_reader *r)
{
    if (r->skipping && !(r->flags & CSV_ROW_LONG)) {
        drop_scanned(r);
        r->skipping = false;
    }
    r->columns++;
    r->cell_at = ++r->at;
    r->state = CELL_BEGINS;
}

/* How far the scan of this cell may go before something must be decided. */
static size_t scan_end(const struct csv_reader *r)
{
    size_t end = r->text.n;
    if (r->skipping)
        return end;
    size_t cell = r->cell_at + r->o.cell_max, row = r->row_at + r->o.row_max;
    size_t most = cell < row ? cell : row;
    return most < end ? most : end;
}

static size_t plain_end(const struct csv_reader *r, size_t at, size_t end)
{
    const char *p = r->text.p;
    char separator = r->o.dialect.separator;
    while (at < end && p[at] != separator && p[at] != '\n' && p[at] != '\r')
        at++;
    return at;
}

/* One step of the scan inside of a cell; false: what stands at `at` is for the caller. */
static bool scan_inside(struct csv_reader *r, size_t end)
{
    const char *p = r->text.p;
    const char *quote;
    switch (r->state) {
    case CELL_BEGINS:
        if (r->skipping)
            r->quote_line = line_here(r);
        r->state = p[r->at] == '"' ? CELL_QUOTED : CELL_PLAIN;
        r->at += p[r->at] == '"';
        return true;
    case CELL_PLAIN:
        r->at = plain_end(r, r->at, end);
        return r->at == end;
    case CELL_QUOTED:
        quote = memchr(p + r->at, '"', end - r->at);
        r->at = quote ? (size_t)(quote - p) + 1 : end;
        r->state = quote ? QUOTE_SEEN : CELL_QUOTED;
        return true;
    case LINE_ONLY:
        r->at = line_end(str_make(p, end), r->at);
        return r->at == end;
    default:
        if (p[r->at] == '"' && r->state == QUOTE_SEEN) {
            r->state = CELL_QUOTED;
            r->at++;
            return true;
        }
        if (p[r->at] != r->o.dialect.separator && (p[r->at] == ' ' || p[r->at] == '\t')) {
            r->state = BLANK_SEEN;
            r->at++;
            return true;
        }
        return false;
    }
}

/* A cell or a row has become too long. */
static void over_limit(struct csv_reader *r)
{
    bool quoted = r->state == CELL_QUOTED || r->state == QUOTE_SEEN || r->state == BLANK_SEEN;
    if (quoted && looks_like_rows(r))
        end_with_line(r);
    else
        begin_skipping(r, r->at - r->cell_at >= r->o.cell_max ? CSV_CELL_LONG : CSV_ROW_LONG);
}

static void scan(struct csv_reader *r)
{
    while (!r->stopped && r->at < r->text.n) {
        size_t end = scan_end(r);
        if (r->at >= end) {
            over_limit(r);
            continue;
        }
        if (scan_inside(r, end))
            continue;
        char c = r->text.p[r->at];
        if (c == '\n' || c == '\r') {
            if (r->skipping)
                drop_scanned(r);
            end_row(r, r->at, true);
        } else if (c == r->o.dialect.separator) {
            end_cell(r);
        } else {
            end_with_line(r);
        }
    }
    if (r->skipping)
        drop_scanned(r);
}

/* ---- bytes in ---- */

static void forget_given(struct csv_reader *r)
{
    size_t gone = r->row_at;
    if (!gone)
        return;
    memmove(r->text.p, r->text.p + gone, r->text.n - gone);
    r->text.n -= gone;
    r->at -= gone;
    r->cell_at -= gone;
    r->row_at = 0;
}

static void put_unit(struct csv_reader *r, uint32_t unit)
{
    char utf8[4];
    bool low = unit >= 0xDC00 && unit < 0xE000;
    if (r->high && low) {
        uint32_t cp = 0x10000 + ((r->high - 0xD800) << 10) + (unit - 0xDC00);
        out_raw(&r->text, utf8, utf8_put(utf8, cp));
        r->high = 0;
        return;
    }
    if (r->high)
        out_lit(&r->text, "\xef\xbf\xbd");
    r->high = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
    if (low)
        out_lit(&r->text, "\xef\xbf\xbd");
    else if (!r->high)
        out_raw(&r->text, utf8, utf8_put(utf8, unit));
}

static void decode(struct csv_reader *r, struct str s)
{
    enum csv_encoding encoding = r->o.dialect.encoding;
    if (encoding == CSV_UTF8) {
        out_str(&r->text, s);
        return;
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (encoding == CSV_WINDOWS_1252) {
            latin_put(&r->text, c);
        } else if (r->carry_n == 0) {
            r->carry[r->carry_n++] = c;
        } else {
            bool little = encoding == CSV_UTF16LE;
            put_unit(r, little ? (uint32_t)c << 8 | r->carry[0] : (uint32_t)r->carry[0] << 8 | c);
            r->carry_n = 0;
        }
    }
}

/* Of the file's first bytes those are held back that may be a byte order mark. */
static struct str without_mark(struct csv_reader *r, struct str *s)
{
    static const struct str marks[] = {[CSV_UTF8] = {"\xef\xbb\xbf", 3},
                                       [CSV_UTF16LE] = {"\xff\xfe", 2},
                                       [CSV_UTF16BE] = {"\xfe\xff", 2},
                                       [CSV_WINDOWS_1252] = {"", 0}};
    struct str mark = marks[r->o.dialect.encoding];
    struct str held = {"", 0};
    while (r->carry_n < mark.n && s->n && s->p[0] == mark.p[r->carry_n]) {
        r->carry[r->carry_n++] = (unsigned char)s->p[0];
        *s = str_from(*s, 1);
    }
    r->begun = r->carry_n == mark.n || s->n;
    if (r->begun) {
        held = str_make(mark.p, r->carry_n == mark.n ? 0 : r->carry_n);
        r->carry_n = 0;
    }
    return held;
}

static void take(struct csv_reader *r, struct str s)
{
    decode(r, s);
    if (r->lf_follows && r->at < r->text.n) {
        if (r->text.p[r->at] == '\n')
            r->row_at = r->cell_at = ++r->at;
        r->lf_follows = false;
    }
    scan(r);
    if (!r->stopped)
        forget_given(r);
}

bool csv_feed(struct csv_reader *r, struct str bytes)
{
    if (!r->begun)
        take(r, without_mark(r, &bytes));
    for (; bytes.n && !r->stopped; bytes = str_from(bytes, SLICE))
        take(r, str_first(bytes, SLICE));
    return !r->stopped;
}

bool csv_end(struct csv_reader *r)
{
    if (!r->begun && r->carry_n) {
        char held[4];
        memcpy(held, r->carry, sizeof held);
        size_t n = r->carry_n;
        r->carry_n = 0;
        r->begun = true;
        take(r, str_make(held, n));
    }
    bool utf16 = r->o.dialect.encoding == CSV_UTF16LE || r->o.dialect.encoding == CSV_UTF16BE;
    if (utf16 && (r->high || r->carry_n)) {
        out_lit(&r->text, "\xef\xbf\xbd");
        r->high = 0;
        scan(r);
    }
    while (!r->stopped && (r->text.n > r->row_at || r->flags)) {
        if (r->state == CELL_QUOTED)
            end_with_line(r);
        else
            end_row(r, r->text.n, false);
        scan(r);
    }
    return !r->stopped;
}

/* ---- what is wrong ---- */

struct str csv_problem(struct arena *a, const struct csv_row *row)
{
    struct str at = str_fmt(a, "row %lld, line %lld", (long long)row->number, (long long)row->line);
    struct str lost = S("");
    if (row->lost)
        lost = str_fmt(a, "; %lld lines of it were not kept", (long long)row->lost);
    if (row->flags & CSV_UNCLOSED)
        return str_fmt(a, STR_FMT ": the quote that opens in line %lld never closes" STR_FMT,
                       STR_ARG(at), (long long)row->quote_line, STR_ARG(lost));
    if (row->flags & CSV_CELL_LONG)
        return str_fmt(a, STR_FMT ": cell %zu is too long" STR_FMT, STR_ARG(at), row->column,
                       STR_ARG(lost));
    if (row->flags & CSV_ROW_LONG)
        return str_fmt(a, STR_FMT ": the row is too long" STR_FMT, STR_ARG(at), STR_ARG(lost));
    if (row->flags & CSV_QUOTE)
        return str_fmt(a, STR_FMT ": cell %zu holds quotes that are not doubled", STR_ARG(at),
                       row->column);
    if (row->flags & CSV_RAGGED)
        return str_fmt(a, STR_FMT ": has %zu cells, the first row has %zu", STR_ARG(at), row->n,
                       row->expected);
    if (row->flags & CSV_RECODED)
        return str_fmt(a, STR_FMT ": has bytes of another encoding than the file", STR_ARG(at));
    if (row->flags & CSV_NUL)
        return str_fmt(a, STR_FMT ": holds a NUL character", STR_ARG(at));
    return S("");
}
