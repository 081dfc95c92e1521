/* conn.c: one connection: reads requests, hands them to the dispatcher, writes answers.
 *
 * WHY reading goes on while a request is worked on: stopping and starting costs two system calls
 * per change, and a client that leaves would not be noticed. What comes ahead is kept, up to a
 * limit, and only then reading stops.
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/log.h"
#include "http/loop.h"
#include "http/peers.h"
#include "http/tls.h"
#include "http/upload.h"

static struct conn *conn_new(struct listener *from);
static bool peer_admit(struct conn *c);
static void conn_consume(struct conn *c, const char *p, size_t n);
static void conn_request(struct conn *c);
static void conn_advance(struct conn *c);
static void conn_body(struct conn *c);
static void conn_pause(struct conn *c);
static void conn_dispatched(struct conn *c);
static void on_mail(struct mail *m, void *owner);
static void conn_keep_ahead(struct conn *c, const char *p, size_t n);
static void conn_resume(struct conn *c);
static void on_written(struct conn *c, bool ok);
static void conn_left(struct conn *c);
static void conn_answered(struct conn *c);
static void conn_linger(struct conn *c);
static void on_closed(uv_handle_t *handle);

void conn_accept(struct listener *from, int fd)
{
    struct loop *l = from->loop;
    struct conn *c = conn_new(from);
    int e = fd < 0            ? uv_accept(&from->u.stream, &c->u.stream)
            : from->at->local ? uv_pipe_open(&c->u.pipe, fd)
                              : uv_tcp_open(&c->u.tcp, fd);
    if (e != 0) {
        if (fd >= 0)
            close(fd);
        conn_close(c);
        return;
    }
    metrics_add(&l->home.counts, METRIC_ACCEPTED, 1);
    if (!peer_admit(c) || l->conns > l->server->conns_per_loop || !loop_spare(l)) {
        metrics_add(&l->home.counts, METRIC_TURNED_AWAY, 1);
        conn_close(c);
        loop_spare(l); /* its descriptor may have been the spare one */
        return;
    }
    loop_deadline(c, l->stopping ? STOP_IDLE_MS : (uint64_t)l->server->header_ms);
    wire_read(c);
}

static struct conn *conn_new(struct listener *from)
{
    struct loop *l = from->loop;
    struct conn *c = l->spare;
    if (c) {
        l->spare = c->next;
        l->spare_n--;
    } else if (!(c = malloc(sizeof *c))) {
        die("out of memory: a connection");
    }
    *c = (struct conn){.loop = l, .at = from->at, .fresh = true};
    if (from->at->local)
        uv_pipe_init(&l->uv, &c->u.pipe, 0);
    else
        uv_tcp_init(&l->uv, &c->u.tcp);
    c->u.handle.data = c;
    c->slot = loop_slot_take(l, c);
    if (from->at->kind == LISTEN_TLS)
        c->wire.tls = tls_new(l->server->tls);
    return c;
}

/* Notes the peer's address and counts its connections. */
static bool peer_admit(struct conn *c)
{
    struct http_server *s = c->loop->server;
    struct sockaddr_storage sa = {0};
    int n = sizeof sa;
    unsigned char key[16] = {0}, hash[crypto_shorthash_BYTES];
    if (c->at->local || uv_tcp_getpeername(&c->u.tcp, (struct sockaddr *)&sa, &n) != 0)
        return c->at->local;
    if (sa.ss_family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)&sa;
        memcpy(key, &in->sin_addr, 4);
        inet_ntop(AF_INET, &in->sin_addr, c->peer, sizeof c->peer);
    } else {
        struct in6_addr *a = &((struct sockaddr_in6 *)&sa)->sin6_addr;
        bool v4 = IN6_IS_ADDR_V4MAPPED(a);
        memcpy(key, a->s6_addr + (v4 ? 12 : 0), v4 ? 4 : 8); /* a /64 is one customer */
        inet_ntop(v4 ? AF_INET : AF_INET6, a->s6_addr + (v4 ? 12 : 0), c->peer, sizeof c->peer);
    }
    if (c->wire.tls && peer_take(s->app, PEER_HANDSHAKES, str_of(c->peer)))
        return false;
    if (s->per_peer == 0)
        return true;
    crypto_shorthash(hash, key, sizeof key, s->peer_secret);
    size_t at = ((size_t)hash[0] | (size_t)hash[1] << 8) % (sizeof s->peers / sizeof *s->peers);
    if (__atomic_add_fetch(&s->peers[at], 1, __ATOMIC_RELAXED) > s->per_peer) {
        __atomic_sub_fetch(&s->peers[at], 1, __ATOMIC_RELAXED);
        return false;
    }
    c->peer_count = &s->peers[at];
    return true;
}

