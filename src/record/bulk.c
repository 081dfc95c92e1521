/* bulk.c: many records changed as one act; see bulk.h.
 *
 * bulk_rows.revision says how far each is: PENDING, LEFT alone, its revision behind the change, and
 * once it is undone PENDING again is what it never was: UNDONE, or KEPT where others came after.
 */
#include "record/bulk.h"

#include <jansson.h>

#include "record/tags.h"

enum { PENDING = 0, LEFT = -1, UNDONE = -2, KEPT = -3 };

int64_t bulk_begin(const struct act *act, const struct bulk_deed *b, const int64_t *ids, size_t n)
{
    int64_t id = db_insert(act->db,
                           "INSERT INTO bulk_acts (type, person_id, at, act, field, value, total,"
                           " done, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)",
                           T(b->type), I(act->person_id), I(act->at), T(b->act), T(b->field),
                           T(b->value), I((int64_t)n));
    for (size_t i = 0; i < n; i++)
        db_exec(act->db,
                "INSERT INTO bulk_rows (act_id, record_id, revision) VALUES (?1, ?2, ?3)"
                " ON CONFLICT DO NOTHING",
                I(id), I(ids[i]), I(PENDING));
    return id;
}

bool bulk_read(struct db *db, struct arena *a, int64_t id, struct bulk_deed *b)
{
    struct rows q = db_query(db,
                             "SELECT type, person_id, at, act, field, value, total, done, changed,"
                             " undone_at FROM bulk_acts WHERE id = ?1",
                             I(id));
    bool there = db_next(&q);
    if (there)
        *b = (struct bulk_deed){.id = id,
                                .type = db_dup(&q, 0, a),
                                .person_id = db_int(&q, 1),
                                .at = db_int(&q, 2),
                                .act = db_dup(&q, 3, a),
                                .field = db_dup(&q, 4, a),
                                .value = db_dup(&q, 5, a),
                                .total = db_int(&q, 6),
                                .done = db_int(&q, 7),
                                .changed = db_int(&q, 8),
                                .undone_at = db_int(&q, 9)};
    db_done(&q);
    return there;
}

/* ---- doing ---- */

static struct str tags_with(struct arena *a, struct str tags, struct str tag, bool with)
{
    struct out o;
    struct str rest = tags, one;
    out_init(&o, 4096);
    while (str_split(&rest, ' ', &one))
        if (one.n && !str_eq(one, tag))
            out_fmt(&o, "%s" STR_FMT, o.n ? " " : "", STR_ARG(one));
    if (with)
        out_fmt(&o, "%s" STR_FMT, o.n ? " " : "", STR_ARG(tag));
    return out_take(&o, a);
}

/* Into e; false: the record cannot have it. */
static bool values_take(struct req *rq, const struct bulk_deed *b, const struct record *r,
                        struct record_values *e)
{
    const struct record_type *t = e->type;
    bool tags = str_eq(b->act, S("tag")) || str_eq(b->act, S("untag"));
    const struct record_field *f = tags ? type_field(t, "tags") : type_field_str(t, b->field);
    const char **errors = arena_array(rq->arena, const char *, t->fields_n);
    if (!f || !field_written(f, &rq->viewer))
        return false;
    e->given[f->index] = true;
    struct value *v = &e->values[f->index];
    if (tags) {
        struct str all = tags_with(rq->arena, r->tags, b->value, str_eq(b->act, S("tag")));
        *v = (struct value){.s = all, .none = !all.n};
    } else if (kind_parse(rq->arena, f, b->value, v)) {
        return false;
    }
    return fields_check(rq, e, r->id, errors);
}

/* The revision behind the change; LEFT: it was not changed. */
static int64_t record_do(struct req *rq, const struct bulk_deed *b, const struct record_type *t,
                         int64_t id)
{
    bool gone = str_eq(b->act, S("delete"));
    struct record *r = record_access_type(rq, id, t->name, gone ? RIGHT_DELETE : RIGHT_EDIT);
    struct act act = act_of(rq);
    if (!r || r->deleted_at)
        return LEFT;
    if (gone && record_stays(rq->db, r))
        return LEFT;
    if (gone) {
        record_delete(&act, r);
        return r->revision;
    }
    struct record_values *e = fields_new(rq->arena, t);
    if (!values_take(rq, b, r, e) || fields_update(&act, r, e) != RECORD_DONE)
        return LEFT;
    return r->revision;
}

static size_t rows_read(struct req *rq, int64_t id, const char *sql, int64_t *ids, int64_t *at,
                        int64_t max)
{
    struct rows q = db_query(rq->db, sql, I(id), I(max));
    size_t n = 0;
    while (n < (size_t)max && db_next(&q)) {
        ids[n] = db_int(&q, 0);
        at[n++] = db_int(&q, 1);
    }
    db_done(&q);
    return n;
}

static void row_set(struct db *db, int64_t act_id, int64_t id, int64_t revision)
{
    db_exec(db, "UPDATE bulk_rows SET revision = ?3 WHERE act_id = ?1 AND record_id = ?2",
            I(act_id), I(id), I(revision));
}

