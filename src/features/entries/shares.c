/* shares.c: whom a record is shared with, on its page and as JSON.
 *
 * RULES
 *   1. Who may change records of others shares them; nobody else sees with whom.
 *   2. Somebody who is let in finds it in lists, searches and news, without the fields for staff.
 */
#include "features/entries/shares.h"

#include "view/answer.h"
#include "views/entries/shared.h"

static const char *const roles[] = {"takes part", "sees", NULL};
static const char *const audiences[] = {"staff", "participants", NULL};

const struct form_rule share_rules[] = {
    {"person", .label = "Person", .max = 200},
    {"person_text", .label = "Person", .max = 200},
    {"role", .label = "What they may", .choices = roles},
    {0},
};
const struct form_rule share_audience_rules[] = {
    {"audience", .label = "Who sees it", .required = true, .choices = audiences}, {0}};

static const struct part share_parts[] = {PART_TITLE("Participant"), ROW_ALL(share), {0}};
static const struct part panel_parts[] = {
    PART_TITLE("Participants"),
    PART(TEXT, "audience", struct shares_panel, audience),
    PART_LIST("people", struct shares_panel, people, n, share_parts),
    {0},
};
const struct part shares_answer[] = {PART_OBJECT("data", panel_parts), {0}};

struct shares_panel *shares_panel(struct req *rq, const struct record_type *t,
                                  const struct record *r)
{
    if (!may_share(r)) /* RULE 1 */
        return NULL;
    struct shares_panel *v = arena_make(rq->arena, struct shares_panel);
    struct share *people = arena_array(rq->arena, struct share, SHARES_MAX);
    *v = (struct shares_panel){.type = t,
                               .r = r,
                               .path = str_fmt(rq->arena, "/%s/%lld", t->plural, (long long)r->id),
                               .audience = audience_name(r->audience),
                               .people = people};
    v->n = shares_read(rq->db, rq->arena, r->id, people, SHARES_MAX);
    form_init(share_rules, &v->form);
    form_set(&v->form, "role", str_of(roles[0]));
    return v;
}

static struct shares_panel *panel_here(struct req *rq)
{
    const struct record_type *t = entries_type(rq);
    struct record *r = entry_here(rq, t, RIGHT_READ);
    return r ? shares_panel(rq, t, r) : NULL;
}

static struct answer page_of(struct req *rq, const struct shares_panel *v)
{
    return (struct answer){
        .title = str_fmt(rq->arena, "Who sees " STR_FMT, STR_ARG(v->r->title)),
        .page = entries_shared_view,
        .section = str_fmt(rq->arena, "/%s", v->type->plural).p,
        .width = PAGE_NARROW,
        .data = v,
    };
}

int shares_index(struct req *rq)
{
    struct shares_panel *v = panel_here(rq);
    if (!v)
        return not_found(rq);
    struct answer page = page_of(rq, v);
    return answer(rq, &page);
}

static int panel_changed(struct req *rq, struct record *r, const struct record_type *t,
                         bool created)
{
    struct shares_panel *v = shares_panel(rq, t, r);
    if (!v)
        return not_found(rq);
    struct answer page = page_of(rq, v);
    struct str path = record_path(rq->arena, r);
    return created ? answer_created(rq, path, &page) : answer_updated(rq, path, &page);
}

int shares_create(struct req *rq)
{
    struct shares_panel *v = panel_here(rq);
    if (!v)
        return not_found(rq);
    const char *why = NULL;
    form_read(rq, share_rules, &v->form);
    struct str role = form_get(&v->form, "role");
    int64_t person = v->form.ok ? person_asked(rq, &v->form, &why) : 0;
    if (v->form.ok && !why && v->n == SHARES_MAX)
        why = "It is shared with as many as can be.";
    if (why)
        form_fail(&v->form, "person", why);
    v->typed = form_get(&v->form, "person_text");
    v->error = form_error(&v->form, "person");
    struct answer page = page_of(rq, v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct act act = act_of(rq);
    struct record r = *v->r;
    share_put(&act, &r, person, role.n ? role : str_of(roles[0]));
    flash(rq, "They see it from here on, without the fields for staff.");
    return panel_changed(rq, &r, v->type, true);
}

int shares_destroy(struct req *rq)
{
    struct shares_panel *v = panel_here(rq);
    if (!v)
        return not_found(rq);
    struct act act = act_of(rq);
    struct record r = *v->r;
    if (!share_put(&act, &r, req_id(rq, "person"), S("")))
        return not_found(rq);
    flash(rq, "It is not shared with them any more.");
    return panel_changed(rq, &r, v->type, false);
}

int share_audiences_update(struct req *rq)
{
    struct shares_panel *v = panel_here(rq);
    struct form form;
    if (!v)
        return not_found(rq);
    if (!form_read(rq, share_audience_rules, &form))
        return form_refuse(rq, &form);
    struct act act = act_of(rq);
    struct record r = *v->r;
    share_audience(&act, &r, (enum audience)audience_of(form_get(&form, "audience")));
    return panel_changed(rq, &r, v->type, false);
}
