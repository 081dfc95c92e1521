/* form.c: fields of the body: a form, or one JSON object.
 *
 * RULES
 *   1. A body that is neither is refused with 415; one that cannot be read, with 400.
 *   2. JSON: one object of at most 256 members, each name once, nested at most 32 deep, no NUL.
 *   3. Text is UTF-8 or refused, in both.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "core/log.h"
#include "http/http.h"

enum { JSON_DEPTH = 32 };

static int json_read(struct http_request *hr);
static bool json_shallow(struct str s);
static struct str json_text(struct arena *a, const json_t *v);
static struct str json_list(struct arena *a, const json_t *list);
static struct str json_whole(struct arena *a, const json_t *v);

int body_read(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    rq->body = out_text(&hr->in.body);
    if (rq->body.n == 0)
        return 0;
    struct str type = req_header(rq, "content-type"), kind = S("");
    str_split(&type, ';', &kind);
    kind = str_trim(kind);
    if (req_header(rq, "content-encoding").n)
        return 415;
    if (str_eq_nocase(kind, S("application/x-www-form-urlencoded")))
        return target_fields(rq->arena, rq->body, &hr->fields, &hr->fields_n) ? 0 : 400;
    if (str_eq_nocase(kind, S("application/json")))
        return json_read(hr);
    return rq->method == GET ? 0 : 415; /* nobody looks at the body of a GET */
}

static int json_read(struct http_request *hr)
{
    struct req *rq = &hr->rq;
    if (!utf8_valid(rq->body) || !json_shallow(rq->body))
        return 400;
    json_error_t error;
    json_t *root = json_loadb(rq->body.p, rq->body.n, JSON_REJECT_DUPLICATES, &error);
    size_t n = json_object_size(root), at = 0;
    if (!json_is_object(root) || n > TARGET_FIELDS) {
        json_decref(root);
        return 400;
    }
    hr->fields = arena_array(rq->arena, struct param, n);
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value) hr->fields[at++] =
        (struct param){str_dup(rq->arena, str_of(name)), json_text(rq->arena, value)};
    hr->fields_n = at;
    json_decref(root);
    return 0;
}

/* Counts brackets outside of strings before the parser, which recurses, sees them. */
static bool json_shallow(struct str s)
{
    int depth = 0;
    bool text = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (text && c == '\\')
            i++;
        else if (c == '"')
            text = !text;
        else if (!text && (c == '{' || c == '[') && ++depth > JSON_DEPTH)
            return false;
        else if (!text && (c == '}' || c == ']'))
            depth--;
    }
    return true;
}

/* The shortest that reads as the same number: 0.1 and not 0.10000000000000001. */
static struct str real_text(struct arena *a, double d)
{
    struct str text = str_fmt(a, "%.15g", d);
    for (int digits = 16; digits <= 17 && strtod(text.p, NULL) != d; digits++)
        text = str_fmt(a, "%.*g", digits, d);
    return text;
}

static struct str json_text(struct arena *a, const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_STRING:
        return str_dup(a, str_make(json_string_value(v), json_string_length(v)));
    case JSON_INTEGER:
        return str_fmt(a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    case JSON_REAL:
        return real_text(a, json_real_value(v));
    case JSON_TRUE:
        return S("true");
    case JSON_FALSE:
        return S("false");
    case JSON_ARRAY:
        return json_list(a, v);
    case JSON_OBJECT:
        return json_whole(a, v);
    default:
        return S("");
    }
}

/* Scalars joined by ','; a list of anything else stays JSON. */
static struct str json_list(struct arena *a, const json_t *list)
{
    size_t n = json_array_size(list);
    struct str *parts = arena_array(a, struct str, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        if (json_is_array(v) || json_is_object(v))
            return json_whole(a, list);
        parts[i] = json_text(a, v);
    }
    return str_join(a, parts, n, S(","));
}

static struct str json_whole(struct arena *a, const json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT);
    if (!text)
        die("out of memory: JSON");
    struct str s = str_dup(a, str_of(text));
    free(text);
    return s;
}
