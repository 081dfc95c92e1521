/* engine.h: what src/db/ keeps to itself: one connection, and what an engine must be able to do.
 *
 * db.c owns everything that is the same on both engines (the sticky failure, the depth of
 * savepoints, failure injection, the checks of arguments) and calls the engine only for what
 * differs. An engine embeds struct db as its first member.
 */
#ifndef DB_ENGINE_H
#define DB_ENGINE_H

#include "db/db.h"

/* An open result. Those left open are closed when the transaction, or the part, that opened them
 * ends; so a handler may leave a loop early without a leak. */
struct cursor {
    struct cursor *next, **link;
    int depth; /* savepoints around it when it was opened */
};

struct engine {
    enum db_engine id;
    int batch_max; /* parts that one write transaction should carry at most; 0: any number */
    bool arrays;   /* it takes arrays as arguments, and unnest() gives their elements as rows */

    void (*close)(struct db *db);
    /* Another connection to the same hub, for beside.h; NULL: there is none to be had. */
    struct db *(*twin)(struct db *db);

    struct rows (*query)(struct db *db, const char *sql, const struct db_arg *args, size_t n);
    int64_t (*exec)(struct db *db, const char *sql, const struct db_arg *args, size_t n);
    /* As exec; nobody waits for what becomes of it. NULL: exec. */
    void (*send)(struct db *db, const char *sql, const struct db_arg *args, size_t n);
    void (*settle)(struct db *db);     /* waits for what was sent */
    void (*pump)(struct db *db);       /* does not wait: what can go goes; NULL: nothing waits */
    int64_t (*last_id)(struct db *db); /* of the row inserted last; NULL: only RETURNING tells */
    bool (*next)(struct rows *q);
    /* Of an open result those rows, without its first column; good for as long as they are open
     * themselves. NULL: it cannot, and each question is cheap. */
    struct rows (*part)(const struct rows *whole, int first, int rows);
    void (*drop)(struct cursor *c);
    int64_t (*column_int)(const struct rows *q, int col);
    double (*column_real)(const struct rows *q, int col);
    struct str (*column_str)(const struct rows *q, int col);
    struct str (*column_blob)(const struct rows *q, int col);
    bool (*column_null)(const struct rows *q, int col);
    enum db_kind (*column_kind)(const struct rows *q, int col);

    int64_t (*next_ids)(struct db *db, const char *sequence, int64_t n);

    bool (*begin)(struct db *db, bool write);
    bool (*commit)(struct db *db); /* false: failed; rollback follows */
    void (*rollback)(struct db *db);
    bool (*save)(struct db *db);
    bool (*release)(struct db *db);
    bool (*undo)(struct db *db);

    bool (*script)(struct db *db, const char *sql);
    /* Statistics of the hub's tables, for its planner; NULL: it has none. */
    bool (*survey)(struct db *db, struct str table);
    bool (*whole)(struct db *db); /* db_whole; NULL: nothing is to be done for it */

    /* Many rows into a table; NULL: by INSERT. */
    void (*load_begin)(struct db *db, const char *sql);
    void (*load_row)(struct db *db, const char *sql, const struct db_arg *args, size_t n);
    void (*load_end)(struct db *db, const char *sql);

    /* For the store's keeper: waits until `wake` is readable or the time is over, does the
     * engine's housekeeping, and tells whether another process has committed meanwhile. */
    bool (*watch)(struct db *db, int wake, int timeout_ms);
};

struct db {
    const struct engine *engine;
    enum db_failure failure;
    bool lost;  /* the engine gave the whole transaction up: no part of it can be kept */
    bool open;  /* inside a transaction */
    bool write; /* ... which may write */
    int depth;  /* db_save calls that are open */
    int saved;  /* ... of which the engine knows; fewer only after a failure */
    int fail_in;
    int64_t statements, writes;
    uint64_t wrote; /* into which tables, in this transaction: bits by their names */
    int64_t turn;   /* db_turn */
    struct cursor *cursors;
    void (*poke)(void *ctx); /* SQLite: the log has grown, the keeper should look */
    void *poke_ctx;
    void *kept;            /* db_keep */
    struct gather *gather; /* rows that wait: gather.h; NULL: none do */
    void (*kept_free)(void *kept);
    struct ahead *ahead;   /* answers that are held: ahead.h; NULL: none are */
    struct beside *beside; /* rows that go another way: beside.h; NULL: none did */
    char message[600];
};

struct db *sqlite_open(const struct db_options *options, struct arena *a, struct str *message);
struct db *postgres_open(const struct db_options *options, struct arena *a, struct str *message);

void db_cursor_open(struct db *db, struct cursor *c);
void db_cursors_end(struct db *db, int depth); /* closes those opened at that depth or deeper */
void db_cursor_close(struct cursor *c); /* takes it off the list; the engine has released it */

/* Of a NULL what was said of it (NIL_OF); DB_NULL: nothing was. */
static inline enum db_kind db_arg_kind(const struct db_arg *arg)
{
    return arg->kind == DB_NULL ? (enum db_kind)arg->i : arg->kind;
}

/* Inside a transaction without a failure, and all texts are texts; else the failure says so. */
bool db_args_fit(struct db *db, const char *sql, const struct db_arg *args, size_t n);

/* Statements that may have written, since the connection was opened. */
int64_t db_writes(const struct db *db);
/* Of db->wrote. */
uint64_t db_table_bit(struct str table);

/* The first failure wins. `sql` may be NULL. */
void db_set_failure(struct db *db, enum db_failure why, const char *message, const char *sql);

#endif
