/* shares.h: whom a record is shared with, and whether it is for them alone.
 *
 * What is for staff can be shared with anybody who has an account: they see it with its discussion,
 * without the fields for staff. `participants` says who, and whether they only see it or take part.
 *
 * RULES
 *   1. Each change of it is a revision and an activity, and can be taken back like one of fields.
 *   2. Who is let in is told, and follows it; who is taken out loses it at once, with its streams.
 *   3. Whoever keeps a record for its participants stays one of those who see it.
 */
#ifndef RECORD_SHARES_H
#define RECORD_SHARES_H

#include "record/columns.h"
#include "record/record.h"

#define SHARE_ROW(F, X)                                                                            \
    F(INT, id, "p.id")                                                                             \
    X(TEXT, name, "p.name")                                                                        \
    X(TEXT, handle, "p.handle")                                                                    \
    X(TEXT, role, "s.role")
ROW_DEFINE(share, SHARE_ROW)

enum { SHARES_MAX = 200 };

/* What may be shared: a root for staff, or for participants. */
bool shareable(const struct record *r);
/* And the viewer may do so. */
bool may_share(const struct record *r);
size_t shares_read(struct db *db, struct arena *a, int64_t record_id, struct share *out,
                   size_t max);
/* role: "sees" or "takes part"; empty: not any more. False: it is so already. */
bool share_put(const struct act *act, struct record *r, int64_t person_id, struct str role);
bool share_audience(const struct act *act, struct record *r, enum audience audience);

/* Of a revision's changes: what was and is, in words. */
struct share_change {
    const char *label;
    struct str before, after;
};
struct json_t;
bool share_change_read(struct db *db, struct arena *a, struct str name, const struct json_t *was,
                       const struct json_t *is, struct share_change *out);
/* Whether the revision is one of shares. */
bool share_changed(struct str changes);
/* NULL, or words why it cannot be taken back. */
const char *share_undo(const struct act *act, struct record *r, struct str changes);

#endif
