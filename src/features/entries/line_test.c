/* line_test.c: a record's timeline and what adds to it: proves the RULES of record/abouts.h, of
 * history.c (1) and of compose.c. */
#include "test/kit.h"
#include "test/rooms.h"

static void staff(struct kit *kit)
{
    as(kit, kit_person(kit, "odile", ROLE_STAFF));
}

static struct str made(struct kit *kit, const char *path, const char *json)
{
    struct res r = post_json(kit, path, json);
    assert_status(r, 201);
    return kit_json(r, "data.id");
}

struct made {
    struct str organisation, person, deal;
    const char *path; /* of the deal */
};

static struct made deal(struct kit *kit)
{
    struct made m;
    staff(kit);
    m.organisation = made(kit, "/organisations",
                          "{\"title\": \"Nordlicht\", \"email\": \"work: hello@nord.example\"}");
    m.person = str_of_id(kit->arena, S(""), kit_person(kit, "ruth", ROLE_MEMBER)->id);
    m.deal = made(kit, "/deals",
                  kit_path(kit,
                           "{\"title\": \"Kettles\", \"pipeline\": \"sales\", \"stage\": \"new\","
                           " \"organisation\": " STR_FMT "}",
                           STR_ARG(m.organisation)));
    m.path = kit_path(kit, "/deals/" STR_FMT "-kettles", STR_ARG(m.deal));
    return m;
}

static void the_short_form_adds_to_the_line(void **state) /* compose RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    struct res r = get(kit, m.path);
    assert_has(r, "Add note");
    assert_has(r, kit_path(kit, "name=\"deal\" value=\"" STR_FMT "\"", STR_ARG(m.deal)));
    assert_has(
        r, kit_path(kit, "name=\"organisation\" value=\"" STR_FMT "\"", STR_ARG(m.organisation)));
    r = get(kit, kit_path(kit, "/organisations/" STR_FMT "-nordlicht?compose=mail",
                          STR_ARG(m.organisation)));
    assert_has(r, "name=\"address\"");
    assert_has(r, "value=\"hello@nord.example\""); /* whom one writes to */
    r = get(kit, kit_path(kit, "%s?compose=call", m.path));
    assert_has(r, "Log call");
    assert_has(r, "action=\"/calls\"");
    r = post(kit, "/calls",
             kit_path(kit,
                      "deal=" STR_FMT "&organisation=" STR_FMT "&people=" STR_FMT
                      "&direction=in&outcome=reached&minutes=12&body=*Two*+kettles%%0AOr+three"
                      "&back=%s",
                      STR_ARG(m.deal), STR_ARG(m.organisation), STR_ARG(m.person), m.path));
    assert_status(r, 303);
    assert_header(r, "Location", m.path);
    assert_true(
        str_is(sql_str(kit, "SELECT title FROM records WHERE type = 'call'"), "Two kettles"));
    r = get(kit, m.path);
    assert_has(r, "took a call:");
    assert_has(r, "12 minutes · Reached");
    assert_has(r, "<em>Two</em> kettles");
    const char *call =
        kit_path(kit, "/calls/%lld", (long long)sql_int(kit, "SELECT id FROM calls"));
    assert_status(patch_json(kit, call, "{\"minutes\": 1}"), 200);
    assert_has(get(kit, m.path), "1 minute · Reached");
    assert_has(
        get(kit, kit_path(kit, "/organisations/" STR_FMT "-nordlicht", STR_ARG(m.organisation))),
        "Two kettles");
    r = get(kit, "/people/ruth"); /* of a person, too */
    assert_has(r, "Two kettles");
    assert_has(r, "/people/ruth?compose=call");
    assert_has(r, kit_path(kit, "name=\"people\" value=\"" STR_FMT "\"", STR_ARG(m.person)));
    post(kit, "/tasks",
         kit_path(kit, "deal=" STR_FMT "&status=open&back=%s", STR_ARG(m.deal), m.path));
    assert_true(str_is(sql_str(kit, "SELECT title FROM records WHERE type = 'task'"), "Task"));
}

