/* duplicates.c: pairs of records that may be the same: found by a job, and while one is typed.
 *
 * Owns    tables duplicates, duplicate_walks     Uses  record/duplicates.h, record/merge.h
 * RULES
 *   1. Pairs are for staff, the nearest first, each with its reasons; none with a record that the
 *      viewer may not see.
 *   2. What somebody who may edit both has called different is never proposed again.
 *   3. While a record is typed one is told what may be here already; nothing is kept of it.
 */
#include "features/duplicates/duplicates.h"

#include "features/duplicates/walk.h"
#include "views/duplicates/index.h"
#include "views/duplicates/near.h"

enum { SHOWN = 30, NEAR = 5 };

static int duplicates_index(struct req *rq);
static int duplicates_destroy(struct req *rq);
static int near_index(struct req *rq);

static const struct form_rule with_query[] = {
    {"with", .label = "number of the other one"},
    {0},
};
static const struct form_rule page_rules[] = {
    {"after", .label = "the `next` of the page before"},
    {0},
};
static const struct form_rule near_query[] = {
    {"type", .label = "name of the type; its fields stand beside it", .required = true},
    {0},
};

static const struct part reason_parts[] = {
    PART_TITLE("DuplicateReason"),
    PART(INT, "points", struct alike_reason, points),
    PART(TEXT, "words", struct alike_reason, words),
    PART(MAYBE, "a", struct alike_reason, a),
    PART(MAYBE, "b", struct alike_reason, b),
    {0},
};
static const struct part pair_parts[] = {
    PART_TITLE("Duplicate"),
    PART(INT, "id", struct pair, id),
    PART(TEXT, "type", struct pair, type),
    PART(INT, "score", struct pair, score),
    PART(INT, "a_id", struct pair, a_id),
    PART(TEXT, "a_title", struct pair, a_title),
    PART(TEXT, "a_path", struct pair, a_path),
    PART(INT, "b_id", struct pair, b_id),
    PART(TEXT, "b_title", struct pair, b_title),
    PART(TEXT, "b_path", struct pair, b_path),
    PART(TIME, "at", struct pair, at),
    PART_LIST("reasons", struct pair, why, why_n, reason_parts),
    {0},
};
static const struct part pairs_answer[] = {
    PART_LIST("data", struct pairs_page, rows, n, pair_parts),
    PART(CURSOR, "next", struct pairs_page, next),
    {0},
};
static const struct part pair_answer[] = {PART_OBJECT("data", pair_parts), {0}};
static const struct part near_parts[] = {
    PART_TITLE("Near"),
    PART(INT, "id", struct near, id),
    PART(INT, "score", struct near, score),
    PART(TEXT, "title", struct near, title),
    PART(TEXT, "path", struct near, path),
    PART(TEXT, "why", struct near, why),
    {0},
};
static const struct part near_answer[] = {PART_LIST("data", struct near_page, list, n, near_parts),
                                          {0}};

