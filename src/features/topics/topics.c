/* topics.c: questions and discussions with answers, of which one may be accepted.
 *
 * Owns    table topics           Uses  records (votes, comments, history), spaces
 * RULES
 *   1. At most one answer is accepted; its asker and who moderates decide, and may change it.
 *   2. Answers stand by score, the accepted one first.
 */
#include "features/topics/topics.h"

#include <stdlib.h>

#include "record/follows.h"
#include "views/topics/answer.h"
#include "views/topics/show.h"

enum { THREAD = 400 };

static int topics_show(struct req *rq, struct record *r);
static int answers_create(struct req *rq);
static int accepts_create(struct req *rq);
static int accepts_destroy(struct req *rq);

static const struct form_rule answer_rules[] = {
    {"body", .label = "Answer", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {0},
};

static const struct part answer_parts[] = {
    PART_TITLE("Answer"),
    ROW_THERE(entry, struct topic_answer, answer),
    PART(FLAG, "accepted", struct topic_answer, accepted),
    PART_LIST("comment_entries", struct topic_answer, comments, comments_n, entry_parts),
    {0},
};

static const struct part topic_parts[] = {
    PART(FLAG, "voted", struct topic_page, voted),
    PART_NAMED("watch", struct topic_page, level, level_name),
    PART(REF, "accepted_id", struct topic_page, accepted_id),
    PART_LIST("comment_entries", struct topic_page, comments, comments_n, entry_parts),
    PART_LIST("answer_entries", struct topic_page, answers, answers_n, answer_parts),
    {0},
};

static const struct route routes[] = {
    {POST, "/topics", entries_create, MEMBER, .rate = PER_HOUR(20), .flags = ROUTE_CREATES,
     .answers = entry_answer, .help = "ask or start a discussion"},
    {POST, "/topics/:id/answers", answers_create, MEMBER, .rate = PER_HOUR(60),
     .flags = ROUTE_CREATES, .form = answer_rules, .answers = record_answer, .help = "answer it"},
    {POST, "/answers/:id/accept", accepts_create, MEMBER, .answers = record_answer,
     .help = "accept this answer"},
    {DELETE, "/answers/:id/accept", accepts_destroy, MEMBER, .answers = record_answer,
     .help = "accept it no longer"},
    {0},
};


static const struct record_field fields[] = {
    {"title", "Title", KIND_TEXT, FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_INDEXED,
     "Short and plain: people decide by it whether to read on.", .column = "r.title"},
    {"body", "Text", KIND_LONGTEXT, FIELD_BODY | FIELD_REQUIRED,
     "What do you want to know or talk about? What have you tried? Markdown works.", .column = ""},
    {"votes", "Votes", KIND_INTEGER, FIELD_FIXED | FIELD_LISTED | FIELD_CARD, .column = "r.score"},
    {"answers", "Answers", KIND_INTEGER, FIELD_FIXED | FIELD_LISTED | FIELD_CARD,
     .column = "r.answers"},
    {0},
};

static const struct record_type topic_type = {
    .name = "topic",
    .noun = "Topic",
    .plural = "topics",
    .label = "Topics",
    .lead = "Ask, answer, talk shop. Somebody here has had the same problem.",
    .call = "Ask or discuss",
    .none = "No topics here yet. Ask the first question.",
    .begins = "newest",
    .asks = true,
    .icon = "#i-messages-square",
    .votes = true,
    .fields = fields,
    .maker = MEMBER,
    .spaced = true,
    .unmerged = true,
    .show = topics_show,
    .more = topic_parts,
};

static const struct record_type *const types[] = {&topic_type, NULL};

static const struct menu_entry menu[] = {{"Topics", "/topics", "#i-messages-square", 30, ANYONE},
                                         {0}};

const struct feature topics_feature = {
    .name = "topics", .routes = routes, .types = types, .menu = menu};

/* ---- one topic ---- */

static int by_score(const void *a, const void *b)
{
    const struct topic_answer *x = a, *y = b;
    if (x->accepted != y->accepted)
        return x->accepted ? -1 : 1;
    if (x->answer->score != y->answer->score)
        return x->answer->score > y->answer->score ? -1 : 1;
    return x->answer->id < y->answer->id ? -1 : x->answer->id > y->answer->id;
}

/* The thread comes in reading order: each answer is followed by what stands below it. */
static void thread_split(struct req *rq, struct topic_page *v)
{
    const struct thread *t = &v->discussion.thread;
    struct topic_answer *answers = arena_array(rq->arena, struct topic_answer, t->n);
    struct entry *own = arena_array(rq->arena, struct entry, t->n);
    struct topic_answer *current = NULL;
    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];
        if (e->depth == 1)
            current = NULL;
        if (e->depth == 1 && str_eq(e->type, S("answer"))) {
            current = &answers[v->answers_n++];
            *current = (struct topic_answer){
                .answer = e, .comments = e + 1, .accepted = e->id == v->accepted_id};
        } else if (current) {
            current->comments_n++;
        } else {
            own[v->comments_n++] = *e;
        }
    }
    qsort(answers, v->answers_n, sizeof *answers, by_score);
    for (size_t i = 0; i < v->answers_n; i++) {
        answers[i].origin = origins_find(&v->discussion.origins, answers[i].answer->id);
        answers[i].shown = comments_shown(rq, v->r, &v->discussion.origins, answers[i].comments,
                                          answers[i].comments_n);
    }
    v->answers = answers;
    v->comments = own;
    v->shown = comments_shown(rq, v->r, &v->discussion.origins, own, v->comments_n);
}

