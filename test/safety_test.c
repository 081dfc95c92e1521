/* safety_test.c: every route against whoever may not call it, forged requests and garbage; every
 * audience against every kind of viewer.
 *
 * Routes are not named here: those of features[] are gone through, so that a new feature is tested
 * from its first day.
 */
#include <stdio.h>
#include <stdlib.h>

#include "http/router.h"
#include "record/access.h"
#include "record/act.h"
#include "test/rooms.h"

/* ---- going through the routes ---- */

#define EACH_ROUTE(route)                                                                          \
    for (const struct feature *const *f_ = features; *f_; f_++)                                    \
        for (const struct route *route = (*f_)->routes; route && route->method; route++)

/* The route's path with `id` for each of its parameters. */
static const char *path_with(struct kit *kit, const struct route *route, const char *id)
{
    struct out o;
    out_init(&o, 1 << 20);
    for (const char *p = route->path; *p; p++) {
        if (*p != ':') {
            out_char(&o, *p);
            continue;
        }
        out_str(&o, str_of(id));
        while (p[1] && p[1] != '/')
            p++;
    }
    return str_cstr(kit->arena, out_take(&o, kit->arena));
}

static struct res call(struct kit *kit, const struct route *route, const char *path,
                       const char *accept)
{
    bool get_it = route->method == GET;
    return kit_request(kit, method_name(route->method), path, accept, get_it ? NULL : KIT_FORM,
                       get_it ? NULL : "");
}

static void guests_are_sent_to_sign_in(void **state) /* dispatch RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *id = kit_path(kit, "%lld", (long long)idea_make(kit, &rooms, rooms.ana, "A lid"));
    uint64_t before = kit_fingerprint(kit);
    as(kit, NULL);
    EACH_ROUTE(route)
    {
        if (route->who == ANYONE)
            continue;
        const char *path = path_with(kit, route, id);
        struct res page = call(kit, route, path, KIT_PAGE);
        assert_status(page, 303);
        assert_true(str_starts(res_head(page, "Location"), S("/session/new?back=")));
        assert_status(call(kit, route, path, KIT_JSON), 401);
    }
    assert_true(before == kit_fingerprint(kit));
}

static void nobody_calls_what_is_above_them(void **state) /* request RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    static const enum who least[] = {
        [ROLE_MEMBER] = MEMBER, [ROLE_STAFF] = STAFF, [ROLE_ADMINISTRATOR] = ADMINISTRATOR};
    struct person_kit *people[] = {rooms.ana, rooms.staff,
                                   kit_person(kit, "ada", ROLE_ADMINISTRATOR)};
    uint64_t before = kit_fingerprint(kit);
    for (size_t i = 0; i < 3; i++) {
        as(kit, people[i]);
        EACH_ROUTE(route)
        {
            assert_int_not_equal(route->who, WHO_MISSING);
            if (route->who > least[people[i]->role])
                assert_status(call(kit, route, path_with(kit, route, "1"), KIT_PAGE), 403);
        }
    }
    assert_true(before == kit_fingerprint(kit));
}

/* ---- forged requests ---- */

static struct res forge(struct kit *kit, const struct person_kit *p, const struct route *route,
                        const char *path, const char *headers, const char *body)
{
    struct out o;
    out_init(&o, 1 << 20);
    out_fmt(&o, "%s %s HTTP/1.1\r\nHost: " KIT_HOST "\r\nAccept: text/html\r\nCookie: x=y",
            method_name(route->method), path);
    for (const struct cookie *c = p->cookies; c; c = c->next)
        out_fmt(&o, "; " STR_FMT "=" STR_FMT, STR_ARG(c->name), STR_ARG(c->value));
    out_fmt(&o, "\r\n%sContent-Type: " KIT_FORM "\r\nContent-Length: %zu\r\n\r\n%s", headers,
            strlen(body), body);
    return kit_raw(kit, out_take(&o, kit->arena));
}

/* The token as the page's forms have it. */
static struct str token_of(struct res page)
{
    ptrdiff_t at = str_find_str(page.body, S("name=\"_csrf\" value=\""));
    assert_true(at >= 0);
    return str_first(str_from(page.body, (size_t)at + 20), 64);
}

