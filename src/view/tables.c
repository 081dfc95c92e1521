/* tables.c: what the partials of tables compute: the classes of a tone, what is empty. */
#include "view/tables.h"

#define EACH_(prefix)                                                                              \
    {                                                                                              \
        [TONE_GREY] = prefix " " prefix "--grey", [TONE_HONEY] = prefix " " prefix "--honey",      \
        [TONE_GREEN] = prefix " " prefix "--green", [TONE_RED] = prefix " " prefix "--red",        \
        [TONE_BLUE] = prefix " " prefix "--blue", [TONE_VIOLET] = prefix " " prefix "--violet",    \
        [TONE_TEAL] = prefix " " prefix "--teal", [TONE_ROSE] = prefix " " prefix "--rose",        \
    }

enum tone tone_of(const char *name)
{
    static const char *const names[] = {
        [TONE_GREY] = "grey", [TONE_HONEY] = "honey", [TONE_GREEN] = "green",
        [TONE_RED] = "red",   [TONE_BLUE] = "blue",   [TONE_VIOLET] = "violet",
        [TONE_TEAL] = "teal", [TONE_ROSE] = "rose",
    };
    for (size_t i = 1; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return (enum tone)i;
    return TONE_NONE;
}

const char *tone_class(enum tone tone)
{
    static const char *const classes[] = EACH_("tone");
    return classes[tone ? tone : TONE_GREY];
}

const char *tone_text(enum tone tone)
{
    static const char *const classes[] = EACH_("ink");
    return tone ? classes[tone] : "";
}

bool cell_filled(const struct cell *v)
{
    return v->text.n || v->html.s.n || v->chips_n || v->links_n || v->at || v->avatar.name.n;
}
