/* fields_write.c: writing the values of fields with the record that has them; see fields.h. */
#include "core/json.h"
#include "db/gather.h"
#include "record/abouts.h"
#include "record/depends.h"
#include "record/duplicates.h"
#include "record/field_change.h"
#include "record/fields.h"
#include "record/files.h"
#include "record/formulas.h"
#include "record/lets.h"
#include "record/places.h"
#include "record/reach.h"
#include "record/tallies.h"

enum { SQL_MAX = 256 * 1024, CHANGES_MAX = 4 << 20, TITLE_KEY = 80, PIECE = 500 };

struct record_values *fields_new(struct arena *a, const struct record_type *t)
{
    struct record_values *e = arena_make(a, struct record_values);
    *e = (struct record_values){.type = t,
                                .values = arena_array(a, struct value, t->fields_n),
                                .given = arena_array(a, bool, t->fields_n),
                                .audience = t->audience};
    for (size_t i = 0; i < t->fields_n; i++)
        e->values[i].none = true;
    return e;
}

/* ---- checking ---- */

static bool lead_ok(struct req *rq, const struct record_field *f, int64_t id)
{
    const char *type = f->result == KIND_PERSON ? "person" : f->target;
    return record_access_type(rq, id, type, RIGHT_READ) != NULL;
}

static const char *leads_check(struct req *rq, const struct record_field *f, const struct value *v)
{
    if (f->result == KIND_FILE)
        return file_access(rq, v->i) ? NULL : "is no file that you may see";
    if (!(kind_info(f->result)->can & KIND_LEADS))
        return NULL;
    bool ok = f->result == KIND_REFS || lead_ok(rq, f, v->i);
    for (size_t i = 0; i < v->leads_n && f->result == KIND_REFS; i++)
        ok = ok && lead_ok(rq, f, v->leads[i].id);
    return ok ? NULL : "leads to a record that is not there, or of another type";
}

/* Another record with that key. The key alone first, which hardly any has: joined at once, a
 * planner without statistics might begin with all records. */
static int64_t key_other(struct req *rq, const char *index, struct db_arg key, int64_t id)
{
    int64_t last = 0, there = 0;
    while (!there) {
        db_gather_by(rq->db, index, key);
        last =
            db_get_int(rq->db, 0,
                       str_fmt(rq->arena,
                               "SELECT x.id FROM %s x WHERE x.v = ?1 AND x.id > ?2 AND x.id <> ?3"
                               " ORDER BY x.id LIMIT 1",
                               index)
                           .p,
                       key, I(last), I(id));
        if (!last)
            return 0;
        there = db_get_int(rq->db, 0, "SELECT id FROM records WHERE id = ?1 AND deleted_at IS NULL",
                           I(last));
    }
    return there;
}

static const char *unique_check(struct req *rq, const struct record_type *t,
                                const struct record_field *f, const struct value *v, int64_t id)
{
    const char *index = field_index(rq->arena, t, f);
    if (!index)
        return NULL;
    struct db_arg keys[CHOICES_MAX];
    size_t n = field_keys(rq->arena, f, v, keys);
    int64_t other = 0;
    for (size_t i = 0; i < n && !other; i++) {
        other = key_other(rq, index, keys[i], id);
    }
    return other ? "is taken by another record" : NULL;
}

/* What stands there, where a choice is checked against it; NULL: it is a new record. */
static const struct value *was_read(struct req *rq, const struct record_values *e, int64_t id)
{
    bool asked = false;
    for (size_t i = 0; i < e->type->fields_n; i++)
        asked = asked || (e->given[i] && (e->type->fields[i].depends ||
                                          choice_off(&e->type->fields[i], &e->values[i], NULL)));
    return asked && id ? values_read(rq->db, rq->arena, e->type, id) : NULL;
}

