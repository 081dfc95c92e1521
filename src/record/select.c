/* select.c: the query of a list: which way, which page; see select.h.
 *
 * WHY the way is chosen here: the engine's planner cannot know which condition leaves few, and what
 * it guesses wrong costs a second on a million rows. A look into a condition's index that ends at
 * SELECT_FEW costs some dozens of microseconds and is never wrong.
 */
#define _GNU_SOURCE /* qsort_r */
#include "record/select_build.h"

#include <stdlib.h>

#include "db/ids.h"
#include "record/list.h"
#include "record/reach.h"
#include "record/search.h"
#include "record/tallies.h"

enum { SQL_MAX = 512 * 1024 };

/* A choice that one in so many has: the rows of the type's table that a walk passes by are fewer
 * than what it costs to ask the choice's index for each. */
enum { COMMON = 8 };

/* ---- which way ---- */

/* An index that holds all that match the condition under one key. */
static const char *condition_index(struct arena *a, const struct select *s,
                                   const struct condition *c)
{
    enum kind k = c->field->result;
    bool one_key = c->compare == COMPARE_IS && !c->until && !c->team &&
                   (k == KIND_CHOICE || k == KIND_REF || k == KIND_PERSON || k == KIND_EMAIL ||
                    k == KIND_PHONE || k == KIND_BOOL || k == KIND_RATING || k == KIND_INTEGER ||
                    k == KIND_DATE || k == KIND_URL || kind_reaches(k));
    bool of_choices = c->compare == COMPARE_HAS && k == KIND_CHOICES;
    return one_key || of_choices ? field_index(a, s->type, c->field) : NULL;
}

static struct db_arg condition_key(struct arena *a, const struct condition *c)
{
    return c->field->result == KIND_CHOICES ? T(c->text) : kind_key(a, c->field, &c->value);
}

/* How many have the choice, of how many, without looking: totals count what nobody has taken away,
 * whoever may see it. all 0: it is not kept. */
struct share {
    int64_t n, all;
};

static struct share share_of(struct req *rq, const struct select *s, const struct condition *c)
{
    struct share share = {0};
    if (c->compare != COMPARE_IS || !tallied(c->field))
        return share;
    struct rows q = db_query(rq->db,
                             "SELECT CAST(SUM(CASE WHEN value = ?3 THEN n ELSE 0 END) AS BIGINT),"
                             " CAST(SUM(n) AS BIGINT) FROM tallies WHERE type = ?1 AND field = ?2"
                             " AND sum = ''",
                             Z(s->type->name), Z(c->field->name), T(c->value.s));
    if (db_next(&q))
        share = (struct share){db_int(&q, 0), db_int(&q, 1)};
    db_done(&q);
    return share;
}

/* Whether it is known to be had by `many`, or by so many of all that walking to the end of a page
 * passes by fewer. */
static bool known_many(const struct select *s, struct share share, int64_t many)
{
    int64_t page = s->limit ? s->limit : SELECT_LIMIT;
    return share.all && (share.n >= many || share.n * share.n > share.all * page);
}

/* How a list is read. */
struct plan {
    const char *index; /* of the condition that leaves the fewest, if that is few; NULL: walking */
    struct db_arg key; /* under which it has them */
    size_t few;
    bool common; /* walking passes by few rows only */
};

/* How many the index has under the key, if fewer than `least`. Of one alone it is enough to
 * know that: to pass rows by costs less than to count them. */
static int64_t few_of(struct req *rq, const char *index, struct db_arg key, int64_t least,
                      bool alone)
{
    struct arena *a = rq->arena;
    if (alone)
        return least -
               !db_get_int(rq->db, 0,
                           str_fmt(a, "SELECT 1 FROM %s WHERE v = ?1 LIMIT 1 OFFSET ?2", index).p,
                           key, I(least - 1));
    return db_get_int(rq->db, 0,
                      str_fmt(a,
                              "SELECT COUNT(*) FROM (SELECT 1 FROM %s WHERE v = ?1"
                              " LIMIT ?2) AS few",
                              index)
                          .p,
                      key, I(least));
}

