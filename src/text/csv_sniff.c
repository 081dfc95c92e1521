/* csv_sniff.c: makes out encoding, separator and header of a table; see csv.h RULE 10.
 *
 * The separator is found by reading the head with each, and asking with which the rows agree on
 * their number of cells.
 */
#include "text/csv.h"

#include "text/looks.h"

enum { COUNTED = 64, BEFORE_MAX = 10, LOOKED_AT = 50 }; /* cells of a row; rows */

const char *const csv_encodings[] = {[CSV_UTF8] = "UTF-8",
                                     [CSV_UTF16LE] = "UTF-16LE",
                                     [CSV_UTF16BE] = "UTF-16BE",
                                     [CSV_WINDOWS_1252] = "Windows-1252",
                                     NULL};

/* ---- encoding ---- */

/* Text in UTF-16 has many characters below U+0100: a zero in every other byte. */
static bool is_utf16(struct str head, size_t zero_at, enum csv_encoding encoding,
                     struct csv_dialect *d)
{
    size_t zeros = 0, others = 0;
    for (size_t i = 0; i + 1 < head.n; i += 2) {
        zeros += head.p[i + zero_at] == 0;
        others += head.p[i + !zero_at] == 0;
    }
    if (head.n < 4 || zeros < head.n / 4 || others > zeros / 8)
        return false;
    d->encoding = encoding;
    return true;
}

static void sniff_encoding(struct str head, struct csv_dialect *d)
{
    if (str_starts(head, S("\xef\xbb\xbf")))
        return;
    if (str_starts(head, S("\xff\xfe"))) {
        d->encoding = CSV_UTF16LE;
        return;
    }
    if (str_starts(head, S("\xfe\xff"))) {
        d->encoding = CSV_UTF16BE;
        return;
    }
    if (is_utf16(head, 1, CSV_UTF16LE, d) || is_utf16(head, 0, CSV_UTF16BE, d))
        return;
    size_t good = 0, bad = 0;
    for (size_t at = 0, next = 0; at < head.n; at = next) {
        utf8_next(head, &next);
        if ((unsigned char)head.p[at] >= 0x80) {
            good += next > at + 1;
            bad += next == at + 1 && head.n - at > 3; /* the last one may be cut */
        }
    }
    if (bad > good)
        d->encoding = CSV_WINDOWS_1252;
}

/* ---- separator ---- */

struct counts {
    size_t rows, quotes, n[COUNTED]; /* how many rows have so many cells */
    size_t first[BEFORE_MAX];        /* cells of the first rows */
};

static bool count_row(void *ctx, const struct csv_row *row)
{
    struct counts *c = ctx;
    size_t n = row->n < COUNTED ? row->n : COUNTED - 1;
    if (c->rows < BEFORE_MAX)
        c->first[c->rows] = n;
    c->rows++;
    c->n[n]++;
    c->quotes += (row->flags & (CSV_QUOTE | CSV_UNCLOSED)) != 0;
    return true;
}

static void read_head(struct str head, struct csv_dialect d,
                      bool (*row)(void *ctx, const struct csv_row *row), void *ctx)
{
    struct csv_reader r;
    csv_open(&r, &(struct csv_options){.dialect = d, .cell_max = CSV_HEAD}, row, ctx);
    csv_feed(&r, head);
    if (head.n < CSV_HEAD)
        csv_end(&r);
    csv_close(&r);
}

static size_t usual(const struct counts *c)
{
    size_t best = 1;
    for (size_t i = 2; i < COUNTED; i++)
        if (c->n[i] && c->n[i] >= c->n[best])
            best = i;
    return best;
}

/* Of 1,000: how well the rows agree. */
static long score(const struct counts *c)
{
    size_t cells = usual(c);
    if (!c->rows || cells < 2)
        return 0;
    size_t begins = 0;
    while (begins < BEFORE_MAX && begins < c->rows && c->first[begins] == 1)
        begins++;
    bool first = begins < BEFORE_MAX && c->first[begins] == cells;
    long agree = (long)(c->n[cells] * 600 / c->rows), many = cells < 20 ? (long)cells * 5 : 100;
    return agree + (first ? 300 : 0) + many - (long)(c->quotes * 600 / c->rows);
}

