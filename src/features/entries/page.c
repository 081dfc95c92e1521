/* page.c: one record's page: its fields in sections, what leads to it, its line of time. */
#include "features/entries/shares.h"
#include "features/entries/sheets.h"
#include "record/depends.h"
#include "record/formulas.h"
#include "record/mentions.h"
#include "record/merge.h"
#include "record/photos.h"
#include "views/entries/show.h"

enum { RELATED = 6, RELATED_MAX = 12 };

/* ---- its fields ---- */

static struct detail_field field_shown(struct req *rq, const struct entry_page *v,
                                       const struct record_field *f, const char *why)
{
    struct str edit = v->may_edit ? field_edit_path(rq, v->type, v->r->id, f) : S("");
    struct str id = S("");
    if (edit.n) {
        const struct str parts[] = {str_of_id(rq->arena, S("cell-"), v->r->id), str_of(f->name)};
        id = str_join(rq->arena, parts, 2, S("-"));
    }
    struct cell cell = field_cell(rq, f, &v->values[f->index], edit, id);
    if (why) /* it cannot be computed */
        cell.text = str_of(why);
    return (struct detail_field){
        .label = str_of(f->label),
        .cell = cell,
        .wide = kind_info(f->result)->can & KIND_LINES,
    };
}

static bool in_section(struct req *rq, const struct entry_page *v, const struct record_field *f,
                       bool only_own)
{
    const struct value *is = &v->values[f->index];
    bool itself = (f->result == KIND_PERSON && is->i == v->r->id) ||
                  f->result == KIND_PHOTO || /* its face says it */
                  ((f->flags & FIELD_FIXED) && is->none);
    return field_seen(f, &rq->viewer) && !(f->flags & (FIELD_TITLE | FIELD_BODY)) &&
           !(only_own && !f->own) && !itself;
}

/* Fields by their section, in the order of their first ones. */
static void sections_make(struct req *rq, struct entry_page *v, bool only_own)
{
    const struct record_type *t = v->type;
    struct detail_section *sections = arena_array(rq->arena, struct detail_section, t->fields_n);
    const char **why = arena_array(rq->arena, const char *, t->fields_n);
    size_t *of = arena_bytes(rq->arena, t->fields_n * sizeof *of), n = 0;
    computed_why(rq->db, rq->arena, t, v->r->id, v->values, why);
    for (size_t i = 0; i < t->fields_n; i++) {
        struct str title = str_of(t->fields[i].section ? t->fields[i].section : "");
        size_t at = n;
        of[i] = t->fields_n; /* of none */
        if (!in_section(rq, v, &t->fields[i], only_own))
            continue;
        while (at > 0 && !str_eq(sections[at - 1].title, title)) /* mostly the last one */
            at--;
        if (!at) {
            sections[n] = (struct detail_section){
                .id = str_of_id(rq->arena, S("section-"), (int64_t)n).p, .title = title};
            at = ++n;
        }
        of[i] = at - 1;
        sections[at - 1].n++;
    }
    for (size_t s = 0; s < n; s++) {
        struct detail_field *fields = arena_bytes(rq->arena, sections[s].n * sizeof *fields);
        sections[s].fields = fields;
        for (size_t i = 0; i < t->fields_n; i++)
            if (of[i] == s)
                *fields++ = field_shown(rq, v, &t->fields[i], why[i]);
    }
    v->sections = sections;
    v->sections_n = n;
}

/* ---- what leads here ---- */

static bool leads_to(const struct record_field *f, const struct record_type *t)
{
    if (f->off)
        return false;
    if (f->result == KIND_PERSON)
        return strcmp(t->name, "person") == 0;
    return (f->result == KIND_REF || f->result == KIND_REFS) && f->target &&
           strcmp(f->target, t->name) == 0;
}

static struct tone_chip choice_chip(const struct record_field *f, const struct value *v)
{
    const struct field_choice *c =
        f->result == KIND_CHOICE && !v->none ? field_choice(f, v->s) : NULL;
    return c ? (struct tone_chip){.text = str_of(c->label), .tone = tone_of(c->tone)}
             : (struct tone_chip){.text = S("")};
}