static void forged_changes_change_nothing(void **state) /* csrf RULE 1 2, request RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    struct person_kit *owner = kit_person(kit, "olga", ROLE_OWNER);
    const char *id = kit_path(kit, "%lld", (long long)idea_make(kit, &rooms, rooms.ana, "A lid"));
    as(kit, NULL);
    struct str guests = token_of(get(kit, "/session/new"));
    as(kit, rooms.ana);
    struct str another = token_of(get(kit, "/account"));
    as(kit, owner);
    struct str own = token_of(get(kit, "/account"));
    const char *right = kit_path(kit, "_csrf=" STR_FMT, STR_ARG(own));
    const struct {
        const char *headers, *body;
    } forgeries[] = {
        {"", ""},
        {"Origin: http://" KIT_HOST "\r\n", "_csrf=0000"},
        {"", kit_path(kit, "_csrf=" STR_FMT, STR_ARG(guests))},
        {"", kit_path(kit, "_csrf=" STR_FMT, STR_ARG(another))},
        {"Origin: https://evil.example\r\n", right},
        {"Origin: null\r\n", right},
        {"Origin: http://" KIT_HOST ".evil.example\r\n", right},
        {"Sec-Fetch-Site: cross-site\r\n", right},
        {"Sec-Fetch-Site: same-site\r\n", right},
    };
    uint64_t before = kit_fingerprint(kit);
    EACH_ROUTE(route)
    {
        if (route->method == GET || (route->flags & ROUTE_BARE))
            continue;
        const char *path = path_with(kit, route, id);
        for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
            struct res r = forge(kit, owner, route, path, forgeries[i].headers, forgeries[i].body);
            if (r.status != 403)
                kit_wrong(r, __FILE__, __LINE__, "%s %s, forgery %zu: status %d",
                          method_name(route->method), path, i, r.status);
        }
    }
    assert_true(before == kit_fingerprint(kit));
}

/* ---- garbage ---- */

static void not_broken(struct res r, const char *what, const struct route *route,
                       const char *detail)
{
    if (r.status >= 500)
        kit_wrong(r, __FILE__, __LINE__, "%s %s with %s %.60s: status %d",
                  method_name(route->method), route->path, what, detail, r.status);
}

static void garbage_in_addresses_is_refused(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *idea = kit_path(kit, "%lld", (long long)idea_make(kit, &rooms, rooms.ana, "A lid"));
    char *longest = arena_alloc(kit->arena, 3001);
    memset(longest, 'a', 3000);
    longest[3000] = 0;
    const char *const ids[] = {"0",
                               "-1",
                               "9223372036854775807",
                               "99999999999999999999",
                               "word",
                               "%00",
                               "%ff%fe",
                               "%2e%2e",
                               "12abc",
                               "%25",
                               "'",
                               longest,
                               idea};
    static const char *const queries[] = {
        "?after=%27&sort=newest&tag=%ff&q=%00",
        "?after=9223372036854775807&parent=9223372036854775807",
        "?after=9223372036854775807.9223372036854775807&sort=votes&show=mine",
        "?after=7ff8000000000000.1&sort=trending&space=%ff",
        "?after=-1&parent=99999999999999999999&author=%f0%9f%90%9d&status=%00",
        "?q=%22%2a%20-%28%29%20OR%20%22%20NEAR%28&sort=newest&space=nowhere",
        "?topics=1,,x&topics=-1&title=%e2%82&email=%ff&back=//evil.example&after=zz",
    };
    struct person_kit *owner = kit_person(kit, "olga", ROLE_OWNER);
    EACH_ROUTE(route)
    {
        if (route->method != GET)
            continue;
        for (int guest = 0; guest <= (route->who == ANYONE); guest++) {
            as(kit, guest ? NULL : owner);
            for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
                if ((route->flags & ROUTE_STREAM) || (i && !strchr(route->path, ':')))
                    continue;
                const char *path = path_with(kit, route, ids[i]);
                not_broken(get(kit, path), "id", route, ids[i]);
                not_broken(get_json(kit, path), "id", route, ids[i]);
            }
            for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
                const char *path = path_with(kit, route, idea);
                path = str_fmt(kit->arena, "%s%s", path, queries[i]).p;
                not_broken(get(kit, path), "query", route, queries[i]);
                not_broken(get_json(kit, path), "query", route, queries[i]);
            }
        }
    }
}

