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
#include "http/tls.h"

struct piece { /* of what the client did not take at once */
    uv_write_t write;
    struct conn *conn;
    size_t n;
    char bytes[];
};

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void tls_take(struct conn *c, struct str bytes);
static enum wire_result wire_raw(struct conn *c, struct str bytes, size_t limit);
static enum wire_result cipher_send(struct conn *c);
static enum wire_result tls_pump(struct conn *c);
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

/* Bytes are used up before the next read, so one buffer serves all connections of the loop. Over
 * TLS there is room for the record that OpenSSL has already begun. */
static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
    struct conn *c = handle->data;
    (void)hint;
    *buf = uv_buf_init(c->loop->buffer, LOOP_BUFFER - (c->wire.tls ? 2 * TLS_RECORD : 0));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct conn *c = stream->data;
    if (n > 0 && c->wire.tls)
        tls_take(c, str_make(buf->base, (size_t)n));
    else if (n > 0)
        conn_received(c, str_make(buf->base, (size_t)n));
    else if (n < 0)
        conn_ended(c, n == UV_EOF);
}

static void tls_take(struct conn *c, struct str bytes)
{
    struct loop *l = c->loop;
    struct str plain;
    enum tls_result result = TLS_BYTES;
    bool shaken = tls_ready(c->wire.tls);
    tls_received(c->wire.tls, bytes);
    while (result == TLS_BYTES && c->state != CONN_CLOSING) {
        result = tls_read(c->wire.tls, l->plain, sizeof l->plain, &plain, &l->cipher);
        if (cipher_send(c) == WIRE_BROKEN)
            result = TLS_BROKEN;
        if (!shaken && tls_ready(c->wire.tls)) {
            metrics_add(&l->home.counts, METRIC_HANDSHAKES, 1);
            shaken = true;
        }
        if (result == TLS_BYTES)
            conn_received(c, plain);
    }
    if (result == TLS_BROKEN)
        metrics_add(&l->home.counts, METRIC_HANDSHAKES_FAILED, !shaken);
    if (result == TLS_BROKEN || result == TLS_END)
        conn_ended(c, result == TLS_END);
}

/* ---- out ---- */

void wire_end(struct conn *c)
{
    if (!c->wire.tls || c->wire.backlog || c->wire.parts[0].n || c->wire.parts[1].n)
        return; /* it would cut something in two */
    tls_bye(c->wire.tls, &c->loop->cipher);
    uv_buf_t buf = uv_buf_init(c->loop->cipher.p, (unsigned)c->loop->cipher.n);
    if (buf.len)
        uv_try_write(&c->u.stream, &buf, 1);
    out_clear(&c->loop->cipher);
}

void wire_free(struct conn *c)
{
    tls_free(c->wire.tls);
    c->wire.tls = NULL;
}

void wire_shut(struct conn *c)
{
    uv_os_fd_t fd;
    wire_end(c);
    if (uv_fileno(&c->u.handle, &fd) == 0)
        shutdown(fd, SHUT_WR);
}

enum wire_result wire_write(struct conn *c, const struct str *parts, size_t n,
                            void (*done)(struct conn *c, bool ok))
{
    uv_buf_t bufs[WIRE_PARTS] = {0};
    unsigned first = 0;
    if (c->wire.tls) {
        for (size_t i = 0; i < n; i++)
            c->wire.parts[i] = parts[i];
        enum wire_result result = tls_pump(c);
        c->wire.done = result == WIRE_LATER ? done : NULL;
        return result;
    }
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
    c->wire.done = done;
    c->wire.write.data = c;
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
    return uv_stream_get_write_queue_size(&c->u.stream) + c->wire.parts[0].n + c->wire.parts[1].n;
}

/* The next record's worth of the answer; head and body share one when they fit. */
static struct str tls_next(struct conn *c)
{
    struct str *a = &c->wire.parts[0], *b = &c->wire.parts[1];
    char *together = c->loop->record;
    if (a->n && b->n && a->n + b->n <= TLS_RECORD) {
        memcpy(together, a->p, a->n);
        memcpy(together + a->n, b->p, b->n);
        struct str both = str_make(together, a->n + b->n);
        *a = *b = S("");
        return both;
    }
    if (a->n == 0)
        a = b;
    struct str next = str_first(*a, TLS_RECORD);
    *a = str_from(*a, next.n);
    return next;
}

/* Encrypts and sends until all has been, or the client does not take more. */
static enum wire_result tls_pump(struct conn *c)
{
    struct out *cipher = &c->loop->cipher;
    enum wire_result result = WIRE_SENT;
    while (result == WIRE_SENT && (c->wire.parts[0].n || c->wire.parts[1].n)) {
        while (cipher->n < CONN_BACKLOG_MAX - 2 * TLS_RECORD &&
               (c->wire.parts[0].n || c->wire.parts[1].n))
            if (!tls_write(c->wire.tls, tls_next(c), cipher)) {
                out_clear(cipher);
                return WIRE_BROKEN;
            }
        result = cipher_send(c);
    }
    return result;
}

/* What has been encrypted must be sent, in its order, or nothing behind it can be read. */
static enum wire_result cipher_send(struct conn *c)
{
    struct out *cipher = &c->loop->cipher;
    enum wire_result result = WIRE_SENT;
    if (cipher->n)
        result = wire_raw(c, out_text(cipher), 4 * CONN_BACKLOG_MAX);
    out_clear(cipher);
    return result == WIRE_FULL ? WIRE_BROKEN : result;
}

enum wire_result wire_send(struct conn *c, struct str piece)
{
    if (!c->wire.tls)
        return wire_raw(c, piece, CONN_BACKLOG_MAX);
    if (c->wire.backlog && c->wire.backlog + piece.n > CONN_BACKLOG_MAX)
        return WIRE_FULL;
    while (piece.n) {
        if (!tls_write(c->wire.tls, str_first(piece, TLS_RECORD), &c->loop->cipher)) {
            out_clear(&c->loop->cipher);
            return WIRE_BROKEN;
        }
        piece = str_from(piece, TLS_RECORD);
    }
    return cipher_send(c);
}

static enum wire_result wire_raw(struct conn *c, struct str piece, size_t limit)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)piece.p, (unsigned)piece.n);
    ssize_t sent = uv_try_write(&c->u.stream, &buf, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        return WIRE_BROKEN;
    piece = str_from(piece, sent > 0 ? (size_t)sent : 0);
    if (piece.n == 0)
        return WIRE_SENT;
    if (c->wire.backlog + piece.n > limit)
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
    if (status < 0) {
        conn_ended(c, false);
    } else if (c->wire.backlog == 0 && c->state == CONN_WRITING && c->wire.done) {
        void (*done)(struct conn *, bool) = c->wire.done;
        enum wire_result result = tls_pump(c);
        if (result == WIRE_LATER)
            return;
        c->wire.done = NULL; /* it may write the next answer */
        done(c, result == WIRE_SENT);
    }
}
