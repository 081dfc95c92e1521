/* rollups.c: what is counted over the records that lead to another one; see formulas.h.
 *
 * WHY a FEW children are counted anew: that is right whatever happened before, and a read of an
 * index costs little. With more of them a count and a sum change by the difference, where that is
 * certain; everything else is counted anew up to NARROW, and beyond left to a job.
 */
#include "record/formulas.h"

#include "core/clock.h"
#include "db/gather.h"
#include "jobs/jobs.h"

enum { SQL_MAX = 64 * 1024, FEW = 50, NARROW = 500, PIECE = 500, PIECE_ARENA = 64 << 20 };

/* ---- what counts for whom ---- */

/* RULE 3 */
static bool audience_counts(const struct record_field *f, int64_t child, int64_t parent)
{
    if (child == AUDIENCE_PUBLIC)
        return true;
    if (f->flags & FIELD_STAFF)
        return child == AUDIENCE_MEMBERS || child == AUDIENCE_STAFF;
    return child == AUDIENCE_MEMBERS && parent != AUDIENCE_PUBLIC;
}

static int64_t audience_of_record(struct db *db, int64_t id)
{
    return db_get_int(db, AUDIENCE_PUBLIC, "SELECT audience FROM records WHERE id = ?1", I(id));
}

/* ---- counting ---- */

struct tally {
    const struct record_field *f;
    struct arena *a;
    int64_t n;        /* that count */
    __int128 sum;     /* of values */
    struct value one; /* smallest, largest, first or last */
    int64_t made;     /* when the first or last was */
    struct str currency;
    const char *why;
};

static int value_cmp(const struct record_field *f, const struct value *a, const struct value *b)
{
    if (kind_key_is_text(f))
        return str_cmp(a->s, b->s);
    return a->i < b->i ? -1 : a->i > b->i;
}

static void currency_take(struct tally *c, const struct value *v)
{
    enum rollup_fn fn = c->f->computed->rollup.fn;
    if (c->f->computed->value->result != KIND_MONEY || fn == ROLLUP_FIRST || fn == ROLLUP_LAST ||
        fn == ROLLUP_COUNT)
        return;
    if (!c->n)
        c->currency = str_dup(c->a, v->s);
    else if (!str_eq(c->currency, v->s) && !c->why)
        c->why = str_fmt(c->a, STR_FMT " and " STR_FMT " cannot be taken together.",
                         STR_ARG(c->currency), STR_ARG(v->s))
                     .p;
}

/* In the order of their ids. */
static void tally_take(struct tally *c, const struct value *values, int64_t made)
{
    const struct record_field *f = c->f->computed->value;
    const struct value *v = f ? &values[f->index] : NULL;
    if (v && v->none)
        return;
    bool keep = false;
    if (v)
        currency_take(c, v);
    switch (c->f->computed->rollup.fn) {
    case ROLLUP_COUNT:
        break;
    case ROLLUP_SUM:
    case ROLLUP_AVERAGE:
        c->sum += v->i;
        break;
    case ROLLUP_MIN:
        keep = !c->n || value_cmp(f, v, &c->one) < 0;
        break;
    case ROLLUP_MAX:
        keep = !c->n || value_cmp(f, v, &c->one) > 0;
        break;
    case ROLLUP_FIRST:
        keep = !c->n || made < c->made;
        break;
    case ROLLUP_LAST:
        keep = !c->n || made >= c->made;
        break;
    }
    if (keep) {
        c->one = *v;
        c->one.s = str_dup(c->a, v->s);
        c->made = made;
    }
    c->n++;
}

static __int128 mean(const struct tally *c)
{
    const struct record_field *v = c->f->computed->value;
    int from = v->result == KIND_DECIMAL ? v->scale : 0;
    int to = c->f->result == KIND_DECIMAL ? c->f->scale : from;
    __int128 sum = c->sum;
    for (; from < to; from++)
        sum *= 10;
    __int128 whole = sum / c->n, rest = sum % c->n;
    if (rest * 2 >= c->n)
        whole++;
    if (-rest * 2 >= c->n)
        whole--;
    return whole;
}

