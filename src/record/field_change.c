/* field_change.c: see field_change.h. */
#include "record/field_change.h"

#include "core/clock.h"
#include "db/catalog.h"
#include "db/gather.h"
#include "jobs/jobs.h"
#include "record/duplicates.h"
#include "record/formulas.h"
#include "record/lets.h"
#include "record/reach.h"
#include "record/tallies.h"
#include "record/types_tables.h"

enum { PIECE = 100, SLOTS_MAX = 10, SQL_MAX = 64 * 1024 };

/* ---- from one kind to another ---- */

static const char *target_of(const struct record_field *f)
{
    return f->kind == KIND_PERSON ? "person" : f->target ? f->target : "";
}

bool kind_converts(const struct record_field *from, const struct record_field *to)
{
    unsigned a = kind_info(from->kind)->can, b = kind_info(to->kind)->can;
    if (from->kind == to->kind)
        return from->kind == KIND_DECIMAL && from->scale != to->scale;
    if (from->kind == KIND_PHOTO || to->kind == KIND_PHOTO || from->kind == KIND_FILE ||
        to->kind == KIND_FILE || (a | b) & KIND_MADE)
        return false;
    if ((a | b) & KIND_LEADS)
        return (a & b & KIND_LEADS) && strcmp(target_of(from), target_of(to)) == 0;
    return true;
}

static const char *leads_convert(struct arena *a, const struct record_field *from,
                                 const struct record_field *to, const struct value *v,
                                 struct value *out)
{
    if (to->kind == KIND_REFS) {
        struct lead *one = arena_make(a, struct lead);
        *one = (struct lead){.id = v->i, .role = S("")};
        *out = (struct value){.leads = one, .leads_n = 1};
        return NULL;
    }
    if (from->kind == KIND_REFS && v->leads_n > 1)
        return "leads to several records";
    *out = (struct value){.i = from->kind == KIND_REFS ? v->leads[0].id : v->i};
    return NULL;
}

/* One of several, as a kind of one takes it: an address as its five lines. */
static struct str reach_alone(struct arena *a, const struct record_field *from,
                              const struct record_field *to, struct str list)
{
    struct str rest = list, parts[REACH_PARTS];
    struct reach one;
    if (!reach_next(&rest, &one) || rest.n || kind_reaches(to->kind))
        return list;
    if (from->kind != KIND_ADDRESSES)
        return one.value;
    reach_address(a, one.value, parts);
    return to->kind == KIND_ADDRESS ? str_join(a, parts, REACH_EXTENDED, S("\n"))
                                    : reach_shown_one(a, from->kind, &one);
}

/* Five lines as an address among several. */
static struct str address_alone(struct arena *a, struct str lines)
{
    struct str parts[REACH_PARTS] = {S(""), S(""), S(""), S(""), S(""), S(""), S("")};
    for (size_t i = 0; i < REACH_EXTENDED && str_split(&lines, '\n', &parts[i]);)
        i++;
    return reach_address_value(a, parts);
}

/* What people read, as the new kind takes it. */
static struct str words_of(struct arena *a, const struct record_field *from,
                           const struct record_field *to, const struct value *v)
{
    unsigned sums = kind_info(to->kind)->can & KIND_SUMS;
    bool choices = to->kind == KIND_CHOICE || to->kind == KIND_CHOICES;
    switch (from->kind) {
    case KIND_CHOICE:
    case KIND_CHOICES:
        return choices ? v->s : kind_shown(a, from, v);
    case KIND_ADDRESS:
        return to->kind == KIND_ADDRESSES ? address_alone(a, v->s) : kind_shown(a, from, v);
    case KIND_EMAILS:
    case KIND_PHONES:
    case KIND_ADDRESSES:
        return reach_alone(a, from, to, v->s);
    case KIND_MONEY:
        return to->kind == KIND_INTEGER || to->kind == KIND_DECIMAL ? scaled_text(a, v->i, 2)
                                                                    : kind_text(a, from, v);
    case KIND_TIME:
        return to->kind == KIND_DATE ? str_first(kind_text(a, from, v), 10) : kind_text(a, from, v);
    case KIND_BOOL:
        return sums ? (v->i ? S("1") : S("0")) : kind_text(a, from, v);
    default:
        return kind_text(a, from, v);
    }
}

