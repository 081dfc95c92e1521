/* doctor_test.c: the command, with what it prints and returns. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "test/rooms.h"

static const struct command *command_find(const char *name)
{
    for (const struct feature *const *f = features; *f; f++)
        for (const struct command *c = (*f)->commands; c && c->name; c++)
            if (str_is(str_of(c->name), name))
                return c;
    return NULL;
}

/* Runs it with standard output in a file; gives what it wrote there. */
static struct str command(struct kit *kit, const char *name, char *argument, int want)
{
    char path[] = "/tmp/doctor_test.XXXXXX", *argv[] = {argument, NULL};
    static char text[65536];
    int file = mkstemp(path), out;
    fflush(stdout);
    out = dup(STDOUT_FILENO);
    dup2(file, STDOUT_FILENO);
    int code = command_find(name)->run(kit->app, argument ? 1 : 0, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    ssize_t n = pread(file, text, sizeof text, 0);
    close(file);
    unlink(path);
    assert_int_equal(code, want);
    return str_make(text, n > 0 ? (size_t)n : 0);
}

static struct str doctor(struct kit *kit, char *argument, int want)
{
    return command(kit, "doctor", argument, want);
}

static void it_says_what_differs(void **state) /* doctor RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    assert_true(str_starts(doctor(kit, NULL, 0), S("All counts")));
    assert_int_equal(doctor(kit, "--json", 0).n, 0);
    sql_run(kit, "UPDATE records SET thread = 3 WHERE type = 'idea'");
    uint64_t before = kit_fingerprint(kit);
    const char *line = kit_path(kit,
                                "%lld: thread is not the number of records below it: 3,"
                                " but 0 were counted\n",
                                idea);
    assert_true(str_is(doctor(kit, NULL, 1), line));
    line = kit_path(kit,
                    "{\"what\":\"thread is not the number of records below it\",\"id\":%lld,"
                    "\"kept\":3,\"counted\":0}\n",
                    idea);
    assert_true(str_is(doctor(kit, "--json", 1), line));
    assert_true(before == kit_fingerprint(kit));
    kit->unsound = true;
}

static void it_mends_what_it_can(void **state) /* doctor RULE 2 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    long long idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    uint64_t before = kit_fingerprint(kit);
    sql_run(kit, "UPDATE records SET thread = 3 WHERE type = 'idea'");
    const char *line = kit_path(kit,
                                "%lld: thread is not the number of records below it: 3,"
                                " but 0 were counted: mended\n"
                                "All counts, copies and references are as they should be.\n",
                                idea);
    assert_true(str_is(doctor(kit, "--fix", 0), line));
    assert_true(before == kit_fingerprint(kit));
    assert_true(str_starts(doctor(kit, "--fix", 0), S("All counts")));

    sql_run(kit, "UPDATE records SET parent_id = 999, score = 5 WHERE type = 'idea'");
    struct str said = doctor(kit, "--fix", 1);
    assert_true(str_has(said, S("score is not the sum of its votes: 5, but 0 were counted:"
                                " mended\n")));
    assert_true(str_has(said, S("records.parent_id names a row that is not in records: left as it"
                                " is")));
    assert_int_equal(sql_int(kit, "SELECT score FROM records WHERE type = 'idea'"), 0);
    assert_int_equal(sql_int(kit, "SELECT parent_id FROM records WHERE type = 'idea'"), 999);
    sql_run(kit, "UPDATE records SET parent_id = NULL WHERE type = 'idea'");
}

static void others_write_in_between(void **state) /* doctor RULE 3 */
{
    struct kit *kit = *state;
    rooms_make(kit);
    for (int i = 0; i < 450; i++)
        sql_run(kit, kit_path(kit,
                              "INSERT INTO follows (record_id, level, person_id, at)"
                              " VALUES (%d, 3, 1, 0)",
                              100000 + i));
    struct store_stats before, after;
    store_stats(kit->app->store, &before);
    doctor(kit, "--fix", 0);
    store_stats(kit->app->store, &after);
    assert_int_equal(after.commits - before.commits, 3);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM follows WHERE record_id >= 100000"), 0);
}

static void a_consumer_is_built_anew(void **state) /* doctor RULE 5, notices RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    clock_freeze(KIT_NOW + CLOCK_SECOND);
    int64_t idea = idea_make(kit, &rooms, rooms.ana, "A lid");
    clock_freeze(KIT_NOW + 2 * CLOCK_SECOND);
    comment_make(kit, rooms.ben, idea, "Good");
    clock_freeze(KIT_NOW + 3 * CLOCK_SECOND);
    comment_make(kit, rooms.staff, idea, "Yes");
    assert_true(sql_int(kit, "SELECT COUNT(*) FROM notifications") > 2);
    uint64_t before = kit_fingerprint(kit);
    assert_true(str_has(command(kit, "doctor consumers", NULL, 0), S("and 0 have come since")));
    assert_true(str_has(command(kit, "doctor rebuild", "notifications", 0), S("reads the log")));
    assert_true(str_has(command(kit, "doctor consumers", "--json", 0),
                        S("\"consumer\":\"notifications\"")));
    kit_settle(kit);
    assert_true(before == kit_fingerprint(kit));
    command(kit, "doctor rebuild", "nobody", 1);
}

static void what_failed_is_told(void **state) /* doctor RULE 6, jobs RULE 4, mails RULE 10 */
{
    struct kit *kit = *state;
    rooms_make(kit);
    static const char *const states[] = {"", "failed", "failed", "done", "waiting"};
    for (int i = 1; i < 5; i++)
        sql_run(kit, kit_path(kit,
                              "INSERT INTO jobs (kind, key, state, data, person_id, priority,"
                              " due_at, created_at, finished_at, why) VALUES ('test-%s', '',"
                              " '%s', 'secret', 0, 0, 0, 0, %lld, 'wrong %d')",
                              i == 3 ? "other" : "one", states[i], (long long)KIT_NOW, i));
    static const char *const letters[][2] = {
        {"failed", "0"}, {"failed", "8"}, {"bounced", "0"}, {"sent", "0"}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        sql_run(kit, kit_path(kit,
                              "INSERT INTO mails (kind, address, subject, body, html, state,"
                              " due_at, created_at, answer) VALUES ('reset', 'ana@example.org',"
                              " '', '', '', '%s', 0, %lld, '550 %s')",
                              letters[i][0],
                              (long long)(KIT_NOW - CLOCK_DAY * strtoll(letters[i][1], NULL, 10)),
                              letters[i][0]));
    struct str said = doctor(kit, NULL, 0);
    assert_true(str_starts(said, S("All counts")));
    assert_true(str_has(said, S("\njobs failed: 2 of kind test-one, the last one on 1 Jan 2027:"
                                " wrong 2\n  Mend the cause")));
    assert_true(str_has(said, S("\nletters refused: 1 of kind reset, the last one on 1 Jan 2027:"
                                " 550 failed\n  Read the server's words")));
    assert_true(str_has(said, S("\nletters came back: 1 of kind reset")));
    assert_true(str_has(said, S("\njobs that are tried again: 1 of kind test-one, the last one on"
                                " 1 Jan 2027: wrong 4\n")));
    assert_false(str_has(said, S("test-other")));
    assert_false(str_has(said, S("secret")));
    said = doctor(kit, "--json", 0);
    assert_true(str_starts(said, S("{\"failed\":\"jobs failed\",\"kind\":\"test-one\","
                                   "\"count\":2,\"last_at\":\"2027-01-01T00:00:00Z\","
                                   "\"why\":\"wrong 2\",\"advice\":\"Mend")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(it_says_what_differs), kit_test(it_mends_what_it_can),
        kit_test(others_write_in_between), kit_test(a_consumer_is_built_anew),
        kit_test(what_failed_is_told)};
    return kit_run(tests);
}
