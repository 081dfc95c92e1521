/* looks_test.c: calendars, galleries, groups, CSV: RULES of calendar.c, groups.c and csv.c. */
#include "test/kit.h"
#include "test/rooms.h"
#include "text/csv.h"

static struct person_kit *staff(struct kit *kit)
{
    struct person_kit *odile = kit_person(kit, "odile", ROLE_STAFF);
    as(kit, odile);
    return odile;
}

static void deal(struct kit *kit, const char *title, const char *stage, const char *close_on)
{
    assert_status(post_json(kit, "/deals",
                            kit_path(kit,
                                     "{\"title\": \"%s\", \"pipeline\": \"sales\","
                                     " \"stage\": \"%s\", \"amount\": \"10 EUR\","
                                     " \"close_on\": \"%s\"}",
                                     title, stage, close_on)),
                  201);
}

static void a_month_has_its_days(void **state) /* calendar RULES 1 and 2 */
{
    struct kit *kit = *state;
    staff(kit);
    deal(kit, "First", "new", "2027-03-01");
    deal(kit, "Last", "won", "2027-04-04"); /* the Sunday of its last week */
    deal(kit, "Before", "new", "2027-02-28");
    deal(kit, "Behind", "new", "2027-04-05");
    for (int i = 0; i < 6; i++)
        deal(kit, kit_path(kit, "Busy%d", i), "new", "2027-03-10");
    struct res r = get(kit, "/deals?as=calendar&by=close_on&month=2027-03");
    assert_status(r, 200);
    assert_has(r, "March 2027");
    assert_has(r, "First");
    assert_has(r, "Last");
    assert_has_not(r, ">Before<");
    assert_has_not(r, "Behind");
    assert_has(r, "Busy3");
    assert_has_not(r, "Busy4");
    assert_has(r, "+2 more");
    assert_has(r, "href=\"/deals?close_on=2027-03-10\"");
    assert_has(r, "month=2027-02");
    assert_has(get(kit, "/deals?as=calendar&month=2027-12"), "month=2028-01");
    assert_json_count(get_json(kit, "/deals?close_on=2027-03-10"), "data", 6);
    r = get(kit, "/deals?as=calendar&month=2027-03&stage=won");
    assert_has(r, "Last");
    assert_has_not(r, "First");
    r = get(kit, "/deals?as=calendar&month=2027-03&q=Busy1");
    assert_has(r, "Busy1");
    assert_has_not(r, "Busy2");
    assert_json_count(get_json(kit, "/deals?as=calendar&month=2027-03"), "data", 8);
    assert_status(get(kit, "/deals?as=calendar&month=soon"), 400);
    assert_status(get(kit, "/deals?as=calendar&month=2027-13"), 400);
    assert_status(get(kit, "/deals?as=calendar&by=amount"), 400);
    as(kit, NULL);
    assert_has_not(get(kit, "/deals?as=calendar&month=2027-03"), "First");
}

static void a_gallery_shows_cards(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    deal(kit, "Grinders", "won", "2027-03-01");
    struct res r = get(kit, "/deals?as=gallery");
    assert_has(r, "class=\"gallery\"");
    assert_has(r, "Grinders");
    assert_has(r, "10 EUR");
    assert_has(get(kit, "/deals?as=gallery&stage=new"), "Nothing like that here");
}

static void a_table_stands_in_groups(void **state) /* groups RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct person_kit *odile = staff(kit);
    assert_status(post_json(kit, "/organisations", "{\"title\": \"Zeta\"}"), 201);
    assert_status(post_json(kit, "/organisations", "{\"title\": \"Alpha\"}"), 201);
    int64_t zeta = sql_int(kit, "SELECT MIN(id) FROM organisations"),
            alpha = sql_int(kit, "SELECT MAX(id) FROM organisations");
    deal(kit, "Won one", "won", "2027-03-01");
    for (int i = 0; i < 22; i++)
        deal(kit, kit_path(kit, "New %02d", i), "new", "2027-03-01");
    struct res r = get(kit, "/deals?group=stage&sort=title&columns=amount");
    assert_status(r, 200);
    assert_has(r, "data__n\">22<");
    assert_has(r, "220 EUR"); /* also of those that are not shown */
    assert_has(r, "New 19");
    assert_has_not(r, "New 20");
    assert_has(r, "href=\"/deals?sort=title&amp;columns=amount&amp;stage=new\"");
    assert_true(str_find_str(r.body, S("New 00")) < str_find_str(r.body, S("Won one")));
    assert_has_not(get(kit, "/deals?group=stage&stage=won"), "New 00");
    int64_t won = sql_int(kit, "SELECT id FROM deals WHERE stage = 'won'");
    assert_status(
        patch_json(kit, kit_path(kit, "/deals/%lld", (long long)won),
                   kit_path(kit, "{\"organisation\": %lld, \"owner\": null}", (long long)alpha)),
        200);
    assert_status(patch_json(kit,
                             kit_path(kit, "/deals/%lld",
                                      (long long)sql_int(kit, "SELECT MAX(id) FROM deals")),
                             kit_path(kit, "{\"organisation\": %lld, \"owner\": %lld}",
                                      (long long)zeta, (long long)odile->id)),
                  200);
    r = get(kit, "/deals?group=organisation");
    ptrdiff_t first = str_find_str(r.body, S("organisation=")), last;
    assert_true(first > 0);
    first = str_find_str(r.body, S("Won one"));
    last = str_find_str(r.body, S("Without Organisation"));
    assert_true(first > 0 && first < str_find_str(r.body, S("New 21")) && last > first);
    assert_has(get(kit, "/deals?group=owner"), "Looked after by: nobody");
    assert_status(get(kit, "/deals?group=amount"), 400);
    assert_status(get(kit, "/deals?group=stage&match=any&stage=won"), 400);
}

