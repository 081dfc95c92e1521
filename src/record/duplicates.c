/* duplicates.c: see duplicates.h. */
#include "record/duplicates.h"

#include "db/gather.h"
#include "db/ids.h"
#include "record/field_change.h"
#include "record/reach.h"

enum {
    SQL_MAX = 64 * 1024,
    IDENTITIES = 8,
    CHUNK = 50,
    ERA_SHIFT = 18, /* of record numbers: RULE 5 */
    ERAS = 1 << 17,
    HASH_BITS = 46,
    ERAS_ASKED = 16 /* in one statement */
};

static bool is_reached(const struct record_field *f)
{
    return f->result == KIND_EMAIL || f->result == KIND_PHONE || kind_reaches(f->result);
}

/* `too`: with what is switched off, and the other kind of what changes its kind. */
static bool compared(const struct record_type *t, bool too)
{
    bool by_fields = t->alike == ALIKE_BY_FIELDS, reached = t->alike > ALIKE_BY_FIELDS;
    for (size_t i = 0; by_fields && i < t->fields_n && !reached; i++) {
        const struct record_field *f = &t->fields[i];
        reached = ((too || !f->off) && is_reached(f)) || (too && f->other && is_reached(f->other));
    }
    return t->fields && type_title(t) && reached;
}

bool alike_type(const struct record_type *t)
{
    return compared(t, false);
}

bool alike_keyed(const struct record_type *t)
{
    return compared(t, true);
}

static bool of_persons(const struct record_type *t)
{
    return t->alike == ALIKE_PERSONS;
}

/* ---- facts ---- */

static const struct record_field *workplace(const struct record_type *t)
{
    const struct record_field *f = of_persons(t) ? type_field(t, "works_for") : NULL;
    return f && f->result == KIND_REF && f->sql[0] ? f : NULL;
}

static void address_take(struct str lines, struct similar_facts *facts)
{
    struct str *parts[] = {&facts->street, &facts->postcode, &facts->city}, line;
    for (size_t i = 0; i < 3 && str_split(&lines, '\n', &line); i++)
        *parts[i] = line;
}

static void text_add(struct str *list, struct str text)
{
    for (size_t i = 0; i < SIMILAR_MANY; i++) {
        if (str_eq_nocase(list[i], text))
            return;
        if (!list[i].n) {
            list[i] = text;
            return;
        }
    }
}

static void reach_take(struct arena *a, enum kind kind, struct str list,
                       struct similar_facts *facts)
{
    struct reach one;
    while (reach_next(&list, &one)) {
        struct str parts[REACH_PARTS];
        if (kind != KIND_ADDRESSES) {
            text_add(kind == KIND_EMAILS ? facts->emails : facts->phones,
                     kind == KIND_EMAILS ? one.value : phone_number(one.value));
            continue;
        }
        if (facts->street.n || facts->city.n)
            return;
        reach_address(a, one.value, parts);
        facts->street = parts[REACH_STREET];
        facts->postcode = parts[REACH_POSTCODE];
        facts->city = parts[REACH_CITY];
    }
}

static void fact_take(struct arena *a, const struct record_field *f, const struct value *v,
                      struct similar_facts *facts)
{
    if (f->flags & FIELD_TITLE)
        facts->name = v->s;
    else if (strcmp(f->name, "given_name") == 0)
        facts->given = v->s;
    else if (strcmp(f->name, "family_name") == 0)
        facts->family = v->s;
    else if (f->result == KIND_EMAIL)
        text_add(facts->emails, v->s);
    else if (f->result == KIND_PHONE)
        text_add(facts->phones, phone_number(v->s));
    else if (kind_reaches(f->result))
        reach_take(a, f->result, v->s, facts);
    else if (f->result == KIND_URL && !facts->website.n)
        facts->website = v->s;
    else if (f->result == KIND_ADDRESS && !facts->street.n && !facts->city.n)
        address_take(v->s, facts);
    else if (f->result == KIND_DATE && strcmp(f->name, "birthday") == 0)
        facts->birthday = clock_date_of(v->i);
}

