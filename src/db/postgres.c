/* postgres.c: a hub in one schema of a PostgreSQL database.
 *
 * The URL is libpq's own (postgres://user@host/base?options=-csearch_path%3Dhub); the hub lives in
 * the schema that comes first in the search path.
 *
 * RULES
 *   1. One write transaction runs at a time in one hub, whichever process opens it
 *      (docs/decisions/0001-isolation-on-postgresql.md).
 *   2. Reads see one state from their first query on (REPEATABLE READ) and cannot write.
 *   3. A lost connection fails the transaction that was under way, and the next one connects anew.
 *   4. Every commit of a write transaction notifies "activities"; other processes hear it.
 *   5. Statements are prepared with the types of their arguments, so 64-bit numbers stay 64-bit.
 *   6. A read transaction begins with its first statement, on one way to the server with it, and
 *      nobody waits for its end.
 *   7. Who writes, and who reads while somebody waits, walks indexes, however few rows a table had
 *      when a statement was planned; but for transactions that go over everything (db_whole).
 *   8. A twin's transaction is a part of another one (beside.h), which holds the lock of RULE 1 and
 *      will notify; it is on disk with that one.
 *   9. What a read transaction asked without arguments, the first of that, is asked by the next one
 *      on the way of its first statement; the answer is there when somebody wants it, as of RULE 2.
 *
 * WHY NULL has no type: an argument that is NULL fits a statement prepared for any type; only a
 * statement that first came with NULL lets the server infer it, or takes the type that NIL_OF says.
 *
 * WHY RULE 7: a plan is kept for as long as the table's statistics, in which an import may bring a
 * million rows. A walk stops where a LIMIT says; of a few rows it is as good to read and sort all.
 * Pages ask for some hundred records of any number, in loops as SQLite has them: a hash is made of
 * a whole table, rows that are kept are compared with each of another one, and workers that help
 * are begun for each question, which takes longer than most of them. They search, for which there
 * are bitmaps only; who has no time limit, as the doctor, reads whole tables.
 */
#include <ctype.h>
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/log.h"
#include "core/out.h"
#include "db/arrays.h"
#include "db/cache.h"
#include "db/copy_text.h"
#include "db/engine.h"
#include "db/postgres_rows.h"
#include "db/sqltext.h"

enum {
    SENT_MAX = 256,
    ARGS_MAX = 2048,
    BATCH_MAX = 60, /* PostgreSQL keeps 64 savepoints of a transaction in fast memory */
    LOCK_WAIT_MS = 10000,
    SQL_MAX = 1 << 20,
};

/* Of DB_NULL none: the server infers it. */
static Oid oid_of(enum db_kind kind)
{
    return kind & DB_ARRAY ? arrays_type((enum db_kind)((int)kind & ~DB_ARRAY)) : array_type(kind);
}

struct pg_statement {
    struct statement cached;
    char name[24];
    size_t params;
    unsigned char kinds[]; /* one for each */
};

struct postgres {
    struct db db;
    PGconn *c;
    char *url;
    struct cache cache;
    struct pg_cursor *spare;
    int64_t prepared; /* makes names */
    int sent;         /* statements on their way, in a pipeline */
    int time_limit_ms;
    bool read_only, stale, listening;
    bool twin;              /* RULE 8 */
    bool beginning, ending; /* RULE 6: it will, with a statement; the server's word is awaited */
    int asked;              /* statements of this transaction */
    char *along;            /* RULE 9; NULL: none is known */
    bool wanted;            /* this transaction has asked for it */
    PGresult *early;        /* its answer, which nobody has asked for yet */
};

struct wanted {
    const struct db_arg *args;
    size_t n;
};

static const struct engine postgres_engine;
static char own_tag[40]; /* what this process sends along with its notifications */

static bool session_start(struct postgres *p);
static bool reconnected(struct postgres *p);
static void postgres_close(struct db *db);
static void drop_statement(struct cache *c, struct statement *st);
static void pg_fail(struct postgres *p, const PGresult *r, const char *sql);
static bool settled(struct postgres *p);
static bool begun(struct postgres *p);
static bool begun_anew(struct postgres *p, bool write);
static void early_end(struct postgres *p);

/* RULE 7 */
#define WALKS "SET enable_seqscan = off; SET max_parallel_workers_per_gather = 0;"
#define WRITES WALKS "SET enable_bitmapscan = off;"
#define ANSWERS                                                                                    \
    WALKS "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;"
