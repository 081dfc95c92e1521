/* notes.c: the consumer that notes what is to be sent, and replays; see webhooks.h, RULES 2, 9, 10.
 *
 * A replay reads the log again from a time on, in pieces; each piece is noted in the transaction
 * that moves the hook's place in it.
 */
#include "core/clock.h"
#include "features/webhooks/webhooks.h"
#include "record/access.h"
#include "record/events.h"

enum { REPLAY_PIECE = 500, SEEN_MAX = 1000, LOOK_BACK = 5000 };

struct hook_brief {
    int64_t id, person_id, space_id;
    struct str events;
};

bool hook_viewer(struct db *db, struct arena *a, int64_t person_id, struct viewer *viewer)
{
    return viewer_load(db, a, person_id, viewer) && viewer->role >= ROLE_STAFF; /* RULE 2 */
}

int64_t delivery_note(struct db *db, struct arena *a, const struct hook_note *note, int64_t now)
{
    struct str mark =
        str_fmt(a, "msg_%lld_%lld", (long long)note->hook_id, (long long)note->activity_id);
    int64_t id = db_insert(db,
                           "INSERT INTO deliveries (hook_id, activity_id, event, mark, state,"
                           " due_at, created_at) VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, ?5)",
                           I(note->hook_id), I(note->activity_id), T(note->event), T(mark), I(now));
    if (id && !note->activity_id)
        db_exec(db, "UPDATE deliveries SET mark = ?2 WHERE id = ?1", I(id),
                T(str_fmt(a, "msg_%lld_test_%lld", (long long)note->hook_id, (long long)id)));
    return id;
}

void hook_wake(struct db *db, struct arena *a, int64_t hook_id, int64_t due)
{
    struct str id = str_fmt(a, "%lld", (long long)hook_id);
    job_put(db, &(struct job_order){.kind = "webhook-send", .data = id, .key = id, .due = due});
}

/* ---- what a hook's owner sees of a stretch of the log ---- */

static size_t seen_read(struct db *db, struct arena *a, const struct viewer *as, int64_t from,
                        int64_t to, int64_t *seen)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT a.id FROM activities a JOIN records r ON r.id = a.record_id"
                    " WHERE ?1 >= 0 AND a.id >= ?2 AND a.id <= ?3 AND a.quiet = 0 AND ",
                    " ORDER BY a.id LIMIT ?4");
    size_t n = 0;
    struct rows q =
        db_query(db, access_text(db, a, as, sql), I(as->id), I(from), I(to), I((int64_t)SEEN_MAX));
    while (n < SEEN_MAX && db_next(&q))
        seen[n++] = db_int(&q, 0);
    db_done(&q);
    return n;
}

/* Those of the list that the hook tells; true when there was one. */
static bool hook_notes(struct db *db, struct arena *a, const struct hook_brief *h,
                       const struct activity *list, size_t n, int64_t now)
{
    struct viewer as;
    int64_t *seen = arena_array(a, int64_t, SEEN_MAX);
    bool any = false;
    size_t seen_n = hook_viewer(db, a, h->person_id, &as)
                        ? seen_read(db, a, &as, list[0].id, list[n - 1].id, seen)
                        : 0;
    for (size_t i = 0, k = 0; i < n && k < seen_n; i++) {
        const struct activity *act = &list[i];
        while (k < seen_n && seen[k] < act->id)
            k++;
        if (k == seen_n || seen[k] != act->id || (h->space_id && h->space_id != act->space_id) ||
            !events_match(h->events, act->type, act->verb))
            continue;
        struct hook_note note = {h->id, act->id, event_name(a, act->type, act->verb)};
        any = delivery_note(db, a, &note, now) != 0 || any;
    }
    return any;
}

static size_t hooks_read(struct db *db, struct arena *a, struct hook_brief *list)
{
    size_t n = 0;
    struct rows q = db_query(db,
                             "SELECT id, person_id, COALESCE(space_id, 0), events FROM hooks"
                             " WHERE active = 1 ORDER BY id LIMIT ?1",
                             I(HOOKS_MAX));
    while (n < HOOKS_MAX && db_next(&q))
        list[n++] =
            (struct hook_brief){db_int(&q, 0), db_int(&q, 1), db_int(&q, 2), db_dup(&q, 3, a)};
    db_done(&q);
    return n;
}

