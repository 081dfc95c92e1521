/* csv_test.c: proves the RULES of csv.h: from csv.cases and csv_sniff.cases, with tables of any
 * bytes, and with real files where they are there (see test/shared.h). */
#include "text/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/rand.h"
#include "test/shared.h"

/* ---- rows as text ---- */

static void print_text(struct out *o, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        const char *at = c ? strchr("\nn\rr\tt", c) : NULL;
        if (c == 0)
            out_lit(o, "\\0");
        else if (at && (c == '\n' || c == '\r' || c == '\t'))
            out_fmt(o, "\\%c", at[1]);
        else
            out_char(o, c);
    }
}

static bool print_row(void *ctx, const struct csv_row *row)
{
    static const char *const flags[] = {"RAGGED", "CELL_LONG", "ROW_LONG", "UNCLOSED",
                                        "QUOTE",  "RECODED",   "NUL"};
    struct out *o = ctx;
    out_fmt(o, "%s%lld@%lld ", o->n ? "\n" : "", (long long)row->number, (long long)row->line);
    for (size_t i = 0; i < row->n; i++) {
        assert_true(utf8_valid(row->cell[i])); /* RULE 6 */
        out_char(o, '<');
        print_text(o, row->cell[i]);
        out_char(o, '>');
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (row->flags & 1u << i)
            out_fmt(o, "%s%s", o->p[o->n - 1] == ' ' ? "" : " ", flags[i]);
    if (row->column)
        out_fmt(o, " %zu@%lld", row->column, (long long)row->quote_line);
    if (row->lost)
        out_fmt(o, " lost %lld", (long long)row->lost);
    return true;
}

static struct str printed(struct arena *a, const struct csv_options *options, struct str bytes,
                          size_t piece)
{
    struct csv_reader r;
    struct out o;
    out_init(&o, 1 << 26);
    csv_open(&r, options, print_row, &o);
    for (; bytes.n; bytes = str_from(bytes, piece))
        assert_true(csv_feed(&r, str_first(bytes, piece)));
    assert_true(csv_end(&r));
    csv_close(&r);
    return out_take(&o, a);
}

/* ---- cases ---- */

static const char *const separator_names[] = {"comma", "semicolon", "tab", "bar"};
static const char separators[] = ",;\t|";

static struct csv_options options_of(struct str title)
{
    struct csv_options o = {.cell_max = 1000};
    struct str all = str_first(title, (size_t)str_find(title, ':')), word;
    while (str_split(&all, ' ', &word)) {
        ptrdiff_t is = str_find(word, '=');
        int64_t n = 0;
        if (is > 0)
            str_int(str_from(word, (size_t)is + 1), &n);
        for (int i = 0; i < 4; i++)
            if (str_is(word, separator_names[i]))
                o.dialect.separator = separators[i];
        for (enum csv_encoding e = CSV_UTF8; e <= CSV_WINDOWS_1252; e++)
            if (str_eq_nocase(word, str_of(csv_encodings[e])))
                o.dialect.encoding = e;
        if (str_starts(word, S("cell=")))
            o.cell_max = (size_t)n;
        else if (str_starts(word, S("row=")))
            o.row_max = (size_t)n;
        else if (str_starts(word, S("cells=")))
            o.cells_max = (size_t)n;
        else if (str_starts(word, S("before=")))
            o.dialect.before = (int)n;
        o.unguard = o.unguard || str_is(word, "unguard");
    }
    return o;
}

/* RULE 1-7 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 3, 5, 7, 1 << 20};
    struct arena *a = arena_new(1 << 26);
    struct str rest = cases_read(a, "src/text/csv.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        struct csv_options o = options_of(c.title);
        struct str bytes = cases_joined(a, c.part[0]);
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            struct str got = printed(a, &o, bytes, pieces[i]);
            if (!str_eq(got, c.part[1]))
                fail_msg(STR_FMT ": in pieces of %zu got\n" STR_FMT, STR_ARG(c.title), pieces[i],
                         STR_ARG(got));
        }
    }
    assert_in_range(count, 35, 1000);
    arena_free(a);
}

/* RULE 10 */
static void files_are_made_out(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    struct str rest = cases_read(a, "src/text/csv_sniff.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        struct csv_dialect d = csv_sniff(cases_joined(a, c.part[0]));
        struct str got = str_fmt(a, "%s %s %d %s", csv_encodings[d.encoding],
                                 d.separator == '\t' ? "\\t" : (char[]){d.separator, 0}, d.before,
                                 d.header ? "header" : "none");
        if (!str_eq(got, c.part[1]))
            fail_msg(STR_FMT ": got " STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    assert_in_range(count, 18, 1000);
    arena_free(a);
}

/* ---- any bytes ---- */

static const struct str bits[] = {S("\""), S("\""), S("\"\""), S(","),    S(","),    S("\n"),
                                  S("\r"), S("a"),  S("b c"),  S("\xc3"), S("é"),    S("'"),
                                  S("="),  S("-1"), S("\t"),   S(";"),    S("\r\n"), S("\"x\"")};

static struct str any_text(struct arena *a, struct rand_seq *r, uint64_t most)
{
    struct out o;
    out_init(&o, 1 << 20);
    for (uint64_t n = rand_below(r, most); n > 0; n--)
        out_str(&o, bits[rand_below(r, sizeof bits / sizeof *bits)]);
    return out_take(&o, a);
}

/* RULE 1 */
static void pieces_make_no_difference(void **state)
{
    (void)state;
    struct rand_seq r = {7};
    struct arena *a = arena_new(1 << 26);
    for (int round = 0; round < 3000; round++) {
        struct csv_options o = {.cell_max = 1 + rand_below(&r, 30),
                                .dialect = {.encoding = rand_below(&r, 4)}};
        o.row_max = o.cell_max + rand_below(&r, 20);
        struct str bytes = any_text(a, &r, 60);
        struct str whole = printed(a, &o, bytes, 1 << 20);
        assert_true(str_eq(whole, printed(a, &o, bytes, 1)));
        assert_true(str_eq(whole, printed(a, &o, bytes, 1 + rand_below(&r, 9))));
        arena_reset(a);
    }
    arena_free(a);
}

struct expected {
    struct str cell[8];
    size_t n, rows;
};

static bool is_expected(void *ctx, const struct csv_row *row)
{
    struct expected *e = ctx;
    assert_int_equal(row->n, e->n);
    for (size_t i = 0; i < e->n; i++)
        assert_true(str_eq(row->cell[i], e->cell[i]));
    assert_int_equal(row->flags & ~(unsigned)CSV_NUL, 0);
    e->rows++;
    return true;
}

/* RULE 8 */
static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct rand_seq r = {11};
    struct arena *a = arena_new(1 << 26);
    for (int round = 0; round < 4000; round++) {
        struct expected e = {.n = 1 + rand_below(&r, 8)};
        for (size_t i = 0; i < e.n; i++) {
            struct str s = any_text(a, &r, 5);
            e.cell[i] = utf8_valid(s) ? s : S("\xef\xbb\xbf"); /* a mark that is text */
        }
        struct out o;
        out_init(&o, 1 << 20);
        struct csv_writer w = {&o, separators[round % 4], round / 4 % 2};
        csv_write_row(&w, e.cell, e.n);
        csv_write_row(&w, e.cell, e.n);
        struct csv_reader reader;
        csv_open(&reader,
                 &(struct csv_options){.dialect.separator = w.separator, .unguard = w.guard},
                 is_expected, &e);
        csv_feed(&reader, out_text(&o));
        csv_end(&reader);
        csv_close(&reader);
        assert_int_equal(e.rows, 2);
        out_free(&o);
        arena_reset(a);
    }
    arena_free(a);
}

/* RULE 9 */
static void formulas_are_guarded(void **state)
{
    (void)state;
    static const struct str cell[] = {
        S("=1+1"),        S("-5"),       S("-1,50"), S("-1+cmd|' /C calc'!A0"),
        S("+4971112345"), S("@SUM(A1)"), S("\t=1"),  S("\r=1"),
        S("'=1"),         S("＝1"),      S("a=b"),   S("it's"),
        S("-"),           S("--1"),      S("-1-2")};
    struct out o;
    out_init(&o, 1 << 10);
    struct csv_writer w = {&o, ';', true};
    csv_write_row(&w, cell, sizeof cell / sizeof *cell);
    out_char(&o, 0);
    assert_string_equal(o.p, "'=1+1;-5;-1,50;'-1+cmd|' /C calc'!A0;'+4971112345;'@SUM(A1);"
                             "\"'\t=1\";\"'\r=1\";''=1;\"'＝1\";a=b;it's;'-;'--1;'-1-2\r\n");
    out_clear(&o);
    w.guard = false;
    csv_write_row(&w, cell, 1);
    csv_write_row(&w, &S(""), 1);
    csv_write_bom(&w);
    assert_memory_equal(o.p, "=1+1\r\n\"\"\r\n\xef\xbb\xbf", 13);
    out_free(&o);
}

/* ---- large ---- */

struct big {
    int64_t rows, long_cells, last_line, unclosed;
    size_t most;
    struct csv_reader *r;
};

static bool count_big(void *ctx, const struct csv_row *row)
{
    struct big *b = ctx;
    b->rows++;
    b->long_cells += (row->flags & CSV_CELL_LONG) != 0;
    b->unclosed += (row->flags & CSV_UNCLOSED) != 0;
    b->last_line = row->line;
    b->most = b->r->text.cap > b->most ? b->r->text.cap : b->most;
    return true;
}

/* RULE 3, RULE 4: a cell of 10 MB, and a quote that opens in a large file and never closes */
static void large_files_are_read_in_small_memory(void **state)
{
    (void)state;
    static char piece[1 << 20];
    struct csv_reader r;
    struct big b = {.r = &r};
    memset(piece, 'x', sizeof piece);
    csv_open(&r, &(struct csv_options){.cell_max = 1 << 16, .row_max = 1 << 18}, count_big, &b);
    csv_feed(&r, S("a,b\n1,\""));
    for (int i = 0; i < 10; i++)
        csv_feed(&r, str_make(piece, sizeof piece));
    csv_feed(&r, S("\"\n2,y\n3,\"never closed\n"));
    for (int i = 0; i < 200000; i++)
        csv_feed(&r, S("4,another row\n"));
    csv_end(&r);
    csv_close(&r);
    assert_int_equal(b.rows, 4 + 200000);
    assert_int_equal(b.long_cells, 1);
    assert_int_equal(b.unclosed, 1);
    assert_int_equal(b.last_line, 4 + 200000);
    assert_in_range(b.most, 1, 1 << 20);
}

static bool take_two(void *ctx, const struct csv_row *row)
{
    *(int64_t *)ctx = row->number;
    return row->number < 2;
}

static void a_reader_can_be_stopped(void **state)
{
    (void)state;
    int64_t last = 0;
    struct csv_reader r;
    csv_open(&r, &(struct csv_options){0}, take_two, &last);
    assert_false(csv_feed(&r, S("a\nb\nc\nd\n")));
    assert_false(csv_feed(&r, S("e\n")));
    assert_false(csv_end(&r));
    csv_close(&r);
    assert_int_equal(last, 2);
}

static bool tell_problem(void *ctx, const struct csv_row *row)
{
    struct out *o = ctx;
    struct arena *a = arena_new(1 << 16);
    struct str problem = csv_problem(a, row);
    out_str(o, problem);
    if (problem.n)
        out_char(o, '\n');
    arena_free(a);
    return true;
}

/* RULE 2-7, in words */
static void problems_are_told_with_their_line(void **state)
{
    (void)state;
    struct out o;
    struct csv_reader r;
    out_init(&o, 1 << 12);
    csv_open(&r, &(struct csv_options){.cell_max = 30, .row_max = 60}, tell_problem, &o);
    csv_feed(&r,
             S("a,b\n\n1,\"x\n2,y\n3\n3,0123456789012345678901234567890\n4,\xff\n5,\"a \"b\"\"\n"
               "6,a\0b\n7,aaaaaaaaaaaaaaaaaaaaaaaaaaaaa,bbbbbbbbbbbbbbbbbbbbbbbbbbbbb,c,d\n"));
    csv_end(&r);
    csv_close(&r);
    out_char(&o, 0);
    assert_string_equal(o.p, "row 2, line 3: the quote that opens in line 3 never closes\n"
                             "row 4, line 5: has 1 cells, the first row has 2\n"
                             "row 5, line 6: cell 2 is too long\n"
                             "row 6, line 7: has bytes of another encoding than the file\n"
                             "row 7, line 8: cell 2 holds quotes that are not doubled\n"
                             "row 8, line 9: holds a NUL character\n"
                             "row 9, line 10: the row is too long\n");
    out_free(&o);
}

/* ---- real files ---- */

struct as_json {
    struct out o;
    struct arena *a;
    struct str name[32];
    size_t n;
};

static void json_text(struct out *o, struct str s)
{
    out_char(o, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r')
            out_char(o, '\\');
        out_char(o, s.p[i] == '\n' ? 'n' : s.p[i] == '\r' ? 'r' : s.p[i]);
    }
    out_char(o, '"');
}

static bool row_as_json(void *ctx, const struct csv_row *row)
{
    struct as_json *j = ctx;
    assert_int_equal(row->flags, 0);
    if (row->number == 1) {
        j->n = row->n;
        for (size_t i = 0; i < row->n && i < 32; i++)
            j->name[i] = str_dup(j->a, row->cell[i]);
        return true;
    }
    out_str(&j->o, row->number == 2 ? S("{") : S(",{"));
    for (size_t i = 0; i < row->n; i++) {
        out_str(&j->o, i ? S(",") : S(""));
        json_text(&j->o, j->name[i]);
        out_char(&j->o, ':');
        json_text(&j->o, row->cell[i]);
    }
    out_char(&j->o, '}');
    return true;
}

/* JSON without the blanks between its parts. */
static struct str dense(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    bool text = false;
    for (size_t i = 0; i < s.n; i++) {
        text ^= s.p[i] == '"' && !(i && s.p[i - 1] == '\\');
        if (text || !strchr(" \n\r\t", s.p[i]))
            p[n++] = s.p[i];
    }
    return str_make(p, n);
}

static void twelve_dialects_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {
        "comma_in_quotes",      "json",           "newlines_crlf", "utf8",
        "quotes_and_newlines",  "escaped_quotes", "newlines",      "empty_crlf",
        "location_coordinates", "simple_crlf",    "simple",        "empty"};
    struct arena *a = arena_new(1 << 26);
    struct str archive = shared_path(a, "csv-dialects/csv-spectrum.tar.xz");
    if (!archive.n) {
        arena_free(a);
        skip();
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str csv = shared_member(a, archive, str_fmt(a, "csvs/%s.csv", names[i]));
        struct str json = shared_member(a, archive, str_fmt(a, "json/%s.json", names[i]));
        struct as_json j = {.a = a};
        struct csv_reader r;
        out_init(&j.o, 1 << 20);
        out_char(&j.o, '[');
        struct csv_dialect d = csv_sniff(csv);
        assert_int_equal(d.separator, ',');
        assert_true(d.header);
        csv_open(&r, &(struct csv_options){.dialect = d}, row_as_json, &j);
        csv_feed(&r, csv);
        csv_end(&r);
        csv_close(&r);
        out_char(&j.o, ']');
        struct str got = out_take(&j.o, a), want = dense(a, json);
        ptrdiff_t number = str_find_str(want, S("1234567890")); /* the CSV has another one */
        if (number >= 0)
            memcpy((char *)want.p + number, "2095257564", 10);
        if (!str_eq(got, want) && !str_eq(got, str_fmt(a, "[" STR_FMT "]", STR_ARG(want))))
            fail_msg("%s: got\n" STR_FMT "\nnot\n" STR_FMT, names[i], STR_ARG(got), STR_ARG(want));
    }
    arena_free(a);
}

struct madrid {
    int64_t rows, supports, most, retired;
};

static bool take_proposal(void *ctx, const struct csv_row *row)
{
    struct madrid *m = ctx;
    int64_t votes = 0;
    assert_int_equal(row->flags, 0);
    assert_int_equal(row->n, 6);
    if (row->number == 1)
        return true;
    assert_true(str_int(row->cell[3], &votes));
    m->rows++;
    m->supports += votes;
    m->most = votes > m->most ? votes : m->most;
    m->retired += row->cell[5].n > 0;
    return true;
}

static void decide_madrid_is_read(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    struct str path = shared_path(a, "decide-madrid/proposals_latest.csv.xz");
    if (!path.n) {
        arena_free(a);
        skip();
    }
    struct str csv = shared_piped(a, "xz -dc '%s'", path);
    struct csv_dialect d = csv_sniff(csv);
    assert_int_equal(d.encoding, CSV_UTF8);
    assert_int_equal(d.separator, ';');
    assert_true(d.header);
    assert_int_equal(d.before, 0);
    struct madrid m = {0};
    struct csv_reader r;
    csv_open(&r, &(struct csv_options){.dialect = d}, take_proposal, &m);
    csv_feed(&r, csv);
    csv_end(&r);
    csv_close(&r);
    assert_int_equal(m.rows, 2738);
    assert_int_equal(m.most, 842);
    assert_int_equal(m.retired, 30);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(files_are_made_out),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(formulas_are_guarded),
        cmocka_unit_test(large_files_are_read_in_small_memory),
        cmocka_unit_test(a_reader_can_be_stopped),
        cmocka_unit_test(problems_are_told_with_their_line),
        cmocka_unit_test(twelve_dialects_are_read),
        cmocka_unit_test(decide_madrid_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
