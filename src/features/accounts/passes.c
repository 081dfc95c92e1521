/* passes.c: passes themselves, and the pages that their links open; see passes.h. */
#include "features/accounts/passes.h"

#include "core/clock.h"
#include "core/rand.h"
#include "features/accounts/devices.h"
#include "http/session.h"
#include "record/duplicates.h"
#include "views/accounts/confirm.h"
#include "views/accounts/reset.h"
#include "views/accounts/reset_ask.h"

enum { TOKEN_BYTES = 24 };

#define USED "This link has been used or has expired."

/* ---- passes ---- */

struct str pass_make(struct db *db, struct arena *a, const char *kind, const struct pass *pass,
                     int64_t now)
{
    struct str token = rand_hex(a, TOKEN_BYTES);
    unsigned char hash[TOKEN_HASH];
    token_hash(token, hash);
    if (strcmp(kind, PASS_INVITE) != 0) /* RULE 1 */
        db_exec(db, "DELETE FROM passes WHERE person_id = ?1 AND kind = ?2", I(pass->person_id),
                Z(kind));
    db_exec(db,
            "INSERT INTO passes (token_hash, kind, person_id, address, space_id, created_at,"
            " expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            B(str_make((char *)hash, sizeof hash)), Z(kind), I(pass->person_id), T(pass->address),
            REF(pass->space_id), I(now), I(pass->expires_at));
    return token;
}

bool pass_find(struct req *rq, const char *kind, struct pass *pass)
{
    unsigned char hash[TOKEN_HASH];
    struct str token = req_param(rq, "token");
    if (token.n != 2 * TOKEN_BYTES)
        return false;
    token_hash(token, hash);
    struct rows q = db_query(rq->db,
                             "SELECT id, person_id, space_id, expires_at, address FROM passes"
                             " WHERE token_hash = ?1 AND kind = ?2 AND expires_at > ?3",
                             B(str_make((char *)hash, sizeof hash)), Z(kind), I(rq->now));
    bool found = db_next(&q);
    if (found)
        *pass = (struct pass){db_int(&q, 0), db_int(&q, 1), db_int(&q, 2), db_int(&q, 3),
                              db_dup(&q, 4, rq->arena)};
    db_done(&q);
    return found;
}

void pass_use(struct req *rq, const struct pass *pass)
{
    db_exec(rq->db, "DELETE FROM passes WHERE id = ?1", I(pass->id));
}

static bool clean(struct db *db, void *ctx)
{
    (void)ctx;
    return db_exec(db, "DELETE FROM passes WHERE expires_at < ?1", I(clock_now())) > 0 &&
           !db_failed(db);
}

enum job_result passes_clean(struct job *job)
{
    job_write_aside(job, clean, NULL);
    return JOB_DONE;
}

void address_verify(struct req *rq, int64_t person_id, struct str address)
{
    int64_t before = db_get_int(
        rq->db, 0, "SELECT person_id FROM identities WHERE kind = 'email' AND address = ?1",
        T(address));
    struct alike_keys theirs = alike_keys_begin(rq->db, rq->arena, person_id);
    struct alike_keys others =
        alike_keys_begin(rq->db, rq->arena, before == person_id ? 0 : before);
    db_exec(rq->db,
            "INSERT INTO identities (person_id, kind, address, verified_at)"
            " VALUES (?1, 'email', ?2, ?3) ON CONFLICT (kind, address)"
            " DO UPDATE SET person_id = excluded.person_id, verified_at = excluded.verified_at",
            I(person_id), T(address), I(rq->now));
    alike_keys_end(rq->db, rq->arena, &theirs);
    alike_keys_end(rq->db, rq->arena, &others);
    mail_address_works(rq->db, address);
}

bool address_verified(struct db *db, int64_t person_id, struct str address)
{
    return db_get_int(db, 0,
                      "SELECT 1 FROM identities WHERE kind = 'email' AND address = ?1"
                      " AND person_id = ?2 AND verified_at IS NOT NULL",
                      T(address), I(person_id)) == 1;
}

int64_t account_by_email(struct db *db, struct str email)
{
    return db_get_int(db, 0, "SELECT person_id FROM accounts WHERE email = ?1", T(email));
}

static const struct part nothing_parts[] = {PART_TITLE("Nothing"), {0}};
const struct part nothing_answer[] = {PART_OBJECT("data", nothing_parts), {0}};
static const struct answer nothing = {.data = &nothing_parts};

/* RULE 2 */
static bool pass_holds(struct req *rq, const struct pass *pass)
{
    struct str email =
        db_get_str(rq->db, rq->arena,
                   "SELECT email FROM accounts WHERE person_id = ?1 AND disabled_at IS NULL",
                   I(pass->person_id));
    return str_eq(email, pass->address);
}

/* ---- a forgotten password ---- */

const struct form_rule email_query[] = {{"email", .label = "fills in the form"}, {0}};

const struct form_rule reset_ask_rules[] = {
    {"email", .label = "E-mail address", .required = true, .max = 254},
    {0},
};

const struct form_rule reset_rules[] = {
    {"password", .label = "New password", .required = true, .secret = true, .max = PASSWORD_MAX},
    {0},
};

static struct answer ask_page(const struct link_page *v)
{
    return (struct answer){.title = S("Forgotten password"),
                           .page = accounts_reset_ask_view,
                           .width = PAGE_TINY,
                           .data = v};
}

int resets_new(struct req *rq)
{
    struct link_page *v = arena_make(rq->arena, struct link_page);
    form_init(reset_ask_rules, &v->form);
    form_set(&v->form, "email", utf8_first(req_query(rq, "email"), 254));
    struct answer page = ask_page(v);
    return answer(rq, &page);
}

