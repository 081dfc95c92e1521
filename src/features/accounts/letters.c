/* letters.c: the letters about an account, and the job that writes those that nobody may wait for;
 * see passes.h.
 *
 * WHY a job: what is looked up behind the answer cannot be measured by whoever waits for it.
 */
#include <stdio.h>

#include "core/clock.h"
#include "features/accounts/devices.h"
#include "features/accounts/passes.h"

static void write_confirm(struct letter *l, const void *data)
{
    const struct account_letter *v = data;
    letter_subject(l, "Confirm your address");
    letter_text(l, "Hello " STR_FMT ",", STR_ARG(v->name));
    letter_text(l,
                "you have joined " STR_FMT " with this address. Confirm that it is yours, and "
                "letters about what concerns you will come here.",
                STR_ARG(l->hub));
    letter_button(l, "Confirm my address", S("/confirmations/" LETTER_SECRET));
    letter_text(l, "The link works once, for a week.");
    letter_fine(l, "If that was not you, do nothing: without this link nothing is sent here.");
}

static void write_reset(struct letter *l, const void *data)
{
    const struct account_letter *v = data;
    letter_subject(l, "Choose a new password");
    letter_text(l, "Hello " STR_FMT ",", STR_ARG(v->name));
    letter_text(l, "somebody, most likely you, has asked for a new password on " STR_FMT ".",
                STR_ARG(l->hub));
    letter_button(l, "Choose a new password", S("/resets/" LETTER_SECRET));
    letter_text(l, "The link works once, for an hour.");
    letter_fine(l, "If that was not you, do nothing: your password stays as it is.");
}

static void write_known(struct letter *l, const void *data)
{
    const struct account_letter *v = data;
    letter_subject(l, "You have an account already");
    letter_text(l, "Hello " STR_FMT ",", STR_ARG(v->name));
    letter_text(l,
                "somebody, most likely you, wanted to join " STR_FMT " with this address. It has "
                "an account already, and nothing was changed. Sign in with it; if you do not know "
                "its password any more, choose a new one.",
                STR_ARG(l->hub));
    letter_button(l, "Choose a new password", S("/resets/" LETTER_SECRET));
    letter_text(l, "The link works once, for an hour.");
    letter_fine(l, "If that was not you, do nothing. Nobody was told that you are here.");
}

static void write_changed(struct letter *l, const void *data)
{
    const struct account_letter *v = data;
    letter_subject(l, "Your password was changed");
    letter_text(l, "Hello " STR_FMT ",", STR_ARG(v->name));
    letter_text(l, "your password on " STR_FMT " is new, and every device is signed out.",
                STR_ARG(l->hub));
    letter_text(l, "If that was not you, choose another one at once:");
    letter_button(l, "Choose a new password", S("/resets/new"));
    letter_fine(l, "You get this letter because it is about your account.");
}

static void write_address(struct letter *l, const void *data)
{
    const struct account_letter *v = data;
    letter_subject(l, "Confirm your new address");
    letter_text(l, "Hello " STR_FMT ",", STR_ARG(v->name));
    letter_text(l,
                "you want to sign in at " STR_FMT " with this address from now on. Confirm that "
                "it is yours.",
                STR_ARG(l->hub));
    letter_button(l, "Confirm my new address", S("/confirmations/" LETTER_SECRET));
    letter_text(l, "The link works once, for a week.");
    letter_fine(l, "If that was not you, do nothing: nothing is changed.");
}

static void write_moved(struct letter *l, const void *data)
{
    const struct account_letter *v = data;
    letter_subject(l, "Your address was changed");
    letter_text(l, "Hello " STR_FMT ",", STR_ARG(v->name));
    letter_text(l,
                "your account on " STR_FMT " has another address, " STR_FMT ". Letters will go "
                "there, and you sign in with it.",
                STR_ARG(l->hub), STR_ARG(v->address));
    letter_fine(l, "If that was not you, tell the people who run " STR_FMT ".", STR_ARG(l->hub));
}