bool fields_check(struct req *rq, const struct record_values *e, int64_t id, const char **errors)
{
    const struct value *was = was_read(rq, e, id);
    bool ok = true;
    for (size_t i = 0; i < e->type->fields_n; i++) {
        const struct record_field *f = &e->type->fields[i];
        const struct value *v = &e->values[i];
        bool set = e->given[i] && !v->none;
        if (!errors[i] && (f->flags & FIELD_REQUIRED) && !f->off && v->none &&
            (e->given[i] || !id) && field_written(f, &rq->viewer))
            errors[i] = "is missing";
        if (!errors[i] && set && !(e->sure && e->sure[i]))
            errors[i] = leads_check(rq, f, v);
        if (!errors[i] && set)
            errors[i] = depends_check(rq->arena, e, f, was);
        if (!errors[i] && set && (f->flags & FIELD_UNIQUE))
            errors[i] = unique_check(rq, e->type, f, v, id);
        ok = ok && !errors[i];
    }
    return ok;
}

/* ---- titles: each by its beginning, and from each of its first words on ---- */

size_t title_keys(struct arena *a, struct str title, struct str keys[TITLE_KEYS])
{
    struct str folded = words_folded(a, title, TITLE_KEY);
    size_t n = 0;
    for (size_t at = 0; at < folded.n && n < TITLE_KEYS;) {
        struct str rest = str_from(folded, at);
        struct str before = str_trim(str_first(folded, at));
        struct str key =
            at ? str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(rest), STR_ARG(before)) : rest;
        size_t same = 0;
        while (same < n && !str_eq(keys[same], key))
            same++;
        keys[same] = key;
        n += same == n;
        ptrdiff_t blank = str_find(rest, ' ');
        at = blank < 0 ? folded.n : at + (size_t)blank + 1;
    }
    return n;
}

static void titles_add(struct db *db, struct arena *a, struct str type, int64_t id, struct str is,
                       enum put how)
{
    struct str keys[TITLE_KEYS];
    size_t n = title_keys(a, is, keys);
    for (size_t i = 0; i < n; i++) {
        struct db_arg row[] = {T(type), T(keys[i]), I(id)};
        db_put_n(db, "titles (type, key, record_id)", how, row, sizeof row / sizeof *row);
    }
}

void titles_put(struct db *db, struct arena *a, struct str type, int64_t id, struct str was,
                struct str is)
{
    struct str keys[TITLE_KEYS];
    size_t n = title_keys(a, was, keys);
    for (size_t i = 0; i < n; i++) {
        db_gather_of(db, "titles", I(id));
        db_send(db, "DELETE FROM titles WHERE type = ?1 AND key = ?2 AND record_id = ?3", T(type),
                T(keys[i]), I(id));
    }
    titles_add(db, a, type, id, is, PUT_ANY);
}

size_t titles_find(struct req *rq, const char *type, struct str text, struct lead *out, size_t max)
{
    static const char *const sql[] = ACCESS_EACH(
        "SELECT r.id, r.title FROM titles n CROSS JOIN records r WHERE n.type = ?2 AND n.key >= ?3"
        " AND n.key < ?4 AND r.id = n.record_id AND r.deleted_at IS NULL AND ",
        " ORDER BY n.key, n.record_id LIMIT ?5");
    struct str key = words_folded(rq->arena, text, TITLE_KEY);
    struct str until =
        str_fmt(rq->arena, STR_FMT "\U0010FFFF", STR_ARG(key)); /* behind all letters */
    struct rows q =
        db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql), I(rq->viewer.id),
                 Z(type), T(key), T(until), I((int64_t)max * TITLE_KEYS));
    size_t n = 0;
    while (n < max && db_next(&q)) {
        bool there = false;
        for (size_t i = 0; i < n; i++)
            there = there || out[i].id == db_int(&q, 0);
        if (there)
            continue;
        out[n] = (struct lead){.id = db_int(&q, 0), .title = db_dup(&q, 1, rq->arena)};
        out[n].path = record_path_of(rq->arena, str_of(type), out[n].id, out[n].title);
        n++;
    }
    db_done(&q);
    return n;
}

/* ---- indexes ---- */

