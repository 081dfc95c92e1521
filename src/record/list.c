/* list.c: builds the one query of a list and reads it; see list.h. */
#include "record/list.h"

#include <stdio.h>
#include <stdlib.h>

#include "record/search.h"
#include "record/tags.h"
#include "record/votes.h"

enum { LIMIT = 30, LIMIT_MAX = SELECT_MOST, ARGS = 8, SQL_MAX = 64 * 1024 };

static const struct {
    const char *record_key, *tagging_key; /* the sort's column, by which table is read first */
    bool real;
} sorts[] = {
    [SORT_NEWEST] = {"r.created_at", "g.created_at", false},
    [SORT_VOTES] = {"r.rank_score", "g.score", false},
    [SORT_TRENDING] = {"r.rank_hot", "g.hot", true},
};

const char *const list_sorts[] = {
    [SORT_NEWEST] = "newest", [SORT_VOTES] = "votes", [SORT_TRENDING] = "trending", NULL};
const struct form_rule page_query[] = {PAGE_QUERY, {0}};
const struct part list_row_parts[] = {ROW_ALL(list_row), {0}};

/* SQL text and its arguments as they grow; ?1 is always the viewer. */
struct builder {
    struct out sql;
    struct db_arg *args;
    size_t n;
};

/* Adds an argument; gives its number for the text. */
static int arg(struct builder *b, struct db_arg value)
{
    b->args[b->n++] = value;
    return (int)b->n;
}

/* ---- cursors: "<key>.<id>", the key's double as 16 hex digits of its bits ---- */

struct cursor_key {
    double real;
    int64_t whole, id;
};

static bool cursor_parse(struct str text, bool real, struct cursor_key *key)
{
    ptrdiff_t dot = str_find(text, '.');
    if (dot < 0 || !str_int(str_from(text, (size_t)dot + 1), &key->id))
        return false;
    struct str first = str_first(text, (size_t)dot);
    if (!real)
        return str_int(first, &key->whole);
    char hex[17] = {0};
    if (first.n != 16)
        return false;
    memcpy(hex, first.p, 16);
    char *end;
    uint64_t bits = strtoull(hex, &end, 16);
    memcpy(&key->real, &bits, sizeof bits);
    return *end == 0 && key->real == key->real;
}

static struct str cursor_make(struct arena *a, enum list_sort sort, const struct list_row *row)
{
    if (sorts[sort].real) {
        uint64_t bits;
        memcpy(&bits, &row->hot, sizeof bits);
        return str_fmt(a, "%016llx.%lld", (unsigned long long)bits, (long long)row->id);
    }
    int64_t key = sort == SORT_VOTES ? row->rank_score : row->created_at;
    return str_fmt(a, "%lld.%lld", (long long)key, (long long)row->id);
}

/* ---- the query ---- */

static void put_filters(struct builder *b, struct req *rq, const struct list_query *q)
{
    if (q->space_id)
        out_fmt(&b->sql, " AND r.space_id = ?%d", arg(b, I(q->space_id)));
    if (!q->select)
        return;
    struct select rest = *q->select;
    rest.core.tag_id = 0; /* the list comes out of its index */
    b->n = select_put(rq, &rest, &b->sql, b->args, b->n);
}

/* Records whose text matches; their ids are few (see search.h) and stand in the SQL. */
static void put_text(struct builder *b, struct req *rq, const struct list_query *q)
{
    if (!q->select || !q->select->q.n)
        return;
    int64_t *ids = arena_array(rq->arena, int64_t, SEARCH_CANDIDATES);
    size_t n = search_ids(rq->db, rq->arena, q->select->q, str_of(q->type), ids, SEARCH_CANDIDATES);
    out_lit(&b->sql, " AND r.id IN (0");
    for (size_t i = 0; i < n; i++) {
        out_char(&b->sql, ',');
        out_int(&b->sql, ids[i]);
    }
    out_char(&b->sql, ')');
}

static void put_order(struct builder *b, const struct list_query *q, bool by_tag, int limit)
{
    const char *key = by_tag ? sorts[q->sort].tagging_key : sorts[q->sort].record_key;
    const char *id = by_tag ? "g.record_id" : "r.id";
    struct cursor_key at;
    if (q->after.n && cursor_parse(q->after, sorts[q->sort].real, &at)) {
        int first = arg(b, sorts[q->sort].real ? R(at.real) : I(at.whole));
        out_fmt(&b->sql, " AND (%s, %s) < (?%d, ?%d)", key, id, first, arg(b, I(at.id)));
    }
    out_fmt(&b->sql, " ORDER BY %s DESC, %s DESC LIMIT ?%d", key, id, arg(b, I(limit)));
}

/* Fields of the type, behind the columns that every list has. */
static bool put_fields(struct builder *b, const struct select *s)
{
    bool wants = false;
    for (size_t i = 0; s && i < s->type->fields_n && !wants; i++)
        wants = field_set_has(&s->fields, &s->type->fields[i]);
    if (!wants)
        return false;
    out_lit(&b->sql, ", r.revision");
    values_select(&b->sql, s->type, &s->fields, NULL);
    return true;
}

