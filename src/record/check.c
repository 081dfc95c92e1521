/* check.c: a table of questions, each of which has no rows in a sound hub; see check.h. */
#include "record/check.h"

#include "record/path.h"

enum { STRETCH = 10000 }; /* children read at a time */

struct checking {
    struct db *db;
    struct arena *arena;
    void (*say)(void *ctx, const struct check_finding *finding);
    void *ctx;
    int64_t found;
};

static void ask(struct checking *c, const char *what, const char *sql);
static void orphans_check(struct checking *c);
static void paths_check(struct checking *c);

/* Rows are (id, kept, counted). */
static const struct {
    const char *what, *sql;
} questions[] = {
    {"score is not the sum of its votes",
     "SELECT r.id, r.score, COALESCE(v.n, 0) FROM records r LEFT JOIN"
     " (SELECT record_id, SUM(delta) AS n FROM votes GROUP BY record_id) v ON v.record_id = r.id"
     " WHERE r.score <> COALESCE(v.n, 0)"},
    {"comments is not the number of comments on it",
     "SELECT r.id, r.comments, COALESCE(c.n, 0) FROM records r LEFT JOIN"
     " (SELECT parent_id, COUNT(*) AS n FROM records WHERE parent_id IS NOT NULL"
     " AND deleted_at IS NULL AND type <> 'answer' GROUP BY parent_id) c ON c.parent_id = r.id"
     " WHERE r.comments <> COALESCE(c.n, 0)"},
    {"answers is not the number of answers to it",
     "SELECT r.id, r.answers, COALESCE(c.n, 0) FROM records r LEFT JOIN"
     " (SELECT parent_id, COUNT(*) AS n FROM records WHERE parent_id IS NOT NULL"
     " AND deleted_at IS NULL AND type = 'answer' GROUP BY parent_id) c ON c.parent_id = r.id"
     " WHERE r.answers <> COALESCE(c.n, 0)"},
    {"thread is not the number of records below it",
     "SELECT r.id, r.thread, CASE WHEN r.path = '' THEN COALESCE(c.n, 0) ELSE 0 END"
     " FROM records r LEFT JOIN (SELECT root_id, COUNT(*) AS n FROM records WHERE path <> ''"
     " AND deleted_at IS NULL GROUP BY root_id) c ON c.root_id = r.id"
     " WHERE r.thread <> CASE WHEN r.path = '' THEN COALESCE(c.n, 0) ELSE 0 END"},
    {"a tag's uses is not the number of its taggings",
     "SELECT t.id, t.uses, COALESCE(g.n, 0) FROM tags t LEFT JOIN"
     " (SELECT tag_id, COUNT(*) AS n FROM taggings GROUP BY tag_id) g ON g.tag_id = t.id"
     " WHERE t.uses <> COALESCE(g.n, 0)"},
    {"tags is not the number of its taggings",
     "SELECT r.id, CASE WHEN r.tags = '' OR r.deleted_at IS NOT NULL THEN 0"
     " ELSE LENGTH(r.tags) - LENGTH(REPLACE(r.tags, ' ', '')) + 1 END AS kept, COALESCE(g.n, 0)"
     " FROM records r LEFT JOIN"
     " (SELECT record_id, COUNT(*) AS n FROM taggings GROUP BY record_id) g ON g.record_id = r.id"
     " WHERE COALESCE(g.n, 0) <> CASE WHEN r.tags = '' OR r.deleted_at IS NOT NULL THEN 0"
     " ELSE LENGTH(r.tags) - LENGTH(REPLACE(r.tags, ' ', '')) + 1 END"},
    {"is not where its votes put it in lists",
     "SELECT r.id, r.rank_score, r.score FROM records r WHERE (r.rank_score <> r.score"
     " OR r.rank_hot <> r.hot) AND EXISTS (SELECT 1 FROM cursors c WHERE c.consumer = 'ranks'"
     " AND c.activity_id >= (SELECT MAX(a.id) FROM activities a))"},
    {"a tagging has another score than its record",
     "SELECT r.id, g.score, r.rank_score FROM taggings g JOIN records r ON r.id = g.record_id"
     " WHERE g.score <> r.rank_score"},
    {"a tagging is sorted otherwise than its record",
     "SELECT r.id, 0, 0 FROM taggings g JOIN records r ON r.id = g.record_id"
     " WHERE g.hot <> r.rank_hot OR g.created_at <> r.created_at OR g.type <> r.type"},
    {"a tagging's tag is not among its record's tags",
     "SELECT r.id, 0, 0 FROM taggings g JOIN records r ON r.id = g.record_id"
     " JOIN tags t ON t.id = g.tag_id"
     " WHERE REPLACE(' ' || r.tags || ' ', ' ' || t.name || ' ', '') = ' ' || r.tags || ' '"},
    {"somebody's votes for it add up to more than one",
     "SELECT record_id, SUM(delta), 1 FROM votes WHERE person_id > 0"
     " GROUP BY record_id, person_id HAVING SUM(delta) > 1 OR SUM(delta) < -1"},
    {"its author has voted for it",
     "SELECT r.id, 0, 0 FROM votes v JOIN records r ON r.id = v.record_id"
     " WHERE v.person_id = r.author_id GROUP BY r.id HAVING SUM(v.delta) <> 0"},
    {"audience is wider than its parent's",
     "SELECT r.id, r.audience, p.audience FROM records r JOIN records p ON p.id = r.parent_id"
     " WHERE r.audience < p.audience"},
    {"stands in another space than its parent",
     "SELECT r.id, COALESCE(r.space_id, 0), COALESCE(p.space_id, 0) FROM records r"
     " JOIN records p ON p.id = r.parent_id"
     " WHERE COALESCE(r.space_id, 0) <> COALESCE(p.space_id, 0)"},
    {"is seen by more people than its space",
     "SELECT r.id, r.audience, s.audience FROM records r JOIN records s ON s.id = r.space_id"
     " WHERE r.audience < s.audience"},
    {"an activity has another audience than its record",
     "SELECT r.id, a.audience, r.audience FROM activities a JOIN records r ON r.id = a.record_id"
     " WHERE a.audience <> r.audience"},
    {"a root with a parent, a path or another root",
     "SELECT r.id, r.root_id, r.id FROM records r"
     " WHERE CASE WHEN r.parent_id IS NULL THEN 1 ELSE 0 END"
     " <> CASE WHEN r.path = '' AND r.root_id = r.id THEN 1 ELSE 0 END"},
    {"revision is not the number of revisions kept and one",
     "SELECT r.id, r.revision, 1 + COALESCE(v.n, 0) FROM records r LEFT JOIN"
     " (SELECT record_id, COUNT(*) AS n FROM revisions GROUP BY record_id) v ON v.record_id = r.id"
     " WHERE r.revision <> 1 + COALESCE(v.n, 0)"},
    {"a person has another name than its record",
     "SELECT p.id, 0, 0 FROM people p JOIN records r ON r.id = p.id WHERE p.name <> r.title"},
    {"a space has another name than its record",
     "SELECT s.id, 0, 0 FROM spaces s JOIN records r ON r.id = s.id WHERE s.name <> r.title"},
    {"has no text", "SELECT r.id, 0, 0 FROM records r LEFT JOIN texts t ON t.record_id = r.id"
                    " WHERE t.record_id IS NULL"},
    {"has no row of its type's own table",
     "SELECT r.id, 0, 0 FROM records r WHERE (r.type = 'person'"
     " AND NOT EXISTS (SELECT 1 FROM people x WHERE x.id = r.id)) OR (r.type = 'space'"
     " AND NOT EXISTS (SELECT 1 FROM spaces x WHERE x.id = r.id)) OR (r.type = 'idea'"
     " AND NOT EXISTS (SELECT 1 FROM ideas x WHERE x.id = r.id)) OR (r.type = 'topic'"
     " AND NOT EXISTS (SELECT 1 FROM topics x WHERE x.id = r.id))"},
    {"somebody was told of what they did themselves",
     "SELECT a.record_id, 0, 0 FROM notifications n JOIN activities a ON a.id = n.activity_id"
     " WHERE a.actor_id = n.person_id"},
    {"a notification does not name the one before it",
     "SELECT n.activity_id, n.before_id, n.really FROM (SELECT activity_id, before_id,"
     " LAG(activity_id, 1, CAST(0 AS BIGINT)) OVER (PARTITION BY person_id ORDER BY activity_id)"
     " AS really FROM notifications) n WHERE n.before_id <> n.really"},
    {"an inbox does not name its newest notification",
     "SELECT i.person_id, i.last_id, COALESCE(n.really, 0) FROM inboxes i LEFT JOIN"
     " (SELECT person_id, MAX(activity_id) AS really FROM notifications GROUP BY person_id) n"
     " ON n.person_id = i.person_id WHERE i.last_id <> COALESCE(n.really, 0)"},
    {"a notification without an inbox",
     "SELECT n.activity_id, 0, 0 FROM notifications n"
     " WHERE NOT EXISTS (SELECT 1 FROM inboxes i WHERE i.person_id = n.person_id)"},
    {"a notification without its activity",
     "SELECT n.activity_id, 0, 0 FROM notifications n WHERE n.reason <> ''"
     " AND NOT EXISTS (SELECT 1 FROM activities a WHERE a.id = n.activity_id)"},
    {"is not in the search index",
     "SELECT r.id, 0, 0 FROM records r WHERE r.deleted_at IS NULL AND CASE WHEN r.title <> ''"
     " THEN (SELECT COUNT(*) FROM search_roots x WHERE x.rowid = r.id)"
     " ELSE (SELECT COUNT(*) FROM search_replies x WHERE x.rowid = r.id) END = 0"},
    {"is found by the search and should not be",
     "SELECT x.rowid, 0, 0 FROM search_roots x LEFT JOIN records r ON r.id = x.rowid"
     " AND r.deleted_at IS NULL AND r.title <> '' WHERE r.id IS NULL"},
    {"is found among the replies and should not be",
     "SELECT x.rowid, 0, 0 FROM search_replies x LEFT JOIN records r ON r.id = x.rowid"
     " AND r.deleted_at IS NULL AND r.title = '' WHERE r.id IS NULL"},
    {"is found by another title or other tags than its own",
     "SELECT r.id, 0, 0 FROM search_roots x JOIN records r ON r.id = x.rowid"
     " WHERE x.title <> r.title OR x.tags <> r.tags"},
};

