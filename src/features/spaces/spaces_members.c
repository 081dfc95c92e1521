/* spaces_members.c: joining, asking, inviting, roles and leaving. */
#include "features/people/people.h"
#include "features/spaces/members.h"
#include "http/live.h"
#include "record/follows.h"
#include "views/spaces/members.h"

enum { MEMBERS = 60 };

int64_t membership_get(struct db *db, int64_t space_id, int64_t person_id)
{
    return db_get_int(db, MEMBERSHIP_NONE,
                      "SELECT role FROM memberships WHERE space_id = ?1 AND person_id = ?2",
                      I(space_id), I(person_id));
}

void membership_set(const struct act *act, int64_t space_id, int64_t person_id, int64_t role)
{
    int64_t had = membership_get(act->db, space_id, person_id);
    if (had >= MEMBERSHIP_READER && role < had)
        live_cut_put(act->db, &(struct live_cut){.person_id = person_id});
    if (role == MEMBERSHIP_NONE)
        db_exec(act->db, "DELETE FROM memberships WHERE space_id = ?1 AND person_id = ?2",
                I(space_id), I(person_id));
    else
        db_exec(act->db,
                "INSERT INTO memberships (space_id, person_id, role, at) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT (space_id, person_id) DO UPDATE SET role = excluded.role",
                I(space_id), I(person_id), I(role), I(act->at));
}

size_t members_read(struct req *rq, int64_t space_id, int64_t least, int64_t after,
                    struct member *out, size_t max)
{
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(
                     MEMBER_ROW) " FROM memberships m"
                                 " JOIN people p ON p.id = m.person_id"
                                 " WHERE m.space_id = ?1 AND m.role >= ?2 AND m.person_id > ?3"
                                 " ORDER BY m.person_id LIMIT ?4",
                 I(space_id), I(least), I(after), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        member_decode(&out[n++], &q, 0, rq->arena);
    db_done(&q);
    return n;
}

static const struct part member_parts[] = {
    PART_TITLE("Member"),
    ROW_ALL(member),
    PART_NAMED("role", struct member, role, membership_name),
    {0},
};

const struct part members_answer[] = {
    PART_LIST("data", struct members_page, members, n, member_parts),
    PART(CURSOR, "next", struct members_page, next),
    {0},
};

static const char *const invite_roles[] = {"reader", "member", "moderator", NULL};

const struct form_rule invite_rules[] = {
    {"handle", .label = "Handle", .required = true, .max = 40},
    {0},
};

const struct form_rule member_role_rules[] = {
    {"role", .label = "Role", .required = true, .choices = invite_roles},
    {0},
};

static struct members_page *members_page(struct req *rq, struct space_page *space)
{
    struct members_page *v = arena_make(rq->arena, struct members_page);
    struct member *members = arena_array(rq->arena, struct member, MEMBERS + 1);
    int64_t after = 0;
    str_int(req_query(rq, "after"), &after);
    v->space = space;
    /* Who asked and who is invited only moderators see. */
    v->n = members_read(rq, space->r->id, space->moderates ? MEMBERSHIP_ASKED : MEMBERSHIP_READER,
                        after, members, MEMBERS + 1);
    if (v->n > MEMBERS) {
        v->n = MEMBERS;
        v->next = str_fmt(rq->arena, "%lld", (long long)members[MEMBERS - 1].id);
    }
    v->members = members;
    form_init(invite_rules, &v->form);
    return v;
}

/* The newest members are on the last page: the order is that of the page. */
static struct feed *members_feed(struct req *rq, const struct members_page *v)
{
    struct feed *feed =
        feed_new(rq, str_fmt(rq->arena, "Members of " STR_FMT, STR_ARG(v->space->space.name)),
                 str_fmt(rq->arena, STR_FMT "/members", STR_ARG(v->space->path)), v->n);
    feed->kind = "member";
    feed->next = v->next;
    for (size_t i = 0; i < feed->n; i++) {
        const struct member *m = &v->members[i];
        feed->entries[i] = (struct feed_entry){
            .id = v->space->r->id,
            .part = m->id,
            .published = m->at,
            .title = m->name,
            .path = str_fmt(rq->arena, "/people/" STR_FMT, STR_ARG(m->handle)),
            .author = m->name,
            .author_handle = m->handle,
            .text = membership_name(m->role),
        };
    }
    return feed;
}

