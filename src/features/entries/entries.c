/* entries.c: the routes of all types with fields, and one record's page; see entries.h. */
#include "features/entries/entries.h"

#include "http/feature.h"
#include "http/live.h"
#include "record/merge.h"
#include "views/entries/show.h"

static const struct part any_object[] = {{.kind = PART_OPEN}, {0}};
static const struct part entry_answer[] = {PART_OBJECT("data", any_object), {0}};
static const struct part entries_answer[] = {{.kind = PART_OPEN}, {0}};

/* clang-format off */
static const struct route routes[] = {
    {GET, "/:type", entries_index, ANYONE, .answers = entries_answer,
     .help = "records of any type: sort, q, after, match, and each field as a filter"},
    {GET, "/:type/new", entries_new, MEMBER, .help = "form for a new one"},
    {POST, "/:type", entries_create, MEMBER, .rate = PER_MINUTE(120), .flags = ROUTE_CREATES,
     .answers = entry_answer, .help = "make one"},
    {GET, "/:type/:id", entries_show, ANYONE, .flags = ROUTE_LEADS, .query = page_query,
     .answers = entry_answer,
     .help = "one record with its fields and its discussion"},
    {GET, "/:type/:id/edit", entries_edit, MEMBER, .help = "form to change it"},
    {GET, "/:type/:id/fields/:field", entry_fields_edit, MEMBER,
     .help = "form to change one field in its place"},
    {PATCH, "/:type/:id", entries_update, MEMBER, .rate = PER_MINUTE(120),
     .answers = entry_answer,
     .help = "change fields; If-Match or `revision` guards against a stale edit"},
    RECORD_ACT_ROUTES(":type"),
    {0},
};
/* clang-format on */

const struct feature entries_feature = {.name = "entries", .routes = routes};

const struct record_type *entries_type(struct req *rq)
{
    return catalog_plural(rq->db, req_param(rq, "type"));
}

struct record *entry_here(struct req *rq, const struct record_type *t, enum right right)
{
    return t ? record_access_type(rq, req_id(rq, "id"), t->name, right) : NULL;
}

bool entry_maker(const struct record_type *t, const struct viewer *viewer)
{
    static const enum role least[] = {
        [ANYONE] = ROLE_MEMBER, [MEMBER] = ROLE_MEMBER,
        [STAFF] = ROLE_STAFF,   [ADMINISTRATOR] = ROLE_ADMINISTRATOR,
        [OWNER] = ROLE_OWNER,
    };
    return viewer->id && viewer->role >= least[t->maker ? t->maker : STAFF];
}

/* ---- JSON ---- */

void entries_json(struct json *j, struct req *rq, const struct record_type *t,
                  const struct selected *row, const struct field_set *set)
{
    json_open(j, '{');
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
    json_close(j, '}');
}

static void show_json(struct json *j, const void *data)
{
    const struct entry_page *v = data;
    struct req *rq = req_of(j->o);
    struct field_set all;
    memset(&all, 0xff, sizeof all);
    struct selected row = {.id = v->r->id,
                           .title = v->r->title,
                           .path = v->path,
                           .revision = v->r->revision,
                           .values = v->values};
    json_key(j, "data");
    entries_json(j, rq, v->type, &row, &all);
}

/* ---- one ---- */

/* Fields by their section, in the order of their first ones. */
static void sections_make(struct req *rq, struct entry_page *v)
{
    const struct record_type *t = v->type;
    struct entry_section *sections = arena_array(rq->arena, struct entry_section, t->fields_n);
    size_t n = 0;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        struct str title = str_of(f->section ? f->section : "");
        if (!field_seen(f, &rq->viewer) || (f->flags & (FIELD_TITLE | FIELD_BODY)))
            continue;
        size_t at = 0;
        while (at < n && !str_eq(sections[at].title, title))
            at++;
        if (at == n) {
            sections[n++] = (struct entry_section){
                title, arena_array(rq->arena, const struct record_field *, t->fields_n), 0};
        }
        sections[at].fields[sections[at].n++] = f;
    }
    v->sections = sections;
    v->sections_n = n;
}

