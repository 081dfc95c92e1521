/* entries.c: the routes of all types with fields; see entries.h. */
#include "features/entries/entries.h"
#include "features/entries/shares.h"

#include "features/entries/bulk.h"
#include "features/entries/views.h"
#include "http/feature.h"

static const struct part any_object[] = {{.kind = PART_OPEN}, {0}};
const struct part entry_answer[] = {PART_OBJECT("data", any_object), {0}};
static const struct part entries_answer[] = {{.kind = PART_OPEN}, {0}};

static const struct form_rule card_query[] = {
    {"path", .label = "address of a person or a space", .required = true},
    {0},
};

static const struct form_rule names_query[] = {
    {"type", .label = "internal name of a type", .required = true},
    {"q", .label = "how the name begins"},
    {0},
};

/* clang-format off */
static const struct route routes[] = {
    {GET, "/:type", entries_index, ANYONE, .answers = entries_answer,
     .help = "records of any type: sort, q, after, match, and each field as a filter"},
    {GET, "/:type/new", entries_new, MEMBER, .help = "form for a new one"},
    {POST, "/:type", entries_create, MEMBER, .rate = PER_MINUTE(120), .flags = ROUTE_CREATES,
     .answers = entry_answer, .help = "make one"},
    {GET, "/:type/bulk", bulk_edit, MEMBER, .flags = ROUTE_UNFED,
     .help = "form to change many: `ids`, or `all` that match `query`"},
    {POST, "/:type/bulk", bulk_create, MEMBER, .rate = PER_MINUTE(60), .prepare = bulk_prepare,
     .flags = ROUTE_CREATES | ROUTE_LEADS, .form = bulk_rules, .answers = bulk_answer,
     .help = "change many: `id`s, or `all` that match `query`; `do` is set, assign, tag, untag or"
             " delete"},
    {GET, "/:type/bulk/:id", bulk_show, MEMBER, .answers = bulk_answer,
     .help = "how far a change of many is"},
    {POST, "/:type/bulk/:id/undo", bulk_undos_create, MEMBER, .rate = PER_MINUTE(60),
     .answers = bulk_answer, .help = "take back what nobody has changed since"},
    {GET, "/:type/filters", list_filters, ANYONE, .flags = ROUTE_UNFED,
     .help = "form that adds a filter to a list; its query is the list's"},
    {GET, "/:type/columns", list_columns, ANYONE, .flags = ROUTE_UNFED,
     .help = "form that chooses the columns of a list; its query is the list's"},
    {GET, "/:type/views", views_index, ANYONE, .answers = views_answer, .flags = ROUTE_UNFED,
     .help = "saved views of their list that one sees"},
    {POST, "/:type/views", views_create, MEMBER, .rate = PER_MINUTE(30), .flags = ROUTE_CREATES,
     .form = view_rules, .answers = view_answer,
     .help = "save `query`, as behind a list's `?`, under a name"},
    {GET, "/:type/views/:id", views_show, MEMBER, .answers = view_answer,
     .help = "one saved view"},
    {PATCH, "/:type/views/:id", views_update, MEMBER, .form = view_edit_rules,
     .answers = view_answer, .help = "rename a view of one's own, or share it"},
    {DELETE, "/:type/views/:id", views_destroy, MEMBER, .answers = view_answer,
     .help = "delete a view of one's own"},
    {PUT, "/:type/default-view", view_defaults_update, MEMBER, .form = view_default_rules,
     .answers = view_answer, .help = "which view one sees first"},
    {GET, "/:type/:id", entries_show, ANYONE, .flags = ROUTE_LEADS, .query = page_query,
     .answers = entry_answer,
     .help = "one record with its fields and its discussion"},
    {GET, "/:type/:id/edit", entries_edit, MEMBER, .help = "form to change it"},
    {GET, "/:type/:id/fields/:field", entry_fields_edit, MEMBER,
     .help = "form to change one field in its place"},
    {PATCH, "/:type/:id", entries_patch, MEMBER, .rate = PER_MINUTE(120),
     .answers = entry_answer,
     .help = "change fields; `before` and `after` move its card on a board; If-Match or `revision`"
             " guards against a stale edit"},
    {POST, "/:type/:id/revisions/:number/undo", revision_undos_create, MEMBER,
     .rate = PER_MINUTE(60), .answers = entry_answer, .help = "take one change of fields back"},
    {GET, "/:type/:id/participants", shares_index, STAFF, .flags = ROUTE_UNFED,
     .answers = shares_answer, .help = "whom a record is shared with"},
    {POST, "/:type/:id/participants", shares_create, STAFF, .rate = PER_MINUTE(60),
     .flags = ROUTE_CREATES, .form = share_rules, .answers = shares_answer,
     .help = "share it with somebody, who sees it, or takes part"},
    {DELETE, "/:type/:id/participants/:person", shares_destroy, STAFF, .rate = PER_MINUTE(60),
     .answers = shares_answer, .help = "share it with somebody no longer"},
    {PUT, "/:type/:id/audience", share_audiences_update, STAFF, .rate = PER_MINUTE(60),
     .form = share_audience_rules, .answers = shares_answer,
     .help = "keep it for its participants, or let staff see it again"},
    {GET, "/cards", cards_find, ANYONE, .query = card_query, .answers = entry_answer,
     .help = "the ID card of what an address leads to"},
    {GET, "/cards/:id", cards_show, ANYONE, .answers = entry_answer,
     .help = "the ID card of any record"},
    {GET, "/names", names_index, ANYONE, .query = names_query, .answers = entries_answer,
     .help = "records of a type by how their names begin, to choose from"},
    RECORD_ACT_ROUTES(":type"),
    {0},
};
/* clang-format on */