#define BEGIN_READ "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define BEGIN_WRITE "BEGIN ISOLATION LEVEL READ COMMITTED;"

/* ---- opening ---- */

static void make_tag(void)
{
    uint64_t bits = 0;
    if (getentropy(&bits, sizeof bits) != 0)
        die("no randomness");
    snprintf(own_tag, sizeof own_tag, "%016llx", (unsigned long long)bits);
}

struct db *postgres_open(const struct db_options *options, struct arena *a, struct str *message)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_tag);
    struct postgres *p = calloc(1, sizeof *p);
    if (!p || !(p->url = strdup(options->database)))
        die("out of memory: database connection");
    p->db.engine = &postgres_engine;
    p->time_limit_ms = options->time_limit_ms;
    p->read_only = options->read_only;
    cache_init(&p->cache, CACHE_LIMIT, drop_statement);
    if (reconnected(p))
        return &p->db;
    *message = str_trim(str_fmt(a, "cannot use the database: %s", p->db.message));
    postgres_close(&p->db);
    return NULL;
}

static struct db *pg_twin(struct db *db)
{
    const struct postgres *p = (const struct postgres *)db;
    if (p->read_only)
        return NULL;
    struct arena *a = arena_new(1 << 16);
    struct str message;
    struct db *twin = postgres_open(
        &(struct db_options){.database = p->url, .time_limit_ms = p->time_limit_ms}, a, &message);
    if (twin)
        ((struct postgres *)twin)->twin = true;
    arena_free(a);
    return twin;
}

static void quiet(void *ctx, const PGresult *r)
{
    (void)ctx;
    (void)r;
}

/* RULE 3. A new connection knows none of the old one's statements. */
static bool reconnected(struct postgres *p)
{
    early_end(p);
    PQfinish(p->c);
    p->c = NULL;
    cache_clear(&p->cache);
    p->listening = p->stale = p->beginning = p->ending = false;
    p->sent = 0;

    const char *const keys[] = {"dbname", "fallback_application_name", "connect_timeout",
                                "client_encoding", NULL};
    const char *const values[] = {p->url, "skep", "5", "UTF8", NULL};
    p->c = PQconnectdbParams(keys, values, 1);
    if (PQstatus(p->c) != CONNECTION_OK) {
        db_set_failure(&p->db, DB_GONE, PQerrorMessage(p->c), NULL);
        return false;
    }
    PQsetNoticeReceiver(p->c, quiet, NULL);
    return session_start(p);
}

static bool pg_run(struct postgres *p, const char *sql)
{
    if (!settled(p))
        return false;
    PGresult *r = PQexec(p->c, sql);
    ExecStatusType status = PQresultStatus(r);
    bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!done)
        pg_fail(p, r, sql);
    PQclear(r);
    return done;
}

/* The search path becomes the hub's schema alone, so that no other one can slip a table in.
 * An administrator may make commits stronger than usual, but not weaker: answered means on disk.
 * A statement is planned once, whatever its arguments: to plan a search anew costs several times
 * what running it does, and a plan that follows the arguments can turn bad for one of them. */
static bool session_start(struct postgres *p)
{
    const char *encoding = PQparameterStatus(p->c, "server_encoding");
    if (!encoding || strcmp(encoding, "UTF8") != 0) {
        db_set_failure(&p->db, DB_FAILED, "its encoding is not UTF8", NULL);
        return false;
    }
    char sql[1000];
    snprintf(sql, sizeof sql,
             "SET client_min_messages = warning; SET standard_conforming_strings = on;"
             "SET datestyle = ISO; SET timezone = 'UTC'; SET extra_float_digits = 1;"
             "SET bytea_output = hex; SET lock_timeout = %d; SET statement_timeout = %d;"
             "SET plan_cache_mode = force_generic_plan;%s"
             "SELECT set_config('synchronous_commit', 'on', false)"
             " WHERE current_setting('synchronous_commit') = 'off';"
             "SELECT set_config('search_path', quote_ident(current_schema()), false)",
             LOCK_WAIT_MS, p->time_limit_ms,
             !p->read_only          ? WRITES
             : p->time_limit_ms > 0 ? ANSWERS
                                    : "");
    if (!pg_run(p, sql))
        return false;
    PGresult *r = PQexec(p->c, "SELECT current_schema() IS NULL");
    bool none = PQntuples(r) != 1 || strcmp(PQgetvalue(r, 0, 0), "t") == 0;
    PQclear(r);
    if (none)
        db_set_failure(&p->db, DB_FAILED, "the schema in its search path does not exist", NULL);
    return !none;
}

