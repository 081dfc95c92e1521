/* search.c: asks the index, ranks what the viewer may see, gives a page of it; see search.h.
 *
 * Three statements gather candidates, newest first: roots, older ones whose title or tags match,
 * and replies. Each has the access predicate and all filters in it and gives a rank with every row,
 * so nothing hidden takes a place among the few that are ranked. Texts and names are read for the
 * hits of the page only, all by one statement.
 *
 * WHY few candidates: a pair of common words matches half of the hub. Its newest matches and those
 * in titles are what people look for; to rank all would make every such query cost a second. A
 * source is first read over a short stretch, and further back only while the page is not full.
 *
 * WHY roots before titles: a root whose title matches is found by its title's words again among its
 * text's, and ranks no lower. So where the roots were read, their titles need no second look.
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
    DEEP = 6144,    /* matches of its rarest word that a query passes in a source, at most */
    FILTERED = 2,   /* times as many with filters, which reject much of it */
    BROWSE = 32768, /* newest ids looked at when nothing but filters was asked */
};

/* What is added to the weights of words. */
#define BOOST_ROOT 0.3
#define BOOST_SCORE 0.1 /* by ln(1 + score) */
#define BOOST_YEAR 0.05 /* for each year that it is newer */

/* How many candidates; where the words are dense, a shorter stretch is walked and fewer are taken,
 * and half of them when there is a page full already. */
static const struct reach {
    int64_t most, scan, most_dense;
} reach[SEARCH_SOURCES] = {
    [SEARCH_HEADS] = {32, 512, 48},
    [SEARCH_ROOTS] = {40, 1024, 40},
    [SEARCH_REPLIES] = {GATHER, 1024, 40},
};

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
    int64_t below[SEARCH_SOURCES]; /* the ids that were not looked at yet; 1: none */
    struct candidate found[2 * SEARCH_SOURCES * GATHER];
    size_t n;
};

static void read_filters(struct search_state *s);
static void gather_all(struct search_state *s);
static void gather(struct search_state *s, enum search_source source, bool deep);
static void browse(struct search_state *s);
static int64_t add_candidate(struct search_state *s, const struct rows *q, bool root);
static void finish(struct search_state *s, struct search_result *result);
static size_t read_hits(struct search_state *s, const struct candidate *c, size_t n,
                        struct search_hit *hits);

/* ---- SQL: ?1 viewer, ?2 to ?8 filters, the rest as each says ----
 *
 * The tag is compared, not looked for with EXISTS: for that PostgreSQL would first read all that
 * have the tag. */

#define FILTERS                                                                                    \
    " AND r.deleted_at IS NULL AND ?1 >= 0"                                                        \
    " AND (?2 = '' OR r.type = ?2) AND (?3 = '' OR r.state = ?3)"                                  \
    " AND (?4 = 0 OR r.space_id = ?4) AND (?5 = 0 OR r.author_id = ?5)"                            \
    " AND (?6 = 0 OR ?6 = (SELECT g.tag_id FROM taggings g"                                        \
    " WHERE g.record_id = r.root_id AND g.tag_id = ?6))"                                           \
    " AND r.created_at >= ?7 AND r.created_at < ?8"
#define RANKED "SELECT r.id, r.rank_score, r.created_at, "

/* ?9 expression, ?10 and ?11 the ids between which, ?12 limit, ?13 weights. CROSS JOIN keeps the
 * order of reading. FTS5's own function for a text's length runs a statement for each. */
#define LITE(table)                                                                                \
    RANKED "search_rank(" table ", ?13, d.sz) FROM " table                                         \
           " CROSS JOIN records r INDEXED BY records_search ON r.id = " table ".rowid"             \
           " CROSS JOIN " table "_docsize d ON d.id = r.id"                                        \
           " WHERE " table " MATCH ?9 AND " table ".rowid > ?10 AND " table ".rowid < ?11 AND "
#define LITE_END(table) FILTERS " ORDER BY " table ".rowid DESC LIMIT ?12"

