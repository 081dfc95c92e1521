/* loop.c: the loop's thread: its mailbox, its deadlines, its end; see loop.h.
 *
 * WHY deadlines are looked at by one periodic timer: a timer per connection costs two heap
 * operations per request. Here setting one is a store into an array, and 10,000 of them are
 * looked through in some microseconds a few times a second.
 */
#define _GNU_SOURCE /* accept4 */
#include "http/loop.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/supervise.h"
#include "http/accesslog.h"
#include "http/tls.h"

enum { STOP_TICK_MS = 20, LOOK_MS = 5000, CONNECT_NS = 5000000 };

static void loop_ring(void *bell);
static void on_bell(uv_async_t *bell);
static void on_tick(uv_timer_t *timer);
static void on_stop(uv_poll_t *poll, int status, int events);
static bool listener_begin(struct loop *l, const struct address *at, int fd);
static void listener_end(struct listener *from);
static void on_connection(uv_stream_t *listener, int status);
static bool shed(struct loop *l);
static void turn_away(struct listener *from);
static void on_sign(uv_timer_t *timer);
static void on_look(uv_timer_t *timer);
static void on_reload(uv_poll_t *poll, int status, int events);

bool loop_begin(struct loop *l, struct http_server *s, int number)
{
    l->server = s;
    if (uv_loop_init(&l->uv) != 0)
        return false;
    uv_async_init(&l->uv, &l->bell, on_bell);
    uv_timer_init(&l->uv, &l->tick);
    uv_idle_init(&l->uv, &l->slices);
    uv_poll_init(&l->uv, &l->stop, s->app->stop_fd);
    l->bell.data = l->tick.data = l->slices.data = l->stop.data = l;
    home_begin(&l->home, s->app, loop_ring, l);
    uv_poll_start(&l->stop, UV_READABLE, on_stop);
    loop_spare(l);
    out_init(&l->cipher, 8 * CONN_BACKLOG_MAX);
    uv_timer_init(&l->uv, &l->look);
    uv_timer_init(&l->uv, &l->sign);
    l->sign.data = l;
    l->turned = clock_monotonic();
    if (s->watchdog_us)
        uv_timer_start(&l->sign, on_sign, 0, (uint64_t)s->watchdog_us / 4000);
    uv_poll_init(&l->uv, &l->reload, s->app->reload_fd);
    l->look.data = l->reload.data = l;
    if (s->tls && number == 0) {
        uv_timer_start(&l->look, on_look, LOOK_MS, LOOK_MS);
        uv_poll_start(&l->reload, UV_READABLE, on_reload);
    }
    live_loop_begin(l);
    for (size_t i = 0; i < s->addresses.n; i++)
        if (!listener_begin(l, &s->addresses.of[i], s->addresses.of[i].fds[number]))
            return false;
    return true;
}

