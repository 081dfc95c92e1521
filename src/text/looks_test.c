/* looks_test.c: proves the RULES of looks.h. */
#include "text/looks.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    struct str text;
    enum looks looks;
} cases[] = {
    /* RULE 1 */
    {S(""), LOOKS_EMPTY},
    {S(" \t"), LOOKS_EMPTY},
    {S("Ana"), LOOKS_TEXT},
    {S("Jan 12"), LOOKS_TEXT},
    {S("12 Main Street"), LOOKS_TEXT},
    {S("First Name"), LOOKS_TEXT},
    {S("E-mail 1 - Value"), LOOKS_TEXT},
    {S("a@b"), LOOKS_TEXT},
    {S("@ana"), LOOKS_TEXT},
    {S("ana@example.org"), LOOKS_EMAIL},
    {S(" ana@example.org "), LOOKS_EMAIL},
    {S("https://example.org/a?b=c"), LOOKS_URL},
    {S("www.example.org"), LOOKS_URL},
    {S("12"), LOOKS_NUMBER},
    {S("-1.234,50"), LOOKS_NUMBER},
    {S("1,234.50 EUR"), LOOKS_NUMBER},
    {S("€ 12"), LOOKS_NUMBER},
    {S("15 %"), LOOKS_NUMBER},
    {S("(500)"), LOOKS_NUMBER},
    /* RULE 2 */
    {S("2026-12-31"), LOOKS_DATE},
    {S("31.12.2026"), LOOKS_DATE},
    {S("12/31/26"), LOOKS_DATE},
    {S("12 Mar 2025"), LOOKS_DATE},
    {S("March 12, 2025"), LOOKS_DATE},
    {S("2026-12-31 12:30"), LOOKS_DATE},
    {S("2026-12-31T12:30:00Z"), LOOKS_DATE},
    {S("+4971112345"), LOOKS_PHONE},
    {S("0711 123-45"), LOOKS_PHONE},
    {S("071112345"), LOOKS_PHONE},
    {S("(555) 010-9999"), LOOKS_PHONE},
    {S("555-010-9999"), LOOKS_PHONE},
    {S("71112345"), LOOKS_NUMBER},
};

static void texts_look_like_what_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum looks got = looks_like(cases[i].text);
        if (got != cases[i].looks)
            fail_msg(STR_FMT " looks like %s", STR_ARG(cases[i].text), looks_name(got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_look_like_what_they_are)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
