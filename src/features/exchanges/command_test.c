/* command_test.c: proves the RULES of command.c and choose.h. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "features/exchanges/exchanges.h"
#include "test/rooms.h"
#include "test/shared.h"

enum { WORDS = 16 };

/* What the command prints; its words are parted by '|', since names hold blanks. */
static struct str said(struct kit *kit, size_t command, const char *line, int want)
{
    char path[] = "/tmp/command_test.XXXXXX", *argv[WORDS + 1] = {NULL};
    struct str rest = str_of(line), word;
    int argc = 0, file = mkstemp(path), out, err;
    while (argc < WORDS && str_split(&rest, '|', &word))
        argv[argc++] = str_cstr(kit->arena, word);
    fflush(stdout);
    fflush(stderr);
    out = dup(STDOUT_FILENO);
    err = dup(STDERR_FILENO);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    int code = exchange_commands[command].run(kit->app, argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    char *text = arena_bytes(kit->arena, 1 << 18);
    ssize_t n = pread(file, text, 1 << 18, 0);
    close(file);
    unlink(path);
    struct str printed = str_make(text, n > 0 ? (size_t)n : 0);
    if (code != want)
        fail_msg("%s: %d\n" STR_FMT, line, code, STR_ARG(printed));
    return printed;
}

static struct str brought(struct kit *kit, const char *line, int want)
{
    return said(kit, 1, line, want);
}

static struct str undone(struct kit *kit, const char *line, int want)
{
    return said(kit, 0, line, want);
}

static const char *table(struct kit *kit, const char *name, struct str text)
{
    const char *path = kit_path(kit, "%s/%s", kit->folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    fclose(f);
    return path;
}

#define PROPOSALS                                                                                  \
    "\"id\";\"title\";\"description\";\"cached_votes_up\";\"weight = kg\"\n"                       \
    "\"35573\";\"Parada del camión\";\"<p>Más cerca del metro.</p>\";\"15\";\"1\"\n"             \
    "\"35575\";\"Sin texto\";\"\";\"2\";\"2\"\n"

static void a_table_is_tried_brought_in_and_taken_back(void **state) /* RULES 1 to 4 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    kit_person(kit, "olga", ROLE_OWNER);
    const char *file = table(kit, "proposals.csv", S(PROPOSALS));
    int64_t ideas = sql_int(kit, "SELECT COUNT(*) FROM ideas");
    struct str r = brought(kit, kit_path(kit, "%s|--type|ideas|--space=Product ideas|--try", file),
                           1); /* RULE 4 */
    assert_true(str_has(r, S("cached_votes_up")));
    assert_true(str_has(r, S("to opening_votes, as guessed")));
    assert_true(str_has(r, S("1 created")) && str_has(r, S("row 2: Text is missing.")));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ideas"), ideas); /* RULE 2 */
    assert_true(str_is(sql_str(kit, "SELECT state FROM exchanges WHERE id = 1"), "tried"));

    const char *rejects = kit_path(kit, "%s/rejected.csv", kit->folder);
    brought(kit, kit_path(kit, "%s|--type|idea|--space|product-ideas|--rejects|%s", file, rejects),
            1);
    struct str left = shared_piped(kit->arena, "cat '%s'", str_of(rejects)); /* RULE 3 */
    assert_true(str_is(left, "id,title,description,cached_votes_up,weight = kg,Row,Why\r\n"
                             "35575,Sin texto,,2,2,2,Text is missing.\r\n"));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM ideas"), ideas + 1);
    assert_int_equal(sql_int(kit, "SELECT SUM(opening_votes) FROM ideas"), 15);
    as(kit, rooms.ana);
    assert_has(get(kit, "/search?q=camion"), "Parada del");
    as(kit, kit_person(kit, "olga", ROLE_OWNER));
    assert_json_int(get_json(kit, "/ideas/imports/2"), "data.created", 1); /* RULE 1: it is shown */

    assert_true(str_has(undone(kit, "2", 0), S("1 deleted again")));
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'idea'"
                                  " AND deleted_at IS NULL"),
                     ideas);
    assert_true(str_has(undone(kit, "2", 1), S("nothing to take back")));
    assert_true(str_has(undone(kit, "99", 1), S("no such import")));
    r = brought(kit, kit_path(kit, "%s|--type|ideas|--space|Product ideas|--lenient|--json", file),
                0);
    assert_true(str_has(r, S("\"state\":\"done\"")) && str_has(r, S("\"created\":2")));
}

static void what_is_said_of_the_plan_is_heeded(void **state) /* choose RULES 1 and 2, RULE 1 */
{
    struct kit *kit = *state;
    struct rooms rooms = rooms_make(kit);
    kit_person(kit, "olga", ROLE_OWNER);
    const char *file = table(kit, "proposals.csv", S(PROPOSALS));
    static const struct {
        const char *more, *why;
        int code;
    } wrong[] = {
        {"--type|nothing", "no type of records called nothing", 1},
        {"--type|ideas", "Choose a space that you may write in.", 1},
        {"--type|ideas|--space|Attic", "no space called Attic", 1},
        {"--type|ideas|--space|Product ideas|--map|titel=title", "no such column", 1},
        {"--type|ideas|--space|Product ideas|--map|title=titel", "no such field", 1},
        {"--type|ideas|--space|Product ideas|--map|title=|--map|description="
         "|--map|cached_votes_up=",
         "No column goes anywhere", 1},
        {"--type|ideas|--space|Product ideas|--owner|nobody", "no one person of that name", 1},
        {"--type|deals|--country|XX|--map|title=title", "two letters", 1},
        {"--type|ideas|--email|nobody@example.org", "nobody has an account", 1},
        {"--type|ideas|--email|ana@example.org", "may not make records of this type", 1},
        {"--space|Product ideas", "usage", 2},
        {"--type|ideas|--colour|red", "usage", 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct str r = brought(kit, kit_path(kit, "%s|%s", file, wrong[i].more), wrong[i].code);
        if (!str_has(r, str_of(wrong[i].why)))
            fail_msg("%s:\n" STR_FMT, wrong[i].more, STR_ARG(r));
    }
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM exchanges"), 0);
    brought(kit, kit_path(kit, "%s/none.csv|--type|ideas", kit->folder), 1);

    struct str r = brought(kit,
                           kit_path(kit,
                                    "%s|--type|ideas|--space|Product ideas|--lenient|--tags|tram"
                                    "|--email|%s|--map|WEIGHT = kg=opening_votes"
                                    "|--map|cached_votes_up=",
                                    file, rooms.staff->email.p),
                           0);
    assert_true(str_has(r, S("2 created")));
    assert_int_equal(sql_int(kit, "SELECT SUM(opening_votes) FROM ideas"), 3);
    assert_int_equal(sql_int(kit, kit_path(kit,
                                           "SELECT COUNT(*) FROM records WHERE type = 'idea' AND"
                                           " tags = 'tram' AND author_id = %lld",
                                           (long long)rooms.staff->id)),
                     2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_table_is_tried_brought_in_and_taken_back),
        kit_test(what_is_said_of_the_plan_is_heeded),
    };
    return kit_run(tests);
}
