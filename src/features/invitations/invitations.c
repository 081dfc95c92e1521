/* invitations.c: see invitations.h. */
#include "features/invitations/invitations.h"

#include "core/clock.h"
#include "features/people/people.h"
#include "http/app.h"
#include "http/session.h"
#include "views/invitations/index.h"
#include "views/invitations/show.h"

enum { SHOWN = 100, SPACES = 100 };
#define LIFE (14 * CLOCK_DAY)

static int invitations_index(struct req *rq);
static int invitations_create(struct req *rq);
static int invitations_destroy(struct req *rq);
static int invited_show(struct req *rq);
static int invited_create(struct req *rq);

static const struct form_rule rules[] = {
    {"email", .label = "E-mail address", .required = true, .max = 254},
    {"space", .label = "To", .whole = true, .max = 18},
    {0},
};

/* Those who have an account already send nothing. */
static const struct form_rule join_rules[] = {
    {"name", .label = "Your name", .max = 80},
    {"password", .label = "Password", .secret = true, .max = PASSWORD_MAX},
    {0},
};

static const struct form_rule index_query[] = {{"space", .label = "fills in the form"}, {0}};

static const struct part invitation_parts[] = {PART_TITLE("Invitation"), ROW_ALL(invitation), {0}};
static const struct part invitations_answer[] = {
    PART_LIST("data", struct invitations_page, rows, n, invitation_parts),
    {0},
};

static const struct part invited_parts[] = {
    PART_TITLE("Invited"),
    PART(TEXT, "by", struct invited_page, by_name),
    PART(TEXT, "space", struct invited_page, space),
    {0},
};
static const struct part invited_json[] = {PART_OBJECT("data", invited_parts), {0}};

static const struct route routes[] = {
    {GET, "/invitations", invitations_index, MEMBER, .flags = ROUTE_UNFED, .query = index_query,
     .answers = invitations_answer, .help = "whom one has invited by e-mail"},
    {POST, "/invitations", invitations_create, MEMBER, .rate = PER_HOUR(30),
     .flags = ROUTE_CREATES | ROUTE_ASIDE, .form = rules, .answers = invitations_answer,
     .help = "invite `email` to `space` (0: the hub)"},
    {DELETE, "/invitations/:id", invitations_destroy, MEMBER, .flags = ROUTE_ASIDE,
     .answers = invitations_answer, .help = "take an invitation back"},
    {GET, "/invited/:token", invited_show, ANYONE, .answers = invited_json,
     .help = "what an invitation's link opens"},
    {POST, "/invited/:token", invited_create, ANYONE, .prepare = resets_prepare,
     .rate = PER_HOUR(20), .body_max = 8192, .scope = SCOPE_NONE, .form = join_rules,
     .answers = invited_json, .help = "accept an invitation, or join by it"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Invite people", "/invitations", "#i-user-plus", 40, STAFF, MENU_USER},
    {0},
};

struct invite_letter {
    struct str by_name, space; /* space empty: the hub */
};

static void write_invite(struct letter *l, const void *data)
{
    const struct invite_letter *v = data;
    struct str where = v->space.n ? v->space : l->hub;
    letter_subject(l, STR_FMT " invites you to " STR_FMT, STR_ARG(v->by_name), STR_ARG(where));
    letter_text(l, "Hello,");
    if (v->space.n)
        letter_text(l,
                    STR_FMT " invites you to the space \xE2\x80\x9C" STR_FMT
                            "\xE2\x80\x9D on " STR_FMT ".",
                    STR_ARG(v->by_name), STR_ARG(v->space), STR_ARG(l->hub));
    else
        letter_text(l, STR_FMT " invites you to " STR_FMT ".", STR_ARG(v->by_name),
                    STR_ARG(l->hub));
    letter_button(l, "See the invitation", S("/invited/" LETTER_SECRET));
    letter_text(l, "The link works once, for two weeks.");
    letter_fine(l, "If you do not want to come, do nothing: no other letter follows.");
}

static const struct invite_letter sample = {{"Olga Novak", 10}, {"Beta group", 10}};
static const struct letter_kind letter_invite = {"invite", "Invitation", write_invite, &sample};
static const struct letter_kind *const letters[] = {&letter_invite, NULL};

const struct feature invitations_feature = {
    .name = "invitations",
    .routes = routes,
    .menu = menu,
    .letters = letters,
};

/* ---- inviting ---- */

static bool is_staff(const struct req *rq)
{
    return rq->viewer.role >= ROLE_STAFF;
}

/* RULE 1: the spaces that the viewer moderates; of the staff, all that they see. */
static void spaces_read(struct req *rq, struct invitations_page *v)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT s.id, s.name FROM spaces s JOIN records r ON r.id = s.id"
                    " WHERE r.deleted_at IS NULL AND (?2 = 1 OR EXISTS (SELECT 1 FROM memberships m"
                    " WHERE m.space_id = s.id AND m.person_id = ?1 AND m.role = 4)) AND ",
                    " ORDER BY s.name, s.id LIMIT ?3");
    struct option *list = arena_array(rq->arena, struct option, SPACES + 1);
    if (is_staff(rq))
        list[v->spaces_n++] = (struct option){S("0"), S("The hub, and no space yet"), NULL};
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I(is_staff(rq)), I(SPACES));
    while (v->spaces_n < SPACES && db_next(&q))
        list[v->spaces_n++] = (struct option){str_fmt(rq->arena, "%lld", (long long)db_int(&q, 0)),
                                              db_dup(&q, 1, rq->arena), NULL};
    db_done(&q);
    v->spaces = list;
}

