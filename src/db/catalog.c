/* catalog.c: the statements that ask each engine for its schema; see catalog.h. */
#include "db/catalog.h"

#include "core/out.h"
#include "db/engine.h"

enum { SQL_MAX = 1 << 20 };

/* Rows of (table, column, place in the primary key or 0, enum db_kind), sorted by table and
 * column's place. */
static const char *const columns_sql[] = {
    [DB_SQLITE] = "SELECT t.name, c.name, c.pk, CASE WHEN c.type LIKE '%INT%' THEN 1"
                  " WHEN c.type LIKE '%DOUB%' OR c.type LIKE '%REAL%' THEN 2"
                  " WHEN c.type LIKE '%BLOB%' THEN 4 ELSE 3 END FROM pragma_table_list t"
                  " JOIN pragma_table_xinfo c ON c.arg = t.name"
                  " WHERE t.schema = 'main' AND t.type = 'table' AND c.hidden = 0"
                  " AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name <> 'sequences'"
                  " ORDER BY t.name, c.cid",
    [DB_POSTGRES] =
        "SELECT c.relname, a.attname, COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0),"
        " CASE WHEN a.atttypid IN (20, 21, 23) THEN 1 WHEN a.atttypid IN (700, 701) THEN 2"
        " WHEN a.atttypid = 17 THEN 4 ELSE 3 END"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary"
        " WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')"
        " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
        " AND NOT EXISTS (SELECT 1 FROM pg_attribute x WHERE x.attrelid = c.oid"
        " AND x.atttypid = CAST('tsvector' AS regtype) AND x.attgenerated = '')"
        " ORDER BY c.relname, a.attnum",
};

/* Rows of (name, whether it is a table's, next). */
static const char *const sequences_sql[] = {
    [DB_SQLITE] = "SELECT name, 0, next FROM sequences UNION ALL"
                  " SELECT m.name, 1, COALESCE(s.seq, 0) + 1 FROM sqlite_schema m"
                  " LEFT JOIN sqlite_sequence s ON s.name = m.name"
                  " WHERE m.type = 'table' AND upper(m.sql) LIKE '%AUTOINCREMENT%' ORDER BY 2, 1",
    [DB_POSTGRES] =
        "SELECT left(c.relname, -4), 0, COALESCE(pg_sequence_last_value(c.oid), 0) + 1"
        " FROM pg_class c WHERE c.relnamespace = CAST(current_schema() AS regnamespace)"
        " AND c.relkind = 'S' AND right(c.relname, 4) = '_ids' AND NOT EXISTS"
        " (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')"
        " UNION ALL SELECT c.relname, 1, COALESCE(pg_sequence_last_value(CAST("
        "pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS regclass)), 0) + 1"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND a.attidentity <> ''"
        " ORDER BY 2, 1",
};

/* ---- tables ---- */

enum { TABLES_MAX = 16000, COLUMNS_MAX = 1000 };

/* A table's columns were gathered in room for the most; it keeps what it needs. */
static void table_end(struct arena *a, struct db_table *t)
{
    struct str *columns = arena_array(a, struct str, t->columns_n + 1);
    struct str *key = arena_array(a, struct str, t->key_n + 1);
    enum db_kind *kinds = arena_array(a, enum db_kind, t->columns_n + 1);
    memcpy(kinds, t->kinds, t->columns_n * sizeof *kinds);
    t->kinds = kinds;
    memcpy(columns, t->columns, t->columns_n * sizeof *columns);
    memcpy(key, t->key, t->key_n * sizeof *key);
    t->columns = columns;
    t->key = key;
}

size_t db_tables(struct db *db, struct arena *a, struct db_table **tables)
{
    struct db_table *list = *tables = arena_array(a, struct db_table, TABLES_MAX);
    struct str *columns = arena_array(a, struct str, COLUMNS_MAX);
    struct str *key = arena_array(a, struct str, COLUMNS_MAX);
    enum db_kind *kinds = arena_array(a, enum db_kind, COLUMNS_MAX);
    struct db_table *t = NULL;
    size_t n = 0;
    struct rows q = db_query(db, columns_sql[db_engine(db)]);
    while (db_next(&q)) {
        if (!t || !str_eq(t->name, db_str(&q, 0))) {
            if (t)
                table_end(a, t);
            if (n == TABLES_MAX) {
                db_fail(db, DB_INVALID, "there are too many tables");
                break;
            }
            t = &list[n++];
            *t = (struct db_table){
                .name = db_dup(&q, 0, a), .columns = columns, .kinds = kinds, .key = key};
        }
        if (t->columns_n == COLUMNS_MAX) {
            db_fail(db, DB_INVALID, "a table has too many columns");
            break;
        }
        t->kinds[t->columns_n] = (enum db_kind)db_int(&q, 3);
        t->columns[t->columns_n++] = db_dup(&q, 1, a);
        size_t place = (size_t)db_int(&q, 2);
        if (place >= 1 && place <= COLUMNS_MAX && t->columns_n) {
            t->key[place - 1] = t->columns[t->columns_n - 1];
            t->key_n = place > t->key_n ? place : t->key_n;
        }
    }
    if (t)
        table_end(a, t);
    db_done(&q);
    return n;
}

const struct db_table *db_table_find(const struct db_table *tables, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(tables[i].name, name))
            return &tables[i];
    return NULL;
}

/* ---- sequences ---- */

