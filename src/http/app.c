/* app.c: opens and closes the program's state, and asks itself without a socket; see app.h.
 *
 * WHY app_request has homes of its own: a home is what a loop is to a request, so the same parser,
 * dispatcher and store are used, and several threads may ask at once.
 */
#include "http/app.h"

#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/log.h"
#include "core/rand.h"
#include "http/accesslog.h"
#include "http/fresh.h"
#include "http/health.h"
#include "http/http.h"
#include "http/rate.h"
#include "http/response.h"
#include "http/upload.h"
#include "view/answer.h"

enum { FEATURES_MAX = 512, ARENA = 1024 * 1024 };

struct waiter { /* a thread in app_request */
    struct home home;
    pthread_cond_t rung;
    struct waiter *next;
};

static bool hub_open(struct app *app, struct arena *a, struct str *message);
static bool features_join(struct app *app, const struct feature *const *found);
static bool schemas_make(struct app *app, struct arena *a, struct str *message);
static bool secret_load(struct app *app);
static bool secret_read(struct db *db, void *ctx);
static struct waiter *waiter_take(struct app *app);
static void waiter_give(struct waiter *w);
static void waiter_ring(void *bell);
static void waiter_open(struct waiter *w);
static void request_read(struct waiter *w, struct http_request *hr, struct str raw);
static void on_mail(struct mail *m, void *owner);
static struct str answer_copy(struct http_request *hr, struct arena *a);

struct app *app_open(const struct app_options *options, const struct feature *const *found,
                     struct arena *a, struct str *message)
{
    signal(SIGPIPE, SIG_IGN);
    json_object_seed(0);
    if (sodium_init() < 0)
        die("libsodium cannot start");
    static _Atomic int64_t opened;
    struct app *app = calloc(1, sizeof *app);
    if (!app)
        die("out of memory: app");
    app->serial = atomic_fetch_add(&opened, 1) + 1;
    app->options = *options;
    app->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    app->reload_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    app->metrics = metrics_all_new();
    app->rates = rates_new();
    app->peers = rates_new();
    app->live = live_new();
    app->health = health_new();
    refuse_with(answer_refusal);
    app->testing = getenv("SKEP_TEST") && strcmp(getenv("SKEP_TEST"), "1") == 0;
    pthread_mutex_init(&app->waiters_lock, NULL);
    *message = S("too many features");
    bool ok = app->stop_fd >= 0 && app->reload_fd >= 0 && features_join(app, found);
    if (ok && !app_files(options, app->files)) {
        *message = S("the path of the files' folder is too long");
        ok = false;
    }
    ok = ok && (app->router = router_new(app->features, a, message));
    if (ok && (options->storeless || hub_open(app, a, message)))
        return app;
    app_close(app);
    return NULL;
}

/* The store, and what stands on it. */
static bool hub_open(struct app *app, struct arena *a, struct str *message)
{
    app->store = store_open(&app->options.store, a, message);
    if (!app->store)
        return false;
    store_seal(app->store,
               fresh_mark); /* secret_load is a write: each program begins with a mark */
    if (!schemas_make(app, a, message))
        return false;
    if (!secret_load(app)) {
        *message = S("the hub's secret cannot be read or made");
        return false;
    }
    app->consumers = consumers_open(app->store, app->features);
    app->jobs = jobs_open(app);
    return true;
}

void app_close(struct app *app)
{
    if (!app)
        return;
    while (app->waiters) {
        struct waiter *w = app->waiters;
        app->waiters = w->next;
        home_end(&w->home);
        pthread_cond_destroy(&w->rung);
        free(w);
    }
    jobs_close(app->jobs);
    if (app->consumers)
        consumers_stop(app->consumers);
    if (app->store)
        store_stop(app->store); /* its last batch still has consumers */
    consumers_close(app->consumers);
    store_close(app->store);
    router_free(app->router);
    live_free(app->live);
    health_free(app->health);
    rates_free(app->rates);
    rates_free(app->peers);
    metrics_all_free(app->metrics);
    pthread_mutex_destroy(&app->waiters_lock);
    if (app->stop_fd >= 0)
        close(app->stop_fd);
    if (app->reload_fd >= 0)
        close(app->reload_fd);
    sodium_memzero(app->secret, sizeof app->secret);
    free((void *)app->features);
    free(app);
}

bool app_files(const struct app_options *o, char path[APP_FILES_PATH])
{
    const char *data = o->store.db.data;
    bool inside = !o->files && data;
    int n = snprintf(path, APP_FILES_PATH, "%s%s", inside ? data : "",
                     inside     ? "/files"
                     : o->files ? o->files
                                : "hub-files");
    return n > 0 && n < APP_FILES_PATH;
}

/* The layer's own features stand before those of the folders. */
static bool features_join(struct app *app, const struct feature *const *found)
{
    size_t n = 0;
    while (found[n])
        if (++n == FEATURES_MAX)
            return false;
    const struct feature **all = calloc(n + 3, sizeof *all);
    if (!all)
        die("out of memory: features");
    all[0] = &health_feature;
    all[1] = &metrics_feature;
    for (size_t i = 0; i < n; i++)
        all[i + 2] = found[i];
    app->features = all;
    return true;
}