/* A choice by its name or what people read: "Won" is won. */
static struct str choices_found(struct arena *a, const struct record_field *to, struct str text)
{
    struct out o;
    struct str one;
    out_init(&o, SQL_MAX);
    while (str_split(&text, to->kind == KIND_CHOICES ? ',' : '\n', &one)) {
        one = str_trim(one);
        const struct field_choice *c = to->choices;
        while (c && c->name && !str_is(one, c->name) && !str_eq_nocase(one, str_of(c->label)))
            c++;
        out_fmt(&o, "%s" STR_FMT, o.n ? "," : "", STR_ARG(c && c->name ? str_of(c->name) : one));
    }
    return out_take(&o, a);
}

const char *value_convert(struct arena *a, const struct record_field *from,
                          const struct record_field *to, const struct value *v, struct value *out)
{
    *out = (struct value){.none = true};
    if (v->none)
        return NULL;
    if (kind_info(to->kind)->can & KIND_LEADS)
        return leads_convert(a, from, to, v, out);
    struct str text = words_of(a, from, to, v);
    if (to->kind == KIND_CHOICE || to->kind == KIND_CHOICES)
        text = choices_found(a, to, text);
    return kind_parse(a, to, text, out);
}

/* ---- both columns ---- */

void field_other(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *o, int64_t id, struct value *v)
{
    *v = (struct value){.none = true};
    if (!column_of(o))
        return;
    struct out sql;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT t.id");
    const struct kind_info *k = kind_info(o->result);
    for (int i = 0; k->columns[i].suffix; i++)
        out_fmt(&sql, ", %s%s", o->sql, k->columns[i].suffix);
    out_fmt(&sql, " FROM %s t WHERE t.id = ?1", t->table);
    struct rows q = db_query(db, str_cstr(a, out_take(&sql, a)), I(id));
    int col = 1;
    if (db_next(&q))
        kind_decode(o, &q, &col, a, v);
    db_done(&q);
}

static void other_write(struct db *db, struct arena *a, const struct record_type *t,
                        const struct record_field *o, int64_t id, const struct value *v)
{
    struct db_arg args[KIND_COLUMNS + 1] = {I(id)};
    size_t n = column_of(o) ? kind_args(o, v, args + 1) : 0;
    struct out sql;
    if (!n)
        return;
    out_init(&sql, SQL_MAX);
    out_fmt(&sql, "UPDATE %s SET", t->table);
    for (size_t i = 0; i < n; i++)
        out_fmt(&sql, "%s %s%s = ?%zu", i ? "," : "", column_of(o),
                kind_info(o->result)->columns[i].suffix, i + 2);
    out_lit(&sql, " WHERE id = ?1");
    db_send_n(db, str_cstr(a, out_take(&sql, a)), args, n + 1);
}

/* `was`: what the other column has; of KIND_REFS nothing. */
static void follow(const struct act *act, const struct record_type *t, const struct record_field *f,
                   int64_t id, const struct value *v, const struct value *was)
{
    const struct record_field *o = f->other;
    struct value is;
    const char *why = value_convert(act->arena, f, o, v, &is);
    if (why)
        is = (struct value){.none = true};
    if (o->result == KIND_REFS) {
        field_links_put(act, t, o, id, &is);
    } else {
        if (!is.none || !was->none)
            other_write(act->db, act->arena, t, o, id, &is);
        field_index_put(act, t, o, id, was, &is);
    }
    if (why) /* RULE 2 */
        db_send(act->db,
                "INSERT INTO field_misfits (change_id, record_id, value, why)"
                " VALUES (?1, ?2, ?3, ?4)",
                I(f->change), I(id), T(utf8_first(kind_text(act->arena, f, v), TEXT_MAX)), Z(why));
}

void field_follow(const struct act *act, const struct record_type *t, const struct record_field *f,
                  int64_t id, const struct value *v)
{
    struct value was = {.none = true};
    if (f->other->result != KIND_REFS)
        field_other(act->db, act->arena, t, f->other, id, &was);
    db_send(act->db, "DELETE FROM field_misfits WHERE change_id = ?1 AND record_id = ?2",
            I(f->change), I(id));
    follow(act, t, f, id, v, &was);
}

