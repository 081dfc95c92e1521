/* places.c: where cards stand, and the columns of a board; see places.h.
 *
 * WHY two walks a column: those that were moved are read in their order, the others by their id
 * from the choice's index, and both are merged. A board that nobody has touched costs no write.
 */
#include "record/places.h"

#include <stdlib.h>

#include "db/ids.h"
#include "record/depends.h"

enum { PUSHED = 1000 };

static struct str place_field(struct arena *a, const struct record_type *t,
                              const struct record_field *by)
{
    return str_fmt(a, "%s.%s", t->name, by->name);
}

/* ---- one card ---- */

struct lane {
    const struct act *act;
    const struct record_type *type;
    const struct record_field *by;
    struct str field, value;
    const char *index; /* of the choice */
};

struct spot { /* of a card; id 0: there is none */
    int64_t id, place;
};

static void spot_set(const struct lane *l, int64_t id, int64_t place)
{
    db_exec(l->act->db,
            "INSERT INTO places (record_id, field, value, place) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (record_id, field) DO UPDATE SET value = excluded.value,"
            " place = excluded.place",
            I(id), T(l->field), T(l->value), I(place));
}

/* Where a card of this column stands; none: it is in no or another one. */
static struct spot spot_of(const struct lane *l, int64_t id)
{
    const char *sql = str_fmt(l->act->arena,
                              "SELECT COALESCE(p.place, x.id * %lld) FROM %s x"
                              " LEFT JOIN places p ON p.record_id = x.id AND p.field = ?3"
                              " WHERE x.v = ?1 AND x.id = ?2",
                              (long long)PLACE_STEP, l->index)
                          .p;
    struct rows q = db_query(l->act->db, sql, T(l->value), I(id), T(l->field));
    struct spot spot = {0};
    if (id && db_next(&q))
        spot = (struct spot){id, db_int(&q, 0)};
    db_done(&q);
    return spot;
}

/* The next card above or below a spot, but for the card that moves. */
static struct spot spot_beside(const struct lane *l, struct spot from, bool above, int64_t moving)
{
    const char *cmp = above ? ">" : "<", *way = above ? "" : " DESC";
    struct arena *a = l->act->arena;
    const char *moved = str_fmt(a,
                                "SELECT p.record_id, p.place FROM places p JOIN records r"
                                " ON r.id = p.record_id AND r.deleted_at IS NULL"
                                " WHERE p.field = ?1 AND p.value = ?2"
                                " AND (p.place, p.record_id) %s (?3, ?4) AND p.record_id <> ?5"
                                " ORDER BY p.place%s, p.record_id%s LIMIT 1",
                                cmp, way, way)
                            .p;
    const char *unmoved =
        str_fmt(a,
                "SELECT x.id, x.id * %lld FROM %s x JOIN records r"
                " ON r.id = x.id AND r.deleted_at IS NULL"
                " WHERE x.v = ?2 AND x.id %s%s ?3 AND x.id <> ?4"
                " AND NOT EXISTS (SELECT 1 FROM places p"
                " WHERE p.record_id = x.id AND p.field = ?1)"
                " AND (x.id * %lld, x.id) %s (?5, ?6) ORDER BY x.id%s LIMIT 1",
                (long long)PLACE_STEP, l->index, cmp, "=", (long long)PLACE_STEP, cmp, way)
            .p;
    struct spot a_spot = {0}, b_spot = {0};
    struct rows q =
        db_query(l->act->db, moved, T(l->field), T(l->value), I(from.place), I(from.id), I(moving));
    if (db_next(&q))
        a_spot = (struct spot){db_int(&q, 0), db_int(&q, 1)};
    db_done(&q);
    q = db_query(l->act->db, unmoved, T(l->field), T(l->value), I(from.place / PLACE_STEP),
                 I(moving), I(from.place), I(from.id));
    if (db_next(&q))
        b_spot = (struct spot){db_int(&q, 0), db_int(&q, 1)};
    db_done(&q);
    if (!a_spot.id || !b_spot.id)
        return a_spot.id ? a_spot : b_spot;
    bool a_is_greater =
        a_spot.place > b_spot.place || (a_spot.place == b_spot.place && a_spot.id > b_spot.id);
    return a_is_greater == above ? b_spot : a_spot;
}