static struct side_item item_of(struct req *rq, const struct record_type *t,
                                const struct selected *s)
{
    struct side_item item = {
        .text = s->title.n ? s->title : S("(no name)"), .path = s->path, .icon = t->icon};
    for (size_t k = 0; k < t->fields_n; k++) {
        const struct record_field *f = &t->fields[k];
        if (!item.chip.text.n)
            item.chip = choice_chip(f, &s->values[k]);
        if (!item.hint.n && (f->flags & FIELD_CARD) &&
            (kind_info(f->result)->can & (KIND_SUMS | KIND_RANGES)))
            item.hint = kind_shown(rq->arena, f, &s->values[k]);
    }
    return item;
}

static struct side_list side_of(struct req *rq, const struct entry_page *v,
                                const struct related *rel)
{
    struct side_item *items = arena_array(rq->arena, struct side_item, RELATED);
    const struct record_type *from = rel->type;
    const char *name = rel->field->name;
    for (size_t i = 0; i < rel->found.n; i++)
        items[i] = item_of(rq, from, &rel->found.rows[i]);
    struct side_list side = {.id = str_fmt(rq->arena, "related-%s-%s", from->plural, name).p,
                             .title = str_of(from->label ? from->label : from->noun),
                             .items = items,
                             .n = rel->found.n,
                             .empty = "None yet."};
    if (rel->found.next.n)
        side.more = str_fmt(rq->arena, "/%s?%s=%lld", from->plural, name, (long long)v->r->id);
    if (entry_maker(from, &rq->viewer) && field_written(rel->field, &rq->viewer))
        side.add = str_fmt(rq->arena, "/%s/new?%s=%lld", from->plural, name, (long long)v->r->id);
    else if (!rel->found.n)
        side.empty = NULL;
    return side;
}

static void related_read(struct req *rq, const struct entry_page *v, const struct record_type *from,
                         const struct record_field *f, struct related *out)
{
    struct select s = {.type = from,
                       .falling = true,
                       .limit = RELATED,
                       .n = 1,
                       .conditions = {{.field = f, .value = {.i = v->r->id}}}};
    for (size_t i = 0; i < from->fields_n; i++)
        if ((from->fields[i].flags & FIELD_CARD) && field_seen(&from->fields[i], &rq->viewer))
            field_set_add(&s.fields, &from->fields[i]);
    *out = (struct related){.type = from, .field = f};
    select_run(rq, &s, &out->found);
}

static void related_all(struct req *rq, struct entry_page *v)
{
    const struct catalog *c = catalog_of(rq->db);
    struct related *list = arena_array(rq->arena, struct related, RELATED_MAX);
    struct side_list *sides = arena_array(rq->arena, struct side_list, RELATED_MAX);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->types[i]->fields_n && n < RELATED_MAX && !c->types[i]->off; k++) {
            const struct record_field *f = &c->types[i]->fields[k];
            bool common = (f->result == KIND_PERSON && f->sql[0] == 'r') ||
                          (c->types[i]->timeline && !f->own);
            if (common || !leads_to(f, v->type) || !field_seen(f, &rq->viewer))
                continue;
            related_read(rq, v, c->types[i], f, &list[n]);
            sides[n] = side_of(rq, v, &list[n]);
            n++;
        }
    v->related = list;
    v->sides = sides;
    v->related_n = v->sides_n = n;
}

/* ---- its head ---- */

