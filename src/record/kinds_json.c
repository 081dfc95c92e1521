/* kinds_json.c: values as JSON, and JSON as texts that a form could have sent; see kinds.h. */
#include "record/kinds.h"

#include <jansson.h>

#include "core/clock.h"
#include "core/out.h"
#include "record/photos.h"
#include "record/reach.h"
#include "record/types.h"

static const char *const address_keys[] = {"street", "postcode", "city", "region", "country"};

static struct str address_unwrap(struct arena *a, const json_t *root)
{
    struct str lines[ADDRESS_LINES];
    for (size_t i = 0; i < ADDRESS_LINES; i++) {
        const char *line = json_string_value(json_object_get(root, address_keys[i]));
        lines[i] = str_of(line ? line : "");
    }
    return str_join(a, lines, ADDRESS_LINES, S("\n"));
}

/* "12:decision maker" in a line each. */
static struct str links_unwrap(struct arena *a, const json_t *root)
{
    struct out o;
    size_t i;
    const json_t *link;
    out_init(&o, 1 << 16);
    json_array_foreach(root, i, link)
    {
        const char *role = json_string_value(json_object_get(link, "role"));
        const json_t *id = json_is_object(link) ? json_object_get(link, "id") : link;
        if (json_is_integer(id))
            out_int(&o, json_integer_value(id));
        else
            out_str(&o, str_of(json_is_string(id) ? json_string_value(id) : "?"));
        out_fmt(&o, "%s%s\n", role && *role ? ":" : "", role ? role : "");
    }
    return out_take(&o, a);
}

struct str kind_unwrap(struct arena *a, const struct record_field *f, struct str text)
{
    bool address = f->result == KIND_ADDRESS && str_starts(text, S("{"));
    bool links = f->result == KIND_REFS && str_starts(text, S("[{"));
    bool reaches = kind_reaches(f->result) && str_starts(text, S("[{"));
    json_t *root = address || links || reaches ? json_loadb(text.p, text.n, 0, NULL) : NULL;
    if (root)
        text = address   ? address_unwrap(a, root)
               : reaches ? reach_unwrap(a, f->result, root)
                         : links_unwrap(a, root);
    json_decref(root);
    return text;
}

static void links_json(struct json *j, const struct value *v)
{
    json_open(j, '[');
    for (size_t i = 0; i < v->leads_n; i++) {
        json_open(j, '{');
        json_kint(j, "id", v->leads[i].id);
        json_kstr(j, "role", v->leads[i].role);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void address_json(struct json *j, struct str lines)
{
    struct str line;
    json_open(j, '{');
    for (size_t n = 0; n < ADDRESS_LINES; n++)
        json_kstr(j, address_keys[n], str_split(&lines, '\n', &line) ? line : S(""));
    json_close(j, '}');
}

static void choices_json(struct json *j, struct str names)
{
    struct str one;
    json_open(j, '[');
    while (str_split(&names, ',', &one))
        json_str(j, one);
    json_close(j, ']');
}

void kind_json(struct json *j, struct arena *a, const struct record_field *f, const struct value *v)
{
    char buf[32];
    if (kind_reaches(f->result)) {
        reach_json(j, a, f->result, v->none ? S("") : v->s);
        return;
    }
    if (v->none && f->result != KIND_REFS && f->result != KIND_CHOICES) {
        json_nil(j);
        return;
    }
    switch (f->result) {
    case KIND_INTEGER:
    case KIND_RATING:
    case KIND_REF:
    case KIND_PERSON:
    case KIND_FILE:
        json_int(j, v->i);
        return;
    case KIND_BOOL:
        json_bool(j, v->i != 0);
        return;
    case KIND_TIME:
        json_str(j, clock_rfc3339(buf, v->i));
        return;
    case KIND_CHOICES:
        choices_json(j, v->s);
        return;
    case KIND_REFS:
        links_json(j, v);
        return;
    case KIND_ADDRESS:
        address_json(j, v->s);
        return;
    case KIND_DECIMAL: /* exact digits: a number as JSON has it */
    case KIND_MONEY:
    case KIND_DATE:
        if (f->result == KIND_DECIMAL)
            json_raw(j, kind_text(a, f, v));
        else
            json_str(j, kind_text(a, f, v));
        return;
    default:
        json_str(j, v->s);
    }
}