/* RULE 2: the cards from `up` on get numbers above `floor`, as far as they must. */
static void push_up(const struct lane *l, struct spot up, int64_t floor, int64_t moving)
{
    for (int i = 0; i < PUSHED && up.id && up.place <= floor; i++) {
        struct spot next = spot_beside(l, up, true, moving);
        floor += PLACE_STEP;
        spot_set(l, up.id, floor);
        up = next;
    }
}

static void put_between(const struct lane *l, int64_t id, struct spot up, struct spot down)
{
    if (!up.id) { /* on top: below what will be made later */
        int64_t newest = db_get_int(l->act->db, 0, "SELECT MAX(id) FROM records") * PLACE_STEP;
        spot_set(l, id, down.place + 1 > newest ? down.place + 1 : newest);
        return;
    }
    if (!down.id) {
        spot_set(l, id, up.place - PLACE_STEP);
        return;
    }
    int64_t place = down.place + (up.place - down.place) / 2;
    if (place > down.place && place < up.place) {
        spot_set(l, id, place);
        return;
    }
    spot_set(l, id, down.place + PLACE_STEP);
    push_up(l, up, down.place + PLACE_STEP, id);
}

void place_put(const struct act *act, const struct record_type *t, const struct record_field *by,
               int64_t id, struct str value, int64_t after, int64_t before)
{
    const char *index = field_index(act->arena, t, by);
    const struct lane l = {act, t, by, place_field(act->arena, t, by), value, index};
    if (!index || !value.n)
        return;
    struct spot up = after != id ? spot_of(&l, after) : (struct spot){0}, down = {0};
    if (up.id) {
        down = spot_beside(&l, up, false, id);
    } else {
        down = before != id ? spot_of(&l, before) : down;
        if (down.id)
            up = spot_beside(&l, down, true, id);
        else
            down = spot_beside(&l, (struct spot){INT64_MAX, INT64_MAX}, false, id);
    }
    put_between(&l, id, up, down);
}

void place_leave(const struct act *act, const struct record_type *t, const struct record_field *by,
                 int64_t id)
{
    db_exec(act->db, "DELETE FROM places WHERE record_id = ?1 AND field = ?2", I(id),
            T(place_field(act->arena, t, by)));
}

/* ---- columns ---- */

struct reading {
    struct req *rq;
    const struct select *s;
    const struct record_field *by, *sum;
    struct str field;
    const char *index;
    bool placed; /* any card was put somewhere */
};

/* Both streams end at the place that the other's last card has: no more than needed is read. */
static void cards_walk(const struct reading *b, struct column *c)
{
    struct arena *a = b->rq->arena;
    const char *table = b->s->type->table;
    struct selected moved[COLUMN_CARDS], unmoved[COLUMN_CARDS];
    int64_t moved_at[COLUMN_CARDS];
    size_t moved_n = 0;
    struct db_arg args[3] = {T(b->field), Z(c->choice->name)};
    struct select_way way = {
        .from = str_fmt(a,
                        " FROM places p CROSS JOIN %s t CROSS JOIN records r"
                        " WHERE t.id = p.record_id AND r.id = p.record_id AND p.field = ?2"
                        " AND p.value = ?3",
                        table)
                    .p,
        .order = " ORDER BY p.place DESC, p.record_id DESC",
        .key = "p.place",
        .args = args,
        .args_n = 2,
    };
    if (b->placed)
        moved_n = select_walk(b->rq, b->s, &way, moved, moved_at, COLUMN_CARDS);
    args[2] = I(moved_n == COLUMN_CARDS ? moved_at[moved_n - 1] / PLACE_STEP : 0);
    way = (struct select_way){
        .from = str_fmt(a,
                        " FROM %s x CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.id"
                        " AND r.id = x.id AND x.v = ?3 AND x.id >= ?4%s",
                        b->index, table,
                        b->placed ? " AND NOT EXISTS (SELECT 1 FROM places p"
                                    " WHERE p.record_id = x.id AND p.field = ?2)"
                                  : " AND ?2 <> ''")
                    .p,
        .order = " ORDER BY x.id DESC",
        .key = "x.id",
        .args = args,
        .args_n = 3,
    };
    int64_t unmoved_at[COLUMN_CARDS];
    size_t unmoved_n = select_walk(b->rq, b->s, &way, unmoved, unmoved_at, COLUMN_CARDS);
    c->found.rows = arena_bytes(a, COLUMN_CARDS * sizeof *c->found.rows);
    for (size_t m = 0, u = 0; c->found.n < COLUMN_CARDS && (m < moved_n || u < unmoved_n);) {
        int64_t by_id = u < unmoved_n ? unmoved_at[u] * PLACE_STEP : 0;
        bool first = u == unmoved_n ||
                     (m < moved_n && (moved_at[m] > by_id ||
                                      (moved_at[m] == by_id && moved[m].id > unmoved[u].id)));
        c->found.rows[c->found.n++] = first ? moved[m++] : unmoved[u++];
    }
}

