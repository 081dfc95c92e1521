/* field_changes.c: a field becomes of another kind: its page, the job, what does not fit; see
 * record/field_change.h. */
#include "record/field_change.h"

#include "features/types/types.h"
#include "http/feature.h"
#include "view/answer.h"
#include "views/types/change.h"
#include "views/types/misfits.h"

enum { SHOWN = 100, CSV_MAX = 50000, TARGETS = 500, LINE_MAX = 8000 };

const struct form_rule change_rules[] = {
    {"kind", .label = "Kind", .required = true, .choices = field_typed_kinds},
    {"choices", .label = "Choices", .lines = true, .max = 12000},
    {"roles", .label = "Roles", .max = 300},
    {"currency", .label = "Currency", .max = 3},
    {"target", .label = "Leads to", .max = TYPE_NAME_MAX},
    {"scale", .label = "Digits behind the point", .whole = true, .max = 1},
    {0},
};

static const struct part change_parts[] = {
    PART_TITLE("FieldChange"),
    PART(TEXT, "state", struct change_shown, state),
    PART(TEXT, "from", struct change_shown, from),
    PART(TEXT, "to", struct change_shown, to),
    PART(INT, "copied", struct change_shown, copied),
    PART(INT, "total", struct change_shown, total),
    PART(INT, "misfits", struct change_shown, misfits),
    PART(TIME, "started_at", struct change_shown, started_at),
    PART(TIME, "switched_at", struct change_shown, switched_at),
    {0},
};
const struct part change_answer[] = {PART_INNER("data", struct change_page, change, change_parts),
                                     {0}};
static const struct part misfit_parts[] = {
    PART_TITLE("Misfit"),
    PART(INT, "id", struct misfit, id),
    PART(TEXT, "path", struct misfit, path),
    PART(TEXT, "value", struct misfit, value),
    PART(TEXT, "why", struct misfit, why),
    {0},
};
const struct part misfits_answer[] = {
    PART_LIST("data", struct change_page, misfits, misfits_n, misfit_parts),
    PART(CURSOR, "next", struct change_page, next),
    {0},
};

/* ---- the job ---- */

struct stepping {
    struct arena *arena;
    int64_t id, done, of;
    bool more;
};

static bool step(struct db *db, void *ctx)
{
    struct stepping *s = ctx;
    arena_reset(s->arena);
    s->more = field_change_step(db, s->arena, s->id, s->of, &s->done);
    return !db_failed(db);
}

static bool count(struct db *db, void *ctx)
{
    struct stepping *s = ctx;
    s->of = field_change_count(db, s->arena, s->id);
    return !db_failed(db);
}

static enum job_result change_run(struct job *job)
{
    struct stepping s = {.arena = arena_new(64 << 20), .more = true};
    enum job_result result = JOB_DONE;
    str_int(job_data(job), &s.id);
    if (!job_read(job, count, &s))
        result = JOB_LATER;
    while (s.more && result == JOB_DONE)
        if (!job_write_aside(job, step, &s) ||
            (s.more && !job_step(job, s.done, s.of, S("Copying values"))))
            result = JOB_LATER;
    arena_free(s.arena);
    return result;
}

const struct job_kind change_jobs[] = {{"field-change", change_run}, {0}};

/* ---- the page ---- */

static void change_load(struct req *rq, const struct record_type *t, const struct record_field *f,
                        struct change_shown *c)
{
    struct rows q = db_query(rq->db,
                             "SELECT c.state, c.kind, c.copied, c.total, c.started_at,"
                             " COALESCE(c.switched_at, 0), (SELECT COUNT(*) FROM field_misfits m"
                             " WHERE m.change_id = c.id) FROM field_changes c"
                             " WHERE c.type = ?1 AND c.name = ?2",
                             Z(t->name), Z(f->name));
    struct str mine = str_of(kind_info(f->kind)->label);
    *c = (struct change_shown){.state = S("none"), .from = mine, .to = S("")};
    if (db_next(&q)) {
        struct str other = str_of(kind_info(kind_of(db_str(&q, 1)))->label);
        bool copying = str_is(db_str(&q, 0), "copying");
        *c = (struct change_shown){.state = db_dup(&q, 0, rq->arena),
                                   .from = copying ? mine : other,
                                   .to = copying ? other : mine,
                                   .copied = db_int(&q, 2),
                                   .total = db_int(&q, 3),
                                   .started_at = db_int(&q, 4),
                                   .switched_at = db_int(&q, 5),
                                   .misfits = db_int(&q, 6)};
    }
    db_done(&q);
}

