/* history.c: what happened to a record, in one line of time: how it was changed, what else leads
 * to it (notes, tasks, whatever has a field for it); and taking one change back.
 *
 * RULES
 *   1. Newest first, in pages; what the viewer may not see is not in it.
 *   2. A change is taken back only as far as what it set still stands; else nothing is, in words.
 */
#include "features/entries/entries.h"
#include "record/shares.h"

#include <jansson.h>
#include <stdlib.h>

enum { ENTRIES = 30, PARTS = 60, SOURCES = 12 };

static const char *const shows[] = {"", "changes", "records", NULL};

/* ---- changes ---- */

static struct cell cell_of_text(struct req *rq, const struct record_field *f, const char *text)
{
    struct value v = {.none = true};
    struct str own = str_dup(rq->arena, str_of(text)); /* the value borrows it */
    if (kind_parse(rq->arena, f, own, &v))
        return (struct cell){.text = own};
    value_name(rq, f, &v);
    return field_cell(rq, f, &v, S(""), S(""));
}

/* {"stage": ["new", "won"]} as lines; fields that the viewer may not see are left out. */
static size_t changes_read(struct req *rq, const struct record_type *t, bool shares,
                           struct str text, struct entry_change *out)
{
    json_t *root = json_loadb(text.p, text.n, 0, NULL), *pair;
    const char *name;
    size_t n = 0;
    json_object_foreach(root, name, pair)
    {
        const struct record_field *f = type_field(t, name);
        struct share_change share;
        if (shares && n < PARTS &&
            share_change_read(rq->db, rq->arena, str_of(name),
                              str_of(json_string_value(json_array_get(pair, 0))),
                              str_of(json_string_value(json_array_get(pair, 1))), &share))
            out[n++] = (struct entry_change){.label = str_of(share.label),
                                             .before = {.text = share.before},
                                             .after = {.text = share.after}};
        if (!f || !field_seen(f, &rq->viewer) || n == PARTS)
            continue;
        out[n++] = (struct entry_change){
            .label = str_of(f->label),
            .before = cell_of_text(rq, f, json_string_value(json_array_get(pair, 0))),
            .after = cell_of_text(rq, f, json_string_value(json_array_get(pair, 1))),
        };
    }
    json_decref(root);
    return n;
}

static size_t revisions_take(struct req *rq, const struct entry_page *v, int64_t before,
                             struct timeline_entry *out)
{
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(REVISION_ROW) " FROM revisions v"
                                                     " LEFT JOIN people p ON p.id = v.editor_id"
                                                     " WHERE v.record_id = ?1 AND v.at < ?2"
                                                     " ORDER BY v.number DESC LIMIT ?3",
                 I(v->r->id), I(before), I(ENTRIES + 1));
    struct revision *list = arena_array(rq->arena, struct revision, ENTRIES + 1);
    size_t n = 0;
    while (n <= ENTRIES && db_next(&q))
        revision_decode(&list[n++], &q, 0, rq->arena);
    db_done(&q);
    for (size_t i = 0; i < n; i++) {
        struct entry_change *changes = arena_array(rq->arena, struct entry_change, PARTS);
        const struct revision *r = &list[i];
        out[i] = (struct timeline_entry){
            .id = -r->number, /* those of records are above 0 */
            .kind = ENTRY_CHANGE,
            .actor_id = r->editor_id,
            .actor_name = r->editor_name,
            .at = r->at,
            .verb = r->note.n ? "changed:" : "changed it",
            .title = r->note,
            .changes = changes,
            .changes_n = changes_read(rq, v->type, may_share(v->r), r->changes, changes),
        };
        if (v->may_edit && out[i].changes_n)
            out[i].undo = str_fmt(rq->arena, "/%s/%lld/revisions/%lld/undo", v->type->plural,
                                  (long long)v->r->id, (long long)r->number);
    }
    return n;
}

/* ---- what leads here ---- */

static enum entry_kind kind_of_type(const struct record_type *t)
{
    static const char *const names[] = {
        [ENTRY_NOTE] = "note", [ENTRY_MAIL] = "mail", [ENTRY_CALL] = "call",
        [ENTRY_FILE] = "file", [ENTRY_TASK] = "task",
    };
    for (size_t i = ENTRY_NOTE; t->timeline && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], t->timeline) == 0)
            return (enum entry_kind)i;
    return ENTRY_ACTIVITY;
}

static bool ended(const struct record_type *t, const struct selected *s)
{
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        const struct field_choice *c =
            f->result == KIND_CHOICE && !s->values[i].none ? field_choice(f, s->values[i].s) : NULL;
        if (c && c->ends)
            return true;
    }
    return false;
}

static size_t related_take(struct req *rq, const struct entry_page *v, const struct related *rel,
                           int64_t before, struct timeline_entry *out)
{
    struct selection found;
    struct select s = {.type = rel->type, .falling = true, .limit = ENTRIES + 1, .n = 2};
    const struct record_field *created = type_field(rel->type, "created_at");
    s.conditions[0] = (struct condition){.field = rel->field, .value = {.i = v->r->id}};
    s.conditions[1] =
        (struct condition){.field = created, .compare = COMPARE_LT, .value = {.i = before}};
    for (size_t i = 0; i < rel->type->fields_n; i++)
        if ((rel->type->fields[i].result == KIND_CHOICE &&
             field_seen(&rel->type->fields[i], &rq->viewer)) ||
            strcmp(rel->type->fields[i].name, "author") == 0)
            field_set_add(&s.fields, &rel->type->fields[i]);
    select_run(rq, &s, &found);
    const struct record_field *author = type_field(rel->type, "author");
    for (size_t i = 0; i < found.n; i++) {
        const struct selected *row = &found.rows[i];
        const struct value *by = &row->values[author->index];
        bool named = by->leads_n && by->leads[0].title.n;
        out[i] = (struct timeline_entry){
            .id = row->id,
            .kind = kind_of_type(rel->type),
            .actor_id = named ? by->i : 0,
            .actor_name = named ? by->leads[0].title : S(""),
            .at = row->created_at,
            .title = row->title,
            .path = row->path,
            .hint = str_of(rel->type->timeline ? "" : rel->type->noun),
            .verb = rel->type->timeline ? NULL : "made",
            .done = ended(rel->type, row),
        };
    }
    return found.n;
}

