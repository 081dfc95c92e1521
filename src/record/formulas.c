/* formulas.c: the sources of computed fields: compiled with the catalog, and refused when they do
 * not work; see formulas.h. */
#include "record/formulas.h"

#include "core/rand.h"
#include "jobs/jobs.h"
#include "record/types_tables.h"

enum { NODES_MAX = 4000, SCALE_MOST = 6 };

struct source { /* a computed field while the catalog is loaded */
    struct record_type *type;
    struct record_field *field;
    struct computed *made;
    struct formula_needs needs; /* of other sources */
};

struct compiling {
    struct arena *a;
    struct record_type *const *types;
    size_t types_n;
    struct source *sources;
    size_t n;
    const struct record_type *about; /* whose fields are named without their type */
};

/* ---- names ---- */

/* Not updated_at and tags, which change with texts too, where nothing is computed. */
static enum formula_type type_read(const struct record_field *f)
{
    bool own = strncmp(f->sql, "t.", 2) == 0 || strcmp(f->sql, "r.title") == 0 ||
               strcmp(f->sql, "r.created_at") == 0;
    if (!own)
        return FORMULA_NONE;
    switch (f->result) {
    case KIND_INTEGER:
    case KIND_DECIMAL:
    case KIND_RATING:
        return FORMULA_NUMBER;
    case KIND_MONEY:
        return FORMULA_MONEY;
    case KIND_DATE:
        return FORMULA_DATE;
    case KIND_TIME:
        return FORMULA_TIME;
    case KIND_BOOL:
        return FORMULA_BOOL;
    case KIND_TEXT:
    case KIND_LONGTEXT:
    case KIND_EMAIL:
    case KIND_PHONE:
    case KIND_EMAILS:
    case KIND_PHONES:
    case KIND_URL:
    case KIND_CHOICE:
    case KIND_CHOICES:
        return FORMULA_TEXT;
    default:
        return FORMULA_NONE;
    }
}

static struct formula_name *names_of(struct arena *a, const struct record_type *t)
{
    struct formula_name *names = arena_array(a, struct formula_name, t->fields_n + 1);
    for (size_t i = 0; i < t->fields_n; i++) {
        struct str name = str_of(t->fields[i].name);
        names[i].name = formula_reserved(name) ? S("") : name;
        names[i].type = type_read(&t->fields[i]);
    }
    return names;
}

static const char *told(struct arena *a, const struct formula_error *e, size_t further)
{
    return str_fmt(a, "Column %zu: " STR_FMT, e->column + further, STR_ARG(e->words)).p;
}

/* ---- gathering ---- */

static void gather(struct compiling *c)
{
    c->sources = arena_array(c->a, struct source, NODES_MAX);
    for (size_t i = 0; i < c->types_n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n; k++) {
            struct record_field *f = (struct record_field *)&c->types[i]->fields[k];
            if (!(kind_info(f->kind)->can & KIND_MADE) || c->n == NODES_MAX)
                continue;
            struct computed *made = arena_make(c->a, struct computed);
            made->pending = f->inner; /* by formulas_pending */
            f->computed = made;
            c->sources[c->n++] = (struct source){.type = c->types[i], .field = f, .made = made};
        }
}

static void need(struct compiling *c, struct source *s, const struct record_field *f)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->sources[i].field == f)
            ((size_t *)s->needs.reads)[s->needs.n++] = i;
}

static void needs_of_formula(struct compiling *c, struct source *s)
{
    struct formula_error e;
    const size_t *reads;
    size_t n;
    struct str source = str_of(s->field->formula ? s->field->formula : "");
    s->made->names = names_of(c->a, s->type);
    if (!formula_scan(c->a, source, s->made->names, s->type->fields_n, &reads, &n, &e)) {
        s->made->why = told(c->a, &e, 0);
        return;
    }
    s->needs.reads = arena_array(c->a, size_t, n + 1);
    for (size_t i = 0; i < n; i++)
        need(c, s, &s->type->fields[reads[i]]);
}