static const struct job_kind jobs[] = {{"bulk", bulk_run, .at_once = 1}, {0}};

const struct feature entries_feature = {.name = "entries", .jobs = jobs, .routes = routes};

const struct record_type *entries_type(struct req *rq)
{
    struct str rest = str_from(rq->path, 1), first = S("");
    (void)str_split(&rest, '/', &first);
    return catalog_plural(rq->db, first);
}

int64_t entry_id(struct req *rq, const struct record_type *t)
{
    struct str name = req_param(rq, "id");
    bool number = !t || !t->named || (name.n && name.p[0] >= '0' && name.p[0] <= '9');
    return number ? req_id(rq, "id") : t->named(rq->db, rq->arena, name);
}

struct record *entry_here(struct req *rq, const struct record_type *t, enum right right)
{
    return t ? record_access_type(rq, entry_id(rq, t), t->name, right) : NULL;
}

bool entry_maker(const struct record_type *t, const struct viewer *viewer)
{
    static const enum role least[] = {
        [ANYONE] = ROLE_MEMBER, [MEMBER] = ROLE_MEMBER,
        [STAFF] = ROLE_STAFF,   [ADMINISTRATOR] = ROLE_ADMINISTRATOR,
        [OWNER] = ROLE_OWNER,
    };
    return viewer->id && type_made(t, viewer, viewer->role >= least[t->maker ? t->maker : STAFF]);
}

/* ---- JSON ---- */

/* What the record core knows of types with votes, unless a field has that name. */
#define CORE(X)                                                                                    \
    X(REF, space_id)                                                                               \
    X(REF, author_id)                                                                              \
    X(TEXT, author_name)                                                                           \
    X(TEXT, author_handle)                                                                         \
    X(TEXT, state)                                                                                 \
    X(INT, score)                                                                                  \
    X(INT, comments)                                                                               \
    X(INT, answers)                                                                                \
    X(TIME, active_at)                                                                             \
    X(TEXT, excerpt) /* this and the last one of a list only */                                    \
    X(REAL, hot)

#define CORE_NAME(kind, name) #name,
static const char *const core_names[] = {CORE(CORE_NAME) NULL};
enum { CORE_ONE = 9 }; /* how many of them a single record has */