/* Whether fields are among the columns. */
static bool build(struct builder *b, struct req *rq, const struct list_query *q, int limit)
{
    int64_t tag = q->select ? q->select->core.tag_id : 0;
    b->args =
        arena_array(rq->arena, struct db_arg, ARGS + (q->select ? select_args(q->select) : 0));
    arg(b, I(rq->viewer.id));
    out_lit(&b->sql, "SELECT " ROW_COLUMNS(LIST_ROW));
    if (q->texts)
        out_lit(&b->sql, ", r.html, r.updated_at");
    bool fields = put_fields(b, q->select);
    /* CROSS JOIN keeps the order of reading: a tag's list comes out of the tag's index. */
    out_lit(&b->sql, " FROM ");
    if (tag)
        out_lit(&b->sql, "taggings g CROSS JOIN ");
    out_lit(&b->sql, "records r LEFT JOIN people p ON p.id = r.author_id");
    if (q->select && select_joins(q->select))
        out_fmt(&b->sql, " JOIN %s t ON t.id = r.id", q->select->type->table);
    out_lit(&b->sql, " WHERE ");
    if (tag) {
        out_fmt(&b->sql, "g.tag_id = ?%d", arg(b, I(tag)));
        out_fmt(&b->sql, " AND g.type = ?%d AND r.id = g.record_id AND ", arg(b, Z(q->type)));
    }
    out_fmt(&b->sql, "r.type = ?%d AND r.parent_id IS NULL AND r.deleted_at IS NULL",
            arg(b, Z(q->type)));
    if (q->sort != SORT_NEWEST && !tag)
        out_lit(&b->sql, " AND " RANKED);
    put_filters(b, rq, q);
    put_text(b, rq, q);
    out_fmt(&b->sql, " AND %s",
            q->select ? access_sql_of(rq->db, &rq->viewer, q->select->type)
                      : access_sql(rq->db, &rq->viewer));
    put_order(b, q, tag != 0, limit);
    out_char(&b->sql, '\0');
    return fields;
}

static void row_read(struct req *rq, const struct list_query *query, const struct rows *q,
                     bool fields, struct list_row *row)
{
    int col = ROW_WIDTH(LIST_ROW);
    list_row_decode(row, q, 0, rq->arena);
    if (query->texts) {
        row->html = html_trusted(db_dup(q, col++, rq->arena));
        row->updated_at = db_int(q, col++);
    }
    if (!fields)
        return;
    const struct record_type *t = query->select->type;
    row->revision = db_int(q, col++);
    row->values = arena_array(rq->arena, struct value, t->fields_n);
    values_decode(t, &query->select->fields, q, &col, rq->arena, row->values);
}

static void list_own(struct req *rq, struct list *list)
{
    int64_t *ids = arena_array(rq->arena, int64_t, list->n + 1);
    bool *own = arena_array(rq->arena, bool, list->n + 1);
    for (size_t i = 0; i < list->n; i++)
        ids[i] = list->rows[i].id;
    votes_own(rq->db, rq->arena, rq->viewer.id, ids, list->n, own);
    for (size_t i = 0; i < list->n; i++)
        list->rows[i].voted = own[i];
}

void list_read(struct req *rq, const struct list_query *query, struct list *list)
{
    int limit = query->limit <= 0 ? LIMIT : query->limit > LIMIT_MAX ? LIMIT_MAX : query->limit;
    struct builder b = {.n = 0};
    out_init(&b.sql, SQL_MAX);
    bool fields = build(&b, rq, query, limit + 1);
    struct str sql = out_take(&b.sql, rq->arena);
    *list = (struct list){.rows = arena_array(rq->arena, struct list_row, (size_t)limit + 1)};
    struct rows q = db_query_n(rq->db, sql.p, b.args, b.n);
    while (list->n < (size_t)limit + 1 && db_next(&q))
        row_read(rq, query, &q, fields, &list->rows[list->n++]);
    db_done(&q);
    if (list->n > (size_t)limit) {
        list->n = (size_t)limit;
        list->next = cursor_make(rq->arena, query->sort, &list->rows[limit - 1]);
    }
    list_own(rq, list);
}

struct selection list_selection(struct arena *a, const struct list *list)
{
    struct selected *rows = arena_array(a, struct selected, list->n);
    for (size_t i = 0; i < list->n; i++) {
        const struct list_row *row = &list->rows[i];
        rows[i] = (struct selected){.row = row,
                                    .id = row->id,
                                    .created_at = row->created_at,
                                    .updated_at = row->updated_at,
                                    .revision = row->revision,
                                    .author_id = row->author_id,
                                    .space_id = row->space_id,
                                    .title = row->title,
                                    .path = record_path_of(a, row->type, row->id, row->title),
                                    .values = row->values};
    }
    return (struct selection){rows, list->n, list->next};
}

struct feed_entry list_entry(struct req *rq, const struct list_row *row)
{
    return (struct feed_entry){
        .id = row->id,
        .published = row->created_at,
        .updated = row->updated_at,
        .title = row->title,
        .path = record_path_of(rq->arena, row->type, row->id, row->title),
        .author = row->author_name,
        .author_handle = row->author_handle,
        .tags = row->tags,
        .html = row->html,
        .text = row->excerpt,
    };
}