static struct plan plan_of(struct req *rq, const struct select *s)
{
    struct plan plan = {.key = NIL(), .few = SELECT_FEW};
    const struct condition *maybe[CONDITIONS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < s->n && !s->any; i++) {
        const struct condition *c = &s->conditions[i];
        if (!condition_index(rq->arena, s, c))
            continue;
        struct share share = share_of(rq, s, c);
        plan.common = plan.common || share.n * COMMON > share.all;
        if (!known_many(s, share, SELECT_FEW))
            maybe[n++] = c;
    }
    for (size_t i = 0; i < n; i++) {
        const char *index = condition_index(rq->arena, s, maybe[i]);
        struct db_arg key = condition_key(rq->arena, maybe[i]);
        int64_t found = few_of(rq, index, key, (int64_t)plan.few, n == 1);
        if (found < (int64_t)plan.few) {
            plan.few = (size_t)found;
            plan.index = index;
            plan.key = key;
        }
    }
    return plan;
}

/* ---- cursors: "7.12": key and id, "t616263.12": a text, "n.9.12": without a value ---- */

static bool by_choice(const struct select *s)
{
    return !select_by_creation(s) && s->sort->result == KIND_CHOICE;
}

static struct str unhex(struct arena *a, struct str hex)
{
    char *p = arena_bytes(a, hex.n / 2 + 1);
    size_t n = 0;
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        char pair[3] = {hex.p[i], hex.p[i + 1], 0}, *end;
        long byte = strtol(pair, &end, 16);
        if (*end || !byte)
            return S("");
        p[n++] = (char)byte;
    }
    struct str s = str_make(p, n);
    return utf8_valid(s) ? s : S("");
}

static struct at cursor_parse(struct req *rq, const struct select *s)
{
    struct arena *a = rq->arena;
    struct at at = {0};
    struct str after = s->after;
    struct str first, second;
    if (str_starts(after, S("n."))) {
        at.empty = true;
        after = str_from(after, 2);
    }
    if (!str_split(&after, '.', &first) || !str_split(&after, '.', &second) ||
        !str_int(second, &at.id))
        return (struct at){0};
    at.text = first.n && first.p[0] == 't';
    if (at.text) {
        at.words = unhex(a, str_from(first, 1));
        if (by_choice(s))
            at.words = choice_key(a, s->sort, str_from(at.words, 1));
    } else if (!str_int(first, &at.key))
        return (struct at){0};
    if (select_by_link(s) && at.text)
        return (struct at){0};
    if (select_by_link(s) && !at.empty)
        links_at(rq, s, &at);
    at.there = true;
    return at;
}

static struct str cursor_make(struct arena *a, const struct db_arg *key, int64_t id, bool empty)
{
    if (key->kind == DB_TEXT)
        return str_fmt(a, "t" STR_FMT ".%lld", STR_ARG(str_hex(a, key->s.p, key->s.n)),
                       (long long)id);
    return str_fmt(a, "%s%lld.%lld", empty ? "n." : "", (long long)key->i, (long long)id);
}

/* ---- walking ---- */

/* Most of what is passed by is known to be wanted by nobody from two integers. */
void build_pass_by(struct build *b, const char *id, const char **from, const char **where)
{
    struct arena *a = b->rq->arena;
    for (size_t i = 0; i < b->s->n && !b->s->any; i++) {
        const struct condition *c = &b->s->conditions[i];
        const char *index = condition_index(a, b->s, c);
        if (!index || c->field == b->s->sort)
            continue;
        *from = str_fmt(a, " CROSS JOIN %s k", index).p;
        *where =
            str_fmt(a, " AND k.v = ?%zu AND k.id = %s", build_arg(b, condition_key(a, c)), id).p;
        return;
    }
}