void field_forget(const struct act *act, const struct record_type *t, const struct record_field *f,
                  int64_t id)
{
    static const struct value none = {.none = true};
    struct value was;
    field_other(act->db, act->arena, t, f->other, id, &was);
    field_index_put(act, t, f->other, id, &was, &none);
    db_exec(act->db, "DELETE FROM field_misfits WHERE change_id = ?1 AND record_id = ?2",
            I(f->change), I(id));
}

/* ---- beginning ---- */

static void job_call(struct db *db, struct arena *a, int64_t change, int64_t person_id)
{
    struct str data = str_fmt(a, "%lld", (long long)change);
    job_put(db, &(struct job_order){
                    .kind = "field-change", .data = data, .key = data, .person_id = person_id});
}

const char *field_change_start(struct db *db, struct arena *a, const struct record_type *t,
                               const struct record_field *f, const struct field_draft *d,
                               int64_t person_id, int64_t at)
{
    struct record_field to = {.kind = d->kind, .result = d->kind, .scale = d->scale};
    struct str config;
    to.target = str_cstr(a, d->target);
    if (!f->own)
        return "A field of the program keeps its kind.";
    if (db_get_int(db, 0, "SELECT id FROM field_changes WHERE type = ?1 AND name = ?2", Z(t->name),
                   Z(f->name)))
        return "Its kind has been changed: say first whether the old values may go.";
    if (db_get_int(db, 0, "SELECT slots FROM fields WHERE id = ?1", I(f->id)) >= SLOTS_MAX)
        return "The kind of this field was changed too often: make a new field.";
    if (!kind_converts(f, &to))
        return str_fmt(a, "%s cannot become %s.", kind_info(f->kind)->label,
                       kind_info(d->kind)->label)
            .p;
    const char *why = field_config(db, a, t, d, &config);
    if (why)
        return why;
    db_exec(db,
            "INSERT INTO field_changes (type, name, state, kind, flags, config, slot, person_id,"
            " started_at, last_id, copied, total) SELECT type, name, 'copying', ?2, ?3, ?4, slots,"
            " ?5, ?6, 0, 0, 0 FROM fields WHERE id = ?1",
            I(f->id), Z(kind_info(d->kind)->name), I(field_flags_for(d->kind, f->flags)), T(config),
            I(person_id), I(at));
    db_exec(db, "UPDATE fields SET slots = slots + 1 WHERE id = ?1", I(f->id));
    catalog_step(db);
    const char *name = str_cstr(a, str_of(f->name));
    t = catalog_type(db, str_of(t->name));
    f = t ? type_field(t, name) : NULL;
    if (!f || !f->other)
        return "The kind could not be changed.";
    field_columns_make(db, a, t, f->other);
    field_index_make(db, a, t, f->other);
    job_call(db, a, f->change, person_id);
    return NULL;
}

/* ---- the end ---- */

/* The two columns change places. */
static void columns_swap(struct db *db, int64_t change, const char *state, bool stamp, int64_t at)
{
    struct rows q = db_query(db,
                             "SELECT f.id, f.kind, f.flags, f.config, f.slot, c.kind, c.flags,"
                             " c.config, c.slot FROM field_changes c JOIN fields f"
                             " ON f.type = c.type AND f.name = c.name WHERE c.id = ?1",
                             I(change));
    struct arena *a = arena_new(1 << 20);
    if (db_next(&q)) {
        int64_t id = db_int(&q, 0), flags = db_int(&q, 2), slot = db_int(&q, 4);
        int64_t new_flags = db_int(&q, 6), new_slot = db_int(&q, 8);
        struct str kind = db_dup(&q, 1, a), config = db_dup(&q, 3, a);
        struct str new_kind = db_dup(&q, 5, a), new_config = db_dup(&q, 7, a);
        db_done(&q);
        /* What people have chosen for the field stays; only its index goes with the kind. */
        new_flags = (flags & ~(int64_t)FIELD_INDEXED) | (new_flags & FIELD_INDEXED);
        db_exec(db, "UPDATE fields SET kind = ?2, flags = ?3, config = ?4, slot = ?5 WHERE id = ?1",
                I(id), T(new_kind), I(new_flags), T(new_config), I(new_slot));
        db_exec(db,
                "UPDATE field_changes SET kind = ?2, flags = ?3, config = ?4, slot = ?5, state = ?6"
                " WHERE id = ?1",
                I(change), T(kind), I(flags), T(config), I(slot), Z(state));
        if (stamp)
            db_exec(db, "UPDATE field_changes SET switched_at = ?2 WHERE id = ?1", I(change),
                    I(at));
    }
    arena_free(a);
    catalog_step(db);
}

