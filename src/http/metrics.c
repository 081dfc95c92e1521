/* metrics.c: sums and the page for Prometheus; see metrics.h.
 *
 * RULES
 *   1. /metrics answers this machine itself and administrators, nobody else. What came through a
 *      proxy did not come from this machine.
 *   2. It shows how many writes each commit carried, as a histogram.
 *   3. It shows how long the answers of each route took, as histograms: by the route's path, never
 *      by what stood in the address.
 */
#include "http/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/log.h"
#include "http/http.h"

static int metrics_show(struct req *rq);
static bool from_here(struct req *rq);
static void time_add(struct route_time *sum, const struct route_time *t);
static void time_write(struct out *o, const struct route *route, const struct route_time *t);
static int64_t open_files(void);
static void store_metrics(struct out *o, const struct store_stats *s);
static void route_metrics(struct req *rq);
static void process_metrics(struct out *o);
static void job_metrics(struct out *o, struct jobs *jobs);
static int64_t memory_bytes(int field);

static const struct route routes[] = {
    {.method = GET,
     .path = "/metrics",
     .handler = metrics_show,
     .who = ANYONE,
     .help = "what the server counts, for Prometheus: for this machine and administrators"},
    {0},
};

const struct feature metrics_feature = {.name = "metrics", .routes = routes};

struct metrics_all {
    pthread_mutex_t lock;
    struct metrics *first;
    struct metrics gone;
};

