/* kit.c: people, requests and what came back, for tests; see kit.h.
 *
 * WHY people are made by SQL and not through the sign-up: a test of one feature should not fail
 * because another is broken, and a password costs its time.
 */
#include "test/kit.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/out.h"
#include "http/session.h"
#include "record/duplicates.h"
#include "record/fields.h"
#include "record/search.h"

enum { KIT_REQUEST_MAX = 64 << 20, KIT_ANSWER_SHOWN = 3000 };

/* ---- stored ---- */

struct question {
    struct kit *kit;
    const char *sql;
    const struct db_arg *args;
    size_t n;
    int64_t number;
    struct str text;
    char failure[300];
};

static bool question_failed(struct question *q, struct db *db)
{
    if (db_failed(db))
        snprintf(q->failure, sizeof q->failure, "%s", db_message(db));
    return db_failed(db);
}

static bool ask(struct db *db, void *ctx)
{
    struct question *q = ctx;
    struct rows rows = db_query_n(db, q->sql, q->args, q->n);
    q->number = -1;
    q->text = (struct str){0};
    if (db_next(&rows)) {
        q->number = db_int(&rows, 0);
        q->text = db_dup(&rows, 0, q->kit->arena);
        db_done(&rows);
    }
    return !question_failed(q, db);
}

static bool tell(struct db *db, void *ctx)
{
    struct question *q = ctx;
    db_exec_n(db, q->sql, q->args, q->n);
    return !question_failed(q, db);
}

static struct question question(struct kit *kit, enum store_lane lane, const char *sql,
                                const struct db_arg *args, size_t n)
{
    struct question q = {.kit = kit, .sql = sql, .args = args, .n = n};
    if (!store_run(kit->app->store, lane, lane == STORE_WRITE ? tell : ask, &q) && q.failure[0])
        fail_msg("%s: %s", sql, q.failure);
    return q;
}

#define told(kit, sql, ...)                                                                        \
    question((kit), STORE_WRITE, (sql), (const struct db_arg[]){__VA_ARGS__},                      \
             sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg))

int64_t sql_int(struct kit *kit, const char *sql)
{
    return question(kit, STORE_READ, sql, NULL, 0).number;
}

struct str sql_str(struct kit *kit, const char *sql)
{
    return question(kit, STORE_READ, sql, NULL, 0).text;
}

void sql_run(struct kit *kit, const char *sql)
{
    question(kit, STORE_WRITE, sql, NULL, 0);
}

static bool nothing(struct db *db, void *ctx)
{
    (void)db, (void)ctx;
    return false;
}

void kit_written(struct kit *kit)
{
    store_run(kit->app->store, STORE_WRITE, nothing, NULL);
}

/* ---- people ---- */

static void cookie_set(struct kit *kit, struct person_kit *p, struct str name, struct str value)
{
    struct cookie *c = p->cookies;
    while (c && !str_eq(c->name, name))
        c = c->next;
    if (!c) {
        c = arena_make(kit->arena, struct cookie);
        *c = (struct cookie){.name = str_dup(kit->arena, name), .next = p->cookies};
        p->cookies = c;
    }
    c->value = str_dup(kit->arena, value);
}

static struct str cookie_get(const struct person_kit *p, const char *name)
{
    for (const struct cookie *c = p->cookies; c; c = c->next)
        if (str_is(c->name, name))
            return c->value;
    return S("");
}

static struct db_arg secret_hash(struct kit *kit, struct str token)
{
    unsigned char *hash = arena_alloc(kit->arena, TOKEN_HASH);
    token_hash(token, hash);
    return B(str_make((char *)hash, TOKEN_HASH));
}

static struct str secret_of(struct kit *kit, const char *what, int64_t id)
{
    unsigned char bytes[32];
    struct str seed = str_fmt(kit->arena, "%s %lld", what, (long long)id);
    crypto_generichash(bytes, sizeof bytes, (const unsigned char *)seed.p, seed.n, NULL, 0);
    return str_hex(kit->arena, bytes, sizeof bytes);
}

static bool person_number(struct db *db, void *ctx)
{
    return (*(int64_t *)ctx = db_next_id(db, "records")) > 0;
}