void loop_run(struct loop *l)
{
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_end(struct loop *l)
{
    live_loop_end(l);
    while (l->spare) {
        struct conn *c = l->spare;
        l->spare = c->next;
        free(c);
    }
    home_end(&l->home);
    out_free(&l->cipher);
    uv_loop_close(&l->uv);
    free(l->slots);
    free(l->free_slots);
}

static void loop_ring(void *bell)
{
    struct loop *l = bell;
    uv_async_send(&l->bell);
}

static void on_bell(uv_async_t *bell)
{
    struct loop *l = bell->data;
    mailbox_open(&l->home.box, l);
    loop_check_end(l);
}

/* ---- listeners ---- */

static bool listener_begin(struct loop *l, const struct address *at, int fd)
{
    struct listener *from = &l->listeners[l->listeners_n++];
    int e;
    *from = (struct listener){.loop = l, .at = at};
    if (at->local) {
        uv_pipe_init(&l->uv, &from->u.pipe, 0);
        e = uv_pipe_open(&from->u.pipe, fd);
    } else {
        uv_tcp_init(&l->uv, &from->u.tcp);
        e = uv_tcp_open(&from->u.tcp, fd);
    }
    from->u.handle.data = from;
    return e == 0 && uv_listen(&from->u.stream, 1024, on_connection) == 0;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct listener *from = listener->data;
    struct loop *l = from->loop;
    if (status == 0) {
        conn_accept(from, -1);
        return;
    }
    int64_t now = clock_monotonic();
    if (now - l->complained_at > CLOCK_SECOND) {
        log_warn("cannot accept connections: %s", uv_strerror(status));
        l->complained_at = now;
    }
    if (status == UV_EMFILE || status == UV_ENFILE)
        turn_away(from);
}

/* The spare descriptor went to a file, and is not coming back: of those connections that ask for
 * nothing the one goes that would be the next to go anyway. */
static bool shed(struct loop *l)
{
    struct slot *first = NULL;
    for (uint32_t i = 0; i < l->slots_n; i++) {
        struct slot *s = &l->slots[i];
        if (s->conn && s->deadline && s->conn->state <= CONN_READING &&
            (!first || s->deadline < first->deadline))
            first = s;
    }
    if (!first)
        return false;
    metrics_add(&l->home.counts, METRIC_TURNED_AWAY, 1);
    conn_close(first->conn);
    return true;
}

/* RULE 7. A descriptor is given up to take the next one off the queue, and taken back. libuv has
 * the same trick, but takes its own from a place that a confined program does not see. */
static void turn_away(struct listener *from)
{
    struct http_server *s = from->loop->server;
    int fd, taken;
    if (!loop_spare(from->loop) && !(shed(from->loop) && loop_spare(from->loop))) {
        usleep(1000); /* the queue is still there: not as fast as possible again */
        return;
    }
    uv_mutex_lock(&s->spare_lock);
    if (s->spare_fd >= 0)
        close(s->spare_fd);
    if (uv_fileno(&from->u.handle, &fd) == 0)
        while ((taken = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
            close(taken);
            metrics_add(&from->loop->home.counts, METRIC_TURNED_AWAY, 1);
        }
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    uv_mutex_unlock(&s->spare_lock);
}

/* Another loop may have accepted with the descriptor that was given up for a moment: it asks here
 * before it keeps the connection. */
bool loop_spare(struct loop *l)
{
    struct http_server *s = l->server;
    uv_mutex_lock(&s->spare_lock);
    if (s->spare_fd < 0)
        s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool kept = s->spare_fd >= 0;
    uv_mutex_unlock(&s->spare_lock);
    return kept;
}

/* A socket that was handed over goes on in its supervisor. */
static bool listener_goes(const struct listener *from, int *fd)
{
    return !from->at->passed && uv_fileno(&from->u.handle, fd) == 0;
}

/* The first packet of whoever would connect is lost from now on, and comes again to who listens
 * then; of who has begun to connect the rest comes through. */
static void listener_shut(struct listener *from)
{
    enum { FLAGS_OFFSET = 13, SYN = 2 }; /* of TCP's head */
    struct sock_filter no_more[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_OFFSET),
                                    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SYN, 0, 1),
                                    BPF_STMT(BPF_RET | BPF_K, 0),
                                    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
    struct sock_fprog filter = {.len = sizeof no_more / sizeof *no_more, .filter = no_more};
    int fd;
    if (!from->at->local && listener_goes(from, &fd))
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

/* Whoever has connected is taken before the socket goes. */
static void listener_end(struct listener *from)
{
    int fd, taken;
    if (listener_goes(from, &fd))
        while ((taken = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
            conn_accept(from, taken);
    uv_close(&from->u.handle, NULL);
}

/* The first loop speaks for all: a loop that hangs keeps it from speaking. */
static void on_sign(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    struct http_server *s = l->server;
    int64_t now = clock_monotonic();
    l->turned = now;
    bool all = l == &s->loops[0];
    for (int i = 0; all && i < s->n; i++)
        all = now - s->loops[i].turned < s->watchdog_us;
    if (all)
        supervise_tell("WATCHDOG=1");
}

/* ---- certificates ---- */

static void on_look(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    tls_server_look(l->server->tls, false);
}

static void on_reload(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    uint64_t rings;
    (void)status, (void)events;
    if (read(l->server->app->reload_fd, &rings, sizeof rings) == sizeof rings)
        tls_server_look(l->server->tls, true);
}

/* ---- slots ---- */

uint32_t loop_slot_take(struct loop *l, struct conn *c)
{
    if (l->free_n == 0) {
        uint32_t cap = l->slots_cap ? 2 * l->slots_cap : 64;
        struct slot *slots = realloc(l->slots, cap * sizeof *slots);
        uint32_t *places = realloc(l->free_slots, cap * sizeof *places);
        if (!slots || !places)
            die("out of memory: %u connections", cap);
        l->slots = slots;
        l->free_slots = places;
        for (uint32_t i = cap; i-- > l->slots_cap;) {
            slots[i] = (struct slot){.generation = 1};
            places[l->free_n++] = i;
        }
        l->slots_cap = cap;
    }
    uint32_t slot = l->free_slots[--l->free_n];
    l->slots[slot].conn = c;
    l->slots[slot].deadline = 0;
    if (slot >= l->slots_n)
        l->slots_n = slot + 1;
    if (l->conns++ == 0)
        uv_timer_start(&l->tick, on_tick, (uint64_t)l->server->tick_ms,
                       (uint64_t)l->server->tick_ms);
    metrics_add(&l->home.counts, METRIC_CONNECTIONS, 1);
    return slot;
}

void loop_slot_give(struct loop *l, uint32_t slot)
{
    l->slots[slot].conn = NULL;
    l->slots[slot].deadline = 0;
    l->slots[slot].generation++;
    l->free_slots[l->free_n++] = slot;
    while (l->slots_n && !l->slots[l->slots_n - 1].conn)
        l->slots_n--;
    if (--l->conns == 0) {
        accesslog_flush(&l->home);
        if (!l->stopping)
            uv_timer_stop(&l->tick);
    }
    metrics_add(&l->home.counts, METRIC_CONNECTIONS, -1);
}

struct conn *loop_conn(struct loop *l, uint32_t slot, uint32_t generation)
{
    return l->slots[slot].generation == generation ? l->slots[slot].conn : NULL;
}

void loop_deadline(struct conn *c, uint64_t ms)
{
    c->loop->slots[c->slot].deadline = ms ? uv_now(&c->loop->uv) + ms : 0;
}

static void on_tick(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    accesslog_flush(&l->home);
    uint64_t now = uv_now(&l->uv);
    for (uint32_t i = 0; i < l->slots_n; i++)
        if (l->slots[i].deadline && l->slots[i].deadline <= now)
            conn_expired(l->slots[i].conn);
    if (l->stopping && now - l->stopped_at > STOP_MS)
        for (uint32_t i = 0; i < l->slots_n; i++)
            if (l->slots[i].conn)
                conn_close(l->slots[i].conn);
    loop_check_end(l);
}

/* ---- the end ---- */

/* The descriptor stays readable, so every loop sees it. */
static void on_stop(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    (void)status;
    (void)events;
    l->stopping = true;
    l->stopped_at = uv_now(&l->uv);
    uv_poll_stop(&l->stop);
    if (l == &l->server->loops[0])
        supervise_tell("STOPPING=1");
    for (size_t i = 0; i < l->listeners_n; i++)
        listener_shut(&l->listeners[i]);
    nanosleep(&(struct timespec){.tv_nsec = CONNECT_NS}, NULL); /* who has begun to gets there */
    for (size_t i = 0; i < l->listeners_n; i++)
        listener_end(&l->listeners[i]);
    uv_timer_start(&l->tick, on_tick, STOP_TICK_MS, STOP_TICK_MS);
    for (uint32_t i = 0; i < l->slots_n; i++)
        if (l->slots[i].conn)
            conn_stop(l->slots[i].conn);
    loop_check_end(l);
}

void loop_check_end(struct loop *l)
{
    if (!l->stopping || l->conns || l->away || uv_is_closing((uv_handle_t *)&l->bell))
        return;
    live_loop_end(l); /* nobody rings any more */
    uv_close((uv_handle_t *)&l->bell, NULL);
    uv_close((uv_handle_t *)&l->tick, NULL);
    uv_close((uv_handle_t *)&l->slices, NULL);
    uv_close((uv_handle_t *)&l->look, NULL);
    uv_close((uv_handle_t *)&l->sign, NULL);
    uv_close((uv_handle_t *)&l->reload, NULL);
    uv_close((uv_handle_t *)&l->stop, NULL);
}
