/* returned_test.c: proves the RULES of imap.h and mailserver.h, and of mails.h what is said of the
 * mailbox; test/mail_test.sh does so with a real one. */
#include "features/mails/imap.h"

#include "features/mails/imap_kit.h"
#include "features/mails/outbox.h"
#include "test/rooms.h"

static struct imap_kit box;

static struct str returned(struct kit *kit, int64_t letter)
{
    return str_fmt(kit->arena,
                   "From: MAILER-DAEMON@mx.example\r\nTo: back+" STR_FMT "@hub.test\r\n"
                   "Content-Type: multipart/report; boundary=b\r\n\r\n"
                   "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
                   "Reporting-MTA: dns; mx.example\r\n\r\nAction: failed\r\n"
                   "Status: 5.1.1\r\n--b--\r\n",
                   STR_ARG(mail_mark(kit->app, kit->arena, letter)));
}

static void look(struct kit *kit)
{
    kit_pass(kit, 2 * CLOCK_MINUTE);
    imap_sync(&box);
    kit_settle(kit);
    imap_sync(&box);
}

static void the_mailbox_is_looked_into(void **state) /* mails RULE 11, imap RULE 3 */
{
    struct kit *kit = *state;
    static const char bounced[] = "SELECT COUNT(*) FROM mails WHERE state = 'bounced'";
    imap_start(&box, "word");
    kit->app->options.imap = box.url;
    kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, NULL);
    for (int i = 0; i < 2; i++) {
        assert_status(post(kit, "/resets", "email=ana@example.org"), 303);
        kit_settle(kit);
        kit_pass(kit, CLOCK_HOUR);
    }
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM mails"), 2);
    imap_sync(&box); /* it was looked into meanwhile */
    box.letters[1].text = S("From: ben@example.org\r\nSubject: Hello\r\n\r\nIs anybody there?\r\n");
    box.letters[2].text = returned(kit, 1);
    box.letters[4].text = S("From: MAILER-DAEMON@mx.example\r\n\r\nNot of this hub\r\n");
    look(kit);
    assert_int_equal(sql_int(kit, bounced), 1);
    assert_int_equal(sql_int(kit, "SELECT hard FROM mail_addresses"), 1);
    assert_int_equal(box.letters[2].text.n, 0);
    assert_true(box.letters[1].text.n && !box.letters[1].seen && !box.letters[1].deleted);
    assert_true(box.letters[4].text.n && !box.letters[4].seen && !box.letters[4].deleted);
    assert_int_equal(box.fetches, 3);
    look(kit); /* what has been looked at is left alone */
    assert_int_equal(box.fetches, 3);
    box.letters[5].text = returned(kit, 2);
    look(kit);
    assert_int_equal(sql_int(kit, bounced), 2);
    assert_int_equal(box.fetches, 4);
    box.validity = 8;                       /* other numbers from now on */
    box.letters[1].text = returned(kit, 2); /* a letter comes back once */
    look(kit);
    assert_int_equal(box.fetches, 6);
    assert_int_equal(sql_int(kit, "SELECT hard FROM mail_addresses"), 2);
    imap_end(&box);
}

static void a_mailbox_that_is_not_ours_is_told_of(void **state) /* mails RULE 11 */
{
    struct kit *kit = *state;
    imap_start(&box, "wrong");
    kit->app->options.imap = box.url;
    look(kit);
    struct str why = sql_str(kit, "SELECT why FROM jobs WHERE kind = 'mail-returned'");
    assert_true(str_starts(why, S("--imap: ")) && why.n > 10);
    imap_end(&box);
    kit->app->options.imap = "imap://localhost/a;b";
    look(kit);
    why = sql_str(kit, "SELECT why FROM jobs WHERE kind = 'mail-returned'");
    assert_true(str_is(why, "--imap has a folder that cannot be one"));
}

static void what_is_long_is_cut(void **state) /* imap RULE 2 */
{
    struct kit *kit = *state;
    struct imap_list list;
    struct str letter, wrong, whole = {arena_alloc(kit->arena, 3 << 20), 3 << 20};
    memset((char *)(uintptr_t)whole.p, 'x', whole.n);
    imap_start(&box, "word");
    struct arena *a = arena_new(16 << 20);
    struct imap *m = imap_open(a, &(struct imap_options){.url = str_of(box.url)}, &wrong);
    for (int i = 1; i < 4; i++)
        box.letters[i].text = whole;
    imap_sync(&box);
    assert_true(imap_list(m, 2, kit->now, &list));
    assert_int_equal(list.n, 2);
    assert_int_equal(list.uids[0], 2);
    assert_int_equal(list.uids[1], 3);
    assert_int_equal(list.validity, 7);
    assert_true(imap_fetch(m, a, 2, &letter));
    assert_int_equal(letter.n, IMAP_LETTER_MAX);
    arena_free(a); /* and the connection */
    imap_end(&box);
}

static void no_password_leaves_without_tls(void **state) /* imap RULE 1, mailserver RULE 1, 2 */
{
    struct kit *kit = *state;
    static const struct {
        const char *url;
        bool opens;
    } cases[] = {
        {"imap://u:p@mail.example?tls=none", false},
        {"imap://u:p@mail.example", true},
        {"imaps://u:p@mail.example/Returned", true},
        {"imap://u:p@localhost", true},
        {"smtp://mail.example", false},
        {"imaps://mail.example?timeout=0", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str wrong;
        struct imap_options options = {.url = str_of(cases[i].url)};
        assert_int_equal(imap_open(kit->arena, &options, &wrong) != NULL, cases[i].opens);
    }
}

static void letters_say_where_answers_go(void **state) /* mails RULE 12 */
{
    struct kit *kit = *state;
    kit_person(kit, "ana", ROLE_MEMBER);
    as(kit, NULL);
    assert_status(post(kit, "/resets", "email=ana@example.org"), 303);
    kit_settle(kit);
    struct str body = sql_str(kit, "SELECT body FROM mails");
    assert_true(str_has(body, S("Nobody reads answers to this letter")));
    kit->app->options.mail_reply = "help@hub.test";
    kit_pass(kit, CLOCK_HOUR);
    assert_status(post(kit, "/resets", "email=ana@example.org"), 303);
    kit_settle(kit);
    body = sql_str(kit, "SELECT body FROM mails ORDER BY id DESC LIMIT 1");
    assert_false(str_has(body, S("Nobody reads")));
    assert_true(str_has(body, S("is read by the people who run Skep")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(the_mailbox_is_looked_into),   kit_test(a_mailbox_that_is_not_ours_is_told_of),
        kit_test(what_is_long_is_cut),          kit_test(no_password_leaves_without_tls),
        kit_test(letters_say_where_answers_go),
    };
    return kit_run(tests);
}
