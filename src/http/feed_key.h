/* feed_key.h: addresses that let a feed reader read as somebody: /home.atom?key=...
 *
 * Owns    table feed_keys
 *
 * A key is "<id>-<secret>-<seal>": 16 random bytes, and a MAC by the hub's secret over both, so
 * that guesses cost no query. The row keeps a hash of the secret, and is what is taken away.
 *
 * RULES
 *   1. A key opens reading in the feed faces, nothing else: pages, JSON and changes take no notice.
 *   2. A reader with a key sees what its owner may see, no more.
 *   3. A key that is misspelt, made up, revoked, or of a disabled account is 403, in the same
 *      words; it is never taken for a guest's request, which would quietly show less.
 *   4. The database keeps only a hash, and comparing takes the same time for every wrong key.
 *   5. There is one spelling of a key: what reads is written back as it was.
 *   6. The parameter `key` is taken off the address before anything else sees it: no page, link or
 *      log line has it. The answer says `Referrer-Policy: no-referrer`.
 *   7. Whatever signs a person out everywhere ends their keys.
 *   8. The last use is noted at most once an hour, and changes no feed.
 */
#ifndef HTTP_FEED_KEY_H
#define HTTP_FEED_KEY_H

#include "http/request.h"

enum { FEED_KEY_BYTES = 16, FEED_KEY_TEXT = 96 };

struct feed_key {
    int64_t id;
    unsigned char secret[FEED_KEY_BYTES], seal[FEED_KEY_BYTES];
};

/* False: this is no key. Whether it is one of ours is another question. */
bool feed_key_parse(struct str text, struct feed_key *key);
/* With a NUL behind it. */
struct str feed_key_print(const struct feed_key *key, char text[FEED_KEY_TEXT]);

/* In a write transaction: a new key of that person, as text; empty after a failure. */
struct str feed_key_create(struct req *rq, int64_t person_id, struct str name);
void feed_keys_end_all(struct db *db, int64_t person_id);

/* The key with which the reader asks, for addresses in its answer; empty: none. */
struct str feed_key_of(struct req *rq);

/* ---- for the dispatcher ---- */

struct http_request;

/* RULE 6 */
void feed_key_take(struct http_request *hr);
/* RULE 1 */
bool feed_key_shown(const struct req *rq);
/* Finds rq->viewer. 0, or the status it refused with. */
int feed_key_find(struct req *rq);
/* RULE 6: for every answer to a request with a key. */
void feed_key_hide(struct req *rq);

#endif
