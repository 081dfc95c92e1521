/* bulk.c: many rows of a list at once: which they are, what is to be done, and undoing it.
 *
 *     POST /deals/bulk        id=1&id=2, or all=1&query=stage%3Dnew; do=set&set=stage=won
 *     POST /deals/bulk/7/undo
 *
 * Owns    tables bulk_acts, bulk_rows (by record/bulk.h)
 * RULES
 *   1. "All that match" are those that matched when it was asked for, by the list's own filters,
 *      and of them those that the viewer sees.
 *   2. Up to BULK_AT_ONCE are done with the answer, in one transaction; more by a job, whose
 *      progress the act's page shows.
 *   3. The message that follows has a button that undoes the whole act.
 *
 * WHY the ids are gathered in `prepare`: filters may have to read the whole type, which the writer
 * must not wait for.
 */
#include "features/entries/bulk.h"

#include "core/clock.h"
#include "http/target.h"
#include "record/tags.h"
#include "views/entries/bulk.h"
#include "views/entries/bulk_edit.h"

enum { PEOPLE = 30, CHOICES = 200, WORDS = 200 };

static const char *const list_others[] = {"columns", "view", "as", "by", "sum",     "fold", "month",
                                          "group",   "add",  "op", "to", "to_text", NULL};

static const char *const acts_known[] = {"tag", "untag", "set", "assign", "delete", "edit", NULL};

/* Described here; the bar's fields are read one by one, since rows send `id` again and again. */
const struct form_rule bulk_rules[] = {
    {"do", .label = "What is done", .required = true, .choices = acts_known},
    {"id", .label = "Numbers of records", .whole = true, .many = true},
    {"ids", .label = "Numbers of records, with commas", .max = 6000},
    {"all", .label = "All that match the query", .max = 1},
    {"query", .label = "Filters, as behind a list's ?", .max = 4000},
    {"field", .label = "Name of the field to set"},
    {"value", .label = "Its value; of tag and untag the tag", .max = 6000},
    {"set", .label = "Instead of both: name=value"},
    {"owner", .label = "Of assign: number of a person; empty: nobody", .max = 20},
    {0},
};

struct wish { /* of a request: what prepare has found */
    int64_t *ids;
    size_t n;
    const char *why; /* NULL: all is well */
};

/* ---- which ---- */

static void ids_put(struct wish *w, struct str list)
{
    struct str one;
    int64_t id;
    while (str_split(&list, ',', &one) && w->n < BULK_MOST)
        if (str_int(str_trim(one), &id) && id > 0)
            w->ids[w->n++] = id;
}

static const char *matching_find(struct req *rq, const struct record_type *t, struct str query,
                                 struct wish *w)
{
    struct param *params;
    struct select s;
    size_t n;
    if (!target_fields(rq->arena, query, &params, &n))
        return "The filters cannot be read.";
    const char *why = select_take(rq, t, params, n, list_others, &s);
    if (why)
        return why;
    int64_t *few = arena_array(rq->arena, int64_t, SELECT_FEW);
    ptrdiff_t few_n = select_few(rq, &s, few);
    for (ptrdiff_t i = 0; i < few_n; i++)
        w->ids[w->n++] = few[i];
    if (few_n >= 0)
        return NULL;
    const struct db_arg most[] = {I(BULK_MOST + 1)};
    const struct select_way way = {
        .from = str_fmt(rq->arena, " FROM %s t CROSS JOIN records r WHERE r.id = t.id", t->table).p,
        .order = " ORDER BY t.id LIMIT ?2",
        .args = most,
        .args_n = 1,
    };
    struct rows q = select_query(rq, &s, "r.id", &way);
    while (w->n <= BULK_MOST && db_next(&q))
        w->ids[w->n++] = db_int(&q, 0);
    db_done(&q);
    return w->n > BULK_MOST ? "These are more than 20,000: narrow the list first." : NULL;
}

int bulk_prepare(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct wish *w = arena_make(rq->arena, struct wish);
    size_t n;
    const struct param *fields = req_fields(rq, &n);
    w->ids = arena_array(rq->arena, int64_t, BULK_MOST + SELECT_FEW + 1);
    bool all = req_field(rq, "all").n && !str_eq(req_field(rq, "all"), S("0"));
    if (t && all) {
        w->why = matching_find(rq, t, req_field(rq, "query"), w);
    } else {
        for (size_t i = 0; i < n; i++)
            if (str_eq(fields[i].name, S("id")) || str_eq(fields[i].name, S("ids")))
                ids_put(w, fields[i].value);
    }
    rq->prepared = w;
    return 0;
}