static const struct {
    int64_t us;
    const char *le;
} bounds[METRIC_BOUNDS] = {
    {1000, "0.001"}, {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"}, {25000, "0.025"},
    {50000, "0.05"}, {100000, "0.1"},  {250000, "0.25"}, {1000000, "1"},  {5000000, "5"},
};

struct metrics_all *metrics_all_new(void)
{
    struct metrics_all *all = calloc(1, sizeof *all);
    if (!all)
        die("out of memory: metrics");
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

void metrics_all_free(struct metrics_all *all)
{
    if (all) {
        pthread_mutex_destroy(&all->lock);
        free(all->gone.times);
    }
    free(all);
}

static void times_grow(struct metrics *m, size_t n)
{
    if (m->times_n >= n)
        return;
    struct route_time *more = calloc(n, sizeof *more);
    if (!more)
        die("out of memory: metrics");
    if (m->times_n)
        memcpy(more, m->times, m->times_n * sizeof *more);
    free(m->times);
    m->times = more;
    m->times_n = n;
}

void metrics_join(struct metrics_all *all, struct metrics *m, size_t n)
{
    times_grow(m, n);
    pthread_mutex_lock(&all->lock);
    times_grow(&all->gone, n);
    m->next = all->first;
    all->first = m;
    pthread_mutex_unlock(&all->lock);
}

static int64_t loaded(const int64_t *n)
{
    return __atomic_load_n(n, __ATOMIC_RELAXED);
}

static void time_add(struct route_time *sum, const struct route_time *t)
{
    for (size_t i = 0; i <= METRIC_BOUNDS; i++)
        sum->within[i] += loaded(&t->within[i]);
    sum->count += loaded(&t->count);
    sum->us += loaded(&t->us);
}

static void stored(int64_t *n, int64_t more)
{
    __atomic_store_n(n, *n + more, __ATOMIC_RELAXED);
}

void metrics_time(struct metrics *m, size_t route, int64_t us)
{
    size_t bound = 0;
    if (route >= m->times_n)
        return;
    while (bound < METRIC_BOUNDS && us > bounds[bound].us)
        bound++;
    stored(&m->times[route].within[bound], 1);
    stored(&m->times[route].count, 1);
    stored(&m->times[route].us, us);
}

void metrics_leave(struct metrics_all *all, struct metrics *m)
{
    pthread_mutex_lock(&all->lock);
    for (struct metrics **at = &all->first; *at; at = &(*at)->next)
        if (*at == m) {
            *at = m->next;
            break;
        }
    for (int i = 0; i < METRIC_N; i++)
        all->gone.of[i] += m->of[i];
    for (size_t i = 0; i < m->times_n; i++)
        time_add(&all->gone.times[i], &m->times[i]);
    pthread_mutex_unlock(&all->lock);
    free(m->times);
    m->times = NULL;
    m->times_n = 0;
}

void metrics_sum(struct metrics_all *all, struct metrics *sum)
{
    pthread_mutex_lock(&all->lock);
    *sum = (struct metrics){0};
    memcpy(sum->of, all->gone.of, sizeof sum->of);
    for (const struct metrics *m = all->first; m; m = m->next)
        for (int i = 0; i < METRIC_N; i++)
            sum->of[i] += metrics_get(m, i);
    pthread_mutex_unlock(&all->lock);
}

/* ---- the page ---- */

static const struct {
    enum metric metric;
    const char *name, *type, *help;
} gauges[] = {
    {METRIC_IN_FLIGHT, "skep_requests_in_flight", "gauge", "Requests begun and not yet answered"},
    {METRIC_CONNECTIONS, "skep_connections", "gauge", "Open connections"},
    {METRIC_ACCEPTED, "skep_connections_accepted_total", "counter", "Connections accepted"},
    {METRIC_TURNED_AWAY, "skep_connections_refused_total", "counter", "Connections over a cap"},
    {METRIC_TIMED_OUT, "skep_timeouts_total", "counter", "Connections cut for being slow"},
    {METRIC_HANDSHAKES, "skep_tls_handshakes_total", "counter", "Handshakes of TLS"},
    {METRIC_HANDSHAKES_FAILED, "skep_tls_handshakes_failed_total", "counter",
     "Handshakes that failed"},
    {METRIC_SHED, "skep_shed_total", "counter", "Requests refused or cut: too much was held"},
    {METRIC_STREAMS, "skep_streams", "gauge", "Open event streams"},
    {METRIC_STREAMS_DROPPED, "skep_streams_dropped_total", "counter", "Streams too slow to keep"},
    {METRIC_BYTES_SENT, "skep_answer_bytes_total", "counter", "Bytes of answers"},
};

static int metrics_show(struct req *rq)
{
    if (!from_here(rq) && rq->viewer.role < ROLE_ADMINISTRATOR)
        return forbidden(rq);
    struct metrics sum;
    struct store_stats stats;
    struct out *o = &rq->out;
    metrics_sum(rq->app->metrics, &sum);
    store_stats(rq->app->store, &stats);
    rq->content_type = S("text/plain; version=0.0.4; charset=utf-8");
    res_header(rq, "Cache-Control", S("no-store"));
    out_lit(o, "# HELP skep_answers_total Answers by class of status\n"
               "# TYPE skep_answers_total counter\n");
    for (int class = 1; class <= 5; class ++)
        out_fmt(o, "skep_answers_total{class=\"%dxx\"} %lld\n", class,
                (long long)sum.of[METRIC_ANSWERS_1XX + class - 1]);
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++)
        out_fmt(o, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", gauges[i].name, gauges[i].help,
                gauges[i].name, gauges[i].type, gauges[i].name,
                (long long)sum.of[gauges[i].metric]);
    store_metrics(o, &stats);
    job_metrics(o, rq->app->jobs);
    process_metrics(o);
    route_metrics(rq);
    return rq->status = 200;
}

static void process_metrics(struct out *o)
{
    out_fmt(o,
            "# HELP process_resident_memory_bytes Resident memory, the mapped database included\n"
            "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lld\n"
            "# HELP skep_private_memory_bytes Resident memory without mapped files\n"
            "# TYPE skep_private_memory_bytes gauge\nskep_private_memory_bytes %lld\n",
            (long long)memory_bytes(1), (long long)(memory_bytes(1) - memory_bytes(2)));
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    out_fmt(o,
            "# HELP process_open_fds Open file descriptors\n"
            "# TYPE process_open_fds gauge\nprocess_open_fds %lld\n"
            "# HELP process_max_fds How many there may be\n"
            "# TYPE process_max_fds gauge\nprocess_max_fds %lld\n",
            (long long)open_files(), (long long)limit.rlim_cur);
}

static void route_metrics(struct req *rq)
{
    struct metrics_all *all = rq->app->metrics;
    struct out *o = &rq->out;
    size_t n;
    const struct router_route *all_routes = router_routes(rq->app->router, &n);
    out_lit(o, "# HELP skep_request_seconds From the head of a request to its answer\n"
               "# TYPE skep_request_seconds histogram\n");
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < n && i < all->gone.times_n; i++) {
        struct route_time t = all->gone.times[i];
        for (const struct metrics *m = all->first; m; m = m->next)
            if (i < m->times_n)
                time_add(&t, &m->times[i]);
        if (t.count)
            time_write(o, all_routes[i].route, &t);
    }
    pthread_mutex_unlock(&all->lock);
}

static void time_write(struct out *o, const struct route *route, const struct route_time *t)
{
    char of[160];
    int64_t below = 0;
    snprintf(of, sizeof of, "method=\"%s\",route=\"%s\"", method_name(route->method), route->path);
    for (size_t i = 0; i < METRIC_BOUNDS; i++) {
        below += t->within[i];
        out_fmt(o, "skep_request_seconds_bucket{%s,le=\"%s\"} %lld\n", of, bounds[i].le,
                (long long)below);
    }
    out_fmt(o,
            "skep_request_seconds_bucket{%s,le=\"+Inf\"} %lld\n"
            "skep_request_seconds_sum{%s} %.6f\nskep_request_seconds_count{%s} %lld\n",
            of, (long long)t->count, of, (double)t->us / 1e6, of, (long long)t->count);
}