static void postgres_close(struct db *db)
{
    struct postgres *p = (struct postgres *)db;
    PQfinish(p->c);
    p->c = NULL;
    cache_clear(&p->cache);
    pg_rows_free(&p->spare);
    early_end(p);
    free(p->along);
    free(p->url);
    free(p);
}

/* ---- statements ---- */

/* ?1 becomes $1, outside of quotes and comments. Gives the highest number. */
static size_t rewrite(struct out *o, struct str sql)
{
    size_t params = 0;
    while (sql.n) {
        size_t n = sqltext_opaque(sql);
        if (n == 0 && sql.p[0] == '?' && sql.n > 1 && isdigit((unsigned char)sql.p[1])) {
            size_t number = strtoul(sql.p + 1, NULL, 10);
            params = number > params ? number : params;
            out_char(o, '$');
            n = 1;
        } else {
            n = n ? n : 1;
            out_str(o, str_first(sql, n));
        }
        sql = str_from(sql, n);
    }
    out_char(o, '\0');
    return params;
}

static bool kinds_fit(const struct statement *cached, const void *want)
{
    const struct pg_statement *st = (const struct pg_statement *)cached;
    const struct wanted *w = want;
    if (st->params != w->n)
        return false;
    for (size_t i = 0; i < w->n; i++)
        if (w->args[i].kind != DB_NULL && w->args[i].kind != st->kinds[i])
            return false;
    return true;
}

/* Only reached outside of failed transactions: a new statement is being prepared. */
static void drop_statement(struct cache *cache, struct statement *cached)
{
    struct postgres *p = (struct postgres *)((char *)cache - offsetof(struct postgres, cache));
    struct pg_statement *st = (struct pg_statement *)cached;
    if (PQstatus(p->c) != CONNECTION_OK)
        return;
    char sql[60];
    snprintf(sql, sizeof sql, "DEALLOCATE %s", st->name);
    PQclear(PQexec(p->c, sql));
}

static struct pg_statement *pg_prepare(struct postgres *p, const char *sql,
                                       const struct db_arg *args, size_t n)
{
    struct wanted want = {args, n};
    struct pg_statement *st = (struct pg_statement *)cache_find(&p->cache, sql, kinds_fit, &want);
    if (st)
        return st;
    Oid types[ARGS_MAX];
    for (size_t i = 0; i < n; i++)
        types[i] = oid_of(db_arg_kind(&args[i]));
    char name[24];
    snprintf(name, sizeof name, "s%lld", (long long)++p->prepared);

    struct out o;
    out_init(&o, SQL_MAX);
    bool right = settled(p) && rewrite(&o, str_of(sql)) == n;
    if (out_failed(&o))
        die("a statement is longer than %d bytes", SQL_MAX);
    PGresult *r = right ? PQprepare(p->c, name, o.p, (int)n, types) : NULL;
    out_free(&o);
    bool done = PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!right) /* unless what was sent before has failed */
        db_set_failure(&p->db, DB_FAILED, "wrong number of arguments", sql);
    else if (!done)
        pg_fail(p, r, sql);
    PQclear(r);
    if (!done)
        return NULL;

    st = calloc(1, sizeof *st + n);
    if (!st)
        die("out of memory: statement");
    memcpy(st->name, name, sizeof name);
    st->params = n;
    for (size_t i = 0; i < n; i++)
        st->kinds[i] = (unsigned char)db_arg_kind(&args[i]);
    cache_add(&p->cache, &st->cached, sql);
    return st;
}

/* All arguments travel in binary: numbers in network order, text and bytes as they are. */
struct bound {
    const char *values[ARGS_MAX];
    int lengths[ARGS_MAX], formats[ARGS_MAX];
    uint64_t numbers[ARGS_MAX];
};

