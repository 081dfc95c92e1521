/* types.c: the catalog that a connection keeps: declared types, and the hub's; see types.h. */
#include "record/types.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "db/setting.h"
#include "http/feature.h"
#include "record/formulas.h"
#include "record/rights.h"
#include "record/types_tables.h"

enum { CATALOG_ARENA = 64 << 20, KEPT_ARENA = 4096, TYPES_MAX = 500 };

/* What every type with fields has, unless it declares one of that name itself. */
static const struct record_field common[] = {
    {"owner", "Looked after by", KIND_PERSON, FIELD_LISTED | FIELD_CARD, .column = "r.owner_id"},
    {"tags", "Tags", KIND_TAGS, 0, .column = "r.tags"},
    {"author", "Made by", KIND_PERSON, FIELD_FIXED, .column = "r.author_id"},
    {"created_at", "Made", KIND_TIME, FIELD_FIXED | FIELD_INDEXED, .column = "r.created_at"},
    {"updated_at", "Changed", KIND_TIME, FIELD_FIXED, .column = "r.updated_at"},
    {0},
};

struct kept {
    struct arena *arena; /* its own */
    struct catalog *now, *before;
    int64_t turn; /* in which `now` is the hub's */
};

static struct catalog *catalog_load(struct db *db, int64_t version);

/* ---- kept with the connection ---- */

static void catalog_free(struct catalog *c)
{
    if (c)
        arena_free(c->arena);
}

static void kept_free(void *p)
{
    struct kept *k = p;
    catalog_free(k->now);
    catalog_free(k->before);
    arena_free(k->arena);
}

const struct catalog *catalog_of(struct db *db)
{
    static const struct record_type *const none[] = {NULL};
    static const struct catalog empty = {.types = none};
    struct kept *k = db_kept(db);
    if (k && k->now && k->turn == db_turn(db))
        return k->now;
    int64_t version = db_get_int(db, 0, "SELECT version FROM catalogs WHERE id = 1");
    if (db_failed(db))
        return k && k->now ? k->now : &empty;
    if (k && k->now && k->now->version == version) {
        k->turn = db_turn(db);
        return k->now;
    }
    struct catalog *loaded = catalog_load(db, version);
    if (!loaded)
        return k && k->now ? k->now : &empty;
    if (!k) {
        struct arena *own = arena_new(KEPT_ARENA);
        k = arena_make(own, struct kept);
        k->arena = own;
        db_keep(db, k, kept_free);
    }
    catalog_free(k->before);
    k->before = k->now;
    k->now = loaded;
    k->turn = db_turn(db);
    return loaded;
}

void catalog_changed(struct db *db)
{
    struct kept *k = db_kept(db);
    if (k)
        k->turn = 0;
}

/* ---- names, without a database ---- */

/* Types met so far, the newest first; never freed, since anybody may hold one. */
struct met {
    struct record_type type;
    struct met *next;
};
static _Atomic(struct met *) met;
static struct arena *met_arena; /* under the lock */
static pthread_mutex_t met_lock = PTHREAD_MUTEX_INITIALIZER;

/* WHY the last one is remembered: a list asks for each of its rows, and of one type. */
static const struct record_type *declared(struct str name)
{
    static _Thread_local const struct record_type *last;
    if (last && str_is(name, last->name))
        return last;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct record_type *const *t = (*f)->types; t && *t; t++)
            if (str_is(name, (*t)->name))
                return last = *t;
    return NULL;
}

const struct record_type *record_type_find(struct str name)
{
    const struct record_type *t = declared(name);
    if (t)
        return t;
    for (const struct met *m = atomic_load(&met); m; m = m->next)
        if (str_is(name, m->type.name))
            return &m->type;
    return NULL;
}

