/* search_test.c: proves the RULES of search.h on both engines, with the same order of results. */
#define _GNU_SOURCE
#include "db/hub_kit.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/rand.h"
#include "db/migrate.h"
#include "record/access.h"
#include "record/search.h"
#include "record/search_plan.h"

static struct db *db;
static struct arena *a;
static struct req rq;
static struct search_result found;

/* A hub with a space 1 "Beta", people 2 ana and 3 ben (who reads the space), and a transaction. */
static void hub_open(void **state)
{
    struct db_options o = hub_kit_options(*state);
    struct str message = S("");
    a = arena_new(256 << 20);
    db = db_open(&o, a, &message);
    if (!db || !migrate(db, migrations, a, &message))
        fail_msg(STR_FMT, STR_ARG(message));
    rq = (struct req){.db = db, .arena = a};
    assert_true(db_begin(db, true));
    db_exec(db,
            "INSERT INTO spaces (id, slug, name, openness) VALUES (1, 'beta', 'Beta', 'anyone')");
    db_exec(db,
            "INSERT INTO people (id, handle, name) VALUES (2, 'ana', 'Ana'), (3, 'ben', 'Ben')");
    db_exec(db, "INSERT INTO memberships (space_id, person_id, role, at) VALUES (1, 3, 2, 0)");
}

static void hub_close(void)
{
    if (db_failed(db))
        fail_msg("%s", db_message(db));
    db_rollback(db);
    db_close(db);
    arena_free(a);
}

struct text {
    int64_t id;
    const char *title, *body, *tags; /* no title: a comment on record `root` */
    int64_t root, author, space;
    enum audience audience;
    const char *type, *state;
    int64_t score;
};

static void put(struct text t)
{
    int64_t root = t.root ? t.root : t.id, at = CLOCK_DAY * 365 * 50 + t.id * CLOCK_SECOND;
    struct str path = t.root ? str_fmt(a, "%08lld", (long long)t.id) : S("");
    const char *type = t.type ? t.type : t.root ? "comment" : "idea";
    db_exec(db,
            "INSERT INTO records (id, type, root_id, path, parent_id, space_id, author_id, title,"
            " state, audience, rank_score, created_at, updated_at, active_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?12)",
            I(t.id), Z(type), I(root), T(path), REF(t.root), REF(t.space),
            I(t.author ? t.author : 2), T(str_of(t.title)), T(str_of(t.state)), I(t.audience),
            I(t.score), I(at));
    struct str rest = str_of(t.tags), tag;
    while (str_split(&rest, ' ', &tag)) {
        db_exec(db, "INSERT INTO tags (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", T(tag));
        db_exec(db,
                "INSERT INTO taggings (tag_id, record_id, type, created_at, score, hot)"
                " SELECT id, ?2, 'idea', ?3, 0, 0.0 FROM tags WHERE name = ?1",
                T(tag), I(t.id), I(at));
    }
    search_put(db, t.id, str_of(t.title), str_of(t.tags), str_of(t.body));
}
#define PUT(...) put((struct text){__VA_ARGS__})

static void ask(struct search_query q)
{
    search(&rq, &q, &found);
}

/* The ids found, "12 3 4". */
static struct str ids_found(void)
{
    struct str ids = S("");
    for (size_t i = 0; i < found.n; i++)
        ids = str_fmt(a, STR_FMT "%s%lld", STR_ARG(ids), i ? " " : "", (long long)found.hits[i].id);
    return ids;
}

static void check_query(struct search_query q, const char *want, int line)
{
    ask(q);
    struct str ids = ids_found();
    if (!str_is(ids, want))
        fail_msg("line %d: '" STR_FMT "' found '" STR_FMT "', want '%s'; %s", line, STR_ARG(q.text),
                 STR_ARG(ids), want, db_message(db));
}
#define assert_finds(query, want)                                                                  \
    check_query((struct search_query){.text = S(query)}, (want), __LINE__)

static void become(int64_t id, enum role role)
{
    rq.viewer = (struct viewer){.id = id, .role = role};
}

