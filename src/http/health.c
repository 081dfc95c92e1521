/* health.c: GET /healthz and GET /readyz; see health.h.
 *
 * WHY /readyz writes: a disk that is full, a folder that may not be written and a database that has
 * become a replica are known by a commit only.
 */
#include "http/health.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "db/migrate.h"
#include "http/http.h"

static int health_show(struct req *rq);
static int ready_show(struct req *rq);
static const char *unready(struct req *rq);
static bool write_tried(struct req *rq);
static bool write_one(struct db *db, void *ctx);

static const struct route routes[] = {
    {GET, "/healthz", health_show, ANYONE, .flags = ROUTE_BARE | ROUTE_ALONE,
     .help = "the program lives"},
    {GET, "/readyz", ready_show, ANYONE, .flags = ROUTE_BARE | ROUTE_HEAVY,
     .help = "the hub can be read and written; else 503 and why not"},
    {0},
};

const struct feature health_feature = {.name = "health", .routes = routes};

struct health {
    pthread_mutex_t lock; /* held while somebody tries */
    _Atomic int64_t tried_at;
    _Atomic bool writes;
};

struct health *health_new(void)
{
    struct health *h = calloc(1, sizeof *h);
    if (!h)
        die("out of memory: health");
    pthread_mutex_init(&h->lock, NULL);
    h->tried_at = -READY_MS * INT64_C(1000);
    h->writes = true;
    return h;
}

void health_free(struct health *h)
{
    if (h)
        pthread_mutex_destroy(&h->lock);
    free(h);
}

static int health_show(struct req *rq)
{
    rq->content_type = S("text/plain; charset=utf-8");
    res_header(rq, "Cache-Control", S("no-store"));
    out_lit(&rq->out, "It lives.\n");
    return rq->status = 200;
}

static int ready_show(struct req *rq)
{
    const char *why = unready(rq);
    if (why) {
        res_header(rq, "Retry-After", S("5"));
        return refuse(rq, 503, why);
    }
    rq->content_type = S("text/plain; charset=utf-8");
    res_header(rq, "Cache-Control", S("no-store"));
    out_lit(&rq->out, "It is ready.\n");
    return rq->status = 200;
}

/* NULL, or the reason. */
static const char *unready(struct req *rq)
{
    if (rq->app->stopping)
        return "It is shutting down.";
    if (!migrate_current(rq->db))
        return "The hub has the schema of another program.";
    if (!write_tried(rq))
        return "The hub cannot be written: its database is away, full or read-only.";
    return NULL;
}

/* One at a time; who comes meanwhile gets what is known. */
static bool write_tried(struct req *rq)
{
    struct health *h = rq->app->health;
    if (clock_steady() - h->tried_at >= READY_MS * INT64_C(1000) &&
        pthread_mutex_trylock(&h->lock) == 0) {
        int64_t now = rq->now;
        h->writes = store_run(rq->app->store, STORE_WRITE, write_one, &now);
        h->tried_at = clock_steady();
        pthread_mutex_unlock(&h->lock);
    }
    return h->writes;
}

static bool write_one(struct db *db, void *ctx)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)*(int64_t *)ctx);
    db_exec(db,
            "INSERT INTO settings (name, value) VALUES ('ready_at', ?1)"
            " ON CONFLICT (name) DO UPDATE SET value = ?1",
            Z(text));
    return !db_failed(db);
}
