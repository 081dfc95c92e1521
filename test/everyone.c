/* everyone.c: see everyone.h. */
#include "test/everyone.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/mails/news.h"
#include "http/rate.h"
#include "http/session.h"
#include "record/form.h"
#include "record/record.h"
#include "test/fixture.h"

enum { CANDIDATES = 24, SCRATCH = 64 << 20 };
#define PICTURE "alpha.png"

const struct caller callers[] = {
    {"a guest", ROLE_GUEST, MEMBERSHIP_NONE, false, false, NULL},
    {"outsider", ROLE_MEMBER, MEMBERSHIP_NONE, false, false, NULL},
    {"reader", ROLE_MEMBER, MEMBERSHIP_READER, false, false, NULL},
    {"member", ROLE_MEMBER, MEMBERSHIP_MEMBER, false, false, NULL},
    {"author", ROLE_MEMBER, MEMBERSHIP_MEMBER, true, false, NULL},
    {"moderator", ROLE_MEMBER, MEMBERSHIP_MODERATOR, false, false, NULL},
    {"staffer", ROLE_STAFF, MEMBERSHIP_NONE, false, false, NULL},
    {"ada", ROLE_ADMINISTRATOR, MEMBERSHIP_NONE, false, false, NULL},
    {"olga", ROLE_OWNER, MEMBERSHIP_NONE, false, false, NULL},
    {"gone", ROLE_GUEST, MEMBERSHIP_NONE, false, true, NULL},
    {"olga", ROLE_OWNER, MEMBERSHIP_NONE, false, false, "read"},
    {"olga", ROLE_OWNER, MEMBERSHIP_NONE, false, false, "read write"},
    {"olga", ROLE_OWNER, MEMBERSHIP_NONE, false, false, "read write admin"},
    {0},
};

/* Values of fields that are more than any text; path NULL: of every route. In order. */
static const struct {
    const char *path, *name, *value; /* value NULL: see field_value */
} fields[] = {
    {"/settings", "country", "DE"},
    {"/settings", "currency", "EUR"},
    {"/session", "email", "author@example.org"},
    {"/:type/:id/merges", "from", NULL},
    {"/duplicates/near", "type", "boat"},
    {"/session", "password", "password of author"},
    {"/resets", "email", "author@example.org"},
    {"/people/:id", "handle", "another"},
    {"/invitations", "space", NULL},
    {"/live", "topics", NULL},
    {"/invited/:token", "name", "Nora"},
    {"/invited/:token", "password", "a sentence of its own"},
    {"/batch", "operations", "[{\"method\":\"GET\",\"path\":\"/ideas\"}]"},
    {"/webhooks", "url", "https://127.0.0.1:9/hook"}, /* where nobody listens */
    {"/webhooks", "events", "space.leave"},
    {"/webhooks/:id", "url", "https://127.0.0.1:9/hook"},
    {"/webhooks/:id", "events", "space.leave"},
    {"/webhooks/:id/replays", "since", "2027-01-01"},
    {"/:type/views", "query", "title.has=gull"},
    {"/:type/:id/participants", "person", "@outsider"},
    {"/:type/:id/audience", "audience", "staff"},
    {"/roles/:id/people", "person", "@outsider"},
    {"/teams/:id/people", "person", "@outsider"},
    {"/roles/:id/types/:name", "sees", "team"},
    {"/roles/:id/types/:name", "changes", "owner"},
    {"/types/:id/fields/:field/choices", "within", ""},
    {"/types/:id/fields/:field/choices/:choice", "within", ""},
    {"/types/:id/fields/:field/choices/:choice/moves", "place", "2"},
    {"/:type/bulk", "ids", NULL},
    {"/:type/bulk", "value", "lid"},
    {"/names", "type", "boat"},
    {"/cards", "path", "/people/outsider"},
    {NULL, "email", "new@example.net"},
    {NULL, "password", "a sentence of its own"},
    {NULL, "current", NULL},
    {NULL, "handle", "outsider"},
    {NULL, "space", NULL},
    {NULL, "into", NULL},
    {NULL, "topics", NULL},
    {NULL, "activity", "1"},
    {NULL, "folder", "tea"},
    {NULL, "days", "30"},
};

#define SHAREABLE                                                                                  \
    "SELECT r.id FROM records r JOIN participants s ON s.record_id = r.id WHERE r.type = 'boat'"   \
    " AND r.audience = 4 AND %lld >= 0"

