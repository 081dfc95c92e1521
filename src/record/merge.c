/* merge.c: what is chosen of two records, and the merge from its beginning to its end; see merge.h.
 * Which rows follow is in merge_moves.c. */
#include "record/merge.h"

#include "record/formulas.h"
#include "record/merge_moves.h"
#include "record/reach.h"
#include "record/reindex.h"
#include "record/search.h"
#include "record/tags.h"
#include "record/tallies.h"
#include "record/votes.h"

enum { HOPS = 64, TOLD_MAX = 4000 };

/* Rows of the journal that are no move. */
#define NOTE_ACTIVE "records.active_at"
#define NOTE_HOT "records.hot"
#define NOTE_FIELD "field"

/* ---- what is there ---- */

static struct merge *merge_take(struct rows *q, struct arena *a)
{
    if (!db_next(q))
        return NULL;
    struct merge *m = arena_make(a, struct merge);
    *m = (struct merge){.id = db_int(q, 0),
                        .type = db_dup(q, 1, a),
                        .from_id = db_int(q, 2),
                        .into_id = db_int(q, 3),
                        .person_id = db_int(q, 4),
                        .at = db_int(q, 5),
                        .state = db_dup(q, 6, a),
                        .stage = db_int(q, 7),
                        .activity_id = db_int(q, 8),
                        .from_state = db_dup(q, 9, a),
                        .moved = db_int(q, 10),
                        .lost = db_int(q, 11),
                        .told = db_dup(q, 12, a),
                        .undone_at = db_int(q, 13)};
    db_done(q);
    return m;
}

#define MERGE_SELECT                                                                               \
    "SELECT id, type, from_id, into_id, person_id, at, state, stage, activity_id, from_state,"     \
    " moved, lost, told, undone_at FROM merges WHERE "

struct merge *merge_load(struct db *db, struct arena *a, int64_t id)
{
    struct rows q = db_query(db, MERGE_SELECT "id = ?1", I(id));
    return merge_take(&q, a);
}

struct merge *merge_of(struct db *db, struct arena *a, int64_t from_id)
{
    struct rows q = db_query(
        db, MERGE_SELECT "from_id = ?1 AND state <> 'undone' ORDER BY id DESC LIMIT 1", I(from_id));
    return merge_take(&q, a);
}

/* Whether the viewer saw the record before it was merged. */
static bool saw(struct req *rq, int64_t id)
{
    struct str sql =
        str_fmt(rq->arena, "SELECT 1 FROM records r WHERE r.id = ?2 AND ?1 >= 0 AND %s",
                access_sql(rq->db, &rq->viewer));
    return db_get_int(rq->db, 0, sql.p, I(rq->viewer.id), I(id)) != 0;
}

int merge_redirect(struct req *rq, int64_t id)
{
    const struct merge *m = id && saw(rq, id) ? merge_of(rq->db, rq->arena, id) : NULL;
    for (int i = 0; m && i < HOPS; i++) {
        const struct merge *next = merge_of(rq->db, rq->arena, m->into_id);
        if (!next) {
            const struct record *r = record_access(rq, m->into_id, RIGHT_READ);
            return r ? redirect(rq, STR_FMT, STR_ARG(record_path(rq->arena, r))) : not_found(rq);
        }
        m = next;
    }
    return not_found(rq);
}

/* ---- may they be merged ---- */

static bool has_account(struct db *db, int64_t id)
{
    return db_get_int(db, 0, "SELECT 1 FROM accounts WHERE person_id = ?1", I(id)) != 0;
}

static bool busy(struct db *db, int64_t id)
{
    return db_get_int(db, 0,
                      "SELECT 1 FROM merges WHERE (from_id = ?1 OR into_id = ?1)"
                      " AND state IN ('running', 'undoing') LIMIT 1",
                      I(id)) != 0;
}

