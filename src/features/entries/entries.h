/* entries.h: records of any type with fields: their lists, pages and forms, written once.
 *
 *     /deals, /deals/new, /deals/12-roasters, /deals/12/edit, /deals/12/fields/stage
 *
 * Base feature.
 * Uses    record/types.h (which types there are), record/fields.h, record/select.h
 * RULES
 *   1. A type that is switched off, or has addresses of its own, answers here with 404.
 *   2. Fields that a request does not name stay as they are; one that the type does not have, or
 *      that the viewer may not write, is refused.
 *   3. A stale edit changes nothing and gives 412 with both versions; what was typed is kept.
 *   4. Only who the type says makes new ones.
 *   5. What leads to a record takes its number, or a name that only one record has.
 *   6. A form for what may be here already is sent back once with what that is; the second time it
 *      is made.
 *   7. What is made for staff is looked after by whoever of them has made it, unless it says who
 *      does, or that nobody does.
 */
#ifndef ENTRIES_ENTRIES_H
#define ENTRIES_ENTRIES_H

#include "features/records/records.h"
#include "record/places.h"
#include "record/select.h"
#include "view/boards.h"
#include "view/details.h"

/* The type that the first part of the address names; NULL: RULE 1. */
const struct record_type *entries_type(struct req *rq);
/* What making one is called: "New deal". */
const char *entries_call(struct arena *a, const struct record_type *t);
/* The number that stands in the address, or that its short name means; 0: none. */
int64_t entry_id(struct req *rq, const struct record_type *t);
/* The record of that type that the address names. */
struct record *entry_here(struct req *rq, const struct record_type *t, enum right right);
bool entry_maker(const struct record_type *t, const struct viewer *viewer);

/* ---- values as views show them ---- */

/* Its cell; with `edit`, the address of its form goes with it. */
struct cell field_cell(struct req *rq, const struct record_field *f, const struct value *v,
                       struct str edit, struct str id);
/* Its control in a form, holding `text`, or what the value says. */
struct control field_control(struct req *rq, const struct record_field *f, struct str text,
                             const char *error);
/* The same among the other fields of a record, by what they hold: a choice that depends on one of
 * them offers its choices by groups, or with `narrow` only those that go with it. */
struct control field_control_among(struct req *rq, const struct record_type *t,
                                   const struct record_field *f, const struct str *texts,
                                   const char *error, bool narrow);
/* What a control holds for a value: of what leads to records their names. */
struct str field_typed(struct arena *a, const struct record_field *f, const struct value *v);
/* "/deals/12/fields/stage"; empty: the viewer may not. */
struct str field_edit_path(struct req *rq, const struct record_type *t, int64_t id,
                           const struct record_field *f);

/* ---- forms ---- */

struct entry_form {
    const struct record_type *type;
    const struct record *r;  /* NULL: a new one */
    struct str path, action; /* where Cancel leads; where it is sent */
    struct str *texts;       /* of each field, as typed */
    const char **errors;
    const char *whole_error;
    struct value *theirs; /* a stale edit: what stands there by now */
    struct diff diff;     /* of its text, from theirs to what was typed */
    struct str note, revision;
    const struct option *spaces;
    size_t spaces_n;
    struct str space;
    const char *space_error;
    const struct record_field *only;  /* the form of one cell */
    struct str back;                  /* where that returns to; empty: to the record */
    const struct cell *saved;         /* what it has saved, instead of it; NULL: not yet */
    struct near_list near;            /* of a new one that may be here already */
    struct str near_url, near_fields; /* asked while one types; empty: it is not */
};

/* What is wrong, each with the way to its control. */
struct error_list entry_errors(struct arena *a, const struct entry_form *v);
/* Reads the request's fields into e; false when any of them is wrong: v->errors says which. */
bool entry_read(struct req *rq, struct entry_form *v, struct record_values *e);
struct entry_form *entry_form_new(struct req *rq, const struct record_type *t,
                                  const struct record *r);
/* 422 and 412, as the face has it. */
int entry_refuse(struct req *rq, struct entry_form *v, int status, const char *why);
int64_t entry_revision(struct req *rq); /* If-Match, else field `revision`; -1: cannot be one */