size_t field_keys(struct arena *a, const struct record_field *f, const struct value *v,
                  struct db_arg *keys)
{
    struct str rest = v->none ? S("") : v->s, one;
    size_t n = 0;
    if (kind_reaches(f->result)) {
        struct reach reach;
        while (rest.n && n < CHOICES_MAX && reach_next(&rest, &reach)) {
            struct value alone = {.s = reach.value};
            struct db_arg key = kind_key(a, f, &alone);
            size_t same = 0;
            while (same < n && !str_eq(keys[same].s, key.s))
                same++;
            keys[same] = key;
            n += same == n;
        }
        return n;
    }
    if (f->result != KIND_CHOICES && !v->none)
        keys[n++] = kind_key(a, f, v);
    while (f->result == KIND_CHOICES && n < CHOICES_MAX && str_split(&rest, ',', &one))
        keys[n++] = T(one); /* a row for each */
    return n;
}

static void index_take(struct db *db, struct arena *a, const char *index,
                       const struct record_field *f, const struct value *v, int64_t id)
{
    struct db_arg keys[CHOICES_MAX];
    size_t n = field_keys(a, f, v, keys);
    const char *sql = n ? str_fmt(a, "DELETE FROM %s WHERE v = ?1 AND id = ?2", index).p : NULL;
    for (size_t i = 0; i < n; i++) {
        db_gather_of(db, index, I(id));
        db_send(db, sql, keys[i], I(id));
    }
}

static void index_add(struct db *db, struct arena *a, const char *index,
                      const struct record_field *f, const struct value *v, int64_t id, bool fresh)
{
    struct db_arg keys[CHOICES_MAX];
    size_t n = field_keys(a, f, v, keys);
    const char *into = !n ? NULL
                       : f->index_into && f->index_table == index
                           ? f->index_into
                           : str_fmt(a, "%s (v, id)", index).p;
    for (size_t i = 0; i < n; i++) {
        struct db_arg row[] = {keys[i], I(id)};
        db_put_n(db, into, fresh ? PUT_NEW : PUT_ANY, row, sizeof row / sizeof *row);
    }
}

void field_index_put(const struct act *act, const struct record_type *t,
                     const struct record_field *f, int64_t id, const struct value *was,
                     const struct value *is)
{
    bool any = !is->none || (was && !was->none);
    const char *index = any ? field_index(act->arena, t, f) : NULL;
    if (!index)
        return;
    if (was)
        index_take(act->db, act->arena, index, f, was, id);
    index_add(act->db, act->arena, index, f, is, id, !was);
}

void title_begin(const struct act *act, const struct record *r)
{
    const struct record_type *t = catalog_type(act->db, r->type);
    const struct record_field *f = t && t->fields ? type_title(t) : NULL;
    if (!f)
        return;
    field_index_put(act, t, f, r->id, NULL, &(struct value){.s = r->title, .none = !r->title.n});
    titles_add(act->db, act->arena, r->type, r->id, r->title, PUT_LEAD);
}

void title_follow(const struct act *act, const struct record *r, struct str was)
{
    const struct record_type *t = catalog_type(act->db, r->type);
    const struct record_field *f = t && t->fields ? type_title(t) : NULL;
    if (!f)
        return;
    struct value before = {.s = was, .none = !was.n}, now = {.s = r->title, .none = !r->title.n};
    field_index_put(act, t, f, r->id, &before, &now);
    titles_put(act->db, act->arena, r->type, r->id, was, r->title);
    if (!was.n)
        return;
    if (t->renamed)
        t->renamed(act, r);
    struct value *is = alike_keyed(t) ? values_read(act->db, act->arena, t, r->id) : NULL;
    if (is) {
        struct value *old = arena_array(act->arena, struct value, t->fields_n);
        memcpy(old, is, t->fields_n * sizeof *old);
        old[f->index] = before;
        const struct alike_keys keys = alike_keys_of(act->db, act->arena, t, r->id, old);
        alike_keys_put(act->db, act->arena, t, &keys, is);
    }
}