/* Addresses under which a person is known: an account's is nobody's business. */
static void identities_take(struct db *db, struct arena *a, int64_t id, struct similar_facts *facts)
{
    struct rows q = db_query(db,
                             "SELECT address FROM identities WHERE person_id = ?1"
                             " AND kind = 'email' ORDER BY id LIMIT ?2",
                             I(id), I(IDENTITIES));
    while (db_next(&q))
        text_add(facts->emails, db_dup(&q, 0, a));
    db_done(&q);
}

/* RULE 2; viewer NULL: all of them. */
static bool fact_seen(const struct record_field *f, const struct viewer *viewer)
{
    return viewer ? field_seen(f, viewer) : !f->off;
}

static bool sees_all(const struct viewer *viewer)
{
    return !viewer || viewer->role >= ROLE_STAFF;
}

static struct similar_facts facts_make(struct arena *a, const struct viewer *viewer,
                                       const struct record_type *t, const struct value *values,
                                       struct str works_for)
{
    struct similar_facts facts = {.organisation = !of_persons(t)};
    for (size_t i = 0; i < t->fields_n; i++)
        if (!values[i].none && fact_seen(&t->fields[i], viewer))
            fact_take(a, &t->fields[i], &values[i], &facts);
    if (sees_all(viewer))
        facts.works_for = works_for;
    return facts;
}

static struct similar_side *side_make(struct db *db, struct arena *a, const struct viewer *viewer,
                                      const struct record_type *t, int64_t id,
                                      const struct value *values, struct str works_for)
{
    struct similar_facts facts = facts_make(a, viewer, t, values, works_for);
    if (id && of_persons(t) && sees_all(viewer))
        identities_take(db, a, id, &facts);
    return similar_prepare(a, &facts);
}

static struct str works_for(struct db *db, struct arena *a, const struct record_type *t,
                            const struct value *values)
{
    const struct record_field *f = workplace(t);
    if (!f || values[f->index].none)
        return S("");
    struct str title =
        db_get_str(db, a, "SELECT title FROM records WHERE id = ?1", I(values[f->index].i));
    return title.p ? title : S("");
}

/* ---- keys ---- */

static void keys_make(struct arena *a, const struct record_type *t, const struct similar_side *side,
                      struct alike_keys *out)
{
    struct str keys[SIMILAR_KEYS];
    uint64_t begin = str_hash_on(str_hash(str_of(t->name)), S("\n"));
    out->n = similar_keys(a, side, keys);
    out->letters = similar_letters(side);
    for (size_t i = 0; i < out->n; i++) {
        out->hashes[i] = (int64_t)str_hash_on(begin, keys[i]);
        out->tells[i] = similar_tells(keys[i]);
    }
}

static int64_t era_of(int64_t id)
{
    return id >> ERA_SHIFT & (ERAS - 1);
}

/* RULE 5 */
static int64_t in_era(int64_t era, int64_t hash)
{
    return era << HASH_BITS | (hash & ((INT64_C(1) << HASH_BITS) - 1));
}

/* What the column that is written along has (field_change.h): of a record that is just made, what
 * it will. */
static void other_take(struct db *db, struct arena *a, const struct record_type *t,
                       const struct record_field *f, int64_t id, const struct value *v,
                       struct similar_facts *facts)
{
    struct value is = {.none = true};
    if (!f->other || !alike_fact(f->other))
        return;
    if (id)
        field_other(db, a, t, f->other, id, &is);
    else if (value_convert(a, f, f->other, v, &is))
        return;
    if (!is.none)
        fact_take(a, f->other, &is, facts);
}

/* Of all fields that people fill in, those that are switched off too: docs/decisions/0063. Where
 * they work makes no key. */
static void keys_of(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                    const struct value *values, struct alike_keys *out)
{
    struct similar_facts facts = {.organisation = !of_persons(t)};
    *out = (struct alike_keys){.id = id};
    if (!values)
        return;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!values[i].none && !f->computed)
            fact_take(a, f, &values[i], &facts);
        other_take(db, a, t, f, id, &values[i], &facts);
    }
    if (id && of_persons(t))
        identities_take(db, a, id, &facts);
    keys_make(a, t, similar_prepare(a, &facts), out);
}

