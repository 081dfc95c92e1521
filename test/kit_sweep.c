/* kit_sweep.c: fingerprints of a hub, and requests whose statements fail one by one; see kit.h. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "test/kit.h"

enum { KIT_SWEEP_MAX = 500 };

/* ---- fingerprint: read past src/db, so that its faults cannot hide ---- */

/* Rows are hashed one by one and summed up: their order does not count. */
static uint64_t mix(uint64_t h, const void *p, size_t n)
{
    h = (h ^ str_hash(str_make(p, n))) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static bool among(const char *const *without, const char *name)
{
    while (without && *without && strcmp(*without, name) != 0)
        without++;
    return without && *without;
}

static bool table_counts(const char *name, const char *const *without)
{
    return strcmp(name, "sequences") != 0 && strcmp(name, "marks") != 0 &&
           strncmp(name, "sqlite_", 7) != 0 && !among(without, name);
}

/* Of being seen: noted now and then, by whatever is asked. */
static bool column_is_out(const char *table, const char *name, const char *const *without)
{
    char both[120];
    snprintf(both, sizeof both, "%s.%s", table, name);
    return strcmp(name, "seen_at") == 0 || strcmp(name, "used_at") == 0 || among(without, both);
}

static uint64_t sqlite_table(sqlite3 *db, const char *name, const char *const *without)
{
    char sql[200];
    sqlite3_stmt *st;
    uint64_t sum = 0;
    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", name);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        die("kit: %s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(st) == SQLITE_ROW) {
        uint64_t row = str_hash(str_of(name));
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            if (column_is_out(name, sqlite3_column_name(st, i), without))
                continue;
            const void *p = sqlite3_column_blob(st, i);
            row = mix(row, p ? p : "", p ? (size_t)sqlite3_column_bytes(st, i) : 0);
        }
        sum += row;
    }
    sqlite3_finalize(st);
    return sum;
}

static uint64_t sqlite_fingerprint(struct kit *kit, const char *const *without)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    uint64_t sum = 0;
    struct str path = str_fmt(kit->arena, "%s/hub.db", kit->data);
    if (sqlite3_open_v2(path.p, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db,
                           "SELECT name FROM sqlite_master WHERE type = 'table'"
                           " AND sql NOT LIKE 'CREATE VIRTUAL%'",
                           -1, &st, NULL) != SQLITE_OK)
        die("kit: %s: %s", path.p, sqlite3_errmsg(db));
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(st, 0);
        if (table_counts(name, without))
            sum += sqlite_table(db, name, without);
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    return sum;
}

static PGresult *postgres_rows(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        die("kit: %s: %s", sql, PQerrorMessage(c));
    return r;
}

static uint64_t postgres_table(PGconn *c, const char *name, const char *const *without)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", name);
    PGresult *r = postgres_rows(c, sql);
    uint64_t sum = 0;
    for (int i = 0; i < PQntuples(r); i++) {
        uint64_t row = str_hash(str_of(name));
        for (int k = 0; k < PQnfields(r); k++)
            if (!column_is_out(name, PQfname(r, k), without))
                row = mix(row, PQgetvalue(r, i, k), (size_t)PQgetlength(r, i, k));
        sum += row;
    }
    PQclear(r);
    return sum;
}

static uint64_t postgres_fingerprint(struct kit *kit, const char *const *without)
{
    PGconn *c = PQconnectdb(kit->database);
    PGresult *r = postgres_rows(c, "SELECT tablename FROM pg_tables"
                                   " WHERE schemaname = current_schema()");
    uint64_t sum = 0;
    for (int i = 0; i < PQntuples(r); i++)
        if (table_counts(PQgetvalue(r, i, 0), without))
            sum += postgres_table(c, PQgetvalue(r, i, 0), without);
    PQclear(r);
    PQfinish(c);
    return sum;
}

uint64_t kit_fingerprint_but(struct kit *kit, const char *const *without)
{
    return kit->database[0] ? postgres_fingerprint(kit, without) : sqlite_fingerprint(kit, without);
}

uint64_t kit_fingerprint(struct kit *kit)
{
    return kit_fingerprint_but(kit, NULL);
}

/* ---- failures ---- */

static struct res sweep_send(struct kit *kit, int nth, const char *method, const char *path,
                             const char *form, const char *more)
{
    if (nth)
        kit_header(kit, "X-Skep-Fail-Nth: %d", nth);
    if (more)
        kit_header(kit, "%s", more);
    return kit_request(kit, method, path, KIT_PAGE, form ? KIT_FORM : NULL, form);
}

/* Asking that often may pass the route's rate limit, which a restart forgets. */
struct res kit_fail_sweep(struct kit *kit, const char *method, const char *path, const char *form,
                          const char *more)
{
    kit_settle(kit); /* what is scheduled, and consumers that begin, leave rows of their own */
    uint64_t before = kit_fingerprint(kit);
    for (int nth = 1; nth < KIT_SWEEP_MAX; nth++) {
        struct res r = sweep_send(kit, nth, method, path, form, more);
        if (r.status == 429) {
            kit_reopen(kit);
            r = sweep_send(kit, nth, method, path, form, more);
        }
        if (r.status < 400 && nth > 1)
            return r;
        if (r.status < 500)
            kit_wrong(r, __FILE__, __LINE__, "statement %d of %s %s fails: status %d", nth, method,
                      path, r.status);
        if (str_has(r.body, S("injected")) || str_has(r.body, S("SELECT ")))
            kit_wrong(r, __FILE__, __LINE__,
                      "statement %d of %s %s fails, and the answer tells how", nth, method, path);
        if (kit_fingerprint(kit) != before)
            kit_wrong(r, __FILE__, __LINE__,
                      "statement %d of %s %s fails, and something was changed", nth, method, path);
    }
    fail_msg("%s %s never succeeds", method, path);
    return (struct res){0};
}
