/* loop.h: one event loop and its connections. For loop.c, conn.c, server.c and live.c.
 *
 * A loop is one thread. It owns its listener, its connections and their requests; a connection
 * never changes its loop, and no lock is taken on the way of a request.
 *
 * RULES
 *   1. Requests of one connection are answered in their order; the next one is read only after
 *      the last answer has left.
 *   2. Every wait has an end: for the first byte, the whole head, the body (a least rate), the
 *      client's reading of the answer (a least rate), and the next request.
 *   3. A connection is closed after a 400 and after any request whose end is not certain.
 *   4. A connection holds at most 64 kB that came ahead of time.
 *   5. At a stop, whoever has connected is answered once more, within 10 s; who says nothing for
 *      half a second is let go, and so are event streams. Nobody new is taken.
 *   6. All together hold at most held_max bytes of bodies that are coming in and answers that are
 *      going out: what is more is refused (503), or its connection is cut.
 *   7. Without file descriptors new connections are turned away, those that are open are served,
 *      and it is over when there are some again.
 *   8. No loop waits for a disk on behalf of an upload or of a file that is sent.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <uv.h>

#include "http/http.h"
#include "http/listen.h"
#include "http/wire.h"

enum {
    LOOP_BUFFER = 64 * 1024,
    CONN_AHEAD_MAX = 64 * 1024,
    CONN_LINGER_MS = 1000,
    CONN_LEAST_RATE = 1024, /* bytes per second, for bodies and for answers */
    CONN_PEER_TEXT = 46,
    STREAM_BEAT_MS = 20 * 1000,
    STREAM_LIFE_MS = 15 * 60 * 1000, /* then the browser comes again and its rights are checked */
    STOP_IDLE_MS = 500,
    STOP_MS = 10 * 1000,
};

enum conn_state {
    CONN_IDLE,    /* between requests */
    CONN_READING, /* a part of a request has come */
    CONN_STORING, /* a part of an upload goes to disk */
    CONN_WORKING, /* the request is away in the store */
    CONN_WRITING, /* the answer has not quite left */
    CONN_STREAM,  /* an event stream */
    CONN_LINGER,  /* answered; reads on, so that the answer is not lost in a reset */
    CONN_CLOSING,
};

struct loop;

struct listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } u;
    struct loop *loop;
    const struct address *at;
};

struct conn {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } u;
    struct loop *loop;
    const struct address *at; /* where it came in */
    enum conn_state state;
    uint32_t slot;
    struct http_request *hr;
    char *ahead; /* bytes that came while a request was worked on */
    size_t ahead_n;
    bool ended;  /* the client sends no more */
    bool paused; /* we do not read */
    bool fresh;  /* no request yet */
    bool close_after;
    uint64_t began; /* of the state's deadline, ms */
    size_t writing;      /* bytes of the answer that did not leave at once */
    size_t mark;         /* bytes of an upload that had come when its deadline was last moved */
    struct piece *piece; /* of a file that is the answer; bulk.c */
    struct wire wire;
    uint16_t *peer_count;
    size_t held; /* bytes for this client, of the server's */
    char peer[CONN_PEER_TEXT];
    /* streams */
    int64_t *topics;
    size_t topics_n;
    int64_t person_id, session_id, live_from, live_cut, live_seq; /* see live.c */
    struct conn *stream_prev, *stream_next;
    struct conn *next; /* spare */
};

struct slot {
    struct conn *conn;
    uint32_t generation;
    uint64_t deadline; /* ms of the loop's clock; 0: none */
};

struct loop_events; /* live.c */
struct piece;

struct loop {
    struct home home;
    struct http_server *server;
    uv_loop_t uv;
    uv_thread_t thread;
    uv_async_t bell;
    uv_timer_t tick;
    uv_poll_t stop;
    uv_idle_t slices; /* runs while events wait to be fanned out */
    struct listener listeners[LISTEN_MAX];
    size_t listeners_n;
    struct slot *slots;
    uint32_t slots_n, slots_cap;
    uint32_t *free_slots;
    uint32_t free_n;
    size_t conns, away;
    struct conn *spare;
    size_t spare_n;
    bool stopping;
    uint64_t stopped_at;
    int64_t complained_at;
    struct mail *events, **events_last; /* live.c: waiting to be fanned out */
    struct conn *streams, *cursor;
    uv_timer_t sign;        /* of life, for the supervisor's watchdog */
    _Atomic int64_t turned; /* clock_monotonic of the last one */
    uv_timer_t look;        /* the first loop: have the certificates changed? */
    uv_poll_t reload;
    char buffer[LOOP_BUFFER];
    char plain[16 * 1024];  /* what TLS has decrypted */
    char record[16 * 1024]; /* what it is about to encrypt */
    struct out cipher;
};

struct http_server {
    struct app *app;
    struct loop *loops;
    int n;
    struct addresses addresses;
    struct tls_server *tls; /* NULL: no address is https */
    int tls_port;
    int64_t watchdog_us; /* 0: none */
    int header_ms, body_ms, write_ms, idle_ms, beat_ms, life_ms, tick_ms;
    size_t conns_per_loop;
    size_t held_max;
    _Atomic size_t held; /* bytes of requests and answers that wait for their clients */
    uv_mutex_t spare_lock;
    int spare_fd; /* given up when there are no others left; -1: somebody else has it */
    int per_peer; /* 0: no cap */
    unsigned char peer_secret[16];
    uint16_t peers[16 * 1024]; /* connections per address; addresses may share a place */
};

/* ---- loop.c ---- */

bool loop_begin(struct loop *l, struct http_server *s, int number); /* number: among its loops */
void loop_run(struct loop *l);                                      /* until the stop */
void loop_end(struct loop *l);
struct conn *loop_conn(struct loop *l, uint32_t slot, uint32_t generation); /* NULL: gone */
void loop_deadline(struct conn *c, uint64_t ms);                            /* from now; 0: none */
uint32_t loop_slot_take(struct loop *l, struct conn *c);
void loop_slot_give(struct loop *l, uint32_t slot);
void loop_check_end(struct loop *l);
bool loop_spare(struct loop *l); /* is the spare descriptor there, or could it be taken back? */

/* ---- conn.c ---- */

void conn_accept(struct listener *from, int fd); /* fd: already accepted; -1: by libuv */
void conn_received(struct conn *c, struct str bytes);
void conn_ended(struct conn *c, bool orderly); /* the client sends no more, or is gone */
void conn_expired(struct conn *c);
void conn_close(struct conn *c);
void conn_stop(struct conn *c);                   /* the server stops: close it if it is idle */
void conn_answer(struct conn *c);                 /* c->hr is finished */
bool conn_send(struct conn *c, struct str event); /* streams; false: it is closed now */

/* What this client makes us hold. False: all together hold too much, and this is the one that
 * wants more. */
bool conn_hold(struct conn *c, size_t bytes);
void conn_sent(struct conn *c); /* what was written has left: the file behind it, or what is next */
void conn_stored(struct loop *l, struct http_request *hr);

/* ---- bulk.c ---- */

void bulk_store(struct conn *c);  /* writes away what the upload holds, then conn_stored */
void bulk_send(struct conn *c);   /* the file behind the head, then conn_sent */
bool bulk_closed(struct conn *c); /* false: its request is still in use, and is given later */

/* ---- live.c ---- */

void live_loop_begin(struct loop *l);
void live_loop_end(struct loop *l);
void live_attach(struct conn *c);
void live_detach(struct conn *c);
void live_beat(struct conn *c);

#endif
