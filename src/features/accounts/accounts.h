/* accounts.h: signing up, in and out; sessions per device; the owner's first step.
 *
 * Base feature.
 * RULES
 *   1. A password is kept only as Argon2id (libsodium), made and checked off the loops and off the
 *      writer.
 *   2. Signing in answers the same, and takes the same time, whether the address or the password
 *      is wrong.
 *   3. Signing up answers the same whether the address had an account or not.
 *   4. A new password signs every other device out and ends the feed keys; when asked to, it
 *      revokes access tokens, too.
 *   5. The link that makes the owner works once, for one day, and only while the hub has none.
 */
#ifndef ACCOUNTS_ACCOUNTS_H
#define ACCOUNTS_ACCOUNTS_H

#include "http/feature.h"
#include "record/form.h"
#include "record/record.h"

enum { PASSWORD_MIN = 10, PASSWORD_MAX = 200, PASSWORD_HASH = 128 };

/* The encoded hash, in the arena. Slow on purpose: never on a loop or the writer. */
struct str password_hash(struct arena *a, struct str password);
bool password_matches(struct str hash, struct str password);

/* An account for a person. `email` in any case; the hash from password_hash. */
void account_create(const struct act *act, int64_t person_id, struct str email, struct str hash,
                    enum role role);
bool email_valid(struct str email);

/* ---- what the views show ---- */

struct sign_form {
    struct form form;
    struct str back;  /* where to go afterwards */
    struct str token; /* of the owner's link */
};

struct session_shown {
    int64_t id, created_at, seen_at;
    struct str agent, address;
    bool own; /* the one that is asking */
};

struct feed_key_shown {
    int64_t id, created_at, used_at; /* used_at 0: never */
    struct str name;
};

struct feed_keys_part {
    const struct feed_key_shown *keys;
    size_t n;
    struct str made, home, opml; /* the new key and addresses with it; empty: none was made */
    struct form form;
};

struct account_page {
    struct str email, handle;
    const struct session_shown *sessions;
    size_t sessions_n;
    int64_t tokens; /* how many access tokens */
    struct feed_keys_part feed_keys;
    struct form form; /* change of the password */
    struct form address_form;
    bool verified, stopped;
    struct str stopped_why;
};

#endif
