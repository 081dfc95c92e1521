/* page.h: what the layout shows around a page's main part: the src/view folder's own. */
#ifndef VIEW_PAGE_H
#define VIEW_PAGE_H

#include "http/feature.h"
#include "view/answer.h"

struct page_link {
    const struct menu_entry *entry;
    struct str path; /* with the viewer in it */
    int64_t count;
    bool current;
    char key[4];     /* "g i": the keys that lead there; empty: none */
};

struct page_links {
    struct page_link *links;
    size_t n;
};

struct page {
    const struct answer *a;
    struct str title, hub, flash, undo; /* undo: what takes back what the flash tells */
    const char *theme;      /* "light", "dark", or NULL: as the system */
    const char *role;       /* of the viewer, in words */
    struct str csrf;        /* empty: a guest */
    struct str back;        /* where signing in leads back to; empty: home */
    struct str topics;      /* "1,2"; empty: no live stream */
    struct str bell;        /* the number that it shows; empty: it has no bell that rings */
    int64_t live_last;      /* the last activity that the page shows */
    struct page_links menu[MENU_PLACES];
};

/* Reads what the layout needs; all of it is in the request's arena. */
struct page *page_make(struct req *rq, const struct answer *a);

/* The token as text, made once for the request. */
struct str page_csrf(struct req *rq);

#endif
