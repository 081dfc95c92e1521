/* batches.c: POST /batch: many requests in one, in one transaction.
 *
 *     {"atomic": true, "operations": [
 *         {"method": "PATCH", "path": "/ideas/12", "headers": {"If-Match": "\"3\""},
 *          "body": {"title": "A better lid"}},
 *         {"method": "GET", "path": "/ideas/12"}]}
 *
 * Owns    nothing                Uses  http/inner.h
 * RULES
 *   1. Each operation is answered with what the same request by itself would have been answered
 *      with, in order, and sees what those before it wrote.
 *   2. One that is refused keeps nothing; the others are kept.
 *   3. With `atomic` all are kept or none: the first that is refused ends it, and the answer (422)
 *      says which one, and how.
 *   4. When the database fails nothing is kept, and the batch is answered as any other request.
 *   5. It ends: OPERATIONS_MAX operations, ANSWERS_MAX bytes of answers, LONGEST of time; what
 *      comes behind that time is answered with 503.
 *   6. An operation that was counted against a rate is not counted again when the transaction has
 *      to be run again.
 *
 * WHY on the writer, with its reads: they are to see the writes before them. Lists that are read
 * long are refused, and so one batch holds up the others for no longer than LONGEST.
 */
#include <jansson.h>

#include "core/clock.h"
#include "http/app.h"
#include "http/feature.h"
#include "http/inner.h"
#include "record/form.h"
#include "view/answer.h"

enum {
    OPERATIONS_MAX = 100,
    BODY_MAX = 1 << 20,
    ANSWERS_MAX = 8 << 20,
};
#define LONGEST CLOCK_SECOND

struct operation {
    struct str method, path, body, if_match, idempotency_key;
};

struct result {
    int64_t status;
    struct str headers, body; /* JSON */
};

struct batch {
    struct arena *texts; /* of the answers */
    struct operation *operations;
    struct result *results;
    size_t n;    /* operations */
    size_t done; /* results */
};

struct paid { /* what outlives a run of the transaction */
    bool operation[OPERATIONS_MAX];
};

static int batches_create(struct req *rq);

static const char *const yes_no[] = {"false", "true", NULL};
static const struct form_rule rules[] = {
    {"operations", .label = "Operations", .required = true, .list = true, .max = BODY_MAX},
    {"atomic", .label = "All or none", .choices = yes_no},
    {0},
};

static const struct part result_parts[] = {
    PART_TITLE("OperationAnswer"),
    PART(INT, "status", struct result, status),
    PART(RAW, "headers", struct result, headers),
    PART(RAW, "body", struct result, body),
    {0},
};
static const struct part batch_answer[] = {
    PART_LIST("data", struct batch, results, done, result_parts),
    {0},
};

static const struct route routes[] = {
    {POST, "/batch", batches_create, MEMBER, .rate = PER_MINUTE(30), .body_max = BODY_MAX,
     .flags = ROUTE_OUTER, .form = rules, .answers = batch_answer,
     .help =
         "up to 100 requests in one: each {method, path, body, headers}; `atomic`: all or none"},
    {0},
};

const struct feature batches_feature = {.name = "batches", .routes = routes};

/* ---- what is asked ---- */

static void json_forget(void *p)
{
    json_decref(p);
}

static struct str text_of(struct arena *a, const json_t *v)
{
    return json_is_string(v) ? str_dup(a, str_make(json_string_value(v), json_string_length(v)))
                             : S("");
}

static struct str json_text(struct arena *a, const json_t *v)
{
    size_t n = v ? json_dumpb(v, NULL, 0, JSON_COMPACT) : 0;
    char *p = arena_alloc(a, n + 1);
    return str_make(p, json_dumpb(v, p, n, JSON_COMPACT));
}

/* NULL, or what is wrong with it. */
static const char *headers_read(struct arena *a, json_t *headers, struct operation *op)
{
    const char *name;
    json_t *value;
    if (headers && !json_is_object(headers))
        return "Headers are an object.";
    json_object_foreach(headers, name, value)
    {
        struct str *to = str_eq_nocase(str_of(name), S("if-match"))          ? &op->if_match
                         : str_eq_nocase(str_of(name), S("idempotency-key")) ? &op->idempotency_key
                                                                             : NULL;
        if (!to || !json_is_string(value))
            return "An operation has the headers If-Match and Idempotency-Key, and no others.";
        *to = text_of(a, value);
    }
    return NULL;
}

static const char *operation_read(struct arena *a, json_t *one, struct operation *op)
{
    static const char *const names[] = {"method", "path", "body", "headers"};
    json_t *body = json_object_get(one, "body");
    size_t known = 0;
    if (!json_is_object(one))
        return "An operation is an object.";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known += json_object_get(one, names[i]) != NULL;
    if (known != json_object_size(one))
        return "An operation has method, path, body and headers, and nothing else.";
    *op = (struct operation){.method = text_of(a, json_object_get(one, "method")),
                             .path = text_of(a, json_object_get(one, "path")),
                             .body = S(""),
                             .if_match = S(""),
                             .idempotency_key = S("")};
    if (!op->method.n || !op->path.n)
        return "An operation has a method and a path.";
    if (body && !json_is_null(body) && !json_is_object(body))
        return "The body of an operation is an object.";
    if (json_is_object(body))
        op->body = json_text(a, body);
    return headers_read(a, json_object_get(one, "headers"), op);
}

