/* passes.h: secret links in letters that do something once.
 *
 * Owns    table passes, which keeps the hash of a link's token only
 * RULES
 *   1. A pass works once, and until it expires; a newer one of its kind ends the older ones of a
 *      person (but for invitations, of which a person may write many).
 *   2. A password is asked for anew, and an address confirmed, by whoever reads that address's
 *      mail: the pass is worth nothing once the account has another address.
 *   3. Asking for a new password answers the same, and takes the same time, whether the address has
 *      an account or not.
 *   4. A new password ends every session, tells its owner by letter, and confirms the address.
 *   5. A change of address takes effect when the new one is confirmed; the old one is told.
 *   6. Looking at a link does nothing: programs that check mail do look.
 */
#ifndef ACCOUNTS_PASSES_H
#define ACCOUNTS_PASSES_H

#include "features/accounts/accounts.h"
#include "features/mails/mails.h"
#include "jobs/jobs.h"

#define PASS_CONFIRM "confirm"
#define PASS_RESET "reset"
#define PASS_ADDRESS "address" /* a new one */
#define PASS_INVITE "invite"

struct pass {
    int64_t id, person_id, space_id, expires_at;
    struct str address;
};

/* Gives the token. */
struct str pass_make(struct db *db, struct arena *a, const char *kind, const struct pass *pass,
                     int64_t now);
/* False: it has been used, has expired or never was. */
bool pass_find(struct req *rq, const char *kind, struct pass *pass); /* by the path's :token */
void pass_use(struct req *rq, const struct pass *pass);

enum job_result passes_clean(struct job *job); /* forgets those that have expired */

/* The person has shown that the address is theirs. */
void address_verify(struct req *rq, int64_t person_id, struct str address);
bool address_verified(struct db *db, int64_t person_id, struct str address);

/* A letter about an account, written by a job: "reset", "known" or "confirm". */
void account_letter_ask(struct db *db, const char *what, struct str address);
enum job_result account_letter_run(struct job *job);
extern const struct letter_kind *const account_letters[];

/* To whom, about what: for letters to one who has an account. */
struct account_letter {
    struct str name, address;
};
void account_letter_put(struct req *rq, const struct letter_kind *kind, int64_t person_id,
                        struct str address, struct str secret, struct str about);
extern const struct letter_kind letter_confirm, letter_reset, letter_known, letter_changed,
    letter_address, letter_moved;

void password_check(struct form *form, const char *name);
int64_t account_by_email(struct db *db, struct str email);

extern const struct form_rule reset_ask_rules[], reset_rules[];
extern const struct form_rule email_query[];
extern const struct part nothing_answer[]; /* {"data": {}} */

int resets_new(struct req *rq);
int resets_create(struct req *rq);
int resets_edit(struct req *rq);
int resets_prepare(struct req *rq);
int resets_update(struct req *rq);
int confirmations_new(struct req *rq);
int confirmations_create(struct req *rq);
int confirmations_ask(struct req *rq);
int addresses_prepare(struct req *rq);
int addresses_update(struct req *rq);

struct link_page { /* a page that a letter's link opens */
    struct form form;
    struct str token, address;
    const char *kind;
};

#endif
