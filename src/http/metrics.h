/* metrics.h: what the server counts, and GET /metrics.
 *
 * Each home counts for itself, without locks; the page adds them up. Figures of one page are of
 * about the same moment, not of exactly the same.
 */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include <stddef.h>
#include <stdint.h>

enum metric {
    METRIC_ANSWERS_1XX, /* switched or streaming */
    METRIC_ANSWERS_2XX,
    METRIC_ANSWERS_3XX,
    METRIC_ANSWERS_4XX,
    METRIC_ANSWERS_5XX,
    METRIC_IN_FLIGHT,
    METRIC_CONNECTIONS,
    METRIC_ACCEPTED,
    METRIC_TURNED_AWAY, /* over a cap of connections */
    METRIC_TIMED_OUT,
    METRIC_HANDSHAKES, /* of TLS */
    METRIC_HANDSHAKES_FAILED,
    METRIC_SHED, /* cut or refused, because too much was held */
    METRIC_STREAMS,
    METRIC_STREAMS_DROPPED,
    METRIC_BYTES_SENT,
    METRIC_N,
};

enum { METRIC_BOUNDS = 10 };

struct route_time {                    /* how long answers of one route took */
    int64_t within[METRIC_BOUNDS + 1]; /* by the bounds of metrics.c; the last: longer */
    int64_t count, us;
};

struct metrics {
    int64_t of[METRIC_N];
    struct route_time *times; /* by the route's number */
    size_t times_n;
    struct metrics *next; /* of the same app */
};

struct metrics_all;
struct feature;

struct metrics_all *metrics_all_new(void);
void metrics_all_free(struct metrics_all *all);
void metrics_join(struct metrics_all *all, struct metrics *m, size_t routes);
void metrics_leave(struct metrics_all *all, struct metrics *m); /* its counts stay */
/* Only the home's thread. */
void metrics_time(struct metrics *m, size_t route, int64_t us);
void metrics_sum(struct metrics_all *all, struct metrics *sum);

extern const struct feature metrics_feature;

/* Only the home's thread adds; others may read at any time. */
static inline void metrics_add(struct metrics *m, enum metric which, int64_t n)
{
    __atomic_store_n(&m->of[which], m->of[which] + n, __ATOMIC_RELAXED);
}

static inline int64_t metrics_get(const struct metrics *m, enum metric which)
{
    return __atomic_load_n(&m->of[which], __ATOMIC_RELAXED);
}

#endif
