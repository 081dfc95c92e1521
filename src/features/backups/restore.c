/* restore.c: makes a hub of a backup, in one transaction; see backups.h.
 *
 * The schema is made as it was when the backup was made, the rows are loaded, read again and
 * compared, and then the schema is brought up to date as at any upgrade. After that comes what is
 * derived (the index for full text) and a look over everything, as `skep doctor` has it.
 *
 * A folder's hub is made in DIR/restoring and moved to its place at the end, files first: it is a
 * hub from the moment that DIR/hub.db is there. On PostgreSQL the commit is that moment.
 */
#define _GNU_SOURCE 1 /* nftw, renameat2 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/migrate.h"
#include "features/backups/files.h"
#include "features/backups/rows.h"
#include "http/feature.h"
#include "record/check.h"
#include "record/reindex.h"

enum { SQL_MAX = 1 << 20 };

struct restoring {
    const struct backup_place *to;
    struct arena *arena;
    struct db *db;
    struct str room, why; /* the folder DIR/restoring; empty: PostgreSQL */
    int held;             /* DIR, locked */
    const struct backup_head *head;
    struct db_table *tables; /* of the new hub, each as the backup's of that number */
    struct db_load load;
    size_t loading; /* the table's number and one; 0: none */
    struct file_out file;
};

static bool room_make(struct restoring *r);
static bool head_take(void *ctx, const struct backup_head *head);
static bool row_take(void *ctx, size_t table, const struct db_arg *args);
static bool file_take(void *ctx, struct str name);
static bool data_take(void *ctx, struct str bytes);
static bool seal_take(void *ctx);
static bool finish(struct restoring *r, struct backup_report *report);
static bool move_in(struct restoring *r);
static void room_clear(struct restoring *r);

static bool give_up(struct restoring *r, struct str why)
{
    if (!r->why.n)
        r->why = str_dup(r->arena, why);
    return false;
}

static bool sql_failed(struct restoring *r)
{
    return give_up(r, str_fmt(r->arena, "the database refused: %s", db_message(r->db)));
}

static bool system_failed(struct restoring *r, const char *what, struct str path)
{
    return give_up(
        r, str_fmt(r->arena, "cannot %s " STR_FMT ": %s", what, STR_ARG(path), strerror(errno)));
}

bool backup_restore(const struct backup_place *to, struct str path, struct arena *a,
                    struct backup_report *report)
{
    struct restoring r = {.to = to, .arena = a, .room = S(""), .why = S(""), .held = -1};
    struct db_options options = to->db;
    *report = (struct backup_report){.path = path, .why = S("")};
    const struct backup_sink sink = {&r,        &r.why,    head_take, row_take,
                                     file_take, data_take, seal_take};
    bool done = room_make(&r);
    if (done && options.data)
        options.data = r.room.p;
    options.bulk = true;
    done = done && (r.db = db_open(&options, a, &r.why));
    done = done && (db_begin(r.db, true) || sql_failed(&r));
    if (done) {
        done = backup_read(path, &sink, a, report);
        r.why = report->why;
    }
    done = done && finish(&r, report) && (db_commit(r.db) || sql_failed(&r));
    db_close(r.db);
    done = done && move_in(&r);
    if (r.held >= 0) {
        room_clear(&r);
        close(r.held);
    }
    report->why = done ? S("") : r.why;
    return done;
}

/* ---- where ---- */

static bool there(struct restoring *r, const char *name)
{
    return access(str_fmt(r->arena, "%s/%s", r->to->db.data, name).p, F_OK) == 0;
}

/* Whether they lie in the hub's folder, and come there with it; else they are made in place. */
static bool files_move(const struct restoring *r)
{
    const char *data = r->to->db.data, *files = r->to->files;
    return r->room.n && files && strncmp(files, data, strlen(data)) == 0 &&
           strcmp(files + strlen(data), "/files") == 0;
}

static bool files_room(struct restoring *r)
{
    const char *files = r->to->files;
    return !files || !files_there(files) || rmdir(files) == 0 ||
           give_up(r, str_fmt(r->arena, "there are files in %s already: move them away", files));
}

