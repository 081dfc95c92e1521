/* details.h: what the partials of one record's page are called with: its head, its sections of
 * fields, its timeline, what stands beside them, the page that merges two, and its ID card.
 *
 *     % shared_detail_head(o, &(struct detail_head){.title = v->title, ...});
 *
 * One struct for each partial of src/view/shared/, as in components.h; plain data, no types.
 *
 * A link with data-card="/cards/12" shows what that address answers (shared_id_card, without a page
 * around it) when it is hovered, focused, or pressed long; without a script it is a plain link.
 *
 * RULES
 *   1. A section's fields are cells (tables.h RULE 1), each with its name; what is empty and may
 *      not be edited is left out.
 *   2. Each entry of a timeline says its kind by an icon and a word, who it was, and when.
 *   3. Merging shows both values of each field, one of them chosen; where both are the same there
 *      is nothing to choose.
 *   4. A step says whether it was taken, is the one at hand, or is still to come, by more than its
 *      colour.
 */
#ifndef VIEW_DETAILS_H
#define VIEW_DETAILS_H

#include "view/tables.h"

struct page_act { /* a link, or with method a button that posts */
    const char *label, *icon;
    struct str path;
    const char *method;       /* "POST", "PATCH", "DELETE"; NULL: a link */
    const char *name, *value; /* one field that it sends; NULL: none */
    const char *question;     /* asked before; NULL: not */
    const char *classes;      /* NULL: "btn btn--s" */
};

/* ---- the page ---- */

struct detail_head {
    const struct link_item *crumbs;
    size_t crumbs_n;
    struct avatar avatar; /* no name: none */
    struct str picture;   /* instead of its letters */
    struct str kind;      /* "Deal" */
    struct str title;
    const struct cell *name; /* instead of title: can be edited in place */
    const struct tone_chip *chips;
    size_t chips_n;
    const struct page_act *acts; /* beside the title */
    size_t acts_n;
    const struct page_act *more; /* in the menu behind them */
    size_t more_n;
};

struct detail_field {
    struct str label;
    struct cell cell;
    bool wide; /* a text: takes the whole line */
};

struct detail_section {
    const char *id;
    struct str title; /* empty: no heading */
    const struct detail_field *fields;
    size_t n;
    bool closed; /* only its title shows until it is opened */
    bool narrow; /* stands in a side column */
};

struct side_item {
    struct str text, path, card;
    struct avatar avatar; /* no name: none */
    const char *icon;     /* NULL: none */
    struct str hint;      /* "Decision maker" */
    struct tone_chip chip;
    struct str remove; /* a DELETE goes there; empty: it stays */
};

struct side_list {
    const char *id;
    struct str title;
    const struct side_item *items;
    size_t n;
    int64_t total;     /* 0: as many as shown */
    struct str more;   /* to all of them; empty: all are here */
    struct str add;    /* to a form; empty: none */
    const char *empty; /* said instead; NULL: the list is left out */
};

/* ---- timeline ---- */

enum entry_kind {
    ENTRY_ACTIVITY,
    ENTRY_NOTE,
    ENTRY_MAIL,
    ENTRY_CALL,
    ENTRY_FILE,
    ENTRY_TASK,
    ENTRY_CHANGE,
};

struct entry_change {
    struct str label;
    struct cell before, after;
};

struct timeline_entry {
    int64_t id;
    enum entry_kind kind;
    int64_t actor_id, at;
    struct str actor_name, actor_card; /* address of the ID card; empty: none */
    const char *verb;                  /* "wrote to"; NULL: the kind's own */
    struct str title, path;            /* what it was about */
    struct str hint;                   /* "12 minutes", "48 kB" */
    struct html html;                  /* the body */
    struct str text;                   /* or its beginning */
    const struct entry_change *changes;
    size_t changes_n;
    bool done;                   /* of a task */
    struct str undo;             /* a POST there takes the change back; empty: it cannot be */
    const struct page_act *acts; /* under it */
    size_t acts_n;
};

struct timeline_list {
    const char *id, *label;
    struct link_bar tabs;
    /* Stands between the tabs and the list: shared_composer_view with its struct; NULL: nothing. */
    void (*composer)(struct out *o, const void *data);
    const void *composer_data;
    const struct timeline_entry *list;
    size_t n;
    struct str older;  /* address of what came before; empty: this is all */
    const char *frame; /* the turbo-frame that it stands in; NULL: none */
    const char *empty;
};

/* ---- how far it has come ---- */

struct track_step {
    struct str label;
    const char *value;
    enum tone tone; /* of an end that was reached */
    bool now, past, ends, lost;
};

struct track { /* the choices of one field, in their order; each a button if it may be changed */
    const char *label, *field;
    struct str path, back; /* a PATCH goes there; empty: none */
    const struct track_step *list;
    size_t n;
};

/* ---- ID card ---- */

struct id_fact {
    struct str label, text;
    enum tone tone;
};

struct id_card {
    struct str title, path, kind;
    struct avatar avatar;
    struct str picture;
    const struct tone_chip *chips;
    size_t chips_n;
    const struct id_fact *facts; /* four read well */
    size_t facts_n;
    const struct page_act *acts; /* two fit */
    size_t acts_n;
};

/* ---- what may be here already ---- */

struct near_item {
    struct str title, path, card, hint; /* hint: "same e-mail" */
};

struct near_list { /* a fragment: below the fields of a form for a new record */
    const struct near_item *list;
    size_t n;
    bool asks; /* shown when it was sent: with a button that makes it anyway */
};

/* ---- merging ---- */

struct merge_field {
    const char *name; /* of its radio buttons, whose values are "left" and "right" */
    struct str label;
    struct cell left, right;
    bool right_wins; /* as it is proposed */
    bool same;
    bool both; /* may also keep both: value "both" */
    bool both_wins;
};

struct merge_side {
    struct str title, path, hint; /* "since 2021, 14 entries" */
    struct avatar avatar;
};

struct merge_page {
    struct str path, back; /* posts to it; leads back */
    struct merge_side left, right;
    const struct merge_field *fields;
    size_t n;
    const struct fact *follows; /* what will follow: "3 deals", "12 mails" */
    size_t follows_n;
    const struct option *kept; /* both ids and revisions */
    size_t kept_n;
    struct str kept_title; /* the one that stays */
};

#endif