/* What ":id" stands for where no list at the path before it tells; %lld is the caller. */
static const struct {
    const char *path, *sql;
} numbers[] = {
    {"/sessions/:id", "SELECT MAX(id) FROM sessions WHERE person_id = %lld"},
    {"/account/feed-keys/:id", "SELECT MAX(id) FROM feed_keys WHERE person_id = %lld"},
    {"/files/:id/:name", "SELECT MIN(upload_id) FROM attachments WHERE %lld >= 0"},
    {"/merges/:id", "SELECT MAX(id) FROM merges WHERE %lld >= 0"},
    {"/:type/:id/photo", "SELECT id FROM people WHERE handle = 'author' AND %lld >= 0"},
    {"/jobs/:id/tries", "SELECT id FROM jobs WHERE state = 'failed' AND %lld >= 0"},
    {"/:type/:id/participants", SHAREABLE},
    {"/:type/:id/participants/:person", SHAREABLE},
    {"/:type/:id/audience", SHAREABLE},
    {"/people/:id/role", "SELECT id FROM people WHERE handle = 'outsider' AND %lld >= 0"},
    {"/people/:id/lock", "SELECT id FROM people WHERE handle = 'outsider' AND %lld >= 0"},
};

enum role who_least(enum who who)
{
    static const enum role least[] = {[ANYONE] = ROLE_GUEST,
                                      [MEMBER] = ROLE_MEMBER,
                                      [STAFF] = ROLE_STAFF,
                                      [ADMINISTRATOR] = ROLE_ADMINISTRATOR,
                                      [OWNER] = ROLE_OWNER};
    return least[who];
}

static struct person_kit *person_of(struct everyone *e, const struct caller *c)
{
    return e->people[c - callers];
}

static struct person_kit *called(struct everyone *e, const char *name)
{
    const struct caller *c = callers;
    while (strcmp(c->name, name) != 0)
        c++;
    return person_of(e, c);
}

/* ---- the hub ---- */

static void people_make(struct everyone *e)
{
    struct kit *kit = e->kit;
    for (const struct caller *c = callers; c->name; c++) {
        if (c->role == ROLE_GUEST && !c->disabled)
            continue;
        struct person_kit *p = kit_person(kit, c->name, c->disabled ? ROLE_OWNER : c->role);
        e->people[c - callers] = p;
        if (c->scopes)
            e->tokens[c - callers] = kit_token(kit, p, c->scopes);
        for (int i = 0; c->in != MEMBERSHIP_NONE && i < 2; i++)
            sql_run(kit, kit_path(kit,
                                  "INSERT INTO memberships (space_id, person_id, role, at)"
                                  " VALUES (%lld, %lld, %d, 0)",
                                  (long long)(i ? e->hidden : e->space), (long long)p->id, c->in));
    }
}

static int64_t id_of(struct res r)
{
    if (r.status >= 300)
        kit_wrong(r, __FILE__, __LINE__, "the hub cannot be filled");
    json_t *root = json_loadb(r.body.p, r.body.n, 0, NULL), *data = json_object_get(root, "data");
    int64_t id = json_integer_value(json_object_get(data, "id"));
    json_decref(root);
    return id;
}

static int64_t put(struct everyone *e, const char *path, const char *json)
{
    return id_of(post_json(e->kit, path, json));
}

/* Roots of every kind with what stands below them, as the author. */
static void records_make(struct everyone *e, int64_t space)
{
    struct kit *kit = e->kit;
    as(kit, called(e, "author"));
    int64_t idea = idea_in(kit, space, kit->viewer, "A lid");
    const char *title =
        kit_path(kit, "{\"space\":%lld,\"title\":\"Which\",\"body\":\"Lid?\"}", (long long)space);
    int64_t topic = put(e, "/topics", title);
    const char *answers = kit_path(kit, "/topics/%lld/answers", (long long)topic);
    int64_t first = put(e, answers, "{\"body\":\"This\"}");
    put(e, answers, "{\"body\":\"Or that\"}");
    put(e, kit_path(kit, "/answers/%lld/accept", (long long)first), "{}");
    int64_t comment = comment_make(kit, kit->viewer, idea, "Why?");
    comment_make(kit, kit->viewer, idea, "Because");
    as(kit, called(e, "member"));
    put(e, kit_path(kit, "/ideas/%lld/votes", (long long)idea), "{}");
    put(e, kit_path(kit, "/comments/%lld/comments", (long long)comment), "{\"body\":\"@author\"}");
}