/* RULE 1 */
static void what_is_hidden_is_not_found(void **state)
{
    hub_open(state);
    PUT(11, "Lid for guests", "a");
    PUT(12, "Lid for members", "a", .audience = AUDIENCE_MEMBERS);
    PUT(13, "Lid for the space", "a", .audience = AUDIENCE_SPACE, .space = 1);
    PUT(14, "Lid for staff", "a", .audience = AUDIENCE_STAFF);
    PUT(15, "Lid of ben alone", "a", .audience = AUDIENCE_PRIVATE, .author = 3);
    PUT(16, NULL, "lid for the participants", .root = 11, .audience = AUDIENCE_PARTICIPANTS);
    become(0, ROLE_GUEST);
    assert_finds("lid ", "11");
    assert_finds("type:idea", "11");
    assert_finds("author:ana", "11");
    assert_finds("author:ben lid ", "");
    become(2, ROLE_MEMBER); /* wrote all but one */
    ask((struct search_query){.text = S("lid ")});
    assert_int_equal(found.n, 5);
    become(3, ROLE_MEMBER);
    ask((struct search_query){.text = S("lid ")});
    assert_int_equal(found.n, 4); /* 11 12 13 15 */
    become(4, ROLE_MEMBER);
    ask((struct search_query){.text = S("lid ")});
    assert_int_equal(found.n, 2);
    become(5, ROLE_STAFF);
    ask((struct search_query){.text = S("lid ")});
    assert_int_equal(found.n, 3);
    become(6, ROLE_ADMINISTRATOR);
    ask((struct search_query){.text = S("lid ")});
    assert_int_equal(found.n, 5);
    hub_close();
}

/* RULE 1: hidden records take no place among those that are ranked, nor on a page. */
static void what_is_hidden_moves_nothing(void **state)
{
    hub_open(state);
    PUT(11, "Better lids", "for every mug");
    PUT(12, "Mugs", "with lids and more lids");
    PUT(13, NULL, "a lid", .root = 12);
    assert_finds("lid ", "11 12 13");
    for (int64_t id = 20; id < 450; id++)
        PUT(id, id % 2 ? "Secret lids" : NULL, "lid", .root = id % 2 ? 0 : 11,
            .audience = AUDIENCE_STAFF);
    assert_finds("lid ", "11 12 13");
    assert_false(found.bounded);
    assert_int_equal(found.next.n, 0);
    hub_close();
}

/* RULE 2 */
static void common_words_are_no_noise(void **state)
{
    hub_open(state);
    for (int64_t id = 100; id < 400; id++)
        PUT(id, id % 3 ? NULL : "The coffee and the cup", "the coffee the coffee",
            .root = id % 3 ? 102 : 0);
    PUT(50, "A descaler", "is of great use to all who like coffee");
    PUT(51, "A descaler", "is of great use to all who like kettles");
    PUT(52, "The coffee", "a descaler");
    assert_finds("the descaler ", "51 50 52");
    assert_finds("coffee descaler ", "50 51 52"); /* hides nothing, and still counts a little */
    hub_close();
}

static void titles_come_first(void **state)
{
    hub_open(state);
    PUT(11, "Travel mug with a lid", "");
    PUT(12, "A mug to travel with", "");
    PUT(13, "Something else", "travel and a mug, a mug, a mug");
    PUT(14, NULL, "travel mug", .root = 13);
    assert_finds("travel mug ", "11 12 13 14"); /* side by side in the title is better still */
    PUT(15, "Something tagged", "else", .tags = "thermos steel");
    PUT(16, "Something", "about a thermos");
    assert_finds("thermos ", "15 16");
    hub_close();
}

static void votes_and_youth_decide_between_equals(void **state)
{
    hub_open(state);
    PUT(11, "Lids", "", .score = 40);
    PUT(12, "Lids", "");
    PUT(13, "Lids", "");
    assert_finds("lids ", "11 13 12");
    hub_close();
}

static void prefixes_phrases_and_exclusions(void **state)
{
    hub_open(state);
    PUT(11, "Espresso machine", "makes coffee", .tags = "kitchen");
    PUT(12, "Machine for espresso", "makes no tea");
    PUT(13, NULL, "an espressomachine", .root = 11);
    PUT(14, "Machines", "only");
    assert_finds("espres*", "11 12 13");
    assert_finds("espres", "11 12 13"); /* may still be growing */
    assert_finds("espres ", "");
    assert_finds("espresso ", "11 12");
    assert_finds("\"espresso machine\"", "11");
    assert_finds("\"machine espresso\"", "");
    assert_finds("espresso -tea ", "11");
    assert_finds("machine -\"espresso machine\" ", "14 12");
    assert_finds("machine -espr* ", "14");
    assert_finds("machin* -espresso tea* ", "");
    assert_finds("\"machine makes\"", ""); /* a phrase does not go from title to text */
    assert_finds("\"machine kitchen\"", "");
    hub_close();
}

