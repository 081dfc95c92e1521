/* stackexchange.c: one run over a dump: its files in order, rows in batches, each a transaction. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "features/imports/take.h"
#include "features/spaces/spaces.h"
#include "jobs/jobs.h"
#include "record/votes.h"

enum { BATCH = 1000, BATCH_BYTES = 4 << 20, WORK_MAX = 1 << 30 };

const char *const taken_names[TAKEN_KINDS] = {
    [TAKEN_PEOPLE] = "people",       [TAKEN_MISSING] = "people_unknown",
    [TAKEN_IDEAS] = "ideas",         [TAKEN_TOPICS] = "topics",
    [TAKEN_TAG_TEXTS] = "tag_texts", [TAKEN_ANSWERS] = "answers",
    [TAKEN_ACCEPTED] = "accepted",   [TAKEN_COMMENTS] = "comments",
    [TAKEN_TAGGINGS] = "taggings",   [TAKEN_VOTES] = "votes",
    [TAKEN_FOLLOWS] = "follows",     [TAKEN_LINKS] = "links",
};

const char *const checked_names[CHECKED_KINDS] = {
    [CHECKED_SCORES] = "scores",           [CHECKED_ANSWERS] = "answer_counts",
    [CHECKED_COMMENTS] = "comment_counts", [CHECKED_ACCEPTED] = "accepted_answers",
    [CHECKED_TAGS] = "tag_counts",
};

struct dump_file {
    const char *name;
    void (*take)(struct take *t, const struct dump_row *row);
};

static const struct dump_file files[] = {
    {"Users.xml", take_user}, {"Posts.xml", take_post},     {"Comments.xml", take_comment},
    {"Votes.xml", take_vote}, {"PostLinks.xml", take_link}, {"Badges.xml", take_badge},
};

static bool import_start(struct import *im, struct str *message);
static bool tag_texts_read(struct import *im);
static bool scores_replace(struct import *im);
static bool file_take(struct import *im, const struct dump_file *file);
static bool import_finish(struct db *db, void *ctx);

static bool import_write(struct import *im, bool (*fn)(struct db *db, void *ctx), void *ctx)
{
    struct job *job = im->options->job;
    return job ? job_write(job, fn, ctx) : store_run(im->store, STORE_WRITE, fn, ctx);
}

static struct dump *file_open(struct import *im, struct arena *a, const char *name)
{
    return dump_open(a, str_fmt(a, "%s/%s", im->options->folder, name).p);
}

/* Posts may stand before the question that they answer: then they are gone through once more. */
static bool files_take(struct import *im)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        im->orphans = 0;
        if (!file_take(im, &files[i]))
            return false;
        int64_t before = im->result->before;
        im->second_pass = im->orphans > 0;
        if (im->second_pass && !file_take(im, &files[i]))
            return false;
        im->result->before = before;
        im->second_pass = false;
    }
    return true;
}

bool import_stackexchange(struct store *store, const struct import_options *options,
                          struct import_result *result, struct arena *a, struct str *message)
{
    *result = (struct import_result){0};
    struct import im = {
        .options = options,
        .result = result,
        .store = store,
        .arena = arena_new(WORK_MAX),
        .rows = arena_new(WORK_MAX),
        .work = arena_new(WORK_MAX),
        .now = clock_now(),
    };
    bool done = import_start(&im, message) && tag_texts_read(&im) && scores_replace(&im) &&
                files_take(&im) && import_check(&im) && import_write(&im, import_finish, &im);
    if (!done && !message->n)
        *message = im.failure.n ? str_dup(a, im.failure)
                                : S("the database refused; what came before is kept, run it again");
    else
        *message = str_dup(a, *message);
    arena_free(im.work);
    arena_free(im.rows);
    arena_free(im.arena);
    return done;
}

/* ---- beginning and end ---- */

