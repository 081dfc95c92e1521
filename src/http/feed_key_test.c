/* feed_key_test.c: proves the RULES of feed_key.h and of accounts_feed_keys.c. */
#include "http/feed_key.h"

#include <jansson.h>
#include <stdio.h>

#include "test/rooms.h"

/* ---- spelling ---- */

#define HEX32 "00112233445566778899aabbccddeeff"

static void there_is_one_spelling(void **state) /* RULE 5 */
{
    static const struct {
        const char *text;
        bool key;
    } cases[] = {
        {"12-" HEX32 "-" HEX32, true},
        {"9223372036854775807-" HEX32 "-" HEX32, true},
        {"9223372036854775808-" HEX32 "-" HEX32, false},
        {"012-" HEX32 "-" HEX32, false},
        {"0-" HEX32 "-" HEX32, false},
        {"-1-" HEX32 "-" HEX32, false},
        {"+1-" HEX32 "-" HEX32, false},
        {" 1-" HEX32 "-" HEX32, false},
        {"1-00112233445566778899AABBCCDDEEFF-" HEX32, false},
        {"1-" HEX32 "-00112233445566778899aabbccddeef", false},
        {"1-" HEX32 "-" HEX32 "0", false},
        {"1-" HEX32 "-" HEX32 "-", false},
        {"1-" HEX32 "-00112233445566778899aabbccddeefg", false},
        {"1-" HEX32 "-00112233445566778899aabb:cddeeff", false},
        {"1-" HEX32 HEX32, false},
        {"-" HEX32 "-" HEX32, false},
        {"1-" HEX32, false},
        {"1--", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feed_key key;
        char text[FEED_KEY_TEXT];
        if (feed_key_parse(str_of(cases[i].text), &key) != cases[i].key)
            fail_msg("%s", cases[i].text);
        if (cases[i].key)
            assert_true(str_is(feed_key_print(&key, text), cases[i].text));
    }
    struct feed_key key;
    assert_false(feed_key_parse(str_make("1-" HEX32 "-" HEX32 "\0", 68), &key));
}

/* ---- a member with a key ---- */

struct keyed {
    struct kit *kit;
    struct rooms rooms;
    int64_t hidden; /* a space of which ben is a member */
    const char *key;
    long long id;
};

/* The key of an answer that made one. */
static const char *key_of(struct kit *kit, struct res r, long long *id)
{
    assert_status(r, 201);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    json_t *data = json_object_get(root, "data");
    const char *key = json_string_value(json_object_get(data, "key"));
    assert_non_null(key);
    key = str_cstr(kit->arena, str_of(key));
    *id = json_integer_value(json_object_get(data, "id"));
    json_decref(root);
    return key;
}

static struct keyed keyed_make(struct kit *kit)
{
    struct keyed k = {.kit = kit, .rooms = rooms_make(kit)};
    k.hidden = space_make(kit, &k.rooms, "Back room", "request", "space");
    sql_run(kit, kit_path(kit,
                          "INSERT INTO memberships (space_id, person_id, role, at)"
                          " VALUES (%lld, %lld, 3, 0)",
                          (long long)k.hidden, (long long)k.rooms.ben->id));
    idea_in(kit, k.hidden, k.rooms.staff, "A hidden lid");
    idea_make(kit, &k.rooms, k.rooms.ana, "A plain lid");
    as(kit, k.rooms.ben);
    struct res r = post_json(kit, "/account/feed-keys", "{\"name\":\"Laptop\"}");
    k.key = key_of(kit, r, &k.id);
    assert_header(r, "Cache-Control", "no-store");
    assert_header(r, "Referrer-Policy", "no-referrer");
    as(kit, NULL);
    return k;
}

static struct res get_with(struct keyed *k, const char *path)
{
    return get(k->kit, kit_path(k->kit, "%s%ckey=%s", path, strchr(path, '?') ? '&' : '?', k->key));
}

static void a_key_reads_feeds_as_its_owner(void **state) /* RULES 1 2 6 */
{
    struct keyed k = keyed_make(*state);
    static const char *const feeds[] = {"/ideas.atom", "/ideas.rss?sort=newest", "/ideas.feed.json",
                                        "/spaces/back-room.atom", "/search.rss?q=lid"};
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++) {
        struct res r = get_with(&k, feeds[i]);
        assert_status(r, 200);
        assert_header(r, "Referrer-Policy", "no-referrer");
        assert_header(r, "Set-Cookie", NULL);
        assert_has(r, "A hidden lid");
        struct res guest = get(k.kit, feeds[i]);
        if (guest.status == 200)
            assert_has_not(guest, "A hidden lid");
    }
    assert_has(get_with(&k, "/home.atom"), "A hidden lid");
    assert_status(get(k.kit, "/notifications.atom"), 401);
    assert_status(get_with(&k, "/notifications.atom"), 200);
    sql_run(k.kit, "DELETE FROM memberships");
    assert_has_not(get_with(&k, "/ideas.atom"), "A hidden lid");
    assert_status(get_with(&k, "/spaces/back-room.atom"), 404);
}

