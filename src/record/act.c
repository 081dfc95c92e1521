/* act.c: the one place that appends to activities; see act.h. */
#include "record/act.h"

#include "db/gather.h"
#include "record/record.h"

#define INSERT                                                                                     \
    "INSERT INTO activities (at, actor_id, verb, type, record_id, root_id,"                        \
    " space_id, audience, detail, request, quiet)"                                                 \
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
#define ARGS                                                                                       \
    I(act->at), REF(act->person_id), Z(verb), T(r->type), I(r->id), I(r->root_id),                 \
        REF(r->space_id), I(r->audience), T(detail), T(str_first(act->request, 64)), I(act->quiet)

int64_t act_log(const struct act *act, const char *verb, const struct record *r, struct str detail)
{
    return db_insert(act->db, INSERT, ARGS);
}

void act_note(const struct act *act, const char *verb, const struct record *r, struct str detail)
{
    db_new(act->db, INSERT, ARGS);
}
