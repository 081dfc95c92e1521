/* styleguide.c: /styleguide shows every shared partial in every state, as pages use it.
 *
 * RULES
 *   1. Every partial of src/view/shared/ that a feature may call stands on the page.
 *
 * WHY it is served and not a file: it is made of the real partials, stylesheets and scripts, so
 * that it cannot show what the pages do not have, and the browser tests look at it first.
 */
#include "http/feature.h"
#include "view/answer.h"
#include "views/styleguide/show.h"

static int styleguide_show(struct req *rq);

static const struct route routes[] = {
    {GET, "/styleguide", styleguide_show, ANYONE, .help = "every component in every state"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Styleguide", "/styleguide", "#i-palette", 90, STAFF, MENU_FOOT},
    {0},
};

const struct feature styleguide_feature = {.name = "styleguide", .routes = routes, .menu = menu};

static int styleguide_show(struct req *rq)
{
    return answer(rq, &(struct answer){
                          .title = S("Styleguide"),
                          .description = S("Every component of this place in every state."),
                          .page = styleguide_show_view,
                      });
}
