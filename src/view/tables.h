/* tables.h: what the partials of tables are called with: a value, its form in place, the table, the
 * filters above it.
 *
 *     % shared_data_table(o, &(struct data_table){.id = "deals", .label = "Deals", ...});
 *
 * One struct for each partial of src/view/shared/, as in components.h. All of it is plain data:
 * labels, addresses, texts. Which fields a record has is for the caller to know.
 *
 * RULES
 *   1. A value that may be edited in place is a link to its form: a script puts the form where the
 *      value stands, and without one it is a page. In a table the script makes these links of what
 *      the table and its columns say (`edits`, `field`); without one a row's own page is the way.
 *   2. A table's acts on many rows are one form, which every checkbox names: no form is in another.
 *   3. A column says how it is sorted, by aria-sort on its header alone.
 *   4. A filter is a link that takes it away, and a form that adds one; both are plain GETs.
 *   5. What is chosen from very much (fields to filter by, columns) may stand on a page of its own
 *      (`source`): it is fetched into its place when that is opened, and is a link until then.
 *
 * WHY a cell has no frame of its own, and in a table no link: a page of 50 rows by 8 columns would
 * carry 400 of them for the one that is opened. The script makes a <turbo-frame> named cell.id when
 * it is needed, and the page behind cell.edit has a frame of this name around its form
 * (shared_cell_form).
 */
#ifndef VIEW_TABLES_H
#define VIEW_TABLES_H

#include "view/components.h"

/* ---- values ---- */

enum tone {
    TONE_NONE,
    TONE_GREY,
    TONE_HONEY,
    TONE_GREEN,
    TONE_RED,
    TONE_BLUE,
    TONE_VIOLET,
    TONE_TEAL,
    TONE_ROSE,
};

enum tone tone_of(const char *name); /* "blue"; NULL or another word: none */
const char *tone_class(enum tone tone); /* "tone tone--blue" */
const char *tone_text(enum tone tone);  /* of plain text: "ink ink--red", or "" */

struct tone_chip { /* a choice's value: its word on its colour */
    struct str text;
    enum tone tone;
    struct str path;  /* empty: no link */
    const char *icon; /* NULL: a dot */
};

struct value_link {
    struct str text, path, card; /* card: address of its ID card; empty: none */
    struct str hint;             /* what it is for: "work" */
};

/* A value of a field, wherever it stands: in a table, a section, a card of facts. */
struct cell {
    struct str text;    /* what there is; html, chips, links and at go before it */
    struct str path;    /* the text is a link */
    struct str card;    /* with path: address of the ID card of what it leads to */
    struct str picture; /* stands before the text: address of a small one */
    struct html html;
    const struct tone_chip *chips;
    size_t chips_n;
    const struct value_link *links; /* references */
    size_t links_n;
    bool lines;           /* a line each */
    int64_t at;           /* a time */
    struct avatar avatar; /* stands before it, if it has a name */
    enum tone tone;       /* of the text: what is overdue is red */
    const char *icon;     /* before the text */
    struct str id;        /* with edit: unique in the page, "cell-12-stage" */
    struct str edit;      /* address of its form; empty: it is not edited here */
    const char *label;    /* with edit: the field's name, for those who hear the page */
};

enum control_kind {
    CONTROL_INPUT,
    CONTROL_SELECT,
    CONTROL_TEXTAREA,
    CONTROL_CHECK,
    CONTROL_COMBO,
    CONTROL_CHECKS, /* some of its options */
    CONTROL_FILE,   /* one of its options, or an upload */
};

struct control { /* a field's control by its kind */
    enum control_kind kind;
    const struct field *field; /* all but a combobox */
    const struct combobox *combo;
};

struct kept { /* hidden fields: value is the name, label the value */
    const struct option *list;
    size_t n;
};

bool cell_filled(const struct cell *v); /* whether it shows anything */

struct cell_form {         /* the frame that stands in a cell's place while it is edited */
    struct str id;         /* of the cell */
    struct str path, back; /* where it is sent (PATCH); the page that shows the cell again */
    struct str revision;   /* field `revision`: what the editor saw; empty: none */
    struct control control;
    const struct option *kept; /* other fields: value is the name, label the value */
    size_t kept_n;
};

struct cell_saved { /* the frame around a cell, as the answer to its form */
    const struct cell *cell;
};

/* ---- type-ahead ---- */

struct combobox {
    const char *name, *label; /* of the values' field; what is typed goes as name + "_text" */
    const char *hint, *error; /* NULL: none */
    const char *id;           /* NULL: "f-<name>" */
    struct str url;           /* answers ?q=… with shared_combo_options */
    const struct option *chosen;
    size_t chosen_n;
    struct str typed; /* what stands in the input: shown again after a refusal */
    bool many, required, bare;
    const char *placeholder;
    const struct option *offers; /* without a script: what the typed name may have meant */
    size_t offers_n;
};

struct combo_option {
    struct str value, label, hint; /* hint: "Nordlicht Coffee, Bergen" */
    struct avatar avatar;
};

