/* select_links.c: lists in the order of the names that a field leads to; see select.h.
 *
 * What may not be seen has no name: a record that leads to it stands where those without a value do,
 * or its place would tell the name.
 *
 * WHY two ways to walk: few who have very many (owners) are read by their names, each after the other;
 * of many (organisations), the index of their names is walked, and each asked who leads there.
 */
#include "record/select_build.h"

#include <stdlib.h>

#include "db/ids.h"

enum { SQL_MAX = 64 * 1024, LED_MOST = 100, PIECE = 500, ID_DIGITS = 16 };

bool select_by_link(const struct select *s)
{
    return s->sort && field_leads(s->sort);
}

static const char *target_of(const struct record_field *f)
{
    return f->result == KIND_PERSON ? "person" : f->target;
}

const char *links_names(struct req *rq, const struct select *s)
{
    const struct record_type *t = catalog_type(rq->db, str_of(target_of(s->sort)));
    const struct record_field *title = t && t->fields ? type_title(t) : NULL;
    return title ? field_index(rq->arena, t, title) : NULL;
}

void links_seen(struct build *b, const char *id)
{
    out_fmt(&b->sql,
            "EXISTS (SELECT 1 FROM records r WHERE r.id = %s AND r.deleted_at IS NULL AND %s)", id,
            access_sql(b->rq->db, &b->rq->viewer));
}

/* ---- names ---- */

/* As the index of names has them, and among those of the same name by the number. */
static struct str name_key(struct req *rq, const struct select *s, struct str title, int64_t id)
{
    const struct record_type *t = catalog_type(rq->db, str_of(target_of(s->sort)));
    const struct record_field *f = t && t->fields ? type_title(t) : NULL;
    struct db_arg key = f ? kind_key(rq->arena, f, &(struct value){.s = title}) : T(title);
    return str_fmt(rq->arena, STR_FMT "\1%0*llx", STR_ARG(key.s), ID_DIGITS,
                   (unsigned long long)id);
}

struct str links_name(struct str key)
{
    return str_first(key, key.n - ID_DIGITS - 1);
}

/* Keys of those that may be seen, by the places in the list. */
static void keys_read(struct req *rq, const struct select *s, const int64_t *ids, size_t n,
                      struct str *keys)
{
    struct out sql;
    struct db_arg *args = arena_bytes(rq->arena, (ids_room(n) + 1) * sizeof *args);
    args[0] = I(rq->viewer.id);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT x.column2, r.title FROM ");
    size_t used = ids_put(rq->db, rq->arena, &sql, args, 1, ids, n);
    out_fmt(&sql, " CROSS JOIN records r WHERE r.id = x.column1 AND r.deleted_at IS NULL AND %s",
            access_sql(rq->db, &rq->viewer));
    struct rows q =
        db_query_n(rq->db, str_cstr(rq->arena, out_take(&sql, rq->arena)), args, used + 1);
    while (db_next(&q)) {
        int64_t at = db_int(&q, 0);
        keys[at] = name_key(rq, s, db_str(&q, 1), ids[at]);
    }
    db_done(&q);
}

struct str links_key(struct req *rq, const struct select *s, int64_t id)
{
    struct str key = S("");
    keys_read(rq, s, &id, 1, &key);
    return key;
}

/* ---- few ---- */

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
        k += ids[k] != led[i]->target;
        led[i]->empty = !keys[k].p;
        led[i]->key = keys[k].p ? T(keys[k]) : I(led[i]->created_at);
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
