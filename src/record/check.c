/* check.c: a table of questions, each of which has no rows in a sound hub, and what mends what it
 * finds; see check.h.
 *
 * WHY a mend counts anew instead of adding a difference: between the question and the mend others
 * write. A statement that says what the number is may run at any time, and twice.
 * WHY some have no mend: a record whose parent is gone, or a thread that is torn, can be put right
 * only by somebody who knows what it was.
 */
#include "record/check.h"

#include "record/checking.h"
#include "record/formulas.h"
#include "record/path.h"
#include "record/record.h"
#include "record/reindex.h"
#include "record/search.h"
#include "record/tags.h"
#include "record/tallies.h"

enum { STRETCH = 10000 }; /* children read at a time */

static void orphans_check(struct checking *c);
static void paths_check(struct checking *c);
static void computed_say(void *ctx, const char *what, int64_t id);
static void tags_mend(struct db *db, struct arena *a, int64_t id);
static void tally_say(void *ctx, int64_t type, int64_t kept, int64_t counted);

#define TAGGINGS_ANEW                                                                              \
    "UPDATE taggings SET (score, hot, created_at, type) ="                                         \
    " (SELECT r.rank_score, r.rank_hot, r.created_at, r.type FROM records r"                       \
    " WHERE r.id = taggings.record_id) WHERE record_id = ?1"

