/* list_test.c: every sort with every filter, through all pages, against a plain ORDER BY. */
#include "record/list.h"

#include <jansson.h>

#include "record/votes.h"
#include "test/rooms.h"

enum { IDEAS = 71, HIDDEN_EACH = 4, VOTERS = 4 };

struct fill {
    struct kit *kit;
    int64_t spaces[2];
    struct person_kit *people[VOTERS + 2];
};

/* Equal times by threes, equal scores by fours, every fourth for staff only, some deleted. */
static bool fill_run(struct db *db, void *ctx)
{
    struct fill *f = ctx;
    struct arena *a = f->kit->arena;
    for (int i = 0; i < IDEAS; i++) {
        struct act act = {db, a, f->people[i % 2]->id, KIT_NOW - (i / 3) * CLOCK_HOUR, true, S("")};
        int64_t id = record_create(
            &act, &(struct record_draft){.type = "idea",
                                         .space_id = f->spaces[i % 5 == 0],
                                         .title = str_fmt(a, "Idea %d", i),
                                         .source = i % 7 ? S("Plain words") : S("Zebra words"),
                                         .tags = i % 3 ? S("lid") : S("lid third"),
                                         .state = i % 6 ? S("open") : S("planned"),
                                         .audience = i % HIDDEN_EACH == 1 ? AUDIENCE_STAFF
                                                                          : AUDIENCE_PUBLIC});
        db_exec(db, "INSERT INTO ideas (id) VALUES (?1)", I(id));
        struct record *r = record_load(db, a, id);
        for (int v = 0; v < i % 4 && v < VOTERS; v++) {
            struct act vote = act;
            vote.person_id = f->people[2 + v]->id;
            vote.at = KIT_NOW - (i % 5) * CLOCK_DAY;
            vote_set(&vote, r, 1);
        }
        if (i % 10 == 0)
            record_create(&act, &(struct record_draft){
                                    .type = "answer", .parent = r, .source = S("So it is")});
        if (i % 13 == 12)
            record_delete(&act, record_load(db, a, id));
    }
    return !db_failed(db);
}

static struct fill filled(struct kit *kit)
{
    struct rooms rooms = rooms_make(kit);
    struct fill f = {.kit = kit};
    f.spaces[0] = rooms.space;
    f.spaces[1] = space_make(kit, &rooms, "Other room", "anyone", "public");
    for (int i = 0; i < VOTERS + 2; i++)
        f.people[i] = kit_person(kit, kit_path(kit, "p%d", i), ROLE_MEMBER);
    assert_true(store_run(kit->app->store, STORE_WRITE, fill_run, &f));
    kit_settle(kit);
    return f;
}

struct ids {
    const char *sql;
    int64_t all[IDEAS + 1];
    size_t n;
};

static bool ids_read(struct db *db, void *ctx)
{
    struct ids *ids = ctx;
    struct rows q = db_query(db, ids->sql);
    while (ids->n < IDEAS && db_next(&q))
        ids->all[ids->n++] = db_int(&q, 0);
    return !db_failed(db);
}

/* The ids of one page; gives the cursor of the next, NULL at the end. */
static const char *page_read(struct kit *kit, const char *query, const char *after, struct ids *ids)
{
    struct res r = get_json(kit, kit_path(kit, "/ideas?%s&after=%s", query, after));
    assert_status(r, 200);
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
    const json_t *data = json_object_get(root, "data"), *next = json_object_get(root, "next");
    for (size_t i = 0; i < json_array_size(data) && ids->n < IDEAS; i++)
        ids->all[ids->n++] = json_integer_value(json_object_get(json_array_get(data, i), "id"));
    const char *cursor = json_is_string(next) ? kit_path(kit, "%s", json_string_value(next)) : NULL;
    json_decref(root);
    return cursor;
}

static void same_through_all_pages(struct kit *kit, const char *query, const char *where,
                                   const char *order)
{
    struct ids read = {0},
               wanted = {.sql = kit_path(kit,
                                         "SELECT r.id FROM records r WHERE r.type = 'idea'"
                                         " AND r.deleted_at IS NULL AND r.audience = 0"
                                         " AND %s ORDER BY r.%s DESC, r.id DESC",
                                         where, order)};
    assert_true(store_run(kit->app->store, STORE_READ, ids_read, &wanted));
    const char *after = "";
    while (after)
        after = page_read(kit, query, after, &read);
    if (read.n != wanted.n)
        fail_msg("%s: %zu ideas, not %zu", query, read.n, wanted.n);
    for (size_t i = 0; i < wanted.n; i++)
        if (read.all[i] != wanted.all[i])
            fail_msg("%s: idea %zu is %lld, not %lld", query, i, (long long)read.all[i],
                     (long long)wanted.all[i]);
    assert_true(wanted.n > 0);
}

static void all_pages_give_each_visible_record_once(void **state) /* list RULE 1 2 */
{
    struct kit *kit = *state;
    struct fill f = filled(kit);
    as(kit, NULL);
    const char *const orders[][2] = {
        {"newest", "created_at"}, {"votes", "score"}, {"trending", "hot"}};
    const char *const filters[][2] = {
        {"utm_source=letter", "1 = 1"},
        {"space=other-room", kit_path(kit, "r.space_id = %lld", (long long)f.spaces[1])},
        {"tag=lid", "r.tags LIKE 'lid%'"},
        {"tag=third", "r.tags LIKE '%third'"},
        {"status=planned", "r.state = 'planned'"},
        {"status=open", "r.state = 'open'"},
        {"author=p1", kit_path(kit, "r.author_id = %lld", (long long)f.people[1]->id)},
        {"show=unanswered", "r.answers = 0"},
        {"q=zebra", "r.excerpt LIKE 'Zebra%'"},
        {"tag=third&status=open&author=p1",
         kit_path(kit, "r.tags LIKE '%%third' AND r.state = 'open' AND r.author_id = %lld",
                  (long long)f.people[1]->id)},
    };
    for (size_t o = 0; o < 3; o++)
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
            same_through_all_pages(kit, kit_path(kit, "sort=%s&%s", orders[o][0], filters[i][0]),
                                   filters[i][1], orders[o][1]);
}

