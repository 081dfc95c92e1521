/* openapi.h: what the parts of the API's description share. */
#ifndef OPENAPI_OPENAPI_H
#define OPENAPI_OPENAPI_H

#include "http/router.h"
#include "record/form.h"
#include "record/types.h"

enum { OPENAPI_SCHEMAS = 256 };

/* The document as it grows. */
struct openapi {
    struct json j;
    struct arena *arena;
    const struct viewer *viewer;
    const struct record_type *types[OPENAPI_SCHEMAS]; /* those that were referred to */
    size_t types_n;
    /* Tables with a name that were referred to: they come as components. */
    const struct part *schemas[OPENAPI_SCHEMAS];
    size_t schemas_n;
};

/* ---- openapi_schemas.c: values ---- */

/* The schema of an object with these parts, or the reference to it. */
void parts_describe(struct openapi *d, const struct part *parts);
/* One of its members, with its name. */
void part_describe(struct openapi *d, const struct part *p);
/* The components that were referred to, each by its name. */
void schemas_describe(struct openapi *d);
/* Of a form's fields; PATCH takes any of them. */
void form_describe(struct openapi *d, const struct form_rule *rules, bool any);
/* Of one field, or of a parameter, whose length has no limit of its own. */
void rule_describe(struct openapi *d, const struct form_rule *rule, bool limited);

/* ---- openapi_types.c: types with fields ---- */

/* Whether the viewer may see records of the type at all. */
bool type_described(const struct record_type *t, const struct viewer *viewer);
/* One of the components: a record of the type. */
void type_schema_describe(struct openapi *d, const struct record_type *t);
void type_answer_describe(struct openapi *d, const struct record_type *t, bool list);
/* `part`: as PATCH takes it. */
void type_body_describe(struct openapi *d, const struct record_type *t, bool part);
void type_filters_describe(struct openapi *d, const struct record_type *t);

#endif