/* Rows are (id, kept, counted). */
static const struct {
    const char *what, *sql;
    struct check_mend mend;
} questions[] = {
    {"score is not the sum of its votes",
     "SELECT r.id, r.score, COALESCE(v.n, 0) FROM records r LEFT JOIN"
     " (SELECT record_id, SUM(delta) AS n FROM votes GROUP BY record_id) v ON v.record_id = r.id"
     " WHERE r.score <> COALESCE(v.n, 0)",
     {.sql = {"UPDATE records SET score = COALESCE((SELECT SUM(v.delta) FROM votes v"
              " WHERE v.record_id = records.id), 0) WHERE id = ?1"}}},
    {"comments is not the number of comments on it",
     "SELECT r.id, r.comments, COALESCE(c.n, 0) FROM records r LEFT JOIN"
     " (SELECT parent_id, COUNT(*) AS n FROM records WHERE parent_id IS NOT NULL"
     " AND deleted_at IS NULL AND type <> 'answer' GROUP BY parent_id) c ON c.parent_id = r.id"
     " WHERE r.comments <> COALESCE(c.n, 0)",
     {.sql = {"UPDATE records SET comments = (SELECT COUNT(*) FROM records c"
              " WHERE c.parent_id = records.id AND c.deleted_at IS NULL AND c.type <> 'answer')"
              " WHERE id = ?1"}}},
    {"answers is not the number of answers to it",
     "SELECT r.id, r.answers, COALESCE(c.n, 0) FROM records r LEFT JOIN"
     " (SELECT parent_id, COUNT(*) AS n FROM records WHERE parent_id IS NOT NULL"
     " AND deleted_at IS NULL AND type = 'answer' GROUP BY parent_id) c ON c.parent_id = r.id"
     " WHERE r.answers <> COALESCE(c.n, 0)",
     {.sql = {"UPDATE records SET answers = (SELECT COUNT(*) FROM records c"
              " WHERE c.parent_id = records.id AND c.deleted_at IS NULL AND c.type = 'answer')"
              " WHERE id = ?1"}}},
    {"thread is not the number of records below it",
     "SELECT r.id, r.thread, CASE WHEN r.path = '' THEN COALESCE(c.n, 0) ELSE 0 END"
     " FROM records r LEFT JOIN (SELECT root_id, COUNT(*) AS n FROM records WHERE path <> ''"
     " AND deleted_at IS NULL GROUP BY root_id) c ON c.root_id = r.id"
     " WHERE r.thread <> CASE WHEN r.path = '' THEN COALESCE(c.n, 0) ELSE 0 END",
     {.sql =
          {"UPDATE records SET thread = CASE WHEN path = '' THEN (SELECT COUNT(*)"
           " FROM records c WHERE c.root_id = records.id AND c.path <> '' AND c.deleted_at IS NULL)"
           " ELSE 0 END WHERE id = ?1"}}},
    {"a tag's uses is not the number of its taggings",
     "SELECT t.id, t.uses, COALESCE(g.n, 0) FROM tags t LEFT JOIN"
     " (SELECT tag_id, COUNT(*) AS n FROM taggings GROUP BY tag_id) g ON g.tag_id = t.id"
     " WHERE t.uses <> COALESCE(g.n, 0)",
     {.sql = {"UPDATE tags SET uses = (SELECT COUNT(*) FROM taggings g"
              " WHERE g.tag_id = tags.id) WHERE id = ?1"}}},
    {"a tag's count is not the number of records that may be seen with it",
     "SELECT d.tag_id, MIN(d.kept), MIN(d.counted) FROM (SELECT e.tag_id,"
     " CAST(SUM(e.kept) AS BIGINT) AS kept, CAST(SUM(e.counted) AS BIGINT) AS counted FROM"
     " (SELECT tag_id, type, reach, uses AS kept, 0 AS counted FROM tag_counts UNION ALL"
     " SELECT g.tag_id, g.type, x.reach, 0, 1 FROM taggings g JOIN records r ON r.id = g.record_id"
     " JOIN " TAG_REACHES ") e GROUP BY e.tag_id, e.type, e.reach"
     " HAVING SUM(e.kept) <> SUM(e.counted)) d GROUP BY d.tag_id",
     {.sql = {"DELETE FROM tag_counts WHERE tag_id = ?1",
              "INSERT INTO tag_counts (tag_id, type, reach, uses)"
              " SELECT g.tag_id, g.type, x.reach, COUNT(*) FROM taggings g"
              " JOIN records r ON r.id = g.record_id JOIN " TAG_REACHES
              " WHERE g.tag_id = ?1 GROUP BY g.tag_id, g.type, x.reach"}}},
    {"tags is not the number of its taggings",
     "SELECT r.id, CASE WHEN r.tags = '' OR r.deleted_at IS NOT NULL THEN 0"
     " ELSE LENGTH(r.tags) - LENGTH(REPLACE(r.tags, ' ', '')) + 1 END AS kept, COALESCE(g.n, 0)"
     " FROM records r LEFT JOIN"
     " (SELECT record_id, COUNT(*) AS n FROM taggings GROUP BY record_id) g ON g.record_id = r.id"
     " WHERE COALESCE(g.n, 0) <> CASE WHEN r.tags = '' OR r.deleted_at IS NOT NULL THEN 0"
     " ELSE LENGTH(r.tags) - LENGTH(REPLACE(r.tags, ' ', '')) + 1 END",
     {.run = tags_mend}},
    {"is not where its votes put it in lists",
     "SELECT r.id, r.rank_score, r.score FROM records r WHERE (r.rank_score <> r.score"
     " OR r.rank_hot <> r.hot) AND EXISTS (SELECT 1 FROM cursors c WHERE c.consumer = 'ranks'"
     " AND c.activity_id >= (SELECT MAX(a.id) FROM activities a))",
     {.sql = {"UPDATE records SET rank_score = score, rank_hot = hot WHERE id = ?1",
              TAGGINGS_ANEW}}},
    {"a tagging has another score than its record",
     "SELECT r.id, g.score, r.rank_score FROM taggings g JOIN records r ON r.id = g.record_id"
     " WHERE g.score <> r.rank_score",
     {.sql = {TAGGINGS_ANEW}}},
    {"a tagging is sorted otherwise than its record",
     "SELECT r.id, 0, 0 FROM taggings g JOIN records r ON r.id = g.record_id"
     " WHERE g.hot <> r.rank_hot OR g.created_at <> r.created_at OR g.type <> r.type",
     {.sql = {TAGGINGS_ANEW}}},
    {"a tagging's tag is not among its record's tags",
     "SELECT r.id, 0, 0 FROM taggings g JOIN records r ON r.id = g.record_id"
     " JOIN tags t ON t.id = g.tag_id"
     " WHERE REPLACE(' ' || r.tags || ' ', ' ' || t.name || ' ', '') = ' ' || r.tags || ' '",
     {.run = tags_mend}},
    {"somebody's votes for it add up to more than one",
     "SELECT record_id, SUM(delta), 1 FROM votes WHERE person_id > 0"
     " GROUP BY record_id, person_id HAVING SUM(delta) > 1 OR SUM(delta) < -1",
     {.sql = {"DELETE FROM votes WHERE record_id = ?1 AND person_id IN (SELECT w.person_id"
              " FROM votes w WHERE w.record_id = ?1 AND w.person_id > 0 GROUP BY w.person_id"
              " HAVING SUM(w.delta) > 1 OR SUM(w.delta) < -1) AND activity_id > (SELECT"
              " MIN(w.activity_id) FROM votes w WHERE w.record_id = ?1"
              " AND w.person_id = votes.person_id)"}}},
    {"its author has voted for it",
     "SELECT r.id, 0, 0 FROM votes v JOIN records r ON r.id = v.record_id"
     " WHERE v.person_id = r.author_id GROUP BY r.id HAVING SUM(v.delta) <> 0",
     {.sql = {"DELETE FROM votes WHERE record_id = ?1"
              " AND person_id = (SELECT r.author_id FROM records r WHERE r.id = ?1)"}}},
    {"audience is wider than its parent's",
     "SELECT r.id, r.audience, p.audience FROM records r JOIN records p ON p.id = r.parent_id"
     " WHERE r.audience < p.audience",
     {.sql = {"UPDATE records SET audience = (SELECT p.audience FROM records p"
              " WHERE p.id = records.parent_id) WHERE id = ?1 AND audience < (SELECT p.audience"
              " FROM records p WHERE p.id = records.parent_id)"}}},
    {"stands in another space than its parent",
     "SELECT r.id, COALESCE(r.space_id, 0), COALESCE(p.space_id, 0) FROM records r"
     " JOIN records p ON p.id = r.parent_id"
     " WHERE COALESCE(r.space_id, 0) <> COALESCE(p.space_id, 0)",
     {.sql = {"UPDATE records SET space_id = (SELECT p.space_id FROM records p"
              " WHERE p.id = records.parent_id) WHERE id = ?1 AND parent_id IS NOT NULL"}}},
    {"is seen by more people than its space",
     "SELECT r.id, r.audience, s.audience FROM records r JOIN records s ON s.id = r.space_id"
     " WHERE r.audience < s.audience",
     {.sql = {"UPDATE records SET audience = (SELECT s.audience FROM records s"
              " WHERE s.id = records.space_id) WHERE id = ?1 AND audience < (SELECT s.audience"
              " FROM records s WHERE s.id = records.space_id)"}}},
    {"an activity has another audience than its record",
     "SELECT r.id, a.audience, r.audience FROM activities a JOIN records r ON r.id = a.record_id"
     " WHERE a.audience <> r.audience",
     {.sql = {"UPDATE activities SET audience = (SELECT r.audience FROM records r"
              " WHERE r.id = ?1) WHERE record_id = ?1"}}},
    {"a root with a parent, a path or another root",
     "SELECT r.id, r.root_id, r.id FROM records r"
     " WHERE CASE WHEN r.parent_id IS NULL THEN 1 ELSE 0 END"
     " <> CASE WHEN r.path = '' AND r.root_id = r.id THEN 1 ELSE 0 END"},
    {"revision is not the number of revisions kept and one",
     "SELECT r.id, r.revision, 1 + COALESCE(v.n, 0) FROM records r LEFT JOIN"
     " (SELECT record_id, COUNT(*) AS n FROM revisions GROUP BY record_id) v ON v.record_id = r.id"
     " WHERE r.revision <> 1 + COALESCE(v.n, 0)",
     {.sql = {"UPDATE records SET revision = 1 + (SELECT COUNT(*) FROM revisions v"
              " WHERE v.record_id = records.id) WHERE id = ?1 AND NOT EXISTS (SELECT 1"
              " FROM revisions v WHERE v.record_id = ?1 AND v.number > (SELECT COUNT(*)"
              " FROM revisions w WHERE w.record_id = ?1))"}}},
    {"a person has another name than its record",
     "SELECT p.id, 0, 0 FROM people p JOIN records r ON r.id = p.id WHERE p.name <> r.title",
     {.sql = {"UPDATE people SET name = (SELECT r.title FROM records r WHERE r.id = people.id)"
              " WHERE id = ?1"}}},
    {"a space has another name than its record",
     "SELECT s.id, 0, 0 FROM spaces s JOIN records r ON r.id = s.id WHERE s.name <> r.title",
     {.sql = {"UPDATE spaces SET name = (SELECT r.title FROM records r WHERE r.id = spaces.id)"
              " WHERE id = ?1"}}},
    {"has no text",
     "SELECT r.id, 0, 0 FROM records r LEFT JOIN texts t ON t.record_id = r.id"
     " WHERE t.record_id IS NULL AND r.html <> ''",
     {.sql = {"INSERT INTO texts (record_id, format, source) SELECT r.id, 'html', r.html"
              " FROM records r WHERE r.id = ?1"
              " AND NOT EXISTS (SELECT 1 FROM texts t WHERE t.record_id = r.id)"}}},
    {"has no row of its type's own table",
     "SELECT r.id, 0, 0 FROM records r WHERE (r.type = 'person'"
     " AND NOT EXISTS (SELECT 1 FROM people x WHERE x.id = r.id)) OR (r.type = 'space'"
     " AND NOT EXISTS (SELECT 1 FROM spaces x WHERE x.id = r.id)) OR (r.type = 'idea'"
     " AND NOT EXISTS (SELECT 1 FROM ideas x WHERE x.id = r.id)) OR (r.type = 'topic'"
     " AND NOT EXISTS (SELECT 1 FROM topics x WHERE x.id = r.id))",
     {.sql =
          {"INSERT INTO ideas (id) SELECT r.id FROM records r WHERE r.id = ?1 AND r.type = 'idea'"
           " AND NOT EXISTS (SELECT 1 FROM ideas x WHERE x.id = r.id)",
           "INSERT INTO topics (id) SELECT r.id FROM records r WHERE r.id = ?1"
           " AND r.type = 'topic' AND NOT EXISTS (SELECT 1 FROM topics x WHERE x.id = r.id)",
           "INSERT INTO people (id, handle, name) SELECT r.id, 'person-' || r.id, r.title"
           " FROM records r WHERE r.id = ?1 AND r.type = 'person'"
           " AND NOT EXISTS (SELECT 1 FROM people x WHERE x.id = r.id)",
           "INSERT INTO spaces (id, slug, name, openness)"
           " SELECT r.id, 'space-' || r.id, r.title, 'invitation'"
           " FROM records r WHERE r.id = ?1 AND r.type = 'space'"
           " AND NOT EXISTS (SELECT 1 FROM spaces x WHERE x.id = r.id)"}}},
    {"somebody was told of what they did themselves",
     "SELECT n.activity_id, 0, 0 FROM notifications n JOIN activities a ON a.id = n.activity_id"
     " WHERE a.actor_id = n.person_id AND n.reason <> ''",
     {.sql = {"UPDATE notifications SET reason = '' WHERE activity_id = ?1 AND person_id ="
              " (SELECT a.actor_id FROM activities a WHERE a.id = ?1)"}}},
    {"a notification without its activity",
     "SELECT n.activity_id, 0, 0 FROM notifications n WHERE n.reason <> ''"
     " AND NOT EXISTS (SELECT 1 FROM activities a WHERE a.id = n.activity_id)",
     {.sql = {"UPDATE notifications SET reason = '' WHERE activity_id = ?1"}}},
    {"a notification does not name the one before it",
     "SELECT n.activity_id, n.before_id, n.really FROM (SELECT activity_id, before_id,"
     " LAG(activity_id, 1, CAST(0 AS BIGINT)) OVER (PARTITION BY person_id ORDER BY activity_id)"
     " AS really FROM notifications) n WHERE n.before_id <> n.really",
     {.sql = {"UPDATE notifications SET before_id = COALESCE((SELECT MAX(b.activity_id)"
              " FROM notifications b WHERE b.person_id = notifications.person_id"
              " AND b.activity_id < ?1), 0) WHERE activity_id = ?1"}}},
    {"a notification without an inbox",
     "SELECT n.activity_id, 0, 0 FROM notifications n"
     " WHERE NOT EXISTS (SELECT 1 FROM inboxes i WHERE i.person_id = n.person_id)",
     {.sql = {"INSERT INTO inboxes (person_id, last_id, seen_id) SELECT n.person_id, 0, 0"
              " FROM notifications n WHERE n.activity_id = ?1 ON CONFLICT DO NOTHING"}}},
    {"an inbox does not count what came since it was seen",
     "SELECT i.person_id, i.unseen, COALESCE(n.really, 0) FROM inboxes i LEFT JOIN"
     " (SELECT x.person_id, COUNT(*) AS really FROM notifications x JOIN inboxes b"
     " ON b.person_id = x.person_id WHERE x.activity_id > b.seen_id GROUP BY x.person_id) n"
     " ON n.person_id = i.person_id WHERE i.unseen <> COALESCE(n.really, 0)",
     {.sql =
          {"UPDATE inboxes SET unseen = (SELECT COUNT(*) FROM notifications n"
           " WHERE n.person_id = ?1 AND n.activity_id > inboxes.seen_id) WHERE person_id = ?1"}}},
    {"an inbox does not name its newest notification",
     "SELECT i.person_id, i.last_id, COALESCE(n.really, 0) FROM inboxes i LEFT JOIN"
     " (SELECT person_id, MAX(activity_id) AS really FROM notifications GROUP BY person_id) n"
     " ON n.person_id = i.person_id WHERE i.last_id <> COALESCE(n.really, 0)",
     {.sql = {"UPDATE inboxes SET last_id = COALESCE((SELECT MAX(n.activity_id)"
              " FROM notifications n WHERE n.person_id = ?1), 0) WHERE person_id = ?1"}}},
    {"is not in the search index",
     "SELECT r.id, 0, 0 FROM records r WHERE r.deleted_at IS NULL AND CASE WHEN r.title <> ''"
     " THEN (SELECT COUNT(*) FROM search_roots x WHERE x.rowid = r.id)"
     " ELSE (SELECT COUNT(*) FROM search_replies x WHERE x.rowid = r.id) END = 0",
     {.run = record_index}},
    {"is found by the search and should not be",
     "SELECT x.rowid, 0, 0 FROM search_roots x LEFT JOIN records r ON r.id = x.rowid"
     " AND r.deleted_at IS NULL AND r.title <> '' WHERE r.id IS NULL",
     {.run = record_index}},
    {"is found among the replies and should not be",
     "SELECT x.rowid, 0, 0 FROM search_replies x LEFT JOIN records r ON r.id = x.rowid"
     " AND r.deleted_at IS NULL AND r.title = '' WHERE r.id IS NULL",
     {.run = record_index}},
    {"is found by another title or other tags than its own",
     "SELECT r.id, 0, 0 FROM search_roots x JOIN records r ON r.id = x.rowid"
     " WHERE x.title <> r.title OR x.tags <> r.tags",
     {.run = record_index}},
};