/* ---- what leads here ---- */

enum { RELATED = 6, RELATED_MAX = 12 };

static bool leads_to(const struct record_field *f, const struct record_type *t)
{
    if (f->off || f->result == KIND_NONE)
        return false;
    if (f->result == KIND_PERSON)
        return strcmp(t->name, "person") == 0;
    return (f->result == KIND_REF || f->result == KIND_REFS) && f->target &&
           strcmp(f->target, t->name) == 0;
}

static bool related_read(struct req *rq, const struct entry_page *v, const struct record_type *from,
                         const struct record_field *f, struct related *out)
{
    struct select s = {.type = from,
                       .falling = true,
                       .limit = RELATED,
                       .n = 1,
                       .conditions = {{.field = f, .value = {.i = v->r->id}}}};
    bool makes = entry_maker(from, &rq->viewer) && field_written(f, &rq->viewer);
    for (size_t i = 0; i < from->fields_n; i++)
        if (from->fields[i].flags & FIELD_CARD)
            field_set_add(&s.fields, &from->fields[i]);
    *out = (struct related){
        .title = str_of(from->label ? from->label : from->noun),
        .path = str_fmt(rq->arena, "/%s?%s=%lld", from->plural, f->name, (long long)v->r->id),
        .type = from,
        .field = f};
    if (makes)
        out->add =
            str_fmt(rq->arena, "/%s/new?%s=%lld", from->plural, f->name, (long long)v->r->id);
    select_run(rq, &s, &out->found);
    return out->found.n || makes;
}

static void related_all(struct req *rq, struct entry_page *v)
{
    const struct catalog *c = catalog_of(rq->db);
    struct related *list = arena_array(rq->arena, struct related, RELATED_MAX);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n && n < RELATED_MAX && !c->types[i]->off; k++) {
            const struct record_field *f = &c->types[i]->fields[k];
            bool common = f->result == KIND_PERSON && f->sql[0] == 'r';
            if (!common && leads_to(f, v->type) && field_seen(f, &rq->viewer) &&
                related_read(rq, v, c->types[i], f, &list[n]))
                n++;
        }
    v->related = list;
    v->related_n = n;
}

int entries_show(struct req *rq)
{
    struct entry_page *v = arena_make(rq->arena, struct entry_page);
    v->type = entries_type(rq);
    v->r = entry_here(rq, v->type, RIGHT_READ);
    if (!v->r)
        return v->type ? merge_redirect(rq, req_id(rq, "id")) : not_found(rq);
    v->path = record_path(rq->arena, v->r);
    if (rq->face == FACE_PAGE && !str_eq(rq->path, v->path))
        return redirect(rq, STR_FMT "%s" STR_FMT, STR_ARG(v->path), rq->query_string.n ? "?" : "",
                        STR_ARG(rq->query_string));
    v->values = values_read(rq->db, rq->arena, v->type, v->r->id);
    if (!v->values)
        return not_found(rq);
    struct field_set all;
    memset(&all, 0xff, sizeof all);
    values_name(rq, v->type, &all, &v->values, 1);
    if (face_shows(rq->face)) {
        sections_make(rq, v);
        related_all(rq, v);
        v->may_edit = v->r->rights & RIGHT_EDIT && !v->r->deleted_at;
        v->discussion = discussion_read(rq, v->r, 0, "Nothing was said about it yet.");
        v->level = rq->viewer.id ? follow_level(rq->db, v->r->id, rq->viewer.id) : LEVEL_NONE;
        v->voted = rq->viewer.id && v->type->votes && vote_of(rq->db, v->r->id, rq->viewer.id) > 0;
    }
    if (rq->face == FACE_JSON)
        res_header(rq, "ETag", str_fmt(rq->arena, "\"%lld\"", (long long)v->r->revision));
    return answer(rq, &(struct answer){.title = v->r->title,
                                       .page = entries_show_view,
                                       .json = show_json,
                                       .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
                                       .topics = &v->r->id,
                                       .topics_n = 1,
                                       .data = v});
}
