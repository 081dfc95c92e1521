/* supervise.h: what the supervisor (systemd) is told, by its datagram protocol, sd_notify(3).
 *
 * RULES
 *   1. Without NOTIFY_SOCKET nothing happens; with it, each state is one datagram.
 *   2. The watchdog is for this process only (WATCHDOG_PID), and is fed while every loop turns.
 */
#ifndef CORE_SUPERVISE_H
#define CORE_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

bool supervise_tell(const char *state); /* "READY=1"; false: nobody was told */
int64_t supervise_watchdog(void);       /* microseconds between signs of life; 0: none wanted */

#endif
