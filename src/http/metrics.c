/* metrics.c: sums and the page for Prometheus; see metrics.h.
 *
 * RULES
 *   1. /metrics answers this machine itself and administrators, nobody else. What came through a
 *      proxy did not come from this machine.
 *   2. It shows how many writes each commit carried, as a histogram.
 */
#include "http/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/log.h"
#include "http/http.h"

static int metrics_show(struct req *rq);
static bool from_here(struct req *rq);
static void store_metrics(struct out *o, const struct store_stats *s);
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
    if (all)
        pthread_mutex_destroy(&all->lock);
    free(all);
}

void metrics_join(struct metrics_all *all, struct metrics *m)
{
    pthread_mutex_lock(&all->lock);
    m->next = all->first;
    all->first = m;
    pthread_mutex_unlock(&all->lock);
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
    pthread_mutex_unlock(&all->lock);
}

void metrics_sum(struct metrics_all *all, struct metrics *sum)
{
    pthread_mutex_lock(&all->lock);
    *sum = all->gone;
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
    out_fmt(o,
            "# HELP process_resident_memory_bytes Resident memory, the mapped database included\n"
            "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lld\n"
            "# HELP skep_private_memory_bytes Resident memory without mapped files\n"
            "# TYPE skep_private_memory_bytes gauge\nskep_private_memory_bytes %lld\n",
            (long long)memory_bytes(1), (long long)(memory_bytes(1) - memory_bytes(2)));
    return rq->status = 200;
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
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        out_fmt(o, "# HELP %s %s\n# TYPE %s %s\n%s %.9g\n", of[i].name, of[i].help, of[i].name,
                of[i].type, of[i].name, of[i].value);
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