static void a_page_is_full_whatever_is_hidden(void **state) /* list RULE 2 */
{
    struct kit *kit = *state;
    filled(kit);
    as(kit, NULL);
    struct res page = get_json(kit, "/ideas?sort=newest");
    assert_json_count(page, "data", 30);
    sql_run(kit, "UPDATE records SET audience = 5 WHERE type = 'idea' AND audience = 4");
    sql_run(kit, "UPDATE activities SET audience = 5 WHERE audience = 4");
    struct res again = get_json(kit, "/ideas?sort=newest");
    assert_true(str_eq(page.body, again.body));
    kit->unsound = true; /* answers below what is now private */
}

static void a_broken_cursor_is_the_first_page(void **state) /* list RULE 3 */
{
    struct kit *kit = *state;
    filled(kit);
    static const char *const cursors[] = {
        "x", ".", "1.", ".1", "1", "a.1", "1.a", "%2e", "1.1.1", "99999999999999999999.1", "%00"};
    static const char *const sorts[] = {"newest", "votes", "trending"};
    for (size_t s = 0; s < 3; s++) {
        struct res first = get_json(kit, kit_path(kit, "/ideas?sort=%s", sorts[s]));
        for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
            struct res r =
                get_json(kit, kit_path(kit, "/ideas?sort=%s&after=%s", sorts[s], cursors[i]));
            if (r.status == 400)
                continue; /* the address itself cannot be read */
            assert_status(r, 200);
            assert_true(str_eq(r.body, first.body));
        }
    }
}

static void what_there_is_not_is_refused(void **state)
{
    struct kit *kit = *state;
    rooms_make(kit);
    assert_status(get(kit, "/ideas?sort=loudest"), 400);
    assert_status(get(kit, "/ideas?status=maybe"), 400);
    assert_status(get(kit, "/topics?status=open"), 400);
    assert_json_count(get_json(kit, "/ideas?tag=nothing"), "data", 0);
    assert_json_count(get_json(kit, "/ideas?author=nobody"), "data", 0);
    assert_json_count(get_json(kit, "/ideas?space=nowhere"), "data", 0);
    assert_json_count(get_json(kit, "/ideas?show=mine"), "data", 0); /* a guest has none */
}

static void ones_own_votes_are_marked(void **state)
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    post(kit, kit_path(kit, "/ideas/%lld/votes", (long long)idea), "");
    assert_has(get_json(kit, "/ideas"), "\"voted\":true");
    as(kit, rooms.ana);
    assert_has(get_json(kit, "/ideas"), "\"voted\":false");
}

/* Pages of all ideas: each says of itself what the sum of the person's votes for it says. */
static void all_own_votes_are_marked(struct kit *kit, struct person_kit *person)
{
    as(kit, person);
    const char *after = "";
    size_t seen = 0;
    for (;;) {
        struct res r = get_json(kit, kit_path(kit, "/ideas?after=%s", after));
        assert_status(r, 200);
        json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL);
        const json_t *idea, *next = json_object_get(root, "next");
        size_t i;
        json_array_foreach(json_object_get(root, "data"), i, idea)
        {
            long long id = json_integer_value(json_object_get(idea, "id"));
            int64_t sum = sql_int(kit, kit_path(kit,
                                                "SELECT COALESCE(SUM(delta), 0) FROM votes"
                                                " WHERE record_id = %lld AND person_id = %lld",
                                                id, (long long)person->id));
            if (json_boolean_value(json_object_get(idea, "voted")) != (sum > 0))
                fail_msg("idea %lld: the votes of %lld are %lld", id, (long long)person->id,
                         (long long)sum);
            seen++;
        }
        after = json_is_string(next) ? kit_path(kit, "%s", json_string_value(next)) : "";
        json_decref(root);
        if (!*after)
            break;
    }
    assert_true(seen > 40);
}

/* Who voted for nearly all is looked up otherwise than who voted for few. */
static void votes_of_the_busy_and_the_quiet_are_marked(void **state)
{
    struct kit *kit = *state;
    struct fill f = filled(kit);
    long long taken = sql_int(kit, "SELECT MIN(id) FROM records WHERE type = 'idea' AND score = 3"
                                   " AND audience = 0 AND deleted_at IS NULL");
    for (int v = 0; v < VOTERS; v++) {
        as(kit, f.people[2 + v]);
        if (v < 3)
            assert_status(del(kit, kit_path(kit, "/ideas/%lld/votes", taken)), 303);
        all_own_votes_are_marked(kit, f.people[2 + v]);
    }
    assert_true(sql_int(kit, kit_path(kit, "SELECT COUNT(*) FROM votes WHERE person_id = %lld",
                                      (long long)f.people[2]->id)) > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(all_pages_give_each_visible_record_once),
        kit_test(a_page_is_full_whatever_is_hidden),
        kit_test(a_broken_cursor_is_the_first_page),
        kit_test(what_there_is_not_is_refused),
        kit_test(ones_own_votes_are_marked),
        kit_test(votes_of_the_busy_and_the_quiet_are_marked),
    };
    return kit_run(tests);
}
