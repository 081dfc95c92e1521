/* accounts.c: the sign-in, sign-up and account pages; see accounts.h. */
#include "features/accounts/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/rand.h"
#include "db/setting.h"
#include "features/accounts/accounts_tokens.h"
#include "features/accounts/devices.h"
#include "features/accounts/feed_keys.h"
#include "features/accounts/passes.h"
#include "features/people/people.h"
#include "http/app.h"
#include "http/live.h"
#include "http/session.h"
#include "record/duplicates.h"
#include "views/accounts/account.h"
#include "views/accounts/join.h"
#include "views/accounts/owner.h"
#include "views/accounts/sign_in.h"

static int sessions_new(struct req *rq);
static int sessions_check(struct req *rq);
static int sessions_create(struct req *rq);
static int sessions_destroy(struct req *rq);
static int devices_destroy(struct req *rq);
static int devices_destroy_all(struct req *rq);
static int accounts_new(struct req *rq);
static int accounts_prepare(struct req *rq);
static int accounts_create(struct req *rq);
static int accounts_show(struct req *rq);
static int passwords_prepare(struct req *rq);
static int passwords_update(struct req *rq);
static int owners_new(struct req *rq);
static int owners_create(struct req *rq);
static int command_init(struct app *app, int argc, char **argv);

static const struct form_rule sign_in_rules[] = {
    {"email", .label = "E-mail address", .required = true, .max = 254},
    {"password", .label = "Password", .required = true, .secret = true, .max = PASSWORD_MAX},
    {0},
};

static const struct form_rule join_rules[] = {
    {"name", .label = "Your name", .required = true, .max = 80},
    {"email", .label = "E-mail address", .required = true, .max = 254},
    {"password", .label = "Password", .required = true, .secret = true, .max = PASSWORD_MAX},
    {0},
};

static const char *const with_tokens[] = {"revoke", NULL};

static const struct form_rule everywhere_rules[] = {
    {"tokens", .label = "Access tokens, too", .choices = with_tokens},
    {0},
};

static const struct form_rule password_rules[] = {
    {"current", .label = "Current password", .required = true, .secret = true, .max = PASSWORD_MAX},
    {"password", .label = "New password", .required = true, .secret = true, .max = PASSWORD_MAX},
    {"tokens", .label = "Access tokens, too", .choices = with_tokens},
    {0},
};

static const struct form_rule address_rules[] = {
    {"email", .label = "New address", .required = true, .max = 254},
    {"current", .label = "Current password", .required = true, .secret = true, .max = PASSWORD_MAX},
    {0},
};

static const struct part signed_parts[] = {
    PART_TITLE("SignedIn"),
    PART(INT, "person_id", struct viewer, id),
    {0},
};
static const struct part signed_answer[] = {PART_OBJECT("data", signed_parts), {0}};

static const struct part session_parts[] = {
    PART_TITLE("Session"),
    PART(INT, "id", struct session_shown, id),
    PART(TIME, "created_at", struct session_shown, created_at),
    PART(TIME, "seen_at", struct session_shown, seen_at),
    PART(TEXT, "agent", struct session_shown, agent),
    PART(TEXT, "address", struct session_shown, address),
    PART(FLAG, "own", struct session_shown, own),
    {0},
};

static const struct part account_parts[] = {
    PART_TITLE("Account"),
    PART(TEXT, "email", struct account_page, email),
    PART(FLAG, "email_verified", struct account_page, verified),
    PART(FLAG, "email_stopped", struct account_page, stopped),
    PART(TEXT, "handle", struct account_page, handle),
    PART_LIST("sessions", struct account_page, sessions, sessions_n, session_parts),
    PART_LIST("feed_keys", struct account_page, feed_keys.keys, feed_keys.n, feed_key_parts),
    {0},
};
static const struct part account_json[] = {PART_OBJECT("data", account_parts), {0}};

static const struct form_rule back_query[] = {
    {"back", .label = "path of this site to go on to"},
    {"email", .label = "fills in the form"},
    {0},
};

