/* fresh_test.c: proves the RULES of fresh.h, on the program's own lists. */
#include "test/rooms.h"

/* ---- a reader: asks again with what it was told, and keeps what it was given ---- */

struct reader {
    const char *path;
    struct person_kit *who; /* NULL: a guest */
    struct str etag, body;
};

static struct res ask(struct kit *kit, const struct reader *r)
{
    struct person_kit *before = kit->viewer;
    as(kit, r->who);
    if (r->etag.n)
        kit_header(kit, "If-None-Match: " STR_FMT, STR_ARG(r->etag));
    struct res res = get(kit, r->path);
    kit->viewer = before;
    return res;
}

static struct res ask_anew(struct kit *kit, const struct reader *r)
{
    return ask(kit, &(struct reader){.path = r->path, .who = r->who});
}

static void keep(struct reader *r, struct res res)
{
    assert_status(res, 200);
    r->etag = res_head(res, "ETag");
    r->body = res.body;
    assert_true(r->etag.n > 4 && r->body.n > 4);
}

static struct reader reader_of(struct kit *kit, const char *path, struct person_kit *who)
{
    struct reader r = {.path = path, .who = who};
    keep(&r, ask(kit, &r));
    return r;
}

/* How many statements an answer takes. */
static int64_t statements(struct kit *kit, const struct reader *r, int *status)
{
    enum { MANY = 1000 };
    int64_t left = 0;
    kit_header(kit, "X-Skep-Fail-Nth: %d", MANY);
    struct res res = ask(kit, r);
    assert_true(str_int(res_head(res, "X-Skep-Fail-Left"), &left));
    *status = res.status;
    return MANY - left;
}

/* Whether the feed is answered before its handler runs: by fewer statements than who knows nothing
 * of it takes. */
static bool known_at_once(struct kit *kit, const struct reader *r)
{
    int status, other;
    int64_t few = statements(kit, r, &status);
    int64_t all = statements(kit, &(struct reader){.path = r->path, .who = r->who}, &other);
    return status == 304 && few < all;
}

/* ---- */

static void what_is_known_is_not_made_again(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    struct reader r = reader_of(kit, "/ideas.atom", NULL);
    struct res res = ask(kit, &r);
    assert_status(res, 304);
    assert_int_equal(res.body.n, 0);
    assert_header(res, "ETag", str_cstr(kit->arena, r.etag));
    assert_header(res, "Cache-Control", "private, no-cache");
    assert_true(known_at_once(kit, &r));
    kit_header(kit, "If-None-Match: \"else\", W/" STR_FMT, STR_ARG(r.etag));
    assert_status(ask_anew(kit, &r), 304);
    kit_header(kit, "If-None-Match: \"else\"");
    assert_status(ask_anew(kit, &r), 200);
}

