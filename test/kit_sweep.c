/* kit_sweep.c: fingerprints of a hub, and requests whose statements fail one by one; see kit.h. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/out.h"
#include "test/kit.h"

enum { KIT_SWEEP_MAX = 500, SQL_MAX = 1 << 20 };

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

static uint64_t sqlite_tables(sqlite3 *db, const char *const *without)
{
    sqlite3_stmt *st;
    uint64_t sum = 0;
    if (sqlite3_prepare_v2(db,
                           "SELECT name FROM sqlite_master WHERE type = 'table'"
                           " AND sql NOT LIKE 'CREATE VIRTUAL%'",
                           -1, &st, NULL) != SQLITE_OK)
        die("kit: %s", sqlite3_errmsg(db));
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(st, 0);
        if (table_counts(name, without))
            sum += sqlite_table(db, name, without);
    }
    sqlite3_finalize(st);
    return sum;
}

/* Another number after each commit of another connection. */
static int sqlite_version(sqlite3 *db)
{
    sqlite3_stmt *st;
    if (sqlite3_prepare_v2(db, "PRAGMA data_version", -1, &st, NULL) != SQLITE_OK ||
        sqlite3_step(st) != SQLITE_ROW)
        die("kit: %s", sqlite3_errmsg(db));
    int version = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return version;
}

static PGresult *postgres_rows(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        die("kit: %s: %s", sql, PQerrorMessage(c));
    return r;
}

static uint64_t postgres_table(const PGresult *r, const char *name, const char *const *without)
{
    uint64_t sum = 0;
    for (int i = 0; i < PQntuples(r); i++) {
        uint64_t row = str_hash(str_of(name));
        for (int k = 0; k < PQnfields(r); k++)
            if (!column_is_out(name, PQfname(r, k), without))
                row = mix(row, PQgetvalue(r, i, k), (size_t)PQgetlength(r, i, k));
        sum += row;
    }
    return sum;
}

/* All tables by one question; one without a page has no row. */
static uint64_t postgres_tables(PGconn *c, const char *const *without, struct arena *a)
{
    PGresult *names = postgres_rows(c, "SELECT relname FROM pg_class WHERE relkind = 'r' AND"
                                       " relnamespace = current_schema()::regnamespace"
                                       " AND pg_relation_size(oid) > 0");
    struct out sql;
    out_init(&sql, SQL_MAX);
    for (int i = 0; i < PQntuples(names); i++)
        out_fmt(&sql, "SELECT * FROM \"%s\";", PQgetvalue(names, i, 0));
    if (!PQsendQuery(c, str_cstr(a, str_make(sql.p, sql.n))))
        die("kit: %s", PQerrorMessage(c));
    out_free(&sql);
    uint64_t sum = 0;
    PGresult *r;
    for (int i = 0; (r = PQgetResult(c)); i++) {
        if (PQresultStatus(r) != PGRES_TUPLES_OK)
            die("kit: %s", PQerrorMessage(c));
        if (table_counts(PQgetvalue(names, i, 0), without))
            sum += postgres_table(r, PQgetvalue(names, i, 0), without);
        PQclear(r);
    }
    PQclear(names);
    return sum;
}

/* Who looks at a hub again and again keeps the connection. */
struct looker {
    struct kit *kit;
    sqlite3 *lite;
    PGconn *postgres;
    int version;   /* SQLite: of what was read */
    uint64_t seen; /* ... and its sum */
};

static void look_end(void *ctx)
{
    struct looker *l = ctx;
    sqlite3_close(l->lite);
    PQfinish(l->postgres);
    *l = (struct looker){0};
}

static struct looker *look_begin(struct kit *kit)
{
    struct looker *l = arena_make(kit->arena, struct looker);
    *l = (struct looker){.kit = kit, .version = -1};
    arena_defer(kit->arena, look_end, l); /* a test that fails does not come to its end */
    struct str path = str_fmt(kit->arena, "%s/hub.db", kit->data);
    if (kit->database[0])
        l->postgres = PQconnectdb(kit->database);
    else if (sqlite3_open_v2(path.p, &l->lite, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        die("kit: %s: %s", path.p, sqlite3_errmsg(l->lite));
    return l;
}

static uint64_t look(struct looker *l, const char *const *without)
{
    if (l->postgres)
        return postgres_tables(l->postgres, without, l->kit->arena);
    int version = sqlite_version(l->lite);
    if (version != l->version)
        l->seen = sqlite_tables(l->lite, without);
    l->version = version;
    return l->seen;
}

uint64_t kit_fingerprint_but(struct kit *kit, const char *const *without)
{
    struct looker *l = look_begin(kit);
    uint64_t sum = look(l, without);
    look_end(l);
    return sum;
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

static void sweep_judge(struct res r, int nth, const char *method, const char *path)
{
    if (r.status < 500)
        kit_wrong(r, __FILE__, __LINE__, "statement %d of %s %s fails: status %d", nth, method,
                  path, r.status);
    if (str_has(r.body, S("injected")) || str_has(r.body, S("SELECT ")))
        kit_wrong(r, __FILE__, __LINE__, "statement %d of %s %s fails, and the answer tells how",
                  nth, method, path);
}

/* Asking that often may pass the route's rate limit, which a restart forgets. */
struct res kit_fail_sweep(struct kit *kit, const char *method, const char *path, const char *form,
                          const char *more)
{
    kit_settle(kit); /* what is scheduled, and consumers that begin, leave rows of their own */
    struct looker *l = look_begin(kit);
    uint64_t before = look(l, NULL);
    for (int nth = 1; nth < KIT_SWEEP_MAX; nth++) {
        struct res r = sweep_send(kit, nth, method, path, form, more);
        if (r.status == 429) {
            look_end(l);
            kit_reopen(kit);
            l = look_begin(kit);
            r = sweep_send(kit, nth, method, path, form, more);
        }
        if (r.status < 400 && nth > 1) {
            look_end(l);
            return r;
        }
        sweep_judge(r, nth, method, path);
        if (look(l, NULL) != before)
            kit_wrong(r, __FILE__, __LINE__,
                      "statement %d of %s %s fails, and something was changed", nth, method, path);
    }
    fail_msg("%s %s never succeeds", method, path);
    return (struct res){0};
}
