/* tables_test.c: proves the RULES of tables.h, boards.h and details.h on the partials. */
#include "view/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/app.h"
#include "view/boards.h"
#include "view/details.h"

static struct arena *arena;
static struct app app;
static struct req rq;
static const struct str evil = {"\"><script>alert(1)</script>", 27};

static struct str printed(void)
{
    struct str s = str_dup(arena, out_text(&rq.out));
    out_clear(&rq.out);
    return s;
}

/* rq.view is what page.c keeps of a request, token and hidden field: no HTTP layer is needed. */
static int start(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    rq = (struct req){
        .app = &app, .arena = arena, .now = INT64_C(1798761600000000), .target = S("/x")};
    out_init(&rq.out, 16 << 20);
    rq.out.ctx = &rq;
    static struct str page[4];
    page[0] = S("token");
    page[1] = S("<input name=\"_csrf\">");
    rq.view = page;
    return 0;
}

static int end(void **state)
{
    (void)state;
    out_free(&rq.out);
    arena_free(arena);
    return 0;
}

static size_t times(struct str s, const char *what)
{
    size_t n = 0;
    for (size_t at = 0; at < s.n; at++)
        n += str_starts(str_from(s, at), str_of(what));
    return n;
}

static void assert_in(struct str s, const char *what)
{
    if (!str_has(s, str_of(what)))
        fail_msg("no '%s' in '" STR_FMT "'", what, STR_ARG(s));
}

static void a_value_leads_to_its_form(void **state) /* tables RULE 1 */
{
    (void)state;
    struct cell cell = {.text = S("Bergen"), .id = S("cell-1-town"), .label = "Town"};
    shared_cell(&rq.out, &cell);
    assert_int_equal(times(printed(), "<a"), 0);
    cell.edit = S("/people/1/edit?field=town");
    shared_cell(&rq.out, &cell);
    struct str got = printed();
    assert_in(got, "href=\"/people/1/edit?field=town\" data-cell=\"cell-1-town\"");
    assert_in(got, ", edit Town");
    assert_int_equal(times(got, "<a"), 1);
    cell.path = S("/towns/5"); /* no link in a link */
    cell.card = S("/cards/5");
    shared_cell(&rq.out, &cell);
    got = printed();
    assert_in(got, "data-card=\"/cards/5\"");
    assert_in(got, "Bergen</a>");
    assert_int_equal(times(got, "<a"), 2);
    shared_cell_form(
        &rq.out,
        &(struct cell_form){.id = cell.id,
                            .path = S("/people/1"),
                            .back = S("/people"),
                            .revision = S("7"),
                            .control = {.field = &(struct field){.name = "town", .bare = true}}});
    got = printed();
    assert_in(got, "<turbo-frame id=\"cell-1-town\">");
    assert_in(got, "name=\"_method\" value=\"PATCH\"");
    assert_in(got, "name=\"revision\" value=\"7\"");
    assert_in(got, "name=\"town\"");
}

static struct str table(const struct bulk *bulk)
{
    const struct table_column columns[] = {
        {.label = S("Name"), .sort = S("?sort=name"), .sorted = "ascending"},
        {.label = S("Town"), .sort = S("?sort=town")},
        {.label = S("Votes"), .end = true, .narrow = NARROW_LABEL}};
    const struct cell cells[] = {{.text = S("Bram")}, {.text = S("Ghent")}, {.text = S("12")}};
    const struct table_group group = {{.text = S("Belgium")}, 1, NULL};
    const struct table_row rows[] = {{.id = 7, .label = S("Bram"), .cells = cells},
                                     {.id = 8, .cells = cells, .group = &group}};
    shared_data_table(&rq.out, &(struct data_table){.id = "people",
                                                    .label = "People",
                                                    .columns = columns,
                                                    .columns_n = 3,
                                                    .rows = rows,
                                                    .rows_n = 2,
                                                    .bulk = bulk});
    return printed();
}

static void acts_on_many_are_one_form(void **state) /* tables RULE 2 */
{
    (void)state;
    assert_int_equal(times(table(NULL), "<form"), 0);
    const struct bulk_act act = {.label = "Tag", .name = "act", .value = "tag"};
    struct str got = table(&(struct bulk){.path = S("/people/bulk"), .acts = &act, .acts_n = 1});
    assert_int_equal(times(got, "<form"), 1);
    assert_in(got, "id=\"people-bulk\" method=\"post\" action=\"/people/bulk\"");
    assert_int_equal(times(got, "form=\"people-bulk\""), 2);
    assert_in(got, "value=\"7\"");
    assert_in(got, "Select Bram");
    assert_true(str_find_str(got, S("</table>")) < str_find_str(got, S("<form")));
}