size_t build_read(struct build *b, struct selected *rows, size_t max)
{
    out_fmt(&b->sql, " LIMIT ?%zu", build_arg(b, I((int64_t)max)));
    struct rows q = build_run(b);
    size_t n = 0;
    while (n < max && db_next(&q))
        build_decode(b, &q, 0, &rows[n++]);
    db_done(&q);
    return n;
}

/* Those without a value. */
static void empty_put(struct build *b)
{
    if (select_by_link(b->s)) {
        out_lit(&b->sql, " AND NOT ");
        links_seen(b, b->s->sort->sql);
    } else {
        out_fmt(&b->sql, " AND %s IS NULL", b->s->sort->sql);
    }
}

/* Values stand in their order, or one of them does alone; without one, newest first. RULE 1 */
static size_t walk(struct req *rq, const struct select *s, const struct at *at, bool common,
                   bool empty, const struct db_arg *alone, struct selected *rows, size_t max)
{
    struct build b;
    build_begin(&b, rq, s, 0);
    bool indexed = !select_by_creation(s) && !empty, falling = s->falling || empty;
    const char *key = indexed ? "x.v" : "r.created_at", *id = indexed ? "x.id" : "r.id";
    const char *index = indexed ? field_index(rq->arena, s->type, s->sort) : NULL;
    out_lit(&b.sql, "SELECT ");
    build_columns(&b);
    const char *from = "", *where = "";
    if (indexed) {
        if (!common)
            build_pass_by(&b, "x.id", &from, &where);
        out_fmt(&b.sql,
                " FROM %s x%s CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.id"
                " AND r.id = x.id%s",
                index, from, s->type->table, where);
    } else
        out_fmt(&b.sql, " FROM records r CROSS JOIN %s t WHERE t.id = r.id", s->type->table);
    build_where(&b);
    if (empty)
        empty_put(&b);
    const char *way = falling ? " DESC" : "", *behind = falling ? "<" : ">";
    if (alone) {
        out_fmt(&b.sql, " AND x.v = ?%zu", build_arg(&b, *alone));
        if (at->there)
            out_fmt(&b.sql, " AND x.id %s ?%zu", behind, build_arg(&b, I(at->id)));
    } else if (at->there && at->empty == empty) {
        size_t first = build_arg(&b, at->text ? T(at->words) : I(at->key)),
               second = build_arg(&b, I(at->id));
        out_fmt(&b.sql, " AND (%s, %s) %s (?%zu, ?%zu)", key, id, behind, first, second);
    }
    out_fmt(&b.sql, " ORDER BY %s%s, %s%s", key, way, id, way);
    return build_read(&b, rows, max);
}

/* Choices that records have. */
static void choices_had(struct req *rq, const struct select *s, struct had **list, size_t *n)
{
    struct arena *a = rq->arena;
    size_t room = CHOICES_MAX;
    *list = arena_bytes(a, room * sizeof **list);
    struct rows q = build_had(rq, s, INT32_MAX);
    for (*n = 0; db_next(&q);) {
        if (*n == room) {
            struct had *more = arena_bytes(a, (room *= 2) * sizeof *more);
            *list = memcpy(more, *list, *n * sizeof *more);
        }
        struct str key = choice_key(a, s->sort, db_str(&q, 0));
        (*list)[(*n)++] = (struct had){key, T(str_from(key, 1))};
    }
    db_done(&q);
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(((const struct had *)a)->key, ((const struct had *)b)->key);
}

/* Those of one key after those of another: the index has them in another order. */
static size_t walk_each(struct req *rq, const struct select *s, const struct at *at, bool common,
                        struct had *had, size_t had_n, struct selected *rows, size_t max)
{
    size_t n = 0;
    qsort(had, had_n, sizeof *had, by_key);
    for (size_t i = 0; i < had_n && n < max; i++) {
        const struct had *one = &had[s->falling ? had_n - 1 - i : i];
        int c = str_cmp(one->key, at->words);
        const struct at *from = c ? &(struct at){0} : at;
        if (at->there && (s->falling ? c > 0 : c < 0))
            continue;
        n += select_by_link(s) ? links_walk(rq, s, from, common, &one->v, rows + n, max - n)
                               : walk(rq, s, from, common, false, &one->v, rows + n, max - n);
    }
    return n;
}

