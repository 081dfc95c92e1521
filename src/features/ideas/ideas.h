/* ideas.h: what the parts of the idea board share. */
#ifndef IDEAS_IDEAS_H
#define IDEAS_IDEAS_H

#include "features/entries/entries.h"
#include "features/records/records.h"
#include "record/origins.h"

extern const struct field_choice idea_states[]; /* ends with name NULL */
const char *idea_state_label(struct str state);

struct idea_page {
    struct record *r;
    struct str path;
    bool voted;
    int64_t level; /* enum level: what the viewer has chosen for it */
    struct discussion discussion;
    /* the official answer that stands; answer_id 0: none */
    int64_t answer_id, answer_at, answer_author_id;
    struct str answer_state, answer_author, answer_handle;
    struct html answer_html;
    int64_t merged_id;
    struct str merged_title;
    const struct origin *origin; /* NULL: written here */
    struct form answer_form;     /* empty */
    int64_t opening_votes;        /* counted elsewhere before it came here; not among its votes */
    const struct entry_page *own; /* what the hub's own fields say; NULL: there are none */
};

struct answer_form {
    const struct record *r;
    struct form form;
    struct str path;
    bool merge; /* or an answer */
};

extern const struct form_rule idea_answer_rules[], idea_merge_rules[];

int answers_create(struct req *rq);
int merges_create(struct req *rq);

#endif
