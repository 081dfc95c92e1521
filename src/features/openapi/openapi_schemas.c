/* openapi_schemas.c: JSON Schema from tables of parts and of form rules. */
#include "features/openapi/openapi.h"

static void object_describe(struct openapi *d, const struct part *parts);
static void properties_describe(struct openapi *d, const struct part *parts);
static void required_list(struct openapi *d, const struct part *parts);

static void type_is(struct openapi *d, const char *type)
{
    json_kstr(&d->j, "type", str_of(type));
}

static void type_or_null(struct openapi *d, const char *type)
{
    json_key(&d->j, "type");
    json_open(&d->j, '[');
    json_str(&d->j, str_of(type));
    json_str(&d->j, S("null"));
    json_close(&d->j, ']');
}

/* False: another table has this name, or there are too many; then it is spelled out. */
static bool schema_refer(struct openapi *d, const struct part *parts)
{
    for (size_t i = 0; i < d->schemas_n; i++)
        if (strcmp(d->schemas[i]->name, parts->name) == 0)
            return d->schemas[i] == parts;
    if (d->schemas_n == OPENAPI_SCHEMAS)
        return false;
    d->schemas[d->schemas_n++] = parts;
    return true;
}

void parts_describe(struct openapi *d, const struct part *parts)
{
    json_open(&d->j, '{');
    if (parts->kind == PART_SCHEMA && schema_refer(d, parts))
        json_kstr(&d->j, "$ref", str_fmt(d->arena, "#/components/schemas/%s", parts->name));
    else
        object_describe(d, parts);
    json_close(&d->j, '}');
}

void schemas_describe(struct openapi *d)
{
    for (size_t i = 0; i < d->schemas_n; i++) { /* each may refer to more */
        json_key(&d->j, d->schemas[i]->name);
        json_open(&d->j, '{');
        object_describe(d, d->schemas[i]);
        json_close(&d->j, '}');
    }
}

static void object_describe(struct openapi *d, const struct part *parts)
{
    type_is(d, "object");
    if (parts->kind == PART_OPEN)
        return;
    json_key(&d->j, "properties");
    json_open(&d->j, '{');
    properties_describe(d, parts);
    json_close(&d->j, '}');
    json_key(&d->j, "required");
    json_open(&d->j, '[');
    required_list(d, parts);
    json_close(&d->j, ']');
    json_kbool(&d->j, "additionalProperties", false);
}

static void properties_describe(struct openapi *d, const struct part *parts)
{
    for (const struct part *p = parts; p->kind; p++) {
        if (p->kind == PART_ALL)
            properties_describe(d, p->of);
        else if (p->kind != PART_SCHEMA && p->kind < PART_HIDDEN_INT)
            part_describe(d, p);
    }
}

static void required_list(struct openapi *d, const struct part *parts)
{
    for (const struct part *p = parts; p->kind; p++) {
        if (p->kind == PART_ALL)
            required_list(d, p->of);
        else if (p->kind != PART_SCHEMA && p->kind != PART_MAYBE && p->kind < PART_HIDDEN_INT)
            json_str(&d->j, str_of(p->name));
    }
}

static void list_describe(struct openapi *d, const struct part *p)
{
    json_open(&d->j, '{');
    type_is(d, "array");
    json_key(&d->j, "items");
    parts_describe(d, p->of);
    json_close(&d->j, '}');
}

