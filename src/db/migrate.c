/* migrate.c: the table `migrations` tells what a hub has; see migrate.h.
 *
 * WHY a checksum: two hubs with equal migration numbers must have equal schemas. A file that was
 * edited after it ran somewhere would break that silently.
 * WHY one transaction under a lock: a program that dies halfway leaves the old schema, and a second
 * program waits and then finds the work done.
 */
#include "db/migrate.h"

#include <inttypes.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/out.h"
#include "db/sqltext.h"

enum { SQL_MAX = 4 << 20 };

static bool migrate_known(struct db *db, const struct migration *all, struct arena *a,
                          struct str *message);
static bool migrate_missing(struct db *db, const struct migration *all, int number, struct arena *a,
                            struct str *message);
static bool migrate_one(struct db *db, const struct migration *m, struct arena *a,
                        struct str *message);

static int newest_of(const struct migration *all)
{
    int n = 0;
    while (all[n].number) {
        if (all[n].number != n + 1)
            die("migrations: number %d stands at place %d", all[n].number, n + 1);
        n++;
    }
    return n;
}

/* What must stand before the first migration can be looked up. */
static bool migrate_base(struct db *db, struct arena *a)
{
    return db_script(db, migrate_translate(db_engine(db),
                                           S("CREATE TABLE IF NOT EXISTS migrations ("
                                             " number BIGINT PRIMARY KEY, name @text NOT NULL,"
                                             " checksum @text NOT NULL, applied_at BIGINT NOT NULL"
                                             ");\n"
                                             "--@sqlite\n"
                                             "CREATE TABLE IF NOT EXISTS sequences ("
                                             " name TEXT PRIMARY KEY, next INTEGER NOT NULL"
                                             ") WITHOUT ROWID;\n"
                                             "--@end\n"),
                                           a));
}

bool migrate(struct db *db, const struct migration *all, struct arena *a, struct str *message)
{
    *message = S("");
    if (db_begin(db, true) && migrate_to(db, all, newest_of(all), a, message) && db_commit(db))
        return true;
    if (message->n == 0)
        *message = str_fmt(a, "the schema cannot be brought up to date: %s", db_message(db));
    db_rollback(db);
    return false;
}

bool migrate_to(struct db *db, const struct migration *all, int number, struct arena *a,
                struct str *message)
{
    newest_of(all);
    return migrate_base(db, a) && migrate_known(db, all, a, message) &&
           migrate_missing(db, all, number, a, message);
}

bool migrate_current(struct db *db)
{
    return db_get_int(db, -1, "SELECT max(number) FROM migrations") == newest_of(migrations);
}

static struct str checksum_of(const struct migration *m, struct arena *a)
{
    return str_fmt(a, "%016" PRIx64, str_hash(m->sql));
}

/* RULES 2 and 3. */
static bool migrate_known(struct db *db, const struct migration *all, struct arena *a,
                          struct str *message)
{
    int newest = newest_of(all);
    struct rows q = db_query(db, "SELECT number, name, checksum FROM migrations ORDER BY number");
    while (db_next(&q)) {
        int64_t number = db_int(&q, 0);
        struct str name = db_dup(&q, 1, a);
        if (number > newest) {
            *message = str_fmt(a,
                               "this hub was made by a newer Skep: it has migration " STR_FMT
                               ", this program knows only the first %d; use the newer program",
                               STR_ARG(name), newest);
            db_done(&q);
            return false;
        }
        if (!str_eq(db_str(&q, 2), checksum_of(&all[number - 1], a))) {
            *message = str_fmt(a,
                               "migration " STR_FMT " of this hub differs from this program's %s; "
                               "a migration must not change after it ran",
                               STR_ARG(name), all[number - 1].name);
            db_done(&q);
            return false;
        }
    }
    return !db_failed(db);
}