static const struct record_type *child_find(struct compiling *c, struct str name)
{
    for (size_t i = 0; i < c->types_n; i++)
        if (c->types[i]->fields &&
            (str_is(name, c->types[i]->plural) || str_is(name, c->types[i]->name)))
            return c->types[i];
    return NULL;
}

static bool leads_here(const struct record_field *f, const struct record_type *t)
{
    bool person = f->result == KIND_PERSON && strcmp(t->name, "person") == 0;
    bool ref = (f->result == KIND_REF || f->result == KIND_REFS) && f->target &&
               strcmp(f->target, t->name) == 0;
    bool found = f->result == KIND_REFS ||
                 (strncmp(f->sql, "t.", 2) == 0 && (f->flags & FIELD_INDEXED) != 0);
    return (person || ref) && found;
}

/* The child's field that leads here: the one that is named, or the only one. */
static const struct record_field *by_find(struct compiling *c, struct source *s, const char **why)
{
    const struct record_type *child = s->made->child;
    const struct record_field *found = NULL;
    struct out several;
    out_init(&several, 64 * 1024);
    size_t n = 0;
    for (size_t i = 0; i < child->fields_n; i++) {
        const struct record_field *f = &child->fields[i];
        bool named = s->field->target && strcmp(s->field->target, f->name) == 0;
        if (!leads_here(f, s->type) || (s->field->target && !named))
            continue;
        out_fmt(&several, "%s%s", n++ ? ", " : "", f->name);
        found = f;
    }
    struct str names = out_take(&several, c->a);
    if (!n)
        *why = str_fmt(c->a, "%s have no field%s%s%s that leads to %s.", child->plural,
                       s->field->target ? " \"" : "", s->field->target ? s->field->target : "",
                       s->field->target ? "\"" : "", s->type->plural)
                   .p;
    if (n > 1)
        *why = str_fmt(c->a, "%s lead here by several fields: say by which, " STR_FMT ".",
                       child->plural, STR_ARG(names))
                   .p;
    return n == 1 ? found : NULL;
}

/* What is missing in a type's fields, with the nearest that is there, as formulas tell it. */
static const char *no_field(struct compiling *c, const struct record_type *t, struct str name,
                            struct str source)
{
    struct formula_error e = {0};
    ptrdiff_t at = str_find_str(source, name);
    (void)formula_compile(c->a, name, names_of(c->a, t), t->fields_n, &e);
    e.column = at < 0 ? 1 : utf8_len(str_first(source, (size_t)at)) + 1;
    return told(c->a, &e, 0);
}

static void needs_of_rollup(struct compiling *c, struct source *s)
{
    struct computed *made = s->made;
    struct formula_error e;
    const size_t *reads = NULL;
    size_t n = 0;
    struct str source = str_of(s->field->formula ? s->field->formula : "");
    if (!rollup_parse(c->a, source, &made->rollup, &e)) {
        made->why = told(c->a, &e, 0);
        return;
    }
    const struct rollup *r = &made->rollup;
    made->child = child_find(c, r->type);
    if (!made->child) {
        made->why = str_fmt(c->a, "There is no type \"" STR_FMT "\" with fields.",
                            STR_ARG(str_first(r->type, TYPE_NAME_MAX * 2)))
                        .p;
        return;
    }
    made->value = r->field.n ? type_field_str(made->child, r->field) : NULL;
    if (r->field.n && !made->value)
        made->why = no_field(c, made->child, r->field, source);
    else
        made->by = by_find(c, s, &made->why);
    if (made->why)
        return;
    made->names = names_of(c->a, made->child);
    if (r->condition.n &&
        !formula_scan(c->a, r->condition, made->names, made->child->fields_n, &reads, &n, &e))
        made->why = told(c->a, &e, r->condition_column - 1);
    s->needs.reads = arena_array(c->a, size_t, n + 2);
    for (size_t i = 0; i < n; i++)
        need(c, s, &made->child->fields[reads[i]]);
    if (made->value)
        need(c, s, made->value);
}

