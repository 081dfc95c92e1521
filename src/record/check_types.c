/* check_types.c: records of types with fields against their rows, indexes, titles and links; see
 * check.h.
 *
 * WHY sums first: an index has as many rows as the type has records, and in nearly every hub all of
 * them are right. So each is read once and its sum compared with that of the rows; where they
 * differ, both are gathered, sorted and told apart.
 */
#include <stdlib.h>

#include "record/abouts.h"
#include "record/checking.h"
#include "record/duplicates.h"
#include "record/fields.h"
#include "record/lets.h"

enum { SQL_MAX = 1 << 20, PIECE = 500, PIECE_ARENA = 64 << 20, SCAN = 5000, MARKS_ARENA = 1 << 30 };

/* An entry of an index, or one that should be there. */
struct mark {
    int64_t id;
    uint64_t hash;
};

struct marks {
    struct arena *arena;
    struct mark *list;
    size_t n, room;
};

/* What an index holds: of the titles the field is NULL. */
struct sought {
    const struct record_field *field;
    const char *table;
    uint64_t rows, index; /* sums of both sides */
    struct marks *wanted; /* gathers, too; NULL: it does not */
};

struct looking {
    struct checking *c;
    const struct record_type *t;
    struct sought *list;
    size_t n;
    struct sought *keys; /* of duplicates; NULL: not asked */
};

static void rows_check(struct checking *c, const struct record_type *t);
static void links_check(struct checking *c, const struct record_type *t);
static void indexes_check(struct checking *c, const struct record_type *t, struct sought *keys);
static void abouts_check(struct checking *c, const struct record_type *t);
static void keys_check(struct checking *c, struct sought *keys);

void check_types(struct checking *c)
{
    static const struct check_mend lets_anew = {.run = lets_mend};
    const struct catalog *catalog = catalog_of(c->db);
    struct sought keys = {.table = "similar_keys"};
    for (size_t i = 0; i < catalog->n && !db_failed(c->db); i++) {
        const struct record_type *t = catalog->types[i];
        if (!t->fields)
            continue;
        rows_check(c, t);
        links_check(c, t);
        indexes_check(c, t, &keys);
        if (t->timeline)
            abouts_check(c, t);
        check_ask(c, "who stands in its fields does not see it, or others do",
                  str_cstr(c->arena, lets_wrong(c->arena, t)), &lets_anew);
    }
    keys_check(c, &keys);
}

static void abouts_check(struct checking *c, const struct record_type *t)
{
    struct check_mend *mend = arena_make(c->arena, struct check_mend);
    abouts_mend(c->arena, t, mend->sql);
    check_ask(c, "its places in timelines are not what its fields say",
              str_cstr(c->arena, abouts_wrong(c->arena, t)), mend);
}

/* ---- rows and links ---- */

static void rows_check(struct checking *c, const struct record_type *t)
{
    struct check_mend *make = arena_make(c->arena, struct check_mend);
    struct check_mend *drop = arena_make(c->arena, struct check_mend);
    make->sql[0] = str_fmt(c->arena,
                           "INSERT INTO %s (id) SELECT r.id FROM records r WHERE r.id = ?1"
                           " AND r.type = '%s' AND NOT EXISTS (SELECT 1 FROM %s x WHERE x.id = ?1)",
                           t->table, t->name, t->table)
                       .p;
    drop->sql[0] = str_fmt(c->arena,
                           "DELETE FROM %s WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM records r"
                           " WHERE r.id = ?1 AND r.type = '%s')",
                           t->table, t->name)
                       .p;
    check_ask(c, str_fmt(c->arena, "has no row in %s", t->table).p,
              str_fmt(c->arena,
                      "SELECT r.id, 0, 0 FROM records r WHERE r.type = '%s'"
                      " AND NOT EXISTS (SELECT 1 FROM %s x WHERE x.id = r.id)",
                      t->name, t->table)
                  .p,
              make);
    check_ask(c, str_fmt(c->arena, "a row in %s is no record's of this type", t->table).p,
              str_fmt(c->arena,
                      "SELECT x.id, 0, 0 FROM %s x WHERE NOT EXISTS"
                      " (SELECT 1 FROM records r WHERE r.id = x.id AND r.type = '%s')",
                      t->table, t->name)
                  .p,
              drop);
}

