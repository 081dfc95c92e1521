/* abouts.c: see abouts.h.
 *
 * WHY the rows are written by a statement that reads the fields again, and not from values: the
 * same words then write one record, fill a table that is new, and check it.
 */
#include "record/abouts.h"

#include "record/ids.h"

enum { SQL_MAX = 32 * 1024 };

/* When it happened: the first time that a form sets. */
static const char *at_of(struct arena *a, const struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!f->own && f->kind == KIND_TIME && f->sql[0] == 't' && !(f->flags & FIELD_FIXED))
            return str_fmt(a, "COALESCE(%s, r.created_at)", f->sql).p;
    }
    return "r.created_at";
}

static bool is_about(const struct record_field *f)
{
    return !f->own && (f->kind == KIND_REFS ||
                       ((f->kind == KIND_REF || f->kind == KIND_PERSON) && f->sql[0] == 't'));
}

/* Rows as RULE 1 wants them; `which` narrows t.id. */
static void wanted_put(struct out *o, struct arena *a, const struct record_type *t,
                       const char *which)
{
    const char *at = at_of(a, t);
    size_t n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!is_about(f))
            continue;
        bool many = f->kind == KIND_REFS;
        out_fmt(o, "%sSELECT %s AS about_id, %s AS at, t.id AS record_id, '%s' AS sort FROM ",
                n++ ? " UNION " : "", many ? "l.to_id" : f->sql, at, t->timeline);
        if (many)
            out_fmt(o,
                    "%s t JOIN records r ON r.id = t.id JOIN links l ON l.from_id = t.id"
                    " AND l.kind = '%s.%s' WHERE %s",
                    t->table, t->name, f->name, which);
        else
            out_fmt(o, "%s t JOIN records r ON r.id = t.id WHERE %s IS NOT NULL AND %s", t->table,
                    f->sql, which);
    }
    if (!n)
        out_lit(o, "SELECT 0 AS about_id, 0 AS at, 0 AS record_id, '' AS sort WHERE 1 = 0");
}

static const char *insert_sql(struct arena *a, const struct record_type *t, const char *which)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_lit(&o, "INSERT INTO abouts (about_id, at, record_id, sort) SELECT w.about_id, w.at,"
                " w.record_id, w.sort FROM (");
    wanted_put(&o, a, t, which);
    out_lit(&o, ") AS w WHERE w.about_id <> w.record_id");
    return str_cstr(a, out_take(&o, a));
}

void abouts_mend(struct arena *a, const struct record_type *t, const char *sql[ABOUTS_MEND])
{
    sql[0] = "DELETE FROM abouts WHERE record_id = ?1";
    sql[1] = insert_sql(a, t, "t.id = ?1");
}

void abouts_put(struct db *db, struct arena *a, const struct record_type *t, int64_t id)
{
    const char *sql[ABOUTS_MEND];
    if (!t->timeline)
        return;
    abouts_mend(a, t, sql);
    for (size_t i = 0; i < ABOUTS_MEND; i++)
        db_exec(db, sql[i], I(id));
}

void abouts_forget(struct db *db, int64_t id)
{
    db_exec(db, "DELETE FROM abouts WHERE record_id = ?1", I(id));
    db_exec(db, "DELETE FROM abouts WHERE about_id = ?1", I(id));
}

void abouts_recount(struct db *db, struct arena *a, const struct record_type *t)
{
    if (!t->timeline)
        return;
    db_exec(db,
            str_fmt(a, "DELETE FROM abouts WHERE record_id IN (SELECT id FROM %s)", t->table).p);
    db_exec(db, insert_sql(a, t, "1 = 1"));
}

/* Both sides as text: the columns of a row in one. */
struct str abouts_wrong(struct arena *a, const struct record_type *t)
{
    struct out o;
    out_init(&o, SQL_MAX);
    out_lit(&o, "SELECT DISTINCT d.record_id, 0, 0 FROM (SELECT b.record_id, b.about_id, b.at FROM"
                " abouts b WHERE NOT EXISTS (SELECT 1 FROM (");
    wanted_put(&o, a, t, "1 = 1");
    out_fmt(&o,
            ") AS w WHERE w.record_id = b.record_id AND w.about_id = b.about_id AND w.at = b.at)"
            " AND b.record_id IN (SELECT id FROM %s) UNION ALL SELECT w.record_id, w.about_id, w.at"
            " FROM (",
            t->table);
    wanted_put(&o, a, t, "1 = 1");
    out_lit(&o,
            ") AS w WHERE w.about_id <> w.record_id AND NOT EXISTS (SELECT 1 FROM abouts b"
            " WHERE b.about_id = w.about_id AND b.at = w.at AND b.record_id = w.record_id)) AS d");
    return out_take(&o, a);
}

size_t abouts_of(struct db *db, int64_t record_id, int64_t ids[ABOUTS_TOLD])
{
    size_t n = 0;
    struct rows q = db_query(db, "SELECT about_id FROM abouts WHERE record_id = ?1 LIMIT ?2",
                             I(record_id), I(ABOUTS_TOLD));
    while (n < ABOUTS_TOLD && db_next(&q))
        ids[n++] = db_int(&q, 0);
    db_done(&q);
    return n;
}

