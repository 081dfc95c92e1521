/* hub_kit.h: empty hubs for tests, on both engines (a header, so that the program carries none of
 * it).
 *
 * A SQLite hub is a temporary folder; a PostgreSQL hub is a schema of its own in the database that
 * SKEP_TEST_DATABASE names (see test/pg.sh). Without that variable tests run on SQLite alone.
 */
#ifndef DB_HUB_KIT_H
#define DB_HUB_KIT_H

#include <dirent.h>
#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/log.h"
#include "db/db.h"
#include "db/migrate.h"

struct hub_kit {
    enum db_engine engine;
    char data[64];  /* the folder, or the schema */
    char url[1024]; /* PostgreSQL only */
};

static inline bool hub_kit_has(enum db_engine engine)
{
    return engine == DB_SQLITE || getenv("SKEP_TEST_DATABASE");
}

static inline void hub_kit_sql(const struct hub_kit *h, const char *fmt)
{
    char sql[200];
    snprintf(sql, sizeof sql, fmt, h->data);
    PGconn *c = PQconnectdb(getenv("SKEP_TEST_DATABASE"));
    PQclear(PQexec(c, "SET client_min_messages = warning"));
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        die("%s: %s", sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
}

static inline void hub_kit_make(struct hub_kit *h, enum db_engine engine)
{
    static int count;
    *h = (struct hub_kit){.engine = engine};
    if (engine == DB_SQLITE) {
        snprintf(h->data, sizeof h->data, "/tmp/skep-hub.XXXXXX");
        if (!mkdtemp(h->data))
            die("no temporary folder");
        return;
    }
    const char *base = getenv("SKEP_TEST_DATABASE");
    snprintf(h->data, sizeof h->data, "hub_%d_%d", (int)getpid(), ++count);
    snprintf(h->url, sizeof h->url, "%s%coptions=-csearch_path%%3D%s&application_name=%s", base,
             strchr(base, '?') ? '&' : '?', h->data, h->data);
    hub_kit_sql(h, "CREATE SCHEMA %s");
}

static inline struct db_options hub_kit_options(const struct hub_kit *h)
{
    return h->engine == DB_SQLITE ? (struct db_options){.data = h->data}
                                  : (struct db_options){.database = h->url};
}

/* With these tables; *a is made if there is none yet. */
static inline struct db *hub_kit_open(const struct hub_kit *h, struct arena **a,
                                      const struct migration *tables)
{
    struct db_options o = hub_kit_options(h);
    struct str message = S("");
    *a = *a ? *a : arena_new(1 << 26);
    struct db *db = db_open(&o, *a, &message);
    if (!db || !migrate(db, tables, *a, &message))
        die("no hub: " STR_FMT, STR_ARG(message));
    return db;
}

static inline void hub_kit_remove(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char inner[1024];
        snprintf(inner, sizeof inner, "%.700s/%.255s", path, e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            hub_kit_remove(inner);
    }
    if (d)
        closedir(d);
    remove(path);
}

static inline void hub_kit_drop(struct hub_kit *h)
{
    if (h->engine == DB_SQLITE) {
        hub_kit_remove(h->data);
        return;
    }
    /* a test that failed has left its connections open */
    hub_kit_sql(h, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   " WHERE application_name = '%s'");
    hub_kit_sql(h, "DROP SCHEMA %s CASCADE");
}

struct hub_kit_test {
    const char *name;
    void (*fn)(void **state);
    int only; /* 0: both engines; 1 + engine: that one */
};

/* Runs each test on each engine that is there; *state points to a fresh hub_kit of that engine. */
static int hub_kit_setup(void **state)
{
    struct hub_kit *h = calloc(1, sizeof *h);
    hub_kit_make(h, (enum db_engine)(*(const int *)*state));
    *state = h;
    return 0;
}

static int hub_kit_teardown(void **state)
{
    hub_kit_drop(*state);
    free(*state);
    return 0;
}

static inline int hub_kit_run(const char *group, const struct hub_kit_test *tests, size_t n)
{
    static const int engines[] = {DB_SQLITE, DB_POSTGRES};
    static const char *const names[] = {"sqlite", "postgres"};
    struct CMUnitTest *all = calloc(2 * n, sizeof *all);
    size_t count = 0;
    for (int e = 0; e < 2; e++)
        for (size_t i = 0; i < n && hub_kit_has((enum db_engine)engines[e]); i++) {
            if (tests[i].only && tests[i].only != 1 + engines[e])
                continue;
            char *name = calloc(1, 200);
            snprintf(name, 200, "%s: %s", names[e], tests[i].name);
            all[count++] = (struct CMUnitTest){name, tests[i].fn, hub_kit_setup, hub_kit_teardown,
                                               (void *)(uintptr_t)&engines[e]};
        }
    log_set_level(LOG_ERROR + 1); /* failures are what these tests make */
    return _cmocka_run_group_tests(group, all, count, NULL, NULL);
}

#endif