void fields_forget(const struct act *act, int64_t id)
{
    struct str type =
        db_get_str(act->db, act->arena, "SELECT type FROM records WHERE id = ?1", I(id));
    const struct record_type *t = type.n ? catalog_type(act->db, type) : NULL;
    struct value *was = t && t->fields ? values_read(act->db, act->arena, t, id) : NULL;
    static const struct value none = {.none = true};
    struct alike_keys keys = {.id = id};
    if (was)
        keys = alike_keys_of(act->db, act->arena, t, id, was);
    for (size_t i = 0; was && i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (f->flags & FIELD_TITLE)
            titles_put(act->db, act->arena, type, id, was[i].none ? S("") : was[i].s, S(""));
        if (f->sql[0])
            field_index_put(act, t, f, id, &was[i], &none);
        if (f->other)
            field_forget(act, t, f, id);
    }
    abouts_forget(act->db, id);
    if (was)
        alike_keys_put(act->db, act->arena, t, &keys, NULL);
    if (was)
        db_exec(act->db, str_fmt(act->arena, "DELETE FROM %s WHERE id = ?1", t->table).p, I(id));
}

void field_reindex(struct db *db, struct arena *a, const struct record_type *t,
                   const struct record_field *f)
{
    const char *index = field_index(a, t, f);
    struct field_set one = {0};
    field_set_add(&one, f);
    struct out sql;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT r.id");
    values_select(&sql, t, &one, NULL);
    out_fmt(&sql,
            " FROM records r JOIN %s t ON t.id = r.id WHERE t.id > ?1 AND r.type = ?2"
            " ORDER BY t.id LIMIT ?3",
            t->table);
    const char *select = str_cstr(a, out_take(&sql, a));
    for (int64_t last = 0, n = PIECE; n == PIECE && !db_failed(db);) {
        struct arena *piece = arena_new(16 << 20);
        struct value *values = arena_array(piece, struct value, t->fields_n * PIECE);
        int64_t ids[PIECE];
        struct rows q = db_query(db, select, I(last), Z(t->name), I(PIECE));
        for (n = 0; n < PIECE && db_next(&q); n++) {
            int col = 1;
            ids[n] = last = db_int(&q, 0);
            values_decode(t, &one, &q, &col, piece, values + n * (int64_t)t->fields_n);
        }
        db_done(&q);
        for (int64_t i = 0; i < n; i++) {
            const struct value *v = &values[i * (int64_t)t->fields_n + (int64_t)f->index];
            if (index)
                index_add(db, piece, index, f, v, ids[i], false);
            if (f->flags & FIELD_TITLE)
                titles_put(db, piece, str_of(t->name), ids[i], S(""), v->none ? S("") : v->s);
        }
        arena_free(piece);
    }
}

void record_reindex(struct db *db, struct arena *a, const struct record_type *t, int64_t id)
{
    const struct record_field *title = type_title(t);
    const struct value *values =
        db_get_int(db, 0, "SELECT 1 FROM records WHERE id = ?1 AND type = ?2", I(id), Z(t->name))
            ? values_read(db, a, t, id)
            : NULL;
    for (size_t i = 0; i < t->fields_n; i++) {
        const char *index = field_index(a, t, &t->fields[i]);
        if (index)
            db_exec(db, str_fmt(a, "DELETE FROM %s WHERE id = ?1", index).p, I(id));
        if (index && values)
            index_add(db, a, index, &t->fields[i], &values[i], id, false);
    }
    db_exec(db, "DELETE FROM titles WHERE type = ?1 AND record_id = ?2", Z(t->name), I(id));
    if (title && values && !values[title->index].none)
        titles_put(db, a, str_of(t->name), id, S(""), values[title->index].s);
}

/* ---- links ---- */

void field_links_put(const struct act *act, const struct record_type *t,
                     const struct record_field *f, int64_t id, const struct value *is)
{
    struct str kind = str_fmt(act->arena, "%s.%s", t->name, f->name);
    db_send(act->db, "DELETE FROM links WHERE from_id = ?1 AND kind = ?2", I(id), T(kind));
    for (size_t i = 0; i < is->leads_n; i++)
        db_send(act->db,
                "INSERT INTO links (from_id, kind, to_id, author_id, at, role)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                I(id), T(kind), I(is->leads[i].id), REF(act->person_id), I(act->at + (int64_t)i),
                T(is->leads[i].role));
}