static void a_state_is_of_one_viewer_address_and_form(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    struct reader guest = reader_of(kit, "/ideas.atom", NULL);
    const struct reader others[] = {
        {"/ideas.rss", NULL, guest.etag, S("")},
        {"/ideas.atom?sort=votes", NULL, guest.etag, S("")},
        {"/topics.atom", NULL, guest.etag, S("")},
        {"/spaces/nowhere.atom", NULL, guest.etag, S("")},
        {"/ideas.atom", rooms.ana, guest.etag, S("")},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(known_at_once(kit, &others[i]));
    struct str made_up = str_fmt(kit->arena, "\"%.17s", guest.etag.p + 1);
    made_up = str_fmt(kit->arena, STR_FMT "0000000000000000\"", STR_ARG(made_up));
    assert_true(known_at_once(kit, &(struct reader){"/ideas.atom", NULL, made_up, S("")}));
    sql_run(kit, "UPDATE accounts SET role = 2 WHERE email = 'ana@example.org'");
    struct reader ana = reader_of(kit, "/ideas.atom", rooms.ana);
    assert_true(known_at_once(kit, &ana));
}

/* ---- RULE 1: all that can be done to a hub, and no reader is left with what was ---- */

struct world {
    struct kit *kit;
    struct rooms rooms;
    struct person_kit *ada;
    long long idea, other, comment, hidden, invited;
};

static void change_json(struct world *w, struct person_kit *who, const char *method,
                        const char *path, const char *body)
{
    as(w->kit, who);
    struct res r = kit_request(w->kit, method, path, KIT_JSON, body ? KIT_JSON : NULL, body);
    if (r.status >= 300)
        kit_wrong(r, __FILE__, __LINE__, "%s %s: %d", method, path, r.status);
}

#define PATH(...) kit_path(w->kit, __VA_ARGS__)

static void edit(struct world *w)
{
    change_json(w, w->rooms.ana, "PATCH", PATH("/ideas/%lld", w->idea), "{\"title\":\"A cap\"}");
}

static void vote(struct world *w)
{
    change_json(w, w->rooms.ben, "POST", PATH("/ideas/%lld/votes", w->other), "{}");
}

static void unvote(struct world *w)
{
    change_json(w, w->rooms.ben, "DELETE", PATH("/ideas/%lld/votes", w->other), NULL);
}

static void comment(struct world *w)
{
    w->comment = comment_make(w->kit, w->rooms.ben, w->idea, "Yes please");
}

static void edit_comment(struct world *w)
{
    change_json(w, w->rooms.ben, "PATCH", PATH("/comments/%lld", w->comment),
                "{\"body\":\"No thanks\"}");
}

static void take_away(struct world *w)
{
    change_json(w, w->rooms.ana, "DELETE", PATH("/ideas/%lld", w->other), NULL);
}

static void bring_back(struct world *w)
{
    change_json(w, w->rooms.ana, "POST", PATH("/ideas/%lld/restore", w->other), "{}");
}

static void status(struct world *w)
{
    change_json(w, w->rooms.staff, "POST", PATH("/ideas/%lld/answers", w->idea),
                "{\"status\":\"planned\",\"reason\":\"We like it.\"}");
}

static void handle(struct world *w)
{
    change_json(w, w->rooms.ana, "PATCH", "/people/ana", "{\"handle\":\"ana-b\"}");
}

static void person(struct world *w)
{
    change_json(w, w->rooms.ana, "PATCH", "/people/ana-b", "{\"name\":\"Ana B.\"}");
}

static void narrow(struct world *w)
{
    change_json(w, w->rooms.staff, "PATCH", PATH("/spaces/%lld", (long long)w->rooms.space),
                "{\"title\":\"Product ideas\",\"body\":\"To try things.\","
                "\"openness\":\"anyone\",\"audience\":\"members\"}");
}

static void widen(struct world *w)
{
    change_json(w, w->rooms.staff, "PATCH", PATH("/spaces/%lld", (long long)w->rooms.space),
                "{\"title\":\"Products\",\"body\":\"To try things.\","
                "\"openness\":\"anyone\",\"audience\":\"public\"}");
}

static void invite(struct world *w)
{
    change_json(w, w->rooms.staff, "POST", PATH("/spaces/%lld/members", w->hidden),
                "{\"handle\":\"ben\"}");
}

static void join(struct world *w)
{
    change_json(w, w->rooms.ben, "POST", PATH("/spaces/%lld/membership", w->hidden), "{}");
}

static void leave(struct world *w)
{
    change_json(w, w->rooms.ben, "DELETE", PATH("/spaces/%lld/membership", w->hidden), NULL);
}

static void promote(struct world *w)
{
    change_json(w, w->ada, "PUT", "/people/ben/role", "{\"role\":\"staff\"}");
}

static void name_hub(struct world *w)
{
    sql_run(w->kit, "INSERT INTO settings (name, value) VALUES ('hub_name', 'Brindlemoor')");
}

static void for_staff(struct world *w) /* as a program does that knows of no activities */
{
    sql_run(w->kit, PATH("UPDATE records SET audience = 4 WHERE id = %lld", w->other));
}

static void unhide(struct world *w)
{
    sql_run(w->kit, PATH("UPDATE records SET audience = 0 WHERE id = %lld", w->other));
}

static void seen(struct world *w)
{
    change_json(w, w->rooms.ana, "PUT", "/home/seen", "{\"activity\":100000}");
}

static void (*const changes[])(struct world *w) = {
    edit,   vote,  unvote, comment, edit_comment, take_away, bring_back, status,    handle, person,
    narrow, widen, invite, join,    leave,        promote,   name_hub,   for_staff, unhide, seen,
};

static const char *const lists[] = {
    "/ideas.atom?sort=newest",
    "/ideas.rss?sort=votes",
    "/ideas.feed.json",
    "/topics.atom",
    "/spaces.atom",
    "/spaces/product-ideas.atom",
    "/people.rss",
    "/home.atom",
    "/search.atom?q=lid",
    "/spaces/back-room/members.rss",
    "/feeds.opml",
    "/ideas.atom?space=back-room",
};

static void nobody_is_left_with_what_was(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct world world = {.kit = kit, .rooms = rooms_make(kit)}, *w = &world;
    w->ada = kit_person(kit, "ada", ROLE_ADMINISTRATOR);
    w->idea = idea_make(kit, &w->rooms, w->rooms.ana, "A lid");
    w->other = idea_make(kit, &w->rooms, w->rooms.ana, "Another lid");
    topic_make(kit, &w->rooms, w->rooms.ben, "Which lid?");
    w->hidden = space_make(kit, &w->rooms, "Back room", "invitation", "space");
    idea_in(kit, w->hidden, w->rooms.staff, "A hidden lid");
    struct person_kit *people[] = {NULL, w->rooms.ana, w->rooms.ben, w->ada};
    enum { LISTS = sizeof lists / sizeof *lists, PEOPLE = 4 };
    struct reader readers[LISTS * PEOPLE];
    int changed = 0, kept = 0;
    for (size_t i = 0; i < LISTS * PEOPLE; i++) {
        readers[i] = (struct reader){.path = lists[i / PEOPLE], .who = people[i % PEOPLE]};
        struct res r = ask(kit, &readers[i]);
        if (r.status == 200)
            keep(&readers[i], r);
    }
    for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
        kit_pass(kit, 20 * CLOCK_MINUTE);
        changes[c](w);
        for (size_t i = 0; i < LISTS * PEOPLE; i++) {
            struct reader *r = &readers[i];
            struct res again = ask(kit, r), anew = ask_anew(kit, r);
            kept += again.status == 304;
            changed += again.status == 200;
            if (again.status == 304 && !(anew.status == 200 && str_eq(anew.body, r->body)))
                kit_wrong(anew, __FILE__, __LINE__, "change %zu leaves %s stale", c, r->path);
            if (again.status != 304 && again.status != anew.status)
                kit_wrong(anew, __FILE__, __LINE__, "change %zu: %s", c, r->path);
            r->etag = S("");
            if (anew.status == 200)
                keep(r, anew);
        }
    }
    assert_true(changed > 100 && kept > 100); /* both have been tried */
    kit->unsound = true;                      /* audiences were changed behind its back */
}

