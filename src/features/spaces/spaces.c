/* spaces.c: the list of spaces, one space, opening and changing one; members are in
 * spaces_members.c. */
#include "features/spaces/spaces.h"

#include "features/people/people.h"
#include "features/spaces/members.h"
#include "http/feature.h"
#include "http/live.h"
#include "record/follows.h"
#include "record/formulas.h"
#include "record/tags.h"
#include "record/tallies.h"
#include "views/spaces/form.h"
#include "views/spaces/index.h"
#include "views/spaces/show.h"

enum { SPACES = 100, SHOWN = 6, HAPPENED = 12, MODERATORS = 8 };

static int spaces_index(struct req *rq);
static int spaces_new(struct req *rq);
static int spaces_create(struct req *rq);
static int spaces_show(struct req *rq);
static int spaces_edit(struct req *rq);
static int spaces_update(struct req *rq);

static const char *const joinings[] = {"anyone", "request", "invitation", NULL};
static const char *const audiences[] = {"public", "members", "space", NULL};

static const struct form_rule space_rules[] = {
    {"name", .label = "Name", .required = true, .max = 80},
    {"purpose", .label = "Purpose", .required = true, .lines = true, .max = 5000},
    {"openness", .label = "Who may join", .required = true, .choices = joinings},
    {"audience", .label = "Who may read", .required = true, .choices = audiences},
    {0},
};

static const struct part space_columns_parts[] = {
    ROW_ALL(space),
    PART_NAMED("audience", struct space, audience, audience_name),
    PART_NAMED("membership", struct space, membership, membership_name),
    {0},
};

static const struct part spaces_row[] = {
    PART_TITLE("ListedSpace"),
    PART_PARTS(space_columns_parts),
    {0},
};

static const struct part spaces_answer[] = {
    PART_LIST("data", struct spaces_page, spaces, n, spaces_row),
    PART(CURSOR, "next", struct spaces_page, next),
    {0},
};

static const struct part space_html[] = {PART(HTML, "html", struct record, html), {0}};

static const struct part space_parts[] = {
    PART_TITLE("Space"),
    PART_HERE(struct space_page, space, space_columns_parts),
    PART_THERE(struct space_page, r, space_html),
    PART_LIST("ideas", struct space_page, ideas.rows, ideas.n, list_row_parts),
    PART_LIST("topics", struct space_page, topics.rows, topics.n, list_row_parts),
    PART_HERE(struct space_page, timeline, timeline_parts),
    PART_NAMED("watch", struct space_page, level, level_name),
    {0},
};

static const struct part space_answer[] = {PART_OBJECT("data", space_parts), {0}};

static const struct route routes[] = {
    {GET, "/spaces", spaces_index, ANYONE, .answers = spaces_answer,
     .help = "the spaces that one may see"},
    {GET, "/spaces/new", spaces_new, STAFF, .help = "form to open a space"},
    {POST, "/spaces", spaces_create, STAFF, .flags = ROUTE_CREATES, .form = space_rules,
     .answers = space_answer, .help = "open a space"},
    {GET, "/spaces/:id", spaces_show, ANYONE, .flags = ROUTE_NAMED, .query = page_query,
     .answers = space_answer, .help = "one space, by its short name or number"},
    {GET, "/spaces/:id/edit", spaces_edit, MEMBER, .flags = ROUTE_NAMED,
     .help = "form to change a space"},
    {PATCH, "/spaces/:id", spaces_update, MEMBER, .flags = ROUTE_NAMED, .form = space_rules,
     .answers = space_answer, .help = "change a space"},
    {GET, "/spaces/:id/members", members_index, ANYONE, .flags = ROUTE_NAMED, .query = page_query,
     .answers = members_answer, .help = "who is in it"},
    {POST, "/spaces/:id/members", members_create, MEMBER, .rate = PER_HOUR(100),
     .flags = ROUTE_NAMED, .form = invite_rules, .answers = members_answer,
     .help = "invite someone by handle"},
    {PUT, "/spaces/:id/members/:person", members_update, MEMBER, .flags = ROUTE_NAMED,
     .form = member_role_rules, .answers = members_answer,
     .help = "change someone's role, let someone in"},
    {DELETE, "/spaces/:id/members/:person", members_destroy, MEMBER, .flags = ROUTE_NAMED,
     .answers = members_answer, .help = "take someone out"},
    {POST, "/spaces/:id/membership", memberships_create, MEMBER, .rate = PER_HOUR(60),
     .flags = ROUTE_NAMED, .answers = membership_answer,
     .help = "join, ask to join, or accept an invitation"},
    {DELETE, "/spaces/:id/membership", memberships_destroy, MEMBER, .flags = ROUTE_NAMED,
     .answers = membership_answer, .help = "leave"},
    {0},
};

