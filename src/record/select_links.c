/* select_links.c: lists in the order of the names that a field leads to; see select.h.
 *
 * What may not be seen has no name: a record that leads to it stands where those without a value
 * do, or its place would tell the name. So does one that leads to what has no title.
 *
 * WHY two ways to walk: few who have very many (owners) are read by their names, each after the
 * other; of many (organisations), the index of names is walked, and each asked who leads there.
 */
#include "record/select_build.h"

#include <stdlib.h>

enum { LED_MOST = 100, PIECE = 500, DIGITS = 16 };

bool select_by_link(const struct select *s)
{
    return s->sort && field_leads(s->sort);
}

/* ---- names ---- */

static const struct record_type *target_of(struct req *rq, const struct select *s)
{
    const struct record_field *f = s->sort;
    return catalog_type(rq->db, str_of(f->result == KIND_PERSON ? "person" : f->target));
}

/* A number so that texts of it stand in its order. */
static unsigned long long digits(int64_t n)
{
    return (unsigned long long)n ^ 1ull << 63;
}

/* As the index of names has it; then the number, for others of that name. */
static struct str name_key(struct req *rq, const struct select *s, struct str title, int64_t id)
{
    const struct record_type *t = target_of(rq, s);
    const struct record_field *f = t && t->fields ? type_title(t) : NULL;
    struct db_arg key = f ? kind_key(rq->arena, f, &(struct value){.s = title}) : T(title);
    return str_fmt(rq->arena, STR_FMT "\1%0*llx", STR_ARG(key.s), DIGITS, digits(id));
}

static struct str key_name(struct str key)
{
    return str_first(key, key.n - DIGITS - 1);
}

/* Keys of those that may be seen, by their places in the list. */
static void keys_read(struct req *rq, const struct select *s, const int64_t *ids, size_t n,
                      struct str *keys)
{
    struct rows q = titles_query(rq, ids, n);
    while (db_next(&q)) {
        int64_t at = db_int(&q, 0);
        if (db_str(&q, 2).n) /* else it stands in no index of names */
            keys[at] = name_key(rq, s, db_str(&q, 2), ids[at]);
    }
    db_done(&q);
}

/* ---- places ---- */

/* Of those that lead to the same one: in the order of their numbers, which is that of the field's
 * index, or of when they were made, which is that of the core's. */
static struct db_arg place(struct arena *a, struct str key, int64_t made)
{
    return T(str_fmt(a, STR_FMT "\1%0*llx", STR_ARG(key), DIGITS, digits(made)));
}

void links_at(struct req *rq, const struct select *s, struct at *at)
{
    struct str key = S("");
    keys_read(rq, s, &at->key, 1, &key);
    at->text = key.n > 0;
    at->words = key;
    if (field_core(s->sort))
        at->made = db_get_int(rq->db, 0, "SELECT created_at FROM records WHERE id = ?1", I(at->id));
}

struct db_arg links_place(struct arena *a, const struct at *at)
{
    return place(a, at->words, at->made);
}

static int by_target(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    return x->target < y->target ? -1 : x->target > y->target;
}

/* Each target is asked for once. */
static void piece_rank(struct req *rq, const struct select *s, struct candidate **led, size_t n)
{
    int64_t ids[PIECE] = {led[0]->target};
    struct str keys[PIECE] = {{0}};
    size_t ids_n = 1;
    for (size_t i = 1; i < n; i++)
        if (ids[ids_n - 1] != led[i]->target)
            ids[ids_n++] = led[i]->target;
    keys_read(rq, s, ids, ids_n, keys);
    for (size_t i = 0, k = 0; i < n; i++) {
        struct candidate *c = led[i];
        k += ids[k] != c->target;
        c->empty = !keys[k].p;
        c->key = c->empty ? I(c->created_at)
                          : place(rq->arena, keys[k], field_core(s->sort) ? c->created_at : 0);
    }
}

void links_rank(struct req *rq, const struct select *s, struct candidate *all, size_t n)
{
    struct candidate **led = arena_bytes(rq->arena, n * sizeof *led);
    size_t led_n = 0;
    for (size_t i = 0; i < n; i++)
        if (!all[i].empty) {
            all[i].target = all[i].key.i;
            led[led_n++] = &all[i];
        }
    qsort(led, led_n, sizeof *led, by_target);
    for (size_t i = 0; i < led_n; i += PIECE)
        piece_rank(rq, s, led + i, led_n - i < PIECE ? led_n - i : PIECE);
}

