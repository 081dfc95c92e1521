/* form_fuzz.c: any bytes as the fields of a form, read by a table that has every kind of rule.
 *
 * The first byte chooses: a form or JSON, POST or PATCH, the face. The fields of a form must be
 * those of a reading by the letter; what form_read takes must be as its table says (form RULE 1, 3,
 * 5), and stay as it is when it is sent again.
 */
#include "record/form.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/letter.h"
#include "test/fuzz/request.h"

enum { JSON_BIT = 1, PATCH_BIT = 2, FACE_BIT = 4 };

static const char *const states[] = {"open", "planned", "a,b", NULL};
static const char *const levels[] = {"all", "some", "none", NULL};
static const struct form_rule rules[] = {
    {"title", .label = "Title", .required = true, .max = 8},
    {"body", .label = "Text", .lines = true, .max = 60},
    {"password", .label = "Password", .secret = true, .max = 20},
    {"space", .label = "Space", .whole = true},
    {"state", .label = "State", .choices = states},
    {"levels", .label = "Levels", .choices = levels, .many = true, .max = 40},
    {0},
};
static const struct route routes[] = {
    {POST, "/x", .form = rules},
    {PATCH, "/x", .form = rules},
};

static const struct form_rule *rule_of(struct str name)
{
    for (const struct form_rule *rule = rules; rule->name; rule++)
        if (str_is(name, rule->name))
            return rule;
    return NULL;
}

static bool among(const char *const *words, struct str s)
{
    for (; *words; words++)
        if (str_is(s, *words))
            return true;
    return false;
}

static void check_value(const struct form_rule *rule, struct str value, bool missing_is_good)
{
    int64_t number;
    struct str one, rest = value;
    must(utf8_valid(value) && utf8_len(value) <= (size_t)(rule->max ? rule->max : FORM_MAX));
    must(value.n > 0 || !rule->required || missing_is_good);
    for (size_t i = 0; i < value.n && !rule->secret; i++) {
        unsigned char c = (unsigned char)value.p[i];
        must((c >= ' ' && c != 0x7f) || c == '\t' || (c == '\n' && rule->lines));
    }
    must(rule->secret || str_eq(str_trim(value), value));
    must(!value.n || !rule->whole || str_int(value, &number));
    if (value.n && rule->choices && !rule->many)
        must(among(rule->choices, value));
    while (rule->many && str_split(&rest, ',', &one))
        must(among(rule->choices, one));
}

/* What was taken, sent once more as a form. */
static void check_again(struct arena *a, const struct form *form, const struct route *route,
                        enum face face)
{
    struct out o;
    struct form again;
    out_init(&o, 1 << 20);
    for (int i = 0; rules[i].name; i++)
        if (form->given[i]) {
            out_str(&o, str_of(rules[i].name));
            out_char(&o, '=');
            out_url(&o, form->values[i]);
            out_char(&o, '&');
        }
    struct http_request *hr = fuzz_request(
        a, route, S("application/x-www-form-urlencoded; charset=utf-8"), out_take(&o, a));
    hr->rq.face = face;
    must(body_read(hr) == 0 && form_read(&hr->rq, rules, &again));
    for (int i = 0; rules[i].name; i++)
        must(again.given[i] == form->given[i] && str_eq(again.values[i], form->values[i]));
}

static void check_form(struct arena *a, struct http_request *hr)
{
    struct form form;
    size_t n;
    bool in_part = hr->rq.method == PATCH && hr->rq.face == FACE_JSON;
    bool good = form_read(&hr->rq, rules, &form);
    const struct param *fields = req_fields(&hr->rq, &n);
    must(good == form.ok);
    for (size_t i = 0; i < n; i++) {
        const struct form_rule *rule = rule_of(fields[i].name);
        if (!rule && !str_is(fields[i].name, "_csrf") && !str_is(fields[i].name, "_method") &&
            !str_is(fields[i].name, "back"))
            must(!good && form.whole_error);
        must(!rule || form_given(&form, rule->name));
        for (size_t k = 0; rule && k < i; k++)
            if (str_eq(fields[k].name, fields[i].name) && !rule->many)
                must(!good && form_error(&form, rule->name));
    }
    bool told = form.whole_error != NULL;
    for (int i = 0; rules[i].name; i++) {
        told = told || form.errors[i];
        if (!form.errors[i])
            check_value(&rules[i], form.values[i], in_part && !form.given[i]);
    }
    must(told == !good);
    if (good)
        check_again(a, &form, hr->rq.route, hr->rq.face);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(SIZE_MAX);
    struct str body = str_make((const char *)data, size);
    unsigned choice = fuzz_byte(&body);
    struct str type =
        choice & JSON_BIT ? S("application/json") : S("application/x-www-form-urlencoded");
    struct http_request *hr = fuzz_request(a, &routes[!!(choice & PATCH_BIT)], type, body);
    hr->rq.face = choice & FACE_BIT ? FACE_JSON : FACE_PAGE;
    int refused = body_read(hr);
    must(refused == 0 || refused == 400);
    if (!(choice & JSON_BIT)) {
        struct param *fields;
        size_t n;
        bool taken = letter_fields(a, body, &fields, &n);
        must(taken == (refused == 0));
        if (taken)
            letter_same(hr->fields, hr->fields_n, fields, n);
    }
    if (refused == 0)
        check_form(a, hr);
    arena_free(a);
    return 0;
}
