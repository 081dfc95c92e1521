/* spaces.c: what a space is, and its page; members are in spaces_members.c. */
#include "features/spaces/spaces.h"

#include "features/entries/entries.h"
#include "features/people/people.h"
#include "features/spaces/members.h"
#include "http/feature.h"
#include "http/live.h"
#include "record/follows.h"
#include "record/formulas.h"
#include "record/tags.h"
#include "record/tallies.h"
#include "views/spaces/show.h"

enum { SHOWN = 6, HAPPENED = 12, MODERATORS = 8 };

static int spaces_show(struct req *rq, struct record *r);

static const struct part space_html[] = {PART(HTML, "html", struct record, html), {0}};

/* What is told besides the fields. */
static const struct part space_parts[] = {
    PART_THERE(struct space_page, r, space_html),
    PART_LIST("ideas", struct space_page, ideas.rows, ideas.n, list_row_parts),
    PART_LIST("topics", struct space_page, topics.rows, topics.n, list_row_parts),
    PART_HERE(struct space_page, timeline, timeline_parts),
    PART_NAMED("watch", struct space_page, level, level_name),
    {0},
};

static const struct route routes[] = {
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

static int64_t space_named(struct db *db, struct arena *a, struct str name);
static size_t space_row(const struct act *act, const struct record *r, struct db_arg *args);
static void space_renamed(const struct act *act, const struct record *r);
static void space_changed(const struct act *act, struct record *r, const struct value *was,
                          const struct value *is);

static const struct field_choice joinings[] = {
    {"anyone", "Anyone", "green"},
    {"request", "On request: a moderator says yes or no", "honey"},
    {"invitation", "By invitation", "grey"},
    {0},
};

static const struct field_choice audiences[] = {
    {"public", "Everybody, also without an account", "green"},
    {"members", "Members of the hub", "blue"},
    {"space", "Members of the space", "grey"},
    {0},
};

static const struct field_choice memberships[] = {
    {"asked", "Asked to join", "grey"},  {"invited", "Invited", "violet"},
    {"reader", "Reader", "honey"},       {"member", "Member", "honey"},
    {"moderator", "Moderator", "honey"}, {0},
};

/* Who asks is in it: each as far as they themselves are. */
#define NOWHERE "CAST(NULL AS TEXT)"
#define OWN                                                                                        \
    "(SELECT CASE m.role WHEN 0 THEN 'asked' WHEN 1 THEN 'invited' WHEN 2 THEN 'reader'"           \
    " WHEN 3 THEN 'member' ELSE 'moderator' END FROM memberships m WHERE m.space_id = t.id"        \
    " AND m.person_id = ?1)"
static const char *const own_membership[] = {NOWHERE, OWN, OWN, OWN};

static const struct record_field fields[] = {
    {"title", "Name", KIND_TEXT, FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_INDEXED,
     .column = "r.title"},
    {"slug", "Short name", KIND_TEXT, FIELD_FIXED, .column = "(t.slug)"},
    {"body", "Purpose", KIND_LONGTEXT, FIELD_BODY | FIELD_REQUIRED,
     "What belongs here, and how you want to treat each other.", .column = ""},
    {"openness", "Who may join", KIND_CHOICE, FIELD_REQUIRED | FIELD_LISTED, .choices = joinings},
    {"audience", "Who may read", KIND_CHOICE, FIELD_REQUIRED, .choices = audiences,
     .column = "(CASE r.audience WHEN 0 THEN 'public' WHEN 1 THEN 'members' WHEN 2 THEN 'space'"
               " END)"},
    {"members", "Members", KIND_INTEGER, FIELD_FIXED | FIELD_LISTED | FIELD_CARD,
     .column = "(SELECT COUNT(*) FROM (SELECT 1 FROM memberships c WHERE c.space_id = t.id"
               " AND c.role >= 2 LIMIT 10000) AS n)"},
    {"excerpt", "In short", KIND_TEXT, FIELD_FIXED | FIELD_CARD, .column = "r.excerpt"},
    {"membership", "You are", KIND_CHOICE, FIELD_FIXED | FIELD_LISTED | FIELD_CARD,
     .choices = memberships, .told = own_membership},
    {"owner", "Looked after by", KIND_PERSON, FIELD_STAFF, .column = "r.owner_id"},
    {"tags", "Tags", KIND_TAGS, FIELD_STAFF, .column = "r.tags"},
    {0},
};

static bool space_offers(struct req *rq, const struct record_type *t, const struct selected *row,
                         struct page_act *act);

static const struct record_type space_type = {
    .name = "space",
    .noun = "Space",
    .plural = "spaces",
    .label = "Spaces",
    .lead = "Rooms with a purpose. Join one, and what happens there shows on your Home.",
    .call = "Open a space",
    .none = "No spaces yet. A space is where ideas and topics live.",
    .begins = "title",
    .usual = "openness=anyone&audience=public",
    .yours = "membership",
    .offers = space_offers,
    .icon = "#i-hexagon",
    .fields = fields,
    .maker = STAFF,
    .faces = true,
    .holds = true,
    .doors = "EXISTS (SELECT 1 FROM memberships d WHERE d.space_id = r.id AND d.person_id = ?1"
             " AND d.role = 1)",
    .named = space_named,
    .made = "slug, name",
    .make = space_row,
    .renamed = space_renamed,
    .changed = space_changed,
    .show = spaces_show,
    .more = space_parts,
    .unmerged = true,
};

static const struct record_type *const types[] = {&space_type, NULL};

static const struct menu_entry menu[] = {{"Spaces", "/spaces", "#i-hexagon", 40, ANYONE}, {0}};

const struct feature spaces_feature = {
    .name = "spaces", .routes = routes, .types = types, .menu = menu};

/* ---- coming in ---- */

static struct str said(const struct record_type *t, const struct selected *row, const char *name)
{
    const struct record_field *f = type_field(t, name);
    return f && !row->values[f->index].none ? row->values[f->index].s : S("");
}

/* As on the space's own page. */
static bool space_offers(struct req *rq, const struct record_type *t, const struct selected *row,
                         struct page_act *act)
{
    struct str is = said(t, row, "membership"), openness = said(t, row, "openness");
    bool invited = str_is(is, "invited");
    if (!rq->viewer.id || (is.n && !invited) || (!invited && str_is(openness, "invitation")))
        return false;
    *act =
        (struct page_act){.label = invited                       ? "Accept the invitation"
                                   : str_is(openness, "request") ? "Ask to join"
                                                                 : "Join",
                          .icon = "#i-plus",
                          .path = str_fmt(rq->arena, "/spaces/%lld/membership", (long long)row->id),
                          .method = "POST"};
    return true;
}

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

/* Who opens a space looks after it. */
static size_t space_row(const struct act *act, const struct record *r, struct db_arg *args)
{
    args[0] = T(slug_free(act->db, act->arena, r->title));
    args[1] = T(r->title);
    if (act->person_id)
        membership_set(act, r->id, act->person_id, MEMBERSHIP_MODERATOR);
    return 2;
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

/* ---- changing ---- */

static void space_renamed(const struct act *act, const struct record *r)
{
    db_exec(act->db, "UPDATE spaces SET name = ?2 WHERE id = ?1", I(r->id), T(r->title));
}

/* RULE 3. Narrower: everything follows. Wider: what was as narrow as the space becomes as wide. */
static void audience_change(const struct act *act, int64_t space_id, int64_t was, int64_t is)
{
    if (is > was) /* streams do not say in which space their records are */
        live_cut_put(act->db, &(struct live_cut){0});
    tags_count_space(act->db, space_id, -1);
    db_exec(
        act->db,
        "UPDATE records SET audience = ?2 WHERE space_id = ?1 AND (audience < ?2 OR audience = ?3)",
        I(space_id), I(is), I(was));
    db_exec(act->db,
            "UPDATE activities SET audience = ?2 WHERE space_id = ?1 AND (audience < ?2 OR "
            "audience = ?3)",
            I(space_id), I(is), I(was));
    tags_count_space(act->db, space_id, 1);
    tallies_recount_spaced(act->db, act->arena);
    rollups_again_spaced(act->db, act->arena);
}

static void space_changed(const struct act *act, struct record *r, const struct value *was,
                          const struct value *is)
{
    const struct record_type *t = catalog_type(act->db, r->type);
    const struct record_field *f = t ? type_field(t, "audience") : NULL;
    int audience = f ? audience_of(is[f->index].s) : -1;
    if (audience < 0 || value_eq(f, &was[f->index], &is[f->index]))
        return;
    audience_change(act, r->id, r->audience, audience);
    r->audience = audience;
}

/* ---- one space ---- */

#define SPACE_FROM                                                                                 \
    " FROM spaces s JOIN records r ON r.id = s.id"                                                 \
    " LEFT JOIN memberships m ON m.space_id = s.id AND m.person_id = ?1"

static int64_t space_named(struct db *db, struct arena *a, struct str name)
{
    (void)a;
    return db_get_int(db, 0, "SELECT id FROM spaces WHERE slug = ?1", T(name));
}

static struct space_page *space_read(struct req *rq, struct record *r)
{
    struct space_page *v = arena_make(rq->arena, struct space_page);
    v->r = r;
    struct rows q = db_query(rq->db, "SELECT " ROW_COLUMNS(SPACE_ROW) SPACE_FROM " WHERE s.id = ?2",
                             I(rq->viewer.id), I(r->id));
    bool found = db_next(&q);
    if (found)
        space_decode(&v->space, &q, 0, rq->arena);
    db_done(&q);
    v->path = str_fmt(rq->arena, "/spaces/" STR_FMT, STR_ARG(v->space.slug));
    v->moderates = (v->r->rights & RIGHT_MODERATE) != 0;
    v->level = rq->viewer.id ? follow_level(rq->db, v->r->id, rq->viewer.id) : LEVEL_NONE;
    return found ? v : NULL;
}

struct space_page *space_here(struct req *rq)
{
    const struct record_type *t = catalog_type(rq->db, S("space"));
    struct record *r = entry_here(rq, t, RIGHT_READ);
    if (!r && t)
        r = record_door(rq, t, entry_id(rq, t));
    return r && !r->deleted_at ? space_read(rq, r) : NULL;
}

static int spaces_show(struct req *rq, struct record *r)
{
    struct space_page *v = space_read(rq, r);
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
    if (rq->face == FACE_JSON)
        return entry_tell(rq, v->r, v, v->timeline.next);
    return answer(rq,
                  &(struct answer){.title = v->space.name,
                                   .page = spaces_show_view,
                                   .feed = timeline_feed(rq, &v->timeline, v->space.name, v->path),
                                   .section = "/spaces",
                                   .topics = &v->r->id,
                                   .topics_n = (v->r->rights & RIGHT_READ) ? 1 : 0,
                                   .data = v});
}