/* The record that a text means, by number or name; 0: none, and *why says it. */
int64_t lead_find(struct req *rq, const struct record_field *f, struct str text, const char **why);
/* Whom a form's fields `person` and `person_text` mean: a combobox. 0, and *why says it: nobody. */
int64_t person_asked(struct req *rq, const struct form *form, const char **why);

/* Of a field that leads to records: names become numbers; roles stay. */
struct str leads_resolve(struct req *rq, const struct record_field *f, struct str text,
                         const char **why);

int entries_new(struct req *rq);
int entries_create(struct req *rq);
int entries_edit(struct req *rq);
int entries_update(struct req *rq);
int entry_fields_edit(struct req *rq);

/* For a type that has its own rate: POST, by the engine. */
extern const struct part entry_answer[];

/* ---- lists ---- */

enum look { LOOK_POSTS, LOOK_TABLE, LOOK_BOARD, LOOK_CALENDAR, LOOK_GALLERY, LOOKS };

struct entry_list {
    const struct record_type *type;
    const struct param *params; /* of the address, or of the saved view that it names */
    size_t params_n;
    struct select select;
    struct selection found;
    struct str path; /* "/deals" */
    struct str title;
    const struct record_field **columns;
    size_t columns_n;
    enum look look;
    struct link_bar looks;
    struct data_table table;
    const struct entry_group *groups; /* of the table's rows, in their order */
    size_t groups_n;
    const struct field *grouping;   /* the select of what it may be grouped by; NULL: nothing */
    const struct option *ungrouped; /* the rest of the address */
    size_t ungrouped_n;
    struct board board;
    const struct column *lanes;                   /* of the board */
    const struct record_field *by, *sum, *within; /* within: what its columns depend on */
    struct str within_name;
    struct link_bar withins;
    struct calendar calendar;
    int year, month; /* of the calendar */
    int64_t day;     /* its first one */
    size_t days_n;
    struct gallery gallery;
    struct list posts;
    struct filters narrow;  /* of posts */
    const struct tag *tags; /* the most used ones */
    size_t tags_n;
    struct str tag;     /* that posts are narrowed to */
    int64_t tag_level;  /* enum level */
    struct pager pager; /* of gallery and posts */
    struct link_item folding;
    int64_t topic;           /* of the live stream */
    const struct view *view; /* that the address names; NULL: none */
    bool view_changed;       /* and says otherwise in part */
    struct str missing;      /* sentences on what the view asks for and is not there any more */
    struct view_tabs tabs;
    struct str view_edit; /* address; empty: there is no view */
    struct filter_builder filters;
    struct column_chooser chooser;
    struct empty empty;
    const char *call;      /* what making one is called */
    struct str new_path;   /* empty: not for the viewer */
    struct str here;       /* the list's own address with what it is narrowed to */
    struct str here_query; /* "?stage=won", also of a saved view */
    struct str csv;        /* the same as CSV */
    struct str vcf, ics;   /* as cards, as a calendar; empty: the type has none */
};

int entries_index(struct req *rq);
int list_filters(struct req *rq); /* the form that adds one; that which chooses columns */
int list_columns(struct req *rq);

struct str entries_param(const struct entry_list *v, const char *name); /* empty: none */
/* The list's address with parameters changed: pairs of name and value, ended by NULL; an empty
 * value takes the parameter out. */
struct str entries_url(struct req *rq, const struct entry_list *v, const char *const *pairs);
/* "?stage=won" behind the list's path, of one field's value. */
struct str entries_of(struct req *rq, const struct entry_list *v, const struct record_field *f,
                      struct str value);

/* The query as hidden fields, but for what the form itself sends. */
size_t entries_kept(struct req *rq, const struct entry_list *v, const char *const *without,
                    const struct option **kept);
/* What the list is narrowed to, each with the way back; but for conditions of one field. */
void entries_chips(struct req *rq, const struct entry_list *v, const struct record_field *without,
                   const struct link_item **chips, size_t *n);

/* ---- posts ---- */

void posts_read(struct req *rq, struct entry_list *v);
void posts_make(struct req *rq, struct entry_list *v);
struct feed *posts_feed(struct req *rq, const struct entry_list *v);

/* ---- boards ---- */

