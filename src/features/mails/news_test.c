/* news_test.c: proves the RULES of news.h. */
#include "features/mails/news.h"

#include "test/rooms.h"

static struct rooms begin(struct kit *kit)
{
    kit_settle(kit); /* the consumer begins here */
    struct rooms rooms = rooms_make(kit);
    sql_run(kit, "UPDATE identities SET verified_at = 1");
    kit->app->options.base_url = "http://hub.test";
    return rooms;
}

static int64_t letters(struct kit *kit, const char *kind)
{
    return sql_int(kit, kit_path(kit,
                                 "SELECT COUNT(*) FROM mails WHERE kind = '%s'"
                                 " AND address = 'ana@example.org'",
                                 kind));
}

static int64_t to_ana(struct kit *kit)
{
    return sql_int(kit, "SELECT COUNT(*) FROM mails WHERE address = 'ana@example.org'");
}

static void choose(struct kit *kit, struct person_kit *person, const char *form)
{
    as(kit, person);
    assert_status(post(kit, "/account/letters", kit_path(kit, "_method=PUT&%s", form)), 303);
}

static struct str header(struct kit *kit, const char *name) /* of the newest letter */
{
    struct str lines = sql_str(kit, "SELECT headers FROM mails ORDER BY id DESC LIMIT 1"), line;
    while (str_split(&lines, '\n', &line))
        if (str_starts(line, str_of(name)))
            return str_trim(str_from(line, strlen(name) + 1));
    return S("");
}

static void what_concerns_one_is_told_at_once(void **state) /* RULE 1, RULE 7 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    comment_make(kit, rooms.ben, idea, "It should **click**.\\n\\nMine does.");
    assert_int_equal(letters(kit, "notice"), 1);
    struct str body = sql_str(kit, "SELECT body FROM mails WHERE kind = 'notice'");
    assert_true(str_has(body, S("replied to you in \xE2\x80\x9C"
                                "A lid\xE2\x80\x9D")));
    assert_true(str_has(body, S("> It should **click**.\n> \n> Mine does.\n")));
    assert_true(str_has(body, S("http://hub.test/r/")));
    assert_true(str_is(sql_str(kit, "SELECT address FROM mails"), "ana@example.org"));
    assert_true(str_is(sql_str(kit, "SELECT subject FROM mails"), "Re: A lid"));
    struct str thread = str_fmt(kit->arena, "<record-%lld@hub.test>", (long long)idea);
    assert_true(str_eq(header(kit, "In-Reply-To:"), thread));
    assert_true(str_eq(header(kit, "References:"), thread));
    assert_true(str_starts(header(kit, "List-Id:"), S("<space-")));
    assert_true(str_is(header(kit, "Precedence:"), "list"));
    comment_make(kit, rooms.ben, idea, "Again");
    assert_int_equal(letters(kit, "notice"), 2);
    assert_true(str_eq(header(kit, "References:"), thread));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE reason = 'reply'"), 0);
}

static void together_at_the_chosen_hour(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    choose(kit, rooms.ana, "reply=daily&zone=Europe/Berlin&digest_hour=7");
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    for (int i = 0; i < 3; i++)
        comment_make(kit, rooms.ben, idea, "One more");
    assert_int_equal(letters(kit, "notice"), 0);
    kit_pass(kit, 6 * CLOCK_HOUR - CLOCK_MINUTE); /* in Berlin it is 6:59 */
    kit_settle(kit);
    assert_int_equal(letters(kit, "digest"), 0);
    kit_pass(kit, 2 * CLOCK_MINUTE);
    kit_settle(kit);
    assert_int_equal(letters(kit, "digest"), 1);
    assert_true(str_is(sql_str(kit, "SELECT subject FROM mails"), "Skep: 3 new things"));
    choose(kit, rooms.ana, "reply=weekly&digest_day=1");
    comment_make(kit, rooms.ben, idea, "And one more");
    int64_t due = sql_int(kit, "SELECT due_at FROM mail_waiting WHERE reason = 'reply'");
    assert_true(due == KIT_NOW + 3 * CLOCK_DAY + 6 * CLOCK_HOUR); /* a Monday */
    choose(kit, rooms.ana, "reply=never");
    comment_make(kit, rooms.ben, idea, "Nobody hears of this");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE reason = 'reply'"), 1);
    kit_pass(kit, 7 * CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(letters(kit, "digest"), 1);
}

