/* form.h: reads the fields of one form by a table of rules, and keeps what is wrong with them.
 *
 *     static const struct form_rule rules[] = {
 *         {"title", .label = "Title", .required = true, .max = 200},
 *         {"body", .label = "Text", .max = 60000, .lines = true},
 *         {0}};
 *     {POST, "/ideas", ideas_create, MEMBER, .form = rules},
 *     ...
 *     struct form form;
 *     if (!form_read(rq, rules, &form))
 *         return form_answer(rq, &form, &page);
 *
 * The route names the table, too: the API's description is made of it. Parameters behind "?" have
 * tables of the same kind (`.query`); only choices and whole numbers among them are checked.
 *
 * RULES
 *   1. A field that the table does not know is an error, and so is one that stands twice, unless
 *      it may be `many`.
 *   2. What was typed is kept for the page that shows the errors.
 *   3. Text loses blanks at its ends and control characters; one-line text loses line ends.
 *   4. A route that names a table reads no other: that would be 500.
 *   5. A PATCH with JSON has what is to change: a field that it leaves out is not missing.
 */
#ifndef RECORD_FORM_H
#define RECORD_FORM_H

#include "view/answer.h"

enum { FORM_FIELDS = 16, FORM_MAX = 200 };

struct form_rule {
    const char *name, *label;
    bool required;
    bool lines;                 /* may have line ends */
    bool secret;                /* a password: taken byte by byte, never shown again */
    bool whole;                 /* a whole number */
    int max;                    /* characters; 0: 200 */
    const char *const *choices; /* ends with NULL; a required one has no other values */
    bool many;                  /* any number of them: sent again and again, kept joined by ',' */
    bool list;                  /* JSON, a list of objects: kept as its text */
    bool begins; /* of all fields whose names begin so ("map.": "map.0", "map.1") and have no other
                    rule: checked, and read with req_fields */
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
/* The same for a field that the request did not have: what stays as it is. */
void form_keep(struct form *form, const char *name, struct str value);
/* Whether a field of that name is one of those that a rule with `begins` is for. */
bool form_begun(const struct form *form, struct str name);
const char *form_error(const struct form *form, const char *name); /* NULL: none */
const char *form_why(const struct form *form); /* the first of all that is wrong; NULL: nothing */
/* A handler's own objection; name NULL: of the whole form. */
void form_fail(struct form *form, const char *name, const char *why);

/* 422: the page again with what was typed, or a problem document with "errors" by field. */
int form_answer(struct req *rq, const struct form *form, const struct answer *page);
/* The same where there is no page to show again. */
int form_refuse(struct req *rq, const struct form *form);

/* What is wrong with the query by the route's table, for a refusal; NULL: nothing. */
const char *query_wrong(struct req *rq);

#endif
