/* board_test.c: proves the RULES of board.c, of record/places.h and of record/tallies.h. */
#include "test/kit.h"
#include "test/rooms.h"

static struct person_kit *staff(struct kit *kit)
{
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    as(kit, odile);
    return odile;
}

static int64_t deal(struct kit *kit, const char *title, const char *stage, const char *amount)
{
    struct res r = post_json(kit, "/deals",
                             kit_path(kit,
                                      "{\"title\": \"%s\", \"pipeline\": \"sales\","
                                      " \"stage\": \"%s\", \"amount\": \"%s\"}",
                                      title, stage, amount));
    int64_t id;
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.id"), &id));
    return id;
}

static int64_t revision(struct kit *kit, int64_t id)
{
    return sql_int(kit,
                   kit_path(kit, "SELECT revision FROM records WHERE id = %lld", (long long)id));
}

static struct res move(struct kit *kit, int64_t id, const char *stage, int64_t after,
                       int64_t before)
{
    kit_header(kit, "If-Match: \"%d\"", (int)revision(kit, id));
    return kit_request(kit, "PATCH", kit_path(kit, "/deals/%lld", (long long)id), KIT_STREAM,
                       KIT_FORM,
                       kit_path(kit, "stage=%s&after=%lld&before=%lld", stage, (long long)after,
                                (long long)before));
}

/* The titles of a column, joined by blanks. */
static struct str column(struct kit *kit, const char *path, int at)
{
    struct res r = get_json(kit, path);
    struct out o;
    out_init(&o, 4096);
    assert_status(r, 200);
    for (int i = 0; i < 30; i++) {
        struct str title = kit_json(r, str_fmt(kit->arena, "data.%d.cards.%d.title", at, i).p);
        if (title.n)
            out_fmt(&o, "%s" STR_FMT, i ? " " : "", STR_ARG(title));
    }
    return out_take(&o, kit->arena);
}

#define BOARD "/deals?as=board&by=stage"
#define assert_column(kit, path, at, want)                                                         \
    assert_string_equal(str_cstr((kit)->arena, column((kit), (path), (at))), (want))

static void a_board_has_a_column_for_each_choice(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    deal(kit, "A", "new", "100.50 EUR");
    deal(kit, "B", "new", "200 EUR");
    deal(kit, "C", "new", "70 NOK");
    deal(kit, "D", "won", "5 EUR");
    struct res r = get_json(kit, BOARD);
    assert_json_count(r, "data", 6);
    assert_json_str(r, "data.0.label", "New");
    assert_json_int(r, "data.0.count", 3);
    assert_json_str(r, "data.0.sums.0", "300.50 EUR");
    assert_json_str(r, "data.0.sums.1", "70.00 NOK");
    assert_json_int(r, "data.1.count", 0);
    assert_column(kit, BOARD, 0, "C B A"); /* newest first */
    r = get(kit, BOARD);
    assert_has(r, "300.50 EUR · 70 NOK");
    assert_has(r, "data-lane-n>3<");
    r = get_json(kit, BOARD "&fold=ends");
    assert_json_int(r, "data.4.count", 1);
    assert_json_count(r, "data.4.cards", 0);
    static const char *const wrong[][2] = {
        {"/deals?as=board&by=colour", "no choice"},
        {"/deals?as=board&by=amount", "no choice"},
        {"/deals?as=board&by=stage&sum=title", "no number"},
        {"/deals?as=heap", "cannot be looked at"},
        {"/deals?as=board&by=stage&stage=nowhere", "no such choice"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        r = get_json(kit, wrong[i][0]);
        assert_status(r, 400);
        assert_has(r, wrong[i][1]);
    }
}

static void a_card_goes_where_it_is_put(void **state) /* places RULE 1 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new", "1"), b = deal(kit, "B", "new", "2"),
            c = deal(kit, "C", "new", "3"), d = deal(kit, "D", "won", "4");
    assert_column(kit, BOARD, 0, "C B A");
    assert_status(move(kit, a, "new", c, b), 200); /* between */
    assert_column(kit, BOARD, 0, "C A B");
    assert_status(move(kit, b, "new", 0, c), 200); /* to the top */
    assert_column(kit, BOARD, 0, "B C A");
    assert_status(move(kit, b, "new", a, 0), 200); /* to the end */
    assert_column(kit, BOARD, 0, "C A B");
    assert_int_equal(revision(kit, b), 1); /* a place is no edit, */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM activities WHERE verb = 'Move'"), 3);
    struct res r = move(kit, d, "new", a, b); /* a column is one */
    assert_status(r, 200);
    assert_header(r, "ETag", "\"2\"");
    assert_has(r, "action=\"refresh\"");
    assert_column(kit, BOARD, 0, "C A D B");
    assert_column(kit, BOARD, 4, "");
    assert_true(
        str_starts(sql_str(kit, "SELECT changes FROM revisions"), S("{\"stage\":[\"won\",\"new\"],"
                                                                    "\"probability\":"
                                                                    "[\"100\",\"10\"],"
                                                                    "\"closed_at\":")));
    deal(kit, "E", "new", "5");
    assert_column(kit, BOARD, 0, "E C A D B"); /* what is new comes on top */
    /* Its neighbours are gone by then: on top. One is left: beside that. */
    assert_status(move(kit, b, "won", a, c), 200);
    assert_column(kit, BOARD, 4, "B");
    assert_status(move(kit, c, "won", a, b), 200);
    assert_column(kit, BOARD, 4, "C B");
    assert_column(kit, BOARD, 0, "E A D");
    /* By an edit it stands by its id: places RULE 3 */
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)b), "{\"stage\":\"new\"}"), 200);
    assert_int_equal(
        sql_int(kit,
                kit_path(kit, "SELECT COUNT(*) FROM places WHERE record_id = %lld", (long long)b)),
        0);
}

