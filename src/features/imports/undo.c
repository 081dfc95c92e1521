/* undo.c: takes away what an import made: thread by thread, then people, space, log.
 *
 * Each transaction takes records and their notes together, so that an undoing that was cut off is
 * gone on with by the next. The log's rows go last, in stretches: nothing points to them then.
 */
#include "core/clock.h"
#include "features/imports/take.h"
#include "record/fields.h"
#include "record/search.h"
#include "record/tags.h"

enum { THREADS = 50, PEOPLE = 500, ACTIVITIES = 20000, WORK_MAX = 256 << 20 };

struct undo {
    struct arena *arena;
    struct undo_result *result;
    struct undo_result part; /* of the transaction that runs */
    int64_t id, space_id, first_activity;
    int64_t from; /* the last record, or activity, that was looked at */
    int64_t next;
    bool found, more;
};

static bool undo_open(struct db *db, void *ctx);
static bool undo_threads(struct db *db, void *ctx);
static bool undo_people(struct db *db, void *ctx);
static bool undo_space(struct db *db, void *ctx);
static bool undo_log(struct db *db, void *ctx);
static bool undo_close(struct db *db, void *ctx);

static void undo_count(struct undo *u)
{
    struct undo_result *all = u->result, *part = &u->part;
    all->records += part->records;
    all->people += part->people;
    all->votes += part->votes;
    all->activities += part->activities;
    all->kept_records += part->kept_records;
    all->kept_people += part->kept_people;
    all->kept_space |= part->kept_space;
}

static bool undo_write(struct store *store, struct job *job, bool (*fn)(struct db *db, void *ctx),
                       struct undo *u)
{
    return job ? job_write(job, fn, u) : store_run(store, STORE_WRITE, fn, u);
}

/* How much there is to take away is not known before. */
static bool undo_goes_on(struct job *job, const struct undo_result *r, struct arena *a)
{
    return !job || job_step(job, r->records + r->people, 0,
                            str_fmt(a, "%lld posts and comments, %lld people taken away",
                                    (long long)r->records, (long long)r->people));
}

bool import_undo(struct store *store, struct job *job, int64_t id, struct undo_result *result,
                 struct arena *a, struct str *message)
{
    static bool (*const steps[])(struct db * db, void *ctx) = {
        undo_open, undo_threads, undo_people, undo_space, undo_log, undo_close};
    *result = (struct undo_result){0};
    struct undo u = {.arena = arena_new(WORK_MAX), .result = result, .id = id};
    bool done = true;
    for (size_t i = 0; done && i < sizeof steps / sizeof *steps; i++) {
        u.next = 0;
        do {
            u.from = u.next;
            done = undo_write(store, job, steps[i], &u);
            if (done)
                undo_count(&u);
            done = done && undo_goes_on(job, result, a);
        } while (done && u.more);
        if (!u.found)
            break;
    }
    arena_free(u.arena);
    if (!u.found)
        *message = str_fmt(a, "there is no import %lld", (long long)id);
    else if (!done)
        *message = S("the database refused; what was undone stays so, run it again");
    return done && u.found;
}

/* Each step may be run again from the start: what it counted is forgotten. */
static void step_begin(struct undo *u)
{
    arena_reset(u->arena);
    u->part = (struct undo_result){0};
    u->more = false;
}

static bool undo_open(struct db *db, void *ctx)
{
    struct undo *u = ctx;
    step_begin(u);
    struct rows q =
        db_query(db, "SELECT space_id, first_activity FROM imports WHERE id = ?1", I(u->id));
    u->found = db_next(&q);
    if (u->found) {
        u->space_id = db_int(&q, 0);
        u->first_activity = db_int(&q, 1);
    }
    db_done(&q);
    db_exec(db, "UPDATE imports SET state = 'undoing' WHERE id = ?1", I(u->id));
    return !db_failed(db);
}

/* ---- threads ---- */

/* RULE 5: somebody else has written here, or an idea of somebody else's was merged into it. */
static bool thread_kept(struct undo *u, struct db *db, int64_t root_id)
{
    return db_get_int(db, 0,
                      "SELECT 1 FROM records r WHERE r.root_id = ?1 AND r.deleted_at IS NULL"
                      " AND NOT EXISTS (SELECT 1 FROM import_rows i WHERE i.record_id = r.id"
                      " AND i.import_id = ?2) LIMIT 1",
                      I(root_id), I(u->id)) ||
           db_get_int(db, 0,
                      "SELECT 1 FROM links l WHERE l.to_id = ?1 AND l.kind = 'merged'"
                      " AND NOT EXISTS (SELECT 1 FROM import_rows i WHERE i.record_id = l.from_id"
                      " AND i.import_id = ?2) LIMIT 1",
                      I(root_id), I(u->id));
}

