/* merges.c: two records become one, field by field, and two again.
 *
 * Uses    record/merge.h
 * RULES
 *   1. Only who may edit both merges them; only who merged them, and staff, takes it back.
 *   2. Of two who merge the same at once one is told (409); who chose from an old state, too (412).
 *   3. What is chosen stays as it was chosen; of what is not, the proposal is taken.
 *   4. A merge of very many rows goes on as a job, and says how far it is.
 */
#include "views/duplicates/merges.h"
#include "core/clock.h"
#include "features/duplicates/duplicates.h"
#include "text/plain.h"
#include "views/duplicates/merge.h"
#include "views/duplicates/merging.h"

enum { SHOWN = 50, STEP_ARENA = 32 << 20, WORDS = 200 };

static const struct part line_parts[] = {
    PART_TITLE("Merge"),
    PART(INT, "id", struct merge_line, id),
    PART(TEXT, "type", struct merge_line, type),
    PART(TEXT, "state", struct merge_line, state),
    PART(INT, "from_id", struct merge_line, from_id),
    PART(TEXT, "from_title", struct merge_line, from_title),
    PART(INT, "into_id", struct merge_line, into_id),
    PART(TEXT, "into_title", struct merge_line, into_title),
    PART(TEXT, "path", struct merge_line, path),
    PART(REF, "person_id", struct merge_line, person_id),
    PART(TIME, "at", struct merge_line, at),
    PART(INT, "moved", struct merge_line, moved),
    PART(INT, "lost", struct merge_line, lost),
    PART(MAYBE, "told", struct merge_line, told),
    {0},
};
const struct part merge_answer[] = {PART_OBJECT("data", line_parts), {0}};
const struct part merges_answer[] = {
    PART_LIST("data", struct merges_page, rows, n, line_parts),
    PART(CURSOR, "next", struct merges_page, next),
    {0},
};

/* ---- reading; what is merged away is seen by those who saw it ---- */

static size_t lines_read(struct req *rq, int64_t id, int64_t before, struct merge_line *out,
                         size_t max)
{
    const char *sees = access_sql(rq->db, &rq->viewer);
    struct str sql = str_fmt(
        rq->arena,
        "SELECT m.id, m.at, m.from_id, m.into_id, m.moved, m.lost, m.person_id, m.type, m.state,"
        " x.title, y.title, COALESCE(p.name, ''), m.told FROM merges m"
        " JOIN records x ON x.id = m.from_id JOIN records y ON y.id = m.into_id"
        " LEFT JOIN people p ON p.id = m.person_id WHERE (?2 = 0 OR m.id = ?2)"
        " AND (?3 = 0 OR m.id < ?3) AND (?4 = 1 OR m.person_id = ?1)"
        " AND EXISTS (SELECT 1 FROM records r WHERE r.id = m.from_id AND %s)"
        " AND EXISTS (SELECT 1 FROM records r WHERE r.id = m.into_id AND %s)"
        " ORDER BY m.id DESC LIMIT ?5",
        sees, sees);
    struct rows q = db_query(rq->db, sql.p, I(rq->viewer.id), I(id), I(before),
                             I(rq->viewer.role >= ROLE_STAFF), I((int64_t)max)); /* RULE 1 */
    size_t n = 0;
    for (; n < max && db_next(&q); n++) {
        struct merge_line *l = &out[n];
        *l = (struct merge_line){.id = db_int(&q, 0),
                                 .at = db_int(&q, 1),
                                 .from_id = db_int(&q, 2),
                                 .into_id = db_int(&q, 3),
                                 .moved = db_int(&q, 4),
                                 .lost = db_int(&q, 5),
                                 .person_id = db_int(&q, 6),
                                 .type = db_dup(&q, 7, rq->arena),
                                 .state = db_dup(&q, 8, rq->arena),
                                 .from_title = db_dup(&q, 9, rq->arena),
                                 .into_title = db_dup(&q, 10, rq->arena),
                                 .person_name = db_dup(&q, 11, rq->arena),
                                 .told = db_dup(&q, 12, rq->arena)};
        l->undoable = str_eq(l->state, S("done"));
        l->running = str_eq(l->state, S("running")) || str_eq(l->state, S("undoing"));
        l->path = record_path_of(rq->arena, l->type, l->into_id, l->into_title);
    }
    db_done(&q);
    return n;
}

