/* db.h: the hub's database, whichever engine holds it.
 *
 * Only src/db/ and the search module know the engine. SQL is written once, in the common subset,
 * with ?1 ?2 placeholders; arguments are typed:
 *
 *     struct rows q = db_query(db, "SELECT id, title FROM records WHERE space_id = ?1", I(space));
 *     while (db_next(&q))
 *         use(db_int(&q, 0), db_str(&q, 1));
 *
 * A struct db is one connection inside one transaction, used by one thread. Its first failure
 * sticks: later calls give no rows and change nothing, and whoever opened the transaction looks
 * once and rolls back. A handler therefore has no error branches for SQL.
 *
 * RULES
 *   1. After a failure nothing more is executed until the transaction is rolled back.
 *   2. A failed transaction cannot be committed.
 *   3. Statements are prepared once per connection and SQL text, and kept.
 *   4. db_str and db_blob point into the row: they are good until the next db_next or db_done.
 *   5. The same SQL gives the same answer on both engines (src/db/db_test.c runs on both).
 *   6. Text is valid UTF-8 without NUL on both engines; other text fails with DB_INVALID.
 *   7. A statement outside of a transaction, a write inside a read transaction, and a wrong number
 *      of arguments fail on both engines.
 *   8. db_turn is another number after each begin and undo of the connection: what was read in a
 *      turn is the same until the next, but for what the transaction itself has changed.
 *
 * Arguments are borrowed, not copied: their bytes must live until the rows are done.
 * The engines sort NULL at different ends: write NULLS FIRST or NULLS LAST where it can occur.
 * LIKE tells upper from lower case; fold with lower(), which both engines do for ASCII only when
 * the column is @text. PostgreSQL fetches a whole result at once: read long lists by key in pieces.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct arena;
struct db;

enum db_engine { DB_SQLITE, DB_POSTGRES };

enum db_failure {
    DB_OK = 0,
    DB_CONFLICT,  /* another writer won: running the transaction again may succeed */
    DB_BUSY,      /* a lock or the time limit: try later */
    DB_DUPLICATE, /* a unique key stands there already */
    DB_INVALID,   /* another constraint, or a value that does not fit */
    DB_GONE,      /* the database is away, its disk is full or may not be written */
    DB_FAILED,    /* wrong SQL, I/O */
};

enum db_kind { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB };

struct db_arg {
    enum db_kind kind;
    int64_t i;
    double d;
    struct str s;
};

/* The formatter takes names in capitals for macros. */
/* clang-format off */
static inline struct db_arg I(int64_t i)
{
    return (struct db_arg){.kind = DB_INT, .i = i};
}

static inline struct db_arg R(double d)
{
    return (struct db_arg){.kind = DB_REAL, .d = d};
}

static inline struct db_arg T(struct str s)
{
    return (struct db_arg){.kind = DB_TEXT, .s = s};
}

static inline struct db_arg Z(const char *c)
{
    return (struct db_arg){.kind = c ? DB_TEXT : DB_NULL, .s = str_of(c)};
}

static inline struct db_arg B(struct str s)
{
    return (struct db_arg){.kind = DB_BLOB, .s = s};
}

static inline struct db_arg NIL(void)
{
    return (struct db_arg){.kind = DB_NULL};
}

/* NULL where else a value of that kind stands: then the statement fits both. */
static inline struct db_arg NIL_OF(enum db_kind kind)
{
    return (struct db_arg){.kind = DB_NULL, .i = (int64_t)kind};
}

/* NULL for 0: for references that may be missing. */
static inline struct db_arg REF(int64_t id)
{
    return id ? I(id) : NIL_OF(DB_INT);
}
/* clang-format on */

/* A cursor over one result. Zero-initialised it is an empty result. */
struct rows {
    struct db *db;
    void *stmt; /* engine's own */
    int row;
};

