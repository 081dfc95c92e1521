/* follows.c: see follows.h. */
#include "record/follows.h"

static const char *const names[] = {
    [LEVEL_MUTED] = "muted",
    [LEVEL_NORMAL] = "normal",
    [LEVEL_HIGHLIGHTS] = "highlights",
    [LEVEL_EVERYTHING] = "everything",
};

struct str level_name(int64_t level)
{
    return level >= LEVEL_MUTED && level <= LEVEL_EVERYTHING ? str_of(names[level]) : S("");
}

enum level level_of(struct str name)
{
    for (int i = LEVEL_MUTED; i <= LEVEL_EVERYTHING; i++)
        if (str_is(name, names[i]))
            return (enum level)i;
    return LEVEL_NONE;
}

/* ---- records ---- */

enum level follow_level(struct db *db, int64_t record_id, int64_t person_id)
{
    return (enum level)db_get_int(
        db, LEVEL_NONE, "SELECT level FROM follows WHERE person_id = ?1 AND record_id = ?2",
        I(person_id), I(record_id));
}

bool follow_set(const struct act *act, int64_t record_id, int64_t person_id, enum level level)
{
    return db_exec(act->db,
                   "INSERT INTO follows (record_id, level, person_id, at) VALUES (?1, ?2, ?3, ?4)"
                   " ON CONFLICT (person_id, record_id) DO UPDATE SET level = excluded.level,"
                   " at = excluded.at WHERE follows.level <> excluded.level",
                   I(record_id), I(level), I(person_id), I(act->at)) == 1;
}

bool follow_begin(const struct act *act, int64_t record_id, int64_t person_id, enum level level)
{
    return db_exec(act->db,
                   "INSERT INTO follows (record_id, level, person_id, at) VALUES (?1, ?2, ?3, ?4)"
                   " ON CONFLICT DO NOTHING",
                   I(record_id), I(level), I(person_id), I(act->at)) == 1;
}

bool follow_add(const struct act *act, int64_t record_id, int64_t person_id)
{
    return follow_begin(act, record_id, person_id, LEVEL_EVERYTHING);
}

bool follow_remove(const struct act *act, int64_t record_id, int64_t person_id)
{
    return db_exec(act->db, "DELETE FROM follows WHERE person_id = ?1 AND record_id = ?2",
                   I(person_id), I(record_id)) == 1;
}

void follow_leave(const struct act *act, int64_t space_id, int64_t person_id)
{
    follow_remove(act, space_id, person_id);
    db_exec(act->db,
            "DELETE FROM follows WHERE person_id = ?1 AND EXISTS (SELECT 1 FROM records r"
            " WHERE r.id = follows.record_id AND r.space_id = ?2 AND r.audience = 2"
            " AND COALESCE(r.author_id, 0) <> ?1)",
            I(person_id), I(space_id));
}

/* ---- tags ---- */

enum level tag_follow_level(struct db *db, int64_t tag_id, int64_t person_id)
{
    return (enum level)db_get_int(
        db, LEVEL_NONE, "SELECT level FROM tag_follows WHERE person_id = ?1 AND tag_id = ?2",
        I(person_id), I(tag_id));
}

bool tag_follow_set(const struct act *act, int64_t tag_id, int64_t person_id, enum level level)
{
    return db_exec(act->db,
                   "INSERT INTO tag_follows (tag_id, level, person_id, at) VALUES (?1, ?2, ?3, ?4)"
                   " ON CONFLICT (person_id, tag_id) DO UPDATE SET level = excluded.level,"
                   " at = excluded.at WHERE tag_follows.level <> excluded.level",
                   I(tag_id), I(level), I(person_id), I(act->at)) == 1;
}

bool tag_follow_remove(const struct act *act, int64_t tag_id, int64_t person_id)
{
    return db_exec(act->db, "DELETE FROM tag_follows WHERE person_id = ?1 AND tag_id = ?2",
                   I(person_id), I(tag_id)) == 1;
}