int64_t bulk_step(struct req *rq, const struct bulk_deed *b, int64_t max)
{
    const struct record_type *t = catalog_type(rq->db, b->type);
    int64_t *ids = arena_array(rq->arena, int64_t, (size_t)max),
            *at = arena_array(rq->arena, int64_t, (size_t)max), changed = 0;
    struct bulk_deed now;
    if (!t || !bulk_read(rq->db, rq->arena, b->id, &now) || now.undone_at) /* RULE 4 */
        return 0;
    size_t n = rows_read(rq, b->id,
                         "SELECT record_id, revision FROM bulk_rows WHERE act_id = ?1"
                         " AND revision = 0 ORDER BY record_id LIMIT ?2",
                         ids, at, max);
    for (size_t i = 0; i < n; i++) {
        int64_t revision = record_do(rq, b, t, ids[i]);
        row_set(rq->db, b->id, ids[i], revision);
        changed += revision > 0;
    }
    db_exec(rq->db, "UPDATE bulk_acts SET done = done + ?2, changed = changed + ?3 WHERE id = ?1",
            I(b->id), I((int64_t)n), I(changed));
    return now.total - now.done - (int64_t)n;
}

/* ---- undoing ---- */

bool bulk_undo_begin(struct db *db, const struct bulk_deed *b, int64_t at)
{
    return db_exec(db, "UPDATE bulk_acts SET undone_at = ?2 WHERE id = ?1 AND undone_at IS NULL",
                   I(b->id), I(at)) == 1;
}

/* What the record had before that revision: {"stage": ["new", "won"]}, or its tags. */
static bool before_take(struct req *rq, const struct bulk_deed *b, int64_t id, int64_t revision,
                        struct record_values *e)
{
    bool tags = !str_eq(b->act, S("set"));
    const struct record_field *f =
        tags ? type_field(e->type, "tags") : type_field_str(e->type, b->field);
    struct rows q = db_query(rq->db,
                             "SELECT tags, changes FROM revisions WHERE record_id = ?1"
                             " AND number = ?2",
                             I(id), I(revision - 1));
    bool there = f && db_next(&q);
    struct str was = there ? db_dup(&q, 0, rq->arena) : S("");
    struct str changes = there ? db_dup(&q, 1, rq->arena) : S("");
    db_done(&q);
    if (!there)
        return false;
    struct value *v = &e->values[f->index];
    e->given[f->index] = true;
    if (tags) {
        *v = (struct value){.s = was, .none = !was.n};
        return true;
    }
    json_t *json = json_loadb(changes.p, changes.n, 0, NULL);
    const char *text = json_string_value(json_array_get(json_object_get(json, f->name), 0));
    was = str_dup(rq->arena, str_of(text ? text : ""));
    json_decref(json);
    return text && !kind_parse(rq->arena, f, was, v);
}

/* RULE 3 */
static bool record_undo(struct req *rq, const struct bulk_deed *b, const struct record_type *t,
                        int64_t id, int64_t revision)
{
    struct record *r = record_access_type(rq, id, t->name, RIGHT_EDIT);
    struct act act = act_of(rq);
    if (!r || r->revision != revision)
        return false;
    if (str_eq(b->act, S("delete"))) {
        record_restore(&act, r);
        return true;
    }
    struct record_values *e = fields_new(rq->arena, t);
    e->note = S("A change of many was taken back");
    return !r->deleted_at && before_take(rq, b, id, revision, e) &&
           fields_update(&act, r, e) != RECORD_STALE;
}

int64_t bulk_undo_step(struct req *rq, const struct bulk_deed *b, int64_t max)
{
    const struct record_type *t = catalog_type(rq->db, b->type);
    int64_t *ids = arena_array(rq->arena, int64_t, (size_t)max),
            *at = arena_array(rq->arena, int64_t, (size_t)max);
    size_t n = !t ? 0
                  : rows_read(rq, b->id,
                              "SELECT record_id, revision FROM bulk_rows WHERE act_id = ?1"
                              " AND revision > 0 ORDER BY record_id LIMIT ?2",
                              ids, at, max);
    for (size_t i = 0; i < n; i++)
        row_set(rq->db, b->id, ids[i], record_undo(rq, b, t, ids[i], at[i]) ? UNDONE : KEPT);
    return db_get_int(
        rq->db, 0, "SELECT COUNT(*) FROM bulk_rows WHERE act_id = ?1 AND revision > 0", I(b->id));
}

int64_t bulk_kept(struct db *db, int64_t id)
{
    return db_get_int(db, 0, "SELECT COUNT(*) FROM bulk_rows WHERE act_id = ?1 AND revision = ?2",
                      I(id), I(KEPT));
}

void bulk_person(struct req *rq, struct db *db, struct arena *a, int64_t person_id, int64_t now)
{
    rq->db = db;
    rq->arena = a;
    rq->now = now;
    if (!viewer_load(db, a, person_id, &rq->viewer)) /* whose account is gone may nothing */
        rq->viewer = (struct viewer){.id = person_id};
}
