/* feed_key.c: makes, reads and finds feed keys; see feed_key.h. */
#include "http/feed_key.h"

#include <sodium.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/rand.h"
#include "http/http.h"
#include "http/rate.h"
#include "http/session.h"
#include "http/touch.h"

enum { HEX = 2 * FEED_KEY_BYTES };

static bool hex_read(struct str text, unsigned char bytes[FEED_KEY_BYTES]);
static void seal_make(const struct app *app, const struct feed_key *key,
                      unsigned char seal[FEED_KEY_BYTES]);
static void secret_hash(const struct feed_key *key, unsigned char hash[TOKEN_HASH]);
static bool key_matches(struct req *rq, const struct feed_key *key);
static bool field_is_key(struct req *rq, struct str field);

/* ---- text ---- */

bool feed_key_parse(struct str text, struct feed_key *key)
{
    struct str id, secret, seal;
    if (text.n >= FEED_KEY_TEXT || !str_split(&text, '-', &id) || !str_split(&text, '-', &secret))
        return false;
    seal = text;
    return id.n && id.p[0] != '0' && str_int(id, &key->id) && key->id > 0 &&
           hex_read(secret, key->secret) && hex_read(seal, key->seal);
}

/* Lower case only: RULE 5. */
static bool hex_read(struct str text, unsigned char bytes[FEED_KEY_BYTES])
{
    if (text.n != HEX)
        return false;
    for (size_t i = 0; i < HEX; i++)
        if (!((text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'a' && text.p[i] <= 'f')))
            return false;
    return sodium_hex2bin(bytes, FEED_KEY_BYTES, text.p, text.n, NULL, NULL, NULL) == 0;
}

struct str feed_key_print(const struct feed_key *key, char text[FEED_KEY_TEXT])
{
    char secret[HEX + 1], seal[HEX + 1];
    sodium_bin2hex(secret, sizeof secret, key->secret, sizeof key->secret);
    sodium_bin2hex(seal, sizeof seal, key->seal, sizeof key->seal);
    int n = snprintf(text, FEED_KEY_TEXT, "%lld-%s-%s", (long long)key->id, secret, seal);
    return str_make(text, (size_t)n);
}

/* ---- making ---- */

struct str feed_key_create(struct req *rq, int64_t person_id, struct str name)
{
    struct feed_key key;
    unsigned char hash[TOKEN_HASH];
    char text[FEED_KEY_TEXT];
    rand_bytes(key.secret, sizeof key.secret);
    secret_hash(&key, hash);
    key.id = db_get_int(rq->db, 0,
                        "INSERT INTO feed_keys (person_id, name, secret_hash, created_at)"
                        " VALUES (?1, ?2, ?3, ?4) RETURNING id",
                        I(person_id), T(name), B(str_make((char *)hash, sizeof hash)), I(rq->now));
    if (!key.id)
        return S("");
    seal_make(rq->app, &key, key.seal);
    return str_dup(rq->arena, feed_key_print(&key, text));
}

void feed_keys_end_all(struct db *db, int64_t person_id)
{
    db_exec(db, "DELETE FROM feed_keys WHERE person_id = ?1", I(person_id));
}

static void seal_make(const struct app *app, const struct feed_key *key,
                      unsigned char seal[FEED_KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, app->secret, sizeof app->secret, FEED_KEY_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)"feed key", 8);
    crypto_generichash_update(&state, (const unsigned char *)&key->id, sizeof key->id);
    crypto_generichash_update(&state, key->secret, sizeof key->secret);
    crypto_generichash_final(&state, seal, FEED_KEY_BYTES);
}

static void secret_hash(const struct feed_key *key, unsigned char hash[TOKEN_HASH])
{
    token_hash(str_make((const char *)key->secret, sizeof key->secret), hash);
}

/* ---- taking it off the address ---- */