/* Those with a value. */
static size_t walk_values(struct req *rq, const struct select *s, const struct at *at, bool common,
                          struct selected *rows, size_t max)
{
    struct had *had;
    size_t n;
    bool links = select_by_link(s);
    bool each = by_choice(s) || (links && links_had(rq, s, &had, &n));
    if (by_choice(s))
        choices_had(rq, s, &had, &n);
    if (each)
        return walk_each(rq, s, at, common, had, n, rows, max);
    return links ? links_walk(rq, s, at, common, NULL, rows, max)
                 : walk(rq, s, at, common, false, NULL, rows, max);
}

static void walk_page(struct req *rq, const struct select *s, bool common, size_t limit,
                      struct selection *found)
{
    struct at at = cursor_parse(rq, s);
    bool links = select_by_link(s);
    bool sparse = links || (!select_by_creation(s) && !(s->sort->flags & FIELD_REQUIRED));
    at.there = at.there && (at.empty || !(by_choice(s) || links) || at.text);
    found->rows = arena_array(rq->arena, struct selected, limit + 1);
    size_t filled = at.empty ? 0 : walk_values(rq, s, &at, common, found->rows, limit + 1);
    found->n = filled;
    if (sparse && found->n <= limit)
        found->n += walk(rq, s, &at, common, true, NULL, found->rows + filled, limit + 1 - filled);
    if (found->n <= limit)
        return;
    found->n = limit;
    const struct selected *last = &found->rows[limit - 1];
    bool empty = limit > filled;
    struct db_arg key = empty ? I(last->created_at) : select_key(rq->arena, s, last);
    found->next = cursor_make(rq->arena, &key, last->id, empty);
}

/* ---- few ---- */

static int key_cmp(const struct db_arg *a, const struct db_arg *b)
{
    if (a->kind == DB_TEXT || b->kind == DB_TEXT)
        return str_cmp(a->s, b->s);
    return a->i < b->i ? -1 : a->i > b->i;
}

static int candidate_cmp(const void *a, const void *b, void *ctx)
{
    const struct candidate *x = a, *y = b;
    const bool *order = ctx;
    if (x->empty != y->empty)
        return x->empty ? 1 : -1;
    bool falling = *order || x->empty;
    int c = key_cmp(&x->key, &y->key);
    if (!c)
        c = x->id < y->id ? -1 : x->id > y->id;
    return falling ? -c : c;
}

struct candidate candidate_of(struct arena *a, const struct select *s, const struct selected *row)
{
    bool empty = !select_by_creation(s) && row->values[s->sort->index].none;
    return (struct candidate){.id = row->id,
                              .created_at = row->created_at,
                              .empty = empty,
                              .key = empty ? I(row->created_at) : select_key(a, s, row)};
}

void candidates_rank(struct req *rq, const struct select *s, struct candidate *all, size_t n)
{
    if (select_by_link(s))
        links_rank(rq, s, all, n);
}