/* ---- numbers where no tally tells them: of the first COLUMN_LOOK records of the column ---- */

static const char *sum_columns(struct arena *a, const struct record_field *sum)
{
    if (!sum)
        return "'', COUNT(*), 0";
    return str_fmt(a,
                   "%s%s%s, COUNT(*), CAST(SUM(CASE WHEN %s BETWEEN %lld AND %lld THEN %s"
                   " END) AS BIGINT)",
                   sum->result == KIND_MONEY ? "COALESCE(" : "''",
                   sum->result == KIND_MONEY ? sum->sql : "",
                   sum->result == KIND_MONEY ? "_currency, '')" : "", sum->sql,
                   (long long)-TALLY_MOST, (long long)TALLY_MOST, sum->sql)
        .p;
}

/* Ids of the records with the key, of an index or of the records themselves; `first` is the number
 * of the key's placeholder, the limit's is the next. */
static const char *key_ids(struct arena *a, const struct record_type *t,
                           const struct record_field *by, int first)
{
    const char *index = field_index(a, t, by);
    if (index)
        return str_fmt(a, "SELECT i.id FROM %s i WHERE i.v = ?%d ORDER BY i.id DESC LIMIT ?%d",
                       index, first, first + 1)
            .p;
    return str_fmt(a,
                   "SELECT r.id FROM records r WHERE %s = ?%d AND r.type = '%s'"
                   " AND r.deleted_at IS NULL LIMIT ?%d",
                   by->sql, first, t->name, first + 1)
        .p;
}

void column_tally(struct req *rq, const struct select *s, const struct record_field *by,
                  const struct record_field *sum, struct db_arg key, struct tally *out)
{
    struct arena *a = rq->arena;
    const struct db_arg args[] = {key, I(COLUMN_LOOK)};
    const char *ids = key_ids(a, s->type, by, 2);
    const char *money =
        sum && sum->result == KIND_MONEY
            ? str_fmt(a, " GROUP BY COALESCE(%s_currency, '') ORDER BY 1", sum->sql).p
            : "";
    const struct select_way way = {
        .from = str_fmt(a,
                        " FROM (%s) x CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.id"
                        " AND r.id = x.id",
                        ids, s->type->table)
                    .p,
        .order = money,
        .args = args,
        .args_n = 2,
    };
    struct rows q = select_query(rq, s, sum_columns(a, sum), &way);
    while (db_next(&q)) {
        out->n += db_int(&q, 1);
        if (sum && !db_is_null(&q, 2))
            tally_add(a, out, db_str(&q, 0), db_int(&q, 2));
    }
    db_done(&q);
    out->more =
        db_get_int(rq->db, 0,
                   str_fmt(a, "SELECT COUNT(*) FROM (%s) AS x", key_ids(a, s->type, by, 1)).p, key,
                   I(COLUMN_LOOK + 1)) > COLUMN_LOOK;
}

