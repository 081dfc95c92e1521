/* diff_test.c: proves the RULES of diff.h; the readable ones from diff.cases. */
#include "text/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/out.h"
#include "core/rand.h"

static struct str spelled(struct arena *a, struct diff d)
{
    static const char sign[] = {[DIFF_SAME] = '=', [DIFF_INS] = '+', [DIFF_DEL] = '-'};
    struct out o;
    out_init(&o, 1 << 20);
    for (size_t i = 0; i < d.n; i++) {
        if (i)
            out_char(&o, '\n');
        out_char(&o, sign[d.op[i].kind]);
        for (size_t j = 0; j < d.op[i].text.n; j++) {
            char c = d.op[i].text.p[j];
            out_str(&o, c == '\n' ? S("\\n") : str_make(&c, 1));
        }
    }
    return out_take(&o, a);
}

/* RULE 1, RULE 2 */
static void assert_sound(struct arena *a, struct diff d, struct str before, struct str after)
{
    struct out was, is;
    out_init(&was, SIZE_MAX / 2);
    out_init(&is, SIZE_MAX / 2);
    for (size_t i = 0; i < d.n; i++) {
        assert_true(d.op[i].text.n > 0);
        assert_true(i == 0 || d.op[i].kind != d.op[i - 1].kind);
        assert_false(i && d.op[i].kind == DIFF_DEL && d.op[i - 1].kind == DIFF_INS);
        if (d.op[i].kind != DIFF_INS)
            out_str(&was, d.op[i].text);
        if (d.op[i].kind != DIFF_DEL)
            out_str(&is, d.op[i].text);
    }
    assert_true(str_eq(out_take(&was, a), before));
    assert_true(str_eq(out_take(&is, a), after));
}

/* RULE 4 and what a reader expects */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 26);
    struct str rest = cases_read(a, "src/text/diff.cases");
    struct test_case c;
    size_t count = 0;
    for (; cases_next(&rest, &c); count++) {
        struct diff d = diff_text(a, c.part[0], c.part[1]);
        struct str got = spelled(a, d);
        if (!str_eq(got, c.part[2]))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
        assert_sound(a, d, c.part[0], c.part[1]);
    }
    assert_in_range(count, 14, 1000);
    arena_free(a);
}

/* RULE 1, RULE 2: for texts of few words in any order, with broken UTF-8 among them */
static void any_two_texts_come_back(void **state)
{
    (void)state;
    static const struct str words[] = {S("a"),  S("b"),  S("lid"), S(" "), S(" "),
                                       S("\n"), S("\n"), S("."),   S("é"), S("\xff\xe2")};
    struct rand_seq r = {3};
    struct arena *a = arena_new(1 << 26);
    for (int round = 0; round < 5000; round++) {
        struct str text[2];
        for (int side = 0; side < 2; side++) {
            struct out o;
            out_init(&o, 1 << 16);
            for (uint64_t n = rand_below(&r, 60); n > 0; n--)
                out_str(&o, words[rand_below(&r, 10)]);
            text[side] = out_take(&o, a);
        }
        assert_sound(a, diff_text(a, text[0], text[1]), text[0], text[1]);
        arena_reset(a);
    }
    assert_int_equal(diff_text(a, (struct str){NULL, 0}, S("")).n, 0);
    arena_free(a);
}

/* RULE 3: two texts of 256 kB without a line in common */
static void work_is_bounded(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 28);
    struct rand_seq r = {5};
    struct str text[2];
    for (int side = 0; side < 2; side++) {
        struct out o;
        out_init(&o, 1 << 20);
        while (o.n < 1 << 18)
            out_fmt(&o, "%llu %llu\n", (unsigned long long)rand_below(&r, 99),
                    (unsigned long long)rand_next(&r));
        text[side] = out_take(&o, a);
    }
    clock_t start = clock(); /* of this process: others may be busy */
    struct diff d = diff_text(a, text[0], text[1]);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC); /* a tenth of that, unsanitized */
    assert_sound(a, d, text[0], text[1]);
    assert_in_range(d.n, 2, 50);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_out_as_written),
        cmocka_unit_test(any_two_texts_come_back),
        cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
