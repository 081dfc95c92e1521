/* themes_test.c: proves the RULES of themes.c. */
#include "test/kit.h"

static void a_choice_comes_with_the_next_page(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    assert_has_not(get(kit, "/theme"), "data-theme");
    struct res r = post(kit, "/theme", "theme=dark&back=%2Ftheme");
    assert_status(r, 303);
    assert_header(r, "Location", "/theme");
    assert_has(get(kit, "/theme"), "data-theme=\"dark\"");
    post(kit, "/theme", "theme=auto");
    assert_has_not(get(kit, "/theme"), "data-theme");
}

static void other_words_are_refused(void **state)
{
    struct kit *kit = *state;
    assert_status(post(kit, "/theme", "theme=pink%3B+Path%3D%2Fx"), 422);
    assert_has_not(get(kit, "/theme"), "data-theme");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_choice_comes_with_the_next_page),
        kit_test(other_words_are_refused),
    };
    return kit_run(tests);
}
