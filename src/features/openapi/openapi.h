/* openapi.h: what the parts of the API's description share. */
#ifndef OPENAPI_OPENAPI_H
#define OPENAPI_OPENAPI_H

#include "http/router.h"
#include "record/form.h"

enum { OPENAPI_SCHEMAS = 256 };

/* The document as it grows. */
struct openapi {
    struct json j;
    struct arena *arena;
    /* Tables with a name that were referred to: they come as components. */
    const struct part *schemas[OPENAPI_SCHEMAS];
    size_t schemas_n;
};

/* ---- openapi_schemas.c: values ---- */

/* The schema of an object with these parts, or the reference to it. */
void parts_describe(struct openapi *d, const struct part *parts);
/* The components that were referred to, each by its name. */
void schemas_describe(struct openapi *d);
/* Of a form's fields; PATCH takes any of them. */
void form_describe(struct openapi *d, const struct form_rule *rules, bool any);
/* Of one field, or of a parameter, whose length has no limit of its own. */
void rule_describe(struct openapi *d, const struct form_rule *rule, bool limited);

#endif
