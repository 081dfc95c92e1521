/* records_roots.c: the list of any root type, as page, JSON and feed, and the form for a new one.
 *
 * RULES
 *   1. A new record needs a space in which the author may write.
 */
#include <stdlib.h>

#include "features/records/records.h"
#include "http/live.h"
#include "views/records/list.h"
#include "views/records/new.h"

enum { TAGS = 14, SPACES = 50 };

/* ---- list ---- */

static const struct part row_parts[] = {
    PART_TITLE("Listed"),
    PART_PARTS(list_row_parts),
    PART(FLAG, "voted", struct list_row, voted),
    {0},
};

const struct part roots_answer[] = {
    PART_LIST("data", struct root_list, list.rows, list.n, row_parts),
    PART(CURSOR, "next", struct root_list, list.next),
    {0},
};

static struct feed *list_feed(struct req *rq, const struct root_list *v)
{
    struct feed *feed =
        feed_new(rq, str_of(v->kind->title), root_list_url(rq->arena, v, "", S("")), v->list.n);
    for (size_t i = 0; i < feed->n; i++)
        feed->entries[i] = list_entry(rq, &v->list.rows[i]);
    feed->next = v->list.next;
    return feed;
}

static bool state_known(const struct root_kind *kind, struct str state)
{
    for (const struct field_choice *c = kind->states; c && c->name; c++)
        if (str_is(state, c->name))
            return true;
    return !state.n;
}

static void space_filter(struct req *rq, struct root_list *v)
{
    v->space_slug = req_query(rq, "space");
    if (!v->space_slug.n)
        return;
    struct rows q =
        db_query(rq->db, "SELECT id, name FROM spaces WHERE slug = ?1", T(v->space_slug));
    v->query.space_id = -1; /* no such space: nothing stands in it */
    if (db_next(&q)) {
        int64_t id = db_int(&q, 0);
        struct str name = db_dup(&q, 1, rq->arena);
        db_done(&q);
        if (!record_access(rq, id, RIGHT_READ))
            return;
        v->query.space_id = id;
        v->space_name = name;
    }
    db_done(&q);
}

static void url_param(struct out *o, bool *any, const char *name, struct str value)
{
    if (!value.n)
        return;
    out_char(o, *any ? '&' : '?');
    *any = true;
    out_str(o, str_of(name));
    out_char(o, '=');
    out_url(o, value);
}

struct str root_list_url(struct arena *a, const struct root_list *v, const char *name,
                         struct str value)
{
    const struct param now[] = {
        {S("q"), v->query.text},
        {S("space"), v->space_slug},
        {S("tag"), v->query.tag},
        {S("status"), v->query.state},
        {S("author"), v->author},
        {S("show"), v->show},
        {S("sort"), v->query.sort == v->kind->sort ? S("") : str_of(list_sort_name(v->query.sort))},
    };
    struct out o;
    bool any = false;
    out_init(&o, 8192);
    out_str(&o, v->path);
    for (size_t i = 0; i < sizeof now / sizeof *now; i++)
        url_param(&o, &any, now[i].name.p, str_is(now[i].name, name) ? value : now[i].value);
    if (strcmp(name, "after") == 0)
        url_param(&o, &any, "after", value);
    return out_take(&o, a);
}

/* ---- filters: links that keep what else is chosen ---- */

static struct link_item sort_link(struct arena *a, const struct root_list *v, enum list_sort sort,
                                  const char *label)
{
    struct root_list other = *v;
    other.query.sort = sort;
    other.show = S("");
    return (struct link_item){.label = label,
                              .path = root_list_url(a, &other, "", S("")),
                              .current = v->query.sort == sort && !v->show.n};
}

static struct link_item show_link(struct arena *a, const struct root_list *v, const char *show,
                                  const char *label)
{
    struct root_list other = *v;
    other.query.sort = SORT_NEWEST;
    other.show = str_of(show);
    return (struct link_item){.label = label,
                              .path = root_list_url(a, &other, "", S("")),
                              .current = str_is(v->show, show)};
}

