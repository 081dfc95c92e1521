/* openapi_types.c: records of types with fields: what an operation takes and gives by the fields
 * that its type has at this moment.
 *
 * An address that begins with "/:type" is that of every type; here it stands once for each type
 * that the caller may see, with the fields that the caller may see.
 */
#include "features/openapi/openapi.h"
#include "record/depends.h"
#include "record/list.h"
#include "record/reach.h"

static void type_is(struct openapi *d, const char *type)
{
    json_kstr(&d->j, "type", str_of(type));
}

static void formatted(struct openapi *d, const char *type, const char *format)
{
    type_is(d, type);
    json_kstr(&d->j, "format", str_of(format));
}

static void types_are(struct openapi *d, const char *type)
{
    json_key(&d->j, "type");
    json_open(&d->j, '[');
    json_str(&d->j, str_of(type));
    json_str(&d->j, S("null"));
    json_close(&d->j, ']');
}

bool type_described(const struct record_type *t, const struct viewer *viewer)
{
    static const enum role least[] = {
        [AUDIENCE_PUBLIC] = ROLE_GUEST, [AUDIENCE_MEMBERS] = ROLE_MEMBER,
        [AUDIENCE_SPACE] = ROLE_GUEST,  [AUDIENCE_PARTICIPANTS] = ROLE_MEMBER,
        [AUDIENCE_STAFF] = ROLE_STAFF,  [AUDIENCE_PRIVATE] = ROLE_MEMBER,
    };
    return t->fields && !t->off && !t->child && (t->faces || viewer->role >= least[t->audience]);
}

/* ---- what is given ---- */

static void choices_put(struct openapi *d, const struct record_field *f, bool none)
{
    json_key(&d->j, "enum");
    json_open(&d->j, '[');
    for (const struct field_choice *c = f->choices; c && c->name; c++)
        json_str(&d->j, str_of(c->name));
    if (none)
        json_nil(&d->j);
    json_close(&d->j, ']');
}

static const char refs_items[] =
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\",\"format\":\"int64\"},"
    "\"role\":{\"type\":\"string\"}},\"required\":[\"id\",\"role\"],"
    "\"additionalProperties\":false}";
static const char address_parts[] =
    "{\"street\":{\"type\":\"string\"},\"postcode\":{\"type\":\"string\"},"
    "\"city\":{\"type\":\"string\"},\"region\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"}}";

static const char reach_items[] =
    "{\"type\":\"object\",\"properties\":{\"label\":{\"type\":\"string\"},"
    "\"value\":{\"type\":\"string\"}},\"required\":[\"label\",\"value\"]}";
static const char addresses_items[] =
    "{\"type\":\"object\",\"properties\":{\"label\":{\"type\":\"string\"},"
    "\"street\":{\"type\":\"string\"},\"postcode\":{\"type\":\"string\"},"
    "\"city\":{\"type\":\"string\"},\"region\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"},\"extended\":{\"type\":\"string\"},"
    "\"pobox\":{\"type\":\"string\"}},\"required\":[\"label\",\"street\"]}";

static void items_put(struct openapi *d, const struct record_field *f)
{
    type_is(d, "array");
    json_key(&d->j, "items");
    if (f->result == KIND_REFS) {
        json_raw(&d->j, str_of(refs_items));
        return;
    }
    json_open(&d->j, '{');
    type_is(d, "string");
    choices_put(d, f, false);
    json_close(&d->j, '}');
}

static void reaches_put(struct openapi *d, const struct record_field *f)
{
    type_is(d, "array");
    json_key(&d->j, "items");
    json_raw(&d->j, str_of(f->result == KIND_ADDRESSES ? addresses_items : reach_items));
}