/* bunches RULE 1 */
static void a_group_of_a_link_counts_all_in_it(void **state)
{
    struct kit *kit = *state;
    staff(kit);
    assert_status(post_json(kit, "/organisations", "{\"title\": \"Zeta\"}"), 201);
    int64_t zeta = sql_int(kit, "SELECT MIN(id) FROM organisations");
    for (int i = 0; i < 22; i++) {
        deal(kit, kit_path(kit, "Deal %02d", i), i == 21 ? "won" : "new", "2027-03-01");
        int64_t id = sql_int(kit, "SELECT MAX(id) FROM deals");
        assert_status(patch_json(kit, kit_path(kit, "/deals/%lld", (long long)id),
                                 kit_path(kit, "{\"organisation\": %lld}", (long long)zeta)),
                      200);
    }
    struct res r = get(kit, "/deals?group=organisation&sort=title&columns=amount");
    assert_status(r, 200);
    assert_has(r, "data__n\">22<");
    assert_has(r, "220 EUR");
    assert_has(r, "Deal 19");
    assert_has_not(r, "Deal 20");
    assert_true(str_find_str(r.body, S("Deal 00")) < str_find_str(r.body, S("Deal 01")));
    r = get(kit, "/deals?group=organisation&sort=-title&columns=amount&stage=new");
    assert_has(r, "data__n\">21<");
    assert_has(r, "210 EUR");
    assert_has_not(r, "Deal 21");
    assert_true(str_find_str(r.body, S("Deal 19")) < str_find_str(r.body, S("Deal 18")));
}

struct sheet {
    struct kit *kit;
    size_t rows, cells;
    struct str last[64], head[64];
};

static bool row_take(void *ctx, const struct csv_row *row)
{
    struct sheet *s = ctx;
    assert_int_equal(row->flags & CSV_BROKEN, 0);
    for (size_t i = 0; i < row->n && i < 64; i++)
        (row->number == 1 ? s->head : s->last)[i] = str_dup(s->kit->arena, row->cell[i]);
    s->cells = row->n;
    s->rows++;
    return true;
}

static struct sheet sheet_of(struct kit *kit, const char *path)
{
    struct sheet s = {.kit = kit};
    struct csv_reader reader;
    struct res r = get(kit, path);
    assert_status(r, 200);
    csv_open(&reader, &(struct csv_options){.unguard = true}, row_take, &s);
    csv_feed(&reader, r.body);
    csv_end(&reader);
    csv_close(&reader);
    return s;
}

static struct str cell(const struct sheet *s, const char *head)
{
    for (size_t i = 0; i < s->cells; i++)
        if (str_is(s->head[i], head))
            return s->last[i];
    return S("no such column");
}

static void a_list_is_csv(void **state) /* csv RULES 1 to 4 */
{
    struct kit *kit = *state;
    staff(kit);
    assert_status(post_json(kit, "/organisations", "{\"title\": \"Nordlicht, \\\"Coffee\\\"\"}"),
                  201);
    int64_t org = sql_int(kit, "SELECT id FROM organisations");
    assert_status(post_json(kit, "/deals",
                            kit_path(kit,
                                     "{\"title\": \"=1+1\", \"pipeline\": \"sales\","
                                     " \"stage\": \"won\", \"amount\": \"1200.50 NOK\","
                                     " \"organisation\": %lld}",
                                     (long long)org)),
                  201);
    struct res r = get(kit, "/deals.csv");
    assert_header(r, "Content-Type", "text/csv; charset=utf-8; header=present");
    assert_header(r, "Content-Disposition", "attachment; filename=\"deals.csv\"");
    assert_has_not(r, "\n=1"); /* guarded */
    assert_has_not(r, ",=1");
    struct sheet s = sheet_of(kit, "/deals.csv");
    assert_int_equal(s.rows, 2);
    assert_true(str_is(cell(&s, "Deal"), "=1+1"));
    assert_true(str_is(cell(&s, "Amount"), "1200.50 NOK"));
    assert_true(str_is(cell(&s, "Organisation"), "Nordlicht, \"Coffee\""));
    assert_true(str_is(cell(&s, "Next step"), ""));
    s = sheet_of(kit, "/deals.csv?columns=stage&columns=amount");
    assert_int_equal(s.cells, 4);
    for (int i = 0; i < 450; i++) { /* three pages */
        if (i % 100 == 0)
            kit_pass(kit, CLOCK_MINUTE);
        deal(kit, kit_path(kit, "Deal %d", i), i % 2 ? "new" : "lost", "2027-03-01");
    }
    assert_int_equal(sheet_of(kit, "/deals.csv?sort=title").rows, 452);
    assert_int_equal(sheet_of(kit, "/deals.csv?stage=lost&sort=-amount").rows, 226);
    assert_int_equal(sheet_of(kit, "/deals.csv?q=won").rows, 1);
    assert_status(get(kit, "/deals.csv?colour=red"), 400);
    as(kit, kit_person(kit, "nkechi", ROLE_MEMBER));
    assert_int_equal(sheet_of(kit, "/deals.csv").rows, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_month_has_its_days),
        kit_test(a_gallery_shows_cards),
        kit_test(a_table_stands_in_groups),
        kit_test(a_group_of_a_link_counts_all_in_it),
        kit_test(a_list_is_csv),
    };
    return kit_run(tests);
}
