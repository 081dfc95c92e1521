/* styleguide.c: /styleguide shows every shared partial in every state, as pages use it; those of
 * records, which are as wide as a page, on /styleguide/records.
 *
 * RULES
 *   1. Every partial of src/view/shared/ that a feature may call stands on one of the pages.
 *   2. What a page of records asks for as one reads it (a form in place, a card) is answered.
 *
 * WHY it is served and not a file: it is made of the real partials, stylesheets and scripts, so
 * that it cannot show what the pages do not have, and the browser tests look at it first.
 */
#include "http/feature.h"
#include "view/answer.h"
#include "view/details.h"
#include "views/styleguide/card.h"
#include "views/styleguide/options.h"
#include "views/styleguide/records.h"
#include "views/styleguide/show.h"

static int styleguide_show(struct req *rq);
static int styleguide_records(struct req *rq);
static int styleguide_options(struct req *rq);
static int styleguide_card(struct req *rq);

static const struct route routes[] = {
    {GET, "/styleguide", styleguide_show, ANYONE, .help = "every component in every state"},
    {GET, "/styleguide/records", styleguide_records, ANYONE, .help = "the components of records"},
    {GET, "/styleguide/options", styleguide_options, ANYONE,
     .help = "what its type-ahead offers for `q`"},
    {GET, "/styleguide/card", styleguide_card, ANYONE, .help = "the ID card of its links"},
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

static int styleguide_records(struct req *rq)
{
    return answer(rq, &(struct answer){
                          .title = S("Parts of records"),
                          .description = S("What lists, boards and pages of records are made of."),
                          .page = styleguide_records_view,
                          .section = "/styleguide",
                      });
}

/* A fragment, without a page around it. */
static int fragment(struct req *rq)
{
    rq->content_type = S("text/html; charset=utf-8");
    return rq->status = 200;
}

static int styleguide_options(struct req *rq)
{
    static const struct {
        int id;
        const char *name, *hint;
    } people[] = {
        {1, "Maren Aldgate-Sørli", "Staff"}, {2, "Odile Ferrand", "Café Oerwoud Group, Ghent"},
        {3, "Tendai Whitlock", "Staff"},     {12, "Odile Marchetti", "Kaffihús Jónasar, Reykjavík"},
        {20, "Samira Al-Khatib", ""},
    };
    enum { ALL = sizeof people / sizeof *people };
    struct combo_option found[ALL];
    struct combo_options v = {.list = found};
    struct str q = req_query(rq, "q");
    for (size_t i = 0; i < ALL; i++) {
        struct str name = str_of(people[i].name);
        if (name.n < q.n || !str_eq_nocase(str_first(name, q.n), q))
            continue;
        found[v.n++] = (struct combo_option){.value = str_fmt(rq->arena, "%d", people[i].id),
                                             .label = name,
                                             .hint = str_of(people[i].hint),
                                             .avatar = {.id = people[i].id, .name = name}};
    }
    if (q.n)
        v.create = str_fmt(rq->arena, "Add “" STR_FMT "”", STR_ARG(q));
    styleguide_options_html(&rq->out, &v);
    return fragment(rq);
}

static int styleguide_card(struct req *rq)
{
    const struct tone_chip chips[] = {{.text = S("Customer"), .tone = TONE_GREEN},
                                      {.text = S("Wholesale"), .tone = TONE_TEAL}};
    const struct id_fact facts[] = {{S("Open deals"), S("€ 17,360"), TONE_NONE},
                                    {S("Owner"), S("Tendai Whitlock"), TONE_NONE},
                                    {S("Last contact"), S("3 days ago"), TONE_NONE},
                                    {S("Next step"), S("Call, 2 days late"), TONE_RED}};
    const struct page_act acts[] = {
        {.label = "Write", .icon = "#i-mail", .path = S("/styleguide/records#details")},
        {.label = "Follow",
         .icon = "#i-bell-plus",
         .path = S("/styleguide/records"),
         .method = "POST"}};
    bool person = str_is(req_query(rq, "of"), "person");
    struct str name = person ? S("Odile Ferrand") : S("Café Oerwoud Group");
    const struct id_card v = {.title = name,
                              .path = S("/styleguide/records#details"),
                              .kind = person ? S("Person") : S("Organisation"),
                              .avatar = {.id = person ? 2 : 7, .name = name, .square = !person},
                              .chips = chips,
                              .chips_n = 2,
                              .facts = facts,
                              .facts_n = 4,
                              .acts = acts,
                              .acts_n = 2};
    styleguide_card_html(&rq->out, &v);
    return fragment(rq);
}