/* A gap is halved until there is none: then those above are moved up, in their order. */
static void there_is_always_room(void **state) /* places RULE 2 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new", "1"), b = deal(kit, "B", "new", "1"),
            c = deal(kit, "C", "new", "1"), d = deal(kit, "D", "new", "1");
    assert_status(move(kit, d, "new", 0, c), 200);
    for (int i = 0; i < 60; i++) { /* by turns right above A */
        int64_t moving = i % 2 ? b : c, other = i % 2 ? c : b;
        assert_status(move(kit, moving, "new", other, a), 200);
        assert_column(kit, BOARD, 0, i % 2 ? "D C B A" : "D B C A");
    }
}

static void neighbours_that_a_filter_hides_stay(void **state) /* places RULES 1 and 4 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new", "1"), b = deal(kit, "B", "new", "900"),
            c = deal(kit, "C", "new", "1"), d = deal(kit, "D", "won", "1");
    const char *small = BOARD "&amount.lt=100+EUR";
    (void)b;
    assert_column(kit, small, 0, "C A");
    assert_status(move(kit, d, "new", c, a), 200); /* right below the one above it */
    assert_column(kit, small, 0, "C D A");
    assert_column(kit, BOARD, 0, "C D B A");
    struct res r = get_json(kit, small);
    assert_json_int(r, "data.0.count", 3);
    assert_json_str(r, "data.0.sums.0", "3.00 EUR");
    r = get_json(kit, BOARD "&q=D");
    assert_json_int(r, "data.0.count", 1);
    assert_json_int(r, "data.4.count", 0);
}

