/* search.h: what the view of the search shows. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "record/search.h"
#include "view/components.h"

struct hit_shown { /* as JSON has it */
    struct search_hit hit;
    struct str path;
};

struct search_page {
    struct str text, type; /* as asked */
    struct search_result result;
    const struct record_row *rows;
    const struct hit_shown *shown;
    struct link_bar tabs;
    struct filters filters; /* its chips only */
    struct str more;        /* the next page; empty: none */
};

#endif