size_t alike_hashes(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                    const struct value *values, int64_t hashes[SIMILAR_KEYS])
{
    struct alike_keys keys;
    keys_of(db, a, t, id, values, &keys);
    for (size_t i = 0; i < keys.n; i++)
        hashes[i] = in_era(era_of(id), keys.hashes[i]);
    return keys.n;
}

static bool among(const int64_t *list, size_t n, int64_t one)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == one)
            return true;
    return false;
}

static void key_put(struct db *db, int64_t id, int64_t hash, const struct alike_keys *of,
                    enum put how)
{
    struct db_arg row[] = {I(in_era(era_of(id), hash)), I(id), I((int64_t)of->letters)};
    db_put_n(db, "similar_keys (hash, record_id, letters)", how, row, sizeof row / sizeof *row);
}

/* Each row has the letters: with another name all are written anew. */
static void keys_change(struct db *db, int64_t id, const struct alike_keys *old,
                        const struct alike_keys *new)
{
    bool same = old->letters == new->letters;
    int64_t era = era_of(id);
    for (size_t i = 0; i < old->n; i++)
        if (!same || !among(new->hashes, new->n, old->hashes[i])) {
            db_gather_by(db, "similar_keys", I(id));
            db_send(db, "DELETE FROM similar_keys WHERE hash = ?1 AND record_id = ?2",
                    I(in_era(era, old->hashes[i])), I(id));
        }
    for (size_t i = 0; i < new->n; i++)
        if (!same || !among(old->hashes, old->n, new->hashes[i]))
            key_put(db, id, new->hashes[i], new, PUT_ANY);
}

struct alike_keys alike_keys_of(struct db *db, struct arena *a, const struct record_type *t,
                                int64_t id, const struct value *values)
{
    struct alike_keys keys = {.id = id};
    if (alike_keyed(t))
        keys_of(db, a, t, id, values, &keys);
    return keys;
}

void alike_keys_put(struct db *db, struct arena *a, const struct record_type *t,
                    const struct alike_keys *old, const struct value *is)
{
    struct alike_keys new = alike_keys_of(db, a, t, old->id, is);
    keys_change(db, old->id, old, &new);
}

void alike_expect(struct db *db, struct arena *a, const struct record_type *t, int64_t id)
{
    struct similar_facts facts = {0};
    if (alike_keyed(t) && of_persons(t))
        identities_take(db, a, id, &facts);
}

void alike_keys_new(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                    const struct value *is)
{
    struct alike_keys new;
    if (!alike_keyed(t))
        return;
    keys_of(db, a, t, 0, is, &new);
    for (size_t i = 0; i < new.n; i++)
        if (!among(new.hashes, i, new.hashes[i]))
            key_put(db, id, new.hashes[i], &new, PUT_LEAD);
}

struct alike_keys alike_keys_begin(struct db *db, struct arena *a, int64_t id)
{
    struct alike_keys k = {.id = id};
    struct str type =
        id ? db_get_str(db, a, "SELECT type FROM records WHERE id = ?1", I(id)) : S("");
    const struct record_type *t = type.n ? catalog_type(db, type) : NULL;
    if (t && alike_keyed(t))
        keys_of(db, a, t, id, values_read(db, a, t, id), &k);
    return k;
}

void alike_keys_end(struct db *db, struct arena *a, const struct alike_keys *k)
{
    struct alike_keys new = alike_keys_begin(db, a, k->id);
    keys_change(db, k->id, k, &new);
}

void alike_keys_fill(struct db *db, struct arena *a, int64_t id)
{
    struct alike_keys is = alike_keys_begin(db, a, id), none = {.letters = is.letters};
    keys_change(db, id, &none, &is);
}

void alike_keys_without(struct db *db, struct arena *a, const struct record_type *t,
                        const struct record_field *f, const struct record_field *other, int64_t id)
{
    struct record_type with = *t;
    struct record_field *fields = arena_array(a, struct record_field, t->fields_n + 1);
    const struct value *values = values_read(db, a, t, id);
    struct alike_keys was, is = {.n = 0};
    if (!values)
        return;
    memcpy(fields, t->fields, t->fields_n * sizeof *fields);
    fields[f->index].other = other;
    with.fields = fields;
    keys_of(db, a, &with, id, values, &was);
    if (alike_keyed(t))
        keys_of(db, a, t, id, values, &is);
    keys_change(db, id, &was, &is);
}