static struct topic_page *topic_read(struct req *rq, struct record *r)
{
    struct topic_page *v = arena_make(rq->arena, struct topic_page);
    v->r = r;
    v->path = record_path(rq->arena, v->r);
    v->asker = v->r->author_id == rq->viewer.id && rq->viewer.id;
    v->may_accept = v->asker || (v->r->rights & RIGHT_MODERATE);
    v->accepted_id = db_get_int(rq->db, 0,
                                "SELECT a.id FROM topics t JOIN records a ON a.id = t.accepted_id"
                                " WHERE t.id = ?1 AND a.deleted_at IS NULL",
                                I(v->r->id));
    v->discussion = (struct discussion){
        .root = v->r, .path = v->path, .may_reply = (v->r->rights & RIGHT_REPLY) != 0, .empty = ""};
    thread_read(rq, v->r, S(""), THREAD, &v->discussion.thread);
    struct origins *origins = &v->discussion.origins;
    origins_read(rq->db, rq->arena, v->r->id, origins);
    thread_split(rq, v);
    v->level = LEVEL_NONE;
    v->own = face_shows(rq->face) ? entry_own_fields(rq, v->r) : NULL;
    if (rq->viewer.id) {
        v->voted = vote_of(rq->db, v->r->id, rq->viewer.id) > 0;
        v->level = follow_level(rq->db, v->r->id, rq->viewer.id);
    }
    v->origin = origins_find(origins, v->r->id);
    return v;
}

static int topics_show(struct req *rq, struct record *r)
{
    struct topic_page *v = topic_read(rq, r);
    if (rq->face == FACE_JSON)
        return entry_tell(rq, r, v, S(""));
    return answer(rq, &(struct answer){.title = v->r->title,
                                       .page = topics_show_view,
                                       .section = "/topics",
                                       .topics = &v->r->id,
                                       .topics_n = 1,
                                       .data = v});
}

/* ---- answers ---- */

static int answers_create(struct req *rq)
{
    struct record *r = record_access_type(rq, req_id(rq, "id"), "topic", RIGHT_REPLY);
    if (!r)
        return not_found(rq);
    struct topic_page *v = arena_make(rq->arena, struct topic_page);
    v->r = r;
    v->path = record_path(rq->arena, r);
    if (!form_read(rq, answer_rules, &v->form))
        return form_answer(
            rq, &v->form,
            &(struct answer){
                .title = S("Answer"), .page = topics_answer_view, .width = PAGE_NARROW, .data = v});
    struct act act = act_of(rq);
    int64_t id = record_create(&act, &(struct record_draft){.type = "answer",
                                                            .parent = r,
                                                            .source = form_get(&v->form, "body")});
    struct record *made = record_load(rq->db, rq->arena, id);
    if (!made)
        return refuse(rq, 500, NULL);
    return answer_created(rq, str_of_id(rq->arena, S("/r/"), id), &(struct answer){.data = made});
}

static int accept_set(struct req *rq, bool accept)
{
    struct record *r = record_access_type(rq, req_id(rq, "id"), "answer", RIGHT_READ);
    struct record *topic = r ? record_access_type(rq, r->root_id, "topic", RIGHT_READ) : NULL;
    if (!topic || r->parent_id != topic->id || r->deleted_at)
        return not_found(rq);
    if (topic->author_id != rq->viewer.id && !(topic->rights & RIGHT_MODERATE))
        return forbidden(rq);
    struct act act = act_of(rq);
    int64_t now =
        db_get_int(rq->db, 0, "SELECT accepted_id FROM topics WHERE id = ?1", I(topic->id));
    int64_t then = accept ? r->id : now == r->id ? 0 : now;
    if (then != now) {
        db_exec(rq->db, "UPDATE topics SET accepted_id = ?2 WHERE id = ?1", I(topic->id),
                REF(then));
        act_log(&act, accept ? VERB_ACCEPT : VERB_UNDO, r, S(""));
    }
    return answer_updated(rq, record_path(rq->arena, topic), &(struct answer){.data = r});
}

static int accepts_create(struct req *rq)
{
    return accept_set(rq, true);
}

static int accepts_destroy(struct req *rq)
{
    return accept_set(rq, false);
}
