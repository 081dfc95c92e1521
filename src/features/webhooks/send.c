/* send.c: the job that sends what one hook has to tell, and the broom; see webhooks.h, RULES 4 to
 * 8, 11 and 12.
 *
 * A delivery that is being sent is due again a while later: that is all that has to be known when
 * the program ends in the midst of it. Its result and the taking of the next are one transaction.
 * Each hook has a job of its own, so that one that is slow holds up no other.
 */
#include "core/clock.h"
#include "core/log.h"
#include "features/mails/mails.h"
#include "features/webhooks/hook_post.h"
#include "features/webhooks/hook_sign.h"
#include "features/webhooks/webhooks.h"
#include "http/app.h"

enum { ARENA = 64 << 20, TIMEOUT_MS = 15000, AWAY_MAX = 3, KEEP_DAYS = 30, SWEEP = 1000 };
#define LEASE (5 * CLOCK_MINUTE)
#define FAILING_MAX (3 * CLOCK_DAY)

struct taken { /* a delivery with what it needs of its hook */
    int64_t id, activity_id, tries, person_id;
    struct str mark, url, secret, old_secret;
};

struct turn { /* one transaction: what became of one delivery, and the next one */
    struct job *job;
    struct app *app;
    struct arena *arena; /* of one turn */
    int64_t hook_id;
    struct taken sent; /* id 0: none yet */
    struct hook_answer answer;
    struct str body; /* empty: withheld */
    bool more;
    struct taken next; /* id 0: nothing is due */
};

struct off_letter {
    struct str hook, why;
    int64_t hook_id;
};

static void write_off(struct letter *l, const void *data)
{
    const struct off_letter *v = data;
    letter_subject(l, "Your webhook " STR_FMT " is off", STR_ARG(v->hook));
    letter_text(l, "The webhook \xE2\x80\x9C" STR_FMT "\xE2\x80\x9D was switched off: " STR_FMT,
                STR_ARG(v->hook), STR_ARG(v->why));
    letter_text(l, "Once its receiver works again, switch it on, and have it told what it missed.");
    letter_button(l, "Look at the webhook",
                  str_fmt(l->arena, "/webhooks/%lld", (long long)v->hook_id));
    letter_fine(l, "You get this letter because the webhook is yours.");
}

static const struct off_letter sample = {
    {"Build server", 12}, {"it has not answered for three days.", 35}, 7};
const struct letter_kind letter_hook_off = {
    .name = "webhook-off", .title = "Webhook switched off", .write = write_off, .sample = &sample};

/* ---- results ---- */

static void hook_off(struct db *db, const struct turn *t, const char *why, int64_t now) /* RULE 8 */
{
    struct rows q = db_query(db,
                             "UPDATE hooks SET active = 0, why = ?2 WHERE id = ?1 AND active = 1"
                             " RETURNING name, person_id",
                             I(t->hook_id), Z(why));
    struct off_letter letter = {.hook = S(""), .why = str_of(why), .hook_id = t->hook_id};
    int64_t person_id = 0;
    if (db_next(&q)) {
        letter.hook = db_dup(&q, 0, t->arena);
        person_id = db_int(&q, 1);
    }
    db_done(&q);
    struct str address = db_get_str(
        db, t->arena, "SELECT email FROM accounts WHERE person_id = ?1 AND disabled_at IS NULL",
        I(person_id));
    if (!person_id || !address.n)
        return;
    struct mail_desk desk = {t->app, db, t->arena, now};
    mail_put(&desk, &(struct mail){.kind = &letter_hook_off,
                                   .data = &letter,
                                   .person_id = person_id,
                                   .address = address});
}

/* RULE 7: when the next try is due after this one; 0: there is none. */
static int64_t due_after(const struct turn *t, int64_t now)
{
    static const int64_t pauses[HOOK_TRIES] = {
        0, 5 * CLOCK_SECOND, CLOCK_MINUTE, 10 * CLOCK_MINUTE, CLOCK_HOUR, 6 * CLOCK_HOUR, CLOCK_DAY,
    };
    int64_t asked = t->answer.retry_after * CLOCK_SECOND;
    if (!t->sent.activity_id || t->answer.status == 410 || t->sent.tries >= HOOK_TRIES)
        return 0;
    return now + (asked > pauses[t->sent.tries] ? asked : pauses[t->sent.tries]);
}

static void hook_failed(struct db *db, const struct turn *t, int64_t now)
{
    if (!t->sent.activity_id) /* a test says nothing about the hook */
        return;
    db_exec(db, "UPDATE hooks SET failing_since = ?2 WHERE id = ?1 AND failing_since = 0",
            I(t->hook_id), I(now));
    int64_t since =
        db_get_int(db, now, "SELECT failing_since FROM hooks WHERE id = ?1", I(t->hook_id));
    if (t->answer.status == 410)
        hook_off(db, t, "its receiver has answered 410 Gone.", now);
    else if (now - since >= FAILING_MAX)
        hook_off(db, t, "no delivery has arrived for three days.", now);
}

