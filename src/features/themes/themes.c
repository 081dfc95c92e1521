/* themes.c: light, dark or as the system: a cookie, and a page to choose without a script.
 *
 * RULES
 *   1. What is chosen holds for a year and comes with the next page; "auto" forgets it.
 *
 * WHY the cookie is not HttpOnly: with a script the choice is made on the page, without asking us,
 * and a script cannot replace a cookie that it may not see. It holds no secret.
 */
#include "http/feature.h"
#include "record/form.h"
#include "view/answer.h"
#include "views/themes/show.h"

static int themes_show(struct req *rq);
static int themes_create(struct req *rq);

static const char *const themes[] = {"auto", "light", "dark", NULL};

static const struct form_rule theme_rules[] = {
    {"theme", .label = "Theme", .required = true, .choices = themes},
    {0},
};

static const struct route routes[] = {
    {GET, "/theme", themes_show, ANYONE, .help = "light, dark or as the system"},
    {POST, "/theme", themes_create, ANYONE, .form = theme_rules,
     .help = "choose: `theme` is auto, light or dark"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Theme", "/theme", "#i-moon", 80, ANYONE, MENU_FOOT},
    {0},
};

const struct feature themes_feature = {.name = "themes", .routes = routes, .menu = menu};

static int themes_show(struct req *rq)
{
    return answer(
        rq, &(struct answer){.title = S("Theme"), .page = themes_show_view, .width = PAGE_TINY});
}

static int themes_create(struct req *rq)
{
    struct form form;
    if (!form_read(rq, theme_rules, &form))
        return form_refuse(rq, &form);
    struct str theme = form_get(&form, "theme");
    bool known = !str_eq(theme, S("auto"));
    res_header(rq, "Set-Cookie",
               str_fmt(rq->arena, "theme=" STR_FMT "; Path=/; SameSite=Lax; Max-Age=%d%s",
                       STR_ARG(known ? theme : S("")), known ? 365 * 86400 : 0,
                       rq->secure ? "; Secure" : ""));
    return answer_updated(rq, S("/"), NULL);
}