static void a_refused_move_changes_nothing(void **state) /* board RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new", "1"), b = deal(kit, "B", "won", "1");
    const char *path = kit_path(kit, "/deals/%lld", (long long)a);
    struct res r = kit_request(kit, "PATCH", path, KIT_STREAM, KIT_FORM,
                               kit_path(kit, "stage=won&before=%lld&revision=7", (long long)b));
    assert_status(r, 412);
    assert_header(r, "Content-Type", "application/problem+json");
    assert_json_str(r, "detail", "Somebody changed this since you read it. Read it again.");
    r = kit_request(kit, "PATCH", path, KIT_STREAM, KIT_FORM, "stage=&before=1");
    assert_status(r, 422);
    assert_json_str(r, "errors.stage", "Stage is missing.");
    r = kit_request(kit, "PATCH", path, KIT_STREAM, KIT_FORM, "stage=gone&before=1");
    assert_status(r, 422);
    r = kit_request(kit, "PATCH", path, KIT_STREAM, KIT_FORM, "before=1");
    assert_status(r, 422);
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    r = kit_request(kit, "PATCH", path, KIT_STREAM, KIT_FORM, "stage=won&before=1");
    assert_status(r, 404);
    assert_header(r, "Content-Type", "application/problem+json");
    sql_run(kit, "UPDATE records SET audience = 1 WHERE type = 'deal'");
    kit->unsound = true;
    r = kit_request(kit, "PATCH", path, KIT_STREAM, KIT_FORM, "stage=won&before=1");
    assert_status(r, 403);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM places"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM revisions"), 0);
}

static void each_statement_of_a_move_may_fail(void **state) /* board RULE 1 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new", "1"), b = deal(kit, "B", "won", "1");
    kit_fail_sweep(kit, "PATCH", kit_path(kit, "/deals/%lld", (long long)a),
                   kit_path(kit, "stage=won&before=%lld&revision=1", (long long)b), NULL);
    assert_column(kit, BOARD, 4, "A B");
}

/* Where a value need not be, those without one have a column, and may be put into another. */
static void cards_without_a_value_stand_first(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    const char *board = "/tasks?as=board&by=priority";
    struct res r = post_json(kit, "/tasks", "{\"title\": \"A\", \"status\": \"open\"}");
    int64_t id;
    assert_status(r, 201);
    assert_true(str_int(kit_json(r, "data.id"), &id));
    r = get_json(kit, board);
    assert_json_count(r, "data", 4);
    assert_json_str(r, "data.0.label", "Without Priority");
    assert_column(kit, board, 0, "A");
    r = kit_request(kit, "PATCH", kit_path(kit, "/tasks/%lld", (long long)id), KIT_JSON, KIT_FORM,
                    "priority=high&before=");
    assert_status(r, 200);
    assert_json_count(get_json(kit, board), "data", 3);
    assert_column(kit, board, 2, "A");
    assert_status(kit_request(kit, "PATCH", kit_path(kit, "/tasks/%lld", (long long)id), KIT_JSON,
                              KIT_FORM, "priority=&before="),
                  200);
    assert_column(kit, board, 0, "A");
    assert_has(get(kit, board), "Without Priority");
    assert_column(kit, "/tasks?as=board&by=priority&q=A", 0, "A");
}

/* Without a script a card's menu is a page with a form that leads back to the board. */
static void the_menu_works_without_a_script(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new", "1");
    const char *form = kit_path(kit,
                                "/deals/%lld/fields/stage?back=%%2Fdeals%%3Fas%%3Dboard%%26by"
                                "%%3Dstage",
                                (long long)a);
    struct res r = get(kit, BOARD);
    assert_has(r, kit_path(kit, "href=\"%s\"", form));
    r = get(kit, form);
    assert_has(r, "name=\"back\" value=\"/deals?as=board&amp;by=stage\"");
    assert_has(r, "href=\"/deals?as=board&amp;by=stage\" data-cell-cancel");
    assert_has_not(
        get(kit, kit_path(kit, "/deals/%lld/fields/stage?back=//elsewhere.example", (long long)a)),
        "\"//elsewhere");
    r = patch(kit, kit_path(kit, "/deals/%lld", (long long)a),
              "stage=won&revision=1&back=%2Fdeals%3Fas%3Dboard%26by%3Dstage");
    assert_status(r, 303);
    assert_header(r, "Location", BOARD);
    assert_column(kit, BOARD, 4, "A");
}

#define TALLY(where)                                                                               \
    "SELECT COALESCE(SUM(n), 0) FROM tallies WHERE sum = '' AND field = 'stage' AND " where
#define MONEY(where) "SELECT COALESCE(SUM(amount), 0) FROM tallies WHERE sum = 'amount' AND " where

