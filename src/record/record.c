/* record.c: reading one record under the access predicate, and changing it; see record.h. */
#include "record/record.h"

#include "db/gather.h"
#include "http/feature.h"
#include "http/live.h"
#include "record/fields.h"
#include "record/files.h"
#include "record/follows.h"
#include "record/formulas.h"
#include "record/lets.h"
#include "record/mentions.h"
#include "record/path.h"
#include "record/reindex.h"
#include "record/search.h"
#include "record/tags.h"
#include "record/tallies.h"
#include "record/votes.h"
#include "text/markdown.h"
#include "text/sanitize.h"

enum { EXCERPT = 200, HTML_MAX = 1 << 20, SLUG = 60 };

/* ---- types and paths ---- */

struct str record_path_of(struct arena *a, struct str type, int64_t id, struct str title)
{
    const struct record_type *t = record_type_find(type);
    if (!t || t->child)
        return str_of_id(a, S("/r/"), id);
    size_t kind = strlen(t->plural);
    char *p = arena_bytes(a, kind + STR_INT + SLUG + 4), *end = p; /* 4: two '/', '-', NUL */
    *end++ = '/';
    memcpy(end, t->plural, kind);
    end += kind;
    *end++ = '/';
    end += str_put_int(end, id);
    size_t slug = str_put_slug(end + 1, title, SLUG);
    if (slug) {
        *end = '-';
        end += 1 + slug;
    }
    *end = '\0';
    return str_make(p, (size_t)(end - p));
}

struct str record_path(struct arena *a, const struct record *r)
{
    return record_path_of(a, r->type, r->id, r->title);
}

/* ---- reading ---- */

#define RECORD_COLUMNS                                                                             \
    "SELECT " ROW_COLUMNS(RECORD_ROW) ", r.hot, r.deleted_at, s.name, s.slug, s.openness,"         \
                                      " COALESCE(m.role, -1), t.state, t.deleted_at,"              \
                                      " CASE WHEN r.audience IN (3, 4) THEN (SELECT 1 FROM"        \
                                      " participants w WHERE w.record_id = r.root_id"              \
                                      " AND w.person_id = ?1 AND w.role IN ('sees', '" LETS_NAMED  \
                                      "')) END, "
#define NO_GRANTS "-1"
#define RECORD_JOINS                                                                               \
    " LEFT JOIN records t ON r.parent_id IS NOT NULL AND t.id = r.root_id"                         \
    " LEFT JOIN spaces s ON s.id = r.space_id"                                                     \
    " LEFT JOIN memberships m ON m.space_id = r.space_id AND m.person_id = ?1"                     \
    " WHERE r.id = ?2"
#define RECORD_BARE(grants) RECORD_COLUMNS grants " FROM records r" RECORD_JOINS
#define RECORD_SELECT(grants)                                                                      \
    RECORD_COLUMNS grants ", r.html, p.name, p.handle FROM records r"                              \
                          " LEFT JOIN people p ON p.id = r.author_id" RECORD_JOINS
#define RECORD_EACH(select)                                                                        \
    {                                                                                              \
        select(NO_GRANTS) " AND " ACCESS_GUEST, select(NO_GRANTS) " AND " ACCESS_MEMBER,           \
            select(NO_GRANTS) " AND " ACCESS_STAFF,                                                \
            select(NO_GRANTS) " AND " ACCESS_ADMINISTRATOR,                                        \
            select(ACCESS_GRANTS) " AND " ACCESS_ROLES                                             \
    }