/* What is deleted may be brought back: children first. */
static void records_delete(struct everyone *e)
{
    struct kit *kit = e->kit;
    as(kit, called(e, "author"));
    e->other = idea_in(kit, e->space, kit->viewer, "Another lid");
    e->deleted = idea_in(kit, e->space, kit->viewer, "No lid");
    const char *topic =
        kit_path(kit, "{\"space\":%lld,\"title\":\"No\",\"body\":\"Lid\"}", (long long)e->space);
    int64_t unwanted = put(e, "/topics", topic);
    int64_t comment = comment_make(kit, kit->viewer, e->other, "No");
    int64_t answer =
        put(e,
            kit_path(kit, "/topics/%lld/answers",
                     (long long)sql_int(kit, "SELECT MIN(id) FROM records WHERE type = 'topic'")),
            "{\"body\":\"No\"}");
    const char *gone[] = {kit_path(kit, "/comments/%lld", (long long)comment),
                          kit_path(kit, "/answers/%lld", (long long)answer),
                          kit_path(kit, "/ideas/%lld", (long long)e->deleted),
                          kit_path(kit, "/topics/%lld", (long long)unwanted)};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_status(del(kit, gone[i]), 303);
}

static bool type_run(struct db *db, void *ctx)
{
    struct kit *kit = ctx;
    return !type_make(db, kit->arena,
                      &(struct type_draft){.name = S("boat"),
                                           .plural = S("boats"),
                                           .noun = S("Boat"),
                                           .label = S("Boats"),
                                           .maker = MEMBER,
                                           .votes = true},
                      kit->now);
}

/* A type that the hub has made itself, and some of it. */
static void boats_make(struct everyone *e)
{
    struct kit *kit = e->kit;
    if (!store_run(kit->app->store, STORE_WRITE, type_run, kit))
        fail_msg("a type cannot be made");
    as(kit, called(e, "ada"));
    post_json(kit, "/types/boat/fields", "{\"label\":\"Colour\",\"kind\":\"text\"}");
    post_json(kit, "/types/boat/fields", "{\"label\":\"Hull\",\"kind\":\"text\"}");
    assert_status(del(kit, "/types/boat/fields/hull"), 303);
    post_json(kit, "/types/boat/fields",
              "{\"label\":\"Rig\",\"kind\":\"choice\",\"choices\":\"sloop\\nketch\\nyawl\"}");
    post_json(kit, "/types/boat/fields", "{\"label\":\"Deck\",\"kind\":\"text\"}");
    assert_status(post_json(kit, "/types/boat/fields/deck/change", "{\"kind\":\"longtext\"}"), 201);
    post_json(kit, "/types",
              "{\"noun\":\"Raft\",\"label\":\"Rafts\",\"name\":\"raft\",\"plural\":\"rafts\","
              "\"audience\":\"public\",\"maker\":\"member\"}");
    assert_status(del(kit, "/types/raft"), 303);
    as(kit, called(e, "author"));
    int64_t boat = put(e, "/boats", "{\"title\":\"Heron\"}");
    patch_json(kit, kit_path(kit, "/boats/%lld", (long long)boat), "{\"colour\":\"red\"}");
    e->boat = put(e, "/boats", "{\"title\":\"Gull\"}");
    int64_t skua = put(e, "/boats", "{\"title\":\"Skua\"}");
    put(e, kit_path(kit, "/boats/%lld/merges", (long long)put(e, "/boats", "{\"title\":\"Ibis\"}")),
        kit_path(kit, "{\"from\":%lld}", (long long)skua));
    sql_run(kit, kit_path(kit,
                          "INSERT INTO duplicates (a_id, b_id, type, score, reasons, state, at)"
                          " SELECT MIN(id), %lld, 'boat', 60, '', 'open', 0 FROM records"
                          " WHERE type = 'boat'",
                          (long long)e->boat));
    int64_t gone = put(e, "/boats", "{\"title\":\"Tern\"}");
    assert_status(del(kit, kit_path(kit, "/boats/%lld", (long long)gone)), 303);
}

