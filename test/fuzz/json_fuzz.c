/* json_fuzz.c: any bytes as a body of JSON, and what the face of a request makes of them.
 *
 * jansson is the judge of what is JSON; the promises are those of http/form.c and core/json.h: one
 * object, its members in order, each as text; refused are others, what is nested too deep, and what
 * has too many members. Written again as JSON, the fields read as they were.
 */
#include <jansson.h>
#include <math.h>

#include "core/json.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/request.h"

enum { DEPTH = 32 }; /* http/form RULE 2 */

static const struct route route = {POST, "/x"};

static int depth_of(json_t *v)
{
    int deepest = 0;
    const char *name;
    json_t *inner;
    size_t i;
    json_object_foreach(v, name, inner)
    {
        int depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(v, i, inner)
    {
        int depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    return json_is_object(v) || json_is_array(v) ? deepest + 1 : 0;
}

static bool simple(const json_t *v)
{
    return !json_is_object(v) && !json_is_array(v);
}

static void check_value(struct str text, json_t *v)
{
    must(utf8_valid(text) && !memchr(text.p, 0, text.n));
    int64_t number = 0;
    if (json_is_string(v))
        must(str_eq(text, str_make(json_string_value(v), json_string_length(v))));
    else if (json_is_integer(v))
        must(str_int(text, &number) && number == json_integer_value(v));
    else if (json_is_real(v))
        must(strtod(text.p, NULL) == json_real_value(v));
    else if (json_is_boolean(v))
        must(str_is(text, json_is_true(v) ? "true" : "false"));
    else if (json_is_null(v))
        must(text.n == 0);
    bool list = json_is_array(v);
    for (size_t i = 0; list && i < json_array_size(v); i++)
        list = simple(json_array_get(v, i));
    if (simple(v) || list)
        return;
    json_t *again = json_loadb(text.p, text.n, 0, NULL); /* what is nested stays JSON */
    must(again != NULL && json_equal(again, v));
    json_decref(again);
}

static void check_again(struct arena *a, const struct http_request *hr)
{
    struct out o;
    out_init(&o, 1 << 24);
    struct json j = json_to(&o);
    json_open(&j, '{');
    for (size_t i = 0; i < hr->fields_n; i++) {
        json_key(&j, str_cstr(a, hr->fields[i].name));
        json_str(&j, hr->fields[i].value);
    }
    json_close(&j, '}');
    must(!out_failed(&o));
    struct http_request *again =
        fuzz_request(a, &route, S("application/json; charset=utf-8"), out_take(&o, a));
    must(body_read(again) == 0 && again->fields_n == hr->fields_n);
    for (size_t i = 0; i < hr->fields_n; i++)
        must(str_eq(again->fields[i].name, hr->fields[i].name) &&
             str_eq(again->fields[i].value, hr->fields[i].value));
}

static void check_taken(struct arena *a, const struct http_request *hr, json_t *root)
{
    const char *name;
    json_t *v;
    size_t at = 0;
    must(hr->fields_n == json_object_size(root));
    json_object_foreach(root, name, v)
    {
        must(str_is(hr->fields[at].name, name));
        check_value(hr->fields[at].value, v);
        at++;
    }
    check_again(a, hr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str body = str_make((const char *)data, size);
    struct http_request *hr = fuzz_request(a, &route, S("Application/JSON"), body);
    int refused = body_read(hr);
    json_t *root =
        utf8_valid(body) ? json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool good =
        json_is_object(root) && json_object_size(root) <= TARGET_FIELDS && depth_of(root) <= DEPTH;
    must(refused == (good || body.n == 0 ? 0 : 400));
    if (good)
        check_taken(a, hr, root);
    json_decref(root);
    arena_free(a);
    return 0;
}