const char *merge_refused(struct db *db, const struct record *into, const struct record *from)
{
    if (into->id == from->id)
        return "A record cannot be merged with itself.";
    if (!str_eq(into->type, from->type) || into->parent_id || from->parent_id)
        return "Only two records of one type can be merged.";
    const struct record_type *t = record_type_find(into->type);
    if (!t || t->unmerged || into->space_id == into->id || from->space_id == from->id)
        return "Records of this type are not merged field by field.";
    if (into->space_id != from->space_id)
        return "They stand in different spaces, whose members would see each other's comments.";
    if (into->audience > from->audience && from->thread)
        return "The one to keep is seen by fewer people: comments would be hidden from those who "
               "wrote them. Keep the other one.";
    if (busy(db, into->id) || busy(db, from->id))
        return "One of the two is being merged at this moment.";
    if (!str_eq(into->type, S("person")) || !has_account(db, from->id))
        return NULL;
    return has_account(db, into->id)
               ? "Both can sign in, and a merge never gives somebody's sign-in to another one."
               : "The one that would go can sign in. Keep that one.";
}

/* ---- choosing ---- */

bool merge_both(const struct record_field *f)
{
    return f->result == KIND_REFS || f->result == KIND_TAGS || f->result == KIND_CHOICES ||
           f->result == KIND_LONGTEXT || kind_reaches(f->result);
}

static bool leads(const struct record_field *f)
{
    return f->result == KIND_REF || f->result == KIND_PERSON;
}

static bool chosen_of(const struct record_field *f)
{
    return !(f->flags & FIELD_FIXED) && !(kind_info(f->kind)->can & KIND_MADE);
}

bool merge_same(const struct merge_plan *plan, const struct record_field *f)
{
    return !chosen_of(f) || value_eq(f, &plan->left[f->index], &plan->right[f->index]);
}

static enum merge_choice propose(const struct merge_plan *plan, const struct record_field *f)
{
    const struct value *l = &plan->left[f->index], *r = &plan->right[f->index];
    bool newer = plan->from->updated_at > plan->into->updated_at;
    bool lines = (kind_info(f->result)->can & KIND_LINES) && !kind_reaches(f->result);
    if (plan->into->audience < plan->from->audience && !(f->flags & FIELD_STAFF))
        return MERGE_LEFT; /* RULE 7: who sees the kept one would read more */
    if (r->none || merge_same(plan, f))
        return MERGE_LEFT;
    if (l->none)
        return MERGE_RIGHT;
    if (merge_both(f) && !lines)
        return MERGE_BOTH;
    if ((f->flags & FIELD_TITLE || lines) && l->s.n != r->s.n)
        return r->s.n > l->s.n ? MERGE_RIGHT : MERGE_LEFT;
    return newer ? MERGE_RIGHT : MERGE_LEFT;
}

struct merge_plan *merge_plan_new(struct db *db, struct arena *a, const struct record_type *t,
                                  struct record *into, struct record *from)
{
    struct merge_plan *plan = arena_make(a, struct merge_plan);
    *plan = (struct merge_plan){.type = t,
                                .into = into,
                                .from = from,
                                .choices = arena_array(a, enum merge_choice, t->fields_n + 1)};
    if (!t->fields)
        return plan;
    plan->left = values_read(db, a, t, into->id);
    plan->right = values_read(db, a, t, from->id);
    if (!plan->left || !plan->right)
        return NULL;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (leads(f) && plan->left[i].i == from->id) /* they would lead to themselves */
            plan->left[i] = (struct value){.none = true};
        if (leads(f) && plan->right[i].i == into->id)
            plan->right[i] = (struct value){.none = true};
    }
    for (size_t i = 0; i < t->fields_n; i++)
        plan->choices[i] = propose(plan, &t->fields[i]);
    return plan;
}

int64_t merge_counts(struct db *db, struct arena *a, const struct merge_plan *plan,
                     struct merge_count out[MERGE_COUNTS])
{
    int64_t sum = 0;
    size_t n = 0;
    for (const struct move *move = moves_of(db, a, plan->type); move->name; move++) {
        int64_t found = moves_count(db, a, move, plan->from->id, plan->into->id);
        if (move->kind == MOVE_CHILD && plan->from->thread > found)
            found = plan->from->thread;
        sum += found;
        if (found && n + 1 < MERGE_COUNTS)
            out[n++] = (struct merge_count){move->label, found};
    }
    out[n].label = NULL;
    return sum;
}