static void garbage_in_bodies_is_refused(void **state) /* form RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    const char *idea = kit_path(kit, "%lld", (long long)idea_make(kit, &rooms, rooms.ana, "A lid"));
    char *large = arena_alloc(kit->arena, (1 << 20) + 1);
    memset(large, 'a', 1 << 20);
    large[1 << 20] = 0;
    const struct {
        const char *type, *body;
    } bodies[] = {
        {KIT_FORM, ""},
        {KIT_FORM, "title=%ff%fe&body=%c3%28&name=%00&handle=%00&email=%00&reason=%ff"},
        {KIT_FORM, "unknown=1&title=a&title=b&body=x&parent=word&revision=-1&space=1e9"},
        {KIT_FORM, "&&&=&=x&%&%z=1;"},
        {"text/plain", "title=x"},
        {"application/xml", "<title/>"},
        {KIT_JSON, "[1,2,3]"},
        {KIT_JSON, "\"text\""},
        {KIT_JSON, "{\"title\":{\"a\":[1]},\"body\":null,\"space\":true,\"unknown\":1.5}"},
        {KIT_JSON, "{\"title\":\"\\u0000\",\"body\":\"\\ud800\",\"name\":\"\xff\"}"},
        {KIT_JSON, "{\"activity\":9223372036854775808,\"revision\":1e400,\"into\":-0}"},
        {KIT_JSON, "{\"title\":"},
        {KIT_JSON, "{\"tags\":[[[[[[[[[[]]]]]]]]]],\"body\":[\"a\",1,null]}"},
        {KIT_FORM, large},
    };
    static const char *const ids[] = {"0", "word"};
    int number = 0;
    EACH_ROUTE(route)
    {
        if (route->method == GET)
            continue;
        /* Somebody new each time: some of them sign themselves out. */
        as(kit, kit_person(kit, kit_path(kit, "owner%d", ++number), ROLE_OWNER));
        for (size_t i = 0; i < 3; i++) {
            const char *path = path_with(kit, route, i < 2 ? ids[i] : idea);
            for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++)
                if (i == 2 || k < 2)
                    not_broken(kit_request(kit, method_name(route->method), path,
                                           k % 2 ? KIT_PAGE : KIT_JSON, bodies[k].type,
                                           bodies[k].body),
                               "body", route, bodies[k].body);
        }
    }
}

/* ---- who sees what ---- */

struct viewer_kit {
    const char *name;
    enum role role;
    enum membership in; /* of the space that the records stand in */
    bool author, participant;
};

static const struct viewer_kit viewers[] = {
    {"guest", ROLE_GUEST, MEMBERSHIP_NONE, false, false},
    {"mia", ROLE_MEMBER, MEMBERSHIP_NONE, false, false},
    {"asker", ROLE_MEMBER, MEMBERSHIP_ASKED, false, false},
    {"invitee", ROLE_MEMBER, MEMBERSHIP_INVITED, false, false},
    {"reader", ROLE_MEMBER, MEMBERSHIP_READER, false, false},
    {"member", ROLE_MEMBER, MEMBERSHIP_MEMBER, false, false},
    {"moderator", ROLE_MEMBER, MEMBERSHIP_MODERATOR, false, false},
    {"part", ROLE_MEMBER, MEMBERSHIP_NONE, false, true},
    {"author", ROLE_MEMBER, MEMBERSHIP_MEMBER, true, false},
    {"staffer", ROLE_STAFF, MEMBERSHIP_NONE, false, false},
    {"ada", ROLE_ADMINISTRATOR, MEMBERSHIP_NONE, false, false},
    {"olga", ROLE_OWNER, MEMBERSHIP_NONE, false, false},
};

enum { VIEWERS = sizeof viewers / sizeof *viewers, AUDIENCES = AUDIENCE_PRIVATE + 1 };

/* access.h RULES 1 to 4, written a second time. */
static bool may_see(const struct viewer_kit *v, enum audience audience)
{
    switch (audience) {
    case AUDIENCE_PUBLIC:
        return true;
    case AUDIENCE_MEMBERS:
        return v->role >= ROLE_MEMBER;
    case AUDIENCE_SPACE:
        return v->author || v->in >= MEMBERSHIP_READER || v->role >= ROLE_ADMINISTRATOR;
    case AUDIENCE_PARTICIPANTS:
        return v->author || v->participant || v->role >= ROLE_ADMINISTRATOR;
    case AUDIENCE_STAFF:
        return v->author || v->participant || v->role >= ROLE_STAFF;
    default:
        return v->author;
    }
}

