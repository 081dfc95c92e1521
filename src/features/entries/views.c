/* views.c: lists that somebody gave a name: saved, shared, shown as tabs above the list.
 *
 *     /deals?view=12-my-open-deals        and its .atom, .json, .csv
 *
 * Owns    tables views, view_defaults
 * RULES
 *   1. A view that is not shared is seen by its owner only; one shared with staff by staff.
 *   2. Only its owner changes a view or takes it away; only staff shares.
 *   3. To save under a name that one has already puts the new list in its place.
 *   4. What a view asks for and is not there any more is left out of the page, which says so; other
 *      faces refuse, since they could not say it.
 *
 * WHY a view is a query and nothing else: it shows what the same address shows, and no more.
 */
#include "features/entries/views.h"

#include <stdlib.h>

#include "http/target.h"
#include "record/form.h"
#include "views/entries/view.h"
#include "views/entries/views.h"

enum { QUERY_MAX = 4000, MISSING_MAX = 400, SLUG = 40, NAME_MAX_ = 80 };

static const char *const shares[] = {"nobody", "staff", "everyone", NULL};

const struct form_rule view_rules[] = {
    {"name", .label = "Name", .required = true, .max = NAME_MAX_},
    {"shared", .label = "For everybody", .max = 10},
    {"query", .label = "What the list is narrowed to", .max = QUERY_MAX},
    {0},
};

const struct form_rule view_edit_rules[] = {
    {"name", .label = "Name", .required = true, .max = NAME_MAX_},
    {"shared", .label = "Who sees it", .required = true, .choices = shares},
    {0},
};

const struct form_rule view_default_rules[] = {
    {"view", .label = "Number of the view; 0: none", .required = true, .whole = true},
    {0},
};

static struct str shared_name(int64_t shared)
{
    return str_of(shared >= 0 && shared < SHARES ? shares[shared] : "");
}

static const struct part view_parts[] = {
    PART_TITLE("View"),
    PART(INT, "id", struct view, id),
    PART(TEXT, "name", struct view, name),
    PART(INT, "owner_id", struct view, owner_id),
    PART_NAMED("shared", struct view, shared, shared_name),
    PART(TEXT, "query", struct view, query),
    PART(TEXT, "path", struct view, path),
    {0},
};
const struct part view_answer[] = {PART_HERE(struct view_page, view, view_parts), {0}};
const struct part views_answer[] = {
    PART_LIST("data", struct view_list, rows, n, view_parts),
    {0},
};

/* ---- reading ---- */

#define VIEW_SEEN " AND (v.owner_id = ?2 OR v.shared = 2 OR (v.shared = 1 AND ?3 = 1))" /* RULE 1 */

static void view_take(struct arena *a, const struct record_type *t, const struct rows *q,
                      struct view *v)
{
    *v = (struct view){.id = db_int(q, 0),
                       .owner_id = db_int(q, 1),
                       .name = db_dup(q, 2, a),
                       .shared = db_int(q, 3),
                       .query = db_dup(q, 4, a)};
    struct str slug = str_slug(a, v->name, SLUG);
    v->path = str_fmt(a, "/%s?view=%lld%s" STR_FMT, t->plural, (long long)v->id, slug.n ? "-" : "",
                      STR_ARG(slug));
}

#define VIEW_COLUMNS "SELECT v.id, v.owner_id, v.name, v.shared, v.query FROM views v"

static struct view *view_read(struct req *rq, const struct record_type *t, int64_t id)
{
    struct rows q = db_query(rq->db, VIEW_COLUMNS " WHERE v.type = ?1 AND v.id = ?4" VIEW_SEEN,
                             Z(t->name), I(rq->viewer.id), I(rq->viewer.role >= ROLE_STAFF), I(id));
    struct view *v = NULL;
    if (id && db_next(&q)) {
        v = arena_make(rq->arena, struct view);
        view_take(rq->arena, t, &q, v);
    }
    db_done(&q);
    return v;
}

