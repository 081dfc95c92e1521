/* wire.h: how the bytes of a connection come in and go out. For conn.c, which knows no other way.
 *
 * There is one place where bytes come in (conn_received) and there are two ways out: wire_write for
 * answers, whose bytes stay where they are until `done`, and wire_send for small pieces, which are
 * copied when the client does not take them at once.
 *
 * RULES
 *   1. What is written leaves in the order in which it was written.
 *   2. A wire holds at most CONN_BACKLOG_MAX unsent bytes of small pieces, and of an answer over
 *      TLS at most as many encrypted ones: the rest is encrypted when the client takes them.
 *   3. Over TLS nothing leaves in the clear, whatever goes wrong.
 */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H

#include <uv.h>

#include "core/str.h"

struct conn;
struct tls;

enum { WIRE_PARTS = 2, CONN_BACKLOG_MAX = 64 * 1024 };

enum wire_result {
    WIRE_SENT,   /* all has left */
    WIRE_LATER,  /* the rest will */
    WIRE_FULL,   /* the client does not keep up: nothing more is taken */
    WIRE_BROKEN, /* the connection is of no use any more */
};

struct wire {
    uv_write_t write;
    void (*done)(struct conn *c, bool ok); /* TLS: NULL when no answer waits */
    size_t backlog;               /* bytes of small pieces that libuv holds */
    struct tls *tls;              /* NULL: in the clear */
    struct str parts[WIRE_PARTS]; /* TLS: of the answer, what is not encrypted yet */
};

void wire_read(struct conn *c); /* from here on, conn_received and conn_ended are called */
void wire_pause(struct conn *c);
void wire_shut(struct conn *c); /* nothing more is written; the client may still write */
void wire_end(struct conn *c);  /* before the close: says goodbye */
void wire_free(struct conn *c); /* after it */

/* All of the parts. After WIRE_LATER, `done` is called once, on the loop, unless the connection is
 * closed before. */
enum wire_result wire_write(struct conn *c, const struct str *parts, size_t n,
                            void (*done)(struct conn *c, bool ok));
size_t wire_unsent(const struct conn *c); /* bytes of answers and pieces */

enum wire_result wire_send(struct conn *c, struct str piece);

#endif