static struct record *record_take(struct rows *q, struct arena *a, bool bare)
{
    if (!db_next(q))
        return NULL;
    struct record *r = arena_make(a, struct record);
    int col = ROW_WIDTH(RECORD_ROW);
    record_decode(r, q, 0, a);
    r->hot = db_real(q, col);
    r->deleted_at = db_int(q, col + 1);
    r->space_title = db_dup(q, col + 2, a);
    r->space_slug = db_dup(q, col + 3, a);
    r->space_openness = db_dup(q, col + 4, a);
    r->membership = db_int(q, col + 5);
    r->root_state = db_dup(q, col + 6, a);
    r->root_deleted_at = db_int(q, col + 7);
    r->only_sees = db_int(q, col + 8) != 0;
    r->ruled = db_int(q, col + 9) >= 0;
    r->grants = r->ruled ? (unsigned)db_int(q, col + 9) : 0;
    if (!bare) {
        r->html = html_trusted(db_dup(q, col + 10, a));
        r->author_name = db_dup(q, col + 11, a);
        r->author_handle = db_dup(q, col + 12, a);
    }
    db_done(q);
    return r;
}

/* Of who may edit it. */
static bool may_delete(const struct viewer *viewer, const struct record *r)
{
    return !r->ruled || (r->grants & GRANT_DELETE) || r->author_id == viewer->id ||
           r->membership == MEMBERSHIP_MODERATOR;
}

unsigned record_rights(const struct viewer *viewer, const struct record *r)
{
    if (!viewer->id)
        return RIGHT_READ;
    unsigned rights = RIGHT_READ;
    bool staff = viewer->role >= ROLE_STAFF && (!r->ruled || r->grants);
    bool moderates = staff || r->membership == MEMBERSHIP_MODERATOR;
    bool open = (!r->space_id || str_eq(r->space_openness, S("anyone"))) && !r->only_sees;
    if (moderates)
        rights |= RIGHT_REPLY | RIGHT_EDIT | RIGHT_MODERATE;
    if (r->membership >= MEMBERSHIP_MEMBER || (open && r->membership != MEMBERSHIP_READER))
        rights |= RIGHT_REPLY;
    bool own = r->author_id == viewer->id && r->space_id != r->id; /* a space is its moderators' */
    if (own || (r->grants & GRANT_CHANGE))
        rights |= RIGHT_EDIT;
    if ((rights & RIGHT_EDIT) && may_delete(viewer, r))
        rights |= RIGHT_DELETE;
    bool merged = str_eq(r->state, S("merged")) || str_eq(r->root_state, S("merged"));
    if (r->deleted_at || merged)
        rights &= ~(unsigned)RIGHT_REPLY;
    if (merged)
        rights &= ~(unsigned)(RIGHT_EDIT | RIGHT_DELETE);
    return rights;
}

static struct record *record_find(struct req *rq, int64_t id, enum right right, bool bare)
{
    static const char *const whole_sql[] = RECORD_EACH(RECORD_SELECT);
    static const char *const bare_sql[] = RECORD_EACH(RECORD_BARE);
    if (!id)
        return NULL;
    struct rows q =
        db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, bare ? bare_sql : whole_sql),
                 I(rq->viewer.id), I(id));
    struct record *r = record_take(&q, rq->arena, bare);
    if (!r || r->root_deleted_at)
        return NULL;
    r->rights = record_rights(&rq->viewer, r);
    if (r->deleted_at && !(r->rights & RIGHT_EDIT))
        return NULL;
    return (r->rights & right) == (unsigned)right ? r : NULL;
}

struct record *record_door(struct req *rq, const struct record_type *t, int64_t id)
{
    if (!t->doors || !id)
        return NULL;
    bool there = db_get_int(rq->db, 0,
                            str_fmt(rq->arena,
                                    "SELECT 1 FROM records r WHERE ?1 > 0 AND r.id = ?2"
                                    " AND r.deleted_at IS NULL AND r.type = ?3 AND %s",
                                    t->doors)
                                .p,
                            I(rq->viewer.id), I(id), Z(t->name));
    struct record *r = there ? record_load(rq->db, rq->arena, id) : NULL;
    if (r)
        r->rights = 0;
    return r;
}

struct record *record_access(struct req *rq, int64_t id, enum right right)
{
    return record_find(rq, id, right, false);
}