/* ---- fields ---- */

static struct value value_both(struct arena *a, const struct record_field *f, const struct value *l,
                               const struct value *r)
{
    if (f->result == KIND_TAGS)
        return (struct value){
            .s = tags_clean(a, str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(l->s), STR_ARG(r->s)),
                            RECORD_TAGS_MAX)};
    if (f->result == KIND_LONGTEXT)
        return l->s.n + r->s.n + 2 > LINES_MAX
                   ? *l
                   : (struct value){
                         .s = str_fmt(a, STR_FMT "\n\n" STR_FMT, STR_ARG(l->s), STR_ARG(r->s))};
    struct value both;
    struct str text = str_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(l->s),
                              kind_reaches(f->result) ? "\n" : ",", STR_ARG(r->s));
    return kind_parse(a, f, text, &both) ? *l : both;
}

static struct value value_chosen(struct arena *a, const struct merge_plan *plan,
                                 const struct record_field *f)
{
    const struct value *l = &plan->left[f->index], *r = &plan->right[f->index];
    if (plan->choices[f->index] == MERGE_RIGHT || (l->none && plan->choices[f->index]))
        return *r;
    return plan->choices[f->index] == MERGE_LEFT || r->none ? *l : value_both(a, f, l, r);
}

/* The text of a value that is told from another one by it. */
static struct str value_text(struct arena *a, const struct record_field *f, const struct value *v)
{
    return v->none ? S("") : kind_text(a, f, v);
}

static struct value value_of_text(struct arena *a, const struct record_field *f, struct str text,
                                  const char **why)
{
    struct value v = {.none = !text.n, .s = text};
    if (text.n && f->result != KIND_TAGS)
        *why = kind_parse(a, f, text, &v);
    return v;
}

static bool fields_merge(struct merging *g, const struct merge_plan *plan)
{
    struct arena *a = g->act->arena;
    const struct record_type *t = plan->type;
    struct record_values *e = fields_new(a, t);
    struct value *was = values_read(g->act->db, a, t, plan->into->id);
    for (size_t i = 0; was && i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!chosen_of(f) || f->result == KIND_REFS)
            continue;
        e->values[i] = value_chosen(a, plan, f);
        e->given[i] = true;
        if (value_eq(f, &was[i], &e->values[i]))
            continue;
        journal_put(g, &(struct journal_row){.move = S(NOTE_FIELD),
                                             .name = str_of(f->name),
                                             .text_was = value_text(a, f, &was[i]),
                                             .text_is = value_text(a, f, &e->values[i])});
    }
    e->note = str_fmt(a, "Merged with " STR_FMT, STR_ARG(plan->from->title));
    return fields_update(g->act, plan->into, e) == RECORD_DONE;
}

static bool among(const struct value *v, int64_t id)
{
    for (size_t i = 0; i < v->leads_n; i++)
        if (v->leads[i].id == id)
            return true;
    return false;
}

/* Those of `list` that the other one has not got go over to it. */
static void links_cross(struct merging *g, struct str kind, const struct value *list,
                        const struct value *others, int64_t was, int64_t becomes)
{
    static const struct move move = {.name = "links.from_id",
                                     .table = "links",
                                     .column = "from_id",
                                     .key1 = "to_id",
                                     .name_key = "kind"};
    for (size_t i = 0; i < list->leads_n; i++) {
        struct journal_row row = {.move = S("links.from_id"),
                                  .key1 = list->leads[i].id,
                                  .name = kind,
                                  .was = was,
                                  .became = becomes};
        if (row.key1 != becomes && row.key1 != was && !among(others, row.key1) &&
            move_row(g->act, &move, &row, was, becomes))
            journal_put(g, &row);
    }
}