static int by_age(const void *a, const void *b)
{
    const struct view *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The oldest first. WHY not sorted by the query: this is their index's order, and a sorter costs
 * more than all else that is read of views. */
static struct view_list views_read(struct req *rq, const struct record_type *t)
{
    struct view *rows = arena_array(rq->arena, struct view, VIEWS_SHOWN);
    struct view_list list = {.type = t, .rows = rows};
    struct rows q = db_query(
        rq->db,
        VIEW_COLUMNS " WHERE v.type = ?1" VIEW_SEEN " ORDER BY v.shared, v.position, v.id LIMIT ?4",
        Z(t->name), I(rq->viewer.id), I(rq->viewer.role >= ROLE_STAFF), I(VIEWS_SHOWN));
    while (list.n < VIEWS_SHOWN && db_next(&q))
        view_take(rq->arena, t, &q, &rows[list.n++]);
    db_done(&q);
    qsort(rows, list.n, sizeof *rows, by_age);
    return list;
}

static int64_t default_read(struct req *rq, const struct record_type *t)
{
    return rq->viewer.id ? db_get_int(rq->db, 0,
                                      "SELECT view_id FROM view_defaults WHERE person_id = ?1"
                                      " AND type = ?2",
                                      I(rq->viewer.id), Z(t->name))
                         : 0;
}

/* ---- the list that a view shows ---- */

static int64_t leading_number(struct str text)
{
    int64_t id = 0;
    size_t n = 0;
    while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
        n++;
    return str_int(str_first(text, n), &id) ? id : 0;
}

static bool given_has(const struct param *given, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(given[i].name, name))
            return true;
    return false;
}

/* RULE 4: `left` gets the names of what is not there any more. */
static bool param_stands(struct req *rq, struct entry_list *v, const struct param *p,
                         const char *const *others)
{
    struct select one;
    const char *why = select_take(rq, v->type, p, 1, others, &one);
    if (!why)
        return true;
    if (v->missing.n < MISSING_MAX)
        v->missing =
            str_fmt(rq->arena, STR_FMT "%s%s", STR_ARG(v->missing), v->missing.n ? " " : "", why);
    return false;
}

bool view_apply(struct req *rq, struct entry_list *v, const char *const *others)
{
    struct str named = entries_param(v, "view");
    if (!named.n || str_eq(named, S("all")))
        return true;
    v->view = view_read(rq, v->type, leading_number(named));
    if (!v->view)
        return false;
    struct param *stored, *all;
    size_t stored_n, n = 0, given_n = v->params_n;
    if (!target_fields(rq->arena, v->view->query, &stored, &stored_n))
        return true;
    all = arena_array(rq->arena, struct param, stored_n + given_n);
    for (size_t i = 0; i < stored_n; i++)
        if (!given_has(v->params, given_n, stored[i].name) &&
            param_stands(rq, v, &stored[i], others))
            all[n++] = stored[i];
    for (size_t i = 0; i < given_n; i++) {
        if (str_eq(v->params[i].name, S("view")))
            continue;
        v->view_changed = v->view_changed || !str_eq(v->params[i].name, S("after"));
        all[n++] = v->params[i];
    }
    v->params = all;
    v->params_n = n;
    return true;
}

int view_lead(struct req *rq, const struct entry_list *v)
{
    if (rq->face != FACE_PAGE || v->params_n)
        return 0;
    const struct view *first = view_read(rq, v->type, default_read(rq, v->type));
    return first ? redirect(rq, STR_FMT, STR_ARG(first->path)) : 0;
}

static void save_make(struct req *rq, struct entry_list *v)
{
    struct str query =
        str_from(entries_url(rq, v, (const char *const[]){"view", "", NULL}), v->path.n);
    if (!rq->viewer.id || query.n < 2 || (v->view && !v->view_changed))
        return;
    struct option *kept = arena_make(rq->arena, struct option);
    *kept = (struct option){S("query"), str_from(query, 1), NULL};
    v->tabs.save = str_fmt(rq->arena, STR_FMT "/views", STR_ARG(v->path));
    v->tabs.kept = kept;
    v->tabs.kept_n = 1;
    v->tabs.may_share = rq->viewer.role >= ROLE_STAFF;
}

