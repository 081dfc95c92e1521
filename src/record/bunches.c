/* bunches.c: see bunches.h. */
#include "record/bunches.h"

#include "record/select_build.h"

enum { SQL_MAX = 64 * 1024 };

/* What is read of each record: when it was made, what it is sorted by, what is added up. */
struct look {
    struct req *rq;
    const struct bunching *b;
    struct select select; /* with these fields */
    const struct record_field **fields;
    size_t fields_n;
    struct value *values;
    struct candidate *all; /* of one group */
};

static void look_begin(struct look *l, struct req *rq, const struct bunching *b)
{
    const struct record_type *t = b->select->type;
    *l = (struct look){.rq = rq, .b = b, .select = *b->select};
    l->select.fields = (struct field_set){0};
    if (!select_by_creation(&l->select))
        field_set_add(&l->select.fields, l->select.sort);
    for (size_t i = 0; i < b->sums_n; i++)
        field_set_add(&l->select.fields, b->sums[i]);
    l->fields = arena_bytes(rq->arena, t->fields_n * sizeof *l->fields);
    for (size_t i = 0; i < t->fields_n; i++)
        if (field_set_has(&l->select.fields, &t->fields[i]) && t->fields[i].sql[0])
            l->fields[l->fields_n++] = &t->fields[i];
    l->values = arena_bytes(rq->arena, t->fields_n * sizeof *l->values);
    l->all = arena_bytes(rq->arena, COLUMN_LOOK * sizeof *l->all);
}

/* No more than are looked at. */
static bool is_whole(const struct look *l, int64_t key)
{
    const struct bunching *b = l->b;
    struct arena *a = l->rq->arena;
    const char *index = field_index(a, b->select->type, b->by);
    const char *sql = index ? str_fmt(a, "SELECT 1 FROM %s WHERE v = ?1 LIMIT 1 OFFSET ?2", index).p
                            : str_fmt(a,
                                      "SELECT 1 FROM records r WHERE %s = ?1 AND r.type = '%s'"
                                      " LIMIT 1 OFFSET ?2",
                                      b->by->sql, b->select->type->name)
                                  .p;
    return !db_get_int(l->rq->db, 0, sql, I(key), I(COLUMN_LOOK));
}

static struct rows look_query(struct look *l, int64_t key)
{
    struct build b;
    const struct record_type *t = l->select.type;
    const char *index = field_index(l->rq->arena, t, l->b->by);
    build_begin(&b, l->rq, &l->select, 2);
    size_t of = build_arg(&b, I(key));
    out_lit(&b.sql, "SELECT r.id, r.created_at");
    values_select(&b.sql, t, &l->select.fields, &l->rq->viewer);
    if (index)
        out_fmt(&b.sql,
                " FROM %s k CROSS JOIN %s t CROSS JOIN records r WHERE t.id = k.id"
                " AND r.id = k.id AND k.v = ?%zu",
                index, t->table, of);
    else
        out_fmt(&b.sql, " FROM records r CROSS JOIN %s t WHERE t.id = r.id AND %s = ?%zu", t->table,
                l->b->by->sql, of);
    build_where(&b);
    return build_run(&b);
}

static void sums_add(const struct look *l, struct bunch *bunch)
{
    for (size_t i = 0; i < l->b->sums_n; i++) {
        const struct record_field *f = l->b->sums[i];
        const struct value *v = &l->values[f->index];
        if (!v->none && v->i <= TALLY_MOST && v->i >= -TALLY_MOST)
            tally_add(l->rq->arena, &bunch->sums[i], f->result == KIND_MONEY ? v->s : S(""), v->i);
    }
}

/* How many candidates it has: the first ones stand in front. */
static size_t bunch_look(struct look *l, struct bunch *bunch)
{
    const struct select *s = &l->select;
    size_t n = 0;
    bunch->whole = is_whole(l, bunch->key);
    if (!bunch->whole)
        return 0;
    bunch->sums = arena_array(l->rq->arena, struct tally, l->b->sums_n);
    struct rows q = look_query(l, bunch->key);
    while (n < COLUMN_LOOK && db_next(&q)) {
        struct selected row = {
            .id = db_int(&q, 0), .created_at = db_int(&q, 1), .values = l->values};
        int col = 2;
        for (size_t i = 0; i < l->fields_n; i++)
            kind_decode(l->fields[i], &q, &col, l->rq->arena, &l->values[l->fields[i]->index]);
        l->all[n++] = candidate_of(l->rq->arena, s, &row);
        sums_add(l, bunch);
    }
    db_done(&q);
    candidates_rank(l->rq, s, l->all, n);
    bunch->n = (int64_t)n;
    candidates_first(l->all, n, l->b->most, s->falling);
    return n < l->b->most ? n : l->b->most;
}

void bunches_read(struct req *rq, const struct bunching *b, struct bunch *list, size_t n)
{
    struct look l;
    struct candidate *page = arena_bytes(rq->arena, n * b->most * sizeof *page);
    size_t *shown = arena_bytes(rq->arena, n * sizeof *shown), page_n = 0, at = 0;
    struct selection found = {arena_bytes(rq->arena, n * b->most * sizeof *found.rows), 0, S("")};
    look_begin(&l, rq, b);
    for (size_t i = 0; i < n; i++) {
        shown[i] = bunch_look(&l, &list[i]);
        memcpy(page + page_n, l.all, shown[i] * sizeof *page);
        page_n += shown[i];
    }
    if (page_n)
        candidates_page(rq, b->select, page, page_n, &found);
    select_names(rq, b->select, &found);
    for (size_t i = 0, p = 0; i < n; i++) {
        list[i].rows = &found.rows[at];
        for (size_t k = 0; k < shown[i]; k++, p++)
            if (at < found.n && found.rows[at].id == page[p].id) {
                list[i].rows_n++;
                at++;
            }
    }
}