/* Those that match, with the sort's key; found by an index or by their words. */
static size_t candidates_read(struct req *rq, const struct select *s, const struct plan *plan,
                              struct candidate *out)
{
    struct build b;
    struct select keys = *s;
    int64_t *ids = s->q.n ? arena_array(rq->arena, int64_t, SEARCH_CANDIDATES) : NULL;
    size_t ids_n =
        s->q.n ? search_ids(rq->db, rq->arena, s->q, str_of(s->type->name), ids, SEARCH_CANDIDATES)
               : 0;
    keys.fields = (struct field_set){0};
    if (!select_by_creation(s))
        field_set_add(&keys.fields, s->sort);
    struct value *values = arena_array(rq->arena, struct value, s->type->fields_n);
    build_begin(&b, rq, &keys, ids_room(ids_n) + 1);
    out_lit(&b.sql, "SELECT r.id, r.created_at");
    values_select(&b.sql, s->type, &keys.fields, &rq->viewer);
    if (plan->index) {
        out_fmt(&b.sql,
                " FROM %s k CROSS JOIN %s t CROSS JOIN records r WHERE t.id = k.id"
                " AND r.id = k.id AND k.v = ?%zu",
                plan->index, s->type->table, build_arg(&b, plan->key));
    } else {
        out_lit(&b.sql, " FROM ");
        b.n += ids_put(rq->db, rq->arena, &b.sql, b.args, b.n, ids, ids_n);
        out_fmt(&b.sql,
                " CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.column1"
                " AND r.id = x.column1",
                s->type->table);
    }
    build_where(&b);
    out_lit(&b.sql, " ORDER BY r.id");
    struct rows q = build_run(&b);
    size_t n = 0;
    while (n < plan->few && db_next(&q)) {
        struct selected row = {.id = db_int(&q, 0), .created_at = db_int(&q, 1), .values = values};
        int col = 2;
        if (!select_by_creation(s))
            kind_decode(s->sort, &q, &col, rq->arena, &values[s->sort->index]);
        out[n++] = candidate_of(rq->arena, s, &row);
    }
    db_done(&q);
    candidates_rank(rq, s, out, n);
    return n;
}

/* Whether all that is asked is the index's condition, so that its rows are candidates as they are:
 * the page then looks at records for so many as it shows, not for all. Not where who asks matters
 * for the value that they are sorted by. */
static bool keys_alone(const struct req *rq, const struct select *s)
{
    return s->n == 1 && !select_by_core(s) && !select_by_creation(s) &&
           strncmp(s->sort->sql, "t.", 2) == 0 &&
           strcmp(field_sql(s->sort, &rq->viewer), s->sort->sql) == 0;
}

/* When those were made that have no value to be sorted by. */
static void keys_date(struct req *rq, struct candidate *all, size_t n)
{
    int64_t *ids = arena_bytes(rq->arena, n * sizeof *ids);
    size_t *at = arena_bytes(rq->arena, n * sizeof *at), empty = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].empty) {
            ids[empty] = all[i].id;
            at[empty++] = i;
        }
    if (!empty)
        return;
    struct out sql;
    struct db_arg *args = arena_bytes(rq->arena, ids_room(empty) * sizeof *args);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT x.column2, r.created_at FROM ");
    size_t used = ids_put(rq->db, rq->arena, &sql, args, 0, ids, empty);
    out_lit(&sql, " CROSS JOIN records r WHERE r.id = x.column1");
    struct rows q = db_query_n(rq->db, str_cstr(rq->arena, out_take(&sql, rq->arena)), args, used);
    while (db_next(&q)) {
        struct candidate *c = &all[at[db_int(&q, 0)]];
        c->created_at = db_int(&q, 1);
        c->key = I(c->created_at);
    }
    db_done(&q);
}

/* All that the index has under the key, seen or not, with the sort's key. */
static size_t keys_read(struct req *rq, const struct select *s, const struct plan *plan,
                        struct candidate *out)
{
    struct field_set one = {0};
    struct out sql;
    struct value *values = arena_bytes(rq->arena, s->type->fields_n * sizeof *values);
    struct value *v = &values[s->sort->index];
    field_set_add(&one, s->sort);
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT k.id");
    values_select(&sql, s->type, &one, NULL);
    out_fmt(&sql, " FROM %s k CROSS JOIN %s t WHERE t.id = k.id AND k.v = ?1", plan->index,
            s->type->table);
    struct rows q = db_query(rq->db, str_cstr(rq->arena, out_take(&sql, rq->arena)), plan->key);
    size_t n = 0;
    while (n < plan->few && db_next(&q)) {
        int col = 1;
        kind_decode(s->sort, &q, &col, rq->arena, v);
        out[n++] = (struct candidate){.id = db_int(&q, 0),
                                      .empty = v->none,
                                      .key = v->none ? I(0) : sort_key(rq->arena, s->sort, v)};
    }
    db_done(&q);
    candidates_rank(rq, s, out, n);
    keys_date(rq, out, n);
    return n;
}

