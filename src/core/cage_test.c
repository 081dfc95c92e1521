/* cage_test.c: what a program in a cage can do, told by a shell and by Perl in one; see cage.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/cage.h"

static char out_text[4096];

/* The exit code of a program; what it wrote is in out_text. */
static int caged(const char *const *words, const char *input, int seconds, size_t memory,
                 size_t output)
{
    static const char *const environment[] = {"LC_ALL=C", NULL};
    char in_path[] = "/tmp/skep-cage.XXXXXX", out_path[] = "/tmp/skep-cage.XXXXXX";
    int in = mkstemp(in_path), out = mkstemp(out_path);
    assert_true(in >= 0 && out >= 0);
    assert_int_equal(write(in, input, strlen(input)), strlen(input));
    lseek(in, 0, SEEK_SET);
    struct cage cage = {words[0], words, environment, in, out, seconds, memory, output};
    int code = cage_run(&cage);
    ssize_t n = pread(out, out_text, sizeof out_text - 1, 0);
    out_text[n > 0 ? n : 0] = 0;
    close(in);
    close(out);
    unlink(in_path);
    unlink(out_path);
    return code;
}

static int shell(const char *script)
{
    const char *const words[] = {"/usr/bin/dash", "-c", script, NULL};
    return caged(words, "given\n", 5, 256 << 20, 1 << 20);
}

static int perl(const char *script)
{
    const char *const words[] = {"/usr/bin/perl", "-e", script, NULL};
    return caged(words, "", 5, 256 << 20, 1 << 20);
}

static bool landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static void it_reads_and_writes_what_it_is_given(void **state) /* RULE 4 */
{
    (void)state;
    setenv("SECRET", "told", 1);
    int left_open = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, on purpose */
    assert_int_equal(shell("read line; echo \"got $line $SECRET$(ls /proc/self/fd 2>&1)\"; exit 3"),
                     3);
    assert_non_null(strstr(out_text, "got given "));
    assert_null(strstr(out_text, "told"));
    assert_int_equal(perl("$n = 0; for (3 .. 60) { open(my $f, '<&=', $_) and $n++; } exit $n"), 0);
    close(left_open);
}

static void it_ends_at_its_limits(void **state) /* RULE 1 */
{
    (void)state;
    const char *const loop[] = {"/usr/bin/dash", "-c", "while :; do :; done", NULL};
    time_t began = time(NULL);
    assert_int_equal(caged(loop, "", 1, 256 << 20, 1 << 20), -1); /* processor time, or the clock */
    const char *const sleeper[] = {"/usr/bin/sleep", "60", NULL};
    assert_int_equal(caged(sleeper, "", 1, 256 << 20, 1 << 20), -1);
    assert_true(time(NULL) - began < 10);
    assert_int_not_equal(perl("$x = 'a' x (300 << 20); exit 0"), 0);                /* memory */
    assert_int_not_equal(perl("$| = 1; print 'a' x 65536 for 1 .. 20; exit 0"), 0); /* output */
}

static void it_opens_no_file(void **state) /* RULE 2 */
{
    (void)state;
    if (!landlock())
        skip();
    assert_int_equal(perl("open(F, '<', '/etc/passwd') and exit 1; exit 0"), 0);
    assert_int_equal(perl("open(F, '<', '/proc/self/environ') and exit 1; exit 0"), 0);
    assert_int_equal(perl("open(F, '>', '/tmp/skep-cage.made') and exit 1; exit 0"), 0);
    assert_int_equal(perl("mkdir '/tmp/skep-cage.made' and exit 1; exit 0"), 0);
    assert_int_equal(perl("opendir(D, '/tmp') and exit 1; exit 0"), 0);
    char path[] = "/tmp/skep-cage.XXXXXX", script[200];
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "kept", 4), 4);
    snprintf(script, sizeof script,
             "$f = '%s'; exit(truncate($f, 0) || chmod(0777, $f) || unlink($f) || utime(1, 1, $f))",
             path);
    assert_int_equal(perl(script), 0);
    assert_int_equal(lseek(fd, 0, SEEK_END), 4);
    assert_int_equal(unlink(path), 0);
    close(fd);
    assert_int_equal(perl("open(F, '<', '/usr/bin/perl') or exit 1; exit 0"), 0);
}

static void it_has_no_network_and_no_neighbours(void **state) /* RULE 3 */
{
    (void)state;
    assert_int_equal(perl("use Socket; exit(socket(S, AF_INET, SOCK_STREAM, 0) ? 1 : 0)"), 0);
    assert_int_equal(perl("use Socket; exit(socket(S, AF_UNIX, SOCK_STREAM, 0) ? 1 : 0)"), 0);
    assert_int_equal(perl("exit(kill(0, getppid()) ? 1 : 0)"), 0);
}

static void it_ends_with_who_waits(void **state) /* RULE 5 */
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t waiting = fork();
    if (waiting == 0) { /* a program that dies while its cage runs; the pipe is held by the cage */
        static const char *const words[] = {"/usr/bin/sleep", "60", NULL};
        static const char *const none[] = {NULL};
        struct cage cage = {words[0], words, none, ends[0], ends[1], 60, 256 << 20, 1 << 20};
        alarm(1);
        cage_run(&cage);
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* its last holder is gone */
    close(ends[0]);
}

static void a_program_that_is_not_there_fails(void **state)
{
    (void)state;
    const char *const words[] = {"/usr/bin/skep-is-not-there", NULL};
    assert_int_not_equal(caged(words, "", 1, 256 << 20, 1 << 20), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_and_writes_what_it_is_given),
        cmocka_unit_test(it_ends_at_its_limits),
        cmocka_unit_test(it_opens_no_file),
        cmocka_unit_test(it_has_no_network_and_no_neighbours),
        cmocka_unit_test(it_ends_with_who_waits),
        cmocka_unit_test(a_program_that_is_not_there_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