static struct merge_line *line_read(struct req *rq, int64_t id)
{
    struct merge_line *line = arena_make(rq->arena, struct merge_line);
    return id && lines_read(rq, id, 0, line, 1) ? line : NULL;
}

int merges_index(struct req *rq)
{
    struct merges_page *v = arena_make(rq->arena, struct merges_page);
    struct merge_line *rows = arena_array(rq->arena, struct merge_line, SHOWN + 1);
    int64_t before = 0;
    if (!str_int(req_query(rq, "after"), &before))
        before = 0;
    v->rows = rows;
    v->n = lines_read(rq, 0, before, rows, SHOWN + 1);
    if (v->n > SHOWN) {
        v->n = SHOWN;
        v->next = str_fmt(rq->arena, "%lld", (long long)rows[SHOWN - 1].id);
    }
    return answer(rq, &(struct answer){.title = S("Merges"),
                                       .page = duplicates_merges_view,
                                       .section = "/duplicates",
                                       .data = v});
}

static struct answer line_page(const struct merge_line *line)
{
    return (struct answer){.title = S("Merge"),
                           .page = duplicates_merge_view,
                           .section = "/duplicates",
                           .width = PAGE_NARROW,
                           .data = line};
}

int merges_show(struct req *rq)
{
    const struct merge_line *line = line_read(rq, req_id(rq, "id"));
    if (!line)
        return not_found(rq);
    struct answer page = line_page(line);
    return answer(rq, &page);
}

/* ---- choosing ---- */

struct both {
    const struct record_type *type;
    struct record *into, *from;
};

/* RULE 1. Gives 0, or the status that it has answered with. */
static int both_read(struct req *rq, struct str other, struct both *b)
{
    int64_t id = 0, from_id = 0;
    b->type = catalog_plural(rq->db, req_param(rq, "type"));
    id = req_id(rq, "id");
    b->into = b->type ? record_access_type(rq, id, b->type->name, RIGHT_EDIT) : NULL;
    if (b->type && !b->into && merge_of(rq->db, rq->arena, id)) /* RULE 2 */
        return refuse(rq, 409, "The one to keep was merged into another one.");
    if (!b->into || b->into->deleted_at || b->into->parent_id)
        return not_found(rq);
    if (str_starts(other, S("#")))
        other = str_from(other, 1);
    if (!other.n)
        return 0;
    if (str_int(other, &from_id) && merge_of(rq->db, rq->arena, from_id))
        return refuse(rq, 409, "The other one was merged already.");
    b->from = record_access_type(rq, from_id, b->type->name, RIGHT_DELETE);
    if (!b->from || b->from->deleted_at)
        return refuse(rq, 422, "There is no other one with this number that you may change.");
    return 0;
}

static struct cell value_cell(struct arena *a, const struct record_field *f, const struct value *v)
{
    struct cell cell = {0};
    if (v->none)
        return cell;
    struct value_link *links = arena_array(a, struct value_link, v->leads_n + 1);
    for (size_t i = 0; i < v->leads_n; i++)
        if (v->leads[i].title.n)
            links[cell.links_n++] =
                (struct value_link){.text = v->leads[i].title, .path = v->leads[i].path};
    cell.links = links;
    if (!(kind_info(f->result)->can & KIND_LEADS))
        cell.text = f->result == KIND_LONGTEXT ? text_excerpt(a, kind_shown(a, f, v), WORDS)
                                               : kind_shown(a, f, v);
    if (f->result == KIND_TIME)
        cell.at = v->i;
    return cell;
}

static void page_fields(struct req *rq, const struct merge_plan *plan, struct merge_page *page)
{
    const struct record_type *t = plan->type;
    struct merge_field *fields = arena_array(rq->arena, struct merge_field, t->fields_n);
    struct value *values[] = {plan->left, plan->right};
    struct field_set all = field_set_all();
    values_name(rq, t, &all, values, 2);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        bool same = merge_same(plan, f);
        if (!field_written(f, &rq->viewer) || (same && plan->left[i].none))
            continue;
        fields[page->n++] = (struct merge_field){.name = f->name,
                                                 .label = str_of(f->label),
                                                 .left = value_cell(rq->arena, f, &plan->left[i]),
                                                 .right = value_cell(rq->arena, f, &plan->right[i]),
                                                 .right_wins = plan->choices[i] == MERGE_RIGHT,
                                                 .same = same,
                                                 .both = merge_both(f) && !plan->left[i].none &&
                                                         !plan->right[i].none,
                                                 .both_wins = plan->choices[i] == MERGE_BOTH};
    }
    page->fields = fields;
}