static void field_links_merge(struct merging *g, const struct merge_plan *plan)
{
    const struct record_type *t = plan->type;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        const struct value *l = &plan->left[i], *r = &plan->right[i];
        struct str kind = str_fmt(g->act->arena, "%s.%s", t->name, f->name);
        if (f->result != KIND_REFS || plan->choices[i] == MERGE_LEFT)
            continue;
        if (plan->choices[i] == MERGE_RIGHT)
            links_cross(g, kind, l, r, plan->into->id, plan->from->id);
        links_cross(g, kind, r, l, plan->from->id, plan->into->id);
    }
}

/* ---- beginning ---- */

/* It is found by nothing from here on. */
static void other_hide(const struct act *act, const struct record *from)
{
    tallies_record(act, from, -1);
    db_exec(act->db, "UPDATE records SET state = 'merged', deleted_at = ?2 WHERE id = ?1",
            I(from->id), I(act->at));
    tags_set(act, from, S(""));
    search_remove(act->db, from->id);
    rollups_gone(act->db, act->arena, from->type, from->id, true);
}

static void notes_put(struct merging *g, const struct merge_plan *plan)
{
    const struct record *into = plan->into, *from = plan->from;
    int64_t active = from->active_at > into->active_at ? from->active_at : into->active_at;
    journal_put(
        g, &(struct journal_row){.move = S(NOTE_ACTIVE), .was = into->active_at, .became = active});
    journal_put(g, &(struct journal_row){.move = S(NOTE_HOT), .real_was = into->hot});
    db_exec(g->act->db, "UPDATE records SET active_at = ?2 WHERE id = ?1", I(into->id), I(active));
}

static void counted_anew(const struct act *act, const struct merge *m)
{
    rollups_moved(act->db, act->arena, m->type, m->from_id);
    rollups_moved(act->db, act->arena, m->type, m->into_id);
}

int64_t merge_begin(const struct act *act, struct merge_plan *plan)
{
    struct record *into = plan->into, *from = plan->from;
    int64_t activity = act_log(act, VERB_MERGE, from, S("merged"));
    int64_t id =
        db_insert(act->db,
                  "INSERT INTO merges (type, from_id, into_id, person_id, at, state, activity_id,"
                  " from_state) VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6, ?7)",
                  T(into->type), I(from->id), I(into->id), REF(act->person_id), I(act->at),
                  I(activity), T(from->state));
    struct merge *m = merge_load(act->db, act->arena, id);
    if (!m)
        return 0;
    struct merging g = {.act = act, .m = m, .n = 1};
    notes_put(&g, plan);
    other_hide(act, from);
    bool told = plan->type->fields && fields_merge(&g, plan);
    if (plan->type->fields)
        field_links_merge(&g, plan);
    counted_anew(act, m);
    if (!told)
        act_log(act, VERB_UPDATE, into, S(""));
    return db_failed(act->db) ? 0 : id;
}

/* ---- going on ---- */

static int64_t journal_next(struct db *db, int64_t merge)
{
    return 1 + db_get_int(db, 0, "SELECT COALESCE(MAX(n), 0) FROM merge_rows WHERE merge_id = ?1",
                          I(merge));
}

static enum merge_progress merge_on(struct merging *g, int rows)
{
    struct db *db = g->act->db;
    const struct record_type *t = catalog_type(db, g->m->type);
    if (!t)
        return MERGE_OVER;
    const struct move *moves = moves_of(db, g->act->arena, t);
    int64_t stage = g->m->stage;
    int left = rows;
    for (; moves[stage].name && left > 0; stage++) {
        int n = moves_run(g, &moves[stage], left);
        if (n)
            moves_settle(g, &moves[stage]);
        left -= n;
        if (left <= 0)
            break;
    }
    bool over = !moves[stage].name;
    while (stage > 0 && moves[stage - 1].own)
        stage--;
    db_exec(db, "UPDATE merges SET stage = ?2, moved = moved + ?3, state = ?4 WHERE id = ?1",
            I(g->m->id), I(stage), I(rows - left), Z(over ? "done" : "running"));
    if (over)
        counted_anew(g->act, g->m);
    if (over)
        db_exec(db,
                "UPDATE merge_rows SET real_is = (SELECT r.hot FROM records r WHERE r.id = ?2)"
                " WHERE merge_id = ?1 AND n = 2",
                I(g->m->id), I(g->m->into_id));
    return over ? MERGE_OVER : MERGE_MORE;
}

