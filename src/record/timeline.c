/* timeline.c: see timeline.h. */
#include "record/timeline.h"

enum { SQL_MAX = 256 * 1024, SPACES = 100 };

static const struct {
    const char *verb, *type, *phrase; /* type NULL: any */
} phrases[] = {
    {VERB_CREATE, "idea", "proposed"},
    {VERB_CREATE, "topic", "asked"},
    {VERB_CREATE, "answer", "answered"},
    {VERB_CREATE, "comment", "commented on"},
    {VERB_CREATE, "space", "opened the space"},
    {VERB_CREATE, "person", "joined as"},
    {VERB_CREATE, NULL, "added"},
    {VERB_UPDATE, "person", "changed the profile of"},
    {VERB_UPDATE, NULL, "edited"},
    {VERB_DELETE, NULL, "took away"},
    {VERB_UNDO, NULL, "brought back"},
    {VERB_FOLLOW, NULL, "follows"},
    {VERB_JOIN, NULL, "joined"},
    {VERB_LEAVE, NULL, "left"},
    {VERB_INVITE, NULL, "invited someone to"},
    {VERB_ACCEPT, NULL, "accepted an answer to"},
    {VERB_STATUS, NULL, "changed the status of"},
    {VERB_MOVE, NULL, "moved"},
    {VERB_MERGE, NULL, "merged"},
    {VERB_SHARE, NULL, "shared"},
};

static const char *phrase_of(const struct happening *h)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (str_is(h->verb, phrases[i].verb) &&
            (!phrases[i].type || str_is(h->type, phrases[i].type)))
            return phrases[i].phrase;
    return "did something to";
}

/* RULE 1, on record r of root t. Whoever left a space still sees what they wrote there, but not the
 * title above it. */
static void put_visible(struct req *rq, struct out *sql)
{
    const char *access = access_sql(rq->db, &rq->viewer);
    out_fmt(sql, " AND r.deleted_at IS NULL AND t.deleted_at IS NULL AND %s", access);
    if (rq->viewer.id)
        out_fmt(sql,
                " AND (r.parent_id IS NULL OR EXISTS (SELECT 1 FROM records r"
                " WHERE r.id = t.root_id AND %s))",
                access);
}

#define RECORDS_OF(activity)                                                                       \
    " JOIN records r ON r.id = " activity ".record_id"                                             \
    " JOIN records t ON t.id = " activity ".root_id"

/* Each of the viewer's spaces is read from its own stretch of the index, no further than a page. */
static void put_own_spaces(struct req *rq, struct out *sql)
{
    struct rows q = db_query(rq->db,
                             "SELECT space_id FROM memberships WHERE person_id = ?1 AND role >= 2"
                             " ORDER BY space_id LIMIT ?2",
                             I(rq->viewer.id), I(SPACES));
    out_lit(sql, "SELECT 0 AS id WHERE ?5 > 0");
    while (db_next(&q)) {
        long long space = (long long)db_int(&q, 0);
        out_fmt(
            sql,
            " UNION ALL SELECT id FROM (SELECT b.id FROM activities b" RECORDS_OF(
                "b") " WHERE b.space_id = %lld AND b.verb <> 'Like' AND b.id < ?2 AND b.id > ?3",
            space);
        put_visible(rq, sql);
        out_fmt(sql, " ORDER BY b.id DESC LIMIT ?4) AS s%lld", space);
    }
    db_done(&q);
}

/* ?1 viewer, ?2 cursor, ?3 since, ?4 limit, ?5 actor or space */
static void put_filter(struct req *rq, struct out *sql, const struct timeline_query *q)
{
    if (q->actor_id) {
        out_lit(sql, " AND a.actor_id = ?5");
    } else if (q->space_id) {
        out_lit(sql, " AND a.space_id = ?5");
    } else {
        out_lit(sql, " AND a.id IN (");
        put_own_spaces(rq, sql);
        out_char(sql, ')');
    }
}

static struct str timeline_sql(struct req *rq, const struct timeline_query *query)
{
    struct out sql;
    out_init(&sql, SQL_MAX);
    out_lit(&sql, "SELECT " ROW_COLUMNS(TIMELINE_ROW) " FROM activities a" RECORDS_OF(
                      "a") " LEFT JOIN people p ON p.id = a.actor_id"
                           " LEFT JOIN spaces s ON s.id = a.space_id"
                           " WHERE a.verb <> 'Like' AND a.id < ?2 AND a.id > ?3");
    put_filter(rq, &sql, query);
    put_visible(rq, &sql);
    out_lit(&sql, " ORDER BY a.id DESC LIMIT ?4");
    out_char(&sql, '\0');
    return out_take(&sql, rq->arena);
}

void timeline_read(struct req *rq, const struct timeline_query *query, struct timeline *timeline)
{
    int64_t before = 0;
    int limit = query->limit;
    if (!str_int(query->after, &before) || before <= 0)
        before = INT64_MAX;
    *timeline =
        (struct timeline){.rows = arena_array(rq->arena, struct happening, (size_t)limit + 1)};
    struct rows q =
        db_query(rq->db, timeline_sql(rq, query).p, I(rq->viewer.id), I(before), I(query->since),
                 I(limit + 1), I(query->actor_id ? query->actor_id : query->space_id));
    while (timeline->n < (size_t)limit + 1 && db_next(&q)) {
        struct happening *h = &timeline->rows[timeline->n++];
        happening_decode(h, &q, 0, rq->arena);
        h->phrase = phrase_of(h);
        h->path = record_path_of(rq->arena, h->type, h->record_id, h->title);
    }
    db_done(&q);
    if (timeline->n > (size_t)limit) {
        timeline->n = (size_t)limit;
        timeline->next = str_fmt(rq->arena, "%lld", (long long)timeline->rows[limit - 1].id);
    }
}

static const struct part happening_parts[] = {
    PART_TITLE("Happening"),
    ROW_ALL(happening),
    PART(TEXT, "path", struct happening, path),
    {0},
};

const struct part timeline_parts[] = {
    PART_LIST("timeline", struct timeline, rows, n, happening_parts),
    PART(CURSOR, "next", struct timeline, next),
    {0},
};

struct feed *timeline_feed(struct req *rq, const struct timeline *timeline, struct str title,
                           struct str path)
{
    struct feed *feed = feed_new(rq, title, path, timeline->n);
    feed->kind = "activity"; /* one record can stand there twice, by two of them */
    feed->next = timeline->next;
    for (size_t i = 0; i < feed->n; i++) {
        const struct happening *h = &timeline->rows[i];
        feed->entries[i] = (struct feed_entry){
            .id = h->id,
            .published = h->at,
            .title = str_fmt(rq->arena, STR_FMT " %s " STR_FMT, STR_ARG(h->actor_name), h->phrase,
                             STR_ARG(h->title)),
            .path = h->path,
            .author = h->actor_name,
            .author_handle = h->actor_handle,
            .text = h->excerpt,
        };
    }
    return feed;
}
