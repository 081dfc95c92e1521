/* confine.c: see confine.h.
 *
 * WHY Landlock by bare system calls: Debian 12's libc has no functions for it.
 */
#define _GNU_SOURCE /* O_PATH, syscall, CLONE_NEWUSER */
#include "core/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/log.h"

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ_ALL (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define REFER (UINT64_C(1) << 13)    /* since its second version */
#define TRUNCATE (UINT64_C(1) << 14) /* since its third */
#define WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
#define WRITE_ALL                                                                                  \
    (WRITE_FILE | REFER | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |         \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |    \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define DEVICES (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

static bool files_confine(const struct confine_place *places, size_t n);
static bool calls_confine(void);

/* What the C library, OpenSSL and the resolver want to see. */
static const struct confine_place always[] = {
    {"/usr/lib", CONFINE_READ},
    {"/usr/share", CONFINE_READ},
    {"/lib", CONFINE_READ},
    {"/lib64", CONFINE_READ},
    {"/etc/ld.so.cache", CONFINE_READ},
    {"/etc/localtime", CONFINE_READ},
    {"/etc/ssl/certs", CONFINE_READ},
    {"/etc/ssl/openssl.cnf", CONFINE_READ},
    {"/etc/ca-certificates", CONFINE_READ},
    {"/etc/resolv.conf", CONFINE_READ},
    {"/run/systemd/resolve", CONFINE_READ},
    {"/etc/hosts", CONFINE_READ},
    {"/etc/host.conf", CONFINE_READ},
    {"/etc/nsswitch.conf", CONFINE_READ},
    {"/etc/gai.conf", CONFINE_READ},
    {"/etc/services", CONFINE_READ},
    {"/etc/protocols", CONFINE_READ},
    {"/proc/self", CONFINE_READ},
    {"/sys/devices/system/cpu", CONFINE_READ},
    {"/dev/null", CONFINE_WRITE},
    {"/dev/urandom", CONFINE_READ},
    {"/proc/self/exe", CONFINE_EXECUTE},
    {"/lib64/ld-linux-x86-64.so.2", CONFINE_EXECUTE},
    {"/lib/ld-linux-aarch64.so.1", CONFINE_EXECUTE},
};

bool confine(const struct confine_place *places, size_t n)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_warn("not confined: %s", strerror(errno));
        return false;
    }
    bool files = files_confine(places, n); /* first: it needs calls that the list has not */
    bool calls = calls_confine();
    if (files && calls)
        log_info("confined: files by Landlock, system calls by seccomp");
    return files && calls;
}

/* ---- files ---- */

static uint64_t rights_of(enum confine_right right, bool folder)
{
    static const uint64_t of_folder[] = {READ_ALL, READ_ALL | WRITE_ALL, READ_ALL | EXECUTE};
    static const uint64_t of_file[] = {READ_FILE, READ_FILE | WRITE_FILE, READ_FILE | EXECUTE};
    return folder ? of_folder[right] : of_file[right];
}

static bool place_allow(int rules, const struct confine_place *place, uint64_t known)
{
    struct stat st;
    int fd = open(place->path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return true;
    }
    struct landlock_path_beneath_attr rule = {
        .parent_fd = fd,
        .allowed_access = rights_of(place->right, S_ISDIR(st.st_mode)) & known,
    };
    bool ok = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(fd);
    return ok;
}

static bool files_confine(const struct confine_place *places, size_t n)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t known = READ_ALL | WRITE_ALL | EXECUTE | DEVICES;
    if (version < 3)
        known &= ~TRUNCATE;
    if (version < 2)
        known &= ~REFER;
    struct landlock_ruleset_attr all = {.handled_access_fs = known};
    int rules = version < 1 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    bool ok = rules >= 0;
    for (size_t i = 0; ok && i < sizeof always / sizeof *always; i++)
        ok = place_allow(rules, &always[i], known);
    for (size_t i = 0; ok && i < n; i++)
        ok = place_allow(rules, &places[i], known);
    ok = ok && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!ok)
        log_warn("files are not confined: this kernel's Landlock says: %s", strerror(errno));
    if (rules >= 0)
        close(rules);
    return ok;
}

/* ---- system calls ---- */

#define C(name) SCMP_SYS(name)