/* ---- compiling ---- */

static bool inner(const struct record_field *f)
{
    return (f->flags & FIELD_STAFF) || f->inner;
}

/* RULE 4 */
static void inner_by(struct source *s, const struct record_type *t, const struct formula *formula)
{
    const size_t *reads;
    for (size_t i = formula_reads(formula, &reads); i-- > 0;)
        s->field->inner = s->field->inner || inner(&t->fields[reads[i]]);
}

static const char *kind_words(enum kind kind)
{
    return kind_info(kind)->label;
}

/* RULE 7 */
static void result_set(struct compiling *c, struct source *s, enum kind result, int scale)
{
    struct record_field *f = s->field;
    bool stored = f->result != KIND_NONE;
    if (stored && (f->result != result || (f->own && f->scale < scale && result == KIND_DECIMAL)))
        s->made->why =
            str_fmt(c->a, "It gives another kind (%s) than the field holds (%s): make a new field.",
                    kind_words(result), kind_words(f->result))
                .p;
    if (stored)
        return;
    f->result = result;
    f->scale = result == KIND_DECIMAL && f->scale < scale ? scale : f->scale;
}

static void compile_formula(struct compiling *c, struct source *s)
{
    static const enum kind kinds[] = {
        [FORMULA_NONE] = KIND_TEXT,   [FORMULA_NUMBER] = KIND_DECIMAL, [FORMULA_TEXT] = KIND_TEXT,
        [FORMULA_BOOL] = KIND_BOOL,   [FORMULA_DATE] = KIND_DATE,      [FORMULA_TIME] = KIND_TIME,
        [FORMULA_MONEY] = KIND_MONEY,
    };
    struct formula_error e;
    s->made->names = names_of(c->a, s->type); /* by now the kinds of what it reads are known */
    struct formula *f =
        formula_compile(c->a, str_of(s->field->formula), s->made->names, s->type->fields_n, &e);
    if (!f) {
        s->made->why = told(c->a, &e, 0);
        return;
    }
    s->made->formula = f;
    s->made->changes = formula_changes(f);
    inner_by(s, s->type, f);
    result_set(c, s, kinds[formula_type(f)], 0);
}

/* A sum is of the kind of what it sums; a mean may have more digits. */
static void rollup_result(struct compiling *c, struct source *s, enum formula_type given)
{
    const struct computed *made = s->made;
    const struct record_field *v = made->value;
    enum rollup_fn fn = made->rollup.fn;
    if (fn == ROLLUP_COUNT)
        result_set(c, s, KIND_INTEGER, 0);
    else if (fn == ROLLUP_AVERAGE && given == FORMULA_NUMBER)
        result_set(c, s, KIND_DECIMAL, v->result == KIND_DECIMAL ? v->scale : 0);
    else if (fn == ROLLUP_SUM && v->result == KIND_RATING)
        result_set(c, s, KIND_INTEGER, 0);
    else
        result_set(c, s, v->result, v->scale);
    if (s->field->result == KIND_CHOICE && v)
        s->field->choices = v->choices;
    if (s->field->result == KIND_DECIMAL && fn != ROLLUP_AVERAGE)
        s->field->scale = v->scale;
}

