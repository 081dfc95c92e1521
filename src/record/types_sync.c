/* types_sync.c: metadata and tables change together: types and fields that an administrator makes,
 * and those that the program declares; see types.h.
 *
 * WHY an index is a table of its own and no index of the engine: making one is then a matter of
 * microseconds on a table of a million rows, whatever the engine; its keys are made here (folded
 * words, say), and a query says itself by which it is driven.
 */
#include <jansson.h>

#include "core/clock.h"
#include "db/catalog.h"
#include "db/migrate.h"
#include "http/feature.h"
#include "record/fields.h"
#include "record/tallies.h"
#include "record/types.h"

enum { SQL_MAX = 1 << 20, ICON_MAX = 40 };

/* ---- statements that make tables ---- */

static void ddl(struct db *db, struct arena *a, struct str sql)
{
    struct str own = migrate_translate(db_engine(db), sql, a);
    if (!db_failed(db))
        db_script(db, own);
}

static const char *column_of(const struct record_field *f)
{
    return strncmp(f->sql, "t.", 2) == 0 ? f->sql + 2 : NULL;
}

static void columns_put(struct out *o, const struct record_field *f, const char *before)
{
    const struct kind_info *k = kind_info(f->result);
    for (int i = 0; k->columns[i].suffix; i++)
        out_fmt(o, "%s%s%s %s", before, column_of(f), k->columns[i].suffix, k->columns[i].type);
}

static void table_make(struct db *db, struct arena *a, const struct record_type *t)
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

static void field_columns_make(struct db *db, struct arena *a, const struct record_type *t,
                               const struct record_field *f)
{
    const struct kind_info *k = kind_info(f->result);
    for (int i = 0; column_of(f) && k->columns[i].suffix; i++)
        ddl(db, a,
            str_fmt(a, "ALTER TABLE %s ADD COLUMN %s%s %s;", t->table, column_of(f),
                    k->columns[i].suffix, k->columns[i].type));
}

static void index_make(struct db *db, struct arena *a, const struct record_type *t,
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

static void version_step(struct db *db)
{
    db_exec(db, "UPDATE catalogs SET version = version + 1 WHERE id = 1");
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
        table_make(db, a, t);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (table && column_of(f) && !has_column(table, column_of(f)))
            field_columns_make(db, a, t, f);
        const char *index = field_index(a, t, f);
        if (!index || db_table_find(tables, n, str_of(index)))
            continue;
        index_make(db, a, t, f);
        if (table)
            field_reindex(db, a, t, f);
    }
}

/* A number that changes with the declarations. */
static int64_t declarations_hash(void)
{
    uint64_t hash = 1;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct record_type *const *t = (*f)->types; t && *t; t++) {
            hash = hash * 31 + str_hash(str_of((*t)->name));
            for (const struct record_field *d = (*t)->fields; d && d->name; d++)
                hash = hash * 31 + str_hash(str_of(d->name)) + d->kind * 7 + d->flags;
        }
    return (int64_t)(hash >> 1);
}

bool types_sync(struct db *db, struct arena *a, struct str *message)
{
    int64_t hash = declarations_hash();
    if (db_get_int(db, 0, "SELECT program FROM catalogs WHERE id = 1") == hash)
        return !db_failed(db);
    struct db_table *tables;
    size_t n = db_tables(db, a, &tables);
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (c->types[i]->fields) {
            type_sync(db, a, c->types[i], tables, n);
            tallies_recount(db, a, c->types[i]);
        }
    db_exec(db, "UPDATE catalogs SET program = ?1 WHERE id = 1", I(hash));
    version_step(db);
    if (db_failed(db))
        *message = str_fmt(a, "the tables of record types cannot be made: %s", db_message(db));
    return !db_failed(db);
}

/* ---- names ---- */

static bool name_plain(struct str s, size_t max, bool dashes)
{
    bool ok = s.n >= 2 && s.n <= max && s.p[0] >= 'a' && s.p[0] <= 'z';
    for (size_t i = 0; i < s.n; i++)
        ok = ok && ((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
                    (i && s.p[i] == (dashes ? '-' : '_')));
    return ok;
}

/* RULE 4: the first part of any address of the program's own. */
static bool address_taken(struct str plural)
{
    static const char *const others[] = {"assets", "favicon.ico", "robots.txt", "r", NULL};
    for (const char *const *o = others; *o; o++)
        if (str_is(plural, *o))
            return true;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *r = (*f)->routes; r && r->method; r++) {
            struct str rest = str_from(str_of(r->path), 1), first;
            if (str_split(&rest, '/', &first) && str_eq(first, plural))
                return true;
        }
    return false;
}

