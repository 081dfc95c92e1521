/* csv_write.c: writes tables as text (RFC 4180); see csv.h.
 *
 * WHY an apostrophe stands before what looks like a formula, and one more before cells that have
 * some already: so it can be taken off again without a doubt (docs/decisions/0034).
 */
#include "text/csv.h"

/* What a spreadsheet may take for the beginning of a formula, or cut off before one. */
static bool begins_formula(struct str s)
{
    static const struct str wide[] = {/* what Japanese keyboards give for = + - @ */
                                      {"\xef\xbc\x9d", 3},
                                      {"\xef\xbc\x8b", 3},
                                      {"\xef\xbc\x8d", 3},
                                      {"\xef\xbc\xa0", 3}};
    if (!s.n)
        return false;
    if (s.p[0] && strchr("=+-@\t\r\n", s.p[0]))
        return true;
    for (size_t i = 0; s.p[0] == '\xef' && i < sizeof wide / sizeof *wide; i++)
        if (str_starts(s, wide[i]))
            return true;
    return false;
}

/* "-12", "-1.50", "-1,50". */
static bool is_negative_number(struct str s)
{
    size_t digits = 0, points = 0;
    for (size_t i = 1; i < s.n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        points += !digit;
        digits += digit;
        if (!digit && s.p[i] != '.' && s.p[i] != ',')
            return false;
    }
    return s.n && s.p[0] == '-' && digits && points <= 1 && s.p[1] >= '0' && s.p[1] <= '9';
}

static size_t apostrophes(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == '\'')
        n++;
    return n;
}

static bool wants_guard(struct str cell)
{
    size_t n = apostrophes(cell);
    return begins_formula(str_from(cell, n)) && (n || !is_negative_number(cell));
}

struct str csv_unguarded(struct str cell)
{
    if (!cell.n || cell.p[0] != '\'')
        return cell;
    return begins_formula(str_from(cell, apostrophes(cell))) ? str_from(cell, 1) : cell;
}

/* Also with blanks at an end, which some readers trim, and with what may be a byte order mark. */
static bool wants_quotes(struct str s, char separator)
{
    if (!s.n)
        return false;
    if (s.p[0] == ' ' || s.p[s.n - 1] == ' ' || s.p[0] == '\xef' || s.p[0] == '\t')
        return true;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == separator || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r')
            return true;
    return false;
}

static void write_cell(const struct csv_writer *w, struct str cell, char separator)
{
    bool guard = w->guard && wants_guard(cell);
    if (!wants_quotes(cell, separator)) {
        out_raw(w->o, "'", guard);
        out_str(w->o, cell);
        return;
    }
    out_char(w->o, '"');
    out_raw(w->o, "'", guard);
    for (ptrdiff_t at; (at = str_find(cell, '"')) >= 0; cell = str_from(cell, (size_t)at + 1)) {
        out_str(w->o, str_first(cell, (size_t)at));
        out_lit(w->o, "\"\"");
    }
    out_str(w->o, cell);
    out_char(w->o, '"');
}

void csv_write_row(const struct csv_writer *w, const struct str *cell, size_t n)
{
    char separator = w->separator ? w->separator : ',';
    if (n == 1 && cell[0].n == 0)
        out_lit(w->o, "\"\""); /* no blank line, which is no row */
    for (size_t i = 0; i < n; i++) {
        if (i)
            out_char(w->o, separator);
        write_cell(w, cell[i], separator);
    }
    out_lit(w->o, "\r\n");
}

void csv_write_bom(const struct csv_writer *w)
{
    out_lit(w->o, "\xef\xbb\xbf");
}
