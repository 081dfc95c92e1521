/* events_test.c: proves the RULES of events.h. */
#include "test/kit.h"

#include "record/act.h"
#include "record/events.h"

static void every_verb_has_a_word(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    static const char *const verbs[][2] = {
        {VERB_CREATE, "create"}, {VERB_UPDATE, "update"}, {VERB_DELETE, "delete"},
        {VERB_UNDO, "restore"},  {VERB_LIKE, "vote"},     {VERB_FOLLOW, "follow"},
        {VERB_JOIN, "join"},     {VERB_LEAVE, "leave"},   {VERB_INVITE, "invite"},
        {VERB_ACCEPT, "accept"}, {VERB_STATUS, "status"}, {VERB_MERGE, "merge"},
        {"Dance", "dance"}, /* also one that is not known here */
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        struct str name = event_name(kit->arena, S("idea"), str_of(verbs[i][0]));
        assert_true(str_eq(name, str_fmt(kit->arena, "idea.%s", verbs[i][1])));
        assert_true(events_match(name, S("idea"), str_of(verbs[i][0])));
    }
}

static void lists_match(void **state) /* RULE 2 */
{
    static const struct {
        const char *list, *type, *verb;
        bool match;
    } cases[] = {
        {"", "idea", VERB_CREATE, true},
        {" , ", "idea", VERB_CREATE, true},
        {"*", "idea", VERB_CREATE, true},
        {"idea", "idea", VERB_LIKE, true},
        {"idea.*", "idea", VERB_LIKE, true},
        {"idea.vote", "idea", VERB_LIKE, true},
        {"idea.like", "idea", VERB_LIKE, false},
        {"idea.create", "idea", VERB_UPDATE, false},
        {"idea.create", "ideas", VERB_CREATE, false},
        {"topic,idea.update", "idea", VERB_UPDATE, true},
        {"topic idea.update", "idea", VERB_UPDATE, true},
        {"*.delete", "comment", VERB_DELETE, true},
        {"*.delete", "comment", VERB_UNDO, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (events_match(str_of(cases[i].list), str_of(cases[i].type), str_of(cases[i].verb)) !=
            cases[i].match)
            fail_msg("\"%s\" and %s of %s", cases[i].list, cases[i].verb, cases[i].type);
}

static bool wrong_lists(struct db *db, void *ctx)
{
    struct kit *kit = ctx;
    static const char *const good[] = {"", "*", "idea", "idea.create, *.delete topic.*"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(events_wrong(db, kit->arena, str_of(good[i])));
    assert_string_equal(events_wrong(db, kit->arena, S("idea, moon.create")),
                        "There is no type \"moon\".");
    assert_string_equal(events_wrong(db, kit->arena, S("idea.eat")),
                        "Nothing that happens is called \"eat\".");
    assert_non_null(events_wrong(db, kit->arena, S(".create")));
    return true;
}

static void what_is_not_there_is_refused(void **state) /* RULE 3 */
{
    struct kit *kit = *state;
    assert_true(store_run(kit->app->store, STORE_READ, wrong_lists, kit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(every_verb_has_a_word),
        kit_test(lists_match),
        kit_test(what_is_not_there_is_refused),
    };
    return kit_run(tests);
}