/* By kind_json. */
static void value_given(struct openapi *d, const struct record_field *f)
{
    if (kind_reaches(f->result)) {
        reaches_put(d, f);
        return;
    }
    switch (f->result) {
    case KIND_INTEGER:
    case KIND_RATING:
    case KIND_REF:
    case KIND_PERSON:
    case KIND_FILE:
        types_are(d, "integer");
        json_kstr(&d->j, "format", S("int64"));
        break;
    case KIND_DECIMAL:
        types_are(d, "number");
        break;
    case KIND_BOOL:
        types_are(d, "boolean");
        break;
    case KIND_CHOICES:
    case KIND_REFS:
        items_put(d, f);
        break;
    case KIND_ADDRESS:
        types_are(d, "object");
        json_key(&d->j, "properties");
        json_raw(&d->j, str_of(address_parts));
        break;
    case KIND_CHOICE:
        types_are(d, "string");
        choices_put(d, f, true);
        break;
    default:
        types_are(d, "string");
        if (f->result == KIND_DATE || f->result == KIND_TIME || f->result == KIND_EMAIL ||
            f->result == KIND_URL)
            json_kstr(&d->j, "format",
                      f->result == KIND_DATE    ? S("date")
                      : f->result == KIND_TIME  ? S("date-time")
                      : f->result == KIND_EMAIL ? S("email")
                                                : S("uri"));
        break;
    }
}

/* Which choices go with which of the other field's; those that are not named go with any. */
static void within_put(struct openapi *d, const struct record_field *f)
{
    json_kstr(&d->j, "x-depends", str_of(f->depends));
    json_key(&d->j, "x-within");
    json_open(&d->j, '{');
    for (const struct field_choice *c = f->choices; c && c->name; c++) {
        struct str rest = str_of(c->within ? c->within : ""), one;
        if (!c->within)
            continue;
        json_key(&d->j, c->name);
        json_open(&d->j, '[');
        while (str_split(&rest, ',', &one))
            json_str(&d->j, one);
        json_close(&d->j, ']');
    }
    json_close(&d->j, '}');
}

static void words_put(struct openapi *d, const struct record_field *f)
{
    if (f->depends && f->result == KIND_CHOICE)
        within_put(d, f);
    json_kstr(&d->j, "title", str_of(f->label));
    if (f->help)
        json_kstr(&d->j, "description", str_of(f->help));
}

static const char entry_common[] =
    "\"id\":{\"type\":\"integer\",\"format\":\"int64\"},\"type\":{\"type\":\"string\"},"
    "\"path\":{\"type\":\"string\"},\"revision\":{\"type\":\"integer\",\"format\":\"int64\"}";

/* By entries_json_list and entry_told: of types with votes. */
static const struct {
    const char *name, *schema;
} core[] = {
    {"space_id", "{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"}"},
    {"author_id", "{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"}"},
    {"author_name", "{\"type\":\"string\"}"},
    {"author_handle", "{\"type\":\"string\"}"},
    {"state", "{\"type\":\"string\"}"},
    {"score", "{\"type\":\"integer\",\"format\":\"int64\"}"},
    {"comments", "{\"type\":\"integer\",\"format\":\"int64\"}"},
    {"answers", "{\"type\":\"integer\",\"format\":\"int64\"}"},
    {"active_at", "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"},
    {"excerpt", "{\"type\":\"string\"}"},
    {"hot", "{\"type\":\"number\"}"},
    {"voted", "{\"type\":\"boolean\"}"},
    {"html", "{\"type\":\"string\",\"contentMediaType\":\"text/html\"}"},
};

static void more_describe(struct openapi *d, const struct record_type *t, const struct part *parts)
{
    for (const struct part *p = parts; p && p->kind; p++)
        if (p->kind == PART_ALL)
            more_describe(d, t, p->of);
        else if (!t->votes || strcmp(p->name, "voted") != 0)
            part_describe(d, p);
}

/* What is told besides the fields. */
static void core_describe(struct openapi *d, const struct record_type *t)
{
    for (size_t i = 0; t->votes && i < sizeof core / sizeof *core; i++) {
        if (type_field(t, core[i].name))
            continue;
        json_key(&d->j, core[i].name);
        json_raw(&d->j, str_of(core[i].schema));
    }
    more_describe(d, t, t->more);
}

/* A list gives the columns that were asked for, so none of the fields is required. */
void type_schema_describe(struct openapi *d, const struct record_type *t)
{
    json_key(&d->j, t->name);
    json_open(&d->j, '{');
    type_is(d, "object");
    json_kstr(&d->j, "title", str_of(t->noun));
    json_key(&d->j, "properties");
    json_open(&d->j, '{');
    out_str(d->j.o, str_of(entry_common));
    d->j.comma = true;
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!field_seen(f, d->viewer))
            continue;
        json_key(&d->j, f->name);
        json_open(&d->j, '{');
        value_given(d, f);
        words_put(d, f);
        if (!field_written(f, d->viewer))
            json_kbool(&d->j, "readOnly", true);
        json_close(&d->j, '}');
    }
    core_describe(d, t);
    json_close(&d->j, '}');
    json_key(&d->j, "required");
    json_raw(&d->j, S("[\"id\",\"type\",\"path\",\"revision\"]"));
    json_kbool(&d->j, "additionalProperties", false);
    json_close(&d->j, '}');
}