static bool person_index(struct db *db, void *ctx)
{
    const struct person_kit *p = ctx;
    db_exec(db, "INSERT INTO texts (record_id, format, source) VALUES (?1, 'markdown', '')",
            I(p->id));
    search_put(db, p->id, p->handle, S(""), S(""));
    struct arena *a = arena_new(1 << 20);
    title_follow(&(struct act){.db = db, .arena = a},
                 &(struct record){.id = p->id, .type = S("person"), .title = p->handle}, S(""));
    alike_keys_end(db, a, &(struct alike_keys){.id = p->id});
    arena_free(a);
    return !db_failed(db);
}

static void person_insert(struct kit *kit, struct person_kit *p)
{
    char password[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str(password, p->password.p, p->password.n, crypto_pwhash_OPSLIMIT_MIN,
                          crypto_pwhash_MEMLIMIT_MIN) != 0)
        die("kit: no memory for a password");
    if (!store_run(kit->app->store, STORE_WRITE, person_number, &p->id))
        fail_msg("kit: no number for a person");
    told(kit,
         "INSERT INTO records (id, type, root_id, path, author_id, title, audience, created_at,"
         " updated_at, active_at) VALUES (?1, 'person', ?1, '', ?1, ?2, 0, ?3, ?3, ?3)",
         I(p->id), T(p->handle), I(kit->now));
    told(kit, "INSERT INTO people (id, handle, name) VALUES (?1, ?2, ?2)", I(p->id), T(p->handle));
    told(kit,
         "INSERT INTO identities (person_id, kind, address, verified_at)"
         " VALUES (?1, 'email', ?2, ?3)",
         I(p->id), T(p->email), I(kit->now));
    if (!store_run(kit->app->store, STORE_WRITE, person_index, p))
        fail_msg("kit: a person cannot be indexed");
    told(kit,
         "INSERT INTO accounts (person_id, email, password, role, created_at)"
         " VALUES (?1, ?2, ?3, ?4, ?5)",
         I(p->id), T(p->email), T(str_of(password)), I(p->role), I(kit->now));
}

static void person_sign_in(struct kit *kit, struct person_kit *p)
{
    struct str token = secret_of(kit, "session", p->id);
    told(kit,
         "INSERT INTO sessions (token_hash, person_id, created_at, seen_at, expires_at)"
         " VALUES (?1, ?2, ?3, ?3, ?4)",
         secret_hash(kit, token), I(p->id), I(kit->now), I(kit->now + 30 * CLOCK_DAY));
    cookie_set(kit, p, S("skep_session"), token);
}

struct person_kit *kit_person(struct kit *kit, const char *handle, enum role role)
{
    for (struct person_kit *p = kit->people; p; p = p->next)
        if (str_is(p->handle, handle))
            return p;
    struct person_kit *p = arena_make(kit->arena, struct person_kit);
    *p = (struct person_kit){
        .role = role,
        .handle = str_fmt(kit->arena, "%s", handle),
        .email = str_fmt(kit->arena, "%s@example.org", handle),
        .password = str_fmt(kit->arena, "password of %s", handle),
        .next = kit->people,
    };
    kit->people = p;
    person_insert(kit, p);
    person_sign_in(kit, p);
    return p;
}

void as(struct kit *kit, struct person_kit *person)
{
    kit->viewer = person ? person : &kit->guest;
}

struct str kit_token(struct kit *kit, const struct person_kit *person, const char *scopes)
{
    struct str token = secret_of(kit, scopes, person->id);
    told(kit,
         "INSERT INTO tokens (token_hash, person_id, scopes, created_at) VALUES (?1, ?2, ?3, ?4)",
         secret_hash(kit, token), I(person->id), Z(scopes), I(kit->now));
    return token;
}

/* ---- requests ---- */