static void space_renamed(const struct act *act, const struct record *r)
{
    db_exec(act->db, "UPDATE spaces SET name = ?2 WHERE id = ?1", I(r->id), T(r->title));
}

static const struct field_choice joinings_shown[] = {
    {"anyone", "Anyone", "green"},
    {"request", "On request", "honey"},
    {"invitation", "By invitation", "grey"},
    {0},
};

static const struct record_field fields[] = {
    {"title", "Name", KIND_TEXT, FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_INDEXED,
     .column = "r.title"},
    {"body", "Purpose", KIND_LONGTEXT, FIELD_BODY, .column = ""},
    {"openness", "Who may join", KIND_CHOICE, FIELD_FIXED | FIELD_LISTED | FIELD_CARD,
     .choices = joinings_shown},
    {0},
};

static const struct record_type space_type = {
    .name = "space",
    .noun = "Space",
    .plural = "spaces",
    .label = "Spaces",
    .icon = "#i-hexagon",
    .fields = fields,
    .maker = OWNER,
    .renamed = space_renamed,
    .unmerged = true,
};

static const struct record_type *const types[] = {&space_type, NULL};

static const struct menu_entry menu[] = {{"Spaces", "/spaces", "#i-hexagon", 40, ANYONE}, {0}};

const struct feature spaces_feature = {
    .name = "spaces", .routes = routes, .types = types, .menu = menu};

/* ---- making ---- */

static struct str slug_free(struct db *db, struct arena *a, struct str wish)
{
    struct str base = str_slug(a, wish, 40), slug;
    if (!base.n || (base.p[0] >= '0' && base.p[0] <= '9')) /* numbers are ids in URLs */
        base = str_fmt(a, "space-" STR_FMT, STR_ARG(base));
    slug = base;
    for (int n = 2; str_eq(slug, S("new")) ||
                    db_get_int(db, 0, "SELECT 1 FROM spaces WHERE slug = ?1", T(slug));
         n++)
        slug = str_fmt(a, STR_FMT "-%d", STR_ARG(base), n);
    return slug;
}

int64_t space_create(const struct act *act, struct str name, struct str slug, struct str purpose,
                     const char *openness, enum audience audience)
{
    int64_t id = record_create(act, &(struct record_draft){
                                        .type = "space",
                                        .own_space = true,
                                        .title = name,
                                        .source = purpose,
                                        .audience = audience,
                                    });
    slug = slug_free(act->db, act->arena, slug.n ? slug : name);
    db_exec(act->db, "INSERT INTO spaces (id, slug, name, openness) VALUES (?1, ?2, ?3, ?4)", I(id),
            T(slug), T(name), Z(openness));
    if (act->person_id)
        membership_set(act, id, act->person_id, MEMBERSHIP_MODERATOR);
    return db_failed(act->db) ? 0 : id;
}

/* ---- list ---- */

#define SPACE_FROM                                                                                 \
    " FROM spaces s JOIN records r ON r.id = s.id"                                                 \
    " LEFT JOIN memberships m ON m.space_id = s.id AND m.person_id = ?1"

static struct feed *spaces_feed(struct req *rq, const struct spaces_page *v)
{
    struct feed *feed = feed_new(rq, S("Spaces"), S("/spaces"), v->n);
    for (size_t i = 0; i < feed->n; i++)
        feed->entries[i] = (struct feed_entry){
            .id = v->spaces[i].id,
            .published = v->spaces[i].created_at,
            .title = v->spaces[i].name,
            .path = str_fmt(rq->arena, "/spaces/" STR_FMT, STR_ARG(v->spaces[i].slug)),
            .text = v->spaces[i].excerpt};
    return feed;
}

