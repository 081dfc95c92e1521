/* depends.h: fields that go with another field of their record: `depends` names a choice.
 *
 *     {"stage", "Stage", KIND_CHOICE, ..., .choices = stages, .depends = "pipeline"},
 *     {"closed_at", "Closed", KIND_TIME, FIELD_FIXED, .depends = "stage"},
 *
 * Of a choice: some of its choices go only with some of the other's (`within`; NULL: with any).
 * Of a date or a time: the program fills it in when the other one comes to a choice that ends
 * something, and empties it when it leaves it. And a choice may give other fields a value when it
 * is reached (`sets`), unless that is given along with it.
 *
 * RULES
 *   1. A choice is set only to one that goes with what the other field has, or will have with the
 *      same change. What stood there before stays until one of both is changed.
 *   2. A record whose other field changes alone gets the first choice that goes with it.
 *   3. What ends is marked with the time when it did, in the same transaction; from one end to
 *      another the mark is set anew.
 *   4. Where several choices have one label, it means the one that goes with the other field.
 *   5. A choice that is switched off is set to no record that does not have it.
 *   6. A new record that says nothing of a choice that must be made begins as its type says
 *      (`usual`), else with the first one that goes with what it does say.
 */
#ifndef RECORD_DEPENDS_H
#define RECORD_DEPENDS_H

#include "record/fields.h"

/* The choice that the field depends on; NULL: on none. */
const struct record_field *field_depends(const struct record_type *t, const struct record_field *f);
/* Whether the choice goes with that of the other field. */
bool choice_fits(const struct field_choice *c, struct str other);
/* The first that goes with it; NULL: none. */
const struct field_choice *choice_first(const struct record_field *f, struct str other);

/* RULE 5: one of v that is switched off and that `was` does not have; NULL: none. */
const struct field_choice *choice_off(const struct record_field *f, const struct value *v,
                                      const struct value *was);
/* RULE 6: a new record may leave it out. */
bool field_begins(const struct record_field *f);
/* The same, before it is looked at: fields that it begins with become given. */
void choices_begin(struct arena *a, struct record_values *e);
/* RULES 1, 4 and 5, before a change: NULL or why not. `was`: the values there are; NULL: a new
 * one. */
const char *depends_check(struct arena *a, const struct record_values *e,
                          const struct record_field *f, const struct value *was);
/* RULES 2 and 3, within it: e has the values of all fields. */
void depends_settle(const struct act *act, const struct record_values *e, const struct value *was);

#endif