/* Columns that hold the key of another table's row, NULL and 0 apart. A row that means nothing
 * without that other one goes; where it does, the column becomes NULL. */
enum dangling { LEAVE, DROP, CLEAR };

static const struct {
    const char *table, *column, *to, *key;
    enum dangling then;
} references[] = {
    {"records", "root_id", "records", "id", LEAVE},
    {"records", "parent_id", "records", "id", LEAVE},
    {"records", "space_id", "spaces", "id", LEAVE},
    {"records", "author_id", "people", "id", CLEAR},
    {"texts", "record_id", "records", "id", DROP},
    {"revisions", "record_id", "records", "id", DROP},
    {"activities", "record_id", "records", "id", DROP},
    {"activities", "root_id", "records", "id", LEAVE},
    {"votes", "record_id", "records", "id", DROP},
    {"votes", "person_id", "people", "id", LEAVE},
    {"votes", "activity_id", "activities", "id", LEAVE},
    {"taggings", "tag_id", "tags", "id", DROP},
    {"taggings", "record_id", "records", "id", DROP},
    {"tag_counts", "tag_id", "tags", "id", DROP},
    {"links", "from_id", "records", "id", DROP},
    {"links", "to_id", "records", "id", DROP},
    {"follows", "record_id", "records", "id", DROP},
    {"follows", "person_id", "people", "id", DROP},
    {"tag_follows", "tag_id", "tags", "id", DROP},
    {"tag_follows", "person_id", "people", "id", DROP},
    {"notifications", "person_id", "people", "id", DROP},
    {"inboxes", "person_id", "people", "id", DROP},
    {"participants", "record_id", "records", "id", DROP},
    {"participants", "person_id", "people", "id", DROP},
    {"people", "id", "records", "id", LEAVE},
    {"identities", "person_id", "people", "id", DROP},
    {"accounts", "person_id", "people", "id", LEAVE},
    {"sessions", "person_id", "accounts", "person_id", DROP},
    {"tokens", "person_id", "accounts", "person_id", DROP},
    {"spaces", "id", "records", "id", LEAVE},
    {"memberships", "space_id", "spaces", "id", DROP},
    {"memberships", "person_id", "people", "id", DROP},
    {"ideas", "id", "records", "id", DROP},
    {"ideas", "answer_id", "records", "id", CLEAR},
    {"ideas", "merged_id", "ideas", "id", CLEAR},
    {"topics", "id", "records", "id", DROP},
    {"topics", "accepted_id", "records", "id", CLEAR},
    {"origins", "record_id", "records", "id", DROP},
    {"uploads", "file_id", "files", "id", DROP},
    {"uploads", "person_id", "people", "id", DROP},
    {"attachments", "record_id", "records", "id", DROP},
    {"attachments", "upload_id", "uploads", "id", DROP},
    {"places", "record_id", "records", "id", DROP},
    {"views", "owner_id", "people", "id", DROP},
    {"view_defaults", "view_id", "views", "id", DROP},
    {"bulk_rows", "act_id", "bulk_acts", "id", DROP},
    {"role_types", "role_id", "roles", "id", DROP},
    {"role_fields", "role_id", "roles", "id", DROP},
    {"team_members", "team_id", "teams", "id", DROP},
    {"team_members", "person_id", "people", "id", DROP},
};

