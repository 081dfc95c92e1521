/* components_test.c: proves the RULES of components.h on the partials themselves. */
#include "view/components.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/cases.h"
#include "core/rand.h"
#include "http/app.h"

static struct arena *arena;
static struct app app;
static struct req rq;

static struct str printed(void)
{
    struct str s = str_dup(arena, out_text(&rq.out));
    out_clear(&rq.out);
    return s;
}

static void assert_printed(const char *want)
{
    struct str got = printed();
    if (!str_is(got, want))
        fail_msg("got '" STR_FMT "', want '%s'", STR_ARG(got), want);
}

/* rq.view is what page.c keeps of a request, token and hidden field: no HTTP layer is needed. */
static int start(void **state)
{
    (void)state;
    arena = arena_new(256 << 20);
    rq = (struct req){
        .app = &app, .arena = arena, .now = INT64_C(1798761600000000), .target = S("/x")};
    out_init(&rq.out, 64 << 20);
    rq.out.ctx = &rq;
    rq.view = &(struct str[4]){S("token"), S("<input name=\"_csrf\">")};
    return 0;
}

static int end(void **state)
{
    (void)state;
    out_free(&rq.out);
    arena_free(arena);
    return 0;
}

static void initials_are_of_the_first_and_last_word(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"Bram Dedecker", "BD"},
        {"bram", "B"},
        {"Noor van Amerongen", "NA"},
        {"  maria   de la o ", "MO"},
        {"", ""},
        {"...", ""},
        {"(deleted) user", "DU"},
        {"émile zola", "ÉZ"},
        {"Sólveig Þorbjarnardóttir", "SÞ"},
        {"γιάννης παπαδόπουλος", "ΓΠ"},
        {"олена шевченко", "ОШ"},
        {"宮本 さくら", "宮さ"},
        {"user42", "U"},
        {"x \xFF\xFE", "X\xEF\xBF\xBD"},
    };
    char buf[16];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str got = initials(buf, str_of(cases[i].name));
        if (!str_is(got, cases[i].want))
            fail_msg("'%s' gave '" STR_FMT "'", cases[i].name, STR_ARG(got));
    }
}

static void what_is_empty_leaves_nothing(void **state) /* RULE 1 */
{
    (void)state;
    struct out *o = &rq.out;
    shared_pill(o, &(struct pill){0});
    shared_tag_list(o, &(struct tag_list){0});
    shared_pager(o, &(struct pager){0});
    shared_crumbs(o, &(struct link_bar){0});
    shared_links(o, &(struct link_bar){0});
    shared_errors(o, &(struct error_list){0});
    shared_field_error(o, &(struct field){.name = "title"});
    assert_printed("");
    shared_head(o, &(struct head){.title = S("T")});
    assert_printed("<div class=\"head\"><div class=\"head__text\"><h1>T</h1>\n</div>\n</div>\n");
}

static void a_state_is_told_by_its_word(void **state) /* RULE 2 */
{
    (void)state;
    static const char *const states[] = {"open", "review",   "planned", "progress",
                                         "done", "declined", "merged"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        const struct state_look *look = state_look(str_of(states[i]));
        assert_non_null(look);
        shared_pill(&rq.out, &(struct pill){str_of(states[i])});
        struct str got = printed();
        assert_true(str_has(got, str_of(look->icon)));
        assert_true(str_has(got, str_of(look->label)));
    }
    shared_pill(&rq.out, &(struct pill){S("<odd>")});
    assert_printed("<span class=\"pill\">&lt;odd&gt;</span>\n");
}

/* Whether every tag that opens a part of a thread is closed, in order. */
static bool balanced(struct str html)
{
    static const struct {
        const char *open, *close;
    } tags[] = {{"<ol", "</ol>"}, {"<li", "</li>"}, {"<details", "</details>"}};
    int stack[512];
    size_t n = 0;
    for (size_t at = 0; at < html.n; at++) {
        struct str rest = str_from(html, at);
        for (int t = 0; t < 3; t++) {
            if (str_starts(rest, str_of(tags[t].close)) && (n == 0 || stack[--n] != t))
                return false;
            if (str_starts(rest, str_of(tags[t].open)) && n < 512)
                stack[n++] = t;
        }
    }
    return n == 0;
}

static void a_thread_closes_what_it_opens(void **state) /* RULE 3 */
{
    (void)state;
    struct rand_seq r = {.state = 3};
    for (int round = 0; round < 300; round++) {
        struct comment list[40];
        size_t n = rand_below(&r, 41);
        for (size_t i = 0; i < n; i++)
            list[i] = (struct comment){.id = (int64_t)i + 1,
                                       .depth = 1 + (int)rand_below(&r, round % 2 ? 5 : 100),
                                       .html = html_trusted(S("<p>x</p>"))};
        struct comment_thread v = {list, n, (int64_t)rand_below(&r, 40)};
        shared_thread(&rq.out, &v);
        if (!balanced(printed()))
            fail_msg("round %d", round);
    }
}

static void replies_stand_inside_what_they_reply_to(void **state) /* RULE 3 */
{
    (void)state;
    const struct comment list[] = {{.id = 1, .depth = 3, .replies = 1},
                                   {.id = 2, .depth = 4},
                                   {.id = 3, .depth = 1},
                                   {.id = 4, .depth = 2}};
    shared_thread(&rq.out, &(struct comment_thread){list, 4, 0});
    struct str got = printed();
    struct out shape;
    out_init(&shape, 4096);
    for (size_t at = 0; at < got.n; at++) {
        struct str rest = str_from(got, at);
        if (str_starts(rest, S("id=\"r")))
            out_char(&shape, rest.p[5]);
        else if (str_starts(rest, S("<details")))
            out_char(&shape, '(');
        else if (str_starts(rest, S("</details")))
            out_char(&shape, ')');
    }
    struct str s = out_take(&shape, arena);
    if (!str_is(s, "1(2)3(4)"))
        fail_msg("shape is " STR_FMT, STR_ARG(s));
}

