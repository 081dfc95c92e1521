/* tallies.c: counts by choice, kept with each change and counted anew; see tallies.h.
 *
 * WHY not a consumer of the log: it would have to keep what it counted of each record. Here the
 * writer of the values knows both what they were and what they are.
 */
#include "record/tallies.h"

#include "db/gather.h"
#include "record/depends.h"

enum { SQL_MAX = 4096, ROWS_MAX = 4000 };

bool tallied(const struct record_field *by)
{
    return by->result == KIND_CHOICE && by->choices && (by->flags & FIELD_INDEXED) && by->sql[0] &&
           (by->flags & (FIELD_LISTED | FIELD_CARD));
}

bool tally_sums(const struct record_field *sum)
{
    return (kind_info(sum->result)->can & KIND_SUMS) && sum->sql[0] &&
           (sum->flags & (FIELD_LISTED | FIELD_CARD));
}

/* ---- kept with each change ---- */

struct counter { /* a choice; `on`: together with that it depends on; NULL: alone */
    const struct record_field *by, *on;
};

static const char *counter_name(struct arena *a, const struct counter *c)
{
    return c->on ? str_fmt(a, "%s,%s", c->on->name, c->by->name).p : c->by->name;
}

static bool counter_has(const struct counter *c, const struct value *values)
{
    return !values[c->by->index].none && (!c->on || !values[c->on->index].none);
}

static bool counter_same(const struct counter *c, const struct value *was, const struct value *is)
{
    return value_eq(c->by, &was[c->by->index], &is[c->by->index]) &&
           (!c->on || value_eq(c->on, &was[c->on->index], &is[c->on->index]));
}

/* Those of a field: alone, and with what it depends on. */
static size_t counters_of(const struct record_type *t, const struct record_field *by,
                          struct counter out[2])
{
    const struct record_field *on = by->depends ? type_field(t, by->depends) : NULL; /* or off */
    if (!tallied(by))
        return 0;
    out[0] = (struct counter){by, NULL};
    out[1] = (struct counter){by, on};
    return on && on->result == KIND_CHOICE && on->sql[0] ? 2 : 1;
}

static void step(const struct act *act, const struct record_type *t, const struct counter *c,
                 const char *sum, const struct value *values, struct str currency, int64_t audience,
                 int n, int64_t amount)
{
    struct str key = values[c->by->index].s;
    if (c->on)
        key =
            str_fmt(act->arena, STR_FMT "," STR_FMT, STR_ARG(values[c->on->index].s), STR_ARG(key));
    db_add(act->db, "tallies",
           "INSERT INTO tallies (type, field, sum, value, currency, audience, n, amount)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
           " ON CONFLICT (type, field, sum, value, currency, audience)"
           " DO UPDATE SET n = tallies.n + excluded.n, amount = tallies.amount + excluded.amount",
           Z(t->name), Z(counter_name(act->arena, c)), Z(sum), T(key), T(currency), I(audience),
           I(n), I(amount));
}

static bool summed(const struct value *v)
{
    return !v->none && v->i <= TALLY_MOST && v->i >= -TALLY_MOST; /* RULE 3 */
}

static void sum_step(const struct act *act, const struct record_type *t, const struct counter *c,
                     const struct record_field *sum, int64_t audience, const struct value *values,
                     int n)
{
    const struct value *v = &values[sum->index];
    if (summed(v))
        step(act, t, c, sum->name, values, sum->result == KIND_MONEY ? v->s : S(""), audience, n,
             v->i * n);
}

static void by_step(const struct act *act, const struct record_type *t, const struct counter *c,
                    int64_t audience, const struct value *values, int n)
{
    if (!counter_has(c, values))
        return;
    step(act, t, c, "", values, S(""), audience, n, 0);
    for (size_t i = 0; i < t->fields_n; i++)
        if (tally_sums(&t->fields[i]))
            sum_step(act, t, c, &t->fields[i], audience, values, n);
}

void tallies_put(const struct act *act, const struct record_type *t, int64_t audience,
                 const struct value *values, int by)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        struct counter list[2];
        size_t n = counters_of(t, &t->fields[i], list);
        for (size_t k = 0; k < n; k++)
            by_step(act, t, &list[k], audience, values, by);
    }
}

static void counter_change(const struct act *act, const struct record_type *t,
                           const struct counter *c, int64_t audience, const struct value *was,
                           const struct value *is)
{
    if (!counter_same(c, was, is)) {
        by_step(act, t, c, audience, was, -1);
        by_step(act, t, c, audience, is, 1);
        return;
    }
    for (size_t k = 0; k < t->fields_n && counter_has(c, is); k++) {
        const struct record_field *sum = &t->fields[k];
        if (!tally_sums(sum) || value_eq(sum, &was[k], &is[k]))
            continue;
        sum_step(act, t, c, sum, audience, was, -1);
        sum_step(act, t, c, sum, audience, is, 1);
    }
}

void tallies_change(const struct act *act, const struct record_type *t, int64_t audience,
                    const struct value *was, const struct value *is)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        struct counter list[2];
        size_t n = counters_of(t, &t->fields[i], list);
        for (size_t k = 0; k < n; k++)
            counter_change(act, t, &list[k], audience, was, is);
    }
}

