/* log_test.c: what is written to standard error; see log.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "core/log.h"

static int before;
static FILE *caught;

static void catch_begin(void)
{
    caught = tmpfile();
    before = dup(STDERR_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
}

static struct str catch_end(char *buf, size_t size)
{
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(caught);
    struct str text = str_make(buf, fread(buf, 1, size, caught));
    fclose(caught);
    return text;
}

#define NASTY "a \"quoted\" \\ text\nwith\ttwo lines, \x01, \xc3\xa9 and \xff"

static void text_is_one_line(void **state) /* log RULE 1 */
{
    (void)state;
    char buf[8192];
    catch_begin();
    log_warn("%s", NASTY);
    log_debug("too low");
    struct str text = catch_end(buf, sizeof buf);
    assert_true(str_starts(text, S("warn: a \"quoted\"")));
    assert_int_equal(str_find(text, '\n'), text.n - 1);
}

static void json_is_one_object(void **state) /* log RULE 1 */
{
    (void)state;
    char buf[8192], longer[4000];
    memset(longer, '\x01', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    const char *const messages[] = {NASTY, "", longer};
    log_set_style(LOG_JSON);
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        catch_begin();
        log_error("%s", messages[i]);
        struct str text = catch_end(buf, sizeof buf);
        assert_int_equal(str_find(text, '\n'), text.n - 1);
        json_t *read = json_loadb(text.p, text.n, 0, NULL);
        assert_non_null(read);
        assert_string_equal(json_string_value(json_object_get(read, "level")), "error");
        assert_int_equal(strlen(json_string_value(json_object_get(read, "time"))), 27);
        json_decref(read);
    }
    log_set_style(LOG_TEXT);
}

static void levels_below_the_least_are_silent(void **state)
{
    (void)state;
    char buf[1000];
    log_set_level(LOG_ERROR);
    assert_false(log_takes(LOG_WARN));
    catch_begin();
    log_warn("not this");
    log_error("this");
    assert_true(str_eq(catch_end(buf, sizeof buf), S("error: this\n")));
    log_set_level(LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_one_line),
        cmocka_unit_test(json_is_one_object),
        cmocka_unit_test(levels_below_the_least_are_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
