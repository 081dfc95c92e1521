/* search.h: what the view of the search shows. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "record/search.h"
#include "view/components.h"

struct search_page {
    struct arena *arena;
    struct str text, type; /* as asked */
    struct search_result result;
    const struct record_row *rows;
    struct link_bar tabs;
    struct filters filters; /* its chips only */
    struct str more;        /* the next page; empty: none */
};

#endif