static void entry_refer(struct openapi *d, const struct record_type *t)
{
    size_t known = 0;
    while (known < d->types_n && d->types[known] != t)
        known++;
    if (known == d->types_n && known < OPENAPI_SCHEMAS)
        d->types[d->types_n++] = t;
    json_open(&d->j, '{');
    json_kstr(&d->j, "$ref", str_fmt(d->arena, "#/components/schemas/%s", t->name));
    json_close(&d->j, '}');
}

void type_answer_describe(struct openapi *d, const struct record_type *t, bool list)
{
    json_open(&d->j, '{');
    type_is(d, "object");
    json_key(&d->j, "properties");
    json_open(&d->j, '{');
    json_key(&d->j, "data");
    if (list) {
        json_open(&d->j, '{');
        type_is(d, "array");
        json_key(&d->j, "items");
    }
    entry_refer(d, t);
    if (list) {
        json_close(&d->j, '}');
        json_key(&d->j, "next");
        json_open(&d->j, '{');
        types_are(d, "string");
        json_close(&d->j, '}');
    }
    json_close(&d->j, '}');
    json_key(&d->j, "required");
    json_raw(&d->j, list ? S("[\"data\",\"next\"]") : S("[\"data\"]"));
    json_close(&d->j, '}');
}

/* ---- what is taken ---- */

/* By kind_parse, of what http/form.c makes of JSON. */
static void value_taken(struct openapi *d, const struct record_field *f)
{
    switch (f->result) {
    case KIND_INTEGER:
    case KIND_REF:
    case KIND_PERSON:
    case KIND_FILE:
        formatted(d, "integer", "int64");
        break;
    case KIND_RATING:
        type_is(d, "integer");
        json_kint(&d->j, "minimum", 1);
        json_kint(&d->j, "maximum", 5);
        break;
    case KIND_BOOL:
        type_is(d, "boolean");
        break;
    case KIND_DECIMAL:
        type_is(d, "number");
        break;
    case KIND_CHOICE:
        type_is(d, "string");
        choices_put(d, f, false);
        break;
    case KIND_CHOICES:
        items_put(d, f);
        break;
    case KIND_REFS:
        type_is(d, "array");
        json_key(&d->j, "items");
        json_raw(&d->j, S("{\"type\":[\"integer\",\"string\",\"object\"]}"));
        break;
    case KIND_ADDRESS: /* five lines, or its parts */
        json_key(&d->j, "type");
        json_raw(&d->j, S("[\"string\",\"object\"]"));
        json_key(&d->j, "properties");
        json_raw(&d->j, str_of(address_parts));
        json_kint(&d->j, "maxLength", LINES_MAX);
        break;
    case KIND_DATE:
        formatted(d, "string", "date");
        break;
    case KIND_TIME:
        formatted(d, "string", "date-time");
        break;
    default:
        type_is(d, "string");
        if (kind_info(f->result)->can & KIND_LINES)
            json_kint(&d->j, "maxLength", LINES_MAX);
        else if (f->result != KIND_TAGS)
            json_kint(&d->j, "maxLength", TEXT_MAX);
        break;
    }
}