static void compile_rollup(struct compiling *c, struct source *s)
{
    struct computed *made = s->made;
    struct formula_error e = {.column = 1};
    const struct rollup *r = &made->rollup;
    made->names = names_of(c->a, made->child);
    enum formula_type value = FORMULA_NONE;
    if (made->value && made->value->result != KIND_LONGTEXT)
        value = made->names[made->value->index].type;
    enum formula_type gives = rollup_type(c->a, r, value, &e);
    if (gives == FORMULA_NONE) {
        made->why = told(c->a, &e, 0);
        return;
    }
    if (r->condition.n) {
        struct formula *f =
            formula_compile(c->a, r->condition, made->names, made->child->fields_n, &e);
        bool yes = f && formula_type(f) == FORMULA_BOOL;
        if (f && !yes)
            e = (struct formula_error){1, S("The condition must give yes or no.")};
        if (!yes) {
            made->why = told(c->a, &e, r->condition_column - 1);
            return;
        }
        made->formula = f;
        made->changes = formula_changes(f);
        inner_by(s, made->child, f);
    }
    s->field->inner = s->field->inner || inner(made->by) || (made->value && inner(made->value));
    rollup_result(c, s, gives);
}

/* What does not work holds what was stored, or nothing. */
static void give_up(struct record_field *f)
{
    if (f->result != KIND_NONE)
        return;
    f->result = KIND_LONGTEXT; /* which no list sorts or compares */
    f->sql = "";
    f->flags &= ~(unsigned)FIELD_INDEXED;
}

/* ---- what follows of them ---- */

static struct type_computed *of_type(struct compiling *c, const struct record_type *t)
{
    struct record_type *own = (struct record_type *)t;
    if (!own->computed) {
        struct type_computed *made = arena_make(c->a, struct type_computed);
        made->formulas = arena_array(c->a, const struct record_field *, t->fields_n);
        made->rollups = arena_array(c->a, const struct record_field *, t->fields_n);
        made->broken = arena_array(c->a, const struct record_field *, t->fields_n);
        made->counted = arena_array(c->a, struct rolled, c->n);
        own->computed = made;
    }
    return (struct type_computed *)own->computed;
}

static void enlist(struct compiling *c, const struct source *s)
{
    struct type_computed *of = of_type(c, s->type);
    if (s->made->why) {
        of->broken[of->broken_n++] = s->field;
        return;
    }
    if (s->field->kind == KIND_FORMULA) {
        of->formulas[of->formulas_n++] = s->field;
        return;
    }
    of->rollups[of->rollups_n++] = s->field;
    struct type_computed *child = of_type(c, s->made->child);
    child->counted[child->counted_n++] = (struct rolled){s->type, s->field};
}

static bool order_find(struct compiling *c, size_t *order, struct str *loop)
{
    struct formula_name *names = arena_array(c->a, struct formula_name, c->n + 1);
    struct formula_needs *needs = arena_array(c->a, struct formula_needs, c->n + 1);
    for (size_t i = 0; i < c->n; i++) {
        const struct source *s = &c->sources[i];
        bool near = c->about && strcmp(c->about->name, s->type->name) == 0;
        names[i].name =
            near ? str_of(s->field->name) : str_fmt(c->a, "%s.%s", s->type->name, s->field->name);
        needs[i] = s->needs;
    }
    return formula_order(c->a, names, needs, c->n, order, loop);
}

static void load(struct compiling *c)
{
    gather(c);
    for (size_t i = 0; i < c->n; i++)
        (c->sources[i].field->kind == KIND_FORMULA ? needs_of_formula
                                                   : needs_of_rollup)(c, &c->sources[i]);
    size_t *order = arena_array(c->a, size_t, c->n + 1);
    struct str loop = S("");
    bool ordered = order_find(c, order, &loop);
    for (size_t i = 0; i < c->n; i++) {
        struct source *s = &c->sources[ordered ? order[i] : i];
        if (!ordered)
            s->made->why =
                str_fmt(c->a, "Fields read each other in a loop: " STR_FMT ".", STR_ARG(loop)).p;
        if (!s->made->why)
            (s->field->kind == KIND_FORMULA ? compile_formula : compile_rollup)(c, s);
        if (s->made->why)
            give_up(s->field);
        enlist(c, s);
    }
}

void formulas_load(struct arena *a, struct record_type *const *types, size_t n)
{
    struct compiling c = {.a = a, .types = types, .types_n = n};
    load(&c);
}

/* ---- a new source ---- */

