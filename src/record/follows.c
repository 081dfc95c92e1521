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