/* RULE 5. On PostgreSQL the transaction looks (schema_make). */
static bool room_make(struct restoring *r)
{
    const char *data = r->to->db.data;
    if (!data)
        return files_room(r);
    if (mkdir(data, 0700) != 0 && errno != EEXIST)
        return system_failed(r, "make the folder", str_of(data));
    r->held = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->held < 0)
        return system_failed(r, "open the folder", str_of(data));
    if (flock(r->held, LOCK_EX | LOCK_NB) != 0) {
        close(r->held);
        r->held = -1;
        return give_up(r, str_fmt(r->arena, "another restore into %s is under way", data));
    }
    if (there(r, "hub.db"))
        return give_up(r, str_fmt(r->arena, "there is a hub in %s already", data));
    if (!files_room(r))
        return false;
    r->room = str_fmt(r->arena, "%s/restoring", data);
    room_clear(r); /* of one that was killed */
    return mkdir(r->room.p, 0700) == 0 || system_failed(r, "make the folder", r->room);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void room_clear(struct restoring *r)
{
    if (r->room.n)
        nftw(r->room.p, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- what the backup holds ---- */

/* RULES 5 and 7: inside the transaction, so that nobody makes a hub meanwhile. */
static bool schema_make(struct restoring *r, const struct backup_head *head)
{
    int64_t known = 0;
    while (migrations[known].number)
        known++;
    if (head->migrations > known)
        return give_up(r, str_fmt(r->arena,
                                  "the backup is of a newer Skep: it has %lld migrations, this"
                                  " program knows only the first %lld; use the newer program",
                                  (long long)head->migrations, (long long)known));
    struct db_table *tables;
    size_t n = db_tables(r->db, r->arena, &tables);
    if (db_failed(r->db))
        return sql_failed(r);
    if (db_table_find(tables, n, S("migrations")))
        return give_up(r, S("there is a hub in the database already"));
    struct str message = S("");
    if (migrate_to(r->db, migrations, (int)head->migrations, r->arena, &message))
        return true;
    return message.n ? give_up(r, message) : sql_failed(r);
}

static bool columns_same(const struct db_table *a, const struct db_table *b)
{
    bool same = a->columns_n == b->columns_n;
    for (size_t i = 0; same && i < a->columns_n; i++)
        same = str_eq(a->columns[i], b->columns[i]);
    return same;
}

static bool is_among(const struct str *names, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

/* A table that record types have made, with the columns that it had; of one that a migration has
 * made, too, those that are missing. Names come from a file, so they are quoted. */
static void table_make(struct restoring *r, const struct db_table *t, const struct db_table *have)
{
    static const char *const kinds[] = {[DB_INT] = "BIGINT",
                                        [DB_REAL] = "DOUBLE PRECISION",
                                        [DB_TEXT] = "@text",
                                        [DB_BLOB] = "@blob"};
    struct out o;
    bool one = t->key_n == 1;
    out_init(&o, SQL_MAX);
    if (!have)
        out_fmt(&o, "CREATE TABLE " STR_FMT " (", STR_ARG(db_quoted(r->arena, t->name)));
    for (size_t i = 0; i < t->columns_n; i++) {
        struct str name = db_quoted(r->arena, t->columns[i]);
        bool key = is_among(t->key, t->key_n, t->columns[i]);
        const char *kind = key && one && t->kinds[i] == DB_INT ? "@key" : kinds[t->kinds[i]];
        if (have && !is_among(have->columns, have->columns_n, t->columns[i]))
            out_fmt(&o, "ALTER TABLE " STR_FMT " ADD COLUMN " STR_FMT " %s;",
                    STR_ARG(db_quoted(r->arena, t->name)), STR_ARG(name), kind);
        else if (!have)
            out_fmt(&o, "%s" STR_FMT " %s%s", i ? ", " : "", STR_ARG(name), kind,
                    key ? " NOT NULL" : "");
    }
    if (!have)
        out_fmt(&o, ", PRIMARY KEY (" STR_FMT "))%s;",
                STR_ARG(db_quoted_list(r->arena, t->key, t->key_n)), one ? "" : " @clustered");
    struct str sql = migrate_translate(db_engine(r->db), out_take(&o, r->arena), r->arena);
    if (sql.n && !db_failed(r->db))
        db_script(r->db, sql);
}

/* The same tables and columns as in the backup, emptied of what migrations put there. */
static bool head_take(void *ctx, const struct backup_head *head)
{
    struct restoring *r = ctx;
    struct db_table *made;
    r->head = head;
    if (!schema_make(r, head))
        return false;
    size_t n = db_tables(r->db, r->arena, &made), missing = n;
    r->tables = arena_array(r->arena, struct db_table, head->tables_n + 1);
    for (size_t i = 0; i < head->tables_n; i++) {
        const struct db_table *want = &head->tables[i], *have = db_table_find(made, n, want->name);
        if (head->made[i])
            table_make(r, want, have);
        else if (!have || !columns_same(have, want))
            return give_up(r, str_fmt(r->arena,
                                      "table " STR_FMT " of the backup is not as this program's"
                                      " migrations make it",
                                      STR_ARG(want->name)));
        missing -= have != NULL;
        r->tables[i] = *want;
        struct str name = db_quoted(r->arena, want->name);
        db_exec(r->db, str_fmt(r->arena, "DELETE FROM " STR_FMT, STR_ARG(name)).p);
    }
    if (missing)
        return give_up(r, S("the backup has not all the tables that its migrations make"));
    if (head->files && !r->to->files)
        return give_up(r, S("the backup has files: say with --files DIR where they belong"));
    r->file.arena = arena_new(1 << 20);
    arena_defer(r->arena, (void (*)(void *))arena_free, r->file.arena);
    r->file.root = files_move(r) ? str_fmt(r->arena, STR_FMT "/files", STR_ARG(r->room))
                                 : str_of(r->to->files);
    if (head->files && mkdir(r->file.root.p, 0700) != 0)
        return system_failed(r, "make the folder", r->file.root);
    return !db_failed(r->db) || sql_failed(r);
}

static bool table_done(struct restoring *r)
{
    bool done = !r->loading || db_load_end(&r->load);
    r->loading = 0;
    return done || sql_failed(r);
}

static bool row_take(void *ctx, size_t table, const struct db_arg *args)
{
    struct restoring *r = ctx;
    if (r->loading != table + 1) {
        if (!table_done(r))
            return false;
        const struct db_table *t = &r->tables[table];
        r->load = db_load_begin(r->db, r->arena, t->name, t->columns, t->columns_n);
        r->loading = table + 1;
    }
    db_load_row(&r->load, args);
    return !db_failed(r->db) || sql_failed(r);
}

static bool file_take(void *ctx, struct str name)
{
    struct restoring *r = ctx;
    return file_out_begin(&r->file, name) || give_up(r, r->file.why);
}

static bool data_take(void *ctx, struct str bytes)
{
    struct restoring *r = ctx;
    return file_out_write(&r->file, bytes) || give_up(r, r->file.why);
}

static bool seal_take(void *ctx)
{
    struct restoring *r = ctx;
    return file_out_end(&r->file) || give_up(r, r->file.why);
}

/* ---- when all is there ---- */

static bool row_sum(void *ctx, struct str row)
{
    sum_add(ctx, row);
    return true;
}

/* RULE 4 */
static bool rows_compare(struct restoring *r, const struct backup_report *report)
{
    for (size_t i = 0; i < r->head->tables_n; i++) {
        struct backup_sum sum = {0};
        if (!rows_each(r->db, &r->tables[i], row_sum, &sum))
            return sql_failed(r);
        if (!sum_eq(&sum, &report->end.tables[i]))
            return give_up(r, str_fmt(r->arena,
                                      "table " STR_FMT " came out otherwise than it is in the"
                                      " backup: %lld rows, %lld in the backup",
                                      STR_ARG(r->tables[i].name), (long long)sum.rows,
                                      (long long)report->end.tables[i].rows));
    }
    return true;
}

static void note(void *ctx, const struct check_finding *f)
{
    struct backup_report *report = ctx;
    report->unsound++;
    (void)f;
}

static bool finish(struct restoring *r, struct backup_report *report)
{
    if (!table_done(r))
        return false;
    for (size_t i = 0; i < r->head->sequences_n; i++)
        db_sequence_set(r->db, r->arena, &r->head->sequences[i]);
    if (db_failed(r->db))
        return sql_failed(r);
    struct str message = S("");
    if (!rows_compare(r, report))
        return false;
    if (!migrate_to(r->db, migrations, INT_MAX, r->arena, &message))
        return message.n ? give_up(r, message) : sql_failed(r);
    for (const struct feature *const *f = features; *f; f++)
        if ((*f)->schema && !(*f)->schema(r->db, r->arena, &message))
            return message.n ? give_up(r, message) : sql_failed(r);
    db_survey(r->db, S(""));
    record_index_all(r->db); /* whatever an old schema's index held */
    check_hub(r->db, r->arena, note, report);
    return !db_failed(r->db) || sql_failed(r);
}

/* ---- into its place ---- */

static bool move_one(struct restoring *r, const char *name)
{
    struct str from = str_fmt(r->arena, STR_FMT "/%s", STR_ARG(r->room), name);
    struct str to = str_fmt(r->arena, "%s/%s", r->to->db.data, name);
    if (renameat2(AT_FDCWD, from.p, AT_FDCWD, to.p, RENAME_NOREPLACE) == 0 ||
        (errno == EINVAL && rename(from.p, to.p) == 0)) /* some file systems cannot refuse */
        return true;
    return system_failed(r, "make", to);
}

static bool move_in(struct restoring *r)
{
    if (!r->room.n)
        return true;
    if (r->head->files && files_move(r) && !move_one(r, "files"))
        return false;
    if (fsync(r->held) != 0 || !move_one(r, "hub.db") || fsync(r->held) != 0)
        return system_failed(r, "write the folder", str_of(r->to->db.data));
    return true;
}
