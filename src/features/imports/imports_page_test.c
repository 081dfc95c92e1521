/* imports_page_test.c: proves the RULES of imports_page.c; bin/test runs it on both databases. */
#include "test/rooms.h"

#include <stdlib.h>

#define TEA "folder=tea&space=Tea+room&site=tea.example"

static void fixtures(struct kit *kit)
{
    const char *root = getenv("SKEP_SRC");
    kit->app->options.import_dir =
        kit_path(kit, "%s/src/features/imports/fixtures", root ? root : ".");
    as(kit, kit_person(kit, "root", ROLE_ADMINISTRATOR));
}

static void nothing_else_is_read(void **state) /* RULE 1 */
{
    static const char *const others[] = {
        "..",     ".",       "tea/..",      "tea%2F..%2Ftea", "%2Fetc", "nothing",
        "tea%00", ".hidden", "../fixtures", "tea/Posts.xml",  ""};
    struct kit *kit = *state;
    fixtures(kit);
    assert_has(get(kit, "/imports"), "<option value=\"tea\"");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct res r = post(kit, "/imports", kit_path(kit, "folder=%s&space=X", others[i]));
        if (r.status != 422 && r.status != 400)
            kit_wrong(r, __FILE__, __LINE__, "taken: %s", others[i]);
    }
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE kind LIKE 'import%'"), 0);
    as(kit, kit_person(kit, "stan", ROLE_STAFF));
    assert_status(get(kit, "/imports"), 403);
    assert_status(post(kit, "/imports", TEA), 403);
    kit->app->options.import_dir = "/nowhere/at/all";
    as(kit, kit_person(kit, "root", ROLE_ADMINISTRATOR));
    assert_has(get(kit, "/imports"), "--import-dir");
    assert_status(post(kit, "/imports", TEA), 422);
}

static void an_import_is_brought_in_and_taken_back(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    fixtures(kit);
    uint64_t before = (uint64_t)sql_int(kit, "SELECT COUNT(*) FROM records");
    assert_status(post(kit, "/imports", TEA), 303);
    struct res page = get(kit, "/imports");
    assert_has(page, "tea.example");
    assert_has(page, "All counts of the source");
    assert_json_str(get_json(kit, "/imports"), "data.0.state", "done");
    assert_json_count(get_json(kit, "/imports"), "jobs", 0);
    assert_int_not_equal(sql_int(kit, "SELECT COUNT(*) FROM records WHERE type = 'topic'"), 0);
    int64_t id = sql_int(kit, "SELECT id FROM imports");
    int64_t records = sql_int(kit, "SELECT COUNT(*) FROM records");
    assert_status(post(kit, "/imports", TEA), 303); /* changes nothing */
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records"), records);
    assert_status(del(kit, kit_path(kit, "/imports/%ld", (long)id)), 303);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM imports"), 0);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM records"), before);
    assert_status(del(kit, kit_path(kit, "/imports/%ld", (long)id)), 404);
    assert_int_equal(sql_int(kit, "SELECT COUNT(*) FROM jobs WHERE state = 'done'"
                                  " AND kind LIKE 'import%'"),
                     3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(nothing_else_is_read),
        kit_test(an_import_is_brought_in_and_taken_back),
    };
    return kit_run(tests);
}
