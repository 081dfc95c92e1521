/* list.c: builds the one query of a list and reads it; see list.h. */
#include "record/list.h"

#include <stdio.h>
#include <stdlib.h>

#include "record/search.h"
#include "record/tags.h"

enum { LIMIT = 30, LIMIT_MAX = 100, ARGS = 16, SQL_MAX = 64 * 1024 };

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
const char *const list_shows[] = {"unanswered", "mine", NULL};
const struct form_rule page_query[] = {PAGE_QUERY, {0}};
const struct part list_row_parts[] = {ROW_ALL(list_row), {0}};

const char *list_sort_name(enum list_sort sort)
{
    return list_sorts[sort];
}

/* SQL text and its arguments as they grow; ?1 is always the viewer. */
struct builder {
    struct out sql;
    struct db_arg args[ARGS];
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

static void put_filters(struct builder *b, const struct list_query *q)
{
    if (q->space_id)
        out_fmt(&b->sql, " AND r.space_id = ?%d", arg(b, I(q->space_id)));
    if (q->author_id)
        out_fmt(&b->sql, " AND r.author_id = ?%d", arg(b, I(q->author_id)));
    if (q->state.n)
        out_fmt(&b->sql, " AND r.state = ?%d", arg(b, T(q->state)));
    if (q->unanswered)
        out_lit(&b->sql, " AND r.answers = 0");
}

/* Records whose text matches; their ids are few (see search.h) and stand in the SQL. */
static void put_text(struct builder *b, struct req *rq, const struct list_query *q)
{
    if (!q->text.n)
        return;
    int64_t *ids = arena_array(rq->arena, int64_t, SEARCH_CANDIDATES);
    size_t n = search_ids(rq->db, rq->arena, q->text, str_of(q->type), ids, SEARCH_CANDIDATES);
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

static void build(struct builder *b, struct req *rq, const struct list_query *q, int limit)
{
    int64_t tag = q->tag.n ? tag_find(rq->db, q->tag) : 0;
    arg(b, I(rq->viewer.id));
    out_lit(&b->sql, "SELECT " ROW_COLUMNS(LIST_ROW));
    if (rq->viewer.id)
        out_lit(&b->sql, ", (SELECT SUM(v.delta) FROM votes v"
                         " WHERE v.record_id = r.id AND v.person_id = ?1)");
    else
        out_lit(&b->sql, ", 0");
    if (q->texts)
        out_lit(&b->sql, ", r.html, r.updated_at");
    /* CROSS JOIN keeps the order of reading: a tag's list comes out of the tag's index. */
    out_lit(&b->sql, " FROM ");
    if (q->tag.n)
        out_lit(&b->sql, "taggings g CROSS JOIN ");
    out_lit(&b->sql, "records r LEFT JOIN people p ON p.id = r.author_id WHERE ");
    if (q->tag.n) {
        out_fmt(&b->sql, "g.tag_id = ?%d", arg(b, I(tag)));
        out_fmt(&b->sql, " AND g.type = ?%d AND r.id = g.record_id AND ", arg(b, Z(q->type)));
    }
    out_fmt(&b->sql, "r.type = ?%d AND r.parent_id IS NULL AND r.deleted_at IS NULL",
            arg(b, Z(q->type)));
    put_filters(b, q);
    put_text(b, rq, q);
    out_fmt(&b->sql, " AND %s", access_sql(rq->db, &rq->viewer));
    put_order(b, q, q->tag.n > 0, limit);
    out_char(&b->sql, '\0');
}

void list_read(struct req *rq, const struct list_query *query, struct list *list)
{
    int limit = query->limit <= 0 ? LIMIT : query->limit > LIMIT_MAX ? LIMIT_MAX : query->limit;
    struct builder b = {.n = 0};
    out_init(&b.sql, SQL_MAX);
    build(&b, rq, query, limit + 1);
    struct str sql = out_take(&b.sql, rq->arena);
    *list = (struct list){.rows = arena_array(rq->arena, struct list_row, (size_t)limit + 1)};
    struct rows q = db_query_n(rq->db, sql.p, b.args, b.n);
    while (list->n < (size_t)limit + 1 && db_next(&q)) {
        struct list_row *row = &list->rows[list->n++];
        list_row_decode(row, &q, 0, rq->arena);
        row->voted = db_int(&q, ROW_WIDTH(LIST_ROW)) > 0;
        if (query->texts) {
            row->html = html_trusted(db_dup(&q, ROW_WIDTH(LIST_ROW) + 1, rq->arena));
            row->updated_at = db_int(&q, ROW_WIDTH(LIST_ROW) + 2);
        }
    }
    db_done(&q);
    if (list->n > (size_t)limit) {
        list->n = (size_t)limit;
        list->next = cursor_make(rq->arena, query->sort, &list->rows[limit - 1]);
    }
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

bool list_query_read(struct req *rq, struct list_query *query, struct str *why)
{
    struct str sort = req_query(rq, "sort"), author = req_query(rq, "author");
    const char *wrong = query_wrong(rq);
    if (wrong) {
        *why = str_of(wrong);
        return false;
    }
    for (int i = 0; sort.n && list_sorts[i]; i++)
        if (str_is(sort, list_sorts[i]))
            query->sort = (enum list_sort)i;
    query->tag = req_query(rq, "tag");
    query->state = req_query(rq, "status");
    query->text = str_trim(req_query(rq, "q"));
    query->after = req_query(rq, "after");
    struct str show = req_query(rq, "show");
    query->unanswered = str_eq(show, S("unanswered"));
    if (str_eq(show, S("mine")))
        query->author_id = rq->viewer.id ? rq->viewer.id : -1;
    if (author.n) {
        int64_t id = db_get_int(rq->db, -1, "SELECT id FROM people WHERE handle = ?1", T(author));
        query->author_id = id;
    }
    return true;
}
