/* columns_guess_test.c: proves the RULES of columns_guess.h, from columns_guess.cases. */
#include "text/columns_guess.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/out.h"

enum { MOST = 64 };

static struct guess_field field_of(struct str line)
{
    struct guess_field f = {.kind = LOOKS_EMPTY};
    struct str word;
    ptrdiff_t is = str_find(line, '=');
    if (is >= 0)
        f.synonyms = str_trim(str_from(line, (size_t)is + 1));
    line = is >= 0 ? str_first(line, (size_t)is) : line;
    str_split(&line, ' ', &f.name);
    f.label = f.name;
    while (str_split(&line, ' ', &word)) {
        f.many = f.many || str_is(word, "many");
        for (enum looks l = LOOKS_TEXT; l <= LOOKS_URL; l++)
            if (str_is(word, looks_name(l)))
                f.kind = l;
    }
    return f;
}

static struct guess_column column_of(struct arena *a, struct str line)
{
    struct guess_column c = {.header = line};
    struct str *cells = arena_array(a, struct str, 8);
    ptrdiff_t is = str_find_str(line, S(" :="));
    if (is >= 0) {
        struct str rest = str_trim(str_from(line, (size_t)is + 3));
        c.header = str_first(line, (size_t)is);
        while (c.n < 8 && str_split(&rest, '|', &cells[c.n]))
            c.n++;
        c.cells = cells;
    }
    return c;
}

static void print_guess(struct out *o, const struct guess *g, const struct guess_column *columns,
                        const struct guess_field *fields)
{
    if (g->type_of >= 0) {
        out_lit(o, "type of ");
        out_str(o, columns[g->type_of].header);
        return;
    }
    out_str(o, g->field < 0 ? S("-") : fields[g->field].name);
    if (g->part)
        out_fmt(o, ".%s", g->part);
    if (g->field >= 0 && g->group)
        out_fmt(o, " %d", g->group);
    if (g->field >= 0 && g->place.n)
        out_fmt(o, " (" STR_FMT ")", STR_ARG(g->place));
    assert_true(g->field < 0 ? g->score == 0 : g->score >= 1 && g->score <= 100);
}

/* RULE 1-5 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    struct str rest = cases_read(a, "src/text/columns_guess.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        struct guess_field fields[MOST];
        struct guess_column columns[MOST];
        size_t fields_n = 0, columns_n = 0;
        struct str line, want;
        while (str_split(&c.part[0], '\n', &line))
            fields[fields_n++] = field_of(line);
        while (str_split(&c.part[1], '\n', &line))
            columns[columns_n++] = column_of(a, line);
        struct guess *guess = columns_guess(a, columns, columns_n, fields, fields_n);
        for (size_t i = 0; i < columns_n; i++) {
            struct out o;
            out_init(&o, 1 << 12);
            print_guess(&o, &guess[i], columns, fields);
            struct str got = out_take(&o, a);
            if (!str_split(&c.part[2], '\n', &want) || !str_eq(got, want))
                fail_msg(STR_FMT ": " STR_FMT " is taken for " STR_FMT ", not " STR_FMT,
                         STR_ARG(c.title), STR_ARG(columns[i].header), STR_ARG(got), STR_ARG(want));
        }
        assert_int_equal(c.part[2].n, 0);
    }
    assert_in_range(count, 14, 1000);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases_come_out_as_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