/* ---- reading ---- */

void conn_received(struct conn *c, struct str bytes)
{
    if (c->state != CONN_LINGER && c->state != CONN_STREAM) /* nothing more is wanted there */
        conn_consume(c, bytes.p, bytes.n);
}

/* A client may shut down its side and still wait for answers, but not halfway in a request. */
void conn_ended(struct conn *c, bool orderly)
{
    if (c->state == CONN_CLOSING)
        return;
    c->ended = true;
    if (!orderly || (c->state != CONN_WORKING && c->state != CONN_WRITING))
        conn_close(c);
}

static void conn_consume(struct conn *c, const char *p, size_t n)
{
    while (n && (c->state == CONN_IDLE || c->state == CONN_READING)) {
        if (c->state == CONN_IDLE)
            conn_request(c);
        size_t most = c->hr->uploads ? UPLOAD_SLICE : n;
        size_t used = intake_feed(&c->hr->in, p, n < most ? n : most);
        p += used;
        n -= used;
        if (c->hr->in.state == INTAKE_BODY && !conn_hold(c, c->hr->in.body.n))
            intake_refuse(&c->hr->in, 503, "The hub is busy. Try again in a moment.");
        conn_advance(c);
    }
    if (n && c->state != CONN_CLOSING && c->state != CONN_LINGER)
        conn_keep_ahead(c, p, n);
}

static void conn_request(struct conn *c)
{
    c->hr = http_request_take(&c->loop->home, str_of(c->peer));
    c->hr->slot = c->slot;
    c->hr->rq.secure = c->at->kind == LISTEN_TLS;
    c->hr->tls_port = c->at->kind == LISTEN_REDIRECT ? c->loop->server->tls_port : 0;
    c->hr->generation = c->loop->slots[c->slot].generation;
    c->hr->mail.open = on_mail;
    c->state = CONN_READING;
    if (!c->fresh || c->loop->stopping) /* the first one's time runs since it was accepted */
        loop_deadline(c, (uint64_t)c->loop->server->header_ms);
    c->fresh = false;
}

/* Looks at how far the request has come. */
static void conn_advance(struct conn *c)
{
    struct intake *in = &c->hr->in;
    if (in->state == INTAKE_HEADED) {
        dispatch_head(c->hr);
        if (c->hr->finished || c->hr->stage != STAGE_HERE) { /* an upload: refused, or asked for */
            loop_deadline(c, 0);
            c->state = CONN_WORKING;
            conn_dispatched(c);
            return;
        }
        if (in->state == INTAKE_BODY)
            conn_body(c);
    }
    if (uploads_due(c->hr)) {
        c->state = CONN_STORING;
        conn_pause(c);
        bulk_store(c);
        return;
    }
    if (in->state != INTAKE_WHOLE && in->state != INTAKE_REFUSED)
        return;
    loop_deadline(c, 0);
    c->state = CONN_WORKING;
    dispatch_whole(c->hr);
    conn_dispatched(c);
}

static void conn_body(struct conn *c)
{
    if (c->hr->in.expects)
        wire_send(c, S("HTTP/1.1 100 Continue\r\n\r\n"));
    c->began = uv_now(&c->loop->uv);
    c->mark = 0;
    loop_deadline(c, (uint64_t)c->loop->server->body_ms);
}

/* A piece of its upload is on disk; its client may have left meanwhile. */
void conn_stored(struct loop *l, struct http_request *hr)
{
    struct conn *c = loop_conn(l, hr->slot, hr->generation);
    if (!c) {
        http_request_give(hr);
        return;
    }
    uploads_written(hr);
    c->state = CONN_READING;
    conn_advance(c);
    conn_resume(c);
}

static void conn_dispatched(struct conn *c)
{
    if (c->hr->finished)
        conn_answer(c);
    else
        c->loop->away++;
}

