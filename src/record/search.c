/* search.c: asks the index, ranks what the viewer may see, gives a page of it; see search.h.
 *
 * Three statements gather candidates, newest first: records whose title or tags match, roots, and
 * replies. Each has the access predicate and all filters in it and gives a rank with every row, so
 * nothing hidden takes a place among the few that are ranked. Texts and names are read for the hits
 * of the page only.
 *
 * WHY few candidates: a pair of common words matches half of the hub. Its newest matches and those
 * in titles are what people look for; to rank all would make every such query cost a second.
 */
#include "record/search.h"

#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "record/record.h"
#include "record/search_plan.h"
#include "record/search_query.h"
#include "record/search_snippet.h"
#include "record/tags.h"

enum {
    GATHER = 60, /* candidates of a source at most */
    LIMIT = 20,
    LIMIT_MAX = 50,
    SCAN = 6144,      /* matches of its rarest word that a query passes in a source */
    SCAN_MORE = 1024, /* ... when there is a page full already */
    FILTERED = 2,     /* times that with filters, which reject much of it */
    BROWSE = 32768,   /* newest ids looked at when nothing but filters was asked */
};

/* What is added to the weights of words. */
#define BOOST_ROOT 0.3
#define BOOST_SCORE 0.1 /* by ln(1 + score) */
#define BOOST_YEAR 0.05 /* for each year that it is newer */

static const size_t most[SEARCH_SOURCES] = {
    [SEARCH_HEADS] = 32, [SEARCH_ROOTS] = GATHER, [SEARCH_REPLIES] = GATHER};

struct candidate {
    int64_t id, score, created_at;
    double rank;
};

struct search_state {
    struct req *rq;
    const struct search_query *query;
    struct search_terms terms;
    struct search_plan plan;
    struct str type, status; /* filters */
    int64_t space, author, tag, after, before;
    bool nothing; /* a filter names what does not exist */
    bool filtered;
    bool bounded;
    struct candidate found[SEARCH_SOURCES * GATHER];
    size_t n;
};

static void read_filters(struct search_state *s);
static void gather(struct search_state *s, enum search_source source);
static void browse(struct search_state *s);
static void add_candidate(struct search_state *s, const struct rows *q, bool root);
static void finish(struct search_state *s, struct search_result *result);
static bool read_hit(struct search_state *s, const struct candidate *c, struct search_hit *hit);

/* ---- SQL: ?1 viewer, ?2 to ?8 filters, the rest as each says ---- */

#define FILTERS                                                                                    \
    " AND r.deleted_at IS NULL AND ?1 >= 0"                                                        \
    " AND (?2 = '' OR r.type = ?2) AND (?3 = '' OR r.state = ?3)"                                  \
    " AND (?4 = 0 OR r.space_id = ?4) AND (?5 = 0 OR r.author_id = ?5)"                            \
    " AND (?6 = 0 OR EXISTS (SELECT 1 FROM taggings g"                                             \
    " WHERE g.record_id = r.root_id AND g.tag_id = ?6))"                                           \
    " AND r.created_at >= ?7 AND r.created_at < ?8"
#define RANKED "SELECT r.id, r.rank_score, r.created_at, "

/* ?9 expression, ?10 floor, ?11 weights, ?12 limit. CROSS JOIN keeps the order of reading. */
#define LITE(table)                                                                                \
    RANKED "search_rank(" table ", ?11) FROM " table                                               \
           " CROSS JOIN records r INDEXED BY records_search ON r.id = " table ".rowid"             \
           " WHERE " table " MATCH ?9 AND " table ".rowid > ?10 AND "
#define LITE_END(table) FILTERS " ORDER BY " table ".rowid DESC LIMIT ?12"

/* ?9 tsquery, ?10 floor, ?11 weights, ?12 limit, ?13 the tsqueries that they are for. A rare match
 * comes from the index of words; the +0 keeps the planner from walking along the ids instead. A
 * dense one is found on the way along the ids; the function, unlike the operator, has no index. */
#define PG_RANK                                                                                    \
    "(SELECT COALESCE(SUM(CASE WHEN s.words @@ w.part THEN"                                        \
    " w.weight * 3.6 * ts_rank('{0.125,0.25,0.5,1}', s.words, w.part, 1) END), 0)"                 \
    " FROM (SELECT CAST(unnest(string_to_array(?11, ',')) AS double precision) AS weight,"         \
    " CAST(unnest(string_to_array(?13, chr(2))) AS tsquery) AS part) w)"