void views_make(struct req *rq, struct entry_list *v)
{
    struct view_list list = views_read(rq, v->type);
    struct link_item *items = arena_array(rq->arena, struct link_item, VIEWS_SHOWN + 1);
    bool leads = default_read(rq, v->type) != 0;
    size_t n = 0;
    items[n++] = (struct link_item){
        .label = "All",
        .path = leads ? str_fmt(rq->arena, STR_FMT "?view=all", STR_ARG(v->path)) : v->path,
        .current = !v->view};
    for (size_t i = 0; i < list.n; i++)
        items[n++] = (struct link_item){.text = list.rows[i].name,
                                        .path = list.rows[i].path,
                                        .current = v->view && v->view->id == list.rows[i].id};
    v->tabs.views = (struct link_bar){"Views", items, n};
    if (v->view && rq->viewer.id)
        v->view_edit =
            str_fmt(rq->arena, STR_FMT "/views/%lld", STR_ARG(v->path), (long long)v->view->id);
    save_make(rq, v);
}

/* ---- pages of their own ---- */

int views_index(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    if (!t)
        return not_found(rq);
    struct view_list *list = arena_make(rq->arena, struct view_list);
    *list = views_read(rq, t);
    return answer(rq, &(struct answer){
                          .title = str_fmt(rq->arena, "Views of %s", t->label ? t->label : t->noun),
                          .page = entries_views_view,
                          .section = str_fmt(rq->arena, "/%s", t->plural).p,
                          .width = PAGE_NARROW,
                          .data = list});
}

static struct view_page *page_here(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct view *view = t ? view_read(rq, t, req_id(rq, "id")) : NULL;
    if (!view)
        return NULL;
    struct view_page *v = arena_make(rq->arena, struct view_page);
    *v = (struct view_page){.type = t,
                            .view = *view,
                            .own = view->owner_id == rq->viewer.id,
                            .first = default_read(rq, t) == view->id};
    form_init(view_edit_rules, &v->form);
    form_set(&v->form, "name", view->name);
    form_set(&v->form, "shared", shared_name(view->shared));
    return v;
}

static struct answer page_answer(struct req *rq, const struct view_page *v)
{
    return (struct answer){.title = v->view.name,
                           .page = entries_view_view,
                           .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
                           .width = PAGE_NARROW,
                           .data = v};
}

int views_show(struct req *rq)
{
    struct view_page *v = page_here(rq);
    if (!v)
        return not_found(rq);
    struct answer page = page_answer(rq, v);
    return answer(rq, &page);
}

/* "everyone" means what everybody sees of the type; only staff says so. RULE 2 */
static int64_t shared_of(struct req *rq, struct str word)
{
    int64_t shared = str_eq(word, S("1")) ? SHARED_EVERYONE : SHARED_NOBODY;
    for (int i = 0; shares[i]; i++)
        if (str_is(word, shares[i]))
            shared = i;
    return rq->viewer.role >= ROLE_STAFF ? shared : SHARED_NOBODY;
}

static bool query_sound(struct req *rq, struct str query)
{
    struct param *params;
    size_t n;
    return query.n && target_fields(rq->arena, query, &params, &n);
}

