/* walk.c: goes behind the log and compares what was made or changed with what is near it.
 *
 * RULES
 *   1. What changed since the last walk is compared once; the walk goes on where it stopped, also
 *      over a crash.
 *   2. It is flat: some hundred records are in memory, however many the hub has.
 *   3. A pair that is no longer near is no longer proposed.
 *   4. However much each record and those beside it hold, the walk gets on: a piece ends where its
 *      memory is half full.
 *
 * WHY a job that a consumer of the log orders, and not the consumer: to compare takes milliseconds
 * for each record, and a consumer holds the writer while it runs.
 */
#include "features/duplicates/walk.h"
#include "core/clock.h"
#include "db/ahead.h"
#include "features/duplicates/duplicates.h"

enum {
    PIECE = 100,     /* records at a time */
    STRETCH = 20000, /* activities looked through for them */
    PAIRS = 10,      /* kept of one record: the nearest */
    WALK_ARENA = 64 << 20,
};

struct seen {
    int64_t id;
    const struct record_type *type;
    struct alike near[PAIRS];
    size_t n;
};

struct walk {
    struct arena *arena; /* of a piece */
    int64_t from, upto, last;
    int64_t ids[PIECE], at[PIECE]; /* records, and the activity that told of each */
    struct seen *list;
    size_t n;
};

/* ---- what has changed ---- */

static bool there(const struct walk *w, int64_t id)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->ids[i] == id)
            return true;
    return false;
}

/* Whether records of the type are compared at all. */
static bool compared(struct db *db, struct str type)
{
    const struct record_type *t = catalog_type(db, type);
    return t && alike_type(t);
}

static bool piece_read(struct db *db, void *ctx)
{
    struct walk *w = ctx;
    w->n = 0;
    w->from = db_get_int(db, 0, "SELECT activity_id FROM duplicate_walks WHERE id = 1");
    w->last = db_get_int(db, 0, "SELECT COALESCE(MAX(id), 0) FROM activities");
    w->upto = w->from + STRETCH < w->last ? w->from + STRETCH : w->last;
    struct rows q = db_query(db,
                             "SELECT a.id, a.record_id, a.type FROM activities a WHERE a.id > ?1"
                             " AND a.id <= ?2 AND a.verb IN ('Create', 'Update', 'Undo')"
                             " AND a.record_id = a.root_id ORDER BY a.id",
                             I(w->from), I(w->upto));
    while (db_next(&q)) {
        if (!compared(db, db_str(&q, 2)) || there(w, db_int(&q, 1)))
            continue;
        if (w->n == PIECE) { /* the rest another time */
            w->upto = db_int(&q, 0) - 1;
            break;
        }
        w->at[w->n] = db_int(&q, 0);
        w->ids[w->n++] = db_int(&q, 1);
    }
    db_done(&q);
    return !db_failed(db);
}

static const struct record_type *type_of(struct db *db, int64_t id)
{
    struct rows q =
        db_query(db, "SELECT type FROM records WHERE id = ?1 AND deleted_at IS NULL", I(id));
    const struct record_type *t = db_next(&q) ? catalog_type(db, db_str(&q, 0)) : NULL;
    db_done(&q);
    return t && alike_type(t) && !t->off ? t : NULL;
}

/* What piece_keys asks of each; mostly they are of one type. */
static void keys_ahead(struct db *db, const struct walk *w)
{
    const struct record_type *t = type_of(db, w->ids[0]);
    struct db_arg keys[PIECE];
    if (!t)
        return;
    for (size_t i = 0; i < w->n; i++)
        keys[i] = I(w->ids[i]);
    db_ahead(db,
             str_fmt(w->arena, "records.id %s.id links.from_id identities.person_id", t->table).p,
             keys, w->n);
    (void)type_of(db, w->ids[0]);
    (void)alike_keys_begin(db, w->arena, w->ids[0]);
    db_ahead_done(db);
    arena_reset(w->arena);
}

/* Records from before there were keys have none, and a person's addresses come and go. */
static bool piece_keys(struct db *db, void *ctx)
{
    struct walk *w = ctx;
    keys_ahead(db, w);
    for (size_t i = 0; i < w->n; i++) {
        if (type_of(db, w->ids[i]))
            alike_keys_fill(db, w->arena, w->ids[i]);
        if (arena_over(w->arena))
            return false;
        arena_reset(w->arena); /* RULE 4: nothing else is in it yet */
    }
    return !db_failed(db);
}

