/* abouts.c: see abouts.h.
 *
 * WHY the rows are written by a statement that reads the fields again, and not from values: the
 * same words then write one record, fill a table that is new, and check it.
 */
#include "record/abouts.h"

#include "db/ids.h"

enum { SQL_MAX = 32 * 1024, KINDRED_SQL = 1 << 20, KINDRED_FIELDS = 20 };

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

#define ABOUT_SHOWN                                                                                \
    "r.id, r.type, r.title, r.author_id, p.name, r.excerpt, r.revision,"                           \
    " CASE WHEN length(r.html) <= 3000 THEN r.html ELSE '' END"
#define ABOUT_COLUMNS                                                                              \
    "SELECT x.at, " ABOUT_SHOWN ", 0 FROM abouts x"                                                \
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

/* RULE 3. Each of them has a stretch; `sort` is ?6 where there is one. */
static const char *kindred_sql(struct req *rq, const struct about_query *query)
{
    const char *sees = access_sql(rq->db, &rq->viewer);
    size_t arg = query->sort.n ? 7 : 6;
    struct out o;
    out_init(&o, KINDRED_SQL);
    out_lit(&o, "SELECT w.at, " ABOUT_SHOWN ", w.whose FROM (SELECT u.at, u.record_id,"
                " MIN(u.whose) AS whose FROM (");
    for (size_t i = 0; i <= query->also_n; i++)
        out_fmt(&o,
                "%sSELECT * FROM (SELECT x.at, x.record_id, %zu AS whose FROM abouts x"
                " CROSS JOIN records r WHERE x.about_id = ?%zu%s" ABOUT_REST
                "%s ORDER BY x.at DESC, x.record_id DESC LIMIT ?5) AS a%zu",
                i ? " UNION ALL " : "", i, i ? arg + i - 1 : 2,
                query->sort.n ? " AND x.sort = ?6" : "", sees, i);
    out_lit(&o, ") AS u GROUP BY u.at, u.record_id ORDER BY u.at DESC, u.record_id DESC LIMIT ?5)"
                " AS w CROSS JOIN records r LEFT JOIN people p ON p.id = r.author_id"
                " WHERE r.id = w.record_id AND ?1 >= 0 ORDER BY w.at DESC, w.record_id DESC");
    return str_cstr(rq->arena, out_take(&o, rq->arena));
}

static size_t rows_read(struct req *rq, const struct about_query *query, struct about *out)
{
    static const char *const all[] = ACCESS_EACH(ABOUT_COLUMNS ABOUT_REST, ABOUT_END);
    static const char *const one[] =
        ACCESS_EACH(ABOUT_COLUMNS " AND x.sort = ?6" ABOUT_REST, ABOUT_END);
    const struct catalog *c = catalog_of(rq->db);
    size_t n = 0;
    size_t args_n = query->sort.n ? 6 : 5;
    struct db_arg args[6 + KINDRED_MAX] = {I(rq->viewer.id),
                                           I(query->about_id),
                                           I(query->before ? query->before : INT64_MAX),
                                           I(query->before ? query->before_id : INT64_MAX),
                                           I((int64_t)query->limit),
                                           T(query->sort)};
    for (size_t i = 0; i < query->also_n; i++)
        args[args_n++] = I(query->also[i].id);
    struct rows q = db_query_n(
        rq->db,
        query->also_n ? kindred_sql(rq, query)
                      : access_text(rq->db, rq->arena, &rq->viewer, query->sort.n ? one : all),
        args, args_n);
    while (n < query->limit && db_next(&q)) {
        struct about *b = &out[n];
        *b = (struct about){.at = db_int(&q, 0),
                            .type = type_among(c, db_str(&q, 2)),
                            .author_name = db_dup(&q, 5, rq->arena),
                            .excerpt = db_dup(&q, 6, rq->arena),
                            .html = db_dup(&q, 8, rq->arena),
                            .whose = (size_t)db_int(&q, 9),
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
    size_t args_n = ids_put(rq->db, rq->arena, &sql, args, 0, ids, n);
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

/* ---- what leads to a record ---- */

/* A field by which records of another kind lead to the type, found by an index. */
static bool leads_here(struct req *rq, const struct record_type *from, const struct record_type *t,
                       const struct record_field *f)
{
    bool ref = f->kind == KIND_REF && field_index(rq->arena, from, f);
    return !from->timeline && !from->off && (ref || f->kind == KIND_REFS) && !f->off && f->target &&
           strcmp(f->target, t->name) == 0 && field_seen(f, &rq->viewer);
}

static size_t leading(struct req *rq, const struct record_type *t, struct out *sql)
{
    const struct catalog *c = catalog_of(rq->db);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n && n < KINDRED_FIELDS; k++) {
            const struct record_field *f = &c->types[i]->fields[k];
            if (!leads_here(rq, c->types[i], t, f))
                continue;
            bool many = f->kind == KIND_REFS;
            out_fmt(sql, "%sSELECT * FROM (SELECT r.id, r.title FROM ", n ? " UNION " : "");
            if (many)
                out_fmt(sql,
                        "links x CROSS JOIN records r WHERE x.to_id = ?2 AND x.kind = '%s.%s'"
                        " AND r.id = x.from_id",
                        c->types[i]->name, f->name);
            else
                out_fmt(sql, "%s x CROSS JOIN records r WHERE x.v = ?2 AND r.id = x.id",
                        field_index(rq->arena, c->types[i], f));
            out_fmt(sql, " AND r.deleted_at IS NULL AND %s ORDER BY r.id DESC LIMIT ?3) AS b%zu",
                    access_sql_of(rq->db, &rq->viewer, c->types[i]), n++);
        }
    return n;
}

bool kindred_possible(struct req *rq, const struct record_type *t)
{
    const struct catalog *c = catalog_of(rq->db);
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n; k++)
            if (leads_here(rq, c->types[i], t, &c->types[i]->fields[k]))
                return true;
    return false;
}

size_t kindred_read(struct req *rq, const struct record_type *t, int64_t id,
                    struct kindred out[KINDRED_MAX])
{
    struct out sql;
    size_t n = 0;
    out_init(&sql, KINDRED_SQL);
    out_lit(&sql, "SELECT d.id, d.title FROM (");
    size_t fields = leading(rq, t, &sql);
    out_lit(&sql, ") AS d WHERE ?1 >= 0 ORDER BY d.id DESC LIMIT ?3");
    const char *text = str_cstr(rq->arena, out_take(&sql, rq->arena));
    if (!fields)
        return 0;
    struct rows q = db_query(rq->db, text, I(rq->viewer.id), I(id), I(KINDRED_MAX));
    for (; n < KINDRED_MAX && db_next(&q); n++)
        out[n] = (struct kindred){db_int(&q, 0), db_dup(&q, 1, rq->arena)};
    db_done(&q);
    return n;
}
