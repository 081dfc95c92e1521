/* difflines_test.c: proves the RULES of difflines.h from difflines.cases, and RULE 1 by chance. */
#include "view/difflines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/rand.h"

static struct arena *arena;

static void line_print(struct out *o, const struct difflines *d, const struct diffline *line)
{
    static const char *const around[][2] = {
        [DIFF_SAME] = {"", ""}, [DIFF_DEL] = {"[", "]"}, [DIFF_INS] = {"{", "}"}};
    out_char(o, "=~-+"[line->kind]);
    out_char(o, ' ');
    if (line->kind == LINE_SKIP)
        out_int(o, (int64_t)line->skipped);
    for (size_t i = 0; i < line->n; i++) {
        const struct diff_op *piece = &d->pieces[line->first + i];
        out_str(o, str_of(around[piece->kind][0]));
        out_str(o, piece->text);
        out_str(o, str_of(around[piece->kind][1]));
    }
}

static void cases(void **state) /* RULES 1, 2, 3 */
{
    (void)state;
    struct str rest = cases_read(arena, "src/view/difflines.cases");
    struct test_case c;
    while (cases_next(&rest, &c)) {
        ptrdiff_t at = str_find_str(c.part[0], S("---\n"));
        struct str before = str_first(c.part[0], (size_t)at);
        struct str after = str_from(c.part[0], (size_t)at + 4);
        after = str_fmt(arena, STR_FMT "\n", STR_ARG(after));
        struct diff diff = diff_text(arena, before, after);
        struct difflines d = difflines_make(arena, diff.op, diff.n);
        struct out o;
        out_init(&o, 1 << 16);
        for (size_t i = 0; i < d.n; i++) {
            if (i)
                out_char(&o, '\n');
            line_print(&o, &d, &d.lines[i]);
        }
        struct str got = out_take(&o, arena);
        if (!str_eq(got, c.part[1]))
            fail_msg(STR_FMT ": got\n" STR_FMT "\nwant\n" STR_FMT, STR_ARG(c.title), STR_ARG(got),
                     STR_ARG(c.part[1]));
    }
}

static struct str any_text(struct rand_seq *r)
{
    char *p = arena_alloc(arena, 40);
    size_t n = rand_below(r, 40);
    for (size_t i = 0; i < n; i++)
        p[i] = "ab \n\n"[rand_below(r, 5)];
    return str_make(p, n);
}

/* The text of one side; a line's end stands behind each line. */
static struct str side(const struct difflines *d, enum diffline_kind kind)
{
    struct out o;
    out_init(&o, 1 << 16);
    for (size_t i = 0; i < d->n; i++) {
        const struct diffline *line = &d->lines[i];
        if (line->kind != LINE_SAME && line->kind != kind)
            continue;
        for (size_t k = 0; k < line->n; k++)
            out_str(&o, d->pieces[line->first + k].text);
        out_char(&o, '\n');
    }
    return out_take(&o, arena);
}

static struct str ended(struct str s)
{
    if (!s.n || s.p[s.n - 1] == '\n')
        return s;
    return str_fmt(arena, STR_FMT "\n", STR_ARG(s));
}

static void both_texts_come_back(void **state) /* RULE 1 */
{
    (void)state;
    struct rand_seq r = {.state = 7};
    for (int round = 0; round < 2000; round++) {
        arena_reset(arena);
        struct str before = any_text(&r), after = any_text(&r);
        struct diff diff = diff_text(arena, before, after);
        struct difflines d = difflines_make(arena, diff.op, diff.n);
        bool skips = d.n == 0;
        for (size_t i = 0; i < d.n; i++)
            skips = skips || d.lines[i].kind == LINE_SKIP;
        if (skips)
            continue;
        struct str old = side(&d, LINE_OLD), new = side(&d, LINE_NEW);
        if (!str_eq(old, ended(before)) || !str_eq(new, ended(after)))
            fail_msg("'" STR_FMT "' became '" STR_FMT "', '" STR_FMT "' became '" STR_FMT "'",
                     STR_ARG(before), STR_ARG(old), STR_ARG(after), STR_ARG(new));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases),
        cmocka_unit_test(both_texts_come_back),
    };
    arena = arena_new(64 << 20);
    int failed = cmocka_run_group_tests_name("view/difflines", tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
