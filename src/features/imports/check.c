/* check.c: goes through the dump once more and compares its counts with the rows that were made.
 *
 * Counted are rows of this import only: what members have added or voted since does not make the
 * source wrong. Beside that each record's own counters must equal all of its rows.
 */
#include <stdio.h>

#include "features/imports/take.h"
#include "record/tags.h"

struct check {
    struct import *im;
    struct db *db;
    const char *file;
    int64_t line;
};

/* What one record has: by its counters, by all rows, by the imported ones. */
struct sums {
    struct record *r;
    int64_t score, imported_score;
    int64_t answers, imported_answers, comments, imported_comments;
    int64_t counted_answers, counted_comments;
};

static bool check_run(struct db *db, void *ctx);

bool import_check(struct import *im)
{
    return store_run(im->store, STORE_SLOW, check_run, im);
}

static void check_file(struct check *c, const char *file,
                       void (*check)(struct check *c, struct arena *a, const struct dump_row *row));
static void check_post(struct check *c, struct arena *a, const struct dump_row *row);
static void check_comment(struct check *c, struct arena *a, const struct dump_row *row);
static void check_tag(struct check *c, struct arena *a, const struct dump_row *row);

static bool check_run(struct db *db, void *ctx)
{
    struct import *im = ctx;
    struct check c = {.im = im, .db = db};
    for (int i = 0; i < CHECKED_KINDS; i++)
        im->result->checked[i] = im->result->wrong[i] = 0;
    im->result->tags_edited =
        db_get_int(db, 0,
                   "SELECT 1 FROM import_rows i JOIN records r ON r.id = i.record_id"
                   " WHERE i.import_id = ?1 AND i.kind = 'post' AND r.parent_id IS NULL"
                   " AND (r.revision > 1 OR r.deleted_at IS NOT NULL) LIMIT 1",
                   I(im->id)) != 0;
    check_file(&c, "Posts.xml", check_post);
    check_file(&c, "Comments.xml", check_comment);
    if (!im->result->tags_edited)
        check_file(&c, "Tags.xml", check_tag);
    return !db_failed(db);
}

static void check_file(struct check *c, const char *file,
                       void (*check)(struct check *c, struct arena *a, const struct dump_row *row))
{
    enum { SOME = 1 << 20 };
    struct import *im = c->im;
    struct dump_row row;
    enum dump_result result;
    arena_reset(im->work);
    arena_reset(im->rows);
    c->file = file;
    struct dump *d = dump_open(im->work, str_fmt(im->work, "%s/%s", im->options->folder, file).p);
    while (d && (result = dump_next(d, im->rows, &row)) != DUMP_END) {
        c->line = row.line;
        if (result == DUMP_ROW)
            check(c, im->rows, &row);
        if (arena_used(im->rows) > SOME)
            arena_reset(im->rows);
    }
}

static void compare(struct check *c, enum checked kind, const char *what, struct str key,
                    int64_t source, int64_t ours)
{
    struct import *im = c->im;
    im->result->checked[kind]++;
    if (source == ours)
        return;
    im->result->wrong[kind]++;
    if (im->options->problem)
        im->options->problem(im->options->ctx, c->file, c->line,
                             str_fmt(im->rows,
                                     "%s of " STR_FMT " is %lld, the imported rows give %lld", what,
                                     STR_ARG(key), (long long)source, (long long)ours),
                             true);
}

static int64_t made_of(struct check *c, const char *kind, struct str key)
{
    return db_get_int(
        c->db, 0,
        "SELECT record_id FROM import_rows WHERE import_id = ?1 AND kind = ?2 AND key = ?3",
        I(c->im->id), Z(kind), T(key));
}

static void sums_of_votes(struct check *c, struct sums *s, int64_t id)
{
    struct rows q =
        db_query(c->db,
                 "SELECT v.delta, CASE WHEN v.person_id = 0 OR EXISTS (SELECT 1 FROM import_rows i"
                 " WHERE i.record_id = v.person_id AND i.kind IN ('user', 'missing'))"
                 " THEN 1 ELSE 0 END"
                 " FROM votes v WHERE v.record_id = ?1",
                 I(id));
    while (db_next(&q)) {
        s->score += db_int(&q, 0);
        s->imported_score += db_int(&q, 1) ? db_int(&q, 0) : 0;
    }
}

