/* confine_test.c: what a confined process can still do; see confine.h. Each test confines a child
 * of its own, which ends with the number of the line that went wrong. */
#define _GNU_SOURCE /* unshare, O_TMPFILE, dladdr */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/log.h"

static char dir[] = "/tmp/skep-confine.XXXXXX";
static char open_place[100], read_place[100], outside[100];
static char library[300]; /* the folder of what is tested: a child is linked to it */

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            _exit(__LINE__ % 250 + 1);                                                             \
    } while (0)

static int confined(void (*run)(void))
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        const struct confine_place places[] = {{open_place, CONFINE_WRITE},
                                               {read_place, CONFINE_READ},
                                               {library, CONFINE_READ},
                                               {"/nowhere/at/all", CONFINE_READ}};
        MUST(confine(places, 4));
        run();
        _exit(0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status))
        fail_msg("signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static int made(const char *folder, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static void touch_files(void)
{
    char path[200], other[200];
    MUST(made(open_place, "new") >= 0);
    snprintf(path, sizeof path, "%s/new", open_place);
    snprintf(other, sizeof other, "%s/renamed", open_place);
    MUST(rename(path, other) == 0 && truncate(other, 10) == 0 && unlink(other) == 0);
    snprintf(path, sizeof path, "%s/there", read_place);
    MUST(open(path, O_RDONLY | O_CLOEXEC) >= 0);
    MUST(open(path, O_RDWR | O_CLOEXEC) < 0 && errno == EACCES);
    MUST(unlink(path) < 0 && made(read_place, "new") < 0);
    MUST(open(outside, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    MUST(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    MUST(open("/proc/1/environ", O_RDONLY | O_CLOEXEC) < 0);
    MUST(made("/tmp", "skep-confine-new") < 0 && errno == EACCES);
    snprintf(path, sizeof path, "%s/../%s", open_place, strrchr(outside, '/') + 1);
    MUST(open(path, O_RDONLY | O_CLOEXEC) < 0);
    MUST(open("/etc/hosts", O_RDONLY | O_CLOEXEC) >= 0);
}

static void only_named_places_open(void **state) /* confine RULE 1 */
{
    (void)state;
    assert_int_equal(confined(touch_files), 0);
}

static void *other_thread(void *ctx)
{
    *(bool *)ctx = open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && unshare(CLONE_NEWUTS) < 0;
    return NULL;
}

static void call_what_is_not_listed(void)
{
    bool refused = false;
    pthread_t thread;
    MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
    MUST(unshare(CLONE_NEWUSER) < 0 && errno == EPERM);
    MUST(mount("none", "/mnt", "tmpfs", 0, NULL) < 0 && errno == EPERM);
    MUST(chroot("/") < 0 && errno == EPERM);
    MUST(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
    MUST(socket(AF_VSOCK, SOCK_STREAM, 0) < 0 && errno == EPERM);
    MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
    MUST(pthread_create(&thread, NULL, other_thread, &refused) == 0);
    MUST(pthread_join(thread, NULL) == 0 && refused);
}

static void other_calls_are_refused(void **state) /* confine RULE 2 */
{
    (void)state;
    assert_int_equal(confined(call_what_is_not_listed), 0);
}

static void start(const char *program)
{
    char *argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "--as-child", NULL};
    char *none[] = {NULL};
    execve(program, argv, none);
}

static void start_children(void)
{
    int status = -1;
    start("/bin/true");
    MUST(errno == EACCES);
    pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        start("/proc/self/exe");
        _exit(99);
    }
    MUST(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void a_child_is_ours_and_confined(void **state) /* confine RULE 4 */
{
    (void)state;
    assert_int_equal(confined(start_children), 0);
}

static void confine_more(void)
{
    const struct confine_place less = {read_place, CONFINE_READ};
    char path[200];
    MUST(confine(&less, 1));
    MUST(made(open_place, "more") < 0 && errno == EACCES);
    snprintf(path, sizeof path, "%s/there", read_place);
    MUST(open(path, O_RDONLY | O_CLOEXEC) >= 0);
}

static void a_child_may_give_up_more(void **state)
{
    (void)state;
    assert_int_equal(confined(confine_more), 0);
}

static void lose_descriptors(void)
{
    struct confine_place all[] = {{open_place, CONFINE_WRITE}};
    FILE *caught = tmpfile();
    char text[500] = "";
    MUST(caught == NULL || dup2(fileno(caught), STDERR_FILENO) >= 0);
    for (int i = 0; i < 20; i++) /* Landlock stacks 16 times; what fails then is told */
        confine(all, 1);
    if (caught) {
        rewind(caught);
        MUST(fread(text, 1, sizeof text - 1, caught) > 0 && strstr(text, "not confined"));
    }
    MUST(made(open_place, "still") >= 0);
}

static void what_is_missing_is_told(void **state) /* confine RULE 3 */
{
    int status = -1;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        lose_descriptors();
        _exit(0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int setup(void **state)
{
    char path[200];
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(open_place, sizeof open_place, "%s/open", dir);
    snprintf(read_place, sizeof read_place, "%s/read", dir);
    snprintf(outside, sizeof outside, "%s/outside", dir);
    mkdir(open_place, 0700);
    mkdir(read_place, 0700);
    snprintf(path, sizeof path, "%s/there", read_place);
    return made(read_place, "there") < 0 || made(dir, "outside") < 0;
}

static int teardown(void **state)
{
    char command[200];
    (void)state;
    for (const char *const *f =
             (const char *const[]){"read/there", "outside", "open/still", "open", "read", NULL};
         *f; f++) {
        snprintf(command, sizeof command, "%s/%s", dir, *f);
        remove(command);
    }
    return rmdir(dir);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--as-child") == 0)
        _exit(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? 7 : 8);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_named_places_open),       cmocka_unit_test(other_calls_are_refused),
        cmocka_unit_test(a_child_is_ours_and_confined), cmocka_unit_test(a_child_may_give_up_more),
        cmocka_unit_test(what_is_missing_is_told),
    };
    Dl_info of;
    if (!dladdr((void *)(uintptr_t)confine, &of) || strlen(of.dli_fname) >= sizeof library)
        return 1;
    strcpy(library, of.dli_fname);
    dirname(library);
    log_set_level(LOG_WARN);
    return cmocka_run_group_tests(tests, setup, teardown);
}