int resets_create(struct req *rq) /* RULE 3 */
{
    struct link_page *v = arena_make(rq->arena, struct link_page);
    struct answer page = ask_page(v);
    if (form_read(rq, reset_ask_rules, &v->form) && !email_valid(form_get(&v->form, "email")))
        form_fail(&v->form, "email", "This does not look like an e-mail address.");
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    account_letter_ask(rq->db, "reset", str_lower(rq->arena, form_get(&v->form, "email")));
    flash(rq, "If this address has an account, a letter is on its way to it.");
    return answer_updated(rq, S("/session/new"), &nothing);
}

static struct answer reset_page(const struct link_page *v)
{
    return (struct answer){.title = S("Choose a new password"),
                           .page = accounts_reset_view,
                           .width = PAGE_TINY,
                           .data = v};
}

static bool reset_find(struct req *rq, struct link_page *v, struct pass *pass)
{
    form_init(reset_rules, &v->form);
    v->token = req_param(rq, "token");
    bool found = pass_find(rq, PASS_RESET, pass) && pass_holds(rq, pass);
    if (found)
        v->address = pass->address;
    return found;
}

int resets_edit(struct req *rq)
{
    struct link_page *v = arena_make(rq->arena, struct link_page);
    struct pass pass;
    if (!reset_find(rq, v, &pass))
        return refuse(rq, 404, USED " Ask for a new one where you sign in.");
    struct answer page = reset_page(v);
    return answer(rq, &page);
}

int resets_prepare(struct req *rq)
{
    struct str *hash = arena_make(rq->arena, struct str);
    *hash = password_hash(rq->arena, req_field(rq, "password"));
    rq->prepared = hash;
    return 0;
}

int resets_update(struct req *rq) /* RULE 4 */
{
    struct link_page *v = arena_make(rq->arena, struct link_page);
    struct pass pass;
    if (!reset_find(rq, v, &pass))
        return refuse(rq, 404, USED " Ask for a new one where you sign in.");
    struct answer page = reset_page(v);
    form_read(rq, reset_rules, &v->form);
    password_check(&v->form, "password");
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    pass_use(rq, &pass);
    db_exec(rq->db, "UPDATE accounts SET password = ?2 WHERE person_id = ?1", I(pass.person_id),
            T(*(struct str *)rq->prepared));
    sessions_end_all(rq, pass.person_id);
    device_keep(rq, pass.person_id);
    address_verify(rq, pass.person_id, pass.address);
    account_letter_put(rq, &letter_changed, pass.person_id, pass.address, S(""), pass.address);
    flash(rq, "Your password is new. Sign in with it.");
    return answer_updated(rq,
                          str_fmt(rq->arena, "/session/new?email=" STR_FMT,
                                  STR_ARG(str_url_encode(rq->arena, pass.address))),
                          &nothing);
}

/* ---- addresses ---- */

static struct link_page *confirmation_find(struct req *rq, struct pass *pass)
{
    struct link_page *v = arena_make(rq->arena, struct link_page);
    v->token = req_param(rq, "token");
    if (pass_find(rq, PASS_CONFIRM, pass) && pass_holds(rq, pass))
        v->kind = PASS_CONFIRM;
    else if (pass_find(rq, PASS_ADDRESS, pass))
        v->kind = PASS_ADDRESS;
    else
        return NULL;
    v->address = pass->address;
    return v;
}

int confirmations_new(struct req *rq) /* RULE 6 */
{
    struct pass pass;
    struct link_page *v = confirmation_find(rq, &pass);
    if (!v)
        return refuse(rq, 404, USED " A new one can be had on your account's page.");
    return answer(rq, &(struct answer){.title = S("Confirm your address"),
                                       .page = accounts_confirm_view,
                                       .width = PAGE_TINY,
                                       .data = v});
}

/* RULE 5 */
static void address_move(struct req *rq, const struct pass *pass)
{
    struct str old = db_get_str(
        rq->db, rq->arena, "SELECT email FROM accounts WHERE person_id = ?1", I(pass->person_id));
    db_exec(rq->db, "UPDATE accounts SET email = ?2 WHERE person_id = ?1", I(pass->person_id),
            T(pass->address));
    struct alike_keys keys = alike_keys_begin(rq->db, rq->arena, pass->person_id);
    db_exec(rq->db,
            "DELETE FROM identities WHERE kind = 'email' AND address = ?2 AND person_id = ?1",
            I(pass->person_id), T(old));
    alike_keys_end(rq->db, rq->arena, &keys);
    account_letter_put(rq, &letter_moved, pass->person_id, old, S(""), pass->address);
}

int confirmations_create(struct req *rq)
{
    struct pass pass;
    struct link_page *v = confirmation_find(rq, &pass);
    if (!v)
        return refuse(rq, 404, USED " A new one can be had on your account's page.");
    int64_t owner = account_by_email(rq->db, pass.address);
    if (owner && owner != pass.person_id)
        return refuse(rq, 409, "This address has another account.");
    pass_use(rq, &pass);
    if (strcmp(v->kind, PASS_ADDRESS) == 0)
        address_move(rq, &pass);
    address_verify(rq, pass.person_id, pass.address);
    flash(rq, "Thank you: letters will come to " STR_FMT ".", STR_ARG(pass.address));
    return answer_updated(rq, rq->viewer.id ? S("/account") : S("/session/new"), &nothing);
}

int confirmations_ask(struct req *rq)
{
    struct str email = db_get_str(
        rq->db, rq->arena, "SELECT email FROM accounts WHERE person_id = ?1", I(rq->viewer.id));
    account_letter_ask(rq->db, "confirm", email);
    flash(rq, "A letter is on its way to " STR_FMT ".", STR_ARG(email));
    return answer_updated(rq, S("/account"), &nothing);
}