void tallies_record(const struct act *act, const struct record *r, int by)
{
    const struct record_type *t = r->parent_id ? NULL : catalog_type(act->db, r->type);
    bool any = false;
    for (size_t i = 0; t && i < t->fields_n; i++)
        any = any || tallied(&t->fields[i]);
    const struct value *values = any ? values_read(act->db, act->arena, t, r->id) : NULL;
    if (values)
        tallies_put(act, t, r->audience, values, by);
}

/* ---- read ---- */

/* 1: the viewer sees all records of that audience, 0: none of them, -1: some. */
static int audience_seen(const struct viewer *viewer, const struct record_type *t, int64_t audience)
{
    if (type_ruled(t, viewer)) /* what roles say is not known by audience alone */
        return audience <= AUDIENCE_MEMBERS ? 1 : -1;
    switch (access_base(viewer)) {
    case 0:
        return audience == AUDIENCE_PUBLIC;
    case 1:
        return audience <= AUDIENCE_MEMBERS ? 1 : -1;
    case 2:
        return audience <= AUDIENCE_MEMBERS || audience == AUDIENCE_STAFF ? 1 : -1;
    default:
        return audience < AUDIENCE_PRIVATE ? 1 : -1;
    }
}

void tally_add(struct arena *a, struct tally *tally, struct str currency, int64_t amount)
{
    for (size_t i = 0; i < tally->sums_n; i++)
        if (str_eq(tally->sums[i].currency, currency)) {
            tally->sums[i].amount += amount;
            return;
        }
    if (tally->sums_n == TALLY_MONEYS)
        return;
    size_t at = tally->sums_n++; /* by their names */
    for (; at > 0 && str_cmp(tally->sums[at - 1].currency, currency) > 0; at--)
        tally->sums[at] = tally->sums[at - 1];
    tally->sums[at] = (struct tally_money){str_dup(a, currency), amount};
}

static ptrdiff_t choice_place(const struct record_field *by, struct str name)
{
    for (const struct field_choice *c = by->choices; c->name; c++)
        if (str_is(name, c->name))
            return c - by->choices;
    return -1;
}

bool tallies_read(struct req *rq, const struct record_type *t, const struct record_field *by,
                  const struct record_field *sum, struct str within, struct tally *out)
{
    const struct counter counter = {by, within.n ? field_depends(t, by) : NULL};
    struct str before = within.n ? str_fmt(rq->arena, STR_FMT ",", STR_ARG(within)) : S("");
    struct str until = within.n ? str_fmt(rq->arena, STR_FMT "-", STR_ARG(within)) : S("\x7f");
    if (!tallied(by) || (sum && !tally_sums(sum)) || (within.n && !counter.on))
        return false;
    bool exact = true;
    struct rows q =
        db_query(rq->db,
                 "SELECT sum, value, currency, audience, n, amount FROM tallies"
                 " WHERE type = ?1 AND field = ?2 AND sum IN ('', ?3) AND value >= ?4"
                 " AND value < ?5 AND n > 0",
                 Z(t->name), Z(counter_name(rq->arena, &counter)), Z(sum ? sum->name : ""),
                 T(before), T(until)); /* ',' is the character before '-' */
    while (db_next(&q)) {
        ptrdiff_t at = choice_place(by, str_from(db_str(&q, 1), before.n));
        int seen = audience_seen(&rq->viewer, t, db_int(&q, 3));
        exact = exact && seen >= 0;
        if (at < 0 || seen <= 0)
            continue;
        if (!db_str(&q, 0).n)
            out[at].n += db_int(&q, 4);
        else
            tally_add(rq->arena, &out[at], db_str(&q, 2), db_int(&q, 5));
    }
    db_done(&q);
    return exact;
}

/* ---- counted anew ---- */

/* Value, currency, audience, number and sum of the records by one field; sum NULL: no sum. */
static struct rows counting(struct db *db, struct arena *a, const struct record_type *t,
                            const struct counter *c, const struct record_field *sum)
{
    const char *by = c->on ? str_fmt(a, "%s || ',' || %s", c->on->sql, c->by->sql).p : c->by->sql;
    struct out o;
    out_init(&o, SQL_MAX);
    const char *currency = sum && sum->result == KIND_MONEY
                               ? str_fmt(a, "COALESCE(%s_currency, '')", sum->sql).p
                               : NULL;
    out_fmt(&o,
            "SELECT %s, %s, r.audience, COUNT(*), CAST(SUM(%s) AS BIGINT) FROM %s t"
            " JOIN records r ON r.id = t.id WHERE r.type = ?1 AND r.deleted_at IS NULL"
            " AND r.parent_id IS NULL AND %s IS NOT NULL",
            by, currency ? currency : "''", sum ? sum->sql : "0", t->table, by);
    if (sum)
        out_fmt(&o, " AND %s BETWEEN %lld AND %lld", sum->sql, (long long)-TALLY_MOST,
                (long long)TALLY_MOST);
    out_fmt(&o, " GROUP BY %s, r.audience%s%s", by, currency ? ", " : "", currency ? currency : "");
    return db_query(db, str_cstr(a, out_take(&o, a)), Z(t->name));
}