static void result_keep(struct db *db, const struct turn *t, int64_t now)
{
    bool good = t->answer.status >= 200 && t->answer.status < 300;
    int64_t due = good ? 0 : due_after(t, now);
    if (!t->body.n) { /* RULE 2 */
        db_exec(db,
                "UPDATE deliveries SET state = 'withheld', answer = '', body = '' WHERE id = ?1",
                I(t->sent.id));
        return;
    }
    db_exec(db,
            "UPDATE deliveries SET state = ?2, status = ?3, answer = ?4, body = ?5, took = ?6,"
            " sent_at = ?7, due_at = CASE WHEN ?8 > 0 THEN ?8 ELSE due_at END WHERE id = ?1",
            I(t->sent.id),
            Z(good  ? "delivered"
              : due ? "waiting"
                    : "failed"),
            I(t->answer.status), T(t->answer.text), T(t->body), I(t->answer.took), I(now), I(due));
    if (good && t->sent.activity_id)
        db_exec(db, "UPDATE hooks SET failing_since = 0 WHERE id = ?1 AND failing_since <> 0",
                I(t->hook_id));
    else if (!good)
        hook_failed(db, t, now);
    if (due)
        hook_wake(db, t->arena, t->hook_id, due);
}

/* ---- turns ---- */

static void next_take(struct db *db, struct turn *t, int64_t now)
{
    struct rows q =
        db_query(db,
                 "SELECT d.id, d.activity_id, d.tries, h.person_id, d.mark, h.url, h.secret,"
                 " CASE WHEN h.old_until > ?2 THEN h.old_secret ELSE '' END FROM deliveries d"
                 " JOIN hooks h ON h.id = d.hook_id WHERE d.hook_id = ?1 AND d.state = 'waiting'"
                 " AND d.due_at <= ?2 AND (h.active = 1 OR d.activity_id = 0)"
                 " ORDER BY d.due_at, d.id LIMIT 1",
                 I(t->hook_id), I(now));
    if (db_next(&q))
        t->next = (struct taken){db_int(&q, 0),           db_int(&q, 1),
                                 db_int(&q, 2) + 1,       db_int(&q, 3),
                                 db_dup(&q, 4, t->arena), db_dup(&q, 5, t->arena),
                                 db_dup(&q, 6, t->arena), db_dup(&q, 7, t->arena)};
    db_done(&q);
    if (t->next.id)
        db_exec(db, "UPDATE deliveries SET due_at = ?2, tries = tries + 1 WHERE id = ?1",
                I(t->next.id), I(now + LEASE));
}

static bool turn_run(struct db *db, void *ctx)
{
    struct turn *t = ctx;
    int64_t now = clock_now();
    t->next.id = 0;
    if (t->sent.id)
        result_keep(db, t, now);
    if (t->more)
        next_take(db, t, now);
    return (t->sent.id || t->next.id) && !db_failed(db);
}

static bool body_read(struct db *db, void *ctx)
{
    struct turn *t = ctx;
    struct viewer as;
    t->body = S("");
    if (!t->next.activity_id) {
        char at[32];
        t->body =
            str_fmt(t->arena,
                    "{\"type\":\"ping\",\"timestamp\":\"" STR_FMT "\",\"data\":{\"hook_id\":%lld}}",
                    STR_ARG(clock_rfc3339(at, clock_now())), (long long)t->hook_id);
    } else if (hook_viewer(db, t->arena, t->next.person_id, &as)) {
        t->body = payload_make(t->app, db, t->arena, &as, t->next.activity_id);
    }
    return !db_failed(db);
}

static void post(struct turn *t, struct hook_poster *poster)
{
    const struct taken *n = &t->next;
    int64_t seconds = clock_now() / CLOCK_SECOND;
    struct str first = hook_sign(t->arena, n->secret, n->mark, seconds, t->body),
               old = hook_sign(t->arena, n->old_secret, n->mark, seconds, t->body);
    struct hook_request request = {
        .url = n->url,
        .body = t->body,
        .id = n->mark,
        .seconds = seconds,
        .signatures =
            old.n ? str_fmt(t->arena, STR_FMT " " STR_FMT, STR_ARG(first), STR_ARG(old)) : first};
    hook_post(poster, t->arena, &request, &t->answer);
}

struct way { /* of one job */
    struct job *job;
    int64_t sent;
    bool stopped;
};

static bool go_on(void *ctx)
{
    struct way *way = ctx;
    way->stopped = way->stopped || !job_step(way->job, way->sent, 0, S("Telling"));
    return !way->stopped;
}

/* False: the database failed. The memory of one turn is good until the transaction that keeps its
 * result, which is the next one. */