/* A bit for each of CORE that is told. */
static unsigned core_told(const struct record_type *t)
{
    unsigned told = 0;
    for (size_t i = 0; core_names[i]; i++)
        told |= type_field(t, core_names[i]) ? 0 : 1U << i;
    return told;
}

static void core_json(struct json *j, const struct list_row *row, unsigned told)
{
    unsigned bit = 1;
#define CORE_PUT(kind, name)                                                                       \
    if (told & bit)                                                                                \
        ROW_JSON_##kind(j, #name, row->name);                                                      \
    bit <<= 1;
    CORE(CORE_PUT)
#undef CORE_PUT
}

static void members_json(struct json *j, struct req *rq, const struct record_type *t,
                         const struct selected *row, const struct field_set *set)
{
    json_kint(j, "id", row->id);
    json_kstr(j, "type", str_of(t->name));
    json_kstr(j, "path", row->path);
    json_kint(j, "revision", row->revision);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!field_seen(f, &rq->viewer) || !field_set_has(set, f))
            continue;
        json_key(j, f->name);
        kind_json(j, rq->arena, f, &row->values[i]);
    }
}

void entries_json(struct json *j, struct req *rq, const struct record_type *t,
                  const struct selected *row, const struct field_set *set)
{
    json_open(j, '{');
    members_json(j, rq, t, row, set);
    json_close(j, '}');
}

void entries_json_list(struct json *j, struct req *rq, const struct record_type *t,
                       const struct selection *found, const struct field_set *set)
{
    unsigned told = core_told(t);
    for (size_t i = 0; i < found->n; i++) {
        const struct selected *row = &found->rows[i];
        json_open(j, '{');
        members_json(j, rq, t, row, set);
        if (row->row) {
            core_json(j, row->row, told);
            json_kbool(j, "voted", row->row->voted);
        }
        json_close(j, '}');
    }
}

/* ---- one ---- */

struct told {
    const struct record_type *type;
    const struct record *r;
    const void *more;
    struct selected row;
    struct str next;
};

static void told_json(struct json *j, const void *data)
{
    const struct told *v = data;
    const struct record *r = v->r;
    struct field_set all = field_set_all();
    json_key(j, "data");
    json_open(j, '{');
    members_json(j, req_of(j->o), v->type, &v->row, &all);
    if (v->type->votes) {
        const struct list_row row = {.space_id = r->space_id,
                                     .author_id = r->author_id,
                                     .author_name = r->author_name,
                                     .author_handle = r->author_handle,
                                     .state = r->state,
                                     .score = r->score,
                                     .comments = r->thread,
                                     .answers = r->answers,
                                     .active_at = r->active_at};
        core_json(j, &row, core_told(v->type) & ((1U << CORE_ONE) - 1));
        if (!type_field(v->type, "html"))
            json_kstr(j, "html", r->html.s);
    }
    if (v->type->more && v->more)
        parts_print(j, v->type->more, v->more);
    json_close(j, '}');
    if (v->more) {
        json_key(j, "next");
        if (v->next.n)
            json_str(j, v->next);
        else
            json_nil(j);
    }
}

struct answer entry_told(struct req *rq, const struct record_type *t, struct record *r,
                         const void *more, struct str next)
{
    struct told *v = arena_make(rq->arena, struct told);
    *v = (struct told){.type = t, .r = r, .more = more, .next = next};
    v->row = (struct selected){.id = r->id,
                               .title = r->title,
                               .path = record_path(rq->arena, r),
                               .revision = r->revision,
                               .values = values_seen(rq, t, r->id)};
    if (!v->row.values)
        return (struct answer){0};
    res_header(rq, "ETag", str_fmt(rq->arena, "\"%lld\"", (long long)r->revision));
    return (struct answer){.json = told_json, .data = v};
}

int entry_tell(struct req *rq, struct record *r, const void *more, struct str next)
{
    const struct record_type *t = catalog_type(rq->db, r->type);
    struct answer told = t ? entry_told(rq, t, r, more, next) : (struct answer){0};
    return told.data ? answer(rq, &told) : not_found(rq);
}