struct counted {
    struct str sum, value, currency;
    int64_t audience, n, amount;
};

static void counted_read(struct rows *q, struct arena *a, const char *sum, struct counted *list,
                         size_t *n)
{
    while (*n < ROWS_MAX && db_next(q)) {
        list[(*n)++] = (struct counted){.sum = sum ? str_of(sum) : db_dup(q, 5, a),
                                        .value = db_dup(q, 0, a),
                                        .currency = db_dup(q, 1, a),
                                        .audience = db_int(q, 2),
                                        .n = db_int(q, 3),
                                        .amount = db_int(q, 4)};
    }
    db_done(q);
}

/* All of a field's, as they should be. */
static size_t field_count(struct db *db, struct arena *a, const struct record_type *t,
                          const struct counter *by, struct counted *list)
{
    size_t n = 0;
    struct rows q = counting(db, a, t, by, NULL);
    counted_read(&q, a, "", list, &n);
    for (size_t i = 0; i < t->fields_n; i++)
        if (tally_sums(&t->fields[i])) {
            q = counting(db, a, t, by, &t->fields[i]);
            counted_read(&q, a, t->fields[i].name, list, &n);
        }
    return n;
}

static void counter_recount(struct db *db, struct arena *a, const struct record_type *t,
                            const struct counter *c)
{
    struct counted *list = arena_array(a, struct counted, ROWS_MAX);
    size_t n = field_count(db, a, t, c, list);
    for (size_t k = 0; k < n; k++)
        db_exec(db,
                "INSERT INTO tallies (type, field, sum, value, currency, audience, n, amount)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                Z(t->name), Z(counter_name(a, c)), T(list[k].sum), T(list[k].value),
                T(list[k].currency), I(list[k].audience), I(list[k].n), I(list[k].amount));
}

void tallies_recount(struct db *db, struct arena *a, const struct record_type *t)
{
    db_exec(db, "DELETE FROM tallies WHERE type = ?1", Z(t->name));
    for (size_t i = 0; i < t->fields_n; i++) {
        struct counter counters[2];
        size_t n = counters_of(t, &t->fields[i], counters);
        for (size_t k = 0; k < n; k++)
            counter_recount(db, a, t, &counters[k]);
    }
}

void tallies_recount_spaced(struct db *db, struct arena *a)
{
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (c->types[i]->spaced && c->types[i]->fields)
            tallies_recount(db, a, c->types[i]);
}

void tallies_recount_all(struct db *db, struct arena *a)
{
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        if (c->types[i]->fields)
            tallies_recount(db, a, c->types[i]);
}

/* ---- checked ---- */

static bool counted_same(const struct counted *a, const struct counted *b)
{
    return a->audience == b->audience && str_eq(a->sum, b->sum) && str_eq(a->value, b->value) &&
           str_eq(a->currency, b->currency);
}

static const struct counted *counted_find(const struct counted *list, size_t n,
                                          const struct counted *one)
{
    for (size_t i = 0; i < n; i++)
        if (counted_same(&list[i], one))
            return &list[i];
    return NULL;
}

static void field_check(struct db *db, struct arena *a, const struct record_type *t,
                        const struct counter *by, int64_t type,
                        void (*say)(void *ctx, int64_t type, int64_t kept, int64_t counted),
                        void *ctx)
{
    struct counted *is = arena_array(a, struct counted, ROWS_MAX);
    struct counted *kept = arena_array(a, struct counted, ROWS_MAX);
    size_t is_n = field_count(db, a, t, by, is), kept_n = 0;
    struct rows q = db_query(db,
                             "SELECT value, currency, audience, n, amount, sum FROM tallies"
                             " WHERE type = ?1 AND field = ?2",
                             Z(t->name), Z(counter_name(a, by)));
    counted_read(&q, a, NULL, kept, &kept_n);
    for (size_t i = 0; i < is_n; i++) {
        const struct counted *k = counted_find(kept, kept_n, &is[i]);
        if (!k || k->n != is[i].n)
            say(ctx, type, k ? k->n : 0, is[i].n);
        else if (k->amount != is[i].amount)
            say(ctx, type, k->amount, is[i].amount);
    }
    for (size_t i = 0; i < kept_n; i++)
        if ((kept[i].n || kept[i].amount) && !counted_find(is, is_n, &kept[i]))
            say(ctx, type, kept[i].n, 0);
}

void tallies_check(struct db *db,
                   void (*say)(void *ctx, int64_t type, int64_t kept, int64_t counted), void *ctx)
{
    const struct catalog *c = catalog_of(db);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n; k++) {
            struct counter counters[2];
            size_t n = counters_of(c->types[i], &c->types[i]->fields[k], counters);
            for (size_t m = 0; m < n; m++) {
                struct arena *own = arena_new(32 << 20);
                field_check(db, own, c->types[i], &counters[m], (int64_t)i + 1, say, ctx);
                arena_free(own);
            }
        }
}
