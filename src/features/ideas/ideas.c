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

static int ideas_index(struct req *rq);
static int ideas_new(struct req *rq);
static int ideas_create(struct req *rq);
static int ideas_show(struct req *rq);

static const struct form_rule list_query[] = {
    LIST_QUERY,
    {"status", .label = "state, such as planned"},
    {0},
};

static const struct part idea_parts[] = {
    PART_TITLE("Idea"),
    PART_THERE(struct idea_page, r, record_parts),
    PART(FLAG, "voted", struct idea_page, voted),
    PART_NAMED("watch", struct idea_page, level, level_name),
    PART(REF, "answer_id", struct idea_page, answer_id),
    PART(REF, "merged_id", struct idea_page, merged_id),
    PART(INT, "opening_votes", struct idea_page, opening_votes),
    PART_LIST("thread_entries", struct idea_page, discussion.thread.entries, discussion.thread.n,
              entry_parts),
    {0},
};

static const struct part idea_answer[] = {
    PART_OBJECT("data", idea_parts),
    PART(CURSOR, "next", struct idea_page, discussion.thread.next),
    {0},
};

static const struct route routes[] = {
    {GET, "/ideas", ideas_index, ANYONE, .query = list_query, .answers = roots_answer,
     .help = "the list: sort, show, tag, status, author, space, q, after"},
    {GET, "/ideas/new", ideas_new, MEMBER, .help = "form for a new idea"},
    {POST, "/ideas", ideas_create, MEMBER, .rate = PER_HOUR(20), .flags = ROUTE_CREATES,
     .form = root_rules, .answers = record_answer, .help = "propose an idea"},
    {GET, "/ideas/:id", ideas_show, ANYONE, .query = page_query, .answers = idea_answer,
     .help = "one idea with its discussion"},
    {POST, "/ideas/:id/answers", answers_create, MEMBER, .form = idea_answer_rules,
     .answers = record_answer, .help = "official answer: status and reason"},
    {POST, "/ideas/:id/merge", merges_create, MEMBER, .form = idea_merge_rules,
     .answers = record_answer, .help = "merge into another idea"},
    ENTRY_ROUTES("ideas"),
    {0},
};

static void idea_row(const struct act *act, struct record *r);

static const struct record_field fields[] = {
    {"title", "Title", KIND_TEXT, FIELD_TITLE | FIELD_REQUIRED | FIELD_LISTED | FIELD_INDEXED,
     .column = "r.title"},
    {"body", "Text", KIND_LONGTEXT, FIELD_BODY | FIELD_REQUIRED, .column = ""},
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
    .icon = "#i-lightbulb",
    .votes = true,
    .fields = fields,
    .maker = MEMBER,
    .spaced = true,
    .make = idea_row,
    .unmerged = true,
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

static void idea_insert(const struct act *act, int64_t id)
{
    db_exec(act->db, "INSERT INTO ideas (id) VALUES (?1)", I(id));
}

static void idea_row(const struct act *act, struct record *r)
{
    idea_insert(act, r->id);
}

static const struct root_kind kind = {
    .type = &idea_type,
    .title = "Ideas",
    .lead =
        "What should we make, mend or leave out? Propose it, back it, and see what becomes of it.",
    .new_label = "Share an idea",
    .body_hint = "What is the problem, who has it, and what would be better? Markdown works.",
    .empty = "No ideas here yet. Yours could be the first.",
    .first_state = "open",
    .unanswered = "Unanswered",
    .states = idea_states,
    .sort = SORT_TRENDING,
    .insert = idea_insert,
};

static int ideas_index(struct req *rq)
{
    return roots_index(rq, &kind);
}

static int ideas_new(struct req *rq)
{
    return roots_new(rq, &kind);
}

static int ideas_create(struct req *rq)
{
    return roots_create(rq, &kind);
}

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

static int ideas_show(struct req *rq)
{
    struct idea_page *v = arena_make(rq->arena, struct idea_page);
    v->r = record_access_type(rq, req_id(rq, "id"), "idea", RIGHT_READ);
    if (!v->r)
        return not_found(rq);
    v->path = record_path(rq->arena, v->r);
    if (rq->face == FACE_PAGE && !str_eq(rq->path, v->path))
        return redirect(rq, STR_FMT "%s" STR_FMT, STR_ARG(v->path), rq->query_string.n ? "?" : "",
                        STR_ARG(rq->query_string));
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
        res_header(rq, "ETag", str_fmt(rq->arena, "\"%lld\"", (long long)v->r->revision));
    return answer(rq, &(struct answer){.title = v->r->title,
                                       .page = ideas_show_view,
                                       .section = "/ideas",
                                       .topics = &v->r->id,
                                       .topics_n = 1,
                                       .data = v});
}