/* ---- few: all that match are read, and each goes into its column ---- */

static struct column *column_of(struct column *columns, size_t n, const struct value *v)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(v->none ? S("") : v->s, columns[i].choice->name))
            return &columns[i];
    return NULL;
}

static void few_read(const struct reading *b, const int64_t *ids, size_t ids_n,
                     struct column *columns, size_t n)
{
    struct arena *a = b->rq->arena;
    struct select s = *b->s;
    struct out from;
    struct db_arg *args = arena_bytes(a, (ids_room(ids_n) + 2) * sizeof *args);
    args[1] = T(b->field); /* behind the viewer */
    field_set_add(&s.fields, b->by);
    if (b->sum)
        field_set_add(&s.fields, b->sum);
    out_init(&from, 64 * 1024);
    out_lit(&from, " FROM ");
    size_t args_n = 1 + ids_put(b->rq->db, a, &from, args, 2, ids, ids_n);
    out_fmt(&from,
            " CROSS JOIN records r JOIN %s t ON t.id = r.id LEFT JOIN places p"
            " ON p.record_id = r.id AND p.field = ?2 WHERE r.id = x.column1",
            s.type->table);
    const char *key = str_fmt(a, "COALESCE(p.place, r.id * %lld)", (long long)PLACE_STEP).p;
    const struct select_way way = {.from = str_cstr(a, out_take(&from, a)),
                                   .order = str_fmt(a, " ORDER BY %s DESC, r.id DESC", key).p,
                                   .args = args + 1,
                                   .args_n = args_n};
    struct selected *rows = arena_array(a, struct selected, ids_n + 1);
    size_t rows_n = select_walk(b->rq, &s, &way, rows, NULL, ids_n);
    for (size_t i = 0; i < n; i++)
        columns[i].found.rows = arena_array(a, struct selected, COLUMN_CARDS);
    for (size_t i = 0; i < rows_n; i++) {
        struct column *c = column_of(columns, n, &rows[i].values[b->by->index]);
        const struct value *v = b->sum ? &rows[i].values[b->sum->index] : NULL;
        if (!c)
            continue;
        if (!c->folded && c->found.n < COLUMN_CARDS)
            c->found.rows[c->found.n++] = rows[i];
        c->tally.n++;
        if (v && !v->none && v->i <= TALLY_MOST && v->i >= -TALLY_MOST)
            tally_add(a, &c->tally, b->sum->result == KIND_MONEY ? v->s : S(""), v->i);
    }
}

/* What all cards lead to, by as few queries as that of one column. */
static void columns_name(struct req *rq, const struct select *s, const struct column *columns,
                         size_t n)
{
    struct selection all = {arena_array(rq->arena, struct selected, n * COLUMN_CARDS), 0, S("")};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < columns[i].found.n; k++)
            all.rows[all.n++] = columns[i].found.rows[k]; /* the values are the same ones */
    select_names(rq, s, &all);
}

/* Cards without a value, of the newest COLUMN_LOOK records: no index has those. */
static void none_read(const struct reading *b, struct column *c)
{
    struct select s = *b->s;
    struct arena *a = b->rq->arena;
    if (s.n == CONDITIONS_MAX || s.any)
        return;
    s.conditions[s.n++] =
        (struct condition){.field = b->by, .compare = COMPARE_EMPTY, .value = {.i = 1}};
    const struct db_arg args[] = {Z(s.type->name), I(COLUMN_LOOK)};
    const struct select_way way = {
        .from = str_fmt(a,
                        " FROM (SELECT i.id FROM records i WHERE i.type = ?2"
                        " AND i.parent_id IS NULL AND i.deleted_at IS NULL"
                        " ORDER BY i.created_at DESC, i.id DESC LIMIT ?3) x"
                        " CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.id AND r.id = x.id",
                        s.type->table)
                    .p,
        .order = " ORDER BY r.created_at DESC, r.id DESC",
        .args = args,
        .args_n = 2,
    };
    c->found.rows = arena_array(a, struct selected, COLUMN_CARDS);
    c->found.n = select_walk(b->rq, &s, &way, c->found.rows, NULL, COLUMN_CARDS);
    c->tally.n = (int64_t)c->found.n;
    c->tally.more = c->found.n == COLUMN_CARDS;
}