/* The catalog as it would be: copies that may be written to, with the field. */
static struct record_field *catalog_with(struct db *db, struct compiling *c,
                                         const struct record_type *t, const struct field_draft *d)
{
    const struct catalog *now = catalog_of(db);
    struct record_type **types = arena_array(c->a, struct record_type *, now->n + 1);
    struct record_field *ours = NULL;
    for (size_t i = 0; i < now->n; i++) {
        const struct record_type *from = now->types[i];
        size_t n = from->fields_n;
        struct record_type *copy = arena_make(c->a, struct record_type);
        struct record_field *fields = arena_array(c->a, struct record_field, n + 2);
        if (n)
            memcpy(fields, from->fields, n * sizeof *fields);
        *copy = *from;
        copy->computed = NULL;
        types[i] = copy;
        if (from->fields)
            copy->fields = fields;
        if (strcmp(from->name, t->name) != 0)
            continue;
        const struct record_field *was = type_field_str(from, d->name);
        if (was)
            ours = &fields[was->index];
        else {
            ours = &fields[n];
            *ours = (struct record_field){.name = str_cstr(c->a, d->name), .own = true, .index = n};
            copy->fields_n = n + 1;
            c->about = copy;
        }
        c->about = copy;
    }
    c->types = types;
    c->types_n = now->n;
    return ours;
}

const char *formula_refused(struct db *db, struct arena *a, const struct record_type *t,
                            struct field_draft *d, const struct record_field *was)
{
    struct compiling c = {.a = a};
    d->formula = str_trim(d->formula);
    if (!str_trim(d->formula).n)
        return d->kind == KIND_FORMULA ? "A formula is missing." : "What it counts is missing.";
    if (d->formula.n > FORMULA_SOURCE)
        return "A formula has at most 4,000 characters: split it into several fields.";
    struct record_field *f = catalog_with(db, &c, t, d);
    if (!f)
        return "There is no such type.";
    f->kind = d->kind;
    f->formula = str_cstr(a, d->formula);
    f->target = d->target.n ? str_cstr(a, d->target) : NULL;
    f->inner = false;
    if (!was) {
        f->result = KIND_NONE;
        f->flags = d->flags | FIELD_INDEXED;
        f->scale = d->scale < 0 ? 0 : d->scale > SCALE_MOST ? SCALE_MOST : d->scale;
        f->sql = str_fmt(a, "t.own_" STR_FMT, STR_ARG(d->name)).p;
    }
    load(&c);
    d->result = f->result;
    d->scale = f->scale;
    const struct record_type *child = f->computed->child;
    if (!was && child && child->audience == AUDIENCE_STAFF) /* others would count nothing */
        d->flags |= FIELD_STAFF;
    return f->computed->why;
}

/* ---- filling columns ---- */

void formulas_pending(struct db *db, struct record_type *const *types, size_t n)
{
    struct rows q = db_query(db, "SELECT type, field FROM computations WHERE done_at IS NULL");
    while (db_next(&q))
        for (size_t i = 0; i < n; i++) {
            const struct record_field *f = str_is(db_str(&q, 0), types[i]->name)
                                               ? type_field_str(types[i], db_str(&q, 1))
                                               : NULL;
            if (f)
                ((struct record_field *)f)->inner = true;
        }
}

/* All that its values follow from. */
static struct str source_of(struct arena *a, const struct record_field *f)
{
    if (f->computed->why)
        return S("broken");
    return str_fmt(a, "%s|%s|%s|%d|%s", f->formula, f->computed->by ? f->computed->by->name : "",
                   kind_info(f->result)->name, f->scale,
                   f->kind == KIND_ROLLUP && (f->flags & FIELD_STAFF) ? "staff" : "");
}

