/* records.c: short links, editing with history, taking away and bringing back. */
#include "features/records/records.h"

#include "record/notices.h"
#include "record/votes.h"
#include "views/records/edit.h"
#include "views/records/revisions.h"
#include "views/shared.h"

enum { REVISIONS = 20, THREAD = 30, HTML_MAX = 4 << 20, DIFF_MAX = 1 << 20 };

static int short_links_show(struct req *rq);
static int previews_create(struct req *rq);

static const struct form_rule preview_rules[] = {
    {"source", .label = "Markdown", .lines = true, .max = RECORD_TEXT_MAX},
    {0},
};

struct preview {
    struct str html;
};

static const struct part preview_parts[] = {
    PART_TITLE("Preview"),
    PART(TEXT, "html", struct preview, html),
    {0},
};
static const struct part preview_answer[] = {PART_OBJECT("data", preview_parts), {0}};

static const struct route routes[] = {
    {GET, "/r/:id", short_links_show, ANYONE, .flags = ROUTE_LEADS,
     .help = "leads to any record by its id"},
    {POST, "/preview", previews_create, MEMBER, .rate = PER_MINUTE(120), .form = preview_rules,
     .answers = preview_answer, .help = "Markdown as it will look"},
    RECORD_ROUTES_OF("comments", child_text_rules),
    RECORD_ROUTES_OF("answers", child_text_rules),
    {0},
};

static const struct record_type comment_type = {
    .name = "comment",
    .noun = "Comment",
    .plural = "comments",
    .icon = "#i-message-square",
    .child = true,
    .votes = true,
};

/* Of a question, or the official one of an idea. */
static const struct record_type answer_type = {
    .name = "answer",
    .noun = "Answer",
    .plural = "answers",
    .icon = "#i-circle-check",
    .child = true,
    .votes = true,
};

static const struct record_type *const types[] = {&comment_type, &answer_type, NULL};

static const struct consumer consumers[] = {
    {"notifications", notices_take, NOTICES_VERBS, .loud = true, /* RULE 4 */
     .forget = notices_forget},
    /* Many at once: votes crowd, and a record is moved once for all that are handed over. */
    {"ranks", votes_rank, .verbs = "'Like'", .every_ms = 1000, .at_once = 8000},
    {0},
};

const struct feature records_feature = {
    .name = "records", .routes = routes, .types = types, .consumers = consumers};

/* ---- finding ---- */

/* r, if the address names its type. */
static struct record *of_path(struct req *rq, struct record *r)
{
    const struct record_type *type = r ? record_type_find(r->type) : NULL;
    struct str first = str_from(rq->path, 1);
    ptrdiff_t slash = str_find(first, '/');
    return type && str_is(str_first(first, slash < 0 ? first.n : (size_t)slash), type->plural)
               ? r
               : NULL;
}

struct record *record_here(struct req *rq, enum right right)
{
    return of_path(rq, record_access(rq, req_id(rq, "id"), right));
}

struct record *record_here_bare(struct req *rq, enum right right)
{
    return of_path(rq, record_access_bare(rq, req_id(rq, "id"), right));
}

struct str own_path(struct arena *a, const struct record *r)
{
    const struct record_type *type = record_type_find(r->type);
    return type->child ? str_fmt(a, "/%s/%lld", type->plural, (long long)r->id) : record_path(a, r);
}

static int short_links_show(struct req *rq)
{
    struct record *r = record_access(rq, req_id(rq, "id"), RIGHT_READ);
    if (!r)
        return not_found(rq);
    const struct record_type *type = record_type_find(r->type);
    if (!r->parent_id && type && !type->child)
        return redirect(rq, STR_FMT, STR_ARG(record_path(rq->arena, r)));
    struct record *root = record_access(rq, r->root_id, RIGHT_READ);
    if (!root)
        return not_found(rq);
    /* The page of the thread that begins right before it, unless it is on the first one. */
    int64_t before = db_get_int(rq->db, 0,
                                "SELECT COUNT(*) FROM (SELECT 1 FROM records WHERE root_id = ?1"
                                " AND path <= ?2 AND path > '' LIMIT ?3) AS t",
                                I(r->root_id), T(r->path), I(THREAD + 1));
    struct str path = record_path(rq->arena, root);
    if (before <= THREAD)
        return redirect(rq, STR_FMT "#r%lld", STR_ARG(path), (long long)r->id);
    struct str after = db_get_str(rq->db, rq->arena,
                                  "SELECT path FROM records WHERE root_id = ?1 AND path < ?2"
                                  " ORDER BY path DESC LIMIT 1",
                                  I(r->root_id), T(r->path));
    return redirect(rq, STR_FMT "?after=" STR_FMT "#r%lld", STR_ARG(path), STR_ARG(after),
                    (long long)r->id);
}

