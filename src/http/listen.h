/* listen.h: the sockets that a server listens on: made here, or handed over by the supervisor.
 *
 * An address is ADDRESS:PORT, http://ADDRESS:PORT, https://ADDRESS:PORT (TLS),
 * redirect://ADDRESS:PORT (sends everybody to https) or unix:PATH. Port 0 is any free one.
 *
 * RULES
 *   1. Each loop has a TCP listener of its own on the same port (SO_REUSEPORT), so the kernel
 *      spreads connections; a Unix socket, or one that was handed over, is shared by the loops.
 *   2. An address that is taken is said in words; nothing is half served.
 *   3. A supervisor's sockets (LISTEN_FDS, LISTEN_PID) stand in for all addresses. Their names
 *      (LISTEN_FDNAMES) say what they speak: "https", "redirect", anything else in the clear.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

enum { LISTEN_MAX = 8, LISTEN_LOOPS = 64, LISTEN_TEXT = 160 };

enum listen_kind { LISTEN_PLAIN, LISTEN_TLS, LISTEN_REDIRECT };

struct address {
    enum listen_kind kind;
    bool local;  /* a Unix socket */
    bool passed; /* by the supervisor, which keeps it open */
    char text[LISTEN_TEXT];
    char *path;
    int fds[LISTEN_LOOPS]; /* one for each loop */
};

struct addresses {
    struct address of[LISTEN_MAX];
    size_t n;
};

/* `spec`: addresses with blanks or commas between them. False and words when one cannot be had. */
bool listen_open(struct addresses *all, const char *spec, int loops, struct str *message);
void listen_close(struct addresses *all); /* unlinks; the loops have closed what they took */

/* What came of LISTEN_FDS: how many sockets, 0 when there are none. */
int listen_passed(void);

/* All addresses as text, with blanks between them. */
void listen_text(const struct addresses *all, char *text, size_t size);

#endif
