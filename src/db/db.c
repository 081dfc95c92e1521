/* db.c: what is the same on both engines; see db.h.
 *
 * WHY the checks stand here and not in the engines: a rule that SQLite forgives and PostgreSQL
 * punishes (bytes that are no text, a write in a read transaction) would be found by the first
 * customer on PostgreSQL. Here both refuse alike.
 */
#include "db/db.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/log.h"
#include "db/ahead.h"
#include "db/beside.h"
#include "db/engine.h"
#include "db/gather.h"
#include "db/sqltext.h"

static bool text_fits(struct str s);
static bool injected(struct db *db, const char *sql);
static void transaction_ended(struct db *db);
static bool only_reads(const char *sql);
static void note_write(struct db *db, const char *sql);

/* A database is there without a hub; of a folder sqlite_open asks, before it makes one. */
static bool hub_there(struct db *db, struct arena *a, struct str *message)
{
    bool asked = db_begin(db, false);
    bool there = asked && db_get_int(db, 0,
                                     "SELECT 1 FROM pg_tables WHERE schemaname = current_schema()"
                                     " AND tablename = 'migrations'");
    if (!asked || db_failed(db))
        *message = str_fmt(a, "cannot read the database: %s", db_message(db));
    else if (!there)
        *message = S("there is no hub in the database; `skep init` or `skep serve` makes one");
    db_rollback(db);
    return there;
}

struct db *db_open(const struct db_options *options, struct arena *a, struct str *message)
{
    if (!options->data == !options->database) {
        *message = S("a hub is either a data folder or a database URL");
        return NULL;
    }
    if (options->data)
        return sqlite_open(options, a, message);
    struct db *db = postgres_open(options, a, message);
    if (!db || !options->existing || hub_there(db, a, message))
        return db;
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    if (db->open)
        db_rollback(db);
    db_keep(db, NULL, NULL);
    beside_close(db->beside);
    db->engine->close(db);
}

void *db_kept(const struct db *db)
{
    return db->kept;
}

void db_keep(struct db *db, void *kept, void (*fn)(void *kept))
{
    if (db->kept)
        db->kept_free(db->kept);
    db->kept = kept;
    db->kept_free = fn;
}

enum db_engine db_engine(const struct db *db)
{
    return db->engine->id;
}

/* ---- statements ---- */

/* RULES 1 and 7, then failure injection. */
static bool ready(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    if (db->failure)
        return false;
    if (!db->open) {
        db_set_failure(db, DB_FAILED, "statement outside of a transaction", sql);
        return false;
    }
    if (db->gather)
        gather_named(db, sql);
    if (db->ahead && !only_reads(sql) && !gather_writes(db))
        ahead_write(db, sql, args, n);
    db->statements++;
    if (!only_reads(sql))
        note_write(db, sql);
    return db_args_fit(db, sql, args, n) && !injected(db, sql);
}

uint64_t db_table_bit(struct str table)
{
    return UINT64_C(1) << (str_hash(table) >> 58);
}

static void note_write(struct db *db, const char *sql)
{
    const char *table = sqltext_written(sql);
    uint64_t bit = table ? db_table_bit(sqltext_name(table)) : UINT64_MAX;
    db->writes++;
    db->wrote |= bit;
    gather_wrote(db, sql, bit);
}

/* By its first word; a WITH counts as a write. */
static bool only_reads(const char *sql)
{
    return strncmp(sql, "SELECT", 6) == 0;
}

struct rows db_query_n(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    struct rows held;
    bool ask = db->ahead && db->open && only_reads(sql) && db_args_fit(db, sql, args, n);
    if (ask && ahead_query(db, sql, args, n, &held)) {
        db->statements++;
        return injected(db, sql) ? (struct rows){.db = db} : held;
    }
    if (!ready(db, sql, args, n))
        return (struct rows){.db = db};
    return db->engine->query(db, sql, args, n);
}

int64_t db_exec_n(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    return ready(db, sql, args, n) ? db->engine->exec(db, sql, args, n) : 0;
}