struct discussion discussion_read(struct req *rq, const struct record *root, int64_t skip,
                                  const char *empty)
{
    struct discussion d = {.root = root,
                           .path = record_path(rq->arena, root),
                           .may_reply = (root->rights & RIGHT_REPLY) != 0,
                           .empty = empty};
    thread_read(rq, root, req_query(rq, "after"), THREAD, &d.thread);
    origins_read(rq->db, rq->arena, root->id, &d.origins);
    d.shown = comments_shown(rq, root, &d.origins, d.thread.entries, d.thread.n);
    d.shown.skip = skip;
    if (d.thread.next.n)
        d.older = str_fmt(rq->arena, STR_FMT "?after=" STR_FMT "#comments", STR_ARG(d.path),
                          STR_ARG(d.thread.next));
    return d;
}

struct source source_shown(struct arena *a, int64_t author_id, const struct origin *origin)
{
    struct str host = origin->url;
    ptrdiff_t scheme = str_find_str(host, S("://"));
    host = str_from(host, scheme < 0 ? 0 : (size_t)scheme + 3);
    ptrdiff_t slash = str_find(host, '/');
    return (struct source){
        .site = str_cstr(a, str_first(host, slash < 0 ? host.n : (size_t)slash)),
        .url = origin->url,
        .author_name = origin->author,
        .author_id = author_id,
        .licence = str_cstr(a, origin->licence),
        .licence_url = licence_url(a, origin->licence),
    };
}

/* ---- editing ---- */

