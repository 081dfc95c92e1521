/* options_test.c: see options.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/log.h"
#include "http/options.h"

static bool read_line(struct command_line *line, const char *const *words)
{
    static char *argv[16];
    int n = 1;
    argv[0] = (char *)(uintptr_t) "skep";
    for (; words[n - 1]; n++)
        argv[n] = (char *)(uintptr_t)words[n - 1];
    *line = (struct command_line){0};
    return options_read(line, n, argv);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void wrong_values_start_nothing(void **state) /* options RULE 1 */
{
    struct command_line line;
    static const char *const wrong[][2] = {
        {"--loops", "0"},           {"--loops", "many"},       {"--log-level", "loud"},
        {"--log-format", "xml"},    {"--base-url", "hub"},     {"--requests-per-peer", "-1"},
        {"--smtp", "mail.example"}, {"--mail-from", "nobody"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(read_line(&line, WORDS(wrong[i][0], wrong[i][1], "serve")));
    assert_false(read_line(&line, WORDS("serve", "--data")));
    assert_false(read_line(&line, WORDS("--smtp", "smtp://localhost", "serve")));
    assert_true(read_line(&line, WORDS("--smtp", "smtp://localhost", "--base-url", "http://a.test",
                                       "--mail-from", "hub@a.test", "serve")));
}

static void lists_grow_and_the_line_begins_anew(void **state) /* options RULE 2 */
{
    struct command_line line;
    (void)state;
    setenv("SKEP_LISTEN", "127.0.0.1:1,127.0.0.1:2", 1);
    setenv("SKEP_NO_ACCESS_LOG", "1", 1);
    setenv("SKEP_TRUST_PROXY", "0", 1);
    assert_true(read_line(&line, WORDS("serve")));
    assert_string_equal(line.app.listen, "127.0.0.1:1,127.0.0.1:2");
    assert_false(line.app.access_log);
    assert_false(line.app.trust_proxy);
    assert_true(read_line(&line, WORDS("--listen", "127.0.0.1:3", "serve", "--listen=https://a:4",
                                       "--log-format=json", "--requests-per-peer", "0")));
    assert_string_equal(line.app.listen, "127.0.0.1:3 https://a:4");
    assert_int_equal(line.app.log_style, LOG_JSON);
    assert_int_equal(line.app.requests_per_peer, -1);
    assert_int_equal(line.argc, 1);
    unsetenv("SKEP_LISTEN");
    unsetenv("SKEP_NO_ACCESS_LOG");
    unsetenv("SKEP_TRUST_PROXY");
}

static void words_behind_two_dashes_are_the_commands(void **state)
{
    struct command_line line;
    (void)state;
    assert_true(read_line(&line, WORDS("init", "--", "--data", "x")));
    assert_int_equal(line.argc, 3);
    assert_string_equal(line.app.store.db.data, "hub");
    assert_true(read_line(&line, WORDS("init", "-V")));
    assert_int_equal(line.tell, 'V');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_values_start_nothing),
        cmocka_unit_test(lists_grow_and_the_line_begins_anew),
        cmocka_unit_test(words_behind_two_dashes_are_the_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
