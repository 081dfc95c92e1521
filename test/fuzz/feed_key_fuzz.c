/* feed_key_fuzz.c: any bytes as a feed key, and as the query of an address that may hold one.
 *
 * What reads as a key must be written back as it was. A key made of the bytes must read as itself,
 * and with one bit changed as another or as none.
 */
#include "http/feed_key.h"
#include "http/http.h"
#include "test/fuzz/fuzz.h"

static void check_text(struct str text)
{
    struct feed_key key;
    char again[FEED_KEY_TEXT];
    if (!feed_key_parse(text, &key))
        return;
    must(key.id > 0);
    must(str_eq(feed_key_print(&key, again), text));
}

static void check_made(const uint8_t *data, size_t size)
{
    struct feed_key key = {0}, back;
    uint8_t bytes[sizeof key.id + 2 * FEED_KEY_BYTES + 1];
    char text[FEED_KEY_TEXT];
    if (size < sizeof bytes)
        return;
    memcpy(bytes, data, sizeof bytes);
    memcpy(&key.id, bytes, sizeof key.id);
    key.id = (int64_t)((uint64_t)key.id >> 1) | 1;
    memcpy(key.secret, bytes + sizeof key.id, FEED_KEY_BYTES);
    memcpy(key.seal, bytes + sizeof key.id + FEED_KEY_BYTES, FEED_KEY_BYTES);
    struct str s = feed_key_print(&key, text);
    must(feed_key_parse(s, &back) && back.id == key.id &&
         memcmp(back.secret, key.secret, FEED_KEY_BYTES) == 0 &&
         memcmp(back.seal, key.seal, FEED_KEY_BYTES) == 0);
    text[bytes[sizeof bytes - 1] % s.n] ^= (char)(1 << (bytes[0] & 7));
    must(!feed_key_parse(s, &back) || back.id != key.id ||
         memcmp(back.secret, key.secret, FEED_KEY_BYTES) != 0 ||
         memcmp(back.seal, key.seal, FEED_KEY_BYTES) != 0);
}

/* The parameter goes, the others stay in their order. */
static void check_query(struct arena *a, struct str query)
{
    struct http_request *hr = arena_make(a, struct http_request);
    struct str target = str_fmt(a, "/x?" STR_FMT, STR_ARG(query));
    hr->rq.arena = a;
    hr->rq.http = hr;
    hr->rq.target = target;
    if (query.n > 8000 || !target_parse(&hr->target, a, target) ||
        !target_fields(a, hr->target.query, &hr->queries, &hr->queries_n))
        return;
    hr->rq.query_string = hr->target.query;
    feed_key_take(hr);
    struct param *fields;
    size_t n;
    must(target_fields(a, hr->rq.query_string, &fields, &n) && n == hr->queries_n);
    for (size_t i = 0; i < n; i++)
        must(str_eq(fields[i].name, hr->queries[i].name) &&
             str_eq(fields[i].value, hr->queries[i].value) && !str_is(fields[i].name, "key"));
    must(str_starts(hr->rq.target, S("/x")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(16 << 20);
    struct str all = str_make((const char *)data, size);
    check_text(all);
    check_made(data, size);
    check_query(a, all);
    arena_free(a);
    return 0;
}