static int spaces_index(struct req *rq)
{
    /* One's own first. Invitations show a space that is otherwise hidden. */
    static const char *const sql[] =
        ACCESS_EACH("SELECT " ROW_COLUMNS(SPACE_ROW) SPACE_FROM
                    " WHERE r.deleted_at IS NULL AND (COALESCE(m.role, -1) = 1 OR ",
                    ") ORDER BY CASE WHEN COALESCE(m.role, -1) >= 1 THEN 0 ELSE 1 END, s.name, s.id"
                    " LIMIT ?2");
    struct spaces_page *v = arena_make(rq->arena, struct spaces_page);
    struct space *spaces = arena_array(rq->arena, struct space, SPACES);
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I(SPACES));
    while (v->n < SPACES && db_next(&q))
        space_decode(&spaces[v->n++], &q, 0, rq->arena);
    db_done(&q);
    v->spaces = spaces;
    v->may_open = rq->viewer.role >= ROLE_STAFF;
    return answer(rq, &(struct answer){.title = S("Spaces"),
                                       .page = spaces_index_view,
                                       .feed = spaces_feed(rq, v),
                                       .section = "/spaces",
                                       .data = v});
}

/* ---- one space ---- */

struct space_page *space_here(struct req *rq)
{
    struct str name = req_param(rq, "id");
    struct space_page *v = arena_make(rq->arena, struct space_page);
    int64_t id = name.n && name.p[0] >= '0' && name.p[0] <= '9'
                     ? req_id(rq, "id")
                     : db_get_int(rq->db, 0, "SELECT id FROM spaces WHERE slug = ?1", T(name));
    bool invited = rq->viewer.id && membership_get(rq->db, id, rq->viewer.id) == MEMBERSHIP_INVITED;
    v->r = record_access_type(rq, id, "space", RIGHT_READ);
    if (!v->r && invited) { /* whoever is invited may see the door, nothing behind it */
        v->r = record_load(rq->db, rq->arena, id);
        if (v->r)
            v->r->rights = 0;
    }
    if (!v->r || v->r->deleted_at)
        return NULL;
    struct rows q = db_query(rq->db, "SELECT " ROW_COLUMNS(SPACE_ROW) SPACE_FROM " WHERE s.id = ?2",
                             I(rq->viewer.id), I(id));
    bool found = db_next(&q);
    if (found)
        space_decode(&v->space, &q, 0, rq->arena);
    db_done(&q);
    v->path = str_fmt(rq->arena, "/spaces/" STR_FMT, STR_ARG(v->space.slug));
    v->moderates = (v->r->rights & RIGHT_MODERATE) != 0;
    v->level = rq->viewer.id ? follow_level(rq->db, v->r->id, rq->viewer.id) : LEVEL_NONE;
    return found ? v : NULL;
}

static int spaces_show(struct req *rq)
{
    struct space_page *v = space_here(rq);
    if (!v)
        return not_found(rq);
    if (rq->face == FACE_PAGE && !str_eq(rq->path, v->path))
        return redirect(rq, STR_FMT, STR_ARG(v->path));
    if (v->r->rights & RIGHT_READ) {
        struct member *moderators = arena_array(rq->arena, struct member, MODERATORS);
        list_read(rq,
                  &(struct list_query){
                      .type = "idea", .sort = SORT_TRENDING, .space_id = v->r->id, .limit = SHOWN},
                  &v->ideas);
        list_read(rq, &(struct list_query){.type = "topic", .space_id = v->r->id, .limit = SHOWN},
                  &v->topics);
        timeline_read(rq,
                      &(struct timeline_query){
                          .space_id = v->r->id, .after = req_query(rq, "after"), .limit = HAPPENED},
                      &v->timeline);
        v->moderators_n =
            members_read(rq, v->r->id, MEMBERSHIP_MODERATOR, 0, moderators, MODERATORS);
        v->moderators = moderators;
    }
    return answer(rq,
                  &(struct answer){.title = v->space.name,
                                   .page = spaces_show_view,
                                   .feed = timeline_feed(rq, &v->timeline, v->space.name, v->path),
                                   .section = "/spaces",
                                   .topics = &v->r->id,
                                   .topics_n = (v->r->rights & RIGHT_READ) ? 1 : 0,
                                   .data = v});
}

/* ---- opening and changing ---- */

static struct answer form_page(const struct space_form *v)
{
    return (struct answer){.title = v->path.n ? S("Change the space") : S("Open a space"),
                           .page = spaces_form_view,
                           .width = PAGE_NARROW,
                           .section = "/spaces",
                           .data = v};
}

static int spaces_new(struct req *rq)
{
    struct space_form *v = arena_make(rq->arena, struct space_form);
    form_init(space_rules, &v->form);
    form_set(&v->form, "openness", S("anyone"));
    form_set(&v->form, "audience", S("public"));
    struct answer page = form_page(v);
    return answer(rq, &page);
}

