/* search_index.c: puts texts into the index and takes them out; see search.h.
 *
 * A record with a title goes to search_roots, others to search_replies. Beside the index, a sample
 * of the records is counted word by word in search_words, from which plans and weights come. A
 * sample, because counting every comment's words would cost more than indexing them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/out.h"
#include "db/gather.h"
#include "record/search.h"
#include "record/search_plan.h"
#include "record/search_words.h"

enum { TEXT_MAX = 4 << 20, POSITION_MAX = 16383 /* of a tsvector */ };

struct words {
    struct arena *arena;
    struct str title, tags, body;
};

static void forget(struct db *db, int64_t id);
static void count_words(struct db *db, const struct words *w, int64_t roots, int64_t replies);
static struct str marked(struct arena *a, struct str text);
static struct str tsvector_text(const struct words *w);

/* A record's text is read word by word and thrown away, so it gets an arena of its own. */
enum { ARENA_MAX = 64 << 20 };

enum { ID, TITLE, TAGS, BODY, FRESH }; /* arguments of put */

#define LITE_REPLY "INTO search_replies (rowid, body) VALUES (?1, ?2)"
#define LITE_ROOT                                                                                  \
    "INTO search_roots (rowid, title, tags, body, title_head, tags_head)"                          \
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"

#define POSTGRES_REPLY                                                                             \
    "INSERT INTO search_replies (rowid, body, words) VALUES (?1, ?2, CAST(?3 AS tsvector))"
#define POSTGRES_ROOT                                                                              \
    "INSERT INTO search_roots (rowid, title, tags, body, words)"                                   \
    " VALUES (?1, ?2, ?3, ?4, CAST(?5 AS tsvector))"

/* `fresh`: no such record is in the index, and none is looked for. */
static void put(struct db *db, const struct db_arg *args)
{
    int64_t id = args[ID].i;
    struct str title = args[TITLE].s, tags = args[TAGS].s, body = args[BODY].s;
    bool fresh = args[FRESH].i != 0;
    int64_t sampled = search_sampled(id);
    bool root = title.n > 0, sqlite = db_engine(db) == DB_SQLITE;
    if (sampled && !fresh)
        forget(db, id);
    if (sqlite && !root) {
        db_send(db, fresh ? "INSERT " LITE_REPLY : "INSERT OR REPLACE " LITE_REPLY, I(id), T(body));
        if (!sampled)
            return;
    }
    struct words w = {arena_new(ARENA_MAX), title, tags, body};
    if (sqlite && root)
        db_send(db, fresh ? "INSERT " LITE_ROOT : "INSERT OR REPLACE " LITE_ROOT, I(id), T(title),
                T(tags), T(body), T(marked(w.arena, title)), T(marked(w.arena, tags)));
    else if (!sqlite && root)
        (fresh ? db_new_n : db_send_n)(
            db,
            fresh ? POSTGRES_ROOT
                  : POSTGRES_ROOT " ON CONFLICT (rowid) DO UPDATE SET title = excluded.title,"
                                  " tags = excluded.tags, body = excluded.body,"
                                  " words = excluded.words",
            DB_ARGS_(I(id), T(title), T(tags), T(body), T(tsvector_text(&w))), 5);
    else if (!sqlite)
        (fresh ? db_new_n : db_send_n)(
            db,
            fresh ? POSTGRES_REPLY
                  : POSTGRES_REPLY " ON CONFLICT (rowid) DO UPDATE SET body = excluded.body,"
                                   " words = excluded.words",
            DB_ARGS_(I(id), T(body), T(tsvector_text(&w))), 3);
    if (sampled)
        count_words(db, &w, root ? sampled : 0, root ? 0 : sampled);
    arena_free(w.arena);
}

/* In an import they wait and come in the order of their numbers: FTS5 ends a piece of its index
 * each time that a number is smaller than the one before. */
static void keep(struct db *db, int64_t id, struct str title, struct str tags, struct str body,
                 bool fresh)
{
    const struct db_arg args[] = {I(id), T(title), T(tags), T(body), I(fresh)};
    if (db_engine(db) == DB_POSTGRES)
        put(db, args);
    else
        db_put_with_n(db, title.n ? "search_roots" : "search_replies", put, args,
                      sizeof args / sizeof *args);
}

void search_put(struct db *db, int64_t id, struct str title, struct str tags, struct str body)
{
    keep(db, id, title, tags, body, false);
}

void search_add(struct db *db, int64_t id, struct str title, struct str tags, struct str body)
{
    keep(db, id, title, tags, body, true);
}

void search_remove(struct db *db, int64_t id)
{
    if (search_sampled(id))
        forget(db, id);
    db_exec(db, "DELETE FROM search_roots WHERE rowid = ?1", I(id));
    db_exec(db, "DELETE FROM search_replies WHERE rowid = ?1", I(id));
}

void search_clear(struct db *db)
{
    db_exec(db, "DELETE FROM search_roots");
    db_exec(db, "DELETE FROM search_replies");
    db_exec(db, "DELETE FROM search_words");
}

/* ---- the sample ---- */