static void chip_add(struct arena *a, const struct root_list *v, struct link_item *chips, size_t *n,
                     const char *name, const char *label, struct str value)
{
    if (value.n)
        chips[(*n)++] = (struct link_item){.text = str_fmt(a, "%s" STR_FMT, label, STR_ARG(value)),
                                           .path = root_list_url(a, v, name, S(""))};
}

static const struct field *state_select(struct arena *a, const struct root_list *v)
{
    enum { STATES = 12 };
    struct option *options = arena_array(a, struct option, STATES + 1);
    struct field *field = arena_make(a, struct field);
    size_t n = 0;
    options[n++] = (struct option){S(""), S("Any status"), NULL};
    for (const struct field_choice *c = v->kind->states; c->name && n < STATES; c++)
        options[n++] = (struct option){str_of(c->name), str_of(c->label), NULL};
    *field = (struct field){.name = "status",
                            .label = "Status",
                            .value = v->query.state,
                            .options = options,
                            .options_n = n};
    return field;
}

static struct filters list_filters(struct req *rq, const struct root_list *v)
{
    enum { SORTS = 5, CHIPS = 5, KEPT = 6 };
    struct arena *a = rq->arena;
    struct link_item *sorts = arena_array(a, struct link_item, SORTS);
    struct link_item *chips = arena_array(a, struct link_item, CHIPS);
    struct option *kept = arena_array(a, struct option, KEPT);
    size_t sorts_n = 0, chips_n = 0, kept_n = 0;
    sorts[sorts_n++] = sort_link(a, v, SORT_TRENDING, "Trending");
    sorts[sorts_n++] = sort_link(a, v, SORT_VOTES, "Most voted");
    sorts[sorts_n++] = sort_link(a, v, SORT_NEWEST, "Newest");
    sorts[sorts_n++] = show_link(a, v, "unanswered", v->kind->unanswered);
    if (rq->viewer.id)
        sorts[sorts_n++] = show_link(a, v, "mine", "Mine");
    chip_add(a, v, chips, &chips_n, "q", "text: ", v->query.text);
    chip_add(a, v, chips, &chips_n, "space", "in ",
             v->space_name.n ? v->space_name : v->space_slug);
    chip_add(a, v, chips, &chips_n, "tag", "tag: ", v->query.tag);
    chip_add(a, v, chips, &chips_n, "author", "by ", v->author);
    const struct option keep[] = {
        {S("q"), v->query.text, NULL},
        {S("space"), v->space_slug, NULL},
        {S("tag"), v->query.tag, NULL},
        {S("author"), v->author, NULL},
        {S("show"), v->show, NULL},
        {S("sort"), v->query.sort == v->kind->sort ? S("") : str_of(list_sort_name(v->query.sort)),
         NULL},
    };
    for (size_t i = 0; i < KEPT; i++)
        if (keep[i].label.n)
            kept[kept_n++] = keep[i];
    return (struct filters){
        .sorts = {.label = "Sort", .items = sorts, .n = sorts_n},
        .path = v->kind->states ? v->path : S(""),
        .selects = v->kind->states ? state_select(a, v) : NULL,
        .selects_n = v->kind->states ? 1 : 0,
        .kept = kept,
        .kept_n = kept_n,
        .chips = chips,
        .chips_n = chips_n,
    };
}

int roots_index(struct req *rq, const struct root_kind *kind)
{
    struct root_list *v = arena_make(rq->arena, struct root_list);
    struct tag *tags = arena_array(rq->arena, struct tag, TAGS);
    struct str why;
    v->kind = kind;
    v->path = str_fmt(rq->arena, "/%s", kind->type->plural);
    v->query = (struct list_query){
        .type = kind->type->name, .sort = kind->sort, .texts = face_feeds(rq->face)};
    if (!list_query_read(rq, &v->query, &why))
        return refuse(rq, 400, why.p);
    if (!state_known(kind, v->query.state))
        return refuse(rq, 400, "There is no such status.");
    v->author = req_query(rq, "author");
    v->show = req_query(rq, "show");
    space_filter(rq, v);
    list_read(rq, &v->query, &v->list);
    v->tags = tags;
    if (face_shows(rq->face)) {
        if (v->query.tag.n && rq->viewer.id)
            v->tag_level = tag_follow_level(rq->db, tag_find(rq->db, v->query.tag), rq->viewer.id);
        v->tags_n = tags_popular(rq, kind->type->name, tags, TAGS);
        v->filters = list_filters(rq, v);
        v->new_path = str_fmt(rq->arena, STR_FMT "/new%s" STR_FMT, STR_ARG(v->path),
                              v->space_name.n ? "?space=" : "", STR_ARG(v->space_slug));
        if (v->list.next.n)
            v->older = root_list_url(rq->arena, v, "after", v->list.next);
    }
    static const int64_t lists = LIVE_LISTS;
    return answer(rq, &(struct answer){.title = str_of(kind->title),
                                       .page = records_list_view,
                                       .feed = list_feed(rq, v),
                                       .section = v->path.p,
                                       .topics = &lists,
                                       .topics_n = 1,
                                       .data = v});
}