void db_send_n(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    if (!ready(db, sql, args, n))
        return;
    if (db->engine->send)
        db->engine->send(db, sql, args, n);
    else
        (void)db->engine->exec(db, sql, args, n);
}

bool db_sent(struct db *db)
{
    if (db->open && db->engine->settle)
        db->engine->settle(db);
    return !db->failure;
}

bool db_next(struct rows *q)
{
    if (!q->stmt)
        return false;
    if (!q->db->failure && q->db->engine->next(q))
        return true;
    db_done(q);
    return false;
}

void db_done(struct rows *q)
{
    if (q->stmt)
        q->db->engine->drop(q->stmt);
    q->stmt = NULL;
}

int64_t db_get_int_n(struct db *db, int64_t missing, const char *sql, const struct db_arg *args,
                     size_t n)
{
    struct rows q = db_query_n(db, sql, args, n);
    int64_t found = db_next(&q) ? db_int(&q, 0) : missing;
    db_done(&q);
    return found;
}

struct str db_get_str_n(struct db *db, struct arena *a, const char *sql, const struct db_arg *args,
                        size_t n)
{
    struct rows q = db_query_n(db, sql, args, n);
    struct str found = db_next(&q) ? db_dup(&q, 0, a) : (struct str){NULL, 0};
    db_done(&q);
    return found;
}

int64_t db_insert_n(struct db *db, const char *sql, const char *returning,
                    const struct db_arg *args, size_t n)
{
    if (!db->engine->last_id)
        return db_get_int_n(db, 0, returning, args, n);
    return db_exec_n(db, sql, args, n) ? db->engine->last_id(db) : 0;
}

int64_t db_next_id(struct db *db, const char *sequence)
{
    int64_t id = db->failure ? 0 : gather_id(db, sequence);
    return id ? id : db_next_ids(db, sequence, 1);
}

int64_t db_next_ids(struct db *db, const char *sequence, int64_t n)
{
    int64_t first = n > 0 && !db->failure ? db->engine->next_ids(db, sequence, n) : 0;
    if (!first)
        db_set_failure(db, DB_FAILED, "no such sequence", sequence);
    return first;
}

/* ---- columns ---- */

int64_t db_int(const struct rows *q, int col)
{
    return q->stmt ? q->db->engine->column_int(q, col) : 0;
}

double db_real(const struct rows *q, int col)
{
    return q->stmt ? q->db->engine->column_real(q, col) : 0;
}

struct str db_str(const struct rows *q, int col)
{
    return q->stmt ? q->db->engine->column_str(q, col) : S("");
}

struct str db_blob(const struct rows *q, int col)
{
    return q->stmt ? q->db->engine->column_blob(q, col) : S("");
}

bool db_is_null(const struct rows *q, int col)
{
    return !q->stmt || q->db->engine->column_null(q, col);
}

enum db_kind db_kind(const struct rows *q, int col)
{
    return q->stmt ? q->db->engine->column_kind(q, col) : DB_NULL;
}

struct str db_dup(const struct rows *q, int col, struct arena *a)
{
    return str_dup(a, db_str(q, col));
}

/* ---- transactions ---- */

bool db_begin(struct db *db, bool write)
{
    if (db->open)
        die("db_begin inside a transaction");
    db->failure = DB_OK;
    db->message[0] = '\0';
    db->lost = false;
    db->write = write;
    db->turn++;
    db->wrote = 0;
    if (db->beside)
        beside_rest(db->beside);
    db->open = db->engine->begin(db, write);
    return db->open;
}

bool db_commit(struct db *db)
{
    if (!db->open)
        return false;
    db_cursors_end(db, 0);
    db_gather_end(db);
    if (db->write) {
        db->statements++;
        injected(db, "COMMIT");
    }
    bool kept = !db->failure && db->engine->commit(db);
    if (!kept)
        db->engine->rollback(db);
    transaction_ended(db);
    return kept;
}

void db_rollback(struct db *db)
{
    if (!db->open)
        return;
    db_cursors_end(db, 0);
    db->engine->rollback(db);
    transaction_ended(db);
}

/* The failure stays readable until the next db_begin. */
static void transaction_ended(struct db *db)
{
    db->open = db->write = false;
    db->depth = db->saved = 0;
    gather_undone(db, -1);
}

