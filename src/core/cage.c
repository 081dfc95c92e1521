/* cage.c: fork, limits, Landlock, seccomp, exec; see cage.h.
 *
 * Between fork and exec only system calls are made: other threads may hold any lock. A kernel
 * without Landlock (before 5.13, or with it switched off) leaves RULE 2 to the rights of files.
 */
#define _GNU_SOURCE 1
#include "core/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"

enum { DESCRIPTORS = 64, CANNOT = 126 };

static void child_run(const struct cage *cage);
static int child_wait(pid_t pid, int seconds);

int cage_run(const struct cage *cage)
{
    pid_t pid = fork();
    if (pid == 0)
        child_run(cage);
    if (pid < 0) {
        log_warn("%s cannot be started: %s", cage->program, strerror(errno));
        return -1;
    }
    return child_wait(pid, cage->seconds);
}

/* ---- the cage; in the child ---- */

static void limit(int what, rlim_t most)
{
    struct rlimit l = {most, most};
    if (setrlimit(what, &l) != 0)
        _exit(CANNOT);
}

/* No sockets, and no looking into other processes. A call of another architecture kills. */
static void no_network(void)
{
#if defined(__x86_64__)
    const uint32_t arch = AUDIT_ARCH_X86_64;
#else
    const uint32_t arch = AUDIT_ARCH_AARCH64;
#endif
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), REFUSED
#define REFUSED BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* the x32 calls */
        REFUSED,
#endif
        REFUSE(SYS_socket),
        REFUSE(SYS_socketpair),
        REFUSE(SYS_connect),
        REFUSE(SYS_ptrace),
        REFUSE(SYS_process_vm_readv),
        REFUSE(SYS_process_vm_writev),
        REFUSE(SYS_pidfd_getfd),
        REFUSE(SYS_bpf),
        REFUSE(SYS_io_uring_setup),
        REFUSE(SYS_mount),
        REFUSE(SYS_unshare),
        REFUSE(SYS_kill),
        REFUSE(SYS_tgkill),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(CANNOT);
}

/* Files of the system, for reading. A kernel without Landlock leaves what file rights allow. */
static void no_files(void)
{
    static const char *const places[] = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null"};
    const uint64_t reads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
    struct landlock_ruleset_attr all = {.handled_access_fs = (1ULL << 13) - 1};
    long rules = syscall(SYS_landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);
    if (rules < 0)
        return;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct landlock_path_beneath_attr rule = {
            .allowed_access = i < 3 ? reads | LANDLOCK_ACCESS_FS_READ_DIR : reads,
            .parent_fd = open(places[i], O_PATH | O_CLOEXEC),
        };
        if (rule.parent_fd >= 0)
            syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        _exit(CANNOT);
}

static void child_run(const struct cage *cage)
{
    int null = open("/dev/null", O_RDWR);
    if (dup2(cage->in, 0) < 0 || dup2(cage->out, 1) < 0 || dup2(null, 2) < 0)
        _exit(CANNOT);
    syscall(SYS_close_range, 3, ~0U, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_AS, cage->memory);
    limit(RLIMIT_CPU, (rlim_t)cage->seconds);
    limit(RLIMIT_FSIZE, cage->output);
    limit(RLIMIT_NOFILE, DESCRIPTORS);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        _exit(CANNOT);
    no_files();
    no_network();
    execve(cage->program, (char *const *)(uintptr_t)cage->words,
           (char *const *)(uintptr_t)cage->environment);
    _exit(CANNOT);
}

/* ---- in the server ---- */

static int child_wait(pid_t pid, int seconds)
{
    int status = -1;
    struct pollfd over = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    int n;
    do
        n = poll(&over, 1, seconds * 1000);
    while (n < 0 && errno == EINTR);
    if (n <= 0 || over.fd < 0)
        kill(pid, SIGKILL);
    if (over.fd >= 0)
        close(over.fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