void candidates_page(struct req *rq, const struct select *s, const struct candidate *page, size_t n,
                     struct selection *found)
{
    struct build b;
    int64_t *ids = arena_bytes(rq->arena, n * sizeof *ids);
    struct selected *read = arena_bytes(rq->arena, n * sizeof *read);
    bool *there = arena_array(rq->arena, bool, n);
    for (size_t i = 0; i < n; i++)
        ids[i] = page[i].id;
    build_begin(&b, rq, s, ids_room(n));
    out_lit(&b.sql, "SELECT x.column2, ");
    build_columns(&b);
    /* The ids lead: nothing else that is asked finds as few. */
    out_lit(&b.sql, " FROM ");
    b.n += ids_put(rq->db, rq->arena, &b.sql, b.args, b.n, ids, n);
    out_fmt(&b.sql,
            " CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.column1 AND r.id = x.column1",
            s->type->table);
    build_where(&b);
    struct rows q = build_run(&b);
    while (db_next(&q)) {
        size_t at = (size_t)db_int(&q, 0);
        build_decode(&b, &q, 1, &read[at]);
        there[at] = true;
    }
    db_done(&q);
    for (size_t i = 0; i < n; i++)
        if (there[i])
            found->rows[found->n++] = read[i];
}

/* Not the whole sort: a page is short. */
void candidates_first(struct candidate *all, size_t n, size_t want, bool falling)
{
    for (size_t i = 0; i < n; i++) {
        size_t kept = i < want ? i : want, from = 0, to = kept;
        struct candidate c = all[i], out = all[kept ? kept - 1 : 0];
        if (kept == want && (!want || candidate_cmp(&c, &out, &falling) >= 0))
            continue;
        while (from < to) {
            size_t middle = (from + to) / 2;
            if (candidate_cmp(&all[middle], &c, &falling) < 0)
                from = middle + 1;
            else
                to = middle;
        }
        size_t behind = (kept == want ? kept - 1 : kept) - from;
        memmove(&all[from + 1], &all[from], behind * sizeof *all);
        all[from] = c;
        if (kept == want)
            all[i] = out;
    }
}

static void few_page(struct req *rq, const struct select *s, struct candidate *all, size_t n,
                     size_t limit, struct selection *found)
{
    struct at at = cursor_parse(rq, s);
    bool falling = s->falling;
    struct db_arg key = select_by_link(s) && at.text ? links_place(rq->arena, &at)
                        : at.text                    ? T(at.words)
                                                     : I(at.key);
    struct candidate last = {.id = at.id, .empty = at.empty, .key = key};
    size_t behind = 0, first = 0;
    for (size_t i = 0; i < n; i++)
        if (!at.there || candidate_cmp(&all[i], &last, &falling) > 0)
            all[behind++] = all[i];
    n = behind;
    found->rows = arena_bytes(rq->arena, (n + 1) * sizeof *found->rows);
    candidates_first(all, n, limit + 1, falling);
    /* All of the first page, unless some may not be seen: then whole stretches. */
    for (size_t step = limit + 1; found->n <= limit && first < n; step = SELECT_FEW) {
        size_t here = n - first < step ? n - first : step;
        if (first)
            qsort_r(all + first, n - first, sizeof *all, candidate_cmp, &falling);
        candidates_page(rq, s, all + first, here, found);
        first += here;
    }
    if (found->n <= limit)
        return;
    found->n = limit;
    for (size_t i = 0; i < n && !found->next.n; i++)
        if (all[i].id == found->rows[limit - 1].id) {
            struct db_arg by = all[i].empty || !select_by_link(s) ? all[i].key : I(all[i].target);
            found->next = cursor_make(rq->arena, &by, all[i].id, all[i].empty);
        }
}

/* ---- a page ---- */