static void type_form(struct openapi *d, const struct record_type *t, bool part)
{
    json_open(&d->j, '{');
    type_is(d, "object");
    json_key(&d->j, "properties");
    json_open(&d->j, '{');
    if (part) {
        json_key(&d->j, "note");
        json_raw(&d->j, S("{\"type\":\"string\",\"title\":\"What changed\"}"));
        json_key(&d->j, "revision");
        json_raw(&d->j, S("{\"type\":\"integer\",\"format\":\"int64\"}"));
    } else if (t->spaced) {
        json_key(&d->j, "space");
        json_raw(&d->j, S("{\"type\":\"integer\",\"format\":\"int64\"}"));
    }
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        if (!field_written(f, d->viewer))
            continue;
        json_key(&d->j, f->name);
        json_open(&d->j, '{');
        value_taken(d, f);
        if (!part && field_begins(f) && !f->depends && choice_first(f, S("")))
            json_kstr(&d->j, "default", str_of(choice_first(f, S(""))->name));
        words_put(d, f);
        json_close(&d->j, '}');
    }
    json_close(&d->j, '}');
    json_key(&d->j, "required");
    json_open(&d->j, '[');
    if (t->spaced && !part)
        json_str(&d->j, S("space"));
    for (size_t i = 0; i < t->fields_n && !part; i++)
        if ((t->fields[i].flags & FIELD_REQUIRED) && !field_begins(&t->fields[i]) &&
            field_written(&t->fields[i], d->viewer))
            json_str(&d->j, str_of(t->fields[i].name));
    json_close(&d->j, ']');
    json_kbool(&d->j, "additionalProperties", false);
    json_close(&d->j, '}');
}

void type_body_describe(struct openapi *d, const struct record_type *t, bool part)
{
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded"};
    json_key(&d->j, "requestBody");
    json_open(&d->j, '{');
    json_kbool(&d->j, "required", !part);
    json_key(&d->j, "content");
    json_open(&d->j, '{');
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        json_key(&d->j, types[i]);
        json_open(&d->j, '{');
        json_key(&d->j, "schema");
        type_form(d, t, part);
        json_close(&d->j, '}');
    }
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

/* ---- how a list is narrowed ---- */

static void query_open(struct openapi *d, struct str name, struct str says)
{
    json_open(&d->j, '{');
    json_kstr(&d->j, "name", name);
    json_kstr(&d->j, "in", S("query"));
    json_kbool(&d->j, "required", false);
    json_kstr(&d->j, "description", says);
    json_key(&d->j, "schema");
    json_open(&d->j, '{');
    type_is(d, "string");
}

static void query_close(struct openapi *d)
{
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

static void sorts_put(struct openapi *d, const struct record_type *t)
{
    query_open(d, S("sort"), S("a field, falling behind a \"-\"; else the newest first"));
    json_key(&d->j, "enum");
    json_open(&d->j, '[');
    for (size_t i = 0; t->votes && list_sorts[i]; i++)
        json_str(&d->j, str_of(list_sorts[i]));
    for (size_t i = 0; i < t->fields_n; i++)
        if (field_seen(&t->fields[i], d->viewer) && field_sorts(&t->fields[i])) {
            json_str(&d->j, str_of(t->fields[i].name));
            json_str(&d->j, str_fmt(d->arena, "-%s", t->fields[i].name));
        }
    json_close(&d->j, ']');
    query_close(d);
}

/* By select.h. */
static void core_filters_put(struct openapi *d, const struct record_type *t)
{
    static const char *const filters[][2] = {
        {"space", "short name of its space"},
        {"tag", "with this tag"},
        {"show", "only those: mine, unanswered"},
    };
    for (size_t i = 0; t->votes && i < sizeof filters / sizeof *filters; i++) {
        if (type_field(t, filters[i][0]))
            continue;
        query_open(d, str_of(filters[i][0]), str_of(filters[i][1]));
        query_close(d);
    }
}

void type_filters_describe(struct openapi *d, const struct record_type *t)
{
    query_open(d, S("q"), S("words that are in it"));
    query_close(d);
    query_open(d, S("after"), S("the `next` of the page before"));
    query_close(d);
    query_open(d, S("match"), S("whether all of the conditions must hold, or any of them"));
    json_key(&d->j, "enum");
    json_raw(&d->j, S("[\"all\",\"any\"]"));
    query_close(d);
    sorts_put(d, t);
    core_filters_put(d, t);
    for (size_t i = 0; i < t->fields_n; i++) {
        const struct record_field *f = &t->fields[i];
        for (enum compare c = 0; field_seen(f, d->viewer) && c < COMPARES; c++) {
            if (!compare_fits(c, f))
                continue;
            query_open(d, str_fmt(d->arena, "%s%s%s", f->name, c ? "." : "", compare_name(c)),
                       str_fmt(d->arena, "%s %s", f->label, compare_label(c, f)));
            query_close(d);
        }
    }
}