/* The rank is worked out for the candidates only: outside of the LIMIT. */
#define PG_FROM(table)                                                                             \
    "SELECT s.id, s.score, s.created_at, " PG_RANK                                                 \
    " FROM (SELECT r.id, r.rank_score AS score, r.created_at, s.words FROM " table                 \
    " s JOIN records r ON r.id = s.rowid WHERE "
#define PG(table) PG_FROM(table) "s.words @@ CAST(?9 AS tsquery) AND s.rowid + 0 > ?10 AND "
#define PG_END FILTERS " ORDER BY s.rowid + 0 DESC LIMIT ?12) s"
#define PG_DENSE(table)                                                                            \
    PG_FROM(table) "ts_match_vq(s.words, CAST(?9 AS tsquery)) AND s.rowid > ?10 AND "
#define PG_DENSE_END FILTERS " ORDER BY s.rowid DESC LIMIT ?12) s"

static const char *const lite_sql[2][ACCESS_CLASSES] = {
    ACCESS_EACH(LITE("search_roots"), LITE_END("search_roots")),
    ACCESS_EACH(LITE("search_replies"), LITE_END("search_replies")),
};
static const char *const pg_sql[2][2][ACCESS_CLASSES] = {
    {ACCESS_EACH(PG("search_roots"), PG_END), ACCESS_EACH(PG_DENSE("search_roots"), PG_DENSE_END)},
    {ACCESS_EACH(PG("search_replies"), PG_END),
     ACCESS_EACH(PG_DENSE("search_replies"), PG_DENSE_END)},
};

/* ---- the search ---- */

void search(struct req *rq, const struct search_query *query, struct search_result *result)
{
    struct search_state *s = arena_make(rq->arena, struct search_state);
    s->rq = rq;
    s->query = query;
    *result = (struct search_result){.n = 0};
    search_parse(rq->arena, query->text, &s->terms);
    read_filters(s);
    if (s->nothing)
        return;

    s->filtered = s->type.n || s->status.n || s->space || s->author || s->tag || s->terms.after ||
                  s->terms.before;
    search_plan(rq->db, rq->arena, &s->terms, query->suggest ? SEARCH_ANY : SEARCH_ALL, &s->plan);
    if (s->terms.wanted == 0) {
        if (s->filtered)
            browse(s);
    } else {
        const struct record_type *type = record_type_find(s->type);
        if (!type || !type->child)
            gather(s, SEARCH_HEADS);
        if ((!type || !type->child) && !query->suggest)
            gather(s, SEARCH_ROOTS);
        if ((!type || type->child) && !query->suggest)
            gather(s, SEARCH_REPLIES);
    }
    finish(s, result);
}

/* ---- filters ---- */

static int64_t find(struct search_state *s, const char *sql, struct str name)
{
    int64_t id = db_get_int(s->rq->db, 0, sql, T(name));
    s->nothing = s->nothing || id == 0;
    return id;
}

/* "ideas" is meant as "idea". */
static struct str type_named(struct str name)
{
    if (name.n > 1 && name.p[name.n - 1] == 's' && !record_type_find(name))
        name.n--;
    return name;
}

static void read_filters(struct search_state *s)
{
    const struct search_query *q = s->query;
    const struct search_terms *t = &s->terms;
    s->type = q->type.n ? q->type : type_named(t->type);
    s->status = q->state.n ? q->state : t->state;
    s->space = q->space_id;
    s->author = q->author_id;
    s->tag = q->tag_id;
    s->after = t->after;
    s->before = t->before ? t->before : INT64_MAX;
    if (t->space.n && !s->space)
        s->space = find(s, "SELECT id FROM spaces WHERE slug = ?1", t->space);
    if (t->author.n && !s->author)
        s->author = find(s, "SELECT id FROM people WHERE handle = ?1", t->author);
    if (t->tag.n && !s->tag)
        s->tag = find(s, "SELECT id FROM tags WHERE name = ?1", t->tag);
}

/* ---- candidates ---- */

#define FILTER_ARGS(s)                                                                             \
    I((s)->rq->viewer.id), T((s)->type), T((s)->status), I((s)->space), I((s)->author),            \
        I((s)->tag), I((s)->after), I((s)->before)

