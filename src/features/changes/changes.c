/* changes.c: GET /changes: what has happened, oldest first, for programs that keep up with the hub.
 *
 * Owns    nothing                Reads  the log of activities
 * RULES
 *   1. Each caller gets the activities on records that they may see when they ask, each once, in
 *      the order in which they were committed.
 *   2. There is always a cursor to go on from, also when nothing on the way was to be seen: an
 *      answer looks at SPAN activities at most.
 *   3. What was taken away is told to who might have seen it: that it is gone, and nothing of it.
 *   4. Who voted, and who was invited, is not told.
 *   5. Of a merged record is told into which one, to those who may see that one.
 *
 * WHY activities and not records: an activity is a few numbers, and a program that has to know more
 * asks for the record, as itself. WHY no waiting for the next one: a GET of SQLite has no place to
 * wait, and a page in the browser has /live; docs/api/changes.md says how often to ask.
 */
#include "http/feature.h"
#include "record/columns.h"
#include "record/events.h"
#include "record/form.h"
#include "record/record.h"
#include "view/answer.h"

enum { LIMIT = 100, LIMIT_MAX = 1000, SPAN = 5000 };

#define CHANGE_ROW(F, X)                                                                           \
    F(INT, id, "a.id")                                                                             \
    X(TIME, at, "a.at")                                                                            \
    X(TEXT, verb, "a.verb")                                                                        \
    X(TEXT, type, "a.type")                                                                        \
    X(INT, record_id, "a.record_id")                                                               \
    X(INT, root_id, "a.root_id")                                                                   \
    X(REF, space_id, "a.space_id")                                                                 \
    X(REF, actor_id, "CASE WHEN a.verb = 'Like' THEN NULL ELSE a.actor_id END")                    \
    X(FLAG, imported, "a.quiet")                                                                   \
    X(FLAG, gone, GONE)                                                                            \
    X(TEXT, detail,                                                                                \
      "CASE WHEN " GONE " = 1 OR a.verb IN ('Invite', 'Like') THEN ''"                             \
      " ELSE a.detail END")                                                                        \
    X(HIDDEN_TEXT, title, "r.title")
#define GONE                                                                                       \
    "CASE WHEN r.deleted_at IS NOT NULL OR t.deleted_at IS NOT NULL OR t.id IS NULL"               \
    " THEN 1 ELSE 0 END"
struct change {
    ROW_MEMBERS(CHANGE_ROW)
    struct str event, path; /* path empty: gone */
    int64_t into_id;
};
ROW_FUNCTIONS(change, CHANGE_ROW)

struct changes {
    struct change *rows;
    size_t n;
    struct str next;
    bool more; /* the log goes on behind `next` */
};

static int changes_index(struct req *rq);

static const struct part change_parts[] = {
    PART_TITLE("Change"),
    PART(TEXT, "event", struct change, event),
    ROW_ALL(change),
    PART(REF, "into_id", struct change, into_id),
    PART(CURSOR, "path", struct change, path),
    {0},
};

static const struct part changes_answer[] = {
    PART_LIST("data", struct changes, rows, n, change_parts),
    PART(TEXT, "next", struct changes, next),
    PART(FLAG, "more", struct changes, more),
    {0},
};

static const struct form_rule query[] = {
    {"after", .label = "go on behind this one: `next`, or the id of a change; `end`: behind all"},
    {"types", .label = "only those: idea.create, comment, *.delete, with commas between them",
     .max = EVENTS_MAX},
    {"limit", .label = "how many at most: 1 to 1000; else 100", .whole = true},
    {0},
};

static const struct route routes[] = {
    {GET, "/changes", changes_index, ANYONE, .rate = PER_MINUTE(600), .flags = ROUTE_UNFED,
     .query = query, .answers = changes_answer,
     .help = "what has happened, oldest first: NDJSON, or JSON when asked for"},
    {0},
};

const struct feature changes_feature = {.name = "changes", .routes = routes};

struct asked {
    int64_t after, limit, newest, until; /* until: the last activity that is looked at */
    struct str types;
};