static struct invitations_page *page_read(struct req *rq)
{
    struct invitations_page *v = arena_make(rq->arena, struct invitations_page);
    struct invitation *rows = arena_array(rq->arena, struct invitation, SHOWN);
    form_init(rules, &v->form);
    form_set(&v->form, "space", utf8_first(req_query(rq, "space"), 18));
    spaces_read(rq, v);
    struct rows q = db_query(
        rq->db,
        "SELECT " ROW_COLUMNS(
            INVITATION_ROW) " FROM passes i JOIN people p ON p.id = i.person_id"
                            " LEFT JOIN spaces s ON s.id = i.space_id WHERE i.kind = 'invite'"
                            " AND i.person_id = ?1 AND i.expires_at > ?2"
                            " ORDER BY i.id DESC LIMIT ?3",
        I(rq->viewer.id), I(rq->now), I(SHOWN));
    while (v->n < SHOWN && db_next(&q))
        invitation_decode(&rows[v->n++], &q, 0, rq->arena);
    db_done(&q);
    v->rows = rows;
    return v;
}

static struct answer index_answer(const struct invitations_page *v)
{
    return (struct answer){.title = S("Invite people"),
                           .page = invitations_index_view,
                           .width = PAGE_NARROW,
                           .data = v};
}

static int invitations_index(struct req *rq)
{
    struct answer page = index_answer(page_read(rq));
    return answer(rq, &page);
}

static void invite(struct req *rq, struct str address, const struct record *space)
{
    struct pass pass = {.person_id = rq->viewer.id,
                        .space_id = space ? space->id : 0,
                        .address = address,
                        .expires_at = rq->now + LIFE};
    struct mail_desk desk = mail_desk(rq);
    struct invite_letter letter = {rq->viewer.name, space ? space->title : S("")};
    mail_put(&desk,
             &(struct mail){.kind = &letter_invite,
                            .data = &letter,
                            .address = address,
                            .secret = pass_make(rq->db, rq->arena, PASS_INVITE, &pass, rq->now)});
}