static bool from_here(struct req *rq)
{
    bool loopback = str_starts(rq->peer, S("127.")) || str_eq(rq->peer, S("::1"));
    return loopback && req_header(rq, "x-forwarded-for").n == 0 &&
           req_header(rq, "forwarded").n == 0 && req_header(rq, "x-real-ip").n == 0 &&
           req_header(rq, "via").n == 0;
}

static void store_metrics(struct out *o, const struct store_stats *s)
{
    int64_t below = 0;
    out_lit(o, "# HELP skep_commit_writes Writes that one commit carried\n"
               "# TYPE skep_commit_writes histogram\n");
    for (int i = 0; i < 12; i++) {
        below += s->batch[i];
        out_fmt(o, "skep_commit_writes_bucket{le=\"%d\"} %lld\n", 1 << i, (long long)below);
    }
    out_fmt(o,
            "skep_commit_writes_bucket{le=\"+Inf\"} %lld\n"
            "skep_commit_writes_sum %lld\nskep_commit_writes_count %lld\n",
            (long long)s->commits, (long long)s->writes, (long long)s->commits);
    const struct {
        const char *name, *type, *help;
        double value;
    } of[] = {
        {"skep_commit_seconds_total", "counter", "Time spent in COMMIT",
         (double)s->commit_us / 1e6},
        {"skep_write_failures_total", "counter", "Writes undone", (double)s->write_failures},
        {"skep_jobs_refused_total", "counter", "Requests refused by a full queue",
         (double)s->refused},
        {"skep_jobs_queued", "gauge", "Jobs that wait for the store", (double)s->queued},
    };
    static const char *const lanes[] = {[STORE_READ] = "read",
                                        [STORE_WRITE] = "write",
                                        [STORE_SLOW] = "slow",
                                        [STORE_FILES] = "files"};
    _Static_assert(sizeof lanes / sizeof *lanes == STORE_LANES, "each lane has a name");
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        out_fmt(o, "# HELP %s %s\n# TYPE %s %s\n%s %.9g\n", of[i].name, of[i].help, of[i].name,
                of[i].type, of[i].name, of[i].value);
    out_lit(o, "# HELP skep_lane_queued Jobs that wait, by what they wait for\n"
               "# TYPE skep_lane_queued gauge\n");
    for (int i = 0; i < STORE_LANES; i++)
        out_fmt(o, "skep_lane_queued{lane=\"%s\"} %lld\n", lanes[i], (long long)s->waiting[i]);
}

static int64_t open_files(void)
{
    int64_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n > 3 ? n - 3 : 0; /* ".", ".." and the folder itself */
}

static void job_metrics(struct out *o, struct jobs *jobs)
{
    struct jobs_stats s;
    jobs_stats(jobs, &s);
    out_fmt(o,
            "# HELP skep_jobs_ended_total Tries of jobs by how they ended\n"
            "# TYPE skep_jobs_ended_total counter\n"
            "skep_jobs_ended_total{end=\"done\"} %lld\nskep_jobs_ended_total{end=\"later\"} %lld\n"
            "skep_jobs_ended_total{end=\"failed\"} %lld\n"
            "# HELP skep_jobs_running Jobs that run in this process\n"
            "# TYPE skep_jobs_running gauge\nskep_jobs_running %lld\n"
            "# HELP skep_jobs_taken_over_total Jobs of workers that died\n"
            "# TYPE skep_jobs_taken_over_total counter\nskep_jobs_taken_over_total %lld\n"
            "# HELP skep_jobs_overdue_seconds How long the first job that is due has waited\n"
            "# TYPE skep_jobs_overdue_seconds gauge\nskep_jobs_overdue_seconds %.9g\n",
            (long long)s.done, (long long)s.later, (long long)s.failed, (long long)s.running,
            (long long)s.taken, (double)s.overdue_us / 1e6);
}

/* Field of /proc/self/statm: 1 resident, 2 shared (file-backed). */
static int64_t memory_bytes(int field)
{
    long long pages[3] = {0};
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    if (fscanf(f, "%lld %lld %lld", &pages[0], &pages[1], &pages[2]) != 3)
        pages[1] = pages[2] = 0;
    fclose(f);
    return pages[field] * (int64_t)sysconf(_SC_PAGESIZE);
}
