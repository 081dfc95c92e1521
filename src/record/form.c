/* form.c: see form.h. */
#include "record/form.h"

static int form_index(const struct form *form, struct str name)
{
    for (int i = 0; form->rules[i].name; i++)
        if (str_is(name, form->rules[i].name))
            return i;
    return -1;
}

/* The rule of a field that is one of several. */
static int form_begins(const struct form *form, struct str name)
{
    for (int i = 0; form->rules[i].name; i++)
        if (form->rules[i].begins && str_starts(name, str_of(form->rules[i].name)))
            return i;
    return -1;
}

static bool field_is_common(struct str name)
{
    return str_eq(name, S("_csrf")) || str_eq(name, S("_method")) || str_eq(name, S("back"));
}

bool form_begun(const struct form *form, struct str name)
{
    return form_index(form, name) < 0 && !field_is_common(name) && form_begins(form, name) >= 0;
}

/* CRLF becomes LF; other control characters go, and in one line the line ends too. */
static struct str clean(struct arena *a, struct str s, bool lines)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool line_end = c == '\n' || (c == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'));
        if (line_end)
            p[n++] = lines ? '\n' : ' ';
        else if (c >= ' ' ? c != 127 : c == '\t')
            p[n++] = (char)c;
    }
    return str_trim(str_make(p, n));
}

static bool is_one(const char *const *choices, struct str value)
{
    for (; *choices; choices++)
        if (str_is(value, *choices))
            return true;
    return false;
}

static bool is_choice(const struct form_rule *rule, struct str value)
{
    struct str one;
    bool all = true;
    if (!rule->many)
        return is_one(rule->choices, value);
    while (str_split(&value, ',', &one))
        all = all && is_one(rule->choices, one);
    return all;
}

static bool is_whole(const struct form_rule *rule, struct str value)
{
    int64_t number;
    struct str one;
    bool all = true;
    if (!rule->many)
        return str_int(value, &number);
    while (str_split(&value, ',', &one))
        all = all && str_int(one, &number);
    return all;
}

static const char *check(struct arena *a, const struct form_rule *rule, struct str value)
{
    int max = rule->max ? rule->max : FORM_MAX;
    const char *label = rule->label ? rule->label : rule->name;
    if (rule->required && !value.n)
        return str_fmt(a, "%s is missing.", label).p;
    if (value.n && rule->whole && !is_whole(rule, value))
        return str_fmt(a, "%s must be a whole number.", label).p;
    if (value.n && rule->choices && !is_choice(rule, value))
        return str_fmt(a, "%s has no such choice.", label).p;
    if (utf8_len(value) > (size_t)max)
        return str_fmt(a, "%s may have at most %d characters.", label, max).p;
    return NULL;
}

void form_init(const struct form_rule *rules, struct form *form)
{
    *form = (struct form){.rules = rules, .ok = true};
    for (int i = 0; rules[i].name; i++)
        form->values[i] = S("");
}

static void field_take(struct req *rq, struct form *form, const struct param *field)
{
    int i = form_index(form, field->name);
    if (form_begun(form, field->name)) {
        const struct form_rule *of = &form->rules[form_begins(form, field->name)];
        const char *why = check(rq->arena, of, field->value);
        if (why)
            form_fail(form, of->name, why);
        return;
    }
    if (i < 0) {
        if (!field_is_common(field->name))
            form_fail(form, NULL,
                      str_fmt(rq->arena, "There is no field \"" STR_FMT "\" here.",
                              STR_ARG(str_first(field->name, 40)))
                          .p);
        return;
    }
    const struct form_rule *rule = &form->rules[i];
    bool lines = rule->lines || rule->list;
    struct str value = rule->secret ? field->value : clean(rq->arena, field->value, lines);
    if (form->given[i] && rule->many)
        value = str_fmt(rq->arena, STR_FMT "," STR_FMT, STR_ARG(form->values[i]), STR_ARG(value));
    else if (form->given[i])
        form_fail(form, rule->name, "This field was sent twice.");
    form->given[i] = true;
    form->values[i] = value;
}

bool form_read(struct req *rq, const struct form_rule *rules, struct form *form)
{
    size_t n;
    const struct param *fields = req_fields(rq, &n);
    bool part = rq->method == PATCH && rq->face == FACE_JSON;
    if (rq->route->form && rq->route->form != rules)
        db_fail(rq->db, DB_FAILED, "the route reads another form than it declares");
    form_init(rules, form);
    for (size_t i = 0; i < n; i++)
        field_take(rq, form, &fields[i]);
    for (int i = 0; rules[i].name; i++) {
        const char *why = check(rq->arena, &rules[i], form->values[i]);
        if (why && !form->errors[i] && (form->given[i] || !part))
            form_fail(form, rules[i].name, why);
    }
    return form->ok;
}

struct str form_get(const struct form *form, const char *name)
{
    int i = form_index(form, str_of(name));
    return i < 0 ? S("") : form->values[i];
}

int64_t form_int(const struct form *form, const char *name)
{
    int64_t n = 0;
    return str_int(form_get(form, name), &n) ? n : 0;
}

bool form_given(const struct form *form, const char *name)
{
    int i = form_index(form, str_of(name));
    return i >= 0 && form->given[i];
}

void form_set(struct form *form, const char *name, struct str value)
{
    int i = form_index(form, str_of(name));
    if (i >= 0)
        form->values[i] = value;
}

void form_keep(struct form *form, const char *name, struct str value)
{
    if (!form_given(form, name))
        form_set(form, name, value);
}

const char *form_error(const struct form *form, const char *name)
{
    int i = form_index(form, str_of(name));
    return i < 0 ? NULL : form->errors[i];
}

void form_fail(struct form *form, const char *name, const char *why)
{
    int i = name ? form_index(form, str_of(name)) : -1;
    if (i >= 0)
        form->errors[i] = why;
    else
        form->whole_error = why;
    form->ok = false;
}

const char *form_why(const struct form *form)
{
    const char *why = form->whole_error;
    for (int i = 0; form->rules[i].name && !why; i++)
        why = form->errors[i];
    return why;
}

static int form_problem(struct req *rq, const struct form *form)
{
    struct json j = problem_open(
        rq, 422, form->whole_error ? form->whole_error : "Some fields are not as they should be.");
    json_key(&j, "errors");
    json_open(&j, '{');
    for (int i = 0; form->rules[i].name; i++)
        if (form->errors[i])
            json_kstr(&j, form->rules[i].name, str_of(form->errors[i]));
    json_close(&j, '}');
    json_close(&j, '}');
    return rq->status;
}

int form_refuse(struct req *rq, const struct form *form)
{
    if (rq->face == FACE_JSON)
        return form_problem(rq, form);
    return refuse(rq, 422, form_why(form));
}

const char *query_wrong(struct req *rq)
{
    for (const struct form_rule *rule = rq->route->query; rule && rule->name; rule++) {
        struct str value = req_query(rq, rule->name);
        const char *why = value.n && rule->choices && !is_choice(rule, value) ? "has no such choice"
                          : value.n && rule->whole && !str_int(value, &(int64_t){0})
                              ? "must be a whole number"
                              : NULL;
        if (why)
            return str_fmt(rq->arena, "\"%s\" %s.", rule->name, why).p;
    }
    return NULL;
}

int form_answer(struct req *rq, const struct form *form, const struct answer *page)
{
    if (rq->face == FACE_JSON)
        return form_problem(rq, form);
    struct answer again = *page;
    again.status = 422;
    rq->face = FACE_PAGE; /* Turbo shows a 422 page in place of the form, whatever it accepts */
    return answer(rq, &again);
}