/* Links of a field lead from its type to its target. */
static void links_check(struct checking *c, const struct record_type *t)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_fmt(&o,
            "SELECT l.from_id, 0, 0 FROM links l JOIN records f ON f.id = l.from_id"
            " JOIN records r ON r.id = l.to_id WHERE l.kind >= '%s.' AND l.kind < '%s/'"
            " AND (f.type <> '%s' OR NOT (1 = 0",
            t->name, t->name, t->name);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (f->result != KIND_REFS && f->other)
            f = f->other;
        if (f->result == KIND_REFS && f->target)
            out_fmt(&o, " OR (l.kind = '%s.%s' AND r.type = '%s')", t->name, f->name, f->target);
    }
    out_lit(&o, "))");
    check_ask(c, "a link of its fields leads to what the field does not take",
              str_cstr(c->arena, out_take(&o, c->arena)), &(struct check_mend){0});
}

/* ---- indexes ---- */

static uint64_t hash_of(const struct db_arg *key, int64_t id)
{
    uint64_t h = key->kind == DB_TEXT ? str_hash(key->s) : (uint64_t)key->i * 0x9e3779b97f4a7c15;
    h = (h ^ (uint64_t)id) * 0xbf58476d1ce4e5b9;
    h = (h ^ h >> 29) * 0x94d049bb133111eb;
    return h ^ h >> 32;
}

static void mark_add(struct marks *m, int64_t id, uint64_t hash)
{
    if (m->n == m->room) {
        size_t room = m->room ? m->room * 2 : 1024;
        struct mark *list = arena_array(m->arena, struct mark, room);
        if (m->n)
            memcpy(list, m->list, m->n * sizeof *list);
        m->list = list;
        m->room = room;
    }
    m->list[m->n++] = (struct mark){id, hash};
}

static void key_sum(struct sought *s, int64_t id, uint64_t hash)
{
    s->rows += hash;
    if (s->wanted)
        mark_add(s->wanted, id, hash);
}

static void row_sum(struct looking *l, struct arena *a, int64_t id, const struct value *values)
{
    const struct record_field *title = type_title(l->t);
    struct db_arg keys[CHOICES_MAX];
    int64_t hashes[SIMILAR_KEYS];
    size_t of_alike =
        l->keys && alike_keyed(l->t) ? alike_hashes(l->c->db, a, l->t, id, values, hashes) : 0;
    for (size_t i = 0; i < of_alike; i++) {
        struct db_arg key = I(hashes[i]);
        key_sum(l->keys, id, hash_of(&key, id));
    }
    for (size_t i = 0; i < l->n; i++) {
        struct sought *s = &l->list[i];
        size_t n = 0;
        if (s->field) {
            n = field_keys(a, s->field, &values[s->field->index], keys);
        } else if (title && !values[title->index].none) {
            struct str folded[TITLE_KEYS];
            n = title_keys(a, values[title->index].s, folded);
            for (size_t k = 0; k < n; k++)
                keys[k] = T(folded[k]);
        }
        for (size_t k = 0; k < n; k++)
            key_sum(s, id, hash_of(&keys[k], id));
    }
}

/* All records of the type, some at a time. */
static void rows_sum(struct looking *l)
{
    struct field_set set = {0};
    struct out o;
    const struct record_type *t = l->t;
    if (type_title(t))
        field_set_add(&set, type_title(t));
    if (l->keys && alike_keyed(t))
        alike_facts(t, &set);
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].field)
            field_set_add(&set, l->list[i].field);
    out_init(&o, SQL_MAX);
    out_lit(&o, "SELECT r.id");
    values_select(&o, t, &set, NULL);
    out_fmt(&o,
            " FROM records r JOIN %s t ON t.id = r.id WHERE t.id > ?1 AND r.type = ?2"
            " ORDER BY t.id LIMIT ?3",
            t->table);
    const char *sql = str_cstr(l->c->arena, out_take(&o, l->c->arena));
    struct arena *piece = arena_new(PIECE_ARENA);
    for (int64_t last = 0, n = PIECE; n == PIECE && !db_failed(l->c->db);) {
        struct rows q = db_query(l->c->db, sql, I(last), Z(t->name), I(PIECE));
        struct value *values = arena_array(piece, struct value, t->fields_n);
        for (n = 0; db_next(&q); n++) {
            int col = 1;
            last = db_int(&q, 0);
            values_decode(t, &set, &q, &col, piece, values);
            row_sum(l, piece, last, values);
        }
        arena_reset(piece);
    }
    arena_free(piece);
}

