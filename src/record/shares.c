/* shares.c: see shares.h. Revisions keep a share as {"@shared": ["", "12 takes part"]}. */
#include "record/shares.h"

#include <jansson.h>

#include "http/live.h"
#include "record/follows.h"
#include "record/formulas.h"
#include "record/lets.h"
#include "record/tallies.h"

#define SHARED "@shared"
#define AUDIENCE "@audience"

bool shareable(const struct record *r)
{
    return !r->parent_id && !r->deleted_at &&
           (r->audience == AUDIENCE_STAFF || r->audience == AUDIENCE_PARTICIPANTS);
}

bool may_share(const struct record *r)
{
    return shareable(r) && (r->rights & RIGHT_MODERATE);
}

size_t shares_read(struct db *db, struct arena *a, int64_t record_id, struct share *out, size_t max)
{
    struct rows q = db_query(db,
                             "SELECT " ROW_COLUMNS(SHARE_ROW) " FROM participants s"
                                                              " JOIN people p ON p.id = s.person_id"
                                                              " WHERE s.record_id = ?1"
                                                              " ORDER BY s.person_id LIMIT ?2",
                             I(record_id), I((int64_t)max));
    size_t n = 0;
    while (n < max && db_next(&q))
        share_decode(&out[n++], &q, 0, a);
    db_done(&q);
    for (size_t i = 0; i < n; i++)
        if (!out[i].role.n)
            out[i].role = S("takes part");
    return n;
}

/* ---- changing ---- */

static struct str pair_text(struct arena *a, const char *name, struct str was, struct str is)
{
    struct out o;
    out_init(&o, 4096);
    struct json j = json_to(&o);
    json_open(&j, '{');
    json_key(&j, name);
    json_open(&j, '[');
    json_str(&j, was);
    json_str(&j, is);
    json_close(&j, ']');
    json_close(&j, '}');
    return out_take(&o, a);
}

/* "12 takes part"; empty: not shared. */
static struct str share_of(const struct act *act, int64_t record_id, int64_t person_id)
{
    struct rows q =
        db_query(act->db, "SELECT role FROM participants WHERE record_id = ?1 AND person_id = ?2",
                 I(record_id), I(person_id));
    struct str text = S("");
    if (db_next(&q))
        text = str_fmt(act->arena, "%lld " STR_FMT, (long long)person_id,
                       STR_ARG(db_str(&q, 0).n ? db_str(&q, 0) : S("takes part")));
    db_done(&q);
    return text;
}

static void participant_put(const struct act *act, int64_t record_id, int64_t person_id,
                            struct str role)
{
    if (role.n)
        db_exec(act->db,
                "INSERT INTO participants (record_id, person_id, role) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (record_id, person_id) DO UPDATE SET role = excluded.role",
                I(record_id), I(person_id), T(role));
    else
        db_exec(act->db, "DELETE FROM participants WHERE record_id = ?1 AND person_id = ?2",
                I(record_id), I(person_id));
}

bool share_put(const struct act *act, struct record *r, int64_t person_id, struct str role)
{
    struct str was = share_of(act, r->id, person_id);
    struct str is =
        role.n ? str_fmt(act->arena, "%lld " STR_FMT, (long long)person_id, STR_ARG(role)) : S("");
    struct act theirs = *act;
    if (str_eq(was, is) || (!is.n && str_ends(was, S(" " LETS_NAMED))))
        return false;
    participant_put(act, r->id, person_id, role);
    if (!role.n)
        lets_follow(act->db, act->arena, r->id);
    theirs.person_id = person_id;
    if (is.n && !was.n) /* RULE 2 */
        follow_begin(&theirs, r->id, person_id, LEVEL_EVERYTHING);
    else if (!is.n)
        live_cut_put(act->db, &(struct live_cut){.person_id = person_id});
    struct record_edit e = {.changes = pair_text(act->arena, SHARED, was, is), .note = S("")};
    if (is.n && !was.n) {
        e.verb = VERB_SHARE;
        e.detail = str_fmt(act->arena, "%lld", (long long)person_id);
    }
    record_update(act, r, &e);
    return true;
}