static bool migrate_missing(struct db *db, const struct migration *all, int number, struct arena *a,
                            struct str *message)
{
    int64_t have = db_get_int(db, 0, "SELECT count(*) FROM migrations");
    db_whole(db);
    for (const struct migration *m = all; m->number && m->number <= number; m++)
        if (m->number > have && !migrate_one(db, m, a, message))
            return false;
    return !db_failed(db);
}

static bool migrate_one(struct db *db, const struct migration *m, struct arena *a,
                        struct str *message)
{
    if (db_script(db, migrate_translate(db_engine(db), m->sql, a)))
        db_exec(db,
                "INSERT INTO migrations (number, name, checksum, applied_at)"
                " VALUES (?1, ?2, ?3, ?4)",
                I(m->number), Z(m->name), T(checksum_of(m, a)), I(clock_now()));
    if (!db_failed(db))
        return true;
    *message = str_fmt(a, "migration %s failed: %s", m->name, db_message(db));
    return false;
}

/* ---- words that differ ---- */

static const struct word {
    struct str name;
    struct str is[2]; /* by enum db_engine */
} words[] = {
    {S("@id"),
     {[DB_SQLITE] = S("INTEGER PRIMARY KEY AUTOINCREMENT"),
      [DB_POSTGRES] = S("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")}},
    {S("@key"), {[DB_SQLITE] = S("INTEGER"), [DB_POSTGRES] = S("BIGINT")}},
    {S("@clustered"), {[DB_SQLITE] = S("WITHOUT ROWID"), [DB_POSTGRES] = S("")}},
    {S("@text"), {[DB_SQLITE] = S("TEXT"), [DB_POSTGRES] = S("TEXT COLLATE \"C\"")}},
    {S("@bytes"), {[DB_SQLITE] = S("BLOB"), [DB_POSTGRES] = S("BYTEA")}},
    {S("@blob"), {[DB_SQLITE] = S("BLOB"), [DB_POSTGRES] = S("BYTEA")}},
};

static const struct word *word_at(struct str sql)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_starts(sql, words[i].name) &&
            (sql.n == words[i].name.n || !sqltext_word(sql.p[words[i].name.n])))
            return &words[i];
    return NULL;
}

static void translate_words(struct out *o, enum db_engine engine, struct str sql)
{
    while (sql.n) {
        const struct word *w = word_at(sql);
        size_t n = sqltext_opaque(sql);
        if (w) {
            out_str(o, w->is[engine]);
            n = w->name.n;
        } else {
            n = n ? n : 1;
            out_str(o, str_first(sql, n));
        }
        sql = str_from(sql, n);
    }
}

static void translate_sequence(struct out *o, enum db_engine engine, struct str name)
{
    if (engine == DB_SQLITE)
        out_fmt(o, "INSERT INTO sequences (name, next) VALUES ('" STR_FMT "', 1);\n",
                STR_ARG(name));
    else
        out_fmt(o, "CREATE SEQUENCE " STR_FMT "_ids;\n", STR_ARG(name));
}

/* Lines are sorted out first, because a comment is what marks them. */
struct str migrate_translate(enum db_engine engine, struct str sql, struct arena *a)
{
    struct out kept, o;
    out_init(&kept, SQL_MAX);
    out_init(&o, SQL_MAX);
    bool here = true;
    struct str line;
    while (str_split(&sql, '\n', &line)) {
        struct str word = str_trim(line);
        if (str_eq(word, S("--@sqlite")))
            here = engine == DB_SQLITE;
        else if (str_eq(word, S("--@postgres")))
            here = engine == DB_POSTGRES;
        else if (str_eq(word, S("--@end")))
            here = true;
        else if (here && str_starts(word, S("--@sequence ")))
            translate_sequence(&kept, engine, str_trim(str_from(word, S("--@sequence ").n)));
        else if (here) {
            out_str(&kept, line);
            out_char(&kept, '\n');
        }
    }
    translate_words(&o, engine, out_text(&kept));
    if (out_failed(&kept) || out_failed(&o))
        die("a migration is longer than %d bytes", SQL_MAX);
    out_free(&kept);
    return out_take(&o, a);
}
