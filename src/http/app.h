/* app.h: what lives as long as the program: options, the store, secrets, the routes. */
#ifndef HTTP_APP_H
#define HTTP_APP_H

#include <pthread.h>
#include <stdatomic.h>

#include "db/store.h"
#include "http/feature.h"

/* A child of a serving hub, which makes pictures anew: record/picture.h. */
#define APP_PICTURE_TOOL "/usr/bin/vipsthumbnail"
/* Another one, which unpacks uploaded dumps: features/imports/archives.h. */
#define APP_ARCHIVE_TOOL "/usr/bin/bsdtar"

struct app_options {
    struct store_options store;
    bool storeless;        /* without a hub: for commands that need none, or open it themselves */
    const char *listen;    /* addresses as in listen.h, with blanks between them */
    int loops;             /* 0: one per core */
    const char *files;     /* folder of uploaded files; NULL: files/ in the hub's folder, or
                            hub-files/ here when the hub is on PostgreSQL */
    int upload_max_mb;     /* one file; 0: 100 */
    int upload_day_mb;     /* what one person may send in 24 hours; 0: 1000 */
    const char *base_url;  /* "https://hub.example": for feeds and mails; NULL: from Host */
    const char *smtp;      /* "smtp://user:password@mail.example:587"; NULL: no mail leaves */
    const char *mail_from; /* "Example community <hub@example.org>" or only the address */
    const char *mail_bounces;       /* address to which letters come back; NULL: to mail_from */
    const char *mail_reply;         /* who reads answers to letters; NULL: nobody */
    const char *imap;               /* "imaps://user:password@mail.example", the mailbox to which
                                       letters come back; NULL: none is looked into */
    const char *tls_cert, *tls_key; /* files with blanks between them; NULL: none */
    int log_level, log_style;       /* core/log.h */
    const char *import_dir;         /* folders that may be imported from the browser; NULL:
                                       DATA/imports */
    bool access_log;                /* a line for each request */
    bool confine;                   /* when serving: give up what is not needed (confine.h) */
    bool webhook_private;           /* webhooks may go to places inside, and there by http */
    int webhook_timeout_ms;         /* of one of their requests; 0: 15 s */
    int batch_ms;                   /* for all requests of one batch; 0: 1 s; -1: none at all */
    bool trust_proxy;               /* take the client's address from X-Forwarded-For */
    int header_timeout_ms, body_timeout_ms, write_timeout_ms, idle_timeout_ms; /* 0: defaults */
    int connections_per_peer;                                                  /* 0: 256 */
    int requests_per_peer, handshakes_per_peer; /* a minute; 0: 3000 and 300; -1: no limit */
    int held_max_mb; /* of requests and answers that wait for slow clients; 0: 256 */
    int stream_beat_ms, stream_life_ms; /* 0: 20 s, 15 min */
};

enum { APP_TOUCHED = 1024, APP_FILES_PATH = 256, APP_UPLOADS = 64 };

struct app {
    struct app_options options;
    struct store *store;        /* NULL: storeless */
    char files[APP_FILES_PATH]; /* the folder of uploaded files; made when it is first needed */
    struct consumers *consumers;
    struct jobs *jobs;
    const struct feature *const *features;
    unsigned char secret[32]; /* of this hub: signs tokens; kept in table settings */
    struct router *router;
    struct live *live;
    struct health *health;
    struct rates *rates, *peers;
    struct metrics_all *metrics;
    struct waiter *waiters; /* spare ones, of app_request */
    pthread_mutex_t waiters_lock;
    int stop_fd;                            /* readable from app_stop on */
    int reload_fd;                          /* readable from app_reload on */
    _Atomic bool stopping;                  /* from app_stop on */
    _Atomic int64_t touched[APP_TOUCHED];   /* what was noted lately: touch.c */
    _Atomic int64_t uploading[APP_UPLOADS]; /* whose uploads are under way; 0: a free place */
    int64_t serial;                         /* of this app_open: no two are alike in one process */
    bool testing;                           /* SKEP_TEST=1: X-Skep-Fail-Nth works */
};

/* The largest file that may be uploaded; what one person may upload in a day. */
static inline int64_t app_upload_max_mb(const struct app *app)
{
    return app->options.upload_max_mb > 0 ? app->options.upload_max_mb : 100;
}

static inline int64_t app_upload_day_mb(const struct app *app)
{
    return app->options.upload_day_mb > 0 ? app->options.upload_day_mb : 1000;
}

/* Opens the hub (schema up to date), reads or makes the secret, checks and compiles the routes.
 * NULL and words for the operator when something is wrong. */
struct app *app_open(const struct app_options *options, const struct feature *const *features,
                     struct arena *a, struct str *message);
void app_close(struct app *app);

/* Serves until app_stop; false and words when the address cannot be had. `ready`, if not NULL, is
 * called once with the real address. */
bool app_serve(struct app *app, void (*ready)(void *ctx, struct str address), void *ctx,
               struct str *message);
void app_stop(struct app *app);   /* from a signal handler or another thread */
void app_reload(struct app *app); /* certificates; likewise */
/* SIGTERM and SIGINT stop, the second one ends at once; SIGHUP reloads. */
void app_stop_on_signals(struct app *app);

/* Where its uploaded files lie. False: the path is too long. */
bool app_files(const struct app_options *options, char path[APP_FILES_PATH]);

/* Before app_open, when the program will serve: gives up what it does not need (confine.h). */
void app_confine(const struct app_options *options);

/* Removes what uploads of a server that died have left behind `seconds` ago or earlier. */
void app_clean_uploads(struct app *app, int64_t seconds);

/* One request without a socket, on the calling thread, through the same dispatcher and store: for
 * tests and commands. `raw` is the whole HTTP/1.1 request; the whole answer comes back. */
struct str app_request(struct app *app, struct arena *a, struct str raw);

#endif
