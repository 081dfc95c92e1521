/* exchange_test.c: proves the RULES of exchange.h, from exchange.cases. */
#include "text/exchange.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/cases.h"

static struct str case_run(struct arena *a, struct str what, struct str s)
{
    if (str_is(what, "comment"))
        return comment_html(a, s, S("tea.example"));
    if (str_is(what, "post"))
        return post_html(a, s, S("tea.example"));
    if (str_is(what, "tags"))
        return post_tags(a, s);
    fail_msg("no such kind of case: " STR_FMT, STR_ARG(what));
    return s;
}

/* exchange.h RULE 1, RULE 2, RULE 3 */
static void cases_come_out_as_written(void **state)
{
    (void)state;
    struct arena *a = arena_new(16 << 20);
    struct str rest = cases_read(a, "src/text/exchange.cases"), what;
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct str title = c.title;
        str_split(&title, ' ', &what);
        struct str got = case_run(a, what, c.part[0]);
        if (!str_eq(got, c.part[1]))
            fail_msg(STR_FMT ": got\n" STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases_come_out_as_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