/* All that hangs on one record, in whatever feature. */
static void record_erase(struct undo *u, struct db *db, int64_t id)
{
    static const char *const by_id[] = {
        "DELETE FROM texts WHERE record_id = ?1",   "DELETE FROM revisions WHERE record_id = ?1",
        "DELETE FROM follows WHERE record_id = ?1", "DELETE FROM participants WHERE record_id = ?1",
        "DELETE FROM links WHERE from_id = ?1",     "DELETE FROM links WHERE to_id = ?1",
        "DELETE FROM ideas WHERE id = ?1",          "DELETE FROM topics WHERE id = ?1",
    };
    search_remove(db, id);
    struct act act = {.db = db, .arena = u->arena, .quiet = true};
    fields_forget(&act, id);
    tags_set(&act, &(struct record){.id = id}, S(""));
    for (size_t i = 0; i < sizeof by_id / sizeof *by_id; i++)
        db_exec(db, by_id[i], I(id));
    u->part.votes += db_exec(db, "DELETE FROM votes WHERE record_id = ?1", I(id));
    db_exec(db, "DELETE FROM import_rows WHERE import_id = ?1 AND record_id = ?2", I(u->id), I(id));
}

static size_t ids_read(struct undo *u, struct rows q, int64_t **ids)
{
    enum { FIRST = 256 };
    size_t n = 0, room = FIRST;
    *ids = arena_array(u->arena, int64_t, room);
    while (db_next(&q)) {
        if (n == room) {
            int64_t *more = arena_array(u->arena, int64_t, room *= 2);
            memcpy(more, *ids, n * sizeof **ids);
            *ids = more;
        }
        (*ids)[n++] = db_int(&q, 0);
    }
    return n;
}

static void thread_erase(struct undo *u, struct db *db, int64_t root_id)
{
    int64_t *ids;
    size_t n =
        ids_read(u, db_query(db, "SELECT id FROM records WHERE root_id = ?1", I(root_id)), &ids);
    for (size_t i = 0; i < n; i++)
        record_erase(u, db, ids[i]);
    db_exec(db, "DELETE FROM origins WHERE root_id = ?1", I(root_id));
    u->part.records += db_exec(db, "DELETE FROM records WHERE root_id = ?1", I(root_id));
}

static bool undo_threads(struct db *db, void *ctx)
{
    struct undo *u = ctx;
    int64_t *roots;
    step_begin(u);
    size_t n =
        ids_read(u,
                 db_query(db,
                          "SELECT r.id FROM import_rows i JOIN records r ON r.id = i.record_id"
                          " WHERE i.import_id = ?1 AND i.kind = 'post' AND r.parent_id IS NULL"
                          " AND r.id > ?2 ORDER BY r.id LIMIT ?3",
                          I(u->id), I(u->from), I(THREADS)),
                 &roots);
    for (size_t i = 0; i < n; i++) {
        if (thread_kept(u, db, roots[i]))
            u->part.kept_records +=
                1 + db_get_int(db, 0, "SELECT thread FROM records WHERE id = ?1", I(roots[i]));
        else
            thread_erase(u, db, roots[i]);
        u->next = roots[i];
    }
    u->more = n == THREADS;
    return !db_failed(db);
}

/* ---- people ---- */

static bool person_kept(struct undo *u, struct db *db, int64_t id)
{
    static const char *const reasons[] = {
        "SELECT 1 FROM records WHERE author_id = ?1 AND id <> ?1 LIMIT 1",
        "SELECT 1 FROM accounts WHERE person_id = ?1",
        "SELECT 1 FROM identities WHERE person_id = ?1 AND kind <> 'stackexchange' LIMIT 1",
        "SELECT 1 FROM import_rows WHERE record_id = ?1 AND import_id <> ?2 LIMIT 1",
        "SELECT 1 FROM memberships WHERE person_id = ?1 AND space_id <> ?3 LIMIT 1",
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        const struct db_arg args[] = {I(id), I(u->id), I(u->space_id)};
        size_t n = str_has(str_of(reasons[i]), S("?3"))   ? 3
                   : str_has(str_of(reasons[i]), S("?2")) ? 2
                                                          : 1;
        if (db_get_int_n(db, 0, reasons[i], args, n))
            return true;
    }
    return false;
}

