/* supervise.c: see supervise.h. */
#include "core/supervise.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/str.h"

bool supervise_tell(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = path ? strlen(path) : 0;
    if (n < 2 || n >= sizeof to.sun_path || (*path != '/' && *path != '@'))
        return false;
    memcpy(to.sun_path, path, n);
    if (*path == '@')
        to.sun_path[0] = 0; /* an abstract name */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    bool told = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, size) >= 0;
    close(fd);
    return told;
}

int64_t supervise_watchdog(void)
{
    int64_t us = 0, pid = getpid();
    const char *whose = getenv("WATCHDOG_PID");
    if (whose && !str_int(str_of(whose), &pid))
        return 0;
    if (pid != getpid() || !str_int(str_of(getenv("WATCHDOG_USEC")), &us) || us < 0)
        return 0;
    return us;
}
