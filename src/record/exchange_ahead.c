/* exchange_ahead.c: what is asked about the rows that come next; see exchange.h. */
#include "db/ahead.h"
#include "db/gather.h"
#include "record/duplicates.h"
#include "record/exchange.h"

enum { SEVERAL = 2 };

/* ---- whether any record has their keys ---- */

/* True: one may have some of them. */
static bool keys_expect(struct req *rq, const struct exchange *x, const struct exchange_cells *rows,
                        size_t n, const struct record_field *f)
{
    const char *index = field_index(rq->arena, x->type, f);
    struct db_arg *keys = arena_array(rq->arena, struct db_arg, n);
    size_t keys_n = 0;
    for (size_t i = 0; index && i < n; i++) {
        struct db_arg of[CHOICES_MAX];
        struct value v;
        if (exchange_said(rq, x, &rows[i], f, &v) && field_keys(rq->arena, f, &v, of))
            keys[keys_n++] = of[0];
    }
    if (keys_n)
        db_expect(rq->db, index, "v", keys, keys_n);
    bool any = !index;
    for (size_t i = 0; !any && i < keys_n; i++)
        any = !db_lacks(rq->db, index, "v", keys[i]);
    return any;
}

bool exchange_expect(struct req *rq, const struct exchange *x, const struct exchange_cells *rows,
                     size_t n)
{
    bool any = false;
    const struct record_field *title = type_title(x->type);
    struct str *titles = arena_array(rq->arena, struct str, n);
    size_t titles_n = 0;
    for (size_t i = 0; i < n && !any; i++)
        any = exchange_number(x, &rows[i]) > 0;
    for (size_t k = 0; x->matched != MATCHED_CREATE && k < x->keys_n; k++)
        any = keys_expect(rq, x, rows, n, x->keys[k]) || any;
    for (size_t i = 0; !x->seen && x->type->expect && title && i < n; i++) {
        struct value v;
        if (exchange_said(rq, x, &rows[i], title, &v))
            titles[titles_n++] = v.s;
    }
    if (titles_n)
        x->type->expect(rq->db, rq->arena, titles, titles_n);
    return any;
}

/* ---- which records, and what they hold ---- */

/* Rows whose record is known need not be looked for by the next key. */
struct found {
    int64_t *ids;
    size_t n;
    bool *row;
};

static bool key_said(struct req *rq, const struct exchange *x, const struct exchange_cells *row,
                     const struct record_field *f, struct db_arg *key)
{
    struct db_arg keys[CHOICES_MAX];
    struct value v;
    if (!exchange_said(rq, x, row, f, &v))
        return false;
    bool title = (f->flags & FIELD_TITLE) || !field_index(rq->arena, x->type, f);
    keys[0] = title ? exchange_title_key(rq->arena, v.s) : NIL();
    if (!title && !field_keys(rq->arena, f, &v, keys))
        return false;
    *key = keys[0];
    return true;
}

static void keys_ask(struct req *rq, const struct exchange *x, const struct exchange_cells *rows,
                     size_t n, const struct record_field *f, struct found *found)
{
    struct arena *a = rq->arena;
    const struct exchange_finder by = exchange_finder(a, x->type, x->type->name, f);
    struct db_arg *keys = arena_array(a, struct db_arg, n);
    size_t *of = arena_array(a, size_t, n), keys_n = 0;
    int64_t ids[EXCHANGE_PIECE];
    for (size_t i = 0; i < n; i++)
        if (!found->row[i] && key_said(rq, x, &rows[i], f, &keys[keys_n]) &&
            !db_lacks(rq->db, by.table, by.column, keys[keys_n]))
            of[keys_n++] = i;
    db_ahead(rq->db, str_fmt(a, "%s.%s", by.table, by.column).p, keys, keys_n);
    for (size_t k = 0; k < keys_n; k++) {
        size_t ids_n = exchange_having(rq, &by, keys[k], ids);
        found->row[of[k]] = ids_n > 0;
        for (size_t i = 0; i < ids_n && i < SEVERAL; i++)
            found->ids[found->n++] = ids[i];
    }
    db_ahead_done(rq->db);
}

/* As row_match and row_update of exchange.c ask. */
static void records_ask(struct req *rq, const struct exchange *x, const int64_t *ids, size_t n)
{
    struct arena *a = rq->arena;
    const struct record_type *t = x->type;
    struct db_arg *keys = arena_array(a, struct db_arg, n);
    for (size_t i = 0; i < n; i++)
        keys[i] = I(ids[i]);
    db_ahead(rq->db, "records.id participants.record_id", keys, n);
    (void)exchange_seen(rq, ids[0]);
    if (x->matched != MATCHED_SKIP)
        (void)record_access_bare(rq, ids[0], RIGHT_EDIT);
    db_ahead(
        rq->db,
        str_fmt(a, "records.id %s.id links.from_id texts.record_id identities.person_id", t->table)
            .p,
        keys, n);
    struct value *values = x->matched != MATCHED_SKIP ? values_read(rq->db, a, t, ids[0]) : NULL;
    if (values && !x->seen) {
        (void)record_text(rq->db, a, ids[0]);
        alike_expect(rq->db, a, t, ids[0]);
    }
    db_ahead_done(rq->db);
}

void exchange_ahead(struct req *rq, const struct exchange *x, const struct exchange_cells *rows,
                    size_t n)
{
    struct found found = {.ids = arena_array(rq->arena, int64_t, n * (1 + SEVERAL * x->keys_n)),
                          .row = arena_array(rq->arena, bool, n)};
    db_ahead_forget(rq->db);
    if (x->matched == MATCHED_CREATE)
        return;
    for (size_t i = 0; i < n; i++) {
        int64_t number = exchange_number(x, &rows[i]);
        found.row[i] = number > 0;
        if (number > 0)
            found.ids[found.n++] = number;
    }
    for (size_t k = 0; k < x->keys_n; k++)
        keys_ask(rq, x, rows, n, x->keys[k], &found);
    if (found.n)
        records_ask(rq, x, found.ids, found.n);
}