/* That they are what counting gives is asked at the end of each test (kit.h RULE 5). */
static void tallies_follow_each_change(void **state) /* tallies RULES 1 and 3 */
{
    struct kit *kit = *state;
    staff(kit);
    int64_t a = deal(kit, "A", "new", "100 EUR"), b = deal(kit, "B", "new", "50 NOK");
    const char *path = kit_path(kit, "/deals/%lld", (long long)a);
    assert_int_equal(sql_int(kit, TALLY("value = 'new'")), 2);
    assert_int_equal(sql_int(kit, MONEY("value = 'new' AND currency = 'EUR'")), 10000);
    assert_status(patch_json(kit, path, "{\"stage\": \"won\", \"amount\": \"70 EUR\"}"), 200);
    assert_int_equal(sql_int(kit, MONEY("value = 'won' AND currency = 'EUR'")), 7000);
    assert_int_equal(sql_int(kit, MONEY("value = 'new' AND currency = 'EUR'")), 0);
    assert_status(patch_json(kit, path, "{\"amount\": \"70 NOK\"}"), 200);
    assert_int_equal(sql_int(kit, MONEY("value = 'won' AND currency = 'NOK'")), 7000);
    assert_status(patch_json(kit, path, "{\"amount\": \"\"}"), 200);
    assert_status(patch_json(kit, path, "{\"amount\": \"99999999999999 EUR\"}"), 200);
    assert_int_equal(sql_int(kit, MONEY("value = 'won'")), 0);
    assert_int_equal(sql_int(kit, TALLY("value = 'won'")), 1);
    assert_status(del(kit, kit_path(kit, "/deals/%lld", (long long)b)), 303);
    assert_int_equal(sql_int(kit, TALLY("value = 'new'")), 0);
    assert_int_equal(sql_int(kit, MONEY("value = 'new'")), 0);
    assert_status(post(kit, kit_path(kit, "/deals/%lld/restore", (long long)b), ""), 303);
    assert_int_equal(sql_int(kit, MONEY("value = 'new'")), 5000);
}

#define PAIR(rest) "INSERT INTO tallies SELECT 'deal', 'pipeline,stage', " rest

static void nobody_counts_what_is_not_theirs(void **state) /* tallies RULE 2, board RULE 3 */
{
    struct kit *kit = *state;
    struct person_kit *odile = staff(kit);
    deal(kit, "A", "new", "100 EUR");
    int64_t mine = deal(kit, "B", "new", "10 EUR");
    as(kit, kit_person(kit, "ruth", ROLE_STAFF));
    deal(kit, "C", "new", "1 EUR");
    sql_run(kit, kit_path(kit, "UPDATE records SET audience = 5 WHERE id >= %lld AND type = 'deal'",
                          (long long)mine));
    sql_run(kit, "DELETE FROM tallies WHERE type = 'deal'");
    sql_run(kit, PAIR("'', 'sales,new', '', 4, 1, 0"));
    sql_run(kit, PAIR("'', 'sales,new', '', 5, 2, 0"));
    sql_run(kit, PAIR("'amount', 'sales,new', 'EUR', 4, 1, 10000"));
    sql_run(kit, PAIR("'amount', 'sales,new', 'EUR', 5, 2, 1100"));
    kit->unsound = true; /* audiences of activities */
    as(kit, odile);
    struct res r = get_json(kit, BOARD); /* her own private one is counted, Ruth's is not */
    assert_json_int(r, "data.0.count", 2);
    assert_json_str(r, "data.0.sums.0", "110.00 EUR");
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    r = get_json(kit, BOARD);
    assert_json_int(r, "data.0.count", 0);
    assert_json_count(r, "data.0.sums", 0);
    as(kit, NULL);
    assert_json_int(get_json(kit, BOARD), "data.0.count", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_board_has_a_column_for_each_choice),
        kit_test(a_card_goes_where_it_is_put),
        kit_test(there_is_always_room),
        kit_test(neighbours_that_a_filter_hides_stay),
        kit_test(a_refused_move_changes_nothing),
        kit_test(each_statement_of_a_move_may_fail),
        kit_test(cards_without_a_value_stand_first),
        kit_test(the_menu_works_without_a_script),
        kit_test(tallies_follow_each_change),
        kit_test(nobody_counts_what_is_not_theirs),
    };
    return kit_run(tests);
}
