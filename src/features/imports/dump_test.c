/* dump_test.c: proves the RULES of dump.h, from dump_test.cases and with files of odd sizes. */
#include "features/imports/dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/out.h"

enum { MEMORY = 64 << 20 };

/* A file that holds the text; gone with its name when it is open. */
static struct dump *dump_of(struct arena *a, struct str text)
{
    char path[] = "/tmp/skep-dump.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
    close(fd);
    struct dump *d = dump_open(a, path);
    unlink(path);
    assert_non_null(d);
    return d;
}

static struct str told(struct arena *a, struct dump *d)
{
    struct out o;
    out_init(&o, MEMORY);
    struct dump_row row;
    enum dump_result result;
    while ((result = dump_next(d, a, &row)) != DUMP_END) {
        out_int(&o, row.line);
        if (result == DUMP_BROKEN)
            out_fmt(&o, " broken: " STR_FMT, STR_ARG(row.why));
        for (size_t i = 0; result == DUMP_ROW && i < row.n; i++)
            out_fmt(&o, " " STR_FMT "=" STR_FMT, STR_ARG(row.attributes[i].name),
                    STR_ARG(row.attributes[i].value));
        out_char(&o, '\n');
    }
    out_str(&o, dump_whole(d) ? S("whole") : S("cut off"));
    for (size_t i = 1; i < o.n; i++)
        if (o.p[i] == '\n' && o.p[i - 1] == '>')
            o.p[i] = '|'; /* a line end inside of a value */
    return out_take(&o, a);
}

/* dump.h RULE 1, RULE 2, RULE 3 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(MEMORY);
    struct str rest = cases_read(a, "src/features/imports/dump_test.cases");
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct str got = told(a, dump_of(a, cases_unescape(a, c.part[0])));
        if (!str_eq(got, c.part[1]))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    arena_free(a);
}

/* Rows of every length up to some, so that ends of pieces fall on every place of a row. */
static void pieces_end_anywhere(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    struct arena *a = arena_new(MEMORY);
    struct out o;
    out_init(&o, MEMORY);
    out_lit(&o, "<rows>\n");
    for (int i = 1; i <= ROWS; i++) {
        out_fmt(&o, "<row Id=\"%d\" Text=\"", i);
        for (int k = 0; k < i % 997; k++)
            out_char(&o, (char)('a' + k % 26));
        out_lit(&o, "\"/>\n");
    }
    out_lit(&o, "</rows>");
    struct dump *d = dump_of(a, out_text(&o));
    struct dump_row row;
    for (int i = 1; i <= ROWS; i++) {
        int64_t id = 0;
        assert_int_equal(dump_next(d, a, &row), DUMP_ROW);
        assert_true(row_int(&row, "Id", &id) && id == i);
        assert_int_equal(row.line, i + 1);
        assert_int_equal(row_text(&row, "Text").n, i % 997);
    }
    assert_int_equal(dump_next(d, a, &row), DUMP_END);
    assert_true(dump_whole(d));
    out_free(&o);
    arena_free(a);
}

/* dump.h RULE 4: a row that never ends is given up, and what follows is read. */
static void endless_row_is_given_up(void **state)
{
    (void)state;
    struct arena *a = arena_new(MEMORY);
    struct out o;
    out_init(&o, MEMORY);
    out_lit(&o, "<rows>\n<row Id=\"1\" Text=\"");
    for (int i = 0; i < 3 * DUMP_ROW_MAX; i++)
        out_char(&o, 'x');
    out_lit(&o, "\"/>\n<row Id=\"2\"/>\n</rows>");
    struct dump *d = dump_of(a, out_text(&o));
    struct dump_row row;
    assert_int_equal(dump_next(d, a, &row), DUMP_BROKEN);
    assert_int_equal(row.line, 2);
    assert_true(str_eq(row.why, S("the row is too long")));
    assert_int_equal(dump_next(d, a, &row), DUMP_ROW);
    assert_int_equal(row.line, 3);
    assert_int_equal(dump_next(d, a, &row), DUMP_END);
    out_free(&o);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(pieces_end_anywhere),
        cmocka_unit_test(endless_row_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
