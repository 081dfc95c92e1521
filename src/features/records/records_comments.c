/* records_comments.c: comments on any record, in threads.
 *
 * RULES
 *   1. A reply stands below a comment or answer of the same thread, or is refused.
 *   2. A comment comes with its count, index, activity and notifications, or not at all.
 */
#include "features/records/records.h"
#include "views/records/comment_new.h"

const struct form_rule comment_rules[] = {
    {"body", .label = "Comment", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {"parent", .label = "Parent", .whole = true},
    {0},
};

/* The parent that the form names, if it stands in r's thread. */
static struct record *parent_of(struct req *rq, struct record *r, int64_t id)
{
    struct record *parent = id ? record_access_bare(rq, id, RIGHT_REPLY) : r;
    return parent && parent->root_id == r->root_id ? parent : NULL;
}

const struct form_rule reply_query[] = {
    {"parent", .label = "Number of the comment that it replies to", .whole = true},
    {0},
};

static struct str comments_path(struct req *rq, const struct record *r)
{
    return str_fmt(rq->arena, "/%s/%lld/comments", record_type_find(r->type)->plural,
                   (long long)r->id);
}

static struct answer comment_page(const struct text_form *v)
{
    return (struct answer){
        .title = S("Reply"), .page = records_comment_new_view, .width = PAGE_NARROW, .data = v};
}

int comments_new(struct req *rq)
{
    struct record *r = record_here_bare(rq, RIGHT_REPLY);
    struct text_form *v = arena_make(rq->arena, struct text_form);
    int64_t id = 0;
    str_int(req_query(rq, "parent"), &id);
    struct record *parent = r ? parent_of(rq, r, id) : NULL;
    v->r = parent ? record_access(rq, parent->id, RIGHT_REPLY) : NULL;
    if (!v->r)
        return not_found(rq);
    v->path = record_path(rq->arena, r);
    v->action = comments_path(rq, r);
    form_init(comment_rules, &v->form);
    struct answer page = comment_page(v);
    return answer(rq, &page);
}

int comments_create(struct req *rq)
{
    struct record *r = record_here_bare(rq, RIGHT_REPLY);
    if (!r)
        return not_found(rq);
    struct text_form *v = arena_make(rq->arena, struct text_form);
    v->path = record_path(rq->arena, r);
    v->action = comments_path(rq, r);
    form_read(rq, comment_rules, &v->form);
    struct record *parent = parent_of(rq, r, form_int(&v->form, "parent"));
    if (!parent)
        form_fail(&v->form, "parent", "What you reply to is not here any more.");
    if (!v->form.ok) {
        v->r = record_access(rq, parent ? parent->id : r->id, RIGHT_REPLY); /* it is quoted */
        struct answer page = comment_page(v);
        return v->r ? form_answer(rq, &v->form, &page) : not_found(rq);
    }
    struct act act = act_of(rq);
    struct record *made = record_make(
        &act, &(struct record_draft){
                  .type = "comment", .parent = parent, .source = form_get(&v->form, "body")});
    if (!made)
        return refuse(rq, 500, NULL);
    return answer_created(rq, str_of_id(rq->arena, S("/r/"), made->id),
                          &(struct answer){.data = made});
}

/* ---- as the page shows them ---- */

static const char *badge_of(const struct record *root, const struct entry *e)
{
    if (e->staff)
        return "Staff";
    return e->author_id && e->author_id == root->author_id ? "Author" : NULL;
}

/* Where the viewer's own acts on it go. A guest acts nowhere: no addresses are needed. */
static void comment_acts(struct req *rq, const struct record *root, const struct entry *e,
                         struct comment *c)
{
    bool own = e->author_id == rq->viewer.id;
    bool closed = root->deleted_at || str_eq(root->state, S("merged"));
    bool may_edit = !closed && (own || (root->rights & RIGHT_MODERATE));
    bool answer = str_eq(e->type, S("answer"));
    c->path = str_of_id(rq->arena, answer ? S("/answers/") : S("/comments/"), e->id);
    c->may_restore = may_edit && c->gone;
    if (c->gone)
        return;
    c->may_reply = (root->rights & RIGHT_REPLY) != 0;
    c->may_edit = may_edit;
    c->may_delete = may_edit && !e->state.n; /* official answers stay */
}

static struct comment comment_shown(struct req *rq, const struct record *root,
                                    const struct origins *origins, const struct entry *e)
{
    bool own = rq->viewer.id && e->author_id == rq->viewer.id;
    const struct origin *origin = origins->n ? origins_find(origins, e->id) : NULL;
    struct comment c = {
        .id = e->id,
        .author_id = e->author_id,
        .at = e->created_at,
        .edited_at = e->revision > 1 ? e->updated_at : 0,
        .author_name = e->author_name,
        .badge = badge_of(root, e),
        .html = e->html,
        .depth = e->depth,
        .replies = (int)e->comments,
        .gone = e->deleted_at != 0,
        .has_votes = true,
        .score = e->score,
        .vote = vote_state_of(&rq->viewer, e->voted, (root->rights & RIGHT_REPLY) && !own),
    };
    if (origin && !c.gone) {
        c.origin = origin->url;
        c.licence = origin->licence;
    }
    if (rq->viewer.id)
        comment_acts(rq, root, e, &c);
    return c;
}

struct comment_thread comments_shown(struct req *rq, const struct record *root,
                                     const struct origins *origins, const struct entry *entries,
                                     size_t n)
{
    struct comment *list = arena_bytes(rq->arena, n * sizeof *list); /* written whole */
    if (face_shows(rq->face))
        for (size_t i = 0; i < n; i++)
            list[i] = comment_shown(rq, root, origins, &entries[i]);
    return (struct comment_thread){.list = list, .n = face_shows(rq->face) ? n : 0};
}