static void met_put(const struct record_type *t)
{
    pthread_mutex_lock(&met_lock);
    const struct record_type *known = record_type_find(str_of(t->name));
    bool same = known && strcmp(known->noun, t->noun) == 0 && strcmp(known->icon, t->icon) == 0 &&
                strcmp(known->plural, t->plural) == 0 && known->votes == t->votes;
    if (!same) {
        if (!met_arena)
            met_arena = arena_new(CATALOG_ARENA);
        struct met *m = arena_make(met_arena, struct met);
        m->type = (struct record_type){.name = str_cstr(met_arena, str_of(t->name)),
                                       .noun = str_cstr(met_arena, str_of(t->noun)),
                                       .plural = str_cstr(met_arena, str_of(t->plural)),
                                       .icon = str_cstr(met_arena, str_of(t->icon)),
                                       .label = str_cstr(met_arena, str_of(t->label)),
                                       .votes = t->votes};
        m->next = atomic_load(&met);
        atomic_store(&met, m);
    }
    pthread_mutex_unlock(&met_lock);
}

/* ---- what the hub says where a field does not ---- */

struct hub_usual hub_usual(struct db *db, struct arena *a)
{
    return (struct hub_usual){
        .currency = db_get_str(db, a, "SELECT value FROM settings WHERE name = 'currency'"),
        .country = db_get_str(db, a, "SELECT value FROM settings WHERE name = 'country'")};
}

void hub_usual_set(struct db *db, const struct hub_usual *usual)
{
    setting_put(db, "currency", usual->currency);
    setting_put(db, "country", usual->country);
    catalog_step(db);
}

const char *field_currency(const struct record_field *f)
{
    return f->currency ? f->currency : f->hub_currency ? f->hub_currency : "EUR";
}

const char *field_country(const struct record_field *f)
{
    return f->country ? f->country : f->hub_country;
}

/* ---- loading ---- */

struct loading {
    struct db *db;
    struct arena *a;
    const struct record_type **types;
    size_t n;
    const char *currency, *country; /* the hub's; NULL: it says none */
};

/* A type's fields while they are gathered: declared ones, then common ones, then the hub's. */
struct gathered {
    struct record_type *type;
    struct record_field *fields;
    int64_t *positions;
    size_t n;
};

static struct record_field *field_find(struct gathered *g, struct str name)
{
    for (size_t i = 0; i < g->n; i++)
        if (str_is(name, g->fields[i].name))
            return &g->fields[i];
    return NULL;
}

static void gather_declared(struct gathered *g, const struct record_field *fields, int64_t from)
{
    for (; fields && fields->name && g->n < FIELDS_MAX; fields++) {
        if (field_find(g, str_of(fields->name)))
            continue;
        g->positions[g->n] = from + (int64_t)g->n * 10;
        g->fields[g->n++] = *fields;
    }
}

static const char *member(struct arena *a, const json_t *config, const char *name)
{
    const char *text = json_string_value(json_object_get(config, name));
    return text && *text ? str_cstr(a, str_of(text)) : NULL;
}

static const struct field_choice *choices_load(struct arena *a, const json_t *list)
{
    size_t n = json_array_size(list);
    if (!n)
        return NULL;
    struct field_choice *choices = arena_array(a, struct field_choice, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        const char *name = member(a, one, "name"), *label = member(a, one, "label");
        choices[i] = (struct field_choice){.name = name ? name : "-",
                                           .label = label ? label : name,
                                           .tone = member(a, one, "tone"),
                                           .ends = json_is_true(json_object_get(one, "ends")),
                                           .lost = json_is_true(json_object_get(one, "lost")),
                                           .off = json_is_true(json_object_get(one, "off")),
                                           .within = member(a, one, "within"),
                                           .sets = member(a, one, "sets")};
    }
    return choices;
}

static void config_load(struct arena *a, struct record_field *f, struct str text)
{
    json_t *config = json_loadb(text.p, text.n, 0, NULL);
    const struct field_choice *choices = choices_load(a, json_object_get(config, "choices"));
    if (choices)
        f->choices = choices;
    if (f->own) {
        f->target = member(a, config, "target");
        f->currency = member(a, config, "currency");
        f->country = member(a, config, "country");
        f->formula = member(a, config, "formula");
        f->roles = member(a, config, "roles");
        f->depends = member(a, config, "depends");
        f->scale = (int)json_integer_value(json_object_get(config, "scale"));
        const char *result = member(a, config, "result");
        if (kind_info(f->kind)->can & KIND_MADE)
            f->result = result ? kind_of(str_of(result)) : KIND_NONE;
    }
    json_decref(config);
}

