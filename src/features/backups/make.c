/* make.c: writes a backup in one read transaction, and reads it back; see backups.h.
 *
 * WHY the connection is opened here and not by the kernel: a backup is also what one takes before
 * an upgrade, so it must leave the schema as it is, and it writes nothing into the hub.
 */
#include "core/clock.h"
#include "features/backups/files.h"
#include "features/backups/pack.h"
#include "features/backups/rows.h"
#include "record/types.h"

enum { JSON_MAX = 16 << 20 };

struct making {
    struct pack pack;
    struct db *db;
    struct arena *arena;
    struct backup_report *report;
    struct out rows; /* of the block that is being filled */
    size_t table;    /* its number */
};

static bool schema_look(struct making *m, const struct backup_place *from);
static bool tables_write(struct making *m);
static void made_look(struct making *m, struct backup_head *head);
static bool rows_flush(struct making *m);

bool backup_make(const struct backup_place *from, struct str path, struct arena *a,
                 struct backup_report *report)
{
    struct making m = {.arena = a, .report = report};
    struct db_options options = from->db;
    options.read_only = options.existing = options.bulk = true;
    *report = (struct backup_report){.path = path, .why = S("")};
    m.db = db_open(&options, a, &report->why);
    if (!m.db)
        return false;
    out_init(&m.rows, PACK_BLOCK_MAX);
    pack_create(&m.pack, a, path);
    bool done = !m.pack.why.n && db_begin(m.db, false) && schema_look(&m, from) && tables_write(&m);
    db_rollback(m.db);
    done = done && files_write(&m.pack, from->files, &report->end, &report->wrong_files);
    if (done) {
        struct out end;
        out_init(&end, JSON_MAX);
        backup_end_put(&end, &report->head, &report->end);
        pack_put(&m.pack, BLOCK_END, out_text(&end), true);
        out_free(&end);
        pack_sync(&m.pack);
    }
    struct backup_report proof;
    if (done && !m.pack.why.n && !backup_read(m.pack.part, &(struct backup_sink){0}, a, &proof))
        pack_fail(&m.pack, proof.why);
    for (size_t i = 0; done && !m.pack.why.n && i < report->head.tables_n; i++)
        if (!sum_eq(&proof.end.tables[i], &report->end.tables[i]))
            pack_fail(&m.pack, S("what was read back differs from what was written"));
    done = done && pack_keep(&m.pack);
    report->bytes = m.pack.at;
    if (!done)
        report->why =
            m.pack.why.n ? m.pack.why : str_fmt(a, "the hub cannot be read: %s", db_message(m.db));
    pack_drop(&m.pack);
    out_free(&m.rows);
    db_close(m.db);
    return done;
}

/* The first query here is where the snapshot begins. */
static bool schema_look(struct making *m, const struct backup_place *from)
{
    struct backup_head *head = &m->report->head;
    head->made_at = clock_now();
    head->migrations = db_get_int(m->db, 0, "SELECT COUNT(*) FROM migrations");
    head->tables_n = db_tables(m->db, m->arena, &head->tables);
    made_look(m, head);
    head->sequences_n = db_sequences(m->db, m->arena, &head->sequences);
    head->files = files_there(from->files);
    m->report->end.tables = arena_array(m->arena, struct backup_sum, head->tables_n + 1);
    if (db_failed(m->db))
        return false;
    struct out o;
    out_init(&o, JSON_MAX);
    backup_head_put(&o, head);
    pack_put(&m->pack, BLOCK_HEAD, out_text(&o), true);
    out_free(&o);
    return !m->pack.why.n;
}

/* A hub that is older than the tables of types has none of theirs. */
static void made_look(struct making *m, struct backup_head *head)
{
    struct str *names;
    head->made = arena_array(m->arena, bool, head->tables_n + 1);
    if (!db_table_find(head->tables, head->tables_n, S("catalogs")))
        return;
    size_t n = types_tables(m->db, m->arena, &names);
    for (size_t i = 0; i < head->tables_n; i++)
        for (size_t k = 0; k < n && !head->made[i]; k++)
            head->made[i] = str_eq(head->tables[i].name, names[k]);
}

static bool row_write(void *ctx, struct str row)
{
    struct making *m = ctx;
    if (m->rows.n + row.n > PACK_BLOCK && !rows_flush(m))
        return false;
    if (!m->rows.n) {
        out_char(&m->rows, (char)(m->table & 0xff));
        out_char(&m->rows, (char)(m->table >> 8));
    }
    for (int i = 0; i < BACKUP_LENGTH; i++)
        out_char(&m->rows, (char)(row.n >> (8 * i)));
    out_str(&m->rows, row);
    sum_add(&m->report->end.tables[m->table], row);
    return true;
}

static bool rows_flush(struct making *m)
{
    if (out_failed(&m->rows))
        pack_fail(&m->pack, S("a row is too long for a backup"));
    else if (m->rows.n)
        pack_put(&m->pack, BLOCK_ROWS, out_text(&m->rows), true);
    out_clear(&m->rows);
    return !m->pack.why.n;
}

/* RULE 1: the same snapshot counts what it gave. */
static bool tables_write(struct making *m)
{
    const struct backup_head *head = &m->report->head;
    for (m->table = 0; m->table < head->tables_n; m->table++) {
        const struct db_table *t = &head->tables[m->table];
        if (!rows_each(m->db, t, row_write, m) || !rows_flush(m))
            return false;
        struct str name = db_quoted(m->arena, t->name);
        int64_t counted = db_get_int(
            m->db, -1, str_fmt(m->arena, "SELECT COUNT(*) FROM " STR_FMT, STR_ARG(name)).p);
        if (counted != m->report->end.tables[m->table].rows) {
            pack_fail(&m->pack, str_fmt(m->arena,
                                        "table " STR_FMT " has %lld rows, but %lld were"
                                        " read by its key",
                                        STR_ARG(t->name), (long long)counted,
                                        (long long)m->report->end.tables[m->table].rows));
            return false;
        }
    }
    return !db_failed(m->db);
}