/* NULL, or what is wrong with the query. */
static const char *asked_read(struct req *rq, struct asked *q)
{
    struct str after = req_query(rq, "after"), limit = req_query(rq, "limit");
    q->limit = LIMIT;
    q->types = req_query(rq, "types");
    const char *why = query_wrong(rq);
    if (!why)
        why = q->types.n > EVENTS_MAX ? "\"types\" is too long."
                                      : events_wrong(rq->db, rq->arena, q->types);
    if (why)
        return why;
    if (limit.n && (!str_int(limit, &q->limit) || q->limit < 1 || q->limit > LIMIT_MAX))
        return "\"limit\" is a number from 1 to 1000.";
    q->newest = db_get_int(rq->db, 0, "SELECT MAX(id) FROM activities");
    if (str_is(after, "end"))
        q->after = q->newest;
    else if (after.n && (!str_int(after, &q->after) || q->after < 0))
        return "\"after\" is the `next` of the answer before.";
    q->until = db_get_int(rq->db, 0,
                          "SELECT MAX(id) FROM (SELECT id FROM activities WHERE id > ?1"
                          " ORDER BY id LIMIT ?2) AS span",
                          I(q->after), I(SPAN));
    if (q->until < q->after)
        q->until = q->after;
    return NULL;
}

/* RULE 5 */
static int64_t into_find(struct req *rq, const struct change *c)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT r.id FROM links l JOIN records r ON r.id = l.to_id WHERE l.from_id = ?2"
                    " AND l.kind = 'merged' AND r.deleted_at IS NULL AND ?1 >= 0 AND ",
                    " ORDER BY r.id LIMIT 1");
    if (!str_is(c->verb, VERB_MERGE) || c->gone)
        return 0;
    return db_get_int(rq->db, 0, access_text(rq->db, rq->arena, &rq->viewer, sql), I(rq->viewer.id),
                      I(c->record_id));
}

/* RULE 1: who may see what is in the query; only names are looked at afterwards. */
static void changes_read(struct req *rq, const struct asked *asked, struct changes *v)
{
    static const char *const sql[] = ACCESS_EACH(
        "SELECT " ROW_COLUMNS(CHANGE_ROW) " FROM activities a JOIN records r ON r.id = a.record_id"
                                          " LEFT JOIN records t ON t.id = a.root_id"
                                          " WHERE a.id > ?2 AND a.id <= ?3 AND ?1 >= 0 AND ",
        " ORDER BY a.id");
    int64_t reached = asked->until;
    v->rows = arena_array(rq->arena, struct change, (size_t)asked->limit);
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I(asked->after), I(asked->until));
    while (db_next(&q)) {
        struct change *c = &v->rows[v->n];
        if (!events_match(asked->types, db_str(&q, 3), db_str(&q, 2)))
            continue;
        change_decode(c, &q, 0, rq->arena);
        c->event = event_name(rq->arena, c->type, c->verb);
        c->path = c->gone ? S("") : record_path_of(rq->arena, c->type, c->record_id, c->title);
        if ((int64_t)++v->n == asked->limit) {
            reached = c->id;
            break;
        }
    }
    db_done(&q);
    for (size_t i = 0; i < v->n; i++)
        v->rows[i].into_id = into_find(rq, &v->rows[i]);
    v->next = str_fmt(rq->arena, "%lld", (long long)reached);
    v->more = reached < asked->newest;
}

/* RFC 8288; always there, also behind the last one: more may come. */
static void link_next(struct req *rq, const struct asked *asked, const struct changes *v)
{
    struct str types = str_url_encode(rq->arena, asked->types);
    res_header(rq, "Link",
               str_fmt(rq->arena,
                       "</changes%s?after=" STR_FMT "&limit=%lld%s" STR_FMT ">; rel=\"next\"",
                       rq->face == FACE_JSON ? ".json" : "", STR_ARG(v->next),
                       (long long)asked->limit, types.n ? "&types=" : "", STR_ARG(types)));
}

static int lines_answer(struct req *rq, const struct changes *v)
{
    out_clear(&rq->out);
    for (size_t i = 0; i < v->n; i++) {
        struct json j = json_to(&rq->out);
        json_open(&j, '{');
        parts_print(&j, change_parts, &v->rows[i]);
        json_close(&j, '}');
        out_char(&rq->out, '\n');
    }
    rq->content_type = S("application/x-ndjson");
    return rq->status = 200;
}

static int changes_index(struct req *rq)
{
    struct asked asked = {0};
    struct changes *v = arena_make(rq->arena, struct changes);
    const char *why = asked_read(rq, &asked);
    if (why)
        return refuse(rq, 400, why);
    changes_read(rq, &asked, v);
    res_header(rq, "Cache-Control", S("no-store"));
    link_next(rq, &asked, v);
    return face_shows(rq->face) ? lines_answer(rq, v) : answer(rq, &(struct answer){.data = v});
}