void kit_header(struct kit *kit, const char *fmt, ...)
{
    char line[2000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    kit->more_headers = str_fmt(kit->arena, STR_FMT "%s\r\n", STR_ARG(kit->more_headers), line);
}

/* As src/http/csrf.c makes it, with a mask of zeros. A guest gets the cookie it belongs to. */
struct str kit_csrf(struct kit *kit, struct person_kit *p)
{
    struct str secret = cookie_get(p, "skep_session");
    if (secret.n == 0 && cookie_get(p, "skep_guest").n == 0)
        cookie_set(kit, p, S("skep_guest"), S("00112233445566778899aabbccddeeff"));
    if (secret.n == 0)
        secret = cookie_get(p, "skep_guest");
    unsigned char token[32] = {0};
    crypto_generichash_state state;
    crypto_generichash_init(&state, kit->app->secret, sizeof kit->app->secret, 16);
    crypto_generichash_update(&state, (const unsigned char *)"csrf", 4);
    crypto_generichash_update(&state, (const unsigned char *)secret.p, secret.n);
    crypto_generichash_final(&state, token + 16, 16);
    return str_hex(kit->arena, token, sizeof token);
}

static void cookies_write(const struct person_kit *p, struct out *o)
{
    const char *before = "Cookie: ";
    for (const struct cookie *c = p->cookies; c; c = c->next) {
        if (c->value.n == 0)
            continue;
        out_fmt(o, "%s" STR_FMT "=" STR_FMT, before, STR_ARG(c->name), STR_ARG(c->value));
        before = "; ";
    }
    if (before[0] == ';')
        out_lit(o, "\r\n");
}

static void cookies_take(struct kit *kit, struct person_kit *p, struct str head)
{
    struct str line;
    while (str_split(&head, '\n', &line)) {
        if (!str_eq_nocase(str_first(line, 11), S("Set-Cookie:")))
            continue;
        line = str_trim(str_from(line, 11));
        ptrdiff_t equals = str_find(line, '='), end = str_find(line, ';');
        if (equals < 0)
            continue;
        struct str value = str_first(line, end < 0 ? line.n : (size_t)end);
        cookie_set(kit, p, str_first(line, (size_t)equals), str_from(value, (size_t)equals + 1));
    }
}

struct res kit_request(struct kit *kit, const char *method, const char *path, const char *accept,
                       const char *type, const char *body)
{
    return kit_send(kit, method, path, accept, type, str_of(body));
}

struct res kit_upload(struct kit *kit, const char *name, struct str bytes)
{
    struct str coded = str_url_encode(kit->arena, str_of(name));
    struct str path = str_fmt(kit->arena, "/files?name=" STR_FMT, STR_ARG(coded));
    return kit_send(kit, "POST", path.p, KIT_JSON, "application/octet-stream", bytes);
}

struct res kit_send(struct kit *kit, const char *method, const char *path, const char *accept,
                    const char *type, struct str body)
{
    struct person_kit *p = kit->viewer;
    struct out o;
    out_init(&o, KIT_REQUEST_MAX);
    out_fmt(&o, "%s %s HTTP/1.1\r\nHost: " KIT_HOST "\r\nAccept: %s\r\n", method, path, accept);
    if (strcmp(method, "GET") != 0) {
        struct str token = kit_csrf(kit, p);
        out_fmt(&o, "Origin: http://" KIT_HOST "\r\nX-CSRF-Token: " STR_FMT "\r\n", STR_ARG(token));
    }
    cookies_write(p, &o);
    out_str(&o, kit->more_headers);
    kit->more_headers = S("");
    if (type)
        out_fmt(&o, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.n);
    out_lit(&o, "\r\n");
    if (type)
        out_str(&o, body);
    struct res r = kit_raw(kit, out_take(&o, kit->arena));
    cookies_take(kit, p, r.head);
    if (strcmp(method, "GET") != 0 && !kit->quiet)
        kit_settle(kit);
    return r;
}

void kit_settle(struct kit *kit)
{
    if (!consumers_catch_up(kit->app->consumers))
        fail_msg("a consumer of the log has failed");
    if (!jobs_run_due(kit->app))
        fail_msg("the jobs that are due could not be run");
    if (!consumers_catch_up(kit->app->consumers)) /* of what the jobs did */
        fail_msg("a consumer of the log has failed");
}

struct res kit_raw(struct kit *kit, struct str raw)
{
    struct res r = {.kit = kit, .raw = app_request(kit->app, kit->arena, raw)};
    ptrdiff_t end = str_find_str(r.raw, S("\r\n\r\n"));
    int64_t status = 0;
    if (end < 0 || !str_starts(r.raw, S("HTTP/1.1 ")) ||
        !str_int(str_first(str_from(r.raw, 9), 3), &status))
        fail_msg("no HTTP answer: " STR_FMT, STR_ARG(str_first(r.raw, KIT_ANSWER_SHOWN)));
    r.status = (int)status;
    r.head = str_first(r.raw, (size_t)end);
    r.body = str_from(r.raw, (size_t)end + 4);
    return r;
}

struct str res_head(struct res r, const char *name)
{
    struct str lines = r.head, line;
    while (str_split(&lines, '\n', &line)) {
        ptrdiff_t colon = str_find(line, ':');
        if (colon >= 0 && str_eq_nocase(str_first(line, (size_t)colon), str_of(name)))
            return str_trim(str_from(line, (size_t)colon + 1));
    }
    return S("");
}

struct res kit_follow(struct res r)
{
    struct str to = res_head(r, "Location");
    if (to.n == 0)
        fail_msg("no Location to follow in " STR_FMT, STR_ARG(r.head));
    ptrdiff_t fragment = str_find(to, '#');
    if (fragment >= 0)
        to = str_first(to, (size_t)fragment);
    return get(r.kit, str_cstr(r.kit->arena, to));
}

/* ---- what came back ---- */

void kit_wrong(struct res r, const char *file, int line, const char *fmt, ...)
{
    char words[1000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    struct str shown = str_first(r.raw, KIT_ANSWER_SHOWN); /* print_error would cut it */
    fprintf(stderr, "%s\n" STR_FMT "\n", words, STR_ARG(shown));
    _fail(file, line);
}

void kit_assert_status(struct res r, int want, const char *file, int line)
{
    if (r.status != want)
        kit_wrong(r, file, line, "status %d, expected %d", r.status, want);
}

void kit_assert_has(struct res r, const char *text, bool has, const char *file, int line)
{
    if (str_has(r.body, str_of(text)) != has)
        kit_wrong(r, file, line, "the body %s \"%s\"", has ? "lacks" : "has", text);
}

void kit_assert_header(struct res r, const char *name, const char *want, const char *file, int line)
{
    if (!str_is(res_head(r, name), want ? want : ""))
        kit_wrong(r, file, line, "header %s is not \"%s\"", name, want ? want : "absent");
}

static void json_free(void *p)
{
    json_decref(p);
}

/* A test asks one answer for many of its members: it is read once. */
static json_t *json_read(struct res r, const char *file, int line)
{
    struct kit *kit = r.kit;
    json_error_t error;
    if (kit->read && kit->read_of.p == r.body.p && kit->read_of.n == r.body.n)
        return kit->read;
    json_t *all = json_loadb(r.body.p, r.body.n, JSON_DECODE_ANY, &error);
    if (!all)
        kit_wrong(r, file, line, "the body is no JSON: %s", error.text);
    arena_defer(kit->arena, json_free, all);
    kit->read_of = r.body;
    return kit->read = all;
}

static json_t *json_at(struct res r, const char *path, const char *file, int line)
{
    json_t *at = json_read(r, file, line);
    struct str rest = str_of(path), step;
    while (at && str_split(&rest, '.', &step)) {
        int64_t i;
        if (json_is_array(at))
            at = str_int(step, &i) && i >= 0 ? json_array_get(at, (size_t)i) : NULL;
        else
            at = json_object_get(at, str_cstr(r.kit->arena, step));
    }
    return json_is_null(at) ? NULL : at;
}

void kit_assert_json_int(struct res r, const char *path, int64_t want, const char *file, int line)
{
    json_t *at = json_at(r, path, file, line);
    if (!json_is_integer(at) || json_integer_value(at) != want)
        kit_wrong(r, file, line, "%s is not %lld", path, (long long)want);
}

void kit_assert_json_str(struct res r, const char *path, const char *want, const char *file,
                         int line)
{
    json_t *at = json_at(r, path, file, line);
    if (!json_is_string(at) || strcmp(json_string_value(at), want) != 0)
        kit_wrong(r, file, line, "%s is not \"%s\"", path, want);
}

struct str kit_json(struct res r, const char *path)
{
    json_t *at = json_at(r, path, __FILE__, __LINE__);
    if (json_is_integer(at))
        return str_fmt(r.kit->arena, "%lld", (long long)json_integer_value(at));
    return json_is_string(at) ? str_dup(r.kit->arena, str_of(json_string_value(at))) : S("");
}

void kit_assert_json_none(struct res r, const char *path, const char *file, int line)
{
    if (json_at(r, path, file, line))
        kit_wrong(r, file, line, "%s is there", path);
}

void kit_assert_json_count(struct res r, const char *path, size_t want, const char *file, int line)
{
    json_t *at = json_at(r, path, file, line);
    size_t n = json_is_array(at) ? json_array_size(at) : json_object_size(at);
    if (!at || n != want)
        kit_wrong(r, file, line, "%s has %zu members, not %zu", path, n, want);
}