/* A role that says nothing of what is here, a team, and a boat that is for staff. */
static void groups_make(struct everyone *e)
{
    struct kit *kit = e->kit;
    as(kit, called(e, "ada"));
    put(e, "/teams", "{\"name\":\"North\"}");
    int64_t role = put(e, "/roles", "{\"name\":\"Sales\"}");
    assert_status(put_json(kit, kit_path(kit, "/roles/%lld/types/deal", (long long)role),
                           "{\"sees\":\"owner\",\"changes\":\"owner\"}"),
                  200);
    int64_t owl = put(e, "/boats", "{\"title\":\"Owl\"}");
    audience_put(kit, owl, AUDIENCE_STAFF);
    put(e, kit_path(kit, "/boats/%lld/participants", (long long)owl), "{\"person\":\"@olga\"}");
}

/* The newest upload stands in a comment that everybody sees. */
static void note_attach(struct everyone *e)
{
    struct kit *kit = e->kit;
    long long id = sql_int(kit, "SELECT MAX(id) FROM uploads");
    comment_make(kit, kit->viewer, e->idea, kit_path(kit, "See [it](/files/%lld/note.txt)", id));
}

/* One that was sent, one that was tried, and one that is done. */
static void imports_make(struct everyone *e)
{
    struct kit *kit = e->kit;
    for (int i = 0; i < 3; i++) {
        struct res r = kit_send(kit, "POST", "/boats/imports?name=boats.csv", KIT_JSON,
                                "application/octet-stream", S("Name,Colour\nGrebe,grey\n"));
        const char *path =
            kit_path(kit, "/boats/imports/" STR_FMT, STR_ARG(kit_json(r, "data.id")));
        if (i > 0)
            patch_json(kit, path, "{\"matched\": \"create\"}");
        kit_settle(kit);
        if (i > 1)
            put(e, kit_path(kit, "%s/runs", path), "{}");
    }
    kit_settle(kit);
}

/* Each has what is one's own: a key, a token, a second browser, an invitation, letters, a file. */
static void belongings_make(struct everyone *e)
{
    struct kit *kit = e->kit;
    for (const struct caller *c = callers; c->name; c++) {
        if (!person_of(e, c) || c->scopes || c->disabled)
            continue;
        as(kit, person_of(e, c));
        put(e, "/boats/bulk", "{\"ids\":\"1\",\"do\":\"tag\",\"value\":\"lid\"}");
        put(e, "/boats/views", "{\"name\":\"Mine\",\"query\":\"title.has=heron\"}");
        put(e, "/account/feed-keys", "{\"name\":\"a reader\"}");
        put(e, "/account/tokens", "{\"name\":\"a script\",\"scopes\":[\"read\"],\"days\":\"30\"}");
        put(e, "/confirmations", "{}");
        put(e, "/resets", kit_path(kit, "{\"email\":\"%s@example.org\"}", c->name));
        assert_status(kit_upload(kit, "note.txt", S("A note")), 201);
        if (c->author) {
            note_attach(e);
            const char *photo = kit_path(kit, "/people/%lld/photo", (long long)kit->viewer->id);
            assert_status(kit_send(kit, "POST", photo, KIT_JSON, "application/octet-stream",
                                   fixture(kit->arena, PICTURE)),
                          200);
        }
        sql_run(kit, kit_path(kit,
                              "INSERT INTO sessions (token_hash, person_id, created_at, seen_at,"
                              " expires_at) SELECT token_hash || token_hash, person_id,"
                              " created_at, seen_at, expires_at FROM sessions"
                              " WHERE person_id = %lld",
                              (long long)kit->viewer->id));
        if (c->role >= ROLE_STAFF) {
            imports_make(e);
            int64_t hook = put(e, "/webhooks",
                               "{\"name\":\"a program\",\"url\":\"https://127.0.0.1:9/hook\","
                               "\"events\":\"space.leave\"}");
            put(e, kit_path(kit, "/webhooks/%lld/pings", (long long)hook), "{}");
        }
        if (c->role >= ROLE_STAFF || c->in == MEMBERSHIP_MODERATOR)
            put(e, "/invitations",
                kit_path(kit, "{\"email\":\"of-%s@example.net\",\"space\":%lld}", c->name,
                         (long long)e->space));
    }
    sql_run(kit, "INSERT INTO jobs (id, kind, key, state, data, person_id, priority, due_at,"
                 " created_at) SELECT 100001, kind, 'k', 'waiting', data, 0, 0, due_at +"
                 " 9000000000000, created_at FROM jobs WHERE id = (SELECT MIN(id) FROM jobs)");
    sql_run(kit, "INSERT INTO jobs (id, kind, key, state, data, person_id, priority, due_at,"
                 " created_at) SELECT 100002, kind, 'f', 'failed', data, 0, 0, due_at,"
                 " created_at FROM jobs WHERE id = (SELECT MIN(id) FROM jobs)");
}