/* Where a card need not have a value, those without one stand before the others. */
static const struct field_choice *none_of(struct arena *a, const struct record_field *by)
{
    struct field_choice *none = arena_make(a, struct field_choice);
    *none = (struct field_choice){.name = "", .label = str_fmt(a, "Without %s", by->label).p};
    return none;
}

/* The choice of the field that `by` depends on, if s asks for one; empty: it does not. */
static struct str within_of(const struct select *s, const struct record_field *by)
{
    const struct record_field *on = field_depends(s->type, by);
    for (size_t i = 0; i < s->n && on && !s->any; i++)
        if (s->conditions[i].field == on && s->conditions[i].compare == COMPARE_IS)
            return s->conditions[i].value.s;
    return S("");
}

/* Those that go with it and are offered, then the others, which are dropped if they are empty. */
static size_t choices_put(const struct record_field *by, struct str within, bool fold,
                          struct column *columns, size_t n, size_t *fits)
{
    *fits = CHOICES_MAX + 1;
    for (int misfits = 0; misfits < 2; misfits++) {
        for (const struct field_choice *c = by->choices; c->name && n < CHOICES_MAX; c++)
            if ((c->off || (within.n && !choice_fits(c, within))) == misfits)
                columns[n++] = (struct column){.choice = c, .folded = fold && c->ends};
        if (!misfits)
            *fits = n;
    }
    return n;
}

static size_t misfits_drop(struct column *columns, size_t fits, size_t n)
{
    size_t kept = fits < n ? fits : n;
    for (size_t i = kept; i < n; i++)
        if (columns[i].tally.n || columns[i].tally.more)
            columns[kept++] = columns[i];
    return kept;
}

struct column *columns_read(struct req *rq, const struct select *s, const struct record_field *by,
                            const struct record_field *sum, bool fold, size_t *n)
{
    struct str within = within_of(s, by);
    size_t fits, choices = 0;
    struct str field = place_field(rq->arena, s->type, by);
    const struct reading b = {
        .rq = rq,
        .s = s,
        .by = by,
        .sum = sum,
        .field = field,
        .index = field_index(rq->arena, s->type, by),
        .placed = db_get_int(rq->db, 0, "SELECT 1 FROM places WHERE field = ?1 LIMIT 1", T(field))};
    while (by->choices[choices].name)
        choices++;
    struct column *columns = arena_array(rq->arena, struct column, choices + 1);
    struct tally *tallies = arena_array(rq->arena, struct tally, choices);
    int64_t *ids = arena_bytes(rq->arena, SELECT_FEW * sizeof *ids);
    *n = by->flags & FIELD_REQUIRED ? 0 : 1;
    columns[0].choice = none_of(rq->arena, by);
    *n = choices_put(by, within, fold, columns, *n, &fits);
    bool known = s->n == (within.n ? 1 : 0) && !s->q.n && !select_by_core(s) &&
                 tallies_read(rq, s->type, by, sum, within, tallies);
    ptrdiff_t few = known ? -1 : select_few(rq, s, ids);
    if (few >= 0) {
        few_read(&b, ids, (size_t)few, columns, *n);
    } else {
        for (size_t i = 0; i < *n; i++) {
            struct column *c = &columns[i];
            if (!c->choice->name[0]) {
                none_read(&b, c);
                continue;
            }
            if (known)
                c->tally = tallies[c->choice - by->choices];
            else
                column_tally(rq, s, by, sum, Z(c->choice->name), &c->tally);
            if (!c->folded && (c->tally.n || c->tally.more))
                cards_walk(&b, c);
        }
    }
    *n = misfits_drop(columns, fits, *n);
    if (*n && !columns[0].choice->name[0] && !columns[0].tally.n) { /* none: no column */
        columns++;
        --*n;
    }
    columns_name(rq, s, columns, *n);
    return columns;
}