static bool turns(struct turn *t, struct hook_poster *poster, struct way *way,
                  struct arena *arenas[2])
{
    int away = 0;
    for (int i = 0;; i++) {
        t->arena = arenas[i & 1];
        arena_reset(t->arena);
        if (!job_write_aside(t->job, turn_run, t))
            return true; /* nothing to do, or another worker does it */
        t->sent = (struct taken){0};
        if (!t->next.id)
            return true;
        if (!job_read(t->job, body_read, t))
            return false;
        t->answer = (struct hook_answer){.text = S("")};
        if (t->body.n)
            post(t, poster);
        if (way->stopped) /* it was cut short by us, and is due again after its lease */
            return true;
        away = t->body.n && !t->answer.status ? away + 1 : 0;
        way->sent++;
        t->sent = t->next;
        t->more = go_on(way) && away < AWAY_MAX;
    }
}

enum job_result hook_send(struct job *job)
{
    struct way way = {.job = job};
    struct app *app = job_app(job);
    struct turn t = {.job = job, .app = app, .more = true};
    struct arena *arenas[2] = {arena_new(ARENA), arena_new(ARENA)};
    struct hook_poster_options options = {.inside = app->options.webhook_private,
                                          .timeout_ms = app->options.webhook_timeout_ms > 0
                                                            ? app->options.webhook_timeout_ms
                                                            : TIMEOUT_MS,
                                          .go_on = go_on,
                                          .ctx = &way};
    str_int(job_data(job), &t.hook_id);
    bool ok = turns(&t, hook_poster_open(job_arena(job), &options), &way, arenas);
    if (t.answer.text.n && !t.answer.status)
        job_why(job, STR_FMT, STR_ARG(str_first(t.answer.text, 200)));
    arena_free(arenas[0]);
    arena_free(arenas[1]);
    return ok && !way.stopped ? JOB_DONE : JOB_LATER;
}

/* ---- what is scheduled ---- */

static bool due_wake(struct db *db, void *ctx)
{
    struct job *job = ctx;
    int64_t now = clock_now(), hooks[HOOKS_MAX];
    size_t n = 0;
    struct rows q = db_query(db,
                             "SELECT h.id FROM hooks h WHERE EXISTS (SELECT 1 FROM deliveries d"
                             " WHERE d.hook_id = h.id AND d.state = 'waiting' AND d.due_at <= ?1"
                             " AND (h.active = 1 OR d.activity_id = 0)) ORDER BY h.id LIMIT ?2",
                             I(now), I(HOOKS_MAX));
    while (n < HOOKS_MAX && db_next(&q))
        hooks[n++] = db_int(&q, 0);
    db_done(&q);
    for (size_t i = 0; i < n; i++)
        hook_wake(db, job_arena(job), hooks[i], now);
    return n && !db_failed(db);
}

/* What a dead process has left. */
enum job_result hooks_due(struct job *job)
{
    job_write_aside(job, due_wake, job);
    return JOB_DONE;
}

struct sweep {
    int64_t then, n;
};

static bool sweep_some(struct db *db, void *ctx)
{
    struct sweep *s = ctx;
    s->n = db_exec(db,
                   "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
                   " WHERE created_at <= ?1 ORDER BY created_at LIMIT ?2)",
                   I(s->then), I(SWEEP));
    return s->n > 0 && !db_failed(db);
}

enum job_result hooks_clean(struct job *job) /* RULE 11 */
{
    struct sweep s = {clock_now() - KEEP_DAYS * CLOCK_DAY, 0};
    while (job_write_aside(job, sweep_some, &s) && s.n == SWEEP)
        if (!job_step(job, 0, 0, S("")))
            return JOB_LATER;
    return JOB_DONE;
}

/* ---- RULE 12 ---- */

void hooks_failures(struct db *db, struct arena *a,
                    void (*tell)(void *ctx, const struct failure *f), void *ctx)
{
    struct rows q = db_query(
        db, "SELECT h.name, h.failing_since, h.why FROM hooks h WHERE h.active = 0 AND h.why <> ''"
            " ORDER BY h.id");
    while (db_next(&q))
        tell(ctx, &(struct failure){.what = "webhooks switched off",
                                    .kind = db_dup(&q, 0, a),
                                    .count = 1,
                                    .last_at = db_int(&q, 1),
                                    .why = db_dup(&q, 2, a),
                                    .advice = "Mend the receiver; then its owner switches it on."});
    db_done(&q);
    q = db_query(db,
                 "SELECT h.name, f.n, d.sent_at, d.answer FROM deliveries d"
                 " JOIN (SELECT MAX(id) AS id, COUNT(*) AS n FROM deliveries"
                 " WHERE state = 'failed' AND activity_id > 0 AND created_at > ?1 GROUP BY hook_id)"
                 " f ON f.id = d.id JOIN hooks h ON h.id = d.hook_id ORDER BY h.id",
                 I(clock_now() - 7 * CLOCK_DAY));
    while (db_next(&q))
        tell(ctx, &(struct failure){.what = "webhook deliveries failed",
                                    .kind = db_dup(&q, 0, a),
                                    .count = db_int(&q, 1),
                                    .last_at = db_int(&q, 2),
                                    .why = db_dup(&q, 3, a),
                                    .advice = "Its owner can send them again at /webhooks."});
    db_done(&q);
}
