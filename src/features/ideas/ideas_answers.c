/* ideas_answers.c: the company's word on an idea: a status with its reason, or a merge. */
#include "features/ideas/ideas.h"
#include "record/follows.h"
#include "views/ideas/answer.h"

enum { VOTERS = 20000 };

static const char *const states[] = {"open", "review",   "planned", "progress",
                                     "done", "declined", NULL};

const struct form_rule idea_answer_rules[] = {
    {"status", .label = "Status", .required = true, .choices = states},
    {"reason", .label = "Reason", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {0},
};

const struct form_rule idea_merge_rules[] = {
    {"into", .label = "Number of the other idea", .required = true, .whole = true},
    {"reason", .label = "Reason", .required = true, .lines = true, .max = RECORD_TEXT_MAX},
    {0},
};

/* The answer is a record below the idea; the idea points to the one that stands. */
static void answer_set(const struct act *act, struct record *idea, struct str status,
                       struct str reason)
{
    struct act silent = *act; /* the change of status tells everybody, once */
    silent.quiet = true;
    int64_t id = record_create(
        &silent, &(struct record_draft){
                     .type = "answer", .parent = idea, .state = status, .source = reason});
    db_exec(act->db, "UPDATE ideas SET answer_id = ?2 WHERE id = ?1", I(idea->id), I(id));
    follow_add(act, idea->id, act->person_id);
}

static struct answer_form *form_of(struct req *rq, struct record *r, const struct form_rule *rules)
{
    struct answer_form *v = arena_make(rq->arena, struct answer_form);
    v->r = r;
    v->path = record_path(rq->arena, r);
    v->merge = rules == idea_merge_rules;
    form_read(rq, rules, &v->form);
    return v;
}

static int form_again(struct req *rq, const struct answer_form *v)
{
    return form_answer(rq, &v->form,
                       &(struct answer){.title = S("Official answer"),
                                        .page = ideas_answer_view,
                                        .width = PAGE_NARROW,
                                        .data = v});
}

int answers_create(struct req *rq)
{
    struct record *r = record_access_type(rq, req_id(rq, "id"), "idea", RIGHT_READ);
    if (!r || r->deleted_at)
        return not_found(rq);
    if (!(r->rights & RIGHT_MODERATE))
        return forbidden(rq);
    if (str_eq(r->state, S("merged")))
        return refuse(rq, 409, "This idea was merged; answer the one that it went into.");
    struct answer_form *v = form_of(rq, r, idea_answer_rules);
    if (!v->form.ok)
        return form_again(rq, v);
    struct act act = act_of(rq);
    struct str status = form_get(&v->form, "status");
    answer_set(&act, r, status, form_get(&v->form, "reason"));
    record_set_state(&act, r, NULL, status);
    return answer_updated(rq, v->path, &(struct answer){.data = r});
}

/* Every vote counts once for the target: not a second time, and not of its own author. */
static void votes_move(const struct act *act, const struct record *from, struct record *to)
{
    struct voter *voters = arena_array(act->arena, struct voter, VOTERS);
    size_t n = vote_people(act->db, act->arena, from->id, voters, VOTERS);
    for (size_t i = n; i-- > 0;) {
        struct act theirs = *act;
        theirs.person_id = voters[i].id;
        theirs.quiet = true;
        if (voters[i].id != to->author_id)
            vote_set(&theirs, to, 1);
        follow_add(&theirs, to->id, voters[i].id);
    }
    if (from->author_id && from->author_id != to->author_id) {
        struct act theirs = *act;
        theirs.person_id = from->author_id;
        vote_set(&theirs, to, 1);
        follow_add(&theirs, to->id, from->author_id);
    }
}

int merges_create(struct req *rq)
{
    struct record *r = record_access_type(rq, req_id(rq, "id"), "idea", RIGHT_READ);
    if (!r || r->deleted_at)
        return not_found(rq);
    if (!(r->rights & RIGHT_MODERATE))
        return forbidden(rq);
    struct answer_form *v = form_of(rq, r, idea_merge_rules);
    struct record *into =
        record_access_type(rq, form_int(&v->form, "into"), "idea", RIGHT_MODERATE);
    if (v->form.ok && (!into || into->id == r->id || into->deleted_at))
        form_fail(&v->form, "into", "There is no other idea with this number that you may change.");
    else if (v->form.ok && (str_eq(into->state, S("merged")) || str_eq(r->state, S("merged"))))
        form_fail(&v->form, "into", "One of the two has been merged already.");
    if (!v->form.ok)
        return form_again(rq, v);
    struct act act = act_of(rq);
    answer_set(&act, r, S("merged"), form_get(&v->form, "reason"));
    votes_move(&act, r, into);
    db_exec(act.db, "UPDATE ideas SET merged_id = ?2 WHERE id = ?1", I(r->id), I(into->id));
    db_exec(
        act.db,
        "INSERT INTO links (from_id, kind, to_id, author_id, at) VALUES (?1, 'merged', ?2, ?3, ?4)"
        " ON CONFLICT DO NOTHING",
        I(r->id), I(into->id), I(act.person_id), I(act.at));
    record_set_state(&act, r, VERB_MERGE, S("merged"));
    return answer_updated(rq, record_path(rq->arena, into), &(struct answer){.data = into});
}
