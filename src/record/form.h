/* form.h: reads the fields of one form by a table of rules, and keeps what is wrong with them.
 *
 *     static const struct form_rule rules[] = {
 *         {"title", .label = "Title", .required = true, .max = 200},
 *         {"body", .label = "Text", .max = 60000, .lines = true},
 *         {0}};
 *     struct form form;
 *     if (!form_read(rq, rules, &form))
 *         return form_answer(rq, &form, &page);
 *
 * RULES
 *   1. A field that the table does not know is an error, and so is one that stands twice.
 *   2. What was typed is kept for the page that shows the errors.
 *   3. Text loses blanks at its ends and control characters; one-line text loses line ends.
 */
#ifndef RECORD_FORM_H
#define RECORD_FORM_H

#include "view/answer.h"

enum { FORM_FIELDS = 16 };

struct form_rule {
    const char *name, *label;
    bool required;
    bool lines;          /* may have line ends */
    bool secret;         /* a password: taken byte by byte, never shown again */
    bool whole;          /* a whole number */
    int max;             /* characters; 0: 200 */
    const char *const *choices; /* ends with NULL; a required one has no other values */
};

struct form {
    const struct form_rule *rules;
    struct str values[FORM_FIELDS];
    const char *errors[FORM_FIELDS];
    bool given[FORM_FIELDS];
    const char *whole_error; /* of no single field */
    bool ok;
};

/* True when every field is as its rule says. */
bool form_read(struct req *rq, const struct form_rule *rules, struct form *form);
/* An empty form (GET .../new): values may be set before it is shown. */
void form_init(const struct form_rule *rules, struct form *form);

struct str form_get(const struct form *form, const char *name);
int64_t form_int(const struct form *form, const char *name); /* 0: none */
bool form_given(const struct form *form, const char *name);  /* the request had it */
void form_set(struct form *form, const char *name, struct str value);
const char *form_error(const struct form *form, const char *name); /* NULL: none */
/* A handler's own objection; name NULL: of the whole form. */
void form_fail(struct form *form, const char *name, const char *why);

/* 422: the page again with what was typed, or a problem document with "errors" by field. */
int form_answer(struct req *rq, const struct form *form, const struct answer *page);

#endif
