/* hook_sign.c: see hook_sign.h. */
#include "features/webhooks/hook_sign.h"

#include <sodium.h>

#include "core/arena.h"
#include "core/rand.h"

enum { SECRET_BYTES = 24, SECRET_MAX = 64, BASE64 = sodium_base64_VARIANT_ORIGINAL };
#define SECRET_PREFIX "whsec_"

static struct str base64(struct arena *a, const unsigned char *bytes, size_t n)
{
    size_t size = sodium_base64_ENCODED_LEN(n, BASE64);
    char *text = arena_alloc(a, size);
    sodium_bin2base64(text, size, bytes, n, BASE64);
    return str_of(text);
}

struct str hook_secret_make(struct arena *a)
{
    unsigned char bytes[SECRET_BYTES];
    rand_bytes(bytes, sizeof bytes);
    return str_fmt(a, SECRET_PREFIX STR_FMT, STR_ARG(base64(a, bytes, sizeof bytes)));
}

struct str hook_sign(struct arena *a, struct str secret, struct str id, int64_t seconds,
                     struct str body)
{
    unsigned char key[SECRET_MAX], mac[crypto_auth_hmacsha256_BYTES];
    size_t n = 0;
    struct str text = str_starts(secret, S(SECRET_PREFIX)) ? str_from(secret, 6) : S("");
    if (!text.n || sodium_base642bin(key, sizeof key, text.p, text.n, NULL, &n, NULL, BASE64) != 0)
        return S("");
    struct str head = str_fmt(a, STR_FMT ".%lld.", STR_ARG(id), (long long)seconds);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)head.p, head.n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.p, body.n);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(key, sizeof key);
    return str_fmt(a, "v1," STR_FMT, STR_ARG(base64(a, mac, sizeof mac)));
}
