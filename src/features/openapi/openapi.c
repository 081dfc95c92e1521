/* openapi.c: /openapi.json, the API's description (OpenAPI 3.1), made of the tables that are the
 * API.
 *
 * Owns    nothing                Uses  the routes of all features
 * RULES
 *   1. Every route is in it, with its parameters, form, answer, scope and rate, and nothing else;
 *      one of every type (/:type) stands there for each type that the caller may see.
 *   2. It passes an OpenAPI linter, and every operation answers as it says.
 *   3. A type or field that is made or changed is in the next description, and none that the caller
 *      may not see.
 *
 * WHY it is made at each request: it is 2 ms of printing, and there is nothing to keep in step.
 */
#include "features/openapi/openapi.h"

#include "core/version.h"
#include "http/app.h"
#include "http/once.h"
#include "view/answer.h"

/* A route, or one of every type for one of them. */
struct operation {
    const struct router_route *r;
    const struct record_type *type; /* NULL: the route as it is */
    struct str path;                /* "/deals/:id" */
    bool done;
};

static int openapi_show(struct req *rq);
static void info_describe(struct openapi *d, struct req *rq);
static void paths_describe(struct openapi *d, const struct router *router,
                           const struct catalog *catalog);
static void operation_describe(struct openapi *d, const struct operation *op);
static void security_describe(struct openapi *d, const struct route *route);
static void parameters_describe(struct openapi *d, const struct operation *op);
static void body_describe(struct openapi *d, const struct operation *op);
static void answers_describe(struct openapi *d, const struct operation *op);
static void components_describe(struct openapi *d);

static const struct part openapi_answer[] = {{.kind = PART_OPEN}, {0}};

static const struct route routes[] = {
    {GET, "/openapi", openapi_show, ANYONE, .answers = openapi_answer,
     .help = "this API's description, as /openapi.json"},
    {0},
};

const struct feature openapi_feature = {.name = "openapi", .routes = routes};

static const char *const who_words[] = {"", "anyone", "member", "staff", "administrator", "owner"};