static struct value tally_end(struct tally *c)
{
    enum rollup_fn fn = c->f->computed->rollup.fn;
    struct value none = {.none = true};
    if (c->why)
        return none;
    if (fn == ROLLUP_COUNT)
        return (struct value){.i = c->n};
    if (!c->n)
        return none;
    if (fn != ROLLUP_SUM && fn != ROLLUP_AVERAGE)
        return c->one;
    __int128 n = fn == ROLLUP_SUM ? c->sum : mean(c);
    if (n > INT64_MAX || n < INT64_MIN) {
        c->why = "The result is too large.";
        return none;
    }
    return (struct value){.i = (int64_t)n, .s = c->f->result == KIND_MONEY ? c->currency : S("")};
}

/* ---- reading children ---- */

static void field_need(struct field_set *set, const struct record_type *t, const struct formula *f)
{
    const size_t *reads;
    for (size_t i = f ? formula_reads(f, &reads) : 0; i-- > 0;)
        field_set_add(set, &t->fields[reads[i]]);
}

static struct field_set needed(const struct computed *c)
{
    struct field_set set = {0};
    field_need(&set, c->child, c->formula);
    if (c->value)
        field_set_add(&set, c->value);
    return set;
}

/* " FROM ... WHERE ...": those that lead to ?1. */
static void from_put(struct out *sql, struct arena *a, const struct computed *c)
{
    if (c->by->result == KIND_REFS)
        out_fmt(sql,
                " FROM links x CROSS JOIN %s t CROSS JOIN records r WHERE x.to_id = ?1 AND"
                " x.kind = '%s.%s' AND t.id = x.from_id AND r.id = x.from_id",
                c->child->table, c->child->name, c->by->name);
    else
        out_fmt(sql,
                " FROM %s x CROSS JOIN %s t CROSS JOIN records r WHERE x.v = ?1"
                " AND t.id = x.id AND r.id = x.id",
                field_index(a, c->child, c->by), c->child->table);
}

static const char *children_sql(struct arena *a, const struct computed *c,
                                const struct field_set *set)
{
    struct out sql;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT r.id, r.audience, r.created_at");
    values_select(&sql, c->child, set, NULL);
    from_put(&sql, a, c);
    const char *id = c->by->result == KIND_REFS ? "x.from_id" : "x.id";
    out_fmt(&sql, " AND r.deleted_at IS NULL AND %s > ?2 ORDER BY %s LIMIT ?3", id, id);
    return str_cstr(a, out_take(&sql, a));
}

struct value rollup_compute(struct db *db, struct arena *a, const struct record_type *t,
                            const struct record_field *f, int64_t id, const char **why)
{
    (void)t;
    const struct computed *c = f->computed;
    struct field_set set = needed(c);
    struct tally tally = {.f = f, .a = a};
    int64_t parent = audience_of_record(db, id), last = 0, now = clock_now();
    const char *sql = children_sql(a, c, &set);
    for (int64_t n = PIECE; n == PIECE && !db_failed(db);) {
        struct arena *piece = arena_new(PIECE_ARENA);
        struct value *values = arena_array(piece, struct value, c->child->fields_n);
        struct rows q = db_query(db, sql, I(id), I(last), I(PIECE));
        for (n = 0; n < PIECE && db_next(&q); n++) {
            int col = 3;
            last = db_int(&q, 0);
            int64_t made = db_int(&q, 2);
            if (!audience_counts(f, db_int(&q, 1), parent))
                continue;
            const char *wrong = NULL;
            values_decode(c->child, &set, &q, &col, piece, values);
            if (formula_holds(piece, f, now, values, &wrong))
                tally_take(&tally, values, made);
            if (wrong && !tally.why)
                tally.why = str_cstr(a, str_of(wrong));
        }
        db_done(&q);
        arena_free(piece);
    }
    struct value v = tally_end(&tally);
    if (why)
        *why = tally.why;
    return v;
}

/* ---- following a change ---- */