static const struct route routes[] = {
    {GET, "/session/new", sessions_new, ANYONE, .flags = ROUTE_LEADS, .query = back_query,
     .help = "form to sign in"},
    {POST, "/session", sessions_create, ANYONE, .prepare = sessions_check, .rate = PER_MINUTE(10),
     .body_max = 8192, .flags = ROUTE_ASIDE, .scope = SCOPE_NONE, .form = sign_in_rules,
     .answers = signed_answer, .help = "sign in"},
    {DELETE, "/session", sessions_destroy, ANYONE, .flags = ROUTE_ASIDE, .scope = SCOPE_NONE,
     .answers = signed_answer, .help = "sign out"},
    {DELETE, "/sessions/:id", devices_destroy, MEMBER, .scope = SCOPE_NONE, .answers = account_json,
     .help = "sign one device out"},
    {DELETE, "/sessions", devices_destroy_all, MEMBER, .scope = SCOPE_NONE,
     .form = everywhere_rules, .answers = signed_answer, .help = "sign out everywhere"},
    {GET, "/accounts/new", accounts_new, ANYONE, .flags = ROUTE_LEADS, .query = back_query,
     .help = "form to join"},
    {POST, "/accounts", accounts_create, ANYONE, .prepare = accounts_prepare, .rate = PER_HOUR(10),
     .body_max = 8192, .scope = SCOPE_NONE, .form = join_rules, .answers = signed_answer,
     .help = "join"},
    {GET, "/account", accounts_show, MEMBER, .answers = account_json,
     .help = "the own account and its devices"},
    {GET, "/account/tokens", tokens_index, MEMBER, .scope = SCOPE_NONE, .flags = ROUTE_UNFED,
     .answers = tokens_answer, .help = "the own access tokens"},
    {POST, "/account/tokens", tokens_create, MEMBER, .rate = PER_HOUR(30), .scope = SCOPE_NONE,
     .flags = ROUTE_CREATES, .form = token_rules, .answers = token_made_answer,
     .help = "make an access token; `token` is shown this once"},
    {DELETE, "/account/tokens/:id", tokens_destroy, MEMBER, .scope = SCOPE_NONE,
     .answers = tokens_answer, .help = "revoke one"},
    {DELETE, "/account/tokens", tokens_destroy_all, MEMBER, .scope = SCOPE_NONE,
     .answers = tokens_answer, .help = "revoke all of them"},
    {PUT, "/account/password", passwords_update, MEMBER, .prepare = passwords_prepare,
     .rate = PER_HOUR(10), .body_max = 8192, .scope = SCOPE_NONE, .form = password_rules,
     .answers = account_json, .help = "change the own password"},
    {GET, "/resets/new", resets_new, ANYONE, .query = email_query,
     .help = "form to ask for a new password"},
    {POST, "/resets", resets_create, ANYONE, .rate = PER_HOUR(10), .body_max = 8192,
     .scope = SCOPE_NONE, .flags = ROUTE_ASIDE, .form = reset_ask_rules, .answers = nothing_answer,
     .help = "ask for a letter with a link to a new password"},
    {GET, "/resets/:token", resets_edit, ANYONE, .help = "form to choose it"},
    {PUT, "/resets/:token", resets_update, ANYONE, .prepare = resets_prepare, .rate = PER_HOUR(20),
     .body_max = 8192, .scope = SCOPE_NONE, .flags = ROUTE_ASIDE, .form = reset_rules,
     .answers = nothing_answer, .help = "choose a new password"},
    {POST, "/confirmations", confirmations_ask, MEMBER, .rate = PER_HOUR(20), .scope = SCOPE_NONE,
     .flags = ROUTE_ASIDE, .answers = nothing_answer,
     .help = "ask for a letter that confirms one's address"},
    {GET, "/confirmations/:token", confirmations_new, ANYONE, .help = "form to confirm an address"},
    {POST, "/confirmations/:token", confirmations_create, ANYONE, .rate = PER_HOUR(20),
     .scope = SCOPE_NONE, .flags = ROUTE_ASIDE, .answers = nothing_answer,
     .help = "confirm an address"},
    {PUT, "/account/email", addresses_update, MEMBER, .prepare = addresses_prepare,
     .rate = PER_HOUR(10), .body_max = 8192, .scope = SCOPE_NONE, .flags = ROUTE_ASIDE,
     .form = address_rules, .answers = account_json, .help = "ask for another address"},
    {POST, "/account/feed-keys", feed_keys_create, MEMBER, .rate = PER_HOUR(20),
     .scope = SCOPE_NONE, .flags = ROUTE_CREATES, .form = feed_key_rules,
     .answers = feed_key_made_answer, .help = "make a feed key; `key` is shown this once"},
    {DELETE, "/account/feed-keys/:id", feed_keys_destroy, MEMBER, .scope = SCOPE_NONE,
     .answers = account_json, .help = "revoke a feed key"},
    {GET, "/owner/:token", owners_new, ANYONE, .help = "form that makes the owner, once"},
    {POST, "/owner/:token", owners_create, ANYONE, .prepare = accounts_prepare,
     .rate = PER_HOUR(20), .body_max = 8192, .scope = SCOPE_NONE, .form = join_rules,
     .answers = signed_answer, .help = "become the owner"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Your account", "/account", "#i-settings", 30, MEMBER, MENU_USER},
    {0},
};

static const struct command commands[] = {
    {"init", "--email ADDRESS --name NAME [--hub NAME]",
     "make the owner; the password is read from standard input", command_init, HUB_MAKE},
    {"token create", "--email ADDRESS [--name NAME] [--scopes read,write,admin] [--days N]",
     "make an access token and print it", command_token_create},
    {"token list", "[--json]", "the access tokens of everybody", command_token_list},
    {"token revoke", "NUMBER", "take an access token away", command_token_revoke},
    {0},
};

static const struct job_kind jobs[] = {
    {"account-letter", account_letter_run, .at_once = 2},
    {"account-clean", passes_clean, .every_s = 86400},
    {0},
};

static void accounts_start(struct app *app);

const struct feature accounts_feature = {
    .name = "accounts",
    .routes = routes,
    .menu = menu,
    .commands = commands,
    .jobs = jobs,
    .letters = account_letters,
    .start = accounts_start,
};

/* ---- accounts ---- */

bool email_valid(struct str email)
{
    ptrdiff_t at = str_find(email, '@');
    if (at < 1 || email.n > 254 || (size_t)at > 64 ||
        str_find(str_from(email, (size_t)at + 1), '@') >= 0)
        return false;
    struct str domain = str_from(email, (size_t)at + 1);
    for (size_t i = 0; i < email.n; i++)
        if ((unsigned char)email.p[i] <= ' ' || email.p[i] == 127 ||
            strchr("<>\"(),;:\\[]", email.p[i]))
            return false;
    return domain.n > 2 && str_find(domain, '.') > 0 && domain.p[domain.n - 1] != '.';
}

void account_create(const struct act *act, int64_t person_id, struct str email, struct str hash,
                    enum role role)
{
    struct str address = str_lower(act->arena, email);
    db_exec(act->db,
            "INSERT INTO accounts (person_id, email, password, role, created_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5)",
            I(person_id), T(address), T(hash), I(role), I(act->at));
    db_exec(act->db, "UPDATE people SET staff = ?2 WHERE id = ?1", I(person_id),
            I(role >= ROLE_STAFF));
    struct alike_keys keys = alike_keys_begin(act->db, act->arena, person_id);
    db_exec(act->db,
            "INSERT INTO identities (person_id, kind, address) VALUES (?1, 'email', ?2)"
            " ON CONFLICT DO NOTHING",
            I(person_id), T(address));
    alike_keys_end(act->db, act->arena, &keys);
}

/* ---- sign in ---- */

static struct answer sign_in_page(const struct sign_form *v)
{
    return (struct answer){
        .title = S("Sign in"), .page = accounts_sign_in_view, .width = PAGE_TINY, .data = v};
}

static struct str back_of(struct req *rq)
{
    struct str back = req_has_field(rq, "back") ? req_field(rq, "back") : req_query(rq, "back");
    return url_is_local(back) ? back : S("/");
}

static int sessions_new(struct req *rq)
{
    struct sign_form *v = arena_make(rq->arena, struct sign_form);
    form_init(sign_in_rules, &v->form);
    form_set(&v->form, "email", utf8_first(req_query(rq, "email"), 254));
    v->back = back_of(rq);
    if (rq->viewer.id)
        return redirect(rq, STR_FMT, STR_ARG(v->back));
    struct answer page = sign_in_page(v);
    return answer(rq, &page);
}

struct checked {
    int64_t person_id; /* 0: no */
};

/* On a job thread. Whether the address is known decides nothing that takes time. */
static int sessions_check(struct req *rq)
{
    struct checked *c = arena_make(rq->arena, struct checked);
    struct str email = str_lower(rq->arena, str_trim(req_field(rq, "email"))), hash = S("");
    int64_t person = 0;
    struct rows q = db_query(rq->db,
                             "SELECT person_id, password FROM accounts"
                             " WHERE email = ?1 AND disabled_at IS NULL",
                             T(email));
    if (db_next(&q)) {
        person = db_int(&q, 0);
        hash = db_dup(&q, 1, rq->arena);
    }
    db_done(&q);
    if (password_matches(hash, req_field(rq, "password")))
        c->person_id = person;
    rq->prepared = c;
    return 0;
}

static int sessions_create(struct req *rq)
{
    const struct checked *c = rq->prepared;
    struct sign_form *v = arena_make(rq->arena, struct sign_form);
    v->back = back_of(rq);
    if (form_read(rq, sign_in_rules, &v->form) && !c->person_id)
        form_fail(&v->form, NULL, "The address or the password is not right.");
    struct answer page = sign_in_page(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    device_enters(rq, c->person_id, session_create(rq, c->person_id));
    struct viewer *viewer = arena_make(rq->arena, struct viewer);
    viewer->id = c->person_id;
    return answer_updated(rq, v->back, &(struct answer){.data = viewer});
}

static int sessions_destroy(struct req *rq)
{
    session_end(rq);
    return answer_updated(rq, S("/"), &(struct answer){.data = &(struct viewer){0}});
}

/* ---- join ---- */

static struct answer join_page(const struct sign_form *v)
{
    return (struct answer){
        .title = S("Join"), .page = accounts_join_view, .width = PAGE_TINY, .data = v};
}

static int accounts_new(struct req *rq)
{
    struct sign_form *v = arena_make(rq->arena, struct sign_form);
    form_init(join_rules, &v->form);
    v->back = back_of(rq);
    if (rq->viewer.id)
        return redirect(rq, STR_FMT, STR_ARG(v->back));
    struct answer page = join_page(v);
    return answer(rq, &page);
}

/* The hash is made whether or not it will be needed: the time tells nothing. */
static int accounts_prepare(struct req *rq)
{
    struct str *hash = arena_make(rq->arena, struct str);
    *hash = password_hash(rq->arena, req_field(rq, "password"));
    rq->prepared = hash;
    return 0;
}

void password_check(struct form *form, const char *name)
{
    if (!form_error(form, name) && utf8_len(form_get(form, name)) < PASSWORD_MIN)
        form_fail(form, name,
                  "A password has at least 10 characters; a short sentence is a good one.");
}

static bool join_read(struct req *rq, struct sign_form *v)
{
    form_read(rq, join_rules, &v->form);
    password_check(&v->form, "password");
    if (!form_error(&v->form, "email") && !email_valid(form_get(&v->form, "email")))
        form_fail(&v->form, "email", "This does not look like an e-mail address.");
    return v->form.ok;
}

static int64_t join_person(struct req *rq, const struct form *form, enum role role)
{
    struct act act = act_of(rq);
    int64_t id = person_create(&act, form_get(form, "name"), S(""), S(""));
    account_create(&act, id, form_get(form, "email"), *(struct str *)rq->prepared, role);
    return id;
}

static int accounts_create(struct req *rq)
{
    struct sign_form *v = arena_make(rq->arena, struct sign_form);
    v->back = back_of(rq);
    struct answer page = join_page(v);
    if (!join_read(rq, v))
        return form_answer(rq, &v->form, &page);
    struct str email = str_lower(rq->arena, form_get(&v->form, "email"));
    bool known = account_by_email(rq->db, email) != 0;
    if (!known)
        join_person(rq, &v->form, ROLE_MEMBER);
    account_letter_ask(rq->db, known ? "known" : "confirm", email);
    flash(rq, "Welcome! If this address had no account yet, it has one now. Sign in to go on.");
    if (rq->face != FACE_JSON) /* by way of the form to sign in to where they come from */
        return redirect(rq, "/session/new?email=" STR_FMT "%s" STR_FMT,
                        STR_ARG(str_url_encode(rq->arena, email)),
                        str_is(v->back, "/") ? "" : "&back=",
                        STR_ARG(str_is(v->back, "/") ? S("") : str_url_encode(rq->arena, v->back)));
    return answer_updated(rq, S("/session/new"), &(struct answer){.data = &(struct viewer){0}});
}

/* ---- the own account ---- */

struct account_page *account_read(struct req *rq)
{
    enum { DEVICES = 50 };
    struct account_page *v = arena_make(rq->arena, struct account_page);
    struct session_shown *sessions = arena_array(rq->arena, struct session_shown, DEVICES);
    form_init(password_rules, &v->form);
    form_init(address_rules, &v->address_form);
    v->handle = rq->viewer.handle;
    v->email = db_get_str(rq->db, rq->arena, "SELECT email FROM accounts WHERE person_id = ?1",
                          I(rq->viewer.id));
    v->verified = address_verified(rq->db, rq->viewer.id, v->email);
    struct mail_address back = mail_address(rq->db, rq->arena, v->email);
    v->stopped = back.stopped_at != 0;
    v->stopped_why = back.why;
    v->tokens =
        db_get_int(rq->db, 0, "SELECT COUNT(*) FROM tokens WHERE person_id = ?1", I(rq->viewer.id));
    struct rows q =
        db_query(rq->db,
                 "SELECT id, created_at, seen_at, agent, address FROM sessions"
                 " WHERE person_id = ?1 AND expires_at > ?2 ORDER BY seen_at DESC LIMIT ?3",
                 I(rq->viewer.id), I(rq->now), I(DEVICES));
    while (v->sessions_n < DEVICES && db_next(&q)) {
        struct session_shown *s = &sessions[v->sessions_n++];
        *s = (struct session_shown){db_int(&q, 0),
                                    db_int(&q, 1),
                                    db_int(&q, 2),
                                    device_name(rq->arena, db_dup(&q, 3, rq->arena)),
                                    db_dup(&q, 4, rq->arena),
                                    db_int(&q, 0) == rq->viewer.session_id};
    }
    db_done(&q);
    v->sessions = sessions;
    v->feed_keys = feed_keys_read(rq);
    return v;
}

struct answer account_answer(const struct account_page *v)
{
    return (struct answer){
        .title = S("Your account"), .page = accounts_account_view, .width = PAGE_NARROW, .data = v};
}

static int accounts_show(struct req *rq)
{
    struct answer page = account_answer(account_read(rq));
    return answer(rq, &page);
}

static int devices_destroy(struct req *rq)
{
    int64_t gone = db_exec(rq->db, "DELETE FROM sessions WHERE id = ?1 AND person_id = ?2",
                           I(req_id(rq, "id")), I(rq->viewer.id));
    if (gone)
        live_cut_put(rq->db, &(struct live_cut){.session_id = req_id(rq, "id")});
    struct answer page = account_answer(account_read(rq));
    return gone ? answer_updated(rq, S("/account"), &page) : not_found(rq);
}

static int devices_destroy_all(struct req *rq)
{
    struct form form;
    if (!form_read(rq, everywhere_rules, &form))
        return form_refuse(rq, &form);
    sessions_end_all(rq, rq->viewer.id);
    if (form_get(&form, "tokens").n)
        tokens_revoke_all(rq->db, rq->viewer.id);
    flash(rq, "You are signed out on every device.");
    return answer_updated(rq, S("/session/new"), &(struct answer){.data = &(struct viewer){0}});
}

/* ---- a new password ---- */

struct new_password {
    bool right; /* the current one was */
    struct str hash;
};

static int passwords_prepare(struct req *rq)
{
    struct new_password *p = arena_make(rq->arena, struct new_password);
    struct str hash = db_get_str(
        rq->db, rq->arena, "SELECT password FROM accounts WHERE person_id = ?1", I(rq->viewer.id));
    p->right = password_matches(hash, req_field(rq, "current"));
    p->hash = password_hash(rq->arena, req_field(rq, "password"));
    rq->prepared = p;
    return 0;
}

static int passwords_update(struct req *rq)
{
    const struct new_password *p = rq->prepared;
    struct account_page *v = account_read(rq);
    if (form_read(rq, password_rules, &v->form) && !p->right)
        form_fail(&v->form, "current", "This is not your current password.");
    password_check(&v->form, "password");
    struct answer page = account_answer(v);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    db_exec(rq->db, "UPDATE accounts SET password = ?2 WHERE person_id = ?1", I(rq->viewer.id),
            T(p->hash));
    sessions_end_all(rq, rq->viewer.id);
    if (form_get(&v->form, "tokens").n)
        tokens_revoke_all(rq->db, rq->viewer.id);
    session_create(rq, rq->viewer.id);
    device_keep(rq, rq->viewer.id);
    flash(rq, "Your password is new. Every other device is signed out.");
    return answer_updated(rq, S("/account"), &page);
}

/* ---- a new address ---- */

int addresses_prepare(struct req *rq)
{
    struct checked *c = arena_make(rq->arena, struct checked);
    struct str hash = db_get_str(
        rq->db, rq->arena, "SELECT password FROM accounts WHERE person_id = ?1", I(rq->viewer.id));
    if (password_matches(hash, req_field(rq, "current")))
        c->person_id = rq->viewer.id;
    rq->prepared = c;
    return 0;
}

/* An address that has an account gets the letter that says so: the page says the same. */
int addresses_update(struct req *rq)
{
    const struct checked *c = rq->prepared;
    struct account_page *v = account_read(rq);
    struct form *form = &v->address_form;
    if (form_read(rq, address_rules, form) && !c->person_id)
        form_fail(form, "current", "This is not your current password.");
    if (!form_error(form, "email") && !email_valid(form_get(form, "email")))
        form_fail(form, "email", "This does not look like an e-mail address.");
    struct answer page = account_answer(v);
    if (!form->ok)
        return form_answer(rq, form, &page);
    struct str email = str_lower(rq->arena, form_get(form, "email"));
    if (account_by_email(rq->db, email)) {
        account_letter_ask(rq->db, "known", email);
    } else {
        struct pass pass = {
            .person_id = rq->viewer.id, .address = email, .expires_at = rq->now + 7 * CLOCK_DAY};
        account_letter_put(rq, &letter_address, rq->viewer.id, email,
                           pass_make(rq->db, rq->arena, PASS_ADDRESS, &pass, rq->now), email);
    }
    flash(rq, "A letter is on its way to " STR_FMT ". Open the link in it.", STR_ARG(email));
    return answer_updated(rq, S("/account"), &page);
}

/* ---- the owner ---- */

static bool hub_has_owner(struct db *db)
{
    return db_get_int(db, 0, "SELECT 1 FROM accounts WHERE role = ?1", I(ROLE_OWNER)) == 1;
}

/* What the settings keep of the link's token: its hash and the time it ends. */
static struct str owner_link_hash(struct arena *a, struct str token)
{
    unsigned char hash[TOKEN_HASH];
    token_hash(token, hash);
    return str_hex(a, hash, sizeof hash);
}

static bool owner_link_valid(struct req *rq)
{
    if (hub_has_owner(rq->db))
        return false;
    struct str kept =
        db_get_str(rq->db, rq->arena, "SELECT value FROM settings WHERE name = 'owner_link'");
    struct str until =
        db_get_str(rq->db, rq->arena, "SELECT value FROM settings WHERE name = 'owner_link_until'");
    int64_t ends = 0;
    str_int(until, &ends);
    return kept.n && ends > rq->now &&
           str_eq(kept, owner_link_hash(rq->arena, req_param(rq, "token")));
}

static struct answer owner_page(const struct sign_form *v)
{
    return (struct answer){
        .title = S("Become the owner"), .page = accounts_owner_view, .width = PAGE_TINY, .data = v};
}

static int owners_new(struct req *rq)
{
    struct sign_form *v = arena_make(rq->arena, struct sign_form);
    form_init(join_rules, &v->form);
    v->token = req_param(rq, "token");
    if (!owner_link_valid(rq))
        return refuse(rq, 404,
                      "This link has been used or has expired. Start Skep again for a new one.");
    struct answer page = owner_page(v);
    return answer(rq, &page);
}

static int owners_create(struct req *rq)
{
    struct sign_form *v = arena_make(rq->arena, struct sign_form);
    v->token = req_param(rq, "token");
    if (!owner_link_valid(rq))
        return refuse(rq, 404,
                      "This link has been used or has expired. Start Skep again for a new one.");
    struct answer page = owner_page(v);
    if (!join_read(rq, v))
        return form_answer(rq, &v->form, &page);
    int64_t id = join_person(rq, &v->form, ROLE_OWNER);
    account_letter_ask(rq->db, "confirm", str_lower(rq->arena, form_get(&v->form, "email")));
    db_exec(rq->db, "DELETE FROM settings WHERE name = 'owner_link' OR name = 'owner_link_until'");
    device_enters(rq, id, session_create(rq, id));
    flash(rq, "Welcome. This hub is yours: open the first space.");
    return answer_updated(rq, S("/spaces/new"),
                          &(struct answer){.data = &(struct viewer){.id = id}});
}

struct owner_link {
    struct arena *arena;
    struct str token; /* empty: the hub has an owner */
};

static bool owner_link_make(struct db *db, void *ctx)
{
    struct owner_link *link = ctx;
    if (hub_has_owner(db))
        return true;
    link->token = rand_hex(link->arena, 24);
    setting_put(db, "owner_link", owner_link_hash(link->arena, link->token));
    setting_put(db, "owner_link_until",
                str_fmt(link->arena, "%lld", (long long)(clock_now() + CLOCK_DAY)));
    return true;
}

/* Where a browser finds the hub, as far as that is known before it listens; empty: not at all. */
static struct str hub_address(struct arena *a, const struct app_options *o)
{
    struct str base = str_of(o->base_url), listen = str_of(o->listen);
    if (base.n)
        return str_ends(base, S("/")) ? str_first(base, base.n - 1) : base;
    if (!listen.n || str_starts(listen, S("unix:")) || str_ends(listen, S(":0")))
        return S("");
    return str_fmt(a, "http://" STR_FMT, STR_ARG(listen));
}

/* A hub without an owner prints a link at every start; the newest one counts. */
static void accounts_start(struct app *app)
{
    struct arena *arena = arena_new(65536);
    struct owner_link link = {arena, S("")};
    struct str address = hub_address(arena, &app->options);
    if (store_run(app->store, STORE_WRITE, owner_link_make, &link) && link.token.n)
        printf("This hub has no owner yet. Within a day, open " STR_FMT "/owner/" STR_FMT
               " to become it.\n",
               STR_ARG(address), STR_ARG(link.token));
    fflush(stdout);
    arena_free(arena);
}

/* ---- skep init ---- */

struct init {
    struct arena *arena;
    struct str email, name, hub, hash;
    const char *refusal;
};

static bool init_run(struct db *db, void *ctx)
{
    struct init *in = ctx;
    if (hub_has_owner(db)) {
        in->refusal = "this hub has an owner already";
        return false;
    }
    struct act act = {db, in->arena, 0, clock_now(), true, S("")};
    int64_t id = person_create(&act, in->name, S(""), S(""));
    account_create(&act, id, in->email, in->hash, ROLE_OWNER);
    db_exec(db, "UPDATE identities SET verified_at = ?2 WHERE person_id = ?1", I(id), I(act.at));
    if (in->hub.n)
        setting_put(db, "hub_name", in->hub);
    in->refusal = "the database refused";
    return !db_failed(db);
}

static bool init_options(struct init *in, int argc, char **argv)
{
    for (int i = 0; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--email"))
            in->email = str_of(argv[i + 1]);
        else if (!strcmp(argv[i], "--name"))
            in->name = str_of(argv[i + 1]);
        else if (!strcmp(argv[i], "--hub"))
            in->hub = str_of(argv[i + 1]);
        else
            return false;
    }
    return argc % 2 == 0 && email_valid(in->email) && in->name.n;
}

static int command_init(struct app *app, int argc, char **argv)
{
    struct arena *arena = arena_new(1 << 20);
    struct init in = {.arena = arena, .refusal = ""};
    char line[4 * PASSWORD_MAX + 2]; /* UTF-8 */
    int code = 2;
    if (!init_options(&in, argc, argv)) {
        fprintf(stderr, "usage: skep init %s\n", commands[0].usage);
        goto out;
    }
    if (isatty(STDIN_FILENO))
        fputs("Password of the owner: ", stderr);
    code = 1;
    if (!fgets(line, sizeof line, stdin)) {
        fputs("skep init: no password on standard input\n", stderr);
        goto out;
    }
    line[strcspn(line, "\r\n")] = 0;
    size_t length = utf8_valid(str_of(line)) ? utf8_len(str_of(line)) : 0;
    if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
        fprintf(stderr, "skep init: a password has %d to %d characters\n", PASSWORD_MIN,
                PASSWORD_MAX);
        goto out;
    }
    in.hash = password_hash(arena, str_of(line));
    if (store_run(app->store, STORE_WRITE, init_run, &in))
        code = 0;
    else
        fprintf(stderr, "skep init: %s\n", in.refusal);
out:
    arena_free(arena);
    return code;
}
