/* accounts_feed_keys.c: a person makes feed keys and takes them away; see http/feed_key.h.
 *
 * RULES
 *   1. A key is shown once, in the answer that made it, which no cache keeps.
 *   2. One's own keys only, and at most KEYS of them.
 */
#include "features/accounts/feed_keys.h"
#include "http/feed_key.h"
#include "views/accounts/feed_key_made.h"

enum { KEYS = 20, KEY_NAME = 60 };

const struct form_rule feed_key_rules[] = {
    {"name", .label = "Name", .required = true, .max = KEY_NAME},
    {0},
};

const struct part feed_key_parts[] = {
    PART_TITLE("FeedKey"),
    PART(INT, "id", struct feed_key_shown, id),
    PART(TEXT, "name", struct feed_key_shown, name),
    PART(TIME, "created_at", struct feed_key_shown, created_at),
    PART(TIME, "used_at", struct feed_key_shown, used_at),
    {0},
};

static const struct part made_parts[] = {
    PART_TITLE("NewFeedKey"),
    PART_THERE(struct feed_keys_part, keys, feed_key_parts),
    PART(TEXT, "key", struct feed_keys_part, made),
    PART(TEXT, "home", struct feed_keys_part, home),
    PART(TEXT, "opml", struct feed_keys_part, opml),
    {0},
};

const struct part feed_key_made_answer[] = {
    PART_INNER("data", struct account_page, feed_keys, made_parts),
    {0},
};

static struct str address(struct req *rq, const char *path, struct str key);

struct feed_keys_part feed_keys_read(struct req *rq)
{
    struct feed_keys_part v = {.n = 0};
    struct feed_key_shown *keys = arena_array(rq->arena, struct feed_key_shown, KEYS);
    struct rows q = db_query(rq->db,
                             "SELECT id, name, created_at, used_at FROM feed_keys"
                             " WHERE person_id = ?1 ORDER BY id DESC LIMIT ?2",
                             I(rq->viewer.id), I(KEYS));
    while (v.n < KEYS && db_next(&q))
        keys[v.n++] = (struct feed_key_shown){db_int(&q, 0), db_int(&q, 2), db_int(&q, 3),
                                              db_dup(&q, 1, rq->arena)};
    db_done(&q);
    v.keys = keys;
    form_init(feed_key_rules, &v.form);
    return v;
}

int feed_keys_create(struct req *rq)
{
    struct account_page *v = account_read(rq);
    struct feed_keys_part *part = &v->feed_keys;
    if (form_read(rq, feed_key_rules, &part->form) && part->n == KEYS)
        form_fail(&part->form, "name", "You have as many keys as one may have. Revoke one first.");
    struct answer page = account_answer(v);
    if (!part->form.ok)
        return form_answer(rq, &part->form, &page);
    struct str key = feed_key_create(rq, rq->viewer.id, form_get(&part->form, "name"));
    *part = feed_keys_read(rq);
    part->made = key;
    part->home = address(rq, "/home.atom", key);
    part->opml = address(rq, "/feeds.opml", key);
    res_header(rq, "Cache-Control", S("no-store"));
    res_header(rq, "Referrer-Policy", S("no-referrer"));
    page.stream = accounts_feed_key_made_view;
    /* RULE 1: there is no page to lead on to that could show it. */
    return rq->face == FACE_JSON ? answer_created(rq, S("/account"), &page) : answer(rq, &page);
}

static struct str address(struct req *rq, const char *path, struct str key)
{
    struct str site = site_url(rq);
    return str_fmt(rq->arena, STR_FMT "%s?key=" STR_FMT, STR_ARG(site), path, STR_ARG(key));
}

int feed_keys_destroy(struct req *rq)
{
    int64_t gone = db_exec(rq->db, "DELETE FROM feed_keys WHERE id = ?1 AND person_id = ?2",
                           I(req_id(rq, "id")), I(rq->viewer.id));
    if (!gone)
        return not_found(rq);
    flash(rq, "The key is revoked. Addresses with it lead nowhere any more.");
    struct answer page = account_answer(account_read(rq));
    return answer_updated(rq, S("/account#feeds-title"), &page);
}
