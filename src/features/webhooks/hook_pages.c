/* hook_pages.c: webhooks in the browser and by API; see webhooks.h, RULES 1 and 5. */
#include "core/clock.h"
#include "features/webhooks/hook_post.h"
#include "features/webhooks/hook_sign.h"
#include "features/webhooks/webhooks.h"
#include "http/app.h"
#include "record/events.h"
#include "record/record.h"
#include "view/components.h"
#include "views/webhooks/index.h"
#include "views/webhooks/show.h"

enum { SPACES = 200 };

static const char *const yes_no[] = {"yes", "no", NULL};

const struct form_rule hook_rules[] = {
    {"name", .label = "What it is for", .required = true, .max = 80},
    {"url", .label = "Address", .required = true, .max = HOOK_URL_MAX},
    {"events", .label = "Which events", .max = EVENTS_MAX},
    {"space", .label = "Only in this space", .whole = true, .max = 18},
    {"active", .label = "On", .choices = yes_no},
    {0},
};

static const struct part row_parts[] = {PART_TITLE("Webhook"), ROW_ALL(hook), {0}};
const struct part hooks_answer[] = {PART_LIST("data", struct hooks_page, rows, n, row_parts), {0}};
static const struct part made_parts[] = {
    PART_TITLE("WebhookWithSecret"),
    ROW_HERE(hook, struct hook_page, hook),
    PART(MAYBE, "secret", struct hook_page, made),
    {0},
};
const struct part hook_answer[] = {PART_OBJECT("data", made_parts), {0}};

/* ---- reading ---- */

static const struct option *spaces_read(struct req *rq, size_t *n)
{
    static const char *const sql[] =
        ACCESS_EACH("SELECT s.id, s.name FROM spaces s JOIN records r ON r.id = s.id"
                    " WHERE r.deleted_at IS NULL AND ?1 >= 0 AND ",
                    " ORDER BY s.name, s.id LIMIT ?2");
    struct option *list = arena_array(rq->arena, struct option, SPACES + 1);
    list[0] = (struct option){S("0"), S("Everywhere"), NULL};
    *n = 1;
    struct rows q = db_query(rq->db, access_text(rq->db, rq->arena, &rq->viewer, sql),
                             I(rq->viewer.id), I((int64_t)SPACES));
    while (*n < SPACES + 1 && db_next(&q))
        list[(*n)++] = (struct option){str_fmt(rq->arena, "%lld", (long long)db_int(&q, 0)),
                                       db_dup(&q, 1, rq->arena), NULL};
    db_done(&q);
    return list;
}

static struct hooks_page *hooks_read(struct req *rq)
{
    struct hooks_page *v = arena_make(rq->arena, struct hooks_page);
    struct hook *rows = arena_array(rq->arena, struct hook, HOOKS_MAX);
    struct rows q =
        db_query(rq->db,
                 "SELECT " ROW_COLUMNS(HOOK_ROW) HOOK_FROM
                 " WHERE h.person_id = ?1 OR ?2 = 1 ORDER BY h.id DESC LIMIT ?3",
                 I(rq->viewer.id), I(rq->viewer.role >= ROLE_ADMINISTRATOR), I(HOOKS_MAX));
    while (v->n < HOOKS_MAX && db_next(&q))
        hook_decode(&rows[v->n++], &q, 0, rq->arena);
    db_done(&q);
    v->rows = rows;
    v->spaces = spaces_read(rq, &v->spaces_n);
    v->viewer_id = rq->viewer.id;
    form_init(hook_rules, &v->form);
    form_set(&v->form, "space", S("0"));
    return v;
}

struct str hook_path(struct req *rq, const struct hook *hook)
{
    return str_fmt(rq->arena, "/webhooks/%lld", (long long)hook->id);
}

static struct hook_page *hook_page_of(struct req *rq, int64_t id)
{
    struct hook_page *v = arena_make(rq->arena, struct hook_page);
    struct rows q = db_query(
        rq->db, "SELECT " ROW_COLUMNS(HOOK_ROW) HOOK_FROM " WHERE h.id = ?1 AND h.person_id = ?2",
        I(id), I(rq->viewer.id));
    bool there = db_next(&q);
    if (there)
        hook_decode(&v->hook, &q, 0, rq->arena);
    db_done(&q);
    v->made = S("");
    v->now = rq->now;
    form_init(hook_rules, &v->form);
    form_init(replay_rules, &v->replay);
    return there ? v : NULL;
}

struct hook_page *hook_page(struct req *rq)
{
    return hook_page_of(rq, req_id(rq, "id"));
}

static void form_fill(struct req *rq, struct hook_page *v)
{
    const struct hook *h = &v->hook;
    form_keep(&v->form, "name", h->name);
    form_keep(&v->form, "url", h->url);
    form_keep(&v->form, "events", h->events);
    form_keep(&v->form, "space", str_fmt(rq->arena, "%lld", (long long)h->space_id));
    form_keep(&v->form, "active", h->active ? S("yes") : S("no"));
}

struct answer hook_answer_of(struct req *rq, struct hook_page *v)
{
    if (face_shows(rq->face)) {
        form_fill(rq, v);
        v->spaces = spaces_read(rq, &v->spaces_n);
        deliveries_read(rq, v);
    }
    return (struct answer){.title = v->hook.name,
                           .page = webhooks_show_view,
                           .width = PAGE_NARROW,
                           .section = "/webhooks",
                           .data = v};
}

static struct answer list_answer(const struct hooks_page *v)
{
    return (struct answer){.title = S("Webhooks"),
                           .page = webhooks_index_view,
                           .width = PAGE_NARROW,
                           .section = "/webhooks",
                           .data = v};
}

