/* csv_fuzz.c: any bytes as a table. The first byte chooses limits, the second the dialect's parts.
 *
 * Rows do not depend on the pieces that the bytes come in (csv RULE 1), their cells are UTF-8 and
 * within the limits (RULE 3, RULE 6), and what is written of them is read back (RULE 8).
 */
#include "test/fuzz/fuzz.h"
#include "text/csv.h"

struct seen {
    uint64_t hash;
    int64_t rows, line;
    size_t cell_max;
    struct out *again;
    bool guard;
};

static uint64_t mix(uint64_t h, uint64_t n)
{
    return (h ^ n) * UINT64_C(0x100000001B3);
}

static bool see(void *ctx, const struct csv_row *row)
{
    struct seen *s = ctx;
    must(row->number == ++s->rows && row->line > s->line);
    must(!(row->flags & CSV_UNCLOSED) || row->quote_line >= row->line);
    must(!(row->flags & CSV_CELL_LONG) || row->column > 0);
    s->line = row->line;
    s->hash = mix(mix(mix(s->hash, row->flags), row->n), (uint64_t)row->line);
    s->hash = mix(mix(mix(s->hash, row->column), (uint64_t)row->quote_line), (uint64_t)row->lost);
    for (size_t i = 0; i < row->n; i++) {
        must(utf8_valid(row->cell[i]) && row->cell[i].n <= 3 * s->cell_max);
        s->hash = mix(s->hash, str_hash(row->cell[i]));
    }
    if (s->again && row->n)
        csv_write_row(&(struct csv_writer){s->again, ',', s->guard}, row->cell, row->n);
    return true;
}

static struct seen read_all(struct csv_options o, struct str bytes, size_t piece, struct out *again)
{
    struct seen s = {.cell_max = o.cell_max ? o.cell_max : 1 << 20, .again = again, .guard = true};
    struct csv_reader r;
    csv_open(&r, &o, see, &s);
    for (; bytes.n; bytes = str_from(bytes, piece))
        csv_feed(&r, str_first(bytes, piece));
    csv_end(&r);
    csv_close(&r);
    return s;
}

struct compared {
    uint64_t hash;
};

static bool compare(void *ctx, const struct csv_row *row)
{
    struct compared *c = ctx;
    must((row->flags & ~(unsigned)(CSV_NUL | CSV_RAGGED)) == 0);
    c->hash = mix(c->hash, row->n);
    for (size_t i = 0; i < row->n; i++)
        c->hash = mix(c->hash, str_hash(row->cell[i]));
    return true;
}

static uint64_t cells_of(struct str bytes, bool unguard)
{
    struct compared c = {0};
    struct csv_reader r;
    csv_open(&r,
             &(struct csv_options){.unguard = unguard, .cell_max = 8 << 20, .row_max = 32 << 20},
             compare, &c);
    csv_feed(&r, bytes);
    csv_end(&r);
    csv_close(&r);
    return c.hash;
}

/* RULE 8: what was read of it, written again, is the same table. */
static bool write_again(void *ctx, const struct csv_row *row)
{
    csv_write_row(&(struct csv_writer){ctx, ',', false}, row->cell, row->n);
    return true;
}

static void check_again(struct str guarded)
{
    struct out plain;
    struct csv_reader r;
    out_init(&plain, 1 << 24);
    csv_open(&r, &(struct csv_options){.unguard = true, .cell_max = 8 << 20, .row_max = 32 << 20},
             write_again, &plain);
    csv_feed(&r, guarded);
    csv_end(&r);
    csv_close(&r);
    must(cells_of(guarded, true) == cells_of(out_text(&plain), false));
    out_free(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_make((const char *)data, size);
    unsigned limits = fuzz_byte(&rest), dialect = fuzz_byte(&rest);
    struct csv_options o = {.cell_max = limits & 0x3F, .cells_max = limits >> 6 ? 0 : 7};
    o.row_max = limits & 0x40 ? o.cell_max + (limits & 15) : 0;
    o.dialect.separator = ",;\t|"[dialect & 3];
    o.dialect.encoding = (enum csv_encoding)(dialect >> 2 & 3);
    o.dialect.before = dialect >> 4 & 1;
    struct out again;
    out_init(&again, 1 << 24);
    struct seen whole = read_all(o, rest, SIZE_MAX, &again);
    struct seen ones = read_all(o, rest, 1, NULL);
    struct seen some = read_all(o, rest, 2 + (dialect >> 5), NULL);
    must(whole.hash == ones.hash && whole.hash == some.hash);
    check_again(out_text(&again));
    out_free(&again);
    struct csv_dialect d = csv_sniff(rest);
    must(d.separator && d.before >= 0);
    read_all((struct csv_options){.dialect = d}, rest, SIZE_MAX, NULL);
    return 0;
}