static void what_came_out_the_same_is_not_sent(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    struct reader r = reader_of(kit, "/ideas.atom", NULL);
    topic_make(kit, &rooms, rooms.ben, "Which lid?");
    assert_false(known_at_once(kit, &r));
    struct res res = ask(kit, &r);
    assert_status(res, 304);
    assert_int_equal(res.body.n, 0);
    assert_header(res, "ETag", str_cstr(kit->arena, r.etag));
    kit_reopen(kit); /* another program may make other feeds */
    assert_false(known_at_once(kit, &r));
    assert_status(ask(kit, &r), 304);
}

static void what_shows_nowhere_keeps_all(void **state) /* RULE 2, touch RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    struct reader r = reader_of(kit, "/ideas.atom", NULL),
                  home = reader_of(kit, "/home.rss", rooms.ana);
    as(kit, rooms.ana);
    assert_status(put_json(kit, "/home/seen", "{\"activity\":1}"), 200);
    assert_status(put_json(kit, "/notifications/seen", "{\"activity\":1}"), 200);
    kit_pass(kit, CLOCK_HOUR);
    get(kit, "/ideas"); /* her session is noted as seen */
    kit_written(kit);
    int64_t at = sql_int(kit, "SELECT COUNT(*) FROM sessions WHERE seen_at > created_at");
    assert_int_equal(at, 1);
    as(kit, rooms.ben);
    assert_status(post(kit, "/session", "email=ben%40example.org&password=password+of+ben"), 303);
    assert_true(known_at_once(kit, &r));
    assert_true(known_at_once(kit, &home));
    sql_run(kit, "UPDATE people SET place = 'Hove' WHERE handle = 'ana'");
    assert_false(known_at_once(kit, &r));
}