/* All of one index, some at a time, in the order of its key. */
static void index_sum(struct looking *l, struct sought *s, struct marks *have)
{
    bool keys = s == l->keys, titles = !s->field && !keys;
    bool text = titles || (!keys && kind_key_is_text(s->field));
    struct arena *a = l->c->arena, *now = arena_new(1 << 20), *before = arena_new(1 << 20);
    const char *v = keys ? "hash" : titles ? "key" : "v", *id = s->field ? "id" : "record_id";
    struct str type = titles ? str_fmt(a, "type = '%s' AND ", l->t->name) : S("");
    const char *sql = str_fmt(a,
                              "SELECT %s, %s FROM %s WHERE " STR_FMT "(%s, %s) > (?1, ?2)"
                              " ORDER BY %s, %s LIMIT ?3",
                              v, id, s->table, STR_ARG(type), v, id, v, id)
                          .p;
    struct db_arg last = text ? T(S("")) : I(INT64_MIN);
    int64_t last_id = INT64_MIN;
    for (int64_t n = SCAN; n == SCAN && !db_failed(l->c->db);) {
        struct rows q = db_query(l->c->db, sql, last, I(last_id), I(SCAN));
        struct arena *spare = before;
        before = now;
        now = spare;
        arena_reset(now);
        for (n = 0; db_next(&q);) {
            struct db_arg key = text ? T(db_str(&q, 0)) : I(db_int(&q, 0));
            uint64_t hash = hash_of(&key, db_int(&q, 1));
            s->index += hash;
            if (have)
                mark_add(have, db_int(&q, 1), hash);
            if (++n == SCAN) {
                last = text ? T(str_dup(now, key.s)) : key;
                last_id = db_int(&q, 1);
            }
        }
    }
    arena_free(now);
    arena_free(before);
}

static int by_id(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Any type's, since an id may stand in the index of another one. */
static void anew(struct db *db, struct arena *a, int64_t id)
{
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (c->types[i]->fields)
            record_reindex(db, a, c->types[i], id);
}

static void differences_tell(struct looking *l, const struct sought *s, const struct marks *have,
                             const struct marks *want)
{
    static const struct check_mend mend = {.run = anew};
    const char *what = str_fmt(l->c->arena, "%s does not find it by its value", s->table).p;
    for (size_t h = 0, w = 0; h < have->n || w < want->n;) {
        int64_t id = w == want->n || (h < have->n && have->list[h].id < want->list[w].id)
                         ? have->list[h].id
                         : want->list[w].id;
        size_t h0 = h, w0 = w;
        bool same = true;
        while (h < have->n && have->list[h].id == id)
            h++;
        while (w < want->n && want->list[w].id == id)
            w++;
        for (size_t i = 0; i < h - h0 && i < w - w0; i++)
            same = same && have->list[h0 + i].hash == want->list[w0 + i].hash;
        if (!same || h - h0 != w - w0)
            check_found(l->c, &(struct check_finding){what, id, (int64_t)(h - h0),
                                                      (int64_t)(w - w0), &mend});
    }
}

static void differences_find(struct looking *l, const struct sought *s)
{
    struct arena *a = arena_new(MARKS_ARENA);
    struct marks have = {.arena = a}, want = {.arena = a};
    struct sought again = {.field = s->field, .table = s->table, .wanted = &want};
    struct looking one = {l->c, l->t, &again, 1, NULL};
    rows_sum(&one);
    index_sum(&one, &again, &have);
    if (have.n)
        qsort(have.list, have.n, sizeof *have.list, by_id);
    if (want.n)
        qsort(want.list, want.n, sizeof *want.list, by_id);
    if (!arena_over(a))
        differences_tell(l, s, &have, &want);
    arena_free(a);
}

/* In one query, for the many types that have no records. */
static bool all_empty(struct looking *l)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_fmt(&o, "SELECT 1 WHERE EXISTS (SELECT 1 FROM %s)", l->t->table);
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].field)
            out_fmt(&o, " OR EXISTS (SELECT 1 FROM %s)", l->list[i].table);
    out_fmt(&o, " OR EXISTS (SELECT 1 FROM titles WHERE type = '%s')", l->t->name);
    return !db_get_int(l->c->db, 0, str_cstr(l->c->arena, out_take(&o, l->c->arena)));
}