static void a_column_says_how_it_is_sorted(void **state) /* tables RULE 3 */
{
    (void)state;
    struct str got = table(NULL);
    assert_int_equal(times(got, "aria-sort"), 1);
    assert_in(got, "aria-sort=\"ascending\"");
    assert_in(got, "href=\"?sort=town\"");
    assert_int_equal(times(got, "<tbody>"), 2);
    assert_in(got, "scope=\"rowgroup\"");
    assert_int_equal(times(got, "data-label=\"Votes\""), 2);
}

static void a_card_that_may_move_has_a_menu(void **state) /* boards RULE 1 */
{
    (void)state;
    const struct board_card cards[] = {{.id = 1,
                                        .title = S("Kettles"),
                                        .path = S("/d/1"),
                                        .move = S("/d/1"),
                                        .revision = S("3"),
                                        .form = S("/d/1/edit")},
                                       {.id = 2, .title = S("Done"), .path = S("/d/2")}};
    const struct board_column columns[] = {{.value = S("new"),
                                            .title = S("New"),
                                            .n = 9,
                                            .cards = cards,
                                            .cards_n = 2,
                                            .more = S("/d?stage=new")},
                                           {.value = S("won"), .title = S("Won")}};
    shared_board(&rq.out, &(struct board){"b", "Deals", "stage", columns, 2, 0});
    struct str got = printed();
    assert_int_equal(times(got, "data-move="), 1);
    assert_int_equal(times(got, "href=\"/d/1/edit\""), 1);
    assert_int_equal(times(got, "Move Done to"), 0);
    assert_int_equal(times(got, "<option"), 2); /* one menu for all */
    assert_true(str_find_str(got, S("<details")) > str_find_str(got, S("<template")));
    assert_in(got, "data-revision=\"3\"");
    assert_in(got, "7 more");
}

static void filters_are_links_and_a_form(void **state) /* tables RULE 4 */
{
    (void)state;
    const struct link_item chips[] = {{.label = "Stage is Won", .path = S("/deals")},
                                      {.label = "Mine", .path = S("/deals?f.stage=won")}};
    const struct option fields[] = {{.value = S("stage"), .label = S("Stage")}};
    const struct option kept[] = {{.value = S("sort"), .label = S("-amount")}};
    const struct option named = {.value = S("field"), .label = S("stage")};
    const struct option ops[] = {{.value = S("is"), .label = S("is")}};
    const struct filter_group group = {.options = fields, .n = 1};
    const struct control control = {.field = &(struct field){.name = "v", .label = "Value"}};
    const struct filter_row row = {.op_name = "op",
                                   .ops = ops,
                                   .ops_n = 1,
                                   .controls = &control,
                                   .controls_n = 1,
                                   .kept = &named,
                                   .kept_n = 1};
    struct filter_builder v = {.path = S("/deals"),
                               .kept = kept,
                               .kept_n = 1,
                               .chips = chips,
                               .chips_n = 2,
                               .all = S("/deals?join=all"),
                               .any = S("/deals?join=any"),
                               .add_name = "add",
                               .groups = &group,
                               .groups_n = 1};
    shared_filter_builder(&rq.out, &v);
    struct str got = printed();
    assert_int_equal(times(got, "method="), 0);
    assert_int_equal(times(got, "<form"), 1);
    assert_int_equal(times(got, "Remove filter"), 2);
    assert_int_equal(times(got, "name=\"sort\" value=\"-amount\""), 1);
    assert_in(got, "href=\"/deals?join=any\"");
    v.adding = S("stage");
    v.row = &row;
    shared_filter_builder(&rq.out, &v);
    got = printed();
    assert_int_equal(times(got, "<form"), 2);
    assert_int_equal(times(got, "name=\"sort\" value=\"-amount\""), 2);
    assert_in(got, "name=\"field\" value=\"stage\"");
    assert_in(got, "<turbo-frame class=\"builder__row\" id=\"filter-add\">");
}

static void a_full_day_tells_what_it_hides(void **state) /* boards RULE 2 */
{
    (void)state;
    const struct calendar_entry entry = {.title = S("Call"), .path = S("/a/1")};
    struct calendar_day days[7] = {{.day = 1,
                                    .date = S("2027-03-01"),
                                    .name = S("Monday 1 March"),
                                    .list = &entry,
                                    .n = 1,
                                    .more = 4,
                                    .path = S("/a?day=1")}};
    shared_calendar(
        &rq.out, &(struct calendar){.id = "c", .label = "Activities", .days = days, .days_n = 7});
    struct str got = printed();
    assert_in(got, "href=\"/a?day=1\">+4 more");
    assert_int_equal(times(got, "<tr>"), 2);
    assert_int_equal(times(got, "more<"), 1);
}