static bool has_rows(struct import *im, const char *name)
{
    struct stat st;
    return stat(str_fmt(im->arena, "%s/%s", im->options->folder, name).p, &st) == 0;
}

static int64_t bytes_of(struct import *im, const char *name)
{
    struct stat st;
    return stat(str_fmt(im->arena, "%s/%s", im->options->folder, name).p, &st) == 0 ? st.st_size
                                                                                    : 0;
}

/* "bicycles.meta" and "bicycles.meta.stackexchange.com" are the same site. */
static struct str site_of(struct import *im)
{
    struct str site = im->options->site;
    if (!site.n) {
        char real[PATH_MAX], *found = realpath(im->options->folder, real);
        char *base = found ? strrchr(real, '/') : NULL;
        site = str_lower(im->arena, str_of(base ? base + 1 : ""));
        bool host =
            str_ends(site, S(".com")) || str_ends(site, S(".net")) || str_ends(site, S(".org"));
        if (!host)
            site = str_fmt(im->arena, STR_FMT ".stackexchange.com", STR_ARG(site));
    }
    for (size_t i = 0; i < site.n; i++) {
        char c = site.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || (c == '.' && i);
        if (!fine)
            return S("");
    }
    return site.n < sizeof im->result->site ? site : S("");
}

static int64_t space_make(struct db *db, struct import *im, struct str slug)
{
    struct act act = {.db = db, .arena = im->work, .at = im->now, .quiet = true};
    struct str purpose = str_fmt(im->work, "What was said on [" STR_FMT "](https://" STR_FMT "/).",
                                 STR_ARG(im->site), STR_ARG(im->site));
    return space_create(&act, im->options->space, slug, purpose, "anyone", AUDIENCE_PUBLIC);
}

/* Finds or makes the space, and this import of this site into it. */
static bool import_open(struct db *db, void *ctx)
{
    struct import *im = ctx;
    arena_reset(im->work);
    struct str slug = str_slug(im->work, im->options->space, 60);
    if (!slug.n)
        slug = str_slug(im->work, im->site, 60);
    im->space_id = db_get_int(db, 0, "SELECT id FROM spaces WHERE slug = ?1 OR name = ?2", T(slug),
                              T(im->options->space));
    bool made = !im->space_id;
    int64_t newest = db_get_int(db, 0, "SELECT COALESCE(MAX(id), 0) FROM activities");
    if (made)
        im->space_id = space_make(db, im, slug);
    im->id = db_get_int(db, 0,
                        "UPDATE imports SET state = 'running' WHERE kind = 'stackexchange'"
                        " AND source = ?1 AND space_id = ?2 RETURNING id",
                        T(im->site), I(im->space_id));
    if (!im->id)
        im->id = db_get_int(db, 0,
                            "INSERT INTO imports (kind, source, space_id, state, first_activity,"
                            " started_at) VALUES ('stackexchange', ?1, ?2, 'running', ?3, ?4)"
                            " RETURNING id",
                            T(im->site), I(im->space_id), I(newest), I(im->now));
    if (made)
        db_exec(db,
                "INSERT INTO import_rows (import_id, kind, key, record_id) VALUES (?1, 'space', "
                "?2, ?3)",
                I(im->id), T(slug), I(im->space_id));
    return !db_failed(db);
}

static bool import_start(struct import *im, struct str *message)
{
    bool any = false;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        any |= has_rows(im, files[i].name);
        im->bytes_all += bytes_of(im, files[i].name);
    }
    if (!any) {
        *message =
            str_fmt(im->arena, "%s holds none of Posts.xml, Users.xml, Comments.xml, Votes.xml",
                    im->options->folder);
        return false;
    }
    im->site = site_of(im);
    if (!im->site.n) {
        *message = S("the folder's name is no site: name it with --site HOST");
        return false;
    }
    im->votes_known = has_rows(im, "Votes.xml");
    im->comments_known = has_rows(im, "Comments.xml");
    snprintf(im->result->site, sizeof im->result->site, STR_FMT, STR_ARG(im->site));
    if (!import_write(im, import_open, im))
        return false;
    im->result->id = im->id;
    im->result->space_id = im->space_id;
    return true;
}

