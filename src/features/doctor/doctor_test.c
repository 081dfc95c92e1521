/* doctor_test.c: the command, with what it prints and returns. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
static struct str doctor(struct kit *kit, char *argument, int want)
{
    char path[] = "/tmp/doctor_test.XXXXXX", *argv[] = {argument, NULL};
    static char text[65536];
    int file = mkstemp(path), out;
    fflush(stdout);
    out = dup(STDOUT_FILENO);
    dup2(file, STDOUT_FILENO);
    int code = command_find("doctor")->run(kit->app, argument ? 1 : 0, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    ssize_t n = pread(file, text, sizeof text, 0);
    close(file);
    unlink(path);
    assert_int_equal(code, want);
    return str_make(text, n > 0 ? (size_t)n : 0);
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

static void it_looks_for_every_file(void **state)
{
    struct kit *kit = *state;
    as(kit, kit_person(kit, "ana", ROLE_MEMBER));
    assert_status(kit_upload(kit, "a.txt", S("one")), 201);
    assert_int_equal(doctor(kit, "--json", 0).n, 0);
    snprintf(kit->app->files, sizeof kit->app->files, "/nowhere");
    assert_true(str_starts(doctor(kit, NULL, 1), S("a file is missing: /nowhere/")));
    assert_true(str_starts(doctor(kit, "--json", 1), S("{\"what\":\"a file is missing\",")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(it_says_what_differs),
        kit_test(it_looks_for_every_file),
    };
    return kit_run(tests);
}
