/* bulk.h: many rows of a list changed at once; see bulk.c. */
#ifndef ENTRIES_BULK_H
#define ENTRIES_BULK_H

#include "features/entries/entries.h"
#include "record/bulk.h"

struct bulk_page { /* one act */
    const struct record_type *type;
    struct bulk_deed act;
    struct str words; /* "changed: Stage is Won" */
    int64_t left;     /* that could not be changed */
    int64_t kept;     /* changed by others before it was undone */
    bool running, undone;
    struct str path;
};

struct bulk_form {
    const struct record_type *type;
    struct str ids, query;
    bool all;
    int64_t n; /* of ids */
    const struct option *fields;
    size_t fields_n;
    const struct record_field *field; /* chosen; NULL: none yet */
    struct control control;
};

extern const struct form_rule bulk_rules[];
extern const struct part bulk_answer[];

/* The bar below the table, for staff. */
void bulk_make(struct req *rq, struct entry_list *v);

int bulk_prepare(struct req *rq);
int bulk_create(struct req *rq);
int bulk_edit(struct req *rq);
int bulk_show(struct req *rq);
int bulk_undos_create(struct req *rq);
enum job_result bulk_run(struct job *job);

#endif
