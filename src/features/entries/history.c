/* history.c: what happened to a record, in one line of time: how it was changed, what else leads
 * to it (notes, tasks, whatever has a field for it); and taking one change back.
 *
 * RULES
 *   1. Newest first, in pages; what the viewer may not see is not in it.
 *      Any sort of entry alone has its own address; with those of records that lead here, too.
 *   2. A change is taken back only as far as what it set still stands; else nothing is, in words.
 */
#include "features/entries/entries.h"
#include "record/abouts.h"
#include "record/shares.h"

#include <jansson.h>
#include <stdlib.h>

enum { ENTRIES = 30, PARTS = 60 };

/* Of a change the key behind its time is its number, below all ids of records. */
#define CHANGE_KEY (INT64_MIN / 2)

static const struct show {
    const char *name, *label, *sort; /* sort: of abouts; NULL: not of those */
} shows[] = {
    {"", "All", ""},
    {"notes", "Notes", "note"},
    {"calls", "Calls", "call"},
    {"mail", "Mail", "mail"},
    {"files", "Files", "file"},
    {"tasks", "Tasks", "task"},
    {"changes", "Changes", NULL},
};
enum { SHOWS = sizeof shows / sizeof *shows };

struct key { /* of the entry above the page */
    int64_t at, id;
};

/* ---- changes ---- */

struct change { /* one revision, with what it says of each field */
    struct revision v;
    struct value *was, *is;
    struct str *was_text, *is_text;
    struct field_set set;
    size_t n;
    struct share_change share; /* instead; label NULL: it is none */
};

static void side_parse(struct req *rq, const struct record_field *f, const json_t *text,
                       struct value *v, struct str *kept)
{
    struct str own = str_dup(rq->arena, str_of(json_string_value(text))); /* the value borrows it */
    if (kind_parse(rq->arena, f, own, v)) {
        *v = (struct value){.none = true};
        *kept = own;
    }
}

/* {"stage": ["new", "won"]}; fields that the viewer may not see are left out. */
static void change_parse(struct req *rq, const struct record_type *t, bool shares, struct change *c)
{
    json_t *root = json_loadb(c->v.changes.p, c->v.changes.n, 0, NULL), *pair;
    const char *name;
    c->was = arena_array(rq->arena, struct value, t->fields_n);
    c->is = arena_array(rq->arena, struct value, t->fields_n);
    c->was_text = arena_array(rq->arena, struct str, t->fields_n);
    c->is_text = arena_array(rq->arena, struct str, t->fields_n);
    for (size_t i = 0; i < t->fields_n; i++)
        c->was[i].none = c->is[i].none = true;
    json_object_foreach(root, name, pair)
    {
        const struct record_field *f = type_field(t, name);
        if (shares)
            share_change_read(rq->db, rq->arena, str_of(name), json_array_get(pair, 0),
                              json_array_get(pair, 1), &c->share);
        if (!f || !field_seen(f, &rq->viewer) || c->n == PARTS)
            continue;
        field_set_add(&c->set, f);
        c->n++;
        side_parse(rq, f, json_array_get(pair, 0), &c->was[f->index], &c->was_text[f->index]);
        side_parse(rq, f, json_array_get(pair, 1), &c->is[f->index], &c->is_text[f->index]);
    }
    json_decref(root);
}

static struct cell side_cell(struct req *rq, const struct record_field *f, const struct value *v,
                             struct str text)
{
    return text.n ? (struct cell){.text = text} : field_cell(rq, f, v, S(""), S(""));
}