void feed_key_take(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    size_t kept = 0;
    for (size_t i = 0; i < hr->queries_n; i++) {
        if (str_is(hr->queries[i].name, "key"))
            hr->feed_key = hr->queries[i].value;
        else
            hr->queries[kept++] = hr->queries[i];
    }
    if (kept == hr->queries_n)
        return;
    hr->queries_n = kept;
    char *text = arena_alloc(rq->arena, rq->target.n + 1);
    size_t path = hr->target.path.n, n = path;
    memcpy(text, hr->target.path.p, path);
    struct str rest = hr->target.query, field;
    while (str_split(&rest, '&', &field)) {
        if (field_is_key(rq, field))
            continue;
        text[n] = n == path ? '?' : '&';
        memcpy(text + n + 1, field.p, field.n);
        n += 1 + field.n;
    }
    rq->target = str_make(text, n);
    rq->query_string = str_from(rq->target, path + 1);
}

/* As target_fields reads its name. */
static bool field_is_key(struct req *rq, struct str field)
{
    ptrdiff_t equals = str_find(field, '=');
    struct str name = equals < 0 ? field : str_first(field, (size_t)equals);
    return str_is(str_url_decode(rq->arena, name, true), "key");
}

/* ---- finding ---- */

bool feed_key_shown(const struct req *rq)
{
    return rq->http->feed_key.n && rq->method == GET && face_feeds(rq->face);
}

struct str feed_key_of(struct req *rq)
{
    return rq->viewer.feed_key ? rq->http->feed_key : S("");
}

void feed_key_hide(struct req *rq)
{
    if (feed_key_shown(rq))
        res_header(rq, "Referrer-Policy", S("no-referrer"));
}

int feed_key_find(struct req *rq)
{
    static const struct rate most = {240, 60};
    struct feed_key key;
    feed_key_hide(rq);
    bool found = feed_key_parse(rq->http->feed_key, &key) && key_matches(rq, &key);
    if (db_failed(rq->db))
        return 0;
    /* As many as a person has, whatever they read; who tries keys, by their address. */
    int wait = rates_take(rq->app->rates, rates_key(rq->app->rates, &most, rq->viewer.id, rq->peer),
                          most, rq->now);
    if (wait) {
        res_header(rq, "Retry-After", str_fmt(rq->arena, "%d", wait));
        return refuse(rq, 429, "That was too often. Wait a little.");
    }
    return found ? 0
                 : refuse(rq, 403,
                          "This feed's key is not valid any more. Make a new one on the page"
                          " of your account.");
}

static bool key_matches(struct req *rq, const struct feed_key *key)
{
    static const struct touch_kind used = {
        "UPDATE feed_keys SET used_at = ?2 WHERE id = ?1 AND (used_at IS NULL OR used_at < ?2)",
        CLOCK_HOUR};
    unsigned char seal[FEED_KEY_BYTES], hash[TOKEN_HASH];
    seal_make(rq->app, key, seal);
    if (sodium_memcmp(seal, key->seal, sizeof seal) != 0)
        return false;
    struct rows q =
        db_query(rq->db,
                 "SELECT k.secret_hash, k.used_at, p.id, a.role, p.name, p.handle, a.roles"
                 " FROM feed_keys k JOIN accounts a ON a.person_id = k.person_id"
                 " JOIN people p ON p.id = k.person_id"
                 " WHERE k.id = ?1 AND a.disabled_at IS NULL",
                 I(key->id));
    if (!db_next(&q))
        return false;
    secret_hash(key, hash);
    struct str kept = db_blob(&q, 0);
    bool same = kept.n == sizeof hash && sodium_memcmp(kept.p, hash, sizeof hash) == 0;
    if (same) {
        viewer_read(rq, &q, 2);
        rq->viewer.feed_key = key->id;
        if (rq->now - db_int(&q, 1) > used.every)
            touch(rq, &used, key->id);
    }
    db_done(&q);
    return same;
}