/* Columns that hold the key of another table's row, NULL and 0 apart. */
static const struct {
    const char *table, *column, *to, *key;
} references[] = {
    {"records", "root_id", "records", "id"},
    {"records", "parent_id", "records", "id"},
    {"records", "space_id", "spaces", "id"},
    {"records", "author_id", "people", "id"},
    {"texts", "record_id", "records", "id"},
    {"revisions", "record_id", "records", "id"},
    {"activities", "record_id", "records", "id"},
    {"activities", "root_id", "records", "id"},
    {"votes", "record_id", "records", "id"},
    {"votes", "person_id", "people", "id"},
    {"votes", "activity_id", "activities", "id"},
    {"taggings", "tag_id", "tags", "id"},
    {"taggings", "record_id", "records", "id"},
    {"links", "from_id", "records", "id"},
    {"links", "to_id", "records", "id"},
    {"follows", "record_id", "records", "id"},
    {"follows", "person_id", "people", "id"},
    {"notifications", "person_id", "people", "id"},
    {"inboxes", "person_id", "people", "id"},
    {"participants", "record_id", "records", "id"},
    {"participants", "person_id", "people", "id"},
    {"people", "id", "records", "id"},
    {"identities", "person_id", "people", "id"},
    {"accounts", "person_id", "people", "id"},
    {"sessions", "person_id", "accounts", "person_id"},
    {"tokens", "person_id", "accounts", "person_id"},
    {"spaces", "id", "records", "id"},
    {"memberships", "space_id", "spaces", "id"},
    {"memberships", "person_id", "people", "id"},
    {"ideas", "id", "records", "id"},
    {"ideas", "answer_id", "records", "id"},
    {"ideas", "merged_id", "ideas", "id"},
    {"topics", "id", "records", "id"},
    {"topics", "accepted_id", "records", "id"},
    {"origins", "record_id", "records", "id"},
};