static void acts_make(struct req *rq, struct entry_page *v)
{
    struct page_act *acts = arena_array(rq->arena, struct page_act, 2);
    struct page_act *more = arena_array(rq->arena, struct page_act, 6);
    struct detail_head *head = &v->head;
    if (v->may_edit)
        acts[head->acts_n++] =
            (struct page_act){.label = "Edit",
                              .icon = "#i-pencil",
                              .path = str_fmt(rq->arena, STR_FMT "/edit", STR_ARG(v->path))};
    if (v->r->deleted_at && v->r->rights & RIGHT_EDIT)
        acts[head->acts_n++] =
            (struct page_act){.label = "Bring it back",
                              .icon = "#i-undo-2",
                              .path = str_fmt(rq->arena, STR_FMT "/restore", STR_ARG(v->path)),
                              .method = "POST"};
    more[head->more_n++] =
        (struct page_act){.label = "History of the text",
                          .icon = "#i-history",
                          .path = str_fmt(rq->arena, STR_FMT "/revisions", STR_ARG(v->path))};
    const struct record_field *photo = photo_field(v->type, &rq->viewer);
    if (photo && v->may_edit)
        more[head->more_n++] =
            (struct page_act){.label = photo->label,
                              .icon = "#i-image",
                              .path = str_fmt(rq->arena, "/%s/%lld/photo/edit", v->type->plural,
                                              (long long)v->r->id)};
    if (vcf_of(v->type, &rq->viewer))
        more[head->more_n++] =
            (struct page_act){.label = "Contact card (.vcf)",
                              .icon = "#i-download",
                              .path = str_fmt(rq->arena, STR_FMT ".vcf", STR_ARG(v->path))};
    if (ics_of(v->type, &rq->viewer))
        more[head->more_n++] =
            (struct page_act){.label = "Calendar entry (.ics)",
                              .icon = "#i-calendar",
                              .path = str_fmt(rq->arena, STR_FMT ".ics", STR_ARG(v->path))};
    if (v->may_edit)
        more[head->more_n++] =
            (struct page_act){.label = "Merge…",
                              .icon = "#i-copy",
                              .path = str_fmt(rq->arena, "/%s/%lld/merges/new", v->type->plural,
                                              (long long)v->r->id)};
    if (v->may_edit)
        more[head->more_n++] =
            (struct page_act){.label = "Delete",
                              .icon = "#i-trash-2",
                              .path = v->path,
                              .method = "DELETE",
                              .question = "Take this away? It can be brought back from its page."};
    head->acts = acts;
    head->more = more;
}

static void head_make(struct req *rq, struct entry_page *v)
{
    struct link_item *crumbs = arena_array(rq->arena, struct link_item, 1);
    struct tone_chip *chips = arena_array(rq->arena, struct tone_chip, v->type->fields_n);
    const struct record_type *t = v->type;
    crumbs[0] = (struct link_item){.label = t->label ? t->label : t->noun,
                                   .path = str_fmt(rq->arena, "/%s", t->plural)};
    v->head = (struct detail_head){.crumbs = crumbs,
                                   .crumbs_n = 1,
                                   .kind = str_of(t->noun),
                                   .title = v->r->title.n ? v->r->title : S("(no name)"),
                                   .chips = chips};
    const struct record_field *photo = photo_field(t, &rq->viewer);
    if (photo)
        v->head.avatar = (struct avatar){
            .id = v->r->id,
            .name = v->head.title,
            .square = true,
            .src = v->values[photo->index].none
                       ? S("")
                       : photo_path(rq->arena, t->plural, v->r->id, v->values[photo->index].s)};
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        struct tone_chip chip = choice_chip(f, &v->values[i]);
        if (chip.text.n && (f->flags & FIELD_CARD) && field_seen(f, &rq->viewer))
            chips[v->head.chips_n++] = chip;
    }
    acts_make(rq, v);
}

/* Of the choice on its cards that comes to an end: a deal's stage, a task's status. */
static const struct record_field *steps_field(struct req *rq, const struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (f->result != KIND_CHOICE || !(f->flags & FIELD_CARD) || !field_seen(f, &rq->viewer))
            continue;
        for (const struct field_choice *c = f->choices; c && c->name; c++)
            if (c->ends)
                return f;
    }
    return NULL;
}

static void steps_make(struct req *rq, struct entry_page *v)
{
    const struct record_field *f = steps_field(rq, v->type);
    const struct record_field *on = f ? field_depends(v->type, f) : NULL;
    struct track_step *list = arena_array(rq->arena, struct track_step, CHOICES_MAX);
    const struct value *is = f ? &v->values[f->index] : NULL;
    size_t n = 0;
    ptrdiff_t now = -1;
    if (!f || is->none)
        return;
    for (const struct field_choice *c = f->choices; c->name && n < CHOICES_MAX; c++) {
        bool here = str_is(is->s, c->name);
        if (c->off && !here)
            continue;
        if (on && !here &&
            !choice_fits(c, v->values[on->index].none ? S("") : v->values[on->index].s))
            continue;
        if (here)
            now = (ptrdiff_t)n;
        list[n++] = (struct track_step){.label = str_of(c->label),
                                        .value = c->name,
                                        .now = here,
                                        .ends = c->ends,
                                        .lost = c->lost};
    }
    for (ptrdiff_t i = 0; i < now && !list[now].lost; i++)
        list[i].past = !list[i].ends;
    v->steps = (struct track){.label = f->label, .field = f->name, .list = list, .n = n};
    if (v->may_edit && field_written(f, &rq->viewer)) {
        v->steps.path = str_fmt(rq->arena, "/%s/%lld", v->type->plural, (long long)v->r->id);
        v->steps.back = v->path;
    }
}