static struct timeline_entry change_entry(struct req *rq, const struct entry_page *v,
                                          const struct change *c)
{
    struct entry_change *list = arena_array(rq->arena, struct entry_change, c->n + 1);
    struct timeline_entry out = {
        .id = -c->v.number, /* those of records are above 0 */
        .kind = ENTRY_CHANGE,
        .actor_id = c->v.editor_id,
        .actor_name = c->v.editor_name,
        .at = c->v.at,
        .verb = c->v.note.n ? "changed:" : "changed it",
        .title = c->v.note,
        .changes = list,
    };
    for (size_t i = 0; i < v->type->fields_n; i++) {
        const struct record_field *f = &v->type->fields[i];
        if (field_set_has(&c->set, f))
            list[out.changes_n++] =
                (struct entry_change){.label = str_of(f->label),
                                      .before = side_cell(rq, f, &c->was[i], c->was_text[i]),
                                      .after = side_cell(rq, f, &c->is[i], c->is_text[i])};
    }
    if (c->share.label)
        list[out.changes_n++] = (struct entry_change){.label = str_of(c->share.label),
                                                      .before = {.text = c->share.before},
                                                      .after = {.text = c->share.after}};
    if (v->may_edit && out.changes_n)
        out.undo = str_fmt(rq->arena, "/%s/%lld/revisions/%lld/undo", v->type->plural,
                           (long long)v->r->id, (long long)c->v.number);
    return out;
}

/* All names that they lead to by one query. */
static size_t changes_take(struct req *rq, const struct entry_page *v, struct key before,
                           struct timeline_entry *out)
{
    struct change *list = arena_array(rq->arena, struct change, ENTRIES + 1);
    struct value **rows = arena_array(rq->arena, struct value *, 2 * (ENTRIES + 1));
    struct field_set all = field_set_all();
    int64_t number = before.id >= 0 ? INT64_MAX : before.id - CHANGE_KEY;
    size_t n = 0;
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(REVISION_ROW) " FROM revisions v"
                                                     " LEFT JOIN people p ON p.id = v.editor_id"
                                                     " WHERE v.record_id = ?1"
                                                     " AND (v.at < ?2 OR (v.at = ?2"
                                                     " AND v.number < ?3))"
                                                     " ORDER BY v.number DESC LIMIT ?4",
                 I(v->r->id), I(before.at), I(number), I(ENTRIES + 1));
    while (n <= ENTRIES && db_next(&q))
        revision_decode(&list[n++].v, &q, 0, rq->arena);
    db_done(&q);
    for (size_t i = 0; i < n; i++) {
        change_parse(rq, v->type, may_share(v->r), &list[i]);
        rows[2 * i] = list[i].was;
        rows[2 * i + 1] = list[i].is;
    }
    if (n)
        values_name(rq, v->type, &all, rows, 2 * n);
    for (size_t i = 0; i < n; i++)
        out[i] = change_entry(rq, v, &list[i]);
    return n;
}

/* ---- notes, calls, mail, files, tasks ---- */

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

/* The choice that says how far it is: the first that has an end. */
static const struct record_field *state_of(const struct record_type *t)
{
    for (size_t i = 0; i < t->fields_n; i++)
        if (t->fields[i].result == KIND_CHOICE)
            for (const struct field_choice *c = t->fields[i].choices; c && c->name; c++)
                if (c->ends)
                    return &t->fields[i];
    return NULL;
}

/* "12 minutes", "1 minute": labels of the program's own are English. */
static struct str number_shown(struct req *rq, const struct record_field *f, const struct value *v)
{
    struct str n = kind_shown(rq->arena, f, v), of = str_lower(rq->arena, str_of(f->label));
    if (v->i == 1 && !f->own && str_ends(of, S("s")) && !str_ends(of, S("ss")))
        of = str_first(of, of.n - 1);
    return str_fmt(rq->arena, STR_FMT " " STR_FMT, STR_ARG(n), STR_ARG(of));
}

/* What of an entry is worth knowing at a glance: choices, numbers, days. */
static struct str hint_of(struct req *rq, const struct about *b)
{
    enum { WORDS = 400 };
    struct out o;
    out_init(&o, WORDS * 4);
    for (size_t i = 0; i < b->type->fields_n && o.n < WORDS; i++) {
        const struct record_field *f = &b->type->fields[i];
        const struct value *v = &b->row.values[i];
        bool said = f->result == KIND_CHOICE && (str_is(v->s, "in") || str_is(v->s, "out"));
        if (said || v->none || !field_seen(f, &rq->viewer) || f->result == KIND_TIME ||
            (kind_info(f->result)->can & KIND_LEADS))
            continue;
        struct str shown =
            f->result == KIND_INTEGER ? number_shown(rq, f, v) : kind_shown(rq->arena, f, v);
        out_fmt(&o, "%s" STR_FMT, o.n ? " · " : "", STR_ARG(shown));
    }
    return out_take(&o, rq->arena);
}