/* ---- back ---- */

static void tell(struct merging *g, const char *what, const char *why)
{
    struct str line = str_fmt(g->act->arena, "%s%s\n", what, why);
    db_exec(g->act->db,
            "UPDATE merges SET lost = lost + 1, told = CASE WHEN LENGTH(told) > ?3 OR"
            " REPLACE(told, ?2, '') <> told THEN told ELSE told || ?2 END WHERE id = ?1",
            I(g->m->id), T(line), I(TOLD_MAX));
}

static const struct move *move_named(const struct move *moves, struct str name)
{
    for (; moves->name; moves++)
        if (str_is(name, moves->name))
            return moves;
    return NULL;
}

static size_t journal_read(struct merging *g, bool fields, struct journal_row *list, size_t max)
{
    struct arena *a = g->act->arena;
    struct rows q = db_query(g->act->db,
                             "SELECT n, move, key1, key2, name, was, became, text_was, text_is,"
                             " real_was, real_is FROM merge_rows WHERE merge_id = ?1"
                             " AND ((move = 'field' OR n <= 2) AND ?2 = 1"
                             " OR move <> 'field' AND n > 2 AND ?2 = 0) ORDER BY n DESC LIMIT ?3",
                             I(g->m->id), I(fields), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        list[n++] = (struct journal_row){.n = db_int(&q, 0),
                                         .move = db_dup(&q, 1, a),
                                         .key1 = db_int(&q, 2),
                                         .key2 = db_int(&q, 3),
                                         .name = db_dup(&q, 4, a),
                                         .was = db_int(&q, 5),
                                         .became = db_int(&q, 6),
                                         .text_was = db_dup(&q, 7, a),
                                         .text_is = db_dup(&q, 8, a),
                                         .real_was = db_real(&q, 9),
                                         .real_is = db_real(&q, 10)};
    db_done(&q);
    return n;
}

/* Links of its fields, chosen at the beginning, are rows like the others. */
static size_t rows_back(struct merging *g, const struct record_type *t, int rows)
{
    struct arena *a = g->act->arena;
    const struct move *moves = moves_of(g->act->db, a, t);
    struct journal_row *list = arena_array(a, struct journal_row, (size_t)rows);
    size_t n = journal_read(g, false, list, (size_t)rows);
    bool settle[MOVES_MAX] = {0};
    for (size_t i = 0; i < n; i++) {
        const struct move *move = move_named(moves, list[i].move);
        if (!move || !move_back(g, move, &list[i]))
            tell(g, move ? move->label : "A field", ": some were changed since, and stay");
        if (move)
            settle[move - moves] = true;
        db_exec(g->act->db, "DELETE FROM merge_rows WHERE merge_id = ?1 AND n = ?2", I(g->m->id),
                I(list[i].n));
    }
    for (size_t i = 0; moves[i].name; i++)
        if (settle[i])
            moves_settle(g, &moves[i]);
    return n;
}

static void field_back(struct merging *g, const struct record_type *t, struct record_values *e,
                       const struct value *now, const struct journal_row *row)
{
    struct arena *a = g->act->arena;
    const struct record_field *f = type_field_str(t, row->name);
    const char *why = NULL;
    if (!f)
        return;
    if (!str_eq(value_text(a, f, &now[f->index]), row->text_is)) {
        tell(g, f->label, " was changed since, and stays");
        return;
    }
    struct value v = value_of_text(a, f, row->text_was, &why);
    if (why) {
        tell(g, f->label, " cannot have its old value any more, and stays");
        return;
    }
    e->values[f->index] = v;
    e->given[f->index] = true;
}

/* As it is counted from its votes, when the old value cannot come back. */
static void hot_back(struct merging *g, const struct journal_row *note, const struct record *into)
{
    double hot = note->real_was;
    if (into->hot != note->real_is) {
        hot = hot_first(into->created_at);
        struct rows q = db_query(
            g->act->db, "SELECT at FROM votes WHERE record_id = ?1 AND delta > 0", I(into->id));
        while (db_next(&q))
            hot = hot_add(hot, db_int(&q, 0));
        db_done(&q);
    }
    db_exec(g->act->db, "UPDATE records SET hot = ?2 WHERE id = ?1", I(into->id), R(hot));
    vote_rank(g->act->db, into->id);
}

static bool fields_back(struct merging *g, const struct record_type *t, struct record *into,
                        struct str title)
{
    struct arena *a = g->act->arena;
    struct journal_row *list = arena_array(a, struct journal_row, FIELDS_MAX + 2);
    size_t n = journal_read(g, true, list, FIELDS_MAX + 2);
    struct record_values *e = fields_new(a, t);
    struct value *now = t->fields ? values_read(g->act->db, a, t, into->id) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (str_is(list[i].move, NOTE_FIELD) && now)
            field_back(g, t, e, now, &list[i]);
        else if (str_is(list[i].move, NOTE_HOT))
            hot_back(g, &list[i], into);
        else if (str_is(list[i].move, NOTE_ACTIVE))
            db_exec(g->act->db,
                    "UPDATE records SET active_at = ?2 WHERE id = ?1 AND active_at = ?3",
                    I(into->id), I(list[i].was), I(list[i].became));
    }
    db_exec(g->act->db, "DELETE FROM merge_rows WHERE merge_id = ?1", I(g->m->id));
    e->note = str_fmt(a, "No longer merged with " STR_FMT, STR_ARG(title));
    return now && fields_update(g->act, into, e) == RECORD_DONE;
}

