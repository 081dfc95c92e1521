/* follows.c: see follows.h. */
#include "record/follows.h"

bool follow_is(struct db *db, int64_t record_id, int64_t person_id)
{
    return db_get_int(db, 0, "SELECT 1 FROM follows WHERE record_id = ?1 AND person_id = ?2",
                      I(record_id), I(person_id)) == 1;
}

bool follow_add(const struct act *act, int64_t record_id, int64_t person_id)
{
    return db_exec(act->db,
                   "INSERT INTO follows (record_id, person_id, at) VALUES (?1, ?2, ?3)"
                   " ON CONFLICT DO NOTHING",
                   I(record_id), I(person_id), I(act->at)) == 1;
}

bool follow_remove(const struct act *act, int64_t record_id, int64_t person_id)
{
    return db_exec(act->db, "DELETE FROM follows WHERE record_id = ?1 AND person_id = ?2",
                   I(record_id), I(person_id)) == 1;
}

/* The predicate of access.h again, for people who are not asking: their role stands in accounts. */
#define NOTIFY(who)                                                                                \
    "INSERT INTO notifications (person_id, activity_id, record_id, reason, at)"                    \
    " SELECT c.person_id, ?3, ?2, ?4, ?5 FROM accounts c JOIN records r ON r.id = ?2"              \
    " WHERE " who " AND c.person_id <> ?1 AND c.disabled_at IS NULL"                               \
    " AND (r.audience <= 1 OR r.author_id = c.person_id OR (c.role >= 2 AND r.audience = 4)"       \
    " OR (c.role >= 3 AND r.audience <= 4)"                                                        \
    " OR (r.audience = 2 AND EXISTS (SELECT 1 FROM memberships m WHERE m.space_id = r.space_id"    \
    " AND m.person_id = c.person_id AND m.role >= 2))"                                             \
    " OR (r.audience = 3 AND EXISTS (SELECT 1 FROM participants a WHERE a.record_id = r.root_id"   \
    " AND a.person_id = c.person_id)))"                                                            \
    " ON CONFLICT DO NOTHING"

void notify(const struct act *act, int64_t person_id, const struct record *r, int64_t activity_id,
            const char *reason)
{
    if (act->quiet || !person_id || person_id == act->person_id)
        return;
    db_exec(act->db, NOTIFY("c.person_id = ?6"), I(act->person_id), I(r->id), I(activity_id),
            Z(reason), I(act->at), I(person_id));
}

void notify_followers(const struct act *act, const struct record *r, int64_t activity_id,
                      const char *reason)
{
    if (act->quiet)
        return;
    db_exec(act->db,
            NOTIFY("c.person_id IN (SELECT f.person_id FROM follows f"
                   " WHERE f.record_id = ?6 OR f.record_id = ?7)"),
            I(act->person_id), I(r->id), I(activity_id), Z(reason), I(act->at), I(r->root_id),
            I(r->parent_id ? r->root_id : r->space_id));
}