static const char *type_refused(struct db *db, struct arena *a, const struct type_draft *d)
{
    if (!name_plain(d->name, TYPE_NAME_MAX, false))
        return "The internal name has 2 to 20 characters: a-z, 0-9 and _, a letter first.";
    if (!name_plain(d->plural, TYPE_NAME_MAX, true))
        return "The address has 2 to 20 characters: a-z, 0-9 and -, a letter first.";
    if (!str_trim(d->noun).n || !str_trim(d->label).n)
        return "A type needs a name for one and a name for many.";
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (str_is(d->name, c->types[i]->name) || str_is(d->plural, c->types[i]->plural) ||
            str_is(d->plural, c->types[i]->name) || str_is(d->name, c->types[i]->plural))
            return str_fmt(a, "There is a type named \"%s\" already.", c->types[i]->noun).p;
    if (address_taken(d->plural))
        return str_fmt(a, "The address /" STR_FMT " is taken by a part of the program.",
                       STR_ARG(d->plural))
            .p;
    return NULL;
}

static struct str icon_clean(struct str icon)
{
    bool ok = str_starts(icon, S("#i-")) && icon.n <= ICON_MAX;
    for (size_t i = 3; i < icon.n; i++)
        ok = ok && ((icon.p[i] >= 'a' && icon.p[i] <= 'z') || icon.p[i] == '-');
    return ok ? icon : S("#i-box");
}

const char *type_make(struct db *db, struct arena *a, const struct type_draft *d, int64_t at)
{
    const char *why = type_refused(db, a, d);
    if (why)
        return why;
    db_exec(db,
            "INSERT INTO types (name, plural, noun, label, lead, icon, audience, maker, made_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            T(d->name), T(d->plural), T(str_trim(d->noun)), T(str_trim(d->label)),
            T(str_trim(d->lead)), T(icon_clean(d->icon)), I(d->audience), I(d->maker), I(at));
    version_step(db);
    const struct record_type *t = catalog_type(db, d->name);
    if (!t)
        return "The type could not be made.";
    table_make(db, a, t);
    for (size_t i = 0; i < t->fields_n; i++)
        index_make(db, a, t, &t->fields[i]);
    return NULL;
}

const char *type_change(struct db *db, struct arena *a, const struct record_type *t,
                        const struct type_draft *d)
{
    (void)a;
    if (!str_trim(d->noun).n || !str_trim(d->label).n)
        return "A type needs a name for one and a name for many.";
    db_exec(db,
            "UPDATE types SET noun = ?2, label = ?3, lead = ?4, icon = ?5, audience = ?6,"
            " maker = ?7 WHERE id = ?1",
            I(t->id), T(str_trim(d->noun)), T(str_trim(d->label)), T(str_trim(d->lead)),
            T(icon_clean(d->icon)), I(d->audience), I(d->maker));
    version_step(db);
    return NULL;
}

void type_switch(struct db *db, const struct record_type *t, bool on, int64_t at)
{
    db_exec(db, "UPDATE types SET off_at = ?2 WHERE id = ?1", I(t->id), REF(on ? 0 : at));
    version_step(db);
}

/* ---- fields ---- */

/* "won = Won (good, ends)" a line; the name may be left out and is then made of the label. */
static const char *choices_read(struct arena *a, struct str text, struct json *j)
{
    struct str line, names[CHOICES_MAX];
    size_t n = 0;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (!line.n)
            continue;
        ptrdiff_t is = str_find(line, '=');
        struct str label = str_trim(is < 0 ? line : str_from(line, (size_t)is + 1)), more = S("");
        ptrdiff_t open = str_find(label, '(');
        if (open >= 0 && label.p[label.n - 1] == ')') {
            more = str_make(label.p + open + 1, label.n - (size_t)open - 2);
            label = str_trim(str_first(label, (size_t)open));
        }
        struct str name =
            is < 0 ? str_slug(a, label, FIELD_NAME_MAX) : str_trim(str_first(line, (size_t)is));
        if (!name.n || name.n > FIELD_NAME_MAX || str_find(name, ',') >= 0 || !label.n)
            return "A choice needs a name without commas, and a label.";
        for (size_t i = 0; i < n; i++)
            if (str_eq(names[i], name))
                return str_fmt(a, "The choice \"" STR_FMT "\" stands there twice.", STR_ARG(name))
                    .p;
        if (n == CHOICES_MAX)
            return "A field has at most 100 choices.";
        names[n++] = name;
        json_open(j, '{');
        json_kstr(j, "name", name);
        json_kstr(j, "label", label);
        for (struct str one; str_split(&more, ',', &one);)
            if (str_eq(str_trim(one), S("ends")))
                json_kbool(j, "ends", true);
            else
                json_kstr(j, "tone", str_trim(one));
        json_close(j, '}');
    }
    return n ? NULL : "A choice field needs choices, one in each line.";
}

struct str choices_text(struct arena *a, const struct record_field *f)
{
    struct out o;
    out_init(&o, SQL_MAX);
    for (const struct field_choice *c = f->choices; c && c->name; c++) {
        bool more = c->tone || c->ends;
        out_fmt(&o, "%s = %s%s%s%s%s%s\n", c->name, c->label, more ? " (" : "",
                c->tone ? c->tone : "", c->tone && c->ends ? ", " : "", c->ends ? "ends" : "",
                more ? ")" : "");
    }
    return out_take(&o, a);
}

static void config_text(struct json *j, const char *name, struct str value)
{
    if (str_trim(value).n)
        json_kstr(j, name, str_trim(value));
}