struct record *record_access_bare(struct req *rq, int64_t id, enum right right)
{
    return record_find(rq, id, right, true);
}

struct record *record_access_type(struct req *rq, int64_t id, const char *type, enum right right)
{
    struct record *r = record_access(rq, id, right);
    return r && str_is(r->type, type) ? r : NULL;
}

struct record *record_load(struct db *db, struct arena *a, int64_t id)
{
    struct rows q = db_query(db, RECORD_SELECT(NO_GRANTS), I(0), I(id));
    return record_take(&q, a, false);
}

struct record_text record_text(struct db *db, struct arena *a, int64_t id)
{
    struct record_text text = {S("markdown"), S("")};
    db_gather_by(db, "texts", I(id));
    struct rows q = db_query(db, "SELECT format, source FROM texts WHERE record_id = ?1", I(id));
    if (db_next(&q))
        text = (struct record_text){db_dup(&q, 0, a), db_dup(&q, 1, a)};
    db_done(&q);
    return text;
}

/* ---- text ---- */

struct hook_ctx {
    struct db *db;
};

static bool hook_mention(void *ctx, struct str handle, struct out *o)
{
    struct hook_ctx *c = ctx;
    char folded[40];
    if (handle.n > sizeof folded)
        return false;
    for (size_t i = 0; i < handle.n; i++)
        folded[i] =
            (char)(handle.p[i] >= 'A' && handle.p[i] <= 'Z' ? handle.p[i] | 32 : handle.p[i]);
    struct str key = str_make(folded, handle.n);
    if (!db_get_int(c->db, 0, "SELECT id FROM people WHERE handle = ?1", T(key)))
        return false;
    markdown_link(o, S("mention"), S("/people/"), key, S("@"), handle);
    return true;
}

static bool hook_tag(void *ctx, struct str tag, struct out *o)
{
    (void)ctx;
    markdown_link(o, S("tag"), S("/search?q=tag%3A"), tag, S("#"), tag);
    return true;
}

static bool hook_picture(void *ctx, struct str url, struct out *o)
{
    struct hook_ctx *c = ctx;
    return files_picture(c->db, url, o);
}

#define HOOKS(ctx) (&(struct markdown_hooks){&(ctx), hook_mention, hook_tag, hook_picture})

void record_markdown(struct db *db, struct arena *a, struct str source, struct out *html)
{
    struct hook_ctx ctx = {db};
    markdown_html(a, source, HOOKS(ctx), html);
}

/* What a source becomes: the page's HTML, plain text for the index, the first words for lists. */
struct rendered {
    struct str html, plain, excerpt;
};

static struct rendered render(struct db *db, struct arena *a, struct str format, struct str source)
{
    struct rendered r = {S(""), S(""), S("")};
    struct hook_ctx ctx = {db};
    struct out html;
    if (!source.n)
        return r;
    out_init(&html, HTML_MAX);
    if (str_eq(format, S("html"))) {
        sanitize_html(a, source, &html);
        r.plain = sanitize_text(a, source);
    } else {
        r.plain = markdown_both(a, source, HOOKS(ctx), &html);
    }
    if (out_failed(&html))
        db_fail(db, DB_INVALID, "a text's HTML grew too large");
    r.html = out_take(&html, a);
    r.excerpt = text_excerpt(a, r.plain, EXCERPT);
    return r;
}

/* Explicit tags first, then those of the text; a child has none. */
static struct str tags_of(struct arena *a, struct str tags, struct str format, struct str source)
{
    enum { MOST = 20 };
    struct str found[MOST];
    size_t n = str_eq(format, S("html")) ? 0 : markdown_tags(a, source, found, MOST);
    struct str words =
        str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(tags), STR_ARG(str_join(a, found, n, S(" "))));
    return tags_clean(a, words, RECORD_TAGS_MAX);
}

/* ---- making ---- */

