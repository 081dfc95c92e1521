/* rights_make.c: see rights_make.h. */
#include "record/rights_make.h"

#include "http/live.h"
#include "record/types_tables.h"

/* RULES 1 and 2 */
static void rights_changed(struct db *db)
{
    catalog_step(db);
    live_cut_put(db, &(struct live_cut){0});
}

int64_t role_make(struct db *db, struct str name, struct str about, int64_t at)
{
    int64_t id = 1;
    struct rows q = db_query(db, "SELECT id FROM roles WHERE ?1 >= 0 ORDER BY id", I(0));
    while (db_next(&q) && db_int(&q, 0) == id)
        id++;
    db_done(&q);
    if (id > ROLES_MAX)
        return 0;
    db_exec(db, "INSERT INTO roles (id, name, about, made_at) VALUES (?1, ?2, ?3, ?4)", I(id),
            T(name), T(about), I(at));
    return id;
}

void role_drop(struct db *db, int64_t id)
{
    db_exec(db, "UPDATE accounts SET roles = roles - ?1 WHERE roles <> 0 AND (roles & ?1) <> 0",
            I((int64_t)role_bit(id)));
    db_exec(db, "DELETE FROM role_fields WHERE role_id = ?1", I(id));
    db_exec(db, "DELETE FROM role_types WHERE role_id = ?1", I(id));
    db_exec(db, "DELETE FROM roles WHERE id = ?1", I(id));
    rights_changed(db);
}

void role_rule_put(struct db *db, const struct record_type *t, const struct role_rule *rule)
{
    db_exec(db,
            "INSERT INTO role_types (role_id, type, sees, sees_filter, changes, changes_filter,"
            " makes, deletes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            " ON CONFLICT (role_id, type) DO UPDATE SET sees = excluded.sees,"
            " sees_filter = excluded.sees_filter, changes = excluded.changes,"
            " changes_filter = excluded.changes_filter, makes = excluded.makes,"
            " deletes = excluded.deletes",
            I(rule->role_id), Z(t->name), Z(rule_name(rule->sees)), T(rule->sees_filter),
            Z(rule_name(rule->changes)), T(rule->changes_filter), I(rule->makes), I(rule->deletes));
    rights_changed(db);
}

void role_rule_drop(struct db *db, int64_t role_id, const struct record_type *t)
{
    db_exec(db, "DELETE FROM role_fields WHERE role_id = ?1 AND type = ?2", I(role_id), Z(t->name));
    db_exec(db, "DELETE FROM role_types WHERE role_id = ?1 AND type = ?2", I(role_id), Z(t->name));
    rights_changed(db);
}

/* What every record shows wherever it stands cannot be hidden as a field. */
const char *role_field_wrong(const struct record_field *f)
{
    if ((f->flags & (FIELD_TITLE | FIELD_BODY)) || f->result == KIND_TAGS)
        return "What names and describes a record goes with the record.";
    if (f->flags & FIELD_SEARCHED)
        return "Searches find records by this field, so it goes with the record.";
    return strncmp(f->sql, "r.", 2) == 0 ? "Every record shows this, so it goes with the record."
                                         : NULL;
}

void role_field_put(struct db *db, int64_t role_id, const struct record_type *t,
                    const struct record_field *f, struct str may)
{
    if (may.n)
        db_exec(db,
                "INSERT INTO role_fields (role_id, type, field, may) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT (role_id, type, field) DO UPDATE SET may = excluded.may",
                I(role_id), Z(t->name), Z(f->name), T(may));
    else
        db_exec(db, "DELETE FROM role_fields WHERE role_id = ?1 AND type = ?2 AND field = ?3",
                I(role_id), Z(t->name), Z(f->name));
    rights_changed(db);
}

bool role_give(struct db *db, int64_t role_id, int64_t person_id, bool has)
{
    static const char *const sql[] = {
        "UPDATE accounts SET roles = roles - ?2 WHERE person_id = ?1 AND (roles & ?2) <> 0",
        "UPDATE accounts SET roles = roles + ?2 WHERE person_id = ?1 AND (roles & ?2) = 0",
    };
    db_exec(db, sql[has], I(person_id), I((int64_t)role_bit(role_id)));
    live_cut_put(db, &(struct live_cut){.person_id = person_id});
    return db_get_int(db, 0, "SELECT 1 FROM accounts WHERE person_id = ?1", I(person_id)) != 0;
}

int64_t team_make(struct db *db, struct str name, struct str about, int64_t at)
{
    return db_get_int(db, 0,
                      "INSERT INTO teams (name, about, made_at) VALUES (?1, ?2, ?3) RETURNING id",
                      T(name), T(about), I(at));
}

void team_drop(struct db *db, int64_t id)
{
    db_exec(db, "DELETE FROM team_members WHERE team_id = ?1", I(id));
    db_exec(db, "DELETE FROM teams WHERE id = ?1", I(id));
    live_cut_put(db, &(struct live_cut){0});
}

void team_put(struct db *db, int64_t team_id, int64_t person_id, bool in, int64_t at)
{
    if (in)
        db_exec(db,
                "INSERT INTO team_members (team_id, person_id, at) VALUES (?1, ?2, ?3)"
                " ON CONFLICT DO NOTHING",
                I(team_id), I(person_id), I(at));
    else
        db_exec(db, "DELETE FROM team_members WHERE team_id = ?1 AND person_id = ?2", I(team_id),
                I(person_id));
    live_cut_put(db, &(struct live_cut){0});
}