static struct pg_statement *pg_bind(struct postgres *p, const char *sql, const struct db_arg *args,
                                    size_t n, struct bound *b)
{
    if (n > ARGS_MAX) {
        db_set_failure(&p->db, DB_FAILED, "too many arguments", sql);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        const struct db_arg *arg = &args[i];
        bool number = arg->kind == DB_INT || arg->kind == DB_REAL;
        if (number) {
            memcpy(&b->numbers[i], arg->kind == DB_INT ? (const void *)&arg->i : &arg->d, 8);
            b->numbers[i] = htobe64(b->numbers[i]);
        }
        if (arg->s.n > INT32_MAX / 2) {
            db_set_failure(&p->db, DB_INVALID, "an argument is too long", sql);
            return NULL;
        }
        b->values[i] = arg->kind == DB_NULL ? NULL
                       : number             ? (const char *)&b->numbers[i]
                       : arg->s.p           ? arg->s.p
                                            : "";
        b->lengths[i] = number ? 8 : (int)arg->s.n;
        b->formats[i] = 1;
    }
    return pg_prepare(p, sql, args, n);
}

/* Ends the pipeline. Gives what its last statement answered, and the one before it. */
static PGresult *pipeline_both(struct postgres *p, const char *sql, PGresult **before)
{
    PGresult *last = NULL;
    *before = NULL;
    bool going = PQpipelineSync(p->c) == 1; /* the rest goes while the first answer is awaited */
    for (int nothing = 0; going && nothing < 2;) { /* between two results there is one */
        PGresult *r = PQgetResult(p->c);
        ExecStatusType status = PQresultStatus(r);
        nothing = r ? 0 : nothing + 1;
        if (r && status == PGRES_FATAL_ERROR)
            pg_fail(p, r, sql);
        going = !r || status != PGRES_PIPELINE_SYNC;
        if (r && going) {
            PQclear(*before);
            *before = last;
            last = r;
        } else {
            PQclear(r);
        }
    }
    PQsetnonblocking(p->c, 0);
    if (!PQexitPipelineMode(p->c) || PQstatus(p->c) != CONNECTION_OK)
        pg_fail(p, NULL, sql);
    return last;
}

static PGresult *pipeline_read(struct postgres *p, const char *sql)
{
    PGresult *before, *last = pipeline_both(p, sql, &before);
    PQclear(before);
    return last;
}

/* RULE 9: its answer, if it is there. */
static PGresult *early_take(struct postgres *p, const char *sql, size_t n)
{
    PGresult *r = p->early;
    if (p->db.write || n)
        return NULL;
    if (p->asked > 0 && !p->along)
        p->along = strdup(sql);
    if (!p->along || strcmp(p->along, sql) != 0)
        return NULL;
    p->wanted = true;
    p->early = NULL;
    return r;
}

/* What nobody wanted is not asked for the next time. */
static void early_end(struct postgres *p)
{
    if (!p->wanted) {
        free(p->along);
        p->along = NULL;
    }
    PQclear(p->early);
    p->early = NULL;
    p->wanted = false;
    p->asked = 0;
}

static PGresult *execute(struct postgres *p, const struct pg_statement *st, const struct bound *b)
{
    return PQexecPrepared(p->c, st->name, (int)st->params, b->values, b->lengths, b->formats, 0);
}

/* RULE 6 */
static PGresult *execute_first(struct postgres *p, const struct pg_statement *st,
                               const struct bound *b, const char *sql)
{
    struct wanted nothing = {NULL, 0};
    const struct pg_statement *along =
        p->along && strcmp(p->along, sql) != 0
            ? (struct pg_statement *)cache_find(&p->cache, p->along, kinds_fit, &nothing)
            : NULL;
    PGresult *before, *last;
    p->beginning = false;
    if (!PQenterPipelineMode(p->c) ||
        !PQsendQueryParams(p->c, BEGIN_READ, 0, NULL, NULL, NULL, NULL, 0) ||
        !PQsendQueryPrepared(p->c, st->name, (int)st->params, b->values, b->lengths, b->formats,
                             0) ||
        (along && !PQsendQueryPrepared(p->c, along->name, 0, NULL, NULL, NULL, 0)))
        pg_fail(p, NULL, sql);
    if (!along)
        return pipeline_read(p, sql);
    last = pipeline_both(p, sql, &before);
    if (before && PQresultStatus(last) == PGRES_TUPLES_OK && PQstatus(p->c) == CONNECTION_OK)
        p->early = last;
    else
        PQclear(last);
    return before;
}