static void person_erase(struct undo *u, struct db *db, int64_t id)
{
    static const char *const by_id[] = {
        "DELETE FROM memberships WHERE person_id = ?1",
        "DELETE FROM identities WHERE person_id = ?1",
        "DELETE FROM follows WHERE person_id = ?1",
    };
    for (size_t i = 0; i < sizeof by_id / sizeof *by_id; i++)
        db_exec(db, by_id[i], I(id));
    thread_erase(u, db, id);
    u->part.records--;
    u->part.people++;
}

static bool undo_people(struct db *db, void *ctx)
{
    struct undo *u = ctx;
    int64_t *people;
    step_begin(u);
    size_t n = ids_read(u,
                        db_query(db,
                                 "SELECT record_id FROM import_rows WHERE import_id = ?1"
                                 " AND kind IN ('user', 'missing') AND record_id > ?2"
                                 " ORDER BY record_id LIMIT ?3",
                                 I(u->id), I(u->from), I(PEOPLE)),
                        &people);
    for (size_t i = 0; i < n; i++) {
        if (person_kept(u, db, people[i]))
            u->part.kept_people++;
        else
            person_erase(u, db, people[i]);
        u->next = people[i];
    }
    u->more = n == PEOPLE;
    return !db_failed(db);
}

/* ---- the rest ---- */

static bool undo_space(struct db *db, void *ctx)
{
    struct undo *u = ctx;
    step_begin(u);
    int64_t made = db_get_int(
        db, 0, "SELECT record_id FROM import_rows WHERE import_id = ?1 AND kind = 'space'",
        I(u->id));
    int64_t used = db_get_int(db, 0,
                              "SELECT 1 FROM records WHERE space_id = ?1 AND id <> ?1"
                              " AND deleted_at IS NULL LIMIT 1",
                              I(u->space_id));
    if (!used)
        used = db_get_int(db, 0, "SELECT 1 FROM memberships WHERE space_id = ?1 LIMIT 1",
                          I(u->space_id));
    u->part.kept_space = made && used;
    if (made && !used) {
        thread_erase(u, db, made); /* its row of spaces, too */
        u->part.records--;
    }
    db_exec(db, "DELETE FROM tags WHERE uses = 0 AND NOT EXISTS"
                " (SELECT 1 FROM tag_follows f WHERE f.tag_id = tags.id)");
    db_exec(db, "DELETE FROM tag_counts WHERE NOT EXISTS"
                " (SELECT 1 FROM tags t WHERE t.id = tag_counts.tag_id)");
    return !db_failed(db);
}

/* What the log, and notifications from it, say of records that are no more. */
static bool undo_log(struct db *db, void *ctx)
{
    struct undo *u = ctx;
    step_begin(u);
    int64_t from = u->from ? u->from : u->first_activity, to = from + ACTIVITIES;
    db_exec(db,
            "UPDATE notifications SET reason = '' WHERE activity_id > ?1 AND activity_id <= ?2"
            " AND NOT EXISTS (SELECT 1 FROM activities a JOIN records r ON r.id = a.record_id"
            " WHERE a.id = notifications.activity_id)",
            I(from), I(to));
    u->part.activities =
        db_exec(db,
                "DELETE FROM activities WHERE id > ?1 AND id <= ?2"
                " AND NOT EXISTS (SELECT 1 FROM records r WHERE r.id = activities.record_id)",
                I(from), I(to));
    u->next = to;
    u->more = db_get_int(db, 0, "SELECT 1 FROM activities WHERE id > ?1 LIMIT 1", I(to)) != 0;
    return !db_failed(db);
}

/* Nothing kept: nothing is left of the import. Else its notes stay, so that it can be run again
 * without doubling, or undone to the end later. */
static bool undo_close(struct db *db, void *ctx)
{
    struct undo *u = ctx;
    step_begin(u);
    db_exec(db,
            "DELETE FROM import_rows WHERE import_id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM records r WHERE r.id = import_rows.record_id)",
            I(u->id));
    if (db_get_int(db, 0, "SELECT 1 FROM import_rows WHERE import_id = ?1 LIMIT 1", I(u->id)))
        db_exec(db, "UPDATE imports SET state = 'undone', finished_at = ?2 WHERE id = ?1", I(u->id),
                I(clock_now()));
    else
        db_exec(db, "DELETE FROM imports WHERE id = ?1", I(u->id));
    return !db_failed(db);
}