/* RULE 4 */
static void accents_case_and_plural(void **state)
{
    hub_open(state);
    PUT(11, "Crème BRÛLÉE", "les cafés");
    PUT(12, "Straße nach Łódź", "Кофе с молоком ΚΑΦΈΣ");
    assert_finds("creme brulee ", "11");
    assert_finds("CRÈMES ", "11");
    assert_finds("cafe ", "11");
    assert_finds("strasse lodz ", "12");
    assert_finds("кофе ", "12");
    assert_finds("καφες ", "12");
    ask((struct search_query){.text = S("cafe ")});
    assert_true(str_eq(found.hits[0].snippet_html, S("les <mark>cafés</mark>")));
    hub_close();
}

/* search_snippet RULE 1 */
static void matches_are_marked(void **state)
{
    hub_open(state);
    PUT(11, "Lids & <b>mugs</b>, a lidless one", "the <i>lid</i> of a mug");
    PUT(12, NULL, "no lid", .root = 11);
    PUT(13, "Crème brûlée", "");
    ask((struct search_query){.text = S("mug lid ")});
    assert_true(str_eq(found.hits[0].title_html,
                       S("<mark>Lids</mark> &amp; &lt;b&gt;<mark>mugs</mark>&lt;/b&gt;,"
                         " a lidless one")));
    assert_true(str_eq(found.hits[0].snippet_html,
                       S("the &lt;i&gt;<mark>lid</mark>&lt;/i&gt; of a <mark>mug</mark>")));
    ask((struct search_query){.text = S("lid"), .type = S("comment")});
    assert_true(
        str_eq(found.hits[0].title_html, S("<mark>Lids</mark> &amp; &lt;b&gt;mugs&lt;/b&gt;,"
                                           " a <mark>lidless</mark> one")));
    ask((struct search_query){.text = S("creme -mug ")});
    assert_true(str_eq(found.hits[0].title_html, S("<mark>Crème</mark> brûlée")));
    ask((struct search_query){.text = S("type:idea -mug")});
    assert_true(str_eq(found.hits[0].title_html, S("Crème brûlée")));
    hub_close();
}

static void filters_hold(void **state)
{
    hub_open(state);
    PUT(11, "Lid one", "", .tags = "lids", .state = "planned", .author = 3);
    PUT(12, "Lid two", "", .space = 1, .type = "topic");
    PUT(13, NULL, "a lid", .root = 11);
    PUT(14, "Cup", "", .tags = "lids cups");
    assert_finds("lid type:topic", "12");
    assert_finds("lid type:comment", "13");
    assert_finds("lid is:planned", "11");
    assert_finds("lid in:beta", "12");
    assert_finds("lid author:ben", "11");
    assert_finds("lid tag:lids", "11 14 13"); /* what is tagged, and what is said about it */
    assert_finds("tag:cups", "14");
    assert_finds("tag:lids", "14 11");
    assert_finds("author:ben", "11");
    assert_finds("type:comment", "13");
    assert_finds("lid author:nobody", "");
    assert_finds("lid tag:nothing", "");
    assert_finds("lid in:nowhere", "");
    assert_finds("lid type:nothing", "");
    assert_finds("lid before:1999-01-01", "");
    ask((struct search_query){.text = S("lid after:1999-01-01"), .type = S("topic")});
    assert_true(str_eq(ids_found(), S("12")));
    assert_true(str_eq(found.hits[0].space_slug, S("beta")));
    ask((struct search_query){.text = S("lid "), .author_id = 3});
    assert_true(str_eq(ids_found(), S("11")));
    assert_true(str_eq(found.hits[0].author_handle, S("ben")));
    ask((struct search_query){.text = S("lid type:comment")});
    assert_true(str_eq(found.hits[0].title, S("Lid one")));
    hub_close();
}

static void pages_have_each_hit_once(void **state)
{
    hub_open(state);
    for (int64_t id = 11; id < 71; id++)
        PUT(id, id % 2 ? "Lids" : NULL, id % 3 ? "a lid of steel" : "lid", .root = id % 2 ? 0 : 11,
            .score = id % 5);
    bool seen[71] = {false};
    struct search_query q = {.text = S("lid "), .limit = 7};
    size_t n = 0, pages = 0;
    double before = 1e9;
    do {
        ask(q);
        for (size_t i = 0; i < found.n; i++, n++) {
            assert_false(seen[found.hits[i].id]);
            seen[found.hits[i].id] = true;
            assert_true(found.hits[i].rank <= before);
            before = found.hits[i].rank;
        }
        q.after = found.next;
        pages++;
    } while (found.next.n);
    assert_int_equal(n, 60);
    assert_int_equal(pages, 9);
    q.after = S("broken");
    ask(q);
    assert_int_equal(found.n, 7);
    hub_close();
}