/* What is computed of the field, and the numbers that boards show of either kind. */
static void followers_anew(struct db *db, struct arena *a, const struct record_type *t,
                           const struct record_field *f)
{
    if (t && f && f->other &&
        (tallied(f) || tallied(f->other) || tally_sums(f) || tally_sums(f->other)))
        tallies_recount(db, a, t);
    if (t && f && f->flags & FIELD_LETS)
        lets_recount(db, a, t);
    if (t && f)
        formulas_again(db, a, t, f);
}

/* Nobody reads or writes the other column any more: a job empties it. */
static void clearing(struct db *db, struct arena *a, const struct record_type *t, int64_t change,
                     const struct record_field *other)
{
    const char *index = field_index(a, t, other);
    if (index && db_table_alone(db, a, str_of(index)))
        db_script(db, str_fmt(a, "DROP TABLE %s;", index));
    db_exec(db,
            "UPDATE field_changes SET state = 'clearing', last_id = 0, copied = 0 WHERE id = ?1",
            I(change));
    db_exec(db, "DELETE FROM field_misfits WHERE change_id = ?1", I(change));
    catalog_step(db);
    job_call(db, a, change, 0);
}

static const struct record_field *field_again(struct db *db, const char *type, const char *name,
                                              const struct record_type **t)
{
    *t = catalog_type(db, str_of(type));
    return *t ? type_field(*t, name) : NULL;
}

void field_change_undo(struct db *db, struct arena *a, const struct record_type *t,
                       const struct record_field *f)
{
    const char *type = str_cstr(a, str_of(t->name)), *name = str_cstr(a, str_of(f->name));
    if (!f->copying) {
        columns_swap(db, f->change, "done", false, 0);
        f = field_again(db, type, name, &t);
        followers_anew(db, a, t, f);
    }
    if (f && f->other)
        clearing(db, a, t, f->change, f->other);
}

void field_change_keep(struct db *db, struct arena *a, const struct record_type *t,
                       const struct record_field *f)
{
    clearing(db, a, t, f->change, f->other);
}

/* ---- the work ---- */

struct change {
    struct str type, name, state, kind;
    int64_t slot, last, copied, at, person_id;
};

static bool change_read(struct db *db, struct arena *a, int64_t id, struct change *c)
{
    struct rows q = db_query(db,
                             "SELECT type, name, state, kind, slot, last_id, copied,"
                             " started_at, person_id FROM field_changes WHERE id = ?1",
                             I(id));
    bool there = db_next(&q);
    if (there)
        *c = (struct change){db_dup(&q, 0, a), db_dup(&q, 1, a), db_dup(&q, 2, a),
                             db_dup(&q, 3, a), db_int(&q, 4),    db_int(&q, 5),
                             db_int(&q, 6),    db_int(&q, 7),    db_int(&q, 8)};
    db_done(&q);
    return there;
}

static size_t ids_next(struct db *db, struct arena *a, const struct record_type *t, int64_t after,
                       int64_t ids[PIECE])
{
    size_t n = 0;
    struct rows q =
        db_query(db, str_fmt(a, "SELECT id FROM %s WHERE id > ?1 ORDER BY id LIMIT ?2", t->table).p,
                 I(after), I(PIECE));
    while (n < PIECE && db_next(&q))
        ids[n++] = db_int(&q, 0);
    db_done(&q);
    return n;
}

/* Both columns of records up to the last of ids, in one query; of links none. */
static void both_read(struct db *db, struct arena *a, const struct record_type *t,
                      const struct record_field *f, const int64_t *ids, size_t n, struct value *v,
                      struct value *was)
{
    const struct record_field *of[] = {f, f->other};
    struct out sql;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT t.id");
    for (size_t k = 0; k < 2; k++)
        for (int i = 0; column_of(of[k]) && kind_info(of[k]->result)->columns[i].suffix; i++)
            out_fmt(&sql, ", %s%s", of[k]->sql, kind_info(of[k]->result)->columns[i].suffix);
    out_fmt(&sql, " FROM %s t WHERE t.id >= ?1 AND t.id <= ?2 ORDER BY t.id", t->table);
    struct rows q = db_query(db, str_cstr(a, out_take(&sql, a)), I(ids[0]), I(ids[n - 1]));
    for (size_t i = 0; i < n; i++)
        v[i] = was[i] = (struct value){.none = true};
    for (size_t i = 0; i < n && db_next(&q); i++) {
        int col = 1;
        if (column_of(f))
            kind_decode(f, &q, &col, a, &v[i]);
        if (column_of(f->other))
            kind_decode(f->other, &q, &col, a, &was[i]);
    }
    db_done(&q);
}

