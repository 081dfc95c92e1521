/* mails_test.c: proves the RULES of mails.h and smtp.h against a mail server of few words;
 * test/mail_test.sh does so against a real one. */
#include "features/mails/outbox.h"

#include "features/mails/smtp.h"
#include "features/mails/smtp_kit.h"
#include "test/rooms.h"

static struct smtp_kit server;

static void serve(struct kit *kit)
{
    smtp_start(&server);
    kit->app->options.smtp = server.url;
    kit->app->options.base_url = "http://hub.test";
    kit->app->options.mail_from = "hub@hub.test";
}

static void letter_to(struct kit *kit, const char *handle)
{
    kit_person(kit, handle, ROLE_MEMBER);
    as(kit, NULL);
    get(kit, "/resets/new");
    assert_status(post(kit, "/resets", kit_path(kit, "email=%s@example.org", handle)), 303);
}

static struct str state_of(struct kit *kit, const char *handle)
{
    return sql_str(kit, kit_path(kit,
                                 "SELECT state FROM mails WHERE address = '%s@example.org'"
                                 " ORDER BY id DESC LIMIT 1",
                                 handle));
}

static void assert_state(struct kit *kit, const char *handle, const char *want)
{
    struct str got = state_of(kit, handle);
    if (!str_is(got, want))
        fail_msg("%s: " STR_FMT " instead of %s", handle, STR_ARG(got), want);
}

static void a_letter_leaves_with_what_belongs_to_it(void **state) /* mails RULE 1, RULE 2, RULE 7 */
{
    struct kit *kit = *state;
    serve(kit);
    kit->app->options.mail_bounces = "back@hub.test";
    kit->app->options.mail_reply = "Help desk <help@hub.test>"; /* RULE 12 */
    kit->app->options.base_url = "http://links.test/";          /* the request's Host is hub.test */
    letter_to(kit, "ana");
    assert_state(kit, "ana", "sent");
    struct str text = out_text(&smtp_seen(&server)->text);
    assert_true(str_has(text, S("From: \"Skep\"\r\n <hub@hub.test>\r\n")));
    assert_true(str_has(text, S("To: ana@example.org\r\n")));
    assert_true(str_has(text, S("Subject: Choose a new password\r\n")));
    assert_true(str_has(text, S("Auto-Submitted: auto-generated\r\n")));
    assert_true(str_has(text, S("Reply-To: help@hub.test\r\n")));
    assert_true(str_has(text, S("http://links.test/resets/")));
    assert_false(str_has(text, S("//hub.test")));
    assert_false(str_has(text, S(LETTER_SECRET)));
    assert_true(str_starts(out_text(&smtp_seen(&server)->envelopes), S("back+s1.")));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE secret <> ''"), 0);
    smtp_end(&server);
}

static void answers_are_understood(
    void **state) /* mails RULE 5, smtp RULE 2, smtp RULE 3, smtp RULE 4 */
{
    struct kit *kit = *state;
    static const struct {
        const char *handle, *state, *answer;
        int minutes; /* until the next try; 0: none */
    } cases[] = {
        {"fine", "sent", "250 2.0.0 taken", 0},
        {"later", "queued", "451 4.2.1 come again", 1},
        {"gone", "bounced", "550 5.1.1 nobody", 0},
        {"spam", "failed", "554 5.7.1 not wanted", 0},
        {"busy", "queued", "421 4.3.2 too busy", 1},
        {"drop", "queued", "", 1},
        {"slow", "queued", "", 1},
        {"good", "sent", "250 2.0.0 taken", 0},
    };
    serve(kit);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *handle = cases[i].handle;
        letter_to(kit, handle);
        assert_state(kit, handle, cases[i].state);
        struct str answer =
            sql_str(kit, kit_path(kit, "SELECT answer FROM mails WHERE address = '%s@example.org'",
                                  handle));
        if (!str_starts(answer, str_of(cases[i].answer)) || !answer.n)
            fail_msg("%s: " STR_FMT, handle, STR_ARG(answer));
        int64_t due = sql_int(kit, kit_path(kit,
                                            "SELECT due_at FROM mails WHERE state = 'queued'"
                                            " AND address = '%s@example.org'",
                                            handle));
        assert_true(due == (cases[i].minutes ? KIT_NOW + cases[i].minutes * CLOCK_MINUTE : -1));
    }
    assert_int_equal(smtp_seen(&server)->letters, 2);
    smtp_end(&server);
}