/* It comes back from the store; its client may have left meanwhile. */
static void on_mail(struct mail *m, void *owner)
{
    struct loop *l = owner;
    struct http_request *hr =
        (struct http_request *)((char *)m - offsetof(struct http_request, mail));
    l->away--;
    struct conn *c = loop_conn(l, hr->slot, hr->generation);
    dispatch_back(hr);
    bool reads = dispatch_reads(hr);
    if (!c && (hr->finished || reads)) {
        http_request_give(hr);
    } else if (!c) {
        l->away++;
    } else if (reads) {
        c->state = CONN_READING;
        if (hr->in.state == INTAKE_BODY)
            conn_body(c);
        conn_advance(c);
        conn_resume(c);
    } else {
        conn_dispatched(c);
        conn_resume(c);
    }
}

/* ---- what came ahead ---- */

static void conn_keep_ahead(struct conn *c, const char *p, size_t n)
{
    if (c->ahead_n + n > CONN_AHEAD_MAX + LOOP_BUFFER) {
        conn_close(c); /* cannot be: reading has stopped before */
        return;
    }
    char *bigger = realloc(c->ahead, c->ahead_n + n);
    if (!bigger)
        die("out of memory: %zu bytes ahead", c->ahead_n + n);
    memcpy(bigger + c->ahead_n, p, n);
    c->ahead = bigger;
    c->ahead_n += n;
    if (c->ahead_n >= CONN_AHEAD_MAX)
        conn_pause(c);
}

static void conn_pause(struct conn *c)
{
    if (c->paused || c->ended)
        return;
    wire_pause(c);
    c->paused = true;
}

/* After an answer: goes on with what came ahead. */
static void conn_resume(struct conn *c)
{
    while ((c->state == CONN_IDLE || c->state == CONN_READING) && c->ahead_n) {
        char *p = c->ahead;
        size_t n = c->ahead_n;
        c->ahead = NULL;
        c->ahead_n = 0;
        conn_consume(c, p, n);
        free(p);
    }
    if (c->state != CONN_IDLE && c->state != CONN_READING)
        return;
    if (c->ended) {
        conn_close(c);
    } else if (c->paused) {
        c->paused = false;
        wire_read(c);
    }
}

/* ---- writing ---- */

void conn_answer(struct conn *c)
{
    struct http_request *hr = c->hr;
    struct loop *l = c->loop;
    bool keep = hr->in.keep_alive && !hr->close && !l->stopping;
    c->state = CONN_WRITING; /* the request is the connection's again */
    if (hr->streams && (l->stopping || hr->rq.head))
        hr->streams = keep = false;
    c->close_after = !keep;
    response_finish(hr, keep);
    struct str parts[WIRE_PARTS] = {out_text(&hr->head), hr->payload};
    enum wire_result result = wire_write(c, parts, hr->payload.n ? 2 : 1, on_written);
    if (result == WIRE_SENT) {
        conn_left(c);
    } else if (result == WIRE_LATER) {
        c->writing = wire_unsent(c);
        if (!conn_hold(c, c->writing)) {
            conn_close(c);
            return;
        }
        c->began = uv_now(&l->uv);
        loop_deadline(c, (uint64_t)l->server->write_ms);
    } else {
        conn_close(c);
    }
}

static void on_written(struct conn *c, bool ok)
{
    if (c->state != CONN_WRITING)
        return;
    if (!ok) {
        conn_close(c);
        return;
    }
    conn_sent(c);
}

void conn_sent(struct conn *c)
{
    conn_left(c);
    conn_resume(c);
}

/* What stood in memory has left. */
static void conn_left(struct conn *c)
{
    if (c->hr->file_left)
        bulk_send(c);
    else
        conn_answered(c);
}

bool conn_hold(struct conn *c, size_t bytes)
{
    struct http_server *s = c->loop->server;
    size_t more = bytes > c->held ? bytes - c->held : 0,
           less = c->held > bytes ? c->held - bytes : 0;
    if (more && atomic_fetch_add(&s->held, more) + more > s->held_max) {
        atomic_fetch_sub(&s->held, more);
        metrics_add(&c->loop->home.counts, METRIC_SHED, 1);
        return false;
    }
    if (less)
        atomic_fetch_sub(&s->held, less);
    c->held = bytes;
    return true;
}