/* ---- what ---- */

/* "stage=won", as the bar's list has it. */
static bool set_split(struct str text, struct bulk_deed *b)
{
    ptrdiff_t is = str_find(text, '=');
    if (is <= 0)
        return false;
    b->field = str_first(text, (size_t)is);
    b->value = str_from(text, (size_t)is + 1);
    return true;
}

/* What boxes and chips of one control send. */
static struct str values_joined(struct req *rq, struct str first, const char *between)
{
    size_t n, found = 0;
    const struct param *fields = req_fields(rq, &n);
    struct str *parts = arena_array(rq->arena, struct str, n);
    for (size_t i = 0; i < n; i++)
        if (str_eq(fields[i].name, S("value")) && str_trim(fields[i].value).n)
            parts[found++] = str_trim(fields[i].value);
    return found ? str_join(rq->arena, parts, found, str_of(between)) : first;
}

/* What its control sends, with names of records as numbers. */
static struct str value_sent(struct req *rq, const struct record_field *f, struct str value,
                             const char **why)
{
    bool leads = kind_info(f->result)->can & KIND_LEADS;
    if (kind_info(f->result)->can & KIND_MANY)
        value = values_joined(rq, value, leads ? "\n" : ",");
    if (!leads)
        return value;
    struct str typed = str_trim(req_field(rq, "value_text"));
    if (!value.n)
        value = typed;
    else if (typed.n && f->result == KIND_REFS)
        value = str_fmt(rq->arena, STR_FMT "\n" STR_FMT, STR_ARG(value), STR_ARG(typed));
    return leads_resolve(rq, f, value, why);
}

static const char *set_check(struct req *rq, const struct record_type *t, struct bulk_deed *b)
{
    const struct record_field *f = type_field_str(t, b->field);
    struct value v;
    const char *why = NULL;
    if (!f || !field_written(f, &rq->viewer) || (f->flags & (FIELD_TITLE | FIELD_BODY)) ||
        f->result == KIND_TAGS)
        return "This field cannot be set for many at once.";
    b->value = value_sent(rq, f, b->value, &why);
    if (!why)
        why = kind_typed(rq->arena, f, b->value, &v);
    if (!why && !f->depends) { /* a choice that depends is looked at with each record's other one */
        struct record_values *e = fields_new(rq->arena, t);
        const char **errors = arena_array(rq->arena, const char *, t->fields_n);
        e->values[f->index] = v;
        e->given[f->index] = true;
        if (!fields_check(rq, e, -1, errors))
            why = errors[f->index];
    }
    return why ? str_fmt(rq->arena, "%s %s.", f->label, why).p : NULL;
}

static const char *act_take(struct req *rq, const struct record_type *t, struct bulk_deed *b)
{
    struct str act = req_field(rq, "do");
    b->type = str_of(t->name);
    b->field = req_field(rq, "field");
    b->value = str_trim(req_field(rq, "value"));
    b->act = S("set");
    if (str_eq(act, S("assign"))) {
        b->field = S("owner");
        b->value = req_field(rq, "owner");
        return set_check(rq, t, b);
    }
    if (str_eq(act, S("set"))) {
        if (!b->field.n && !set_split(req_field(rq, "set"), b))
            return "Say which field is to be set.";
        return set_check(rq, t, b);
    }
    b->act = act;
    b->field = S("");
    if (str_eq(act, S("delete"))) {
        b->value = S("");
        return NULL;
    }
    if (!str_eq(act, S("tag")) && !str_eq(act, S("untag")))
        return "There is no such act.";
    b->value = tags_clean(rq->arena, b->value, 1);
    return b->value.n ? NULL : "Say which tag.";
}

/* ---- words ---- */