/* What v->select finds by the choice and the sum that the address names. NULL, or words. */
const char *board_read(struct req *rq, struct entry_list *v);
void board_make(struct req *rq, struct entry_list *v);
void board_json(struct json *j, const void *data);
/* ---- groups ---- */

struct entry_group {
    size_t at; /* its first row in found.rows */
    struct table_group shown;
};

bool group_by(const struct record_field *f);
void grouping_make(struct req *rq, struct entry_list *v);
/* Into found, group after group. NULL, or words. */
const char *groups_read(struct req *rq, struct entry_list *v);
struct str sums_words(struct req *rq, const struct record_field *sum, const struct tally *tally);

/* ---- calendars and galleries ---- */

bool calendar_by(const struct record_field *f);
const char *calendar_read(struct req *rq, struct entry_list *v); /* NULL, or words */
void calendar_make(struct req *rq, struct entry_list *v);
void gallery_choose(struct req *rq, struct entry_list *v); /* which fields */
void gallery_make(struct req *rq, struct entry_list *v);

/* PATCH: of a card that is moved, else an edit. */
int entries_patch(struct req *rq);
/* A field that a look may be by, or its first one; NULL: it has none. */
const struct record_field *look_field(struct req *rq, const struct entry_list *v, const char *param,
                                      bool (*fits)(const struct record_field *f));
bool board_by(const struct record_field *f);
struct str amount_words(struct req *rq, const struct record_field *f, const struct value *v);

/* ---- one ---- */

struct related { /* records that lead here by one of their fields */
    const struct record_type *type;
    const struct record_field *field;
    struct selection found;
};

struct compose { /* the short form for a note, a call, ... about a record */
    struct link_bar tabs;
    const struct record_type *type; /* chosen */
    const struct control *controls;
    size_t controls_n;
    const struct field *body; /* NULL: none */
    const struct option *kept;
    size_t kept_n;
    struct str action, whole, label; /* whole: to the long form */
};

struct entry_page {
    const struct record_type *type;
    struct record *r;
    struct value *values;
    struct str path;
    struct detail_head head;
    struct discussion discussion;
    struct vote_box vote;
    struct timeline_list timeline;
    struct compose *compose; /* NULL: not for the viewer */
    struct track steps;      /* n 0: none */
    bool may_edit;
    enum level level;
    const struct detail_section *sections;
    size_t sections_n;
    const struct related *related;
    const struct side_list *sides; /* of each related */
    size_t related_n, sides_n;
    const struct shares_panel *shares; /* shares.h; NULL: the viewer may not share it */
};

/* After a change: the record as the face has it. */
int entry_changed(struct req *rq, const struct record_type *t, struct record *r);
void history_read(struct req *rq, struct entry_page *v);
/* What the viewer may add to the record's timeline. */
void compose_make(struct req *rq, struct entry_page *v);
/* Without a title of its own a note or a call has that of its first line, else of its type. */
void compose_title(struct req *rq, struct entry_form *v, struct record_values *e);
int revision_undos_create(struct req *rq);
int cards_show(struct req *rq);
int cards_find(struct req *rq);
int names_index(struct req *rq);

int entries_show(struct req *rq);
/* Sections of the fields that the hub has made itself, for a page of the type's own; NULL: none. */
struct entry_page *entry_own_fields(struct req *rq, struct record *r);
/* All fields, for a page of the type's own, and for staff what leads here, and the history. NULL:
 * it has no row. */
struct entry_page *entry_page_of(struct req *rq, const struct record_type *t, struct record *r);

/* Members of one record in JSON: what every record has, then its fields as the viewer may see. */
void entries_json(struct json *j, struct req *rq, const struct record_type *t,
                  const struct selected *row, const struct field_set *set);
/* The same of a page of a list. */
void entries_json_list(struct json *j, struct req *rq, const struct record_type *t,
                       const struct selection *found, const struct field_set *set);
/* The JSON of one record, with what its page tells besides, as the type's `more` has it. */
/* As an answer's JSON; without data if the record has no row, or the database fails. */
struct answer entry_told(struct req *rq, const struct record_type *t, struct record *r,
                         const void *more, struct str next);
int entry_tell(struct req *rq, struct record *r, const void *more, struct str next);

#endif