static int spaces_create(struct req *rq)
{
    struct space_form *v = arena_make(rq->arena, struct space_form);
    struct answer page = form_page(v);
    if (!form_read(rq, space_rules, &v->form))
        return form_answer(rq, &v->form, &page);
    struct act act = act_of(rq);
    int64_t id =
        space_create(&act, form_get(&v->form, "name"), S(""), form_get(&v->form, "purpose"),
                     str_cstr(rq->arena, form_get(&v->form, "openness")),
                     (enum audience)audience_of(form_get(&v->form, "audience")));
    struct str slug = db_get_str(rq->db, rq->arena, "SELECT slug FROM spaces WHERE id = ?1", I(id));
    struct space_page *made = arena_make(rq->arena, struct space_page);
    made->r = record_load(rq->db, rq->arena, id);
    if (!made->r)
        return refuse(rq, 500, NULL);
    made->level = LEVEL_HIGHLIGHTS;
    made->space = (struct space){.id = id,
                                 .slug = slug,
                                 .name = made->r->title,
                                 .audience = made->r->audience,
                                 .created_at = made->r->created_at,
                                 .openness = form_get(&v->form, "openness"),
                                 .membership = MEMBERSHIP_MODERATOR,
                                 .members = 1};
    return answer_created(rq, str_fmt(rq->arena, "/spaces/" STR_FMT, STR_ARG(slug)),
                          &(struct answer){.data = made});
}

static int spaces_edit(struct req *rq)
{
    struct space_page *s = space_here(rq);
    if (!s || !s->moderates)
        return not_found(rq);
    struct space_form *v = arena_make(rq->arena, struct space_form);
    form_init(space_rules, &v->form);
    form_set(&v->form, "name", s->space.name);
    form_set(&v->form, "purpose", record_text(rq->db, rq->arena, s->r->id).source);
    form_set(&v->form, "openness", s->space.openness);
    form_set(&v->form, "audience", audience_name(s->space.audience));
    v->path = s->path;
    struct answer page = form_page(v);
    return answer(rq, &page);
}

/* RULE 3. Narrower: everything follows. Wider: what was as narrow as the space becomes as wide. */
static void audience_change(struct req *rq, int64_t space_id, int64_t was, int64_t is)
{
    if (was == is)
        return;
    if (is > was) /* streams do not say in which space their records are */
        live_cut_put(rq->db, &(struct live_cut){0});
    tags_count_space(rq->db, space_id, -1);
    db_exec(
        rq->db,
        "UPDATE records SET audience = ?2 WHERE space_id = ?1 AND (audience < ?2 OR audience = ?3)",
        I(space_id), I(is), I(was));
    db_exec(rq->db,
            "UPDATE activities SET audience = ?2 WHERE space_id = ?1 AND (audience < ?2 OR "
            "audience = ?3)",
            I(space_id), I(is), I(was));
    tags_count_space(rq->db, space_id, 1);
    tallies_recount_spaced(rq->db, rq->arena);
    rollups_again_spaced(rq->db, rq->arena);
}

static int spaces_update(struct req *rq)
{
    struct space_page *s = space_here(rq);
    if (!s || !s->moderates)
        return not_found(rq);
    struct space_form *v = arena_make(rq->arena, struct space_form);
    v->path = s->path;
    struct answer page = form_page(v);
    if (!form_read(rq, space_rules, &v->form))
        return form_answer(rq, &v->form, &page);
    form_keep(&v->form, "name", s->space.name);
    form_keep(&v->form, "openness", s->space.openness);
    form_keep(&v->form, "audience", audience_name(s->space.audience));
    bool purpose = form_given(&v->form, "purpose");
    struct act act = act_of(rq);
    record_update(
        &act, s->r,
        &(struct record_edit){.title = form_get(&v->form, "name"),
                              .source = purpose ? form_get(&v->form, "purpose") : (struct str){0}});
    db_exec(rq->db, "UPDATE spaces SET name = ?2, openness = ?3 WHERE id = ?1", I(s->r->id),
            T(form_get(&v->form, "name")), T(form_get(&v->form, "openness")));
    audience_change(rq, s->r->id, s->space.audience, audience_of(form_get(&v->form, "audience")));
    struct space_page *now = space_here(rq);
    return answer_updated(rq, s->path, &(struct answer){.data = now ? now : s});
}