static void record_insert(const struct act *act, const struct record *r,
                          const struct rendered *text)
{
    db_new(act->db,
           "INSERT INTO records (id, type, root_id, path, parent_id, space_id, author_id, title,"
           " state, audience, hot, rank_hot, tags, excerpt, created_at, updated_at, active_at,"
           " html, owner_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13,"
           " ?14, ?14, ?14, ?15, ?16)",
           I(r->id), T(r->type), I(r->root_id), T(r->path), REF(r->parent_id), REF(r->space_id),
           REF(r->author_id), T(r->title), T(r->state), I(r->audience), R(r->hot), T(r->tags),
           T(text->excerpt), I(r->created_at), T(text->html), REF(r->owner_id));
}

#define ACTIVE "active_at = CASE WHEN active_at < ?3 THEN ?3 ELSE active_at END WHERE id = ?1"
#define COUNTED(what) "UPDATE records SET " what " = " what " + ?2, " ACTIVE
#define COUNTED_HERE(what)                                                                         \
    "UPDATE records SET " what " = " what " + ?2, thread = thread + ?2, " ACTIVE

/* A child more (or, by -1, one less) below `parent`. Each statement names only what it changes: an
 * index on answers is not touched by a comment. */
static void record_count(const struct act *act, const struct record *parent, const struct record *r,
                         int by)
{
    static const char *const below[] = {COUNTED("comments"), COUNTED("answers")};
    static const char *const here[] = {COUNTED_HERE("comments"), COUNTED_HERE("answers")};
    bool answer = str_eq(r->type, S("answer")), root = parent->id == parent->root_id;
    int64_t active = by > 0 ? act->at : 0;
    db_exec(act->db, (root ? here : below)[answer], I(parent->id), I(by), I(root ? active : 0));
    if (!root)
        db_exec(act->db, COUNTED("thread"), I(parent->root_id), I(by), I(active));
}

/* What nobody votes for is in no list by votes: RANKED of list.h. */
static bool voted(const struct act *act, const struct record_draft *d)
{
    const struct record_type *t = d->parent ? NULL : catalog_type(act->db, str_of(d->type));
    return !t || t->votes;
}

static struct record *record_of_draft(const struct act *act, const struct record_draft *d)
{
    struct record *r = arena_make(act->arena, struct record), *parent = d->parent;
    r->id = db_next_id(act->db, "records");
    r->type = str_of(d->type);
    r->author_id = d->itself ? r->id : act->person_id;
    r->owner_id = d->owner_id;
    r->title = d->title;
    r->state = d->state;
    r->audience = d->audience;
    r->created_at = r->updated_at = r->active_at = act->at;
    r->revision = 1;
    r->path = S("");
    r->root_id = r->id;
    r->space_id = d->own_space ? r->id : d->space_id;
    r->tags = S("");
    if (parent) {
        r->root_id = parent->root_id;
        r->parent_id = parent->id;
        r->space_id = parent->space_id;
        r->path = path_child(act->arena, parent->path, r->id);
        if (parent->audience > r->audience)
            r->audience = parent->audience;
    }
    r->hot = voted(act, d) ? hot_first(act->at) : 0;
    return r;
}

int64_t record_create(const struct act *act, const struct record_draft *d)
{
    const struct record *r = record_make(act, d);
    return r ? r->id : 0;
}