/* Of one child, as far as one roll-up is concerned. */
struct change {
    const struct value *was, *is; /* NULL: it did not lead there, or does not */
    int64_t audience;
};

static bool leads(const struct record_field *by, const struct value *values, int64_t to)
{
    const struct value *v = values ? &values[by->index] : NULL;
    if (!v || v->none)
        return false;
    for (size_t i = 0; by->result == KIND_REFS && i < v->leads_n; i++)
        if (v->leads[i].id == to)
            return true;
    return by->result != KIND_REFS && v->i == to;
}

/* How many lead there; at most NARROW + 1. */
static int64_t children(struct db *db, struct arena *a, const struct computed *c, int64_t id)
{
    struct str from =
        c->by->result == KIND_REFS
            ? str_fmt(a, "links WHERE to_id = ?1 AND kind = '%s.%s'", c->child->name, c->by->name)
            : str_fmt(a, "%s WHERE v = ?1", field_index(a, c->child, c->by));
    if (c->by->result != KIND_REFS)
        db_gather_by(db, field_index(a, c->child, c->by), I(id));
    return db_get_int(db, 0,
                      str_fmt(a, "SELECT COUNT(*) FROM (SELECT 1 FROM " STR_FMT " LIMIT ?2) AS few",
                              STR_ARG(from))
                          .p,
                      I(id), I(NARROW + 1));
}

bool rollup_narrow(struct db *db, struct arena *a, const struct record_field *f, int64_t id)
{
    return children(db, a, f->computed, id) <= NARROW;
}

/* What a child adds: its value, or that it is there. NULL: nothing. */
static const struct value *part(struct arena *a, const struct record_field *f,
                                const struct value *values, int64_t now, bool *certain)
{
    static const struct value there = {.i = 1};
    const char *why = NULL;
    if (!values)
        return NULL;
    bool holds = formula_holds(a, f, now, values, &why);
    *certain = *certain && !why;
    const struct record_field *v = f->computed->value;
    return !holds || (v && values[v->index].none) ? NULL : v ? &values[v->index] : &there;
}

/* By the difference alone; false: that cannot be said for certain. */
static bool by_difference(struct db *db, struct arena *a, const struct record_field *f, int64_t id,
                          const struct change *change, struct value *v)
{
    enum rollup_fn fn = f->computed->rollup.fn;
    bool certain = !v->none && !f->computed->changes && (fn == ROLLUP_COUNT || fn == ROLLUP_SUM);
    if (!certain)
        return false;
    int64_t now = clock_now();
    bool counts = audience_counts(f, change->audience, audience_of_record(db, id));
    const struct value *was = part(a, f, counts ? change->was : NULL, now, &certain);
    const struct value *is = part(a, f, counts ? change->is : NULL, now, &certain);
    if (fn == ROLLUP_COUNT) {
        v->i += (is != NULL) - (was != NULL);
        return certain;
    }
    for (int i = 0; i < 2; i++) {
        const struct value *one = i ? is : was;
        int64_t by = one ? one->i : 0;
        bool over =
            i ? __builtin_add_overflow(v->i, by, &v->i) : __builtin_sub_overflow(v->i, by, &v->i);
        certain = certain && !over && (!one || str_eq(one->s, v->s));
    }
    return certain && v->i != 0; /* 0 may also be that nothing is left */
}

static void later(struct db *db, struct arena *a, const struct record_type *t,
                  const struct record_field *f, int64_t id)
{
    struct str data = str_fmt(a, "%s.%s %lld", t->name, f->name, (long long)id);
    job_put(db, &(struct job_order){.kind = FORMULAS_JOB, .data = data, .key = data});
}