static struct answer page_answer(struct req *rq, const struct members_page *v)
{
    return (struct answer){.title = str_fmt(rq->arena, "Members of %s", v->space->space.name.p),
                           .page = spaces_members_view,
                           .feed = members_feed(rq, v),
                           .section = "/spaces",
                           .data = v};
}

static struct str members_path(struct req *rq, const struct space_page *space)
{
    return str_fmt(rq->arena, STR_FMT "/members", STR_ARG(space->path));
}

int members_index(struct req *rq)
{
    struct space_page *space = space_here(rq);
    if (!space || !(space->r->rights & RIGHT_READ))
        return not_found(rq);
    struct answer page = page_answer(rq, members_page(rq, space));
    return answer(rq, &page);
}

static void tell_invited(const struct act *act, const struct record *space, int64_t person)
{
    act_log(act, VERB_INVITE, space, str_fmt(act->arena, "%lld", (long long)person));
}

static void let_in(const struct act *act, const struct record *space, int64_t person)
{
    struct act theirs = *act;
    theirs.person_id = person;
    act_log(&theirs, VERB_JOIN, space, S(""));
    follow_begin(&theirs, space->id, person, LEVEL_HIGHLIGHTS);
}

void space_enter(const struct act *act, const struct record *space, int64_t person_id)
{
    if (membership_get(act->db, space->id, person_id) >= MEMBERSHIP_READER)
        return;
    membership_set(act, space->id, person_id, MEMBERSHIP_MEMBER);
    let_in(act, space, person_id);
}

/* Whoever only asked or was invited leaves without a word. */
static void take_out(const struct act *act, const struct record *space, int64_t person, bool was_in)
{
    struct act theirs = *act;
    theirs.person_id = person;
    follow_leave(&theirs, space->id, person);
    if (was_in)
        act_log(&theirs, VERB_LEAVE, space, S(""));
}

int members_create(struct req *rq)
{
    struct space_page *space = space_here(rq);
    if (!space || !space->moderates)
        return not_found(rq);
    struct members_page *v = members_page(rq, space);
    struct answer page = page_answer(rq, v);
    if (!form_read(rq, invite_rules, &v->form))
        return form_answer(rq, &v->form, &page);
    struct str handle = str_lower(rq->arena, form_get(&v->form, "handle"));
    if (handle.n && handle.p[0] == '@')
        handle = str_from(handle, 1);
    int64_t person = db_get_int(rq->db, 0, "SELECT id FROM people WHERE handle = ?1", T(handle));
    if (!person)
        form_fail(&v->form, "handle", "Nobody here has this handle.");
    else if (membership_get(rq->db, space->r->id, person) >= MEMBERSHIP_READER)
        form_fail(&v->form, "handle", "They are in this space already.");
    else if (membership_get(rq->db, space->r->id, person) == MEMBERSHIP_INVITED)
        form_fail(&v->form, "handle", "They are invited already.");
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct act act = act_of(rq);
    bool asked = membership_get(rq->db, space->r->id, person) == MEMBERSHIP_ASKED;
    membership_set(&act, space->r->id, person, asked ? MEMBERSHIP_MEMBER : MEMBERSHIP_INVITED);
    tell_invited(&act, space->r, person);
    if (asked)
        let_in(&act, space->r, person);
    v = members_page(rq, space);
    page = page_answer(rq, v);
    return answer_updated(rq, members_path(rq, space), &page);
}