/* ---- making ---- */

static bool in_table(const struct record_field *f)
{
    return strncmp(f->sql, "t.", 2) == 0;
}

static void column_put(struct out *o, const struct record_field *f, size_t c)
{
    out_str(o, str_of(f->sql + 2));
    out_str(o, str_of(kind_info(f->result)->columns[c].suffix));
}

/* The statement for all columns that rows of the type had so far. */
static const char *insert_make(const struct record_type *t)
{
    struct out names, marks;
    size_t n = 1;
    out_init(&names, SQL_MAX);
    out_init(&marks, SQL_MAX);
    for (const char *p = t->made; p; p = strchr(p + 1, ','))
        out_fmt(&marks, ", ?%zu", ++n);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!(t->rows->bits[i / 64] >> i % 64 & 1))
            continue;
        for (size_t c = 0; kind_info(f->result)->columns[c].suffix; c++) {
            out_lit(&names, ", ");
            column_put(&names, f, c);
            out_fmt(&marks, ", ?%zu", ++n);
        }
    }
    struct arena *a = t->rows->arena;
    struct str columns = out_take(&names, a), values = out_take(&marks, a);
    return str_fmt(a, "INSERT INTO %s (id%s%s" STR_FMT ") VALUES (?1" STR_FMT ")", t->table,
                   t->made ? ", " : "", t->made ? t->made : "", STR_ARG(columns), STR_ARG(values))
        .p;
}

static void row_insert(const struct act *act, const struct record_values *e, const struct record *r)
{
    const struct record_type *t = e->type;
    struct type_rows *rows = t->rows;
    size_t n = 0, most = 1 + TYPE_MADE;
    for (size_t i = 0; i < t->fields_n; i++) {
        uint64_t bit = UINT64_C(1) << i % 64;
        if (!e->values[i].none && in_table(&t->fields[i]) && !(rows->bits[i / 64] & bit)) {
            rows->bits[i / 64] |= bit;
            rows->insert = NULL;
        }
        most += rows->bits[i / 64] & bit ? KIND_COLUMNS : 0;
    }
    if (!rows->insert)
        rows->insert = insert_make(t);
    struct db_arg *args = arena_array(act->arena, struct db_arg, most);
    args[n++] = I(r->id);
    if (t->make)
        n += t->make(act, r, &args[n]);
    for (size_t i = 0; i < t->fields_n; i++)
        if (rows->bits[i / 64] >> i % 64 & 1)
            n += kind_args(&t->fields[i], &e->values[i], &args[n]);
    db_new_n(act->db, rows->insert, args, n);
}

static struct str value_str(const struct record_values *e, const struct record_field *f)
{
    return f && !e->values[f->index].none ? e->values[f->index].s : S("");
}

/* For formulas that read it. */
static void created_at_set(const struct act *act, const struct record_values *e)
{
    const struct record_field *f = type_field(e->type, "created_at");
    if (f && strcmp(f->sql, "r.created_at") == 0)
        e->values[f->index] = (struct value){.i = act->at};
}

/* A status that the program sets begins as its first choice. */
static void state_begin(const struct record_values *e, const struct record_field *state)
{
    struct value *v = state ? &e->values[state->index] : NULL;
    if (v && v->none && (state->flags & FIELD_FIXED) && state->choices)
        *v = (struct value){.s = str_of(state->choices->name)};
}

/* Where a field says who sees it, that. */
static enum audience audience_given(const struct record_values *e)
{
    struct str name = value_str(e, type_field(e->type, "audience"));
    int audience = name.n ? audience_of(name) : -1;
    return audience < 0 ? e->audience : (enum audience)audience;
}