/* A task is done, or opened again, from here. */
static void state_act(struct req *rq, const struct about *b, struct timeline_entry *out)
{
    const struct record_field *f = state_of(b->type);
    const struct value *is = f ? &b->row.values[f->index] : NULL;
    const struct field_choice *now = is && !is->none ? field_choice(f, is->s) : NULL;
    const struct field_choice *to = f ? f->choices : NULL;
    out->done = now && now->ends;
    if (!f || !field_written(f, &rq->viewer) || rq->viewer.role < ROLE_STAFF)
        return;
    for (; !out->done && to->name && !to->ends; to++)
        ;
    struct page_act *act = arena_make(rq->arena, struct page_act);
    *act = (struct page_act){.label = out->done ? "Open again" : "Done",
                             .icon = out->done ? "#i-undo-2" : "#i-check",
                             .path = str_fmt(rq->arena, "/%s/%lld?back=" STR_FMT, b->type->plural,
                                             (long long)b->row.id,
                                             STR_ARG(str_url_encode(rq->arena, rq->path))),
                             .method = "PATCH",
                             .name = f->name,
                             .value = to->name};
    out->acts = act;
    out->acts_n = 1;
}

static const char *verb_of(const struct about *b, enum entry_kind kind)
{
    bool in = false;
    for (size_t i = 0; i < b->type->fields_n; i++)
        in = in || (b->type->fields[i].result == KIND_CHOICE && str_is(b->row.values[i].s, "in"));
    switch (kind) {
    case ENTRY_CALL:
        return in ? "took a call:" : "made a call:";
    case ENTRY_MAIL:
        return in ? "got a mail:" : "wrote a mail:";
    case ENTRY_NOTE:
        return "noted:";
    case ENTRY_TASK:
        return "set a task:";
    default:
        return NULL;
    }
}

static bool related_asked(struct req *rq)
{
    return str_is(req_query(rq, "related"), "yes");
}

static size_t abouts_take(struct req *rq, const struct entry_page *v, const struct show *show,
                          struct key before, struct timeline_entry *out)
{
    struct about *list = arena_array(rq->arena, struct about, ENTRIES + 1);
    struct kindred also[KINDRED_MAX];
    size_t also_n = related_asked(rq) ? kindred_read(rq, v->type, v->r->id, also) : 0;
    size_t n = abouts_read(rq,
                           &(struct about_query){.about_id = v->r->id,
                                                 .sort = str_of(show->sort),
                                                 .before = before.at,
                                                 .before_id = before.id,
                                                 .limit = ENTRIES + 1,
                                                 .also = also,
                                                 .also_n = also_n},
                           list);
    for (size_t i = 0; i < n; i++) {
        const struct about *b = &list[i];
        out[i] = (struct timeline_entry){
            .id = b->row.id,
            .kind = kind_of_type(b->type),
            .actor_id = b->author_name.n ? b->row.author_id : 0,
            .actor_name = b->author_name,
            .at = b->at,
            .title = b->row.title,
            .path = b->row.path,
            .hint = hint_of(rq, b),
            .html = html_trusted(b->html),
            .text = b->excerpt,
        };
        if (b->whose) /* which one it is of stands before what else is told */
            out[i].hint =
                str_fmt(rq->arena, STR_FMT "%s" STR_FMT, STR_ARG(also[b->whose - 1].title),
                        out[i].hint.n ? " · " : "", STR_ARG(out[i].hint));
        out[i].verb = verb_of(b, out[i].kind);
        if (out[i].kind == ENTRY_TASK)
            state_act(rq, b, &out[i]);
    }
    return n;
}

/* ---- both ---- */

static int64_t key_of(const struct timeline_entry *e)
{
    return e->kind == ENTRY_CHANGE     ? CHANGE_KEY - e->id
           : e->kind == ENTRY_ACTIVITY ? CHANGE_KEY
                                       : e->id;
}