static bool import_finish(struct db *db, void *ctx)
{
    struct import *im = ctx;
    db_exec(db, "UPDATE imports SET state = 'done', finished_at = ?2 WHERE id = ?1", I(im->id),
            I(im->now));
    return !db_failed(db);
}

static void problem_tell(struct import *im, const char *file, int64_t line, struct str why)
{
    im->result->problems++;
    if (im->options->problem)
        im->options->problem(im->options->ctx, file, line, why, false);
}

/* ---- tags' own texts ---- */

static void tag_text_add(struct import *im, const struct dump_row *row, const char *attribute,
                         bool excerpt)
{
    enum { FIRST = 128 };
    int64_t post;
    size_t n = im->tag_texts_n;
    if (!row_int(row, attribute, &post))
        return;
    if (!n || (n >= FIRST && !(n & (n - 1)))) { /* full: 128, 256, ... */
        struct tag_text *more = arena_array(im->arena, struct tag_text, n ? 2 * n : FIRST);
        if (n)
            memcpy(more, im->tag_texts, n * sizeof *more);
        im->tag_texts = more;
    }
    im->tag_texts[im->tag_texts_n++] =
        (struct tag_text){post, str_dup(im->arena, row_text(row, "TagName")), excerpt};
}

static int by_post(const void *a, const void *b)
{
    const struct tag_text *x = a, *y = b;
    return x->post < y->post ? -1 : x->post > y->post;
}

static bool tag_texts_read(struct import *im)
{
    struct dump_row row;
    enum dump_result result;
    arena_reset(im->rows);
    struct dump *d = file_open(im, im->rows, "Tags.xml");
    while (d && (result = dump_next(d, im->rows, &row)) != DUMP_END) {
        if (result == DUMP_BROKEN) {
            problem_tell(im, "Tags.xml", row.line, row.why);
            continue;
        }
        tag_text_add(im, &row, "ExcerptPostId", true);
        tag_text_add(im, &row, "WikiPostId", false);
    }
    im->result->truncated |= d && !dump_whole(d);
    if (im->tag_texts_n)
        qsort(im->tag_texts, im->tag_texts_n, sizeof *im->tag_texts, by_post);
    return true;
}

/* ---- scores that came without votes, once the votes are there ---- */

static bool scores_undo(struct db *db, void *ctx)
{
    struct import *im = ctx;
    arena_reset(im->work);
    struct take t = {.im = im, .db = db, .arena = im->work};
    struct rows q = db_query(db,
                             "SELECT key, record_id FROM import_rows"
                             " WHERE import_id = ?1 AND kind = 'score' ORDER BY key LIMIT ?2",
                             I(im->id), I(BATCH));
    struct str keys[BATCH];
    int64_t ids[BATCH];
    size_t n = 0;
    while (n < BATCH && db_next(&q)) {
        keys[n] = db_dup(&q, 0, im->work);
        ids[n++] = db_int(&q, 1);
    }
    db_done(&q);
    for (size_t i = 0; i < n; i++) {
        int64_t sum = db_get_int(db, 0,
                                 "SELECT COALESCE(SUM(delta), 0) FROM votes"
                                 " WHERE record_id = ?1 AND person_id = 0",
                                 I(ids[i]));
        struct act act = act_at(&t, 0, im->now);
        struct record *r = record_place(&t, ids[i]);
        if (sum && r)
            vote_append(&act, r, (int)-sum);
        note_remove(&t, "score", keys[i]);
    }
    im->scores_left = n == BATCH;
    return !db_failed(db);
}

static bool scores_replace(struct import *im)
{
    im->scores_left = im->votes_known;
    while (im->scores_left)
        if (!import_write(im, scores_undo, im))
            return false;
    return true;
}

