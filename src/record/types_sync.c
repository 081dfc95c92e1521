/* types_sync.c: the tables of types: their columns, and the indexes of their fields; see types.h.
 *
 * WHY an index is a table of its own and no index of the engine: making one is then a matter of
 * microseconds on a table of a million rows, whatever the engine; its keys are made here (folded
 * words, say), and a query says itself by which it is driven.
 */
#include "core/rand.h"
#include "db/catalog.h"
#include "db/migrate.h"
#include "http/feature.h"
#include "record/abouts.h"
#include "record/formulas.h"
#include "record/lets.h"
#include "record/tallies.h"
#include "record/types_tables.h"

enum { SQL_MAX = 1 << 20 };

/* ---- statements that make tables ---- */

static void ddl(struct db *db, struct arena *a, struct str sql)
{
    struct str own = migrate_translate(db_engine(db), sql, a);
    if (!db_failed(db))
        db_script(db, own);
}

const char *column_of(const struct record_field *f)
{
    return strncmp(f->sql, "t.", 2) == 0 ? f->sql + 2 : NULL;
}

static void columns_put(struct out *o, const struct record_field *f, const char *before)
{
    const struct kind_info *k = kind_info(f->result);
    for (int i = 0; k->columns[i].suffix; i++)
        out_fmt(o, "%s%s%s %s", before, column_of(f), k->columns[i].suffix, k->columns[i].type);
}

void type_table_make(struct db *db, struct arena *a, const struct record_type *t)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_fmt(&o, "CREATE TABLE %s (id @key NOT NULL PRIMARY KEY", t->table);
    for (size_t i = 0; i < t->fields_n; i++)
        if (column_of(&t->fields[i]))
            columns_put(&o, &t->fields[i], ", ");
    out_lit(&o, ");");
    ddl(db, a, out_take(&o, a));
}

void field_columns_make(struct db *db, struct arena *a, const struct record_type *t,
                        const struct record_field *f)
{
    const struct kind_info *k = kind_info(f->result);
    if (column_of(f) && !db_table_alone(db, a, str_of(t->table)))
        return;
    for (int i = 0; column_of(f) && k->columns[i].suffix; i++)
        ddl(db, a,
            str_fmt(a, "ALTER TABLE %s ADD COLUMN %s%s %s;", t->table, column_of(f),
                    k->columns[i].suffix, k->columns[i].type));
}

void field_index_make(struct db *db, struct arena *a, const struct record_type *t,
                      const struct record_field *f)
{
    const char *index = field_index(a, t, f);
    if (index)
        ddl(db, a,
            str_fmt(a,
                    "CREATE TABLE %s (v %s NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (v, id))"
                    " @clustered;",
                    index, kind_key_is_text(f) ? "@text" : "BIGINT"));
}

/* Never a number that was there before, also not in a transaction that was undone: a connection
 * may have kept what it read in that one. */
void catalog_step(struct db *db)
{
    uint32_t some;
    rand_bytes(&some, sizeof some);
    db_exec(db, "UPDATE catalogs SET version = version + 1 + ?1 WHERE id = 1", I(some));
    catalog_changed(db);
}

/* ---- what the program declares ---- */

static bool has_column(const struct db_table *table, const char *column)
{
    for (size_t i = 0; i < table->columns_n; i++)
        if (str_is(table->columns[i], column))
            return true;
    return false;
}

static void type_sync(struct db *db, struct arena *a, const struct record_type *t,
                      const struct db_table *tables, size_t n)
{
    const struct db_table *table = db_table_find(tables, n, str_of(t->table));
    if (!table)
        type_table_make(db, a, t);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (table && column_of(f) && !has_column(table, column_of(f)))
            field_columns_make(db, a, t, f);
        const char *index = field_index(a, t, f);
        if (!index || db_table_find(tables, n, str_of(index)))
            continue;
        field_index_make(db, a, t, f);
        if (table)
            field_reindex(db, a, t, f);
    }
}

/* Those that are new or have another source than the column was filled by. */
static void computed_sync(struct db *db, struct arena *a, const struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].computed)
            formula_ask(db, a, t, &t->fields[i], 0, false);
}

size_t types_tables(struct db *db, struct arena *a, struct str **names)
{
    const struct catalog *c = catalog_of(db);
    size_t n = 0, most = 0;
    for (size_t i = 0; i < c->n; i++)
        most += 2 * c->types[i]->fields_n + 1;
    *names = arena_array(a, struct str, most + 1);
    for (size_t i = 0; i < c->n; i++) {
        const struct record_type *t = c->types[i];
        if (t->fields)
            (*names)[n++] = str_dup(a, str_of(t->table));
        for (size_t k = 0; k < t->fields_n; k++) {
            const char *index = field_index(a, t, &t->fields[k]);
            if (index)
                (*names)[n++] = str_of(index);
            index = t->fields[k].other ? field_index(a, t, t->fields[k].other) : NULL;
            if (index)
                (*names)[n++] = str_of(index);
        }
    }
    return n;
}

/* A number that changes with the declarations. */
static int64_t declarations_hash(void)
{
    uint64_t hash = 1;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct record_type *const *t = (*f)->types; t && *t; t++) {
            hash = hash * 31 + str_hash(str_of((*t)->name)) +
                   str_hash(str_of((*t)->timeline ? (*t)->timeline : ""));
            for (const struct record_field *d = (*t)->fields; d && d->name; d++)
                hash = hash * 31 + str_hash(str_of(d->name)) + d->kind * 7 + d->flags +
                       str_hash(str_of(d->formula ? d->formula : "")) +
                       str_hash(str_of(d->depends ? d->depends : ""));
        }
    return (int64_t)(hash >> 1);
}

bool types_synced(struct db *db)
{
    return db_get_int(db, 0, "SELECT program FROM catalogs WHERE id = 1") == declarations_hash();
}

bool types_sync(struct db *db, struct arena *a, struct str *message)
{
    int64_t hash = declarations_hash();
    if (types_synced(db))
        return !db_failed(db);
    struct db_table *tables;
    size_t n = db_tables(db, a, &tables);
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (c->types[i]->fields) {
            type_sync(db, a, c->types[i], tables, n);
            tallies_recount(db, a, c->types[i]);
            abouts_recount(db, a, c->types[i]);
            lets_recount(db, a, c->types[i]);
        }
    for (size_t i = 0; i < c->n; i++)
        if (c->types[i]->fields)
            computed_sync(db, a, c->types[i]);
    db_exec(db, "UPDATE catalogs SET program = ?1 WHERE id = 1", I(hash));
    catalog_step(db);
    if (db_failed(db))
        *message = str_fmt(a, "the tables of record types cannot be made: %s", db_message(db));
    return !db_failed(db);
}
