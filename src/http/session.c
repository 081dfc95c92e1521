/* session.c: sessions and tokens against their tables; see session.h. */
#include "http/session.h"

#include <sodium.h>

#include "core/clock.h"
#include "core/rand.h"
#include "http/feed_key.h"
#include "http/http.h"
#include "http/touch.h"

enum { TOKEN_BYTES = 32, TOKEN_TEXT = 2 * TOKEN_BYTES, BEARER_MAX = 256 };

#define SESSION_LIFE (30 * CLOCK_DAY)
#define SESSION_REFRESH (10 * CLOCK_MINUTE)

static const struct touch_kind seen = {
    "UPDATE sessions SET seen_at = ?2, expires_at = expires_at + ?2 - seen_at"
    " WHERE id = ?1 AND seen_at < ?2",
    SESSION_REFRESH};

static int bearer_find(struct req *rq, struct str token);
static int bearer_refuse(struct req *rq, const char *why);
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
                             "SELECT s.id, s.seen_at, p.id, a.role, p.name, p.handle"
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
        touch(rq, &seen, rq->viewer.session_id);
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
                             "SELECT t.scopes, p.id, a.role, p.name, p.handle"
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
    bool reads = false, writes = false;
    struct str scopes = db_str(&q, 0), scope;
    while (str_split(&scopes, ' ', &scope)) {
        writes = writes || str_is(scope, "write");
        reads = reads || str_is(scope, "read") || writes;
    }
    db_done(&q);
    if (rq->method == GET ? reads : writes)
        return 0;
    return refuse(rq, 403,
                  rq->method == GET ? "The token lacks the scope \"read\"."
                                    : "The token lacks the scope \"write\".");
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
    db_exec(rq->db, "DELETE FROM sessions WHERE token_hash = ?1",
            B(str_make((char *)hash, sizeof hash)));
    res_cookie(rq, "skep_session", S(""), -1);
}

void sessions_end_all(struct req *rq, int64_t person_id)
{
    db_exec(rq->db, "DELETE FROM sessions WHERE person_id = ?1", I(person_id));
    feed_keys_end_all(rq->db, person_id);
    if (rq->viewer.id == person_id)
        res_cookie(rq, "skep_session", S(""), -1);
}