static struct str act_words(struct req *rq, const struct record_type *t, const struct bulk_deed *b)
{
    const struct record_field *f = type_field_str(t, b->field);
    const struct field_choice *choice = f ? field_choice(f, b->value) : NULL;
    if (str_eq(b->act, S("delete")))
        return S("taken away");
    if (!f)
        return str_fmt(rq->arena, "%s #" STR_FMT, str_eq(b->act, S("tag")) ? "tagged" : "without",
                       STR_ARG(b->value));
    if (kind_info(f->result)->can & KIND_LEADS)
        return str_fmt(rq->arena, "changed: %s", f->label);
    return str_fmt(rq->arena, "changed: %s is " STR_FMT, f->label,
                   STR_ARG(choice       ? str_of(choice->label)
                           : b->value.n ? b->value
                                        : S("empty")));
}

static struct bulk_page *page_of(struct req *rq, const struct record_type *t,
                                 const struct bulk_deed *b)
{
    struct bulk_page *v = arena_make(rq->arena, struct bulk_page);
    *v = (struct bulk_page){.type = t, .act = *b, .words = act_words(rq, t, b)};
    v->left = b->done - b->changed;
    v->kept = bulk_kept(rq->db, b->id);
    v->path = str_fmt(rq->arena, "/%s/bulk/%lld", t->plural, (long long)b->id);
    v->running = b->done < b->total && !b->undone_at;
    v->undone = b->undone_at != 0;
    return v;
}

static const struct part act_parts[] = {
    PART_TITLE("BulkAct"),
    PART(INT, "id", struct bulk_page, act.id),
    PART(TEXT, "act", struct bulk_page, act.act),
    PART(TEXT, "field", struct bulk_page, act.field),
    PART(TEXT, "value", struct bulk_page, act.value),
    PART(INT, "total", struct bulk_page, act.total),
    PART(INT, "done", struct bulk_page, act.done),
    PART(INT, "changed", struct bulk_page, act.changed),
    PART(INT, "left", struct bulk_page, left),
    PART(INT, "kept", struct bulk_page, kept),
    PART(FLAG, "undone", struct bulk_page, undone),
    PART(TEXT, "path", struct bulk_page, path),
    {0},
};
const struct part bulk_answer[] = {PART_OBJECT("data", act_parts), {0}};

/* ---- doing ---- */

static int edit_lead(struct req *rq, const struct record_type *t, const struct wish *w)
{
    struct out o;
    out_init(&o, 16 * 1024);
    if (req_field(rq, "all").n) {
        out_lit(&o, "all=1&query=");
        out_url(&o, req_field(rq, "query"));
    } else {
        out_lit(&o, "ids=");
        for (size_t i = 0; i < w->n && i < BULK_AT_ONCE; i++)
            out_fmt(&o, "%s%lld", i ? "," : "", (long long)w->ids[i]);
    }
    struct str query = out_take(&o, rq->arena);
    return redirect(rq, "/%s/bulk?" STR_FMT, t->plural, STR_ARG(query));
}

int bulk_create(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    const struct wish *w = rq->prepared;
    struct bulk_deed b = {0};
    if (!t)
        return not_found(rq);
    const char *why = w->why ? w->why : w->n ? NULL : "Choose some rows first.";
    if (!why && str_eq(req_field(rq, "do"), S("edit")))
        return edit_lead(rq, t, w);
    why = why ? why : act_take(rq, t, &b);
    if (why)
        return refuse(rq, 422, why);
    struct act act = act_of(rq);
    b.id = bulk_begin(&act, &b, w->ids, w->n);
    if (w->n <= BULK_AT_ONCE)
        bulk_step(rq, &b, (int64_t)w->n);
    else
        job_put(rq->db, &(struct job_order){.kind = "bulk",
                                            .data = str_of_id(rq->arena, S(""), b.id),
                                            .person_id = rq->viewer.id});
    if (!bulk_read(rq->db, rq->arena, b.id, &b))
        return refuse(rq, 500, NULL);
    struct bulk_page *page = page_of(rq, t, &b);
    if (page->running && rq->face != FACE_JSON) /* RULE 2 */
        return redirect(rq, STR_FMT, STR_ARG(page->path));
    if (page->running)
        return answer_created(rq, page->path, &(struct answer){.data = page});
    struct str left = page->left
                          ? str_fmt(rq->arena, " %lld stayed as they were.", (long long)page->left)
                          : S("");
    if (b.changed) /* RULE 3 */
        flash(rq, "%lld %s " STR_FMT "." STR_FMT "\n" STR_FMT "/undo", (long long)b.changed,
              b.changed == 1 ? t->noun : t->label, STR_ARG(page->words), STR_ARG(left),
              STR_ARG(page->path));
    else
        flash(rq, "Nothing was changed: they were so already, or may not be.");
    return answer_created(rq, str_fmt(rq->arena, "/%s", t->plural), &(struct answer){.data = page});
}