static const char *operations_read(struct req *rq, struct str text, struct batch *b)
{
    json_error_t error;
    json_t *list = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (list)
        arena_defer(rq->arena, json_forget, list);
    b->n = json_array_size(list);
    if (!json_is_array(list) || b->n == 0)
        return "Operations are a list of at least one.";
    if (b->n > OPERATIONS_MAX)
        return "A batch has at most 100 operations.";
    b->operations = arena_array(rq->arena, struct operation, b->n);
    b->results = arena_array(rq->arena, struct result, b->n);
    for (size_t i = 0; i < b->n; i++) {
        const char *why = operation_read(rq->arena, json_array_get(list, i), &b->operations[i]);
        if (why)
            return str_fmt(rq->arena, "%s (The one with number %zu.)", why, i).p;
    }
    return NULL;
}

/* ---- what is answered ---- */

static bool header_told(struct str name)
{
    return !str_eq_nocase(name, S("set-cookie")) && !str_eq_nocase(name, S("cache-control"));
}

static struct str headers_json(struct arena *a, const struct inner_answer *got)
{
    struct out o;
    out_init(&o, BODY_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    if (got->type.n)
        json_kstr(&j, "Content-Type", got->type);
    for (size_t i = 0; i < got->headers_n; i++)
        if (header_told(got->headers[i].name))
            json_kstr(&j, str_cstr(a, got->headers[i].name), got->headers[i].value);
    json_close(&j, '}');
    return out_take(&o, a);
}

static struct str body_json(struct arena *a, const struct inner_answer *got)
{
    if (str_starts(got->type, S("application/json")) ||
        str_starts(got->type, S("application/problem+json")))
        return str_dup(a, got->body);
    if (!got->body.n || !utf8_valid(got->body))
        return S("");
    struct out o;
    out_init(&o, ANSWERS_MAX);
    out_json_str(&o, got->body);
    return out_take(&o, a);
}

/* ---- running ---- */

/* RULES 2 and 4. A duplicate or a value that does not fit is the operation's own affair. */
static void part_end(struct req *rq, bool keep)
{
    enum db_failure failure = db_failed(rq->db);
    struct str message = str_dup(rq->arena, str_of(db_message(rq->db)));
    db_save_end(rq->db, keep);
    if (failure && failure != DB_DUPLICATE && failure != DB_INVALID && !db_failed(rq->db))
        db_fail(rq->db, failure, message.p);
}

static int operation_run(struct req *rq, struct inner *in, const struct inner_ask *ask,
                         struct batch *b)
{
    struct inner_answer got;
    db_save(rq->db);
    inner_ask(in, rq->db, ask, &got);
    part_end(rq, got.status < 400);
    b->results[b->done++] =
        (struct result){got.status, headers_json(b->texts, &got), body_json(b->texts, &got)};
    return got.status;
}

static void late_put(struct batch *b) /* RULE 5 */
{
    b->results[b->done++] = (struct result){
        503, S("{\"Retry-After\":\"1\"}"),
        S("{\"type\":\"about:blank\",\"title\":\"Too busy right now\",\"status\":503,"
          "\"detail\":\"The batch has taken too long. Send the rest by itself.\"}")};
}

/* False: one was refused, and that is the end of it. */
static bool batch_run(struct req *rq, struct batch *b, bool atomic)
{
    struct inner *in = inner_open(rq->app, rq->arena);
    struct paid *paid = rq->prepared ? rq->prepared : arena_make(rq->arena, struct paid);
    int64_t most = rq->app->options.batch_ms * (CLOCK_SECOND / 1000),
            until = clock_steady() + (most ? most : LONGEST);
    rq->prepared = paid; /* RULE 6 */
    while (b->done < b->n && !db_failed(rq->db) && arena_used(b->texts) <= ANSWERS_MAX) {
        size_t i = b->done;
        const struct operation *op = &b->operations[i];
        struct inner_ask ask = {.outer = rq,
                                .method = op->method,
                                .target = op->path,
                                .body = op->body,
                                .if_match = op->if_match,
                                .idempotency_key = op->idempotency_key,
                                .paid = paid->operation[i]};
        if (clock_steady() > until)
            late_put(b);
        else
            paid->operation[i] = operation_run(rq, in, &ask, b) != 429;
        if (atomic && b->results[i].status >= 400)
            return false;
    }
    return true;
}

static int none_kept(struct req *rq, const struct batch *b) /* RULE 3 */
{
    size_t last = b->done - 1;
    struct json j = problem_open(
        rq, 422,
        str_fmt(rq->arena, "The operation with number %zu was refused: nothing was kept.", last).p);
    json_kint(&j, "operation", (int64_t)last);
    json_key(&j, "answer");
    json_open(&j, '{');
    parts_print(&j, result_parts, &b->results[last]);
    json_close(&j, '}');
    json_close(&j, '}');
    return rq->status;
}

static void texts_free(void *arena)
{
    arena_free(arena);
}

static int batches_create(struct req *rq)
{
    struct form form;
    struct batch *b = arena_make(rq->arena, struct batch);
    form_read(rq, rules, &form);
    const char *why = form.ok ? operations_read(rq, form_get(&form, "operations"), b) : NULL;
    if (why)
        form_fail(&form, "operations", why);
    if (!form.ok)
        return form_refuse(rq, &form);
    b->texts = arena_new(SIZE_MAX);
    arena_defer(rq->arena, texts_free, b->texts);
    bool kept = batch_run(rq, b, str_is(form_get(&form, "atomic"), "true"));
    if (db_failed(rq->db))
        return rq->status = 500; /* the dispatcher tells of it */
    if (arena_used(b->texts) > ANSWERS_MAX)
        return refuse(rq, 422, "The answers are more than 8 MiB. Ask for less at a time.");
    rq->face = FACE_JSON; /* it has no other */
    return kept ? answer(rq, &(struct answer){.data = b}) : none_kept(rq, b);
}