void db_save(struct db *db)
{
    gather_settle(db);
    db->depth++;
    if (!db->failure && db->open && db->engine->save(db))
        db->saved++;
}

bool db_save_end(struct db *db, bool keep)
{
    if (db->depth == 0)
        die("db_save_end without db_save");
    if (keep)
        gather_settle(db);
    if (keep)
        (void)db_sent(db);
    db->depth--;
    gather_undone(db, db->depth);
    if (db->saved <= db->depth)
        return false; /* it never began: the failure before it stays */
    db->saved--;
    keep = keep && !db->failure;
    if (keep)
        return db->engine->release(db);

    db->turn++;
    db_cursors_end(db, db->depth + 1);
    if (!db->lost && db->engine->undo(db)) {
        db->failure = DB_OK;
        db->message[0] = '\0';
    }
    return false;
}

bool db_script(struct db *db, struct str sql)
{
    if (db->failure && db->open)
        return false;
    struct arena *a = arena_new(SIZE_MAX);
    db->turn++;
    db->wrote = UINT64_MAX;
    db_ahead_forget(db);
    bool done = db->engine->script(db, str_cstr(a, sql));
    arena_free(a);
    return done;
}

bool db_survey(struct db *db, struct str table)
{
    return db->open && !db->failure && db->engine->survey && db->engine->survey(db, table);
}

void db_whole(struct db *db)
{
    if (db->open && !db->failure && db->engine->whole)
        (void)db->engine->whole(db);
}

/* ---- cursors ---- */

void db_cursor_open(struct db *db, struct cursor *c)
{
    c->depth = db->depth;
    c->next = db->cursors;
    c->link = &db->cursors;
    if (c->next)
        c->next->link = &c->next;
    db->cursors = c;
}

void db_cursor_close(struct cursor *c)
{
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
}

/* The newest cursor stands first and depth only falls along the list. */
void db_cursors_end(struct db *db, int depth)
{
    db_ahead_forget(db);
    while (db->cursors && db->cursors->depth >= depth)
        db->engine->drop(db->cursors);
}

/* ---- failures ---- */

void db_set_failure(struct db *db, enum db_failure why, const char *message, const char *sql)
{
    if (db->failure)
        return;
    db->failure = why;
    snprintf(db->message, sizeof db->message, "%.250s%s%.300s", message, sql ? "; in: " : "",
             sql ? sql : "");
}

void db_fail(struct db *db, enum db_failure why, const char *message)
{
    db_set_failure(db, why, message, NULL);
}

enum db_failure db_failed(const struct db *db)
{
    return db->failure;
}

const char *db_message(const struct db *db)
{
    return db->message;
}

void db_fail_nth(struct db *db, int n)
{
    db->fail_in = n;
}

int db_fail_left(const struct db *db)
{
    return db->fail_in;
}

int64_t db_writes(const struct db *db)
{
    return db->writes;
}

int64_t db_turn(const struct db *db)
{
    return db->turn;
}

int64_t db_statements(const struct db *db)
{
    return db->statements;
}

static bool injected(struct db *db, const char *sql)
{
    if (db->fail_in == 0 || --db->fail_in > 0)
        return false;
    db_set_failure(db, DB_FAILED, "disk I/O error (injected)", sql);
    return true;
}

/* RULE 6. */
bool db_args_fit(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    if (db->failure || !db->open)
        return false;
    for (size_t i = 0; i < n; i++)
        if (args[i].kind == DB_TEXT && !text_fits(args[i].s)) {
            db_set_failure(db, DB_INVALID, "an argument is not UTF-8 text", sql);
            return false;
        }
    return true;
}

/* Eight ASCII bytes at a time; what is not ASCII goes to the decoder. */
static bool text_fits(struct str s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    size_t i = 0;
    for (; s.n - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, 8);
        if (((word - ones) | word) & highs)
            break; /* a NUL, or a byte above 127 */
    }
    struct str rest = str_from(s, i);
    return rest.n == 0 || (!memchr(rest.p, 0, rest.n) && utf8_valid(rest));
}
