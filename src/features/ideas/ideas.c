/* ideas.c: customers propose ideas, others back them, the company answers.
 *
 * Owns    table ideas            Uses  records (votes, comments, history), spaces
 * RULES
 *   1. One vote per person and idea; voting again changes nothing.
 *   2. A status other than "open" comes with an official answer that gives a reason.
 *   3. A merged idea is read-only; its votes count for the target, once per person.
 *   4. Only staff and the space's moderators answer and merge.
 * WHY  Votes are rows, not a counter: merging and "who asked for this" need the people.
 */
#include "features/ideas/ideas.h"

#include "record/follows.h"
#include "record/origins.h"
#include "views/ideas/show.h"

const struct field_choice idea_states[] = {
    {"open", "Open", "grey"},           {"review", "Under review", "violet"},
    {"planned", "Planned", "blue"},     {"progress", "In progress", "honey"},
    {"done", "Done", "green", true},    {"declined", "Declined", "red", true},
    {"merged", "Merged", "grey", true}, {0},
};

static int ideas_show(struct req *rq, struct record *r);

static const struct part idea_parts[] = {
    PART(FLAG, "voted", struct idea_page, voted),
    PART_NAMED("watch", struct idea_page, level, level_name),
    PART(REF, "answer_id", struct idea_page, answer_id),
    PART(REF, "merged_id", struct idea_page, merged_id),
    PART_LIST("thread_entries", struct idea_page, discussion.thread.entries, discussion.thread.n,
              entry_parts),
    {0},
};

static const struct route routes[] = {
    {POST, "/ideas", entries_create, MEMBER, .rate = PER_HOUR(20), .flags = ROUTE_CREATES,
     .answers = entry_answer, .help = "propose an idea"},
    {POST, "/ideas/:id/answers", answers_create, MEMBER, .form = idea_answer_rules,
     .answers = record_answer, .help = "official answer: status and reason"},
    {POST, "/ideas/:id/merge", merges_create, MEMBER, .form = idea_merge_rules,
     .answers = record_answer, .help = "merge into another idea"},
    {0},
};


static const struct record_field fields[] = {
    {"title", "Title", KIND_TEXT, FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_INDEXED,
     "Short and plain: people decide by it whether to read on.", .column = "r.title"},
    {"body", "Text", KIND_LONGTEXT, FIELD_BODY | FIELD_REQUIRED,
     "What is the problem, who has it, and what would be better? Markdown works.", .column = ""},
    {"status", "Status", KIND_CHOICE, FIELD_FIXED | FIELD_LISTED | FIELD_CARD, .column = "r.state",
     .choices = idea_states},
    {"votes", "Votes", KIND_INTEGER, FIELD_FIXED | FIELD_LISTED | FIELD_CARD, .column = "r.score"},
    {"opening_votes", "Votes brought along", KIND_INTEGER,
     FIELD_FIXED | FIELD_CARD | FIELD_BROUGHT},
    {"comments", "Comments", KIND_INTEGER, FIELD_FIXED | FIELD_LISTED, .column = "r.thread"},
    {0},
};

static const struct record_type idea_type = {
    .name = "idea",
    .noun = "Idea",
    .plural = "ideas",
    .label = "Ideas",
    .lead =
        "What should we make, mend or leave out? Propose it, back it, and see what becomes of it.",
    .call = "Share an idea",
    .none = "No ideas here yet. Yours could be the first.",
    .begins = "trending",
    .icon = "#i-lightbulb",
    .votes = true,
    .fields = fields,
    .maker = MEMBER,
    .spaced = true,
    .unmerged = true,
    .show = ideas_show,
    .more = idea_parts,
};

static const struct record_type *const types[] = {&idea_type, NULL};

static const struct menu_entry menu[] = {
    {"Ideas", "/ideas", "#i-lightbulb", 20, ANYONE},
    {"New idea", "/ideas/new", "#i-plus", 10, MEMBER, MENU_ACT},
    {"Your ideas", "/ideas?show=mine", "#i-lightbulb", 20, MEMBER, MENU_USER},
    {0},
};

const struct feature ideas_feature = {
    .name = "ideas", .routes = routes, .types = types, .menu = menu};

/* ---- one idea ---- */

const char *idea_state_label(struct str state)
{
    for (const struct field_choice *c = idea_states; c->name; c++)
        if (str_is(state, c->name))
            return c->label;
    return "";
}

static void idea_row_read(struct req *rq, struct idea_page *v)
{
    struct rows q = db_query(rq->db,
                             "SELECT a.id, a.state, a.html, a.created_at, a.author_id,"
                             " COALESCE(p.name, ''), COALESCE(p.handle, ''),"
                             " i.merged_id, i.opening_votes"
                             " FROM ideas i LEFT JOIN records a ON a.id = i.answer_id"
                             " AND a.deleted_at IS NULL"
                             " LEFT JOIN people p ON p.id = a.author_id WHERE i.id = ?1",
                             I(v->r->id));
    if (db_next(&q)) {
        v->answer_id = db_int(&q, 0);
        v->answer_state = db_dup(&q, 1, rq->arena);
        v->answer_html = html_trusted(db_dup(&q, 2, rq->arena));
        v->answer_at = db_int(&q, 3);
        v->answer_author_id = db_int(&q, 4);
        v->answer_author = db_dup(&q, 5, rq->arena);
        v->answer_handle = db_dup(&q, 6, rq->arena);
        v->merged_id = db_int(&q, 7);
        v->opening_votes = db_int(&q, 8);
    }
    db_done(&q);
    if (!v->merged_id)
        return;
    const struct record *into = record_access(rq, v->merged_id, RIGHT_READ);
    v->merged_id = into ? into->id : 0; /* it may stand where the viewer sees nothing */
    v->merged_title = into ? into->title : S("");
}

static int ideas_show(struct req *rq, struct record *r)
{
    struct idea_page *v = arena_make(rq->arena, struct idea_page);
    v->r = r;
    v->path = record_path(rq->arena, r);
    idea_row_read(rq, v);
    v->discussion = discussion_read(rq, v->r, v->answer_id, "No comments yet. What do you think?");
    v->level = LEVEL_NONE;
    if (rq->viewer.id) {
        v->voted = vote_of(rq->db, v->r->id, rq->viewer.id) > 0;
        v->level = follow_level(rq->db, v->r->id, rq->viewer.id);
    }
    v->own = face_shows(rq->face) ? entry_own_fields(rq, v->r) : NULL;
    form_init(idea_answer_rules, &v->answer_form);
    v->origin = origins_find(&v->discussion.origins, v->r->id);
    if (rq->face == FACE_JSON)
        return entry_tell(rq, r, v, v->discussion.thread.next);
    return answer(rq, &(struct answer){.title = v->r->title,
                                       .page = ideas_show_view,
                                       .section = "/ideas",
                                       .topics = &v->r->id,
                                       .topics_n = 1,
                                       .data = v});
}
