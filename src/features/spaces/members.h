/* members.h: the part of spaces that is about who is in them. */
#ifndef SPACES_MEMBERS_H
#define SPACES_MEMBERS_H

#include "features/spaces/spaces.h"

/* The space that the URL names, if the viewer may see it (or is invited to it); NULL: no. */
struct space_page *space_here(struct req *rq);

/* Members with at least that role, highest first, then by name's number; from behind id `after`. */
size_t members_read(struct req *rq, int64_t space_id, int64_t least, int64_t after,
                    struct member *out, size_t max);

extern const struct form_rule invite_rules[], member_role_rules[];
extern const struct part members_answer[], membership_answer[];

int members_index(struct req *rq);
int members_create(struct req *rq);
int members_update(struct req *rq);
int members_destroy(struct req *rq);
int memberships_create(struct req *rq);
int memberships_destroy(struct req *rq);

#endif