static void indexes_check(struct checking *c, const struct record_type *t, struct sought *keys)
{
    struct looking l = {c, t, arena_array(c->arena, struct sought, t->fields_n + 1), 0, keys};
    for (size_t i = 0; i < t->fields_n; i++) {
        const char *index = field_index(c->arena, t, &t->fields[i]);
        if (index)
            l.list[l.n++] = (struct sought){.field = &t->fields[i], .table = index};
    }
    l.list[l.n++] = (struct sought){.table = "titles"};
    if (all_empty(&l))
        return;
    rows_sum(&l);
    for (size_t i = 0; i < l.n; i++) {
        index_sum(&l, &l.list[i], NULL);
        if (l.list[i].rows != l.list[i].index)
            differences_find(&l, &l.list[i]);
    }
}

/* ---- keys of duplicates: one table for all types, whose rows are read with those above ---- */

/* Whether the walk over what has changed will come by: until then keys may be missing. */
static bool walk_comes(struct checking *c, int64_t id)
{
    return db_get_int(c->db, 0,
                      "SELECT 1 FROM activities WHERE record_id = ?1 AND root_id = ?1"
                      " AND id > (SELECT activity_id FROM duplicate_walks WHERE id = 1) LIMIT 1",
                      I(id)) != 0;
}

/* How many of the first n the other side has not; both are sorted. */
static int64_t not_among(const struct mark *list, size_t n, const struct mark *other, size_t m)
{
    int64_t missing = 0;
    for (size_t i = 0, k = 0; i < n; i++) {
        while (k < m && other[k].hash < list[i].hash)
            k++;
        missing += k == m || other[k].hash != list[i].hash;
    }
    return missing;
}

static size_t run_of(const struct marks *m, size_t at, int64_t id)
{
    size_t n = 0;
    while (at + n < m->n && m->list[at + n].id == id)
        n++;
    return n;
}

static void keys_tell(struct checking *c, const struct marks *have, const struct marks *want)
{
    static const struct check_mend mend = {.run = alike_keys_anew};
    for (size_t h = 0, w = 0; h < have->n || w < want->n;) {
        int64_t id = w == want->n || (h < have->n && have->list[h].id < want->list[w].id)
                         ? have->list[h].id
                         : want->list[w].id;
        size_t n = run_of(have, h, id), m = run_of(want, w, id);
        bool stale = not_among(have->list + h, n, want->list + w, m) > 0;
        bool missing = not_among(want->list + w, m, have->list + h, n) > 0;
        if (stale || (missing && !walk_comes(c, id)))
            check_found(
                c, &(struct check_finding){"its keys among duplicates are not what its fields make",
                                           id, (int64_t)n, (int64_t)m, &mend});
        h += n;
        w += m;
    }
}

static void keys_check(struct checking *c, struct sought *keys)
{
    struct looking l = {.c = c, .keys = keys};
    index_sum(&l, keys, NULL);
    if (keys->rows == keys->index ||
        db_get_int(c->db, 0, "SELECT 1 FROM field_changes WHERE state <> 'done' LIMIT 1"))
        return; /* those of a field that changes its kind come and go with its values */
    const struct catalog *catalog = catalog_of(c->db);
    struct arena *a = arena_new(MARKS_ARENA);
    struct marks have = {.arena = a}, want = {.arena = a};
    struct sought again = {.table = keys->table, .wanted = &want};
    l.keys = &again;
    for (size_t i = 0; i < catalog->n && !db_failed(c->db); i++) {
        l.t = catalog->types[i];
        if (l.t->fields && alike_keyed(l.t))
            rows_sum(&l);
    }
    index_sum(&l, &again, &have);
    if (have.n)
        qsort(have.list, have.n, sizeof *have.list, by_id);
    if (want.n)
        qsort(want.list, want.n, sizeof *want.list, by_id);
    if (!arena_over(a))
        keys_tell(c, &have, &want);
    arena_free(a);
}