/* ?9 to ?12 the same, ?13 weights, ?14 the tsqueries that they are for. Ranks are worked out for
 * the candidates only: outside of the LIMIT. OFFSET 0 keeps the planner from joining in another
 * order: it cannot know how few rows are wanted. */
#define PG_RANKED(table)                                                                           \
    "WITH w AS MATERIALIZED (SELECT"                                                               \
    " CAST(unnest(string_to_array(?13, ',')) AS double precision) AS weight,"                      \
    " CAST(unnest(string_to_array(?14, chr(2))) AS tsquery) AS part)"                              \
    " SELECT s.id, s.score, s.created_at, (SELECT COALESCE(SUM(CASE WHEN t.words @@ w.part THEN"   \
    " w.weight * 3.6 * ts_rank('{0.125,0.25,0.5,1}', t.words, w.part, 1) END), 0)"                 \
    " FROM w CROSS JOIN (SELECT t.words FROM " table " t WHERE t.rowid = s.id OFFSET 0) t)"        \
    " FROM (SELECT r.id, r.rank_score AS score, r.created_at FROM "
#define PG_RECORD                                                                                  \
    " CROSS JOIN LATERAL (SELECT r.* FROM records r WHERE r.id = s.id OFFSET 0) r WHERE "
/* All matches come from the index of words, and the newest are looked at; the +0 keeps the planner
 * from walking along the ids instead. */
#define PG_INDEX(table)                                                                            \
    PG_RANKED(table)                                                                               \
    "(SELECT t.rowid + 0 AS id FROM " table " t WHERE t.words @@ CAST(?9 AS tsquery)"              \
    " AND t.rowid + 0 > ?10 AND t.rowid + 0 < ?11 ORDER BY 1 DESC OFFSET 0) s" PG_RECORD
/* Matches are found on the way along the ids; the function, unlike the operator, has no index. */
#define PG_WALK(table)                                                                             \
    PG_RANKED(table)                                                                               \
    "(SELECT t.rowid AS id, t.words FROM " table                                                   \
    " t WHERE t.rowid > ?10 AND t.rowid < ?11) s" PG_RECORD                                        \
    "ts_match_vq(s.words, CAST(?9 AS tsquery)) AND "
#define PG_END FILTERS " ORDER BY s.id DESC LIMIT ?12) s"