int views_create(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct form form;
    if (!t)
        return not_found(rq);
    form_read(rq, view_rules, &form);
    struct str query = form_get(&form, "query"), name = form_get(&form, "name");
    if (form.ok && !query_sound(rq, query))
        form_fail(&form, "query", "There is nothing to save: the list shows everything.");
    if (!form.ok)
        return form_refuse(rq, &form);
    db_exec(rq->db, /* RULE 3 */
            "INSERT INTO views (type, owner_id, name, shared, query, position, made_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (owner_id, type, name)"
            " DO UPDATE SET query = excluded.query, shared = excluded.shared",
            Z(t->name), I(rq->viewer.id), T(name), I(shared_of(rq, form_get(&form, "shared"))),
            T(query), I(rq->now));
    int64_t id = db_get_int(rq->db, 0,
                            "SELECT id FROM views WHERE owner_id = ?1 AND type = ?2 AND name = ?3",
                            I(rq->viewer.id), Z(t->name), T(name));
    struct view *view = view_read(rq, t, id);
    if (!view)
        return refuse(rq, 500, NULL);
    struct view_page *page = arena_make(rq->arena, struct view_page);
    *page = (struct view_page){.type = t, .view = *view, .own = true};
    return answer_created(rq, view->path, &(struct answer){.data = page});
}

int views_update(struct req *rq)
{
    struct view_page *v = page_here(rq);
    if (!v || !v->own)
        return v ? forbidden(rq) : not_found(rq);
    form_read(rq, view_edit_rules, &v->form);
    struct str name = form_get(&v->form, "name"), shared = form_get(&v->form, "shared");
    form_keep(&v->form, "name", v->view.name);
    form_keep(&v->form, "shared", shared_name(v->view.shared));
    name = form_get(&v->form, "name");
    shared = form_get(&v->form, "shared");
    if (db_get_int(rq->db, 0,
                   "SELECT id FROM views WHERE owner_id = ?1 AND type = ?2 AND name = ?3"
                   " AND id <> ?4",
                   I(rq->viewer.id), Z(v->type->name), T(name), I(v->view.id)))
        form_fail(&v->form, "name", "You have a view of that name already.");
    struct answer page = page_answer(rq, v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    db_exec(rq->db, "UPDATE views SET name = ?2, shared = ?3 WHERE id = ?1", I(v->view.id), T(name),
            I(shared_of(rq, shared)));
    const struct view *changed = view_read(rq, v->type, v->view.id);
    if (!changed)
        return refuse(rq, 500, NULL);
    v->view = *changed;
    return answer_updated(rq, v->view.path, &page);
}

int views_destroy(struct req *rq)
{
    struct view_page *v = page_here(rq);
    if (!v || !v->own)
        return v ? forbidden(rq) : not_found(rq);
    db_exec(rq->db, "DELETE FROM view_defaults WHERE view_id = ?1", I(v->view.id));
    db_exec(rq->db, "DELETE FROM views WHERE id = ?1", I(v->view.id));
    flash(rq, "The view \"" STR_FMT "\" is gone. The records that it showed are not.",
          STR_ARG(v->view.name));
    return answer_updated(rq, str_fmt(rq->arena, "/%s?view=all", v->type->plural),
                          &(struct answer){.data = v});
}

int view_defaults_update(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct form form;
    if (!t)
        return not_found(rq);
    form_read(rq, view_default_rules, &form);
    int64_t id = form_int(&form, "view");
    const struct view *view = view_read(rq, t, id);
    if (form.ok && id && !view)
        form_fail(&form, "view", "There is no such view.");
    if (!form.ok)
        return form_refuse(rq, &form);
    db_exec(rq->db, "DELETE FROM view_defaults WHERE person_id = ?1 AND type = ?2",
            I(rq->viewer.id), Z(t->name));
    if (view)
        db_exec(rq->db, "INSERT INTO view_defaults (person_id, type, view_id) VALUES (?1, ?2, ?3)",
                I(rq->viewer.id), Z(t->name), I(id));
    struct view_page *page = arena_make(rq->arena, struct view_page);
    *page = (struct view_page){.type = t, .view = view ? *view : (struct view){0}};
    return answer_updated(rq, view ? view->path : str_fmt(rq->arena, "/%s?view=all", t->plural),
                          &(struct answer){.data = page});
}