/* `change` NULL: whatever has changed, it is counted anew. */
static void parent_refresh(struct db *db, struct arena *a, const struct rolled *r, int64_t id,
                           const struct change *change)
{
    const struct record_type *t = r->type;
    struct value *was = computed_read(db, a, t, id);
    if (!was)
        return;
    struct value *is = arena_array(a, struct value, t->fields_n);
    memcpy(is, was, t->fields_n * sizeof *is);
    struct value v = was[r->field->index];
    int64_t n = children(db, a, r->field->computed, id);
    if (n > FEW && change && by_difference(db, a, r->field, id, change, &v)) {
        is[r->field->index] = v;
    } else if (n <= NARROW) {
        is[r->field->index] = rollup_compute(db, a, t, r->field, id, NULL);
    } else {
        later(db, a, t, r->field, id);
        return;
    }
    formulas_compute(a, t, clock_now(), is, NULL);
    fields_recomputed(db, a, t, id, was, is);
}

/* Whether the roll-up sees any difference. */
static bool concerns(const struct computed *c, const struct value *was, const struct value *is)
{
    struct field_set set = needed(c);
    if (!was || !is)
        return true;
    field_set_add(&set, c->by);
    for (size_t i = 0; i < c->child->fields_n; i++)
        if (field_set_has(&set, &c->child->fields[i]) &&
            !value_eq(&c->child->fields[i], &was[i], &is[i]))
            return true;
    return false;
}

static void parents_refresh(struct db *db, struct arena *a, const struct rolled *r,
                            const struct value *was, const struct value *is, int64_t audience)
{
    const struct record_field *by = r->field->computed->by;
    for (int side = 0; side < 2; side++) {
        const struct value *values = side ? is : was;
        const struct value *v = values ? &values[by->index] : NULL;
        size_t n = !v || v->none ? 0 : by->result == KIND_REFS ? v->leads_n : 1;
        for (size_t i = 0; i < n; i++) {
            int64_t to = by->result == KIND_REFS ? v->leads[i].id : v->i;
            bool before = leads(by, was, to);
            if (side && before) /* it had its turn */
                continue;
            parent_refresh(
                db, a, r, to,
                &(struct change){before ? was : NULL, leads(by, is, to) ? is : NULL, audience});
        }
    }
}

void rollups_follow(struct db *db, struct arena *a, const struct record_type *t, int64_t id,
                    const struct value *was, const struct value *is)
{
    const struct type_computed *of = t->computed;
    int64_t audience = of && of->counted_n ? audience_of_record(db, id) : 0;
    for (size_t i = 0; of && i < of->counted_n && !db_failed(db); i++)
        if (concerns(of->counted[i].field->computed, was, is))
            parents_refresh(db, a, &of->counted[i], was, is, audience);
}

void rollups_moved(struct db *db, struct arena *a, struct str type, int64_t id)
{
    const struct record_type *t = catalog_type(db, type);
    const struct type_computed *of = t && t->fields ? t->computed : NULL;
    for (size_t i = 0; of && i < of->rollups_n; i++)
        parent_refresh(db, a, &(struct rolled){t, of->rollups[i]}, id, NULL);
    const struct value *values = of && of->counted_n ? values_read(db, a, t, id) : NULL;
    for (size_t i = 0; values && i < of->counted_n; i++) {
        const struct value *v = &values[of->counted[i].field->computed->by->index];
        bool many = of->counted[i].field->computed->by->result == KIND_REFS;
        for (size_t k = 0; !v->none && k < (many ? v->leads_n : 1); k++)
            parent_refresh(db, a, &of->counted[i], many ? v->leads[k].id : v->i, NULL);
    }
}

void rollups_gone(struct db *db, struct arena *a, struct str type, int64_t id, bool gone)
{
    const struct record_type *t = catalog_type(db, type);
    if (!t || !t->fields || !t->computed || !t->computed->counted_n)
        return;
    const struct value *values = values_read(db, a, t, id);
    if (values)
        rollups_follow(db, a, t, id, gone ? values : NULL, gone ? NULL : values);
}

void rollups_begin(const struct record_type *t, struct value *values)
{
    const struct type_computed *of = t->computed;
    for (size_t i = 0; of && i < of->rollups_n; i++) {
        const struct record_field *f = of->rollups[i];
        values[f->index] = (struct value){.none = f->computed->rollup.fn != ROLLUP_COUNT};
    }
}
