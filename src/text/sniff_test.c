/* sniff_test.c: first bytes as files have them; see sniff.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/out.h"
#include "text/sniff.h"

static size_t read_from(void *ctx, int64_t at, void *to, size_t n)
{
    const struct str *s = ctx;
    struct str rest = str_first(str_from(*s, (size_t)at), n);
    if (rest.n)
        memcpy(to, rest.p, rest.n);
    return rest.n;
}

static void files_are_what_their_bytes_say(void **state) /* RULE 1, RULE 2, RULE 3 */
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str rest = cases_read(a, "src/text/sniff.cases");
    struct test_case c;
    while (cases_next(&rest, &c)) {
        struct str bytes = cases_joined(a, c.part[0]);
        struct sniffed is = sniff_bytes(bytes);
        struct picture_size size = sniff_size(is.picture, bytes, read_from, &bytes);
        struct str got = is.type;
        if (is.picture)
            got = str_fmt(a, STR_FMT " %lldx%lld", STR_ARG(is.type), (long long)size.width,
                          (long long)size.height);
        if (!str_eq(got, c.part[1]))
            fail_msg("'" STR_FMT "': " STR_FMT, STR_ARG(c.title), STR_ARG(got));
    }
    arena_free(a);
}

/* The end of what is looked at may lie inside of a character. */
static void a_long_text_is_text(void **state) /* RULE 1 */
{
    (void)state;
    char bytes[SNIFF_HEAD];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(bytes, 'a', sizeof bytes);
        for (size_t i = shift; i + 3 <= sizeof bytes; i += 3)
            memcpy(bytes + i, "\xe2\x82\xac", 3);
        size_t tail = (sizeof bytes - shift) % 3;
        memcpy(bytes + sizeof bytes - tail, "\xe2\x82\xac", tail);
        assert_true(str_starts(sniff_bytes(str_make(bytes, sizeof bytes)).type, S("text/plain")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_what_their_bytes_say),
        cmocka_unit_test(a_long_text_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