bool hooks_idle(struct db *db)
{
    return !db_get_int(db, 0, "SELECT 1 FROM hooks WHERE active = 1 LIMIT 1");
}

size_t hooks_take(struct db *db, struct arena *a, struct activity *list, size_t n)
{
    struct hook_brief *hooks = arena_array(a, struct hook_brief, HOOKS_MAX);
    size_t hooks_n = hooks_read(db, a, hooks);
    int64_t now = clock_now();
    if (n > SEEN_MAX)
        n = SEEN_MAX;
    for (size_t i = 0; i < hooks_n; i++)
        if (hook_notes(db, a, &hooks[i], list, n, now))
            hook_wake(db, a, hooks[i].id, now);
    return n;
}

/* ---- RULE 9 ---- */

struct replay {
    struct job *job;
    struct hook_brief hook;
    int64_t since, at, to;
};

static bool replay_read(struct db *db, void *ctx)
{
    struct replay *r = ctx;
    int64_t id = 0;
    str_int(job_data(r->job), &id);
    struct rows q = db_query(db,
                             "SELECT id, person_id, COALESCE(space_id, 0), events, replay_since,"
                             " replay_at, replay_to FROM hooks WHERE id = ?1",
                             I(id));
    *r = (struct replay){.job = r->job};
    if (db_next(&q)) {
        r->hook = (struct hook_brief){db_int(&q, 0), db_int(&q, 1), db_int(&q, 2),
                                      db_dup(&q, 3, job_arena(r->job))};
        r->since = db_int(&q, 4);
        r->at = db_int(&q, 5);
        r->to = db_int(&q, 6);
    }
    db_done(&q);
    return true;
}

/* Where the replay begins: behind the last activity from before its time. Backwards in pieces: the
 * log has no index by time, since imports bring old times in. */
static bool replay_begin(struct db *db, void *ctx)
{
    struct replay *r = ctx;
    int64_t at = r->to, oldest = 0;
    do {
        int64_t from = at > LOOK_BACK ? at - LOOK_BACK : 0;
        oldest = db_get_int(db, -1,
                            "SELECT MAX(id) FROM activities WHERE id > ?1 AND id <= ?2"
                            " AND quiet = 0 AND at < ?3",
                            I(from), I(at), I(r->since));
        at = from;
    } while (oldest <= 0 && at > 0 && !db_failed(db));
    r->at = oldest > 0 ? oldest : 0;
    return true;
}

static bool replay_piece(struct db *db, void *ctx)
{
    struct replay *r = ctx;
    struct arena *a = job_arena(r->job);
    struct activity *list = arena_array(a, struct activity, REPLAY_PIECE);
    size_t n = 0;
    struct rows q = db_query(db,
                             "SELECT id, verb, type, COALESCE(space_id, 0) FROM activities"
                             " WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
                             I(r->at), I(r->to), I(REPLAY_PIECE));
    while (n < REPLAY_PIECE && db_next(&q))
        list[n++] = (struct activity){.id = db_int(&q, 0),
                                      .verb = db_dup(&q, 1, a),
                                      .type = db_dup(&q, 2, a),
                                      .space_id = db_int(&q, 3)};
    db_done(&q);
    int64_t now = clock_now(), at = n ? list[n - 1].id : r->to;
    bool done = n < REPLAY_PIECE;
    if (n && hook_notes(db, a, &r->hook, list, n, now))
        hook_wake(db, a, r->hook.id, now);
    db_exec(db, "UPDATE hooks SET replay_at = ?2, replay_to = ?3 WHERE id = ?1", I(r->hook.id),
            I(at), I(done ? 0 : r->to));
    return !db_failed(db);
}

enum job_result hook_replay(struct job *job)
{
    struct replay r = {.job = job};
    for (;;) {
        if (!job_read(job, replay_read, &r))
            return JOB_LATER;
        if (!r.hook.id || !r.to)
            return JOB_DONE;
        if (r.at < 0 && !job_read(job, replay_begin, &r))
            return JOB_LATER;
        if (!job_write_aside(job, replay_piece, &r) || !job_step(job, r.at, r.to, S("Noting")))
            return JOB_LATER;
    }
}