static const struct account_letter sample = {{"Ana Lindqvist", 13}, {"ana@new.example", 15}};

const struct letter_kind letter_confirm = {"confirm", "Confirm your address", write_confirm,
                                           &sample, .always = true};
const struct letter_kind letter_reset = {"reset", "Forgotten password", write_reset, &sample,
                                         .always = true};
const struct letter_kind letter_known = {"known", "Joining with a known address", write_known,
                                         &sample};
const struct letter_kind letter_changed = {"changed", "Password changed", write_changed, &sample};
const struct letter_kind letter_address = {"address", "Confirm a new address", write_address,
                                           &sample, .always = true};
const struct letter_kind letter_moved = {"moved", "Address changed", write_moved, &sample};

const struct letter_kind *const account_letters[] = {
    &letter_confirm, &letter_reset, &letter_known,  &letter_changed,
    &letter_address, &letter_moved, &letter_device, NULL,
};

/* ---- the job ---- */

void account_letter_ask(struct db *db, const char *what, struct str address)
{
    char data[300];
    int n = snprintf(data, sizeof data, "%s " STR_FMT, what, STR_ARG(address));
    struct str both = str_make(data, n > 0 && (size_t)n < sizeof data ? (size_t)n : 0);
    job_put(db, &(struct job_order){.kind = "account-letter", .data = both, .key = both});
}

/* How long a pass lives, and which letter has it. */
static const struct {
    const char *what, *pass;
    const struct letter_kind *kind;
    int64_t life;
} asked[] = {
    {"confirm", PASS_CONFIRM, &letter_confirm, 7 * CLOCK_DAY},
    {"reset", PASS_RESET, &letter_reset, CLOCK_HOUR},
    {"known", PASS_RESET, &letter_known, CLOCK_HOUR},
};

static bool letter_write(struct db *db, void *ctx)
{
    struct job *job = ctx;
    struct arena *a = job_arena(job);
    struct mail_desk desk = {job_app(job), db, a, clock_now()};
    struct str address = job_data(job), what;
    if (!str_split(&address, ' ', &what))
        return true;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct rows q = db_query(db,
                                 "SELECT a.person_id, p.name FROM accounts a JOIN people p"
                                 " ON p.id = a.person_id"
                                 " WHERE a.email = ?1 AND a.disabled_at IS NULL",
                                 T(address));
        if (!str_is(what, asked[i].what) || !db_next(&q)) {
            db_done(&q);
            continue;
        }
        struct pass pass = {.person_id = db_int(&q, 0), .address = address};
        struct account_letter letter = {db_dup(&q, 1, a), address};
        db_done(&q);
        pass.expires_at = desk.now + asked[i].life;
        if (db_get_int(db, 0,
                       "SELECT 1 FROM passes WHERE person_id = ?1 AND kind = ?2"
                       " AND created_at > ?3",
                       I(pass.person_id), Z(asked[i].pass), I(desk.now - CLOCK_MINUTE)))
            return true; /* a mailbox is not filled by asking again and again */
        mail_put(&desk, &(struct mail){.kind = asked[i].kind,
                                       .data = &letter,
                                       .person_id = pass.person_id,
                                       .address = address,
                                       .secret = pass_make(db, a, asked[i].pass, &pass, desk.now)});
    }
    return !db_failed(db);
}

enum job_result account_letter_run(struct job *job)
{
    return job_write_aside(job, letter_write, job) ? JOB_DONE : JOB_LATER;
}

/* ---- in a request ---- */

void account_letter_put(struct req *rq, const struct letter_kind *kind, int64_t person_id,
                        struct str address, struct str secret, struct str about)
{
    struct mail_desk desk = mail_desk(rq);
    struct account_letter letter = {
        db_get_str(rq->db, rq->arena, "SELECT name FROM people WHERE id = ?1", I(person_id)),
        about};
    mail_put(&desk, &(struct mail){.kind = kind,
                                   .data = &letter,
                                   .person_id = person_id,
                                   .address = address,
                                   .secret = secret});
}
