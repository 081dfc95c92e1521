/* views.h: saved views of lists; see views.c. */
#ifndef ENTRIES_VIEWS_H
#define ENTRIES_VIEWS_H

#include "features/entries/entries.h"

enum { SHARED_NOBODY, SHARED_STAFF, SHARED_EVERYONE, SHARES };
enum { VIEWS_SHOWN = 30 };

struct view {
    int64_t id, owner_id;
    int64_t shared; /* SHARED_STAFF, ... */
    struct str name, query, path;
};

struct view_list {
    const struct record_type *type;
    const struct view *rows;
    size_t n;
};

struct view_page {
    const struct record_type *type;
    struct view view;
    struct form form;
    bool own, first; /* first: what the viewer sees first of the type */
};

extern const struct form_rule view_rules[], view_edit_rules[], view_default_rules[];
extern const struct part view_answer[], views_answer[];

/* Puts the parameters of the view that the address names into v->params. False: there is none. */
bool view_apply(struct req *rq, struct entry_list *v, const char *const *others);
/* Whoever opens the bare list is led to the view that they have chosen. 0: there is none. */
int view_lead(struct req *rq, const struct entry_list *v);
/* Tabs above the list. */
void views_make(struct req *rq, struct entry_list *v);

int views_index(struct req *rq);
int views_show(struct req *rq);
int views_create(struct req *rq);
int views_update(struct req *rq);
int views_destroy(struct req *rq);
int view_defaults_update(struct req *rq);

#endif