struct record *fields_create(const struct act *act, const struct record_values *e)
{
    const struct record_type *t = e->type;
    const struct record_field *owner = type_field(t, "owner"), *state = NULL;
    depends_settle(act, e, NULL);
    for (size_t i = 0; i < t->fields_n; i++)
        if (strcmp(t->fields[i].sql, "r.state") == 0)
            state = &t->fields[i];
    state_begin(e, state);
    struct record *r = record_make(
        act, &(struct record_draft){
                 .type = t->name,
                 .itself = t->itself,
                 .space_id = e->space_id,
                 .own_space = t->holds,
                 .audience = audience_given(e),
                 .title = value_str(e, type_title(t)),
                 .source = value_str(e, type_body(t)),
                 .tags = value_str(e, type_field(t, "tags")),
                 .state = value_str(e, state),
                 .owner_id = owner && !e->values[owner->index].none ? e->values[owner->index].i : 0,
                 .plain = values_plain(act->arena, t, e->values),
             });
    if (!r)
        return NULL;
    created_at_set(act, e);
    rollups_begin(t, e->values);
    formulas_compute(act->arena, t, act->at, e->values, NULL);
    row_insert(act, e, r);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if ((e->values[i].none && !f->other) || (f->flags & FIELD_TITLE))
            continue; /* the title: by record_make */
        if (f->result == KIND_REFS)
            field_links_put(act, t, f, r->id, &e->values[i]);
        else
            field_index_put(act, t, f, r->id, NULL, &e->values[i]);
        if (f->other)
            field_follow(act, t, f, r->id, &e->values[i]);
    }
    tallies_put(act, t, r->audience, e->values, 1);
    rollups_follow(act->db, act->arena, t, r->id, NULL, e->values);
    alike_keys_new(act->db, act->arena, t, r->id, e->values);
    abouts_put(act->db, act->arena, t, r->id);
    lets_put(act->db, act->arena, t, r->id);
    return db_failed(act->db) ? NULL : r;
}

/* ---- changing ---- */

/* RULE 2: {"stage": ["new", "won"]}, as forms have values. */
static struct str changes_json(struct arena *a, const struct record_type *t,
                               const struct field_set *changed, const struct value *was,
                               const struct value *is)
{
    struct out o;
    out_init(&o, CHANGES_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!field_set_has(changed, f) || (f->flags & (FIELD_TITLE | FIELD_BODY)) ||
            f->result == KIND_TAGS || f->computed)
            continue;
        json_key(&j, f->name);
        json_open(&j, '[');
        json_str(&j, kind_text(a, f, &was[i]));
        json_str(&j, kind_text(a, f, &is[i]));
        json_close(&j, ']');
    }
    json_close(&j, '}');
    struct str text = out_take(&o, a);
    return text.n > 2 ? text : S("");
}

static void row_update(const struct act *act, const struct record_values *e,
                       const struct field_set *changed, int64_t id)
{
    const struct record_type *t = e->type;
    struct out sets;
    struct db_arg *args = arena_array(act->arena, struct db_arg, t->fields_n * KIND_COLUMNS + 1);
    size_t n = 0;
    out_init(&sets, SQL_MAX);
    args[n++] = I(id);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!in_table(f) || !field_set_has(changed, f))
            continue;
        size_t columns = kind_args(f, &e->values[i], &args[n]);
        for (size_t c = 0; c < columns; c++) {
            if (n > 1)
                out_lit(&sets, ", ");
            column_put(&sets, f, c);
            out_lit(&sets, " = ?");
            out_int(&sets, (int64_t)++n);
        }
    }
    struct str list = out_take(&sets, act->arena);
    if (n > 1)
        db_send_n(
            act->db,
            str_fmt(act->arena, "UPDATE %s SET " STR_FMT " WHERE id = ?1", t->table, STR_ARG(list))
                .p,
            args, n);
    const struct record_field *owner = type_field(t, "owner");
    if (owner && strcmp(owner->sql, "r.owner_id") == 0 && field_set_has(changed, owner))
        db_exec(act->db, "UPDATE records SET owner_id = ?2 WHERE id = ?1", I(id),
                e->values[owner->index].none ? NIL() : I(e->values[owner->index].i));
}

