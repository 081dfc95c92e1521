/* bulk.c: bytes between a connection and the disk: uploads in, files out; see loop.h.
 *
 * The loop never waits for a disk: a thread of libuv's pool reads or writes one piece at a time,
 * and while it does, the connection does nothing else. A piece is at most 64 kB, so a connection
 * holds no more, however large the file and however slow its client.
 *
 * While a thread is at work the request belongs to it. A connection that closes meanwhile leaves
 * the request behind, and the piece gives it back when the thread is done.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/log.h"
#include "http/loop.h"
#include "http/upload.h"

enum { PIECE = 64 * 1024 };

struct piece {
    uv_work_t work;
    struct loop *loop;
    struct http_request *hr;
    struct conn *conn; /* NULL: it has closed */
    bool reading;      /* a thread is at work */
    ssize_t n;
    char bytes[];
};

static void send_next(struct piece *p);

static struct piece *piece_new(struct conn *c, size_t bytes)
{
    struct piece *p = malloc(sizeof *p + bytes);
    if (!p)
        die("out of memory: a piece of a file");
    p->loop = c->loop;
    p->hr = c->hr;
    p->conn = c;
    p->reading = false;
    p->work.data = p;
    return p;
}

/* ---- in ---- */

static void store_work(uv_work_t *work)
{
    struct piece *p = work->data;
    uploads_write(p->hr->uploads);
}

static void store_done(uv_work_t *work, int status)
{
    struct piece *p = work->data;
    struct loop *l = p->loop;
    struct http_request *hr = p->hr;
    (void)status;
    free(p);
    l->away--;
    conn_stored(l, hr);
    loop_check_end(l);
}

void bulk_store(struct conn *c)
{
    struct piece *p = piece_new(c, 0);
    c->loop->away++;
    uv_queue_work(&c->loop->uv, &p->work, store_work, store_done);
}

/* ---- out ---- */

static void send_read(uv_work_t *work)
{
    struct piece *p = work->data;
    struct http_request *hr = p->hr;
    size_t want = hr->file_left < PIECE ? (size_t)hr->file_left : PIECE;
    do
        p->n = pread(hr->file - 1, p->bytes, want, hr->file_at);
    while (p->n < 0 && errno == EINTR);
}

static void on_sent(struct conn *c, bool ok)
{
    struct piece *p = c->piece;
    if (c->state != CONN_WRITING)
        return; /* it closes, and bulk_closed comes */
    if (!ok) {
        conn_close(c);
    } else if (p->hr->file_left) {
        send_next(p);
    } else {
        c->piece = NULL;
        free(p);
        conn_sent(c);
    }
}

static void send_write(struct piece *p)
{
    struct conn *c = p->conn;
    if (p->n <= 0) { /* shorter than it was: what the head promised cannot be sent */
        log_error("a file cannot be read to its end");
        conn_close(c);
        return;
    }
    p->hr->file_at += p->n;
    p->hr->file_left -= p->n;
    struct str bytes = str_make(p->bytes, (size_t)p->n);
    enum wire_result result = wire_write(c, &bytes, 1, on_sent);
    if (result == WIRE_SENT) {
        on_sent(c, true);
        return;
    }
    c->writing = wire_unsent(c);
    if (result != WIRE_LATER || !conn_hold(c, c->writing)) {
        conn_close(c);
        return;
    }
    c->began = uv_now(&c->loop->uv);
    loop_deadline(c, (uint64_t)c->loop->server->write_ms);
}

static void send_done(uv_work_t *work, int status)
{
    struct piece *p = work->data;
    struct loop *l = p->loop;
    (void)status;
    p->reading = false;
    l->away--;
    if (!p->conn) {
        http_request_give(p->hr);
        free(p);
    } else if (p->conn->state == CONN_WRITING) {
        send_write(p);
    }
    loop_check_end(l);
}

static void send_next(struct piece *p)
{
    p->reading = true;
    p->loop->away++;
    loop_deadline(p->conn, 0); /* it waits for us */
    uv_queue_work(&p->loop->uv, &p->work, send_read, send_done);
}

void bulk_send(struct conn *c)
{
    c->piece = piece_new(c, PIECE);
    send_next(c->piece);
}

bool bulk_closed(struct conn *c)
{
    struct piece *p = c->piece;
    c->piece = NULL;
    if (p && p->reading) {
        p->conn = NULL;
        return false;
    }
    free(p);
    return true;
}