static void conn_answered(struct conn *c)
{
    struct http_request *hr = c->hr;
    conn_hold(c, 0);
    if (hr->streams) {
        c->state = CONN_STREAM;
        live_attach(c);
    } else if (c->close_after) {
        /* Where bytes may still be on their way in, closing at once would reset the connection. */
        bool more = hr->in.state == INTAKE_REFUSED || c->ahead_n || hr->close;
        if (more && !c->ended)
            conn_linger(c);
        else
            conn_close(c);
    } else {
        c->state = CONN_IDLE;
        loop_deadline(c, (uint64_t)c->loop->server->idle_ms);
    }
    if (c->hr) {
        c->hr = NULL;
        http_request_give(hr);
    }
}

static void conn_linger(struct conn *c)
{
    c->state = CONN_LINGER;
    wire_shut(c);
    loop_deadline(c, CONN_LINGER_MS);
    if (c->paused) {
        c->paused = false;
        wire_read(c);
    }
}

/* ---- streams ---- */

bool conn_send(struct conn *c, struct str event)
{
    enum wire_result result = wire_send(c, event);
    if (result == WIRE_SENT || result == WIRE_LATER)
        return true;
    metrics_add(&c->loop->home.counts, METRIC_STREAMS_DROPPED, result == WIRE_FULL);
    conn_close(c);
    return false;
}

/* ---- deadlines ---- */

/* The time that `bytes` may take at the least rate, from the state's beginning. */
static bool slow(struct conn *c, int grace_ms, size_t bytes)
{
    uint64_t until = c->began + (uint64_t)grace_ms + (uint64_t)bytes * 1000 / CONN_LEAST_RATE;
    uint64_t now = uv_now(&c->loop->uv);
    if (until <= now)
        return true;
    loop_deadline(c, until - now);
    return false;
}

/* An upload keeps up the rate all the time: what came quickly at first is no credit for hours. */
static bool steady(struct conn *c)
{
    size_t came = c->hr->in.received - c->mark;
    c->mark = c->hr->in.received;
    return came >= (size_t)c->loop->server->body_ms * CONN_LEAST_RATE / 1000;
}

void conn_expired(struct conn *c)
{
    struct http_server *s = c->loop->server;
    if (c->state == CONN_STREAM) {
        live_beat(c);
        return;
    }
    if (c->state == CONN_STORING || (c->state == CONN_READING && c->hr->uploads && steady(c))) {
        loop_deadline(c, (uint64_t)s->body_ms);
        return;
    }
    if (c->state == CONN_READING && !c->hr->uploads && c->hr->in.state == INTAKE_BODY &&
        !slow(c, s->body_ms, c->hr->in.received))
        return;
    if (c->state == CONN_WRITING && !c->piece && /* a piece has its time, and no credit */
        !slow(c, s->write_ms, c->writing - wire_unsent(c)))
        return;
    if (c->state != CONN_IDLE && c->state != CONN_LINGER)
        metrics_add(&c->loop->home.counts, METRIC_TIMED_OUT, 1);
    if (c->state == CONN_READING) {
        intake_refuse(&c->hr->in, 408, "The request came too slowly.");
        conn_advance(c);
        return;
    }
    conn_close(c);
}

/* ---- the end ---- */

void conn_stop(struct conn *c)
{
    if (c->state == CONN_STREAM)
        conn_close(c);
    else if (c->state == CONN_IDLE) /* its next request may be on its way */
        loop_deadline(c, STOP_IDLE_MS);
}

void conn_close(struct conn *c)
{
    if (c->state == CONN_CLOSING)
        return;
    if (c->state == CONN_STREAM)
        live_detach(c);
    /* A request that is away comes back to a slot of another generation. */
    bool away = c->state == CONN_STORING || c->state == CONN_WORKING;
    if (c->hr && !away && c->state != CONN_WRITING)
        http_request_give(c->hr);
    if (c->state != CONN_WRITING) /* libuv still points into that one's answer */
        c->hr = NULL;
    c->state = CONN_CLOSING;
    conn_hold(c, 0);
    if (c->peer_count)
        __atomic_sub_fetch(c->peer_count, 1, __ATOMIC_RELAXED);
    c->peer_count = NULL;
    loop_slot_give(c->loop, c->slot);
    wire_end(c);
    uv_close(&c->u.handle, on_closed);
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;
    struct loop *l = c->loop;
    if (bulk_closed(c) && c->hr)
        http_request_give(c->hr);
    wire_free(c);
    free(c->ahead);
    free(c->topics);
    if (l->spare_n < 256) {
        c->next = l->spare;
        l->spare = c;
        l->spare_n++;
    } else {
        free(c);
    }
    loop_check_end(l);
}
