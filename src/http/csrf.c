/* csrf.c: proves that an unsafe request comes from a page of ours.
 *
 * Two independent checks, both must pass: what the browser says about where the request comes
 * from (Sec-Fetch-Site, Origin), and a token that only our pages hold. The token is derived from
 * the session's own, or from a guest's cookie, so nothing is stored.
 *
 * RULES
 *   1. A token of another session, or a guest's after signing in, does not pass.
 *   2. A foreign Origin, or Sec-Fetch-Site but "same-origin", does not pass, whatever the token.
 *   3. A token never looks the same twice on pages (docs/decisions says why), yet always passes.
 */
#include <sodium.h>

#include "core/rand.h"
#include "http/http.h"
#include "http/session.h"

enum { TOKEN = 16, MASKED_TEXT = 4 * TOKEN, GUEST_TEXT = 2 * TOKEN, GUEST_SECONDS = 86400 };

static bool token_ok(struct req *rq, struct str sent);
static void csrf_token(struct req *rq, struct str secret, unsigned char token[TOKEN]);
static struct str guest_token(struct req *rq);

struct str req_csrf(struct req *rq)
{
    struct http_request *hr = rq->http;
    if (hr->session.n == 0 && guest_token(rq).n == 0) {
        hr->guest = rand_hex(rq->arena, TOKEN);
        res_cookie(rq, "skep_guest", hr->guest, GUEST_SECONDS);
    }
    unsigned char masked[2 * TOKEN], token[TOKEN];
    csrf_token(rq, hr->session.n ? hr->session : guest_token(rq), token);
    rand_bytes(masked, TOKEN);
    for (int i = 0; i < TOKEN; i++)
        masked[TOKEN + i] = masked[i] ^ token[i];
    return str_hex(rq->arena, masked, sizeof masked);
}

bool csrf_ok(struct req *rq)
{
    if (!csrf_origin_ok(rq))
        return false;
    struct str sent = req_field(rq, "_csrf");
    return token_ok(rq, sent.n ? sent : req_header(rq, "x-csrf-token"));
}

/* Browsers send the one or the other on every POST; clients that send neither have the token. */
bool csrf_origin_ok(struct req *rq)
{
    struct str site = req_header(rq, "sec-fetch-site"), origin = req_header(rq, "origin");
    if (site.n && !str_eq(site, S("same-origin")))
        return false;
    if (origin.n == 0)
        return true;
    struct str base = str_of(rq->app->options.base_url);
    if (base.n && str_ends(base, S("/")))
        base.n--;
    if (base.n && str_eq_nocase(origin, base))
        return true;
    struct str host = rq->http->in.host;
    size_t scheme = str_starts(origin, S("https://"))                 ? 8
                    : !rq->secure && str_starts(origin, S("http://")) ? 7
                                                                      : 0;
    return scheme && host.n && str_eq_nocase(str_from(origin, scheme), host);
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool token_ok(struct req *rq, struct str sent)
{
    struct str secret = rq->http->session.n ? rq->http->session : guest_token(rq);
    unsigned char masked[2 * TOKEN], token[TOKEN];
    if (secret.n == 0 || sent.n != MASKED_TEXT)
        return false;
    for (size_t i = 0; i < sizeof masked; i++) {
        int high = nibble(sent.p[2 * i]), low = nibble(sent.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        masked[i] = (unsigned char)(high << 4 | low);
    }
    for (int i = 0; i < TOKEN; i++)
        masked[TOKEN + i] ^= masked[i];
    csrf_token(rq, secret, token);
    return sodium_memcmp(masked + TOKEN, token, TOKEN) == 0;
}

static void csrf_token(struct req *rq, struct str secret, unsigned char token[TOKEN])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, rq->app->secret, sizeof rq->app->secret, TOKEN);
    crypto_generichash_update(&state, (const unsigned char *)"csrf", 4);
    crypto_generichash_update(&state, (const unsigned char *)secret.p, secret.n);
    crypto_generichash_final(&state, token, TOKEN);
}

static struct str guest_token(struct req *rq)
{
    struct http_request *hr = rq->http;
    if (hr->guest.n == 0) {
        struct str cookie = req_cookie(rq, "skep_guest");
        if (cookie.n == GUEST_TEXT)
            hr->guest = cookie;
    }
    return hr->guest;
}