size_t db_sequences(struct db *db, struct arena *a, struct db_sequence **sequences)
{
    struct db_sequence *list = *sequences = arena_array(a, struct db_sequence, TABLES_MAX);
    size_t n = 0;
    struct rows q = db_query(db, sequences_sql[db_engine(db)]);
    while (n < TABLES_MAX && db_next(&q))
        list[n++] = (struct db_sequence){db_dup(&q, 0, a), db_int(&q, 1) != 0, db_int(&q, 2)};
    db_done(&q);
    return n;
}

/* PostgreSQL tells the last number that was given, so it is set to that and not to the next. */
void db_sequence_set(struct db *db, struct arena *a, const struct db_sequence *s)
{
    if (db_engine(db) == DB_POSTGRES && !s->table) {
        db_exec(db, "SELECT setval(CAST(?1 AS regclass), greatest(?2 - 1, 1), ?2 > 1)",
                T(db_quoted(a, str_fmt(a, STR_FMT "_ids", STR_ARG(s->name)))), I(s->next));
    } else if (db_engine(db) == DB_POSTGRES) {
        db_exec(db,
                "SELECT setval(CAST(pg_get_serial_sequence(quote_ident(c.relname), a.attname)"
                " AS regclass), greatest(?2 - 1, 1), ?2 > 1) FROM pg_class c"
                " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''"
                " WHERE c.relnamespace = CAST(current_schema() AS regnamespace)"
                " AND c.relname = CAST(?1 AS name)",
                T(s->name), I(s->next));
    } else if (s->table) {
        db_exec(db, "DELETE FROM sqlite_sequence WHERE name = ?1", T(s->name));
        db_exec(db, "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", T(s->name),
                I(s->next - 1));
    } else {
        db_exec(db, "UPDATE sequences SET next = ?2 WHERE name = ?1", T(s->name), I(s->next));
    }
}

/* ---- alone ---- */

bool db_table_alone(struct db *db, struct arena *a, struct str table)
{
    if (db_engine(db) != DB_POSTGRES || db_failed(db))
        return !db_failed(db);
    struct str was = db_get_str(db, a, "SELECT current_setting('lock_timeout')");
    struct str lock =
        str_fmt(a, "LOCK TABLE " STR_FMT " IN ACCESS EXCLUSIVE MODE", STR_ARG(db_quoted(a, table)));
    for (int i = 0; i < DB_ALONE_TRIES; i++) { /* RULE 4 */
        db_save(db);
        db_get_str(db, a, "SELECT set_config('lock_timeout', CAST(?1 AS text), true)",
                   T(str_fmt(a, "%d", DB_ALONE_MS)));
        db_script(db, lock);
        db_get_str(db, a, "SELECT set_config('lock_timeout', ?1, true)", T(was));
        enum db_failure why = db_failed(db);
        if (db_save_end(db, true))
            return true;
        if (why != DB_BUSY) { /* its savepoint has taken the failure away */
            db_fail(db, why ? why : DB_FAILED, "the table cannot be had alone");
            return false;
        }
    }
    db_fail(db, DB_BUSY, "others read the table, and go on reading");
    return false;
}

/* ---- names in statements ---- */

static void quoted_put(struct out *o, struct str name)
{
    out_char(o, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            out_char(o, '"');
        out_char(o, name.p[i]);
    }
    out_char(o, '"');
}

struct str db_quoted(struct arena *a, struct str name)
{
    return db_quoted_list(a, &name, 1);
}

struct str db_quoted_list(struct arena *a, const struct str *names, size_t n)
{
    struct out o;
    out_init(&o, SQL_MAX);
    for (size_t i = 0; i < n; i++) {
        if (i)
            out_lit(&o, ", ");
        quoted_put(&o, names[i]);
    }
    return out_take(&o, a);
}

/* ---- loading ---- */

struct db_load db_load_begin(struct db *db, struct arena *a, struct str table,
                             const struct str *columns, size_t n)
{
    struct str list = db_quoted_list(a, columns, n), name = db_quoted(a, table);
    struct db_load load = {db, NULL, n};
    db->wrote = UINT64_MAX;
    if (db->engine->load_begin) {
        load.sql =
            str_fmt(a, "COPY " STR_FMT " (" STR_FMT ") FROM STDIN", STR_ARG(name), STR_ARG(list)).p;
        if (!db_failed(db))
            db->engine->load_begin(db, load.sql);
        return load;
    }
    struct out o;
    out_init(&o, SQL_MAX);
    out_fmt(&o, "INSERT INTO " STR_FMT " (" STR_FMT ") VALUES (", STR_ARG(name), STR_ARG(list));
    for (size_t i = 0; i < n; i++)
        out_fmt(&o, "%s?%d", i ? ", " : "", (int)i + 1);
    out_char(&o, ')');
    load.sql = out_take(&o, a).p;
    return load;
}

void db_load_row(struct db_load *load, const struct db_arg *args)
{
    struct db *db = load->db;
    if (!db->engine->load_begin)
        db_exec_n(db, load->sql, args, load->n);
    else if (db_args_fit(db, load->sql, args, load->n))
        db->engine->load_row(db, load->sql, args, load->n);
}

bool db_load_end(struct db_load *load)
{
    load->db->turn++;
    if (load->db->engine->load_begin)
        load->db->engine->load_end(load->db, load->sql);
    return !db_failed(load->db);
}