/* The hub's rows of this type: further fields, and changes of those that are there. */
static void gather_own(struct loading *l, struct gathered *g)
{
    struct rows q = db_query(l->db,
                             "SELECT id, name, label, help, section, kind, flags, position, config,"
                             " off_at, slot FROM fields WHERE type = ?1 ORDER BY id",
                             Z(g->type->name));
    while (db_next(&q) && g->n < FIELDS_MAX) {
        struct record_field *f = field_find(g, db_str(&q, 1));
        bool own = !f;
        if (own) {
            f = &g->fields[g->n++];
            f->name = str_cstr(l->a, db_str(&q, 1));
            f->kind = kind_of(db_str(&q, 5));
            f->own = true;
        }
        /* What the program does with a field of its own is not the hub's to change. */
        unsigned free_flags = FIELD_REQUIRED | FIELD_LISTED | FIELD_CARD | FIELD_STAFF | FIELD_LETS;
        unsigned flags = (unsigned)db_int(&q, 6);
        f->flags = own ? flags : (f->flags & ~free_flags) | (flags & free_flags);
        if (own && g->type->inner)
            f->flags |= FIELD_STAFF;
        f->id = db_int(&q, 0);
        f->label = str_cstr(l->a, db_str(&q, 2));
        f->help = db_str(&q, 3).n ? str_cstr(l->a, db_str(&q, 3)) : NULL;
        f->section = db_str(&q, 4).n ? str_cstr(l->a, db_str(&q, 4)) : NULL;
        f->off = !db_is_null(&q, 9);
        f->slot = (int)db_int(&q, 10);
        g->positions[f - g->fields] = db_int(&q, 7);
        config_load(l->a, f, db_str(&q, 8));
    }
    db_done(&q);
}

void field_place(struct arena *a, struct record_field *f, int slot)
{
    f->slot = slot;
    if (kind_info(f->kind)->can & KIND_OUTSIDE)
        f->sql = "";
    else
        f->sql =
            slot ? str_fmt(a, "t.own_%s__%d", f->name, slot).p : str_fmt(a, "t.own_%s", f->name).p;
}

static void field_finish(const struct loading *l, struct record_field *f)
{
    struct arena *a = l->a;
    f->hub_currency = l->currency;
    f->hub_country = l->country;
    if (!(kind_info(f->kind)->can & KIND_MADE)) /* formulas_load knows of those */
        f->result = f->kind;
    if (f->own)
        field_place(a, f, f->slot);
    else if (kind_info(f->kind)->can & KIND_OUTSIDE)
        f->sql = "";
    else if (f->told)
        f->sql = f->told[0];
    else
        f->sql = f->column ? f->column : str_fmt(a, "t.%s", f->name).p;
}

static void type_finish(struct loading *l, struct gathered *g)
{
    /* By position; those of equal position as they came. */
    struct record_field *sorted = arena_array(l->a, struct record_field, g->n + 1);
    for (size_t i = 0; i < g->n; i++) {
        size_t at = i;
        for (; at > 0 && g->positions[at - 1] > g->positions[i]; at--)
            ;
        struct record_field f = g->fields[i];
        int64_t position = g->positions[i];
        memmove(sorted + at + 1, sorted + at, (i - at) * sizeof *sorted);
        memmove(g->positions + at + 1, g->positions + at, (i - at) * sizeof *g->positions);
        sorted[at] = f;
        g->positions[at] = position;
    }
    for (size_t i = 0; i < g->n; i++) {
        sorted[i].index = i;
        sorted[i].position = g->positions[i];
        field_finish(l, &sorted[i]);
    }
    g->type->fields = sorted;
    g->type->fields_n = g->n;
    if (!g->type->table) {
        char *table = str_cstr(l->a, str_of(g->type->plural));
        for (char *c = table; *c; c++)
            if (*c == '-')
                *c = '_';
        g->type->table = table;
    }
    l->types[l->n++] = g->type;
}