static const char *const lite_sql[2][ACCESS_CLASSES] = {
    ACCESS_EACH(LITE("search_roots"), LITE_END("search_roots")),
    ACCESS_EACH(LITE("search_replies"), LITE_END("search_replies")),
};
static const char *const pg_sql[2][2][ACCESS_CLASSES] = {
    {ACCESS_EACH(PG_INDEX("search_roots"), PG_END), ACCESS_EACH(PG_WALK("search_roots"), PG_END)},
    {ACCESS_EACH(PG_INDEX("search_replies"), PG_END),
     ACCESS_EACH(PG_WALK("search_replies"), PG_END)},
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
        gather_all(s);
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

static void gather_all(struct search_state *s)
{
    const struct record_type *type = record_type_find(s->type);
    bool roots = !type || !type->child, replies = !type || type->child;
    bool suggest = s->query->suggest;
    int64_t *below = s->below;
    below[SEARCH_HEADS] = roots ? INT64_MAX : 1;
    below[SEARCH_ROOTS] = roots && !suggest ? INT64_MAX : 1;
    below[SEARCH_REPLIES] = replies && !suggest ? INT64_MAX : 1;
    for (int deep = 0; deep < 2 && s->n < LIMIT; deep++) {
        gather(s, SEARCH_ROOTS, deep);
        if (!suggest && below[SEARCH_ROOTS] < below[SEARCH_HEADS])
            below[SEARCH_HEADS] = below[SEARCH_ROOTS];
        gather(s, SEARCH_HEADS, deep);
        gather(s, SEARCH_REPLIES, deep);
    }
    s->bounded = below[suggest ? SEARCH_HEADS : SEARCH_ROOTS] > 1 || below[SEARCH_REPLIES] > 1;
}

static void gather(struct search_state *s, enum search_source source, bool deep)
{
    const struct search_ask *ask = &s->plan.ask[source];
    const struct reach *r = &reach[source];
    struct db *db = s->rq->db;
    bool replies = source == SEARCH_REPLIES;
    const struct viewer *viewer = &s->rq->viewer;
    int64_t scan = (deep ? DEEP : r->scan) * (s->filtered ? FILTERED : 1), n = 0, last = 0;
    if (ask->matches <= 2 * scan)
        scan = ask->matches; /* what is left would hardly be worth a second look */
    int64_t floor = search_floor(&s->plan, source, scan), below = s->below[source];
    int64_t limit = (floor > 0 ? r->most_dense : r->most) / (s->n >= LIMIT ? 2 : 1);
    bool sqlite = db_engine(db) == DB_SQLITE, walk = search_walks(&s->plan, source, limit);
    if (!sqlite && !walk)
        floor = 0; /* the index of words gives all matches anyway */
    if (below <= floor + 1)
        return;
    struct rows q;
    if (sqlite)
        q = db_query(db, access_text(db, s->rq->arena, viewer, lite_sql[replies]), FILTER_ARGS(s),
                     T(ask->match), I(floor), I(below), I(limit), B(ask->weights));
    else
        q = db_query(db, access_text(db, s->rq->arena, viewer, pg_sql[replies][walk]),
                     FILTER_ARGS(s), T(ask->match), I(floor), I(below), I(limit), T(ask->weights),
                     T(ask->parts));
    for (; n < limit && db_next(&q); n++)
        last = add_candidate(s, &q, !replies);
    db_done(&q);
    s->below[source] = n == limit ? last : floor + 1;
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
    bool indexed = s->tag || s->author;
    int64_t floor = indexed || s->plan.newest < BROWSE ? 0 : s->plan.newest - BROWSE;
    const char *sql = access_text(s->rq->db, s->rq->arena, &s->rq->viewer,
                                  s->tag      ? tagged
                                  : s->author ? written
                                              : newest);
    struct rows q = db_query(s->rq->db, sql, FILTER_ARGS(s), I(floor), I(GATHER));
    while (s->n < GATHER && db_next(&q))
        add_candidate(s, &q, false);
    db_done(&q);
    s->bounded = s->n == GATHER || floor > 0;
}

static int64_t add_candidate(struct search_state *s, const struct rows *q, bool root)
{
    const double year = 365.25 * (double)CLOCK_DAY;
    struct candidate *c = &s->found[s->n++];
    *c = (struct candidate){.id = db_int(q, 0), .score = db_int(q, 1), .created_at = db_int(q, 2)};
    c->rank = db_real(q, 3) + (root ? BOOST_ROOT : 0) +
              BOOST_SCORE * log1p(c->score > 0 ? (double)c->score : 0) +
              BOOST_YEAR * (double)c->created_at / year;
    return c->id;
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
    while (at < s->n && result->n < limit) {
        size_t n = s->n - at < limit - result->n ? s->n - at : limit - result->n;
        result->n += read_hits(s, &s->found[at], n, &result->hits[result->n]);
        at += n;
    }
    if (at < s->n)
        result->next = cursor_make(a, &s->found[at - 1]);
}

/* In the order of the ids, which stand in ?1. Where there is nothing to join, the CASE gives NULL,
 * and SQLite does not even look. FTS5's texts are read from the table in which it keeps them (named
 * in its documentation): the way through the index costs several times as much. */
#define HITS(texts, ids, roots, replies, key)                                                      \
    "SELECT r.id, r.root_id, r.space_id, r.author_id, r.type,"                                     \
    " CASE WHEN r.path = '' THEN r.title ELSE t.title END, r.state,"                               \
    " COALESCE(p.name, ''), COALESCE(p.handle, ''), COALESCE(s.name, ''), COALESCE(s.slug, ''),"   \
    " r.comments, " texts " FROM " ids " CROSS JOIN records r"                                     \
    " LEFT JOIN records t ON t.id = CASE WHEN r.path <> '' THEN r.root_id END"                     \
    " LEFT JOIN people p ON p.id = r.author_id LEFT JOIN spaces s ON s.id = r.space_id"            \
    " LEFT JOIN " roots " x ON x." key " = CASE WHEN r.title <> '' THEN r.id END"                  \
    " LEFT JOIN " replies " y ON y." key " = CASE WHEN r.title = '' THEN r.id END"                 \
    " WHERE r.id = j.value AND (r.path = '' OR t.deleted_at IS NULL)"
static const char lite_hits[] = HITS("COALESCE(x.c2, y.c0)", "json_each(?1) j",
                                     "search_roots_content", "search_replies_content", "id");
static const char pg_hits[] =
    HITS("COALESCE(x.body, y.body)", "unnest(CAST(?1 AS bigint[])) WITH ORDINALITY j (value, at)",
         "search_roots", "search_replies", "rowid") " ORDER BY j.at";

static struct str ids_text(struct arena *a, const struct candidate *c, size_t n, bool sqlite)
{
    struct out o;
    out_init(&o, 32 * n + 32);
    for (size_t i = 0; i < n; i++)
        out_fmt(&o, "%c%lld", i ? ',' : sqlite ? '[' : '{', (long long)c[i].id);
    out_char(&o, sqlite ? ']' : '}');
    return out_take(&o, a);
}

/* How many of these candidates are hits. Not what stands below a deleted root, which is shown
 * nowhere: deleting takes a root out of the index, but not the thousand comments below it. */
static size_t read_hits(struct search_state *s, const struct candidate *c, size_t n,
                        struct search_hit *hits)
{
    struct arena *a = s->rq->arena;
    bool sqlite = db_engine(s->rq->db) == DB_SQLITE;
    const struct search_marks *marks = search_marks(a, &s->terms);
    size_t read = 0, kept = 0;
    struct rows q = db_query(s->rq->db, sqlite ? lite_hits : pg_hits, T(ids_text(a, c, n, sqlite)));
    for (size_t i = 0; read < n && db_next(&q); i++) {
        while (i < n && c[i].id != db_int(&q, 0))
            i++;
        if (i == n)
            break;
        struct search_hit *hit = &hits[read++];
        *hit = (struct search_hit){
            .id = c[i].id,
            .root_id = db_int(&q, 1),
            .created_at = c[i].created_at,
            .space_id = db_int(&q, 2),
            .author_id = db_int(&q, 3),
            .type = db_dup(&q, 4, a),
            .title = db_dup(&q, 5, a),
            .state = db_dup(&q, 6, a),
            .author_name = db_dup(&q, 7, a),
            .author_handle = db_dup(&q, 8, a),
            .space_title = db_dup(&q, 9, a),
            .space_slug = db_dup(&q, 10, a),
            .score = c[i].score,
            .comments = db_int(&q, 11),
            .rank = c[i].rank,
        };
        hit->title_html = search_marked(a, marks, hit->title);
        if (!s->query->suggest)
            hit->snippet_html = search_snippet(a, marks, db_str(&q, 12));
    }
    db_done(&q);
    /* One's own words in a room that one has left are one's own; what they stood below is not. */
    for (size_t i = 0; i < read; i++) {
        bool own = hits[i].root_id != hits[i].id && hits[i].author_id == s->rq->viewer.id;
        if (!own || !hits[i].author_id || record_access(s->rq, hits[i].root_id, RIGHT_READ))
            hits[kept++] = hits[i];
    }
    return kept;
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
                 I(search_floor(&plan, SEARCH_ROOTS, DEEP * FILTERED)), T(type), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        ids[n++] = db_int(&q, 0);
    db_done(&q);
    return n;
}