static void a_picture_that_is_missing_is_coloured(void **state) /* boards RULE 3 */
{
    (void)state;
    const struct gallery_card cards[] = {
        {.id = 3, .title = S("Wren grinder"), .path = S("/p/3")},
        {.id = 4, .title = S("Heron"), .path = S("/p/4"), .picture = S("/f/4"), .alt = S("Black")}};
    shared_gallery(&rq.out, &(struct gallery){"Products", cards, 2, 0});
    struct str got = printed();
    assert_in(got, "hue-3\" aria-hidden=\"true\">WG<");
    assert_in(got, "src=\"/f/4\" alt=\"Black\"");
    assert_int_equal(times(got, "<img"), 1);
}

static void a_section_leaves_out_what_is_empty(void **state) /* details RULE 1 */
{
    (void)state;
    const struct detail_field fields[] = {
        {.label = S("Town"), .cell = {.text = S("Ghent")}},
        {.label = S("Nothing")},
        {.label = S("Phone"),
         .cell = {.id = S("c-phone"), .edit = S("/p/1/edit?field=phone"), .label = "Phone"}}};
    shared_detail_section(&rq.out, &(struct detail_section){.id = "s", .fields = fields, .n = 3});
    struct str got = printed();
    assert_int_equal(times(got, "<dt>"), 2);
    assert_false(str_has(got, S("Nothing")));
    assert_in(got, ", edit Phone");
}

static void an_entry_says_its_kind(void **state) /* details RULE 2 */
{
    (void)state;
    static const char *const words[] = {
        "Activity: ", "Note: ", "Mail: ", "Call: ", "File: ", "Task: ", "Change: "};
    for (enum entry_kind kind = ENTRY_ACTIVITY; kind <= ENTRY_CHANGE; kind++) {
        shared_timeline_entry(
            &rq.out,
            &(struct timeline_entry){.id = 1, .kind = kind, .actor_name = S("Bram"), .at = 1});
        struct str got = printed();
        assert_in(got, words[kind]);
        assert_in(got, "<svg");
        assert_in(got, "Bram");
        assert_in(got, "<time");
        assert_int_equal(times(got, "<form"), 0);
    }
    shared_timeline_entry(
        &rq.out, &(struct timeline_entry){.id = 1, .kind = ENTRY_CHANGE, .undo = S("/c/1/undo")});
    assert_in(printed(), "action=\"/c/1/undo\"");
}

static void merging_asks_where_two_differ(void **state) /* details RULE 3 */
{
    (void)state;
    const struct merge_field fields[] = {
        {.name = "town", .label = S("Town"), .left = {.text = S("Ghent")}, .same = true},
        {.name = "phone",
         .label = S("Phone"),
         .left = {.text = S("1")},
         .right = {.text = S("2")},
         .right_wins = true,
         .both = true}};
    shared_merge_page(&rq.out,
                      &(struct merge_page){.path = S("/merges"), .fields = fields, .n = 2});
    struct str got = printed();
    assert_int_equal(times(got, "type=\"radio\""), 3);
    assert_int_equal(times(got, "checked"), 1);
    assert_in(got, "value=\"right\"  checked");
}

static void assert_escaped(void)
{
    struct str got = printed();
    assert_int_equal(times(got, "<script"), 0);
    assert_int_equal(times(got, "\"javascript:"), 0);
    assert_int_equal(times(got, "\"//evil"), 0);
}

static void tables_and_boards_are_escaped(void **state)
{
    (void)state;
    struct out *o = &rq.out;
    const struct tone_chip chip = {evil, TONE_RED, S("javascript:1"), NULL};
    const struct value_link link = {evil, S("javascript:1"), evil};
    const struct cell cell = {.text = evil,
                              .path = evil,
                              .id = evil,
                              .edit = S("//evil"),
                              .label = evil.p,
                              .avatar = {.name = evil}};
    const struct option option = {evil, evil, evil.p};
    const struct table_column column = {
        .label = evil, .sort = S("javascript:1"), .narrow = NARROW_LABEL};
    const struct table_row row = {.id = 1, .label = evil, .cells = &cell};
    const struct bulk_act act = {.label = evil.p,
                                 .name = evil.p,
                                 .value = evil.p,
                                 .path = S("javascript:1"),
                                 .options = &option,
                                 .options_n = 1,
                                 .field = evil.p};
    const struct bulk bulk = {evil, &act, 1, 1, &option, 1};
    shared_tone_chip(o, &chip);
    shared_value_link(o, &link);
    shared_data_table(o, &(struct data_table){.id = "t",
                                              .label = evil.p,
                                              .columns = &column,
                                              .columns_n = 1,
                                              .rows = &row,
                                              .rows_n = 1,
                                              .bulk = &bulk});
    shared_combobox(o, &(struct combobox){.name = "who",
                                          .label = evil.p,
                                          .url = S("/x"),
                                          .chosen = &option,
                                          .chosen_n = 1,
                                          .typed = evil,
                                          .offers = &option,
                                          .offers_n = 1});
    const struct combo_option offer = {evil, evil, evil, {.name = evil}};
    shared_combo_options(o, &(struct combo_options){&offer, 1, evil});
    const struct board_card card = {.id = 1,
                                    .title = evil,
                                    .path = S("javascript:1"),
                                    .card = evil,
                                    .move = S("/x"),
                                    .revision = evil,
                                    .lines = &link,
                                    .lines_n = 1,
                                    .chips = &chip,
                                    .chips_n = 1,
                                    .amount = evil,
                                    .due = evil,
                                    .owner = {.name = evil}};
    const struct board_column column_of = {.value = evil,
                                           .title = evil,
                                           .total = evil,
                                           .cards = &card,
                                           .cards_n = 1,
                                           .more = S("javascript:1"),
                                           .add = S("javascript:1")};
    shared_board(o, &(struct board){"b", evil.p, evil.p, &column_of, 1, 0});
    assert_escaped();
}