static void copy(struct db *db, struct arena *a, const struct record_type *t,
                 const struct record_field *f, const struct change *c, const int64_t *ids, size_t n)
{
    const struct act act = {.db = db, .arena = a, .person_id = c->person_id, .at = c->at};
    struct value *v = arena_array(a, struct value, n), *was = arena_array(a, struct value, n);
    both_read(db, a, t, f, ids, n, v, was);
    db_exec(db,
            "DELETE FROM field_misfits WHERE change_id = ?1 AND record_id >= ?2"
            " AND record_id <= ?3",
            I(f->change), I(ids[0]), I(ids[n - 1]));
    db_gather(db, 0);
    for (size_t i = 0; i < n; i++) {
        const struct value *values = f->result == KIND_REFS ? values_read(db, a, t, ids[i]) : NULL;
        follow(&act, t, f, ids[i], values ? &values[f->index] : &v[i], &was[i]);
        if (alike_keyed(t) && alike_fact(f->other))
            alike_keys_fill(db, a, ids[i]);
    }
    db_gather_end(db);
}

static void clear(struct db *db, struct arena *a, const struct record_type *t,
                  const struct record_field *f, const struct change *c, const int64_t *ids,
                  size_t n)
{
    int64_t until = ids[n - 1];
    struct record_field old = {.name = c->name.p, .kind = kind_of(c->kind), .own = true};
    old.result = old.kind;
    field_place(a, &old, (int)c->slot);
    const struct kind_info *k = kind_info(old.kind);
    for (size_t i = 0; i < n && alike_fact(&old); i++)
        alike_keys_without(db, a, t, f, &old, ids[i]);
    for (int i = 0; column_of(&old) && k->columns[i].suffix; i++)
        db_exec(db,
                str_fmt(a, "UPDATE %s SET %s%s = NULL WHERE id > ?1 AND id <= ?2", t->table,
                        column_of(&old), k->columns[i].suffix)
                    .p,
                I(c->last), I(until));
    if (old.kind == KIND_REFS)
        db_exec(db, "DELETE FROM links WHERE from_id > ?1 AND from_id <= ?2 AND kind = ?3",
                I(c->last), I(until), T(str_fmt(a, "%s.%s", t->name, old.name)));
}

int64_t field_change_count(struct db *db, struct arena *a, int64_t id)
{
    struct change c;
    const struct record_type *t = change_read(db, a, id, &c) ? catalog_type(db, c.type) : NULL;
    return t ? db_get_int(db, 0, str_fmt(a, "SELECT COUNT(*) FROM %s", t->table).p) : 0;
}

bool field_change_step(struct db *db, struct arena *a, int64_t id, int64_t total, int64_t *done)
{
    struct change c;
    int64_t ids[PIECE];
    const struct record_type *t;
    if (!change_read(db, a, id, &c) || str_is(c.state, "done"))
        return false;
    const struct record_field *f = field_again(db, c.type.p, c.name.p, &t);
    bool copying = str_is(c.state, "copying");
    if (!f || (copying && !f->other))
        return false;
    size_t n = ids_next(db, a, t, c.last, ids);
    if (n && copying)
        copy(db, a, t, f, &c, ids, n);
    else if (n)
        clear(db, a, t, f, &c, ids, n);
    *done = c.copied + (int64_t)n;
    if (n)
        db_exec(db, "UPDATE field_changes SET last_id = ?2, copied = ?3, total = ?4 WHERE id = ?1",
                I(id), I(ids[n - 1]), I(*done), I(total > *done ? total : *done));
    if (n == PIECE)
        return true;
    if (copying) {
        columns_swap(db, id, "done", true, clock_now());
        f = field_again(db, c.type.p, c.name.p, &t);
        followers_anew(db, a, t, f);
    } else {
        db_exec(db, "DELETE FROM field_changes WHERE id = ?1", I(id));
    }
    return false;
}