static const int allowed[] = {
    /* files and folders */
    C(read),
    C(write),
    C(readv),
    C(writev),
    C(pread64),
    C(pwrite64),
    C(preadv),
    C(pwritev),
    C(preadv2),
    C(pwritev2),
    C(open),
    C(openat),
    C(openat2),
    C(close),
    C(close_range),
    C(stat),
    C(fstat),
    C(lstat),
    C(newfstatat),
    C(statx),
    C(lseek),
    C(access),
    C(faccessat),
    C(faccessat2),
    C(dup),
    C(dup2),
    C(dup3),
    C(fcntl),
    C(flock),
    C(fsync),
    C(fdatasync),
    C(sync_file_range),
    C(ftruncate),
    C(truncate),
    C(fallocate),
    C(fadvise64),
    C(readahead),
    C(getdents64),
    C(getcwd),
    C(mkdir),
    C(mkdirat),
    C(rmdir),
    C(rename),
    C(renameat),
    C(renameat2),
    C(unlink),
    C(unlinkat),
    C(link),
    C(linkat),
    C(symlink),
    C(symlinkat),
    C(readlink),
    C(readlinkat),
    C(chmod),
    C(fchmod),
    C(fchmodat),
    C(chown),
    C(fchown),
    C(fchownat),
    C(utimensat),
    C(umask),
    C(statfs),
    C(fstatfs),
    C(sendfile),
    C(copy_file_range),
    C(splice),
    C(pipe),
    C(pipe2),
    C(memfd_create),
    /* memory */
    C(brk),
    C(mmap),
    C(munmap),
    C(mprotect),
    C(mremap),
    C(madvise),
    C(msync),
    C(mincore),
    C(mlock),
    C(munlock),
    C(membarrier),
    /* sockets and waiting */
    C(bind),
    C(listen),
    C(accept),
    C(accept4),
    C(connect),
    C(getsockname),
    C(getpeername),
    C(setsockopt),
    C(getsockopt),
    C(sendto),
    C(recvfrom),
    C(sendmsg),
    C(recvmsg),
    C(sendmmsg),
    C(recvmmsg),
    C(shutdown),
    C(socketpair),
    C(select),
    C(pselect6),
    C(poll),
    C(ppoll),
    C(epoll_create),
    C(epoll_create1),
    C(epoll_ctl),
    C(epoll_wait),
    C(epoll_pwait),
    C(epoll_pwait2),
    C(eventfd),
    C(eventfd2),
    C(timerfd_create),
    C(timerfd_settime),
    C(timerfd_gettime),
    C(signalfd4),
    C(inotify_init1),
    C(inotify_add_watch),
    C(inotify_rm_watch),
    /* time, threads, signals, ourselves */
    C(clock_gettime),
    C(clock_getres),
    C(clock_nanosleep),
    C(nanosleep),
    C(gettimeofday),
    C(time),
    C(times),
    C(futex),
    C(set_robust_list),
    C(get_robust_list),
    C(set_tid_address),
    C(rseq),
    C(sched_yield),
    C(sched_getaffinity),
    C(sched_setaffinity),
    C(sched_getparam),
    C(sched_getscheduler),
    C(getcpu),
    C(getpriority),
    C(setpriority),
    C(rt_sigaction),
    C(rt_sigprocmask),
    C(rt_sigreturn),
    C(rt_sigpending),
    C(rt_sigsuspend),
    C(rt_sigtimedwait),
    C(sigaltstack),
    C(restart_syscall),
    C(kill),
    C(tgkill),
    C(tkill),
    C(getpid),
    C(getppid),
    C(gettid),
    C(getuid),
    C(geteuid),
    C(getgid),
    C(getegid),
    C(getpgrp),
    C(getpgid),
    C(setpgid),
    C(getsid),
    C(setsid),
    C(getrlimit),
    C(setrlimit),
    C(prlimit64),
    C(getrusage),
    C(sysinfo),
    C(uname),
    C(getrandom),
    C(arch_prctl),
    C(prctl),
    C(seccomp),
    C(landlock_create_ruleset),
    C(landlock_add_rule),
    C(landlock_restrict_self),
    /* children */
    C(fork),
    C(vfork),
    C(execve),
    C(wait4),
    C(waitid),
    C(pidfd_open),
    C(exit),
    C(exit_group),
};

static const unsigned long ioctls[] = {FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ};
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

#define NAMESPACES                                                                                 \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |     \
     CLONE_NEWCGROUP)

/* One that this machine does not have is of no interest. */
static bool call_allow(scmp_filter_ctx filter, int number)
{
    return number < 0 || seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) == 0;
}

static bool calls_list(scmp_filter_ctx filter)
{
    bool ok = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
              seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
    for (size_t i = 0; ok && i < sizeof allowed / sizeof *allowed; i++)
        ok = call_allow(filter, allowed[i]);
    for (size_t i = 0; ok && i < sizeof ioctls / sizeof *ioctls; i++)
        ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, C(ioctl), 1,
                              SCMP_A1(SCMP_CMP_EQ, ioctls[i])) == 0;
    for (size_t i = 0; ok && i < sizeof families / sizeof *families; i++)
        ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, C(socket), 1,
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i])) == 0;
    /* Its flags stand in memory, where no filter sees them; libc then takes clone. */
    ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), C(clone3), 0) == 0;
    return ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, C(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES, 0)) == 0;
}

static bool calls_confine(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int e = !filter ? -ENOMEM : calls_list(filter) ? seccomp_load(filter) : -EINVAL;
    if (e)
        log_warn("system calls are not confined: seccomp says: %s", strerror(-e));
    if (filter)
        seccomp_release(filter);
    return e == 0;
}