static void scratch_free(void *arena)
{
    arena_free(arena);
}

struct everyone everyone_make(struct kit *kit)
{
    struct rooms rooms = rooms_make(kit);
    struct everyone e = {.kit = kit, .space = rooms.space, .scratch = arena_new(SCRATCH)};
    arena_defer(kit->arena, scratch_free, e.scratch);
    e.hidden = space_make(kit, &rooms, "Back room", "request", "space");
    const char *source = getenv("SKEP_SRC");
    kit->app->options.import_dir =
        kit_path(kit, "%s/src/features/imports/fixtures", source ? source : ".");
    kit->app->options.webhook_private = true;
    people_make(&e);
    records_make(&e, e.space);
    records_make(&e, e.hidden);
    records_delete(&e);
    boats_make(&e);
    groups_make(&e);
    e.idea = sql_int(kit, "SELECT MIN(id) FROM records WHERE type = 'idea'");
    as(kit, called(&e, "olga"));
    assert_status(post_json(kit, "/imports", "{\"folder\":\"tea\",\"space\":\"Tea\"}"), 201);
    belongings_make(&e);
    sql_run(kit, "UPDATE accounts SET disabled_at = 1 WHERE email = 'gone@example.org'");
    kit_settle(kit);
    return e;
}

const char *everyone_orphan(struct everyone *e)
{
    struct kit *kit = e->kit;
    unsigned char hash[TOKEN_HASH];
    token_hash(S("abc"), hash);
    sql_run(kit, "UPDATE accounts SET role = 3 WHERE role = 4");
    sql_run(kit, kit_path(kit,
                          "INSERT INTO settings (name, value) VALUES ('owner_link', '" STR_FMT
                          "'), ('owner_link_until', '%lld')",
                          STR_ARG(str_hex(kit->arena, hash, sizeof hash)),
                          (long long)kit->now + CLOCK_DAY));
    return "/owner/abc";
}

/* ---- asking ---- */

/* own: the route's own value. */
static const char *field_value(struct everyone *e, const struct question_kit *q,
                               const struct form_rule *rule, bool *own)
{
    struct kit *kit = e->kit;
    const char *name = rule->name;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if ((fields[i].path && strcmp(fields[i].path, q->route->path) != 0) ||
            strcmp(fields[i].name, name) != 0)
            continue;
        *own = fields[i].path != NULL;
        if (fields[i].value)
            return fields[i].value;
        if (strcmp(name, "current") == 0)
            return kit_path(kit, "password of %s", q->caller->name);
        return kit_path(kit, "%lld",
                        (long long)(strcmp(name, "space") == 0  ? e->space
                                    : strcmp(name, "into") == 0 ? e->other
                                    : strcmp(name, "from") == 0 ? e->boat
                                                                : e->idea));
    }
    return rule->choices ? rule->choices[0] : rule->whole ? "1" : "Something new";
}

/* What the route declares; of records of a type, what one needs. */
static const struct form_rule *form_of(const struct route *route)
{
    static const struct form_rule boat[] = {{"title", .required = true}, {0}};
    static const struct form_rule post[] = {{"space", .required = true, .whole = true},
                                            {"title", .required = true},
                                            {"body", .required = true, .lines = true},
                                            {0}};
    bool any = strcmp(route->path, "/:type") == 0 || strcmp(route->path, "/:type/:id") == 0;
    if (strcmp(route->path, "/ideas") == 0 || strcmp(route->path, "/topics") == 0)
        return post;
    return any && !route->form && route->method != DELETE ? boat : route->form;
}

