/* settings.c: what holds for the whole hub: its name, and what stands in where people name no
 * country of a phone number and no currency of an amount.
 *
 * RULES
 *   1. A field that names a currency or a country of its own keeps to that.
 *   2. What is there stays as it was written: a setting is for what comes.
 */
#include "db/setting.h"
#include "http/feature.h"
#include "record/form.h"
#include "record/types.h"
#include "text/money.h"
#include "text/phone.h"
#include "view/answer.h"

#include "features/settings/settings.h"
#include "views/settings/show.h"

static int settings_show(struct req *rq);
static int settings_update(struct req *rq);

static const struct form_rule rules[] = {
    {"name", .label = "Name", .max = HUB_NAME_CHARS},
    {"country", .label = "Country", .max = 2},
    {"currency", .label = "Currency", .max = 3},
    {0},
};

static const struct part parts[] = {
    PART_TITLE("Settings"),
    PART(TEXT, "name", struct settings, name),
    PART(TEXT, "country", struct settings, usual.country),
    PART(TEXT, "currency", struct settings, usual.currency),
    {0},
};
static const struct part settings_answer[] = {PART_OBJECT("data", parts), {0}};

static const struct route routes[] = {
    {GET, "/settings", settings_show, ADMINISTRATOR, .flags = ROUTE_UNFED,
     .answers = settings_answer, .help = "what holds for the whole hub"},
    {PATCH, "/settings", settings_update, ADMINISTRATOR, .scope = SCOPE_ADMIN, .form = rules,
     .answers = settings_answer,
     .help = "change what holds for the whole hub: its name, the usual country and currency"},
    {0},
};

static const struct menu_entry menu[] = {
    {"Settings", "/settings", "#i-settings", 54, ADMINISTRATOR, MENU_USER}, {0}};

const struct feature settings_feature = {.name = "settings", .routes = routes, .menu = menu};

static struct settings *settings_read(struct req *rq)
{
    struct settings *v = arena_make(rq->arena, struct settings);
    v->name = db_get_str(rq->db, rq->arena, "SELECT value FROM settings WHERE name = 'hub_name'");
    v->usual = hub_usual(rq->db, rq->arena);
    form_init(rules, &v->form);
    form_set(&v->form, "name", v->name);
    form_set(&v->form, "country", v->usual.country);
    form_set(&v->form, "currency", v->usual.currency);
    return v;
}

static struct answer page_of(const struct settings *v)
{
    return (struct answer){.title = S("Settings"),
                           .page = settings_show_view,
                           .width = PAGE_NARROW,
                           .section = "/settings",
                           .data = v};
}

static int settings_show(struct req *rq)
{
    struct answer page = page_of(settings_read(rq));
    return answer(rq, &page);
}

static struct str upper(struct arena *a, struct str text)
{
    struct str copy = str_dup(a, text);
    for (size_t i = 0; i < copy.n; i++)
        if (copy.p[i] >= 'a' && copy.p[i] <= 'z')
            ((char *)copy.p)[i] -= 'a' - 'A';
    return copy;
}

static int settings_update(struct req *rq)
{
    struct settings *v = settings_read(rq);
    struct form form;
    form_read(rq, rules, &form);
    form_keep(&form, "name", v->name);
    form_keep(&form, "country", v->usual.country);
    form_keep(&form, "currency", v->usual.currency);
    struct hub_usual usual = {.currency = upper(rq->arena, form_get(&form, "currency")),
                              .country = upper(rq->arena, form_get(&form, "country"))};
    if (usual.country.n && !phone_country_code(str_cstr(rq->arena, usual.country)))
        form_fail(&form, "country", "There is no such country. It has two letters, such as DE.");
    if (usual.currency.n && !currency_find(usual.currency))
        form_fail(&form, "currency", "There is no such currency. It has three letters, as EUR.");
    v->form = form;
    struct answer page = page_of(v);
    if (!form.ok)
        return form_answer(rq, &form, &page);
    setting_put(rq->db, "hub_name", form_get(&form, "name"));
    hub_usual_set(rq->db, &usual);
    flash(rq, "The settings hold from now on.");
    v = settings_read(rq);
    page.data = v;
    return answer_updated(rq, S("/settings"), &page);
}