/* ---- who is beside it: those that it leads to, and who follows it ---- */

enum { BESIDE = 12 };

static void people_beside(struct req *rq, struct entry_page *v, struct side_list *sides)
{
    for (size_t i = 0; i < v->type->fields_n && v->sides_n < RELATED_MAX; i++) {
        const struct record_field *f = &v->type->fields[i];
        const struct value *is = &v->values[i];
        if (f->result != KIND_REFS || !f->target || strcmp(f->target, "person") != 0 ||
            !field_seen(f, &rq->viewer) || !is->leads_n)
            continue;
        struct side_item *items = arena_array(rq->arena, struct side_item, BESIDE);
        size_t n = 0;
        for (size_t k = 0; k < is->leads_n && n < BESIDE; k++)
            if (is->leads[k].title.n)
                items[n++] = (struct side_item){
                    .text = is->leads[k].title,
                    .path = is->leads[k].path,
                    .card = str_fmt(rq->arena, "/cards/%lld", (long long)is->leads[k].id),
                    .avatar = {.id = is->leads[k].id, .name = is->leads[k].title},
                    .hint = is->leads[k].role};
        memmove(sides + 1, sides, v->sides_n * sizeof *sides);
        sides[0] = (struct side_list){.id = str_fmt(rq->arena, "beside-%s", f->name).p,
                                      .title = str_of(f->label),
                                      .items = items,
                                      .n = n,
                                      .total = (int64_t)is->leads_n};
        v->sides_n++;
    }
}

/* For staff: a member does not learn who else is told. */
static void followers_read(struct req *rq, struct entry_page *v, struct side_list *sides)
{
    struct side_item *items = arena_array(rq->arena, struct side_item, BESIDE);
    size_t n = 0;
    if (rq->viewer.role < ROLE_STAFF || v->sides_n == RELATED_MAX)
        return;
    struct rows q = db_query(rq->db,
                             "SELECT p.id, p.name, f.level FROM follows f JOIN people p"
                             " ON p.id = f.person_id WHERE f.record_id = ?1 AND f.level > 0"
                             " ORDER BY f.at, p.id LIMIT ?2",
                             I(v->r->id), I(BESIDE));
    while (n < BESIDE && db_next(&q)) {
        int64_t id = db_int(&q, 0);
        struct str name = db_dup(&q, 1, rq->arena);
        items[n++] = (struct side_item){
            .text = name,
            .path = str_fmt(rq->arena, "/people/%lld", (long long)id),
            .card = str_fmt(rq->arena, "/cards/%lld", (long long)id),
            .avatar = {.id = id, .name = name},
            .hint = db_int(&q, 2) == LEVEL_EVERYTHING ? S("") : level_name(db_int(&q, 2))};
    }
    db_done(&q);
    sides[v->sides_n++] = (struct side_list){.id = "followers",
                                             .title = S("Followers"),
                                             .items = items,
                                             .n = n,
                                             .empty = "Nobody follows it yet."};
}

static void mentions_beside(struct req *rq, struct entry_page *v, struct side_list *sides)
{
    struct mention list[MENTIONED];
    size_t n = v->sides_n < RELATED_MAX ? mentions_read(rq, v->r->id, list) : 0;
    struct side_item *items = arena_array(rq->arena, struct side_item, MENTIONED);
    for (size_t i = 0; i < n; i++) {
        const struct record_type *t = record_type_find(list[i].type);
        items[i] =
            (struct side_item){.text = list[i].title.n ? list[i].title : S("(no name)"),
                               .path = list[i].path,
                               .card = str_fmt(rq->arena, "/cards/%lld", (long long)list[i].id),
                               .icon = t ? t->icon : NULL,
                               .hint = str_of(t ? t->noun : "")};
    }
    if (n)
        sides[v->sides_n++] = (struct side_list){
            .id = "mentions", .title = S("Mentioned in"), .items = items, .n = n};
}