/* As a form or as JSON: what is required, and texts. */
static const char *body_of(struct everyone *e, const struct question_kit *q)
{
    json_t *root = json_object();
    struct out o;
    out_init(&o, 1 << 16);
    bool as_json = q->face == FACE_JSON;
    for (const struct form_rule *r = form_of(q->route); r && r->name; r++) {
        bool own = false;
        const char *value = field_value(e, q, r, &own);
        if (!r->required && !r->lines && !r->many && !own)
            continue;
        if (as_json)
            json_object_set_new(root, r->name,
                                r->whole  ? json_integer(atoll(value))
                                : r->many ? json_pack("[s]", value)
                                          : json_string(value));
        struct str coded = str_url_encode(e->kit->arena, str_of(value));
        out_fmt(&o, "%s%s=" STR_FMT, o.n ? "&" : "", r->name, STR_ARG(coded));
    }
    char *text = json_dumps(root, JSON_COMPACT);
    const char *body = str_cstr(e->kit->arena, as_json ? str_of(text) : out_text(&o));
    free(text);
    json_decref(root);
    out_free(&o);
    return body;
}

/* Behind "?": what the route's table requires; of an upload its name. */
static const char *query_of(struct everyone *e, const struct question_kit *q)
{
    const char *query = "";
    if (q->route->upload)
        return str_starts(str_of(q->path), S("/imports")) ? "?name=lids.example.tar&space=Lids"
                                                          : "?name=note.txt";
    for (const struct form_rule *r = q->route->query; r && r->name; r++) {
        bool own = false;
        const char *value = field_value(e, q, r, &own);
        if (r->required || own)
            query = kit_path(e->kit, "%s%s%s=%s", query, query[0] ? "&" : "?", r->name, value);
    }
    return query;
}

static const char *const accepts[] = {
    [FACE_PAGE] = KIT_PAGE,
    [FACE_STREAM] = KIT_STREAM,
    [FACE_JSON] = KIT_JSON,
    [FACE_ATOM] = "application/atom+xml",
    [FACE_RSS] = "application/rss+xml",
    [FACE_JSON_FEED] = "application/feed+json",
    [FACE_OPML] = "text/x-opml",
    [FACE_CSV] = "text/csv",
    [FACE_CARDS] = "text/vcard",
    [FACE_CALENDAR] = "text/calendar",
};

static struct res send(struct everyone *e, const struct question_kit *q)
{
    struct kit *kit = e->kit;
    size_t at = (size_t)(q->caller - callers);
    if (q->caller->scopes)
        kit_header(kit, "Authorization: Bearer " STR_FMT, STR_ARG(e->tokens[at]));
    if (q->fail_nth)
        kit_header(kit, "X-Skep-Fail-Nth: %d", q->fail_nth);
    if (q->undone)
        kit_header(kit, "X-Skep-Undo: 1");
    /* A jar of its own, so that who signs out stays. */
    struct person_kit asker = {0};
    struct cookie session;
    if (e->people[at] && !q->caller->scopes) {
        asker = *e->people[at];
        for (const struct cookie *c = asker.cookies; c; c = c->next)
            if (str_is(c->name, "skep_session"))
                session = (struct cookie){c->name, c->value, NULL};
        asker.cookies = &session;
    }
    kit->viewer = &asker;
    const char *path = kit_path(kit, "%s%s", q->path, query_of(e, q));
    const char *type = q->route->method == GET ? NULL
                       : q->route->upload      ? "application/octet-stream"
                       : q->face == FACE_JSON  ? KIT_JSON
                                               : KIT_FORM;
    struct str body = !type                                          ? (struct str){0}
                      : !q->route->upload                            ? str_of(body_of(e, q))
                      : str_ends(str_of(q->route->path), S("photo")) ? fixture(kit->arena, PICTURE)
                                                                     : S("A note");
    struct res r = kit_send(kit, method_name(q->route->method), path, accepts[q->face], type, body);
    as(kit, NULL);
    return r;
}

struct res everyone_ask(struct everyone *e, const struct question_kit *q)
{
    struct kit *kit = e->kit;
    struct arena *own = kit->arena;
    arena_reset(e->scratch);
    kit->arena = e->scratch;
    kit->quiet = q->undone || q->fail_nth;
    struct res r = send(e, q);
    if (r.status == 429) { /* a restart forgets how often one asked */
        rates_free(kit->app->rates);
        rates_free(kit->app->peers);
        kit->app->rates = rates_new();
        kit->app->peers = rates_new();
        r = send(e, q);
    }
    kit->quiet = false;
    kit->arena = own;
    return r;
}

bool everyone_content(struct res r)
{
    return r.status < 400 &&
           !(r.status == 303 && str_starts(res_head(r, "Location"), S("/session/new?back=")));
}

/* ---- addresses ---- */

struct candidates {
    const char *path[CANDIDATES];
    size_t n;
};