static void a_key_opens_nothing_else(void **state) /* RULE 1 */
{
    struct keyed k = keyed_make(*state);
    assert_has_not(get_with(&k, "/ideas"), "A hidden lid");
    assert_has_not(get_with(&k, "/ideas.json"), "A hidden lid");
    assert_status(get_with(&k, "/account.json"), 401);
    assert_status(get_with(&k, "/account"), 303);
    assert_status(get_with(&k, "/spaces/back-room"), 404);
    uint64_t before = kit_fingerprint(k.kit);
    const char *path = kit_path(k.kit, "/ideas.atom?key=%s", k.key);
    struct res r = kit_request(k.kit, "POST", path, "application/atom+xml", KIT_JSON,
                               "{\"title\":\"x\",\"body\":\"y\"}");
    assert_status(r, 401);
    assert_true(before == kit_fingerprint(k.kit));
}

static void the_address_is_nowhere_repeated(void **state) /* RULE 6 */
{
    struct keyed k = keyed_make(*state);
    static const char *const pages[] = {"/ideas",   "/ideas?sort=votes", "/session/new", "/nowhere",
                                        "/account", "/ideas.json",       "/feeds"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct res r = get_with(&k, pages[i]);
        if (str_has(r.raw, str_of(k.key)))
            kit_wrong(r, __FILE__, __LINE__, "%s repeats the key", pages[i]);
    }
    struct res r = get(k.kit, kit_path(k.kit, "/ideas?a=1&k%%65y=%s&sort=votes", k.key));
    assert_has_not(r, k.key);
    assert_has(r, "href=\"/session/new?back=%2Fideas%3Fa%3D1%26sort%3Dvotes\"");
    as(k.kit, k.rooms.ben);
    assert_has_not(get(k.kit, "/account"), k.key);
    assert_has_not(get_json(k.kit, "/account"), k.key);
    assert_int_equal(sql_int(k.kit, "SELECT COUNT(*) FROM feed_keys"), 1);
    const char *secret = strchr(k.key, '-') + 1;
    struct str kept = sql_str(k.kit, "SELECT secret_hash FROM feed_keys");
    assert_false(str_has(kept, str_make(secret, 16))); /* RULE 4 */
}

/* The feed's own address and the next page's are for the reader that has the key. */
static void a_reader_can_go_on(void **state) /* feed RULE 4, feeds RULE 2 */
{
    struct keyed k = keyed_make(*state);
    for (int i = 0; i < 31; i++) {
        kit_pass(k.kit, CLOCK_HOUR);
        idea_in(k.kit, k.hidden, k.rooms.staff, kit_path(k.kit, "Hidden %d", i));
    }
    struct res r = get_with(&k, "/ideas.feed.json?sort=newest");
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    const char *next = json_string_value(json_object_get(root, "next_url"));
    assert_non_null(next);
    assert_non_null(strstr(next, k.key));
    struct res second = get(k.kit, next + strlen("http://" KIT_HOST));
    assert_has(second, "A hidden lid");
    json_decref(root);
    r = get_with(&k, "/feeds.opml");
    assert_has(r, kit_path(k.kit, "xmlUrl=\"http://" KIT_HOST "/home.atom?key=%s\"", k.key));
    assert_has(r, kit_path(k.kit, "/spaces/back-room.atom?key=%s\"", k.key));
    assert_has(r, "htmlUrl=\"http://" KIT_HOST "/spaces/back-room\"");
    as(k.kit, k.rooms.ben);
    r = get(k.kit, "/feeds.opml");
    assert_has(r, "/spaces/back-room.atom\"");
    assert_has_not(r, "key=");
}