static void each_sort_has_its_address(void **state) /* history RULE 1 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    const char *deal_is = kit_path(kit, "\"deal\": " STR_FMT, STR_ARG(m.deal));
    made(kit, "/notes", kit_path(kit, "{\"title\": \"A thought\", %s}", deal_is));
    made(kit, "/calls",
         kit_path(kit, "{\"title\": \"A talk\", \"direction\": \"out\", %s}", deal_is));
    made(kit, "/emails",
         kit_path(kit, "{\"title\": \"A letter\", \"direction\": \"in\", %s}", deal_is));
    made(kit, "/tasks",
         kit_path(kit, "{\"title\": \"A duty\", \"status\": \"open\", %s}", deal_is));
    made(kit, "/documents", kit_path(kit, "{\"title\": \"A paper\", %s}", deal_is));
    assert_status(patch_json(kit, kit_path(kit, "/deals/" STR_FMT, STR_ARG(m.deal)),
                             "{\"next_step\": \"A step\"}"),
                  200);
    static const char *const titles[] = {"A thought", "A talk",  "A letter",
                                         "A duty",    "A paper", "Undo this change"};
    static const char *const shows[] = {"notes", "calls", "mail", "tasks", "files", "changes"};
    for (size_t i = 0; i < 6; i++) {
        struct res all = get(kit, m.path);
        struct res r = get(kit, kit_path(kit, "%s?show=%s", m.path, shows[i]));
        for (size_t k = 0; k < 6; k++) {
            assert_has(all, titles[k]);
            if (k == i)
                assert_has(r, titles[k]);
            else
                assert_has_not(r, titles[k]);
        }
    }
}

static void a_task_is_done_from_the_line(void **state)
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    struct str task =
        made(kit, "/tasks",
             kit_path(kit, "{\"title\": \"Ring\", \"status\": \"open\", \"deal\": " STR_FMT "}",
                      STR_ARG(m.deal)));
    assert_has(get(kit, m.path), kit_path(kit, "/tasks/" STR_FMT "?back=", STR_ARG(task)));
    struct res r = post(kit, kit_path(kit, "/tasks/" STR_FMT "?back=%s", STR_ARG(task), m.path),
                        "_method=PATCH&status=done");
    assert_status(r, 303);
    assert_header(r, "Location", m.path);
    assert_has(get(kit, m.path), "Open again");
}

static void a_line_goes_on_in_pages(void **state) /* history RULE 1, abouts RULE 2 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    const char *path = kit_path(kit, "/deals/" STR_FMT, STR_ARG(m.deal));
    for (int i = 0; i < 40; i++) { /* all at one time */
        made(kit, "/notes",
             kit_path(kit, "{\"title\": \"Note %02d.\", \"deal\": " STR_FMT "}", i,
                      STR_ARG(m.deal)));
        assert_status(patch_json(kit, path, kit_path(kit, "{\"next_step\": \"Step %02d.\"}", i)),
                      200);
    }
    int seen[40] = {0}, steps[40] = {0}, made_it = 0, pages = 0;
    const char *at = m.path;
    while (at && pages++ < 10) {
        struct res r = get(kit, at);
        for (int i = 0; i < 40; i++) {
            seen[i] += str_has(r.body, str_of(kit_path(kit, ">Note %02d.</a>", i)));
            steps[i] += str_has(r.body, str_of(kit_path(kit, "/revisions/%d/undo", i + 1)));
        }
        made_it += str_has(r.body, S("made it"));
        ptrdiff_t older = str_find_str(r.body, S("tls__older"));
        at = NULL;
        if (older >= 0) {
            struct str rest = str_from(r.body, (size_t)older), key;
            rest = str_from(rest, (size_t)str_find_str(rest, S("before=")));
            (void)str_split(&rest, '"', &key);
            at = kit_path(kit, "%s?" STR_FMT, m.path, STR_ARG(key));
        }
    }
    assert_int_equal(pages, 3); /* 81 entries */
    assert_int_equal(made_it, 1);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(seen[i], 1);
        assert_int_equal(steps[i], 1);
    }
}