/* The path with this value for its last parameter that is still open. */
static void candidate_add(struct everyone *e, struct candidates *all, const char *path,
                          const char *value)
{
    const char *colon = strchr(path, ':');
    const char *rest = colon ? strchr(colon, '/') : NULL;
    if (all->n < CANDIDATES)
        all->path[all->n++] =
            kit_path(e->kit, "%.*s%s%s", (int)(colon - path), path, value, rest ? rest : "");
}

static const struct record_type *type_of(const char *path)
{
    for (const struct feature *const *f = features; *f; f++)
        for (const struct record_type *const *t = (*f)->types; t && *t; t++) {
            size_t n = strlen((*t)->plural);
            if (strncmp(path + 1, (*t)->plural, n) == 0 && strncmp(path + 1 + n, "/:", 2) == 0)
                return *t;
        }
    return NULL;
}

/* The first and the last two of a kind of record in a space; 0: in none. */
static void records_add(struct everyone *e, struct candidates *all, const char *path,
                        const char *type, int64_t space)
{
    for (int i = 0; i < 4; i++) {
        int64_t id = sql_int(
            e->kit, kit_path(e->kit,
                             "SELECT id FROM records WHERE type = '%s'"
                             " AND COALESCE(space_id, 0) = %lld ORDER BY %s, id LIMIT 1 OFFSET %d",
                             type, (long long)space,
                             i & 1 ? "deleted_at IS NULL" : "deleted_at IS NOT NULL", i / 2));
        if (id > 0)
            candidate_add(e, all, path, kit_path(e->kit, "%lld", (long long)id));
    }
}

/* By what the list at the path before it shows this caller. */
static void listed_add(struct everyone *e, struct candidates *all, const char *path,
                       const struct caller *caller)
{
    const char *colon = strchr(path, ':'), *end = strchr(colon, '/');
    struct route list = {GET, .path = path};
    struct question_kit q = {&list, caller, NULL, FACE_JSON, 0, true};
    q.path = kit_path(e->kit, "%.*s", (int)(colon - path - 1), path);
    const char *name = kit_path(e->kit, "%.*s", end ? (int)(end - colon - 1) : 99, colon + 1);
    struct res r = everyone_ask(e, &q);
    json_t *root = r.status == 200 ? json_loadb(r.body.p, r.body.n, 0, NULL) : NULL;
    json_t *data = json_object_get(root, "data"), *one;
    size_t i;
    json_array_foreach(data, i, one)
    {
        json_t *value = json_object_get(one, name);
        if (!value)
            value = json_object_get(one, "id");
        if (json_is_integer(value))
            candidate_add(e, all, path,
                          kit_path(e->kit, "%lld", (long long)json_integer_value(value)));
        else if (json_is_string(value))
            candidate_add(e, all, path, kit_path(e->kit, "%s", json_string_value(value)));
    }
    json_decref(root);
}

/* Secrets that stand in letters, the link that stops them, and the owner's. */
static void secrets_add(struct everyone *e, struct candidates *all, const char *path)
{
    struct kit *kit = e->kit;
    static const char *const kinds[] = {"reset", "confirm", "invite"};
    for (size_t i = 0; i < 3; i++) {
        struct str secret = sql_str(kit, kit_path(kit,
                                                  "SELECT secret FROM mails WHERE kind = '%s'"
                                                  " AND secret <> '' ORDER BY id DESC LIMIT 1",
                                                  kinds[i]));
        candidate_add(e, all, path, str_cstr(kit->arena, secret));
    }
    struct str stop = stop_path(kit->app, kit->arena, called(e, "author")->id, S("reply"));
    candidate_add(e, all, path, str_cstr(kit->arena, stop) + strlen("/letters/"));
}

static void candidates_find(struct everyone *e, const struct route *route, const char *path,
                            const struct caller *caller, struct candidates *all)
{
    struct kit *kit = e->kit;
    const struct record_type *type = type_of(path);
    struct person_kit *own = person_of(e, caller);
    if (strstr(path, ":token")) {
        secrets_add(e, all, path);
        return;
    }
    if (strncmp(path, "/boats/:", 8) == 0)
        records_add(e, all, path, "boat", 0);
    if (type)
        records_add(e, all, path, type->name, e->space);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i].path, route->path) == 0)
            candidate_add(
                e, all, path,
                kit_path(kit, "%lld",
                         (long long)sql_int(
                             kit, kit_path(kit, numbers[i].sql, own ? (long long)own->id : 0LL))));
    if (!type)
        listed_add(e, all, path, caller);
    if (own)
        candidate_add(e, all, path, kit_path(kit, "%lld", (long long)own->id));
    candidate_add(e, all, path, kit_path(kit, "%lld", (long long)e->idea));
}