static void changes_are_found_at_once(void **state)
{
    hub_open(state);
    PUT(11, "Lids", "of steel");
    PUT(12, NULL, "of glass", .root = 11);
    search_put(db, 11, S("Cups"), S("kitchen"), S("of clay"));
    search_put(db, 12, S(""), S(""), S("of wood"));
    assert_finds("lid ", "");
    assert_finds("steel ", "");
    assert_finds("glass ", "");
    assert_finds("clay ", "11");
    assert_finds("kitchen ", "11");
    assert_finds("wood ", "12");
    search_remove(db, 11);
    assert_finds("clay ", "");
    search_remove(db, 12);
    search_remove(db, 99);
    assert_finds("wood ", "");
    /* the sample of words was brought back to what it was */
    assert_int_equal(db_get_int(db, -1,
                                "SELECT COUNT(*) FROM search_words"
                                " WHERE roots <> 0 OR replies <> 0"),
                     0);
    hub_close();
}

static void below_a_deleted_root_nothing_is_found(void **state)
{
    hub_open(state);
    PUT(11, "Cups", "");
    PUT(12, NULL, "of steel", .root = 11);
    assert_finds("steel ", "12");
    db_exec(db, "UPDATE records SET deleted_at = 1 WHERE id = 11");
    assert_finds("steel ", "");
    assert_finds("type:comment", "");
    hub_close();
}

/* RULE 3 */
static void no_text_is_an_error(void **state)
{
    static const char *const texts[] = {
        "",
        "   ",
        "\"",
        "\"\"",
        "*",
        "-",
        "- -",
        "-\"",
        "(",
        ")",
        "a (b",
        "NEAR(a b, 3)",
        "AND",
        "a AND",
        "NOT",
        "OR OR",
        "^a",
        "{title}: a",
        "title : a",
        "a:b",
        ":",
        "a'b",
        "a\\",
        "<->",
        "a <2> b",
        "!a",
        "a:*",
        "a & | b",
        "the",
        "-the",
        "type:",
        "type:\"",
        "after:2026-99-99",
        "%s%n",
        "\x01",
        "\x01\x01 \x02",
        "a\xcc\x81",
        "\xe5\x92\x96\xe5\x95\xa1",
        "type:idea -a",
        "type:idea -\"a b\" -c*",
        "\"a b\"*",
        "a*b*c*",
        "''",
        "x'; DROP TABLE records; --",
        "a,b;c",
        "\xf0\x9f\x99\x82",
        "?1 $1 @a :a",
    };
    hub_open(state);
    PUT(11, "The a b", "near and not or");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t ids[4];
        ask((struct search_query){.text = str_of(texts[i])});
        ask((struct search_query){.text = str_of(texts[i]), .suggest = true});
        search_ids(db, a, str_of(texts[i]), S("idea"), ids, 4);
        if (db_failed(db))
            fail_msg("'%s': %s", texts[i], db_message(db));
    }
    struct rand_seq r = {3};
    for (int round = 0; round < 300; round++) {
        char text[12000];
        size_t n = rand_next(&r) % 10 ? 20 : sizeof text;
        for (size_t i = 0; i < n; i++)
            text[i] = " \"*-():ab'&|!<>^{}+,\\\0\x01"[rand_next(&r) % 24];
        ask((struct search_query){.text = str_make(text, n)});
        if (db_failed(db))
            fail_msg("'%.*s': %s", (int)n, text, db_message(db));
    }
    ask((struct search_query){.text = S("a \xff\xfe")});
    assert_int_equal(found.n, 0);
    hub_close();
}

static void titles_like_one(void **state)
{
    hub_open(state);
    PUT(11, "Lids for travel mugs", "");
    PUT(12, "A travel kettle", "");
    PUT(13, "Tea", "better lids for my travel mug");
    ask((struct search_query){.text = S("Better lids for my travel mug"), .suggest = true});
    assert_true(str_eq(ids_found(), S("11 12")));
    become(0, ROLE_GUEST);
    PUT(14, "Better travel lids", "", .audience = AUDIENCE_STAFF);
    ask((struct search_query){.text = S("Better lids for my travel mug"), .suggest = true});
    assert_true(str_eq(ids_found(), S("11 12")));
    hub_close();
}