static int invitations_create(struct req *rq)
{
    struct invitations_page *v = page_read(rq);
    form_read(rq, rules, &v->form);
    struct str address = str_lower(rq->arena, form_get(&v->form, "email"));
    int64_t space_id = form_int(&v->form, "space");
    struct record *space = space_id ? record_access_type(rq, space_id, "space", RIGHT_READ) : NULL;
    if (!form_error(&v->form, "email") && !email_valid(address))
        form_fail(&v->form, "email", "This does not look like an e-mail address.");
    if (space_id ? !space || !(space->rights & RIGHT_MODERATE) : !is_staff(rq)) /* RULE 1 */
        form_fail(&v->form, "space", "You may not invite people there.");
    if (v->form.ok && db_get_int(rq->db, 0, /* RULE 5 */
                                 "SELECT 1 FROM passes WHERE kind = 'invite' AND address = ?1"
                                 " AND COALESCE(space_id, 0) = ?2 AND expires_at > ?3",
                                 T(address), I(space_id), I(rq->now)))
        form_fail(&v->form, "email", "They are invited already.");
    struct answer page = index_answer(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    invite(rq, address, space);
    flash(rq, "A letter is on its way to " STR_FMT ".", STR_ARG(address));
    page = index_answer(page_read(rq));
    return answer_created(rq, S("/invitations"), &page);
}

static int invitations_destroy(struct req *rq)
{
    int64_t gone =
        db_exec(rq->db, "DELETE FROM passes WHERE id = ?1 AND kind = 'invite' AND person_id = ?2",
                I(req_id(rq, "id")), I(rq->viewer.id));
    struct answer page = index_answer(page_read(rq));
    return gone ? answer_updated(rq, S("/invitations"), &page) : not_found(rq);
}

/* ---- being invited ---- */

/* RULE 1: whoever invited may still do so. */
static bool stands(struct req *rq, const struct pass *pass)
{
    return db_get_int(rq->db, 0,
                      "SELECT 1 FROM accounts a WHERE a.person_id = ?1 AND a.disabled_at IS NULL"
                      " AND (a.role >= 2 OR EXISTS (SELECT 1 FROM memberships m"
                      " WHERE m.space_id = ?2 AND m.person_id = ?1 AND m.role = 4))",
                      I(pass->person_id), I(pass->space_id)) == 1;
}

static struct invited_page *invited_find(struct req *rq, struct pass *pass, struct record **space)
{
    struct invited_page *v = arena_make(rq->arena, struct invited_page);
    if (!pass_find(rq, PASS_INVITE, pass) || !stands(rq, pass))
        return NULL;
    *space = pass->space_id ? record_load(rq->db, rq->arena, pass->space_id) : NULL;
    if (pass->space_id && (!*space || (*space)->deleted_at))
        return NULL;
    form_init(join_rules, &v->form);
    v->token = req_param(rq, "token");
    v->address = pass->address;
    v->space = *space ? (*space)->title : S("");
    v->by_name =
        db_get_str(rq->db, rq->arena, "SELECT name FROM people WHERE id = ?1", I(pass->person_id));
    v->known = account_by_email(rq->db, pass->address) != 0;
    return v;
}

static struct answer invited_answer(const struct invited_page *v)
{
    return (struct answer){.title = S("You are invited"),
                           .page = invitations_show_view,
                           .width = PAGE_TINY,
                           .data = v};
}

#define USED "This invitation has been used, has expired, or was taken back."

static int invited_show(struct req *rq)
{
    struct pass pass;
    struct record *space = NULL;
    struct invited_page *v = invited_find(rq, &pass, &space);
    if (!v)
        return refuse(rq, 404, USED);
    struct answer page = invited_answer(v);
    return answer(rq, &page);
}

/* RULE 4; false: the form is to be shown again. */
static bool join(struct req *rq, struct invited_page *v, struct pass *pass, int64_t *person_id)
{
    password_check(&v->form, "password");
    if (!form_error(&v->form, "name") && !form_get(&v->form, "name").n)
        form_fail(&v->form, "name", "Your name is missing.");
    if (v->known)
        form_fail(&v->form, NULL, "This address has an account: sign in, and open the link again.");
    if (!v->form.ok)
        return false;
    struct act act = act_of(rq);
    *person_id = person_create(&act, form_get(&v->form, "name"), S(""), S(""));
    account_create(&act, *person_id, pass->address, *(struct str *)rq->prepared, ROLE_MEMBER);
    address_verify(rq, *person_id, pass->address);
    session_create(rq, *person_id);
    return true;
}

static int invited_create(struct req *rq)
{
    struct pass pass;
    struct record *space = NULL;
    struct invited_page *v = invited_find(rq, &pass, &space);
    if (!v)
        return refuse(rq, 404, USED);
    struct answer page = invited_answer(v);
    int64_t person_id = rq->viewer.id;
    form_read(rq, join_rules, &v->form);
    if (person_id ? !v->form.ok : !join(rq, v, &pass, &person_id))
        return form_answer(rq, &v->form, &page);
    pass_use(rq, &pass);
    struct act act = act_of(rq);
    act.person_id = person_id;
    if (space)
        space_enter(&act, space, person_id);
    flash(rq, "Welcome!");
    struct str path = space ? str_fmt(rq->arena, "/spaces/%lld", (long long)space->id) : S("/");
    return answer_updated(rq, path, &page);
}