/* All parameters, from left to right: of the first, each candidate; of the others likewise. */
static void paths_find(struct everyone *e, const struct route *route, const struct caller *caller,
                       struct candidates *all)
{
    all->path[0] = route->path;
    all->n = 1;
    for (size_t i = 0; i < all->n; i++) {
        if (!strchr(all->path[i], ':'))
            continue;
        const char *open = all->path[i];
        for (size_t k = i + 1; k < all->n; k++)
            all->path[k - 1] = all->path[k];
        all->n--;
        i--;
        if (strncmp(open, "/files/", 7) == 0 && strncmp(strchr(open, ':'), ":name", 5) == 0)
            candidate_add(e, all, open, "note.txt");
        else if (strncmp(open, "/boats/bulk/", 12) == 0)
            for (int act = 1; act <= 9; act++) /* each caller's own */
                candidate_add(e, all, open, kit_path(e->kit, "%d", act));
        else if (strncmp(strchr(open, ':'), ":tag", 4) == 0)
            candidate_add(e, all, open, "lid");
        else if (strncmp(open, "/:type", 6) == 0)
            candidate_add(e, all, open, strstr(open, "/photo") ? "people" : "boats");
        else if (strncmp(open, "/types/:id", 10) == 0) {
            candidate_add(e, all, open, "boat");
            candidate_add(e, all, open, "raft");
        } else if (strncmp(strchr(open, ':'), ":choice", 7) == 0) {
            candidate_add(e, all, open, "sloop");
        } else if (strncmp(open, "/types/", 7) == 0) {
            candidate_add(e, all, open, "rig");
            candidate_add(e, all, open, "deck"); /* changes its kind */
            candidate_add(e, all, open, "colour");
            candidate_add(e, all, open, "hull");
        } else if (strncmp(open, "/roles/", 7) == 0 && strncmp(strchr(open, ':'), ":name", 5) == 0)
            candidate_add(e, all, open, "deal");
        else if (strncmp(strchr(open, ':'), ":field", 6) == 0)
            candidate_add(e, all, open, "title");
        else if (strncmp(strchr(open, ':'), ":number", 7) == 0)
            candidate_add(e, all, open, "1");
        else
            candidates_find(e, route, open, caller, all);
    }
}

static const struct caller *next_caller(const struct route *route, int i)
{
    enum role least = who_least(route->who);
    for (int turn = 0; turn < 2; turn++)
        for (const struct caller *c = callers; c->name; c++)
            if (!c->scopes && !c->disabled && (turn ? c->role > least : c->role == least) &&
                i-- == 0)
                return c;
    return NULL;
}

struct sample everyone_sample(struct everyone *e, const struct route *route)
{
    struct sample guess = {route->path, NULL};
    const struct caller *c;
    for (int i = 0; (c = next_caller(route, i)); i++) {
        struct candidates all;
        paths_find(e, route, c, &all);
        for (size_t k = 0; k < all.n; k++) {
            struct question_kit q = {route, c, all.path[k], FACE_PAGE, 0, true};
            if (everyone_content(everyone_ask(e, &q)))
                return (struct sample){all.path[k], c};
            guess.path = all.path[k];
        }
    }
    return guess;
}

const char *everyone_hidden(struct everyone *e, const struct route *route)
{
    const char *path = route->path;
    if (strncmp(path, "/:type/:id", 10) == 0) /* of every type: ideas are some that stand there */
        path = kit_path(e->kit, "/ideas%s", path + 6);
    const struct record_type *type = type_of(path);
    struct candidates all = {.n = 0};
    if (type)
        records_add(e, &all, path, type->name, e->hidden);
    else if (strncmp(path, "/spaces/:", 9) == 0)
        candidate_add(e, &all, path, kit_path(e->kit, "%lld", (long long)e->hidden));
    const char *more = all.n ? strchr(all.path[0], ':') : NULL;
    return !all.n ? NULL
           : more ? kit_path(e->kit, "%.*s%lld", (int)(more - all.path[0]), all.path[0],
                             (long long)called(e, "reader")->id)
                  : all.path[0];
}