/* Takes back what counting this record's text had added. */
static void forget(struct db *db, int64_t id)
{
    struct words w = {.arena = NULL};
    int64_t sampled = search_sampled(id);
    struct rows q =
        db_query(db, "SELECT title, tags, body FROM search_roots WHERE rowid = ?1", I(id));
    if (db_next(&q)) {
        w.arena = arena_new(ARENA_MAX);
        w.title = db_dup(&q, 0, w.arena);
        w.tags = db_dup(&q, 1, w.arena);
        w.body = db_dup(&q, 2, w.arena);
        db_done(&q);
        count_words(db, &w, -sampled, 0);
        arena_free(w.arena);
        return;
    }
    q = db_query(db, "SELECT body FROM search_replies WHERE rowid = ?1", I(id));
    if (db_next(&q)) {
        w.arena = arena_new(ARENA_MAX);
        w.body = db_dup(&q, 0, w.arena);
        db_done(&q);
        count_words(db, &w, 0, -sampled);
        arena_free(w.arena);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Each word once; the empty one, which counts records, comes first. */
static struct str *distinct(const struct words *w, size_t *n)
{
    size_t most = (w->title.n + w->tags.n + w->body.n) / 2 + 4, k = 0;
    struct str *list = arena_array(w->arena, struct str, most);
    const struct str fields[] = {w->title, w->tags, w->body};
    list[k++] = S("");
    for (int f = 0; f < 3; f++) {
        struct search_scan scan = search_scan(fields[f]);
        while (k < most && search_scan_next(&scan))
            if (scan.word.p[0] != SEARCH_MARK)
                list[k++] = str_dup(w->arena, scan.word);
    }
    qsort(list, k, sizeof *list, by_bytes);
    *n = 0;
    for (size_t i = 0; i < k; i++)
        if (i == 0 || !str_eq(list[i], list[*n - 1]))
            list[(*n)++] = list[i];
    return list;
}

static void count_words(struct db *db, const struct words *w, int64_t roots, int64_t replies)
{
    size_t n;
    struct str *list = distinct(w, &n);
    for (size_t i = 0; i < n; i++)
        db_add(db, "search_words",
               "INSERT INTO search_words (word, roots, replies) VALUES (?1, ?2, ?3)"
               " ON CONFLICT (word) DO UPDATE SET roots = search_words.roots + excluded.roots,"
               " replies = search_words.replies + excluded.replies",
               T(list[i]), I(roots), I(replies));
}

/* ---- tidying ---- */

/* FTS5 writes each transaction's words as a piece of its own, and while it writes it joins four of
 * a size; this joins two. The number is of pages of 1,000 bytes. */
#define LITE_TIDY(table)                                                                           \
    {                                                                                              \
        "SELECT v FROM " table "_config WHERE k = 'usermerge'",                                    \
            "INSERT INTO " table " (" table ", rank) VALUES ('usermerge', 2)",                     \
            "INSERT INTO " table " (" table ", rank) VALUES ('merge', 200)"                        \
    }

static bool lite_tidy(struct db *db)
{
    static const char *const sql[][3] = {LITE_TIDY("search_roots"), LITE_TIDY("search_replies")};
    static const char total[] = "SELECT total_changes()";
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        if (db_get_int(db, 4, sql[i][0]) != 2)
            db_exec(db, sql[i][1]);
        int64_t before = db_get_int(db, 0, total);
        db_exec(db, sql[i][2]);
        if (db_get_int(db, 0, total) - before >= 2) /* FTS5's documentation: else nothing is done */
            return true;
    }
    return false;
}

/* PostgreSQL keeps what was written last in a list that each search reads from end to end. */
bool search_tidy(struct db *db)
{
    if (db_engine(db) == DB_SQLITE)
        return lite_tidy(db);
    db_get_int(db, 0, "SELECT gin_clean_pending_list('search_roots_words')");
    db_get_int(db, 0, "SELECT gin_clean_pending_list('search_replies_words')");
    return false;
}

/* ---- what is indexed ---- */

/* Its words, each behind the mark. */
static struct str marked(struct arena *a, struct str text)
{
    struct out o;
    out_init(&o, TEXT_MAX);
    struct search_scan scan = search_scan(text);
    while (search_scan_next(&scan)) {
        if (scan.word.p[0] == SEARCH_MARK)
            continue;
        out_char(&o, SEARCH_MARK);
        out_str(&o, scan.word);
        out_char(&o, ' ');
    }
    return out_take(&o, a);
}

/* 'better':1A '\1better':1A 'lid':2A ... : weights A title, B tags, D text. */
static struct str tsvector_text(const struct words *w)
{
    struct out o;
    out_init(&o, TEXT_MAX);
    const struct str fields[] = {w->title, w->tags, w->body};
    static const char weight[] = "ABD";
    int at = 0;
    for (int f = 0; f < 3; f++, at += 10) { /* a gap: no phrase goes from field to field */
        struct search_scan scan = search_scan(fields[f]);
        while (search_scan_next(&scan)) {
            if (scan.word.p[0] == SEARCH_MARK)
                continue;
            int position = ++at < POSITION_MAX ? at : POSITION_MAX;
            out_fmt(&o, "'" STR_FMT "':%d%c ", STR_ARG(scan.word), position, weight[f]);
            if (f < 2)
                out_fmt(&o, "'%c" STR_FMT "':%d%c ", SEARCH_MARK, STR_ARG(scan.word), position,
                        weight[f]);
        }
    }
    return out_take(&o, w->arena);
}