/* What an operation may refuse with; of which ones, status_applies knows. */
static const struct refusal_said {
    int status;
    const char *says;
} refusals[] = {
    {400, "The request cannot be read, or its query is not one."},
    {401, "No token, or one that is not good any more."},
    {403, "Not allowed: by role, by the token's scope, or by who wrote it."},
    {404, "Nothing here that the caller may see."},
    {406, "Nothing here in the form that was asked for."},
    {409, "It exists already, or somebody else won."},
    {412, "Somebody changed it since it was read. Nothing was changed."},
    {413, "Too large."},
    {415, "Neither a form nor JSON."},
    {422, "Fields are wrong, each with its reason in `errors`; or the Idempotency-Key was used for "
          "another request."},
    {429, "Too often. Come back after `Retry-After` seconds."},
    {503, "Too busy. Come back after `Retry-After` seconds."},
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

/* ---- small things ---- */

static void member_open(struct openapi *d, const char *key, char bracket)
{
    json_key(&d->j, key);
    json_open(&d->j, bracket);
}

static void ref(struct openapi *d, const char *where, const char *name)
{
    json_open(&d->j, '{');
    json_kstr(&d->j, "$ref", str_fmt(d->arena, "#/components/%s/%s", where, name));
    json_close(&d->j, '}');
}

/* What the fields of a type say: its list, making, reading and changing one. */
static bool fields_say(const struct operation *op, enum method method, const char *path)
{
    const char *own = op->r->route->path; /* "/ideas", with a rate of its own, is a "/:type" */
    bool bare = op->type && str_is(op->path, own) && !strchr(own + 1, '/');
    return op->type && op->r->route->method == method && strcmp(bare ? "/:type" : own, path) == 0;
}

static bool takes_revision(const struct operation *op)
{
    const struct route *route = op->r->route;
    for (const struct form_rule *r = route->form; r && r->name; r++)
        if (strcmp(r->name, "revision") == 0)
            return route->method == PATCH;
    return fields_say(op, PATCH, "/:type/:id");
}

/* ---- the document ---- */

static void openapi_print(struct json *j, const void *data)
{
    const struct catalog *catalog = data;
    struct req *rq = req_of(j->o);
    struct openapi *d = arena_make(rq->arena, struct openapi);
    *d = (struct openapi){.j = *j, .arena = rq->arena, .viewer = &rq->viewer};
    json_kstr(&d->j, "openapi", S("3.1.0"));
    info_describe(d, rq);
    paths_describe(d, rq->app->router, catalog);
    components_describe(d);
    *j = d->j;
}

static int openapi_show(struct req *rq)
{
    const struct catalog *catalog = catalog_of(rq->db);
    struct str name = hub_name(rq); /* the last that is asked of the database */
    if (db_failed(rq->db) || !name.n)
        return refuse(rq, 500, NULL);
    rq->face = FACE_JSON; /* it has no other */
    int status = answer(rq, &(struct answer){.json = openapi_print, .data = catalog});
    res_header(rq, "ETag",
               str_fmt(rq->arena, "\"%016llx\"", (unsigned long long)str_hash(out_text(&rq->out))));
    return status;
}

static void info_describe(struct openapi *d, struct req *rq)
{
    member_open(d, "info", '{');
    json_kstr(&d->j, "title", hub_name(rq));
    json_kstr(&d->j, "version", S(SKEP_VERSION));
    json_kstr(&d->j, "description",
              S("Every address answers people and programs alike; ask for `application/json`. "
                "Whoever may do it is in `x-who`."));
    member_open(d, "license", '{');
    json_kstr(&d->j, "name", S("GNU Affero General Public License, version 3 or later"));
    json_kstr(&d->j, "identifier", S("AGPL-3.0-or-later"));
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    member_open(d, "servers", '[');
    json_open(&d->j, '{');
    json_kstr(&d->j, "url", site_url(rq));
    json_close(&d->j, '}');
    json_close(&d->j, ']');
}

/* "/ideas/:id/votes" as "/ideas/{id}/votes". */
static char *path_template(struct arena *a, struct str path)
{
    struct out o;
    out_init(&o, 4096);
    bool name = false;
    for (const char *c = path.p; c < path.p + path.n; c++) {
        if (*c == '/' && name)
            out_char(&o, '}');
        name = *c == ':' || (name && *c != '/');
        out_char(&o, *c == ':' ? '{' : *c);
    }
    if (name)
        out_char(&o, '}');
    return str_cstr(a, out_take(&o, a));
}

/* Whether a path of one type comes to the route of every type: a feature may have its own there. */
static bool path_leads(const struct router *router, struct str path, const struct router_route *r)
{
    struct router_place place;
    struct str segments[ROUTER_PARAMS * 2], rest = str_from(path, 1);
    size_t n = 0;
    while (n < ROUTER_PARAMS * 2 && str_split(&rest, '/', &segments[n])) {
        if (segments[n].n && segments[n].p[0] == ':')
            segments[n] = S("1");
        n++;
    }
    return router_find(router, segments, n, &place) && place.by_method[r->route->method] == r;
}

/* The type of a route that does for one what another one does for all. NULL: it is none. */
static const struct record_type *type_of(const struct openapi *d, const struct catalog *catalog,
                                         const struct router_route *all, size_t n,
                                         const struct route *route)
{
    bool same = false;
    for (size_t i = 0; i < n; i++)
        same = same || (strcmp(all[i].route->path, "/:type") == 0 &&
                        all[i].route->handler == route->handler);
    for (size_t k = 0; k < catalog->n && same; k++)
        if (str_is(str_of(catalog->types[k]->plural), route->path + 1) &&
            type_described(catalog->types[k], d->viewer))
            return catalog->types[k];
    return NULL;
}

/* All routes; those of every type once for each. */
static size_t operations_list(struct openapi *d, const struct router *router,
                              const struct catalog *catalog, struct operation **list)
{
    size_t n;
    const struct router_route *all = router_routes(router, &n);
    const struct str every = S("/:type");
    size_t found = 0;
    *list = arena_array(d->arena, struct operation, n * (catalog->n + 1));
    for (size_t i = 0; i < n; i++) {
        struct str path = str_of(all[i].route->path), rest = str_from(path, every.n);
        if (!str_starts(path, every) || (rest.n && rest.p[0] != '/')) {
            const struct record_type *t = type_of(d, catalog, all, n, all[i].route);
            (*list)[found++] = (struct operation){&all[i], t, path, false};
            continue;
        }
        for (size_t k = 0; k < catalog->n; k++) {
            const struct record_type *t = catalog->types[k];
            if (!type_described(t, d->viewer) || (!t->votes && str_ends(rest, S("/votes"))))
                continue;
            struct str own = str_fmt(d->arena, "/%s" STR_FMT, t->plural, STR_ARG(rest));
            if (path_leads(router, own, &all[i]))
                (*list)[found++] = (struct operation){&all[i], t, own, false};
        }
    }
    return found;
}

/* Several features may have routes of one path: each path once, with all its methods. */
static void paths_describe(struct openapi *d, const struct router *router,
                           const struct catalog *catalog)
{
    struct operation *list;
    size_t n = operations_list(d, router, catalog, &list);
    member_open(d, "paths", '{');
    for (size_t i = 0; i < n; i++) {
        if (list[i].done)
            continue;
        member_open(d, path_template(d->arena, list[i].path), '{');
        for (size_t k = i; k < n; k++)
            if (!list[k].done && str_eq(list[k].path, list[i].path)) {
                operation_describe(d, &list[k]);
                list[k].done = true;
            }
        json_close(&d->j, '}');
    }
    json_close(&d->j, '}');
}

/* ---- one operation ---- */

/* "POST /ideas/:id/votes" as "post_ideas_id_votes". */
static struct str operation_id(struct arena *a, const struct operation *op)
{
    struct str path = str_is(op->path, "/") ? S("/root") : op->path;
    char *id =
        str_cstr(a, str_fmt(a, "%s" STR_FMT, method_name(op->r->route->method), STR_ARG(path)));
    size_t n = 0;
    for (const char *c = id; *c; c++)
        if (*c != ':')
            id[n++] = (char)(*c >= 'A' && *c <= 'Z'                                 ? *c + 32
                             : (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ? *c
                                                                                    : '_');
    return str_make(id, n);
}

static void operation_describe(struct openapi *d, const struct operation *op)
{
    const struct router_route *r = op->r;
    const struct route *route = r->route;
    char *method = str_cstr(d->arena, str_lower(d->arena, str_of(method_name(route->method))));
    member_open(d, method, '{');
    json_kstr(&d->j, "operationId", operation_id(d->arena, op));
    json_kstr(&d->j, "summary", str_of(route->help ? route->help : route->path));
    member_open(d, "tags", '[');
    json_str(&d->j, str_of(op->type ? op->type->plural : r->feature->name));
    json_close(&d->j, ']');
    json_kstr(&d->j, "x-who", str_of(who_words[route->who]));
    if (route->rate.times) {
        member_open(d, "x-rate", '{');
        json_kint(&d->j, "times", route->rate.times);
        json_kint(&d->j, "seconds", route->rate.seconds);
        json_close(&d->j, '}');
    }
    security_describe(d, route);
    parameters_describe(d, op);
    body_describe(d, op);
    answers_describe(d, op);
    json_close(&d->j, '}');
}

static void scheme(struct openapi *d, const char *name, const char *scope)
{
    json_open(&d->j, '{');
    if (name) {
        member_open(d, name, '[');
        if (*scope)
            json_str(&d->j, str_of(scope));
        json_close(&d->j, ']');
    }
    json_close(&d->j, '}');
}

static void security_describe(struct openapi *d, const struct route *route)
{
    const char *scope = scope_name(route_scope(route));
    member_open(d, "security", '[');
    if (route->who == ANYONE)
        scheme(d, NULL, "");
    if (*scope)
        scheme(d, "token", scope);
    scheme(d, "session", "");
    json_close(&d->j, ']');
}

static void parameter_open(struct openapi *d, struct str name, const char *in, bool required)
{
    json_open(&d->j, '{');
    json_kstr(&d->j, "name", name);
    json_kstr(&d->j, "in", str_of(in));
    json_kbool(&d->j, "required", required);
}

static void path_parameter(struct openapi *d, const struct router_route *r, struct str name)
{
    static const char *const words[] = {"token", "type", "field", "name", "tag", NULL};
    bool text = str_is(name, "id") && (r->route->flags & ROUTE_NAMED);
    for (const char *const *w = words; *w; w++)
        text = text || str_is(name, *w);
    parameter_open(d, name, "path", true);
    if (!str_is(name, "token"))
        json_kstr(&d->j, "description",
                  !text                ? S("its number")
                  : str_is(name, "id") ? S("its number, or its short name")
                                       : S("its name"));
    member_open(d, "schema", '{');
    json_kstr(&d->j, "type", text ? S("string") : S("integer"));
    if (!text)
        json_kstr(&d->j, "format", S("int64"));
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

static void parameters_describe(struct openapi *d, const struct operation *op)
{
    const struct router_route *r = op->r;
    member_open(d, "parameters", '[');
    for (size_t i = 0; i < r->names_n; i++)
        if (!op->type || !str_is(r->names[i], "type"))
            path_parameter(d, r, r->names[i]);
    if (fields_say(op, GET, "/:type"))
        type_filters_describe(d, op->type);
    for (const struct form_rule *q = r->route->query; q && q->name; q++) {
        parameter_open(d, str_of(q->name), "query", q->required);
        if (q->label)
            json_kstr(&d->j, "description", str_of(q->label));
        json_key(&d->j, "schema");
        rule_describe(d, q, false);
        json_close(&d->j, '}');
    }
    if (takes_revision(op))
        ref(d, "parameters", "IfMatch");
    if (once_takes(r->route))
        ref(d, "parameters", "IdempotencyKey");
    json_close(&d->j, ']');
}

/* Files in a form, or one as the body. */
static void upload_describe(struct openapi *d)
{
    member_open(d, "requestBody", '{');
    json_kbool(&d->j, "required", true);
    member_open(d, "content", '{');
    member_open(d, "application/octet-stream", '{');
    member_open(d, "schema", '{');
    json_kstr(&d->j, "type", S("string"));
    json_kstr(&d->j, "format", S("binary"));
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    member_open(d, "multipart/form-data", '{');
    member_open(d, "schema", '{');
    json_kstr(&d->j, "type", S("object"));
    member_open(d, "properties", '{');
    member_open(d, "file", '{');
    json_kstr(&d->j, "type", S("string"));
    json_kstr(&d->j, "format", S("binary"));
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

static void body_describe(struct openapi *d, const struct operation *op)
{
    const struct route *route = op->r->route;
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded"};
    bool required = false;
    if (fields_say(op, POST, "/:type") || fields_say(op, PATCH, "/:type/:id"))
        type_body_describe(d, op->type, route->method == PATCH);
    if (route->upload)
        upload_describe(d);
    if (!route->form)
        return;
    for (const struct form_rule *r = route->form; r->name; r++)
        required = required || (r->required && route->method != PATCH);
    member_open(d, "requestBody", '{');
    json_kbool(&d->j, "required", required);
    member_open(d, "content", '{');
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        member_open(d, types[i], '{');
        json_key(&d->j, "schema");
        form_describe(d, route->form, route->method == PATCH);
        json_close(&d->j, '}');
    }
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

/* ---- answers ---- */

/* A parameter may name what is not there. */
static bool query_asks(const struct route *route)
{
    bool asks = false;
    for (const struct form_rule *q = route->query; q && q->name; q++)
        asks = asks || q->required;
    return asks;
}

static bool status_applies(const struct operation *op, int status)
{
    const struct router_route *r = op->r;
    const struct route *route = r->route;
    bool changes = route->method != GET, bare = (route->flags & ROUTE_BARE) != 0;
    switch (status) {
    case 401:
    case 403:
        return !bare;
    case 404:
        return r->names_n || (route->flags & ROUTE_STREAM) || query_asks(route);
    case 409:
    case 413:
    case 415:
        return changes;
    case 422:
        return changes || route->query;
    case 412:
        return takes_revision(op);
    case 429:
        return route->rate.times != 0;
    default:
        return true;
    }
}

static void answer_headers(struct openapi *d, const struct route *route, bool created)
{
    if (!created && !route->rate.times)
        return;
    member_open(d, "headers", '{');
    if (created) {
        json_key(&d->j, "Location");
        ref(d, "headers", "Location");
    }
    if (route->rate.times) {
        json_key(&d->j, "RateLimit");
        ref(d, "headers", "RateLimit");
        json_key(&d->j, "RateLimit-Policy");
        ref(d, "headers", "RateLimitPolicy");
    }
    json_close(&d->j, '}');
}

static void good_describe(struct openapi *d, const struct operation *op)
{
    const struct route *route = op->r->route;
    bool created = (route->flags & ROUTE_CREATES) != 0;
    if (route->method != GET && !route->answers) {
        json_key(&d->j, "204");
        ref(d, "responses", "Done");
        return;
    }
    member_open(d, created ? "201" : "200", '{');
    json_kstr(&d->j, "description", created ? S("It is made.") : S("As asked."));
    answer_headers(d, route, created);
    const char *type = route->answers                  ? "application/json"
                       : (route->flags & ROUTE_STREAM) ? "text/event-stream"
                                                       : "*/*";
    member_open(d, "content", '{');
    member_open(d, type, '{');
    if (route->answers) {
        json_key(&d->j, "schema");
        bool one = route->method != DELETE && fields_say(op, route->method, "/:type/:id");
        if (one || fields_say(op, route->method, "/:type"))
            type_answer_describe(d, op->type, fields_say(op, GET, "/:type"));
        else
            parts_describe(d, route->answers);
    }
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

static void answers_describe(struct openapi *d, const struct operation *op)
{
    const struct route *route = op->r->route;
    member_open(d, "responses", '{');
    good_describe(d, op);
    bool page = route->method == GET && !route->answers && !(route->flags & ROUTE_STREAM);
    if ((route->flags & ROUTE_LEADS) || (page && route->who > ANYONE)) { /* to sign in */
        json_key(&d->j, "303");
        ref(d, "responses", "Elsewhere");
    }
    if (route->answers && route->method == GET) {
        json_key(&d->j, "304");
        ref(d, "responses", "Unchanged");
    }
    for (size_t i = 0; i < REFUSALS; i++)
        if (status_applies(op, refusals[i].status)) {
            struct str name = str_fmt(d->arena, "%d", refusals[i].status);
            json_key(&d->j, name.p);
            ref(d, "responses", str_fmt(d->arena, "Problem%d", refusals[i].status).p);
        }
    json_close(&d->j, '}');
}

/* ---- components ---- */

static void header_describe(struct openapi *d, const char *name, const char *says, const char *type)
{
    member_open(d, name, '{');
    json_kstr(&d->j, "description", str_of(says));
    member_open(d, "schema", '{');
    json_kstr(&d->j, "type", str_of(type));
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

static void headers_describe(struct openapi *d)
{
    member_open(d, "headers", '{');
    header_describe(d, "Location", "Where it stands.", "string");
    header_describe(d, "RetryAfter", "Seconds to wait.", "integer");
    header_describe(d, "RateLimit",
                    "What is left: `r` calls, and all of them again in `t` seconds.", "string");
    header_describe(d, "RateLimitPolicy", "At most `q` calls in `w` seconds.", "string");
    json_close(&d->j, '}');
    member_open(d, "parameters", '{');
    member_open(d, "IfMatch", '{');
    json_kstr(&d->j, "name", S("If-Match"));
    json_kstr(&d->j, "in", S("header"));
    json_kstr(&d->j, "description", S("The ETag of what was read; a newer one is not replaced."));
    member_open(d, "schema", '{');
    json_kstr(&d->j, "type", S("string"));
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    member_open(d, "IdempotencyKey", '{');
    json_kstr(&d->j, "name", S("Idempotency-Key"));
    json_kstr(&d->j, "in", S("header"));
    json_kstr(&d->j, "description",
              S("The same key and request within a day is done once and answered alike."));
    member_open(d, "schema", '{');
    json_kstr(&d->j, "type", S("string"));
    json_kint(&d->j, "maxLength", ONCE_KEY_MAX);
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

static void refusal_describe(struct openapi *d, const struct refusal_said *said)
{
    member_open(d, str_fmt(d->arena, "Problem%d", said->status).p, '{');
    json_kstr(&d->j, "description", str_of(said->says));
    if (said->status == 429 || said->status == 503) {
        member_open(d, "headers", '{');
        json_key(&d->j, "Retry-After");
        ref(d, "headers", "RetryAfter");
        json_close(&d->j, '}');
    }
    member_open(d, "content", '{');
    member_open(d, "application/problem+json", '{');
    json_key(&d->j, "schema");
    ref(d, "schemas", "Problem");
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}

static void responses_describe(struct openapi *d)
{
    member_open(d, "responses", '{');
    member_open(d, "Elsewhere", '{');
    json_kstr(&d->j, "description", S("Where to go on is in Location."));
    member_open(d, "headers", '{');
    json_key(&d->j, "Location");
    ref(d, "headers", "Location");
    json_close(&d->j, '}');
    json_close(&d->j, '}');
    member_open(d, "Done", '{');
    json_kstr(&d->j, "description", S("Done; there is nothing to say."));
    json_close(&d->j, '}');
    member_open(d, "Unchanged", '{');
    json_kstr(&d->j, "description", S("It is as If-None-Match says."));
    json_close(&d->j, '}');
    for (size_t i = 0; i < REFUSALS; i++)
        refusal_describe(d, &refusals[i]);
    json_close(&d->j, '}');
}

/* RFC 9457. */
static const char problem_schema[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\"],"
    "\"properties\":{\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},"
    "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
    "\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"object\",\"description\":\"What is wrong, by field.\","
    "\"additionalProperties\":{\"type\":\"string\"}}},\"additionalProperties\":false}";

static const char security_schemes[] =
    "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"An access token of "
    "one's account; its scopes are read, write and admin.\"},"
    "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"skep_session\","
    "\"description\":\"A browser's session; changes also need X-CSRF-Token.\"}}";

static void components_describe(struct openapi *d)
{
    member_open(d, "components", '{');
    headers_describe(d);
    responses_describe(d);
    json_key(&d->j, "securitySchemes");
    json_raw(&d->j, str_of(security_schemes));
    member_open(d, "schemas", '{');
    json_key(&d->j, "Problem");
    json_raw(&d->j, str_of(problem_schema));
    for (size_t i = 0; i < d->types_n; i++) /* they refer to further parts */
        type_schema_describe(d, d->types[i]);
    schemas_describe(d);
    json_close(&d->j, '}');
    json_close(&d->j, '}');
}