static const char *config_make(struct db *db, struct arena *a, const struct field_draft *d,
                               struct str *config)
{
    const char *why = NULL;
    struct out o;
    out_init(&o, SQL_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    if (d->kind == KIND_CHOICE || d->kind == KIND_CHOICES) {
        json_key(&j, "choices");
        json_open(&j, '[');
        why = choices_read(a, d->choices, &j);
        json_close(&j, ']');
    }
    if (d->kind == KIND_REF || d->kind == KIND_REFS) {
        const struct record_type *target = catalog_type(db, d->target);
        if (!target || target->child)
            why = "A link needs the type of the records that it leads to.";
        config_text(&j, "target", d->target);
        config_text(&j, "roles", d->roles);
    }
    config_text(&j, "currency", d->currency);
    config_text(&j, "formula", d->formula);
    json_kint(&j, "scale", d->scale < 0 ? 0 : d->scale > 6 ? 6 : d->scale);
    json_close(&j, '}');
    *config = out_take(&o, a);
    return why;
}

/* Which kinds an administrator can choose, and whether they can do what is asked of them. */
static const char *field_refused(const struct record_type *t, const struct field_draft *d)
{
    if (!name_plain(d->name, FIELD_NAME_MAX, false))
        return "The internal name has 2 to 28 characters: a-z, 0-9 and _, a letter first.";
    if (!str_trim(d->label).n)
        return "A field needs a label.";
    if (d->kind == KIND_NONE || d->kind == KIND_TAGS || (kind_info(d->kind)->can & KIND_MADE))
        return "There is no such kind of field.";
    if (t->fields_n >= FIELDS_MAX)
        return "A type has at most 400 fields.";
    return NULL;
}

static unsigned flags_of(const struct field_draft *d)
{
    unsigned flags =
        d->flags & (FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_SEARCHED | FIELD_STAFF);
    unsigned can = kind_info(d->kind)->can;
    if (!(can & KIND_OUTSIDE) && d->kind != KIND_LONGTEXT && d->kind != KIND_ADDRESS &&
        d->kind != KIND_FILE)
        flags |= FIELD_INDEXED;
    return flags;
}

static void field_row(struct db *db, const struct record_type *t, const struct field_draft *d,
                      const struct record_field *was, struct str config, int64_t at)
{
    unsigned flags = was ? d->flags | (was->flags & FIELD_INDEXED) : flags_of(d);
    if (was && was->id)
        db_exec(db,
                "UPDATE fields SET label = ?2, help = ?3, section = ?4, flags = ?5, config = ?6,"
                " position = CASE WHEN ?7 = 0 THEN position ELSE ?7 END WHERE id = ?1",
                I(was->id), T(str_trim(d->label)), T(str_trim(d->help)), T(str_trim(d->section)),
                I(flags), T(config), I(d->position));
    else
        db_exec(db,
                "INSERT INTO fields (type, name, label, help, section, kind, flags, position,"
                " config, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                Z(t->name), T(d->name), T(str_trim(d->label)), T(str_trim(d->help)),
                T(str_trim(d->section)), Z(kind_info(d->kind)->name), I(flags),
                I(d->position ? d->position : 500000 + (int64_t)t->fields_n), T(config), I(at));
}

const char *field_make(struct db *db, struct arena *a, const struct record_type *t,
                       const struct field_draft *d, int64_t at)
{
    const struct record_field *was = type_field_str(t, d->name);
    struct field_draft draft = *d;
    struct str config = S("{}");
    if (was)
        draft.kind = was->kind;
    const char *why = was && !was->own ? NULL : field_refused(t, &draft);
    if (!why && (!was || was->own || was->choices))
        why = config_make(db, a, &draft, &config);
    if (why)
        return why;
    field_row(db, t, &draft, was, config, at);
    version_step(db);
    t = catalog_type(db, str_of(t->name));
    const struct record_field *f = t ? type_field_str(t, d->name) : NULL;
    if (!f)
        return "The field could not be made.";
    if (!was) {
        field_columns_make(db, a, t, f);
        index_make(db, a, t, f);
    } else if ((was->flags ^ f->flags) & (FIELD_LISTED | FIELD_CARD)) {
        tallies_recount(db, a, t);
    }
    return NULL;
}

void field_switch(struct db *db, const struct record_type *t, const struct record_field *f, bool on,
                  int64_t at)
{
    if (!f->id)
        db_exec(db,
                "INSERT INTO fields (type, name, label, help, section, kind, flags, position,"
                " config, made_at) VALUES (?1, ?2, ?3, '', ?4, ?5, ?6, ?7, '{}', ?8)",
                Z(t->name), Z(f->name), Z(f->label), Z(f->section ? f->section : ""),
                Z(kind_info(f->kind)->name), I(f->flags), I(1000 + (int64_t)f->index * 10), I(at));
    db_exec(db, "UPDATE fields SET off_at = ?3 WHERE type = ?1 AND name = ?2", Z(t->name),
            Z(f->name), REF(on ? 0 : at));
    version_step(db);
}