static struct merge_side side_of(struct req *rq, const struct record *r)
{
    char buf[32];
    return (struct merge_side){
        .title = r->title,
        .path = record_path(rq->arena, r),
        .hint = str_fmt(rq->arena, "Number %lld, since " STR_FMT, (long long)r->id,
                        STR_ARG(clock_date(buf, r->created_at))),
        .avatar = {.id = r->id, .name = r->title, .square = !str_eq(r->type, S("person"))}};
}

static void page_follows(struct req *rq, const struct merge_plan *plan, struct merge_page *page)
{
    struct merge_count counts[MERGE_COUNTS];
    struct fact *facts = arena_array(rq->arena, struct fact, MERGE_COUNTS);
    merge_counts(rq->db, rq->arena, plan, counts);
    for (const struct merge_count *c = counts; c->label; c++)
        facts[page->follows_n++] =
            (struct fact){.term = c->label, .number = c->n, .is_number = true};
    page->follows = facts;
}

static void page_make(struct req *rq, const struct both *b, struct merge_form *v)
{
    struct merge_plan *plan = merge_plan_new(rq->db, rq->arena, b->type, b->into, b->from);
    struct option *kept = arena_array(rq->arena, struct option, 3);
    if (!plan)
        return;
    kept[0] = (struct option){S("from"), str_fmt(rq->arena, "%lld", (long long)b->from->id), NULL};
    kept[1] = (struct option){S("revision"),
                              str_fmt(rq->arena, "%lld", (long long)b->into->revision), NULL};
    kept[2] = (struct option){S("from_revision"),
                              str_fmt(rq->arena, "%lld", (long long)b->from->revision), NULL};
    v->page = (struct merge_page){.path = v->path,
                                  .back = record_path(rq->arena, b->into),
                                  .left = side_of(rq, b->into),
                                  .right = side_of(rq, b->from),
                                  .kept = kept,
                                  .kept_n = 3,
                                  .kept_title = b->into->title};
    page_fields(rq, plan, &v->page);
    page_follows(rq, plan, &v->page);
    if (b->into->audience < b->from->audience)
        v->warning = "More people see the one that is kept: what you take over from the other one "
                     "will be seen by them, too.";
}

int merge_new(struct req *rq)
{
    struct both b = {0};
    struct merge_form *v = arena_make(rq->arena, struct merge_form);
    int refused = both_read(rq, req_query(rq, "with"), &b);
    if (refused)
        return refused;
    v->type = b.type;
    v->into = b.into;
    v->path = str_fmt(rq->arena, "/%s/%lld/merges", b.type->plural, (long long)b.into->id);
    if (b.from) {
        v->refused = merge_refused(rq->db, b.into, b.from);
        v->stuck = merge_refused(rq->db, b.from, b.into) != NULL;
        v->swap = str_fmt(rq->arena, "/%s/%lld/merges/new?with=%lld", b.type->plural,
                          (long long)b.from->id, (long long)b.into->id);
        page_make(rq, &b, v);
    }
    return answer(rq, &(struct answer){.title = S("Merge"),
                                       .page = duplicates_merging_view,
                                       .section = str_fmt(rq->arena, "/%s", b.type->plural).p,
                                       .data = v});
}

/* ---- merging ---- */

static const char *const sides[] = {
    [MERGE_LEFT] = "left", [MERGE_RIGHT] = "right", [MERGE_BOTH] = "both", NULL};

const struct form_rule merge_rules[] = {
    {"from", "Record to merge into this one", .required = true, .whole = true},
    {"revision", "This one's revision", .whole = true},
    {"from_revision", "The other one's revision", .whole = true},
    {"", "Of each field, which side's value is kept", .begins = true, .choices = sides},
    {0},
};