struct matrix {
    struct kit *kit;
    struct rooms rooms;
    int64_t space, ideas[AUDIENCES], comments[AUDIENCES];
    struct person_kit *people[VIEWERS]; /* NULL: the guest */
};

static const char *word_of(struct matrix *m, const char *kind, int audience)
{
    return kit_path(m->kit, "%s%s", kind, audience_name(audience).p);
}

/* One idea with a comment, a tag and words of its own for each audience; everybody follows all. */
static struct matrix matrix_make(struct kit *kit)
{
    struct matrix m = {.kit = kit, .rooms = rooms_make(kit)};
    m.space = space_make(kit, &m.rooms, "Back room", "request", "public");
    struct person_kit *author = NULL;
    for (int i = 1; i < VIEWERS; i++) {
        m.people[i] = kit_person(kit, viewers[i].name, viewers[i].role);
        if (viewers[i].in != MEMBERSHIP_NONE)
            sql_run(kit, kit_path(kit,
                                  "INSERT INTO memberships (space_id, person_id, role, at)"
                                  " VALUES (%lld, %lld, %d, 0)",
                                  (long long)m.space, (long long)m.people[i]->id, viewers[i].in));
        author = viewers[i].author ? m.people[i] : author;
    }
    for (int a = 0; a < AUDIENCES; a++) {
        m.ideas[a] = idea_in(kit, m.space, author, word_of(&m, "title", a));
        long long id = m.ideas[a];
        as(kit, author);
        assert_status(patch_json(kit, kit_path(kit, "/ideas/%lld", id),
                                 kit_path(kit, "{\"body\":\"About %s.\",\"tags\":\"%s\"}",
                                          word_of(&m, "text", a), word_of(&m, "tag", a))),
                      200);
        for (int i = 1; i < VIEWERS; i++)
            sql_run(kit, kit_path(kit,
                                  "INSERT INTO follows (record_id, level, person_id, at)"
                                  " VALUES (%lld, 3, %lld, 0) ON CONFLICT DO NOTHING",
                                  id, (long long)m.people[i]->id));
        sql_run(kit, kit_path(kit,
                              "INSERT INTO participants (record_id, person_id)"
                              " SELECT %lld, id FROM people WHERE handle = 'part'",
                              id));
        audience_put(kit, id, a);
        m.comments[a] = comment_make(kit, author, id, word_of(&m, "reply", a));
    }
    return m;
}

/* Whether the answer has the word, as it should. */
static void has_or_not(struct res r, bool should, const char *word, const char *who)
{
    if (str_has(r.body, str_of(word)) != should)
        kit_wrong(r, __FILE__, __LINE__, "for %s: %s \"%s\"", who, should ? "lacks" : "has", word);
}

/* A problem document up to its last member, which is the caller's own path. */
static struct str before_instance(struct res r)
{
    ptrdiff_t at = str_find_str(r.body, S(",\"instance\""));
    return at < 0 ? r.body : str_first(r.body, (size_t)at);
}