static void the_rows_are_what_the_fields_say(void **state) /* abouts RULE 1 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    struct str call =
        made(kit, "/calls",
             kit_path(kit,
                      "{\"title\": \"A talk\", \"direction\": \"out\", \"people\": [" STR_FMT "],"
                      " \"happened_at\": \"2026-03-01T10:00:00Z\", \"deal\": " STR_FMT "}",
                      STR_ARG(m.person), STR_ARG(m.deal)));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM abouts WHERE sort = 'call'"), 2);
    assert_int_equal(sql_int(kit, "SELECT COUNT(DISTINCT at) FROM abouts"), 1);
    const char *path = kit_path(kit, "/calls/" STR_FMT, STR_ARG(call));
    assert_status(patch_json(kit, path, "{\"people\": []}"), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM abouts"), 1);
    assert_status(patch_json(kit, path, "{\"happened_at\": \"\"}"), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM abouts b JOIN records r"
                                  " ON r.id = b.record_id AND r.created_at = b.at"),
                     1);
    assert_has(get(kit, m.path), "A talk");
    assert_status(del(kit, path), 303);
    assert_has_not(get(kit, m.path), "A talk");
}

static void nobody_reads_what_is_not_theirs(void **state) /* abouts RULE 2, compose RULE 3 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    made(kit, "/notes",
         kit_path(kit, "{\"title\": \"A secret\", \"deal\": " STR_FMT "}", STR_ARG(m.deal)));
    sql_run(kit, "UPDATE records SET audience = 1 WHERE type = 'deal'");
    sql_run(kit, "UPDATE activities SET audience = 1 WHERE type = 'deal'");
    sql_run(kit, "UPDATE tallies SET audience = 1 WHERE type = 'deal'");
    kit->unsound = true;
    as(kit, kit_person(kit, "ruth", ROLE_MEMBER));
    struct res r = get(kit, m.path);
    assert_status(r, 200);
    assert_has_not(r, "A secret");
    assert_has_not(r, "Add note");
    assert_has_not(r, "Followers");
    staff(kit);
    assert_has(get(kit, m.path), "A secret");
    assert_has(get(kit, m.path), "Followers");
}

static void texts_that_lead_here_are_named(void **state) /* mentions RULES 1 and 2 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    struct str note = made(kit, "/notes",
                           kit_path(kit,
                                    "{\"title\": \"Elsewhere\", \"body\": \"As in [the deal](%s),"
                                    " and /files/" STR_FMT "\"}",
                                    m.path, STR_ARG(m.organisation)));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM links WHERE kind = 'mention'"), 1);
    struct res r = get(kit, m.path);
    assert_has(r, "Mentioned in");
    assert_has(r, "Elsewhere");
    sql_run(kit, "UPDATE records SET audience = 5 WHERE type = 'note'");
    kit->unsound = true;
    as(kit, kit_person(kit, "tobi", ROLE_STAFF));
    assert_has_not(get(kit, m.path), "Elsewhere");
    staff(kit);
    assert_status(patch_json(kit, kit_path(kit, "/notes/" STR_FMT, STR_ARG(note)),
                             "{\"body\": \"No more.\"}"),
                  200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM links WHERE kind = 'mention'"), 0);
}

static void each_statement_of_a_call_may_fail(void **state) /* abouts RULE 1 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    kit_fail_sweep(kit, "POST", "/calls",
                   kit_path(kit, "direction=out&title=A+talk&deal=" STR_FMT, STR_ARG(m.deal)),
                   NULL);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM abouts WHERE sort = 'call'"), 1);
}

/* An organisation's line with that of its deals, and what the viewer may see of them. */
static void what_leads_here_is_in_the_line(void **state) /* abouts RULES 2 and 3, history RULE 1 */
{
    struct kit *kit = *state;
    struct made m = deal(kit);
    const char *page =
        kit_path(kit, "/organisations/" STR_FMT "-nordlicht", STR_ARG(m.organisation));
    const char *with = kit_path(kit, "%s?related=yes", page);
    const char *note = "{\"title\": \"%s\", \"body\": \"%s\", \"%s\": " STR_FMT "%s}";
    made(kit, "/notes",
         kit_path(kit, note, "Own", "Own words", "organisation", STR_ARG(m.organisation), ""));
    made(kit, "/notes", kit_path(kit, note, "Far", "Far words", "deal", STR_ARG(m.deal), ""));
    made(kit, "/notes",
         kit_path(kit, note, "Both", "Both words", "deal", STR_ARG(m.deal),
                  kit_path(kit, ", \"organisation\": " STR_FMT, STR_ARG(m.organisation))));
    struct res r = get(kit, page);
    assert_has(r, "Including related");
    assert_has(r, "Own words");
    assert_has(r, "Both words");
    assert_has_not(r, "Far words");
    r = get(kit, with);
    assert_has(r, "Its own only");
    assert_has(r, "Own words");
    assert_has(r, "Far words");
    ptrdiff_t first = str_find_str(r.body, S("Both words</p>"));
    assert_true(first >= 0);
    assert_true(str_find_str(str_from(r.body, (size_t)first + 1), S("Both words</p>")) < 0);
    assert_has(get(kit, kit_path(kit, "%s&show=notes", with)), "Far words");
    assert_has_not(get(kit, kit_path(kit, "%s&show=calls", with)), "Far words");
    assert_has_not(get(kit, m.path), "Including related"); /* nothing leads to a deal */
    for (int i = 0; i < 35; i++)
        made(kit, "/notes",
             kit_path(kit, note, "N", kit_path(kit, "Number %02d.", i), "deal", STR_ARG(m.deal),
                      ""));
    r = get(kit, with);
    assert_has(r, "Number 34.");
    assert_has_not(r, "Number 04.");
    assert_has(r, "related=yes&amp;before=");
    ptrdiff_t at = str_find_str(r.body, S("related=yes&amp;before="));
    struct str rest = str_from(r.body, (size_t)at + sizeof "related=yes&amp;before=" - 1), key;
    assert_true(str_split(&rest, '"', &key));
    r = get(kit, kit_path(kit, "%s&before=" STR_FMT, with, STR_ARG(key)));
    assert_has(r, "Number 04.");
    assert_has_not(r, "Number 05.");
    assert_has(r, "Far words");
    /* Of a deal that one may not see nothing is told, whatever stands about it. */
    kit->unsound = true; /* by hand */
    sql_run(kit,
            kit_path(kit,
                     "UPDATE records SET audience = 5, author_id = " STR_FMT " WHERE type = 'deal'",
                     STR_ARG(m.person)));
    assert_has_not(get(kit, with), "Number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_leads_here_is_in_the_line),    kit_test(the_short_form_adds_to_the_line),
        kit_test(each_sort_has_its_address),         kit_test(a_task_is_done_from_the_line),
        kit_test(a_line_goes_on_in_pages),           kit_test(the_rows_are_what_the_fields_say),
        kit_test(nobody_reads_what_is_not_theirs),   kit_test(texts_that_lead_here_are_named),
        kit_test(each_statement_of_a_call_may_fail),
    };
    return kit_run(tests);
}