/* ---- one act ---- */

static struct bulk_page *act_here(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct bulk_deed b;
    bool own = t && bulk_read(rq->db, rq->arena, req_id(rq, "id"), &b) &&
               b.person_id == rq->viewer.id && str_is(b.type, t->name);
    return own ? page_of(rq, t, &b) : NULL;
}

int bulk_show(struct req *rq)
{
    struct bulk_page *v = act_here(rq);
    if (!v)
        return not_found(rq);
    return answer(rq, &(struct answer){.title = S("A change of many"),
                                       .page = entries_bulk_view,
                                       .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
                                       .width = PAGE_NARROW,
                                       .data = v});
}

int bulk_undos_create(struct req *rq)
{
    struct bulk_page *v = act_here(rq);
    if (!v)
        return not_found(rq);
    if (!bulk_undo_begin(rq->db, &v->act, rq->now))
        return refuse(rq, 409, "This was taken back already.");
    bool later = v->act.changed > BULK_AT_ONCE;
    if (later)
        job_put(rq->db, &(struct job_order){.kind = "bulk",
                                            .data = str_of_id(rq->arena, S(""), v->act.id),
                                            .person_id = rq->viewer.id});
    else
        bulk_undo_step(rq, &v->act, BULK_AT_ONCE);
    bulk_read(rq->db, rq->arena, v->act.id, &v->act);
    v = page_of(rq, v->type, &v->act);
    if (later)
        flash(rq, "It is being taken back, in the background.");
    else if (v->kept)
        flash(rq, "It is as it was, but for %lld that somebody has changed since: they stay.",
              (long long)v->kept);
    else
        flash(rq, "It is as it was.");
    return answer_updated(rq, str_fmt(rq->arena, "/%s", v->type->plural),
                          &(struct answer){.data = v});
}

/* ---- the job ---- */

struct step {
    struct job *job;
    int64_t id, left, total;
};

static bool step_run(struct db *db, void *ctx)
{
    struct step *s = ctx;
    struct arena *own = arena_new(64 << 20);
    struct req rq = {.app = job_app(s->job)};
    struct bulk_deed b;
    bulk_person(&rq, db, own, job_person(s->job), clock_now());
    s->left = 0;
    if (bulk_read(db, own, s->id, &b)) {
        s->total = b.total;
        s->left =
            b.undone_at ? bulk_undo_step(&rq, &b, BULK_PIECE) : bulk_step(&rq, &b, BULK_PIECE);
    }
    arena_free(own);
    return !db_failed(db);
}

enum job_result bulk_run(struct job *job)
{
    struct step s = {.job = job};
    if (!str_int(job_data(job), &s.id))
        return JOB_FAILED;
    do {
        if (!job_write(job, step_run, &s))
            return JOB_LATER;
        if (!job_step(job, s.total - s.left, s.total, S("changing records")))
            return JOB_LATER;
    } while (s.left > 0);
    return JOB_DONE;
}

/* ---- the form for what the bar does not offer ---- */

int bulk_edit(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    if (!t)
        return not_found(rq);
    struct bulk_form *v = arena_make(rq->arena, struct bulk_form);
    struct option *options = arena_array(rq->arena, struct option, t->fields_n);
    const struct record_field *chosen = NULL; /* the first, as the list of them shows it */
    *v = (struct bulk_form){.type = t,
                            .ids = req_query(rq, "ids"),
                            .all = req_query(rq, "all").n != 0,
                            .query = req_query(rq, "query"),
                            .fields = options};
    for (struct str rest = v->ids, one; str_split(&rest, ',', &one);)
        v->n++;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!field_written(f, &rq->viewer) || (f->flags & (FIELD_TITLE | FIELD_BODY)) ||
            f->result == KIND_TAGS)
            continue;
        options[v->fields_n++] = (struct option){str_of(f->name), str_of(f->label), NULL};
        if (!chosen || str_is(req_query(rq, "field"), f->name))
            chosen = f;
    }
    if (chosen) {
        v->field = chosen;
        v->control = field_control_among(
            rq, t, chosen, arena_array(rq->arena, struct str, t->fields_n), NULL, false);
        if (v->control.combo) {
            ((struct combobox *)v->control.combo)->name = "value";
        } else {
            ((struct field *)v->control.field)->name = "value";
            ((struct field *)v->control.field)->of = NULL;
        }
    }
    return answer(rq, &(struct answer){.title = S("Change many"),
                                       .page = entries_bulk_edit_view,
                                       .section = str_fmt(rq->arena, "/%s", t->plural).p,
                                       .width = PAGE_NARROW,
                                       .data = v});
}