static int newest_first(const void *a, const void *b)
{
    const struct timeline_entry *x = a, *y = b;
    if (x->at != y->at)
        return x->at > y->at ? -1 : 1;
    return key_of(x) > key_of(y) ? -1 : key_of(x) < key_of(y);
}

static const struct show *show_asked(struct req *rq)
{
    for (size_t i = 0; i < SHOWS; i++)
        if (str_is(req_query(rq, "show"), shows[i].name))
            return &shows[i];
    return &shows[0];
}

/* The page's address with what of its timeline is shown. */
static struct str line_path(struct req *rq, const struct show *show, bool related,
                            struct str before)
{
    return str_fmt(rq->arena, STR_FMT "%s%s%s%s%s" STR_FMT, STR_ARG(rq->path),
                   show->name[0] || related || before.n ? "?" : "", show->name[0] ? "show=" : "",
                   show->name, show->name[0] && related ? "&" : "", related ? "related=yes" : "",
                   STR_ARG(before.n ? str_fmt(rq->arena, "%sbefore=" STR_FMT,
                                              show->name[0] || related ? "&" : "", STR_ARG(before))
                                    : S("")));
}

static struct link_bar tabs_make(struct req *rq, const struct entry_page *v,
                                 const struct show *show)
{
    struct link_item *items = arena_array(rq->arena, struct link_item, SHOWS + 1);
    bool related = related_asked(rq);
    for (size_t i = 0; i < SHOWS; i++)
        items[i] = (struct link_item){.label = shows[i].label,
                                      .path = line_path(rq, &shows[i], related, S("")),
                                      .current = show == &shows[i]};
    bool more = show->sort && (related || kindred_possible(rq, v->type));
    if (more)
        items[SHOWS] = (struct link_item){.label = related ? "Its own only" : "Including related",
                                          .path = line_path(rq, show, !related, S("")),
                                          .icon = related ? "#i-x" : "#i-plus"};
    return (struct link_bar){.label = "Show", .items = items, .n = SHOWS + more, .frame = "line"};
}

/* "1798761600000000.12"; what is broken is the newest. */
static struct key key_asked(struct req *rq)
{
    struct str rest = req_query(rq, "before"), at = S(""), id = S("");
    struct key key = {0};
    if (!str_split(&rest, '.', &at) || !str_split(&rest, '.', &id) || !str_int(at, &key.at) ||
        !str_int(id, &key.id) || key.at <= 0)
        return (struct key){INT64_MAX, INT64_MAX};
    return key;
}

void history_read(struct req *rq, struct entry_page *v)
{
    struct timeline_entry *all =
        arena_array(rq->arena, struct timeline_entry, 2 * (ENTRIES + 1) + 1);
    const struct show *show = show_asked(rq);
    struct key before = key_asked(rq);
    const struct record *r = v->r;
    size_t n = show->sort ? abouts_take(rq, v, show, before, all) : 0;
    bool changes = !show->sort || !show->sort[0];
    if (changes)
        n += changes_take(rq, v, before, all + n);
    if (changes &&
        (r->created_at < before.at || (r->created_at == before.at && CHANGE_KEY < before.id)))
        all[n++] = (struct timeline_entry){.kind = ENTRY_ACTIVITY,
                                           .actor_id = r->author_id,
                                           .actor_name = r->author_name,
                                           .at = r->created_at,
                                           .verb = r->author_id == r->id ? "joined" : "made it"};
    qsort(all, n, sizeof *all, newest_first);
    v->timeline = (struct timeline_list){.id = "timeline",
                                         .label = "What happened",
                                         .tabs = tabs_make(rq, v, show),
                                         .list = all,
                                         .n = n > ENTRIES ? ENTRIES : n,
                                         .frame = "line",
                                         .empty = "Nothing of that kind happened yet."};
    if (n > ENTRIES)
        v->timeline.older =
            line_path(rq, show, related_asked(rq),
                      str_fmt(rq->arena, "%lld.%lld", (long long)all[ENTRIES - 1].at,
                              (long long)key_of(&all[ENTRIES - 1])));
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