/* Fields that change their kind. */
static void changes_load(struct loading *l, struct record_type *type)
{
    struct rows q = db_query(l->db,
                             "SELECT id, name, state, kind, flags, config, slot FROM field_changes"
                             " WHERE type = ?1 AND state <> 'clearing'",
                             Z(type->name));
    while (db_next(&q)) {
        struct record_field *f = (struct record_field *)type_field_str(type, db_str(&q, 1));
        struct record_field *other = arena_make(l->a, struct record_field);
        if (!f)
            continue;
        *other = *f;
        other->choices = NULL;
        other->flags = (unsigned)db_int(&q, 4);
        config_load(l->a, other, db_str(&q, 5));
        other->kind = other->result = kind_of(db_str(&q, 3));
        field_place(l->a, other, (int)db_int(&q, 6));
        f->other = other;
        f->change = db_int(&q, 0);
        f->copying = str_is(db_str(&q, 2), "copying");
    }
    db_done(&q);
}

static void fields_load(struct loading *l, struct record_type *type,
                        const struct record_field *fields)
{
    struct gathered g = {.type = type,
                         .fields = arena_array(l->a, struct record_field, FIELDS_MAX),
                         .positions = arena_array(l->a, int64_t, FIELDS_MAX)};
    gather_declared(&g, fields, 1000);
    gather_declared(&g, common, 900000);
    gather_own(l, &g);
    type_finish(l, &g);
    changes_load(l, type);
}

static const struct record_field own_fields[] = {
    {"title", "Name", KIND_TEXT,
     FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_SEARCHED | FIELD_INDEXED,
     .column = "r.title"},
    {"body", "Description", KIND_LONGTEXT, FIELD_BODY | FIELD_SEARCHED, .column = ""},
    {0},
};

static void own_types_load(struct loading *l)
{
    struct rows q = db_query(l->db, "SELECT id, name, plural, noun, label, lead, icon, audience,"
                                    " maker, off_at, votes FROM types ORDER BY id");
    while (db_next(&q) && l->n < TYPES_MAX) {
        struct record_type *t = arena_make(l->a, struct record_type);
        *t = (struct record_type){
            .id = db_int(&q, 0),
            .name = str_cstr(l->a, db_str(&q, 1)),
            .plural = str_cstr(l->a, db_str(&q, 2)),
            .noun = str_cstr(l->a, db_str(&q, 3)),
            .label = str_cstr(l->a, db_str(&q, 4)),
            .lead = str_cstr(l->a, db_str(&q, 5)),
            .icon = str_cstr(l->a, db_str(&q, 6)),
            .audience = (enum audience)db_int(&q, 7),
            .maker = (enum who)db_int(&q, 8),
            .off = !db_is_null(&q, 9),
            .votes = db_int(&q, 10) != 0,
            .alike = ALIKE_BY_FIELDS,
            .table = str_fmt(l->a, "own_" STR_FMT, STR_ARG(db_str(&q, 2))).p,
        };
        char *table = (char *)t->table;
        for (char *c = table; *c; c++)
            if (*c == '-')
                *c = '_';
        l->types[l->n++] = t;
    }
    db_done(&q);
    size_t n = l->n;
    l->n = 0;
    for (size_t i = 0; i < n; i++) /* each takes its own place again */
        fields_load(l, (struct record_type *)l->types[i], own_fields);
    for (size_t i = 0; i < n; i++)
        met_put(l->types[i]);
}

static uint16_t *named_place(const struct record_type *t, struct str name);

static void rows_prepare(struct arena *a, struct record_type *t)
{
    t->rows = arena_make(a, struct type_rows);
    t->rows->arena = a;
    for (size_t i = 0; i < t->fields_n; i++) {
        struct record_field *f = (struct record_field *)&t->fields[i];
        *named_place(t, str_of(f->name)) = (uint16_t)(i + 1);
        f->index_table = field_index(a, t, f);
        f->index_into = f->index_table ? str_fmt(a, "%s (v, id)", f->index_table).p : NULL;
    }
}