/* The views' own text: what posts has the token in it. */
static void every_form_that_posts_has_the_token(void **state) /* RULE 4 */
{
    (void)state;
    static const char *const folders[] = {"src/view/shared", "src/view/layouts"};
    int forms = 0;
    for (size_t f = 0; f < 2; f++) {
        const char *root = getenv("SKEP_SRC");
        DIR *dir = opendir(str_fmt(arena, "%s/%s", root ? root : ".", folders[f]).p);
        assert_non_null(dir);
        for (struct dirent *e; (e = readdir(dir));) {
            if (e->d_name[0] == '.')
                continue;
            struct str text = cases_read(arena, str_fmt(arena, "%s/%s", folders[f], e->d_name).p);
            struct str line;
            while (str_split(&text, '\n', &line)) {
                bool posts = str_has(line, S("<form")) && str_has(line, S("method=\"post\""));
                forms += posts;
                if (posts && !str_has(line, S("csrf_field(o)")))
                    fail_msg("%s: a form without the token", e->d_name);
                if (str_has(line, S(" onclick")) || str_has(line, S("javascript:")))
                    fail_msg("%s: a script in the markup", e->d_name);
            }
        }
        closedir(dir);
    }
    assert_true(forms >= 5);
}

static void names_and_texts_are_escaped_everywhere(void **state)
{
    (void)state;
    struct out *o = &rq.out;
    const struct str evil = S("\"><script>alert(1)</script>");
    const struct link_item item = {.text = evil, .path = S("javascript:alert(1)"), .n = 1};
    const struct option option = {evil, evil, evil.p};
    const struct field field = {.name = "f",
                                .label = evil.p,
                                .hint = evil.p,
                                .error = evil.p,
                                .value = evil,
                                .placeholder = evil.p,
                                .options = &option,
                                .options_n = 1,
                                .id = "f"};
    const struct comment comment = {.id = 1,
                                    .author_id = 1,
                                    .author_name = evil,
                                    .badge = evil.p,
                                    .depth = 1,
                                    .path = S("//evil"),
                                    .may_reply = true};
    const struct fact fact = {.term = evil.p, .text = evil, .path = S("javascript:1")};
    shared_by(o, &(struct by){1, evil, evil.p});
    shared_tag_list(o, &(struct tag_list){evil, S("/ideas")});
    shared_record_row(o, &(struct record_row){.id = 1,
                                              .path = S("javascript:1"),
                                              .title = evil,
                                              .excerpt = evil,
                                              .state = evil,
                                              .tags = evil,
                                              .tags_path = S("/x"),
                                              .author_name = evil,
                                              .kind = evil.p,
                                              .prefix = evil.p});
    shared_crumbs(o, &(struct link_bar){NULL, &item, 1});
    shared_tabs(o, &(struct link_bar){evil.p, &item, 1});
    shared_filters(
        o, &(struct filters){
               .path = S("/x"), .selects = &field, .selects_n = 1, .chips = &item, .chips_n = 1});
    shared_empty(o, &(struct empty){.title = evil, .text = evil, .act = evil.p, .path = evil});
    shared_field(o, &field);
    shared_editor(o, &field);
    shared_select(o, &field);
    shared_choices(o, &field);
    shared_check(o, &field);
    shared_errors(o, &(struct error_list){evil.p, &field, 1, false});
    shared_thread(o, &(struct comment_thread){&comment, 1, 0});
    shared_source(o, &(struct source){.site = evil.p,
                                      .url = S("javascript:1"),
                                      .licence = evil.p,
                                      .author_name = evil,
                                      .licence_url = S("vbscript:1")});
    shared_facts(o, &(struct fact_list){&fact, 1});
    shared_event(o, &(struct event){.actor_id = 1,
                                    .actor_name = evil,
                                    .title = evil,
                                    .path = S("javascript:1"),
                                    .quote = evil});
    shared_flash(o, &(struct flash_box){.text = evil});
    shared_note(o, &(struct note){.text = evil, .link = evil, .path = evil});
    const struct diff_op came = {DIFF_INS, evil};
    shared_diff_lines(o, &(struct diff_lines){&came, 1, evil, evil, 0, 0});
    struct str got = printed();
    assert_false(str_has(got, S("<script")));
    assert_false(str_has(got, S("\"javascript:")));
    assert_false(str_has(got, S("\"vbscript:")));
    assert_false(str_has(got, S("\"data:")));
    assert_false(str_has(got, S("\"//evil")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initials_are_of_the_first_and_last_word),
        cmocka_unit_test(what_is_empty_leaves_nothing),
        cmocka_unit_test(a_state_is_told_by_its_word),
        cmocka_unit_test(a_thread_closes_what_it_opens),
        cmocka_unit_test(replies_stand_inside_what_they_reply_to),
        cmocka_unit_test(every_form_that_posts_has_the_token),
        cmocka_unit_test(names_and_texts_are_escaped_everywhere),
    };
    return cmocka_run_group_tests_name("view/components", tests, start, end);
}