static void what_failed_goes_again_under_its_name(void **state) /* mails RULE 4, RULE 5 */
{
    struct kit *kit = *state;
    serve(kit);
    letter_to(kit, "drop");
    assert_int_equal(smtp_seen(&server)->letters, 0);
    kit_settle(kit); /* not yet */
    assert_int_equal(sql_int(kit, "SELECT tries FROM mails"), 1);
    for (int minutes = 1; minutes < 16; minutes *= 2) {
        kit_pass(kit, minutes * CLOCK_MINUTE);
        kit_settle(kit);
    }
    assert_int_equal(sql_int(kit, "SELECT tries FROM mails"), 5);
    sql_run(kit, "UPDATE mails SET address = 'fine@example.org'");
    kit_pass(kit, 16 * CLOCK_MINUTE);
    kit_settle(kit);
    assert_int_equal(smtp_seen(&server)->letters, 1);
    struct str text = out_text(&smtp_seen(&server)->text), line, first = S("");
    int times = 0;
    while (str_split(&text, '\n', &line)) {
        if (!str_starts(line, S("Message-ID: <s1.")))
            continue;
        assert_true(!times || str_eq(line, first));
        first = line;
        times++;
    }
    assert_int_equal(times, 6);
    assert_state(kit, "fine", "sent");
    smtp_end(&server);
}

static void days_later_it_is_given_up(void **state) /* mails RULE 5 */
{
    struct kit *kit = *state;
    serve(kit);
    letter_to(kit, "later");
    for (int i = 1; i < 20; i++) {
        assert_state(kit, "later", "queued");
        kit_pass(kit, 6 * CLOCK_HOUR);
        kit_settle(kit);
    }
    assert_state(kit, "later", "failed");
    smtp_end(&server);
}

static void without_a_server_letters_are_held(void **state) /* mails RULE 3, RULE 4 */
{
    struct kit *kit = *state;
    letter_to(kit, "ana");
    assert_state(kit, "ana", "held");
    serve(kit);
    kit_settle(kit);
    assert_int_equal(smtp_seen(&server)->letters, 0);
    as(kit, kit_person(kit, "olga", ROLE_ADMINISTRATOR));
    assert_status(post(kit, "/mails/1/sendings", ""), 303);
    assert_state(kit, "ana", "sent");
    assert_status(post(kit, "/mails/1/sendings", ""), 409); /* its link is forgotten */
    assert_int_equal(smtp_seen(&server)->letters, 1);
    smtp_end(&server);
}

static void a_server_that_is_away_is_asked_seldom(void **state) /* smtp RULE 3, smtp RULE 4 */
{
    struct kit *kit = *state;
    static const char *const handles[] = {"a1", "a2", "a3", "a4", "a5"};
    serve(kit);
    smtp_end(&server); /* the port is closed */
    kit->app->options.smtp = NULL;
    for (size_t i = 0; i < 5; i++)
        letter_to(kit, handles[i]);
    kit->app->options.smtp = server.url;
    sql_run(kit, "UPDATE mails SET state = 'queued'");
    kit_pass(kit, CLOCK_MINUTE);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT SUM(tries) FROM mails"), 3);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE state = 'queued'"), 5);
}