void alike_keys_anew(struct db *db, struct arena *a, int64_t id)
{
    db_exec(db, "DELETE FROM similar_keys WHERE hash >= ?1 AND hash <= ?2 AND record_id = ?3",
            I(in_era(era_of(id), 0)), I(in_era(era_of(id), -1)), I(id));
    alike_keys_fill(db, a, id);
}

/* ---- looking ---- */

struct look {
    struct db *db;
    struct arena *a;
    const struct viewer *viewer; /* NULL: without one */
    const struct record_type *t;
    const struct similar_side *side;
    int64_t id; /* itself */
    struct alike *out;
    size_t n, max;
};

struct shared {
    int64_t id;
    size_t keys;
    bool tells;
    uint32_t letters;
};

struct sharers {
    struct shared *list;
    size_t n;
    uint16_t places[512]; /* by the ids' hashes: numbers in the list, from 1 */
};

static void sharer_add(struct sharers *s, int64_t id, uint32_t letters, bool tells)
{
    size_t all = sizeof s->places / sizeof *s->places;
    size_t at = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 55);
    while (s->places[at] && s->list[s->places[at] - 1].id != id)
        at = (at + 1) % all;
    if (!s->places[at]) {
        s->list[s->n++] = (struct shared){.id = id, .letters = letters};
        s->places[at] = (uint16_t)s->n;
    }
    struct shared *one = &s->list[s->places[at] - 1];
    one->keys++;
    one->tells |= tells;
}

/* The newest first: the numbers of eras are in the order of records. Two statements. */
static const char *sharers_sql(struct arena *a, size_t eras)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_lit(&o, "SELECT record_id, letters FROM similar_keys WHERE hash IN (");
    for (size_t i = 0; i < eras; i++)
        out_fmt(&o, "%s?%zu", i ? ", " : "", i + 3);
    out_lit(&o, ") AND record_id <> ?1 ORDER BY hash DESC, record_id DESC LIMIT ?2");
    return str_cstr(a, out_take(&o, a));
}

static size_t era_look(const struct look *l, int64_t last, size_t eras, int64_t hash, bool tells,
                       size_t most, struct sharers *s)
{
    struct db_arg args[ERAS_ASKED + 2] = {I(l->id), I((int64_t)most)};
    size_t found = 0, asked = eras > 1 ? ERAS_ASKED : 1;
    for (size_t i = 0; i < asked; i++)
        args[i + 2] = I(in_era(last - (int64_t)(i < eras ? i : eras - 1), hash));
    struct rows q = db_query_n(l->db, sharers_sql(l->a, asked), args, asked + 2);
    for (; s->n < ALIKE_LOOKED && db_next(&q); found++)
        sharer_add(s, db_int(&q, 0), (uint32_t)db_int(&q, 1), tells);
    db_done(&q);
    return found;
}

/* Those that share a key, in the order of the keys; RULE 4. */
static size_t shared_read(const struct look *l, const struct alike_keys *keys,
                          struct shared list[ALIKE_LOOKED])
{
    struct sharers s = {.list = list};
    int64_t newest = era_of(db_get_int(l->db, 0, "SELECT MAX(id) FROM records"));
    for (size_t i = 0; i < keys->n; i++) {
        size_t left = ALIKE_OF_KEY;
        for (int64_t era = newest; era >= 0 && left && s.n < ALIKE_LOOKED; era -= ERAS_ASKED) {
            size_t eras = era + 1 < ERAS_ASKED ? (size_t)era + 1 : ERAS_ASKED;
            left -= era_look(l, era, eras, keys->hashes[i], keys->tells[i], left, &s);
        }
    }
    return s.n;
}

