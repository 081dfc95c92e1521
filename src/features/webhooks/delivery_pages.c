/* delivery_pages.c: the log of a webhook's deliveries, and sending again; see webhooks.h, RULES 1,
 * 9. */
#include "core/clock.h"
#include "features/webhooks/webhooks.h"
#include "record/list.h"
#include "view/components.h"
#include "views/webhooks/delivery.h"

enum { SHOWN = 50, REPLAY_DAYS = 30 };

static const char *const states[] = {"waiting", "delivered", "failed", "withheld", NULL};

const struct form_rule deliveries_query[] = {
    {"state", .label = "what became of them", .choices = states},
    {"event", .label = "of this event only: idea.create"},
    PAGE_QUERY,
    {0},
};

const struct form_rule replay_rules[] = {
    {"since", .label = "Since", .required = true, .max = 40},
    {0},
};

static const struct part delivery_parts[] = {PART_TITLE("Delivery"), ROW_ALL(delivery), {0}};
const struct part deliveries_answer[] = {
    PART_LIST("data", struct hook_page, deliveries, n, delivery_parts),
    PART(CURSOR, "next", struct hook_page, next),
    {0},
};
static const struct part whole_parts[] = {
    PART_TITLE("DeliveryWhole"), ROW_HERE(delivery_texts, struct delivery_page, row), {0}};
const struct part delivery_answer[] = {PART_OBJECT("data", whole_parts), {0}};

/* ---- the log ---- */

void deliveries_read(struct req *rq, struct hook_page *v)
{
    struct delivery *rows = arena_array(rq->arena, struct delivery, SHOWN + 1);
    int64_t before = 0;
    if (!str_int(req_query(rq, "after"), &before) || before <= 0)
        before = INT64_MAX;
    bool get = rq->method == GET;
    v->state = get ? req_query(rq, "state") : S("");
    v->event = get ? req_query(rq, "event") : S("");
    v->n = 0;
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(DELIVERY_ROW) " FROM deliveries d WHERE d.hook_id = ?1"
                                                     " AND d.id < ?2 AND (?3 = '' OR d.state = ?3)"
                                                     " AND (?4 = '' OR d.event = ?4)"
                                                     " ORDER BY d.id DESC LIMIT ?5",
                 I(v->hook.id), I(before), T(v->state), T(v->event), I(SHOWN + 1));
    while (v->n < SHOWN + 1 && db_next(&q))
        delivery_decode(&rows[v->n++], &q, 0, rq->arena);
    db_done(&q);
    v->deliveries = rows;
    v->next = S("");
    if (v->n > SHOWN) {
        v->n = SHOWN;
        v->next = str_fmt(rq->arena, "%lld", (long long)rows[SHOWN - 1].id);
    }
}

int deliveries_index(struct req *rq)
{
    struct hook_page *v = hook_page(rq);
    const char *why = query_wrong(rq);
    if (!v)
        return not_found(rq);
    if (why)
        return refuse(rq, 400, why);
    struct answer page = hook_answer_of(rq, v);
    if (!face_shows(rq->face))
        deliveries_read(rq, v);
    return answer(rq, &page);
}

static struct delivery_page *delivery_page(struct req *rq, const struct hook_page *hook)
{
    struct delivery_page *v = arena_make(rq->arena, struct delivery_page);
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(DELIVERY_TEXTS_ROW) " FROM deliveries d WHERE d.id = ?1"
                                                           " AND d.hook_id = ?2",
                 I(req_id(rq, "delivery")), I(hook->hook.id));
    bool there = db_next(&q);
    if (there)
        delivery_texts_decode(&v->row, &q, 0, rq->arena);
    db_done(&q);
    v->hook_name = hook->hook.name;
    return there ? v : NULL;
}

static struct answer delivery_answer_of(const struct delivery_page *v)
{
    return (struct answer){.title = v->row.event,
                           .page = webhooks_delivery_view,
                           .width = PAGE_NARROW,
                           .section = "/webhooks",
                           .data = v};
}

int deliveries_show(struct req *rq)
{
    const struct hook_page *hook = hook_page(rq);
    const struct delivery_page *v = hook ? delivery_page(rq, hook) : NULL;
    if (!v)
        return not_found(rq);
    struct answer page = delivery_answer_of(v);
    return answer(rq, &page);
}

/* ---- RULE 9 ---- */

int resendings_create(struct req *rq)
{
    const struct hook_page *hook = hook_page(rq);
    const struct delivery_page *v = hook ? delivery_page(rq, hook) : NULL;
    if (!v)
        return not_found(rq);
    db_exec(rq->db, "UPDATE deliveries SET state = 'waiting', tries = 0, due_at = ?2 WHERE id = ?1",
            I(v->row.id), I(rq->now));
    hook_wake(rq->db, rq->arena, hook->hook.id, rq->now);
    flash(rq, hook->hook.active || !v->row.activity_id
                  ? "It is sent again."
                  : "It is sent again once the webhook is on.");
    v = delivery_page(rq, hook);
    if (!v)
        return refuse(rq, 500, NULL);
    struct answer page = delivery_answer_of(v);
    return answer_updated(rq,
                          str_fmt(rq->arena, "/webhooks/%lld/deliveries/%lld",
                                  (long long)hook->hook.id, (long long)v->row.id),
                          &page);
}

static int done(struct req *rq, struct hook_page *v, const char *words)
{
    flash(rq, "%s", words);
    struct answer page = hook_answer_of(rq, v);
    return answer_updated(rq, hook_path(rq, &v->hook), &page);
}

int pings_create(struct req *rq)
{
    struct hook_page *v = hook_page(rq);
    if (!v)
        return not_found(rq);
    struct hook_note note = {v->hook.id, 0, S("ping")};
    delivery_note(rq->db, rq->arena, &note, rq->now);
    hook_wake(rq->db, rq->arena, v->hook.id, rq->now);
    return done(rq, v, "A test is on its way.");
}

/* A day, a minute as browsers send it, or RFC 3339; UTC where nothing else is said. */
static bool since_read(struct req *rq, struct str text, int64_t *since)
{
    if (text.n == 10)
        text = str_fmt(rq->arena, STR_FMT "T00:00:00", STR_ARG(text));
    else if (text.n == 16)
        text = str_fmt(rq->arena, STR_FMT ":00", STR_ARG(text));
    return clock_parse(text, since) && *since <= rq->now &&
           *since >= rq->now - REPLAY_DAYS * CLOCK_DAY;
}

int replays_create(struct req *rq)
{
    struct hook_page *v = hook_page(rq);
    int64_t since = 0;
    if (!v)
        return not_found(rq);
    form_read(rq, replay_rules, &v->replay);
    if (v->replay.ok && !since_read(rq, form_get(&v->replay, "since"), &since))
        form_fail(&v->replay, "since", "This is no time of the last 30 days.");
    if (v->replay.ok && v->hook.replay_to)
        form_fail(&v->replay, "since", "There is such a replay under way.");
    if (!v->replay.ok) {
        struct answer page = hook_answer_of(rq, v);
        return form_answer(rq, &v->replay, &page);
    }
    db_exec(rq->db,
            "UPDATE hooks SET replay_since = ?2, replay_at = -1,"
            " replay_to = (SELECT COALESCE(MAX(id), 0) FROM activities) WHERE id = ?1",
            I(v->hook.id), I(since));
    struct str id = str_fmt(rq->arena, "%lld", (long long)v->hook.id);
    job_put(rq->db, &(struct job_order){.kind = "webhook-replay", .data = id, .key = id});
    return done(rq, v, "It is being told again.");
}
