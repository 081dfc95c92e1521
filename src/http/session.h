/* session.h: who asks: cookie sessions of browsers and bearer tokens of API clients.
 *
 * RULES
 *   1. The cookie holds 32 random bytes; the database keeps only their BLAKE2b hash.
 *   2. Signing in always makes a new token and ends the old session: none can be planted before.
 *   3. A token does what its scopes say and its owner may, whichever is less: "read" changes
 *      nothing, "write" may read too, "admin" may do both. What handles credentials (passwords,
 *      sessions, tokens) no token may.
 *   4. What is expired, unknown or of a disabled account is a guest; a bad bearer token is 401.
 *   5. seen_at and used_at are written at most every 10 minutes, and a session not seen for 30 days
 *      has ended.
 *   6. When a session or token ends, the streams that were opened by it end at once (live RULE 6):
 *      those of a token with all others of its owner, whose browsers come again by themselves.
 */
#ifndef HTTP_SESSION_H
#define HTTP_SESSION_H

#include "http/request.h"

enum { TOKEN_HASH = 32 };

/* In a write transaction. Sets the cookie and gives the session's id; 0 after a failure. */
int64_t session_create(struct req *rq, int64_t person_id);
/* Signs this browser out. */
void session_end(struct req *rq);
/* Signs the person out everywhere; their feed keys end, too. */
void sessions_end_all(struct req *rq, int64_t person_id);
/* Takes all the person's tokens away. */
void tokens_revoke_all(struct db *db, int64_t person_id);
/* One of theirs; person_id 0: anybody's. False: there is none. */
bool token_revoke(struct db *db, int64_t id, int64_t person_id);

/* A new bearer token for an API client, in a write transaction: the text, which nobody can read
 * again; empty after a failure. `scopes` as in the table; expires_at 0: never. */
#define TOKEN_PREFIX "skep_"
struct token_draft {
    int64_t person_id, expires_at;
    struct str name, scopes;
};
struct str token_create(struct db *db, struct arena *a, const struct token_draft *draft,
                        int64_t now);

/* What the tables keep of a token that only its owner knows. */
void token_hash(struct str token, unsigned char hash[TOKEN_HASH]);

/* ---- for the dispatcher ---- */

/* Finds rq->viewer with one query. 0, or the status that it refused with (401). */
int session_find(struct req *rq);
/* Fills rq->viewer from five columns: person, role, name, handle, roles. */
void viewer_read(struct req *rq, const struct rows *q, int col);
/* Whether an unsafe request comes from a page of ours: RULE 2 of request.h. */
bool csrf_ok(struct req *rq);
/* The half of it that needs no token. */
bool csrf_origin_ok(struct req *rq);

#endif