/* ---- the bar of a list ---- */

static const struct option *sets_of(struct req *rq, const struct record_type *t, size_t *n)
{
    struct option *options = arena_array(rq->arena, struct option, CHOICES);
    *n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        bool offered = f->result == KIND_CHOICE && field_written(f, &rq->viewer);
        for (const struct field_choice *c = offered ? f->choices : NULL;
             c && c->name && *n < CHOICES; c++)
            options[(*n)++] = (struct option){
                str_join(rq->arena, (struct str[]){str_of(f->name), str_of(c->name)}, 2, S("=")),
                str_join(rq->arena, (struct str[]){str_of(f->label), str_of(c->label)}, 2, S(": ")),
                NULL};
    }
    return options;
}

static const struct option *owners_of(struct req *rq, size_t *n)
{
    struct option *options = arena_array(rq->arena, struct option, PEOPLE + 2);
    *n = 0;
    options[(*n)++] =
        (struct option){str_of_id(rq->arena, S(""), rq->viewer.id), S("Assign to me"), NULL};
    options[(*n)++] = (struct option){S(""), S("Assign to nobody"), NULL};
    struct rows q = db_query(rq->db,
                             "SELECT p.id, p.name FROM accounts a CROSS JOIN people p"
                             " WHERE a.role >= 2 AND p.id = a.person_id AND p.id <> ?1"
                             " ORDER BY p.name, p.id LIMIT ?2", /* 2: staff; not by their names */
                             I(rq->viewer.id), I(PEOPLE));
    while (*n < PEOPLE + 2 && db_next(&q)) {
        options[(*n)++] = (struct option){str_of_id(rq->arena, S(""), db_int(&q, 0)),
                                          db_dup(&q, 1, rq->arena), NULL};
    }
    db_done(&q);
    return options;
}

void bulk_make(struct req *rq, struct entry_list *v)
{
    struct bulk_act *acts = arena_array(rq->arena, struct bulk_act, 4);
    struct option *kept = arena_array(rq->arena, struct option, 2);
    struct bulk *bulk = arena_make(rq->arena, struct bulk);
    size_t n = 0;
    if (rq->viewer.role < ROLE_STAFF || !type_changed(v->type, &rq->viewer))
        return;
    struct str query = str_from(entries_url(rq, v, NULL), v->path.n);
    kept[0] = (struct option){S("query"), str_from(query, query.n ? 1 : 0), NULL};
    kept[1] = (struct option){S("back"), v->here, NULL};
    acts[n] = (struct bulk_act){.label = "Set", .name = "do", .value = "set", .field = "set"};
    acts[n].options = sets_of(rq, v->type, &acts[n].options_n);
    n += acts[n].options_n > 0;
    acts[n] =
        (struct bulk_act){.label = "Assign", .name = "do", .value = "assign", .field = "owner"};
    acts[n].options = owners_of(rq, &acts[n].options_n);
    n++;
    acts[n++] = (struct bulk_act){.label = "More …", .name = "do", .value = "edit"};
    acts[n++] = (struct bulk_act){.label = "Delete",
                                  .icon = "#i-trash-2",
                                  .name = "do",
                                  .value = "delete",
                                  .danger = true,
                                  .question = "Take these away? It can be undone."};
    *bulk = (struct bulk){
        .path = str_fmt(rq->arena, STR_FMT "/bulk", STR_ARG(v->path)),
        .acts = acts,
        .acts_n = n,
        .matching = v->found.next.n ? -1 : (int64_t)v->found.n,
        .kept = kept,
        .kept_n = 2,
    };
    v->table.bulk = bulk;
}