static void check_one(struct matrix *m, int v, int a)
{
    struct kit *kit = m->kit;
    bool see = may_see(&viewers[v], (enum audience)a);
    const char *who = viewers[v].name, *title = word_of(m, "title", a);
    long long id = m->ideas[a], comment = m->comments[a];
    const char *const paths[] = {
        kit_path(kit, "/ideas/%lld", id),
        kit_path(kit, "/ideas/%lld/votes", id),
        kit_path(kit, "/ideas/%lld/revisions", id),
        kit_path(kit, "/comments/%lld/votes", comment),
        kit_path(kit, "/comments/%lld/revisions", comment),
    };
    static const char *const missing[] = {"/ideas/999999", "/ideas/999999/votes",
                                          "/ideas/999999/revisions", "/comments/999999/votes",
                                          "/comments/999999/revisions"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct res r = get_json(kit, paths[i]);
        if (r.status != (see ? 200 : 404))
            kit_wrong(r, __FILE__, __LINE__, "%s as %s: %d", paths[i], who, r.status);
        struct res none = get_json(kit, missing[i]);
        if (!see && !str_eq(before_instance(r), before_instance(none))) /* access RULE 6 */
            kit_wrong(r, __FILE__, __LINE__, "%s as %s is not as a missing one", paths[i], who);
    }
    assert_status(get(kit, kit_path(kit, "/r/%lld", comment)), see ? 303 : 404);
    has_or_not(get_json(kit, kit_path(kit, "/search?q=%s", word_of(m, "text", a))), see, title,
               who);
    has_or_not(get_json(kit, kit_path(kit, "/search?q=%s", word_of(m, "reply", a))), see, title,
               who);
    has_or_not(get(kit, kit_path(kit, "/search?q=%s", word_of(m, "reply", a))), see, title, who);
    has_or_not(get_json(kit, kit_path(kit, "/ideas?tag=%s", word_of(m, "tag", a))), see, title,
               who);
    if (!see)
        assert_status(get(kit, kit_path(kit, "/live?topics=%lld", id)), 404);
}

static void check_lists(struct matrix *m, int v)
{
    struct kit *kit = m->kit;
    static const char *const paths[] = {
        "/ideas.json?sort=newest",
        "/ideas.json?sort=votes",
        "/ideas.json?sort=trending",
        "/ideas",
        "/ideas.atom",
        "/ideas.json?space=back-room",
        "/ideas?show=unanswered",
        "/ideas.json?author=author",
        "/spaces/back-room.json",
        "/spaces/back-room",
        "/people/author.json",
        "/people/author",
        "/people/author.atom",
        "/",
    };
    static const char *const newest[] = {"/spaces/back-room.atom", "/home.atom", "/home.json"};
    int seen = 0;
    for (int a = 0; a < AUDIENCES; a++) {
        bool see = may_see(&viewers[v], (enum audience)a);
        seen += see;
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            has_or_not(get(kit, paths[i]), see, word_of(m, "title", a), viewers[v].name);
        for (size_t i = 0; !see && i < sizeof newest / sizeof *newest; i++)
            assert_has_not(get(kit, newest[i]), word_of(m, "title", a));
        has_or_not(get(kit, "/ideas"), see, word_of(m, ">tag", a), viewers[v].name);
    }
    struct res profile = get_json(kit, "/people/author");
    assert_json_int(profile, "data.ideas", seen);
    assert_json_int(profile, "data.comments", seen);
}

static void nobody_sees_more_than_their_audience(void **state) /* access RULE 1 2 3 4 5 6,
    record RULE 1, list RULE 2, timeline RULE 1, tags RULE 2 */
{
    struct matrix m = matrix_make(*state);
    for (int v = 0; v < VIEWERS; v++) {
        as(m.kit, m.people[v]);
        for (int a = 0; a < AUDIENCES; a++)
            check_one(&m, v, a);
        check_lists(&m, v);
    }
}

static void nobody_is_told_of_what_is_hidden(void **state) /* notices RULE 1 2 */
{
    struct matrix m = matrix_make(*state);
    for (int v = 1; v < VIEWERS; v++)
        for (int a = 0; a < AUDIENCES; a++) {
            bool told = may_see(&viewers[v], (enum audience)a) && !viewers[v].author;
            int64_t n =
                sql_int(m.kit, kit_path(m.kit,
                                        "SELECT COUNT(*) FROM notifications n"
                                        " JOIN activities a ON a.id = n.activity_id"
                                        " WHERE n.person_id = %lld AND a.record_id = %lld",
                                        (long long)m.people[v]->id, (long long)m.comments[a]));
            if (n != told)
                fail_msg("%s was told %lld times of %s", viewers[v].name, (long long)n,
                         word_of(&m, "", a));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(guests_are_sent_to_sign_in),       kit_test(nobody_calls_what_is_above_them),
        kit_test(forged_changes_change_nothing),    kit_test(garbage_in_addresses_is_refused),
        kit_test(garbage_in_bodies_is_refused),     kit_test(nobody_sees_more_than_their_audience),
        kit_test(nobody_is_told_of_what_is_hidden),
    };
    return kit_run(tests);
}