static void fill(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *f, int64_t at)
{
    struct str source = source_of(a, f);
    bool any = db_get_int(db, 0, str_fmt(a, "SELECT id FROM %s LIMIT 1", t->table).p) != 0;
    uint32_t stamp;
    rand_bytes(&stamp, sizeof stamp);
    db_exec(db,
            "INSERT INTO computations (type, field, source, stamp, done_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (type, field) DO UPDATE SET source = ?3,"
            " stamp = ?4, done_at = ?5",
            Z(t->name), Z(f->name), T(source), I(stamp), any ? NIL() : I(at));
    struct str data = str_fmt(a, "%s.%s", t->name, f->name);
    if (any)
        job_put(db, &(struct job_order){.kind = FORMULAS_JOB, .data = data, .key = data});
}

void formula_ask(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *f, int64_t at, bool anew)
{
    struct str done = db_get_str(db, a,
                                 "SELECT source FROM computations WHERE type = ?1"
                                 " AND field = ?2",
                                 Z(t->name), Z(f->name));
    if (!anew && str_eq(source_of(a, f), done))
        return;
    fill(db, a, t, f, at);
    catalog_step(db);
}

/* By names: the field may be of a catalog that was before. */
static bool reads(const struct computed *c, const struct record_type *of,
                  const struct record_type *t, const struct record_field *f)
{
    const struct record_type *from = c->child ? c->child : of;
    const size_t *indexes;
    if (c->why) /* nobody knows */
        return true;
    if (strcmp(from->name, t->name) != 0)
        return false;
    bool found = (c->value && strcmp(c->value->name, f->name) == 0) ||
                 (c->by && strcmp(c->by->name, f->name) == 0);
    for (size_t i = c->formula ? formula_reads(c->formula, &indexes) : 0; i-- > 0;)
        found = found || strcmp(from->fields[indexes[i]].name, f->name) == 0;
    return found;
}

static void again(struct db *db, struct arena *a, const struct catalog *c,
                  const struct record_type *t, const struct record_field *f)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n; k++) {
            const struct record_field *one = &c->types[i]->fields[k];
            if (!one->computed || !reads(one->computed, c->types[i], t, f))
                continue;
            fill(db, a, c->types[i], one, 0);
            if (!one->computed->why)
                again(db, a, c, c->types[i], one);
        }
}

void formulas_again(struct db *db, struct arena *a, const struct record_type *t,
                    const struct record_field *f)
{
    again(db, a, catalog_of(db), t, f);
    catalog_step(db);
}

void rollups_again_spaced(struct db *db, struct arena *a)
{
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n; k++) {
            const struct record_field *one = &c->types[i]->fields[k];
            const struct record_type *child = one->computed ? one->computed->child : NULL;
            if (child && !one->computed->why && (child->spaced || c->types[i]->spaced))
                fill(db, a, c->types[i], one, 0);
        }
    catalog_step(db);
}

/* ---- for jobs ---- */

const struct record_field *formula_named(struct db *db, struct str data,
                                         const struct record_type **t, int64_t *id)
{
    struct str field, type;
    *id = 0;
    if (!str_split(&data, '.', &type) || !str_split(&data, ' ', &field))
        return NULL;
    if (data.n && !str_int(data, id))
        return NULL;
    *t = catalog_type(db, type);
    const struct record_field *f = *t && (*t)->fields ? type_field_str(*t, field) : NULL;
    return f && f->computed ? f : NULL;
}

int64_t formula_stamp(struct db *db, const struct record_type *t, const struct record_field *f)
{
    return db_get_int(db, 0, "SELECT stamp FROM computations WHERE type = ?1 AND field = ?2",
                      Z(t->name), Z(f->name));
}

bool formula_done(struct db *db, const struct record_type *t, const struct record_field *f,
                  int64_t stamp, int64_t at)
{
    bool done = db_exec(db,
                        "UPDATE computations SET done_at = ?4 WHERE type = ?1 AND field = ?2"
                        " AND stamp = ?3",
                        Z(t->name), Z(f->name), I(stamp), I(at)) == 1;
    if (done && f->computed->pending)
        catalog_step(db);
    return done;
}