static int newest_first(const void *a, const void *b)
{
    const struct timeline_entry *x = a, *y = b;
    if (x->at != y->at)
        return x->at > y->at ? -1 : 1;
    return x->id > y->id ? -1 : x->id < y->id;
}

static struct link_bar tabs_make(struct req *rq, struct str show)
{
    static const char *const labels[] = {"All", "Changes", "Records"};
    struct link_item *items = arena_array(rq->arena, struct link_item, 3);
    for (size_t i = 0; i < 3; i++)
        items[i] = (struct link_item){.label = labels[i],
                                      .path = shows[i][0] ? str_fmt(rq->arena, STR_FMT "?show=%s",
                                                                    STR_ARG(rq->path), shows[i])
                                                          : rq->path,
                                      .current = str_is(show, shows[i])};
    return (struct link_bar){.label = "Show", .items = items, .n = 3};
}

void history_read(struct req *rq, struct entry_page *v)
{
    struct timeline_entry *all =
        arena_array(rq->arena, struct timeline_entry, (ENTRIES + 1) * (SOURCES + 2));
    struct str show = req_query(rq, "show");
    int64_t before = 0;
    size_t n = 0;
    if (!str_int(req_query(rq, "before"), &before) || before <= 0)
        before = INT64_MAX;
    if (!str_is(show, "records"))
        n = revisions_take(rq, v, before, all);
    for (size_t i = 0; i < v->related_n && i < SOURCES && !str_is(show, "changes"); i++)
        if (v->related[i].found.n)
            n += related_take(rq, v, &v->related[i], before, all + n);
    if (v->r->created_at < before && !str_is(show, "records"))
        all[n++] =
            (struct timeline_entry){.id = v->r->id,
                                    .kind = ENTRY_ACTIVITY,
                                    .actor_id = v->r->author_id,
                                    .actor_name = v->r->author_name,
                                    .at = v->r->created_at,
                                    .verb = v->r->author_id == v->r->id ? "joined" : "made it"};
    qsort(all, n, sizeof *all, newest_first);
    v->timeline = (struct timeline_list){.id = "timeline",
                                         .label = "What happened",
                                         .tabs = tabs_make(rq, show),
                                         .list = all,
                                         .n = n > ENTRIES ? ENTRIES : n,
                                         .empty = "Nothing of that kind happened yet."};
    if (n > ENTRIES)
        v->timeline.older =
            str_fmt(rq->arena, STR_FMT "?show=" STR_FMT "&before=%lld", STR_ARG(rq->path),
                    STR_ARG(str_url_encode(rq->arena, show)), (long long)all[ENTRIES - 1].at);
}

/* ---- taking one change back: RULE 2 ---- */

static const char *undo_take(struct req *rq, const struct record_type *t, const struct value *now,
                             struct str changes, struct record_values *e)
{
    json_t *root = json_loadb(changes.p, changes.n, 0, NULL), *pair;
    const char *name, *why = NULL;
    json_object_foreach(root, name, pair)
    {
        const struct record_field *f = type_field(t, name);
        const char *was = json_string_value(json_array_get(pair, 0));
        const char *is = json_string_value(json_array_get(pair, 1));
        struct value set;
        if (!f || !field_written(f, &rq->viewer) || !was || !is || why)
            continue;
        if (kind_parse(rq->arena, f, str_of(is), &set) || !value_eq(f, &set, &now[f->index]))
            why =
                str_fmt(rq->arena, "%s was changed again since. Nothing was taken back.", f->label)
                    .p;
        else if (kind_parse(rq->arena, f, str_dup(rq->arena, str_of(was)), &e->values[f->index]))
            why = str_fmt(rq->arena, "%s cannot be what it was any more.", f->label).p;
        e->given[f->index] = true;
    }
    json_decref(root);
    return why;
}

int revision_undos_create(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct record *r = entry_here(rq, t, RIGHT_EDIT);
    if (!r || r->deleted_at)
        return not_found(rq);
    struct str changes = db_get_str(
        rq->db, rq->arena, "SELECT changes FROM revisions WHERE record_id = ?1 AND number = ?2",
        I(r->id), I(req_id(rq, "number")));
    if (share_changed(changes) && may_share(r)) {
        struct act act = act_of(rq);
        const char *wrong = share_undo(&act, r, changes);
        return wrong ? refuse(rq, 409, wrong) : entry_changed(rq, t, r);
    }
    struct value *now = values_read(rq->db, rq->arena, t, r->id);
    if (!changes.n || !now)
        return not_found(rq);
    struct record_values *e = fields_new(rq->arena, t);
    const char **errors = arena_array(rq->arena, const char *, t->fields_n);
    const char *why = undo_take(rq, t, now, changes, e);
    if (why)
        return refuse(rq, 409, why);
    if (!fields_check(rq, e, r->id, errors))
        return refuse(rq, 409, "What stood there before may not stand there any more.");
    struct act act = act_of(rq);
    e->note = S("took a change back");
    if (fields_update(&act, r, e) == RECORD_STALE)
        return refuse(rq, 409, NULL);
    flash(rq, "The change was taken back.");
    return entry_changed(rq, t, r);
}
