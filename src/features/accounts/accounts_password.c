/* accounts_password.c: Argon2id by libsodium; see accounts.h, RULE 1 and 2. */
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "core/log.h"
#include "features/accounts/accounts.h"

/* 64 MiB and two passes: libsodium's "interactive" cost, which every sign-in can afford. Tests
 * with hundreds of people would not; they lower it. */
static unsigned long long cost_ops = crypto_pwhash_OPSLIMIT_INTERACTIVE;
static size_t cost_memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

/* Of a password that nobody knows, so that an unknown address costs the same time. */
static char decoy[crypto_pwhash_STRBYTES];
static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void begin(void)
{
    if (sodium_init() < 0)
        die("libsodium does not start");
    if (getenv("SKEP_TEST")) {
        cost_ops = crypto_pwhash_OPSLIMIT_MIN;
        cost_memory = crypto_pwhash_MEMLIMIT_MIN;
    }
    if (crypto_pwhash_str(decoy, "nobody", 6, cost_ops, cost_memory))
        die("no memory for a password's hash");
}

struct str password_hash(struct arena *a, struct str password)
{
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
    pthread_once(&begun, begin);
    if (crypto_pwhash_str(hash, password.p, password.n, cost_ops, cost_memory))
        die("no memory for a password's hash");
    return str_of(hash);
}

bool password_matches(struct str hash, struct str password)
{
    char copy[crypto_pwhash_STRBYTES] = {0};
    pthread_once(&begun, begin);
    bool known = hash.n && hash.n < sizeof copy;
    memcpy(copy, known ? hash.p : decoy, known ? hash.n : sizeof decoy);
    return crypto_pwhash_str_verify(copy, password.p, password.n) == 0 && known;
}