/* RULE 2: whether the space would be without a moderator. */
static bool last_moderator(struct req *rq, int64_t space_id, int64_t person_id)
{
    return rq->viewer.role < ROLE_ADMINISTRATOR &&
           membership_get(rq->db, space_id, person_id) == MEMBERSHIP_MODERATOR &&
           !db_get_int(
               rq->db, 0,
               "SELECT 1 FROM memberships WHERE space_id = ?1 AND role = 4 AND person_id <> ?2"
               " LIMIT 1",
               I(space_id), I(person_id));
}

static int member_change(struct req *rq, int64_t role)
{
    struct space_page *space = space_here(rq);
    int64_t person = req_id(rq, "person");
    if (!space || !space->moderates ||
        membership_get(rq->db, space->r->id, person) == MEMBERSHIP_NONE)
        return not_found(rq);
    if (role != MEMBERSHIP_MODERATOR && last_moderator(rq, space->r->id, person))
        return refuse(rq, 409, "A space needs a moderator. Make somebody else one first.");
    struct act act = act_of(rq);
    bool entered = membership_get(rq->db, space->r->id, person) < MEMBERSHIP_READER;
    membership_set(&act, space->r->id, person, role);
    if (entered && role >= MEMBERSHIP_READER) {
        tell_invited(&act, space->r, person);
        let_in(&act, space->r, person);
    } else if (role == MEMBERSHIP_NONE) {
        take_out(&act, space->r, person, !entered);
    }
    struct answer page = page_answer(rq, members_page(rq, space));
    return answer_updated(rq, members_path(rq, space), &page);
}

int members_update(struct req *rq)
{
    struct form form;
    if (!form_read(rq, member_role_rules, &form))
        return form_refuse(rq, &form);
    return member_change(rq, membership_of(form_get(&form, "role")));
}

int members_destroy(struct req *rq)
{
    return member_change(rq, MEMBERSHIP_NONE);
}

/* ---- one's own membership ---- */

/* Not the list of members: whoever goes, or declines, may not see it. */
static const struct part membership_parts[] = {
    PART_TITLE("Membership"),
    PART(INT, "id", struct space, id),
    PART_NAMED("membership", struct space, membership, membership_name),
    {0},
};

const struct part membership_answer[] = {PART_OBJECT("data", membership_parts), {0}};

static int joined_answer(struct req *rq, struct str path, struct space_page *space, int64_t role)
{
    space->space.membership = role;
    return answer_updated(rq, path, &(struct answer){.data = &space->space});
}

int memberships_create(struct req *rq)
{
    struct space_page *space = space_here(rq);
    if (!space)
        return not_found(rq);
    int64_t now = space->space.membership, then = now;
    if (now < MEMBERSHIP_READER) {
        bool open = str_eq(space->space.openness, S("anyone"));
        if (now == MEMBERSHIP_INVITED || open)
            then = MEMBERSHIP_MEMBER;
        else if (str_eq(space->space.openness, S("request")))
            then = MEMBERSHIP_ASKED;
        else
            return refuse(rq, 403, "This space is by invitation.");
    }
    struct act act = act_of(rq);
    if (then != now) {
        membership_set(&act, space->r->id, rq->viewer.id, then);
        if (then == MEMBERSHIP_MEMBER)
            let_in(&act, space->r, rq->viewer.id);
    }
    flash(rq, then == MEMBERSHIP_ASKED ? "You have asked to join. A moderator will answer."
                                       : "You are in. What happens here now shows on your Home.");
    return joined_answer(rq, space->path, space, then);
}

int memberships_destroy(struct req *rq)
{
    struct space_page *space = space_here(rq);
    if (!space)
        return not_found(rq);
    if (last_moderator(rq, space->r->id, rq->viewer.id))
        return refuse(rq, 409, "A space needs a moderator. Make somebody else one first.");
    struct act act = act_of(rq);
    if (space->space.membership != MEMBERSHIP_NONE) {
        membership_set(&act, space->r->id, rq->viewer.id, MEMBERSHIP_NONE);
        take_out(&act, space->r, rq->viewer.id, space->space.membership >= MEMBERSHIP_READER);
    }
    return joined_answer(rq, S("/spaces"), space, MEMBERSHIP_NONE);
}