int64_t check_hub(struct db *db, struct arena *a,
                  void (*say)(void *ctx, const struct check_finding *finding), void *ctx)
{
    struct checking c = {db, a, say, ctx, 0};
    db_whole(db);
    orphans_check(&c);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        check_ask(&c, questions[i].what, questions[i].sql, &questions[i].mend);
    paths_check(&c);
    check_types(&c);
    computed_check(db, a, computed_say, &c);
    tallies_check(db, tally_say, &c);
    return c.found;
}

static void computed_say(void *ctx, const char *what, int64_t id)
{
    static const struct check_mend mend = {.run = record_compute};
    check_found(ctx, &(struct check_finding){what, id, 0, 0, &mend});
}

void check_found(struct checking *c, const struct check_finding *finding)
{
    c->found++;
    if (c->say)
        c->say(c->ctx, finding);
}

void check_ask(struct checking *c, const char *what, const char *sql, const struct check_mend *mend)
{
    struct rows q = db_query(c->db, sql);
    while (db_next(&q))
        check_found(c, &(struct check_finding){what, db_int(&q, 0), db_int(&q, 1), db_int(&q, 2),
                                               mend->run || mend->sql[0] ? mend : NULL});
}

static const struct check_mend *dangling_mend(struct arena *a, size_t i)
{
    const char *table = references[i].table, *column = references[i].column;
    struct check_mend *mend = arena_make(a, struct check_mend);
    struct str where =
        str_fmt(a, " WHERE %s = ?1 AND NOT EXISTS (SELECT 1 FROM %s y WHERE y.%s = ?1)", column,
                references[i].to, references[i].key);
    if (references[i].then == DROP)
        mend->sql[0] = str_fmt(a, "DELETE FROM %s" STR_FMT, table, STR_ARG(where)).p;
    else if (references[i].then == CLEAR)
        mend->sql[0] =
            str_fmt(a, "UPDATE %s SET %s = NULL" STR_FMT, table, column, STR_ARG(where)).p;
    return mend;
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
        check_ask(c, what.p, sql.p, dangling_mend(c->arena, i));
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
                check_found(c, &(struct check_finding){"stands in another thread than its parent",
                                                       last, db_int(&q, 3), db_int(&q, 4), NULL});
            if (!path_fits(db_str(&q, 1), db_str(&q, 2), last))
                check_found(c, &(struct check_finding){"path does not lead from its parent to it",
                                                       last, 0, 0, NULL});
        }
    }
}

static void tallies_mend(struct db *db, struct arena *a, int64_t id)
{
    (void)id;
    tallies_recount_all(db, a);
}

static void tally_say(void *ctx, int64_t type, int64_t kept, int64_t counted)
{
    static const struct check_mend mend = {.run = tallies_mend};
    check_found(ctx, &(struct check_finding){"a tally of choices is not what counting gives", type,
                                             kept, counted, &mend});
}

/* ---- mending ---- */

bool check_mend(struct db *db, struct arena *a, const struct check_finding *finding)
{
    const struct check_mend *mend = finding->mend;
    int64_t changed = 0;
    for (size_t i = 0; mend && i < CHECK_STATEMENTS && mend->sql[i]; i++)
        changed += db_exec(db, mend->sql[i], I(finding->id));
    if (mend && mend->run)
        mend->run(db, a, finding->id);
    return changed || (mend && mend->run);
}

static void tags_mend(struct db *db, struct arena *a, int64_t id)
{
    const struct record *r = record_load(db, a, id);
    const struct act act = {.db = db, .arena = a, .quiet = true};
    if (r)
        tags_set(&act, r, r->deleted_at ? S("") : r->tags);
}
