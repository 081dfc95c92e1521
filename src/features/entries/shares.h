/* shares.h: the part of entries that is about whom a record is shared with. */
#ifndef ENTRIES_SHARES_H
#define ENTRIES_SHARES_H

#include "features/entries/entries.h"
#include "record/form.h"
#include "record/shares.h"

struct shares_panel {
    const struct record_type *type;
    const struct record *r;
    struct str path; /* "/deals/12" */
    struct str audience;
    const struct share *people;
    size_t n;
    struct form form;
    const char *error;
    struct str typed;
};

extern const struct form_rule share_rules[], share_audience_rules[];
extern const struct part shares_answer[];

/* NULL: the viewer may not share it. */
struct shares_panel *shares_panel(struct req *rq, const struct record_type *t,
                                  const struct record *r);

int shares_index(struct req *rq);
int shares_create(struct req *rq);
int shares_destroy(struct req *rq);
int share_audiences_update(struct req *rq);

#endif
