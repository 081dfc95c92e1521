/* formulas_all.c: computes anew what whole records hold: for jobs, for the doctor, and to say why a
 * value is missing; see formulas.h. */
#include "record/formulas.h"

#include "core/clock.h"

enum { SQL_MAX = 256 * 1024, LINKED = 25, BUDGET = 20 * 1000 };

static const char *rows_sql(struct arena *a, const struct record_type *t,
                            const struct field_set *set, const char *where)
{
    struct out sql;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT r.id");
    values_select(&sql, t, set, NULL);
    out_fmt(&sql, " FROM %s t CROSS JOIN records r WHERE r.id = t.id AND %s", t->table, where);
    return str_cstr(a, out_take(&sql, a));
}

/* Where roll-ups count its records by links, it must be known whom they lead to. */
static void links_read(struct db *db, struct arena *a, const struct record_type *t,
                       const int64_t *ids, struct value *const *values, size_t n)
{
    struct field_set set = {0};
    for (size_t i = 0; t->computed && i < t->computed->counted_n; i++)
        if (t->computed->counted[i].field->computed->by->result == KIND_REFS)
            field_set_add(&set, t->computed->counted[i].field->computed->by);
    for (size_t i = 0; i < n;
         i += LINKED) /* values_link has room for so many with all their links */
        values_link(db, a, t, &set, ids + i, values + i, n - i < LINKED ? n - i : LINKED);
}

struct value *computed_read(struct db *db, struct arena *a, const struct record_type *t, int64_t id)
{
    struct field_set all = field_set_all();
    struct value *values = arena_array(a, struct value, t->fields_n);
    struct rows q = db_query(db, rows_sql(a, t, &all, "t.id = ?1"), I(id));
    int col = 1;
    if (!db_next(&q))
        return NULL;
    values_decode(t, &all, &q, &col, a, values);
    db_done(&q);
    links_read(db, a, t, &id, &values, 1);
    return values;
}

static struct value *anew(struct db *db, struct arena *a, const struct record_type *t,
                          const struct record_field *f, int what, int64_t id,
                          const struct value *was, const char **why)
{
    const struct type_computed *of = t->computed;
    struct value *is = arena_array(a, struct value, t->fields_n);
    memcpy(is, was, t->fields_n * sizeof *is);
    for (size_t i = 0; of && i < of->rollups_n; i++) {
        const struct record_field *one = of->rollups[i];
        bool empty = what == COMPUTE_EMPTY && was[one->index].none;
        if (what == COMPUTE_ALL || (what == COMPUTE_ONE && one == f) ||
            (empty && rollup_narrow(db, a, one, id)))
            is[one->index] = rollup_compute(db, a, t, one, id, why ? &why[one->index] : NULL);
    }
    formulas_compute(a, t, clock_now(), is, why);
    return is;
}

/* Of the records behind `after`: n ids and their values. */
static size_t rows_read(struct db *db, struct arena *a, const struct record_type *t, int64_t after,
                        int64_t max, int64_t *ids, struct value **values)
{
    struct field_set all = field_set_all();
    struct rows q =
        db_query(db, rows_sql(a, t, &all, "t.id > ?1 ORDER BY t.id LIMIT ?2"), I(after), I(max));
    size_t n = 0;
    for (; n < (size_t)max && db_next(&q); n++) {
        int col = 1;
        ids[n] = db_int(&q, 0);
        values[n] = arena_array(a, struct value, t->fields_n);
        values_decode(t, &all, &q, &col, a, values[n]);
    }
    db_done(&q);
    links_read(db, a, t, ids, values, n);
    return n;
}

int64_t records_compute(struct db *db, struct arena *a, const struct record_type *t,
                        const struct record_field *f, int what, int64_t after, int64_t max,
                        int64_t *n)
{
    int64_t *ids = arena_array(a, int64_t, (size_t)max);
    struct value **values = arena_array(a, struct value *, (size_t)max);
    size_t found = rows_read(db, a, t, after, max, ids, values), i = 0;
    int64_t until = clock_monotonic() + BUDGET;
    for (; i < found && !db_failed(db) && (!i || clock_monotonic() < until); i++)
        fields_recomputed(db, a, t, ids[i], values[i],
                          anew(db, a, t, f, what, ids[i], values[i], NULL));
    *n += (int64_t)i;
    return i ? ids[i - 1] : 0;
}

