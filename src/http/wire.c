/* wire.c: reading and writing by libuv; see wire.h.
 *
 * WHY every write is tried at once: most answers fit into the socket's buffer, and then there is
 * nothing to keep, to wait for or to free.
 */
#include "http/wire.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "core/log.h"
#include "http/loop.h"

struct piece { /* of what the client did not take at once */
    uv_write_t write;
    struct conn *conn;
    size_t n;
    char bytes[];
};

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void on_written(uv_write_t *write, int status);
static void on_piece(uv_write_t *write, int status);

/* ---- in ---- */

void wire_read(struct conn *c)
{
    uv_read_start(&c->u.stream, on_alloc, on_read);
}

void wire_pause(struct conn *c)
{
    uv_read_stop(&c->u.stream);
}

/* Bytes are used up before the next read, so one buffer serves all connections of the loop. */
static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
    struct conn *c = handle->data;
    (void)hint;
    *buf = uv_buf_init(c->loop->buffer, LOOP_BUFFER);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct conn *c = stream->data;
    if (n > 0)
        conn_received(c, str_make(buf->base, (size_t)n));
    else if (n < 0)
        conn_ended(c, n == UV_EOF);
}

/* ---- out ---- */

void wire_shut(struct conn *c)
{
    uv_os_fd_t fd;
    if (uv_fileno(&c->u.handle, &fd) == 0)
        shutdown(fd, SHUT_WR);
}

enum wire_result wire_write(struct conn *c, const struct str *parts, size_t n,
                            void (*done)(struct conn *c, bool ok))
{
    uv_buf_t bufs[WIRE_PARTS] = {0};
    unsigned first = 0;
    for (size_t i = 0; i < n; i++)
        bufs[i] = uv_buf_init((char *)(uintptr_t)parts[i].p, (unsigned)parts[i].n);
    ssize_t sent = uv_try_write(&c->u.stream, bufs, (unsigned)n);
    if (sent < 0 && sent != UV_EAGAIN)
        return WIRE_BROKEN;
    size_t skip = sent > 0 ? (size_t)sent : 0;
    while (first < n && skip >= bufs[first].len)
        skip -= bufs[first++].len;
    if (first == n)
        return WIRE_SENT;
    bufs[first].base += skip;
    bufs[first].len -= skip;
    c->wire.write.data = c;
    c->wire.done = done;
    int e = uv_write(&c->wire.write, &c->u.stream, bufs + first, (unsigned)n - first, on_written);
    return e == 0 ? WIRE_LATER : WIRE_BROKEN;
}

static void on_written(uv_write_t *write, int status)
{
    struct conn *c = write->data;
    c->wire.done(c, status >= 0);
}

size_t wire_unsent(const struct conn *c)
{
    return uv_stream_get_write_queue_size(&c->u.stream);
}

enum wire_result wire_send(struct conn *c, struct str piece)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)piece.p, (unsigned)piece.n);
    ssize_t sent = uv_try_write(&c->u.stream, &buf, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        return WIRE_BROKEN;
    piece = str_from(piece, sent > 0 ? (size_t)sent : 0);
    if (piece.n == 0)
        return WIRE_SENT;
    if (c->wire.backlog + piece.n > CONN_BACKLOG_MAX)
        return WIRE_FULL;
    struct piece *kept = malloc(sizeof *kept + piece.n);
    if (!kept)
        die("out of memory: %zu bytes for a client", piece.n);
    kept->conn = c;
    kept->n = piece.n;
    memcpy(kept->bytes, piece.p, piece.n);
    c->wire.backlog += piece.n;
    buf = uv_buf_init(kept->bytes, (unsigned)piece.n);
    if (uv_write(&kept->write, &c->u.stream, &buf, 1, on_piece) == 0)
        return WIRE_LATER;
    c->wire.backlog -= piece.n;
    free(kept);
    return WIRE_BROKEN;
}

static void on_piece(uv_write_t *write, int status)
{
    struct piece *kept = (struct piece *)write;
    struct conn *c = kept->conn;
    c->wire.backlog -= kept->n;
    free(kept);
    if (status < 0)
        conn_ended(c, false);
}