static PGresult *pg_execute(struct postgres *p, const char *sql, const struct db_arg *args,
                            size_t n)
{
    struct bound b;
    struct wanted want = {args, n};
    PGresult *early = early_take(p, sql, n);
    if (early)
        return early;
    p->asked++;
    bool first = p->beginning && settled(p) && cache_find(&p->cache, sql, kinds_fit, &want);
    bool ready = first || (begun(p) && settled(p));
    struct pg_statement *st = ready ? pg_bind(p, sql, args, n, &b) : NULL;
    if (!st)
        return NULL;
    PGresult *r = first ? execute_first(p, st, &b, sql) : execute(p, st, &b);
    if (first && PQstatus(p->c) != CONNECTION_OK) { /* RULE 3: nothing was read of it yet */
        PQclear(r);
        return begun_anew(p, false) ? pg_execute(p, sql, args, n) : NULL;
    }
    ExecStatusType status = PQresultStatus(r);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return r;
    pg_fail(p, r, sql);
    PQclear(r);
    return NULL;
}

/* ---- on their way (db_send) ---- */

/* Reads what became of the statements that were sent. False: one has failed, now or before. */
static bool settled(struct postgres *p)
{
    PGresult *r;
    while (p->ending && (r = PQgetResult(p->c))) /* RULE 6 */
        PQclear(r);
    p->ending = false;
    if (!p->sent)
        return true;
    p->sent = 0;
    PQclear(pipeline_read(p, "statements that were sent"));
    return !p->db.failure;
}

static void pg_send(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct postgres *p = (struct postgres *)db;
    struct bound b;
    struct pg_statement *st = begun(p) ? pg_bind(p, sql, args, n, &b) : NULL;
    if (!st)
        return;
    if ((!p->sent && (!PQenterPipelineMode(p->c) || PQsetnonblocking(p->c, 1) != 0)) ||
        !PQsendQueryPrepared(p->c, st->name, (int)n, b.values, b.lengths, b.formats, 0)) {
        pg_fail(p, NULL, sql);
        if (!p->sent) { /* nothing is on its way, and the next statement waits for its answer */
            (void)PQexitPipelineMode(p->c);
            (void)PQsetnonblocking(p->c, 0);
        }
    } else if (++p->sent == SENT_MAX) {
        (void)settled(p);
    }
}

/* What waits in this process is bounded by what rows may gather. */
static void pg_pump(struct db *db)
{
    struct postgres *p = (struct postgres *)db;
    if (p->sent && PQflush(p->c) < 0)
        pg_fail(p, NULL, "statements that were sent");
}

static void pg_settle(struct db *db)
{
    (void)settled((struct postgres *)db);
}

static int64_t pg_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    PGresult *r = pg_execute((struct postgres *)db, sql, args, n);
    if (!r)
        return 0;
    bool rows_only = strncmp(PQcmdStatus(r), "SELECT", 6) == 0;
    int64_t changed = rows_only ? 0 : pg_number(PQcmdTuples(r));
    PQclear(r);
    return changed;
}

static struct rows pg_query(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct postgres *p = (struct postgres *)db;
    PGresult *r = pg_execute(p, sql, args, n);
    return r ? pg_rows(db, &p->spare, r) : (struct rows){.db = db};
}

/* Numbers in a row can be had only because one transaction writes at a time. */
static int64_t pg_next_ids(struct db *db, const char *sequence, int64_t n)
{
    char name[80];
    snprintf(name, sizeof name, "%.60s_ids", sequence);
    if (n == 1)
        return db_get_int(db, 0, "SELECT nextval(CAST(?1 AS regclass))", Z(name));
    return db_get_int(db, 0,
                      "SELECT setval(CAST(?1 AS regclass), nextval(CAST(?1 AS regclass)) + ?2 - 1)"
                      " - ?2 + 1",
                      Z(name), I(n));
}

/* ---- transactions ---- */

/* RULES 1 and 2. The lock comes before the first query, and each query of READ COMMITTED sees all
 * that was committed before it; so a write transaction works on the last state. */
static bool pg_begin_once(struct postgres *p, bool write)
{
    return pg_run(p, p->twin ? BEGIN_WRITE "SET LOCAL synchronous_commit = off"
                     : write ? BEGIN_WRITE "SELECT pg_advisory_xact_lock(1936418160,"
                                           " hashtext(current_schema()::text))" /* "skep" */
                             : BEGIN_READ);
}

/* After a change of the schema: all statements are prepared anew. */
static void forget_stale(struct postgres *p)
{
    if (p->stale)
        cache_clear(&p->cache);
    p->stale = false;
}

