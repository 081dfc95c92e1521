/* lets.c: see lets.h.
 *
 * WHY rows of `participants` and not one more condition in the predicate: it has the same text for
 * all hubs and types, and asks one index; a condition for each field of each type would be asked
 * for each record of every list.
 */
#include "record/lets.h"

#include "http/live.h"

enum { SQL_MAX = 32 * 1024, CUT_MAX = 1000 };

bool lets_possible(enum kind kind, struct str target)
{
    return kind == KIND_PERSON ||
           ((kind == KIND_REF || kind == KIND_REFS) && str_is(target, "person"));
}

static bool lets(const struct record_field *f)
{
    return (f->flags & FIELD_LETS) && !f->off &&
           lets_possible(f->result, str_of(f->target ? f->target : "")) &&
           (f->result == KIND_REFS || strncmp(f->sql, "t.", 2) == 0);
}

bool lets_any(const struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (lets(&t->fields[i]))
            return true;
    return false;
}

/* Rows (record_id, person_id) as RULE 1 wants them; `which` narrows t.id. */
static void wanted_put(struct out *o, const struct record_type *t, const char *which)
{
    size_t n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!lets(f))
            continue;
        out_fmt(o, "%s", n++ ? " UNION " : "");
        if (f->result == KIND_REFS)
            out_fmt(o,
                    "SELECT t.id AS record_id, l.to_id AS person_id FROM %s t JOIN links l"
                    " ON l.from_id = t.id AND l.kind = '%s.%s' WHERE %s",
                    t->table, t->name, f->name, which);
        else
            out_fmt(o,
                    "SELECT t.id AS record_id, %s AS person_id FROM %s t"
                    " WHERE %s IS NOT NULL AND %s",
                    f->sql, t->table, f->sql, which);
    }
    if (!n)
        out_lit(o, "SELECT 0 AS record_id, 0 AS person_id WHERE 1 = 0");
}

#define NOT_WANTED                                                                                 \
    "p.role = '" LETS_NAMED "' AND NOT EXISTS (SELECT 1 FROM (%s) AS w"                            \
    " WHERE w.record_id = p.record_id AND w.person_id = p.person_id)"

static const char *wanted(struct arena *a, const struct record_type *t, const char *which)
{
    struct out o;
    out_init(&o, SQL_MAX);
    wanted_put(&o, t, which);
    return str_cstr(a, out_take(&o, a));
}

/* `these` narrows p.record_id, `which` t.id; both with ?1. */
static void rows_set(struct db *db, struct arena *a, const struct record_type *t, const char *these,
                     const char *which, int64_t id)
{
    const char *rows = wanted(a, t, which);
    const char *gone = str_fmt(a,
                               "SELECT DISTINCT p.person_id FROM participants p WHERE %s"
                               " AND " NOT_WANTED " AND p.person_id > ?3"
                               " ORDER BY p.person_id LIMIT ?2",
                               these, rows)
                           .p;
    int64_t people[CUT_MAX], last = 0;
    size_t n;
    do { /* RULE 2 */
        struct rows q = db_query(db, gone, I(id), I(CUT_MAX), I(last));
        for (n = 0; n < CUT_MAX && db_next(&q); n++)
            people[n] = db_int(&q, 0);
        db_done(&q);
        for (size_t i = 0; i < n; i++)
            live_cut_put(db, &(struct live_cut){.person_id = people[i]});
        last = n ? people[n - 1] : last;
    } while (n == CUT_MAX);
    if (last)
        db_exec(db,
                str_fmt(a, "DELETE FROM participants AS p WHERE %s AND " NOT_WANTED, these, rows).p,
                I(id));
    db_exec(db,
            str_fmt(a,
                    "INSERT INTO participants (record_id, person_id, role) SELECT w.record_id,"
                    " w.person_id, '" LETS_NAMED "' FROM (%s) AS w WHERE ?1 >= 0 AND NOT EXISTS"
                    " (SELECT 1 FROM participants p WHERE p.record_id = w.record_id"
                    " AND p.person_id = w.person_id)",
                    rows)
                .p,
            I(id)); /* RULE 3 */
}

void lets_put(struct db *db, struct arena *a, const struct record_type *t, int64_t id)
{
    if (lets_any(t))
        rows_set(db, a, t, "p.record_id = ?1", "t.id = ?1", id);
}

void lets_recount(struct db *db, struct arena *a, const struct record_type *t)
{
    const char *these =
        str_fmt(a, "?1 >= 0 AND p.record_id IN (SELECT x.id FROM %s x)", t->table).p;
    rows_set(db, a, t, these, "?1 >= 0", 0);
}

static const struct record_type *type_of(struct db *db, struct arena *a, int64_t id)
{
    struct str type =
        id ? db_get_str(db, a, "SELECT type FROM records WHERE id = ?1", I(id)) : S("");
    const struct record_type *t = type.n ? catalog_type(db, type) : NULL;
    return t && t->fields ? t : NULL;
}

void lets_follow(struct db *db, struct arena *a, int64_t id)
{
    const struct record_type *t = type_of(db, a, id);
    if (t)
        lets_put(db, a, t, id);
}

/* ---- examined ---- */

struct str lets_wrong(struct arena *a, const struct record_type *t)
{
    const char *rows = wanted(a, t, "1 = 1");
    return str_fmt(a,
                   "SELECT DISTINCT d.id, 0, 0 FROM (SELECT p.record_id AS id FROM participants p"
                   " JOIN records r ON r.id = p.record_id AND r.type = '%s' WHERE " NOT_WANTED
                   " UNION ALL SELECT w.record_id FROM (%s) AS w WHERE NOT EXISTS"
                   " (SELECT 1 FROM participants p WHERE p.record_id = w.record_id"
                   " AND p.person_id = w.person_id)) AS d",
                   t->name, rows, rows);
}

void lets_mend(struct db *db, struct arena *a, int64_t id)
{
    const struct record_type *t = type_of(db, a, id);
    if (t)
        rows_set(db, a, t, "p.record_id = ?1", "t.id = ?1", id);
}