/* ---- walking ---- */

/* A subquery takes the column, because the record that is looked for is called r, too. */
void links_seen(struct build *b, const char *column)
{
    out_fmt(&b->sql,
            "EXISTS (SELECT 1 FROM (SELECT %s AS led) o CROSS JOIN records r WHERE r.id = o.led"
            " AND r.deleted_at IS NULL AND r.title <> '' AND %s)",
            column, access_sql(b->rq->db, &b->rq->viewer));
}

bool links_had(struct req *rq, const struct select *s, struct had **list, size_t *n)
{
    int64_t ids[LED_MOST + 1];
    struct str keys[LED_MOST] = {{0}};
    size_t had = 0;
    struct rows q = build_had(rq, s, LED_MOST + 1);
    while (had <= LED_MOST && db_next(&q))
        ids[had++] = db_int(&q, 0);
    db_done(&q);
    if (had > LED_MOST)
        return false;
    if (had)
        keys_read(rq, s, ids, had, keys);
    *list = arena_array(rq->arena, struct had, LED_MOST);
    for (size_t i = *n = 0; i < had; i++)
        if (keys[i].p)
            (*list)[(*n)++] = (struct had){keys[i], I(ids[i])};
    return true;
}

static void after_put(struct build *b, const struct at *at, bool core, bool alone,
                      const char *behind)
{
    if (!alone) {
        size_t name = build_arg(b, T(key_name(at->words))), id = build_arg(b, I(at->key));
        out_fmt(&b->sql, " AND (n.v, n.id) %s= (?%zu, ?%zu) AND (n.id <> ?%zu OR ", behind, name,
                id, id);
    } else {
        out_lit(&b->sql, " AND (");
    }
    size_t made = core ? build_arg(b, I(at->made)) : 0, id = build_arg(b, I(at->id));
    if (core)
        out_fmt(&b->sql, "(r.created_at, r.id) %s (?%zu, ?%zu))", behind, made, id);
    else
        out_fmt(&b->sql, "x.id %s ?%zu)", behind, id);
}

size_t links_walk(struct req *rq, const struct select *s, const struct at *at, bool common,
                  const struct db_arg *alone, struct selected *rows, size_t max)
{
    struct build b;
    const struct record_type *t = target_of(rq, s);
    bool core = field_core(s->sort) != NULL;
    const char *column = core ? s->sort->sql : "x.v", *way = s->falling ? " DESC" : "";
    const char *pass = "", *where = "";
    build_begin(&b, rq, s, 0);
    out_lit(&b.sql, "SELECT ");
    build_columns(&b);
    if (!common)
        build_pass_by(&b, core ? "r.id" : "x.id", &pass, &where);
    out_lit(&b.sql, " FROM ");
    if (!alone)
        out_fmt(&b.sql, "%s n CROSS JOIN ", field_index(rq->arena, t, type_title(t)));
    if (core)
        out_fmt(&b.sql, "records r%s CROSS JOIN %s t WHERE t.id = r.id%s", pass, s->type->table,
                where);
    else
        out_fmt(&b.sql,
                "%s x%s CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.id AND r.id = x.id%s",
                field_index(rq->arena, s->type, s->sort), pass, s->type->table, where);
    if (alone)
        out_fmt(&b.sql, " AND %s = ?%zu", column, build_arg(&b, *alone));
    else
        out_fmt(&b.sql, " AND %s = n.id AND ", column);
    if (!alone)
        links_seen(&b, s->sort->sql); /* of the wide row: asked of those that match the rest */
    build_where(&b);
    if (at->there)
        after_put(&b, at, core, alone, s->falling ? "<" : ">");
    out_lit(&b.sql, " ORDER BY ");
    if (!alone)
        out_fmt(&b.sql, "n.v%s, n.id%s, ", way, way);
    if (core)
        out_fmt(&b.sql, "r.created_at%s, r.id%s", way, way);
    else
        out_fmt(&b.sql, "x.id%s", way);
    return build_read(&b, rows, max);
}