struct record *record_make(const struct act *act, const struct record_draft *d)
{
    struct record *r = record_of_draft(act, d);
    struct str format = d->format.n ? d->format : S("markdown");
    struct rendered text = render(act->db, act->arena, format, d->source);
    if (!d->parent)
        r->tags = tags_of(act->arena, d->tags, format, d->source);
    record_insert(act, r, &text);
    if (d->source.n || !str_eq(format, S("markdown"))) /* what record_text takes for none */
        db_put_new(act->db, "texts (format, record_id, source)", T(format), I(r->id), T(d->source));
    if (d->parent)
        record_count(act, d->parent, r, 1);
    if (r->tags.n)
        tags_set(act, r, r->tags);
    if (!d->parent)
        title_begin(act, r);
    search_add(act->db, r->id, r->title, r->tags, record_words(act->arena, text.plain, d->plain));
    files_attach(act, r, d->source, true);
    mentions_put(act, r->id, S(""), d->source);
    if (act->person_id && !act->quiet)
        follow_begin(act, r->root_id, act->person_id,
                     d->own_space ? LEVEL_HIGHLIGHTS : LEVEL_EVERYTHING);
    act_note(act, VERB_CREATE, r, S(""));
    r->html = html_trusted(text.html);
    return db_failed(act->db) ? NULL : r;
}

/* ---- changing ---- */

/* Of the activity that was noted last: one transaction writes at a time, and nobody waits for its
 * number here. */
static void revision_keep(const struct act *act, const struct record *r, struct record_text old,
                          const struct record_edit *e)
{
    db_send(act->db,
            "INSERT INTO revisions (record_id, number, at, editor_id, title, tags, format, source,"
            " note, activity_id, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
            " (SELECT MAX(id) FROM activities), ?10)",
            I(r->id), I(r->revision), I(act->at), REF(act->person_id), T(r->title), T(r->tags),
            T(old.format), T(old.source), T(e->note), T(e->changes));
}

/* Text, title and tags are as they were: only fields have changed. */
static void fields_only_update(const struct act *act, struct record *r, struct record_text old,
                               const struct record_edit *e)
{
    struct record was = *r;
    db_send(act->db, "UPDATE records SET updated_at = ?2, revision = revision + 1 WHERE id = ?1",
            I(r->id), I(act->at));
    r->updated_at = act->at;
    r->revision++;
    if (!e->same_plain)
        record_index(act->db, act->arena, r->id); /* the text as far as it may be quoted */
    act_note(act, e->verb ? e->verb : VERB_UPDATE, r, e->detail.p ? e->detail : e->note);
    revision_keep(act, &was, old, e);
}

enum record_result record_update(const struct act *act, struct record *r,
                                 const struct record_edit *e)
{
    if (e->revision && e->revision != r->revision)
        return RECORD_STALE;
    struct record_text old = record_text(act->db, act->arena, r->id);
    struct str title = e->title.p ? e->title : r->title;
    struct str source = e->source.p ? e->source : old.source;
    struct str format = old.format; /* what was imported as HTML is edited as HTML */
    struct str tags =
        r->parent_id ? S("") : tags_of(act->arena, e->tags.p ? e->tags : r->tags, format, source);
    if (str_eq(title, r->title) && str_eq(source, old.source) && str_eq(tags, r->tags)) {
        if (!e->changes.n)
            return RECORD_SAME;
        fields_only_update(act, r, old, e);
        return RECORD_DONE;
    }
    struct record was = *r;
    struct rendered text = render(act->db, act->arena, format, source);
    db_exec(act->db,
            "UPDATE records SET title = ?2, tags = ?3, excerpt = ?4, html = ?5, updated_at = ?6,"
            " revision = revision + 1 WHERE id = ?1",
            I(r->id), T(title), T(tags), T(text.excerpt), T(text.html), I(act->at));
    if (!str_eq(source, old.source))
        db_exec(act->db,
                "INSERT INTO texts (record_id, format, source) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (record_id) DO UPDATE SET source = excluded.source",
                I(r->id), T(format), T(source));
    r->title = title;
    r->tags = tags;
    r->html = html_trusted(text.html);
    r->updated_at = act->at;
    r->revision++;
    if (!r->parent_id)
        tags_set(act, r, tags);
    search_put(act->db, r->id, title, tags, record_words(act->arena, text.plain, e->plain));
    if (!r->parent_id && !str_eq(title, was.title))
        title_follow(act, r, was.title);
    if (!e->by_fields && !str_eq(title, was.title))
        title_compute(act->db, act->arena, r->type, r->id, was.title);
    files_attach(act, r, source, false);
    mentions_put(act, r->id, old.source, source);
    act_note(act, VERB_UPDATE, r, e->note);
    revision_keep(act, &was, old, e);
    return RECORD_DONE;
}

