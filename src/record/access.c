/* access.c: classes of viewers, and the names of audiences and roles; see access.h. The predicate
 * of those who have roles is in rights.c. */
#include "record/access.h"

static const char *const audiences[] = {
    [AUDIENCE_PUBLIC] = "public", [AUDIENCE_MEMBERS] = "members",
    [AUDIENCE_SPACE] = "space",   [AUDIENCE_PARTICIPANTS] = "participants",
    [AUDIENCE_STAFF] = "staff",   [AUDIENCE_PRIVATE] = "private",
};

static const char *const memberships[] = {
    [MEMBERSHIP_ASKED] = "asked",         [MEMBERSHIP_INVITED] = "invited",
    [MEMBERSHIP_READER] = "reader",       [MEMBERSHIP_MEMBER] = "member",
    [MEMBERSHIP_MODERATOR] = "moderator",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

int access_base(const struct viewer *viewer)
{
    static const int classes[] = {
        [ROLE_GUEST] = 0,         [ROLE_MEMBER] = 1, [ROLE_STAFF] = 2,
        [ROLE_ADMINISTRATOR] = 3, [ROLE_OWNER] = 3,
    };
    return viewer->id ? classes[viewer->role] : 0;
}

int access_class(const struct viewer *viewer)
{
    return viewer->id && viewer->roles ? ACCESS_CLASSES - 1 : access_base(viewer);
}

bool viewer_load(struct db *db, struct arena *a, int64_t person_id, struct viewer *viewer)
{
    struct rows q =
        db_query(db,
                 "SELECT c.role, p.name, p.handle, c.roles FROM accounts c JOIN people p"
                 " ON p.id = c.person_id WHERE c.person_id = ?1"
                 " AND c.disabled_at IS NULL",
                 I(person_id));
    bool there = db_next(&q);
    if (there)
        *viewer = (struct viewer){.id = person_id,
                                  .role = (enum role)db_int(&q, 0),
                                  .name = db_dup(&q, 1, a),
                                  .handle = db_dup(&q, 2, a),
                                  .roles = (uint64_t)db_int(&q, 3),
                                  .by_token = true};
    db_done(&q);
    return there;
}

static int name_find(const char *const *names, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(name, names[i]))
            return (int)i;
    return -1;
}

struct str audience_name(int64_t audience)
{
    return str_of((size_t)audience < COUNT(audiences) ? audiences[audience] : "");
}

int audience_of(struct str name)
{
    return name_find(audiences, COUNT(audiences), name);
}

struct str membership_name(int64_t role)
{
    return str_of((size_t)role < COUNT(memberships) ? memberships[role] : "");
}

int membership_of(struct str name)
{
    return name_find(memberships, COUNT(memberships), name);
}