static bool begun_anew(struct postgres *p, bool write)
{
    p->db.failure = DB_OK;
    p->db.message[0] = '\0';
    p->db.lost = false;
    return reconnected(p) && pg_begin_once(p, write);
}

static bool begin_now(struct postgres *p, bool write)
{
    if (PQstatus(p->c) == CONNECTION_OK && pg_begin_once(p, write))
        return true;
    if (PQstatus(p->c) != CONNECTION_OK)
        return begun_anew(p, write);
    PQclear(PQexec(p->c, "ROLLBACK")); /* the lock is held for too long */
    return false;
}

static bool pg_begin(struct db *db, bool write)
{
    struct postgres *p = (struct postgres *)db;
    (void)settled(p);
    forget_stale(p);
    early_end(p);
    p->beginning = !write && PQstatus(p->c) == CONNECTION_OK;
    return p->beginning || begin_now(p, write);
}

/* RULE 6: with a statement that is not prepared yet it begins before it. */
static bool begun(struct postgres *p)
{
    bool now = p->beginning;
    p->beginning = false;
    return !now || begin_now(p, false);
}

/* RULE 4. */
static bool pg_commit(struct db *db)
{
    struct postgres *p = (struct postgres *)db;
    char sql[100];
    snprintf(sql, sizeof sql, "NOTIFY activities, '%s'; COMMIT", own_tag);
    return begun(p) && pg_run(p, db->write && !p->twin ? sql : "COMMIT");
}

static void pg_rollback(struct db *db)
{
    struct postgres *p = (struct postgres *)db;
    p->beginning = false;
    (void)settled(p);
    if (PQtransactionStatus(p->c) == PQTRANS_IDLE || PQstatus(p->c) != CONNECTION_OK)
        return;
    p->ending = !db->write && PQsendQuery(p->c, "ROLLBACK"); /* RULE 6 */
    if (!p->ending)
        PQclear(PQexec(p->c, "ROLLBACK"));
}

static bool pg_save(struct db *db)
{
    struct postgres *p = (struct postgres *)db;
    return begun(p) && pg_run(p, "SAVEPOINT part");
}

static bool pg_release(struct db *db)
{
    return pg_run((struct postgres *)db, "RELEASE part");
}

static bool pg_undo(struct db *db)
{
    struct postgres *p = (struct postgres *)db;
    bool undone = pg_run(p, "ROLLBACK TO part; RELEASE part");
    if (undone)
        forget_stale(p);
    return undone;
}

static bool pg_script(struct db *db, const char *sql)
{
    struct postgres *p = (struct postgres *)db;
    return begun(p) && pg_run(p, sql);
}

static bool pg_survey(struct db *db, struct str table)
{
    char sql[200];
    snprintf(sql, sizeof sql, "ANALYZE \"%.*s\"", (int)(table.n < 64 ? table.n : 64),
             table.n ? table.p : "");
    return table.n
               ? pg_script(db, sql)
               : pg_script(db,
                           "DO $$ DECLARE name TEXT; BEGIN FOR name IN"
                           " SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
                           " LOOP EXECUTE format('ANALYZE %I', name); END LOOP; END $$");
}

static bool pg_whole(struct db *db)
{
    return pg_script(db, "SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on;"
                         "SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;"
                         "SET LOCAL enable_material = on;"
                         "SET LOCAL max_parallel_workers_per_gather = DEFAULT");
}

/* ---- many rows ---- */

static void pg_load_begin(struct db *db, const char *sql)
{
    struct postgres *p = (struct postgres *)db;
    PGresult *r = settled(p) ? PQexec(p->c, sql) : NULL;
    if (PQresultStatus(r) != PGRES_COPY_IN)
        pg_fail(p, r, sql);
    PQclear(r);
}

static void pg_load_row(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct postgres *p = (struct postgres *)db;
    struct out o;
    out_init(&o, INT32_MAX / 2);
    copy_text(&o, args, n);
    if (out_failed(&o))
        db_set_failure(db, DB_INVALID, "a row is too long", sql);
    else if (PQputCopyData(p->c, o.p, (int)o.n) != 1)
        pg_fail(p, NULL, sql);
    out_free(&o);
}

/* After a failure the server is told to forget what it has got. */
static void pg_load_end(struct db *db, const char *sql)
{
    struct postgres *p = (struct postgres *)db;
    PQputCopyEnd(p->c, db->failure ? "given up" : NULL);
    for (PGresult *r; (r = PQgetResult(p->c)); PQclear(r))
        if (PQresultStatus(r) != PGRES_COMMAND_OK)
            pg_fail(p, r, sql);
}