/* ---- tables of declarations ---- */

struct schemas {
    struct app *app;
    struct arena *arena;
    struct str *message;
};

static bool schemas_run(struct db *db, void *ctx)
{
    struct schemas *s = ctx;
    for (const struct feature *const *f = s->app->features; *f; f++)
        if ((*f)->schema && !(*f)->schema(db, s->arena, s->message))
            return false;
    return true;
}

static bool schemas_make(struct app *app, struct arena *a, struct str *message)
{
    struct schemas s = {app, a, message};
    *message = S("the tables of this program's records cannot be made");
    return store_run(app->store, STORE_WRITE, schemas_run, &s);
}

/* ---- the hub's secret ---- */

static bool secret_load(struct app *app)
{
    return store_run(app->store, STORE_WRITE, secret_read, app);
}

static bool secret_read(struct db *db, void *ctx)
{
    struct app *app = ctx;
    struct arena *a = arena_new(ARENA);
    struct str hex = db_get_str(db, a, "SELECT value FROM settings WHERE name = 'secret'");
    size_t n = 0;
    if (!hex.p && !db_failed(db)) {
        hex = rand_hex(a, sizeof app->secret);
        db_exec(db, "INSERT INTO settings (name, value) VALUES ('secret', ?1)", T(hex));
    }
    bool ok = !db_failed(db) && hex.p &&
              sodium_hex2bin(app->secret, sizeof app->secret, hex.p, hex.n, NULL, &n, NULL) == 0 &&
              n == sizeof app->secret;
    arena_free(a);
    return ok;
}

/* ---- requests without a socket ---- */

struct str app_request(struct app *app, struct arena *a, struct str raw)
{
    struct waiter *w = waiter_take(app);
    struct http_request *hr = http_request_take(&w->home, S("127.0.0.1"));
    hr->mail.open = on_mail;
    request_read(w, hr, raw);
    if (!hr->finished)
        dispatch_whole(hr);
    while (!hr->finished)
        waiter_open(w);
    response_finish(hr, hr->in.keep_alive && !hr->close);
    struct str answer = answer_copy(hr, a);
    accesslog_flush(&w->home);
    http_request_give(hr);
    waiter_give(w);
    return answer;
}

/* Feeds it as a connection would, in pieces that an upload can hold. */
static void request_read(struct waiter *w, struct http_request *hr, struct str raw)
{
    for (size_t at = 0; at < raw.n && hr->in.state < INTAKE_WHOLE && !hr->finished;) {
        size_t n = raw.n - at < UPLOAD_SLICE ? raw.n - at : UPLOAD_SLICE;
        at += intake_feed(&hr->in, raw.p + at, n);
        if (hr->in.state == INTAKE_HEADED) {
            dispatch_head(hr);
            while (hr->stage != STAGE_HERE)
                waiter_open(w);
        }
        if (uploads_due(hr)) {
            uploads_write(hr->uploads);
            uploads_written(hr);
        }
    }
    if (hr->in.state < INTAKE_WHOLE && !hr->finished)
        intake_refuse(&hr->in, 400, "The request is cut short.");
}

static void on_mail(struct mail *m, void *owner)
{
    (void)owner;
    dispatch_back((struct http_request *)((char *)m - offsetof(struct http_request, mail)));
}

static struct str answer_copy(struct http_request *hr, struct arena *a)
{
    size_t n = hr->head.n, left = (size_t)hr->file_left;
    char *p = arena_alloc(a, n + hr->payload.n + left + 1);
    memcpy(p, hr->head.p, n);
    if (hr->payload.n)
        memcpy(p + n, hr->payload.p, hr->payload.n);
    n += hr->payload.n;
    for (ssize_t got = 1; left && got > 0; left -= (size_t)got, n += (size_t)got) {
        got = pread(hr->file - 1, p + n, left, hr->file_at);
        hr->file_at += got;
    }
    return str_make(p, n);
}

static struct waiter *waiter_take(struct app *app)
{
    pthread_mutex_lock(&app->waiters_lock);
    struct waiter *w = app->waiters;
    if (w)
        app->waiters = w->next;
    pthread_mutex_unlock(&app->waiters_lock);
    if (w)
        return w;
    w = calloc(1, sizeof *w);
    if (!w)
        die("out of memory: a request");
    pthread_cond_init(&w->rung, NULL);
    home_begin(&w->home, app, waiter_ring, w);
    return w;
}

static void waiter_give(struct waiter *w)
{
    struct app *app = w->home.app;
    pthread_mutex_lock(&app->waiters_lock);
    w->next = app->waiters;
    app->waiters = w;
    pthread_mutex_unlock(&app->waiters_lock);
}

/* Under the box's lock. */
static void waiter_ring(void *bell)
{
    struct waiter *w = bell;
    pthread_cond_signal(&w->rung);
}

/* Waits for mail, and reads it. */
static void waiter_open(struct waiter *w)
{
    pthread_mutex_lock(&w->home.box.lock);
    while (!w->home.box.first)
        pthread_cond_wait(&w->rung, &w->home.box.lock);
    pthread_mutex_unlock(&w->home.box.lock);
    mailbox_open(&w->home.box, w);
}