static void nothing_hidden_is_told(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    choose(kit, rooms.ana, "reply=daily");
    int64_t idea = idea_make(kit, &rooms, rooms.ben, "A lid");
    int64_t mine = comment_make(kit, rooms.ana, idea, "Mine");
    as(kit, rooms.ben);
    for (int i = 0; i < 2; i++)
        assert_status(post(kit, kit_path(kit, "/ideas/%lld/comments", (long long)idea),
                           kit_path(kit, "body=hidden-word&parent=%lld", (long long)mine)),
                      303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE reason = 'reply'"), 2);
    sql_run(kit, "UPDATE records SET audience = 4 WHERE author_id <>"
                 " (SELECT id FROM people WHERE handle = 'ana')");
    kit->unsound = true; /* done behind the program's back */
    kit_pass(kit, CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE reason = 'reply'"), 0);
    assert_int_equal(to_ana(kit), 0);
}

static void what_was_seen_or_taken_away_needs_no_letter(void **state) /* RULE 2, RULE 3 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    choose(kit, rooms.ana, "reply=daily");
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    comment_make(kit, rooms.ben, idea, "Seen");
    as(kit, rooms.ana);
    post(kit, "/notifications/seen", "_method=PUT&activity=1000");
    int64_t second = comment_make(kit, rooms.ben, idea, "Taken away");
    as(kit, rooms.ben);
    assert_status(del(kit, kit_path(kit, "/comments/%lld", (long long)second)), 303);
    kit_pass(kit, CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(to_ana(kit), 0);
}

static void very_many_are_told_in_parts(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    as(kit, rooms.ben);
    for (int i = 0; i < 2; i++) {
        const char *to = kit_path(kit, "/ideas/%lld/comments", (long long)idea);
        assert_status(post(kit, to, "body=Mine+does"), 303);
        sql_run(kit, "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n"
                     " WHERE i < 18000) INSERT INTO notifications"
                     " (activity_id, person_id, reason, before_id)"
                     " SELECT (SELECT MAX(activity_id) FROM notifications), i, 'follow', 0 FROM n");
    }
    kit->unsound = true; /* people whom nobody knows */
    assert_int_equal(to_ana(kit), 2);
    sql_run(kit, "UPDATE cursors SET part = 0, activity_id ="
                 " (SELECT MIN(activity_id) - 1 FROM notifications) WHERE consumer = 'mail'");
    kit_settle(kit);
    assert_int_equal(to_ana(kit), 4);
}

static void only_a_confirmed_address_gets_news(void **state) /* RULE 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    sql_run(kit, "UPDATE identities SET verified_at = NULL");
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    comment_make(kit, rooms.ben, idea, "Unheard");
    assert_int_equal(to_ana(kit), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_waiting WHERE reason = 'reply'"), 0);
    as(kit, rooms.ana);
    assert_has(get(kit, "/account/letters"), "not confirmed");
}

static void quiet_hours_are_kept(void **state) /* RULE 5 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    choose(kit, rooms.ana, "zone=America/New_York&quiet_from=18&quiet_to=8");
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid"); /* there it is 19:00 */
    comment_make(kit, rooms.ben, idea, "Good night");
    assert_int_equal(letters(kit, "notice"), 0);
    kit_pass(kit, 13 * CLOCK_HOUR - CLOCK_SECOND);
    kit_settle(kit);
    assert_int_equal(letters(kit, "notice"), 0);
    kit_pass(kit, CLOCK_SECOND);
    kit_settle(kit);
    assert_int_equal(letters(kit, "notice"), 1);
    comment_make(kit, rooms.ben, idea, "Good morning");
    assert_int_equal(letters(kit, "notice"), 2);
}

static void one_click_stops_them(void **state) /* RULE 6 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    comment_make(kit, rooms.ben, idea, "One");
    assert_true(str_is(header(kit, "List-Unsubscribe-Post:"), "List-Unsubscribe=One-Click"));
    struct str url = header(kit, "List-Unsubscribe:");
    assert_true(str_starts(url, S("<http://hub.test/letters/")) && str_ends(url, S(">")));
    struct str path = str_make(url.p + 16, url.n - 17);
    as(kit, NULL);
    assert_status(get(kit, path.p ? str_cstr(kit->arena, path) : ""), 200);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_choices"), 0);
    struct str body = S("List-Unsubscribe=One-Click");
    struct res r = kit_raw(kit, str_fmt(kit->arena,
                                        "POST " STR_FMT " HTTP/1.1\r\nHost: hub.test\r\n"
                                        "Content-Type: application/x-www-form-urlencoded\r\n"
                                        "Content-Length: %zu\r\n\r\n" STR_FMT,
                                        STR_ARG(path), body.n, STR_ARG(body)));
    assert_int_equal(r.status, 200);
    comment_make(kit, rooms.ben, idea, "Two");
    assert_int_equal(letters(kit, "notice"), 1);
    path = str_dup(kit->arena, path);
    char *forged = str_cstr(kit->arena, path);
    forged[path.n - 1] = forged[path.n - 1] == 'a' ? 'b' : 'a';
    as(kit, NULL);
    assert_status(get(kit, forged), 404);
    assert_status(post(kit, forged, ""), 404);
    assert_status(post(kit, "/letters/1.all", ""), 404);
}

static void choices_are_kept_and_checked(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = begin(kit);
    choose(kit, rooms.ana, "reply=weekly&zone=Asia/Kolkata&quiet_from=22&quiet_to=7");
    struct res r = get_json(kit, "/account/letters");
    assert_json_str(r, "data.reply", "weekly");
    assert_json_str(r, "data.follow", "daily");
    assert_json_str(r, "data.zone", "Asia/Kolkata");
    assert_json_int(r, "data.quiet_from", 22);
    static const char *const wrong[] = {"zone=Mars/Base", "digest_hour=24", "digest_day=7",
                                        "quiet_to=-1", "reply=often"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_status(post(kit, "/account/letters", kit_path(kit, "_method=PUT&%s", wrong[i])),
                      422);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(what_concerns_one_is_told_at_once),
        kit_test(together_at_the_chosen_hour),
        kit_test(nothing_hidden_is_told),
        kit_test(what_was_seen_or_taken_away_needs_no_letter),
        kit_test(only_a_confirmed_address_gets_news),
        kit_test(very_many_are_told_in_parts),
        kit_test(quiet_hours_are_kept),
        kit_test(one_click_stops_them),
        kit_test(choices_are_kept_and_checked),
    };
    return kit_run(tests);
}
