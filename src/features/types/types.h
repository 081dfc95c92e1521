/* types.h: types of records and their fields, made and changed in the browser.
 *
 *     /types, /types/new, /types/boat, /types/boat/edit
 *     /types/boat/fields/new, /types/boat/fields/length/edit
 *     /types/boat/fields/state/choices, /types/boat/fields/state/choices/sunk
 *
 * Owns    tables types, fields, catalogs          Uses  record/types.h
 * RULES
 *   1. Whatever is refused is refused in words, and nothing has changed.
 *   2. Internal names are suggested from labels: two of the same label have two names.
 *   3. A type that is made stands in the menu of those who may see its records.
 *   4. What the program declares keeps its name, kind and place: its label, help, section, flags
 *      and choices are the hub's to change.
 *   5. A choice that records have is not deleted but switched off; each change of one leaves the
 *      others as they are.
 */
#ifndef TYPES_TYPES_H
#define TYPES_TYPES_H

#include "jobs/jobs.h"
#include "record/form.h"
#include "record/types.h"

struct type_shown {
    struct str name, plural, noun, label, lead, icon, audience, maker;
    bool votes, own, off;
    int64_t fields_n;
};

struct field_shown {
    struct str name, label, kind, help, section, choices, target, roles, currency, country, formula;
    struct str depends;
    int64_t scale;
    bool required, listed, card, searched, staff, lets, own, off;
    const struct record_field *f;
};

struct types_page {
    struct type_shown *list; /* those that are switched off stand last */
    size_t n;
};

struct type_page {
    struct type_shown type;
    struct field_shown *fields;
    size_t fields_n;
    struct str path; /* "/types/boat" */
};

struct type_form {
    struct form form;
    const struct type_page *page; /* NULL: a new one */
};

struct field_form {
    struct form form;
    const struct type_page *page;
    const struct field_shown *field; /* NULL: a new one */
    const struct option *targets;
    size_t targets_n;
};

/* ---- what forms take ---- */

extern const char *const type_audiences[], *const type_makers[], *const type_icons[];
extern const char *const field_flags[], *const field_kinds[];
extern const char *const field_typed_kinds[]; /* without those that are computed */

/* NULL: there is no type of the address's name, or it has no fields. */
struct type_page *type_page(struct req *rq);
struct field_shown field_show(struct arena *a, const struct record_field *f);
const struct record_type *type_here(struct req *rq);
/* After a change: the type's page, with what it is now. */
int type_answer(struct req *rq, const char *name, bool created);

/* ---- field_changes.c ---- */

struct change_shown {
    struct str state; /* "none", "copying", "done", "clearing" */
    struct str from, to;
    int64_t copied, total, misfits, started_at, switched_at;
};

struct misfit {
    int64_t id;
    struct str path, value, why;
};

struct change_page {
    struct form form;
    const struct type_page *page;
    const struct field_shown *field;
    struct change_shown change;
    struct str path; /* "/types/boat/fields/length/change" */
    const struct option *kinds, *targets;
    size_t kinds_n, targets_n;
    struct misfit *misfits;
    size_t misfits_n;
    struct str next;
    bool live;
};

extern const struct form_rule change_rules[];
extern const struct part change_answer[], misfits_answer[];
extern const struct job_kind change_jobs[];
int field_changes_show(struct req *rq);
int field_changes_create(struct req *rq);
int field_changes_destroy(struct req *rq);
int change_keeps_create(struct req *rq);
int change_misfits_index(struct req *rq);
const struct record_field *type_field_here(struct req *rq, const struct record_type *t);

/* ---- type_choices.c ---- */

struct choice_shown {
    struct str name, label, tone, outcome, within, sets, path;
    bool off, used;
};

struct choices_page {
    struct form form; /* of a new one, or of `at` */
    const struct type_page *page;
    const struct field_shown *field;
    struct choice_shown *list;
    size_t n;
    const struct record_field *on; /* that it depends on; NULL: none */
    const struct option *outcomes, *withins;
    size_t withins_n;
    struct str path; /* "/types/boat/fields/state/choices" */
    struct str at;   /* the choice whose form was refused; empty: none, "+": the new one */
};

struct choice_form { /* of one choice */
    const struct choices_page *page;
    struct str path, id, label, tone, outcome, within, sets;
    const char *error, *sets_error;
    bool change;
};

extern const struct form_rule type_choice_rules[], type_choice_moves[];
extern const struct part type_choices_answer[];
int type_choices_index(struct req *rq);
int type_choices_create(struct req *rq);
int type_choices_update(struct req *rq);
int type_choices_destroy(struct req *rq);
int choice_restores_create(struct req *rq);
int choice_moves_create(struct req *rq);

/* ---- type_fields.c ---- */

extern const struct form_rule field_rules[], field_edit_rules[], field_move_rules[];
int type_fields_new(struct req *rq);
int type_fields_create(struct req *rq);
int type_fields_edit(struct req *rq);
int type_fields_update(struct req *rq);
int type_fields_destroy(struct req *rq);
int field_restores_create(struct req *rq);
int field_moves_create(struct req *rq);

#endif