/* ---- one file ---- */

struct batch {
    struct import *im;
    const struct dump_file *file;
    struct dump_row *rows;
    size_t n, max;
    bool careful; /* each row under a savepoint of its own */
    struct take take;
};

static void row_take(struct batch *b, struct take *t, struct dump_row *row)
{
    if (row->why.n)
        return refuse_row(t, row, STR_FMT, STR_ARG(row->why));
    if (!b->careful)
        return b->file->take(t, row);
    struct take before = *t;
    db_save(t->db);
    b->file->take(t, row);
    enum db_failure failure = db_failed(t->db);
    if (failure == DB_DUPLICATE || failure == DB_INVALID) {
        struct str why = str_dup(t->arena, str_of(db_message(t->db)));
        db_save_end(t->db, false);
        *t = before;
        *t->last = NULL;
        refuse_row(t, row, "the database refused: " STR_FMT, STR_ARG(why));
    } else {
        db_save_end(t->db, !failure);
    }
}

static bool batch_run(struct db *db, void *ctx)
{
    struct batch *b = ctx;
    arena_reset(b->im->work);
    b->take = (struct take){.im = b->im, .db = db, .arena = b->im->work};
    b->take.last = &b->take.problems;
    for (size_t i = 0; i < b->n && !db_failed(db); i++)
        row_take(b, &b->take, &b->rows[i]);
    return !db_failed(db) && !arena_over(b->im->work);
}

static void batch_count(struct batch *b)
{
    struct import *im = b->im;
    const struct take *t = &b->take;
    for (int i = 0; i < TAKEN_KINDS; i++)
        im->result->taken[i] += t->taken[i];
    for (int i = 0; i < VOTE_TYPES; i++)
        im->result->vote_types[i] += t->vote_types[i];
    im->result->before += t->before;
    im->result->badges += t->badges;
    im->orphans += t->orphans;
    for (const struct problem *p = t->problems; p; p = p->next)
        problem_tell(im, b->file->name, p->line, p->why);
}

/* A batch that fails as a whole is taken row by row, so that only the row at fault is lost. */
static bool batch_commit(struct batch *b)
{
    if (!b->n)
        return true;
    b->careful = false;
    bool kept = import_write(b->im, batch_run, b);
    if (!kept) {
        b->careful = true;
        kept = import_write(b->im, batch_run, b);
    }
    if (kept)
        batch_count(b);
    b->n = 0;
    return kept;
}

static bool file_take(struct import *im, const struct dump_file *file)
{
    arena_reset(im->rows);
    struct arena *texts = arena_new(WORK_MAX);
    struct dump *d = file_open(im, im->rows, file->name);
    size_t max = im->options->batch ? im->options->batch : BATCH;
    struct batch b = {.im = im, .file = file, .max = max};
    b.rows = arena_array(im->rows, struct dump_row, max);
    bool going = true;
    int64_t rows = 0;
    enum dump_result result = d ? DUMP_ROW : DUMP_END;
    if (!d && errno != ENOENT) {
        im->failure = str_fmt(im->arena, "%s cannot be read: %s", file->name, strerror(errno));
        going = false;
    }
    while (going && result != DUMP_END) {
        struct dump_row *row = &b.rows[b.n];
        result = dump_next(d, texts, row);
        b.n += result != DUMP_END;
        if (b.n < max && arena_used(texts) < BATCH_BYTES && result != DUMP_END)
            continue;
        rows += (int64_t)b.n;
        going = batch_commit(&b);
        arena_reset(texts);
        if (going && im->options->progress)
            going = im->options->progress(im->options->ctx, file->name, rows,
                                          im->bytes + dump_bytes(d), im->bytes_all);
    }
    im->bytes += d && !im->second_pass ? dump_bytes(d) : 0;
    im->result->truncated |= d && going && !dump_whole(d);
    arena_free(texts);
    return going;
}