/* ---- other processes ---- */

static bool listens(struct postgres *p)
{
    (void)settled(p);
    if (p->listening && PQstatus(p->c) == CONNECTION_OK)
        return true;
    if (PQstatus(p->c) != CONNECTION_OK && !reconnected(p)) {
        p->db.failure = DB_OK;
        return false;
    }
    p->listening = pg_run(p, "LISTEN activities");
    p->db.failure = DB_OK;
    return p->listening;
}

/* While the connection is away it tells of changes every time: somebody may have committed. */
static bool pg_watch(struct db *db, int wake, int timeout_ms)
{
    struct postgres *p = (struct postgres *)db;
    bool was = p->listening, now = listens(p);
    struct pollfd fds[] = {{.fd = wake, .events = POLLIN},
                           {.fd = now ? PQsocket(p->c) : -1, .events = POLLIN}};
    uint64_t rings;
    if (poll(fds, 2, timeout_ms) > 0 && fds[0].revents && read(wake, &rings, sizeof rings) < 0)
        log_debug("the keeper's bell was silent");

    bool heard = !was || !now;
    if (now && !PQconsumeInput(p->c))
        heard = true;
    PGnotify *n;
    while (now && (n = PQnotifies(p->c))) {
        heard = heard || strcmp(n->extra, own_tag) != 0;
        PQfreemem(n);
    }
    return heard;
}

/* ---- failures ---- */

static enum db_failure failure_of(const char *state)
{
    static const struct {
        const char *state; /* or its beginning */
        enum db_failure failure;
    } table[] = {
        {"23505", DB_DUPLICATE}, {"23", DB_INVALID},     /* another constraint */
        {"22", DB_INVALID},                              /* a value that does not fit */
        {"40001", DB_CONFLICT},  {"40P01", DB_CONFLICT}, /* deadlock */
        {"0A000", DB_CONFLICT}, /* a table has changed under a prepared statement */
        {"26000", DB_CONFLICT}, /* the prepared statement is gone */
        {"57014", DB_BUSY},     /* the time limit */
        {"55P03", DB_BUSY},     /* the lock's time limit */
        {"53300", DB_BUSY},     /* too many connections */
        {"53100", DB_GONE},     /* its disk is full */
        {"25006", DB_GONE},     /* it may be read only: a replica, or an administrator's wish */
        {"57P", DB_GONE},       /* it stops or starts */
        {"08", DB_GONE},        /* the connection */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strncmp(state, table[i].state, strlen(table[i].state)) == 0)
            return table[i].failure;
    return *state ? DB_FAILED : DB_GONE; /* the server says a state, if there is one */
}

static void pg_fail(struct postgres *p, const PGresult *r, const char *sql)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char message[300];
    snprintf(message, sizeof message, "PostgreSQL %s: %.250s", state ? state : "connection",
             primary ? primary : PQerrorMessage(p->c));
    enum db_failure failure = failure_of(state ? state : "");
    if (state && !strcmp(state, "25006") && !p->db.write)
        failure = DB_FAILED; /* it was our own transaction that is not to write */
    db_set_failure(&p->db, failure, message, sql);
    p->stale = p->stale || (state && (!strcmp(state, "0A000") || !strcmp(state, "26000")));
    if (PQstatus(p->c) != CONNECTION_OK)
        p->db.lost = true;
}

static const struct engine postgres_engine = {
    .id = DB_POSTGRES,
    .batch_max = BATCH_MAX,
    .close = postgres_close,
    .twin = pg_twin,
    .query = pg_query,
    .exec = pg_exec,
    .send = pg_send,
    .settle = pg_settle,
    .pump = pg_pump,
    .arrays = true,
    .next = pg_next,
    .part = pg_part,
    .drop = pg_drop,
    .column_int = pg_column_int,
    .column_real = pg_column_real,
    .column_str = pg_column_str,
    .column_blob = pg_column_blob,
    .column_null = pg_column_null,
    .column_kind = pg_column_kind,
    .next_ids = pg_next_ids,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .save = pg_save,
    .release = pg_release,
    .undo = pg_undo,
    .script = pg_script,
    .survey = pg_survey,
    .whole = pg_whole,
    .load_begin = pg_load_begin,
    .load_row = pg_load_row,
    .load_end = pg_load_end,
    .watch = pg_watch,
};