/* RULE 3. NULL, or words. */
static const char *choices_take(struct req *rq, const struct form *form, struct merge_plan *plan)
{
    size_t n;
    const struct param *given = req_fields(rq, &n);
    for (size_t i = 0; i < n; i++) {
        const struct record_field *f = type_field_str(plan->type, given[i].name);
        if (!form_begun(form, given[i].name))
            continue;
        if (!f || !field_written(f, &rq->viewer))
            return str_fmt(rq->arena, "There is no field \"" STR_FMT "\" to choose.",
                           STR_ARG(str_first(given[i].name, 40)))
                .p;
        int choice = MERGE_LEFT;
        while (choice <= MERGE_BOTH && !str_is(given[i].value, sides[choice]))
            choice++;
        if (choice > MERGE_BOTH || (choice == MERGE_BOTH && !merge_both(f)))
            return str_fmt(rq->arena, "%s is taken from the left or the right%s.", f->label,
                           merge_both(f) ? ", or both" : "")
                .p;
        plan->choices[f->index] = (enum merge_choice)choice;
    }
    return NULL;
}

static bool stale(struct req *rq, const char *name, const struct record *r)
{
    int64_t revision = 0;
    return req_has_field(rq, name) &&
           (!str_int(req_field(rq, name), &revision) || revision != r->revision);
}

/* RULE 4: some at once, and a job for the rest. */
static void steps_run(struct req *rq, const struct act *act, int64_t id)
{
    for (int done = 0; done < MERGE_AT_ONCE; done += MERGE_PIECE)
        if (merge_step(act, id, MERGE_PIECE) == MERGE_OVER)
            return;
    struct str data = str_fmt(rq->arena, "%lld", (long long)id);
    job_put(rq->db, &(struct job_order){
                        .kind = "merge", .data = data, .key = data, .person_id = rq->viewer.id});
}

int merge_create(struct req *rq)
{
    struct both b = {0};
    struct form form;
    int refused = both_read(rq, req_field(rq, "from"), &b);
    if (refused)
        return refused;
    if (!b.from)
        return refuse(rq, 422, "Say which one is to be merged: `from` is its number.");
    const char *why = merge_refused(rq->db, b.into, b.from);
    if (why)
        return refuse(rq, 409, why);
    if (stale(rq, "revision", b.into) || stale(rq, "from_revision", b.from))
        return refuse(rq, 412, "One of the two was changed since you read it. Look again.");
    struct merge_plan *plan = merge_plan_new(rq->db, rq->arena, b.type, b.into, b.from);
    why = !plan                                ? "One of the two has no fields."
          : !form_read(rq, merge_rules, &form) ? form_why(&form)
                                               : choices_take(rq, &form, plan);
    if (why)
        return refuse(rq, 422, why);
    struct act act = act_of(rq);
    int64_t id = merge_begin(&act, plan);
    steps_run(rq, &act, id);
    struct merge_line *line = line_read(rq, id);
    if (!line)
        return refuse(rq, 500, NULL);
    struct answer page = line_page(line);
    return answer_created(rq, str_fmt(rq->arena, "/merges/%lld", (long long)id), &page);
}

int merges_destroy(struct req *rq)
{
    const struct merge_line *line = line_read(rq, req_id(rq, "id"));
    if (!line)
        return not_found(rq);
    if (merge_of(rq->db, rq->arena, line->into_id))
        return refuse(rq, 409,
                      "The one that was kept was merged itself since: take that back "
                      "first.");
    struct act act = act_of(rq);
    if (line->running || !merge_undo(&act, line->id))
        return refuse(rq, 409,
                      line->running ? "It still runs. Wait until it is done."
                                    : "It was taken back already.");
    steps_run(rq, &act, line->id);
    struct answer page = line_page(line_read(rq, line->id));
    return answer_updated(rq, str_fmt(rq->arena, "/merges/%lld", (long long)line->id), &page);
}

/* ---- the job ---- */

struct step {
    int64_t id, person_id;
    enum merge_progress progress;
};

static bool step_run(struct db *db, void *ctx)
{
    struct step *s = ctx;
    struct arena *a = arena_new(STEP_ARENA);
    struct act act = {.db = db, .arena = a, .person_id = s->person_id, .at = clock_now()};
    s->progress = merge_step(&act, s->id, MERGE_PIECE);
    bool ok = !db_failed(db) && !arena_over(a);
    arena_free(a);
    return ok;
}

enum job_result merge_run(struct job *job)
{
    struct step s = {.person_id = job_person(job)};
    if (!str_int(job_data(job), &s.id))
        return JOB_FAILED;
    for (int64_t done = 0;; done += MERGE_PIECE) {
        if (!job_write(job, step_run, &s))
            return JOB_LATER;
        if (s.progress == MERGE_OVER)
            return JOB_DONE;
        if (!job_step(job, done, 0, S("Moving what belongs to a merged record")))
            return JOB_LATER;
    }
}
