/* watches.h: what the views of watch levels show. */
#ifndef WATCHES_WATCHES_H
#define WATCHES_WATCHES_H

#include "features/records/records.h"

struct watched {
    struct watch watch;
    struct str title, path, type; /* type: "idea", "space", ..., "tag" */
    const char *icon, *noun;      /* "Space" */
    int64_t level;
    int64_t at; /* when it was chosen */
};

struct watches_page {
    const struct watched *list;
    size_t n;
    struct str level; /* that it is narrowed to; empty: all */
    struct str next;
};

#endif