static void offers_make(struct req *rq, struct change_page *v, const struct record_field *f)
{
    const struct catalog *c = catalog_of(rq->db);
    struct option *kinds = arena_array(rq->arena, struct option, KINDS + 1);
    struct option *targets = arena_array(rq->arena, struct option, c->n + 1);
    for (size_t i = 0; field_typed_kinds[i]; i++) {
        struct record_field to = {.kind = kind_of(str_of(field_typed_kinds[i])),
                                  .target = f->kind == KIND_PERSON ? "person" : f->target,
                                  .scale = f->scale + 1};
        if (kind_converts(f, &to))
            kinds[v->kinds_n++] = (struct option){str_of(field_typed_kinds[i]),
                                                  str_of(kind_info(to.kind)->label), NULL};
    }
    v->kinds = kinds;
    v->targets = targets;
}

static struct change_page *page_of(struct req *rq, const struct record_type *t,
                                   const struct record_field *f)
{
    struct change_page *v = arena_make(rq->arena, struct change_page);
    struct field_shown *shown = arena_make(rq->arena, struct field_shown);
    *shown = field_show(rq->arena, f);
    v->page = type_page(rq);
    v->field = shown;
    v->path = str_fmt(rq->arena, "/types/%s/fields/%s/change", t->name, f->name);
    change_load(rq, t, f, &v->change);
    v->live = str_is(v->change.state, "copying") || str_is(v->change.state, "clearing");
    offers_make(rq, v, f);
    form_init(change_rules, &v->form);
    return v;
}

static struct answer page_answer(const struct change_page *v)
{
    return (struct answer){.title = v->field->label,
                           .page = types_change_view,
                           .section = "/types",
                           .width = PAGE_NARROW,
                           .data = v};
}

int field_changes_show(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    if (!f || !f->own)
        return not_found(rq);
    struct change_page *v = page_of(rq, t, f);
    struct answer page = page_answer(v);
    return answer(rq, &page);
}

/* The page as it is by now. */
static int changed(struct req *rq, const char *type, const char *name, bool created)
{
    const struct record_type *t = catalog_type(rq->db, str_of(type));
    const struct record_field *f = t ? type_field(t, name) : NULL;
    if (!f)
        return refuse(rq, 500, NULL);
    struct change_page *v = page_of(rq, t, f);
    struct answer page = page_answer(v);
    return created ? answer_created(rq, v->path, &page) : answer_updated(rq, v->path, &page);
}

int field_changes_create(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    if (!f)
        return not_found(rq);
    struct change_page *v = page_of(rq, t, f);
    form_read(rq, change_rules, &v->form);
    const struct form *form = &v->form;
    int64_t scale = form_int(form, "scale");
    bool same_target = kind_info(f->kind)->can & KIND_LEADS && !form_get(form, "target").n;
    struct field_draft d = {
        .kind = kind_of(form_get(form, "kind")),
        .choices = form_get(form, "choices"),
        .roles = form_get(form, "roles"),
        .currency = form_get(form, "currency"),
        .target = same_target ? str_of(f->kind == KIND_PERSON ? "person" : f->target)
                              : form_get(form, "target"),
        .scale = (int)(form_get(form, "scale").n ? scale : 2),
    };
    if (!d.choices.n && (f->kind == KIND_CHOICE || f->kind == KIND_CHOICES))
        d.choices = choices_text(rq->arena, f);
    if (scale < 0 || scale > 6)
        form_fail(&v->form, "scale", "Digits behind the point are 0 to 6.");
    const char *type = str_cstr(rq->arena, str_of(t->name));
    const char *name = str_cstr(rq->arena, str_of(f->name));
    const char *why =
        v->form.ok ? field_change_start(rq->db, rq->arena, t, f, &d, rq->viewer.id, rq->now) : NULL;
    if (why)
        form_fail(&v->form, NULL, why);
    struct answer page = page_answer(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    return changed(rq, type, name, true);
}

static int change_ended(struct req *rq, bool keep)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    if (!f)
        return not_found(rq);
    if (!f->other || (keep && f->copying))
        return refuse(rq, 409,
                      f->other ? "The values are still being copied."
                               : "Its kind has not been changed.");
    const char *type = str_cstr(rq->arena, str_of(t->name));
    const char *name = str_cstr(rq->arena, str_of(f->name));
    (keep ? field_change_keep : field_change_undo)(rq->db, rq->arena, t, f);
    return changed(rq, type, name, false);
}