struct combo_options { /* a fragment of HTML, without a page around it */
    const struct combo_option *list;
    size_t n;
    struct str create; /* label of the last one, which makes what was typed; empty: none */
};

/* ---- the table ---- */

enum narrow { /* what becomes of a column where the screen is narrow and a row is a card */
              NARROW_VALUE,
              NARROW_LABEL, /* its name stands before its value */
              NARROW_HIDE,
};

struct table_column {
    struct str label;
    struct str sort;    /* address of the table sorted by it; empty: it cannot be */
    const char *sorted; /* "ascending", "descending"; NULL: not by this one */
    bool end;           /* figures stand at the end */
    bool bare;          /* its name is only heard */
    enum narrow narrow;
    const char *field; /* its cells are edited in place under this name; NULL: they are not */
};

struct table_group {
    struct tone_chip head;
    int64_t n;
    const struct str *totals; /* as many as columns, the first is not shown; NULL: none */
};

struct table_row {
    int64_t id;
    struct str label;                /* what its checkbox selects; empty: its number */
    const struct cell *cells;        /* as many as columns; the first names the row */
    const struct table_group *group; /* begins with this row; NULL: goes on */
    bool fresh;                      /* since the viewer's last visit */
};

struct bulk_act {
    const char *label, *icon;     /* icon NULL: none */
    const char *name, *value;     /* of the button; NULL: none */
    struct str path;              /* other than the form's; empty: the form's */
    const struct option *options; /* a select before the button, named `field` */
    size_t options_n;
    const char *field;
    bool danger;
    const char *question; /* asked before; NULL: not */
};

struct bulk { /* posts the ids of the checked rows as `id` */
    struct str path;
    const struct bulk_act *acts;
    size_t acts_n;
    int64_t matching;          /* all that the filters let through: offered as all=1; 0: not, -1:
                                  there are more than were counted */
    const struct option *kept; /* the list's query: value is the name, label the value */
    size_t kept_n;
};

struct bulk_bar {
    const char *id; /* of the table */
    const struct bulk *bulk;
};

struct data_table {
    const char *id; /* rows are #<id>-12 */
    const char *label;
    const struct table_column *columns;
    size_t columns_n;
    const struct table_row *rows;
    size_t rows_n;
    const struct str *totals;  /* of all that match; NULL: none */
    const struct bulk *bulk;   /* NULL: no checkboxes */
    const struct empty *empty; /* instead, where there is no row */
    struct pager pager;
    struct str edits; /* "/deals": a cell's form is at <edits>/12/fields/<field>?list=1; empty: no
                         cell's */
};

/* ---- filters, columns, views ---- */

struct filter_row {    /* the one that is being added */
    const char *label; /* "Stage" */
    const char *op_name, *op_label;
    const struct option *ops;
    size_t ops_n;
    struct str op;
    const struct control *controls; /* one, or two for a range */
    size_t controls_n;
    const struct option *kept; /* that which names the field */
    size_t kept_n;
};

struct filter_group { /* of fields to choose from */
    struct str label; /* empty: no heading */
    const struct option *options;
    size_t n;
};

struct option_group { /* of a select */
    const struct filter_group *group;
    struct str value; /* the one that is selected */
};

struct filter_builder {
    struct str path;
    const struct option *kept; /* the filters there are, the order, the view */
    size_t kept_n;
    const struct link_item *chips; /* "Stage is Won"; path: without it */
    size_t chips_n;
    struct str clear;    /* without any; empty: not offered */
    struct str all, any; /* addresses of the two ways to join them */
    bool is_any;
    const char *add_name; /* of the parameter that names the field to add */
    struct str adding;    /* its value */
    const struct filter_group *groups;
    size_t groups_n;
    const struct filter_row *row; /* NULL: no field was chosen yet */
    struct str source;            /* the form's own page, instead of it; empty: it stands here */
    struct str next;              /* where the field to add is sent; empty: to path */
};

struct column_chooser {
    struct str path;
    const char *name;            /* of the parameter */
    const struct field *columns; /* each: value, label, checked */
    size_t n;
    const struct option *kept;
    size_t kept_n;
    struct str reset;
    struct str source; /* as above */
};

struct view_tabs { /* saved views, and a way to save this one */
    struct link_bar views;
    struct str save;           /* posts to it; empty: nothing to save */
    const struct option *kept; /* what is saved */
    size_t kept_n;
    bool may_share;
    struct str value; /* name as it was sent */
    const char *error;
};

/* ---- imports ---- */

struct map_row {
    struct str column; /* as the file names it */
    const struct str *samples;
    size_t samples_n;
    const char *name; /* of its select */
    struct str field; /* what it goes to; empty: left out */
    bool guessed;
};

struct map_table {
    const char *label;
    const struct map_row *rows;
    size_t rows_n;
    const struct filter_group *fields;
    size_t fields_n;
};

struct dry_count {
    const char *label, *icon;
    enum tone tone;
    int64_t n;
    struct str path; /* to those rows; empty: no link */
};

struct dry_run {
    const struct dry_count *counts;
    size_t n;
    const char *label; /* "Reading rows"; NULL: no progress is shown */
    int64_t done, of;  /* of 0: not known */
};

#endif