static const struct route routes[] = {
    {GET, "/duplicates", duplicates_index, STAFF, .flags = ROUTE_UNFED, .query = page_rules,
     .answers = pairs_answer, .help = "pairs of records that may be the same, nearest first"},
    {GET, "/duplicates/near", near_index, MEMBER, .rate = PER_MINUTE(120), .flags = ROUTE_UNFED,
     .query = near_query, .answers = near_answer,
     .help = "what may be here already, by the fields of a record that is typed"},
    {DELETE, "/duplicates/:id", duplicates_destroy, STAFF, .rate = PER_MINUTE(120),
     .flags = ROUTE_ASIDE, .answers = pair_answer,
     .help = "say that the two are different, for good"},
    {GET, "/merges", merges_index, STAFF, .flags = ROUTE_UNFED, .query = page_rules,
     .answers = merges_answer, .help = "which records became one"},
    {GET, "/merges/:id", merges_show, MEMBER, .flags = ROUTE_UNFED, .answers = merge_answer,
     .help = "one merge, and how far it is"},
    {DELETE, "/merges/:id", merges_destroy, MEMBER, .rate = PER_MINUTE(30), .answers = merge_answer,
     .help = "take a merge back"},
    {GET, "/:type/:id/merges/new", merge_new, MEMBER, .query = with_query,
     .help = "form to merge the record `with` into this one, field by field"},
    {POST, "/:type/:id/merges", merge_create, MEMBER, .rate = PER_MINUTE(30),
     .flags = ROUTE_CREATES, .form = merge_rules, .answers = merge_answer,
     .help = "merge the record `from` into this one; each field may say left, right or both"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Duplicates", "/duplicates", "#i-copy", 50, STAFF, MENU_USER},
    {0},
};

static const struct job_kind kinds[] = {
    {"merge", merge_run},
    {"duplicates", walk_run},
    {0},
};

static const struct consumer consumers[] = {
    {"duplicates", walk_order, .verbs = "'Create', 'Update', 'Undo'", .every_ms = 1000},
    {0},
};

const struct feature duplicates_feature = {
    .name = "duplicates", .routes = routes, .menu = menu, .jobs = kinds, .consumers = consumers};

/* ---- pairs ---- */

struct after {
    int64_t score, id;
};

static struct after after_read(struct req *rq)
{
    struct str text = req_query(rq, "after");
    ptrdiff_t dot = str_find(text, '.');
    struct after at = {0};
    if (dot < 1 || !str_int(str_first(text, (size_t)dot), &at.score) ||
        !str_int(str_from(text, (size_t)dot + 1), &at.id))
        return (struct after){101, 0};
    return at;
}

/* RULE 1: `id` 0: the list. */
static size_t pairs_read(struct req *rq, int64_t id, struct after after, struct pair *out,
                         size_t max)
{
    const char *sees = access_sql(rq->db, &rq->viewer);
    struct str sql =
        str_fmt(rq->arena,
                "SELECT d.id, d.a_id, d.b_id, d.score, d.at, d.type, d.reasons, x.title, y.title"
                " FROM duplicates d JOIN records x ON x.id = d.a_id JOIN records y ON y.id = d.b_id"
                " WHERE d.state = 'open' AND (?2 = 0 OR d.id = ?2) AND (d.score, d.id) < (?3, ?4)"
                " AND x.deleted_at IS NULL AND y.deleted_at IS NULL"
                " AND EXISTS (SELECT 1 FROM records r WHERE r.id = d.a_id AND %s)"
                " AND EXISTS (SELECT 1 FROM records r WHERE r.id = d.b_id AND %s) AND ?1 > 0"
                " ORDER BY d.score DESC, d.id DESC LIMIT ?5",
                sees, sees);
    struct rows q = db_query(rq->db, sql.p, I(rq->viewer.id), I(id), I(after.score), I(after.id),
                             I((int64_t)max));
    size_t n = 0;
    for (; n < max && db_next(&q); n++) {
        struct alike_reason *why = arena_array(rq->arena, struct alike_reason, SIMILAR_REASONS);
        struct pair *p = &out[n];
        *p = (struct pair){.id = db_int(&q, 0),
                           .a_id = db_int(&q, 1),
                           .b_id = db_int(&q, 2),
                           .score = db_int(&q, 3),
                           .at = db_int(&q, 4),
                           .type = db_dup(&q, 5, rq->arena),
                           .a_title = db_dup(&q, 7, rq->arena),
                           .b_title = db_dup(&q, 8, rq->arena)};
        p->why_n = alike_reasons(db_dup(&q, 6, rq->arena), why);
        p->why = why;
        p->a_path = record_path_of(rq->arena, p->type, p->a_id, p->a_title);
        p->b_path = record_path_of(rq->arena, p->type, p->b_id, p->b_title);
        const struct record_type *t = record_type_find(p->type);
        p->merge_path = str_fmt(rq->arena, "/%s/%lld/merges/new?with=%lld", t ? t->plural : "r",
                                (long long)p->a_id, (long long)p->b_id);
    }
    db_done(&q);
    return n;
}

static int duplicates_index(struct req *rq)
{
    struct pairs_page *v = arena_make(rq->arena, struct pairs_page);
    struct pair *rows = arena_array(rq->arena, struct pair, SHOWN + 1);
    v->rows = rows;
    v->n = pairs_read(rq, 0, after_read(rq), rows, SHOWN + 1);
    if (v->n > SHOWN) {
        v->n = SHOWN;
        v->next = str_fmt(rq->arena, "%lld.%lld", (long long)rows[SHOWN - 1].score,
                          (long long)rows[SHOWN - 1].id);
    }
    return answer(rq, &(struct answer){.title = S("Duplicates"),
                                       .page = duplicates_index_view,
                                       .section = "/duplicates",
                                       .data = v});
}

/* RULE 2 */
static int duplicates_destroy(struct req *rq)
{
    struct pair *pair = arena_make(rq->arena, struct pair);
    int64_t id = req_id(rq, "id");
    if (!id || !pairs_read(rq, id, (struct after){101, 0}, pair, 1))
        return not_found(rq);
    if (!record_access_bare(rq, pair->a_id, RIGHT_EDIT) ||
        !record_access_bare(rq, pair->b_id, RIGHT_EDIT))
        return forbidden(rq);
    db_exec(rq->db,
            "UPDATE duplicates SET state = 'different', person_id = ?2, at = ?3 WHERE id = ?1",
            I(id), I(rq->viewer.id), I(rq->now));
    return answer_updated(rq, S("/duplicates"), &(struct answer){.data = pair});
}

/* ---- while one types: RULE 3 ---- */

static int near_index(struct req *rq)
{
    const struct record_type *t = catalog_type(rq->db, req_query(rq, "type"));
    struct near_page *v = arena_make(rq->arena, struct near_page);
    struct near *list = arena_array(rq->arena, struct near, NEAR);
    struct alike found[NEAR];
    size_t n;
    if (!t || !t->fields || t->off)
        return refuse(rq, 400, "There is no such type.");
    struct value *values = fields_new(rq->arena, t)->values;
    const struct param *given = req_queries(rq, &n);
    for (size_t i = 0; i < n; i++) {
        const struct record_field *f = type_field_str(t, given[i].name);
        if (f && field_written(f, &rq->viewer) && !(kind_info(f->kind)->can & KIND_LEADS))
            (void)kind_parse(rq->arena, f, given[i].value, &values[f->index]); /* half typed */
    }
    v->n = alike_find(rq, t, values, 0, found, NEAR);
    for (size_t i = 0; i < v->n; i++)
        list[i] = (struct near){.id = found[i].id,
                                .score = found[i].how.score,
                                .title = found[i].title,
                                .path = found[i].path,
                                .why = alike_words(&found[i])};
    v->list = list;
    if (rq->face == FACE_JSON)
        return answer(rq, &(struct answer){.data = v});
    rq->content_type = S("text/html; charset=utf-8");
    rq->status = 200;
    duplicates_near_html(&rq->out, v);
    return rq->status;
}
