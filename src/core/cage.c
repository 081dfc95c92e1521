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

/* What it may not call: sockets, other processes, and what changes a file by its name alone, which
 * Landlock does not know. A call of another architecture kills. */
static const uint32_t refused[] = {
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_kill,
    SYS_tkill,
    SYS_tgkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_bpf,
    SYS_io_uring_setup,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_mount,
    SYS_unshare,
    SYS_setns,
    SYS_truncate,
    SYS_fchmodat,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
#if defined(__x86_64__)
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
};

enum { REFUSED_N = sizeof refused / sizeof *refused, BEFORE = 6 };

#if defined(__x86_64__)
enum { ARCHITECTURE = (int)AUDIT_ARCH_X86_64 };
#else
enum { ARCHITECTURE = (int)AUDIT_ARCH_AARCH64 };
#endif

static void few_calls(void)
{
    const uint32_t x32 = 0x40000000; /* the same calls by other numbers; none on other machines */
    struct sock_filter code[BEFORE + 2 * REFUSED_N + 1] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_filter *at = code + BEFORE;
    for (int i = 0; i < REFUSED_N; i++) {
        *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
        *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    *at = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(CANNOT);
}

/* All that this kernel can refuse about files: 13 rights at first, then moving, truncating and
 * ioctl on devices. */
static uint64_t file_rights(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    int n = abi < 1 ? 0 : abi == 1 ? 13 : abi == 2 ? 14 : abi < 5 ? 15 : 16;
    return (UINT64_C(1) << n) - 1;
}

/* Files of the system, for reading. */
static void no_files(void)
{
    static const char *const places[] = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null"};
    const uint64_t reads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
    struct landlock_ruleset_attr all = {.handled_access_fs = file_rights()};
    if (!all.handled_access_fs)
        return;
    long rules = syscall(SYS_landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);
    if (rules < 0)
        _exit(CANNOT);
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
    few_calls();
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