static void the_time_counts_once_it_has_rested(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_header(get(kit, "/ideas.atom"), "Last-Modified", NULL);
    kit_pass(kit, CLOCK_MINUTE);
    assert_header(get(kit, "/ideas.atom"), "Last-Modified", "Fri, 01 Jan 2027 00:00:00 GMT");
    kit_header(kit, "If-Modified-Since: Fri, 01 Jan 2027 00:00:00 GMT");
    struct res r = get(kit, "/ideas.atom");
    assert_status(r, 304);
    assert_header(r, "Last-Modified", "Fri, 01 Jan 2027 00:00:00 GMT");
    kit_header(kit, "If-Modified-Since: Fri, 01 Jan 2027 00:00:01 GMT");
    assert_status(get(kit, "/ideas.atom"), 200);
    kit_header(kit, "If-None-Match: \"x\"\r\nIf-Modified-Since: Fri, 01 Jan 2027 00:00:00 GMT");
    assert_status(get(kit, "/ideas.atom"), 200);
    as(kit, rooms.ana); /* a session ends by itself */
    assert_header(get(kit, "/ideas.atom"), "Last-Modified", NULL);
    kit_header(kit, "If-Modified-Since: Fri, 01 Jan 2027 00:00:00 GMT");
    assert_status(get(kit, "/ideas.atom"), 200);
}

static void a_clock_that_is_set_back_brings_no_time_twice(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    idea_make(kit, &rooms, rooms.ana, "A lid");
    kit_pass(kit, CLOCK_HOUR);
    static const char at[] = "SELECT at FROM marks";
    int64_t told = sql_int(kit, at); /* by Last-Modified, until now */
    kit_pass(kit, -2 * CLOCK_HOUR);
    idea_make(kit, &rooms, rooms.ana, "Another lid");
    assert_true(sql_int(kit, at) >= told + CLOCK_SECOND);
    assert_header(get(kit, "/ideas.atom"), "Last-Modified", NULL); /* the time is yet to come */
    kit_pass(kit, 3 * CLOCK_HOUR);
    assert_true(res_head(get(kit, "/ideas.atom"), "Last-Modified").n > 0);
}

static void a_refused_change_leaves_the_mark(void **state)
{
    struct kit *kit = *state;
    rooms_make(kit);
    struct str mark = sql_str(kit, "SELECT mark FROM marks");
    as(kit, kit->people);
    assert_status(post_json(kit, "/ideas", "{\"title\":\"\"}"), 422);
    assert_true(str_eq(mark, sql_str(kit, "SELECT mark FROM marks")));
    sql_run(kit, "UPDATE people SET place = 'Hove'");
    assert_false(str_eq(mark, sql_str(kit, "SELECT mark FROM marks")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_is_known_is_not_made_again),
        kit_test(a_state_is_of_one_viewer_address_and_form),
        kit_test(nobody_is_left_with_what_was),
        kit_test(what_came_out_the_same_is_not_sent),
        kit_test(what_shows_nowhere_keeps_all),
        kit_test(the_time_counts_once_it_has_rested),
        kit_test(a_clock_that_is_set_back_brings_no_time_twice),
        kit_test(a_refused_change_leaves_the_mark),
    };
    return kit_run(tests);
}