static bool piece_look(struct db *db, void *ctx)
{
    struct walk *w = ctx;
    w->list = arena_array(w->arena, struct seen, PIECE);
    for (size_t i = 0; i < w->n; i++) {
        struct seen *s = &w->list[i];
        if (i && arena_used(w->arena) > WALK_ARENA / 8) { /* RULE 4 */
            w->upto = w->at[i] - 1;
            w->n = i;
            break;
        }
        s->id = w->ids[i];
        s->type = type_of(db, s->id);
        if (s->type)
            s->n = alike_of(db, w->arena, s->type, s->id, s->near, PAIRS);
    }
    return !db_failed(db) && !arena_over(w->arena);
}

/* ---- what was found ---- */

static void pair_put(struct db *db, struct arena *a, const struct seen *s, const struct alike *one,
                     int64_t now)
{
    db_send(db,
            "INSERT INTO duplicates (a_id, b_id, type, score, reasons, state, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, 'open', ?6) ON CONFLICT (a_id, b_id) DO UPDATE SET"
            " score = excluded.score, reasons = excluded.reasons, at = excluded.at"
            " WHERE duplicates.state = 'open' AND (duplicates.score <> excluded.score"
            " OR duplicates.reasons <> excluded.reasons)",
            I(s->id < one->id ? s->id : one->id), I(s->id < one->id ? one->id : s->id),
            Z(s->type->name), I(one->how.score),
            T(alike_reasons_text(a, s->type, &one->how, s->id > one->id)), I(now));
}

/* RULE 3: those that are open and were not found again. Asked for the open ones PostgreSQL might go
 * through the index of those. */
static void pairs_drop(struct db *db, const struct seen *s)
{
    enum { MOST = 200 };
    int64_t gone[MOST];
    size_t n = 0;
    struct rows q = db_query(db,
                             "SELECT id, b_id, state FROM duplicates WHERE a_id = ?1 UNION ALL"
                             " SELECT id, a_id, state FROM duplicates WHERE b_id = ?1",
                             I(s->id));
    while (n < MOST && db_next(&q)) {
        bool again = s->n == PAIRS || /* there may be more than were kept */
                     !str_is(db_str(&q, 2), "open");
        for (size_t i = 0; i < s->n; i++)
            again = again || s->near[i].id == db_int(&q, 1);
        if (!again)
            gone[n++] = db_int(&q, 0);
    }
    db_done(&q);
    for (size_t i = 0; i < n; i++)
        db_send(db, "DELETE FROM duplicates WHERE id = ?1", I(gone[i]));
}

static bool piece_write(struct db *db, void *ctx)
{
    struct walk *w = ctx;
    int64_t now = clock_now();
    for (size_t i = 0; i < w->n; i++) {
        const struct seen *s = &w->list[i];
        if (!s->type)
            continue;
        pairs_drop(db, s);
        for (size_t k = 0; k < s->n; k++)
            pair_put(db, w->arena, s, &s->near[k], now);
    }
    db_exec(db, "UPDATE duplicate_walks SET activity_id = ?1 WHERE id = 1 AND activity_id = ?2",
            I(w->upto), I(w->from)); /* RULE 1 */
    return !db_failed(db);
}

static bool piece_run(struct job *job, struct walk *w)
{
    bool ok = job_read(job, piece_read, w);
    if (ok && w->upto > w->from)
        ok = (!w->n || job_write_aside(job, piece_keys, w)) && job_read(job, piece_look, w) &&
             job_write_aside(job, piece_write, w);
    return ok;
}

size_t walk_order(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    bool any = false;
    (void)a;
    for (size_t i = 0; i < n && !any; i++)
        any = list[i].record_id == list[i].root_id && compared(db, list[i].type);
    if (any)
        job_put(db, &(struct job_order){.kind = "duplicates", .key = S("walk")});
    return n;
}

enum job_result walk_run(struct job *job)
{
    struct walk w = {.arena = arena_new(WALK_ARENA)};
    bool ok;
    do {
        arena_reset(w.arena); /* RULE 2 */
        ok = piece_run(job, &w) && job_step(job, w.upto, w.last, S("Looking for duplicates"));
    } while (ok && w.upto < w.last);
    arena_free(w.arena);
    return ok ? JOB_DONE : JOB_LATER;
}