int hooks_index(struct req *rq)
{
    struct answer page = list_answer(hooks_read(rq));
    return answer(rq, &page);
}

int hooks_show(struct req *rq)
{
    struct hook_page *v = hook_page(rq);
    if (!v)
        return not_found(rq);
    struct answer page = hook_answer_of(rq, v);
    return answer(rq, &page);
}

/* ---- changes ---- */

/* The objections that no table knows. */
static void form_check(struct req *rq, struct form *form)
{
    struct str url = form_get(form, "url");
    int64_t space = form_int(form, "space");
    const char *why = events_wrong(rq->db, rq->arena, form_get(form, "events"));
    if (why)
        form_fail(form, "events", why);
    why = url.n ? hook_url_wrong(rq->arena, url, rq->app->options.webhook_private) : NULL;
    if (why)
        form_fail(form, "url", why);
    if (space && !record_access_type(rq, space, "space", RIGHT_READ))
        form_fail(form, "space", "There is no such space.");
}

static const char *too_many(struct req *rq)
{
    int64_t own = 0, all = 0;
    struct rows q = db_query(rq->db,
                             "SELECT COUNT(*), COALESCE(SUM(CASE WHEN person_id = ?1 THEN 1 ELSE 0"
                             " END), 0) FROM hooks",
                             I(rq->viewer.id));
    if (db_next(&q)) {
        all = db_int(&q, 0);
        own = db_int(&q, 1);
    }
    db_done(&q);
    return own >= HOOKS_OF_ONE ? "You have 20 webhooks. Take one away that is not used any more."
           : all >= HOOKS_MAX  ? "The hub has 200 webhooks, which is all it can have."
                               : NULL;
}

/* RULE 5. No redirect: the secret stands in this answer and nowhere else. */
static int secret_answer(struct req *rq, int64_t id, struct str secret)
{
    struct hook_page *v = hook_page_of(rq, id);
    if (!v)
        return refuse(rq, 500, NULL);
    v->made = secret;
    struct answer page = hook_answer_of(rq, v);
    page.status = 201;
    res_header(rq, "Location", hook_path(rq, &v->hook));
    res_header(rq, "Cache-Control", S("no-store"));
    return answer(rq, &page);
}

int hooks_create(struct req *rq)
{
    struct hooks_page *v = hooks_read(rq);
    struct answer page = list_answer(v);
    form_read(rq, hook_rules, &v->form);
    form_check(rq, &v->form);
    const char *why = too_many(rq);
    if (why)
        form_fail(&v->form, NULL, why);
    if (!v->form.ok)
        return form_answer(rq, &v->form, &page);
    struct str secret = hook_secret_make(rq->arena);
    int64_t id =
        db_insert(rq->db,
                  "INSERT INTO hooks (person_id, name, url, events, space_id, active,"
                  " secret, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                  I(rq->viewer.id), T(form_get(&v->form, "name")), T(form_get(&v->form, "url")),
                  T(form_get(&v->form, "events")), REF(form_int(&v->form, "space")),
                  I(!str_is(form_get(&v->form, "active"), "no")), T(secret), I(rq->now));
    return secret_answer(rq, id, secret);
}

int hooks_update(struct req *rq)
{
    struct hook_page *v = hook_page(rq);
    if (!v)
        return not_found(rq);
    form_read(rq, hook_rules, &v->form);
    form_fill(rq, v);
    form_check(rq, &v->form);
    if (!v->form.ok) {
        struct answer page = hook_answer_of(rq, v);
        return form_answer(rq, &v->form, &page);
    }
    bool on = str_is(form_get(&v->form, "active"), "yes"), begins = on && !v->hook.active;
    db_exec(rq->db,
            "UPDATE hooks SET name = ?2, url = ?3, events = ?4, space_id = ?5, active = ?6,"
            " why = CASE WHEN ?7 = 1 THEN '' ELSE why END,"
            " failing_since = CASE WHEN ?7 = 1 THEN 0 ELSE failing_since END WHERE id = ?1",
            I(v->hook.id), T(form_get(&v->form, "name")), T(form_get(&v->form, "url")),
            T(form_get(&v->form, "events")), REF(form_int(&v->form, "space")), I(on), I(begins));
    if (begins)
        hook_wake(rq->db, rq->arena, v->hook.id, rq->now);
    v = hook_page(rq);
    if (!v)
        return refuse(rq, 500, NULL);
    flash(rq, "Saved.");
    struct answer page = hook_answer_of(rq, v);
    return answer_updated(rq, hook_path(rq, &v->hook), &page);
}

int hooks_destroy(struct req *rq) /* RULE 1 */
{
    int64_t gone =
        db_exec(rq->db, "DELETE FROM hooks WHERE id = ?1 AND (person_id = ?2 OR ?3 = 1)",
                I(req_id(rq, "id")), I(rq->viewer.id), I(rq->viewer.role >= ROLE_ADMINISTRATOR));
    if (!gone)
        return not_found(rq);
    db_exec(rq->db, "DELETE FROM deliveries WHERE hook_id = ?1", I(req_id(rq, "id")));
    flash(rq, "The webhook is taken away.");
    return answer_updated(rq, S("/webhooks"), NULL);
}

int secrets_create(struct req *rq)
{
    struct hook_page *v = hook_page(rq);
    if (!v)
        return not_found(rq);
    struct str secret = hook_secret_make(rq->arena);
    db_exec(rq->db,
            "UPDATE hooks SET old_secret = secret, old_until = ?2, secret = ?3 WHERE id = ?1",
            I(v->hook.id), I(rq->now + CLOCK_DAY), T(secret));
    return secret_answer(rq, v->hook.id, secret);
}