static void pages_of_records_are_escaped(void **state)
{
    (void)state;
    struct out *o = &rq.out;
    const struct tone_chip chip = {evil, TONE_RED, S("javascript:1"), NULL};
    const struct cell cell = {
        .text = evil, .path = evil, .id = evil, .edit = S("//evil"), .label = evil.p};
    const struct option option = {evil, evil, evil.p};
    const struct page_act post = {.label = evil.p,
                                  .path = S("javascript:1"),
                                  .method = "POST",
                                  .name = evil.p,
                                  .value = evil.p,
                                  .question = evil.p};
    const struct id_fact fact = {evil, evil, TONE_RED};
    shared_id_card(o, &(struct id_card){.title = evil,
                                        .path = S("javascript:1"),
                                        .kind = evil,
                                        .chips = &chip,
                                        .chips_n = 1,
                                        .facts = &fact,
                                        .facts_n = 1,
                                        .acts = &post,
                                        .acts_n = 1});
    const struct detail_field field = {evil, cell, true};
    shared_detail_head(o, &(struct detail_head){.title = evil,
                                                .kind = evil,
                                                .picture = S("//evil"),
                                                .acts = &post,
                                                .acts_n = 1,
                                                .more = &post,
                                                .more_n = 1,
                                                .chips = &chip,
                                                .chips_n = 1});
    shared_detail_section(
        o, &(struct detail_section){.id = "s", .title = evil, .fields = &field, .n = 1});
    const struct side_item item = {
        .text = evil, .path = S("javascript:1"), .hint = evil, .chip = chip, .remove = S("//evil")};
    shared_side_list(o, &(struct side_list){.id = "l",
                                            .title = evil,
                                            .items = &item,
                                            .n = 1,
                                            .total = 2,
                                            .more = S("javascript:1"),
                                            .add = S("//evil")});
    const struct entry_change change = {evil, cell, cell};
    const struct timeline_entry entry = {.id = 1,
                                         .actor_id = 1,
                                         .actor_name = evil,
                                         .actor_card = evil,
                                         .verb = evil.p,
                                         .title = evil,
                                         .path = S("javascript:1"),
                                         .hint = evil,
                                         .changes = &change,
                                         .changes_n = 1,
                                         .undo = S("//evil")};
    shared_timeline_list(
        o, &(struct timeline_list){
               .id = "t", .label = evil.p, .list = &entry, .n = 1, .older = S("javascript:1")});
    const struct merge_field merged = {.name = evil.p, .label = evil, .left = cell, .right = cell};
    shared_merge_page(o, &(struct merge_page){.path = S("//evil"),
                                              .back = S("javascript:1"),
                                              .left = {evil, evil, evil, {.name = evil}},
                                              .fields = &merged,
                                              .n = 1,
                                              .kept = &option,
                                              .kept_n = 1,
                                              .kept_title = evil});
    assert_escaped();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_leads_to_its_form),
        cmocka_unit_test(acts_on_many_are_one_form),
        cmocka_unit_test(a_column_says_how_it_is_sorted),
        cmocka_unit_test(a_card_that_may_move_has_a_menu),
        cmocka_unit_test(filters_are_links_and_a_form),
        cmocka_unit_test(a_full_day_tells_what_it_hides),
        cmocka_unit_test(a_picture_that_is_missing_is_coloured),
        cmocka_unit_test(a_section_leaves_out_what_is_empty),
        cmocka_unit_test(an_entry_says_its_kind),
        cmocka_unit_test(merging_asks_where_two_differ),
        cmocka_unit_test(tables_and_boards_are_escaped),
        cmocka_unit_test(pages_of_records_are_escaped),
    };
    return cmocka_run_group_tests_name("view/tables", tests, start, end);
}