static size_t candidates(const struct look *l, int64_t ids[ALIKE_LOOKED])
{
    struct shared list[ALIKE_LOOKED];
    struct alike_keys keys;
    keys_make(l->a, l->t, l->side, &keys);
    size_t all = shared_read(l, &keys, list), n = 0;
    for (size_t i = 0; i < all; i++)
        if (similar_worth(list[i].keys, list[i].tells, keys.letters, list[i].letters))
            ids[n++] = list[i].id;
    return n;
}

/* The nearest first. */
static void keep(struct look *l, struct alike one)
{
    size_t at = l->n < l->max ? l->n : l->max;
    while (at > 0 && l->out[at - 1].how.score < one.how.score)
        at--;
    if (at == l->max)
        return;
    size_t end = l->n < l->max ? l->n : l->max - 1;
    memmove(l->out + at + 1, l->out + at, (end - at) * sizeof one);
    l->out[at] = one;
    l->n = end + 1;
}

bool alike_fact(const struct record_field *f)
{
    enum kind k = f->result;
    bool named = (f->flags & FIELD_TITLE) || strcmp(f->name, "given_name") == 0 ||
                 strcmp(f->name, "family_name") == 0 || strcmp(f->name, "birthday") == 0;
    return ((k == KIND_TEXT || k == KIND_DATE) && named) || k == KIND_URL || k == KIND_ADDRESS ||
           is_reached(f);
}

void alike_facts(const struct record_type *t, struct field_set *set)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (alike_fact(f) || (f->other && alike_fact(f->other)))
            field_set_add(set, f);
    }
}

/* The same of many as identities_take. */
static void identities_read(const struct look *l, const struct alike *list,
                            struct similar_facts *facts, size_t n)
{
    int64_t ids[CHUNK];
    size_t taken[CHUNK] = {0};
    struct db_arg args[2 * CHUNK];
    struct out sql;
    if (!n || !of_persons(l->t) || !sees_all(l->viewer))
        return;
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT x.column2, i.address FROM ");
    size_t args_n = ids_put(l->db, l->a, &sql, args, 0, ids, n);
    out_lit(&sql, " CROSS JOIN identities i WHERE i.person_id = x.column1 AND i.kind = 'email'"
                  " ORDER BY i.id");
    struct rows q = db_query_n(l->db, str_cstr(l->a, out_take(&sql, l->a)), args, args_n);
    while (db_next(&q)) {
        size_t at = (size_t)db_int(&q, 0);
        if (taken[at]++ < IDENTITIES)
            text_add(facts[at].emails, db_dup(&q, 1, l->a));
    }
    db_done(&q);
}

/* Their facts, in the order of their numbers. */
static size_t facts_read(const struct look *l, const int64_t *ids, size_t n, struct alike *list,
                         struct similar_facts *facts)
{
    const struct record_field *work = workplace(l->t);
    struct db_arg args[2 * CHUNK + 2] = {I(l->viewer ? l->viewer->id : 0), Z(l->t->name)};
    struct value *values = arena_array(l->a, struct value, l->t->fields_n);
    struct field_set set = {0};
    struct out sql;
    size_t found = 0;
    alike_facts(l->t, &set);
    out_init(&sql, SQL_MAX);
    out_fmt(&sql, "SELECT r.id, r.title, %s", work ? "o.title" : "''");
    values_select(&sql, l->t, &set, NULL);
    out_lit(&sql, " FROM ");
    size_t args_n = 2 + ids_put(l->db, l->a, &sql, args, 2, ids, n);
    out_fmt(&sql, " CROSS JOIN records r CROSS JOIN %s t", l->t->table);
    if (work)
        out_fmt(&sql, " LEFT JOIN records o ON o.id = %s", work->sql);
    out_fmt(&sql,
            " WHERE r.id = x.column1 AND t.id = x.column1 AND r.type = ?2"
            " AND r.deleted_at IS NULL AND ?1 >= 0 AND %s ORDER BY r.id",
            l->viewer ? access_sql_of(l->db, l->viewer, l->t) : "1 = 1");
    struct rows q = db_query_n(l->db, str_cstr(l->a, out_take(&sql, l->a)), args, args_n);
    for (; found < n && db_next(&q); found++) {
        int col = 3;
        list[found] = (struct alike){.id = db_int(&q, 0), .title = db_dup(&q, 1, l->a)};
        values_decode(l->t, &set, &q, &col, l->a, values);
        facts[found] = facts_make(l->a, l->viewer, l->t, values, db_dup(&q, 2, l->a));
    }
    db_done(&q);
    identities_read(l, list, facts, found);
    return found;
}