static void sums_of_children(struct check *c, struct sums *s, int64_t id, int64_t root_id)
{
    struct rows q =
        db_query(c->db,
                 "SELECT r.type, COALESCE(r.deleted_at, 0), (SELECT COUNT(*) FROM import_rows i"
                 " WHERE i.record_id = r.id AND i.import_id = ?3)"
                 " FROM records r WHERE r.root_id = ?1 AND r.parent_id = ?2",
                 I(root_id), I(id), I(c->im->id));
    while (db_next(&q)) {
        bool answer = str_eq(db_str(&q, 0), S("answer"));
        int64_t here = !db_int(&q, 1), imported = db_int(&q, 2) != 0;
        *(answer ? &s->answers : &s->comments) += here;
        *(answer ? &s->imported_answers : &s->imported_comments) += imported;
    }
}

static bool sums_read(struct check *c, struct sums *s, int64_t id)
{
    *s = (struct sums){0};
    struct rows q = db_query(
        c->db, "SELECT root_id, score, answers, comments FROM records WHERE id = ?1", I(id));
    if (!db_next(&q))
        return false;
    s->r = arena_make(c->im->rows, struct record);
    s->r->id = id;
    s->r->root_id = db_int(&q, 0);
    s->r->score = db_int(&q, 1);
    s->counted_answers = db_int(&q, 2);
    s->counted_comments = db_int(&q, 3);
    db_done(&q);
    sums_of_votes(c, s, id);
    sums_of_children(c, s, id, s->r->root_id);
    return true;
}

/* Told as the source's fault when its rows differ, as ours when a counter differs from its rows. */
static void check_count(struct check *c, enum checked kind, const char *what, struct str key,
                        const struct dump_row *row, int64_t imported, int64_t counter, int64_t all)
{
    int64_t source = 0;
    row_int(row, what, &source);
    if (counter != all)
        compare(c, kind, "the counter", key, counter, all);
    else
        compare(c, kind, what, key, source, imported);
}

static void check_accepted(struct check *c, const struct dump_row *row, int64_t id)
{
    struct str key = row_text(row, "AcceptedAnswerId");
    if (!key.n)
        return;
    int64_t answer = made_of(c, "post", key);
    int64_t ours = db_get_int(c->db, 0, "SELECT accepted_id FROM topics WHERE id = ?1", I(id));
    if (!ours) /* an idea: the answer says so itself */
        ours = db_get_int(c->db, 0, "SELECT id FROM records WHERE id = ?1 AND state = 'accepted'",
                          I(answer));
    /* Another answer that was accepted here since is no fault of the import. */
    compare(c, CHECKED_ACCEPTED, "the accepted answer", row_text(row, "Id"), 1, answer && ours);
}

static void check_post(struct check *c, struct arena *a, const struct dump_row *row)
{
    (void)a;
    struct sums s;
    struct str key = row_text(row, "Id");
    int64_t id = made_of(c, "post", key);
    if (!id || !sums_read(c, &s, id))
        return;
    check_count(c, CHECKED_SCORES, "Score", key, row, s.imported_score, s.r->score, s.score);
    if (row_has(row, "AnswerCount"))
        check_count(c, CHECKED_ANSWERS, "AnswerCount", key, row, s.imported_answers,
                    s.counted_answers, s.answers);
    if (c->im->comments_known)
        check_count(c, CHECKED_COMMENTS, "CommentCount", key, row, s.imported_comments,
                    s.counted_comments, s.comments);
    check_accepted(c, row, id);
}

static void check_comment(struct check *c, struct arena *a, const struct dump_row *row)
{
    (void)a;
    struct sums s;
    struct str key = row_text(row, "Id");
    int64_t id = made_of(c, "comment", key);
    if (id && sums_read(c, &s, id))
        check_count(c, CHECKED_SCORES, "Score", key, row, s.imported_score, s.r->score, s.score);
}

static void check_tag(struct check *c, struct arena *a, const struct dump_row *row)
{
    struct str name = tags_clean(a, row_text(row, "TagName"), 1);
    int64_t id = tag_find(c->db, name), source = 0;
    row_int(row, "Count", &source);
    int64_t ours =
        db_get_int(c->db, 0,
                   "SELECT COUNT(*) FROM taggings g WHERE g.tag_id = ?1 AND EXISTS (SELECT 1"
                   " FROM import_rows i WHERE i.record_id = g.record_id AND i.import_id = ?2"
                   " AND i.kind = 'post')",
                   I(id), I(c->im->id));
    int64_t uses = db_get_int(c->db, 0, "SELECT uses FROM tags WHERE id = ?1", I(id));
    int64_t all = db_get_int(c->db, 0, "SELECT COUNT(*) FROM taggings WHERE tag_id = ?1", I(id));
    check_count(c, CHECKED_TAGS, "Count", row_text(row, "TagName"), row, ours, uses, all);
}