static struct record *parent_of(const struct act *act, const struct record *r)
{
    return r->parent_id ? record_load(act->db, act->arena, r->parent_id) : NULL;
}

/* A space has others' records in it; an account somebody who signs in. */
const char *record_stays(struct db *db, const struct record *r)
{
    if (r->space_id == r->id)
        return "A space stays: what is in it would have no place.";
    bool account =
        r->author_id == r->id &&
        db_get_int(db, 0, "SELECT person_id FROM accounts WHERE person_id = ?1", I(r->id));
    return account ? "Whoever has an account stays: it can be locked." : NULL;
}

void record_delete(const struct act *act, struct record *r)
{
    if (r->deleted_at)
        return;
    tallies_record(act, r, -1);
    db_exec(act->db, "UPDATE records SET deleted_at = ?2 WHERE id = ?1", I(r->id), I(act->at));
    r->deleted_at = act->at;
    if (r->id == r->root_id)
        live_cut_put(act->db, &(struct live_cut){.topic_id = r->id});
    struct record *parent = parent_of(act, r);
    if (parent)
        record_count(act, parent, r, -1);
    tags_set(act, r, S(""));
    search_remove(act->db, r->id);
    rollups_gone(act->db, act->arena, r->type, r->id, true);
    act_log(act, VERB_DELETE, r, S(""));
}

void record_restore(const struct act *act, struct record *r)
{
    if (!r->deleted_at)
        return;
    tallies_record(act, r, 1);
    db_exec(act->db, "UPDATE records SET deleted_at = NULL WHERE id = ?1", I(r->id));
    r->deleted_at = 0;
    struct record *parent = parent_of(act, r);
    if (parent)
        record_count(act, parent, r, 1);
    tags_set(act, r, r->tags);
    struct record_text text = record_text(act->db, act->arena, r->id);
    struct rendered rendered = render(act->db, act->arena, text.format, text.source);
    search_put(act->db, r->id, r->title, r->tags, rendered.plain);
    rollups_gone(act->db, act->arena, r->type, r->id, false);
    act_log(act, VERB_UNDO, r, S(""));
}

void record_set_quotable(const struct act *act, const struct record *r, bool quotable)
{
    struct record_text text = record_text(act->db, act->arena, r->id);
    struct rendered shown = {S(""), S(""), S("")};
    if (quotable)
        shown = render(act->db, act->arena, text.format, text.source);
    db_exec(act->db, "UPDATE records SET excerpt = ?2 WHERE id = ?1", I(r->id), T(shown.excerpt));
    record_index(act->db, act->arena, r->id);
}

void record_set_state(const struct act *act, struct record *r, const char *verb, struct str state)
{
    db_exec(act->db, "UPDATE records SET state = ?2, active_at = ?3 WHERE id = ?1", I(r->id),
            T(state), I(act->at));
    r->state = state;
    act_log(act, verb ? verb : VERB_STATUS, r, state);
}

/* ---- history ---- */

size_t record_revisions(struct db *db, struct arena *a, int64_t id, int64_t before,
                        struct revision *out, size_t max)
{
    struct rows q = db_query(
        db,
        "SELECT " ROW_COLUMNS(REVISION_ROW) " FROM revisions v"
                                            " LEFT JOIN people p ON p.id = v.editor_id"
                                            " WHERE v.record_id = ?1 AND (?2 = 0 OR v.number < ?2)"
                                            " ORDER BY v.number DESC LIMIT ?3",
        I(id), I(before), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        revision_decode(&out[n++], &q, 0, a);
    db_done(&q);
    return n;
}