/* The whole thread goes along, but what is narrower already. */
static void audience_set(const struct act *act, struct record *r, enum audience audience)
{
    tallies_record(act, r, -1);
    db_exec(act->db,
            "UPDATE activities SET audience = ?2 WHERE root_id = ?1 AND record_id IN (SELECT id"
            " FROM records WHERE root_id = ?1 AND audience = ?3)",
            I(r->id), I(audience), I(r->audience));
    db_exec(act->db, "UPDATE records SET audience = ?2 WHERE root_id = ?1 AND audience = ?3",
            I(r->id), I(audience), I(r->audience));
    r->audience = audience;
    tallies_record(act, r, 1);
    rollups_moved(act->db, act->arena, r->type, r->id);
}

bool share_audience(const struct act *act, struct record *r, enum audience audience)
{
    struct str was = audience_name(r->audience), is = audience_name(audience);
    if (r->audience == audience ||
        (audience != AUDIENCE_STAFF && audience != AUDIENCE_PARTICIPANTS))
        return false;
    if (audience == AUDIENCE_PARTICIPANTS && act->person_id && /* RULE 3 */
        !share_of(act, r->id, act->person_id).n)
        participant_put(act, r->id, act->person_id, S("takes part"));
    audience_set(act, r, audience);
    live_cut_put(act->db, &(struct live_cut){.topic_id = r->id});
    record_update(
        act, r,
        &(struct record_edit){.changes = pair_text(act->arena, AUDIENCE, was, is), .note = S("")});
    return true;
}

/* ---- told and taken back ---- */

static struct str person_words(struct db *db, struct arena *a, struct str share)
{
    struct str role = share, number;
    int64_t id = 0;
    if (!str_split(&role, ' ', &number) || !str_int(number, &id))
        return S("");
    struct str name = db_get_str(db, a, "SELECT name FROM people WHERE id = ?1", I(id));
    return str_fmt(a, STR_FMT " (" STR_FMT ")", STR_ARG(name), STR_ARG(role));
}

static struct str text_of(const json_t *text)
{
    return str_of(json_is_string(text) ? json_string_value(text) : "");
}

bool share_change_read(struct db *db, struct arena *a, struct str name, const json_t *was,
                       const json_t *is, struct share_change *out)
{
    if (str_is(name, SHARED))
        *out = (struct share_change){"Shared with", person_words(db, a, text_of(was)),
                                     person_words(db, a, text_of(is))};
    else if (str_is(name, AUDIENCE))
        *out =
            (struct share_change){"Who sees it", str_dup(a, text_of(was)), str_dup(a, text_of(is))};
    else
        return false;
    return true;
}

bool share_changed(struct str changes)
{
    return str_starts(changes, S("{\"@"));
}

const char *share_undo(const struct act *act, struct record *r, struct str changes)
{
    static const char again[] = "It was changed again since. Nothing was taken back.";
    json_t *root = json_loadb(changes.p, changes.n, 0, NULL);
    const json_t *shared = json_object_get(root, SHARED), *other = json_object_get(root, AUDIENCE);
    const json_t *pair = shared ? shared : other;
    const char *before = json_string_value(json_array_get(pair, 0));
    const char *after = json_string_value(json_array_get(pair, 1));
    struct str was = str_dup(act->arena, str_of(before ? before : ""));
    struct str is = str_dup(act->arena, str_of(after ? after : ""));
    json_decref(root);
    if (!before || !after)
        return again;
    if (!shared) {
        int audience = audience_of(was);
        bool stands = str_eq(audience_name(r->audience), is) && audience >= 0;
        return stands && share_audience(act, r, (enum audience)audience) ? NULL : again;
    }
    struct str role = was, number = S("");
    int64_t person = 0;
    str_split(&role, ' ', &number);
    if (!was.n) {
        struct str rest = is;
        str_split(&rest, ' ', &number);
    }
    if (!str_int(number, &person) || !str_eq(share_of(act, r->id, person), is))
        return again;
    return share_put(act, r, person, was.n ? role : S("")) ? NULL : again;
}