static void undo_finish(struct merging *g, const struct record_type *t)
{
    const struct act *act = g->act;
    struct record *into = record_load(act->db, act->arena, g->m->into_id);
    struct record *from = record_load(act->db, act->arena, g->m->from_id);
    if (into && !fields_back(g, t, into, from ? from->title : S("")))
        act_log(act, VERB_UPDATE, into, S(""));
    if (from) {
        tallies_record(act, from, 1);
        db_exec(act->db, "UPDATE records SET state = ?2, deleted_at = NULL WHERE id = ?1",
                I(from->id), T(g->m->from_state));
        tags_set(act, from, from->tags);
        vote_rank(act->db, from->id);
        record_index(act->db, act->arena, from->id);
        rollups_gone(act->db, act->arena, from->type, from->id, false);
        act_log(act, VERB_UNDO, from, S(""));
    }
    counted_anew(act, g->m);
    db_exec(act->db, "UPDATE merges SET state = 'undone' WHERE id = ?1", I(g->m->id));
}

bool merge_undo(const struct act *act, int64_t id)
{
    return db_exec(act->db,
                   "UPDATE merges SET state = 'undoing', undone_at = ?2, undone_by = ?3"
                   " WHERE id = ?1 AND state = 'done'",
                   I(id), I(act->at), REF(act->person_id)) == 1;
}

enum merge_progress merge_step(const struct act *act, int64_t id, int rows)
{
    const struct merge *m = merge_load(act->db, act->arena, id);
    struct merging g = {.act = act, .m = m};
    const struct record_type *t = m ? catalog_type(act->db, m->type) : NULL;
    if (!t || db_failed(act->db))
        return MERGE_OVER;
    g.n = journal_next(act->db, id);
    if (str_eq(m->state, S("running")))
        return merge_on(&g, rows);
    if (!str_eq(m->state, S("undoing")))
        return MERGE_OVER;
    if (rows_back(&g, t, rows) == (size_t)rows)
        return MERGE_MORE;
    undo_finish(&g, t);
    return MERGE_OVER;
}