static void chunk_look(struct look *l, const int64_t *ids, size_t n)
{
    struct alike *list = arena_array(l->a, struct alike, n);
    struct similar_facts *facts = arena_array(l->a, struct similar_facts, n);
    size_t found = facts_read(l, ids, n, list, facts);
    for (size_t i = 0; i < found; i++) {
        list[i].how = similar_score(l->side, similar_prepare(l->a, &facts[i]));
        if (list[i].how.score >= SIMILAR_POSSIBLE)
            keep(l, list[i]);
    }
}

static size_t look_run(struct look *l)
{
    int64_t ids[ALIKE_LOOKED];
    size_t n = candidates(l, ids);
    for (size_t at = 0; at < n; at += CHUNK)
        chunk_look(l, ids + at, n - at < CHUNK ? n - at : CHUNK);
    return l->n;
}

size_t alike_find(struct req *rq, const struct record_type *t, const struct value *values,
                  int64_t id, struct alike *out, size_t max)
{
    if (!alike_type(t))
        return 0;
    struct look l = {.db = rq->db,
                     .a = rq->arena,
                     .viewer = &rq->viewer,
                     .t = t,
                     .side = side_make(rq->db, rq->arena, &rq->viewer, t, id, values,
                                       works_for(rq->db, rq->arena, t, values)),
                     .id = id,
                     .out = out,
                     .max = max};
    size_t n = look_run(&l);
    for (size_t i = 0; i < n; i++)
        out[i].path = record_path_of(rq->arena, str_of(t->name), out[i].id, out[i].title);
    return n;
}

struct str alike_words(const struct alike *one)
{
    return one->how.n ? str_of(similar_words(one->how.reasons[0].why)) : S("");
}

static const struct similar_side *own_side(const struct look *l)
{
    struct alike own;
    struct similar_facts facts;
    return facts_read(l, &l->id, 1, &own, &facts) ? similar_prepare(l->a, &facts) : NULL;
}

size_t alike_of(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                struct alike *out, size_t max)
{
    struct look l = {.db = db, .a = a, .t = t, .id = id, .out = out, .max = max};
    l.side = own_side(&l);
    return l.side ? look_run(&l) : 0;
}

/* ---- reasons ---- */

static void plain_put(struct out *o, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        out_char(o, (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i]);
}

struct str alike_reasons_text(struct arena *a, const struct record_type *t,
                              const struct similarity *how, bool turned)
{
    struct out o;
    out_init(&o, SQL_MAX);
    for (size_t i = 0; i < how->n; i++) {
        const struct similar_reason *r = &how->reasons[i];
        bool hidden =
            of_persons(t) && (r->why <= SIMILAR_SHARED_EMAIL || r->why == SIMILAR_OTHER_EMAIL);
        out_fmt(&o, "%d\t%s\t", r->points, similar_words(r->why));
        plain_put(&o, hidden ? S("") : turned ? r->b : r->a);
        out_char(&o, '\t');
        plain_put(&o, hidden ? S("") : turned ? r->a : r->b);
        out_char(&o, '\n');
    }
    return out_take(&o, a);
}

static struct str part(struct str *line)
{
    ptrdiff_t tab = str_find(*line, '\t');
    struct str first = tab < 0 ? *line : str_first(*line, (size_t)tab);
    *line = tab < 0 ? S("") : str_from(*line, (size_t)tab + 1);
    return first;
}

size_t alike_reasons(struct str text, struct alike_reason out[SIMILAR_REASONS])
{
    struct str line;
    size_t n = 0;
    while (n < SIMILAR_REASONS && str_split(&text, '\n', &line)) {
        if (!line.n)
            continue;
        struct alike_reason *r = &out[n];
        if (!str_int(part(&line), &r->points))
            continue;
        r->words = part(&line);
        r->a = part(&line);
        r->b = part(&line);
        n++;
    }
    return n;
}