/* ---- a new one ---- */

const struct form_rule root_rules[] = {
    {"space", .label = "Space", .required = true, .whole = true},
    {"title", .label = "Title", .required = true, .max = RECORD_TITLE_MAX},
    {"body", .label = "Text", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {"tags", .label = "Tags"},
    {0},
};

size_t spaces_to_write(struct req *rq, struct space_choice *out, size_t max)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT s.id, s.name FROM spaces s JOIN records r ON r.id = s.id"
                    " LEFT JOIN memberships m ON m.space_id = s.id AND m.person_id = ?1"
                    " WHERE r.deleted_at IS NULL AND (COALESCE(m.role, -1) >= 3"
                    " OR (s.openness = 'anyone' AND COALESCE(m.role, -1) <> 2)) AND ",
                    " ORDER BY COALESCE(m.role, -1) DESC, s.name LIMIT ?2");
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        out[n++] = (struct space_choice){db_int(&q, 0), db_dup(&q, 1, rq->arena)};
    db_done(&q);
    return n;
}

static struct root_form *root_form(struct req *rq, const struct root_kind *kind)
{
    struct root_form *v = arena_make(rq->arena, struct root_form);
    struct space_choice *spaces = arena_array(rq->arena, struct space_choice, SPACES);
    v->kind = kind;
    v->spaces = spaces;
    v->spaces_n = spaces_to_write(rq, spaces, SPACES);
    form_init(root_rules, &v->form);
    return v;
}

static struct answer root_page(const struct root_form *v)
{
    return (struct answer){.title = str_of(v->kind->new_label),
                           .page = records_new_view,
                           .width = PAGE_NARROW,
                           .data = v};
}

int roots_new(struct req *rq, const struct root_kind *kind)
{
    struct root_form *v = root_form(rq, kind);
    struct str slug = req_query(rq, "space");
    int64_t space =
        slug.n ? db_get_int(rq->db, 0, "SELECT id FROM spaces WHERE slug = ?1", T(slug)) : 0;
    if (space)
        form_set(&v->form, "space", str_fmt(rq->arena, "%lld", (long long)space));
    form_set(&v->form, "title", utf8_first(req_query(rq, "title"), RECORD_TITLE_MAX));
    struct answer page = root_page(v);
    return answer(rq, &page);
}

int roots_create(struct req *rq, const struct root_kind *kind)
{
    struct root_form *v = root_form(rq, kind);
    form_read(rq, root_rules, &v->form);
    struct record *space =
        record_access_type(rq, form_int(&v->form, "space"), "space", RIGHT_REPLY);
    if (!space && v->form.ok)
        form_fail(&v->form, "space", "You cannot write in this space.");
    struct answer page = root_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct act act = act_of(rq);
    int64_t id = record_create(&act, &(struct record_draft){
                                         .type = kind->type->name,
                                         .space_id = space->id,
                                         .audience = (enum audience)space->audience,
                                         .title = form_get(&v->form, "title"),
                                         .source = form_get(&v->form, "body"),
                                         .tags = form_get(&v->form, "tags"),
                                         .state = str_of(kind->first_state),
                                     });
    kind->insert(&act, id);
    struct record *made = record_load(rq->db, rq->arena, id);
    if (!made)
        return refuse(rq, 500, NULL);
    return answer_created(rq, record_path(rq->arena, made), &(struct answer){.data = made});
}