static void lists_ask_for_ids(void **state)
{
    hub_open(state);
    int64_t ids[10];
    PUT(11, "Lids", "", .audience = AUDIENCE_PRIVATE);
    PUT(12, "Cups", "with lids");
    PUT(13, "Lids", "", .type = "topic");
    PUT(14, NULL, "lids", .root = 11);
    assert_int_equal(search_ids(db, a, S("lids"), S("idea"), ids, 10), 2);
    assert_int_equal(ids[0], 12);
    assert_int_equal(ids[1], 11);
    assert_int_equal(search_ids(db, a, S("lids"), S(""), ids, 1), 1);
    assert_int_equal(ids[0], 13);
    assert_int_equal(search_ids(db, a, S(""), S("idea"), ids, 10), 0);
    hub_close();
}

/* More records than are counted one by one, words in most of them: still found, newest first. What
 * is oldest is found by its title, or because the words hardly ever stand together. */
static void a_large_hub_is_sampled(void **state)
{
    hub_open(state);
    PUT(8, "Common word", "");
    PUT(9, NULL, "word and other", .root = 8);
    for (int64_t id = 11; id < 5000; id++)
        PUT(id, id % 10 == 1 ? "Some lid" : NULL, id % 2 ? "common word" : "common other",
            .root = id % 10 == 1 ? 0 : 11);
    PUT(6001, "Needle", "in a common haystack");
    int64_t all = db_get_int(db, 0, "SELECT roots + replies FROM search_words WHERE word = ''");
    assert_in_range(all, 4200, 5800);
    assert_finds("common needle ", "6001");
    assert_finds("needl", "6001");
    ask((struct search_query){.text = S("common word ")});
    assert_int_equal(found.n, 20);
    assert_true(found.bounded && found.next.n);
    assert_int_equal(found.hits[0].id, 8);
    assert_finds("word other ", "9");
    ask((struct search_query){.text = S("comm*"), .limit = 50});
    assert_int_equal(found.n, 50);
    hub_close();
}

/* On PostgreSQL the list of what was written last is emptied instead. */
static void a_tidy_index_is_in_few_pieces(void **state)
{
    static const char pieces[] = "SELECT COUNT(DISTINCT segid) FROM search_roots_idx";
    hub_open(state);
    bool sqlite = db_engine(db) == DB_SQLITE;
    for (int64_t id = 11; id < 50; id++) {
        PUT(id, id % 2 ? "A lid" : "A spoon", "of steel");
        assert_true(db_commit(db) && db_begin(db, true));
    }
    int64_t before = sqlite ? db_get_int(db, 0, pieces) : 9;
    int steps = 0;
    while (search_tidy(db))
        steps++;
    assert_true(before > 3 && (!sqlite || steps > 0));
    if (sqlite)
        assert_true(db_get_int(db, 99, pieces) <= 3);
    assert_false(search_tidy(db));
    assert_finds("lid before:1900-01-01", "");
    ask((struct search_query){.text = S("spoon steel"), .limit = 50});
    assert_int_equal(found.n, 19);
    hub_close();
}

int main(void)
{
    static const struct hub_kit_test tests[] = {
        {"what_is_hidden_is_not_found", what_is_hidden_is_not_found, 0},
        {"what_is_hidden_moves_nothing", what_is_hidden_moves_nothing, 0},
        {"common_words_are_no_noise", common_words_are_no_noise, 0},
        {"titles_come_first", titles_come_first, 0},
        {"votes_and_youth_decide_between_equals", votes_and_youth_decide_between_equals, 0},
        {"prefixes_phrases_and_exclusions", prefixes_phrases_and_exclusions, 0},
        {"accents_case_and_plural", accents_case_and_plural, 0},
        {"matches_are_marked", matches_are_marked, 0},
        {"filters_hold", filters_hold, 0},
        {"pages_have_each_hit_once", pages_have_each_hit_once, 0},
        {"changes_are_found_at_once", changes_are_found_at_once, 0},
        {"below_a_deleted_root_nothing_is_found", below_a_deleted_root_nothing_is_found, 0},
        {"no_text_is_an_error", no_text_is_an_error, 0},
        {"titles_like_one", titles_like_one, 0},
        {"lists_ask_for_ids", lists_ask_for_ids, 0},
        {"a_large_hub_is_sampled", a_large_hub_is_sampled, 0},
        {"a_tidy_index_is_in_few_pieces", a_tidy_index_is_in_few_pieces, 0},
    };
    return hub_kit_run("record/search", tests, sizeof tests / sizeof *tests);
}