static void assert_refused(struct keyed *k, const char *key)
{
    struct str words = S("");
    static const char *const paths[] = {"/ideas.atom", "/home.rss", "/feeds.opml"};
    for (size_t i = 0; i < 3; i++) {
        struct res r = get(k->kit, kit_path(k->kit, "%s?key=%s", paths[i], key));
        assert_status(r, 403);
        if (words.n && !str_eq(words, r.body))
            kit_wrong(r, __FILE__, __LINE__, "other words");
        words = r.body;
    }
    assert_true(str_has(words, S("not valid any more")));
}

static void a_wrong_key_is_refused_in_the_same_words(void **state) /* RULES 3 4 */
{
    struct keyed k = keyed_make(*state);
    char *changed = str_cstr(k.kit->arena, str_of(k.key));
    for (size_t i = 0; i < strlen(k.key); i += 7) {
        char was = changed[i];
        changed[i] = was == '1' ? '2' : '1';
        assert_refused(&k, changed);
        changed[i] = was;
    }
    assert_refused(&k, "x");
    assert_refused(&k, "1-" HEX32 "-" HEX32);
    assert_status(get(k.kit, "/ideas.atom?key="), 200); /* that is none */
    sql_run(k.kit, "UPDATE accounts SET disabled_at = 1 WHERE email = 'ben@example.org'");
    assert_refused(&k, k.key);
    sql_run(k.kit, "UPDATE accounts SET disabled_at = NULL");
    assert_status(get_with(&k, "/ideas.atom"), 200);
    sql_run(k.kit, "UPDATE feed_keys SET secret_hash = (SELECT token_hash FROM sessions LIMIT 1)");
    assert_refused(&k, k.key);
}

static void a_revoked_key_ends_at_once(void **state) /* RULE 3 */
{
    struct keyed k = keyed_make(*state);
    struct str etag = res_head(get_with(&k, "/ideas.atom"), "ETag");
    as(k.kit, k.rooms.ana);
    const char *path = kit_path(k.kit, "/account/feed-keys/%lld", k.id);
    assert_status(del(k.kit, path), 404); /* not hers */
    as(k.kit, k.rooms.ben);
    assert_status(del(k.kit, path), 303);
    assert_status(del(k.kit, path), 404);
    as(k.kit, NULL);
    kit_header(k.kit, "If-None-Match: " STR_FMT, STR_ARG(etag));
    assert_status(get_with(&k, "/ideas.atom"), 403);
}

static void signing_out_everywhere_ends_keys(void **state) /* RULE 7 */
{
    struct keyed k = keyed_make(*state);
    as(k.kit, k.rooms.ben);
    assert_status(del(k.kit, "/session"), 303); /* this browser alone */
    assert_int_equal(sql_int(k.kit, "SELECT COUNT(*) FROM feed_keys"), 1);
    as(k.kit, k.rooms.ana);
    assert_status(del(k.kit, "/sessions"), 303);
    assert_int_equal(sql_int(k.kit, "SELECT COUNT(*) FROM feed_keys"), 1);
    long long id;
    key_of(
        k.kit,
        (as(k.kit, k.rooms.staff), post_json(k.kit, "/account/feed-keys", "{\"name\":\"Phone\"}")),
        &id);
    assert_status(del(k.kit, "/sessions"), 303);
    assert_int_equal(sql_int(k.kit, "SELECT COUNT(*) FROM feed_keys"), 1);
    as(k.kit, NULL);
    assert_status(get_with(&k, "/ideas.atom"), 200);
}