int64_t check_hub(struct db *db, struct arena *a,
                  void (*say)(void *ctx, const struct check_finding *finding), void *ctx)
{
    struct checking c = {db, a, say, ctx, 0};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        ask(&c, questions[i].what, questions[i].sql);
    orphans_check(&c);
    paths_check(&c);
    return c.found;
}

static void found(struct checking *c, const char *what, int64_t id, int64_t kept, int64_t counted)
{
    c->found++;
    if (c->say)
        c->say(c->ctx, &(struct check_finding){what, id, kept, counted});
}

static void ask(struct checking *c, const char *what, const char *sql)
{
    struct rows q = db_query(c->db, sql);
    while (db_next(&q))
        found(c, what, db_int(&q, 0), db_int(&q, 1), db_int(&q, 2));
}

static void orphans_check(struct checking *c)
{
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const char *table = references[i].table, *column = references[i].column;
        struct str what = str_fmt(c->arena, "%s.%s names a row that is not in %s", table, column,
                                  references[i].to);
        struct str sql =
            str_fmt(c->arena,
                    "SELECT x.%s, 0, 0 FROM %s x WHERE x.%s <> 0"
                    " AND NOT EXISTS (SELECT 1 FROM %s y WHERE y.%s = x.%s)",
                    column, table, column, references[i].to, references[i].key, column);
        ask(c, what.p, sql.p);
    }
}

/* Where a child's path must begin: with its parent's, or beside it when that is the deepest. */
static bool path_fits(struct str path, struct str parent, int64_t id)
{
    size_t shared = path_depth(parent) < PATH_DEPTH_MAX ? parent.n : path_parent(parent).n;
    return path_depth(path) <= PATH_DEPTH_MAX && path_last(path) == id &&
           str_eq(path_parent(path), str_first(parent, shared));
}

static void paths_check(struct checking *c)
{
    int64_t last = 0;
    for (size_t n = STRETCH; n == STRETCH;) {
        struct rows q = db_query(c->db,
                                 "SELECT r.id, r.path, p.path, r.root_id, p.root_id FROM records r"
                                 " JOIN records p ON p.id = r.parent_id"
                                 " WHERE r.id > ?1 ORDER BY r.id LIMIT ?2",
                                 I(last), I(STRETCH));
        for (n = 0; db_next(&q); n++) {
            last = db_int(&q, 0);
            if (db_int(&q, 3) != db_int(&q, 4))
                found(c, "stands in another thread than its parent", last, db_int(&q, 3),
                      db_int(&q, 4));
            if (!path_fits(db_str(&q, 1), db_str(&q, 2), last))
                found(c, "path does not lead from its parent to it", last, 0, 0);
        }
    }
}