void part_describe(struct openapi *d, const struct part *p)
{
    json_key(&d->j, p->name);
    if (p->kind == PART_GROUP) {
        parts_describe(d, p->of);
        return;
    }
    if (p->kind == PART_LIST) {
        list_describe(d, p);
        return;
    }
    json_open(&d->j, '{');
    if (p->kind == PART_RAW) { /* any */
        json_close(&d->j, '}');
        return;
    }
    if (p->kind == PART_REF || p->kind == PART_TIME || p->kind == PART_CURSOR)
        type_or_null(d, p->kind == PART_REF ? "integer" : "string");
    else
        type_is(d, p->kind == PART_INT    ? "integer"
                   : p->kind == PART_REAL ? "number"
                   : p->kind == PART_FLAG ? "boolean"
                                          : "string");
    if (p->kind == PART_TIME)
        json_kstr(&d->j, "format", S("date-time"));
    if (p->kind == PART_INT || p->kind == PART_REF)
        json_kstr(&d->j, "format", S("int64"));
    if (p->kind == PART_HTML)
        json_kstr(&d->j, "contentMediaType", S("text/html"));
    json_close(&d->j, '}');
}

/* ---- forms and parameters ---- */

static void choices_list(struct openapi *d, const char *const *choices)
{
    json_key(&d->j, "enum");
    json_open(&d->j, '[');
    for (; *choices; choices++)
        json_str(&d->j, str_of(*choices));
    json_close(&d->j, ']');
}

void rule_describe(struct openapi *d, const struct form_rule *rule, bool limited)
{
    json_open(&d->j, '{');
    type_is(d, rule->many || rule->list ? "array" : rule->whole ? "integer" : "string");
    if (rule->list) {
        json_key(&d->j, "items");
        json_open(&d->j, '{');
        type_is(d, "object");
        json_close(&d->j, '}');
    } else if (rule->many) {
        json_key(&d->j, "items");
        json_open(&d->j, '{');
        type_is(d, rule->whole ? "integer" : "string");
        if (rule->choices)
            choices_list(d, rule->choices);
        json_close(&d->j, '}');
    } else if (rule->choices) {
        choices_list(d, rule->choices);
    } else if (rule->whole) {
        json_kstr(&d->j, "format", S("int64"));
    } else if (limited) {
        if (rule->secret)
            json_kstr(&d->j, "format", S("password"));
        if (rule->required)
            json_kint(&d->j, "minLength", 1);
        json_kint(&d->j, "maxLength", rule->max ? rule->max : FORM_MAX);
    }
    if (rule->label)
        json_kstr(&d->j, "title", str_of(rule->label));
    json_close(&d->j, '}');
}

/* "map." as "^map\\." */
static const char *pattern_of(struct arena *a, struct str begins)
{
    struct out o;
    out_init(&o, 256);
    out_char(&o, '^');
    for (size_t i = 0; i < begins.n; i++)
        out_fmt(&o, "%s%c", begins.p[i] == '.' ? "\\" : "", begins.p[i]);
    return str_cstr(a, out_take(&o, a));
}

/* Fields by how their names begin; or no others. */
static void others_describe(struct openapi *d, const struct form_rule *rules)
{
    const struct form_rule *r = rules;
    while (r->name && !r->begins)
        r++;
    if (r->name && r->name[0]) {
        json_key(&d->j, "patternProperties");
        json_open(&d->j, '{');
        json_key(&d->j, pattern_of(d->arena, str_of(r->name)));
        rule_describe(d, r, true);
        json_close(&d->j, '}');
    }
    json_key(&d->j, "additionalProperties");
    if (r->name && !r->name[0])
        rule_describe(d, r, true);
    else
        json_bool(&d->j, false);
}

void form_describe(struct openapi *d, const struct form_rule *rules, bool any)
{
    json_open(&d->j, '{');
    type_is(d, "object");
    json_key(&d->j, "properties");
    json_open(&d->j, '{');
    for (const struct form_rule *r = rules; r->name; r++)
        if (!r->begins)
            json_key(&d->j, r->name), rule_describe(d, r, true);
    json_close(&d->j, '}');
    json_key(&d->j, "required");
    json_open(&d->j, '[');
    for (const struct form_rule *r = rules; r->name; r++)
        if (r->required && !any)
            json_str(&d->j, str_of(r->name));
    json_close(&d->j, ']');
    others_describe(d, rules);
    json_close(&d->j, '}');
}