static struct catalog *catalog_load(struct db *db, int64_t version)
{
    struct arena *a = arena_new(CATALOG_ARENA);
    struct catalog *c = arena_make(a, struct catalog);
    struct hub_usual usual = hub_usual(db, a);
    struct loading l = {.db = db,
                        .a = a,
                        .types = arena_array(a, const struct record_type *, TYPES_MAX + 1),
                        .currency = usual.currency.n ? str_cstr(a, usual.currency) : NULL,
                        .country = usual.country.n ? str_cstr(a, usual.country) : NULL};
    own_types_load(&l);
    for (const struct feature *const *f = features; *f; f++)
        for (const struct record_type *const *t = (*f)->types; t && *t && l.n < TYPES_MAX; t++) {
            struct record_type *copy = arena_make(a, struct record_type);
            *copy = **t;
            if (copy->fields)
                fields_load(&l, copy, (*t)->fields);
            else
                l.types[l.n++] = copy;
        }
    formulas_pending(db, (struct record_type *const *)l.types, l.n);
    formulas_load(a, (struct record_type *const *)l.types, l.n);
    for (size_t i = 0; i < l.n; i++)
        rows_prepare(a, (struct record_type *)l.types[i]);
    *c = (struct catalog){.version = version, .types = l.types, .n = l.n, .arena = a};
    c->rights = rights_load(db, a, (struct record_type *const *)l.types, l.n);
    if (db_failed(db) || arena_over(a)) {
        arena_free(a);
        return NULL;
    }
    return c;
}

/* ---- finding ---- */

const struct record_type *catalog_type(struct db *db, struct str name)
{
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (str_is(name, c->types[i]->name))
            return c->types[i];
    return NULL;
}

const struct record_type *catalog_plural(struct db *db, struct str plural)
{
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (str_is(plural, c->types[i]->plural))
            return c->types[i]->fields && !c->types[i]->off ? c->types[i] : NULL;
    return NULL;
}

static uint16_t *named_place(const struct record_type *t, struct str name)
{
    size_t at = str_hash(name) % FIELDS_NAMED;
    while (t->rows->named[at] && !str_is(name, t->fields[t->rows->named[at] - 1].name))
        at = (at + 1) % FIELDS_NAMED;
    return &t->rows->named[at];
}

const struct record_field *type_field_str(const struct record_type *t, struct str name)
{
    if (t->rows) {
        size_t at = *named_place(t, name);
        return at ? &t->fields[at - 1] : NULL;
    }
    for (size_t i = 0; i < t->fields_n; i++)
        if (str_is(name, t->fields[i].name))
            return &t->fields[i];
    return NULL;
}

const struct record_field *type_field(const struct record_type *t, const char *name)
{
    return type_field_str(t, str_of(name));
}

static const struct record_field *flagged(const struct record_type *t, unsigned flag)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].flags & flag)
            return &t->fields[i];
    return NULL;
}

const struct record_field *type_title(const struct record_type *t)
{
    return flagged(t, FIELD_TITLE);
}

const struct record_field *type_body(const struct record_type *t)
{
    return flagged(t, FIELD_BODY);
}

bool field_seen(const struct record_field *f, const struct viewer *viewer)
{
    bool base = (!(f->flags & FIELD_STAFF) && !f->inner) || viewer->role >= ROLE_STAFF;
    return !f->off && (f->rights ? field_right(f, viewer, base, false) : base);
}

bool field_written(const struct record_field *f, const struct viewer *viewer)
{
    if (!field_seen(f, viewer) || (f->flags & FIELD_FIXED) || (kind_info(f->kind)->can & KIND_MADE))
        return false;
    bool base = !(f->flags & FIELD_STAFF) || viewer->role >= ROLE_STAFF;
    return !f->rights || field_right(f, viewer, base, true);
}

const char *field_sql(const struct record_field *f, const struct viewer *viewer)
{
    return f->told && viewer ? f->told[access_base(viewer)] : f->sql;
}

const struct field_choice *field_choice(const struct record_field *f, struct str name)
{
    for (const struct field_choice *c = f->choices; c && c->name; c++)
        if (str_is(name, c->name))
            return c;
    return NULL;
}

struct str type_word(struct arena *a, const struct record_type *t, const char *name)
{
    return t->id ? str_of(name) : str_lower(a, str_of(name));
}

const char *field_index(struct arena *a, const struct record_type *t, const struct record_field *f)
{
    if (!(f->flags & FIELD_INDEXED) || !f->sql[0] || strcmp(f->sql, "r.created_at") == 0)
        return NULL;
    if (f->index_table)
        return f->index_table;
    if (f->slot)
        return str_fmt(a, "ix_%s_own_%s__%d", t->table, f->name, f->slot).p;
    return str_fmt(a, "ix_%s_%s%s", t->table, f->own ? "own_" : "", f->name).p;
}
