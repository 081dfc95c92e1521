/* styleguide_test.c: proves the RULES of styleguide.c. */
#include <dirent.h>
#include <stdlib.h>

#include "core/cases.h"
#include "test/kit.h"

static struct str folder_text(struct arena *a, const char *folder, const char *ending)
{
    const char *root = getenv("SKEP_SRC");
    DIR *dir = opendir(str_fmt(a, "%s/%s", root ? root : ".", folder).p);
    assert_non_null(dir);
    struct str all = S("");
    for (struct dirent *e; (e = readdir(dir));)
        if (str_ends(str_of(e->d_name), str_of(ending)))
            all = str_join(
                a, (struct str[]){all, cases_read(a, str_fmt(a, "%s/%s", folder, e->d_name).p)}, 2,
                S("\n"));
    closedir(dir);
    return all;
}

static void every_partial_is_shown(void **state) /* RULE 1 */
{
    struct kit *kit = *state;
    struct arena *a = kit->arena;
    struct str shown = folder_text(a, "src/features/styleguide/views", ".html");
    struct str inner = folder_text(a, "src/view/shared", ".html");
    struct str layer = folder_text(a, "src/view", ".c");
    const char *root = getenv("SKEP_SRC");
    DIR *dir = opendir(str_fmt(a, "%s/src/view/shared", root ? root : ".").p);
    for (struct dirent *e; (e = readdir(dir));) {
        struct str name = str_of(e->d_name);
        if (!str_ends(name, S(".html")))
            continue;
        name = str_first(name, name.n - 5);
        struct str call = str_fmt(a, "shared_" STR_FMT "(", STR_ARG(name));
        struct str view = str_fmt(a, "shared_" STR_FMT "_view", STR_ARG(name));
        if (!str_has(shown, call) && !str_has(inner, call) && !str_has(layer, view))
            fail_msg(STR_FMT " is not in the styleguide", STR_ARG(name));
    }
    closedir(dir);
}

static void it_is_for_everybody(void **state)
{
    struct kit *kit = *state;
    assert_status(get(kit, "/styleguide"), 200);
    as(kit, kit_person(kit, "sam", ROLE_STAFF));
    assert_has(get(kit, "/styleguide"), "href=\"/styleguide\"");
}

static void what_its_pages_ask_for_is_answered(void **state) /* RULE 2 */
{
    struct kit *kit = *state;
    assert_has(get(kit, "/styleguide/records"), "data-cell=\"cell-2-next\"");
    assert_has(get(kit, "/styleguide/records?edit=cell-2-next"), "<turbo-frame id=\"cell-2-next\"");
    struct res found = get(kit, "/styleguide/options?q=odi");
    assert_status(found, 200);
    assert_has(found, "Odile Marchetti");
    assert_has_not(found, "Tendai");
    assert_has_not(found, "<html");
    assert_has(get(kit, "/styleguide/card"), "Café Oerwoud Group");
    assert_has_not(get(kit, "/styleguide/card"), "<html");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(every_partial_is_shown),
        kit_test(it_is_for_everybody),
        kit_test(what_its_pages_ask_for_is_answered),
    };
    return kit_run(tests);
}