void record_compute(struct db *db, struct arena *a, int64_t id)
{
    struct str type = db_get_str(db, a, "SELECT type FROM records WHERE id = ?1", I(id));
    const struct record_type *t = catalog_type(db, type);
    bool any = t && t->computed && (t->computed->formulas_n || t->computed->rollups_n);
    const struct value *was = any ? computed_read(db, a, t, id) : NULL;
    if (was)
        fields_recomputed(db, a, t, id, was, anew(db, a, t, NULL, COMPUTE_ALL, id, was, NULL));
}

void title_compute(struct db *db, struct arena *a, struct str type, int64_t id, struct str was)
{
    const struct record_type *t = catalog_type(db, type);
    const struct record_field *title = t && t->fields ? type_title(t) : NULL;
    struct value *now = title && t->computed ? computed_read(db, a, t, id) : NULL;
    if (!now)
        return;
    struct value *before = arena_array(a, struct value, t->fields_n);
    memcpy(before, now, t->fields_n * sizeof *before);
    before[title->index] = (struct value){.s = was, .none = !was.n};
    formulas_compute(a, t, clock_now(), now, NULL);
    if (!fields_recomputed(db, a, t, id, before, now))
        rollups_follow(db, a, t, id, before, now);
}

void computed_why(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                  const struct value *values, const char **why)
{
    bool asks = false;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct computed *c = t->fields[i].computed;
        if (!c || !values[i].none)
            continue;
        why[i] = c->why ? "It cannot be computed any more: its formula has to be mended." : NULL;
        asks = asks || !c->why;
    }
    if (!asks || !t->computed)
        return;
    const char **found = arena_array(a, const char *, t->fields_n);
    (void)anew(db, a, t, NULL, COMPUTE_EMPTY, id, values, found);
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].computed && values[i].none && !why[i])
            why[i] = found[i];
}

/* ---- the doctor ---- */

enum { PIECE = 200, PIECE_ARENA = 64 << 20 };

static bool settled(const struct record_field *f)
{
    const struct computed *c = f->computed;
    return c && !c->why && !c->pending && !c->changes;
}

static void type_check(struct db *db, const struct record_type *t,
                       void (*say)(void *ctx, const char *what, int64_t id), void *ctx)
{
    int64_t ids[PIECE], last = 0;
    struct value *values[PIECE];
    for (size_t n = PIECE; n == PIECE && !db_failed(db);) {
        struct arena *a = arena_new(PIECE_ARENA);
        n = rows_read(db, a, t, last, PIECE, ids, values);
        for (size_t i = 0; i < n; i++) {
            const struct value *is = anew(db, a, t, NULL, COMPUTE_ALL, ids[i], values[i], NULL);
            bool differs = false;
            for (size_t k = 0; k < t->fields_n; k++)
                differs = differs || (settled(&t->fields[k]) &&
                                      !value_eq(&t->fields[k], &values[i][k], &is[k]));
            if (differs)
                say(ctx, "a computed field is not what it is computed to", ids[i]);
            last = ids[i];
        }
        arena_free(a);
    }
}

void computed_check(struct db *db, struct arena *a,
                    void (*say)(void *ctx, const char *what, int64_t id), void *ctx)
{
    (void)a;
    const struct catalog *c = catalog_of(db);
    if (!types_synced(db)) /* of another version: its columns may be others */
        return;
    for (size_t i = 0; i < c->n; i++)
        if (c->types[i]->fields && c->types[i]->computed &&
            c->types[i]->computed->formulas_n + c->types[i]->computed->rollups_n)
            type_check(db, c->types[i], say, ctx);
}