static void no_password_leaves_without_tls(void **state) /* smtp RULE 1 */
{
    struct kit *kit = *state;
    static const struct {
        const char *url;
        bool opens;
    } cases[] = {
        {"smtp://u:p@mail.example?tls=none", false},
        {"smtp://u:p@mail.example", true},
        {"smtps://u:p@mail.example", true},
        {"smtp://u:p@localhost", true},
        {"smtp://mail.example?tls=none", true},
        {"smtp://mail.example?tls=maybe", false},
        {"http://mail.example", false},
        {"smtp://mail.example?timeout=0", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct smtp_options options = {str_of(cases[i].url), S("hub.test"), NULL, NULL};
        struct str wrong;
        assert_int_equal(smtp_open(kit->arena, &options, &wrong) != NULL, cases[i].opens);
    }
}

static void one_connection_takes_many(void **state) /* smtp.h: one after another */
{
    struct kit *kit = *state;
    for (int i = 0; i < 9; i++)
        letter_to(kit, kit_path(kit, "p%d", i));
    serve(kit);
    sql_run(kit, "UPDATE mails SET state = 'queued'");
    kit_pass(kit, CLOCK_MINUTE);
    kit_settle(kit);
    assert_int_equal(smtp_seen(&server)->letters, 9);
    assert_int_equal(smtp_seen(&server)->connections, 1);
    smtp_end(&server);
}

static void an_address_that_is_gone_is_left_alone(void **state) /* mails RULE 6 */
{
    struct kit *kit = *state;
    serve(kit);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_addresses"
                                      " WHERE stopped_at IS NOT NULL"),
                         0);
        letter_to(kit, "gone");
        kit_pass(kit, CLOCK_HOUR);
    }
    assert_int_equal(sql_int(kit, "SELECT hard FROM mail_addresses WHERE stopped_at IS NOT NULL"),
                     3);
    struct person_kit *gone = kit_person(kit, "gone", ROLE_MEMBER);
    as(kit, gone);
    assert_has(get(kit, "/account"), "550 5.1.1 nobody here");
    int64_t before = sql_int(kit, "SELECT COUNT(*) FROM mails");
    as(kit, NULL);
    get(kit, "/accounts/new"); /* a letter that its owner has not asked for */
    post(kit, "/accounts", "name=X&email=gone@example.org&password=a+sentence+of+its+own");
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), before);
    kit_pass(kit, CLOCK_HOUR);
    letter_to(kit, "gone"); /* and one that they have */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), before + 1);
    smtp_end(&server);
}

static void secrets_are_for_those_below(void **state) /* mails RULE 2 */
{
    struct kit *kit = *state;
    struct person_kit *admin = kit_person(kit, "olga", ROLE_ADMINISTRATOR);
    kit_person(kit, "root", ROLE_OWNER);
    letter_to(kit, "ana");
    letter_to(kit, "root");
    letter_to(kit, "olga");
    for (int i = 1; i <= 3; i++) {
        struct str secret =
            sql_str(kit, kit_path(kit, "SELECT secret FROM mails WHERE id = %d", i));
        assert_int_equal(secret.n, 48);
        const char *paths[] = {"/mails/%d", "/mails/%d.json", "/mails/%d/html"};
        for (size_t k = 0; k < 3; k++) {
            as(kit, admin);
            struct res r = get(kit, kit_path(kit, paths[k], i));
            assert_status(r, 200);
            kit_assert_has(r, secret.p, i != 2, __FILE__, __LINE__);
        }
    }
    assert_has_not(get(kit, "/mails.json"), "secret");
    as(kit, NULL);
    struct str token = kit_token(kit, admin, "read admin");
    kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(token));
    struct res by_token = get_json(kit, "/mails/1");
    assert_status(by_token, 200);
    assert_has(by_token, "(hidden)");
    as(kit, kit_person(kit, "ben", ROLE_STAFF));
    assert_status(get(kit, "/mails"), 403);
    assert_status(get(kit, "/mails/1"), 403);
}