#define DB_ARGS_(...) ((const struct db_arg[]){{0}, ##__VA_ARGS__} + 1)
#define DB_NARGS_(...)                                                                             \
    (sizeof((const struct db_arg[]){{0}, ##__VA_ARGS__}) / sizeof(struct db_arg) - 1)

#define db_query(db, sql, ...)                                                                     \
    db_query_n((db), (sql), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
#define db_exec(db, sql, ...) db_exec_n((db), (sql), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
#define db_get_int(db, missing, sql, ...)                                                          \
    db_get_int_n((db), (missing), (sql), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
/* As db_exec, but what became of it is not waited for: a failure shows at the latest at the end of
 * the transaction, or of the part. On PostgreSQL such statements are on their way together. */
#define db_send(db, sql, ...) db_send_n((db), (sql), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
/* The id of the row that an INSERT into a table with an @id has made; 0: none. The text is a
 * literal without RETURNING. */
#define db_insert(db, sql, ...)                                                                    \
    db_insert_n((db), (sql), sql " RETURNING id", DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))
#define db_get_str(db, arena, sql, ...)                                                            \
    db_get_str_n((db), (arena), (sql), DB_ARGS_(__VA_ARGS__), DB_NARGS_(__VA_ARGS__))

struct rows db_query_n(struct db *db, const char *sql, const struct db_arg *args, size_t n);
bool db_next(struct rows *q);
void db_done(struct rows *q); /* needed only when not read to the end */

int64_t db_int(const struct rows *q, int col); /* 0 for NULL */
double db_real(const struct rows *q, int col);
struct str db_str(const struct rows *q, int col); /* empty for NULL; see RULE 4 */
struct str db_blob(const struct rows *q, int col);
bool db_is_null(const struct rows *q, int col);
enum db_kind db_kind(const struct rows *q, int col); /* of this value */
struct str db_dup(const struct rows *q, int col, struct arena *a);

/* Rows changed; 0 after a failure. */
int64_t db_exec_n(struct db *db, const char *sql, const struct db_arg *args, size_t n);
bool db_sent(struct db *db); /* waits for what was sent; false: the transaction has failed */
void db_send_n(struct db *db, const char *sql, const struct db_arg *args, size_t n);
int64_t db_insert_n(struct db *db, const char *sql, const char *returning,
                    const struct db_arg *args, size_t n);
/* The first column of the first row, or `missing`. */
int64_t db_get_int_n(struct db *db, int64_t missing, const char *sql, const struct db_arg *args,
                     size_t n);
/* The first column of the first row, copied; .p is NULL when there is no row. */
struct str db_get_str_n(struct db *db, struct arena *a, const char *sql, const struct db_arg *args,
                        size_t n);

/* A new id of one of the hub's sequences ("records", ...): never given twice. */
int64_t db_next_id(struct db *db, const char *sequence);
/* The first of n ids in a row: for imports. */
int64_t db_next_ids(struct db *db, const char *sequence, int64_t n);

enum db_engine db_engine(const struct db *db);
enum db_failure db_failed(const struct db *db);
const char *db_message(const struct db *db); /* for the log, never for a client */
void db_fail(struct db *db, enum db_failure why, const char *message); /* a caller's own veto */

int64_t db_turn(const struct db *db);

/* What a layer above keeps with the connection: fn frees it when that closes or keeps another. */
void *db_kept(const struct db *db);
void db_keep(struct db *db, void *kept, void (*fn)(void *kept));

/* ---- connections and transactions: for src/db, src/http, src/jobs, main and tests ---- */

struct db_options {
    const char *data;     /* folder of the SQLite hub, or NULL */
    const char *database; /* postgres://... , or NULL */
    bool read_only;
    bool existing; /* refused, in words, where there is no hub */
    bool server;   /* SQLite: hold the folder's lock file; refused while another server holds it */
    bool bulk;     /* SQLite: for one pass over everything: nothing is mapped into memory, and a
                      new file is written straight, without a log */
    int time_limit_ms; /* a query that runs longer fails with DB_BUSY; 0: none */
    int cache_kb;      /* SQLite, readers: pages kept beside the map; 0: 2048 */
};

/* NULL and a message (in the arena) when the hub cannot be opened. */
struct db *db_open(const struct db_options *options, struct arena *a, struct str *message);
void db_close(struct db *db);

bool db_begin(struct db *db, bool write);
bool db_commit(struct db *db); /* false: nothing of it was kept */
void db_rollback(struct db *db);

/* A part of a transaction that can fail alone (SQLite's group commit; imports row by row).
 * db_save_end with keep = false, or after a failure, undoes the part and clears the failure. */
void db_save(struct db *db);
bool db_save_end(struct db *db, bool keep);

/* Tests: the nth statement from now fails as if the disk had. 0 switches it off. */
void db_fail_nth(struct db *db, int n);
int db_fail_left(const struct db *db);      /* the n of this moment; 0: it has failed, or is off */
int64_t db_statements(const struct db *db); /* executed so far on this connection */

/* The search module adds its own functions to every SQLite connection that is opened later. */
void db_sqlite_extend(void (*fn)(void *sqlite3_db));

/* After very many rows came: the planner learns how many there are, in that table, or (empty) in
 * all, which takes seconds in a large hub. False: there is nothing to learn for it. */
bool db_survey(struct db *db, struct str table);

/* Until this transaction ends statements go over all that there is, as those of a migration or of
 * the doctor: tables may be read from end to end. */
void db_whole(struct db *db);

/* Runs SQL text of many statements, without arguments: migrations and tests only. */
bool db_script(struct db *db, struct str sql);

#endif