/* ---- reading ---- */

#define ABOUT_COLUMNS                                                                              \
    "SELECT x.at, r.id, r.type, r.title, r.author_id, p.name, r.excerpt, r.revision,"              \
    " CASE WHEN length(r.html) <= 3000 THEN r.html ELSE '' END FROM abouts x"                      \
    " CROSS JOIN records r LEFT JOIN people p ON p.id = r.author_id WHERE x.about_id = ?2"
#define ABOUT_REST                                                                                 \
    " AND (x.at, x.record_id) < (?3, ?4) AND r.id = x.record_id AND r.deleted_at IS NULL AND "
#define ABOUT_END " ORDER BY x.at DESC, x.record_id DESC LIMIT ?5"

static const struct record_type *type_among(const struct catalog *c, struct str name)
{
    for (size_t i = 0; i < c->n; i++)
        if (str_is(name, c->types[i]->name))
            return c->types[i]->fields && !c->types[i]->off ? c->types[i] : NULL;
    return NULL;
}

static size_t rows_read(struct req *rq, const struct about_query *query, struct about *out)
{
    static const char *const all[] = ACCESS_EACH(ABOUT_COLUMNS ABOUT_REST, ABOUT_END);
    static const char *const one[] =
        ACCESS_EACH(ABOUT_COLUMNS " AND x.sort = ?6" ABOUT_REST, ABOUT_END);
    const struct catalog *c = catalog_of(rq->db);
    size_t n = 0;
    struct db_arg args[] = {I(rq->viewer.id),
                            I(query->about_id),
                            I(query->before ? query->before : INT64_MAX),
                            I(query->before ? query->before_id : INT64_MAX),
                            I((int64_t)query->limit),
                            T(query->sort)};
    struct rows q =
        db_query_n(rq->db, access_text(rq->db, rq->arena, &rq->viewer, query->sort.n ? one : all),
                   args, query->sort.n ? 6 : 5);
    while (n < query->limit && db_next(&q)) {
        struct about *b = &out[n];
        *b = (struct about){.at = db_int(&q, 0),
                            .type = type_among(c, db_str(&q, 2)),
                            .author_name = db_dup(&q, 5, rq->arena),
                            .excerpt = db_dup(&q, 6, rq->arena),
                            .html = db_dup(&q, 8, rq->arena),
                            .row = {.id = db_int(&q, 1),
                                    .title = db_dup(&q, 3, rq->arena),
                                    .author_id = db_int(&q, 4),
                                    .revision = db_int(&q, 7)}};
        n += b->type != NULL;
    }
    db_done(&q);
    return n;
}

/* Values that cards of the type show, of all its rows in one query. */
static void values_take(struct req *rq, const struct record_type *t, struct about *list, size_t n)
{
    struct field_set set = {0};
    struct out sql;
    struct db_arg *args = arena_bytes(rq->arena, ids_room(n) * sizeof *args);
    int64_t *ids = arena_array(rq->arena, int64_t, n);
    for (size_t i = 0; i < t->fields_n; i++)
        if ((t->fields[i].flags & FIELD_CARD || t->fields[i].result == KIND_CHOICE) &&
            field_seen(&t->fields[i], &rq->viewer))
            field_set_add(&set, &t->fields[i]);
    out_init(&sql, SQL_MAX);
    for (size_t i = 0; i < n; i++)
        if (list[i].type == t)
            ids[i] = list[i].row.id;
    out_lit(&sql, "SELECT x.column2");
    values_select(&sql, t, &set, NULL);
    out_lit(&sql, " FROM ");
    size_t args_n = ids_put(&sql, args, 0, ids, n);
    out_fmt(&sql, " CROSS JOIN %s t CROSS JOIN records r WHERE t.id = x.column1 AND r.id = t.id",
            t->table);
    struct rows q =
        db_query_n(rq->db, str_cstr(rq->arena, out_take(&sql, rq->arena)), args, args_n);
    while (db_next(&q)) {
        int col = 1;
        values_decode(t, &set, &q, &col, rq->arena, list[db_int(&q, 0)].row.values);
    }
    db_done(&q);
}

size_t abouts_read(struct req *rq, const struct about_query *query, struct about *out)
{
    size_t n = rows_read(rq, query, out);
    for (size_t i = 0; i < n; i++) {
        const struct record_type *t = out[i].type;
        out[i].row.path =
            record_path_of(rq->arena, str_of(t->name), out[i].row.id, out[i].row.title);
        out[i].row.values = arena_array(rq->arena, struct value, t->fields_n);
        for (size_t k = 0; k < t->fields_n; k++)
            out[i].row.values[k].none = true;
    }
    for (size_t i = 0; i < n; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && out[k].type != out[i].type;
        if (first)
            values_take(rq, out[i].type, out, n);
    }
    return n;
}