void select_names(struct req *rq, const struct select *s, struct selection *found)
{
    struct value **rows = arena_array(rq->arena, struct value *, found->n);
    int64_t *ids = arena_array(rq->arena, int64_t, found->n);
    for (size_t i = 0; i < found->n; i++) {
        rows[i] = found->rows[i].values;
        ids[i] = found->rows[i].id;
    }
    values_link(rq->db, rq->arena, s->type, &s->fields, ids, rows, found->n);
    values_name(rq, s->type, &s->fields, rows, found->n);
}

/* In an order of the core's: list.h reads those. */
static void ranked_page(struct req *rq, const struct select *s, size_t limit,
                        struct selection *found)
{
    struct list list;
    list_read(rq,
              &(struct list_query){.type = s->type->name,
                                   .sort = s->rank,
                                   .select = s,
                                   .after = s->after,
                                   .limit = (int)limit},
              &list);
    *found = list_selection(rq->arena, &list);
}

void select_run(struct req *rq, const struct select *given, struct selection *found)
{
    struct select own = *given, *s = &own;
    size_t limit = s->limit <= 0 ? SELECT_LIMIT : (size_t)s->limit;
    if (limit > SELECT_MOST)
        limit = SELECT_MOST;
    if (!select_by_creation(s) && !s->ranked)
        field_set_add(&s->fields, s->sort);
    *found = (struct selection){0};
    if (s->ranked) {
        ranked_page(rq, s, limit, found);
        select_names(rq, s, found);
        return;
    }
    struct plan plan = s->q.n ? (struct plan){.few = SELECT_FEW} : plan_of(rq, s);
    if (s->q.n || plan.index) {
        struct candidate *all = arena_bytes(rq->arena, plan.few * sizeof *all);
        size_t n = plan.index && keys_alone(rq, s) ? keys_read(rq, s, &plan, all)
                                                   : candidates_read(rq, s, &plan, all);
        few_page(rq, s, all, n, limit, found);
    } else {
        walk_page(rq, s, plan.common, limit, found);
    }
    select_names(rq, s, found);
}

/* ---- other ways ---- */

static void way_put(struct build *b, struct req *rq, const struct select *s,
                    const struct select_way *way)
{
    build_begin(b, rq, s, way->args_n);
    for (size_t i = 0; i < way->args_n; i++)
        build_arg(b, way->args[i]);
    out_lit(&b->sql, "SELECT ");
}

static void way_end(struct build *b, const struct select_way *way)
{
    out_str(&b->sql, str_of(way->from));
    build_where(b);
    out_str(&b->sql, str_of(way->order));
}

size_t select_walk(struct req *rq, const struct select *s, const struct select_way *way,
                   struct selected *rows, int64_t *keys, size_t max)
{
    struct build b;
    way_put(&b, rq, s, way);
    out_fmt(&b.sql, "%s, ", way->key ? way->key : "0");
    build_columns(&b);
    way_end(&b, way);
    out_fmt(&b.sql, " LIMIT ?%zu", build_arg(&b, I((int64_t)max)));
    struct rows q = build_run(&b);
    size_t n = 0;
    for (; n < max && db_next(&q); n++) {
        if (keys)
            keys[n] = db_int(&q, 0);
        build_decode(&b, &q, 1, &rows[n]);
    }
    db_done(&q);
    return n;
}

struct rows select_query(struct req *rq, const struct select *s, const char *columns,
                         const struct select_way *way)
{
    struct build b;
    way_put(&b, rq, s, way);
    out_str(&b.sql, str_of(columns));
    way_end(&b, way);
    return build_run(&b);
}

ptrdiff_t select_few(struct req *rq, const struct select *s, int64_t *ids)
{
    struct select plain = *s;
    plain.sort = NULL;
    struct plan plan = s->q.n ? (struct plan){.few = SELECT_FEW} : plan_of(rq, s);
    if (!s->q.n && !plan.index)
        return -1;
    struct candidate *all = arena_bytes(rq->arena, plan.few * sizeof *all);
    size_t n = candidates_read(rq, &plain, &plan, all);
    for (size_t i = 0; i < n; i++)
        ids[i] = all[i].id;
    return (ptrdiff_t)n;
}
