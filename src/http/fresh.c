/* fresh.c: marks, and the validators of feeds; see fresh.h.
 *
 * WHY the mark is random and no counter: a counter comes back after a backup is restored, and then
 * stands for other contents.
 *
 * WHY a mark rests for a minute before its time is told (RFC 9110, 8.8.2.2): the time counts whole
 * seconds, and is written down a little before others see the commit.
 */
#include "http/fresh.h"

#include <sodium.h>

#include "core/clock.h"
#include "core/rand.h"
#include "http/http.h"
#include "view/answer.h"

enum { TAG = 1 + FRESH_STATE + 1 + FRESH_STATE + 1 };

#define MARK_RESTS CLOCK_MINUTE

static uint64_t body_hash(struct req *rq);
static void state_make(struct req *rq, int64_t mark);
static bool tag_wanted(struct req *rq, bool (*fits)(struct req *rq, struct str tag),
                       struct str *found);
static bool state_fits(struct req *rq, struct str tag);
static bool body_fits(struct req *rq, struct str tag);
static bool unmodified(struct req *rq);
static void headers_set(struct req *rq, struct str tag);
static struct str modified_at(struct req *rq);

/* A clock that was set back must not bring an earlier second again. */
void fresh_mark(struct db *db)
{
    int64_t mark;
    rand_bytes(&mark, sizeof mark);
    db_exec(db,
            "UPDATE marks SET mark = ?1, at = CASE WHEN at <= ?2 THEN ?2 ELSE at + 1000000 END"
            " WHERE id = 1",
            I(mark), I(clock_now()));
}

int fresh_look(struct req *rq)
{
    struct fresh *f = &rq->http->fresh;
    struct rows q = db_query(rq->db, "SELECT mark, at FROM marks WHERE id = 1");
    *f = (struct fresh){.known = false};
    if (!db_next(&q))
        return 0;
    int64_t mark = db_int(&q, 0);
    f->at = db_int(&q, 1);
    db_done(&q);
    f->known = true;
    state_make(rq, mark);
    struct str tag = S("");
    bool has =
        req_header(rq, "if-none-match").n ? tag_wanted(rq, state_fits, &tag) : unmodified(rq);
    if (!has)
        return 0;
    headers_set(rq, tag);
    return rq->status = 304;
}

int fresh_tell(struct req *rq)
{
    struct fresh *f = &rq->http->fresh;
    if (!f->known || rq->status != 200)
        return rq->status;
    struct str tag = S("");
    f->body = str_fmt(rq->arena, "%016llx", (unsigned long long)body_hash(rq));
    if (tag_wanted(rq, body_fits, &tag)) {
        headers_set(rq, tag);
        out_clear(&rq->out);
        return rq->status = 304;
    }
    headers_set(rq, str_fmt(rq->arena, "\"%s-" STR_FMT "\"", f->state, STR_ARG(f->body)));
    return rq->status;
}

/* ---- states ---- */

static void add(crypto_generichash_state *state, struct str s)
{
    crypto_generichash_update(state, (const unsigned char *)&s.n, sizeof s.n);
    crypto_generichash_update(state, (const unsigned char *)s.p, s.n);
}

static void state_make(struct req *rq, int64_t mark)
{
    const int64_t numbers[] = {mark, rq->viewer.id, rq->viewer.role, rq->viewer.feed_key, rq->face};
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    crypto_generichash_init(&state, rq->app->secret, sizeof rq->app->secret, sizeof hash);
    add(&state, S("fresh"));
    add(&state, str_make((const char *)numbers, sizeof numbers));
    add(&state, site_url(rq));
    add(&state, rq->target);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(rq->http->fresh.state, sizeof rq->http->fresh.state, hash, FRESH_STATE / 2);
}

static uint64_t mix(uint64_t h)
{
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

/* A feed is long, and its hash must cost little: four lanes of words. It guards against chance; the
 * hub's secret as its seed keeps authors from making two texts alike. */
static uint64_t body_hash(struct req *rq)
{
    struct str s = out_text(&rq->out);
    uint64_t lanes[4], words[4] = {0};
    memcpy(lanes, rq->app->secret, sizeof lanes);
    for (; s.n >= sizeof words; s = str_from(s, sizeof words)) {
        memcpy(words, s.p, sizeof words);
        for (int i = 0; i < 4; i++)
            lanes[i] = mix(lanes[i] ^ words[i]);
    }
    memset(words, 0, sizeof words);
    memcpy(words, s.p, s.n);
    words[3] ^= (uint64_t)rq->out.n << 8;
    uint64_t hash = 0;
    for (int i = 0; i < 4; i++)
        hash = mix(hash ^ mix(lanes[i] ^ words[i]));
    return hash;
}

/* ---- what the reader has ---- */

/* The first of its tags that fits, as it was sent: weak where the answer was packed. */
static bool tag_wanted(struct req *rq, bool (*fits)(struct req *rq, struct str tag),
                       struct str *found)
{
    struct str wanted = req_header(rq, "if-none-match"), tag;
    while (str_split(&wanted, ',', &tag)) {
        tag = str_trim(tag);
        struct str strong = str_starts(tag, S("W/")) ? str_from(tag, 2) : tag;
        if (strong.n == TAG && strong.p[0] == '"' && strong.p[1 + FRESH_STATE] == '-' &&
            fits(rq, strong)) {
            *found = tag;
            return true;
        }
    }
    return false;
}

static bool state_fits(struct req *rq, struct str tag)
{
    return memcmp(tag.p + 1, rq->http->fresh.state, FRESH_STATE) == 0;
}

static bool body_fits(struct req *rq, struct str tag)
{
    return str_eq(str_make(tag.p + 1 + FRESH_STATE + 1, FRESH_STATE), rq->http->fresh.body);
}

static bool unmodified(struct req *rq)
{
    struct str since = req_header(rq, "if-modified-since"), at = modified_at(rq);
    return since.n && at.n && str_eq(since, at);
}

/* ---- what it is told ---- */

static void headers_set(struct req *rq, struct str tag)
{
    struct str at = modified_at(rq);
    if (tag.n)
        res_header(rq, "ETag", tag);
    if (at.n)
        res_header(rq, "Last-Modified", at);
}

/* Empty: not to be told. A session ends by itself, which changes what the address shows and no
 * mark. */
static struct str modified_at(struct req *rq)
{
    char text[32];
    int64_t at = rq->http->fresh.at;
    bool lasting = !rq->viewer.id || rq->viewer.feed_key;
    if (!lasting || rq->now - at < MARK_RESTS)
        return S("");
    return str_dup(rq->arena, clock_http(text, at));
}