static void sniff_separator(struct str head, struct csv_dialect *d)
{
    static const char separators[] = {',', ';', '\t', '|'};
    long best = 0;
    struct str said = str_starts(head, S("\xef\xbb\xbf")) ? str_from(head, 3) : head;
    if (str_starts(said, S("sep=")) && said.n > 5 && said.p[4] && strchr(",;\t|:#^~", said.p[4]) &&
        (said.p[5] == '\r' || said.p[5] == '\n')) {
        d->separator = said.p[4]; /* a line of Excel's */
        d->before = 1;
        return;
    }
    d->separator = ',';
    for (size_t i = 0; i < sizeof separators; i++) {
        struct counts c = {0};
        struct csv_dialect with = *d;
        with.separator = separators[i];
        read_head(head, with, count_row, &c);
        long s = score(&c);
        if (s <= best)
            continue;
        best = s;
        d->separator = separators[i];
        d->before = 0;
        while (usual(&c) > 2 && d->before < BEFORE_MAX && c.first[d->before] == 1)
            d->before++;
        d->before = d->before == BEFORE_MAX ? 0 : d->before;
    }
}

/* ---- header ---- */

struct looked {
    struct arena *a;
    struct str *name;
    size_t n, rows;
    size_t typed, empty, same; /* of the first row: no words; nothing; said before */
    size_t typed_below;        /* cells that are no words, in the rows below */
    size_t words_below;
    bool listed; /* a name stands below once more */
};

static bool is_typed(struct str s)
{
    enum looks looks = looks_like(s);
    return looks != LOOKS_EMPTY && looks != LOOKS_TEXT;
}

static void look_at_first(struct looked *l, const struct csv_row *row)
{
    l->n = row->n;
    l->name = arena_array(l->a, struct str, row->n + 1);
    for (size_t i = 0; i < row->n; i++) {
        l->name[i] = str_dup(l->a, str_trim(row->cell[i]));
        l->typed += is_typed(row->cell[i]);
        l->empty += l->name[i].n == 0;
        for (size_t j = 0; j < i && l->name[i].n && j < COUNTED; j++)
            l->same += str_eq(l->name[i], l->name[j]);
    }
}

static bool look_at_row(void *ctx, const struct csv_row *row)
{
    struct looked *l = ctx;
    if (l->rows++ == 0) {
        look_at_first(l, row);
        return true;
    }
    for (size_t i = 0; i < row->n && i < l->n; i++) {
        l->typed_below += is_typed(row->cell[i]);
        l->words_below += looks_like(row->cell[i]) == LOOKS_TEXT;
        l->listed = l->listed || (l->name[i].n && str_eq(str_trim(row->cell[i]), l->name[i]));
    }
    return l->rows < LOOKED_AT;
}

/* A header has words only, each once, and none of them is a value of its column. */
static bool sniff_header(struct str head, const struct csv_dialect *d)
{
    struct looked l = {.a = arena_new(1 << 24)};
    read_head(head, *d, look_at_row, &l);
    arena_free(l.a);
    size_t words = l.n - l.empty;
    if (!l.rows || !words || l.typed * 5 > words)
        return false;
    if (l.typed_below || l.rows == 1)
        return l.same * 5 <= words && !(l.listed && l.rows > 2 && l.typed);
    return !l.listed && l.same == 0 && l.empty == 0;
}

struct csv_dialect csv_sniff(struct str head)
{
    struct csv_dialect d = {.separator = ','};
    head = str_first(head, CSV_HEAD);
    sniff_encoding(head, &d);
    sniff_separator(head, &d);
    d.header = sniff_header(head, &d);
    return d;
}