static int64_t used_at(struct kit *kit)
{
    kit_written(kit);
    return sql_int(kit, "SELECT used_at FROM feed_keys");
}

static void the_last_use_is_noted_once_an_hour(void **state) /* RULE 8, touch RULES 1 2 */
{
    struct keyed k = keyed_make(*state);
    struct str mark = sql_str(k.kit, "SELECT mark FROM marks");
    assert_status(get_with(&k, "/ideas.atom"), 200);
    assert_int_equal(used_at(k.kit), KIT_NOW);
    kit_pass(k.kit, 59 * CLOCK_MINUTE);
    get_with(&k, "/ideas.atom");
    assert_int_equal(used_at(k.kit), KIT_NOW);
    kit_pass(k.kit, 2 * CLOCK_MINUTE);
    get_with(&k, "/ideas.atom");
    assert_int_equal(used_at(k.kit), KIT_NOW + 61 * CLOCK_MINUTE);
    assert_true(str_eq(mark, sql_str(k.kit, "SELECT mark FROM marks")));
}

static void who_asks_too_often_waits(void **state)
{
    struct keyed k = keyed_make(*state);
    struct res r = get_with(&k, "/ideas.atom");
    for (int i = 0; i < 300 && r.status == 200; i++)
        r = get_with(&k, "/people.atom");
    assert_status(r, 429);
    assert_true(res_head(r, "Retry-After").n > 0);
    assert_status(get(k.kit, "/ideas.atom"), 200);
}

static void a_key_is_shown_once(void **state) /* accounts_feed_keys RULES 1 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    as(kit, rooms.ben);
    assert_has(get(kit, "/account"), "action=\"/account/feed-keys\"");
    struct res r = post(kit, "/account/feed-keys", "name=Phone");
    assert_status(r, 200);
    assert_header(r, "Cache-Control", "no-store");
    assert_has(r, "value=\"http://" KIT_HOST "/home.atom?key=1-");
    assert_has(r, "value=\"http://" KIT_HOST "/feeds.opml?key=1-");
    r = get(kit, "/account");
    assert_has(r, "<th scope=\"row\">Phone</th>");
    assert_has_not(r, "key=1-");
    assert_status(post(kit, "/account/feed-keys", "name="), 422);
    r = post_stream(kit, "/account/feed-keys", "name=Tablet");
    assert_status(r, 200);
    assert_has(r, "<turbo-stream action=\"replace\" target=\"feed-keys\">");
    assert_has(r, "/home.atom?key=2-");
    for (int i = 2; i < 20; i++)
        assert_true(sql_int(kit, "SELECT COUNT(*) FROM feed_keys") == i &&
                    (sql_run(kit, kit_path(kit,
                                           "INSERT INTO feed_keys (person_id, name, secret_hash,"
                                           " created_at) SELECT %lld, 'x', secret_hash, 0"
                                           " FROM feed_keys WHERE id = 1",
                                           (long long)rooms.ben->id)),
                     true));
    assert_has(post(kit, "/account/feed-keys", "name=More"), "as many keys as one may have");
    kit_fail_sweep(kit, "DELETE", "/account/feed-keys/1", NULL, NULL);
    kit_fail_sweep(kit, "POST", "/account/feed-keys", "name=Again", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_one_spelling),
        kit_test(a_key_reads_feeds_as_its_owner),
        kit_test(a_key_opens_nothing_else),
        kit_test(the_address_is_nowhere_repeated),
        kit_test(a_reader_can_go_on),
        kit_test(a_wrong_key_is_refused_in_the_same_words),
        kit_test(a_revoked_key_ends_at_once),
        kit_test(signing_out_everywhere_ends_keys),
        kit_test(the_last_use_is_noted_once_an_hour),
        kit_test(who_asks_too_often_waits),
        kit_test(a_key_is_shown_once),
    };
    return kit_run(tests);
}