static void came_back(struct kit *kit, int64_t letter, const char *status, bool forged)
{
    struct bounce bounce;
    int64_t id = 0;
    struct str mark = mail_mark(kit->app, kit->arena, letter + forged);
    struct str mail =
        str_fmt(kit->arena,
                "From: MAILER-DAEMON@mx.example\r\nTo: back+s%lld" STR_FMT
                "@hub.test\r\nContent-Type: multipart/report; boundary=b\r\n\r\n"
                "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
                "Reporting-MTA: dns; mx.example\r\n\r\nAction: failed\r\n"
                "Status: %s\r\n--b--\r\n",
                (long long)letter, STR_ARG(str_from(mark, (size_t)str_find(mark, '.'))), status);
    assert_true(bounce_take(kit->app, kit->arena, mail, S(""), &bounce, &id));
    assert_int_equal(id, forged ? 0 : letter);
}

static void what_comes_back_is_understood(void **state) /* mails RULE 6, RULE 8 */
{
    struct kit *kit = *state;
    static const char hard[] = "SELECT COALESCE(SUM(hard), 0) FROM mail_addresses";
    serve(kit);
    for (int i = 0; i < 4; i++) {
        letter_to(kit, "ana");
        kit_pass(kit, CLOCK_HOUR);
    }
    assert_int_equal(smtp_seen(&server)->letters, 4);
    came_back(kit, 1, "5.1.1", true); /* somebody made up its mark */
    assert_int_equal(sql_int(kit, hard), 0);
    came_back(kit, 1, "4.4.7", false);
    assert_int_equal(sql_int(kit, hard), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails WHERE state = 'bounced'"), 1);
    for (int i = 2; i <= 3; i++) {
        came_back(kit, i, "5.1.1", false);
        came_back(kit, i, "5.1.1", false);
    }
    assert_int_equal(sql_int(kit, hard), 2);
    came_back(kit, 4, "5.1.1", false);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mail_addresses WHERE stopped_at > 0"), 1);
    smtp_end(&server);
}

static void what_is_old_is_forgotten(void **state) /* mails RULE 9 */
{
    struct kit *kit = *state;
    letter_to(kit, "ana");
    kit_pass(kit, 89 * CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 1);
    kit_pass(kit, 2 * CLOCK_DAY);
    kit_settle(kit);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 0);
}

static void every_kind_is_shown_with_a_sample(void **state) /* mails.h: the page of letters */
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "olga", ROLE_ADMINISTRATOR));
    struct res list = get_json(kit, "/mail-templates");
    int kinds = 0;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct letter_kind *const *k = (*f)->letters; k && *k; k++, kinds++) {
            assert_has(list, (*k)->title);
            assert_status(get(kit, kit_path(kit, "/mail-templates/%s", (*k)->name)), 200);
            struct res html = get(kit, kit_path(kit, "/mail-templates/%s/html", (*k)->name));
            assert_has(html, "<!DOCTYPE html>");
            assert_has_not(html, LETTER_SECRET);
            assert_true(str_has(res_head(html, "Content-Security-Policy"), S("sandbox")));
        }
    assert_true(kinds >= 6);
    assert_status(get(kit, "/mail-templates/none"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_letter_leaves_with_what_belongs_to_it),
        kit_test(answers_are_understood),
        kit_test(what_failed_goes_again_under_its_name),
        kit_test(days_later_it_is_given_up),
        kit_test(without_a_server_letters_are_held),
        kit_test(a_server_that_is_away_is_asked_seldom),
        kit_test(no_password_leaves_without_tls),
        kit_test(one_connection_takes_many),
        kit_test(an_address_that_is_gone_is_left_alone),
        kit_test(secrets_are_for_those_below),
        kit_test(what_comes_back_is_understood),
        kit_test(what_is_old_is_forgotten),
        kit_test(every_kind_is_shown_with_a_sample),
    };
    return kit_run(tests);
}
