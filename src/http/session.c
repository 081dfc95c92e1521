/* session.c: sessions and tokens against their tables; see session.h. */
#include "http/session.h"

#include <sodium.h>

#include "core/clock.h"
#include "core/rand.h"
#include "http/feed_key.h"
#include "http/http.h"
#include "http/live.h"
#include "http/touch.h"

enum { TOKEN_BYTES = 32, TOKEN_TEXT = 2 * TOKEN_BYTES, BEARER_MAX = 256 };

#define SESSION_LIFE (30 * CLOCK_DAY)
#define SESSION_REFRESH (10 * CLOCK_MINUTE)

static const struct touch_kind session_seen = {
    "UPDATE sessions SET seen_at = ?2, expires_at = expires_at + ?2 - seen_at"
    " WHERE id = ?1 AND seen_at < ?2",
    SESSION_REFRESH};
static const struct touch_kind token_used = {
    "UPDATE tokens SET used_at = ?2 WHERE id = ?1 AND COALESCE(used_at, 0) < ?2", SESSION_REFRESH};

static int bearer_find(struct req *rq, struct str token);
static int bearer_refuse(struct req *rq, const char *why);
static int scope_check(struct req *rq, struct str scopes);
static struct str session_cookie(struct req *rq);

void token_hash(struct str token, unsigned char hash[TOKEN_HASH])
{
    crypto_generichash(hash, TOKEN_HASH, (const unsigned char *)token.p, token.n, NULL, 0);
}

int session_find(struct req *rq)
{
    if (feed_key_shown(rq))
        return feed_key_find(rq);
    struct str authorization = req_header(rq, "authorization");
    if (authorization.n > 7 && str_eq_nocase(str_first(authorization, 7), S("Bearer ")))
        return bearer_find(rq, str_trim(str_from(authorization, 7)));
    struct str token = session_cookie(rq);
    if (token.n == 0)
        return 0;
    unsigned char hash[TOKEN_HASH];
    token_hash(token, hash);
    struct rows q = db_query(rq->db,
                             "SELECT s.id, s.seen_at, p.id, a.role, p.name, p.handle, a.roles"
                             " FROM sessions s JOIN accounts a ON a.person_id = s.person_id"
                             " JOIN people p ON p.id = s.person_id"
                             " WHERE s.token_hash = ?1 AND s.expires_at > ?2"
                             " AND a.disabled_at IS NULL",
                             B(str_make((char *)hash, sizeof hash)), I(rq->now));
    if (!db_next(&q))
        return 0;
    viewer_read(rq, &q, 2);
    rq->viewer.session_id = db_int(&q, 0);
    rq->http->session = token;
    if (rq->now - db_int(&q, 1) > SESSION_REFRESH)
        touch(rq, &session_seen, rq->viewer.session_id);
    db_done(&q);
    return 0;
}

static struct str session_cookie(struct req *rq)
{
    struct str token = req_cookie(rq, "skep_session");
    return token.n == TOKEN_TEXT ? token : S("");
}

static int bearer_find(struct req *rq, struct str token)
{
    unsigned char hash[TOKEN_HASH];
    if (token.n == 0 || token.n > BEARER_MAX)
        return bearer_refuse(rq, "The token is not one of ours.");
    token_hash(token, hash);
    struct rows q = db_query(rq->db,
                             "SELECT t.scopes, p.id, a.role, p.name, p.handle, a.roles, t.id,"
                             " COALESCE(t.used_at, 0)"
                             " FROM tokens t JOIN accounts a ON a.person_id = t.person_id"
                             " JOIN people p ON p.id = t.person_id"
                             " WHERE t.token_hash = ?1"
                             " AND (t.expires_at IS NULL OR t.expires_at = 0 OR t.expires_at > ?2)"
                             " AND a.disabled_at IS NULL",
                             B(str_make((char *)hash, sizeof hash)), I(rq->now));
    if (!db_next(&q))
        return db_failed(rq->db) ? 0 : bearer_refuse(rq, "The token is unknown or has expired.");
    viewer_read(rq, &q, 1);
    rq->viewer.by_token = true;
    if (rq->now - db_int(&q, 7) > SESSION_REFRESH)
        touch(rq, &token_used, db_int(&q, 6));
    int status = scope_check(rq, db_str(&q, 0));
    db_done(&q);
    return status;
}

/* RULE 3. Who may call the route is looked at afterwards, as with a cookie. */
static int scope_check(struct req *rq, struct str scopes)
{
    enum scope needed = route_scope(rq->route), has = SCOPE_DEFAULT;
    struct str word;
    if (needed == SCOPE_NONE)
        return refuse(rq, 403, "No token may do this. Sign in with a browser.");
    while (str_split(&scopes, ' ', &word))
        for (enum scope s = SCOPE_READ; s <= SCOPE_ADMIN; s++)
            if (str_is(word, scope_name(s)) && has < s)
                has = s;
    if (has >= needed)
        return 0;
    res_header(rq, "WWW-Authenticate",
               str_fmt(rq->arena, "Bearer error=\"insufficient_scope\", scope=\"%s\"",
                       scope_name(needed)));
    return refuse(rq, 403,
                  str_fmt(rq->arena, "The token lacks the scope \"%s\".", scope_name(needed)).p);
}