int field_changes_destroy(struct req *rq)
{
    return change_ended(rq, false);
}

int change_keeps_create(struct req *rq)
{
    return change_ended(rq, true);
}

/* ---- what does not fit ---- */

/* Of records that the viewer may see: a value is as private as its record. */
static size_t misfits_read(struct req *rq, int64_t change, int64_t after, struct misfit *list,
                           size_t max)
{
    struct rows q = db_query(
        rq->db,
        str_fmt(rq->arena,
                "SELECT m.record_id, m.value, m.why, r.type, r.title FROM field_misfits m"
                " JOIN records r ON r.id = m.record_id WHERE m.change_id = ?2 AND m.record_id > ?3"
                " AND %s ORDER BY m.record_id LIMIT ?4",
                access_sql(rq->db, &rq->viewer))
            .p,
        I(rq->viewer.id), I(change), I(after), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q)) {
        list[n] = (struct misfit){.id = db_int(&q, 0),
                                  .value = db_dup(&q, 1, rq->arena),
                                  .why = db_dup(&q, 2, rq->arena)};
        list[n].path = record_path_of(rq->arena, db_str(&q, 3), list[n].id, db_str(&q, 4));
        n++;
    }
    db_done(&q);
    return n;
}

static void csv_put(struct out *o, struct str s)
{
    bool formula = s.n && strchr("=+-@\t\r", s.p[0]); /* a spreadsheet would compute it */
    out_lit(o, "\"");
    if (formula)
        out_char(o, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            out_char(o, '"');
        out_char(o, s.p[i]);
    }
    out_lit(o, "\"");
}

static int misfits_csv(struct req *rq, const struct change_page *v)
{
    out_lit(&rq->out, "record,value,why\r\n");
    for (size_t i = 0; i < v->misfits_n; i++) {
        out_fmt(&rq->out, "%lld,", (long long)v->misfits[i].id);
        csv_put(&rq->out, v->misfits[i].value);
        out_char(&rq->out, ',');
        csv_put(&rq->out, v->misfits[i].why);
        out_lit(&rq->out, "\r\n");
    }
    rq->content_type = S("text/csv; charset=utf-8");
    res_header(rq, "Content-Disposition", S("attachment; filename=\"misfits.csv\""));
    return rq->status = 200;
}

int change_misfits_index(struct req *rq)
{
    const struct record_type *t = type_here(rq);
    const struct record_field *f = type_field_here(rq, t);
    if (!f || !f->own)
        return not_found(rq);
    struct change_page *v = page_of(rq, t, f);
    int64_t after = 0;
    size_t max = rq->face == FACE_CSV ? CSV_MAX : SHOWN;
    str_int(req_query(rq, "after"), &after);
    v->misfits = arena_array(rq->arena, struct misfit, max + 1);
    v->misfits_n = f->other ? misfits_read(rq, f->change, after, v->misfits, max + 1) : 0;
    if (v->misfits_n > max) {
        v->misfits_n = max;
        v->next = str_fmt(rq->arena, "%lld", (long long)v->misfits[max - 1].id);
    }
    if (rq->face == FACE_CSV)
        return misfits_csv(rq, v);
    return answer(rq, &(struct answer){.title = S("What does not fit"),
                                       .page = types_misfits_view,
                                       .section = "/types",
                                       .data = v});
}