static void gather(struct search_state *s, enum search_source source)
{
    const struct search_ask *ask = &s->plan.ask[source];
    struct db *db = s->rq->db;
    bool replies = source == SEARCH_REPLIES;
    int class = access_class(&s->rq->viewer);
    bool full = s->n >= LIMIT; /* what follows only adds to it */
    size_t limit = full ? most[source] / 2 : most[source], before = s->n;
    int64_t scan = full ? SCAN_MORE : s->filtered ? SCAN * FILTERED : SCAN;
    int64_t floor = search_floor(&s->plan, source, scan);
    struct rows q;
    if (db_engine(db) == DB_SQLITE)
        q = db_query(db, lite_sql[replies][class], FILTER_ARGS(s), T(ask->match), I(floor),
                     B(ask->weights), I((int64_t)limit));
    else
        q = db_query(db, pg_sql[replies][floor > 0][class], FILTER_ARGS(s), T(ask->match), I(floor),
                     T(ask->weights), I((int64_t)limit), T(ask->parts));
    while (s->n < before + limit && db_next(&q))
        add_candidate(s, &q, !replies);
    db_done(&q);
    if (s->n == before + limit || floor > 0)
        s->bounded = true;
}

/* Nothing but filters: the newest records that pass them. An author's and a tag's are found by
 * their own index, whatever their age. */
static void browse(struct search_state *s)
{
#define BROWSE_END FILTERS " ORDER BY r.id DESC LIMIT ?10"
    static const char *const newest[] =
        ACCESS_EACH(RANKED "0.0 FROM records r WHERE r.id > ?9 AND ", BROWSE_END);
    static const char *const written[] = ACCESS_EACH(
        RANKED "0.0 FROM records r WHERE r.author_id = ?5 AND r.id > ?9 AND ", BROWSE_END);
    static const char *const tagged[] =
        ACCESS_EACH(RANKED "0.0 FROM taggings x JOIN records r ON r.id = x.record_id"
                           " WHERE x.tag_id = ?6 AND r.id > ?9 AND ",
                    BROWSE_END);
    int class = access_class(&s->rq->viewer);
    bool indexed = s->tag || s->author;
    int64_t floor = indexed || s->plan.newest < BROWSE ? 0 : s->plan.newest - BROWSE;
    const char *sql = s->tag ? tagged[class] : s->author ? written[class] : newest[class];
    struct rows q = db_query(s->rq->db, sql, FILTER_ARGS(s), I(floor), I(GATHER));
    while (s->n < GATHER && db_next(&q))
        add_candidate(s, &q, false);
    db_done(&q);
    s->bounded = s->n == GATHER || floor > 0;
}

static void add_candidate(struct search_state *s, const struct rows *q, bool root)
{
    const double year = 365.25 * (double)CLOCK_DAY;
    struct candidate *c = &s->found[s->n++];
    *c = (struct candidate){.id = db_int(q, 0), .score = db_int(q, 1), .created_at = db_int(q, 2)};
    c->rank = db_real(q, 3) + (root ? BOOST_ROOT : 0) +
              BOOST_SCORE * log1p(c->score > 0 ? (double)c->score : 0) +
              BOOST_YEAR * (double)c->created_at / year;
}

/* ---- the page ---- */

/* Best first; of one rank the newer one. Total, so pages neither overlap nor leave gaps. */
static int by_rank(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? 1 : -1;
    return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

static int by_id(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return x->id != y->id ? (x->id < y->id ? 1 : -1) : by_rank(a, b);
}

/* A title that matches is found as a title and as a text: the better rank stays. */
static size_t without_doubles(struct candidate *c, size_t n)
{
    size_t kept = 0;
    qsort(c, n, sizeof *c, by_id);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || c[i].id != c[kept - 1].id)
            c[kept++] = c[i];
    return kept;
}

static struct str cursor_make(struct arena *a, const struct candidate *c)
{
    uint64_t bits;
    memcpy(&bits, &c->rank, sizeof bits);
    return str_fmt(a, "%016llx.%lld", (unsigned long long)bits, (long long)c->id);
}

/* False for what is no cursor: then the page is the first. */
static bool cursor_read(struct str text, struct candidate *c)
{
    char hex[17] = {0};
    if (text.n < 18 || text.p[16] != '.' || !str_int(str_from(text, 17), &c->id))
        return false;
    memcpy(hex, text.p, 16);
    char *end;
    uint64_t bits = strtoull(hex, &end, 16);
    memcpy(&c->rank, &bits, sizeof bits);
    return *end == 0 && isfinite(c->rank);
}

static void finish(struct search_state *s, struct search_result *result)
{
    struct arena *a = s->rq->arena;
    size_t limit = s->query->limit > 0 ? (size_t)s->query->limit : LIMIT, at = 0;
    if (limit > LIMIT_MAX)
        limit = LIMIT_MAX;
    s->n = without_doubles(s->found, s->n);
    qsort(s->found, s->n, sizeof *s->found, by_rank);
    struct candidate last;
    if (cursor_read(s->query->after, &last))
        while (at < s->n && by_rank(&s->found[at], &last) <= 0)
            at++;

    result->bounded = s->bounded;
    result->hits = arena_array(a, struct search_hit, limit);
    for (; at < s->n && result->n < limit; at++)
        if (read_hit(s, &s->found[at], &result->hits[result->n]))
            result->n++;
    if (at < s->n)
        result->next = cursor_make(a, &s->found[at - 1]);
}