enum scope route_scope(const struct route *route)
{
    if (route->scope != SCOPE_DEFAULT)
        return route->scope;
    return route->who >= ADMINISTRATOR ? SCOPE_ADMIN
           : route->method == GET      ? SCOPE_READ
                                       : SCOPE_WRITE;
}

const char *scope_name(enum scope scope)
{
    static const char *const names[] = {
        [SCOPE_DEFAULT] = "",    [SCOPE_READ] = "read", [SCOPE_WRITE] = "write",
        [SCOPE_ADMIN] = "admin", [SCOPE_NONE] = "",
    };
    return names[scope];
}

static int bearer_refuse(struct req *rq, const char *why)
{
    res_header(rq, "WWW-Authenticate", S("Bearer error=\"invalid_token\""));
    return refuse(rq, 401, why);
}

void viewer_read(struct req *rq, const struct rows *q, int col)
{
    int64_t role = db_int(q, col + 1);
    rq->viewer = (struct viewer){
        .id = db_int(q, col),
        .role = role >= ROLE_MEMBER && role <= ROLE_OWNER ? (enum role)role : ROLE_MEMBER,
        .name = db_dup(q, col + 2, rq->arena),
        .handle = db_dup(q, col + 3, rq->arena),
        .roles = (uint64_t)db_int(q, col + 4),
    };
}

/* ---- changes ---- */

int64_t session_create(struct req *rq, int64_t person_id)
{
    session_end(rq);
    struct str token = rand_hex(rq->arena, TOKEN_BYTES);
    unsigned char hash[TOKEN_HASH];
    token_hash(token, hash);
    struct str agent = req_header(rq, "user-agent");
    agent = utf8_valid(agent) ? utf8_first(agent, 200) : S("");
    int64_t id = db_get_int(rq->db, 0,
                            "INSERT INTO sessions (token_hash, person_id, created_at, seen_at,"
                            " expires_at, agent, address) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)"
                            " RETURNING id",
                            B(str_make((char *)hash, sizeof hash)), I(person_id), I(rq->now),
                            I(rq->now + SESSION_LIFE), T(agent), T(rq->peer));
    if (id)
        res_cookie(rq, "skep_session", token, SESSION_LIFE / CLOCK_SECOND);
    return id;
}

void session_end(struct req *rq)
{
    struct str token = session_cookie(rq);
    if (token.n == 0)
        return;
    unsigned char hash[TOKEN_HASH];
    token_hash(token, hash);
    int64_t id = db_get_int(rq->db, 0, "DELETE FROM sessions WHERE token_hash = ?1 RETURNING id",
                            B(str_make((char *)hash, sizeof hash)));
    if (id)
        live_cut_put(rq->db, &(struct live_cut){.session_id = id});
    res_cookie(rq, "skep_session", S(""), -1);
}

void sessions_end_all(struct req *rq, int64_t person_id)
{
    db_exec(rq->db, "DELETE FROM sessions WHERE person_id = ?1", I(person_id));
    feed_keys_end_all(rq->db, person_id);
    live_cut_put(rq->db, &(struct live_cut){.person_id = person_id});
    if (rq->viewer.id == person_id)
        res_cookie(rq, "skep_session", S(""), -1);
}

void tokens_revoke_all(struct db *db, int64_t person_id)
{
    if (db_exec(db, "DELETE FROM tokens WHERE person_id = ?1", I(person_id)))
        live_cut_put(db, &(struct live_cut){.person_id = person_id});
}

bool token_revoke(struct db *db, int64_t id, int64_t person_id)
{
    int64_t owner = db_get_int(db, 0,
                               "DELETE FROM tokens WHERE id = ?1 AND (?2 = 0 OR person_id = ?2)"
                               " RETURNING person_id",
                               I(id), I(person_id));
    if (owner)
        live_cut_put(db, &(struct live_cut){.person_id = owner});
    return owner != 0;
}

struct str token_create(struct db *db, struct arena *a, const struct token_draft *draft,
                        int64_t now)
{
    struct str token = str_fmt(a, TOKEN_PREFIX STR_FMT, STR_ARG(rand_hex(a, TOKEN_BYTES)));
    unsigned char hash[TOKEN_HASH];
    token_hash(token, hash);
    db_exec(db,
            "INSERT INTO tokens (token_hash, person_id, name, scopes, created_at, expires_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            B(str_make((char *)hash, sizeof hash)), I(draft->person_id), T(draft->name),
            T(draft->scopes), I(now), REF(draft->expires_at));
    return db_failed(db) ? S("") : token;
}
