/* accounts_password.c: Argon2id by libsodium; see accounts.h, RULE 1 and 2. */
#include <sodium.h>
#include <stdlib.h>

#include "core/log.h"
#include "features/accounts/accounts.h"

/* 64 MiB and two passes: libsodium's "interactive" cost, which every sign-in can afford. Tests
 * with hundreds of people would not; they lower it. */
static unsigned long long cost_ops = crypto_pwhash_OPSLIMIT_INTERACTIVE;
static size_t cost_memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

static void cost_read(void)
{
    static bool read;
    if (read)
        return;
    read = true;
    if (getenv("SKEP_TEST")) {
        cost_ops = crypto_pwhash_OPSLIMIT_MIN;
        cost_memory = crypto_pwhash_MEMLIMIT_MIN;
    }
}

struct str password_hash(struct arena *a, struct str password)
{
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
    cost_read();
    if (sodium_init() < 0 || crypto_pwhash_str(hash, password.p, password.n, cost_ops, cost_memory))
        die("no memory for a password's hash");
    return str_of(hash);
}

bool password_matches(struct str hash, struct str password)
{
    /* Of a password that nobody knows, so that an unknown address costs the same time. */
    static char decoy[crypto_pwhash_STRBYTES];
    char copy[crypto_pwhash_STRBYTES] = {0};
    cost_read();
    if (sodium_init() < 0)
        return false;
    if (!hash.n) {
        if (!decoy[0] && crypto_pwhash_str(decoy, "no such account", 15, cost_ops, cost_memory))
            return false;
        (void)!crypto_pwhash_str_verify(decoy, password.p, password.n);
        return false;
    }
    if (hash.n >= sizeof copy)
        return false;
    memcpy(copy, hash.p, hash.n);
    return crypto_pwhash_str_verify(copy, password.p, password.n) == 0;
}