/* False for what stands below a deleted root: it is shown nowhere. Deleting takes a root out of the
 * index, but not the thousand comments below it. */
static bool read_hit(struct search_state *s, const struct candidate *c, struct search_hit *hit)
{
    struct arena *a = s->rq->arena;
    struct rows q = db_query(
        s->rq->db,
        "SELECT r.id, r.root_id, r.created_at, r.space_id, r.author_id, r.type,"
        " CASE WHEN r.title = '' THEN t.title ELSE r.title END, r.state,"
        " COALESCE(p.name, ''), COALESCE(p.handle, ''), COALESCE(s.name, ''), COALESCE(s.slug, ''),"
        " r.score, r.comments, r.title <> ''"
        " FROM records r JOIN records t ON t.root_id = r.root_id AND t.path = ''"
        " LEFT JOIN people p ON p.id = r.author_id LEFT JOIN spaces s ON s.id = r.space_id"
        " WHERE r.id = ?1 AND t.deleted_at IS NULL",
        I(c->id));
    if (!db_next(&q))
        return false;
    *hit = (struct search_hit){
        .id = db_int(&q, 0),
        .root_id = db_int(&q, 1),
        .created_at = db_int(&q, 2),
        .space_id = db_int(&q, 3),
        .author_id = db_int(&q, 4),
        .type = db_dup(&q, 5, a),
        .title = db_dup(&q, 6, a),
        .state = db_dup(&q, 7, a),
        .author_name = db_dup(&q, 8, a),
        .author_handle = db_dup(&q, 9, a),
        .space_title = db_dup(&q, 10, a),
        .space_slug = db_dup(&q, 11, a),
        .score = db_int(&q, 12),
        .comments = db_int(&q, 13),
        .rank = c->rank,
    };
    bool root = db_int(&q, 14) != 0;
    db_done(&q);
    /* One's own words in a room that one has left are one's own; what they stood below is not. */
    if (hit->root_id != hit->id && hit->author_id == s->rq->viewer.id && hit->author_id &&
        !record_access(s->rq, hit->root_id, RIGHT_READ))
        return false;
    if (s->query->suggest)
        return true;
    q = db_query(s->rq->db,
                 root ? "SELECT body FROM search_roots WHERE rowid = ?1"
                      : "SELECT body FROM search_replies WHERE rowid = ?1",
                 I(c->id));
    if (db_next(&q))
        hit->snippet_html = search_snippet(a, &s->terms, db_str(&q, 0));
    db_done(&q);
    return true;
}

/* ---- for lists ---- */

size_t search_ids(struct db *db, struct arena *a, struct str text, struct str type, int64_t *ids,
                  size_t max)
{
    static const char lite[] =
        "SELECT r.id FROM search_roots CROSS JOIN records r INDEXED BY records_search"
        " ON r.id = search_roots.rowid WHERE search_roots MATCH ?1 AND search_roots.rowid > ?2"
        " AND (?3 = '' OR r.type = ?3) AND r.deleted_at IS NULL"
        " ORDER BY search_roots.rowid DESC LIMIT ?4";
    static const char pg[] = "SELECT r.id FROM search_roots s JOIN records r ON r.id = s.rowid"
                             " WHERE s.words @@ CAST(?1 AS tsquery) AND s.rowid + 0 > ?2"
                             " AND (?3 = '' OR r.type = ?3) AND r.deleted_at IS NULL"
                             " ORDER BY s.rowid + 0 DESC LIMIT ?4";
    struct search_terms terms;
    struct search_plan plan;
    if (max > SEARCH_CANDIDATES)
        max = SEARCH_CANDIDATES;
    search_parse(a, text, &terms);
    search_plan(db, a, &terms, SEARCH_ALL, &plan);
    const struct search_ask *ask = &plan.ask[SEARCH_ROOTS];
    if (!ask->match.n)
        return 0;
    struct rows q =
        db_query(db, db_engine(db) == DB_SQLITE ? lite : pg, T(ask->match),
                 I(search_floor(&plan, SEARCH_ROOTS, SCAN * FILTERED)), T(type), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        ids[n++] = db_int(&q, 0);
    db_done(&q);
    return n;
}