const struct form_rule text_rules[] = {
    {"title", .label = "Title", .required = true, .max = RECORD_TITLE_MAX},
    {"body", .label = "Text", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {"tags", .label = "Tags"},
    {"note", .label = "What changed"},
    {"revision", .label = "Revision", .whole = true},
    {0},
};

const struct form_rule child_text_rules[] = {
    {"body", .label = "Text", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {"note", .label = "What changed"},
    {"revision", .label = "Revision", .whole = true},
    {0},
};

static const struct form_rule *rules_of(const struct record *r)
{
    return r->parent_id ? child_text_rules : text_rules;
}

static struct answer edit_page(struct req *rq, const struct text_form *v)
{
    return (struct answer){
        .title = str_fmt(rq->arena, "Edit %s", v->r->parent_id ? "text" : v->r->title.p),
        .page = records_edit_view,
        .width = PAGE_NARROW,
        .data = v};
}

static struct text_form *text_form_of(struct req *rq, const struct record *r)
{
    struct text_form *v = arena_make(rq->arena, struct text_form);
    v->r = r;
    v->path = record_path(rq->arena, r);
    v->action = own_path(rq->arena, r);
    return v;
}

int texts_edit(struct req *rq)
{
    struct record *r = record_here(rq, RIGHT_EDIT);
    if (!r || r->deleted_at)
        return not_found(rq);
    struct text_form *v = text_form_of(rq, r);
    form_init(rules_of(r), &v->form);
    form_set(&v->form, "title", r->title);
    form_set(&v->form, "tags", r->tags);
    form_set(&v->form, "body", record_text(rq->db, rq->arena, r->id).source);
    form_set(&v->form, "revision", str_fmt(rq->arena, "%lld", (long long)r->revision));
    struct answer page = edit_page(rq, v);
    return answer(rq, &page);
}

const struct part record_parts[] = {
    ROW_ALL(record),
    PART(HTML, "html", struct record, html),
    {0},
};

static const struct part record_object[] = {
    PART_TITLE("Record"),
    PART_PARTS(record_parts),
    {0},
};

const struct part record_answer[] = {PART_OBJECT("data", record_object), {0}};

/* 412: what stands there now, and what was typed, with their differences. */
static int stale_answer(struct req *rq, struct text_form *v)
{
    struct record_text theirs = record_text(rq->db, rq->arena, v->r->id);
    v->stale = true;
    v->theirs_title = v->r->title;
    v->theirs_source = theirs.source;
    v->diff = diff_text(rq->arena, theirs.source, form_get(&v->form, "body"));
    form_set(&v->form, "revision", str_fmt(rq->arena, "%lld", (long long)v->r->revision));
    if (rq->face == FACE_JSON)
        return refuse(rq, 412, "Somebody changed this since you read it. Read it again.");
    struct answer page = edit_page(rq, v);
    page.status = 412;
    rq->face = FACE_PAGE;
    return answer(rq, &page);
}

/* The revision that the editor saw: If-Match: "7", else the form's field. */
static int64_t revision_seen(struct req *rq, const struct form *form)
{
    struct str tag = str_trim(req_header(rq, "If-Match"));
    int64_t n = 0;
    if (tag.n > 2 && tag.p[0] == '"')
        str_int(str_make(tag.p + 1, tag.n - 2), &n);
    return tag.n ? (n ? n : -1) : form_int(form, "revision");
}

static bool given_or_page(const struct req *rq, const struct form *form, const char *name)
{
    return rq->face != FACE_JSON || form_given(form, name);
}

int texts_update(struct req *rq)
{
    struct record *r = record_here(rq, RIGHT_EDIT);
    if (!r || r->deleted_at)
        return not_found(rq);
    struct text_form *v = text_form_of(rq, r);
    form_read(rq, rules_of(r), &v->form);
    form_keep(&v->form, "title", r->title);
    struct answer page = edit_page(rq, v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct act act = act_of(rq);
    struct record_edit edit = {.note = form_get(&v->form, "note"),
                               .revision = revision_seen(rq, &v->form)};
    if (!r->parent_id)
        edit.title = form_get(&v->form, "title");
    if (!r->parent_id && given_or_page(rq, &v->form, "tags"))
        edit.tags = form_get(&v->form, "tags");
    if (given_or_page(rq, &v->form, "body"))
        edit.source = form_get(&v->form, "body");
    if (record_update(&act, r, &edit) == RECORD_STALE)
        return stale_answer(rq, v);
    res_header(rq, "ETag", str_fmt(rq->arena, "\"%lld\"", (long long)r->revision));
    return answer_updated(rq, record_path(rq->arena, r), &(struct answer){.data = r});
}

int texts_destroy(struct req *rq)
{
    struct record *r = record_here(rq, RIGHT_DELETE);
    if (!r || r->deleted_at)
        return not_found(rq);
    const char *stays = record_stays(rq->db, r);
    if (stays)
        return refuse(rq, 409, stays);
    if (str_eq(r->type, S("answer")) && r->state.n)
        return refuse(rq, 409, "An official answer stays. Give a new one in its place.");
    struct act act = act_of(rq);
    record_delete(&act, r);
    const struct record_type *type = record_type_find(r->type);
    flash(rq, "Taken away. You can bring it back from its page.");
    struct str path = r->parent_id ? str_of_id(rq->arena, S("/r/"), r->root_id)
                                   : str_fmt(rq->arena, "/%s", type->plural);
    return answer_updated(rq, path, &(struct answer){.data = r});
}

int restores_create(struct req *rq)
{
    struct record *r = record_here(rq, RIGHT_EDIT);
    if (!r)
        return not_found(rq);
    struct act act = act_of(rq);
    record_restore(&act, r);
    return answer_updated(rq, record_path(rq->arena, r), &(struct answer){.data = r});
}

static int previews_create(struct req *rq)
{
    struct form form;
    if (!form_read(rq, preview_rules, &form))
        return form_refuse(rq, &form);
    struct out html;
    struct preview v;
    out_init(&html, HTML_MAX);
    record_markdown(rq->db, rq->arena, form_get(&form, "source"), &html);
    bool large = out_failed(&html);
    v.html = out_take(&html, rq->arena);
    if (large)
        return refuse(rq, 413, NULL);
    if (rq->face == FACE_JSON)
        return answer(rq, &(struct answer){.data = &v});
    out_str(&rq->out, v.html);
    rq->content_type = S("text/html; charset=utf-8");
    return rq->status = 200;
}

/* ---- where one may write ---- */

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

/* ---- history ---- */

static const struct part revision_parts[] = {
    PART_TITLE("Revision"),
    ROW_HERE(revision, struct revision_shown, v),
    {0},
};

const struct part revisions_answer[] = {
    PART_LIST("data", struct revisions, shown, n, revision_parts),
    PART(CURSOR, "next", struct revisions, next),
    {0},
};

static struct feed *revisions_feed(struct req *rq, const struct revisions *v)
{
    struct feed *feed = feed_new(
        rq, str_fmt(rq->arena, "History of " STR_FMT, STR_ARG(v->r->title)),
        str_fmt(rq->arena, STR_FMT "/revisions", STR_ARG(own_path(rq->arena, v->r))), v->n);
    feed->kind = "revision";
    feed->next = v->next;
    for (size_t i = 0; i < feed->n; i++) {
        const struct revision_shown *s = &v->shown[i];
        struct out diff;
        out_init(&diff, DIFF_MAX);
        diff.ctx = rq;
        shared_diff_lines(&diff, &(struct diff_lines){.diff = s->diff.op, .diff_n = s->diff.n});
        feed->entries[i] = (struct feed_entry){
            .id = v->r->id,
            .part = s->v.number,
            .published = s->v.at,
            .title = s->v.note.n ? s->v.note
                                 : str_fmt(rq->arena, "Revision %lld", (long long)s->v.number + 1),
            .path = feed->path,
            .author = s->v.editor_name,
            .author_handle = s->v.editor_handle,
            .html = html_trusted(out_take(&diff, rq->arena)),
        };
    }
    return feed;
}

int revisions_index(struct req *rq)
{
    struct record *r = record_here(rq, RIGHT_READ);
    if (!r)
        return not_found(rq);
    int64_t before = 0;
    if (!str_int(req_query(rq, "after"), &before) || before < 0 || before > r->revision)
        before = 0; /* a cursor that is none: the first page */
    struct revision *list = arena_array(rq->arena, struct revision, REVISIONS + 1);
    size_t n = record_revisions(rq->db, rq->arena, r->id, before, list, REVISIONS + 1);
    struct revisions *v = arena_make(rq->arena, struct revisions);
    struct revision_shown *shown = arena_array(rq->arena, struct revision_shown, REVISIONS);
    v->r = r;
    v->path = record_path(rq->arena, r);
    v->shown = shown;
    v->n = n > REVISIONS ? REVISIONS : n;
    v->next =
        n > REVISIONS ? str_fmt(rq->arena, "%lld", (long long)list[REVISIONS - 1].number) : S("");
    /* Each edit's "after" is the text that stood until the next newer edit, or stands now. */
    struct str after = record_text(rq->db, rq->arena, r->id).source, title = r->title;
    if (before) {
        struct revision newer;
        if (record_revisions(rq->db, rq->arena, r->id, before + 1, &newer, 1)) {
            after = newer.source;
            title = newer.title;
        }
    }
    for (size_t i = 0; i < v->n; i++) {
        shown[i].v = list[i];
        shown[i].diff = diff_text(rq->arena, list[i].source, after);
        shown[i].title_before = list[i].title;
        shown[i].title_after = title;
        after = list[i].source;
        title = list[i].title;
    }
    return answer(rq, &(struct answer){.title = str_fmt(rq->arena, "History of %s", r->title.p),
                                       .page = records_revisions_view,
                                       .width = PAGE_NARROW,
                                       .feed = revisions_feed(rq, v),
                                       .data = v});
}

/* ---- watching ---- */

struct str watch_path(struct arena *a, const struct watch *v)
{
    if (v->what == WATCHED_TAG)
        return str_fmt(a, "/watches/tags/" STR_FMT, STR_ARG(str_url_encode(a, v->tag)));
    return str_fmt(a, "/watches/%lld", (long long)v->id);
}

struct str watch_key(struct arena *a, const struct watch *v)
{
    return v->what == WATCHED_TAG ? str_fmt(a, "tag-" STR_FMT, STR_ARG(v->tag))
                                  : str_fmt(a, "%lld", (long long)v->id);
}
