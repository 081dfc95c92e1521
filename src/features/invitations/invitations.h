/* invitations.h: asking people in by e-mail, to the hub or to one of its spaces.
 *
 * RULES
 *   1. To a space its moderators invite, to the hub its staff; and only as long as they may: the
 *      link of one who may no longer do so is worth nothing.
 *   2. An invitation works once, for two weeks; it can be taken back.
 *   3. Whether the address has an account is told to nobody but who opens its letter.
 *   4. Who comes by an invitation has a confirmed address, and is in the space.
 *   5. An address is asked once: not again as long as the invitation stands.
 */
#ifndef INVITATIONS_INVITATIONS_H
#define INVITATIONS_INVITATIONS_H

#include "features/accounts/passes.h"
#include "features/spaces/spaces.h"
#include "record/columns.h"

#define INVITATION_ROW(F, X)                                                                       \
    F(INT, id, "i.id")                                                                             \
    X(TEXT, address, "i.address")                                                                  \
    X(REF, space_id, "i.space_id")                                                                 \
    X(TEXT, space, "COALESCE(s.name, '')")                                                         \
    X(TEXT, by_name, "p.name")                                                                     \
    X(TIME, created_at, "i.created_at")                                                            \
    X(TIME, expires_at, "i.expires_at")
ROW_DEFINE(invitation, INVITATION_ROW)

struct invitations_page {
    struct form form;
    const struct invitation *rows;
    size_t n;
    const struct option *spaces; /* that the viewer may invite to; "0": the hub alone */
    size_t spaces_n;
};

struct invited_page {
    struct form form;
    struct str token, address, by_name, space;
    bool known; /* the address has an account */
};

#endif