/* Fills up what is not given, and says what is another than it was. */
static struct field_set changed_of(const struct act *act, const struct record_values *e,
                                   const struct value *was, bool *any)
{
    const struct record_type *t = e->type;
    struct field_set changed = {0};
    for (size_t i = 0; i < t->fields_n; i++)
        if (!e->given[i])
            e->values[i] = was[i];
    depends_settle(act, e, was);
    for (size_t i = 0; i < t->fields_n; i++) {
        if (value_eq(&t->fields[i], &was[i], &e->values[i]))
            continue;
        field_set_add(&changed, &t->fields[i]);
        *any = true;
    }
    return changed;
}

enum record_result fields_update(const struct act *act, struct record *r,
                                 const struct record_values *e)
{
    const struct record_type *t = e->type;
    if (e->revision && e->revision != r->revision)
        return RECORD_STALE;
    struct value *was = values_read(act->db, act->arena, t, r->id);
    bool any = false;
    if (!was)
        return RECORD_STALE;
    struct field_set changed = changed_of(act, e, was, &any);
    if (!any)
        return RECORD_SAME;
    formulas_compute(act->arena, t, act->at, e->values, NULL);
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].computed && !value_eq(&t->fields[i], &was[i], &e->values[i]))
            field_set_add(&changed, &t->fields[i]);
    const struct alike_keys keys = alike_keys_of(act->db, act->arena, t, r->id, was);
    row_update(act, e, &changed, r->id);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!field_set_has(&changed, f) || (f->flags & FIELD_TITLE))
            continue;
        if (f->result == KIND_REFS)
            field_links_put(act, t, f, r->id, &e->values[i]);
        else
            field_index_put(act, t, f, r->id, &was[i], &e->values[i]);
        if (f->result == KIND_CHOICE)
            place_leave(act, t, f, r->id);
        if (f->other)
            field_follow(act, t, f, r->id, &e->values[i]);
    }
    if (!r->deleted_at)
        tallies_change(act, t, r->audience, was, e->values);
    alike_keys_put(act->db, act->arena, t, &keys, e->values);
    abouts_put(act->db, act->arena, t, r->id);
    lets_put(act->db, act->arena, t, r->id);
    struct str plain = values_plain(act->arena, t, e->values);
    enum record_result result = record_update(
        act, r,
        &(struct record_edit){.by_fields = true,
                              .title = type_title(t) ? value_str(e, type_title(t)) : r->title,
                              .source = type_body(t) ? value_str(e, type_body(t)) : (struct str){0},
                              .tags = value_str(e, type_field(t, "tags")),
                              .note = e->note,
                              .changes = changes_json(act->arena, t, &changed, was, e->values),
                              .plain = plain,
                              .same_plain = str_eq(plain, values_plain(act->arena, t, was))});
    rollups_follow(act->db, act->arena, t, r->id, was, e->values);
    if (t->changed)
        t->changed(act, r, was, e->values);
    return result;
}

bool fields_recomputed(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                       const struct value *was, struct value *is)
{
    const struct act act = {.db = db, .arena = a};
    struct field_set changed = {0};
    bool any = false;
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].computed && !value_eq(&t->fields[i], &was[i], &is[i])) {
            field_set_add(&changed, &t->fields[i]);
            any = true;
        }
    if (!any)
        return false;
    row_update(&act, &(struct record_values){.type = t, .values = is}, &changed, id);
    for (size_t i = 0; i < t->fields_n; i++)
        if (field_set_has(&changed, &t->fields[i]))
            field_index_put(&act, t, &t->fields[i], id, &was[i], &is[i]);
    int64_t audience = db_get_int(
        db, -1, "SELECT audience FROM records WHERE id = ?1 AND deleted_at IS NULL", I(id));
    if (audience >= 0)
        tallies_change(&act, t, audience, was, is);
    rollups_follow(db, a, t, id, was, is);
    return true;
}