static void page_make(struct req *rq, struct entry_page *v)
{
    bool voted = rq->viewer.id && v->type->votes && vote_of(rq->db, v->r->id, rq->viewer.id) > 0;
    bool may_vote = v->r->rights & RIGHT_REPLY && v->r->author_id != rq->viewer.id;
    v->may_edit = v->r->rights & RIGHT_EDIT && !v->r->deleted_at;
    head_make(rq, v);
    sections_make(rq, v, false);
    related_all(rq, v);
    history_read(rq, v);
    v->shares = shares_panel(rq, v->type, v->r);
    compose_make(rq, v);
    steps_make(rq, v);
    people_beside(rq, v, (struct side_list *)v->sides);
    mentions_beside(rq, v, (struct side_list *)v->sides);
    followers_read(rq, v, (struct side_list *)v->sides);
    v->discussion = discussion_read(rq, v->r, 0, "Nothing was said about it yet.");
    v->level = rq->viewer.id ? follow_level(rq->db, v->r->id, rq->viewer.id) : LEVEL_NONE;
    v->vote = (struct vote_box){.id = v->r->id,
                                .path = v->path,
                                .title = v->r->title,
                                .n = v->r->score,
                                .state = vote_state_of(&rq->viewer, voted, may_vote),
                                .size = VOTE_L};
}

struct entry_page *entry_page_of(struct req *rq, const struct record_type *t, struct record *r)
{
    struct entry_page *v = arena_make(rq->arena, struct entry_page);
    struct field_set all = field_set_all();
    v->type = t;
    v->r = r;
    v->path = record_path(rq->arena, r);
    v->values = values_seen(rq, t, r->id);
    if (!v->values)
        return NULL;
    v->may_edit = r->rights & RIGHT_EDIT && !r->deleted_at;
    values_name(rq, t, &all, &v->values, 1);
    sections_make(rq, v, false);
    if (rq->viewer.role < ROLE_STAFF)
        return v;
    related_all(rq, v);
    history_read(rq, v);
    compose_make(rq, v);
    return v;
}

struct entry_page *entry_own_fields(struct req *rq, struct record *r)
{
    const struct record_type *t = catalog_type(rq->db, r->type);
    struct entry_page *v = arena_make(rq->arena, struct entry_page);
    struct field_set own = {0};
    size_t n = 0;
    for (size_t i = 0; t && i < t->fields_n; i++)
        if (t->fields[i].own && field_seen(&t->fields[i], &rq->viewer)) {
            field_set_add(&own, &t->fields[i]);
            n++;
        }
    if (!n)
        return NULL;
    v->type = t;
    v->r = r;
    v->values = values_seen(rq, t, r->id);
    if (!v->values)
        return NULL;
    v->may_edit = r->rights & RIGHT_EDIT && !r->deleted_at;
    values_name(rq, t, &own, &v->values, 1);
    sections_make(rq, v, true);
    return v;
}

int entries_show(struct req *rq)
{
    struct entry_page *v = arena_make(rq->arena, struct entry_page);
    v->type = entries_type(rq);
    v->r = entry_here(rq, v->type, RIGHT_READ);
    if (!v->r && v->type)
        v->r = record_door(rq, v->type, entry_id(rq, v->type));
    if (!v->r)
        return v->type ? merge_redirect(rq, entry_id(rq, v->type)) : not_found(rq);
    v->path = record_path(rq->arena, v->r);
    if (rq->face == FACE_PAGE && !v->type->named && !str_eq(rq->path, v->path))
        return redirect(rq, STR_FMT "%s" STR_FMT, STR_ARG(v->path), rq->query_string.n ? "?" : "",
                        STR_ARG(rq->query_string));
    bool file = rq->face == FACE_CARDS || rq->face == FACE_CALENDAR;
    if (v->type->show && !file)
        return v->type->show(rq, v->r);
    if (rq->face == FACE_JSON)
        return entry_tell(rq, v->r, NULL, S(""));
    v->values = values_seen(rq, v->type, v->r->id);
    if (!v->values)
        return not_found(rq);
    struct field_set all = field_set_all();
    values_name(rq, v->type, &all, &v->values, 1);
    if (file)
        return rq->face == FACE_CARDS ? vcf_answer(rq, v->type, v->r, v->values)
                                      : ics_answer(rq, v->type, v->r, v->values);
    if (face_shows(rq->face))
        page_make(rq, v);
    return answer(rq, &(struct answer){.title = v->r->title,
                                       .page = entries_show_view,
                                       .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
                                       .topics = &v->r->id,
                                       .topics_n = 1,
                                       .data = v});
}
