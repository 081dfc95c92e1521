/* payload.c: what a delivery says; see webhooks.h, RULES 2 and 3.
 *
 * WHY the record is asked for at its own address: what it answers to its owner is what the API
 * gives, and there is no second list of fields that could say more.
 */
#include <jansson.h>

#include "features/records/records.h"
#include "features/webhooks/webhooks.h"
#include "http/inner.h"
#include "record/events.h"
#include "record/record.h"

enum { PAYLOAD_MAX = 2 << 20 };

#define TOLD_ROW(F, X)                                                                             \
    F(INT, id, "a.id")                                                                             \
    X(TIME, at, "a.at")                                                                            \
    X(TEXT, verb, "a.verb")                                                                        \
    X(TEXT, type, "a.type")                                                                        \
    X(INT, record_id, "a.record_id")                                                               \
    X(REF, actor_id, "CASE WHEN a.verb = 'Like' THEN NULL ELSE a.actor_id END")                    \
    X(TEXT, detail, "CASE WHEN a.verb IN ('Invite', 'Like') THEN '' ELSE a.detail END")            \
    X(FLAG, gone,                                                                                  \
      "CASE WHEN r.deleted_at IS NOT NULL OR t.deleted_at IS NOT NULL OR t.id IS NULL"             \
      " THEN 1 ELSE 0 END")
ROW_DEFINE(told, TOLD_ROW)

static bool told_read(struct db *db, struct arena *a, const struct viewer *as, int64_t activity_id,
                      struct told *told)
{
    static const char *const sql[] = ACCESS_EACH(
        "SELECT " ROW_COLUMNS(TOLD_ROW) " FROM activities a JOIN records r ON r.id = a.record_id"
                                        " LEFT JOIN records t ON t.id = a.root_id"
                                        " WHERE ?1 >= 0 AND a.id = ?2 AND ",
        "");
    struct rows q = db_query(db, access_text(db, a, as, sql), I(as->id), I(activity_id));
    bool there = db_next(&q);
    if (there)
        told_decode(told, &q, 0, a);
    db_done(&q);
    return there;
}

/* Member `data` of an answer, as JSON; empty: there is none. */
static struct str data_of(struct arena *a, const struct inner_answer *got)
{
    json_error_t error;
    json_t *root = got->status == 200 ? json_loadb(got->body.p, got->body.n, 0, &error) : NULL;
    json_t *data = json_object_get(root, "data");
    size_t n = data ? json_dumpb(data, NULL, 0, JSON_COMPACT) : 0;
    char *p = arena_alloc(a, n + 1);
    n = n ? json_dumpb(data, p, n, JSON_COMPACT) : 0;
    json_decref(root);
    return str_make(p, n);
}

/* A comment has no address of its own: it is what the answer was that made it. */
static struct str child_data(struct db *db, struct arena *a, int64_t id)
{
    struct record *r = record_load(db, a, id);
    struct out o;
    if (!r)
        return S("");
    out_init(&o, PAYLOAD_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    record_json(&j, r);
    json_kstr(&j, "html", r->html.s);
    json_close(&j, '}');
    return out_take(&o, a);
}

static struct str data_make(struct app *app, struct db *db, struct arena *a,
                            const struct viewer *as, const struct told *told)
{
    const struct record_type *type = catalog_type(db, told->type);
    if (told->gone)
        return str_fmt(a, "{\"id\":%lld,\"type\":\"" STR_FMT "\",\"deleted\":true}",
                       (long long)told->record_id, STR_ARG(told->type));
    if (!type || type->child)
        return child_data(db, a, told->record_id);
    struct inner_answer got;
    struct inner_ask ask = {.as = as,
                            .method = S("GET"),
                            .target =
                                str_fmt(a, "/%s/%lld", type->plural, (long long)told->record_id),
                            .paid = true};
    inner_ask(inner_open(app, a), db, &ask, &got);
    return data_of(a, &got);
}

struct str payload_make(struct app *app, struct db *db, struct arena *a, const struct viewer *as,
                        int64_t activity_id)
{
    struct told told;
    struct out o;
    if (!told_read(db, a, as, activity_id, &told))
        return S("");
    struct str data = data_make(app, db, a, as, &told);
    if (!data.n)
        return S("");
    out_init(&o, PAYLOAD_MAX);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_kstr(&j, "type", event_name(a, told.type, told.verb));
    json_ktime(&j, "timestamp", told.at);
    json_kint(&j, "activity_id", told.id);
    json_key(&j, "actor_id");
    told.actor_id ? json_int(&j, told.actor_id) : json_nil(&j);
    json_kstr(&j, "detail", told.gone ? S("") : told.detail);
    json_key(&j, "data");
    json_raw(&j, data);
    json_close(&j, '}');
    bool whole = !out_failed(&o);
    struct str text = out_take(&o, a);
    return whole ? text : S("");
}
